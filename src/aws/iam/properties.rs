//! What must hold for every request and every set of policies, tried on many that dice made.

use super::{Caller, Context, Level, Named, Outcome, Policies, Request, decide};
use crate::document::Value;
use crate::sim::Dice;
use crate::tree;

const TRIALS: u64 = 1_500;

fn pick<'a>(dice: &mut Dice, words: &[&'a str]) -> &'a str {
    words.get(dice.below(words.len() as u64) as usize).copied().unwrap_or_default()
}

fn chance(dice: &mut Dice, out_of: u64) -> bool {
    dice.below(out_of) == 0
}

fn statement(dice: &mut Dice, effect: &str, has_principal: bool) -> Value {
    let mut made = tree!({ "Effect": effect });
    let actions = ["s3:*", "s3:Get*", "s3:GetObject", "*", "ec2:*", "s3:PutObject"];
    let resources =
        ["*", "arn:aws:s3:::b/*", "arn:aws:s3:::b/a.txt", "arn:aws:s3:::c/*", "arn:aws:s3:::b/${aws:username}"];
    let field = if chance(dice, 6) { "NotAction" } else { "Action" };
    made.set(&[field], pick(dice, &actions));
    let field = if chance(dice, 6) { "NotResource" } else { "Resource" };
    made.set(&[field], pick(dice, &resources));
    if has_principal {
        let who = [
            "*",
            "arn:aws:iam::111122223333:user/anna",
            "111122223333",
            "arn:aws:iam::111122223333:role/app",
            "arn:aws:sts::111122223333:assumed-role/app/s",
            "arn:aws:iam::444455556666:root",
        ];
        let field = if chance(dice, 8) { "NotPrincipal" } else { "Principal" };
        made.set(&[field, "AWS"], pick(dice, &who));
    }
    if chance(dice, 3) {
        let operators = ["StringEquals", "StringNotEquals", "StringEqualsIfExists", "ForAnyValue:StringLike", "Null"];
        let keys = ["aws:username", "aws:PrincipalTag/team", "aws:RequestedRegion"];
        let values = ["anna", "blue", "true", "ap-*"];
        let (operator, key, value) = (pick(dice, &operators), pick(dice, &keys), pick(dice, &values));
        made.set(&["Condition", operator, key], value);
    }
    made
}

fn policy(dice: &mut Dice, has_principal: bool) -> Named {
    let statements = (0..dice.below(4)).map(|_| {
        let effect = if chance(dice, 5) { "Deny" } else { "Allow" };
        statement(dice, effect, has_principal)
    });
    let statements: Vec<Value> = statements.collect();
    Named { name: "p".into(), document: tree!({ "Version": "2012-10-17", "Statement": (Value::list(statements)) }) }
}

fn policies(dice: &mut Dice) -> Policies {
    let mut made = Policies::default();
    made.identity = (0..dice.below(3)).map(|_| policy(dice, false)).collect();
    made.boundary = chance(dice, 2).then(|| policy(dice, false));
    made.session = chance(dice, 2).then(|| vec![policy(dice, false)]);
    made.resource = chance(dice, 2).then(|| policy(dice, true));
    if chance(dice, 2) {
        made.scps =
            ["root", "account"].map(|name| Level { name: name.into(), policies: vec![policy(dice, false)] }).into();
    }
    made
}

fn request(dice: &mut Dice) -> Request {
    let who = [
        "arn:aws:iam::111122223333:user/anna",
        "arn:aws:sts::111122223333:assumed-role/app/s",
        "arn:aws:iam::444455556666:user/bogdan",
        "arn:aws:iam::111122223333:root",
    ];
    let mut context = Context::default();
    if chance(dice, 2) {
        context.set("aws:username", "anna");
        context.set("aws:PrincipalTag/team", "blue");
    }
    Request {
        caller: Caller::of(pick(dice, &who), None),
        action: pick(dice, &["s3:GetObject", "s3:PutObject"]).into(),
        resource: pick(dice, &["arn:aws:s3:::b/a.txt", "arn:aws:s3:::b/anna", "arn:aws:s3:::c/x"]).into(),
        account: "111122223333".into(),
        context,
    }
}

/// Every document of the policies, ready to be changed.
fn documents(policies: &mut Policies) -> Vec<&mut Value> {
    let levels = policies.scps.iter_mut().flat_map(|level| &mut level.policies);
    let session = policies.session.iter_mut().flatten();
    let rest = policies.identity.iter_mut().chain(&mut policies.boundary).chain(&mut policies.resource);
    rest.chain(session).chain(levels).map(|named| &mut named.document).collect()
}

#[test]
fn adding_a_deny_never_allows_and_removing_an_allow_never_allows() {
    let (mut allowed, mut changed) = (0, 0);
    for trial in 0..TRIALS {
        let mut dice = Dice::new(7, &["iam-properties"], trial);
        let (request, before) = (request(&mut dice), policies(&mut dice));
        let was = decide(&request, &before).outcome;
        allowed += u32::from(was == Outcome::Allowed);
        let places = documents(&mut before.clone()).len();
        for place in 0..places {
            let has_principal = before.resource.is_some() && chance(&mut dice, 2);
            let deny = statement(&mut dice, "Deny", has_principal);
            let mut after = before.clone();
            if let Some(document) = documents(&mut after).into_iter().nth(place) {
                document.at_mut(&["Statement"]).items_mut().push(deny);
            }
            let is = decide(&request, &after).outcome;
            assert!(
                was == Outcome::Allowed || is != Outcome::Allowed,
                "a deny allowed: {request:?} {before:?} {after:?}"
            );
            changed += u32::from(was != is);
            let mut after = before.clone();
            if let Some(document) = documents(&mut after).into_iter().nth(place) {
                let statements = document.at_mut(&["Statement"]).items_mut();
                if let Some(first) = statements.iter().position(|it| it.str_at(&["Effect"]) == "Allow") {
                    statements.remove(first);
                }
            }
            let is = decide(&request, &after).outcome;
            assert!(was == Outcome::Allowed || is != Outcome::Allowed, "an allow less allowed: {request:?} {before:?}");
            changed += u32::from(was != is);
        }
    }
    assert!(allowed > TRIALS as u32 / 20, "the dice hardly ever allow: {allowed}");
    assert!(changed > TRIALS as u32 / 20, "the changes hardly ever matter: {changed}");
}

//! The Access lens: who may do what, which statement decided, and what the others missed.

use super::said::{self, Say};
use crate::aws::Cloud;
use crate::aws::api::Need;
use crate::aws::iam::access;
use crate::aws::iam::evaluate::Source;
use crate::aws::iam::pattern::{Case, Pattern};
use crate::aws::iam::{Arn, Decider, Decision, Effect, Judged, Miss, Outcome, Request};
use crate::document::{Map, Value};
use crate::session::Session;
use crate::sim::{self, Entry, SimTime, Verb};
use std::rc::Rc;

/// How many refusals are listed.
const REFUSALS_MAX: usize = 6;
/// How far back refusals are looked for.
const LOOKS_BACK_MAX: usize = 20_000;
/// How many words of a list that did not match are shown.
const WORDS_MAX: usize = 3;
/// How many statements that did not match are shown.
const MISSES_MAX: usize = 8;

/// A question to IAM.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct Ask {
    /// The ARN of who asks.
    pub who: Rc<str>,
    /// The action.
    pub action: Rc<str>,
    /// The resource.
    pub resource: Rc<str>,
    /// Condition keys beside those that every request has, as they were typed: `key=value, …`.
    pub context: Rc<str>,
}

/// Somebody who can ask.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Who {
    /// The ARN.
    pub arn: Rc<str>,
    /// The name.
    pub name: Rc<str>,
    /// The word for what it is: `access-user`.
    pub sort: &'static str,
}

/// A request that was refused.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Refusal {
    /// The journal's entry.
    pub id: u64,
    /// When.
    pub at: SimTime,
    /// What was asked.
    pub ask: Ask,
    /// Why, in one sentence.
    pub why: Say,
}

/// What the lens knows before anything is asked.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct AccessView {
    /// Who can ask, users first.
    pub who: Vec<Who>,
    /// Resources that one may ask about.
    pub resources: Vec<Rc<str>>,
    /// The last refusals, newest first.
    pub refusals: Vec<Refusal>,
    /// The question to begin with: the last one refused.
    pub first: Ask,
    /// Changes with everything that may change an answer.
    pub revision: u64,
}

/// How one element of a statement fits the request.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Fit {
    /// It does.
    Fits,
    /// It does not, and that ended the matter for this statement.
    Stops,
    /// It was not asked any more.
    NotAsked,
}

/// One element of a statement.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Row {
    /// Its name: `Action`, `NotResource`.
    pub element: Rc<str>,
    /// What it says, or the part of it that matters.
    pub text: String,
    /// How it fits.
    pub fit: Fit,
    /// What the request has instead, where that helps.
    pub seen: Option<Say>,
}

/// What came of a statement.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub enum Standing {
    /// It decided.
    Decides,
    /// It speaks of the request.
    Matches,
    /// It does not.
    NoMatch,
}

impl Standing {
    /// The word for it.
    #[must_use]
    pub const fn word(self) -> &'static str {
        match self {
            Self::Decides => "access-decides",
            Self::Matches => "access-matches",
            Self::NoMatch => "access-no-match",
        }
    }
}

/// One statement.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Card {
    /// Whether it would allow.
    pub allows: bool,
    /// Its policy and its place in it.
    pub title: Say,
    /// The word for where its policy is attached.
    pub source: &'static str,
    /// What came of it.
    pub standing: Standing,
    /// Its elements, in the order in which they are asked.
    pub rows: Vec<Row>,
}

/// One step of the evaluation.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Gate {
    /// The word for its question.
    pub word: &'static str,
    /// How it went.
    pub fit: Fit,
    /// The answer in a few words.
    pub said: &'static str,
}

/// The answer to a question.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Answer {
    /// The question in a sentence.
    pub title: Say,
    /// Who asks: a session stands below its role.
    pub who: Vec<Who>,
    /// The last part of the resource, and what it lies in.
    pub what: (String, String),
    /// Whether it is allowed.
    pub is_allowed: bool,
    /// The rule that decided, in a few words, and what follows.
    pub verdict: (&'static str, Say),
    /// The statements: the one that decided, those that speak of it, the rest.
    pub cards: Vec<Card>,
    /// How many more there are that do not match.
    pub more: u32,
    /// The order of evaluation.
    pub gates: Vec<Gate>,
    /// What would let it through.
    pub cure: Option<Say>,
}

/// Whether the world has anybody who can be allowed or refused something.
#[must_use]
pub fn has_something(session: &Session) -> bool {
    session.world().cloud().iter().any(|(key, _)| matches!(&*key.kind, "AWS::IAM::User" | "AWS::IAM::Role"))
}

/// The lens of a session's world at the playhead.
#[must_use]
pub fn view(session: &Session) -> AccessView {
    let cloud = session.world().cloud();
    let who = everybody(cloud);
    let entries = session.world().journal().iter().rev().take(LOOKS_BACK_MAX);
    let refusals: Vec<Refusal> = entries.filter_map(refusal).take(REFUSALS_MAX).collect();
    let first = refusals.first().map(|refusal| refusal.ask.clone()).unwrap_or_else(|| suggested(cloud, &who));
    AccessView { who, resources: resources(cloud), refusals, first, revision: cloud.store().revision() }
}

/// Something to ask first: what the first policy of somebody speaks of.
fn suggested(cloud: &Cloud, who: &[Who]) -> Ask {
    let of = |who: &Who| {
        let policies = access::policies_of(cloud, &access::principal_named(cloud, &who.arn)?);
        let policy = policies.identity.first()?;
        let statement = match policy.document.at(&["Statement"])? {
            Value::List(items) => items.first()?,
            one => one,
        };
        let first = |element: &str| match statement.at(&[element])? {
            Value::List(items) => items.first()?.as_str().map(str::to_owned),
            one => one.as_str().map(str::to_owned),
        };
        let action = first("Action").filter(|action| action.contains(':')).map(|action| concrete_action(&action));
        let resource = first("Resource").filter(|resource| resource != "*").map(|it| it.replace('*', "a.png"));
        Some(Ask { who: who.arn.clone(), action: action?.into(), resource: resource?.into(), context: "".into() })
    };
    who.iter().filter(|who| who.sort == "access-user").find_map(of).unwrap_or_else(|| Ask {
        who: who.first().map(|who| who.arn.clone()).unwrap_or_default(),
        action: "s3:GetObject".into(),
        resource: "arn:aws:s3:::photos/a.png".into(),
        context: "".into(),
    })
}

/// An action that a pattern means.
fn concrete_action(pattern: &str) -> String {
    if !pattern.contains('*') {
        return pattern.to_owned();
    }
    match pattern.split(':').next().unwrap_or_default() {
        "s3" => "s3:GetObject".to_owned(),
        "ec2" => "ec2:DescribeInstances".to_owned(),
        "eks" => "eks:DescribeCluster".to_owned(),
        "sts" => "sts:AssumeRole".to_owned(),
        service => format!("{service}:Describe"),
    }
}

fn everybody(cloud: &Cloud) -> Vec<Who> {
    let mut found = Vec::new();
    for (kind, name, sort) in [
        ("AWS::IAM::User", "UserName", "access-user"),
        ("AWS::IAM::Role", "RoleName", "access-role"),
        ("AWS::STS::Credentials", "Arn", "access-session"),
    ] {
        for (_, resource) in cloud.iter().filter(|(key, _)| &*key.kind == kind) {
            let is_session = sort == "access-session";
            if is_session
                && (resource.str_at(&["Status"]) != "Active" || !resource.str_at(&["Arn"]).contains(":assumed-role/"))
            {
                continue;
            }
            let name = resource.str_at(&[name]);
            let name = name.split_once(":assumed-role/").map_or(name, |(_, name)| name);
            let who = Who { arn: resource.str_at(&["Arn"]).into(), name: name.into(), sort };
            if !found.contains(&who) {
                found.push(who);
            }
        }
    }
    found
}

/// Roles can be assumed and buckets read: what is there may be asked about.
fn resources(cloud: &Cloud) -> Vec<Rc<str>> {
    let mut found: Vec<Rc<str>> = Vec::new();
    for (key, resource) in cloud.iter() {
        match &*key.kind {
            "AWS::IAM::Role" | "AWS::IAM::User" => found.push(resource.str_at(&["Arn"]).into()),
            "AWS::S3::Bucket" => found.push(format!("arn:aws:s3:::{}/*", key.id).into()),
            _ => {}
        }
    }
    found
}

fn refusal(entry: &Entry) -> Option<Refusal> {
    let why = entry.why.as_ref().filter(|why| entry.verb == Verb::Refuse && why.code.starts_with("iam-"))?;
    let arg = |wanted: &str| {
        why.args.iter().find_map(|(name, arg)| match arg {
            sim::Arg::Text(text) if *name == wanted => Some(text.clone()),
            _ => None,
        })
    };
    let ask = Ask { who: arg("who")?, action: arg("action")?, resource: arg("resource")?, context: "".into() };
    Some(Refusal { id: entry.id.0, at: entry.at, ask, why: said::because(why) })
}

/// What IAM would answer now. Nothing when nobody has that ARN.
#[must_use]
pub fn answer(session: &Session, ask: &Ask) -> Option<Answer> {
    let world = session.world();
    let cloud = world.cloud();
    let need = Need { action: ask.action.clone(), resource: ask.resource.clone(), context: keys(&ask.context) };
    let region = cloud.settings().region.clone();
    let (question, decision) = access::ask(cloud, &ask.who, &region, world.now(), &need)?;
    let request = &question.request;
    let who = parties(request);
    let name = who.first().map(|who| who.name.clone()).unwrap_or_default();
    let title = Say::new("access-question").with("who", name).with("action", &ask.action);
    let (cards, more) = cards(request, &decision);
    let mut sources = Vec::new();
    sources.extend((!question.policies.scps.is_empty()).then_some(Source::Scp));
    sources.extend(question.policies.resource.is_some().then_some(Source::Resource));
    sources.push(Source::Identity);
    sources.extend(question.policies.boundary.is_some().then_some(Source::Boundary));
    sources.extend(question.policies.session.is_some().then_some(Source::Session));
    Some(Answer {
        title,
        who,
        what: what(&ask.resource),
        is_allowed: decision.is_allowed(),
        verdict: verdict(&decision),
        gates: gates(&decision, &sources),
        cure: cure(request, &decision),
        cards,
        more,
    })
}

/// `key=value, key=value`; values of one key are many when it is given twice.
fn keys(text: &str) -> Value {
    let mut keys = Map::new();
    for (key, value) in text.split([',', '\n']).filter_map(|pair| pair.split_once('=')) {
        let (key, value) = (Rc::<str>::from(key.trim()), Value::from(value.trim()));
        match keys.remove(&key) {
            None => keys.insert(key, value),
            Some(Value::List(items)) => keys.insert(key, Value::list(items.iter().cloned().chain([value]))),
            Some(one) => keys.insert(key, Value::list([one, value])),
        };
    }
    keys.into()
}

fn parties(request: &Request) -> Vec<Who> {
    let arn = &request.caller.arn;
    let Some(parsed) = Arn::parse(arn) else {
        return vec![Who { arn: arn.clone(), name: arn.clone(), sort: "access-service" }];
    };
    if let Some((role, session)) = parsed.assumed_role() {
        let role_arn = request.caller.role.clone().unwrap_or_default();
        let mut who = vec![Who { arn: role_arn, name: role.into(), sort: "access-role" }];
        if role != session {
            who.insert(0, Who { arn: arn.clone(), name: session.into(), sort: "access-session" });
        }
        return who;
    }
    let name = parsed.resource.rsplit('/').next().unwrap_or_default();
    let sort = if parsed.resource == "root" { "access-root" } else { "access-user" };
    vec![Who { arn: arn.clone(), name: name.into(), sort }]
}

fn what(resource: &str) -> (String, String) {
    let last = Arn::parse(resource).map_or(resource, |arn| arn.resource);
    match last.split_once('/') {
        Some((holder, inside)) => (inside.to_owned(), holder.to_owned()),
        None => (last.to_owned(), Arn::parse(resource).map(|arn| arn.service.to_owned()).unwrap_or_default()),
    }
}

const fn source_word(source: Source) -> &'static str {
    match source {
        Source::Scp => "access-source-scp",
        Source::Rcp => "access-source-rcp",
        Source::Resource => "access-source-resource",
        Source::Identity => "access-source-identity",
        Source::Boundary => "access-source-boundary",
        Source::Session => "access-source-session",
    }
}

/// The name of a policy without what stands before it.
fn short(policy: &str) -> &str {
    policy.rsplit('/').next().unwrap_or(policy)
}

fn title(judged: &Judged) -> Say {
    let say =
        Say::new("access-statement").with("policy", short(&judged.policy)).with("number", i64::from(judged.index) + 1);
    say.with("sid", judged.sid().filter(|sid| !sid.is_empty()).unwrap_or("none"))
}

fn cards(request: &Request, decision: &Decision) -> (Vec<Card>, u32) {
    let deciding = decision.deciding();
    let standing = |judged: &Judged| match deciding {
        Some(other) if std::ptr::eq(other, judged) => Standing::Decides,
        _ if judged.matched() => Standing::Matches,
        _ => Standing::NoMatch,
    };
    let mut cards: Vec<Card> = decision
        .statements
        .iter()
        .map(|judged| Card {
            allows: judged.effect == Effect::Allow,
            title: title(judged),
            source: source_word(judged.source),
            standing: standing(judged),
            rows: rows(request, judged),
        })
        .collect();
    // What speaks of the request comes first, in the order of evaluation; the rest is pencil.
    cards.sort_by_key(|card| card.standing == Standing::NoMatch);
    let heard = cards.iter().filter(|card| card.standing != Standing::NoMatch).count();
    let more = cards.len().saturating_sub(heard + MISSES_MAX);
    cards.truncate(heard + MISSES_MAX);
    (cards, more as u32)
}

/// The statement's elements with how each fits.
fn rows(request: &Request, judged: &Judged) -> Vec<Row> {
    let stop = match &judged.verdict {
        Ok(_) => None,
        Err(Miss::Principal) => Some("Principal"),
        Err(Miss::Action) => Some("Action"),
        Err(Miss::Resource(_)) => Some("Resource"),
        Err(Miss::Condition(_)) => Some("Condition"),
    };
    let (mut rows, mut is_over) = (Vec::new(), false);
    for element in ["Principal", "Action", "Resource", "Condition"] {
        let negated = format!("Not{element}");
        let name = if judged.statement.get(&negated).is_some() { negated.as_str() } else { element };
        let Some(value) = judged.statement.get(name) else { continue };
        let fit = match (is_over, stop == Some(element)) {
            (true, _) => Fit::NotAsked,
            (false, true) => Fit::Stops,
            (false, false) => Fit::Fits,
        };
        is_over |= fit == Fit::Stops;
        if element == "Condition" {
            conditions(value, judged, fit, &mut rows);
            continue;
        }
        let fits = |pattern: &str| match element {
            "Action" => Pattern::plain(pattern).fits(&request.action, Case::Ignore),
            "Resource" => Pattern::expand(pattern, &request.context).is_ok_and(|it| it.fits_arn(&request.resource)),
            _ => false,
        };
        let text = words_of(value, fit == Fit::Fits && name == element, fits);
        let seen = match &judged.verdict {
            Err(Miss::Resource(Some(key))) if element == "Resource" => {
                Some(Say::new("access-unresolved").with("key", key))
            }
            _ => None,
        };
        rows.push(Row { element: name.into(), text, fit, seen });
    }
    rows
}

/// The word that fits, or the first few.
fn words_of(value: &Value, only_fitting: bool, fits: impl Fn(&str) -> bool) -> String {
    let mut all: Vec<String> = Vec::new();
    let mut add = |value: &Value| match value {
        Value::List(items) => all.extend(items.iter().filter_map(Value::as_str).map(str::to_owned)),
        one => all.extend(one.as_str().map(str::to_owned)),
    };
    match value {
        Value::Map(_) => value.entries().for_each(|(_, names)| add(names)),
        other => add(other),
    }
    if let Some(fitting) = all.iter().find(|word| only_fitting && fits(word)) {
        return fitting.clone();
    }
    let mut text = all.iter().take(WORDS_MAX).cloned().collect::<Vec<_>>().join(", ");
    if all.len() > WORDS_MAX {
        text.push_str(&format!(", … +{}", all.len() - WORDS_MAX));
    }
    text
}

fn conditions(block: &Value, judged: &Judged, fit: Fit, rows: &mut Vec<Row>) {
    let mut is_over = fit == Fit::NotAsked;
    for (operator, key, wanted) in
        block.entries().flat_map(|(operator, keys)| keys.entries().map(move |(key, wanted)| (operator, key, wanted)))
    {
        let failed = match &judged.verdict {
            Err(Miss::Condition(failed)) if failed.operator == *operator && failed.key == *key => Some(failed),
            _ => None,
        };
        let seen = failed.map(|failed| match (&failed.unresolved, &failed.seen) {
            (Some(key), _) => Say::new("access-unresolved").with("key", key),
            (None, Some(seen)) => Say::new("access-seen").with("value", plain(seen)),
            (None, None) => Say::new("access-absent"),
        });
        let fit = match (is_over, failed.is_some()) {
            (true, _) => Fit::NotAsked,
            (false, true) => Fit::Stops,
            (false, false) => Fit::Fits,
        };
        is_over |= failed.is_some();
        let text = format!("{operator}  {key}  {}", plain(wanted));
        rows.push(Row { element: "Condition".into(), text, fit, seen });
    }
}

/// A value as a person writes it.
fn plain(value: &Value) -> String {
    match value {
        Value::Text(text) => text.to_string(),
        Value::List(items) => items.iter().map(plain).collect::<Vec<_>>().join(", "),
        other => other.to_string(),
    }
}

fn verdict(decision: &Decision) -> (&'static str, Say) {
    match (&decision.outcome, &decision.decider, decision.deciding()) {
        (Outcome::ExplicitlyDenied, _, Some(judged)) => ("access-explicit", title(judged)),
        (Outcome::Allowed, Decider::Root, _) => ("access-allowed", Say::new("access-root-may")),
        (Outcome::Allowed, _, Some(judged)) => ("access-allowed", title(judged)),
        (_, Decider::Nothing(Source::Identity, _), _) => ("access-implicit", Say::new("access-nothing-identity")),
        (_, Decider::Nothing(source, level), _) => {
            let word = match source {
                Source::Scp => "access-nothing-scp",
                Source::Boundary => "access-nothing-boundary",
                Source::Session => "access-nothing-session",
                _ => "access-nothing-resource",
            };
            ("access-implicit", Say::new(word).with("level", level.clone().unwrap_or_default()))
        }
        _ => ("access-implicit", Say::new("access-nothing-identity")),
    }
}

fn gates(decision: &Decision, sources: &[Source]) -> Vec<Gate> {
    let is_denied = decision.outcome == Outcome::ExplicitlyDenied;
    let mut gates = vec![Gate {
        word: "access-gate-deny",
        fit: if is_denied { Fit::Stops } else { Fit::Fits },
        said: if is_denied { "access-gate-yes-denied" } else { "access-gate-no" },
    }];
    let mut is_over = is_denied;
    for source in sources {
        let allows = |judged: &Judged| judged.source == *source && judged.effect == Effect::Allow && judged.matched();
        let stops = matches!(&decision.decider, Decider::Nothing(other, _) if other == source);
        let (fit, said) = match () {
            () if is_over => (Fit::NotAsked, "access-gate-not-asked"),
            () if stops => (Fit::Stops, "access-gate-no-denied"),
            () if decision.statements.iter().any(allows) => (Fit::Fits, "access-gate-yes"),
            () => (Fit::NotAsked, "access-gate-not-needed"),
        };
        is_over |= stops;
        let word = match source {
            Source::Scp => "access-gate-scp",
            Source::Boundary => "access-gate-boundary",
            Source::Session => "access-gate-session",
            Source::Resource => "access-gate-resource",
            _ => "access-gate-identity",
        };
        gates.push(Gate { word, fit, said });
    }
    gates
}

/// What would let the request through.
fn cure(request: &Request, decision: &Decision) -> Option<Say> {
    let with = |key: &str| Say::new(key).with("action", &request.action).with("resource", &request.resource);
    match (&decision.outcome, &decision.decider, decision.deciding()) {
        (Outcome::Allowed, ..) => None,
        (_, _, Some(judged)) => Some(
            with("access-cure-deny").with("policy", short(&judged.policy)).with("number", i64::from(judged.index) + 1),
        ),
        (_, Decider::Nothing(source, _), _) => Some(with(match source {
            Source::Scp | Source::Rcp => "access-cure-scp",
            Source::Boundary => "access-cure-boundary",
            Source::Session => "access-cure-session",
            Source::Resource => "access-cure-resource",
            Source::Identity => "access-cure-identity",
        })),
        _ => None,
    }
}

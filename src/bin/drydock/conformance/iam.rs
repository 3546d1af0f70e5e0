//! The families `iam` and `iam-validate`.

use drydock::aws::iam::validate::{Kind, faults};
use drydock::aws::iam::{Caller, Context, Level, Named, Outcome, Policies, Request, decide};
use drydock::document::Value;
use std::collections::BTreeSet;

/// Compares the decision and the set of matched statements.
pub fn decides(data: &Value) -> Result<(), String> {
    let decision = decide(&request(data), &policies(data));
    let outcome = match decision.outcome {
        Outcome::Allowed => "Allowed",
        Outcome::ImplicitlyDenied => "ImplicitlyDenied",
        Outcome::ExplicitlyDenied => "ExplicitlyDenied",
    };
    let expected = data.str_at(&["expect", "decision"]);
    if outcome != expected {
        return Err(format!("decision: expected {expected}, got {outcome}"));
    }
    for (effect, word) in [(drydock::aws::iam::Effect::Allow, "allow"), (drydock::aws::iam::Effect::Deny, "deny")] {
        let matched: BTreeSet<String> = decision
            .statements
            .iter()
            .filter(|judged| judged.effect == effect && judged.matched())
            .map(|judged| {
                let level = judged.level.as_deref().unwrap_or("-");
                format!("{} {level} {} {}", judged.source.as_str(), judged.policy, judged.index)
            })
            .collect();
        let expected: BTreeSet<String> = data
            .items_at(&["expect", "matched", word])
            .iter()
            .map(|item| {
                let level = item.at(&["level"]).and_then(Value::as_str).unwrap_or("-");
                let index = item.int_at(&["index"]).unwrap_or(-1);
                format!("{} {level} {} {index}", item.str_at(&["type"]), item.str_at(&["policy"]))
            })
            .collect();
        if matched != expected {
            return Err(format!("matched {word}: expected {expected:?}, got {matched:?}"));
        }
    }
    Ok(())
}

fn request(data: &Value) -> Request {
    let context = Context::of(data.at(&["request", "context"]).unwrap_or(&Value::Null));
    let role = context.get("aws:PrincipalArn").and_then(Value::as_str).map(str::to_owned);
    Request {
        caller: Caller::of(data.str_at(&["request", "principal"]), role.as_deref()),
        action: data.str_at(&["request", "action"]).into(),
        resource: data.str_at(&["request", "resource"]).into(),
        account: data.str_at(&["request", "resource_account"]).into(),
        context,
    }
}

fn policies(data: &Value) -> Policies {
    let one = |field: &str, name: &str| {
        data.at(&[field]).map(|document| Named { name: name.into(), document: document.clone() })
    };
    Policies {
        identity: named(data.items_at(&["identity"])),
        boundary: named(data.items_at(&["boundary"])).into_iter().next(),
        session: one("session", "SessionPolicy").map(|policy| vec![policy]),
        resource: one("resource_policy", "resource-policy"),
        scps: levels(data.items_at(&["scps"])),
        rcps: levels(data.items_at(&["rcps"])),
    }
}

fn named(items: &[Value]) -> Vec<Named> {
    let read = |item: &Value| Named {
        name: item.str_at(&["name"]).into(),
        document: item.at(&["policy"]).cloned().unwrap_or_default(),
    };
    items.iter().map(read).collect()
}

fn levels(items: &[Value]) -> Vec<Level> {
    let read =
        |item: &Value| Level { name: item.str_at(&["level"]).into(), policies: named(item.items_at(&["policies"])) };
    items.iter().map(read).collect()
}

/// Compares the verdict; what we would say is told when it differs.
pub fn validates(data: &Value) -> Result<(), String> {
    let kind = match data.str_at(&["policy_type"]) {
        "identity" => Kind::Identity,
        "trust" => Kind::Trust,
        "resource" => Kind::Resource,
        "scp" => Kind::Scp,
        "rcp" => Kind::Rcp,
        "session" => Kind::Session,
        "endpoint" => Kind::Endpoint,
        other => return Err(format!("unknown policy type `{other}`")),
    };
    let faults = faults(data.at(&["policy"]).unwrap_or(&Value::Null), kind);
    let expected = data.at(&["valid"]).and_then(Value::as_bool);
    if expected == Some(faults.is_empty()) {
        return Ok(());
    }
    let told: Vec<String> = faults.iter().map(|fault| format!("{}: {}", fault.place(), fault.message)).collect();
    Err(format!("valid: expected {expected:?}, got {told:?}"))
}

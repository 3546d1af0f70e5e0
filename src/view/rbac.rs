//! Why a request was Forbidden: which bindings speak of the asker, and which of their rules were tried.

use crate::document::Value;
use crate::kube::api::{Key, Request};
use crate::kube::authorization::{self, Attributes, Decision, rbac};
use crate::session::Session;
use crate::sim::SimTime;
use std::rc::Rc;

/// One part of a rule, and whether it fits what was asked.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct RulePart {
    /// The key of its name.
    pub word: &'static str,
    /// What the rule says.
    pub says: Rc<str>,
    /// Whether it fits.
    pub fits: bool,
}

/// One rule that was tried.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Tried {
    /// The binding by which it came to the asker.
    pub binding: Key,
    /// The role that it stands in.
    pub role: Key,
    /// Its parts.
    pub parts: Vec<RulePart>,
}

/// One refusal.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Refusal {
    /// When.
    pub at: SimTime,
    /// Who asked.
    pub who: Rc<str>,
    /// What for, as `kubectl auth can-i` takes it: `list pods`.
    pub what: Rc<str>,
    /// In which namespace; empty for the whole cluster.
    pub namespace: Rc<str>,
    /// The rules that were tried, as they are now.
    pub tried: Vec<Tried>,
    /// Whether it would be allowed by now.
    pub is_allowed_now: bool,
}

/// Whether somebody was refused.
#[must_use]
pub fn has_any(session: &Session) -> bool {
    !session.history().refusals().is_empty()
}

/// What was refused, the latest first, judged by the rules of this moment.
#[must_use]
pub fn view(session: &Session) -> Vec<Refusal> {
    session.history().refusals().iter().rev().map(|(at, request)| refusal(session, *at, request)).collect()
}

fn refusal(session: &Session, at: SimTime, request: &Request) -> Refusal {
    let world = session.world();
    let seen = world.cluster().snapshot(world.now());
    let asked = Attributes::of(request);
    let decision = authorization::decide(&seen, &[], &request.user, &asked);
    let mut tried: Vec<Tried> = match &decision {
        Decision::Denied { considered, .. } => considered
            .iter()
            .flat_map(|(binding, role)| {
                let rules = rbac::rules(&seen, role).unwrap_or_default();
                rules.into_iter().map(|rule| Tried {
                    binding: binding.clone(),
                    role: role.clone(),
                    parts: parts(&rule, &asked),
                })
            })
            // What speaks of paths and not of resources has nothing to do with it.
            .filter(|tried| !tried.parts.is_empty())
            .collect(),
        _ => Vec::new(),
    };
    // What everybody has comes last.
    tried.sort_by_key(|it| it.role.name.starts_with("system:"));
    Refusal {
        at,
        who: request.user.name.clone(),
        what: [&asked.verb, " ", &asked.full_resource()].concat().into(),
        namespace: asked.namespace.clone(),
        tried,
        is_allowed_now: decision.is_allowed(),
    }
}

/// What a rule says, part by part.
fn parts(rule: &Value, asked: &Attributes) -> Vec<RulePart> {
    if rule.items_at(&["resources"]).is_empty() {
        return Vec::new();
    }
    // A part fits when the rule would allow what is asked for, if all its other parts did.
    let alone = |field: &str| {
        let mut open = rule.clone();
        for other in ["verbs", "apiGroups", "resources"].into_iter().filter(|other| *other != field) {
            open.set(&[other], Value::list([Value::text("*")]));
        }
        if field != "resourceNames" {
            open.set(&["resourceNames"], Value::list(Vec::<Value>::new()));
        }
        rbac::allows(&open, asked)
    };
    let says = |field: &str| -> Rc<str> {
        let items = rule.items_at(&[field]).iter().filter_map(Value::as_str);
        items.map(|item| if item.is_empty() { "\"\"" } else { item }).collect::<Vec<_>>().join(", ").into()
    };
    let mut parts: Vec<RulePart> =
        [("verbs", "rbac-verbs"), ("apiGroups", "rbac-groups"), ("resources", "rbac-resources")]
            .into_iter()
            .map(|(field, word)| RulePart { word, says: says(field), fits: alone(field) })
            .collect();
    if !rule.items_at(&["resourceNames"]).is_empty() {
        let fits = alone("resourceNames");
        parts.push(RulePart { word: "rbac-names", says: says("resourceNames"), fits });
    }
    parts
}

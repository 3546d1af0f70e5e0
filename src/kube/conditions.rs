//! Conditions: what loops report about an object, each with the moment at which it last changed.

use crate::document::Value;
use crate::kube::api::meta;
use crate::sim::SimTime;
use crate::tree;

/// One condition as a loop wants it to be.
pub struct Condition<'a> {
    kind: &'a str,
    status: &'a str,
    reason: &'a str,
    message: &'a str,
    observed_generation: i64,
}

impl<'a> Condition<'a> {
    /// A condition without a reason.
    #[must_use]
    pub fn new(kind: &'a str, status: &'a str) -> Self {
        Self { kind, status, reason: "", message: "", observed_generation: 0 }
    }

    /// The same with a reason and a message; either may be empty.
    #[must_use]
    pub fn because(self, reason: &'a str, message: &'a str) -> Self {
        Self { reason, message, ..self }
    }

    /// The same, saying which generation of `object` was seen.
    #[must_use]
    pub fn of_generation(self, object: &Value) -> Self {
        Self { observed_generation: meta::generation(object), ..self }
    }

    /// The condition of a Pod at `now`; an unchanged status keeps its moment of transition.
    // Models pkg/api/v1/pod/util.go UpdatePodCondition
    fn of_pod(&self, now: SimTime, before: Option<&Value>) -> Value {
        let mut condition = tree!({
            "type": self.kind,
            "status": self.status,
            "lastProbeTime": null,
            "lastTransitionTime": transition(now, before, self.status),
        });
        self.explain(&mut condition);
        condition
    }

    /// Whether a condition of a Pod says this already.
    fn is_said(&self, known: &Value) -> bool {
        let is = |field: &str, text: &str| known.str_at(&[field]) == text;
        is("status", self.status)
            && is("reason", self.reason)
            && is("message", self.message)
            && known.int_at(&["observedGeneration"]).unwrap_or_default() == self.observed_generation
            && known.as_map().is_some_and(|map| map.get("lastProbeTime").is_some_and(Value::is_null))
            && known.get("lastTransitionTime").is_some()
    }

    fn explain(&self, condition: &mut Value) {
        if self.observed_generation > 0 {
            condition.set(&["observedGeneration"], self.observed_generation);
        }
        for (field, text) in [("reason", self.reason), ("message", self.message)] {
            if !text.is_empty() {
                condition.set(&[field], text);
            }
        }
    }
}

fn transition(now: SimTime, before: Option<&Value>, status: &str) -> Value {
    match before {
        Some(before) if before.str_at(&["status"]) == status => {
            before.at(&["lastTransitionTime"]).cloned().unwrap_or_default()
        }
        _ => now.rfc3339().into(),
    }
}

/// The status of a Pod with these conditions in it, or nothing if they are there already.
#[must_use]
pub fn changed_status(pod: &Value, now: SimTime, wanted: &[Condition<'_>]) -> Option<Value> {
    let mut status = pod.at(&["status"]).cloned().unwrap_or_default();
    let before = status.clone();
    for condition in wanted {
        let old = meta::condition(pod, condition.kind);
        if old.is_some_and(|old| condition.is_said(old)) {
            continue;
        }
        let new = condition.of_pod(now, old);
        let list = status.at_mut(&["conditions"]).items_mut();
        match list.iter_mut().find(|listed| listed.str_at(&["type"]) == condition.kind) {
            Some(listed) => *listed = new,
            None => list.push(new),
        }
    }
    (status != before).then_some(status)
}

//! The disruption controller: how many Pods of a budget may be evicted right now.
// Models pkg/controller/disruption/disruption.go

use crate::document::Value;
use crate::kube::api::labels::Selector;
use crate::kube::api::{Key, Object, Request, Resource, Verb, intstr, meta};
use crate::kube::controller::{Controller, pods};
use crate::kube::why::Why;
use crate::kube::{Outcome, Snapshot};
use crate::sim::{Change, SimTime, secs};
use crate::tree;
use std::collections::BTreeMap;
use std::rc::Rc;

/// An eviction that nothing came of is forgotten after this long.
// Models DeletionTimeout
const DELETION_TIMEOUT: SimTime = secs(120);

/// Which keys a change makes it look at: a budget, the budgets of a Pod, and those of a workload
/// that changes its size.
#[must_use]
pub fn interested(change: &Change<Key, Rc<Object>>, seen: &Snapshot<'_>) -> Vec<Key> {
    let all = || seen.list(Resource::POD_DISRUPTION_BUDGETS, &change.key.namespace);
    match change.key.resource {
        Resource::POD_DISRUPTION_BUDGETS => vec![change.key.clone()],
        Resource::PODS => {
            all().filter(|budget| covers(budget, &change.value)).filter_map(|budget| meta::key(budget)).collect()
        }
        Resource::DEPLOYMENTS
        | Resource::REPLICA_SETS
        | Resource::STATEFUL_SETS
        | Resource::REPLICATION_CONTROLLERS => all().filter_map(|budget| meta::key(budget)).collect(),
        _ => Vec::new(),
    }
}

/// Whether a budget is about this Pod; a budget without a selector is about none.
#[must_use]
pub fn covers(budget: &Value, pod: &Value) -> bool {
    budget
        .at(&["spec", "selector"])
        .is_some_and(|selector| Selector::from_label_selector(selector).matches(meta::labels(pod)))
}

/// One pass over one budget.
// Models trySync
#[must_use]
pub fn reconcile(key: &Key, seen: &Snapshot<'_>) -> Outcome {
    let mut outcome = Outcome::settled();
    let Some(budget) = seen.get(key) else { return outcome };
    let covered: Vec<&Rc<Object>> =
        seen.list(Resource::PODS, &key.namespace).filter(|pod| covers(budget, pod)).collect();
    if covered.is_empty() {
        outcome.event(budget, "Normal", "NoPods", "No matching pods found");
    }
    let (expected, desired) = wished(budget, &covered, seen);
    let disrupted = still_disrupted(budget, &covered, seen.now, &mut outcome);
    let healthy = covered
        .iter()
        .filter(|pod| !meta::is_deleting(pod) && pods::is_ready(pod))
        .filter(|pod| disrupted.get(meta::name(pod)).is_none())
        .count() as i64;
    let allowed = if expected > 0 { (healthy - desired).max(0) } else { 0 };
    update_status(
        key,
        budget,
        &tree!({
            "disruptionsAllowed": allowed,
            "currentHealthy": healthy,
            "desiredHealthy": desired,
            "expectedPods": expected,
        }),
        &disrupted,
        seen.now,
        &mut outcome,
    );
    outcome
}

/// How many Pods there should be, and how many of them healthy.
// Models getExpectedPodCount
fn wished(budget: &Value, covered: &[&Rc<Object>], seen: &Snapshot<'_>) -> (i64, i64) {
    if let Some(most) = budget.at(&["spec", "maxUnavailable"]) {
        let expected = expected_scale(covered, seen);
        let missing = intstr::scaled(most, expected, intstr::Rounding::Up).unwrap_or_default();
        return (expected, (expected - missing).max(0));
    }
    let Some(least) = budget.at(&["spec", "minAvailable"]) else { return (covered.len() as i64, 0) };
    match least.as_int() {
        Some(least) => (covered.len() as i64, least),
        None => {
            let expected = expected_scale(covered, seen);
            (expected, intstr::scaled(least, expected, intstr::Rounding::Up).unwrap_or_default())
        }
    }
}

/// The sum of the sizes of all workloads that the Pods belong to.
// Models getExpectedScale
fn expected_scale(covered: &[&Rc<Object>], seen: &Snapshot<'_>) -> i64 {
    let mut sizes: BTreeMap<String, i64> = BTreeMap::new();
    for pod in covered {
        let Some(owner) = meta::controller_key(pod).and_then(|key| seen.get(&key)) else { continue };
        let top = meta::controller_key(owner).and_then(|key| seen.get(&key)).unwrap_or(owner);
        sizes.insert(meta::uid(top).to_owned(), top.int_at(&["spec", "replicas"]).unwrap_or_default());
    }
    sizes.values().sum()
}

/// The Pods whose eviction was granted and that have not begun to go.
// Models buildDisruptedPodMap
fn still_disrupted(budget: &Value, covered: &[&Rc<Object>], now: SimTime, outcome: &mut Outcome) -> Value {
    let mut left = tree!({});
    let Some(known) = budget.at(&["status", "disruptedPods"]) else { return left };
    for (name, at) in known.entries() {
        let Some(since) = at.as_str().and_then(SimTime::parse_rfc3339) else { continue };
        let is_there = covered.iter().any(|pod| meta::name(pod) == &**name && !meta::is_deleting(pod));
        let end = since + DELETION_TIMEOUT;
        if is_there && end > now {
            left.set(&[name], at);
            outcome.requeue_in(end - now);
        }
    }
    left
}

// Models updatePdbStatus
fn update_status(
    key: &Key,
    budget: &Rc<Object>,
    counts: &Value,
    disrupted: &Value,
    now: SimTime,
    outcome: &mut Outcome,
) {
    let mut status = counts.clone();
    status.set(&["observedGeneration"], meta::generation(budget));
    if !disrupted.is_empty() {
        status.set(&["disruptedPods"], disrupted);
    }
    let is_allowed = counts.int_at(&["disruptionsAllowed"]).unwrap_or_default() > 0;
    let (truth, reason) = if is_allowed { ("True", "SufficientPods") } else { ("False", "InsufficientPods") };
    let before = meta::condition(budget, "DisruptionAllowed").filter(|known| known.str_at(&["status"]) == truth);
    let since = before.map_or_else(|| now.rfc3339(), |known| known.str_at(&["lastTransitionTime"]).to_owned());
    let condition = tree!({
        "type": "DisruptionAllowed",
        "status": truth,
        "observedGeneration": meta::generation(budget),
        "lastTransitionTime": since,
        "reason": reason,
        "message": "",
    });
    status.set(&["conditions"], Value::from(vec![condition]));
    if budget.at(&["status"]) == Some(&status) {
        return;
    }
    let body = budget.value.clone().with(&["status"], status);
    let request = Request::new(Controller::Disruption.user(), Verb::Update, key).on("status").with_body(body);
    outcome.request(request, Why::Observed);
}

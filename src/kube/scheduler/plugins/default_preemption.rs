//! A Pod that fits nowhere may take the place of Pods with lower priority.
//!
//! Budgets are kept where that is possible: victims whose budget allows no disruption are spared
//! first, and a node where none of them must go is preferred.
// Models pkg/scheduler/framework/plugins/defaultpreemption, framework/preemption/preemption.go

use crate::document::InOrder as _;
use crate::document::Value;
use crate::kube::api::{Object, Resource, meta};
use crate::kube::controller::disruption::covers;
use crate::kube::scheduler::cycle::histogram;
use crate::kube::scheduler::node_info::{NodeInfo, priority};
use crate::kube::scheduler::plugins::{Cycle, Stop};
use std::cmp::Reverse;
use std::rc::Rc;

/// Who goes from which node.
#[derive(Debug)]
pub struct Preemption {
    /// The node.
    pub node: Rc<str>,
    /// The Pods that are removed.
    pub victims: Vec<Value>,
}

/// Looks for room that could be made; `stops` are the nodes' refusals in node order. Without any
/// it says why not.
pub(in crate::kube::scheduler) fn preempt(cycle: &Cycle<'_>, stops: &[Stop]) -> (Option<Preemption>, String) {
    if cycle.pod.str_at(&["spec", "preemptionPolicy"]) == "Never" {
        return (None, "not eligible due to preemptionPolicy=Never.".to_owned());
    }
    if is_waiting_for_victims(cycle) {
        return (None, "not eligible due to a terminating pod on the nominated node.".to_owned());
    }
    let mut candidates: Vec<(&NodeInfo, Victims<'_>)> = Vec::new();
    let mut reasons = Vec::new();
    for (info, stop) in cycle.nodes.iter().zip(stops) {
        match stop.is_resolvable.then(|| victims_on(cycle, info)) {
            None => reasons.push("Preemption is not helpful for scheduling"),
            Some(Some(victims)) if !victims.pods.is_empty() => candidates.push((info, victims)),
            Some(_) => reasons.push("No preemption victims found for incoming pod"),
        }
    }
    let best = candidates.into_iter().min_by_key(|(_, victims)| victims.rank());
    match best {
        Some((info, victims)) => {
            let victims = victims.pods.into_iter().map(|pod| pod.value.clone()).collect();
            (Some(Preemption { node: info.name().into(), victims }), String::new())
        }
        None => {
            let nodes = stops.len();
            (None, format!("0/{nodes} nodes are available: {}.", histogram(reasons.into_iter())))
        }
    }
}

/// Whether the Pod has already made room somewhere, and the room is being cleared.
// Models PodEligibleToPreemptOthers
fn is_waiting_for_victims(cycle: &Cycle<'_>) -> bool {
    let nominated = cycle.pod.str_at(&["status", "nominatedNodeName"]);
    let own = priority(cycle.pod);
    cycle
        .nodes
        .iter()
        .filter(|info| !nominated.is_empty() && info.name() == nominated)
        .any(|info| info.pods.iter().any(|pod| meta::is_deleting(pod) && priority(pod) < own))
}

/// The Pods that would have to go from one node.
struct Victims<'a> {
    pods: Vec<&'a Rc<Object>>,
    /// How many of them no budget lets go.
    violations: usize,
}

impl Victims<'_> {
    /// The lower, the better: the fewest broken budgets, the least important Pods, the fewest, the
    /// youngest.
    // Models pickOneNodeForPreemption
    fn rank(&self) -> (usize, Option<i64>, i64, usize, Reverse<Option<String>>) {
        let highest = self.pods.iter().map(|victim| priority(victim)).max();
        // Each victim counts, whatever its priority.
        let sum = self.pods.iter().map(|victim| priority(victim) + i64::from(i32::MAX) + 1).sum();
        let important = self.pods.iter().filter(|victim| Some(priority(victim)) == highest);
        let oldest = important.map(|victim| victim.str_at(&["status", "startTime"]).to_owned()).min();
        (self.violations, highest, sum, self.pods.len(), Reverse(oldest))
    }
}

/// The Pods that would have to go from this node; nothing if even then the Pod would not fit.
// Models SelectVictimsOnNode
fn victims_on<'a>(cycle: &Cycle<'_>, info: &'a NodeInfo) -> Option<Victims<'a>> {
    let own = priority(cycle.pod);
    let mut without = info.clone();
    let mut lower: Vec<&'a Rc<Object>> = info.pods.iter().filter(|pod| priority(pod) < own).collect();
    for pod in &lower {
        without.forget(meta::uid(pod));
    }
    if lower.is_empty() || cycle.stopped_at(&without).is_some() {
        return None;
    }
    // The most important are spared first, the older of equals before the younger.
    lower.order_by_key(|pod| (Reverse(priority(pod)), pod.str_at(&["status", "startTime"]).to_owned()));
    let (violating, others) = by_budget(&lower, cycle);
    let mut victims = Victims { pods: Vec::new(), violations: 0 };
    for (pod, violates) in violating.into_iter().map(|pod| (pod, 1)).chain(others.into_iter().map(|pod| (pod, 0))) {
        without.add(pod);
        if cycle.stopped_at(&without).is_some() {
            without.forget(meta::uid(pod));
            victims.pods.push(pod);
            victims.violations += violates;
        }
    }
    Some(victims)
}

/// The Pods that no budget would let go, and the others.
// Models filterPodsWithPDBViolation
fn by_budget<'a>(pods: &[&'a Rc<Object>], cycle: &Cycle<'_>) -> (Vec<&'a Rc<Object>>, Vec<&'a Rc<Object>>) {
    let mut budgets: Vec<(&Value, i64)> = cycle
        .seen
        .list(Resource::POD_DISRUPTION_BUDGETS, "")
        .map(|budget| (&budget.value, budget.int_at(&["status", "disruptionsAllowed"]).unwrap_or_default()))
        .collect();
    pods.iter().copied().partition(|pod| {
        let mut violates = false;
        for (budget, allowed) in &mut budgets {
            let is_about = meta::namespace(budget) == meta::namespace(pod)
                && !budget.at(&["spec", "selector"]).is_none_or(Value::is_empty)
                && covers(budget, pod);
            // One that was let go already is not counted again.
            if is_about && budget.at(&["status", "disruptedPods", meta::name(pod)]).is_none() {
                *allowed -= 1;
                violates |= *allowed < 0;
            }
        }
        violates
    })
}

//! A Pod that fits nowhere may take the place of Pods with lower priority.
//!
//! PodDisruptionBudgets are not weighed yet.
// Models pkg/scheduler/framework/plugins/defaultpreemption, framework/preemption/preemption.go

use crate::document::InOrder as _;
use crate::document::Value;
use crate::kube::api::meta;
use crate::kube::scheduler::cycle::histogram;
use crate::kube::scheduler::node_info::{NodeInfo, priority};
use crate::kube::scheduler::plugins::{Cycle, Stop};
use std::cmp::Reverse;
use std::rc::Rc;

/// Who goes from which node.
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
    let mut candidates: Vec<(&NodeInfo<'_>, Vec<&Value>)> = Vec::new();
    let mut reasons = Vec::new();
    for (info, stop) in cycle.nodes.iter().zip(stops) {
        match stop.is_resolvable.then(|| victims_on(cycle, info)) {
            None => reasons.push("Preemption is not helpful for scheduling"),
            Some(Some(victims)) if !victims.is_empty() => candidates.push((info, victims)),
            Some(_) => reasons.push("No preemption victims found for incoming pod"),
        }
    }
    // Models pickOneNodeForPreemption: the least important victims, then the fewest, then the youngest.
    let best = candidates.into_iter().min_by_key(|(_, victims)| {
        let highest = victims.iter().map(|victim| priority(victim)).max();
        let sum: i64 = victims.iter().map(|victim| priority(victim)).sum();
        let oldest = victims.iter().map(|victim| victim.str_at(&["status", "startTime"]).to_owned()).min();
        (highest, sum, victims.len(), Reverse(oldest))
    });
    match best {
        Some((info, victims)) => {
            let victims = victims.into_iter().cloned().collect();
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

/// The Pods that would have to go from this node; nothing if even then the Pod would not fit.
// Models selectVictimsOnNode
fn victims_on<'a>(cycle: &Cycle<'a>, info: &NodeInfo<'a>) -> Option<Vec<&'a Value>> {
    let own = priority(cycle.pod);
    let mut without = info.clone();
    let mut lower: Vec<&'a Value> = info.pods.iter().copied().filter(|pod| priority(pod) < own).collect();
    for pod in &lower {
        without.forget(meta::uid(pod));
    }
    if lower.is_empty() || cycle.stopped_at(&without).is_some() {
        return None;
    }
    // The most important are spared first, the older of equals before the younger.
    lower.order_by_key(|pod| (Reverse(priority(pod)), pod.str_at(&["status", "startTime"]).to_owned()));
    let mut victims = Vec::new();
    for pod in lower {
        without.add(pod);
        if cycle.stopped_at(&without).is_some() {
            without.forget(meta::uid(pod));
            victims.push(pod);
        }
    }
    Some(victims)
}

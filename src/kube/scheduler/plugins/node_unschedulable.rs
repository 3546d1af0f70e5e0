//! Cordoned nodes take no new Pods.
// Models pkg/scheduler/framework/plugins/nodeunschedulable

use crate::kube::scheduler::node_info::NodeInfo;
use crate::kube::scheduler::plugins::taint_toleration::tolerates;
use crate::kube::scheduler::plugins::{Cycle, Stop};
use crate::tree;

/// Stops at a node whose `spec.unschedulable` is set, unless the Pod tolerates that.
pub fn filter(cycle: &Cycle<'_>, info: &NodeInfo) -> Option<Stop> {
    if !info.node.is_true_at(&["spec", "unschedulable"]) {
        return None;
    }
    let taint = tree!({ "key": "node.kubernetes.io/unschedulable", "effect": "NoSchedule" });
    let tolerated = tolerates(cycle.pod, &taint);
    (!tolerated).then(|| Stop::unresolvable("node(s) were unschedulable"))
}

//! The scheduler's plugins, one file each, named as upstream's.

pub mod balanced_allocation;
pub mod default_preemption;
pub mod image_locality;
pub mod inter_pod_affinity;
pub mod node_affinity;
pub mod node_name;
pub mod node_ports;
pub mod node_resources_fit;
pub mod node_unschedulable;
pub mod pod_topology_spread;
pub mod taint_toleration;
pub mod volume_binding;

use crate::document::Value;
use crate::kube::Snapshot;
use crate::kube::scheduler::node_info::{NodeInfo, PodRequest};
use std::rc::Rc;

/// One attempt to find a node for one Pod: what plugins look at.
pub struct Cycle<'a> {
    /// The cluster.
    pub seen: Snapshot<'a>,
    /// The Pod.
    pub pod: &'a Value,
    /// What it asks for.
    pub request: PodRequest,
    /// Every node.
    pub nodes: Rc<Vec<Rc<NodeInfo>>>,
    /// Whether some Pod, there or incoming, wants to be near others or away from them.
    pub is_anyone_particular: bool,
}

/// Why a node does not pass.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Stop {
    /// Upstream's reasons; each is counted by itself in the Pod's message.
    pub reasons: Vec<String>,
    /// What exactly, where the reason does not say: `{key: value}` of a taint.
    pub detail: String,
    /// Whether removing Pods from the node could help (`Unschedulable`); otherwise
    /// `UnschedulableAndUnresolvable`.
    pub is_resolvable: bool,
}

impl Stop {
    /// Removing Pods could help.
    #[must_use]
    pub fn resolvable(reason: &str) -> Self {
        Self { reasons: vec![reason.to_owned()], detail: String::new(), is_resolvable: true }
    }

    /// Removing Pods could not help.
    #[must_use]
    pub fn unresolvable(reason: &str) -> Self {
        Self { is_resolvable: false, ..Self::resolvable(reason) }
    }

    /// The same, saying what exactly.
    #[must_use]
    pub fn because(mut self, detail: String) -> Self {
        self.detail = detail;
        self
    }
}

/// A filter says why one node does not do, if it does not.
pub type Filter = fn(&Cycle<'_>, &NodeInfo) -> Option<Stop>;

/// The filters in the order in which they are asked. The first that stops a node ends its trial.
// Source: the default profile of v1.36. Dynamic resources and declared features are not
// simulated yet; nothing in the API that is served here needs them.
pub const FILTERS: &[(&str, Filter)] = &[
    ("NodeUnschedulable", node_unschedulable::filter),
    ("NodeName", node_name::filter),
    ("TaintToleration", taint_toleration::filter),
    ("NodeAffinity", node_affinity::filter),
    ("NodePorts", node_ports::filter),
    ("NodeResourcesFit", node_resources_fit::filter),
    ("VolumeBinding", volume_binding::filter),
    ("PodTopologySpread", pod_topology_spread::filter),
    ("InterPodAffinity", inter_pod_affinity::filter),
];

/// A score plugin looks at all feasible nodes at once and gives each 0 to 100, or `None` where it
/// has nothing to say about this Pod (upstream's `Skip`).
pub type Score = fn(&Cycle<'_>, &[&NodeInfo]) -> Option<Vec<i64>>;

/// The scores with their weights.
// Source: the default profile of v1.36.
pub const SCORES: &[(&str, i64, Score)] = &[
    ("TaintToleration", 3, taint_toleration::score),
    ("NodeAffinity", 2, node_affinity::score),
    ("NodeResourcesFit", 1, node_resources_fit::score),
    ("PodTopologySpread", 2, pod_topology_spread::score),
    ("InterPodAffinity", 2, inter_pod_affinity::score),
    ("NodeResourcesBalancedAllocation", 1, balanced_allocation::score),
    ("ImageLocality", 1, image_locality::score),
];

/// The best a node can get from one plugin.
pub const MAX_NODE_SCORE: i64 = 100;

/// Scales scores so that the largest becomes 100; `reversed` turns them round.
// Models pkg/scheduler/framework/plugins/helper/normalize_score.go DefaultNormalizeScore
pub(crate) fn normalized(scores: Vec<i64>, order: Order) -> Vec<i64> {
    let largest = scores.iter().copied().max().unwrap_or_default();
    scores
        .into_iter()
        .map(|score| {
            let scaled = if largest == 0 { 0 } else { MAX_NODE_SCORE * score / largest };
            match order {
                Order::MoreIsBetter => scaled,
                Order::LessIsBetter => MAX_NODE_SCORE - scaled,
            }
        })
        .collect()
}

/// Which end of a raw score is good.
#[derive(Clone, Copy)]
pub(crate) enum Order {
    MoreIsBetter,
    LessIsBetter,
}

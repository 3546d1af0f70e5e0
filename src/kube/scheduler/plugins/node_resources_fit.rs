//! A node must have left what the Pod asks for; emptier nodes are better.
// Models pkg/scheduler/framework/plugins/noderesources fit.go, least_allocated.go

use crate::document::InOrder as _;
use crate::kube::scheduler::node_info::{NodeInfo, PodRequest};
use crate::kube::scheduler::plugins::{Cycle, MAX_NODE_SCORE, Stop};

/// Stops at a node that has too little of something left.
// Models fit.go fitsRequest
pub fn filter(cycle: &Cycle<'_>, info: &NodeInfo) -> Option<Stop> {
    let mut reasons = Vec::new();
    let mut details = Vec::new();
    let mut is_resolvable = true;
    let most = info.allocatable.get("pods").copied().unwrap_or_default();
    if i64::try_from(info.pods.len()).unwrap_or(i64::MAX) >= most {
        reasons.push("Too many pods".to_owned());
    }
    // Upstream asks for CPU, memory and storage first, then for the rest.
    let order = |name: &str| match name {
        "cpu" => 0,
        "memory" => 1,
        "ephemeral-storage" => 2,
        _ => 3,
    };
    let mut asked: Vec<_> = cycle.request.amounts.iter().filter(|(_, amount)| **amount > 0).collect();
    asked.order_by_key(|(name, _)| order(name));
    for (name, amount) in asked {
        let all = info.allocatable.get(name).copied().unwrap_or_default();
        let used = info.requested.get(name).copied().unwrap_or_default();
        if *amount > all - used {
            reasons.push(format!("Insufficient {name}"));
            details.push(format!("{name}: {amount} > {all} - {used}"));
            // What is larger than the whole node does not fit however many Pods leave it.
            is_resolvable &= *amount <= all;
        }
    }
    (!reasons.is_empty()).then(|| Stop { reasons, detail: details.join(", "), is_resolvable })
}

/// `LeastAllocated`: the share of CPU and memory that would still be free, averaged.
// Models least_allocated.go leastResourceScorer
pub fn score(cycle: &Cycle<'_>, nodes: &[&NodeInfo]) -> Option<Vec<i64>> {
    Some(nodes.iter().map(|info| of(&cycle.request, info)).collect())
}

/// What it gives one node.
pub fn of(request: &PodRequest, info: &NodeInfo) -> i64 {
    let free_share = |all: i64, used: i64| {
        if all == 0 || used > all { 0 } else { (all - used).saturating_mul(MAX_NODE_SCORE) / all }
    };
    let all = |name: &str| info.allocatable.get(name).copied().unwrap_or_default();
    let asked = request.counted;
    // Resources that the node has none of do not count.
    let parts: Vec<i64> = [("cpu", info.counted.0 + asked.0), ("memory", info.counted.1 + asked.1)]
        .into_iter()
        .filter(|(name, _)| all(name) > 0)
        .map(|(name, used)| free_share(all(name), used))
        .collect();
    let count = i64::try_from(parts.len()).unwrap_or(1).max(1);
    parts.iter().sum::<i64>() / count
}

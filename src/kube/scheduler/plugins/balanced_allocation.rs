//! CPU and memory should be used up evenly.
// Models pkg/scheduler/framework/plugins/noderesources/balanced_allocation.go

use crate::kube::scheduler::node_info::{NodeInfo, PodRequest};
use crate::kube::scheduler::plugins::{Cycle, MAX_NODE_SCORE};

/// Shares are kept in millionths, so that no float decides anything.
const WHOLE: i128 = 1_000_000;

/// 100 when the used shares of CPU and memory are equal, less the further they are apart. Says
/// nothing about Pods that ask for neither.
pub fn score(cycle: &Cycle<'_>, nodes: &[&NodeInfo]) -> Option<Vec<i64>> {
    says_something(&cycle.request).then(|| nodes.iter().map(|info| of(&cycle.request, info)).collect())
}

/// Whether the Pod asks for something that can be balanced.
pub fn says_something(request: &PodRequest) -> bool {
    ["cpu", "memory"].into_iter().any(|name| request.amounts.get(name).is_some_and(|amount| *amount != 0))
}

/// What it gives one node.
pub fn of(request: &PodRequest, info: &NodeInfo) -> i64 {
    let asked = |name: &str| request.amounts.get(name).copied().unwrap_or_default();
    let shares: Vec<i128> = ["cpu", "memory"]
        .into_iter()
        .filter_map(|name| {
            let all = i128::from(info.allocatable.get(name).copied().filter(|all| *all > 0)?);
            let used = i128::from(info.requested.get(name).copied().unwrap_or_default() + asked(name));
            Some((used * WHOLE / all).min(WHOLE))
        })
        .collect();
    let deviation = match shares.as_slice() {
        [one, other] => (one - other).abs() / 2,
        _ => 0,
    };
    i64::try_from((WHOLE - deviation) * i128::from(MAX_NODE_SCORE) / WHOLE).unwrap_or_default()
}

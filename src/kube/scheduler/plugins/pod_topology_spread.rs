//! Pods of one Service or owner spread over zones and nodes.
//!
//! Only the system's default constraints (hostname, skew 3; zone, skew 5; both soft) are acted on.
// Models pkg/scheduler/framework/plugins/podtopologyspread scoring.go, plugin.go systemDefaultConstraints

use crate::document::Value;
use crate::kube::api::labels::Selector;
use crate::kube::api::{Key, Resource, meta};
use crate::kube::scheduler::node_info::NodeInfo;
use crate::kube::scheduler::plugins::{Cycle, MAX_NODE_SCORE, node_affinity};
use std::collections::BTreeMap;

const HOSTNAME: &str = "kubernetes.io/hostname";
const ZONE: &str = "topology.kubernetes.io/zone";
const DEFAULTS: [(&str, i64); 2] = [(HOSTNAME, 3), (ZONE, 5)];

/// Fewer Pods of the same kind in the same zone and on the same node are better.
pub fn score(cycle: &Cycle<'_>, nodes: &[&NodeInfo<'_>]) -> Option<Vec<i64>> {
    let selectors = default_selectors(cycle)?;
    let namespace = meta::namespace(cycle.pod);
    let alike = |info: &NodeInfo<'_>| {
        let count = info.pods.iter().filter(|pod| {
            meta::namespace(pod) == namespace
                && !meta::is_deleting(pod)
                && selectors.iter().all(|selector| selector.matches(meta::labels(pod)))
        });
        i64::try_from(count.count()).unwrap_or(i64::MAX)
    };
    let zone_of = |info: &NodeInfo<'_>| meta::label(info.node, ZONE).unwrap_or_default().to_owned();
    let mut by_zone: BTreeMap<String, i64> = nodes.iter().map(|info| (zone_of(info), 0)).collect();
    for info in cycle.nodes.iter().filter(|info| node_affinity::required_matches(cycle.pod, info.node)) {
        if let Some(count) = by_zone.get_mut(&zone_of(info)) {
            *count += alike(info);
        }
    }
    let raw: Vec<i64> = nodes
        .iter()
        .map(|info| {
            let mut milli = 0;
            for (topology, max_skew) in DEFAULTS {
                if meta::label(info.node, topology).is_none() {
                    continue;
                }
                let (count, size) = if topology == HOSTNAME {
                    (alike(info), nodes.len())
                } else {
                    (by_zone.get(&zone_of(info)).copied().unwrap_or_default(), by_zone.len())
                };
                milli += count * milli_ln(size + 2) + (max_skew - 1) * 1000;
            }
            (milli + 500) / 1000
        })
        .collect();
    let least = raw.iter().copied().min().unwrap_or_default();
    let most = raw.iter().copied().max().unwrap_or_default();
    Some(
        raw.into_iter()
            .map(|score| if most == 0 { MAX_NODE_SCORE } else { MAX_NODE_SCORE * (most + least - score) / most })
            .collect(),
    )
}

/// What the Services and the owner of a Pod select together; nothing when nothing selects it.
// Models pkg/scheduler/framework/plugins/helper/spread.go DefaultSelector
fn default_selectors(cycle: &Cycle<'_>) -> Option<Vec<Selector>> {
    let pod = cycle.pod;
    let namespace = meta::namespace(pod);
    let mut selectors: Vec<Selector> = cycle
        .seen
        .list(Resource::SERVICES, namespace)
        .filter_map(|service| service.at(&["spec", "selector"]).filter(|selector| !selector.is_empty()))
        .map(Selector::from_map)
        .filter(|selector| selector.matches(meta::labels(pod)))
        .collect();
    if let Some(key) = meta::controller_key(pod)
        && let Some(selector) = owner_selector(cycle, &key)
    {
        selectors.push(selector);
    }
    (!selectors.is_empty()).then_some(selectors)
}

fn owner_selector(cycle: &Cycle<'_>, key: &Key) -> Option<Selector> {
    let owner = cycle.seen.get(key)?;
    let selector: &Value = owner.at(&["spec", "selector"])?;
    match key.resource {
        Resource::REPLICA_SETS | Resource::STATEFUL_SETS => Some(Selector::from_label_selector(selector)),
        Resource::REPLICATION_CONTROLLERS => Some(Selector::from_map(selector)),
        _ => None,
    }
}

/// The natural logarithm in thousandths: between the powers of two a straight line would be too
/// coarse, so the fraction is taken from a table of eighths.
fn milli_ln(number: usize) -> i64 {
    const LN2: i64 = 693;
    /// ln(1 + n/8) in thousandths.
    const EIGHTHS: [i64; 9] = [0, 118, 223, 318, 405, 486, 560, 629, LN2];
    let number = u64::try_from(number).unwrap_or(u64::MAX).max(1);
    let power = u64::from(number.ilog2());
    let rest = ((number << 10) >> power) - 1024;
    let (index, within) =
        (usize::try_from(rest / 128).unwrap_or_default(), i64::try_from(rest % 128).unwrap_or_default());
    let low = EIGHTHS.get(index).copied().unwrap_or_default();
    let high = EIGHTHS.get(index + 1).copied().unwrap_or(LN2);
    i64::try_from(power).unwrap_or_default() * LN2 + low + (high - low) * within / 128
}

#[cfg(test)]
mod tests {
    use super::milli_ln;

    #[test]
    fn the_logarithm_is_within_a_hundredth() {
        for (number, expected) in [(1, 0), (2, 693), (3, 1099), (5, 1609), (7, 1946), (100, 4605), (5000, 8517)] {
            let found = milli_ln(number);
            assert!((found - expected).abs() <= 10, "ln {number}: {found} instead of {expected}");
        }
    }
}

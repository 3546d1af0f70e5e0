//! Pods of one kind spread over zones and nodes: as the Pod's own constraints say, or else softly
//! by the system's default ones.
// Models pkg/scheduler/framework/plugins/podtopologyspread

use crate::document::Value;
use crate::kube::api::labels::Selector;
use crate::kube::api::{Key, Resource, meta};
use crate::kube::scheduler::node_info::NodeInfo;
use crate::kube::scheduler::plugins::{Cycle, MAX_NODE_SCORE, Stop, node_affinity, taint_toleration};
use crate::tree;
use std::collections::BTreeMap;
use std::rc::Rc;

/// The label that tells every node from every other.
pub const HOSTNAME: &str = "kubernetes.io/hostname";
// Source: plugin.go systemDefaultConstraints.
const DEFAULTS: [(&str, i64); 2] = [(HOSTNAME, 3), ("topology.kubernetes.io/zone", 5)];

/// One constraint, ready to count with.
pub struct Constraint {
    /// `topologyKey`.
    pub key: String,
    /// `maxSkew`.
    pub max_skew: i64,
    min_domains: i64,
    selectors: Vec<Selector>,
    /// What tells its selectors from those of other constraints.
    pub name: Rc<str>,
    honours_taints: bool,
    ignores_affinity: bool,
}

/// The Pod's own constraints of one kind (`DoNotSchedule`, `ScheduleAnyway`).
fn own_constraints(pod: &Value, kind: &str) -> Vec<Constraint> {
    let listed = pod.items_at(&["spec", "topologySpreadConstraints"]).iter();
    listed
        .filter(|constraint| constraint.str_at(&["whenUnsatisfiable"]) == kind)
        .map(|constraint| {
            let mut selector = constraint.at(&["labelSelector"]).cloned().unwrap_or_default();
            for key in constraint.items_at(&["matchLabelKeys"]).iter().filter_map(Value::as_str) {
                if let Some(value) = meta::label(pod, key) {
                    let same = tree!({ "key": key, "operator": "In", "values": [value] });
                    selector.at_mut(&["matchExpressions"]).items_mut().push(same);
                }
            }
            let selectors = vec![Selector::from_label_selector(&selector)];
            Constraint {
                name: name_of(pod, &selectors),
                key: constraint.str_at(&["topologyKey"]).to_owned(),
                max_skew: constraint.int_at(&["maxSkew"]).unwrap_or(1),
                min_domains: constraint.int_at(&["minDomains"]).unwrap_or(1),
                selectors,
                honours_taints: constraint.str_at(&["nodeTaintsPolicy"]) == "Honor",
                ignores_affinity: constraint.str_at(&["nodeAffinityPolicy"]) == "Ignore",
            }
        })
        .collect()
}

fn name_of(pod: &Value, selectors: &[Selector]) -> Rc<str> {
    let texts: Vec<String> = selectors.iter().map(ToString::to_string).collect();
    format!("{}/{}", meta::namespace(pod), texts.join(";")).into()
}

impl Constraint {
    fn matches(&self, namespace: &str, pod: &Value) -> bool {
        meta::namespace(pod) == namespace
            && !meta::is_deleting(pod)
            && self.selectors.iter().all(|selector| selector.matches(meta::labels(pod)))
    }

    /// How many Pods of a node it counts.
    pub fn count(&self, cycle: &Cycle<'_>, info: &NodeInfo) -> i64 {
        let namespace = meta::namespace(cycle.pod);
        info.count_alike(&self.name, |pod| self.matches(namespace, pod))
    }

    /// Whether the node is one of those among which Pods are spread.
    // Models common.go matchNodeInclusionPolicies
    pub fn includes(&self, cycle: &Cycle<'_>, info: &NodeInfo) -> bool {
        (self.ignores_affinity || node_affinity::required_matches(cycle.pod, &info.node))
            && (!self.honours_taints || taint_toleration::filter(cycle, info).is_none())
    }
}

/// Stops at nodes where one more Pod would make the spread more uneven than is allowed.
// Models filtering.go Filter
pub fn filter(cycle: &Cycle<'_>, info: &NodeInfo) -> Option<Stop> {
    let constraints = own_constraints(cycle.pod, "DoNotSchedule");
    let has_all_keys = |node: &Value| constraints.iter().all(|constraint| meta::label(node, &constraint.key).is_some());
    if constraints.is_empty() {
        return None;
    }
    if !has_all_keys(&info.node) {
        let reason = "node(s) didn't match pod topology spread constraints (missing required label)";
        return Some(Stop::unresolvable(reason));
    }
    let uneven = constraints.iter().find(|constraint| {
        let mut domains: BTreeMap<&str, i64> = BTreeMap::new();
        let others = cycle.nodes.iter().map(|other| &**other).filter(|other| other.name() != info.name()).chain([info]);
        for other in others.filter(|other| has_all_keys(&other.node) && constraint.includes(cycle, other)) {
            let domain = meta::label(&other.node, &constraint.key).unwrap_or_default();
            *domains.entry(domain).or_default() += constraint.count(cycle, other);
        }
        let too_few_domains = i64::try_from(domains.len()).unwrap_or(i64::MAX) < constraint.min_domains;
        let least = if too_few_domains { 0 } else { domains.values().copied().min().unwrap_or_default() };
        let here = meta::label(&info.node, &constraint.key).and_then(|domain| domains.get(domain)).copied();
        let itself = i64::from(constraint.matches(meta::namespace(cycle.pod), cycle.pod));
        here.unwrap_or_default() + itself - least > constraint.max_skew
    })?;
    let stop = Stop::resolvable("node(s) didn't match pod topology spread constraints");
    Some(stop.because(uneven.key.clone()))
}

/// Fewer Pods of the same kind in the same domains are better.
// Models scoring.go
pub fn score(cycle: &Cycle<'_>, nodes: &[&NodeInfo]) -> Option<Vec<i64>> {
    let has_own = !cycle.pod.items_at(&["spec", "topologySpreadConstraints"]).is_empty();
    let constraints = if has_own { own_constraints(cycle.pod, "ScheduleAnyway") } else { default_constraints(cycle)? };
    if constraints.is_empty() {
        return None;
    }
    let is_ignored = |info: &NodeInfo| {
        has_own && constraints.iter().any(|constraint| meta::label(&info.node, &constraint.key).is_none())
    };
    let scored: Vec<&NodeInfo> = nodes.iter().copied().filter(|info| !is_ignored(info)).collect();
    let mut milli = vec![0_i64; nodes.len()];
    for constraint in &constraints {
        let domain_of = |info: &'_ NodeInfo| -> Option<Rc<str>> { label_of(info, &constraint.key) };
        let is_hostname = constraint.key == HOSTNAME;
        let mut domains: BTreeMap<Rc<str>, i64> = BTreeMap::new();
        if !is_hostname {
            domains.extend(scored.iter().map(|info| (domain_of(info).unwrap_or_default(), 0)));
            for info in cycle.nodes.iter().filter(|info| constraint.includes(cycle, info) && !is_ignored(info)) {
                if let Some(count) = domains.get_mut(&domain_of(info).unwrap_or_default()) {
                    *count += constraint.count(cycle, info);
                }
            }
        }
        let size = if is_hostname { scored.len() } else { domains.len() };
        let weight = milli_ln(size + 2);
        for (info, milli) in nodes.iter().zip(&mut milli) {
            let Some(domain) = domain_of(info) else { continue };
            let count = if is_hostname {
                constraint.count(cycle, info)
            } else {
                domains.get(&domain).copied().unwrap_or_default()
            };
            *milli += count * weight + (constraint.max_skew - 1) * 1000;
        }
    }
    let raw: Vec<Option<i64>> =
        nodes.iter().zip(milli).map(|(info, milli)| (!is_ignored(info)).then_some((milli + 500) / 1000)).collect();
    Some(normalize(&raw))
}

/// The fewer, the better; a node that is ignored gets nothing.
// Models scoring.go NormalizeScore
pub fn normalize(raw: &[Option<i64>]) -> Vec<i64> {
    let least = raw.iter().flatten().copied().min().unwrap_or_default();
    let most = raw.iter().flatten().copied().max().unwrap_or_default();
    let normalized = |score: &Option<i64>| match score {
        None => 0,
        Some(_) if most == 0 => MAX_NODE_SCORE,
        Some(score) => MAX_NODE_SCORE * (most + least - score) / most,
    };
    raw.iter().map(normalized).collect()
}

/// A node's label, without a copy.
pub fn label_of(info: &NodeInfo, key: &str) -> Option<Rc<str>> {
    meta::labels(&info.node).get(key).and_then(Value::as_shared)
}

/// The default constraints, for Pods that a Service or an owner selects.
pub fn default_constraints(cycle: &Cycle<'_>) -> Option<Vec<Constraint>> {
    let selectors = default_selectors(cycle)?;
    let name = name_of(cycle.pod, &selectors);
    let constraint = |(key, max_skew): (&str, i64)| Constraint {
        name: name.clone(),
        key: key.to_owned(),
        max_skew,
        min_domains: 1,
        selectors: selectors.clone(),
        honours_taints: false,
        ignores_affinity: false,
    };
    Some(DEFAULTS.into_iter().map(constraint).collect())
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
pub fn milli_ln(number: usize) -> i64 {
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

//! Pods that want to be near other Pods, or away from them.
// Models pkg/scheduler/framework/plugins/interpodaffinity

use crate::document::Value;
use crate::kube::api::labels::Selector;
use crate::kube::api::{Key, Resource, meta};
use crate::kube::scheduler::node_info::NodeInfo;
use crate::kube::scheduler::plugins::{Cycle, MAX_NODE_SCORE, Stop};

const REQUIRED: &str = "requiredDuringSchedulingIgnoredDuringExecution";
const PREFERRED: &str = "preferredDuringSchedulingIgnoredDuringExecution";
/// `hardPodAffinityWeight`.
const HARD_WEIGHT: i64 = 1;

fn terms<'a>(pod: &'a Value, kind: &str, strength: &str) -> &'a [Value] {
    pod.items_at(&["spec", "affinity", kind, strength])
}

/// Stops at nodes where a required term of the Pod, or of a Pod that is there, does not hold.
pub fn filter(cycle: &Cycle<'_>, info: &NodeInfo) -> Option<Stop> {
    if !cycle.is_anyone_particular {
        return None;
    }
    if !affinity_holds(cycle, info) {
        return Some(Stop::unresolvable("node(s) didn't match pod affinity rules"));
    }
    let repelled = |term: &Value| {
        let matches = |pod: &Value| term_matches(cycle, term, cycle.pod, pod);
        pods_in_topology(cycle, info, term).any(matches)
    };
    if terms(cycle.pod, "podAntiAffinity", REQUIRED).iter().any(repelled) {
        return Some(Stop::resolvable("node(s) didn't match pod anti-affinity rules"));
    }
    let repels = particular_others(cycle, info).any(|(node, pod)| {
        terms(pod, "podAntiAffinity", REQUIRED)
            .iter()
            .any(|term| same_topology(term, node, &info.node) && term_matches(cycle, term, pod, cycle.pod))
    });
    repels.then(|| Stop::resolvable("node(s) didn't satisfy existing pods anti-affinity rules"))
}

// Models filtering.go satisfyPodAffinity
fn affinity_holds(cycle: &Cycle<'_>, info: &NodeInfo) -> bool {
    let wanted = terms(cycle.pod, "podAffinity", REQUIRED);
    let matches_all = |pod: &Value| wanted.iter().all(|term| term_matches(cycle, term, cycle.pod, pod));
    let has_keys = |term: &Value| meta::label(&info.node, term.str_at(&["topologyKey"])).is_some();
    if !wanted.iter().all(has_keys) {
        return false;
    }
    if wanted.iter().all(|term| pods_in_topology(cycle, info, term).any(matches_all)) {
        return true;
    }
    // The first of a group that wants to be near its own kind may go anywhere.
    matches_all(cycle.pod) && !others(cycle, info).any(|(_, pod)| matches_all(pod))
}

/// Every Pod with the node it is on, `info` standing for its node as it would be.
fn others<'a>(cycle: &'a Cycle<'_>, info: &'a NodeInfo) -> impl Iterator<Item = (&'a Value, &'a Value)> {
    let elsewhere = cycle.nodes.iter().map(|other| &**other).filter(|other| other.name() != info.name());
    elsewhere.chain([info]).flat_map(|node| node.pods.iter().map(|pod| (&node.node.value, &pod.value)))
}

/// The same, of those that want something themselves.
fn particular_others<'a>(cycle: &'a Cycle<'_>, info: &'a NodeInfo) -> impl Iterator<Item = (&'a Value, &'a Value)> {
    let elsewhere = cycle.nodes.iter().map(|other| &**other).filter(|other| other.name() != info.name());
    elsewhere.chain([info]).flat_map(|node| node.particular.iter().map(|pod| (&node.node.value, &pod.value)))
}

fn pods_in_topology<'a>(cycle: &'a Cycle<'_>, info: &'a NodeInfo, term: &'a Value) -> impl Iterator<Item = &'a Value> {
    others(cycle, info).filter(move |(node, _)| same_topology(term, node, &info.node)).map(|(_, pod)| pod)
}

fn same_topology(term: &Value, one: &Value, other: &Value) -> bool {
    let key = term.str_at(&["topologyKey"]);
    let value = meta::label(one, key);
    value.is_some() && value == meta::label(other, key)
}

/// Whether a term of `owner` means `pod`.
fn term_matches(cycle: &Cycle<'_>, term: &Value, owner: &Value, pod: &Value) -> bool {
    let namespace = meta::namespace(pod);
    let listed = term.items_at(&["namespaces"]);
    let by_selector = term.at(&["namespaceSelector"]).map(|selector| {
        let key = Key::new(Resource::NAMESPACES, "", namespace);
        let labels = cycle.seen.get(&key).map(|found| meta::labels(found).clone()).unwrap_or_default();
        Selector::from_label_selector(selector).matches(&labels)
    });
    let in_namespace = match by_selector {
        None if listed.is_empty() => namespace == meta::namespace(owner),
        chosen => chosen.unwrap_or_default() || listed.iter().any(|listed| listed.as_str() == Some(namespace)),
    };
    let selector = term.at(&["labelSelector"]);
    in_namespace && selector.is_some_and(|selector| Selector::from_label_selector(selector).matches(meta::labels(pod)))
}

/// Preferred terms of the Pod and of the Pods that are there, for and against.
// Models scoring.go processExistingPod, NormalizeScore
pub fn score(cycle: &Cycle<'_>, nodes: &[&NodeInfo]) -> Option<Vec<i64>> {
    if !cycle.is_anyone_particular {
        return None;
    }
    let raw: Vec<i64> = nodes.iter().map(|info| weight(cycle, info)).collect();
    let (least, most) = (raw.iter().copied().min()?, raw.iter().copied().max()?);
    if least == 0 && most == 0 {
        return None;
    }
    let span = most - least;
    Some(raw.into_iter().map(|weight| if span == 0 { 0 } else { MAX_NODE_SCORE * (weight - least) / span }).collect())
}

fn weight(cycle: &Cycle<'_>, info: &NodeInfo) -> i64 {
    let mut sum = 0;
    for (node, pod) in others(cycle, info) {
        let mut add = |owner: &Value, other: &Value, kind: &str, sign: i64| {
            for weighted in terms(owner, kind, PREFERRED) {
                let term = weighted.at(&["podAffinityTerm"]).unwrap_or(&Value::Null);
                if same_topology(term, node, &info.node) && term_matches(cycle, term, owner, other) {
                    sum += sign * weighted.int_at(&["weight"]).unwrap_or_default();
                }
            }
        };
        for (owner, other) in [(cycle.pod, pod), (pod, cycle.pod)] {
            add(owner, other, "podAffinity", 1);
            add(owner, other, "podAntiAffinity", -1);
        }
        let wanted_near = terms(pod, "podAffinity", REQUIRED)
            .iter()
            .filter(|term| same_topology(term, node, &info.node) && term_matches(cycle, term, pod, cycle.pod));
        sum += HARD_WEIGHT * i64::try_from(wanted_near.count()).unwrap_or_default();
    }
    sum
}

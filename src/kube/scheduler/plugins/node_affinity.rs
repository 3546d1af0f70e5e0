//! `nodeSelector` and node affinity.
// Models pkg/scheduler/framework/plugins/nodeaffinity

use crate::document::Value;
use crate::kube::api::labels::Selector;
use crate::kube::api::meta;
use crate::kube::scheduler::node_info::NodeInfo;
use crate::kube::scheduler::plugins::{Cycle, Order, Stop, normalized};
use crate::tree;

const REQUIRED: &[&str] =
    &["spec", "affinity", "nodeAffinity", "requiredDuringSchedulingIgnoredDuringExecution", "nodeSelectorTerms"];
const PREFERRED: &[&str] = &["spec", "affinity", "nodeAffinity", "preferredDuringSchedulingIgnoredDuringExecution"];

/// Stops at nodes that the Pod's selector or its required affinity does not match.
pub fn filter(cycle: &Cycle<'_>, info: &NodeInfo) -> Option<Stop> {
    let matches = required_matches(cycle.pod, &info.node);
    (!matches).then(|| Stop::unresolvable("node(s) didn't match Pod's node affinity/selector"))
}

/// Whether the node is among those that the Pod's selector and required affinity allow.
// Models k8s.io/component-helpers/scheduling/corev1/nodeaffinity GetRequiredNodeAffinity
#[must_use]
pub fn required_matches(pod: &Value, node: &Value) -> bool {
    if let Some(selector) = pod.at(&["spec", "nodeSelector"])
        && !Selector::from_map(selector).matches(meta::labels(node))
    {
        return false;
    }
    pod.at(REQUIRED).is_none_or(|terms| terms.items().iter().any(|term| term_matches(term, node)))
}

/// The more weight of preferred terms matches, the better.
pub fn score(cycle: &Cycle<'_>, nodes: &[&NodeInfo]) -> Option<Vec<i64>> {
    if !prefers(cycle.pod) {
        return None;
    }
    Some(normalized(nodes.iter().map(|info| weight(cycle.pod, info)).collect(), Order::MoreIsBetter))
}

/// Whether the Pod prefers some nodes to others.
pub fn prefers(pod: &Value) -> bool {
    !pod.items_at(PREFERRED).is_empty()
}

/// How much the Pod prefers a node.
pub fn weight(pod: &Value, info: &NodeInfo) -> i64 {
    pod.items_at(PREFERRED)
        .iter()
        .filter(|term| term.at(&["preference"]).is_some_and(|preference| term_matches(preference, &info.node)))
        .map(|term| term.int_at(&["weight"]).unwrap_or_default())
        .sum()
}

/// Whether a node matches a term; one without requirements matches nothing.
#[must_use]
pub fn term_matches(term: &Value, node: &Value) -> bool {
    let (labels, fields) = (term.items_at(&["matchExpressions"]), term.items_at(&["matchFields"]));
    if labels.is_empty() && fields.is_empty() {
        return false;
    }
    Selector::from_expressions(labels).matches(meta::labels(node))
        && Selector::from_expressions(fields).matches(&tree!({ "metadata.name": meta::name(node) }))
}

//! Which nodes want a daemon Pod, and what it looks like.
// Models pkg/controller/daemon/util/daemonset_util.go

use crate::document::InOrder as _;
use crate::document::Value;
use crate::kube::Snapshot;
use crate::kube::api::{Object, Resource, meta};
use crate::kube::controller::daemon::HASH;
use crate::kube::controller::pods;
use crate::kube::scheduler::plugins::{node_affinity, taint_toleration};
use crate::tree;
use std::collections::BTreeMap;
use std::rc::Rc;

/// Whether a node wants a Pod.
#[derive(Clone, Copy)]
pub(super) struct Wish {
    /// It should have one.
    pub run: bool,
    /// One that is there may stay.
    pub stay: bool,
}

/// What each node wants, in the order of their names.
pub(super) fn wishes(set: &Value, seen: &Snapshot<'_>) -> Vec<(String, Wish)> {
    let mut pod = tree!({ "spec": set.at(&["spec", "template", "spec"]).cloned() });
    tolerate(&mut pod);
    let wish = |node: &Rc<Object>| (meta::name(node).to_owned(), wish_of(&pod, node));
    seen.list(Resource::NODES, "").map(wish).collect()
}

// Models NodeShouldRunDaemonPod
fn wish_of(pod: &Value, node: &Value) -> Wish {
    let named = pod.str_at(&["spec", "nodeName"]);
    if !named.is_empty() && named != meta::name(node) || !node_affinity::required_matches(pod, node) {
        return Wish { run: false, stay: false };
    }
    let stops = |effect: &str| {
        node.items_at(&["spec", "taints"])
            .iter()
            .any(|taint| taint.str_at(&["effect"]) == effect && !taint_toleration::tolerates(pod, taint))
    };
    let evicted = stops("NoExecute");
    Wish { run: !evicted && !stops("NoSchedule"), stay: !evicted }
}

/// The Pods by the node that they are on or meant for.
// Models GetNodesToDaemonPods, GetTargetNodeName
pub(super) fn by_node(pods: &[Rc<Object>]) -> BTreeMap<String, Vec<Rc<Object>>> {
    let mut map: BTreeMap<String, Vec<Rc<Object>>> = BTreeMap::new();
    for pod in pods.iter().filter(|pod| !(pods::has_ended(pod) && meta::is_deleting(pod))) {
        map.entry(target_of(pod).to_owned()).or_default().push(pod.clone());
    }
    map
}

fn target_of(pod: &Value) -> &str {
    let bound = pod.str_at(&["spec", "nodeName"]);
    if !bound.is_empty() {
        return bound;
    }
    pod.items_at(&[
        "spec",
        "affinity",
        "nodeAffinity",
        "requiredDuringSchedulingIgnoredDuringExecution",
        "nodeSelectorTerms",
    ])
    .iter()
    .flat_map(|term| term.items_at(&["matchFields"]))
    .find(|field| field.str_at(&["key"]) == "metadata.name")
    .and_then(|field| field.items_at(&["values"]).first()?.as_str())
    .unwrap_or_default()
}

/// Oldest first; of the same age, what is bound first.
// Models podByCreationTimestampAndPhase
pub(super) fn oldest_first(pods: &mut [Rc<Object>]) {
    pods.order_by_key(|pod| {
        (
            pod.str_at(&["spec", "nodeName"]).is_empty(),
            pod.str_at(&["metadata", "creationTimestamp"]).to_owned(),
            meta::name(pod).to_owned(),
        )
    });
}

/// The Pod for one node.
// Models CreatePodTemplate, ReplaceDaemonSetPodNodeNameNodeAffinity
pub(super) fn pod_for(set: &Value, node: &str, hash: &str) -> Value {
    let mut pod = pods::from_template(set);
    pod.set(&["metadata", "labels", HASH], hash);
    let generation = meta::annotation(set, "deprecated.daemonset.template.generation").unwrap_or_default();
    if !generation.is_empty() {
        pod.set(&["metadata", "labels", "pod-template-generation"], generation);
    }
    let term = tree!({ "key": "metadata.name", "operator": "In", "values": [node] });
    let terms = ["spec", "affinity", "nodeAffinity", "requiredDuringSchedulingIgnoredDuringExecution"];
    let mut required = pod.items_at(&[terms[0], terms[1], terms[2], terms[3], "nodeSelectorTerms"]).to_vec();
    if required.is_empty() {
        required.push(tree!({}));
    }
    for listed in &mut required {
        listed.set(&["matchFields"], Value::from(vec![term.clone()]));
    }
    pod.set(&[terms[0], terms[1], terms[2], terms[3], "nodeSelectorTerms"], required);
    tolerate(&mut pod);
    pod
}

/// Daemon Pods put up with a node's troubles.
// Models AddOrUpdateDaemonPodTolerations
fn tolerate(pod: &mut Value) {
    let mut troubles = vec![
        ("not-ready", "NoExecute"),
        ("unreachable", "NoExecute"),
        ("disk-pressure", "NoSchedule"),
        ("memory-pressure", "NoSchedule"),
        ("pid-pressure", "NoSchedule"),
        ("unschedulable", "NoSchedule"),
    ];
    if pod.is_true_at(&["spec", "hostNetwork"]) {
        troubles.push(("network-unavailable", "NoSchedule"));
    }
    let mut tolerations = pod.items_at(&["spec", "tolerations"]).to_vec();
    for (trouble, effect) in troubles {
        let key = format!("node.kubernetes.io/{trouble}");
        let toleration = tree!({ "key": key, "operator": "Exists", "effect": effect });
        if !tolerations.contains(&toleration) {
            tolerations.push(toleration);
        }
    }
    pod.set(&["spec", "tolerations"], tolerations);
}

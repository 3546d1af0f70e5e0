//! What several controllers know about Pods.
// Models pkg/controller/controller_utils.go, pkg/api/v1/pod

use crate::document::InOrder as _;
use crate::document::Value;
use crate::kube::Snapshot;
use crate::kube::api::{Object, Resource, meta};
use crate::sim::SimTime;
use crate::tree;
use std::cmp::Reverse;
use std::collections::BTreeMap;
use std::rc::Rc;

/// Whether a Pod counts: it has not ended and is not being deleted.
#[must_use]
pub fn is_active(pod: &Value) -> bool {
    !has_ended(pod) && !meta::is_deleting(pod)
}

/// Whether a Pod is on its way out but still there.
#[must_use]
pub fn is_terminating(pod: &Value) -> bool {
    meta::is_deleting(pod) && !has_ended(pod)
}

/// Whether all of a Pod's containers have ended for good.
#[must_use]
pub fn has_ended(pod: &Value) -> bool {
    matches!(pod.str_at(&["status", "phase"]), "Succeeded" | "Failed")
}

/// Whether a Pod is ready.
#[must_use]
pub fn is_ready(pod: &Value) -> bool {
    meta::is_condition_true(pod, "Ready")
}

/// From when on a ready Pod counts as available.
// Models IsPodAvailable
#[must_use]
pub fn available_at(pod: &Value, min_ready: SimTime) -> Option<SimTime> {
    let ready = meta::condition(pod, "Ready").filter(|condition| condition.str_at(&["status"]) == "True")?;
    if min_ready == SimTime::ZERO {
        return Some(SimTime::ZERO);
    }
    Some(SimTime::parse_rfc3339(ready.str_at(&["lastTransitionTime"]))? + min_ready)
}

/// A Pod as the owner's template has it.
// Models GetPodFromTemplate
#[must_use]
pub fn from_template(owner: &Value) -> Value {
    let template = owner.at(&["spec", "template"]).unwrap_or(&Value::Null);
    let mut metadata = tree!({
        "generateName": format!("{}-", meta::name(owner)),
        "namespace": meta::namespace(owner),
        "ownerReferences": [(meta::controller_ref(owner))],
    });
    for field in ["labels", "annotations", "finalizers"] {
        if let Some(value) = template.at(&["metadata", field]) {
            metadata.set(&[field], value);
        }
    }
    tree!({
        "apiVersion": "v1",
        "kind": "Pod",
        "metadata": metadata,
        "spec": template.at(&["spec"]).cloned(),
    })
}

/// The Pods in the order in which a surplus is deleted.
// Models ActivePodsWithRanks
#[must_use]
pub fn rank_for_deletion<'a>(active: &'a [Rc<Object>], seen: &Snapshot<'_>) -> Vec<&'a Rc<Object>> {
    let node = |pod: &Value| pod.str_at(&["spec", "nodeName"]).to_owned();
    let related: Vec<String> = active
        .first()
        .and_then(|pod| related_owner(pod, seen))
        .map(|uids| {
            uids.iter()
                .flat_map(|uid| seen.controlled_by(Resource::PODS, meta::namespace(&active[0]), uid))
                .filter(|pod| is_active(pod))
                .map(|pod| node(pod))
                .collect()
        })
        .unwrap_or_else(|| active.iter().map(|pod| node(pod)).collect());
    let mut crowds: BTreeMap<String, usize> = BTreeMap::new();
    for place in related {
        *crowds.entry(place).or_default() += 1;
    }
    let mut ranked: Vec<&Rc<Object>> = active.iter().collect();
    ranked.order_by_key(|pod| {
        let place = node(pod);
        let phase = match pod.str_at(&["status", "phase"]) {
            "Pending" => 0,
            "Running" => 2,
            _ => 1,
        };
        let ready_since = meta::condition(pod, "Ready")
            .filter(|condition| condition.str_at(&["status"]) == "True")
            .map(|condition| condition.str_at(&["lastTransitionTime"]).to_owned());
        let restarts: i64 = pod
            .items_at(&["status", "containerStatuses"])
            .iter()
            .map(|status| status.int_at(&["restartCount"]).unwrap_or_default())
            .sum();
        let cost: i64 = meta::annotation(pod, "controller.kubernetes.io/pod-deletion-cost")
            .and_then(|text| text.parse().ok())
            .unwrap_or_default();
        let crowd = crowds.get(&place).copied().unwrap_or_default();
        (
            !place.is_empty(),
            phase,
            ready_since.is_some(),
            cost,
            Reverse(crowd),
            Reverse(ready_since),
            Reverse(restarts),
            Reverse(pod.str_at(&["metadata", "creationTimestamp"]).to_owned()),
        )
    });
    ranked
}

/// The uids of all ReplicaSets that share the Pod's set's owner: their Pods crowd a node together.
fn related_owner(pod: &Value, seen: &Snapshot<'_>) -> Option<Vec<String>> {
    let set = seen.get(&meta::controller_key(pod)?)?;
    let owner = meta::controller_uid(set).to_owned();
    if owner.is_empty() {
        return None;
    }
    let sets = seen.controlled_by(Resource::REPLICA_SETS, meta::namespace(pod), &owner);
    Some(sets.into_iter().map(|set| meta::uid(set).to_owned()).collect())
}

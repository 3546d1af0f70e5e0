//! What the Pod and the claims with one ordinal look like.
// Models pkg/controller/statefulset/stateful_set_utils.go

use crate::document::Value;
use crate::kube::api::meta;
use crate::kube::controller::{pods, statefulset::REVISION};
use crate::tree;

/// The number at the end of the Pod's name, if the rest is the set's.
pub(super) fn ordinal_of(set: &Value, pod: &Value) -> Option<i64> {
    meta::name(pod).strip_prefix(meta::name(set))?.strip_prefix('-')?.parse().ok()
}

// Models newStatefulSetPod, initIdentity, updateStorage
pub(super) fn pod_for(set: &Value, ordinal: i64, revision: &str) -> Value {
    let mut pod = pods::from_template(set);
    let name = format!("{}-{ordinal}", meta::name(set));
    pod.set(&["metadata", "name"], name.as_str());
    for (label, value) in [
        ("statefulset.kubernetes.io/pod-name", name.as_str()),
        ("apps.kubernetes.io/pod-index", &ordinal.to_string()),
        (REVISION, revision),
    ] {
        pod.set(&["metadata", "labels", label], value);
    }
    pod.set(&["spec", "hostname"], name.as_str());
    let service = set.str_at(&["spec", "serviceName"]);
    if !service.is_empty() {
        pod.set(&["spec", "subdomain"], service);
    }
    let claims = set.items_at(&["spec", "volumeClaimTemplates"]);
    if claims.is_empty() {
        return pod;
    }
    let mut volumes: Vec<Value> = claims
        .iter()
        .map(|claim| {
            let claim_name = format!("{}-{name}", meta::name(claim));
            tree!({ "name": meta::name(claim), "persistentVolumeClaim": { "claimName": claim_name } })
        })
        .collect();
    let is_claimed = |volume: &&Value| claims.iter().any(|claim| meta::name(claim) == volume.str_at(&["name"]));
    volumes.extend(pod.items_at(&["spec", "volumes"]).iter().filter(|volume| !is_claimed(volume)).cloned());
    pod.set(&["spec", "volumes"], volumes);
    pod
}

// Models getPersistentVolumeClaims
pub(super) fn claim_for(set: &Value, template: &Value, ordinal: i64) -> Value {
    let mut claim = template.clone();
    let name = format!("{}-{}-{ordinal}", meta::name(template), meta::name(set));
    claim.set(&["apiVersion"], "v1");
    claim.set(&["kind"], "PersistentVolumeClaim");
    claim.set(&["metadata", "name"], name);
    claim.set(&["metadata", "namespace"], meta::namespace(set));
    let labels: Vec<_> = set
        .at(&["spec", "selector", "matchLabels"])
        .into_iter()
        .flat_map(Value::entries)
        .map(|(key, value)| (key.clone(), value.clone()))
        .collect();
    for (key, value) in labels {
        claim.set(&["metadata", "labels", &key], value);
    }
    if goes_when(set, "whenDeleted") {
        claim.set(&["metadata", "ownerReferences"], Value::from(vec![meta::controller_ref(set)]));
    }
    claim
}

/// Whether claims go when the set is deleted (`whenDeleted`), or scaled down (`whenScaled`).
fn goes_when(set: &Value, event: &str) -> bool {
    set.str_at(&["spec", "persistentVolumeClaimRetentionPolicy", event]) == "Delete"
}

/// The owners that a claim should have, where they are not those that it has: the set where its claims go with it, the
/// Pod where that is scaled away and its claims go then.
// Models isClaimOwnerUpToDate and updateClaimOwnerRefForSetAndPod
pub(super) fn owners_to_be(set: &Value, pod: &Value, claim: &Value, is_scaled_away: bool) -> Option<Value> {
    let with_pod = goes_when(set, "whenScaled") && is_scaled_away;
    let with_set = goes_when(set, "whenDeleted") && !with_pod;
    let owners = claim.items_at(&["metadata", "ownerReferences"]);
    let has = |owner: &Value| owners.iter().any(|known| known.str_at(&["uid"]) == meta::uid(owner));
    if has(set) == with_set && has(pod) == with_pod {
        return None;
    }
    let is_ours = |known: &Value| [meta::uid(set), meta::uid(pod)].contains(&known.str_at(&["uid"]));
    let mut owners: Vec<Value> = owners.iter().filter(|known| !is_ours(known)).cloned().collect();
    if with_set {
        owners.push(meta::controller_ref(set));
    }
    if with_pod {
        owners.push(meta::controller_ref(pod));
    }
    Some(Value::from(owners))
}

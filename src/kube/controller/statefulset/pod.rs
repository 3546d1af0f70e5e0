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
    if set.str_at(&["spec", "persistentVolumeClaimRetentionPolicy", "whenDeleted"]) == "Delete" {
        claim.set(
            &["metadata", "ownerReferences"],
            Value::from(vec![tree!({
                "apiVersion": set.str_at(&["apiVersion"]),
                "kind": meta::kind(set),
                "name": meta::name(set),
                "uid": meta::uid(set),
                "controller": true,
                "blockOwnerDeletion": true,
            })]),
        );
    }
    claim
}

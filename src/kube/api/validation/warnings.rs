//! What is allowed, but worth a `Warning:`.
// Models pkg/api/service, persistentvolume, persistentvolumeclaim warnings.go and the strategies' WarningsOnCreate

use super::check::{At, Path};
use super::pod_warnings;
use crate::document::Value;
use crate::kube::api::{Quantity, Resource, meta, names};

/// The texts of `Warning:` headers for an object; `is_new` where it is made, not changed.
pub fn of(resource: Resource, object: &Value, is_new: bool) -> Vec<String> {
    let mut found = Vec::new();
    let spec = At::of(object, "spec");
    if is_new {
        host_names(resource, object, &mut found);
    }
    match resource {
        Resource::PODS => pod_warnings::of(&At { value: object, path: Path::root() }, &mut found),
        Resource::REPLICATION_CONTROLLERS
        | Resource::REPLICA_SETS
        | Resource::DEPLOYMENTS
        | Resource::STATEFUL_SETS
        | Resource::DAEMON_SETS
        | Resource::JOBS => pod_warnings::of(&spec.child("template"), &mut found),
        Resource::CRON_JOBS => {
            pod_warnings::of(&spec.child("jobTemplate").child("spec").child("template"), &mut found);
        }
        Resource::SERVICES => service(&spec, &mut found),
        Resource::PERSISTENT_VOLUMES => volume(&spec, &mut found),
        Resource::PERSISTENT_VOLUME_CLAIMS => claim(&spec, &mut found),
        Resource::INGRESSES if is_new => ingress(object, &mut found),
        _ => {}
    }
    found.extend(lifecycle(resource));
    found
}

/// Names of which host names are made had better be host names.
fn host_names(resource: Resource, object: &Value, found: &mut Vec<String>) {
    let used = match resource {
        Resource::PODS => "the Pod's hostname",
        Resource::REPLICATION_CONTROLLERS
        | Resource::REPLICA_SETS
        | Resource::DEPLOYMENTS
        | Resource::JOBS
        | Resource::CRON_JOBS => "Pod names and hostnames",
        _ => return,
    };
    let problems = names::dns1123_label(meta::name(object));
    if !problems.is_empty() {
        found.push(format!(
            "metadata.name: this is used in {used}, which can result in surprising behavior; a DNS label is recommended: [{}]",
            problems.join(" ")
        ));
    }
}

/// What is said about every use of a resource, reading included.
// Models k8s.io/api APILifecycleDeprecated
pub fn lifecycle(resource: Resource) -> Option<String> {
    (resource == Resource::ENDPOINTS)
        .then(|| "v1 Endpoints is deprecated in v1.33+; use discovery.k8s.io/v1 EndpointSlice".to_owned())
}

/// Bytes come in whole numbers.
pub fn fractional(at: &At<'_>, found: &mut Vec<String>) {
    let quantity = Quantity::of(at.value);
    if quantity.milli() % 1000 != 0 {
        found.push(format!("{}: fractional byte value \"{quantity}\" is invalid, must be an integer", at.path));
    }
}

/// The spec of a claim, wherever it stands.
// Models pkg/api/persistentvolumeclaim GetWarningsForPersistentVolumeClaimSpec
pub fn claim(spec: &At<'_>, found: &mut Vec<String>) {
    for (name, amount) in spec.child("resources").entries("requests") {
        if name == "storage" {
            fractional(&amount, found);
        }
    }
}

// Models pkg/api/persistentvolume warningsForPersistentVolumeSpecAndMeta
fn volume(spec: &At<'_>, found: &mut Vec<String>) {
    let policy = spec.child("persistentVolumeReclaimPolicy");
    if policy.text() == "Recycle" {
        let text = "The Recycle reclaim policy is deprecated. Instead, the recommended approach is to use dynamic provisioning.";
        found.push(format!("{}: {text}", policy.path));
    }
    for (field, text) in [
        ("photonPersistentDisk", "deprecated in v1.11, non-functional in v1.16+"),
        ("scaleIO", "deprecated in v1.16, non-functional in v1.22+"),
        ("storageos", "deprecated in v1.22, non-functional in v1.25+"),
        ("glusterfs", "deprecated in v1.25, non-functional in v1.26+"),
        ("cephfs", "deprecated in v1.28, non-functional in v1.31+"),
        ("rbd", "deprecated in v1.28, non-functional in v1.31+"),
    ] {
        if spec.child(field).is_set() {
            found.push(format!("{}: {text}", spec.path.child("persistentVolumeSource").child(field)));
        }
    }
}

// Models pkg/api/service GetWarningsForService
fn service(spec: &At<'_>, found: &mut Vec<String>) {
    if !spec.list("externalIPs").is_empty() {
        found.push("spec.externalIPs is deprecated".to_owned());
    }
    if spec.value.str_at(&["clusterIP"]) == "None" {
        if !spec.str("loadBalancerIP").is_empty() {
            found.push("spec.loadBalancerIP is ignored when spec.clusterIP is \"None\"".to_owned());
        }
        if !spec.list("externalIPs").is_empty() {
            found.push("spec.externalIPs is ignored when spec.clusterIP is \"None\"".to_owned());
        }
        if spec.str("sessionAffinity") == "ClientIP" {
            found.push("spec.SessionAffinity is ignored for headless services".to_owned());
        }
    }
    if spec.str("type") == "ExternalName" && spec.str("sessionAffinity") == "ClientIP" {
        found.push("spec.sessionAffinity is ignored for ExternalName services".to_owned());
    }
}

// Models pkg/registry/networking/ingress/strategy.go WarningsOnCreate
fn ingress(object: &Value, found: &mut Vec<String>) {
    let key = "kubernetes.io/ingress.class";
    if meta::annotation(object, key).is_some() {
        found.push(format!("annotation \"{key}\" is deprecated, please use 'spec.ingressClassName' instead"));
    }
}

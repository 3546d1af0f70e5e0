//! What is allowed, but worth a `Warning:`.
// Models pkg/api/pod warnings.go, pkg/api/service warnings.go

use super::check::At;
use crate::document::Value;
use crate::kube::api::Resource;

/// The texts of `Warning:` headers for an object.
pub fn of(resource: Resource, object: &Value) -> Vec<String> {
    let mut found = Vec::new();
    let spec = At::of(object, "spec");
    match resource {
        Resource::PODS => pod(&spec, &mut found),
        Resource::REPLICATION_CONTROLLERS
        | Resource::REPLICA_SETS
        | Resource::DEPLOYMENTS
        | Resource::STATEFUL_SETS
        | Resource::DAEMON_SETS
        | Resource::JOBS => pod(&spec.child("template").child("spec"), &mut found),
        Resource::CRON_JOBS => {
            pod(&spec.child("jobTemplate").child("spec").child("template").child("spec"), &mut found);
        }
        Resource::SERVICES => service(&spec, &mut found),
        _ => {}
    }
    found.extend(lifecycle(resource));
    found
}

/// What is said about every use of a resource, reading included.
// Models k8s.io/api APILifecycleDeprecated
pub fn lifecycle(resource: Resource) -> Option<String> {
    (resource == Resource::ENDPOINTS)
        .then(|| "v1 Endpoints is deprecated in v1.33+; use discovery.k8s.io/v1 EndpointSlice".to_owned())
}

// Models pkg/api/pod GetWarningsForPodTemplate
fn pod(spec: &At<'_>, found: &mut Vec<String>) {
    for key in ["beta.kubernetes.io/os", "beta.kubernetes.io/arch"] {
        if spec.child("nodeSelector").value.get(key).is_some() {
            let now = key.trim_start_matches("beta.");
            let path = spec.path.child("nodeSelector").key(key);
            found.push(format!("{path}: deprecated since v1.14; use \"{now}\" instead"));
        }
    }
    for (field, text) in [
        ("gitRepo", "deprecated in v1.11, and disabled by default in v1.33+"),
        ("glusterfs", "deprecated in v1.25, non-functional in v1.26+"),
        ("cephfs", "deprecated in v1.28, non-functional in v1.31+"),
        ("rbd", "deprecated in v1.28, non-functional in v1.31+"),
    ] {
        for volume in spec.each("volumes").filter(|volume| volume.child(field).is_set()) {
            found.push(format!("{}: {text}", volume.path.child(field)));
        }
    }
    if spec.child("terminationGracePeriodSeconds").int().is_some_and(|seconds| seconds < 0) {
        found.push(format!(
            "{}: must be >= 0; negative values are invalid and will be treated as 1",
            spec.path.child("terminationGracePeriodSeconds")
        ));
    }
    let mut ports: Vec<(i64, &str, String)> = Vec::new();
    for container in spec.each("containers") {
        container_ports(&container, &mut ports, found);
        amounts_and_names(&container, found);
    }
}

fn container_ports<'a>(container: &At<'a>, seen: &mut Vec<(i64, &'a str, String)>, found: &mut Vec<String>) {
    for port in container.each("ports") {
        let number = port.child("containerPort").int().unwrap_or_default();
        let protocol = port.str("protocol");
        match seen.iter().find(|(other, kind, _)| *other == number && *kind == protocol) {
            Some((_, _, first)) => found.push(format!("{}: duplicate port definition with {first}", port.path)),
            None => seen.push((number, protocol, port.path.to_string())),
        }
    }
}

fn amounts_and_names(container: &At<'_>, found: &mut Vec<String>) {
    let mut seen: Vec<&str> = Vec::new();
    for var in container.each("env") {
        let name = var.str("name");
        if seen.contains(&name) {
            found.push(format!(
                "{}: hides previous definition of \"{name}\", which may be dropped when using apply",
                var.path
            ));
        }
        seen.push(name);
    }
    for list in ["limits", "requests"] {
        for (name, amount) in container.child("resources").entries(list) {
            let quantity = crate::kube::api::Quantity::of(amount.value);
            if matches!(name, "memory" | "ephemeral-storage" | "storage") && quantity.milli() % 1000 != 0 {
                found.push(format!(
                    "{}: fractional byte value \"{quantity}\" is invalid, must be an integer",
                    amount.path
                ));
            }
        }
    }
}

// Models pkg/api/service GetWarningsForService
fn service(spec: &At<'_>, found: &mut Vec<String>) {
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

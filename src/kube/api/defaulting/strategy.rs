//! What the strategies of the kinds set or reset when an object is made or changed.
// Models pkg/registry/*/*/strategy.go PrepareForCreate, PrepareForUpdate

use super::service;
use crate::document::{Value, shared};
use crate::kube::api::{Resource, qos};
use crate::tree;

/// Kinds whose `metadata.generation` counts the changes of what is wished for.
const COUNTED: [Resource; 15] = [
    Resource::PODS,
    Resource::REPLICATION_CONTROLLERS,
    Resource::REPLICA_SETS,
    Resource::DEPLOYMENTS,
    Resource::STATEFUL_SETS,
    Resource::DAEMON_SETS,
    Resource::JOBS,
    Resource::CRON_JOBS,
    Resource::ENDPOINT_SLICES,
    Resource::INGRESSES,
    Resource::INGRESS_CLASSES,
    Resource::NETWORK_POLICIES,
    Resource::POD_DISRUPTION_BUDGETS,
    Resource::PRIORITY_CLASSES,
    Resource::CUSTOM_RESOURCE_DEFINITIONS,
];

const TEMPLATE_GENERATION: &str = "deprecated.daemonset.template.generation";

/// Makes a new object start where its kind starts: `status` as upstream sets it, `generation` 1.
/// A uid must already be there, because a Job's selector is made from it.
pub fn prepare_for_create(resource: Resource, object: &mut Value) {
    match resource {
        Resource::JOBS => generate_selector(object),
        Resource::DAEMON_SETS => object.set(&["metadata", "annotations", TEMPLATE_GENERATION], "1"),
        Resource::NAMESPACES => {
            let finalizers = object.at_mut(&["spec", "finalizers"]).items_mut();
            if !finalizers.iter().any(|one| one.as_str() == Some("kubernetes")) {
                finalizers.push("kubernetes".into());
            }
        }
        Resource::SERVICES => service::normalize_cluster_ips(object, None),
        Resource::PERSISTENT_VOLUMES => protect(object, "kubernetes.io/pv-protection"),
        Resource::PERSISTENT_VOLUME_CLAIMS => protect(object, "kubernetes.io/pvc-protection"),
        _ => {}
    }
    if let Some(status) = first_status(resource, object) {
        object.set(&["status"], status);
    } else if resource.info().subresources.contains(&"status") && resource != Resource::NODES {
        object.remove(&["status"]);
    }
    if COUNTED.contains(&resource) {
        object.set(&["metadata", "generation"], 1);
    } else {
        object.remove(&["metadata", "generation"]);
    }
}

/// The status of a new object.
fn first_status(resource: Resource, object: &Value) -> Option<Value> {
    Some(match resource {
        Resource::PODS => pod_status(object),
        Resource::REPLICATION_CONTROLLERS | Resource::REPLICA_SETS => tree!({ "replicas": 0 }),
        Resource::STATEFUL_SETS => tree!({ "replicas": 0, "availableReplicas": 0 }),
        Resource::DAEMON_SETS => tree!({
            "currentNumberScheduled": 0, "numberMisscheduled": 0, "desiredNumberScheduled": 0, "numberReady": 0
        }),
        Resource::DEPLOYMENTS | Resource::JOBS | Resource::CRON_JOBS | Resource::RESOURCE_QUOTAS => Value::map(),
        Resource::SERVICES | Resource::INGRESSES => tree!({ "loadBalancer": {} }),
        Resource::NAMESPACES => tree!({ "phase": "Active" }),
        Resource::PERSISTENT_VOLUMES => {
            let now = object.str_at(&["metadata", "creationTimestamp"]);
            tree!({ "phase": "Pending", "lastPhaseTransitionTime": now })
        }
        Resource::PERSISTENT_VOLUME_CLAIMS => tree!({ "phase": "Pending" }),
        Resource::POD_DISRUPTION_BUDGETS => tree!({
            "disruptionsAllowed": 0, "currentHealthy": 0, "desiredHealthy": 0, "expectedPods": 0
        }),
        Resource::HORIZONTAL_POD_AUTOSCALERS => tree!({ "desiredReplicas": 0, "currentMetrics": null }),
        Resource::NODES => node_status(object),
        Resource::CUSTOM_RESOURCE_DEFINITIONS => definition_status(object),
        _ => return None,
    })
}

// Models pkg/registry/core/pod/strategy.go PrepareForCreate
fn pod_status(object: &Value) -> Value {
    let spec = object.at(&["spec"]).unwrap_or(&Value::Null);
    let status = tree!({ "phase": "Pending", "qosClass": (qos::class(spec)) });
    if spec.items_at(&["schedulingGates"]).is_empty() {
        return status;
    }
    status.with(
        &["conditions"],
        tree!([{
            "type": "PodScheduled",
            "status": "False",
            "lastProbeTime": null,
            "lastTransitionTime": null,
            "reason": "SchedulingGated",
            "message": "Scheduling is blocked due to non-empty scheduling gates",
        }]),
    )
}

/// A node brings its own status; the parts that are always served are there from the start.
fn node_status(object: &Value) -> Value {
    let mut status = object.at(&["status"]).cloned().unwrap_or_else(Value::map);
    if status.at(&["daemonEndpoints", "kubeletEndpoint"]).is_none() {
        status.set(&["daemonEndpoints", "kubeletEndpoint", "Port"], 0);
    }
    for field in [
        "machineID",
        "systemUUID",
        "bootID",
        "kernelVersion",
        "osImage",
        "containerRuntimeVersion",
        "kubeletVersion",
        "kubeProxyVersion",
        "operatingSystem",
        "architecture",
    ] {
        if status.at(&["nodeInfo", field]).is_none() {
            status.set(&["nodeInfo", field], "");
        }
    }
    status
}

// Models apiextensions-apiserver/pkg/registry/customresourcedefinition/strategy.go PrepareForCreate
fn definition_status(object: &Value) -> Value {
    let stored = object.items_at(&["spec", "versions"]).iter().filter(|version| version.is_true_at(&["storage"]));
    let stored: Vec<Value> = stored.filter_map(|version| version.get("name").cloned()).collect();
    tree!({ "conditions": null, "acceptedNames": { "plural": "", "kind": "" }, "storedVersions": (stored) })
}

/// What the StorageObjectInUseProtection admission adds to volumes and claims.
fn protect(object: &mut Value, finalizer: &str) {
    let finalizers = object.at_mut(&["metadata", "finalizers"]).items_mut();
    if !finalizers.iter().any(|one| one.as_str() == Some(finalizer)) {
        finalizers.push(finalizer.into());
    }
}

// Models pkg/registry/batch/job/strategy.go generateSelector
fn generate_selector(object: &mut Value) {
    if object.is_true_at(&["spec", "manualSelector"]) {
        return;
    }
    let uid: Value = object.str_at(&["metadata", "uid"]).into();
    let name: Value = object.str_at(&["metadata", "name"]).into();
    for labels in [&["metadata", "labels"][..], &["spec", "template", "metadata", "labels"]] {
        let labels = object.at_mut(labels).map_mut();
        for (key, value) in [
            ("batch.kubernetes.io/controller-uid", &uid),
            ("batch.kubernetes.io/job-name", &name),
            ("controller-uid", &uid),
            ("job-name", &name),
        ] {
            if !labels.contains_key(key) {
                labels.insert(shared(key), value.clone());
            }
        }
    }
    let selector = object.at_mut(&["spec", "selector", "matchLabels"]).map_mut();
    if !selector.contains_key("batch.kubernetes.io/controller-uid") {
        selector.insert("batch.kubernetes.io/controller-uid".into(), uid);
    }
}

/// Keeps from `old` what a request to this subresource may not change, and counts up `generation`
/// where what is wished for has changed.
pub fn prepare_for_update(resource: Resource, new: &mut Value, old: &Value, subresource: &str) {
    match subresource {
        "status" => {
            keep(new, old, &["spec"]);
            keep(new, old, &["metadata", "ownerReferences"]);
            if !matches!(
                resource,
                Resource::PODS
                    | Resource::NODES
                    | Resource::NAMESPACES
                    | Resource::SERVICES
                    | Resource::PERSISTENT_VOLUMES
            ) {
                keep(new, old, &["metadata", "labels"]);
            }
            keep(new, old, &["metadata", "generation"]);
        }
        // Models pkg/registry/core/pod/strategy.go podEphemeralContainersStrategy
        "ephemeralcontainers" => {
            let list = new.remove(&["spec", "ephemeralContainers"]);
            *new = old.clone();
            if let Some(list) = list {
                new.set(&["spec", "ephemeralContainers"], list);
            }
            if new.get("spec") != old.get("spec") {
                let generation = old.int_at(&["metadata", "generation"]).unwrap_or_default();
                new.set(&["metadata", "generation"], generation + 1);
            }
        }
        "finalize" => keep(new, old, &["status"]),
        _ => update_main(resource, new, old),
    }
}

fn update_main(resource: Resource, new: &mut Value, old: &Value) {
    if resource.info().subresources.contains(&"status") {
        keep(new, old, &["status"]);
    }
    match resource {
        Resource::NAMESPACES => keep(new, old, &["spec", "finalizers"]),
        Resource::SERVICES => {
            service::normalize_cluster_ips(new, Some(old));
            service::drop_type_dependent_fields(new, old);
        }
        _ => {}
    }
    keep(new, old, &["metadata", "generation"]);
    if resource == Resource::DAEMON_SETS {
        keep(new, old, &["metadata", "annotations", TEMPLATE_GENERATION]);
        let template = ["spec", "template"];
        if new.at(&template) != old.at(&template) {
            let count: i64 = old.str_at(&["metadata", "annotations", TEMPLATE_GENERATION]).parse().unwrap_or_default();
            new.set(&["metadata", "annotations", TEMPLATE_GENERATION], (count + 1).to_string());
        }
    }
    let same = match resource {
        Resource::PRIORITY_CLASSES => true,
        Resource::ENDPOINT_SLICES => without_metadata(new) == without_metadata(old),
        // A Deployment's annotations travel to its ReplicaSets, so they count as a wish.
        Resource::DEPLOYMENTS => {
            let annotations = ["metadata", "annotations"];
            new.get("spec") == old.get("spec") && blank(new.at(&annotations)) == blank(old.at(&annotations))
        }
        _ => new.get("spec") == old.get("spec"),
    };
    if COUNTED.contains(&resource) && !same {
        let generation = old.int_at(&["metadata", "generation"]).unwrap_or_default();
        new.set(&["metadata", "generation"], generation + 1);
    }
}

/// Nothing and an empty map are the same, as for Go's semantic equality.
fn blank(value: Option<&Value>) -> Option<&Value> {
    value.filter(|value| !value.is_empty())
}

/// All but the metadata.
fn without_metadata(object: &Value) -> Value {
    let mut rest = object.clone();
    rest.remove(&["metadata"]);
    rest
}

fn keep(new: &mut Value, old: &Value, path: &[&str]) {
    match old.at(path) {
        Some(value) if new.at(path) != Some(value) => new.set(path, value),
        Some(_) => {}
        None => {
            new.remove(path);
        }
    }
}

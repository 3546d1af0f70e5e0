//! The built-in admission plugins, in the order in which upstream runs them.
//!
//! First those that fill something in (`mutate_…`), then, once the object is valid, those that
//! only refuse (`validate_…`). The bigger plugins have a file each, named as upstream.
//!
//! Invariant: a plugin that refuses has charged nothing.

mod default_storage_class;
mod limit_ranger;
mod pod_identity;
mod pod_security;
mod pod_security_policy;
mod resource_quota;

pub(super) use resource_quota::Charge;

use super::ApiServer;
use crate::document::Value;
use crate::kube::Snapshot;
use crate::kube::api::{ApiError, Key, Object, Reason, Resource, meta};
use crate::sim::SimTime;
use crate::tree;
use std::cell::{OnceCell, RefCell};

/// What is filled in, or refused, when an object is made.
pub(super) fn mutate_create(
    api: &mut ApiServer,
    now: SimTime,
    object: &mut Value,
    resource: Resource,
) -> Result<(), ApiError> {
    match resource {
        Resource::PODS => {
            limit_ranger::fill_in(&api.snapshot(now), object);
            service_account(api, now, object)?;
            pod_identity::mutate(&api.snapshot(now), object);
            priority(&api.snapshot(now), object)?;
            default_tolerations(object);
            runtime_class(object)?;
            let node = object.str_at(&["spec", "nodeName"]).to_owned();
            label_topology(&api.snapshot(now), object, &node);
            Ok(())
        }
        Resource::PERSISTENT_VOLUME_CLAIMS => {
            default_storage_class::fill_in(&api.snapshot(now), object);
            Ok(())
        }
        Resource::NODES => {
            taint_until_ready(object);
            Ok(())
        }
        Resource::NAMESPACES => {
            label_namespace(object);
            Ok(())
        }
        _ => Ok(()),
    }
}

/// What is filled in, or refused, when an object changes.
pub(super) fn mutate_update(
    _api: &mut ApiServer,
    _now: SimTime,
    object: &mut Value,
    _old: &Object,
    resource: Resource,
) -> Result<(), ApiError> {
    if resource == Resource::NAMESPACES {
        label_namespace(object);
    }
    Ok(())
}

/// What those plugins say that let an object through.
#[derive(Default)]
pub(super) struct Admitted {
    /// To be written before the object is.
    pub charges: Vec<Charge>,
    /// To be told to the client.
    pub warnings: Vec<String>,
}

/// What only refuses, once a new object (`old` is nothing) or a changed one is valid.
pub(super) fn validate(
    seen: &Snapshot<'_>,
    resource: Resource,
    object: &Value,
    old: Option<&Value>,
) -> Result<Admitted, ApiError> {
    // A Pod's containers cannot ask for more than they did when it was made.
    if resource == Resource::PODS && old.is_none() || resource == Resource::PERSISTENT_VOLUME_CLAIMS {
        limit_ranger::check(seen, object, resource)?;
    }
    if resource == Resource::PRIORITY_CLASSES {
        only_default_class(seen, object)?;
    }
    let warnings = pod_security::check(seen, resource, object, old)?;
    let charges =
        if resource.info().namespaced { resource_quota::check(seen, resource, object, old)? } else { Vec::new() };
    Ok(Admitted { charges, warnings })
}

/// Nothing is made in a namespace that does not exist or is going.
// Models plugin/pkg/admission/namespace/lifecycle
pub(super) fn check_namespace(seen: &Snapshot<'_>, key: &Key) -> Result<(), ApiError> {
    if key.namespace.is_empty() || key.resource == Resource::EVENTS && seen.etcd.revision() == 0 {
        return Ok(());
    }
    let namespace = Key::new(Resource::NAMESPACES, "", key.namespace.clone());
    let Some(found) = seen.get(&namespace) else {
        return Err(ApiError::not_found(Resource::NAMESPACES, &key.namespace));
    };
    if meta::is_deleting(found) {
        let detail =
            format!("unable to create new content in namespace {} because it is being terminated", key.namespace);
        return Err(ApiError::forbidden(key.resource, &key.name, &detail));
    }
    Ok(())
}

/// Gives a Pod its service account, and the account's token as a volume.
// Models plugin/pkg/admission/serviceaccount
fn service_account(api: &mut ApiServer, now: SimTime, pod: &mut Value) -> Result<(), ApiError> {
    if pod.at(&["metadata", "annotations", "kubernetes.io/config.mirror"]).is_some() {
        return Ok(());
    }
    if pod.str_at(&["spec", "serviceAccountName"]).is_empty() {
        pod.set(&["spec", "serviceAccountName"], "default");
    }
    let account = pod.str_at(&["spec", "serviceAccountName"]).to_owned();
    pod.set(&["spec", "serviceAccount"], account.as_str());
    let namespace = meta::namespace(pod).to_owned();
    let key = Key::new(Resource::SERVICE_ACCOUNTS, namespace.as_str(), account.as_str());
    let seen = api.snapshot(now);
    // Models serviceAccount.getServiceAccount: a namespace's default account is waited for, ten tries
    // of 100 to 200 ms, because a controller makes it as soon as the namespace exists. No time passes
    // inside a request here, so it counts as there.
    let found = match seen.get(&key) {
        Some(found) => found.value.clone(),
        None if account == "default" => Value::Null,
        None => {
            let detail =
                format!("error looking up service account {namespace}/{account}: serviceaccount {account:?} not found");
            return Err(ApiError::forbidden(Resource::PODS, meta::name(pod), &detail));
        }
    };
    let wants = |object: &Value, path: &[&str]| object.at(path).and_then(Value::as_bool);
    let mounts = wants(pod, &["spec", "automountServiceAccountToken"])
        .or(wants(&found, &["automountServiceAccountToken"]))
        .unwrap_or(true);
    if mounts {
        mount_token(api, pod);
    }
    Ok(())
}

const TOKEN_PATH: &str = "/var/run/secrets/kubernetes.io/serviceaccount";

fn mount_token(api: &mut ApiServer, pod: &mut Value) {
    let mounted = |container: &Value| {
        container.items_at(&["volumeMounts"]).iter().any(|mount| mount.str_at(&["mountPath"]) == TOKEN_PATH)
    };
    let lists = ["initContainers", "containers"];
    if lists.iter().all(|list| pod.items_at(&["spec", list]).iter().all(mounted)) {
        return;
    }
    let purpose = format!("token/{}/{}", meta::namespace(pod), meta::name(pod));
    let volume = format!("kube-api-access-{}", api.dice(&purpose).name_suffix(5));
    for list in lists {
        if pod.at(&["spec", list]).is_none() {
            continue;
        }
        for container in pod.at_mut(&["spec", list]).items_mut() {
            if !mounted(container) {
                let mount = tree!({ "name": volume.as_str(), "mountPath": TOKEN_PATH, "readOnly": true });
                container.at_mut(&["volumeMounts"]).items_mut().push(mount);
            }
        }
    }
    // Models pkg/serviceaccount TokenVolumeSource: an hour and seven seconds.
    pod.at_mut(&["spec", "volumes"]).items_mut().push(tree!({ "name": volume, "projected": (token_sources()) }));
}

/// What the volume with an account's token is made of; all Pods share one tree.
fn token_sources() -> Value {
    thread_local! { static SOURCES: OnceCell<Value> = const { OnceCell::new() }; }
    let make = || {
        tree!({
            "defaultMode": 420,
            "sources": [
                { "serviceAccountToken": { "expirationSeconds": 3607, "path": "token" } },
                {
                    "configMap": {
                        "name": "kube-root-ca.crt",
                        "items": [{ "key": "ca.crt", "path": "ca.crt" }],
                    },
                },
                {
                    "downwardAPI": {
                        "items": [{
                            "path": "namespace",
                            "fieldRef": { "apiVersion": "v1", "fieldPath": "metadata.namespace" },
                        }],
                    },
                },
            ],
        })
    };
    SOURCES.with(|sources| sources.get_or_init(make).clone())
}

/// A Pod's priority comes from its class, or from the default class.
// Models plugin/pkg/admission/priority
fn priority(seen: &Snapshot<'_>, pod: &mut Value) -> Result<(), ApiError> {
    let named = pod.str_at(&["spec", "priorityClassName"]).to_owned();
    let class = if named.is_empty() {
        seen.list(Resource::PRIORITY_CLASSES, "").find(|class| class.is_true_at(&["globalDefault"]))
    } else {
        let found = seen.get(&Key::new(Resource::PRIORITY_CLASSES, "", named.as_str()));
        if found.is_none() {
            let detail = format!("no PriorityClass with name {named} was found");
            return Err(ApiError::forbidden(Resource::PODS, meta::name(pod), &detail));
        }
        found
    };
    let value = class.and_then(|class| class.int_at(&["value"])).unwrap_or_default();
    let said = pod.int_at(&["spec", "priority"]);
    if said.is_some_and(|said| said != value) {
        let detail =
            "the integer value of priority must not be provided in pod spec; priority admission controller computed";
        let message = format!("{detail} {value} from the given PriorityClass name");
        return Err(ApiError {
            reason: Reason::Forbidden,
            ..ApiError::forbidden(Resource::PODS, meta::name(pod), &message)
        });
    }
    if let Some(class) = class {
        pod.set(&["spec", "priorityClassName"], meta::name(class));
    }
    let preemption = class.map(|class| class.str_at(&["preemptionPolicy"])).filter(|policy| !policy.is_empty());
    let preemption = preemption.unwrap_or("PreemptLowerPriority");
    let said = pod.str_at(&["spec", "preemptionPolicy"]);
    if !said.is_empty() && said != preemption {
        let detail = format!(
            "the string value of PreemptionPolicy must not be provided in pod spec; priority admission controller computed {preemption} from the given PriorityClass name"
        );
        return Err(ApiError::forbidden(Resource::PODS, meta::name(pod), &detail));
    }
    pod.set(&["spec", "priority"], value);
    pod.set(&["spec", "preemptionPolicy"], preemption);
    Ok(())
}

/// No RuntimeClass is served here, so none can be found.
// Models plugin/pkg/admission/runtimeclass
fn runtime_class(pod: &Value) -> Result<(), ApiError> {
    match pod.at(&["spec", "runtimeClassName"]).and_then(Value::as_str) {
        Some(class) => {
            let detail = format!("pod rejected: RuntimeClass {class:?} not found");
            Err(ApiError::forbidden(Resource::PODS, meta::name(pod), &detail))
        }
        None => Ok(()),
    }
}

/// There is one default class at most.
// Models plugin/pkg/admission/priority validatePriorityClass
fn only_default_class(seen: &Snapshot<'_>, class: &Value) -> Result<(), ApiError> {
    let name = meta::name(class);
    let mut others = seen.list(Resource::PRIORITY_CLASSES, "").filter(|other| other.is_true_at(&["globalDefault"]));
    match others.find(|other| meta::name(other) != name) {
        Some(other) if class.is_true_at(&["globalDefault"]) => {
            let detail =
                format!("PriorityClass {} is already marked as default. Only one default can exist", meta::name(other));
            Err(ApiError::forbidden(Resource::PRIORITY_CLASSES, name, &detail))
        }
        _ => Ok(()),
    }
}

/// Pods stay five minutes on a node that has gone silent.
// Models plugin/pkg/admission/defaulttolerationseconds
fn default_tolerations(pod: &mut Value) {
    for key in ["node.kubernetes.io/not-ready", "node.kubernetes.io/unreachable"] {
        let tolerates = |toleration: &Value| {
            (toleration.str_at(&["key"]) == key || toleration.str_at(&["key"]).is_empty())
                && matches!(toleration.str_at(&["effect"]), "NoExecute" | "")
        };
        if pod.items_at(&["spec", "tolerations"]).iter().any(tolerates) {
            continue;
        }
        pod.at_mut(&["spec", "tolerations"]).items_mut().push(toleration(key));
    }
}

/// What every Pod tolerates for five minutes; all Pods share one tree of each.
fn toleration(key: &str) -> Value {
    thread_local! { static MADE: RefCell<Vec<Value>> = const { RefCell::new(Vec::new()) }; }
    MADE.with_borrow_mut(|made| {
        if let Some(known) = made.iter().find(|known| known.str_at(&["key"]) == key) {
            return known.clone();
        }
        let toleration = tree!({ "key": key, "operator": "Exists", "effect": "NoExecute", "tolerationSeconds": 300 });
        made.push(toleration.clone());
        toleration
    })
}

/// A node that has just registered takes no Pods before it is Ready.
// Models plugin/pkg/admission/nodetaint
fn taint_until_ready(node: &mut Value) {
    let key = "node.kubernetes.io/not-ready";
    let taints = node.at_mut(&["spec", "taints"]).items_mut();
    if !taints.iter().any(|taint| taint.str_at(&["key"]) == key) {
        taints.push(tree!({ "key": key, "effect": "NoSchedule" }));
    }
}

/// A namespace carries its own name as a label.
// Models pkg/registry/core/namespace/strategy
fn label_namespace(namespace: &mut Value) {
    let name = meta::name(namespace).to_owned();
    namespace.set(&["metadata", "labels", "kubernetes.io/metadata.name"], name);
}

/// A bound Pod carries its node's zone and region.
// Models plugin/pkg/admission/podtopologylabels
pub(super) fn label_topology(seen: &Snapshot<'_>, pod: &mut Value, node: &str) {
    let Some(node) = seen.get(&Key::new(Resource::NODES, "", node)) else { return };
    for label in ["topology.kubernetes.io/zone", "topology.kubernetes.io/region"] {
        if let Some(value) = meta::label(node, label) {
            pod.set(&["metadata", "labels", label], value);
        }
    }
}

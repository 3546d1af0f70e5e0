//! What the API server refuses: the field rules of every kind, in upstream's order and words.
//!
//! Objects come here decoded and defaulted, so a field has the type its schema says or is absent.
//! Everything that needs storage or time (addresses that are taken, quotas, references to other
//! objects) is the API server's and its admission's, not ours.
//!
//! Invariant: a rule looks at one object (and, for updates, at what it was), never at another.

mod address;
mod affinity;
mod autoscaling;
mod batch;
mod check;
mod config;
mod container;
mod cron;
mod custom;
mod definition;
mod meta;
mod networking;
mod pod;
mod pod_update;
mod pod_warnings;
mod probe;
mod rbac;
mod resources;
mod security;
mod service;
mod storage;
mod volume;
mod warnings;
mod workload;

use crate::document::Value;
use crate::kube::api::custom::Version;
use crate::kube::api::{FieldError, Resource, goprint};
use check::{At, Check, Path};

/// What is wrong with a new object; empty where nothing is.
#[must_use]
pub fn validate_create(resource: Resource, object: &Value) -> Vec<FieldError> {
    let mut check = Check::default();
    meta::validate(&mut check, resource, object);
    match resource {
        Resource::PODS => pod::create(&mut check, object),
        Resource::JOBS => batch::job(&mut check, object),
        _ => content(&mut check, resource, object, None),
    }
    check.errors
}

/// The rules that hold for new objects and for changed ones.
fn content(check: &mut Check, resource: Resource, object: &Value, old: Option<&Value>) {
    match resource {
        Resource::REPLICATION_CONTROLLERS
        | Resource::REPLICA_SETS
        | Resource::DEPLOYMENTS
        | Resource::STATEFUL_SETS
        | Resource::DAEMON_SETS => workload::spec(check, resource, object, old.is_none()),
        Resource::CRON_JOBS => batch::cron_job(check, object, old),
        Resource::SERVICES => service::service(check, object),
        Resource::ENDPOINTS => service::endpoints(check, object),
        Resource::ENDPOINT_SLICES => service::endpoint_slice(check, object),
        Resource::CONFIG_MAPS => config::config_map(check, object),
        Resource::SECRETS => config::secret(check, object),
        Resource::LIMIT_RANGES => config::limit_range(check, object),
        Resource::RESOURCE_QUOTAS => config::quota(check, object),
        Resource::NAMESPACES => config::namespace(check, object),
        Resource::NODES => config::node(check, object, old),
        Resource::EVENTS => config::event(check, object),
        Resource::PRIORITY_CLASSES => config::priority_class(check, object),
        Resource::POD_DISRUPTION_BUDGETS => config::disruption_budget(check, object),
        Resource::PERSISTENT_VOLUMES => storage::volume(check, object),
        Resource::PERSISTENT_VOLUME_CLAIMS => storage::claim_spec(check, &At::of(object, "spec")),
        Resource::STORAGE_CLASSES => storage::class(check, object),
        Resource::INGRESSES => networking::ingress(check, object, old.is_none()),
        Resource::INGRESS_CLASSES => networking::ingress_class(check, object),
        Resource::NETWORK_POLICIES => networking::network_policy(check, object),
        Resource::HORIZONTAL_POD_AUTOSCALERS => autoscaling::autoscaler(check, object),
        Resource::ROLES | Resource::CLUSTER_ROLES => rbac::role(check, object, resource == Resource::ROLES),
        Resource::ROLE_BINDINGS | Resource::CLUSTER_ROLE_BINDINGS => {
            rbac::binding(check, object, resource == Resource::ROLE_BINDINGS);
        }
        Resource::CUSTOM_RESOURCE_DEFINITIONS => definition::definition(check, object),
        Resource::CONTROLLER_REVISIONS => {
            if object.get("data").is_none() {
                check.required(&Path::of("data"), "data is mandatory");
            }
            check.non_negative(&Path::of("revision"), object.int_at(&["revision"]));
        }
        Resource::LEASES => {
            let seconds = At::of(object, "spec").child("leaseDurationSeconds");
            if let Some(number) = seconds.int().filter(|number| *number <= 0) {
                check.invalid(&seconds.path, number, "must be greater than 0");
            }
            check.non_negatives(&At::of(object, "spec"), &["leaseTransitions"]);
        }
        _ => {}
    }
}

/// What is wrong with a change of `old` into `new`, asked for at `subresource` (empty: the object
/// itself).
#[must_use]
pub fn validate_update(resource: Resource, new: &Value, old: &Value, subresource: &str) -> Vec<FieldError> {
    let mut check = Check::default();
    meta::validate_update(&mut check, new, old);
    match (subresource, resource) {
        ("status", _) => status(&mut check, resource, new, old),
        ("", Resource::PODS) => pod_update::update(&mut check, new, old),
        ("ephemeralcontainers", Resource::PODS) => pod_update::ephemeral(&mut check, new, old),
        ("", _) => update(&mut check, resource, new, old),
        _ => {}
    }
    check.errors
}

/// What does not go together in the addresses of a Service and their kinds.
#[must_use]
pub fn service_addresses(object: &Value) -> Vec<FieldError> {
    let mut check = Check::default();
    service::cluster_ips(&mut check, &At::of(object, "spec"));
    check.errors
}

fn status(check: &mut Check, resource: Resource, new: &Value, old: &Value) {
    match resource {
        Resource::PODS => pod_update::status(check, new, old),
        Resource::NAMESPACES => config::namespace_status(check, new),
        Resource::NODES => config::node(check, new, Some(old)),
        _ => workload::status(check, resource, new),
    }
}

/// Some kinds say first what may not change, the others what is wrong with the new object.
fn update(check: &mut Check, resource: Resource, new: &Value, old: &Value) {
    let content = |check: &mut Check| content(check, resource, new, Some(old));
    match resource {
        Resource::NAMESPACES => {}
        Resource::JOBS => batch::job_update(check, new, old),
        Resource::CONFIG_MAPS => {
            config::immutable(check, new, old, &["data", "binaryData"]);
            content(check);
        }
        Resource::SECRETS => {
            let kind = |object: &Value| object.get("type").cloned();
            check.immutable(&Path::of("type"), kind(new).as_ref(), kind(old).as_ref());
            config::immutable(check, new, old, &["data"]);
            content(check);
        }
        Resource::SERVICES => {
            service::service_update(check, new, old);
            content(check);
        }
        Resource::STORAGE_CLASSES => {
            content(check);
            storage::class_update(check, new, old);
        }
        Resource::ENDPOINT_SLICES => {
            content(check);
            check.immutable(&Path::of("addressType"), new.get("addressType"), old.get("addressType"));
        }
        Resource::INGRESS_CLASSES => {
            let path = ["spec", "controller"];
            check.immutable(&Path::of("spec.controller"), new.at(&path), old.at(&path));
            content(check);
        }
        Resource::CONTROLLER_REVISIONS => {
            content(check);
            check.immutable(&Path::of("data"), new.get("data"), old.get("data"));
        }
        Resource::PRIORITY_CLASSES => config::priority_class_update(check, new, old),
        _ => {
            content(check);
            match resource {
                Resource::RESOURCE_QUOTAS => config::quota_update(check, new, old),
                Resource::CUSTOM_RESOURCE_DEFINITIONS => definition::update(check, new, old),
                Resource::PERSISTENT_VOLUMES => storage::volume_update(check, new, old),
                Resource::PERSISTENT_VOLUME_CLAIMS => storage::claim_update(check, new, old),
                Resource::ROLE_BINDINGS | Resource::CLUSTER_ROLE_BINDINGS => rbac::binding_update(check, new, old),
                Resource::REPLICA_SETS
                | Resource::DEPLOYMENTS
                | Resource::STATEFUL_SETS
                | Resource::DAEMON_SETS
                | Resource::REPLICATION_CONTROLLERS => workload::immutable(check, resource, new, old),
                _ => {}
            }
        }
    }
}

/// What is wrong with a custom object of a version; `old` is what it was, if this is a change.
#[must_use]
pub fn validate_custom(resource: Resource, version: &Version, object: &Value, old: Option<&Value>) -> Vec<FieldError> {
    let mut check = Check::default();
    match old {
        None => meta::validate(&mut check, resource, object),
        Some(old) => meta::validate_update(&mut check, object, old),
    }
    custom::schema(&mut check, version, object, old);
    if let Some(scale) = version.scale() {
        custom::scale(&mut check, scale, object);
    }
    check.errors
}

/// What is allowed, but worth a `Warning:`; `is_new` where the object is made, not changed.
#[must_use]
pub fn warnings(resource: Resource, object: &Value, is_new: bool) -> Vec<String> {
    warnings::of(resource, object, is_new)
}

/// The texts of `Warning:` headers for any use of a resource, reading included.
#[must_use]
pub fn lifecycle_warnings(resource: Resource) -> Vec<String> {
    warnings::lifecycle(resource).into_iter().collect()
}

#[cfg(test)]
mod tests;

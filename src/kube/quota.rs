//! What objects use of a ResourceQuota: one rule per kind, for admission, which charges, and for
//! the controller, which counts anew.
//!
//! Invariant: usage is a function of one object, so that charging and counting cannot disagree.
// Models pkg/quota/v1/evaluator/core and k8s.io/apiserver/pkg/quota/v1

use crate::document::Value;
use crate::kube::Snapshot;
use crate::kube::api::pod_resources::{self, ResourceList};
use crate::kube::api::{Quantity, Resource, meta, qos};
use crate::sim::{SimTime, secs};
use std::collections::{BTreeMap, BTreeSet};
use std::rc::Rc;

/// Kinds that can be counted under their bare name as well as under `count/…`.
// Models registry.go legacyObjectCountAliases
const BARE: [Resource; 4] =
    [Resource::CONFIG_MAPS, Resource::RESOURCE_QUOTAS, Resource::REPLICATION_CONTROLLERS, Resource::SECRETS];

/// The amounts of compute that containers must say where a quota limits them.
const COMPUTE: [&str; 6] = ["cpu", "memory", "requests.cpu", "requests.memory", "limits.cpu", "limits.memory"];

/// What `object` uses, by the quota's names.
// Models the evaluators' Usage
#[must_use]
pub fn usage(resource: Resource, object: &Value, now: SimTime) -> ResourceList {
    let one = Quantity::whole(1);
    let mut used = ResourceList::from([(Rc::from(format!("count/{}", resource.qualified())), one)]);
    match resource {
        Resource::PODS if !has_ended(object, now) => {
            let spec = object.at(&["spec"]).unwrap_or(&Value::Null);
            used.insert("pods".into(), one);
            let requests = pod_resources::of_pod(spec, "requests");
            used.extend(compute(&requests, &pod_resources::of_pod(spec, "limits")));
        }
        Resource::SERVICES => {
            let (node_ports, balancers) = service_extras(object);
            used.insert("services".into(), one);
            used.insert("services.nodeports".into(), Quantity::whole(node_ports));
            used.insert("services.loadbalancers".into(), Quantity::whole(balancers));
        }
        Resource::PERSISTENT_VOLUME_CLAIMS => {
            let beta = meta::annotation(object, "volume.beta.kubernetes.io/storage-class");
            let class = beta.unwrap_or_else(|| object.str_at(&["spec", "storageClassName"]));
            let storage = object.at(&["spec", "resources", "requests", "storage"]).map(Quantity::of);
            let mut count = |name: &str, amount: Quantity| {
                used.insert(name.into(), amount);
                if !class.is_empty() {
                    used.insert(format!("{class}.storageclass.storage.k8s.io/{name}").into(), amount);
                }
            };
            count("persistentvolumeclaims", one);
            if let Some(storage) = storage {
                count("requests.storage", storage);
            }
        }
        resource if BARE.contains(&resource) => drop(used.insert(resource.info().plural.into(), one)),
        _ => {}
    }
    used
}

/// Ports on nodes, and load balancers, that a Service takes up.
fn service_extras(service: &Value) -> (i64, i64) {
    let ports = service.items_at(&["spec", "ports"]);
    let count = |number: usize| i64::try_from(number).unwrap_or(i64::MAX);
    match service.str_at(&["spec", "type"]) {
        "NodePort" => (count(ports.len()), 0),
        "LoadBalancer" => {
            let allocates = service.at(&["spec", "allocateLoadBalancerNodePorts"]).and_then(Value::as_bool);
            let taken = if allocates == Some(false) {
                ports.iter().filter(|port| port.int_at(&["nodePort"]).unwrap_or_default() != 0).count()
            } else {
                ports.len()
            };
            (count(taken), 1)
        }
        _ => (0, 0),
    }
}

/// Requests and limits under the names that quotas have for them.
// Models podComputeUsageHelper
fn compute(requests: &ResourceList, limits: &ResourceList) -> ResourceList {
    let mut used = ResourceList::new();
    for (name, amount) in requests {
        let is_native = matches!(&**name, "cpu" | "memory" | "ephemeral-storage");
        if is_native || name.starts_with("hugepages-") {
            used.insert(name.clone(), *amount);
        }
        if is_native || name.starts_with("hugepages-") || name.contains('/') {
            used.insert(format!("requests.{name}").into(), *amount);
        }
    }
    for (name, amount) in limits {
        if matches!(&**name, "cpu" | "memory" | "ephemeral-storage") {
            used.insert(format!("limits.{name}").into(), *amount);
        }
    }
    used
}

/// A Pod that has ended, or should have, uses no compute.
// Models QuotaV1Pod
fn has_ended(pod: &Value, now: SimTime) -> bool {
    if matches!(pod.str_at(&["status", "phase"]), "Succeeded" | "Failed") {
        return true;
    }
    let grace = pod.int_at(&["metadata", "deletionGracePeriodSeconds"]).unwrap_or_default();
    let marked = SimTime::parse_rfc3339(pod.str_at(&["metadata", "deletionTimestamp"]));
    marked.is_some_and(|marked| now > marked + secs(u64::try_from(grace).unwrap_or_default()))
}

/// Whether objects of this resource are counted under `name`.
// Models the evaluators' MatchingResources
#[must_use]
pub fn counts(resource: Resource, name: &str) -> bool {
    if name.strip_prefix("count/").is_some_and(|counted| counted == resource.qualified()) {
        return true;
    }
    match resource {
        Resource::PODS => {
            name == "pods"
                || name == "ephemeral-storage"
                || COMPUTE.contains(&name)
                || name == "limits.ephemeral-storage"
                || name.starts_with("hugepages-")
                || name.starts_with("requests.") && name != "requests.storage"
        }
        Resource::SERVICES => matches!(name, "services" | "services.nodeports" | "services.loadbalancers"),
        Resource::PERSISTENT_VOLUME_CLAIMS => {
            let plain = name.split_once(".storageclass.storage.k8s.io/").map_or(name, |(_, plain)| plain);
            matches!(plain, "persistentvolumeclaims" | "requests.storage")
        }
        resource => BARE.contains(&resource) && name == resource.info().plural,
    }
}

/// Whether the quota has something to say about this object: a name that counts it, and no scope
/// that leaves it out.
// Models generic.Matches, podMatchesScopeFunc
#[must_use]
pub fn matches(quota: &Value, hard: &ResourceList, resource: Resource, object: &Value) -> bool {
    let plain = quota.items_at(&["spec", "scopes"]).iter().filter_map(Value::as_str);
    let chosen = quota.items_at(&["spec", "scopeSelector", "matchExpressions"]);
    hard.keys().any(|name| counts(resource, name))
        && plain.into_iter().all(|scope| in_scope(resource, object, scope, None))
        && chosen.iter().all(|term| in_scope(resource, object, term.str_at(&["scopeName"]), Some(term)))
}

fn in_scope(resource: Resource, object: &Value, scope: &str, term: Option<&Value>) -> bool {
    let spec = object.at(&["spec"]).unwrap_or(&Value::Null);
    if resource != Resource::PODS {
        // Claims have one scope, everything else has none.
        return resource == Resource::PERSISTENT_VOLUME_CLAIMS
            && scope == "VolumeAttributesClass"
            && chosen(term, spec.str_at(&["volumeAttributesClassName"]));
    }
    let terminating = spec.int_at(&["activeDeadlineSeconds"]).is_some_and(|seconds| seconds >= 0);
    let best_effort = qos::class(spec) == "BestEffort";
    match scope {
        "Terminating" => terminating,
        "NotTerminating" => !terminating,
        "BestEffort" => best_effort,
        "NotBestEffort" => !best_effort,
        "PriorityClass" => chosen(term, spec.str_at(&["priorityClassName"])),
        "CrossNamespacePodAffinity" => crosses_namespaces(spec),
        _ => false,
    }
}

fn chosen(term: Option<&Value>, value: &str) -> bool {
    let Some(term) = term else { return !value.is_empty() };
    let listed = || term.items_at(&["values"]).iter().any(|listed| listed.as_str() == Some(value));
    match term.str_at(&["operator"]) {
        "In" => !value.is_empty() && listed(),
        "NotIn" => !listed(),
        "DoesNotExist" => value.is_empty(),
        _ => !value.is_empty(),
    }
}

fn crosses_namespaces(spec: &Value) -> bool {
    ["podAffinity", "podAntiAffinity"].iter().any(|kind| {
        let affinity = spec.at(&["affinity", kind]).unwrap_or(&Value::Null);
        let required = affinity.items_at(&["requiredDuringSchedulingIgnoredDuringExecution"]).iter();
        let preferred = affinity.items_at(&["preferredDuringSchedulingIgnoredDuringExecution"]).iter();
        let terms = required.chain(preferred.filter_map(|term| term.get("podAffinityTerm")));
        terms
            .into_iter()
            .any(|term| !term.items_at(&["namespaces"]).is_empty() || term.get("namespaceSelector").is_some())
    })
}

/// What must be said and is not: `must specify limits.memory for: shop; requests.cpu for: shop`.
// Models podEvaluator.Constraints
#[must_use]
pub fn unsaid(resource: Resource, object: &Value, hard: &ResourceList) -> Option<String> {
    if resource != Resource::PODS {
        return None;
    }
    let required: Vec<&str> = COMPUTE.into_iter().filter(|name| hard.contains_key(*name)).collect();
    let spec = object.at(&["spec"]).unwrap_or(&Value::Null);
    let for_all = |kind: &str| pod_resources::list_of(spec.at(&["resources", kind]));
    let said_for_all = compute(&for_all("requests"), &for_all("limits"));
    let mut missing: BTreeMap<&str, BTreeSet<&str>> = BTreeMap::new();
    for list in ["containers", "initContainers"] {
        for container in spec.items_at(&[list]) {
            let own = |kind: &str| pod_resources::list_of(container.at(&["resources", kind]));
            let said = compute(&own("requests"), &own("limits"));
            for name in required.iter().filter(|name| !said.contains_key(**name) && !said_for_all.contains_key(**name))
            {
                missing.entry(name).or_default().insert(container.str_at(&["name"]));
            }
        }
    }
    let texts: Vec<String> = missing
        .into_iter()
        .map(|(name, containers)| format!("{name} for: {}", containers.into_iter().collect::<Vec<_>>().join(",")))
        .collect();
    (!texts.is_empty()).then(|| format!("must specify {}", texts.join("; ")))
}

/// What all objects of the quota's namespace use together, under each of the quota's names.
// Models k8s.io/apiserver/pkg/quota/v1 CalculateUsage
#[must_use]
pub fn calculate(seen: &Snapshot<'_>, quota: &Value) -> ResourceList {
    let hard = pod_resources::list_of(quota.at(&["spec", "hard"]));
    let mut used: ResourceList = hard.keys().map(|name| (name.clone(), Quantity::ZERO)).collect();
    for resource in Resource::all().filter(|resource| resource.info().namespaced) {
        if !hard.keys().any(|name| counts(resource, name)) {
            continue;
        }
        for object in seen.list(resource, meta::namespace(quota)) {
            if matches(quota, &hard, resource, object) {
                let mut one = usage(resource, object, seen.now);
                one.retain(|name, _| hard.contains_key(name));
                pod_resources::add(&mut used, &one);
            }
        }
    }
    used
}

/// The amounts as a tree, each in canonical form.
#[must_use]
pub fn to_value(list: &ResourceList) -> Value {
    let mut value = Value::map();
    for (name, amount) in list {
        value.set(&[name], amount.to_string());
    }
    value
}

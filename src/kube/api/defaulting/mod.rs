//! What the API server fills in: defaults of every kind, and what its strategies set or reset
//! when an object is made or changed.
//!
//! Invariant: filling in twice is the same as filling in once.

mod conversion;
mod pod;
mod rules;
mod service;
mod strategy;

pub use conversion::{from_stored, to_stored};
pub use service::needs_cluster_ip;
pub use strategy::{prepare_for_create, prepare_for_update};

use crate::document::schema::{Field, Shape, Type};
use crate::document::{Map, Value, base64, is_same};
use crate::kube::api::Resource;
use crate::kube::api::quantity::Quantity;
use crate::tree;
use rules::{apply, apply_line, each};
use std::rc::Rc;

/// Fills in the defaults of `object`'s kind and writes its quantities in canonical form.
// Models pkg/apis/*/v1 SetObjectDefaults_*
pub fn default_object(resource: Resource, object: &mut Value) {
    match resource {
        Resource::PODS => pod::pod(object),
        Resource::NODES => node(object),
        Resource::REPLICATION_CONTROLLERS => replication_controller(object),
        Resource::REPLICA_SETS => {
            apply(object, "+spec.replicas = 1");
            pod::template(object.at_mut(&["spec", "template"]));
        }
        Resource::DEPLOYMENTS => deployment(object),
        Resource::STATEFUL_SETS => stateful_set(object),
        Resource::DAEMON_SETS => daemon_set(object),
        Resource::JOBS => job_spec(object.at_mut(&["spec"])),
        Resource::CRON_JOBS => {
            apply(object, rules::CRON_JOB);
            let spec = object.at_mut(&["spec", "jobTemplate", "spec"]);
            pod::template(spec.at_mut(&["template"]));
        }
        Resource::SERVICES => service::service(object),
        Resource::ENDPOINTS => apply(object, rules::ENDPOINTS),
        Resource::ENDPOINT_SLICES => apply(object, rules::ENDPOINT_SLICE),
        Resource::INGRESS_CLASSES => apply(object, rules::INGRESS_CLASS),
        Resource::NETWORK_POLICIES => network_policy(object),
        Resource::SECRETS => secret(object),
        Resource::NAMESPACES => namespace(object),
        Resource::PERSISTENT_VOLUMES => apply(object, rules::PERSISTENT_VOLUME),
        Resource::PERSISTENT_VOLUME_CLAIMS => {
            apply(object, rules::PERSISTENT_VOLUME_CLAIM);
            data_source(object);
        }
        Resource::STORAGE_CLASSES => apply(object, rules::STORAGE_CLASS),
        Resource::PRIORITY_CLASSES => apply(object, rules::PRIORITY_CLASS),
        Resource::LIMIT_RANGES => limit_range(object),
        Resource::HORIZONTAL_POD_AUTOSCALERS => autoscaler(object),
        Resource::ROLE_BINDINGS | Resource::CLUSTER_ROLE_BINDINGS => binding(object),
        Resource::CUSTOM_RESOURCE_DEFINITIONS => custom_resource_definition(object),
        _ => {}
    }
    if let Some(ty) = resource.schema() {
        canonical_quantities(object, ty);
    }
}

/// Writes the quantities below some fields of `object` in canonical form.
pub fn canonicalize(resource: Resource, object: &mut Value, fields: &[&str]) {
    let Some(ty) = resource.schema() else { return };
    for field in fields {
        if let Some(below) = object.get(field)
            && let Some(ty) = ty.field(field).map(Field::ty).filter(|ty| holds_quantities(*ty))
        {
            let mut new = below.clone();
            canonical_quantities(&mut new, ty);
            if !is_same(&new, below) {
                object.set(&[field], new);
            }
        }
    }
}

/// Writes every quantity below `value` in canonical form. Which fields are quantities is known from
/// the schema. Amounts in lists of resources are rounded up to thousandths.
// Models pkg/apis/core/v1 SetDefaults_ResourceList
fn canonical_quantities(value: &mut Value, ty: Type) {
    match (ty.shape(), &*value) {
        (Shape::Quantity, _) => canonical(value, false),
        (Shape::List(item), Value::List(_)) if holds_quantities(item) => {
            change_items(value, |one| canonical_quantities(one, item));
        }
        (Shape::Map(item), Value::Map(held))
            if item.shape() == Shape::Quantity && held.values().any(|one| !is_canonical(one)) =>
        {
            value.map_mut().values_mut().for_each(|one| canonical(one, true));
        }
        (Shape::Object, Value::Map(held)) => {
            let held = held.clone();
            for (key, below) in held.iter() {
                let Some(ty) = ty.field(key).map(Field::ty).filter(|ty| holds_quantities(*ty)) else { continue };
                let mut new = below.clone();
                canonical_quantities(&mut new, ty);
                if !is_same(&new, below) {
                    value.set(&[key], new);
                }
            }
        }
        _ => {}
    }
}

/// Whether it is worth looking below: there is a quantity somewhere.
fn holds_quantities(ty: Type) -> bool {
    ty.reaches_quantity()
}

/// Calls `change` for every item of a list. What it leaves as it is stays shared.
fn change_items(list: &mut Value, change: impl FnMut(&mut Value)) {
    let mut holder = Value::map();
    std::mem::swap(list, holder.at_mut(&["items"]));
    each(&mut holder, "items", change);
    *list = std::mem::take(holder.at_mut(&["items"]));
}

/// Whether a text is a quantity in canonical form; only the plainest are seen.
fn is_canonical(value: &Value) -> bool {
    let Value::Text(text) = value else { return false };
    let suffixed = ["Gi", "Mi", "m"].into_iter().find_map(|suffix| text.strip_suffix(suffix));
    let digits = suffixed.unwrap_or(text);
    let is_short = !digits.is_empty() && digits.len() < 4 && digits.bytes().all(|byte| byte.is_ascii_digit());
    is_short && (!digits.starts_with('0') || &**text == "0")
}

fn canonical(value: &mut Value, to_milli: bool) {
    if let Ok(quantity) = Quantity::try_of(value) {
        let quantity = if to_milli { quantity.rounded_to_milli() } else { quantity };
        let text = quantity.to_string();
        if value.as_str() != Some(&text) {
            *value = text.into();
        }
    }
}

// Models pkg/apis/core/v1 SetDefaults_ReplicationController
fn replication_controller(object: &mut Value) {
    apply(object, "+spec.replicas = 1");
    let labels = object.at(&["spec", "template", "metadata", "labels"]).filter(|labels| !labels.is_empty()).cloned();
    if let Some(labels) = labels {
        for path in [&["spec", "selector"][..], &["metadata", "labels"]] {
            if object.at(path).is_none_or(Value::is_empty) {
                object.set(path, &labels);
            }
        }
    }
    if object.at(&["spec", "template"]).is_some() {
        pod::template(object.at_mut(&["spec", "template"]));
    }
}

fn deployment(object: &mut Value) {
    apply(object, rules::DEPLOYMENT);
    pod::template(object.at_mut(&["spec", "template"]));
    if object.str_at(&["spec", "strategy", "type"]) == "RollingUpdate" {
        let strategy = object.at_mut(&["spec", "strategy"]);
        apply(strategy, "+rollingUpdate.maxUnavailable = 25%\n+rollingUpdate.maxSurge = 25%");
    }
}

fn stateful_set(object: &mut Value) {
    apply(object, rules::STATEFUL_SET);
    pod::template(object.at_mut(&["spec", "template"]));
    let strategy = object.at_mut(&["spec", "updateStrategy"]);
    if strategy.str_at(&["type"]) == "RollingUpdate" {
        apply(strategy, "+rollingUpdate.partition = 0");
    }
}

fn daemon_set(object: &mut Value) {
    apply(object, rules::DAEMON_SET);
    pod::template(object.at_mut(&["spec", "template"]));
    let strategy = object.at_mut(&["spec", "updateStrategy"]);
    if strategy.str_at(&["type"]) == "RollingUpdate" {
        apply(strategy, "+rollingUpdate.maxUnavailable = 1\n+rollingUpdate.maxSurge = 0");
    }
}

fn job_spec(spec: &mut Value) {
    if spec.get("completions").is_none() && spec.get("parallelism").is_none() {
        spec.set(&["completions"], 1);
    }
    apply(spec, "parallelism = 1");
    let per_index = spec.get("backoffLimitPerIndex").is_some();
    apply(spec, if per_index { "backoffLimit = 2147483647" } else { rules::JOB_SPEC });
    apply(spec, rules::JOB_SPEC);
    let replacement = if spec.get("podFailurePolicy").is_some() { "Failed" } else { "TerminatingOrFailed" };
    apply_line(spec, &format!("podReplacementPolicy = {replacement}"));
    pod::template(spec.at_mut(&["template"]));
}

// Models pkg/apis/networking/v1 SetDefaults_NetworkPolicy
fn network_policy(object: &mut Value) {
    apply(object, rules::NETWORK_POLICY);
    if object.items_at(&["spec", "policyTypes"]).is_empty() {
        let egress = !object.items_at(&["spec", "egress"]).is_empty();
        let types = if egress { tree!(["Ingress", "Egress"]) } else { tree!(["Ingress"]) };
        object.set(&["spec", "policyTypes"], types);
    }
}

/// The one range of Pod addresses is the first of them.
// Models pkg/apis/core/v1 Convert_v1_NodeSpec_To_core_NodeSpec, Convert_core_NodeSpec_To_v1_NodeSpec
fn node(object: &mut Value) {
    let one = object.str_at(&["spec", "podCIDR"]).to_owned();
    let all = object.items_at(&["spec", "podCIDRs"]).first().and_then(Value::as_str).map(str::to_owned);
    match all {
        Some(first) if one.is_empty() => object.set(&["spec", "podCIDR"], first),
        first if !one.is_empty() && first.as_ref() != Some(&one) => {
            object.set(&["spec", "podCIDRs"], Value::list(vec![one.into()]));
        }
        _ => {}
    }
}

// Models pkg/apis/core/v1 SetDefaults_Secret, Convert_v1_Secret_To_core_Secret
fn secret(object: &mut Value) {
    apply(object, "type := Opaque");
    // Simulates: stringData
    if let Some(plain) = object.remove(&["stringData"]) {
        for (key, text) in plain.entries() {
            object.set(&["data", key], base64::encode(text.as_str().unwrap_or_default().as_bytes()));
        }
    }
}

/// The two ways to name where a volume's data comes from say the same.
// Models pkg/api/persistentvolumeclaim NormalizeDataSources
fn data_source(object: &mut Value) {
    let of = |object: &Value, field: &str| object.at(&["spec", field]).cloned();
    match (of(object, "dataSource"), of(object, "dataSourceRef")) {
        (Some(source), None) => object.set(&["spec", "dataSourceRef"], source),
        (None, Some(reference)) if reference.str_at(&["namespace"]).is_empty() => {
            object.set(&["spec", "dataSource"], reference);
        }
        _ => {}
    }
}

// Models pkg/apis/core/v1 SetDefaults_Namespace
fn namespace(object: &mut Value) {
    let name = object.at(&["metadata", "name"]).and_then(Value::as_shared);
    if let Some(name) = name.filter(|name| !name.is_empty()) {
        object.set(&["metadata", "labels", "kubernetes.io/metadata.name"], name);
    }
}

// Models pkg/apis/core/v1 SetDefaults_LimitRangeItem
fn limit_range(object: &mut Value) {
    each(object.at_mut(&["spec"]), "limits", |item| {
        if item.str_at(&["type"]) != "Container" {
            return;
        }
        let fill = |item: &mut Value, from: &str, to: &str| {
            let source: Map = item.at(&[from]).and_then(Value::as_map).cloned().unwrap_or_default();
            for (key, amount) in source {
                if item.at(&[to, &key]).is_none() {
                    item.set(&[to, &key], amount);
                }
            }
        };
        fill(item, "max", "default");
        fill(item, "default", "defaultRequest");
        fill(item, "min", "defaultRequest");
    });
}

// Models pkg/apis/autoscaling/v2 SetDefaults_HorizontalPodAutoscaler, GenerateHPAScaleUpRules
fn autoscaler(object: &mut Value) {
    // Whoever says anything about behaviour gets both directions.
    if object.at(&["spec", "behavior"]).is_some() {
        apply(object, "spec.behavior.scaleUp = {}\nspec.behavior.scaleDown = {}");
    }
    apply(object, rules::AUTOSCALER);
    let spec = object.at_mut(&["spec"]);
    if spec.items_at(&["metrics"]).is_empty() {
        let target = tree!({ "type": "Utilization", "averageUtilization": 80 });
        spec.set(&["metrics"], tree!([{ "type": "Resource", "resource": { "name": "cpu", "target": (target) } }]));
    }
    let percent = tree!({ "type": "Percent", "value": 100, "periodSeconds": 15 });
    for (direction, policies) in [
        ("scaleUp", tree!([{ "type": "Pods", "value": 4, "periodSeconds": 15 }, (percent.clone())])),
        ("scaleDown", tree!([percent])),
    ] {
        let rules = ["behavior", direction];
        if spec.at(&rules).is_some_and(|rules| rules.items_at(&["policies"]).is_empty()) {
            spec.at_mut(&rules).set(&["policies"], policies);
        }
    }
}

// Models pkg/apis/rbac/v1 SetDefaults_RoleBinding, SetDefaults_Subject
fn binding(object: &mut Value) {
    const GROUP: &str = "rbac.authorization.k8s.io";
    // Simulates: roleRef.apiGroup, subjects.apiGroup
    if object.str_at(&["roleRef", "apiGroup"]).is_empty() {
        object.set(&["roleRef", "apiGroup"], GROUP);
    }
    each(object, "subjects", |subject| {
        if matches!(subject.str_at(&["kind"]), "User" | "Group") && subject.str_at(&["apiGroup"]).is_empty() {
            subject.set(&["apiGroup"], GROUP);
        }
    });
}

fn custom_resource_definition(object: &mut Value) {
    apply(object, rules::CUSTOM_RESOURCE_DEFINITION);
    let kind: Rc<str> = object.str_at(&["spec", "names", "kind"]).into();
    let names = object.at_mut(&["spec", "names"]);
    apply_line(names, &format!("singular := {}", kind.to_lowercase()));
    apply_line(names, &format!("listKind := {kind}List"));
}

#[cfg(test)]
mod tests;

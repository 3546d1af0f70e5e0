//! The rules of ConfigMaps, Secrets, limits, quotas, namespaces, nodes and Events.
// Models pkg/apis/core/validation

use super::affinity::taints;
use super::check::{At, Check, Path, blank};
use super::{goprint, meta, resources};
use crate::document::InOrder as _;
use crate::document::{Value, base64, gojson};
use crate::kube::api::{Quantity, names};

/// A ConfigMap or Secret holds at most this much.
const BYTES_MAX: usize = 1024 * 1024;

/// A ConfigMap, its metadata apart.
pub fn config_map(check: &mut Check, object: &Value) {
    let root = At { value: object, path: Path::root() };
    let binary = root.child("binaryData");
    let mut bytes = 0;
    for (key, one) in root.entries("data") {
        check.problems(&one.path, key, names::config_map_key(key));
        if binary.value.get(key).is_some() {
            check.invalid(&one.path, key, "duplicate of key present in binaryData");
        }
        bytes += one.text().len();
    }
    for (key, one) in root.entries("binaryData") {
        check.problems(&one.path, key, names::config_map_key(key));
        bytes += one.text().len() * 3 / 4;
    }
    if bytes > BYTES_MAX {
        // Upstream names the whole object with an empty path, which it prints as `[]`.
        check.too_long(&Path::of("[]"), BYTES_MAX);
    }
}

/// What an immutable ConfigMap or Secret keeps.
pub fn immutable(check: &mut Check, new: &Value, old: &Value, fields: &[&str]) {
    const DETAIL: &str = "field is immutable when `immutable` is set";
    if !old.is_true_at(&["immutable"]) {
        return;
    }
    if !new.is_true_at(&["immutable"]) {
        check.forbidden(&Path::of("immutable"), DETAIL);
    }
    for field in fields {
        if blank(new.get(field)) != blank(old.get(field)) {
            check.forbidden(&Path::of(field), DETAIL);
        }
    }
}

/// A Secret, its metadata apart.
// Models pkg/apis/core/validation ValidateSecret
pub fn secret(check: &mut Check, object: &Value) {
    let root = At { value: object, path: Path::root() };
    let data = root.child("data");
    let mut bytes = 0;
    for (key, one) in root.entries("data") {
        check.problems(&one.path, key, names::config_map_key(key));
        bytes += one.text().len() * 3 / 4;
    }
    if bytes > BYTES_MAX {
        check.too_long(&data.path, BYTES_MAX);
    }
    let need = |check: &mut Check, keys: &[&str]| {
        for key in keys {
            if data.value.get(key).is_none() {
                check.required(&data.path.key(key), "");
            }
        }
    };
    match object.str_at(&["type"]) {
        "kubernetes.io/service-account-token" => {
            let key = "kubernetes.io/service-account.name";
            if crate::kube::api::meta::annotation(object, key).is_none_or(str::is_empty) {
                check.required(&Path::of("metadata.annotations").key(key), "");
            }
        }
        "kubernetes.io/dockercfg" => docker_config(check, &data, ".dockercfg"),
        "kubernetes.io/dockerconfigjson" => docker_config(check, &data, ".dockerconfigjson"),
        "kubernetes.io/basic-auth" if data.value.get("username").is_none() && data.value.get("password").is_none() => {
            need(check, &["username", "password"]);
        }
        "kubernetes.io/ssh-auth" if data.value.str_at(&["ssh-privatekey"]).is_empty() => {
            check.required(&data.path.key("ssh-privatekey"), "");
        }
        "kubernetes.io/tls" => need(check, &["tls.crt", "tls.key"]),
        _ => {}
    }
}

fn docker_config(check: &mut Check, data: &At<'_>, key: &str) {
    let path = data.path.key(key);
    let Some(text) = data.value.get(key).and_then(Value::as_str) else {
        return check.required(&path, "");
    };
    if let Some(problem) = json_problem(text) {
        check.invalid(&path, "<secret contents redacted>", problem);
    }
}

/// What Go's JSON decoder says about base64 that holds no JSON object.
fn json_problem(encoded: &str) -> Option<String> {
    let bytes = base64::decode(encoded).unwrap_or_default();
    let text = String::from_utf8_lossy(&bytes);
    if let Some(fault) = gojson::fault(&text) {
        return Some(fault);
    }
    let kind = match text.trim_start().bytes().next() {
        Some(b'[') => "array",
        Some(b'"') => "string",
        Some(b't' | b'f') => "bool",
        Some(b'-' | b'0'..=b'9') => "number",
        _ => return None,
    };
    Some(format!("json: cannot unmarshal {kind} into Go value of type map[string]interface {{}}"))
}

/// A LimitRange, its metadata apart.
// Models pkg/apis/core/validation ValidateLimitRange
pub fn limit_range(check: &mut Check, object: &Value) {
    let mut seen: Vec<&str> = Vec::new();
    for one in At::of(object, "spec").each("limits") {
        let kind = one.child("type");
        let problems = names::qualified_name(kind.text());
        if !problems.is_empty() {
            check.problems(&kind.path, kind.text(), problems);
        } else if !kind.text().contains('/') && !matches!(kind.text(), "Pod" | "Container" | "PersistentVolumeClaim") {
            check.invalid(&kind.path, kind.text(), "must be a standard limit type or fully qualified");
        }
        if seen.contains(&kind.text()) {
            check.duplicate(&kind.path, kind.text());
        }
        seen.push(kind.text());
        limit_names(check, &one);
        limit_amounts(check, &one);
    }
}

fn limit_names(check: &mut Check, one: &At<'_>) {
    let kind = one.str("type");
    let rule = if matches!(kind, "Pod" | "Container") { resources::container_name } else { resources::any_name };
    for field in ["max", "min", "default", "defaultRequest", "maxLimitRequestRatio"] {
        if field == "maxLimitRequestRatio" && kind == "PersistentVolumeClaim" {
            let has = |field: &str| one.child(field).value.get("storage").is_some();
            if !has("min") && !has("max") {
                let detail = "either minimum or maximum storage value is required, but neither was provided";
                check.required(&one.path.child("limits"), detail);
            }
        }
        if kind == "Pod" && field.starts_with("default") {
            if !one.child(field).value.is_empty() {
                check.forbidden(&one.path.child(field), "may not be specified when `type` is 'Pod'");
            }
            continue;
        }
        for (name, at) in one.entries(field) {
            rule(check, name, &at.path);
        }
    }
}

fn limit_amounts(check: &mut Check, one: &At<'_>) {
    let mut keys: Vec<&str> = Vec::new();
    for field in ["max", "min", "default", "defaultRequest", "maxLimitRequestRatio"] {
        keys.extend(one.entries(field).map(|(name, _)| name));
    }
    keys.order();
    keys.dedup();
    for key in keys {
        let of = |field: &str| one.child(field).value.get(key).map(Quantity::of);
        let (min, max) = (of("min"), of("max"));
        let (limit, request) = (of("default"), of("defaultRequest"));
        let mut compare =
            |low: Option<Quantity>, high: Option<Quantity>, field: &str, shown: Option<Quantity>, text: [&str; 2]| {
                if let (Some(low), Some(high), Some(shown)) = (low, high, shown)
                    && low > high
                {
                    let detail = format!("{} {low} is greater than {} {high}", text[0], text[1]);
                    check.invalid(&one.path.child(field).key(key), shown.to_string().as_str(), detail);
                }
            };
        compare(min, max, "min", min, ["min value", "max value"]);
        compare(min, request, "defaultRequest", request, ["min value", "default request value"]);
        compare(request, max, "defaultRequest", request, ["default request value", "max value"]);
        compare(request, limit, "defaultRequest", request, ["default request value", "default limit value"]);
        compare(min, limit, "default", min, ["min value", "default value"]);
        compare(limit, max, "default", max, ["default value", "max value"]);
        if let Some(ratio) = of("maxLimitRequestRatio").filter(|ratio| *ratio < Quantity::whole(1)) {
            let path = one.path.child("maxLimitRequestRatio").key(key);
            check.invalid(&path, ratio.to_string().as_str(), format!("ratio {ratio} is less than 1"));
        }
        if let (Some(ratio), Some(min), Some(max)) = (of("maxLimitRequestRatio"), min, max)
            && ratio.milli() * min.milli() > max.milli() * 1000
        {
            let path = one.path.child("maxLimitRequestRatio").key(key);
            let most = millionths(max.milli(), min.milli());
            let detail = format!("ratio {ratio} is greater than max/min = {most}");
            check.invalid(&path, ratio.to_string().as_str(), detail);
        }
        if let (Some(limit), Some(request)) = (limit, request)
            && limit != request
            && !resources::overcommit(key)
        {
            let path = one.path.child("defaultRequest").key(key);
            let detail = format!("default value {limit} must equal to defaultRequest value {request} in {key}");
            check.invalid(&path, request.to_string().as_str(), detail);
        }
    }
}

/// A quotient as Go prints a float with `%f`: six digits, rounded to the nearest.
fn millionths(part: i128, whole: i128) -> String {
    let quotient = (part * 2_000_000 / whole.max(1) + 1) / 2;
    format!("{}.{:06}", quotient / 1_000_000, quotient % 1_000_000)
}

const SCOPES: [&str; 7] = [
    "Terminating",
    "NotTerminating",
    "BestEffort",
    "NotBestEffort",
    "PriorityClass",
    "CrossNamespacePodAffinity",
    "VolumeAttributesClass",
];

/// A ResourceQuota, its metadata apart.
// Models pkg/apis/core/validation ValidateResourceQuotaSpec
pub fn quota(check: &mut Check, object: &Value) {
    let spec = At::of(object, "spec");
    for (name, at) in spec.entries("hard") {
        resources::quota_name(check, name, &at.path);
        resources::amount(check, name, &at);
    }
    let scopes = spec.child("scopes");
    for scope in scopes.clone().items() {
        if !SCOPES.contains(&scope.text()) {
            check.invalid(&scopes.path, scopes.value, "unsupported scope");
        }
        for (name, _) in spec.entries("hard") {
            if resources::is_for_quota(name) && !scope_fits(scope.text(), name) {
                check.invalid(&scopes.path, scopes.value, "unsupported scope applied to resource");
            }
        }
    }
    let has = |name: &str| scopes.value.items().iter().any(|scope| scope.as_str() == Some(name));
    for (one, other) in [("BestEffort", "NotBestEffort"), ("Terminating", "NotTerminating")] {
        if has(one) && has(other) {
            check.invalid(&scopes.path, scopes.value, "conflicting scopes");
        }
    }
    scope_selector(check, &spec);
}

// Models pkg/apis/core/helper IsResourceQuotaScopeValidForResource
fn scope_fits(scope: &str, resource: &str) -> bool {
    let computed = ["cpu", "memory", "limits.cpu", "limits.memory", "requests.cpu", "requests.memory"];
    match scope {
        "BestEffort" => resource == "pods",
        "VolumeAttributesClass" => matches!(resource, "persistentvolumeclaims" | "requests.storage"),
        _ if SCOPES.contains(&scope) => resource == "pods" || computed.contains(&resource),
        _ => true,
    }
}

fn scope_selector(check: &mut Check, spec: &At<'_>) {
    let path = spec.path.child("scopeSelector").child("matchExpressions");
    for one in spec.child("scopeSelector").each("matchExpressions") {
        let (scope, operator) = (one.str("scopeName"), one.str("operator"));
        if !SCOPES.contains(&scope) {
            check.invalid(&path.child("scopeName"), scope, "unsupported scope");
        }
        for (name, _) in spec.entries("hard") {
            if resources::is_for_quota(name) && !scope_fits(scope, name) {
                let shown = goprint::json(spec.child("scopeSelector").value, "ScopeSelector");
                check.invalid(&path, shown, "unsupported scope applied to resource");
            }
        }
        if !matches!(scope, "PriorityClass" | "VolumeAttributesClass")
            && operator != "Exists"
            && SCOPES.contains(&scope)
        {
            let detail = "must be 'Exists' when scope is any of ResourceQuotaScopeTerminating, ResourceQuotaScopeNotTerminating, ResourceQuotaScopeBestEffort, ResourceQuotaScopeNotBestEffort or ResourceQuotaScopeCrossNamespacePodAffinity";
            check.invalid(&path.child("operator"), operator, detail);
        }
        let values = one.child("values");
        match operator {
            "In" | "NotIn" => {
                if values.value.is_empty() {
                    let detail = "must be at least one value when `operator` is 'In' or 'NotIn' for scope selector";
                    check.required(&path.child("values"), detail);
                }
            }
            "Exists" | "DoesNotExist" => {
                if !values.value.is_empty() {
                    let detail = "must be no value when `operator` is 'Exist' or 'DoesNotExist' for scope selector";
                    check.invalid(&path.child("values"), values.value, detail);
                }
            }
            _ => check.invalid(&path.child("operator"), operator, "not a valid selector operator"),
        }
    }
}

/// A quota keeps its scopes.
pub fn quota_update(check: &mut Check, new: &Value, old: &Value) {
    let sorted = |object: &Value| {
        let mut scopes = object.items_at(&["spec", "scopes"]).to_vec();
        scopes.order();
        scopes
    };
    if sorted(new) != sorted(old) {
        let scopes = At::of(new, "spec").child("scopes");
        check.invalid(&scopes.path, scopes.value, "field is immutable");
    }
}

/// A Namespace, its metadata apart.
pub fn namespace(check: &mut Check, object: &Value) {
    let finalizers = At::of(object, "spec").child("finalizers");
    for one in finalizers.clone().items() {
        let name = one.text();
        check.problems(&finalizers.path, name, names::qualified_name(name));
        meta::kube_finalizer(check, name, &finalizers.path);
    }
}

/// A Node, its metadata apart. Upstream names the taints as if they were metadata.
pub fn node(check: &mut Check, object: &Value, old: Option<&Value>) {
    let spec = At::of(object, "spec");
    taints(check, &spec.child("taints"), &Path::of("metadata.taints"));
    let status = At::of(object, "status");
    for field in ["capacity", "allocatable"] {
        for (name, at) in status.entries(field) {
            resources::amount(check, name, &At { value: at.value, path: status.path.child(field).child(name) });
        }
    }
    let ranges = spec.child("podCIDRs");
    let families: Vec<bool> =
        spec.each("podCIDRs").filter_map(|range| check.cidr(&range)).map(|(ip, _)| ip.is_ipv4()).collect();
    let count = ranges.value.items().len();
    if count > 2 || count == 2 && families.len() == 2 && families[0] == families[1] {
        check.invalid(&ranges.path, ranges.value, "may specify no more than one CIDR for each IP family");
    }
    let Some(old) = old else { return };
    for (field, shown) in [("podCIDRs", "podCIDR"), ("providerID", "providerID")] {
        let before = old.at(&["spec", field]).filter(|value| !value.is_empty());
        if before.is_some() && before != spec.value.get(field) {
            let detail = format!("node updates may not change {shown} except from \"\" to valid");
            check.forbidden(&spec.path.child(field), detail);
        }
    }
}

/// A status of a Namespace fits its deletion.
pub fn namespace_status(check: &mut Check, object: &Value) {
    let phase = object.str_at(&["status", "phase"]);
    let (must, when) = if crate::kube::api::meta::is_deleting(object) {
        ("Terminating", "is not empty")
    } else {
        ("Active", "is empty")
    };
    if phase != must {
        let detail = format!("may only be '{must}' if `deletionTimestamp` {when}");
        check.invalid(&Path::of("status.Phase"), phase, detail);
    }
}

/// An Event, its metadata apart.
// Models pkg/apis/core/validation legacyValidateEvent
pub fn event(check: &mut Check, object: &Value) {
    let about = At::of(object, "involvedObject").child("namespace");
    let own = crate::kube::api::meta::namespace(object);
    let fits = if about.text().is_empty() { matches!(own, "" | "default") } else { about.text() == own };
    if !fits {
        check.invalid(&about.path, about.text(), "does not match event.namespace");
    }
}

/// A PriorityClass, its metadata apart.
// Models pkg/apis/scheduling/validation ValidatePriorityClass
pub fn priority_class(check: &mut Check, object: &Value) {
    let name = object.str_at(&["metadata", "name"]);
    let value = object.int_at(&["value"]).unwrap_or_default();
    if name.starts_with("system-") {
        let problem = match name {
            "system-node-critical" if value != 2_000_001_000 => {
                Some(format!("value of {name} PriorityClass must be 2000001000"))
            }
            "system-cluster-critical" if value != 2_000_000_000 => {
                Some(format!("value of {name} PriorityClass must be 2000000000"))
            }
            "system-node-critical" | "system-cluster-critical" => None,
            _ => Some(format!("{name} is not a known system priority class")),
        };
        if let Some(problem) = problem {
            let detail = format!(
                "priority class names with 'system-' prefix are reserved for system use only. error: {problem}"
            );
            check.forbidden(&Path::of("metadata.name"), detail);
        }
    } else if value > 1_000_000_000 {
        check.forbidden(&Path::of("value"), "maximum allowed value of a user defined priority is 1000000000");
    }
    check.one_of_if_set(&At::of(object, "preemptionPolicy"), &["PreemptLowerPriority", "Never"]);
}

/// What a PriorityClass keeps.
pub fn priority_class_update(check: &mut Check, new: &Value, old: &Value) {
    if new.int_at(&["value"]).unwrap_or_default() != old.int_at(&["value"]).unwrap_or_default() {
        check.forbidden(&Path::of("value"), "may not be changed in an update.");
    }
    check.immutable(&Path::of("preemptionPolicy"), new.get("preemptionPolicy"), old.get("preemptionPolicy"));
}

/// A PodDisruptionBudget, its metadata apart.
// Models pkg/apis/policy/validation ValidatePodDisruptionBudgetSpec
pub fn disruption_budget(check: &mut Check, object: &Value) {
    let spec = At::of(object, "spec");
    let (least, most) = (spec.child("minAvailable"), spec.child("maxUnavailable"));
    if least.is_set() && most.is_set() {
        let shown = goprint::json(spec.value, "PodDisruptionBudgetSpec");
        check.invalid(&spec.path, shown, "minAvailable and maxUnavailable cannot be both set");
    }
    for one in [&least, &most] {
        if one.is_set() {
            super::workload::int_or_percent(check, one);
            super::workload::at_most_all(check, one);
        }
    }
    super::affinity::label_selector(check, &spec.child("selector"));
    let policy = spec.child("unhealthyPodEvictionPolicy");
    check.one_of_if_set(&policy, &["AlwaysAllow", "IfHealthyBudget"]);
}

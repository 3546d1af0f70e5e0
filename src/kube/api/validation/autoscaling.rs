//! The rules of HorizontalPodAutoscalers.
// Models pkg/apis/autoscaling/validation

use super::check::{At, Check};
use crate::document::Value;
use crate::kube::api::{Quantity, names};

/// An autoscaler, its metadata apart.
pub fn autoscaler(check: &mut Check, object: &Value) {
    let spec = At::of(object, "spec");
    let (least, most) = (spec.child("minReplicas"), spec.child("maxReplicas"));
    if let Some(number) = least.int().filter(|number| *number < 1) {
        check.invalid(&least.path, number, "must be greater than or equal to 1");
    }
    let limit = most.int().unwrap_or_default();
    if limit < 1 {
        check.required(&most.path, "must be set and greater than 0");
    }
    if least.int().is_some_and(|least| limit < least) {
        check.invalid(&most.path, limit, "must be greater than or equal to `minReplicas`");
    }
    let target = spec.child("scaleTargetRef");
    object_reference(check, &target);
    api_version(check, &target.child("apiVersion"), target.str("kind") == "ReplicationController");
    let metrics = spec.child("metrics");
    metrics.clone().items().for_each(|one| metric(check, &one));
    let wakes = |one: &Value| matches!(one.str_at(&["type"]), "Object" | "External");
    if least.int() == Some(0) && !metrics.value.items().iter().any(wakes) {
        let detail = "must specify at least one Object or External metric to support scaling to zero replicas";
        check.forbidden(&metrics.path, detail);
    }
    for direction in ["scaleUp", "scaleDown"] {
        let rules = spec.child("behavior").child(direction);
        if rules.is_set() {
            scaling_rules(check, &rules);
        }
    }
}

// Models pkg/apis/autoscaling/validation ValidateCrossVersionObjectReference
fn object_reference(check: &mut Check, at: &At<'_>) {
    check.need_name(&at.child("kind"), names::path_segment);
    check.need_name(&at.child("name"), names::path_segment);
}

/// Only what stands in the core group may leave the group out.
// Models pkg/apis/autoscaling/validation ValidateAPIVersion, k8s.io/apimachinery ParseGroupVersion
fn api_version(check: &mut Check, at: &At<'_>, core: bool) {
    let text = at.text();
    if text.matches('/').count() > 1 {
        check.invalid(&at.path, text, format!("unexpected GroupVersion string: {text}"));
    } else if !core && text.split_once('/').is_none_or(|(group, _)| group.is_empty()) {
        check.invalid(&at.path, text, "apiVersion must specify API group");
    }
}

const SOURCES: [(&str, &str); 5] = [
    ("object", "Object"),
    ("external", "External"),
    ("pods", "Pods"),
    ("resource", "Resource"),
    ("containerResource", "ContainerResource"),
];

// Models pkg/apis/autoscaling/validation validateMetricSpec
fn metric(check: &mut Check, at: &At<'_>) {
    let kind = at.child("type");
    if kind.text().is_empty() {
        check.required(&kind.path, "must specify a metric source type");
    }
    let known = ["ContainerResource", "External", "Object", "Pods", "Resource"];
    if !known.contains(&kind.text()) {
        check.unsupported(&kind.path, kind.text(), &known);
    }
    let present: Vec<&str> = SOURCES.iter().map(|(field, _)| *field).filter(|field| at.child(field).is_set()).collect();
    if let Some(first) = present.first() {
        source(check, first, &at.child(first));
    }
    let expected = SOURCES.iter().find(|(_, name)| *name == kind.text()).map_or("", |(field, _)| *field);
    if !expected.is_empty() && !present.contains(&expected) {
        check.required(&at.path.child(expected), "must populate information for the given metric source");
    }
    if present.len() != 1 {
        for other in present.iter().filter(|field| **field != expected) {
            check.forbidden(&at.path.child(other), "must populate the given metric source only");
        }
    }
}

fn source(check: &mut Check, kind: &str, at: &At<'_>) {
    if kind == "object" {
        let described = at.child("describedObject");
        object_reference(check, &described);
        api_version(check, &described.child("apiVersion"), true);
    }
    if matches!(kind, "resource" | "containerResource") {
        if at.str("name").is_empty() {
            check.required(&at.path.child("name"), "must specify a resource name");
        }
        let container = at.child("container");
        if kind == "containerResource" && container.text().is_empty() {
            check.required(&container.path, "must specify a container");
        } else if kind == "containerResource" {
            check.named(&container, names::dns1123_label);
        }
    } else {
        let name = at.child("metric").child("name");
        if name.text().is_empty() {
            check.required(&name.path, "must specify a metric name");
        } else {
            check.named(&name, names::path_segment);
        }
    }
    let target = at.child("target");
    metric_target(check, &target);
    let has = |field: &str| target.child(field).is_set();
    match kind {
        "object" => {
            if !has("value") && !has("averageValue") {
                check.required(&target.path.child("averageValue"), "must set either a target value or averageValue");
            }
        }
        "external" => match (has("value"), has("averageValue")) {
            (false, false) => {
                let detail = "must set either a target value for metric or a per-pod target";
                check.required(&target.path.child("averageValue"), detail);
            }
            (true, true) => {
                let detail = "may not set both a target value for metric and a per-pod target";
                check.forbidden(&target.path.child("value"), detail);
            }
            _ => {}
        },
        "pods" => {
            if !has("averageValue") {
                check.required(&target.path.child("averageValue"), "must specify a positive target averageValue");
            }
        }
        _ => match (has("averageUtilization"), has("averageValue")) {
            (false, false) => {
                let detail = "must set either a target raw value or a target utilization";
                check.required(&target.path.child("averageUtilization"), detail);
            }
            (true, true) => {
                let detail = "may not set both a target raw value and a target utilization";
                check.forbidden(&target.path.child("averageValue"), detail);
            }
            _ => {}
        },
    }
}

// Models pkg/apis/autoscaling/validation validateMetricTarget
fn metric_target(check: &mut Check, at: &At<'_>) {
    let kind = at.child("type");
    if kind.text().is_empty() {
        check.required(&kind.path, "must specify a metric target type");
    }
    if !matches!(kind.text(), "Utilization" | "Value" | "AverageValue") {
        check.invalid(&kind.path, kind.text(), "must be either Utilization, Value, or AverageValue");
    }
    for field in ["value", "averageValue"] {
        let one = at.child(field);
        let quantity = Quantity::of(one.value);
        if one.is_set() && quantity <= Quantity::ZERO {
            check.invalid(&one.path, quantity.to_string().as_str(), "must be positive");
        }
    }
    let share = at.child("averageUtilization");
    if let Some(number) = share.int().filter(|number| *number < 1) {
        check.invalid(&share.path, number, "must be greater than 0");
    }
}

// Models pkg/apis/autoscaling/validation validateScalingRules
fn scaling_rules(check: &mut Check, at: &At<'_>) {
    let window = at.child("stabilizationWindowSeconds");
    if let Some(seconds) = window.int() {
        if seconds < 0 {
            check.invalid(&window.path, seconds, "must be greater than or equal to zero");
        }
        if seconds > 3600 {
            check.invalid(&window.path, seconds, "must be less than or equal to 3600");
        }
    }
    check.one_of_if_set(&at.child("selectPolicy"), &["Disabled", "Max", "Min"]);
    if at.list("policies").is_empty() {
        check.required(&at.path.child("policies"), "must specify at least one Policy");
    }
    for policy in at.each("policies") {
        let kind = policy.child("type");
        if !matches!(kind.text(), "Pods" | "Percent") {
            check.unsupported(&kind.path, kind.text(), &["Percent", "Pods"]);
        }
        let (value, period) = (policy.child("value"), policy.child("periodSeconds"));
        for one in [&value, &period] {
            let number = one.int().unwrap_or_default();
            if number <= 0 {
                check.invalid(&one.path, number, "must be greater than zero");
            }
        }
        if let Some(seconds) = period.int().filter(|seconds| *seconds > 1800) {
            check.invalid(&period.path, seconds, "must be less than or equal to 1800");
        }
    }
    let tolerance = at.child("tolerance");
    let quantity = Quantity::of(tolerance.value);
    if tolerance.is_set() && quantity.is_negative() {
        check.invalid(&tolerance.path, quantity.to_string().as_str(), "must be greater than or equal to 0");
    }
}

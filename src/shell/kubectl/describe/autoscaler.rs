//! HorizontalPodAutoscalers.
// Models k8s.io/kubectl/pkg/describe/describe.go describeHorizontalPodAutoscalerV2

use crate::document::Value;

use super::super::table;
use super::{Page, spoken};

pub(super) fn describe(page: &mut Page, autoscaler: &Value) -> bool {
    page.head(autoscaler);
    page.field(0, "CreationTimestamp", &spoken(autoscaler.str_at(&["metadata", "creationTimestamp"])));
    let kind = autoscaler.str_at(&["spec", "scaleTargetRef", "kind"]);
    page.field(0, "Reference", &format!("{kind}/{}", autoscaler.str_at(&["spec", "scaleTargetRef", "name"])));
    page.field(0, "Metrics", "( current / target )");
    let current = autoscaler.items_at(&["status", "currentMetrics"]);
    for (index, metric) in autoscaler.items_at(&["spec", "metrics"]).iter().enumerate() {
        page.line(1, &metric_line(metric, current.get(index).unwrap_or(&Value::Null)));
    }
    let least = autoscaler.int_at(&["spec", "minReplicas"]).map_or("<unset>".to_owned(), |number| number.to_string());
    page.field(0, "Min replicas", &least);
    page.field(0, "Max replicas", &autoscaler.int_at(&["spec", "maxReplicas"]).unwrap_or_default().to_string());
    if let Some(behavior) = autoscaler.at(&["spec", "behavior"]) {
        page.line(0, "Behavior:");
        for (title, field) in [("Scale Up", "scaleUp"), ("Scale Down", "scaleDown")] {
            direction(page, title, behavior.get(field));
        }
    }
    let status = |field: &str| autoscaler.int_at(&["status", field]).unwrap_or_default();
    let replicas = format!("{} current / {} desired", status("currentReplicas"), status("desiredReplicas"));
    page.field(0, &format!("{kind} pods"), &replicas);
    let conditions = autoscaler.items_at(&["status", "conditions"]);
    if !conditions.is_empty() {
        page.line(0, "Conditions:\n  Type\tStatus\tReason\tMessage");
        page.line(1, "----\t------\t------\t-------");
        for condition in conditions {
            let parts = ["type", "status", "reason", "message"].map(|field| condition.str_at(&[field]));
            page.line(1, &parts.join("\t"));
        }
    }
    true
}

/// `resource cpu on pods  (as a percentage of request):  10% (20m) / 50%`.
fn metric_line(metric: &Value, current: &Value) -> String {
    let text = |value: Option<&Value>| table::number_or_text(value, "<unknown>");
    let part = |field: &str| (metric.get(field).unwrap_or(&Value::Null), current.get(field).unwrap_or(&Value::Null));
    match metric.str_at(&["type"]) {
        "Resource" => {
            let (wanted, have) = part("resource");
            resource_line(&format!("resource {} on pods", wanted.str_at(&["name"])), wanted, have)
        }
        "ContainerResource" => {
            let (wanted, have) = part("containerResource");
            let (name, container) = (wanted.str_at(&["name"]), wanted.str_at(&["container"]));
            resource_line(&format!("resource {name} of container \"{container}\" on pods"), wanted, have)
        }
        "Pods" => {
            let (wanted, have) = part("pods");
            let name = wanted.str_at(&["metric", "name"]);
            let (have, wanted) = (have.at(&["current", "averageValue"]), wanted.at(&["target", "averageValue"]));
            format!("{name:?} on pods:\t{} / {}", text(have), text(wanted))
        }
        "External" => {
            let (wanted, have) = part("external");
            format!("{:?} {}", wanted.str_at(&["metric", "name"]), value_line(wanted, have))
        }
        "Object" => {
            let (wanted, have) = part("object");
            let about = |field: &str| wanted.str_at(&["describedObject", field]);
            let name = wanted.str_at(&["metric", "name"]);
            format!("{name:?} on {}/{} {}", about("kind"), about("name"), value_line(wanted, have))
        }
        other => format!("<unknown metric type {other:?}>"),
    }
}

fn value_line(wanted: &Value, have: &Value) -> String {
    let text = |value: Option<&Value>| table::number_or_text(value, "<unknown>");
    let (title, field) = if wanted.at(&["target", "averageValue"]).is_some() {
        ("target average value", "averageValue")
    } else {
        ("target value", "value")
    };
    format!("({title}):\t{} / {}", text(have.at(&["current", field])), text(wanted.at(&["target", field])))
}

fn resource_line(head: &str, wanted: &Value, have: &Value) -> String {
    let text = |value: Option<&Value>| table::number_or_text(value, "<unknown>");
    if let Some(value) = wanted.at(&["target", "averageValue"]) {
        return format!("{head}:\t{} / {}", text(have.at(&["current", "averageValue"])), text(Some(value)));
    }
    let current = match have.int_at(&["current", "averageUtilization"]) {
        Some(percent) => format!("{percent}% ({})", text(have.at(&["current", "averageValue"]))),
        None => "<unknown>".to_owned(),
    };
    let target =
        wanted.int_at(&["target", "averageUtilization"]).map_or("<auto>".to_owned(), |percent| format!("{percent}%"));
    format!("{head}  (as a percentage of request):\t{current} / {target}")
}

// Models printDirectionBehavior
fn direction(page: &mut Page, title: &str, rules: Option<&Value>) {
    let Some(rules) = rules else { return };
    page.line(1, &format!("{title}:"));
    if let Some(seconds) = rules.int_at(&["stabilizationWindowSeconds"]) {
        page.line(2, &format!("Stabilization Window: {seconds} seconds"));
    }
    let policies = rules.items_at(&["policies"]);
    if policies.is_empty() {
        return;
    }
    let select = rules.str_at(&["selectPolicy"]);
    page.line(2, &format!("Select Policy: {}", if select.is_empty() { "Max" } else { select }));
    page.line(2, "Policies:");
    for policy in policies {
        let number = |field: &str| policy.int_at(&[field]).unwrap_or_default();
        page.line(
            3,
            &format!(
                "- Type: {}\tValue: {}\tPeriod: {} seconds",
                policy.str_at(&["type"]),
                number("value"),
                number("periodSeconds")
            ),
        );
    }
}

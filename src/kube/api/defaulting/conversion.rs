//! Kinds that are served in more than one version: written and read in the client's, stored in ours.
// Models pkg/apis/autoscaling/v1 Convert_v1_HorizontalPodAutoscaler_To_autoscaling_…

use crate::document::Value;
use crate::kube::api::Resource;
use crate::tree;

const OLD: &str = "autoscaling/v1";
/// What the old version has no field for is kept in these annotations.
const ANNOTATIONS: &str = "autoscaling.alpha.kubernetes.io/";

/// Brings an object of any served version into the version that is stored.
pub fn to_stored(resource: Resource, object: &mut Value) {
    if resource != Resource::HORIZONTAL_POD_AUTOSCALERS || object.str_at(&["apiVersion"]) != OLD {
        return;
    }
    object.set(&["apiVersion"], resource.api_version());
    if let Some(share) = object.remove(&["spec", "targetCPUUtilizationPercentage"]) {
        let target = tree!({ "type": "Utilization", "averageUtilization": (share) });
        let metric = tree!({ "type": "Resource", "resource": { "name": "cpu", "target": (target) } });
        object.set(&["spec", "metrics"], tree!([metric]));
    }
    object.remove(&["status"]);
}

/// Shows a stored object in the version that a client asked for.
pub fn from_stored(resource: Resource, object: &mut Value, api_version: &str) {
    if resource != Resource::HORIZONTAL_POD_AUTOSCALERS || api_version != OLD {
        return;
    }
    object.set(&["apiVersion"], OLD);
    let is_cpu = |metric: &Value| {
        metric.str_at(&["resource", "name"]) == "cpu" && metric.str_at(&["resource", "target", "type"]) == "Utilization"
    };
    let metrics = object.remove(&["spec", "metrics"]).unwrap_or_default();
    let (cpu, others): (Vec<Value>, Vec<Value>) = metrics.items().iter().cloned().partition(is_cpu);
    if let Some(share) = cpu.first().and_then(|metric| metric.at(&["resource", "target", "averageUtilization"])) {
        object.set(&["spec", "targetCPUUtilizationPercentage"], share);
    }
    let conditions = object.remove(&["status", "conditions"]).unwrap_or_default();
    let behavior = object.remove(&["spec", "behavior"]).unwrap_or_default();
    for (name, value) in [("metrics", Value::list(others)), ("conditions", conditions), ("behavior", behavior)] {
        if !value.is_empty() {
            object.set(&["metadata", "annotations", &format!("{ANNOTATIONS}{name}")], value.to_string());
        }
    }
    let current = object.remove(&["status", "currentMetrics"]).unwrap_or_default();
    let used = current.items().iter().find(|metric| metric.str_at(&["resource", "name"]) == "cpu");
    if let Some(share) = used.and_then(|metric| metric.at(&["resource", "current", "averageUtilization"])) {
        object.set(&["status", "currentCPUUtilizationPercentage"], share);
    }
    if object.at(&["status", "currentReplicas"]).is_none() {
        object.set(&["status", "currentReplicas"], 0);
    }
}

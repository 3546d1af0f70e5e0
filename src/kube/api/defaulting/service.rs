//! Defaults of Services.

use super::rules::{self, apply, each};
use crate::document::Value;

// Models pkg/apis/core/v1 SetDefaults_Service
pub fn service(object: &mut Value) {
    apply(object, rules::SERVICE);
    let spec = object.at_mut(&["spec"]);
    if spec.str_at(&["sessionAffinity"]) == "ClientIP" {
        apply(spec, "+sessionAffinityConfig.+clientIP.timeoutSeconds = 10800");
    } else {
        spec.remove(&["sessionAffinityConfig"]);
    }
    let kind = spec.str_at(&["type"]).to_owned();
    each(spec, "ports", |port| {
        let target = port.get("targetPort").filter(|target| !matches!(target, Value::Int(0)) && !target.is_empty());
        if target.is_none() {
            let number = port.int_at(&["port"]).unwrap_or_default();
            port.set(&["targetPort"], number);
        }
    });
    let external = matches!(&*kind, "NodePort" | "LoadBalancer");
    let external = external || kind == "ClusterIP" && !spec.items_at(&["externalIPs"]).is_empty();
    if external {
        apply(spec, "externalTrafficPolicy := Cluster");
    }
    if kind != "ExternalName" {
        apply(spec, "internalTrafficPolicy = Cluster");
    }
    if kind == "LoadBalancer" {
        apply(spec, "allocateLoadBalancerNodePorts = true");
    }
}

/// Whether the API server gives this Service an address of its own.
#[must_use]
pub fn needs_cluster_ip(service: &Value) -> bool {
    service.str_at(&["spec", "type"]) != "ExternalName" && service.str_at(&["spec", "clusterIP"]).is_empty()
}

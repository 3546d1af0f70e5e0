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

/// Keeps the one address and the list of addresses the same, whichever of them was written.
// Models pkg/registry/core/service/storage normalizeClusterIPs
pub fn normalize_cluster_ips(new: &mut Value, old: Option<&Value>) {
    let address = |service: &Value| service.str_at(&["spec", "clusterIP"]).to_owned();
    let list = |service: &Value| service.items_at(&["spec", "clusterIPs"]).to_vec();
    let (now, wanted) = (address(new), list(new));
    let alone = || Value::list([Value::from(&now)]);
    let Some(old) = old else {
        if !now.is_empty() && wanted.is_empty() {
            new.set(&["spec", "clusterIPs"], alone());
        }
        return;
    };
    let (was, had) = (address(old), list(old));
    if was == now {
        if !had.is_empty() && wanted.is_empty() {
            new.set(&["spec", "clusterIPs"], had);
        }
    } else if had == wanted {
        if now.is_empty() {
            new.remove(&["spec", "clusterIPs"]);
        } else {
            new.set(&["spec", "clusterIPs"], alone());
        }
    }
}

/// Takes away what only the old type of the Service had use for, where it was not changed.
// Models pkg/registry/core/service dropTypeDependentFields
pub fn drop_type_dependent_fields(new: &mut Value, old: &Value) {
    let kind = |service: &Value| service.str_at(&["spec", "type"]).to_owned();
    let (now, was) = (kind(new), kind(old));
    let has_address = |kind: &str| kind != "ExternalName";
    let has_node_ports = |kind: &str| matches!(kind, "NodePort" | "LoadBalancer");
    let mut gone: Vec<&str> = Vec::new();
    if has_address(&was) && !has_address(&now) {
        gone.extend(["clusterIP", "clusterIPs", "ipFamilies", "ipFamilyPolicy", "internalTrafficPolicy"]);
    }
    if has_node_ports(&was) && !has_node_ports(&now) {
        gone.extend(["externalTrafficPolicy", "healthCheckNodePort"]);
        let ports = |service: &Value| -> Vec<Option<i64>> {
            service.items_at(&["spec", "ports"]).iter().map(|port| port.int_at(&["nodePort"])).collect()
        };
        if ports(new) == ports(old) {
            each(new.at_mut(&["spec"]), "ports", |port| drop(port.remove(&["nodePort"])));
        }
    }
    if was == "LoadBalancer" && now != "LoadBalancer" {
        gone.extend(["allocateLoadBalancerNodePorts", "loadBalancerClass"]);
    }
    for field in gone {
        if new.at(&["spec", field]) == old.at(&["spec", field]) {
            new.remove(&["spec", field]);
        }
    }
}

//! Addresses and ports that the server gives out.
// Models pkg/registry/core/service/storage alloc.go

use super::ApiServer;
use crate::document::Value;
use crate::kube::api::{FieldError, FieldErrorKind, Resource, meta};
use std::collections::BTreeSet;

/// `--service-node-port-range`.
const NODE_PORTS: std::ops::Range<i64> = 30_000..32_768;

impl ApiServer {
    /// What a Service was given before stays with it, unless it says otherwise.
    // Models pkg/registry/core/service/storage patchAllocatedValues
    pub(super) fn keep_allocated(&self, object: &mut Value, resource: Resource, old: &Value) {
        let is_external = |service: &Value| service.str_at(&["spec", "type"]) == "ExternalName";
        if resource != Resource::SERVICES || is_external(object) || is_external(old) {
            return;
        }
        for field in ["clusterIP", "clusterIPs", "ipFamilies", "ipFamilyPolicy"] {
            if object.at(&["spec", field]).is_none_or(Value::is_empty)
                && let Some(kept) = old.at(&["spec", field])
            {
                object.set(&["spec", field], kept);
            }
        }
        let known: Vec<(i64, i64)> = old
            .items_at(&["spec", "ports"])
            .iter()
            .filter_map(|port| Some((port.int_at(&["port"])?, port.int_at(&["nodePort"])?)))
            .collect();
        if wants_node_ports(object) && !known.is_empty() {
            for port in object.at_mut(&["spec", "ports"]).items_mut() {
                let number = port.int_at(&["port"]).unwrap_or_default();
                let kept = known.iter().find(|(port, _)| *port == number);
                if let Some((_, node_port)) = kept.filter(|_| port.int_at(&["nodePort"]).is_none()) {
                    port.set(&["nodePort"], *node_port);
                }
            }
        }
    }

    /// Fills in what a Service is given. Nothing else is allocated. Returns what cannot be given.
    pub(super) fn allocate(&mut self, object: &mut Value, resource: Resource, old: Option<&Value>) -> Vec<FieldError> {
        if resource != Resource::SERVICES {
            return Vec::new();
        }
        if object.str_at(&["spec", "type"]) == "ExternalName" {
            for field in ["clusterIP", "clusterIPs", "ipFamilies", "ipFamilyPolicy"] {
                object.remove(&["spec", field]);
            }
        } else if let Some(refused) = self.allocate_cluster_ip(object, old) {
            return vec![refused];
        }
        let wanted = wants_node_ports(object);
        self.allocate_node_ports(object, wanted, old)
    }

    fn allocate_cluster_ip(&mut self, object: &mut Value, old: Option<&Value>) -> Option<FieldError> {
        let mut address = object.str_at(&["spec", "clusterIP"]).to_owned();
        if address.is_empty() {
            let first = object.items_at(&["spec", "clusterIPs"]).first();
            address = first.and_then(Value::as_str).unwrap_or_default().to_owned();
        }
        let had = old.map(|old| old.str_at(&["spec", "clusterIP"])).unwrap_or_default();
        if address.is_empty() {
            address = self.free_address(meta::namespace(object), meta::name(object));
        } else if address != had && address != "None" {
            let taken = self.services().any(|service| service.str_at(&["spec", "clusterIP"]) == address);
            // `10.96` stands for the default range 10.96.0.0/12; any other prefix for a /16.
            let in_range = match self.settings.service_prefix.as_str() {
                "10.96" => address.starts_with("10.") && (96..112).contains(&second_part(&address)),
                prefix => address.strip_prefix(prefix).is_some_and(|rest| rest.starts_with('.')),
            };
            let detail = if taken {
                "failed to allocate IP {}: provided IP is already allocated"
            } else if in_range {
                ""
            } else {
                "failed to allocate IP {}: the provided network does not match the current range"
            };
            if !detail.is_empty() {
                return Some(FieldError {
                    path: "spec.clusterIPs".to_owned(),
                    kind: FieldErrorKind::Invalid,
                    value: format!("[{address:?}]"),
                    detail: detail.replace("{}", &address),
                });
            }
        }
        object.set(&["spec", "clusterIPs"], vec![Value::text(address.as_str())]);
        object.set(&["spec", "clusterIP"], address);
        if object.items_at(&["spec", "ipFamilies"]).is_empty() {
            object.set(&["spec", "ipFamilies"], vec![Value::text("IPv4")]);
        }
        if object.str_at(&["spec", "ipFamilyPolicy"]).is_empty() {
            object.set(&["spec", "ipFamilyPolicy"], "SingleStack");
        }
        None
    }

    /// An address that no Service has, from the upper part of the range as upstream prefers.
    fn free_address(&mut self, namespace: &str, name: &str) -> String {
        let taken: BTreeSet<String> =
            self.services().map(|service| service.str_at(&["spec", "clusterIP"]).to_owned()).collect();
        let prefix = self.settings.service_prefix.clone();
        let mut dice = self.dice(&format!("clusterIP/{namespace}/{name}"));
        loop {
            let address = format!("{prefix}.{}.{}", 1 + dice.below(254), 1 + dice.below(254));
            if !taken.contains(&address) {
                return address;
            }
        }
    }

    fn allocate_node_ports(&mut self, object: &mut Value, wanted: bool, old: Option<&Value>) -> Vec<FieldError> {
        let own: BTreeSet<i64> = old.map(node_ports).unwrap_or_default();
        let taken: BTreeSet<i64> = self.services().flat_map(node_ports).collect();
        let mut given = taken.clone();
        let mut dice = self.dice(&format!("nodePort/{}/{}", meta::namespace(object), meta::name(object)));
        let mut ports = object.items_at(&["spec", "ports"]).to_vec();
        let mut refused = Vec::new();
        for (index, port) in ports.iter_mut().enumerate() {
            let said = port.int_at(&["nodePort"]).unwrap_or_default();
            if !wanted {
                // A port that has no use here is validation's to refuse.
                continue;
            }
            if said == 0 {
                let span = (NODE_PORTS.end - NODE_PORTS.start).unsigned_abs();
                let free = loop {
                    let number = NODE_PORTS.start + dice.below(span).cast_signed();
                    if given.insert(number) {
                        break number;
                    }
                };
                port.set(&["nodePort"], free);
            } else {
                let detail = if !NODE_PORTS.contains(&said) {
                    "provided port is not in the valid range. The range of valid ports is 30000-32767"
                } else if taken.contains(&said) && !own.contains(&said) {
                    "provided port is already allocated"
                } else {
                    continue;
                };
                refused.push(FieldError {
                    path: format!("spec.ports[{index}].nodePort"),
                    kind: FieldErrorKind::Invalid,
                    value: said.to_string(),
                    detail: detail.to_owned(),
                });
            }
        }
        if !ports.is_empty() {
            object.set(&["spec", "ports"], ports);
        }
        refused
    }

    fn services(&self) -> impl Iterator<Item = &Value> {
        self.etcd
            .iter_from(&crate::kube::api::Key::new(Resource::SERVICES, "", ""))
            .take_while(|(key, _)| key.resource == Resource::SERVICES)
            .map(|(_, object)| &object.value)
    }
}

fn wants_node_ports(service: &Value) -> bool {
    match service.str_at(&["spec", "type"]) {
        "NodePort" => true,
        "LoadBalancer" => {
            service.at(&["spec", "allocateLoadBalancerNodePorts"]).and_then(Value::as_bool).unwrap_or(true)
        }
        _ => false,
    }
}

fn node_ports(service: &Value) -> BTreeSet<i64> {
    service.items_at(&["spec", "ports"]).iter().filter_map(|port| port.int_at(&["nodePort"])).collect()
}

fn second_part(address: &str) -> u32 {
    address.split('.').nth(1).and_then(|part| part.parse().ok()).unwrap_or_default()
}

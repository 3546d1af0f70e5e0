//! Addresses and ports that the server gives out.
// Models pkg/registry/core/service/storage alloc.go

use super::ApiServer;
use crate::document::Value;
use crate::kube::api::{FieldError, FieldErrorKind, Resource, meta, validation};
use crate::sim::Dice;
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

    /// Settles which kinds of addresses a Service has. Returns what does not go together, or is not
    /// there: clusters here have IPv4 alone.
    // Models initIPFamilyFields
    pub(super) fn settle_families(object: &mut Value, resource: Resource, old: Option<&Value>) -> Vec<FieldError> {
        if resource != Resource::SERVICES || object.str_at(&["spec", "type"]) == "ExternalName" {
            return Vec::new();
        }
        let headless = object.str_at(&["spec", "clusterIP"]) == "None";
        let bare = headless && object.at(&["spec", "selector"]).is_none_or(Value::is_empty);
        let mut policy = object.str_at(&["spec", "ipFamilyPolicy"]).to_owned();
        if policy.is_empty() {
            let before = old.map(|old| old.str_at(&["spec", "ipFamilyPolicy"])).filter(|policy| !policy.is_empty());
            // A headless Service that selects nothing is filled in by hand, with addresses of any kind.
            policy = before.unwrap_or(if bare { "RequireDualStack" } else { "SingleStack" }).to_owned();
            object.set(&["spec", "ipFamilyPolicy"], policy.as_str());
        }
        let unfit = validation::service_addresses(object);
        if !unfit.is_empty() {
            return unfit;
        }
        let ips = object.items_at(&["spec", "clusterIPs"]).to_vec();
        let mut families = object.items_at(&["spec", "ipFamilies"]).to_vec();
        let mut refused = Vec::new();
        let mut refuse = |path: String, value: &Value, detail: &str| refused.push(invalid(path, value, detail));
        if policy == "SingleStack" {
            for (list, noun) in [(&ips, "cluster IPs"), (&families, "IP families")] {
                if list.len() == 2 {
                    let detail =
                        format!("must be 'RequireDualStack' or 'PreferDualStack' when multiple {noun} are specified");
                    refuse("spec.ipFamilyPolicy".to_owned(), &policy.as_str().into(), &detail);
                }
            }
        }
        for (index, ip) in ips.iter().filter_map(Value::as_str).enumerate().skip(families.len()) {
            if ip.contains(':') {
                let all = Value::list(ips.iter().cloned());
                refuse(format!("spec.clusterIPs[{index}]"), &all, "IPv6 is not configured on this cluster");
            } else if ip != "None" {
                families.push("IPv4".into());
            }
        }
        if bare && families.is_empty() {
            families.push("IPv4".into());
        }
        if bare && families.len() == 1 && policy != "SingleStack" {
            let other = if families[0].as_str() == Some("IPv4") { "IPv6" } else { "IPv4" };
            families.push(other.into());
        } else if !bare {
            if policy == "RequireDualStack" {
                let detail = "this cluster is not configured for dual-stack services";
                refuse("spec.ipFamilyPolicy".to_owned(), &policy.as_str().into(), detail);
            }
            for (index, family) in families.iter().enumerate().filter(|(_, family)| family.as_str() != Some("IPv4")) {
                refuse(format!("spec.ipFamilies[{index}]"), family, "not configured on this cluster");
            }
        }
        if families.is_empty() {
            families.push("IPv4".into());
        }
        if refused.is_empty() {
            object.set(&["spec", "ipFamilies"], families);
        }
        refused
    }

    /// Fills in what a Service is given. Nothing else is allocated. Returns what cannot be given.
    pub(super) fn allocate(&mut self, object: &mut Value, resource: Resource, old: Option<&Value>) -> Vec<FieldError> {
        if resource != Resource::SERVICES {
            return Vec::new();
        }
        let has_address = object.str_at(&["spec", "type"]) != "ExternalName";
        if has_address && let Some(refused) = self.allocate_cluster_ip(object, old) {
            return vec![refused];
        }
        let refused = self.allocate_node_ports(object, old);
        self.allocate_health_check(object);
        refused.into_iter().collect()
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
                "provided IP is already allocated"
            } else if in_range {
                ""
            } else {
                "the provided network does not match the current range"
            };
            if !detail.is_empty() {
                let value = Value::list([Value::text(address.as_str())]);
                let detail = format!("failed to allocate IP {address}: {detail}");
                return Some(invalid("spec.clusterIPs".to_owned(), &value, &detail));
            }
        }
        object.set(&["spec", "clusterIPs"], vec![Value::text(address.as_str())]);
        object.set(&["spec", "clusterIP"], address);
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

    /// Gives ports of nodes to those that want some. Returns the first that cannot be given.
    // Models initNodePorts, updateNodePorts
    fn allocate_node_ports(&mut self, object: &mut Value, old: Option<&Value>) -> Option<FieldError> {
        let kind = object.str_at(&["spec", "type"]);
        if !matches!(kind, "NodePort" | "LoadBalancer") {
            // A port that has no use here is validation's to refuse.
            return None;
        }
        let gives = wants_node_ports(object);
        let own: BTreeSet<i64> = old.map(node_ports).unwrap_or_default();
        let mut taken: BTreeSet<i64> =
            self.services().flat_map(node_ports).filter(|port| !own.contains(port)).collect();
        let mut dice = self.dice(&format!("nodePort/{}/{}", meta::namespace(object), meta::name(object)));
        let mut ports = object.items_at(&["spec", "ports"]).to_vec();
        let asked: Vec<(i64, i64)> = ports
            .iter()
            .map(|port| (port.int_at(&["port"]).unwrap_or_default(), port.int_at(&["nodePort"]).unwrap_or_default()))
            .collect();
        // What one Service serves under the same number, by two protocols, is one port of the node.
        let mut shared: Vec<(i64, i64)> = Vec::new();
        for (index, port) in ports.iter_mut().enumerate() {
            let (number, said) = asked[index];
            if said == 0 && !gives {
                continue;
            }
            let same = shared.iter().find(|(port, _)| *port == number).map(|(_, given)| *given);
            let wish = asked.iter().find(|(port, wish)| *port == number && *wish != 0).map(|(_, wish)| *wish);
            let given = match (said, same.or(wish)) {
                (0, Some(given)) => given,
                (0, None) => free_port(&mut dice, &taken, &own),
                (said, _) => said,
            };
            let detail = if Some(given) == same {
                ""
            } else if !NODE_PORTS.contains(&given) {
                "provided port is not in the valid range. The range of valid ports is 30000-32767"
            } else if !taken.insert(given) && !own.contains(&given) {
                "provided port is already allocated"
            } else {
                ""
            };
            if !detail.is_empty() {
                return Some(invalid(format!("spec.ports[{index}].nodePort"), &given.into(), detail));
            }
            shared.push((number, given));
            port.set(&["nodePort"], given);
        }
        if !ports.is_empty() {
            object.set(&["spec", "ports"], ports);
        }
        None
    }

    /// A load balancer that only goes where a Pod is asks each node on a port of its own.
    // Models allocHealthCheckNodePort
    fn allocate_health_check(&mut self, object: &mut Value) {
        let spec = |field: &str| object.str_at(&["spec", field]);
        let needed = spec("type") == "LoadBalancer" && spec("externalTrafficPolicy") == "Local";
        if !needed || object.int_at(&["spec", "healthCheckNodePort"]).unwrap_or_default() != 0 {
            return;
        }
        let mut dice = self.dice(&format!("healthCheck/{}/{}", meta::namespace(object), meta::name(object)));
        let taken: BTreeSet<i64> = self.services().flat_map(node_ports).chain(node_ports(object)).collect();
        object.set(&["spec", "healthCheckNodePort"], free_port(&mut dice, &taken, &BTreeSet::new()));
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
    let health = service.int_at(&["spec", "healthCheckNodePort"]);
    service.items_at(&["spec", "ports"]).iter().filter_map(|port| port.int_at(&["nodePort"])).chain(health).collect()
}

fn free_port(dice: &mut Dice, taken: &BTreeSet<i64>, own: &BTreeSet<i64>) -> i64 {
    let span = (NODE_PORTS.end - NODE_PORTS.start).unsigned_abs();
    loop {
        let number = NODE_PORTS.start + dice.below(span).cast_signed();
        if !taken.contains(&number) && !own.contains(&number) {
            return number;
        }
    }
}

fn invalid(path: String, value: &Value, detail: &str) -> FieldError {
    FieldError { path, kind: FieldErrorKind::Invalid, value: value.to_string(), detail: detail.to_owned() }
}

fn second_part(address: &str) -> u32 {
    address.split('.').nth(1).and_then(|part| part.parse().ok()).unwrap_or_default()
}

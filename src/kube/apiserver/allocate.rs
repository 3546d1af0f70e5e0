//! Addresses and ports that the server gives out.
// Models pkg/registry/core/service/storage alloc.go

use super::ApiServer;
use crate::document::Value;
use crate::kube::api::{ApiError, Resource, meta};
use std::collections::BTreeSet;

/// `--service-node-port-range`.
const NODE_PORTS: std::ops::Range<i64> = 30_000..32_768;

impl ApiServer {
    /// Fills in what a Service is given. Nothing else is allocated.
    pub(super) fn allocate(
        &mut self,
        object: &mut Value,
        resource: Resource,
        old: Option<&Value>,
    ) -> Result<(), ApiError> {
        if resource != Resource::SERVICES {
            return Ok(());
        }
        let kind = object.str_at(&["spec", "type"]).to_owned();
        if kind == "ExternalName" {
            for field in ["clusterIP", "clusterIPs", "ipFamilies", "ipFamilyPolicy"] {
                object.remove(&["spec", field]);
            }
        } else {
            self.allocate_cluster_ip(object, old);
        }
        self.allocate_node_ports(object, matches!(&*kind, "NodePort" | "LoadBalancer"));
        Ok(())
    }

    fn allocate_cluster_ip(&mut self, object: &mut Value, old: Option<&Value>) {
        let mut address = object.str_at(&["spec", "clusterIP"]).to_owned();
        if address.is_empty() {
            address =
                object.items_at(&["spec", "clusterIPs"]).first().and_then(Value::as_str).unwrap_or_default().to_owned();
        }
        if address.is_empty()
            && let Some(old) = old
        {
            address = old.str_at(&["spec", "clusterIP"]).to_owned();
        }
        if address.is_empty() {
            address = self.free_address(meta::namespace(object), meta::name(object));
        }
        object.set(&["spec", "clusterIPs"], vec![Value::text(address.as_str())]);
        object.set(&["spec", "clusterIP"], address);
        if object.items_at(&["spec", "ipFamilies"]).is_empty() {
            object.set(&["spec", "ipFamilies"], vec![Value::text("IPv4")]);
        }
        if object.str_at(&["spec", "ipFamilyPolicy"]).is_empty() {
            object.set(&["spec", "ipFamilyPolicy"], "SingleStack");
        }
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

    fn allocate_node_ports(&mut self, object: &mut Value, wanted: bool) {
        let ports = object.items_at(&["spec", "ports"]).to_vec();
        if ports.is_empty() {
            return;
        }
        let taken: BTreeSet<i64> = self
            .services()
            .flat_map(|service| service.items_at(&["spec", "ports"]))
            .filter_map(|port| port.int_at(&["nodePort"]))
            .collect();
        let mut dice = self.dice(&format!("nodePort/{}/{}", meta::namespace(object), meta::name(object)));
        let mut given = taken;
        let ports = ports.into_iter().map(|mut port| {
            if !wanted {
                port.remove(&["nodePort"]);
            } else if port.int_at(&["nodePort"]).unwrap_or_default() == 0 {
                let span = (NODE_PORTS.end - NODE_PORTS.start).unsigned_abs();
                let free = loop {
                    let number = NODE_PORTS.start + dice.below(span).cast_signed();
                    if given.insert(number) {
                        break number;
                    }
                };
                port.set(&["nodePort"], free);
            }
            port
        });
        let ports: Vec<Value> = ports.collect();
        object.set(&["spec", "ports"], ports);
    }

    fn services(&self) -> impl Iterator<Item = &Value> {
        self.etcd
            .iter_from(&crate::kube::api::Key::new(Resource::SERVICES, "", ""))
            .take_while(|(key, _)| key.resource == Resource::SERVICES)
            .map(|(_, object)| &object.value)
    }
}

//! What Services become on a node: which Pods a request to a Service's address reaches.
//!
//! Every node has the same rules, so they are computed from the snapshot when somebody asks; the
//! delay with which a real kube-proxy follows is not simulated.
//!
//! `dns` answers names, `policy` says which connections are allowed, `path` follows one request
//! from its client to a program, `traffic` counts clients that send many, `wires` lets programs use
//! that path and `outside` a laptop. `rules` prints what kube-proxy has written into the kernel.
//!
//! Invariant: nothing here changes what is stored.
// Models pkg/proxy/serviceport.go, endpoint.go, topology.go CategorizeEndpoints

pub mod dns;
pub mod ingress;
pub mod outside;
pub mod path;
pub mod policy;
pub mod rules;
pub mod traffic;
mod wires;

pub use wires::Wires;

use crate::document::InOrder as _;
use crate::document::Value;
use crate::kube::Snapshot;
use crate::kube::api::{Key, Resource, meta};
use crate::kube::controller::endpointslice::slices_of;
use crate::sim::Dice;
use std::rc::Rc;

/// One place where a request can arrive.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub struct Endpoint {
    /// The address.
    pub address: Rc<str>,
    /// The port there.
    pub port: i64,
    /// The Pod.
    pub pod: Key,
    /// Its node.
    pub node: Rc<str>,
    /// Its zone; empty if it has none.
    pub zone: Rc<str>,
}

/// What happens to requests to one port of a Service.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Rule {
    /// The Service's address; empty for a headless one, whose name means the Pods themselves.
    pub address: Rc<str>,
    /// The port's name; often empty.
    pub name: Rc<str>,
    /// `TCP`, `UDP` or `SCTP`.
    pub protocol: Rc<str>,
    /// The Service's port.
    pub port: i64,
    /// The port on every node, if it has one.
    pub node_port: Option<i64>,
    /// Where requests go, each as likely as the others; none means that they are refused.
    pub endpoints: Vec<Endpoint>,
}

/// The rules of one Service.
#[must_use]
pub fn resolve(seen: &Snapshot<'_>, service: &Value) -> Vec<Rule> {
    let address = match service.str_at(&["spec", "clusterIP"]) {
        "None" => "",
        address => address,
    };
    let rule = |port: &Value| {
        let name = port.str_at(&["name"]);
        Rule {
            address: address.into(),
            name: name.into(),
            protocol: port.str_at(&["protocol"]).into(),
            port: port.int_at(&["port"]).unwrap_or_default(),
            node_port: port.int_at(&["nodePort"]).filter(|port| *port > 0),
            endpoints: endpoints(seen, service, name),
        }
    };
    service.items_at(&["spec", "ports"]).iter().map(rule).collect()
}

/// Goes through every endpoint of a Service, with the ports of its slice.
fn endpoints_of(seen: &Snapshot<'_>, service: &Value, mut visit: impl FnMut(&Value, &[Value])) {
    for slice in slices_of(service, seen) {
        let ports = slice.items_at(&["ports"]);
        for endpoint in slice.items_at(&["endpoints"]) {
            visit(endpoint, ports);
        }
    }
}

/// The endpoints of a port: the ready ones; without any, those that still serve while they end.
fn endpoints(seen: &Snapshot<'_>, service: &Value, port_name: &str) -> Vec<Endpoint> {
    let of = |accept: fn(&Value) -> bool| -> Vec<Endpoint> {
        let mut found = Vec::new();
        for slice in slices_of(service, seen) {
            let ports = slice.items_at(&["ports"]).iter();
            for port in ports.filter(|port| port.str_at(&["name"]) == port_name) {
                let number = port.int_at(&["port"]).unwrap_or_default();
                let accepted = slice.items_at(&["endpoints"]).iter().filter(|endpoint| accept(endpoint));
                found.extend(accepted.map(|endpoint| of_slice(endpoint, number, meta::namespace(service))));
            }
        }
        found.order();
        found.dedup();
        found
    };
    let ready = of(|endpoint| endpoint.is_true_at(&["conditions", "ready"]));
    if !ready.is_empty() {
        return ready;
    }
    of(|endpoint| {
        endpoint.is_true_at(&["conditions", "serving"]) && endpoint.is_true_at(&["conditions", "terminating"])
    })
}

fn of_slice(endpoint: &Value, port: i64, namespace: &str) -> Endpoint {
    let address = endpoint.items_at(&["addresses"]).first().and_then(Value::as_str).unwrap_or_default();
    Endpoint {
        address: address.into(),
        port,
        pod: Key::new(Resource::PODS, namespace, endpoint.str_at(&["targetRef", "name"])),
        node: endpoint.str_at(&["nodeName"]).into(),
        zone: endpoint.str_at(&["zone"]).into(),
    }
}

impl Rule {
    /// Where the `nth` request of `client` goes: the same request always goes the same way.
    #[must_use]
    pub fn choose(&self, seed: u64, client: &str, nth: u64) -> Option<&Endpoint> {
        let port = self.port.to_string();
        let mut dice = Dice::new(seed, &["request", client, &self.address, &port], nth);
        let throw = usize::try_from(dice.below(self.endpoints.len() as u64)).unwrap_or_default();
        self.endpoints.get(throw)
    }
}

//! Requests from outside the cluster, as `curl` on a laptop sends them. They take the path that is
//! computed, and ask the API server nothing: a Service answers while the control plane is down.

use super::Wires;
use super::path::{self, End, From, Net};
use crate::document::Value;
use crate::kube::Cluster;
use crate::kube::api::{Key, Resource};
use crate::kube::program::{Failure, http};
use crate::sim::SimTime;
use crate::tree;
use std::rc::Rc;

/// The address of the learner's own machine.
// Source: RFC 5737, TEST-NET-3.
pub const LAPTOP: &str = "203.0.113.10";

/// A request from outside.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Outbound {
    /// Name or address.
    pub host: Rc<str>,
    /// Port.
    pub port: i64,
    /// The how-manieth request of this client it is.
    pub nth: u64,
    /// What is asked.
    pub request: http::Request,
}

impl Cluster {
    /// Carries a request from outside. The answer has `status`, `headers` and `body`; or `failure`:
    /// `UnknownName`, `Refused`, `TimedOut`, `Unreachable`.
    pub fn fetch(&mut self, now: SimTime, asked: &Outbound) -> Value {
        let seed = self.settings().seed;
        self.with_runtime(now, |runtime, seen| {
            let from = From {
                pod: None,
                address: LAPTOP.into(),
                node: "".into(),
                resolver: "",
                nth: asked.nth,
                host: &asked.request.host,
                path: &asked.request.path,
            };
            let traced = path::trace(Net { seen, runtime }, &from, &asked.host, asked.port);
            let failure = |failure: Failure| tree!({ "failure": (format!("{failure:?}")) });
            match &traced.end {
                End::Stopped(why) => failure(*why),
                End::Status(status) => {
                    let body = format!("{status} {}\n", http::reason(*status));
                    response_tree(&http::Response::new(*status, "nginx", "text/html", body))
                }
                End::ApiServer | End::Outside => {
                    let body = format!("This stands in for {}.\n", asked.host);
                    response_tree(&http::Response::new(200, "", "text/plain", body))
                }
                End::Pod { uid, port, .. } => {
                    let wires = Wires { seen };
                    runtime.catch_up(uid, now, &wires, seed);
                    let mut request = asked.request.clone();
                    request.client = client_seen(seen, &traced).into();
                    match runtime.serve(uid, *port, &request, now, &wires, seed) {
                        Some(response) => response_tree(&response),
                        None => failure(Failure::Refused),
                    }
                }
            }
        })
    }
}

/// Whom the Pod sees: with `externalTrafficPolicy: Cluster` a node stands in for the client.
fn client_seen(seen: &crate::kube::Snapshot<'_>, traced: &path::Trace) -> String {
    let about = |resource: Resource| {
        traced.hops.iter().filter_map(|hop| hop.about.as_ref()).find(|key| key.resource == resource)
    };
    let service = about(Resource::SERVICES).and_then(|key| seen.get(key));
    if service.is_none_or(|service| service.str_at(&["spec", "externalTrafficPolicy"]) == "Local") {
        return LAPTOP.to_owned();
    }
    let of = |node: &Value| {
        let addresses = node.items_at(&["status", "addresses"]);
        addresses
            .iter()
            .find(|address| address.str_at(&["type"]) == "InternalIP")
            .map(|it| it.str_at(&["address"]).to_owned())
    };
    let entered = about(Resource::NODES).and_then(|key| seen.get(key)).and_then(|node| of(node));
    entered
        .or_else(|| seen.list(Resource::NODES, "").next().and_then(|node| of(node)))
        .unwrap_or_else(|| LAPTOP.to_owned())
}

/// What a name means out here: a node's, or a load balancer's. Names that the cluster's own DNS
/// knows mean nothing outside.
#[must_use]
pub(super) fn known_outside(seen: &crate::kube::Snapshot<'_>, host: &str) -> Option<Rc<str>> {
    let node = seen.get(&Key::new(Resource::NODES, "", host));
    let address = node.and_then(|node| {
        let mut addresses = node.items_at(&["status", "addresses"]).iter();
        let inner = addresses.find(|address| address.str_at(&["type"]) == "InternalIP");
        inner.map(|address| Rc::from(address.str_at(&["address"])))
    });
    let is_balancer = |service: &Value| {
        let mut balancers = service.items_at(&["status", "loadBalancer", "ingress"]).iter();
        balancers.any(|ingress| ingress.str_at(&["hostname"]) == host)
    };
    address.or_else(|| seen.list(Resource::SERVICES, "").any(|service| is_balancer(service)).then(|| host.into()))
}

fn response_tree(response: &http::Response) -> Value {
    crate::kube::streaming::response_tree(response)
}

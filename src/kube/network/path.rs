//! The path of a request: from the client through names, Services, nodes and policies to a program.
//!
//! Invariant: a path is computed, never remembered: the same world, client and count give the same.
// Models pkg/proxy/iptables/proxier.go, pkg/proxy/topology.go CategorizeEndpoints

use super::dns::{self, Resolver};
use super::policy::{self, Direction, Peer, Port, Verdict};
use super::{Endpoint, ingress, of_slice, outside};
use crate::document::Value;
use crate::kube::Snapshot;
use crate::kube::api::{Key, Object, Resource, meta};
use crate::kube::controller::endpointslice::slices_of;
use crate::kube::controller::service::INGRESS_ADDRESS;
use crate::kube::program::{Failure, Runtime};
use crate::sim::{Dice, Reason};
use std::rc::Rc;

/// Where a request comes from.
#[derive(Clone, Debug)]
pub struct From<'a> {
    /// The Pod, if it comes from one.
    pub pod: Option<&'a Key>,
    /// Its address.
    pub address: Rc<str>,
    /// The node that it is on; empty outside the cluster.
    pub node: Rc<str>,
    /// `/etc/resolv.conf`; empty outside the cluster.
    pub resolver: &'a str,
    /// The how-manieth request of this client it is.
    pub nth: u64,
    /// The `Host` header, where it is an HTTP request; empty for the name that is called.
    pub host: &'a str,
    /// The path, where it is an HTTP request.
    pub path: &'a str,
}

/// One place on a path, with what was decided there.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Hop {
    /// The object, where it is one.
    pub about: Option<Key>,
    /// What was decided, as data: the message `why-CODE` puts it into words.
    pub note: Reason,
}

/// Where a path ends.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum End {
    /// At a Pod's port, which somebody listens on.
    Pod {
        /// The Pod's uid.
        uid: Rc<str>,
        /// Its key.
        key: Key,
        /// Its address.
        address: Rc<str>,
        /// The port.
        port: i64,
    },
    /// At the API server.
    ApiServer,
    /// Somewhere in the world outside.
    Outside,
    /// At an ingress controller, which answers by itself with this status.
    Status(i64),
    /// It got no further.
    Stopped(Failure),
}

/// A whole path.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Trace {
    /// Every place, in order.
    pub hops: Vec<Hop>,
    /// Where it ends.
    pub end: End,
}

/// What paths are computed from.
#[derive(Clone, Copy)]
pub struct Net<'a> {
    /// The cluster.
    pub seen: &'a Snapshot<'a>,
    /// What runs in it.
    pub runtime: &'a Runtime,
}

struct Walk<'a> {
    net: Net<'a>,
    from: &'a From<'a>,
    hops: Vec<Hop>,
}

/// Follows a request to `host` and `port`.
#[must_use]
pub fn trace(net: Net<'_>, from: &From<'_>, host: &str, port: i64) -> Trace {
    let mut walk = Walk { net, from, hops: Vec::new() };
    let end = match walk.address_of(host) {
        Ok(address) if *address == *INGRESS_ADDRESS => {
            walk.to_ingress(if from.host.is_empty() { host } else { from.host })
        }
        Ok(address) => walk.to_address(&address, port),
        Err(failure) => End::Stopped(failure),
    };
    Trace { hops: walk.hops, end }
}

/// Follows a request that has already been sent to a Service, as an ingress controller does.
#[must_use]
pub fn to_service(net: Net<'_>, from: &From<'_>, service: &Key, port: &Value) -> Trace {
    let mut walk = Walk { net, from, hops: Vec::new() };
    let end = match net.seen.get(service) {
        None => {
            walk.hop(Some(service.clone()), Reason::new("path-no-service"));
            End::Stopped(Failure::Refused)
        }
        Some(object) => {
            let ports = object.items_at(&["spec", "ports"]).iter();
            let found = ports.filter(|candidate| match port {
                Value::Int(number) => candidate.int_at(&["port"]) == Some(*number),
                name => Some(candidate.str_at(&["name"])) == name.as_str(),
            });
            match found.clone().next() {
                Some(port) => walk.through(object, port, Entry::Inside),
                None => End::Stopped(Failure::Refused),
            }
        }
    };
    Trace { hops: walk.hops, end }
}

/// How a request came to a Service.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Entry<'a> {
    /// By its own address.
    Inside,
    /// By a node's port, or from a load balancer: at this node; empty for any.
    Node(&'a str),
}

impl Walk<'_> {
    fn hop(&mut self, about: Option<Key>, note: Reason) {
        self.hops.push(Hop { about, note });
    }

    fn stop(&mut self, about: Option<Key>, note: Reason, failure: Failure) -> End {
        self.hop(about, note);
        End::Stopped(failure)
    }

    /// The address of a host, by its name if it is one.
    fn address_of(&mut self, host: &str) -> Result<Rc<str>, Failure> {
        if host == "localhost" || host.starts_with("127.") {
            return Ok(self.from.address.clone());
        }
        if policy::within("0.0.0.0/0", host) {
            return Ok(host.into());
        }
        // Outside, the names of Ingresses are taken to point at the ingress controller.
        let is_ingress = ingress::knows(self.net.seen, host) || ingress::is_balanced(self.net.seen, host);
        if self.from.pod.is_none() && is_ingress {
            self.hop(None, Reason::new("path-dns").with("name", host).with("address", INGRESS_ADDRESS));
            return Ok(INGRESS_ADDRESS.into());
        }
        if self.from.pod.is_none()
            && let Some(address) = outside::known_outside(self.net.seen, host)
        {
            return Ok(address);
        }
        let is_inner = self.from.resolver.is_empty() && host.to_ascii_lowercase().ends_with(".cluster.local");
        if is_inner {
            self.hop(None, Reason::new("path-dns-unknown").with("name", host));
            return Err(Failure::UnknownName);
        }
        let resolver = Resolver::parse(self.from.resolver);
        if let Some(pod) = self.source() {
            let server = resolver.servers.first().cloned().unwrap_or_default();
            let dns = dns_pod();
            let peer = Peer { pod: Some(&dns), address: &server };
            let port = Port { number: 53, protocol: "UDP", of: None };
            if let Verdict::Denied(policies) = policy::decide(self.net.seen, pod, Direction::Egress, peer, port) {
                let note = Reason::new("path-dns-denied").with("policy", joined(&policies)).with("name", host);
                let about = policies.first().map(|name| policy_key(pod, name));
                self.hop(about, note);
                return Err(Failure::TimedOut);
            }
        }
        match dns::lookup(self.net.seen, &resolver, host) {
            Some(record) => {
                let nth = self.from.nth as usize % record.addresses.len().max(1);
                let address = record.addresses.get(nth).cloned().unwrap_or_default();
                let note = Reason::new("path-dns").with("name", record.name).with("address", &*address);
                self.hop(record.service, note);
                Ok(address)
            }
            None => {
                self.hop(None, Reason::new("path-dns-unknown").with("name", host));
                Err(Failure::UnknownName)
            }
        }
    }

    fn source(&self) -> Option<&'_ Rc<Object>> {
        self.from.pod.and_then(|key| self.net.seen.get(key))
    }

    fn to_address(&mut self, address: &str, port: i64) -> End {
        if *address == *self.from.address && self.from.pod.is_some() {
            return self.local(port);
        }
        let is_outside = self.from.pod.is_none() && self.from.node.is_empty();
        if is_outside && (policy::within("10.96.0.0/12", address) || policy::within("10.244.0.0/16", address)) {
            return self.stop(None, Reason::new("path-inside-only").with("address", address), Failure::TimedOut);
        }
        if self.net.runtime.addresses.contains_key(address) {
            let endpoint = self.endpoint_at(address, port);
            return self.to_endpoint(&endpoint, address);
        }
        let seen = self.net.seen;
        for service in seen.list(Resource::SERVICES, "") {
            let is_outer = is_outer_address(service, address);
            if !is_outer && service.str_at(&["spec", "clusterIP"]) != address {
                continue;
            }
            let ports = service.items_at(&["spec", "ports"]);
            let Some(found) = ports.iter().find(|candidate| candidate.int_at(&["port"]) == Some(port) || port == 0)
            else {
                let note = Reason::new("path-no-port").with("port", port);
                return self.stop(meta::key(service), note, Failure::TimedOut);
            };
            if is_outer {
                self.hop(meta::key(service), Reason::new("path-load-balancer").with("address", address));
                return self.through(service, found, Entry::Node(""));
            }
            return self.through(service, found, Entry::Inside);
        }
        for node in seen.list(Resource::NODES, "") {
            let addresses = node.items_at(&["status", "addresses"]);
            if addresses.iter().any(|known| known.str_at(&["address"]) == address) {
                return self.to_node(node, address, port);
            }
        }
        if address.starts_with("198.51.100.") {
            return self.leave(address, port);
        }
        let is_pods = policy::within("10.244.0.0/16", address);
        let failure = if is_pods { Failure::Unreachable } else { Failure::TimedOut };
        self.stop(None, Reason::new("path-nobody").with("address", address), failure)
    }

    /// To the ingress controller, which asks a Service's endpoints itself.
    fn to_ingress(&mut self, host: &str) -> End {
        let path = if self.from.path.is_empty() { "/" } else { self.from.path };
        let Some(fit) = ingress::find(self.net.seen, host, path) else {
            self.hop(None, Reason::new("path-ingress-none").with("host", host).with("path", path));
            return End::Status(404);
        };
        let note =
            Reason::new("path-ingress").with("host", host).with("path", path).with("service", &*fit.service.name);
        self.hop(Some(fit.ingress), note);
        let traced = to_service(self.net, self.from, &fit.service, &fit.port);
        self.hops.extend(traced.hops);
        match traced.end {
            End::Stopped(_) => End::Status(503),
            end => end,
        }
    }

    /// To the world outside, if the Pod may.
    fn leave(&mut self, address: &str, port: i64) -> End {
        if let Some(pod) = self.source() {
            let port = Port { number: port, protocol: "TCP", of: None };
            let verdict = policy::decide(self.net.seen, pod, Direction::Egress, Peer { pod: None, address }, port);
            let key = meta::key(pod);
            if let Some(end) = self.judged(verdict, key, Direction::Egress) {
                return end;
            }
        }
        self.hop(None, Reason::new("path-outside").with("address", address));
        End::Outside
    }

    /// The Pod itself.
    fn local(&mut self, port: i64) -> End {
        let Some(key) = self.from.pod.cloned() else { return End::Stopped(Failure::Refused) };
        let uid: Rc<str> = self.net.seen.get(&key).map(|pod| meta::uid(pod).into()).unwrap_or_default();
        self.listener(uid, key, self.from.address.clone(), port)
    }

    fn endpoint_at(&self, address: &str, port: i64) -> Endpoint {
        let uid = self.net.runtime.addresses.get(address).cloned().unwrap_or_default();
        let process = self.net.runtime.of_pod(&uid).next();
        let (pod, node) = process
            .map(|(_, process)| (process.facts.pod.clone(), process.facts.node.clone()))
            .unwrap_or_else(|| (Key::new(Resource::PODS, "", ""), "".into()));
        Endpoint { address: address.into(), port, pod, node, zone: "".into() }
    }

    /// A node's own address: a node port, or a Pod that shares the node's network.
    fn to_node(&mut self, node: &Object, address: &str, port: i64) -> End {
        let key = meta::key(node);
        let name: Rc<str> = meta::name(node).into();
        self.hop(key.clone(), Reason::new("path-node").with("node", &*name));
        let seen = self.net.seen;
        for service in seen.list(Resource::SERVICES, "") {
            let ports = service.items_at(&["spec", "ports"]);
            if let Some(found) = ports.iter().find(|candidate| candidate.int_at(&["nodePort"]) == Some(port)) {
                return self.through(service, found, Entry::Node(&name));
            }
        }
        let runtime = self.net.runtime;
        let listener =
            runtime.iter().find(|(_, process)| *process.facts.address == *address && process.listens(port, seen.now));
        match listener {
            Some((id, process)) => {
                let (uid, pod) = (id.pod.clone(), process.facts.pod.clone());
                self.listener(uid, pod, address.into(), port)
            }
            None => self.stop(key, Reason::new("path-not-listening").with("port", port), Failure::Refused),
        }
    }

    /// Through a Service to one of its endpoints.
    fn through(&mut self, service: &Object, port: &Value, entry: Entry<'_>) -> End {
        let key = meta::key(service);
        let number = port.int_at(&["port"]).unwrap_or_default();
        let name = port.str_at(&["name"]);
        let chosen = self.choose(service, name, entry);
        let (all, ready) = (chosen.all, chosen.usable);
        let Some(endpoint) = chosen.endpoint else {
            if meta::name(service) == "kubernetes" && meta::namespace(service) == "default" {
                self.hop(key, Reason::new("path-api-server"));
                return End::ApiServer;
            }
            let is_local = chosen.elsewhere > 0;
            let note = if is_local {
                Reason::new("path-no-local-endpoint").with("port", number).with("all", all)
            } else {
                Reason::new("path-no-endpoint").with("port", number).with("all", all)
            };
            // What kube-proxy drops goes without an answer; what has no endpoint at all is rejected.
            return self.stop(key, note, if is_local { Failure::TimedOut } else { Failure::Refused });
        };
        if endpoint.pod.name.is_empty() && meta::name(service) == "kubernetes" {
            self.hop(key, Reason::new("path-api-server"));
            return End::ApiServer;
        }
        let note =
            Reason::new("path-service").with("port", number).with("ready", ready).with("address", &*endpoint.address);
        self.hop(key, note);
        // From a node's port the client's address is hidden, unless the policy is Local.
        let address = endpoint.address.clone();
        self.to_endpoint(&endpoint, &address)
    }

    /// One endpoint of those that may be used.
    fn choose(&self, service: &Object, port_name: &str, entry: Entry<'_>) -> Chosen {
        let local_node = match entry {
            Entry::Inside if service.str_at(&["spec", "internalTrafficPolicy"]) == "Local" => Some(&*self.from.node),
            Entry::Node(node) if service.str_at(&["spec", "externalTrafficPolicy"]) == "Local" => Some(node),
            _ => None,
        };
        // A load balancer asks only nodes that have an endpoint, by their health check.
        let local_node = local_node.filter(|node| !node.is_empty());
        let zone = match service.str_at(&["spec", "trafficDistribution"]) {
            "PreferClose" | "PreferSameZone" => self.zone(),
            _ => "",
        };
        // How many endpoints of each kind every slice with this port has: most slices need no second look.
        let mut slices: Vec<(i64, &[Value], Tally)> = Vec::new();
        let (mut all, mut elsewhere) = (0_i64, 0_i64);
        for slice in slices_of(service, self.net.seen) {
            let port = slice.items_at(&["ports"]).iter().find(|port| port.str_at(&["name"]) == port_name);
            let Some(number) = port.and_then(|port| port.int_at(&["port"])) else { continue };
            let endpoints = slice.items_at(&["endpoints"]);
            let mut tally = Tally::default();
            for endpoint in endpoints {
                all += 1;
                if local_node.is_some_and(|node| endpoint.str_at(&["nodeName"]) != node) {
                    elsewhere += 1;
                    continue;
                }
                let Some(conditions) = endpoint.get("conditions") else { continue };
                if conditions.is_true_at(&["ready"]) {
                    tally.ready += 1;
                    tally.near += u64::from(!zone.is_empty() && endpoint.str_at(&["zone"]) == zone);
                } else if conditions.is_true_at(&["serving"]) && conditions.is_true_at(&["terminating"]) {
                    tally.terminating += 1;
                }
            }
            slices.push((number, endpoints, tally));
        }
        let sum = |count: fn(&Tally) -> u64| slices.iter().map(|(_, _, tally)| count(tally)).sum::<u64>();
        let (near, ready) = (sum(|tally| tally.near), sum(|tally| tally.ready));
        let (usable, kind): (u64, fn(&Tally) -> u64) = match (near, ready) {
            (0, 0) => (sum(|tally| tally.terminating), |tally| tally.terminating),
            (0, ready) => (ready, |tally| tally.ready),
            (near, _) => (near, |tally| tally.near),
        };
        let mut chosen = Chosen { endpoint: None, all, usable: i64::try_from(usable).unwrap_or(i64::MAX), elsewhere };
        if usable == 0 {
            return chosen;
        }
        let sticky = service.str_at(&["spec", "sessionAffinity"]) == "ClientIP";
        let nth = if sticky { 0 } else { self.from.nth };
        let address = service.str_at(&["spec", "clusterIP"]);
        let mut dice =
            Dice::new(self.net.seen.settings.seed, &["request", &self.from.address, address, port_name], nth);
        let mut left = dice.below(usable);
        for (number, endpoints, tally) in &slices {
            if left >= kind(tally) {
                left -= kind(tally);
                continue;
            }
            let is_meant = |endpoint: &&Value| {
                let holds = |condition: &str| endpoint.is_true_at(&["conditions", condition]);
                local_node.is_none_or(|node| endpoint.str_at(&["nodeName"]) == node)
                    && if ready > 0 {
                        holds("ready") && (near == 0 || endpoint.str_at(&["zone"]) == zone)
                    } else {
                        holds("serving") && holds("terminating")
                    }
            };
            let place = usize::try_from(left).unwrap_or(usize::MAX);
            let endpoint = endpoints.iter().filter(is_meant).nth(place);
            chosen.endpoint = endpoint.map(|endpoint| of_slice(endpoint, *number, meta::namespace(service)));
            break;
        }
        chosen
    }

    fn zone(&self) -> &str {
        let node = self.net.seen.get(&Key::new(Resource::NODES, "", self.from.node.clone()));
        node.and_then(|node| meta::label(node, "topology.kubernetes.io/zone")).unwrap_or_default()
    }

    /// To a Pod, past the policies of both ends.
    fn to_endpoint(&mut self, endpoint: &Endpoint, address: &str) -> End {
        let seen = self.net.seen;
        let target = seen.get(&endpoint.pod);
        let port = Port { number: endpoint.port, protocol: "TCP", of: target.map(|pod| &pod.value) };
        if let Some(pod) = self.source() {
            let peer = Peer { pod: target.map(|pod| &pod.value), address };
            let verdict = policy::decide(seen, pod, Direction::Egress, peer, port);
            let key = meta::key(pod);
            if let Some(end) = self.judged(verdict, key, Direction::Egress) {
                return end;
            }
        }
        let Some(pod) = target else {
            return self.stop(None, Reason::new("path-nobody").with("address", address), Failure::Unreachable);
        };
        // A Pod's own node always reaches it.
        let is_node = self.from.pod.is_none() && !self.from.node.is_empty() && self.from.node == endpoint.node;
        if !is_node && !pod.is_true_at(&["spec", "hostNetwork"]) {
            let source = self.source().map(|source| &source.value);
            let peer = Peer { pod: source, address: &self.from.address };
            let verdict = policy::decide(seen, pod, Direction::Ingress, peer, port);
            let key = meta::key(pod);
            if let Some(end) = self.judged(verdict, key, Direction::Ingress) {
                return end;
            }
        }
        if *self.from.node != *endpoint.node && !endpoint.node.is_empty() {
            let key = Key::new(Resource::NODES, "", endpoint.node.clone());
            self.hop(Some(key), Reason::new("path-node").with("node", &*endpoint.node));
        }
        let uid: Rc<str> = meta::uid(pod).into();
        self.listener(uid, endpoint.pod.clone(), address.into(), endpoint.port)
    }

    /// Remembers what policies said; the end of the path if they said no.
    fn judged(&mut self, verdict: Verdict, pod: Option<Key>, direction: Direction) -> Option<End> {
        let word = if direction == Direction::Ingress { "ingress" } else { "egress" };
        let of = |name: &Rc<str>| {
            pod.as_ref().map(|pod| Key::new(Resource::NETWORK_POLICIES, pod.namespace.clone(), name.clone()))
        };
        match verdict {
            Verdict::NotIsolated => None,
            Verdict::Allowed(name) => {
                let about = of(&name);
                self.hop(about, Reason::new("path-policy-allows").with("policy", &*name).with("direction", word));
                None
            }
            Verdict::Denied(names) => {
                let about = names.first().and_then(of);
                let note = Reason::new("path-policy-denies").with("policy", joined(&names)).with("direction", word);
                Some(self.stop(about, note, Failure::TimedOut))
            }
        }
    }

    /// At a Pod: does somebody listen there?
    fn listener(&mut self, uid: Rc<str>, key: Key, address: Rc<str>, port: i64) -> End {
        let runtime = self.net.runtime;
        let now = self.net.seen.now;
        if port == 0 || runtime.listener(&uid, port, now).is_some() {
            self.hop(Some(key.clone()), Reason::new("path-pod").with("port", port));
            return End::Pod { uid, key, address, port };
        }
        let runs = runtime.of_pod(&uid).any(|(_, process)| process.ended.is_none());
        if runs {
            self.stop(Some(key), Reason::new("path-not-listening").with("port", port), Failure::Refused)
        } else if runtime.addresses.contains_key(&address) {
            self.stop(Some(key), Reason::new("path-not-running").with("port", port), Failure::Refused)
        } else {
            self.stop(Some(key), Reason::new("path-gone").with("address", &*address), Failure::TimedOut)
        }
    }
}

struct Chosen {
    endpoint: Option<Endpoint>,
    all: i64,
    usable: i64,
    elsewhere: i64,
}

/// How many endpoints there are of each kind.
#[derive(Default)]
struct Tally {
    ready: u64,
    /// Of the ready ones, those in the client's zone, where that counts.
    near: u64,
    terminating: u64,
}

fn joined(names: &[Rc<str>]) -> String {
    names.iter().map(|name| &**name).collect::<Vec<_>>().join(", ")
}

fn policy_key(pod: &Value, name: &Rc<str>) -> Key {
    Key::new(Resource::NETWORK_POLICIES, meta::namespace(pod), name.clone())
}

/// Whether the address is one that a Service has beside its own: a load balancer's, or an external one.
fn is_outer_address(service: &Value, address: &str) -> bool {
    let balancers = service.items_at(&["status", "loadBalancer", "ingress"]);
    balancers.iter().any(|ingress| ingress.str_at(&["ip"]) == address || ingress.str_at(&["hostname"]) == address)
        || service.items_at(&["spec", "externalIPs"]).iter().any(|known| known.as_str() == Some(address))
}

/// The cluster's DNS as policies see it: a Pod of `kube-system` with the label `k8s-app: kube-dns`.
fn dns_pod() -> Value {
    crate::tree!({ "metadata": { "name": "coredns", "namespace": "kube-system", "labels": { "k8s-app": "kube-dns" } } })
}

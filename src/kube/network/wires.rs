//! The network as programs use it: their calls take the path that is computed, and are answered by
//! the programs at its end.

use super::path::{End, From, Net, trace};
use super::{dns, path};
use crate::kube::Snapshot;
use crate::kube::program::files::Disks;
use crate::kube::program::http::Response;
use crate::kube::program::runtime::Wiring;
use crate::kube::program::{Answer, Call, Called, Facts, Failure, Network, Runtime};
use crate::sim::{Dice, SimTime, millis, secs};
use std::rc::Rc;

/// How long a connection attempt goes unanswered before a program gives up.
// Source: Linux, tcp_syn_retries 6: 127 s; Busybox's wget and curl wait that long.
const CONNECT_TIMEOUT: SimTime = secs(127);
/// How long a resolver waits for a server that does not answer: 5 s, twice.
const DNS_TIMEOUT: SimTime = secs(10);
/// How long a load's requests are counted together.
const SLICE: SimTime = millis(100);
/// How deep one request may cause others.
const DEPTH_MAX: u32 = 6;

/// The network of a cluster at a moment.
pub struct Wires<'a> {
    /// What is stored.
    pub seen: &'a Snapshot<'a>,
}

impl Wiring for Wires<'_> {
    fn wire<'a>(&'a self, runtime: &'a mut Runtime) -> Box<dyn Network + 'a> {
        Box::new(Wire { seen: self.seen, runtime, depth: 0 })
    }
}

struct Wire<'a> {
    seen: &'a Snapshot<'a>,
    runtime: &'a mut Runtime,
    depth: u32,
}

/// The same network one call deeper.
struct Deeper {
    depth: u32,
}

impl Network for Wire<'_> {
    fn call(&mut self, from: &Facts, at: SimTime, call: &Call, disks: &mut Disks) -> Called {
        let (host, port) = match call {
            Call::Resolve(name) => return self.resolve(from, at, name),
            Call::Http { host, port, .. } | Call::Connect { host, port } | Call::Load { host, port, .. } => {
                (host, *port)
            }
        };
        self.runtime.requests += 1;
        let here = From {
            pod: Some(&from.pod),
            address: from.address.clone(),
            node: from.node.clone(),
            resolver: &from.resolver,
            nth: self.runtime.requests,
            host: request_of(call).map_or("", |request| &request.host),
            path: request_of(call).map_or("", |request| &request.path),
        };
        let traced = trace(Net { seen: self.seen, runtime: self.runtime }, &here, host, port);
        let took = self.latency(&here.address, at);
        let failed = |failure: Failure| Called::Failed {
            took: match failure {
                Failure::TimedOut if traced.hops.last().is_some_and(|hop| hop.note.code == "path-dns-denied") => {
                    DNS_TIMEOUT
                }
                Failure::TimedOut => CONNECT_TIMEOUT,
                Failure::Unreachable => secs(3),
                Failure::UnknownName | Failure::Refused => took,
            },
            failure,
        };
        match (&traced.end, call) {
            (End::Stopped(failure), _) => failed(*failure),
            (End::Pod { address, .. }, Call::Connect { .. }) => {
                Called::Answered { took, answer: Answer::Connected(address.clone()) }
            }
            (_, Call::Connect { host, .. }) => Called::Answered { took, answer: Answer::Connected(host.clone()) },
            (End::ApiServer, _) => {
                let body = "{\n  \"kind\": \"Status\",\n  \"apiVersion\": \"v1\",\n  \"status\": \"Failure\",\n  \"message\": \"Unauthorized\",\n  \"reason\": \"Unauthorized\",\n  \"code\": 401\n}\n";
                Called::Answered { took, answer: Answer::Http(Response::new(401, "", "application/json", body)) }
            }
            (End::Status(status), Call::Http { .. }) => {
                let text = crate::kube::program::http::reason(*status);
                Called::Answered {
                    took,
                    answer: Answer::Http(Response::new(*status, "nginx", "text/html", format!("{status} {text}\n"))),
                }
            }
            (End::Outside, Call::Http { host, .. }) => {
                let body = format!("This stands in for {host}.\n");
                Called::Answered {
                    took: took + millis(20),
                    answer: Answer::Http(Response::new(200, "", "text/plain", body)),
                }
            }
            // A load's requests are answered by the CPU that there is; one of them says with what.
            (End::Pod { uid, port, .. }, Call::Load { host, request, count, .. }) => {
                let (uid, port) = (uid.clone(), *port);
                let one = Call::Http { host: host.clone(), port: traced_port(call), request: request.clone() };
                let (answered, micros) = self.runtime.carry(&uid, port, at, count.saturating_sub(1), SLICE);
                match self.call(from, at, &one, disks) {
                    Called::Answered { took, answer: Answer::Http(response) } => {
                        let (status, bytes) = (response.status, response.body.len() as u64);
                        let micros = if *count > 1 { micros } else { took.as_millis() * 1000 };
                        let answer = Answer::Carried { status, answered: answered + 1, micros, bytes };
                        Called::Answered { took, answer }
                    }
                    other => other,
                }
            }
            (_, Call::Load { host, request, count, .. }) => {
                let one = Call::Http { host: host.clone(), port: traced_port(call), request: request.clone() };
                match self.call(from, at, &one, disks) {
                    Called::Answered { took, answer: Answer::Http(response) } => {
                        let (status, bytes) = (response.status, response.body.len() as u64);
                        let micros = took.as_millis() * 1000;
                        Called::Answered { took, answer: Answer::Carried { status, answered: *count, micros, bytes } }
                    }
                    other => other,
                }
            }
            (End::Pod { uid, port, .. }, Call::Http { request, .. }) => {
                let took = took + self.runtime.queue(uid, *port, at);
                if self.depth >= DEPTH_MAX {
                    return failed(Failure::TimedOut);
                }
                let wiring = Deeper { depth: self.depth + 1 };
                let own = std::mem::replace(&mut self.runtime.disks, std::mem::take(disks));
                let response = wiring.serve(self, uid, *port, request, at);
                *disks = std::mem::replace(&mut self.runtime.disks, own);
                match response {
                    Some(response) => Called::Answered { took, answer: Answer::Http(response) },
                    None => failed(Failure::Refused),
                }
            }
            (_, Call::Resolve(_)) => Called::Unknown,
        }
    }
}

fn request_of(call: &Call) -> Option<&Rc<crate::kube::program::http::Request>> {
    match call {
        Call::Http { request, .. } | Call::Load { request, .. } => Some(request),
        _ => None,
    }
}

fn traced_port(call: &Call) -> i64 {
    match call {
        Call::Http { port, .. } | Call::Connect { port, .. } | Call::Load { port, .. } => *port,
        Call::Resolve(_) => 0,
    }
}

impl Deeper {
    fn serve(
        &self,
        wire: &mut Wire<'_>,
        uid: &str,
        port: i64,
        request: &crate::kube::program::http::Request,
        at: SimTime,
    ) -> Option<Response> {
        let inner = Inner { seen: wire.seen, depth: self.depth };
        let seed = wire.seen.settings.seed;
        wire.runtime.serve(uid, port, request, at, &inner, seed)
    }
}

/// Wiring for a program that answers and calls others while it does.
struct Inner<'a> {
    seen: &'a Snapshot<'a>,
    depth: u32,
}

impl Wiring for Inner<'_> {
    fn wire<'a>(&'a self, runtime: &'a mut Runtime) -> Box<dyn Network + 'a> {
        Box::new(Wire { seen: self.seen, runtime, depth: self.depth })
    }
}

impl Wire<'_> {
    fn latency(&self, client: &str, at: SimTime) -> SimTime {
        let nth = at.as_millis().wrapping_mul(31).wrapping_add(self.runtime.requests);
        millis(1 + Dice::new(self.seen.settings.seed, &["latency", client], nth).below(4))
    }

    fn resolve(&mut self, from: &Facts, at: SimTime, name: &Rc<str>) -> Called {
        let here = From {
            pod: Some(&from.pod),
            address: from.address.clone(),
            node: from.node.clone(),
            resolver: &from.resolver,
            nth: 0,
            host: "",
            path: "",
        };
        let took = self.latency(&here.address, at);
        // The way to the DNS server is judged as any other.
        let traced = path::trace(Net { seen: self.seen, runtime: self.runtime }, &here, name, 0);
        if traced.hops.last().is_some_and(|hop| hop.note.code == "path-dns-denied") {
            return Called::Failed { took: DNS_TIMEOUT, failure: Failure::TimedOut };
        }
        match dns::lookup(self.seen, &dns::Resolver::parse(&from.resolver), name) {
            Some(record) => Called::Answered { took, answer: Answer::Addresses(record.name.into(), record.addresses) },
            None => Called::Failed { took, failure: Failure::UnknownName },
        }
    }
}

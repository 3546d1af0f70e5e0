//! Network policies: which connections Pods accept and make.
// Source: "Network Policies"; networking.k8s.io/v1 NetworkPolicySpec.

use crate::document::Value;
use crate::kube::Snapshot;
use crate::kube::api::labels::Selector;
use crate::kube::api::{Key, Resource, meta};
use std::rc::Rc;

/// Which way a connection goes, seen from the Pod that is asked about.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Direction {
    /// To the Pod.
    Ingress,
    /// From the Pod.
    Egress,
}

impl Direction {
    /// The word in `policyTypes`.
    #[must_use]
    pub const fn word(self) -> &'static str {
        match self {
            Self::Ingress => "Ingress",
            Self::Egress => "Egress",
        }
    }

    const fn fields(self) -> (&'static str, &'static str) {
        match self {
            Self::Ingress => ("ingress", "from"),
            Self::Egress => ("egress", "to"),
        }
    }
}

/// The other end of a connection.
#[derive(Clone, Copy)]
pub struct Peer<'a> {
    /// The Pod, if it is one of the cluster.
    pub pod: Option<&'a Value>,
    /// Its address.
    pub address: &'a str,
}

/// The port of a connection, at the end that is called.
#[derive(Clone, Copy)]
pub struct Port<'a> {
    /// The number.
    pub number: i64,
    /// `TCP` or `UDP`.
    pub protocol: &'a str,
    /// The Pod that is called, whose names for ports count.
    pub of: Option<&'a Value>,
}

/// What the policies say.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum Verdict {
    /// No policy selects the Pod in this direction: everything is allowed.
    NotIsolated,
    /// This policy allows it.
    Allowed(Rc<str>),
    /// The policies that select the Pod, none of which allows it.
    Denied(Vec<Rc<str>>),
}

impl Verdict {
    /// Whether the connection may be made.
    #[must_use]
    pub fn is_allowed(&self) -> bool {
        !matches!(self, Self::Denied(_))
    }
}

/// Whether a Pod's policies allow a connection.
#[must_use]
pub fn decide(seen: &Snapshot<'_>, pod: &Value, direction: Direction, peer: Peer<'_>, port: Port<'_>) -> Verdict {
    let mut selecting: Vec<Rc<str>> = Vec::new();
    for policy in seen.list(Resource::NETWORK_POLICIES, meta::namespace(pod)) {
        if !is_about(policy, direction) || !selects(policy.at(&["spec", "podSelector"]), meta::labels(pod)) {
            continue;
        }
        let (rules, peers) = direction.fields();
        let fits = |rule: &Value| fits_port(rule, port) && fits_peer(seen, policy, rule.items_at(&[peers]), peer);
        if policy.items_at(&["spec", rules]).iter().any(fits) {
            return Verdict::Allowed(meta::name(policy).into());
        }
        selecting.push(meta::name(policy).into());
    }
    if selecting.is_empty() { Verdict::NotIsolated } else { Verdict::Denied(selecting) }
}

/// Without `policyTypes` a policy is about ingress, and about egress where it has rules for it.
fn is_about(policy: &Value, direction: Direction) -> bool {
    let types = policy.items_at(&["spec", "policyTypes"]);
    if types.is_empty() {
        return direction == Direction::Ingress || policy.at(&["spec", "egress"]).is_some();
    }
    types.iter().any(|kind| kind.as_str() == Some(direction.word()))
}

fn selects(selector: Option<&Value>, labels: &Value) -> bool {
    selector.is_none_or(|selector| selector.is_empty() || Selector::from_label_selector(selector).matches(labels))
}

fn fits_peer(seen: &Snapshot<'_>, policy: &Value, peers: &[Value], peer: Peer<'_>) -> bool {
    peers.is_empty() || peers.iter().any(|wanted| is_peer(seen, policy, wanted, peer))
}

fn is_peer(seen: &Snapshot<'_>, policy: &Value, wanted: &Value, peer: Peer<'_>) -> bool {
    if let Some(block) = wanted.at(&["ipBlock"]) {
        let except = block.items_at(&["except"]).iter().filter_map(Value::as_str);
        return within(block.str_at(&["cidr"]), peer.address)
            && !except.into_iter().any(|cidr| within(cidr, peer.address));
    }
    let Some(pod) = peer.pod.filter(|pod| !pod.is_true_at(&["spec", "hostNetwork"])) else { return false };
    let fits_namespace = match wanted.at(&["namespaceSelector"]) {
        None => meta::namespace(pod) == meta::namespace(policy),
        Some(selector) => {
            let namespace = seen.get(&Key::new(Resource::NAMESPACES, "", meta::namespace(pod)));
            namespace.is_some_and(|namespace| selects(Some(selector), meta::labels(namespace)))
        }
    };
    fits_namespace && selects(wanted.at(&["podSelector"]), meta::labels(pod))
}

fn fits_port(rule: &Value, port: Port<'_>) -> bool {
    let wanted = rule.items_at(&["ports"]);
    wanted.is_empty()
        || wanted.iter().any(|wanted| {
            let protocol = match wanted.str_at(&["protocol"]) {
                "" => "TCP",
                protocol => protocol,
            };
            protocol == port.protocol
                && match wanted.at(&["port"]) {
                    None => true,
                    Some(Value::Int(first)) => {
                        let last = wanted.int_at(&["endPort"]).unwrap_or(*first);
                        (*first..=last).contains(&port.number)
                    }
                    Some(name) => port.of.is_some_and(|pod| {
                        let containers = pod.items_at(&["spec", "containers"]).iter();
                        containers.flat_map(|container| container.items_at(&["ports"])).any(|declared| {
                            Some(declared.str_at(&["name"])) == name.as_str()
                                && declared.int_at(&["containerPort"]) == Some(port.number)
                        })
                    }),
                }
        })
}

/// Whether an IPv4 address lies in a block.
#[must_use]
pub fn within(cidr: &str, address: &str) -> bool {
    let (base, bits) = cidr.split_once('/').unwrap_or((cidr, "32"));
    let (Some(base), Some(address), Ok(bits)) = (number(base), number(address), bits.parse::<u32>()) else {
        return false;
    };
    let mask = if bits == 0 { 0 } else { u32::MAX << (32 - bits.min(32)) };
    base & mask == address & mask
}

fn number(address: &str) -> Option<u32> {
    let mut parts = address.split('.');
    let mut number: u32 = 0;
    for _ in 0..4 {
        number = number << 8 | u32::from(parts.next()?.parse::<u8>().ok()?);
    }
    parts.next().is_none().then_some(number)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn blocks_hold_their_addresses() {
        assert!(within("172.17.0.0/16", "172.17.1.9"));
        assert!(!within("172.17.1.0/24", "172.17.2.1"));
        assert!(within("0.0.0.0/0", "198.51.100.7"));
        assert!(!within("10.0.0.0/8", "not an address"));
    }
}

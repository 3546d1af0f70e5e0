//! What a packet meets on its way, and what decided there.

use super::topology::{Id, Protocol};
use crate::aws::vpc::cidr::Cidr;
use std::net::Ipv4Addr;

/// What a packet meets.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub enum HopKind {
    /// The security groups of the source let it leave.
    SgEgress,
    /// The security groups of the target let it in.
    SgIngress,
    /// The network ACL of a subnet lets it leave.
    NaclEgress,
    /// The network ACL of a subnet lets it in.
    NaclIngress,
    /// A route table has a way for it.
    Route,
    /// A route table has a way for the answer.
    ReturnRoute,
    /// An internet gateway translates it.
    Igw,
    /// A NAT gateway translates it.
    Nat,
    /// A peering connection carries it.
    Peering,
    /// A gateway endpoint carries it.
    Endpoint,
    /// It comes from the internet and the target has no public address.
    NoPublicIp,
    /// Nobody has the address.
    NoHost,
    /// It is out on the internet, or at a public service.
    Internet,
    /// It has reached an interface.
    Host,
}

impl HopKind {
    /// A stable word for messages' keys.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::SgEgress => "sg-egress",
            Self::SgIngress => "sg-ingress",
            Self::NaclEgress => "nacl-egress",
            Self::NaclIngress => "nacl-ingress",
            Self::Route => "route",
            Self::ReturnRoute => "return-route",
            Self::Igw => "igw",
            Self::Nat => "nat",
            Self::Peering => "peering",
            Self::Endpoint => "endpoint",
            Self::NoPublicIp => "no-public-ip",
            Self::NoHost => "no-host",
            Self::Internet => "internet",
            Self::Host => "host",
        }
    }
}

/// Which rule of a component decided.
#[derive(Clone, PartialEq, Debug)]
pub enum Rule {
    /// None matched, or the component has no rules.
    None,
    /// The number of a network ACL's rule.
    Number(u16),
    /// A network ACL's last rule, `*`.
    Rest,
    /// The destination of a route.
    Route(Cidr),
    /// A route through the prefix list of a service.
    PrefixList(Id),
    /// A rule of a security group: the group and the rule's place in its list.
    Group(Id, u32),
    /// A gateway's reason: one of [`reason`], or the status of a peering connection.
    Reason(Id),
}

/// Why gateways drop packets.
pub mod reason {
    /// An internet gateway only carries interfaces that have a public address.
    pub const NO_PUBLIC_IP: &str = "no-public-ip";
    /// The internet gateway is not attached to this VPC.
    pub const NOT_ATTACHED: &str = "not-attached";
    /// The VPC has no internet gateway.
    pub const NONE: &str = "none";
    /// A private NAT gateway does not lead to the internet.
    pub const PRIVATE: &str = "private";
    /// The peering connection is not one of this VPC.
    pub const NOT_A_PARTY: &str = "not-a-party";
    /// The destination is not in the peer VPC: peering is not transitive.
    pub const NOT_TRANSITIVE: &str = "not-transitive";
}

/// Whether the packet or its answer is on its way.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub enum Direction {
    /// The packet.
    Forward,
    /// Its answer.
    Return,
}

impl Direction {
    /// A stable word.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Forward => "forward",
            Self::Return => "return",
        }
    }
}

/// A packet as it looks at a hop: translation changes its addresses.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Packet {
    /// From.
    pub source: Ipv4Addr,
    /// To.
    pub destination: Ipv4Addr,
    /// The protocol.
    pub protocol: Protocol,
    /// The destination port.
    pub port: u16,
}

/// One hop.
#[derive(Clone, PartialEq, Debug)]
pub struct Hop {
    /// What it is.
    pub kind: HopKind,
    /// Whose it is: ids, or an address that nobody has. Several security groups are joined by commas.
    pub component: Id,
    /// What decided.
    pub rule: Rule,
    /// Which way.
    pub direction: Direction,
    /// Whether the packet got past.
    pub passed: bool,
    /// The packet.
    pub packet: Packet,
    /// The subnet that it happened in or at the edge of; empty outside of every VPC.
    pub subnet: Id,
}

/// The whole way; only the last hop can be one that was not passed.
#[derive(Clone, PartialEq, Debug)]
pub struct Trace {
    /// The hops in order: the packet's, then its answer's.
    pub hops: Vec<Hop>,
}

impl Trace {
    /// The hop that stopped it.
    #[must_use]
    pub fn blocked_at(&self) -> Option<&Hop> {
        self.hops.last().filter(|hop| !hop.passed)
    }

    /// Whether the packet and its answer arrive.
    #[must_use]
    pub fn reachable(&self) -> bool {
        self.blocked_at().is_none()
    }
}

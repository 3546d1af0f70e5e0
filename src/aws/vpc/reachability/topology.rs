//! A network as the tracer sees it: what stands where, and which rules it has. A plain value.

use crate::aws::vpc::cidr::Cidr;
use std::collections::BTreeMap;
use std::net::Ipv4Addr;
use std::rc::Rc;

/// An id, as EC2 gives it.
pub type Id = Rc<str>;

/// One network.
#[derive(Clone, Default, PartialEq, Debug)]
pub struct Topology {
    /// The VPCs.
    pub vpcs: BTreeMap<Id, Vpc>,
    /// Internet gateways and the VPC that each is attached to.
    pub internet_gateways: BTreeMap<Id, Option<Id>>,
    /// The subnets.
    pub subnets: BTreeMap<Id, Subnet>,
    /// Route tables. The local routes are implied: they cannot be removed.
    pub route_tables: BTreeMap<Id, Vec<Route>>,
    /// NAT gateways that are ready to work.
    pub nat_gateways: BTreeMap<Id, NatGateway>,
    /// Network ACLs.
    pub network_acls: BTreeMap<Id, NetworkAcl>,
    /// Security groups.
    pub security_groups: BTreeMap<Id, SecurityGroup>,
    /// Peering connections.
    pub peerings: BTreeMap<Id, Peering>,
    /// VPC endpoints.
    pub endpoints: BTreeMap<Id, Endpoint>,
    /// Public services by name, with their public addresses.
    pub services: BTreeMap<Id, Vec<Cidr>>,
    /// Whatever has an interface: instances, load balancers, control planes.
    pub hosts: BTreeMap<Id, Host>,
}

/// A VPC.
#[derive(Clone, Default, PartialEq, Debug)]
pub struct Vpc {
    /// Its blocks.
    pub cidrs: Vec<Cidr>,
    /// Whether `enableDnsSupport` and `enableDnsHostnames` are both on.
    pub dns: bool,
}

/// A subnet.
#[derive(Clone, PartialEq, Debug)]
pub struct Subnet {
    /// The VPC that it is part of.
    pub vpc: Id,
    /// Its block.
    pub cidr: Cidr,
    /// Its zone.
    pub zone: Id,
    /// The route table that holds for it: its own, or the VPC's main one.
    pub route_table: Id,
    /// The network ACL that holds for it.
    pub network_acl: Id,
}

/// A route.
#[derive(Clone, PartialEq, Debug)]
pub struct Route {
    /// Where to.
    pub destination: Cidr,
    /// Through what; an id that nothing has is a black hole.
    pub target: Id,
}

/// A NAT gateway.
#[derive(Clone, PartialEq, Debug)]
pub struct NatGateway {
    /// The subnet that it stands in.
    pub subnet: Id,
    /// Its public address; a private NAT gateway has none.
    pub public_ip: Option<Ipv4Addr>,
}

/// Which packets a rule is about.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub enum Protocol {
    /// TCP.
    Tcp,
    /// UDP.
    Udp,
    /// ICMP, which knows no ports.
    Icmp,
    /// Any protocol (`-1`): only rules say it.
    All,
}

impl Protocol {
    /// As the EC2 API spells it.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Tcp => "tcp",
            Self::Udp => "udp",
            Self::Icmp => "icmp",
            Self::All => "-1",
        }
    }

    /// Reads a name or a number of the EC2 API.
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        match text {
            "tcp" | "6" => Some(Self::Tcp),
            "udp" | "17" => Some(Self::Udp),
            "icmp" | "1" => Some(Self::Icmp),
            "-1" | "all" => Some(Self::All),
            _ => None,
        }
    }
}

/// What a rule matches: a protocol, and ports where the protocol has them.
#[derive(Clone, Copy, PartialEq, Debug)]
pub struct Match {
    /// The protocol.
    pub protocol: Protocol,
    /// First and last destination port; none for every port.
    pub ports: Option<(u16, u16)>,
}

impl Match {
    /// Whether a packet is meant.
    #[must_use]
    pub fn is(self, protocol: Protocol, port: u16) -> bool {
        match self.protocol {
            Protocol::All => true,
            own if own != protocol => false,
            Protocol::Icmp => true,
            _ => self.ports.is_none_or(|(first, last)| (first..=last).contains(&port)),
        }
    }
}

/// A network ACL: two lists of rules, of which the lowest number that matches decides. A last
/// rule `*` that denies is implied.
#[derive(Clone, Default, PartialEq, Debug)]
pub struct NetworkAcl {
    /// For what comes into a subnet.
    pub ingress: Vec<AclRule>,
    /// For what leaves it.
    pub egress: Vec<AclRule>,
}

/// A rule of a network ACL.
#[derive(Clone, PartialEq, Debug)]
pub struct AclRule {
    /// Its number.
    pub number: u16,
    /// Whether it lets through.
    pub allows: bool,
    /// What it matches.
    pub matches: Match,
    /// The addresses on the other side.
    pub cidr: Cidr,
}

/// A security group: rules that only allow.
#[derive(Clone, Default, PartialEq, Debug)]
pub struct SecurityGroup {
    /// For what reaches an interface.
    pub ingress: Vec<GroupRule>,
    /// For what leaves it.
    pub egress: Vec<GroupRule>,
}

/// A rule of a security group.
#[derive(Clone, PartialEq, Debug)]
pub struct GroupRule {
    /// What it matches.
    pub matches: Match,
    /// The other side.
    pub peer: Peer,
}

/// The other side of a security group's rule.
#[derive(Clone, PartialEq, Debug)]
pub enum Peer {
    /// Addresses.
    Cidr(Cidr),
    /// Interfaces that have a group, by their private addresses.
    Group(Id),
    /// The public addresses of a service.
    PrefixList(Id),
}

/// A peering connection.
#[derive(Clone, PartialEq, Debug)]
pub struct Peering {
    /// Who asked for it.
    pub requester: Id,
    /// Who accepts it.
    pub accepter: Id,
    /// `active`, or another code of a peering's status.
    pub status: Id,
}

/// A VPC endpoint.
#[derive(Clone, PartialEq, Debug)]
pub struct Endpoint {
    /// The service behind it.
    pub service: Id,
    /// How it is reached.
    pub kind: EndpointKind,
}

/// How a VPC endpoint is reached.
#[derive(Clone, PartialEq, Debug)]
pub enum EndpointKind {
    /// By a prefix list in these route tables.
    Gateway {
        /// The route tables.
        route_tables: Vec<Id>,
    },
    /// By an address in each of some subnets.
    Interface {
        /// Subnet and address.
        addresses: BTreeMap<Id, Ipv4Addr>,
        /// The security groups of the interfaces.
        groups: Vec<Id>,
        /// Whether the service's public name means these addresses inside the VPC.
        private_dns: bool,
    },
}

/// An interface and what it belongs to.
#[derive(Clone, PartialEq, Debug)]
pub struct Host {
    /// The subnet.
    pub subnet: Id,
    /// The private address.
    pub private_ip: Ipv4Addr,
    /// Further private addresses of the same interface.
    pub secondary: Vec<Ipv4Addr>,
    /// The public address that an internet gateway translates to the private one.
    pub public_ip: Option<Ipv4Addr>,
    /// The security groups.
    pub groups: Vec<Id>,
}

/// Where a packet comes from.
#[derive(Clone, PartialEq, Debug)]
pub enum Start {
    /// A host.
    Host(Id),
    /// An address somewhere on the internet.
    Internet(Ipv4Addr),
}

/// Where a packet goes.
#[derive(Clone, PartialEq, Debug)]
pub enum Goal {
    /// A host: by its private address, from the internet by its public one.
    Host(Id),
    /// An address.
    Address(Ipv4Addr),
    /// A service, by its public name.
    Service(Id),
}

/// A question.
#[derive(Clone, PartialEq, Debug)]
pub struct Flow {
    /// From.
    pub from: Start,
    /// To.
    pub to: Goal,
    /// The protocol.
    pub protocol: Protocol,
    /// The destination port.
    pub port: u16,
    /// The port that answers come back to.
    pub source_port: u16,
    /// The port that a NAT gateway puts in its place.
    pub nat_source_port: u16,
}

impl Flow {
    /// A question with ports for the answer as a Linux client and a NAT gateway choose them.
    #[must_use]
    pub fn new(from: Start, to: Goal, protocol: Protocol, port: u16) -> Self {
        Self { from, to, protocol, port, source_port: 49152, nat_source_port: 20000 }
    }
}

/// An interface, whoever owns it.
#[derive(Clone, Copy)]
pub(super) struct Interface<'a> {
    pub id: &'a Id,
    pub subnet: &'a Id,
    pub address: Ipv4Addr,
    pub public_ip: Option<Ipv4Addr>,
    pub groups: &'a [Id],
}

impl Topology {
    /// The interface of a host.
    pub(super) fn interface_of(&self, id: &str) -> Option<Interface<'_>> {
        let (id, host) = self.hosts.get_key_value(id)?;
        Some(interface(id, host))
    }

    /// Who has this private address in a VPC.
    pub(super) fn interface_at(&self, vpc: &str, address: Ipv4Addr) -> Option<Interface<'_>> {
        let is_here = |subnet: &Id| self.subnets.get(subnet).is_some_and(|subnet| *subnet.vpc == *vpc);
        let mut hosts = self.hosts.iter();
        let host = hosts.find(|(_, host)| {
            (host.private_ip == address || host.secondary.contains(&address)) && is_here(&host.subnet)
        });
        if let Some((id, host)) = host {
            return Some(Interface { address, ..interface(id, host) });
        }
        self.endpoints.iter().find_map(|(id, endpoint)| {
            let EndpointKind::Interface { addresses, groups, .. } = &endpoint.kind else { return None };
            let (subnet, _) = addresses.iter().find(|(subnet, own)| **own == address && is_here(subnet))?;
            Some(Interface { id, subnet, address, public_ip: None, groups })
        })
    }

    /// Who has this public address.
    pub(super) fn interface_in_public(&self, address: Ipv4Addr) -> Option<Interface<'_>> {
        self.hosts.iter().find(|(_, host)| host.public_ip == Some(address)).map(|(id, host)| interface(id, host))
    }

    /// The internet gateway attached to a VPC.
    pub(super) fn gateway_of(&self, vpc: &str) -> Option<&Id> {
        self.internet_gateways.iter().find(|(_, at)| at.as_deref() == Some(vpc)).map(|(id, _)| id)
    }

    /// The address that a service's name means to a host in a subnet: that of an interface endpoint
    /// with private DNS in the host's zone (any of its zones if there is none in that one), or a
    /// public one.
    // Source: AWS PrivateLink guide, "Access an AWS service using an interface VPC endpoint".
    pub(super) fn resolve(&self, service: &str, from: Option<&Subnet>) -> Option<Ipv4Addr> {
        let public = || self.services.get(service)?.first().map(|block| block.nth(1).unwrap_or(block.first()));
        let Some(from) = from.filter(|from| self.vpcs.get(&from.vpc).is_some_and(|vpc| vpc.dns)) else {
            return public();
        };
        let of_endpoint =
            self.endpoints.values().filter(|endpoint| *endpoint.service == *service).find_map(|endpoint| {
                let EndpointKind::Interface { addresses, private_dns: true, .. } = &endpoint.kind else { return None };
                let placed = |(id, address): (&Id, &Ipv4Addr)| Some((self.subnets.get(id)?, *address));
                let mut here = addresses.iter().filter_map(placed).filter(|(subnet, _)| subnet.vpc == from.vpc);
                let first = here.clone().next()?;
                Some(here.find(|(subnet, _)| subnet.zone == from.zone).unwrap_or(first).1)
            });
        of_endpoint.or_else(public)
    }
}

fn interface<'a>(id: &'a Id, host: &'a Host) -> Interface<'a> {
    Interface { id, subnet: &host.subnet, address: host.private_ip, public_ip: host.public_ip, groups: &host.groups }
}

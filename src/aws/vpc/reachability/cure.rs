//! The one change that would let a stopped packet past the hop that stopped it.

use super::hop::{Direction, Hop, HopKind, Rule, Trace, reason};
use super::topology::{AclRule, Flow, Id, Peer, Protocol, Route, Start, Topology};
use super::topology::{GroupRule, Match};
use crate::aws::vpc::cidr::{Cidr, is_private};
use std::net::Ipv4Addr;

/// A change, as data: one call of EC2's API. Views put it into words and into a command line.
#[derive(Clone, PartialEq, Debug)]
pub enum Cure {
    /// `AuthorizeSecurityGroupEgress` or `AuthorizeSecurityGroupIngress`.
    AuthorizeGroup {
        /// The group.
        group: Id,
        /// Whether the rule is for what leaves.
        egress: bool,
        /// The rule.
        rule: GroupRule,
    },
    /// `CreateNetworkAclEntry`, with a number before the one that denied.
    AddAclEntry {
        /// The network ACL.
        acl: Id,
        /// Whether the entry is for what leaves.
        egress: bool,
        /// The entry.
        rule: AclRule,
    },
    /// `ReplaceNetworkAclEntry`: no number is free before the one that denied.
    ReplaceAclEntry {
        /// The network ACL.
        acl: Id,
        /// Whether the entry is for what leaves.
        egress: bool,
        /// The entry.
        rule: AclRule,
    },
    /// `CreateRoute`.
    AddRoute {
        /// The route table.
        table: Id,
        /// The route.
        route: Route,
    },
    /// `ReplaceRoute`.
    ReplaceRoute {
        /// The route table.
        table: Id,
        /// The route.
        route: Route,
    },
    /// `AttachInternetGateway`.
    AttachGateway {
        /// The internet gateway.
        gateway: Id,
        /// The VPC.
        vpc: Id,
    },
    /// `AssociateAddress` with an Elastic IP address.
    GivePublicAddress {
        /// The host.
        host: Id,
    },
    /// `AcceptVpcPeeringConnection`.
    AcceptPeering {
        /// The connection.
        peering: Id,
    },
}

/// The change that would let a flow past where it was stopped. None when it was not stopped, or
/// when no single change helps (nobody has the address; a gateway would have to be made first).
#[must_use]
pub fn cure(topology: &Topology, flow: &Flow, trace: &Trace) -> Option<Cure> {
    let hop = trace.blocked_at()?;
    match hop.kind {
        HopKind::SgEgress | HopKind::SgIngress => of_group(topology, flow, hop),
        HopKind::NaclEgress | HopKind::NaclIngress => of_acl(topology, hop),
        HopKind::Route | HopKind::ReturnRoute => of_route(topology, flow, hop, trace),
        HopKind::Igw => of_gateway(topology, flow, hop),
        HopKind::NoPublicIp => Some(Cure::GivePublicAddress { host: hop.component.clone() }),
        HopKind::Peering => match &hop.rule {
            Rule::Reason(status) if **status == *"pending-acceptance" => {
                Some(Cure::AcceptPeering { peering: hop.component.clone() })
            }
            _ => None,
        },
        HopKind::Nat | HopKind::Endpoint | HopKind::NoHost | HopKind::Internet | HopKind::Host => None,
    }
}

fn matching(hop: &Hop) -> Match {
    let port = hop.packet.port;
    // Where answers arrive: the ephemeral ports of every client.
    // Source: Amazon VPC user guide, "Ephemeral ports".
    let ports = match hop.direction {
        Direction::Forward => (port, port),
        Direction::Return => (port.min(1024), u16::MAX),
    };
    let has_ports = hop.packet.protocol != Protocol::Icmp;
    Match { protocol: hop.packet.protocol, ports: has_ports.then_some(ports) }
}

fn of_group(topology: &Topology, flow: &Flow, hop: &Hop) -> Option<Cure> {
    // An interface always has a group; where none is known, none can be changed.
    let group = topology.security_groups.get_key_value(hop.component.split(',').next()?)?.0.clone();
    let egress = hop.kind == HopKind::SgEgress;
    let far = if egress { hop.packet.destination } else { hop.packet.source };
    let source = match &flow.from {
        Start::Host(id) if !egress => topology.hosts.get(id).filter(|host| host.private_ip == far),
        _ => None,
    };
    let peer = match source.and_then(|host| host.groups.first()) {
        Some(theirs) => Peer::Group(theirs.clone()),
        None => Peer::Cidr(Cidr::only(far)),
    };
    Some(Cure::AuthorizeGroup { group, egress, rule: GroupRule { matches: matching(hop), peer } })
}

fn of_acl(topology: &Topology, hop: &Hop) -> Option<Cure> {
    let acl = topology.network_acls.get(&hop.component)?;
    let egress = hop.kind == HopKind::NaclEgress;
    let (rules, far) = if egress { (&acl.egress, hop.packet.destination) } else { (&acl.ingress, hop.packet.source) };
    let cidr = neighbourhood(topology, far, hop.direction);
    let is_free = |number: &u16| rules.iter().all(|rule| rule.number != *number);
    let rule = |number| AclRule { number, allows: true, matches: matching(hop), cidr };
    let acl = hop.component.clone();
    match hop.rule {
        Rule::Number(denied) => Some(match (1..denied).rev().find(is_free) {
            Some(number) => Cure::AddAclEntry { acl, egress, rule: rule(number) },
            None => Cure::ReplaceAclEntry { acl, egress, rule: rule(denied) },
        }),
        // The console steps by hundreds and tens; any free number is before `*`.
        _ => {
            let last = rules.iter().map(|rule| rule.number).max();
            let number = last.map_or(100, |last| last.saturating_add(10));
            let number = Some(number).filter(|number| *number <= ACL_NUMBER_MAX);
            let number = number.or_else(|| (1..=ACL_NUMBER_MAX).find(is_free))?;
            Some(Cure::AddAclEntry { acl, egress, rule: rule(number) })
        }
    }
}

/// The largest number that a rule may have.
// Source: Amazon VPC user guide, "Network ACL rules".
const ACL_NUMBER_MAX: u16 = 32766;

/// Whom to let in beside one address: its subnet; for answers from the internet, everybody.
fn neighbourhood(topology: &Topology, address: Ipv4Addr, direction: Direction) -> Cidr {
    let subnet = topology.subnets.values().find(|subnet| subnet.cidr.contains(address));
    match (subnet, direction) {
        (Some(subnet), _) => subnet.cidr,
        (None, Direction::Return) if !is_private(address) => Cidr::ALL,
        (None, _) => Cidr::only(address),
    }
}

fn of_route(topology: &Topology, flow: &Flow, hop: &Hop, trace: &Trace) -> Option<Cure> {
    let (subnet_id, subnet) = topology.subnets.get_key_value(&hop.subnet)?;
    let far = hop.packet.destination;
    let peered = trace.hops.iter().find(|hop| hop.kind == HopKind::Peering && hop.passed);
    let through_peering = |id: &Id| {
        let peering = topology.peerings.get(id)?;
        let other = if peering.requester == subnet.vpc { &peering.accepter } else { &peering.requester };
        let is_ours = *peering.status == *"active" && [&peering.requester, &peering.accepter].contains(&&subnet.vpc);
        let block = topology.vpcs.get(other)?.cidrs.iter().find(|block| block.contains(far))?;
        is_ours.then(|| Route { destination: *block, target: id.clone() })
    };
    let route = if let Some(peering) = peered {
        through_peering(&peering.component)
    } else if is_private(far) {
        topology.peerings.keys().find_map(through_peering)
    } else {
        let starts_public = match &flow.from {
            Start::Host(id) => topology.hosts.get(id).is_some_and(|host| host.public_ip.is_some()),
            Start::Internet(_) => true,
        };
        let is_nat = topology.nat_gateways.values().any(|nat| nat.subnet == *subnet_id)
            && trace.hops.iter().any(|hop| hop.kind == HopKind::Nat);
        let target = if starts_public || is_nat || hop.direction == Direction::Return {
            topology.gateway_of(&subnet.vpc)
        } else {
            working_nat(topology, &subnet.vpc)
        };
        target.map(|target| Route { destination: Cidr::ALL, target: target.clone() })
    }?;
    let table = subnet.route_table.clone();
    Some(match hop.rule {
        // What is there stands in the way, because the longest prefix wins.
        Rule::Route(destination) if destination.prefix() >= route.destination.prefix() => {
            Cure::ReplaceRoute { table, route: Route { destination, ..route } }
        }
        Rule::PrefixList(_) => Cure::AddRoute { table, route: Route { destination: Cidr::only(far), ..route } },
        _ => Cure::AddRoute { table, route },
    })
}

/// A NAT gateway of a VPC whose own subnet leads to the internet.
fn working_nat<'a>(topology: &'a Topology, vpc: &str) -> Option<&'a Id> {
    let gateway = topology.gateway_of(vpc)?;
    let works = |subnet: &Id| {
        let subnet = topology.subnets.get(subnet).filter(|subnet| *subnet.vpc == *vpc)?;
        topology.route_tables.get(&subnet.route_table)?.iter().find(|route| route.target == *gateway)
    };
    topology
        .nat_gateways
        .iter()
        .find(|(_, nat)| nat.public_ip.is_some() && works(&nat.subnet).is_some())
        .map(|nat| nat.0)
}

fn of_gateway(topology: &Topology, flow: &Flow, hop: &Hop) -> Option<Cure> {
    let Rule::Reason(why) = &hop.rule else { return None };
    match (&**why, &flow.from) {
        (reason::NO_PUBLIC_IP, Start::Host(id)) => Some(Cure::GivePublicAddress { host: id.clone() }),
        (reason::NOT_ATTACHED, _) => {
            let vpc = topology.subnets.get(&hop.subnet)?.vpc.clone();
            let is_detached = topology.internet_gateways.get(&hop.component)?.is_none();
            let is_free = topology.gateway_of(&vpc).is_none();
            (is_detached && is_free).then(|| Cure::AttachGateway { gateway: hop.component.clone(), vpc })
        }
        (reason::NONE, _) => {
            let gateway = topology.internet_gateways.iter().find(|(_, at)| at.is_none())?.0.clone();
            Some(Cure::AttachGateway { gateway, vpc: hop.component.clone() })
        }
        _ => None,
    }
}

impl Cure {
    /// The topology after the change, to see what it would do before anybody makes it.
    #[must_use]
    pub fn applied(&self, topology: &Topology) -> Topology {
        let mut next = topology.clone();
        match self {
            Self::AuthorizeGroup { group, egress, rule } => {
                let group = next.security_groups.entry(group.clone()).or_default();
                (if *egress { &mut group.egress } else { &mut group.ingress }).push(rule.clone());
            }
            Self::AddAclEntry { acl, egress, rule } | Self::ReplaceAclEntry { acl, egress, rule } => {
                let acl = next.network_acls.entry(acl.clone()).or_default();
                let rules = if *egress { &mut acl.egress } else { &mut acl.ingress };
                rules.retain(|old| old.number != rule.number);
                rules.push(rule.clone());
            }
            Self::AddRoute { table, route } | Self::ReplaceRoute { table, route } => {
                let routes = next.route_tables.entry(table.clone()).or_default();
                routes.retain(|old| old.destination != route.destination);
                routes.push(route.clone());
            }
            Self::AttachGateway { gateway, vpc } => {
                next.internet_gateways.insert(gateway.clone(), Some(vpc.clone()));
            }
            Self::GivePublicAddress { host } => {
                if let Some(host) = next.hosts.get_mut(host) {
                    // Any address will do to see what follows; TEST-NET-3 is nobody's.
                    host.public_ip = Some(Ipv4Addr::new(203, 0, 113, 250));
                }
            }
            Self::AcceptPeering { peering } => {
                if let Some(peering) = next.peerings.get_mut(peering) {
                    peering.status = "active".into();
                }
            }
        }
        next
    }
}

//! Follows a packet and its answer, hop by hop.

use super::hop::{Direction, Hop, HopKind, Packet, Rule, Trace, reason};
use super::topology::{
    AclRule, EndpointKind, Flow, Goal, GroupRule, Id, Interface, NatGateway, Peer, Peering, Start, Subnet, Topology,
};
use crate::aws::vpc::cidr::{Cidr, is_private};
use std::net::Ipv4Addr;

/// Follows a packet and its answer. The first failure ends the walk.
#[must_use]
pub fn trace(topology: &Topology, flow: &Flow) -> Trace {
    let nowhere = Packet {
        source: Ipv4Addr::UNSPECIFIED,
        destination: Ipv4Addr::UNSPECIFIED,
        protocol: flow.protocol,
        port: flow.port,
    };
    let mut walk =
        Walk { topology, flow, hops: Vec::new(), packet: nowhere, direction: Direction::Forward, place: "".into() };
    // The hops tell how it ended.
    let _ended = walk.run();
    Trace { hops: walk.hops }
}

/// The packet was dropped; the last hop says where.
struct Dropped;

type Step<T = ()> = Result<T, Dropped>;

/// Who else is on the other side of a security group.
#[derive(Clone, Copy)]
enum Known<'a> {
    /// An interface, by its private address.
    Interface(Interface<'a>),
    /// Only an address.
    Stranger,
}

/// Where a route leads.
struct Way<'a> {
    rule: Rule,
    target: Option<&'a Id>,
}

struct Walk<'a> {
    topology: &'a Topology,
    flow: &'a Flow,
    hops: Vec<Hop>,
    packet: Packet,
    direction: Direction,
    place: Id,
}

impl<'a> Walk<'a> {
    fn run(&mut self) -> Step {
        match &self.flow.from {
            Start::Internet(address) => self.from_internet(*address),
            Start::Host(id) => match self.topology.interface_of(id) {
                Some(source) => self.from_host(source),
                None => self.block(HopKind::NoHost, id, Rule::None),
            },
        }
    }

    // ---- writing down

    fn note(&mut self, kind: HopKind, component: &Id, rule: Rule, passed: bool) {
        let (direction, packet, subnet) = (self.direction, self.packet, self.place.clone());
        self.hops.push(Hop { kind, component: component.clone(), rule, direction, passed, packet, subnet });
    }

    fn pass(&mut self, kind: HopKind, component: &Id, rule: Rule) -> Step {
        self.note(kind, component, rule, true);
        Ok(())
    }

    fn block(&mut self, kind: HopKind, component: &Id, rule: Rule) -> Step {
        self.note(kind, component, rule, false);
        Err(Dropped)
    }

    fn nobody(&mut self, address: Ipv4Addr) -> Step {
        self.block(HopKind::NoHost, &address.to_string().into(), Rule::None)
    }

    /// The packet's addresses from here on.
    fn carries(&mut self, source: Ipv4Addr, destination: Ipv4Addr, port: u16) {
        self.packet = Packet { source, destination, port, ..self.packet };
    }

    // ---- from the internet

    fn from_internet(&mut self, remote: Ipv4Addr) -> Step {
        self.packet.source = remote;
        let target = match &self.flow.to {
            Goal::Host(id) => match self.topology.interface_of(id) {
                Some(target) if target.public_ip.is_none() => return self.block(HopKind::NoPublicIp, id, Rule::None),
                Some(target) => target,
                None => return self.block(HopKind::NoHost, id, Rule::None),
            },
            Goal::Address(address) => match self.at_public_address(*address)? {
                Some(target) => target,
                None => return self.nobody(*address),
            },
            Goal::Service(name) => return self.pass(HopKind::Internet, name, Rule::None),
        };
        self.enter(remote, target)?;
        self.direction = Direction::Return;
        self.answer(remote, target, self.flow.source_port)
    }

    /// Who has a public address; a NAT gateway has one and accepts nothing.
    fn at_public_address(&mut self, address: Ipv4Addr) -> Step<Option<Interface<'a>>> {
        self.packet.destination = address;
        if let Some((id, _)) = self.topology.nat_gateways.iter().find(|(_, nat)| nat.public_ip == Some(address)) {
            self.block(HopKind::Nat, id, Rule::None)?;
        }
        Ok(self.topology.interface_in_public(address))
    }

    /// Into a VPC from outside, through its internet gateway.
    fn enter(&mut self, remote: Ipv4Addr, target: Interface<'a>) -> Step {
        let subnet = self.subnet(target.subnet)?;
        self.carries(remote, target.public_ip.unwrap_or(target.address), self.flow.port);
        self.place = "".into();
        match self.topology.gateway_of(&subnet.vpc) {
            Some(gateway) => self.pass(HopKind::Igw, gateway, Rule::None)?,
            None => self.block(HopKind::Igw, &subnet.vpc, Rule::Reason(reason::NONE.into()))?,
        }
        // The gateway has translated the public address to the private one.
        self.packet.destination = target.address;
        self.acl(target.subnet, HopKind::NaclIngress)?;
        self.group_ingress(target, Known::Stranger)
    }

    /// The answer of a host to an address outside.
    fn answer(&mut self, remote: Ipv4Addr, target: Interface<'a>, port: u16) -> Step {
        let subnet = self.subnet(target.subnet)?;
        self.carries(target.address, remote, port);
        self.acl(target.subnet, HopKind::NaclEgress)?;
        let way = self.way(subnet, remote);
        let leads_out = way.target.is_some_and(|id| {
            self.topology.internet_gateways.get(id).is_some_and(|vpc| vpc.as_ref() == Some(&subnet.vpc))
        });
        self.note(HopKind::ReturnRoute, &subnet.route_table, way.rule, leads_out);
        if leads_out { Ok(()) } else { Err(Dropped) }
    }

    // ---- from a host

    fn from_host(&mut self, source: Interface<'a>) -> Step {
        let subnet = self.subnet(source.subnet)?;
        let destination = match &self.flow.to {
            Goal::Host(id) => match self.topology.interface_of(id) {
                Some(target) => target.address,
                None => return self.block(HopKind::NoHost, id, Rule::None),
            },
            Goal::Address(address) => *address,
            Goal::Service(name) => match self.topology.resolve(name, Some(subnet)) {
                Some(address) => address,
                None => return self.block(HopKind::NoHost, name, Rule::None),
            },
        };
        self.carries(source.address, destination, self.flow.port);
        self.group_egress(source, subnet, destination)?;
        if subnet.cidr.contains(destination) {
            // Neighbours: neither the network ACL nor the route table is asked.
            return match self.topology.interface_at(&subnet.vpc, destination) {
                Some(target) => self.group_ingress(target, Known::Interface(source)),
                None => self.nobody(destination),
            };
        }
        self.acl(source.subnet, HopKind::NaclEgress)?;
        let way = self.way(subnet, destination);
        let Some(target) = way.target else {
            let is_local = matches!(&way.rule, Rule::Route(_));
            self.note(HopKind::Route, &subnet.route_table, way.rule, is_local);
            return if is_local { self.local(source, &subnet.vpc, destination) } else { Err(Dropped) };
        };
        self.through(source, subnet, destination, target, way.rule)
    }

    /// Through what a route names.
    fn through(
        &mut self,
        source: Interface<'a>,
        subnet: &'a Subnet,
        destination: Ipv4Addr,
        target: &'a Id,
        rule: Rule,
    ) -> Step {
        let topology = self.topology;
        let exists = topology.internet_gateways.contains_key(target)
            || self.nat_gateway(subnet, target).is_some()
            || topology.peerings.contains_key(target)
            || topology.endpoints.contains_key(target);
        self.note(HopKind::Route, &subnet.route_table, rule, exists);
        if !exists {
            return Err(Dropped);
        }
        if topology.internet_gateways.contains_key(target) {
            return self.by_internet_gateway(source, subnet, destination, target);
        }
        if let Some(nat) = self.nat_gateway(subnet, target) {
            return self.by_nat_gateway(source, destination, target, &nat.subnet, nat.public_ip);
        }
        if let Some((id, peering)) = topology.peerings.get_key_value(target) {
            return self.by_peering(source, subnet, destination, id, peering);
        }
        self.pass(HopKind::Endpoint, target, Rule::None)?;
        self.direction = Direction::Return;
        self.carries(destination, source.address, self.flow.source_port);
        self.acl(source.subnet, HopKind::NaclIngress)
    }

    /// A NAT gateway of the same VPC: EC2 makes no route to one in another.
    fn nat_gateway(&self, subnet: &Subnet, id: &str) -> Option<&'a NatGateway> {
        let nat = self.topology.nat_gateways.get(id)?;
        self.topology.subnets.get(&nat.subnet).filter(|at| at.vpc == subnet.vpc).map(|_| nat)
    }

    /// To another subnet of the same VPC.
    fn local(&mut self, source: Interface<'a>, vpc: &Id, destination: Ipv4Addr) -> Step {
        let Some(target) = self.topology.interface_at(vpc, destination) else { return self.nobody(destination) };
        self.acl(target.subnet, HopKind::NaclIngress)?;
        self.group_ingress(target, Known::Interface(source))?;
        self.direction = Direction::Return;
        self.carries(destination, source.address, self.flow.source_port);
        self.acl(target.subnet, HopKind::NaclEgress)?;
        self.acl(source.subnet, HopKind::NaclIngress)
    }

    fn by_internet_gateway(
        &mut self,
        source: Interface<'a>,
        subnet: &'a Subnet,
        destination: Ipv4Addr,
        gateway: &'a Id,
    ) -> Step {
        self.attached(gateway, &subnet.vpc)?;
        let Some(public) = source.public_ip else {
            return self.block(HopKind::Igw, gateway, Rule::Reason(reason::NO_PUBLIC_IP.into()));
        };
        self.carries(public, destination, self.flow.port);
        self.pass(HopKind::Igw, gateway, Rule::None)?;
        self.outside(public, destination, self.flow.source_port)?;
        self.direction = Direction::Return;
        self.carries(destination, source.address, self.flow.source_port);
        self.acl(source.subnet, HopKind::NaclIngress)
    }

    fn by_nat_gateway(
        &mut self,
        source: Interface<'a>,
        destination: Ipv4Addr,
        id: &'a Id,
        at: &'a Id,
        public: Option<Ipv4Addr>,
    ) -> Step {
        let subnet = self.subnet(at)?;
        let is_elsewhere = at != source.subnet;
        if is_elsewhere {
            self.acl(at, HopKind::NaclIngress)?;
        }
        self.place = at.clone();
        if let Some(public) = public {
            self.pass(HopKind::Nat, id, Rule::None)?;
            self.packet.source = public;
        }
        self.acl(at, HopKind::NaclEgress)?;
        let way = self.way(subnet, destination);
        let gateway = way.target.filter(|target| self.topology.internet_gateways.contains_key(*target));
        self.note(HopKind::Route, &subnet.route_table, way.rule, gateway.is_some());
        let Some(gateway) = gateway else { return Err(Dropped) };
        self.attached(gateway, &subnet.vpc)?;
        let Some(public) = public else {
            return self.block(HopKind::Nat, id, Rule::Reason(reason::PRIVATE.into()));
        };
        self.pass(HopKind::Igw, gateway, Rule::None)?;
        self.outside(public, destination, self.flow.nat_source_port)?;
        self.direction = Direction::Return;
        self.carries(destination, public, self.flow.nat_source_port);
        self.acl(at, HopKind::NaclIngress)?;
        if is_elsewhere {
            // The answer keeps the remote address as its source.
            self.carries(destination, source.address, self.flow.source_port);
            self.acl(at, HopKind::NaclEgress)?;
            self.acl(source.subnet, HopKind::NaclIngress)?;
        }
        Ok(())
    }

    /// What happens beyond the internet gateway: perhaps the way leads back into a VPC.
    fn outside(&mut self, public: Ipv4Addr, destination: Ipv4Addr, port: u16) -> Step {
        self.place = "".into();
        if is_private(destination) {
            return self.nobody(destination);
        }
        match self.at_public_address(destination)? {
            Some(target) => {
                self.enter(public, target)?;
                self.direction = Direction::Return;
                self.answer(public, target, port)
            }
            None => {
                let named = match &self.flow.to {
                    Goal::Service(name) => name.clone(),
                    _ => destination.to_string().into(),
                };
                self.pass(HopKind::Internet, &named, Rule::None)
            }
        }
    }

    fn by_peering(
        &mut self,
        source: Interface<'a>,
        subnet: &'a Subnet,
        destination: Ipv4Addr,
        id: &'a Id,
        peering: &'a Peering,
    ) -> Step {
        let is_party = [&peering.requester, &peering.accepter].contains(&&subnet.vpc);
        if *peering.status != *"active" {
            return self.block(HopKind::Peering, id, Rule::Reason(peering.status.clone()));
        }
        if !is_party {
            return self.block(HopKind::Peering, id, Rule::Reason(reason::NOT_A_PARTY.into()));
        }
        let other = if peering.requester == subnet.vpc { &peering.accepter } else { &peering.requester };
        let is_there =
            self.topology.vpcs.get(other).is_some_and(|vpc| vpc.cidrs.iter().any(|c| c.contains(destination)));
        if !is_there {
            return self.block(HopKind::Peering, id, Rule::Reason(reason::NOT_TRANSITIVE.into()));
        }
        self.pass(HopKind::Peering, id, Rule::None)?;
        let Some(target) = self.topology.interface_at(other, destination) else { return self.nobody(destination) };
        self.acl(target.subnet, HopKind::NaclIngress)?;
        self.group_ingress(target, Known::Interface(source))?;
        self.direction = Direction::Return;
        self.carries(destination, source.address, self.flow.source_port);
        self.acl(target.subnet, HopKind::NaclEgress)?;
        let back = self.subnet(target.subnet)?;
        let way = self.way(back, source.address);
        let is_same = way.target == Some(id);
        self.note(HopKind::ReturnRoute, &back.route_table, way.rule, is_same);
        if !is_same {
            return Err(Dropped);
        }
        self.acl(source.subnet, HopKind::NaclIngress)
    }

    fn attached(&mut self, gateway: &'a Id, vpc: &Id) -> Step {
        let at = self.topology.internet_gateways.get(gateway).and_then(Option::as_ref);
        if at == Some(vpc) {
            Ok(())
        } else {
            self.block(HopKind::Igw, gateway, Rule::Reason(reason::NOT_ATTACHED.into()))
        }
    }

    // ---- rules

    fn subnet(&mut self, id: &'a Id) -> Step<&'a Subnet> {
        match self.topology.subnets.get(id) {
            Some(subnet) => Ok(subnet),
            None => self.block(HopKind::NoHost, id, Rule::None).and(Err(Dropped)),
        }
    }

    /// The longest prefix that has the address: a local route, a gateway endpoint's prefix list, or
    /// a route of the table. No rule: none has it. A rule without a target: local.
    // Source: Amazon VPC user guide, "Route priority".
    fn way(&self, subnet: &'a Subnet, address: Ipv4Addr) -> Way<'a> {
        let topology = self.topology;
        let mut best: Option<(u8, Way<'a>)> = None;
        let mut offer = |block: Cidr, way: Way<'a>| {
            if block.contains(address) && best.as_ref().is_none_or(|(prefix, _)| block.prefix() > *prefix) {
                best = Some((block.prefix(), way));
            }
        };
        for block in topology.vpcs.get(&subnet.vpc).into_iter().flat_map(|vpc| &vpc.cidrs) {
            offer(*block, Way { rule: Rule::Route(*block), target: None });
        }
        for route in topology.route_tables.get(&subnet.route_table).into_iter().flatten() {
            offer(route.destination, Way { rule: Rule::Route(route.destination), target: Some(&route.target) });
        }
        for (id, endpoint) in &topology.endpoints {
            let EndpointKind::Gateway { route_tables } = &endpoint.kind else { continue };
            if route_tables.contains(&subnet.route_table) {
                for block in topology.services.get(&endpoint.service).into_iter().flatten() {
                    offer(*block, Way { rule: Rule::PrefixList(endpoint.service.clone()), target: Some(id) });
                }
            }
        }
        best.map_or(Way { rule: Rule::None, target: None }, |(_, way)| way)
    }

    /// The network ACL at the edge of a subnet, for the packet as it is now.
    fn acl(&mut self, subnet: &'a Id, kind: HopKind) -> Step {
        let id = &self.subnet(subnet)?.network_acl;
        self.place = subnet.clone();
        let acl = self.topology.network_acls.get(id);
        let (rules, far) = match kind {
            HopKind::NaclEgress => (acl.map(|acl| &acl.egress), self.packet.destination),
            _ => (acl.map(|acl| &acl.ingress), self.packet.source),
        };
        let decides =
            |rule: &&AclRule| rule.cidr.contains(far) && rule.matches.is(self.packet.protocol, self.packet.port);
        match rules.into_iter().flatten().filter(decides).min_by_key(|rule| rule.number) {
            Some(rule) if rule.allows => self.pass(kind, id, Rule::Number(rule.number)),
            Some(rule) => self.block(kind, id, Rule::Number(rule.number)),
            None => self.block(kind, id, Rule::Rest),
        }
    }

    fn group_egress(&mut self, source: Interface<'a>, subnet: &'a Subnet, destination: Ipv4Addr) -> Step {
        self.place = source.subnet.clone();
        let topology = self.topology;
        let known = match &self.flow.to {
            Goal::Host(id) => topology.interface_of(id),
            _ => topology.interface_at(&subnet.vpc, destination),
        };
        let known = known.map_or(Known::Stranger, Known::Interface);
        self.groups(source, HopKind::SgEgress, known, destination)
    }

    fn group_ingress(&mut self, target: Interface<'a>, known: Known<'a>) -> Step {
        self.place = target.subnet.clone();
        self.groups(target, HopKind::SgIngress, known, self.packet.source)?;
        self.pass(HopKind::Host, target.id, Rule::None)
    }

    /// The rules of all security groups of an interface, taken together.
    fn groups(&mut self, own: Interface<'a>, kind: HopKind, known: Known<'a>, far: Ipv4Addr) -> Step {
        let topology = self.topology;
        let (protocol, port) = (self.packet.protocol, self.packet.port);
        let admits = |rule: &GroupRule| {
            rule.matches.is(protocol, port)
                && match &rule.peer {
                    Peer::Cidr(block) => block.contains(far),
                    Peer::Group(id) => matches!(known, Known::Interface(it) if it.groups.contains(id)),
                    Peer::PrefixList(service) => {
                        topology.services.get(service).is_some_and(|blocks| blocks.iter().any(|b| b.contains(far)))
                    }
                }
        };
        for id in own.groups {
            let Some(group) = topology.security_groups.get(id) else { continue };
            let rules = if kind == HopKind::SgEgress { &group.egress } else { &group.ingress };
            if let Some(place) = rules.iter().position(admits) {
                let place = u32::try_from(place).unwrap_or(u32::MAX);
                return self.pass(kind, id, Rule::Group(id.clone(), place));
            }
        }
        let component = if own.groups.is_empty() { own.id.clone() } else { own.groups.join(",").into() };
        self.block(kind, &component, Rule::None)
    }
}

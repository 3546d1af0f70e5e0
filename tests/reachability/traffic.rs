//! Traffic that travels: a packet with addresses and ports goes from device to device, each of
//! which knows only its own tables; a host answers; the answer travels by the same devices. It
//! shares nothing with the tracer but the description of the network.

use drydock::aws::vpc::reachability::{
    AclRule, EndpointKind, Flow, Goal, GroupRule, Id, Peer, Protocol, Start, Topology,
};
use std::net::Ipv4Addr;

#[derive(Clone, Copy, PartialEq, Debug)]
struct Packet {
    source: (Ipv4Addr, u16),
    destination: (Ipv4Addr, u16),
    protocol: Protocol,
}

/// Where a packet came out.
enum Out {
    /// At the interface with this address in this subnet.
    Interface(Id, Ipv4Addr),
    /// On the internet or at a service.
    World,
}

struct Net<'a> {
    topology: &'a Topology,
    /// NAT gateways' tables: gateway, what the packet looked like inside, the port it has outside.
    translations: Vec<(Id, (Ipv4Addr, u16))>,
    /// The port that a NAT gateway draws next.
    nat_port: u16,
    /// Answers of known connections: security groups let them pass.
    established: bool,
    /// Where the answer of the world enters again: an endpoint's answers come straight back.
    by_endpoint: Option<Id>,
}

/// Whether a client that sends this gets an answer.
pub fn answered(topology: &Topology, flow: &Flow) -> bool {
    let mut net = Net {
        topology,
        translations: Vec::new(),
        nat_port: flow.nat_source_port,
        established: false,
        by_endpoint: None,
    };
    net.round_trip(flow).is_some()
}

impl Net<'_> {
    fn round_trip(&mut self, flow: &Flow) -> Option<()> {
        let topology = self.topology;
        let client = match &flow.from {
            Start::Internet(address) => *address,
            Start::Host(id) => topology.hosts.get(id)?.private_ip,
        };
        let server = match (&flow.to, &flow.from) {
            (Goal::Host(id), Start::Internet(_)) => topology.hosts.get(id)?.public_ip?,
            (Goal::Host(id), _) => topology.hosts.get(id)?.private_ip,
            (Goal::Address(address), _) => *address,
            (Goal::Service(name), Start::Host(id)) => self.look_up(name, &topology.hosts.get(id)?.subnet)?,
            (Goal::Service(_), _) => return None,
        };
        let asked =
            Packet { source: (client, flow.source_port), destination: (server, flow.port), protocol: flow.protocol };
        let (out, arrived) = match &flow.from {
            Start::Internet(_) => self.from_world(asked)?,
            Start::Host(id) => {
                let host = topology.hosts.get(id)?;
                self.leave_interface(&host.groups, &host.subnet, asked)?
            }
        };
        // Somebody on the internet who asks for a public address of nobody gets no answer.
        if matches!((&flow.from, &out), (Start::Internet(_), Out::World)) {
            return None;
        }
        self.established = true;
        let answer = Packet { source: arrived.destination, destination: arrived.source, protocol: arrived.protocol };
        let (home, back) = match out {
            Out::World => match self.by_endpoint.clone() {
                Some(subnet) => self.into_subnet(&subnet, answer)?,
                None => self.from_world(answer)?,
            },
            Out::Interface(subnet, _) => self.leave_subnet(&subnet, answer)?,
        };
        // The client takes an answer only from whom it asked.
        let is_home = match (&flow.from, home) {
            (Start::Internet(_), Out::World) => true,
            (Start::Host(id), Out::Interface(subnet, address)) => {
                let host = topology.hosts.get(id)?;
                host.subnet == subnet && host.private_ip == address
            }
            _ => false,
        };
        (is_home && back.source == asked.destination && back.destination == asked.source).then_some(())
    }

    fn look_up(&self, name: &Id, subnet: &Id) -> Option<Ipv4Addr> {
        let subnet = self.topology.subnets.get(subnet)?;
        let mut inside: Vec<(bool, Ipv4Addr)> = Vec::new();
        for endpoint in self.topology.endpoints.values().filter(|endpoint| endpoint.service == *name) {
            if let EndpointKind::Interface { addresses, private_dns: true, .. } = &endpoint.kind {
                for (at, address) in addresses {
                    let at = self.topology.subnets.get(at)?;
                    if at.vpc == subnet.vpc && self.topology.vpcs.get(&at.vpc)?.dns {
                        inside.push((at.zone != subnet.zone, *address));
                    }
                }
            }
        }
        inside.sort_by_key(|(is_far, _)| *is_far);
        let public = || self.topology.services.get(name)?.first()?.nth(1);
        inside.first().map(|(_, address)| *address).or_else(public)
    }

    // ---- interfaces

    fn leave_interface(&mut self, groups: &[Id], subnet: &Id, packet: Packet) -> Option<(Out, Packet)> {
        let peer = self.owner(subnet, packet.destination.0);
        let rules =
            groups.iter().filter_map(|id| self.topology.security_groups.get(id)).flat_map(|group| &group.egress);
        let goes = self.any_admits(rules, packet, packet.destination.0, &peer);
        if goes { self.leave_subnet(subnet, packet) } else { None }
    }

    fn reach_interface(&mut self, subnet: &Id, packet: Packet) -> Option<(Out, Packet)> {
        let address = packet.destination.0;
        let groups = self.groups_at(subnet, address)?;
        if !self.established {
            let peer = self.owner(subnet, packet.source.0);
            let rules =
                groups.iter().filter_map(|id| self.topology.security_groups.get(id)).flat_map(|group| &group.ingress);
            if !self.any_admits(rules, packet, packet.source.0, &peer) {
                return None;
            }
        }
        Some((Out::Interface(subnet.clone(), address), packet))
    }

    fn any_admits<'r>(
        &self,
        mut rules: impl Iterator<Item = &'r GroupRule>,
        packet: Packet,
        far: Ipv4Addr,
        peer: &[Id],
    ) -> bool {
        rules.any(|rule| {
            rule.matches.is(packet.protocol, packet.destination.1)
                && match &rule.peer {
                    Peer::Cidr(block) => block.contains(far),
                    Peer::Group(id) => peer.contains(id),
                    Peer::PrefixList(name) => {
                        self.topology.services.get(name).is_some_and(|blocks| blocks.iter().any(|it| it.contains(far)))
                    }
                }
        })
    }

    fn groups_at(&self, subnet: &Id, address: Ipv4Addr) -> Option<Vec<Id>> {
        let mut hosts = self.topology.hosts.values();
        if let Some(host) = hosts.find(|host| host.subnet == *subnet && host.private_ip == address) {
            return Some(host.groups.clone());
        }
        self.topology.endpoints.values().find_map(|endpoint| match &endpoint.kind {
            EndpointKind::Interface { addresses, groups, .. } => {
                (addresses.get(subnet) == Some(&address)).then(|| groups.clone())
            }
            EndpointKind::Gateway { .. } => None,
        })
    }

    /// The security groups of whoever has a private address in reach of a subnet. No two of these
    /// networks use the same one.
    fn owner(&self, _from: &Id, address: Ipv4Addr) -> Vec<Id> {
        self.topology.subnets.keys().find_map(|subnet| self.groups_at(subnet, address)).unwrap_or_default()
    }

    // ---- subnets

    fn acl(&self, subnet: &Id, packet: Packet, leaves: bool) -> Option<()> {
        let acl = self.topology.network_acls.get(&self.topology.subnets.get(subnet)?.network_acl)?;
        let (rules, far) = if leaves { (&acl.egress, packet.destination.0) } else { (&acl.ingress, packet.source.0) };
        let mut sorted: Vec<&AclRule> = rules.iter().collect();
        sorted.sort_by_key(|rule| rule.number);
        let is_meant =
            |rule: &&&AclRule| rule.matches.is(packet.protocol, packet.destination.1) && rule.cidr.contains(far);
        sorted.iter().find(is_meant).filter(|rule| rule.allows).map(|_| ())
    }

    fn into_subnet(&mut self, subnet: &Id, packet: Packet) -> Option<(Out, Packet)> {
        self.acl(subnet, packet, false)?;
        self.reach_interface(subnet, packet)
    }

    fn leave_subnet(&mut self, from: &Id, packet: Packet) -> Option<(Out, Packet)> {
        let topology = self.topology;
        let subnet = topology.subnets.get(from)?;
        let to = packet.destination.0;
        if subnet.cidr.contains(to) {
            return self.reach_interface(from, packet);
        }
        self.acl(from, packet, true)?;
        if topology.vpcs.get(&subnet.vpc)?.cidrs.iter().any(|block| block.contains(to)) {
            return self.deliver(&subnet.vpc, packet);
        }
        let mut ways: Vec<(u8, &Id)> = topology
            .route_tables
            .get(&subnet.route_table)?
            .iter()
            .filter(|route| route.destination.contains(to))
            .map(|route| (route.destination.prefix(), &route.target))
            .collect();
        for (id, endpoint) in &topology.endpoints {
            if let EndpointKind::Gateway { route_tables } = &endpoint.kind
                && route_tables.contains(&subnet.route_table)
            {
                let blocks = topology.services.get(&endpoint.service)?;
                ways.extend(blocks.iter().filter(|block| block.contains(to)).map(|block| (block.prefix(), id)));
            }
        }
        ways.sort();
        let (_, target) = ways.last()?;
        match target.split('-').next()? {
            "igw" => self.internet_gateway(target, &subnet.vpc, packet),
            "nat" => self.nat_gateway(target, from, packet),
            "pcx" => {
                let peering = topology.peerings.get(*target).filter(|peering| *peering.status == *"active")?;
                let sides = [&peering.requester, &peering.accepter];
                let other =
                    sides.into_iter().find(|vpc| **vpc != subnet.vpc).filter(|_| sides.contains(&&subnet.vpc))?;
                self.deliver(other, packet)
            }
            "vpce" => {
                self.by_endpoint = Some(from.clone());
                Some((Out::World, packet))
            }
            _ => None,
        }
    }

    /// By the local route of a VPC: never through one of its gateways.
    fn deliver(&mut self, vpc: &Id, packet: Packet) -> Option<(Out, Packet)> {
        let mut subnets = self.topology.subnets.iter();
        let (subnet, _) = subnets.find(|(_, it)| it.vpc == *vpc && it.cidr.contains(packet.destination.0))?;
        self.into_subnet(subnet, packet)
    }

    // ---- gateways

    fn internet_gateway(&mut self, id: &Id, vpc: &Id, mut packet: Packet) -> Option<(Out, Packet)> {
        if self.topology.internet_gateways.get(id)?.as_ref() != Some(vpc) {
            return None;
        }
        let inside = |subnet: &Id| self.topology.subnets.get(subnet).is_some_and(|subnet| subnet.vpc == *vpc);
        let from = packet.source.0;
        let host = self.topology.hosts.values().find(|host| inside(&host.subnet) && host.private_ip == from);
        let nat = self.topology.nat_gateways.values().any(|nat| inside(&nat.subnet) && nat.public_ip == Some(from));
        packet.source.0 = match host {
            Some(host) => host.public_ip?,
            None if nat => from,
            None => return None,
        };
        self.from_world(packet)
    }

    fn nat_gateway(&mut self, id: &Id, from: &Id, mut packet: Packet) -> Option<(Out, Packet)> {
        let nat = self.topology.nat_gateways.get(id)?;
        if nat.subnet != *from {
            self.acl(&nat.subnet, packet, false)?;
        }
        let subnet = self.topology.subnets.get(&nat.subnet)?;
        self.translations.push((id.clone(), packet.source));
        packet.source = (nat.public_ip?, self.nat_port);
        // What a NAT gateway sends on leaves by its own subnet's table, and only to the internet.
        self.acl(&nat.subnet, packet, true)?;
        let to = packet.destination.0;
        let routes = self.topology.route_tables.get(&subnet.route_table)?;
        let way =
            routes.iter().filter(|route| route.destination.contains(to)).max_by_key(|it| it.destination.prefix())?;
        let by_endpoint = self.topology.endpoints.values().any(|endpoint| match &endpoint.kind {
            EndpointKind::Gateway { route_tables } => {
                let blocks = self.topology.services.get(&endpoint.service);
                route_tables.contains(&subnet.route_table)
                    && blocks.is_some_and(|blocks| blocks.iter().any(|block| block.contains(to)))
            }
            EndpointKind::Interface { .. } => false,
        });
        if by_endpoint || !way.target.starts_with("igw") {
            return None;
        }
        self.internet_gateway(&way.target, &subnet.vpc, packet)
    }

    /// A packet on the internet looks for its destination.
    fn from_world(&mut self, mut packet: Packet) -> Option<(Out, Packet)> {
        let to = packet.destination.0;
        if to.is_private() {
            return None;
        }
        if let Some((id, nat)) = self.topology.nat_gateways.iter().find(|(_, nat)| nat.public_ip == Some(to)) {
            // Only answers to what it translated itself come in through a NAT gateway.
            let (_, inner) = self.translations.iter().find(|(by, _)| by == id).filter(|_| self.established)?;
            let inner = *inner;
            self.acl(&nat.subnet, packet, false)?;
            packet.destination = inner;
            let subnet = self.topology.subnets.get(&nat.subnet)?;
            if subnet.cidr.contains(inner.0) {
                return self.reach_interface(&nat.subnet, packet);
            }
            self.acl(&nat.subnet, packet, true)?;
            return self.deliver(&subnet.vpc, packet);
        }
        let Some(host) = self.topology.hosts.values().find(|host| host.public_ip == Some(to)) else {
            return Some((Out::World, packet));
        };
        let vpc = &self.topology.subnets.get(&host.subnet)?.vpc;
        self.topology.internet_gateways.values().find(|at| at.as_ref() == Some(vpc))?;
        packet.destination.0 = host.private_ip;
        self.into_subnet(&host.subnet, packet)
    }
}

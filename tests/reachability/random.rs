//! Networks and questions drawn at random.

use drydock::aws::vpc::cidr::Cidr;
use drydock::aws::vpc::reachability::{
    AclRule, Endpoint, EndpointKind, Flow, Goal, GroupRule, Host, Id, Match, NatGateway, NetworkAcl, Peer, Peering,
    Protocol, Route, SecurityGroup, Start, Subnet, Topology, Vpc,
};
use drydock::sim::Dice;
use std::net::Ipv4Addr;

fn pick<T: Clone>(dice: &mut Dice, from: &[T]) -> T {
    from[usize::try_from(dice.below(from.len() as u64)).unwrap()].clone()
}

fn one_in(dice: &mut Dice, n: u64) -> bool {
    dice.below(n) == 0
}

fn id(kind: &str, nth: u64) -> Id {
    format!("{kind}-{nth}").into()
}

fn cidr(text: &str) -> Cidr {
    Cidr::parse(text).unwrap()
}

/// A block that packets of these networks come from or go to.
pub fn block(dice: &mut Dice) -> Cidr {
    let blocks =
        ["0.0.0.0/0", "10.0.0.0/8", "10.0.0.0/16", "10.1.0.0/16", "10.0.1.0/24", "198.51.100.0/24", "52.0.0.0/8"];
    cidr(pick(dice, &blocks))
}

fn matches(dice: &mut Dice) -> Match {
    let protocol =
        pick(dice, &[Protocol::All, Protocol::All, Protocol::Tcp, Protocol::Tcp, Protocol::Udp, Protocol::Icmp]);
    let ports = pick(dice, &[None, Some((443, 443)), Some((1024, 65535)), Some((80, 443)), Some((0, 65535))]);
    Match { protocol, ports: ports.filter(|_| matches!(protocol, Protocol::Tcp | Protocol::Udp)) }
}

fn acl_rules(dice: &mut Dice) -> Vec<AclRule> {
    let mut rules: Vec<AclRule> = (0..dice.below(4))
        .map(|nth| AclRule {
            number: u16::try_from(10 + 17 * (3 - nth)).unwrap(),
            allows: !one_in(dice, 3),
            matches: matches(dice),
            cidr: block(dice),
        })
        .collect();
    if !one_in(dice, 4) {
        let matches = Match { protocol: Protocol::All, ports: None };
        rules.push(AclRule { number: 200, allows: true, matches, cidr: Cidr::ALL });
    }
    rules
}

fn group_rules(dice: &mut Dice) -> Vec<GroupRule> {
    let mut rules: Vec<GroupRule> = (0..dice.below(3))
        .map(|_| {
            let peer = match dice.below(4) {
                0 => Peer::Group(id("sg", dice.below(3))),
                1 => Peer::PrefixList("s3".into()),
                _ => Peer::Cidr(block(dice)),
            };
            GroupRule { matches: matches(dice), peer }
        })
        .collect();
    if !one_in(dice, 3) {
        let matches = Match { protocol: Protocol::All, ports: None };
        rules.push(GroupRule { matches, peer: Peer::Cidr(Cidr::ALL) });
    }
    rules
}

/// Two or three VPCs, their gateways, and a dozen hosts.
pub fn draw_topology(dice: &mut Dice) -> Topology {
    let mut topology = Topology::default();
    for nth in 0..3 {
        let vpc = id("vpc", nth);
        let blocks = vec![cidr(&format!("10.{nth}.0.0/16"))];
        topology.vpcs.insert(vpc.clone(), Vpc { cidrs: blocks, dns: !one_in(dice, 4) });
        let attached = (!one_in(dice, 6)).then_some(vpc);
        topology.internet_gateways.insert(id("igw", nth), attached);
    }
    for nth in 0..3 {
        let acl = NetworkAcl { ingress: acl_rules(dice), egress: acl_rules(dice) };
        topology.network_acls.insert(id("acl", nth), acl);
        let group = SecurityGroup { ingress: group_rules(dice), egress: group_rules(dice) };
        topology.security_groups.insert(id("sg", nth), group);
    }
    topology.services.insert("s3".into(), vec![cidr("52.216.0.0/15")]);
    topology.services.insert("sts".into(), vec![cidr("54.239.16.0/20")]);
    for nth in 0..7 {
        let vpc = nth % 3;
        let subnet = Subnet {
            vpc: id("vpc", vpc),
            cidr: cidr(&format!("10.{vpc}.{nth}.0/24")),
            zone: id("zone", dice.below(2)),
            route_table: id("rtb", nth),
            network_acl: id("acl", dice.below(3)),
        };
        topology.subnets.insert(id("subnet", nth), subnet);
        topology.route_tables.insert(id("rtb", nth), routes(dice, vpc));
    }
    join(&mut topology, dice);
    for nth in 0..12 {
        let subnet = dice.below(7);
        let groups = (0..dice.below(3)).map(|_| id("sg", dice.below(3))).collect();
        let address =
            |first: u8| Ipv4Addr::new(10, u8::try_from(subnet % 3).unwrap(), u8::try_from(subnet).unwrap(), first);
        let host = Host {
            subnet: id("subnet", subnet),
            private_ip: address(10 + u8::try_from(nth).unwrap()),
            secondary: Vec::new(),
            public_ip: (!one_in(dice, 3)).then(|| Ipv4Addr::new(203, 0, 113, 10 + u8::try_from(nth).unwrap())),
            groups,
        };
        topology.hosts.insert(id("host", nth), host);
    }
    topology
}

/// The routes of a subnet's table: what there is to choose from, and sometimes nothing.
fn routes(dice: &mut Dice, vpc: u64) -> Vec<Route> {
    let mut routes = Vec::new();
    let default = [id("igw", vpc), id("igw", vpc), id("nat", dice.below(3)), id("igw", dice.below(3)), id("gone", 0)];
    if !one_in(dice, 6) {
        routes.push(Route { destination: Cidr::ALL, target: pick(dice, &default) });
    }
    for other in 0..3 {
        if other != vpc && !one_in(dice, 3) {
            let target = pick(dice, &[id("pcx", 0), id("pcx", 1), id("pcx", (vpc + other) % 2)]);
            let destination = pick(dice, &[format!("10.{other}.0.0/16"), format!("10.{other}.{other}.0/24")]);
            routes.push(Route { destination: cidr(&destination), target });
        }
    }
    routes
}

fn join(topology: &mut Topology, dice: &mut Dice) {
    for nth in 0..3 {
        let public_ip = (!one_in(dice, 4)).then(|| Ipv4Addr::new(203, 0, 113, 100 + u8::try_from(nth).unwrap()));
        let subnet = id("subnet", pick(dice, &[nth, nth + 3]));
        topology.nat_gateways.insert(id("nat", nth), NatGateway { subnet, public_ip });
    }
    for (nth, (one, other)) in [(0, 1), (1, 2)].into_iter().enumerate() {
        let status = pick(dice, &["active", "active", "active", "pending-acceptance"]).into();
        let peering = Peering { requester: id("vpc", one), accepter: id("vpc", other), status };
        topology.peerings.insert(id("pcx", nth as u64), peering);
    }
    let route_tables = (0..7).filter(|_| one_in(dice, 2)).map(|nth| id("rtb", nth)).collect();
    let gateway = Endpoint { service: "s3".into(), kind: EndpointKind::Gateway { route_tables } };
    topology.endpoints.insert("vpce-0".into(), gateway);
    let addresses =
        [(id("subnet", 0), Ipv4Addr::new(10, 0, 0, 200)), (id("subnet", 3), Ipv4Addr::new(10, 0, 3, 200))].into();
    let groups = vec![id("sg", dice.below(3))];
    let kind = EndpointKind::Interface { addresses, groups, private_dns: !one_in(dice, 3) };
    topology.endpoints.insert("vpce-1".into(), Endpoint { service: "sts".into(), kind });
}

/// A question that somebody might ask of a network.
pub fn draw_flow(topology: &Topology, dice: &mut Dice) -> Flow {
    let hosts: Vec<(&Id, &Host)> = topology.hosts.iter().collect();
    let from = match dice.below(4) {
        0 => Start::Internet(pick(dice, &[Ipv4Addr::new(198, 51, 100, 7), Ipv4Addr::new(192, 0, 2, 44)])),
        _ => Start::Host(pick(dice, &hosts).0.clone()),
    };
    let (id, host) = pick(dice, &hosts);
    let to = match dice.below(8) {
        0 => Goal::Address(Ipv4Addr::new(93, 184, 216, 34)),
        1 => Goal::Address(host.public_ip.unwrap_or(Ipv4Addr::new(203, 0, 113, 100))),
        2 => Goal::Address(pick(dice, &[Ipv4Addr::new(10, 0, 0, 99), Ipv4Addr::new(10, 9, 0, 5)])),
        3 => Goal::Address(host.private_ip),
        4 if matches!(from, Start::Host(_)) => Goal::Service(pick(dice, &["s3", "sts"]).into()),
        _ => Goal::Host(id.clone()),
    };
    let protocol = pick(dice, &[Protocol::Tcp, Protocol::Tcp, Protocol::Udp, Protocol::Icmp]);
    Flow::new(from, to, protocol, pick(dice, &[443, 80, 22, 30080]))
}

//! The family `reachability`: reachable, or the exact hop and rule that stops it.

use drydock::aws::vpc::cidr::Cidr;
use drydock::aws::vpc::reachability::{
    AclRule, Endpoint, EndpointKind, Flow, Goal, GroupRule, Host, Id, Match, NatGateway, NetworkAcl, Peer, Peering,
    Protocol, Route, Rule, SecurityGroup, Start, Subnet, Topology, Trace, Vpc, trace,
};
use drydock::document::Value;
use std::collections::BTreeMap;
use std::net::Ipv4Addr;

/// Compares one case.
pub fn check(data: &Value) -> Result<(), String> {
    let topology = data.get("topology").and_then(topology).ok_or("the topology cannot be read")?;
    let flow = data.get("flow").and_then(flow).ok_or("the flow cannot be read")?;
    let (wanted, got) = (data.get("expect").cloned().unwrap_or_default(), told(&trace(&topology, &flow)));
    if wanted == got { Ok(()) } else { Err(format!("`{wanted}` was recorded, got `{got}`")) }
}

/// A trace as the recordings tell it.
fn told(trace: &Trace) -> Value {
    let Some(hop) = trace.blocked_at() else { return Value::map().with(&["reachable"], true) };
    let rule = match &hop.rule {
        Rule::None | Rule::Group(..) => Value::Null,
        Rule::Number(number) => Value::Int((*number).into()),
        Rule::Rest => "*".into(),
        Rule::Route(block) => block.to_string().into(),
        Rule::PrefixList(id) | Rule::Reason(id) => id.into(),
    };
    let mut at = Value::map();
    at.set(&["hop"], hop.kind.as_str());
    at.set(&["component"], &hop.component);
    at.set(&["rule"], rule);
    at.set(&["direction"], hop.direction.as_str());
    Value::map().with(&["reachable"], false).with(&["blocked_at"], at)
}

fn flow(data: &Value) -> Option<Flow> {
    let from = match data.at(&["from", "host"]) {
        Some(host) => Start::Host(host.as_shared()?),
        None => Start::Internet(address(data.at(&["from", "internet"])?)?),
    };
    let to = match (data.at(&["to", "host"]), data.at(&["to", "ip"])) {
        (Some(host), _) => Goal::Host(host.as_shared()?),
        (_, Some(ip)) => Goal::Address(address(ip)?),
        _ => Goal::Service(data.at(&["to", "service"])?.as_shared()?),
    };
    let mut flow = Flow::new(from, to, Protocol::parse(data.str_at(&["protocol"]))?, port(data, "port").unwrap_or(0));
    flow.source_port = port(data, "source_port").unwrap_or(flow.source_port);
    flow.nat_source_port = port(data, "nat_source_port").unwrap_or(flow.nat_source_port);
    Some(flow)
}

fn port(data: &Value, field: &str) -> Option<u16> {
    u16::try_from(data.int_at(&[field])?).ok()
}

fn topology(data: &Value) -> Option<Topology> {
    Some(Topology {
        vpcs: each(data, "vpcs", |vpc| Some(Vpc { cidrs: list(vpc, "cidrs", block)?, dns: vpc.is_true_at(&["dns"]) }))?,
        internet_gateways: data
            .at(&["igws"])
            .into_iter()
            .flat_map(Value::entries)
            .map(|(id, vpc)| (id.clone(), vpc.as_shared()))
            .collect(),
        subnets: each(data, "subnets", |subnet| {
            Some(Subnet {
                vpc: id(subnet, "vpc")?,
                cidr: block(subnet.get("cidr")?)?,
                zone: id(subnet, "az")?,
                route_table: id(subnet, "route_table")?,
                network_acl: id(subnet, "nacl")?,
            })
        })?,
        route_tables: each(data, "route_tables", |table| {
            list(table, "routes", |route| {
                Some(Route { destination: block(route.get("dest")?)?, target: id(route, "target")? })
            })
        })?,
        nat_gateways: each(data, "nats", |nat| {
            let is_public = nat.str_at(&["type"]) == "public";
            let public_ip = nat.get("public_ip").and_then(address).filter(|_| is_public);
            Some(NatGateway { subnet: id(nat, "subnet")?, public_ip })
        })?,
        network_acls: each(data, "nacls", |acl| {
            Some(NetworkAcl { ingress: list(acl, "ingress", acl_rule)?, egress: list(acl, "egress", acl_rule)? })
        })?,
        security_groups: each(data, "security_groups", |group| {
            Some(SecurityGroup {
                ingress: list(group, "ingress", group_rule)?,
                egress: list(group, "egress", group_rule)?,
            })
        })?,
        peerings: each(data, "peerings", |peering| {
            Some(Peering {
                requester: id(peering, "requester")?,
                accepter: id(peering, "accepter")?,
                status: id(peering, "status")?,
            })
        })?,
        endpoints: each(data, "endpoints", endpoint)?,
        services: each(data, "services", |service| list(service, "cidrs", block))?,
        hosts: each(data, "hosts", |host| {
            Some(Host {
                subnet: id(host, "subnet")?,
                private_ip: address(host.get("private_ip")?)?,
                secondary: Vec::new(),
                public_ip: host.get("public_ip").and_then(address),
                groups: list(host, "sgs", Value::as_shared)?,
            })
        })?,
    })
}

fn endpoint(data: &Value) -> Option<Endpoint> {
    let kind = if data.str_at(&["type"]) == "gateway" {
        EndpointKind::Gateway { route_tables: list(data, "route_tables", Value::as_shared)? }
    } else {
        EndpointKind::Interface {
            addresses: each(data, "ips", address)?,
            groups: list(data, "sgs", Value::as_shared)?,
            private_dns: data.is_true_at(&["private_dns"]),
        }
    };
    Some(Endpoint { service: id(data, "service")?, kind })
}

fn matches(rule: &Value) -> Option<Match> {
    let ports = rule.items_at(&["ports"]);
    let at = |place: usize| ports.get(place).and_then(Value::as_int).and_then(|port| u16::try_from(port).ok());
    Some(Match { protocol: Protocol::parse(rule.str_at(&["protocol"]))?, ports: at(0).zip(at(1)) })
}

fn acl_rule(rule: &Value) -> Option<AclRule> {
    Some(AclRule {
        number: u16::try_from(rule.int_at(&["rule"])?).ok()?,
        allows: rule.str_at(&["action"]) == "allow",
        matches: matches(rule)?,
        cidr: block(rule.get("cidr")?)?,
    })
}

fn group_rule(rule: &Value) -> Option<GroupRule> {
    let peer = match (rule.get("cidr"), id(rule, "sg")) {
        (Some(cidr), _) => Peer::Cidr(block(cidr)?),
        (_, Some(group)) => Peer::Group(group),
        _ => Peer::PrefixList(id(rule, "prefix_list")?),
    };
    Some(GroupRule { matches: matches(rule)?, peer })
}

fn each<T>(data: &Value, field: &str, read: impl Fn(&Value) -> Option<T>) -> Option<BTreeMap<Id, T>> {
    let entries = data.at(&[field]).into_iter().flat_map(Value::entries);
    entries.map(|(id, value)| Some((id.clone(), read(value)?))).collect()
}

fn list<T>(data: &Value, field: &str, read: impl Fn(&Value) -> Option<T>) -> Option<Vec<T>> {
    data.items_at(&[field]).iter().map(read).collect()
}

fn id(data: &Value, field: &str) -> Option<Id> {
    data.get(field)?.as_shared()
}

fn block(value: &Value) -> Option<Cidr> {
    Cidr::parse(value.as_str()?)
}

fn address(value: &Value) -> Option<Ipv4Addr> {
    value.as_str()?.parse().ok()
}

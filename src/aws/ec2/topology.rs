//! The network of an account's region, as the tracer takes it.

use super::kinds::{
    ENDPOINT, INSTANCE, INTERFACE, INTERNET_GATEWAY, NAT_GATEWAY, NETWORK_ACL, PEERING, ROUTE_TABLE, SECURITY_GROUP,
    SUBNET, VPC, along, texts,
};
use super::{acl, endpoint, network};
use crate::aws::vpc::cidr::Cidr;
use crate::aws::vpc::reachability::{
    AclRule, Endpoint, EndpointKind, Flow, Goal, GroupRule, Host, Id, Match, NatGateway, NetworkAcl, Peer, Peering,
    Protocol, Route, SecurityGroup, Start, Subnet, Topology, Trace, Vpc, trace,
};
use crate::aws::{Cloud, ResourceKey};
use crate::document::Value;
use crate::sim::{Turn, Verb};
use std::collections::BTreeMap;
use std::net::Ipv4Addr;

/// Whether somebody gets an answer, leg by leg: a load balancer on the way begins a new leg.
#[derive(Clone, PartialEq, Debug)]
pub struct Reach {
    /// The legs that were tried; all but the last were passed.
    pub legs: Vec<(Flow, Trace)>,
    /// Why nobody answers although the packet arrives.
    pub silent: Option<Silent>,
}

/// Why nobody answers at the end of the way.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum Silent {
    /// The instance does not run, or its zone has failed.
    NotRunning(Id),
    /// Nothing listens at the port.
    NotListening(Id),
    /// The load balancer has no listener at the port.
    NoListener(Id),
    /// The load balancer has no healthy target.
    NoTarget(Id),
}

impl Reach {
    /// Whether there is an answer.
    #[must_use]
    pub fn answers(&self) -> bool {
        self.silent.is_none() && self.legs.iter().all(|(_, trace)| trace.reachable())
    }

    /// The leg that ended the way, or the last one.
    #[must_use]
    pub fn last(&self) -> Option<&(Flow, Trace)> {
        self.legs.last()
    }
}

impl Cloud {
    /// The network of the learner's account in a region.
    #[must_use]
    pub fn topology(&self, region: &str) -> Topology {
        Reader { cloud: self, account: &self.settings().account, region }.read()
    }

    /// Whether a request from here to there is answered. Hosts are instances and network interfaces
    /// by their ids, load balancers by their DNS names.
    #[must_use]
    pub fn reach(&self, region: &str, from: &Start, to: &Goal, protocol: Protocol, port: u16) -> Reach {
        self.reach_in(&self.topology(region), region, &Flow::new(from.clone(), to.clone(), protocol, port))
    }

    /// The same in a topology that was read before: for many requests at one moment.
    #[must_use]
    pub fn reach_in(&self, topology: &Topology, region: &str, flow: &Flow) -> Reach {
        if let Goal::Service(name) | Goal::Host(name) = &flow.to
            && let Some(reach) = crate::aws::elb::reach(self, topology, region, name, flow)
        {
            return reach;
        }
        let told = trace(topology, flow);
        let target = told.hops.iter().rev().find(|hop| hop.kind == crate::aws::vpc::reachability::HopKind::Host);
        let silent = match target {
            Some(hop) if told.reachable() => self.silence(region, &hop.component, flow),
            _ => None,
        };
        Reach { legs: vec![(flow.clone(), told)], silent }
    }

    /// Why a host does not answer, if it does not.
    #[must_use]
    pub fn silence(&self, region: &str, host: &str, flow: &Flow) -> Option<Silent> {
        let mut instances = self.of_kind(&self.settings().account, region, INSTANCE.kind);
        let (_, instance) = instances.find(|(key, _)| *key.id == *host)?;
        let runs = instance.str_at(&["State", "Name"]) == "running" && !instance.is_true_at(&["_Impaired"]);
        if !runs {
            return Some(Silent::NotRunning(host.into()));
        }
        // At the other addresses of a machine's interface its Pods answer for themselves.
        if let Goal::Address(address) = flow.to
            && instance.str_at(&["PrivateIpAddress"]).parse() != Ok(address)
            && instance.str_at(&["PublicIpAddress"]).parse() != Ok(address)
        {
            return None;
        }
        let mut ports = instance.items_at(&["_Ports"]).iter().chain(instance.items_at(&["_NodePorts"]));
        let listens = flow.protocol != Protocol::Tcp || ports.any(|port| *port == Value::Int(flow.port.into()));
        (!listens).then(|| Silent::NotListening(host.into()))
    }
}

/// kube-proxy listens on a node's machine at these ports.
pub fn set_node_ports(cloud: &mut Cloud, turn: &mut Turn<'_>, instance: &ResourceKey, ports: &[i64]) {
    let mut context = cloud.context(turn, "ec2");
    context.region = instance.region.clone();
    let ports = Value::list(ports.iter().copied().map(Value::from));
    context.update(instance, Verb::UpdateStatus, |it| {
        if it.items_at(&["_NodePorts"]) != ports.items() {
            it.set(&["_NodePorts"], ports);
        }
    });
}

struct Reader<'a> {
    cloud: &'a Cloud,
    account: &'a str,
    region: &'a str,
}

impl<'a> Reader<'a> {
    fn all(&self, kind: &'static str) -> impl Iterator<Item = (Id, &'a Value)> + use<'a> {
        self.cloud.of_kind(self.account, self.region, kind).map(|(key, value)| (key.id.clone(), value))
    }

    fn read(&self) -> Topology {
        let interfaces: BTreeMap<Id, &Value> = self.all(INTERFACE.kind).collect();
        Topology {
            vpcs: self.all(VPC.kind).map(|(id, vpc)| (id, read_vpc(vpc))).collect(),
            internet_gateways: self
                .all(INTERNET_GATEWAY.kind)
                .map(|(id, gateway)| (id, along(gateway, "Attachments.VpcId").into_iter().next()))
                .collect(),
            subnets: self
                .all(SUBNET.kind)
                .filter_map(|(id, subnet)| Some((id.clone(), self.subnet(&id, subnet)?)))
                .collect(),
            route_tables: self.all(ROUTE_TABLE.kind).map(|(id, table)| (id, routes(table))).collect(),
            nat_gateways: self
                .all(NAT_GATEWAY.kind)
                .filter(|(_, nat)| nat.str_at(&["State"]) == "available")
                .map(|(id, nat)| (id, read_nat(nat)))
                .collect(),
            network_acls: self.all(NETWORK_ACL.kind).map(|(id, acl)| (id, read_acl(acl))).collect(),
            security_groups: self
                .all(SECURITY_GROUP.kind)
                .map(|(id, group)| (id, read_group(group)))
                .chain(std::iter::once((OPEN.into(), open())))
                .collect(),
            peerings: self
                .all(PEERING.kind)
                .filter(|(_, peering)| {
                    !matches!(peering.str_at(&["Status", "Code"]), "deleted" | "failed" | "rejected")
                })
                .map(|(id, peering)| (id, read_peering(peering)))
                .collect(),
            endpoints: self
                .all(ENDPOINT.kind)
                .filter(|(_, endpoint)| endpoint.str_at(&["State"]) == "available")
                .map(|(id, endpoint)| (id, read_endpoint(endpoint, &interfaces)))
                .collect(),
            services: endpoint::SERVICES
                .iter()
                .filter_map(|(name, block)| Some(((*name).into(), vec![Cidr::parse(block)?])))
                .collect(),
            hosts: interfaces
                .iter()
                .filter(|(_, it)| !matches!(it.str_at(&["InterfaceType"]), "nat_gateway" | "vpc_endpoint"))
                .filter_map(|(id, it)| Some((host_id(id, it), read_host(it)?)))
                .collect(),
        }
    }

    fn subnet(&self, id: &str, subnet: &Value) -> Option<Subnet> {
        let vpc = subnet.get("VpcId")?.as_shared()?;
        let in_vpc = |value: &Value| value.str_at(&["VpcId"]) == &*vpc;
        let has = |value: &Value, path: &str| along(value, path).iter().any(|own| **own == *id);
        let tables = || self.all(ROUTE_TABLE.kind).filter(|(_, table)| in_vpc(table));
        let own = tables().find(|(_, table)| has(table, "Associations.SubnetId"));
        let main = || tables().find(|(_, table)| super::route::is_main(table));
        let acl = self.all(NETWORK_ACL.kind).find(|(_, acl)| has(acl, "Associations.SubnetId"))?;
        Some(Subnet {
            cidr: Cidr::parse(subnet.str_at(&["CidrBlock"]))?,
            zone: subnet.get("AvailabilityZone")?.as_shared()?,
            route_table: own.or_else(main)?.0,
            network_acl: acl.0,
            vpc: vpc.clone(),
        })
    }
}

/// Under which id a host is known: an instance by its own for its first interface, any other by
/// the interface's.
fn host_id(interface: &Id, value: &Value) -> Id {
    let is_first = value.int_at(&["Attachment", "DeviceIndex"]) == Some(0);
    let instance = value.at(&["Attachment", "InstanceId"]).and_then(Value::as_shared);
    instance.filter(|_| is_first).unwrap_or_else(|| interface.clone())
}

fn read_vpc(vpc: &Value) -> Vpc {
    let dns = vpc.is_true_at(&["_EnableDnsSupport"]) && vpc.is_true_at(&["_EnableDnsHostnames"]);
    Vpc { cidrs: network::cidrs(vpc), dns }
}

fn routes(table: &Value) -> Vec<Route> {
    let all = table.items_at(&["Routes"]).iter().filter(|route| route.str_at(&["GatewayId"]) != "local");
    let read = |route: &Value| {
        let members = ["GatewayId", "NatGatewayId", "VpcPeeringConnectionId", "NetworkInterfaceId", "InstanceId"];
        let target = members.iter().find_map(|member| route.get(member)?.as_shared())?;
        Some(Route { destination: Cidr::parse(route.str_at(&["DestinationCidrBlock"]))?, target })
    };
    all.filter_map(read).collect()
}

fn read_nat(nat: &Value) -> NatGateway {
    let public_ip = along(nat, "NatGatewayAddresses.PublicIp").first().and_then(|text| text.parse().ok());
    NatGateway { subnet: nat.str_at(&["SubnetId"]).into(), public_ip }
}

fn ports(rule: &Value) -> Option<(u16, u16)> {
    let port = |member| rule.int_at(&[member]).and_then(|port| u16::try_from(port).ok());
    port("FromPort").or(port("From")).zip(port("ToPort").or(port("To")))
}

fn matching(protocol: &str, ports: Option<(u16, u16)>) -> Option<Match> {
    let protocol = Protocol::parse(protocol)?;
    Some(Match { protocol, ports: ports.filter(|_| matches!(protocol, Protocol::Tcp | Protocol::Udp)) })
}

fn read_acl(value: &Value) -> NetworkAcl {
    let mut read = NetworkAcl::default();
    for entry in value.items_at(&["Entries"]) {
        let number = entry.int_at(&["RuleNumber"]).unwrap_or(acl::REST);
        let matches = matching(entry.str_at(&["Protocol"]), entry.get("PortRange").and_then(ports));
        let (Some(matches), Some(cidr), Ok(number)) =
            (matches, Cidr::parse(entry.str_at(&["CidrBlock"])), u16::try_from(number))
        else {
            continue;
        };
        if i64::from(number) == acl::REST {
            continue;
        }
        let rule = AclRule { number, allows: entry.str_at(&["RuleAction"]) == "allow", matches, cidr };
        if entry.is_true_at(&["Egress"]) { read.egress.push(rule) } else { read.ingress.push(rule) }
    }
    read
}

fn read_group(value: &Value) -> SecurityGroup {
    let mut read = SecurityGroup::default();
    for rule in value.items_at(&["_Rules"]) {
        let group = rule.at(&["ReferencedGroupInfo", "GroupId"]).and_then(Value::as_shared);
        let peer = match (group, rule.get("CidrIpv4"), endpoint::listed(rule.str_at(&["PrefixListId"]))) {
            (Some(group), ..) => Peer::Group(group),
            (_, Some(block), _) => match Cidr::parse(block.as_str().unwrap_or_default()) {
                Some(block) => Peer::Cidr(block),
                None => continue,
            },
            (_, _, Some(service)) => Peer::PrefixList(service.into()),
            _ => continue,
        };
        let Some(matches) = matching(rule.str_at(&["IpProtocol"]), ports(rule)) else { continue };
        let rule_list = if rule.is_true_at(&["IsEgress"]) { &mut read.egress } else { &mut read.ingress };
        rule_list.push(GroupRule { matches, peer });
    }
    read
}

fn read_peering(peering: &Value) -> Peering {
    let id = |side: &str| peering.str_at(&[side, "VpcId"]).into();
    let status = peering.str_at(&["Status", "Code"]).into();
    Peering { requester: id("RequesterVpcInfo"), accepter: id("AccepterVpcInfo"), status }
}

fn read_endpoint(value: &Value, interfaces: &BTreeMap<Id, &Value>) -> Endpoint {
    let kind = if value.str_at(&["VpcEndpointType"]) == "Gateway" {
        EndpointKind::Gateway { route_tables: texts(value, "RouteTableIds") }
    } else {
        let placed = |id: &Id| {
            let interface = interfaces.get(id)?;
            Some((interface.get("SubnetId")?.as_shared()?, interface.str_at(&["PrivateIpAddress"]).parse().ok()?))
        };
        EndpointKind::Interface {
            addresses: texts(value, "NetworkInterfaceIds").iter().filter_map(placed).collect(),
            groups: along(value, "Groups.GroupId"),
            private_dns: value.is_true_at(&["PrivateDnsEnabled"]),
        }
    };
    Endpoint { service: endpoint::short(value.str_at(&["ServiceName"])).into(), kind }
}

fn read_host(interface: &Value) -> Option<Host> {
    let own: Vec<Ipv4Addr> =
        along(interface, "PrivateIpAddresses.PrivateIpAddress").iter().filter_map(|it| it.parse().ok()).collect();
    let private_ip = interface.str_at(&["PrivateIpAddress"]).parse().ok()?;
    Some(Host {
        subnet: interface.get("SubnetId")?.as_shared()?,
        private_ip,
        secondary: own.into_iter().filter(|address| *address != private_ip).collect(),
        public_ip: interface.str_at(&["Association", "PublicIp"]).parse().ok(),
        groups: if interface.is_true_at(&["_Open"]) { vec![OPEN.into()] } else { along(interface, "Groups.GroupId") },
    })
}

/// The name under which a network load balancer without security groups has one that admits all.
// Source: NLB user guide, "Update the security groups for your Network Load Balancer".
const OPEN: &str = "-";

fn open() -> SecurityGroup {
    let matches = Match { protocol: Protocol::All, ports: None };
    let all = vec![GroupRule { matches, peer: Peer::Cidr(Cidr::ALL) }];
    SecurityGroup { ingress: all.clone(), egress: all }
}

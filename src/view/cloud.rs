//! The cloud on the Map lens: region, VPCs, zones, subnets, gateways, and what stands in them.

use super::wish::PodState;
use crate::aws::ec2::{kinds, zone};
use crate::aws::vpc::cidr::Cidr;
use crate::aws::vpc::reachability::Topology;
use crate::aws::{Cloud, elb, pricing};
use crate::document::Value;
use crate::kube::api::{Resource, meta};
use crate::session::Session;
use std::rc::Rc;

/// What a thing in a subnet is.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum ThingKind {
    /// An instance.
    Instance,
    /// A NAT gateway.
    Nat,
    /// A load balancer, in the first of its subnets.
    Balancer,
    /// A network interface of somebody else: an endpoint's, a control plane's.
    Interface,
}

impl ThingKind {
    /// The key of its name.
    #[must_use]
    pub const fn word(self) -> &'static str {
        match self {
            Self::Instance => "cloud-instance",
            Self::Nat => "cloud-nat",
            Self::Balancer => "cloud-balancer",
            Self::Interface => "cloud-interface",
        }
    }
}

/// Something in a subnet.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Thing {
    /// Its id, as the tracer takes it.
    pub id: Rc<str>,
    /// Its `Name` tag, or its id.
    pub name: Rc<str>,
    /// What it is.
    pub kind: ThingKind,
    /// Its state, as a shape.
    pub state: PodState,
    /// EC2's word for its state.
    pub status: Rc<str>,
    /// Its private address.
    pub address: Rc<str>,
    /// Its public address; empty without one.
    pub public: Rc<str>,
    /// The node that it is to a cluster; empty for any other machine.
    pub node: Rc<str>,
}

/// A subnet.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct SubnetView {
    /// Its id.
    pub id: Rc<str>,
    /// Its `Name` tag, or empty.
    pub name: Rc<str>,
    /// Its block.
    pub cidr: Rc<str>,
    /// Whether its default route leads to an internet gateway.
    pub is_public: bool,
    /// How many addresses are free.
    pub free: i64,
    /// What stands in it.
    pub things: Vec<Thing>,
}

/// A zone of a VPC.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct CloudZone {
    /// Its name.
    pub name: Rc<str>,
    /// Whether it has failed.
    pub is_down: bool,
    /// Its subnets, public ones first.
    pub subnets: Vec<SubnetView>,
}

/// A VPC.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct VpcView {
    /// Its id.
    pub id: Rc<str>,
    /// Its `Name` tag, or empty.
    pub name: Rc<str>,
    /// Its blocks.
    pub cidrs: Rc<str>,
    /// Its internet gateway; empty without one.
    pub gateway: Rc<str>,
    /// Its zones, by name.
    pub zones: Vec<CloudZone>,
}

/// All that stands in the cloud.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct CloudView {
    /// The region.
    pub region: Rc<str>,
    /// The VPCs.
    pub vpcs: Vec<VpcView>,
    /// What an hour costs, in dollars.
    pub hour: Rc<str>,
    /// The control planes that EKS keeps.
    pub planes: Vec<super::plane::PlaneView>,
    /// Instances that want to be nodes and are not.
    pub outside: Vec<super::plane::OutsideView>,
}

/// The cloud of a session's world; nothing while there is a cluster and no network.
#[must_use]
pub fn view(session: &Session) -> Option<CloudView> {
    let cloud = session.world().cloud();
    let region = cloud.settings().region.clone();
    let mut vpcs = all(cloud, kinds::VPC.kind).peekable();
    // Where there is no cluster either, the empty region is what there is to see.
    let is_bare = || {
        let world = session.world();
        world.cluster().snapshot(world.now()).list(Resource::NODES, "").next().is_none()
    };
    if vpcs.peek().is_none() && !is_bare() {
        return None;
    }
    let topology = cloud.topology(&region);
    let nodes = nodes(session);
    let vpcs = vpcs.map(|(id, vpc)| vpc_view(cloud, &topology, &nodes, &id, vpc)).collect();
    let hour = dollars(pricing::micro_dollars_per_hour(cloud)).into();
    let (planes, outside) = (super::plane::planes(session), super::plane::outside(session));
    Some(CloudView { region, vpcs, hour, planes, outside })
}

/// Millionths of a dollar, as a price is written.
#[must_use]
pub fn dollars(micro: i64) -> String {
    format!("${}.{:03}", micro / 1_000_000, micro % 1_000_000 / 1000)
}

pub(super) fn all<'a>(cloud: &'a Cloud, kind: &'a str) -> impl Iterator<Item = (Rc<str>, &'a Value)> + use<'a> {
    let settings = cloud.settings();
    cloud.of_kind(&settings.account, &settings.region, kind).map(|(key, value)| (key.id.clone(), value))
}

/// Nodes and the instances that they are.
fn nodes(session: &Session) -> Vec<(Rc<str>, Rc<str>)> {
    let world = session.world();
    let seen = world.cluster().snapshot(world.now());
    let read = |node: &crate::kube::api::Object| {
        let instance = node.str_at(&["spec", "providerID"]).strip_prefix("aws://")?.rsplit('/').next()?;
        Some((meta::key(node)?.name, Rc::from(instance)))
    };
    seen.list(Resource::NODES, "").filter_map(|node| read(node)).collect()
}

/// The name that people gave to a resource.
pub(super) fn named(value: &Value) -> Rc<str> {
    kinds::tag(value, "Name").unwrap_or_default().into()
}

fn vpc_view(cloud: &Cloud, topology: &Topology, nodes: &[(Rc<str>, Rc<str>)], id: &Rc<str>, vpc: &Value) -> VpcView {
    let mut zones: Vec<CloudZone> = Vec::new();
    for (subnet_id, subnet) in all(cloud, kinds::SUBNET.kind).filter(|(_, it)| it.str_at(&["VpcId"]) == &**id) {
        let view = subnet_view(cloud, topology, nodes, &subnet_id, subnet);
        let name: Rc<str> = subnet.str_at(&["AvailabilityZone"]).into();
        match zones.iter_mut().find(|zone| zone.name == name) {
            Some(zone) => zone.subnets.push(view),
            None => {
                let is_down = zone::is_down(cloud, &cloud.settings().account, &name);
                zones.push(CloudZone { name, is_down, subnets: vec![view] });
            }
        }
    }
    zones.sort_by(|one, other| one.name.cmp(&other.name));
    for zone in &mut zones {
        zone.subnets.sort_by_key(|subnet| (!subnet.is_public, Cidr::parse(&subnet.cidr).map(Cidr::first)));
    }
    let gateway = topology.internet_gateways.iter().find(|(_, at)| at.as_ref() == Some(id)).map(|(id, _)| id.clone());
    let cidrs =
        topology.vpcs.get(id).map(|vpc| vpc.cidrs.iter().map(ToString::to_string).collect::<Vec<_>>().join(", "));
    VpcView {
        id: id.clone(),
        name: named(vpc),
        cidrs: cidrs.unwrap_or_default().into(),
        gateway: gateway.unwrap_or_default(),
        zones,
    }
}

fn subnet_view(
    cloud: &Cloud,
    topology: &Topology,
    nodes: &[(Rc<str>, Rc<str>)],
    id: &Rc<str>,
    subnet: &Value,
) -> SubnetView {
    let routes = topology.subnets.get(id).and_then(|subnet| topology.route_tables.get(&subnet.route_table));
    let leads_out = |target: &str| topology.internet_gateways.get(target).is_some_and(Option::is_some);
    SubnetView {
        id: id.clone(),
        name: named(subnet),
        cidr: subnet.str_at(&["CidrBlock"]).into(),
        is_public: routes
            .into_iter()
            .flatten()
            .any(|route| route.destination.prefix() == 0 && leads_out(&route.target)),
        free: subnet.int_at(&["AvailableIpAddressCount"]).unwrap_or_default(),
        things: things(cloud, nodes, id),
    }
}

fn things(cloud: &Cloud, nodes: &[(Rc<str>, Rc<str>)], subnet: &str) -> Vec<Thing> {
    let mut things = Vec::new();
    let label = |id: &Rc<str>, value: &Value| Some(named(value)).filter(|name| !name.is_empty()).unwrap_or(id.clone());
    for (id, nat) in all(cloud, kinds::NAT_GATEWAY.kind).filter(|(_, it)| it.str_at(&["SubnetId"]) == subnet) {
        let status = nat.str_at(&["State"]);
        if status == "deleted" {
            continue;
        }
        let first = nat.items_at(&["NatGatewayAddresses"]).first().cloned().unwrap_or_default();
        things.push(Thing {
            name: label(&id, nat),
            kind: ThingKind::Nat,
            state: shape(status, false),
            status: status.into(),
            address: first.str_at(&["PrivateIp"]).into(),
            public: first.str_at(&["PublicIp"]).into(),
            node: "".into(),
            id,
        });
    }
    for (_, it) in all(cloud, elb::LOAD_BALANCER) {
        let zones = it.items_at(&["AvailabilityZones"]);
        if zones.first().is_some_and(|zone| zone.str_at(&["SubnetId"]) == subnet) {
            let status = it.str_at(&["State", "Code"]);
            things.push(Thing {
                id: it.str_at(&["DNSName"]).into(),
                name: it.str_at(&["LoadBalancerName"]).into(),
                kind: ThingKind::Balancer,
                state: shape(status, false),
                status: status.into(),
                address: "".into(),
                public: "".into(),
                node: "".into(),
            });
        }
    }
    for (id, it) in all(cloud, kinds::INSTANCE.kind).filter(|(_, it)| it.str_at(&["SubnetId"]) == subnet) {
        let status = it.str_at(&["State", "Name"]);
        let node = nodes.iter().find(|(_, instance)| *instance == id).map(|(node, _)| node.clone());
        things.push(Thing {
            name: label(&id, it),
            kind: ThingKind::Instance,
            state: shape(status, it.is_true_at(&["_Impaired"])),
            status: status.into(),
            address: it.str_at(&["PrivateIpAddress"]).into(),
            public: it.str_at(&["PublicIpAddress"]).into(),
            node: node.unwrap_or_default(),
            id,
        });
    }
    for (id, it) in all(cloud, kinds::INTERFACE.kind).filter(|(_, it)| it.str_at(&["SubnetId"]) == subnet) {
        let description = it.str_at(&["Description"]);
        let is_drawn = it.get("Attachment").is_some() || it.str_at(&["InterfaceType"]) == "nat_gateway";
        if is_drawn || description.starts_with("ELB ") {
            continue;
        }
        let name = description.strip_prefix("VPC Endpoint Interface ").unwrap_or(description);
        things.push(Thing {
            name: if name.is_empty() { id.clone() } else { name.into() },
            kind: ThingKind::Interface,
            state: PodState::Ready,
            status: it.str_at(&["Status"]).into(),
            address: it.str_at(&["PrivateIpAddress"]).into(),
            public: it.str_at(&["Association", "PublicIp"]).into(),
            node: "".into(),
            id,
        });
    }
    things
}

/// The shape of a state.
fn shape(status: &str, is_impaired: bool) -> PodState {
    match status {
        _ if is_impaired => PodState::Failing,
        "pending" | "provisioning" => PodState::Starting,
        "running" | "available" | "active" => PodState::Ready,
        "stopping" | "shutting-down" | "deleting" => PodState::Leaving,
        "failed" => PodState::Failing,
        _ => PodState::Done,
    }
}

impl CloudView {
    /// Everything in every subnet, in reading order.
    pub fn things(&self) -> impl Iterator<Item = &Thing> {
        self.vpcs.iter().flat_map(|vpc| &vpc.zones).flat_map(|zone| &zone.subnets).flat_map(|subnet| &subnet.things)
    }

    /// The nodes that stand in subnets.
    #[must_use]
    pub fn nodes(&self) -> Vec<Rc<str>> {
        self.things().filter(|thing| !thing.node.is_empty()).map(|thing| thing.node.clone()).collect()
    }
}

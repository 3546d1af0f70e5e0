//! An instance knocks at its cluster: in, or outside with the reason.

use super::userdata::{self, Wish};
use super::{AGAIN, Due, identity};
use crate::aws::api::{Call, Caller};
use crate::aws::ec2::catalog::{InstanceType, instance_type};
use crate::aws::vpc::reachability::{Goal, Protocol, Start, Topology};
use crate::aws::{ResourceKey, eks};
use crate::document::Value;
use crate::kube::kubelet::Machine;
use crate::sim::{Reason, Turn, Verb, stable_hash};
use crate::tree;
use crate::world::World;
use std::net::Ipv4Addr;
use std::rc::Rc;

/// How far an instance is that wants to be a node.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum Joining {
    /// It boots.
    Booting,
    /// It is a node.
    Node {
        /// The address of its cluster.
        server: Rc<str>,
        /// The node's name.
        node: Rc<str>,
    },
    /// It knocks in vain.
    Outside(Outside),
    /// It was a node and is switched off.
    Stopped,
}

/// Why an instance is not a node, as data.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Outside(pub Reason);

/// How many addresses of a node its Pods cannot have: each interface keeps one.
// Source: awslabs/amazon-eks-ami nodeadm eni_max_pods.go: interfaces × (addresses − 1) + 2.
fn max_pods(kind: &InstanceType) -> i64 {
    kind.interfaces * (kind.addresses - 1) + 2
}

/// What a node keeps for itself, in MiB.
// Source: awslabs/amazon-eks-ami nodeadm: 255 + 11 × max Pods, and the eviction threshold of 100.
fn reserved_mebibytes(pods: i64) -> i64 {
    255 + 11 * pods + 100
}

impl World {
    pub(super) fn knock(&mut self, key: &ResourceKey) {
        let Some(instance) = self.cloud.get(key).cloned() else { return };
        if instance.str_at(&["State", "Name"]) != "running"
            || !matches!(self.bridge.joining.get(key), Some(Joining::Booting | Joining::Outside(_)))
        {
            return;
        }
        let Some(wish) = crate::aws::ec2::user_data(&instance).and_then(|text| userdata::read(&text)) else { return };
        match self.judge(key, &instance, &wish) {
            Ok((cluster, server)) => self.let_in(key, &instance, &wish, &cluster, &server),
            Err(outside) => {
                let is_news =
                    !matches!(self.bridge.joining.get(key), Some(Joining::Outside(known)) if *known == outside);
                if is_news {
                    self.note("kubelet", Verb::Decide, key, outside.0.clone());
                    let line = console_line(&outside.0);
                    let mut turn =
                        Turn { now: self.now, journal: &mut self.journal, actor: "ec2".into(), cause: None, why: None };
                    eks::log(&mut self.cloud, &mut turn, key, &line);
                }
                self.bridge.joining.insert_mut(key.clone(), Joining::Outside(outside));
                self.bridge.agenda.schedule(self.now + AGAIN, Due::Knock(key.clone()));
            }
        }
    }

    /// Everything between an instance and its cluster, in the order in which it is met.
    fn judge(&mut self, key: &ResourceKey, instance: &Value, wish: &Wish) -> Result<(ResourceKey, Rc<str>), Outside> {
        let outside = |reason: Reason| Outside(reason);
        let role = self.role_of(key, instance).ok_or_else(|| outside(Reason::new("node-no-role")))?;
        let cluster = ResourceKey { kind: eks::CLUSTER.into(), id: wish.cluster.clone(), ..key.clone() };
        if !wish.knows_endpoint {
            // bootstrap.sh asks EKS where the endpoint is: over the network, and as the role.
            self.comes_through(key, &Goal::Service("eks".into()), "node-no-route-eks")?;
            self.allowed(key, &role, "eks", "DescribeCluster", tree!({ "name": &wish.cluster }), &wish.cluster)?;
        }
        let value = self.cloud.get(&cluster).cloned();
        let value = value.filter(|it| !wish.knows_endpoint || it.str_at(&["endpoint"]) == &*wish.endpoint);
        let Some(value) = value else {
            return Err(outside(Reason::new("node-no-cluster").with("cluster", wish.cluster.clone())));
        };
        let Some(server) = self.server_of(&cluster) else {
            return Err(outside(Reason::new("node-cluster-not-ready").with("cluster", wish.cluster.clone())));
        };
        self.endpoint_answers(key, instance, &value)?;
        // The node asks EC2 for its own name before kubelet starts.
        self.allowed(key, &role, "ec2", "DescribeInstances", tree!({ "InstanceIds": [(&key.id)] }), "")?;
        self.mapped(&cluster, &server, &role)?;
        Ok((cluster, server))
    }

    /// The role that an instance's profile carries.
    pub(super) fn role_of(&self, key: &ResourceKey, instance: &Value) -> Option<Rc<str>> {
        let name = instance.str_at(&["IamInstanceProfile", "Arn"]).rsplit('/').next()?;
        let global =
            |kind: &str, id: &str| ResourceKey { region: "".into(), kind: kind.into(), id: id.into(), ..key.clone() };
        let profile = self.cloud.get(&global("AWS::IAM::InstanceProfile", name))?;
        let role = profile.items_at(&["_Roles"]).first()?.as_str()?;
        self.cloud.get(&global("AWS::IAM::Role", role))?.get("Arn")?.as_shared()
    }

    /// Whether the role may do what a node does first.
    fn allowed(
        &mut self,
        key: &ResourceKey,
        role: &Rc<str>,
        service: &str,
        action: &str,
        params: Value,
        cluster: &str,
    ) -> Result<(), Outside> {
        let caller = Caller::Service {
            name: "ec2.amazonaws.com".into(),
            account: key.account.clone(),
            role: Some(role.clone()),
        };
        let call = Call { caller, region: key.region.clone(), service: service.into(), action: action.into(), params };
        let mut turn =
            Turn { now: self.now, journal: &mut self.journal, actor: "kubelet".into(), cause: None, why: None };
        match self.cloud.handle(&mut turn, &call) {
            Err(refusal) if refusal.code.contains("Denied") || refusal.code.contains("Unauthorized") => {
                let reason = Reason::new("node-role-denied")
                    .with("role", role.clone())
                    .with("action", format!("{service}:{action}"))
                    .with("message", refusal.message);
                Err(Outside(reason))
            }
            Err(refusal) if refusal.code.contains("NotFound") => {
                Err(Outside(Reason::new("node-no-cluster").with("cluster", cluster)))
            }
            _ => Ok(()),
        }
    }

    /// Whether a packet of the instance's comes through, and its answer.
    pub(super) fn comes_through(&self, key: &ResourceKey, goal: &Goal, code: &'static str) -> Result<(), Outside> {
        let reach = self.cloud.reach(&key.region, &Start::Host(key.id.clone()), goal, Protocol::Tcp, 443);
        let Some(hop) = reach.last().and_then(|(_, trace)| trace.blocked_at()) else { return Ok(()) };
        let reason = Reason::new(code).with("hop", hop.kind.as_str()).with("component", hop.component.clone());
        Err(Outside(reason.with("subnet", hop.subnet.clone())))
    }

    /// Whether the API server's endpoint answers the instance.
    // Source: Amazon EKS User Guide, "Control network access to cluster API server endpoint".
    fn endpoint_answers(&self, key: &ResourceKey, instance: &Value, cluster: &Value) -> Result<(), Outside> {
        let vpc = cluster.str_at(&["resourcesVpcConfig", "vpcId"]);
        let is_inside = instance.str_at(&["VpcId"]) == vpc;
        if cluster.is_true_at(&["resourcesVpcConfig", "endpointPrivateAccess"]) && is_inside {
            let topology = self.cloud.topology(&key.region);
            if topology.vpcs.get(vpc).is_some_and(|vpc| !vpc.dns) {
                return Err(Outside(Reason::new("node-no-private-dns").with("vpc", vpc)));
            }
            let doors = cluster.items_at(&["_interfaces"]).iter().filter_map(Value::as_shared);
            let mut tried = doors.map(|door| self.comes_through(key, &Goal::Host(door), "node-no-route"));
            return match tried.next() {
                Some(Err(first)) if tried.all(|it| it.is_err()) => Err(first),
                _ => Ok(()),
            };
        }
        if !cluster.is_true_at(&["resourcesVpcConfig", "endpointPublicAccess"]) {
            return Err(Outside(Reason::new("node-endpoint-private").with("vpc", vpc)));
        }
        let address = public_address(cluster);
        self.comes_through(key, &Goal::Address(address), "node-no-route")?;
        let from = seen_as(&self.cloud.topology(&key.region), &key.id);
        let lists = cluster.items_at(&["resourcesVpcConfig", "publicAccessCidrs"]);
        match from {
            Some(from) if !is_listed(lists, from) => {
                Err(Outside(Reason::new("node-not-in-cidrs").with("address", from.to_string())))
            }
            _ => Ok(()),
        }
    }

    /// Whether the cluster knows the role of its nodes.
    fn mapped(&self, cluster: &ResourceKey, server: &str, role: &Rc<str>) -> Result<(), Outside> {
        let not = |what: &str, mode: &str| {
            let reason =
                Reason::new("node-not-mapped").with("role", role.clone()).with("fault", what).with("mode", mode);
            Err(Outside(reason))
        };
        let mode = self.cloud.get(cluster).map(|it| it.str_at(&["accessConfig", "authenticationMode"]).to_owned());
        let mode = mode.unwrap_or_default();
        match eks::node_admission(&self.cloud, cluster, role) {
            Some(true) => Ok(()),
            Some(false) => not("no-entry", &mode),
            None => {
                let Some(site) = self.sites.get(server) else { return not("no-row", &mode) };
                identity::node_row(&site.cluster, role).or_else(|what| not(what, &mode))
            }
        }
    }

    fn let_in(&mut self, key: &ResourceKey, instance: &Value, wish: &Wish, cluster: &ResourceKey, server: &Rc<str>) {
        let Some(kind) = instance_type(instance.str_at(&["InstanceType"])) else { return };
        let role = self.role_of(key, instance).unwrap_or_else(|| "".into());
        let node: Rc<str> = instance.str_at(&["PrivateDnsName"]).into();
        let pods = wish.max_pods.unwrap_or_else(|| max_pods(&kind));
        let zone: Rc<str> = instance.str_at(&["Placement", "AvailabilityZone"]).into();
        let version = node_version(instance);
        let unready = self.cni_fault(key, &role);
        let mut labels: Vec<(Rc<str>, Rc<str>)> = wish.labels.clone();
        for (label, value) in [
            ("node.kubernetes.io/instance-type", kind.name.to_owned()),
            ("beta.kubernetes.io/instance-type", kind.name.to_owned()),
            ("topology.kubernetes.io/region", key.region.to_string()),
            ("failure-domain.beta.kubernetes.io/region", key.region.to_string()),
            ("failure-domain.beta.kubernetes.io/zone", zone.to_string()),
            ("topology.ebs.csi.aws.com/zone", zone.to_string()),
            ("k8s.io/cloud-provider-aws", format!("{:032x}", stable_hash(3, &[&wish.cluster]))),
        ] {
            labels.push((label.into(), value.into()));
        }
        let machine = Machine {
            name: node.clone(),
            cpu: kind.vcpus.to_string().into(),
            memory: format!("{}Mi", kind.memory_mib - reserved_mebibytes(pods)).into(),
            pods,
            address: instance.str_at(&["PrivateIpAddress"]).into(),
            pod_block: 0,
            labels,
            version: eks::version::kubelet(&version).into(),
            provider_id: format!("aws:///{zone}/{}", key.id).into(),
            unready,
            pool: Some(self.pool(key, &kind)),
            zone,
        };
        let (now, is_ready) = (self.now, machine.unready.is_empty());
        let Some(site) = self.sites.get_mut(server) else { return };
        site.cluster.add_machine(now, machine);
        self.bridge.joining.insert_mut(key.clone(), Joining::Node { server: server.clone(), node: node.clone() });
        self.note("kubelet", Verb::Update, key, Reason::new("node-joined").with("node", node));
        let group = wish.labels.iter().find(|(label, _)| &**label == "eks.amazonaws.com/nodegroup");
        // A group counts what is ready.
        if let Some((_, group)) = group.filter(|_| is_ready) {
            let mut turn =
                Turn { now: self.now, journal: &mut self.journal, actor: "eks".into(), cause: None, why: None };
            eks::report_joined(&mut self.cloud, &mut turn, cluster, &key.id, group);
        }
        self.taint(server, instance.str_at(&["PrivateDnsName"]), wish);
    }

    /// What keeps a node's network from starting: nobody may give its Pods addresses.
    // Source: Amazon EKS User Guide, "Amazon EKS node IAM role": AmazonEKS_CNI_Policy there or on aws-node's role.
    fn cni_fault(&mut self, key: &ResourceKey, role: &Rc<str>) -> Rc<str> {
        let interface = tree!({ "NetworkInterfaceId": "eni-00000000000000000", "SecondaryPrivateIpAddressCount": 1 });
        // The interface does not exist, which is found out after the permission.
        let tried = self.allowed(key, role, "ec2", "AssignPrivateIpAddresses", interface, "");
        if tried.is_err_and(|outside| outside.0.code == "node-role-denied") {
            "container runtime network not ready: NetworkReady=false reason:NetworkPluginNotReady \
             message:Network plugin returns error: cni plugin not initialized"
                .into()
        } else {
            "".into()
        }
    }

    /// The addresses that the CNI plugin gives to this node's Pods: of the node's subnet, as many as
    /// its interfaces hold and the subnet has.
    fn pool(&mut self, key: &ResourceKey, kind: &InstanceType) -> Rc<[Rc<str>]> {
        let wanted = kind.interfaces * (kind.addresses - 1);
        let mut turn =
            Turn { now: self.now, journal: &mut self.journal, actor: "aws-node".into(), cause: None, why: None };
        eks::take_pod_addresses(&mut self.cloud, &mut turn, key, kind, wanted).into()
    }
}

/// What the machine's console says of it, in the words of nodeadm and kubelet.
// Source: public reports of nodes that do not join; awslabs/amazon-eks-ami log collector.
fn console_line(reason: &Reason) -> String {
    let arg = |name: &str| {
        let found = reason.args.iter().find(|(known, _)| *known == name);
        match found {
            Some((_, crate::sim::Arg::Text(text))) => text.to_string(),
            _ => String::new(),
        }
    };
    match reason.code {
        "node-not-mapped" => "kubelet: \"Unable to register node with API server\" err=\"Unauthorized\"".to_owned(),
        "node-no-route-eks" => "nodeadm: operation error EKS: DescribeCluster, https response error StatusCode: 0, \
                                RequestID: , request send failed: dial tcp: i/o timeout"
            .to_owned(),
        "node-role-denied" => format!("nodeadm: operation error {}: {}", arg("action").replace(':', ": "), arg("message")),
        "node-no-cluster" => format!(
            "nodeadm: operation error EKS: DescribeCluster, ResourceNotFoundException: No cluster found for name: {}.",
            arg("cluster")
        ),
        "node-no-role" => "nodeadm: failed to refresh cached credentials, no EC2 IMDS role found".to_owned(),
        _ => "kubelet: \"Unable to register node with API server\" err=\"Post \\\"https://api/api/v1/nodes\\\": dial tcp: i/o timeout\""
            .to_owned(),
    }
}

/// The version of an image: EKS's are told apart by their ids.
fn node_version(instance: &Value) -> String {
    let image = instance.str_at(&["ImageId"]);
    let known =
        eks::version::VERSIONS.iter().find(|version| image.starts_with(&format!("ami-0c0dec2023{}", version.minor)));
    known.map_or(eks::version::DEFAULT, |version| version.name).to_owned()
}

/// Where the public endpoint is.
fn public_address(cluster: &Value) -> Ipv4Addr {
    let number = stable_hash(4, &[cluster.str_at(&["endpoint"])]);
    Ipv4Addr::new(3, 36, (number >> 8 & 0xff) as u8, (number & 0xff) as u8 | 1)
}

/// Under which address the internet sees a host: its own, or its NAT gateway's.
fn seen_as(topology: &Topology, host: &str) -> Option<Ipv4Addr> {
    let host = topology.hosts.get(host)?;
    if let Some(own) = host.public_ip {
        return Some(own);
    }
    let subnet = topology.subnets.get(&host.subnet)?;
    let routes = topology.route_tables.get(&subnet.route_table)?;
    routes.iter().find_map(|route| topology.nat_gateways.get(&route.target)?.public_ip)
}

/// Whether an address is in one of the blocks.
pub(super) fn is_listed(blocks: &[Value], address: Ipv4Addr) -> bool {
    use crate::aws::vpc::cidr::Cidr;
    blocks.iter().filter_map(|block| Cidr::parse(block.as_str()?)).any(|block| block.contains(address))
}

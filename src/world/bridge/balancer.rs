//! Services of type LoadBalancer: the cloud provider that EKS brings along makes a Classic Load
//! Balancer (or, asked by an annotation, a Network Load Balancer); the AWS Load Balancer Controller,
//! where somebody has installed it, a Network Load Balancer of its own. Each asks AWS as whoever it
//! is: the cluster's role, the controller's Pod.
// Models cloud-provider-aws pkg/providers/v1/aws.go EnsureLoadBalancer, and
// kubernetes-sigs/aws-load-balancer-controller pkg/service, pkg/networking/subnet_resolver.go

use super::credentials::NoCredentials;
use super::ingress;
use crate::aws::api::{Call, Caller, Error};
use crate::aws::vpc::reachability::{Goal, Protocol, Start};
use crate::aws::{Answer as AwsAnswer, ResourceKey};
use crate::document::Value;
use crate::kube::Outcome;
use crate::kube::api::{Key, Object, Request, Resource, User, Verb, meta};
use crate::kube::why::Why;
use crate::sim::{SimTime, Turn, secs, stable_hash};
use crate::tree;
use crate::world::{Origin, World};
use std::rc::Rc;

/// The finalizer of whoever makes load balancers in the cloud provider's name.
pub(super) const CLEANUP: &str = "service.kubernetes.io/load-balancer-cleanup";
/// The controller's.
pub(super) const CONTROLLER_CLEANUP: &str = "service.k8s.aws/resources";

const TYPE: &str = "service.beta.kubernetes.io/aws-load-balancer-type";
const TARGETS: &str = "service.beta.kubernetes.io/aws-load-balancer-nlb-target-type";
const SCHEME: &str = "service.beta.kubernetes.io/aws-load-balancer-scheme";
const INTERNAL: &str = "service.beta.kubernetes.io/aws-load-balancer-internal";
const CLASS: &str = "service.k8s.aws/nlb";

/// First and longest wait before something is tried again.
// Models k8s.io/cloud-provider/controllers/service minRetryDelay, maxRetryDelay
const RETRY_FIRST: SimTime = secs(5);
const RETRY_MAX: SimTime = secs(300);

/// Who makes the load balancer of a Service, and of what kind.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Maker {
    Classic,
    Network,
    Controller,
    /// The controller for an Ingress.
    Application,
}

impl Maker {
    /// Whether the AWS Load Balancer Controller makes it.
    fn is_controllers(self) -> bool {
        matches!(self, Self::Controller | Self::Application)
    }
}

/// A load balancer at work on: whose, where, as whom.
pub(super) struct Site<'a> {
    pub server: &'a Rc<str>,
    pub cluster: ResourceKey,
    pub vpc: Rc<str>,
    pub caller: Caller,
    pub maker: Maker,
    pub service: Rc<Object>,
}

fn maker_of(service: &Value) -> Maker {
    let kind = meta::annotation(service, TYPE).unwrap_or_default();
    let class = service.str_at(&["spec", "loadBalancerClass"]);
    match (class, kind) {
        (CLASS, _) | (_, "external" | "nlb-ip") => Maker::Controller,
        (_, "nlb") => Maker::Network,
        _ => Maker::Classic,
    }
}

impl Site<'_> {
    pub(super) fn is_internal(&self) -> bool {
        let says = |name| meta::annotation(&self.service, name);
        match self.maker {
            // The controller's default is internal, the cloud provider's is not.
            Maker::Controller => says(SCHEME).unwrap_or("internal") == "internal",
            Maker::Application => says(ingress::SCHEME).unwrap_or("internal") == "internal",
            _ => says(INTERNAL).is_some_and(|text| text != "false"),
        }
    }

    pub(super) fn wants_addresses(&self) -> bool {
        if self.maker == Maker::Application {
            return meta::annotation(&self.service, ingress::TARGETS) == Some("ip");
        }
        meta::annotation(&self.service, TYPE) == Some("nlb-ip")
            || meta::annotation(&self.service, TARGETS) == Some("ip")
    }

    /// The load balancer's name.
    pub(super) fn name(&self) -> String {
        let uid: String = meta::uid(&self.service).chars().filter(|c| *c != '-').collect();
        match self.maker {
            // Models cloudprovider.DefaultLoadBalancerName
            Maker::Classic | Maker::Network => format!("a{uid}").chars().take(32).collect(),
            Maker::Controller | Maker::Application => {
                let short =
                    |text: &str| -> String { text.chars().filter(char::is_ascii_alphanumeric).take(8).collect() };
                let hash = format!("{:016x}", stable_hash(9, &[&self.cluster.id, &uid]));
                let hash = hash.get(..10).unwrap_or_default();
                format!("k8s-{}-{}-{hash}", short(meta::namespace(&self.service)), short(meta::name(&self.service)))
            }
        }
    }

    fn finalizer(&self) -> &'static str {
        match self.maker {
            Maker::Controller => CONTROLLER_CLEANUP,
            Maker::Application => ingress::CLEANUP,
            _ => CLEANUP,
        }
    }

    pub(super) fn ports(&self) -> impl Iterator<Item = &Value> {
        self.service.items_at(&["spec", "ports"]).iter()
    }

    pub(super) fn user(&self) -> User {
        match self.maker {
            Maker::Controller | Maker::Application => User::new(
                "system:serviceaccount:kube-system:aws-load-balancer-controller",
                &["system:masters", "system:authenticated"],
            ),
            _ => User::new("eks:service-controller", &["system:masters", "system:authenticated"]),
        }
    }

    pub(super) fn actor(&self) -> &'static str {
        match self.maker {
            Maker::Controller => "service",
            Maker::Application => "ingress",
            _ => "service-controller",
        }
    }
}

impl World {
    /// Whether a load balancer answers the learner's own computer; none where nobody has that name.
    #[must_use]
    pub fn reaches(&self, host: &str, port: i64) -> Option<bool> {
        let region = self.cloud.settings().region.clone();
        let account = &self.cloud.settings().account;
        let mut all = self.cloud.of_kind(account, &region, crate::aws::elb::LOAD_BALANCER);
        all.find(|(_, it)| it.str_at(&["DNSName"]) == host)?;
        let from = Start::Internet(super::install::CLIENT);
        let port = u16::try_from(port).unwrap_or_default();
        Some(self.cloud.reach(&region, &from, &Goal::Host(host.into()), Protocol::Tcp, port).answers())
    }

    /// Looks at a Service that wants a load balancer, or had one.
    pub(super) fn balance(&mut self, server: &Rc<str>, key: &Key) {
        let Some(service) = self.object(server, key) else { return };
        let Some(Origin::Eks(cluster)) = self.sites.get(server).map(|site| site.origin.clone()) else { return };
        let maker = maker_of(&service);
        let value = self.cloud.get(&cluster).cloned().unwrap_or_default();
        let vpc: Rc<str> = value.str_at(&["resourcesVpcConfig", "vpcId"]).into();
        let caller = if maker == Maker::Controller {
            // Without the controller nobody feels spoken to: the Service waits and nothing is said.
            let Some(pod) = self.pod_labelled(server, "app.kubernetes.io/name", "aws-load-balancer-controller") else {
                return;
            };
            match self.credentials(server, &pod) {
                Ok(key) => Caller::Keys { access_key_id: key },
                Err(refusal) => {
                    let site = Site { server, cluster, vpc, caller: Caller::Anonymous, maker, service };
                    let text = format!("operation error EC2: DescribeSubnets, {}", sdk_words(&refusal));
                    return self.balancing_failed(&site, &text);
                }
            }
        } else {
            let role = value.get("roleArn").and_then(Value::as_shared);
            Caller::Service { name: "eks.amazonaws.com".into(), account: cluster.account.clone(), role }
        };
        let site = Site { server, cluster, vpc, caller, maker, service };
        self.open_node_ports(&site);
        let wants = site.service.str_at(&["spec", "type"]) == "LoadBalancer" && !meta::is_deleting(&site.service);
        let done = if wants { self.ensure(&site) } else { self.take_down(&site) };
        match done {
            Ok(()) => self.bridge.forget_failures(server, key),
            Err(text) => self.balancing_failed(&site, &text),
        }
    }

    /// Says what went wrong, in the controller's words, and tries again later.
    fn balancing_failed(&mut self, site: &Site<'_>, text: &str) {
        let (reason, message) = match site.maker {
            Maker::Controller => ("FailedBuildModel", format!("Failed build model due to {text}")),
            _ => (
                "SyncLoadBalancerFailed",
                format!("Error syncing load balancer: failed to ensure load balancer: {text}"),
            ),
        };
        let mut outcome = Outcome::settled();
        outcome.event(&site.service, "Warning", reason, message.clone());
        if let Some(key) = meta::key(&site.service) {
            outcome.decisions.push((key.clone(), Why::CloudSays { message }));
            self.carry(site.server, site.actor(), &site.user(), outcome);
            let wait = self.bridge.failed(site.server, &key, RETRY_FIRST, RETRY_MAX);
            self.look_soon(site.server, &key, wait);
        }
    }

    pub(super) fn ask_aws(&mut self, site: &Site<'_>, service: &str, action: &str, params: Value) -> AwsAnswer {
        let call = Call {
            caller: site.caller.clone(),
            region: site.cluster.region.clone(),
            service: service.into(),
            action: action.into(),
            params,
        };
        let actor = site.actor().into();
        let mut turn = Turn { now: self.now, journal: &mut self.journal, actor, cause: None, why: None };
        self.cloud.handle(&mut turn, &call)
    }

    /// The load balancer is there, with its listeners and targets, and the Service knows its name.
    fn ensure(&mut self, site: &Site<'_>) -> Result<(), String> {
        let words = |error: Error| match site.maker {
            Maker::Controller => format!("operation error ELBv2, api error {}: {}", error.code, error.message),
            _ => format!("{}: {}", error.code, error.message),
        };
        let name = site.name();
        let known = self.balancer_named(&site.cluster, &name);
        let is_new = known.is_none();
        if is_new {
            let mut outcome = Outcome::settled();
            if site.maker != Maker::Controller {
                outcome.event(&site.service, "Normal", "EnsuringLoadBalancer", "Ensuring load balancer");
            }
            add_finalizer(&mut outcome, site);
            self.carry(site.server, site.actor(), &site.user(), outcome);
        }
        let arn = match known {
            Some((arn, _)) => arn,
            None => self.make_balancer(site, &name, words)?,
        };
        self.set_targets(site, &name, &arn).map_err(words)?;
        let Some((_, balancer)) = self.balancer_named(&site.cluster, &name) else { return Ok(()) };
        let host = balancer.str_at(&["DNSName"]).to_owned();
        let shown = site.service.items_at(&["status", "loadBalancer", "ingress"]);
        if shown.first().map(|it| it.str_at(&["hostname"])) != Some(&host) {
            let mut outcome = Outcome::settled();
            let Some(key) = meta::key(&site.service) else { return Ok(()) };
            let Some(current) = self.object(site.server, &key) else { return Ok(()) };
            let mut body = current.value.clone();
            body.remove(&["metadata", "resourceVersion"]);
            body.set(&["status", "loadBalancer", "ingress"], Value::list([tree!({ "hostname": host.as_str() })]));
            let request = Request::new(site.user(), Verb::Update, &key).on("status").with_body(body);
            outcome.request(request, Why::AddressGiven { address: host });
            let (reason, message) = match site.maker {
                Maker::Controller => ("SuccessfullyReconciled", "Successfully reconciled"),
                _ => ("EnsuredLoadBalancer", "Ensured load balancer"),
            };
            outcome.event(&site.service, "Normal", reason, message);
            self.carry(site.server, site.actor(), &site.user(), outcome);
        }
        Ok(())
    }

    pub(super) fn balancer_named(&self, cluster: &ResourceKey, name: &str) -> Option<(Rc<str>, Value)> {
        let mut all = self.cloud.of_kind(&cluster.account, &cluster.region, crate::aws::elb::LOAD_BALANCER);
        let (key, value) = all.find(|(_, it)| it.str_at(&["LoadBalancerName"]) == name)?;
        Some((key.id.clone(), value.clone()))
    }

    /// Makes the load balancer: subnets, a security group, listeners. Returns its ARN.
    fn make_balancer(
        &mut self,
        site: &Site<'_>,
        name: &str,
        words: impl Fn(Error) -> String + Copy,
    ) -> Result<Rc<str>, String> {
        let subnets = self.subnets_for(site)?;
        let ids = Value::list(subnets.iter().map(Value::from));
        let scheme = if site.is_internal() { "internal" } else { "internet-facing" };
        let service = format!("{}/{}", meta::namespace(&site.service), meta::name(&site.service));
        let group = match site.maker {
            Maker::Network => None,
            _ => {
                let ports: Vec<i64> = site.ports().filter_map(|port| port.int_at(&["port"])).collect();
                let ranges = site.service.items_at(&["spec", "loadBalancerSourceRanges"]);
                let ranges: Vec<&str> = ranges.iter().filter_map(Value::as_str).collect();
                let ranges = if ranges.is_empty() { "0.0.0.0/0".to_owned() } else { ranges.join(",") };
                Some(self.make_group(site, name, &service, &ports, &ranges).map_err(words)?)
            }
        };
        self.let_into_nodes(site, group.as_deref());
        let groups = Value::list(group.iter().map(Value::from));
        let tags = tree!([
            { "Key": "kubernetes.io/service-name", "Value": service.as_str() },
            { "Key": format!("kubernetes.io/cluster/{}", site.cluster.id), "Value": "owned" },
        ]);
        if site.maker == Maker::Classic {
            let listeners = site.ports().map(|port| {
                tree!({
                    "Protocol": "TCP", "LoadBalancerPort": (port.get("port")), "InstanceProtocol": "TCP",
                    "InstancePort": (port.get("nodePort")),
                })
            });
            let params = tree!({
                "LoadBalancerName": name, "Listeners": (Value::list(listeners)), "Subnets": ids,
                "SecurityGroups": groups, "Scheme": scheme, "Tags": tags,
            });
            self.ask_aws(site, "elb", "CreateLoadBalancer", params).map_err(words)?;
            let made = self.balancer_named(&site.cluster, name);
            return made.map(|(arn, _)| arn).ok_or_else(|| "LoadBalancerNotFound".to_owned());
        }
        let params = tree!({
            "Name": name, "Type": "network", "Subnets": ids, "SecurityGroups": groups, "Scheme": scheme, "Tags": &tags,
        });
        let made = self.ask_aws(site, "elbv2", "CreateLoadBalancer", params).map_err(words)?;
        let arn: Rc<str> =
            made.items_at(&["LoadBalancers"]).first().map_or("", |it| it.str_at(&["LoadBalancerArn"])).into();
        for port in site.ports() {
            let number = port.int_at(&["port"]).unwrap_or_default();
            let target = self.group_name(site, port);
            let (kind, at) = if site.wants_addresses() {
                ("ip", target_port(port))
            } else {
                ("instance", port.int_at(&["nodePort"]).unwrap_or_default())
            };
            let params = tree!({
                "Name": target, "Protocol": "TCP", "Port": at, "VpcId": &site.vpc, "TargetType": kind,
                "HealthCheckProtocol": "TCP", "HealthCheckIntervalSeconds": 10, "HealthyThresholdCount": 3,
                "UnhealthyThresholdCount": 3, "Tags": &tags,
            });
            let made = self.ask_aws(site, "elbv2", "CreateTargetGroup", params).map_err(words)?;
            let group = made.items_at(&["TargetGroups"]).first().map_or("", |it| it.str_at(&["TargetGroupArn"]));
            let params = tree!({
                "LoadBalancerArn": &arn, "Protocol": "TCP", "Port": number,
                "DefaultActions": [{ "Type": "forward", "TargetGroupArn": group }],
            });
            self.ask_aws(site, "elbv2", "CreateListener", params).map_err(words)?;
        }
        Ok(arn)
    }

    pub(super) fn group_name(&self, site: &Site<'_>, port: &Value) -> String {
        let hash = stable_hash(
            10,
            &[meta::uid(&site.service), &port.get("port").map(ToString::to_string).unwrap_or_default()],
        );
        format!(
            "k8s-{:.8}-{:.8}-{:.10}",
            meta::namespace(&site.service),
            meta::name(&site.service),
            format!("{hash:016x}")
        )
    }

    /// The subnets that a load balancer is put into: one of each zone.
    pub(super) fn subnets_for(&mut self, site: &Site<'_>) -> Result<Vec<Rc<str>>, String> {
        let filter = tree!({ "Filters": [{ "Name": "vpc-id", "Values": [(&site.vpc)] }] });
        let words = |error: Error| match site.maker {
            Maker::Controller | Maker::Application => format!(
                "couldn't auto-discover subnets: operation error EC2: DescribeSubnets, https response error \
                 StatusCode: 403, api error {}: {}",
                error.code, error.message
            ),
            _ => format!("error describing subnets: \"{}: {}\"", error.code, error.message),
        };
        let found = self.ask_aws(site, "ec2", "DescribeSubnets", filter).map_err(words)?;
        let internal = site.is_internal();
        let role = if internal { "kubernetes.io/role/internal-elb" } else { "kubernetes.io/role/elb" };
        let own = format!("kubernetes.io/cluster/{}", site.cluster.id);
        let topology = self.cloud.topology(&site.cluster.region);
        let is_public = |id: &str| {
            let table = topology.subnets.get(id).and_then(|subnet| topology.route_tables.get(&subnet.route_table));
            table.into_iter().flatten().any(|route| route.target.starts_with("igw-"))
        };
        let mut best: Vec<(Rc<str>, Rc<str>, u8)> = Vec::new();
        for subnet in found.items_at(&["Subnets"]) {
            let tag = |key: &str| {
                let mut tags = subnet.items_at(&["Tags"]).iter();
                tags.find(|tag| tag.str_at(&["Key"]) == key).map(|tag| tag.str_at(&["Value"]))
            };
            let mut tags = subnet.items_at(&["Tags"]).iter();
            let of_others =
                tags.any(|tag| tag.str_at(&["Key"]).starts_with("kubernetes.io/cluster/")) && tag(&own).is_none();
            let id: Rc<str> = subnet.str_at(&["SubnetId"]).into();
            let has_role = tag(role).is_some_and(|value| matches!(value, "" | "1"));
            let fits = match site.maker {
                // The controller asks for the role's tag and for nothing else.
                Maker::Controller | Maker::Application => has_role && !of_others,
                _ => !of_others && (internal || is_public(&id)),
            };
            if !fits {
                continue;
            }
            let rank = 2 * u8::from(has_role) + u8::from(tag(&own).is_some());
            let zone: Rc<str> = subnet.str_at(&["AvailabilityZone"]).into();
            match best.iter_mut().find(|(known, ..)| *known == zone) {
                Some(known) if (rank, &known.1) > (known.2, &id) => *known = (zone, id, rank),
                Some(_) => {}
                None => best.push((zone, id, rank)),
            }
        }
        if best.is_empty() {
            return Err(match site.maker {
                Maker::Controller => format!("unable to resolve at least one subnet (0 match VPC and tags: [{role}])"),
                Maker::Application => format!(
                    "couldn't auto-discover subnets: unable to resolve at least one subnet (0 match VPC and tags: [{role}])"
                ),
                _ => "could not find any suitable subnets for creating the ELB".to_owned(),
            });
        }
        best.sort();
        Ok(best.into_iter().map(|(_, id, _)| id).collect())
    }

    /// The load balancer's own security group, open at its ports for the blocks of `sources`.
    pub(super) fn make_group(
        &mut self,
        site: &Site<'_>,
        name: &str,
        service: &str,
        ports: &[i64],
        sources: &str,
    ) -> Result<Rc<str>, Error> {
        let (group, about) = match site.maker {
            _ if site.maker.is_controllers() => {
                (name.to_owned(), "[k8s] Managed SecurityGroup for LoadBalancer".to_owned())
            }
            _ => (format!("k8s-elb-{name}"), format!("Security group for Kubernetes ELB {name} ({service})")),
        };
        let tags = tree!([{ "Key": format!("kubernetes.io/cluster/{}", site.cluster.id), "Value": "owned" }]);
        let params = tree!({
            "GroupName": group, "Description": about, "VpcId": &site.vpc,
            "TagSpecifications": [{ "ResourceType": "security-group", "Tags": tags }],
        });
        let made = self.ask_aws(site, "ec2", "CreateSecurityGroup", params)?;
        let id: Rc<str> = made.str_at(&["GroupId"]).into();
        let permissions = ports.iter().map(|port| {
            let ranges = sources.split(',').map(|block| tree!({ "CidrIp": block.trim() }));
            tree!({ "IpProtocol": "tcp", "FromPort": *port, "ToPort": *port, "IpRanges": (Value::list(ranges)) })
        });
        let params = tree!({ "GroupId": &id, "IpPermissions": (Value::list(permissions)) });
        self.ask_aws(site, "ec2", "AuthorizeSecurityGroupIngress", params)?;
        Ok(id)
    }

    /// The nodes' security group lets the load balancer in.
    // Models updateInstanceSecurityGroupsForLoadBalancer, updateInstanceSecurityGroupsForNLB
    pub(super) fn let_into_nodes(&mut self, site: &Site<'_>, group: Option<&str>) {
        let value = self.cloud.get(&site.cluster).cloned().unwrap_or_default();
        let nodes = value.str_at(&["resourcesVpcConfig", "clusterSecurityGroupId"]).to_owned();
        let permissions = match group {
            Some(group) => Value::list([tree!({ "IpProtocol": "-1", "UserIdGroupPairs": [{ "GroupId": group }] })]),
            None => Value::list(site.ports().map(|port| {
                tree!({
                    "IpProtocol": "tcp", "FromPort": (port.get("nodePort")), "ToPort": (port.get("nodePort")),
                    "IpRanges": [{ "CidrIp": "0.0.0.0/0" }],
                })
            })),
        };
        // A rule that is there already stays.
        let params = tree!({ "GroupId": nodes, "IpPermissions": permissions });
        let _ = self.ask_aws(site, "ec2", "AuthorizeSecurityGroupIngress", params);
    }

    /// The Service is going, or wants no load balancer any more.
    fn take_down(&mut self, site: &Site<'_>) -> Result<(), String> {
        let finalizers = site.service.items_at(&["metadata", "finalizers"]);
        if !finalizers.iter().any(|it| it.as_str() == Some(site.finalizer())) {
            return Ok(());
        }
        let words = |error: Error| format!("{}: {}", error.code, error.message);
        let mut outcome = Outcome::settled();
        let name = site.name();
        if let Some((arn, balancer)) = self.balancer_named(&site.cluster, &name) {
            if site.maker != Maker::Controller {
                outcome.event(&site.service, "Normal", "DeletingLoadBalancer", "Deleting load balancer");
            }
            let groups: Vec<Value> = balancer.items_at(&["SecurityGroups"]).to_vec();
            if site.maker == Maker::Classic {
                let params = tree!({ "LoadBalancerName": name.as_str() });
                self.ask_aws(site, "elb", "DeleteLoadBalancer", params).map_err(words)?;
            } else {
                let behind = self
                    .ask_aws(site, "elbv2", "DescribeTargetGroups", tree!({ "LoadBalancerArn": &arn }))
                    .map_err(words)?;
                self.ask_aws(site, "elbv2", "DeleteLoadBalancer", tree!({ "LoadBalancerArn": &arn })).map_err(words)?;
                for group in behind.items_at(&["TargetGroups"]) {
                    let params = tree!({ "TargetGroupArn": group.get("TargetGroupArn") });
                    self.ask_aws(site, "elbv2", "DeleteTargetGroup", params).map_err(words)?;
                }
            }
            self.drop_groups(site, &groups);
        }
        let Some(key) = meta::key(&site.service) else { return Ok(()) };
        if site.maker != Maker::Controller {
            outcome.event(&site.service, "Normal", "DeletedLoadBalancer", "Deleted load balancer");
        }
        let mut body = site.service.value.clone();
        body.remove(&["metadata", "resourceVersion"]);
        let left: Vec<Value> = finalizers.iter().filter(|it| it.as_str() != Some(site.finalizer())).cloned().collect();
        body.set(&["metadata", "finalizers"], Value::list(left));
        if !meta::is_deleting(&site.service) {
            let bare = body.clone().with(&["status", "loadBalancer"], Value::map());
            outcome.request(Request::new(site.user(), Verb::Update, &key).on("status").with_body(bare), Why::Observed);
        }
        outcome.request(Request::new(site.user(), Verb::Update, &key).with_body(body), Why::NotInUse);
        self.carry(site.server, site.actor(), &site.user(), outcome);
        Ok(())
    }

    /// The security groups of a load balancer that is gone, and the nodes' rule for them.
    pub(super) fn drop_groups(&mut self, site: &Site<'_>, groups: &[Value]) {
        let value = self.cloud.get(&site.cluster).cloned().unwrap_or_default();
        let nodes = value.str_at(&["resourcesVpcConfig", "clusterSecurityGroupId"]).to_owned();
        for group in groups {
            let permissions = Value::list([tree!({ "IpProtocol": "-1", "UserIdGroupPairs": [{ "GroupId": group }] })]);
            let params = tree!({ "GroupId": nodes.as_str(), "IpPermissions": permissions });
            // Somebody may have taken either away already.
            let _ = self.ask_aws(site, "ec2", "RevokeSecurityGroupIngress", params);
            let _ = self.ask_aws(site, "ec2", "DeleteSecurityGroup", tree!({ "GroupId": group }));
        }
    }

    /// A ready Pod of kube-system with this label.
    pub(super) fn pod_labelled(&self, server: &str, label: &str, value: &str) -> Option<Rc<Object>> {
        let site = self.sites.get(server)?;
        let mut pods = site
            .cluster
            .etcd()
            .iter()
            .filter(|(key, _)| key.resource == Resource::PODS && &*key.namespace == "kube-system");
        let is_it = |pod: &Object| meta::label(pod, label) == Some(value) && meta::is_condition_true(pod, "Ready");
        pods.find(|(_, pod)| is_it(pod)).map(|(_, pod)| pod.clone())
    }
}

fn target_port(port: &Value) -> i64 {
    port.int_at(&["targetPort"]).or(port.int_at(&["port"])).unwrap_or_default()
}

pub(super) fn add_finalizer(outcome: &mut Outcome, site: &Site<'_>) {
    let Some(key) = meta::key(&site.service) else { return };
    let mut all = site.service.items_at(&["metadata", "finalizers"]).to_vec();
    if all.iter().any(|it| it.as_str() == Some(site.finalizer())) {
        return;
    }
    all.push(site.finalizer().into());
    let mut body = site.service.value.clone();
    body.remove(&["metadata", "resourceVersion"]);
    body.set(&["metadata", "finalizers"], Value::list(all));
    outcome.request(Request::new(site.user(), Verb::Update, &key).with_body(body), Why::Observed);
}

/// Why a Pod has no credentials, in the words of the Go SDK.
pub(super) fn sdk_words(refusal: &NoCredentials) -> String {
    match refusal {
        NoCredentials::Refused(action, error) => format!(
            "get identity: get credentials: failed to refresh cached credentials, failed to retrieve credentials, \
             operation error STS: {action}, https response error StatusCode: 403, api error {}: {}",
            error.code, error.message
        ),
        NoCredentials::NoAgent => {
            "get identity: get credentials: failed to refresh cached credentials, failed to load \
                                   credentials, exceeded maximum number of attempts, 3, : dial tcp 169.254.170.23:80: \
                                   connect: connection refused"
                .to_owned()
        }
        NoCredentials::Nobody => {
            "get identity: get credentials: failed to refresh cached credentials, no EC2 IMDS role \
                                  found, operation error ec2imds: GetMetadata, canceled, context deadline exceeded"
                .to_owned()
        }
    }
}

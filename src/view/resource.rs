//! A resource of the cloud, closely: what it is, its properties, what it refers to and what refers to
//! it, what happened to it, and what can be done about it.
//!
//! What can be done are the commands that a person would type: a click on one goes the same way
//! through IAM as the line does.

use super::cloud::named;
use super::stack;
use super::why::{self, Link};
use super::wish::PodState;
use crate::aws::{Cloud, ResourceKey};
use crate::document::Value;
use crate::session::Session;
use crate::sim::SimTime;
use std::rc::Rc;

/// How deep and how far properties are shown.
const LINES_MAX: usize = 400;
/// How many relations are shown on either side.
const RELATED_MAX: usize = 24;

/// One line of the properties.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Property {
    /// How far it is indented.
    pub depth: usize,
    /// Whether it begins an item of a list.
    pub dash: bool,
    /// Its name; empty in a list of plain values.
    pub key: Rc<str>,
    /// Its value; empty for what has parts.
    pub value: Rc<str>,
}

/// The whole pane.
#[derive(Clone, PartialEq, Debug)]
pub struct ResourceView {
    /// Which.
    pub key: ResourceKey,
    /// Its name: its `Name` tag, or its id.
    pub name: Rc<str>,
    /// Whether it is still there.
    pub exists: bool,
    /// AWS's word for its state; empty without one.
    pub status: Rc<str>,
    /// The same as a shape.
    pub state: PodState,
    /// Its properties.
    pub lines: Vec<Property>,
    /// What it names.
    pub refers_to: Vec<Related>,
    /// What names it.
    pub referred_by: Vec<Related>,
    /// Why: what led to it, and what happened to it.
    pub past: Vec<Link>,
    /// A stack's own events, the newest first.
    pub events: Vec<stack::EventView>,
    /// What shows it, and what deletes it, on a command line.
    pub commands: Vec<Rc<str>>,
    /// The last of them asks for its end.
    pub can_delete: bool,
}

/// Another resource.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Related {
    /// Which.
    pub key: ResourceKey,
    /// Its name.
    pub name: Rc<str>,
}

/// The pane for the chosen resource; none when none is.
#[must_use]
pub fn view(session: &Session) -> Option<ResourceView> {
    let key = session.chosen.as_deref()?.clone();
    let cloud = session.world().cloud();
    let value = cloud.get(&key);
    let (refers_to, referred_by) = related(cloud, &key);
    let commands = value.map(|value| commands(&key, value)).unwrap_or_default();
    Some(ResourceView {
        name: value.map_or_else(|| key.id.clone(), |value| name(&key, value)),
        exists: value.is_some(),
        status: value.map(status).unwrap_or_default(),
        state: value.map(|value| shape(&status(value))).unwrap_or(PodState::Leaving),
        lines: value.map(lines).unwrap_or_default(),
        refers_to,
        referred_by,
        past: why::of_cloud(session, &key.id),
        events: value.map(stack::events).unwrap_or_default(),
        can_delete: commands.len() > 1,
        commands,
        key,
    })
}

/// Every resource of the learner's account, by kind.
pub(super) fn all(cloud: &Cloud) -> impl Iterator<Item = (&ResourceKey, &Value)> {
    let settings = cloud.settings();
    cloud.iter().filter(move |(key, value)| {
        key.account == settings.account
            && !matches!(&*key.kind, "AWS::EC2::AvailabilityZone" | "AWS::STS::Credentials")
            && !matches!(&*status(value), "DELETE_COMPLETE" | "deleted" | "terminated")
    })
}

/// The kind, without what all of them begin with.
#[must_use]
pub fn short_kind(key: &ResourceKey) -> &str {
    key.kind.strip_prefix("AWS::").unwrap_or(&key.kind)
}

/// What people call it: its tag, its own name, or its id.
#[must_use]
pub fn name(key: &ResourceKey, value: &Value) -> Rc<str> {
    let own =
        ["LoadBalancerName", "TargetGroupName", "AutoScalingGroupName", "StackName", "LaunchTemplateName", "name"];
    let tag = Some(named(value)).filter(|name| !name.is_empty());
    let own = own.into_iter().map(|field| value.str_at(&[field])).find(|name| !name.is_empty()).map(Rc::from);
    tag.or(own).unwrap_or_else(|| key.id.rsplit('/').next().unwrap_or_default().into())
}

/// AWS's word for a state, wherever the service keeps it.
#[must_use]
pub fn status(value: &Value) -> Rc<str> {
    let places: [&[&str]; 6] =
        [&["StackStatus"], &["State", "Name"], &["State", "Code"], &["State"], &["Status"], &["status"]];
    let found = places.into_iter().map(|place| value.str_at(place)).find(|text| !text.is_empty());
    found.unwrap_or_default().into()
}

/// The shape of that word.
#[must_use]
pub fn shape(status: &str) -> PodState {
    let word = status.to_ascii_lowercase();
    match &*word {
        "" => PodState::Ready,
        "shutting-down" | "stopping" | "deleting" | "delete_in_progress" => PodState::Leaving,
        "stopped" | "inactive" => PodState::Done,
        _ if word.contains("fail") || word.contains("rollback") => PodState::Failing,
        "pending" | "provisioning" | "creating" | "updating" => PodState::Starting,
        _ if word.ends_with("_in_progress") => PodState::Starting,
        _ => PodState::Ready,
    }
}

/// When it was made, where AWS says so.
#[must_use]
pub fn created(value: &Value) -> Option<SimTime> {
    let fields = ["CreationTime", "LaunchTime", "CreateDate", "CreateTime", "CreatedTime", "createdAt", "CreationDate"];
    fields.into_iter().find_map(|field| SimTime::parse_rfc3339(value.str_at(&[field])))
}

/// Where it stands: the smallest place that holds it.
#[must_use]
pub fn place(key: &ResourceKey, value: &Value) -> Rc<str> {
    let places: [&[&str]; 4] = [&["Placement", "AvailabilityZone"], &["AvailabilityZone"], &["SubnetId"], &["VpcId"]];
    let found = places.into_iter().map(|place| value.str_at(place)).find(|text| !text.is_empty());
    found.map_or_else(|| key.region.clone(), Rc::from)
}

fn lines(value: &Value) -> Vec<Property> {
    let mut lines = Vec::new();
    write(value, 0, false, &mut lines);
    lines.truncate(LINES_MAX);
    lines
}

fn write(value: &Value, depth: usize, dash: bool, lines: &mut Vec<Property>) {
    let mut dash = dash;
    // What services keep for themselves begins with a line; nobody is answered with it.
    for (key, value) in value.entries().filter(|(key, _)| !key.starts_with('_')) {
        let text = plain(value);
        let has_parts = text.is_none();
        lines.push(Property { depth, dash, key: key.clone(), value: text.unwrap_or_default() });
        dash = false;
        if has_parts && !value.items().is_empty() {
            for item in value.items() {
                match plain(item) {
                    Some(text) => lines.push(Property { depth: depth + 1, dash: true, key: "".into(), value: text }),
                    None => write(item, depth + 2, true, lines),
                }
            }
        } else if has_parts {
            write(value, depth + 1, false, lines);
        }
    }
}

/// A value that stands on one line.
fn plain(value: &Value) -> Option<Rc<str>> {
    match value {
        Value::Map(_) | Value::List(_) if value.is_empty() => {
            Some(if matches!(value, Value::List(_)) { "[]" } else { "{}" }.into())
        }
        Value::Map(_) | Value::List(_) => None,
        Value::Null => Some("null".into()),
        other => Some(other.as_str().map_or_else(|| other.to_string().into(), Rc::from)),
    }
}

/// What a resource names by its id, and what names it.
fn related(cloud: &Cloud, key: &ResourceKey) -> (Vec<Related>, Vec<Related>) {
    let mut here = Vec::new();
    if let Some(value) = cloud.get(key) {
        texts(value, &mut here);
    }
    let (mut to, mut by) = (Vec::new(), Vec::new());
    for (other, value) in all(cloud).filter(|(other, _)| *other != key) {
        let related = || Related { key: other.clone(), name: name(other, value) };
        if here.iter().any(|text| *text == &*other.id) {
            to.push(related());
        }
        let mut there = Vec::new();
        texts(value, &mut there);
        if there.iter().any(|text| *text == &*key.id) {
            by.push(related());
        }
    }
    to.truncate(RELATED_MAX);
    by.truncate(RELATED_MAX);
    (to, by)
}

fn texts<'a>(value: &'a Value, into: &mut Vec<&'a str>) {
    if let Some(text) = value.as_str() {
        into.push(text);
    }
    value.items().iter().for_each(|item| texts(item, into));
    value.entries().for_each(|(key, item)| {
        if !key.starts_with('_') {
            texts(item, into);
        }
    });
}

/// What a person would type to look at a resource, and to delete it.
#[must_use]
pub fn commands(key: &ResourceKey, value: &Value) -> Vec<Rc<str>> {
    let id = &*key.id;
    let ec2 = |show: &str, many: &str, end: &str, one: &str| {
        vec![format!("aws ec2 {show} --{many} {id}"), format!("aws ec2 {end} --{one} {id}")]
    };
    let lines = match short_kind(key) {
        "EC2::Instance" => ec2("describe-instances", "instance-ids", "terminate-instances", "instance-ids"),
        "EC2::VPC" => ec2("describe-vpcs", "vpc-ids", "delete-vpc", "vpc-id"),
        "EC2::Subnet" => ec2("describe-subnets", "subnet-ids", "delete-subnet", "subnet-id"),
        "EC2::RouteTable" => ec2("describe-route-tables", "route-table-ids", "delete-route-table", "route-table-id"),
        "EC2::SecurityGroup" => ec2("describe-security-groups", "group-ids", "delete-security-group", "group-id"),
        "EC2::NetworkAcl" => ec2("describe-network-acls", "network-acl-ids", "delete-network-acl", "network-acl-id"),
        "EC2::InternetGateway" => {
            ec2("describe-internet-gateways", "internet-gateway-ids", "delete-internet-gateway", "internet-gateway-id")
        }
        "EC2::NatGateway" => ec2("describe-nat-gateways", "nat-gateway-ids", "delete-nat-gateway", "nat-gateway-id"),
        "EC2::NetworkInterface" => ec2(
            "describe-network-interfaces",
            "network-interface-ids",
            "delete-network-interface",
            "network-interface-id",
        ),
        "EC2::Volume" => ec2("describe-volumes", "volume-ids", "delete-volume", "volume-id"),
        "EC2::EIP" => ec2("describe-addresses", "allocation-ids", "release-address", "allocation-id"),
        "EC2::VPCEndpoint" => {
            ec2("describe-vpc-endpoints", "vpc-endpoint-ids", "delete-vpc-endpoints", "vpc-endpoint-ids")
        }
        "EC2::LaunchTemplate" => {
            ec2("describe-launch-templates", "launch-template-ids", "delete-launch-template", "launch-template-id")
        }
        "IAM::Role" => by_name("iam", "role", id),
        "IAM::User" => by_name("iam", "user", id),
        "IAM::Group" => by_name("iam", "group", id),
        "IAM::InstanceProfile" => by_name("iam", "instance-profile", id),
        "CloudFormation::Stack" => {
            let name = value.str_at(&["StackName"]);
            let of = |verb: &str| format!("aws cloudformation {verb} --stack-name {name}");
            vec![of("describe-stacks"), of("delete-stack")]
        }
        "EKS::Cluster" => {
            let name = value.str_at(&["name"]);
            ["describe-cluster", "delete-cluster"].map(|verb| format!("aws eks {verb} --name {name}")).into()
        }
        "EKS::Nodegroup" => {
            let (cluster, name) = (value.str_at(&["clusterName"]), value.str_at(&["nodegroupName"]));
            let of = |verb: &str| format!("aws eks {verb} --cluster-name {cluster} --nodegroup-name {name}");
            vec![of("describe-nodegroup"), of("delete-nodegroup")]
        }
        "ElasticLoadBalancingV2::LoadBalancer" => {
            let arn = value.str_at(&["LoadBalancerArn"]);
            vec![
                format!("aws elbv2 describe-load-balancers --load-balancer-arns {arn}"),
                format!("aws elbv2 delete-load-balancer --load-balancer-arn {arn}"),
            ]
        }
        "ElasticLoadBalancingV2::TargetGroup" => {
            let arn = value.str_at(&["TargetGroupArn"]);
            vec![
                format!("aws elbv2 describe-target-groups --target-group-arns {arn}"),
                format!("aws elbv2 delete-target-group --target-group-arn {arn}"),
            ]
        }
        "AutoScaling::AutoScalingGroup" => vec![
            format!("aws autoscaling describe-auto-scaling-groups --auto-scaling-group-names {id}"),
            format!("aws autoscaling delete-auto-scaling-group --auto-scaling-group-name {id} --force-delete"),
        ],
        _ => Vec::new(),
    };
    lines.into_iter().map(Rc::from).collect()
}

fn by_name(service: &str, what: &str, name: &str) -> Vec<String> {
    ["get", "delete"].map(|verb| format!("aws {service} {verb}-{what} --{what}-name {name}")).into()
}

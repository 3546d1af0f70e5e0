//! Groups of nodes that EKS keeps: a launch template and an Auto Scaling group of the account,
//! made under EKS's own name, and the health of what should have joined.
// Source: Amazon EKS User Guide, "Simplify node lifecycle with managed node groups".

use super::{
    CLUSTER, NODEGROUP, access, check, cluster_named, in_use, invalid, itself, not_found, refused, shown, texts,
    update, version,
};
use crate::aws::api::{Answer, Error};
use crate::aws::cloud::{Cloud, ResourceKey};
use crate::aws::context::Context;
use crate::document::{Value, base64};
use crate::sim::{Reason, SimTime, Turn, Verb, secs};
use crate::tree;
use std::rc::Rc;

/// EKS begins with the group after this long. Assumption.
const BEGINS: SimTime = secs(15);
/// Nodes that have not joined by then have failed to.
// Source: Amazon EKS User Guide, "Troubleshoot problems with Amazon EKS clusters and nodes", node creation failure.
const LATE: SimTime = secs(15 * 60);
/// How long instances take to drain and go. Assumption.
const GOING: SimTime = secs(120);
const GROUPS_MAX: usize = 30;

fn id(params: &Value) -> String {
    format!("{}/{}", params.str_at(&["clusterName"]), params.str_at(&["nodegroupName"]))
}

pub(super) fn create(context: &mut Context<'_, '_>, params: &Value) -> Answer {
    let (cluster, name) = (params.str_at(&["clusterName"]), params.str_at(&["nodegroupName"]));
    let value = cluster_named(context, cluster)?;
    if value.str_at(&["status"]) != "ACTIVE" {
        return Err(refused(format!("Cluster '{cluster}' is not in ACTIVE status")));
    }
    if context.get(NODEGROUP, &id(params)).is_some() {
        return Err(in_use(format!("NodeGroup already exists with name {name} and cluster name {cluster}")));
    }
    if context.list(NODEGROUP).iter().filter(|(key, _)| key.id.split('/').next() == Some(cluster)).count() >= GROUPS_MAX
    {
        return Err(Error::new("ResourceLimitExceededException", "Nodegroup limit exceeded for cluster"));
    }
    let role = params.str_at(&["nodeRole"]);
    check::node_role(context, role)?;
    let subnets = texts(params, &["subnets"]);
    check_subnets(context, &subnets, value.str_at(&["resourcesVpcConfig", "vpcId"]))?;
    let (min, max, desired) = sizes(params)?;
    let types = texts(params, &["instanceTypes"]);
    let types = if types.is_empty() { vec![Rc::from("t3.medium")] } else { types };
    let cluster_version = value.str_at(&["version"]);
    let wanted = params.get("version").and_then(Value::as_str).unwrap_or(cluster_version);
    check_version(wanted, cluster_version)?;
    let ami = params.get("amiType").and_then(Value::as_str).unwrap_or("AL2023_x86_64_STANDARD");
    let unique = context.dice("nodegroup").uuid();
    let group = tree!({
        "nodegroupName": name,
        "nodegroupArn": (context.arn("eks", &format!("nodegroup/{cluster}/{name}/{unique}"))),
        "clusterName": cluster,
        "version": wanted,
        "releaseVersion": (format!("{}-20260106", version::find(wanted).map_or(wanted, |it| it.patch))),
        "createdAt": (context.now_text()),
        "modifiedAt": (context.now_text()),
        "status": "CREATING",
        "capacityType": (params.get("capacityType").and_then(Value::as_str).unwrap_or("ON_DEMAND")),
        "scalingConfig": { "minSize": min, "maxSize": max, "desiredSize": desired },
        "instanceTypes": (Value::list(types.iter().map(Value::from))),
        "subnets": (Value::list(subnets.iter().map(Value::from))),
        "amiType": ami,
        "nodeRole": role,
        "diskSize": (params.int_at(&["diskSize"]).unwrap_or(20)),
        "health": { "issues": [] },
        "updateConfig": (params.get("updateConfig").cloned().unwrap_or_else(|| tree!({ "maxUnavailable": 1 }))),
        "labels": (params.get("labels").cloned().unwrap_or_else(Value::map)),
        "tags": (params.get("tags").cloned().unwrap_or_else(Value::map)),
        "_id": (format!("eks-{name}-{}", unique.get(..8).unwrap_or_default())),
        "_joined": [],
    });
    let mut group = group;
    if let Some(taints) = params.get("taints") {
        group.set(&["taints"], taints);
    }
    let key = context.key(NODEGROUP, &id(params));
    context.put(key.clone(), group.clone(), Verb::Create);
    context.schedule(BEGINS, "eks", "nodes", &key);
    Ok(tree!({ "nodegroup": (shown(&group)) }))
}

fn check_subnets(context: &Context<'_, '_>, ids: &[Rc<str>], vpc: &str) -> Result<(), Error> {
    if ids.is_empty() {
        return Err(invalid("Subnets must be specified"));
    }
    for id in ids {
        match context.get("AWS::EC2::Subnet", id) {
            None => return Err(invalid(format!("The subnet ID '{id}' does not exist"))),
            Some(subnet) if subnet.str_at(&["VpcId"]) != vpc => {
                return Err(invalid(format!("Subnets are not in the same VPC as the cluster: {id}")));
            }
            Some(_) => {}
        }
    }
    Ok(())
}

fn sizes(params: &Value) -> Result<(i64, i64, i64), Error> {
    let of = |field: &str| params.int_at(&["scalingConfig", field]);
    let desired = of("desiredSize").or(of("minSize")).unwrap_or(2);
    let (min, max) = (of("minSize").unwrap_or(desired.min(1)), of("maxSize").unwrap_or(desired));
    if min > desired {
        return Err(invalid(format!("Minimum capacity {min} can't be greater than desired size {desired}")));
    }
    if desired > max {
        return Err(invalid(format!("desired capacity {desired} can't be greater than max size {max}")));
    }
    if max < 1 {
        return Err(invalid("Maximum capacity must be at least 1"));
    }
    Ok((min, max, desired))
}

fn check_version(wanted: &str, cluster: &str) -> Result<(), Error> {
    let minor = |name: &str| version::find(name).map(|it| it.minor);
    let Some(node) = minor(wanted) else { return Err(invalid(format!("Requested version {wanted} is not supported"))) };
    let plane = minor(cluster).unwrap_or_default();
    if node > plane {
        return Err(invalid(format!(
            "Nodegroup Kubernetes version {wanted} cannot be newer than the cluster's version {cluster}"
        )));
    }
    if plane - node > 3 {
        return Err(invalid(format!(
            "Nodegroup Kubernetes version {wanted} is too old for the cluster's version {cluster}"
        )));
    }
    Ok(())
}

/// Public subnets must give their instances an address.
fn without_address(context: &Context<'_, '_>, subnets: &[Rc<str>]) -> Vec<Rc<str>> {
    let tables = context.list("AWS::EC2::RouteTable");
    let is_public = |subnet: &str, vpc: &str| {
        let own = tables
            .iter()
            .find(|(_, table)| table.items_at(&["Associations"]).iter().any(|it| it.str_at(&["SubnetId"]) == subnet));
        let main = || {
            tables.iter().find(|(_, table)| {
                table.str_at(&["VpcId"]) == vpc
                    && table.items_at(&["Associations"]).iter().any(|it| it.is_true_at(&["Main"]))
            })
        };
        let table = own.or_else(main);
        table.is_some_and(|(_, table)| {
            table.items_at(&["Routes"]).iter().any(|it| it.str_at(&["GatewayId"]).starts_with("igw-"))
        })
    };
    let fails = |id: &Rc<str>| {
        context.get("AWS::EC2::Subnet", id).is_some_and(|subnet| {
            is_public(id, subnet.str_at(&["VpcId"])) && !subnet.is_true_at(&["MapPublicIpOnLaunch"])
        })
    };
    subnets.iter().filter(|id| fails(id)).cloned().collect()
}

/// Makes what the group stands on.
pub(super) fn build(context: &mut Context<'_, '_>, key: &ResourceKey) {
    let Some(group) = context.cloud.get(key).filter(|it| it.str_at(&["status"]) == "CREATING").cloned() else { return };
    let subnets = texts(&group, &["subnets"]);
    let bare = without_address(context, &subnets);
    if !bare.is_empty() {
        let text = format!(
            "One or more Amazon EC2 Subnets of [{}] for node group {} does not automatically assign public IP addresses to \
             instances launched into it. If you want your instances to be assigned a public IP address, then you need to \
             enable auto-assign public IP address for the subnet. See IP addressing in VPC guide: \
             https://docs.aws.amazon.com/vpc/latest/userguide/vpc-ip-addressing.html#subnet-public-ip",
            bare.join(", "),
            group.str_at(&["nodegroupName"])
        );
        return fail(context, key, "Ec2SubnetInvalidConfiguration", &text, &bare);
    }
    let cluster = context.get(CLUSTER, group.str_at(&["clusterName"])).cloned().unwrap_or_default();
    let mode = cluster.str_at(&["accessConfig", "authenticationMode"]);
    let role = group.str_at(&["nodeRole"]).to_owned();
    let name = group.str_at(&["clusterName"]).to_owned();
    if mode != "CONFIG_MAP" && context.get(super::ACCESS_ENTRY, &format!("{name}|{role}")).is_none() {
        access::put_entry(context, &name, &role, "EC2_LINUX", &Value::Null);
    }
    match make(context, &group, &cluster) {
        Ok(scaling) => {
            context.update(key, Verb::Update, |it| {
                it.set(&["resources", "autoScalingGroups"], Value::list([tree!({ "name": scaling })]));
            });
            context.schedule(LATE, "eks", "nodes-late", key);
            settle_empty(context, key);
        }
        Err(error) => fail(context, key, code_of(&error), &error.message, &[]),
    }
}

/// A group that wants no nodes is there at once.
fn settle_empty(context: &mut Context<'_, '_>, key: &ResourceKey) {
    let wants = context.cloud.get(key).and_then(|it| it.int_at(&["scalingConfig", "desiredSize"]));
    if wants == Some(0) {
        context.update(key, Verb::UpdateStatus, |it| it.set(&["status"], "ACTIVE"));
    }
}

/// The health code that a refusal of another service means.
fn code_of(error: &Error) -> &'static str {
    match &*error.code {
        "AccessDenied" | "AccessDeniedException" | "UnauthorizedOperation" => "AccessDenied",
        "InsufficientFreeAddressesInSubnet" => "InsufficientFreeAddresses",
        "InvalidAMIID.NotFound" => "AmiIdNotFound",
        "InvalidSubnetID.NotFound" => "Ec2SubnetNotFound",
        "InstanceLimitExceeded" | "VcpuLimitExceeded" => "InstanceLimitExceeded",
        "InvalidParameterValue" | "InvalidParameterCombination" => "Ec2InstanceTypeDoesNotExist",
        _ => "AsgInstanceLaunchFailures",
    }
}

fn fail(context: &mut Context<'_, '_>, key: &ResourceKey, code: &str, message: &str, resources: &[Rc<str>]) {
    let issue =
        tree!({ "code": code, "message": message, "resourceIds": (Value::list(resources.iter().map(Value::from))) });
    context.turn.why = Some(Reason::new("eks-nodes-failed").with("code", code).with("message", message));
    context.update(key, Verb::UpdateStatus, |it| {
        it.set(&["status"], "CREATE_FAILED");
        it.set(&["health", "issues"], Value::list([issue]));
    });
}

/// The launch template and the Auto Scaling group. Returns the group's name.
fn make(context: &mut Context<'_, '_>, group: &Value, cluster: &Value) -> Result<String, Error> {
    let as_itself = itself(context);
    let scaling = group.str_at(&["_id"]).to_owned();
    let profile = scaling.clone();
    let role = group.str_at(&["nodeRole"]).rsplit('/').next().unwrap_or_default().to_owned();
    context.call_as(
        as_itself.clone(),
        "iam",
        "CreateInstanceProfile",
        tree!({ "InstanceProfileName": profile.as_str() }),
    )?;
    let tied = tree!({ "InstanceProfileName": profile.as_str(), "RoleName": role });
    context.call_as(as_itself.clone(), "iam", "AddRoleToInstanceProfile", tied)?;
    let instance = group.items_at(&["instanceTypes"]).first().cloned().unwrap_or_default();
    let tags = instance_tags(group).map(|(key, value)| tree!({ "Key": key, "Value": value }));
    let template = tree!({
        "LaunchTemplateName": scaling.as_str(),
        "LaunchTemplateData": {
            "ImageId": (super::image(&context.region, group.str_at(&["version"]))),
            "InstanceType": instance,
            "UserData": (base64::encode(user_data(group, cluster).as_bytes())),
            "SecurityGroupIds": [(cluster.str_at(&["resourcesVpcConfig", "clusterSecurityGroupId"]))],
            "IamInstanceProfile": { "Name": profile },
            "TagSpecifications": [{ "ResourceType": "instance", "Tags": (Value::list(tags)) }],
        },
    });
    let made = context.call_as(as_itself.clone(), "ec2", "CreateLaunchTemplate", template)?;
    let tags = instance_tags(group).map(|(key, value)| {
        tree!({
            "Key": key,
            "Value": value,
            "PropagateAtLaunch": true,
            "ResourceId": scaling.as_str(),
            "ResourceType": "auto-scaling-group",
        })
    });
    let subnets = texts(group, &["subnets"]).join(",");
    let size = |field: &str| group.int_at(&["scalingConfig", field]).unwrap_or_default();
    let params = tree!({
        "AutoScalingGroupName": scaling.as_str(),
        "LaunchTemplate": { "LaunchTemplateId": (made.str_at(&["LaunchTemplate", "LaunchTemplateId"])), "Version": "1" },
        "MinSize": (size("minSize")),
        "MaxSize": (size("maxSize")),
        "DesiredCapacity": (size("desiredSize")),
        "VPCZoneIdentifier": subnets,
        "Tags": (Value::list(tags)),
    });
    context.call_as(as_itself, "autoscaling", "CreateAutoScalingGroup", params)?;
    Ok(scaling)
}

fn instance_tags(group: &Value) -> [(String, String); 3] {
    let (cluster, name) = (group.str_at(&["clusterName"]), group.str_at(&["nodegroupName"]));
    [
        ("eks:cluster-name".to_owned(), cluster.to_owned()),
        ("eks:nodegroup-name".to_owned(), name.to_owned()),
        (format!("kubernetes.io/cluster/{cluster}"), "owned".to_owned()),
    ]
}

/// What a managed node reads when it boots.
// Source: awslabs/amazon-eks-ami doc/nodeadm.
fn user_data(group: &Value, cluster: &Value) -> String {
    let mut labels: Vec<String> = group
        .get("labels")
        .into_iter()
        .flat_map(Value::entries)
        .map(|(key, value)| format!("{key}={}", value.as_str().unwrap_or_default()))
        .collect();
    labels.push(format!("eks.amazonaws.com/nodegroup={}", group.str_at(&["nodegroupName"])));
    labels.push(format!("eks.amazonaws.com/capacityType={}", group.str_at(&["capacityType"])));
    let taints: Vec<String> = group
        .items_at(&["taints"])
        .iter()
        .map(|it| {
            let effect = match it.str_at(&["effect"]) {
                "NO_SCHEDULE" => "NoSchedule",
                "NO_EXECUTE" => "NoExecute",
                _ => "PreferNoSchedule",
            };
            format!("{}={}:{effect}", it.str_at(&["key"]), it.str_at(&["value"]))
        })
        .collect();
    let taints = if taints.is_empty() {
        String::new()
    } else {
        format!("      - --register-with-taints={}\n", taints.join(","))
    };
    format!(
        "MIME-Version: 1.0\nContent-Type: multipart/mixed; boundary=\"//\"\n\n--//\nContent-Type: \
         application/node.eks.aws\n\n---\napiVersion: node.eks.aws/v1alpha1\nkind: NodeConfig\nspec:\n  cluster:\n    name: {}\n    \
         apiServerEndpoint: {}\n    certificateAuthority: {}\n    cidr: {}\n  kubelet:\n    flags:\n      - \
         --node-labels={}\n{taints}--//--\n",
        cluster.str_at(&["name"]),
        cluster.str_at(&["endpoint"]),
        cluster.str_at(&["certificateAuthority", "data"]),
        cluster.str_at(&["kubernetesNetworkConfig", "serviceIpv4Cidr"]),
        labels.join(",")
    )
}

/// The world reports that an instance is a node now.
pub fn report_joined(cloud: &mut Cloud, turn: &mut Turn<'_>, cluster: &ResourceKey, instance: &str, group: &str) {
    let mut context = cloud.context(turn, "eks");
    context.region = cluster.region.clone();
    let key = context.key(NODEGROUP, &format!("{}/{group}", cluster.id));
    let Some(value) = context.cloud.get(&key).cloned() else { return };
    context.turn.why = Some(Reason::new("eks-node-joined").with("instance", instance));
    context.update(&key, Verb::UpdateStatus, |it| {
        let joined = it.at_mut(&["_joined"]).items_mut();
        if !joined.iter().any(|known| known.as_str() == Some(instance)) {
            joined.push(instance.into());
        }
        let all = i64::try_from(it.items_at(&["_joined"]).len()).unwrap_or_default();
        let is_waiting = matches!(value.str_at(&["status"]), "CREATING" | "CREATE_FAILED" | "DEGRADED");
        if is_waiting && Some(all) >= value.int_at(&["scalingConfig", "desiredSize"]) {
            it.set(&["status"], "ACTIVE");
            it.set(&["health", "issues"], Value::list([]));
        }
    });
}

/// Fifteen minutes have passed.
pub(super) fn give_up(context: &mut Context<'_, '_>, key: &ResourceKey) {
    let Some(group) = context.cloud.get(key).filter(|it| it.str_at(&["status"]) == "CREATING").cloned() else { return };
    let name = group.str_at(&["_id"]).to_owned();
    let joined = texts(&group, &["_joined"]);
    let instances: Vec<Rc<str>> = context
        .list("AWS::EC2::Instance")
        .into_iter()
        .filter(|(_, it)| {
            it.items_at(&["Tags"])
                .iter()
                .any(|tag| tag.str_at(&["Value"]) == name || tag.str_at(&["Value"]) == group.str_at(&["nodegroupName"]))
        })
        .map(|(key, _)| key.id)
        .filter(|id| !joined.contains(id))
        .collect();
    if instances.is_empty() {
        let text = "Could not launch On-Demand Instances. The Auto Scaling group launched no instance.";
        return fail(context, key, "AsgInstanceLaunchFailures", text, &[name.into()]);
    }
    fail(context, key, "NodeCreationFailure", "Instances failed to join the kubernetes cluster", &instances);
}

fn named(context: &Context<'_, '_>, params: &Value) -> Result<(ResourceKey, Value), Error> {
    let (cluster, name) = (params.str_at(&["clusterName"]), params.str_at(&["nodegroupName"]));
    cluster_named(context, cluster)?;
    let key = context.key(NODEGROUP, &id(params));
    let found = context.cloud.get(&key).cloned();
    Ok((key, found.ok_or_else(|| not_found(format!("No node group found for name: {name}.")))?))
}

pub(super) fn describe(context: &mut Context<'_, '_>, params: &Value) -> Answer {
    let (_, group) = named(context, params)?;
    Ok(tree!({ "nodegroup": (shown(&group)) }))
}

pub(super) fn list(context: &mut Context<'_, '_>, params: &Value) -> Answer {
    let cluster = params.str_at(&["clusterName"]);
    cluster_named(context, cluster)?;
    let groups = context.list(NODEGROUP).into_iter().filter(|(_, it)| it.str_at(&["clusterName"]) == cluster);
    let names: Vec<Value> = groups.map(|(_, it)| Value::from(it.str_at(&["nodegroupName"]))).collect();
    Ok(tree!({ "nodegroups": names }))
}

pub(super) fn delete(context: &mut Context<'_, '_>, params: &Value) -> Answer {
    let (key, group) = named(context, params)?;
    if group.str_at(&["status"]) == "DELETING" {
        return Err(in_use(format!("NodeGroup {} is already being deleted", group.str_at(&["nodegroupName"]))));
    }
    context.update(&key, Verb::Delete, |it| it.set(&["status"], "DELETING"));
    context.schedule(secs(5), "eks", "nodes-gone", &key);
    let group = context.cloud.get(&key).cloned().unwrap_or_default();
    Ok(tree!({ "nodegroup": (shown(&group)) }))
}

/// The Auto Scaling group goes, with its instances; then the rest.
pub(super) fn gone(context: &mut Context<'_, '_>, key: &ResourceKey) {
    let Some(group) = context.cloud.get(key).cloned() else { return };
    let as_itself = itself(context);
    let name = group.str_at(&["_id"]).to_owned();
    let params = tree!({ "AutoScalingGroupName": name.as_str(), "ForceDelete": true });
    // What was never made need not go.
    let _ = context.call_as(as_itself, "autoscaling", "DeleteAutoScalingGroup", params);
    context.schedule(GOING, "eks", "nodes-deleted", key);
}

pub(super) fn deleted(context: &mut Context<'_, '_>, key: &ResourceKey) {
    let Some(group) = context.remove(key) else { return };
    let as_itself = itself(context);
    let name = group.str_at(&["_id"]);
    let role = group.str_at(&["nodeRole"]).rsplit('/').next().unwrap_or_default();
    for (service, action, params) in [
        ("ec2", "DeleteLaunchTemplate", tree!({ "LaunchTemplateName": name })),
        ("iam", "RemoveRoleFromInstanceProfile", tree!({ "InstanceProfileName": name, "RoleName": role })),
        ("iam", "DeleteInstanceProfile", tree!({ "InstanceProfileName": name })),
    ] {
        let _ = context.call_as(as_itself.clone(), service, action, params);
    }
}

pub(super) fn update_config(context: &mut Context<'_, '_>, params: &Value) -> Answer {
    let (key, group) = named(context, params)?;
    let size = |field: &str| {
        params.int_at(&["scalingConfig", field]).or(group.int_at(&["scalingConfig", field])).unwrap_or_default()
    };
    let merged = tree!({ "scalingConfig": { "minSize": (size("minSize")), "maxSize": (size("maxSize")), "desiredSize": (size("desiredSize")) } });
    let (min, max, desired) = sizes(&merged)?;
    let as_itself = itself(context);
    let scaling = tree!({
        "AutoScalingGroupName": (group.str_at(&["_id"])),
        "MinSize": min,
        "MaxSize": max,
        "DesiredCapacity": desired,
    });
    context.call_as(as_itself, "autoscaling", "UpdateAutoScalingGroup", scaling)?;
    let now = context.now_text();
    context.update(&key, Verb::Update, |it| {
        it.set(&["scalingConfig"], merged.get("scalingConfig").cloned().unwrap_or_default());
        it.set(&["modifiedAt"], now);
    });
    let id = context.dice("update").uuid();
    let rows = [("MinSize", min), ("MaxSize", max), ("DesiredSize", desired)]
        .map(|(kind, value)| tree!({ "type": kind, "value": (value.to_string()) }));
    Ok(tree!({
        "update": {
            "id": id,
            "status": "InProgress",
            "type": "ConfigUpdate",
            "params": (Value::list(rows)),
            "createdAt": (context.now_text()),
            "errors": [],
        },
    }))
}

pub(super) fn update_version(context: &mut Context<'_, '_>, params: &Value) -> Answer {
    let (key, group) = named(context, params)?;
    let cluster = cluster_named(context, params.str_at(&["clusterName"]))?;
    let cluster_version = cluster.str_at(&["version"]);
    let wanted = params.get("version").and_then(Value::as_str).unwrap_or(cluster_version);
    check_version(wanted, cluster_version)?;
    if group.str_at(&["status"]) != "ACTIVE" {
        return Err(refused("Nodegroup cannot be updated as it is currently not in Active State".to_string()));
    }
    let is_forced = params.is_true_at(&["force"]);
    let answer = update::begin_group(context, &key, wanted);
    context.update(&key, Verb::Update, |it| {
        it.set(&["_next"], wanted);
        it.set(&["_force"], is_forced);
    });
    Ok(answer)
}

/// The world reports how the update of a group has ended: well, or with a code, a message and a node.
pub fn end_group_update(
    cloud: &mut Cloud,
    turn: &mut Turn<'_>,
    key: &ResourceKey,
    failure: Option<(&str, &str, &str)>,
) {
    let mut context = cloud.context(turn, "eks");
    context.region = key.region.clone();
    let Some(group) = context.cloud.get(key).cloned() else { return };
    let next = group.str_at(&["_next"]).to_owned();
    let instances: Vec<Value> = context
        .list("AWS::AutoScaling::AutoScalingGroup")
        .into_iter()
        .filter(|(scaling, _)| *scaling.id == *group.str_at(&["_id"]))
        .flat_map(|(_, it)| it.items_at(&["Instances"]).to_vec())
        .filter_map(|row| row.get("InstanceId").cloned())
        .collect();
    context.update(key, Verb::UpdateStatus, |it| {
        it.set(&["status"], "ACTIVE");
        it.remove(&["_next"]);
        it.set(&["_joined"], Value::list(instances));
        if failure.is_none() {
            it.set(&["releaseVersion"], format!("{}-20260106", version::find(&next).map_or(&*next, |it| it.patch)));
            it.set(&["version"], next);
        }
    });
    update::end_group(&mut context, key, failure);
}

//! A control plane's life: asked for, CREATING for minutes, ACTIVE, and gone.

use super::{
    CLUSTER, NODEGROUP, access, check, cluster_named, in_use, invalid, itself, not_found, plane, refused, shown, texts,
    version,
};
use crate::aws::api::{Answer, Error};
use crate::aws::cloud::ResourceKey;
use crate::aws::context::Context;
use crate::document::{Value, base64};
use crate::sim::{Reason, SimTime, Verb, secs};
use crate::tree;
use std::rc::Rc;

/// How long a control plane takes at least, and what may come on top.
// Source: Amazon EKS User Guide says several minutes; the older AWS::EKS::Cluster page, 10 to 15.
const CREATING: SimTime = secs(540);
const CREATING_SPREAD_S: u64 = 120;
/// How long it takes to go.
const DELETING: SimTime = secs(180);
/// Clusters in an account and region. Source: Amazon EKS service quotas.
const CLUSTERS_MAX: usize = 100;

pub(super) fn create(context: &mut Context<'_, '_>, params: &Value) -> Answer {
    let name = params.str_at(&["name"]);
    check_name(name)?;
    if context.get(CLUSTER, name).is_some() {
        return Err(in_use(format!("Cluster already exists with name: {name}")));
    }
    if context.list(CLUSTER).len() >= CLUSTERS_MAX {
        return Err(Error::new(
            "ResourceLimitExceededException",
            format!("Cluster limit exceeded for account: {}", context.caller.account),
        ));
    }
    let wanted = params.get("version").and_then(Value::as_str).unwrap_or(version::DEFAULT);
    if version::find(wanted).is_none() {
        return Err(invalid("unsupported Kubernetes version"));
    }
    check::cluster_role(context, params.str_at(&["roleArn"]))?;
    let subnets = texts(params, &["resourcesVpcConfig", "subnetIds"]);
    let vpc = check::subnets(context, &subnets)?;
    let groups = texts(params, &["resourcesVpcConfig", "securityGroupIds"]);
    check::groups(context, &groups, &vpc)?;
    let endpoints = endpoints(params, &Value::Null)?;
    let services = service_cidr(context, params, &vpc)?;
    let mode = params.at(&["accessConfig", "authenticationMode"]).and_then(Value::as_str).unwrap_or("CONFIG_MAP");
    let is_admin = params.at(&["accessConfig", "bootstrapClusterCreatorAdminPermissions"]).and_then(Value::as_bool);
    if mode != "CONFIG_MAP" && !["API", "API_AND_CONFIG_MAP"].contains(&mode) {
        return Err(invalid(format!("Unsupported authentication mode: {mode}")));
    }
    let group = make_group(context, name, &vpc)?;
    let interfaces = make_interfaces(context, name, &subnets, &groups, &group)?;
    let mut dice = context.dice("eks");
    let id: String = dice.uuid().replace('-', "").to_uppercase();
    let extra = secs(dice.below(CREATING_SPREAD_S));
    let value = tree!({
        "name": name,
        "arn": (context.arn("eks", &format!("cluster/{name}"))),
        "createdAt": (context.now_text()),
        "version": wanted,
        "roleArn": (params.str_at(&["roleArn"])),
        "resourcesVpcConfig": {
            "subnetIds": (Value::list(subnets.iter().map(Value::from))),
            "securityGroupIds": (Value::list(groups.iter().map(Value::from))),
            "clusterSecurityGroupId": &group,
            "vpcId": &vpc,
            "endpointPublicAccess": (endpoints.0),
            "endpointPrivateAccess": (endpoints.1),
            "publicAccessCidrs": (public_cidrs(params)),
        },
        "kubernetesNetworkConfig": {
            "serviceIpv4Cidr": services,
            "ipFamily": "ipv4",
            "elasticLoadBalancing": { "enabled": false },
        },
        "logging": (logging(params)),
        "status": "CREATING",
        "certificateAuthority": {},
        "platformVersion": "eks.9",
        "tags": (params.get("tags").cloned().unwrap_or_else(Value::map)),
        "accessConfig": {
            "bootstrapClusterCreatorAdminPermissions": (is_admin.unwrap_or(true)),
            "authenticationMode": mode,
        },
        "upgradePolicy": { "supportType": "EXTENDED" },
        "deletionProtection": (params.is_true_at(&["deletionProtection"])),
        "_id": id,
        "_interfaces": (Value::list(interfaces.iter().map(Value::from))),
        "_creator": (access::principal_of(&context.caller)),
        "_selfManagedAddons": (params.get("bootstrapSelfManagedAddons").and_then(Value::as_bool).unwrap_or(true)),
        "_members": (plane::members_of_new(context, name)),
    });
    let key = context.key(CLUSTER, name);
    context.put(key.clone(), value.clone(), Verb::Create);
    if mode != "CONFIG_MAP" && is_admin.unwrap_or(true) {
        access::admit_creator(context, name);
    }
    context.schedule(CREATING + extra, "eks", "active", &key);
    Ok(tree!({ "cluster": (shown(&value)) }))
}

// Source: Amazon EKS API Reference, CreateCluster, name.
fn check_name(name: &str) -> Result<(), Error> {
    let good = name.starts_with(|c: char| c.is_ascii_alphanumeric())
        && name.len() <= 100
        && name.chars().all(|c| c.is_ascii_alphanumeric() || c == '-' || c == '_');
    if good {
        return Ok(());
    }
    Err(invalid(
        "The cluster name must start with an alphanumeric character and can only contain alphanumeric characters, \
         hyphens, and underscores, with at most 100 characters.",
    ))
}

/// Public and private access to the endpoint, as asked for or as it was.
pub(super) fn endpoints(params: &Value, before: &Value) -> Result<(bool, bool), Error> {
    let of = |name: &str, default: bool| {
        let asked = params.at(&["resourcesVpcConfig", name]).and_then(Value::as_bool);
        asked.or_else(|| before.at(&["resourcesVpcConfig", name]).and_then(Value::as_bool)).unwrap_or(default)
    };
    let (public, private) = (of("endpointPublicAccess", true), of("endpointPrivateAccess", false));
    if public || private {
        return Ok((public, private));
    }
    Err(invalid("Private and public endpoint access cannot be false"))
}

pub(super) fn public_cidrs(params: &Value) -> Value {
    match params.items_at(&["resourcesVpcConfig", "publicAccessCidrs"]) {
        [] => Value::list([Value::text("0.0.0.0/0")]),
        cidrs => Value::list(cidrs.iter().cloned()),
    }
}

fn logging(params: &Value) -> Value {
    let all = ["api", "audit", "authenticator", "controllerManager", "scheduler"].map(Value::from);
    let off = tree!({ "clusterLogging": [{ "types": (Value::list(all)), "enabled": false }] });
    params.get("logging").cloned().unwrap_or(off)
}

/// The Services' own addresses: not the VPC's.
// Source: Amazon EKS API Reference, KubernetesNetworkConfigRequest.
fn service_cidr(context: &Context<'_, '_>, params: &Value, vpc: &str) -> Result<String, Error> {
    let asked = params.at(&["kubernetesNetworkConfig", "serviceIpv4Cidr"]).and_then(Value::as_str);
    let block = context.get("AWS::EC2::VPC", vpc).map(|vpc| vpc.str_at(&["CidrBlock"]).to_owned()).unwrap_or_default();
    let Some(asked) = asked else {
        let is_ten = block.starts_with("10.");
        return Ok(if is_ten { "172.20.0.0/16" } else { "10.100.0.0/16" }.to_owned());
    };
    let is_private = ["10.", "172.", "192.168."].iter().any(|start| asked.starts_with(start)) && asked.contains('/');
    if !is_private {
        return Err(invalid(format!(
            "Service CIDR {asked} must be within 10.0.0.0/8, 172.16.0.0/12 or 192.168.0.0/16"
        )));
    }
    Ok(asked.to_owned())
}

/// The group that control plane and managed nodes share: everything from itself comes in.
// Source: Amazon EKS User Guide, "View Amazon EKS security group requirements for clusters".
fn make_group(context: &mut Context<'_, '_>, name: &str, vpc: &str) -> Result<Rc<str>, Error> {
    let as_itself = itself(context);
    let number = context.dice("eks-sg").below(1_000_000_000);
    let tags = [
        ("Name", format!("eks-cluster-sg-{name}-{number}")),
        ("aws:eks:cluster-name", name.to_owned()),
        (&*format!("kubernetes.io/cluster/{name}"), "owned".to_owned()),
    ]
    .map(|(key, value)| tree!({ "Key": key, "Value": value }));
    let made = context.call_as(
        as_itself.clone(),
        "ec2",
        "CreateSecurityGroup",
        tree!({
            "GroupName": (format!("eks-cluster-sg-{name}-{number}")),
            "Description": "EKS created security group applied to ENI that is attached to EKS Control Plane master nodes, as well as any managed workloads.",
            "VpcId": vpc,
            "TagSpecifications": [{ "ResourceType": "security-group", "Tags": (Value::list(tags)) }],
        }),
    )?;
    let group: Rc<str> = made.str_at(&["GroupId"]).into();
    context.call_as(
        as_itself,
        "ec2",
        "AuthorizeSecurityGroupIngress",
        tree!({ "GroupId": &group, "IpPermissions": [{ "IpProtocol": "-1", "UserIdGroupPairs": [{ "GroupId": &group }] }] }),
    )?;
    Ok(group)
}

/// The interfaces through which the control plane reaches into the VPC, one in each of two
/// subnets of different zones.
// Source: Amazon EKS User Guide, network requirements: 2 to 4 interfaces.
fn make_interfaces(
    context: &mut Context<'_, '_>,
    name: &str,
    subnets: &[Rc<str>],
    groups: &[Rc<str>],
    group: &Rc<str>,
) -> Result<Vec<Rc<str>>, Error> {
    let mut zones: Vec<String> = Vec::new();
    let mut made = Vec::new();
    for subnet in subnets {
        let zone = context.get("AWS::EC2::Subnet", subnet).map(|it| it.str_at(&["AvailabilityZone"]).to_owned());
        let Some(zone) = zone.filter(|zone| !zones.contains(zone) && zones.len() < 2) else { continue };
        zones.push(zone);
        let mut all: Vec<Value> = vec![Value::from(group)];
        all.extend(groups.iter().map(Value::from));
        let as_itself = itself(context);
        let params = tree!({ "SubnetId": subnet, "Groups": all, "Description": (format!("Amazon EKS {name}")) });
        let answer = context.call_as(as_itself, "ec2", "CreateNetworkInterface", params)?;
        made.push(answer.str_at(&["NetworkInterface", "NetworkInterfaceId"]).into());
    }
    Ok(made)
}

/// The control plane answers.
pub(super) fn activate(context: &mut Context<'_, '_>, key: &ResourceKey) {
    let Some(cluster) = context.cloud.get(key).filter(|it| it.str_at(&["status"]) == "CREATING").cloned() else {
        return;
    };
    let id = cluster.str_at(&["_id"]).to_owned();
    let region = context.region.clone();
    let short: String = id.chars().take(2).map(|c| char::from(b'a' + (c as u8 % 26))).collect();
    let endpoint = format!("https://{id}.g{short}.{region}.eks.amazonaws.com");
    let authority =
        base64::encode(format!("-----BEGIN CERTIFICATE-----\n{id}\n-----END CERTIFICATE-----\n").as_bytes());
    context.turn.why = Some(Reason::new("eks-active"));
    context.update(key, Verb::UpdateStatus, |it| {
        it.set(&["status"], "ACTIVE");
        it.set(&["endpoint"], endpoint);
        it.set(&["certificateAuthority", "data"], authority);
        it.set(&["identity", "oidc", "issuer"], format!("https://oidc.eks.{region}.amazonaws.com/id/{id}"));
        it.set(&["health", "issues"], Value::list([]));
    });
    plane::begin(context, key);
}

pub(super) fn describe(context: &mut Context<'_, '_>, params: &Value) -> Answer {
    let cluster = cluster_named(context, params.str_at(&["name"]))?;
    Ok(tree!({ "cluster": (shown(&cluster)) }))
}

pub(super) fn list(context: &mut Context<'_, '_>, _params: &Value) -> Answer {
    let names = context.list(CLUSTER).into_iter().map(|(key, _)| Value::from(key.id));
    Ok(tree!({ "clusters": (Value::list(names)) }))
}

pub(super) fn delete(context: &mut Context<'_, '_>, params: &Value) -> Answer {
    let name = params.str_at(&["name"]);
    let cluster = cluster_named(context, name)?;
    if cluster.is_true_at(&["deletionProtection"]) {
        return Err(refused(format!("Cluster {name} has deletion protection enabled")));
    }
    let belongs = |key: &ResourceKey| key.id.split('/').next() == Some(name);
    if context.list(NODEGROUP).iter().any(|(key, _)| belongs(key)) {
        return Err(in_use("Cluster has nodegroups attached"));
    }
    match cluster.str_at(&["status"]) {
        "ACTIVE" | "FAILED" => {}
        "DELETING" => return Err(not_found(format!("No cluster found for name: {name}."))),
        status => return Err(in_use(format!("Cluster is currently in {status} state"))),
    }
    let key = context.key(CLUSTER, name);
    context.update(&key, Verb::Delete, |it| it.set(&["status"], "DELETING"));
    context.schedule(DELETING, "eks", "deleted", &key);
    let cluster = context.cloud.get(&key).cloned().unwrap_or_default();
    Ok(tree!({ "cluster": (shown(&cluster)) }))
}

/// The control plane is gone, and with it what EKS made in the account.
pub(super) fn gone(context: &mut Context<'_, '_>, key: &ResourceKey) {
    let Some(cluster) = context.remove(key) else { return };
    let as_itself = itself(context);
    for interface in texts(&cluster, &["_interfaces"]) {
        let params = tree!({ "NetworkInterfaceId": interface });
        let _ = context.call_as(as_itself.clone(), "ec2", "DeleteNetworkInterface", params);
    }
    let params = tree!({ "GroupId": (cluster.str_at(&["resourcesVpcConfig", "clusterSecurityGroupId"])) });
    // A group that nodes still wear stays behind, as in life.
    let _ = context.call_as(as_itself, "ec2", "DeleteSecurityGroup", params);
    for kind in [super::ACCESS_ENTRY, super::ADDON, super::UPDATE] {
        for (entry, _) in context.list(kind) {
            if entry.id.split('|').next() == Some(&*key.id) {
                context.remove(&entry);
            }
        }
    }
    for (entry, value) in context.list(super::POD_IDENTITY) {
        if value.str_at(&["clusterName"]) == &*key.id {
            context.remove(&entry);
        }
    }
}

//! VPC endpoints.
// Source: AWS PrivateLink guide, "Gateway endpoints", "Access an AWS service using an interface VPC endpoint".

use super::kinds::{ENDPOINT, ROUTE_TABLE, SUBNET, VPC, texts};
use super::{group, interface};
use crate::aws::api::{Answer, Error};
use crate::aws::{Context, required};
use crate::document::Value;
use crate::sim::{Verb, secs};
use crate::tree;
use std::rc::Rc;

/// How long it takes until an interface endpoint works.
const READY_S: u64 = 60;

/// Services with gateway endpoints, and the prefix lists of their addresses in Seoul.
// Source: `describe-managed-prefix-lists` in ap-northeast-2; AWS's ip-ranges.json.
const GATEWAYS: &[(&str, &str)] = &[("s3", "pl-78a54011"), ("dynamodb", "pl-48a54021")];

/// Services and some of their public addresses in Seoul.
// Source: AWS's ip-ranges.json for ap-northeast-2; where a service has no block of its own, one of AMAZON's.
pub const SERVICES: &[(&str, &str)] = &[
    ("s3", "52.219.56.0/22"),
    ("dynamodb", "52.94.0.0/22"),
    ("ec2", "52.95.193.0/24"),
    ("ecr.api", "54.239.116.0/22"),
    ("ecr.dkr", "52.94.248.0/26"),
    ("sts", "52.46.80.0/22"),
    ("eks", "52.95.111.0/24"),
    ("logs", "52.119.204.0/22"),
    ("elasticloadbalancing", "52.94.243.0/24"),
    ("autoscaling", "52.94.242.0/24"),
    ("ssm", "52.94.241.0/24"),
    ("eks-auth", "52.94.240.0/24"),
    ("cloudformation", "52.95.194.0/28"),
    ("monitoring", "52.95.194.16/28"),
    ("kms", "52.95.194.32/28"),
    ("secretsmanager", "52.95.194.48/28"),
    ("ssmmessages", "52.95.194.64/28"),
    ("ec2messages", "52.95.194.80/28"),
    ("sqs", "52.95.194.96/28"),
    ("sns", "52.95.194.112/28"),
    ("lambda", "52.95.194.128/28"),
    ("events", "52.95.194.144/28"),
    ("xray", "52.95.194.160/28"),
    ("elasticfilesystem", "52.95.194.176/28"),
    ("execute-api", "52.95.194.192/28"),
    ("autoscaling-plans", "52.95.194.208/28"),
];

/// The prefix list of a service that has gateway endpoints.
pub fn prefix_list(service: &str) -> &'static str {
    GATEWAYS.iter().find(|(name, _)| *name == service).map_or("", |(_, id)| *id)
}

/// The service of a prefix list.
pub fn listed(prefix_list: &str) -> Option<&'static str> {
    GATEWAYS.iter().find(|(_, id)| *id == prefix_list).map(|(name, _)| *name)
}

/// The service in a full name: `com.amazonaws.ap-northeast-2.ecr.api` is `ecr.api`.
pub fn short(name: &str) -> &str {
    name.splitn(4, '.').nth(3).unwrap_or_default()
}

pub fn create(context: &mut Context<'_, '_>, params: &Value) -> Answer {
    let (vpc_id, vpc) = VPC.named(context, params, "VpcId")?;
    let name = required(params, "ServiceName")?;
    let service = short(name);
    if !SERVICES.iter().any(|(known, _)| *known == service)
        || !name.starts_with(&format!("com.amazonaws.{}.", context.region))
    {
        let message = format!("The Vpc Endpoint Service '{name}' does not exist");
        return Err(Error::new("InvalidServiceName", message));
    }
    let is_interface = params.str_at(&["VpcEndpointType"]) == "Interface";
    if !is_interface && prefix_list(service).is_empty() {
        let message =
            format!("The Vpc Endpoint type (Gateway) does not match the available types of service ({name}).");
        return Err(Error::new("InvalidParameter", message));
    }
    let now = context.now_text();
    let mut endpoint = tree!({
        "VpcEndpointType": if is_interface { "Interface" } else { "Gateway" }, "VpcId": vpc_id.clone(), "ServiceName": name,
        "State": if is_interface { "pending" } else { "available" }, "RouteTableIds": [], "SubnetIds": [], "Groups": [],
        "PrivateDnsEnabled": false, "RequesterManaged": false, "NetworkInterfaceIds": [], "DnsEntries": [],
        "CreationTimestamp": now,
        "PolicyDocument": "{\"Version\":\"2008-10-17\",\"Statement\":[{\"Effect\":\"Allow\",\"Principal\":\"*\",\"Action\":\"*\",\"Resource\":\"*\"}]}",
    });
    if let Some(policy) = params.get("PolicyDocument") {
        endpoint.set(&["PolicyDocument"], policy);
    }
    let mut made: Vec<Rc<str>> = Vec::new();
    if is_interface {
        let wants_dns = params.get("PrivateDnsEnabled").and_then(Value::as_bool).unwrap_or(true);
        if wants_dns && !(vpc.is_true_at(&["_EnableDnsSupport"]) && vpc.is_true_at(&["_EnableDnsHostnames"])) {
            let message = format!(
                "Enabling private DNS requires both enableDnsSupport and enableDnsHostnames VPC attributes set to true for {vpc_id}"
            );
            return Err(Error::new("InvalidParameter", message));
        }
        let groups = group::chosen(context, &vpc_id, &texts(params, "SecurityGroupIds"))?;
        let subnets = texts(params, "SubnetIds");
        for subnet in &subnets {
            SUBNET.find(context, subnet)?;
        }
        for subnet in &subnets {
            match interface::make(
                context,
                subnet,
                "",
                &groups,
                &format!("VPC Endpoint Interface {name}"),
                "vpc_endpoint",
            ) {
                Ok(id) => made.push(id),
                Err(refusal) => {
                    made.iter().for_each(|id| interface::delete(context, id));
                    return Err(refusal);
                }
            }
        }
        endpoint.set(&["Groups"], groups);
        endpoint.set(&["SubnetIds"], Value::list(subnets.into_iter().map(Value::Text)));
        endpoint.set(&["NetworkInterfaceIds"], Value::list(made.into_iter().map(Value::Text)));
        endpoint.set(&["PrivateDnsEnabled"], wants_dns);
    } else {
        let tables = texts(params, "RouteTableIds");
        for table in &tables {
            ROUTE_TABLE.find(context, table)?;
        }
        endpoint.set(&["RouteTableIds"], Value::list(tables.into_iter().map(Value::Text)));
    }
    let id = ENDPOINT.make(context, endpoint, params);
    if is_interface {
        let region = context.region.clone();
        let name = format!("{id}-0d0cd0c0.{service}.{region}.vpce.amazonaws.com");
        ENDPOINT.change(
            context,
            &id,
            &["DnsEntries"],
            Value::list([tree!({ "DnsName": name, "HostedZoneId": "Z27UANNT0PRK1T" })]),
        );
        let key = context.key(ENDPOINT.kind, &id);
        context.schedule(secs(READY_S), "ec2", "available", &key);
    }
    Ok(tree!({ "VpcEndpoint": ENDPOINT.find(context, &id)? }))
}

/// An interface endpoint works.
pub fn ready(context: &mut Context<'_, '_>, id: &str) {
    ENDPOINT.change(context, id, &["State"], "available");
}

pub fn modify(context: &mut Context<'_, '_>, params: &Value) -> Answer {
    let (id, endpoint) = ENDPOINT.named(context, params, "VpcEndpointId")?;
    for (add, remove, field) in [
        ("AddRouteTableIds", "RemoveRouteTableIds", "RouteTableIds"),
        ("AddSecurityGroupIds", "RemoveSecurityGroupIds", ""),
    ] {
        let (more, less) = (texts(params, add), texts(params, remove));
        if more.is_empty() && less.is_empty() {
            continue;
        }
        if field.is_empty() {
            let mut ids: Vec<Rc<str>> = super::kinds::along(&endpoint, "Groups.GroupId");
            ids.retain(|id| !less.contains(id));
            ids.extend(more);
            let groups = group::chosen(context, endpoint.str_at(&["VpcId"]), &ids)?;
            for interface in texts(&endpoint, "NetworkInterfaceIds") {
                interface::set_groups(context, &interface, &groups);
            }
            ENDPOINT.change(context, &id, &["Groups"], groups);
        } else {
            for table in &more {
                ROUTE_TABLE.find(context, table)?;
            }
            let mut tables = texts(&endpoint, field);
            tables.retain(|it| !less.contains(it) && !more.contains(it));
            tables.extend(more);
            ENDPOINT.change(context, &id, &[field], Value::list(tables.into_iter().map(Value::Text)));
        }
    }
    if let Some(yes) = super::kinds::flag(params, "PrivateDnsEnabled") {
        ENDPOINT.change(context, &id, &["PrivateDnsEnabled"], yes);
    }
    Ok(tree!({ "Return": true }))
}

pub fn delete(context: &mut Context<'_, '_>, params: &Value) -> Answer {
    let mut failed = Vec::new();
    for id in texts(params, "VpcEndpointIds") {
        match ENDPOINT.find(context, &id) {
            Err(refusal) => failed.push(tree!({
                "Error": { "Code": refusal.code.clone(), "Message": refusal.message.clone() }, "ResourceId": id,
            })),
            Ok(endpoint) => {
                for interface in texts(&endpoint, "NetworkInterfaceIds") {
                    interface::delete(context, &interface);
                }
                let key = context.key(ENDPOINT.kind, &id);
                context.update(&key, Verb::Delete, |it| it.set(&["State"], "deleting"));
                context.remove(&key);
            }
        }
    }
    Ok(tree!({ "Unsuccessful": Value::list(failed) }))
}

/// `DescribePrefixLists` and, in its newer form, `DescribeManagedPrefixLists`.
pub fn prefix_lists(context: &mut Context<'_, '_>, _params: &Value) -> Answer {
    let rows = GATEWAYS.iter().map(|(service, id)| {
        let blocks = SERVICES.iter().filter(|(name, _)| name == service).map(|(_, block)| Value::from(*block));
        tree!({
            "Cidrs": Value::list(blocks), "PrefixListId": *id,
            "PrefixListName": format!("com.amazonaws.{}.{service}", context.region),
        })
    });
    Ok(tree!({ "PrefixLists": Value::list(rows) }))
}

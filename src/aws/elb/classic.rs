//! Classic Load Balancers: `aws elb`. They are load balancers like the others, with one hidden target
//! group for each listener; the newer interface does not show them.
// Source: Elastic Load Balancing API Reference (version 2012-06-01).

use super::{LISTENER, LOAD_BALANCER, TARGET_GROUP, balancer, listener, target};
use crate::aws::api::{Answer, Error};
use crate::aws::ec2::kinds::texts;
use crate::aws::service::{Operation, Service};
use crate::aws::{Context, ResourceKey, required};
use crate::document::Value;
use crate::sim::Verb;
use crate::tree;

/// Elastic Load Balancing, version 1.
pub const SERVICE: Service = Service::new("elb", "elasticloadbalancing", OPERATIONS);

const OPERATIONS: &[Operation] = &[
    Operation::new("CreateLoadBalancer", create),
    Operation::new("DeleteLoadBalancer", delete),
    Operation::new("DescribeLoadBalancers", describe),
    Operation::new("RegisterInstancesWithLoadBalancer", |c, p| instances(c, p, true)),
    Operation::new("DeregisterInstancesFromLoadBalancer", |c, p| instances(c, p, false)),
    Operation::new("DescribeInstanceHealth", describe_health),
];

fn none() -> Error {
    Error::new("LoadBalancerNotFound", "There is no ACTIVE Load Balancer named like that")
}

/// The load balancer with this name.
fn named(context: &Context<'_, '_>, name: &str) -> Result<(ResourceKey, Value), Error> {
    let is_it = |it: &Value| it.str_at(&["LoadBalancerName"]) == name && it.str_at(&["Type"]) == "classic";
    let found = context.list(LOAD_BALANCER).into_iter().find(|(_, it)| is_it(it));
    found.ok_or_else(|| Error::new("LoadBalancerNotFound", format!("There is no ACTIVE Load Balancer named '{name}'")))
}

fn create(context: &mut Context<'_, '_>, params: &Value) -> Answer {
    let name = required(params, "LoadBalancerName")?;
    let listeners = params.items_at(&["Listeners"]);
    if listeners.is_empty() {
        return Err(Error::new("ValidationError", "At least one listener must be specified"));
    }
    let made = tree!({
        "Name": name, "Subnets": params.get("Subnets"), "SecurityGroups": params.get("SecurityGroups"),
        "Scheme": params.get("Scheme"), "Tags": params.get("Tags"),
    });
    let answer = balancer::make(context, &made, "classic")?;
    let first = answer.items_at(&["LoadBalancers"]).first().cloned().unwrap_or_default();
    let arn = first.str_at(&["LoadBalancerArn"]);
    for row in listeners {
        let at = row.int_at(&["InstancePort"]).unwrap_or_default();
        let group = tree!({
            "Name": format!("{name}-{at}"), "Protocol": "TCP", "Port": at, "VpcId": first.str_at(&["VpcId"]),
            "HealthCheckIntervalSeconds": 10, "HealthyThresholdCount": 2, "UnhealthyThresholdCount": 6,
            "HealthCheckProtocol": "TCP",
        });
        let group = target::create(context, &group)?;
        let group =
            group.items_at(&["TargetGroups"]).first().map_or("", |it| it.str_at(&["TargetGroupArn"])).to_owned();
        let key = context.key(TARGET_GROUP, &group);
        context.update(&key, Verb::Update, |it| it.set(&["_Classic"], true));
        let forward = tree!({
            "LoadBalancerArn": arn, "Port": row.get("LoadBalancerPort"), "Protocol": row.get("Protocol"),
            "DefaultActions": [{ "Type": "forward", "TargetGroupArn": group }], "_Row": row,
        });
        listener::create(context, &forward)?;
    }
    Ok(tree!({ "DNSName": first.str_at(&["DNSName"]) }))
}

/// The hidden target groups of a load balancer.
fn groups(context: &Context<'_, '_>, arn: &str) -> Vec<(ResourceKey, Value)> {
    let mut all = context.list(TARGET_GROUP);
    all.retain(|(_, it)| it.items_at(&["LoadBalancerArns"]).iter().any(|own| own.as_str() == Some(arn)));
    all
}

fn delete(context: &mut Context<'_, '_>, params: &Value) -> Answer {
    let Ok((key, _)) = named(context, required(params, "LoadBalancerName")?) else { return Ok(Value::map()) };
    let behind = groups(context, &key.id);
    balancer::delete(context, &tree!({ "LoadBalancerArn": &key.id }))?;
    for (group, _) in behind {
        context.remove(&group);
    }
    Ok(Value::map())
}

fn instances(context: &mut Context<'_, '_>, params: &Value, adds: bool) -> Answer {
    let (key, _) = named(context, required(params, "LoadBalancerName")?)?;
    let ids = params.items_at(&["Instances"]).iter().map(|row| tree!({ "Id": row.get("InstanceId") }));
    let targets = Value::list(ids);
    for (group, _) in groups(context, &key.id) {
        let asked = tree!({ "TargetGroupArn": &group.id, "Targets": &targets });
        let done = if adds { target::register(context, &asked) } else { target::deregister(context, &asked) };
        done.map_err(|error| match &*error.code {
            "InvalidTarget" => Error::new("InvalidInstance", error.message),
            _ => error,
        })?;
    }
    let rows = registered(context, &key.id);
    Ok(tree!({ "Instances": rows }))
}

fn registered(context: &Context<'_, '_>, arn: &str) -> Value {
    let group = groups(context, arn).into_iter().next().map(|(_, it)| it).unwrap_or_default();
    let rows = group.items_at(&["_Targets"]).iter().filter(|it| it.str_at(&["State"]) != "draining");
    Value::list(rows.map(|it| tree!({ "InstanceId": it.at(&["Target", "Id"]) })))
}

fn describe(context: &mut Context<'_, '_>, params: &Value) -> Answer {
    let wanted = texts(params, "LoadBalancerNames");
    for name in &wanted {
        named(context, name)?;
    }
    let mut rows = Vec::new();
    for (key, it) in context.list(LOAD_BALANCER).into_iter().filter(|(_, it)| it.str_at(&["Type"]) == "classic") {
        if !wanted.is_empty() && !wanted.iter().any(|name| **name == *it.str_at(&["LoadBalancerName"])) {
            continue;
        }
        let own = |(_, row): &(ResourceKey, Value)| row.str_at(&["LoadBalancerArn"]) == &*key.id;
        let listeners = context.list(LISTENER).into_iter().filter(own);
        let listeners = listeners.map(|(_, row)| tree!({ "Listener": row.get("_Row"), "PolicyNames": [] }));
        let listeners = Value::list(listeners.collect::<Vec<_>>());
        let at =
            listeners.items().first().and_then(|row| row.int_at(&["Listener", "InstancePort"])).unwrap_or_default();
        let zones = it.items_at(&["AvailabilityZones"]);
        let along = |member: &str| Value::list(zones.iter().map(|zone| Value::from(zone.str_at(&[member]))));
        rows.push(tree!({
            "LoadBalancerName": it.get("LoadBalancerName"), "DNSName": it.get("DNSName"),
            "CanonicalHostedZoneName": it.get("DNSName"), "CanonicalHostedZoneNameID": it.get("CanonicalHostedZoneId"),
            "ListenerDescriptions": listeners,
            "Policies": { "AppCookieStickinessPolicies": [], "LBCookieStickinessPolicies": [], "OtherPolicies": [] },
            "BackendServerDescriptions": [], "AvailabilityZones": (along("ZoneName")), "Subnets": (along("SubnetId")),
            "VPCId": it.get("VpcId"), "Instances": (registered(context, &key.id)),
            "HealthCheck": {
                "Target": format!("TCP:{at}"), "Interval": 10, "Timeout": 5, "UnhealthyThreshold": 6, "HealthyThreshold": 2,
            },
            "SecurityGroups": it.get("SecurityGroups"), "CreatedTime": it.get("CreatedTime"), "Scheme": it.get("Scheme"),
        }));
    }
    Ok(tree!({ "LoadBalancerDescriptions": rows }))
}

fn describe_health(context: &mut Context<'_, '_>, params: &Value) -> Answer {
    let (key, _) = named(context, required(params, "LoadBalancerName")?)?;
    let group = groups(context, &key.id).into_iter().next().map(|(_, it)| it).ok_or_else(none)?;
    let rows = group.items_at(&["_Targets"]).iter().filter(|it| it.str_at(&["State"]) != "draining").map(|it| {
        let (state, code, says) = match it.str_at(&["State"]) {
            "healthy" => ("InService", "N/A", "N/A"),
            "initial" => ("OutOfService", "ELB", "Instance registration is still in progress."),
            _ => (
                "OutOfService",
                "Instance",
                "Instance has failed at least the UnhealthyThreshold number of health checks consecutively.",
            ),
        };
        tree!({ "InstanceId": it.at(&["Target", "Id"]), "State": state, "ReasonCode": code, "Description": says })
    });
    Ok(tree!({ "InstanceStates": (Value::list(rows)) }))
}

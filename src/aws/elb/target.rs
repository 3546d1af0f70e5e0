//! Target groups and their targets.

use super::{LISTENER, RULE, TARGET_GROUP, chosen, named, wrong};
use crate::aws::api::{Answer, Error};
use crate::aws::ec2::kinds::{INSTANCE, VPC, along, shown, texts};
use crate::aws::{Context, required};
use crate::document::Value;
use crate::sim::{Verb, secs};
use crate::tree;

/// The first check comes soon after a target is registered.
const FIRST_CHECK_S: u64 = 5;

pub fn create(context: &mut Context<'_, '_>, params: &Value) -> Answer {
    let name = required(params, "Name")?;
    let protocol = required(params, "Protocol")?;
    let port = params.int_at(&["Port"]).ok_or_else(|| wrong("A port must be specified"))?;
    let vpc = params.str_at(&["VpcId"]);
    if vpc.is_empty() {
        return Err(wrong("A VPC ID must be specified"));
    }
    VPC.find(context, vpc).map_err(|_| wrong(format!("The VPC ID '{vpc}' is not found")))?;
    if context.list(TARGET_GROUP).iter().any(|(_, it)| it.str_at(&["TargetGroupName"]) == name) {
        let message = format!("A target group with the same name '{name}' exists, but with different settings");
        return Err(Error::new("DuplicateTargetGroupName", message));
    }
    let is_http = protocol.starts_with("HTTP");
    let code = context.dice("target-group").uuid().replace('-', "").get(..16).unwrap_or_default().to_owned();
    let arn = context.arn("elasticloadbalancing", &format!("targetgroup/{name}/{code}"));
    let or = |member: &str, default: Value| params.get(member).cloned().unwrap_or(default);
    let health = or("HealthCheckProtocol", if is_http { "HTTP".into() } else { "TCP".into() });
    let is_http_check = health.as_str().is_some_and(|it| it.starts_with("HTTP"));
    let mut group = tree!({
        "TargetGroupArn": arn.clone(), "TargetGroupName": name, "Protocol": protocol, "Port": port, "VpcId": vpc,
        "HealthCheckProtocol": health, "HealthCheckPort": or("HealthCheckPort", "traffic-port".into()),
        "HealthCheckEnabled": true, "HealthCheckIntervalSeconds": or("HealthCheckIntervalSeconds", 30.into()),
        "HealthCheckTimeoutSeconds": or("HealthCheckTimeoutSeconds", if is_http { 5.into() } else { 10.into() }),
        "HealthyThresholdCount": or("HealthyThresholdCount", 5.into()),
        "UnhealthyThresholdCount": or("UnhealthyThresholdCount", 2.into()),
        "LoadBalancerArns": [], "TargetType": or("TargetType", "instance".into()), "IpAddressType": "ipv4",
        "_Targets": [], "_Tags": or("Tags", Value::list([])),
    });
    if is_http {
        group.set(&["ProtocolVersion"], or("ProtocolVersion", "HTTP1".into()));
    }
    if is_http_check {
        group.set(&["HealthCheckPath"], or("HealthCheckPath", "/".into()));
        group.set(&["Matcher"], or("Matcher", tree!({ "HttpCode": "200" })));
    }
    let key = context.key(TARGET_GROUP, &arn);
    context.put(key, group.clone(), Verb::Create);
    Ok(tree!({ "TargetGroups": Value::list([shown(&group)]) }))
}

pub fn modify(context: &mut Context<'_, '_>, params: &Value) -> Answer {
    let (key, mut group) = named(context, params, TARGET_GROUP, "TargetGroupArn")?;
    for (member, value) in params.entries().filter(|(member, _)| &***member != "TargetGroupArn") {
        group.set(&[member], value);
    }
    context.put(key, group.clone(), Verb::Update);
    Ok(tree!({ "TargetGroups": Value::list([shown(&group)]) }))
}

pub fn delete(context: &mut Context<'_, '_>, params: &Value) -> Answer {
    let (key, _) = named(context, params, TARGET_GROUP, "TargetGroupArn")?;
    let uses = |(_, it): &(_, Value)| {
        [along(it, "DefaultActions.TargetGroupArn"), along(it, "Actions.TargetGroupArn")].concat().contains(&key.id)
    };
    if context.list(LISTENER).iter().any(uses) || context.list(RULE).iter().any(uses) {
        let message = format!("Target group '{}' is currently in use by a listener or a rule", key.id);
        return Err(Error::new("ResourceInUse", message));
    }
    context.remove(&key);
    Ok(Value::map())
}

pub fn describe(context: &mut Context<'_, '_>, params: &Value) -> Answer {
    let (names, balancer) = (texts(params, "Names"), params.get("LoadBalancerArn"));
    let mut rows = chosen(context, params, TARGET_GROUP, "TargetGroupArns")?;
    if names.iter().any(|name| !rows.iter().any(|it| it.str_at(&["TargetGroupName"]) == &**name)) {
        return Err(super::none(TARGET_GROUP));
    }
    rows.retain(|it| names.is_empty() || names.iter().any(|name| **name == *it.str_at(&["TargetGroupName"])));
    rows.retain(|it| balancer.is_none_or(|arn| it.items_at(&["LoadBalancerArns"]).contains(arn)));
    Ok(tree!({ "TargetGroups": Value::list(rows.iter().map(shown)) }))
}

/// A target of a request, with the port of its group where it names none.
fn meant(group: &Value, target: &Value) -> Value {
    let port = target.get("Port").or(group.get("Port")).cloned().unwrap_or_default();
    tree!({ "Id": target.str_at(&["Id"]), "Port": port })
}

pub fn register(context: &mut Context<'_, '_>, params: &Value) -> Answer {
    let (key, group) = named(context, params, TARGET_GROUP, "TargetGroupArn")?;
    for target in params.items_at(&["Targets"]) {
        let id = target.str_at(&["Id"]);
        if group.str_at(&["TargetType"]) != "instance" {
            continue;
        }
        let instance = context.get(INSTANCE.kind, id);
        let is_here = instance.is_some_and(|it| it.get("VpcId") == group.get("VpcId"));
        if instance.is_none() {
            return Err(Error::new("InvalidTarget", format!("The following targets are not valid instances: '{id}'")));
        }
        if !is_here {
            let message =
                format!("The following targets are not in the target group VPC '{}': '{id}'", group.str_at(&["VpcId"]));
            return Err(Error::new("InvalidTarget", message));
        }
    }
    context.update(&key, Verb::Update, |it| {
        let targets = it.at_mut(&["_Targets"]).items_mut();
        for target in params.items_at(&["Targets"]) {
            let meant = meant(&group, target);
            targets.retain(|old| old.get("Target") != Some(&meant));
            targets.push(tree!({ "Target": meant, "State": "initial", "Passed": 0, "Missed": 0 }));
        }
    });
    context.schedule(secs(FIRST_CHECK_S), "elbv2", "check", &key);
    Ok(Value::map())
}

pub fn deregister(context: &mut Context<'_, '_>, params: &Value) -> Answer {
    let (key, group) = named(context, params, TARGET_GROUP, "TargetGroupArn")?;
    let is_used = !group.items_at(&["LoadBalancerArns"]).is_empty();
    context.update(&key, Verb::Update, |it| {
        let targets = it.at_mut(&["_Targets"]).items_mut();
        for target in params.items_at(&["Targets"]) {
            let is_it = |old: &Value| {
                old.at(&["Target", "Id"]) == target.get("Id")
                    && target.get("Port").is_none_or(|port| old.at(&["Target", "Port"]) == Some(port))
            };
            if is_used {
                targets.iter_mut().filter(|old| is_it(old)).for_each(|old| old.set(&["State"], "draining"));
            } else {
                targets.retain(|old| !is_it(old));
            }
        }
    });
    if is_used {
        let delay = group.str_at(&["_Attributes", "deregistration_delay.timeout_seconds"]).parse().unwrap_or(300);
        context.schedule(secs(delay), "elbv2", "drained", &key);
    }
    Ok(Value::map())
}

/// `DescribeTargetHealth`.
// Source: Elastic Load Balancing API Reference, TargetHealth.
pub fn describe_health(context: &mut Context<'_, '_>, params: &Value) -> Answer {
    let (_, group) = named(context, params, TARGET_GROUP, "TargetGroupArn")?;
    let wanted: Vec<Value> = params.items_at(&["Targets"]).iter().map(|target| meant(&group, target)).collect();
    let is_used = !group.items_at(&["LoadBalancerArns"]).is_empty();
    let rows = group
        .items_at(&["_Targets"])
        .iter()
        .filter(|it| wanted.is_empty() || wanted.iter().any(|own| it.get("Target") == Some(own)));
    let rows = rows.map(|it| {
        let state = it.str_at(&["State"]);
        let (state, reason, says) = match (is_used, state) {
            (_, "draining") => ("draining", "Target.DeregistrationInProgress", "Target deregistration is in progress"),
            (false, _) => (
                "unused",
                "Target.NotInUse",
                "Target group is not configured to receive traffic from the load balancer",
            ),
            (_, "healthy") => ("healthy", "", ""),
            (_, "unhealthy") => match it.str_at(&["Why"]) {
                "stopped" => ("unused", "Target.InvalidState", "Target is in the stopped state"),
                "refused" => ("unhealthy", "Target.FailedHealthChecks", "Health checks failed"),
                _ => ("unhealthy", "Target.Timeout", "Request timed out"),
            },
            _ => ("initial", "Elb.RegistrationInProgress", "Target registration is in progress"),
        };
        let mut health = tree!({ "State": state });
        if !reason.is_empty() {
            health.set(&["Reason"], reason);
            health.set(&["Description"], says);
        }
        let check = match group.str_at(&["HealthCheckPort"]) {
            "traffic-port" => it.at(&["Target", "Port"]).map(ToString::to_string),
            port => Some(port.to_owned()),
        };
        tree!({ "Target": it.get("Target"), "HealthCheckPort": check, "TargetHealth": health })
    });
    Ok(tree!({ "TargetHealthDescriptions": Value::list(rows.collect::<Vec<_>>()) }))
}

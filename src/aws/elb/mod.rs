//! Elastic Load Balancing: application and network load balancers, target groups, target health;
//! `classic` has the load balancers of the first generation.
//!
//! A load balancer has a network interface in each of its subnets; requests reach it there, by the
//! same rules as any host, and go on from there to a healthy target as a second leg. Health checks
//! travel the same way: a security group that keeps the load balancer out makes targets unhealthy.
//!
//! Invariant: a target is healthy because a check was answered, never because it was registered.

mod balancer;
mod classic;
mod health;
mod listener;
mod target;

pub use classic::SERVICE as CLASSIC;
pub use health::reach;

use crate::aws::api::{Answer, Error};
use crate::aws::service::{Operation, Service};
use crate::aws::{Context, Due, ResourceKey};
use crate::document::Value;
use crate::sim::Verb;
use crate::tree;

/// The types of resources, as CloudFormation names them.
pub const LOAD_BALANCER: &str = "AWS::ElasticLoadBalancingV2::LoadBalancer";
/// See [`LOAD_BALANCER`].
pub const TARGET_GROUP: &str = "AWS::ElasticLoadBalancingV2::TargetGroup";
/// See [`LOAD_BALANCER`].
pub const LISTENER: &str = "AWS::ElasticLoadBalancingV2::Listener";
/// See [`LOAD_BALANCER`].
pub const RULE: &str = "AWS::ElasticLoadBalancingV2::ListenerRule";

/// Elastic Load Balancing, version 2.
pub const SERVICE: Service = Service { on_due: due, ..Service::new("elbv2", "elasticloadbalancing", OPERATIONS) };

/// What it can do.
pub const OPERATIONS: &[Operation] = &[
    Operation::new("CreateLoadBalancer", balancer::create),
    Operation::new("DeleteLoadBalancer", balancer::delete),
    Operation::new("DescribeLoadBalancers", balancer::describe),
    Operation::new("SetSecurityGroups", balancer::set_groups),
    Operation::new("DescribeLoadBalancerAttributes", |c, p| attributes(c, p, LOAD_BALANCER, "LoadBalancerArn")),
    Operation::new("ModifyLoadBalancerAttributes", |c, p| attributes(c, p, LOAD_BALANCER, "LoadBalancerArn")),
    Operation::new("CreateTargetGroup", target::create),
    Operation::new("ModifyTargetGroup", target::modify),
    Operation::new("DeleteTargetGroup", target::delete),
    Operation::new("DescribeTargetGroups", target::describe),
    Operation::new("DescribeTargetGroupAttributes", |c, p| attributes(c, p, TARGET_GROUP, "TargetGroupArn")),
    Operation::new("ModifyTargetGroupAttributes", |c, p| attributes(c, p, TARGET_GROUP, "TargetGroupArn")),
    Operation::new("RegisterTargets", target::register),
    Operation::new("DeregisterTargets", target::deregister),
    Operation::new("DescribeTargetHealth", target::describe_health),
    Operation::new("CreateListener", listener::create),
    Operation::new("ModifyListener", listener::modify),
    Operation::new("DeleteListener", listener::delete),
    Operation::new("DescribeListeners", listener::describe),
    Operation::new("CreateRule", listener::create_rule),
    Operation::new("ModifyRule", listener::modify_rule),
    Operation::new("DeleteRule", listener::delete_rule),
    Operation::new("DescribeRules", listener::describe_rules),
    Operation::new("AddTags", |c, p| retag(c, p, true)),
    Operation::new("RemoveTags", |c, p| retag(c, p, false)),
    Operation::new("DescribeTags", describe_tags),
];

/// Refusals of Elastic Load Balancing.
// Source: Elastic Load Balancing API Reference (version 2015-12-01), the errors of each action.
fn none(kind: &str) -> Error {
    let (code, what) = match kind {
        LOAD_BALANCER => ("LoadBalancerNotFound", "load balancers"),
        TARGET_GROUP => ("TargetGroupNotFound", "target groups"),
        LISTENER => ("ListenerNotFound", "listeners"),
        _ => ("RuleNotFound", "rules"),
    };
    Error::new(code, format!("One or more {what} not found"))
}

fn wrong(message: impl Into<std::rc::Rc<str>>) -> Error {
    Error::new("ValidationError", message)
}

/// The resource that a parameter names by its ARN.
fn named(context: &Context<'_, '_>, params: &Value, kind: &str, member: &str) -> Result<(ResourceKey, Value), Error> {
    let key = context.key(kind, params.str_at(&[member]));
    let found = context.cloud.get(&key).cloned().ok_or_else(|| none(kind))?;
    Ok((key, found))
}

/// The resources of a kind by a list of ARNs, or all.
fn chosen(context: &Context<'_, '_>, params: &Value, kind: &str, member: &str) -> Result<Vec<Value>, Error> {
    let wanted = params.items_at(&[member]);
    let is_shown = |it: &Value| it.str_at(&["Type"]) != "classic" && !it.is_true_at(&["_Classic"]);
    let all: Vec<Value> = context.list(kind).into_iter().map(|(_, it)| it).filter(is_shown).collect();
    let field = member.strip_suffix('s').unwrap_or(member);
    if wanted.iter().any(|arn| !all.iter().any(|it| it.get(field) == Some(arn))) {
        return Err(none(kind));
    }
    Ok(all.into_iter().filter(|it| wanted.is_empty() || wanted.iter().any(|arn| it.get(field) == Some(arn))).collect())
}

/// Attributes of a load balancer or a target group: given ones are kept and shown.
fn attributes(context: &mut Context<'_, '_>, params: &Value, kind: &str, member: &str) -> Answer {
    let (key, found) = named(context, params, kind, member)?;
    let mut attributes = found.get("_Attributes").cloned().unwrap_or_else(|| {
        let pairs: &[(&str, &str)] = if kind == LOAD_BALANCER {
            &[
                ("deletion_protection.enabled", "false"),
                (
                    "load_balancing.cross_zone.enabled",
                    if found.str_at(&["Type"]) == "network" { "false" } else { "true" },
                ),
            ]
        } else {
            &[("deregistration_delay.timeout_seconds", "300"), ("stickiness.enabled", "false")]
        };
        Value::from(pairs.iter().map(|(key, value)| ((*key).into(), (*value).into())).collect::<crate::document::Map>())
    });
    for pair in params.items_at(&["Attributes"]) {
        attributes.set(&[pair.str_at(&["Key"])], pair.get("Value"));
    }
    if !params.items_at(&["Attributes"]).is_empty() {
        context.update(&key, Verb::Update, |it| it.set(&["_Attributes"], &attributes));
    }
    let rows = attributes.entries().map(|(key, value)| tree!({ "Key": key, "Value": value }));
    Ok(tree!({ "Attributes": Value::list(rows) }))
}

fn retag(context: &mut Context<'_, '_>, params: &Value, adds: bool) -> Answer {
    for arn in params.items_at(&["ResourceArns"]).iter().filter_map(Value::as_str) {
        let kinds = [LOAD_BALANCER, TARGET_GROUP, LISTENER, RULE];
        let key = kinds.iter().map(|kind| context.key(kind, arn)).find(|key| context.cloud.get(key).is_some());
        let key = key.ok_or_else(|| none(LOAD_BALANCER))?;
        context.update(&key, Verb::Update, |it| {
            let tags = it.at_mut(&["_Tags"]).items_mut();
            for tag in params.items_at(&["Tags"]) {
                tags.retain(|old| old.get("Key") != tag.get("Key"));
            }
            for gone in params.items_at(&["TagKeys"]) {
                tags.retain(|old| old.get("Key") != Some(gone));
            }
            if adds {
                tags.extend(params.items_at(&["Tags"]).iter().cloned());
            }
        });
    }
    Ok(Value::map())
}

fn describe_tags(context: &mut Context<'_, '_>, params: &Value) -> Answer {
    let rows = params.items_at(&["ResourceArns"]).iter().filter_map(Value::as_str).map(|arn| {
        let kinds = [LOAD_BALANCER, TARGET_GROUP, LISTENER, RULE];
        let found = kinds.iter().find_map(|kind| context.get(kind, arn));
        let tags = found.map(|it| it.items_at(&["_Tags"]).to_vec()).unwrap_or_default();
        tree!({ "ResourceArn": arn, "Tags": Value::list(tags) })
    });
    Ok(tree!({ "TagDescriptions": Value::list(rows.collect::<Vec<_>>()) }))
}

fn due(context: &mut Context<'_, '_>, due: &Due) {
    match due.what {
        "active" => context.update(&due.key, Verb::UpdateStatus, |it| it.set(&["State", "Code"], "active")),
        "check" => health::check(context, &due.key),
        "drained" => health::drained(context, &due.key),
        _ => {}
    }
}

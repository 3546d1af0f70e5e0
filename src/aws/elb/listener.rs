//! Listeners and their rules.

use super::{LISTENER, LOAD_BALANCER, RULE, TARGET_GROUP, chosen, named, none};
use crate::aws::api::{Answer, Error};
use crate::aws::ec2::kinds::{along, shown};
use crate::aws::{Context, ResourceKey};
use crate::document::Value;
use crate::sim::{Verb, secs};
use crate::tree;

/// The target groups of actions get to know their load balancer, and checks begin.
fn bind(context: &mut Context<'_, '_>, actions: &Value, balancer: &str) -> Result<(), Error> {
    let mut groups = along(actions, "TargetGroupArn");
    groups.extend(along(actions, "ForwardConfig.TargetGroups.TargetGroupArn"));
    for arn in &groups {
        let key = context.key(TARGET_GROUP, arn);
        let group = context
            .cloud
            .get(&key)
            .ok_or_else(|| Error::new("TargetGroupNotFound", format!("Target groups '{arn}' not found")))?;
        if group.items_at(&["LoadBalancerArns"]).iter().any(|own| own.as_str() != Some(balancer)) {
            let message =
                "The following target groups cannot be associated with more than one load balancer: ".to_owned() + arn;
            return Err(Error::new("TargetGroupAssociationLimit", message));
        }
    }
    for arn in groups {
        let key = context.key(TARGET_GROUP, &arn);
        context.update(&key, Verb::Update, |it| it.set(&["LoadBalancerArns"], Value::list([balancer.into()])));
        context.schedule(secs(1), "elbv2", "check", &key);
    }
    Ok(())
}

pub fn create(context: &mut Context<'_, '_>, params: &Value) -> Answer {
    let (balancer, found) = named(context, params, LOAD_BALANCER, "LoadBalancerArn")?;
    let port = params.int_at(&["Port"]).unwrap_or_default();
    let taken =
        |(_, it): &(_, Value)| it.str_at(&["LoadBalancerArn"]) == &*balancer.id && it.int_at(&["Port"]) == Some(port);
    if context.list(LISTENER).iter().any(taken) {
        let message = format!("A listener already exists on this port for this load balancer '{}'", balancer.id);
        return Err(Error::new("DuplicateListener", message));
    }
    let is_http = params.str_at(&["Protocol"]).starts_with("HTTP");
    let is_classic = found.str_at(&["Type"]) == "classic";
    if !is_classic && is_http != (found.str_at(&["Type"]) == "application") {
        let kind = if is_http { "NETWORK" } else { "APPLICATION" };
        return Err(super::wrong(format!(
            "Protocol '{}' is not supported for load balancers of type {kind}",
            params.str_at(&["Protocol"])
        )));
    }
    let actions = params.get("DefaultActions").cloned().unwrap_or_default();
    bind(context, &actions, &balancer.id)?;
    let code = context.dice("listener").uuid().replace('-', "").get(..16).unwrap_or_default().to_owned();
    let arn = format!("{}/{code}", balancer.id.replace(":loadbalancer/", ":listener/"));
    let mut listener = tree!({
        "ListenerArn": &*arn, "LoadBalancerArn": balancer.id, "Port": port, "Protocol": params.str_at(&["Protocol"]),
        "DefaultActions": actions, "_Tags": params.get("Tags").cloned().unwrap_or_else(|| Value::list([])),
    });
    for member in ["Certificates", "SslPolicy", "_Row"] {
        if let Some(value) = params.get(member) {
            listener.set(&[member], value);
        }
    }
    let key = context.key(LISTENER, &arn);
    context.put(key, listener.clone(), Verb::Create);
    Ok(tree!({ "Listeners": Value::list([shown(&listener)]) }))
}

pub fn modify(context: &mut Context<'_, '_>, params: &Value) -> Answer {
    let (key, mut listener) = named(context, params, LISTENER, "ListenerArn")?;
    if let Some(actions) = params.get("DefaultActions") {
        let balancer = listener.str_at(&["LoadBalancerArn"]).to_owned();
        bind(context, actions, &balancer)?;
    }
    for (member, value) in params.entries() {
        listener.set(&[member], value);
    }
    context.put(key, listener.clone(), Verb::Update);
    Ok(tree!({ "Listeners": Value::list([shown(&listener)]) }))
}

/// Takes a listener away with its rules; its target groups are free again.
pub fn remove(context: &mut Context<'_, '_>, key: &ResourceKey) {
    let Some(listener) = context.remove(key) else { return };
    let rules: Vec<(ResourceKey, Value)> =
        context.list(RULE).into_iter().filter(|(_, it)| it.str_at(&["_ListenerArn"]) == &*key.id).collect();
    let mut groups = along(&listener, "DefaultActions.TargetGroupArn");
    for (rule, value) in rules {
        groups.extend(along(&value, "Actions.TargetGroupArn"));
        context.remove(&rule);
    }
    for arn in groups {
        let uses = |(_, it): &(ResourceKey, Value)| {
            [along(it, "DefaultActions.TargetGroupArn"), along(it, "Actions.TargetGroupArn")].concat().contains(&arn)
        };
        let is_used = context.list(LISTENER).iter().any(uses) || context.list(RULE).iter().any(uses);
        if !is_used {
            let group = context.key(TARGET_GROUP, &arn);
            context.update(&group, Verb::Update, |it| it.set(&["LoadBalancerArns"], Value::list([])));
        }
    }
}

pub fn delete(context: &mut Context<'_, '_>, params: &Value) -> Answer {
    let (key, _) = named(context, params, LISTENER, "ListenerArn")?;
    remove(context, &key);
    Ok(Value::map())
}

pub fn describe(context: &mut Context<'_, '_>, params: &Value) -> Answer {
    let mut rows = chosen(context, params, LISTENER, "ListenerArns")?;
    if let Some(arn) = params.get("LoadBalancerArn") {
        named(context, params, LOAD_BALANCER, "LoadBalancerArn")?;
        rows.retain(|it| it.get("LoadBalancerArn") == Some(arn));
    }
    Ok(tree!({ "Listeners": Value::list(rows.iter().map(shown)) }))
}

// ---- rules

pub fn create_rule(context: &mut Context<'_, '_>, params: &Value) -> Answer {
    let (listener, found) = named(context, params, LISTENER, "ListenerArn")?;
    let actions = params.get("Actions").cloned().unwrap_or_default();
    let priority = params.int_at(&["Priority"]).unwrap_or_default().to_string();
    let same =
        |(_, it): &(_, Value)| it.str_at(&["_ListenerArn"]) == &*listener.id && it.str_at(&["Priority"]) == priority;
    if context.list(RULE).iter().any(same) {
        return Err(Error::new("PriorityInUse", format!("Priority '{priority}' is currently in use")));
    }
    bind(context, &actions, found.str_at(&["LoadBalancerArn"]))?;
    let code = context.dice("rule").uuid().replace('-', "").get(..16).unwrap_or_default().to_owned();
    let arn = format!("{}/{code}", listener.id.replace(":listener/", ":listener-rule/"));
    let rule = tree!({
        "RuleArn": &*arn, "Priority": priority, "Conditions": params.get("Conditions").cloned().unwrap_or_default(),
        "Actions": actions, "IsDefault": false, "_ListenerArn": listener.id,
    });
    let key = context.key(RULE, &arn);
    context.put(key, rule.clone(), Verb::Create);
    Ok(tree!({ "Rules": Value::list([shown(&rule)]) }))
}

pub fn modify_rule(context: &mut Context<'_, '_>, params: &Value) -> Answer {
    let (key, mut rule) = named(context, params, RULE, "RuleArn")?;
    for (member, value) in params.entries() {
        rule.set(&[member], value);
    }
    context.put(key, rule.clone(), Verb::Update);
    Ok(tree!({ "Rules": Value::list([shown(&rule)]) }))
}

pub fn delete_rule(context: &mut Context<'_, '_>, params: &Value) -> Answer {
    let (key, _) = named(context, params, RULE, "RuleArn")?;
    context.remove(&key);
    Ok(Value::map())
}

pub fn describe_rules(context: &mut Context<'_, '_>, params: &Value) -> Answer {
    let mut rows = chosen(context, params, RULE, "RuleArns")?;
    if params.get("ListenerArn").is_some() {
        let (listener, found) = named(context, params, LISTENER, "ListenerArn").map_err(|_| none(LISTENER))?;
        rows.retain(|it| it.str_at(&["_ListenerArn"]) == &*listener.id);
        rows.push(tree!({
            "RuleArn": format!("{}/default", listener.id.replace(":listener/", ":listener-rule/")), "Priority": "default",
            "Conditions": [], "Actions": found.get("DefaultActions"), "IsDefault": true,
        }));
    }
    Ok(tree!({ "Rules": Value::list(rows.iter().map(shown)) }))
}

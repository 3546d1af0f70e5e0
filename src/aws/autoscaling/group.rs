//! The wish: groups, their sizes, their templates.
// Source: Amazon EC2 Auto Scaling API Reference.

use super::{GROUP, configuration, keeper};
use crate::aws::api::{Answer, Error};
use crate::aws::ec2::kinds::{SUBNET, shown, texts};
use crate::aws::ec2::template;
use crate::aws::{Context, ResourceKey, required};
use crate::document::Value;
use crate::sim::{SimTime, Verb, secs};
use crate::tree;
use std::rc::Rc;

fn wrong(message: impl Into<Rc<str>>) -> Error {
    Error::new("ValidationError", message)
}

/// The group that a request names.
pub fn named(context: &Context<'_, '_>, params: &Value) -> Result<(ResourceKey, Value), Error> {
    let name = required(params, "AutoScalingGroupName")?;
    let key = context.key(GROUP, name);
    let found = context.cloud.get(&key).cloned();
    Ok((
        key,
        found.ok_or_else(|| wrong(format!("AutoScalingGroup name not found - AutoScalingGroup '{name}' not found")))?,
    ))
}

/// The group that an instance belongs to.
fn owner(context: &Context<'_, '_>, instance: &str) -> Result<(ResourceKey, Value), Error> {
    let has = |(_, it): &(ResourceKey, Value)| {
        it.items_at(&["Instances"]).iter().any(|it| it.str_at(&["InstanceId"]) == instance)
    };
    let found = context.list(GROUP).into_iter().find(has);
    found.ok_or_else(|| wrong(format!("Instance Id not found - No managed instance found for instance ID: {instance}")))
}

/// The keeper looks again, soon.
pub fn wake(context: &mut Context<'_, '_>, key: &ResourceKey) {
    context.schedule(secs(1), "autoscaling", "look", key);
}

/// The launch template of a request, with both its names.
fn template_of(context: &Context<'_, '_>, params: &Value) -> Result<Option<Value>, Error> {
    let mixed = params.at(&["MixedInstancesPolicy", "LaunchTemplate", "LaunchTemplateSpecification"]);
    let Some(wanted) = params.get("LaunchTemplate").or(mixed) else { return Ok(None) };
    let (id, found) = template::meant(context, wanted).map_err(|_| {
        let name = [wanted.str_at(&["LaunchTemplateId"]), wanted.str_at(&["LaunchTemplateName"])].concat();
        wrong(format!("You must use a valid fully-formed launch template. The specified launch template, with template ID {name}, does not exist."))
    })?;
    let version = wanted
        .get("Version")
        .map_or_else(|| "$Default".to_owned(), |it| it.as_str().map_or_else(|| it.to_string(), str::to_owned));
    template::find_version(&found, &version)
        .map_err(|refusal| wrong(format!("You must use a valid fully-formed launch template. {}", refusal.message)))?;
    Ok(Some(
        tree!({ "LaunchTemplateId": id, "LaunchTemplateName": found.str_at(&["LaunchTemplateName"]), "Version": version }),
    ))
}

/// Checks the sizes of a group.
fn sized(group: &Value) -> Result<(), Error> {
    let size = |member: &str| group.int_at(&[member]).unwrap_or_default();
    let (least, most, desired) = (size("MinSize"), size("MaxSize"), size("DesiredCapacity"));
    if least > most {
        return Err(wrong(format!("Max bound, {most}, must be greater than or equal to min bound, {least}")));
    }
    if !(least..=most).contains(&desired) {
        return Err(wrong(format!(
            "Desired capacity:{desired} must be between the specified min size:{least} and max size:{most}"
        )));
    }
    Ok(())
}

/// Where a group may launch: its subnets, and their zones.
fn placed(context: &Context<'_, '_>, group: &mut Value) -> Result<(), Error> {
    let mut zones: Vec<Rc<str>> = Vec::new();
    for id in group.str_at(&["VPCZoneIdentifier"]).split(',').filter(|id| !id.is_empty()) {
        let subnet = SUBNET.find(context, id).map_err(|_| wrong(format!("The subnet ID '{id}' does not exist")))?;
        zones.push(subnet.str_at(&["AvailabilityZone"]).into());
    }
    if zones.is_empty() {
        return Err(wrong("No default subnet for availability zone: 'null'."));
    }
    zones.sort();
    zones.dedup();
    group.set(&["AvailabilityZones"], Value::list(zones.into_iter().map(Value::Text)));
    Ok(())
}

const OPTIONS: &[&str] = &[
    "MinSize",
    "MaxSize",
    "DesiredCapacity",
    "DefaultCooldown",
    "HealthCheckType",
    "HealthCheckGracePeriod",
    "VPCZoneIdentifier",
    "TerminationPolicies",
    "NewInstancesProtectedFromScaleIn",
    "CapacityRebalance",
];

pub fn create(context: &mut Context<'_, '_>, params: &Value) -> Answer {
    let name = required(params, "AutoScalingGroupName")?;
    let key = context.key(GROUP, name);
    if context.cloud.get(&key).is_some() {
        let message =
            format!("AutoScalingGroup by this name already exists - A group with the name {name} already exists");
        return Err(Error::new("AlreadyExists", message));
    }
    let template = template_of(context, params)?;
    let configuration = configuration::chosen(context, params)?;
    if template.is_none() && configuration.is_none() {
        return Err(wrong(
            "Valid requests must contain either launchTemplate, launchConfigurationName, mixedInstancesPolicy or instanceId parameter.",
        ));
    }
    let code = context.dice("group").uuid();
    let arn = context.arn("autoscaling", &format!("autoScalingGroup:{code}:autoScalingGroupName/{name}"));
    let mut group = tree!({
        "AutoScalingGroupName": name, "AutoScalingGroupARN": arn, "DefaultCooldown": 300,
        "LoadBalancerNames": [], "TargetGroupARNs": params.get("TargetGroupARNs").cloned().unwrap_or_else(|| Value::list([])),
        "HealthCheckType": "EC2", "HealthCheckGracePeriod": 0, "Instances": [], "CreatedTime": context.now_text(),
        "SuspendedProcesses": [], "VPCZoneIdentifier": "", "EnabledMetrics": [],
        "Tags": tags(params.items_at(&["Tags"]), name), "TerminationPolicies": ["Default"],
        "NewInstancesProtectedFromScaleIn": false, "TrafficSources": [], "CapacityRebalance": false,
        "ServiceLinkedRoleARN": format!("arn:aws:iam::{}:role/aws-service-role/autoscaling.amazonaws.com/AWSServiceRoleForAutoScaling", context.caller.account),
        "_Activities": [],
    });
    launches_from(&mut group, template, configuration);
    for member in OPTIONS {
        if let Some(value) = params.get(member) {
            group.set(&[member], value);
        }
    }
    if params.get("DesiredCapacity").is_none() {
        group.set(&["DesiredCapacity"], params.get("MinSize"));
    }
    sized(&group)?;
    placed(context, &mut group)?;
    context.put(key.clone(), group, Verb::Create);
    wake(context, &key);
    Ok(Value::map())
}

/// A group launches from a template or from a configuration; what it is told last.
fn launches_from(group: &mut Value, template: Option<Value>, configuration: Option<Rc<str>>) {
    if let Some(template) = template {
        group.set(&["LaunchTemplate"], template);
        group.remove(&["LaunchConfigurationName"]);
    } else if let Some(name) = configuration {
        group.set(&["LaunchConfigurationName"], &name);
        group.remove(&["LaunchTemplate"]);
    }
}

fn tags(given: &[Value], name: &str) -> Value {
    Value::list(given.iter().map(|tag| {
        tree!({
            "ResourceId": name, "ResourceType": "auto-scaling-group", "Key": tag.str_at(&["Key"]),
            "Value": tag.str_at(&["Value"]), "PropagateAtLaunch": tag.is_true_at(&["PropagateAtLaunch"]),
        })
    }))
}

pub fn update(context: &mut Context<'_, '_>, params: &Value) -> Answer {
    let (key, mut group) = named(context, params)?;
    for member in OPTIONS {
        if let Some(value) = params.get(member) {
            group.set(&[member], value);
        }
    }
    if params.get("DesiredCapacity").is_none() {
        // A wish outside of new bounds is moved to the nearer one.
        let size = |member: &str| group.int_at(&[member]).unwrap_or_default();
        let moved = size("DesiredCapacity").max(size("MinSize")).min(size("MaxSize"));
        group.set(&["DesiredCapacity"], moved);
    }
    let template = template_of(context, params)?;
    let configuration = configuration::chosen(context, params)?;
    launches_from(&mut group, template, configuration);
    sized(&group)?;
    placed(context, &mut group)?;
    context.put(key.clone(), group, Verb::Update);
    wake(context, &key);
    Ok(Value::map())
}

pub fn delete(context: &mut Context<'_, '_>, params: &Value) -> Answer {
    let (key, group) = named(context, params)?;
    let forced = params.is_true_at(&["ForceDelete"]);
    if !group.items_at(&["Instances"]).is_empty() && !forced {
        let message = "You cannot delete an AutoScalingGroup while there are instances or pending Spot instance request(s) still in the group.";
        return Err(Error::new("ResourceInUse", message));
    }
    context.update(&key, Verb::Delete, |it| {
        for member in ["MinSize", "MaxSize", "DesiredCapacity"] {
            it.set(&[member], 0);
        }
        it.set(&["Status"], "Delete in progress");
    });
    keeper::look(context, &key);
    Ok(Value::map())
}

pub fn describe(context: &mut Context<'_, '_>, params: &Value) -> Answer {
    let names = texts(params, "AutoScalingGroupNames");
    let fits = |group: &Value, filter: &Value| {
        let values = texts(filter, "Values");
        let name = filter.str_at(&["Name"]);
        group.items_at(&["Tags"]).iter().any(|tag| match name.strip_prefix("tag:") {
            Some(key) => tag.str_at(&["Key"]) == key && values.iter().any(|it| **it == *tag.str_at(&["Value"])),
            None if name == "tag-key" => values.iter().any(|it| **it == *tag.str_at(&["Key"])),
            None => values.iter().any(|it| **it == *tag.str_at(&["Value"])),
        })
    };
    let rows = context.list(GROUP).into_iter().filter(|(key, group)| {
        (names.is_empty() || names.contains(&key.id)) && params.items_at(&["Filters"]).iter().all(|it| fits(group, it))
    });
    Ok(tree!({ "AutoScalingGroups": Value::list(rows.map(|(_, group)| shown(&group))) }))
}

pub fn describe_instances(context: &mut Context<'_, '_>, params: &Value) -> Answer {
    let wanted = texts(params, "InstanceIds");
    let mut rows = Vec::new();
    for (key, group) in context.list(GROUP) {
        for it in group.items_at(&["Instances"]) {
            if wanted.is_empty() || wanted.iter().any(|id| **id == *it.str_at(&["InstanceId"])) {
                let health = it.str_at(&["HealthStatus"]).to_uppercase();
                rows.push(it.clone().with(&["AutoScalingGroupName"], &key.id).with(&["HealthStatus"], health));
            }
        }
    }
    Ok(tree!({ "AutoScalingInstances": Value::list(rows) }))
}

pub fn describe_activities(context: &mut Context<'_, '_>, params: &Value) -> Answer {
    let name = params.str_at(&["AutoScalingGroupName"]);
    let groups = context.list(GROUP).into_iter().filter(|(key, _)| name.is_empty() || *key.id == *name);
    let rows = groups.flat_map(|(_, group)| group.items_at(&["_Activities"]).iter().rev().cloned().collect::<Vec<_>>());
    Ok(tree!({ "Activities": Value::list(rows) }))
}

pub fn set_desired(context: &mut Context<'_, '_>, params: &Value) -> Answer {
    let (key, mut group) = named(context, params)?;
    let desired = params.int_at(&["DesiredCapacity"]).unwrap_or_default();
    let size = |member: &str| group.int_at(&[member]).unwrap_or_default();
    for (is_wrong, side, bound, limit) in [
        (desired > size("MaxSize"), "above", "max", size("MaxSize")),
        (desired < size("MinSize"), "below", "min", size("MinSize")),
    ] {
        if is_wrong {
            return Err(wrong(format!(
                "New SetDesiredCapacity value {desired} is {side} {bound} value {limit} for the AutoScalingGroup."
            )));
        }
    }
    group.set(&["DesiredCapacity"], desired);
    context.put(key.clone(), group, Verb::Update);
    wake(context, &key);
    Ok(Value::map())
}

pub fn set_health(context: &mut Context<'_, '_>, params: &Value) -> Answer {
    let id = required(params, "InstanceId")?;
    let (key, _) = owner(context, id)?;
    let status = required(params, "HealthStatus")?;
    keeper::mark(context, &key, id, "HealthStatus", status);
    wake(context, &key);
    Ok(Value::map())
}

pub fn terminate(context: &mut Context<'_, '_>, params: &Value) -> Answer {
    let id = required(params, "InstanceId")?;
    let (key, mut group) = owner(context, id)?;
    if params.is_true_at(&["ShouldDecrementDesiredCapacity"]) {
        let desired = group.int_at(&["DesiredCapacity"]).unwrap_or_default() - 1;
        if desired < group.int_at(&["MinSize"]).unwrap_or_default() {
            let message = "Currently, desiredSize equals minSize. Terminating instance without replacement will violate group's min size constraint. Either set shouldDecrementDesiredCapacity flag to false or lower group's min size.";
            return Err(wrong(message));
        }
        group.set(&["DesiredCapacity"], desired);
        context.put(key.clone(), group, Verb::Update);
    }
    let activity =
        keeper::end(context, &key, id, "user", "instance was taken out of service in response to a user request.");
    wake(context, &key);
    Ok(tree!({ "Activity": activity }))
}

pub fn detach(context: &mut Context<'_, '_>, params: &Value) -> Answer {
    let (key, mut group) = named(context, params)?;
    let gone = texts(params, "InstanceIds");
    group.at_mut(&["Instances"]).items_mut().retain(|it| !gone.iter().any(|id| **id == *it.str_at(&["InstanceId"])));
    if params.is_true_at(&["ShouldDecrementDesiredCapacity"]) {
        let less = i64::try_from(gone.len()).unwrap_or_default();
        let desired = group.int_at(&["DesiredCapacity"]).unwrap_or_default() - less;
        group.set(&["DesiredCapacity"], desired);
        sized(&group)?;
    }
    context.put(key.clone(), group, Verb::Update);
    wake(context, &key);
    Ok(tree!({ "Activities": [] }))
}

pub fn target_groups(context: &mut Context<'_, '_>, params: &Value, adds: bool) -> Answer {
    let (key, mut group) = named(context, params)?;
    let given = params.items_at(&["TargetGroupARNs"]);
    let arns = group.at_mut(&["TargetGroupARNs"]).items_mut();
    arns.retain(|arn| !given.contains(arn));
    if adds {
        arns.extend(given.iter().cloned());
    }
    let instances: Vec<Value> =
        group.items_at(&["Instances"]).iter().map(|it| tree!({ "Id": it.str_at(&["InstanceId"]) })).collect();
    context.put(key, group, Verb::Update);
    for arn in given.iter().filter(|_| !instances.is_empty()) {
        let action = if adds { "RegisterTargets" } else { "DeregisterTargets" };
        keeper::ask(
            context,
            "elbv2",
            action,
            tree!({ "TargetGroupArn": arn, "Targets": Value::list(instances.iter().cloned()) }),
        )?;
    }
    Ok(Value::map())
}

pub fn processes(context: &mut Context<'_, '_>, params: &Value, suspends: bool) -> Answer {
    const ALL: &[&str] = &[
        "Launch",
        "Terminate",
        "HealthCheck",
        "ReplaceUnhealthy",
        "AZRebalance",
        "AlarmNotification",
        "ScheduledActions",
        "AddToLoadBalancer",
        "InstanceRefresh",
    ];
    let (key, mut group) = named(context, params)?;
    let mut given: Vec<Rc<str>> = texts(params, "ScalingProcesses");
    if given.is_empty() {
        given = ALL.iter().map(|name| (*name).into()).collect();
    }
    let now = context.now_text();
    let rows = group.at_mut(&["SuspendedProcesses"]).items_mut();
    rows.retain(|row| !given.iter().any(|name| **name == *row.str_at(&["ProcessName"])));
    if suspends {
        rows.extend(
            given
                .into_iter()
                .map(|name| tree!({ "ProcessName": name, "SuspensionReason": format!("User suspended at {now}") })),
        );
    }
    context.put(key.clone(), group, Verb::Update);
    wake(context, &key);
    Ok(Value::map())
}

pub fn retag(context: &mut Context<'_, '_>, params: &Value, adds: bool) -> Answer {
    for tag in params.items_at(&["Tags"]) {
        let name = tag.str_at(&["ResourceId"]);
        let (key, mut group) = named(context, &tree!({ "AutoScalingGroupName": name }))?;
        let tags_now = group.at_mut(&["Tags"]).items_mut();
        tags_now.retain(|old| old.get("Key") != tag.get("Key"));
        if adds {
            tags_now.extend(tags(std::slice::from_ref(tag), name).items().iter().cloned());
        }
        context.put(key, group, Verb::Update);
    }
    Ok(Value::map())
}

/// Whether the grace period of a new instance is over.
pub fn is_over(context: &Context<'_, '_>, group: &Value, since: i64) -> bool {
    let grace = group.int_at(&["HealthCheckGracePeriod"]).unwrap_or_default();
    let SimTime(now) = context.now();
    i64::try_from(now).unwrap_or(i64::MAX) >= since + grace * 1000
}

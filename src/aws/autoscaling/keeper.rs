//! The loop: as many healthy instances as wished, evenly over the zones.
// Source: Amazon EC2 Auto Scaling user guide, "Health checks for instances in an Auto Scaling group",
// "Availability Zone distribution", "Default termination policy".

use super::{configuration, group};
use crate::aws::api::{Answer, Caller};
use crate::aws::ec2::kinds::{INSTANCE, SUBNET, texts};
use crate::aws::ec2::zone;
use crate::aws::elb::TARGET_GROUP;
use crate::aws::{Context, ResourceKey};
use crate::document::Value;
use crate::sim::{Reason, SimTime, Verb, secs};
use crate::tree;
use std::rc::Rc;

/// How often a group that is as it should be is looked at.
const CALM_S: u64 = 30;
/// How often one that is not.
const BUSY_S: u64 = 10;
/// How long it waits after a launch that failed.
const RETRY_S: u64 = 60;
/// How many activities are kept.
const ACTIVITIES_MAX: usize = 50;

/// Asks a service in the name of Auto Scaling.
pub fn ask(context: &mut Context<'_, '_>, service: &str, action: &str, params: Value) -> Answer {
    let account = context.caller.account.clone();
    let caller = Caller::Service { name: "autoscaling.amazonaws.com".into(), account, role: None };
    let actor = std::mem::replace(&mut context.turn.actor, "autoscaling".into());
    let answer = context.call_as(caller, service, action, params);
    context.turn.actor = actor;
    answer
}

/// Writes one member of an instance's row in a group.
pub fn mark(context: &mut Context<'_, '_>, key: &ResourceKey, instance: &str, member: &str, value: &str) {
    context.update(key, Verb::UpdateStatus, |it| {
        let rows = it.at_mut(&["Instances"]).items_mut().iter_mut();
        rows.filter(|row| row.str_at(&["InstanceId"]) == instance).for_each(|row| row.set(&[member], value));
    });
}

fn millis(context: &Context<'_, '_>) -> i64 {
    let SimTime(now) = context.now();
    i64::try_from(now).unwrap_or(i64::MAX)
}

/// Looks at a group, and does what it lacks most.
pub fn look(context: &mut Context<'_, '_>, key: &ResourceKey) {
    let Some(found) = context.cloud.get(key).cloned() else { return };
    let suspended =
        |name: &str| found.items_at(&["SuspendedProcesses"]).iter().any(|it| it.str_at(&["ProcessName"]) == name);
    settle(context, key, &found);
    if !suspended("HealthCheck") && !suspended("ReplaceUnhealthy") {
        replace(context, key);
    }
    let Some(found) = context.cloud.get(key).cloned() else { return };
    let rows = found.items_at(&["Instances"]);
    let serving: Vec<&Value> =
        rows.iter().filter(|it| !it.str_at(&["LifecycleState"]).starts_with("Terminating")).collect();
    let (have, want) =
        (i64::try_from(serving.len()).unwrap_or(i64::MAX), found.int_at(&["DesiredCapacity"]).unwrap_or_default());
    let mut waits_for = None;
    if have < want && !suspended("Launch") {
        for _ in have..want {
            if !launch(context, key, want) {
                waits_for = Some(RETRY_S);
                break;
            }
        }
    } else if have > want && !suspended("Terminate") {
        for _ in want..have {
            shrink(context, key, want);
        }
    }
    again(context, key, waits_for);
}

/// When to look next; a group that is deleted and empty is gone.
fn again(context: &mut Context<'_, '_>, key: &ResourceKey, waits_for: Option<u64>) {
    let Some(found) = context.cloud.get(key).cloned() else { return };
    let rows = found.items_at(&["Instances"]);
    if found.get("Status").is_some() && rows.is_empty() {
        context.remove(key);
        return;
    }
    if context.cloud.agenda().any(|(_, due)| due.service == "autoscaling" && due.key == *key) {
        return;
    }
    let want = found.int_at(&["DesiredCapacity"]).unwrap_or_default();
    let is_calm = i64::try_from(rows.len()) == Ok(want)
        && rows
            .iter()
            .all(|it| it.str_at(&["LifecycleState"]) == "InService" && it.str_at(&["HealthStatus"]) == "Healthy");
    match waits_for {
        // It tries for ever; that keeps no world from being settled.
        Some(seconds) => context.schedule_background(secs(seconds), "autoscaling", "look", key),
        None if is_calm => context.schedule_background(secs(CALM_S), "autoscaling", "look", key),
        None => context.schedule(secs(BUSY_S), "autoscaling", "look", key),
    }
}

/// Writes down what has become of the instances.
fn settle(context: &mut Context<'_, '_>, key: &ResourceKey, found: &Value) {
    for row in found.items_at(&["Instances"]) {
        let id = row.str_at(&["InstanceId"]);
        let state = context.get(INSTANCE.kind, id).map_or("terminated", |it| it.str_at(&["State", "Name"])).to_owned();
        match (row.str_at(&["LifecycleState"]), &*state) {
            ("Pending", "running") => {
                mark(context, key, id, "LifecycleState", "InService");
                finish(context, key, id, "Launching");
                for arn in texts(found, "TargetGroupARNs") {
                    let targets = Value::list([tree!({ "Id": id })]);
                    let _ =
                        ask(context, "elbv2", "RegisterTargets", tree!({ "TargetGroupArn": arn, "Targets": targets }));
                }
            }
            ("Terminating", "terminated") => {
                context.update(key, Verb::UpdateStatus, |it| {
                    it.at_mut(&["Instances"]).items_mut().retain(|it| it.str_at(&["InstanceId"]) != id);
                });
                finish(context, key, id, "Terminating");
            }
            _ => {}
        }
    }
}

/// Ends what is not healthy.
fn replace(context: &mut Context<'_, '_>, key: &ResourceKey) {
    let Some(found) = context.cloud.get(key).cloned() else { return };
    for row in found.items_at(&["Instances"]) {
        let id = row.str_at(&["InstanceId"]);
        if row.str_at(&["LifecycleState"]).starts_with("Terminating") {
            continue;
        }
        let instance = context.get(INSTANCE.kind, id);
        let state = instance.map_or("terminated", |it| it.str_at(&["State", "Name"])).to_owned();
        let is_impaired = instance.is_some_and(|it| it.is_true_at(&["_Impaired"]));
        let is_new = !group::is_over(context, &found, row.int_at(&["_Since"]).unwrap_or_default());
        let cause = match &*state {
            "stopped" | "stopping" | "shutting-down" | "terminated" => {
                "an instance was taken out of service in response to an EC2 health check indicating it has been terminated or stopped.".to_owned()
            }
            _ if row.str_at(&["HealthStatus"]) == "Unhealthy" => "an instance was taken out of service in response to a user health-check.".to_owned(),
            _ if is_new => continue,
            _ if is_impaired => "an instance was taken out of service in response to an EC2 instance status checks failure.".to_owned(),
            _ if found.str_at(&["HealthCheckType"]).contains("ELB") && is_refused(context, &found, id) => {
                "an instance was taken out of service in response to an ELB system health check failure.".to_owned()
            }
            _ => continue,
        };
        mark(context, key, id, "HealthStatus", "Unhealthy");
        end(context, key, id, "unhealthy", &cause);
    }
}

/// Whether a load balancer's health checks say that an instance does not answer.
fn is_refused(context: &Context<'_, '_>, found: &Value, id: &str) -> bool {
    texts(found, "TargetGroupARNs").iter().filter_map(|arn| context.get(TARGET_GROUP, arn)).any(|group| {
        group
            .items_at(&["_Targets"])
            .iter()
            .any(|it| it.str_at(&["Target", "Id"]) == id && it.str_at(&["State"]) == "unhealthy")
    })
}

/// Launches one instance where there are fewest. Returns whether it could.
fn launch(context: &mut Context<'_, '_>, key: &ResourceKey, want: i64) -> bool {
    let Some(found) = context.cloud.get(key).cloned() else { return false };
    let rows = found.items_at(&["Instances"]);
    let count = |zone: &str| {
        let lives = |it: &&Value| !it.str_at(&["LifecycleState"]).starts_with("Terminating");
        rows.iter().filter(lives).filter(|it| it.str_at(&["AvailabilityZone"]) == zone).count()
    };
    let mut places: Vec<(bool, usize, Rc<str>, Rc<str>)> = found
        .str_at(&["VPCZoneIdentifier"])
        .split(',')
        .filter_map(|id| {
            let place: Rc<str> = context.get(SUBNET.kind, id.trim())?.str_at(&["AvailabilityZone"]).into();
            let is_down = zone::is_down(context.cloud, &context.caller.account, &place);
            Some((is_down, count(&place), place, id.trim().into()))
        })
        .collect();
    places.sort();
    let Some((_, _, place, subnet)) = places.into_iter().next() else { return false };
    let template = found.get("LaunchTemplate").cloned().unwrap_or_default();
    let mut tags = vec![tree!({ "Key": "aws:autoscaling:groupName", "Value": key.id.clone() })];
    let propagated = found.items_at(&["Tags"]).iter().filter(|tag| tag.is_true_at(&["PropagateAtLaunch"]));
    tags.extend(propagated.map(|tag| tree!({ "Key": tag.str_at(&["Key"]), "Value": tag.str_at(&["Value"]) })));
    let mut params = match found.str_at(&["LaunchConfigurationName"]) {
        "" => tree!({ "LaunchTemplate": template.clone(), "SubnetId": subnet, "MinCount": 1, "MaxCount": 1 }),
        name => configuration::launch_params(context, name, &subnet),
    };
    let tags = tree!({ "ResourceType": "instance", "Tags": Value::list(tags) });
    params.set(&["TagSpecifications"], Value::list([tags]));
    let have = rows.len();
    let cause = format!(
        "At {} an instance was started in response to a difference between desired and actual capacity, increasing the capacity from {have} to {want}.",
        context.now_text()
    );
    let outer = context
        .turn
        .why
        .replace(Reason::new("too-few").with("want", want).with("have", i64::try_from(have).unwrap_or(i64::MAX)));
    let answer = ask(context, "ec2", "RunInstances", params);
    let launched = match &answer {
        Ok(answer) => answer
            .items_at(&["Instances"])
            .first()
            .map(|it| (it.str_at(&["InstanceId"]).to_owned(), it.str_at(&["InstanceType"]).to_owned())),
        Err(_) => None,
    };
    match (&launched, &answer) {
        (Some((id, kind)), _) => {
            let mut row = tree!({
                "InstanceId": &**id, "InstanceType": &**kind, "AvailabilityZone": place.clone(), "LifecycleState": "Pending",
                "HealthStatus": "Healthy", "ProtectedFromScaleIn": false, "_Since": millis(context),
            });
            for member in ["LaunchTemplate", "LaunchConfigurationName"] {
                if let Some(value) = found.get(member) {
                    row.set(&[member], value);
                }
            }
            context.update(key, Verb::UpdateStatus, |it| it.at_mut(&["Instances"]).items_mut().push(row));
            log(context, key, &format!("Launching a new EC2 instance: {id}"), &cause, "", &place);
        }
        (None, Err(refusal)) => {
            let status = format!("{} Launching EC2 instance failed.", refusal.message);
            log(context, key, "Launching a new EC2 instance", &cause, &status, &place);
            let why = Reason::new("launch-failed").with("message", refusal.message.clone());
            context.note(Verb::Decide, key, why);
        }
        (None, Ok(_)) => {}
    }
    context.turn.why = outer;
    launched.is_some()
}

/// Ends one instance of the zone that has most: the oldest there.
fn shrink(context: &mut Context<'_, '_>, key: &ResourceKey, want: i64) {
    let Some(found) = context.cloud.get(key).cloned() else { return };
    let serving: Vec<&Value> = found
        .items_at(&["Instances"])
        .iter()
        .filter(|it| {
            !it.str_at(&["LifecycleState"]).starts_with("Terminating") && !it.is_true_at(&["ProtectedFromScaleIn"])
        })
        .collect();
    let crowd =
        |it: &Value| serving.iter().filter(|other| other.get("AvailabilityZone") == it.get("AvailabilityZone")).count();
    let chosen = serving.iter().max_by_key(|it| {
        (crowd(it), std::cmp::Reverse(it.int_at(&["_Since"])), std::cmp::Reverse(it.str_at(&["InstanceId"])))
    });
    let Some(id) = chosen.map(|it| it.str_at(&["InstanceId"]).to_owned()) else { return };
    let have = serving.len();
    let cause = format!(
        "an instance was taken out of service in response to a difference between desired and actual capacity, shrinking the capacity from {have} to {want}."
    );
    let why = Reason::new("too-many").with("want", want).with("have", i64::try_from(have).unwrap_or(i64::MAX));
    let outer = context.turn.why.replace(why);
    end(context, key, &id, "", &cause);
    context.turn.why = outer;
}

/// Terminates an instance of a group; returns the activity.
pub fn end(context: &mut Context<'_, '_>, key: &ResourceKey, id: &str, why: &'static str, cause: &str) -> Value {
    let found = context.cloud.get(key).cloned().unwrap_or_default();
    let mut rows = found.items_at(&["Instances"]).iter();
    let place: Rc<str> =
        rows.find(|it| it.str_at(&["InstanceId"]) == id).map_or("", |it| it.str_at(&["AvailabilityZone"])).into();
    mark(context, key, id, "LifecycleState", "Terminating");
    for arn in texts(&found, "TargetGroupARNs") {
        let targets = Value::list([tree!({ "Id": id })]);
        let _ = ask(context, "elbv2", "DeregisterTargets", tree!({ "TargetGroupArn": arn, "Targets": targets }));
    }
    let outer = context.turn.why.clone();
    if why == "unhealthy" {
        context.turn.why = Some(Reason::new("instance-unhealthy").with("instance", id));
    }
    let _ = ask(context, "ec2", "TerminateInstances", tree!({ "InstanceIds": Value::list([id.into()]) }));
    context.turn.why = outer;
    let cause = format!("At {} {cause}", context.now_text());
    log(context, key, &format!("Terminating EC2 instance: {id}"), &cause, "", &place)
}

/// Writes down an activity. A message means that it failed.
fn log(context: &mut Context<'_, '_>, key: &ResourceKey, what: &str, cause: &str, message: &str, zone: &str) -> Value {
    let id = context.dice("activity").uuid();
    let has_failed = !message.is_empty();
    let mut activity = tree!({
        "ActivityId": id, "AutoScalingGroupName": key.id.clone(), "Description": what, "Cause": cause,
        "StartTime": context.now_text(), "StatusCode": if has_failed { "Failed" } else { "InProgress" },
        "Progress": if has_failed { 100 } else { 50 },
        "Details": format!("{{\"Subnet ID\":\"\",\"Availability Zone\":\"{zone}\"}}"),
    });
    if has_failed {
        activity.set(&["StatusMessage"], message);
        activity.set(&["EndTime"], context.now_text());
    }
    let shown = activity.clone();
    context.update(key, Verb::UpdateStatus, |it| {
        let all = it.at_mut(&["_Activities"]).items_mut();
        all.push(activity);
        let surplus = all.len().saturating_sub(ACTIVITIES_MAX);
        all.drain(..surplus);
    });
    shown
}

/// An activity about an instance is done.
fn finish(context: &mut Context<'_, '_>, key: &ResourceKey, id: &str, what: &str) {
    let now = context.now_text();
    context.update(key, Verb::UpdateStatus, |it| {
        for activity in it.at_mut(&["_Activities"]).items_mut() {
            let description = activity.str_at(&["Description"]);
            if description.starts_with(what) && description.ends_with(id) {
                activity.set(&["StatusCode"], "Successful");
                activity.set(&["Progress"], 100);
                activity.set(&["EndTime"], now.clone());
            }
        }
    });
}

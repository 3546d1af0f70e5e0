//! Health checks, and requests through a load balancer.

use super::{LISTENER, LOAD_BALANCER, RULE, TARGET_GROUP};
use crate::aws::ec2::kinds::{INSTANCE, INTERFACE, along, texts};
use crate::aws::ec2::topology::{Reach, Silent};
use crate::aws::ec2::zone;
use crate::aws::vpc::reachability::{Flow, Goal, Id, Protocol, Start, Topology, trace};
use crate::aws::{Cloud, Context, ResourceKey};
use crate::document::Value;
use crate::sim::{Reason, Verb, secs};

/// The interface of a load balancer that requests come in at: the first whose zone stands.
fn door(cloud: &Cloud, region: &str, balancer: &Value) -> Option<Id> {
    let account = &cloud.settings().account;
    let stands = |id: &Id| {
        let mut all = cloud.of_kind(account, region, INTERFACE.kind);
        all.any(|(key, it)| key.id == *id && !zone::is_down(cloud, account, it.str_at(&["AvailabilityZone"])))
    };
    texts(balancer, "_Interfaces").into_iter().find(stands)
}

/// A request from a load balancer's interface to a target.
fn to_target(
    cloud: &Cloud,
    topology: &Topology,
    region: &str,
    from: &Id,
    target: &Value,
    protocol: Protocol,
    port: u16,
) -> Reach {
    let id = target.str_at(&["Id"]);
    let to = match id.parse() {
        Ok(address) => Goal::Address(address),
        Err(_) => Goal::Host(id.into()),
    };
    cloud.reach_in(topology, region, &Flow::new(Start::Host(from.clone()), to, protocol, port))
}

fn protocol_of(name: &str) -> Protocol {
    if name == "UDP" { Protocol::Udp } else { Protocol::Tcp }
}

fn port(value: Option<&Value>) -> u16 {
    value.and_then(Value::as_int).and_then(|port| u16::try_from(port).ok()).unwrap_or_default()
}

/// A request to a load balancer, by its name: to one of its interfaces, and on to a healthy target.
/// None when nobody has that name.
#[must_use]
pub fn reach(cloud: &Cloud, topology: &Topology, region: &str, name: &str, flow: &Flow) -> Option<Reach> {
    let account = &cloud.settings().account;
    let mut all = cloud.of_kind(account, region, LOAD_BALANCER);
    let (key, balancer) = all.find(|(key, it)| *key.id == *name || it.str_at(&["DNSName"]) == name)?;
    let silent = |legs, silent| Some(Reach { legs, silent: Some(silent) });
    let Some(door) = door(cloud, region, balancer) else {
        return silent(Vec::new(), Silent::NotRunning(key.id.clone()));
    };
    let first = Flow { to: Goal::Host(door.clone()), ..flow.clone() };
    let told = trace(topology, &first);
    let passed = told.reachable();
    let legs = vec![(first, told)];
    if !passed {
        return Some(Reach { legs, silent: None });
    }
    if balancer.str_at(&["State", "Code"]) != "active" {
        return silent(legs, Silent::NotRunning(key.id.clone()));
    }
    let is_its = |it: &Value| it.str_at(&["LoadBalancerArn"]) == &*key.id && port(it.get("Port")) == flow.port;
    let Some((_, listener)) = cloud.of_kind(account, region, LISTENER).find(|(_, it)| is_its(it)) else {
        return silent(legs, Silent::NoListener(key.id.clone()));
    };
    let mut groups = along(listener, "DefaultActions.TargetGroupArn");
    groups.extend(along(listener, "DefaultActions.ForwardConfig.TargetGroups.TargetGroupArn"));
    let arn = listener.str_at(&["ListenerArn"]);
    let rules = cloud.of_kind(account, region, RULE).filter(|(_, it)| it.str_at(&["_ListenerArn"]) == arn);
    groups.extend(rules.flat_map(|(_, rule)| along(rule, "Actions.TargetGroupArn")));
    let target = groups.iter().find_map(|arn| {
        let (_, group) = cloud.of_kind(account, region, TARGET_GROUP).find(|(key, _)| key.id == *arn)?;
        let targets = group.items_at(&["_Targets"]);
        // Without any healthy target a load balancer tries them all.
        // Source: ALB user guide, "Health checks for your target groups": it fails open.
        let healthy = targets.iter().find(|it| it.str_at(&["State"]) == "healthy");
        let target = healthy.or(targets.first())?.get("Target")?;
        Some((target.clone(), protocol_of(group.str_at(&["Protocol"]))))
    });
    let Some((target, protocol)) = target else { return silent(legs, Silent::NoTarget(key.id.clone())) };
    let second = to_target(cloud, topology, region, &door, &target, protocol, port(target.get("Port")));
    Some(Reach { legs: legs.into_iter().chain(second.legs).collect(), silent: second.silent })
}

/// One round of health checks of a target group.
// Source: ALB and NLB user guides, "Health checks": one success makes a new target healthy, later it
// takes as many in a row as the thresholds say.
pub fn check(context: &mut Context<'_, '_>, key: &ResourceKey) {
    let Some(group) = context.cloud.get(key).cloned() else { return };
    let balancer = texts(&group, "LoadBalancerArns").first().and_then(|arn| context.get(LOAD_BALANCER, arn)).cloned();
    let Some(balancer) = balancer else { return };
    let region = context.region.clone();
    let door = door(context.cloud, &region, &balancer);
    let topology = context.cloud.topology(&region);
    let mut targets = group.items_at(&["_Targets"]).to_vec();
    let before = targets.clone();
    for row in targets.iter_mut().filter(|row| row.str_at(&["State"]) != "draining") {
        let target = row.get("Target").cloned().unwrap_or_default();
        let at = match group.str_at(&["HealthCheckPort"]) {
            "traffic-port" => port(target.get("Port")),
            text => text.parse().unwrap_or_default(),
        };
        let is_stopped = context.get(INSTANCE.kind, target.str_at(&["Id"])).is_some_and(|it| {
            matches!(it.str_at(&["State", "Name"]), "stopped" | "stopping" | "shutting-down" | "terminated")
        });
        let reach =
            door.as_ref().map(|door| to_target(context.cloud, &topology, &region, door, &target, Protocol::Tcp, at));
        let why = match &reach {
            _ if is_stopped => "stopped",
            Some(reach) if reach.answers() => "",
            Some(Reach { silent: Some(Silent::NotListening(_)), .. }) => "refused",
            _ => "timeout",
        };
        judge(row, &group, why);
    }
    if targets != before {
        let changed = targets.iter().zip(&before).find(|(new, old)| new.get("State") != old.get("State"));
        let outer = context.turn.why.clone();
        if let Some((new, _)) = changed {
            let code = if new.str_at(&["State"]) == "healthy" { "target-healthy" } else { "target-unhealthy" };
            context.turn.why = Some(Reason::new(code).with("target", new.str_at(&["Target", "Id"])));
        }
        context.update(key, Verb::UpdateStatus, |it| it.set(&["_Targets"], Value::list(targets.iter().cloned())));
        context.turn.why = outer;
    }
    let interval = group.int_at(&["HealthCheckIntervalSeconds"]).and_then(|it| u64::try_from(it).ok()).unwrap_or(30);
    let is_pending = context.cloud.agenda().any(|(_, due)| due.what == "check" && due.key == *key);
    let is_calm = targets.iter().all(|row| matches!(row.str_at(&["State"]), "healthy" | "unhealthy" | "draining"));
    if is_pending || targets.is_empty() {
        return;
    }
    if is_calm && targets == before {
        context.schedule_background(secs(interval), "elbv2", "check", key);
    } else {
        context.schedule(secs(interval), "elbv2", "check", key);
    }
}

/// What a check makes of a target.
fn judge(row: &mut Value, group: &Value, why: &str) {
    let threshold = |member: &str| group.int_at(&[member]).unwrap_or(2);
    let state = row.str_at(&["State"]).to_owned();
    let limit = |count: i64, most: i64| (count + 1).min(most);
    if why.is_empty() {
        let passed = limit(row.int_at(&["Passed"]).unwrap_or_default(), threshold("HealthyThresholdCount"));
        row.set(&["Passed"], passed);
        row.set(&["Missed"], 0);
        if state == "initial" || passed >= threshold("HealthyThresholdCount") {
            row.set(&["State"], "healthy");
            row.remove(&["Why"]);
        }
    } else {
        let missed = limit(row.int_at(&["Missed"]).unwrap_or_default(), threshold("UnhealthyThresholdCount"));
        row.set(&["Missed"], missed);
        row.set(&["Passed"], 0);
        if missed >= threshold("UnhealthyThresholdCount") {
            row.set(&["State"], "unhealthy");
            row.set(&["Why"], why);
        }
    }
}

/// Targets that were leaving are gone.
pub fn drained(context: &mut Context<'_, '_>, key: &ResourceKey) {
    context.update(key, Verb::UpdateStatus, |it| {
        it.at_mut(&["_Targets"]).items_mut().retain(|row| row.str_at(&["State"]) != "draining");
    });
}

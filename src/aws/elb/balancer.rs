//! Load balancers.

use super::{LISTENER, LOAD_BALANCER, TARGET_GROUP, chosen, named, none, wrong};
use crate::aws::api::{Answer, Error};
use crate::aws::ec2::kinds::{SUBNET, shown, texts};
use crate::aws::ec2::{group, interface, network, route};
use crate::aws::{Context, required};
use crate::document::Value;
use crate::sim::{Verb, secs};
use crate::tree;
use std::collections::BTreeSet;
use std::rc::Rc;

/// How long it takes until a load balancer answers.
const ACTIVE_S: u64 = 120;

/// The id of the hosted zone of a region's load balancers.
// Source: AWS General Reference, "Elastic Load Balancing endpoints and quotas", ap-northeast-2.
fn hosted_zone(kind: &str) -> &'static str {
    if kind == "network" { "ZIBE1TIR4HY56" } else { "ZWKZPGTI48KDX" }
}

pub fn create(context: &mut Context<'_, '_>, params: &Value) -> Answer {
    let kind = if params.str_at(&["Type"]).is_empty() { "application" } else { params.str_at(&["Type"]) };
    if !matches!(kind, "application" | "network" | "gateway") {
        return Err(wrong(format!(
            "1 validation error detected: Value '{kind}' at 'type' failed to satisfy constraint: Member must satisfy enum value set: [application, network, gateway]"
        )));
    }
    make(context, params, kind)
}

/// Makes a load balancer of a kind: `application`, `network`, or `classic`, which the newer interface
/// does not show.
pub fn make(context: &mut Context<'_, '_>, params: &Value, kind: &str) -> Answer {
    let name = required(params, "Name")?;
    let scheme = if params.str_at(&["Scheme"]).is_empty() { "internet-facing" } else { params.str_at(&["Scheme"]) };
    let mut subnets = texts(params, "Subnets");
    subnets.extend(params.items_at(&["SubnetMappings"]).iter().filter_map(|it| it.get("SubnetId")?.as_shared()));
    let mut zones: Vec<(Rc<str>, Rc<str>)> = Vec::new();
    let mut vpc: Rc<str> = "".into();
    for id in &subnets {
        let subnet = context
            .get(SUBNET.kind, id)
            .ok_or_else(|| Error::new("SubnetNotFound", format!("The subnet ID '{id}' does not exist")))?;
        vpc = subnet.str_at(&["VpcId"]).into();
        zones.push((subnet.str_at(&["AvailabilityZone"]).into(), id.clone()));
    }
    let distinct: BTreeSet<&Rc<str>> = zones.iter().map(|(zone, _)| zone).collect();
    if distinct.len() < zones.len() {
        return Err(Error::new(
            "InvalidConfigurationRequest",
            "A load balancer cannot be attached to multiple subnets in the same Availability Zone",
        ));
    }
    if kind == "application" && distinct.len() < 2 {
        return Err(wrong("At least two subnets in two different Availability Zones must be specified"));
    }
    if zones.is_empty() {
        return Err(wrong("At least one subnet must be specified"));
    }
    if scheme == "internet-facing" && !route::is_public(context, &vpc) {
        return Err(Error::new("InvalidSubnet", format!("VPC {vpc} has no internet gateway")));
    }
    if context.list(LOAD_BALANCER).iter().any(|(_, it)| it.str_at(&["LoadBalancerName"]) == name) {
        let message = format!("A load balancer with the same name '{name}' exists, but with different settings");
        return Err(Error::new("DuplicateLoadBalancerName", message));
    }
    let wanted = texts(params, "SecurityGroups");
    // A network load balancer that is made without groups has none, and lets everything through.
    let has_groups = kind != "network" || !wanted.is_empty();
    let groups = if has_groups { group::chosen(context, &vpc, &wanted)? } else { Value::list([]) };
    let code = context.dice("load-balancer").uuid().replace('-', "").get(..16).unwrap_or_default().to_owned();
    let short = if kind == "network" { "net" } else { "app" };
    let (path, description) = match kind {
        "classic" => (format!("loadbalancer/{name}"), format!("ELB {name}")),
        _ => (format!("loadbalancer/{short}/{name}/{code}"), format!("ELB {short}/{name}/{code}")),
    };
    let arn = context.arn("elasticloadbalancing", &path);
    let mut interfaces: Vec<Rc<str>> = Vec::new();
    for (_, subnet) in &zones {
        let made = interface::make(
            context,
            subnet,
            "",
            &groups,
            &description,
            if kind == "network" { "network_load_balancer" } else { "interface" },
        );
        match made {
            Ok(id) => interfaces.push(id),
            Err(_) => {
                interfaces.iter().for_each(|id| interface::delete(context, id));
                let message = format!(
                    "Not enough IP space available in {subnet}. ELB requires at least 8 free IP addresses in each subnet."
                );
                return Err(Error::new("InvalidSubnet", message));
            }
        }
    }
    for id in &interfaces {
        let key = context.key("AWS::EC2::NetworkInterface", id);
        context.update(&key, Verb::Update, |it| {
            it.set(&["RequesterManaged"], true);
            it.set(&["Status"], "in-use");
            it.set(&["_Open"], !has_groups);
        });
        if scheme == "internet-facing" {
            let public = network::public_address(context).to_string();
            interface::set_public(context, id, Some((&public, None)));
        }
    }
    let region = context.region.clone();
    let host = if scheme == "internal" { format!("internal-{name}") } else { name.to_owned() };
    let dns = if kind == "network" {
        format!("{host}-{code}.elb.{region}.amazonaws.com")
    } else {
        format!("{host}-{}.{region}.elb.amazonaws.com", number(&code))
    };
    let rows =
        zones.iter().map(|(zone, subnet)| tree!({ "ZoneName": zone, "SubnetId": subnet, "LoadBalancerAddresses": [] }));
    let balancer = tree!({
        "LoadBalancerArn": arn.clone(), "DNSName": dns, "CanonicalHostedZoneId": hosted_zone(kind),
        "CreatedTime": context.now_text(), "LoadBalancerName": name, "Scheme": scheme, "VpcId": vpc,
        "State": { "Code": "provisioning" }, "Type": kind, "AvailabilityZones": Value::list(rows),
        "SecurityGroups": Value::list(crate::aws::ec2::kinds::along(&groups, "GroupId").into_iter().map(Value::Text)),
        "IpAddressType": "ipv4", "_Interfaces": Value::list(interfaces.into_iter().map(Value::Text)),
        "_Tags": params.get("Tags").cloned().unwrap_or_else(|| Value::list([])),
    });
    let key = context.key(LOAD_BALANCER, &arn);
    context.put(key.clone(), balancer.clone(), Verb::Create);
    context.schedule(secs(ACTIVE_S), "elbv2", "active", &key);
    Ok(tree!({ "LoadBalancers": Value::list([shown(&balancer)]) }))
}

/// Ten digits from a code of hexadecimal ones.
fn number(code: &str) -> u64 {
    u64::from_str_radix(code.get(..8).unwrap_or_default(), 16).unwrap_or_default() % 1_000_000_000 + 1_000_000_000
}

pub fn delete(context: &mut Context<'_, '_>, params: &Value) -> Answer {
    let key = context.key(LOAD_BALANCER, required(params, "LoadBalancerArn")?);
    // A load balancer that is not there is deleted with success.
    let Some(balancer) = context.cloud.get(&key).cloned() else { return Ok(Value::map()) };
    if balancer.str_at(&["_Attributes", "deletion_protection.enabled"]) == "true" {
        let message = format!("Load balancer '{}' cannot be deleted because deletion protection is enabled", key.id);
        return Err(Error::new("OperationNotPermitted", message));
    }
    for interface in texts(&balancer, "_Interfaces") {
        interface::delete(context, &interface);
    }
    let is_its = |it: &Value| it.str_at(&["LoadBalancerArn"]) == &*key.id;
    let listeners: Vec<_> =
        context.list(LISTENER).into_iter().filter(|(_, it)| is_its(it)).map(|(key, _)| key).collect();
    for listener in listeners {
        super::listener::remove(context, &listener);
    }
    for (group, value) in context.list(TARGET_GROUP) {
        if value.items_at(&["LoadBalancerArns"]).iter().any(|arn| arn.as_str() == Some(&*key.id)) {
            context.update(&group, Verb::Update, |it| it.set(&["LoadBalancerArns"], Value::list([])));
        }
    }
    context.remove(&key);
    Ok(Value::map())
}

pub fn describe(context: &mut Context<'_, '_>, params: &Value) -> Answer {
    let names = texts(params, "Names");
    let mut rows = chosen(context, params, LOAD_BALANCER, "LoadBalancerArns")?;
    if let Some(wrong) = names.iter().find(|name| !rows.iter().any(|it| it.str_at(&["LoadBalancerName"]) == &***name)) {
        return Err(Error::new("LoadBalancerNotFound", format!("Load balancers '[{wrong}]' not found")));
    }
    rows.retain(|it| names.is_empty() || names.iter().any(|name| **name == *it.str_at(&["LoadBalancerName"])));
    Ok(tree!({ "LoadBalancers": Value::list(rows.iter().map(shown)) }))
}

pub fn set_groups(context: &mut Context<'_, '_>, params: &Value) -> Answer {
    let (key, balancer) = named(context, params, LOAD_BALANCER, "LoadBalancerArn")?;
    let wanted = texts(params, "SecurityGroups");
    if wanted.is_empty() {
        return Err(none(LOAD_BALANCER));
    }
    let groups = group::chosen(context, balancer.str_at(&["VpcId"]), &wanted)?;
    for interface in texts(&balancer, "_Interfaces") {
        interface::set_groups(context, &interface, &groups);
    }
    let ids = Value::list(wanted.into_iter().map(Value::Text));
    context.update(&key, Verb::Update, |it| it.set(&["SecurityGroups"], &ids));
    Ok(tree!({ "SecurityGroupIds": ids }))
}

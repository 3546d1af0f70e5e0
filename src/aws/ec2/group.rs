//! Security groups.
// Source: Amazon VPC user guide, "Security group rules"; EC2 API Reference.

use super::kinds::{INTERFACE, SECURITY_GROUP, VPC, done, is_like, tags_for, texts};
use crate::aws::api::{Answer, Error};
use crate::aws::vpc::cidr::Cidr;
use crate::aws::vpc::reachability::Protocol;
use crate::aws::{Context, required};
use crate::document::Value;
use crate::tree;
use std::rc::Rc;

/// How many rules a group may have in each direction.
// Source: Amazon VPC user guide, "Amazon VPC quotas".
const RULES_MAX: usize = 60;

/// A new group. It lets everything out; the default one lets its own members in.
pub fn make(context: &mut Context<'_, '_>, vpc: &str, name: &str, description: &str, params: &Value) -> Rc<str> {
    let group = tree!({ "Description": description, "GroupName": name, "VpcId": vpc });
    let id = SECURITY_GROUP.make(context, group, params);
    let everywhere = tree!({ "IpProtocol": "-1", "FromPort": -1, "ToPort": -1, "CidrIpv4": "0.0.0.0/0" });
    let mut rules = vec![rule(context, &id, true, everywhere)];
    if name == "default" {
        let own = tree!({ "IpProtocol": "-1", "FromPort": -1, "ToPort": -1, "ReferencedGroupInfo": { "GroupId": id.clone() } });
        rules.push(rule(context, &id, false, own));
    }
    let arn = context.arn("ec2", &format!("security-group/{id}"));
    SECURITY_GROUP.change(context, &id, &["SecurityGroupArn"], arn);
    write(context, &id, rules);
    id
}

fn rule(context: &mut Context<'_, '_>, group: &str, egress: bool, what: Value) -> Value {
    let owner = context.caller.account.clone();
    let mut rule = what;
    rule.set(&["SecurityGroupRuleId"], context.new_id("sgr-"));
    rule.set(&["GroupId"], group);
    rule.set(&["GroupOwnerId"], &owner);
    rule.set(&["IsEgress"], egress);
    if rule.get("ReferencedGroupInfo").is_some() {
        rule.set(&["ReferencedGroupInfo", "UserId"], &owner);
    }
    if rule.get("Tags").is_none() {
        rule.set(&["Tags"], Value::list([]));
    }
    rule
}

/// Writes the rules of a group, and the same as `IpPermissions`.
fn write(context: &mut Context<'_, '_>, id: &str, rules: Vec<Value>) {
    let Some(group) = context.get(SECURITY_GROUP.kind, id) else { return };
    let mut group = group.clone();
    group.set(&["IpPermissions"], permissions(&rules, false));
    group.set(&["IpPermissionsEgress"], permissions(&rules, true));
    group.set(&["_Rules"], Value::list(rules));
    SECURITY_GROUP.store(context, id, group);
}

/// The members that one kind of peer has in a rule, in `IpPermissions`, and in an entry there.
const PEERS: &[(&[&str], &str, &str)] = &[
    (&["CidrIpv4"], "IpRanges", "CidrIp"),
    (&["CidrIpv6"], "Ipv6Ranges", "CidrIpv6"),
    (&["PrefixListId"], "PrefixListIds", "PrefixListId"),
    (&["ReferencedGroupInfo", "GroupId"], "UserIdGroupPairs", "GroupId"),
];

/// Rules as the older form lists them: by protocol and ports.
fn permissions(rules: &[Value], egress: bool) -> Value {
    let mut rows: Vec<Value> = Vec::new();
    for rule in rules.iter().filter(|rule| rule.is_true_at(&["IsEgress"]) == egress) {
        let is_all = rule.str_at(&["IpProtocol"]) == "-1";
        let mut row = tree!({
            "IpProtocol": rule.str_at(&["IpProtocol"]), "IpRanges": [], "Ipv6Ranges": [], "PrefixListIds": [],
            "UserIdGroupPairs": [],
        });
        if !is_all {
            row.set(&["FromPort"], rule.get("FromPort"));
            row.set(&["ToPort"], rule.get("ToPort"));
        }
        let place = rows.iter().position(|old| {
            ["IpProtocol", "FromPort", "ToPort"].iter().all(|member| old.get(member) == row.get(member))
        });
        let place = place.unwrap_or_else(|| {
            rows.push(row);
            rows.len() - 1
        });
        let Some(row) = rows.get_mut(place) else { continue };
        for (own, list, member) in PEERS {
            let Some(peer) = rule.at(own) else { continue };
            let mut entry = Value::map().with(&[member], peer);
            if *list == "UserIdGroupPairs" {
                entry.set(&["UserId"], rule.get("GroupOwnerId"));
            }
            if let Some(description) = rule.get("Description") {
                entry.set(&["Description"], description);
            }
            row.at_mut(&[list]).items_mut().push(entry);
        }
    }
    Value::list(rows)
}

/// The rules that a request describes, in its short or its long form.
fn asked(context: &Context<'_, '_>, params: &Value) -> Result<Vec<Value>, Error> {
    let mut short = params.clone();
    let long = params.items_at(&["IpPermissions"]);
    let permissions: Vec<&Value> = if long.is_empty() {
        if short.str_at(&["IpProtocol"]).is_empty() {
            return Err(Error::new(
                "MissingParameter",
                "Either 'ipPermissions' or 'securityGroupRuleIds' should be provided.",
            ));
        }
        if let Some(cidr) = params.get("CidrIp") {
            short.set(&["IpRanges"], Value::list([Value::map().with(&["CidrIp"], cidr)]));
        }
        let pair = params.get("SourceGroup").or(params.get("SourceSecurityGroupName"));
        if let Some(group) = pair {
            short.set(&["UserIdGroupPairs"], Value::list([Value::map().with(&["GroupId"], group)]));
        }
        vec![&short]
    } else {
        long.iter().collect()
    };
    let mut rules = Vec::new();
    for permission in permissions {
        let (protocol, from, to) = ports(permission)?;
        for (own, list, member) in PEERS {
            for entry in permission.items_at(&[list]) {
                let peer = checked(context, member, entry.str_at(&[member]))?;
                let mut rule = tree!({ "IpProtocol": protocol.clone(), "FromPort": from, "ToPort": to });
                rule.set(own, peer);
                if let Some(description) = entry.get("Description") {
                    rule.set(&["Description"], description);
                }
                rules.push(rule);
            }
        }
    }
    if rules.is_empty() {
        return Err(Error::new(
            "InvalidParameterValue",
            "The request must contain at least one source or destination for its rules.",
        ));
    }
    Ok(rules)
}

/// A peer as EC2 keeps it.
fn checked(context: &Context<'_, '_>, member: &str, peer: &str) -> Result<Value, Error> {
    match member {
        "CidrIp" => Cidr::parse(peer)
            .map(|block| block.to_string().into())
            .ok_or_else(|| Error::new("InvalidParameterValue", format!("CIDR block {peer} is malformed"))),
        "GroupId" => SECURITY_GROUP.find(context, peer).map(|_| peer.into()),
        _ => Ok(peer.into()),
    }
}

fn ports(permission: &Value) -> Result<(Rc<str>, i64, i64), Error> {
    let text = permission.str_at(&["IpProtocol"]);
    let number = permission.int_at(&["IpProtocol"]).map(|number| number.to_string());
    let text = number.as_deref().unwrap_or(text);
    let known = Protocol::parse(text).ok_or_else(|| {
        Error::new(
            "InvalidParameterValue",
            format!("Invalid value '{text}' for protocol. VPC security group rules must specify protocols explicitly."),
        )
    })?;
    let (from, to) = (permission.int_at(&["FromPort"]), permission.int_at(&["ToPort"]));
    match known {
        Protocol::All => Ok(("-1".into(), -1, -1)),
        Protocol::Icmp => Ok(("icmp".into(), from.unwrap_or(-1), to.unwrap_or(-1))),
        _ => {
            let (Some(from), Some(to)) = (from, to) else {
                return Err(Error::new(
                    "InvalidParameterValue",
                    "Invalid value 'Must specify both from and to ports with TCP/UDP.' for portRange.",
                ));
            };
            if !(0..=65535).contains(&from) || !(0..=65535).contains(&to) || from > to {
                let message = format!(
                    "Invalid value '{from}-{to}' for portRange. Must specify both from and to ports with TCP/UDP."
                );
                return Err(Error::new("InvalidParameterValue", message));
            }
            Ok((known.as_str().into(), from, to))
        }
    }
}

/// Whether two rules let the same packets through.
fn is_same(one: &Value, other: &Value) -> bool {
    ["IpProtocol", "FromPort", "ToPort"].iter().all(|member| one.get(member) == other.get(member))
        && PEERS.iter().all(|(own, ..)| one.at(own) == other.at(own))
}

/// A rule as EC2's refusals spell it.
fn told(rule: &Value) -> String {
    let peer = PEERS.iter().find_map(|(own, ..)| rule.at(own)?.as_str()).unwrap_or_default();
    let protocol = rule.str_at(&["IpProtocol"]);
    if protocol == "-1" {
        return format!("peer: {peer}, ALL, ALLOW");
    }
    let port = |member| rule.int_at(&[member]).unwrap_or_default();
    format!(
        "peer: {peer}, {}, from port: {}, to port: {}, ALLOW",
        protocol.to_uppercase(),
        port("FromPort"),
        port("ToPort")
    )
}

pub fn create(context: &mut Context<'_, '_>, params: &Value) -> Answer {
    let name = required(params, "GroupName")?;
    let description = match params.str_at(&["Description"]) {
        "" => required(params, "GroupDescription")?,
        text => text,
    };
    let vpc = match params.str_at(&["VpcId"]) {
        "" => super::default_vpc::meant(context)?,
        _ => VPC.named(context, params, "VpcId")?.0,
    };
    if name == "default" {
        return Err(Error::new("InvalidParameterValue", "Cannot use reserved security group name: default"));
    }
    if name.starts_with("sg-") {
        let message =
            format!("Value ({name}) for parameter GroupName is invalid. Group names may not be in the format sg-*");
        return Err(Error::new("InvalidParameterValue", message));
    }
    if SECURITY_GROUP.with(context, "VpcId", &vpc).any(|(_, group)| group.str_at(&["GroupName"]) == name) {
        let message = format!("The security group '{name}' already exists for VPC '{vpc}'");
        return Err(Error::new("InvalidGroup.Duplicate", message));
    }
    let id = make(context, &vpc, name, description, params);
    let arn = context.arn("ec2", &format!("security-group/{id}"));
    Ok(tree!({ "GroupId": id, "Tags": tags_for(params, "security-group"), "SecurityGroupArn": arn }))
}

/// The group that a request means: by id, or by name where that is not ambiguous.
fn meant(context: &Context<'_, '_>, params: &Value) -> Result<(Rc<str>, Value), Error> {
    match params.str_at(&["GroupName"]) {
        name if !name.is_empty() && params.str_at(&["GroupId"]).is_empty() => {
            let found = SECURITY_GROUP.with(context, "GroupName", name).next();
            found.map(|(id, group)| (id, group.clone())).ok_or_else(|| {
                Error::new(
                    "InvalidGroup.NotFound",
                    format!("The security group '{name}' does not exist in default VPC"),
                )
            })
        }
        _ => SECURITY_GROUP.named(context, params, "GroupId"),
    }
}

pub fn delete(context: &mut Context<'_, '_>, params: &Value) -> Answer {
    let (id, group) = meant(context, params)?;
    let name = group.str_at(&["GroupName"]);
    if name == "default" {
        let message = format!("the specified group: \"{id}\" name: \"default\" cannot be deleted by a user");
        return Err(Error::new("CannotDelete", message));
    }
    let is_named =
        SECURITY_GROUP.with(context, "_Rules.ReferencedGroupInfo.GroupId", &id).any(|(other, _)| other != id);
    if is_named || INTERFACE.any(context, "Groups.GroupId", &id) {
        return Err(SECURITY_GROUP.in_use(&id));
    }
    SECURITY_GROUP.delete(context, &id);
    Ok(tree!({ "Return": true, "GroupId": id }))
}

pub fn authorize(context: &mut Context<'_, '_>, params: &Value, egress: bool) -> Answer {
    let (id, group) = meant(context, params)?;
    let mut rules = group.items_at(&["_Rules"]).to_vec();
    let mut made = Vec::new();
    for what in asked(context, params)? {
        let same = |old: &Value| old.is_true_at(&["IsEgress"]) == egress && is_same(old, &what);
        if rules.iter().any(same) {
            let message = format!("the specified rule \"{}\" already exists", told(&what));
            return Err(Error::new("InvalidPermission.Duplicate", message));
        }
        let mut what = what;
        what.set(&["Tags"], tags_for(params, "security-group-rule"));
        let new = rule(context, &id, egress, what);
        rules.push(new.clone());
        made.push(new);
    }
    if rules.iter().filter(|rule| rule.is_true_at(&["IsEgress"]) == egress).count() > RULES_MAX {
        return Err(Error::new(
            "RulesPerSecurityGroupLimitExceeded",
            "The maximum number of rules per security group has been reached.",
        ));
    }
    write(context, &id, rules);
    Ok(tree!({ "Return": true, "SecurityGroupRules": Value::list(made) }))
}

pub fn revoke(context: &mut Context<'_, '_>, params: &Value, egress: bool) -> Answer {
    let (id, group) = meant(context, params)?;
    let mut rules = group.items_at(&["_Rules"]).to_vec();
    let by_id = texts(params, "SecurityGroupRuleIds");
    for rule in &by_id {
        if !rules.iter().any(|old| old.str_at(&["SecurityGroupRuleId"]) == &**rule) {
            let message = format!("The security group rule ID '{rule}' does not exist");
            return Err(Error::new("InvalidSecurityGroupRuleId.NotFound", message));
        }
    }
    rules.retain(|old| !by_id.iter().any(|it| old.str_at(&["SecurityGroupRuleId"]) == &**it));
    if by_id.is_empty() {
        for what in asked(context, params)? {
            let before = rules.len();
            rules.retain(|old| old.is_true_at(&["IsEgress"]) != egress || !is_same(old, &what));
            if rules.len() == before {
                let message = "The specified rule does not exist in this security group.";
                return Err(Error::new("InvalidPermission.NotFound", message));
            }
        }
    }
    write(context, &id, rules);
    done()
}

/// `DescribeSecurityGroupRules`.
pub fn describe_rules(context: &mut Context<'_, '_>, params: &Value) -> Answer {
    let wanted = texts(params, "SecurityGroupRuleIds");
    let mut rows = Vec::new();
    for (_, group) in context.list(SECURITY_GROUP.kind) {
        for rule in group.items_at(&["_Rules"]) {
            let fits = |filter: &Value| {
                let member = match filter.str_at(&["Name"]) {
                    "group-id" => "GroupId",
                    "security-group-rule-id" => "SecurityGroupRuleId",
                    _ => return false,
                };
                filter
                    .items_at(&["Values"])
                    .iter()
                    .filter_map(Value::as_str)
                    .any(|it| is_like(rule.str_at(&[member]), it))
            };
            let is_wanted = wanted.is_empty() || wanted.iter().any(|it| **it == *rule.str_at(&["SecurityGroupRuleId"]));
            if is_wanted && params.items_at(&["Filters"]).iter().all(fits) {
                rows.push(rule.clone());
            }
        }
    }
    Ok(tree!({ "SecurityGroupRules": Value::list(rows) }))
}

/// The groups of a new interface: those asked for, or the default one of the VPC.
pub fn chosen(context: &Context<'_, '_>, vpc: &str, wanted: &[Rc<str>]) -> Result<Value, Error> {
    let pair = |id: &str, group: &Value| tree!({ "GroupId": id, "GroupName": group.str_at(&["GroupName"]) });
    if wanted.is_empty() {
        let mut all = SECURITY_GROUP.with(context, "VpcId", vpc);
        let default = all.find(|(_, group)| group.str_at(&["GroupName"]) == "default");
        return Ok(Value::list(default.map(|(id, group)| pair(&id, group))));
    }
    let mut groups = Vec::new();
    for id in wanted {
        let group = SECURITY_GROUP.find(context, id)?;
        if group.str_at(&["VpcId"]) != vpc {
            let message = format!("Security group {id} and subnet belong to different networks.");
            return Err(Error::new("InvalidParameter", message));
        }
        groups.push(pair(id, &group));
    }
    Ok(Value::list(groups))
}

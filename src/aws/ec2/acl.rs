//! Network ACLs.
// Source: Amazon VPC user guide, "Control subnet traffic with network access control lists".

use super::kinds::{NETWORK_ACL, VPC, nothing};
use crate::aws::api::{Answer, Error};
use crate::aws::vpc::cidr::Cidr;
use crate::aws::{Context, required};
use crate::document::Value;
use crate::sim::Verb;
use crate::tree;
use std::rc::Rc;

/// The number of the last rule, which EC2 shows as `*`.
pub const REST: i64 = 32767;

/// A new network ACL: the default one lets everything through, any other nothing.
pub fn make(context: &mut Context<'_, '_>, vpc: &str, is_default: bool, params: &Value) -> Rc<str> {
    let mut entries = Vec::new();
    for egress in [true, false] {
        for (number, action) in [(100, "allow"), (REST, "deny")] {
            if is_default || number == REST {
                entries.push(tree!({
                    "CidrBlock": "0.0.0.0/0", "Egress": egress, "Protocol": "-1", "RuleAction": action, "RuleNumber": number,
                }));
            }
        }
    }
    let acl = tree!({ "Associations": [], "Entries": Value::list(entries), "IsDefault": is_default, "VpcId": vpc });
    NETWORK_ACL.make(context, acl, params)
}

/// A new subnet belongs to the default network ACL of its VPC.
pub fn adopt(context: &mut Context<'_, '_>, vpc: &str, subnet: &str) {
    let default =
        NETWORK_ACL.with(context, "VpcId", vpc).find(|(_, acl)| acl.is_true_at(&["IsDefault"])).map(|it| it.0);
    if let Some(id) = default {
        associate(context, &id, subnet);
    }
}

fn associate(context: &mut Context<'_, '_>, acl: &str, subnet: &str) -> Rc<str> {
    let id = context.new_id("aclassoc-");
    let row = tree!({ "NetworkAclAssociationId": id.clone(), "NetworkAclId": acl, "SubnetId": subnet });
    let key = context.key(NETWORK_ACL.kind, acl);
    context.update(&key, Verb::Update, |acl| acl.at_mut(&["Associations"]).items_mut().push(row));
    id
}

/// A subnet leaves the network ACL that it belongs to.
pub fn forget(context: &mut Context<'_, '_>, subnet: &str) {
    let acls: Vec<Rc<str>> = NETWORK_ACL.with(context, "Associations.SubnetId", subnet).map(|(id, _)| id).collect();
    for id in acls {
        let key = context.key(NETWORK_ACL.kind, &id);
        context.update(&key, Verb::Update, |acl| {
            acl.at_mut(&["Associations"]).items_mut().retain(|it| it.str_at(&["SubnetId"]) != subnet);
        });
    }
}

pub fn create(context: &mut Context<'_, '_>, params: &Value) -> Answer {
    let (vpc, _) = VPC.named(context, params, "VpcId")?;
    let id = make(context, &vpc, false, params);
    Ok(tree!({ "NetworkAcl": NETWORK_ACL.find(context, &id)? }))
}

pub fn delete(context: &mut Context<'_, '_>, params: &Value) -> Answer {
    let (id, acl) = NETWORK_ACL.named(context, params, "NetworkAclId")?;
    if acl.is_true_at(&["IsDefault"]) {
        let message = format!("default network ACL {id} cannot be deleted");
        return Err(Error::new("InvalidParameterValue", message));
    }
    if !acl.items_at(&["Associations"]).is_empty() {
        return Err(NETWORK_ACL.in_use(&id));
    }
    NETWORK_ACL.delete(context, &id);
    nothing()
}

pub fn replace_association(context: &mut Context<'_, '_>, params: &Value) -> Answer {
    let old = required(params, "AssociationId")?;
    let (acl, _) = NETWORK_ACL.named(context, params, "NetworkAclId")?;
    let found = NETWORK_ACL.with(context, "Associations.NetworkAclAssociationId", old).next();
    let subnet = found.and_then(|(_, acl)| {
        let mut all = acl.items_at(&["Associations"]).iter();
        all.find(|it| it.str_at(&["NetworkAclAssociationId"]) == old)?.get("SubnetId")?.as_shared()
    });
    let subnet = subnet.ok_or_else(|| {
        Error::new("InvalidAssociationID.NotFound", format!("The association ID '{old}' does not exist"))
    })?;
    forget(context, &subnet);
    let new = associate(context, &acl, &subnet);
    Ok(tree!({ "NewAssociationId": new }))
}

/// The number of a protocol, as network ACLs keep it.
fn protocol(text: &str) -> &str {
    match text {
        "tcp" => "6",
        "udp" => "17",
        "icmp" => "1",
        "all" => "-1",
        number => number,
    }
}

/// Writes an entry: a new one, or in the place of one with the same number.
pub fn entry(context: &mut Context<'_, '_>, params: &Value, replaces: bool) -> Answer {
    let (id, mut acl) = NETWORK_ACL.named(context, params, "NetworkAclId")?;
    let number = params.int_at(&["RuleNumber"]).unwrap_or_default();
    if !(1..REST).contains(&number) {
        let message = format!("The specified rule number {number} must be a number between 1 and 32766.");
        return Err(Error::new("InvalidParameterValue", message));
    }
    let egress = params.is_true_at(&["Egress"]);
    let text = required(params, "CidrBlock")?;
    let block =
        Cidr::parse(text).ok_or_else(|| super::kinds::invalid(text, "cidrBlock", "This is not a valid CIDR block."))?;
    let action = required(params, "RuleAction")?;
    let number_text = params.int_at(&["Protocol"]).map(|number| number.to_string());
    let protocol = protocol(number_text.as_deref().unwrap_or(params.str_at(&["Protocol"])));
    let mut entry = tree!({
        "CidrBlock": block.to_string(), "Egress": egress, "Protocol": protocol, "RuleAction": action, "RuleNumber": number,
    });
    match (protocol, params.get("PortRange")) {
        ("6" | "17", None) => {
            return Err(Error::new("MissingParameter", "The request must contain the parameter portRange"));
        }
        ("6" | "17", Some(ports)) => entry.set(&["PortRange"], ports),
        ("1", _) => entry
            .set(&["IcmpTypeCode"], params.get("IcmpTypeCode").cloned().unwrap_or(tree!({ "Code": -1, "Type": -1 }))),
        _ => {}
    }
    let entries = acl.at_mut(&["Entries"]).items_mut();
    let is_it = |old: &Value| old.is_true_at(&["Egress"]) == egress && old.int_at(&["RuleNumber"]) == Some(number);
    match entries.iter_mut().find(|old| is_it(old)) {
        Some(old) if replaces => *old = entry,
        Some(_) => {
            let message = format!("The network acl entry identified by {number} already exists.");
            return Err(Error::new("NetworkAclEntryAlreadyExists", message));
        }
        None if replaces => return Err(no_entry(&id, number)),
        None => {
            entries.push(entry);
            entries.sort_by_key(|it| (!it.is_true_at(&["Egress"]), it.int_at(&["RuleNumber"])));
        }
    }
    NETWORK_ACL.store(context, &id, acl);
    nothing()
}

fn no_entry(id: &str, number: i64) -> Error {
    let message = format!("The network acl entry identified by {number} in network acl {id} does not exist");
    Error::new("InvalidNetworkAclEntry.NotFound", message)
}

pub fn delete_entry(context: &mut Context<'_, '_>, params: &Value) -> Answer {
    let (id, mut acl) = NETWORK_ACL.named(context, params, "NetworkAclId")?;
    let (egress, number) = (params.is_true_at(&["Egress"]), params.int_at(&["RuleNumber"]).unwrap_or_default());
    let entries = acl.at_mut(&["Entries"]).items_mut();
    let before = entries.len();
    entries.retain(|old| {
        old.is_true_at(&["Egress"]) != egress || old.int_at(&["RuleNumber"]) != Some(number) || number == REST
    });
    if entries.len() == before {
        return Err(no_entry(&id, number));
    }
    NETWORK_ACL.store(context, &id, acl);
    nothing()
}

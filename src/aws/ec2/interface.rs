//! Network interfaces and their private addresses.
// Source: Amazon EC2 user guide, "Elastic network interfaces"; EC2 API Reference.

use super::kinds::{ADDRESS, INSTANCE, INTERFACE, SUBNET, invalid, nothing, texts};
use super::{address, catalog, group, network};
use crate::aws::api::{Answer, Error};
use crate::aws::{Context, required};
use crate::document::Value;
use crate::sim::Verb;
use crate::tree;
use std::rc::Rc;

/// A new interface in a subnet. Returns its id.
pub fn make(
    context: &mut Context<'_, '_>,
    subnet_id: &str,
    wanted: &str,
    groups: &Value,
    description: &str,
    kind: &str,
) -> Result<Rc<str>, Error> {
    let subnet = SUBNET.find(context, subnet_id)?;
    let address = network::take_address(context, subnet_id, wanted)?;
    let mut dice = context.dice("mac");
    let mut byte = || dice.below(256);
    let mac = format!("02:{:02x}:{:02x}:{:02x}:{:02x}:{:02x}", byte(), byte(), byte(), byte(), byte());
    let name = private_name(context, &address.to_string());
    let interface = tree!({
        "AvailabilityZone": subnet.str_at(&["AvailabilityZone"]), "Description": description, "Groups": groups,
        "InterfaceType": kind, "Ipv6Addresses": [], "MacAddress": mac, "PrivateDnsName": name.clone(),
        "PrivateIpAddress": address.to_string(), "RequesterManaged": kind != "interface", "SourceDestCheck": kind != "nat_gateway",
        "Status": "available", "SubnetId": subnet_id, "VpcId": subnet.str_at(&["VpcId"]),
        "PrivateIpAddresses": [{ "Primary": true, "PrivateDnsName": name, "PrivateIpAddress": address.to_string() }],
    });
    let id = INTERFACE.make(context, interface, &Value::map());
    network::count_addresses(context, subnet_id);
    Ok(id)
}

/// The name that a private address has inside its VPC.
pub fn private_name(context: &Context<'_, '_>, address: &str) -> String {
    let domain = if &*context.region == "us-east-1" { "ec2".to_owned() } else { format!("{}.compute", context.region) };
    format!("ip-{}.{domain}.internal", address.replace('.', "-"))
}

/// The name that a public address has.
pub fn public_name(context: &Context<'_, '_>, address: &str) -> String {
    let domain =
        if &*context.region == "us-east-1" { "compute-1".to_owned() } else { format!("{}.compute", context.region) };
    format!("ec2-{}.{domain}.amazonaws.com", address.replace('.', "-"))
}

/// The first interface of an instance.
pub fn primary(context: &Context<'_, '_>, instance: &str) -> Option<Rc<str>> {
    let mut all = INTERFACE.with(context, "Attachment.InstanceId", instance);
    all.find(|(_, it)| it.int_at(&["Attachment", "DeviceIndex"]) == Some(0)).map(|(id, _)| id)
}

/// Gives an interface a public address (with the allocation and association of an Elastic IP
/// address), or takes it away. The instance behind it tells the same.
pub fn set_public(context: &mut Context<'_, '_>, id: &str, public: Option<(&str, Option<(&str, &str)>)>) {
    let Some(interface) = context.get(INTERFACE.kind, id) else { return };
    let mut interface = interface.clone();
    let instance = interface.str_at(&["Attachment", "InstanceId"]).to_owned();
    let dns = public.map(|(address, _)| public_name(context, address));
    match public {
        Some((address, elastic)) => {
            let owner: &str = if elastic.is_some() { &context.caller.account } else { "amazon" };
            let mut association = tree!({ "IpOwnerId": owner, "PublicIp": address, "PublicDnsName": dns.clone() });
            if let Some((allocation, own)) = elastic {
                association.set(&["AllocationId"], allocation);
                association.set(&["AssociationId"], own);
            }
            interface.set(&["Association"], &association);
            if let Some(first) = interface.at_mut(&["PrivateIpAddresses"]).items_mut().first_mut() {
                first.set(&["Association"], association);
            }
        }
        None => {
            interface.remove(&["Association"]);
            if let Some(first) = interface.at_mut(&["PrivateIpAddresses"]).items_mut().first_mut() {
                first.remove(&["Association"]);
            }
        }
    }
    let is_first = interface.int_at(&["Attachment", "DeviceIndex"]) == Some(0);
    INTERFACE.store(context, id, interface);
    let key = context.key(INSTANCE.kind, &instance);
    if is_first {
        context.update(&key, Verb::UpdateStatus, |instance| match public {
            Some((address, _)) => {
                instance.set(&["PublicIpAddress"], address);
                instance.set(&["PublicDnsName"], dns);
            }
            None => {
                instance.remove(&["PublicIpAddress"]);
                instance.set(&["PublicDnsName"], "");
            }
        });
    }
}

/// Takes an interface away; its addresses are free again.
pub fn delete(context: &mut Context<'_, '_>, id: &str) {
    let Some(interface) = context.get(INTERFACE.kind, id) else { return };
    let subnet = interface.str_at(&["SubnetId"]).to_owned();
    let elastic = ADDRESS.with(context, "NetworkInterfaceId", id).map(|it| it.0).next();
    if let Some(elastic) = elastic {
        address::unbind(context, &elastic);
    }
    INTERFACE.delete(context, id);
    network::count_addresses(context, &subnet);
}

/// Ties an interface to an instance.
pub fn attach(context: &mut Context<'_, '_>, id: &str, instance: &str, index: i64, goes_along: bool) -> Rc<str> {
    let (attachment, now) = (context.new_id("eni-attach-"), context.now_text());
    let owner = context.caller.account.clone();
    let key = context.key(INTERFACE.kind, id);
    let value = tree!({
        "AttachTime": now, "AttachmentId": attachment.clone(), "DeleteOnTermination": goes_along, "DeviceIndex": index,
        "NetworkCardIndex": 0, "InstanceId": instance, "InstanceOwnerId": owner, "Status": "attached",
    });
    context.update(&key, Verb::Update, |interface| {
        interface.set(&["Attachment"], value);
        interface.set(&["Status"], "in-use");
    });
    attachment
}

// ---- operations

pub fn create(context: &mut Context<'_, '_>, params: &Value) -> Answer {
    let (subnet_id, subnet) = SUBNET.named(context, params, "SubnetId")?;
    let groups = group::chosen(context, subnet.str_at(&["VpcId"]), &texts(params, "Groups"))?;
    let wanted = params.str_at(&["PrivateIpAddress"]);
    let id = make(context, &subnet_id, wanted, &groups, params.str_at(&["Description"]), "interface")?;
    INTERFACE.change(context, &id, &["TagSet"], super::kinds::tags_for(params, "network-interface"));
    let more = params.int_at(&["SecondaryPrivateIpAddressCount"]).unwrap_or_default();
    add_addresses(context, &id, more)?;
    Ok(tree!({ "NetworkInterface": INTERFACE.find(context, &id)? }))
}

pub fn remove(context: &mut Context<'_, '_>, params: &Value) -> Answer {
    let (id, interface) = INTERFACE.named(context, params, "NetworkInterfaceId")?;
    if interface.get("Attachment").is_some() || interface.is_true_at(&["RequesterManaged"]) {
        let message = format!("Network interface '{id}' is currently in use.");
        return Err(Error::new("InvalidParameterValue", message));
    }
    delete(context, &id);
    nothing()
}

pub fn attach_to(context: &mut Context<'_, '_>, params: &Value) -> Answer {
    let (id, interface) = INTERFACE.named(context, params, "NetworkInterfaceId")?;
    let (instance_id, instance) = INSTANCE.named(context, params, "InstanceId")?;
    let index = params.int_at(&["DeviceIndex"]).unwrap_or_default();
    if interface.get("Attachment").is_some() {
        let message = format!("Network interface '{id}' is currently in use.");
        return Err(Error::new("InvalidNetworkInterface.InUse", message));
    }
    if interface.get("AvailabilityZone") != instance.at(&["Placement", "AvailabilityZone"]) {
        let message =
            "You may not attach a network interface to an instance if they are not in the same availability zone";
        return Err(Error::new("InvalidParameterCombination", message));
    }
    let kind = instance.str_at(&["InstanceType"]);
    let most = catalog::instance_type(kind).map_or(1, |kind| kind.interfaces);
    let have = INTERFACE.with(context, "Attachment.InstanceId", &instance_id).count();
    if i64::try_from(have).unwrap_or(i64::MAX) >= most {
        let message = format!("Interface count {} exceeds the limit for {kind}", have + 1);
        return Err(Error::new("AttachmentLimitExceeded", message));
    }
    let attachment = attach(context, &id, &instance_id, index, false);
    Ok(tree!({ "AttachmentId": attachment, "NetworkCardIndex": 0 }))
}

pub fn detach(context: &mut Context<'_, '_>, params: &Value) -> Answer {
    let attachment = required(params, "AttachmentId")?;
    let found = INTERFACE.with(context, "Attachment.AttachmentId", attachment).next();
    let Some((id, interface)) = found else {
        let message = format!("The attachment ID '{attachment}' does not exist");
        return Err(Error::new("InvalidAttachmentID.NotFound", message));
    };
    if interface.int_at(&["Attachment", "DeviceIndex"]) == Some(0) {
        let message = "The network interface at device index 0 cannot be detached.".to_string();
        return Err(Error::new("OperationNotPermitted", message));
    }
    let key = context.key(INTERFACE.kind, &id);
    context.update(&key, Verb::Update, |interface| {
        interface.remove(&["Attachment"]);
        interface.set(&["Status"], "available");
    });
    nothing()
}

pub fn modify(context: &mut Context<'_, '_>, params: &Value) -> Answer {
    let (id, interface) = INTERFACE.named(context, params, "NetworkInterfaceId")?;
    let wanted = texts(params, "Groups");
    if !wanted.is_empty() {
        let groups = group::chosen(context, interface.str_at(&["VpcId"]), &wanted)?;
        set_groups(context, &id, &groups);
    }
    if let Some(yes) = super::kinds::flag(params, "SourceDestCheck") {
        INTERFACE.change(context, &id, &["SourceDestCheck"], yes);
    }
    if let Some(yes) = params.at(&["Attachment", "DeleteOnTermination"]) {
        let own = interface.str_at(&["Attachment", "AttachmentId"]);
        let named = params.str_at(&["Attachment", "AttachmentId"]);
        if own.is_empty() || own != named {
            let message = format!("Interface '{id}' does not have attachment '{named}'");
            return Err(Error::new("InvalidAttachmentID.NotFound", message));
        }
        INTERFACE.change(context, &id, &["Attachment", "DeleteOnTermination"], yes);
    }
    if let Some(text) = params.at(&["Description", "Value"]) {
        INTERFACE.change(context, &id, &["Description"], text);
    }
    nothing()
}

/// Changes the security groups of an interface, and of the instance whose first it is.
pub fn set_groups(context: &mut Context<'_, '_>, id: &str, groups: &Value) {
    INTERFACE.change(context, id, &["Groups"], groups);
    let attachment = context.get(INTERFACE.kind, id).and_then(|it| it.get("Attachment")).cloned().unwrap_or_default();
    if attachment.int_at(&["DeviceIndex"]) == Some(0) {
        INSTANCE.change(context, attachment.str_at(&["InstanceId"]), &["SecurityGroups"], groups);
    }
}

/// Further private addresses for an interface, as the VPC CNI asks for them.
pub fn add_addresses(context: &mut Context<'_, '_>, id: &str, count: i64) -> Result<Vec<Value>, Error> {
    let interface = INTERFACE.find(context, id)?;
    let instance = interface.str_at(&["Attachment", "InstanceId"]);
    let kind = INSTANCE.find(context, instance).map(|it| it.str_at(&["InstanceType"]).to_owned()).unwrap_or_default();
    let have = i64::try_from(interface.items_at(&["PrivateIpAddresses"]).len()).unwrap_or(i64::MAX);
    if let Some(most) = catalog::instance_type(&kind).map(|kind| kind.addresses).filter(|most| have + count > *most) {
        let message = format!("Number of private addresses will exceed limit. Limit for {kind} is {most}");
        return Err(Error::new("PrivateIpAddressLimitExceeded", message));
    }
    let subnet = interface.str_at(&["SubnetId"]).to_owned();
    let mut made = Vec::new();
    let before = context.get(INTERFACE.kind, id).cloned().unwrap_or_default();
    for _ in 0..count {
        let address = match network::take_address(context, &subnet, "") {
            Ok(address) => address.to_string(),
            Err(_) => {
                INTERFACE.store(context, id, before);
                let message =
                    "The specified subnet does not have enough free addresses to satisfy the request.".to_string();
                return Err(Error::new("InsufficientFreeAddressesInSubnet", message));
            }
        };
        let row = tree!({
            "Primary": false, "PrivateDnsName": private_name(context, &address), "PrivateIpAddress": address.clone(),
        });
        let key = context.key(INTERFACE.kind, id);
        context.update(&key, Verb::Update, |it| it.at_mut(&["PrivateIpAddresses"]).items_mut().push(row));
        made.push(tree!({ "PrivateIpAddress": address }));
    }
    network::count_addresses(context, &subnet);
    Ok(made)
}

pub fn assign(context: &mut Context<'_, '_>, params: &Value) -> Answer {
    let (id, _) = INTERFACE.named(context, params, "NetworkInterfaceId")?;
    let count = params.int_at(&["SecondaryPrivateIpAddressCount"]).unwrap_or(1);
    let made = add_addresses(context, &id, count)?;
    Ok(tree!({ "NetworkInterfaceId": id, "AssignedPrivateIpAddresses": Value::list(made) }))
}

pub fn unassign(context: &mut Context<'_, '_>, params: &Value) -> Answer {
    let (id, interface) = INTERFACE.named(context, params, "NetworkInterfaceId")?;
    let gone = texts(params, "PrivateIpAddresses");
    if let Some(wrong) = gone.iter().find(|it| interface.str_at(&["PrivateIpAddress"]) == &***it) {
        return Err(invalid(wrong, "privateIpAddresses", "The primary private address cannot be unassigned."));
    }
    let key = context.key(INTERFACE.kind, &id);
    context.update(&key, Verb::Update, |interface| {
        let addresses = interface.at_mut(&["PrivateIpAddresses"]).items_mut();
        addresses.retain(|it| !gone.iter().any(|gone| **gone == *it.str_at(&["PrivateIpAddress"])));
    });
    network::count_addresses(context, interface.str_at(&["SubnetId"]));
    nothing()
}

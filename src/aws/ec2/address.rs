//! Elastic IP addresses and NAT gateways.
// Source: Amazon VPC user guide, "Elastic IP addresses", "NAT gateways"; EC2 API Reference.

use super::kinds::{ADDRESS, INSTANCE, INTERFACE, NAT_GATEWAY, SUBNET, nothing};
use super::{interface, network, route};
use crate::aws::api::{Answer, Error};
use crate::aws::{Context, required};
use crate::document::Value;
use crate::sim::secs;
use crate::tree;
use std::rc::Rc;

/// How many Elastic IP addresses an account may have in a region at first.
// Source: Amazon VPC user guide, "Amazon VPC quotas".
const ADDRESSES_MAX: usize = 5;
/// How long it takes until a NAT gateway works, and until it is gone.
const NAT_READY_S: u64 = 100;
const NAT_GONE_S: u64 = 50;
/// How long a deleted or failed NAT gateway stays visible.
// Source: Amazon VPC user guide, "Delete a NAT gateway": about an hour.
const NAT_FORGOTTEN_S: u64 = 3600;

pub fn allocate(context: &mut Context<'_, '_>, params: &Value) -> Answer {
    if context.cloud.of_kind(&context.caller.account, &context.region, ADDRESS.kind).count() >= ADDRESSES_MAX {
        return Err(Error::new("AddressLimitExceeded", "The maximum number of addresses has been reached."));
    }
    let public = network::public_address(context).to_string();
    let region = context.region.clone();
    let address = tree!({
        "PublicIp": public.clone(), "Domain": "vpc", "PublicIpv4Pool": "amazon", "NetworkBorderGroup": region.clone(),
    });
    let id = ADDRESS.make(context, address, params);
    // Only the network interface of an address has an owner in its description.
    let key = context.key(ADDRESS.kind, &id);
    context.update(&key, crate::sim::Verb::Update, |address| drop(address.remove(&["OwnerId"])));
    Ok(tree!({
        "PublicIp": public, "AllocationId": id, "PublicIpv4Pool": "amazon", "NetworkBorderGroup": region, "Domain": "vpc",
    }))
}

pub fn release(context: &mut Context<'_, '_>, params: &Value) -> Answer {
    let (id, address) = ADDRESS.named(context, params, "AllocationId")?;
    if address.get("AssociationId").is_some() {
        let message = format!("Address {} is in use.", address.str_at(&["PublicIp"]));
        return Err(Error::new("InvalidIPAddress.InUse", message));
    }
    ADDRESS.delete(context, &id);
    nothing()
}

pub fn associate(context: &mut Context<'_, '_>, params: &Value) -> Answer {
    let (id, address) = match params.str_at(&["PublicIp"]) {
        "" => ADDRESS.named(context, params, "AllocationId")?,
        public => {
            let found = ADDRESS.with(context, "PublicIp", public).next().map(|(id, address)| (id, address.clone()));
            found.ok_or_else(|| Error::new("InvalidAddress.NotFound", format!("Address '{public}' not found.")))?
        }
    };
    let target = match params.str_at(&["InstanceId"]) {
        "" => INTERFACE.named(context, params, "NetworkInterfaceId")?.0,
        instance => {
            let found = INSTANCE.find(context, instance)?;
            if !matches!(found.str_at(&["State", "Name"]), "running" | "stopped" | "pending" | "stopping") {
                let message = format!("The instance '{instance}' is not in a valid state for this operation.");
                return Err(Error::new("IncorrectInstanceState", message));
            }
            interface::primary(context, instance).ok_or_else(|| INSTANCE.not_found(instance))?
        }
    };
    let may_move = params.get("AllowReassociation").is_none_or(|yes| yes.as_bool() != Some(false));
    if address.get("AssociationId").is_some() {
        if !may_move {
            let message =
                format!("resource {id} is already associated with associate-id {}", address.str_at(&["AssociationId"]));
            return Err(Error::new("Resource.AlreadyAssociated", message));
        }
        unbind(context, &id);
    }
    let vpc = INTERFACE.find(context, &target)?.str_at(&["VpcId"]).to_owned();
    if !route::is_public(context, &vpc) {
        let message = format!("Network {vpc} is not attached to any internet gateway");
        return Err(Error::new("Gateway.NotAttached", message));
    }
    // An address that the interface has already goes back.
    let old = ADDRESS.with(context, "NetworkInterfaceId", &target).map(|it| it.0).next();
    if let Some(old) = old {
        unbind(context, &old);
    }
    let association = bind(context, &id, &target);
    Ok(tree!({ "AssociationId": association }))
}

/// Gives an Elastic IP address to an interface. Returns the association's id.
pub fn bind(context: &mut Context<'_, '_>, id: &str, interface_id: &str) -> Rc<str> {
    let association = context.new_id("eipassoc-");
    let interface = context.get(INTERFACE.kind, interface_id).cloned().unwrap_or_default();
    let Some(address) = context.get(ADDRESS.kind, id) else { return association };
    let mut address = address.clone();
    address.set(&["AssociationId"], &association);
    address.set(&["NetworkInterfaceId"], interface_id);
    address.set(&["NetworkInterfaceOwnerId"], &context.caller.account);
    address.set(&["PrivateIpAddress"], interface.get("PrivateIpAddress"));
    if let Some(instance) = interface.at(&["Attachment", "InstanceId"]) {
        address.set(&["InstanceId"], instance);
    }
    let public = address.str_at(&["PublicIp"]).to_owned();
    ADDRESS.store(context, id, address);
    interface::set_public(context, interface_id, Some((&public, Some((id, &association)))));
    association
}

/// Takes an Elastic IP address from its interface; the allocation stays.
pub fn unbind(context: &mut Context<'_, '_>, id: &str) {
    let Some(address) = context.get(ADDRESS.kind, id) else { return };
    let mut address = address.clone();
    let interface = address.str_at(&["NetworkInterfaceId"]).to_owned();
    for member in ["AssociationId", "NetworkInterfaceId", "NetworkInterfaceOwnerId", "PrivateIpAddress", "InstanceId"] {
        address.remove(&[member]);
    }
    ADDRESS.store(context, id, address);
    interface::set_public(context, &interface, None);
}

pub fn disassociate(context: &mut Context<'_, '_>, params: &Value) -> Answer {
    let association = required(params, "AssociationId")?;
    let found = ADDRESS.with(context, "AssociationId", association).map(|it| it.0).next();
    let id = found.ok_or_else(|| {
        Error::new("InvalidAssociationID.NotFound", format!("The association ID '{association}' does not exist"))
    })?;
    unbind(context, &id);
    nothing()
}

// ---- NAT gateways

pub fn create_nat(context: &mut Context<'_, '_>, params: &Value) -> Answer {
    let (subnet_id, subnet) = SUBNET.named(context, params, "SubnetId")?;
    let is_private = params.str_at(&["ConnectivityType"]) == "private";
    let allocation: Rc<str> = params.str_at(&["AllocationId"]).into();
    if is_private && !allocation.is_empty() {
        return Err(Error::new(
            "InvalidParameterCombination",
            "AllocationId cannot be specified for a private NAT gateway",
        ));
    }
    if !is_private {
        if allocation.is_empty() {
            return Err(Error::new(
                "MissingParameter",
                "The request must include the AllocationId parameter. Add the required parameter and retry the request.",
            ));
        }
        let address = ADDRESS.find(context, &allocation)?;
        if address.get("AssociationId").is_some() {
            let message = format!("Elastic IP address [{allocation}] is already associated");
            return Err(Error::new("Resource.AlreadyAssociated", message));
        }
    }
    let vpc: Rc<str> = subnet.str_at(&["VpcId"]).into();
    let now = context.now_text();
    let nat = tree!({
        "ConnectivityType": if is_private { "private" } else { "public" }, "CreateTime": now, "NatGatewayAddresses": [],
        "State": "pending", "SubnetId": subnet_id.clone(), "VpcId": vpc.clone(),
    });
    let id = NAT_GATEWAY.make(context, nat, params);
    let key = context.key(NAT_GATEWAY.kind, &id);
    context.update(&key, crate::sim::Verb::Update, |nat| drop(nat.remove(&["OwnerId"])));
    if !is_private && !route::is_public(context, &vpc) {
        // Source: Amazon VPC user guide, "Troubleshoot NAT gateways": it fails after it was made.
        context.update(&key, crate::sim::Verb::UpdateStatus, |nat| {
            nat.set(&["State"], "failed");
            nat.set(&["FailureCode"], "Gateway.NotAttached");
            nat.set(&["FailureMessage"], format!("Network {vpc} has no Internet gateway attached"));
        });
        context.schedule_background(secs(NAT_FORGOTTEN_S), "ec2", "forget", &key);
    } else {
        let made = interface::make(
            context,
            &subnet_id,
            params.str_at(&["PrivateIpAddress"]),
            &Value::list([]),
            &format!("Interface for NAT Gateway {id}"),
            "nat_gateway",
        );
        let made = match made {
            Ok(made) => made,
            Err(refusal) => {
                NAT_GATEWAY.delete(context, &id);
                return Err(refusal);
            }
        };
        let interface = INTERFACE.find(context, &made)?;
        let mut address = tree!({
            "NetworkInterfaceId": made.clone(), "PrivateIp": interface.str_at(&["PrivateIpAddress"]), "IsPrimary": true,
            "Status": "succeeded",
        });
        if !is_private {
            let association = bind(context, &allocation, &made);
            address.set(&["AllocationId"], &allocation);
            address.set(&["AssociationId"], association);
            address.set(&["PublicIp"], ADDRESS.find(context, &allocation)?.str_at(&["PublicIp"]));
        }
        NAT_GATEWAY.change(context, &id, &["NatGatewayAddresses"], Value::list([address]));
        context.schedule(secs(NAT_READY_S), "ec2", "available", &key);
    }
    let mut shown = NAT_GATEWAY.find(context, &id)?;
    shown.set(&["State"], "pending");
    for member in ["FailureCode", "FailureMessage"] {
        shown.remove(&[member]);
    }
    Ok(tree!({ "NatGateway": shown }))
}

pub fn delete_nat(context: &mut Context<'_, '_>, params: &Value) -> Answer {
    let (id, nat) = NAT_GATEWAY.named(context, params, "NatGatewayId")?;
    if matches!(nat.str_at(&["State"]), "pending" | "available" | "failed") {
        let now = context.now_text();
        let key = context.key(NAT_GATEWAY.kind, &id);
        context.update(&key, crate::sim::Verb::Delete, |nat| {
            nat.set(&["State"], "deleting");
            nat.set(&["DeleteTime"], now);
        });
        route::blackhole(context, &id);
        context.schedule(secs(NAT_GONE_S), "ec2", "deleted", &key);
    }
    Ok(tree!({ "NatGatewayId": id }))
}

/// A NAT gateway works.
pub fn nat_ready(context: &mut Context<'_, '_>, id: &str) {
    if context.get(NAT_GATEWAY.kind, id).is_some_and(|nat| nat.str_at(&["State"]) == "pending") {
        NAT_GATEWAY.change(context, id, &["State"], "available");
    }
}

/// A NAT gateway is gone, and its address free again.
pub fn nat_gone(context: &mut Context<'_, '_>, id: &str) {
    let Some(nat) = context.get(NAT_GATEWAY.kind, id).cloned() else { return };
    for address in nat.items_at(&["NatGatewayAddresses"]) {
        unbind(context, address.str_at(&["AllocationId"]));
        interface::delete(context, address.str_at(&["NetworkInterfaceId"]));
    }
    NAT_GATEWAY.change(context, id, &["State"], "deleted");
    let key = context.key(NAT_GATEWAY.kind, id);
    context.schedule_background(secs(NAT_FORGOTTEN_S), "ec2", "forget", &key);
}

/// `DescribeNatGateways`: the filters have a parameter name of their own.
pub fn describe_nat(context: &mut Context<'_, '_>, params: &Value) -> Answer {
    let mut params = params.clone();
    if let Some(filters) = params.get("Filter").cloned() {
        params.set(&["Filters"], filters);
    }
    NAT_GATEWAY.describe(context, &params)
}

/// `DescribeAddresses`: by allocation or by address.
pub fn describe(context: &mut Context<'_, '_>, params: &Value) -> Answer {
    let wanted = super::kinds::texts(params, "PublicIps");
    let mut chosen = ADDRESS.chosen(context, params)?;
    for public in &wanted {
        if !chosen.iter().any(|it| it.str_at(&["PublicIp"]) == &**public) {
            return Err(Error::new("InvalidAddress.NotFound", format!("Address '{public}' not found.")));
        }
    }
    chosen.retain(|it| wanted.is_empty() || wanted.iter().any(|public| **public == *it.str_at(&["PublicIp"])));
    Ok(tree!({ "Addresses": Value::list(chosen) }))
}

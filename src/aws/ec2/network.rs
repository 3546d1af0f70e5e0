//! VPCs and subnets.
// Source: Amazon VPC user guide, "VPC CIDR blocks", "Subnet CIDR blocks"; EC2 API Reference.

use super::kinds::{
    INTERFACE, INTERNET_GATEWAY, NAT_GATEWAY, NETWORK_ACL, PEERING, ROUTE_TABLE, SECURITY_GROUP, SUBNET, VPC, along,
    flag, invalid, nothing,
};
use super::{acl, group, peering, route};
use crate::aws::api::{Answer, Error};
use crate::aws::vpc::cidr::Cidr;
use crate::aws::{Context, required};
use crate::document::Value;
use crate::sim::Verb;
use crate::tree;
use std::net::Ipv4Addr;
use std::rc::Rc;

/// How many VPCs an account may have in a region at first.
// Source: Amazon VPC user guide, "Amazon VPC quotas".
const VPCS_MAX: usize = 5;
/// How many blocks a VPC may have.
const CIDRS_MAX: usize = 5;

/// Reads a block that a request gives; it must begin at its own first address.
fn cidr_of(text: &str) -> Result<Cidr, Error> {
    let wrong = || invalid(text, "cidrBlock", "This is not a valid CIDR block.");
    let block = Cidr::parse(text).ok_or_else(wrong)?;
    // EC2 drops the bits below the prefix and goes on with what is left.
    Ok(block)
}

pub fn create_vpc(context: &mut Context<'_, '_>, params: &Value) -> Answer {
    let text = required(params, "CidrBlock")?;
    let block = cidr_of(text)?;
    if !(16..=28).contains(&block.prefix()) {
        return Err(Error::new("InvalidVpc.Range", format!("The CIDR '{text}' is invalid.")));
    }
    if context.cloud.of_kind(&context.caller.account, &context.region, VPC.kind).count() >= VPCS_MAX {
        return Err(Error::new("VpcLimitExceeded", "The maximum number of VPCs has been reached."));
    }
    let association = context.new_id("vpc-cidr-assoc-");
    let tenancy =
        if params.str_at(&["InstanceTenancy"]).is_empty() { "default" } else { params.str_at(&["InstanceTenancy"]) };
    let vpc = tree!({
        "CidrBlock": block.to_string(), "DhcpOptionsId": "dopt-0d0cd0c0d0cd0c0d0", "State": "available",
        "InstanceTenancy": tenancy, "IsDefault": false, "Ipv6CidrBlockAssociationSet": [],
        "CidrBlockAssociationSet": [{
            "AssociationId": association, "CidrBlock": block.to_string(), "CidrBlockState": { "State": "associated" }
        }],
        "_EnableDnsSupport": true, "_EnableDnsHostnames": false,
    });
    let id = VPC.make(context, vpc, params);
    // What every VPC brings along.
    route::make_table(context, &id, true, &Value::map());
    acl::make(context, &id, true, &Value::map());
    group::make(context, &id, "default", "default VPC security group", &Value::map());
    let mut vpc = super::kinds::shown(&VPC.find(context, &id)?);
    vpc.set(&["State"], "pending");
    Ok(tree!({ "Vpc": vpc }))
}

pub fn delete_vpc(context: &mut Context<'_, '_>, params: &Value) -> Answer {
    let (id, _) = VPC.named(context, params, "VpcId")?;
    let is_peered = |path: &str| PEERING.with(context, path, &id).any(|(_, peering)| peering::is_alive(peering));
    let has_table = ROUTE_TABLE.with(context, "VpcId", &id).any(|(_, table)| !route::is_main(table));
    let has_acl = NETWORK_ACL.with(context, "VpcId", &id).any(|(_, acl)| !acl.is_true_at(&["IsDefault"]));
    let has_group = SECURITY_GROUP.with(context, "VpcId", &id).any(|(_, it)| it.str_at(&["GroupName"]) != "default");
    if SUBNET.any(context, "VpcId", &id)
        || INTERNET_GATEWAY.any(context, "Attachments.VpcId", &id)
        || INTERFACE.any(context, "VpcId", &id)
        || super::kinds::ENDPOINT.with(context, "VpcId", &id).any(|(_, it)| it.str_at(&["State"]) != "deleted")
        || has_table
        || has_acl
        || has_group
        || is_peered("RequesterVpcInfo.VpcId")
        || is_peered("AccepterVpcInfo.VpcId")
    {
        return Err(VPC.in_use(&id));
    }
    for kind in [&ROUTE_TABLE, &NETWORK_ACL, &SECURITY_GROUP] {
        let own: Vec<Rc<str>> = kind.with(context, "VpcId", &id).map(|(own, _)| own).collect();
        own.iter().for_each(|own| kind.delete(context, own));
    }
    VPC.delete(context, &id);
    nothing()
}

pub fn modify_vpc_attribute(context: &mut Context<'_, '_>, params: &Value) -> Answer {
    let (id, vpc) = VPC.named(context, params, "VpcId")?;
    if flag(params, "EnableDnsHostnames") == Some(true) && !vpc.is_true_at(&["_EnableDnsSupport"]) {
        return Err(Error::new(
            "InvalidParameterValue",
            format!("VPC {id} must have DNS support enabled to enable DNS hostnames"),
        ));
    }
    for (name, field) in [("EnableDnsSupport", "_EnableDnsSupport"), ("EnableDnsHostnames", "_EnableDnsHostnames")] {
        if let Some(yes) = flag(params, name) {
            VPC.change(context, &id, &[field], yes);
        }
    }
    nothing()
}

pub fn describe_vpc_attribute(context: &mut Context<'_, '_>, params: &Value) -> Answer {
    let (id, vpc) = VPC.named(context, params, "VpcId")?;
    let (member, field) = match required(params, "Attribute")? {
        "enableDnsSupport" => ("EnableDnsSupport", "_EnableDnsSupport"),
        "enableDnsHostnames" => ("EnableDnsHostnames", "_EnableDnsHostnames"),
        other => return Err(invalid(other, "attribute", "Unknown attribute.")),
    };
    Ok(Value::map().with(&["VpcId"], &id).with(&[member, "Value"], vpc.is_true_at(&[field])))
}

/// The blocks of a VPC.
pub fn cidrs(vpc: &Value) -> Vec<Cidr> {
    along(vpc, "CidrBlockAssociationSet.CidrBlock").iter().filter_map(|text| Cidr::parse(text)).collect()
}

pub fn associate_cidr(context: &mut Context<'_, '_>, params: &Value) -> Answer {
    let (id, mut vpc) = VPC.named(context, params, "VpcId")?;
    let text = required(params, "CidrBlock")?;
    let block = cidr_of(text)?;
    if !(16..=28).contains(&block.prefix()) || cidrs(&vpc).iter().any(|own| own.overlaps(block)) {
        return Err(Error::new("InvalidVpc.Range", format!("The CIDR '{text}' is invalid.")));
    }
    if cidrs(&vpc).len() >= CIDRS_MAX {
        return Err(Error::new("CidrLimitExceeded", "The maximum number of CIDR blocks has been reached."));
    }
    let association = tree!({
        "AssociationId": context.new_id("vpc-cidr-assoc-"), "CidrBlock": block.to_string(),
        "CidrBlockState": { "State": "associated" },
    });
    vpc.at_mut(&["CidrBlockAssociationSet"]).items_mut().push(association.clone());
    VPC.store(context, &id, vpc);
    route::add_local(context, &id, block);
    Ok(tree!({ "CidrBlockAssociation": association, "VpcId": id }))
}

/// A further block goes again, when no subnet is in it.
// Source: Amazon VPC User Guide, "Add or remove a CIDR block from your VPC".
pub fn disassociate_cidr(context: &mut Context<'_, '_>, params: &Value) -> Answer {
    let wanted = required(params, "AssociationId")?;
    let is_it = |row: &Value| row.str_at(&["AssociationId"]) == wanted;
    let found = context.list(VPC.kind).into_iter().find_map(|(key, vpc)| {
        Some((key.id, vpc.items_at(&["CidrBlockAssociationSet"]).iter().find(|row| is_it(row))?.clone(), vpc.clone()))
    });
    let Some((id, row, mut vpc)) = found else {
        let message = format!("The vpc CIDR block association ID '{wanted}' does not exist");
        return Err(Error::new("InvalidVpcCidrBlockAssociationID.NotFound", message));
    };
    if row.get("CidrBlock") == vpc.get("CidrBlock") {
        let message = format!(
            "The vpc CIDR block with association ID {wanted} may not be disassociated. It is the primary IPv4 CIDR block of the VPC"
        );
        return Err(Error::new("OperationNotPermitted", message));
    }
    let block = cidr_of(row.str_at(&["CidrBlock"]))?;
    let is_used = SUBNET
        .with(context, "VpcId", &id)
        .any(|(_, subnet)| Cidr::parse(subnet.str_at(&["CidrBlock"])).is_some_and(|it| block.covers(it)));
    if is_used {
        let message = format!(
            "The vpc CIDR block with association ID {wanted} may not be disassociated. One or more subnets use it"
        );
        return Err(Error::new("OperationNotPermitted", message));
    }
    vpc.at_mut(&["CidrBlockAssociationSet"]).items_mut().retain(|it| !is_it(it));
    VPC.store(context, &id, vpc);
    route::drop_local(context, &id, block);
    Ok(tree!({ "CidrBlockAssociation": row, "VpcId": id }))
}

/// A dedicated VPC becomes one like others; the other way there is none.
pub fn modify_tenancy(context: &mut Context<'_, '_>, params: &Value) -> Answer {
    let (id, mut vpc) = VPC.named(context, params, "VpcId")?;
    if required(params, "InstanceTenancy")? != "default" {
        return Err(Error::new("InvalidParameterValue", "Only the default tenancy can be set"));
    }
    vpc.set(&["InstanceTenancy"], "default");
    VPC.store(context, &id, vpc);
    Ok(tree!({ "ReturnValue": true }))
}

// ---- subnets

/// The zones of a region.
pub fn zones(context: &Context<'_, '_>) -> Vec<Rc<str>> {
    super::zone::names(&context.region)
}

pub fn create_subnet(context: &mut Context<'_, '_>, params: &Value) -> Answer {
    let text = required(params, "CidrBlock")?;
    let (vpc_id, vpc) = VPC.named(context, params, "VpcId")?;
    let block = cidr_of(text)?;
    let zone = zone_of(context, params)?;
    if !(16..=28).contains(&block.prefix()) || !cidrs(&vpc).iter().any(|own| own.covers(block)) {
        return Err(Error::new("InvalidSubnet.Range", format!("The CIDR '{text}' is invalid.")));
    }
    let taken = |(_, other): (Rc<str>, &Value)| {
        Cidr::parse(other.str_at(&["CidrBlock"])).is_some_and(|other| other.overlaps(block))
    };
    if SUBNET.with(context, "VpcId", &vpc_id).any(taken) {
        return Err(Error::new("InvalidSubnet.Conflict", format!("The CIDR '{text}' conflicts with another subnet")));
    }
    let free = i64::try_from(block.size()).unwrap_or(i64::MAX) - RESERVED;
    let subnet = tree!({
        "AvailabilityZone": zone.clone(), "AvailabilityZoneId": super::zone::id(&zone),
        "AvailableIpAddressCount": free, "CidrBlock": block.to_string(), "DefaultForAz": false,
        "MapPublicIpOnLaunch": false, "MapCustomerOwnedIpOnLaunch": false, "State": "available", "VpcId": vpc_id.clone(),
        "AssignIpv6AddressOnCreation": false, "Ipv6CidrBlockAssociationSet": [], "EnableDns64": false, "Ipv6Native": false,
        "PrivateDnsNameOptionsOnLaunch": {
            "HostnameType": "ip-name", "EnableResourceNameDnsARecord": false, "EnableResourceNameDnsAAAARecord": false,
        },
    });
    let id = SUBNET.make(context, subnet, params);
    let arn = context.arn("ec2", &format!("subnet/{id}"));
    SUBNET.change(context, &id, &["SubnetArn"], arn);
    acl::adopt(context, &vpc_id, &id);
    Ok(tree!({ "Subnet": SUBNET.find(context, &id)? }))
}

/// The zone that a request names, by name or id; without one, the first that stands.
fn zone_of(context: &Context<'_, '_>, params: &Value) -> Result<Rc<str>, Error> {
    let all = zones(context);
    let (by_name, by_id) = (params.str_at(&["AvailabilityZone"]), params.str_at(&["AvailabilityZoneId"]));
    let found = if by_name.is_empty() && by_id.is_empty() {
        all.first()
    } else {
        all.iter().find(|zone| ***zone == *by_name || *super::zone::id(zone) == *by_id)
    };
    found.cloned().ok_or_else(|| {
        let why =
            format!("Subnets can currently only be created in the following availability zones: {}.", all.join(", "));
        invalid(if by_name.is_empty() { by_id } else { by_name }, "availabilityZone", &why)
    })
}

pub fn delete_subnet(context: &mut Context<'_, '_>, params: &Value) -> Answer {
    let (id, _) = SUBNET.named(context, params, "SubnetId")?;
    let has_nat = NAT_GATEWAY.with(context, "SubnetId", &id).any(|(_, nat)| nat.str_at(&["State"]) != "deleted");
    if INTERFACE.any(context, "SubnetId", &id) || has_nat {
        return Err(SUBNET.in_use(&id));
    }
    acl::forget(context, &id);
    route::forget(context, &id);
    SUBNET.delete(context, &id);
    nothing()
}

pub fn modify_subnet_attribute(context: &mut Context<'_, '_>, params: &Value) -> Answer {
    let (id, _) = SUBNET.named(context, params, "SubnetId")?;
    if let Some(yes) = flag(params, "MapPublicIpOnLaunch") {
        SUBNET.change(context, &id, &["MapPublicIpOnLaunch"], yes);
    }
    nothing()
}

// ---- addresses

/// Network, router, DNS, future use, broadcast: the first four addresses and the last.
// Source: Amazon VPC user guide, "Subnet CIDR blocks".
pub const RESERVED: i64 = 5;

/// Takes a free address of a subnet: the one wanted, or one that the dice choose.
pub fn take_address(context: &mut Context<'_, '_>, subnet_id: &str, wanted: &str) -> Result<Ipv4Addr, Error> {
    let subnet = SUBNET.find(context, subnet_id)?;
    let full = || {
        let message = format!(
            "There are not enough free addresses in subnet '{subnet_id}' to satisfy the requested number of instances."
        );
        Error::new("InsufficientFreeAddressesInSubnet", message)
    };
    let block = Cidr::parse(subnet.str_at(&["CidrBlock"])).ok_or_else(full)?;
    let used: std::collections::BTreeSet<Ipv4Addr> = INTERFACE
        .with(context, "SubnetId", subnet_id)
        .flat_map(|(_, interface)| along(interface, "PrivateIpAddresses.PrivateIpAddress"))
        .filter_map(|text| text.parse().ok())
        .collect();
    let (first, room) = (4, u32::try_from(block.size()).unwrap_or(u32::MAX).saturating_sub(5));
    if !wanted.is_empty() {
        let address: Ipv4Addr =
            wanted.parse().map_err(|_| invalid(wanted, "privateIpAddress", "This is not a valid IP address."))?;
        let is_inside =
            (0..room).contains(&u32::from(address).wrapping_sub(u32::from(block.first())).wrapping_sub(first));
        if !is_inside {
            return Err(Error::new(
                "InvalidParameterValue",
                "Address does not fall within the subnet's address range".to_string(),
            ));
        }
        if used.contains(&address) {
            return Err(Error::new("InvalidIPAddress.InUse", format!("Address {address} is in use.")));
        }
        return Ok(address);
    }
    let start = u32::try_from(context.dice("address").below(u64::from(room.max(1)))).unwrap_or_default();
    (0..room)
        .filter_map(|step| block.nth(first + (start + step) % room))
        .find(|address| !used.contains(address))
        .ok_or_else(full)
}

/// Writes down how many addresses of a subnet are free.
pub fn count_addresses(context: &mut Context<'_, '_>, subnet_id: &str) {
    let Some(subnet) = context.get(SUBNET.kind, subnet_id) else { return };
    let size = Cidr::parse(subnet.str_at(&["CidrBlock"])).map_or(0, Cidr::size);
    let used = INTERFACE
        .with(context, "SubnetId", subnet_id)
        .map(|(_, interface)| interface.items_at(&["PrivateIpAddresses"]).len())
        .sum::<usize>();
    let free = i64::try_from(size).unwrap_or(i64::MAX) - RESERVED - i64::try_from(used).unwrap_or(i64::MAX);
    let key = context.key(SUBNET.kind, subnet_id);
    context.update(&key, Verb::UpdateStatus, |subnet| subnet.set(&["AvailableIpAddressCount"], free));
}

/// A public address of Amazon's in this region.
// Source: AWS's ip-ranges.json lists these blocks for ap-northeast-2.
pub fn public_address(context: &mut Context<'_, '_>) -> Ipv4Addr {
    const BLOCKS: &[[u8; 2]] =
        &[[3, 34], [3, 35], [3, 36], [13, 124], [13, 125], [15, 164], [43, 200], [52, 78], [54, 180]];
    let mut dice = context.dice("public-address");
    let [a, b] =
        usize::try_from(dice.below(BLOCKS.len() as u64)).ok().and_then(|at| BLOCKS.get(at)).copied().unwrap_or([3, 34]);
    let mut byte = || u8::try_from(1 + dice.below(254)).unwrap_or(1);
    Ipv4Addr::new(a, b, byte(), byte())
}

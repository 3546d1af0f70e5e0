//! The default VPC of a region: what a launch that names no subnet goes to.
// Source: Amazon VPC user guide, "Default VPCs", "Default subnets"; EC2 API Reference, CreateDefaultVpc.

use super::kinds::{SUBNET, VPC};
use super::{network, route};
use crate::aws::Context;
use crate::aws::api::{Answer, Error};
use crate::document::Value;
use crate::tree;
use std::rc::Rc;

/// How many addresses apart the blocks of two default subnets begin: a /20 each.
const SUBNET_STEP: usize = 16;

/// The default VPC of the caller's region, if it has one.
pub fn of(context: &Context<'_, '_>) -> Option<Rc<str>> {
    let all = context.cloud.of_kind(&context.caller.account, &context.region, VPC.kind);
    all.into_iter().find(|(_, vpc)| vpc.is_true_at(&["IsDefault"])).map(|(key, _)| key.id.clone())
}

/// The default VPC, for a request that names none.
pub fn meant(context: &Context<'_, '_>) -> Result<Rc<str>, Error> {
    of(context).ok_or_else(|| Error::new("VPCIdNotSpecified", "No default VPC for this user"))
}

/// The default subnet of a zone; without a zone, that of the first that has one.
pub fn subnet(context: &Context<'_, '_>, zone: &str) -> Result<Rc<str>, Error> {
    let Some(vpc) = of(context) else {
        let message = "No default VPC for this user. GroupName is only supported for EC2-Classic and default VPC.";
        return Err(Error::new("VPCIdNotSpecified", message));
    };
    let mut found: Vec<(Rc<str>, Rc<str>)> = SUBNET
        .with(context, "VpcId", &vpc)
        .filter(|(_, it)| it.is_true_at(&["DefaultForAz"]))
        .filter(|(_, it)| zone.is_empty() || it.str_at(&["AvailabilityZone"]) == zone)
        .map(|(id, it)| (Rc::from(it.str_at(&["AvailabilityZone"])), id))
        .collect();
    found.sort();
    found.into_iter().next().map(|(_, id)| id).ok_or_else(|| {
        let message = format!("No subnets found for the default VPC '{vpc}'. Please specify a subnet.");
        Error::new("MissingInput", message)
    })
}

/// `CreateDefaultVpc`: the network that an account has in every region from its first day.
pub fn create(context: &mut Context<'_, '_>, _params: &Value) -> Answer {
    if of(context).is_some() {
        let message = "A Default VPC already exists for this account in this region.";
        return Err(Error::new("DefaultVpcAlreadyExists", message));
    }
    let made = network::create_vpc(context, &tree!({ "CidrBlock": "172.31.0.0/16" }))?;
    let vpc: Rc<str> = made.str_at(&["Vpc", "VpcId"]).into();
    VPC.change(context, &vpc, &["IsDefault"], true);
    VPC.change(context, &vpc, &["_EnableDnsHostnames"], true);
    for (index, zone) in network::zones(context).into_iter().enumerate() {
        let block = format!("172.31.{}.0/20", index * SUBNET_STEP);
        let asked = tree!({ "VpcId": vpc.clone(), "CidrBlock": block, "AvailabilityZone": zone });
        let made = network::create_subnet(context, &asked)?;
        let subnet = made.str_at(&["Subnet", "SubnetId"]);
        SUBNET.change(context, subnet, &["DefaultForAz"], true);
        SUBNET.change(context, subnet, &["MapPublicIpOnLaunch"], true);
    }
    let made = route::create_internet_gateway(context, &Value::map())?;
    let gateway: Rc<str> = made.str_at(&["InternetGateway", "InternetGatewayId"]).into();
    route::attach_internet_gateway(context, &tree!({ "InternetGatewayId": gateway.clone(), "VpcId": vpc.clone() }))?;
    if let Some(table) = route::main_table(context, &vpc) {
        let way = tree!({ "RouteTableId": table, "DestinationCidrBlock": "0.0.0.0/0", "GatewayId": gateway });
        route::create_route(context, &way)?;
    }
    let mut vpc = super::kinds::shown(&VPC.find(context, &vpc)?);
    vpc.set(&["State"], "pending");
    Ok(tree!({ "Vpc": vpc }))
}

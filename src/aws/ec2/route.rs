//! Route tables and internet gateways.
// Source: Amazon VPC user guide, "Configure route tables"; EC2 API Reference.

use super::kinds::{
    ENDPOINT, INTERFACE, INTERNET_GATEWAY, NAT_GATEWAY, PEERING, ROUTE_TABLE, SUBNET, VPC, along, done, invalid,
    nothing,
};
use super::network;
use crate::aws::api::{Answer, Error};
use crate::aws::vpc::cidr::Cidr;
use crate::aws::{Context, required};
use crate::document::Value;
use crate::sim::Verb;
use crate::tree;
use std::rc::Rc;

/// The members of a route that can name its target, and the request's parameters of the same name.
const TARGETS: &[&str] = &["GatewayId", "NatGatewayId", "VpcPeeringConnectionId", "NetworkInterfaceId", "InstanceId"];

pub fn is_main(table: &Value) -> bool {
    table.items_at(&["Associations"]).iter().any(|association| association.is_true_at(&["Main"]))
}

/// The main route table of a VPC.
pub fn main_table(context: &Context<'_, '_>, vpc: &str) -> Option<Rc<str>> {
    ROUTE_TABLE.with(context, "VpcId", vpc).find(|(_, table)| is_main(table)).map(|(id, _)| id)
}

/// A new route table with the local routes of its VPC.
pub fn make_table(context: &mut Context<'_, '_>, vpc_id: &str, is_main: bool, params: &Value) -> Rc<str> {
    let blocks = context.get(VPC.kind, vpc_id).map(network::cidrs).unwrap_or_default();
    let table = tree!({
        "Associations": [], "PropagatingVgws": [], "VpcId": vpc_id,
        "Routes": Value::list(blocks.into_iter().map(local)),
    });
    let id = ROUTE_TABLE.make(context, table, params);
    if is_main {
        let main = association(context, &id, None);
        ROUTE_TABLE.change(context, &id, &["Associations"], Value::list([main]));
    }
    id
}

fn local(block: Cidr) -> Value {
    tree!({
        "DestinationCidrBlock": block.to_string(), "GatewayId": "local", "Origin": "CreateRouteTable", "State": "active",
    })
}

/// A further block of a VPC is local in all its tables.
pub fn add_local(context: &mut Context<'_, '_>, vpc_id: &str, block: Cidr) {
    let tables: Vec<Rc<str>> = ROUTE_TABLE.with(context, "VpcId", vpc_id).map(|(id, _)| id).collect();
    for id in tables {
        let key = context.key(ROUTE_TABLE.kind, &id);
        context.update(&key, Verb::Update, |table| table.at_mut(&["Routes"]).items_mut().push(local(block)));
    }
}

/// A block that a VPC no longer has is local nowhere.
pub fn drop_local(context: &mut Context<'_, '_>, vpc_id: &str, block: Cidr) {
    let tables: Vec<Rc<str>> = ROUTE_TABLE.with(context, "VpcId", vpc_id).map(|(id, _)| id).collect();
    let gone = local(block);
    for id in tables {
        let key = context.key(ROUTE_TABLE.kind, &id);
        context.update(&key, Verb::Update, |table| table.at_mut(&["Routes"]).items_mut().retain(|row| *row != gone));
    }
}

fn association(context: &mut Context<'_, '_>, table: &str, subnet: Option<&str>) -> Value {
    let mut made = tree!({
        "Main": subnet.is_none(), "RouteTableAssociationId": context.new_id("rtbassoc-"), "RouteTableId": table,
        "AssociationState": { "State": "associated" },
    });
    if let Some(subnet) = subnet {
        made.set(&["SubnetId"], subnet);
    }
    made
}

pub fn create_route_table(context: &mut Context<'_, '_>, params: &Value) -> Answer {
    let (vpc, _) = VPC.named(context, params, "VpcId")?;
    let id = make_table(context, &vpc, false, params);
    Ok(tree!({ "RouteTable": ROUTE_TABLE.find(context, &id)? }))
}

pub fn delete_route_table(context: &mut Context<'_, '_>, params: &Value) -> Answer {
    let (id, table) = ROUTE_TABLE.named(context, params, "RouteTableId")?;
    if !table.items_at(&["Associations"]).is_empty() {
        return Err(ROUTE_TABLE.in_use(&id));
    }
    ROUTE_TABLE.delete(context, &id);
    nothing()
}

pub fn associate_route_table(context: &mut Context<'_, '_>, params: &Value) -> Answer {
    let (id, mut table) = ROUTE_TABLE.named(context, params, "RouteTableId")?;
    let (subnet_id, subnet) = SUBNET.named(context, params, "SubnetId")?;
    if subnet.get("VpcId") != table.get("VpcId") {
        let message = format!("Route table {id} and subnet {subnet_id} belong to different networks");
        return Err(Error::new("InvalidParameterValue", message));
    }
    if ROUTE_TABLE.any(context, "Associations.SubnetId", &subnet_id) {
        let message = format!("the specified association for route table {id} conflicts with an existing association");
        return Err(Error::new("Resource.AlreadyAssociated", message));
    }
    let made = association(context, &id, Some(&subnet_id));
    let association = made.str_at(&["RouteTableAssociationId"]).to_owned();
    table.at_mut(&["Associations"]).items_mut().push(made);
    ROUTE_TABLE.store(context, &id, table);
    Ok(tree!({ "AssociationId": association, "AssociationState": { "State": "associated" } }))
}

/// The table that has an association, and the association.
fn associated(context: &Context<'_, '_>, id: &str) -> Result<(Rc<str>, Value, Value), Error> {
    let found = ROUTE_TABLE.with(context, "Associations.RouteTableAssociationId", id).next();
    let (table_id, table) = found.ok_or_else(|| {
        Error::new("InvalidAssociationID.NotFound", format!("The association ID '{id}' does not exist"))
    })?;
    let own = table.items_at(&["Associations"]).iter().find(|it| it.str_at(&["RouteTableAssociationId"]) == id);
    Ok((table_id, table.clone(), own.cloned().unwrap_or_default()))
}

fn remove_association(context: &mut Context<'_, '_>, table: &str, association: &str) {
    let key = context.key(ROUTE_TABLE.kind, table);
    context.update(&key, Verb::Update, |table| {
        let associations = table.at_mut(&["Associations"]).items_mut();
        associations.retain(|it| it.str_at(&["RouteTableAssociationId"]) != association);
    });
}

pub fn disassociate_route_table(context: &mut Context<'_, '_>, params: &Value) -> Answer {
    let id = required(params, "AssociationId")?;
    let (table, _, own) = associated(context, id)?;
    if own.is_true_at(&["Main"]) {
        let message = format!("cannot disassociate the main route table association {id}");
        return Err(Error::new("InvalidParameterValue", message));
    }
    remove_association(context, &table, id);
    nothing()
}

pub fn replace_route_table_association(context: &mut Context<'_, '_>, params: &Value) -> Answer {
    let id = required(params, "AssociationId")?;
    let (old, _, own) = associated(context, id)?;
    let (new, mut table) = ROUTE_TABLE.named(context, params, "RouteTableId")?;
    remove_association(context, &old, id);
    let subnet = own.get("SubnetId").and_then(Value::as_str);
    let made = association(context, &new, subnet);
    let made_id = made.str_at(&["RouteTableAssociationId"]).to_owned();
    if new != old {
        table.at_mut(&["Associations"]).items_mut().push(made);
        ROUTE_TABLE.store(context, &new, table);
    } else {
        let key = context.key(ROUTE_TABLE.kind, &new);
        context.update(&key, Verb::Update, |table| table.at_mut(&["Associations"]).items_mut().push(made));
    }
    Ok(tree!({ "NewAssociationId": made_id, "AssociationState": { "State": "associated" } }))
}

/// A subnet is gone: so are its associations.
pub fn forget(context: &mut Context<'_, '_>, subnet: &str) {
    let tables: Vec<Rc<str>> = ROUTE_TABLE.with(context, "Associations.SubnetId", subnet).map(|(id, _)| id).collect();
    for id in tables {
        let key = context.key(ROUTE_TABLE.kind, &id);
        context.update(&key, Verb::Update, |table| {
            table.at_mut(&["Associations"]).items_mut().retain(|it| it.str_at(&["SubnetId"]) != subnet);
        });
    }
}

// ---- routes

/// The route that a request describes, checked against what it leads to.
fn route_of(context: &Context<'_, '_>, table_id: &str, table: &Value, params: &Value) -> Result<(Cidr, Value), Error> {
    let text = required(params, "DestinationCidrBlock")?;
    let wrong = || invalid(text, "destinationCidrBlock", "This is not a valid CIDR block.");
    let block = Cidr::parse(text).ok_or_else(wrong)?;
    let vpc = table.str_at(&["VpcId"]);
    let given = TARGETS.iter().find_map(|name| Some((*name, params.get(name)?.as_shared()?)));
    let Some((member, target)) = given else {
        return Err(Error::new(
            "MissingParameter",
            "The request must contain exactly one of gatewayId, natGatewayId, networkInterfaceId, vpcPeeringConnectionId or instanceId",
        ));
    };
    let at = match member {
        "GatewayId" => match context.get(INTERNET_GATEWAY.kind, &target) {
            Some(gateway) => along(gateway, "Attachments.VpcId").first().cloned(),
            None => {
                return Err(Error::new(
                    "InvalidGatewayID.NotFound",
                    format!("The gateway ID '{target}' does not exist"),
                ));
            }
        },
        "NatGatewayId" => NAT_GATEWAY
            .find(context, &target)
            .map_err(|_| {
                Error::new("InvalidNatGatewayID.NotFound", format!("The natGateway ID '{target}' does not exist"))
            })?
            .get("VpcId")
            .and_then(Value::as_shared),
        "VpcPeeringConnectionId" => {
            let peering = PEERING.find(context, &target)?;
            let sides = [peering.str_at(&["RequesterVpcInfo", "VpcId"]), peering.str_at(&["AccepterVpcInfo", "VpcId"])];
            sides.contains(&vpc).then(|| vpc.into())
        }
        "NetworkInterfaceId" => INTERFACE.find(context, &target)?.get("VpcId").and_then(Value::as_shared),
        _ => super::kinds::INSTANCE.find(context, &target)?.get("VpcId").and_then(Value::as_shared),
    };
    if at.as_deref() != Some(vpc) {
        let kind = match member {
            "GatewayId" => "network gateway",
            "NatGatewayId" => "NAT gateway",
            "VpcPeeringConnectionId" => "peering connection",
            _ => "interface",
        };
        let message = format!("route table {table_id} and {kind} {target} belong to different networks");
        return Err(Error::new("InvalidParameterValue", message));
    }
    let mut route = tree!({ "DestinationCidrBlock": block.to_string(), "Origin": "CreateRoute", "State": "active" });
    route.set(&[member], target);
    Ok((block, route))
}

fn is_to(route: &Value, block: Cidr) -> bool {
    Cidr::parse(route.str_at(&["DestinationCidrBlock"])) == Some(block)
}

pub fn create_route(context: &mut Context<'_, '_>, params: &Value) -> Answer {
    let (id, mut table) = ROUTE_TABLE.named(context, params, "RouteTableId")?;
    let (block, route) = route_of(context, &id, &table, params)?;
    let routes = table.at_mut(&["Routes"]).items_mut();
    if let Some(old) = routes.iter().find(|old| is_to(old, block)) {
        // Making what is there already is no mistake.
        let same = TARGETS.iter().all(|target| old.get(target) == route.get(target));
        return if same {
            done()
        } else {
            Err(Error::new("RouteAlreadyExists", format!("The route identified by {block} already exists.")))
        };
    }
    // EC2 lists the newest first, the local routes last.
    routes.insert(0, route);
    routes.sort_by_key(|route| route.str_at(&["GatewayId"]) != "local");
    ROUTE_TABLE.store(context, &id, table);
    done()
}

fn no_route(id: &str, block: &str) -> Error {
    Error::new("InvalidRoute.NotFound", format!("no route with destination-cidr-block {block} in route table {id}"))
}

pub fn replace_route(context: &mut Context<'_, '_>, params: &Value) -> Answer {
    let (id, mut table) = ROUTE_TABLE.named(context, params, "RouteTableId")?;
    let (block, route) = route_of(context, &id, &table, params)?;
    match table.at_mut(&["Routes"]).items_mut().iter_mut().find(|old| is_to(old, block)) {
        None => {
            let message =
                format!("There is no route defined for '{block}' in the route table. Use CreateRoute instead.");
            return Err(Error::new("InvalidParameterValue", message));
        }
        Some(old) => *old = route,
    }
    ROUTE_TABLE.store(context, &id, table);
    nothing()
}

pub fn delete_route(context: &mut Context<'_, '_>, params: &Value) -> Answer {
    let (id, mut table) = ROUTE_TABLE.named(context, params, "RouteTableId")?;
    let text = required(params, "DestinationCidrBlock")?;
    let block = Cidr::parse(text).ok_or_else(|| no_route(&id, text))?;
    let routes = table.at_mut(&["Routes"]).items_mut();
    let place = routes.iter().position(|route| is_to(route, block)).ok_or_else(|| no_route(&id, text))?;
    if routes.get(place).is_some_and(|route| route.str_at(&["GatewayId"]) == "local") {
        let message = format!("cannot remove local route {block} in route table {id}");
        return Err(Error::new("InvalidParameterValue", message));
    }
    routes.remove(place);
    ROUTE_TABLE.store(context, &id, table);
    nothing()
}

/// What a route led to is gone: the route stays, as a black hole.
// Source: Amazon VPC user guide, "Route table concepts": a blackhole is what is left of such a route.
pub fn blackhole(context: &mut Context<'_, '_>, target: &str) {
    for member in TARGETS {
        let path = format!("Routes.{member}");
        let tables: Vec<Rc<str>> = ROUTE_TABLE.with(context, &path, target).map(|(id, _)| id).collect();
        for id in tables {
            let key = context.key(ROUTE_TABLE.kind, &id);
            context.update(&key, Verb::UpdateStatus, |table| {
                let routes = table.at_mut(&["Routes"]).items_mut().iter_mut();
                routes.filter(|it| it.str_at(&[member]) == target).for_each(|it| it.set(&["State"], "blackhole"));
            });
        }
    }
}

/// What a route leads to is there (again).
pub fn revive(context: &mut Context<'_, '_>, target: &str) {
    let tables: Vec<Rc<str>> = ROUTE_TABLE.with(context, "Routes.GatewayId", target).map(|(id, _)| id).collect();
    for id in tables {
        let key = context.key(ROUTE_TABLE.kind, &id);
        context.update(&key, Verb::UpdateStatus, |table| {
            let routes = table.at_mut(&["Routes"]).items_mut().iter_mut();
            routes.filter(|it| it.str_at(&["GatewayId"]) == target).for_each(|it| it.set(&["State"], "active"));
        });
    }
}

// ---- internet gateways

pub fn create_internet_gateway(context: &mut Context<'_, '_>, params: &Value) -> Answer {
    let id = INTERNET_GATEWAY.make(context, tree!({ "Attachments": [] }), params);
    Ok(tree!({ "InternetGateway": INTERNET_GATEWAY.find(context, &id)? }))
}

pub fn attach_internet_gateway(context: &mut Context<'_, '_>, params: &Value) -> Answer {
    let (id, gateway) = INTERNET_GATEWAY.named(context, params, "InternetGatewayId")?;
    let (vpc, _) = VPC.named(context, params, "VpcId")?;
    if let Some(at) = along(&gateway, "Attachments.VpcId").first() {
        let message = format!("resource {id} is already attached to network {at}");
        return Err(Error::new("Resource.AlreadyAssociated", message));
    }
    if INTERNET_GATEWAY.any(context, "Attachments.VpcId", &vpc) {
        let message = format!("Network {vpc} already has an internet gateway attached");
        return Err(Error::new("InvalidParameterValue", message));
    }
    let attachment = tree!({ "State": "available", "VpcId": vpc });
    INTERNET_GATEWAY.change(context, &id, &["Attachments"], Value::list([attachment]));
    revive(context, &id);
    nothing()
}

pub fn detach_internet_gateway(context: &mut Context<'_, '_>, params: &Value) -> Answer {
    let (id, gateway) = INTERNET_GATEWAY.named(context, params, "InternetGatewayId")?;
    let (vpc, _) = VPC.named(context, params, "VpcId")?;
    if along(&gateway, "Attachments.VpcId").first() != Some(&vpc) {
        let message = format!("resource {id} is not attached to network {vpc}");
        return Err(Error::new("Gateway.NotAttached", message));
    }
    let is_mapped = INTERFACE.with(context, "VpcId", &vpc).any(|(_, it)| it.at(&["Association", "PublicIp"]).is_some());
    if is_mapped {
        let message = format!(
            "Network {vpc} has some mapped public address(es). Please unmap those public address(es) before detaching the gateway."
        );
        return Err(Error::new("DependencyViolation", message));
    }
    INTERNET_GATEWAY.change(context, &id, &["Attachments"], Value::list([]));
    blackhole(context, &id);
    nothing()
}

pub fn delete_internet_gateway(context: &mut Context<'_, '_>, params: &Value) -> Answer {
    let (id, gateway) = INTERNET_GATEWAY.named(context, params, "InternetGatewayId")?;
    if !gateway.items_at(&["Attachments"]).is_empty() {
        return Err(INTERNET_GATEWAY.in_use(&id));
    }
    INTERNET_GATEWAY.delete(context, &id);
    nothing()
}

/// `DescribeRouteTables`: what is stored, with the routes of gateway endpoints between.
pub fn describe(context: &mut Context<'_, '_>, params: &Value) -> Answer {
    let mut tables = ROUTE_TABLE.chosen(context, params)?;
    for table in &mut tables {
        let id = table.str_at(&["RouteTableId"]).to_owned();
        let endpoints: Vec<Value> = ENDPOINT
            .with(context, "RouteTableIds", &id)
            .map(|(endpoint, it)| {
                let service = it.str_at(&["ServiceName"]).rsplit('.').next().unwrap_or_default();
                tree!({
                    "DestinationPrefixListId": super::endpoint::prefix_list(service), "GatewayId": endpoint,
                    "Origin": "CreateRoute", "State": "active",
                })
            })
            .collect();
        table.at_mut(&["Routes"]).items_mut().extend(endpoints);
    }
    Ok(tree!({ "RouteTables": Value::list(tables) }))
}

/// Whether a VPC has an internet gateway.
pub fn is_public(context: &Context<'_, '_>, vpc: &str) -> bool {
    INTERNET_GATEWAY.any(context, "Attachments.VpcId", vpc)
}

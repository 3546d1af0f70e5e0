//! Amazon EC2: networks, addresses, machines.
//!
//! `kinds` is a table of what all resources have in common, and the code that describes, filters
//! and tags them by it; each other file is one family of operations. A resource is kept as the
//! tree that its Describe call answers; members that begin with `_` are ours and never shown.
//! Refusals have EC2's codes and words.
//!
//! Invariant: an operation checks everything before it changes anything.
//! Invariant: what takes time in life takes time here: it is in the agenda, where it can be seen.
//! Not here: what a packet meets on its way ([`crate::aws::vpc::reachability`]); EC2 only describes
//! the network to it ([`topology`]).

mod acl;
mod address;
pub mod catalog;
mod default_vpc;
mod endpoint;
pub(in crate::aws) mod group;
mod instance;
pub(in crate::aws) mod interface;
pub mod kinds;
mod launch;
mod needs;
pub(in crate::aws) mod network;
mod page;
mod peering;
pub(in crate::aws) mod route;
pub(in crate::aws) mod template;
pub mod topology;
pub(in crate::aws) mod volume;
pub mod zone;

pub use instance::user_data;
pub use page::page;
pub use topology::set_node_ports;

use crate::aws::Context;
use crate::aws::Due;
use crate::aws::service::{Operation, Service};
use kinds::{ENDPOINT, INTERFACE, INTERNET_GATEWAY, NETWORK_ACL, PEERING, SECURITY_GROUP, SUBNET, VOLUME, VPC};

macro_rules! operations {
    ($($name:literal $run:expr;)*) => {
        &[$(Operation::new($name, $run).needing(|scope, params| needs::of(scope, params, $name)),)*]
    };
}

/// EC2.
pub const SERVICE: Service = Service { on_due: due, ..Service::new("ec2", "ec2", OPERATIONS) };

/// What EC2 can do.
pub const OPERATIONS: &[Operation] = operations! {
    "CreateVpc" network::create_vpc;
    "CreateDefaultVpc" default_vpc::create;
    "DeleteVpc" network::delete_vpc;
    "DescribeVpcs" |c, p| VPC.describe(c, p);
    "ModifyVpcAttribute" network::modify_vpc_attribute;
    "DescribeVpcAttribute" network::describe_vpc_attribute;
    "AssociateVpcCidrBlock" network::associate_cidr;
    "DisassociateVpcCidrBlock" network::disassociate_cidr;
    "ModifyVpcTenancy" network::modify_tenancy;
    "CreateSubnet" network::create_subnet;
    "DeleteSubnet" network::delete_subnet;
    "DescribeSubnets" |c, p| SUBNET.describe(c, p);
    "ModifySubnetAttribute" network::modify_subnet_attribute;
    "CreateRouteTable" route::create_route_table;
    "DeleteRouteTable" route::delete_route_table;
    "DescribeRouteTables" route::describe;
    "AssociateRouteTable" route::associate_route_table;
    "DisassociateRouteTable" route::disassociate_route_table;
    "ReplaceRouteTableAssociation" route::replace_route_table_association;
    "CreateRoute" route::create_route;
    "ReplaceRoute" route::replace_route;
    "DeleteRoute" route::delete_route;
    "CreateInternetGateway" route::create_internet_gateway;
    "AttachInternetGateway" route::attach_internet_gateway;
    "DetachInternetGateway" route::detach_internet_gateway;
    "DeleteInternetGateway" route::delete_internet_gateway;
    "DescribeInternetGateways" |c, p| INTERNET_GATEWAY.describe(c, p);
    "AllocateAddress" address::allocate;
    "ReleaseAddress" address::release;
    "AssociateAddress" address::associate;
    "DisassociateAddress" address::disassociate;
    "DescribeAddresses" address::describe;
    "CreateNatGateway" address::create_nat;
    "DeleteNatGateway" address::delete_nat;
    "DescribeNatGateways" address::describe_nat;
    "CreateSecurityGroup" group::create;
    "DeleteSecurityGroup" group::delete;
    "DescribeSecurityGroups" describe_groups;
    "DescribeSecurityGroupRules" group::describe_rules;
    "AuthorizeSecurityGroupIngress" |c, p| group::authorize(c, p, false);
    "AuthorizeSecurityGroupEgress" |c, p| group::authorize(c, p, true);
    "RevokeSecurityGroupIngress" |c, p| group::revoke(c, p, false);
    "RevokeSecurityGroupEgress" |c, p| group::revoke(c, p, true);
    "CreateNetworkAcl" acl::create;
    "DeleteNetworkAcl" acl::delete;
    "DescribeNetworkAcls" |c, p| NETWORK_ACL.describe(c, p);
    "CreateNetworkAclEntry" |c, p| acl::entry(c, p, false);
    "ReplaceNetworkAclEntry" |c, p| acl::entry(c, p, true);
    "DeleteNetworkAclEntry" acl::delete_entry;
    "ReplaceNetworkAclAssociation" acl::replace_association;
    "CreateVpcPeeringConnection" peering::create;
    "AcceptVpcPeeringConnection" |c, p| peering::answer(c, p, true);
    "RejectVpcPeeringConnection" |c, p| peering::answer(c, p, false);
    "DeleteVpcPeeringConnection" peering::delete;
    "DescribeVpcPeeringConnections" |c, p| PEERING.describe(c, p);
    "CreateVpcEndpoint" endpoint::create;
    "ModifyVpcEndpoint" endpoint::modify;
    "DeleteVpcEndpoints" endpoint::delete;
    "DescribeVpcEndpoints" |c, p| ENDPOINT.describe(c, p);
    "DescribePrefixLists" endpoint::prefix_lists;
    "CreateNetworkInterface" interface::create;
    "DeleteNetworkInterface" interface::remove;
    "AttachNetworkInterface" interface::attach_to;
    "DetachNetworkInterface" interface::detach;
    "ModifyNetworkInterfaceAttribute" interface::modify;
    "AssignPrivateIpAddresses" interface::assign;
    "UnassignPrivateIpAddresses" interface::unassign;
    "DescribeNetworkInterfaces" |c, p| INTERFACE.describe(c, p);
    "DescribeImages" catalog::describe_images;
    "DescribeInstanceTypes" catalog::describe_types;
    "RunInstances" instance::run;
    "StartInstances" instance::start;
    "StopInstances" instance::stop;
    "RebootInstances" instance::reboot;
    "TerminateInstances" instance::terminate;
    "DescribeInstances" instance::describe;
    "DescribeInstanceStatus" instance::describe_status;
    "ModifyInstanceAttribute" instance::modify;
    "DescribeInstanceAttribute" instance::describe_attribute;
    "AssociateIamInstanceProfile" instance::associate_profile;
    "GetConsoleOutput" instance::console_output;
    "CreateVolume" volume::create;
    "DeleteVolume" volume::delete;
    "AttachVolume" volume::attach;
    "DetachVolume" volume::detach;
    "ModifyVolume" volume::modify;
    "DescribeVolumes" |c, p| VOLUME.describe(c, p);
    "CreateKeyPair" |c, p| template::create_key(c, p, false);
    "ImportKeyPair" |c, p| template::create_key(c, p, true);
    "DeleteKeyPair" template::delete_key;
    "DescribeKeyPairs" template::describe_keys;
    "CreateLaunchTemplate" template::create;
    "CreateLaunchTemplateVersion" template::create_version;
    "ModifyLaunchTemplate" template::modify;
    "DeleteLaunchTemplate" template::delete;
    "DescribeLaunchTemplates" template::describe;
    "DescribeLaunchTemplateVersions" template::describe_versions;
    "DescribeAvailabilityZones" zone::describe;
    "DescribeRegions" zone::regions;
    "CreateTags" |c, p| kinds::retag(c, p, true);
    "DeleteTags" |c, p| kinds::retag(c, p, false);
    "DescribeTags" kinds::describe_tags;
};

/// `DescribeSecurityGroups`: by id or by name.
fn describe_groups(context: &mut Context<'_, '_>, params: &crate::document::Value) -> crate::aws::Answer {
    let names = kinds::texts(params, "GroupNames");
    let mut chosen = SECURITY_GROUP.chosen(context, params)?;
    chosen.retain(|group| names.is_empty() || names.iter().any(|name| **name == *group.str_at(&["GroupName"])));
    Ok(crate::tree!({ "SecurityGroups": crate::document::Value::list(chosen) }))
}

/// Something of EC2's is due.
fn due(context: &mut Context<'_, '_>, due: &Due) {
    let id = &*due.key.id;
    match (due.what, &*due.key.kind) {
        ("forget", kind) => {
            // What has come back to life in the meantime stays.
            let is_over = context.get(kind, id).is_some_and(|it| {
                let word = [it.str_at(&["State"]), it.str_at(&["State", "Name"]), it.str_at(&["Status", "Code"])];
                word.iter().any(|word| matches!(*word, "deleted" | "terminated" | "failed" | "rejected" | "expired"))
            });
            if is_over {
                context.remove(&due.key);
            }
        }
        ("available", "AWS::EC2::NatGateway") => address::nat_ready(context, id),
        ("deleted", "AWS::EC2::NatGateway") => address::nat_gone(context, id),
        ("available", "AWS::EC2::VPCEndpoint") => endpoint::ready(context, id),
        ("available", "AWS::EC2::Volume") => volume::ready(context, id),
        ("expire", _) => peering::expire(context, id),
        (what, "AWS::EC2::Instance") => instance::due(context, what, id),
        _ => {}
    }
}

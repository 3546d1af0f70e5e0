//! EC2's networks and machines.

use super::{Sky, at};
use drydock::aws::vpc::reachability::{Cure, Goal, HopKind, Protocol, Start, cure};
use drydock::document::Value;
use drydock::tree;

const AL2023: &str = "ami-0c0d0a1202300x864";

/// A VPC with a public and a private subnet, an instance in each, and a NAT gateway.
struct Town {
    vpc: String,
    public: String,
    private: String,
    group: String,
    igw: String,
    nat: String,
    web: String,
    app: String,
}

fn text(value: &Value, path: &str) -> String {
    at(value, path).to_owned()
}

fn town(sky: &mut Sky) -> Town {
    let vpc = text(&sky.ec2("CreateVpc", tree!({ "CidrBlock": "10.0.0.0/16" })), "Vpc.VpcId");
    let subnet = |sky: &mut Sky, block: &str| {
        let made = sky
            .ec2("CreateSubnet", tree!({ "VpcId": &*vpc, "CidrBlock": block, "AvailabilityZone": "ap-northeast-2a" }));
        text(&made, "Subnet.SubnetId")
    };
    let (public, private) = (subnet(sky, "10.0.1.0/24"), subnet(sky, "10.0.2.0/24"));
    let igw = text(&sky.ec2("CreateInternetGateway", Value::map()), "InternetGateway.InternetGatewayId");
    sky.ec2("AttachInternetGateway", tree!({ "InternetGatewayId": &*igw, "VpcId": &*vpc }));
    sky.ec2("ModifySubnetAttribute", tree!({ "SubnetId": &*public, "MapPublicIpOnLaunch": { "Value": true } }));
    let table = text(&sky.ec2("CreateRouteTable", tree!({ "VpcId": &*vpc })), "RouteTable.RouteTableId");
    sky.ec2("CreateRoute", tree!({ "RouteTableId": &*table, "DestinationCidrBlock": "0.0.0.0/0", "GatewayId": &*igw }));
    sky.ec2("AssociateRouteTable", tree!({ "RouteTableId": &*table, "SubnetId": &*public }));
    let allocation = text(&sky.ec2("AllocateAddress", tree!({ "Domain": "vpc" })), "AllocationId");
    let nat = sky.ec2("CreateNatGateway", tree!({ "SubnetId": &*public, "AllocationId": &*allocation }));
    let nat = text(&nat, "NatGateway.NatGatewayId");
    sky.wait(120);
    let main = sky.ec2(
        "DescribeRouteTables",
        tree!({ "Filters": [
        { "Name": "vpc-id", "Values": [(&*vpc)] }, { "Name": "association.main", "Values": ["true"] }
    ] }),
    );
    let main = text(&main, "RouteTables.0.RouteTableId");
    sky.ec2(
        "CreateRoute",
        tree!({ "RouteTableId": &*main, "DestinationCidrBlock": "0.0.0.0/0", "NatGatewayId": &*nat }),
    );
    let group = tree!({ "GroupName": "web", "Description": "web", "VpcId": &*vpc });
    let group = text(&sky.ec2("CreateSecurityGroup", group), "GroupId");
    let script = drydock::document::base64::encode(b"#!/bin/bash\ndnf install -y httpd\nsystemctl start httpd\n");
    let launch = |sky: &mut Sky, subnet: &str, group: &str| {
        let made = sky.ec2(
            "RunInstances",
            tree!({
                "ImageId": AL2023, "InstanceType": "t3.micro", "SubnetId": subnet, "SecurityGroupIds": [(group)],
                "UserData": &script, "MinCount": 1, "MaxCount": 1,
            }),
        );
        text(&made, "Instances.0.InstanceId")
    };
    let (web, app) = (launch(sky, &public, &group), launch(sky, &private, &group));
    sky.wait(180);
    Town { vpc, public, private, group, igw, nat, web, app }
}

#[test]
fn a_vpc_brings_its_defaults_and_leaves_nothing() {
    let mut sky = Sky::new();
    let made = sky.ec2("CreateVpc", tree!({ "CidrBlock": "10.0.0.5/16" }));
    assert_eq!((at(&made, "Vpc.CidrBlock"), at(&made, "Vpc.State")), ("10.0.0.0/16", "pending"));
    let vpc = text(&made, "Vpc.VpcId");
    assert!(made.get("Vpc").unwrap().entries().all(|(member, _)| !member.starts_with('_')));
    for (action, list) in [
        ("DescribeRouteTables", "RouteTables"),
        ("DescribeNetworkAcls", "NetworkAcls"),
        ("DescribeSecurityGroups", "SecurityGroups"),
    ] {
        assert_eq!(sky.ec2(action, Value::map()).items_at(&[list]).len(), 1, "{action}");
    }
    sky.ec2("DeleteVpc", tree!({ "VpcId": &*vpc }));
    assert_eq!(sky.cloud.of_kind("111122223333", "ap-northeast-2", "AWS::EC2::VPC").count(), 0);
    assert_eq!(sky.cloud.of_kind("111122223333", "ap-northeast-2", "AWS::EC2::RouteTable").count(), 0);
    assert_eq!(
        sky.refused("DeleteVpc", tree!({ "VpcId": &*vpc })),
        format!("InvalidVpcID.NotFound: The vpc ID '{vpc}' does not exist")
    );
}

#[test]
fn blocks_are_checked_as_ec2_checks_them() {
    let mut sky = Sky::new();
    let vpc = text(&sky.ec2("CreateVpc", tree!({ "CidrBlock": "10.0.0.0/16" })), "Vpc.VpcId");
    sky.ec2("CreateSubnet", tree!({ "VpcId": &*vpc, "CidrBlock": "10.0.1.0/24" }));
    for (block, refusal) in [
        ("10.0.1.128/25", "InvalidSubnet.Conflict: The CIDR '10.0.1.128/25' conflicts with another subnet"),
        ("10.1.0.0/24", "InvalidSubnet.Range: The CIDR '10.1.0.0/24' is invalid."),
        ("10.0.2.0/29", "InvalidSubnet.Range: The CIDR '10.0.2.0/29' is invalid."),
        (
            "10.0.2.0",
            "InvalidParameterValue: Value (10.0.2.0) for parameter cidrBlock is invalid. This is not a valid CIDR block.",
        ),
    ] {
        assert_eq!(sky.refused("CreateSubnet", tree!({ "VpcId": &*vpc, "CidrBlock": block })), refusal);
    }
    let refusal = sky.refused("CreateVpc", tree!({ "CidrBlock": "10.0.0.0/8" }));
    assert_eq!(refusal, "InvalidVpc.Range: The CIDR '10.0.0.0/8' is invalid.");
    let refusal = sky.refused("DeleteVpc", tree!({ "VpcId": &*vpc }));
    assert_eq!(refusal, format!("DependencyViolation: The vpc '{vpc}' has dependencies and cannot be deleted."));
}

#[test]
fn a_subnet_runs_out_of_addresses() {
    let mut sky = Sky::new();
    let vpc = text(&sky.ec2("CreateVpc", tree!({ "CidrBlock": "10.0.0.0/24" })), "Vpc.VpcId");
    let made = sky.ec2("CreateSubnet", tree!({ "VpcId": &*vpc, "CidrBlock": "10.0.0.0/28" }));
    assert_eq!(made.int_at(&["Subnet", "AvailableIpAddressCount"]), Some(11));
    let subnet = text(&made, "Subnet.SubnetId");
    let launch = |count: i64| tree!({ "ImageId": AL2023, "InstanceType": "t3.micro", "SubnetId": &*subnet, "MinCount": count, "MaxCount": count });
    sky.ec2("RunInstances", launch(9));
    let refusal = sky.refused("RunInstances", launch(3));
    assert_eq!(
        refusal,
        format!(
            "InsufficientFreeAddressesInSubnet: There are not enough free addresses in subnet '{subnet}' to satisfy the requested number of instances."
        )
    );
    let left = sky.ec2("DescribeSubnets", Value::map());
    assert_eq!(left.items_at(&["Subnets"])[0].int_at(&["AvailableIpAddressCount"]), Some(2));
    let addresses: std::collections::BTreeSet<String> = sky
        .ec2("DescribeNetworkInterfaces", Value::map())
        .items_at(&["NetworkInterfaces"])
        .iter()
        .map(|it| text(it, "PrivateIpAddress"))
        .collect();
    assert_eq!(addresses.len(), 9);
    assert!(!addresses.contains("10.0.0.15") && (0..4).all(|last| !addresses.contains(&format!("10.0.0.{last}"))));
    let instances = sky.ec2("DescribeInstances", Value::map());
    let first = text(&instances, "Reservations.0.Instances.0.InstanceId");
    sky.wait(60);
    sky.ec2("TerminateInstances", tree!({ "InstanceIds": [(&*first)] }));
    sky.wait(60);
    let left = sky.ec2("DescribeSubnets", Value::map());
    assert_eq!(left.items_at(&["Subnets"])[0].int_at(&["AvailableIpAddressCount"]), Some(3));
}

#[test]
fn traffic_goes_where_the_network_lets_it() {
    let mut sky = Sky::new();
    let town = town(&mut sky);
    let world = Start::Internet([198, 51, 100, 7].into());
    let (web, app) = (Goal::Host((&*town.web).into()), Goal::Host((&*town.app).into()));
    let reach =
        |sky: &Sky, from: &Start, to: &Goal, port| sky.cloud.reach("ap-northeast-2", from, to, Protocol::Tcp, port);
    let blocked = |sky: &Sky, from: &Start, to: &Goal, port| {
        reach(sky, from, to, port).legs[0].1.blocked_at().map(|hop| (hop.kind, hop.component.to_string()))
    };
    // Nobody opened the port; the cure is one call, and it works.
    assert_eq!(blocked(&sky, &world, &web, 80), Some((HopKind::SgIngress, town.group.clone())));
    let refused = reach(&sky, &world, &web, 80);
    let (flow, trace) = refused.last().unwrap();
    let topology = sky.cloud.topology("ap-northeast-2");
    let Some(Cure::AuthorizeGroup { group, egress: false, .. }) = cure(&topology, flow, trace) else {
        panic!("a cure")
    };
    assert_eq!(*group, *town.group);
    let open =
        tree!({ "GroupId": &*town.group, "IpProtocol": "tcp", "FromPort": 80, "ToPort": 80, "CidrIp": "0.0.0.0/0" });
    sky.ec2("AuthorizeSecurityGroupIngress", open.clone());
    assert_eq!(
        sky.refused("AuthorizeSecurityGroupIngress", open),
        "InvalidPermission.Duplicate: the specified rule \"peer: 0.0.0.0/0, TCP, from port: 80, to port: 80, ALLOW\" already exists"
    );
    assert!(reach(&sky, &world, &web, 80).answers());
    // The private one is out of the world's reach, but reaches it.
    assert_eq!(blocked(&sky, &world, &app, 80), Some((HopKind::NoPublicIp, town.app.clone())));
    let out = Goal::Address([93, 184, 216, 34].into());
    assert!(reach(&sky, &Start::Host((&*town.app).into()), &out, 443).answers());
    // Without its NAT gateway it does not.
    sky.ec2("DeleteNatGateway", tree!({ "NatGatewayId": &*town.nat }));
    assert_eq!(blocked(&sky, &Start::Host((&*town.app).into()), &out, 443).map(|it| it.0), Some(HopKind::Route));
    // A stopped instance answers nobody, and its public address is gone.
    sky.ec2("StopInstances", tree!({ "InstanceIds": [(&*town.web)] }));
    assert_eq!(blocked(&sky, &world, &web, 80).map(|it| it.0), Some(HopKind::NoPublicIp));
    sky.wait(60);
    sky.ec2("StartInstances", tree!({ "InstanceIds": [(&*town.web)] }));
    assert!(!reach(&sky, &world, &web, 80).answers());
    sky.wait(120);
    assert!(reach(&sky, &world, &web, 80).answers());
    // Neither does one whose zone has failed.
    let mut turn =
        drydock::sim::Turn { now: sky.now, journal: &mut sky.journal, actor: "you".into(), cause: None, why: None };
    sky.cloud.set_zone(&mut turn, "ap-northeast-2a", true);
    assert!(!reach(&sky, &world, &web, 80).answers());
    let launch = tree!({ "ImageId": AL2023, "InstanceType": "t3.micro", "SubnetId": &*town.private });
    assert!(sky.refused("RunInstances", launch).starts_with("InsufficientInstanceCapacity: "));
}

#[test]
fn a_town_is_torn_down_from_the_inside_and_leaves_nothing() {
    let mut sky = Sky::new();
    let town = town(&mut sky);
    let ids = [&*town.web, &*town.app];
    assert_eq!(
        sky.refused("DeleteSubnet", tree!({ "SubnetId": &*town.public })),
        format!("DependencyViolation: The subnet '{}' has dependencies and cannot be deleted.", town.public)
    );
    assert_eq!(
        sky.refused("DeleteSecurityGroup", tree!({ "GroupId": &*town.group })),
        format!("DependencyViolation: resource {} has a dependent object", town.group)
    );
    let detach = tree!({ "InternetGatewayId": &*town.igw, "VpcId": &*town.vpc });
    assert!(sky.refused("DetachInternetGateway", detach.clone()).contains("has some mapped public address(es)"));
    sky.ec2("TerminateInstances", tree!({ "InstanceIds": Value::list(ids.map(Value::from)) }));
    sky.ec2("DeleteNatGateway", tree!({ "NatGatewayId": &*town.nat }));
    sky.wait(90);
    let addresses = sky.ec2("DescribeAddresses", Value::map());
    sky.ec2("ReleaseAddress", tree!({ "AllocationId": at(&addresses, "Addresses.0.AllocationId") }));
    sky.ec2("DetachInternetGateway", detach);
    sky.ec2("DeleteInternetGateway", tree!({ "InternetGatewayId": &*town.igw }));
    sky.ec2("DeleteSecurityGroup", tree!({ "GroupId": &*town.group }));
    for subnet in [&town.public, &town.private] {
        sky.ec2("DeleteSubnet", tree!({ "SubnetId": &**subnet }));
    }
    let tables = sky
        .ec2("DescribeRouteTables", tree!({ "Filters": [{ "Name": "route.gateway-id", "Values": [(&*town.igw)] }] }));
    sky.ec2("DeleteRouteTable", tree!({ "RouteTableId": at(&tables, "RouteTables.0.RouteTableId") }));
    sky.ec2("DeleteVpc", tree!({ "VpcId": &*town.vpc }));
    sky.wait(3700);
    let left: Vec<String> = sky
        .cloud
        .iter()
        .filter(|(key, _)| key.kind.starts_with("AWS::EC2"))
        .map(|(key, _)| key.id.to_string())
        .collect();
    assert_eq!(left, Vec::<String>::new());
}

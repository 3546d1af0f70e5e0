//! Auto Scaling groups and load balancers.

use super::{Sky, at};
use drydock::aws::ec2::topology::Silent;
use drydock::aws::pricing;
use drydock::aws::vpc::reachability::{Goal, HopKind, Protocol, Start};
use drydock::document::{Value, base64};
use drydock::sim::Turn;
use drydock::tree;

struct Fleet {
    vpc: String,
    subnets: Vec<String>,
    group: String,
    template: String,
}

fn text(value: &Value, path: &str) -> String {
    at(value, path).to_owned()
}

/// A VPC with a public subnet in each of two zones, and a launch template of web servers.
fn fleet(sky: &mut Sky) -> Fleet {
    let vpc = text(&sky.ec2("CreateVpc", tree!({ "CidrBlock": "10.0.0.0/16" })), "Vpc.VpcId");
    let igw = text(&sky.ec2("CreateInternetGateway", Value::map()), "InternetGateway.InternetGatewayId");
    sky.ec2("AttachInternetGateway", tree!({ "InternetGatewayId": &*igw, "VpcId": &*vpc }));
    let tables = sky.ec2("DescribeRouteTables", Value::map());
    let table = text(&tables, "RouteTables.0.RouteTableId");
    sky.ec2("CreateRoute", tree!({ "RouteTableId": &*table, "DestinationCidrBlock": "0.0.0.0/0", "GatewayId": &*igw }));
    let subnets = [("10.0.1.0/24", "a"), ("10.0.2.0/24", "c")].map(|(block, letter)| {
        let zone = format!("ap-northeast-2{letter}");
        text(
            &sky.ec2("CreateSubnet", tree!({ "VpcId": &*vpc, "CidrBlock": block, "AvailabilityZone": zone })),
            "Subnet.SubnetId",
        )
    });
    let made = sky.ec2("CreateSecurityGroup", tree!({ "GroupName": "web", "Description": "web", "VpcId": &*vpc }));
    let group = text(&made, "GroupId");
    let open = tree!({ "GroupId": &*group, "IpProtocol": "tcp", "FromPort": 80, "ToPort": 80, "CidrIp": "0.0.0.0/0" });
    sky.ec2("AuthorizeSecurityGroupIngress", open);
    let made = sky.ec2(
        "CreateLaunchTemplate",
        tree!({ "LaunchTemplateName": "web", "LaunchTemplateData": {
        "ImageId": "ami-0c0d0a1202300x864", "InstanceType": "t3.micro", "SecurityGroupIds": [(&*group)],
        "UserData": base64::encode(b"#!/bin/bash\ndnf install -y nginx\n"),
    } }),
    );
    Fleet { vpc, subnets: subnets.to_vec(), group, template: text(&made, "LaunchTemplate.LaunchTemplateId") }
}

fn scaling(sky: &mut Sky, action: &str, params: Value) -> Value {
    sky.ask("autoscaling", action, params).unwrap_or_else(|refusal| panic!("{action}: {refusal}"))
}

fn balancing(sky: &mut Sky, action: &str, params: Value) -> Value {
    sky.ask("elbv2", action, params).unwrap_or_else(|refusal| panic!("{action}: {refusal}"))
}

fn make_group(sky: &mut Sky, fleet: &Fleet, desired: i64) {
    scaling(
        sky,
        "CreateAutoScalingGroup",
        tree!({
            "AutoScalingGroupName": "web", "MinSize": 0, "MaxSize": 6, "DesiredCapacity": desired,
            "LaunchTemplate": { "LaunchTemplateId": &*fleet.template, "Version": "$Latest" },
            "VPCZoneIdentifier": fleet.subnets.join(","),
        }),
    );
}

/// The instances of the group: id, zone, state.
fn members(sky: &mut Sky) -> Vec<(String, String, String)> {
    let groups = scaling(sky, "DescribeAutoScalingGroups", Value::map());
    let rows = groups.items_at(&["AutoScalingGroups"])[0].items_at(&["Instances"]).to_vec();
    rows.iter().map(|it| (text(it, "InstanceId"), text(it, "AvailabilityZone"), text(it, "LifecycleState"))).collect()
}

fn in_zone(members: &[(String, String, String)], letter: char) -> usize {
    members.iter().filter(|(_, zone, _)| zone.ends_with(letter)).count()
}

#[test]
fn a_group_keeps_its_number_spread_over_zones() {
    let mut sky = Sky::new();
    let fleet = fleet(&mut sky);
    make_group(&mut sky, &fleet, 4);
    sky.wait(60);
    let now = members(&mut sky);
    assert!(now.iter().all(|it| it.2 == "InService"), "{now:?}");
    assert_eq!((in_zone(&now, 'a'), in_zone(&now, 'c')), (2, 2));
    // One is lost; another comes.
    sky.ec2("TerminateInstances", tree!({ "InstanceIds": [(&*now[0].0)] }));
    sky.wait(180);
    let then = members(&mut sky);
    assert_eq!((in_zone(&then, 'a'), in_zone(&then, 'c')), (2, 2));
    assert!(!then.iter().any(|it| it.0 == now[0].0));
    // Fewer are wished: the fuller zone gives first.
    scaling(&mut sky, "SetDesiredCapacity", tree!({ "AutoScalingGroupName": "web", "DesiredCapacity": 3 }));
    sky.wait(120);
    assert_eq!(members(&mut sky).len(), 3);
    let refusal =
        sky.ask("autoscaling", "SetDesiredCapacity", tree!({ "AutoScalingGroupName": "web", "DesiredCapacity": 9 }));
    assert_eq!(
        refusal.unwrap_err().to_string(),
        "ValidationError: New SetDesiredCapacity value 9 is above max value 6 for the AutoScalingGroup."
    );
    let activities = scaling(&mut sky, "DescribeScalingActivities", Value::map());
    assert!(at(&activities, "Activities.0.Cause").contains("shrinking the capacity from 4 to 3"));
    // It goes, and takes everything along.
    scaling(&mut sky, "DeleteAutoScalingGroup", tree!({ "AutoScalingGroupName": "web", "ForceDelete": true }));
    sky.wait(120);
    assert!(scaling(&mut sky, "DescribeAutoScalingGroups", Value::map()).items_at(&["AutoScalingGroups"]).is_empty());
}

#[test]
fn a_group_leaves_a_zone_that_fails() {
    let mut sky = Sky::new();
    let fleet = fleet(&mut sky);
    make_group(&mut sky, &fleet, 4);
    sky.wait(60);
    let mut turn = Turn { now: sky.now, journal: &mut sky.journal, actor: "you".into(), cause: None, why: None };
    sky.cloud.set_zone(&mut turn, "ap-northeast-2a", true);
    sky.wait(300);
    let now = members(&mut sky);
    assert_eq!((in_zone(&now, 'a'), in_zone(&now, 'c')), (0, 4), "{now:?}");
}

#[test]
fn what_cannot_be_launched_leaves_an_activity_that_says_why() {
    let mut sky = Sky::new();
    let fleet = fleet(&mut sky);
    sky.ec2("DeleteLaunchTemplate", tree!({ "LaunchTemplateName": "web" }));
    let data = tree!({ "ImageId": "ami-0c0d0a1202300x864", "InstanceType": "t3.micro", "KeyName": "lost" });
    let made = sky.ec2("CreateLaunchTemplate", tree!({ "LaunchTemplateName": "web", "LaunchTemplateData": data }));
    let fleet = Fleet { template: text(&made, "LaunchTemplate.LaunchTemplateId"), ..fleet };
    make_group(&mut sky, &fleet, 1);
    sky.wait(30);
    let activities = scaling(&mut sky, "DescribeScalingActivities", Value::map());
    assert_eq!(at(&activities, "Activities.0.StatusCode"), "Failed");
    assert_eq!(
        at(&activities, "Activities.0.StatusMessage"),
        "The key pair 'lost' does not exist Launching EC2 instance failed."
    );
}

#[test]
fn requests_go_through_a_load_balancer_to_healthy_targets() {
    let mut sky = Sky::new();
    let fleet = fleet(&mut sky);
    make_group(&mut sky, &fleet, 2);
    let subnets = || Value::list(fleet.subnets.iter().map(Value::from));
    let refused = tree!({ "Name": "web", "Subnets": [(&*fleet.subnets[0])] });
    assert_eq!(
        sky.ask("elbv2", "CreateLoadBalancer", refused).unwrap_err().to_string(),
        "ValidationError: At least two subnets in two different Availability Zones must be specified"
    );
    let made = balancing(
        &mut sky,
        "CreateLoadBalancer",
        tree!({ "Name": "web", "Subnets": subnets(), "SecurityGroups": [(&*fleet.group)] }),
    );
    let (arn, dns) = (text(&made, "LoadBalancers.0.LoadBalancerArn"), text(&made, "LoadBalancers.0.DNSName"));
    assert_eq!(at(&made, "LoadBalancers.0.State.Code"), "provisioning");
    let target = tree!({ "Name": "web", "Protocol": "HTTP", "Port": 80, "VpcId": &*fleet.vpc });
    let target = text(&balancing(&mut sky, "CreateTargetGroup", target), "TargetGroups.0.TargetGroupArn");
    let action = tree!({ "Type": "forward", "TargetGroupArn": &*target });
    balancing(
        &mut sky,
        "CreateListener",
        tree!({
            "LoadBalancerArn": &*arn, "Protocol": "HTTP", "Port": 80, "DefaultActions": Value::list([action]),
        }),
    );
    scaling(
        &mut sky,
        "AttachLoadBalancerTargetGroups",
        tree!({ "AutoScalingGroupName": "web", "TargetGroupARNs": [(&*target)] }),
    );
    let health = |sky: &mut Sky| {
        let told = balancing(sky, "DescribeTargetHealth", tree!({ "TargetGroupArn": &*target }));
        told.items_at(&["TargetHealthDescriptions"]).iter().map(|it| text(it, "TargetHealth.State")).collect::<Vec<_>>()
    };
    sky.wait(400);
    assert_eq!(health(&mut sky), ["healthy", "healthy"]);
    let client = Start::Internet([198, 51, 100, 7].into());
    let reach = |sky: &Sky, port| {
        sky.cloud.reach("ap-northeast-2", &client, &Goal::Service((&*dns).into()), Protocol::Tcp, port)
    };
    assert!(reach(&sky, 80).answers());
    assert_eq!(reach(&sky, 80).legs.len(), 2);
    assert_eq!(reach(&sky, 443).legs[0].1.blocked_at().map(|hop| hop.kind), Some(HopKind::SgIngress));
    // One server stops; requests go to the other. Auto Scaling replaces it.
    let first = members(&mut sky)[0].0.clone();
    sky.ec2("StopInstances", tree!({ "InstanceIds": [(&*first)] }));
    sky.wait(20);
    assert!(reach(&sky, 80).answers() || reach(&sky, 80).silent == Some(Silent::NotRunning((&*first).into())));
    sky.wait(900);
    assert_eq!(health(&mut sky), ["healthy", "healthy"]);
    assert!(!members(&mut sky).iter().any(|it| it.0 == first));
    // The servers' group shuts everybody out: the checks notice.
    sky.ec2(
        "RevokeSecurityGroupIngress",
        tree!({ "GroupId": &*fleet.group, "IpProtocol": "tcp", "FromPort": 80, "ToPort": 80, "CidrIp": "0.0.0.0/0" }),
    );
    sky.wait(90);
    assert_eq!(health(&mut sky), ["unhealthy", "unhealthy"]);
    // All of it costs money, by the hour, and the parts add up.
    let bill = pricing::bill(&sky.cloud);
    let line =
        |what: &str| bill.iter().find(|line| line.what == what).map(|line| (line.count, line.micro_dollars_per_hour));
    assert_eq!(line("instance"), Some((2, 26_000)));
    assert_eq!(line("application-load-balancer"), Some((1, 22_500)));
    assert_eq!(line("public-address"), Some((2, 10_000)));
    assert!(bill.iter().all(|line| !line.source.is_empty()));
    assert_eq!(
        bill.iter().map(|line| line.micro_dollars_per_hour).sum::<i64>(),
        pricing::micro_dollars_per_hour(&sky.cloud)
    );
}

#[test]
fn a_bucket_is_filled_listed_and_emptied() {
    let mut sky = Sky::new();
    let mut s3 = |action: &str, params: Value| sky.ask("s3api", action, params);
    let place =
        tree!({ "Bucket": "my-plans", "CreateBucketConfiguration": { "LocationConstraint": "ap-northeast-2" } });
    assert!(s3("CreateBucket", tree!({ "Bucket": "my-plans" })).unwrap_err().code.starts_with("IllegalLocation"));
    s3("CreateBucket", place.clone()).unwrap();
    assert_eq!(&*s3("CreateBucket", place).unwrap_err().code, "BucketAlreadyOwnedByYou");
    for key in ["a.txt", "deep/b.txt"] {
        s3("PutObject", tree!({ "Bucket": "my-plans", "Key": key, "Body": "hello" })).unwrap();
    }
    let listed = s3("ListObjectsV2", tree!({ "Bucket": "my-plans", "Delimiter": "/" })).unwrap();
    assert_eq!((listed.int_at(&["KeyCount"]), at(&listed, "CommonPrefixes.0.Prefix")), (Some(2), "deep/"));
    let read = s3("GetObject", tree!({ "Bucket": "my-plans", "Key": "a.txt" })).unwrap();
    assert_eq!((read.str_at(&["_Body"]), read.int_at(&["ContentLength"])), ("hello", Some(5)));
    assert_eq!(&*s3("DeleteBucket", tree!({ "Bucket": "my-plans" })).unwrap_err().code, "BucketNotEmpty");
    assert_eq!(&*s3("GetObject", tree!({ "Bucket": "my-plans", "Key": "c" })).unwrap_err().code, "NoSuchKey");
    for key in ["a.txt", "deep/b.txt"] {
        s3("DeleteObject", tree!({ "Bucket": "my-plans", "Key": key })).unwrap();
    }
    s3("DeleteBucket", tree!({ "Bucket": "my-plans" })).unwrap();
}

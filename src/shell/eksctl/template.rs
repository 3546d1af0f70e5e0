//! The stacks that a configuration becomes.
// Models pkg/cfn/builder/{vpc,iam,cluster,managed_nodegroup}.go

use super::config::{Config, Group};
use crate::document::Value;
use crate::tree;

/// The cluster's own stack: network, roles, control plane.
pub(super) fn cluster(config: &Config, zones: &[String]) -> Value {
    let mut resources = Value::map();
    let own_network = config.subnets.0.is_empty() && config.subnets.1.is_empty();
    let (public, private) = if own_network {
        network(&mut resources, config, zones)
    } else {
        let ids = |ids: &[String]| ids.iter().map(|id| Value::from(id.as_str())).collect::<Vec<_>>();
        (ids(&config.subnets.0), ids(&config.subnets.1))
    };
    resources.set(
        &["ServiceRole"],
        role(&["eks.amazonaws.com"], &["AmazonEKSClusterPolicy", "AmazonEKSVPCResourceController"]),
    );
    let subnets: Vec<Value> = public.iter().chain(&private).cloned().collect();
    let mut plane = tree!({
        "Type": "AWS::EKS::Cluster",
        "Properties": {
            "Name": (config.name.as_str()),
            "Version": (config.version.as_str()),
            "RoleArn": { "Fn::GetAtt": ["ServiceRole", "Arn"] },
            "AccessConfig": {
                "AuthenticationMode": (config.mode.as_str()),
                "BootstrapClusterCreatorAdminPermissions": true,
            },
            "BootstrapSelfManagedAddons": true,
            "ResourcesVpcConfig": {
                "SubnetIds": subnets,
                "EndpointPublicAccess": (config.access.0),
                "EndpointPrivateAccess": (config.access.1),
            },
            "Tags": [{ "Key": "Name", "Value": { "Fn::Sub": "${AWS::StackName}/ControlPlane" } }],
        },
    });
    if own_network {
        plane.set(&["DependsOn"], Value::list([Value::from("PublicSubnetRoute")]));
    }
    resources.set(&["ControlPlane"], plane);
    let join = |items: Vec<Value>| tree!({ "Fn::Join": [",", items] });
    tree!({
        "AWSTemplateFormatVersion": "2010-09-09",
        "Description": "EKS cluster (dedicated VPC: true, dedicated IAM: true) [created and managed by eksctl]",
        "Resources": resources,
        "Outputs": {
            "ARN": { "Value": { "Fn::GetAtt": ["ControlPlane", "Arn"] } },
            "Endpoint": { "Value": { "Fn::GetAtt": ["ControlPlane", "Endpoint"] } },
            "ClusterStackName": { "Value": { "Ref": "AWS::StackName" } },
            "SubnetsPublic": { "Value": (join(public)) },
            "SubnetsPrivate": { "Value": (join(private)) },
        },
    })
}

/// A VPC with a public and a private subnet in each zone, and one NAT gateway. Returns both lists.
fn network(resources: &mut Value, config: &Config, zones: &[String]) -> (Vec<Value>, Vec<Value>) {
    let name = |what: &str| tree!([{ "Key": "Name", "Value": { "Fn::Sub": (format!("${{AWS::StackName}}/{what}")) } }]);
    let mut put = |id: &str, kind: &str, properties: Value| {
        resources.set(&[id], tree!({ "Type": kind, "Properties": properties }));
    };
    let vpc = || tree!({ "Ref": "VPC" });
    put(
        "VPC",
        "AWS::EC2::VPC",
        tree!({ "CidrBlock": (config.cidr.as_str()), "EnableDnsHostnames": true, "EnableDnsSupport": true, "Tags": (name("VPC")) }),
    );
    put("InternetGateway", "AWS::EC2::InternetGateway", tree!({ "Tags": (name("InternetGateway")) }));
    put(
        "VPCGatewayAttachment",
        "AWS::EC2::VPCGatewayAttachment",
        tree!({ "InternetGatewayId": { "Ref": "InternetGateway" }, "VpcId": (vpc()) }),
    );
    put("PublicRouteTable", "AWS::EC2::RouteTable", tree!({ "VpcId": (vpc()), "Tags": (name("PublicRouteTable")) }));
    put("NATIP", "AWS::EC2::EIP", tree!({ "Domain": "vpc" }));
    let label = |zone: &str| zone.replace('-', "").to_uppercase();
    let first = zones.first().map(|zone| label(zone)).unwrap_or_default();
    put(
        "NATGateway",
        "AWS::EC2::NatGateway",
        tree!({
            "AllocationId": { "Fn::GetAtt": ["NATIP", "AllocationId"] },
            "SubnetId": { "Ref": (format!("SubnetPublic{first}")) },
            "Tags": (name("NATGateway")),
        }),
    );
    resources.set(&["NATGateway", "DependsOn"], Value::list([Value::from("VPCGatewayAttachment")]));
    let mut put = |id: &str, kind: &str, properties: Value| {
        resources.set(&[id], tree!({ "Type": kind, "Properties": properties }));
    };
    let (mut public, mut private) = (Vec::new(), Vec::new());
    for (index, zone) in zones.iter().enumerate() {
        let zone_label = label(zone);
        for (kind, offset, elb) in
            [("Public", 0, "kubernetes.io/role/elb"), ("Private", zones.len(), "kubernetes.io/role/internal-elb")]
        {
            let id = format!("Subnet{kind}{zone_label}");
            let block = tree!({ "Fn::Select": [(i64::try_from(index + offset).unwrap_or_default()), { "Fn::Cidr": [{ "Fn::GetAtt": ["VPC", "CidrBlock"] }, 8, 13] }] });
            let tags = tree!([
                { "Key": elb, "Value": "1" },
                { "Key": "Name", "Value": { "Fn::Sub": (format!("${{AWS::StackName}}/{id}")) } },
            ]);
            let mut properties =
                tree!({ "AvailabilityZone": (zone.as_str()), "CidrBlock": block, "VpcId": (vpc()), "Tags": tags });
            if kind == "Public" {
                properties.set(&["MapPublicIpOnLaunch"], true);
            }
            put(&id, "AWS::EC2::Subnet", properties);
            let table =
                if kind == "Public" { "PublicRouteTable".to_owned() } else { format!("PrivateRouteTable{zone_label}") };
            if kind == "Private" {
                put(&table, "AWS::EC2::RouteTable", tree!({ "VpcId": (vpc()) }));
                put(
                    &format!("NATPrivateSubnetRoute{zone_label}"),
                    "AWS::EC2::Route",
                    tree!({
                        "RouteTableId": { "Ref": (table.as_str()) },
                        "DestinationCidrBlock": "0.0.0.0/0",
                        "NatGatewayId": { "Ref": "NATGateway" },
                    }),
                );
            }
            put(
                &format!("RouteTableAssociation{kind}{zone_label}"),
                "AWS::EC2::SubnetRouteTableAssociation",
                tree!({
                    "RouteTableId": { "Ref": (table.as_str()) },
                    "SubnetId": { "Ref": (id.as_str()) },
                }),
            );
            let list = if kind == "Public" { &mut public } else { &mut private };
            list.push(tree!({ "Ref": (id.as_str()) }));
        }
    }
    resources.set(
        &["PublicSubnetRoute"],
        tree!({
            "Type": "AWS::EC2::Route",
            "DependsOn": ["VPCGatewayAttachment"],
            "Properties": {
                "RouteTableId": { "Ref": "PublicRouteTable" },
                "DestinationCidrBlock": "0.0.0.0/0",
                "GatewayId": { "Ref": "InternetGateway" },
            },
        }),
    );
    (public, private)
}

fn role(services: &[&str], policies: &[&str]) -> Value {
    let services: Vec<Value> = services.iter().map(|service| Value::from(*service)).collect();
    let arns: Vec<Value> = policies
        .iter()
        .map(|policy| tree!({ "Fn::Sub": (format!("arn:${{AWS::Partition}}:iam::aws:policy/{policy}")) }))
        .collect();
    tree!({
        "Type": "AWS::IAM::Role",
        "Properties": {
            "AssumeRolePolicyDocument": {
                "Version": "2012-10-17",
                "Statement": [{
                    "Effect": "Allow",
                    "Principal": { "Service": services },
                    "Action": ["sts:AssumeRole", "sts:TagSession"],
                }],
            },
            "ManagedPolicyArns": arns,
        },
    })
}

/// The stack of a managed group.
pub(super) fn group(cluster: &str, version: &str, group: &Group, subnets: &[String]) -> Value {
    let subnets: Vec<Value> = subnets.iter().map(|id| Value::from(id.as_str())).collect();
    let labels = group
        .labels
        .clone()
        .with(&["alpha.eksctl.io/cluster-name"], cluster)
        .with(&["alpha.eksctl.io/nodegroup-name"], group.name.as_str());
    tree!({
        "AWSTemplateFormatVersion": "2010-09-09",
        "Description": "EKS Managed Nodes (SSH access: false) [created by eksctl]",
        "Resources": {
            "NodeInstanceRole": (role(&["ec2.amazonaws.com"], &[
                "AmazonEC2ContainerRegistryPullOnly",
                "AmazonEKSWorkerNodePolicy",
                "AmazonEKS_CNI_Policy",
                "AmazonSSMManagedInstanceCore",
            ])),
            "ManagedNodeGroup": {
                "Type": "AWS::EKS::Nodegroup",
                "Properties": {
                    "ClusterName": cluster,
                    "NodegroupName": (group.name.as_str()),
                    "Version": version,
                    "NodeRole": { "Fn::GetAtt": ["NodeInstanceRole", "Arn"] },
                    "InstanceTypes": [(group.instance.as_str())],
                    "DiskSize": (group.disk),
                    "ScalingConfig": { "MinSize": (group.min), "MaxSize": (group.max), "DesiredSize": (group.desired) },
                    "Subnets": subnets,
                    "Labels": labels,
                },
            },
        },
    })
}

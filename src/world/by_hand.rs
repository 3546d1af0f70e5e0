//! The machines of a cluster that somebody made by hand: instances of the learner's own cloud, in a
//! network of their own. EC2 is asked for them as anybody would ask.

use crate::aws::FIRST_ACCESS_KEY;
use crate::aws::api::Call;
use crate::aws::{Cloud, ResourceKey};
use crate::document::Value;
use crate::sim::{Reason, Turn};
use crate::tree;
use crate::world::World;
use std::rc::Rc;

/// Ubuntu, as the tutorials of kubeadm have it.
const IMAGE: &str = "ami-0c0d02204000b0864";
const KIND: &str = "t3.xlarge";

/// A machine that is to be there: its name, zone and address.
pub(super) struct Machine<'a> {
    pub name: &'a str,
    pub zone: &'a str,
    pub address: &'a str,
}

/// Launches the machines of `cluster`. None where the cloud has refused one, as in another region.
pub(super) fn launch(world: &mut World, cluster: &str, machines: &[Machine<'_>]) -> Option<Vec<ResourceKey>> {
    let region = world.cloud.settings().region.clone();
    let account = world.cloud.settings().account.clone();
    let mut turn = Turn {
        now: world.now,
        journal: &mut world.journal,
        actor: "bootstrap".into(),
        cause: None,
        why: Some(Reason::new("bootstrap")),
    };
    let mut ask = |cloud: &mut Cloud, action: &str, params: Value| {
        cloud.handle(&mut turn, &Call::new(FIRST_ACCESS_KEY, &region, "ec2", action, params)).ok()
    };
    let cloud = &mut world.cloud;
    let named = |kind: &str, name: &str| {
        Value::list([tree!({
            "ResourceType": kind,
            "Tags": [
                { "Key": "Name", "Value": name },
                { "Key": format!("kubernetes.io/cluster/{cluster}"), "Value": "owned" },
            ],
        })])
    };
    let params = tree!({ "CidrBlock": "10.0.0.0/16", "TagSpecifications": (named("vpc", cluster)) });
    let vpc = id(&ask(cloud, "CreateVpc", params)?, &["Vpc", "VpcId"])?;
    let gateway = id(&ask(cloud, "CreateInternetGateway", Value::map())?, &["InternetGateway", "InternetGatewayId"])?;
    ask(cloud, "AttachInternetGateway", tree!({ "InternetGatewayId": &gateway, "VpcId": &vpc }))?;
    let filter = tree!({ "Filters": [{ "Name": "vpc-id", "Values": [(&vpc)] }] });
    let tables = ask(cloud, "DescribeRouteTables", filter)?;
    let table = id(tables.items_at(&["RouteTables"]).first()?, &["RouteTableId"])?;
    let way = tree!({ "RouteTableId": &table, "DestinationCidrBlock": "0.0.0.0/0", "GatewayId": &gateway });
    ask(cloud, "CreateRoute", way)?;
    let mut subnets: Vec<(&str, Rc<str>)> = Vec::new();
    let mut keys = Vec::new();
    for machine in machines {
        let known = subnets.iter().find(|(zone, _)| *zone == machine.zone).map(|(_, id)| id.clone());
        let subnet = match known {
            Some(known) => known,
            None => {
                let block = format!("{}.0/24", machine.address.rsplit_once('.')?.0);
                let params = tree!({ "VpcId": &vpc, "CidrBlock": block, "AvailabilityZone": machine.zone });
                let made = id(&ask(cloud, "CreateSubnet", params)?, &["Subnet", "SubnetId"])?;
                let public = tree!({ "SubnetId": &made, "MapPublicIpOnLaunch": { "Value": true } });
                ask(cloud, "ModifySubnetAttribute", public)?;
                subnets.push((machine.zone, made.clone()));
                made
            }
        };
        let params = tree!({
            "ImageId": IMAGE,
            "InstanceType": KIND,
            "MinCount": 1,
            "MaxCount": 1,
            "SubnetId": &subnet,
            "PrivateIpAddress": machine.address,
            "TagSpecifications": (named("instance", machine.name)),
        });
        let made = ask(cloud, "RunInstances", params)?;
        let id = id(made.items_at(&["Instances"]).first()?, &["InstanceId"])?;
        keys.push(ResourceKey {
            account: account.clone(),
            region: region.clone(),
            kind: "AWS::EC2::Instance".into(),
            id,
        });
    }
    Some(keys)
}

fn id(answer: &Value, path: &[&str]) -> Option<Rc<str>> {
    answer.at(path)?.as_shared()
}

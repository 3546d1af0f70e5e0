//! The addresses that a node's CNI plugin takes out of its subnet.
// Source: Amazon EKS User Guide, "Assign IPs to Pods with the Amazon VPC CNI"; amazon-vpc-cni-k8s, warm pool.

use super::PRINCIPAL;
use crate::aws::api::Caller;
use crate::aws::cloud::{Cloud, ResourceKey};
use crate::aws::ec2::catalog::InstanceType;
use crate::document::Value;
use crate::sim::Turn;
use crate::tree;
use std::rc::Rc;

/// Takes the addresses that an instance's interfaces hold for Pods, or as many as its subnet has.
/// (The real plugin takes them interface by interface, as Pods come.)
pub fn take_pod_addresses(
    cloud: &mut Cloud,
    turn: &mut Turn<'_>,
    instance: &ResourceKey,
    kind: &InstanceType,
    max: i64,
) -> Vec<Rc<str>> {
    let mut context = cloud.context(turn, "eks");
    context.region = instance.region.clone();
    let Some(value) = context.cloud.get(instance).cloned() else { return Vec::new() };
    let signed = Caller::Service { name: PRINCIPAL.into(), account: instance.account.clone(), role: None };
    let mut taken: Vec<Rc<str>> = Vec::new();
    let groups = value.items_at(&["SecurityGroups"]).iter().map(|group| Value::from(group.str_at(&["GroupId"])));
    let groups = Value::list(groups);
    for index in 0..kind.interfaces {
        let room = (kind.addresses - 1).min(max - taken.len() as i64);
        if room <= 0 {
            break;
        }
        let interface = if index == 0 {
            let interfaces = context.list("AWS::EC2::NetworkInterface");
            interfaces.into_iter().map(|(key, it)| (key.id, it)).find(|(_, it)| {
                it.str_at(&["Attachment", "InstanceId"]) == &*instance.id
                    && it.int_at(&["Attachment", "DeviceIndex"]) == Some(0)
            })
        } else {
            let params = tree!({
                "SubnetId": (value.str_at(&["SubnetId"])),
                "Groups": &groups,
                "Description": (format!("aws-K8S-{}", instance.id)),
            });
            let made = context.call_as(signed.clone(), "ec2", "CreateNetworkInterface", params);
            let id: Option<Rc<str>> =
                made.ok().and_then(|made| made.at(&["NetworkInterface", "NetworkInterfaceId"])?.as_shared());
            id.and_then(|id| {
                let params = tree!({ "NetworkInterfaceId": &id, "InstanceId": &instance.id, "DeviceIndex": index });
                let attached = context.call_as(signed.clone(), "ec2", "AttachNetworkInterface", params);
                attached.ok().map(|attached| {
                    // It goes with its instance.
                    // Models amazon-vpc-cni-k8s pkg/awsutils/awsutils.go attachENI
                    let attachment = attached.get("AttachmentId").cloned().unwrap_or_default();
                    let params = tree!({
                        "NetworkInterfaceId": &id,
                        "Attachment": { "AttachmentId": attachment, "DeleteOnTermination": true },
                    });
                    let _ = context.call_as(signed.clone(), "ec2", "ModifyNetworkInterfaceAttribute", params);
                    (id, Value::Null)
                })
            })
        };
        let Some((interface, _)) = interface else { break };
        // As many as there are: a subnet may run out in the middle.
        let mut got = Vec::new();
        for ask in [room, (room + 1) / 2, 1] {
            let params = tree!({ "NetworkInterfaceId": &interface, "SecondaryPrivateIpAddressCount": ask });
            if let Ok(answer) = context.call_as(signed.clone(), "ec2", "AssignPrivateIpAddresses", params) {
                got.extend(
                    answer
                        .items_at(&["AssignedPrivateIpAddresses"])
                        .iter()
                        .filter_map(|it| it.get("PrivateIpAddress")?.as_shared()),
                );
                if got.len() as i64 >= room {
                    break;
                }
            }
        }
        let is_short = (got.len() as i64) < room;
        got.truncate(room as usize);
        taken.extend(got);
        if is_short {
            break;
        }
    }
    taken
}

/// Writes a line to the console of an instance, where `get-console-output` finds it.
pub fn log(cloud: &mut Cloud, turn: &mut Turn<'_>, instance: &ResourceKey, line: &str) {
    let mut context = cloud.context(turn, "eks");
    context.update(instance, crate::sim::Verb::UpdateStatus, |it| {
        let console = format!("{}{line}\n", it.str_at(&["_Console"]));
        it.set(&["_Console"], console);
    });
}

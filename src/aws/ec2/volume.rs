//! EBS volumes.
// Source: Amazon EBS user guide; EC2 API Reference.

use super::kinds::{INSTANCE, VOLUME, nothing, tags_for};
use super::network;
use crate::aws::api::{Answer, Error};
use crate::aws::{Context, required};
use crate::document::Value;
use crate::sim::{Verb, secs};
use crate::tree;
use std::rc::Rc;

fn volume(context: &Context<'_, '_>, size: i64, kind: &str, zone: &str, encrypted: bool) -> Value {
    let mut volume = tree!({
        "Attachments": [], "AvailabilityZone": zone, "CreateTime": context.now_text(), "Encrypted": encrypted, "Size": size,
        "SnapshotId": "", "State": "available", "VolumeType": kind, "MultiAttachEnabled": false,
    });
    if kind == "gp3" {
        volume.set(&["Iops"], 3000);
        volume.set(&["Throughput"], 125);
    } else if kind == "gp2" {
        volume.set(&["Iops"], (size * 3).clamp(100, 16000));
    }
    volume
}

fn attachment(context: &Context<'_, '_>, id: &str, instance: &str, device: &str, goes_along: bool) -> Value {
    tree!({
        "AttachTime": context.now_text(), "Device": device, "InstanceId": instance, "State": "attached", "VolumeId": id,
        "DeleteOnTermination": goes_along,
    })
}

/// The volumes of a new instance: those of its image, as the launch changes and adds to them.
/// Returns the instance's block device mappings.
pub fn for_instance(context: &mut Context<'_, '_>, instance: &str, zone: &str, image: &Value, params: &Value) -> Value {
    let mut wanted: Vec<Value> = image.items_at(&["BlockDeviceMappings"]).to_vec();
    for mapping in params.items_at(&["BlockDeviceMappings"]) {
        match wanted.iter_mut().find(|old| old.get("DeviceName") == mapping.get("DeviceName")) {
            Some(old) => {
                for (member, value) in mapping.get("Ebs").into_iter().flat_map(Value::entries) {
                    old.set(&["Ebs", member], value);
                }
            }
            None => wanted.push(mapping.clone()),
        }
    }
    let mut rows = Vec::new();
    for mapping in wanted {
        let ebs = mapping.get("Ebs").cloned().unwrap_or_default();
        let kind = if ebs.str_at(&["VolumeType"]).is_empty() { "gp2" } else { ebs.str_at(&["VolumeType"]) };
        let size = ebs.int_at(&["VolumeSize"]).unwrap_or(8);
        let goes_along = ebs.get("DeleteOnTermination").and_then(Value::as_bool).unwrap_or(true);
        let device = mapping.str_at(&["DeviceName"]);
        let mut made = volume(context, size, kind, zone, ebs.is_true_at(&["Encrypted"]));
        made.set(&["State"], "in-use");
        let id = VOLUME.make(context, made, params);
        let row = attachment(context, &id, instance, device, goes_along);
        VOLUME.change(context, &id, &["Attachments"], Value::list([row]));
        let key = context.key(VOLUME.kind, &id);
        context.update(&key, Verb::Update, |it| drop(it.remove(&["OwnerId"])));
        rows.push(tree!({
            "DeviceName": device,
            "Ebs": { "AttachTime": context.now_text(), "DeleteOnTermination": goes_along, "Status": "attached", "VolumeId": id },
        }));
    }
    Value::list(rows)
}

/// An instance ends: its volumes go along, or are free.
pub fn leave(context: &mut Context<'_, '_>, instance: &str) {
    let own: Vec<(Rc<str>, bool)> = VOLUME
        .with(context, "Attachments.InstanceId", instance)
        .map(|(id, it)| (id, it.items_at(&["Attachments"]).iter().any(|it| it.is_true_at(&["DeleteOnTermination"]))))
        .collect();
    for (id, goes_along) in own {
        if goes_along { VOLUME.delete(context, &id) } else { free(context, &id) }
    }
}

fn free(context: &mut Context<'_, '_>, id: &str) {
    let key = context.key(VOLUME.kind, id);
    context.update(&key, Verb::Update, |it| {
        it.set(&["Attachments"], Value::list([]));
        it.set(&["State"], "available");
    });
}

pub fn create(context: &mut Context<'_, '_>, params: &Value) -> Answer {
    let zone = required(params, "AvailabilityZone")?;
    if !network::zones(context).iter().any(|known| **known == *zone) {
        return Err(Error::new("InvalidZone.NotFound", format!("The zone '{zone}' does not exist.")));
    }
    let Some(size) = params.int_at(&["Size"]) else {
        return Err(Error::new("MissingParameter", "The request must contain the parameter size/snapshot"));
    };
    let kind = if params.str_at(&["VolumeType"]).is_empty() { "gp2" } else { params.str_at(&["VolumeType"]) };
    if !matches!(kind, "gp2" | "gp3" | "io1" | "io2" | "st1" | "sc1" | "standard") {
        return Err(Error::new("UnknownVolumeType", format!("Unsupported volume type '{kind}' for volume creation.")));
    }
    let mut made = volume(context, size, kind, zone, params.is_true_at(&["Encrypted"]));
    for member in ["Iops", "Throughput"] {
        if let Some(value) = params.get(member) {
            made.set(&[member], value);
        }
    }
    made.set(&["State"], "creating");
    let id = VOLUME.make(context, made, params);
    let key = context.key(VOLUME.kind, &id);
    context.update(&key, Verb::Update, |it| {
        it.remove(&["OwnerId"]);
        it.set(&["Tags"], tags_for(params, "volume"));
    });
    context.schedule(secs(3), "ec2", "available", &key);
    VOLUME.find(context, &id)
}

/// A volume can be used.
pub fn ready(context: &mut Context<'_, '_>, id: &str) {
    if context.get(VOLUME.kind, id).is_some_and(|it| it.str_at(&["State"]) == "creating") {
        VOLUME.change(context, id, &["State"], "available");
    }
}

pub fn delete(context: &mut Context<'_, '_>, params: &Value) -> Answer {
    let (id, volume) = VOLUME.named(context, params, "VolumeId")?;
    if let Some(by) = volume.items_at(&["Attachments"]).first() {
        let message = format!("Volume {id} is currently attached to {}", by.str_at(&["InstanceId"]));
        return Err(Error::new("VolumeInUse", message));
    }
    VOLUME.delete(context, &id);
    nothing()
}

pub fn attach(context: &mut Context<'_, '_>, params: &Value) -> Answer {
    let (id, volume) = VOLUME.named(context, params, "VolumeId")?;
    let (instance_id, instance) = INSTANCE.named(context, params, "InstanceId")?;
    let device = required(params, "Device")?;
    if volume.str_at(&["State"]) != "available" {
        let message = format!("{id} is already attached to an instance");
        return Err(Error::new("VolumeInUse", message));
    }
    let zone = instance.str_at(&["Placement", "AvailabilityZone"]);
    if volume.str_at(&["AvailabilityZone"]) != zone {
        let message = format!("The volume '{id}' is not in the same availability zone as instance '{instance_id}'");
        return Err(Error::new("InvalidVolume.ZoneMismatch", message));
    }
    let row = attachment(context, &id, &instance_id, device, false);
    let key = context.key(VOLUME.kind, &id);
    context.update(&key, Verb::Update, |it| {
        it.set(&["Attachments"], Value::list([row.clone()]));
        it.set(&["State"], "in-use");
    });
    let mapping = tree!({
        "DeviceName": device,
        "Ebs": { "AttachTime": context.now_text(), "DeleteOnTermination": false, "Status": "attached", "VolumeId": id },
    });
    let key = context.key(INSTANCE.kind, &instance_id);
    context.update(&key, Verb::Update, |it| it.at_mut(&["BlockDeviceMappings"]).items_mut().push(mapping));
    Ok(row.with(&["State"], "attaching"))
}

pub fn detach(context: &mut Context<'_, '_>, params: &Value) -> Answer {
    let (id, volume) = VOLUME.named(context, params, "VolumeId")?;
    let Some(row) = volume.items_at(&["Attachments"]).first().cloned() else {
        return Err(Error::new("IncorrectState", format!("Volume '{id}' is in the 'available' state.")));
    };
    free(context, &id);
    let key = context.key(INSTANCE.kind, row.str_at(&["InstanceId"]));
    context.update(&key, Verb::Update, |it| {
        it.at_mut(&["BlockDeviceMappings"]).items_mut().retain(|it| it.str_at(&["Ebs", "VolumeId"]) != &*id);
    });
    Ok(row.with(&["State"], "detaching"))
}

pub fn modify(context: &mut Context<'_, '_>, params: &Value) -> Answer {
    let (id, volume) = VOLUME.named(context, params, "VolumeId")?;
    let size = params.int_at(&["Size"]).or(volume.int_at(&["Size"])).unwrap_or_default();
    if size < volume.int_at(&["Size"]).unwrap_or_default() {
        let message = "New size cannot be smaller than existing size";
        return Err(Error::new("InvalidParameterValue", message));
    }
    VOLUME.change(context, &id, &["Size"], size);
    if let Some(kind) = params.get("VolumeType") {
        VOLUME.change(context, &id, &["VolumeType"], kind);
    }
    Ok(tree!({ "VolumeModification": {
        "VolumeId": id, "ModificationState": "modifying", "TargetSize": size,
        "OriginalSize": volume.get("Size"), "Progress": 0, "StartTime": context.now_text(),
    } }))
}

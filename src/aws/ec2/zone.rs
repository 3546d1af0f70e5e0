//! Availability zones, and what happens when one fails.
//!
//! A zone that fails takes its instances with it: they answer nobody, and their status checks say
//! so. Nothing can be started there until the zone is back.

use super::kinds::{INSTANCE, along, is_like};
use crate::aws::api::{Answer, Error};
use crate::aws::{Cloud, Context};
use crate::document::Value;
use crate::sim::{Reason, Turn, Verb};
use crate::tree;
use std::rc::Rc;

/// The kind under which the state of a zone is kept.
pub const KIND: &str = "AWS::EC2::AvailabilityZone";

/// The zones that each region has for everybody.
// Source: AWS Global Infrastructure; `describe-availability-zones` in each region.
pub fn names(region: &str) -> Vec<Rc<str>> {
    let letters = match region {
        "us-east-1" => "abcdef",
        "ap-northeast-2" | "us-west-2" => "abcd",
        "ap-northeast-1" => "acd",
        _ => "abc",
    };
    letters.chars().map(|letter| format!("{region}{letter}").into()).collect()
}

/// The id of a zone, which is the same in every account.
// Source: AWS RAM user guide, "Availability Zone IDs for your AWS resources".
pub fn id(zone: &str) -> Rc<str> {
    let (region, letter) = zone.split_at(zone.len().saturating_sub(1));
    let number = letter.bytes().next().map_or(0, |letter| letter.wrapping_sub(b'a') + 1);
    let mut parts = region.split('-');
    let (area, side, nth) =
        (parts.next().unwrap_or_default(), parts.next().unwrap_or_default(), parts.next().unwrap_or_default());
    let side = match side {
        "northeast" => "ne",
        "southeast" => "se",
        "northwest" => "nw",
        "central" => "c",
        other => other.get(..1).unwrap_or_default(),
    };
    format!("{area}{side}{nth}-az{number}").into()
}

/// Whether a zone has failed.
pub fn is_down(cloud: &Cloud, account: &str, zone: &str) -> bool {
    let region = zone.get(..zone.len().saturating_sub(1)).unwrap_or_default();
    cloud
        .of_kind(account, region, KIND)
        .any(|(key, value)| *key.id == *zone && value.str_at(&["State"]) == "unavailable")
}

/// `DescribeAvailabilityZones`.
pub fn describe(context: &mut Context<'_, '_>, params: &Value) -> Answer {
    let wanted = super::kinds::texts(params, "ZoneNames");
    let mut zones = Vec::new();
    let all = names(&context.region);
    if let Some(wrong) = wanted.iter().find(|zone| !all.contains(zone)) {
        return Err(Error::new("InvalidParameterValue", format!("Invalid availability zone: [{wrong}]")));
    }
    for zone in all {
        let is_down = is_down(context.cloud, &context.caller.account, &zone);
        let row = tree!({
            "State": if is_down { "unavailable" } else { "available" }, "OptInStatus": "opt-in-not-required",
            "Messages": [], "RegionName": context.region.clone(), "ZoneName": zone.clone(), "ZoneId": id(&zone),
            "GroupName": context.region.clone(), "NetworkBorderGroup": context.region.clone(),
            "ZoneType": "availability-zone",
        });
        let fits = |filter: &Value| {
            let path = match filter.str_at(&["Name"]) {
                "zone-name" => "ZoneName",
                "zone-id" => "ZoneId",
                "state" => "State",
                "region-name" => "RegionName",
                "zone-type" => "ZoneType",
                "opt-in-status" => "OptInStatus",
                _ => return false,
            };
            let has = along(&row, path);
            filter
                .items_at(&["Values"])
                .iter()
                .filter_map(Value::as_str)
                .any(|it| has.iter().any(|has| is_like(has, it)))
        };
        if (wanted.is_empty() || wanted.contains(&zone)) && params.items_at(&["Filters"]).iter().all(fits) {
            zones.push(row);
        }
    }
    Ok(tree!({ "AvailabilityZones": Value::list(zones) }))
}

/// `DescribeRegions`: the ones that the simulation knows.
pub fn regions(_context: &mut Context<'_, '_>, params: &Value) -> Answer {
    let wanted = super::kinds::texts(params, "RegionNames");
    let all = [
        "ap-northeast-1",
        "ap-northeast-2",
        "ap-southeast-1",
        "eu-central-1",
        "eu-west-1",
        "us-east-1",
        "us-east-2",
        "us-west-2",
    ];
    let rows = all.iter().filter(|name| wanted.is_empty() || wanted.iter().any(|it| **it == ***name)).map(|name| {
        tree!({ "Endpoint": format!("ec2.{name}.amazonaws.com"), "RegionName": *name, "OptInStatus": "opt-in-not-required" })
    });
    Ok(tree!({ "Regions": Value::list(rows) }))
}

impl Cloud {
    /// A zone fails, or is back. Instances in it stop answering; nothing else is told.
    pub fn set_zone(&mut self, turn: &mut Turn<'_>, zone: &str, is_down: bool) {
        let why = Reason::new(if is_down { "zone-fails" } else { "zone-returns" }).with("zone", zone);
        let mut context = self.context(turn, "ec2");
        context.region = zone.get(..zone.len().saturating_sub(1)).unwrap_or_default().into();
        let outer = context.turn.why.replace(why);
        let key = context.key(KIND, zone);
        let state = tree!({ "ZoneName": zone, "State": if is_down { "unavailable" } else { "available" } });
        let entry = context.put(key, state, Verb::Break);
        let cause = context.turn.cause.replace(entry);
        let inside: Vec<Rc<str>> =
            INSTANCE.with(&context, "Placement.AvailabilityZone", zone).map(|(id, _)| id).collect();
        for id in inside {
            let key = context.key(INSTANCE.kind, &id);
            context.update(&key, Verb::UpdateStatus, |instance| instance.set(&["_Impaired"], is_down));
        }
        (context.turn.cause, context.turn.why) = (cause, outer);
    }
}

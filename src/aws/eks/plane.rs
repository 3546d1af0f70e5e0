//! The members of a control plane: three etcd members and two API servers over three zones, in
//! EKS's own account, watched and replaced.
// Source: Amazon EKS User Guide, "Amazon EKS architecture" and "Resilience in Amazon EKS".

use super::CLUSTER;
use crate::aws::cloud::{Cloud, ResourceKey};
use crate::aws::context::Context;
use crate::document::Value;
use crate::sim::{Reason, SimTime, Turn, Verb, secs};
use crate::tree;
use std::rc::Rc;

/// How often EKS looks at its members. Assumption: the guide says only that it does.
const LOOKS: SimTime = secs(60);
/// How long a new member takes. Assumption.
const REPLACING: SimTime = secs(240);

/// When EKS begins with a patch after it is published, and the pause between two members. Assumptions.
const PATCHES: SimTime = secs(600);
const BETWEEN: SimTime = secs(60);

/// One member.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Member {
    /// Its name, for example `etcd-1`.
    pub name: Rc<str>,
    /// `etcd` or `kube-apiserver`.
    pub part: Rc<str>,
    /// Its zone.
    pub zone: Rc<str>,
    /// `running`, `failed` (nobody has noticed), `replacing`.
    pub state: Rc<str>,
    /// How often it has been replaced.
    pub replaced: i64,
}

/// The members of a cluster's control plane.
#[must_use]
pub fn members(cluster: &Value) -> Vec<Member> {
    let read = |item: &Value| Member {
        name: item.str_at(&["name"]).into(),
        part: item.str_at(&["part"]).into(),
        zone: item.str_at(&["zone"]).into(),
        state: item.str_at(&["state"]).into(),
        replaced: item.int_at(&["replaced"]).unwrap_or_default(),
    };
    cluster.items_at(&["_members"]).iter().map(read).collect()
}

pub(super) fn members_of_new(context: &Context<'_, '_>, _name: &str) -> Value {
    let zone = |letter: &str| format!("{}{letter}", context.region);
    let etcd = ["a", "b", "c"].iter().zip(1_i64..).map(|(letter, number)| member("etcd", number, &zone(letter)));
    let api = ["a", "b"].iter().zip(1_i64..).map(|(letter, number)| member("kube-apiserver", number, &zone(letter)));
    Value::list(etcd.chain(api))
}

fn member(part: &str, number: i64, zone: &str) -> Value {
    tree!({ "name": (format!("{part}-{number}")), "part": part, "zone": zone, "state": "running", "replaced": 0 })
}

/// EKS begins to look after its members.
pub(super) fn begin(context: &mut Context<'_, '_>, key: &ResourceKey) {
    context.schedule_background(LOOKS, "eks", "detect", key);
}

/// A look: whatever has failed is being replaced from now on, in a zone that works.
pub(super) fn detect(context: &mut Context<'_, '_>, key: &ResourceKey) {
    let Some(cluster) = context.cloud.get(key).cloned() else { return };
    begin(context, key);
    let failed: Vec<Member> = members(&cluster).into_iter().filter(|it| &*it.state == "failed").collect();
    if failed.is_empty() {
        return;
    }
    for member in &failed {
        let reason =
            Reason::new("eks-member-detected").with("member", member.name.clone()).with("zone", member.zone.clone());
        context.turn.why = Some(reason);
        set(context, key, &member.name, |it| it.set(&["state"], "replacing"));
    }
    context.schedule(REPLACING, "eks", "replaced", key);
}

/// The new members are there.
pub(super) fn replace(context: &mut Context<'_, '_>, key: &ResourceKey) {
    let Some(cluster) = context.cloud.get(key).cloned() else { return };
    let out: Vec<Rc<str>> = cluster.items_at(&["_zonesOut"]).iter().filter_map(Value::as_shared).collect();
    let all = members(&cluster);
    let patch = cluster.int_at(&["_patch"]).unwrap_or_default();
    for member in all.iter().filter(|it| &*it.state == "replacing") {
        let zone = new_zone(&context.region, &all, member, &out);
        let reason = Reason::new("eks-member-replaced").with("member", member.name.clone()).with("zone", zone.clone());
        context.turn.why = Some(reason);
        set(context, key, &member.name, |it| {
            it.set(&["state"], "running");
            it.set(&["zone"], zone);
            it.set(&["replaced"], it.int_at(&["replaced"]).unwrap_or_default() + 1);
            // What is new is of the newest.
            it.set(&["patch"], patch);
        });
    }
    if patch > 0 {
        context.schedule(BETWEEN, "eks", "patch", key);
    }
}

/// A patch of the API server is published: EKS is going to bring it to every cluster.
pub fn publish_patch(cloud: &mut Cloud, turn: &mut Turn<'_>) {
    each_cluster(cloud, turn, |context, key, cluster| {
        let patch = cluster.int_at(&["_patch"]).unwrap_or_default() + 1;
        context.update(key, Verb::UpdateStatus, |it| it.set(&["_patch"], patch));
        context.schedule(PATCHES, "eks", "patch", key);
    });
}

/// The next API server that has not got the patch is replaced, while another runs.
pub(super) fn patch(context: &mut Context<'_, '_>, key: &ResourceKey) {
    let Some(cluster) = context.cloud.get(key).cloned() else { return };
    let wanted = cluster.int_at(&["_patch"]).unwrap_or_default();
    let servers: Vec<&Value> =
        cluster.items_at(&["_members"]).iter().filter(|it| it.str_at(&["part"]) == "kube-apiserver").collect();
    let old = servers.iter().find(|it| it.int_at(&["patch"]).unwrap_or_default() < wanted);
    let Some(old) = old else {
        let (name, number) = cluster.str_at(&["platformVersion"]).split_once('.').unwrap_or(("eks", "1"));
        let next = format!("{name}.{}", number.parse::<i64>().unwrap_or_default() + 1);
        if cluster.int_at(&["_patched"]).unwrap_or_default() < wanted {
            context.turn.why = Some(Reason::new("eks-patched").with("version", next.clone()));
            context.update(key, Verb::UpdateStatus, |it| {
                it.set(&["platformVersion"], next);
                it.set(&["_patched"], wanted);
            });
        }
        return;
    };
    let name: Rc<str> = old.str_at(&["name"]).into();
    let others =
        servers.iter().filter(|it| it.str_at(&["name"]) != &*name && it.str_at(&["state"]) == "running").count();
    if old.str_at(&["state"]) != "running" || others == 0 {
        context.schedule(BETWEEN, "eks", "patch", key);
        return;
    }
    context.turn.why = Some(Reason::new("eks-member-patching").with("member", name.clone()));
    set(context, key, &name, |it| it.set(&["state"], "replacing"));
    context.schedule(REPLACING, "eks", "replaced", key);
}

/// The zone that works and has fewest of the same part; its own, if that works.
fn new_zone(region: &str, all: &[Member], member: &Member, out: &[Rc<str>]) -> String {
    if !out.contains(&member.zone) {
        return member.zone.to_string();
    }
    let zones = ["a", "b", "c"].map(|letter| format!("{region}{letter}"));
    let count = |zone: &str| all.iter().filter(|it| it.part == member.part && *it.zone == *zone).count();
    let works = zones.into_iter().filter(|zone| !out.iter().any(|it| **it == **zone));
    works.min_by_key(|zone| count(zone)).unwrap_or_else(|| member.zone.to_string())
}

fn set(context: &mut Context<'_, '_>, key: &ResourceKey, name: &str, change: impl FnOnce(&mut Value)) {
    context.update(key, Verb::UpdateStatus, |cluster| {
        let members = cluster.at_mut(&["_members"]).items_mut();
        if let Some(member) = members.iter_mut().find(|it| it.str_at(&["name"]) == name) {
            change(member);
        }
    });
}

/// Somebody breaks a member. Returns whether there is one with this name.
pub fn fail_member(cloud: &mut Cloud, turn: &mut Turn<'_>, key: &ResourceKey, name: &str) -> bool {
    let known = cloud.get(key).is_some_and(|cluster| members(cluster).iter().any(|it| *it.name == *name));
    let mut context = cloud.context(turn, "eks");
    context.region = key.region.clone();
    set(&mut context, key, name, |it| it.set(&["state"], "failed"));
    known
}

/// A zone goes out: every member there fails.
pub fn fail_zone(cloud: &mut Cloud, turn: &mut Turn<'_>, zone: &str) {
    each_cluster(cloud, turn, |context, key, cluster| {
        let there: Vec<Member> = members(cluster).into_iter().filter(|it| *it.zone == *zone).collect();
        context.update(key, Verb::UpdateStatus, |it| {
            let mut out: Vec<Value> = it.items_at(&["_zonesOut"]).to_vec();
            if !out.iter().any(|known| known.as_str() == Some(zone)) {
                out.push(zone.into());
            }
            it.set(&["_zonesOut"], out);
        });
        for member in there {
            set(context, key, &member.name, |it| it.set(&["state"], "failed"));
        }
    });
}

/// A zone works again.
pub fn mend_zone(cloud: &mut Cloud, turn: &mut Turn<'_>, zone: &str) {
    each_cluster(cloud, turn, |context, key, _| {
        context.update(key, Verb::UpdateStatus, |it| {
            let out = it.items_at(&["_zonesOut"]).iter().filter(|known| known.as_str() != Some(zone)).cloned();
            let out = Value::list(out.collect::<Vec<_>>());
            it.set(&["_zonesOut"], out);
        });
    });
}

fn each_cluster(
    cloud: &mut Cloud,
    turn: &mut Turn<'_>,
    mut act: impl FnMut(&mut Context<'_, '_>, &ResourceKey, &Value),
) {
    let clusters: Vec<(ResourceKey, Value)> = cloud
        .iter()
        .filter(|(key, _)| &*key.kind == CLUSTER)
        .map(|(key, value)| (key.clone(), value.clone()))
        .collect();
    for (key, value) in clusters {
        let mut context = cloud.context(turn, "eks");
        context.region = key.region.clone();
        act(&mut context, &key, &value);
    }
}

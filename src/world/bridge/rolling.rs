//! A managed node group goes to another version: more machines, then node by node a drain that asks
//! before it evicts, a minute's wait and the machine's end, then as many machines as before.
// Source: Amazon EKS User Guide, "Understand each phase of node updates".

use super::{Due, Joining};
use crate::aws::api::{Call, Caller};
use crate::aws::{ResourceKey, eks};
use crate::document::Value;
use crate::kube::Outcome;
use crate::kube::api::{Key, Object, PatchType, Request, Resource, User, Verb, meta};
use crate::kube::why::Why;
use crate::sim::{Reason, SimTime, Turn, secs};
use crate::tree;
use crate::world::World;
use std::rc::Rc;

/// How often it is looked how far things are.
const LOOKS: SimTime = secs(5);
/// A node whose Pods have not left by then ends the update.
const DRAIN_MAX: SimTime = secs(15 * 60);
/// After a node is empty EKS waits this long before the machine ends.
const WAITS: SimTime = secs(60);
/// New machines have to be nodes by then.
const JOIN_MAX: SimTime = secs(15 * 60);

/// How far the update of a group is.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(super) struct Roll {
    began: SimTime,
    /// The instances that were there before and are still to go.
    old: Vec<Rc<str>>,
    /// Those being emptied: since when, and since when they are empty.
    current: Vec<(Rc<str>, SimTime, Option<SimTime>)>,
    /// The sizes of the group before: least, most, wanted.
    sizes: (i64, i64, i64),
    /// How many are emptied at once.
    at_once: usize,
    /// Whether Pods that do not leave are ended.
    is_forced: bool,
    /// Whether every node that was there before is gone.
    is_shrinking: bool,
}

fn user() -> User {
    User::new("eks:node-manager", &["system:masters", "system:authenticated"])
}

impl World {
    /// A node group whose version is to change.
    pub(super) fn follow_update(&mut self, key: &ResourceKey, group: &Value) {
        if group.str_at(&["status"]) != "UPDATING"
            || group.str_at(&["_next"]).is_empty()
            || self.bridge.rolls.get(key).is_some()
        {
            return;
        }
        let Some(scaling) = self.scaling_of(key, group) else { return };
        let size = |member: &str| scaling.int_at(&[member]).unwrap_or_default();
        let old: Vec<Rc<str>> =
            scaling.items_at(&["Instances"]).iter().map(|it| it.str_at(&["InstanceId"]).into()).collect();
        let wanted = size("DesiredCapacity");
        let asked = group.at(&["updateConfig"]);
        let number = |name: &str| asked.and_then(|it| it.int_at(&[name]));
        let at_once = number("maxUnavailablePercentage")
            .map(|percent| wanted * percent / 100)
            .or(number("maxUnavailable"))
            .unwrap_or(1)
            .max(1);
        let zones = i64::try_from(scaling.items_at(&["AvailabilityZones"]).len()).unwrap_or(1).max(1);
        let more = (2 * zones).max(at_once);
        let roll = Roll {
            began: self.now,
            old,
            current: Vec::new(),
            sizes: (size("MinSize"), size("MaxSize"), wanted),
            at_once: usize::try_from(at_once).unwrap_or(1),
            is_forced: group.is_true_at(&["_force"]),
            is_shrinking: false,
        };
        // A new version of the launch template has the image of the new version; new machines are of it.
        let name = group.str_at(&["_id"]);
        let image = eks::image_of(group.str_at(&["_next"]));
        let params = tree!({
            "LaunchTemplateName": name, "SourceVersion": "$Latest", "LaunchTemplateData": { "ImageId": image },
        });
        self.as_eks(key, "ec2", "CreateLaunchTemplateVersion", params);
        let params = tree!({
            "AutoScalingGroupName": name, "LaunchTemplate": { "LaunchTemplateName": name, "Version": "$Latest" },
            "MaxSize": (size("MaxSize") + more), "DesiredCapacity": (wanted + more),
        });
        self.as_eks(key, "autoscaling", "UpdateAutoScalingGroup", params);
        self.bridge.rolls.insert_mut(key.clone(), roll);
        self.bridge.agenda.schedule(self.now + LOOKS, Due::Roll(key.clone()));
    }

    /// A call that EKS makes in the account as itself.
    fn as_eks(&mut self, key: &ResourceKey, service: &str, action: &str, params: Value) {
        let caller = Caller::Service { name: "eks.amazonaws.com".into(), account: key.account.clone(), role: None };
        let call = Call { caller, region: key.region.clone(), service: service.into(), action: action.into(), params };
        let mut turn = Turn { now: self.now, journal: &mut self.journal, actor: "eks".into(), cause: None, why: None };
        // What is gone by now need not be done.
        let _ = self.cloud.handle(&mut turn, &call);
    }

    /// The Auto Scaling group behind a node group.
    fn scaling_of(&self, key: &ResourceKey, group: &Value) -> Option<Value> {
        let key = ResourceKey {
            kind: "AWS::AutoScaling::AutoScalingGroup".into(),
            id: group.str_at(&["_id"]).into(),
            ..key.clone()
        };
        self.cloud.get(&key).cloned()
    }

    /// The cluster and the node that an instance is.
    fn node_of(&self, key: &ResourceKey, instance: &str) -> Option<(Rc<str>, Key)> {
        let at = ResourceKey { kind: "AWS::EC2::Instance".into(), id: instance.into(), ..key.clone() };
        match self.bridge.joining.get(&at)? {
            Joining::Node { server, node } => Some((server.clone(), Key::new(Resource::NODES, "", node.clone()))),
            _ => None,
        }
    }

    /// A look at how far an update is.
    pub(super) fn roll(&mut self, key: &ResourceKey) {
        let (Some(mut roll), Some(group)) = (self.bridge.rolls.get(key).cloned(), self.cloud.get(key).cloned()) else {
            self.bridge.rolls.remove_mut(key);
            return;
        };
        let Some(scaling) = self.scaling_of(key, &group) else { return };
        let now = self.now;
        let all: Vec<Rc<str>> =
            scaling.items_at(&["Instances"]).iter().map(|it| it.str_at(&["InstanceId"]).into()).collect();
        let is_ready = |world: &Self, id: &Rc<str>| {
            world
                .node_of(key, id)
                .and_then(|(server, node)| world.object(&server, &node))
                .is_some_and(|node| meta::is_condition_true(&node, "Ready"))
        };
        let fresh: Vec<Rc<str>> = all.iter().filter(|id| !roll.old.contains(id)).cloned().collect();
        if !roll.is_shrinking && roll.current.is_empty() && roll.old.len() == all.len().min(roll.old.len()) {
            let ready = fresh.iter().filter(|id| is_ready(self, id)).count();
            let wanted =
                scaling.int_at(&["DesiredCapacity"]).and_then(|it| usize::try_from(it).ok()).unwrap_or_default();
            if fresh.len() + roll.old.len() < wanted || ready < fresh.len() {
                if now.since(roll.began) > JOIN_MAX {
                    return self.end_roll(
                        key,
                        &group,
                        &roll,
                        Some((
                            "NodeCreationFailure",
                            "Couldn't proceed with upgrade process as new nodes are not joining node group",
                            "",
                        )),
                    );
                }
                self.bridge.agenda.schedule(now + LOOKS, Due::Roll(key.clone()));
                return;
            }
        }
        // Machines that are gone are done with.
        roll.current.retain(|(id, ..)| all.contains(id));
        if !roll.is_shrinking {
            roll.old.retain(|id| all.contains(id) || roll.current.iter().any(|(known, ..)| known == id));
            while roll.current.len() < roll.at_once {
                let next = roll.old.iter().find(|id| !roll.current.iter().any(|(known, ..)| known == *id)).cloned();
                let Some(next) = next else { break };
                self.cordon(key, &next);
                roll.current.push((next, now, None));
            }
            roll.is_shrinking = roll.old.is_empty();
        }
        if roll.is_shrinking && roll.current.is_empty() {
            let wanted = usize::try_from(roll.sizes.2).unwrap_or_default();
            match all.last().filter(|_| all.len() > wanted).cloned() {
                Some(next) => {
                    self.cordon(key, &next);
                    roll.current.push((next, now, None));
                }
                None => return self.end_roll(key, &group, &roll, None),
            }
        }
        for index in 0..roll.current.len() {
            let Some((id, since, empty)) = roll.current.get(index).cloned() else { continue };
            let Some((server, node)) = self.node_of(key, &id) else { continue };
            match empty {
                None if self.drain(&server, &node, roll.is_forced && now.since(since) > DRAIN_MAX) => {
                    if let Some(row) = roll.current.get_mut(index) {
                        row.2 = Some(now);
                    }
                }
                None if now.since(since) > DRAIN_MAX && !roll.is_forced => {
                    let message = "Reached max retries while trying to evict pods from nodes in node group";
                    return self.end_roll(key, &group, &roll, Some(("PodEvictionFailure", message, &node.name)));
                }
                Some(at) if now.since(at) >= WAITS => {
                    let params = tree!({ "InstanceId": &id, "ShouldDecrementDesiredCapacity": true });
                    self.as_eks(key, "autoscaling", "TerminateInstanceInAutoScalingGroup", params);
                    roll.old.retain(|known| *known != id);
                    // It has been told to end; it is not told twice.
                    if let Some(row) = roll.current.get_mut(index) {
                        row.2 = Some(SimTime(u64::MAX));
                    }
                }
                _ => {}
            }
        }
        self.bridge.rolls.insert_mut(key.clone(), roll);
        self.bridge.agenda.schedule(now + LOOKS, Due::Roll(key.clone()));
    }

    fn set_unschedulable(&mut self, key: &ResourceKey, instance: &str, is_closed: bool) {
        let Some((server, node)) = self.node_of(key, instance) else { return };
        let body = tree!({ "spec": { "unschedulable": if is_closed { Value::Bool(true) } else { Value::Null } } });
        let mut outcome = Outcome::settled();
        outcome.request(Request::new(user(), Verb::Patch(PatchType::Merge), &node).with_body(body), Why::Observed);
        self.carry(&server, "eks-node-manager", &user(), outcome);
    }

    fn cordon(&mut self, key: &ResourceKey, instance: &str) {
        self.set_unschedulable(key, instance, true);
    }

    /// Asks the Pods of a node to leave; whether all have left.
    // Models k8s.io/kubectl/pkg/drain: what a DaemonSet keeps stays
    fn drain(&mut self, server: &Rc<str>, node: &Key, ends: bool) -> bool {
        let Some(site) = self.sites.get(server) else { return true };
        let stays = |pod: &Object| {
            meta::controller_of(pod).is_some_and(|owner| owner.str_at(&["kind"]) == "DaemonSet")
                || matches!(pod.str_at(&["status", "phase"]), "Succeeded" | "Failed")
        };
        let pods = site.cluster.etcd().iter().filter(|(key, _)| key.resource == Resource::PODS);
        let left: Vec<(Key, bool)> = pods
            .filter(|(_, pod)| pod.str_at(&["spec", "nodeName"]) == &*node.name && !stays(pod))
            .map(|(key, pod)| (key.clone(), meta::is_deleting(pod)))
            .collect();
        for (pod, _) in left.iter().filter(|(_, is_leaving)| !is_leaving) {
            let request = if ends {
                Request::new(user(), Verb::Delete, pod)
            } else {
                let body = tree!({
                    "apiVersion": "policy/v1",
                    "kind": "Eviction",
                    "metadata": { "name": &pod.name, "namespace": &pod.namespace },
                });
                Request::new(user(), Verb::Create, pod).on("eviction").with_body(body)
            };
            // A budget may say no; it is asked again at the next look.
            let _ = self.ask(server, &"eks-node-manager".into(), &request);
        }
        left.is_empty()
    }

    /// The update is through, or has failed and is taken back.
    fn end_roll(&mut self, key: &ResourceKey, group: &Value, roll: &Roll, failure: Option<(&str, &str, &str)>) {
        self.bridge.rolls.remove_mut(key);
        let (least, most, wanted) = roll.sizes;
        if failure.is_some() {
            for id in &roll.old {
                self.set_unschedulable(key, id, false);
            }
            // What is new goes again; what was there stays.
            let scaling = self.scaling_of(key, group).unwrap_or_default();
            for row in scaling.items_at(&["Instances"]) {
                let id = row.str_at(&["InstanceId"]);
                if !roll.old.iter().any(|old| **old == *id) {
                    let params = tree!({ "InstanceId": id, "ShouldDecrementDesiredCapacity": true });
                    self.as_eks(key, "autoscaling", "TerminateInstanceInAutoScalingGroup", params);
                }
            }
        }
        let params = tree!({
            "AutoScalingGroupName": (group.str_at(&["_id"])), "MinSize": least, "MaxSize": most, "DesiredCapacity": wanted,
        });
        self.as_eks(key, "autoscaling", "UpdateAutoScalingGroup", params);
        let why = Some(Reason::new("eks-updated").with("type", "VersionUpdate"));
        let mut turn = Turn { now: self.now, journal: &mut self.journal, actor: "eks".into(), cause: None, why };
        eks::end_group_update(&mut self.cloud, &mut turn, key, failure);
    }
}

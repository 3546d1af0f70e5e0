//! The bridge between the cloud and Kubernetes, as a cloud-controller-manager is upstream.
//!
//! A control plane that EKS has made becomes a cluster without nodes (`install` has what EKS puts
//! into it). An instance whose user data says so knocks at the cluster's endpoint (`join`): it
//! becomes a node, or stays outside with the reason. `identity` says who an IAM principal is to a
//! cluster, `credentials` who a Pod is to AWS. `clusters` hears of what changes in a cluster and lets the
//! cloud's controllers look at it: `balancer` makes load balancers, `volume` disks. `rolling` takes node
//! groups to another version.
//!
//! Invariant: this is the only place that knows both. Into the cloud it goes through the door, into
//! a cluster through its API server or as its kubelets' machines.

mod balancer;
mod clusters;
mod credentials;
mod identity;
mod ingress;
mod install;
mod join;
mod rolling;
mod signal;
mod targets;
mod userdata;
mod volume;

pub use credentials::NoCredentials;
pub use join::{Joining, Outside};

use crate::aws::{ResourceKey, eks};
use crate::document::Value;
use crate::kube::Component;
use crate::kube::api::Key;
use crate::sim::{Entry, EntryId, Reason, SimTime, Subject, Turn, Verb, secs};
use crate::world::site::Site;
use crate::world::{Origin, World};
use rpds::{RedBlackTreeMap, RedBlackTreeSet};
use std::rc::Rc;

/// From `running` to the moment at which the node's programs knock at the endpoint. Assumption:
/// boot and bootstrap of an EKS-optimised image.
const BOOT: SimTime = secs(50);
/// kubelet knocks again after this long.
const AGAIN: SimTime = secs(20);

/// What is due on the bridge.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum Due {
    /// An instance knocks at its cluster.
    Knock(ResourceKey),
    /// An instance is through with its user data, and says so.
    Signal(ResourceKey),
    /// Somebody uses a flaw that is known against the cluster at this address.
    Struck(Rc<str>),
    /// The control plane at this address has been patched by hand.
    Patched(Rc<str>),
    /// EKS looks how far the update of a node group is.
    Roll(ResourceKey),
    /// A controller of the cloud looks at an object of the cluster at this address.
    Look(Rc<str>, Key),
}

/// What the bridge remembers.
#[derive(Clone, Default)]
pub struct Bridge {
    /// The cloud's revision up to which it has looked.
    pub(super) seen: u64,
    /// Every instance that wants to be a node.
    pub(super) joining: RedBlackTreeMap<ResourceKey, Joining>,
    pub(super) agenda: crate::sim::Agenda<Due>,
    /// Every instance whose user data has run.
    signalled: RedBlackTreeSet<ResourceKey>,
    /// Each cluster's revision up to which it has looked.
    followed: RedBlackTreeMap<Rc<str>, u64>,
    /// When a controller of the cloud looks at an object.
    looks: RedBlackTreeMap<(Rc<str>, Key), SimTime>,
    /// How often in a row it has failed.
    failures: RedBlackTreeMap<(Rc<str>, Key), u32>,
    /// Node groups on their way to another version.
    rolls: RedBlackTreeMap<ResourceKey, rolling::Roll>,
    /// The access keys of Pods, and until when they are used: by cluster and the Pod's uid.
    sessions: RedBlackTreeMap<(Rc<str>, Rc<str>), (Rc<str>, SimTime)>,
}

impl Bridge {
    /// The instances that want to be nodes, and how far they are.
    pub fn joining(&self) -> impl Iterator<Item = (&ResourceKey, &Joining)> {
        self.joining.iter()
    }

    fn failures_of(&self, server: &Rc<str>, key: &Key) -> u32 {
        self.failures.get(&(server.clone(), key.clone())).copied().unwrap_or_default()
    }

    fn forget_failures(&mut self, server: &Rc<str>, key: &Key) {
        self.failures.remove_mut(&(server.clone(), key.clone()));
    }

    /// Something has failed once more; returns after how long it is tried again.
    fn failed(&mut self, server: &Rc<str>, key: &Key, first: SimTime, most: SimTime) -> SimTime {
        let count = self.failures_of(server, key);
        self.failures.insert_mut((server.clone(), key.clone()), count + 1);
        SimTime(first.as_millis() << count.min(10)).min(most)
    }

    /// An instance is a node already.
    pub(super) fn stands_on(&mut self, instance: ResourceKey, server: &str, node: &Rc<str>) {
        self.joining.insert_mut(instance, Joining::Node { server: server.into(), node: node.clone() });
    }

    /// Whether what is due only goes on knocking in vain.
    pub(super) fn is_background(&self, due: &Due) -> bool {
        match due {
            Due::Knock(key) => matches!(self.joining.get(key), Some(Joining::Outside(_))),
            // Nobody waits for it.
            Due::Struck(_) => true,
            Due::Patched(_) | Due::Roll(_) | Due::Signal(_) => false,
            // What is tried again and again keeps nothing from being settled.
            Due::Look(server, key) => self.failures_of(server, key) > 0,
        }
    }
}

impl World {
    /// The bridge between cloud and clusters.
    #[must_use]
    pub fn bridge(&self) -> &Bridge {
        &self.bridge
    }

    /// Looks at what has changed in the cloud since the last look.
    #[inline(never)] // Seldom needed at first: a unit of its own for `src/ui/js/split`.
    pub(super) fn follow_cloud(&mut self) {
        let changes: Vec<(ResourceKey, Value, bool)> = match self.cloud.store().changes_since(self.bridge.seen) {
            Ok(changes) => changes
                .filter(|change| matters(&change.key.kind))
                .map(|change| {
                    let is_gone = change.kind == crate::sim::ChangeKind::Deleted;
                    (change.key.clone(), change.value.clone(), is_gone)
                })
                .collect(),
            // Too much has happened: look at everything.
            Err(_) => self
                .cloud
                .iter()
                .filter(|(key, _)| matters(&key.kind))
                .map(|(key, value)| (key.clone(), value.clone(), false))
                .collect(),
        };
        self.meter.read(&self.cloud, self.now);
        self.bridge.seen = self.cloud.store().revision();
        for (key, value, is_gone) in changes {
            match &*key.kind {
                eks::CLUSTER => self.follow_cluster(&key, &value, is_gone),
                eks::ACCESS_ENTRY => self.follow_entry(&key, &value),
                eks::NODEGROUP => {
                    self.follow_group(&value);
                    self.follow_update(&key, &value);
                }
                eks::ADDON if !is_gone => self.follow_addon(&key, &value),
                eks::POD_IDENTITY => self.follow_associations(&key, &value),
                _ => self.follow_instance(&key, &value, is_gone),
            }
        }
    }

    /// The address of the cluster that EKS made under this key.
    pub(super) fn server_of(&self, cluster: &ResourceKey) -> Option<Rc<str>> {
        let is_it = |site: &Site| matches!(&site.origin, Origin::Eks(key) if key == cluster);
        self.sites.iter().find(|(_, site)| is_it(site)).map(|(server, _)| server.clone())
    }

    fn follow_cluster(&mut self, key: &ResourceKey, value: &Value, is_gone: bool) {
        let known = self.server_of(key);
        if is_gone {
            if let Some(server) = known {
                self.sites.remove_mut(&server);
            }
            return;
        }
        match known {
            None if value.str_at(&["status"]) == "ACTIVE" => self.install(key, value),
            Some(server) => self.follow_members(&server, value),
            None => {}
        }
    }

    /// A control plane whose members are out does what its members can.
    fn follow_members(&mut self, server: &Rc<str>, value: &Value) {
        let members = eks::members(value);
        let works = |part: &str| members.iter().filter(|it| &*it.part == part && &*it.state == "running").count();
        // etcd answers while more than half of its members do.
        let is_up = works("kube-apiserver") > 0 && works("etcd") * 2 > 3;
        let now = self.now;
        let Some(site) = self.sites.get_mut(server) else { return };
        if site.is_out == is_up {
            site.is_out = !is_up;
            let why = Some(Reason::new("eks-plane"));
            let mut turn = Turn { now, journal: &mut self.journal, actor: "eks".into(), cause: None, why };
            site.cluster.set_running(&mut turn, &Component::ControllerManager, is_up);
            site.cluster.set_running(&mut turn, &Component::Scheduler, is_up);
        }
    }

    fn follow_instance(&mut self, key: &ResourceKey, value: &Value, is_gone: bool) {
        let state = if is_gone { "terminated" } else { value.str_at(&["State", "Name"]) };
        let known = self.bridge.joining.get(key).cloned();
        match (state, known) {
            ("running", None | Some(Joining::Stopped)) => {
                let script = crate::aws::ec2::user_data(value).unwrap_or_default();
                // User data runs once, at the first boot.
                if !self.bridge.signalled.contains(key) && !signal::read(&script).is_empty() {
                    self.bridge.signalled.insert_mut(key.clone());
                    self.bridge.agenda.schedule(self.now + BOOT, Due::Signal(key.clone()));
                }
                if userdata::read(&script).is_some() {
                    self.bridge.joining.insert_mut(key.clone(), Joining::Booting);
                    self.bridge.agenda.schedule(self.now + BOOT, Due::Knock(key.clone()));
                }
            }
            ("running", Some(Joining::Node { server, node })) => {
                let is_down = value.is_true_at(&["_Impaired"]);
                self.power(&server, &node, !is_down);
            }
            ("stopping" | "stopped", Some(Joining::Node { server, node })) => {
                self.power(&server, &node, false);
                // A node that somebody made by hand is itself again when its machine runs.
                if self.is_eks(&server) {
                    self.bridge.joining.insert_mut(key.clone(), Joining::Stopped);
                }
            }
            ("shutting-down" | "terminated", Some(joining)) => {
                if let Joining::Node { server, node } = joining {
                    self.power(&server, &node, false);
                    // Only a cloud controller takes nodes out whose instances are gone.
                    if self.is_eks(&server) {
                        self.forget_node(&server, &node);
                    }
                }
                self.bridge.joining.remove_mut(key);
            }
            _ => {}
        }
    }

    /// The machine behind a node has power, or has lost it.
    fn power(&mut self, server: &Rc<str>, node: &Rc<str>, runs: bool) {
        let now = self.now;
        let Some(site) = self.sites.get_mut(server) else { return };
        let why = Some(Reason::new(if runs { "component-started" } else { "instance-gone" }));
        let mut turn = Turn { now, journal: &mut self.journal, actor: "ec2".into(), cause: None, why };
        site.cluster.set_running(&mut turn, &Component::Machine(node.clone()), runs);
        site.members.iter_mut().filter(|member| member.node == *node).for_each(|member| member.runs = runs);
        site.settle_members(&mut turn);
    }

    /// Takes what is due on the bridge.
    #[inline(never)] // Seldom needed at first: a unit of its own for `src/ui/js/split`.
    pub(super) fn step_bridge(&mut self) -> Option<(SimTime, Due)> {
        let (at, due) = self.bridge.agenda.pop()?;
        self.now = self.now.max(at);
        match &due {
            Due::Knock(key) => self.knock(key),
            Due::Signal(key) => self.send_signals(key),
            Due::Struck(server) => self.strike(server),
            Due::Patched(server) => self.plane_patched(server),
            Due::Roll(key) => self.roll(key),
            Due::Look(server, key) => self.look(server, key),
        }
        Some((at, due))
    }

    fn is_eks(&self, server: &str) -> bool {
        self.sites.get(server).is_some_and(|site| matches!(site.origin, Origin::Eks(_)))
    }

    /// Writes a line of history about what is no resource.
    pub(super) fn say(&mut self, verb: Verb, kind: &str, name: &Rc<str>, code: &'static str) {
        let entry = Entry {
            id: EntryId(0),
            at: self.now,
            actor: "you".into(),
            verb,
            subject: Subject { kind: kind.into(), namespace: "".into(), name: name.clone() },
            cause: None,
            why: Some(Reason::new(code)),
            revision: None,
        };
        self.journal.record(entry, 0);
    }

    /// Writes a line of history about a resource of the cloud.
    pub(super) fn note(&mut self, actor: &str, verb: Verb, key: &ResourceKey, why: Reason) {
        let entry = Entry {
            id: EntryId(0),
            at: self.now,
            actor: actor.into(),
            verb,
            subject: Subject { kind: key.kind.clone(), namespace: key.region.clone(), name: key.id.clone() },
            cause: None,
            why: Some(why),
            revision: None,
        };
        self.journal.record(entry, 0);
    }
}

fn matters(kind: &str) -> bool {
    matches!(
        kind,
        eks::CLUSTER | eks::ACCESS_ENTRY | eks::NODEGROUP | eks::ADDON | eks::POD_IDENTITY | "AWS::EC2::Instance"
    )
}

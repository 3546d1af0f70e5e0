//! The Map lens: the wishes, and the nodes in their zones with the Pods that stand on them.

use super::wish::{self, PodState, PodView, WishRow};
use crate::document::InOrder as _;
use crate::document::Value;
use crate::kube::api::quantity::Quantity;
use crate::kube::api::{Key, Object, Resource, meta};
use crate::session::Session;
use crate::sim::SimTime;
use crate::world::{Break, Broken};
use std::rc::Rc;

/// What a title block says about a sheet.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Title {
    /// The cluster's name.
    pub cluster: Rc<str>,
    /// The store's revision.
    pub revision: u64,
    /// The seed of everything random.
    pub seed: u64,
}

/// How a node is.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum NodeState {
    /// It takes Pods.
    Ready,
    /// Its kubelet has been stopped and the cluster does not know yet.
    Stopped,
    /// It says itself that it is not ready.
    NotReady,
    /// Its heartbeats have stopped.
    Silent,
}

impl NodeState {
    /// The key of the state's name.
    #[must_use]
    pub const fn word(self) -> &'static str {
        match self {
            Self::Ready => "state-ready",
            Self::Stopped => "state-stopped",
            Self::NotReady => "state-starting",
            Self::Silent => "state-unknown",
        }
    }
}

/// One node.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct NodeView {
    /// Which.
    pub key: Key,
    /// How it is.
    pub state: NodeState,
    /// Whether new Pods may come.
    pub schedulable: bool,
    /// CPU that its Pods request, in thousandths of a core.
    pub cpu_requested: i64,
    /// CPU that Pods can request, in thousandths of a core.
    pub cpu_allocatable: i64,
    /// The Pods that are there for people.
    pub pods: Vec<PodView>,
    /// The Pods of kube-system.
    pub system: Vec<PodView>,
}

/// A zone with its nodes. A cluster without zones has one, without a name.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct ZoneView {
    /// Its name.
    pub name: Rc<str>,
    /// Since when it is out, if it is.
    pub out_since: Option<SimTime>,
    /// Its nodes, by name.
    pub nodes: Vec<NodeView>,
}

/// The whole sheet.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct MapView {
    /// The title block.
    pub title: Title,
    /// The wishes.
    pub rows: Vec<WishRow>,
    /// The zones, by name.
    pub zones: Vec<ZoneView>,
}

/// The sheet of a session's world at the playhead.
#[must_use]
pub fn view(session: &Session) -> MapView {
    let world = session.world();
    let seen = world.cluster().snapshot(world.now());
    let mut pods = wish::pods(session);
    let requested: Vec<(Rc<str>, i64)> = seen
        .list(Resource::PODS, "")
        .map(|pod| (Rc::from(pod.str_at(&["spec", "nodeName"])), cpu_request(pod)))
        .collect();
    let rows = wish::rows(session);
    let broken = world.broken();
    let mut zones: Vec<ZoneView> = Vec::new();
    for node in seen.list(Resource::NODES, "") {
        let Some(key) = meta::key(node) else { continue };
        let (mine, rest) = pods.into_iter().partition(|pod: &PodView| pod.node == key.name);
        pods = rest;
        let (system, mine) = mine.into_iter().partition(|pod: &PodView| &*pod.key.namespace == "kube-system");
        let view = NodeView {
            state: node_state(session, node, &key),
            schedulable: !node.is_true_at(&["spec", "unschedulable"]),
            cpu_requested: requested.iter().filter(|(name, _)| *name == key.name).map(|(_, cpu)| cpu).sum(),
            cpu_allocatable: milli(node.at(&["status", "allocatable", "cpu"])),
            pods: mine,
            system,
            key,
        };
        let zone: Rc<str> = meta::label(node, "topology.kubernetes.io/zone").unwrap_or_default().into();
        match zones.iter_mut().find(|known| known.name == zone) {
            Some(known) => known.nodes.push(view),
            None => zones.push(ZoneView { out_since: out_since(&broken, &zone), name: zone, nodes: vec![view] }),
        }
    }
    zones.order_by(|one, other| one.name.cmp(&other.name));
    MapView { title: title(session), rows, zones }
}

/// Since when a zone is out, if it is.
fn out_since(broken: &[Broken], zone: &str) -> Option<SimTime> {
    let is_it = |broken: &&Broken| matches!(&broken.what, Break::ZoneOut(name) if **name == *zone);
    broken.iter().find(is_it).map(|broken| broken.at)
}

/// The title block of any lens on this world.
#[must_use]
pub fn title(session: &Session) -> Title {
    let cluster = session.world().cluster();
    Title {
        cluster: cluster.settings().name.as_str().into(),
        revision: cluster.etcd().revision(),
        seed: cluster.settings().seed,
    }
}

fn node_state(session: &Session, node: &Object, key: &Key) -> NodeState {
    if wish::is_silent(node) {
        NodeState::Silent
    } else if wish::is_node_stopped(session, &key.name) {
        NodeState::Stopped
    } else if meta::is_condition_true(node, "Ready") {
        NodeState::Ready
    } else {
        NodeState::NotReady
    }
}

/// What a Pod takes of its node's CPU.
fn cpu_request(pod: &Object) -> i64 {
    if matches!(pod.str_at(&["status", "phase"]), "Succeeded" | "Failed") {
        return 0;
    }
    let containers = pod.items_at(&["spec", "containers"]);
    containers.iter().map(|it| milli(it.at(&["resources", "requests", "cpu"]))).sum()
}

fn milli(quantity: Option<&Value>) -> i64 {
    quantity.map_or(0, |quantity| i64::try_from(Quantity::of(quantity).milli()).unwrap_or(i64::MAX))
}

impl MapView {
    /// What there is to select, in reading order: wishes, then nodes, each with its Pods.
    #[must_use]
    pub fn order(&self) -> Vec<Key> {
        let mut keys: Vec<Key> = self.rows.iter().map(|row| row.key.clone()).collect();
        for node in self.zones.iter().flat_map(|zone| &zone.nodes) {
            keys.push(node.key.clone());
            keys.extend(node.pods.iter().chain(&node.system).map(|pod| pod.key.clone()));
        }
        keys
    }

    /// How many Pods are in this state.
    #[must_use]
    pub fn count(&self, state: PodState) -> usize {
        self.rows.iter().flat_map(|row| &row.pods).filter(|pod| pod.state == state).count()
    }
}

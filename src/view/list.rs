//! The List lens: every object as a row of a table. What the other lenses can do, this can do.

use super::map::{self, NodeState};
use super::said::Say;
use super::wish::{self, PodView};
use crate::kube::api::{Key, Object, Resource, meta};
use crate::session::Session;
use crate::sim::SimTime;
use std::rc::Rc;

/// One object.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct ListRow {
    /// Which.
    pub key: Key,
    /// How it is: a message, or the real thing's own word.
    pub state: State,
    /// Where it is, or how much of it is wished for and there.
    pub place: Place,
    /// When it was made.
    pub created: SimTime,
}

/// How an object is.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum State {
    /// A Pod: its drawing and kubectl's word.
    Pod(wish::PodState, Rc<str>),
    /// A node.
    Node(NodeState),
    /// A wish: how many are ready of how many.
    Ready(i64, i64),
    /// There is nothing to say.
    Plain,
}

/// Where an object is.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum Place {
    /// A Pod's node; empty for none yet.
    Node(Rc<str>),
    /// A node's zone, a Service's address: a name of the world.
    Name(Rc<str>),
    /// A wish and the world.
    Wish(Say),
}

/// The whole table, wishes first, as people look for them.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct ListView {
    /// The rows.
    pub rows: Vec<ListRow>,
}

/// The kinds of the table, in order. Leases and Events are written too often to be read here.
const KINDS: [Resource; 8] = [
    Resource::DEPLOYMENTS,
    Resource::REPLICA_SETS,
    Resource::PODS,
    Resource::SERVICES,
    Resource::ENDPOINT_SLICES,
    Resource::NODES,
    Resource::NAMESPACES,
    Resource::CONFIG_MAPS,
];

/// The table of a session's world at the playhead.
#[must_use]
pub fn view(session: &Session) -> ListView {
    let world = session.world();
    let seen = world.cluster().snapshot(world.now());
    let pods = wish::pods(session);
    let map = map::view(session);
    let nodes: Vec<_> = map.zones.iter().flat_map(|zone| zone.nodes.iter().map(move |node| (zone, node))).collect();
    let mut rows = Vec::new();
    for object in KINDS.into_iter().flat_map(|kind| seen.list(kind, "")) {
        let Some(key) = meta::key(object) else { continue };
        let (state, place) = match key.resource {
            Resource::PODS => pod_cells(pods.iter().find(|pod| pod.key == key)),
            Resource::NODES => nodes
                .iter()
                .find(|(_, node)| node.key == key)
                .map_or((State::Plain, Place::Name("".into())), |(zone, node)| {
                    (State::Node(node.state), Place::Name(zone.name.clone()))
                }),
            _ => cells(object),
        };
        rows.push(ListRow { key, state, place, created: meta::created_at(object) });
    }
    ListView { rows }
}

fn pod_cells(pod: Option<&PodView>) -> (State, Place) {
    match pod {
        Some(pod) => (State::Pod(pod.state, pod.status.clone()), Place::Node(pod.node.clone())),
        None => (State::Plain, Place::Node("".into())),
    }
}

fn cells(object: &Object) -> (State, Place) {
    let status = |field: &str| object.int_at(&["status", field]).unwrap_or_default();
    match object.int_at(&["spec", "replicas"]) {
        Some(want) => {
            let say = Say::new("wish-and-world").with("want", want).with("have", status("replicas"));
            (State::Ready(status("readyReplicas"), want), Place::Wish(say))
        }
        None => (State::Plain, Place::Name(object.str_at(&["spec", "clusterIP"]).into())),
    }
}

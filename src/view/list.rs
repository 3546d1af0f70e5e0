//! The List lens: everything as a row of a table, the cluster's objects and the cloud's resources.
//! What the other lenses can do, this can do.

use super::map::{self, NodeState};
use super::resource;
use super::said::Say;
use super::wish::{self, PodView};
use crate::kube::api::{Key, Object, Resource, meta};
use crate::session::Session;
use crate::sim::SimTime;
use crate::world::ResourceKey;
use std::rc::Rc;

/// What a row is about.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum Id {
    /// An object of the cluster.
    Object(Key),
    /// A resource of the cloud.
    Resource(ResourceKey),
}

/// One row.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct ListRow {
    /// Which.
    pub id: Id,
    /// What kind of thing it is, in upstream's word.
    pub kind: Rc<str>,
    /// Its name.
    pub name: Rc<str>,
    /// Its namespace, or its id where that is not its name.
    pub space: Rc<str>,
    /// How it is: a message, or the real thing's own word.
    pub state: State,
    /// Where it is, or how much of it is wished for and there.
    pub place: Place,
    /// When it was made, where that is known.
    pub created: Option<SimTime>,
    /// Whether requests are being sent to it: it changes what can be done.
    pub is_sent_to: bool,
}

/// How something is.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum State {
    /// A Pod, or a resource of the cloud: its drawing and the real thing's word.
    Pod(wish::PodState, Rc<str>),
    /// A node.
    Node(NodeState),
    /// A wish: how many are ready of how many.
    Ready(i64, i64),
    /// There is nothing to say.
    Plain,
}

/// Where something is.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum Place {
    /// A Pod's node; empty for none yet.
    Node(Rc<str>),
    /// A node's zone, a Service's address: a name of the world.
    Name(Rc<str>),
    /// A wish and the world.
    Wish(Say),
}

/// Which part of the table is looked at.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Part {
    /// What people made in the cluster.
    Cluster,
    /// What the cluster keeps for itself.
    System,
    /// The cloud.
    Cloud,
}

impl Part {
    /// Every part.
    pub const ALL: [Self; 3] = [Self::Cluster, Self::System, Self::Cloud];

    /// The key of its name.
    #[must_use]
    pub const fn word(self) -> &'static str {
        match self {
            Self::Cluster => "list-cluster",
            Self::System => "list-system",
            Self::Cloud => "list-cloud",
        }
    }
}

/// The whole table, wishes first, as people look for them.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct ListView {
    /// The rows.
    pub rows: Vec<ListRow>,
}

/// The kinds that come first, in order. The others follow in the order of discovery.
const FIRST: [Resource; 14] = [
    Resource::DEPLOYMENTS,
    Resource::STATEFUL_SETS,
    Resource::DAEMON_SETS,
    Resource::CRON_JOBS,
    Resource::JOBS,
    Resource::REPLICA_SETS,
    Resource::PODS,
    Resource::INGRESSES,
    Resource::SERVICES,
    Resource::ENDPOINT_SLICES,
    Resource::NODES,
    Resource::NAMESPACES,
    Resource::CONFIG_MAPS,
    Resource::SECRETS,
];

/// The part to which a row belongs.
#[must_use]
pub fn part(row: &ListRow) -> Part {
    match &row.id {
        Id::Resource(_) => Part::Cloud,
        Id::Object(key) if is_system(key) => Part::System,
        Id::Object(_) => Part::Cluster,
    }
}

/// What every cluster has by itself.
fn is_system(key: &Key) -> bool {
    let own = key.namespace.starts_with("kube-")
        || key.name.starts_with("system:")
        || (key.namespace.is_empty() && key.name.starts_with("system-"))
        || (key.resource == Resource::NAMESPACES && key.name.starts_with("kube-"))
        || matches!(&*key.name, "kube-root-ca.crt" | "cluster-admin" | "admin" | "edit" | "view");
    own || key.resource.info().group == "rbac.authorization.k8s.io" && key.name.contains(':')
        || (&*key.namespace == "default" && matches!(&*key.name, "kubernetes" | "default"))
}

/// Whether every word of a filter occurs in what a row says of itself.
#[must_use]
pub fn fits(row: &ListRow, filter: &str) -> bool {
    let text = [&*row.kind, " ", &row.name, " ", &row.space].concat().to_lowercase();
    filter.to_lowercase().split_whitespace().all(|word| text.contains(word))
}

/// The table of a session's world at the playhead.
#[must_use]
pub fn view(session: &Session) -> ListView {
    let world = session.world();
    let seen = world.cluster().snapshot(world.now());
    let pods = wish::pods(session);
    let map = map::view(session);
    let nodes: Vec<_> = map.zones.iter().flat_map(|zone| zone.nodes.iter().map(move |node| (zone, node))).collect();
    // Leases and Events are written too often to be read here.
    let is_read = |key: &Key| !matches!(key.resource, Resource::LEASES | Resource::EVENTS);
    let others = seen.etcd.iter().filter(|(key, _)| is_read(key) && !FIRST.contains(&key.resource));
    let first = FIRST.into_iter().flat_map(|kind| seen.list(kind, "").filter_map(|it| Some((meta::key(it)?, it))));
    let sent = |key: &Key| {
        key.resource == Resource::SERVICES
            && super::traffic::switch(session, key).is_some_and(|(_, it)| super::traffic::ceases(&it))
    };
    let mut rows = Vec::new();
    for (key, object) in first.chain(others.map(|(key, object)| (key.clone(), object))) {
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
        rows.push(ListRow {
            kind: key.resource.kind().into(),
            name: key.name.clone(),
            space: key.namespace.clone(),
            state,
            place,
            created: Some(meta::created_at(object)),
            is_sent_to: sent(&key),
            id: Id::Object(key),
        });
    }
    let cloud = world.cloud();
    let zone = |value: &crate::document::Value, key: &ResourceKey| Place::Name(resource::place(key, value));
    rows.extend(resource::all(cloud).map(|(key, value)| {
        let (name, status) = (resource::name(key, value), resource::status(value));
        ListRow {
            kind: resource::short_kind(key).into(),
            space: if *name == *key.id { "".into() } else { key.id.clone() },
            state: if status.is_empty() { State::Plain } else { State::Pod(resource::shape(&status), status) },
            place: zone(value, key),
            created: resource::created(value),
            is_sent_to: false,
            name,
            id: Id::Resource(key.clone()),
        }
    }));
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
    let phase = object.str_at(&["status", "phase"]);
    match (object.int_at(&["spec", "replicas"]), object.int_at(&["status", "desiredNumberScheduled"])) {
        (Some(want), _) => {
            let say = Say::new("wish-and-world").with("want", want).with("have", status("replicas"));
            (State::Ready(status("readyReplicas"), want), Place::Wish(say))
        }
        (_, Some(want)) => {
            let say = Say::new("wish-and-world").with("want", want).with("have", status("currentNumberScheduled"));
            (State::Ready(status("numberReady"), want), Place::Wish(say))
        }
        _ if !phase.is_empty() => (State::Pod(resource::shape(phase), phase.into()), Place::Name("".into())),
        _ => (State::Plain, Place::Name(object.str_at(&["spec", "clusterIP"]).into())),
    }
}

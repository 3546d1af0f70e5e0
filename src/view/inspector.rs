//! The inspector: one selected thing, closely. What it is, who wrote what, its Events, why it is
//! so, and what can be done about it.

use super::map::NodeState;
use super::said::Say;
use super::why::{self, WhyView};
use super::wish;
use super::yaml::{self, Line};
use crate::document::InOrder as _;
use crate::kube::Component;
use crate::kube::api::{Key, Object, Resource, meta};
use crate::session::{Msg, Session};
use crate::sim::SimTime;
use crate::world::Break;
use std::rc::Rc;

/// One `v1.Event` about the selected thing.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct EventView {
    /// Whether it warns.
    pub warns: bool,
    /// Upstream's reason word.
    pub reason: Rc<str>,
    /// Upstream's message.
    pub message: Rc<str>,
    /// Who said it.
    pub source: Rc<str>,
    /// How often.
    pub count: i64,
    /// When last.
    pub last: SimTime,
}

/// Something that can be done.
#[derive(Clone, PartialEq, Debug)]
pub struct ActionView {
    /// Which button it is.
    pub kind: ActionKind,
    /// What the button says.
    pub label: Say,
    /// What it sends.
    pub msg: Msg,
}

/// What sort of thing an action is.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum ActionKind {
    /// Change the wish behind it.
    Edit,
    /// Ask it to go.
    Delete,
    /// Break it.
    Break,
    /// Mend it.
    Mend,
}

/// The whole pane.
#[derive(Clone, PartialEq, Debug)]
pub struct InspectorView {
    /// What is selected.
    pub key: Key,
    /// How it is: `Running`, `ready`.
    pub state: Option<Say>,
    /// Since when it exists.
    pub created: SimTime,
    /// Whether it is still there.
    pub exists: bool,
    /// Its YAML.
    pub lines: Vec<Line>,
    /// Its Events, latest last.
    pub events: Vec<EventView>,
    /// Why.
    pub why: WhyView,
    /// What can be done.
    pub actions: Vec<ActionView>,
    /// The commands that show, change and delete the same, for a terminal.
    pub commands: [Rc<str>; 3],
}

/// The pane for what is selected; none when nothing is.
#[must_use]
pub fn view(session: &Session) -> Option<InspectorView> {
    let key = session.selection.clone()?;
    let world = session.world();
    let seen = world.cluster().snapshot(world.now());
    let object = seen.get(&key);
    Some(InspectorView {
        state: object.and_then(|object| state(session, &key, object)),
        created: object.map(|object| meta::created_at(object)).unwrap_or_default(),
        exists: object.is_some(),
        lines: yaml::lines(&seen, &key, &|key| {
            session.wishes().find(|(_, wish)| wish.key == *key).map(|(_, wish)| wish.value.clone())
        }),
        events: events(session, &key),
        why: why::view(session, &key),
        actions: actions(session, &key),
        commands: commands(&key),
        key,
    })
}

/// What a person would type to look at, change and delete an object.
#[must_use]
pub fn commands(key: &Key) -> [Rc<str>; 3] {
    let info = key.resource.info();
    let place = if key.namespace.is_empty() || &*key.namespace == "default" {
        String::new()
    } else {
        format!(" -n {}", key.namespace)
    };
    ["describe", "edit", "delete"].map(|verb| format!("kubectl {verb} {} {}{place}", info.singular, key.name).into())
}

/// How an object is: kubectl's own word for a Pod, ours for the rest.
#[must_use]
pub fn state(session: &Session, key: &Key, object: &Object) -> Option<Say> {
    match key.resource {
        Resource::PODS => {
            let world = session.world();
            let node = Key::new(Resource::NODES, "", object.str_at(&["spec", "nodeName"]));
            let silent = world.cluster().get(&node).is_some_and(|node| wish::is_silent(node));
            let (_, word) = wish::pod_state(object, silent);
            Some(Say::new("state-word").with("word", word))
        }
        Resource::NODES => {
            let state = match () {
                () if wish::is_silent(object) => NodeState::Silent,
                () if wish::is_node_stopped(session, &key.name) => NodeState::Stopped,
                () if meta::is_condition_true(object, "Ready") => NodeState::Ready,
                () => NodeState::NotReady,
            };
            Some(Say::new(state.word()))
        }
        Resource::DEPLOYMENTS | Resource::REPLICA_SETS => {
            let want = object.int_at(&["spec", "replicas"]).unwrap_or(1);
            let ready = object.int_at(&["status", "readyReplicas"]).unwrap_or_default();
            Some(Say::new("ready-of").with("ready", ready).with("want", want))
        }
        _ => None,
    }
}

fn events(session: &Session, key: &Key) -> Vec<EventView> {
    let world = session.world();
    let seen = world.cluster().snapshot(world.now());
    let Some(object) = seen.get(key) else { return Vec::new() };
    let namespace = if key.namespace.is_empty() { "default" } else { &key.namespace };
    let about = |event: &Object| {
        let involved = event.at(&["involvedObject"]);
        involved.is_some_and(|it| {
            it.str_at(&["name"]) == &*key.name
                && it.str_at(&["kind"]) == key.resource.kind()
                && (it.str_at(&["uid"]) == meta::uid(object) || it.str_at(&["uid"]) == &*key.name)
        })
    };
    let mut events: Vec<_> = seen
        .list(Resource::EVENTS, namespace)
        .filter(|event| about(event))
        .map(|event| EventView {
            warns: event.str_at(&["type"]) == "Warning",
            reason: event.str_at(&["reason"]).into(),
            message: event.str_at(&["message"]).into(),
            source: event.str_at(&["source", "component"]).into(),
            count: event.int_at(&["count"]).unwrap_or(1),
            last: SimTime::parse_rfc3339(event.str_at(&["lastTimestamp"])).unwrap_or_default(),
        })
        .collect();
    events.order_by_key(|event| event.last);
    events
}

/// What can be done about an object. The List lens offers the same.
#[must_use]
pub fn actions(session: &Session, key: &Key) -> Vec<ActionView> {
    let mut actions = Vec::new();
    if let Some((file, line)) = wish_place(session, key) {
        let msg = Msg::Reveal { file, line };
        actions.push(ActionView { kind: ActionKind::Edit, label: Say::new("action-edit"), msg });
    }
    if session.world().cluster().get(key).is_none() {
        return actions;
    }
    if key.resource != Resource::NODES && key.resource != Resource::NAMESPACES {
        let msg = Msg::Delete(key.clone());
        actions.push(ActionView { kind: ActionKind::Delete, label: Say::new("action-delete"), msg });
    }
    if let Some((label, done)) = super::traffic::switch(session, key) {
        let kind = if matches!(done, Break::Cease(_)) { ActionKind::Mend } else { ActionKind::Break };
        actions.push(ActionView { kind, label, msg: Msg::Break(done) });
    }
    actions.extend(super::breaking::of(session, key));
    actions
}

/// Breaks a component, or mends it.
#[must_use]
pub fn switch(session: &Session, part: Component, name: &str) -> ActionView {
    let stopped = wish::is_stopped(session, &part);
    let label = match (&part, stopped) {
        (Component::Kubelet(_), false) => Say::new("break-stop-kubelet"),
        (Component::Kubelet(_), true) => Say::new("mend-kubelet"),
        (Component::Machine(_), false) => Say::new("break-stop-node"),
        (Component::Machine(_), true) => Say::new("mend-node"),
        (Component::Member(..), false) => Say::new("break-stop-component").with("component", part.name()),
        (Component::Member(..), true) => Say::new("mend-component").with("component", part.name()),
        (_, false) => Say::new("break-stop-component").with("component", name),
        (_, true) => Say::new("mend-component").with("component", name),
    };
    let (kind, done) =
        if stopped { (ActionKind::Mend, Break::Start(part)) } else { (ActionKind::Break, Break::Stop(part)) };
    ActionView { kind, label, msg: Msg::Break(done) }
}

/// The place in the editor's files where the wish behind an object is written: the line of its
/// count where it has one, else where its document begins.
fn wish_place(session: &Session, key: &Key) -> Option<(Rc<str>, u32)> {
    let world = session.world();
    let seen = world.cluster().snapshot(world.now());
    let owner = seen.get(key).and_then(|object| yaml::wish_of(&seen, object)).and_then(|wish| meta::key(&wish));
    let key = owner.unwrap_or_else(|| key.clone());
    let (file, wish) = session.wishes().find(|(_, wish)| wish.key == key)?;
    let document = file.parsed().documents.get(wish.document);
    let line = document
        .map(|document| document.root.nearest(&["spec", "replicas"]).start.line.saturating_sub(1))
        .unwrap_or_default();
    Some((file.name.clone(), line))
}

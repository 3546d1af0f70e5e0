//! The Loop lens: everything goes through the API server, and somebody is closing the gap.

use super::breaking;
use super::inspector::{self, ActionView};
use super::map::{self, Title};
use super::said::Say;
use super::wish::{self, PodState, WishRow};
use crate::kube::api::{Key, Resource, meta};
use crate::kube::controller::Controller;
use crate::kube::{Component, Due, Part};
use crate::session::{Session, Speed};
use crate::sim::{Entry, SimTime, Verb, millis};
use std::rc::Rc;

/// A part of the cluster that stands around the ring.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum Place {
    /// The store.
    Etcd,
    /// The scheduler.
    Scheduler,
    /// A controller.
    Controller(Controller),
    /// The kubelet of a node.
    Kubelet(Rc<str>),
}

/// A callout at the ring.
#[derive(Clone, PartialEq, Debug)]
pub struct Station {
    /// Which part.
    pub place: Place,
    /// Its name.
    pub name: Say,
    /// What it sees and what it is doing: two short lines at most.
    pub lines: Vec<Say>,
    /// Whether it is this loop that is closing the gap now.
    pub closes: bool,
    /// Whether it has been stopped.
    pub stopped: bool,
    /// What is selected by it.
    pub key: Option<Key>,
    /// Stops it, or starts it again.
    pub switch: Option<ActionView>,
}

/// What travels on the ring.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Flight {
    /// Stays the same for as long as it travels.
    pub id: Rc<str>,
    /// A watch event, or a write.
    pub is_write: bool,
    /// The index of the station where it began.
    pub from: usize,
    /// The index of the station where it goes.
    pub to: usize,
    /// How far it has come, in thousandths.
    pub progress: u32,
    /// What it says: `MODIFIED deploy/web`.
    pub label: Rc<str>,
}

/// One member of a part of which there are several: an API server, a member of etcd.
#[derive(Clone, PartialEq, Debug)]
pub struct MemberView {
    /// Of which part.
    pub part: Part,
    /// Its number, from 0.
    pub number: u32,
    /// `etcd/1`.
    pub name: String,
    /// Whether it has been stopped.
    pub stopped: bool,
    /// Stops it, or starts it again, where that may be done.
    pub switch: Option<ActionView>,
}

/// The whole sheet.
#[derive(Clone, PartialEq, Debug)]
pub struct LoopView {
    /// The title block.
    pub title: Title,
    /// The callouts: etcd, the controllers, the scheduler, the kubelets.
    pub stations: Vec<Station>,
    /// The members of the API server and of etcd, where there are several; else none.
    pub members: Vec<MemberView>,
    /// Why nobody is answered now, if nobody is.
    pub outage: Option<Say>,
    /// What is on its way.
    pub flights: Vec<Flight>,
    /// The wish that is looked at.
    pub row: Option<WishRow>,
}

/// How many of each kind travel at once.
const FLIGHTS_MAX: usize = 3;

/// The sheet of a session's world at the playhead.
#[must_use]
pub fn view(session: &Session) -> LoopView {
    let row = focus(session, &wish::rows(session));
    let stations = stations(session, row.as_ref());
    let flights = flights(session, &stations);
    LoopView { title: map::title(session), stations, members: members(session), outage: outage(session), flights, row }
}

fn members(session: &Session) -> Vec<MemberView> {
    let count = session.world().cluster().members();
    if count < 2 {
        return Vec::new();
    }
    let view = |part: Part, number: u32| {
        let component = Component::Member(part, number);
        MemberView {
            part,
            number,
            name: component.name(),
            stopped: wish::is_stopped(session, &component),
            switch: breaking::allowed(session, inspector::switch(session, component, part.name())),
        }
    };
    [Part::ApiServer, Part::Etcd]
        .into_iter()
        .flat_map(|part| (0..count).map(move |number| view(part, number)))
        .collect()
}

/// How many members of a part run, and how many there are.
fn running(session: &Session, part: Part) -> (u32, u32) {
    let all = session.world().cluster().members();
    let up = (0..all).filter(|number| !wish::is_stopped(session, &Component::Member(part, *number))).count();
    (u32::try_from(up).unwrap_or(all), all)
}

fn outage(session: &Session) -> Option<Say> {
    let world = session.world();
    if world.cluster().answers(world.now()) {
        return None;
    }
    let (up, all) = running(session, Part::Etcd);
    Some(match running(session, Part::ApiServer) {
        (0, _) => Say::new("loop-no-api-server"),
        _ if up * 2 <= all => Say::new("loop-no-quorum").with("up", up).with("all", all),
        _ => Say::new("loop-elects"),
    })
}

/// The station of the store: of one member it can be stopped here, of several each by itself.
fn etcd(session: &Session) -> Station {
    let cluster = session.world().cluster();
    let (up, all) = running(session, Part::Etcd);
    let revision = Say::new("loop-revision").with("revision", cluster.etcd().revision());
    let part = Component::Member(Part::Etcd, 0);
    let is_out = up * 2 <= all;
    let lines = match (all, is_out) {
        (1, true) => vec![stopped_line(session, &part)],
        (1, false) => vec![revision],
        _ => vec![Say::new("loop-members").with("up", up).with("all", all)],
    };
    let switch =
        (all == 1).then(|| inspector::switch(session, part, "etcd")).and_then(|it| breaking::allowed(session, it));
    Station { place: Place::Etcd, name: name("etcd"), lines, closes: false, stopped: is_out, key: None, switch }
}

fn stopped_line(session: &Session, part: &Component) -> Say {
    let since = session.world().cluster().stopped_since(part).unwrap_or_default();
    Say::new("loop-stopped").with("ms", session.world().now().since(since).as_millis())
}

/// The wish to look at: the one that is selected (itself or one of its Pods), else the first that
/// is not met, else the first.
#[must_use]
pub fn focus(session: &Session, rows: &[WishRow]) -> Option<WishRow> {
    let selected = session.selection.as_ref();
    let holds =
        |row: &&WishRow| selected.is_some_and(|key| row.key == *key || row.pods.iter().any(|pod| pod.key == *key));
    let found = rows.iter().find(holds);
    found.or_else(|| rows.iter().find(|row| !row.is_met())).or_else(|| rows.first()).cloned()
}

fn stations(session: &Session, row: Option<&WishRow>) -> Vec<Station> {
    let cluster = session.world().cluster();
    let closing = closing(session, row);
    let station = |place: Place, name: Say, lines: Vec<Say>, part: Option<Component>, key: Option<Key>| {
        let stopped = part.as_ref().and_then(|part| cluster.stopped_since(part));
        let switch = part.map(|part| inspector::switch(session, part.clone(), part_name(&part)));
        let switch = switch.and_then(|it| breaking::allowed(session, it));
        let lines = match stopped {
            Some(since) => {
                let ms = session.world().now().since(since).as_millis();
                vec![Say::new("loop-stopped").with("ms", ms)]
            }
            None => lines,
        };
        Station { closes: closing.contains(&place), place, name, lines, stopped: stopped.is_some(), key, switch }
    };
    let mut all = vec![etcd(session)];
    for controller in shown_controllers(session) {
        let who = controller.name().trim_end_matches("-controller");
        let name = Say::new("actor-controller").with("who", who);
        let lines = controller_lines(session, controller, row);
        all.push(station(Place::Controller(controller), name, lines, Some(Component::ControllerManager), None));
    }
    all.push(station(Place::Scheduler, name("scheduler"), scheduler_lines(session), Some(Component::Scheduler), None));
    for (node, _) in cluster.kubelets() {
        let name = Say::new("actor-kubelet").with("node", node);
        let key = Key::new(Resource::NODES, "", node.clone());
        let part = Component::Kubelet(node.clone());
        all.push(station(Place::Kubelet(node.clone()), name, kubelet_lines(session, node), Some(part), Some(key)));
    }
    all
}

/// The parts of the cluster that can be stopped: name, whether it is, and the switch.
#[must_use]
pub fn parts(session: &Session) -> Vec<(String, bool, Option<ActionView>)> {
    let cluster = session.world().cluster();
    let kubelets = cluster.kubelets().map(|(node, _)| Component::Kubelet(node.clone()));
    let members = (0..cluster.members()).flat_map(|number| {
        let shared = [Part::ApiServer, Part::Etcd].map(|part| Component::Member(part, number));
        let elected = [Part::ControllerManager, Part::Scheduler].map(|part| Component::Member(part, number));
        // Of one member alone, the part as a whole is the same.
        shared.into_iter().chain(elected.into_iter().filter(|_| cluster.members() > 1))
    });
    let parts = [Component::ControllerManager, Component::Scheduler].into_iter().chain(kubelets).chain(members);
    parts
        .map(|part| {
            let name = match &part {
                Component::Kubelet(node) => format!("kubelet {node}"),
                Component::Member(..) => part.name(),
                part => part_name(part).to_owned(),
            };
            let switch = inspector::switch(session, part.clone(), part_name(&part));
            (name, wish::is_stopped(session, &part), breaking::allowed(session, switch))
        })
        .collect()
}

/// The name of the program that runs a part.
#[must_use]
pub fn part_name(part: &Component) -> &str {
    match part {
        Component::ControllerManager => "kube-controller-manager",
        Component::Scheduler => "kube-scheduler",
        Component::Kubelet(_) => "kubelet",
        Component::Machine(node) => node,
        Component::Member(part, _) => part.name(),
    }
}

fn name(of: &str) -> Say {
    Say::new("actor-other").with("who", of)
}

/// The controllers that have something to do in this cluster; the first two always.
fn shown_controllers(session: &Session) -> Vec<Controller> {
    let world = session.world();
    let seen = world.cluster().snapshot(world.now());
    let mut shown = vec![Controller::Deployment, Controller::ReplicaSet];
    let is_queued = |controller| world.cluster().queue().any(|(it, ..)| it == controller);
    if seen.list(Resource::SERVICES, "").any(|service| service.at(&["spec", "selector"]).is_some()) {
        shown.push(Controller::EndpointSlice);
    }
    if seen.list(Resource::NODES, "").any(|node| wish::is_silent(node)) {
        shown.push(Controller::NodeLifecycle);
    }
    if is_queued(Controller::GarbageCollector) {
        shown.push(Controller::GarbageCollector);
    }
    shown
}

fn controller_lines(session: &Session, controller: Controller, row: Option<&WishRow>) -> Vec<Say> {
    let world = session.world();
    let seen = world.cluster().snapshot(world.now());
    let mut lines = Vec::new();
    match (controller, row) {
        (Controller::Deployment, Some(row)) if row.key.resource == Resource::DEPLOYMENTS => {
            let sets = sets_want(session, row);
            lines.push(Say::new("loop-sees").with("want", row.want).with("have", sets));
        }
        (Controller::ReplicaSet, Some(row)) if row.key.resource != Resource::PODS => {
            lines.push(Say::new("loop-sees").with("want", sets_want(session, row)).with("have", row.written()));
        }
        (Controller::NodeLifecycle, _) => {
            let silent = seen.list(Resource::NODES, "").filter(|node| wish::is_silent(node)).count();
            lines.push(Say::new("loop-silent-nodes").with("nodes", silent));
        }
        (Controller::EndpointSlice, Some(row)) => {
            lines.push(Say::new("loop-ready-pods").with("ready", row.ready()));
        }
        _ => {}
    }
    let due = world.cluster().queue().filter(|(it, ..)| *it == controller).map(|(.., queued)| queued.due()).min();
    match due {
        Some(at) if !controller.is_periodic() => {
            lines.push(Say::new("loop-hears-in").with("ms", at.since(world.now()).as_millis()));
        }
        _ if lines.is_empty() => lines.push(Say::new("loop-idle")),
        _ => {}
    }
    lines
}

/// How many Pods the ReplicaSets of a row are told to have.
fn sets_want(session: &Session, row: &WishRow) -> i64 {
    let world = session.world();
    let seen = world.cluster().snapshot(world.now());
    if row.key.resource == Resource::REPLICA_SETS {
        return row.want;
    }
    let Some(owner) = seen.get(&row.key) else { return 0 };
    let sets = seen.controlled_by(Resource::REPLICA_SETS, &row.key.namespace, meta::uid(owner));
    sets.into_iter().filter_map(|set| set.int_at(&["spec", "replicas"])).sum()
}

fn scheduler_lines(session: &Session) -> Vec<Say> {
    let waiting = wish::pods(session).iter().filter(|pod| pod.state == PodState::Pending).count();
    let world = session.world();
    let due = world.agenda().find(|(_, due)| matches!(due, Due::Scheduler(work) if !work.is_background()));
    let mut lines = match waiting {
        0 => vec![Say::new("loop-queue-empty")],
        count => vec![Say::new("loop-queue").with("pods", count)],
    };
    if let (true, Some((at, _))) = (waiting > 0, due) {
        lines.push(Say::new("loop-looks-in").with("ms", at.since(world.now()).as_millis()));
    } else if let Some(leader) = world.cluster().leader(Part::Scheduler) {
        lines.push(Say::new("loop-leads").with("member", format!("control-plane-{}", leader.holder)));
    }
    lines
}

fn kubelet_lines(session: &Session, node: &Rc<str>) -> Vec<Say> {
    let world = session.world();
    let pods: Vec<_> = wish::pods(session).into_iter().filter(|pod| pod.node == *node).collect();
    let ready = pods.iter().filter(|pod| pod.state == PodState::Ready).count();
    let mut lines = vec![Say::new("loop-runs").with("ready", ready).with("all", pods.len())];
    let is_mine = |due: &Due| matches!(due, Due::Kubelet { node: whose, .. } if whose == node);
    if let Some((at, due)) = world.agenda().find(|(_, due)| is_mine(due) && !due.is_background()) {
        let (_, looks, _) = super::timeline::due_words(session, due);
        let key = if looks { "loop-probes-in" } else { "loop-works-in" };
        lines.push(Say::new(key).with("ms", at.since(world.now()).as_millis()));
    }
    lines
}

/// The loops whose turn it is to carry the world towards a wish: the first link of the chain
/// Deployment, ReplicaSet, scheduler, kubelet that does not agree yet.
#[must_use]
pub fn closing(session: &Session, row: Option<&WishRow>) -> Vec<Place> {
    let Some(row) = row else { return Vec::new() };
    let told = sets_want(session, row);
    let is_of_deployment = row.key.resource == Resource::DEPLOYMENTS;
    if is_of_deployment && told != row.want {
        return vec![Place::Controller(Controller::Deployment)];
    }
    if row.key.resource != Resource::PODS && told != row.written() {
        return vec![Place::Controller(Controller::ReplicaSet)];
    }
    if row.pods.iter().any(|pod| pod.state == PodState::Pending) {
        return vec![Place::Scheduler];
    }
    let at_work = |state| matches!(state, PodState::Starting | PodState::Failing | PodState::Leaving);
    let mut nodes: Vec<Rc<str>> =
        row.pods.iter().filter(|pod| at_work(pod.state)).map(|pod| pod.node.clone()).collect();
    nodes.dedup();
    nodes.into_iter().map(Place::Kubelet).collect()
}

/// What is on its way at the playhead: watch events from the agenda, writes from the history.
fn flights(session: &Session, stations: &[Station]) -> Vec<Flight> {
    let world = session.world();
    let now = world.now();
    let index = |place: &Place| stations.iter().position(|station| station.place == *place);
    let Some(store) = index(&Place::Etcd) else { return Vec::new() };
    let mut flights = Vec::new();
    let queue = world.cluster().queue().filter(|(controller, ..)| !controller.is_periodic());
    for (controller, key, queued) in queue {
        let Some(to) = index(&Place::Controller(controller)) else { continue };
        let travel = watch_time(session).as_millis().max(1);
        let passed = now.since(queued.since).as_millis();
        if queued.due().since(queued.since) > millis(2_000) {
            continue;
        }
        let progress = u32::try_from((passed * 1000 / travel).min(1000)).unwrap_or(1000);
        let id = format!("w{}-{key}-{}", controller.name(), queued.since.as_millis()).into();
        let label = event_label(session, key).into();
        flights.push(Flight { id, is_write: false, from: store, to, progress, label });
    }
    flights.truncate(FLIGHTS_MAX);
    let window = shown_for(session.speed);
    let recent = world.journal().iter().rev().take_while(|entry| now.since(entry.at) <= window);
    let writes = recent.filter(|entry| entry.revision.is_some()).filter_map(|entry| {
        let from = index(&place_of(&entry.actor)?)?;
        let label = write_label(entry).into();
        let id = format!("p{}", entry.id.0).into();
        Some(Flight { id, is_write: true, from, to: store, progress: 1000, label })
    });
    flights.extend(writes.take(FLIGHTS_MAX));
    flights
}

/// How long an event is on its way before its listener thinks about it.
fn watch_time(session: &Session) -> SimTime {
    let settings = session.world().cluster().settings();
    settings.watch_latency + settings.reconcile_latency
}

/// How long a write is shown after it happened: a third of a second of real time.
fn shown_for(speed: Speed) -> SimTime {
    match speed {
        Speed::Quarter => millis(80),
        Speed::Times(times) => millis(300 * u64::from(times)),
    }
}

fn place_of(actor: &str) -> Option<Place> {
    if let Some(node) = actor.strip_prefix("kubelet/") {
        return Some(Place::Kubelet(node.into()));
    }
    if actor == "scheduler" {
        return Some(Place::Scheduler);
    }
    Controller::all().find(|controller| controller.name() == actor).map(Place::Controller)
}

/// What the watch event about an object says.
fn event_label(session: &Session, key: &Key) -> String {
    let world = session.world();
    let last = world.cluster().last_entry(key).and_then(|id| world.journal().get(id));
    let kind = match last.map(|entry| entry.verb) {
        Some(Verb::Create) => "ADDED",
        Some(Verb::Remove) => "DELETED",
        _ => "MODIFIED",
    };
    format!("{kind} {}", short_key(key))
}

/// What a write says, as a client would send it.
fn write_label(entry: &Entry) -> String {
    let verb = match entry.verb {
        Verb::Create => "POST",
        Verb::Delete | Verb::Remove => "DELETE",
        Verb::UpdateStatus => "PATCH",
        _ => "PUT",
    };
    let status = if entry.verb == Verb::UpdateStatus { "/status" } else { "" };
    let kind: &str = &entry.subject.kind;
    let short = Resource::named(&kind.to_ascii_lowercase()).map_or(kind, |resource| short_name(resource));
    format!("{verb} {short}/{}{status}", entry.subject.name)
}

fn short_key(key: &Key) -> String {
    format!("{}/{}", short_name(key.resource), key.name)
}

fn short_name(resource: Resource) -> &'static str {
    let info = resource.info();
    info.short_names.first().copied().unwrap_or(info.singular)
}

//! The Traffic lens: clients that send requests, the way that these take, what was answered over
//! time, and what was lost and why.
//!
//! A request is never drawn from here one by one: a place says how many a second end there, and the
//! screen lets so many dots run.

use super::map::{self, Title};
use super::said::{self, Say};
use super::wish::{self, PodState, PodView};
use crate::document::Value;
use crate::kube::Snapshot;
use crate::kube::api::{Key, Object, Resource, meta};
use crate::kube::controller::service::INGRESS_ADDRESS;
use crate::kube::network::traffic::{Client, LEGS_MAX, Loss, Plan, Second};
use crate::session::{Msg, Session};
use crate::sim::SimTime;
use crate::world::Break;
use std::rc::Rc;

/// How many columns a chart has.
pub const COLUMNS: u64 = 60;
/// How many seconds a column of each chart counts: a minute, a quarter of an hour.
pub const WINDOWS: [u64; 2] = [1, 15];
/// How many reasons of losses are listed, and how many places of each.
const LOSSES_SHOWN: usize = 8;
const PLACES_SHOWN: usize = 12;
/// The rates that can be chosen, in requests a second.
pub const RATES: [u64; 4] = [1, 10, 100, 1000];
/// How many requests a second the inspector offers to send.
const OFFERED: u64 = 1000;
/// How many of the learner's own deeds are marked on a chart.
const DEEDS_MAX: usize = 12;

/// What a stretch of time came to.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub struct Column {
    /// The second with which it begins.
    pub from: u64,
    /// Answered.
    pub answered: u64,
    /// Lost.
    pub lost: u64,
    /// The mean time to an answer, in microseconds.
    pub latency_micros: u64,
}

/// What was lost for one reason.
#[derive(Clone, PartialEq, Debug)]
pub struct LossRow {
    /// From when.
    pub from: SimTime,
    /// Until when.
    pub to: SimTime,
    /// How many.
    pub count: u64,
    /// Where, with how many each, the latest first.
    pub places: Vec<(Key, u64)>,
    /// Why, as a sentence about the latest place.
    pub why: Say,
}

/// What a request passes before it comes to a Pod.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum StopKind {
    /// A load balancer.
    Balancer,
    /// An ingress controller with the Ingress that decided.
    Ingress,
    /// A port on a node.
    Node,
    /// A Service.
    Service,
}

impl StopKind {
    /// The key of its name.
    #[must_use]
    pub const fn word(self) -> &'static str {
        match self {
            Self::Balancer => "traffic-balancer",
            Self::Ingress => "traffic-ingress",
            Self::Node => "traffic-node",
            Self::Service => "traffic-service",
        }
    }
}

/// One of them.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Stop {
    /// What it is.
    pub kind: StopKind,
    /// Its name, or its address.
    pub name: Rc<str>,
    /// What is selected by it.
    pub key: Option<Key>,
}

/// A Pod behind the Service, and what came to it in the last second.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Arrival {
    /// Which.
    pub key: Key,
    /// What tells it from its siblings.
    pub short: Rc<str>,
    /// Its state.
    pub state: PodState,
    /// Answered in the last second.
    pub answered: u64,
    /// Lost in the last second.
    pub lost: u64,
}

/// One client.
#[derive(Clone, PartialEq, Debug)]
pub struct ClientView {
    /// Its name.
    pub name: Rc<str>,
    /// Where it sends.
    pub target: Rc<str>,
    /// Where it stands: a Pod, a node, or outside.
    pub from: Say,
    /// How many requests in a second.
    pub per_second: u64,
    /// What the requests pass.
    pub stops: Vec<Stop>,
    /// Where they end.
    pub pods: Vec<Arrival>,
    /// Answered in the last second by something that is no Pod.
    pub elsewhere: u64,
    /// Lost in the last second before they came to a Pod.
    pub lost_on_way: u64,
    /// The place among `stops` at which they are lost; none is at the client itself.
    pub lost_at: Option<usize>,
    /// All that was answered.
    pub answered: u64,
    /// All that was lost.
    pub lost: u64,
    /// The last second's mean time to an answer, in microseconds.
    pub latency_micros: u64,
    /// The last minute and the last quarter of an hour, oldest column first.
    pub columns: [Vec<Column>; 2],
    /// What was lost of late, by reason, the latest first.
    pub losses: Vec<LossRow>,
    /// What it is told to do.
    pub plan: Plan,
    /// What makes it stop.
    pub cease: Msg,
}

/// Something to which requests can be sent, and nobody does yet.
#[derive(Clone, PartialEq, Debug)]
pub struct Target {
    /// The Service's name.
    pub name: Rc<str>,
    /// By which door.
    pub door: StopKind,
    /// What a client would do.
    pub plan: Plan,
}

/// The whole lens.
#[derive(Clone, PartialEq, Debug)]
pub struct TrafficView {
    /// What the sheet is.
    pub title: Title,
    /// Every client.
    pub clients: Vec<ClientView>,
    /// Where else requests could be sent.
    pub targets: Vec<Target>,
    /// The second in which the playhead stands.
    pub second: u64,
    /// The seconds in which the learner did something, newest first.
    pub deeds: Vec<u64>,
}

/// Whether there is anything to send requests to, or somebody who does.
#[must_use]
pub fn has_something(session: &Session) -> bool {
    let cluster = session.world().cluster();
    let seen = cluster.snapshot(session.world().now());
    cluster.clients().next().is_some() || services(&seen).next().is_some()
}

/// The clients of a session's world at the playhead.
#[must_use]
pub fn view(session: &Session) -> TrafficView {
    let world = session.world();
    let seen = world.cluster().snapshot(world.now());
    let pods = wish::pods(session);
    let second = world.now().as_secs();
    let clients = world.cluster().clients();
    TrafficView {
        title: map::title(session),
        clients: clients.map(|client| of(client, second, &seen, &pods)).collect(),
        targets: targets(session, &seen),
        second,
        deeds: deeds(session, second),
    }
}

/// The plan of a client at another rate.
#[must_use]
pub fn at_rate(plan: &Plan, per_second: u64) -> Msg {
    Msg::Break(Break::Send(Plan { per_second, ..plan.clone() }))
}

fn deeds(session: &Session, second: u64) -> Vec<u64> {
    let window = COLUMNS * WINDOWS.into_iter().max().unwrap_or(1);
    let entries = session.world().journal().iter().rev();
    let recent = entries.take_while(|entry| second.saturating_sub(entry.at.as_secs()) < window);
    let mut seconds: Vec<u64> = recent.filter(|entry| &*entry.actor == "you").map(|entry| entry.at.as_secs()).collect();
    seconds.dedup();
    seconds.truncate(DEEDS_MAX);
    seconds
}

fn of(client: &Client, second: u64, seen: &Snapshot<'_>, pods: &[PodView]) -> ClientView {
    let plan = &client.plan;
    let stops = stops(client);
    let mut arrivals = behind(&stops, seen, pods);
    let (mut elsewhere, mut lost_on_way, mut lost_at) = (0, 0, None);
    // Less than a second's ticks have been counted in the first second.
    let scale = |sum: u64| sum * LEGS_MAX as u64 / (client.legs.len() as u64).max(1);
    for leg in client.legs.iter().flatten() {
        let pod = leg.at.as_ref().filter(|key| key.resource == Resource::PODS);
        match pod {
            Some(key) => {
                let at = arrivals.iter().position(|it| it.key == *key).unwrap_or_else(|| {
                    arrivals.push(arrival(key, pods));
                    arrivals.len() - 1
                });
                arrivals[at].answered += leg.answered;
                arrivals[at].lost += leg.lost;
            }
            None => {
                elsewhere += leg.answered;
                lost_on_way += leg.lost;
                if leg.lost > 0 {
                    lost_at = stops.iter().rposition(|stop| stop.key == leg.at && leg.at.is_some());
                }
            }
        }
    }
    for it in &mut arrivals {
        (it.answered, it.lost) = (scale(it.answered), scale(it.lost));
    }
    ClientView {
        name: plan.name.clone(),
        target: format!("http://{}:{}{}", plan.host, plan.port, plan.path).into(),
        from: match plan.from.strip_prefix("node/") {
            Some(node) => Say::new("traffic-from-node").with("node", node),
            None if plan.from.is_empty() => Say::new("traffic-from-outside"),
            None => Say::new("traffic-from-pod").with("pod", &plan.from),
        },
        per_second: plan.per_second,
        stops,
        pods: arrivals,
        elsewhere: scale(elsewhere),
        lost_on_way: scale(lost_on_way),
        lost_at,
        answered: client.answered,
        lost: client.lost,
        latency_micros: client.seconds.back().map(|last| last.latency_micros).unwrap_or_default(),
        columns: WINDOWS.map(|each| columns(client, second, each)),
        losses: losses(&client.losses),
        cease: Msg::Break(Break::Cease(plan.name.clone())),
        plan: plan.clone(),
    }
}

/// What a request of this client passed last, in order.
fn stops(client: &Client) -> Vec<Stop> {
    let mut stops: Vec<Stop> = Vec::new();
    for hop in client.way.iter() {
        let address = || match hop.note.args.iter().find(|(name, _)| *name == "address") {
            Some((_, crate::sim::Arg::Text(text))) => text.clone(),
            _ => "".into(),
        };
        let about = hop.about.clone();
        let stop = match (hop.note.code, about.as_ref().map(|key| key.resource)) {
            ("path-load-balancer", _) => Stop { kind: StopKind::Balancer, name: address(), key: about },
            (_, Some(Resource::INGRESSES)) => of_key(StopKind::Ingress, about),
            (_, Some(Resource::SERVICES)) => of_key(StopKind::Service, about),
            (_, Some(Resource::NODES)) if !stops.iter().any(|stop| stop.kind == StopKind::Service) => {
                of_key(StopKind::Node, about)
            }
            _ => continue,
        };
        // A name that is looked up and the address behind it are one place.
        if stops.last() != Some(&stop) {
            stops.push(stop);
        }
    }
    stops
}

fn of_key(kind: StopKind, key: Option<Key>) -> Stop {
    Stop { kind, name: key.as_ref().map(|key| key.name.clone()).unwrap_or_default(), key }
}

/// The Pods that the last Service selects, whether they take requests yet or not.
fn behind(stops: &[Stop], seen: &Snapshot<'_>, pods: &[PodView]) -> Vec<Arrival> {
    let key = stops.iter().rev().find(|stop| stop.kind == StopKind::Service).and_then(|stop| stop.key.as_ref());
    let Some(service) = key.and_then(|key| seen.get(key)) else { return Vec::new() };
    let Some(selector) = service.at(&["spec", "selector"]) else { return Vec::new() };
    let namespace = meta::namespace(service);
    let selected = pods.iter().filter(|pod| {
        *pod.key.namespace == *namespace
            && pod.state != PodState::Done
            && seen.get(&pod.key).is_some_and(|pod| selects(selector, pod))
    });
    // The eldest first: what comes is added below, and nothing changes its row.
    let mut selected: Vec<&PodView> = selected.collect();
    selected.sort_by_key(|pod| seen.get(&pod.key).map(|object| meta::created_at(object)));
    selected.into_iter().map(|pod| arrival(&pod.key, pods)).collect()
}

/// Whether a Service's selector names this Pod.
pub(super) fn selects(selector: &Value, pod: &Object) -> bool {
    let mut wanted = selector.entries().peekable();
    wanted.peek().is_some() && wanted.all(|(name, value)| meta::label(pod, name) == value.as_str())
}

fn arrival(key: &Key, pods: &[PodView]) -> Arrival {
    let known = pods.iter().find(|pod| pod.key == *key);
    let tail = || key.name.rsplit_once('-').map_or(key.name.clone(), |(_, tail)| tail.into());
    Arrival {
        key: key.clone(),
        short: known.map_or_else(tail, |pod| pod.short.clone()),
        // Requests still go to it, and it is there no more.
        state: known.map_or(PodState::Leaving, |pod| pod.state),
        answered: 0,
        lost: 0,
    }
}

fn columns(client: &Client, second: u64, each: u64) -> Vec<Column> {
    // Columns begin at whole multiples, so that they stay themselves while time goes on.
    let last = second / each;
    let first = last.saturating_sub(COLUMNS - 1);
    let mut columns: Vec<Column> =
        (first..=last).map(|index| Column { from: index * each, ..Column::default() }).collect();
    for known in client.seconds.iter() {
        let Second { second, answered, lost, latency_micros } = *known;
        let Some(at) = (second / each).checked_sub(first) else { continue };
        let Some(column) = usize::try_from(at).ok().and_then(|at| columns.get_mut(at)) else { continue };
        let all = column.latency_micros * column.answered + latency_micros * answered;
        column.answered += answered;
        column.lost += lost;
        column.latency_micros = all.checked_div(column.answered).unwrap_or_default();
    }
    columns
}

/// Losses by their reason, the latest first.
fn losses(all: &[Loss]) -> Vec<LossRow> {
    let mut rows: Vec<(&str, LossRow)> = Vec::new();
    for loss in all.iter().rev() {
        let at = rows.iter().position(|(code, _)| *code == loss.why.code).unwrap_or_else(|| {
            let why = said::because(&loss.why);
            let row = LossRow { from: loss.from, to: loss.to, count: 0, places: Vec::new(), why };
            rows.push((loss.why.code, row));
            rows.len() - 1
        });
        let (_, row) = &mut rows[at];
        row.count += loss.count;
        row.from = row.from.min(loss.from);
        row.to = row.to.max(loss.to);
        let Some(about) = &loss.about else { continue };
        let has_room = row.places.len() < PLACES_SHOWN;
        match row.places.iter_mut().find(|(key, _)| key == about) {
            Some((_, count)) => *count += loss.count,
            None if has_room => row.places.push((about.clone(), loss.count)),
            None => {}
        }
    }
    rows.into_iter().map(|(_, row)| row).take(LOSSES_SHOWN).collect()
}

/// The Services that people made, and that have a port.
fn services<'a>(seen: &Snapshot<'a>) -> impl Iterator<Item = &'a Rc<Object>> + use<'a> {
    seen.list(Resource::SERVICES, "").filter(|service| {
        let is_own = meta::namespace(service) != "kube-system"
            && !(meta::namespace(service) == "default" && meta::name(service) == "kubernetes");
        is_own && !service.items_at(&["spec", "ports"]).is_empty()
    })
}

/// Every door to every Service at which no client stands yet.
fn targets(session: &Session, seen: &Snapshot<'_>) -> Vec<Target> {
    let cluster = session.world().cluster();
    let all = services(seen).flat_map(|service| doors(session, seen, service));
    all.filter(|target| !cluster.clients().any(|client| client.plan.name == target.plan.name)).collect()
}

/// The ways to a Service, the outermost first.
fn doors(session: &Session, seen: &Snapshot<'_>, service: &Object) -> Vec<Target> {
    let Some(port) = service.items_at(&["spec", "ports"]).first() else { return Vec::new() };
    let mut targets: Vec<Target> = Vec::new();
    let mut add = |door: StopKind, from: Rc<str>, host: Rc<str>, port: i64, path: Rc<str>| {
        let namespace = meta::namespace(service);
        let mut name = if namespace == "default" {
            meta::name(service).to_owned()
        } else {
            [namespace, ".", meta::name(service)].concat()
        };
        let word = match door {
            StopKind::Balancer => "balancer",
            StopKind::Ingress => "ingress",
            StopKind::Node => "node",
            StopKind::Service => "inside",
        };
        if !targets.is_empty() {
            name = [&name, "-", word].concat();
        }
        let plan = Plan { name: name.into(), from, host, port, path, per_second: OFFERED };
        targets.push(Target { name: meta::name(service).into(), door, plan });
    };
    let cluster = session.world().cluster();
    let number = port.int_at(&["port"]).unwrap_or_default();
    if let Some((host, path)) = rules_to(seen, service) {
        add(StopKind::Ingress, "".into(), host, 80, path);
    }
    for balancer in service.items_at(&["status", "loadBalancer", "ingress"]).iter().take(1) {
        let address = [balancer.str_at(&["hostname"]), balancer.str_at(&["ip"])].into_iter().find(|it| !it.is_empty());
        if let Some(address) = address {
            add(StopKind::Balancer, "".into(), address.into(), number, "/".into());
        }
    }
    let node = cluster.kubelets().next();
    if let (Some((_, kubelet)), Some(node_port)) = (node, port.int_at(&["nodePort"]).filter(|port| *port > 0)) {
        add(StopKind::Node, "".into(), kubelet.machine().address.clone(), node_port, "/".into());
    }
    let cluster_ip = service.str_at(&["spec", "clusterIP"]);
    if let (Some((node, _)), false) = (node, matches!(cluster_ip, "" | "None")) {
        add(StopKind::Service, format!("node/{node}").into(), cluster_ip.into(), number, "/".into());
    }
    targets
}

/// The host and path of the first Ingress rule that leads to a Service.
fn rules_to(seen: &Snapshot<'_>, service: &Object) -> Option<(Rc<str>, Rc<str>)> {
    let leads = |backend: Option<&Value>| {
        backend.is_some_and(|backend| backend.str_at(&["service", "name"]) == meta::name(service))
    };
    for ingress in seen.list(Resource::INGRESSES, meta::namespace(service)) {
        for rule in ingress.items_at(&["spec", "rules"]) {
            let found = rule.items_at(&["http", "paths"]).iter().find(|path| leads(path.at(&["backend"])));
            if let Some(found) = found {
                let host = Some(rule.str_at(&["host"])).filter(|host| !host.is_empty()).unwrap_or(INGRESS_ADDRESS);
                // A wildcard stands for any one name.
                let path = Some(found.str_at(&["path"])).filter(|path| !path.is_empty()).unwrap_or("/");
                return Some((host.replace('*', "www").into(), path.into()));
            }
        }
        if leads(ingress.at(&["spec", "defaultBackend"])) {
            return Some((INGRESS_ADDRESS.into(), "/".into()));
        }
    }
    None
}

/// What the inspector offers for a Service: to send it requests, or to stop that.
#[must_use]
pub fn switch(session: &Session, key: &Key) -> Option<(Say, Break)> {
    if key.resource != Resource::SERVICES {
        return None;
    }
    let world = session.world();
    let seen = world.cluster().snapshot(world.now());
    let target = doors(session, &seen, seen.get(key)?).into_iter().next()?;
    if world.cluster().clients().any(|client| client.plan.name == target.plan.name) {
        return Some((Say::new("mend-traffic"), Break::Cease(target.plan.name)));
    }
    let offer = Say::new("break-traffic").with("count", i64::try_from(OFFERED).unwrap_or_default());
    Some((offer, Break::Send(target.plan)))
}

/// Whether this makes a client stop.
#[must_use]
pub(super) const fn ceases(done: &Break) -> bool {
    matches!(done, Break::Cease(_))
}

//! Why something is as it is: the chain of causes, who is waiting for what and until when, and for
//! a Pod without a node what every node said.

use super::breaking::{self, BrokenView};
use super::cure::{self, Cure};
use super::said::{self, Say};
use super::timeline::{self, MarkKind};
use super::wish::{self, PodState};
use crate::document::Value;
use crate::kube::Due;
use crate::kube::api::quantity::Quantity;
use crate::kube::api::{Key, Object, Resource, meta};
use crate::kube::quota;
use crate::kube::scheduler;
pub use crate::kube::scheduler::{NodeVerdict, Verdict};
use crate::session::Session;
use crate::sim::{Entry, EntryId, SimTime};
use std::rc::Rc;

/// One link of the chain.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Link {
    /// The journal entry's number.
    pub id: u64,
    /// When.
    pub at: SimTime,
    /// How its mark looks.
    pub kind: MarkKind,
    /// Who.
    pub who: Say,
    /// What they did.
    pub what: Say,
    /// Why, as they saw it.
    pub why: Option<Say>,
}

/// Something that is waited for.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Wait {
    /// Until when, where that is known.
    pub until: Option<SimTime>,
    /// For what.
    pub what: Say,
}

/// A condition of an object's status, in upstream's words.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Condition {
    /// Its type.
    pub name: Rc<str>,
    /// Whether it is `True`.
    pub holds: bool,
    /// Its reason word.
    pub reason: Rc<str>,
    /// Its message.
    pub message: Rc<str>,
}

/// The answer to Why.
#[derive(Clone, PartialEq, Debug, Default)]
pub struct WhyView {
    /// One sentence: which loop has not finished.
    pub answer: Option<Say>,
    /// What was broken on purpose and is behind it.
    pub broken: Vec<BrokenView>,
    /// The chain of causes, first cause first.
    pub chain: Vec<Link>,
    /// What is waited for.
    pub waits: Vec<Wait>,
    /// The conditions of a Deployment or node.
    pub conditions: Vec<Condition>,
    /// What `kubectl describe` says about it.
    pub message: Option<Rc<str>>,
    /// What every filter said about every node, for a Pod without one.
    pub verdicts: Vec<NodeVerdict>,
    /// The one line that would help.
    pub cure: Option<Cure>,
    /// The quotas that stop what it would make, where they do.
    pub quotas: Vec<QuotaRow>,
    /// The field that decides, where one does: `spec.containers.0.resources`.
    pub decides: Option<&'static str>,
}

/// How many links are shown: the first, and the last ones.
const LINKS_MAX: usize = 9;
/// How many waits are shown.
const WAITS_MAX: usize = 3;

/// Why the object with this key is as it is.
#[must_use]
pub fn view(session: &Session, key: &Key) -> WhyView {
    let world = session.world();
    let object = world.cluster().get(key);
    let verdicts = object.map(|object| verdicts(session, key, object)).unwrap_or_default();
    let warned = object.filter(|object| is_waiting(key, object)).and_then(|object| warning(session, object));
    WhyView {
        answer: no_address(warned.as_deref()).or_else(|| object.and_then(|object| answer(session, key, object))),
        broken: breaking::behind(session, key),
        chain: chain(session, key),
        waits: waits(session, key),
        conditions: object.map(|object| conditions(key, object)).unwrap_or_default(),
        message: object.and_then(|object| message(object)).or(warned),
        decides: decides(&verdicts),
        cure: object.and_then(|object| cure::of(session, key, object, &verdicts)),
        quotas: object.map(|object| quotas(session, key, object)).unwrap_or_default(),
        verdicts,
    }
}

/// One amount that a quota limits, for what an owner would make next.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct QuotaRow {
    /// The quota.
    pub quota: Key,
    /// The amount: `requests.cpu`, `pods`.
    pub name: Rc<str>,
    /// How much is allowed.
    pub hard: Rc<str>,
    /// How much is taken.
    pub used: Rc<str>,
    /// How much the next one asks for.
    pub asks: Rc<str>,
    /// Whether this amount stops it.
    pub stops: bool,
}

/// What the quotas of its namespace say of the next Pod of an owner that was refused one.
fn quotas(session: &Session, key: &Key, object: &Object) -> Vec<QuotaRow> {
    let refused = meta::condition(object, "ReplicaFailure")
        .is_some_and(|it| it.str_at(&["status"]) == "True" && it.str_at(&["message"]).contains("exceeded quota"));
    if !refused {
        return Vec::new();
    }
    let world = session.world();
    let seen = world.cluster().snapshot(world.now());
    let pod = object.at(&["spec", "template"]).cloned().unwrap_or_default();
    let asked = quota::usage(Resource::PODS, &pod, world.now());
    let mut rows = Vec::new();
    for found in seen.list(Resource::RESOURCE_QUOTAS, &key.namespace) {
        let Some(quota) = meta::key(found) else { continue };
        let hard = found.at(&["spec", "hard"]).cloned().unwrap_or_default();
        for (name, limit) in hard.entries() {
            let Some(asks) = asked.get(&**name) else { continue };
            let text = |value: Option<&Value>| -> Rc<str> {
                value.map_or_else(|| "0".into(), |it| it.as_str().map_or_else(|| it.to_string().into(), Rc::from))
            };
            let used = found.at(&["status", "used", &**name]);
            let amount = |value: Option<&Value>| Quantity::parse(&text(value)).ok();
            let stops = match (amount(Some(limit)), amount(used)) {
                (Some(limit), Some(used)) => used.plus(*asks) > limit,
                _ => false,
            };
            rows.push(QuotaRow {
                quota: quota.clone(),
                name: name.clone(),
                hard: text(Some(limit)),
                used: text(used),
                asks: asks.to_string().into(),
                stops,
            });
        }
    }
    rows
}

/// Whether an object waits for somebody else: a Pod to start, a claim for its volume, a Service for
/// its load balancer.
fn is_waiting(key: &Key, object: &Object) -> bool {
    match key.resource {
        Resource::PODS | Resource::PERSISTENT_VOLUME_CLAIMS => object.str_at(&["status", "phase"]) == "Pending",
        Resource::SERVICES => {
            object.str_at(&["spec", "type"]) == "LoadBalancer"
                && object.items_at(&["status", "loadBalancer", "ingress"]).is_empty()
        }
        _ => false,
    }
}

/// What its controllers have warned of last, as `kubectl describe` shows it.
fn warning(session: &Session, object: &Object) -> Option<Rc<str>> {
    let world = session.world();
    let seen = world.cluster().snapshot(world.now());
    let about = |event: &&Rc<Object>| {
        event.str_at(&["type"]) == "Warning" && event.str_at(&["involvedObject", "uid"]) == meta::uid(object)
    };
    let last = seen.list(Resource::EVENTS, meta::namespace(object)).filter(about);
    let last = last.max_by(|one, other| one.str_at(&["lastTimestamp"]).cmp(other.str_at(&["lastTimestamp"])))?;
    Some(last.str_at(&["message"]).into())
}

/// The CNI plugin has no address left.
fn no_address(warned: Option<&str>) -> Option<Say> {
    warned?.contains("failed to assign an IP address to container").then(|| Say::new("why-no-address"))
}

/// What every node says to a Pod that has none.
fn verdicts(session: &Session, key: &Key, object: &Object) -> Vec<NodeVerdict> {
    let is_waiting = key.resource == Resource::PODS && object.str_at(&["spec", "nodeName"]).is_empty();
    let world = session.world();
    if is_waiting { scheduler::explain(&world.cluster().snapshot(world.now()), object) } else { Vec::new() }
}

/// The part of the Pod that stopped it: where the same filter stopped it on every node that is
/// open to it at all, the field that this filter reads.
fn decides(verdicts: &[NodeVerdict]) -> Option<&'static str> {
    let stop = |verdict: &NodeVerdict| {
        verdict.filters.iter().find(|(_, said)| matches!(said, Verdict::Stops { .. })).map(|(name, _)| *name)
    };
    let stops: Vec<&str> = verdicts.iter().filter_map(stop).collect();
    if stops.len() < verdicts.len() {
        return None;
    }
    match () {
        () if stops.contains(&"NodeResourcesFit") => Some("resources.requests"),
        () if stops.contains(&"NodeAffinity") => Some("spec.nodeSelector"),
        () if stops.contains(&"NodePorts") => Some("ports"),
        () => None,
    }
}

fn chain(session: &Session, key: &Key) -> Vec<Link> {
    let world = session.world();
    let Some(last) = world.cluster().last_entry(key) else { return Vec::new() };
    let mut links: Vec<Link> = world.journal().chain(last).into_iter().map(link).collect();
    shorten(&mut links);
    links
}

fn link(entry: &Entry) -> Link {
    let kind = timeline::mark(entry).map_or(MarkKind::Write, |mark| mark.kind);
    let (who, what) = said::deed(entry);
    let why = entry.why.as_ref().filter(|why| !matches!(why.code, "asked" | "observed" | "bootstrap"));
    Link { id: entry.id.0, at: entry.at, kind, who, what, why: why.map(said::because) }
}

fn shorten(links: &mut Vec<Link>) {
    if links.len() > LINKS_MAX {
        links.drain(1..links.len() - LINKS_MAX + 1);
    }
}

/// What has happened to a resource of the cloud: what led to its first change, then each of them.
#[must_use]
pub fn of_cloud(session: &Session, id: &str) -> Vec<Link> {
    let journal = session.world().journal();
    let own: Vec<&Entry> = journal.iter().filter(|entry| *entry.subject.name == *id).collect();
    let Some((first, rest)) = own.split_first() else { return Vec::new() };
    let mut links: Vec<Link> = journal.chain(first.id).into_iter().chain(rest.iter().copied()).map(link).collect();
    shorten(&mut links);
    links
}

/// The cause of an entry, as its number: for drawing a line between two marks.
#[must_use]
pub fn cause(session: &Session, id: u64) -> Option<u64> {
    session.world().journal().get(EntryId(id)).and_then(|entry| entry.cause).map(|cause| cause.0)
}

fn waits(session: &Session, key: &Key) -> Vec<Wait> {
    let world = session.world();
    let node = world.cluster().get(key).map(|object| object.str_at(&["spec", "nodeName"])).unwrap_or_default();
    let concerns = |due: &Due| match due {
        Due::Reconcile { key: other, .. } => other == key,
        Due::Scheduler(_) => key.resource == Resource::PODS && node.is_empty(),
        Due::Kubelet { node, work } => timeline::concerns(node, work, key),
        Due::Program { .. } | Due::Election(_) | Due::Recovered | Due::Traffic => false,
    };
    // What only keeps watch matters here too: a Pod that fails waits for its next look.
    let due = world.agenda().filter(|(_, due)| concerns(due));
    due.take(WAITS_MAX).map(|(at, due)| Wait { until: Some(at), what: timeline::due_words(session, due).2 }).collect()
}

/// Which loop has not finished, in one sentence.
fn answer(session: &Session, key: &Key, object: &Object) -> Option<Say> {
    match key.resource {
        Resource::DEPLOYMENTS | Resource::REPLICA_SETS => {
            let rows = wish::rows(session);
            let row = rows.into_iter().find(|row| row.key == *key)?;
            if row.is_met() {
                return Some(Say::new("answer-met").with("want", row.want));
            }
            let not_ready = row.have() - row.ready();
            Some(match row.gap() {
                gap if gap > 0 => Say::new("answer-missing").with("want", row.want).with("have", row.have()),
                gap if gap < 0 => Say::new("answer-surplus").with("want", row.want).with("have", row.have()),
                _ => Say::new("answer-unready").with("pods", not_ready),
            })
        }
        Resource::PODS => {
            let node = Key::new(Resource::NODES, "", object.str_at(&["spec", "nodeName"]));
            let silent = session.world().cluster().get(&node).is_some_and(|node| wish::is_silent(node));
            let (state, _) = wish::pod_state(object, silent);
            let key = match state {
                PodState::Ready => "answer-pod-ready",
                PodState::Pending => "answer-pod-pending",
                PodState::Starting => "answer-pod-starting",
                PodState::Failing => "answer-pod-failing",
                PodState::Leaving => "answer-pod-leaving",
                PodState::Done => "answer-pod-done",
                PodState::Unknown => "answer-pod-unknown",
            };
            Some(Say::new(key).with("node", &node.name))
        }
        _ => None,
    }
}

fn conditions(key: &Key, object: &Object) -> Vec<Condition> {
    if key.resource == Resource::PODS {
        return Vec::new();
    }
    let conditions = object.items_at(&["status", "conditions"]).iter();
    conditions
        .map(|condition| Condition {
            name: condition.str_at(&["type"]).into(),
            holds: condition.str_at(&["status"]) == "True",
            reason: condition.str_at(&["reason"]).into(),
            message: condition.str_at(&["message"]).into(),
        })
        .collect()
}

/// What `kubectl describe` says: the message of the condition or container that stops it.
fn message(object: &Object) -> Option<Rc<str>> {
    let scheduled = meta::condition(object, "PodScheduled").filter(|it| it.str_at(&["status"]) == "False");
    let waiting = object
        .items_at(&["status", "containerStatuses"])
        .iter()
        .find_map(|container| container.at(&["state", "waiting"]).filter(|it| !it.str_at(&["message"]).is_empty()));
    let text = scheduled.or(waiting)?.str_at(&["message"]);
    (!text.is_empty()).then(|| text.into())
}

//! The scheduler: which node a Pod goes to, and for every node that it does not go to, why not.
//!
//! `queue` keeps the Pods that wait, `cycle` finds a node for one of them by asking the plugins
//! in `plugins/` (one file each), `board` remembers their answers for further Pods of the same kind; a Pod that matters more may take the place of others.
//!
//! Invariant: a decision can be recomputed from the snapshot it was made from: [`explain`] does.
//! Invariant: what it remembers of nodes is what it would find if it looked anew; beside that the
//! queues are all its memory.

mod board;
mod cycle;
pub mod node_info;
pub mod plugins;
mod queue;

pub use cycle::{NodeVerdict, Verdict};
pub use queue::{Counts, Place, Queue, Waiting};

use crate::document::InOrder as _;
use crate::document::Value;
use crate::kube::api::{Key, Object, Request, Resource, User, Verb, meta};
use crate::kube::conditions::{self, Condition};
use crate::kube::why::Why;
use crate::kube::{Outcome, Ran, Snapshot};
use crate::sim::{Change, ChangeKind, EntryId, SimTime, secs};
use crate::tree;
use board::Boards;
use cycle::Attempt;
use node_info::{Cache, NodeInfo};
use plugins::Cycle;
use plugins::default_preemption::Preemption;
use plugins::volume_binding;
use rpds::RedBlackTreeSet;
use std::rc::Rc;

/// What is due for the scheduler.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum Work {
    /// Take one Pod from the active queue and find a node for it.
    ScheduleOne,
    /// A back-off is over: Pods whose wait has ended become active.
    BackoffOver,
    /// Look for Pods that have been left over: too long without a node, or with a binding that
    /// was refused.
    Flush,
}

impl Work {
    /// Whether this only keeps watch.
    #[must_use]
    pub fn is_background(&self) -> bool {
        matches!(self, Self::Flush)
    }
}

/// `podMaxInUnschedulablePodsDuration`: after that long a Pod is tried again whatever happens.
const UNSCHEDULABLE_MAX: SimTime = secs(300);
/// How long a binding may take before it counts as lost.
const BINDING_MAX: SimTime = secs(1);

/// The scheduler's memory: its queues, and the nodes with what is on them.
#[derive(Clone, Default)]
pub struct Scheduler {
    queue: Queue,
    cache: Cache,
    /// What nodes were found to be worth to Pods of the same kind.
    boards: Boards,
    /// The waiting Pods for which room was made somewhere.
    nominated: RedBlackTreeSet<Key>,
    /// Where in the list of nodes the next attempt begins.
    // Models nextStartNodeIndex
    next_start: u64,
    /// Whether a [`Work::ScheduleOne`] is on its way.
    is_called: bool,
}

/// What every filter and score says about every node for `pod`, now. A Pod that is bound already
/// is judged as if it were not.
#[must_use]
pub fn explain(seen: &Snapshot<'_>, pod: &Value) -> Vec<NodeVerdict> {
    let mut pod = pod.clone();
    let bound = pod.remove(&["spec", "nodeName"]);
    let mut nodes = node_info::collect(seen);
    let bound_to = bound.as_ref().and_then(Value::as_str).unwrap_or_default();
    for info in Rc::make_mut(&mut nodes).iter_mut().filter(|info| info.name() == bound_to) {
        Rc::make_mut(info).forget(meta::uid(&pod));
    }
    node_info::nominate(Rc::<Vec<_>>::make_mut(&mut nodes), seen.list(Resource::PODS, ""), &pod);
    Cycle::new(seen, &pod, nodes).verdicts()
}

impl Scheduler {
    /// The Pods that wait.
    #[must_use]
    pub fn queue(&self) -> &Queue {
        &self.queue
    }

    /// Hears of a change. Returns what is due because of it, each after a delay.
    // Models pkg/scheduler/eventhandlers.go addAllEventHandlers
    pub fn observe(
        &mut self,
        seen: &Snapshot<'_>,
        change: &Change<Key, Rc<Object>>,
        cause: Option<EntryId>,
    ) -> Vec<(SimTime, Work)> {
        let mut wake = Vec::new();
        match change.key.resource {
            Resource::PODS => {
                let node = change.value.str_at(&["spec", "nodeName"]);
                let is_gone = change.kind == ChangeKind::Deleted;
                self.remember(change);
                if is_gone || !node.is_empty() || !is_ours(&change.value) {
                    self.queue.remove(&change.key);
                } else {
                    self.observe_waiting(seen.now, change, cause);
                }
                if !node.is_empty() && (is_gone || node_info::has_ended(&change.value)) {
                    self.room_on(seen, node, cause, &mut wake);
                }
            }
            Resource::NODES if change.kind == ChangeKind::Deleted => self.cache.remove_node(&change.key.name),
            Resource::NODES => {
                self.cache.put_node(&change.value);
                self.room_on(seen, &change.key.name, cause, &mut wake);
            }
            Resource::PERSISTENT_VOLUME_CLAIMS | Resource::PERSISTENT_VOLUMES | Resource::STORAGE_CLASSES => {
                self.room_on(seen, "", cause, &mut wake);
            }
            _ => {}
        }
        self.call(seen.settings.watch_latency, &mut wake);
        wake
    }

    /// Keeps what is known of nodes up to date with a change of a Pod.
    fn remember(&mut self, change: &Change<Key, Rc<Object>>) {
        let pod = &change.value;
        let is_over = change.kind == ChangeKind::Deleted || node_info::has_ended(pod);
        if !pod.str_at(&["spec", "nodeName"]).is_empty() {
            if is_over {
                self.cache.remove_pod(pod);
            } else {
                self.cache.put_pod(pod);
            }
            self.nominated.remove_mut(&change.key);
        } else if is_over || pod.str_at(&["status", "nominatedNodeName"]).is_empty() {
            self.nominated.remove_mut(&change.key);
        } else {
            self.nominated.insert_mut(change.key.clone());
        }
    }

    /// The nodes as `pod` has to see them.
    fn nodes_for(&self, seen: &Snapshot<'_>, pod: &Value) -> Rc<Vec<Rc<NodeInfo>>> {
        let mut nodes = self.cache.nodes();
        if self.nominated.is_empty() {
            return nodes;
        }
        node_info::nominate(
            Rc::<Vec<_>>::make_mut(&mut nodes),
            self.nominated.iter().filter_map(|key| seen.get(key)),
            pod,
        );
        nodes
    }

    /// Whether what is remembered of nodes is what is stored, for tests.
    #[must_use]
    pub fn agrees_with(&self, seen: &Snapshot<'_>) -> bool {
        let face = |info: &Rc<NodeInfo>| {
            let mut pods: Vec<String> = info.pods.iter().map(|pod| meta::uid(pod).to_owned()).collect();
            pods.order();
            (
                info.name().to_owned(),
                pods,
                info.requested.clone().into_iter().filter(|(_, amount)| *amount != 0).collect(),
            )
        };
        let known: Vec<(String, Vec<String>, node_info::Amounts)> = self.cache.nodes().iter().map(face).collect();
        known == node_info::collect(seen).iter().map(face).collect::<Vec<_>>()
    }

    /// Whether a board comes to what the plugins come to for a Pod like this one, for tests.
    #[must_use]
    pub fn board_agrees(&self, seen: &Snapshot<'_>, pod: &Value) -> bool {
        let mut pod = pod.clone();
        pod.remove(&["spec", "nodeName"]);
        let start = usize::try_from(self.next_start).unwrap_or_default() % self.cache.nodes().len().max(1);
        let quick = self.boards.clone().attempt(&self.cache, seen, &pod, 1, start);
        let Some((quick, looked)) = quick else { return true };
        let (slow, looked_at) = Cycle::new(seen, &pod, self.cache.nodes()).attempt(1, start);
        let same = match (&quick, &slow) {
            (
                Attempt::Fits { node, feasible, nodes },
                Attempt::Fits { node: other, feasible: others_feasible, nodes: others },
            ) => (node, feasible, nodes) == (other, others_feasible, others),
            _ => false,
        };
        same && looked == looked_at
    }

    /// A Pod without a node is new, or has changed.
    fn observe_waiting(&mut self, now: SimTime, change: &Change<Key, Rc<Object>>, cause: Option<EntryId>) {
        let pod = &change.value;
        let spec = pod.at(&["spec"]).unwrap_or(&Value::Null);
        if self.queue.get(&change.key).is_some_and(|known| known.spec == *spec) {
            // A report about the Pod, most often our own.
            return;
        }
        let is_gated = !pod.items_at(&["spec", "schedulingGates"]).is_empty();
        let waiting = Waiting {
            place: if is_gated { Place::Gated } else { Place::Active },
            priority: pod.int_at(&["spec", "priority"]).unwrap_or_default(),
            since: now,
            attempts: 0,
            tried_at: SimTime::ZERO,
            cause,
            spec: spec.clone(),
        };
        self.queue.put(change.key.clone(), waiting);
    }

    /// A node has changed or has room again: the Pods that would fit there now are tried again. An
    /// empty name means any node.
    // Models scheduling_queue.go MoveAllToActiveOrBackoffQueue with the plugins' queueing hints
    fn room_on(&mut self, seen: &Snapshot<'_>, node: &str, cause: Option<EntryId>, wake: &mut Vec<(SimTime, Work)>) {
        let stuck = |waiting: &Waiting| matches!(waiting.place, Place::Unschedulable { .. });
        let candidates: Vec<(Key, Waiting)> = self
            .queue
            .resting()
            .filter(|(_, waiting)| stuck(waiting))
            .map(|(key, waiting)| (key.clone(), waiting.clone()))
            .collect();
        for (key, mut waiting) in candidates {
            let Some(pod) = seen.get(&key) else { continue };
            let cycle = Cycle::new(seen, &pod.value, self.nodes_for(seen, pod));
            let fits = cycle
                .nodes
                .iter()
                .any(|info| (node.is_empty() || info.name() == node) && cycle.stopped_at(info).is_none());
            if !fits {
                continue;
            }
            waiting.cause = cause.or(waiting.cause);
            let until = waiting.backoff_until();
            if until > seen.now {
                waiting.place = Place::Backoff { until };
                wake.push((until.since(seen.now), Work::BackoffOver));
            } else {
                waiting.place = Place::Active;
                waiting.since = seen.now;
            }
            self.queue.put(key, waiting);
        }
    }

    fn call(&mut self, delay: SimTime, wake: &mut Vec<(SimTime, Work)>) {
        if !self.is_called && self.queue.active().next().is_some() {
            self.is_called = true;
            wake.push((delay, Work::ScheduleOne));
        }
    }

    /// Does what is due.
    pub fn run(&mut self, seen: &Snapshot<'_>, work: Work) -> Ran<Work> {
        let now = seen.now;
        let mut ran = Ran { outcome: Outcome::settled(), cause: None, wake: Vec::new() };
        match work {
            Work::ScheduleOne => {
                self.is_called = false;
                self.schedule_one(seen, &mut ran);
            }
            Work::BackoffOver => {
                self.queue.activate(now, |waiting| matches!(waiting.place, Place::Backoff { until } if until <= now));
            }
            Work::Flush => self.queue.activate(now, |waiting| match waiting.place {
                Place::Unschedulable { since } => since + UNSCHEDULABLE_MAX <= now,
                Place::Binding { since } => since + BINDING_MAX <= now,
                _ => false,
            }),
        }
        self.call(seen.settings.schedule_latency, &mut ran.wake);
        ran
    }

    // Models pkg/scheduler/schedule_one.go ScheduleOne
    fn schedule_one(&mut self, seen: &Snapshot<'_>, ran: &mut Ran<Work>) {
        let Some((key, mut waiting)) = self.queue.pop() else { return };
        let Some(pod) = seen.get(&key) else { return };
        if meta::is_deleting(pod) {
            return;
        }
        ran.cause = waiting.cause;
        waiting.attempts += 1;
        waiting.tried_at = seen.now;
        let nodes = self.cache.nodes().len().max(1) as u64;
        let start = usize::try_from(self.next_start % nodes).unwrap_or_default();
        let quick = if self.nominated.is_empty() {
            self.boards.attempt(&self.cache, seen, &pod.value, waiting.attempts, start)
        } else {
            None
        };
        let cycle = Cycle::new(seen, &pod.value, self.nodes_for(seen, pod));
        let (attempt, looked) = quick.unwrap_or_else(|| cycle.attempt(waiting.attempts, start));
        self.next_start = (self.next_start + looked as u64) % nodes;
        match attempt {
            Attempt::Fits { node, feasible, nodes } => {
                let volumes = volume_binding::reservations(&cycle, &node);
                let claims = volume_binding::to_provision(&cycle, &node);
                if volumes.is_empty() && claims.is_empty() {
                    bind(&mut ran.outcome, pod, &key, &node, feasible, nodes);
                    waiting.place = Place::Binding { since: seen.now };
                    ran.wake.push((BINDING_MAX, Work::Flush));
                } else {
                    // The Pod is tried again when the binder has given its claims these volumes.
                    for volume in &volumes {
                        reserve(&mut ran.outcome, volume);
                    }
                    for (claim, _) in claims.iter().filter(|(_, is_known)| !is_known) {
                        choose_node(&mut ran.outcome, claim, &node);
                    }
                    nominate(&mut ran.outcome, pod, &key, &node);
                    waiting.place = Place::Unschedulable { since: seen.now };
                    ran.wake.push((UNSCHEDULABLE_MAX, Work::Flush));
                }
            }
            Attempt::Fails { message, preemption } => {
                let node = preemption.as_ref().map(|preemption| preemption.node.clone());
                if let Some(preemption) = preemption {
                    preempt(&mut ran.outcome, seen, pod, &preemption);
                }
                refuse(&mut ran.outcome, seen, pod, &key, message, node);
                waiting.place = Place::Unschedulable { since: seen.now };
                ran.wake.push((UNSCHEDULABLE_MAX, Work::Flush));
            }
        }
        self.queue.put(key, waiting);
    }
}

/// The identity of kube-scheduler.
fn user() -> User {
    User::new("system:kube-scheduler", &["system:authenticated"])
}

fn is_ours(pod: &Value) -> bool {
    matches!(pod.str_at(&["spec", "schedulerName"]), "" | "default-scheduler")
}

/// Reserves a volume for a claim of a Pod that has found its node.
fn reserve(outcome: &mut Outcome, volume: &Value) {
    let key = Key::new(Resource::PERSISTENT_VOLUMES, "", meta::name(volume));
    let request = Request::new(user(), Verb::Update, &key).with_body(volume.clone()).managed_by("kube-scheduler");
    outcome.request(request, Why::VolumeFits { volume: meta::name(volume).to_owned() });
}

/// Writes on a claim for which node its volume is to be made.
fn choose_node(outcome: &mut Outcome, claim: &Value, node: &Rc<str>) {
    let Some(key) = meta::key(claim) else { return };
    let request = Request::new(user(), Verb::Update, &key).with_body(claim.clone()).managed_by("kube-scheduler");
    outcome.request(request, Why::NodeChosen { node: node.to_string() });
}

/// Writes where the Pod is expected to go, while something else must happen first.
// Models pkg/scheduler/schedule_one.go bindingCycle, NominatedNodeNameForExpectation
fn nominate(outcome: &mut Outcome, pod: &Value, key: &Key, node: &Rc<str>) {
    let status = pod.at(&["status"]).cloned().unwrap_or_default().with(&["nominatedNodeName"], node);
    let body = pod.clone().with(&["status"], status);
    let request = Request::new(user(), Verb::Update, key).on("status").with_body(body).managed_by("kube-scheduler");
    outcome.request(request, Why::Observed);
}

// Models pkg/scheduler/framework/plugins/defaultbinder Bind
fn bind(outcome: &mut Outcome, pod: &Value, key: &Key, node: &Rc<str>, feasible: i64, nodes: i64) {
    let body = tree!({
        "apiVersion": "v1",
        "kind": "Binding",
        "metadata": { "name": &key.name, "namespace": &key.namespace, "uid": meta::uid(pod) },
        "target": { "apiVersion": "v1", "kind": "Node", "name": node },
    });
    let request = Request::new(user(), Verb::Create, key).on("binding").with_body(body).managed_by("kube-scheduler");
    outcome.request(request, Why::NodeFits { node: node.to_string(), feasible, nodes });
    let message = format!("Successfully assigned {}/{} to {node}", key.namespace, key.name);
    outcome.event(pod, "Normal", "Scheduled", message);
}

/// Makes room: the victims are told why, and deleted.
// Models pkg/scheduler/framework/preemption/executor.go prepareCandidate
fn preempt(outcome: &mut Outcome, seen: &Snapshot<'_>, pod: &Value, preemption: &Preemption) {
    for victim in &preemption.victims {
        let Some(key) = meta::key(victim) else { continue };
        let why = Why::Preempted { pod: meta::name(pod).to_owned() };
        let message = "default-scheduler: preempting to accommodate a higher priority pod";
        let condition = Condition::new("DisruptionTarget", "True").because("PreemptionByScheduler", message);
        let condition = condition.of_generation(victim);
        if let Some(status) = conditions::changed_status(victim, seen.now, &[condition]) {
            let body = victim.clone().with(&["status"], status);
            let request = Request::new(user(), Verb::Update, &key).on("status").with_body(body);
            outcome.request(request.managed_by("kube-scheduler"), why.clone());
        }
        outcome.request(Request::new(user(), Verb::Delete, &key), why);
        let message = format!("Preempted by pod {} on node {}", meta::uid(pod), preemption.node);
        outcome.event(victim, "Normal", "Preempted", message);
    }
}

// Models pkg/scheduler/schedule_one.go handleSchedulingFailure
fn refuse(
    outcome: &mut Outcome,
    seen: &Snapshot<'_>,
    pod: &Value,
    key: &Key,
    message: String,
    nominated: Option<Rc<str>>,
) {
    outcome.event(pod, "Warning", "FailedScheduling", message.as_str());
    let condition = Condition::new("PodScheduled", "False").because("Unschedulable", &message).of_generation(pod);
    let mut status = conditions::changed_status(pod, seen.now, &[condition]);
    if let Some(node) = nominated {
        let known = status.or_else(|| pod.at(&["status"]).cloned()).unwrap_or_default();
        status = Some(known.with(&["nominatedNodeName"], node));
    }
    let Some(status) = status else {
        outcome.decisions.push((key.clone(), Why::NoNodeFits { message }));
        return;
    };
    let body = pod.clone().with(&["status"], status);
    let request = Request::new(user(), Verb::Update, key).on("status").with_body(body).managed_by("kube-scheduler");
    outcome.request(request, Why::NoNodeFits { message });
}

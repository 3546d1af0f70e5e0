//! One cluster: what is stored, what is due, and the loops that carry the one towards the other.

mod control_plane;
mod faults;
mod programs;

pub use control_plane::{Component, Leader, Part};

use crate::kube::api::Reason::Forbidden;
use crate::kube::api::{ApiError, Key, Object, Reply, Request, Resource, User};
use crate::kube::apiserver::{self, ApiServer};
use crate::kube::authorization::Attributes;
use crate::kube::controller::Controller;
use crate::kube::controller::podautoscaler::Scaling;
use crate::kube::kubelet::{self, Kubelet};
use crate::kube::network::Wires;
use crate::kube::network::traffic::Client;
use crate::kube::program::Runtime;
use crate::kube::scheduler::{self, Scheduler};
use crate::kube::settings::{KubeletPreset, Settings};
use crate::kube::why::Why;
use crate::kube::{Etcd, Measures, Outcome, Snapshot};
use crate::sim::{
    Agenda, Change, ChangeKind, Entry, EntryId, Journal, Reason, SimTime, Subject, Turn, Verb, content_digest, millis,
};
use rpds::{Queue, RedBlackTreeMap};
use std::rc::Rc;

mod carry;

/// What is due in a cluster.
#[derive(Clone, Debug)]
pub enum Due {
    /// A controller takes a key from its queue.
    Reconcile {
        /// Which controller.
        controller: Controller,
        /// Which object.
        key: Key,
    },
    /// The scheduler has something to do.
    Scheduler(scheduler::Work),
    /// A node's kubelet has something to do.
    Kubelet {
        /// The node.
        node: Rc<str>,
        /// What.
        work: kubelet::Work,
    },
    /// Whoever leads a part of the control plane renews its Lease, or another takes it over.
    Election(Part),
    /// Clients' requests are counted.
    Traffic,
    /// etcd has a leader again.
    Recovered,
    /// A program in a Pod goes on: it calls somebody, or has been left alone for long.
    Program {
        /// The Pod.
        pod: Key,
    },
}

impl Due {
    /// Whether this only keeps watch (heartbeats, periodic checks), so that a cluster in which
    /// nothing else is due has settled.
    #[must_use]
    pub fn is_background(&self) -> bool {
        match self {
            Self::Reconcile { controller, .. } => controller.is_periodic(),
            Self::Scheduler(work) => work.is_background(),
            Self::Kubelet { work, .. } => work.is_background(),
            Self::Program { .. } | Self::Election(_) | Self::Traffic => true,
            Self::Recovered => false,
        }
    }
}

/// What one step of a loop says: the outcome, its cause, and when to come back.
pub struct Ran<W> {
    /// What it decided.
    pub outcome: Outcome,
    /// The journal entry without which it would not have decided so.
    pub cause: Option<EntryId>,
    /// Further work of its own, each after a delay.
    pub wake: Vec<(SimTime, W)>,
}

/// An item in a controller's queue.
#[derive(Clone, Copy, Debug)]
pub struct Queued {
    ticket: (SimTime, u64),
    /// When the change that put it there was written.
    pub since: SimTime,
    /// The change that put it there.
    pub cause: Option<EntryId>,
}

/// One cluster. A clone is a snapshot.
#[derive(Clone)]
pub struct Cluster {
    api: ApiServer,
    agenda: Agenda<Due>,
    queue: RedBlackTreeMap<(Controller, Key), Queued>,
    /// How often in a row a controller has failed on a key.
    failures: RedBlackTreeMap<(Controller, Key), u32>,
    /// Until when a controller is still writing what it decided about a key.
    busy: RedBlackTreeMap<(Controller, Key), SimTime>,
    scheduler: Scheduler,
    kubelets: RedBlackTreeMap<Rc<str>, Kubelet>,
    runtime: Runtime,
    /// When each Pod's programs are looked at next.
    looks: RedBlackTreeMap<Key, SimTime>,
    stopped: RedBlackTreeMap<Component, SimTime>,
    /// The history's entries that stopped components.
    stopped_by: RedBlackTreeMap<Component, EntryId>,
    /// The users whose credentials have run out, with the history's entries that say so.
    expired: RedBlackTreeMap<Rc<str>, Option<EntryId>>,
    /// The Events that are kept, the oldest first.
    told: Queue<Key>,
    /// What autoscalers remember of their recommendations.
    scalings: RedBlackTreeMap<Key, Scaling>,
    /// Clients that send requests, by name.
    clients: RedBlackTreeMap<Rc<str>, Client>,
    /// Who leads, of several members.
    leaders: RedBlackTreeMap<Part, Leader>,
    etcd_leader: u32,
    /// Until when etcd's members elect a leader.
    etcd_elects_until: SimTime,
    /// The last journal entry about each object, so that causes survive waiting.
    last_entry: RedBlackTreeMap<Key, EntryId>,
}

impl Cluster {
    /// An empty cluster: nothing is stored, no node has registered.
    #[must_use]
    pub fn new(settings: Settings) -> Self {
        let mut cluster = Self {
            api: ApiServer::new(settings),
            agenda: Agenda::default(),
            queue: RedBlackTreeMap::new(),
            failures: RedBlackTreeMap::new(),
            busy: RedBlackTreeMap::new(),
            scheduler: Scheduler::default(),
            kubelets: RedBlackTreeMap::new(),
            runtime: Runtime::default(),
            looks: RedBlackTreeMap::new(),
            stopped: RedBlackTreeMap::new(),
            stopped_by: RedBlackTreeMap::new(),
            expired: RedBlackTreeMap::new(),
            told: Queue::new(),
            scalings: RedBlackTreeMap::new(),
            clients: RedBlackTreeMap::new(),
            leaders: RedBlackTreeMap::new(),
            etcd_leader: 0,
            etcd_elects_until: SimTime::ZERO,
            last_entry: RedBlackTreeMap::new(),
        };
        cluster.begin_elections();
        cluster
    }

    /// What is stored.
    #[must_use]
    pub fn etcd(&self) -> &Etcd {
        self.api.etcd()
    }

    /// The flags.
    #[must_use]
    pub fn settings(&self) -> &Settings {
        self.api.settings()
    }

    /// The cluster as a loop would see it at `now`.
    #[must_use]
    pub fn snapshot(&self, now: SimTime) -> Snapshot<'_> {
        let measures = Measures { runtime: &self.runtime, scalings: &self.scalings };
        let measures = (self.settings().kubelet == KubeletPreset::Documented).then_some(measures);
        Snapshot { etcd: self.api.etcd(), now, settings: self.api.settings(), measures }
    }

    /// The object with this key.
    #[must_use]
    pub fn get(&self, key: &Key) -> Option<&Rc<Object>> {
        self.etcd().get(key)
    }

    /// What is due, soonest first.
    pub fn agenda(&self) -> impl Iterator<Item = (SimTime, &Due)> {
        self.agenda.iter()
    }

    /// When the next event is due.
    #[must_use]
    pub fn next_due(&self) -> Option<SimTime> {
        self.agenda.peek().map(|(at, _)| at)
    }

    /// The queue items of all controllers.
    pub fn queue(&self) -> impl Iterator<Item = (Controller, &Key, &Queued)> {
        self.queue.iter().map(|((controller, key), queued)| (*controller, key, queued))
    }

    /// The scheduler's state.
    #[must_use]
    pub fn scheduler(&self) -> &Scheduler {
        &self.scheduler
    }

    /// The kubelet of `node`.
    #[must_use]
    pub fn kubelet(&self, node: &str) -> Option<&Kubelet> {
        self.kubelets.get(node)
    }

    /// Every kubelet, by node name.
    pub fn kubelets(&self) -> impl Iterator<Item = (&Rc<str>, &Kubelet)> {
        self.kubelets.iter()
    }

    /// Since when a component is stopped, if it is.
    #[must_use]
    pub fn stopped_since(&self, component: &Component) -> Option<SimTime> {
        self.stopped.get(component).copied()
    }

    /// The last journal entry about an object.
    #[must_use]
    pub fn last_entry(&self, key: &Key) -> Option<EntryId> {
        self.last_entry.get(key).copied()
    }

    /// Answers a request, and tells every loop that waits for what it changed.
    ///
    /// # Errors
    /// The API server's refusal.
    pub fn handle(&mut self, turn: &mut Turn<'_>, request: &Request) -> Result<Reply, ApiError> {
        if let Some(outage) = self.outage(turn.now) {
            return Err(outage);
        }
        if let Some(refusal) = self.unauthorized(request) {
            return Err(refusal);
        }
        if let Some(answer) = self.handle_metrics(turn, request) {
            return answer;
        }
        if let Some(answer) = self.handle_streaming(turn, request) {
            return answer;
        }
        let (reply, written) = match self.api.handle(turn.now, request) {
            Ok(done) => done,
            Err(refusal) => {
                self.note_denial(turn, request, &refusal);
                return Err(refusal);
            }
        };
        for apiserver::Written { change, verb } in written {
            self.written(turn, &change, verb);
        }
        Ok(reply)
    }

    /// Tells the API server what a cloud gives Pods to show who they are, from now on.
    pub fn set_identity(&mut self, identity: crate::kube::settings::PodIdentity) {
        self.api.set_identity(identity);
    }

    /// A controller outside, a cloud's, decided something: it is carried out under its user.
    ///
    /// # Errors
    /// The API server's refusal.
    pub fn carry(&mut self, turn: &mut Turn<'_>, user: &User, outcome: Outcome) -> Result<(), ApiError> {
        self.carry_out(turn, user, outcome)
    }

    /// Puts on record that a person was not allowed something.
    fn note_denial(&mut self, turn: &mut Turn<'_>, request: &Request, refusal: &ApiError) {
        let is_person = !request.user.name.starts_with("system:") && !request.options.dry_run;
        if refusal.reason != Forbidden || !is_person || self.api.authorize(turn.now, request).is_ok() {
            return;
        }
        let asked = Attributes::of(request);
        let (user, verb, what) = (request.user.name.to_string(), asked.verb.to_string(), asked.full_resource());
        self.record(turn, &request.key(), Verb::Refuse, Some(Why::RbacDenied { user, verb, what }.reason()), None, 0);
    }

    /// An object goes because its time is over; nobody asked for that.
    fn expire(&mut self, turn: &mut Turn<'_>, key: &Key) {
        if let Some(apiserver::Written { change, verb }) = self.api.expire(key) {
            self.written(turn, &change, verb);
        }
    }

    /// A machine joins: its kubelet starts, and registers the node by itself.
    pub fn add_machine(&mut self, now: SimTime, machine: kubelet::Machine) {
        let node = machine.name.clone();
        let (kubelet, wake) = Kubelet::start(machine);
        self.kubelets.insert_mut(node.clone(), kubelet);
        self.wake_kubelet(now, &node, wake);
    }

    /// Stops a component, or starts it again. What is due for a stopped component is lost, as the
    /// memory of a process is; when it starts it looks at everything anew.
    pub fn set_running(&mut self, turn: &mut Turn<'_>, component: &Component, runs: bool) {
        if runs != self.stopped.contains_key(component) {
            return;
        }
        if let Component::Kubelet(node) | Component::Machine(node) = component {
            self.remember_break(turn, node);
        }
        if runs {
            let was_out = !self.answers(turn.now);
            self.stopped.remove_mut(component);
            self.stopped_by.remove_mut(component);
            match component {
                Component::Kubelet(node) | Component::Machine(node) if self.kubelet_runs(node) => {
                    self.resync(turn, &Component::Kubelet(node.clone()));
                }
                Component::Kubelet(_) | Component::Machine(_) => {}
                Component::Member(part, _) => self.member_starts(turn, *part, was_out),
                other => self.resync(turn, other),
            }
            return;
        }
        self.stopped.insert_mut(component.clone(), turn.now);
        if let Some(cause) = turn.cause {
            self.stopped_by.insert_mut(component.clone(), cause);
        }
        match component {
            Component::ControllerManager => {}
            Component::Member(part, number) => self.member_stops(turn.now, *part, *number),
            Component::Scheduler => self.scheduler = Scheduler::default(),
            Component::Kubelet(node) => {
                if let Some(kubelet) = self.kubelets.get_mut(node) {
                    kubelet.stop();
                }
            }
            Component::Machine(node) => {
                if let Some(kubelet) = self.kubelets.get_mut(node) {
                    kubelet.power_off(turn.now, &mut self.runtime);
                }
            }
        }
    }

    /// Whether the kubelet of `node` is neither stopped nor on a machine without power.
    fn kubelet_runs(&self, node: &Rc<str>) -> bool {
        !self.stopped.contains_key(&Component::Kubelet(node.clone()))
            && !self.stopped.contains_key(&Component::Machine(node.clone()))
    }

    fn resync(&mut self, turn: &mut Turn<'_>, component: &Component) {
        let objects: Vec<(Key, Rc<Object>)> =
            self.etcd().iter().map(|(key, object)| (key.clone(), object.clone())).collect();
        for (key, value) in objects {
            let change = Change { revision: self.etcd().revision(), kind: ChangeKind::Added, key, value };
            self.tell(turn.now, &change, turn.cause, Some(component));
        }
        if let Component::Kubelet(node) = component {
            let wake = self.kubelets.get_mut(node).map(Kubelet::restart).unwrap_or_default();
            self.wake_kubelet(turn.now, node, wake);
        }
    }

    /// Takes the next due event. Returns when it was due, and what it was.
    pub fn step(&mut self, journal: &mut Journal) -> Option<(SimTime, Due)> {
        let (now, due) = self.agenda.pop()?;
        match &due {
            Due::Reconcile { controller, key } => self.reconcile(now, journal, *controller, key),
            Due::Scheduler(work) => self.run_scheduler(now, journal, work.clone()),
            Due::Kubelet { node, work } => self.run_kubelet(now, journal, node, work.clone()),
            Due::Program { pod } => self.run_program(now, pod),
            Due::Election(part) => self.elect(now, journal, *part),
            Due::Traffic => self.count_traffic(now, journal),
            Due::Recovered => self.recovered(now, journal),
        }
        Some((now, due))
    }

    fn reconcile(&mut self, now: SimTime, journal: &mut Journal, controller: Controller, key: &Key) {
        let item = (controller, key.clone());
        let Some(queued) = self.queue.get(&item).copied() else { return };
        self.queue.remove_mut(&item);
        if !self.works(Part::ControllerManager) {
            return;
        }
        if controller == Controller::HorizontalPodAutoscaler {
            self.measure(now, key);
        }
        let mut outcome = controller.reconcile(key, &self.snapshot(now));
        if let Some((key, scaling)) = outcome.scaling.take() {
            self.scalings.insert_mut(key, scaling);
        }
        let requeue_after = outcome.requeue_after;
        self.occupy(now, &item, outcome.changes.len());
        let cause = self.cause_of(&outcome).or(queued.cause);
        let mut turn = Turn { now, journal, actor: controller.name().into(), cause, why: None };
        match self.carry_out(&mut turn, &controller.user(), outcome) {
            Ok(()) => {
                self.failures.remove_mut(&item);
                if let Some(delay) = requeue_after {
                    self.enqueue(now, controller, key.clone(), delay, queued.cause);
                }
            }
            Err(_) => {
                // Models client-go/util/workqueue ItemExponentialFailureRateLimiter: 5 ms · 2ⁿ.
                let failed = self.failures.get(&item).copied().unwrap_or_default();
                self.failures.insert_mut(item, failed + 1);
                let delay = millis((5_u64 << failed.min(17)).min(1_000_000));
                self.enqueue(now, controller, key.clone(), delay, queued.cause);
            }
        }
    }

    fn run_scheduler(&mut self, now: SimTime, journal: &mut Journal, work: scheduler::Work) {
        if !self.works(Part::Scheduler) {
            return;
        }
        let mut scheduler = std::mem::take(&mut self.scheduler);
        let ran = scheduler.run(&self.snapshot(now), work);
        self.scheduler = scheduler;
        let mut turn = Turn { now, journal, actor: "scheduler".into(), cause: ran.cause, why: None };
        let user = User::new("system:kube-scheduler", &["system:authenticated"]);
        if self.carry_out(&mut turn, &user, ran.outcome).is_err() {
            // The Pod is still unbound: it comes back through the queue's periodic flush.
        }
        for (delay, work) in ran.wake {
            self.agenda.schedule(now + delay, Due::Scheduler(work));
        }
    }

    fn run_kubelet(&mut self, now: SimTime, journal: &mut Journal, node: &Rc<str>, work: kubelet::Work) {
        if !self.kubelet_runs(node) {
            return;
        }
        let Some(mut kubelet) = self.kubelets.get(node).cloned() else { return };
        let pod = match &work {
            kubelet::Work::Pod(key) | kubelet::Work::Watch(key) => Some(key.clone()),
            _ => None,
        };
        let mut runtime = std::mem::take(&mut self.runtime);
        let seen = self.snapshot(now);
        let ran = kubelet.run(&seen, work, &mut runtime, &Wires { seen: &seen });
        self.runtime = runtime;
        self.kubelets.insert_mut(node.clone(), kubelet);
        if let Some(pod) = &pod {
            self.look_later(now, pod);
        }
        let mut turn = Turn { now, journal, actor: format!("kubelet/{node}").into(), cause: ran.cause, why: None };
        let user = User::new(&format!("system:node:{node}"), &["system:nodes", "system:authenticated"]);
        if self.carry_out(&mut turn, &user, ran.outcome).is_err() {
            // A refused status write is written again with the next one; kubelets never give up.
            if let Some((pod, kubelet)) = pod.zip(self.kubelets.get_mut(node)) {
                kubelet.not_written(&pod);
            }
        }
        self.wake_kubelet(now, node, ran.wake);
    }

    pub(in crate::kube) fn wake_kubelet(&mut self, now: SimTime, node: &Rc<str>, wake: Vec<(SimTime, kubelet::Work)>) {
        for (delay, work) in wake {
            self.agenda.schedule(now + delay, Due::Kubelet { node: node.clone(), work });
        }
    }

    /// Writes a change into the journal and tells the loops.
    fn written(&mut self, turn: &mut Turn<'_>, change: &Change<Key, Rc<Object>>, verb: Verb) {
        let cause = if is_history(change.key.resource) {
            let content = content_hash(change);
            let why = turn.why.clone();
            Some(self.record(turn, &change.key, verb, why, Some(change.revision), content))
        } else {
            turn.cause
        };
        self.tell(turn.now, change, cause, None);
    }

    fn record(
        &mut self,
        turn: &mut Turn<'_>,
        key: &Key,
        verb: Verb,
        why: Option<Reason>,
        revision: Option<u64>,
        content: u64,
    ) -> EntryId {
        let entry = Entry {
            id: EntryId(0),
            at: turn.now,
            actor: turn.actor.clone(),
            verb,
            subject: Subject {
                kind: key.resource.kind().into(),
                namespace: key.namespace.clone(),
                name: key.name.clone(),
            },
            cause: turn.cause,
            why,
            revision,
        };
        let id = turn.journal.record(entry, content);
        self.last_entry.insert_mut(key.clone(), id);
        id
    }

    /// Watch events: every loop that waits for this change hears of it, after the latency of the
    /// way there. `only` limits the audience to one component that has just started.
    fn tell(
        &mut self,
        now: SimTime,
        change: &Change<Key, Rc<Object>>,
        cause: Option<EntryId>,
        only: Option<&Component>,
    ) {
        let hears = |component: &Component| only.is_none_or(|only| only == component);
        // No controller watches Events or Leases; quotas may count those that go.
        let is_watched = is_history(change.key.resource) || change.kind == ChangeKind::Deleted;
        if is_watched && hears(&Component::ControllerManager) && self.works(Part::ControllerManager) {
            for controller in Controller::all() {
                let keys = controller.interested(change, &self.snapshot(now));
                for key in keys {
                    let delay = controller.latency(self.settings());
                    self.enqueue(now, controller, key, delay, cause);
                }
            }
        }
        if hears(&Component::Scheduler) && self.works(Part::Scheduler) {
            let mut scheduler = std::mem::take(&mut self.scheduler);
            let wake = scheduler.observe(&self.snapshot(now), change, cause);
            self.scheduler = scheduler;
            for (delay, work) in wake {
                self.agenda.schedule(now + delay, Due::Scheduler(work));
            }
        }
        for node in kubelet::addressed(change) {
            let component = Component::Kubelet(node.clone());
            if !hears(&component) || !self.kubelet_hears(&node) {
                continue;
            }
            let Some(mut kubelet) = self.kubelets.get(&node).cloned() else { continue };
            let mut runtime = std::mem::take(&mut self.runtime);
            let wake = kubelet.observe(&self.snapshot(now), change, cause, &mut runtime);
            self.runtime = runtime;
            self.kubelets.insert_mut(node.clone(), kubelet);
            self.wake_kubelet(now, &node, wake);
        }
    }

    /// Puts a key into a controller's queue; a key that already waits keeps the earlier time and
    /// takes the later cause.
    fn enqueue(&mut self, now: SimTime, controller: Controller, key: Key, delay: SimTime, cause: Option<EntryId>) {
        let item = (controller, key);
        let at = self.free_at(now, &item).max(now + delay);
        let earlier = self.queue.get(&item).copied();
        if let Some(queued) = earlier {
            if queued.ticket.0 <= at {
                self.queue.insert_mut(item, Queued { cause: cause.or(queued.cause), ..queued });
                return;
            }
            self.agenda.cancel(queued.ticket);
        }
        let ticket = self.agenda.schedule(at, Due::Reconcile { controller, key: item.1.clone() });
        let cause = cause.or(earlier.and_then(|queued| queued.cause));
        self.queue.insert_mut(item, Queued { ticket, since: now, cause });
    }
}

impl Queued {
    /// When the controller will take it.
    #[must_use]
    pub fn due(&self) -> SimTime {
        self.ticket.0
    }
}

/// Leases and Events are written too often, and mean too little, to be history.
fn is_history(resource: Resource) -> bool {
    resource != Resource::LEASES && resource != Resource::EVENTS
}

fn content_hash(change: &Change<Key, Rc<Object>>) -> u64 {
    content_digest(change.revision, |hasher| change.value.value.fingerprint(hasher))
}

impl From<Why> for Reason {
    fn from(why: Why) -> Self {
        why.reason()
    }
}

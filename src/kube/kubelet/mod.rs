//! Kubelets: what happens on a node. A kubelet registers its node, renews its Lease, and carries
//! the Pods bound to it from nothing to running and back.
//!
//! `pod` is the machine that one Pod goes through, `lifecycle` what happens to each container,
//! `container` its containers' states and
//! back-offs, `probe` their probes, `hook` what is done around a start and a stop, `environment`
//! what a container is given, `volume` its Pod's volumes, `image` images and pulling,
//! `status` what is reported about a Pod, `node` what is reported about the node. `preset` says,
//! as data, how long things take.
//!
//! Invariant: a kubelet knows only its own node and what the API server tells it.
//! Invariant: containers go on without their kubelet; a moment is computed from what is known of
//! the moments before it, however long nobody looked.

pub mod container;
mod environment;
mod hook;
pub mod image;
mod lifecycle;
mod node;
pub mod pod;
pub mod preset;
mod pressure;
pub mod probe;
mod recorded;
mod status;
mod volume;

use crate::document::Value;
use crate::kube::api::{Key, Object, Options, Preconditions, Request, Resource, Verb, meta};
use crate::kube::program::Runtime;
use crate::kube::program::runtime::Wiring;
use crate::kube::{Outcome, Ran, Snapshot};
use crate::sim::{Change, ChangeKind, Dice, EntryId, SimTime, millis};
use image::ImageStore;
use pod::{Node, PodWorker, Told};
use preset::Preset;
use rpds::RedBlackTreeMap;
use std::rc::Rc;

/// A machine as its kubelet finds it.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Machine {
    /// The node's name.
    pub name: Rc<str>,
    /// The zone, for `topology.kubernetes.io/zone`; empty for none.
    pub zone: Rc<str>,
    /// CPU as a quantity, for example `4`.
    pub cpu: Rc<str>,
    /// Memory as a quantity, for example `8Gi`.
    pub memory: Rc<str>,
    /// How many Pods fit at most.
    pub pods: i64,
    /// The machine's address.
    pub address: Rc<str>,
    /// The third part of its Pod addresses (`10.244.N.0/24`).
    pub pod_block: i64,
    /// Further labels.
    pub labels: Vec<(Rc<str>, Rc<str>)>,
    /// The kubelet's version; empty for the cluster's own.
    pub version: Rc<str>,
    /// `spec.providerID`; empty for none.
    pub provider_id: Rc<str>,
    /// Why the node cannot become ready, in kubelet's words; empty if nothing stands in the way.
    pub unready: Rc<str>,
    /// The addresses that its Pods can have; none for a block of the node's own.
    pub pool: Option<Rc<[Rc<str>]>>,
}

/// What is due for a kubelet.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum Work {
    /// Register the node.
    Register,
    /// Post the node's status.
    PostStatus,
    /// Renew the Lease.
    Heartbeat,
    /// Move a Pod on.
    Pod(Key),
    /// Move a Pod on where nothing is expected to change: a probe that keeps passing, one more
    /// round of a back-off.
    Watch(Key),
}

impl Work {
    /// Whether this only keeps watch.
    #[must_use]
    pub fn is_background(&self) -> bool {
        matches!(self, Self::Heartbeat | Self::Watch(_))
    }
}

/// The exit code of what SIGKILL ended: 128 and the signal's number.
const KILLED: i64 = 137;

/// How long before a network is asked for again.
const SANDBOX_AGAIN: SimTime = millis(12_000);

/// The kubelet of one node, with what runs there.
#[derive(Clone)]
pub struct Kubelet {
    machine: Machine,
    pods: RedBlackTreeMap<Key, PodWorker>,
    images: ImageStore,
    /// The last part of the address given last, and those in use.
    last_address: i64,
    addresses: RedBlackTreeMap<i64, Key>,
    posted_at: SimTime,
    posted_images: u64,
    /// Since when the node is short of memory, or was the last time.
    short_at: Option<SimTime>,
    /// The one moment at which a heartbeat counts: those of an earlier process do not.
    heartbeat_at: SimTime,
}

impl Kubelet {
    /// A kubelet starts on a machine.
    #[must_use]
    pub fn start(machine: Machine) -> (Self, Vec<(SimTime, Work)>) {
        let kubelet = Self {
            machine,
            pods: RedBlackTreeMap::new(),
            images: ImageStore::default(),
            last_address: 1,
            addresses: RedBlackTreeMap::new(),
            posted_at: SimTime::ZERO,
            posted_images: 0,
            short_at: None,
            heartbeat_at: SimTime::ZERO,
        };
        (kubelet, vec![(SimTime::ZERO, Work::Register)])
    }

    /// The machine it runs on.
    #[must_use]
    pub fn machine(&self) -> &Machine {
        &self.machine
    }

    /// The Pods on this node.
    pub fn pods(&self) -> impl Iterator<Item = &PodWorker> {
        self.pods.values()
    }

    /// One Pod on this node.
    #[must_use]
    pub fn pod(&self, key: &Key) -> Option<&PodWorker> {
        self.pods.get(key)
    }

    /// The images on this node and the pulls under way.
    #[must_use]
    pub fn images(&self) -> &ImageStore {
        &self.images
    }

    /// The process ends. Containers go on running without it.
    pub fn stop(&mut self) {
        let keys: Vec<Key> = self.pods.keys().cloned().collect();
        for key in keys {
            if let Some(worker) = self.pods.get_mut(&key) {
                worker.timers = (None, None);
                worker.is_unwatched = true;
            }
        }
    }

    /// The machine loses power: containers end with it, and so does the kubelet.
    pub fn power_off(&mut self, now: SimTime, runtime: &mut Runtime) {
        self.stop();
        self.images.power_off(now);
        let keys: Vec<Key> = self.pods.keys().cloned().collect();
        for key in keys {
            if let Some(worker) = self.pods.get_mut(&key) {
                worker.power_off(now);
                runtime.power_off(&worker.uid, now);
            }
        }
    }

    /// Somebody sends SIGKILL to a container here, or to all of a Pod's where no name is given.
    /// Returns whether one ran. The kubelet finds out when it next looks.
    pub fn kill(
        &mut self,
        pod: &Key,
        container: &str,
        now: SimTime,
        cause: Option<EntryId>,
        runtime: &mut Runtime,
    ) -> bool {
        let Some(mut worker) = self.pods.get(pod).cloned() else { return false };
        let mut is_killed = false;
        for index in 0..worker.containers.len() {
            let Some(victim) = worker.containers.get_mut(index) else { continue };
            if !container.is_empty() && *victim.name != *container {
                continue;
            }
            if let container::State::Running(run) = &mut victim.state {
                run.end = Some((now, KILLED));
                is_killed = true;
                let id = crate::kube::program::Id { pod: worker.uid.clone(), container: victim.name.clone() };
                runtime.kill(&id, now, KILLED);
            }
        }
        worker.cause = cause.or(worker.cause);
        self.pods.insert_mut(pod.clone(), worker);
        is_killed
    }

    /// What was reported about a Pod has not arrived: it is reported again when it can be.
    // Models pkg/kubelet/status/status_manager.go syncBatch
    pub fn not_written(&mut self, pod: &Key) {
        if let Some(worker) = self.pods.get_mut(pod) {
            worker.is_unwritten = true;
        }
    }

    /// The process starts again.
    pub fn restart(&mut self) -> Vec<(SimTime, Work)> {
        vec![(SimTime::ZERO, Work::Register)]
    }

    /// Hears of a change. Returns what is due because of it, each after a delay.
    // Models pkg/kubelet/kubelet.go syncLoopIteration
    pub fn observe(
        &mut self,
        seen: &Snapshot<'_>,
        change: &Change<Key, Rc<Object>>,
        cause: Option<EntryId>,
        runtime: &mut Runtime,
    ) -> Vec<(SimTime, Work)> {
        if change.key.resource != Resource::PODS || change.value.str_at(&["spec", "nodeName"]) != &*self.machine.name {
            return Vec::new();
        }
        let uid = meta::uid(&change.value);
        let is_known = self.pods.get(&change.key).is_some_and(|worker| &*worker.uid == uid);
        if change.kind == ChangeKind::Deleted {
            if is_known {
                self.forget(&change.key, runtime);
            }
            return Vec::new();
        }
        let soon = vec![(seen.settings.watch_latency, Work::Pod(change.key.clone()))];
        if !is_known {
            self.forget(&change.key, runtime);
            let preset = Preset::of(seen.settings.kubelet);
            let at = seen.now + seen.settings.watch_latency;
            let mut worker = PodWorker::new(change.key.clone(), change.value.clone(), at, &preset, cause);
            worker.timers.0 = Some(at);
            self.pods.insert_mut(change.key.clone(), worker);
            return soon;
        }
        let Some(worker) = self.pods.get_mut(&change.key) else { return Vec::new() };
        let before = std::mem::replace(&mut worker.object, change.value.clone());
        worker.cause = cause.or(worker.cause);
        let differs = |path: &[&str]| before.at(path) != change.value.at(path);
        let is_news = differs(&["metadata", "deletionTimestamp"])
            || differs(&["spec"])
            || worker.is_unwatched
            || worker.is_unwritten
            || worker.written.as_ref().is_some_and(|written| contradicts(&change.value, written));
        if is_news { soon } else { Vec::new() }
    }

    fn forget(&mut self, key: &Key, runtime: &mut Runtime) {
        if let Some(worker) = self.pods.get(key) {
            runtime.forget(&worker.uid);
        }
        self.pods.remove_mut(key);
        self.free_address(key);
    }

    fn free_address(&mut self, key: &Key) {
        let given: Vec<i64> =
            self.addresses.iter().filter(|(_, owner)| *owner == key).map(|(number, _)| *number).collect();
        for number in given {
            self.addresses.remove_mut(&number);
        }
    }

    /// Does what is due.
    pub fn run(&mut self, seen: &Snapshot<'_>, work: Work, runtime: &mut Runtime, wiring: &dyn Wiring) -> Ran<Work> {
        let preset = Preset::of(seen.settings.kubelet);
        let mut ran = Ran { outcome: Outcome::settled(), cause: None, wake: Vec::new() };
        match work {
            Work::Register => self.register(seen, &mut ran, runtime),
            Work::PostStatus => self.post_status(seen, &preset, &mut ran),
            Work::Heartbeat if seen.now != self.heartbeat_at => {}
            Work::Heartbeat => {
                node::renew_lease(&mut ran.outcome, seen, &self.machine);
                self.watch_memory(seen, &preset, &mut ran, runtime);
                let is_news = self.posted_images != self.images.count();
                if is_news || seen.now.since(self.posted_at) >= preset::STATUS_PERIOD {
                    self.post_status(seen, &preset, &mut ran);
                }
                self.beat_in(seen.now, seen.settings.lease_renew_period, &mut ran);
            }
            Work::Pod(key) | Work::Watch(key) => self.sync(seen, &preset, &key, &mut ran, runtime, wiring),
        }
        ran
    }

    fn register(&mut self, seen: &Snapshot<'_>, ran: &mut Ran<Work>, runtime: &mut Runtime) {
        node::register(&mut ran.outcome, seen, &self.machine);
        node::renew_lease(&mut ran.outcome, seen, &self.machine);
        let known: Vec<(Key, Rc<str>)> =
            self.pods.iter().map(|(key, worker)| (key.clone(), worker.uid.clone())).collect();
        for (key, uid) in known {
            // What was removed while nobody looked is not told to anybody who starts later.
            if seen.get(&key).is_none_or(|pod| meta::uid(pod) != &*uid) {
                self.forget(&key, runtime);
            }
        }
        ran.wake.push((millis(10), Work::PostStatus));
        // Heartbeats of different nodes do not fall on the same moment.
        let mut dice = Dice::new(seen.settings.seed, &["Node", &self.machine.name, "lease"], 0);
        let early = millis(dice.below(1000));
        self.beat_in(seen.now, seen.settings.lease_renew_period - early, ran);
    }

    /// Whether the node counts as short of memory: it is, or was a short while ago.
    // Source: --eviction-pressure-transition-period, 5 minutes.
    fn is_short(&self, now: SimTime) -> bool {
        self.short_at.is_some_and(|at| now.since(at) < PRESSURE_TRANSITION)
    }

    /// Evicts one Pod when the node is short of memory, and says so.
    // Models pkg/kubelet/eviction/eviction_manager.go synchronize
    fn watch_memory(&mut self, seen: &Snapshot<'_>, preset: &Preset, ran: &mut Ran<Work>, runtime: &mut Runtime) {
        if preset.programs == preset::Programs::Recorded {
            return;
        }
        let was_short = self.is_short(seen.now);
        let capacity = crate::kube::api::Quantity::of(&Value::text(self.machine.memory.clone())).value();
        let available = pressure::available(capacity, self.pods.values(), runtime);
        if available < pressure::THRESHOLD_BYTES {
            self.short_at = Some(seen.now);
            if let Some(node) = seen.get(&node::key(&self.machine)) {
                ran.outcome.event(node, "Warning", "EvictionThresholdMet", "Attempting to reclaim memory");
            }
            if let Some(victim) = pressure::choose(available, self.pods.values(), runtime) {
                self.evict(seen, &victim, preset, ran, runtime);
            }
        }
        if was_short != self.is_short(seen.now) {
            self.post_status(seen, preset, ran);
        }
    }

    fn evict(
        &mut self,
        seen: &Snapshot<'_>,
        victim: &pressure::Victim,
        preset: &Preset,
        ran: &mut Ran<Work>,
        runtime: &mut Runtime,
    ) {
        let Some(mut worker) = self.pods.get(&victim.key).cloned() else { return };
        let Some(current) = seen.get(&victim.key) else { return };
        worker.evict(victim.message.clone(), seen.now, runtime);
        self.report(seen, preset, &mut worker, current, ran);
        ran.outcome.event(current, "Warning", "Evicted", victim.message.as_str());
        self.pods.insert_mut(victim.key.clone(), worker);
    }

    fn beat_in(&mut self, now: SimTime, delay: SimTime, ran: &mut Ran<Work>) {
        self.heartbeat_at = now + delay;
        ran.wake.push((delay, Work::Heartbeat));
    }

    fn post_status(&mut self, seen: &Snapshot<'_>, preset: &Preset, ran: &mut Ran<Work>) {
        let is_short = self.is_short(seen.now);
        node::post_status(&mut ran.outcome, seen, &self.machine, preset, &self.images, is_short);
        self.posted_at = seen.now;
        self.posted_images = self.images.count();
    }

    /// Moves one Pod on and reports what has changed.
    fn sync(
        &mut self,
        seen: &Snapshot<'_>,
        preset: &Preset,
        key: &Key,
        ran: &mut Ran<Work>,
        runtime: &mut Runtime,
        wiring: &dyn Wiring,
    ) {
        let Some(mut worker) = self.pods.get(key).cloned() else { return };
        let Some(current) = seen.get(key).filter(|pod| meta::uid(pod) == &*worker.uid) else { return };
        let now = seen.now;
        for timer in [&mut worker.timers.0, &mut worker.timers.1] {
            *timer = timer.filter(|at| *at > now);
        }
        worker.is_unwatched = false;
        let had_network = worker.has_network;
        let refused = self.without_address(&mut worker, current, now);
        // The address is known before the first container is made.
        if !had_network && worker.network_at <= now && worker.address.is_empty() {
            worker.address = self.give_address(key, current);
            if !current.is_true_at(&["spec", "hostNetwork"]) {
                runtime.addresses.insert_mut(worker.address.clone(), worker.uid.clone());
            }
        }
        let machine = self.machine.clone();
        let images = &mut self.images;
        let mut node = Node { preset, images, seed: seen.settings.seed, now, machine: &machine, seen, runtime, wiring };
        let mut told: Vec<Told> = worker.power_on(&node).into_iter().collect();
        told.extend(refused);
        told.extend(worker.advance(&mut node));
        ran.cause = worker.cause;
        self.report(seen, preset, &mut worker, current, ran);
        for Told { field_path, kind, reason, message } in told {
            ran.outcome.event_at(current, &field_path, kind, reason, message);
        }
        wake(&mut worker, now, ran);
        self.pods.insert_mut(key.clone(), worker);
    }

    /// A Pod whose turn it is for a network while no address is left: it is tried again later.
    // Models pkg/kubelet/kuberuntime syncPod; the message is the CNI plugin's.
    fn without_address(&self, worker: &mut PodWorker, pod: &Value, now: SimTime) -> Option<Told> {
        let pool = self.machine.pool.as_ref()?;
        let is_turn = !worker.has_network && worker.network_at <= now && worker.ending.is_none();
        let taken = self.addresses.keys().filter(|number| **number < pool.len() as i64).count();
        if !is_turn || pod.is_true_at(&["spec", "hostNetwork"]) || taken < pool.len() {
            return None;
        }
        worker.network_at = now + SANDBOX_AGAIN;
        let message = format!(
            "Failed to create pod sandbox: rpc error: code = Unknown desc = failed to setup network for sandbox \"{:064x}\": plugin type=\"aws-cni\" name=\"aws-cni\" failed (add): add cmd: failed to assign an IP address to container",
            crate::sim::stable_hash(6, &[&worker.uid])
        );
        Some(Told { field_path: String::new(), kind: "Warning", reason: "FailedCreatePodSandBox", message })
    }

    /// Writes the status if it has changed, and lets go of a Pod that has ended.
    // Models pkg/kubelet/status/status_manager.go syncPod
    fn report(
        &self,
        seen: &Snapshot<'_>,
        preset: &Preset,
        worker: &mut PodWorker,
        current: &Rc<Object>,
        ran: &mut Ran<Work>,
    ) {
        let mut status = status::of(worker, current, &self.machine, preset, seen.now);
        if let Some(known) = current.get("status") {
            // Most of it has been stored before, and need not be looked at again.
            status.share(known);
        }
        let user = node::user(&self.machine.name);
        let is_news = worker.is_unwritten || worker.written.as_ref() != Some(&status) || contradicts(current, &status);
        if is_news {
            worker.is_unwritten = false;
            let body = current.value.clone().with(&["status"], &status);
            let request = Request::new(user.clone(), Verb::Update, &worker.key).on("status").with_body(body);
            ran.outcome.request(request.managed_by("kubelet"), worker.why.clone());
            worker.written = Some(status);
        }
        if worker.is_gone() {
            let mut request = Request::new(user, Verb::Delete, &worker.key);
            request.options = Options {
                grace_period_seconds: Some(0),
                preconditions: Preconditions { uid: Some(worker.uid.clone()), resource_version: None },
                ..Options::default()
            };
            ran.outcome.request(request, crate::kube::why::Why::Ended);
        }
    }

    /// The next free address of the node's block; Pods on the node's own network have its.
    fn give_address(&mut self, key: &Key, pod: &Value) -> Rc<str> {
        if pod.is_true_at(&["spec", "hostNetwork"]) {
            return self.machine.address.clone();
        }
        self.free_address(key);
        if let Some(pool) = self.machine.pool.clone() {
            let free = (0_i64..).zip(pool.iter()).find(|(number, _)| !self.addresses.contains_key(number));
            let Some((number, address)) = free else { return "".into() };
            self.addresses.insert_mut(number, key.clone());
            return address.clone();
        }
        for _ in 0..253 {
            self.last_address = if self.last_address >= 254 { 2 } else { self.last_address + 1 };
            if !self.addresses.contains_key(&self.last_address) {
                self.addresses.insert_mut(self.last_address, key.clone());
                return format!("10.244.{}.{}", self.machine.pod_block, self.last_address).into();
            }
        }
        "".into()
    }
}

/// For how long a node counts as short of memory after it was.
const PRESSURE_TRANSITION: SimTime = crate::sim::secs(300);

/// Sets the Pod's timers, unless earlier ones are set already.
fn wake(worker: &mut PodWorker, now: SimTime, ran: &mut Ran<Work>) {
    if worker.is_gone() {
        return;
    }
    let due = worker.due().filter(|at| *at != SimTime(u64::MAX));
    if let Some(at) = due.map(|at| at.max(now + millis(1)))
        && worker.timers.0.is_none_or(|set| set > at)
    {
        worker.timers.0 = Some(at);
        ran.wake.push((at.since(now), Work::Pod(worker.key.clone())));
    }
    if let Some(at) = worker.watch_due().map(|at| at.max(now + millis(1)))
        && worker.timers.1.is_none_or(|set| set > at)
    {
        worker.timers.1 = Some(at);
        ran.wake.push((at.since(now), Work::Watch(worker.key.clone())));
    }
}

/// Whether what is stored says something else than what was reported: somebody else wrote it.
fn contradicts(stored: &Value, reported: &Value) -> bool {
    stored.str_at(&["status", "phase"]) != reported.str_at(&["phase"])
        || reported.items_at(&["conditions"]).iter().any(|condition| {
            let stored = meta::condition(stored, condition.str_at(&["type"]));
            stored.map(|stored| stored.str_at(&["status"])) != Some(condition.str_at(&["status"]))
        })
}

/// The nodes whose kubelets want to hear of this change: the one a Pod is (or was) bound to, and
/// the one a Node object describes.
#[must_use]
pub fn addressed(change: &Change<Key, Rc<Object>>) -> Vec<Rc<str>> {
    let node = match change.key.resource {
        Resource::PODS => change.value.str_at(&["spec", "nodeName"]),
        Resource::NODES => &change.key.name,
        _ => "",
    };
    if node.is_empty() { Vec::new() } else { vec![node.into()] }
}

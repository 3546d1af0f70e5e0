//! One Pod on its node: a small machine that is moved on to a moment and says what happened.
// Models pkg/kubelet/pod_workers.go, kubelet.go SyncPod and SyncTerminatingPod,
// kuberuntime_manager.go computePodActions

use crate::document::Value;
use crate::kube::Snapshot;
use crate::kube::api::{Key, Object, meta};
use crate::kube::kubelet::Machine;
use crate::kube::kubelet::container::{Container, End, Role, State};
use crate::kube::kubelet::image::ImageStore;
use crate::kube::kubelet::preset::Preset;
use crate::kube::kubelet::probe::Probes;
use crate::kube::program::runtime::Wiring;
use crate::kube::program::{Id, Runtime};
use crate::kube::why::Why;
use crate::sim::{EntryId, SimTime, secs};
use std::rc::Rc;

/// What a Pod uses of its node while it is moved on.
pub(super) struct Node<'a> {
    pub preset: &'a Preset,
    pub images: &'a mut ImageStore,
    pub seed: u64,
    pub now: SimTime,
    pub machine: &'a Machine,
    pub seen: &'a Snapshot<'a>,
    pub runtime: &'a mut Runtime,
    pub wiring: &'a dyn Wiring,
}

/// Something to tell people about a container (or the whole Pod, if the field is empty).
pub(super) struct Told {
    pub field_path: String,
    pub kind: &'static str,
    pub reason: &'static str,
    pub message: String,
}

/// A Pod that is ending.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Ending {
    /// Since when.
    pub since: SimTime,
    /// How long it gets.
    pub grace: SimTime,
    /// When what still runs is killed.
    pub deadline: SimTime,
}

/// One Pod as its kubelet keeps it.
#[derive(Clone)]
pub struct PodWorker {
    /// The Pod's key.
    pub key: Key,
    /// The Pod's uid: another Pod of the same name is another Pod.
    pub uid: Rc<str>,
    /// The Pod as last heard of.
    pub(super) object: Rc<Object>,
    /// Its address, once it has a network.
    pub address: Rc<str>,
    /// When this kubelet first saw it.
    pub start: SimTime,
    /// When its network is ready.
    pub network_at: SimTime,
    /// Whether its network is ready.
    pub has_network: bool,
    /// Why it was evicted, if it was.
    pub evicted: Option<Rc<str>>,
    /// How often in a row its volumes could not be mounted.
    pub mount_failures: u32,
    /// When the volumes whose content comes from the API are looked at again, if there are any.
    pub(super) refresh_at: Option<SimTime>,
    /// Init containers first, then the others, each in the spec's order.
    pub containers: Vec<Container>,
    /// Whether it is ending.
    pub ending: Option<Ending>,
    /// The last thing that moved it.
    pub(super) why: Why,
    /// The history's last entry about it.
    pub(super) cause: Option<EntryId>,
    /// The status written last.
    pub(super) written: Option<Value>,
    /// Whether that write was refused, or nobody was there to take it.
    pub(super) is_unwritten: bool,
    /// Its pending timers: the one that counts, and the one that only keeps watch.
    pub(super) timers: (Option<SimTime>, Option<SimTime>),
    /// Whether its kubelet was stopped and has not looked at it since.
    pub(super) is_unwatched: bool,
}

impl PodWorker {
    /// A Pod that this kubelet sees for the first time.
    pub(super) fn new(key: Key, object: Rc<Object>, now: SimTime, preset: &Preset, cause: Option<EntryId>) -> Self {
        let init = object.items_at(&["spec", "initContainers"]).iter().map(|spec| {
            let role = if spec.str_at(&["restartPolicy"]) == "Always" { Role::Sidecar } else { Role::Init };
            Container::new(spec, role)
        });
        let apps = object.items_at(&["spec", "containers"]).iter().map(|spec| Container::new(spec, Role::App));
        Self {
            uid: meta::uid(&object).into(),
            containers: init.chain(apps).collect(),
            address: "".into(),
            start: now,
            network_at: now + preset.sandbox,
            has_network: false,
            evicted: None,
            mount_failures: 0,
            refresh_at: None,
            ending: None,
            why: Why::ContainerCreating,
            cause,
            written: None,
            is_unwritten: false,
            timers: (None, None),
            is_unwatched: false,
            key,
            object,
        }
    }

    /// `restartPolicy`.
    #[must_use]
    pub fn restart_policy(&self) -> &str {
        match self.object.str_at(&["spec", "restartPolicy"]) {
            "" => "Always",
            policy => policy,
        }
    }

    /// Whether every init container has done its part.
    #[must_use]
    pub fn is_initialized(&self) -> bool {
        self.containers.iter().filter(|container| container.role.is_init()).all(is_past)
    }

    /// Whether no container runs or will run again.
    #[must_use]
    pub fn has_ended(&self) -> bool {
        if self.ending.is_some() || self.evicted.is_some() {
            return !self.containers.iter().any(Container::is_running);
        }
        let settled = |container: &Container| matches!(container.state, State::Ended { next: None, .. });
        let init_failed = self.containers.iter().any(|container| {
            container.role == Role::Init && settled(container) && container.end().is_some_and(|end| end.code != 0)
        });
        let idle = |container: &Container| settled(container) || (init_failed && container.state == State::Pending);
        let counts = |container: &&Container| matches!(container.role, Role::Init | Role::App);
        self.containers.iter().filter(counts).all(idle)
    }

    /// Whether a Pod that was asked to end has: nothing runs, and what it used is given back.
    #[must_use]
    pub fn is_gone(&self) -> bool {
        self.ending.is_some() && self.has_ended()
    }

    /// When something next happens by itself that counts.
    #[must_use]
    pub fn due(&self) -> Option<SimTime> {
        if self.ending.is_some() {
            let running = self.containers.iter().filter(|container| container.is_running());
            return running.filter_map(Container::due).min();
        }
        if !self.has_network {
            return Some(self.network_at).filter(|_| !self.has_ended() && self.mount_failures == 0);
        }
        let containers = self.containers.iter().filter(|container| !container.is_looping());
        let times = containers.flat_map(|container| [container.due(), self.probe_due(container, Probes::due)]);
        times.flatten().min()
    }

    /// When something next happens that only keeps watch or repeats itself.
    #[must_use]
    pub fn watch_due(&self) -> Option<SimTime> {
        if self.ending.is_some() {
            return None;
        }
        if !self.has_network {
            return Some(self.network_at).filter(|_| !self.has_ended() && self.mount_failures > 0);
        }
        let looping = self.containers.iter().filter(|container| container.is_looping()).filter_map(Container::due);
        let probes = self.containers.iter().filter_map(|container| self.probe_due(container, Probes::steady_due));
        looping.chain(probes).chain(self.refresh_at).min()
    }

    /// When a probe of the container is asked next, of any kind.
    #[must_use]
    pub fn next_probe(&self, container: &Container) -> Option<SimTime> {
        let times = [self.probe_due(container, Probes::due), self.probe_due(container, Probes::steady_due)];
        times.into_iter().flatten().min()
    }

    /// Ending Pods and containers that were told to stop are not asked any more.
    fn probe_due(&self, container: &Container, due: fn(&Probes) -> Option<SimTime>) -> Option<SimTime> {
        match &container.state {
            State::Running(run) if run.stopping.is_none() && self.ending.is_none() => due(&container.probes),
            _ => None,
        }
    }

    /// Containers that were added to the Pod since it began.
    // Models kuberuntime_manager.go computePodActions, EphemeralContainersToStart
    fn adopt(&mut self) {
        for spec in self.object.items_at(&["spec", "ephemeralContainers"]) {
            if !self.containers.iter().any(|container| *container.name == *spec.str_at(&["name"])) {
                self.containers.push(Container::new(spec, Role::Ephemeral));
            }
        }
    }

    /// Moves the Pod on to the node's moment.
    pub(super) fn advance(&mut self, node: &mut Node<'_>) -> Vec<Told> {
        let mut told = Vec::new();
        self.adopt();
        self.begin_ending(node);
        if !self.has_network && self.network_at <= node.now && self.ending.is_none() {
            self.mount(node, &mut told);
        } else if self.refresh_at.is_some_and(|at| at <= node.now) {
            self.refresh(node);
        }
        // Each round moves every container at most one state on; a Pod settles within a few.
        for _ in 0..8 * self.containers.len().max(1) {
            if !self.advance_once(node, &mut told) {
                break;
            }
        }
        told
    }

    fn advance_once(&mut self, node: &mut Node<'_>, told: &mut Vec<Told>) -> bool {
        let mut moved = false;
        for index in 0..self.containers.len() {
            let Some(mut container) = self.containers.get(index).cloned() else { continue };
            let is_ending = self.ending.is_some();
            if is_ending || self.is_done_with(&container) {
                moved |= self.stop(&mut container, node, told);
            } else if self.may_begin(index) {
                self.begin(&mut container, node, told);
                moved = true;
            }
            // What had not started when the Pod began to end stays as it is.
            if container.is_running() || (!is_ending && self.is_turn(index)) {
                moved |= self.step(&mut container, node, told);
            }
            if let Some(place) = self.containers.get_mut(index) {
                *place = container;
            }
        }
        moved
    }

    fn begin_ending(&mut self, node: &Node<'_>) {
        if !meta::is_deleting(&self.object) {
            return;
        }
        let grace = self.object.int_at(&["metadata", "deletionGracePeriodSeconds"]).unwrap_or(30);
        let grace = secs(u64::try_from(grace).unwrap_or_default());
        if let Some(ending) = &mut self.ending {
            if grace < ending.grace {
                // Asked again with less patience.
                ending.grace = grace;
                ending.deadline = ending.deadline.min(node.now + grace);
                let deadline = ending.deadline;
                for container in &mut self.containers {
                    if let State::Running(run) = &mut container.state {
                        run.deadline = run.deadline.min(deadline);
                        run.term_at = run.term_at.filter(|at| *at < deadline);
                        run.end = run.end.map(|(at, code)| if at > deadline { (deadline, 137) } else { (at, code) });
                    }
                }
            }
            return;
        }
        self.ending = Some(Ending { since: node.now, grace, deadline: node.now + grace });
        self.why = Why::Ended;
    }

    /// Sidecars end when every other container has.
    fn is_done_with(&self, container: &Container) -> bool {
        let helps = matches!(container.role, Role::Sidecar | Role::Ephemeral);
        helps && self.is_initialized_without(container) && self.has_ended()
    }

    fn is_initialized_without(&self, container: &Container) -> bool {
        self.containers
            .iter()
            .filter(|other| other.role == Role::Init && other.name != container.name)
            .all(|other| matches!(other.state, State::Ended { next: None, .. }))
    }

    /// Whether a container's turn has come: the network is ready and every init container before
    /// it has done its part.
    fn may_begin(&self, index: usize) -> bool {
        let waits = self.containers.get(index).is_some_and(|container| container.state == State::Pending);
        let mut before = self.containers.iter().take(index).filter(|container| container.role.is_init());
        waits && self.has_network && before.all(is_past)
    }

    /// Whether a container that has begun may go on: after a loss of power everything waits for
    /// the network and for the init containers again.
    fn is_turn(&self, index: usize) -> bool {
        let mut before = self.containers.iter().take(index).filter(|container| container.role == Role::Init);
        self.has_network && before.all(is_past)
    }

    /// Whether the container is about to start for the first time, after an init container's end.
    pub(super) fn follows_init(&self, container: &Container) -> bool {
        let is_first = self.containers.first().is_some_and(|first| first.name == container.name);
        let has_init = self.containers.first().is_some_and(|first| first.role.is_init());
        has_init && !is_first && !container.was_created
    }

    pub(super) fn spec_of(&self, container: &Container) -> Value {
        let specs = self.object.items_at(&["spec", container.role.list()]);
        specs.iter().find(|spec| spec.str_at(&["name"]) == &*container.name).cloned().unwrap_or_default()
    }

    /// Which container of the runtime this is.
    pub(super) fn id_of(&self, container: &Container) -> Id {
        Id { pod: self.uid.clone(), container: container.name.clone() }
    }

    /// The machine loses power: everything that ran is gone, and so is the network.
    pub(super) fn power_off(&mut self, now: SimTime) {
        let next = (self.restart_policy() != "Never").then_some(now);
        let had_ended = self.has_ended();
        self.has_network = false;
        self.address = "".into();
        self.network_at = SimTime(u64::MAX);
        for container in &mut self.containers {
            match &container.state {
                State::Running(run) => {
                    let end = End {
                        code: 255,
                        reason: "Unknown",
                        message: "".into(),
                        started: Some(run.since),
                        finished: now,
                        run: container.restarts,
                    };
                    container.state = State::Ended { end, next };
                }
                // A new network means a new beginning: init containers run again.
                State::Ended { .. } if container.role == Role::Init && !had_ended => container.state = State::Pending,
                State::Pulling { .. } | State::Creating { .. } => container.state = State::Pending,
                _ => {}
            }
        }
    }

    /// The kubelet is back on a machine that had lost its power.
    pub(super) fn power_on(&mut self, node: &Node<'_>) -> Option<Told> {
        if self.network_at != SimTime(u64::MAX) || self.ending.is_some() || self.has_ended() {
            return None;
        }
        self.network_at = node.now + node.preset.sandbox;
        Some(Told {
            field_path: String::new(),
            kind: "Normal",
            reason: "SandboxChanged",
            message: "Pod sandbox changed, it will be killed and re-created.".to_owned(),
        })
    }
}

/// Whether an init container no longer keeps the ones after it waiting.
fn is_past(container: &Container) -> bool {
    match container.role {
        Role::Sidecar => container.is_started(),
        _ => container.end().is_some_and(|end| end.code == 0),
    }
}

/// A length of time as Go prints it: `815ms`, `1.2s`, `1m20s`.
#[must_use]
pub fn go_duration(time: SimTime) -> String {
    let all = time.as_millis();
    if all == 0 {
        return "0s".to_owned();
    }
    if all < 1000 {
        return format!("{all}ms");
    }
    let (hours, minutes, left) = (all / 3_600_000, all / 60_000 % 60, all % 60_000);
    let seconds = match left % 1000 {
        0 => format!("{}s", left / 1000),
        part => format!("{}.{}s", left / 1000, format!("{part:03}").trim_end_matches('0')),
    };
    match (hours, minutes) {
        (0, 0) => seconds,
        (0, minutes) => format!("{minutes}m{seconds}"),
        (hours, minutes) => format!("{hours}h{minutes}m{seconds}"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::sim::millis;

    #[test]
    fn durations_read_as_in_go() {
        for (time, text) in
            [(815, "815ms"), (1200, "1.2s"), (80_000, "1m20s"), (300_000, "5m0s"), (3_600_000, "1h0m0s")]
        {
            assert_eq!(go_duration(millis(time)), text);
        }
    }
}

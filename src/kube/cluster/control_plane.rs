//! The control plane in parts: API servers, etcd's members, and the two that elect a leader. Each
//! part can be stopped, and then exactly its work stops.
// Source: "Operating etcd clusters for Kubernetes", "Options for Highly Available Topology",
// "Leases"; component-base LeaderElectionConfiguration.

use super::{Cluster, Due, Turn};
use crate::kube::api::{ApiError, Key, Reason, Request, Resource, User, Verb};
use crate::sim::{Dice, Journal, SimTime, millis, secs};
use crate::tree;
use std::rc::Rc;

/// A part of the cluster that can be stopped; then exactly its work stops.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub enum Component {
    /// kube-controller-manager, with every controller in it, wherever it runs.
    ControllerManager,
    /// kube-scheduler, wherever it runs.
    Scheduler,
    /// The kubelet of one node. Containers go on running without it.
    Kubelet(Rc<str>),
    /// A whole machine: its kubelet stops, and everything that runs there is gone.
    Machine(Rc<str>),
    /// One member of the control plane, counted from 0.
    Member(Part, u32),
}

/// The parts that a control plane has one of on each of its machines.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub enum Part {
    /// kube-apiserver: any one that runs is enough.
    ApiServer,
    /// etcd: more than half of the members must run.
    Etcd,
    /// kube-controller-manager: the leader works, the others wait.
    ControllerManager,
    /// kube-scheduler: the leader works, the others wait.
    Scheduler,
}

impl Part {
    /// Every part.
    pub const ALL: [Self; 4] = [Self::ApiServer, Self::Etcd, Self::ControllerManager, Self::Scheduler];

    /// The program's name.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::ApiServer => "kube-apiserver",
            Self::Etcd => "etcd",
            Self::ControllerManager => "kube-controller-manager",
            Self::Scheduler => "kube-scheduler",
        }
    }
}

impl Component {
    /// The name that lessons and commands give it: `kube-scheduler`, `etcd/1`, `kubelet/node-a`.
    #[must_use]
    pub fn name(&self) -> String {
        match self {
            Self::ControllerManager => Part::ControllerManager.name().to_owned(),
            Self::Scheduler => Part::Scheduler.name().to_owned(),
            Self::Kubelet(node) => format!("kubelet/{node}"),
            Self::Machine(node) => format!("machine/{node}"),
            Self::Member(part, number) => format!("{}/{number}", part.name()),
        }
    }

    /// The component with this name.
    #[must_use]
    pub fn named(name: &str) -> Option<Self> {
        let Some((kind, rest)) = name.split_once('/') else {
            return match name {
                "kube-controller-manager" | "controller-manager" => Some(Self::ControllerManager),
                "kube-scheduler" | "scheduler" => Some(Self::Scheduler),
                "kube-apiserver" => Some(Self::Member(Part::ApiServer, 0)),
                "etcd" => Some(Self::Member(Part::Etcd, 0)),
                _ => None,
            };
        };
        match kind {
            "kubelet" => Some(Self::Kubelet(rest.into())),
            "machine" => Some(Self::Machine(rest.into())),
            kind => {
                let part = Part::ALL.into_iter().find(|part| part.name() == kind)?;
                Some(Self::Member(part, rest.parse().ok()?))
            }
        }
    }
}

/// Who leads, as the Lease says it.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Leader {
    /// The member.
    pub holder: u32,
    /// When it last renewed its Lease.
    pub renewed: SimTime,
    /// How often leadership has changed.
    pub transitions: i64,
}

/// `leaseDuration`, `retryPeriod`: after how long a Lease may be taken over, how often that is tried.
const LEASE_DURATION: SimTime = secs(15);
const RETRY_PERIOD: SimTime = secs(2);
/// etcd's election timeout.
const ELECTION_TIMEOUT: SimTime = secs(1);

impl Cluster {
    /// How many of each part there are.
    #[must_use]
    pub fn members(&self) -> u32 {
        self.settings().control_planes.max(1)
    }

    fn running(&self, part: Part) -> impl Iterator<Item = u32> {
        (0..self.members()).filter(move |number| !self.stopped.contains_key(&Component::Member(part, *number)))
    }

    /// Who leads, where there is more than one.
    #[must_use]
    pub fn leader(&self, part: Part) -> Option<Leader> {
        self.leaders.get(&part).copied()
    }

    /// Why no request is answered now, if none is.
    pub(super) fn outage(&self, now: SimTime) -> Option<ApiError> {
        if self.running(Part::ApiServer).next().is_none() {
            let message =
                "The connection to the server 127.0.0.1:6443 was refused - did you specify the right host or port?";
            return Some(ApiError::new(Reason::Unreachable, message));
        }
        if self.running(Part::Etcd).count() * 2 <= self.members() as usize {
            return Some(ApiError::new(Reason::Unreachable, "Error from server: etcdserver: request timed out"));
        }
        if self.etcd_elects_until > now {
            return Some(ApiError::new(Reason::Unreachable, "Error from server: etcdserver: leader changed"));
        }
        None
    }

    /// Whether the cluster answers requests now.
    #[must_use]
    pub fn answers(&self, now: SimTime) -> bool {
        self.outage(now).is_none()
    }

    /// Whether a part that elects a leader does its work.
    pub(super) fn works(&self, part: Part) -> bool {
        let whole = if part == Part::Scheduler { Component::Scheduler } else { Component::ControllerManager };
        if self.stopped.contains_key(&whole) {
            return false;
        }
        match self.leaders.get(&part) {
            Some(leader) => !self.stopped.contains_key(&Component::Member(part, leader.holder)),
            None => self.running(part).next().is_some(),
        }
    }

    /// The first elections of a control plane with several members.
    pub(super) fn begin_elections(&mut self) {
        if self.members() < 2 {
            return;
        }
        for part in [Part::ControllerManager, Part::Scheduler] {
            self.leaders.insert_mut(part, Leader { holder: 0, renewed: SimTime::ZERO, transitions: 0 });
            self.agenda.schedule(millis(100), Due::Election(part));
        }
    }

    /// The leader renews its Lease, or another member takes it over.
    // Models client-go/tools/leaderelection tryAcquireOrRenew
    pub(super) fn elect(&mut self, now: SimTime, journal: &mut Journal, part: Part) {
        self.agenda.schedule(now + RETRY_PERIOD, Due::Election(part));
        let Some(mut leader) = self.leaders.get(&part).copied() else { return };
        if !self.answers(now) {
            return;
        }
        let candidates: Vec<u32> = self.running(part).collect();
        let is_new = !candidates.contains(&leader.holder);
        if is_new {
            if now.since(leader.renewed) < LEASE_DURATION || candidates.is_empty() {
                return;
            }
            let mut dice = Dice::new(self.settings().seed, &["election", part.name()], now.as_millis());
            let throw = usize::try_from(dice.below(candidates.len() as u64)).unwrap_or_default();
            leader.holder = candidates.get(throw).copied().unwrap_or_default();
            leader.transitions += 1;
        }
        leader.renewed = now;
        self.leaders.insert_mut(part, leader);
        let mut turn = Turn { now, journal, actor: part.name().into(), cause: None, why: None };
        self.write_lease(&mut turn, part, leader);
        if is_new {
            turn.cause = self.last_entry(&lease_key(part));
            let whole = if part == Part::Scheduler { Component::Scheduler } else { Component::ControllerManager };
            self.resync(&mut turn, &whole);
        }
    }

    fn write_lease(&mut self, turn: &mut Turn<'_>, part: Part, leader: Leader) {
        let user = User::new(&format!("system:{}", part.name()), &["system:authenticated"]);
        let moment = turn.now.rfc3339_micro();
        let holder = format!("control-plane-{}_{}", leader.holder, part.name());
        let key = lease_key(part);
        let before = self.get(&key).cloned();
        let acquired = match &before {
            Some(lease) if lease.str_at(&["spec", "holderIdentity"]) == holder => {
                lease.str_at(&["spec", "acquireTime"]).to_owned()
            }
            _ => moment.clone(),
        };
        let spec = tree!({
            "acquireTime": acquired,
            "holderIdentity": holder,
            "leaseDurationSeconds": 15,
            "leaseTransitions": leader.transitions,
            "renewTime": moment,
        });
        let request = match &before {
            Some(lease) => Request::new(user, Verb::Update, &key).with_body(lease.value.clone().with(&["spec"], spec)),
            None => {
                let body = tree!({
                    "apiVersion": "coordination.k8s.io/v1",
                    "kind": "Lease",
                    "metadata": { "name": part.name(), "namespace": "kube-system" },
                    "spec": spec,
                });
                Request::create(user, Resource::LEASES, "kube-system", body)
            }
        };
        // Who cannot write its Lease tries again in two seconds.
        let _ = self.handle(turn, &request.managed_by(part.name()));
    }

    /// A member stops.
    pub(super) fn member_stops(&mut self, now: SimTime, part: Part, number: u32) {
        match part {
            Part::Etcd => {
                let has_quorum = self.running(Part::Etcd).count() * 2 > self.members() as usize;
                if has_quorum && self.etcd_leader == number {
                    let mut dice = Dice::new(self.settings().seed, &["etcd-election"], now.as_millis());
                    self.etcd_elects_until = now + ELECTION_TIMEOUT + millis(dice.below(1000));
                    let next = self.running(Part::Etcd).next().unwrap_or_default();
                    self.etcd_leader = next;
                    self.agenda.schedule(self.etcd_elects_until, Due::Recovered);
                }
            }
            Part::Scheduler if !self.works(Part::Scheduler) => {
                self.scheduler = crate::kube::scheduler::Scheduler::default()
            }
            Part::ApiServer | Part::Scheduler | Part::ControllerManager => {}
        }
    }

    /// A member starts. `was_out` says whether the cluster did not answer before.
    pub(super) fn member_starts(&mut self, turn: &mut Turn<'_>, part: Part, was_out: bool) {
        match part {
            Part::ApiServer | Part::Etcd if was_out && self.answers(turn.now) => self.recover(turn),
            // Of several, whoever holds the Lease works; the elections see to it.
            Part::ControllerManager if self.works(part) => self.resync(turn, &Component::ControllerManager),
            Part::Scheduler if self.works(part) => self.resync(turn, &Component::Scheduler),
            _ => {}
        }
    }

    pub(super) fn recovered(&mut self, now: SimTime, journal: &mut Journal) {
        let mut turn = Turn { now, journal, actor: "etcd".into(), cause: None, why: None };
        if self.answers(now) {
            self.recover(&mut turn);
        }
    }

    /// Requests are answered again: every loop lists what there is, the kubelets first.
    fn recover(&mut self, turn: &mut Turn<'_>) {
        let nodes: Vec<Rc<str>> = self.kubelets.keys().cloned().collect();
        for node in nodes.into_iter().filter(|node| self.kubelet_runs(node)).collect::<Vec<_>>() {
            self.resync(turn, &Component::Kubelet(node));
        }
        for (part, whole) in
            [(Part::ControllerManager, Component::ControllerManager), (Part::Scheduler, Component::Scheduler)]
        {
            if self.works(part) {
                self.resync(turn, &whole);
            }
        }
    }

    /// Who holds a part's Lease, as it is stored.
    #[must_use]
    pub fn lease_holder(&self, part: Part) -> Option<String> {
        let lease = self.get(&lease_key(part))?;
        Some(lease.str_at(&["spec", "holderIdentity"]).to_owned())
    }
}

fn lease_key(part: Part) -> Key {
    Key::new(Resource::LEASES, "kube-system", part.name())
}

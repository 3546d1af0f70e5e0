//! The composition: one world with its cluster and its cloud (and, later, clients outside), driven
//! by [`Action`]s and moved through time by [`World::step`].
//!
//! Invariant: only `step` and `advance_to` move time, and only `act` lets anything in from outside.
//! Invariant: a world is a value. Cloning it is a snapshot; the same seed, preset and inputs give
//! the same journal hash.

mod preset;

// The names in which the rooms above speak of a world; they reach no further down.
pub use crate::aws::FIRST_ACCESS_KEY;
pub use crate::aws::api::{Answer as CloudAnswer, Call, Caller, Error as CloudError};
pub use crate::kube::Component;
pub use crate::kube::api::{self, ApiError, Key, Reply, Request};
pub use crate::sim::{Actor, ChangeKind, Entry, EntryId, SimTime, millis, secs};
pub use preset::{NodeSpec, Preset};

use crate::aws::{self, Cloud};
use crate::document::Value;
use crate::kube::{Cluster, Due, Turn};
use crate::sim::limits::EVENTS_PER_RUN_MAX;
use crate::sim::{Journal, Reason, Subject, Verb};
use std::rc::Rc;

/// Something done to the world from outside. Actions are the only inputs: replaying them at the
/// same moments replays the world.
#[derive(Clone, PartialEq, Debug)]
pub enum Action {
    /// A request of a person's client.
    Request {
        /// Who did it, as the history names them: `you`.
        actor: Actor,
        /// The request.
        request: Rc<Request>,
    },
    /// A request of a person's client to the cloud.
    Aws {
        /// Who did it, as the history names them: `you`.
        actor: Actor,
        /// The request.
        call: Rc<Call>,
    },
    /// Something breaks, or is mended.
    Break(Break),
    /// A machine joins the cluster; its kubelet registers the node.
    Join(NodeSpec),
}

/// What can be broken on purpose, and mended.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum Break {
    /// A component stops.
    Stop(Component),
    /// A component starts again.
    Start(Component),
}

/// What an action was answered with.
pub type Answer = Result<Reply, ApiError>;

/// What a step did.
#[derive(Clone, Debug)]
pub enum Happened {
    /// Something in the cluster that was due.
    Kube(Due),
    /// Something in the cloud that was due.
    Aws(aws::Due),
}

/// A whole simulated world.
#[derive(Clone)]
pub struct World {
    now: SimTime,
    journal: Journal,
    cluster: Cluster,
    cloud: Cloud,
    steps: u64,
}

impl World {
    /// A world as `preset` describes it, at its first moment.
    #[must_use]
    pub fn new(preset: &Preset, seed: u64) -> Self {
        let now = SimTime::ZERO;
        let mut journal = Journal::default();
        let cloud = Cloud::new(aws::Settings::new(seed), now, &mut journal);
        let cluster = Cluster::new(preset.settings(seed));
        let mut world = Self { now, journal, cluster, cloud, steps: 0 };
        preset.build(&mut world);
        world
    }

    /// The moment.
    #[must_use]
    pub fn now(&self) -> SimTime {
        self.now
    }

    /// How many events have been taken from the agenda since the beginning.
    #[must_use]
    pub fn steps(&self) -> u64 {
        self.steps
    }

    /// The history.
    #[must_use]
    pub fn journal(&self) -> &Journal {
        &self.journal
    }

    /// The cluster.
    #[must_use]
    pub fn cluster(&self) -> &Cluster {
        &self.cluster
    }

    /// The cloud.
    #[must_use]
    pub fn cloud(&self) -> &Cloud {
        &self.cloud
    }

    /// An object of the cluster.
    #[must_use]
    pub fn get(&self, key: &Key) -> Option<&Value> {
        self.cluster.get(key).map(|object| &object.value)
    }

    /// What is due, soonest first.
    pub fn agenda(&self) -> impl Iterator<Item = (SimTime, &Due)> {
        self.cluster.agenda()
    }

    /// When the next event is due.
    #[must_use]
    pub fn next_due(&self) -> Option<SimTime> {
        self.cluster.next_due().into_iter().chain(self.cloud.next_due()).min()
    }

    /// Whether nothing is due but heartbeats and periodic checks.
    #[must_use]
    pub fn is_settled(&self) -> bool {
        self.cluster.agenda().all(|(_, due)| due.is_background())
            && self.cloud.agenda().all(|(_, due)| due.is_background)
    }

    /// Lets an action in, now.
    ///
    /// # Errors
    /// The API server's refusal.
    pub fn act(&mut self, action: &Action) -> Answer {
        match action {
            Action::Request { actor, request } => {
                let mut turn = Turn {
                    now: self.now,
                    journal: &mut self.journal,
                    actor: actor.clone(),
                    cause: None,
                    why: Some(Reason::new("asked")),
                };
                self.cluster.handle(&mut turn, request)
            }
            Action::Aws { actor, call } => {
                // Its own answer is for whoever asks through `call`; a replay needs only the deed.
                let _ = self.call(actor, call);
                Ok(Reply::Done)
            }
            Action::Break(Break::Stop(component)) => Ok(self.set_running(component, false)),
            Action::Break(Break::Start(component)) => Ok(self.set_running(component, true)),
            Action::Join(node) => {
                let index = i64::try_from(self.cluster.kubelets().count()).unwrap_or_default();
                self.cluster.add_machine(self.now, preset::machine(node, index));
                Ok(Reply::Done)
            }
        }
    }

    /// A request to the cloud, here and now.
    ///
    /// # Errors
    /// The refusal of IAM or of the service, in AWS's words.
    pub fn call(&mut self, actor: &Actor, call: &Call) -> aws::Answer {
        let why = Some(Reason::new("asked"));
        let mut turn = Turn { now: self.now, journal: &mut self.journal, actor: actor.clone(), cause: None, why };
        self.cloud.handle(&mut turn, call)
    }

    fn set_running(&mut self, component: &Component, runs: bool) -> Reply {
        let (kind, name): (&str, Rc<str>) = match component {
            Component::ControllerManager => ("Component", "kube-controller-manager".into()),
            Component::Scheduler => ("Component", "kube-scheduler".into()),
            Component::Kubelet(node) | Component::Machine(node) => ("Node", node.clone()),
        };
        let entry = Entry {
            id: EntryId(0),
            at: self.now,
            actor: "you".into(),
            verb: Verb::Break,
            subject: Subject { kind: kind.into(), namespace: "".into(), name },
            cause: None,
            why: Some(Reason::new(if runs { "component-started" } else { "component-stopped" })),
            revision: None,
        };
        let cause = Some(self.journal.record(entry, u64::from(runs)));
        let mut turn = Turn { now: self.now, journal: &mut self.journal, actor: "you".into(), cause, why: None };
        self.cluster.set_running(&mut turn, component, runs);
        Reply::Done
    }

    /// Takes the next event from the agenda; the clock jumps to it.
    pub fn step(&mut self) -> Option<Happened> {
        let cloud_first = match (self.cloud.next_due(), self.cluster.next_due()) {
            (Some(cloud), Some(cluster)) => cloud < cluster,
            (cloud, _) => cloud.is_some(),
        };
        let (at, happened) = if cloud_first {
            let (at, due) = self.cloud.step(&mut self.journal)?;
            (at, Happened::Aws(due))
        } else {
            let (at, due) = self.cluster.step(&mut self.journal)?;
            (at, Happened::Kube(due))
        };
        self.now = self.now.max(at);
        self.steps += 1;
        Some(happened)
    }

    /// Sets the clock to `until` if nothing is due before.
    pub fn wait_until(&mut self, until: SimTime) {
        if self.next_due().is_none_or(|due| due >= until) {
            self.now = self.now.max(until);
        }
    }

    /// Takes every event that is due up to `until`, then sets the clock there. Returns whether it
    /// got there; if not, a named limit stopped it and the clock stands at the last event taken.
    pub fn advance_to(&mut self, until: SimTime) -> bool {
        for _ in 0..EVENTS_PER_RUN_MAX {
            if self.next_due().is_none_or(|due| due > until) {
                self.now = self.now.max(until);
                return true;
            }
            self.step();
        }
        false
    }

    /// Takes events until the world has settled, at most up to `limit`. Returns whether it has.
    pub fn settle(&mut self, limit: SimTime) -> bool {
        for _ in 0..EVENTS_PER_RUN_MAX {
            if self.is_settled() || self.next_due().is_none_or(|due| due > limit) {
                break;
            }
            self.step();
        }
        self.is_settled()
    }

    pub(crate) fn turn(&mut self, actor: &str) -> (Turn<'_>, &mut Cluster) {
        let turn = Turn {
            now: self.now,
            journal: &mut self.journal,
            actor: actor.into(),
            cause: None,
            why: Some(Reason::new("bootstrap")),
        };
        (turn, &mut self.cluster)
    }
}

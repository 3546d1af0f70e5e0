//! One container of a Pod: the states it goes through, and its back-offs.
// Models pkg/kubelet/kuberuntime/kuberuntime_manager.go computePodActions, doBackOff

use crate::document::Value;
use crate::kube::kubelet::image::Pull;
use crate::kube::kubelet::preset::{BACKOFF_FIRST, BACKOFF_MAX, BACKOFF_RESET};
use crate::kube::kubelet::probe::Probes;
use crate::sim::{SimTime, millis};
use std::rc::Rc;

/// Which list of the Pod a container stands in.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Role {
    /// `initContainers`: runs to its end before the next begins.
    Init,
    /// `initContainers` with `restartPolicy: Always`: is started before the next begins, and stays.
    Sidecar,
    /// `containers`.
    App,
    /// `ephemeralContainers`: added to a Pod that runs, to look at it; never started again.
    Ephemeral,
}

impl Role {
    /// Whether it stands in `initContainers`.
    #[must_use]
    pub fn is_init(self) -> bool {
        matches!(self, Self::Init | Self::Sidecar)
    }

    /// The list of the Pod that it stands in.
    #[must_use]
    pub fn list(self) -> &'static str {
        match self {
            Self::Init | Self::Sidecar => "initContainers",
            Self::App => "containers",
            Self::Ephemeral => "ephemeralContainers",
        }
    }
}

/// Where a container is.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum State {
    /// Its turn has not come.
    Pending,
    /// Its image is being pulled.
    Pulling {
        /// Since when, until when, how much.
        pull: Rc<Pull>,
    },
    /// Its image could not be had; the error stands as `ErrImagePull` (or the like).
    PullFailed {
        /// `ErrImagePull`, `ErrImageNeverPull`.
        reason: &'static str,
        /// What the runtime said.
        message: Rc<str>,
        /// When it becomes a back-off.
        until: SimTime,
    },
    /// `ImagePullBackOff`.
    PullBackOff {
        /// What the runtime said.
        message: Rc<str>,
        /// When the next pull begins.
        until: SimTime,
    },
    /// It could not be made from what its Pod says; it is tried again.
    Refused {
        /// `CreateContainerConfigError`.
        reason: &'static str,
        /// What is missing.
        message: Rc<str>,
        /// When it is tried again.
        until: SimTime,
    },
    /// It is being created and started.
    Creating {
        /// Until when.
        until: SimTime,
    },
    /// It runs.
    Running(Run),
    /// It has ended.
    Ended {
        /// How.
        end: End,
        /// When it is looked at again for a restart; nothing if it stays as it is.
        next: Option<SimTime>,
    },
    /// `CrashLoopBackOff`.
    CrashLoop {
        /// When it starts again.
        until: SimTime,
        /// The length of this back-off.
        delay: SimTime,
    },
}

/// A running container.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Run {
    /// Since when.
    pub since: SimTime,
    /// When it will end and with what code, as far as is known now.
    pub end: Option<(SimTime, i64)>,
    /// Whether that end is the kernel's doing, for its use of memory.
    pub is_oom: bool,
    /// Whether it was told to stop.
    pub stopping: Option<Stopping>,
    /// When SIGTERM follows its preStop hook, if it is still to come.
    pub term_at: Option<SimTime>,
    /// When it is killed, once it was told to stop.
    pub deadline: SimTime,
}

impl Run {
    /// A container that has just started.
    #[must_use]
    pub fn since(at: SimTime) -> Self {
        Self { since: at, end: None, is_oom: false, stopping: None, term_at: None, deadline: SimTime(u64::MAX) }
    }

    /// When something happens to it by itself.
    #[must_use]
    pub fn due(&self) -> Option<SimTime> {
        let end = self.end.map(|(at, _)| at);
        let deadline = self.stopping.map(|_| self.deadline);
        [end, self.term_at, deadline].into_iter().flatten().min()
    }
}

/// Why a container was told to stop.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Stopping {
    /// Its Pod ends.
    PodEnds,
    /// It is to be replaced: a liveness probe failed, or its definition changed.
    Replaced,
}

/// How a container ended.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct End {
    /// The exit code.
    pub code: i64,
    /// `Completed`, `Error`, `OOMKilled`, `StartError`, `Unknown`, `ContainerStatusUnknown`.
    pub reason: &'static str,
    /// A message, where there is one.
    pub message: Rc<str>,
    /// When it started; nothing if it never did.
    pub started: Option<SimTime>,
    /// When it ended.
    pub finished: SimTime,
    /// Which run this was, from 0.
    pub run: i64,
}

/// A back-off that doubles.
// Models client-go/util/flowcontrol/backoff.go Backoff
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Backoff {
    delay: SimTime,
    updated: SimTime,
}

impl Backoff {
    /// The back-off after one more failure.
    #[must_use]
    pub fn next(before: Option<Self>, now: SimTime) -> Self {
        let delay = match before {
            Some(before) if now.since(before.updated) <= BACKOFF_RESET => {
                millis(before.delay.as_millis() * 2).min(BACKOFF_MAX)
            }
            _ => BACKOFF_FIRST,
        };
        Self { delay, updated: now }
    }

    /// The wait that a failure at `failed` must still sit out, if any.
    #[must_use]
    pub fn wait(before: Option<Self>, failed: SimTime, now: SimTime) -> Option<SimTime> {
        let before = before?;
        let is_over = now.since(before.updated) > BACKOFF_RESET || now.since(failed) >= before.delay;
        (!is_over).then_some(before.delay)
    }

    /// How long a wait is.
    #[must_use]
    pub fn delay(&self) -> SimTime {
        self.delay
    }
}

/// A back-off that stays reported while the container is being started again.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum Shown {
    /// `CrashLoopBackOff` with this delay.
    Crash(SimTime),
    /// `ImagePullBackOff` with this message.
    Pull(Rc<str>),
}

/// One container as its kubelet keeps it.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Container {
    /// Its name.
    pub name: Rc<str>,
    /// The image it was made from.
    pub image: Rc<str>,
    /// Which list it stands in.
    pub role: Role,
    /// Where it is.
    pub state: State,
    /// How it ended the last time.
    pub last: Option<End>,
    /// How often it was started again.
    pub restarts: i64,
    /// Whether its image was ever there for it.
    pub was_created: bool,
    /// Its probes.
    pub probes: Probes,
    pub(super) shown: Option<Shown>,
    pub(super) crash: Option<Backoff>,
    pub(super) pull: Option<Backoff>,
}

impl Container {
    /// A container whose turn has not come.
    #[must_use]
    pub fn new(spec: &Value, role: Role) -> Self {
        Self {
            name: spec.str_at(&["name"]).into(),
            image: spec.str_at(&["image"]).into(),
            role,
            state: State::Pending,
            last: None,
            restarts: 0,
            was_created: false,
            probes: Probes::default(),
            shown: None,
            crash: None,
            pull: None,
        }
    }

    /// The field that Events about it name.
    #[must_use]
    pub fn field_path(&self) -> String {
        format!("spec.{}{{{}}}", self.role.list(), self.name)
    }

    /// Whether it runs.
    #[must_use]
    pub fn is_running(&self) -> bool {
        matches!(self.state, State::Running(_))
    }

    /// Whether it counts as started: it runs, and its startup probe (if any) has passed.
    #[must_use]
    pub fn is_started(&self) -> bool {
        self.is_running() && self.probes.is_started()
    }

    /// Whether it is ready as `containerStatuses` says it.
    #[must_use]
    pub fn is_ready(&self) -> bool {
        match &self.state {
            State::Running(_) => {
                matches!(self.role, Role::App | Role::Sidecar) && self.probes.is_started() && self.probes.is_ready()
            }
            State::Ended { end, .. } => self.role == Role::Init && end.code == 0,
            _ => false,
        }
    }

    /// The end that stands as its current state, if it has ended and nothing more is due.
    #[must_use]
    pub fn end(&self) -> Option<&End> {
        match &self.state {
            State::Ended { end, .. } => Some(end),
            _ => None,
        }
    }

    /// When it does something next by itself, probes apart.
    #[must_use]
    pub fn due(&self) -> Option<SimTime> {
        match &self.state {
            State::Pending => None,
            State::Pulling { pull } => Some(pull.end),
            State::PullFailed { until, .. }
            | State::PullBackOff { until, .. }
            | State::Refused { until, .. }
            | State::Creating { until }
            | State::CrashLoop { until, .. } => Some(*until),
            State::Running(run) => run.due(),
            State::Ended { next, .. } => *next,
        }
    }

    /// Whether what it waits for is the same thing over again, so that a world in which nothing
    /// else is due has settled: the second and later waits of a back-off.
    #[must_use]
    pub fn is_looping(&self) -> bool {
        match &self.state {
            State::CrashLoop { delay, .. } => *delay > BACKOFF_FIRST,
            State::PullBackOff { .. } | State::Refused { .. } => true,
            _ => false,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::sim::secs;

    #[test]
    fn a_back_off_doubles_up_to_five_minutes_and_forgets_after_ten() {
        let mut now = SimTime::ZERO;
        let mut backoff = None;
        let mut delays = Vec::new();
        for _ in 0..7 {
            let next = Backoff::next(backoff, now);
            delays.push(next.delay().as_secs());
            now = now + next.delay();
            backoff = Some(next);
        }
        assert_eq!(delays, [10, 20, 40, 80, 160, 300, 300]);
        assert_eq!(Backoff::next(backoff, now + secs(601)).delay(), secs(10));
    }
}

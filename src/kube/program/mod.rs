//! What runs in containers: a small deterministic interpreter of programs, and the container
//! runtime that holds them.
//!
//! `syntax` reads `sh`, `machine` runs it thread by thread, `expand` expands words, `command/`
//! holds the usual commands, `server` the programs that answer requests, `files` what they see of
//! volumes, `log` what they have written. `runtime` holds every container of a cluster, whoever's
//! kubelet started it: containers go on without their kubelet, and so they live here.
//!
//! A program is not stepped by the clock. It is caught up when somebody looks (a probe, `kubectl
//! logs`, a request), or at the moment at which it next does what others could notice: it ends, or
//! it calls somebody. [`runtime::Runtime::next`] finds that moment by running a copy ahead.
//!
//! Invariant: catching up in one step or in many gives the same state, log and files.
//! Invariant: a program reaches others only through [`Network`], and nothing of the API server's.
//! Invariant: this is no emulator. An image that is not known runs as a server on its declared
//! ports and says so once in its log.

mod command;
mod expand;
pub mod files;
pub mod http;
pub mod image;
pub mod log;
mod machine;
mod redis;
pub mod runtime;
mod scope;
mod server;
pub mod syntax;
mod thread;

pub use machine::{Ended, Process};
pub use runtime::{Next, Runtime};
pub use thread::{State, Thread};

use crate::kube::api::Key;
use crate::sim::SimTime;
use files::{Disks, Mount};
use std::rc::Rc;

/// One container of one Pod.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub struct Id {
    /// The Pod's uid.
    pub pod: Rc<str>,
    /// The container's name.
    pub container: Rc<str>,
}

/// What a container is started with.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Facts {
    /// Which container.
    pub id: Id,
    /// The Pod's key.
    pub pod: Key,
    /// Its image.
    pub image: Rc<str>,
    /// `command`, if one is given.
    pub command: Vec<Rc<str>>,
    /// `args`, if any are given.
    pub args: Vec<Rc<str>>,
    /// `workingDir`; empty for the image's.
    pub directory: Rc<str>,
    /// The environment, in order.
    pub env: Vec<(Rc<str>, Rc<str>)>,
    /// What is mounted.
    pub mounts: Vec<Mount>,
    /// The host name.
    pub hostname: Rc<str>,
    /// The Pod's address.
    pub address: Rc<str>,
    /// The node.
    pub node: Rc<str>,
    /// Ports that the container says it has.
    pub declared_ports: Vec<i64>,
    /// The memory limit in bytes; none for the node's.
    pub memory_limit: Option<i64>,
    /// The CPU limit in thousandths.
    pub cpu_limit: Option<i64>,
    /// `securityContext.runAsUser`.
    pub user: i64,
    /// `securityContext.runAsGroup`.
    pub group: i64,
    /// `fsGroup` and `supplementalGroups`.
    pub groups: Vec<i64>,
    /// `fsGroup`: whose the files in volumes are; 0 for root's.
    pub volume_group: i64,
    /// `stdin`: a shell waits for what is typed.
    pub holds_stdin: bool,
    /// Whose processes it sees beside its own: of one container, or (empty) of all.
    pub sees: Option<Rc<str>>,
    /// `readOnlyRootFilesystem`.
    pub read_only_root: bool,
    /// `/etc/resolv.conf`.
    pub resolver: Rc<str>,
}

impl Facts {
    /// A variable of the environment.
    #[must_use]
    pub fn variable(&self, name: &str) -> Option<&Rc<str>> {
        self.env.iter().rev().find(|(known, _)| &**known == name).map(|(_, value)| value)
    }
}

/// What a program asks of the network.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum Call {
    /// The addresses of a name.
    Resolve(Rc<str>),
    /// An HTTP request; the host is a name or an address.
    Http {
        /// Name or address.
        host: Rc<str>,
        /// Port.
        port: i64,
        /// What is asked.
        request: Rc<http::Request>,
    },
    /// Only a connection, as `nc -z` makes one.
    Connect {
        /// Name or address.
        host: Rc<str>,
        /// Port.
        port: i64,
    },
    /// So many requests of a tenth of a second, counted together.
    Load {
        /// Name or address.
        host: Rc<str>,
        /// Port.
        port: i64,
        /// What is asked.
        request: Rc<http::Request>,
        /// How many.
        count: u64,
    },
}

/// What a call came to.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum Called {
    /// Nobody knows here: this is a copy that runs ahead.
    Unknown,
    /// It was answered after `took`.
    Answered {
        /// How long it took.
        took: SimTime,
        /// What came back.
        answer: Answer,
    },
    /// It failed after `took`.
    Failed {
        /// How long it took.
        took: SimTime,
        /// Why.
        failure: Failure,
    },
}

/// What came back.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum Answer {
    /// The full name and its addresses.
    Addresses(Rc<str>, Vec<Rc<str>>),
    /// A response.
    Http(http::Response),
    /// A connection; the address that was reached.
    Connected(Rc<str>),
    /// What became of many requests.
    Carried {
        /// The status of the answers.
        status: i64,
        /// How many were answered.
        answered: u64,
        /// How long each took, in microseconds.
        micros: u64,
        /// How long an answer is.
        bytes: u64,
    },
}

/// Why a call failed, as a client sees it.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub enum Failure {
    /// No such name.
    UnknownName,
    /// Nobody listens there, or a Service has no endpoint.
    Refused,
    /// Nothing came back.
    TimedOut,
    /// There is no way there.
    Unreachable,
}

/// The way to others.
pub trait Network {
    /// Carries a call out at a moment.
    fn call(&mut self, from: &Facts, at: SimTime, call: &Call, disks: &mut Disks) -> Called;
}

/// No network: for copies that run ahead.
pub struct Ahead;

impl Network for Ahead {
    fn call(&mut self, _: &Facts, _: SimTime, _: &Call, _: &mut Disks) -> Called {
        Called::Unknown
    }
}

/// What is outside a process while it runs.
pub struct Outside<'a> {
    /// The volumes.
    pub disks: &'a mut Disks,
    /// The way to others.
    pub network: &'a mut dyn Network,
    /// The seed of everything random.
    pub seed: u64,
}

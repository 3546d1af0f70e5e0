//! Kubelets: what happens on a node. A kubelet registers its node, renews its Lease, and carries
//! the Pods bound to it from nothing to running and back.
//!
//! Invariant: a kubelet knows only its own node and what the API server tells it.

use crate::kube::api::{Key, Object};
use crate::kube::{Outcome, Ran, Snapshot};
use crate::sim::{Change, EntryId, SimTime};
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
}

/// What is due for a kubelet.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum Work {
    /// Register the node.
    Register,
    /// Renew the Lease.
    Heartbeat,
}

impl Work {
    /// Whether this only keeps watch.
    #[must_use]
    pub fn is_background(&self) -> bool {
        matches!(self, Self::Heartbeat)
    }
}

/// The kubelet of one node, with what runs there.
#[derive(Clone)]
pub struct Kubelet {
    machine: Machine,
}

impl Kubelet {
    /// A kubelet starts on a machine.
    #[must_use]
    pub fn start(machine: Machine) -> (Self, Vec<(SimTime, Work)>) {
        (Self { machine }, vec![(SimTime::ZERO, Work::Register)])
    }

    /// The machine it runs on.
    #[must_use]
    pub fn machine(&self) -> &Machine {
        &self.machine
    }

    /// The process ends. Containers go on running without it.
    pub fn stop(&mut self) {}

    /// The process starts again.
    pub fn restart(&mut self) -> Vec<(SimTime, Work)> {
        vec![(SimTime::ZERO, Work::Register)]
    }

    /// Hears of a change. Returns what is due because of it, each after a delay.
    pub fn observe(
        &mut self,
        _seen: &Snapshot<'_>,
        _change: &Change<Key, Rc<Object>>,
        _cause: Option<EntryId>,
    ) -> Vec<(SimTime, Work)> {
        Vec::new()
    }

    /// Does what is due.
    pub fn run(&mut self, _seen: &Snapshot<'_>, _work: Work) -> Ran<Work> {
        Ran { outcome: Outcome::settled(), cause: None, wake: Vec::new() }
    }
}

/// The nodes whose kubelets want to hear of this change: the one a Pod is (or was) bound to, and
/// the one a Node object describes.
#[must_use]
pub fn addressed(change: &Change<Key, Rc<Object>>) -> Vec<Rc<str>> {
    use crate::kube::api::Resource;
    let node = match change.key.resource {
        Resource::PODS => change.value.str_at(&["spec", "nodeName"]),
        Resource::NODES => &change.key.name,
        _ => "",
    };
    if node.is_empty() { Vec::new() } else { vec![node.into()] }
}

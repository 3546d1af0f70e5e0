//! The scheduler: which node a Pod goes to, and for every node that it does not go to, why not.
//!
//! Invariant: a decision can be recomputed from the snapshot it was made from.

use crate::kube::api::{Key, Object};
use crate::kube::{Outcome, Ran, Snapshot};
use crate::sim::{Change, EntryId, SimTime};
use std::rc::Rc;

/// What is due for the scheduler.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum Work {
    /// Take one Pod from the active queue and find a node for it.
    ScheduleOne,
}

impl Work {
    /// Whether this only keeps watch.
    #[must_use]
    pub fn is_background(&self) -> bool {
        false
    }
}

/// The scheduler's memory: its queues.
#[derive(Clone, Default)]
pub struct Scheduler {}

impl Scheduler {
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

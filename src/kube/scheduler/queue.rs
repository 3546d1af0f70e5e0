//! The Pods that wait for a node: ready to be tried, waiting out a back-off, or known not to fit
//! anywhere until something changes.
// Models pkg/scheduler/backend/queue/scheduling_queue.go

use crate::document::Value;
use crate::kube::api::Key;
use crate::sim::{EntryId, SimTime, millis, secs};
use rpds::{RedBlackTreeMap, RedBlackTreeSet};

/// `podInitialBackoffSeconds`.
const BACKOFF_FIRST: SimTime = secs(1);
/// `podMaxBackoffSeconds`.
const BACKOFF_MAX: SimTime = secs(10);

/// Where a waiting Pod is.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Place {
    /// It will be tried as soon as its turn comes.
    Active,
    /// It may be worth another try, but not before this moment.
    Backoff {
        /// When the wait is over.
        until: SimTime,
    },
    /// Nothing fits; only a change in the cluster, or time, brings it back.
    Unschedulable {
        /// Since when.
        since: SimTime,
    },
    /// It has scheduling gates.
    Gated,
    /// A node was found and the binding is being written.
    Binding {
        /// Since when.
        since: SimTime,
    },
}

/// One waiting Pod.
#[derive(Clone, Debug)]
pub struct Waiting {
    /// Where it is.
    pub place: Place,
    /// `spec.priority`.
    pub priority: i64,
    /// When it was put among the active ones, or first seen.
    pub since: SimTime,
    /// How often it has been tried.
    pub attempts: u64,
    /// When it was last tried.
    pub tried_at: SimTime,
    /// What brought it where it is.
    pub cause: Option<EntryId>,
    /// Its wish, to tell a change of the Pod from a report about it.
    pub(super) spec: Value,
}

/// How many Pods wait where.
#[derive(Clone, Copy, PartialEq, Eq, Default, Debug)]
pub struct Counts {
    /// Ready to be tried.
    pub active: i64,
    /// Waiting out a back-off.
    pub backoff: i64,
    /// Known not to fit, gated ones included.
    pub unschedulable: i64,
}

/// The scheduler's queues.
#[derive(Clone, Default)]
pub struct Queue {
    pods: RedBlackTreeMap<Key, Waiting>,
    /// The active ones in the order in which they will be tried.
    // Models pkg/scheduler/framework/plugins/queuesort PrioritySort
    active: RedBlackTreeSet<(i64, SimTime, Key)>,
    /// The others, which are seldom many.
    resting: RedBlackTreeSet<Key>,
}

impl Queue {
    /// Every waiting Pod.
    pub fn iter(&self) -> impl Iterator<Item = (&Key, &Waiting)> {
        self.pods.iter()
    }

    /// The active Pods in the order in which they will be tried.
    pub fn active(&self) -> impl Iterator<Item = &Key> {
        self.active.iter().map(|(_, _, key)| key)
    }

    /// The Pods that wait and are not active.
    pub fn resting(&self) -> impl Iterator<Item = (&Key, &Waiting)> {
        self.resting.iter().filter_map(|key| Some((key, self.pods.get(key)?)))
    }

    /// How many Pods wait where.
    #[must_use]
    pub fn counts(&self) -> Counts {
        let mut counts = Counts::default();
        for waiting in self.pods.values() {
            match waiting.place {
                Place::Active => counts.active += 1,
                Place::Backoff { .. } => counts.backoff += 1,
                Place::Unschedulable { .. } | Place::Gated => counts.unschedulable += 1,
                Place::Binding { .. } => {}
            }
        }
        counts
    }

    /// A waiting Pod.
    #[must_use]
    pub fn get(&self, key: &Key) -> Option<&Waiting> {
        self.pods.get(key)
    }

    pub(super) fn put(&mut self, key: Key, waiting: Waiting) {
        self.remove(&key);
        if waiting.place == Place::Active {
            self.active.insert_mut((-waiting.priority, waiting.since, key.clone()));
        } else {
            self.resting.insert_mut(key.clone());
        }
        self.pods.insert_mut(key, waiting);
    }

    pub(super) fn remove(&mut self, key: &Key) {
        if let Some(waiting) = self.pods.get(key) {
            if waiting.place == Place::Active {
                self.active.remove_mut(&(-waiting.priority, waiting.since, key.clone()));
            } else {
                self.resting.remove_mut(key);
            }
            self.pods.remove_mut(key);
        }
    }

    /// The Pod whose turn it is.
    pub(super) fn pop(&mut self) -> Option<(Key, Waiting)> {
        let (_, _, key) = self.active.first()?.clone();
        let waiting = self.pods.get(&key)?.clone();
        self.remove(&key);
        Some((key, waiting))
    }

    /// Moves the Pods for which `choose` says so among the active ones.
    pub(super) fn activate(&mut self, now: SimTime, choose: impl Fn(&Waiting) -> bool) {
        let chosen: Vec<_> = self
            .resting()
            .filter(|(_, waiting)| choose(waiting))
            .map(|(key, waiting)| (key.clone(), waiting.clone()))
            .collect();
        for (key, waiting) in chosen {
            self.put(key, Waiting { place: Place::Active, since: now, ..waiting });
        }
    }
}

impl Waiting {
    /// When the back-off after the last attempt is over.
    // Models backoffQueue.getBackoffTime
    #[must_use]
    pub fn backoff_until(&self) -> SimTime {
        if self.attempts == 0 {
            return SimTime::ZERO;
        }
        let doubled = BACKOFF_FIRST.as_millis() << (self.attempts - 1).min(10);
        self.tried_at + millis(doubled).min(BACKOFF_MAX)
    }
}

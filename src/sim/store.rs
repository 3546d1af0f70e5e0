//! A revisioned store that can be watched, as etcd is.

use crate::sim::limits::WATCH_HISTORY_MAX;
use rpds::{RedBlackTreeMap, Vector};

/// What happened to a key.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum ChangeKind {
    /// The key is new.
    Added,
    /// The key has another value.
    Modified,
    /// The key is gone; the change carries its last value.
    Deleted,
}

/// One change, as a watcher receives it.
#[derive(Clone, PartialEq, Debug)]
pub struct Change<K, V> {
    /// The store's revision that this change made.
    pub revision: u64,
    /// What happened.
    pub kind: ChangeKind,
    /// To what.
    pub key: K,
    /// The value after the change, or the last one before a deletion.
    pub value: V,
}

/// Why a watch cannot be answered.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum WatchError {
    /// The revision is older than what the store remembers: list again.
    Expired {
        /// The oldest revision from which a watch can resume.
        oldest: u64,
    },
}

/// Keys in order, each with a value; every change has a revision, one larger than the last.
#[derive(Clone)]
pub struct Store<K: Ord, V> {
    entries: RedBlackTreeMap<K, V>,
    revision: u64,
    history: Vector<Change<K, V>>,
    /// Revisions up to this one are forgotten.
    compacted: u64,
}

impl<K: Ord + Clone, V: Clone> Default for Store<K, V> {
    fn default() -> Self {
        Self { entries: RedBlackTreeMap::new(), revision: 0, history: Vector::new(), compacted: 0 }
    }
}

impl<K: Ord + Clone, V: Clone> Store<K, V> {
    /// The revision of the last change.
    #[must_use]
    pub fn revision(&self) -> u64 {
        self.revision
    }

    /// The revision that the next change will have: objects carry it inside themselves.
    #[must_use]
    pub fn next_revision(&self) -> u64 {
        self.revision + 1
    }

    /// The value of `key`.
    #[must_use]
    pub fn get(&self, key: &K) -> Option<&V> {
        self.entries.get(key)
    }

    /// All entries in key order.
    pub fn iter(&self) -> impl Iterator<Item = (&K, &V)> {
        self.entries.iter()
    }

    /// The entries with `first <= key`, in key order.
    pub fn iter_from(&self, first: &K) -> impl Iterator<Item = (&K, &V)> + use<'_, K, V> {
        self.entries.range(first.clone()..)
    }

    /// Writes `key`. Returns the change.
    pub fn put(&mut self, key: K, value: V) -> Change<K, V> {
        let kind = if self.entries.contains_key(&key) { ChangeKind::Modified } else { ChangeKind::Added };
        self.entries.insert_mut(key.clone(), value.clone());
        self.record(kind, key, value)
    }

    /// Rewrites the value of the last change, which nobody has been told of yet: for what is only
    /// known once it is stored.
    pub fn amend(&mut self, key: &K, value: V) {
        if let Some(entry) = self.entries.get_mut(key) {
            *entry = value.clone();
        }
        let last = self.history.len().wrapping_sub(1);
        if let Some(change) = self.history.get(last).filter(|change| change.key == *key) {
            let change = Change { value, ..change.clone() };
            self.history.set_mut(last, change);
        }
    }

    /// Removes `key`. The change carries `last`, the value that watchers are told.
    pub fn delete(&mut self, key: &K, last: V) -> Option<Change<K, V>> {
        if !self.entries.remove_mut(key) {
            return None;
        }
        Some(self.record(ChangeKind::Deleted, key.clone(), last))
    }

    /// The changes after `revision`, oldest first.
    ///
    /// # Errors
    /// [`WatchError::Expired`] when changes after `revision` have been forgotten.
    pub fn changes_since(&self, revision: u64) -> Result<impl Iterator<Item = &Change<K, V>>, WatchError> {
        if revision < self.compacted {
            return Err(WatchError::Expired { oldest: self.compacted });
        }
        Ok((revision - self.compacted..self.history.len() as u64).filter_map(|index| self.history.get(index as usize)))
    }

    fn record(&mut self, kind: ChangeKind, key: K, value: V) -> Change<K, V> {
        self.revision += 1;
        let change = Change { revision: self.revision, kind, key, value };
        self.history.push_back_mut(change.clone());
        if self.history.len() >= 2 * WATCH_HISTORY_MAX {
            self.history = self.history.iter().skip(WATCH_HISTORY_MAX).cloned().collect();
            self.compacted += WATCH_HISTORY_MAX as u64;
        }
        change
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_watch_resumes_where_it_stopped_and_expires_when_history_is_gone() {
        let mut store: Store<u32, u32> = Store::default();
        store.put(1, 10);
        let seen = store.revision();
        store.put(1, 11);
        store.delete(&1, 11);
        let kinds: Vec<_> = store.changes_since(seen).unwrap().map(|change| change.kind).collect();
        assert_eq!(kinds, [ChangeKind::Modified, ChangeKind::Deleted]);
        for number in 0..2 * WATCH_HISTORY_MAX as u32 {
            store.put(2, number);
        }
        assert!(store.changes_since(seen).is_err());
        assert_eq!(store.changes_since(store.revision()).unwrap().count(), 0);
    }

    #[test]
    fn a_clone_is_a_snapshot() {
        let mut store: Store<u32, u32> = Store::default();
        store.put(1, 10);
        let snapshot = store.clone();
        store.put(1, 11);
        assert_eq!((snapshot.get(&1), store.get(&1)), (Some(&10), Some(&11)));
    }
}

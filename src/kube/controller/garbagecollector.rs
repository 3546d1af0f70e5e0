//! The garbagecollector controller.

use crate::kube::api::{Key, Object};
use crate::kube::{Outcome, Snapshot};
use crate::sim::Change;
use std::rc::Rc;

/// Which keys a change makes it look at.
#[must_use]
pub fn interested(_change: &Change<Key, Rc<Object>>, _seen: &Snapshot<'_>) -> Vec<Key> {
    Vec::new()
}

/// Looks at one key and decides.
#[must_use]
pub fn reconcile(_key: &Key, _seen: &Snapshot<'_>) -> Outcome {
    Outcome::settled()
}

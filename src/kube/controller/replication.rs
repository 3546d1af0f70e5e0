//! The replication controller: the older form of the replicaset controller, which does its work.
// Models pkg/controller/replication/replication_controller.go

use crate::kube::api::{Key, Object, Resource};
use crate::kube::controller::{Controller, replicaset};
use crate::kube::{Outcome, Snapshot};
use crate::sim::Change;
use std::rc::Rc;

/// Which keys a change makes it look at.
#[must_use]
pub fn interested(change: &Change<Key, Rc<Object>>, seen: &Snapshot<'_>) -> Vec<Key> {
    replicaset::interested_as(Resource::REPLICATION_CONTROLLERS, change, seen)
}

/// One pass over one ReplicationController.
#[must_use]
pub fn reconcile(key: &Key, seen: &Snapshot<'_>) -> Outcome {
    replicaset::reconcile_as(Controller::Replication, key, seen)
}

//! The garbage collector: dependents go when their owners are gone; owners that are deleted in the
//! foreground wait for them; owners that leave orphans let go of them first.
// Models pkg/controller/garbagecollector/garbagecollector.go attemptToDeleteItem, processDeletingDependentsItem

use crate::document::Value;
use crate::kube::api::{Key, Object, PatchType, Preconditions, Propagation, Request, Resource, Verb, meta};
use crate::kube::controller::Controller;
use crate::kube::why::Why;
use crate::kube::{Outcome, Snapshot};
use crate::sim::{Change, ChangeKind};
use crate::tree;
use std::rc::Rc;

const FOREGROUND: &str = "foregroundDeletion";
const ORPHAN: &str = "orphan";

/// Which keys a change makes it look at: every dependent of what has gone, every owner that waits
/// for what has gone, and whatever is new with owners that may already be gone.
#[must_use]
pub fn interested(change: &Change<Key, Rc<Object>>, seen: &Snapshot<'_>) -> Vec<Key> {
    if matches!(change.key.resource, Resource::EVENTS | Resource::LEASES) {
        return Vec::new();
    }
    let object = &change.value;
    let mut keys = Vec::new();
    if change.kind == ChangeKind::Deleted {
        keys.extend(dependents(object, seen).map(|(key, _)| key.clone()));
        keys.extend(owners(object, seen).filter(|key| seen.get(key).is_some_and(|owner| waits(owner))));
        return keys;
    }
    if waits(object) || change.kind == ChangeKind::Added && owners(object, seen).next().is_some() {
        keys.push(change.key.clone());
    }
    if waits(object) {
        keys.extend(dependents(object, seen).map(|(key, _)| key.clone()));
    }
    if meta::is_deleting(object) {
        keys.extend(owners(object, seen).filter(|key| seen.get(key).is_some_and(|owner| waits(owner))));
    }
    keys
}

/// One look at one object.
#[must_use]
pub fn reconcile(key: &Key, seen: &Snapshot<'_>) -> Outcome {
    let mut outcome = Outcome::settled();
    let Some(object) = seen.get(key) else { return outcome };
    if has_finalizer(object, ORPHAN) && meta::is_deleting(object) {
        orphan_dependents(object, seen, &mut outcome);
        drop_finalizer(object, key, ORPHAN, &mut outcome);
        return outcome;
    }
    if waits(object) {
        delete_blocking_dependents(object, key, seen, &mut outcome);
        return outcome;
    }
    collect(object, key, seen, &mut outcome);
    outcome
}

/// Whether it is being deleted and something of ours must happen first.
fn waits(object: &Value) -> bool {
    meta::is_deleting(object) && (has_finalizer(object, FOREGROUND) || has_finalizer(object, ORPHAN))
}

fn has_finalizer(object: &Value, name: &str) -> bool {
    object.items_at(&["metadata", "finalizers"]).iter().any(|known| known.as_str() == Some(name))
}

fn owners<'a>(object: &'a Value, seen: &'a Snapshot<'_>) -> impl Iterator<Item = Key> + 'a {
    object.items_at(&["metadata", "ownerReferences"]).iter().filter_map(move |owner| {
        let resource = seen.etcd.custom().resource_of(owner.str_at(&["apiVersion"]), owner.str_at(&["kind"]))?;
        Some(Key::new(resource, meta::namespace(object), owner.str_at(&["name"])))
    })
}

/// The objects that name `owner` among their owners.
fn dependents<'a>(owner: &Value, seen: &Snapshot<'a>) -> impl Iterator<Item = (&'a Key, &'a Rc<Object>)> + use<'a> {
    let uid = meta::uid(owner).to_owned();
    seen.etcd.iter().filter(|(key, _)| !matches!(key.resource, Resource::EVENTS | Resource::LEASES)).filter(
        move |(_, object)| {
            object.items_at(&["metadata", "ownerReferences"]).iter().any(|owner| owner.str_at(&["uid"]) == uid)
        },
    )
}

fn orphan_dependents(owner: &Object, seen: &Snapshot<'_>, outcome: &mut Outcome) {
    for (key, dependent) in dependents(owner, seen) {
        let mut left = dependent.items_at(&["metadata", "ownerReferences"]).to_vec();
        left.retain(|reference| reference.str_at(&["uid"]) != meta::uid(owner));
        let body = tree!({ "metadata": { "ownerReferences": left } });
        outcome.request(patch(key, body), Why::OwnerGone);
    }
}

fn delete_blocking_dependents(object: &Object, key: &Key, seen: &Snapshot<'_>, outcome: &mut Outcome) {
    let blocking: Vec<(&Key, &Rc<Object>)> = dependents(object, seen)
        .filter(|(_, dependent)| {
            dependent
                .items_at(&["metadata", "ownerReferences"])
                .iter()
                .any(|owner| owner.str_at(&["uid"]) == meta::uid(object) && owner.is_true_at(&["blockOwnerDeletion"]))
        })
        .collect();
    if blocking.is_empty() {
        return drop_finalizer(object, key, FOREGROUND, outcome);
    }
    for (key, dependent) in blocking.into_iter().filter(|(_, dependent)| !meta::is_deleting(dependent)) {
        outcome.request(deletion(key, dependent, Propagation::Foreground), Why::OwnerGone);
    }
}

fn drop_finalizer(object: &Object, key: &Key, name: &str, outcome: &mut Outcome) {
    let mut left = object.items_at(&["metadata", "finalizers"]).to_vec();
    left.retain(|known| known.as_str() != Some(name));
    outcome.request(patch(key, tree!({ "metadata": { "finalizers": left } })), Why::OwnerGone);
}

/// Deletes what has owners that are all gone; lets go of those that are gone if others stay.
fn collect(object: &Object, key: &Key, seen: &Snapshot<'_>, outcome: &mut Outcome) {
    let references = object.items_at(&["metadata", "ownerReferences"]);
    if references.is_empty() || meta::is_deleting(object) {
        return;
    }
    let alive = |reference: &Value| {
        seen.etcd
            .custom()
            .resource_of(reference.str_at(&["apiVersion"]), reference.str_at(&["kind"]))
            .map(|resource| Key::new(resource, meta::namespace(object), reference.str_at(&["name"])))
            .and_then(|owner| seen.get(&owner))
            .filter(|owner| meta::uid(owner) == reference.str_at(&["uid"]))
    };
    let (present, absent): (Vec<&Value>, Vec<&Value>) =
        references.iter().partition(|reference| alive(reference).is_some());
    if present.is_empty() {
        let propagation = if has_finalizer(object, ORPHAN) {
            Propagation::Orphan
        } else if has_finalizer(object, FOREGROUND) {
            Propagation::Foreground
        } else {
            Propagation::Background
        };
        outcome.request(deletion(key, object, propagation), Why::OwnerGone);
    } else if !absent.is_empty() {
        let left: Vec<Value> = present.into_iter().cloned().collect();
        outcome.request(patch(key, tree!({ "metadata": { "ownerReferences": left } })), Why::OwnerGone);
    } else if present
        .iter()
        .all(|reference| alive(reference).is_some_and(|owner| waits(owner) && has_finalizer(owner, FOREGROUND)))
    {
        outcome.request(deletion(key, object, Propagation::Foreground), Why::OwnerGone);
    }
}

fn patch(key: &Key, body: Value) -> Request {
    Request::new(Controller::GarbageCollector.user(), Verb::Patch(PatchType::Merge), key).with_body(body)
}

fn deletion(key: &Key, object: &Value, propagation: Propagation) -> Request {
    let mut request = Request::new(Controller::GarbageCollector.user(), Verb::Delete, key);
    request.options.propagation = Some(propagation);
    request.options.preconditions = Preconditions { uid: Some(meta::uid(object).into()), resource_version: None };
    request
}

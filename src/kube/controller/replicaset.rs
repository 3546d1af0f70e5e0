//! The replicaset controller: as many Pods as wished, no more and no fewer.
// Models pkg/controller/replicaset/replica_set.go

use crate::document::Value;
use crate::kube::api::{Key, Object, Request, Resource, Verb, meta};
use crate::kube::controller::{Controller, claim, pods};
use crate::kube::why::Why;
use crate::kube::{Outcome, Snapshot, When};
use crate::sim::{Change, SimTime, secs};
use crate::tree;
use std::rc::Rc;

/// How many Pods one pass makes or deletes at most.
// Models BurstReplicas
const BURST_REPLICAS: i64 = 500;

/// The condition of a set whose Pods are refused.
const FAILURE: &str = "ReplicaFailure";

/// Which keys a change makes it look at.
#[must_use]
pub fn interested(change: &Change<Key, Rc<Object>>, seen: &Snapshot<'_>) -> Vec<Key> {
    interested_as(Resource::REPLICA_SETS, change, seen)
}

/// The same for sets of this resource.
pub(super) fn interested_as(sets: Resource, change: &Change<Key, Rc<Object>>, seen: &Snapshot<'_>) -> Vec<Key> {
    match change.key.resource {
        resource if resource == sets => vec![change.key.clone()],
        Resource::PODS => {
            let mut keys = claim::owners_of(change, seen, sets);
            // A Pod that was let go concerns the set that let it go: its selector matched before.
            keys.extend(previous_owner(sets, change, seen));
            keys
        }
        _ => Vec::new(),
    }
}

/// The set whose name the Pod's `generateName` carries, when nothing controls the Pod any more.
fn previous_owner(sets: Resource, change: &Change<Key, Rc<Object>>, seen: &Snapshot<'_>) -> Option<Key> {
    if meta::controller_of(&change.value).is_some() {
        return None;
    }
    let name = change.value.str_at(&["metadata", "generateName"]).strip_suffix('-')?;
    let key = Key::new(sets, change.key.namespace.clone(), name);
    seen.get(&key).is_some().then_some(key)
}

/// One pass over one ReplicaSet.
// Models syncReplicaSet
#[must_use]
pub fn reconcile(key: &Key, seen: &Snapshot<'_>) -> Outcome {
    reconcile_as(Controller::ReplicaSet, key, seen)
}

/// The same under another controller's name.
pub(super) fn reconcile_as(controller: Controller, key: &Key, seen: &Snapshot<'_>) -> Outcome {
    let Some(set) = seen.get(key) else { return Outcome::settled() };
    let mut outcome = Outcome::settled();
    let owned = claim::claim(set, Resource::PODS, controller, seen, &mut outcome);
    let (active, rest): (Vec<_>, Vec<_>) = owned.into_iter().partition(|pod| pods::is_active(pod));
    if !meta::is_deleting(set) {
        manage_replicas(controller, set, &active, seen, &mut outcome);
    }
    let terminating = rest.iter().filter(|pod| pods::is_terminating(pod)).count();
    update_status((controller, key), set, &active, terminating, seen.now, &mut outcome);
    outcome
}

// Models manageReplicas
fn manage_replicas(
    controller: Controller,
    set: &Rc<Object>,
    active: &[Rc<Object>],
    seen: &Snapshot<'_>,
    outcome: &mut Outcome,
) {
    let want = set.int_at(&["spec", "replicas"]).unwrap_or(1);
    let have = active.len() as i64;
    if have < want {
        for _ in 0..(want - have).min(BURST_REPLICAS) {
            let request =
                Request::create(controller.user(), Resource::PODS, meta::namespace(set), pods::from_template(set));
            outcome.request(request, Why::TooFew { want, have });
            outcome.announce_created(set, "SuccessfulCreate", "Created pod: {}");
        }
    } else if have > want {
        let surplus = (have - want).min(BURST_REPLICAS);
        for pod in pods::rank_for_deletion(active, seen).into_iter().take(usize::try_from(surplus).unwrap_or_default())
        {
            let key = Key::new(Resource::PODS, meta::namespace(pod), meta::name(pod));
            outcome.request(Request::new(controller.user(), Verb::Delete, &key), Why::TooMany { want, have });
            outcome.event(&set.value, "Normal", "SuccessfulDelete", format!("Deleted pod: {}", meta::name(pod)));
        }
    }
}

/// Writes what is known; if a Pod of this pass is refused, with the condition that says so.
// Models syncReplicaSet, updateReplicaSetStatus
fn update_status(
    (controller, key): (Controller, &Key),
    set: &Rc<Object>,
    active: &[Rc<Object>],
    terminating: usize,
    now: SimTime,
    outcome: &mut Outcome,
) {
    let status = status_of((controller, set), active, terminating, now, outcome);
    let asks = outcome.changes.iter().any(|planned| planned.request.verb == Verb::Create);
    let mut write = |when: When, status: Value| {
        if set.at(&["status"]) == Some(&status) {
            return;
        }
        let mut body = set.value.clone().with(&["status"], status);
        body.remove(&["metadata", "resourceVersion"]);
        let request = Request::new(controller.user(), Verb::Update, key).on("status").with_body(body);
        outcome.request_when(when, request, Why::Observed);
    };
    let known = meta::condition(set, FAILURE);
    let conditions = set.items_at(&["status", "conditions"]);
    let without: Vec<Value> =
        conditions.iter().filter(|condition| condition.str_at(&["type"]) != FAILURE).cloned().collect();
    if asks {
        let mut with = without.clone();
        with.push(known.cloned().unwrap_or_else(|| {
            tree!({
                "type": FAILURE,
                "status": "True",
                "lastTransitionTime": now.rfc3339(),
                "reason": "FailedCreate",
                "message": "{}",
            })
        }));
        write(When::PodRefused, status.clone().with(&["conditions"], with));
    }
    let made = if without.is_empty() { status } else { status.with(&["conditions"], without) };
    write(When::PodsMade, made);
}

/// The counters of a set.
// Models pkg/controller/replicaset/replica_set_utils.go calculateStatus
fn status_of(
    (controller, set): (Controller, &Rc<Object>),
    active: &[Rc<Object>],
    terminating: usize,
    now: SimTime,
    outcome: &mut Outcome,
) -> Value {
    let min_ready = secs(set.int_at(&["spec", "minReadySeconds"]).unwrap_or_default().unsigned_abs());
    let template = set.at(&["spec", "template", "metadata", "labels"]).unwrap_or(&Value::Null);
    let labels = crate::kube::api::labels::Selector::from_map(template);
    let mut available = 0_i64;
    for pod in active {
        match pods::available_at(pod, min_ready) {
            Some(at) if at <= now => available += 1,
            Some(at) => outcome.requeue_in(at - now),
            None => {}
        }
    }
    let count = |test: &dyn Fn(&Rc<Object>) -> bool| active.iter().filter(|pod| test(pod)).count() as i64;
    let mut status = tree!({ "replicas": active.len() as i64 });
    if controller == Controller::ReplicaSet {
        status.set(&["terminatingReplicas"], terminating as i64);
    }
    for (counter, count) in [
        ("fullyLabeledReplicas", count(&|pod| labels.matches(meta::labels(pod)))),
        ("readyReplicas", count(&|pod| pods::is_ready(pod))),
        ("availableReplicas", available),
        ("observedGeneration", meta::generation(set)),
    ] {
        if count > 0 {
            status.set(&[counter], count);
        }
    }
    status
}

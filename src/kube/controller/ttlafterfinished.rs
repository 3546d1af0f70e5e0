//! The ttl-after-finished controller: Jobs that ended long enough ago go.
// Models pkg/controller/ttlafterfinished/ttlafterfinished_controller.go

use crate::kube::api::{Key, Object, Preconditions, Propagation, Request, Resource, Verb, meta};
use crate::kube::controller::{Controller, job};
use crate::kube::why::Why;
use crate::kube::{Outcome, Snapshot};
use crate::sim::{Change, SimTime, secs};
use std::rc::Rc;

/// Which keys a change makes it look at: Jobs that have ended and say how long they stay.
#[must_use]
pub fn interested(change: &Change<Key, Rc<Object>>, _seen: &Snapshot<'_>) -> Vec<Key> {
    let concerns = change.key.resource == Resource::JOBS && left_of(&change.value).is_some();
    if concerns { vec![change.key.clone()] } else { Vec::new() }
}

/// When an ended Job's time is up.
fn left_of(job: &Object) -> Option<(SimTime, i64)> {
    let seconds = job.int_at(&["spec", "ttlSecondsAfterFinished"]).filter(|_| job::is_finished(job))?;
    let end = ["Complete", "Failed"]
        .into_iter()
        .find_map(|kind| meta::condition(job, kind).filter(|condition| condition.str_at(&["status"]) == "True"))?;
    let at = SimTime::parse_rfc3339(end.str_at(&["lastTransitionTime"]))?;
    Some((at + secs(seconds.unsigned_abs()), seconds))
}

/// Looks at one Job.
// Models processJob
#[must_use]
pub fn reconcile(key: &Key, seen: &Snapshot<'_>) -> Outcome {
    let mut outcome = Outcome::settled();
    let Some(job) = seen.get(key).filter(|job| !meta::is_deleting(job)) else { return outcome };
    let Some((due, seconds)) = left_of(job) else { return outcome };
    if due > seen.now {
        outcome.requeue_in(due - seen.now);
        return outcome;
    }
    let mut request = Request::new(Controller::TtlAfterFinished.user(), Verb::Delete, key);
    request.options.propagation = Some(Propagation::Foreground);
    request.options.preconditions = Preconditions { uid: Some(meta::uid(job).into()), ..Preconditions::default() };
    outcome.request(request, Why::Expired { seconds });
    outcome
}

//! Claims stay while a Pod uses them, and volumes while a claim has them: their finalizers go last.
// Models pkg/controller/volume/pvcprotection, pkg/controller/volume/pvprotection

use crate::document::Value;
use crate::kube::api::{Key, Object, Request, Resource, Verb, meta};
use crate::kube::controller::{Controller, pods};
use crate::kube::why::Why;
use crate::kube::{Outcome, Snapshot};
use crate::sim::Change;
use std::rc::Rc;

/// Which claims a change makes the claims' protector look at.
#[must_use]
pub fn interested_claims(change: &Change<Key, Rc<Object>>, seen: &Snapshot<'_>) -> Vec<Key> {
    match change.key.resource {
        Resource::PERSISTENT_VOLUME_CLAIMS if meta::is_deleting(&change.value) => vec![change.key.clone()],
        Resource::PODS => claims_of(&change.value)
            .map(|name| Key::new(Resource::PERSISTENT_VOLUME_CLAIMS, change.key.namespace.clone(), name))
            .filter(|key| seen.get(key).is_some_and(|claim| meta::is_deleting(claim)))
            .collect(),
        _ => Vec::new(),
    }
}

/// Which volumes a change makes the volumes' protector look at.
#[must_use]
pub fn interested_volumes(change: &Change<Key, Rc<Object>>, _seen: &Snapshot<'_>) -> Vec<Key> {
    let concerns = change.key.resource == Resource::PERSISTENT_VOLUMES && meta::is_deleting(&change.value);
    if concerns { vec![change.key.clone()] } else { Vec::new() }
}

fn claims_of(pod: &Value) -> impl Iterator<Item = &str> {
    pod.items_at(&["spec", "volumes"])
        .iter()
        .map(|volume| volume.str_at(&["persistentVolumeClaim", "claimName"]))
        .filter(|name| !name.is_empty())
}

/// Looks at one claim or volume that is being deleted.
// Models processPVC, processPV
#[must_use]
pub fn reconcile(controller: Controller, key: &Key, seen: &Snapshot<'_>) -> Outcome {
    let mut outcome = Outcome::settled();
    let Some(object) = seen.get(key).filter(|object| meta::is_deleting(object)) else { return outcome };
    let (finalizer, in_use) = if key.resource == Resource::PERSISTENT_VOLUMES {
        ("kubernetes.io/pv-protection", object.str_at(&["status", "phase"]) == "Bound")
    } else {
        let uses = |pod: &&Rc<Object>| {
            !pod.str_at(&["spec", "nodeName"]).is_empty()
                && !pods::has_ended(pod)
                && claims_of(pod).any(|name| name == &*key.name)
        };
        ("kubernetes.io/pvc-protection", seen.list(Resource::PODS, &key.namespace).any(|pod| uses(&pod)))
    };
    let mut left = object.items_at(&["metadata", "finalizers"]).to_vec();
    let before = left.len();
    left.retain(|known| known.as_str() != Some(finalizer));
    if left.len() == before {
        return outcome;
    }
    if in_use {
        outcome.decisions.push((key.clone(), Why::Protected));
        return outcome;
    }
    let body = object.value.clone().with(&["metadata", "finalizers"], left);
    let request = Request::new(controller.user(), Verb::Update, key).with_body(body);
    outcome.request(request, Why::NotInUse);
    outcome
}

//! The resource quota controller: counts anew what a namespace uses, when a quota changes and when
//! something goes away. What comes is charged by admission.
// Models pkg/controller/resourcequota/resource_quota_controller.go syncResourceQuota

use crate::kube::api::pod_resources;
use crate::kube::api::{Key, Object, Request, Resource, Verb, meta};
use crate::kube::controller::Controller;
use crate::kube::why::Why;
use crate::kube::{Outcome, Snapshot, quota};
use crate::sim::{Change, ChangeKind};
use std::rc::Rc;

/// Which keys a change makes it look at: the quotas of the namespace where something may have been
/// given back.
#[must_use]
pub fn interested(change: &Change<Key, Rc<Object>>, seen: &Snapshot<'_>) -> Vec<Key> {
    let Key { resource, namespace, .. } = &change.key;
    if *resource == Resource::RESOURCE_QUOTAS && change.kind != ChangeKind::Deleted {
        let dirty = change.value.at(&["spec", "hard"]) != change.value.at(&["status", "hard"]);
        return if dirty { vec![change.key.clone()] } else { Vec::new() };
    }
    let gives_back = change.kind == ChangeKind::Deleted
        || change.kind == ChangeKind::Modified
            && match *resource {
                Resource::PODS => matches!(change.value.str_at(&["status", "phase"]), "Succeeded" | "Failed"),
                Resource::SERVICES | Resource::PERSISTENT_VOLUME_CLAIMS => true,
                _ => false,
            };
    if namespace.is_empty() || !gives_back {
        return Vec::new();
    }
    let keys = seen.list(Resource::RESOURCE_QUOTAS, namespace).filter(|limited| {
        let hard = pod_resources::list_of(limited.at(&["spec", "hard"]));
        quota::matches(limited, &hard, *resource, &change.value)
    });
    keys.map(|limited| Key::new(Resource::RESOURCE_QUOTAS, namespace.clone(), meta::name(limited))).collect()
}

/// Counts, and writes down what has changed.
#[must_use]
pub fn reconcile(key: &Key, seen: &Snapshot<'_>) -> Outcome {
    let mut outcome = Outcome::settled();
    let Some(limited) = seen.get(key) else { return outcome };
    let used = quota::calculate(seen, limited);
    let hard = pod_resources::list_of(limited.at(&["spec", "hard"]));
    let known = |field: &str| limited.at(&["status", field]).map(|list| pod_resources::list_of(Some(list)));
    if known("hard").as_ref() == Some(&hard) && known("used").as_ref() == Some(&used) {
        return outcome;
    }
    let mut body = limited.value.clone();
    body.set(&["status", "hard"], quota::to_value(&hard));
    body.set(&["status", "used"], quota::to_value(&used));
    let request = Request::new(Controller::ResourceQuota.user(), Verb::Update, key).on("status").with_body(body);
    outcome.request(request, Why::Observed);
    outcome
}

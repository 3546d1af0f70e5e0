//! Who belongs to whom: adopting what a selector matches and nobody controls, and letting go of
//! what it no longer matches.
// Models pkg/controller/controller_ref_manager.go

use crate::document::Value;
use crate::kube::api::labels::Selector;
use crate::kube::api::{Key, Object, PatchType, Request, Resource, Verb, meta};
use crate::kube::controller::Controller;
use crate::kube::why::Why;
use crate::kube::{Outcome, Snapshot};
use crate::sim::Change;
use crate::tree;
use std::rc::Rc;

/// The selector of a workload, in either of its forms.
#[must_use]
pub fn selector_of(owner: &Value) -> Selector {
    let selector = owner.at(&["spec", "selector"]).unwrap_or(&Value::Null);
    if selector.get("matchLabels").is_some() || selector.get("matchExpressions").is_some() {
        Selector::from_label_selector(selector)
    } else {
        Selector::from_map(selector)
    }
}

/// The objects of `resource` that `owner` controls, after adoption and release; both are asked
/// for in `outcome`.
// Models ClaimPods, ClaimReplicaSets
#[must_use]
pub fn claim(
    owner: &Rc<Object>,
    resource: Resource,
    controller: Controller,
    seen: &Snapshot<'_>,
    outcome: &mut Outcome,
) -> Vec<Rc<Object>> {
    let selector = selector_of(owner);
    let mut owned = Vec::new();
    let namespace = meta::namespace(owner);
    let controlled = seen.controlled_by(resource, namespace, meta::uid(owner));
    for object in controlled.into_iter().chain(seen.controlled_by(resource, namespace, "")) {
        let matches = selector.matches(meta::labels(object));
        match meta::controller_of(object) {
            Some(reference) if reference.str_at(&["uid"]) == meta::uid(owner) => {
                if matches {
                    owned.push(object.clone());
                } else if !meta::is_deleting(owner) {
                    outcome.request(patch(controller, object, release(owner, object)), Why::Observed);
                }
            }
            None if matches && !meta::is_deleting(owner) && !meta::is_deleting(object) && !selector.is_empty() => {
                outcome.request(patch(controller, object, adopt(owner, object)), Why::Observed);
                owned.push(object.clone());
            }
            _ => {}
        }
    }
    owned
}

fn patch(controller: Controller, object: &Object, body: Value) -> Request {
    let resource = Resource::of(object.str_at(&["apiVersion"]), meta::kind(object)).unwrap_or(Resource::PODS);
    let key = Key::new(resource, meta::namespace(object), meta::name(object));
    Request::new(controller.user(), Verb::Patch(PatchType::Merge), &key).with_body(body)
}

fn adopt(owner: &Value, object: &Value) -> Value {
    let mut owners = object.items_at(&["metadata", "ownerReferences"]).to_vec();
    owners.push(meta::controller_ref(owner));
    tree!({ "metadata": { "uid": meta::uid(object), "ownerReferences": owners } })
}

fn release(owner: &Value, object: &Value) -> Value {
    let mut owners = object.items_at(&["metadata", "ownerReferences"]).to_vec();
    owners.retain(|reference| reference.str_at(&["uid"]) != meta::uid(owner));
    tree!({ "metadata": { "uid": meta::uid(object), "ownerReferences": owners } })
}

/// The workloads of `resource` that a change to one of their dependents concerns: its controller,
/// or all that would adopt it.
#[must_use]
pub fn owners_of(change: &Change<Key, Rc<Object>>, seen: &Snapshot<'_>, resource: Resource) -> Vec<Key> {
    if let Some(owner) = meta::controller_of(&change.value) {
        // Every controller of workloads asks this of every Pod: most see by the kind that it is not theirs.
        let is_of_kind = owner.str_at(&["kind"]) == resource.kind();
        let key = is_of_kind.then(|| meta::controller_key(&change.value)).flatten();
        return key.filter(|key| key.resource == resource && seen.get(key).is_some()).into_iter().collect();
    }
    seen.list(resource, &change.key.namespace)
        .filter(|owner| {
            let selector = selector_of(owner);
            !selector.is_empty() && selector.matches(meta::labels(&change.value))
        })
        .filter_map(|owner| meta::key(owner))
        .collect()
}

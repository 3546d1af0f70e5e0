//! The ttl controller: tells kubelets how long they may keep Secrets and ConfigMaps without asking.
//! Up to a hundred nodes that is not at all.
// Models pkg/controller/ttl/ttl_controller.go ttlBoundaries

use crate::kube::api::{Key, Object, PatchType, Request, Resource, Verb, meta};
use crate::kube::controller::Controller;
use crate::kube::why::Why;
use crate::kube::{Outcome, Snapshot};
use crate::sim::{Change, ChangeKind};
use crate::tree;
use std::rc::Rc;

const ANNOTATION: &str = "node.alpha.kubernetes.io/ttl";
/// Largest number of nodes, and the seconds up to there.
const BOUNDARIES: [(usize, &str); 5] = [(100, "0"), (500, "15"), (1000, "30"), (2000, "60"), (usize::MAX, "300")];

/// Which keys a change makes it look at.
#[must_use]
pub fn interested(change: &Change<Key, Rc<Object>>, _seen: &Snapshot<'_>) -> Vec<Key> {
    let is_node = change.key.resource == Resource::NODES && change.kind != ChangeKind::Deleted;
    let is_told = meta::annotation(&change.value, ANNOTATION).is_some();
    if is_node && !is_told { vec![change.key.clone()] } else { Vec::new() }
}

/// Looks at one node.
#[must_use]
pub fn reconcile(key: &Key, seen: &Snapshot<'_>) -> Outcome {
    let mut outcome = Outcome::settled();
    let Some(node) = seen.get(key) else { return outcome };
    let nodes = seen.list(Resource::NODES, "").count();
    let seconds = BOUNDARIES.iter().find(|(most, _)| nodes <= *most).map_or("300", |(_, seconds)| seconds);
    if meta::annotation(node, ANNOTATION) == Some(seconds) {
        return outcome;
    }
    let patch = tree!({ "metadata": { "annotations": { "node.alpha.kubernetes.io/ttl": seconds } } });
    let request = Request::new(Controller::Ttl.user(), Verb::Patch(PatchType::Merge), key).with_body(patch);
    outcome.request(request.managed_by("kube-controller-manager"), Why::Observed);
    outcome
}

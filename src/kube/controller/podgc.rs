//! The pod garbage collector: Pods of nodes that are gone are removed, since no kubelet will ever
//! say that they have ended.
// Models pkg/controller/podgc/gc_controller.go gcOrphaned

use crate::document::Value;
use crate::kube::api::{Key, Object, Options, PatchType, Request, Resource, Verb, meta};
use crate::kube::conditions::{self, Condition};
use crate::kube::controller::Controller;
use crate::kube::controller::nodelifecycle::is_end_of_node;
use crate::kube::controller::pods::has_ended;
use crate::kube::why::Why;
use crate::kube::{Outcome, Snapshot};
use crate::sim::{Change, ChangeKind, SimTime, secs};
use std::rc::Rc;

/// From a node's end to its Pods': the controller looks every 20 s, and believes that a node is
/// gone 40 s after it has noticed; on average that takes this long.
// Source: gcCheckPeriod, quarantineTime.
pub const QUARANTINE: SimTime = secs(50);

/// Which keys a change makes it look at, after the quarantine: the Pods of a node that went, and
/// Pods bound to a node that does not exist.
#[must_use]
pub fn interested(change: &Change<Key, Rc<Object>>, seen: &Snapshot<'_>) -> Vec<Key> {
    if is_end_of_node(change) {
        return seen
            .list(Resource::PODS, "")
            .filter(|pod| pod.str_at(&["spec", "nodeName"]) == &*change.key.name)
            .filter_map(|pod| meta::key(pod))
            .collect();
    }
    if change.key.resource != Resource::PODS || change.kind != ChangeKind::Added {
        return Vec::new();
    }
    if is_orphan(&change.value, seen) { vec![change.key.clone()] } else { Vec::new() }
}

fn is_orphan(pod: &Object, seen: &Snapshot<'_>) -> bool {
    let node = pod.str_at(&["spec", "nodeName"]);
    !node.is_empty() && seen.get(&Key::new(Resource::NODES, "", node)).is_none()
}

/// Looks at one Pod.
#[must_use]
pub fn reconcile(key: &Key, seen: &Snapshot<'_>) -> Outcome {
    let mut outcome = Outcome::settled();
    let Some(pod) = seen.get(key).filter(|pod| is_orphan(pod, seen)) else { return outcome };
    let user = Controller::PodGarbageCollector.user();
    let why = Why::NodeGone { node: pod.str_at(&["spec", "nodeName"]).to_owned() };
    // Models markFailedAndDeletePodWithCondition
    if !has_ended(pod) {
        let condition = Condition::new("DisruptionTarget", "True")
            .because("DeletionByPodGC", "PodGC: node no longer exists")
            .of_generation(pod);
        let status = conditions::changed_status(pod, seen.now, &[condition]);
        let status = status.or_else(|| pod.at(&["status"]).cloned()).unwrap_or_default();
        let body = Value::map().with(&["status"], status.with(&["phase"], "Failed"));
        // A patch: its role may do no more to a Pod's status.
        let request = Request::new(user.clone(), Verb::Patch(PatchType::Merge), key).on("status").with_body(body);
        outcome.request(request.managed_by("kube-controller-manager"), why.clone());
    }
    let mut request = Request::new(user, Verb::Delete, key);
    request.options = Options { grace_period_seconds: Some(0), ..Options::default() };
    outcome.request(request, why);
    outcome
}

//! The taint-eviction controller: a Pod that does not tolerate a NoExecute taint of its node goes,
//! at once or when its toleration runs out.
// Models pkg/controller/tainteviction/taint_eviction.go

use crate::document::Value;
use crate::kube::api::managed_fields::Step;
use crate::kube::api::{Key, Object, Request, Resource, Verb, meta};
use crate::kube::conditions::{self, Condition};
use crate::kube::controller::Controller;
use crate::kube::controller::pods::has_ended;
use crate::kube::scheduler::plugins::taint_toleration::covers;
use crate::kube::why::Why;
use crate::kube::{Outcome, Snapshot};
use crate::sim::{Change, ChangeKind, SimTime, secs};
use std::rc::Rc;

/// Which keys a change makes it look at: Pods on nodes with NoExecute taints.
#[must_use]
pub fn interested(change: &Change<Key, Rc<Object>>, seen: &Snapshot<'_>) -> Vec<Key> {
    if change.kind == ChangeKind::Deleted {
        return Vec::new();
    }
    match change.key.resource {
        Resource::PODS => {
            let node = Key::new(Resource::NODES, "", change.value.str_at(&["spec", "nodeName"]));
            let is_tainted = seen.get(&node).is_some_and(|node| no_execute(node).next().is_some());
            if is_tainted { vec![change.key.clone()] } else { Vec::new() }
        }
        Resource::NODES if no_execute(&change.value).next().is_some() => seen
            .list(Resource::PODS, "")
            .filter(|pod| pod.str_at(&["spec", "nodeName"]) == &*change.key.name)
            .filter_map(|pod| meta::key(pod))
            .collect(),
        _ => Vec::new(),
    }
}

/// Looks at one Pod.
// Models processPodOnNode
#[must_use]
pub fn reconcile(key: &Key, seen: &Snapshot<'_>) -> Outcome {
    let mut outcome = Outcome::settled();
    let Some(pod) = seen.get(key).filter(|pod| !meta::is_deleting(pod) && !has_ended(pod)) else { return outcome };
    let node = Key::new(Resource::NODES, "", pod.str_at(&["spec", "nodeName"]));
    let Some(node) = seen.get(&node) else { return outcome };
    let Some((at, taint)) = no_execute(node).filter_map(|taint| deadline(pod, node, taint)).min() else {
        return outcome;
    };
    if at > seen.now {
        outcome.requeue_in(at.since(seen.now));
        return outcome;
    }
    evict(&mut outcome, key, pod, seen, &taint);
    outcome
}

fn no_execute(node: &Value) -> impl Iterator<Item = &Value> {
    node.items_at(&["spec", "taints"]).iter().filter(|taint| taint.str_at(&["effect"]) == "NoExecute")
}

/// When the taint drives the Pod out, and which taint; nothing if it never does.
// Models getMinTolerationTime: the shortest of the tolerations that cover a taint counts.
fn deadline(pod: &Value, node: &Object, taint: &Value) -> Option<(SimTime, String)> {
    let since = since(pod, node, taint);
    let tolerations = pod.items_at(&["spec", "tolerations"]).iter().filter(|toleration| covers(toleration, taint));
    let mut waits = tolerations.map(|toleration| toleration.int_at(&["tolerationSeconds"])).peekable();
    let key = taint.str_at(&["key"]).to_owned();
    if waits.peek().is_none() {
        return Some((since, key));
    }
    let shortest = waits.flatten().min()?;
    Some((since + secs(u64::try_from(shortest).unwrap_or_default()), key))
}

/// Since when the Pod has stood under the taint.
fn since(pod: &Value, node: &Object, taint: &Value) -> SimTime {
    let added = SimTime::parse_rfc3339(taint.str_at(&["timeAdded"])).or_else(|| last_tainted(node)).unwrap_or_default();
    let bound = meta::condition(pod, "PodScheduled")
        .and_then(|condition| SimTime::parse_rfc3339(condition.str_at(&["lastTransitionTime"])))
        .unwrap_or_default();
    added.max(bound)
}

/// Taints that people set carry no time; the node's field managers do.
fn last_tainted(node: &Object) -> Option<SimTime> {
    let path = [Step::Field("spec".into()), Step::Field("taints".into())];
    let writers = node.managers.0.iter().filter(|manager| manager.fields.contains(&path));
    writers.filter_map(|manager| SimTime::parse_rfc3339(&manager.time)).max()
}

// Models addConditionAndDeletePod
fn evict(outcome: &mut Outcome, key: &Key, pod: &Value, seen: &Snapshot<'_>, taint: &str) {
    let user = Controller::TaintEviction.user();
    let why = Why::Evicted { taint: taint.to_owned() };
    let condition = Condition::new("DisruptionTarget", "True")
        .because("DeletionByTaintManager", "Taint manager: deleting due to NoExecute taint")
        .of_generation(pod);
    if let Some(status) = conditions::changed_status(pod, seen.now, &[condition]) {
        let body = pod.clone().with(&["status"], status);
        let request = Request::new(user.clone(), Verb::Update, key).on("status").with_body(body);
        outcome.request(request.managed_by("kube-controller-manager"), why.clone());
    }
    outcome.request(Request::new(user, Verb::Delete, key), why);
    let message = format!("Marking for deletion Pod {}/{}", key.namespace, key.name);
    outcome.event(pod, "Normal", "TaintManagerEviction", message);
}

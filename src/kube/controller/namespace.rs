//! The namespace controller: a deleted namespace is emptied, and only then goes.
// Models pkg/controller/namespace/deletion/namespaced_resources_deleter.go

use crate::document::InOrder as _;
use crate::document::Value;
use crate::kube::api::{Key, Object, Request, Resource, Verb, meta};
use crate::kube::controller::Controller;
use crate::kube::why::Why;
use crate::kube::{Outcome, Snapshot};
use crate::sim::{Change, ChangeKind, SimTime, secs};
use crate::tree;
use std::rc::Rc;

const FINALIZER: &str = "kubernetes";

/// How long after a change of the namespace it acts: late creations may still be on their way.
// Models namespaceDeletionGracePeriod
pub const GRACE_PERIOD: SimTime = secs(5);
/// How long what has finalizers is expected to take.
// Models finalizerEstimateSeconds
const FINALIZERS_ESTIMATE: i64 = 15;

/// Which keys a change makes it look at: a namespace that is going. Nobody tells it of what is in
/// there; it estimates when to look again.
// Models pkg/controller/namespace/namespace_controller.go enqueueNamespace
#[must_use]
pub fn interested(change: &Change<Key, Rc<Object>>, _seen: &Snapshot<'_>) -> Vec<Key> {
    let is_namespace = change.key.resource == Resource::NAMESPACES;
    let going = is_namespace && change.kind != ChangeKind::Deleted && meta::is_deleting(&change.value);
    if going { vec![change.key.clone()] } else { Vec::new() }
}

/// One pass over one namespace that is going: first its Pods go, then the rest, then itself.
// Models deleteAllContent, with OrderedNamespaceDeletion
#[must_use]
pub fn reconcile(key: &Key, seen: &Snapshot<'_>) -> Outcome {
    let mut outcome = Outcome::settled();
    let Some(namespace) = seen.get(key).filter(|namespace| meta::is_deleting(namespace)) else { return outcome };
    let inside: Vec<(Key, Rc<Object>)> = seen
        .etcd
        .iter()
        .filter(|(inside, _)| inside.namespace == key.name)
        .map(|(key, object)| (key.clone(), object.clone()))
        .collect();
    let is_pod = |resource: Resource| resource == Resource::PODS;
    let pods: Vec<&(Key, Rc<Object>)> = inside.iter().filter(|(key, _)| is_pod(key.resource)).collect();
    let delete = |outcome: &mut Outcome, objects: &[&(Key, Rc<Object>)]| {
        for (inside, _) in objects.iter().filter(|(_, object)| !meta::is_deleting(object)) {
            outcome.request(Request::new(Controller::Namespace.user(), Verb::Delete, inside), Why::NamespaceEnding);
        }
    };
    if !pods.is_empty() {
        delete(&mut outcome, &pods);
        write_conditions(key, namespace, conditions(&[], seen), &mut outcome);
        let grace = |pod: &Value| pod.int_at(&["spec", "terminationGracePeriodSeconds"]).unwrap_or_default();
        come_back_after(pods.iter().map(|(_, pod)| grace(pod)).max().unwrap_or_default(), &mut outcome);
        return outcome;
    }
    let rest: Vec<&(Key, Rc<Object>)> = inside.iter().collect();
    delete(&mut outcome, &rest);
    let stays: Vec<(Key, Rc<Object>)> =
        inside.iter().filter(|(_, object)| !object.items_at(&["metadata", "finalizers"]).is_empty()).cloned().collect();
    write_conditions(key, namespace, conditions(&stays, seen), &mut outcome);
    if !stays.is_empty() {
        come_back_after(FINALIZERS_ESTIMATE, &mut outcome);
        return outcome;
    }
    let mut body = namespace.value.clone();
    let finalizers = body.at_mut(&["spec", "finalizers"]).items_mut();
    finalizers.retain(|known| known.as_str() != Some(FINALIZER));
    body.remove(&["metadata", "resourceVersion"]);
    let request = Request::new(Controller::Namespace.user(), Verb::Update, key).on("finalize").with_body(body);
    outcome.request(request, Why::NamespaceEnding);
    outcome
}

// Models pkg/controller/namespace/namespace_controller.go worker
fn come_back_after(estimate: i64, outcome: &mut Outcome) {
    outcome.requeue_in(secs(estimate.unsigned_abs() / 2 + 1));
}

fn write_conditions(key: &Key, namespace: &Object, conditions: Value, outcome: &mut Outcome) {
    if namespace.at(&["status", "conditions"]) == Some(&conditions) || same_words(namespace, &conditions).is_some() {
        return;
    }
    let mut body = namespace.value.clone().with(&["status", "conditions"], conditions);
    body.remove(&["metadata", "resourceVersion"]);
    let request = Request::new(Controller::Namespace.user(), Verb::Update, key).on("status").with_body(body);
    outcome.request(request, Why::NamespaceEnding);
}

fn same_words(namespace: &Value, conditions: &Value) -> Option<()> {
    let words =
        |condition: &Value| ["type", "status", "reason", "message"].map(|field| condition.str_at(&[field]).to_owned());
    let known: Vec<_> = namespace.items_at(&["status", "conditions"]).iter().map(words).collect();
    let next: Vec<_> = conditions.items().iter().map(words).collect();
    (known == next).then_some(())
}

/// What is known of the emptying.
// Models pkg/controller/namespace/deletion/status_condition_utils.go
fn conditions(left: &[(Key, Rc<Object>)], seen: &Snapshot<'_>) -> Value {
    let now = seen.now.rfc3339();
    let condition = |kind: &str, status: &str, reason: &str, message: String| {
        tree!({
            "type": kind,
            "status": status,
            "lastTransitionTime": now.as_str(),
            "reason": reason,
            "message": message,
        })
    };
    let mut remaining: Vec<String> = Vec::new();
    let mut finalizers: Vec<String> = Vec::new();
    for resource in seen.etcd.custom().all() {
        let count = left.iter().filter(|(key, _)| key.resource == resource).count();
        if count > 0 {
            let info = resource.info();
            let group = if info.group.is_empty() { String::new() } else { format!(".{}", info.group) };
            remaining.push(format!("{}{group} has {count} resource instances", info.plural));
        }
    }
    for (_, object) in left {
        for finalizer in object.items_at(&["metadata", "finalizers"]).iter().filter_map(Value::as_str) {
            finalizers.push(finalizer.to_owned());
        }
    }
    finalizers.order();
    let mut counted: Vec<(String, usize)> = Vec::new();
    for name in finalizers {
        match counted.last_mut() {
            Some((known, count)) if *known == name => *count += 1,
            _ => counted.push((name, 1)),
        }
    }
    let content = if remaining.is_empty() {
        condition("NamespaceContentRemaining", "False", "ContentRemoved", "All content successfully removed".into())
    } else {
        let message = format!("Some resources are remaining: {}", remaining.join(", "));
        condition("NamespaceContentRemaining", "True", "SomeResourcesRemain", message)
    };
    let held = if counted.is_empty() {
        let message = "All content-preserving finalizers finished".to_owned();
        condition("NamespaceFinalizersRemaining", "False", "ContentHasNoFinalizers", message)
    } else {
        let words: Vec<String> =
            counted.iter().map(|(name, count)| format!("{name} in {count} resource instances")).collect();
        let message = format!("Some content in the namespace has finalizers remaining: {}", words.join(", "));
        condition("NamespaceFinalizersRemaining", "True", "SomeFinalizersRemain", message)
    };
    Value::list([
        condition(
            "NamespaceDeletionDiscoveryFailure",
            "False",
            "ResourcesDiscovered",
            "All resources successfully discovered".into(),
        ),
        condition(
            "NamespaceDeletionGroupVersionParsingFailure",
            "False",
            "ParsedGroupVersions",
            "All legacy kube types successfully parsed".into(),
        ),
        condition(
            "NamespaceDeletionContentFailure",
            "False",
            "ContentDeleted",
            "All content successfully deleted, may be waiting on finalization".into(),
        ),
        content,
        held,
    ])
}

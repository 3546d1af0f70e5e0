//! The namespace controller: a deleted namespace is emptied, and only then goes.
// Models pkg/controller/namespace/deletion/namespaced_resources_deleter.go

use crate::document::InOrder as _;
use crate::document::Value;
use crate::kube::api::{Key, Object, Request, Resource, Verb, meta};
use crate::kube::controller::Controller;
use crate::kube::why::Why;
use crate::kube::{Outcome, Snapshot};
use crate::sim::{Change, ChangeKind, millis};
use crate::tree;
use std::rc::Rc;

const FINALIZER: &str = "kubernetes";

/// Which keys a change makes it look at: a namespace that is going, also when its last things go.
#[must_use]
pub fn interested(change: &Change<Key, Rc<Object>>, seen: &Snapshot<'_>) -> Vec<Key> {
    if change.key.resource == Resource::NAMESPACES {
        let going = change.kind != ChangeKind::Deleted && meta::is_deleting(&change.value);
        return if going { vec![change.key.clone()] } else { Vec::new() };
    }
    if change.kind != ChangeKind::Deleted || change.key.namespace.is_empty() {
        return Vec::new();
    }
    let key = Key::new(Resource::NAMESPACES, "", change.key.namespace.clone());
    if seen.get(&key).is_some_and(|namespace| meta::is_deleting(namespace)) { vec![key] } else { Vec::new() }
}

/// One pass over one namespace that is going.
#[must_use]
pub fn reconcile(key: &Key, seen: &Snapshot<'_>) -> Outcome {
    let mut outcome = Outcome::settled();
    let Some(namespace) = seen.get(key).filter(|namespace| meta::is_deleting(namespace)) else { return outcome };
    let left: Vec<(Key, Rc<Object>)> = seen
        .etcd
        .iter()
        .filter(|(inside, _)| inside.namespace == key.name)
        .map(|(key, object)| (key.clone(), object.clone()))
        .collect();
    for (inside, _) in left.iter().filter(|(_, object)| !meta::is_deleting(object)) {
        let request = Request::new(Controller::Namespace.user(), Verb::Delete, inside);
        outcome.request(request, Why::NamespaceEnding);
    }
    let conditions = conditions(&left, seen);
    if namespace.at(&["status", "conditions"]) != Some(&conditions) && same_words(namespace, &conditions).is_none() {
        let mut body = namespace.value.clone().with(&["status", "conditions"], conditions);
        body.remove(&["metadata", "resourceVersion"]);
        let request = Request::new(Controller::Namespace.user(), Verb::Update, key).on("status").with_body(body);
        outcome.request(request, Why::NamespaceEnding);
    }
    if left.is_empty() {
        let mut body = namespace.value.clone();
        let finalizers = body.at_mut(&["spec", "finalizers"]).items_mut();
        finalizers.retain(|known| known.as_str() != Some(FINALIZER));
        body.remove(&["metadata", "resourceVersion"]);
        let request = Request::new(Controller::Namespace.user(), Verb::Update, key).on("finalize").with_body(body);
        outcome.request(request, Why::NamespaceEnding);
    } else {
        outcome.requeue_in(millis(500));
    }
    outcome
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
    for resource in Resource::all() {
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

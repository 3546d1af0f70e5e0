//! A stored object, and what every kind has in common: its metadata.

use crate::document::Value;
use std::ops::Deref;

use crate::kube::api::managed_fields::Ownership;

/// An object as it is stored: the tree, and who owns which of its fields.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct Object {
    /// The whole object, `apiVersion` to `status`, without `managedFields`.
    pub value: Value,
    /// Field ownership, kept beside the tree because most readers never want it.
    pub managers: Ownership,
}

impl Deref for Object {
    type Target = Value;
    fn deref(&self) -> &Value {
        &self.value
    }
}

/// Reading `metadata` of any object tree.
pub mod meta {
    use crate::document::Value;
    use crate::kube::api::{Key, Resource};
    use crate::sim::SimTime;
    use std::rc::Rc;

    /// `metadata.name`.
    #[must_use]
    pub fn name(object: &Value) -> &str {
        object.str_at(&["metadata", "name"])
    }
    /// `metadata.namespace`.
    #[must_use]
    pub fn namespace(object: &Value) -> &str {
        object.str_at(&["metadata", "namespace"])
    }
    /// `metadata.uid`.
    #[must_use]
    pub fn uid(object: &Value) -> &str {
        object.str_at(&["metadata", "uid"])
    }
    /// `kind`.
    #[must_use]
    pub fn kind(object: &Value) -> &str {
        object.str_at(&["kind"])
    }
    /// `metadata.generation`.
    #[must_use]
    pub fn generation(object: &Value) -> i64 {
        object.int_at(&["metadata", "generation"]).unwrap_or_default()
    }
    /// `metadata.resourceVersion`, as text.
    #[must_use]
    pub fn resource_version(object: &Value) -> &str {
        object.str_at(&["metadata", "resourceVersion"])
    }
    /// `metadata.labels`.
    #[must_use]
    pub fn labels(object: &Value) -> &Value {
        object.at(&["metadata", "labels"]).unwrap_or(&Value::Null)
    }
    /// One label.
    #[must_use]
    pub fn label<'a>(object: &'a Value, key: &str) -> Option<&'a str> {
        object.at(&["metadata", "labels", key]).and_then(Value::as_str)
    }
    /// One annotation.
    #[must_use]
    pub fn annotation<'a>(object: &'a Value, key: &str) -> Option<&'a str> {
        object.at(&["metadata", "annotations", key]).and_then(Value::as_str)
    }
    /// Whether deletion has been asked for.
    #[must_use]
    pub fn is_deleting(object: &Value) -> bool {
        object.at(&["metadata", "deletionTimestamp"]).is_some()
    }
    /// `metadata.creationTimestamp` as a moment of the world.
    #[must_use]
    pub fn created_at(object: &Value) -> SimTime {
        SimTime::parse_rfc3339(object.str_at(&["metadata", "creationTimestamp"])).unwrap_or_default()
    }
    /// The owner reference that says `controller: true`.
    #[must_use]
    pub fn controller_of(object: &Value) -> Option<&Value> {
        object.items_at(&["metadata", "ownerReferences"]).iter().find(|owner| owner.is_true_at(&["controller"]))
    }
    /// The uid of the controlling owner.
    #[must_use]
    pub fn controller_uid(object: &Value) -> &str {
        controller_of(object).map(|owner| owner.str_at(&["uid"])).unwrap_or_default()
    }
    /// The key of the controlling owner, if its kind is served.
    #[must_use]
    pub fn controller_key(object: &Value) -> Option<Key> {
        let owner = controller_of(object)?;
        let resource = Resource::of(owner.str_at(&["apiVersion"]), owner.str_at(&["kind"]))?;
        Some(Key::new(resource, namespace(object), owner.str_at(&["name"])))
    }
    /// An owner reference to `owner` with `controller` and `blockOwnerDeletion` set.
    // Models k8s.io/apimachinery/pkg/apis/meta/v1 NewControllerRef
    #[must_use]
    pub fn controller_ref(owner: &Value) -> Value {
        crate::tree!({
            "apiVersion": owner.str_at(&["apiVersion"]),
            "kind": kind(owner),
            "name": name(owner),
            "uid": uid(owner),
            "controller": true,
            "blockOwnerDeletion": true,
        })
    }
    /// The key under which `object` is stored.
    #[must_use]
    pub fn key(object: &Value) -> Option<Key> {
        let resource = Resource::of(object.str_at(&["apiVersion"]), kind(object))?;
        let name = object.at(&["metadata", "name"])?.as_shared()?;
        Some(Key::new(resource, Rc::from(namespace(object)), name))
    }
    /// A condition of `status.conditions` by type.
    #[must_use]
    pub fn condition<'a>(object: &'a Value, kind: &str) -> Option<&'a Value> {
        object.items_at(&["status", "conditions"]).iter().find(|condition| condition.str_at(&["type"]) == kind)
    }
    /// Whether the condition of this type says `True`.
    #[must_use]
    pub fn is_condition_true(object: &Value, kind: &str) -> bool {
        condition(object, kind).is_some_and(|condition| condition.str_at(&["status"]) == "True")
    }
}

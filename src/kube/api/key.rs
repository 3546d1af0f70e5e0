//! The name of one stored object.

use crate::document::shared;
use crate::kube::api::Resource;
use std::cmp::Ordering;
use std::fmt;
use std::rc::Rc;

/// Where an object is stored: its resource, namespace (empty for cluster-scoped ones) and name.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Key {
    /// The resource.
    pub resource: Resource,
    /// The namespace; empty where the resource has none.
    pub namespace: Rc<str>,
    /// The name.
    pub name: Rc<str>,
}

impl Key {
    /// The key of a named object. The namespace is dropped where the resource has none.
    pub fn new(resource: Resource, namespace: impl Into<Rc<str>>, name: impl Into<Rc<str>>) -> Self {
        // Shared, so that keys are told apart by their names alone.
        let namespace = if resource.info().namespaced { shared(&namespace.into()) } else { shared("") };
        Self { resource, namespace, name: name.into() }
    }
}

impl Ord for Key {
    fn cmp(&self, other: &Self) -> Ordering {
        // Large maps are searched by keys: what is one and the same in memory is not read.
        let text =
            |one: &Rc<str>, other: &Rc<str>| if Rc::ptr_eq(one, other) { Ordering::Equal } else { one.cmp(other) };
        self.resource
            .cmp(&other.resource)
            .then_with(|| text(&self.namespace, &other.namespace))
            .then_with(|| text(&self.name, &other.name))
    }
}

impl PartialOrd for Key {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

/// `Pod/default/web`, or `Node/node-a` where there is no namespace.
impl fmt::Display for Key {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        let kind = self.resource.kind();
        if self.namespace.is_empty() {
            write!(out, "{kind}/{}", self.name)
        } else {
            write!(out, "{kind}/{}/{}", self.namespace, self.name)
        }
    }
}

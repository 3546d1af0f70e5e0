//! The name of one stored object.

use crate::kube::api::Resource;
use std::fmt;
use std::rc::Rc;

/// Where an object is stored: its resource, namespace (empty for cluster-scoped ones) and name.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Debug)]
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
        let namespace = if resource.info().namespaced { namespace.into() } else { Rc::from("") };
        Self { resource, namespace, name: name.into() }
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

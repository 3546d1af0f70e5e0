//! Requests: the one way to read or change a cluster.

use crate::document::Value;
use crate::kube::api::{Key, Resource};
use std::rc::Rc;

/// Who asks.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct User {
    /// The user name, for example `kubernetes-admin` or `system:node:node-a`.
    pub name: Rc<str>,
    /// The groups, for example `system:masters`.
    pub groups: Rc<[Rc<str>]>,
}

impl User {
    /// A user in `groups`.
    #[must_use]
    pub fn new(name: &str, groups: &[&str]) -> Self {
        Self { name: name.into(), groups: groups.iter().map(|group| Rc::from(*group)).collect() }
    }

    /// The administrator that `kubeadm` makes: what a learner is, until a lesson says otherwise.
    #[must_use]
    pub fn admin() -> Self {
        Self::new("kubernetes-admin", &["system:masters", "system:authenticated"])
    }
}

/// What is asked for.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub enum Verb {
    /// Read one object.
    Get,
    /// Read a collection.
    List,
    /// Make an object.
    Create,
    /// Replace an object.
    Update,
    /// Change an object (server-side apply may also make it).
    Patch(PatchType),
    /// Delete one object.
    Delete,
    /// Delete a collection.
    DeleteCollection,
}

/// The ways to say a change.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub enum PatchType {
    /// RFC 6902, a list of operations.
    Json,
    /// RFC 7386.
    Merge,
    /// Kubernetes' own, which merges lists by key.
    Strategic,
    /// Server-side apply.
    Apply,
}

/// What happens to dependents of a deleted object.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Propagation {
    /// They stay, without an owner.
    Orphan,
    /// They are collected afterwards.
    Background,
    /// They are collected first.
    Foreground,
}

/// What must still hold for a deletion to happen.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct Preconditions {
    /// The uid that the object must have.
    pub uid: Option<Rc<str>>,
    /// The resourceVersion that the object must have.
    pub resource_version: Option<Rc<str>>,
}

/// The query parameters of a request.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct Options {
    /// Who is recorded as the fields' owner.
    pub field_manager: Rc<str>,
    /// Go through everything but storage.
    pub dry_run: bool,
    /// Server-side apply: take fields over from other managers.
    pub force: bool,
    /// Unknown and duplicate fields are dropped with a warning (otherwise they are errors).
    pub lenient: bool,
    /// The body is in the form in which it is stored: a component made it so, and it need be neither
    /// decoded nor filled in. Debug builds do both and compare.
    pub as_stored: bool,
    /// For deletions: seconds a Pod gets to end.
    pub grace_period_seconds: Option<i64>,
    /// For deletions: what happens to dependents.
    pub propagation: Option<Propagation>,
    /// For deletions: what must still hold.
    pub preconditions: Preconditions,
    /// For collections: a label selector.
    pub label_selector: Rc<str>,
    /// For collections: a field selector.
    pub field_selector: Rc<str>,
}

/// One request.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Request {
    /// Who asks.
    pub user: User,
    /// What is asked for.
    pub verb: Verb,
    /// Of which resource.
    pub resource: Resource,
    /// The version in which the client reads and writes, for example `autoscaling/v1`; empty for the
    /// one that is stored.
    pub version: Rc<str>,
    /// A subresource such as `status`, `scale`, `binding`, `eviction`; empty for the object itself.
    pub subresource: &'static str,
    /// In which namespace; empty for all, or for cluster-scoped resources.
    pub namespace: Rc<str>,
    /// Which object; empty for collections and for creation.
    pub name: Rc<str>,
    /// The object, the patch, or nothing.
    pub body: Value,
    /// Query parameters.
    pub options: Options,
}

impl Request {
    /// A request about one object.
    #[must_use]
    pub fn new(user: User, verb: Verb, key: &Key) -> Self {
        Self {
            user,
            verb,
            resource: key.resource,
            version: "".into(),
            subresource: "",
            namespace: key.namespace.clone(),
            name: key.name.clone(),
            body: Value::Null,
            options: Options::default(),
        }
    }

    /// A request about a collection (`namespace` empty: in all of them).
    #[must_use]
    pub fn list(user: User, resource: Resource, namespace: &str) -> Self {
        Self::new(user, Verb::List, &Key::new(resource, namespace, ""))
    }

    /// A request that makes `object`, whose kind decides the resource.
    #[must_use]
    pub fn create(user: User, resource: Resource, namespace: &str, object: Value) -> Self {
        Self::new(user, Verb::Create, &Key::new(resource, namespace, "")).with_body(object)
    }

    /// The same with a body.
    #[must_use]
    pub fn with_body(mut self, body: Value) -> Self {
        self.body = body;
        self
    }

    /// The same in a version of its group.
    #[must_use]
    pub fn in_version(mut self, api_version: &str) -> Self {
        self.version = api_version.into();
        self
    }

    /// The same for a subresource.
    #[must_use]
    pub fn on(mut self, subresource: &'static str) -> Self {
        self.subresource = subresource;
        self
    }

    /// The same under a field manager's name.
    #[must_use]
    pub fn managed_by(mut self, field_manager: &str) -> Self {
        self.options.field_manager = field_manager.into();
        self
    }

    /// The key of the object that this is about.
    #[must_use]
    pub fn key(&self) -> Key {
        Key { resource: self.resource, namespace: self.namespace.clone(), name: self.name.clone() }
    }

    /// Whether it can change anything.
    #[must_use]
    pub fn mutates(&self) -> bool {
        !matches!(self.verb, Verb::Get | Verb::List) && !self.options.dry_run
    }
}

/// What a successful request is answered with.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum Reply {
    /// One object, and whether this request made it; with warnings for the client to print.
    Object {
        /// The object, after the request.
        object: Value,
        /// Whether it is new.
        created: bool,
        /// Texts of `Warning:` headers.
        warnings: Vec<String>,
    },
    /// A collection in key order, with the store's revision.
    List {
        /// The objects.
        items: Vec<Value>,
        /// `metadata.resourceVersion` of the list.
        revision: u64,
        /// Texts of `Warning:` headers.
        warnings: Vec<String>,
    },
    /// Done; there is nothing to show.
    Done,
}

impl Reply {
    /// The object of an [`Reply::Object`]; null otherwise.
    #[must_use]
    pub fn into_object(self) -> Value {
        match self {
            Self::Object { object, .. } => object,
            _ => Value::Null,
        }
    }

    /// The items of a [`Reply::List`]; nothing otherwise.
    #[must_use]
    pub fn into_items(self) -> Vec<Value> {
        match self {
            Self::List { items, .. } => items,
            _ => Vec::new(),
        }
    }
}

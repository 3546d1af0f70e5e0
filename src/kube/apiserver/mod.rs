//! The one door. A request goes through authentication (it carries its user), authorization,
//! decoding, defaulting, admission and validation to storage; what was written comes back so that watchers
//! can be told.
//!
//! `create`, `update` and `delete` are the three ways to storage, `read` the way back;
//! `admission` holds the built-in plugins; `allocate` gives out addresses and ports. `custom` serves what
//! definitions add, `definitions` looks after those.
//!
//! Invariant: nothing reaches etcd except through [`ApiServer::handle`], but for the built-in roles
//! that a server stores when it starts.
//! Invariant: a refused request has changed nothing.

mod admission;
mod allocate;
mod create;
mod custom;
mod definitions;
mod delete;
mod evict;
mod read;
mod review;
mod scale;
mod update;

use crate::document::{Value, schema};
use crate::kube::api::managed_fields::Ownership;
use crate::kube::api::{ApiError, Key, Object, Reason, Reply, Request, Resource, Verb, meta};
use crate::kube::authorization::{self, Attributes, Decision, bootstrap};
use crate::kube::settings::{KubeletPreset, Settings};
use crate::kube::{Etcd, Snapshot, fields};
use crate::sim::{self, Change, Dice, SimTime};
use rpds::{RedBlackTreeMap, RedBlackTreeSet};
use std::rc::Rc;

/// One write to etcd, and what kind of act it was.
#[derive(Clone, Debug)]
pub struct Written {
    /// The change, as watchers receive it.
    pub change: Change<Key, Rc<Object>>,
    /// What kind of act.
    pub verb: sim::Verb,
}

/// What a request is answered with, and what it wrote.
type Handled = Result<(Reply, Vec<Written>), ApiError>;

/// kube-apiserver with its store.
#[derive(Clone)]
pub struct ApiServer {
    etcd: Etcd,
    settings: Rc<Settings>,
    /// How often each purpose has thrown dice, so that every throw has its own stream.
    throws: RedBlackTreeMap<Rc<str>, u64>,
    /// What nodes may do without a binding.
    node_rules: Rc<[Value]>,
    /// What was asked for and allowed lately, whatever the object's name; until a role changes.
    allowed: Allowed,
}

/// So many answers of the authorizer are remembered.
const ALLOWED_MAX: usize = 256;

/// Who asked for what: user, groups, verb, resource, subresource, namespace.
type Asked = (Rc<str>, Rc<[Rc<str>]>, Verb, Resource, &'static str, Rc<str>);

/// What was asked for and allowed.
type Allowed = RedBlackTreeSet<Asked>;

impl ApiServer {
    /// Tells what a cloud gives Pods to show who they are, from now on.
    pub fn set_identity(&mut self, identity: crate::kube::settings::PodIdentity) {
        Rc::make_mut(&mut self.settings).identity = Some(identity);
    }

    /// An API server that has just started: nothing is stored but the built-in roles and bindings.
    #[must_use]
    pub fn new(settings: Settings) -> Self {
        let mut api = Self {
            etcd: Etcd::default(),
            settings: Rc::new(settings),
            throws: RedBlackTreeMap::new(),
            node_rules: bootstrap::node_rules().into(),
            allowed: Allowed::new(),
        };
        api.store_built_in_roles();
        api
    }

    /// Stores the built-in roles and bindings as they are: they need no defaults, and there is
    /// nobody yet who could ask for them.
    // Models pkg/registry/rbac/rest PolicyData.EnsureRBACPolicy
    fn store_built_in_roles(&mut self) {
        for (resource, mut object) in bootstrap::objects() {
            let key = Key::new(resource, meta::namespace(&object), meta::name(&object));
            let uid = self.dice(&format!("uid/{}/{}/{}", resource.kind(), key.namespace, key.name)).uuid();
            object.set(&["metadata", "uid"], uid);
            object.set(&["metadata", "creationTimestamp"], SimTime::default().rfc3339());
            self.put(key, object, Ownership::default(), sim::Verb::Create);
        }
    }

    /// Whether the one who asks may do what is asked, and which rule says so.
    #[must_use]
    pub fn decide(&self, now: SimTime, request: &Request) -> Decision {
        authorization::decide(&self.snapshot(now), &self.node_rules, &request.user, &Attributes::of(request))
    }

    /// Refuses what the one who asks may not do.
    ///
    /// # Errors
    /// `Forbidden`, in upstream's words.
    pub fn authorize(&self, now: SimTime, request: &Request) -> Result<(), ApiError> {
        let decision = self.decide(now, request);
        if decision.is_allowed() {
            return Ok(());
        }
        Err(authorization::forbidden(request, &Attributes::of(request), &decision))
    }

    /// The same, remembering what was allowed: loops ask for the same again and again.
    fn authorize_quickly(&mut self, now: SimTime, request: &Request) -> Result<(), ApiError> {
        let Request { user, verb, resource, subresource, namespace, .. } = request;
        let asked: Asked = (user.name.clone(), user.groups.clone(), *verb, *resource, *subresource, namespace.clone());
        if self.allowed.contains(&asked) {
            return Ok(());
        }
        let decision = self.decide(now, request);
        if !decision.is_allowed() {
            return Err(authorization::forbidden(request, &Attributes::of(request), &decision));
        }
        // Masters and nodes need no look at bindings, which is what takes time.
        if let Decision::Allowed(grant) = &decision
            && self.allowed.size() < ALLOWED_MAX
            && let Some(role) = self.etcd.get(&grant.role)
            && let Some(rule) = usize::try_from(grant.rule).ok().and_then(|index| role.items_at(&["rules"]).get(index))
            && rule.items_at(&["resourceNames"]).is_empty()
        {
            self.allowed.insert_mut(asked);
        }
        Ok(())
    }

    /// Forgets what was allowed when what is stored says who may do what.
    fn forget_allowed(&mut self, resource: Resource) {
        if matches!(
            resource,
            Resource::ROLES | Resource::CLUSTER_ROLES | Resource::ROLE_BINDINGS | Resource::CLUSTER_ROLE_BINDINGS
        ) {
            self.allowed = Allowed::new();
        }
    }

    /// What is stored.
    #[must_use]
    pub fn etcd(&self) -> &Etcd {
        &self.etcd
    }

    /// The cluster's flags.
    #[must_use]
    pub fn settings(&self) -> &Settings {
        &self.settings
    }

    /// Answers a request; returns the answer and what was written.
    ///
    /// # Errors
    /// The refusal, in upstream's words.
    pub fn handle(&mut self, now: SimTime, request: &Request) -> Handled {
        self.authorize_quickly(now, request)?;
        if request.verb == Verb::Create && review::is_review(request.resource) {
            return Ok((self.review(now, request), Vec::new()));
        }
        if request.resource.is_custom() {
            return self.handle_custom(now, request);
        }
        let mut handled = self.handle_built_in(now, request)?;
        if request.resource == Resource::CUSTOM_RESOURCE_DEFINITIONS && !handled.1.is_empty() {
            self.tend_definitions(now, &mut handled.1);
        }
        Ok(handled)
    }

    fn handle_built_in(&mut self, now: SimTime, request: &Request) -> Handled {
        match (request.verb, request.subresource) {
            (Verb::Get, "scale") => Ok((self.get_scale(request)?, Vec::new())),
            (Verb::Get, _) => Ok((self.get(request)?, Vec::new())),
            (Verb::List, _) => Ok((self.list(request)?, Vec::new())),
            (Verb::Create, "binding") => self.bind(now, request),
            (Verb::Create, "eviction") => self.evict(now, request),
            (Verb::Create, _) => self.create(now, request),
            (Verb::Update | Verb::Patch(_), "scale") => self.update_scale(now, request),
            (Verb::Update | Verb::Patch(_), _) => self.update(now, request),
            (Verb::Delete, _) => self.delete(now, request),
            (Verb::DeleteCollection, _) => self.delete_collection(now, request),
        }
    }

    /// What a person is told of the fields that they wrote and that nothing here acts upon. The
    /// recordings' server has no such fields.
    fn only_stored(&self, request: &Request, old: Option<&Value>) -> Vec<String> {
        let is_component = request.user.name.starts_with("system:");
        if is_component || self.settings.kubelet == KubeletPreset::Recorded {
            return Vec::new();
        }
        let found = fields::only_stored_in(request.resource, &request.body);
        // Once is enough: what is there already has been told.
        let known = old.filter(|_| !found.is_empty()).map(|old| fields::only_stored_in(request.resource, old));
        let is_news = |path: &Rc<str>| known.as_ref().is_none_or(|known| !known.contains(path));
        found
            .into_iter()
            .filter(is_news)
            .map(|path| format!("{path}: this simulation stores the field and does not act on it"))
            .collect()
    }

    fn snapshot(&self, now: SimTime) -> Snapshot<'_> {
        Snapshot { etcd: &self.etcd, now, settings: &self.settings, measures: None }
    }

    /// Dice for `purpose`, with a stream of their own for every throw.
    fn dice(&mut self, purpose: &str) -> Dice {
        let nth = self.throws.get(purpose).copied().unwrap_or_default();
        self.throws.insert_mut(purpose.into(), nth + 1);
        Dice::new(self.settings.seed, &[purpose], nth)
    }

    /// Stores `value`, with the revision that this write makes inside it.
    fn put(&mut self, key: Key, mut value: Value, managers: Ownership, verb: sim::Verb) -> Written {
        self.write_revision(&mut value);
        self.forget_allowed(key.resource);
        let change = self.etcd.put(key, Rc::new(Object { value, managers }));
        Written { change, verb }
    }

    /// Writes into an object the revision that the next write makes.
    fn write_revision(&self, value: &mut Value) {
        let revision = self.etcd.next_revision().to_string();
        if meta::resource_version(value) != revision {
            value.set(&["metadata", "resourceVersion"], revision);
        }
    }

    /// Removes an object for good.
    fn remove(&mut self, key: &Key, object: &Rc<Object>) -> Option<Written> {
        self.forget_allowed(key.resource);
        let mut last = (**object).clone();
        last.value.set(&["metadata", "resourceVersion"], self.etcd.next_revision().to_string());
        let change = self.etcd.delete(key, Rc::new(last))?;
        Some(Written { change, verb: sim::Verb::Remove })
    }

    /// Takes away an object whose time is over, as etcd does when a lease ends.
    pub fn expire(&mut self, key: &Key) -> Option<Written> {
        let object = self.etcd.get(key).cloned()?;
        self.remove(key, &object)
    }

    fn stored(&self, key: &Key) -> Result<Rc<Object>, ApiError> {
        self.etcd.get(key).cloned().ok_or_else(|| ApiError::not_found(key.resource, &key.name))
    }
}

/// Checks the body's types and names against the schema. Unknown fields are always refused, as
/// `kubectl` asks for; no loop of ours sends any.
///
/// Parts of the body that are parts of `known`, the stored object, have been checked before.
// Models endpoints/handlers/create.go with fieldValidation
fn decode_as(
    resource: Resource,
    body: &Value,
    known: Option<&Value>,
    warnings: &mut Option<Vec<String>>,
) -> Result<Value, ApiError> {
    let info = resource.info();
    let api_version = body.str_at(&["apiVersion"]);
    let root = match resource.schema() {
        Some(root) if resource.is_version(api_version) => Some(root),
        _ => schema::root(api_version, info.kind),
    };
    let Some(root) = root else { return Ok(body.clone()) };
    let mut unknown = Vec::new();
    let mut decoded = schema::decode_beside(body, known, root, &mut unknown);
    match warnings {
        Some(warnings) => warnings.extend(unknown.into_iter().map(|(message, _)| message)),
        None if unknown.is_empty() => {}
        None => decoded = decoded.and_then(|_| Err(schema::strict_error(unknown))),
    }
    decoded.map_err(|error| {
        let version = api_version.rsplit('/').next().unwrap_or_default();
        let message = format!("{} in version {version:?} cannot be handled as a {}: {error}", info.kind, info.kind);
        ApiError::new(Reason::BadRequest, message)
    })
}

/// Adds what the server always serves, set or not; what is part of `known` has it all.
fn serve(resource: Resource, object: &mut Value, known: Option<&Value>) {
    if let Some(root) = schema_of(resource) {
        *object = schema::served_beside(object, known, root);
    }
}

/// The schema type of a resource's objects.
fn schema_of(resource: Resource) -> Option<schema::Type> {
    resource.schema()
}

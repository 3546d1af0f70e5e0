//! What is stored, and the view of it that the loops get.

use crate::document::shared;
use crate::kube::api::custom::Registry;
use crate::kube::api::{Key, Object, Resource, meta};
use crate::kube::controller::podautoscaler::Scaling;
use crate::kube::program::Runtime;
use crate::kube::settings::Settings;
use crate::sim::{Change, ChangeKind, SimTime, Store};
use rpds::{RedBlackTreeMap, RedBlackTreeSet};
use std::ops::Deref;
use std::rc::Rc;

/// The store of one cluster, and beside it an index of who controls what.
///
/// Invariant: `owned` holds every object of an indexed resource exactly once, under the uid of its
/// controlling owner, or under an empty uid. `custom` is what the stored definitions serve.
#[derive(Clone, Default)]
pub struct Etcd {
    store: Store<Key, Rc<Object>>,
    owned: RedBlackTreeSet<(Rc<str>, Key)>,
    /// How many objects each resource has: most loops look for some that are not there.
    counts: RedBlackTreeMap<Resource, u64>,
    custom: Registry,
}

impl Deref for Etcd {
    type Target = Store<Key, Rc<Object>>;
    fn deref(&self) -> &Self::Target {
        &self.store
    }
}

impl Etcd {
    /// Writes `key`. Returns the change.
    pub fn put(&mut self, key: Key, object: Rc<Object>) -> Change<Key, Rc<Object>> {
        self.index(&key, Some(&object));
        let resource = key.resource;
        let change = self.store.put(key, object);
        if change.kind == ChangeKind::Added {
            self.counts.insert_mut(resource, self.count(resource) + 1);
        }
        if resource == Resource::CUSTOM_RESOURCE_DEFINITIONS {
            self.read_definitions();
        }
        change
    }

    /// How many objects a resource has.
    fn count(&self, resource: Resource) -> u64 {
        self.counts.get(&resource).copied().unwrap_or_default()
    }

    /// Rewrites the value of the last change, which nobody has been told of yet.
    pub fn amend(&mut self, key: &Key, object: Rc<Object>) {
        self.index(key, Some(&object));
        self.store.amend(key, object);
    }

    /// Removes `key`. The change carries `last`, the value that watchers are told.
    pub fn delete(&mut self, key: &Key, last: Rc<Object>) -> Option<Change<Key, Rc<Object>>> {
        self.index(key, None);
        let change = self.store.delete(key, last)?;
        self.counts.insert_mut(key.resource, self.count(key.resource).saturating_sub(1));
        if key.resource == Resource::CUSTOM_RESOURCE_DEFINITIONS {
            self.read_definitions();
        }
        Some(change)
    }

    /// Which custom kinds are served.
    #[must_use]
    pub fn custom(&self) -> &Registry {
        &self.custom
    }

    fn read_definitions(&mut self) {
        let resource = Resource::CUSTOM_RESOURCE_DEFINITIONS;
        let first = Key { resource, namespace: "".into(), name: "".into() };
        let stored = self.store.iter_from(&first).take_while(|(key, _)| key.resource == resource);
        self.custom = Registry::after(stored.map(|(_, object)| &object.value));
    }

    fn index(&mut self, key: &Key, new: Option<&Rc<Object>>) {
        if !is_indexed(key.resource) {
            return;
        }
        let before = self.store.get(key).map(|object| meta::controller_uid(object));
        let after = new.map(|object| meta::controller_uid(object));
        if before == after {
            return;
        }
        if let Some(uid) = before {
            self.owned.remove_mut(&(Rc::from(uid), key.clone()));
        }
        if let Some(uid) = after {
            self.owned.insert_mut((uid.into(), key.clone()));
        }
    }
}

/// What workloads make, and look up by its owner on every change.
const fn is_indexed(resource: Resource) -> bool {
    matches!(resource, Resource::PODS | Resource::REPLICA_SETS | Resource::JOBS | Resource::CONTROLLER_REVISIONS)
}

/// A cluster as one loop sees it at one moment: it can look, and nothing else.
#[derive(Clone, Copy)]
pub struct Snapshot<'a> {
    /// What is stored.
    pub etcd: &'a Etcd,
    /// The moment.
    pub now: SimTime,
    /// The cluster's flags.
    pub settings: &'a Settings,
    /// What is measured, where something measures.
    pub measures: Option<Measures<'a>>,
}

/// What the metrics server measures, and what autoscalers remember of it.
#[derive(Clone, Copy)]
pub struct Measures<'a> {
    /// What runs in containers.
    pub runtime: &'a Runtime,
    /// What each autoscaler remembers.
    pub scalings: &'a RedBlackTreeMap<Key, Scaling>,
}

impl<'a> Snapshot<'a> {
    /// The object with this key.
    #[must_use]
    pub fn get(&self, key: &Key) -> Option<&'a Rc<Object>> {
        self.etcd.get(key)
    }

    /// The objects of a resource in key order; `namespace` empty means in all namespaces.
    pub fn list(&self, resource: Resource, namespace: &str) -> impl Iterator<Item = &'a Rc<Object>> + use<'a> {
        let namespace = shared(namespace);
        let first = Key { resource, namespace: namespace.clone(), name: shared("") };
        let all = (self.etcd.count(resource) > 0).then(|| self.etcd.iter_from(&first));
        all.into_iter()
            .flatten()
            .take_while(move |(key, _)| {
                key.resource == resource && (namespace.is_empty() || key.namespace == namespace)
            })
            .map(|(_, object)| object)
    }

    /// The objects of a resource in `namespace` whose controlling owner has this uid, in key order;
    /// an empty uid means that nothing controls them.
    #[must_use]
    pub fn controlled_by(&self, resource: Resource, namespace: &str, uid: &str) -> Vec<&'a Rc<Object>> {
        if !is_indexed(resource) {
            return self.list(resource, namespace).filter(|object| meta::controller_uid(object) == uid).collect();
        }
        let uid: Rc<str> = uid.into();
        let first = Key { resource, namespace: namespace.into(), name: "".into() };
        self.etcd
            .owned
            .range((uid.clone(), first.clone())..)
            .take_while(|(owner, key)| *owner == uid && key.resource == resource && key.namespace == first.namespace)
            .filter_map(|(_, key)| self.etcd.get(key))
            .collect()
    }
}

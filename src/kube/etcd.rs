//! What is stored, and the view of it that the loops get.

use crate::kube::api::{Key, Object, Resource, meta};
use crate::kube::settings::Settings;
use crate::sim::{SimTime, Store};
use std::rc::Rc;

/// The store of one cluster.
pub type Etcd = Store<Key, Rc<Object>>;

/// A cluster as one loop sees it at one moment: it can look, and nothing else.
#[derive(Clone, Copy)]
pub struct Snapshot<'a> {
    /// What is stored.
    pub etcd: &'a Etcd,
    /// The moment.
    pub now: SimTime,
    /// The cluster's flags.
    pub settings: &'a Settings,
}

impl<'a> Snapshot<'a> {
    /// The object with this key.
    #[must_use]
    pub fn get(&self, key: &Key) -> Option<&'a Rc<Object>> {
        self.etcd.get(key)
    }

    /// The objects of a resource in key order; `namespace` empty means in all namespaces.
    pub fn list(&self, resource: Resource, namespace: &str) -> impl Iterator<Item = &'a Rc<Object>> + use<'a> {
        let first = Key { resource, namespace: namespace.into(), name: "".into() };
        let namespace: Rc<str> = namespace.into();
        self.etcd
            .iter_from(&first)
            .take_while(move |(key, _)| {
                key.resource == resource && (namespace.is_empty() || key.namespace == namespace)
            })
            .map(|(_, object)| object)
    }

    /// The objects of a resource in `namespace` whose controlling owner has this uid.
    pub fn controlled_by(
        &self,
        resource: Resource,
        namespace: &str,
        uid: &str,
    ) -> impl Iterator<Item = &'a Rc<Object>> + use<'a> {
        let uid: Rc<str> = uid.into();
        self.list(resource, namespace).filter(move |object| meta::controller_uid(object) == &*uid)
    }
}

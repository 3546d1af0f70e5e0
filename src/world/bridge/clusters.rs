//! What the cloud's controllers hear of the clusters that stand in it: a Service that wants a load
//! balancer, a claim that wants a volume, a node that comes or goes.

use super::{Due, ingress};
use crate::document::Value;
use crate::kube::api::{Key, Object, Resource, meta};
use crate::kube::{Cluster, Outcome, Turn};
use crate::sim::{ChangeKind, SimTime, secs};
use crate::world::{Actor, Origin, User, World};
use std::rc::Rc;

/// From a change to the controller's look at it.
const LOOKS: SimTime = secs(1);

impl World {
    /// Looks at what has changed in the clusters since the last look.
    pub(in crate::world) fn follow_clusters(&mut self) {
        let mut wanted: Vec<(Rc<str>, Key)> = Vec::new();
        for (server, site) in self.sites.iter().filter(|(_, site)| matches!(site.origin, Origin::Eks(_))) {
            let etcd = site.cluster.etcd();
            let seen = self.bridge.followed.get(server).copied().unwrap_or_default();
            if etcd.revision() == seen {
                continue;
            }
            match etcd.changes_since(seen) {
                Ok(changes) => {
                    for change in changes {
                        concerns(&site.cluster, &change.key, &change.value, change.kind, &mut |key| {
                            wanted.push((server.clone(), key));
                        });
                    }
                }
                Err(_) => {
                    for (key, value) in etcd.iter() {
                        concerns(&site.cluster, key, value, ChangeKind::Modified, &mut |key| {
                            wanted.push((server.clone(), key));
                        });
                    }
                }
            }
            self.bridge.followed.insert_mut(server.clone(), etcd.revision());
        }
        for (server, key) in wanted {
            self.look_soon(&server, &key, LOOKS);
        }
    }

    /// A controller of the cloud looks at an object of a cluster after a while; once, however often
    /// that is asked for.
    pub(super) fn look_soon(&mut self, server: &Rc<str>, key: &Key, after: SimTime) {
        let item = (server.clone(), key.clone());
        let at = self.now + after;
        if self.bridge.looks.get(&item).is_some_and(|known| *known <= at && *known > self.now) {
            return;
        }
        self.bridge.looks.insert_mut(item, at);
        self.bridge.agenda.schedule(at, Due::Look(server.clone(), key.clone()));
    }

    /// It looks.
    pub(super) fn look(&mut self, server: &Rc<str>, key: &Key) {
        let item = (server.clone(), key.clone());
        // Another time has been agreed upon since.
        if self.bridge.looks.get(&item) != Some(&self.now) {
            return;
        }
        self.bridge.looks.remove_mut(&item);
        match key.resource {
            Resource::SERVICES => self.balance(server, key),
            Resource::INGRESSES => self.balance_ingress(server, key),
            Resource::PERSISTENT_VOLUME_CLAIMS => self.provision(server, key),
            Resource::PERSISTENT_VOLUMES => self.reclaim(server, key),
            Resource::PODS => self.attach(server, key),
            Resource::NODES => self.detach(server, key),
            _ => {}
        }
    }

    /// Carries out what a controller of the cloud has decided about a cluster.
    pub(super) fn carry(&mut self, server: &str, actor: &str, user: &User, outcome: Outcome) {
        let (now, actor): (SimTime, Actor) = (self.now, actor.into());
        let Some(site) = self.sites.get_mut(server) else { return };
        let mut turn = Turn { now, journal: &mut self.journal, actor, cause: None, why: None };
        // What is refused is decided anew at the next look.
        let _ = site.cluster.carry(&mut turn, user, outcome);
    }

    /// An object of a cluster.
    pub(super) fn object(&self, server: &str, key: &Key) -> Option<Rc<Object>> {
        self.sites.get(server)?.cluster.get(key).cloned()
    }
}

/// Which keys a change makes a controller of the cloud look at.
fn concerns(cluster: &Cluster, key: &Key, value: &Object, kind: ChangeKind, want: &mut dyn FnMut(Key)) {
    let all = |resource: Resource| cluster.etcd().iter().filter(move |(key, _)| key.resource == resource);
    let class_of = |it: &Object| {
        cluster.get(&Key::new(Resource::INGRESS_CLASSES, "", it.str_at(&["spec", "ingressClassName"]))).cloned()
    };
    let is_balanced =
        |it: &Object| it.str_at(&["spec", "ingressClassName"]) == "alb" || ingress::is_its(it, class_of(it).as_deref());
    let ingresses = || all(Resource::INGRESSES).filter(|(_, it)| is_balanced(it)).map(|(key, _)| key.clone());
    match key.resource {
        Resource::SERVICES => {
            if has_balancer(value) {
                want(key.clone());
            }
            ingresses().filter(|it| it.namespace == key.namespace).for_each(&mut *want);
        }
        Resource::INGRESSES if is_balanced(value) => want(key.clone()),
        Resource::INGRESS_CLASSES => ingresses().for_each(&mut *want),
        Resource::ENDPOINT_SLICES => {
            let name = meta::label(value, "kubernetes.io/service-name").unwrap_or_default();
            let service = Key::new(Resource::SERVICES, key.namespace.clone(), name);
            if cluster.get(&service).is_some_and(|service| has_balancer(service)) {
                want(service);
            }
            ingresses().filter(|it| it.namespace == key.namespace).for_each(&mut *want);
        }
        Resource::NODES => {
            all(Resource::SERVICES).filter(|(_, it)| has_balancer(it)).for_each(|(key, _)| want(key.clone()));
            ingresses().for_each(&mut *want);
            if kind == ChangeKind::Deleted {
                want(key.clone());
            }
        }
        Resource::PERSISTENT_VOLUME_CLAIMS if value.str_at(&["spec", "volumeName"]).is_empty() => want(key.clone()),
        Resource::PERSISTENT_VOLUMES if value.at(&["spec", "csi"]).is_some() => want(key.clone()),
        Resource::PODS => {
            let uses = |volume: &Value| volume.at(&["persistentVolumeClaim"]).is_some();
            if value.items_at(&["spec", "volumes"]).iter().any(uses) {
                want(key.clone());
            }
            // A driver that has come up looks at everything that waits for it.
            let is_driver = &*key.namespace == "kube-system"
                && (meta::label(value, "app") == Some("ebs-csi-controller")
                    || meta::label(value, "app.kubernetes.io/name") == Some("aws-load-balancer-controller"));
            if is_driver && meta::is_condition_true(value, "Ready") {
                all(Resource::PERSISTENT_VOLUME_CLAIMS).for_each(|(key, _)| want(key.clone()));
                all(Resource::SERVICES).filter(|(_, it)| has_balancer(it)).for_each(|(key, _)| want(key.clone()));
                ingresses().for_each(&mut *want);
            }
        }
        _ => {}
    }
}

/// Whether a Service wants a load balancer, or had one.
fn has_balancer(service: &Value) -> bool {
    service.str_at(&["spec", "type"]) == "LoadBalancer"
        || service
            .items_at(&["metadata", "finalizers"])
            .iter()
            .any(|it| matches!(it.as_str(), Some(super::balancer::CLEANUP | super::balancer::CONTROLLER_CLEANUP)))
}

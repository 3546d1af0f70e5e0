//! The controllers, one file each, named as upstream.
//!
//! A controller has two functions. `interested` says which keys a change makes it look at;
//! `reconcile` looks at one key in a snapshot and says what should be done about it. It never
//! learns why it was called.
//!
//! Invariant: no controller keeps memory between calls; what it must remember it writes into
//! objects, as upstream's do.

pub mod claim;
pub mod cronjob;
pub mod daemon;
pub mod deployment;
pub mod disruption;
pub mod endpoint;
pub mod endpointslice;
pub mod garbagecollector;
pub mod history;
pub mod job;
pub mod namespace;
pub mod nodelifecycle;
pub mod persistentvolume;
pub mod podautoscaler;
pub mod podgc;
pub mod pods;
pub mod replicaset;
pub mod replication;
pub mod resourcequota;
pub mod service;
pub mod serviceaccount;
pub mod statefulset;
pub mod tainteviction;
pub mod ttl;
pub mod ttlafterfinished;
pub mod volumeprotection;

use crate::kube::api::{Key, Object, User};
use crate::kube::settings::Settings;
use crate::kube::{Outcome, Snapshot};
use crate::sim::{Change, SimTime};
use std::rc::Rc;

/// The controllers of kube-controller-manager.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub enum Controller {
    /// Deployments become ReplicaSets.
    Deployment,
    /// ReplicaSets become Pods.
    ReplicaSet,
    /// DaemonSets become Pods, one on each node.
    DaemonSet,
    /// StatefulSets become Pods with names that stay.
    StatefulSet,
    /// Jobs become Pods that end.
    Job,
    /// Jobs go that ended long enough ago.
    TtlAfterFinished,
    /// CronJobs become Jobs.
    CronJob,
    /// Budgets say how many Pods may be evicted.
    Disruption,
    /// Claims get volumes.
    PersistentVolume,
    /// Claims that wait are looked at again.
    PersistentVolumeSync,
    /// Claims stay while Pods use them.
    PvcProtection,
    /// Volumes stay while claims have them.
    PvProtection,
    /// ReplicationControllers become Pods.
    Replication,
    /// Autoscalers look at what Pods use and keep their target within bounds.
    HorizontalPodAutoscaler,
    /// Services and Pods become EndpointSlices.
    EndpointSlice,
    /// Services and Pods become Endpoints, the older form.
    Endpoint,
    /// Dependents go when their owners are gone.
    GarbageCollector,
    /// Services of type LoadBalancer get an address, where a stand-in for a cloud gives them.
    Service,
    /// Silent nodes become NotReady, and their Pods are evicted.
    NodeLifecycle,
    /// Deleted namespaces are emptied.
    Namespace,
    /// Namespaces get their default service account.
    ServiceAccount,
    /// Pods go that do not tolerate a NoExecute taint of their node.
    TaintEviction,
    /// Pods go whose node does not exist.
    PodGarbageCollector,
    /// Nodes learn how long their kubelets may cache.
    Ttl,
    /// Quotas count what their namespace uses.
    ResourceQuota,
}

const ALL: [Controller; 25] = [
    Controller::Deployment,
    Controller::ReplicaSet,
    Controller::DaemonSet,
    Controller::StatefulSet,
    Controller::Job,
    Controller::TtlAfterFinished,
    Controller::CronJob,
    Controller::Disruption,
    Controller::PersistentVolume,
    Controller::PersistentVolumeSync,
    Controller::PvcProtection,
    Controller::PvProtection,
    Controller::Replication,
    Controller::HorizontalPodAutoscaler,
    Controller::EndpointSlice,
    Controller::Endpoint,
    Controller::GarbageCollector,
    Controller::Service,
    Controller::NodeLifecycle,
    Controller::Namespace,
    Controller::ServiceAccount,
    Controller::TaintEviction,
    Controller::PodGarbageCollector,
    Controller::Ttl,
    Controller::ResourceQuota,
];

impl Controller {
    /// Every controller.
    pub fn all() -> impl Iterator<Item = Self> {
        ALL.into_iter()
    }

    /// Upstream's name, as Events and the history show it.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Deployment => "deployment-controller",
            Self::ReplicaSet => "replicaset-controller",
            Self::DaemonSet => "daemonset-controller",
            Self::StatefulSet => "statefulset-controller",
            Self::Job => "job-controller",
            Self::TtlAfterFinished => "ttl-after-finished-controller",
            Self::CronJob => "cronjob-controller",
            Self::Disruption => "disruption-controller",
            Self::PersistentVolume => "persistentvolume-controller",
            Self::PersistentVolumeSync => "persistentvolume-controller",
            Self::PvcProtection => "pvc-protection-controller",
            Self::PvProtection => "pv-protection-controller",
            Self::Replication => "replication-controller",
            Self::HorizontalPodAutoscaler => "horizontal-pod-autoscaler",
            Self::EndpointSlice => "endpoint-slice-controller",
            Self::Endpoint => "endpoint-controller",
            Self::GarbageCollector => "garbage-collector-controller",
            Self::Service => "service-controller",
            Self::NodeLifecycle => "node-controller",
            Self::Namespace => "namespace-controller",
            Self::ServiceAccount => "service-account-controller",
            Self::TaintEviction => "taint-eviction-controller",
            Self::PodGarbageCollector => "pod-garbage-collector",
            Self::Ttl => "ttl-controller",
            Self::ResourceQuota => "resourcequota-controller",
        }
    }

    /// The identity under which it writes (`--use-service-account-credentials`).
    #[must_use]
    pub fn user(self) -> User {
        let account = match self {
            Self::DaemonSet => "daemon-set-controller",
            Self::EndpointSlice => "endpointslice-controller",
            // Models newTaintEvictionController: it uses the role of the node controller.
            Self::TaintEviction => "node-controller",
            Self::GarbageCollector => "generic-garbage-collector",
            Self::PersistentVolume | Self::PersistentVolumeSync => "persistent-volume-binder",
            other => other.name(),
        };
        User::new(
            &format!("system:serviceaccount:kube-system:{account}"),
            &["system:serviceaccounts", "system:serviceaccounts:kube-system", "system:authenticated"],
        )
    }

    /// Whether it looks again and again even when nothing changes.
    #[must_use]
    pub const fn is_periodic(self) -> bool {
        matches!(self, Self::NodeLifecycle | Self::HorizontalPodAutoscaler)
    }

    /// How long after a change was written it acts on it.
    #[must_use]
    pub fn latency(self, settings: &Settings) -> SimTime {
        let usual = settings.watch_latency + settings.reconcile_latency;
        match self {
            Self::Namespace => namespace::GRACE_PERIOD,
            Self::PodGarbageCollector => podgc::QUARANTINE,
            Self::PersistentVolumeSync => persistentvolume::SYNC_PERIOD,
            Self::HorizontalPodAutoscaler => podautoscaler::SYNC_PERIOD,
            // It works through its queue without a rate limit, and so is ahead of the scheduler.
            Self::PersistentVolume => settings.watch_latency,
            _ => usual,
        }
    }

    /// Which keys a change makes it look at.
    #[must_use]
    pub fn interested(self, change: &Change<Key, Rc<Object>>, seen: &Snapshot<'_>) -> Vec<Key> {
        match self {
            Self::Deployment => deployment::interested(change, seen),
            Self::ReplicaSet => replicaset::interested(change, seen),
            Self::DaemonSet => daemon::interested(change, seen),
            Self::StatefulSet => statefulset::interested(change, seen),
            Self::Job => job::interested(change, seen),
            Self::TtlAfterFinished => ttlafterfinished::interested(change, seen),
            Self::CronJob => cronjob::interested(change, seen),
            Self::Disruption => disruption::interested(change, seen),
            Self::PersistentVolume => persistentvolume::interested(change, seen),
            Self::PersistentVolumeSync => persistentvolume::resync(change, seen),
            Self::PvcProtection => volumeprotection::interested_claims(change, seen),
            Self::PvProtection => volumeprotection::interested_volumes(change, seen),
            Self::Replication => replication::interested(change, seen),
            Self::HorizontalPodAutoscaler => podautoscaler::interested(change),
            Self::EndpointSlice => endpointslice::interested(change, seen),
            Self::Endpoint => endpoint::interested(change, seen),
            Self::GarbageCollector => garbagecollector::interested(change, seen),
            Self::Service => service::interested(change, seen),
            Self::NodeLifecycle => nodelifecycle::interested(change, seen),
            Self::ServiceAccount => serviceaccount::interested(change, seen),
            Self::Namespace => namespace::interested(change, seen),
            Self::TaintEviction => tainteviction::interested(change, seen),
            Self::PodGarbageCollector => podgc::interested(change, seen),
            Self::Ttl => ttl::interested(change, seen),
            Self::ResourceQuota => resourcequota::interested(change, seen),
        }
    }

    /// Looks at one key and decides.
    #[must_use]
    pub fn reconcile(self, key: &Key, seen: &Snapshot<'_>) -> Outcome {
        match self {
            Self::Deployment => deployment::reconcile(key, seen),
            Self::ReplicaSet => replicaset::reconcile(key, seen),
            Self::DaemonSet => daemon::reconcile(key, seen),
            Self::StatefulSet => statefulset::reconcile(key, seen),
            Self::Job => job::reconcile(key, seen),
            Self::TtlAfterFinished => ttlafterfinished::reconcile(key, seen),
            Self::CronJob => cronjob::reconcile(key, seen),
            Self::Disruption => disruption::reconcile(key, seen),
            Self::PersistentVolume => persistentvolume::reconcile(key, seen),
            Self::PersistentVolumeSync => persistentvolume::reconcile(key, seen),
            Self::PvcProtection => volumeprotection::reconcile(self, key, seen),
            Self::PvProtection => volumeprotection::reconcile(self, key, seen),
            Self::Replication => replication::reconcile(key, seen),
            Self::HorizontalPodAutoscaler => podautoscaler::reconcile(key, seen),
            Self::EndpointSlice => endpointslice::reconcile(key, seen),
            Self::Endpoint => endpoint::reconcile(key, seen),
            Self::GarbageCollector => garbagecollector::reconcile(key, seen),
            Self::Service => service::reconcile(key, seen),
            Self::NodeLifecycle => nodelifecycle::reconcile(key, seen),
            Self::ServiceAccount => serviceaccount::reconcile(key, seen),
            Self::Namespace => namespace::reconcile(key, seen),
            Self::TaintEviction => tainteviction::reconcile(key, seen),
            Self::PodGarbageCollector => podgc::reconcile(key, seen),
            Self::Ttl => ttl::reconcile(key, seen),
            Self::ResourceQuota => resourcequota::reconcile(key, seen),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::kube::api::Resource;
    use crate::kube::authorization::bootstrap;

    #[test]
    fn every_controller_writes_under_an_identity_that_has_a_role() {
        let objects = bootstrap::objects();
        let bindings = objects.iter().filter(|(resource, _)| *resource == Resource::CLUSTER_ROLE_BINDINGS);
        let known: Vec<String> = bindings
            .flat_map(|(_, binding)| binding.items_at(&["subjects"]))
            .filter(|subject| subject.str_at(&["kind"]) == "ServiceAccount")
            .map(|subject| {
                let name = |field: &str| subject.str_at(&[field]).to_owned();
                format!("system:serviceaccount:{}:{}", name("namespace"), name("name"))
            })
            .collect();
        for controller in Controller::all() {
            let user = controller.user();
            assert!(known.contains(&user.name.to_string()), "{controller:?} writes as {}", user.name);
        }
    }
}

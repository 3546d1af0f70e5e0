//! The resources that the API server serves, in discovery order.
//!
//! Source: `/api` and `/apis` discovery of Kubernetes v1.36.

use crate::document::schema;
use std::cmp::Ordering;
use std::sync::{OnceLock, PoisonError, RwLock};

/// One served resource: a small handle into the table below, cheap to copy and to order by.
///
/// What a CustomResourceDefinition adds has a handle too: a number given to its name when the name
/// is first met. Such numbers never leave the process, and nothing is ordered by them; what is served,
/// and how, stands in the store (see [`custom`](super::custom)).
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Resource(u16);

/// Handles from here on are names of custom resources.
const CUSTOM: u16 = 1 << 15;

/// The names of custom resources that were met so far, in any world.
static NAMES: RwLock<Vec<&'static ResourceInfo>> = RwLock::new(Vec::new());

/// The table's rows in their order, then custom resources by group and plural name, so that the order is
/// the same in every process.
impl Ord for Resource {
    fn cmp(&self, other: &Self) -> Ordering {
        if self.0 == other.0 || !(self.is_custom() && other.is_custom()) {
            return self.0.cmp(&other.0);
        }
        let by = |info: &'static ResourceInfo| (info.group, info.plural, info.kind, info.namespaced);
        by(self.info()).cmp(&by(other.info()))
    }
}

impl PartialOrd for Resource {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

/// What discovery says about a resource.
#[derive(Debug)]
pub struct ResourceInfo {
    /// The API group; empty for the core group.
    pub group: &'static str,
    /// The preferred version, in which objects are stored and printed.
    pub version: &'static str,
    /// The kind of its objects.
    pub kind: &'static str,
    /// The plural name, as it stands in paths.
    pub plural: &'static str,
    /// The singular name.
    pub singular: &'static str,
    /// Short names, for example `po`.
    pub short_names: &'static [&'static str],
    /// Whether its objects live in a namespace.
    pub namespaced: bool,
    /// Categories, for example `all`.
    pub categories: &'static [&'static str],
    /// Subresources that are served.
    pub subresources: &'static [&'static str],
}

#[rustfmt::skip]
static TABLE: &[ResourceInfo] = &[
    row("", "v1", "ConfigMap", "configmaps", "configmap", &["cm"], true, &[], &[]),
    row("", "v1", "Endpoints", "endpoints", "endpoints", &["ep"], true, &[], &[]),
    row("", "v1", "Event", "events", "event", &["ev"], true, &[], &[]),
    row("", "v1", "LimitRange", "limitranges", "limitrange", &["limits"], true, &[], &[]),
    row("", "v1", "Namespace", "namespaces", "namespace", &["ns"], false, &[], &["finalize", "status"]),
    row("", "v1", "Node", "nodes", "node", &["no"], false, &[], &["status"]),
    row("", "v1", "PersistentVolumeClaim", "persistentvolumeclaims", "persistentvolumeclaim", &["pvc"], true, &[], &["status"]),
    row("", "v1", "PersistentVolume", "persistentvolumes", "persistentvolume", &["pv"], false, &[], &["status"]),
    row("", "v1", "Pod", "pods", "pod", &["po"], true, &["all"], &["attach", "binding", "ephemeralcontainers", "eviction", "exec", "log", "portforward", "proxy", "status"]),
    row("", "v1", "ReplicationController", "replicationcontrollers", "replicationcontroller", &["rc"], true, &["all"], &["scale", "status"]),
    row("", "v1", "ResourceQuota", "resourcequotas", "resourcequota", &["quota"], true, &[], &["status"]),
    row("", "v1", "Secret", "secrets", "secret", &[], true, &[], &[]),
    row("", "v1", "ServiceAccount", "serviceaccounts", "serviceaccount", &["sa"], true, &[], &["token"]),
    row("", "v1", "Service", "services", "service", &["svc"], true, &["all"], &["status"]),
    row("apps", "v1", "ControllerRevision", "controllerrevisions", "controllerrevision", &[], true, &[], &[]),
    row("apps", "v1", "DaemonSet", "daemonsets", "daemonset", &["ds"], true, &["all"], &["status"]),
    row("apps", "v1", "Deployment", "deployments", "deployment", &["deploy"], true, &["all"], &["scale", "status"]),
    row("apps", "v1", "ReplicaSet", "replicasets", "replicaset", &["rs"], true, &["all"], &["scale", "status"]),
    row("apps", "v1", "StatefulSet", "statefulsets", "statefulset", &["sts"], true, &["all"], &["scale", "status"]),
    row("autoscaling", "v2", "HorizontalPodAutoscaler", "horizontalpodautoscalers", "horizontalpodautoscaler", &["hpa"], true, &["all"], &["status"]),
    row("batch", "v1", "CronJob", "cronjobs", "cronjob", &["cj"], true, &["all"], &["status"]),
    row("batch", "v1", "Job", "jobs", "job", &[], true, &["all"], &["status"]),
    row("networking.k8s.io", "v1", "IngressClass", "ingressclasses", "ingressclass", &[], false, &[], &[]),
    row("networking.k8s.io", "v1", "Ingress", "ingresses", "ingress", &["ing"], true, &[], &["status"]),
    row("networking.k8s.io", "v1", "NetworkPolicy", "networkpolicies", "networkpolicy", &["netpol"], true, &[], &[]),
    row("policy", "v1", "PodDisruptionBudget", "poddisruptionbudgets", "poddisruptionbudget", &["pdb"], true, &[], &["status"]),
    row("rbac.authorization.k8s.io", "v1", "ClusterRoleBinding", "clusterrolebindings", "clusterrolebinding", &[], false, &[], &[]),
    row("rbac.authorization.k8s.io", "v1", "ClusterRole", "clusterroles", "clusterrole", &[], false, &[], &[]),
    row("rbac.authorization.k8s.io", "v1", "RoleBinding", "rolebindings", "rolebinding", &[], true, &[], &[]),
    row("rbac.authorization.k8s.io", "v1", "Role", "roles", "role", &[], true, &[], &[]),
    row("storage.k8s.io", "v1", "StorageClass", "storageclasses", "storageclass", &["sc"], false, &[], &[]),
    row("apiextensions.k8s.io", "v1", "CustomResourceDefinition", "customresourcedefinitions", "customresourcedefinition", &["crd", "crds"], false, &["api-extensions"], &["status"]),
    row("scheduling.k8s.io", "v1", "PriorityClass", "priorityclasses", "priorityclass", &["pc"], false, &[], &[]),
    row("coordination.k8s.io", "v1", "Lease", "leases", "lease", &[], true, &[], &[]),
    row("discovery.k8s.io", "v1", "EndpointSlice", "endpointslices", "endpointslice", &[], true, &[], &[]),
    // Only asked, never stored: what follows is not in `all`.
    row("authorization.k8s.io", "v1", "SelfSubjectAccessReview", "selfsubjectaccessreviews", "selfsubjectaccessreview", &[], false, &[], &[]),
    row("authorization.k8s.io", "v1", "SelfSubjectRulesReview", "selfsubjectrulesreviews", "selfsubjectrulesreview", &[], false, &[], &[]),
    row("metrics.k8s.io", "v1beta1", "NodeMetrics", "nodes", "", &[], false, &[], &[]),
    row("metrics.k8s.io", "v1beta1", "PodMetrics", "pods", "", &[], true, &[], &[]),
];

/// How many of the rows are stored.
const STORED: u16 = 35;

#[expect(clippy::too_many_arguments, reason = "one row of the table above, in the order of its columns")]
const fn row(
    group: &'static str,
    version: &'static str,
    kind: &'static str,
    plural: &'static str,
    singular: &'static str,
    short_names: &'static [&'static str],
    namespaced: bool,
    categories: &'static [&'static str],
    subresources: &'static [&'static str],
) -> ResourceInfo {
    ResourceInfo { group, version, kind, plural, singular, short_names, namespaced, categories, subresources }
}

impl Resource {
    /// `configmaps`.
    pub const CONFIG_MAPS: Resource = Resource(0);
    /// `endpoints`.
    pub const ENDPOINTS: Resource = Resource(1);
    /// `events`.
    pub const EVENTS: Resource = Resource(2);
    /// `limitranges`.
    pub const LIMIT_RANGES: Resource = Resource(3);
    /// `namespaces`.
    pub const NAMESPACES: Resource = Resource(4);
    /// `nodes`.
    pub const NODES: Resource = Resource(5);
    /// `persistentvolumeclaims`.
    pub const PERSISTENT_VOLUME_CLAIMS: Resource = Resource(6);
    /// `persistentvolumes`.
    pub const PERSISTENT_VOLUMES: Resource = Resource(7);
    /// `pods`.
    pub const PODS: Resource = Resource(8);
    /// `replicationcontrollers`.
    pub const REPLICATION_CONTROLLERS: Resource = Resource(9);
    /// `resourcequotas`.
    pub const RESOURCE_QUOTAS: Resource = Resource(10);
    /// `secrets`.
    pub const SECRETS: Resource = Resource(11);
    /// `serviceaccounts`.
    pub const SERVICE_ACCOUNTS: Resource = Resource(12);
    /// `services`.
    pub const SERVICES: Resource = Resource(13);
    /// `controllerrevisions`.
    pub const CONTROLLER_REVISIONS: Resource = Resource(14);
    /// `daemonsets`.
    pub const DAEMON_SETS: Resource = Resource(15);
    /// `deployments`.
    pub const DEPLOYMENTS: Resource = Resource(16);
    /// `replicasets`.
    pub const REPLICA_SETS: Resource = Resource(17);
    /// `statefulsets`.
    pub const STATEFUL_SETS: Resource = Resource(18);
    /// `horizontalpodautoscalers`.
    pub const HORIZONTAL_POD_AUTOSCALERS: Resource = Resource(19);
    /// `cronjobs`.
    pub const CRON_JOBS: Resource = Resource(20);
    /// `jobs`.
    pub const JOBS: Resource = Resource(21);
    /// `ingressclasses`.
    pub const INGRESS_CLASSES: Resource = Resource(22);
    /// `ingresses`.
    pub const INGRESSES: Resource = Resource(23);
    /// `networkpolicies`.
    pub const NETWORK_POLICIES: Resource = Resource(24);
    /// `poddisruptionbudgets`.
    pub const POD_DISRUPTION_BUDGETS: Resource = Resource(25);
    /// `clusterrolebindings`.
    pub const CLUSTER_ROLE_BINDINGS: Resource = Resource(26);
    /// `clusterroles`.
    pub const CLUSTER_ROLES: Resource = Resource(27);
    /// `rolebindings`.
    pub const ROLE_BINDINGS: Resource = Resource(28);
    /// `roles`.
    pub const ROLES: Resource = Resource(29);
    /// `storageclasses`.
    pub const STORAGE_CLASSES: Resource = Resource(30);
    /// `customresourcedefinitions`.
    pub const CUSTOM_RESOURCE_DEFINITIONS: Resource = Resource(31);
    /// `priorityclasses`.
    pub const PRIORITY_CLASSES: Resource = Resource(32);
    /// `leases`.
    pub const LEASES: Resource = Resource(33);
    /// `endpointslices`.
    pub const ENDPOINT_SLICES: Resource = Resource(34);
    /// `selfsubjectaccessreviews`: a question, not an object.
    pub const SELF_SUBJECT_ACCESS_REVIEWS: Resource = Resource(35);
    /// `selfsubjectrulesreviews`: a question, not an object.
    pub const SELF_SUBJECT_RULES_REVIEWS: Resource = Resource(36);

    /// `nodes.metrics.k8s.io`: measured, not stored.
    pub const NODE_METRICS: Resource = Resource(37);
    /// `pods.metrics.k8s.io`: measured, not stored.
    pub const POD_METRICS: Resource = Resource(38);

    /// Every resource that is stored, in discovery order.
    pub fn all() -> impl Iterator<Item = Self> {
        (0..STORED).map(Self)
    }

    /// The handle of a custom resource: the parts of its definition that never change.
    #[must_use]
    pub fn custom(group: &str, plural: &str, kind: &str, namespaced: bool) -> Self {
        let wanted = (group, plural, kind, namespaced);
        let place = |names: &[&ResourceInfo]| {
            names.iter().position(|info| (info.group, info.plural, info.kind, info.namespaced) == wanted)
        };
        let handle = |at: usize| Self(CUSTOM | u16::try_from(at).unwrap_or(CUSTOM - 1));
        let known = place(&NAMES.read().unwrap_or_else(PoisonError::into_inner));
        if let Some(at) = known {
            return handle(at);
        }
        let mut names = NAMES.write().unwrap_or_else(PoisonError::into_inner);
        if let Some(at) = place(&names) {
            return handle(at);
        }
        let keep = |text: &str| -> &'static str { Box::leak(text.into()) };
        // A name is kept for good: handles to it may be anywhere, and there are few.
        names.push(Box::leak(Box::new(ResourceInfo {
            group: keep(group),
            version: "",
            kind: keep(kind),
            plural: keep(plural),
            singular: keep(&kind.to_ascii_lowercase()),
            short_names: &[],
            namespaced,
            categories: &[],
            subresources: &[],
        })));
        handle(names.len() - 1)
    }

    /// Whether a CustomResourceDefinition adds it.
    #[must_use]
    pub const fn is_custom(self) -> bool {
        self.0 >= CUSTOM
    }

    /// What discovery says about it. Of a custom resource only its name is known here: its versions and
    /// its other names are the world's.
    #[must_use]
    pub fn info(self) -> &'static ResourceInfo {
        if self.is_custom() {
            // Invariant: such a handle is made only by `custom`, which has put its name there.
            return NAMES.read().unwrap_or_else(PoisonError::into_inner)[usize::from(self.0 - CUSTOM)];
        }
        // Invariant: handles are made only from the constants above, from `all` and by `custom`.
        &TABLE[self.0 as usize]
    }

    /// The kind of its objects.
    #[must_use]
    pub fn kind(self) -> &'static str {
        self.info().kind
    }

    /// `group/version`, or `version` alone for the core group.
    #[must_use]
    pub fn api_version(self) -> String {
        let info = self.info();
        if info.group.is_empty() { info.version.to_owned() } else { format!("{}/{}", info.group, info.version) }
    }

    /// Whether this is its preferred `apiVersion`.
    #[must_use]
    pub fn is_version(self, api_version: &str) -> bool {
        let info = self.info();
        let (group, version) = api_version.rsplit_once('/').unwrap_or(("", api_version));
        group == info.group && version == info.version
    }

    /// The schema of its objects, if there is one.
    #[must_use]
    pub fn schema(self) -> Option<schema::Type> {
        static TYPES: OnceLock<Vec<Option<schema::Type>>> = OnceLock::new();
        let of = |index: usize| {
            let resource = Self(u16::try_from(index).unwrap_or_default());
            schema::root(&resource.api_version(), resource.kind())
        };
        TYPES.get_or_init(|| (0..TABLE.len()).map(of).collect()).get(usize::from(self.0)).copied().flatten()
    }

    /// `plural.group`, or `plural` alone for the core group: how messages name it.
    #[must_use]
    pub fn qualified(self) -> String {
        let info = self.info();
        if info.group.is_empty() { info.plural.to_owned() } else { format!("{}.{}", info.plural, info.group) }
    }

    /// `Deployment.apps`: the kind with its group, as Go prints it.
    // Models k8s.io/apimachinery/pkg/runtime/schema GroupKind.String
    #[must_use]
    pub fn group_kind(self) -> String {
        let info = self.info();
        if info.group.is_empty() { info.kind.to_owned() } else { format!("{}.{}", info.kind, info.group) }
    }

    /// The resource whose objects have this kind in this group (of any version).
    #[must_use]
    pub fn of_kind(group: &str, kind: &str) -> Option<Self> {
        let asked = [Self::SELF_SUBJECT_ACCESS_REVIEWS, Self::SELF_SUBJECT_RULES_REVIEWS];
        Self::all().chain(asked).find(|resource| resource.info().kind == kind && resource.info().group == group)
    }

    /// The resource whose objects say this `apiVersion` and `kind`.
    #[must_use]
    pub fn of(api_version: &str, kind: &str) -> Option<Self> {
        let (group, version) = api_version.rsplit_once('/').unwrap_or(("", api_version));
        let resource = Self::of_kind(group, kind)?;
        resource.serves(version).then_some(resource)
    }

    /// Whether this version of its group is served.
    #[must_use]
    pub fn serves(self, version: &str) -> bool {
        version == self.info().version || (self == Self::HORIZONTAL_POD_AUTOSCALERS && version == "v1")
    }

    /// The resource that a person means by `word`: plural, singular, short name or kind, with or
    /// without its group.
    #[must_use]
    pub fn named(word: &str) -> Option<Self> {
        let word = word.to_ascii_lowercase();
        let (name, group) = word.split_once('.').unwrap_or((&word, ""));
        Self::all().find(|resource| {
            let info = resource.info();
            let in_group = group.is_empty()
                || group == info.group
                || group.strip_prefix(info.version).and_then(|rest| rest.strip_prefix('.')) == Some(info.group);
            in_group
                && (info.plural == name
                    || info.singular == name
                    || info.short_names.contains(&name)
                    || info.kind.eq_ignore_ascii_case(name))
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn constants_point_at_their_rows() {
        assert_eq!(Resource::PODS.kind(), "Pod");
        assert_eq!(Resource::DEPLOYMENTS.qualified(), "deployments.apps");
        assert_eq!(Resource::CUSTOM_RESOURCE_DEFINITIONS.kind(), "CustomResourceDefinition");
        assert_eq!(Resource::LEASES.kind(), "Lease");
        assert_eq!(Resource::ENDPOINT_SLICES.kind(), "EndpointSlice");
        assert_eq!(Resource::SELF_SUBJECT_RULES_REVIEWS.kind(), "SelfSubjectRulesReview");
        assert_eq!(Resource::POD_METRICS.kind(), "PodMetrics");
        assert_eq!(Resource::all().count() + 4, TABLE.len());
    }

    #[test]
    fn people_may_call_a_resource_by_any_of_its_names() {
        for word in ["deploy", "deployment", "deployments", "Deployment", "deployments.apps", "deployment.v1.apps"] {
            assert_eq!(Resource::named(word), Some(Resource::DEPLOYMENTS), "{word}");
        }
        assert_eq!(Resource::named("boats"), None);
    }

    #[test]
    fn custom_resources_are_ordered_by_name_and_stand_last() {
        let later = Resource::custom("z.example.com", "boats", "Boat", true);
        let earlier = Resource::custom("a.example.com", "ships", "Ship", false);
        assert!(earlier < later && Resource::POD_METRICS < earlier);
        assert_eq!(Resource::custom("z.example.com", "boats", "Boat", true), later);
        assert_eq!((earlier.kind(), earlier.info().namespaced), ("Ship", false));
    }
}

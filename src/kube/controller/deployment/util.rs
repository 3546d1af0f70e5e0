//! What the deployment controller knows about ReplicaSets.
// Models pkg/controller/deployment/util/deployment_util.go

use crate::document::InOrder as _;
use crate::document::Value;
use crate::kube::api::{Object, intstr, meta};
use crate::kube::controller::history;
use crate::tree;
use std::rc::Rc;

/// The annotation that counts templates.
pub(super) const REVISION: &str = "deployment.kubernetes.io/revision";
const DESIRED: &str = "deployment.kubernetes.io/desired-replicas";
const MAXIMUM: &str = "deployment.kubernetes.io/max-replicas";
const HASH: &str = "pod-template-hash";

/// Annotations that stay with the Deployment.
const NOT_COPIED: [&str; 6] = [
    "kubectl.kubernetes.io/last-applied-configuration",
    REVISION,
    "deployment.kubernetes.io/revision-history",
    DESIRED,
    MAXIMUM,
    "deprecated.deployment.rollback.to",
];

/// The ReplicaSets of one Deployment.
pub(super) struct Sets {
    /// The one with the current template.
    pub new: Option<Value>,
    /// The others, oldest first.
    pub old: Vec<Value>,
}

impl Sets {
    // Models FindNewReplicaSet, FindOldReplicaSets
    pub fn new(deployment: &Object, mut owned: Vec<Rc<Object>>) -> Self {
        owned.order_by(|one, other| {
            let age = |set: &Object| set.str_at(&["metadata", "creationTimestamp"]).to_owned();
            age(one).cmp(&age(other)).then_with(|| meta::name(one).cmp(meta::name(other)))
        });
        let template = deployment.at(&["spec", "template"]).cloned().unwrap_or_default();
        let mut sets = Self { new: None, old: Vec::new() };
        for set in owned {
            if sets.new.is_none() && template_without_hash(&set) == template {
                sets.new = Some(set.value.clone());
            } else {
                sets.old.push(set.value.clone());
            }
        }
        sets
    }

    pub fn all(&self) -> impl Iterator<Item = &Value> {
        self.old.iter().chain(&self.new)
    }

    pub fn resize(&mut self, uid: &str, to: i64) {
        for set in self.old.iter_mut().chain(&mut self.new) {
            if meta::uid(set) == uid {
                set.set(&["spec", "replicas"], to);
            }
        }
    }

    /// The sum over all sets of a counter in their status.
    pub fn sum(&self, counter: &str) -> i64 {
        self.all().map(|set| set.int_at(&["status", counter]).unwrap_or_default()).sum()
    }

    /// The sum of the wished sizes.
    pub fn wished(&self) -> i64 {
        self.all().map(replicas).sum()
    }
}

pub(super) fn replicas(object: &Value) -> i64 {
    object.int_at(&["spec", "replicas"]).unwrap_or(1)
}

pub(super) fn available(set: &Value) -> i64 {
    set.int_at(&["status", "availableReplicas"]).unwrap_or_default()
}

pub(super) fn revision(set: &Value) -> i64 {
    meta::annotation(set, REVISION).and_then(|text| text.parse().ok()).unwrap_or_default()
}

pub(super) fn is_observed(set: &Value) -> bool {
    set.int_at(&["status", "observedGeneration"]).unwrap_or_default() >= meta::generation(set)
}

fn template_without_hash(set: &Value) -> Value {
    let mut template = set.at(&["spec", "template"]).cloned().unwrap_or_default();
    template.remove(&["metadata", "labels", HASH]);
    template
}

/// How many Pods beyond the wish a rollout may have; a percentage rounds up.
// Models MaxSurge, ResolveFenceposts
pub(super) fn max_surge(deployment: &Value) -> i64 {
    bounds(deployment).0
}

/// How many Pods below the wish a rollout may have available; a percentage rounds down.
pub(super) fn max_unavailable(deployment: &Value) -> i64 {
    bounds(deployment).1.min(replicas(deployment))
}

fn bounds(deployment: &Value) -> (i64, i64) {
    if deployment.str_at(&["spec", "strategy", "type"]) == "Recreate" || replicas(deployment) == 0 {
        return (0, 0);
    }
    let rolling = deployment.at(&["spec", "strategy", "rollingUpdate"]).unwrap_or(&Value::Null);
    let bound = |field, rounding| {
        rolling.get(field).and_then(|value| intstr::scaled(value, replicas(deployment), rounding)).unwrap_or_default()
    };
    let surge = bound("maxSurge", intstr::Rounding::Up);
    let unavailable = bound("maxUnavailable", intstr::Rounding::Down);
    // Both zero would never move: then one may be missing.
    if surge == 0 && unavailable == 0 { (0, 1) } else { (surge, unavailable) }
}

/// The name of the Deployment's template.
pub(super) fn template_hash(deployment: &Value) -> String {
    let template = deployment.at(&["spec", "template"]).unwrap_or(&Value::Null);
    history::template_hash(template, deployment.int_at(&["status", "collisionCount"]).unwrap_or_default())
}

/// The ReplicaSet for the Deployment's template.
pub(super) fn new_replica_set(deployment: &Value, hash: &str, revision: i64, size: i64) -> Value {
    let mut template = deployment.at(&["spec", "template"]).cloned().unwrap_or_default();
    template.set(&["metadata", "labels", HASH], hash);
    let mut selector = deployment.at(&["spec", "selector"]).cloned().unwrap_or_default();
    selector.set(&["matchLabels", HASH], hash);
    let labels = template.at(&["metadata", "labels"]).cloned();
    let mut set = tree!({
        "apiVersion": "apps/v1",
        "kind": "ReplicaSet",
        "metadata": {
            "name": format!("{}-{hash}", meta::name(deployment)),
            "namespace": meta::namespace(deployment),
            "labels": labels,
            "ownerReferences": [(meta::controller_ref(deployment))],
        },
        "spec": {
            "replicas": size,
            "selector": selector,
            "template": template,
        },
    });
    if let Some(seconds) = deployment.int_at(&["spec", "minReadySeconds"]) {
        set.set(&["spec", "minReadySeconds"], seconds);
    }
    annotate_new_set(&mut set, deployment, revision);
    annotate_size(&mut set, deployment);
    set
}

/// The annotations that the new ReplicaSet carries.
// Models SetNewReplicaSetAnnotations
pub(super) fn annotate_new_set(set: &mut Value, deployment: &Value, revision: i64) {
    let copied: Vec<(Rc<str>, Value)> = deployment
        .at(&["metadata", "annotations"])
        .into_iter()
        .flat_map(Value::entries)
        .filter(|(key, _)| !NOT_COPIED.contains(&&***key))
        .map(|(key, value)| (key.clone(), value.clone()))
        .collect();
    for (key, value) in copied {
        set.set(&["metadata", "annotations", &key], value);
    }
    let before = self::revision(set);
    if before < revision {
        if before > 0 {
            let history = meta::annotation(set, "deployment.kubernetes.io/revision-history").unwrap_or_default();
            let history = if history.is_empty() { before.to_string() } else { format!("{history},{before}") };
            set.set(&["metadata", "annotations", "deployment.kubernetes.io/revision-history"], history);
        }
        set.set(&["metadata", "annotations", REVISION], revision.to_string());
    }
}

/// The annotations by which a proportional scaling knows how large the Deployment was.
// Models SetReplicasAnnotations
pub(super) fn annotate_size(set: &mut Value, deployment: &Value) {
    let wanted = replicas(deployment);
    set.set(&["metadata", "annotations", DESIRED], wanted.to_string());
    set.set(&["metadata", "annotations", MAXIMUM], (wanted + max_surge(deployment)).to_string());
}

pub(super) fn desired_annotation(set: &Value) -> Option<i64> {
    meta::annotation(set, DESIRED)?.parse().ok()
}

pub(super) fn maximum_annotation(set: &Value) -> Option<i64> {
    meta::annotation(set, MAXIMUM)?.parse().ok()
}

//! The rules of what keeps Pods running: controllers of apps/v1, and the older one of v1.
// Models pkg/apis/apps/validation, pkg/apis/core/validation ValidateReplicationControllerSpec

use super::affinity::{self, label_selector};
use super::check::{At, Check, Path, blank};
use super::{goprint, pod, storage};
use crate::document::Value;
use crate::kube::api::labels::Selector;
use crate::kube::api::{Resource, intstr, names};
use crate::tree;

const MISMATCH: &str = "`selector` does not match template `labels`";

/// The rules of `spec`, on creation and on change.
pub fn spec(check: &mut Check, resource: Resource, object: &Value, is_new: bool) {
    let spec = At::of(object, "spec");
    match resource {
        Resource::REPLICATION_CONTROLLERS => replication_controller(check, &spec),
        Resource::REPLICA_SETS => replica_set(check, &spec),
        Resource::DEPLOYMENTS => deployment(check, &spec),
        Resource::STATEFUL_SETS => stateful_set(check, &spec, is_new),
        _ => daemon_set(check, &spec),
    }
}

// Models pkg/apis/apps/validation ValidateReplicaSetSpec
fn replica_set(check: &mut Check, spec: &At<'_>) {
    check.non_negatives(spec, &["replicas", "minReadySeconds"]);
    selector(check, spec, "empty selector is invalid for deployment");
    matching_template(check, spec, "ReplicaSet");
}

// Models pkg/apis/apps/validation ValidateDeploymentSpec
fn deployment(check: &mut Check, spec: &At<'_>) {
    check.non_negatives(spec, &["replicas"]);
    selector(check, spec, "empty selector is invalid for deployment");
    matching_template(check, spec, "ReplicaSet");
    deployment_strategy(check, &spec.child("strategy"));
    check.non_negatives(spec, &["minReadySeconds", "revisionHistoryLimit"]);
    let deadline = spec.child("progressDeadlineSeconds");
    if let Some(seconds) = deadline.int() {
        check.non_negative(&deadline.path, Some(seconds));
        if seconds <= spec.child("minReadySeconds").int().unwrap_or_default() {
            check.invalid(&deadline.path, seconds, "must be greater than minReadySeconds");
        }
    }
}

/// `spec.selector`: there, well formed, and not empty.
fn selector(check: &mut Check, spec: &At<'_>, empty: &str) {
    let at = spec.child("selector");
    if !at.is_set() {
        return check.required(&at.path, "");
    }
    label_selector(check, &at);
    if at.list("matchExpressions").is_empty() && at.child("matchLabels").value.is_empty() {
        check.invalid(&at.path, shown_selector(&at), empty);
    }
}

fn shown_selector(at: &At<'_>) -> String {
    if at.is_set() { goprint::json(at.value, "LabelSelector") } else { "null".to_owned() }
}

fn shown_labels(at: &At<'_>) -> String {
    if at.is_set() { goprint::plain(at.value) } else { "null".to_owned() }
}

/// The template, which the selector must select.
fn matching_template(check: &mut Check, spec: &At<'_>, kind: &str) {
    let template = spec.child("template");
    if selected(check, spec, "invalid label selector") {
        pod::template(check, &template, &[]);
        always_restarts(check, &template, kind);
    }
}

/// Whether the selector can be read; if it can, the template must have the labels it asks for.
fn selected(check: &mut Check, spec: &At<'_>, unreadable: &str) -> bool {
    let at = spec.child("selector");
    if !affinity::is_readable(&at) {
        check.invalid(&at.path, shown_selector(&at), unreadable);
        return false;
    }
    mismatch(check, &spec.child("template"), &at);
    true
}

fn mismatch(check: &mut Check, template: &At<'_>, selector: &At<'_>) {
    let labels = template.child("metadata").child("labels");
    // No selector at all selects nothing, an empty one everything.
    if !selector.is_set() || !Selector::from_label_selector(selector.value).matches(labels.value) {
        check.invalid(&labels.path, shown_labels(&labels), MISMATCH);
    }
}

fn always_restarts(check: &mut Check, template: &At<'_>, kind: &str) {
    let spec = template.child("spec");
    let policy = spec.child("restartPolicy");
    if policy.text() != "Always" {
        check.unsupported(&policy.path, policy.text(), &["Always"]);
    }
    let deadline = spec.child("activeDeadlineSeconds");
    if deadline.is_set() {
        check.forbidden(&deadline.path, format!("activeDeadlineSeconds in {kind} is not Supported"));
    }
}

// Models pkg/apis/apps/validation ValidateDeploymentStrategy
fn deployment_strategy(check: &mut Check, at: &At<'_>) {
    let rolling = at.child("rollingUpdate");
    match at.str("type") {
        "Recreate" => {
            if rolling.is_set() {
                check.forbidden(&rolling.path, "may not be specified when strategy `type` is 'Recreate'");
            }
        }
        "RollingUpdate" => {
            let (unavailable, surge) = (rolling.child("maxUnavailable"), rolling.child("maxSurge"));
            int_or_percent(check, &unavailable);
            int_or_percent(check, &surge);
            if plain_number(&unavailable) == 0 && plain_number(&surge) == 0 {
                check.invalid(&unavailable.path, unavailable.value, "may not be 0 when `maxSurge` is 0");
            }
            at_most_all(check, &unavailable);
        }
        _ => {
            let shown = goprint::json(at.value, "DeploymentStrategy");
            check.unsupported(&at.path, shown, &["Recreate", "RollingUpdate"]);
        }
    }
}

// Models pkg/apis/apps/validation ValidatePositiveIntOrPercent
pub fn int_or_percent(check: &mut Check, at: &At<'_>) {
    match at.value {
        Value::Text(text) => check.problems(&at.path, text, names::percent(text)),
        value => check.non_negative(&at.path, value.as_int()),
    }
}

/// The number, or that before the sign of a percentage.
fn plain_number(at: &At<'_>) -> i64 {
    at.int().or_else(|| intstr::percent(at.text())).unwrap_or_default()
}

// Models pkg/apis/apps/validation IsNotMoreThan100Percent
pub fn at_most_all(check: &mut Check, at: &At<'_>) {
    if intstr::percent(at.text()).is_some_and(|share| share > 100) {
        check.invalid(&at.path, at.text(), "must not be greater than 100%");
    }
}

// Models pkg/apis/apps/validation ValidateDaemonSetSpec
fn daemon_set(check: &mut Check, spec: &At<'_>) {
    let at = spec.child("selector");
    label_selector(check, &at);
    let template = spec.child("template");
    if affinity::is_readable(&at) {
        mismatch(check, &template, &at);
    }
    if at.is_set() && at.list("matchExpressions").is_empty() && at.child("matchLabels").value.is_empty() {
        check.invalid(&at.path, shown_selector(&at), "empty selector is invalid for daemonset");
    }
    pod::template(check, &template, &[]);
    always_restarts(check, &template, "DaemonSet");
    daemon_set_strategy(check, &spec.child("updateStrategy"));
    check.non_negatives(spec, &["minReadySeconds", "revisionHistoryLimit"]);
}

fn daemon_set_strategy(check: &mut Check, at: &At<'_>) {
    match at.str("type") {
        "OnDelete" => {}
        "RollingUpdate" => {
            let rolling = at.child("rollingUpdate");
            let (unavailable, surge) = (rolling.child("maxUnavailable"), rolling.child("maxSurge"));
            for one in [&unavailable, &surge] {
                int_or_percent(check, one);
            }
            for one in [&unavailable, &surge] {
                at_most_all(check, one);
            }
            match (plain_number(&unavailable) != 0, plain_number(&surge) != 0) {
                (true, true) => {
                    check.invalid(&surge.path, surge.value, "may not be set when maxUnavailable is non-zero");
                }
                (false, false) => check.required(&unavailable.path, "cannot be 0 when maxSurge is 0"),
                _ => {}
            }
        }
        _ => {
            let shown = goprint::json(at.value, "DaemonSetUpdateStrategy");
            check.unsupported(&at.path, shown, &["RollingUpdate", "OnDelete"]);
        }
    }
}

// Models pkg/apis/apps/validation ValidateStatefulSetSpec
fn stateful_set(check: &mut Check, spec: &At<'_>, is_new: bool) {
    let policy = spec.child("podManagementPolicy");
    if check.need(&policy) && !matches!(policy.text(), "OrderedReady" | "Parallel") {
        check.invalid(&policy.path, policy.text(), "must be 'OrderedReady' or 'Parallel'");
    }
    stateful_set_strategy(check, &spec.child("updateStrategy"));
    let retention = spec.child("persistentVolumeClaimRetentionPolicy");
    for field in ["whenDeleted", "whenScaled"] {
        check.one_of_if_set(&retention.child(field), &["Retain", "Delete"]);
    }
    // What cannot change later is not looked at again.
    if is_new {
        spec.each("volumeClaimTemplates").for_each(|claim| storage::claim_spec(check, &claim.child("spec")));
    }
    check.non_negatives(spec, &["replicas", "minReadySeconds"]);
    check.non_negatives(&spec.child("ordinals"), &["start"]);
    if is_new {
        check.named_if_set(&spec.child("serviceName"), names::dns1123_label);
    }
    selector(check, spec, "empty selector is invalid for statefulset");
    let template = spec.child("template");
    if selected(check, spec, "") {
        let whole = with_claims(spec);
        pod::template(check, &At { value: &whole, path: template.path.clone() }, &[]);
    }
    always_restarts(check, &template, "StatefulSet");
}

/// The template as its Pods will have it: the controller adds the claims as volumes, and names Pods.
fn with_claims(spec: &At<'_>) -> Value {
    let mut template = spec.child("template").value.clone();
    if template.get("spec").is_none() {
        return template;
    }
    for field in ["subdomain", "hostname"] {
        template.remove(&["spec", field]);
    }
    let names: Vec<&str> =
        spec.list("volumeClaimTemplates").iter().map(|claim| claim.str_at(&["metadata", "name"])).collect();
    if !names.is_empty() {
        let claimed =
            names.iter().map(|name| tree!({ "name": *name, "persistentVolumeClaim": { "claimName": *name } }));
        let own = template.items_at(&["spec", "volumes"]).iter();
        let own = own.filter(|volume| !names.contains(&volume.str_at(&["name"]))).cloned();
        let volumes = Value::list(claimed.chain(own));
        template.set(&["spec", "volumes"], volumes);
    }
    template
}

fn stateful_set_strategy(check: &mut Check, at: &At<'_>) {
    let rolling = at.child("rollingUpdate");
    match at.str("type") {
        "" => check.required(&at.path, ""),
        "OnDelete" => {
            if rolling.is_set() {
                let shown = goprint::json(rolling.value, "RollingUpdateStatefulSetStrategy");
                check.invalid(&rolling.path, shown, "only allowed for updateStrategy 'RollingUpdate'");
            }
        }
        "RollingUpdate" => {
            check.non_negatives(&rolling, &["partition"]);
            let unavailable = rolling.child("maxUnavailable");
            if unavailable.is_set() {
                int_or_percent(check, &unavailable);
                if plain_number(&unavailable) == 0 {
                    check.invalid(&unavailable.path, unavailable.value, "cannot be 0");
                }
                at_most_all(check, &unavailable);
            }
        }
        _ => {
            let shown = goprint::json(at.value, "StatefulSetUpdateStrategy");
            check.invalid(&at.path, shown, "must be 'RollingUpdate' or 'OnDelete'");
        }
    }
}

fn replication_controller(check: &mut Check, spec: &At<'_>) {
    check.non_negatives(spec, &["minReadySeconds"]);
    let selector = spec.child("selector");
    if selector.value.is_empty() {
        check.required(&selector.path, "");
    }
    check.non_negatives(spec, &["replicas"]);
    let template = spec.child("template");
    if !template.is_set() {
        return check.required(&template.path, "");
    }
    let labels = template.child("metadata").child("labels");
    if !Selector::from_map(selector.value).matches(labels.value) {
        check.invalid(&labels.path, shown_labels(&labels), MISMATCH);
    }
    pod::template(check, &template, &[]);
    always_restarts(check, &template, "ReplicationController");
}

/// What may not change after creation.
pub fn immutable(check: &mut Check, resource: Resource, new: &Value, old: &Value) {
    match resource {
        Resource::REPLICATION_CONTROLLERS => {}
        Resource::STATEFUL_SETS => stateful_set_update(check, new, old),
        _ => {
            let path = ["spec", "selector"];
            if blank(new.at(&path)) != blank(old.at(&path)) {
                let at = At::of(new, "spec").child("selector");
                check.invalid(&at.path, shown_selector(&at), "field is immutable");
            }
        }
    }
}

// Models pkg/apis/apps/validation ValidateStatefulSetUpdate
fn stateful_set_update(check: &mut Check, new: &Value, old: &Value) {
    let fixed = |object: &Value| {
        let mut spec = object.get("spec").cloned().unwrap_or_else(Value::map);
        for field in [
            "replicas",
            "template",
            "updateStrategy",
            "minReadySeconds",
            "ordinals",
            "revisionHistoryLimit",
            "persistentVolumeClaimRetentionPolicy",
        ] {
            spec.remove(&[field]);
        }
        spec
    };
    if fixed(new) != fixed(old) {
        check.forbidden(&Path::of("spec"), "updates to statefulset spec for fields other than 'replicas', 'ordinals', 'template', 'updateStrategy', 'revisionHistoryLimit', 'persistentVolumeClaimRetentionPolicy' and 'minReadySeconds' are forbidden");
    }
}

/// The counters of a status.
pub fn status(check: &mut Check, resource: Resource, object: &Value) {
    let at = At::of(object, "status");
    let (counters, limited): (&[&str], &[&str]) = match resource {
        Resource::REPLICA_SETS | Resource::REPLICATION_CONTROLLERS => (
            &["replicas", "fullyLabeledReplicas", "readyReplicas", "availableReplicas", "observedGeneration"],
            &["fullyLabeledReplicas", "readyReplicas", "availableReplicas"],
        ),
        Resource::DEPLOYMENTS => (
            &[
                "observedGeneration",
                "replicas",
                "updatedReplicas",
                "readyReplicas",
                "availableReplicas",
                "unavailableReplicas",
            ],
            &["updatedReplicas", "readyReplicas", "availableReplicas"],
        ),
        _ => return,
    };
    check.non_negatives(&at, counters);
    let count = |field: &str| at.child(field).int().unwrap_or_default();
    for field in limited {
        if count(field) > count("replicas") {
            check.invalid(&at.path.child(field), count(field), "cannot be greater than status.replicas");
        }
    }
    if count("availableReplicas") > count("readyReplicas") {
        let detail = "cannot be greater than readyReplicas";
        check.invalid(&at.path.child("availableReplicas"), count("availableReplicas"), detail);
    }
}

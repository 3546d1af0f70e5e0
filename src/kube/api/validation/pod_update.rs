//! What may change in a Pod that exists: very little.
// Models pkg/apis/core/validation ValidatePodUpdate

use super::check::{At, Check, Path};
use super::{affinity, goprint, pod};
use crate::document::Value;
use crate::kube::api::names;

const UPDATABLE: &str = "pod updates may not change fields other than `spec.containers[*].image`,`spec.initContainers[*].image`,`spec.activeDeadlineSeconds`,`spec.tolerations` (only additions to existing tolerations),`spec.terminationGracePeriodSeconds` (allow it to be set to 1 if it was previously negative)";

/// A change of the Pod itself, its metadata apart.
pub fn update(check: &mut Check, new: &Value, old: &Value) {
    pod::metadata_and_spec(check, new);
    let (now, was) = (At::of(new, "spec"), At::of(old, "spec"));
    for list in ["containers", "initContainers"] {
        if now.list(list).len() != was.list(list).len() {
            return check.forbidden(&now.path.child(list), "pod updates may not add or remove containers");
        }
        for one in now.each(list) {
            check.need(&one.child("image"));
            pod::untrimmed_image(check, &one);
        }
    }
    if !deadline(check, &now, &was) {
        return;
    }
    tolerations(check, &now, &was);
    let gates = was.list("schedulingGates");
    for gate in now.each("schedulingGates") {
        if !gates.iter().any(|old| old.str_at(&["name"]) == gate.str("name")) {
            let detail = format!("only deletion is allowed, but found new scheduling gate '{}'", gate.str("name"));
            check.forbidden(&gate.path.child("name"), detail);
        }
    }
    if now.value == was.value {
        return;
    }
    let (selector, before) = (now.child("nodeSelector"), was.child("nodeSelector"));
    if !gates.is_empty() && before.value.entries().any(|(key, value)| selector.value.get(key) != Some(value)) {
        let detail = "only additions to spec.nodeSelector are allowed (no mutations or deletions)";
        check.invalid(&selector.path, selector.value, detail);
    }
    let munged = munged(now.value, was.value, !gates.is_empty());
    if &munged != was.value {
        let diff = goprint::diff(was.value, &munged, "PodSpec");
        check.forbidden(&now.path, format!("{UPDATABLE}\n{diff}"));
    }
}

/// Containers that are added to look at the others: none of them ever changes or goes.
// Models pkg/apis/core/validation ValidatePodEphemeralContainersUpdate
pub fn ephemeral(check: &mut Check, new: &Value, old: &Value) {
    pod::metadata_and_spec(check, new);
    let (now, was) = (At::of(new, "spec"), At::of(old, "spec"));
    let path = now.path.child("ephemeralContainers");
    for before in was.list("ephemeralContainers") {
        let name = before.str_at(&["name"]);
        match now.list("ephemeralContainers").iter().find(|one| one.str_at(&["name"]) == name) {
            None => check.forbidden(&path, format!("existing ephemeral containers \"{name}\" may not be removed\n")),
            Some(one) if one != before => {
                check.forbidden(&path, format!("existing ephemeral containers \"{name}\" may not be changed\n"));
            }
            Some(_) => {}
        }
    }
}

/// Whether the rest is worth looking at.
fn deadline(check: &mut Check, now: &At<'_>, was: &At<'_>) -> bool {
    let at = now.child("activeDeadlineSeconds");
    let before = was.child("activeDeadlineSeconds").int();
    match (at.int(), before) {
        (Some(seconds), _) if !(0..=i64::from(i32::MAX)).contains(&seconds) => {
            check.number(&at, seconds, names::in_range(seconds, 0, i64::from(i32::MAX)));
            return false;
        }
        (Some(seconds), Some(before)) if before < seconds => {
            check.invalid(&at.path, seconds, "must be less than or equal to previous value");
            return false;
        }
        (None, Some(_)) => {
            check.invalid(&at.path, &Value::Null, "must not update from a positive integer to nil value");
        }
        _ => {}
    }
    true
}

fn tolerations(check: &mut Check, now: &At<'_>, was: &At<'_>) {
    let at = now.child("tolerations");
    let bare = |one: &Value| {
        let mut bare = one.clone();
        bare.remove(&["tolerationSeconds"]);
        bare
    };
    let kept = |old: &Value| at.value.items().iter().any(|new| bare(new) == bare(old));
    if !was.list("tolerations").iter().all(kept) {
        let detail = "existing toleration can not be modified except its tolerationSeconds";
        return check.forbidden(&at.path, detail);
    }
    affinity::tolerations(check, &at);
}

/// The new spec with everything that may change set back to what it was.
fn munged(new: &Value, old: &Value, gated: bool) -> Value {
    let mut spec = new.clone();
    for list in ["containers", "initContainers"] {
        if spec.get(list).is_none() {
            continue;
        }
        let images: Vec<Value> = old.items_at(&[list]).iter().map(|one| one.get("image").into()).collect();
        for (one, image) in spec.at_mut(&[list]).items_mut().iter_mut().zip(images) {
            one.set(&["image"], image);
        }
    }
    let negative = old.int_at(&["terminationGracePeriodSeconds"]).is_some_and(|seconds| seconds < 0);
    let mut free = vec!["activeDeadlineSeconds", "schedulingGates", "tolerations"];
    if negative && new.int_at(&["terminationGracePeriodSeconds"]) == Some(1) {
        free.push("terminationGracePeriodSeconds");
    }
    if gated {
        // Where a gated Pod may run can still be narrowed.
        free.extend(["nodeSelector", "affinity"]);
    }
    for field in free {
        spec.remove(&[field]);
        if let Some(value) = old.get(field) {
            spec.set(&[field], value);
        }
    }
    spec
}

/// A change of the Pod's status.
// Models pkg/apis/core/validation ValidatePodStatusUpdate
pub fn status(check: &mut Check, new: &Value, old: &Value) {
    let status = Path::of("status");
    let class = ["status", "qosClass"];
    if old.at(&class).is_some() {
        check.immutable(&status.child("qosClass"), new.at(&class), old.at(&class));
    }
    let policy = old.str_at(&["spec", "restartPolicy"]);
    if policy == "Always" {
        return;
    }
    for list in ["containerStatuses", "initContainerStatuses"] {
        for (index, was) in old.items_at(&["status", list]).iter().enumerate() {
            let ended = ["state", "terminated"];
            let restarts = policy == "OnFailure" && was.int_at(&["state", "terminated", "exitCode"]) != Some(0);
            if was.at(&ended).is_none() || restarts || sidecar(old, was.str_at(&["name"])) {
                continue;
            }
            let now = new.items_at(&["status", list]).iter().find(|now| now.get("name") == was.get("name"));
            if now.is_some_and(|now| now.at(&ended).is_none()) {
                let path = status.child(list).index(index).child("state");
                check.forbidden(&path, "may not be transitioned to non-terminated state");
            }
        }
    }
}

fn sidecar(pod: &Value, name: &str) -> bool {
    pod.items_at(&["spec", "initContainers"])
        .iter()
        .any(|one| one.str_at(&["name"]) == name && one.str_at(&["restartPolicy"]) == "Always")
}

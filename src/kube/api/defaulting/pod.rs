//! Defaults of Pods and of the templates that other kinds hold.

use super::rules::{self, apply, apply_line, each};
use crate::document::{Map, Value};
use crate::kube::api::pod_resources;

/// A Pod.
// Models pkg/apis/core/v1 SetDefaults_Pod
pub fn pod(object: &mut Value) {
    let spec = object.at_mut(&["spec"]);
    pod_spec(spec);
    for list in ["containers", "initContainers"] {
        each(spec, list, requests_from_limits);
    }
    whole_pod(spec);
    apply(spec, "enableServiceLinks = true");
}

/// What the Pod as a whole asks for, where it says what it may use at most: as much as its
/// containers ask for together, otherwise the limit. Huge pages cannot be promised twice, so what
/// its containers may use of them becomes the limit.
// Models pkg/apis/core/v1 defaultHugePagePodLimits, defaultPodRequests
fn whole_pod(spec: &mut Value) {
    let limits = ["resources", "limits"];
    if spec.at(&limits).is_none_or(|limits| limits.entries().next().is_none()) {
        return;
    }
    let mut containers = spec.clone();
    for whole in ["resources", "overhead"] {
        containers.remove(&[whole]);
    }
    let amounts = [("limits", "hugepages-"), ("requests", "cpu"), ("requests", "memory")];
    for (kind, prefix) in amounts {
        for (name, amount) in pod_resources::of_pod(&containers, kind) {
            if name.starts_with(prefix) && spec.at(&["resources", kind, &name]).is_none() {
                spec.set(&["resources", kind, &name], amount.to_string());
            }
        }
    }
    requests_from_limits(spec);
}

/// A `PodTemplateSpec`.
pub fn template(template: &mut Value) {
    apply(template, "metadata = {}");
    pod_spec(template.at_mut(&["spec"]));
}

/// Who asks for no amount asks for the limit.
fn requests_from_limits(holder: &mut Value) {
    let limits: Map = holder.at(&["resources", "limits"]).and_then(Value::as_map).cloned().unwrap_or_default();
    for (name, amount) in limits {
        if holder.at(&["resources", "requests", &name]).is_none() {
            holder.set(&["resources", "requests", &name], amount);
        }
    }
}

fn pod_spec(spec: &mut Value) {
    // Models pkg/apis/core/v1 Convert_v1_PodSpec_To_core_PodSpec: one name is the alias of the other
    let account = [&["serviceAccountName"], &["serviceAccount"]].map(|path| spec.str_at(path).to_owned());
    if let Some(name) = account.into_iter().find(|name| !name.is_empty()) {
        for alias in ["serviceAccountName", "serviceAccount"] {
            if spec.str_at(&[alias]) != name {
                spec.set(&[alias], &name);
            }
        }
    }
    apply(spec, rules::POD_SPEC);
    each(spec, "volumes", volume);
    let host_network = spec.is_true_at(&["hostNetwork"]);
    for list in ["containers", "initContainers", "ephemeralContainers"] {
        each(spec, list, |one| {
            container(one);
            // Models pkg/apis/core/v1 defaultHostNetworkPorts
            if host_network && list != "ephemeralContainers" {
                each(one, "ports", |port| {
                    let number = port.int_at(&["containerPort"]).unwrap_or_default();
                    apply_line(port, &format!("hostPort := {number}"));
                });
            }
        });
    }
}

fn volume(volume: &mut Value) {
    if let Value::Null = volume {
        *volume = Value::map();
    }
    let nothing = volume.entries().all(|(key, source)| &**key == "name" || source.is_null());
    if nothing {
        volume.set(&["emptyDir"], Value::map());
    }
    if volume.get("image").is_some() {
        let policy = pull_policy(volume.str_at(&["image", "reference"]));
        apply_line(volume, &format!("image.pullPolicy := {policy}"));
    }
}

fn container(container: &mut Value) {
    if container.str_at(&["imagePullPolicy"]).is_empty() {
        let policy = pull_policy(container.str_at(&["image"]));
        apply_line(container, &format!("imagePullPolicy := {policy}"));
    }
    apply(container, rules::CONTAINER);
    for probe in ["livenessProbe", "readinessProbe", "startupProbe"] {
        if container.get(probe).is_some() {
            apply(container.at_mut(&[probe]), rules::PROBE);
        }
    }
}

/// `Always` for what may change under its name, that is `latest` and no tag at all.
// Models pkg/util/parsers ParseImageName as SetDefaults_Container uses it
fn pull_policy(image: &str) -> &'static str {
    let (path, digest) = match image.split_once('@') {
        Some((path, _)) => (path, true),
        None => (image, false),
    };
    let name = path.rsplit('/').next().unwrap_or_default();
    let moving = match name.split_once(':') {
        Some((_, tag)) => tag == "latest",
        // A name that cannot be one is refused later; until then upstream takes it as fixed.
        None => !digest && !name.is_empty() && !path.bytes().any(|byte| byte.is_ascii_uppercase() || byte == b' '),
    };
    if moving { "Always" } else { "IfNotPresent" }
}

//! What is allowed in a Pod or a template of Pods, but worth a `Warning:`.
// Models pkg/api/pod/warnings.go

use super::check::{At, Path};
use super::warnings::{claim, fractional};

/// A Pod, or a template: what has `metadata` and `spec`.
// Models warningsForPodSpecAndMeta
pub fn of(template: &At<'_>, found: &mut Vec<String>) {
    let spec = template.child("spec");
    places(&spec, found);
    let annotations = template.child("metadata").child("annotations");
    for (key, text) in ANNOTATIONS {
        if annotations.value.get(key).is_some() {
            found.push(format!("{}: {text}", annotations.path.key(key)));
        }
    }
    for volume in spec.each("volumes") {
        for (field, shown, text) in VOLUMES {
            if volume.child(field).is_set() {
                found.push(format!("{}: {text}", volume.path.child(shown)));
            }
        }
        claim(&volume.child("ephemeral").child("volumeClaimTemplate").child("spec"), found);
    }
    repeated(&spec, "hostAliases", "ip", found);
    repeated(&spec, "imagePullSecrets", "name", found);
    for secret in spec.each("imagePullSecrets").filter(|secret| secret.str("name").is_empty()) {
        found.push(format!("{}: invalid empty name \"\"", secret.path.child("name")));
    }
    bytes(&spec.child("overhead"), found);
    let containers = ["initContainers", "containers", "ephemeralContainers"];
    for container in containers.iter().flat_map(|list| spec.each(list)) {
        for list in ["limits", "requests"] {
            bytes(&container.child("resources").child(list), found);
        }
        hidden_variables(&container, found);
    }
    let mut ports = Vec::new();
    for port in containers.iter().flat_map(|list| spec.each(list)).flat_map(|container| container.each("ports")) {
        container_port(port, &mut ports, found);
    }
    let grace = spec.child("terminationGracePeriodSeconds");
    if grace.int().is_some_and(|seconds| seconds < 0) {
        found.push(format!("{}: must be >= 0; negative values are invalid and will be treated as 1", grace.path));
    }
    affinity_terms(&spec.child("affinity"), found);
}

const ANNOTATIONS: [(&str, &str); 3] = [
    (
        "scheduler.alpha.kubernetes.io/critical-pod",
        "non-functional in v1.16+; use the \"priorityClassName\" field instead",
    ),
    ("security.alpha.kubernetes.io/sysctls", "non-functional in v1.11+; use the \"sysctls\" field instead"),
    ("security.alpha.kubernetes.io/unsafe-sysctls", "non-functional in v1.11+; use the \"sysctls\" field instead"),
];

/// Kinds of volumes that are going or gone: field, the name upstream prints, what it says.
const VOLUMES: [(&str, &str, &str); 9] = [
    ("photonPersistentDisk", "photonPersistentDisk", "deprecated in v1.11, non-functional in v1.16+"),
    ("gitRepo", "gitRepo", "deprecated in v1.11, and disabled by default in v1.33+"),
    ("scaleIO", "scaleIO", "deprecated in v1.16, non-functional in v1.22+"),
    ("flocker", "flocker", "deprecated in v1.22, non-functional in v1.25+"),
    ("storageos", "storageOS", "deprecated in v1.22, non-functional in v1.25+"),
    ("quobyte", "quobyte", "deprecated in v1.22, non-functional in v1.25+"),
    ("glusterfs", "glusterfs", "deprecated in v1.25, non-functional in v1.26+"),
    ("cephfs", "cephfs", "deprecated in v1.28, non-functional in v1.31+"),
    ("rbd", "rbd", "deprecated in v1.28, non-functional in v1.31+"),
];

/// Labels of nodes that have been renamed.
// Models pkg/api/node GetNodeLabelDeprecatedMessage
fn renamed(label: &str) -> Option<&'static str> {
    Some(match label {
        "beta.kubernetes.io/arch" => "deprecated since v1.14; use \"kubernetes.io/arch\" instead",
        "beta.kubernetes.io/os" => "deprecated since v1.14; use \"kubernetes.io/os\" instead",
        "failure-domain.beta.kubernetes.io/region" => {
            "deprecated since v1.17; use \"topology.kubernetes.io/region\" instead"
        }
        "failure-domain.beta.kubernetes.io/zone" => {
            "deprecated since v1.17; use \"topology.kubernetes.io/zone\" instead"
        }
        "beta.kubernetes.io/instance-type" => {
            "deprecated since v1.17; use \"node.kubernetes.io/instance-type\" instead"
        }
        _ => return None,
    })
}

/// Where the Pod wants to run.
fn places(spec: &At<'_>, found: &mut Vec<String>) {
    for (label, at) in spec.entries("nodeSelector") {
        if let Some(text) = renamed(label) {
            found.push(format!("{}: {text}", at.path));
        }
    }
    let node = spec.child("affinity").child("nodeAffinity");
    let required = node.child("requiredDuringSchedulingIgnoredDuringExecution").each("nodeSelectorTerms");
    let preferred = node.each("preferredDuringSchedulingIgnoredDuringExecution");
    let terms = required.chain(preferred.map(|term| term.child("preference")));
    for key in terms.flat_map(|term| term.each("matchExpressions")).map(|one| one.child("key")) {
        if let Some(text) = renamed(key.text()) {
            found.push(format!("{}: {} is {text}", key.path, key.text()));
        }
    }
    for one in spec.each("topologySpreadConstraints") {
        let key = one.child("topologyKey");
        if let Some(text) = renamed(key.text()) {
            found.push(format!("{}: {} is {text}", key.path, key.text()));
        }
        selects_nothing(&one, found);
    }
}

fn selects_nothing(holder: &At<'_>, found: &mut Vec<String>) {
    let selector = holder.child("labelSelector");
    if !selector.is_set() {
        found.push(format!("{}: a null labelSelector results in matching no pod", selector.path));
    }
}

fn affinity_terms(affinity: &At<'_>, found: &mut Vec<String>) {
    for kind in ["podAffinity", "podAntiAffinity"] {
        let terms = affinity.child(kind);
        for term in terms.each("requiredDuringSchedulingIgnoredDuringExecution") {
            selects_nothing(&term, found);
        }
        for term in terms.each("preferredDuringSchedulingIgnoredDuringExecution") {
            selects_nothing(&term.child("podAffinityTerm"), found);
        }
    }
}

/// Items of a list that say the same as one before.
fn repeated(spec: &At<'_>, list: &str, field: &str, found: &mut Vec<String>) {
    let mut seen: Vec<&str> = Vec::new();
    for one in spec.each(list).map(|item| item.child(field)) {
        if seen.contains(&one.text()) {
            found.push(format!("{}: duplicate {field} \"{}\"", one.path, one.text()));
        } else {
            seen.push(one.text());
        }
    }
}

fn bytes(amounts: &At<'_>, found: &mut Vec<String>) {
    for name in ["memory", "ephemeral-storage"] {
        if let Some(value) = amounts.value.get(name) {
            fractional(&At { value, path: amounts.path.key(name) }, found);
        }
    }
}

/// Variables of a name that was there before, unless they build on it.
fn hidden_variables(container: &At<'_>, found: &mut Vec<String>) {
    let mut seen: Vec<&str> = Vec::new();
    for var in container.each("env") {
        let (name, value) = (var.str("name"), var.str("value"));
        if !seen.contains(&name) {
            seen.push(name);
            continue;
        }
        let reference = format!("$({name})");
        if var.child("valueFrom").is_set() || value == reference || !value.contains(&reference) {
            let path = &var.path;
            found.push(format!(
                "{path}: hides previous definition of \"{name}\", which may be dropped when using apply"
            ));
        }
    }
}

struct Port<'a> {
    key: (i64, &'a str),
    host: i64,
    ip: &'a str,
    path: Path,
}

fn container_port<'a>(at: At<'a>, seen: &mut Vec<Port<'a>>, found: &mut Vec<String>) {
    let number = |field: &str| at.child(field).int().unwrap_or_default();
    let port = Port {
        key: (number("containerPort"), at.str("protocol")),
        host: number("hostPort"),
        ip: at.str("hostIP"),
        path: at.path.clone(),
    };
    if !port.ip.is_empty() && port.host == 0 {
        found.push(format!(
            "{}: hostIP set without hostPort: {{Name:{} HostPort:0 ContainerPort:{} Protocol:{} HostIP:{}}}",
            port.path,
            at.str("name"),
            port.key.0,
            port.key.1,
            port.ip
        ));
    }
    for other in seen.iter().filter(|other| other.key == port.key) {
        let told = if port.ip == other.ip && port.host == other.host {
            "duplicate"
        } else if port.host == 0 || other.host == 0 {
            "overlapping"
        } else if port.host == other.host && port.ip.is_empty() != other.ip.is_empty() {
            "dangerously ambiguous"
        } else {
            continue;
        };
        found.push(format!("{}: {told} port definition with {}", port.path, other.path));
    }
    seen.push(port);
}

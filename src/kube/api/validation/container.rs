//! The rules of containers: regular, init and ephemeral ones.
// Models pkg/apis/core/validation validateContainers, validateContainerCommon

use super::check::{At, Check, Path};
use super::pod::{Pod, untrimmed_image};
use super::{probe, resources, security, volume};
use crate::kube::api::Quantity;
use crate::kube::api::names;

/// Protocols, as upstream sorts them.
pub const PROTOCOLS: [&str; 3] = ["SCTP", "TCP", "UDP"];

/// Every container of a Pod.
pub fn containers(check: &mut Check, pod: &Pod<'_>) {
    let spec = &pod.spec;
    let mut names: Vec<&str> = Vec::new();
    regular(check, pod, &mut names);
    for one in spec.each("initContainers") {
        init(check, pod, &one, &mut names);
    }
    let others = names.clone();
    for one in spec.each("ephemeralContainers") {
        ephemeral(check, pod, &one, &mut names, &others);
    }
}

fn regular<'a>(check: &mut Check, pod: &Pod<'a>, names: &mut Vec<&'a str>) {
    let list = pod.spec.child("containers");
    if list.value.items().is_empty() {
        return check.required(&list.path, "");
    }
    for one in list.clone().items() {
        common(check, pod, &one);
        let name = one.child("name");
        if names.contains(&name.text()) {
            check.duplicate(&name.path, name.text());
        } else {
            names.push(name.text());
        }
        probe::lifecycle_and_probes(check, &one, pod.grace());
        if one.child("restartPolicy").is_set() && one.child("restartPolicyRules").value.items().is_empty() {
            container_restart_policy(check, &one);
        }
    }
    host_ports(check, list.items(), &mut Vec::new());
}

// Models pkg/apis/core/validation validateContainerRestartPolicy (ContainerRestartRules)
fn container_restart_policy(check: &mut Check, container: &At<'_>) {
    check.one_of_if_set(&container.child("restartPolicy"), &["Always", "OnFailure", "Never"]);
}

fn init<'a>(check: &mut Check, pod: &Pod<'a>, one: &At<'a>, names: &mut Vec<&'a str>) {
    common(check, pod, one);
    let sidecar = one.str("restartPolicy") == "Always";
    container_restart_policy(check, one);
    let name = one.child("name");
    if names.contains(&name.text()) {
        check.duplicate(&name.path, name.text());
    } else if !name.text().is_empty() {
        names.push(name.text());
    }
    host_ports(check, std::iter::once(one.clone()), &mut Vec::new());
    if sidecar {
        return probe::lifecycle_and_probes(check, one, pod.grace());
    }
    for field in ["lifecycle", "livenessProbe", "readinessProbe", "startupProbe"] {
        let field = one.child(field);
        if field.is_set() {
            check.forbidden(&field.path, "may not be set for init containers without restartPolicy=Always");
        }
    }
}

fn ephemeral<'a>(check: &mut Check, pod: &Pod<'a>, one: &At<'a>, names: &mut Vec<&'a str>, others: &[&str]) {
    common(check, pod, one);
    untrimmed_image(check, one);
    let name = one.child("name");
    if names.contains(&name.text()) {
        check.duplicate(&name.path, name.text());
    } else {
        names.push(name.text());
    }
    let target = one.child("targetContainerName");
    if !target.text().is_empty() && !others.contains(&target.text()) {
        check.not_found(&target.path, target.text());
    }
    for field in ["ports", "resources", "livenessProbe", "readinessProbe", "startupProbe", "lifecycle"] {
        let field = one.child(field);
        if !field.value.is_empty() {
            check.forbidden(&field.path, "cannot be set for an Ephemeral Container");
        }
    }
}

// Models pkg/apis/core/validation validateContainerCommon
fn common(check: &mut Check, pod: &Pod<'_>, one: &At<'_>) {
    check.need_name(&one.child("name"), names::dns1123_label);
    check.need(&one.child("image"));
    let policies = ["File", "FallbackToLogsOnError"];
    check.one_of(&one.path.child("terminationMessagePolicy"), one.str("terminationMessagePolicy"), &policies);
    ports(check, one);
    env(check, one);
    env_from(check, one);
    volume::mounts(check, pod, one);
    volume::devices(check, pod, one);
    let policies = ["Always", "IfNotPresent", "Never"];
    check.one_of(&one.path.child("imagePullPolicy"), one.str("imagePullPolicy"), &policies);
    resources::requirements(check, pod, &one.child("resources"), resources::container_name);
    resize_policy(check, pod, &one.child("resizePolicy"));
    let host_users = pod.spec.child("hostUsers").value.as_bool().unwrap_or(true);
    security::container(check, &one.child("securityContext"), host_users);
}

// Models pkg/apis/core/validation validateContainerPorts
fn ports(check: &mut Check, one: &At<'_>) {
    let mut seen: Vec<&str> = Vec::new();
    for port in one.each("ports") {
        let name = port.child("name");
        if !name.text().is_empty() {
            let problems = names::port_name(name.text());
            if !problems.is_empty() {
                check.problems(&name.path, name.text(), problems);
            } else if seen.contains(&name.text()) {
                check.duplicate(&name.path, name.text());
            } else {
                seen.push(name.text());
            }
        }
        let number = port.child("containerPort");
        match number.int().unwrap_or_default() {
            0 => check.required(&number.path, ""),
            value => check.number(&number, value, names::port_number(value)),
        }
        let host = port.child("hostPort");
        if let Some(value) = host.int().filter(|value| *value != 0) {
            check.number(&host, value, names::port_number(value));
        }
        check.one_of(&port.path.child("protocol"), port.str("protocol"), &PROTOCOLS);
    }
}

// Models pkg/apis/core/validation AccumulateUniqueHostPorts
fn host_ports<'a>(check: &mut Check, containers: impl Iterator<Item = At<'a>>, seen: &mut Vec<String>) {
    for port in containers.flat_map(|one| one.each("ports")) {
        let number = port.child("hostPort").int().unwrap_or_default();
        if number == 0 {
            continue;
        }
        let text = format!("{}/{}/{number}", port.str("protocol"), port.str("hostIP"));
        if seen.contains(&text) {
            check.duplicate(&port.path.child("hostPort"), text.as_str());
        } else {
            seen.push(text);
        }
    }
}

// Models pkg/apis/core/validation ValidateEnv
fn env(check: &mut Check, one: &At<'_>) {
    for var in one.each("env") {
        check.need_name(&var.child("name"), names::env_var_name);
        let from = var.child("valueFrom");
        if from.is_set() {
            value_from(check, &from, var.str("value"));
        }
    }
}

const FIELD_PATHS: [&str; 9] = [
    "metadata.name",
    "metadata.namespace",
    "metadata.uid",
    "spec.nodeName",
    "spec.serviceAccountName",
    "status.hostIP",
    "status.hostIPs",
    "status.podIP",
    "status.podIPs",
];

// Models pkg/apis/core/validation validateEnvVarValueFrom
fn value_from(check: &mut Check, from: &At<'_>, value: &str) {
    let mut sources = 0;
    for source in ["fieldRef", "resourceFieldRef", "configMapKeyRef", "secretKeyRef", "fileKeyRef"] {
        let at = from.child(source);
        if !at.is_set() {
            continue;
        }
        sources += 1;
        match source {
            "fieldRef" => field_ref(check, &at, &FIELD_PATHS),
            "resourceFieldRef" => resource_field_ref(check, &at, false),
            "fileKeyRef" => ["volumeName", "path", "key"].iter().for_each(|field| {
                check.need(&at.child(field));
            }),
            _ => {
                check.named(&at.child("name"), names::dns1123_subdomain);
                check.need_name(&at.child("key"), names::config_map_key);
            }
        }
    }
    if sources == 0 {
        let detail =
            "must specify one of: `fieldRef`, `resourceFieldRef`, `configMapKeyRef`, `secretKeyRef` or `fileKeyRef`";
        check.invalid(&from.path, "", detail);
    } else if !value.is_empty() {
        check.invalid(&from.path, "", "may not be specified when `value` is not empty");
    } else if sources > 1 {
        check.invalid(&from.path, "", "may not have more than one field specified at a time");
    }
}

// Models pkg/apis/core/validation validateObjectFieldSelector
pub fn field_ref(check: &mut Check, at: &At<'_>, paths: &[&str]) {
    let path = at.child("fieldPath");
    if !check.need(&path) {
        return;
    }
    let text = path.text();
    if let Some((base, key)) = text.strip_suffix(']').and_then(|text| text.split_once("['")) {
        let key = key.strip_suffix('\'').unwrap_or(key);
        match base {
            "metadata.annotations" => check.problems(&at.path, key, names::qualified_name(&key.to_lowercase())),
            "metadata.labels" => check.problems(&at.path, key, names::qualified_name(key)),
            _ => {
                let detail = format!("error converting fieldPath: field label does not support subscript: {text}");
                check.invalid(&path.path, text, detail);
            }
        }
        return;
    }
    let known = paths.contains(&text) || matches!(text, "metadata.annotations" | "metadata.labels");
    let convertible = known
        || FIELD_PATHS.contains(&text)
        || text == "spec.restartPolicy"
        || text == "spec.schedulerName"
        || text == "status.phase";
    if !convertible {
        let detail = format!("error converting fieldPath: field label not supported: {text}");
        check.invalid(&path.path, text, detail);
    } else if !paths.contains(&text) {
        check.unsupported(&path.path, text, paths);
    }
}

const RESOURCE_FIELDS: [&str; 6] = [
    "limits.cpu",
    "limits.ephemeral-storage",
    "limits.memory",
    "requests.cpu",
    "requests.ephemeral-storage",
    "requests.memory",
];

// Models pkg/apis/core/validation validateContainerResourceFieldSelector
pub fn resource_field_ref(check: &mut Check, at: &At<'_>, in_volume: bool) {
    let resource = at.child("resource");
    let name = resource.text();
    if in_volume && at.str("containerName").is_empty() {
        check.required(&at.path.child("containerName"), "");
    } else if name.is_empty() {
        check.required(&resource.path, "");
    } else if !RESOURCE_FIELDS.contains(&name)
        && !name.starts_with("limits.hugepages-")
        && !name.starts_with("requests.hugepages-")
    {
        check.unsupported(&resource.path, name, &RESOURCE_FIELDS);
    }
    divisor(check, at, name);
}

fn divisor(check: &mut Check, at: &At<'_>, resource: &str) {
    let divisor = Quantity::of(at.child("divisor").value);
    if divisor.is_zero() {
        return;
    }
    let kind = resource.split_once('.').map_or("", |(_, kind)| kind);
    let (fits, noun) = match kind {
        "cpu" => (matches!(&*divisor.to_string(), "1m" | "1"), "cpu"),
        "memory" => (round_divisor(&divisor), "memory"),
        "ephemeral-storage" => (round_divisor(&divisor), "local ephemeral storage"),
        _ if kind.starts_with("hugepages-") => (round_divisor(&divisor), "hugepages"),
        _ => return,
    };
    let values = if noun == "cpu" { "1m and 1" } else { "1, 1k, 1M, 1G, 1T, 1P, 1E, 1Ki, 1Mi, 1Gi, 1Ti, 1Pi, 1Ei" };
    if !fits {
        let detail = format!("only divisor's values {values} are supported with the {noun} resource");
        check.invalid(&at.path.child("divisor"), resource, detail);
    }
}

fn round_divisor(divisor: &Quantity) -> bool {
    let text = divisor.to_string();
    text.strip_prefix('1')
        .is_some_and(|rest| rest.is_empty() || "k M G T P E Ki Mi Gi Ti Pi Ei".split(' ').any(|unit| unit == rest))
}

// Models pkg/apis/core/validation ValidateEnvFrom
fn env_from(check: &mut Check, one: &At<'_>) {
    let list: Path = one.path.child("envFrom");
    for source in one.each("envFrom") {
        check.named_if_set(&source.child("prefix"), names::env_var_name);
        let mut sources = 0;
        for field in ["configMapRef", "secretRef"] {
            let reference = source.child(field);
            if reference.is_set() {
                sources += 1;
                check.need_name(&reference.child("name"), names::dns1123_subdomain);
            }
        }
        if sources == 0 {
            check.invalid(&list, "", "must specify one of: `configMapRef` or `secretRef`");
        } else if sources > 1 {
            check.invalid(&list, "", "may not have more than one field specified at a time");
        }
    }
}

// Models pkg/apis/core/validation validateResizePolicy
fn resize_policy(check: &mut Check, pod: &Pod<'_>, at: &At<'_>) {
    let mut seen: Vec<&str> = Vec::new();
    for policy in at.clone().items() {
        let resource = policy.str("resourceName");
        if seen.contains(&resource) {
            check.duplicate(&policy.path, resource);
        }
        seen.push(resource);
        check.one_of(&at.path, resource, &["cpu", "memory"]);
        let restart = policy.str("restartPolicy");
        check.one_of(&at.path, restart, &["NotRequired", "RestartContainer"]);
        if pod.spec.str("restartPolicy") == "Never" && restart != "NotRequired" {
            check.invalid(&at.path, restart, "must be 'NotRequired' when `restartPolicy` is 'Never'");
        }
    }
}

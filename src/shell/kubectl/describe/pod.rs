//! Pods, and the templates of Pods.
// Models k8s.io/kubectl/pkg/describe/describe.go describePod and DescribePodTemplate

use crate::document::InOrder as _;
use crate::document::Value;
use crate::world::SimTime;
use crate::world::api::meta;

use super::super::{since, table};
use super::{Page, spoken};

pub(super) fn describe(page: &mut Page, pod: &Value, now: SimTime) -> bool {
    page.field(0, "Name", meta::name(pod));
    page.field(0, "Namespace", meta::namespace(pod));
    if let Some(priority) = pod.int_at(&["spec", "priority"]) {
        page.field(0, "Priority", &priority.to_string());
    }
    for (title, field) in [
        ("Priority Class Name", "priorityClassName"),
        ("Runtime Class Name", "runtimeClassName"),
        ("Service Account", "serviceAccountName"),
    ] {
        if !pod.str_at(&["spec", field]).is_empty() {
            page.field(0, title, pod.str_at(&["spec", field]));
        }
    }
    let node = pod.str_at(&["spec", "nodeName"]);
    let node =
        if node.is_empty() { "<none>".to_owned() } else { format!("{node}/{}", pod.str_at(&["status", "hostIP"])) };
    page.field(0, "Node", &node);
    if pod.at(&["status", "startTime"]).is_some() {
        page.field(0, "Start Time", &spoken(pod.str_at(&["status", "startTime"])));
    }
    page.labels(pod);
    page.annotations("", pod);
    let phase = pod.str_at(&["status", "phase"]);
    if meta::is_deleting(pod) && phase != "Failed" && phase != "Succeeded" {
        let lasts = since(pod.str_at(&["metadata", "deletionTimestamp"]), now);
        page.field(0, "Status", &format!("Terminating (lasts {lasts})"));
        let grace = pod.int_at(&["metadata", "deletionGracePeriodSeconds"]).unwrap_or_default();
        page.field(0, "Termination Grace Period", &format!("{grace}s"));
    } else {
        page.field(0, "Status", phase);
    }
    for (title, field) in [("Reason", "reason"), ("Message", "message")] {
        if !pod.str_at(&["status", field]).is_empty() {
            page.field(0, title, pod.str_at(&["status", field]));
        }
    }
    seccomp(page, 0, 0, pod.at(&["spec", "securityContext", "seccompProfile"]));
    page.field(0, "IP", pod.str_at(&["status", "podIP"]));
    let addresses = pod.items_at(&["status", "podIPs"]);
    if addresses.is_empty() {
        page.line(0, "IPs:\t<none>");
    } else {
        page.line(0, "IPs:");
        addresses.iter().for_each(|address| page.field(1, "IP", address.str_at(&["ip"])));
    }
    if let Some(owner) = meta::controller_of(pod) {
        page.field(0, "Controlled By", &format!("{}/{}", owner.str_at(&["kind"]), owner.str_at(&["name"])));
    }
    if !pod.str_at(&["status", "nominatedNodeName"]).is_empty() {
        page.field(0, "NominatedNodeName", pod.str_at(&["status", "nominatedNodeName"]));
    }
    if let Some(whole) = pod.at(&["spec", "resources"]) {
        page.line(0, "Resources:");
        resources(page, whole, 1);
    }
    if !pod.items_at(&["spec", "initContainers"]).is_empty() {
        let statuses = pod.items_at(&["status", "initContainerStatuses"]);
        containers(page, "Init Containers", pod.items_at(&["spec", "initContainers"]), Some((pod, statuses)), "");
    }
    let statuses = pod.items_at(&["status", "containerStatuses"]);
    containers(page, "Containers", pod.items_at(&["spec", "containers"]), Some((pod, statuses)), "");
    if !pod.items_at(&["spec", "ephemeralContainers"]).is_empty() {
        let statuses = pod.items_at(&["status", "ephemeralContainerStatuses"]);
        let list = pod.items_at(&["spec", "ephemeralContainers"]);
        containers(page, "Ephemeral Containers", list, Some((pod, statuses)), "");
    }
    readiness_gates(page, pod);
    conditions(page, pod);
    volumes(page, pod.items_at(&["spec", "volumes"]), "");
    page.field(0, "QoS Class", pod.str_at(&["status", "qosClass"]));
    page.pairs("", "Node-Selectors", pod.at(&["spec", "nodeSelector"]), &[]);
    page.several("", "Tolerations", &tolerations(pod.items_at(&["spec", "tolerations"])));
    spread(page, pod.items_at(&["spec", "topologySpreadConstraints"]), "");
    true
}

// Models describePod and describeContainerBasicInfo
fn seccomp(page: &mut Page, level: usize, inner: usize, profile: Option<&Value>) {
    let Some(profile) = profile else { return };
    page.field(level, "SeccompProfile", profile.str_at(&["type"]));
    if profile.str_at(&["type"]) == "Localhost" {
        page.field(inner, "LocalhostProfile", profile.str_at(&["localhostProfile"]));
    }
}

// Models describeResources
fn resources(page: &mut Page, resources: &Value, level: usize) {
    for (title, field) in [("Limits", "limits"), ("Requests", "requests")] {
        if let Some(quantities) = resources.get(field).filter(|it| !it.is_empty()) {
            page.line(level, &format!("{title}:"));
            for (resource, quantity) in quantities.entries() {
                page.field(level + 1, resource, &table::number_or_text(Some(quantity), ""));
            }
        }
    }
}

fn readiness_gates(page: &mut Page, pod: &Value) {
    let gates = pod.items_at(&["spec", "readinessGates"]);
    if gates.is_empty() {
        return;
    }
    page.line(0, "Readiness Gates:\n  Type\tStatus");
    for gate in gates {
        let kind = gate.str_at(&["conditionType"]);
        let status = meta::condition(pod, kind).map_or("<none>", |condition| condition.str_at(&["status"]));
        page.line(1, &format!("{kind} \t{status} "));
    }
}

fn conditions(page: &mut Page, pod: &Value) {
    let conditions = pod.items_at(&["status", "conditions"]);
    if conditions.is_empty() {
        return;
    }
    page.line(0, "Conditions:\n  Type\tStatus");
    for condition in conditions {
        page.line(1, &format!("{} \t{} ", condition.str_at(&["type"]), condition.str_at(&["status"])));
    }
}

/// The template of a workload.
// Models DescribePodTemplate
pub(in crate::shell::kubectl) fn template(page: &mut Page, template: &Value) {
    page.line(0, "Pod Template:");
    page.pairs("  ", "Labels", template.at(&["metadata", "labels"]), &[]);
    if template.at(&["metadata", "annotations"]).is_some_and(|annotations| !annotations.is_empty()) {
        page.annotations("  ", template);
    }
    let spec = template.get("spec").unwrap_or(&Value::Null);
    if !spec.str_at(&["serviceAccountName"]).is_empty() {
        page.field(1, "Service Account", spec.str_at(&["serviceAccountName"]));
    }
    if !spec.items_at(&["initContainers"]).is_empty() {
        containers(page, "Init Containers", spec.items_at(&["initContainers"]), None, "  ");
    }
    containers(page, "Containers", spec.items_at(&["containers"]), None, "  ");
    volumes(page, spec.items_at(&["volumes"]), "  ");
    spread(page, spec.items_at(&["topologySpreadConstraints"]), "  ");
    if !spec.str_at(&["priorityClassName"]).is_empty() {
        page.field(1, "Priority Class Name", spec.str_at(&["priorityClassName"]));
    }
    page.pairs("  ", "Node-Selectors", spec.get("nodeSelector"), &[]);
    page.several("  ", "Tolerations", &tolerations(spec.items_at(&["tolerations"])));
}

// Models describeContainers
fn containers(page: &mut Page, title: &str, list: &[Value], running: Option<(&Value, &[Value])>, space: &str) {
    if list.is_empty() {
        page.line(0, &format!("{space}{title}: <none>"));
        return;
    }
    page.line(0, &format!("{space}{title}:"));
    for container in list {
        let name = container.str_at(&["name"]);
        let status = running.and_then(|(_, statuses)| statuses.iter().find(|status| status.str_at(&["name"]) == name));
        page.line(1, &format!("{}{name}:", if space.is_empty() { "" } else { " " }));
        if let Some(status) = status {
            page.field(2, "Container ID", status.str_at(&["containerID"]));
        }
        page.field(2, "Image", container.str_at(&["image"]));
        if let Some(status) = status {
            page.field(2, "Image ID", status.str_at(&["imageID"]));
        }
        ports(page, container, "Port", "containerPort");
        ports(page, container, "Host Port", "hostPort");
        seccomp(page, 2, 3, container.at(&["securityContext", "seccompProfile"]));
        lines(page, "Command", container.items_at(&["command"]));
        lines(page, "Args", container.items_at(&["args"]));
        if let Some(status) = status {
            state(page, status);
        }
        resources(page, container.get("resources").unwrap_or(&Value::Null), 2);
        for (title, field) in
            [("Liveness", "livenessProbe"), ("Readiness", "readinessProbe"), ("Startup", "startupProbe")]
        {
            if let Some(probe) = container.get(field) {
                page.field(2, title, &probe_text(probe));
            }
        }
        environment(page, container, running.map(|(pod, _)| pod));
        mounts(page, container);
    }
}

// Models describeContainerPorts
fn ports(page: &mut Page, container: &Value, title: &str, field: &str) {
    let texts: Vec<String> = container
        .items_at(&["ports"])
        .iter()
        .map(|port| {
            let number = port.int_at(&[field]).unwrap_or_default();
            let name = port.str_at(&["name"]);
            let name = if name.is_empty() { String::new() } else { format!(" ({name})") };
            let protocol = port.str_at(&["protocol"]);
            format!("{number}/{}{name}", if protocol.is_empty() { "TCP" } else { protocol })
        })
        .collect();
    let title = if texts.len() > 1 { format!("{title}s") } else { title.to_owned() };
    page.field(2, &title, &table::or_none(&texts.join(", ")));
}

fn lines(page: &mut Page, title: &str, words: &[Value]) {
    if words.is_empty() {
        return;
    }
    page.line(2, &format!("{title}:"));
    for word in words.iter().filter_map(Value::as_str) {
        word.split('\n').for_each(|line| page.line(3, line));
    }
}

// Models describeContainerState
fn state(page: &mut Page, status: &Value) {
    one_state(page, "State", status.get("state"));
    if status.at(&["lastState", "terminated"]).is_some() {
        one_state(page, "Last State", status.get("lastState"));
    }
    page.field(2, "Ready", if status.is_true_at(&["ready"]) { "True" } else { "False" });
    page.field(2, "Restart Count", &status.int_at(&["restartCount"]).unwrap_or_default().to_string());
}

// Models describeStatus
fn one_state(page: &mut Page, title: &str, state: Option<&Value>) {
    let part = |name: &str| state.and_then(|state| state.get(name));
    if let Some(running) = part("running") {
        page.field(2, title, "Running");
        page.field(3, "Started", &spoken(running.str_at(&["startedAt"])));
    } else if let Some(waiting) = part("waiting") {
        page.field(2, title, "Waiting");
        if !waiting.str_at(&["reason"]).is_empty() {
            page.field(3, "Reason", waiting.str_at(&["reason"]));
        }
    } else if let Some(ended) = part("terminated") {
        page.field(2, title, "Terminated");
        for (title, field) in [("Reason", "reason"), ("Message", "message")] {
            if !ended.str_at(&[field]).is_empty() {
                page.field(3, title, ended.str_at(&[field]));
            }
        }
        page.field(3, "Exit Code", &ended.int_at(&["exitCode"]).unwrap_or_default().to_string());
        if let Some(signal) = ended.int_at(&["signal"]).filter(|signal| *signal > 0) {
            page.field(3, "Signal", &signal.to_string());
        }
        page.field(3, "Started", &spoken(ended.str_at(&["startedAt"])));
        page.field(3, "Finished", &spoken(ended.str_at(&["finishedAt"])));
    } else {
        page.field(2, title, "Waiting");
    }
}

// Models DescribeProbe
fn probe_text(probe: &Value) -> String {
    let number = |field: &str, default: i64| probe.int_at(&[field]).unwrap_or(default);
    let attributes = format!(
        "delay={}s timeout={}s period={}s #success={} #failure={}",
        number("initialDelaySeconds", 0),
        number("timeoutSeconds", 0),
        number("periodSeconds", 0),
        number("successThreshold", 0),
        number("failureThreshold", 0)
    );
    let port = |action: &Value| table::number_or_text(action.get("port"), "");
    if let Some(action) = probe.get("exec") {
        let words: Vec<&str> = action.items_at(&["command"]).iter().filter_map(Value::as_str).collect();
        return format!("exec [{}] {attributes}", words.join(" "));
    }
    if let Some(action) = probe.get("httpGet") {
        let scheme = action.str_at(&["scheme"]).to_lowercase();
        let path = action.str_at(&["path"]);
        let slash = if path.is_empty() || path.starts_with('/') { "" } else { "/" };
        return format!("http-get {scheme}://{}:{}{slash}{path} {attributes}", action.str_at(&["host"]), port(action));
    }
    if let Some(action) = probe.get("tcpSocket") {
        return format!("tcp-socket {}:{} {attributes}", action.str_at(&["host"]), port(action));
    }
    if let Some(action) = probe.get("grpc") {
        return format!("grpc <pod>:{} {} {attributes}", port(action), action.str_at(&["service"]));
    }
    format!("unknown {attributes}")
}

// Models describeContainerEnvVars and describeContainerEnvFrom
fn environment(page: &mut Page, container: &Value, pod: Option<&Value>) {
    let sources = container.items_at(&["envFrom"]);
    if !sources.is_empty() {
        page.line(2, "Environment Variables from:");
        for source in sources {
            let (kind, reference) = match (source.get("configMapRef"), source.get("secretRef")) {
                (Some(map), _) => ("ConfigMap", map),
                (None, Some(secret)) => ("Secret", secret),
                _ => continue,
            };
            let prefix = source.str_at(&["prefix"]);
            let prefix = if prefix.is_empty() { String::new() } else { format!(" with prefix '{prefix}'") };
            let optional = reference.is_true_at(&["optional"]);
            page.line(3, &format!("{}\t{kind}{prefix}\tOptional: {optional}", reference.str_at(&["name"])));
        }
    }
    let variables = container.items_at(&["env"]);
    page.line(2, if variables.is_empty() { "Environment:\t<none>" } else { "Environment:" });
    for variable in variables {
        let name = variable.str_at(&["name"]);
        let Some(from) = variable.get("valueFrom") else {
            for (index, line) in variable.str_at(&["value"]).split('\n').enumerate() {
                page.line(3, &if index == 0 { format!("{name}:\t{line}") } else { format!("\t{line}") });
            }
            continue;
        };
        if let Some(field) = from.get("fieldRef") {
            let path = field.str_at(&["fieldPath"]);
            let value = pod.map(|pod| field_of(pod, path)).unwrap_or_default();
            page.line(3, &format!("{name}:\t{value} ({}:{path})", field.str_at(&["apiVersion"])));
        } else if let Some(field) = from.get("resourceFieldRef") {
            let resource = field.str_at(&["resource"]);
            let value = resource
                .split_once('.')
                .map(|(kind, resource)| table::number_or_text(container.at(&["resources", kind, resource]), "0"));
            let value = value.unwrap_or_default();
            let is_unlimited = value == "0" && matches!(resource, "limits.cpu" | "limits.memory");
            let value = if is_unlimited { "node allocatable" } else { &value };
            page.line(3, &format!("{name}:\t{value} ({resource})"));
        } else if let Some(key) = from.get("secretKeyRef") {
            let (field, object, optional) =
                (key.str_at(&["key"]), key.str_at(&["name"]), key.is_true_at(&["optional"]));
            page.line(3, &format!("{name}:\t<set to the key '{field}' in secret '{object}'>\tOptional: {optional}"));
        } else if let Some(key) = from.get("configMapKeyRef") {
            let (field, object, optional) =
                (key.str_at(&["key"]), key.str_at(&["name"]), key.is_true_at(&["optional"]));
            page.line(
                3,
                &format!("{name}:\t<set to the key '{field}' of config map '{object}'>\tOptional: {optional}"),
            );
        }
    }
}

/// A field of a Pod as `fieldRef` names it.
fn field_of(pod: &Value, path: &str) -> String {
    let steps: Vec<&str> = path.split('.').collect();
    pod.str_at(&steps).to_owned()
}

// Models describeContainerVolumes
fn mounts(page: &mut Page, container: &Value) {
    let mounts = container.items_at(&["volumeMounts"]);
    if mounts.is_empty() {
        page.line(2, "Mounts:\t<none>");
        return;
    }
    page.line(2, "Mounts:");
    let mut mounts: Vec<&Value> = mounts.iter().collect();
    mounts.order_by_key(|mount| mount.str_at(&["mountPath"]).to_owned());
    for mount in mounts {
        let mut flags = vec![if mount.is_true_at(&["readOnly"]) { "ro".to_owned() } else { "rw".to_owned() }];
        if !mount.str_at(&["subPath"]).is_empty() {
            flags.push(format!("path=\"{}\"", mount.str_at(&["subPath"])));
        }
        page.line(
            3,
            &format!("{} from {} ({})", mount.str_at(&["mountPath"]), mount.str_at(&["name"]), flags.join(",")),
        );
    }
}

/// `Volumes:`.
// Models describeVolumes
fn volumes(page: &mut Page, volumes: &[Value], space: &str) {
    if volumes.is_empty() {
        page.line(0, &format!("{space}Volumes:\t<none>"));
        return;
    }
    page.line(0, &format!("{space}Volumes:"));
    for volume in volumes {
        let inner = if space.is_empty() { "" } else { " " };
        page.line(1, &format!("{inner}{}:", volume.str_at(&["name"])));
        let source = volume.entries().find(|(key, _)| &***key != "name");
        if let Some((kind, source)) = source {
            volume_source(page, kind, source);
        }
    }
}

fn volume_source(page: &mut Page, kind: &str, source: &Value) {
    let text = |field: &str| table::number_or_text(source.get(field), "");
    match kind {
        "emptyDir" => {
            page.field(2, "Type", "EmptyDir (a temporary directory that shares a pod's lifetime)");
            page.field(2, "Medium", &text("medium"));
            let limit = table::number_or_text(source.get("sizeLimit"), "<unset>");
            page.field(2, "SizeLimit", &limit);
        }
        "hostPath" => {
            page.field(2, "Type", "HostPath (bare host directory volume)");
            page.field(2, "Path", &text("path"));
            page.field(2, "HostPathType", &text("type"));
        }
        "configMap" => {
            page.field(2, "Type", "ConfigMap (a volume populated by a ConfigMap)");
            page.field(2, "Name", &text("name"));
            page.field(2, "Optional", &source.is_true_at(&["optional"]).to_string());
        }
        "secret" => {
            page.field(2, "Type", "Secret (a volume populated by a Secret)");
            page.field(2, "SecretName", &text("secretName"));
            page.field(2, "Optional", &source.is_true_at(&["optional"]).to_string());
        }
        "persistentVolumeClaim" => {
            page.field(
                2,
                "Type",
                "PersistentVolumeClaim (a reference to a PersistentVolumeClaim in the same namespace)",
            );
            page.field(2, "ClaimName", &text("claimName"));
            page.field(2, "ReadOnly", &source.is_true_at(&["readOnly"]).to_string());
        }
        "projected" => projected(page, source),
        "downwardAPI" => {
            page.field(2, "Type", "DownwardAPI (a volume populated by information about the pod)");
            page.line(2, "Items:");
            downward_items(page, source.items_at(&["items"]));
        }
        "nfs" => {
            page.field(2, "Type", "NFS (an NFS mount that lasts the lifetime of a pod)");
            page.field(2, "Server", &text("server"));
            page.field(2, "Path", &text("path"));
            page.field(2, "ReadOnly", &source.is_true_at(&["readOnly"]).to_string());
        }
        "csi" => {
            page.field(2, "Type", "CSI (a Container Storage Interface (CSI) volume source)");
            page.field(2, "Driver", &text("driver"));
            page.field(2, "FSType", &text("fsType"));
            page.field(2, "ReadOnly", &source.is_true_at(&["readOnly"]).to_string());
        }
        "image" => {
            page.field(2, "Type", "Image (a container image or OCI artifact)");
            page.field(2, "Reference", &text("reference"));
            page.field(2, "PullPolicy", &text("pullPolicy"));
        }
        _ => page.line(1, "<unknown>"),
    }
}

// Models printProjectedVolumeSource
fn projected(page: &mut Page, source: &Value) {
    page.field(2, "Type", "Projected (a volume that contains injected data from multiple sources)");
    for part in source.items_at(&["sources"]) {
        if let Some(secret) = part.get("secret") {
            page.field(2, "SecretName", secret.str_at(&["name"]));
            page.field(2, "Optional", &secret.is_true_at(&["optional"]).to_string());
        } else if part.get("downwardAPI").is_some() {
            page.field(2, "DownwardAPI", "true");
        } else if let Some(map) = part.get("configMap") {
            page.field(2, "ConfigMapName", map.str_at(&["name"]));
            page.field(2, "Optional", &map.is_true_at(&["optional"]).to_string());
        } else if let Some(token) = part.get("serviceAccountToken") {
            let seconds = token.int_at(&["expirationSeconds"]).unwrap_or_default();
            page.field(2, "TokenExpirationSeconds", &seconds.to_string());
        }
    }
}

fn downward_items(page: &mut Page, items: &[Value]) {
    for item in items {
        if let Some(field) = item.get("fieldRef") {
            page.line(3, &format!("{} -> {}", field.str_at(&["fieldPath"]), item.str_at(&["path"])));
        }
    }
}

// Models printTolerationsMultilineWithIndent
fn tolerations(list: &[Value]) -> Vec<String> {
    let mut list: Vec<&Value> = list.iter().collect();
    list.order_by_key(|toleration| toleration.str_at(&["key"]).to_owned());
    list.iter()
        .map(|toleration| {
            let part = |field: &str| toleration.str_at(&[field]);
            let mut text = part("key").to_owned();
            if !part("value").is_empty() {
                text.push_str(&format!("={}", part("value")));
            }
            if !part("effect").is_empty() {
                text.push_str(&format!(":{}", part("effect")));
            }
            if part("operator") == "Exists" && part("value").is_empty() {
                let exists =
                    if part("key").is_empty() && part("effect").is_empty() { "op=Exists" } else { " op=Exists" };
                text.push_str(exists);
            }
            if let Some(seconds) = toleration.int_at(&["tolerationSeconds"]) {
                text.push_str(&format!(" for {seconds}s"));
            }
            text
        })
        .collect()
}

// Models printTopologySpreadConstraintsMultilineWithIndent
fn spread(page: &mut Page, constraints: &[Value], space: &str) {
    if constraints.is_empty() {
        return;
    }
    let mut constraints: Vec<&Value> = constraints.iter().collect();
    constraints.order_by_key(|constraint| constraint.str_at(&["topologyKey"]).to_owned());
    let texts: Vec<String> = constraints
        .iter()
        .map(|constraint| {
            let mut text = format!(
                "{}:{} when max skew {} is exceeded",
                constraint.str_at(&["topologyKey"]),
                constraint.str_at(&["whenUnsatisfiable"]),
                constraint.int_at(&["maxSkew"]).unwrap_or_default()
            );
            if let Some(selector) = constraint.get("labelSelector") {
                text.push_str(&format!(" for selector {}", table::selector(Some(selector))));
            }
            text
        })
        .collect();
    page.several(space, "Topology Spread Constraints", &texts);
}

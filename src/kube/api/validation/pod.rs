//! The rules of a `PodSpec`, wherever it stands.
// Models pkg/apis/core/validation ValidatePodSpec

use super::check::{At, Check};
use super::{affinity, container, goprint, meta, resources, security, volume};
use crate::document::Value;
use crate::kube::api::names;

/// What a rule needs to know of the Pod around it.
pub struct Pod<'a> {
    /// The spec.
    pub spec: At<'a>,
    /// Volumes that containers may mount.
    pub volumes: Vec<(&'a str, &'a Value)>,
    /// Whether it is a Pod, not a template.
    pub is_pod: bool,
}

impl Pod<'_> {
    /// How long its containers have to end.
    pub fn grace(&self) -> Option<i64> {
        self.spec.child("terminationGracePeriodSeconds").int()
    }

    /// Whether a container asks for a claim that the Pod has.
    pub fn has_claim(&self, name: &str) -> bool {
        self.spec.list("resourceClaims").iter().any(|claim| claim.str_at(&["name"]) == name)
    }
}

/// The rules of a new Pod, its metadata apart.
// Models pkg/apis/core/validation ValidatePodCreate
pub fn create(check: &mut Check, object: &Value) {
    metadata_and_spec(check, object);
    let spec = At::of(object, "spec");
    if !spec.list("ephemeralContainers").is_empty() {
        check.forbidden(&spec.path.child("ephemeralContainers"), "cannot be set on create");
    }
    if !spec.str("nodeName").is_empty() && !spec.list("schedulingGates").is_empty() {
        check.forbidden(&spec.path.child("nodeName"), "cannot be set until all schedulingGates have been cleared");
    }
}

// Models pkg/apis/core/validation validatePodMetadataAndSpec
pub fn metadata_and_spec(check: &mut Check, object: &Value) {
    pod_annotations(check, &At::of(object, "metadata").child("annotations"));
    let spec = At::of(object, "spec");
    pod_spec(check, &spec, true, &[]);
    for list in ["containers", "initContainers"] {
        for one in spec.each(list) {
            untrimmed_image(check, &one);
        }
    }
}

/// Annotations that mean something for Pods.
// Models pkg/apis/core/validation ValidatePodSpecificAnnotations
fn pod_annotations(check: &mut Check, at: &At<'_>) {
    let key = "controller.kubernetes.io/pod-deletion-cost";
    let cost = at.str(key);
    // What Go's ParseInt reads, and no number with a sign or zeroes before it.
    let fits = cost.parse::<i32>().is_ok_and(|number| number.to_string() == cost);
    if at.value.get(key).is_some() && !fits {
        check.invalid(&at.path.key(key), cost, "must be a 32bit integer");
    }
}

pub fn untrimmed_image(check: &mut Check, container: &At<'_>) {
    let image = container.child("image");
    if image.text().trim().len() != image.text().len() {
        check.invalid(&image.path, image.text(), "must not have leading or trailing whitespace");
    }
}

/// A `PodTemplateSpec`. `claims` are volumes that come from elsewhere (a StatefulSet's claims).
// Models pkg/apis/core/validation ValidatePodTemplateSpec
pub fn template<'a>(check: &mut Check, at: &At<'a>, claims: &[&'a str]) {
    let metadata = at.child("metadata");
    meta::labels(check, metadata.child("labels").value, &at.path.child("labels"));
    let annotations = at.path.child("annotations");
    meta::annotations(check, metadata.child("annotations").value, &annotations);
    pod_annotations(check, &At { value: metadata.child("annotations").value, path: annotations });
    let spec = at.child("spec");
    pod_spec(check, &spec, false, claims);
    if !spec.list("ephemeralContainers").is_empty() {
        check.forbidden(&spec.path.child("ephemeralContainers"), "ephemeral containers not allowed in pod template");
    }
}

/// The rules of the spec itself.
pub fn pod_spec<'a>(check: &mut Check, spec: &At<'a>, is_pod: bool, claims: &[&'a str]) {
    let mut volumes = volume::volumes(check, spec);
    volumes.extend(claims.iter().map(|name| (*name, &Value::Null)));
    let pod = Pod { spec: spec.clone(), volumes, is_pod };
    resource_claims(check, spec);
    container::containers(check, &pod);
    resources::pod_level(check, &pod);
    host_network(check, &pod);
    let policies = ["Always", "OnFailure", "Never"];
    check.one_of(&spec.path.child("restartPolicy"), spec.str("restartPolicy"), &policies);
    let dns_policies = ["ClusterFirstWithHostNet", "ClusterFirst", "Default", "None"];
    check.one_of(&spec.path.child("dnsPolicy"), spec.str("dnsPolicy"), &dns_policies);
    meta::labels(check, spec.child("nodeSelector").value, &spec.path.child("nodeSelector"));
    security::pod(check, spec);
    affinity::affinity(check, &spec.child("affinity"));
    dns_config(check, spec);
    for gate in spec.each("readinessGates") {
        check.named(&gate.child("conditionType"), names::qualified_name);
    }
    scheduling_gates(check, spec);
    affinity::topology_spread(check, spec);
    host_users(check, spec);
    names_of_others(check, spec);
    rest(check, spec);
}

fn resource_claims(check: &mut Check, spec: &At<'_>) {
    let mut seen: Vec<&str> = Vec::new();
    for claim in spec.each("resourceClaims") {
        let name = claim.child("name");
        if name.text().is_empty() {
            check.required(&name.path, "");
        } else if seen.contains(&name.text()) {
            check.duplicate(&name.path, name.text());
        } else {
            check.named(&name, names::dns1123_label);
            seen.push(name.text());
        }
        let [has_name, has_template] =
            ["resourceClaimName", "resourceClaimTemplateName"].map(|field| claim.child(field).is_set());
        if has_name == has_template {
            let detail = match has_name {
                true => "at most one of `resourceClaimName` or `resourceClaimTemplateName` may be specified",
                false => "must specify one of: `resourceClaimName`, `resourceClaimTemplateName`",
            };
            check.invalid(&claim.path, goprint::json(claim.value, "PodResourceClaim"), detail);
        }
        for field in ["resourceClaimName", "resourceClaimTemplateName"] {
            check.named_if_set(&claim.child(field), names::dns1123_subdomain);
        }
    }
}

// Models pkg/apis/core/validation validatePodHostNetworkDeps
fn host_network(check: &mut Check, pod: &Pod<'_>) {
    if !pod.spec.is_true("hostNetwork") {
        return;
    }
    for port in pod.spec.each("containers").flat_map(|one| one.each("ports")) {
        let number = |field: &str| port.child(field).int().unwrap_or_default();
        let host = number("hostPort");
        if (pod.is_pod || host != 0) && host != number("containerPort") {
            let path = port.path.child("hostPort");
            check.invalid(&path, host, "must match `containerPort` when `hostNetwork` is true");
        }
    }
}

// Models pkg/apis/core/validation validatePodDNSConfig
fn dns_config(check: &mut Check, spec: &At<'_>) {
    let config = spec.child("dnsConfig");
    let servers = config.child("nameservers");
    if spec.str("dnsPolicy") == "None" {
        if !config.is_set() {
            return check.required(&config.path, "must provide `dnsConfig` when `dnsPolicy` is None");
        }
        if servers.value.items().is_empty() {
            let detail = "must provide at least one DNS nameserver when `dnsPolicy` is None";
            return check.required(&servers.path, detail);
        }
    }
    if servers.value.items().len() > 3 {
        check.invalid(&servers.path, servers.value, "must not have more than 3 nameservers");
    }
    servers.items().for_each(|server| check.ip(&server));
    let searches = config.child("searches");
    if searches.value.items().len() > 32 {
        check.invalid(&searches.path, searches.value, "must not have more than 32 search paths");
    }
    for search in searches.items() {
        let text = search.text();
        let name = if text == "." { "a" } else { text.strip_suffix('.').unwrap_or(text) };
        check.problems(&search.path, text, names::dns1123_subdomain_with_underscore(name));
    }
    for option in config.each("options") {
        if option.str("name").is_empty() {
            check.required(&option.path, "must not be empty");
        }
    }
}

fn scheduling_gates(check: &mut Check, spec: &At<'_>) {
    let mut seen: Vec<&str> = Vec::new();
    for gate in spec.each("schedulingGates") {
        let name = gate.str("name");
        check.problems(&gate.path, name, names::qualified_name(name));
        if seen.contains(&name) {
            check.duplicate(&gate.path, name);
        }
        seen.push(name);
    }
}

// Models pkg/apis/core/validation validateHostUsers
fn host_users(check: &mut Check, spec: &At<'_>) {
    if spec.child("hostUsers").value != &Value::Bool(false) {
        return;
    }
    for (field, shown) in [("hostNetwork", "hostNetwork"), ("hostPID", "HostPID"), ("hostIPC", "HostIPC")] {
        if spec.is_true(field) {
            check.forbidden(&spec.path.child(shown), "when `pod.Spec.HostUsers` is false");
        }
    }
}

fn names_of_others(check: &mut Check, spec: &At<'_>) {
    check.named_if_set(&spec.child("serviceAccountName"), names::dns1123_subdomain);
    check.named_if_set(&spec.child("nodeName"), names::dns1123_subdomain);
    let deadline = spec.child("activeDeadlineSeconds");
    if let Some(seconds) = deadline.int() {
        check.number(&deadline, seconds, names::in_range(seconds, 1, i64::from(i32::MAX)));
    }
    check.named_if_set(&spec.child("hostname"), names::dns1123_label);
    check.named_if_set(&spec.child("subdomain"), names::dns1123_label);
}

fn rest(check: &mut Check, spec: &At<'_>) {
    affinity::tolerations(check, &spec.child("tolerations"));
    for alias in spec.each("hostAliases") {
        check.ip(&alias.child("ip"));
        alias.each("hostnames").for_each(|host| check.named(&host, names::dns1123_subdomain));
    }
    check.named_if_set(&spec.child("priorityClassName"), names::dns1123_subdomain);
    check.named_if_set(&spec.child("runtimeClassName"), names::dns1123_subdomain);
    check.one_of_if_set(&spec.child("preemptionPolicy"), &["PreemptLowerPriority", "Never"]);
    resources::list(check, &spec.child("overhead"), "", resources::container_name);
    let os = spec.child("os");
    if os.is_set() {
        match os.str("name") {
            "" => check.required(&os.path.child("name"), "cannot be empty"),
            "linux" | "windows" => {}
            other => check.unsupported(&os.path, other, &["linux", "windows"]),
        }
    }
}

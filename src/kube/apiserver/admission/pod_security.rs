//! PodSecurity: a namespace's labels say how much its Pods may do.
// Models k8s.io/pod-security-admission/admission/admission.go

use super::pod_security_policy::{Level, Violation, violations};
use crate::document::Value;
use crate::kube::Snapshot;
use crate::kube::api::{ApiError, FieldError, FieldErrorKind, Key, Resource, meta};

const PREFIX: &str = "pod-security.kubernetes.io/";

/// A level with the version that it was named in: `restricted:latest`.
struct Policy<'a> {
    level: Level,
    version: &'a str,
}

impl<'a> Policy<'a> {
    /// What a namespace says for `enforce` or `warn`. A word that is no level counts as the
    /// strictest one, as a namespace may have been labelled before the word was checked.
    // Models api.PolicyToEvaluate
    fn of(namespace: &'a Value, mode: &str) -> Self {
        let said = |suffix: &str| meta::label(namespace, &format!("{PREFIX}{mode}{suffix}"));
        let level = said("").map_or(Level::Privileged, |word| Level::parse(word).unwrap_or(Level::Restricted));
        Self { level, version: said("-version").unwrap_or("latest") }
    }

    fn name(&self) -> String {
        format!("\"{}:{}\"", self.level.name(), self.version)
    }
}

fn details(found: &[Violation]) -> String {
    found.iter().map(|found| format!("{} ({})", found.reason, found.detail)).collect::<Vec<_>>().join(", ")
}

/// The Pod's spec in an object of this kind, if it has one.
fn pod_spec(resource: Resource, object: &Value) -> Option<&Value> {
    match resource {
        Resource::PODS => object.at(&["spec"]),
        Resource::CRON_JOBS => object.at(&["spec", "jobTemplate", "spec", "template", "spec"]),
        Resource::REPLICATION_CONTROLLERS
        | Resource::REPLICA_SETS
        | Resource::DEPLOYMENTS
        | Resource::STATEFUL_SETS
        | Resource::DAEMON_SETS
        | Resource::JOBS => object.at(&["spec", "template", "spec"]),
        _ => None,
    }
}

/// Refuses a Pod that its namespace does not allow. What it only disapproves of, and templates of
/// Pods that it will not allow, are told in the warnings that this returns.
///
/// # Errors
/// The refusal, with everything that is wrong.
pub(super) fn check(
    seen: &Snapshot<'_>,
    resource: Resource,
    object: &Value,
    old: Option<&Value>,
) -> Result<Vec<String>, ApiError> {
    if resource == Resource::NAMESPACES {
        return namespace(seen, object, old);
    }
    let Some(spec) = pod_spec(resource, object) else { return Ok(Vec::new()) };
    let unchanged = old.and_then(|old| pod_spec(resource, old)) == Some(spec);
    let key = Key::new(Resource::NAMESPACES, "", meta::namespace(object));
    let Some(namespace) = seen.get(&key).filter(|_| !unchanged) else { return Ok(Vec::new()) };
    if resource == Resource::PODS {
        let enforced = Policy::of(namespace, "enforce");
        let found = violations(enforced.level, spec);
        if !found.is_empty() {
            let detail = format!("violates PodSecurity {}: {}", enforced.name(), details(&found));
            return Err(ApiError::forbidden(resource, meta::name(object), &detail));
        }
    }
    let warned = Policy::of(namespace, "warn");
    let found = violations(warned.level, spec);
    if found.is_empty() {
        return Ok(Vec::new());
    }
    Ok(vec![format!("would violate PodSecurity {}: {}", warned.name(), details(&found))])
}

/// Refuses labels that mean nothing, and tells which Pods a stricter level would not let in again.
// Models Admission.ValidateNamespace, EvaluatePodsInNamespace
fn namespace(seen: &Snapshot<'_>, namespace: &Value, old: Option<&Value>) -> Result<Vec<String>, ApiError> {
    let mut causes = Vec::new();
    for mode in ["enforce", "audit", "warn"] {
        for (suffix, detail) in
            [("", "must be one of privileged, baseline, restricted"), ("-version", "must be \"latest\" or \"v1.x\"")]
        {
            let label = format!("{PREFIX}{mode}{suffix}");
            let Some(said) = meta::label(namespace, &label) else { continue };
            let minor = || said.strip_prefix("v1.").and_then(|minor| minor.parse::<u16>().ok());
            let valid =
                if suffix.is_empty() { Level::parse(said).is_some() } else { said == "latest" || minor().is_some() };
            // What was wrong before may stay.
            if !valid && old.is_none_or(|old| meta::label(old, &label) != Some(said)) {
                causes.push(FieldError {
                    path: format!("metadata.labels[{label}]"),
                    kind: FieldErrorKind::Invalid,
                    value: format!("{said:?}"),
                    detail: detail.to_owned(),
                });
            }
        }
    }
    if !causes.is_empty() {
        return Err(ApiError::invalid(Resource::NAMESPACES, meta::name(namespace), causes));
    }
    let (now, before) = (Policy::of(namespace, "enforce"), old.map(|old| Policy::of(old, "enforce")));
    if before.is_none_or(|before| now.level <= before.level) {
        return Ok(Vec::new());
    }
    let mut groups: Vec<(String, &str, u32)> = Vec::new();
    for pod in seen.list(Resource::PODS, meta::name(namespace)) {
        let found = violations(now.level, pod.at(&["spec"]).unwrap_or(&Value::Null));
        let reasons = found.iter().map(|found| found.reason.clone()).collect::<Vec<_>>().join(", ");
        match groups.iter_mut().find(|(known, ..)| *known == reasons) {
            _ if reasons.is_empty() => {}
            Some((_, _, others)) => *others += 1,
            None => groups.push((reasons, meta::name(pod), 0)),
        }
    }
    let mut warnings = Vec::new();
    if !groups.is_empty() {
        let name = meta::name(namespace);
        warnings.push(format!(
            "existing pods in namespace {name:?} violate the new PodSecurity enforce level {}",
            now.name()
        ));
    }
    for (reasons, pod, others) in groups {
        warnings.push(match others {
            0 => format!("{pod}: {reasons}"),
            1 => format!("{pod} (and 1 other pod): {reasons}"),
            others => format!("{pod} (and {others} other pods): {reasons}"),
        });
    }
    Ok(warnings)
}

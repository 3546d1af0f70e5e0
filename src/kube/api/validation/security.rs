//! The rules of security contexts.
// Models pkg/apis/core/validation validatePodSpecSecurityContext, ValidateSecurityContext

use super::check::{At, Check};
use super::volume;
use crate::document::Value;
use crate::kube::api::names;

fn id(check: &mut Check, at: &At<'_>) {
    if let Some(number) = at.int() {
        check.number(at, number, names::in_range(number, 0, i64::from(i32::MAX)));
    }
}

/// `spec.securityContext` of a Pod.
pub fn pod(check: &mut Check, spec: &At<'_>) {
    let at = spec.child("securityContext");
    for field in ["fsGroup", "runAsUser", "runAsGroup"] {
        id(check, &at.child(field));
    }
    at.each("supplementalGroups").for_each(|group| id(check, &group));
    if spec.is_true("shareProcessNamespace") && spec.is_true("hostPID") {
        let path = at.path.child("shareProcessNamespace");
        let yes = Value::Bool(true);
        check.invalid(&path, &yes, "ShareProcessNamespace and HostPID cannot both be enabled");
    }
    sysctls(check, spec, &at);
    check.one_of_if_set(&at.child("fsGroupChangePolicy"), &["Always", "OnRootMismatch"]);
    seccomp(check, &at.child("seccompProfile"));
    app_armor(check, &at.child("appArmorProfile"));
    check.one_of_if_set(&at.child("supplementalGroupsPolicy"), &["Merge", "Strict"]);
    check.one_of_if_set(&at.child("seLinuxChangePolicy"), &["MountOption", "Recursive"]);
}

fn sysctls(check: &mut Check, spec: &At<'_>, at: &At<'_>) {
    let mut seen: Vec<&str> = Vec::new();
    let segment = |text: &str| {
        !text.is_empty()
            && !text.starts_with(['-', '_'])
            && !text.ends_with(['-', '_'])
            && text.bytes().all(|byte| byte.is_ascii_lowercase() || byte.is_ascii_digit() || b"-_".contains(&byte))
    };
    for sysctl in at.each("sysctls") {
        let name = sysctl.child("name");
        if name.text().is_empty() {
            check.required(&name.path, "");
        } else if name.text().len() > 253 || !name.text().split(['.', '/']).all(segment) {
            let detail = "must have at most 253 characters and match regex ^([a-z0-9]([-_a-z0-9]*[a-z0-9])?[\\./])*[a-z0-9]([-_a-z0-9]*[a-z0-9])?$";
            check.invalid(&name.path, name.text(), detail);
        } else if seen.contains(&name.text()) {
            check.duplicate(&name.path, name.text());
        }
        let is_net = name.text().starts_with("net.");
        let is_ipc =
            ["kernel.shm", "kernel.msg", "kernel.sem", "fs.mqueue."].iter().any(|start| name.text().starts_with(start));
        for (shared, field) in [(is_net, "hostNetwork"), (is_ipc, "hostIPC")] {
            if shared && spec.is_true(field) {
                check.invalid(&name.path, name.text(), format!("may not be specified when '{field}' is true"));
            }
        }
        seen.push(name.text());
    }
}

/// `securityContext` of a container.
pub fn container(check: &mut Check, at: &At<'_>, host_users: bool) {
    id(check, &at.child("runAsUser"));
    id(check, &at.child("runAsGroup"));
    let mount = at.child("procMount");
    check.one_of_if_set(&mount, &["Default", "Unmasked"]);
    if host_users && mount.text() == "Unmasked" {
        check.invalid(&mount.path, mount.text(), "`hostUsers` must be false to use `Unmasked`");
    }
    seccomp(check, &at.child("seccompProfile"));
    if at.child("allowPrivilegeEscalation").value == &Value::Bool(false) {
        let shown = || super::goprint::json(at.value, "SecurityContext");
        if at.is_true("privileged") {
            let detail = "cannot set `allowPrivilegeEscalation` to false and `privileged` to true";
            check.invalid(&at.path, shown(), detail);
        }
        if at.child("capabilities").list("add").iter().any(|one| one.as_str() == Some("CAP_SYS_ADMIN")) {
            let detail = "cannot set `allowPrivilegeEscalation` to false and `capabilities.Add` CAP_SYS_ADMIN";
            check.invalid(&at.path, shown(), detail);
        }
    }
    app_armor(check, &at.child("appArmorProfile"));
}

const PROFILES: [&str; 3] = ["Localhost", "RuntimeDefault", "Unconfined"];

// Models pkg/apis/core/validation validateSeccompProfileField
fn seccomp(check: &mut Check, at: &At<'_>) {
    if !at.is_set() {
        return;
    }
    let kind = at.str("type");
    if kind.is_empty() {
        check.required(&at.path.child("type"), "type is required when seccompProfile is set");
    } else if !PROFILES.contains(&kind) {
        check.unsupported(&at.path.child("type"), kind, &PROFILES);
    }
    let profile = at.child("localhostProfile");
    match (kind == "Localhost", profile.is_set()) {
        (true, false) => check.required(&profile.path, "must be set when seccomp type is Localhost"),
        (true, true) => volume::descending_path(check, &profile),
        (false, true) => {
            let shown = super::goprint::json(at.value, "SeccompProfile");
            check.invalid(&profile.path, shown, "can only be set when seccomp type is Localhost");
        }
        (false, false) => {}
    }
}

// Models pkg/apis/core/validation ValidateAppArmorProfileField
fn app_armor(check: &mut Check, at: &At<'_>) {
    if !at.is_set() {
        return;
    }
    let profile = at.child("localhostProfile");
    match at.str("type") {
        "Localhost" => {
            if profile.text().trim() != profile.text() {
                check.invalid(&profile.path, profile.text(), "must not be padded with whitespace");
            } else if profile.text().is_empty() {
                check.required(&profile.path, "must be set when AppArmor type is Localhost");
            }
        }
        "RuntimeDefault" | "Unconfined" => {
            if profile.is_set() {
                check.invalid(&profile.path, profile.text(), "can only be set when AppArmor type is Localhost");
            }
        }
        "" => check.required(&at.path.child("type"), "type is required when appArmorProfile is set"),
        other => check.unsupported(&at.path.child("type"), other, &PROFILES),
    }
}

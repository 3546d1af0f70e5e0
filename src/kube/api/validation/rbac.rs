//! The rules of roles and bindings.
// Models pkg/apis/rbac/validation

use super::check::{At, Check, Path};
use super::goprint;
use crate::document::Value;
use crate::kube::api::names;

const GROUP: &str = "rbac.authorization.k8s.io";

/// A Role or ClusterRole, its metadata apart.
pub fn role(check: &mut Check, object: &Value, namespaced: bool) {
    for rule in At::of(object, "rules").items() {
        if rule.list("verbs").is_empty() {
            check.required(&rule.path.child("verbs"), "verbs must contain at least one value");
        }
        let empty = |field: &str| rule.list(field).is_empty();
        let urls = rule.child("nonResourceURLs");
        if !urls.value.is_empty() {
            if namespaced {
                check.invalid(&urls.path, urls.value, "namespaced rules cannot apply to non-resource URLs");
            }
            if !empty("apiGroups") || !empty("resources") || !empty("resourceNames") {
                let detail = "rules cannot apply to both regular resources and non-resource URLs";
                check.invalid(&urls.path, urls.value, detail);
            }
            continue;
        }
        if empty("apiGroups") {
            check.required(&rule.path.child("apiGroups"), "resource rules must supply at least one api group");
        }
        if empty("resources") {
            check.required(&rule.path.child("resources"), "resource rules must supply at least one resource");
        }
    }
    let selectors = At::of(object, "aggregationRule").child("clusterRoleSelectors");
    if object.get("aggregationRule").is_some() && selectors.value.is_empty() {
        check.required(&selectors.path, "at least one clusterRoleSelector required if aggregationRule is non-nil");
    }
    selectors.items().for_each(|one| super::affinity::label_selector(check, &one));
}

/// A RoleBinding or ClusterRoleBinding, its metadata apart.
pub fn binding(check: &mut Check, object: &Value, namespaced: bool) {
    let role = At::of(object, "roleRef");
    let group = role.child("apiGroup");
    if group.text() != GROUP {
        check.unsupported(&group.path, group.text(), &[GROUP]);
    }
    let kinds: &[&str] = if namespaced { &["Role", "ClusterRole"] } else { &["ClusterRole"] };
    let kind = role.child("kind");
    if !kinds.contains(&kind.text()) {
        check.unsupported(&kind.path, kind.text(), kinds);
    }
    check.need_name(&role.child("name"), names::path_segment);
    for one in At::of(object, "subjects").items() {
        subject(check, &one, namespaced);
    }
}

fn subject(check: &mut Check, at: &At<'_>, namespaced: bool) {
    let (name, group) = (at.child("name"), at.child("apiGroup"));
    check.need(&name);
    match at.str("kind") {
        "ServiceAccount" => {
            check.named_if_set(&name, names::dns1123_subdomain);
            if !group.text().is_empty() {
                check.unsupported(&group.path, group.text(), &[""]);
            }
            if !namespaced && at.str("namespace").is_empty() {
                check.required(&at.path.child("namespace"), "");
            }
        }
        kind @ ("User" | "Group") => {
            if name.text().is_empty() {
                let detail = format!("{} name cannot be empty", kind.to_lowercase());
                check.invalid(&name.path, "", detail);
            }
            if group.text() != GROUP {
                check.unsupported(&group.path, group.text(), &[GROUP]);
            }
        }
        other => check.unsupported(&at.path.child("kind"), other, &["ServiceAccount", "User", "Group"]),
    }
}

/// A binding keeps its role.
pub fn binding_update(check: &mut Check, new: &Value, old: &Value) {
    if new.get("roleRef") != old.get("roleRef") {
        let shown = goprint::json(new.get("roleRef").unwrap_or(&Value::Null), "RoleRef");
        check.invalid(&Path::of("roleRef"), shown, "cannot change roleRef");
    }
}

//! Role-based access control: bindings give roles to people, roles are lists of rules.
// Models plugin/pkg/auth/authorizer/rbac/rbac.go and pkg/registry/rbac/validation/rule.go

use super::{Attributes, Decision, Grant};
use crate::document::Value;
use crate::kube::Snapshot;
use crate::kube::api::{ApiError, Key, Object, Resource, User, meta};
use std::rc::Rc;

/// Decides by what is stored: bindings of the whole cluster first, then those of the namespace.
#[must_use]
pub fn decide(seen: &Snapshot<'_>, user: &User, asked: &Attributes) -> Decision {
    let (mut considered, mut missing) = (Vec::new(), Vec::new());
    for (binding, subject) in bindings(seen, user, &asked.namespace) {
        let role = role_of(binding);
        let key = meta::key(binding).unwrap_or_else(|| role.clone());
        match rules(seen, &role) {
            Ok(rules) => {
                if let Some(index) = rules.iter().position(|rule| allows(rule, asked)) {
                    let rule = i64::try_from(index).unwrap_or_default();
                    return Decision::Allowed(Grant { binding: key, role, rule, subject: subject.into() });
                }
                considered.push((key, role));
            }
            Err(error) => missing.push(error.message),
        }
    }
    Decision::Denied { considered, missing }
}

/// Every rule that `user` has in `namespace`, and what could not be looked up.
// Models DefaultRuleResolver.RulesFor
#[must_use]
pub fn rules_for(seen: &Snapshot<'_>, user: &User, namespace: &str) -> (Vec<Value>, Vec<String>) {
    let (mut found, mut missing) = (Vec::new(), Vec::new());
    for (binding, _) in bindings(seen, user, namespace) {
        match rules(seen, &role_of(binding)) {
            Ok(rules) => found.extend(rules),
            Err(error) => missing.push(error.message),
        }
    }
    (found, missing)
}

/// The rules of a role.
///
/// # Errors
/// The role does not exist.
pub fn rules(seen: &Snapshot<'_>, role: &Key) -> Result<Vec<Value>, ApiError> {
    let found = seen.get(role).ok_or_else(|| {
        let info = role.resource.info();
        ApiError::new(
            crate::kube::api::Reason::NotFound,
            format!("{}.{} {:?} not found", info.singular, info.group, &*role.name),
        )
    })?;
    Ok(found.items_at(&["rules"]).to_vec())
}

/// The role that a binding refers to.
#[must_use]
pub fn role_of(binding: &Value) -> Key {
    let name = binding.str_at(&["roleRef", "name"]);
    match binding.str_at(&["roleRef", "kind"]) {
        "Role" => Key::new(Resource::ROLES, meta::namespace(binding), name),
        _ => Key::new(Resource::CLUSTER_ROLES, "", name),
    }
}

/// The bindings that apply to `user` in `namespace` (empty: those of the whole cluster only), each
/// with the subject that the user is.
fn bindings<'a>(seen: &Snapshot<'a>, user: &User, namespace: &str) -> Vec<(&'a Rc<Object>, String)> {
    let mut found = Vec::new();
    let mut add = |binding: &'a Rc<Object>, namespace: &str| {
        let mut subjects = binding.items_at(&["subjects"]).iter();
        if let Some(subject) = subjects.find(|subject| is_subject(subject, user, namespace)) {
            found.push((binding, described(subject, namespace)));
        }
    };
    for binding in seen.list(Resource::CLUSTER_ROLE_BINDINGS, "") {
        add(binding, "");
    }
    if !namespace.is_empty() {
        for binding in seen.list(Resource::ROLE_BINDINGS, namespace) {
            add(binding, namespace);
        }
    }
    found
}

// Models appliesToUser
fn is_subject(subject: &Value, user: &User, namespace: &str) -> bool {
    let name = subject.str_at(&["name"]);
    match subject.str_at(&["kind"]) {
        "User" => &*user.name == name,
        "Group" => user.groups.iter().any(|group| &**group == name),
        "ServiceAccount" => {
            let own = subject.str_at(&["namespace"]);
            let namespace = if own.is_empty() { namespace } else { own };
            let account = user.name.strip_prefix("system:serviceaccount:").and_then(|rest| rest.split_once(':'));
            !namespace.is_empty() && account == Some((namespace, name))
        }
        _ => false,
    }
}

// Models describeSubject
fn described(subject: &Value, namespace: &str) -> String {
    let name = subject.str_at(&["name"]);
    match subject.str_at(&["kind"]) {
        "ServiceAccount" => {
            let own = subject.str_at(&["namespace"]);
            format!("ServiceAccount \"{name}/{}\"", if own.is_empty() { namespace } else { own })
        }
        kind => format!("{kind} {name:?}"),
    }
}

/// Whether a rule allows what is asked for.
// Models RuleAllows
#[must_use]
pub fn allows(rule: &Value, asked: &Attributes) -> bool {
    let has = |field: &str, wanted: &str| {
        rule.items_at(&[field]).iter().filter_map(Value::as_str).any(|known| known == "*" || known == wanted)
    };
    if !has("verbs", &asked.verb) {
        return false;
    }
    if !asked.path.is_empty() {
        let mut paths = rule.items_at(&["nonResourceURLs"]).iter().filter_map(Value::as_str);
        return paths.any(|path| match path.strip_suffix('*') {
            Some(prefix) => asked.path.starts_with(prefix),
            None => path == &*asked.path,
        });
    }
    has("apiGroups", &asked.group)
        && has_resource(rule, &asked.full_resource(), &asked.subresource)
        && (rule.items_at(&["resourceNames"]).is_empty()
            || rule.items_at(&["resourceNames"]).iter().any(|name| name.as_str() == Some(&asked.name)))
}

// Models rbacv1helpers.ResourceMatches
fn has_resource(rule: &Value, full: &str, subresource: &str) -> bool {
    rule.items_at(&["resources"]).iter().filter_map(Value::as_str).any(|known| {
        known == "*" || known == full || !subresource.is_empty() && known.strip_prefix("*/") == Some(subresource)
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::tree;

    fn asks(verb: &str, resource: &str, name: &str) -> Attributes {
        let (resource, subresource) = resource.split_once('/').unwrap_or((resource, ""));
        Attributes {
            verb: verb.into(),
            resource: resource.into(),
            subresource: subresource.into(),
            name: name.into(),
            ..Attributes::default()
        }
    }

    #[test]
    fn a_rule_allows_what_it_names_and_nothing_else() {
        let rule = |resources: &str, names: &[&str]| {
            let names: Vec<Value> = names.iter().map(|name| Value::text(*name)).collect();
            tree!({ "verbs": ["get"], "apiGroups": [""], "resources": [resources], "resourceNames": (names) })
        };
        let cases = [
            (rule("pods", &[]), asks("get", "pods", "web"), true),
            (rule("pods", &[]), asks("list", "pods", ""), false),
            (rule("pods", &[]), asks("get", "pods/log", "web"), false),
            (rule("pods/log", &[]), asks("get", "pods/log", "web"), true),
            (rule("*/log", &[]), asks("get", "pods/log", "web"), true),
            (rule("*", &[]), asks("get", "pods/log", "web"), true),
            (rule("pods", &["web"]), asks("get", "pods", "web"), true),
            (rule("pods", &["web"]), asks("get", "pods", "api"), false),
            (rule("pods", &["web"]), asks("get", "pods", ""), false),
        ];
        for (rule, asked, expected) in cases {
            assert_eq!(allows(&rule, &asked), expected, "{rule} for {asked:?}");
        }
    }

    #[test]
    fn paths_may_end_in_a_star() {
        let rule = tree!({ "verbs": ["get"], "nonResourceURLs": ["/api/*", "/version"] });
        for (path, expected) in [("/api/v1", true), ("/api", false), ("/version", true), ("/version/", false)] {
            let asked = Attributes { verb: "get".into(), path: path.into(), ..Attributes::default() };
            assert_eq!(allows(&rule, &asked), expected, "{path}");
        }
    }
}

//! Nobody grants what they do not have: checks on writing roles and bindings.
// Models pkg/registry/rbac/role/policybased, pkg/registry/rbac/rolebinding/policybased and
// k8s.io/component-helpers/auth/rbac/validation

use super::{Attributes, decide, rbac};
use crate::document::InOrder as _;
use crate::document::Value;
use crate::kube::Snapshot;
use crate::kube::api::{ApiError, Request, Resource, User, meta};
use crate::tree;

/// Refuses a role or a binding by which the one who writes it would grant more than they hold.
///
/// # Errors
/// The refusal, with every right that is lacking.
pub fn check(seen: &Snapshot<'_>, request: &Request, object: &Value, old: Option<&Value>) -> Result<(), ApiError> {
    let user = &request.user;
    if user.groups.iter().any(|group| &**group == "system:masters") {
        return Ok(());
    }
    let namespace = &*request.namespace;
    let rules = match request.resource {
        Resource::ROLES | Resource::CLUSTER_ROLES => {
            let same = |field: &str| old.is_some_and(|old| old.get(field) == object.get(field));
            if same("rules") && same("aggregationRule") || may(seen, request, "escalate", request.resource, object) {
                return Ok(());
            }
            let mut rules = object.items_at(&["rules"]).to_vec();
            if object.get("aggregationRule").is_some() {
                // What is gathered later is not known now, so it takes every right.
                rules.push(tree!({ "verbs": ["*"], "apiGroups": ["*"], "resources": ["*"] }));
                rules.push(tree!({ "verbs": ["*"], "nonResourceURLs": ["*"] }));
            }
            rules
        }
        Resource::ROLE_BINDINGS | Resource::CLUSTER_ROLE_BINDINGS => {
            let same = |field: &str| old.is_some_and(|old| old.get(field) == object.get(field));
            let role = rbac::role_of(object);
            let named = tree!({ "metadata": { "name": (&*role.name) } });
            if same("subjects") && same("roleRef") || may(seen, request, "bind", role.resource, &named) {
                return Ok(());
            }
            rbac::rules(seen, &role)?
        }
        _ => return Ok(()),
    };
    let (held, missing) = rbac::rules_for(seen, user, namespace);
    let lacking = uncovered(&held, &rules);
    if lacking.is_empty() {
        return Ok(());
    }
    let mut message = format!(
        "user {:?} (groups={}) is attempting to grant RBAC permissions not currently held:\n{}",
        &*user.name,
        quoted(user.groups.iter().map(|group| &**group)),
        described(&lacking).join("\n")
    );
    if !missing.is_empty() {
        message = format!("{message}; resolution errors: [{}]", missing.join(", "));
    }
    Err(ApiError::forbidden(request.resource, meta::name(object), &message))
}

/// Whether the user has a verb such as `bind` on a role.
fn may(seen: &Snapshot<'_>, request: &Request, verb: &str, resource: Resource, object: &Value) -> bool {
    let info = resource.info();
    let asked = Attributes {
        verb: verb.into(),
        group: info.group.into(),
        resource: info.plural.into(),
        namespace: request.namespace.clone(),
        name: meta::name(object).into(),
        ..Attributes::default()
    };
    decide(seen, &[], &request.user, &asked).is_allowed()
}

fn texts<'a>(rule: &'a Value, field: &str) -> Vec<&'a str> {
    rule.items_at(&[field]).iter().filter_map(Value::as_str).collect()
}

/// A right that cannot be taken apart any further: `[group, resource, name, path, verb]`.
type Right<'a> = [Option<&'a str>; 5];

/// The single rights in a rule.
// Models BreakdownRule
fn rights(rule: &Value) -> Vec<Right<'_>> {
    let mut found = Vec::new();
    let (verbs, names) = (texts(rule, "verbs"), texts(rule, "resourceNames"));
    for group in texts(rule, "apiGroups") {
        for resource in texts(rule, "resources") {
            for &verb in &verbs {
                if names.is_empty() {
                    found.push([Some(group), Some(resource), None, None, Some(verb)]);
                }
                for &name in &names {
                    found.push([Some(group), Some(resource), Some(name), None, Some(verb)]);
                }
            }
        }
    }
    for path in texts(rule, "nonResourceURLs") {
        found.extend(verbs.iter().map(|&verb| [None, None, None, Some(path), Some(verb)]));
    }
    found
}

/// The rights in `wanted` that no rule of `held` covers.
// Models Covers
fn uncovered<'a>(held: &[Value], wanted: &'a [Value]) -> Vec<Right<'a>> {
    let mut lacking = wanted.iter().flat_map(rights).collect::<Vec<_>>();
    lacking.retain(|right| !held.iter().any(|rule| covers(rule, right)));
    lacking
}

// Models ruleCovers
fn covers(rule: &Value, [group, resource, name, path, verb]: &Right<'_>) -> bool {
    let has = |field: &str, wanted: &str| texts(rule, field).iter().any(|known| *known == "*" || *known == wanted);
    if !verb.is_some_and(|verb| has("verbs", verb)) {
        return false;
    }
    if let Some(path) = path {
        return texts(rule, "nonResourceURLs").iter().any(|known| match known.strip_suffix('*') {
            Some(prefix) => path.starts_with(prefix),
            None => known == path,
        });
    }
    let names = texts(rule, "resourceNames");
    let covers_resource = |resource: &str| {
        let of_any = resource.split_once('/').map(|(_, sub)| format!("*/{sub}"));
        has("resources", resource) || of_any.is_some_and(|of_any| texts(rule, "resources").contains(&&*of_any))
    };
    group.is_some_and(|group| has("apiGroups", group))
        && resource.is_some_and(covers_resource)
        && (names.is_empty() || name.is_some_and(|name| names.contains(&name)))
}

/// One line for all verbs that are lacking on the same thing, in order of the lines.
// Models CompactRules, CompactString
fn described(lacking: &[Right<'_>]) -> Vec<String> {
    let mut gathered: Vec<([Option<&str>; 4], Vec<&str>)> = Vec::new();
    for [group, resource, name, path, verb] in lacking {
        let thing = [*group, *resource, *name, *path];
        let verb = verb.unwrap_or_default();
        match gathered.iter_mut().find(|(known, _)| *known == thing) {
            Some((_, verbs)) => verbs.push(verb),
            None => gathered.push((thing, vec![verb])),
        }
    }
    let mut lines: Vec<String> = gathered
        .into_iter()
        .map(|([group, resource, name, path], verbs)| {
            let part = |field: &str, value: Option<&str>| value.map(|value| format!("{field}:[{value:?}]"));
            let mut parts: Vec<String> = [
                part("APIGroups", group),
                part("Resources", resource),
                part("NonResourceURLs", path),
                part("ResourceNames", name),
            ]
            .into_iter()
            .flatten()
            .collect();
            parts.push(format!("Verbs:{}", quoted(verbs.into_iter())));
            format!("{{{}}}", parts.join(", "))
        })
        .collect();
    lines.order();
    lines.dedup();
    lines
}

/// A list as Go's `%q` prints it.
fn quoted<'a>(items: impl Iterator<Item = &'a str>) -> String {
    format!("[{}]", items.map(|item| format!("{item:?}")).collect::<Vec<_>>().join(" "))
}

/// Whether `user` may grant `rules` in `namespace`.
#[must_use]
pub fn holds(seen: &Snapshot<'_>, user: &User, namespace: &str, rules: &[Value]) -> bool {
    uncovered(&rbac::rules_for(seen, user, namespace).0, rules).is_empty()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_right_is_covered_by_one_rule_as_a_whole() {
        let rule = |verb: &str, resource: &str| tree!({ "verbs": [verb], "apiGroups": [""], "resources": [resource] });
        let held = [rule("get", "pods"), rule("*", "secrets"), rule("get", "*/scale")];
        for (wanted, covered) in [
            (rule("get", "pods"), true),
            (rule("list", "pods"), false),
            (rule("list", "secrets"), true),
            (rule("*", "pods"), false),
            (rule("get", "deployments/scale"), true),
        ] {
            assert_eq!(uncovered(&held, std::slice::from_ref(&wanted)).is_empty(), covered, "{wanted}");
        }
    }

    #[test]
    fn lacking_rights_are_told_by_thing() {
        let wanted = [tree!({ "verbs": ["get", "list"], "apiGroups": [""], "resources": ["pods", "configmaps"] })];
        let lines = described(&uncovered(&[], &wanted));
        assert_eq!(
            lines,
            [
                r#"{APIGroups:[""], Resources:["configmaps"], Verbs:["get" "list"]}"#,
                r#"{APIGroups:[""], Resources:["pods"], Verbs:["get" "list"]}"#,
            ]
        );
    }
}

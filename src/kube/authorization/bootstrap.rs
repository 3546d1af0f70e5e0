//! The roles and bindings that a cluster starts with.
// Models plugin/pkg/auth/authorizer/rbac/bootstrappolicy

use crate::document::Value;
use crate::kube::api::Resource;
use crate::tree;

/// The table, in a form that is small on the way to a browser; its first lines explain it.
const TABLE: &str = include_str!("bootstrap.txt");

const GROUP: &str = "rbac.authorization.k8s.io";

/// Every built-in role and binding, without uid and time.
#[must_use]
pub fn objects() -> Vec<(Resource, Value)> {
    let mut found: Vec<(Resource, Value)> = Vec::new();
    for line in TABLE.lines().filter(|line| !line.is_empty() && !line.starts_with('#')) {
        if let Some(object) = head(line) {
            found.push(object);
        } else if let Some((_, role)) = found.last_mut() {
            role.at_mut(&["rules"]).items_mut().push(rule(line));
        }
    }
    found
}

/// What nodes may do.
// Models bootstrappolicy NodeRules
#[must_use]
pub fn node_rules() -> Vec<Value> {
    let section = TABLE.lines().skip_while(|line| *line != "ClusterRole system:node").skip(1);
    section.take_while(|line| line.contains(';')).map(rule).collect()
}

/// The object that a line with a kind begins.
fn head(line: &str) -> Option<(Resource, Value)> {
    let mut words = line.split(' ');
    let kind = words.next()?;
    let resource = Resource::of_kind(GROUP, kind)?;
    let path = words.next()?;
    let (namespace, name) = path.split_once('/').unwrap_or(("", path));
    let mut object = tree!({
        "apiVersion": (format!("{GROUP}/v1")),
        "kind": kind,
        "metadata": {
            "name": name,
            "labels": { "kubernetes.io/bootstrapping": "rbac-defaults" },
            "annotations": { "rbac.authorization.kubernetes.io/autoupdate": "true" },
        },
    });
    if !namespace.is_empty() {
        object.set(&["metadata", "namespace"], namespace);
    }
    let aggregate = |to: &str| format!("{GROUP}/aggregate-to-{to}");
    if let Some(role_kind) = kind.strip_suffix("Binding") {
        let role = words.next().filter(|role| *role != "=").unwrap_or(name);
        object.set(&["roleRef"], tree!({ "apiGroup": GROUP, "kind": role_kind, "name": role }));
        let subjects: Vec<Value> = words.filter(|word| *word != "<").filter_map(subject).collect();
        if !subjects.is_empty() {
            object.set(&["subjects"], subjects);
        }
        return Some((resource, object));
    }
    for word in words {
        if let Some(to) = word.strip_prefix('+') {
            object.set(&["metadata", "labels", &aggregate(to)], "true");
        } else if let Some(from) = word.strip_prefix('?') {
            let labels = Value::map().with(&[&aggregate(from)], "true");
            object.set(&["aggregationRule"], tree!({ "clusterRoleSelectors": [{ "matchLabels": (labels) }] }));
        }
    }
    Some((resource, object))
}

fn subject(word: &str) -> Option<Value> {
    let (kind, name) = word.split_at_checked(1)?;
    Some(match kind {
        "S" => {
            let (namespace, name) = name.split_once('/')?;
            tree!({ "kind": "ServiceAccount", "name": name, "namespace": namespace })
        }
        "U" => tree!({ "apiGroup": GROUP, "kind": "User", "name": name }),
        _ => tree!({ "apiGroup": GROUP, "kind": "Group", "name": name }),
    })
}

fn rule(line: &str) -> Value {
    let list = |text: &str| Value::list(text.split(',').map(Value::text));
    let mut parts = line.split(';');
    let verbs = list(parts.next().unwrap_or_default());
    match (parts.next(), parts.next(), parts.next()) {
        (Some(paths), None, _) => tree!({ "verbs": (verbs), "nonResourceURLs": (list(paths)) }),
        (groups, resources, names) => {
            let mut rule = tree!({
                "verbs": (verbs),
                "apiGroups": (list(groups.unwrap_or_default())),
                "resources": (list(resources.unwrap_or_default())),
            });
            if let Some(names) = names {
                rule.set(&["resourceNames"], list(names));
            }
            rule
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::kube::api::{defaulting, meta, validation};

    #[test]
    fn every_line_is_an_object_or_a_rule_that_the_api_would_take() {
        let objects = objects();
        assert_eq!(objects.len(), 69 + 50 + 7 + 7);
        for (resource, object) in &objects {
            assert_eq!(validation::validate_create(*resource, object), [], "{object}");
            let mut defaulted = object.clone();
            defaulting::default_object(*resource, &mut defaulted);
            assert_eq!(&defaulted, object);
        }
    }

    #[test]
    fn bindings_refer_to_roles_of_the_table() {
        let objects = objects();
        for (_, binding) in objects.iter().filter(|(_, object)| meta::kind(object).ends_with("Binding")) {
            let role = super::super::rbac::role_of(binding);
            let known = |(resource, object): &(Resource, Value)| {
                *resource == role.resource
                    && meta::name(object) == &*role.name
                    && meta::namespace(object) == &*role.namespace
            };
            assert!(objects.iter().any(known), "{binding}");
        }
    }

    #[test]
    fn nodes_have_the_rules_of_their_role() {
        let objects = objects();
        let role = objects.iter().find(|(_, object)| meta::name(object) == "system:node").unwrap();
        assert_eq!(node_rules(), role.1.items_at(&["rules"]));
    }
}

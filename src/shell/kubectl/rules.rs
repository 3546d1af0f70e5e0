//! The rules of roles as lines of a table: one for each thing, with every verb that is allowed on it.
// Models k8s.io/kubectl/pkg/util/rbac

use crate::document::{InOrder as _, Value};

/// One line, and what it is ordered by.
pub(super) struct Line {
    order: String,
    /// Its four cells, with a line break at the end.
    pub text: String,
}

/// The texts of a field of a rule.
pub(super) fn texts(rule: &Value, field: &str) -> Vec<String> {
    rule.items_at(&[field]).iter().filter_map(Value::as_str).map(str::to_owned).collect()
}

/// One line for each thing, with every verb that some rule allows on it.
// Models BreakdownRule and CompactRules
pub(super) fn compact(rules: &[Value]) -> Vec<Line> {
    let mut found: Vec<([String; 3], Vec<String>)> = Vec::new();
    for rule in rules {
        let mut names = texts(rule, "resourceNames");
        if names.is_empty() {
            names.push(String::new());
        }
        for group in texts(rule, "apiGroups") {
            for resource in texts(rule, "resources") {
                for name in &names {
                    let thing = [group.clone(), resource.clone(), name.clone()];
                    match found.iter_mut().find(|(known, _)| *known == thing) {
                        Some((_, verbs)) => add(verbs, texts(rule, "verbs")),
                        None => found.push((thing, texts(rule, "verbs"))),
                    }
                }
            }
        }
    }
    found.iter().map(|([group, resource, name], verbs)| line(group, resource, name, "", verbs)).collect()
}

fn add(verbs: &mut Vec<String>, more: Vec<String>) {
    for verb in more {
        if !verbs.contains(&verb) {
            verbs.push(verb);
        }
    }
}

/// The rules of a role: addresses are never gathered.
// Models RoleDescriber
pub(super) fn of_role(rules: &[Value]) -> Vec<Line> {
    let mut lines = compact(rules);
    for rule in rules {
        for path in texts(rule, "nonResourceURLs") {
            lines.extend(texts(rule, "verbs").iter().map(|verb| line("", "", "", &path, std::slice::from_ref(verb))));
        }
    }
    order(&mut lines);
    lines
}

/// Puts lines in the order of their rules as texts.
// Models SortableRuleSlice
pub(super) fn order(lines: &mut [Line]) {
    lines.order_by(|one, other| one.order.cmp(&other.order));
}

/// One line of the table.
pub(super) fn line(group: &str, resource: &str, name: &str, path: &str, verbs: &[String]) -> Line {
    let verbs = verbs.join(" ");
    let order = format!("Verbs:[{verbs}],APIGroups:[{group}],Resources:[{resource}],Names:[{name}],Paths:[{path}]");
    // Models combineResourceGroup
    let full = match (group, resource.split_once('/')) {
        ("", _) => resource.to_owned(),
        (group, Some((resource, sub))) => format!("{resource}.{group}/{sub}"),
        (group, None) => format!("{resource}.{group}"),
    };
    Line { order, text: format!("{full}\t[{path}]\t[{name}]\t[{verbs}]\n") }
}

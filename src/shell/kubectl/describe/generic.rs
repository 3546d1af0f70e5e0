//! Any kind that has no page of its own: its fields as they are.
// Models k8s.io/kubectl/pkg/describe/describe.go genericDescriber

use crate::document::Value;
use crate::world::api::meta;

use super::super::printer::plain_text;
use super::Page;

/// What stands at the head already, or is never shown.
const SKIPPED: [&str; 5] =
    [".metadata.managedFields", ".metadata.name", ".metadata.namespace", ".metadata.labels", ".metadata.annotations"];

pub(super) fn any(page: &mut Page, object: &Value) -> bool {
    page.field(0, "Name", meta::name(object));
    page.field(0, "Namespace", meta::namespace(object));
    page.labels(object);
    page.annotations("", object);
    fields(page, object, 0, "");
    true
}

// Models printUnstructuredContent
fn fields(page: &mut Page, tree: &Value, level: usize, path: &str) {
    for (key, value) in tree.entries() {
        let path = format!("{path}.{key}");
        if SKIPPED.contains(&path.as_str()) {
            continue;
        }
        let title = title(key);
        match value {
            Value::Map(_) => {
                page.line(level, &format!("{title}:"));
                fields(page, value, level + 1, &path);
            }
            Value::List(items) => {
                page.line(level, &format!("{title}:"));
                for item in items.iter() {
                    match item {
                        Value::Map(_) => fields(page, item, level + 1, &path),
                        other => page.line(level + 1, &shown(other)),
                    }
                }
            }
            other => page.field(level, &title, &shown(other)),
        }
    }
}

fn shown(value: &Value) -> String {
    if value.is_null() { "<nil>".to_owned() } else { plain_text(value) }
}

/// `creationTimestamp` becomes `Creation Timestamp`, `uid` becomes `UID`.
// Models smartLabelFor
fn title(field: &str) -> String {
    if field.chars().any(|letter| !letter.is_alphabetic() && letter != '-') {
        return field.to_owned();
    }
    let parts = camel_case(field).into_iter().map(|part| {
        let upper = part.to_uppercase();
        if ["API", "URL", "UID", "OSB", "GUID"].contains(&upper.as_str()) {
            return upper;
        }
        let mut letters = part.chars();
        letters.next().map_or(String::new(), |first| first.to_uppercase().chain(letters).collect())
    });
    parts.collect::<Vec<_>>().join(" ")
}

/// Runs of letters of one class; the last capital of a run belongs to the small letters after it.
// Models github.com/fatih/camelcase Split
fn camel_case(text: &str) -> Vec<String> {
    let class = |letter: char| {
        if letter.is_lowercase() {
            1
        } else if letter.is_uppercase() {
            2
        } else {
            3
        }
    };
    let mut runs: Vec<String> = Vec::new();
    let mut last = 0;
    for letter in text.chars() {
        match runs.last_mut() {
            Some(run) if class(letter) == last => run.push(letter),
            _ => runs.push(letter.to_string()),
        }
        last = class(letter);
    }
    for index in 1..runs.len() {
        let starts_small = runs[index].chars().next().is_some_and(char::is_lowercase);
        let ends_large = runs[index - 1].chars().next().is_some_and(char::is_uppercase);
        if starts_small
            && ends_large
            && let Some(capital) = runs[index - 1].pop()
        {
            runs[index].insert(0, capital);
        }
    }
    runs.retain(|run| !run.is_empty());
    runs
}

#[cfg(test)]
mod tests {
    use super::title;

    #[test]
    fn titles_are_made_as_kubectl_makes_them() {
        for (field, wanted) in [
            ("creationTimestamp", "Creation Timestamp"),
            ("apiVersion", "API Version"),
            ("uid", "UID"),
            ("$patch", "$patch"),
            ("podIPs", "Pod I Ps"),
            ("kubernetes.io/hostname", "kubernetes.io/hostname"),
            ("hostIP", "Host IP"),
        ] {
            assert_eq!(title(field), wanted);
        }
    }
}

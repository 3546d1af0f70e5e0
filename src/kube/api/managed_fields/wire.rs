//! Ownership as it looks in JSON (`fieldsV1`) and in messages.
// Models sigs.k8s.io/structured-merge-diff fieldpath SerializePathElement, PathElement.String

use super::{FieldSet, Manager, Managers, Step};
use crate::document::InOrder as _;
use crate::document::{Map, Value};
use crate::tree;

/// `metadata.managedFields`, for objects of `api_version`.
// Models k8s.io/apimachinery/pkg/util/managedfields/internal sortEncodedManagedFields
#[must_use]
pub fn to_value(managers: &Managers, api_version: &str) -> Value {
    let mut sorted: Vec<&Manager> = managers.0.iter().collect();
    sorted.order_by(|one, other| {
        (!one.applies, &one.time, &one.name, &one.subresource).cmp(&(
            !other.applies,
            &other.time,
            &other.name,
            &other.subresource,
        ))
    });
    Value::list(sorted.into_iter().map(|manager| {
        let entry = tree!({
            "apiVersion": api_version,
            "fieldsType": "FieldsV1",
            "fieldsV1": (fields(&manager.fields)),
            "manager": (&manager.name),
            "operation": (if manager.applies { "Apply" } else { "Update" }),
            "time": (&manager.time),
        });
        if manager.subresource.is_empty() { entry } else { entry.with(&["subresource"], &manager.subresource) }
    }))
}

fn fields(set: &FieldSet) -> Value {
    let mut map = Map::new();
    if set.is_member() && set.children().next().is_some() {
        map.insert(".".into(), Value::map());
    }
    for (step, below) in set.children() {
        let key = match step {
            Step::Field(name) => format!("f:{name}"),
            Step::Item(keys) => format!("k:{keys}"),
            Step::Element(value) => format!("v:{value}"),
        };
        map.insert(key.into(), fields(below));
    }
    map.into()
}

/// `.spec.containers[name="web"].image`.
pub(super) fn shown_path(path: &[Step]) -> String {
    let mut text = String::new();
    for step in path {
        match step {
            Step::Field(name) => {
                text.push('.');
                text.push_str(name);
            }
            Step::Item(keys) => {
                let keys: Vec<String> = keys.entries().map(|(key, value)| format!("{key}={value}")).collect();
                text.push_str(&format!("[{}]", keys.join(",")));
            }
            Step::Element(value) => text.push_str(&format!("[={value}]")),
        }
    }
    text
}

/// `"kubectl"`, or `"kubectl" using apps/v1` for one who does not apply.
// Models k8s.io/apimachinery/pkg/util/managedfields/internal printManager
pub(super) fn shown_manager(manager: &Manager, api_version: &str) -> String {
    let mut text = format!("\"{}\"", manager.name);
    if !manager.subresource.is_empty() {
        text.push_str(&format!(" with subresource \"{}\"", manager.subresource));
    }
    if !manager.applies {
        text.push_str(&format!(" using {api_version}"));
    }
    text
}

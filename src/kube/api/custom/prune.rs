//! What a structural schema takes away from an object and adds to it.
// Models apiextensions-apiserver/pkg/apiserver/schema/pruning and /defaulting

use crate::document::Value;

const PRESERVE: &str = "x-kubernetes-preserve-unknown-fields";

/// The object without the fields that its schema does not name. The paths of those are put into
/// `unknown` as messages name them: `spec.ports[0].nam`.
#[must_use]
pub fn pruned(object: &Value, schema: &Value, unknown: &mut Vec<String>) -> Value {
    let mut pruned = object.clone();
    for (key, value) in object.entries() {
        if !matches!(&**key, "apiVersion" | "kind" | "metadata") {
            field(&mut pruned, schema, key, value, key, unknown);
        }
    }
    pruned
}

/// Looks into one field of an object, or takes it away.
fn field(holder: &mut Value, schema: &Value, key: &str, value: &Value, path: &str, unknown: &mut Vec<String>) {
    let below = schema.at(&["properties", key]);
    let below = below.or_else(|| schema.get("additionalProperties").filter(|it| !it.is_null()));
    match below {
        Some(Value::Bool(_)) => {}
        Some(below) => {
            let new = value_of(value, below, path, unknown);
            if new != *value {
                holder.set(&[key], new);
            }
        }
        None if schema.is_true_at(&[PRESERVE]) => {}
        None => {
            unknown.push(path.to_owned());
            holder.map_mut().remove(key);
        }
    }
}

fn value_of(value: &Value, schema: &Value, path: &str, unknown: &mut Vec<String>) -> Value {
    match value {
        Value::Map(map) => {
            let mut new = value.clone();
            let is_embedded = schema.is_true_at(&["x-kubernetes-embedded-resource"]);
            for (key, value) in map.iter() {
                if !(is_embedded && matches!(&**key, "apiVersion" | "kind" | "metadata")) {
                    field(&mut new, schema, key, value, &format!("{path}.{key}"), unknown);
                }
            }
            new
        }
        Value::List(items) => match schema.get("items") {
            Some(below) => {
                let each = |(at, item)| value_of(item, below, &format!("{path}[{at}]"), unknown);
                Value::list(items.iter().enumerate().map(each))
            }
            None => value.clone(),
        },
        _ => value.clone(),
    }
}

/// The object with the defaults of its schema. A `null` that is not allowed makes way for one.
#[must_use]
pub fn defaulted(object: &Value, schema: &Value) -> Value {
    match object {
        Value::Map(map) => {
            let mut new = object.clone();
            let properties = || schema.at(&["properties"]).into_iter().flat_map(Value::entries);
            for (key, below) in properties() {
                let Some(default) = below.get("default") else { continue };
                let is_absent = match map.get(key) {
                    None => true,
                    Some(value) => value.is_null() && !below.is_true_at(&["nullable"]),
                };
                if is_absent {
                    new.map_mut().insert(key.clone(), default.clone());
                }
            }
            for (key, value) in new.clone().entries() {
                let below = schema.at(&["properties", key]).or_else(|| schema.get("additionalProperties"));
                if let Some(below) = below.filter(|below| below.as_map().is_some()) {
                    let deeper = defaulted(value, below);
                    if deeper != *value {
                        new.map_mut().insert(key.clone(), deeper);
                    }
                }
            }
            new
        }
        Value::List(items) => match schema.get("items") {
            Some(below) => Value::list(items.iter().map(|item| defaulted(item, below))),
            None => object.clone(),
        },
        _ => object.clone(),
    }
}

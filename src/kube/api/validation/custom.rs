//! The rules of custom objects: those of all metadata, and those of their schema.
// Models apiextensions-apiserver/pkg/registry/customresource/validator.go

use super::check::{At, Check, Path};
use crate::document::Value;
use crate::kube::api::custom::{FaultKind, Version, faults};

/// What the schema refuses.
pub fn schema(check: &mut Check, version: &Version, object: &Value, old: Option<&Value>) {
    for fault in faults(object, version.schema(), old) {
        let path = Path::of(if fault.path.is_empty() { "<nil>" } else { &fault.path });
        match fault.kind {
            FaultKind::Required => check.required(&path, ""),
            FaultKind::Type(value, says) => check.wrong_type(&path, &value, says),
            FaultKind::Invalid(value, says) => check.invalid(&path, &value, says),
            FaultKind::NotSupported(value, allowed) => {
                let allowed: Vec<&str> = allowed.iter().map(String::as_str).collect();
                check.unsupported(&path, &value, &allowed);
            }
            FaultKind::TooLong(limit) => check.too_long(&path, usize::try_from(limit).unwrap_or_default()),
            FaultKind::TooMany { actual, limit } => {
                let count = |number: i64| usize::try_from(number).unwrap_or_default();
                check.too_many(&path, count(actual), count(limit));
            }
            FaultKind::Duplicate(value) => check.duplicate(&path, &value),
            FaultKind::Logic(says) => check.invalid(&path, "", says),
        }
    }
}

/// What the `scale` subresource needs of an object.
// Models customResourceValidator.ValidateScaleSpec and ValidateScaleStatus
pub fn scale(check: &mut Check, scale: &Value, object: &Value) {
    for field in ["specReplicasPath", "statusReplicasPath"] {
        let path = scale.str_at(&[field]).trim_start_matches('.');
        let steps: Vec<&str> = path.split('.').collect();
        if let Some(number) = object.at(&steps).and_then(Value::as_int) {
            let at = Path::of(path);
            if number < 0 {
                check.invalid(&at, number, "should be a non-negative integer");
            } else if number > i64::from(i32::MAX) {
                check.invalid(&at, number, format!("should be less than or equal to {}", i32::MAX));
            }
        }
    }
}

/// The rules of a schema: it must be structural.
// Models apiextensions-apiserver/pkg/apiserver/schema/validation.go
pub fn structure(check: &mut Check, schema: &At<'_>) {
    match schema.str("type") {
        "" => check.required(&schema.path.child("type"), "must not be empty at the root"),
        "object" => {}
        other => check.invalid(&schema.path.child("type"), other, "must be object at the root"),
    }
    part(check, schema, Place::Root);
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Place {
    Root,
    Field,
    Item,
}

const TYPES: [&str; 6] = ["array", "boolean", "integer", "number", "object", "string"];

fn part(check: &mut Check, schema: &At<'_>, place: Place) {
    let kind = schema.str("type");
    let is_open = schema.is_true("x-kubernetes-preserve-unknown-fields");
    let is_either = schema.is_true("x-kubernetes-int-or-string");
    let at = schema.path.child("type");
    if kind.is_empty() && !is_open && !is_either {
        match place {
            Place::Root => {}
            Place::Field => check.required(&at, "must not be empty for specified object fields"),
            Place::Item => check.required(&at, "must not be empty for specified array items"),
        }
    } else if !kind.is_empty() && !TYPES.contains(&kind) {
        check.unsupported(&at, kind, &TYPES);
    }
    if is_either && !kind.is_empty() {
        check.invalid(&at, kind, "must be empty if x-kubernetes-int-or-string is true");
    }
    let (items, properties) = (schema.child("items"), schema.child("properties"));
    if kind == "array" && !items.is_set() {
        check.required(&items.path, "must be specified");
    }
    if schema.is_true("uniqueItems") {
        let says = "uniqueItems cannot be set to true since the runtime complexity becomes quadratic";
        check.forbidden(&schema.path.child("uniqueItems"), says);
    }
    let additional = schema.child("additionalProperties");
    if additional.is_set() && !properties.value.is_empty() {
        check.forbidden(&additional.path, "additionalProperties and properties are mutual exclusive");
    }
    list_type(check, schema);
    default(check, schema);
    if items.is_set() {
        part(check, &items, Place::Item);
    }
    if additional.value.as_map().is_some() {
        part(check, &additional, Place::Field);
    }
    for (name, below) in schema.entries("properties") {
        if place == Place::Root && name == "metadata" {
            metadata(check, &below);
        } else {
            part(check, &below, Place::Field);
        }
    }
}

/// The metadata of an object has its own rules; a schema may only narrow two of its fields.
fn metadata(check: &mut Check, below: &At<'_>) {
    if below.value.entries().any(|(key, _)| !matches!(&**key, "type" | "properties" | "description")) {
        let says = "must not specify anything other than name and generateName, but metadata is implicitly specified";
        check.forbidden(&below.path, says);
    }
}

// Models ValidateCustomResourceDefinitionOpenAPISchema
fn list_type(check: &mut Check, schema: &At<'_>) {
    let (list_type, keys) = (schema.child("x-kubernetes-list-type"), schema.child("x-kubernetes-list-map-keys"));
    if list_type.is_set() && schema.str("type") != "array" {
        let says = "must be array if x-kubernetes-list-type is specified";
        check.invalid(&schema.path.child("type"), schema.str("type"), says);
    }
    check.one_of_if_set(&list_type, &["atomic", "map", "set"]);
    if list_type.text() == "map" && keys.value.is_empty() {
        check.required(&keys.path, "must not be empty if x-kubernetes-list-type is map");
    }
    if list_type.text() != "map" && !keys.value.is_empty() {
        check.forbidden(&keys.path, "must only be set if x-kubernetes-list-type is map");
    }
}

/// A default must itself be what the schema takes.
// Models apiserver/schema/defaulting/validation.go ValidateDefaults
fn default(check: &mut Check, schema: &At<'_>) {
    let default = schema.child("default");
    if !default.is_set() {
        return;
    }
    let name = default.path.to_string();
    for fault in crate::kube::api::custom::faults_at(&name, default.value, schema.value) {
        let path = Path::of(&fault.path);
        match fault.kind {
            FaultKind::Required => check.required(&path, ""),
            FaultKind::Type(value, says) => check.wrong_type(&path, &value, says.replace(&name, "")),
            FaultKind::Invalid(value, says) => check.invalid(&path, &value, says.replace(&name, "")),
            FaultKind::NotSupported(value, allowed) => {
                let allowed: Vec<&str> = allowed.iter().map(String::as_str).collect();
                check.unsupported(&path, &value, &allowed);
            }
            _ => check.invalid(&path, default.value, "must be what the schema takes"),
        }
    }
}

//! The rules of CustomResourceDefinitions.
// Models apiextensions-apiserver/pkg/apis/apiextensions/validation

use super::check::{At, Check, Path};
use super::custom;
use crate::document::Value;
use crate::kube::api::{meta, names};

/// A definition, its metadata apart.
pub fn definition(check: &mut Check, object: &Value) {
    let spec = At::of(object, "spec");
    let (group, named) = (spec.child("group"), spec.child("names"));
    let expected = format!("{}.{}", named.str("plural"), group.text());
    let name = object.str_at(&["metadata", "name"]);
    if name != expected {
        check.invalid(&Path::of("metadata.name"), name, "must be spec.names.plural+\".\"+spec.group");
    }
    if check.need(&group) {
        let problems = names::dns1123_subdomain(group.text());
        if problems.is_empty() && !group.text().contains('.') {
            check.invalid(&group.path, group.text(), "should be a domain with at least one dot");
        }
        check.problems(&group.path, group.text(), problems);
    }
    check.one_of(&spec.path.child("scope"), spec.str("scope"), &["Cluster", "Namespaced"]);
    versions(check, &spec);
    for field in ["plural", "singular", "kind", "listKind"] {
        let at = named.child(field);
        if at.text().is_empty() {
            if field != "singular" {
                check.required(&at.path, "");
            }
            continue;
        }
        let text = at.text().to_lowercase();
        let problems = names::dns1035_label(if field.ends_with("ind") { &text } else { at.text() });
        if !problems.is_empty() {
            check.invalid(&at.path, at.text(), problems.join(","));
        }
    }
}

fn versions(check: &mut Check, spec: &At<'_>) {
    let list = spec.child("versions");
    let mut seen: Vec<&str> = Vec::new();
    for version in list.clone().items() {
        let name = version.child("name");
        let problems = names::dns1035_label(name.text());
        if !problems.is_empty() {
            check.invalid(&name.path, name.text(), problems.join(","));
        }
        if seen.contains(&name.text()) {
            check.invalid(&list.path, list.value, "must contain unique version names");
        }
        seen.push(name.text());
        let schema = version.child("schema").child("openAPIV3Schema");
        if schema.is_set() {
            custom::structure(check, &schema);
        } else {
            check.required(&schema.path, "schemas are required");
        }
        columns(check, &version);
    }
    let stored = list.value.items().iter().filter(|version| version.is_true_at(&["storage"])).count();
    if stored != 1 {
        let detail = "must have exactly one version marked as storage version";
        check.invalid(&list.path, list.value, detail);
    }
}

// Models ValidateCustomResourceColumnDefinition
fn columns(check: &mut Check, version: &At<'_>) {
    for column in version.each("additionalPrinterColumns") {
        let (name, kind, path) = (column.child("name"), column.child("type"), column.child("jsonPath"));
        if name.text().is_empty() {
            check.required(&name.path, "");
        }
        check.one_of(&kind.path, kind.text(), &["boolean", "date", "integer", "number", "string"]);
        if path.text().is_empty() {
            check.required(&path.path, "");
        }
    }
}

/// What of a definition may not change.
// Models validateCustomResourceDefinitionSpecUpdate
pub fn update(check: &mut Check, new: &Value, old: &Value) {
    let spec = |object: &Value, path: &[&str]| object.at(&[&["spec"], path].concat()).cloned();
    let mut immutable = |path: &str, steps: &[&str]| {
        check.immutable(&Path::of(path), spec(new, steps).as_ref(), spec(old, steps).as_ref());
    };
    if meta::is_condition_true(old, "Established") {
        immutable("spec.scope", &["scope"]);
        immutable("spec.names.kind", &["names", "kind"]);
    }
    immutable("spec.group", &["group"]);
    immutable("spec.names.plural", &["names", "plural"]);
    let versions = At::of(new, "spec").child("versions");
    for stored in old.items_at(&["status", "storedVersions"]).iter().filter_map(Value::as_str) {
        if !versions.value.items().iter().any(|version| version.str_at(&["name"]) == stored) {
            let at = Path::of("status.storedVersions").index(0);
            check.invalid(&at, stored, "missing from spec.versions; v1beta1 was previously a storage version, and must remain in spec.versions until a storage migration ensures no data remains persisted in v1beta1 and removes v1beta1 from status.storedVersions".replace("v1beta1", stored));
        }
    }
}

//! What the API knows of its kinds, on cases that are pages to read: `tests/kube-api/*/*.yaml`.
//! A case's folder says what is done with it.

use drydock::document::schema::{self, Type};
use drydock::document::{Value, parse};
use drydock::kube::api::managed_fields::{self, Managers};
use drydock::kube::api::{Resource, defaulting, patch, validation};
use std::fs;
use std::path::PathBuf;

/// Runs every case of a folder; a case answers with what is wrong about it.
fn each(folder: &str, run: fn(&Value) -> Result<(), String>) {
    let folder = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("tests/kube-api").join(folder);
    let mut files: Vec<PathBuf> = fs::read_dir(&folder).unwrap().map(|entry| entry.unwrap().path()).collect();
    files.sort();
    assert!(!files.is_empty(), "no cases in {}", folder.display());
    let wrong: Vec<String> = files
        .iter()
        .filter_map(|file| {
            let parsed = parse(&fs::read_to_string(file).unwrap());
            let outcome = match parsed.documents.as_slice() {
                [case] => run(&case.root.to_value()),
                _ => Err(format!("not one document: {:?}", parsed.errors)),
            };
            outcome.err().map(|problem| format!("{}:\n{problem}", file.file_name().unwrap().to_string_lossy()))
        })
        .collect();
    assert!(wrong.is_empty(), "{}", wrong.join("\n\n"));
}

fn at<'a>(case: &'a Value, field: &str) -> &'a Value {
    case.get(field).unwrap_or(&Value::Null)
}

fn same(what: &str, got: &Value, want: &Value) -> Result<(), String> {
    if got == want { Ok(()) } else { Err(format!("{what}\n want {want}\n  got {got}")) }
}

/// A new object as the API server has it before validation.
fn received(object: &Value) -> (Resource, Value) {
    let (version, kind) = (object.str_at(&["apiVersion"]), object.str_at(&["kind"]));
    let resource = Resource::of(version, kind).unwrap_or_else(|| panic!("no kind {kind}"));
    let mut object = schema::decode(object, schema::root(version, kind).unwrap()).unwrap();
    if resource.info().namespaced {
        object.set(&["metadata", "namespace"], "default");
    }
    defaulting::default_object(resource, &mut object);
    (resource, object)
}

#[test]
fn rules_speak_in_upstreams_words_and_order() {
    each("validation", |case| {
        let (resource, mut object) = received(at(case, "create"));
        defaulting::prepare_for_create(resource, &mut object);
        let mut errors = validation::validate_create(resource, &object);
        if let Some(update) = case.get("update") {
            if !errors.is_empty() {
                return Err(format!("cannot be created: {errors:?}"));
            }
            let mut new = received(update).1;
            defaulting::prepare_for_update(resource, &mut new, &object, "");
            errors = validation::validate_update(resource, &new, &object, "");
        }
        let got: Vec<String> = errors.iter().map(ToString::to_string).collect();
        let want: Vec<&str> = case.items_at(&["errors"]).iter().filter_map(Value::as_str).collect();
        if got == want {
            Ok(())
        } else {
            Err(format!(" want {}\n  got {}", want.join("\n      "), got.join("\n      ")))
        }
    });
}

/// Every field of `want` is in `got`, with that value; lists are compared as wholes.
fn contains(got: &Value, want: &Value, path: &str) -> Result<(), String> {
    match want {
        Value::Map(fields) if !fields.is_empty() => {
            fields.iter().try_for_each(|(key, want)| contains(at(got, key), want, &format!("{path}.{key}")))
        }
        _ => same(path, got, want),
    }
}

#[test]
fn defaults_are_filled_in() {
    each("defaulting", |case| contains(&received(at(case, "object")).1, at(case, "becomes"), ""));
}

fn kind_of(case: &Value) -> Option<Type> {
    schema::root(case.str_at(&["kind", "apiVersion"]), case.str_at(&["kind", "kind"]))
}

#[test]
fn patches_merge_by_the_schemas_keys() {
    each("patch", |case| {
        let (ty, live) = (kind_of(case), at(case, "live"));
        let mut patch = at(case, "strategic").clone();
        if case.get("three_way").is_some() {
            patch = patch::three_way(at(case, "original"), at(case, "modified"), live, ty);
            same("the patch", &patch, at(case, "three_way"))?;
        }
        same("the object", &patch::strategic(live, &patch, ty)?, at(case, "becomes"))
    });
}

#[test]
fn applying_minds_who_owns_what() {
    each("apply", |case| {
        let (ty, mut live, mut managers) = (kind_of(case), Value::Null, Managers::default());
        for (index, step) in case.items_at(&["steps"]).iter().enumerate() {
            let (by, force) = (step.str_at(&["by"]), step.is_true_at(&["force"]));
            let outcome =
                managed_fields::apply((&live, &managers), at(step, "config"), by, force, "2026-01-01T00:00:00Z", ty);
            match (outcome, step.get("refused")) {
                (Ok((object, owners)), None) => (live, managers) = (object, owners),
                (Err(conflicts), Some(refused)) => {
                    let message = managed_fields::conflict_message(&conflicts);
                    same("the refusal", &message.into(), refused)?;
                }
                (outcome, _) => return Err(format!("step {index}: {outcome:?}")),
            }
            if let Some(becomes) = step.get("becomes") {
                same(&format!("step {index}"), &live, becomes)?;
            }
        }
        Ok(())
    });
}

//! The rules of `metadata`, which every kind has.
// Models k8s.io/apimachinery/pkg/api/validation ValidateObjectMeta

use super::check::{Check, Path, blank};
use crate::document::Value;
use crate::kube::api::names::{self, Problems};
use crate::kube::api::{Resource, goprint, meta};

/// All annotations of an object together may be this long.
const ANNOTATIONS_BYTES_MAX: usize = 256 * 1024;

/// How the names of a kind must look.
fn name_rule(resource: Resource) -> fn(&str) -> Problems {
    match resource {
        // A StatefulSet's name becomes the host name of its Pods.
        Resource::NAMESPACES | Resource::STATEFUL_SETS => names::dns1123_label,
        // Service names may start with a digit since v1.34 (RelaxedServiceNameValidation).
        Resource::SERVICES => names::dns1123_label,
        Resource::ROLES | Resource::ROLE_BINDINGS | Resource::CLUSTER_ROLES | Resource::CLUSTER_ROLE_BINDINGS => {
            names::path_segment
        }
        // Upstream has no rule of its own for these; only what stands in a path is held.
        Resource::POD_DISRUPTION_BUDGETS => names::path_segment,
        _ => names::dns1123_subdomain,
    }
}

/// The rules of a new object's metadata.
pub fn validate(check: &mut Check, resource: Resource, object: &Value) {
    let namespaced = resource.info().namespaced;
    object_meta(check, object, &Path::of("metadata"), Some(namespaced), name_rule(resource));
}

/// The rules of any `metadata`. `namespaced` tells whether a namespace must or must not be there.
pub fn object_meta(
    check: &mut Check,
    object: &Value,
    path: &Path,
    namespaced: Option<bool>,
    rule: fn(&str) -> Problems,
) {
    let generate = object.str_at(&["metadata", "generateName"]);
    if !generate.is_empty() {
        let stem = names::mask_trailing_dash(generate);
        for problem in rule(&stem) {
            check.invalid(&path.child("generateName"), generate, problem);
        }
    }
    let name = meta::name(object);
    if name.is_empty() {
        if namespaced.is_some() {
            check.required(&path.child("name"), "name or generateName is required");
        }
    } else {
        check.problems(&path.child("name"), name, rule(name));
    }
    let namespace = meta::namespace(object);
    let at = path.child("namespace");
    match namespaced {
        Some(true) if namespace.is_empty() => check.required(&at, ""),
        Some(true) => check.problems(&at, namespace, names::dns1123_label(namespace)),
        Some(false) if !namespace.is_empty() => check.forbidden(&at, "not allowed on this type"),
        _ => {}
    }
    if let Some(generation) = object.int_at(&["metadata", "generation"]).filter(|number| *number < 0) {
        check.invalid(&path.child("generation"), generation, "must be greater than or equal to 0");
    }
    labels(check, meta::labels(object), &path.child("labels"));
    annotations(check, object.at(&["metadata", "annotations"]).unwrap_or(&Value::Null), &path.child("annotations"));
    owner_references(check, object.items_at(&["metadata", "ownerReferences"]), &path.child("ownerReferences"));
    finalizers(check, object.items_at(&["metadata", "finalizers"]), &path.child("finalizers"));
    kube_finalizers(check, object, path);
}

fn kube_finalizers(check: &mut Check, object: &Value, path: &Path) {
    for (index, name) in object.items_at(&["metadata", "finalizers"]).iter().enumerate() {
        kube_finalizer(check, name.as_str().unwrap_or_default(), &path.child("finalizers").index(index));
    }
}

// Models k8s.io/apimachinery/pkg/apis/meta/v1/validation ValidateLabels
pub fn labels(check: &mut Check, labels: &Value, path: &Path) {
    for (key, value) in labels.entries() {
        check.problems(path, key, names::qualified_name(key));
        let value = value.as_str().unwrap_or_default();
        for problem in names::label_value(value) {
            check.invalid(path, value, problem);
        }
    }
}

// Models k8s.io/apimachinery/pkg/api/validation ValidateAnnotations
pub fn annotations(check: &mut Check, annotations: &Value, path: &Path) {
    let mut bytes = 0;
    for (key, value) in annotations.entries() {
        bytes += key.len() + value.as_str().map_or(0, str::len);
        check.problems(path, key, names::qualified_name(&key.to_lowercase()));
    }
    if bytes > ANNOTATIONS_BYTES_MAX {
        check.too_long(path, ANNOTATIONS_BYTES_MAX);
    }
}

// Models k8s.io/apimachinery/pkg/api/validation ValidateOwnerReferences
fn owner_references(check: &mut Check, owners: &[Value], path: &Path) {
    let mut controller: Option<&Value> = None;
    for owner in owners {
        for field in ["apiVersion", "kind", "name", "uid"] {
            if !owner.str_at(&[field]).is_empty() {
                continue;
            }
            let at = path.child(field);
            match field {
                "apiVersion" => check.invalid(&at, "", "version must not be empty"),
                _ => check.invalid(&at, "", "must not be empty"),
            }
        }
        if owner.str_at(&["apiVersion"]) == "v1" && owner.str_at(&["kind"]) == "Event" {
            check.invalid(
                path,
                goprint::json(owner, "OwnerReference"),
                "/v1, Kind=Event is disallowed from being an owner",
            );
        }
        if owner.is_true_at(&["controller"]) {
            if let Some(first) = controller {
                let text = |one: &Value| format!("{}/{}", one.str_at(&["kind"]), one.str_at(&["name"]));
                let detail = format!(
                    "Only one reference can have Controller set to true. Found \"true\" in references for {} and {}",
                    text(first),
                    text(owner)
                );
                let all = Value::list(owners.iter().cloned());
                check.invalid(path, goprint::json(&all, "OwnerReference"), detail);
            } else {
                controller = Some(owner);
            }
        }
    }
}

// Models k8s.io/apimachinery/pkg/api/validation ValidateFinalizers
fn finalizers(check: &mut Check, finalizers: &[Value], path: &Path) {
    let mut seen = [false; 2];
    for finalizer in finalizers.iter().filter_map(Value::as_str) {
        check.problems(path, finalizer, names::qualified_name(finalizer));
        seen[0] |= finalizer == "orphan";
        seen[1] |= finalizer == "foregroundDeletion";
    }
    if seen == [true; 2] {
        let value = Value::list(finalizers.iter().cloned());
        check.invalid(path, &value, "finalizer orphan and foregroundDeletion cannot be both set");
    }
}

// Models pkg/apis/core/validation validateKubeFinalizerName
pub fn kube_finalizer(check: &mut Check, name: &str, path: &Path) {
    if !name.contains('/') && !matches!(name, "kubernetes" | "orphan" | "foregroundDeletion") {
        check.invalid(path, name, "name is neither a standard finalizer name nor is it fully qualified");
    }
}

/// The rules of a change of metadata.
// Models k8s.io/apimachinery/pkg/api/validation ValidateObjectMetaUpdate
pub fn validate_update(check: &mut Check, new: &Value, old: &Value) {
    let path = Path::of("metadata");
    let of = |object: &Value| object.items_at(&["metadata", "finalizers"]).to_vec();
    finalizers(check, &of(new), &path.child("finalizers"));
    // A deleted object may lose finalizers, never get new ones.
    if meta::is_deleting(old) {
        let had = of(old);
        let added: Vec<Value> = of(new).into_iter().filter(|one| !had.contains(one)).collect();
        if !added.is_empty() {
            let names: Vec<String> = added.iter().filter_map(Value::as_str).map(|name| format!("\"{name}\"")).collect();
            let detail = format!(
                "no new finalizers can be added if the object is being deleted, found new finalizers []string{{{}}}",
                names.join(", ")
            );
            check.forbidden(&path.child("finalizers"), detail);
        }
    }
    for field in ["name", "namespace", "uid", "creationTimestamp", "deletionTimestamp", "deletionGracePeriodSeconds"] {
        let (new, old) = (new.at(&["metadata", field]), old.at(&["metadata", field]));
        check.immutable(&path.child(field), blank(new), blank(old));
    }
    labels(check, meta::labels(new), &path.child("labels"));
    annotations(check, new.at(&["metadata", "annotations"]).unwrap_or(&Value::Null), &path.child("annotations"));
    owner_references(check, new.items_at(&["metadata", "ownerReferences"]), &path.child("ownerReferences"));
    kube_finalizers(check, new, &path);
}

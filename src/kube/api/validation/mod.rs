//! What the API server refuses: the field rules of every kind, in upstream's order and words.
//!
//! Objects come here decoded and defaulted, so a field has the type its schema says or is absent.
//! Everything that needs storage or time (addresses that are taken, quotas, references to other
//! objects) is the API server's and its admission's, not ours.
//!
//! Invariant: a rule looks at one object (and, for updates, at what it was), never at another.

mod check;
mod meta;

use crate::document::Value;
use crate::kube::api::{FieldError, Resource};
use check::{Check, Path};

/// What is wrong with a new object; empty where nothing is.
#[must_use]
pub fn validate_create(resource: Resource, object: &Value) -> Vec<FieldError> {
    let mut check = Check::default();
    meta::validate(&mut check, resource, object);
    check.errors
}

/// What is wrong with a change of `old` into `new`.
#[must_use]
pub fn validate_update(resource: Resource, new: &Value, old: &Value, _subresource: &str) -> Vec<FieldError> {
    let mut check = Check::default();
    meta::validate_update(&mut check, new, old);
    let _ = (resource, Path::root());
    check.errors
}

/// What is allowed, but worth a `Warning:`.
#[must_use]
pub fn warnings(_resource: Resource, _object: &Value) -> Vec<String> {
    Vec::new()
}

//! The three ways to say a change of an object, and what `kubectl apply` computes on its side.
//!
//! Invariant: patches are applied to trees without knowing their kind; lists that merge by key are
//! known from the schema alone.

mod diff;
mod json;
mod strategic;

pub use diff::three_way;
pub use json::json_patch;
pub use strategic::strategic;

use crate::document::Value;
use crate::document::schema::{Field, Patch, Shape, Type};

/// RFC 7386: maps are merged, null takes away, anything else replaces.
#[must_use]
pub fn merge_patch(target: &Value, patch: &Value) -> Value {
    let Value::Map(changes) = patch else { return patch.clone() };
    let mut merged = if target.as_map().is_some() { target.clone() } else { Value::map() };
    for (key, change) in changes.iter() {
        if change.is_null() {
            merged.remove_key(key);
        } else {
            let before = target.get(key).unwrap_or(&Value::Null);
            merged.map_mut().insert(key.clone(), merge_patch(before, change));
        }
    }
    merged
}

impl Value {
    /// Takes `key` away, `null` or not.
    fn remove_key(&mut self, key: &str) {
        if self.as_map().is_some_and(|map| map.contains_key(key)) {
            self.map_mut().remove(key);
        }
    }
}

/// What the schema says about the place of a value.
#[derive(Clone, Copy, Default)]
struct Place {
    ty: Option<Type>,
    strategy: Patch,
    merge_key: Option<&'static str>,
}

impl Place {
    fn root(ty: Option<Type>) -> Self {
        Self { ty, ..Self::default() }
    }

    /// The place of the field `name`, or of that entry of a map.
    fn child(self, name: &str) -> Self {
        let field = self.ty.and_then(|ty| field(ty, name));
        match field {
            Some(field) => Self { ty: Some(field.ty()), strategy: field.patch(), merge_key: field.merge_key() },
            None => Self::root(self.ty.and_then(|ty| ty.step(name))),
        }
    }

    /// The place of an element of this list.
    fn element(self) -> Self {
        Self::root(self.ty.and_then(Type::element))
    }
}

/// The field of a struct, also where it may be something else.
fn field(ty: Type, name: &str) -> Option<Field> {
    match ty.shape() {
        Shape::ObjectOrAny(object) => object.field(name),
        _ => ty.field(name),
    }
}

#[cfg(test)]
mod tests;

//! Types that are not in the build's table: those of custom kinds, read from the OpenAPI schema of
//! their definition. They stand behind the same [`Type`] and [`Field`], so completion, the editor's marks,
//! `kubectl explain` and field ownership need not know of them.
//!
//! A schema is read once, whoever asks and in whichever world, and its rows are kept for good: a
//! [`Type`] may be anywhere. What a number stands for depends on the process, so numbers are never
//! stored and nothing is ordered by them.

use super::super::Value;
use super::table::{FieldRow, Shape, Type, TypeRow};
use super::{Field, root};
use std::collections::BTreeMap;
use std::sync::{PoisonError, RwLock};

/// Numbers from here on are not the table's.
const FIRST: u16 = 1 << 15;

/// A type as it was read.
pub(super) struct Added {
    pub shape: Shape,
    pub row: TypeRow,
    words: &'static str,
}

struct AddedField {
    row: FieldRow,
    words: &'static str,
}

struct Rows {
    types: Vec<&'static Added>,
    fields: Vec<&'static AddedField>,
    /// The type of each schema that was read: by apiVersion, kind and the schema itself.
    roots: BTreeMap<String, Type>,
}

static ROWS: RwLock<Rows> = RwLock::new(Rows { types: Vec::new(), fields: Vec::new(), roots: BTreeMap::new() });

pub(super) const fn is_added(number: u16) -> bool {
    number >= FIRST
}

/// The row of an added type.
pub(super) fn ty(ty: Type) -> &'static Added {
    ROWS.read().unwrap_or_else(PoisonError::into_inner).types[usize::from(ty.0 - FIRST)]
}

fn row(field: Field) -> &'static AddedField {
    ROWS.read().unwrap_or_else(PoisonError::into_inner).fields[usize::from(field.0 - FIRST)]
}

/// The row of an added field.
pub(super) fn field(field: Field) -> &'static FieldRow {
    &row(field).row
}

/// The descriptions that the schema itself gives: of a type, or of the field of that name.
#[must_use]
pub fn words_of(ty: Type, field: &str) -> Option<&'static str> {
    if !is_added(ty.0) {
        return None;
    }
    let words = if field.is_empty() { self::ty(ty).words } else { ty.field(field).map_or("", |it| row(it).words) };
    Some(words).filter(|words| !words.is_empty())
}

/// The type of a custom kind.
#[must_use]
pub fn add(api_version: &str, kind: &str, schema: &Value) -> Type {
    let name = format!("{api_version} {kind} {schema}");
    let mut rows = ROWS.write().unwrap_or_else(PoisonError::into_inner);
    if let Some(known) = rows.roots.get(&name) {
        return *known;
    }
    let ty = rows.root(kind, schema);
    rows.roots.insert(name, ty);
    ty
}

fn keep(text: &str) -> &'static str {
    Box::leak(text.into())
}

/// The number of a scalar of the table.
fn scalar(shape: Shape) -> Type {
    super::table::scalar(shape)
}

impl Rows {
    fn root(&mut self, kind: &str, schema: &Value) -> Type {
        let mut properties = Value::map();
        for (field, words) in [
            (
                "apiVersion",
                "APIVersion defines the versioned schema of this representation of an object. Servers should convert \
                 recognized schemas to the latest internal value, and may reject unrecognized values. More info: \
                 https://git.k8s.io/community/contributors/devel/sig-architecture/api-conventions.md#resources",
            ),
            (
                "kind",
                "Kind is a string value representing the REST resource this object represents. Servers may infer this \
                 from the endpoint the client submits requests to. Cannot be updated. In CamelCase. More info: \
                 https://git.k8s.io/community/contributors/devel/sig-architecture/api-conventions.md#types-kinds",
            ),
            (
                "metadata",
                "Standard object's metadata. More info: \
                 https://git.k8s.io/community/contributors/devel/sig-architecture/api-conventions.md#metadata",
            ),
        ] {
            properties.set(&[field], crate::tree!({ "type": "string", "description": words }));
        }
        for (field, below) in schema.at(&["properties"]).into_iter().flat_map(Value::entries) {
            if !matches!(&**field, "apiVersion" | "kind" | "metadata") {
                properties.set(&[field], below.clone());
            }
        }
        let metadata = root("v1", "ConfigMap").and_then(|ty| ty.field("metadata")).map(Field::ty);
        self.object(kind, &schema.clone().with(&["properties"], properties), metadata)
    }

    /// A struct; `metadata` is the type of its field of that name, where it is a whole object.
    fn object(&mut self, name: &str, schema: &Value, metadata: Option<Type>) -> Type {
        let required = schema.items_at(&["required"]);
        let mut fields: Vec<&'static AddedField> = Vec::new();
        for (key, below) in schema.at(&["properties"]).into_iter().flat_map(Value::entries) {
            let own = metadata.filter(|_| &**key == "metadata");
            let ty = own.unwrap_or_else(|| self.ty(below));
            let mut row = FieldRow {
                name: keep(key),
                required: required.iter().any(|one| one.as_str() == Some(&**key)),
                ty: ty.0,
                ..FieldRow::default()
            };
            let valued = below.get("items").filter(|_| below.get("enum").is_none()).unwrap_or(below);
            row.values = valued.items_at(&["enum"]).iter().filter_map(|value| value.as_str().map(keep)).collect();
            row.set = below.str_at(&["x-kubernetes-list-type"]) == "set";
            if below.str_at(&["x-kubernetes-list-type"]) == "map" {
                let keys = below.items_at(&["x-kubernetes-list-map-keys"]);
                row.keys = keys.iter().filter_map(|key| key.as_str().map(keep)).collect();
            }
            row.atomic = below.str_at(&["x-kubernetes-map-type"]) == "atomic";
            fields.push(Box::leak(Box::new(AddedField { row, words: keep(below.str_at(&["description"])) })));
        }
        let (start, end) = (self.fields.len(), self.fields.len() + fields.len());
        if end >= usize::from(FIRST) - 1 {
            return scalar(Shape::Any);
        }
        self.fields.extend(fields);
        let fields = FIRST | start as u16..FIRST | end as u16;
        let row = TypeRow { name: keep(name), atomic: false, fields };
        self.push(Shape::Object, row, schema.str_at(&["description"]))
    }

    fn push(&mut self, shape: Shape, row: TypeRow, words: &str) -> Type {
        let number = self.types.len();
        if number >= usize::from(FIRST) - 1 {
            return scalar(Shape::Any);
        }
        self.types.push(Box::leak(Box::new(Added { shape, row, words: keep(words) })));
        Type(FIRST | number as u16)
    }

    fn ty(&mut self, schema: &Value) -> Type {
        if schema.is_true_at(&["x-kubernetes-int-or-string"]) {
            return scalar(Shape::IntOrString);
        }
        let has = |field: &str| schema.at(&[field]).is_some();
        match schema.str_at(&["type"]) {
            "string" => scalar(Shape::String),
            "integer" if schema.str_at(&["format"]) == "int32" => scalar(Shape::Int32),
            "integer" => scalar(Shape::Int64),
            "number" => scalar(Shape::Double),
            "boolean" => scalar(Shape::Boolean),
            "array" => {
                let inner = schema.get("items").map_or(scalar(Shape::Any), |items| self.ty(items));
                self.push(Shape::List(inner), TypeRow::default(), "")
            }
            "object" if schema.is_true_at(&["x-kubernetes-preserve-unknown-fields"]) => scalar(Shape::Any),
            "object" if has("properties") => self.object("Object", schema, None),
            "object" => match schema.get("additionalProperties").filter(|below| below.as_map().is_some()) {
                Some(below) => {
                    let inner = self.ty(below);
                    self.push(Shape::Map(inner), TypeRow::default(), "")
                }
                None if schema.is_true_at(&["additionalProperties"]) => scalar(Shape::Any),
                None => self.object("Object", schema, None),
            },
            _ => scalar(Shape::Any),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_schema_becomes_a_type_once() {
        let schema = crate::tree!({ "type": "object", "properties": {
            "spec": { "type": "object", "required": ["size"], "properties": {
                "size": { "type": "integer", "description": "How many." },
                "color": { "type": "string", "enum": ["red", "blue"] },
                "ports": { "type": "array", "items": { "type": "object", "properties": { "n": { "type": "integer" } } },
                    "x-kubernetes-list-type": "map", "x-kubernetes-list-map-keys": ["n"] },
            } } } });
        let boat = add("example.com/v1", "Boat", &schema);
        assert_eq!(add("example.com/v1", "Boat", &schema), boat);
        let spec = boat.step("spec").expect("a spec");
        let size = spec.field("size").expect("a size");
        assert!(size.is_required());
        assert_eq!(size.ty().shape(), Shape::Int64);
        assert_eq!(words_of(spec, "size"), Some("How many."));
        assert_eq!(spec.field("color").map(Field::values), Some(&["red", "blue"][..]));
        assert_eq!(spec.step("ports").map(Type::label).as_deref(), Some("[]Object"));
        assert_eq!(boat.step("metadata").map(Type::go_struct), Some("ObjectMeta"));
    }
}

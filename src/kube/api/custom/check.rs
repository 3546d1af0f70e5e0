//! What a schema refuses of a value, in upstream's words.
// Models k8s.io/kube-openapi/pkg/validation/validate, apiextensions-apiserver/pkg/apiserver/validation

use super::format;
use crate::document::Value;
use crate::document::regex::Regex;
use std::cmp::Ordering;

/// One thing that a schema refuses.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Fault {
    /// Where: `spec.replicas`.
    pub path: String,
    /// What.
    pub kind: FaultKind,
}

/// What can be wrong with a value.
#[derive(Clone, Debug, PartialEq, Eq)]
#[expect(missing_docs, reason = "the kinds of field errors")]
pub enum FaultKind {
    Required,
    /// The type that was found, and the message.
    Type(Value, String),
    Invalid(Value, String),
    /// The values that are allowed.
    NotSupported(Value, Vec<String>),
    TooLong(i64),
    TooMany {
        actual: i64,
        limit: i64,
    },
    Duplicate(Value),
    /// Of several schemas the wrong number fits; no place is named.
    Logic(String),
}

/// What `schema` refuses of `object`. Parts that stand in `old` unchanged were let in before and are not
/// looked at again.
// Models ValidateCustomResourceUpdate with CRDValidationRatcheting
#[must_use]
pub fn faults(object: &Value, schema: &Value, old: Option<&Value>) -> Vec<Fault> {
    let mut checker = Checker { found: Vec::new() };
    checker.value("", object, schema, old);
    checker.found
}

struct Checker {
    found: Vec<Fault>,
}

impl Checker {
    fn add(&mut self, path: &str, kind: FaultKind) {
        self.found.push(Fault { path: path.to_owned(), kind });
    }

    fn invalid(&mut self, path: &str, value: &Value, says: &str) {
        self.add(path, FaultKind::Invalid(value.clone(), format!("{path} in body {says}")));
    }

    fn value(&mut self, path: &str, value: &Value, schema: &Value, old: Option<&Value>) {
        if !path.is_empty() && old == Some(value) {
            return;
        }
        if value.is_null() && schema.is_true_at(&["nullable"]) {
            return;
        }
        self.of_type(path, value, schema);
        self.several(path, value, schema);
        match value {
            Value::Text(text) => self.text(path, value, text, schema),
            Value::Int(_) | Value::Decimal(_) => self.number(path, value, schema),
            Value::List(items) => self.list(path, items, schema),
            _ => {}
        }
        self.one_of(path, value, schema);
        if value.as_map().is_some() {
            self.object(path, value, schema, old);
        }
    }

    // Models typeValidator
    fn of_type(&mut self, path: &str, value: &Value, schema: &Value) {
        let wanted = schema.str_at(&["type"]);
        let found = word(value);
        let fits = if schema.is_true_at(&["x-kubernetes-int-or-string"]) {
            matches!(value, Value::Int(_) | Value::Text(_))
        } else {
            wanted.is_empty() || wanted == found || (wanted, found) == ("number", "integer")
        };
        if !fits {
            let wanted = if wanted.is_empty() { "integer,string" } else { wanted };
            let message = format!("{path} in body must be of type {wanted}: \"{found}\"");
            self.add(path, FaultKind::Type(Value::text(found), message));
        }
    }

    // Models schemaPropsValidator
    fn several(&mut self, path: &str, value: &Value, schema: &Value) {
        let fit = |schemas: &[Value]| {
            let fits = |one: &&Value| faults_at(path, value, one).is_empty();
            schemas.iter().filter(fits).count()
        };
        let any = schema.items_at(&["anyOf"]);
        // The two branches of an integer or text are what its mark says already.
        if !any.is_empty() && !schema.is_true_at(&["x-kubernetes-int-or-string"]) && fit(any) == 0 {
            self.add("", FaultKind::Logic(format!("\"{path}\" must validate at least one schema (anyOf)")));
        }
        let one = schema.items_at(&["oneOf"]);
        if !one.is_empty() {
            let found = match fit(one) {
                1 => "",
                0 => ". Found none valid",
                _ => ". Found 2 valid alternatives",
            };
            if !found.is_empty() {
                let says = format!("\"{path}\" must validate one and only one schema (oneOf){found}");
                self.add("", FaultKind::Logic(says));
            }
        }
        for one in schema.items_at(&["allOf"]) {
            self.found.extend(faults_at(path, value, one));
        }
        if let Some(not) = schema.get("not")
            && faults_at(path, value, not).is_empty()
        {
            self.add("", FaultKind::Logic(format!("\"{path}\" must not validate the schema (not)")));
        }
    }

    // Models stringValidator and formatValidator
    fn text(&mut self, path: &str, value: &Value, text: &str, schema: &Value) {
        let length = i64::try_from(text.chars().count()).unwrap_or(i64::MAX);
        if let Some(limit) = schema.int_at(&["maxLength"]).filter(|limit| length > *limit) {
            self.add(path, FaultKind::TooLong(limit));
        }
        if let Some(least) = schema.int_at(&["minLength"]).filter(|least| length < *least) {
            self.invalid(path, value, &format!("should be at least {least} chars long"));
        }
        let pattern = schema.str_at(&["pattern"]);
        if !pattern.is_empty() && Regex::go(pattern).is_ok_and(|regex| !regex.is_in(text)) {
            self.invalid(path, value, &format!("should match '{pattern}'"));
        }
        let format = schema.str_at(&["format"]);
        if schema.str_at(&["type"]) == "string" && !format::fits(format, text) {
            let message = format!("{path} in body must be of type {format}: {}", Value::text(text));
            self.add(path, FaultKind::Type(value.clone(), message));
        }
    }

    // Models numberValidator
    fn number(&mut self, path: &str, value: &Value, schema: &Value) {
        let bound = |field: &str| schema.get(field).filter(|bound| !bound.is_null());
        if let Some(step) = schema.int_at(&["multipleOf"]).filter(|step| *step != 0)
            && value.as_int().is_some_and(|number| number % step != 0)
        {
            self.invalid(path, value, &format!("should be a multiple of {step}"));
        }
        if let Some(most) = bound("maximum") {
            let order = compare(value, most);
            let is_exclusive = schema.is_true_at(&["exclusiveMaximum"]);
            if order == Ordering::Greater || is_exclusive && order == Ordering::Equal {
                let or_equal = if is_exclusive { "" } else { " or equal to" };
                self.invalid(path, value, &format!("should be less than{or_equal} {most}"));
            }
        }
        if let Some(least) = bound("minimum") {
            let order = compare(value, least);
            let is_exclusive = schema.is_true_at(&["exclusiveMinimum"]);
            if order == Ordering::Less || is_exclusive && order == Ordering::Equal {
                let or_equal = if is_exclusive { "" } else { " or equal to" };
                self.invalid(path, value, &format!("should be greater than{or_equal} {least}"));
            }
        }
    }

    // Models schemaSliceValidator, and listtype.ValidateListSetsAndMaps
    fn list(&mut self, path: &str, items: &[Value], schema: &Value) {
        if let Some(below) = schema.get("items") {
            for (at, item) in items.iter().enumerate() {
                self.value(&format!("{path}[{at}]"), item, below, None);
            }
        }
        let actual = i64::try_from(items.len()).unwrap_or(i64::MAX);
        if let Some(least) = schema.int_at(&["minItems"]).filter(|least| actual < *least) {
            self.invalid(path, &Value::Int(actual), &format!("should have at least {least} items"));
        }
        if let Some(limit) = schema.int_at(&["maxItems"]).filter(|limit| actual > *limit) {
            self.add(path, FaultKind::TooMany { actual, limit });
        }
        let keys = schema.items_at(&["x-kubernetes-list-map-keys"]);
        let identity = |item: &Value| match schema.str_at(&["x-kubernetes-list-type"]) {
            "set" => Some(item.clone()),
            "map" => {
                let named = keys.iter().filter_map(|key| Some((key.as_str()?, item.get(key.as_str()?)?)));
                let mut identity = Value::map();
                named.for_each(|(key, value)| identity.set(&[key], value));
                Some(identity)
            }
            _ => None,
        };
        for (at, item) in items.iter().enumerate() {
            let Some(own) = identity(item) else { return };
            if items[..at].iter().any(|before| identity(before).as_ref() == Some(&own)) {
                self.add(&format!("{path}[{at}]"), FaultKind::Duplicate(own));
            }
        }
    }

    // Models basicCommonValidator
    fn one_of(&mut self, path: &str, value: &Value, schema: &Value) {
        let allowed = schema.items_at(&["enum"]);
        if !allowed.is_empty() && !allowed.contains(value) {
            let word = |value: &Value| value.as_str().map_or_else(|| value.to_string(), str::to_owned);
            self.add(path, FaultKind::NotSupported(value.clone(), allowed.iter().map(word).collect()));
        }
    }

    // Models objectValidator
    fn object(&mut self, path: &str, value: &Value, schema: &Value, old: Option<&Value>) {
        let child = |key: &str| if path.is_empty() { key.to_owned() } else { format!("{path}.{key}") };
        let actual = i64::try_from(value.entries().count()).unwrap_or(i64::MAX);
        if let Some(least) = schema.int_at(&["minProperties"]).filter(|least| actual < *least) {
            self.invalid(path, &Value::Int(actual), &format!("should have at least {least} properties"));
        }
        if let Some(limit) = schema.int_at(&["maxProperties"]).filter(|limit| actual > *limit) {
            self.add(path, FaultKind::TooMany { actual, limit });
        }
        for key in schema.items_at(&["required"]).iter().filter_map(Value::as_str) {
            if value.as_map().is_none_or(|map| !map.contains_key(key)) {
                self.add(&child(key), FaultKind::Required);
            }
        }
        for (key, below) in value.entries() {
            if path.is_empty() && matches!(&**key, "apiVersion" | "kind" | "metadata") {
                continue;
            }
            let schema = schema.at(&["properties", key]).or_else(|| schema.get("additionalProperties"));
            if let Some(schema) = schema.filter(|schema| schema.as_map().is_some()) {
                self.value(&child(key), below, schema, old.and_then(|old| old.get(key)));
            }
        }
    }
}

/// What a schema refuses of the value at a place.
#[must_use]
pub fn faults_at(path: &str, value: &Value, schema: &Value) -> Vec<Fault> {
    let mut checker = Checker { found: Vec::new() };
    checker.value(path, value, schema, None);
    checker.found
}

/// The type of a value, as schemas name it.
pub(super) fn word(value: &Value) -> &'static str {
    match value {
        Value::Null => "null",
        Value::Bool(_) => "boolean",
        Value::Int(_) => "integer",
        Value::Decimal(_) => "number",
        Value::Text(_) => "string",
        Value::List(_) => "array",
        Value::Map(_) => "object",
    }
}

/// Numbers in the order of their size, exactly as they are written.
fn compare(one: &Value, other: &Value) -> Ordering {
    let parts = |value: &Value| {
        let text = value.to_string();
        let digits = text.trim_start_matches('-');
        let (whole, fraction) = digits.split_once('.').unwrap_or((digits, ""));
        let whole = whole.trim_start_matches('0').to_owned();
        (text.starts_with('-'), (whole.len(), whole, fraction.trim_end_matches('0').to_owned()))
    };
    let ((is_negative, size), (is_other_negative, other_size)) = (parts(one), parts(other));
    match (is_negative, is_other_negative) {
        (false, false) => size.cmp(&other_size),
        (true, true) => other_size.cmp(&size),
        (true, false) => Ordering::Less,
        (false, true) => Ordering::Greater,
    }
}

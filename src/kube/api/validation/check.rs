//! The tools of every rule: paths as upstream prints them, and the errors found so far.

use crate::document::Value;
use crate::kube::api::names::Problems;
use crate::kube::api::{FieldError, FieldErrorKind, goprint};
use std::fmt::{self, Write};

/// A path as upstream prints it: `spec.containers[0].image`, `data[key]`.
// Models k8s.io/apimachinery/pkg/util/validation/field Path
#[derive(Clone, Debug)]
pub struct Path(String);

impl Path {
    /// The object itself.
    pub fn root() -> Self {
        Self(String::new())
    }

    /// A path already written out.
    pub fn of(text: &str) -> Self {
        Self(text.to_owned())
    }

    /// A field below.
    pub fn child(&self, name: &str) -> Self {
        if self.0.is_empty() { Self::of(name) } else { self.and([".", name, ""]) }
    }

    /// An item of a list.
    pub fn index(&self, index: usize) -> Self {
        const DIGITS: [&str; 10] = ["0", "1", "2", "3", "4", "5", "6", "7", "8", "9"];
        match DIGITS.get(index) {
            Some(digit) => self.and(["[", digit, "]"]),
            None => self.and(["[", &index.to_string(), "]"]),
        }
    }

    /// An entry of a map.
    pub fn key(&self, key: &str) -> Self {
        self.and(["[", key, "]"])
    }

    /// Every rule makes paths, and hardly any of them is ever printed: this is the quickest way.
    fn and(&self, parts: [&str; 3]) -> Self {
        let mut text = String::with_capacity(self.0.len() + parts.iter().map(|part| part.len()).sum::<usize>());
        text.push_str(&self.0);
        parts.iter().for_each(|part| text.push_str(part));
        Self(text)
    }
}

impl fmt::Display for Path {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str(&self.0)
    }
}

/// A value with the place where it stands; null where nothing does.
#[derive(Clone)]
pub struct At<'a> {
    pub value: &'a Value,
    pub path: Path,
}

impl<'a> At<'a> {
    /// A field of the object itself, for example `spec`.
    pub fn of(object: &'a Value, field: &str) -> Self {
        Self { value: object.get(field).unwrap_or(&Value::Null), path: Path::of(field) }
    }

    /// A field below.
    pub fn child(&self, name: &str) -> Self {
        Self { value: self.value.get(name).unwrap_or(&Value::Null), path: self.path.child(name) }
    }

    /// Every item of the list `name`.
    pub fn each(&self, name: &str) -> impl Iterator<Item = Self> + use<'a> {
        self.child(name).items()
    }

    /// Every item of this list.
    pub fn items(self) -> impl Iterator<Item = Self> + use<'a> {
        let items = self.value.items();
        items.iter().enumerate().map(move |(index, value)| Self { value, path: self.path.index(index) })
    }

    /// Every entry of the map `name`.
    pub fn entries(&self, name: &str) -> impl Iterator<Item = (&'a str, Self)> + use<'a> {
        let map = self.child(name);
        map.value.entries().map(move |(key, value)| (&**key, Self { value, path: map.path.key(key) }))
    }

    /// Every field of the struct here.
    pub fn fields(self) -> impl Iterator<Item = (&'a str, Self)> + use<'a> {
        let value = self.value;
        value.entries().map(move |(name, value)| (&**name, Self { value, path: self.path.child(name) }))
    }

    /// Whether anything stands here.
    pub fn is_set(&self) -> bool {
        !self.value.is_null()
    }

    /// The text here, or the empty one.
    pub fn text(&self) -> &'a str {
        self.value.as_str().unwrap_or_default()
    }

    /// The text of a field below, or the empty one.
    pub fn str(&self, name: &str) -> &'a str {
        self.value.str_at(&[name])
    }

    /// The number here.
    pub fn int(&self) -> Option<i64> {
        self.value.as_int()
    }

    /// Whether the field below is `true`.
    pub fn is_true(&self, name: &str) -> bool {
        self.value.is_true_at(&[name])
    }

    /// The items of the list `name`.
    pub fn list(&self, name: &str) -> &'a [Value] {
        self.value.items_at(&[name])
    }
}

/// The errors found so far.
#[derive(Default)]
pub struct Check {
    pub errors: Vec<FieldError>,
}

impl Check {
    fn push(&mut self, kind: FieldErrorKind, path: &Path, value: String, detail: impl Into<String>) {
        self.errors.push(FieldError { path: path.0.clone(), kind, value, detail: detail.into() });
    }

    pub fn required(&mut self, path: &Path, detail: &str) {
        self.push(FieldErrorKind::Required, path, String::new(), detail);
    }

    pub fn forbidden(&mut self, path: &Path, detail: impl Into<String>) {
        self.push(FieldErrorKind::Forbidden, path, String::new(), detail);
    }

    pub fn invalid(&mut self, path: &Path, value: impl Shown, detail: impl Into<String>) {
        self.push(FieldErrorKind::Invalid, path, value.shown(), detail);
    }

    /// A value of another type than the schema's.
    pub fn wrong_type(&mut self, path: &Path, value: impl Shown, detail: impl Into<String>) {
        self.push(FieldErrorKind::TypeInvalid, path, value.shown(), detail);
    }

    pub fn duplicate(&mut self, path: &Path, value: impl Shown) {
        self.push(FieldErrorKind::Duplicate, path, value.shown(), "");
    }

    /// A duplicate with an explanation.
    pub fn duplicate_because(&mut self, path: &Path, value: impl Shown, detail: &str) {
        self.push(FieldErrorKind::Duplicate, path, value.shown(), detail);
    }

    /// Something that is named and not there, with an explanation.
    pub fn not_found_because(&mut self, path: &Path, value: impl Shown, detail: &str) {
        self.push(FieldErrorKind::NotFound, path, value.shown(), detail);
    }

    pub fn not_found(&mut self, path: &Path, value: impl Shown) {
        self.push(FieldErrorKind::NotFound, path, value.shown(), "");
    }

    /// `supported` in the order in which upstream prints it.
    pub fn unsupported(&mut self, path: &Path, value: impl Shown, supported: &[&str]) {
        let mut detail = String::new();
        for (index, one) in supported.iter().enumerate() {
            detail.push_str(if index == 0 { "supported values: " } else { ", " });
            let _ = write!(detail, "\"{one}\"");
        }
        self.push(FieldErrorKind::NotSupported, path, value.shown(), detail);
    }

    pub fn too_long(&mut self, path: &Path, limit: usize) {
        self.push(FieldErrorKind::TooLong, path, String::new(), format!("may not be more than {limit} bytes"));
    }

    pub fn too_many(&mut self, path: &Path, actual: usize, limit: usize) {
        let noun = if limit == 1 { "item" } else { "items" };
        self.push(FieldErrorKind::TooMany, path, actual.to_string(), format!("must have at most {limit} {noun}"));
    }

    /// One `Invalid value` for each problem of `text`.
    pub fn problems(&mut self, path: &Path, text: &str, problems: Problems) {
        for problem in problems {
            self.invalid(path, text, problem);
        }
    }

    /// `text` must be there and be one of `supported`.
    pub fn one_of(&mut self, path: &Path, text: &str, supported: &[&str]) {
        if text.is_empty() {
            self.required(path, "");
        } else if !supported.contains(&text) {
            self.unsupported(path, text, supported);
        }
    }

    /// The same for an optional text.
    pub fn one_of_if_set(&mut self, at: &At<'_>, supported: &[&str]) {
        if at.is_set() && !supported.contains(&at.text()) {
            self.unsupported(&at.path, at.text(), supported);
        }
    }

    /// The text must be there.
    pub fn need(&mut self, at: &At<'_>) -> bool {
        let missing = at.text().is_empty();
        if missing {
            self.required(&at.path, "");
        }
        !missing
    }

    /// The text must be there and follow a rule.
    pub fn need_name(&mut self, at: &At<'_>, rule: fn(&str) -> Problems) {
        if self.need(at) {
            self.named(at, rule);
        }
    }

    /// The text must follow a rule.
    pub fn named(&mut self, at: &At<'_>, rule: fn(&str) -> Problems) {
        self.problems(&at.path, at.text(), rule(at.text()));
    }

    /// The text must follow a rule, if it is there.
    pub fn named_if_set(&mut self, at: &At<'_>, rule: fn(&str) -> Problems) {
        if !at.text().is_empty() {
            self.named(at, rule);
        }
    }

    /// These fields may not be negative.
    pub fn non_negatives(&mut self, at: &At<'_>, fields: &[&str]) {
        for field in fields {
            let field = at.child(field);
            self.non_negative(&field.path, field.int());
        }
    }

    /// The number must follow a rule.
    pub fn number(&mut self, at: &At<'_>, number: i64, problems: Problems) {
        for problem in problems {
            self.invalid(&at.path, number, problem);
        }
    }

    // Models pkg/apis/core/validation ValidateNonnegativeField
    pub fn non_negative(&mut self, path: &Path, number: Option<i64>) {
        if let Some(number) = number.filter(|number| *number < 0) {
            self.invalid(path, number, "must be greater than or equal to 0");
        }
    }

    // Models k8s.io/apimachinery/pkg/api/validation ValidateImmutableField
    pub fn immutable(&mut self, path: &Path, new: Option<&Value>, old: Option<&Value>) {
        if blank(new) != blank(old) {
            self.invalid(path, new.unwrap_or(&Value::Null), "field is immutable");
        }
    }
}

/// Nothing and an empty list or map are the same, as for Go's semantic equality.
pub fn blank(value: Option<&Value>) -> Option<&Value> {
    value.filter(|value| !matches!(value, Value::List(_) | Value::Map(_)) || !value.is_empty())
}

/// What may stand behind `Invalid value:`.
pub trait Shown {
    /// As Go prints it there: texts quoted, the rest as JSON.
    fn shown(self) -> String;
}

impl Shown for &str {
    fn shown(self) -> String {
        quoted(self)
    }
}
impl Shown for i64 {
    fn shown(self) -> String {
        self.to_string()
    }
}
impl Shown for String {
    /// Printed already.
    fn shown(self) -> String {
        self
    }
}
impl Shown for &Value {
    fn shown(self) -> String {
        match self {
            Value::Text(text) => quoted(text),
            other => goprint::plain(other),
        }
    }
}

/// A Go string literal, as `%q` prints it.
pub fn quoted(text: &str) -> String {
    let mut out = String::with_capacity(text.len() + 2);
    out.push('"');
    for character in text.chars() {
        match character {
            '"' => out.push_str("\\\""),
            '\\' => out.push_str("\\\\"),
            '\n' => out.push_str("\\n"),
            '\r' => out.push_str("\\r"),
            '\t' => out.push_str("\\t"),
            control if (control as u32) < 0x20 || control as u32 == 0x7f => {
                let _ = write!(out, "\\x{:02x}", control as u32);
            }
            other => out.push(other),
        }
    }
    out.push('"');
    out
}

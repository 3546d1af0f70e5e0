//! The tools of every rule: paths as upstream prints them, and the errors found so far.

use crate::document::Value;
use crate::kube::api::names::Problems;
use crate::kube::api::{FieldError, FieldErrorKind};
use std::fmt::Write;

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
        if self.0.is_empty() { Self::of(name) } else { Self(format!("{}.{name}", self.0)) }
    }

    /// An item of a list.
    pub fn index(&self, index: usize) -> Self {
        Self(format!("{}[{index}]", self.0))
    }

    /// An entry of a map.
    pub fn key(&self, key: &str) -> Self {
        Self(format!("{}[{key}]", self.0))
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

    pub fn duplicate(&mut self, path: &Path, value: impl Shown) {
        self.push(FieldErrorKind::Duplicate, path, value.shown(), "");
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
            other => other.to_string(),
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

//! What is known of a request beside who, what and on what: the condition keys.

use crate::document::Value;
use std::rc::Rc;

/// Condition keys with their values: a text for a key with one value, a list for one with many.
/// The names of keys have no case (IAM User Guide, "AWS global condition context keys").
#[derive(Clone, Default, PartialEq, Eq, Debug)]
pub struct Context {
    entries: Vec<(Rc<str>, Value)>,
}

impl Context {
    /// The value of `key`.
    #[must_use]
    pub fn get(&self, key: &str) -> Option<&Value> {
        self.entries.iter().find(|(name, _)| name.eq_ignore_ascii_case(key)).map(|(_, value)| value)
    }

    /// Sets `key`; what it was before is forgotten.
    pub fn set(&mut self, key: &str, value: impl Into<Value>) {
        self.entries.retain(|(name, _)| !name.eq_ignore_ascii_case(key));
        self.entries.push((key.into(), value.into()));
    }

    /// Sets `key` unless it has a value already.
    pub fn set_default(&mut self, key: &str, value: impl Into<Value>) {
        if self.get(key).is_none() {
            self.set(key, value);
        }
    }

    /// All keys with their values, in the order they were set.
    pub fn iter(&self) -> impl Iterator<Item = (&Rc<str>, &Value)> {
        self.entries.iter().map(|(key, value)| (key, value))
    }

    /// The keys of a mapping from names to texts or lists of texts.
    #[must_use]
    pub fn of(value: &Value) -> Self {
        Self { entries: value.entries().map(|(key, value)| (key.clone(), value.clone())).collect() }
    }
}

impl<const N: usize> From<[(&str, &str); N]> for Context {
    fn from(entries: [(&str, &str); N]) -> Self {
        Self { entries: entries.into_iter().map(|(key, value)| (key.into(), value.into())).collect() }
    }
}

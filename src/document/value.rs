//! The tree that everything is made of.

use std::fmt;
use std::hash::Hasher;
use std::rc::Rc;

use super::map::{Map, shared};

/// A JSON-like tree. Cloning is a reference count; changing copies one level at a time.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Default)]
pub enum Value {
    /// `null`.
    #[default]
    Null,
    /// `true` or `false`.
    Bool(bool),
    /// An integer within `i64`.
    Int(i64),
    /// Any other number, as Go prints it (`0.5`, `1e+21`).
    Decimal(Rc<str>),
    /// A string.
    Text(Rc<str>),
    /// A sequence.
    List(Rc<Vec<Value>>),
    /// A mapping.
    Map(Rc<Map>),
}

impl Value {
    /// An empty mapping.
    #[must_use]
    pub fn map() -> Self {
        Self::Map(Rc::default())
    }

    /// A string.
    pub fn text(text: impl Into<Rc<str>>) -> Self {
        Self::Text(text.into())
    }

    /// A sequence.
    pub fn list(items: impl IntoIterator<Item = Value>) -> Self {
        Self::List(Rc::new(items.into_iter().collect()))
    }

    /// The string, if this is one.
    #[must_use]
    pub fn as_str(&self) -> Option<&str> {
        match self {
            Self::Text(text) => Some(text),
            _ => None,
        }
    }

    /// The string with its shared storage, if this is one.
    #[must_use]
    pub fn as_shared(&self) -> Option<Rc<str>> {
        match self {
            Self::Text(text) => Some(text.clone()),
            _ => None,
        }
    }

    /// The integer, if this is one.
    #[must_use]
    pub fn as_int(&self) -> Option<i64> {
        match self {
            Self::Int(number) => Some(*number),
            _ => None,
        }
    }

    /// The boolean, if this is one.
    #[must_use]
    pub fn as_bool(&self) -> Option<bool> {
        match self {
            Self::Bool(yes) => Some(*yes),
            _ => None,
        }
    }

    /// The sequence; empty for anything else.
    #[must_use]
    pub fn items(&self) -> &[Value] {
        match self {
            Self::List(items) => items,
            _ => &[],
        }
    }

    /// The mapping, if this is one.
    #[must_use]
    pub fn as_map(&self) -> Option<&Map> {
        match self {
            Self::Map(map) => Some(map),
            _ => None,
        }
    }

    /// The entries of a mapping in key order; nothing for anything else.
    pub fn entries(&self) -> impl Iterator<Item = (&Rc<str>, &Value)> {
        self.as_map().into_iter().flatten()
    }

    /// Whether this is `null`.
    #[must_use]
    pub fn is_null(&self) -> bool {
        matches!(self, Self::Null)
    }

    /// Whether this is `null`, an empty string, an empty sequence or an empty mapping.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        match self {
            Self::Null => true,
            Self::Text(text) => text.is_empty(),
            Self::List(items) => items.is_empty(),
            Self::Map(map) => map.is_empty(),
            _ => false,
        }
    }

    /// The field `key` of a mapping. `null` counts as absent, as it does in the API.
    #[must_use]
    pub fn get(&self, key: &str) -> Option<&Value> {
        self.as_map()?.get(key).filter(|value| !value.is_null())
    }

    /// Walks down mappings by key. Keys are given apart because labels contain dots.
    #[must_use]
    pub fn at(&self, path: &[&str]) -> Option<&Value> {
        path.iter().try_fold(self, |value, key| value.get(key))
    }

    /// The string at `path`, or the empty string.
    #[must_use]
    pub fn str_at(&self, path: &[&str]) -> &str {
        self.at(path).and_then(Self::as_str).unwrap_or_default()
    }

    /// The integer at `path`.
    #[must_use]
    pub fn int_at(&self, path: &[&str]) -> Option<i64> {
        self.at(path).and_then(Self::as_int)
    }

    /// Whether `true` stands at `path`.
    #[must_use]
    pub fn is_true_at(&self, path: &[&str]) -> bool {
        self.at(path).and_then(Self::as_bool).unwrap_or_default()
    }

    /// The sequence at `path`, or an empty one.
    #[must_use]
    pub fn items_at(&self, path: &[&str]) -> &[Value] {
        self.at(path).map(Self::items).unwrap_or_default()
    }

    /// The mapping, made to be one if it is not, ready to be changed.
    pub fn map_mut(&mut self) -> &mut Map {
        if self.as_map().is_none() {
            *self = Self::map();
        }
        match self {
            Self::Map(map) => Rc::make_mut(map),
            _ => unreachable!("just made a mapping"),
        }
    }

    /// The sequence, made to be one if it is not, ready to be changed.
    pub fn items_mut(&mut self) -> &mut Vec<Value> {
        if !matches!(self, Self::List(_)) {
            *self = Self::List(Rc::default());
        }
        match self {
            Self::List(items) => Rc::make_mut(items),
            _ => unreachable!("just made a sequence"),
        }
    }

    /// The place at `path`, ready to be changed; mappings on the way are made.
    pub fn at_mut(&mut self, path: &[&str]) -> &mut Value {
        path.iter().fold(self, |value, key| value.map_mut().slot(key))
    }

    /// Writes `value` at `path`; mappings on the way are made.
    pub fn set(&mut self, path: &[&str], value: impl Into<Value>) {
        self.write(path, value.into());
    }

    /// [`Self::set`] without its type parameter, so that there is one of it.
    #[inline(never)]
    fn write(&mut self, path: &[&str], value: Value) {
        *self.at_mut(path) = value;
    }

    /// Takes what stands at `path` away, and returns it.
    pub fn remove(&mut self, path: &[&str]) -> Option<Value> {
        let (last, parents) = path.split_last()?;
        self.at(parents)?.as_map()?.get(last)?;
        self.at_mut(parents).map_mut().remove(last)
    }

    /// Takes from `known` every part that is equal there, so that both share it in memory: what was
    /// looked at before need not be looked at again. Returns whether the whole is equal.
    pub fn share(&mut self, known: &Self) -> bool {
        if is_same(self, known) {
            return true;
        }
        let is_equal = match (&mut *self, known) {
            (Self::Map(map), Self::Map(others)) => {
                let mut is_equal = map.len() == others.len();
                for (key, value) in Rc::make_mut(map).iter_mut() {
                    is_equal &= others.get(key).is_some_and(|other| value.share(other));
                }
                is_equal
            }
            (Self::List(items), Self::List(others)) => {
                let mut is_equal = items.len() == others.len();
                for (item, other) in Rc::make_mut(items).iter_mut().zip(others.iter()) {
                    is_equal &= item.share(other);
                }
                is_equal
            }
            _ => false,
        };
        if is_equal {
            *self = known.clone();
        }
        is_equal
    }

    /// The same with another field set: for building literals in one expression.
    #[must_use]
    pub fn with(mut self, path: &[&str], value: impl Into<Value>) -> Self {
        self.set(path, value);
        self
    }

    /// The word JSON has for this type, as Go's decoder names it in messages.
    #[must_use]
    pub fn json_type(&self) -> &'static str {
        match self {
            Self::Null => "null",
            Self::Bool(_) => "bool",
            Self::Int(_) | Self::Decimal(_) => "number",
            Self::Text(_) => "string",
            Self::List(_) => "array",
            Self::Map(_) => "object",
        }
    }

    /// Feeds a hasher with what the tree hashes to. Unlike [`Self::digest`] it reads only what has
    /// been changed since it was asked last.
    pub fn fingerprint(&self, hasher: &mut impl Hasher) {
        match self {
            Self::List(items) => {
                hasher.write_u8(6);
                hasher.write(&(items.len() as u64).to_le_bytes());
                items.iter().for_each(|item| item.fingerprint(hasher));
            }
            Self::Map(map) => {
                hasher.write_u8(7);
                hasher.write(&map.digest().to_le_bytes());
            }
            scalar => scalar.digest(hasher),
        }
    }

    /// Feeds the tree to a hasher. Not `std::hash::Hash`, whose lengths have the width of a
    /// pointer and would differ between wasm and native.
    pub fn digest(&self, hasher: &mut impl Hasher) {
        match self {
            Self::Null => hasher.write_u8(0),
            Self::Bool(yes) => hasher.write_u8(1 + u8::from(*yes)),
            Self::Int(number) => {
                hasher.write_u8(3);
                hasher.write(&number.to_le_bytes());
            }
            Self::Decimal(text) => digest_text(4, text, hasher),
            Self::Text(text) => digest_text(5, text, hasher),
            Self::List(items) => {
                hasher.write_u8(6);
                hasher.write(&(items.len() as u64).to_le_bytes());
                items.iter().for_each(|item| item.digest(hasher));
            }
            Self::Map(map) => {
                hasher.write_u8(7);
                hasher.write(&(map.len() as u64).to_le_bytes());
                for (key, value) in map.iter() {
                    digest_text(5, key, hasher);
                    value.digest(hasher);
                }
            }
        }
    }
}

pub(super) fn digest_text(tag: u8, text: &str, hasher: &mut impl Hasher) {
    hasher.write_u8(tag);
    hasher.write(&(text.len() as u64).to_le_bytes());
    hasher.write(text.as_bytes());
}

impl From<&str> for Value {
    fn from(text: &str) -> Self {
        Self::Text(shared(text))
    }
}
impl From<String> for Value {
    fn from(text: String) -> Self {
        Self::Text(shared(&text))
    }
}
impl From<&String> for Value {
    fn from(text: &String) -> Self {
        Self::Text(shared(text))
    }
}
impl From<Rc<str>> for Value {
    fn from(text: Rc<str>) -> Self {
        Self::Text(text)
    }
}
impl From<&Rc<str>> for Value {
    fn from(text: &Rc<str>) -> Self {
        Self::Text(text.clone())
    }
}
impl From<i64> for Value {
    fn from(number: i64) -> Self {
        Self::Int(number)
    }
}
impl From<bool> for Value {
    fn from(yes: bool) -> Self {
        Self::Bool(yes)
    }
}
impl From<Vec<Value>> for Value {
    fn from(items: Vec<Value>) -> Self {
        Self::list(items)
    }
}
impl From<Map> for Value {
    fn from(map: Map) -> Self {
        Self::Map(Rc::new(map))
    }
}
impl From<&Value> for Value {
    fn from(value: &Value) -> Self {
        value.clone()
    }
}
impl<V: Into<Value>> From<Option<V>> for Value {
    fn from(value: Option<V>) -> Self {
        value.map_or(Self::Null, Into::into)
    }
}
impl<K: Into<Rc<str>>, V: Into<Value>, const N: usize> From<[(K, V); N]> for Value {
    fn from(entries: [(K, V); N]) -> Self {
        entries.into_iter().map(|(key, value)| (key.into(), value.into())).collect::<Map>().into()
    }
}

/// Whether two trees are one and the same in memory, or equal without a look inside.
#[must_use]
pub fn is_same(one: &Value, other: &Value) -> bool {
    match (one, other) {
        (Value::Map(one), Value::Map(other)) => Rc::ptr_eq(one, other),
        (Value::List(one), Value::List(other)) => Rc::ptr_eq(one, other),
        (Value::Map(_) | Value::List(_), _) | (_, Value::Map(_) | Value::List(_)) => false,
        _ => one == other,
    }
}

/// Compact JSON, keys sorted: for messages and debugging.
impl fmt::Display for Value {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Null => out.write_str("null"),
            Self::Bool(yes) => write!(out, "{yes}"),
            Self::Int(number) => write!(out, "{number}"),
            Self::Decimal(text) => out.write_str(text),
            Self::Text(text) => write_json_string(text, out),
            Self::List(items) => {
                out.write_str("[")?;
                for (index, item) in items.iter().enumerate() {
                    if index > 0 {
                        out.write_str(",")?;
                    }
                    write!(out, "{item}")?;
                }
                out.write_str("]")
            }
            Self::Map(map) => {
                out.write_str("{")?;
                for (index, (key, value)) in map.iter().enumerate() {
                    if index > 0 {
                        out.write_str(",")?;
                    }
                    write_json_string(key, out)?;
                    write!(out, ":{value}")?;
                }
                out.write_str("}")
            }
        }
    }
}

/// Writes `text` as a JSON string as Go's encoder does, without its HTML escapes.
pub fn write_json_string(text: &str, out: &mut impl fmt::Write) -> fmt::Result {
    out.write_char('"')?;
    for character in text.chars() {
        match character {
            '"' => out.write_str("\\\"")?,
            '\\' => out.write_str("\\\\")?,
            '\n' => out.write_str("\\n")?,
            '\r' => out.write_str("\\r")?,
            '\t' => out.write_str("\\t")?,
            '\u{8}' => out.write_str("\\b")?,
            '\u{c}' => out.write_str("\\f")?,
            control if (control as u32) < 0x20 => write!(out, "\\u{:04x}", control as u32)?,
            '\u{2028}' => out.write_str("\\u2028")?,
            '\u{2029}' => out.write_str("\\u2029")?,
            other => out.write_char(other)?,
        }
    }
    out.write_char('"')
}

impl fmt::Debug for Value {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, out)
    }
}

/// One entry of a [`tree!`](crate::tree) mapping. A function, because a literal of twenty entries
/// would otherwise be twenty copies of an ordered map's insertion.
#[doc(hidden)]
#[inline(never)]
pub fn put(map: &mut Map, key: &str, value: Value) {
    map.insert(shared(key), value);
}

/// A tree written in place: `tree!({ "kind": "Pod", "spec": { "containers": [a, b] } })`.
/// Keys are expressions, leaves are anything that converts into a [`Value`].
#[macro_export]
macro_rules! tree {
    (null) => { $crate::document::Value::Null };
    ([ $($item:tt),* $(,)? ]) => { $crate::document::Value::list([ $($crate::tree!($item)),* ]) };
    ({ $($body:tt)* }) => {{
        #[allow(unused_mut)]
        let mut map = $crate::document::Map::with_room($crate::tree_entries!(count $($body)*));
        $crate::tree_entries!(map; $($body)*);
        $crate::document::Value::from(map)
    }};
    ($value:expr) => { $crate::document::Value::from($value) };
}

/// The inside of a [`tree!`] mapping.
#[doc(hidden)]
#[macro_export]
macro_rules! tree_entries {
    (count) => { 0 };
    (count $key:literal : $value:tt $(, $($rest:tt)*)?) => { 1 + $crate::tree_entries!(count $($($rest)*)?) };
    (count $key:literal : $value:expr $(, $($rest:tt)*)?) => { 1 + $crate::tree_entries!(count $($($rest)*)?) };
    ($map:ident;) => {};
    ($map:ident; $key:literal : { $($inner:tt)* } $(, $($rest:tt)*)?) => {
        $crate::document::put(&mut $map, $key, $crate::tree!({ $($inner)* }));
        $crate::tree_entries!($map; $($($rest)*)?);
    };
    ($map:ident; $key:literal : [ $($inner:tt)* ] $(, $($rest:tt)*)?) => {
        $crate::document::put(&mut $map, $key, $crate::tree!([ $($inner)* ]));
        $crate::tree_entries!($map; $($($rest)*)?);
    };
    ($map:ident; $key:literal : null $(, $($rest:tt)*)?) => {
        $crate::document::put(&mut $map, $key, $crate::document::Value::Null);
        $crate::tree_entries!($map; $($($rest)*)?);
    };
    ($map:ident; $key:literal : $value:expr $(, $($rest:tt)*)?) => {
        $crate::document::put(&mut $map, $key, $crate::document::Value::from($value));
        $crate::tree_entries!($map; $($($rest)*)?);
    };
}

//! Strict decoding, as the API server does it: the first type mismatch alone, otherwise all
//! unknown fields together, in the order of the document.

use std::fmt;
use std::rc::Rc;

use super::super::value::write_json_string;
use super::super::{Map, Value, base64};
use super::{Field, Shape, Type, quantity_error};

/// Why a body cannot be decoded. Its text is the server's own, without
/// `KIND in version "V" cannot be handled as a KIND: `.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DecodeError {
    /// The server's words.
    pub message: String,
    /// Where, as paths for [`Node::at`](crate::document::Node::at); one for each thing wrong.
    pub paths: Vec<Vec<String>>,
}

impl fmt::Display for DecodeError {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str(&self.message)
    }
}

impl std::error::Error for DecodeError {}

/// Decodes an object of a known type.
///
/// The result is what the server's structs hold: without `null`s and without the zeros and empty
/// collections that Go leaves out, with numbers in the place of quantities turned to text and
/// `null` elements turned to empty ones.
///
/// # Errors
/// What the server answers.
// Models sigs.k8s.io/json/internal/golang/encoding/json/decode.go
pub fn decode(value: &Value, ty: Type) -> Result<Value, DecodeError> {
    let mut unknown = Vec::new();
    let decoded = decode_leniently(value, ty, &mut unknown)?;
    if unknown.is_empty() { Ok(decoded) } else { Err(strict_error(unknown)) }
}

/// The same with unknown and duplicate fields left out; what is to be said of each, and where it
/// stands, goes to `unknown`.
///
/// # Errors
/// What the server answers to a value of a wrong type.
pub fn decode_leniently(
    value: &Value,
    ty: Type,
    unknown: &mut Vec<(String, Vec<String>)>,
) -> Result<Value, DecodeError> {
    decode_beside(value, None, ty, unknown)
}

/// The same beside what is stored: parts of the value that are parts of `known` have been decoded
/// before, and are taken as they are.
///
/// # Errors
/// What the server answers to a value of a wrong type.
pub fn decode_beside(
    value: &Value,
    known: Option<&Value>,
    ty: Type,
    unknown: &mut Vec<(String, Vec<String>)>,
) -> Result<Value, DecodeError> {
    let mut decoder = Decoder { known: known.cloned(), ..Decoder::default() };
    let decoded = decoder.value(value, ty, None)?;
    *unknown = decoder.strict;
    decoder.saved.map_or(Ok(decoded), Err)
}

/// The refusal for fields that are not known, or stand twice.
#[must_use]
pub fn strict_error(strict: Vec<(String, Vec<String>)>) -> DecodeError {
    let (messages, paths): (Vec<String>, Vec<_>) = strict.into_iter().unzip();
    DecodeError { message: format!("strict decoding error: {}", messages.join(", ")), paths }
}

/// Adds what Go's encoder writes though nobody set it: structs that are not pointers, and fields
/// without `omitempty`, as `null` or zero.
#[must_use]
pub fn served(value: &Value, ty: Type) -> Value {
    match (value, ty.shape()) {
        (Value::Map(map), Shape::Object) => {
            let mut changed: Vec<(Rc<str>, Value)> = Vec::new();
            for field in ty.fields() {
                match map.get_key_value(field.name()) {
                    Some((key, inner)) if has_structs(field.ty()) => {
                        let new = served(inner, field.ty());
                        if !is_same(&new, inner) {
                            changed.push((key.clone(), new));
                        }
                    }
                    Some(_) => {}
                    None if field.is_always_served() => {
                        changed.push((field.name().into(), served(&Value::map(), field.ty())));
                    }
                    None if field.is_served_absent() => changed.push((field.name().into(), zero(field.ty()))),
                    None => {}
                }
            }
            if changed.is_empty() {
                return value.clone();
            }
            let mut all: Map = Map::clone(map);
            all.extend(changed);
            all.into()
        }
        (Value::Map(map), Shape::Map(inner)) if has_structs(inner) => {
            let all: Map = map.iter().map(|(key, item)| (key.clone(), served(item, inner))).collect();
            if map.values().zip(all.values()).all(|(old, new)| is_same(old, new)) { value.clone() } else { all.into() }
        }
        (Value::List(items), Shape::List(inner)) if has_structs(inner) => {
            let all: Vec<Value> = items.iter().map(|item| served(item, inner)).collect();
            if items.iter().zip(&all).all(|(old, new)| is_same(old, new)) { value.clone() } else { Value::list(all) }
        }
        _ => value.clone(),
    }
}

fn has_structs(ty: Type) -> bool {
    matches!(ty.shape(), Shape::Object | Shape::List(_) | Shape::Map(_))
}

fn zero(ty: Type) -> Value {
    match ty.shape() {
        Shape::String => Value::text(""),
        Shape::Int32 | Shape::Int64 => Value::Int(0),
        Shape::Boolean => Value::Bool(false),
        _ => Value::Null,
    }
}

/// A refusal that ends decoding at once; others are saved, and the first of them counts.
type Decoded = Result<Value, DecodeError>;

#[derive(Default)]
struct Decoder {
    /// Where we are: JSON names, indices and map keys.
    path: Vec<String>,
    /// The same as Go's decoder names it: struct fields only, with embedded structs.
    fields: Vec<&'static str>,
    saved: Option<DecodeError>,
    strict: Vec<(String, Vec<String>)>,
    /// What is stored here.
    known: Option<Value>,
}

/// Whether two trees are one and the same in memory, or equal without a look inside.
fn is_same(one: &Value, other: &Value) -> bool {
    match (one, other) {
        (Value::Map(one), Value::Map(other)) => Rc::ptr_eq(one, other),
        (Value::List(one), Value::List(other)) => Rc::ptr_eq(one, other),
        (Value::Map(_) | Value::List(_), _) | (_, Value::Map(_) | Value::List(_)) => false,
        _ => one == other,
    }
}

/// What a value is decoded for.
#[derive(Clone, Copy)]
struct Target {
    /// The struct that has the field.
    owner: Type,
    field: Field,
    /// How many lists and maps deep inside the field.
    depth: usize,
}

impl Decoder {
    fn value(&mut self, value: &Value, ty: Type, target: Option<Target>) -> Decoded {
        if let (Value::Map(_) | Value::List(_), Some(known)) = (value, &self.known)
            && is_same(value, known)
        {
            return Ok(value.clone());
        }
        match (ty.shape(), value) {
            (Shape::Any, _) => Ok(value.clone()),
            (Shape::ObjectOrAny(object), Value::Map(_)) => self.value(value, object, target),
            (Shape::ObjectOrAny(_), _) => Ok(value.clone()),
            (_, Value::Null) => Ok(empty(ty)),
            (Shape::Object, Value::Map(map)) => self.object(value, map, ty),
            (Shape::List(inner), Value::List(items)) => self.list(value, items, inner, target),
            (Shape::Map(inner), Value::Map(map)) => self.map(value, map, inner, target),
            (Shape::Quantity, _) => self.quantity(value),
            (Shape::IntOrString, Value::Text(_)) => Ok(value.clone()),
            (Shape::IntOrString, _) => match self.int32(value, ty, target) {
                Ok(()) => Ok(value.clone()),
                Err(error) => Err(error),
            },
            (Shape::Time | Shape::MicroTime, Value::Text(text)) => self.time(text),
            (Shape::Time | Shape::MicroTime, _) => Err(self.mismatch(value.json_type(), ty, target)),
            (Shape::Bytes, Value::Text(text)) => Ok(self.bytes(text)),
            _ => {
                if let Err(error) = self.scalar(value, ty, target) {
                    self.saved.get_or_insert(error);
                }
                Ok(value.clone())
            }
        }
    }

    fn scalar(&self, value: &Value, ty: Type, target: Option<Target>) -> Result<(), DecodeError> {
        match (ty.shape(), value) {
            (Shape::String, Value::Text(_))
            | (Shape::Boolean, Value::Bool(_))
            | (Shape::Int64, Value::Int(_))
            | (Shape::Double, Value::Int(_) | Value::Decimal(_)) => Ok(()),
            (Shape::Int32, _) => self.int32(value, ty, target),
            (Shape::Int64, Value::Decimal(text)) => Err(self.mismatch(&format!("number {text}"), ty, target)),
            _ => Err(self.mismatch(value.json_type(), ty, target)),
        }
    }

    fn int32(&self, value: &Value, ty: Type, target: Option<Target>) -> Result<(), DecodeError> {
        match value {
            Value::Int(number) if i32::try_from(*number).is_ok() => Ok(()),
            Value::Int(_) | Value::Decimal(_) => Err(self.mismatch(&format!("number {value}"), ty, target)),
            _ => Err(self.mismatch(value.json_type(), ty, target)),
        }
    }

    /// Goes one step down beside what is stored, and back.
    fn beside<T>(&mut self, step: impl FnOnce(&Value) -> Option<Value>, work: impl FnOnce(&mut Self) -> T) -> T {
        let below = self.known.as_ref().and_then(step);
        let here = std::mem::replace(&mut self.known, below);
        let done = work(self);
        self.known = here;
        done
    }

    fn object(&mut self, whole: &Value, map: &Map, ty: Type) -> Decoded {
        let mut decoded = Map::new();
        let mut is_whole = true;
        for (key, item) in map {
            let Some(field) = ty.field(key) else {
                self.unknown(key);
                is_whole = false;
                continue;
            };
            self.path.push(key.to_string());
            let steps = self.fields.len();
            self.fields.extend(field.embedded());
            self.fields.push(field.name());
            let target = Target { owner: ty, field, depth: 0 };
            let new = if item.is_null() {
                Ok(Value::Null)
            } else {
                let step = |known: &Value| known.get(key).cloned();
                self.beside(step, |decoder| decoder.value(item, field.ty(), Some(target)))
            };
            self.path.pop();
            self.fields.truncate(steps);
            let new = new?;
            if stays(&new, field) {
                is_whole &= is_same(&new, item) && &**key == field.name();
                let name = if &**key == field.name() { key.clone() } else { Rc::from(field.name()) };
                decoded.insert(name, new);
            } else {
                is_whole = false;
            }
        }
        // What needed no change stays shared with where it came from.
        Ok(if is_whole { whole.clone() } else { decoded.into() })
    }

    fn list(&mut self, whole: &Value, items: &[Value], inner: Type, target: Option<Target>) -> Decoded {
        let target = target.map(|target| Target { depth: target.depth + 1, ..target });
        let mut decoded = Vec::with_capacity(items.len());
        let mut is_whole = true;
        for (index, item) in items.iter().enumerate() {
            self.path.push(index.to_string());
            let step = |known: &Value| known.items().get(index).cloned();
            let new = self.beside(step, |decoder| decoder.value(item, inner, target));
            self.path.pop();
            let new = new?;
            is_whole &= is_same(&new, item);
            decoded.push(new);
        }
        Ok(if is_whole { whole.clone() } else { Value::list(decoded) })
    }

    fn map(&mut self, whole: &Value, map: &Map, inner: Type, target: Option<Target>) -> Decoded {
        let target = target.map(|target| Target { depth: target.depth + 1, ..target });
        let mut decoded = Map::new();
        let mut is_whole = true;
        for (key, item) in map {
            self.path.push(key.to_string());
            let step = |known: &Value| known.get(key).cloned();
            let new = self.beside(step, |decoder| decoder.value(item, inner, target));
            self.path.pop();
            let new = new?;
            is_whole &= is_same(&new, item);
            decoded.insert(key.clone(), new);
        }
        Ok(if is_whole { whole.clone() } else { decoded.into() })
    }

    // Models k8s.io/apimachinery/pkg/api/resource/quantity.go Quantity.UnmarshalJSON
    fn quantity(&self, value: &Value) -> Decoded {
        let text: Rc<str> = match value {
            Value::Text(text) => Rc::from(text.trim()),
            other => other.to_string().into(),
        };
        match quantity_error(&text) {
            None => Ok(Value::Text(text)),
            Some(message) => Err(self.error(message.to_owned())),
        }
    }

    // Models k8s.io/apimachinery/pkg/apis/meta/v1/time.go Time.UnmarshalJSON
    fn time(&self, text: &Rc<str>) -> Decoded {
        match time_error(text) {
            None => Ok(Value::Text(text.clone())),
            Some(message) => Err(self.error(message)),
        }
    }

    fn bytes(&mut self, text: &Rc<str>) -> Value {
        match base64::decode(text) {
            Ok(bytes) if text.contains(['\n', '\r']) => base64::encode(&bytes).into(),
            Ok(_) => Value::Text(text.clone()),
            Err(at) => {
                let error = self.error(format!("illegal base64 data at input byte {at}"));
                self.saved.get_or_insert(error);
                Value::Text(text.clone())
            }
        }
    }

    fn error(&self, message: String) -> DecodeError {
        DecodeError { message, paths: vec![self.path.clone()] }
    }

    fn mismatch(&self, found: &str, ty: Type, target: Option<Target>) -> DecodeError {
        let Some(target) = target else {
            return self.error(format!("json: cannot unmarshal {found} into Go value of type {}", ty.go()));
        };
        let go = match (target.depth, target.field.go_element()) {
            (0, _) if ty == target.field.ty() && ty.shape() != Shape::IntOrString => target.field.go(),
            (1, Some(element)) => element.to_owned(),
            _ => ty.go(),
        };
        let owner = target.owner.go_struct();
        let path = self.fields.join(".");
        self.error(format!("json: cannot unmarshal {found} into Go struct field {owner}.{path} of type {go}"))
    }

    fn unknown(&mut self, key: &str) {
        let mut path = String::new();
        for step in &self.path {
            if step.bytes().all(|byte| byte.is_ascii_digit()) && !path.is_empty() {
                path.push_str(&format!("[{step}]"));
            } else {
                path.push_str(step);
            }
            path.push('.');
        }
        let path = path.replace(".[", "[");
        let mut quoted = String::new();
        // Writing to a String cannot fail.
        let _ = write_json_string(&format!("{path}{key}"), &mut quoted);
        let mut place = self.path.clone();
        place.push(key.to_owned());
        self.strict.push((format!("unknown field {}", go_quoted(&quoted)), place));
    }
}

/// Go's `%q` also escapes characters that do not print, such as a no-break space.
fn go_quoted(json: &str) -> String {
    json.chars()
        .map(|c| match c {
            '\u{a0}' | '\u{ad}' | '\u{2000}'..='\u{200f}' | '\u{202f}' | '\u{3000}' | '\u{feff}' => {
                format!("\\u{:04x}", u32::from(c))
            }
            other => other.to_string(),
        })
        .collect()
}

/// Whether Go writes the field when it has this value.
fn stays(value: &Value, field: Field) -> bool {
    match value {
        Value::Null => false,
        Value::Bool(false) | Value::Int(0) => field.keeps_zero() || field.ty().shape() == Shape::IntOrString,
        Value::Text(text) if text.is_empty() => field.keeps_zero() || field.ty().shape() == Shape::IntOrString,
        Value::List(items) if items.is_empty() => field.keeps_zero(),
        Value::Map(map) if map.is_empty() => {
            field.keeps_zero() || matches!(field.ty().shape(), Shape::Object | Shape::Any | Shape::ObjectOrAny(_))
        }
        _ => true,
    }
}

/// What a `null` element becomes.
fn empty(ty: Type) -> Value {
    match ty.shape() {
        Shape::Object => Value::map(),
        Shape::String | Shape::Bytes => Value::text(""),
        Shape::Int32 | Shape::Int64 | Shape::Double | Shape::IntOrString => Value::Int(0),
        Shape::Boolean => Value::Bool(false),
        Shape::Quantity => Value::text("0"),
        _ => Value::Null,
    }
}

/// What Go says of a text that is no time of RFC 3339.
// Models time/format.go Parse with the layout RFC3339
fn time_error(text: &str) -> Option<String> {
    const LAYOUT: &str = "2006-01-02T15:04:05Z07:00";
    let parts: [(&str, usize, &str); 11] = [
        ("2006", 4, ""),
        ("-", 0, "-"),
        ("01", 2, ""),
        ("-", 0, "-"),
        ("02", 2, ""),
        ("T", 0, "T"),
        ("15", 2, ""),
        (":", 0, ":"),
        ("04", 2, ""),
        (":", 0, ":"),
        ("05", 2, ""),
    ];
    let refused = |rest: &str, part: &str| {
        Some(format!("parsing time {text:?} as {LAYOUT:?}: cannot parse {rest:?} as {part:?}"))
    };
    let mut rest = text;
    for (part, digits, literal) in parts {
        let length = if digits > 0 { digits } else { literal.len() };
        let fits = rest.get(..length).is_some_and(|head| match digits {
            0 => head == literal,
            _ => head.bytes().all(|byte| byte.is_ascii_digit()),
        });
        if !fits {
            return refused(rest, part);
        }
        rest = &rest[length..];
    }
    if let Some(fraction) = rest.strip_prefix('.') {
        rest = fraction.trim_start_matches(|c: char| c.is_ascii_digit());
    }
    let zone = rest == "Z" || rest.len() == 6 && rest.starts_with(['+', '-']) && rest.as_bytes().get(3) == Some(&b':');
    if zone { None } else { refused(rest, "Z07:00") }
}

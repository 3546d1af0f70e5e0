//! Strict decoding, as the API server does it: the first type mismatch alone, otherwise all
//! unknown fields together, in the order of the document.

use std::fmt;
use std::rc::Rc;

use super::super::value::write_json_string;
use super::super::{Map, Value, base64, is_same, shared};
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
    let mut decoder = Decoder { known, ..Decoder::default() };
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
    served_beside(value, None, ty)
}

/// The same beside what is stored: parts of the value that are parts of `known` have it all.
#[must_use]
pub fn served_beside(value: &Value, known: Option<&Value>, ty: Type) -> Value {
    if !ty.reaches_served() || known.is_some_and(|known| is_same(value, known)) {
        return value.clone();
    }
    match (value, ty.shape()) {
        (Value::Map(map), Shape::Object) => {
            let mut changed: Vec<(Rc<str>, Value)> = Vec::new();
            for field in ty.fields() {
                let below = field.ty();
                if !(field.is_always_served() || field.is_served_absent() || below.reaches_served()) {
                    continue;
                }
                match map.get_key_value(field.name()) {
                    Some((key, inner)) => {
                        let new = served_beside(inner, known.and_then(|known| known.get(field.name())), below);
                        if !is_same(&new, inner) {
                            changed.push((key.clone(), new));
                        }
                    }
                    None if field.is_always_served() => {
                        changed.push((shared(field.name()), served(&Value::map(), below)));
                    }
                    None if field.is_served_absent() => changed.push((shared(field.name()), zero(below))),
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
        (Value::Map(map), Shape::Map(inner)) => {
            let all: Map = map.iter().map(|(key, item)| (key.clone(), served(item, inner))).collect();
            if map.values().zip(all.values()).all(|(old, new)| is_same(old, new)) { value.clone() } else { all.into() }
        }
        (Value::List(items), Shape::List(inner)) => {
            let beside = |index: usize| known.and_then(|known| known.items().get(index));
            let all: Vec<Value> =
                items.iter().enumerate().map(|(index, item)| served_beside(item, beside(index), inner)).collect();
            if items.iter().zip(&all).all(|(old, new)| is_same(old, new)) { value.clone() } else { Value::list(all) }
        }
        _ => value.clone(),
    }
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

/// One step of where we are.
#[derive(Clone)]
enum Place {
    Key(Rc<str>),
    Index(usize),
}

impl fmt::Display for Place {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Key(key) => out.write_str(key),
            Self::Index(index) => index.fmt(out),
        }
    }
}

#[derive(Default)]
struct Decoder<'k> {
    /// Where we are: JSON names, indices and map keys.
    path: Vec<Place>,
    /// The same as Go's decoder names it: struct fields only, with embedded structs.
    fields: Vec<&'static str>,
    saved: Option<DecodeError>,
    strict: Vec<(String, Vec<String>)>,
    /// What is stored here.
    known: Option<&'k Value>,
}

/// The first entries of a mapping.
fn first_of(map: &Map, count: usize) -> Map {
    map.iter().take(count).map(|(key, value)| (key.clone(), value.clone())).collect()
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

impl<'k> Decoder<'k> {
    fn value(&mut self, value: &Value, ty: Type, target: Option<Target>) -> Decoded {
        if let (Value::Map(_) | Value::List(_), Some(known)) = (value, self.known)
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
            (shape @ (Shape::Time | Shape::MicroTime), Value::Text(text)) => self.time(text, shape == Shape::MicroTime),
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
    fn beside<T>(&mut self, step: impl FnOnce(&'k Value) -> Option<&'k Value>, work: impl FnOnce(&mut Self) -> T) -> T {
        let below = self.known.and_then(step);
        let here = std::mem::replace(&mut self.known, below);
        let done = work(self);
        self.known = here;
        done
    }

    fn object(&mut self, whole: &Value, map: &Map, ty: Type) -> Decoded {
        // What needs no change stays shared with where it came from.
        let mut changed: Option<Map> = None;
        for (index, (key, item)) in map.iter().enumerate() {
            let Some(field) = ty.field(key) else {
                self.unknown(key);
                changed.get_or_insert_with(|| first_of(map, index));
                continue;
            };
            self.path.push(Place::Key(key.clone()));
            let steps = self.fields.len();
            self.fields.extend(field.embedded());
            self.fields.push(field.name());
            let target = Target { owner: ty, field, depth: 0 };
            let new = if item.is_null() {
                Ok(Value::Null)
            } else {
                self.beside(|known| known.get(key), |decoder| decoder.value(item, field.ty(), Some(target)))
            };
            self.path.pop();
            self.fields.truncate(steps);
            let new = new?;
            let is_kept = stays(&new, field);
            if !is_kept || !is_same(&new, item) {
                changed.get_or_insert_with(|| first_of(map, index));
            }
            if let Some(changed) = changed.as_mut().filter(|_| is_kept) {
                changed.insert(key.clone(), new);
            }
        }
        Ok(changed.map_or_else(|| whole.clone(), Value::from))
    }

    fn list(&mut self, whole: &Value, items: &[Value], inner: Type, target: Option<Target>) -> Decoded {
        let target = target.map(|target| Target { depth: target.depth + 1, ..target });
        let mut changed: Option<Vec<Value>> = None;
        for (index, item) in items.iter().enumerate() {
            self.path.push(Place::Index(index));
            let new = self.beside(|known| known.items().get(index), |decoder| decoder.value(item, inner, target));
            self.path.pop();
            let new = new?;
            if !is_same(&new, item) {
                changed.get_or_insert_with(|| items.iter().take(index).cloned().collect());
            }
            if let Some(changed) = &mut changed {
                changed.push(new);
            }
        }
        Ok(changed.map_or_else(|| whole.clone(), Value::list))
    }

    fn map(&mut self, whole: &Value, map: &Map, inner: Type, target: Option<Target>) -> Decoded {
        let target = target.map(|target| Target { depth: target.depth + 1, ..target });
        let mut changed: Option<Map> = None;
        for (index, (key, item)) in map.iter().enumerate() {
            self.path.push(Place::Key(key.clone()));
            let new = self.beside(|known| known.get(key), |decoder| decoder.value(item, inner, target));
            self.path.pop();
            let new = new?;
            if !is_same(&new, item) {
                changed.get_or_insert_with(|| first_of(map, index));
            }
            if let Some(changed) = &mut changed {
                changed.insert(key.clone(), new);
            }
        }
        Ok(changed.map_or_else(|| whole.clone(), Value::from))
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
    fn time(&self, text: &Rc<str>, micro: bool) -> Decoded {
        match time_error(text, micro) {
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

    fn here(&self) -> Vec<String> {
        self.path.iter().map(Place::to_string).collect()
    }

    fn error(&self, message: String) -> DecodeError {
        DecodeError { message, paths: vec![self.here()] }
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
        let mut place = self.here();
        for step in &place {
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

/// What Go says of a text that is no time of RFC 3339; `micro` with exactly six digits of a fraction.
// Models time/format.go Parse with the layouts RFC3339 and RFC3339Micro
fn time_error(text: &str, micro: bool) -> Option<String> {
    const PARTS: [(&str, usize, &str); 11] = [
        ("2006", 4, ""),
        ("-", 0, ""),
        ("01", 2, "month"),
        ("-", 0, ""),
        ("02", 2, ""),
        ("T", 0, ""),
        ("15", 2, "hour"),
        (":", 0, ""),
        ("04", 2, "minute"),
        (":", 0, ""),
        ("05", 2, "second"),
    ];
    let layout = if micro { "2006-01-02T15:04:05.000000Z07:00" } else { "2006-01-02T15:04:05Z07:00" };
    let refused = |rest: &str, part: &str| {
        Some(format!("parsing time {text:?} as {layout:?}: cannot parse {rest:?} as {part:?}"))
    };
    let mut rest = text;
    for (part, digits, named) in PARTS {
        let length = part.len();
        let fits = rest.get(..length).is_some_and(|head| match digits {
            0 => head == part,
            _ => head.bytes().all(|byte| byte.is_ascii_digit()),
        });
        if !fits {
            return refused(rest, part);
        }
        let number: u32 = rest[..length].parse().unwrap_or_default();
        let is_in_range = match named {
            "month" => (1..=12).contains(&number),
            "hour" => number < 24,
            _ => named.is_empty() || number < 60,
        };
        if !is_in_range {
            return Some(format!("parsing time {text:?}: {named} out of range"));
        }
        rest = &rest[length..];
    }
    let after = rest.strip_prefix('.').map(|fraction| fraction.trim_start_matches(|c: char| c.is_ascii_digit()));
    match after {
        Some(after) if !micro => rest = after,
        Some(_) if micro && rest.len() >= 7 && rest.as_bytes()[1..7].iter().all(u8::is_ascii_digit) => {
            rest = &rest[7..]
        }
        _ if micro => return refused(rest, ".000000"),
        _ => {}
    }
    let is_offset = rest.len() >= 6 && rest.starts_with(['+', '-']) && rest.as_bytes().get(3) == Some(&b':');
    let extra = match rest.strip_prefix('Z') {
        Some(extra) => extra,
        None if is_offset => rest.get(6..).unwrap_or_default(),
        None => return refused(rest, "Z07:00"),
    };
    let number = |from: usize, to: usize| text.get(from..to).and_then(|it| it.parse().ok()).unwrap_or_default();
    match extra {
        "" if number(8, 10) == 0 || number(8, 10) > month_length(number(0, 4), number(5, 7)) => {
            Some(format!("parsing time {text:?}: day out of range"))
        }
        "" => None,
        _ => Some(format!("parsing time {text:?}: extra text: {extra:?}")),
    }
}

fn month_length(year: u32, month: u32) -> u32 {
    match month {
        2 if year.is_multiple_of(4) && (!year.is_multiple_of(100) || year.is_multiple_of(400)) => 29,
        2 => 28,
        4 | 6 | 9 | 11 => 30,
        _ => 31,
    }
}

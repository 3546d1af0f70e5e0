//! What a scalar means: YAML 1.1 as go-yaml v2 resolves it, printed as JSON.

// Models go.yaml.in/yaml/v2 resolve.go resolve

use std::rc::Rc;

use super::super::{Value, number};

/// How a scalar is written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Style {
    /// Without quotes.
    Plain,
    /// In quotes of either kind.
    Quoted,
    /// As a block after `|` or `>`.
    Block,
}

/// Why a scalar cannot be used.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Refusal {
    /// An infinity or not-a-number, as Go prints it.
    NotFinite(&'static str),
    /// The text does not fit the tag that was written.
    Mismatch(&'static str),
}

/// The value of a scalar with an optional tag (`!!int` is `tag:yaml.org,2002:int`).
pub(super) fn resolve(text: &Rc<str>, style: Style, tag: Option<&str>) -> Result<Value, Refusal> {
    let core = tag.map(|tag| tag.strip_prefix("tag:yaml.org,2002:").unwrap_or("str"));
    match core {
        None if style == Style::Plain => plain(text),
        None => Ok(Value::Text(text.clone())),
        Some("int") => match plain(text)? {
            value @ Value::Int(_) => Ok(value),
            _ => Err(Refusal::Mismatch("int")),
        },
        Some("float") => match plain(text)? {
            value @ (Value::Int(_) | Value::Decimal(_)) => Ok(value),
            _ => Err(Refusal::Mismatch("float")),
        },
        Some("bool") => match plain(text)? {
            value @ Value::Bool(_) => Ok(value),
            _ => Err(Refusal::Mismatch("bool")),
        },
        Some("null") => match plain(text)? {
            Value::Null => Ok(Value::Null),
            _ => Err(Refusal::Mismatch("null")),
        },
        Some("binary") => decode_base64(text).map(Value::from).ok_or(Refusal::Mismatch("binary")),
        Some(_) => Ok(Value::Text(text.clone())),
    }
}

fn plain(text: &Rc<str>) -> Result<Value, Refusal> {
    match text.as_ref() {
        ".inf" | ".Inf" | ".INF" | "+.inf" | "+.Inf" | "+.INF" => Err(Refusal::NotFinite("+Inf")),
        "-.inf" | "-.Inf" | "-.INF" => Err(Refusal::NotFinite("-Inf")),
        ".nan" | ".NaN" | ".NAN" => Err(Refusal::NotFinite("NaN")),
        _ => Ok(resolve_plain(text).unwrap_or_else(|| Value::Text(text.clone()))),
    }
}

/// What an unquoted scalar stands for, if not for its own text. Infinities are left out.
#[must_use]
pub fn resolve_plain(text: &str) -> Option<Value> {
    match text {
        "" | "~" | "null" | "Null" | "NULL" => return Some(Value::Null),
        "y" | "Y" | "yes" | "Yes" | "YES" | "true" | "True" | "TRUE" | "on" | "On" | "ON" => {
            return Some(Value::Bool(true));
        }
        "n" | "N" | "no" | "No" | "NO" | "false" | "False" | "FALSE" | "off" | "Off" | "OFF" => {
            return Some(Value::Bool(false));
        }
        _ => {}
    }
    match text.as_bytes().first()? {
        b'.' => is_float(text).then(|| number::float(text)).flatten(),
        b'+' | b'-' | b'0'..=b'9' => {
            let digits: String = text.chars().filter(|c| *c != '_').collect();
            if let Some(value) = integer(&digits) {
                return Some(value);
            }
            is_float(&digits).then(|| number::float(&digits)).flatten()
        }
        _ => None,
    }
}

/// `strconv.ParseInt(text, 0, 64)`: the base is in the prefix.
fn integer(text: &str) -> Option<Value> {
    let (negative, digits) = match text.as_bytes().first()? {
        b'-' => (true, &text[1..]),
        b'+' => (false, &text[1..]),
        _ => (false, text),
    };
    let (base, digits) = match digits.as_bytes() {
        [b'0', b'x' | b'X', ..] => (16, &digits[2..]),
        [b'0', b'b' | b'B', ..] => (2, &digits[2..]),
        [b'0', b'o' | b'O', ..] => (8, &digits[2..]),
        [b'0', _, ..] => (8, &digits[1..]),
        _ => (10, digits),
    };
    // Rust would accept a second sign.
    if !digits.starts_with(|c: char| c.is_ascii_alphanumeric()) {
        return None;
    }
    let magnitude = u64::from_str_radix(digits, base).ok()?;
    match (negative, i64::try_from(magnitude)) {
        (false, Ok(number)) => Some(Value::Int(number)),
        (true, Ok(number)) => Some(Value::Int(-number)),
        (true, Err(_)) if magnitude == i64::MIN.unsigned_abs() => Some(Value::Int(i64::MIN)),
        // A uint64: JSON carries it, but whoever reads that has only a float for it.
        (false, Err(_)) => number::float(&magnitude.to_string()),
        (true, Err(_)) => None,
    }
}

/// `^[-+]?(\.[0-9]+|[0-9]+(\.[0-9]*)?)([eE][-+]?[0-9]+)?$`
fn is_float(text: &str) -> bool {
    let text = text.strip_prefix(['-', '+']).unwrap_or(text);
    let whole = text.trim_start_matches(|c: char| c.is_ascii_digit());
    let has_whole = whole.len() < text.len();
    let mut rest = whole;
    if let Some(after) = whole.strip_prefix('.') {
        rest = after.trim_start_matches(|c: char| c.is_ascii_digit());
        if !has_whole && rest.len() == after.len() {
            return false;
        }
    } else if !has_whole {
        return false;
    }
    match rest.strip_prefix(['e', 'E']) {
        None => rest.is_empty(),
        Some(power) => {
            let power = power.strip_prefix(['-', '+']).unwrap_or(power);
            !power.is_empty() && power.bytes().all(|b| b.is_ascii_digit())
        }
    }
}

/// A key: strings as they are, other scalars as they print. `None` for what cannot be a key.
pub(super) fn key(value: &Value, text: &str) -> Option<Rc<str>> {
    match value {
        Value::Text(text) => Some(text.clone()),
        Value::Bool(yes) => Some(if *yes { "true".into() } else { "false".into() }),
        // A float that happens to be whole prints without its fraction, as an integer would.
        Value::Int(number) => Some(number.to_string().into()),
        Value::Decimal(_) => {
            let digits: String = text.chars().filter(|c| *c != '_').collect();
            let unsigned = digits.strip_prefix('+').unwrap_or(&digits);
            let big_integer = unsigned.parse::<u64>().is_ok() && !digits.starts_with('-');
            if big_integer { None } else { number::general(&digits).map(Into::into) }
        }
        Value::Null | Value::List(_) | Value::Map(_) => None,
    }
}

fn decode_base64(text: &str) -> Option<String> {
    let bytes = super::super::base64::decode(text.split_whitespace().collect::<String>().as_str()).ok()?;
    Some(String::from_utf8_lossy(&bytes).into_owned())
}

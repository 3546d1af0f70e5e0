//! Reading documents: each field by its type, and what is said when it cannot be.

use super::{Id, Kind};
use crate::document::Value;
use std::fmt;

/// What a document asks for and cannot have: the field, and why, in the words that a Kubernetes
/// API server uses for the same mistake.
// Models apimachinery pkg/util/validation/field/errors.go
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Refusal {
    /// The field, as `spec.instances.max`.
    pub field: String,
    /// Why.
    pub message: String,
}

impl fmt::Display for Refusal {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(out, "{}: {}", self.field, self.message)
    }
}

impl Refusal {
    pub(super) fn new(field: &str, message: impl Into<String>) -> Self {
        Self { field: field.to_owned(), message: message.into() }
    }

    pub(super) fn invalid(field: &str, value: &Value, why: &str) -> Self {
        Self::new(field, format!("Invalid value: {}: {why}", shown(value)))
    }
}

fn shown(value: &Value) -> String {
    match value {
        Value::Text(text) => format!("\"{text}\""),
        other => other.to_string(),
    }
}

/// Which object a document is about.
///
/// # Errors
/// When it is none of ours, or has no name.
pub fn id(document: &Value) -> Result<Id, Refusal> {
    let kind = Kind::of_document(document.str_at(&["apiVersion"]), document.str_at(&["kind"]))
        .ok_or_else(|| Refusal::invalid("kind", document.get("kind").unwrap_or(&Value::Null), "no such kind"))?;
    let name = document.at(&["metadata", "name"]).and_then(Value::as_shared).filter(|name| !name.is_empty());
    let name = name.ok_or_else(|| Refusal::new("metadata.name", "Required value: name is required"))?;
    Ok(Id { kind, name })
}

/// One of these words.
pub(super) fn choice<T: Copy>(spec: &Value, field: &str, known: &[(&str, T)], default: T) -> Result<T, Refusal> {
    let Some(value) = spec.get(field).filter(|value| !value.is_null()) else { return Ok(default) };
    match known.iter().find(|(word, _)| value.as_str() == Some(word)) {
        Some((_, it)) => Ok(*it),
        None => {
            let words: Vec<String> = known.iter().map(|(word, _)| format!("\"{word}\"")).collect();
            let message = format!("Unsupported value: {}: supported values: {}", shown(value), words.join(", "));
            Err(Refusal::new(&format!("spec.{field}"), message))
        }
    }
}

/// A whole number within bounds.
pub(super) fn number(at: &Value, path: &str, field: &str, bounds: (i64, i64), default: i64) -> Result<i64, Refusal> {
    let Some(value) = at.get(field).filter(|value| !value.is_null()) else { return Ok(default) };
    match value.as_int() {
        Some(number) if (bounds.0..=bounds.1).contains(&number) => Ok(number),
        _ => {
            let why = format!("must be between {} and {}, inclusive", bounds.0, bounds.1);
            Err(Refusal::invalid(&format!("{path}.{field}"), value, &why))
        }
    }
}

/// Thousandths of a core: `500m`, `2`.
pub(super) fn cpu(at: &Value, path: &str, field: &str, default: i64) -> Result<i64, Refusal> {
    quantity(at, path, field, default, 1000)
}

/// Bytes: `512Mi`, `2Gi`.
pub(super) fn bytes(at: &Value, path: &str, field: &str, default: i64) -> Result<i64, Refusal> {
    quantity(at, path, field, default, 1)
}

fn quantity(at: &Value, path: &str, field: &str, default: i64, scale: i64) -> Result<i64, Refusal> {
    let Some(value) = at.get(field).filter(|value| !value.is_null()) else { return Ok(default) };
    let text = match value {
        Value::Int(number) => number.to_string(),
        Value::Text(text) | Value::Decimal(text) => text.to_string(),
        _ => String::new(),
    };
    parse_quantity(&text, scale)
        .ok_or_else(|| Refusal::invalid(&format!("{path}.{field}"), value, "must be a quantity such as 500m or 2Gi"))
}

/// The quantity as a whole number of `1/scale`; fractions round up, as Kubernetes rounds.
fn parse_quantity(text: &str, scale: i64) -> Option<i64> {
    const UNITS: [(&str, i64); 6] =
        [("Ki", 1 << 10), ("Mi", 1 << 20), ("Gi", 1 << 30), ("k", 1000), ("M", 1_000_000), ("G", 1_000_000_000)];
    let (text, up, down) = match UNITS.iter().find(|(unit, _)| text.ends_with(unit)) {
        Some((unit, size)) => (text.strip_suffix(unit)?, *size, 1),
        None => text.strip_suffix('m').map_or((text, 1, 1), |text| (text, 1, 1000)),
    };
    let (whole, part) = text.split_once('.').unwrap_or((text, ""));
    let digits = u32::try_from(part.len()).ok().filter(|digits| *digits <= 6)?;
    let ten = 10_i64.pow(digits);
    let part: i64 = if part.is_empty() { 0 } else { part.parse().ok()? };
    let total = whole.parse::<i64>().ok()?.checked_mul(ten)?.checked_add(part)?;
    let total = total.checked_mul(up)?.checked_mul(scale)?;
    let divisor = ten.checked_mul(down)?;
    (total >= 0).then(|| total.div_euclid(divisor) + i64::from(total.rem_euclid(divisor) > 0))
}

/// A time of the day, `09:10`, as minutes since midnight.
pub(super) fn time_of_day(at: &Value, path: &str, field: &str) -> Result<Option<i64>, Refusal> {
    let Some(value) = at.get(field).filter(|value| !value.is_null()) else { return Ok(None) };
    let minutes = value.as_str().and_then(|text| {
        let (hours, minutes) = text.split_once(':')?;
        let (hours, minutes) = (hours.parse::<i64>().ok()?, minutes.parse::<i64>().ok()?);
        ((0..24).contains(&hours) && (0..60).contains(&minutes)).then_some(hours * 60 + minutes)
    });
    match minutes {
        Some(minutes) => Ok(Some(minutes)),
        None => Err(Refusal::invalid(&format!("{path}.{field}"), value, "must be a time of day such as \"09:10\"")),
    }
}

/// Whether it says `true`.
pub(super) fn yes(at: &Value, path: &str, field: &str) -> Result<bool, Refusal> {
    match at.get(field).filter(|value| !value.is_null()) {
        None => Ok(false),
        Some(Value::Bool(yes)) => Ok(*yes),
        Some(value) => Err(Refusal::invalid(&format!("{path}.{field}"), value, "must be true or false")),
    }
}

/// The elements of a list.
pub(super) fn list<'v>(spec: &'v Value, field: &str) -> Result<&'v [Value], Refusal> {
    match spec.get(field) {
        None | Some(Value::Null) => Ok(&[]),
        Some(Value::List(items)) => Ok(items),
        Some(other) => Err(Refusal::invalid(&format!("spec.{field}"), other, "must be a list")),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn quantities_are_read_and_round_up() {
        let cases = [("500m", 1000, 500), ("2", 1000, 2000), ("1.5", 1000, 1500), ("1.5Gi", 1, 1_610_612_736)];
        for (text, scale, want) in cases {
            assert_eq!(parse_quantity(text, scale), Some(want), "{text}");
        }
        assert_eq!(parse_quantity("0.1m", 1000), Some(1));
        assert_eq!(parse_quantity("lots", 1), None);
        assert_eq!(parse_quantity("-1", 1), None);
    }
}

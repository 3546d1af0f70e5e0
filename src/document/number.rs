//! Numbers as Go reads and prints them. A float lives only inside these functions; what leaves
//! them is an integer or text.

use super::Value;

/// The number in `text` (as Go's `strconv.ParseFloat` accepts it) as JSON carries it: an integer
/// where Go's encoder prints one that fits, otherwise the text it prints. `None` if it is no
/// finite number.
#[must_use]
pub fn float(text: &str) -> Option<Value> {
    let number = finite(text)?;
    let printed = json_float(number);
    Some(match printed.parse() {
        Ok(integer) => Value::Int(integer),
        Err(_) => Value::Decimal(printed.into()),
    })
}

fn finite(text: &str) -> Option<f64> {
    // Rust also reads "inf", "nan" and "infinity", which callers have sorted out before.
    let number: f64 = text.parse().ok()?;
    number.is_finite().then_some(number)
}

/// Digits and the decimal exponent of the first one, shortest that reads back as the same.
fn digits(number: f64) -> (bool, String, i32) {
    let text = format!("{number:e}");
    let (mantissa, exponent) = text.split_once('e').unwrap_or((&text, "0"));
    let negative = mantissa.starts_with('-');
    let digits = mantissa.chars().filter(char::is_ascii_digit).collect();
    (negative, digits, exponent.parse().unwrap_or_default())
}

/// As `encoding/json` prints a float64: exponents below -6 and from 21 on.
fn json_float(number: f64) -> String {
    let (negative, digits, exponent) = digits(number);
    let scientific = number != 0.0 && !(-6..21).contains(&exponent);
    let text = if scientific { with_exponent(&digits, exponent, 1) } else { positional(&digits, exponent) };
    if negative { format!("-{text}") } else { text }
}

/// As `strconv.FormatFloat(f, 'g', -1, 64)` prints it: what go-yaml writes, and what a float
/// becomes as a key.
#[must_use]
pub fn general(text: &str) -> Option<String> {
    let number = finite(text)?;
    let (negative, digits, exponent) = digits(number);
    let scientific = number != 0.0 && !(-4..6).contains(&exponent);
    let text = if scientific { with_exponent(&digits, exponent, 2) } else { positional(&digits, exponent) };
    Some(if negative { format!("-{text}") } else { text })
}

fn with_exponent(digits: &str, exponent: i32, width: usize) -> String {
    let (first, rest) = digits.split_at(1);
    let point = if rest.is_empty() { "" } else { "." };
    let sign = if exponent < 0 { '-' } else { '+' };
    format!("{first}{point}{rest}e{sign}{:0width$}", exponent.abs())
}

fn positional(digits: &str, exponent: i32) -> String {
    let length = digits.len() as i32;
    if exponent < 0 {
        return format!("0.{}{digits}", "0".repeat((-exponent - 1) as usize));
    }
    if exponent + 1 >= length {
        return format!("{digits}{}", "0".repeat((exponent + 1 - length) as usize));
    }
    let (whole, fraction) = digits.split_at((exponent + 1) as usize);
    format!("{whole}.{fraction}")
}

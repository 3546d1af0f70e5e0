//! Amounts of resources: `500m`, `1Gi`, `2e3`.
// Models k8s.io/apimachinery/pkg/api/resource Quantity

use crate::document::Value;
use std::cmp::Ordering;
use std::fmt;

/// What upstream answers to a text that is no quantity.
pub const FORMAT_WRONG: &str =
    "quantities must match the regular expression '^([+-]?[0-9.]+)([eEinumkKMGTP]*[-+]?[0-9]*)$'";
const SUFFIX_WRONG: &str = "unable to parse quantity's suffix";

/// The family of suffixes in which an amount was written, and is printed.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
enum Format {
    #[default]
    DecimalSi,
    BinarySi,
    DecimalExponent,
}

/// An exact amount, to a billionth.
#[derive(Clone, Copy, Debug, Default)]
pub struct Quantity {
    /// Billionths, so that every amount upstream can hold is a whole number here.
    nano: i128,
    format: Format,
}

const NANO: i128 = 1_000_000_000;
const MILLI: i128 = 1_000_000;

/// Suffix, base and exponent. Ordered so that the decimal ones stand by rising exponent.
const SUFFIXES: [(&str, u32, i32); 16] = [
    ("n", 10, -9),
    ("u", 10, -6),
    ("m", 10, -3),
    ("", 10, 0),
    ("k", 10, 3),
    ("M", 10, 6),
    ("G", 10, 9),
    ("T", 10, 12),
    ("P", 10, 15),
    ("E", 10, 18),
    ("Ki", 2, 10),
    ("Mi", 2, 20),
    ("Gi", 2, 30),
    ("Ti", 2, 40),
    ("Pi", 2, 50),
    ("Ei", 2, 60),
];

impl Quantity {
    /// Nothing.
    pub const ZERO: Self = Self { nano: 0, format: Format::DecimalSi };

    /// A whole number of units.
    #[must_use]
    pub fn whole(units: i64) -> Self {
        Self { nano: i128::from(units) * NANO, format: Format::DecimalSi }
    }

    /// A number of thousandths.
    #[must_use]
    pub fn from_milli(milli: i64) -> Self {
        Self { nano: i128::from(milli) * MILLI, format: Format::DecimalSi }
    }

    /// A whole number of bytes, printed with binary suffixes.
    #[must_use]
    pub fn bytes(bytes: i64) -> Self {
        Self { nano: i128::from(bytes) * NANO, format: Format::BinarySi }
    }

    /// Reads `text`.
    ///
    /// # Errors
    /// What is wrong, in upstream's words.
    // Models k8s.io/apimachinery/pkg/api/resource ParseQuantity
    pub fn parse(text: &str) -> Result<Self, String> {
        let (negative, number, suffix) = split(text).ok_or(FORMAT_WRONG)?;
        let (whole, fraction) = number.split_once('.').unwrap_or((number, ""));
        let (base, exponent, format) = interpret(suffix).ok_or(SUFFIX_WRONG)?;
        // 30 digits are far beyond what can be stored; longer numbers are capped like upstream's.
        let mut digits: i128 = 0;
        for digit in whole.bytes().chain(fraction.bytes()) {
            digits = digits.saturating_mul(10).saturating_add(i128::from(digit - b'0'));
        }
        let decimals = fraction.len() as i32;
        let nano = if base == 10 {
            scale_ten(digits, exponent - decimals + 9)
        } else {
            scale_ten(digits.saturating_mul(1 << exponent), 9 - decimals)
        };
        let cap = i128::from(i64::MAX) * NANO;
        let nano = if format == Format::BinarySi { nano.min(cap) } else { nano };
        let format = if format == Format::BinarySi && nano < NANO && nano > 0 { Format::DecimalSi } else { format };
        Ok(Self { nano: if negative { -nano } else { nano }, format })
    }

    /// The quantity in a tree: text, or a plain number as YAML allows it. Anything else is nothing.
    #[must_use]
    pub fn of(value: &Value) -> Self {
        Self::try_of(value).unwrap_or_default()
    }

    /// The same, telling what is wrong.
    ///
    /// # Errors
    /// What is wrong, in upstream's words.
    pub fn try_of(value: &Value) -> Result<Self, String> {
        match value {
            Value::Null => Ok(Self::ZERO),
            Value::Text(text) | Value::Decimal(text) => Self::parse(text.trim()),
            Value::Int(number) => Ok(Self::whole(*number)),
            _ => Err(FORMAT_WRONG.to_owned()),
        }
    }

    /// Thousandths, rounded away from zero.
    #[must_use]
    pub fn milli(&self) -> i128 {
        divide_up(self.nano, MILLI)
    }

    /// Whole units, rounded away from zero.
    #[must_use]
    pub fn value(&self) -> i64 {
        i64::try_from(divide_up(self.nano, NANO)).unwrap_or(if self.nano < 0 { i64::MIN } else { i64::MAX })
    }

    /// Whether it is nothing.
    #[must_use]
    pub fn is_zero(&self) -> bool {
        self.nano == 0
    }

    /// Whether it is less than nothing.
    #[must_use]
    pub fn is_negative(&self) -> bool {
        self.nano < 0
    }

    /// Whether it is a whole number of units.
    #[must_use]
    pub fn is_whole(&self) -> bool {
        self.nano % NANO == 0
    }

    /// Rounded up to thousandths, as the API server does with every resource list.
    // Models pkg/apis/core/v1 SetDefaults_ResourceList
    #[must_use]
    pub fn rounded_to_milli(self) -> Self {
        Self { nano: divide_up(self.nano, MILLI) * MILLI, ..self }
    }

    /// The sum. A sum with nothing takes the other's family of suffixes.
    #[must_use]
    pub fn plus(self, other: Self) -> Self {
        let format = if self.is_zero() { other.format } else { self.format };
        Self { nano: self.nano.saturating_add(other.nano), format }
    }

    /// The difference.
    #[must_use]
    pub fn minus(self, other: Self) -> Self {
        self.plus(Self { nano: -other.nano, ..other })
    }

    /// This many times the amount.
    #[must_use]
    pub fn times(self, count: i64) -> Self {
        Self { nano: self.nano.saturating_mul(i128::from(count)), ..self }
    }
}

impl std::ops::Add for Quantity {
    type Output = Self;
    fn add(self, other: Self) -> Self {
        self.plus(other)
    }
}

impl std::ops::Sub for Quantity {
    type Output = Self;
    fn sub(self, other: Self) -> Self {
        self.minus(other)
    }
}

/// Amounts are equal however they are written: `1` and `1000m`.
impl PartialEq for Quantity {
    fn eq(&self, other: &Self) -> bool {
        self.nano == other.nano
    }
}
impl Eq for Quantity {}
impl Ord for Quantity {
    fn cmp(&self, other: &Self) -> Ordering {
        self.nano.cmp(&other.nano)
    }
}
impl PartialOrd for Quantity {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

/// The canonical form: no fraction, the largest suffix that keeps the number whole.
// Models k8s.io/apimachinery/pkg/api/resource Quantity.CanonicalizeBytes
impl fmt::Display for Quantity {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.nano == 0 {
            return out.write_str("0");
        }
        let binary = self.format == Format::BinarySi && self.nano.abs() >= 1024 * NANO && self.is_whole();
        if binary {
            let (mut number, mut step) = (self.nano / NANO, 0);
            while number % 1024 == 0 {
                number /= 1024;
                step += 1;
            }
            let suffix = if step == 0 { "" } else { SUFFIXES[9 + step.min(6)].0 };
            return write!(out, "{number}{suffix}");
        }
        let (mut number, mut exponent) = (self.nano, -9);
        while number % 1000 == 0 {
            number /= 1000;
            exponent += 3;
        }
        if self.format == Format::DecimalExponent {
            return if exponent == 0 { write!(out, "{number}") } else { write!(out, "{number}e{exponent}") };
        }
        while exponent > 18 {
            number *= 1000;
            exponent -= 3;
        }
        // Invariant: `exponent` is a multiple of three from -9 to 18, which the first ten rows are.
        let suffix = SUFFIXES[((exponent + 9) / 3) as usize].0;
        write!(out, "{number}{suffix}")
    }
}

/// Sign, number and suffix of a text in the right form.
// Models k8s.io/apimachinery/pkg/api/resource parseQuantityString
fn split(text: &str) -> Option<(bool, &str, &str)> {
    let negative = text.starts_with('-');
    let unsigned = text.strip_prefix(['-', '+']).unwrap_or(text);
    let mut dots = 0;
    let end = unsigned
        .find(|character: char| {
            dots += u32::from(character == '.');
            !(character.is_ascii_digit() || character == '.' && dots == 1)
        })
        .unwrap_or(unsigned.len());
    let (number, suffix) = unsigned.split_at(end);
    let exponent = suffix.trim_start_matches(|character| "eEinumkKMGTP".contains(character));
    let exponent = exponent.strip_prefix(['-', '+']).unwrap_or(exponent);
    let well_formed = !text.is_empty() && exponent.bytes().all(|byte| byte.is_ascii_digit());
    well_formed.then_some((negative, number, suffix))
}

fn interpret(suffix: &str) -> Option<(u32, i32, Format)> {
    if let Some((_, base, exponent)) = SUFFIXES.iter().find(|(known, ..)| *known == suffix) {
        return Some((*base, *exponent, if *base == 2 { Format::BinarySi } else { Format::DecimalSi }));
    }
    let exponent: i32 = suffix.strip_prefix(['e', 'E'])?.parse().ok()?;
    Some((10, exponent.clamp(-99, 99), Format::DecimalExponent))
}

/// `digits` times ten to the power; what falls below a billionth is rounded away from zero.
fn scale_ten(digits: i128, power: i32) -> i128 {
    let mut scaled = digits;
    if power >= 0 {
        for _ in 0..power.min(39) {
            scaled = scaled.saturating_mul(10);
        }
        return scaled;
    }
    match 10_i128.checked_pow(power.unsigned_abs()) {
        Some(divisor) => divide_up(digits, divisor),
        None => i128::from(digits > 0),
    }
}

fn divide_up(number: i128, by: i128) -> i128 {
    let quotient = number / by;
    if number % by == 0 { quotient } else { quotient + number.signum() }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn canonical(text: &str) -> String {
        Quantity::parse(text).unwrap().to_string()
    }

    #[test]
    fn prints_in_canonical_form() {
        for (written, printed) in [
            ("0", "0"),
            ("0.5", "500m"),
            ("1.5", "1500m"),
            ("1024Mi", "1Gi"),
            ("1536Mi", "1536Mi"),
            ("1048576", "1048576"),
            ("1000", "1k"),
            ("1e9", "1e9"),
            ("1e3", "1e3"),
            ("12e4", "120e3"),
            ("0.5Gi", "512Mi"),
            ("100Ki", "100Ki"),
            ("512", "512"),
            ("0.1Ki", "102400m"),
            ("-1", "-1"),
            ("+2", "2"),
            ("1500m", "1500m"),
            ("2000m", "2"),
            ("1n", "1n"),
            ("0.1n", "1n"),
            (".5", "500m"),
            ("5.", "5"),
            ("1E", "1E"),
            ("100Ei", "9223372036854775807"),
            ("110", "110"),
        ] {
            assert_eq!(canonical(written), printed, "{written}");
        }
    }

    #[test]
    fn refuses_in_upstreams_words() {
        for wrong in ["", "1.5.5", "1Kib", "abc", "ten", "1 Gi", "1Gi ", "1e3x"] {
            assert_eq!(Quantity::parse(wrong).unwrap_err(), FORMAT_WRONG, "{wrong}");
        }
        assert_eq!(Quantity::parse("1KK").unwrap_err(), SUFFIX_WRONG);
        assert_eq!(Quantity::parse("1mi").unwrap_err(), SUFFIX_WRONG);
        assert_eq!(Quantity::parse("--1").unwrap_err(), SUFFIX_WRONG);
        // No digits at all are nothing, upstream too.
        assert_eq!(canonical("Mi"), "0");
    }

    #[test]
    fn rounds_up_and_compares_by_amount() {
        assert_eq!(Quantity::parse("1001u").unwrap().milli(), 2);
        assert_eq!(Quantity::parse("1100m").unwrap().value(), 2);
        assert_eq!(Quantity::parse("1").unwrap(), Quantity::parse("1000m").unwrap());
        assert!(Quantity::parse("1Gi").unwrap() > Quantity::parse("1G").unwrap());
        let sum = Quantity::ZERO.plus(Quantity::parse("512Mi").unwrap()).plus(Quantity::parse("512Mi").unwrap());
        assert_eq!(sum.to_string(), "1Gi");
        assert_eq!(Quantity::of(&Value::Int(1)).minus(Quantity::from_milli(250)).to_string(), "750m");
    }
}

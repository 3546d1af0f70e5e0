//! Numbers and dates of conditions, without floats.

/// A decimal number, in units of 10⁻⁹.
///
/// `None` for what is no number.
#[must_use]
pub fn decimal(text: &str) -> Option<i128> {
    const PLACES: usize = 9;
    let (negative, digits) = match text.strip_prefix('-') {
        Some(rest) => (true, rest),
        None => (false, text.strip_prefix('+').unwrap_or(text)),
    };
    let (whole, fraction) = digits.split_once('.').unwrap_or((digits, ""));
    let all_digits = |part: &str| part.bytes().all(|byte| byte.is_ascii_digit());
    if whole.len() + fraction.len() == 0 || whole.len() > 24 || !all_digits(whole) || !all_digits(fraction) {
        return None;
    }
    let mut value: i128 = if whole.is_empty() { 0 } else { whole.parse().ok()? };
    let mut places = fraction.bytes();
    for _ in 0..PLACES {
        value = value * 10 + i128::from(places.next().map_or(0, |byte| byte - b'0'));
    }
    Some(if negative { -value } else { value })
}

/// A date in milliseconds since 1970: one of the W3C's ISO 8601 profiles, or seconds since 1970
/// (IAM JSON policy elements: Condition operators, "Date condition operators").
#[must_use]
pub fn date(text: &str) -> Option<i64> {
    if !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit()) && text.len() != 4 {
        return text.parse::<i64>().ok()?.checked_mul(1000);
    }
    let (day, time) = match text.split_once(['T', 't']) {
        Some((day, time)) => (day, Some(time)),
        None => (text, None),
    };
    let mut parts = day.split('-');
    let year: i64 = number(parts.next()?, 4)?;
    let month = parts.next().map_or(Some(1), |part| number(part, 2))?;
    let day = parts.next().map_or(Some(1), |part| number(part, 2))?;
    if parts.next().is_some() || !(1..=12).contains(&month) || !(1..=31).contains(&day) {
        return None;
    }
    let midnight = days_from_civil(year, month, day) * 86_400_000;
    Some(midnight + time.map_or(Some(0), time_of_day)?)
}

/// `08:30`, `08:30:00`, `08:30:00.5`, each with `Z`, `+09:00` or nothing after it.
fn time_of_day(text: &str) -> Option<i64> {
    let (clock, offset) = match text.find(['Z', 'z', '+', '-']) {
        Some(at) => text.split_at_checked(at)?,
        None => (text, ""),
    };
    let offset_minutes = match offset {
        "" | "Z" | "z" => 0,
        other => {
            let (sign, rest) = other.split_at_checked(1)?;
            let (hours, minutes) = rest.split_once(':').or_else(|| rest.split_at_checked(2))?;
            let minutes_east = number(hours, 2)? * 60 + number(minutes, 2)?;
            if sign == "-" { -minutes_east } else { minutes_east }
        }
    };
    let mut parts = clock.split(':');
    let hours = number(parts.next()?, 2)?;
    let minutes = number(parts.next()?, 2)?;
    let (seconds, fraction) = match parts.next() {
        Some(part) => part.split_once('.').unwrap_or((part, "")),
        None => ("00", ""),
    };
    let seconds = number(seconds, 2)?;
    if parts.next().is_some() || hours > 23 || minutes > 59 || seconds > 60 {
        return None;
    }
    let millis = decimal(&format!("0.{fraction}"))? / 1_000_000;
    Some(((hours * 60 + minutes - offset_minutes) * 60 + seconds) * 1000 + i64::try_from(millis).ok()?)
}

/// A number of exactly so many digits.
fn number(text: &str, digits: usize) -> Option<i64> {
    let fits = text.len() == digits && text.bytes().all(|byte| byte.is_ascii_digit());
    if fits { text.parse().ok() } else { None }
}

/// Days from 1970-01-01 in the Gregorian calendar (Howard Hinnant's algorithm).
fn days_from_civil(year: i64, month: i64, day: i64) -> i64 {
    let year = if month <= 2 { year - 1 } else { year };
    let era = year.div_euclid(400);
    let year_of_era = year.rem_euclid(400);
    let day_of_year = (153 * ((month + 9) % 12) + 2) / 5 + day - 1;
    let day_of_era = year_of_era * 365 + year_of_era / 4 - year_of_era / 100 + day_of_year;
    era * 146_097 + day_of_era - 719_468
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn dates_are_read_in_every_documented_form() {
        for (text, expected) in [
            ("1970-01-01T00:00:00Z", Some(0)),
            ("2026-07-15T08:30:00Z", Some(1_784_104_200_000)),
            ("2026-07-15T17:30:00+09:00", Some(1_784_104_200_000)),
            ("2026-07-15T08:30Z", Some(1_784_104_200_000)),
            ("1784104200", Some(1_784_104_200_000)),
            ("2026-07-15T08:30:00.250Z", Some(1_784_104_200_250)),
            ("1970", Some(0)),
            ("1970-01", Some(0)),
            ("yesterday", None),
            ("2026-13-01", None),
        ] {
            assert_eq!(date(text), expected, "{text}");
        }
    }

    #[test]
    fn numbers_are_exact() {
        assert_eq!(decimal("10"), decimal("10.000"));
        assert!(decimal("0.1") < decimal("0.2") && decimal("-1") < decimal("0"));
        for wrong in ["", ".", "1e3", "ten", "1.2.3", "--1"] {
            assert_eq!(decimal(wrong), None, "{wrong}");
        }
    }
}

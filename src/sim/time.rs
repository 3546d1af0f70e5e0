//! The virtual clock.

use std::fmt;
use std::ops::{Add, Sub};

/// A moment or a length of simulated time, in whole milliseconds since the world began.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Default, Debug)]
pub struct SimTime(pub u64);

/// `count` milliseconds.
#[must_use]
pub const fn millis(count: u64) -> SimTime {
    SimTime(count)
}

/// `count` seconds.
#[must_use]
pub const fn secs(count: u64) -> SimTime {
    SimTime(count * 1000)
}

/// The calendar moment at which every world begins: 2026-01-05T00:00:00Z, a Monday in Seoul's
/// office hours, in seconds since 1970.
const EPOCH_SECONDS: u64 = 1_767_571_200;

impl SimTime {
    /// The beginning of the world.
    pub const ZERO: Self = Self(0);

    /// Milliseconds since the world began.
    #[must_use]
    pub const fn as_millis(self) -> u64 {
        self.0
    }

    /// Whole seconds since the world began.
    #[must_use]
    pub const fn as_secs(self) -> u64 {
        self.0 / 1000
    }

    /// The time that has passed since `earlier`, or none if `earlier` is later.
    #[must_use]
    pub const fn since(self, earlier: Self) -> Self {
        Self(self.0.saturating_sub(earlier.0))
    }

    /// RFC 3339 with whole seconds, the form of `metav1.Time`.
    #[must_use]
    pub fn rfc3339(self) -> String {
        let (year, month, day, seconds) = self.civil();
        let two = |number: u64| [number / 10 % 10, number % 10];
        let [days, months] = [two(day), two(month)];
        let [hours, minutes, seconds] = [two(seconds / 3600), two(seconds / 60 % 60), two(seconds % 60)];
        // Written digit by digit: every write of every object has a moment in it.
        let mut text = String::with_capacity(20);
        let parts = [two(year / 100), two(year), months, days, hours, minutes, seconds];
        for (digits, after) in parts.into_iter().zip(["", "-", "-", "T", ":", ":", "Z"]) {
            text.extend(digits.into_iter().filter_map(|digit| char::from_digit(digit as u32, 10)));
            text.push_str(after);
        }
        text
    }

    /// RFC 3339 with microseconds, the form of `metav1.MicroTime`.
    #[must_use]
    pub fn rfc3339_micro(self) -> String {
        let whole = self.rfc3339();
        format!("{}.{:03}000Z", whole.trim_end_matches('Z'), self.0 % 1000)
    }

    /// Reads what [`Self::rfc3339`] and [`Self::rfc3339_micro`] write.
    #[must_use]
    pub fn parse_rfc3339(text: &str) -> Option<Self> {
        let number = |from: usize, to: usize| text.get(from..to)?.parse::<u64>().ok();
        let days = days_from_civil(number(0, 4)?, number(5, 7)?, number(8, 10)?);
        let seconds = days * 86_400 + number(11, 13)? * 3600 + number(14, 16)? * 60 + number(17, 19)?;
        let millis = if text.get(19..20) == Some(".") { number(20, 23)? } else { 0 };
        Some(Self(seconds.checked_sub(EPOCH_SECONDS)? * 1000 + millis))
    }

    /// Seconds since 1970.
    #[must_use]
    pub const fn unix_seconds(self) -> u64 {
        EPOCH_SECONDS + self.0 / 1000
    }

    /// Year, month, day and second of the day, by the proleptic Gregorian calendar.
    fn civil(self) -> (u64, u64, u64, u64) {
        let total = self.unix_seconds();
        // Days counted from 0000-03-01, so that the leap day ends the year.
        let days = total / 86_400 + 719_468;
        let era = days / 146_097;
        let day_of_era = days % 146_097;
        let year_of_era = (day_of_era - day_of_era / 1460 + day_of_era / 36_524 - day_of_era / 146_096) / 365;
        let day_of_year = day_of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
        let shifted_month = (5 * day_of_year + 2) / 153;
        let day = day_of_year - (153 * shifted_month + 2) / 5 + 1;
        let month = if shifted_month < 10 { shifted_month + 3 } else { shifted_month - 9 };
        let year = year_of_era + era * 400 + u64::from(month <= 2);
        (year, month, day, total % 86_400)
    }
}

fn days_from_civil(year: u64, month: u64, day: u64) -> u64 {
    let year = year - u64::from(month <= 2);
    let era = year / 400;
    let year_of_era = year % 400;
    let shifted_month = if month > 2 { month - 3 } else { month + 9 };
    let day_of_year = (153 * shifted_month + 2) / 5 + day - 1;
    let day_of_era = year_of_era * 365 + year_of_era / 4 - year_of_era / 100 + day_of_year;
    (era * 146_097 + day_of_era).saturating_sub(719_468)
}

impl Add for SimTime {
    type Output = Self;
    fn add(self, other: Self) -> Self {
        Self(self.0.saturating_add(other.0))
    }
}

impl Sub for SimTime {
    type Output = Self;
    fn sub(self, other: Self) -> Self {
        self.since(other)
    }
}

impl fmt::Display for SimTime {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(out, "{}.{:03}s", self.0 / 1000, self.0 % 1000)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_calendar_reads_back_what_it_writes() {
        assert_eq!(SimTime::ZERO.rfc3339(), "2026-01-05T00:00:00Z");
        for days in [0_u64, 1, 27, 53, 54, 55, 400, 790, 1500, 40_000] {
            let moment = SimTime(days * 86_400_000 + 45_296_789);
            assert_eq!(SimTime::parse_rfc3339(&moment.rfc3339_micro()), Some(moment));
        }
    }
}

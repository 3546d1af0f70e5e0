//! When a schedule is due.
//!
//! The crates that read schedules bring a calendar library of their own, which weighs more than
//! all of this file does; and upstream's reader has rules of its own to follow.
// Models github.com/robfig/cron/v3 SpecSchedule.Next

use crate::sim::{SimTime, secs};

const MINUTE: u64 = 60;
const DAY: u64 = 86_400;
/// A schedule that is never due within this time never is: 29 February comes within eight years.
const HORIZON: SimTime = secs(8 * 366 * DAY);

const MONTHS: [&str; 12] = ["jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec"];
const WEEKDAYS: [&str; 7] = ["sun", "mon", "tue", "wed", "thu", "fri", "sat"];

/// A schedule: the minutes, hours, days, months and weekdays on which it is due, a bit for each.
pub(super) enum Schedule {
    /// Five fields.
    Fields {
        minutes: u64,
        hours: u64,
        days: u64,
        months: u64,
        weekdays: u64,
        /// Whether days or weekdays say `*`: then both must fit, otherwise one is enough.
        any_day: bool,
        /// How far the time zone is ahead of UTC, in seconds.
        ahead: i64,
    },
    /// `@every`.
    Every(SimTime),
}

impl Schedule {
    /// Reads a schedule, which validation has let through.
    pub fn parse(text: &str, zone: &str) -> Option<Self> {
        let (zone, text) = match text.split_once(' ') {
            Some((first, rest)) if first.starts_with("TZ=") || first.starts_with("CRON_TZ=") => {
                (first.split_once('=')?.1, rest.trim())
            }
            _ => (zone, text),
        };
        if let Some(length) = text.strip_prefix("@every ") {
            return Some(Self::Every(duration(length)?));
        }
        let text = match text {
            "@yearly" | "@annually" => "0 0 1 1 *",
            "@monthly" => "0 0 1 * *",
            "@weekly" => "0 0 * * 0",
            "@daily" | "@midnight" => "0 0 * * *",
            "@hourly" => "0 * * * *",
            other => other,
        };
        let fields: Vec<&str> = text.split_whitespace().collect();
        let [minutes, hours, days, months, weekdays] = fields.as_slice() else { return None };
        let (day_bits, any) = bits(days, 1, 31, &[])?;
        let (weekday_bits, any_weekday) = bits(weekdays, 0, 6, &WEEKDAYS)?;
        Some(Self::Fields {
            minutes: bits(minutes, 0, 59, &[])?.0,
            hours: bits(hours, 0, 23, &[])?.0,
            days: day_bits,
            months: bits(months, 1, 12, &MONTHS)?.0,
            weekdays: weekday_bits,
            any_day: any || any_weekday,
            ahead: seconds_ahead(zone),
        })
    }

    /// The first moment after `after` at which it is due.
    pub fn next(&self, after: SimTime) -> Option<SimTime> {
        match self {
            Self::Every(length) => Some(secs((after + *length).as_secs())),
            Self::Fields { ahead, .. } => {
                let local = |at: SimTime| at.unix_seconds().saturating_add_signed(*ahead);
                let mut at = after + secs(MINUTE - after.unix_seconds() % MINUTE);
                at = secs(at.as_secs());
                while at < after + HORIZON {
                    let seconds = local(at);
                    if !self.fits_day(seconds / DAY) {
                        at = at + secs(DAY - seconds % DAY);
                    } else if self.fits_time(seconds % DAY) {
                        return Some(at);
                    } else {
                        at = at + secs(MINUTE);
                    }
                }
                None
            }
        }
    }

    fn fits_time(&self, second: u64) -> bool {
        let Self::Fields { minutes, hours, .. } = self else { return true };
        has(*hours, second / 3600) && has(*minutes, second / 60 % 60)
    }

    fn fits_day(&self, day: u64) -> bool {
        let Self::Fields { days, months, weekdays, any_day, .. } = self else { return true };
        let (month, date) = month_and_date(day);
        // 1970-01-01 was a Thursday.
        let (date_fits, weekday_fits) = (has(*days, date), has(*weekdays, (day + 4) % 7));
        has(*months, month) && if *any_day { date_fits && weekday_fits } else { date_fits || weekday_fits }
    }
}

fn has(bits: u64, index: u64) -> bool {
    bits >> index & 1 == 1
}

/// Month and day of the month, of a day counted from 1970, by the proleptic Gregorian calendar.
fn month_and_date(day: u64) -> (u64, u64) {
    let text = (SimTime::ZERO + secs((day * DAY).saturating_sub(SimTime::ZERO.unix_seconds()))).rfc3339();
    let number = |from: usize, to: usize| text.get(from..to).and_then(|part| part.parse().ok()).unwrap_or(1);
    (number(5, 7), number(8, 10))
}

/// The values that a field names, and whether it says `*`.
// Models getField, getRange
fn bits(field: &str, least: u64, most: u64, names: &[&str]) -> Option<(u64, bool)> {
    let number = |text: &str| -> Option<u64> {
        let place = names.iter().position(|name| name.eq_ignore_ascii_case(text));
        place.map_or_else(|| text.parse().ok(), |place| Some(least + place as u64))
    };
    let (mut set, mut is_any) = (0, false);
    for part in field.split(',').filter(|part| !part.is_empty()) {
        let (range, step) = part.split_once('/').map_or((part, None), |(range, step)| (range, Some(step)));
        let stride: u64 = step.map_or(Some(1), |step| step.parse().ok())?;
        let (first, last) = match range.split_once('-') {
            _ if matches!(range, "*" | "?") => {
                is_any |= stride <= 1;
                (least, most)
            }
            Some((first, last)) => (number(first)?, number(last)?),
            None if step.is_some() => (number(range)?, most),
            None => (number(range)?, number(range)?),
        };
        for value in (first..=last.min(most)).step_by(usize::try_from(stride.max(1)).ok()?) {
            set |= 1 << value;
        }
    }
    Some((set, is_any))
}

/// A Go duration of whole units, as `@every` has it.
fn duration(text: &str) -> Option<SimTime> {
    let (mut total, mut number) = (0, 0);
    for character in text.trim().chars() {
        match character {
            '0'..='9' => number = number * 10 + u64::from(character.to_digit(10)?),
            'h' => total += std::mem::take(&mut number) * 3600,
            'm' => total += std::mem::take(&mut number) * 60,
            's' => total += std::mem::take(&mut number),
            _ => return None,
        }
    }
    (total > 0).then(|| secs(total))
}

/// How far a time zone is ahead of UTC. Only zones without daylight saving time are known; the
/// others count as UTC.
fn seconds_ahead(zone: &str) -> i64 {
    let minutes = match zone {
        "Asia/Seoul" | "Asia/Tokyo" | "Asia/Pyongyang" => 540,
        "Asia/Shanghai" | "Asia/Singapore" | "Asia/Hong_Kong" | "Asia/Taipei" | "Australia/Perth" => 480,
        "Asia/Bangkok" | "Asia/Ho_Chi_Minh" | "Asia/Jakarta" => 420,
        "Asia/Kolkata" => 330,
        "Asia/Dubai" => 240,
        "America/Sao_Paulo" => -180,
        _ => 0,
    };
    minutes * 60
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn schedules_are_due_when_the_calendar_says() {
        // The world begins on Monday, 5 January 2026.
        for (schedule, zone, due) in [
            ("* * * * *", "", "2026-01-05T00:01:00Z"),
            ("*/5 * * * *", "", "2026-01-05T00:05:00Z"),
            ("0 9 * * mon-fri", "", "2026-01-05T09:00:00Z"),
            ("0 9 * * mon-fri", "Asia/Seoul", "2026-01-06T00:00:00Z"),
            ("30 2 29 2 *", "", "2028-02-29T02:30:00Z"),
            ("0 0 13 * fri", "", "2026-01-09T00:00:00Z"),
            ("@monthly", "", "2026-02-01T00:00:00Z"),
            ("@every 90s", "", "2026-01-05T00:01:30Z"),
        ] {
            let next = Schedule::parse(schedule, zone).and_then(|schedule| schedule.next(SimTime::ZERO));
            assert_eq!(next.map(SimTime::rfc3339).as_deref(), Some(due), "{schedule} {zone}");
        }
        assert!(Schedule::parse("0 0 30 2 *", "").is_some_and(|schedule| schedule.next(SimTime::ZERO).is_none()));
    }
}

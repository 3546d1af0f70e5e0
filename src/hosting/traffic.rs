//! How many people come, minute by minute: curves of one day, by the clock of Seoul.

use crate::sim::{SimTime, stable_hash};

/// Minutes of a day.
pub const DAY: i64 = 24 * 60;

/// The clock of Seoul is nine hours ahead of UTC, all year.
const SEOUL_AHEAD_MINUTES: i64 = 9 * 60;

/// A curve.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Curve {
    /// Quiet, then everybody at noon.
    LunchRush,
    /// The same all day.
    Steady,
    /// People's waking hours, with the most in the evening.
    DayAndNight,
    /// As `DayAndNight`, one hundredth more every day.
    Growth,
}

/// The words for them.
pub const CURVES: [(&str, Curve); 4] = [
    ("lunch-rush", Curve::LunchRush),
    ("steady", Curve::Steady),
    ("day-and-night", Curve::DayAndNight),
    ("growth", Curve::Growth),
];

/// (minute of the day, per cent of the peak); straight lines in between. Assumption: the shapes
/// are drawn by hand.
const LUNCH: [(i64, i64); 15] = [
    (0, 8),
    (360, 8),
    (540, 17),
    (690, 19),
    (710, 20),
    (724, 25),
    (731, 60),
    (738, 96),
    (745, 100),
    (755, 92),
    (770, 62),
    (795, 30),
    (1080, 20),
    (1170, 34),
    (1380, 10),
];
const DAY_AND_NIGHT: [(i64, i64); 7] = [(0, 18), (300, 8), (540, 45), (720, 70), (900, 62), (1230, 100), (1400, 25)];

/// The minute of the day in Seoul.
#[must_use]
pub fn clock_minute(minute: i64) -> i64 {
    let begin = i64::try_from(SimTime::ZERO.unix_seconds() / 60).unwrap_or_default();
    (begin + SEOUL_AHEAD_MINUTES + minute).rem_euclid(DAY)
}

/// How many whole minutes of the world have passed at `now`.
#[must_use]
pub fn minute_at(now: SimTime) -> i64 {
    i64::try_from(now.as_secs() / 60).unwrap_or(i64::MAX)
}

/// Requests per second in a minute of the world: the curve, and the unrest of a crowd (up to
/// three per cent either way).
#[must_use]
pub fn demand(curve: Curve, peak: i64, seed: u64, minute: i64) -> i64 {
    let clock = clock_minute(minute);
    let percent_of = |points: &[(i64, i64)]| on_line(points, clock);
    let mut per_mille = match curve {
        Curve::LunchRush => percent_of(&LUNCH),
        Curve::Steady => 600,
        Curve::DayAndNight | Curve::Growth => percent_of(&DAY_AND_NIGHT),
    };
    if curve == Curve::Growth {
        per_mille = per_mille * (100 + minute / DAY) / 100;
    }
    let throw = stable_hash(seed, &["demand", &minute.to_string()]) % 61;
    let unrest = i64::try_from(throw).unwrap_or_default() - 30;
    peak * per_mille * (1000 + unrest) / 1_000_000
}

/// The value at `at` in thousandths, on the line through points in hundredths.
fn on_line(points: &[(i64, i64)], at: i64) -> i64 {
    let first = points.first().copied().unwrap_or((0, 0));
    let after = (first.0 + DAY, first.1);
    let ends = points.iter().skip(1).chain(std::iter::once(&after));
    for (from, to) in points.iter().zip(ends) {
        if at >= from.0 && at < to.0 {
            return from.1 * 10 + (to.1 - from.1) * 10 * (at - from.0) / (to.0 - from.0).max(1);
        }
    }
    first.1 * 10
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_world_begins_at_nine_and_lunch_is_at_noon() {
        assert_eq!(clock_minute(0), 9 * 60);
        let at = |clock: i64| demand(Curve::LunchRush, 1000, 7, clock - 9 * 60);
        assert!(at(12 * 60 + 25) > 950 && at(11 * 60 + 30) < 220, "{} {}", at(745), at(690));
        assert_eq!(at(600), at(600), "chance falls the same way");
    }

    #[test]
    fn growth_grows() {
        let at = |day: i64| demand(Curve::Growth, 1000, 7, day * DAY);
        assert!(at(60) > at(0) * 3 / 2);
    }
}

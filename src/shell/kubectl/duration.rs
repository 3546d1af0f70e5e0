//! How long ago, for people.
// Models k8s.io/apimachinery/pkg/util/duration HumanDuration

use crate::world::SimTime;

/// `5s`, `3m10s`, `47h`, `2y5d`.
#[must_use]
pub fn human(length: SimTime) -> String {
    let seconds = length.as_secs();
    let (minutes, hours) = (seconds / 60, seconds / 3600);
    let (days, years) = (hours / 24, hours / 24 / 365);
    let two = |large: u64, unit: char, small: u64, smaller: char| {
        if small == 0 { format!("{large}{unit}") } else { format!("{large}{unit}{small}{smaller}") }
    };
    if seconds < 120 {
        format!("{seconds}s")
    } else if minutes < 10 {
        two(minutes, 'm', seconds % 60, 's')
    } else if minutes < 180 {
        format!("{minutes}m")
    } else if hours < 8 {
        two(hours, 'h', minutes % 60, 'm')
    } else if hours < 48 {
        format!("{hours}h")
    } else if hours < 24 * 8 {
        two(days, 'd', hours % 24, 'h')
    } else if hours < 24 * 365 * 2 {
        format!("{days}d")
    } else if hours < 24 * 365 * 8 {
        two(years, 'y', days % 365, 'd')
    } else {
        format!("{years}y")
    }
}

/// How long ago a moment of the API (`2026-01-05T00:00:00Z`) was; `<unknown>` where there is none.
// Models k8s.io/kubernetes/pkg/printers/internalversion translateTimestampSince
#[must_use]
pub fn since(moment: &str, now: SimTime) -> String {
    match SimTime::parse_rfc3339(moment) {
        // Models HumanDuration of what is still to come: a second is forgiven.
        Some(then) if then.as_millis() >= now.as_millis() + 2000 => "<invalid>".to_owned(),
        Some(then) => human(now.since(then)),
        None => "<unknown>".to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::world::secs;

    #[test]
    fn ages_are_said_as_kubectl_says_them() {
        for (seconds, said) in [
            (0, "0s"),
            (119, "119s"),
            (120, "2m"),
            (125, "2m5s"),
            (600, "10m"),
            (10_800, "3h"),
            (11_000, "3h3m"),
            (90_000, "25h"),
            (200_000, "2d7h"),
            (864_000, "10d"),
        ] {
            assert_eq!(human(secs(seconds)), said);
        }
    }
}

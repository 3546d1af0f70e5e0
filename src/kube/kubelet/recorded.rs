//! What runs in a container as the stand-in kubelet of the recordings had it: a command has an end
//! that can be read from its words, and everything else runs for ever.
// Source: the description of the stand-in kubelet beside the recordings.

use crate::document::Value;
use crate::kube::kubelet::preset::Preset;
use crate::sim::{SimTime, millis};

/// When a container ends after its start, and with what code.
#[must_use]
pub(super) fn end_of(container: &Value, preset: &Preset) -> Option<(SimTime, i64)> {
    let words = container.items_at(&["command"]).iter().chain(container.items_at(&["args"]));
    let words: Vec<&str> = words.filter_map(Value::as_str).collect();
    let text = words.join(" ");
    let seconds = number_after(&text, "sleep");
    let first = words.first()?;
    if let Some(code) = number_after(&text, "exit") {
        return Some((seconds.map_or(preset.command, millis_of), i64::try_from(code).unwrap_or_default()));
    }
    match *first {
        "true" | "echo" => Some((preset.command, 0)),
        "false" => Some((preset.command, 1)),
        _ => seconds.map(|seconds| (millis_of(seconds), 0)),
    }
}

fn millis_of(seconds: u64) -> SimTime {
    millis(seconds * 1000)
}

/// The number that follows `word`, anywhere in `text`.
fn number_after(text: &str, word: &str) -> Option<u64> {
    text.match_indices(word).find_map(|(at, _)| {
        let rest = text.get(at + word.len()..)?.trim_start_matches(['"', ',', ' ']);
        let digits: String = rest.chars().take_while(char::is_ascii_digit).collect();
        digits.parse().ok()
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::kube::settings::KubeletPreset;
    use crate::sim::secs;
    use crate::tree;

    #[test]
    fn recorded_programs_follow_the_stand_in() {
        let preset = Preset::of(KubeletPreset::Recorded);
        let end = |words: &[&str]| {
            let command = Value::list(words.iter().map(|word| Value::text(*word)));
            end_of(&tree!({ "command": command }), &preset)
        };
        assert_eq!(end(&["sh", "-c", "exit 42"]), Some((millis(200), 42)));
        assert_eq!(end(&["sh", "-c", "sleep 2; exit 1"]), Some((secs(2), 1)));
        assert_eq!(end(&["sleep", "3"]), Some((secs(3), 0)));
        assert_eq!(end(&["false"]), Some((millis(200), 1)));
        assert_eq!(end(&[]), None);
    }
}

//! Whether a text fits a recorded one in which `<age>`, `<uid>` and the like stand for anything of
//! their kind.

/// What stands for what.
fn admits(mask: &str) -> Option<fn(&str) -> bool> {
    Some(match mask {
        "<age>" => is_age,
        "<time>" => is_time,
        "<uid>" => |text| text.len() == 36 && text.chars().all(|c| c.is_ascii_hexdigit() || c == '-'),
        "<rv>" | "<n>" => |text| !text.is_empty() && text.chars().all(|c| c.is_ascii_digit()),
        "<pod-ip>" | "<cluster-ip>" => {
            |text| text.split('.').count() == 4 && text.split('.').all(|part| part.parse::<u8>().is_ok())
        }
        "<node-port>" => |text| text.parse::<u32>().is_ok_and(|port| (30_000..=32_767).contains(&port)),
        "<v>" | "<s?>" => |text| text.len() == 5 && text.chars().all(|c| c.is_ascii_lowercase() || c.is_ascii_digit()),
        "<tmp>" => |text| text.starts_with('/') && !text.contains(' '),
        _ => return None,
    })
}

/// `5s`, `2m10s`, `3d4h`, `0.2s`; of an Event that was counted also `3s (x3 over 4s)`.
fn is_age(text: &str) -> bool {
    if let Some((last, counted)) = text.split_once(" (x") {
        let counted = counted.strip_suffix(')').and_then(|counted| counted.split_once(" over "));
        return is_age(last)
            && counted.is_some_and(|(count, first)| count.bytes().all(|byte| byte.is_ascii_digit()) && is_age(first));
    }
    if text == "<unknown>" || text == "<invalid>" {
        return true;
    }
    let mut rest = text;
    let mut parts = 0;
    while !rest.is_empty() {
        let digits = rest.find(|c: char| !c.is_ascii_digit() && c != '.').unwrap_or(rest.len());
        let unit = rest[digits..].find(|c: char| c.is_ascii_digit()).map_or(rest.len(), |end| digits + end);
        if digits == 0 || !matches!(&rest[digits..unit], "y" | "d" | "h" | "m" | "s" | "ms") {
            return false;
        }
        rest = &rest[unit..];
        parts += 1;
    }
    parts > 0
}

/// `2026-01-05T00:00:00Z`, or a date as Go prints it.
fn is_time(text: &str) -> bool {
    let is_rfc3339 = text.len() >= 20 && text.as_bytes().get(10) == Some(&b'T') && text.ends_with('Z');
    let is_go = text.len() >= 19 && text.as_bytes().get(4) == Some(&b'-') && text.contains(':');
    let is_spoken = text.contains(", ") && text.contains(':');
    is_rfc3339 || is_go || is_spoken
}

/// Whether `text` fits `pattern`.
pub fn fits(pattern: &str, text: &str) -> bool {
    let mut from = 0;
    while let Some(at) = pattern[from..].find('<').map(|at| from + at) {
        let Some(end) = pattern[at..].find('>').map(|end| at + end + 1) else { break };
        let Some(admits) = admits(&pattern[at..end]) else {
            from = at + 1;
            continue;
        };
        let (before, after) = (&pattern[..at], &pattern[end..]);
        let Some(rest) = text.strip_prefix(before) else { return false };
        return rest
            .char_indices()
            .map(|(index, character)| index + character.len_utf8())
            .any(|length| admits(&rest[..length]) && fits(after, &rest[length..]));
    }
    pattern == text
}

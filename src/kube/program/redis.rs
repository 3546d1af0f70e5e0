//! Redis: texts under keys, kept where its data directory is, so that a volume outlives its Pod.
// Source: the command reference of Redis, the commands that tutorials use; redis-cli prints replies raw.

use super::scope::Scope;
use std::collections::BTreeMap;
use std::fmt::Write as _;

/// How a command is carried: the method of a request whose body holds its words.
pub(super) const METHOD: &str = "RESP";
/// Where the data is kept.
const FILE: &str = "/data/dump.rdb";

/// Answers a command, its words parted by U+001F. `config` is the server's own configuration.
pub(super) fn answer(scope: &mut Scope<'_, '_>, config: &str, command: &str) -> String {
    let words: Vec<&str> = command.split('\u{1f}').collect();
    let name = words.first().map(|word| word.to_ascii_uppercase()).unwrap_or_default();
    let text = scope.files(|files| files.read(FILE)).unwrap_or_default();
    let mut data: BTreeMap<String, String> = text
        .lines()
        .filter_map(|line| line.split_once('\t'))
        .map(|(key, value)| (key.to_owned(), value.to_owned()))
        .collect();
    let before = data.clone();
    let key = words.get(1).copied().unwrap_or_default().to_owned();
    let rest = words.get(2..).unwrap_or_default();
    let answer = match (name.as_str(), words.len()) {
        ("PING", 1) => "PONG\n".to_owned(),
        ("PING" | "ECHO", _) => format!("{key}\n"),
        ("SET", 3..) => {
            data.insert(key, rest.first().copied().unwrap_or_default().to_owned());
            "OK\n".to_owned()
        }
        ("GET", 2) => format!("{}\n", data.get(&key).map(String::as_str).unwrap_or_default()),
        ("INCR" | "DECR" | "INCRBY" | "DECRBY", 2..) => {
            let by: i64 =
                if name.ends_with("BY") { rest.first().and_then(|by| by.parse().ok()).unwrap_or(0) } else { 1 };
            let by = if name.starts_with("DECR") { -by } else { by };
            match data.get(&key).map_or(Ok(0), |value| value.parse::<i64>()) {
                Ok(value) => {
                    let value = value.wrapping_add(by);
                    data.insert(key, value.to_string());
                    format!("{value}\n")
                }
                Err(_) => "ERR value is not an integer or out of range\n".to_owned(),
            }
        }
        ("APPEND", 3) => {
            let value = data.entry(key).or_default();
            value.push_str(rest.first().copied().unwrap_or_default());
            format!("{}\n", value.len())
        }
        ("DEL" | "UNLINK", 2..) => {
            let gone = words.iter().skip(1).filter(|key| data.remove(**key).is_some()).count();
            format!("{gone}\n")
        }
        ("EXISTS", 2..) => format!("{}\n", words.iter().skip(1).filter(|key| data.contains_key(**key)).count()),
        ("KEYS", 2) => {
            let prefix = key.trim_end_matches('*');
            let found = data.keys().filter(|known| **known == key || (key.ends_with('*') && known.starts_with(prefix)));
            found.map(|known| format!("{known}\n")).collect()
        }
        ("DBSIZE", 1) => format!("{}\n", data.len()),
        ("FLUSHALL" | "FLUSHDB", _) => {
            data.clear();
            "OK\n".to_owned()
        }
        ("CONFIG", 3) if key.eq_ignore_ascii_case("get") => {
            let wanted = rest.first().copied().unwrap_or_default().to_ascii_lowercase();
            configured(config, &wanted).map(|value| format!("{wanted}\n{value}\n")).unwrap_or_default()
        }
        ("SAVE" | "BGSAVE", _) => "OK\n".to_owned(),
        ("INFO", _) => "# Server\nredis_mode:standalone\n# Replication\nrole:master\nconnected_slaves:0\n".to_owned(),
        ("SET" | "GET" | "INCR" | "DECR" | "APPEND" | "DEL" | "EXISTS" | "KEYS" | "CONFIG", _) => {
            format!("ERR wrong number of arguments for '{}' command\n", name.to_ascii_lowercase())
        }
        _ => {
            let said: String = words.iter().skip(1).map(|word| format!("'{word}' ")).collect();
            format!(
                "ERR unknown command '{}', with args beginning with: {said}\n",
                words.first().copied().unwrap_or_default()
            )
        }
    };
    if data != before {
        let mut text = String::new();
        for (key, value) in &data {
            // Writing to a String cannot fail.
            let _ = writeln!(text, "{key}\t{value}");
        }
        // A data directory that cannot be written to loses what it is given.
        let _ = scope.files(|files| files.write(FILE, &text, false));
    }
    answer
}

/// A directive of the configuration, or what it is without one.
fn configured(config: &str, name: &str) -> Option<String> {
    let found = config.lines().filter_map(|line| line.trim().split_once(char::is_whitespace));
    let value = found.filter(|(known, _)| known.eq_ignore_ascii_case(name)).next_back().map(|(_, value)| value.trim());
    let value = value.or(match name {
        "maxmemory" => Some("0"),
        "maxmemory-policy" => Some("noeviction"),
        "appendonly" => Some("no"),
        "dir" => Some("/data"),
        "port" => Some("6379"),
        _ => None,
    })?;
    let digits = value.len() - value.trim_start_matches(|c: char| c.is_ascii_digit()).len();
    let number: Option<u64> = value.get(..digits).and_then(|digits| digits.parse().ok());
    let scale = match value.get(digits..).unwrap_or_default().to_ascii_lowercase().as_str() {
        "kb" => 1 << 10,
        "mb" => 1 << 20,
        "gb" => 1 << 30,
        _ => 0_u64,
    };
    Some(match number.filter(|_| scale > 0) {
        Some(number) => (number * scale).to_string(),
        None => value.to_owned(),
    })
}

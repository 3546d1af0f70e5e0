//! The YAML emitter: go-yaml v2 (a libyaml in Go) as `sigs.k8s.io/yaml` drives it. Block style,
//! lists at the level of their key, lines folded behind column 80.

// Models go.yaml.in/yaml/v2 emitterc.go, encode.go encoder.stringv

use super::super::yaml::resolve_plain;
use super::super::{Value, number};
use super::order;
use crate::document::InOrder as _;

const WIDTH: usize = 80;
/// Longer keys are written with `?`.
const LONGEST_KEY: usize = 128;

pub(super) fn to_yaml(value: &Value) -> String {
    let mut emitter = Emitter { out: String::new(), column: 0, indent: 0, blank: true, fresh: true };
    emitter.root(value);
    emitter.out.push('\n');
    emitter.out
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Style {
    Plain,
    Single,
    Double,
    Literal,
}

struct Emitter {
    out: String,
    column: usize,
    indent: usize,
    /// The last thing written was a blank (or nothing yet).
    blank: bool,
    /// The line holds only blanks and indicators so far.
    fresh: bool,
}

impl Emitter {
    fn root(&mut self, value: &Value) {
        match value {
            Value::Map(map) if !map.is_empty() => self.map(value),
            Value::List(items) if !items.is_empty() => self.list(items),
            other => self.leaf(other, false),
        }
        // A literal has already ended its last line.
        if self.out.ends_with('\n') {
            self.out.pop();
        }
    }

    fn map(&mut self, value: &Value) {
        let mut entries: Vec<_> = value.entries().collect();
        entries.order_by(|a, b| order::compare(a.0, b.0));
        for (key, item) in entries {
            self.new_line();
            let simple = key.len() <= LONGEST_KEY && !key.contains(['\n', '\r', '\u{85}', '\u{2028}', '\u{2029}']);
            if simple {
                self.scalar_text(key, true);
                self.put(":");
                self.blank = false;
                self.fresh = false;
            } else {
                self.indicator("?");
                self.deeper(|emitter| emitter.scalar_text(key, false));
                self.new_line();
                self.indicator(":");
            }
            self.value(item);
        }
    }

    /// The value of a key: a list keeps the indentation, a mapping goes deeper.
    fn value(&mut self, item: &Value) {
        match item {
            Value::Map(map) if !map.is_empty() => self.deeper(|emitter| emitter.map(item)),
            Value::List(items) if !items.is_empty() => self.list(items),
            other => self.leaf(other, false),
        }
    }

    fn list(&mut self, items: &[Value]) {
        for item in items {
            self.new_line();
            self.indicator("-");
            match item {
                Value::Map(map) if !map.is_empty() => self.deeper(|emitter| emitter.map(item)),
                Value::List(inner) if !inner.is_empty() => self.deeper(|emitter| emitter.list(inner)),
                other => self.leaf(other, false),
            }
        }
    }

    fn deeper(&mut self, write: impl FnOnce(&mut Self)) {
        self.indent += 2;
        write(self);
        self.indent -= 2;
    }

    fn leaf(&mut self, value: &Value, key: bool) {
        match value {
            Value::Text(text) => self.deeper(|emitter| emitter.scalar_text(text, key)),
            Value::Null => self.word("null"),
            Value::Bool(yes) => self.word(if *yes { "true" } else { "false" }),
            Value::Int(integer) => self.word(&integer.to_string()),
            Value::Decimal(text) => {
                // An integer within uint64 is read back as one; everything else as a float.
                let written = if text.parse::<u64>().is_ok() { None } else { number::general(text) };
                self.word(written.as_deref().unwrap_or(text));
            }
            Value::List(_) => self.word("[]"),
            Value::Map(_) => self.word("{}"),
        }
    }

    fn word(&mut self, word: &str) {
        self.space();
        self.put(word);
        self.blank = false;
        self.fresh = false;
    }

    fn scalar_text(&mut self, text: &str, key: bool) {
        match style(text, key) {
            Style::Plain => self.plain(text, !key),
            Style::Single => self.single(text, !key),
            Style::Double => self.double(text, !key),
            Style::Literal => self.literal(text),
        }
    }

    fn plain(&mut self, text: &str, fold: bool) {
        self.space();
        self.folded(text, fold, false);
        self.blank = false;
        self.fresh = false;
    }

    fn single(&mut self, text: &str, fold: bool) {
        self.space();
        self.put("'");
        self.folded(text, fold, true);
        self.put("'");
        self.blank = false;
        self.fresh = false;
    }

    /// The text on as few lines as fit: a line ends at the first single space behind the width.
    fn folded(&mut self, text: &str, fold: bool, quoted: bool) {
        let mut spaces = false;
        let mut characters = text.char_indices().peekable();
        while let Some((at, character)) = characters.next() {
            if character != ' ' {
                if quoted && character == '\'' {
                    self.put("'");
                }
                self.write(character);
                spaces = false;
                continue;
            }
            let next = characters.peek().map(|(_, next)| *next);
            let inside = !quoted || at > 0 && next.is_some();
            if fold && !spaces && inside && self.column > WIDTH && next != Some(' ') {
                self.break_line();
            } else {
                self.write(' ');
            }
            spaces = true;
        }
    }

    fn double(&mut self, text: &str, fold: bool) {
        self.space();
        self.put("\"");
        let mut spaces = false;
        let mut characters = text.char_indices().peekable();
        while let Some((at, character)) = characters.next() {
            let next = characters.peek().map(|(_, next)| *next);
            if !printable(character) || is_break(character) || matches!(character, '"' | '\\') {
                self.put(&escape(character));
                spaces = false;
            } else if character == ' ' {
                if fold && !spaces && self.column > WIDTH && at > 0 && next.is_some() {
                    self.break_line();
                    if next == Some(' ') {
                        self.put("\\");
                    }
                } else {
                    self.write(' ');
                }
                spaces = true;
            } else {
                self.write(character);
                spaces = false;
            }
        }
        self.put("\"");
        self.blank = false;
        self.fresh = false;
    }

    fn literal(&mut self, text: &str) {
        self.space();
        self.put("|");
        if text.starts_with(' ') || text.starts_with(is_break) {
            self.put("2");
        }
        let mut ends = text.chars().rev();
        match (ends.next().is_some_and(is_break), ends.next().is_none_or(is_break)) {
            (false, _) => self.put("-"),
            (true, true) => self.put("+"),
            (true, false) => {}
        }
        self.end_line();
        let mut start_of_line = true;
        for character in text.chars() {
            if is_break(character) {
                if character == '\n' {
                    self.end_line();
                } else {
                    self.write(character);
                    self.column = 0;
                }
                start_of_line = true;
            } else {
                if start_of_line {
                    self.pad();
                }
                self.write(character);
                self.fresh = false;
                self.blank = false;
                start_of_line = false;
            }
        }
    }

    fn new_line(&mut self) {
        let misplaced = self.column > self.indent || self.column == self.indent && !self.blank;
        if !self.fresh || misplaced {
            self.end_line();
        }
        self.pad();
    }

    fn break_line(&mut self) {
        self.end_line();
        self.pad();
        self.fresh = true;
    }

    fn pad(&mut self) {
        while self.column < self.indent {
            self.write(' ');
        }
        self.blank = true;
    }

    fn end_line(&mut self) {
        self.out.push('\n');
        self.column = 0;
        self.blank = true;
        self.fresh = true;
    }

    fn indicator(&mut self, text: &str) {
        self.space();
        self.put(text);
        self.blank = false;
    }

    fn space(&mut self) {
        if !self.blank {
            self.write(' ');
            self.blank = true;
        }
    }

    fn put(&mut self, text: &str) {
        self.out.push_str(text);
        self.column += text.chars().count();
    }

    fn write(&mut self, character: char) {
        self.out.push(character);
        self.column += 1;
    }
}

/// How a string is written.
fn style(text: &str, key: bool) -> Style {
    let facts = Facts::of(text);
    if text.contains('\n') && !key && facts.block {
        return Style::Literal;
    }
    if text.contains('\n') || means_something_else(text) {
        return Style::Double;
    }
    if facts.plain {
        return Style::Plain;
    }
    if facts.single { Style::Single } else { Style::Double }
}

/// Whether a reader would take the bare text for something other than this string.
fn means_something_else(text: &str) -> bool {
    let special = matches!(
        text,
        ".nan" | ".NaN" | ".NAN" | ".inf" | ".Inf" | ".INF" | "+.inf" | "+.Inf" | "+.INF" | "-.inf" | "-.Inf" | "-.INF"
    );
    special || resolve_plain(text).is_some() || is_base_60(text) || is_timestamp(text)
}

/// `^[-+]?[0-9][0-9_]*(?::[0-5]?[0-9])+(?:\.[0-9_]*)?$`: no longer a number, still quoted.
fn is_base_60(text: &str) -> bool {
    let text = text.strip_prefix(['-', '+']).unwrap_or(text);
    let mut parts = text.split(':');
    let first = parts.next().unwrap_or_default();
    if !first.starts_with(|c: char| c.is_ascii_digit()) || first.contains(|c: char| !c.is_ascii_digit() && c != '_') {
        return false;
    }
    let mut parts = parts.peekable();
    if parts.peek().is_none() {
        return false;
    }
    while let Some(part) = parts.next() {
        let part = match parts.peek() {
            Some(_) => part,
            None => match part.split_once('.') {
                Some((whole, rest)) if rest.chars().all(|c| c.is_ascii_digit() || c == '_') => whole,
                Some(_) => return false,
                None => part,
            },
        };
        let sixty = match part.as_bytes() {
            [digit] => digit.is_ascii_digit(),
            [tens, digit] => (b'0'..=b'5').contains(tens) && digit.is_ascii_digit(),
            _ => false,
        };
        if !sixty {
            return false;
        }
    }
    true
}

/// The dates that go-yaml reads: `2006-1-2`, with an optional time after `T`, `t` or a space.
fn is_timestamp(text: &str) -> bool {
    let bytes = text.as_bytes();
    if bytes.len() < 8 || !bytes[..4].iter().all(u8::is_ascii_digit) || bytes[4] != b'-' {
        return false;
    }
    let (date, time) = match text.find(['T', 't', ' ']) {
        Some(at) => (&text[..at], Some(&text[at + 1..])),
        None => (text, None),
    };
    let mut parts = date.split('-').skip(1);
    let month = parts.next().and_then(two_digits).is_some_and(|month| (1..=12).contains(&month));
    let day = parts.next().and_then(two_digits).is_some_and(|day| (1..=31).contains(&day));
    if !month || !day || parts.next().is_some() {
        return false;
    }
    time.is_none_or(|time| is_time(time, text.contains(' ')))
}

fn two_digits(text: &str) -> Option<u32> {
    let digits = matches!(text.len(), 1 | 2) && text.bytes().all(|b| b.is_ascii_digit());
    if digits { text.parse().ok() } else { None }
}

fn is_time(time: &str, spaced: bool) -> bool {
    let zone_at = time.find(['Z', '+', '-']);
    let (clock, zone) = time.split_at(zone_at.unwrap_or(time.len()));
    // With a space between date and time there is no zone, with a letter there must be one.
    if spaced == zone_at.is_some() {
        return false;
    }
    let mut parts = clock.splitn(3, ':');
    let hour = parts.next().and_then(two_digits).is_some_and(|hour| hour < 24);
    let minute = parts.next().and_then(two_digits).is_some_and(|minute| minute < 60);
    let second = parts.next().is_some_and(|second| {
        let (whole, fraction) = second.split_once('.').unwrap_or((second, "0"));
        let digits = !fraction.is_empty() && fraction.bytes().all(|b| b.is_ascii_digit());
        digits && two_digits(whole).is_some_and(|second| second < 60)
    });
    let zone = zone.is_empty() || zone == "Z" || zone.len() == 6 && zone.as_bytes().get(3) == Some(&b':');
    hour && minute && second && zone
}

/// What the text allows.
struct Facts {
    plain: bool,
    single: bool,
    block: bool,
}

impl Facts {
    // Models go.yaml.in/yaml/v2 emitterc.go yaml_emitter_analyze_scalar
    fn of(text: &str) -> Self {
        if text.is_empty() {
            return Self { plain: true, single: true, block: false };
        }
        let mut indicators = text.starts_with("---") || text.starts_with("...");
        let (mut special, mut breaks, mut space_break, mut break_space) = (false, false, false, false);
        let mut previous = None;
        let mut characters = text.chars().peekable();
        while let Some(character) = characters.next() {
            let before_blank = characters.peek().is_none_or(|next| matches!(next, ' ' | '\t'));
            indicators |= match (previous, character) {
                (
                    None,
                    '#' | ',' | '[' | ']' | '{' | '}' | '&' | '*' | '!' | '|' | '>' | '\'' | '"' | '%' | '@' | '`',
                ) => true,
                (None, '?' | '-') | (_, ':') => before_blank,
                (Some(before), '#') => is_blank_or_break(before),
                _ => false,
            };
            special |= !printable(character);
            breaks |= is_break(character);
            space_break |= is_break(character) && previous == Some(' ');
            break_space |= character == ' ' && previous.is_some_and(is_break);
            previous = Some(character);
        }
        let edge = |c: Option<char>| c.is_some_and(|c| c == ' ' || is_break(c));
        let edges = edge(text.chars().next()) || edge(previous);
        Self {
            plain: !(edges || breaks || break_space || space_break || special || indicators),
            single: !(break_space || space_break || special),
            block: !(previous == Some(' ') || space_break || special),
        }
    }
}

fn is_break(character: char) -> bool {
    matches!(character, '\n' | '\r' | '\u{85}' | '\u{2028}' | '\u{2029}')
}

fn is_blank_or_break(character: char) -> bool {
    matches!(character, ' ' | '\t') || is_break(character)
}

// Models go.yaml.in/yaml/v2 yamlprivateh.go is_printable
fn printable(character: char) -> bool {
    match character {
        '\n' | ' '..='~' => true,
        '\u{a0}'..='\u{fffd}' => character != '\u{feff}',
        _ => false,
    }
}

fn escape(character: char) -> String {
    let short = match character {
        '\0' => '0',
        '\u{7}' => 'a',
        '\u{8}' => 'b',
        '\t' => 't',
        '\n' => 'n',
        '\u{b}' => 'v',
        '\u{c}' => 'f',
        '\r' => 'r',
        '\u{1b}' => 'e',
        '"' => '"',
        '\\' => '\\',
        '\u{85}' => 'N',
        '\u{a0}' => '_',
        '\u{2028}' => 'L',
        '\u{2029}' => 'P',
        other => {
            let code = u32::from(other);
            return match code {
                0..=0xff => format!("\\x{code:02X}"),
                0x100..=0xffff => format!("\\u{code:04X}"),
                _ => format!("\\U{code:08X}"),
            };
        }
    };
    format!("\\{short}")
}

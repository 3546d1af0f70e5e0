//! What kubectl's own YAML parser would have said: its texts, its way of counting lines.
//!
//! The parser in use here is another one, so each of its refusals is put beside the one that
//! go-yaml v2 (a libyaml in Go) reports for such a text. Lines count inside the document.

// Models go.yaml.in/yaml/v2 decode.go parser.fail

use granit_parser::{ErrorKind, ScanError};

use super::super::problem::{Position, Problem, Span};
use super::read::go_value;
use super::split::advance;
use super::tree::Node;

/// The text after `error parsing FILE: `.
pub(super) fn yaml(said: &str) -> String {
    format!("error converting YAML to JSON: yaml: {said}")
}

/// How a refusal of the scanner names the line: the first one has no number.
pub(super) fn scanner_line(line: u32, start: Position) -> String {
    line_text(line - start.line + 1, 1)
}

/// A refusal of the parser (not the scanner) counts one less.
fn parser_line(line: u32, context: u32, start: Position) -> String {
    let line = line - start.line;
    line_text(if line == 0 { context - start.line } else { line }, 0)
}

fn line_text(line: u32, first: u32) -> String {
    if line == first { String::new() } else { format!("line {line}: ") }
}

/// The problem for a refusal at `place` of a document's text.
pub(super) fn problem(error: &ScanError, place: Position, text: &str, start: Position, last: Span) -> Problem {
    let rest = text.get((place.offset - start.offset) as usize..).unwrap_or_default();
    let here = Span { start: place, end: advance(place, &rest[..rest.chars().next().map_or(0, char::len_utf8)]) };
    let scanner = |text: &str| yaml(&format!("{}{text}", scanner_line(place.line, start)));
    let parser = |text: &str| yaml(&format!("{}{text}", parser_line(place.line, place.line, start)));
    let end = advance(start, text);
    let ended = |text: &str| yaml(&format!("{}{text}", scanner_line(end.line, start)));
    let unstartable = "found character that cannot start any token";
    match error.kind() {
        ErrorKind::TabNotAllowed
        | ErrorKind::TabInBlockIndentation
        | ErrorKind::TabInIndentation
        | ErrorKind::TabInPlainScalar => {
            let line = text.lines().nth((place.line - start.line) as usize).unwrap_or_default();
            let tab = line.find('\t').unwrap_or_default();
            let from = Position { offset: place.offset - (place.column - 1), ..place };
            let from = if place.line == start.line { start } else { Position { column: 1, ..from } };
            let from = advance(from, &line[..tab]);
            let span = Span { start: from, end: advance(from, "\t") };
            let said = match in_block_scalar(text, place.line - start.line) {
                true => "found a tab character where an indentation space is expected",
                false => unstartable,
            };
            Problem::error("tab", span).fixed_by("  ").saying(scanner(said))
        }
        ErrorKind::TabAtBlockScalarStart | ErrorKind::InvalidBlockScalarIndent => {
            Problem::error("tab", here).saying(scanner("found a tab character where an indentation space is expected"))
        }
        ErrorKind::UnexpectedCharacter { character: '\t' } => {
            Problem::error("tab", here).fixed_by("  ").saying(scanner(unstartable))
        }
        ErrorKind::UnexpectedCharacter { character } => {
            Problem::error("character", here).with("character", *character).saying(scanner(unstartable))
        }
        ErrorKind::UnclosedQuotedScalar => {
            Problem::error("unclosed-quote", here).saying(ended("found unexpected end of stream"))
        }
        ErrorKind::DocumentIndicatorInQuotedScalar => {
            Problem::error("unclosed-quote", here).saying(scanner("found unexpected document indicator"))
        }
        ErrorKind::UnclosedFlowCollection { open } => unclosed(*open, here, place, end, start),
        ErrorKind::UnexpectedEofFlowSequence => unclosed('[', here, place, end, start),
        ErrorKind::UnexpectedEofFlowMapping => unclosed('{', here, place, end, start),
        ErrorKind::ExpectedFlowSequenceSeparator => {
            Problem::error("flow-separator", here).with("close", "]").saying(parser("did not find expected ',' or ']'"))
        }
        ErrorKind::ExpectedFlowMappingSeparator => {
            Problem::error("flow-separator", here).with("close", "}").saying(parser("did not find expected ',' or '}'"))
        }
        ErrorKind::MappingValueNotAllowed
            if last.end == place && last.start.line < last.end.line && begins_line(text, last, start) =>
        {
            missing_colon(text, last, start, &scanner("could not find expected ':'"))
        }
        ErrorKind::SimpleKeyExpected | ErrorKind::InvalidSimpleKey => {
            // Noticed when the next thing begins.
            let noticed = (place.line + 1 - start.line..)
                .zip(text.lines().skip((place.line + 1 - start.line) as usize))
                .find(|(_, line)| !line.trim_start().is_empty() && !line.trim_start().starts_with('#'))
                .map_or(end.line, |(line, _)| start.line + line);
            let said = format!("{}could not find expected ':'", scanner_line(noticed, start));
            missing_colon(text, Span { start: place, end: place }, start, &yaml(&said))
        }
        ErrorKind::MappingValueNotAllowed | ErrorKind::InvalidColonPlacement => {
            Problem::error("unexpected-colon", here).saying(scanner("mapping values are not allowed in this context"))
        }
        ErrorKind::MappingKeyNotAllowed => Problem::error("character", here)
            .with("character", "?")
            .saying(scanner("mapping keys are not allowed in this context")),
        ErrorKind::BlockSequenceEntryNotAllowed | ErrorKind::BlockEntryInFlowCollection => {
            Problem::error("unexpected-dash", here)
                .saying(scanner("block sequence entries are not allowed in this context"))
        }
        ErrorKind::InvalidTrailingSingleQuotedScalar | ErrorKind::InvalidTrailingDoubleQuotedScalar => {
            Problem::error("unexpected-text", here).saying(parser("did not find expected key"))
        }
        ErrorKind::ExpectedBlockMappingKey | ErrorKind::InvalidIndentation => {
            Problem::error("indentation", here).saying(parser("did not find expected key"))
        }
        ErrorKind::ExpectedBlockSequenceEntry => {
            Problem::error("indentation", here).saying(parser("did not find expected '-' indicator"))
        }
        ErrorKind::UnknownQuotedScalarEscape => {
            Problem::error("unknown-escape", here).saying(scanner("found unknown escape character"))
        }
        ErrorKind::InvalidQuotedScalarHexEscape => {
            Problem::error("unknown-escape", here).saying(scanner("did not find expected hexdecimal number"))
        }
        ErrorKind::InvalidUnicodeEscape
        | ErrorKind::InvalidLowSurrogate
        | ErrorKind::InvalidLowSurrogateHexEscape
        | ErrorKind::MissingLowSurrogate
        | ErrorKind::UnpairedLowSurrogate => {
            Problem::error("unknown-escape", here).saying(scanner("found invalid Unicode character escape code"))
        }
        ErrorKind::ExpectedDocumentStart if text.starts_with('%') => directive(text, start, here),
        ErrorKind::ExpectedNodeContent => {
            Problem::error("syntax", here).saying(parser("did not find expected node content"))
        }
        _ => Problem::error("syntax", here).saying(scanner("did not find expected key")),
    }
}

fn unclosed(open: char, here: Span, place: Position, end: Position, start: Position) -> Problem {
    let close = if open == '[' { ']' } else { '}' };
    let line = parser_line(end.line, place.line, start);
    Problem::error("unclosed-bracket", here)
        .with("open", open)
        .saying(yaml(&format!("{line}did not find expected ',' or '{close}'")))
}

/// Whether nothing stands before it on its line. Only then does go-yaml take it for a key.
fn begins_line(text: &str, span: Span, start: Position) -> bool {
    let before = text.get(..(span.start.offset - start.offset) as usize).unwrap_or_default();
    before.rsplit('\n').next().unwrap_or_default().trim().is_empty()
}

/// The key that swallowed the next line: its own first line is what lacks the colon.
fn missing_colon(text: &str, last: Span, start: Position, go: &str) -> Problem {
    let from = (last.start.offset - start.offset) as usize;
    let line = text.get(from..).and_then(|rest| rest.lines().next()).unwrap_or_default().trim_end();
    let span = Span { start: last.start, end: advance(last.start, line) };
    Problem::error("missing-colon", span).fixed_by(format!("{line}:")).saying(go)
}

/// A value without a key, in a block mapping.
pub(super) fn missing_key(place: Span, start: Position) -> Problem {
    let line = parser_line(place.start.line, place.start.line, start);
    Problem::error("unexpected-colon", place).saying(yaml(&format!("{line}did not find expected key")))
}

/// Whether the line with that index comes right behind the lines of a block scalar.
fn in_block_scalar(text: &str, index: u32) -> bool {
    let indent = |line: &str| line.len() - line.trim_start_matches(' ').len();
    let mut least = usize::MAX;
    let before: Vec<&str> = text.lines().take(index as usize).collect();
    for line in before.iter().rev().filter(|line| !line.trim().is_empty()) {
        if indent(line) < least {
            let header = line.trim_end().trim_end_matches(|c: char| c.is_ascii_digit() || matches!(c, '+' | '-'));
            if header.ends_with(": |") || header.ends_with(": >") {
                return true;
            }
            least = indent(line);
        }
    }
    false
}

fn directive(text: &str, start: Position, here: Span) -> Problem {
    let line = text.lines().next().unwrap_or_default();
    let version = line.strip_prefix("%YAML").map(str::trim);
    let said = match version {
        Some("1.1") | None => "line 1: did not find expected <document start>",
        Some(_) => "found incompatible YAML document",
    };
    let span = Span { start, end: advance(start, line) };
    let span = if span.start == span.end { here } else { span };
    Problem::error("directive", span).saying(yaml(said))
}

/// What Go says of a mapping key that is no scalar, or `null`, or a huge integer.
pub(super) fn bad_key(key: &Node, value: &Node) -> String {
    if key.scalar().is_none() {
        return yaml(&format!("invalid map key: {}", go_value(key)));
    }
    let (kind, printed) = match key.scalar().and_then(|scalar| scalar.text.parse::<u64>().ok()) {
        Some(number) => ("uint64", format!("{number:#x}")),
        None => ("%!s(<nil>)", "<nil>".to_owned()),
    };
    let value = go_value(value);
    format!("error converting YAML to JSON: unsupported map key of type: {kind}, key: {printed}, value: {value}")
}

/// Whether a quoted scalar, as written, has an escape for half a character. JSON pairs them, YAML
/// refuses them.
pub(super) fn has_surrogate_escape(written: &str) -> bool {
    let mut rest = written;
    if !rest.starts_with('"') {
        return false;
    }
    while let Some(at) = rest.find('\\') {
        let escape = &rest.as_bytes()[at + 1..];
        if matches!(escape, [b'u', b'd' | b'D', b'8'..=b'9' | b'a'..=b'f' | b'A'..=b'F', ..]) {
            return true;
        }
        // Past the escaped character, whatever it is.
        rest = rest.get(at + 2..).unwrap_or_default();
    }
    false
}

/// A tab among the blanks that begin a line, outside scalars and flow collections: go-yaml
/// refuses it, the parser in use here passes over it.
pub(super) fn stray_tab(allowed: Vec<Span>, text: &str, start: Position) -> Option<Problem> {
    if !text.contains('\t') {
        return None;
    }
    let mut allowed = allowed.into_iter().peekable();
    let mut place = start;
    for line in text.split_inclusive('\n') {
        let next = advance(place, line);
        let blanks = &line[..line.len() - line.trim_start_matches([' ', '\t']).len()];
        if let Some(tab) = blanks.find('\t') {
            let from = advance(place, &blanks[..tab]);
            let comment = line[blanks.len()..].starts_with('#');
            while allowed.next_if(|span| span.end < from).is_some() {}
            if !comment && !allowed.peek().is_some_and(|span| span.touches(from.offset)) {
                let span = Span { start: from, end: advance(from, "\t") };
                let line = scanner_line(from.line, start);
                let said = yaml(&format!("{line}found character that cannot start any token"));
                return Some(Problem::error("tab", span).fixed_by("  ").saying(said));
            }
        }
        place = next;
    }
    None
}

//! Where one document ends and the next begins: decided before any YAML is read, as kubectl does.

// Models k8s.io/apimachinery/pkg/util/yaml/decoder.go YAMLReader.Read, YAMLOrJSONDecoder.Decode

use super::super::problem::{Position, Problem, Span};
use super::json;

/// A part of the text.
pub(super) enum Piece<'t> {
    /// The text of one document, and where it begins.
    Document { text: &'t str, start: Position, json: bool },
    /// Something between documents.
    Broken(Problem),
}

/// The parts of `text`, in order.
pub(super) fn pieces(text: &str) -> Vec<Piece<'_>> {
    let mut pieces = Vec::new();
    // JSON first, object after object; whatever is no JSON is left to YAML.
    let mut place = skip_blank(text, Position { offset: 0, line: 1, column: 1 });
    let mut began = Position { offset: 0, line: 1, column: 1 };
    while text[place.offset as usize..].starts_with('{') {
        let rest = &text[place.offset as usize..];
        match json::object_end(rest) {
            json::End::At(length) => {
                pieces.push(Piece::Document { text: &rest[..length], start: place, json: true });
                began = advance(place, &rest[..length]);
                place = skip_separator(text, skip_blank(text, began));
            }
            json::End::Truncated => {
                let end = advance(place, rest.trim_end());
                let problem = Problem::error("json-truncated", Span::at(end)).saying("unexpected EOF");
                pieces.push(Piece::Broken(problem));
                return pieces;
            }
            json::End::NotJson => break,
        }
    }
    if pieces.is_empty() {
        began = Position { offset: 0, line: 1, column: 1 };
    } else {
        began = skip_line_break(text, began);
    }
    documents(text, began, &mut pieces);
    pieces
}

/// YAML documents from `start` on: split at lines that begin with three dashes.
fn documents<'t>(text: &'t str, start: Position, pieces: &mut Vec<Piece<'t>>) {
    let mut begin = start;
    let mut place = start;
    for line in text[start.offset as usize..].split_inclusive('\n') {
        let next = advance(place, line);
        if let Some(rest) = line.strip_prefix("---") {
            let trimmed = rest.trim();
            if trimmed.is_empty() || trimmed.starts_with('#') {
                push(text, begin, place, pieces);
            } else {
                // The refusal takes the document before it along.
                let from = advance(place, &line[..line.len() - rest.trim_start().len()]);
                let span = Span { start: from, end: advance(from, trimmed) };
                let problem = Problem::error("separator", span).with("text", trimmed);
                pieces.push(Piece::Broken(problem.saying(format!("invalid Yaml document separator: {trimmed}"))));
            }
            begin = next;
        }
        place = next;
    }
    push(text, begin, place, pieces);
}

fn push<'t>(text: &'t str, begin: Position, end: Position, pieces: &mut Vec<Piece<'t>>) {
    let part = &text[begin.offset as usize..end.offset as usize];
    if !part.trim().is_empty() {
        pieces.push(Piece::Document { text: part, start: begin, json: false });
    }
}

/// The place after `passed`, which begins at `from`.
pub(in crate::document) fn advance(from: Position, passed: &str) -> Position {
    let mut place = from;
    let mut characters = passed.chars().peekable();
    while let Some(character) = characters.next() {
        let breaks = match character {
            '\n' => true,
            '\r' => characters.peek() != Some(&'\n'),
            _ => false,
        };
        if breaks {
            place.line += 1;
            place.column = 1;
        } else {
            place.column += 1;
        }
    }
    // Texts are limited to MAX_TEXT bytes.
    place.offset += passed.len() as u32;
    place
}

fn skip_blank(text: &str, from: Position) -> Position {
    let rest = &text[from.offset as usize..];
    let kept = rest.trim_start_matches(|c: char| c.is_ascii_whitespace() || c == '\u{feff}');
    advance(from, &rest[..rest.len() - kept.len()])
}

fn skip_line_break(text: &str, from: Position) -> Position {
    let rest = &text[from.offset as usize..];
    let line = rest.split_inclusive('\n').next().unwrap_or_default();
    if line.trim().is_empty() { advance(from, line) } else { from }
}

/// Past a separator line, if `from` stands before one that has nothing but JSON behind it.
fn skip_separator(text: &str, from: Position) -> Position {
    let rest = &text[from.offset as usize..];
    let line = rest.split_inclusive('\n').next().unwrap_or_default();
    match line.strip_prefix("---") {
        Some(behind) if from.column == 1 && behind.trim().is_empty() => skip_blank(text, advance(from, line)),
        _ => from,
    }
}

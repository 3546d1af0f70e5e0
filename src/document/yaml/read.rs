//! From the events of the YAML parser to a tree.

use crate::document::InOrder as _;
use std::collections::BTreeMap;
use std::rc::Rc;

use granit_parser::{ErrorKind, Event, Marker, Parser, ScalarStyle, ScanError, StrInput, StructureStyle, Tag};

use super::super::Value;
use super::super::problem::{Position, Problem, Span};
use super::scalar::{self, Refusal};
use super::split::advance;
use super::tree::{Content, Document, Entry, Node, Scalar};
use super::{MAX_ALIASED_NODES, MAX_DEPTH, MAX_WARNINGS, Parsed, Style, go};

/// Reads one document and adds what it finds to `parsed`.
pub(super) fn document(text: &str, start: Position, json: bool, parsed: &mut Parsed) {
    let mut reader = Reader::new(text, start, json);
    let result = match control_character(text, start) {
        Some(problem) => Err(problem.into()),
        None => reader.read(),
    };
    match result {
        Ok(Some(root)) if !root.is_null() => {
            if let Some(problem) = (!json).then(|| go::stray_tab(reader.tab_ranges(), text, start)).flatten() {
                parsed.errors.push(problem);
                return;
            }
            parsed.errors.append(&mut reader.warnings);
            parsed.documents.push(Document { root, start, end: advance(start, text) });
        }
        Ok(_) => {}
        Err(problem) => parsed.errors.push(*problem),
    }
}

// Models go.yaml.in/yaml/v2 readerc.go yaml_parser_update_buffer
fn control_character(text: &str, start: Position) -> Option<Problem> {
    let allowed = |c: char| match c {
        '\t' | '\n' | '\r' | '\u{85}' => true,
        '\u{0}'..'\u{20}' | '\u{7f}'..'\u{a0}' | '\u{fffe}' | '\u{ffff}' => false,
        _ => true,
    };
    let (offset, character) = text.char_indices().find(|(_, c)| !allowed(*c))?;
    let from = advance(start, &text[..offset]);
    let span = Span { start: from, end: advance(from, &text[offset..offset + character.len_utf8()]) };
    let problem = Problem::error("control-character", span).with("code", format!("U+{:04X}", u32::from(character)));
    Some(problem.saying(go::yaml("control characters are not allowed")))
}

/// Reads the events of one document.
struct Reader<'t> {
    text: &'t str,
    start: Position,
    /// JSON pairs halves of characters, YAML refuses them.
    json: bool,
    parser: Parser<'t, StrInput<'t>>,
    /// Anchored nodes by the parser's number; `None` while they are being read.
    anchors: BTreeMap<usize, Option<Node>>,
    aliased: usize,
    /// Texts in which tabs may begin a line: flow collections, and scalars of several lines.
    tabs_allowed: Vec<Span>,
    /// The brackets that are open, the innermost last.
    open: Vec<Span>,
    /// Where the last scalar stood: some messages depend on it.
    last_scalar: Span,
    warnings: Vec<Problem>,
}

type Read<T> = Result<T, Box<Problem>>;

impl<'t> Reader<'t> {
    fn new(text: &'t str, start: Position, json: bool) -> Self {
        let mut options = granit_parser::options! {
            emit_unresolved_aliases: true,
            bom_inside_document_as_content: true,
            block_scalar_eof_without_line_feed: true,
            block_nesting_limit: MAX_DEPTH,
            flow_nesting_limit: MAX_DEPTH,
        };
        options.set_emit_comments(false);
        Self {
            text,
            start,
            json,
            parser: Parser::new_from_str_with_options(text, options),
            anchors: BTreeMap::new(),
            aliased: 0,
            tabs_allowed: Vec::new(),
            open: Vec::new(),
            last_scalar: Span::at(start),
            warnings: Vec::new(),
        }
    }

    /// The first document's root; what follows it is not looked at, as in Go.
    fn read(&mut self) -> Read<Option<Node>> {
        let root = loop {
            match self.next()? {
                (Event::StreamEnd, _) => return Ok(None),
                (Event::StreamStart | Event::DocumentStart(..), _) => {}
                (event, span) => break self.node(event, span, 0)?,
            }
        };
        // The parser finds text behind the first node only when it is asked for more.
        match self.next()? {
            (Event::DocumentEnd, _) => self.warn_of_ignored_text(&root),
            (_, span) => self.warnings.push(Problem::warning("text-ignored", span)),
        }
        Ok(Some(root))
    }

    fn warn_of_ignored_text(&mut self, root: &Node) {
        let rest = match self.parser.next_event() {
            None | Some(Ok((Event::StreamEnd, _))) => return,
            Some(Ok((_, span))) => self.place(span.start),
            Some(Err(error)) => self.place(*error.marker()),
        };
        if rest > root.span.end {
            let behind = &self.text[(rest.offset - self.start.offset) as usize..];
            let line = behind.lines().next().unwrap_or_default();
            self.warnings.push(Problem::warning("text-ignored", Span { start: rest, end: advance(rest, line) }));
        }
    }

    fn next(&mut self) -> Read<(Event<'t>, Span)> {
        match self.parser.next_event() {
            Some(Ok((event, span))) => Ok((event, Span { start: self.place(span.start), end: self.place(span.end) })),
            Some(Err(error)) => Err(self.refuse(&error).into()),
            None => Ok((Event::StreamEnd, Span::at(self.start))),
        }
    }

    fn refuse(&self, error: &ScanError) -> Problem {
        if *error.kind() == ErrorKind::RecursionLimitExceeded {
            return too_deep(Span::at(self.place(*error.marker())));
        }
        let place = self.place(*error.marker());
        let problem = go::problem(error, place, self.text, self.start, self.last_scalar);
        match self.open.last().filter(|bracket| !self.json && self.is_left_open(**bracket, place)) {
            Some(bracket) => {
                let open = bracket.slice_in(self.text, self.start).to_owned();
                problem.told_as("unclosed-bracket", *bracket).with("open", open)
            }
            None => problem,
        }
    }

    /// Whether the text between a bracket and the place of a refusal goes on as if the bracket had
    /// been closed on its own line: with a line that is indented no further.
    fn is_left_open(&self, bracket: Span, place: Position) -> bool {
        let indent = |line: &str| line.len() - line.trim_start().len();
        let (first, last) = (bracket.start.line - self.start.line, place.line.saturating_sub(self.start.line));
        let mut lines = self.text.lines().skip(first as usize);
        let Some(own) = lines.next() else { return false };
        lines.take(last.saturating_sub(first) as usize).any(|line| {
            let text = line.trim_start();
            !text.is_empty() && !text.starts_with([']', '}', '#']) && indent(line) <= indent(own)
        })
    }

    fn place(&self, mark: Marker) -> Position {
        // A `&str` input always has byte offsets; lines are limited by MAX_TEXT.
        let offset = mark.byte_offset().unwrap_or_default() as u32;
        let line = mark.line() as u32;
        let first = if line == 1 { self.start.column } else { 1 };
        Position {
            offset: self.start.offset + offset,
            line: self.start.line + line - 1,
            column: mark.col() as u32 + first,
        }
    }

    fn node(&mut self, event: Event<'t>, span: Span, depth: usize) -> Read<Node> {
        if depth > MAX_DEPTH {
            return Err(too_deep(span).into());
        }
        let (node, anchor) = match event {
            Event::Scalar(text, style, anchor, tag) => {
                self.last_scalar = span;
                self.allow_tabs(span, true);
                (self.scalar(&text, style, tag.as_deref(), span)?, anchor)
            }
            Event::SequenceStart(style, anchor, tag) => {
                self.anchors.insert(anchor, None);
                (self.list(span, style, tag.as_deref(), depth)?, anchor)
            }
            Event::MappingStart(style, anchor, tag) => {
                self.anchors.insert(anchor, None);
                (self.map(span, style, tag.as_deref(), depth)?, anchor)
            }
            Event::Alias(anchor) => return self.alias(anchor, span),
            Event::UnresolvedAlias(name) => {
                let go = go::yaml(&format!("unknown anchor '{name}' referenced"));
                return Err(Problem::error("unknown-alias", span).with("name", name).saying(go).into());
            }
            _ => {
                return Err(Problem::error("syntax", span)
                    .saying(go::yaml("did not find expected node content"))
                    .into());
            }
        };
        if anchor != 0 {
            self.charge(&node, span)?;
            self.anchors.insert(anchor, Some(node.clone()));
        }
        Ok(node)
    }

    /// A collection has come to its end.
    fn close(&mut self, span: Span, style: StructureStyle) {
        if style == StructureStyle::Flow {
            self.open.pop();
            self.allow_tabs(span, true);
        }
    }

    fn allow_tabs(&mut self, span: Span, allowed: bool) {
        if allowed && span.start.line < span.end.line {
            self.tabs_allowed.push(span);
        }
    }

    /// The ranges in which tabs may begin a line, in order and apart.
    fn tab_ranges(&mut self) -> Vec<Span> {
        let mut ranges: Vec<Span> = Vec::new();
        self.tabs_allowed.order();
        for span in self.tabs_allowed.drain(..) {
            match ranges.last_mut() {
                Some(last) if span.start <= last.end => last.end = last.end.max(span.end),
                _ => ranges.push(span),
            }
        }
        ranges
    }

    fn scalar(&self, text: &str, style: ScalarStyle, tag: Option<&Tag>, span: Span) -> Read<Node> {
        let style = match style {
            ScalarStyle::Plain => Style::Plain,
            ScalarStyle::SingleQuoted | ScalarStyle::DoubleQuoted => Style::Quoted,
            ScalarStyle::Literal | ScalarStyle::Folded => Style::Block,
        };
        if !self.json && style == Style::Quoted && go::has_surrogate_escape(span.slice_in(self.text, self.start)) {
            let line = go::scanner_line(span.start.line, self.start);
            let go = go::yaml(&format!("{line}found invalid Unicode character escape code"));
            return Err(Problem::error("unknown-escape", span).saying(go).into());
        }
        // To YAML 1.1 these are line breaks, so they do not belong to a plain scalar's text.
        let breaks = ['\u{85}', '\u{2028}', '\u{2029}'];
        let text: Rc<str> = if style == Style::Plain { text.trim_matches(breaks) } else { text }.into();
        let tag = tag.map(tag_name);
        let value = scalar::resolve(&text, style, tag.as_deref()).map_err(|refusal| match refusal {
            Refusal::NotFinite(number) => Problem::error("not-a-number", span)
                .with("text", &*text)
                .saying(format!("error converting YAML to JSON: json: unsupported value: {number}")),
            Refusal::Mismatch(kind) => Problem::error("tag-mismatch", span)
                .with("text", &*text)
                .with("tag", format!("!!{kind}"))
                .saying(go::yaml(&format!("cannot decode !!str `{text}` as a !!{kind}"))),
        })?;
        // An empty scalar has no text of its own: it stands where it was noticed to be missing.
        Ok(Node { content: Content::Scalar(Scalar { value, text, style }), span, tag })
    }

    fn list(&mut self, span: Span, style: StructureStyle, tag: Option<&Tag>, depth: usize) -> Read<Node> {
        let mut items = Vec::new();
        let mut end = span.end;
        if style == StructureStyle::Flow {
            self.open.push(span);
        }
        loop {
            match self.next()? {
                (Event::SequenceEnd, closing) => {
                    end = if closing.start == closing.end { end } else { closing.end };
                    let span = Span { start: span.start, end };
                    self.close(span, style);
                    return Ok(Node { content: Content::List(items), span, tag: tag.map(tag_name) });
                }
                (event, place) => {
                    let item = self.node(event, place, depth + 1)?;
                    end = end.max(item.span.end);
                    items.push(item);
                }
            }
        }
    }

    fn map(&mut self, span: Span, style: StructureStyle, tag: Option<&Tag>, depth: usize) -> Read<Node> {
        let mut entries = Entries::default();
        let mut end = span.end;
        if style == StructureStyle::Flow {
            self.open.push(span);
        }
        loop {
            match self.next()? {
                (Event::MappingEnd, closing) => {
                    end = if closing.start == closing.end { end } else { closing.end };
                    let span = Span { start: span.start, end };
                    self.close(span, style);
                    return Ok(Node { content: Content::Map(entries.finish()), span, tag: tag.map(tag_name) });
                }
                (event, place) => {
                    let key = self.node(event, place, depth + 1)?;
                    if style == StructureStyle::Block && place.start == place.end && key.tag.is_none() {
                        return Err(go::missing_key(place, self.start).into());
                    }
                    let (event, place) = self.next()?;
                    let mut value = self.node(event, place, depth + 1)?;
                    if value.span.start == value.span.end && value.span.start.line > key.span.end.line {
                        // Nothing was written: the place is behind the key, not on a later line.
                        value.span = Span::at(key.span.end);
                    }
                    end = end.max(value.span.end).max(key.span.end);
                    self.entry(key, value, &mut entries)?;
                }
            }
        }
    }

    fn entry(&mut self, key: Node, value: Node, entries: &mut Entries) -> Read<()> {
        if is_merge_key(&key) {
            return merge(value, entries);
        }
        let name = key.scalar().and_then(|scalar| scalar::key(&scalar.value, &scalar.text));
        let Some(name) = name else {
            return Err(Problem::error("key-not-text", key.head()).saying(go::bad_key(&key, &value)).into());
        };
        let entry = Entry { key: name, key_span: key.span, value, merged: false };
        let replaced = entries.set(entry).filter(|first| !first.merged);
        if let Some(first) = replaced.filter(|_| self.warnings.len() < MAX_WARNINGS) {
            let problem = Problem::warning("duplicate-key", key.span)
                .with("key", &*first.key)
                .with("line", first.key_span.start.line.to_string());
            self.warnings.push(problem);
        }
        Ok(())
    }

    fn alias(&mut self, anchor: usize, span: Span) -> Read<Node> {
        let name = || span.slice_in(self.text, self.start).trim_start_matches('*').to_owned();
        match self.anchors.get(&anchor) {
            Some(Some(node)) => {
                let mut node = node.clone();
                self.charge(&node, span)?;
                node.span = span;
                Ok(node)
            }
            _ => Err(Problem::error("endless-alias", span)
                .with("name", name())
                .saying(go::yaml(&format!("anchor '{}' value contains itself", name())))
                .into()),
        }
    }

    /// Counts the nodes that anchors copy, so that a small text cannot become a huge tree.
    fn charge(&mut self, node: &Node, span: Span) -> Read<()> {
        self.aliased += node.weight();
        if self.aliased <= MAX_ALIASED_NODES {
            return Ok(());
        }
        let problem = Problem::error("too-many-aliases", span).with("limit", MAX_ALIASED_NODES.to_string());
        Err(problem.saying(go::yaml("document contains excessive aliasing")).into())
    }
}

fn too_deep(span: Span) -> Problem {
    let go = go::yaml(&format!("exceeded max depth of {MAX_DEPTH}"));
    Problem::error("too-deep", span).with("limit", MAX_DEPTH.to_string()).saying(go)
}

fn tag_name(tag: &Tag) -> Rc<str> {
    format!("{}{}", tag.handle(), tag.suffix()).into()
}

fn is_merge_key(key: &Node) -> bool {
    let plain = |scalar: &Scalar| scalar.style == Style::Plain && &*scalar.text == "<<";
    match key.tag.as_deref() {
        None => key.scalar().is_some_and(plain),
        Some(tag) => tag == "tag:yaml.org,2002:merge",
    }
}

// Models go.yaml.in/yaml/v2 decode.go decoder.merge
fn merge(value: Node, entries: &mut Entries) -> Read<()> {
    let span = value.span;
    let maps = match value.content {
        Content::Map(_) => vec![value],
        // Earlier maps win over later ones.
        Content::List(items) => items.into_iter().rev().collect(),
        Content::Scalar(_) => Vec::new(),
    };
    let refused = || {
        let go = go::yaml("map merge requires map or sequence of maps as the value");
        Problem::error("merge-needs-mapping", span).saying(go)
    };
    if maps.is_empty() {
        return Err(refused().into());
    }
    for map in maps {
        let Content::Map(merged) = map.content else { return Err(refused().into()) };
        for entry in merged {
            entries.set(Entry { merged: true, ..entry });
        }
    }
    Ok(())
}

/// The entries of a mapping while it is read: a later key takes the place of an earlier one.
#[derive(Default)]
struct Entries {
    list: Vec<Option<Entry>>,
    by_key: BTreeMap<Rc<str>, usize>,
}

impl Entries {
    fn set(&mut self, entry: Entry) -> Option<Entry> {
        let old = self.by_key.insert(entry.key.clone(), self.list.len());
        self.list.push(Some(entry));
        self.list.get_mut(old?)?.take()
    }

    fn finish(self) -> Vec<Entry> {
        self.list.into_iter().flatten().collect()
    }
}

impl Span {
    /// The text it covers, given a part that begins at `start`.
    fn slice_in<'t>(&self, part: &'t str, start: Position) -> &'t str {
        let from = (self.start.offset - start.offset) as usize;
        let to = (self.end.offset - start.offset) as usize;
        part.get(from..to).unwrap_or_default()
    }
}

/// `Value` is needed here only to say what a refused key would have been.
pub(super) fn go_value(node: &Node) -> String {
    match node.to_value() {
        Value::Null => "<nil>".to_owned(),
        Value::Text(text) => Value::Text(text).to_string(),
        Value::List(items) => {
            let items: Vec<String> = items.iter().map(go_inner).collect();
            format!("[]interface {{}}{{{}}}", items.join(", "))
        }
        Value::Map(map) => {
            let entries: Vec<String> =
                map.iter().map(|(key, value)| format!("{}:{}", Value::from(key), go_inner(value))).collect();
            format!("map[interface {{}}]interface {{}}{{{}}}", entries.join(", "))
        }
        other => other.to_string(),
    }
}

fn go_inner(value: &Value) -> String {
    if value.is_null() { "interface {}(nil)".to_owned() } else { value.to_string() }
}

//! What is to be seen beside a file's text: problems, where the wish and the world differ, and the
//! lines of the whole object that nobody wrote here.
//!
//! Lines and columns count characters, from 0.

pub use crate::document::Severity;
use crate::document::{Node, Position, Problem, Value};
use crate::session::{FileState, Session};
use crate::words::Arg;
use std::rc::Rc;

/// A place in a text: line and column.
pub type Place = (u32, u32);

/// What is to be seen beside a file's text.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct Notes {
    /// The file.
    pub file: Rc<str>,
    /// What is wrong, in the order of the text.
    pub problems: Vec<ProblemView>,
    /// Where the wish and the world differ.
    pub asides: Vec<AsideView>,
    /// Lines of the whole object that nobody wrote here, in the order in which they are drawn.
    pub ghosts: Vec<GhostView>,
}

/// Something wrong.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct ProblemView {
    /// Where it begins.
    pub from: Place,
    /// Where it ends.
    pub to: Place,
    /// How bad it is; with an error the file cannot be applied.
    pub severity: Severity,
    /// The message's key.
    pub key: Rc<str>,
    /// The message's arguments.
    pub args: Vec<(&'static str, Arg)>,
    /// What would mend it.
    pub fix: Option<FixView>,
}

/// What would mend a problem.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct FixView {
    /// What goes away begins here …
    pub from: Place,
    /// … and ends here.
    pub to: Place,
    /// What comes instead.
    pub text: Rc<str>,
}

/// A line on which the wish and the world differ.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct AsideView {
    /// The line.
    pub line: u32,
    /// What the world has there.
    pub world: Rc<str>,
    /// Whether somebody else wrote that; otherwise the world is on its way.
    pub is_foreign: bool,
}

/// Whose ink a line is in that does not stand in the file.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Ink {
    /// The API server filled it in.
    Default,
    /// Controllers (and the API server, of itself) wrote it.
    Controller,
}

/// A line that does not stand in the file, but in the object.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct GhostView {
    /// The line below which it is drawn.
    pub line: u32,
    /// Whose it is.
    pub ink: Ink,
    /// Its text, indented.
    pub text: Rc<str>,
}

/// What notes depend on: while it stays, so do they.
#[must_use]
pub fn notes_key(session: &Session) -> (Rc<str>, Rc<str>, Option<FileState>, u64) {
    let file = session.file(&session.active);
    let text = file.map_or_else(|| "".into(), |file| file.text.clone());
    (session.active.clone(), text, file.map(|file| file.state), session.world().journal().len())
}

/// What is to be seen beside the text of the file that is shown.
#[must_use]
pub fn notes(session: &Session) -> Notes {
    let Some(file) = session.file(&session.active) else { return Notes::default() };
    // A text that is being typed has its problems from before: they stay where they were drawn.
    let problems = file.problems.iter().map(problem_view).collect();
    let mut asides = Vec::new();
    if file.state == FileState::Applied {
        for wish in &file.wishes {
            let Some(document) = file.parsed().documents.get(wish.document) else { continue };
            let Some(world) = session.world().get(&wish.key) else { continue };
            differences(&document.root, world, &mut asides);
            asides.extend(missing(&document.root, world));
        }
    }
    Notes { file: file.name.clone(), problems, asides, ghosts: Vec::new() }
}

/// The wish for a number of Pods that the world does not have ready yet.
fn missing(wish: &Node, world: &Value) -> Option<AsideView> {
    let place = wish.at(&["spec", "replicas"])?;
    let (want, have) = (world.int_at(&["spec", "replicas"])?, world.int_at(&["status", "readyReplicas"]).unwrap_or(0));
    let is_written = place.scalar().is_some_and(|scalar| scalar.value.as_int() == Some(want));
    (is_written && want != have).then(|| AsideView {
        line: line_of(place),
        world: have.to_string().into(),
        is_foreign: false,
    })
}

/// Scalars of the wish that stand otherwise in the world, because somebody else wrote them.
fn differences(wish: &Node, world: &Value, found: &mut Vec<AsideView>) {
    for entry in wish.entries() {
        // Quantities mean the same in many spellings, and annotations grow.
        if matches!(&*entry.key, "resources" | "annotations" | "status") {
            continue;
        }
        if let Some(value) = world.get(&entry.key) {
            difference(&entry.value, value, found);
        }
    }
    if wish.items().len() == world.items().len() {
        for (item, value) in wish.items().iter().zip(world.items()) {
            difference(item, value, found);
        }
    }
}

fn difference(wish: &Node, world: &Value, found: &mut Vec<AsideView>) {
    let Some(scalar) = wish.scalar() else { return differences(wish, world, found) };
    if scalar.value != *world && !scalar.value.is_null() && world.items().is_empty() && world.as_map().is_none() {
        found.push(AsideView { line: line_of(wish), world: world.to_string().into(), is_foreign: true });
    }
}

fn line_of(node: &Node) -> u32 {
    node.span.start.line.saturating_sub(1)
}

fn problem_view(problem: &Problem) -> ProblemView {
    let place = |position: Position| (position.line.saturating_sub(1), position.column.saturating_sub(1));
    ProblemView {
        from: place(problem.span.start),
        to: place(problem.span.end),
        severity: problem.severity,
        key: ["document-", problem.code].concat().into(),
        args: problem.args.iter().map(|(name, value)| (*name, value.into())).collect(),
        fix: problem.fix.as_ref().map(|fix| FixView {
            from: place(fix.span.start),
            to: place(fix.span.end),
            text: fix.text.as_str().into(),
        }),
    }
}

/// What is longer than this on one line stands on more.
const FLOW_MAX: usize = 40;

/// Notes with the ghosts of the whole objects.
#[must_use]
pub fn whole(session: &Session) -> Notes {
    let mut notes = notes(session);
    let Some(file) = session.file(&session.active).filter(|file| file.state == FileState::Applied) else {
        return notes;
    };
    for wish in &file.wishes {
        let Some(document) = file.parsed().documents.get(wish.document) else { continue };
        let Some(world) = session.world().get(&wish.key) else { continue };
        ghosts(&document.root, world, 0, Ink::Default, &mut notes.ghosts);
    }
    notes
}

/// What the world has below `wish` and the file has not: inner parts first, as they stand in a text.
fn ghosts(wish: &Node, world: &Value, indent: usize, ink: Ink, found: &mut Vec<GhostView>) {
    let is_flow =
        wish.entries().last().is_some_and(|entry| line_of(&entry.value) == line_of(wish) && wish.entries().len() > 1);
    if is_flow {
        return;
    }
    for entry in wish.entries() {
        let Some(value) = world.get(&entry.key) else { continue };
        let ink = if &*entry.key == "metadata" { Ink::Controller } else { ink };
        let is_list = !entry.value.items().is_empty();
        if is_list {
            if entry.value.items().len() == value.items().len() {
                for (item, value) in entry.value.items().iter().zip(value.items()) {
                    let column =
                        item.entries().first().map_or(0, |first| first.key_span.start.column.saturating_sub(1));
                    ghosts(item, value, column as usize, ink, found);
                }
            }
        } else {
            let column = entry.value.entries().first().map_or(0, |first| first.key_span.start.column.saturating_sub(1));
            ghosts(&entry.value, value, column as usize, ink, found);
        }
    }
    let line = last_line(wish).saturating_sub(1);
    for (key, value) in world.entries().filter(|(key, _)| wish.get(key).is_none() && !wish.entries().is_empty()) {
        let ink = if &**key == "status" { Ink::Controller } else { ink };
        // Who owns which field is said by the inks, not in text.
        if &**key != "managedFields" {
            write_ghost(&[key, ": "].concat(), value, indent, &mut |text| {
                found.push(GhostView { line, ink, text: text.into() })
            });
        }
    }
}

/// A value behind its key or dash: on one line if it is short, else its parts below each other.
fn write_ghost(lead: &str, value: &Value, indent: usize, found: &mut dyn FnMut(String)) {
    let mut text = " ".repeat(indent) + lead;
    let before = text.len();
    flow(value, &mut text);
    if text.len() - before <= FLOW_MAX || (value.items().is_empty() && value.as_map().is_none()) {
        return found(text);
    }
    found(text[..before].trim_end().to_owned());
    for (key, value) in value.entries() {
        write_ghost(&[key, ": "].concat(), value, indent + 2, found);
    }
    for item in value.items() {
        for (at, (key, value)) in item.entries().enumerate() {
            let dash = if at == 0 { "- " } else { "  " };
            write_ghost(&[dash, key, ": "].concat(), value, indent + 2, found);
        }
    }
}

/// The last line (from 1) on which something of `node` stands.
fn last_line(node: &Node) -> u32 {
    let inner =
        node.entries().iter().map(|entry| last_line(&entry.value)).chain(node.items().iter().map(last_line)).max();
    inner.unwrap_or_else(|| {
        let end = node.span.end;
        // A text of many lines ends at the beginning of the next one.
        if end.column <= 1 && end.line > node.span.start.line { end.line - 1 } else { end.line }
    })
}

/// A value on one line, as a person would write it.
fn flow(value: &Value, out: &mut String) {
    if let Some(map) = value.as_map() {
        list(map.iter(), ['{', '}'], out, |(key, value), out| {
            out.push_str(key);
            out.push_str(": ");
            flow(value, out);
        });
    } else if let Value::List(items) = value {
        list(items.iter(), ['[', ']'], out, flow);
    } else if let Some(text) = value.as_str().filter(|text| is_plain(text)) {
        out.push_str(text);
    } else {
        out.push_str(&value.to_string());
    }
}

/// Whether a text stands without quotes: it reads as nothing but a text.
fn is_plain(text: &str) -> bool {
    let begins = text.starts_with(|first: char| first.is_alphabetic() || first == '/');
    begins
        && !text.contains([':', '{', '[', '"', '#', ','])
        && !matches!(text, "True" | "False" | "true" | "false" | "null" | "yes" | "no")
}

fn list<T>(items: impl Iterator<Item = T>, [open, close]: [char; 2], out: &mut String, write: impl Fn(T, &mut String)) {
    out.push(open);
    for (at, item) in items.enumerate() {
        if at > 0 {
            out.push_str(", ");
        }
        write(item, out);
    }
    out.push(close);
}

//! The Write pane: the files, whether they are applied, and what is to be seen beside their text.
//!
//! Lines and columns count characters, from 0.

use crate::document::{Node, Position, Problem, Value, schema};
use crate::session::{FileState, Session};
pub use crate::session::{LineKind, TerminalLine};
use crate::words::Arg;
use std::rc::Rc;

/// The tabs and the state of what is written.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct WriteView {
    /// The files' names, in the order of their tabs.
    pub files: Vec<Rc<str>>,
    /// The file that is shown.
    pub active: Rc<str>,
    /// Whether the wish of the file that is shown has reached the cluster.
    pub applied: Applied,
    /// Whether files are applied by themselves.
    pub auto_apply: bool,
}

/// Whether a file's wish has reached the cluster.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Applied {
    /// It has.
    Yes,
    /// It is being typed, or the line with the cursor is unfinished.
    Typing,
    /// It takes something away, so it waits until the cursor leaves the line.
    Waiting,
    /// It waits to be applied by hand.
    ByHand,
    /// This many places are wrong; the last good wish stands.
    Refused(usize),
}

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
}

/// Something wrong.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct ProblemView {
    /// Where it begins.
    pub from: Place,
    /// Where it ends.
    pub to: Place,
    /// Whether the file cannot be applied because of it.
    pub is_error: bool,
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

/// What could be written at a place.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Completion {
    /// The name, as it is shown.
    pub label: Rc<str>,
    /// What kind of value it takes.
    pub detail: Rc<str>,
    /// What is written.
    pub text: Rc<str>,
    /// The column at which the word begins that it replaces.
    pub from: u32,
}

/// The tabs and the state.
#[must_use]
pub fn write(session: &Session) -> WriteView {
    let applied = session.file(&session.active).map_or(Applied::Yes, |file| match file.state {
        FileState::Applied => Applied::Yes,
        FileState::Typing => Applied::Typing,
        FileState::Waiting => Applied::Waiting,
        FileState::Ready => Applied::ByHand,
        FileState::Refused => Applied::Refused(file.problems.iter().filter(|problem| problem.is_error()).count()),
    });
    WriteView {
        files: session.files.iter().map(|file| file.name.clone()).collect(),
        active: session.active.clone(),
        applied,
        auto_apply: session.auto_apply,
    }
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
    Notes { file: file.name.clone(), problems, asides }
}

/// The wish for a number of Pods that the world does not have yet.
fn missing(wish: &Node, world: &Value) -> Option<AsideView> {
    let place = wish.at(&["spec", "replicas"])?;
    let (want, have) = (world.int_at(&["spec", "replicas"])?, world.int_at(&["status", "replicas"]).unwrap_or(0));
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
        is_error: problem.is_error(),
        key: ["document-", problem.code].concat().into(),
        args: problem.args.iter().map(|(name, value)| (*name, value.into())).collect(),
        fix: problem.fix.as_ref().map(|fix| FixView {
            from: place(fix.span.start),
            to: place(fix.span.end),
            text: fix.text.as_str().into(),
        }),
    }
}

/// What could be written at `line` and `column` of `text`.
#[must_use]
pub fn complete(text: &str, line: u32, column: u32) -> Vec<Completion> {
    let lines = text.split_inclusive('\n').take(line as usize).map(str::len).sum::<usize>();
    let before: usize = text[lines..].chars().take(column as usize).map(char::len_utf8).sum();
    let Ok(offset) = u32::try_from(lines + before) else { return Vec::new() };
    let of = |fit: schema::Completion| Completion {
        label: fit.label.into(),
        detail: fit.detail.into(),
        text: fit.insert.into(),
        from: fit.replaces.start.column.saturating_sub(1),
    };
    schema::complete(text, offset).into_iter().map(of).collect()
}

/// The text of the file that is shown.
#[must_use]
pub fn text(session: &Session) -> Rc<str> {
    session.files.iter().find(|file| file.name == session.active).map_or_else(|| "".into(), |file| file.text.clone())
}

/// The terminal.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct TerminalView {
    /// What is on it, oldest first.
    pub lines: Vec<TerminalLine>,
    /// Whether a command is on its way.
    pub is_busy: bool,
}

/// Lines that are shown of the terminal: who wants more scrolls back in a real one.
const LINES_SHOWN: usize = 400;

/// Everything on the terminal.
#[must_use]
pub fn terminal(session: &Session) -> TerminalView {
    let lines = session.terminal().lines();
    let lines = lines.get(lines.len().saturating_sub(LINES_SHOWN)..).unwrap_or_default();
    TerminalView { lines: lines.to_vec(), is_busy: session.terminal().is_busy() }
}

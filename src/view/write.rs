//! The Write pane: the files, whether they are applied, what could be written, and the terminal.

use crate::document::{schema, yaml};
use crate::session::{File, FileState, Session};
pub use crate::session::{LineKind, Mark, Page, Piece, TerminalLine};
use crate::shell::Wants;
pub use crate::shell::{Completions, Typed};
use crate::world::Paper;
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
    /// It is no manifest: commands read it.
    Kept,
    /// It is a script: whether there is a command to run below the cursor.
    Script(bool),
    /// It is the template of a stack that has rolled back: it must be deleted before it is deployed again.
    RolledBack,
    /// It is a template that no stack has: whether there is a stack of that name.
    Template(bool),
    /// This many places are wrong; the last good wish stands.
    Refused(usize),
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
        _ if file.is_script() && !file.is_lent => Applied::Script(session.next_command().is_some()),
        FileState::Kept | FileState::Ready if file.paper == Paper::Template => template(session, file),
        FileState::Applied => Applied::Yes,
        FileState::Typing => Applied::Typing,
        FileState::Waiting => Applied::Waiting,
        FileState::Ready => Applied::ByHand,
        FileState::Kept => Applied::Kept,
        FileState::Refused => Applied::Refused(file.problems.iter().filter(|problem| problem.is_error()).count()),
    });
    WriteView {
        files: session.files.iter().map(|file| file.name.clone()).collect(),
        active: session.active.clone(),
        applied,
        auto_apply: session.auto_apply,
    }
}

/// How a template stands to the stack of its name.
fn template(session: &Session, file: &File) -> Applied {
    match super::stack::text_of(session, &file.stack_name()) {
        Some(_) if super::stack::is_husk(session, &file.stack_name()) => Applied::RolledBack,
        Some(text) if *text == *file.text => Applied::Yes,
        Some(_) => Applied::Template(true),
        None => Applied::Template(false),
    }
}

/// What could be written at `line` and `column` of `text`.
#[must_use]
pub fn complete(session: &Session, text: &str, line: u32, column: u32) -> Vec<Completion> {
    let lines = text.split_inclusive('\n').take(line as usize).map(str::len).sum::<usize>();
    let before: usize = text[lines..].chars().take(column as usize).map(char::len_utf8).sum();
    if super::policy::is_one(text) {
        return super::policy::complete(session, text, lines + before);
    }
    let Ok(offset) = u32::try_from(lines + before) else { return Vec::new() };
    let of = |fit: schema::Completion| Completion {
        label: fit.label.into(),
        detail: fit.detail.into(),
        text: fit.insert.into(),
        from: fit.replaces.start.column.saturating_sub(1),
    };
    let mut custom: Vec<schema::Custom> = Vec::new();
    for definition in session.world().cluster().etcd().custom().iter() {
        let served = definition.versions.iter().filter(|version| version.served);
        let kind = definition.resource.kind();
        custom.extend(served.map(|version| (definition.api_version(&version.name), kind, version.ty())));
    }
    schema::complete(text, offset, &custom).into_iter().map(of).collect()
}

/// What a field is, as `kubectl explain` tells it.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct FieldDoc {
    /// Its name.
    pub name: Rc<str>,
    /// What it takes: `[]Container`.
    pub takes: Rc<str>,
    /// Whether the schema asks for it.
    pub is_required: bool,
    /// The only values that it takes; none for any.
    pub values: Rc<str>,
    /// What it is when nobody says.
    pub default: Rc<str>,
    /// Upstream's description.
    pub text: Rc<str>,
    /// Where its name stands: line and column, from 0.
    pub at: (u32, u32),
}

/// What the field at `line` and `column` of `text` is, in the words of `descriptions`.
#[must_use]
pub fn explain(descriptions: &str, text: &str, line: u32, column: u32) -> Option<FieldDoc> {
    let before: usize = text.split_inclusive('\n').take(line as usize).map(str::len).sum();
    let within: usize = text.get(before..)?.chars().take(column as usize).map(char::len_utf8).sum();
    let offset = u32::try_from(before + within).ok()?;
    let parsed = yaml::parse(text);
    let document = parsed.documents.iter().find(|it| (it.start.offset..=it.end.offset).contains(&offset))?;
    let said = |key: &str| document.root.get(key).and_then(|node| node.as_str());
    let mut ty = schema::root(said("apiVersion")?, said("kind")?)?;
    let (path, _) = document.root.path_at(offset)?;
    let mut node = &document.root;
    let mut found = None;
    for step in &path {
        let word: Rc<str> = match step {
            yaml::Step::Key(key) => {
                if let Some(field) = ty.field(key) {
                    found = Some((ty, field, node.entry(key)?.key_span));
                }
                key.clone()
            }
            yaml::Step::Index(index) => index.to_string().into(),
        };
        let (next, below) = (ty.step(&word), node.at(&[&*word]));
        let (Some(next), Some(below)) = (next, below) else { break };
        (ty, node) = (next, below);
    }
    let (holder, field, span) = found?;
    // On a field below which the schema knows nothing, there is nothing to say but of itself.
    Some(FieldDoc {
        name: field.name().into(),
        takes: field.ty().label().into(),
        is_required: field.is_required(),
        values: field.values().join(", ").into(),
        default: field.default().unwrap_or_default().into(),
        text: schema::description(descriptions, holder, field.name()).unwrap_or_default().into(),
        at: (span.start.line.saturating_sub(1), span.start.column.saturating_sub(1)),
    })
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

/// What the terminal wants from the keyboard.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum Keyboard {
    /// A line for the shell.
    Line,
    /// A line for the command that runs, behind its prompt.
    Ask(Rc<str>),
    /// A key for the command that runs.
    Key,
    /// Nothing but Ctrl+C.
    Busy,
}

/// What someone who has read up to a mark has not read yet.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Unread {
    /// Whether the terminal was emptied since.
    pub anew: bool,
    /// The pieces, in order.
    pub pieces: Vec<Piece>,
    /// Where reading goes on.
    pub mark: Mark,
    /// What is wanted then.
    pub keyboard: Keyboard,
}

/// What is new on the terminal.
#[must_use]
pub fn unread(session: &Session, mark: Mark) -> Unread {
    let terminal = session.terminal();
    let (pieces, next) = terminal.since(mark);
    let keyboard = match terminal.wants() {
        None => Keyboard::Line,
        Some(Wants::Line(prompt)) => Keyboard::Ask(prompt),
        Some(Wants::Key) => Keyboard::Key,
        Some(Wants::Nothing) => Keyboard::Busy,
    };
    Unread { anew: terminal.is_before(mark), pieces, mark: next, keyboard }
}

/// What Tab offers at `cursor`, counted in UTF-16 as browsers count; so is where the word begins.
#[must_use]
pub fn offers(session: &Session, line: &str, cursor: usize) -> Completions {
    let mut units = 0;
    let at = line.char_indices().find(|(_, sign)| {
        let here = units >= cursor;
        units += sign.len_utf16();
        here
    });
    let mut found = session.complete(line, at.map_or(line.len(), |(at, _)| at));
    found.from = line.get(..found.from).unwrap_or_default().encode_utf16().count();
    found
}

/// Whether a line is whole, or goes on.
#[must_use]
pub fn is_whole(line: &str) -> bool {
    crate::shell::is_complete(line)
}

/// A small browser onto a forwarded port.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Browser {
    /// `localhost:8080`.
    pub address: Rc<str>,
    /// What came last.
    pub page: Option<Page>,
}

/// The browser, while a port is forwarded.
#[must_use]
pub fn browser(session: &Session) -> Option<Browser> {
    let forward = session.forward.as_ref()?;
    Some(Browser { address: format!("localhost:{}", forward.local).into(), page: session.page.clone() })
}

/// The lines that were typed, oldest first.
#[must_use]
pub fn typed_lines(session: &Session) -> Vec<Rc<str>> {
    session.typed_lines()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_field_is_explained_where_it_stands_and_with_the_schemas_words() {
        let text = "apiVersion: v1\nkind: ConfigMap\n---\napiVersion: apps/v1\nkind: Deployment\nspec:\n  replicas: 3\n  template:\n    spec:\n      containers:\n      - name: web\n        imagePullPolicy: Always\n";
        let of = |line, column| explain(schema::descriptions(), text, line, column);
        let replicas = of(6, 4).expect("it is a field");
        assert_eq!((&*replicas.name, &*replicas.takes, replicas.at), ("replicas", "integer", (6, 2)));
        assert!(replicas.text.contains("pods"), "{}", replicas.text);
        // On a value the field that has it is meant; on a list's element, the field inside it.
        let policy = of(11, 28).expect("it is a value");
        assert_eq!(&*policy.name, "imagePullPolicy");
        assert!(policy.values.contains("IfNotPresent"), "{}", policy.values);
        assert!(of(10, 9).expect("a container's name").is_required);
        assert_eq!(of(2, 1), None, "a separator is no field");
    }
}

//! The terminal: lines typed, commands on their way, and what they print.

use super::history::History;
use super::lesson::Deeds;
use crate::document::Value;
use crate::shell::{Door, Running, Shell, State, Stream, WatchEvent};
use crate::world::SimTime;
use crate::world::api::{ApiError, Request, Resource, Verb};
use crate::world::{Action, Answer, Call, CloudAnswer, HostingKind, Target};
use std::rc::Rc;

/// How many lines the terminal remembers.
pub const TERMINAL_LINES_MAX: usize = 2_000;

/// What a line of the terminal is.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum LineKind {
    /// What the learner typed.
    Typed,
    /// What a command printed.
    Output,
    /// What a command complained about.
    Complaint,
}

/// One line of the terminal.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct TerminalLine {
    /// What it is.
    pub kind: LineKind,
    /// Its text, without the line break.
    pub text: Rc<str>,
}

/// The terminal's lines and the command that runs in it.
#[derive(Default)]
pub struct Terminal {
    lines: Vec<TerminalLine>,
    running: Option<Running>,
    /// The last line is not finished yet.
    is_open: bool,
}

impl Terminal {
    /// The lines, oldest first.
    #[must_use]
    pub fn lines(&self) -> &[TerminalLine] {
        &self.lines
    }

    /// Whether a command is still on its way.
    #[must_use]
    pub fn is_busy(&self) -> bool {
        self.running.is_some()
    }

    pub(super) fn start(&mut self, shell: &Shell, line: &str) {
        self.push(LineKind::Typed, line);
        if line.trim() == "clear" {
            self.lines.clear();
        } else {
            self.running = Some(shell.start(line));
        }
    }

    pub(super) fn interrupt(&mut self) {
        if self.running.take().is_some() {
            self.push(LineKind::Output, "^C");
        }
    }

    /// Lets the command go on as far as it can. Returns whether anything was printed.
    pub(super) fn poll(&mut self, history: &mut History, deeds: &mut Deeds) -> bool {
        let Some(mut running) = self.running.take() else { return false };
        let state = running.poll(&mut Guest { history, deeds });
        let printed = running.take_output();
        let any = !printed.is_empty();
        for (stream, text) in printed {
            let kind = if stream == Stream::Out { LineKind::Output } else { LineKind::Complaint };
            self.print(kind, &text);
        }
        if matches!(state, State::Waiting { .. }) {
            self.running = Some(running);
        } else {
            self.is_open = false;
        }
        any
    }

    fn print(&mut self, kind: LineKind, text: &str) {
        for piece in text.split_inclusive('\n') {
            let part = piece.trim_end_matches('\n');
            match self.lines.last_mut() {
                Some(last) if self.is_open && last.kind == kind => last.text = format!("{}{part}", last.text).into(),
                _ => self.push(kind, part),
            }
            self.is_open = !piece.ends_with('\n');
        }
    }

    fn push(&mut self, kind: LineKind, text: &str) {
        if self.lines.len() >= TERMINAL_LINES_MAX {
            self.lines.drain(..TERMINAL_LINES_MAX / 4);
        }
        self.lines.push(TerminalLine { kind, text: text.into() });
        self.is_open = false;
    }
}

/// How a command of the session reaches the world: what changes something becomes an input of the
/// story, what only looks does not.
pub(super) struct Guest<'a> {
    pub history: &'a mut History,
    pub deeds: &'a mut Deeds,
}

impl Door for Guest<'_> {
    fn now(&self) -> SimTime {
        self.history.world().now()
    }

    fn revision(&self) -> u64 {
        Door::revision(self.history.world())
    }

    fn ask(&mut self, request: Rc<Request>) -> Answer {
        if !request.mutates() {
            return self.history.look(&Action::Request { actor: "you".into(), request });
        }
        let deleted = (request.verb == Verb::Delete).then(|| request.key().resource.kind());
        let answer = self.history.act(Rc::new(Action::Request { actor: "you".into(), request }));
        if let Some(kind) = deleted.filter(|_| answer.is_ok()) {
            self.deeds.delete(kind);
        }
        answer
    }

    fn call(&mut self, call: Rc<Call>) -> CloudAnswer {
        self.history.call(call)
    }

    fn ask_as(&mut self, target: &Rc<Target>, request: Rc<Request>) -> Answer {
        let deleted = (request.verb == Verb::Delete).then(|| request.key().resource.kind());
        let mutates = request.mutates();
        let action = Action::RequestTo { actor: "you".into(), target: target.clone(), request };
        let answer = if mutates { self.history.act(Rc::new(action)) } else { self.history.look(&action) };
        if let Some(kind) = deleted.filter(|_| answer.is_ok()) {
            self.deeds.delete(kind);
        }
        answer
    }

    fn act(&mut self, action: Rc<Action>) -> Answer {
        self.history.act(action)
    }

    fn hosted(&self, kind: HostingKind, name: &str) -> Vec<Value> {
        self.history.world().hosted(kind, name)
    }

    fn watch(&self, resource: Resource, since: u64) -> Result<Vec<WatchEvent>, ApiError> {
        self.history.world().watch(resource, since)
    }
}

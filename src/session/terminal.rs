//! The terminal: lines typed, commands on their way, and what they print.

use super::history::History;
use super::lesson::Deeds;
use crate::document::Value;
use crate::shell::{Advice, Door, Running, Shell, Sign, State, Stream, Typed, Wants, WatchEvent, advice};
use crate::words::Words;
use crate::world::SimTime;
use crate::world::api::custom::Registry;
use crate::world::api::{ApiError, Key, Reason, Request, Resource, Verb, meta};
use crate::world::{Action, Answer, Call, CloudAnswer, HostingKind, Question, Target, Traced};
use std::rc::Rc;

/// How many lines the terminal remembers.
pub const TERMINAL_LINES_MAX: usize = 2_000;

/// More explanations than this do not explain.
const ADVICE_MAX: usize = 2;

/// What a line of the terminal is.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum LineKind {
    /// What the learner typed.
    Typed,
    /// What a command printed.
    Output,
    /// What a command complained about.
    Complaint,
    /// What a complaint means, in the learner's language.
    Advice,
}

/// How far someone has read the terminal.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub struct Mark {
    epoch: u32,
    line: u64,
    bytes: usize,
}

/// A piece of the terminal that someone has not read yet.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Piece {
    /// What it is.
    pub kind: LineKind,
    /// Its text.
    pub text: Rc<str>,
    /// Whether it begins its line.
    pub begins: bool,
    /// Whether it ends its line.
    pub ends: bool,
    /// The term of the glossary that it leads to; empty for none.
    pub term: &'static str,
}

/// One line of the terminal.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct TerminalLine {
    /// What it is.
    pub kind: LineKind,
    /// Its text, without the line break.
    pub text: Rc<str>,
    /// The term of the glossary that it leads to; empty for none.
    pub term: &'static str,
}

/// The terminal's lines and the command that runs in it.
#[derive(Default)]
pub struct Terminal {
    lines: Vec<TerminalLine>,
    running: Option<Running>,
    /// The last line is not finished yet.
    is_open: bool,
    /// How many lines were forgotten before the first.
    forgotten: u64,
    /// The objects that the last command was about.
    touched: Vec<Key>,
    /// Counts how often the terminal was emptied.
    epoch: u32,
}

impl Terminal {
    /// The lines, oldest first.
    #[must_use]
    pub fn lines(&self) -> &[TerminalLine] {
        &self.lines
    }

    /// What is new since `mark`, and where reading goes on. Where the terminal was emptied since,
    /// the mark begins anew; [`Mark::is_before`] says so.
    #[must_use]
    pub fn since(&self, mark: Mark) -> (Vec<Piece>, Mark) {
        let mut from = if mark.epoch == self.epoch { mark } else { Mark { epoch: self.epoch, ..Mark::default() } };
        if from.line < self.forgotten {
            from = Mark { line: self.forgotten, bytes: 0, ..from };
        }
        let first = usize::try_from(from.line - self.forgotten).unwrap_or(usize::MAX);
        let mut pieces = Vec::new();
        for (index, line) in self.lines.iter().enumerate().skip(first) {
            let begins = index > first || from.bytes == 0;
            let text = if begins { &*line.text } else { line.text.get(from.bytes - 1..).unwrap_or_default() };
            let ends = index + 1 < self.lines.len() || !self.is_open;
            if begins || ends || !text.is_empty() {
                pieces.push(Piece { kind: line.kind, text: text.into(), begins, ends, term: line.term });
            }
        }
        let all = self.forgotten + self.lines.len() as u64;
        // An open line counts as begun, even while it is empty.
        let open = self.lines.last().filter(|_| self.is_open).map_or(0, |line| line.text.len() + 1);
        (pieces, Mark { epoch: self.epoch, line: all - u64::from(open > 0), bytes: open })
    }

    /// Whether `mark` was made before the terminal was last emptied.
    #[must_use]
    pub fn is_before(&self, mark: Mark) -> bool {
        mark.epoch != self.epoch
    }

    /// What the running command wants from the keyboard; none where no command runs.
    #[must_use]
    pub fn wants(&self) -> Option<Wants> {
        self.running.as_ref().map(Running::wants)
    }

    /// An empty terminal in the place of this one.
    pub(super) fn emptied(&self) -> Self {
        Self { epoch: self.epoch + 1, ..Self::default() }
    }

    /// Takes the lines away; what runs goes on.
    pub(super) fn clear(&mut self) {
        self.lines.clear();
        self.forgotten = 0;
        self.epoch += 1;
        self.is_open = false;
    }

    /// Says what was refused, in the words of whoever refused it.
    pub(super) fn complain(&mut self, line: &str) {
        self.push(LineKind::Complaint, line);
    }

    pub(super) fn touched(&self) -> &[Key] {
        &self.touched
    }

    /// Says a line in the name of the running command.
    pub(super) fn say(&mut self, line: &str) {
        self.push(LineKind::Output, line);
    }

    /// Types for the running command.
    pub(super) fn feed(&mut self, typed: Typed) {
        let Some(running) = &mut self.running else { return };
        if let (Wants::Line(prompt), Typed::Text(text)) = (running.wants(), &typed) {
            let line = format!("{prompt}{text}");
            self.push(LineKind::Output, &line);
        }
        if let Some(running) = &mut self.running {
            running.feed(typed);
        }
    }

    /// Says below the last command's complaints what they mean.
    pub(super) fn explain(&mut self, words: &Words) {
        let since = self.lines.iter().rposition(|line| line.kind == LineKind::Typed).unwrap_or(0);
        let complaints = self.lines.iter().skip(since).filter(|line| line.kind == LineKind::Complaint);
        let mut known: Vec<Advice> = Vec::new();
        for found in complaints.filter_map(|line| advice(&line.text)) {
            if !known.contains(&found) {
                known.push(found);
            }
        }
        for found in known.into_iter().take(ADVICE_MAX) {
            self.push(LineKind::Advice, words.text(found.key));
            if let Some(line) = self.lines.last_mut() {
                line.term = found.term;
            }
        }
    }

    /// Whether a command is still on its way.
    #[must_use]
    pub fn is_busy(&self) -> bool {
        self.running.is_some()
    }

    pub(super) fn start(&mut self, shell: &Shell, line: &str) {
        for line in line.split('\n') {
            self.push(LineKind::Typed, line);
        }
        self.touched.clear();
        self.running = Some(shell.start(line));
    }

    pub(super) fn interrupt(&mut self) {
        if self.running.take().is_some() {
            self.push(LineKind::Output, "^C");
        }
    }

    /// Lets the command go on as far as it can. Returns what it asks of the screen around it, and
    /// whether it has just ended.
    pub(super) fn poll(&mut self, history: &mut History, deeds: &mut Deeds, may_harm: bool) -> (Vec<Sign>, bool) {
        let Some(mut running) = self.running.take() else { return (Vec::new(), false) };
        let state =
            running.poll(&mut Guest { history, deeds, touched: Some(&mut self.touched), is_trial: false, may_harm });
        let printed = running.take_output();
        let signs = running.take_signs();
        if signs.contains(&Sign::Clear) {
            self.clear();
        }
        for (stream, text) in printed {
            let kind = if stream == Stream::Out { LineKind::Output } else { LineKind::Complaint };
            self.print(kind, &text);
        }
        let has_ended = matches!(state, State::Done { .. });
        if has_ended {
            self.is_open = false;
        } else {
            self.running = Some(running);
        }
        (signs, has_ended)
    }

    /// Lets what runs in the background go on, and shows what it says.
    pub(super) fn tend(&mut self, shell: &Shell, history: &mut History, deeds: &mut Deeds, may_harm: bool) {
        shell.tend(&mut Guest { history, deeds, touched: None, is_trial: false, may_harm });
        for (stream, text) in shell.take_output() {
            self.print(if stream == Stream::Out { LineKind::Output } else { LineKind::Complaint }, &text);
        }
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
            self.forgotten += TERMINAL_LINES_MAX as u64 / 4;
        }
        self.lines.push(TerminalLine { kind, text: text.into(), term: "" });
        self.is_open = false;
    }
}

/// How a command of the session reaches the world: what changes something becomes an input of the
/// story, what only looks does not.
pub(super) struct Guest<'a> {
    pub history: &'a mut History,
    pub deeds: &'a mut Deeds,
    /// Where the objects are noted that requests are about.
    pub touched: Option<&'a mut Vec<Key>>,
    /// What changes something is tried on a copy of the world, and is no part of the story: a check
    /// asks, and does nothing.
    pub is_trial: bool,
    /// Whether something may be broken on purpose; see [`Session::may`](super::Session::may).
    pub may_harm: bool,
}

/// More objects than this are not told apart any more.
const TOUCHED_MAX: usize = 64;

impl Guest<'_> {
    fn touch(&mut self, request: &Request) {
        let is_single = !request.name.is_empty() || request.verb == Verb::Create;
        let Some(touched) = self.touched.as_deref_mut().filter(|_| is_single && !request.options.dry_run) else {
            return;
        };
        let key = if request.name.is_empty() {
            Key::new(request.resource, request.namespace.clone(), meta::name(&request.body))
        } else {
            request.key()
        };
        if touched.len() < TOUCHED_MAX && !touched.contains(&key) {
            touched.push(key);
        }
    }
}

impl Door for Guest<'_> {
    fn now(&self) -> SimTime {
        self.history.world().now()
    }

    fn revision(&self) -> u64 {
        Door::revision(self.history.world())
    }

    fn ask(&mut self, request: Rc<Request>) -> Answer {
        self.touch(&request);
        if self.is_trial && request.mutates() {
            return self.history.world().clone().act(&Action::Request { actor: "you".into(), request });
        }
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
        if self.is_trial && mutates {
            return self.history.world().clone().act(&action);
        }
        let answer = if mutates { self.history.act(Rc::new(action)) } else { self.history.look(&action) };
        if let Some(kind) = deleted.filter(|_| answer.is_ok()) {
            self.deeds.delete(kind);
        }
        answer
    }

    fn act(&mut self, action: Rc<Action>) -> Answer {
        if matches!(&*action, Action::Break(what) if what.is_harm() && !self.may_harm) {
            return Err(ApiError::new(Reason::Forbidden, "breaking on purpose is switched off by this link"));
        }
        if matches!(*action, Action::OnNode { .. }) {
            return self.history.look(&action);
        }
        if self.is_trial {
            return self.history.world().clone().act(&action);
        }
        let breaks = matches!(&*action, Action::Break(what) if !what.is_client());
        if let (Action::Break(what), Some(touched)) = (&*action, self.touched.as_deref_mut()) {
            touched.extend(what.about());
        }
        let answer = self.history.act(action);
        self.deeds.broken += i64::from(breaks && answer.is_ok());
        answer
    }

    fn hosted(&self, kind: HostingKind, name: &str) -> Vec<Value> {
        self.history.world().hosted(kind, name)
    }

    fn trace(&mut self, question: &Question) -> Result<Traced, Rc<str>> {
        self.deeds.traced += 1;
        self.history.world().trace(question)
    }

    fn broken(&self) -> Vec<String> {
        Door::broken(self.history.world())
    }

    fn custom(&self) -> Registry {
        self.history.world().custom()
    }

    fn watch(&self, resource: Resource, since: u64) -> Result<Vec<WatchEvent>, ApiError> {
        self.history.world().watch(resource, since)
    }
}

//! A thread of script: what it runs, where its output goes, what it waits for.

use super::command;
use super::log::Stream;
use super::scope::Scope;
use super::server::Server;
use super::syntax::{self, Code, Op, Redirect, Simple};
use super::{Facts, image};
use crate::sim::{SimTime, millis};
use rpds::RedBlackTreeMap;
use std::rc::Rc;

/// How many operations a thread may run without any time passing; then it is taken for a busy loop.
pub(super) const STEPS_WITHOUT_TIME_MAX: u32 = 2000;
/// How many operations `$(…)`, a pipeline or `kubectl exec` may run at once.
pub(super) const STEPS_AT_ONCE_MAX: u32 = 4000;
/// How deep calls, groups and `$(…)` may nest.
const FRAMES_MAX: usize = 60;
/// Where output goes.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum Target {
    /// The container's log.
    Log(Stream),
    /// A file, at its end.
    File(Rc<str>),
    /// A text that is collected.
    Buffer(usize),
    /// Nowhere.
    Null,
}

/// What a thread is doing.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum State {
    /// It goes on at its moment.
    Ready,
    /// It answers requests until it is told to stop.
    Serving(Rc<Server>),
    /// It waits for its children.
    Waiting,
    /// `tail -f`: it copies what is added to a file, of which it has seen so many bytes.
    Following(Rc<str>, usize),
    /// It uses a whole CPU and does nothing else.
    Busy,
    /// It waits for ever.
    Blocked,
    /// It has ended.
    Done(i64),
}

/// What is put back when a frame ends.
#[derive(Clone, Debug)]
struct Saved {
    vars: Option<RedBlackTreeMap<Rc<str>, Rc<str>>>,
    cwd: Rc<str>,
    positional: Rc<[Rc<str>]>,
    out: Target,
    err: Target,
    stdin: Rc<str>,
}

/// A piece of code under way.
#[derive(Clone, Debug)]
struct Frame {
    code: Code,
    pc: u32,
    loops: Vec<Vec<Rc<str>>>,
    saved: Option<Rc<Saved>>,
    /// A trap's handler: the status from before comes back.
    status: Option<i64>,
}

/// One thread of script.
#[derive(Clone, Debug)]
pub struct Thread {
    /// Its process number.
    pub pid: i64,
    /// When it goes on.
    pub at: SimTime,
    /// What it is doing.
    pub state: State,
    frames: Vec<Frame>,
    /// Variables; all are exported.
    pub vars: RedBlackTreeMap<Rc<str>, Rc<str>>,
    functions: RedBlackTreeMap<Rc<str>, Code>,
    /// Handlers by signal; empty text ignores it.
    pub traps: RedBlackTreeMap<Rc<str>, Rc<str>>,
    /// `$1` and so on; `$0` first.
    pub positional: Rc<[Rc<str>]>,
    /// `$?`.
    pub status: i64,
    /// Where it is.
    pub cwd: Rc<str>,
    /// Standard output.
    pub out: Target,
    /// Standard error.
    pub err: Target,
    /// Standard input, as far as it was given.
    pub stdin: Rc<str>,
    /// The load that it sends.
    pub load: Option<Rc<super::command::Load>>,
    guards: u32,
    /// `set -e`.
    pub exits_on_error: bool,
    /// `$!`.
    pub last_background: i64,
    pending: Vec<Rc<str>>,
    idle_steps: u32,
    /// Memory that it holds beyond its program's own, in bytes.
    pub memory: i64,
    /// CPU that it uses all the time, in thousandths.
    pub cpu: i64,
    /// Whether it is a shell, which does not heed SIGTERM without a trap.
    pub is_shell: bool,
    /// Whether it stopped because a copy that runs ahead cannot call anybody.
    pub wants_network: bool,
}

impl Thread {
    /// A thread that runs `code`.
    #[must_use]
    pub fn new(pid: i64, at: SimTime, facts: &Facts, code: Code) -> Self {
        let cwd =
            if facts.directory.is_empty() { image::directory(&facts.image).into() } else { facts.directory.clone() };
        Self {
            pid,
            at,
            state: State::Ready,
            frames: vec![Frame { code, pc: 0, loops: Vec::new(), saved: None, status: None }],
            vars: facts.env.iter().cloned().collect(),
            functions: RedBlackTreeMap::new(),
            traps: RedBlackTreeMap::new(),
            positional: Rc::new(["sh".into()]),
            status: 0,
            cwd,
            out: Target::Log(Stream::Out),
            err: Target::Log(Stream::Err),
            stdin: "".into(),
            load: None,
            guards: 0,
            exits_on_error: false,
            last_background: 0,
            pending: Vec::new(),
            idle_steps: 0,
            memory: 0,
            cpu: 0,
            is_shell: false,
            wants_network: false,
        }
    }

    /// A thread like this one that runs other code.
    #[must_use]
    pub fn fork(&self, pid: i64, code: Code) -> Self {
        let frames = vec![Frame { code, pc: 0, loops: Vec::new(), saved: None, status: None }];
        Self {
            pid,
            frames,
            traps: RedBlackTreeMap::new(),
            state: State::Ready,
            memory: 0,
            cpu: 0,
            guards: 0,
            ..self.clone()
        }
    }

    /// Runs more code in this thread when it has nothing else to do: a line of an open shell.
    pub fn enter(&mut self, code: Code) {
        self.state = State::Ready;
        self.frames = vec![Frame { code, pc: 0, loops: Vec::new(), saved: None, status: None }];
    }

    /// Whether there is code left to run.
    #[must_use]
    pub fn has_code(&self) -> bool {
        self.frames.iter().any(|frame| (frame.pc as usize) < frame.code.len())
    }

    /// Calls code as a function with these arguments.
    pub(super) fn call(&mut self, code: Code, arguments: Option<Rc<[Rc<str>]>>) {
        if self.frames.len() >= FRAMES_MAX {
            self.status = 2;
            return;
        }
        let saved = Saved { vars: None, ..self.saved() };
        if let Some(arguments) = arguments {
            self.positional = arguments;
        }
        self.frames.push(Frame { code, pc: 0, loops: Vec::new(), saved: Some(Rc::new(saved)), status: None });
    }

    /// The function with this name.
    #[must_use]
    pub fn function(&self, name: &str) -> Option<Code> {
        self.functions.get(name).cloned()
    }

    fn saved(&self) -> Saved {
        Saved {
            vars: Some(self.vars.clone()),
            cwd: self.cwd.clone(),
            positional: self.positional.clone(),
            out: self.out.clone(),
            err: self.err.clone(),
            stdin: self.stdin.clone(),
        }
    }

    /// Whether it will go on by itself.
    #[must_use]
    pub fn is_ready(&self) -> bool {
        matches!(self.state, State::Ready | State::Following(..))
    }

    /// Whether it has ended.
    #[must_use]
    pub fn is_done(&self) -> bool {
        matches!(self.state, State::Done(_))
    }

    /// Ends the thread.
    pub fn finish(&mut self, code: i64) {
        self.frames.clear();
        self.state = State::Done(code & 255);
    }

    /// Leaves the innermost function.
    pub(super) fn leave(&mut self) {
        while let Some(frame) = self.frames.pop() {
            self.restore(&frame);
            if frame.saved.is_some() {
                break;
            }
        }
    }

    fn restore(&mut self, frame: &Frame) {
        if let Some(status) = frame.status {
            self.status = status;
        }
        let Some(saved) = &frame.saved else { return };
        if let Some(vars) = &saved.vars {
            self.vars = vars.clone();
            self.cwd = saved.cwd.clone();
        }
        self.positional = saved.positional.clone();
        self.out = saved.out.clone();
        self.err = saved.err.clone();
        self.stdin = saved.stdin.clone();
    }

    /// A signal arrives. Returns whether it ends the thread at once, and with what code.
    pub(super) fn signal(&mut self, name: &str, at: SimTime) {
        if self.is_done() {
            return;
        }
        if let State::Serving(server) = &self.state {
            let heeds = server.heeds(name);
            let code = server.exit_code(name);
            if heeds {
                self.at = at + super::server::STOP;
                self.finish(code);
            }
            return;
        }
        match self.traps.get(name).cloned() {
            Some(handler) if handler.is_empty() => {}
            Some(_) => {
                self.pending.push(name.into());
                if matches!(self.state, State::Waiting | State::Blocked | State::Busy) {
                    self.state = State::Ready;
                    self.status = 128 + signal_number(name);
                    self.at = self.at.max(at);
                }
            }
            // Process 1 has no default actions; any other process ends.
            None if self.pid == 1 => {}
            None => {
                self.at = at;
                self.finish(128 + signal_number(name));
            }
        }
    }

    /// Runs one operation.
    pub(super) fn step(&mut self, scope: &mut Scope<'_, '_>) {
        let before = self.at;
        if let Some(name) = self.pending.pop() {
            self.handle(&name);
            return;
        }
        if let State::Following(path, seen) = self.state.clone() {
            self.follow(scope, &path, seen);
            return;
        }
        let Some(frame) = self.frames.last_mut() else {
            self.exit(self.status);
            return;
        };
        let Some(op) = frame.code.get(frame.pc as usize).cloned() else {
            let frame = self.frames.pop();
            if let Some(frame) = frame {
                self.restore(&frame);
            }
            return;
        };
        frame.pc += 1;
        self.run(scope, op);
        if self.at == before {
            self.idle_steps += 1;
            if self.idle_steps > STEPS_WITHOUT_TIME_MAX {
                self.state = State::Busy;
            }
        } else {
            self.idle_steps = 0;
        }
    }

    /// The next operation is tried again: what it needs is not there.
    pub(super) fn again(&mut self) {
        if let Some(frame) = self.frames.last_mut() {
            frame.pc = frame.pc.saturating_sub(1);
        }
    }

    fn handle(&mut self, name: &str) {
        let Some(handler) = self.traps.get(name).cloned() else { return };
        if let Ok(code) = syntax::compile(&handler) {
            let status = Some(self.status);
            self.frames.push(Frame { code, pc: 0, loops: Vec::new(), saved: None, status });
        }
    }

    /// Ends the thread, after its `EXIT` trap.
    pub(super) fn exit(&mut self, code: i64) {
        if let Some(handler) = self.traps.get("EXIT").cloned() {
            self.traps.remove_mut("EXIT");
            if let Ok(ops) = syntax::compile(&format!("{handler}\nexit {code}")) {
                self.frames = vec![Frame { code: ops, pc: 0, loops: Vec::new(), saved: None, status: None }];
                return;
            }
        }
        self.finish(code);
    }

    /// `tail -f` looks once a second.
    fn follow(&mut self, scope: &mut Scope<'_, '_>, path: &Rc<str>, seen: usize) {
        let text = scope.files(|files| files.read(path)).unwrap_or_default();
        let from = if text.len() < seen { 0 } else { seen };
        let new = text.get(from..).unwrap_or_default().to_owned();
        let (out, at) = (self.out.clone(), self.at);
        scope.write(&out, at, &new);
        self.state = State::Following(path.clone(), text.len());
        self.at = self.at + millis(1000);
    }

    fn jump(&mut self, to: u32) {
        if let Some(frame) = self.frames.last_mut() {
            frame.pc = to;
        }
    }

    fn run(&mut self, scope: &mut Scope<'_, '_>, op: Op) {
        match op {
            Op::Simple(simple) => self.simple(scope, &simple),
            Op::Pipe(parts) => self.pipe(scope, &parts),
            Op::Jump(to) => self.jump(to),
            Op::JumpOk(to) if self.status == 0 => self.jump(to),
            Op::JumpFail(to) if self.status != 0 => self.jump(to),
            Op::JumpOk(_) | Op::JumpFail(_) => {}
            Op::Not => self.status = i64::from(self.status == 0),
            Op::Ok => self.status = 0,
            Op::Guard(true) => self.guards += 1,
            Op::Guard(false) => self.guards = self.guards.saturating_sub(1),
            Op::ForStart(words) => {
                let Some(mut words) = self.expand_all(scope, &words) else { return self.again() };
                words.reverse();
                if let Some(frame) = self.frames.last_mut() {
                    frame.loops.push(words);
                }
            }
            Op::ForNext(name, after) => {
                let next = self.frames.last_mut().and_then(|frame| frame.loops.last_mut()).and_then(Vec::pop);
                match next {
                    Some(word) => self.vars.insert_mut(name, word),
                    None => self.jump(after),
                }
            }
            Op::ForEnd => {
                if let Some(frame) = self.frames.last_mut() {
                    frame.loops.pop();
                }
            }
            Op::CaseElse(word, patterns, other) => self.case(scope, &word, &patterns, other),
            Op::Spawn(code) => {
                scope.next_pid += 1;
                let pid = scope.next_pid;
                scope.spawned.push(self.fork(pid, code));
                self.last_background = pid;
                self.status = 0;
            }
            Op::Group { code, is_subshell, redirects } => self.group(scope, code, is_subshell, &redirects),
            Op::Define(name, code) => {
                self.functions.insert_mut(name, code);
                self.status = 0;
            }
        }
    }

    fn case(&mut self, scope: &mut Scope<'_, '_>, word: &syntax::Word, patterns: &[syntax::Word], other: u32) {
        let Some(text) = self.expand_text(scope, word) else { return self.again() };
        for pattern in patterns {
            let Some(pattern) = self.expand_pattern(scope, pattern) else { return self.again() };
            if super::expand::matches(&pattern, &text) {
                return;
            }
        }
        self.jump(other);
    }

    fn group(&mut self, scope: &mut Scope<'_, '_>, code: Code, is_subshell: bool, redirects: &[Redirect]) {
        if self.frames.len() >= FRAMES_MAX {
            self.status = 2;
            return;
        }
        let mut saved = self.saved();
        if !is_subshell {
            saved.vars = None;
        }
        if !self.redirect(scope, redirects) {
            return;
        }
        self.frames.push(Frame { code, pc: 0, loops: Vec::new(), saved: Some(Rc::new(saved)), status: None });
    }

    fn simple(&mut self, scope: &mut Scope<'_, '_>, simple: &Simple) {
        let Some(words) = self.expand_all(scope, &simple.words) else { return self.again() };
        let saved = self.saved();
        for (name, word) in &simple.assignments {
            let Some(value) = self.expand_text(scope, word) else { return self.again() };
            self.vars.insert_mut(name.clone(), value.into());
        }
        if words.is_empty() {
            // `x=$(false)` has the status of what it ran; a plain assignment has 0.
            if !simple
                .assignments
                .iter()
                .any(|(_, word)| word.0.iter().any(|part| matches!(part, syntax::Part::Command(..))))
            {
                self.status = 0;
            }
        }
        let is_exec = words.first().is_some_and(|first| &**first == "exec");
        if !self.redirect(scope, &simple.redirects) || words.is_empty() {
            (self.out, self.err, self.stdin) = (saved.out, saved.err, saved.stdin);
            self.check_error();
            return;
        }
        let depth = self.frames.len();
        self.wants_network = false;
        command::run(self, scope, &words);
        if self.wants_network {
            self.again();
        }
        if self.frames.len() > depth {
            // A function: its frame puts back what was there before it.
            if let Some(frame) = self.frames.last_mut() {
                let positional = frame.saved.as_ref().map(|inner| inner.positional.clone()).unwrap_or_default();
                frame.saved = Some(Rc::new(Saved { vars: None, positional, ..saved }));
            }
            return;
        }
        if !simple.assignments.is_empty() && !self.is_done() {
            for (name, _) in &simple.assignments {
                match saved.vars.as_ref().and_then(|vars| vars.get(name)) {
                    Some(before) => self.vars.insert_mut(name.clone(), before.clone()),
                    None => drop(self.vars.remove_mut(name)),
                }
            }
        }
        let stays = matches!(self.state, State::Following(..));
        if !(is_exec && words.len() == 1) && !stays {
            (self.out, self.err, self.stdin) = (saved.out, saved.err, saved.stdin);
        }
        self.check_error();
    }

    fn check_error(&mut self) {
        if self.exits_on_error
            && self.status != 0
            && self.guards == 0
            && self.state == State::Ready
            && !self.wants_network
        {
            let next = self.frames.last().and_then(|frame| frame.code.get(frame.pc as usize));
            if !matches!(next, Some(Op::JumpOk(_) | Op::JumpFail(_) | Op::Not)) {
                self.exit(self.status);
            }
        }
    }
}

/// The number of a signal by its name without `SIG`.
#[must_use]
pub(super) fn signal_number(name: &str) -> i64 {
    const NAMES: [(&str, i64); 9] = [
        ("HUP", 1),
        ("INT", 2),
        ("QUIT", 3),
        ("KILL", 9),
        ("USR1", 10),
        ("USR2", 12),
        ("TERM", 15),
        ("CHLD", 17),
        ("EXIT", 0),
    ];
    NAMES.iter().find(|(known, _)| *known == name).map_or(15, |(_, number)| *number)
}

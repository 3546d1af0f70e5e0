//! What a thread sees of its surroundings while it runs, and where its output goes.

use super::files::{Files, View, absolute};
use super::log::{Log, Stream};
use super::syntax::{Code, Redirect};
use super::thread::{STEPS_AT_ONCE_MAX, State, Target, Thread};
use super::{Facts, Outside, image};
use crate::sim::SimTime;
use std::rc::Rc;

/// What one operation sees of its surroundings.
pub struct Scope<'a, 'b> {
    /// What the container was started with.
    pub facts: &'a Rc<Facts>,
    /// Its own files.
    pub layer: &'a mut Files,
    /// Its log.
    pub log: &'a mut Log,
    /// The rest of the world.
    pub outside: &'a mut Outside<'b>,
    /// Texts that are collected.
    pub buffers: Vec<String>,
    /// Threads to be started.
    pub spawned: Vec<Thread>,
    /// Signals to be sent: to whom, which.
    pub signals: Vec<(i64, Rc<str>, SimTime)>,
    /// The other threads: number, parent's view of whether they run, and what they run.
    pub others: Vec<(i64, bool, Rc<str>)>,
    /// The processes of other containers that this one sees.
    pub neighbours: &'a [(i64, Rc<str>)],
    /// CPU milliseconds used.
    pub cpu_used: u64,
    /// How deep `$(…)` stands.
    pub depth: u32,
    pub(super) next_pid: i64,
}

impl Scope<'_, '_> {
    /// The container's files.
    pub fn view<'c>(&'c mut self, image: &'c dyn Fn(&str) -> Option<String>) -> View<'c> {
        View {
            layer: self.layer,
            disks: self.outside.disks,
            mounts: &self.facts.mounts,
            read_only_root: self.facts.read_only_root,
            image,
        }
    }

    /// Does something with the container's files.
    pub fn files<T>(&mut self, use_them: impl FnOnce(&mut View<'_>) -> T) -> T {
        let facts = self.facts.clone();
        let image = move |path: &str| image::file(&facts, path);
        use_them(&mut self.view(&image))
    }

    /// Writes to a target.
    pub fn write(&mut self, target: &Target, at: SimTime, text: &str) {
        if text.is_empty() {
            return;
        }
        match target {
            Target::Log(stream) => self.log.write(at, *stream, text),
            Target::Buffer(index) => {
                if let Some(buffer) = self.buffers.get_mut(*index) {
                    buffer.push_str(text);
                }
            }
            Target::File(path) => {
                // What cannot be written was said when the file was opened.
                let _ = self.files(|files| files.write(path, text, true));
            }
            Target::Null => {}
        }
    }
}

impl Thread {
    /// Opens what redirections say. Returns whether all could be opened.
    pub(super) fn redirect(&mut self, scope: &mut Scope<'_, '_>, redirects: &[Redirect]) -> bool {
        for redirect in redirects {
            match redirect {
                Redirect::Out { from, file, append } => {
                    let Some(name) = self.expand_text(scope, file) else { return true };
                    let target = match self.open(scope, &name, *append) {
                        Ok(target) => target,
                        Err(fault) => {
                            self.complain(scope, &format!("sh: can't create {name}: {fault}\n"));
                            self.status = 1;
                            return false;
                        }
                    };
                    if *from != 2 {
                        self.out = target.clone();
                    }
                    if *from >= 2 {
                        self.err = target;
                    }
                }
                Redirect::Join { from: 2, .. } => self.err = self.out.clone(),
                Redirect::Join { .. } => self.out = self.err.clone(),
                Redirect::In(file) => {
                    let Some(name) = self.expand_text(scope, file) else { return true };
                    let path = absolute(&self.cwd, &name);
                    match scope.files(|files| files.read(&path)) {
                        Ok(text) => self.stdin = text,
                        Err(_) if path == "/dev/null" => self.stdin = "".into(),
                        Err(fault) => {
                            self.complain(scope, &format!("sh: can't open {name}: {}\n", fault.text()));
                            self.status = 1;
                            return false;
                        }
                    }
                }
                Redirect::Here(word) => {
                    let Some(text) = self.expand_text(scope, word) else { return true };
                    self.stdin = text.into();
                }
            }
        }
        true
    }

    fn open(&self, scope: &mut Scope<'_, '_>, name: &str, append: bool) -> Result<Target, &'static str> {
        let path = absolute(&self.cwd, name);
        match path.as_str() {
            "/dev/null" => return Ok(Target::Null),
            "/dev/stdout" | "/proc/1/fd/1" => return Ok(Target::Log(Stream::Out)),
            "/dev/stderr" | "/proc/1/fd/2" => return Ok(Target::Log(Stream::Err)),
            _ => {}
        }
        let opened = scope.files(|files| files.write(&path, "", append));
        opened.map(|()| Target::File(path.into())).map_err(super::files::Fault::text)
    }

    /// Prints to standard output.
    pub(super) fn print(&self, scope: &mut Scope<'_, '_>, text: &str) {
        scope.write(&self.out, self.at, text);
    }

    /// Prints to standard error.
    pub(super) fn complain(&self, scope: &mut Scope<'_, '_>, text: &str) {
        scope.write(&self.err, self.at, text);
    }

    pub(super) fn pipe(&mut self, scope: &mut Scope<'_, '_>, parts: &[Code]) {
        let mut stdin = self.stdin.clone();
        for (index, part) in parts.iter().enumerate() {
            let is_last = index + 1 == parts.len();
            let mut child = self.fork(self.pid, part.clone());
            child.stdin = stdin.clone();
            if is_last {
                self.collect(scope, child, None);
                return;
            }
            let Some(text) = self.collect(scope, child, Some(())) else { return self.again() };
            stdin = text.into();
        }
    }

    /// Runs a copy of this thread to its end, and goes on when it has ended. Returns what it wrote,
    /// if that is to be collected; nothing if it cannot be known by a copy that runs ahead.
    pub(super) fn collect(
        &mut self,
        scope: &mut Scope<'_, '_>,
        mut child: Self,
        collects: Option<()>,
    ) -> Option<String> {
        child.is_shell = true;
        if scope.depth > 8 {
            return Some(String::new());
        }
        if collects.is_some() {
            scope.buffers.push(String::new());
            child.out = Target::Buffer(scope.buffers.len() - 1);
        }
        scope.depth += 1;
        let mut steps = 0;
        while child.is_ready() && !child.wants_network && steps < STEPS_AT_ONCE_MAX {
            child.step(scope);
            steps += 1;
        }
        scope.depth -= 1;
        let text = if collects.is_some() { scope.buffers.pop() } else { None };
        self.wants_network = child.wants_network;
        if child.wants_network {
            return None;
        }
        self.at = self.at.max(child.at);
        match child.state {
            State::Done(code) => self.status = code,
            State::Ready | State::Following(..) => self.state = State::Busy,
            other => self.state = other,
        }
        Some(text.unwrap_or_default())
    }
}

//! What is typed on the terminal: lines, keys, what Tab offers, and what a command asks of the
//! screen around it.

use super::terminal::{Guest, Terminal};
use super::writing::File;
use super::{Effect, Session};
use crate::shell::{Completions, Door as _, Forward, Sign, Typed};
use crate::tree;
use crate::words::Words;
use crate::world::api::{Key, Request, User, Verb};
use std::rc::Rc;

/// What a browser got from the program behind a forwarded port.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Page {
    /// What was asked for.
    pub path: Rc<str>,
    /// The status; 0 where nobody answered.
    pub status: i64,
    /// What came, or why nothing did.
    pub body: Rc<str>,
}

impl Session {
    pub(super) fn command(&mut self, line: &str) -> Vec<Effect> {
        self.answers = false;
        self.run(line)
    }

    pub(super) fn run(&mut self, line: &str) -> Vec<Effect> {
        self.tell_shell();
        self.shell.remember(line);
        self.terminal.start(&self.shell, line);
        self.let_command_go_on()
    }

    pub(super) fn typed(&mut self, typed: Typed) -> Vec<Effect> {
        self.terminal.feed(typed);
        self.let_command_go_on()
    }

    pub(super) fn interrupt(&mut self) {
        self.terminal.interrupt();
        self.answering.clear();
        self.stop_forwarding();
        for name in self.files.iter().filter(|file| file.is_lent).map(|file| file.name.clone()).collect::<Vec<_>>() {
            self.shell.change(|setting| drop(setting.files.remove(&*name)));
        }
        self.files.retain(|file| !file.is_lent);
        self.show_some_file();
    }

    /// Lets the command go on as far as it can, and does what it asks of the screen around it.
    pub(super) fn let_command_go_on(&mut self) -> Vec<Effect> {
        let may_harm = self.classroom.breaking || self.answers;
        self.terminal.tend(&self.shell, &mut self.history, &mut self.deeds, may_harm);
        if !self.terminal.is_busy() {
            return self.take_written();
        }
        let (signs, has_ended) = self.terminal.poll(&mut self.history, &mut self.deeds, may_harm);
        let mut effects = self.take_written();
        for sign in signs {
            match sign {
                Sign::Clear => {}
                Sign::Edit(file) => {
                    self.active = file.clone();
                    effects.push(Effect::Reveal { file, line: 0 });
                }
                Sign::Close(name) => {
                    self.files.retain(|file| file.name != name);
                    self.shell.change(|setting| drop(setting.files.remove(&*name)));
                    self.show_some_file();
                }
                Sign::Lend(name) => {
                    if let Some(file) = self.files.iter_mut().find(|file| file.name == name) {
                        file.is_lent = true;
                    }
                }
                Sign::LoadDescriptions => effects.push(Effect::LoadDescriptions),
                Sign::Browse(forward) => {
                    self.forward = forward;
                    self.page = None;
                }
            }
        }
        if has_ended {
            if self.explains {
                self.terminal.explain(&Words::new(self.lang));
            }
            self.stop_forwarding();
            self.apply_what_was_refused();
        }
        effects
    }

    /// A command may have cleared the way for a file that the API server refused before.
    fn apply_what_was_refused(&mut self) {
        for index in 0..self.files.len() {
            if self.auto_apply && self.files[index].would_be_taken(&mut self.history) {
                self.files[index].read();
                self.apply(index);
            }
        }
    }

    fn stop_forwarding(&mut self) {
        self.forward = None;
        self.page = None;
        self.shell.change(|setting| setting.forwards.clear());
    }

    /// Files that a command has written, into the editor.
    fn take_written(&mut self) -> Vec<Effect> {
        if self.shell.setting().written.is_empty() {
            return Vec::new();
        }
        let mut effects = Vec::new();
        let mut written = Vec::new();
        self.shell.change(|setting| written = std::mem::take(&mut setting.written));
        for name in written {
            let Some(text) = self.shell.setting().files.get(&name).map(|text| Rc::<str>::from(text.as_str())) else {
                continue;
            };
            match self.files.iter_mut().find(|file| *file.name == *name) {
                Some(file) => file.edit(text.clone(), u32::MAX),
                None => self.files.push(File::new(&name, &text)),
            }
            effects.push(Effect::ShowText { file: name.as_str().into(), text });
        }
        effects
    }

    fn show_some_file(&mut self) {
        if !self.files.iter().any(|file| file.name == self.active) {
            self.active = self.files.first().map_or_else(|| "".into(), |file| file.name.clone());
        }
    }

    /// Ctrl+Enter in a file that a command waits for hands it back.
    pub(super) fn hand_back(&mut self) -> bool {
        let active = self.active.clone();
        let is_lent = self.files.iter().any(|file| file.is_lent && file.name == active);
        if is_lent {
            self.tell_shell();
            self.terminal.feed(Typed::Text(active));
        }
        is_lent
    }

    pub(super) fn tell_shell(&mut self) {
        let facts = self.deeds.to_value(self.progress.as_ref(), self.history.world());
        let files = &self.files;
        self.shell.change(|setting| {
            setting.session = facts;
            for file in files {
                let known = setting.files.get(&*file.name).is_some_and(|text| **text == *file.text);
                if !known {
                    setting.files.insert(file.name.to_string(), file.text.to_string());
                }
            }
        });
    }

    /// What Tab offers at `cursor`, a byte of the line.
    #[must_use]
    pub fn complete(&self, line: &str, cursor: usize) -> Completions {
        // A list changes nothing, and a clone of the world is cheap.
        self.shell.complete(line, cursor, &mut self.world().clone())
    }

    /// The lines that were typed, oldest first.
    #[must_use]
    pub fn typed_lines(&self) -> Vec<Rc<str>> {
        self.shell.setting().history.clone()
    }

    /// Asks the program behind the forwarded port, as a browser here would.
    pub(super) fn visit(&mut self, path: &str) {
        let Some(Forward { pod, local, remote }) = self.forward.clone() else { return };
        let path = format!("/{}", path.trim_start_matches('/'));
        let body = tree!({
            "port": (i64::from(remote)),
            "path": path.as_str(),
            "method": "GET",
            "host": (format!("localhost:{local}")),
        });
        let request = Request::new(User::admin(), Verb::Create, &pod).on("portforward").with_body(body);
        self.terminal.say(&format!("Handling connection for {local}"));
        let mut guest = Guest {
            history: &mut self.history,
            deeds: &mut self.deeds,
            touched: None,
            is_trial: false,
            may_harm: true,
        };
        self.page = Some(match guest.ask(Rc::new(request)).map(|reply| reply.into_object()) {
            Ok(answer) => Page {
                path: path.into(),
                status: answer.int_at(&["status"]).unwrap_or_default(),
                body: answer.str_at(&["body"]).into(),
            },
            Err(error) => Page { path: path.into(), status: 0, body: error.message.into() },
        });
    }

    /// The objects that the last command was about.
    #[must_use]
    pub fn touched(&self) -> &[Key] {
        self.terminal.touched()
    }

    /// The descriptions of types and fields, if they have come.
    #[must_use]
    pub fn descriptions(&self) -> Option<Rc<str>> {
        self.shell.setting().descriptions.text()
    }

    /// The terminal.
    #[must_use]
    pub fn terminal(&self) -> &Terminal {
        &self.terminal
    }
}

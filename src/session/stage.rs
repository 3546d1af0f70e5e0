//! The session as a stage: `drydock check` and the tests play lessons on what a person uses.

use super::terminal::Guest;
use super::{Deeds, File, FileState, History, Msg, Session};
use crate::course::{Ran, Stage};
use crate::shell::{Setting, Shell, State, Stream};
use crate::world::{SimTime, millis, secs};

/// How long a command may wait for the world.
const COMMAND_LIMIT: SimTime = secs(3600);

/// What a shell says of a command that took too long (as `timeout` does).
const EXIT_TOO_LONG: u8 = 124;

impl Stage for Session {
    fn fork(&self) -> Self {
        Self {
            files: self.files.clone(),
            course: self.course.clone(),
            history: self.history.clone(),
            shell: Shell::new(Setting { screen: None, ..self.shell.setting().clone() }),
            progress: self.progress.clone(),
            text: self.text.clone(),
            deeds: self.deeds.clone(),
            answering: self.answering.clone(),
            selection: self.selection.clone(),
            chosen: self.chosen.clone(),
            same: self.same.clone(),
            question: self.question.clone(),
            kept: self.kept.clone(),
            classroom: self.classroom.clone(),
            active: self.active.clone(),
            // A command on its way stays where it is.
            terminal: super::Terminal::default(),
            forward: None,
            page: None,
            arriving: None,
            ..*self
        }
    }

    fn begin_step(&mut self, step: &str) {
        if let Some(progress) = &mut self.progress
            && let Some(index) = progress.lesson.steps.iter().position(|known| &*known.id == step)
        {
            progress.passed = progress.passed.max(index);
            self.learn(Msg::GoToStep(index));
        }
    }

    fn file(&self, name: &str) -> Option<String> {
        Session::file(self, name).map(|file| file.text.to_string())
    }

    fn write(&mut self, name: &str, text: &str) {
        let index = self.files.iter().position(|file| &*file.name == name).unwrap_or_else(|| {
            self.files.push(File::new(name, ""));
            self.files.len() - 1
        });
        let file = &mut self.files[index];
        file.edit(text.into(), 0);
        file.read();
        if file.state == FileState::Ready {
            self.apply(index);
        }
    }

    fn run(&mut self, line: &str) -> Ran {
        if let Some(done) = self.hand(line) {
            return Ran { code: i32::from(done.is_none()), ..Ran::default() };
        }
        self.tell_shell();
        run_line(&self.shell, &mut self.history, &mut self.deeds, line)
    }

    fn now_ms(&self) -> u64 {
        self.world().now().as_millis()
    }

    fn settle(&mut self, until_ms: u64) -> bool {
        let until = millis(until_ms);
        while !self.history.is_quiet() && self.history.next_moment() <= until {
            let quiet = self.history.quiet_from();
            if self.history.next_moment() > quiet && quiet <= until {
                self.history.advance(quiet, u32::MAX);
            } else {
                self.history.take_one();
            }
        }
        self.history.is_quiet()
    }

    fn advance(&mut self, until_ms: u64) {
        self.history.advance(millis(until_ms), u32::MAX);
    }
}

/// Runs a line to its end; the world moves while it waits.
pub(super) fn run_line(shell: &Shell, history: &mut History, deeds: &mut Deeds, line: &str) -> Ran {
    let mut running = shell.start(line);
    let deadline = history.world().now() + COMMAND_LIMIT;
    let exit = loop {
        let state = running.poll(&mut Guest { history, deeds, touched: None, is_trial: false, may_harm: true });
        let now = history.world().now();
        match state {
            State::Done { exit } => break exit,
            State::Waiting { .. } if now >= deadline => break EXIT_TOO_LONG,
            State::Waiting { until } => {
                let next = [until, history.world().next_due()].into_iter().flatten().min().unwrap_or(deadline);
                history.advance(next.clamp(now, deadline), u32::MAX);
            }
        }
    };
    let mut ran = Ran { code: i32::from(exit), ..Ran::default() };
    for (stream, text) in running.take_output() {
        match stream {
            Stream::Out => ran.out += &text,
            Stream::Err => ran.err += &text,
        }
    }
    ran
}

impl Deeds {
    /// The learner's client deleted an object.
    pub(super) fn delete(&mut self, kind: &str) {
        *self.deleted.entry(kind.into()).or_default() += 1;
    }
}

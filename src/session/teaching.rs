//! What a lesson does to the session: it goes from step to step, shows where to look, and does a
//! step's solution as a hand would.

use super::{Deeds, Effect, Lens, Msg, Progress, Session};
use crate::course::Stage;
use crate::world::{Break, Component, Question, SimTime, secs};
use std::rc::Rc;

impl Session {
    pub(super) fn learn(&mut self, msg: Msg) -> Vec<Effect> {
        let Some(progress) = &mut self.progress else { return Vec::new() };
        match msg {
            Msg::GoToStep(step) => progress.show(step),
            Msg::NextStep if progress.is_passed() => progress.show(progress.shown + 1),
            Msg::OpenHint(rung) => progress.hints = progress.hints.max(rung + 1),
            Msg::Predict(answer) => {
                if let Some(question) = progress.step().and_then(|step| step.predict.as_ref()) {
                    let id = question.id.clone();
                    progress.predictions.entry(id).or_insert(answer);
                    progress.recheck();
                }
                return Vec::new();
            }
            Msg::UseAnswer => return self.use_answer(),
            _ => return Vec::new(),
        }
        if matches!(msg, Msg::OpenHint(_)) {
            return Vec::new();
        }
        // What was done before a step began does not do it.
        if !progress.is_passed() {
            self.deeds = Deeds::begin(self.history.world());
        }
        self.look_where_the_step_points()
    }

    /// What the lesson itself does when a step has passed.
    pub(super) fn after_the_step(&mut self) {
        let step = self.progress.as_ref().and_then(Progress::step);
        let lines = step.map(|step| step.on_pass.clone()).unwrap_or_default();
        // It is no deed of the learner's, and nothing that they typed.
        let deeds = self.deeds.clone();
        for line in &lines {
            Stage::run(self, line);
        }
        self.deeds = deeds;
    }

    pub(super) fn look_where_the_step_points(&mut self) -> Vec<Effect> {
        let Some(step) = self.progress.as_ref().and_then(Progress::step) else { return Vec::new() };
        let focus = step.focus.clone();
        if let Some(lens) = Lens::named(&focus.lens) {
            self.lens = lens;
        }
        let packet: Vec<&str> = focus.trace.split_whitespace().collect();
        if let Some(question) = Question::parse(&packet) {
            self.question = Some(Rc::new(question));
        }
        if focus.file.is_empty() || self.file(&focus.file).is_none() {
            return Vec::new();
        }
        self.active = focus.file.clone();
        let line = u32::try_from(focus.line - 1).unwrap_or_default();
        self.cursor = line;
        vec![Effect::Reveal { file: focus.file, line }]
    }

    /// Does what the step's solution does.
    fn use_answer(&mut self) -> Vec<Effect> {
        let Some(step) = self.progress.as_ref().and_then(Progress::step) else { return Vec::new() };
        let solution = step.solution.clone();
        let mut effects = Vec::new();
        for index in 0..self.files.len() {
            let name = self.files[index].name.clone();
            let whole = solution.files.iter().find(|file| file.name == name).map(|file| file.text.clone());
            let mut text = whole.unwrap_or_else(|| self.files[index].text.clone());
            for edit in solution.edits.iter().filter(|edit| edit.file == name) {
                text = text.replacen(&edit.from, &edit.to, 1).into();
            }
            if text != self.files[index].text {
                self.files[index].edit(text.clone(), 0);
                self.files[index].read();
                self.apply(index);
                effects.push(Effect::ShowText { file: name, text });
            }
        }
        self.answering = solution.commands.into();
        effects.extend(self.let_answer_go_on());
        effects
    }

    /// The commands of an answer, each when the one before has ended.
    pub(super) fn let_answer_go_on(&mut self) -> Vec<Effect> {
        let mut effects = Vec::new();
        while !self.terminal.is_busy()
            && let Some(command) = self.answering.pop_front()
        {
            effects.extend(self.obey(&command));
        }
        // What a command waits for comes only while time passes.
        self.playing |= self.terminal.is_busy() && !self.answering.is_empty();
        effects
    }

    /// A command of a solution: a hand's doing, or else a line for the terminal.
    pub(super) fn obey(&mut self, command: &str) -> Vec<Effect> {
        match self.hand(command) {
            Some(done) => {
                self.playing = true;
                done.unwrap_or_default()
            }
            None => {
                self.answers = true;
                self.run(command);
                Vec::new()
            }
        }
    }

    /// What a hand does on the screen, as lessons write it: `drydock rewind 2s`, `advance 30s`,
    /// `predict QUESTION ANSWER`, `stop COMPONENT`, `start COMPONENT`. `None` for any other line,
    /// `Some(None)` for one of these that makes no sense.
    pub(super) fn hand(&mut self, line: &str) -> Option<Option<Vec<Effect>>> {
        let words: Vec<&str> = line.split_whitespace().collect();
        let seconds = |text: &str| text.strip_suffix('s').and_then(|digits| digits.parse().ok()).map(secs);
        Some(match words.as_slice() {
            ["drydock", "rewind", length] => seconds(length).map(|length| {
                let to = self.world().now().as_millis().saturating_sub(length.as_millis());
                self.move_in_time(Msg::RewindTo(SimTime(to)))
            }),
            ["drydock", "advance", length] => seconds(length).map(|length| {
                let until = self.world().now() + length;
                self.history.advance(until, u32::MAX);
                Vec::new()
            }),
            ["drydock", "predict", question, answer] => {
                let asked = self.progress.as_ref().and_then(Progress::step).and_then(|step| step.predict.as_ref());
                let known = asked.is_some_and(|asked| {
                    *asked.id == **question && asked.choices.iter().any(|choice| **choice == **answer)
                });
                known.then(|| self.learn(Msg::Predict((*answer).into())))
            }
            ["drydock", verb @ ("stop" | "start"), name] => Component::named(name).map(|component| {
                let stop = *verb == "stop";
                self.break_it(if stop { Break::Stop(component) } else { Break::Start(component) });
                Vec::new()
            }),
            _ => return None,
        })
    }
}

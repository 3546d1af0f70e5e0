//! Time passes for a session: frame by frame, in steps, and back.

use super::{EVENTS_PER_FRAME_MAX, Effect, Msg, Session};
use crate::world::{SimTime, secs};

/// "Until settled" gives up after this much simulated time.
const SETTLE_LIMIT: SimTime = secs(900);

impl Session {
    pub(super) fn frame(&mut self, elapsed_ms: u32) -> Vec<Effect> {
        if self.arriving.is_some() {
            return self.arrive();
        }
        let mut effects = Vec::new();
        self.let_files_wait(elapsed_ms);
        self.let_time_pass(elapsed_ms);
        effects.extend(self.let_command_go_on());
        effects.extend(self.let_answer_go_on());
        self.tell_shell();
        let sent: u64 = self.world().cluster().clients().map(|client| client.answered + client.lost).sum();
        if let Some(progress) = &mut self.progress
            && progress.check(elapsed_ms, self.deeds.count() + sent, &self.shell, &mut self.history)
        {
            effects.push(Effect::StepPassed { step: progress.passed - 1, finished: progress.is_finished() });
            effects.push(Effect::Save);
            let pauses = progress.lesson.steps.get(progress.passed - 1).is_some_and(|step| step.pauses);
            self.playing &= !pauses;
            self.after_the_step();
            self.keep_step();
        }
        effects
    }

    pub(super) fn let_time_pass(&mut self, elapsed_ms: u32) {
        if let Some(limit) = self.settling {
            for _ in 0..EVENTS_PER_FRAME_MAX {
                if self.world().is_settled() || self.world().now() > limit || !self.history.take_one() {
                    self.settling = None;
                    self.playing = false;
                    break;
                }
            }
            return;
        }
        if !self.playing {
            return;
        }
        self.owed_quarters += u64::from(elapsed_ms) * self.speed.quarters();
        let until = self.world().now() + SimTime(self.owed_quarters / 4);
        self.owed_quarters %= 4;
        self.is_behind = !self.history.advance(until, EVENTS_PER_FRAME_MAX);
    }

    pub(super) fn move_in_time(&mut self, msg: Msg) -> Vec<Effect> {
        self.settling = None;
        if self.arriving.take().is_some() {
            // Whoever takes the wheel on the way stands where the story is.
            return self.texts_of_this_moment();
        }
        match msg {
            Msg::Play(playing) => self.playing = playing,
            Msg::SetSpeed(speed) => self.speed = speed,
            Msg::RunUntilSettled => self.settling = Some(self.world().now() + SETTLE_LIMIT),
            Msg::Step => {
                self.playing = false;
                self.deeds.stepped += 1;
                self.step();
            }
            Msg::StepBack => {
                self.playing = false;
                self.deeds.rewound += 1;
                self.history.step_back();
                return self.texts_of_this_moment();
            }
            Msg::RewindTo(at) => {
                self.playing = false;
                if at < self.world().now() {
                    self.deeds.rewound += 1;
                }
                self.history.seek(at);
                return self.texts_of_this_moment();
            }
            _ => {}
        }
        Vec::new()
    }

    /// Takes events until one that the history tells of: heartbeats are nobody's step.
    pub(super) fn step(&mut self) {
        let told = self.world().journal().len();
        for _ in 0..EVENTS_PER_FRAME_MAX {
            if !self.history.take_one() || self.world().journal().len() > told {
                return;
            }
        }
    }

    /// The files' texts go where time went.
    pub(super) fn texts_of_this_moment(&mut self) -> Vec<Effect> {
        let mut effects = Vec::new();
        for file in &mut self.files {
            let text = self.history.text_of(&file.name).unwrap_or_else(|| file.opening.clone());
            if text != file.text {
                file.restore(text.clone());
                effects.push(Effect::ShowText { file: file.name.clone(), text });
            }
        }
        effects
    }

    pub(super) fn restart(&mut self) -> Vec<Effect> {
        match self.progress.as_ref().map(|progress| progress.lesson.id.clone()) {
            Some(id) => self.open_lesson(&id),
            None => Vec::new(),
        }
    }
}

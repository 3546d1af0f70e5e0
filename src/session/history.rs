//! Where in time the learner stands: the inputs so far, keyframes to return to, and the future
//! that a new input replaces.

use crate::world::api::{ApiError, Reason, Request};
use crate::world::{Action, Actor, Answer, Call, CloudAnswer, Entry, SimTime, World, secs};
use std::rc::Rc;

/// A keyframe is kept after this many events.
const KEYFRAME_EVERY_STEPS: u64 = 400;

/// More keyframes than this are thinned out: every second one goes.
const KEYFRAMES_MAX: usize = 48;

/// How many events one frame takes at most. What does not fit waits, and the clock says so.
pub const EVENTS_PER_FRAME_MAX: u32 = 400;

/// How many refusals are remembered.
const REFUSALS_MAX: usize = 6;

/// How many marks of a replaced future are kept for comparison.
const GHOST_ENTRIES_MAX: usize = 400;

/// Nothing written for this long means that the world waits.
const QUIET: SimTime = secs(2);

/// One input of the story.
#[derive(Clone, PartialEq, Debug)]
pub struct Input {
    /// How many events had been taken.
    pub steps: u64,
    /// The clock.
    pub at: SimTime,
    /// What came in.
    pub what: Logged,
}

/// What can come in.
#[derive(Clone, PartialEq, Debug)]
pub enum Logged {
    /// Something done to the world.
    Act(Rc<Action>),
    /// A file was applied with this text. It does nothing to the world by itself (its requests are
    /// inputs of their own); going back in time brings the text back.
    Text {
        /// The file.
        file: Rc<str>,
        /// Its text.
        text: Rc<str>,
    },
}

/// A moment that can be returned to at once.
#[derive(Clone)]
struct Keyframe {
    world: World,
    inputs: usize,
}

/// The story of one world: what was, where we stand in it, and what comes when we let it run.
#[derive(Clone)]
pub struct History {
    world: World,
    inputs: Vec<Input>,
    /// How many inputs the world has seen. Fewer than there are: we stand in the past.
    seen: usize,
    keyframes: Vec<Keyframe>,
    /// How far the story has been told.
    frontier: SimTime,
    /// What would have happened, had the last branch not been taken.
    ghost: Vec<Rc<Entry>>,
    /// How the story ended before we went back.
    told: Option<World>,
    /// What the API server forbade somebody, with when; the latest last. Not part of the story: the world
    /// does not know of it.
    refusals: Vec<(SimTime, Rc<Request>)>,
}

impl History {
    /// A story that begins with `world`.
    #[must_use]
    pub fn new(world: World) -> Self {
        let first = Keyframe { world: world.clone(), inputs: 0 };
        let frontier = world.now();
        Self {
            world,
            inputs: Vec::new(),
            seen: 0,
            keyframes: vec![first],
            frontier,
            ghost: Vec::new(),
            told: None,
            refusals: Vec::new(),
        }
    }

    /// The world where we stand.
    #[must_use]
    pub fn world(&self) -> &World {
        &self.world
    }

    /// The inputs of the story, also those that lie ahead of where we stand.
    #[must_use]
    pub fn inputs(&self) -> &[Input] {
        &self.inputs
    }

    /// How far the story has been told.
    #[must_use]
    pub fn frontier(&self) -> SimTime {
        self.frontier.max(self.world.now())
    }

    /// Whether we stand before the end of what has been told.
    #[must_use]
    pub fn is_in_past(&self) -> bool {
        self.seen < self.inputs.len() || self.world.now() < self.frontier
    }

    /// Whether nothing is under way: the world has settled, and no input of the told story lies
    /// ahead.
    #[must_use]
    pub fn is_at_rest(&self) -> bool {
        self.seen == self.inputs.len() && self.world.is_settled()
    }

    /// Whether the world can be judged: it is at rest, or nothing has been written for a while
    /// although something is due (a container that waits for its next try, a node given up on).
    #[must_use]
    pub fn is_quiet(&self) -> bool {
        self.is_at_rest() || self.seen == self.inputs.len() && self.world.now() >= self.quiet_from()
    }

    /// From when on it is quiet, if nothing is written until then.
    #[must_use]
    pub fn quiet_from(&self) -> SimTime {
        self.world.journal().iter().next_back().map_or(SimTime::ZERO, |last| last.at + QUIET)
    }

    /// What would have happened, had the last branch not been taken.
    #[must_use]
    pub fn ghost(&self) -> &[Rc<Entry>] {
        &self.ghost
    }

    /// The end of the story as it was told before we went back, for drawing what lies ahead.
    #[must_use]
    pub fn told(&self) -> Option<&World> {
        self.told.as_ref().filter(|_| self.is_in_past())
    }

    /// Lets something in, here and now. In the past this begins a branch.
    pub fn act(&mut self, action: Rc<Action>) -> Answer {
        self.branch();
        let answer = self.world.act(&action);
        self.note_refusal(&action, &answer);
        self.log(Logged::Act(action));
        answer
    }

    /// Asks something that changes nothing: it is no part of the story.
    pub fn look(&mut self, action: &Action) -> Answer {
        let answer = self.world.act(action);
        self.note_refusal(action, &answer);
        answer
    }

    /// Remembers what the authorizers forbade; an admission's refusal has reasons of its own.
    fn note_refusal(&mut self, action: &Action, answer: &Answer) {
        let (Action::Request { request, .. } | Action::RequestTo { request, .. }) = action else { return };
        let is_forbidden = |error: &ApiError| error.reason == Reason::Forbidden && error.message.contains(" cannot ");
        // Who is somebody else to the API server than to themselves (by EKS) is judged elsewhere.
        let is_own = |error: &ApiError| error.message.contains(&*request.user.name);
        if answer.as_ref().is_err_and(|error| is_forbidden(error) && is_own(error)) {
            let is_known = |(_, known): &(SimTime, Rc<Request>)| known == request;
            self.refusals.retain(|it| !is_known(it));
            self.refusals.push((self.world.now(), request.clone()));
            if self.refusals.len() > REFUSALS_MAX {
                self.refusals.remove(0);
            }
        }
    }

    /// What the API server forbade somebody, the latest last.
    #[must_use]
    pub fn refusals(&self) -> &[(SimTime, Rc<Request>)] {
        &self.refusals
    }

    /// Asks the cloud, here and now. What may change it is part of the story.
    pub fn call(&mut self, call: Rc<Call>) -> CloudAnswer {
        let actor: Actor = "you".into();
        if !call.mutates() {
            // A refusal is remembered, whatever was asked: then the question is part of the story.
            let mut asked = self.world.clone();
            let answer = asked.call(&actor, &call);
            if asked.journal().len() == self.world.journal().len() {
                return answer;
            }
        }
        self.branch();
        let answer = self.world.call(&actor, &call);
        self.log(Logged::Act(Rc::new(Action::Aws { actor, call })));
        answer
    }

    /// Remembers that a file was applied with this text.
    pub fn note_text(&mut self, file: Rc<str>, text: Rc<str>) {
        self.branch();
        self.log(Logged::Text { file, text });
    }

    fn log(&mut self, what: Logged) {
        self.inputs.push(Input { steps: self.world.steps(), at: self.world.now(), what });
        self.seen = self.inputs.len();
        self.frontier = self.frontier.max(self.world.now());
    }

    /// Gives up the future that was told, if we stand before it; keeps its marks for comparison.
    fn branch(&mut self) {
        if !self.is_in_past() {
            return;
        }
        if let Some(told) = self.told.take() {
            let from = crate::world::EntryId(self.world.journal().len());
            self.ghost =
                told.journal().since(from).take(GHOST_ENTRIES_MAX).map(|entry| Rc::new(entry.clone())).collect();
        }
        self.inputs.truncate(self.seen);
        self.keyframes.retain(|frame| frame.world.steps() <= self.world.steps() && frame.inputs <= self.seen);
        self.frontier = self.world.now();
    }

    /// What will come in, up to `until`: a story that was told elsewhere. We stand at its beginning.
    pub(super) fn foretell(&mut self, inputs: Vec<Input>, until: SimTime) {
        self.inputs = inputs;
        self.seen = 0;
        self.frontier = until;
    }

    /// Lets time pass up to `until`, taking at most `budget` events. Inputs of the told story that
    /// lie on the way happen again. Returns whether it got there.
    pub fn advance(&mut self, until: SimTime, budget: u32) -> bool {
        for _ in 0..budget {
            if self.next_moment() > until {
                self.world.wait_until(until);
                self.frontier = self.frontier.max(self.world.now());
                return true;
            }
            self.take_one();
        }
        false
    }

    /// When the next thing happens: an event that is due, or an input of the told story.
    pub(super) fn next_moment(&self) -> SimTime {
        let due = self.world.next_due().unwrap_or(SimTime(u64::MAX));
        match self.inputs.get(self.seen) {
            Some(input) if input.steps <= self.world.steps() => input.at.min(due),
            _ => due,
        }
    }

    /// Takes the next event, or the next input of the told story. Returns false when nothing is due.
    pub fn take_one(&mut self) -> bool {
        match self.inputs.get(self.seen).cloned() {
            Some(input) if input.steps <= self.world.steps() => {
                self.world.wait_until(input.at);
                self.seen += 1;
                if let Logged::Act(action) = &input.what {
                    // The answer was shown when it first happened.
                    let _ = self.world.act(action);
                }
            }
            _ => {
                if self.world.step().is_none() {
                    return false;
                }
            }
        }
        self.frontier = self.frontier.max(self.world.now());
        self.keep_frame();
        true
    }

    fn keep_frame(&mut self) {
        let last = self.keyframes.last().map_or(0, |frame| frame.world.steps());
        if self.world.steps() < last + KEYFRAME_EVERY_STEPS {
            return;
        }
        self.keyframes.push(Keyframe { world: self.world.clone(), inputs: self.seen });
        if self.keyframes.len() > KEYFRAMES_MAX {
            let mut index = 0;
            self.keyframes.retain(|_| {
                index += 1;
                index % 2 == 1
            });
        }
    }

    /// Goes to the moment `at`, in the past or up to the end of what has been told.
    pub fn seek(&mut self, at: SimTime) {
        let at = at.min(self.frontier());
        if at < self.world.now() {
            self.remember_end();
            self.load(|frame| frame.world.now() <= at);
        }
        while self.next_moment() <= at && self.take_one() {}
        self.world.wait_until(at);
    }

    /// Goes to just before the last thing that the history tells of.
    pub fn step_back(&mut self) {
        let told = self.world.journal().len();
        let Some(goal) = told.checked_sub(1) else { return };
        self.remember_end();
        self.load(|frame| frame.world.journal().len() <= goal);
        loop {
            let before = (self.world.clone(), self.seen);
            if !self.take_one() || self.world.journal().len() > goal {
                (self.world, self.seen) = before;
                break;
            }
        }
    }

    fn remember_end(&mut self) {
        self.frontier = self.frontier();
        if !self.is_in_past() || self.told.is_none() {
            self.told = Some(self.world.clone());
        }
    }

    /// Stands at the last keyframe that fits; the first always does.
    fn load(&mut self, fits: impl Fn(&Keyframe) -> bool) {
        let frame = self.keyframes.iter().rev().find(|frame| fits(frame)).or(self.keyframes.first());
        if let Some(frame) = frame {
            self.world = frame.world.clone();
            self.seen = frame.inputs;
        }
    }

    /// The text of each file as it was last applied before where we stand.
    #[must_use]
    pub fn text_of(&self, file: &str) -> Option<Rc<str>> {
        self.inputs[..self.seen].iter().rev().find_map(|input| match &input.what {
            Logged::Text { file: name, text } if &**name == file => Some(text.clone()),
            _ => None,
        })
    }
}

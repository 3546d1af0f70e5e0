//! A story to hand on: the lesson, its seed, the files, every input and the playhead, as one text.
//!
//! The text is JSON; the browser's side compresses it into a link. What comes in through a link is
//! anybody's: it is read whole before anything happens, against named limits, and what is in it can
//! only be what a learner could have done. Its inputs happen in a simulated world, a few each frame,
//! so that the longest story can be left at any moment.
//!
//! Invariant: a story that cannot be read changes nothing.
//! Invariant: opening one lets nothing in but its inputs. A text that was not applied stays so.

mod act;

use super::history::Input;
use super::{Effect, File, Lens, Session};
use crate::course::Course;
use crate::document::output::to_json;
use crate::document::{Value, parse};
use crate::words::Lang;
use crate::world::SimTime;
use std::fmt;
use std::rc::Rc;

/// Which form stories have. One that an older program cannot read has a higher number.
pub const STORY_FORM: i64 = 1;

/// No story is longer, in bytes, once it is unpacked.
pub const STORY_BYTES_MAX: usize = 1024 * 1024;

/// No story has more inputs.
pub const STORY_INPUTS_MAX: usize = 4_000;

/// No story has more files.
const FILES_MAX: usize = 64;

/// No story goes on for longer: a year.
const AT_MAX_MS: u64 = 366 * 24 * 60 * 60 * 1000;

/// No client of a story sends more requests in a second.
const PER_SECOND_MAX: u64 = 1_000_000;

/// How many events one frame takes on the way to the playhead.
const EVENTS_PER_FRAME_MAX: u32 = 1_000;

/// A story, as it can be handed on.
#[derive(Clone, PartialEq, Debug)]
pub struct Story {
    /// The lesson; empty for none.
    pub lesson: Rc<str>,
    /// The world's seed.
    pub seed: u64,
    /// How it is looked at.
    pub lens: Lens,
    /// The step that is shown, and how many have passed.
    pub steps: (usize, usize),
    /// Whether files are applied by themselves.
    pub auto_apply: bool,
    /// The file that is shown.
    pub active: Rc<str>,
    /// The files as they stand in the editor: name and text.
    pub files: Vec<(Rc<str>, Rc<str>)>,
    /// What came in, in order.
    pub inputs: Vec<Input>,
    /// Where in time one stands.
    pub at: SimTime,
    /// Until when the story has been told.
    pub until: SimTime,
}

/// Why a story cannot be opened.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum StoryFault {
    /// It is cut off, or was never one.
    Broken,
    /// It is beyond a limit.
    TooLarge,
    /// A newer program wrote it.
    Newer,
    /// It is about a lesson that is not here.
    NoLesson,
}

impl StoryFault {
    /// What is said about it, in the catalogues.
    #[must_use]
    pub const fn word(self) -> &'static str {
        match self {
            Self::Broken => "story-broken",
            Self::TooLarge => "story-too-large",
            Self::Newer => "story-newer",
            Self::NoLesson => "story-no-lesson",
        }
    }
}

impl fmt::Display for StoryFault {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(self.word())
    }
}

impl Story {
    /// The session's story.
    #[must_use]
    pub fn of(session: &Session) -> Self {
        let progress = session.progress.as_ref();
        Self {
            lesson: progress.map_or_else(|| "".into(), |progress| progress.lesson.id.clone()),
            seed: session.seed,
            lens: session.lens,
            steps: progress.map_or((0, 0), |progress| (progress.shown, progress.passed)),
            auto_apply: session.auto_apply,
            active: session.active.clone(),
            files: session.files.iter().map(|file| (file.name.clone(), file.text.clone())).collect(),
            inputs: session.history.inputs().to_vec(),
            at: session.world().now(),
            until: session.history.frontier(),
        }
    }

    /// As text.
    ///
    /// # Errors
    /// It is longer than a story may be.
    pub fn write(&self) -> Result<String, StoryFault> {
        let file = |(name, text): &(Rc<str>, Rc<str>)| Value::list([Value::from(name), Value::from(text)]);
        let input =
            |input: &Input| Value::list([whole(input.steps), whole(input.at.as_millis()), act::write(&input.what)]);
        let (shown, passed) = self.steps;
        let value = Value::from([
            ("form", Value::from(STORY_FORM)),
            ("lesson", Value::from(&self.lesson)),
            ("seed", whole(self.seed)),
            ("lens", Value::text(self.lens.name())),
            ("steps", Value::list([whole(shown as u64), whole(passed as u64)])),
            ("auto", Value::from(self.auto_apply)),
            ("active", Value::from(&self.active)),
            ("files", Value::list(self.files.iter().map(file))),
            ("inputs", Value::list(self.inputs.iter().map(input))),
            ("at", whole(self.at.as_millis())),
            ("until", whole(self.until.as_millis())),
        ]);
        let text = to_json(&value);
        let fits =
            text.len() <= STORY_BYTES_MAX && self.inputs.len() <= STORY_INPUTS_MAX && self.files.len() <= FILES_MAX;
        if fits { Ok(text) } else { Err(StoryFault::TooLarge) }
    }

    /// Reads what [`Story::write`] wrote, or what anybody wrote in its place.
    ///
    /// # Errors
    /// The first thing that is wrong with it.
    pub fn read(text: &str) -> Result<Self, StoryFault> {
        if text.len() > STORY_BYTES_MAX {
            return Err(StoryFault::TooLarge);
        }
        // Another form of text would be YAML with everything that YAML can do.
        if !text.starts_with('{') {
            return Err(StoryFault::Broken);
        }
        let parsed = parse(text);
        let one = parsed.documents.first().filter(|_| parsed.documents.len() == 1 && parsed.errors.is_empty());
        let value = one.ok_or(StoryFault::Broken)?.root.to_value();
        match value.int_at(&["form"]) {
            Some(STORY_FORM) => {}
            Some(form) if form > STORY_FORM => return Err(StoryFault::Newer),
            _ => return Err(StoryFault::Broken),
        }
        let (files, inputs) = (value.items_at(&["files"]), value.items_at(&["inputs"]));
        if files.len() > FILES_MAX || inputs.len() > STORY_INPUTS_MAX {
            return Err(StoryFault::TooLarge);
        }
        let story = Self::of_value(&value, files, inputs).ok_or(StoryFault::Broken)?;
        let moments = story.inputs.iter().map(|input| input.at).chain([story.at, story.until]);
        if moments.into_iter().any(|at| at.as_millis() > AT_MAX_MS) {
            return Err(StoryFault::TooLarge);
        }
        Ok(story)
    }

    fn of_value(value: &Value, files: &[Value], inputs: &[Value]) -> Option<Self> {
        let text = |name: &str| value.get(name)?.as_shared();
        let count = |value: Option<&Value>| usize::try_from(value?.as_int()?).ok();
        let steps = value.items_at(&["steps"]);
        let file = |file: &Value| match file.items() {
            [name, text] => Some((name.as_shared()?, text.as_shared()?)),
            _ => None,
        };
        let input = |input: &Value| match input.items() {
            [steps, at, what] => {
                Some(Input { steps: unsigned(steps)?, at: SimTime(unsigned(at)?), what: act::read(what)? })
            }
            _ => None,
        };
        Some(Self {
            lesson: text("lesson")?,
            seed: unsigned(value.get("seed")?)?,
            lens: Lens::named(value.str_at(&["lens"]))?,
            steps: (count(steps.first())?, count(steps.get(1))?),
            auto_apply: value.get("auto")?.as_bool()?,
            active: text("active")?,
            files: files.iter().map(file).collect::<Option<_>>()?,
            inputs: inputs.iter().map(input).collect::<Option<_>>()?,
            at: SimTime(unsigned(value.get("at")?)?),
            until: SimTime(unsigned(value.get("until")?)?),
        })
    }
}

/// A count as JSON; what no simulated world reaches is written as the most that JSON's readers keep whole.
fn whole(count: u64) -> Value {
    Value::from(i64::try_from(count).unwrap_or(i64::MAX))
}

fn unsigned(value: &Value) -> Option<u64> {
    u64::try_from(value.as_int()?).ok()
}

/// A story on its way to its playhead.
#[derive(Clone, Debug)]
pub(super) struct Arrival {
    at: SimTime,
    active: Rc<str>,
    files: Vec<(Rc<str>, Rc<str>)>,
}

impl Session {
    /// A session that tells a story from its beginning, and arrives at its playhead in the frames that follow. `packed`
    /// is the lesson's file where the program does not bring the lesson (see `Course::pack`).
    ///
    /// # Errors
    /// The lesson is not here.
    pub fn of_story(lang: Lang, story: &Story, packed: &str) -> Result<Self, StoryFault> {
        let mut session = Self::empty(lang);
        let course: &mut Course = &mut session.course;
        if !packed.is_empty() {
            course.add(&story.lesson, packed);
        }
        let mut lesson = course.lesson(&story.lesson).ok_or(StoryFault::NoLesson)?;
        lesson.seed = story.seed;
        session.begin(Some(lesson));
        session.auto_apply = story.auto_apply;
        if let Some(progress) = &mut session.progress {
            let (shown, passed) = story.steps;
            progress.passed = passed.min(progress.lesson.steps.len());
            progress.show(shown.min(progress.passed));
        }
        session.lens = story.lens;
        session.history.foretell(story.inputs.clone(), story.until);
        session.playing = false;
        session.arriving = Some(Arrival { at: story.at, active: story.active.clone(), files: story.files.clone() });
        Ok(session)
    }

    /// Whether a story is on its way to its playhead.
    #[must_use]
    pub fn is_arriving(&self) -> bool {
        self.arriving.is_some()
    }

    /// Goes on towards the playhead of the story that was opened.
    pub(super) fn arrive(&mut self) -> Vec<Effect> {
        let Some(arrival) = &self.arriving else { return Vec::new() };
        for _ in 0..EVENTS_PER_FRAME_MAX {
            if self.history.next_moment() > arrival.at || !self.history.take_one() {
                let Some(arrival) = self.arriving.take() else { break };
                self.history.seek(arrival.at);
                return self.have_arrived(arrival);
            }
        }
        Vec::new()
    }

    fn have_arrived(&mut self, arrival: Arrival) -> Vec<Effect> {
        self.texts_of_this_moment();
        for (name, text) in arrival.files {
            match self.files.iter_mut().find(|file| file.name == name) {
                Some(file) => file.show_unapplied(text),
                None => self.files.push(File::new(&name, &text)),
            }
        }
        if self.file(&arrival.active).is_some() {
            self.active = arrival.active;
        }
        self.files.iter().map(|file| Effect::ShowText { file: file.name.clone(), text: file.text.clone() }).collect()
    }
}

#[cfg(test)]
mod tests;

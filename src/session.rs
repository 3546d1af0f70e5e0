//! The one reducer: a [`Msg`] changes the state, and what must happen outside comes back as
//! [`Effect`]s, as data.
//!
//! The session holds the world and its story (`history`), what the learner has written
//! (`writing`; `deploying` for templates), the terminal and the lesson (`teaching`). It is everything
//! that a screen shows and everything that a share link holds.
//!
//! Invariant: nothing here knows a browser. Real time comes in as [`Msg::Frame`].
//! Invariant: the world changes only through logged inputs, so that any moment can be reached
//! again by replaying them.

mod classroom;
mod deploying;
mod history;
mod keeping;
mod lesson;
mod msg;
mod passing;
mod replay;
mod script;
mod share;
mod stage;
mod teaching;
mod terminal;
mod typing;
mod writing;

pub use crate::world::Question;
pub use classroom::Classroom;
pub use history::{EVENTS_PER_FRAME_MAX, History, Input, Logged};
pub use lesson::{Deeds, Progress};
pub use msg::{Effect, Lens, Msg, SPEEDS, Scope, Speed};
pub use replay::replay;
pub use share::{STORY_BYTES_MAX, STORY_FORM, STORY_INPUTS_MAX, Story, StoryFault};
pub use terminal::{LineKind, Mark, Piece, Terminal, TerminalLine};
pub use typing::Page;
pub use writing::{APPLY_AFTER_MS, File, FileState, READ_AFTER_MS, Wish};

use crate::course::{Course, Lesson, Text, Time};
use crate::shell::{Descriptions, Forward, Kubeconfig, Shell};
use crate::words::{Lang, Words};
use crate::world::Paper;
use crate::world::api::{Key, Request, User, Verb};
use crate::world::{Action, Break, Preset, ResourceKey, World};
use crate::world::{SimTime, secs};
use std::collections::VecDeque;
use std::rc::Rc;

/// How long a new world may take until everything in it is ready.
const OPENING_LIMIT: SimTime = secs(180);

/// Everything that a screen shows.
pub struct Session {
    /// The learner's language.
    pub lang: Lang,
    /// How the world is looked at.
    pub lens: Lens,
    /// What is selected.
    pub selection: Option<Key>,
    /// The resource of the cloud that is selected; never beside an object of the cluster.
    pub chosen: Option<Rc<ResourceKey>>,
    /// What is asked of the cloud's network.
    pub question: Option<Rc<Question>>,
    /// The editor's files.
    pub files: Vec<File>,
    /// The name of the file that is shown.
    pub active: Rc<str>,
    /// The line of it on which the cursor stands, from 0.
    cursor: u32,
    /// Whether files are applied by themselves.
    pub auto_apply: bool,
    /// Whether time runs.
    pub playing: bool,
    /// How fast.
    pub speed: Speed,
    course: Course,
    seed: u64,
    history: History,
    terminal: Terminal,
    /// The command that does the same as the last click did.
    pub same: Option<Rc<str>>,
    /// Whether a line below a complaint says what it means: a help that an exam does not give.
    pub explains: bool,
    /// The forwarded port that a small browser looks at.
    pub forward: Option<Forward>,
    /// What came through it last.
    pub page: Option<Page>,
    shell: Shell,
    progress: Option<Progress>,
    kept: crate::course::Progress,
    classroom: Classroom,
    /// What the lesson says in the learner's language; shared with the views.
    text: Rc<Text>,
    deeds: Deeds,
    /// The commands of an answer that have not had their turn yet.
    answering: VecDeque<String>,
    /// Whether the command that runs is one of them.
    answers: bool,
    /// Simulated time that is owed, in quarter milliseconds.
    owed_quarters: u64,
    /// How many messages have come, frames not counted.
    messages: u64,
    /// "Until settled" is under way, and gives up at this moment.
    settling: Option<SimTime>,
    /// A story that was opened is on its way to its playhead.
    arriving: Option<share::Arrival>,
    /// The last frame could not take all events that were due in it.
    is_behind: bool,
}

impl Session {
    /// A session that opens the first lesson.
    #[must_use]
    pub fn new(lang: Lang) -> Self {
        Self::open(lang, "00-tour")
    }

    /// A session that opens a lesson; an unknown one opens as an empty playground.
    #[must_use]
    pub fn open(lang: Lang, lesson: &str) -> Self {
        let mut session = Self::empty(lang);
        session.open_lesson(lesson);
        session
    }

    /// A session that opens a lesson whose files have been fetched (see `Course::pack`). What cannot
    /// be read opens the first lesson instead.
    #[must_use]
    pub fn open_fetched(lang: Lang, lesson: &str, packed: &str) -> Self {
        let mut session = Self::empty(lang);
        session.course.add(lesson, packed);
        let opened = if session.course.is_here(lesson) { lesson } else { "00-tour" };
        session.open_lesson(opened);
        session
    }

    /// A session that opens a lesson from elsewhere than the built-in course.
    #[must_use]
    pub fn with_lesson(lang: Lang, lesson: Lesson) -> Self {
        let mut session = Self::empty(lang);
        session.begin(Some(lesson));
        session
    }

    fn empty(lang: Lang) -> Self {
        Self {
            lang,
            lens: Lens::default(),
            selection: None,
            chosen: None,
            question: None,
            files: Vec::new(),
            active: "".into(),
            cursor: 0,
            auto_apply: true,
            playing: true,
            speed: Speed::Times(1),
            course: Course::built_in(),
            seed: 7,
            history: History::new(World::new(&Preset::demo(), 7)),
            terminal: Terminal::default(),
            same: None,
            explains: true,
            forward: None,
            page: None,
            shell: Shell::default(),
            progress: None,
            kept: crate::course::Progress::default(),
            classroom: Classroom::default(),
            text: Rc::default(),
            deeds: Deeds::default(),
            answering: VecDeque::new(),
            answers: false,
            owed_quarters: 0,
            messages: 0,
            settling: None,
            arriving: None,
            is_behind: false,
        }
    }

    /// The world where we stand in time.
    #[must_use]
    pub fn world(&self) -> &World {
        self.history.world()
    }

    /// The story: inputs, and how far it has been told.
    #[must_use]
    pub fn history(&self) -> &History {
        &self.history
    }

    /// The seed of the world.
    #[must_use]
    pub fn seed(&self) -> u64 {
        self.seed
    }

    /// The course, its glossary among it.
    #[must_use]
    pub fn course(&self) -> &Course {
        &self.course
    }

    /// The lesson that is being played.
    #[must_use]
    pub fn progress(&self) -> Option<&Progress> {
        self.progress.as_ref()
    }

    /// What the lesson says in the learner's language.
    #[must_use]
    pub fn text(&self) -> &Rc<Text> {
        &self.text
    }

    fn read_text(&mut self) {
        let id = self.progress.as_ref().map(|progress| progress.lesson.id.clone());
        self.text = id.and_then(|id| self.course.text(&id, self.lang)).map(Rc::new).unwrap_or_default();
    }

    /// What the learner did that no real tool knows.
    #[must_use]
    pub fn deeds(&self) -> &Deeds {
        &self.deeds
    }

    /// The access key that signs what the learner's command line asks the cloud; empty for none.
    #[must_use]
    pub fn access_key(&self) -> Rc<str> {
        self.shell.setting().profile.access_key_id.as_str().into()
    }

    /// Whether "until settled" is under way.
    #[must_use]
    pub fn is_settling(&self) -> bool {
        self.settling.is_some()
    }

    /// Whether the clock lags because a frame could not take all events that were due in it.
    #[must_use]
    pub fn is_behind(&self) -> bool {
        self.is_behind
    }

    /// What all files wish for: from their last good texts.
    pub fn wishes(&self) -> impl Iterator<Item = (&File, &Wish)> {
        self.files.iter().filter(|file| !file.is_lent).flat_map(|file| file.wishes.iter().map(move |wish| (file, wish)))
    }

    /// The file with this name.
    #[must_use]
    pub fn file(&self, name: &str) -> Option<&File> {
        self.files.iter().find(|file| &*file.name == name)
    }

    /// Changes with everything but the time that only passes: what a screen was computed from still holds
    /// while this is the same.
    #[must_use]
    pub fn stamp(&self) -> [u64; 4] {
        let files = self.files.iter().fold(0_u64, |all, file| all.wrapping_mul(31) + file.state as u64 + 1);
        let world = self.world();
        let story = self.history.inputs().len() as u64 + (u64::from(self.is_settling()) << 48);
        [self.messages.wrapping_mul(1 << 20) ^ files, world.steps(), world.journal().len(), story]
    }

    /// Takes a message.
    pub fn update(&mut self, msg: Msg) -> Vec<Effect> {
        if !matches!(msg, Msg::Frame { .. }) {
            self.messages += 1;
        }
        self.tell_files();
        if let Some(same) = same_as(&msg) {
            self.same = same;
        }
        match msg {
            Msg::Frame { elapsed_ms } => return self.frame(elapsed_ms),
            Msg::Play(_) | Msg::Step | Msg::StepBack | Msg::SetSpeed(_) | Msg::RunUntilSettled | Msg::RewindTo(_) => {
                return self.move_in_time(msg);
            }
            Msg::Restart => return self.restart(),
            Msg::OpenFile(name) => {
                self.active = name;
                self.cursor = 0;
            }
            Msg::Reveal { file, line } => {
                self.active = file.clone();
                self.cursor = line;
                return vec![Effect::Reveal { file, line }];
            }
            Msg::Edit { file, text, cursor_line } => self.edit(&file, text, cursor_line),
            Msg::CursorMoved { line } => {
                self.cursor = line;
                self.cursor_moved(line);
            }
            Msg::Apply => return self.apply_all(),
            Msg::Rewrite { file, text } => return self.rewrite(&file, text),
            Msg::SetAutoApply(auto_apply) => self.auto_apply = auto_apply,
            Msg::SetLens(lens) => {
                self.lens = lens;
                *self.deeds.lenses.entry(lens.name().into()).or_default() += 1;
            }
            Msg::Select(selection) => self.select(selection),
            Msg::Choose(key) => {
                *self.deeds.selected.entry(key.kind.clone()).or_default() += 1;
                self.selection = None;
                self.chosen = Some(Rc::new(key));
            }
            Msg::Trace(question) => {
                self.deeds.traced += i64::from(question.is_some());
                self.question = question;
            }
            Msg::Delete(key) => self.delete(&key),
            Msg::Break(what) if !self.may(&what) => {}
            Msg::Break(what) => self.break_it(what),
            Msg::Command(line) => return self.command(&line),
            Msg::Descriptions(text) => self.shell.change(|setting| setting.descriptions = Descriptions::Text(text)),
            Msg::Visit(path) => self.visit(&path),
            Msg::SetExplains(explains) => self.explains = explains,
            Msg::LookUp(term) => return vec![Effect::LookUp(term)],
            Msg::Palette(scope) => return vec![Effect::Palette(scope)],
            Msg::Share => return vec![Effect::Share],
            Msg::HideSame => self.same = None,
            Msg::Typed(typed) => return self.typed(typed),
            Msg::Screen { columns, rows } => self.shell.change(|setting| setting.screen = Some((columns, rows))),
            Msg::Interrupt => self.interrupt(),
            Msg::OpenLesson(id) => return self.open_lesson(&id),
            Msg::LessonArrived { id, text } => {
                if self.course.add(&id, &text) {
                    return self.open_lesson(&id);
                }
            }
            Msg::GoToStep(_) | Msg::NextStep | Msg::OpenHint(_) | Msg::UseAnswer | Msg::Predict(_) => {
                return self.learn(msg);
            }
            Msg::Import(text) => return self.import(&text),
            Msg::SetLang(lang) => {
                self.lang = lang;
                self.shell.change(|setting| setting.words = Words::new(lang));
                self.read_text();
            }
        }
        Vec::new()
    }

    // ----- writing -----

    /// Lets every file know which custom kinds the cluster serves.
    fn tell_files(&mut self) {
        let custom = self.history.world().cluster().etcd().custom().clone();
        self.files.iter_mut().for_each(|file| file.know(&custom));
    }

    fn let_files_wait(&mut self, elapsed_ms: u32) {
        for index in 0..self.files.len() {
            if self.files[index].wait(elapsed_ms, self.auto_apply) {
                self.apply(index);
            }
        }
    }

    fn edit(&mut self, name: &str, text: Rc<str>, line: u32) {
        if let Some(file) = self.files.iter_mut().find(|file| &*file.name == name) {
            file.edit(text, line);
        }
    }

    fn cursor_moved(&mut self, line: u32) {
        let index = self.files.iter().position(|file| file.name == self.active);
        if let Some(index) = index
            && self.files[index].cursor_moved(line, self.auto_apply)
        {
            self.apply(index);
        }
    }

    fn apply_all(&mut self) -> Vec<Effect> {
        if self.hand_back() {
            return Vec::new();
        }
        if let Some(effects) = self.run_script() {
            return effects;
        }
        for index in 0..self.files.len() {
            self.files[index].read();
            if self.files[index].state == FileState::Ready && !self.files[index].is_lent {
                self.apply(index);
            }
            let is_open_template = self.files[index].name == self.active && self.files[index].paper == Paper::Template;
            if is_open_template && !self.files[index].has_errors() {
                self.files[index].deploy(&mut self.history);
                self.settling = None;
                self.playing = true;
            }
        }
        Vec::new()
    }

    /// A wish is written for the learner, on their click: it is applied at once.
    fn rewrite(&mut self, name: &str, text: Rc<str>) -> Vec<Effect> {
        let Some(index) = self.files.iter().position(|file| &*file.name == name) else { return Vec::new() };
        self.files[index].edit(text.clone(), 0);
        self.files[index].read();
        self.apply(index);
        vec![Effect::ShowText { file: name.into(), text }]
    }

    fn apply(&mut self, index: usize) {
        self.files[index].apply(&mut self.history);
        self.settling = None;
    }

    // ----- the world -----

    fn select(&mut self, selection: Option<Key>) {
        if let Some(key) = &selection {
            *self.deeds.selected.entry(key.resource.kind().into()).or_default() += 1;
        }
        self.selection = selection;
        self.chosen = None;
    }

    fn delete(&mut self, key: &Key) {
        self.deeds.delete(key.resource.kind());
        let request = Request::new(User::admin(), Verb::Delete, key);
        let action = Action::Request { actor: "you".into(), request: Rc::new(request) };
        // Gone already: then the wish has come true.
        let _ = self.history.act(Rc::new(action));
    }

    fn break_it(&mut self, broken: Break) {
        let counts = i64::from(!broken.is_client());
        match self.history.act(Rc::new(Action::Break(broken))) {
            Ok(_) => self.deeds.broken += counts,
            // Nobody answered, or the thing is gone already.
            Err(refusal) => self.terminal.complain(&refusal.message),
        }
    }

    // ----- lessons -----

    fn open_lesson(&mut self, id: &str) -> Vec<Effect> {
        if self.course.has(id) && !self.course.is_here(id) {
            return vec![Effect::FetchLesson(id.into())];
        }
        let lesson = self.course.lesson(id);
        // A restart keeps the speed that the learner has chosen; another lesson has its own.
        if self.progress.as_ref().is_none_or(|progress| &*progress.lesson.id != id) {
            self.speed = Speed::Times(lesson.as_ref().map_or(1, |lesson| lesson.time.speed));
        }
        self.begin(lesson)
    }

    fn begin(&mut self, lesson: Option<Lesson>) -> Vec<Effect> {
        let preset = lesson.as_ref().map_or_else(Preset::demo, Lesson::preset);
        self.seed = lesson.as_ref().map_or(7, |lesson| lesson.seed);
        let auto_apply = lesson.as_ref().is_none_or(|lesson| lesson.auto_apply);
        self.auto_apply = self.classroom.auto_apply.unwrap_or(auto_apply);
        self.files =
            lesson.iter().flat_map(|lesson| &lesson.files).map(|file| File::new(&file.name, &file.text)).collect();
        self.cursor = 0;
        self.active = self.files.first().map_or_else(|| "".into(), |file| file.name.clone());
        let before = std::mem::take(&mut self.shell);
        self.shell.change(|setting| setting.words = Words::new(self.lang));
        let setup = lesson.as_ref().map_or(&[][..], |lesson| &lesson.setup);
        // Where a lesson is applied by hand, nothing is applied beforehand either.
        let applied = if auto_apply { &mut self.files[..] } else { &mut [] };
        let time = lesson.as_ref().map_or_else(Time::default, |lesson| lesson.time);
        let opening = opening_world(&preset, (self.seed, secs(time.begins_s)), applied, (&self.shell, setup));
        self.history = History::new(opening);
        self.terminal = self.terminal.emptied();
        self.same = None;
        self.shell.go_on_from(&before);
        self.deeds = Deeds::begin(self.history.world());
        self.answering.clear();
        self.selection = None;
        self.chosen = None;
        self.question = None;
        self.playing = !time.is_paused;
        self.settling = None;
        self.arriving = None;
        self.owed_quarters = 0;
        self.progress = lesson.map(Progress::new);
        self.read_text();
        let mut effects: Vec<Effect> = self
            .files
            .iter()
            .map(|file| Effect::ShowText { file: file.name.clone(), text: file.text.clone() })
            .collect();
        effects.extend(self.look_where_the_step_points());
        effects
    }
}

/// The command that does the same as a click, where it has one; `None` where the last one stands.
fn same_as(msg: &Msg) -> Option<Option<Rc<str>>> {
    let of = |verb: &str, key: &Key| -> Rc<str> {
        let place = match &*key.namespace {
            "" | "default" => String::new(),
            namespace => format!(" -n {namespace}"),
        };
        format!("kubectl {verb} {} {}{place}", key.resource.info().singular, key.name).into()
    };
    match msg {
        Msg::Delete(key) => Some(Some(of("delete", key))),
        Msg::Break(broken) => Some(broken.command().map(Rc::from)),
        Msg::Command(_) | Msg::Select(_) => Some(None),
        _ => None,
    }
}

/// A world in which the lesson's own commands have been carried out, the opening files have been
/// applied, and everything is ready.
fn opening_world(
    preset: &Preset,
    (seed, begins): (u64, SimTime),
    files: &mut [File],
    setup: (&Shell, &[String]),
) -> World {
    let mut world = World::new(preset, seed);
    world.settle(OPENING_LIMIT);
    let mut history = History::new(world);
    history.advance(begins, u32::MAX);
    let (shell, lines) = setup;
    shell.change(|setting| setting.kubeconfig = Kubeconfig::of(history.world()));
    let mut deeds = Deeds::default();
    for line in lines {
        stage::run_line(shell, &mut history, &mut deeds, line);
    }
    for file in files {
        file.apply(&mut history);
    }
    let mut world = history.world().clone();
    let limit = world.now() + OPENING_LIMIT;
    world.settle(limit);
    world
}

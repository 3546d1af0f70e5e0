//! The one reducer: a [`Msg`] changes the state, and what must happen outside comes back as
//! [`Effect`]s, as data.
//!
//! The session holds the world, what the learner has written, where in time they stand and what
//! they look at. It is everything that a screen shows and everything that a share link holds.
//!
//! Invariant: nothing here knows a browser. Real time comes in as [`Msg::Frame`].
//! Invariant: the world changes only through logged inputs, so that any moment can be reached
//! again by replaying them.

use crate::words::Lang;
use crate::world::{Break, Key, Preset, SimTime, World};
use std::rc::Rc;

/// How the world is looked at.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub enum Lens {
    /// Where things are.
    #[default]
    Map,
    /// Which loop closes the gap.
    Loop,
    /// Everything, as an accessible table.
    List,
}

/// How fast simulated time passes.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Speed {
    /// A quarter of real time.
    Quarter,
    /// This many times real time.
    Times(u32),
}

/// The speeds that a learner can choose.
pub const SPEEDS: [Speed; 5] =
    [Speed::Quarter, Speed::Times(1), Speed::Times(10), Speed::Times(100), Speed::Times(1000)];

/// What can happen to a session.
#[derive(Clone, PartialEq, Debug)]
pub enum Msg {
    /// Real time has passed; sent once a frame while the page is visible.
    Frame {
        /// How much, in milliseconds.
        elapsed_ms: u32,
    },
    /// Lets time run, or stops it.
    Play(bool),
    /// Takes the next thing that is due.
    Step,
    /// Goes back to before the last thing that happened.
    StepBack,
    /// Chooses how fast time runs.
    SetSpeed(Speed),
    /// Runs until nothing but heartbeats is due.
    RunUntilSettled,
    /// Goes to a moment of the past (or of the kept future).
    RewindTo(SimTime),
    /// Begins the lesson's world anew.
    Restart,

    /// Shows another file.
    OpenFile(Rc<str>),
    /// The learner changed a file's text.
    Edit {
        /// Which file.
        file: Rc<str>,
        /// All of its text.
        text: Rc<str>,
        /// The line on which the cursor stands, from 0.
        cursor_line: u32,
    },
    /// The cursor moved to another line (from 0) without a change.
    CursorMoved {
        /// The line.
        line: u32,
    },
    /// Ctrl+Enter: apply now, whatever waits.
    Apply,
    /// Whether files are applied by themselves.
    SetAutoApply(bool),

    /// Looks at another lens.
    SetLens(Lens),
    /// Selects an object of the world, or nothing.
    Select(Option<Key>),
    /// Deletes an object as `kubectl delete` would.
    Delete(Key),
    /// Breaks or mends something.
    Break(Break),

    /// A line for the terminal.
    Command(Rc<str>),
    /// Ctrl+C.
    Interrupt,

    /// Opens a lesson from its beginning.
    OpenLesson(Rc<str>),
    /// Shows another step of the lesson (only steps already reached).
    GoToStep(usize),
    /// Goes on to the next step, once the check has passed.
    NextStep,
    /// Opens a rung of the hint ladder, from 0.
    OpenHint(usize),
    /// Writes the step's answer into the editor.
    UseAnswer,
    /// Answers a question of the lesson before the world does.
    Predict(Rc<str>),

    /// Chooses the language.
    SetLang(Lang),
}

/// What must happen outside the session.
#[derive(Clone, PartialEq, Debug)]
pub enum Effect {
    /// The editor must show this text (the session changed it, not the learner).
    ShowText {
        /// Which file.
        file: Rc<str>,
        /// Its text.
        text: Rc<str>,
    },
    /// Tell a screen reader, politely. The text is already in the learner's language.
    Announce(String),
    /// Keep the progress.
    Save,
    /// Open the editor's file at a line (from 0) and put the cursor there.
    Reveal {
        /// Which file.
        file: Rc<str>,
        /// The line.
        line: u32,
    },
}

/// One file of the editor.
#[derive(Clone, PartialEq, Debug)]
pub struct File {
    /// Its name, for example `deployment.yaml`.
    pub name: Rc<str>,
    /// Its text as it stands in the editor.
    pub text: Rc<str>,
}

/// Everything that a screen shows.
pub struct Session {
    /// The learner's language.
    pub lang: Lang,
    /// How the world is looked at.
    pub lens: Lens,
    /// What is selected.
    pub selection: Option<Key>,
    /// The editor's files.
    pub files: Vec<File>,
    /// The file that is shown.
    pub active: Rc<str>,
    /// Whether files are applied by themselves.
    pub auto_apply: bool,
    /// Whether time runs.
    pub playing: bool,
    /// How fast.
    pub speed: Speed,
    world: World,
}

impl Session {
    /// A session with the first lesson's world.
    #[must_use]
    pub fn new(lang: Lang) -> Self {
        Self {
            lang,
            lens: Lens::default(),
            selection: None,
            files: Vec::new(),
            active: "".into(),
            auto_apply: true,
            playing: true,
            speed: Speed::Times(1),
            world: World::new(&Preset::demo(), 7),
        }
    }

    /// The world as it is at the playhead.
    #[must_use]
    pub fn world(&self) -> &World {
        &self.world
    }

    /// Takes a message.
    pub fn update(&mut self, msg: Msg) -> Vec<Effect> {
        match msg {
            Msg::SetLang(lang) => self.lang = lang,
            Msg::SetLens(lens) => self.lens = lens,
            Msg::Select(selection) => self.selection = selection,
            Msg::Play(playing) => self.playing = playing,
            Msg::SetSpeed(speed) => self.speed = speed,
            Msg::SetAutoApply(auto_apply) => self.auto_apply = auto_apply,
            Msg::OpenFile(name) => self.active = name,
            Msg::Step => {
                self.playing = false;
                self.world.step();
            }
            _ => {}
        }
        Vec::new()
    }
}

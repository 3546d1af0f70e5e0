//! What can happen to a session, and what must happen outside it.

use crate::shell::Typed;
use crate::words::Lang;
use crate::world::api::Key;
use crate::world::{Break, Question, ResourceKey, SimTime};
use std::rc::Rc;

/// How the world is looked at. A new lens has its line here and in [`Lens::ALL`], [`Lens::name`] and
/// [`Lens::word`], its view in `view/`, its place in `ui/world/mod.rs` (`lens_of`), and, when it only makes sense in
/// some worlds, a line in `view/lenses.rs`.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub enum Lens {
    /// Where things are.
    #[default]
    Map,
    /// Which loop closes the gap.
    Loop,
    /// Who may do what.
    Access,
    /// What belongs to what: stacks and their resources.
    Tree,
    /// How requests travel, and which are lost.
    Traffic,
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

/// What the palette lists.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Scope {
    /// Everything that can be done.
    Everything,
    /// What can be broken and mended.
    Breaking,
}

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
    /// Shows a place of a file: where the wish behind something is written.
    Reveal {
        /// Which file.
        file: Rc<str>,
        /// The line, from 0.
        line: u32,
    },
    /// The learner changed a file's text.
    Edit {
        /// Which file.
        file: Rc<str>,
        /// All of its text.
        text: Rc<str>,
        /// The line on which the cursor stands, from 0.
        cursor_line: u32,
    },
    /// A wish is changed by a click: the file gets this text, and is applied.
    Rewrite {
        /// Which file.
        file: Rc<str>,
        /// All of its text.
        text: Rc<str>,
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
    /// Selects a resource of the cloud.
    Choose(ResourceKey),
    /// Asks whether a packet would get from here to there, or closes the question.
    Trace(Option<Rc<Question>>),
    /// Deletes an object as `kubectl delete` would.
    Delete(Key),
    /// Breaks or mends something.
    Break(Break),

    /// A line for the terminal.
    Command(Rc<str>),
    /// A line or a key for the command that runs.
    Typed(Typed),
    /// How large the terminal is.
    Screen {
        /// Characters in a line.
        columns: u32,
        /// Lines.
        rows: u32,
    },
    /// Asks the program behind the forwarded port for a path.
    Visit(Rc<str>),
    /// Whether complaints are explained.
    SetExplains(bool),
    /// Shows a term of the glossary.
    LookUp(Rc<str>),
    /// Opens the palette.
    Palette(Scope),
    /// Opens what hands this moment on.
    Share,
    /// The command that says the same as the last click need not be shown any more.
    HideSame,
    /// The descriptions of types and fields have come; empty where they could not be had.
    Descriptions(Rc<str>),
    /// Ctrl+C.
    Interrupt,

    /// Opens a lesson from its beginning.
    OpenLesson(Rc<str>),
    /// The files of a lesson have been fetched (see `Course::pack`). It opens.
    LessonArrived {
        /// Its id.
        id: Rc<str>,
        /// What came.
        text: Rc<str>,
    },
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

    /// A file that says what was done in another browser.
    Import(Rc<str>),

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
    /// A step's check has passed.
    StepPassed {
        /// Which step, from 0.
        step: usize,
        /// Whether it was the last.
        finished: bool,
    },
    /// Keep the progress.
    Save,
    /// A lesson is to be opened whose files are not here; answer with [`Msg::LessonArrived`].
    FetchLesson(Rc<str>),
    /// Fetch the descriptions of types and fields, and send them as [`Msg::Descriptions`].
    LoadDescriptions,
    /// Show this term of the glossary.
    LookUp(Rc<str>),
    /// Open the palette.
    Palette(Scope),
    /// Open what hands this moment on.
    Share,
    /// Open the editor's file at a line (from 0) and put the cursor there.
    Reveal {
        /// Which file.
        file: Rc<str>,
        /// The line.
        line: u32,
    },
}

impl Lens {
    /// Every lens, in the order of their tabs.
    pub const ALL: [Self; 6] = [Self::Map, Self::Loop, Self::Tree, Self::Traffic, Self::Access, Self::List];

    /// The name by which lessons and links call it.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Map => "map",
            Self::Loop => "loop",
            Self::Tree => "tree",
            Self::Traffic => "traffic",
            Self::Access => "access",
            Self::List => "list",
        }
    }

    /// The name of its tab, in the catalogues.
    #[must_use]
    pub const fn word(self) -> &'static str {
        match self {
            Self::Map => "lens-map",
            Self::Loop => "lens-loop",
            Self::Tree => "lens-tree",
            Self::Traffic => "lens-traffic",
            Self::Access => "lens-access",
            Self::List => "lens-list",
        }
    }

    /// The lens of this name.
    #[must_use]
    pub fn named(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|lens| lens.name() == name)
    }
}

impl Speed {
    /// Quarter milliseconds of simulated time for each real millisecond.
    #[must_use]
    pub const fn quarters(self) -> u64 {
        match self {
            Self::Quarter => 1,
            Self::Times(times) => 4 * times as u64,
        }
    }
}

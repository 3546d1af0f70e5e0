//! The course: lessons as data, and what can be known about them without a screen.
//!
//! A lesson is a folder (see `lessons/README.md`): mechanics in `lesson.yaml`, prose in `ko.md`
//! and `en.md`, files for the editor, one solution per step. Here it is read ([`Lesson`],
//! [`Text`], [`prose`]), held against the rules ([`lint`]), and played through ([`play`]) on
//! anything that can run command lines and pass time ([`Stage`]). The outline, the glossary and a
//! person's progress live here too.
//!
//! The lessons that the program brings are compiled in by `compile.rs`, their prose already read.
//!
//! Invariant: prose holds no HTML; a lesson nobody here wrote can be shown safely.
//! Invariant: a check looks through the learner's own tools. What passes here passes on a real
//! cluster, but for what only `drydock session` knows.

#[cfg(not(target_arch = "wasm32"))]
mod folder;
mod lesson;
mod lint;
#[cfg(not(target_arch = "wasm32"))]
mod markdown;
mod outline;
mod play;
mod progress;
pub mod prose;
mod reader;

#[cfg(not(target_arch = "wasm32"))]
pub use folder::Folder;
pub use lesson::{Act, Edit, File, Focus, Lesson, NearMiss, Predict, Step, StepText, Text};
pub use lint::lint;
#[cfg(not(target_arch = "wasm32"))]
pub use markdown::{Dropped, read as read_markdown};
pub use outline::{Both, Glossary, Outline, Part, Planned, Term};
pub use play::{Played, Ran, Stage, perform, play, shortfalls};
pub use progress::Progress;
pub use reader::Fault;

use crate::document::{Value, yaml};
use crate::words::Lang;

/// A lesson that the program brings.
struct Embedded {
    id: &'static str,
    lesson: &'static str,
    en: &'static str,
    ko: &'static str,
    files: &'static [(&'static str, &'static str)],
}

include!(concat!(env!("OUT_DIR"), "/course.rs"));

/// The built-in course: what is read once, when the program starts.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Course {
    /// The order of everything.
    pub outline: Outline,
    /// What words mean.
    pub glossary: Glossary,
}

impl Course {
    /// The course that the program brings.
    #[must_use]
    pub fn built_in() -> Self {
        let outline = Outline::read(&parse(COURSE).unwrap_or_default()).0;
        let glossary = Glossary::read(&parse(GLOSSARY).unwrap_or_default()).0;
        Self { outline, glossary }
    }

    /// Whether the lesson exists, or is only planned.
    #[must_use]
    pub fn has(&self, id: &str) -> bool {
        embedded(id).is_some()
    }

    /// A built-in lesson's mechanics.
    #[must_use]
    pub fn lesson(&self, id: &str) -> Option<Lesson> {
        let found = embedded(id)?;
        Some(Lesson::read(id, &parse(found.lesson).ok()?, found.files).0)
    }

    /// A built-in lesson's text.
    #[must_use]
    pub fn text(&self, id: &str, lang: Lang) -> Option<Text> {
        let found = embedded(id)?;
        let encoded = match lang {
            Lang::En => found.en,
            Lang::Ko => found.ko,
        };
        Some(Text::of(&prose::decode(encoded)))
    }
}

fn embedded(id: &str) -> Option<&'static Embedded> {
    LESSONS.iter().find(|lesson| lesson.id == id)
}

/// Reads one YAML document; what is empty is `null`.
///
/// # Errors
/// The first thing that is wrong, with its line.
pub fn parse(text: &str) -> Result<Value, String> {
    let parsed = yaml::parse(text);
    match parsed.in_order().next() {
        Some(Ok(document)) => Ok(document.root.to_value()),
        Some(Err(problem)) => Err(problem.to_string()),
        None => Ok(Value::Null),
    }
}

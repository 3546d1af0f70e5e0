//! The course: lessons as data, and what can be known about them without a screen.
//!
//! A lesson is a folder (see `lessons/README.md`): mechanics in `lesson.yaml`, prose in `ko.md`
//! and `en.md`, files for the editor, one solution per step. Here it is read ([`Lesson`],
//! [`Text`], [`prose`]), held against the rules ([`lint`]), and played through ([`play`]) on
//! anything that can run command lines and pass time ([`Stage`]). The outline, the glossary and a
//! person's progress live here too.
//!
//! The lessons that the program brings are compiled by `compile.rs`, their prose already read. In
//! the browser only the first is part of the program; the others are files ([`Course::pack`]) that
//! are fetched when they are opened ([`Course::add`]).
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
pub use lesson::{Act, Edit, File, Focus, Lesson, NearMiss, Predict, Step, StepText, Text, Time};
pub use lint::lint;
#[cfg(not(target_arch = "wasm32"))]
pub use markdown::{Dropped, read as read_markdown};
pub use outline::{Both, Glossary, Outline, Part, Planned, Term};
pub use play::{Played, Ran, Stage, perform, play, shortfalls};
pub use progress::Progress;
pub use reader::Fault;

use crate::document::output::to_json;
use crate::document::{Value, yaml};
use crate::words::Lang;
use std::cell::OnceCell;
use std::collections::BTreeMap;
use std::rc::Rc;

/// A lesson that was fetched: what an [`Embedded`] one holds, as it came.
#[derive(PartialEq, Eq, Debug)]
struct Fetched {
    lesson: Rc<str>,
    prose: [Rc<str>; 2],
    files: Vec<(Rc<str>, Rc<str>)>,
}

/// A lesson that the program brings.
struct Embedded {
    id: &'static str,
    lesson: &'static str,
    en: &'static str,
    ko: &'static str,
    files: &'static [(&'static str, &'static str)],
}

include!(concat!(env!("OUT_DIR"), "/course.rs"));

/// The built-in course: what is read once.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Course {
    /// The order of everything.
    pub outline: Outline,
    /// Read when somebody first asks for a term: the first sight asks for none.
    glossary: OnceCell<Glossary>,
    fetched: BTreeMap<Rc<str>, Rc<Fetched>>,
}

impl Course {
    /// The course that the program brings.
    #[must_use]
    pub fn built_in() -> Self {
        let outline = Outline::read(&parse(COURSE).unwrap_or_default()).0;
        Self { outline, glossary: OnceCell::new(), fetched: BTreeMap::new() }
    }

    /// What words mean.
    #[must_use]
    pub fn glossary(&self) -> &Glossary {
        self.glossary.get_or_init(|| Glossary::read(&parse(GLOSSARY).unwrap_or_default()).0)
    }

    /// Whether the lesson exists, or is only planned.
    #[must_use]
    pub fn has(&self, id: &str) -> bool {
        IDS.contains(&id)
    }

    /// Whether its files are here, or must be fetched first.
    #[must_use]
    pub fn is_here(&self, id: &str) -> bool {
        embedded(id).is_some() || self.fetched.contains_key(id)
    }

    /// Every lesson that exists, in order.
    #[must_use]
    pub fn ids(&self) -> &'static [&'static str] {
        IDS
    }

    /// A lesson as the one file that the browser fetches: JSON.
    #[must_use]
    pub fn pack(&self, id: &str) -> Option<String> {
        let found = embedded(id)?;
        let mut files = Value::map();
        for (name, text) in found.files {
            files.set(&[name], *text);
        }
        let packed = Value::from([
            ("lesson", Value::text(found.lesson)),
            ("en", Value::text(found.en)),
            ("ko", Value::text(found.ko)),
            ("files", files),
        ]);
        Some(to_json(&packed))
    }

    /// Takes a lesson that was fetched. Returns whether it could be read.
    pub fn add(&mut self, id: &str, packed: &str) -> bool {
        let Ok(value) = parse(packed) else { return false };
        let text = |name: &str| -> Rc<str> { value.str_at(&[name]).into() };
        let files = value.get("files").into_iter().flat_map(Value::entries);
        let fetched = Fetched {
            lesson: text("lesson"),
            prose: [text("en"), text("ko")],
            files: files.map(|(name, text)| (name.clone(), text.as_str().unwrap_or_default().into())).collect(),
        };
        let is_whole = parse(&fetched.lesson).is_ok_and(|lesson| lesson.get("steps").is_some());
        if is_whole {
            self.fetched.insert(id.into(), Rc::new(fetched));
        }
        is_whole
    }

    /// A built-in lesson's mechanics.
    #[must_use]
    pub fn lesson(&self, id: &str) -> Option<Lesson> {
        if let Some(fetched) = self.fetched.get(id) {
            let files: Vec<(&str, &str)> = fetched.files.iter().map(|(name, text)| (&**name, &**text)).collect();
            return Some(Lesson::read(id, &parse(&fetched.lesson).ok()?, &files).0);
        }
        let found = embedded(id)?;
        Some(Lesson::read(id, &parse(found.lesson).ok()?, found.files).0)
    }

    /// A built-in lesson's text.
    #[must_use]
    pub fn text(&self, id: &str, lang: Lang) -> Option<Text> {
        let encoded = match (self.fetched.get(id), embedded(id)) {
            (Some(fetched), _) => fetched.prose.each_ref().map(|text| &**text),
            (None, Some(found)) => [found.en, found.ko],
            (None, None) => return None,
        };
        let [en, ko] = encoded;
        Some(Text::of(&prose::decode(if lang == Lang::En { en } else { ko })))
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

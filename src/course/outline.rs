//! The whole course in outline, and the glossary.

use super::reader::{Fault, Reader};
use crate::document::InOrder as _;
use crate::document::Value;
use crate::words::Lang;
use std::collections::BTreeMap;
use std::rc::Rc;

/// Something said in both languages.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct Both {
    /// 한국어.
    pub ko: Rc<str>,
    /// English.
    pub en: Rc<str>,
}

impl Both {
    /// What it is in `lang`.
    #[must_use]
    pub fn get(&self, lang: Lang) -> &str {
        match lang {
            Lang::Ko => &self.ko,
            Lang::En => &self.en,
        }
    }

    fn read(reader: &mut Reader<'_>) -> Self {
        Self { ko: reader.required("ko").into(), en: reader.required("en").into() }
    }
}

/// The order of everything.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct Outline {
    /// Its parts, in order; the first is the tour.
    pub parts: Vec<Part>,
}

/// A part of the course.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Part {
    /// Its title.
    pub title: Both,
    /// Its lessons, in order.
    pub lessons: Vec<Planned>,
}

/// A lesson in the outline, built or not.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Planned {
    /// Its id, and its folder's name: a number, a hyphen, a word.
    pub id: Rc<str>,
    /// Its title.
    pub title: Both,
    /// The lessons that it builds on, all of them before it. Nothing is locked: it says where to look back.
    pub needs: Vec<Rc<str>>,
}

impl Planned {
    /// Its number, as it stands before the title.
    #[must_use]
    pub fn number(&self) -> &str {
        self.id.split('-').next().unwrap_or_default()
    }
}

impl Outline {
    /// Reads `course.yaml`.
    #[must_use]
    pub fn read(value: &Value) -> (Self, Vec<Fault>) {
        let mut top = Reader::new(value, "course.yaml");
        top.only(&["parts"]);
        let parts = top.each("parts", |part| {
            part.only(&["title", "lessons"]);
            Part {
                title: part.inside("title", Both::read).unwrap_or_default(),
                lessons: part.each("lessons", |lesson| {
                    lesson.only(&["id", "ko", "en", "needs"]);
                    let needs = lesson.texts("needs").into_iter().map(Rc::from).collect();
                    Planned { id: lesson.required("id").into(), title: Both::read(lesson), needs }
                }),
            }
        });
        let outline = Self { parts };
        let mut faults = top.faults;
        let mut before: Vec<&Rc<str>> = Vec::new();
        for (_, lesson) in outline.lessons() {
            for need in lesson.needs.iter().filter(|need| !before.contains(need)) {
                faults.push(Fault::new("course.yaml", format!("{} needs `{need}`, which is not before it", lesson.id)));
            }
            before.push(&lesson.id);
        }
        (outline.clone(), faults)
    }

    /// Every lesson in order, each with the number of its part.
    pub fn lessons(&self) -> impl Iterator<Item = (usize, &Planned)> {
        self.parts.iter().enumerate().flat_map(|(part, of)| of.lessons.iter().map(move |lesson| (part, lesson)))
    }

    /// The lesson with this id.
    #[must_use]
    pub fn lesson(&self, id: &str) -> Option<(usize, &Planned)> {
        self.lessons().find(|(_, lesson)| &*lesson.id == id)
    }

    /// The lesson after this one.
    #[must_use]
    pub fn after(&self, id: &str) -> Option<&Planned> {
        self.lessons().map(|(_, lesson)| lesson).skip_while(|lesson| &*lesson.id != id).nth(1)
    }
}

/// What words mean.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct Glossary {
    terms: BTreeMap<Rc<str>, Term>,
}

/// A term in both languages.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Term {
    /// What it is called.
    pub name: Both,
    /// One sentence on what it is.
    pub means: Both,
}

impl Glossary {
    /// Reads `glossary.yaml`.
    #[must_use]
    pub fn read(value: &Value) -> (Self, Vec<Fault>) {
        let mut top = Reader::new(value, "glossary.yaml");
        let mut terms = BTreeMap::new();
        let ids: Vec<Rc<str>> = value.entries().map(|(id, _)| id.clone()).collect();
        for id in ids {
            let term = top.inside(&id, |term| {
                term.only(&["name", "means"]);
                Term {
                    name: term.inside("name", Both::read).unwrap_or_default(),
                    means: term.inside("means", Both::read).unwrap_or_default(),
                }
            });
            if let Some(term) = term {
                terms.insert(id, term);
            }
        }
        (Self { terms }, top.faults)
    }

    /// The term with this id.
    #[must_use]
    pub fn get(&self, id: &str) -> Option<&Term> {
        self.terms.get(id)
    }

    /// Every term with its id, in the order of its name in `lang`.
    #[must_use]
    pub fn in_order(&self, lang: Lang) -> Vec<(&Rc<str>, &Term)> {
        let mut all: Vec<_> = self.terms.iter().collect();
        all.order_by_key(|(_, term)| term.name.get(lang).to_lowercase());
        all
    }
}

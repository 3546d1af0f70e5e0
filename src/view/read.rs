//! The Read pane: which lesson, which step, what it says, whether its check has passed.
//!
//! Prose is shared by reference and compares by it first, so that asking whether anything changed
//! costs nothing in a frame in which nothing did.

pub use crate::course::prose::{Block, Inline, Target};
use crate::course::{Course, Lesson, Text};
use crate::session::Session;
use crate::words::Lang;
use std::rc::Rc;

/// Which part of a lesson's text.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
enum Part {
    /// What comes before the first step.
    Opening,
    /// What a step says.
    Body,
    /// A rung of the hint ladder.
    Hint(usize),
    /// What is said when a step is done.
    Done,
}

/// A part of a lesson's text, shared.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Prose {
    text: Rc<Text>,
    step: usize,
    part: Part,
}

impl Prose {
    /// What it says.
    #[must_use]
    pub fn blocks(&self) -> &[Block] {
        let step = self.text.steps.get(self.step);
        match self.part {
            Part::Opening => &self.text.opening,
            Part::Body => step.map_or(&[], |step| &step.body),
            Part::Done => step.map_or(&[], |step| &step.done),
            Part::Hint(rung) => step.and_then(|step| step.hints.get(rung)).map_or(&[], Vec::as_slice),
        }
    }
}

/// How far a step is.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum StepMark {
    /// Its check has passed.
    Done,
    /// It is being worked at.
    Now,
    /// Not yet.
    ToDo,
}

/// The head of a lesson: what does not change from step to step but its marks.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Head {
    /// The lesson's id.
    pub id: Rc<str>,
    /// The part that it belongs to, from 0 (the tour).
    pub part: usize,
    /// The part's title.
    pub part_title: Rc<str>,
    /// Its number in the course.
    pub number: Rc<str>,
    /// How many minutes it takes.
    pub minutes: i64,
    /// Its title.
    pub title: Rc<str>,
    /// Its title in the other language; empty when it is the same.
    pub other_title: Rc<str>,
    /// Its steps.
    pub steps: Vec<StepMark>,
    /// The step that is shown, from 0.
    pub shown: usize,
}

/// How a step's check stands.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum CheckState {
    /// The world has not settled, so nobody knows.
    Waiting,
    /// Not passed.
    NotYet,
    /// Passed.
    Passed,
}

/// The check of a step.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Check {
    /// How it stands.
    pub state: CheckState,
    /// What it waits for, in one sentence.
    pub goal: Rc<str>,
    /// A quieter second sentence; empty for none.
    pub more: Rc<str>,
    /// Its command lines.
    pub commands: Vec<Rc<str>>,
}

/// A question that the learner answers before the world does.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Question {
    /// Its answers: id and text.
    pub choices: Vec<(Rc<str>, Rc<str>)>,
    /// The one that was chosen.
    pub chosen: Option<Rc<str>>,
}

/// What the button at the end of a step leads to.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum Next {
    /// The next step, by its title.
    Step(Rc<str>),
    /// The end of the lesson.
    Finish,
}

/// The step that is shown.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Step {
    /// Its id.
    pub id: Rc<str>,
    /// What comes before the first step; nothing in all others.
    pub opening: Option<Prose>,
    /// Its title.
    pub title: Rc<str>,
    /// What it says.
    pub body: Prose,
    /// Its question.
    pub question: Option<Question>,
    /// Its check.
    pub check: Check,
    /// The hint ladder; a rung that is not open says nothing.
    pub hints: Vec<Option<Prose>>,
    /// What is said when it is done; nothing before.
    pub done: Option<Prose>,
    /// Whether there is a step before it.
    pub has_previous: bool,
    /// What comes after it.
    pub next: Next,
}

/// A term of the glossary.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Term {
    /// Its id.
    pub id: Rc<str>,
    /// Its name.
    pub name: Rc<str>,
    /// Its name in the other language.
    pub other_name: Rc<str>,
    /// What it means, in one sentence.
    pub means: Rc<str>,
}

/// A lesson of the course, to choose from.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Entry {
    /// Its id.
    pub id: Rc<str>,
    /// Its number.
    pub number: Rc<str>,
    /// Its title.
    pub title: Rc<str>,
    /// How far it is.
    pub mark: StepMark,
    /// Whether it can be opened; others are planned.
    pub is_built: bool,
}

/// The lesson that is open, and how far it is.
struct Open<'s> {
    course: &'s Course,
    lang: Lang,
    lesson: &'s Lesson,
    text: &'s Rc<Text>,
    /// The step that is shown.
    shown: usize,
    /// How many steps have been passed.
    passed: usize,
    /// How many rungs of the hint ladder are open.
    rungs: usize,
    check: CheckState,
    /// What the check's sentence is filled with.
    values: &'s [(Rc<str>, String)],
    chosen: Option<Rc<str>>,
}

impl Open<'_> {
    fn head(&self) -> Option<Head> {
        let (part, planned) = self.course.outline.lesson(&self.lesson.id)?;
        let (title, other) = (planned.title.get(self.lang), planned.title.get(self.lang.other()));
        let mark = |step: usize| match step {
            step if step < self.passed => StepMark::Done,
            step if step == self.passed => StepMark::Now,
            _ => StepMark::ToDo,
        };
        Some(Head {
            id: self.lesson.id.clone(),
            part,
            part_title: self.course.outline.parts.get(part)?.title.get(self.lang).into(),
            number: planned.number().into(),
            minutes: self.lesson.minutes,
            title: title.into(),
            other_title: if title == other { "".into() } else { other.into() },
            steps: (0..self.lesson.steps.len()).map(mark).collect(),
            shown: self.shown,
        })
    }

    fn step(&self) -> Option<Step> {
        let (step, text) = (self.lesson.steps.get(self.shown)?, self.text.steps.get(self.shown)?);
        let prose = |part| Prose { text: self.text.clone(), step: self.shown, part };
        let (goal, more) = text.goal_with(self.values);
        let rung = |rung: usize| (rung < self.rungs).then(|| prose(Part::Hint(rung)));
        let is_passed = self.check == CheckState::Passed;
        Some(Step {
            id: step.id.clone(),
            opening: (self.shown == 0).then(|| prose(Part::Opening)),
            title: text.title.clone(),
            body: prose(Part::Body),
            question: step
                .predict
                .as_ref()
                .map(|_| Question { choices: text.choices.clone(), chosen: self.chosen.clone() }),
            check: Check {
                state: self.check,
                goal: goal.into(),
                more: more.into(),
                commands: step.check.iter().map(|line| line.as_str().into()).collect(),
            },
            hints: (0..text.hints.len()).map(rung).collect(),
            done: (is_passed && !text.done.is_empty()).then(|| prose(Part::Done)),
            has_previous: self.shown > 0,
            next: self.text.steps.get(self.shown + 1).map_or(Next::Finish, |next| Next::Step(next.title.clone())),
        })
    }
}

fn open(session: &Session) -> Option<Open<'_>> {
    let progress = session.progress()?;
    let is_passed = progress.is_passed();
    let question = progress.step().and_then(|step| step.predict.as_ref());
    Some(Open {
        course: session.course(),
        lang: session.lang,
        lesson: &progress.lesson,
        text: session.text(),
        shown: progress.shown,
        passed: progress.passed,
        rungs: progress.hints,
        check: if is_passed {
            CheckState::Passed
        } else if session.world().is_settled() {
            CheckState::NotYet
        } else {
            CheckState::Waiting
        },
        values: &progress.values,
        chosen: question.and_then(|question| progress.predictions.get(&question.id).cloned()),
    })
}

/// The lesson's head; none when no lesson is open.
#[must_use]
pub fn head(session: &Session) -> Option<Head> {
    open(session)?.head()
}

/// The step that is shown.
#[must_use]
pub fn step(session: &Session) -> Option<Step> {
    open(session)?.step()
}

/// Every step of the open lesson, as one that has not been worked at: for paper.
#[must_use]
pub fn whole(session: &Session) -> Vec<Step> {
    let Some(open) = open(session) else { return Vec::new() };
    let at = |shown| Open { shown, rungs: 0, check: CheckState::NotYet, values: &[], chosen: None, ..open }.step();
    (0..open.lesson.steps.len()).filter_map(at).collect()
}

/// Whether the lesson exists and is a file that is fetched when it is opened.
#[must_use]
pub fn is_fetched(lesson: &str) -> bool {
    let course = Course::built_in();
    course.has(lesson) && !course.is_here(lesson)
}

/// Whether the closing card is shown, and the built lesson that comes next: id and title.
#[must_use]
pub fn ending(session: &Session) -> Option<Option<(Rc<str>, Rc<str>)>> {
    let open = open(session).filter(|open| open.shown >= open.lesson.steps.len())?;
    let entries = course(session).into_iter().flat_map(|(_, lessons)| lessons);
    let next = entries.skip_while(|it| it.id != open.lesson.id).skip(1).find(|lesson| lesson.is_built);
    Some(next.map(|lesson| (lesson.id, lesson.title)))
}

/// A term in the learner's language.
#[must_use]
pub fn term(session: &Session, id: &str) -> Option<Term> {
    session.course().glossary().get(id).map(|term| term_in(session.lang, id.into(), term))
}

fn term_in(lang: Lang, id: Rc<str>, term: &crate::course::Term) -> Term {
    let (name, other) = (term.name.get(lang), term.name.get(lang.other()));
    Term {
        id,
        name: name.into(),
        other_name: if name == other { "".into() } else { other.into() },
        means: term.means.get(lang).into(),
    }
}

/// The whole glossary, in the order of the learner's language.
#[must_use]
pub fn glossary(session: &Session) -> Vec<Term> {
    let terms = session.course().glossary().in_order(session.lang);
    terms.into_iter().map(|(id, term)| term_in(session.lang, id.clone(), term)).collect()
}

/// The course by parts: the part's title and its lessons. A teacher's course is one part without a title.
#[must_use]
pub fn course(session: &Session) -> Vec<(Rc<str>, Vec<Entry>)> {
    let (course, lang) = (session.course(), session.lang);
    let mark = |id: &Rc<str>| match session.progress() {
        Some(progress) if progress.lesson.id == *id && progress.is_finished() => StepMark::Done,
        Some(progress) if progress.lesson.id == *id => StepMark::Now,
        _ if session.has_finished(id) => StepMark::Done,
        _ => StepMark::ToDo,
    };
    let entry = |lesson: &crate::course::Planned| Entry {
        id: lesson.id.clone(),
        number: lesson.number().into(),
        title: lesson.title.get(lang).into(),
        mark: mark(&lesson.id),
        is_built: course.has(&lesson.id),
    };
    let chosen = &session.classroom().lessons;
    if !chosen.is_empty() {
        let lessons = chosen.iter().filter_map(|id| course.outline.lesson(id));
        return vec![("".into(), lessons.map(|(_, lesson)| entry(lesson)).collect())];
    }
    let part = |part: &crate::course::Part| (part.title.get(lang).into(), part.lessons.iter().map(entry).collect());
    course.outline.parts.iter().map(part).collect()
}

//! The map of the course: what is done, what comes next, what needs what.

use super::read::{self, Entry, StepMark};
use crate::session::Session;
use std::rc::Rc;

/// The whole course.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct CourseView {
    /// Its parts; a teacher's course is one.
    pub parts: Vec<Part>,
    /// How many lessons are finished.
    pub done: usize,
    /// How many there are.
    pub all: usize,
    /// Where to go on; nothing when everything that is built is finished.
    pub next: Option<Next>,
}

/// A part of it.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Part {
    /// Its title; empty for a teacher's course.
    pub title: Rc<str>,
    /// Its number, from 0 (the tour).
    pub number: usize,
    /// Its lessons.
    pub lessons: Vec<Lesson>,
    /// How many of them are finished.
    pub done: usize,
}

/// A lesson.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Lesson {
    /// What is said of it everywhere.
    pub entry: Entry,
    /// Whether it was finished, now or in an earlier visit, though it may be open again.
    pub is_done: bool,
    /// The lessons that it builds on: number and title.
    pub needs: Vec<(Rc<str>, Rc<str>)>,
}

/// Where to go on.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Next {
    /// The lesson.
    pub id: Rc<str>,
    /// Its title.
    pub title: Rc<str>,
    /// Whether it has begun.
    pub has_begun: bool,
    /// The step one stands at, from 1, how many there are, and about how many minutes are left: where the lesson is
    /// open.
    pub step: Option<(usize, usize, i64)>,
}

/// The map as it is now.
#[must_use]
pub fn view(session: &Session) -> CourseView {
    let (outline, lang) = (&session.course().outline, session.lang);
    let named = |id: &Rc<str>| {
        let (_, lesson) = outline.lesson(id)?;
        Some((Rc::from(lesson.number()), Rc::from(lesson.title.get(lang))))
    };
    let lesson = |entry: Entry| {
        let needs = outline.lesson(&entry.id).map_or(&[][..], |(_, lesson)| &lesson.needs);
        let is_done = entry.mark == StepMark::Done || session.has_finished(&entry.id);
        Lesson { needs: needs.iter().filter_map(named).collect(), is_done, entry }
    };
    let parts: Vec<Part> = read::course(session)
        .into_iter()
        .enumerate()
        .map(|(number, (title, entries))| {
            let lessons: Vec<Lesson> = entries.into_iter().map(lesson).collect();
            let done = lessons.iter().filter(|lesson| lesson.is_done).count();
            Part { title, number, lessons, done }
        })
        .collect();
    let done = parts.iter().map(|part| part.done).sum();
    let all = parts.iter().map(|part| part.lessons.len()).sum();
    let next = next(session, &parts);
    CourseView { parts, done, all, next }
}

/// The open lesson while it is not finished, else the first built one that is not.
fn next(session: &Session, parts: &[Part]) -> Option<Next> {
    let mut entries = parts.iter().flat_map(|part| &part.lessons).map(|lesson| &lesson.entry);
    let open = session.progress().filter(|progress| !progress.is_finished());
    if let Some(progress) = open
        && let Some(entry) = entries.clone().find(|entry| entry.id == progress.lesson.id)
    {
        let (passed, all) = (progress.passed, progress.lesson.steps.len());
        let left = i64::try_from(all - passed).unwrap_or_default();
        let minutes = progress.lesson.minutes * left / i64::try_from(all.max(1)).unwrap_or(1);
        let step = Some((passed + 1, all, minutes.max(1)));
        return Some(Next { id: entry.id.clone(), title: entry.title.clone(), has_begun: passed > 0, step });
    }
    let entry = entries.find(|entry| entry.is_built && entry.mark == StepMark::ToDo)?;
    Some(Next { id: entry.id.clone(), title: entry.title.clone(), has_begun: false, step: None })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::session::Classroom;
    use crate::words::Lang;

    #[test]
    fn the_map_counts_and_says_where_to_go_on() {
        let mut session = Session::new(Lang::En);
        session.remember("{\"last\":\"\",\"passed\":{\"00-tour\":[\"wish\"],\"10-desired-state\":[\"\"]}}");
        let map = view(&session);
        assert_eq!((map.done, map.all), (1, session.course().outline.lessons().count()));
        let next = map.next.expect("the tour is not finished");
        assert_eq!((&*next.id, next.has_begun, next.step), ("00-tour", true, Some((2, 3, 1))));
        let steps =
            map.parts[4].lessons.iter().find(|lesson| &*lesson.entry.id == "23-four-steps").expect("it is there");
        assert!(steps.needs.iter().any(|(number, _)| &**number == "22"));
        assert_eq!(map.parts[3].done, 1);
    }

    #[test]
    fn a_teachers_course_is_what_the_teacher_chose() {
        let mut session = Session::new(Lang::Ko);
        session.teach(Classroom::read("16-self-healing,10-desired-state", "", ""));
        let map = view(&session);
        let ids: Vec<&str> = map.parts[0].lessons.iter().map(|lesson| &*lesson.entry.id).collect();
        assert_eq!((ids, map.parts.len(), map.all), (vec!["16-self-healing", "10-desired-state"], 1, 2));
        assert_eq!(map.next.map(|next| next.id), Some("16-self-healing".into()));
    }
}

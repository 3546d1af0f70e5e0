//! How far a person has come.

use crate::document::Value;
use std::collections::{BTreeMap, BTreeSet};
use std::rc::Rc;

/// Which steps of which lessons are done. Kept by the browser, exported as a file.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct Progress {
    passed: BTreeMap<Rc<str>, BTreeSet<Rc<str>>>,
    /// The lesson that was open last; empty for none.
    pub last: Rc<str>,
}

impl Progress {
    /// Notes that a step is done.
    pub fn pass(&mut self, lesson: &str, step: &str) {
        self.passed.entry(lesson.into()).or_default().insert(step.into());
    }

    /// Adds what another has done.
    pub fn join(&mut self, other: &Self) {
        for (lesson, steps) in &other.passed {
            self.passed.entry(lesson.clone()).or_default().extend(steps.iter().cloned());
        }
    }

    /// Whether a step is done.
    #[must_use]
    pub fn has_passed(&self, lesson: &str, step: &str) -> bool {
        self.passed.get(lesson).is_some_and(|steps| steps.contains(step))
    }

    /// How many of a lesson's steps are done.
    #[must_use]
    pub fn passed_of(&self, lesson: &super::Lesson) -> usize {
        lesson.steps.iter().filter(|step| self.has_passed(&lesson.id, &step.id)).count()
    }

    /// Whether all of a lesson is done.
    #[must_use]
    pub fn has_finished(&self, lesson: &super::Lesson) -> bool {
        self.passed_of(lesson) == lesson.steps.len()
    }

    /// As a tree, to be written to a file or to storage: `{last, passed: {lesson: [step]}}`.
    #[must_use]
    pub fn to_value(&self) -> Value {
        let mut value = Value::map().with(&["last"], &self.last).with(&["passed"], Value::map());
        for (lesson, steps) in &self.passed {
            value.set(&["passed", lesson], Value::list(steps.iter().map(Value::from)));
        }
        value
    }

    /// From such a tree; whatever else is in it is left out.
    #[must_use]
    pub fn from_value(value: &Value) -> Self {
        let mut progress = Self { last: value.str_at(&["last"]).into(), ..Self::default() };
        for (lesson, steps) in value.at(&["passed"]).into_iter().flat_map(Value::entries) {
            for step in steps.items().iter().filter_map(Value::as_str) {
                progress.pass(lesson, step);
            }
        }
        progress
    }
}

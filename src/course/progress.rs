//! How far a person has come, and what they have done in the step at hand.

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

/// What the learner has done since the step began: what no cluster knows, and
/// `drydock session -o jsonpath=…` tells. Rewinding the world does not rewind it.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct Facts {
    /// Objects that the learner deleted, by kind.
    deleted: BTreeMap<Rc<str>, i64>,
    /// How often time was rewound.
    rewound: i64,
    /// Answers to questions, by the question's id.
    predictions: BTreeMap<Rc<str>, Rc<str>>,
    /// Components that the learner stopped and did not start again.
    stopped: BTreeSet<Rc<str>>,
    /// Objects that the learner looked at closely, `Kind/name`.
    inspected: BTreeSet<Rc<str>>,
}

impl Facts {
    /// The learner deleted an object.
    pub fn delete(&mut self, kind: &str) {
        *self.deleted.entry(kind.into()).or_default() += 1;
    }

    /// The learner went back in time.
    pub fn rewind(&mut self) {
        self.rewound += 1;
    }

    /// The learner answered a question.
    pub fn predict(&mut self, question: &str, answer: &str) {
        self.predictions.insert(question.into(), answer.into());
    }

    /// The answer given to a question.
    #[must_use]
    pub fn prediction(&self, question: &str) -> Option<&str> {
        self.predictions.get(question).map(|answer| &**answer)
    }

    /// The learner stopped a component, or started it again.
    pub fn set_running(&mut self, component: &str, runs: bool) {
        if runs {
            self.stopped.remove(component);
        } else {
            self.stopped.insert(component.into());
        }
    }

    /// The learner selected an object, `Kind/name`.
    pub fn inspect(&mut self, object: &str) {
        self.inspected.insert(object.into());
    }

    /// A new step begins: counting starts over; what was predicted and what is stopped stays.
    pub fn begin_step(&mut self) {
        self.deleted.clear();
        self.rewound = 0;
        self.inspected.clear();
    }

    /// As the tree that `drydock session` shows:
    /// `{deleted: {Pod: 2}, rewound: 1, predictions: {…}, stopped: […], inspected: […]}`.
    #[must_use]
    pub fn to_value(&self) -> Value {
        let mut value = Value::map()
            .with(&["deleted"], Value::map())
            .with(&["rewound"], self.rewound)
            .with(&["predictions"], Value::map())
            .with(&["stopped"], Value::list(self.stopped.iter().map(Value::from)))
            .with(&["inspected"], Value::list(self.inspected.iter().map(Value::from)));
        for (kind, count) in &self.deleted {
            value.set(&["deleted", kind], *count);
        }
        for (question, answer) in &self.predictions {
            value.set(&["predictions", question], answer);
        }
        value
    }
}

//! What outlives a visit: which steps of which lessons are done. The browser keeps it as text.

use super::{Effect, Progress, Session};
use crate::course;
use crate::document::{self, output};

/// In what is kept, this stands among the steps of a lesson that is done as a whole: the lesson itself may not be there.
const WHOLE: &str = "";

impl Session {
    /// What is to be kept, as the text that [`Session::remember`] takes.
    #[must_use]
    pub fn to_keep(&self) -> String {
        output::to_json(&self.kept.to_value())
    }

    /// Takes what an earlier visit kept; what cannot be read is nothing. The open lesson goes on at its first step that
    /// is not done.
    pub fn remember(&mut self, text: &str) {
        let parsed = document::parse(text);
        let Some(kept) = parsed.documents.first() else { return };
        let steps = course::Progress::from_value(&kept.root.to_value());
        self.kept = steps;
        let Some(progress) = &mut self.progress else { return };
        let (lesson, steps) = (&progress.lesson, &self.kept);
        let passed = lesson.steps.iter().take_while(|step| steps.has_passed(&lesson.id, &step.id)).count();
        if passed > progress.passed {
            progress.passed = passed;
            progress.show(passed);
        }
    }

    /// The same for a file that goes elsewhere: it says what it is.
    #[must_use]
    pub fn to_export(&self) -> String {
        output::to_json_pretty(&self.kept.to_value().with(&["drydock"], "progress"))
    }

    /// Adds what another browser's file says was done; a file of something else adds nothing.
    pub(super) fn import(&mut self, text: &str) -> Vec<Effect> {
        let parsed = document::parse(text);
        let value = parsed.documents.first().map(|document| document.root.to_value()).unwrap_or_default();
        if value.str_at(&["drydock"]) != "progress" {
            return Vec::new();
        }
        let mut steps = course::Progress::from_value(&value);
        steps.join(&self.kept);
        self.remember(&output::to_json(&steps.to_value()));
        vec![Effect::Save]
    }

    /// Whether every step of this lesson was done, now or in an earlier visit.
    #[must_use]
    pub fn has_finished(&self, lesson: &str) -> bool {
        self.kept.has_passed(lesson, WHOLE)
    }

    /// Notes the step that has just passed.
    pub(super) fn keep_step(&mut self) {
        let Some(Progress { lesson, passed, .. }) = &self.progress else { return };
        if let Some(step) = passed.checked_sub(1).and_then(|at| lesson.steps.get(at)) {
            self.kept.pass(&lesson.id, &step.id);
        }
        if *passed >= lesson.steps.len() {
            self.kept.pass(&lesson.id, WHOLE);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::words::Lang;

    #[test]
    fn progress_goes_from_one_browser_to_another_and_takes_nothing_away() {
        let (mut here, mut there) = (Session::new(Lang::En), Session::new(Lang::Ko));
        here.kept.pass("10-desired-state", WHOLE);
        there.kept.pass("04-iam", WHOLE);
        let file = here.to_export();
        assert_eq!(there.import(&file), vec![Effect::Save]);
        assert!(there.has_finished("10-desired-state") && there.has_finished("04-iam"));
        let before = there.to_keep();
        for other in ["", "{\"passed\":{\"14-pods\":[\"\"]}}", "kind: Pod", "[", &file[..file.len() / 2]] {
            assert_eq!(there.import(other), Vec::new());
        }
        assert_eq!(there.to_keep(), before);
    }

    #[test]
    fn a_visit_goes_on_where_the_last_one_ended() {
        let mut first = Session::new(Lang::En);
        let progress = first.progress.as_mut().expect("the tour is a lesson");
        progress.passed = 1;
        first.keep_step();
        let mut second = Session::new(Lang::Ko);
        second.remember(&first.to_keep());
        let progress = second.progress().expect("the tour is a lesson");
        assert_eq!((progress.passed, progress.shown), (1, 1));
        assert!(!second.has_finished("00-tour"));
        second.remember("not what was kept: [");
        assert_eq!(second.progress().map(|progress| progress.passed), Some(1), "a lesson is not taken back");
    }
}

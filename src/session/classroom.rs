//! What a teacher's link decides: which lessons in which order, whether files are applied by
//! themselves, whether anything may be broken on purpose.
//!
//! It is a setting of the page, not of the world: a solution of a lesson may still break what it must.

use super::Session;
use crate::world::Break;
use std::rc::Rc;

/// No teacher's course has more lessons.
const LESSONS_MAX: usize = 100;

/// What a teacher has decided.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Classroom {
    /// The lessons, in order; none for all of them.
    pub lessons: Vec<Rc<str>>,
    /// Whether files are applied by themselves; nothing where each lesson decides.
    pub auto_apply: Option<bool>,
    /// Whether something may be broken on purpose.
    pub breaking: bool,
}

impl Default for Classroom {
    fn default() -> Self {
        Self { lessons: Vec::new(), auto_apply: None, breaking: true }
    }
}

impl Classroom {
    /// Reads the parameters of a teacher's link: `course=10-desired-state,14-pods`, `auto=on|off`, `break=off`. What is
    /// unknown decides nothing.
    #[must_use]
    pub fn read(course: &str, auto: &str, breaking: &str) -> Self {
        let is_id = |id: &&str| !id.is_empty() && id.chars().all(|c| c.is_ascii_alphanumeric() || c == '-');
        let mut lessons: Vec<Rc<str>> = Vec::new();
        for id in course.split(',').filter(is_id).take(LESSONS_MAX) {
            if !lessons.iter().any(|known| **known == *id) {
                lessons.push(id.into());
            }
        }
        let auto_apply = match auto {
            "on" => Some(true),
            "off" => Some(false),
            _ => None,
        };
        Self { lessons, auto_apply, breaking: breaking != "off" }
    }

    /// The parameters that [`Classroom::read`] reads, without what decides nothing.
    #[must_use]
    pub fn write(&self) -> String {
        let mut parts = Vec::new();
        if !self.lessons.is_empty() {
            parts.push(format!("course={}", self.lessons.join(",")));
        }
        if let Some(auto_apply) = self.auto_apply {
            parts.push(format!("auto={}", if auto_apply { "on" } else { "off" }));
        }
        if !self.breaking {
            parts.push("break=off".to_owned());
        }
        parts.join("&")
    }
}

impl Session {
    /// What a teacher has decided.
    #[must_use]
    pub fn classroom(&self) -> &Classroom {
        &self.classroom
    }

    /// Whether somebody may do this: harm is done only where the teacher lets things be broken. Every
    /// way to break something asks here: what the screen offers, what it sends, and the terminal.
    #[must_use]
    pub fn may(&self, what: &Break) -> bool {
        self.classroom.breaking || !what.is_harm()
    }

    /// Takes a teacher's decisions; lessons that do not exist are left out. What is open follows at once.
    pub fn teach(&mut self, mut classroom: Classroom) {
        classroom.lessons.retain(|id| self.course.outline.lesson(id).is_some());
        if let Some(auto_apply) = classroom.auto_apply {
            self.auto_apply = auto_apply;
        }
        self.classroom = classroom;
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::session::Msg;
    use crate::words::Lang;
    use crate::world::Component;

    #[test]
    fn a_teachers_link_is_read_as_it_was_written() {
        for text in ["", "course=14-pods,10-desired-state", "auto=off", "course=00-tour&auto=on&break=off"] {
            let part = |name: &str| text.split('&').find_map(|it| it.strip_prefix(name)).unwrap_or_default().to_owned();
            assert_eq!(Classroom::read(&part("course="), &part("auto="), &part("break=")).write(), text);
        }
        assert_eq!(Classroom::read("a,a,<b>,,c", "maybe", "maybe").write(), "course=a,c");
    }

    #[test]
    fn a_lesson_still_breaks_what_its_own_answer_must() {
        let mut session = Session::open(Lang::En, "12-control-plane");
        session.teach(Classroom::read("", "", "off"));
        session.obey("drydock break kube-scheduler");
        assert!(session.world().cluster().stopped_since(&Component::Scheduler).is_some());
        session.update(Msg::Command("drydock break kube-controller-manager".into()));
        assert!(session.world().cluster().stopped_since(&Component::ControllerManager).is_none());
        session.update(Msg::Command("drydock mend kube-scheduler".into()));
        assert!(session.world().cluster().stopped_since(&Component::Scheduler).is_none(), "what mends is always there");
    }

    #[test]
    fn lessons_follow_the_teacher_and_nothing_breaks() {
        let mut session = Session::new(Lang::En);
        session.teach(Classroom::read("16-self-healing,99-none,10-desired-state", "off", "off"));
        assert_eq!(session.classroom().lessons, ["16-self-healing".into(), "10-desired-state".into()]);
        assert!(!session.auto_apply);
        session.update(Msg::OpenLesson("16-self-healing".into()));
        assert!(!session.auto_apply, "the next lesson keeps it too");
        let before = session.history().inputs().len();
        session.update(Msg::Break(Break::Stop(Component::Scheduler)));
        session.update(Msg::Command("drydock break zone ap-northeast-2a".into()));
        assert_eq!(session.history().inputs().len(), before);
        let said = session.terminal().lines().iter().map(|line| line.text.to_string()).collect::<Vec<_>>().join("\n");
        assert!(said.contains("switched off"), "{said}");
        let mut other = Session::new(Lang::En);
        other.teach(Classroom::read("", "on", ""));
        other.update(Msg::Break(Break::Stop(Component::Scheduler)));
        assert_eq!(other.history().inputs().len(), 1);
    }
}

//! Which screen fills the page: the work at a lesson, the map of the course, or a lesson for a room
//! full of people.

use yew::prelude::*;

/// A screen.
#[derive(Clone, Copy, PartialEq, Eq)]
pub enum Screen {
    /// A lesson, to work at.
    Work,
    /// The map of the course.
    Course,
    /// A lesson, to be shown.
    Present,
}

/// Which screen is shown, and the way to another.
#[derive(Clone, PartialEq)]
pub struct Screens {
    /// The one that is shown.
    pub now: Screen,
    /// Goes to another.
    pub go: Callback<Screen>,
}

impl Screens {
    /// Goes to a screen when something is pressed.
    pub fn to(&self, screen: Screen) -> Callback<MouseEvent> {
        self.go.reform(move |_| screen)
    }
}

/// The screens, from the context.
///
/// # Panics
/// Outside `App`, which is a mistake in the program.
#[hook]
pub fn use_screens() -> Screens {
    #[expect(clippy::expect_used, reason = "the application provides it at its root")]
    use_context::<Screens>().expect("every component is below App")
}

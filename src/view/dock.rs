//! The World docked small: one row per wish, and the clock.

use crate::document::Value;
use crate::session::Session;
use crate::world::api::{Resource, meta};
use std::rc::Rc;

/// A state, as small as it can be drawn.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum State {
    /// It takes requests.
    Ready,
    /// It is on its way.
    Starting,
    /// It cannot go on as it is.
    Failing,
    /// It has been asked to go.
    Leaving,
    /// Only wished for.
    Wished,
}

/// How many plates a row shows at most.
const PLATES_MAX: usize = 12;

/// One wish.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Small {
    /// Its name.
    pub name: Rc<str>,
    /// How many are wished for.
    pub want: i64,
    /// How many the world has.
    pub have: i64,
    /// Their states.
    pub states: Vec<State>,
}

impl Small {
    /// Wish minus world.
    #[must_use]
    pub fn gap(&self) -> i64 {
        self.want - self.have
    }

    /// What is there, then what is missing.
    pub fn plates(&self) -> impl Iterator<Item = State> {
        let missing = usize::try_from(self.gap()).unwrap_or(0);
        self.states.iter().copied().chain(std::iter::repeat_n(State::Wished, missing)).take(PLATES_MAX)
    }
}

/// The wishes, in the order of names.
#[must_use]
pub fn small(session: &Session) -> Vec<Small> {
    let world = session.world();
    world.cluster().snapshot(world.now()).list(Resource::DEPLOYMENTS, "").map(|deployment| of(deployment)).collect()
}

/// A Deployment as its own status tells it.
fn of(deployment: &Value) -> Small {
    let count = |path: &[&str]| deployment.int_at(path).unwrap_or(0).clamp(0, 1_000);
    let (have, ready) = (count(&["status", "replicas"]), count(&["status", "readyReplicas"]));
    let many = |state, count: i64| std::iter::repeat_n(state, usize::try_from(count).unwrap_or(0));
    Small {
        name: meta::name(deployment).into(),
        want: deployment.int_at(&["spec", "replicas"]).unwrap_or(1),
        have,
        states: many(State::Ready, ready).chain(many(State::Starting, have - ready)).collect(),
    }
}

/// The simulated time as a clock shows it: `2:04.3`.
#[must_use]
pub fn clock(session: &Session) -> String {
    let ms = session.world().now().as_millis();
    let (minutes, seconds, tenths) = (ms / 60_000, ms / 1_000 % 60, ms / 100 % 10);
    format!("{minutes}:{seconds:02}.{tenths}")
}

//! The World docked small: one row per wish, and the clock.

use super::wish::{self, PodState};
use crate::session::Session;
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

    /// What is there, then what is missing, then what leaves.
    pub fn plates(&self) -> impl Iterator<Item = State> {
        let missing = usize::try_from(self.gap()).unwrap_or(0);
        let leaves = |state: &&State| **state == State::Leaving;
        let stays = self.states.iter().filter(move |state| !leaves(state)).copied();
        let wished = std::iter::repeat_n(State::Wished, missing);
        stays.chain(wished).chain(self.states.iter().filter(leaves).copied()).take(PLATES_MAX)
    }
}

/// The wishes, in the order of names.
#[must_use]
pub fn small(session: &Session) -> Vec<Small> {
    let of = |row: wish::WishRow| Small {
        want: row.want,
        have: row.have(),
        states: row.pods.iter().filter_map(|pod| state(pod.state)).collect(),
        name: row.key.name,
    };
    wish::rows(session).into_iter().map(of).collect()
}

/// How a Pod is drawn; one that has no place yet is still only wished for.
const fn state(pod: PodState) -> Option<State> {
    Some(match pod {
        PodState::Ready | PodState::Done => State::Ready,
        PodState::Starting => State::Starting,
        PodState::Failing | PodState::Unknown => State::Failing,
        PodState::Leaving => State::Leaving,
        PodState::Pending => return None,
    })
}

/// The simulated time as a clock shows it: `2:04.3`.
#[must_use]
pub fn clock(session: &Session) -> String {
    if session.world().time_of_day().is_some() {
        return super::timeline::clock(session).text();
    }
    let now = session.world().now();
    format!("{}.{}", super::timeline::short_clock(now), now.as_millis() / 100 % 10)
}

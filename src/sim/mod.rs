//! The simulation kernel: a clock that counts milliseconds, an agenda of what is due, dice that
//! always fall the same way, a revisioned store that can be watched, and a journal of what
//! changed, by whom, because of what.
//!
//! It knows neither Kubernetes nor AWS: keys, values and events are the rooms' own types.
//!
//! Invariant: every structure here is a value. Cloning is cheap (shared nodes, copied on write),
//! so a snapshot of the world is a clone and going back in time is keeping one.
//! Invariant: time moves only when the agenda's next event is taken, or when the caller says how
//! far to move towards it. There is no wall clock and no global source of randomness.

mod agenda;
mod dice;
mod journal;
pub mod limits;
mod store;
mod time;
mod turn;

pub use agenda::Agenda;
pub use dice::{Dice, content_digest, stable_hash};
pub use journal::{Actor, Arg, Entry, EntryId, Journal, Reason, Subject, Verb};
pub use store::{Change, ChangeKind, Store, WatchError};
pub use time::{SimTime, millis, secs};
pub use turn::Turn;

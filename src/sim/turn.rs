//! Who acts, when, and where it is written down.

use crate::sim::{Actor, EntryId, Journal, Reason, SimTime};

/// One turn of somebody who changes the world.
pub struct Turn<'a> {
    /// The moment.
    pub now: SimTime,
    /// The world's history.
    pub journal: &'a mut Journal,
    /// Who acts, as the history names them.
    pub actor: Actor,
    /// The entry without which this would not happen.
    pub cause: Option<EntryId>,
    /// Why, where it is known.
    pub why: Option<Reason>,
}

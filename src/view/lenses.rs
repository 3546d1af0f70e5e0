//! Which lenses a world offers, in the order of their tabs.

use super::{access, rbac, stack, traffic, tree};
use crate::session::{Lens, Session};

/// The lenses of the world that is open. A lens that would show nothing is left out, but never the one that is open.
#[must_use]
pub fn offered(session: &Session) -> Vec<Lens> {
    Lens::ALL.into_iter().filter(|lens| *lens == session.lens || has_something(session, *lens)).collect()
}

/// Whether there is anything in the world for this lens to show.
fn has_something(session: &Session, lens: Lens) -> bool {
    match lens {
        Lens::Access => access::has_something(session) || rbac::has_any(session),
        Lens::Traffic => traffic::has_something(session),
        Lens::Tree => stack::has_any(session) || tree::has_any(session),
        // Without a cluster there are no loops.
        Lens::Loop => session.world().sites().next().is_some() || session.world().hosting().is_empty(),
        Lens::Map | Lens::List => true,
    }
}

//! Ownership that is computed when somebody asks: most versions of most objects are written by
//! loops and replaced before anybody wants to know whose fields they are.

use super::{Managers, update};
use crate::document::Value;
use crate::document::schema::Type;
use crate::sim::SimTime;
use std::cell::{OnceCell, RefCell};
use std::fmt;
use std::ops::Deref;
use std::rc::Rc;

/// So many writes may wait to be looked at; each keeps a version of its object alive.
const WAITING_MAX: u32 = 8;

/// Who owns which field of an object.
#[derive(Clone, Default)]
pub struct Ownership(Rc<Inner>);

#[derive(Default)]
struct Inner {
    known: OnceCell<Managers>,
    waiting: RefCell<Option<Write>>,
    /// How many writes wait, this one and those before it.
    depth: u32,
}

/// A write whose effect on ownership has not been looked at yet.
pub struct Write {
    /// The object before, with its owners; null if it is new.
    pub old: (Value, Ownership),
    /// The object after.
    pub new: Value,
    /// Who wrote.
    pub manager: Rc<str>,
    /// Through which subresource.
    pub subresource: &'static str,
    /// When.
    pub now: SimTime,
    /// The schema.
    pub ty: Type,
}

impl Ownership {
    /// Who owns what after a write.
    #[must_use]
    pub fn after(write: Write) -> Self {
        let before = write.old.1.0.depth;
        let inner = Inner { depth: before + 1, waiting: RefCell::new(Some(write)), ..Inner::default() };
        let ownership = Self(Rc::new(inner));
        if before + 1 >= WAITING_MAX {
            return Self::from(ownership.managers().clone());
        }
        ownership
    }

    /// Who owns what.
    #[must_use]
    pub fn managers(&self) -> &Managers {
        self.0.known.get_or_init(|| {
            let Some(write) = self.0.waiting.borrow_mut().take() else { return Managers::default() };
            let (old, managers) = &write.old;
            let now = write.now.rfc3339();
            update((old, managers.managers()), &write.new, &write.manager, write.subresource, &now, write.ty)
        })
    }

    /// Whether two are one and the same in memory, and so equal without a look inside.
    #[must_use]
    pub fn is_same(&self, other: &Self) -> bool {
        Rc::ptr_eq(&self.0, &other.0)
    }
}

impl From<Managers> for Ownership {
    fn from(managers: Managers) -> Self {
        Self(Rc::new(Inner { known: managers.into(), ..Inner::default() }))
    }
}

impl Deref for Ownership {
    type Target = Managers;
    fn deref(&self) -> &Managers {
        self.managers()
    }
}

impl PartialEq for Ownership {
    fn eq(&self, other: &Self) -> bool {
        self.is_same(other) || self.managers() == other.managers()
    }
}

impl Eq for Ownership {}

impl fmt::Debug for Ownership {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.managers().fmt(out)
    }
}

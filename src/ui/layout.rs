//! How the panes stand: beside each other on a wide screen, two and two on a middle one, one at a
//! time on a narrow one. Widths and folds are remembered.

use super::browser;
use gloo::events::EventListener;
use std::rc::Rc;
use yew::prelude::*;

/// How much room there is.
#[derive(Clone, Copy, PartialEq, Eq)]
pub enum Room {
    /// Three panes.
    Wide,
    /// Read or Write, beside the World.
    Middle,
    /// One pane, and the World small below it.
    Narrow,
}

/// A pane of the page.
#[derive(Clone, Copy, PartialEq, Eq)]
pub enum Pane {
    Read,
    Write,
    World,
}

impl Pane {
    /// Every pane, in order.
    pub const ALL: [Self; 3] = [Self::Read, Self::Write, Self::World];

    /// The key of its name.
    pub const fn word(self) -> &'static str {
        match self {
            Self::Read => "pane-read",
            Self::Write => "pane-write",
            Self::World => "pane-world",
        }
    }

    /// Under what its width is remembered.
    const fn width_name(self) -> &'static str {
        match self {
            Self::Read => "read",
            Self::Write => "write",
            Self::World => "world",
        }
    }

    const fn fold_name(self) -> &'static str {
        match self {
            Self::Read => "fold-read",
            Self::Write => "fold-write",
            Self::World => "fold-world",
        }
    }

    /// The narrowest and the widest that its divider offers, in pixels.
    pub const fn widths(self) -> (i32, i32) {
        match self {
            Self::Read => (280, 640),
            Self::Write => (320, 960),
            Self::World => (0, 0),
        }
    }
}

/// How the panes stand now.
#[derive(Clone, Copy, PartialEq, Eq)]
pub struct Layout {
    /// How much room there is.
    pub room: Room,
    /// Widths that were chosen, of Read and Write; 0 for none.
    widths: [i32; 2],
    folded: [bool; 2],
    /// The pane that a narrow screen shows; a middle one shows it beside the World.
    pub shown: Pane,
}

/// What can happen to the layout.
pub enum Change {
    /// The window has another size.
    Room(Room),
    /// A divider was moved; 0 for the width that suits the window.
    Width(Pane, i32),
    /// A pane is folded to a rail, or unfolded.
    Fold(Pane, bool),
    /// Another pane is shown, where not all are.
    Show(Pane),
}

impl Reducible for Layout {
    type Action = Change;

    fn reduce(self: Rc<Self>, change: Change) -> Rc<Self> {
        let mut next = *self;
        match change {
            Change::Room(room) => next.room = room,
            Change::Width(pane, width) => {
                let (least, most) = pane.widths();
                let width = if width == 0 { 0 } else { width.clamp(least, most) };
                if let Some(place) = next.widths.get_mut(pane as usize) {
                    *place = width;
                }
                browser::remember(pane.width_name(), &width.to_string());
            }
            Change::Fold(pane, folded) => {
                if let Some(place) = next.folded.get_mut(pane as usize) {
                    *place = folded;
                }
                browser::remember(pane.fold_name(), if folded { "yes" } else { "no" });
            }
            Change::Show(pane) => next.shown = pane,
        }
        next.into()
    }
}

impl Layout {
    /// As it was remembered.
    pub fn recalled() -> Self {
        let width = |pane: Pane| browser::recall(pane.width_name()).and_then(|it| it.parse().ok()).unwrap_or(0);
        let folded = |pane: Pane| browser::recall(pane.fold_name()).as_deref() == Some("yes");
        Self {
            room: room_now(),
            widths: [width(Pane::Read), width(Pane::Write)],
            folded: [folded(Pane::Read), folded(Pane::Write)],
            shown: Pane::Read,
        }
    }

    /// Whether a pane is folded to a rail; only a wide screen folds.
    pub fn is_folded(&self, pane: Pane) -> bool {
        self.room == Room::Wide && self.folded.get(pane as usize).is_some_and(|folded| *folded)
    }

    /// Whether a pane is on the screen, unfolded or as a rail.
    pub fn shows(&self, pane: Pane) -> bool {
        match self.room {
            Room::Wide => true,
            Room::Middle => pane == Pane::World || pane == self.beside_world(),
            Room::Narrow => pane == self.shown,
        }
    }

    /// Read or Write: the one that a middle screen shows beside the World.
    pub fn beside_world(&self) -> Pane {
        if self.shown == Pane::Write { Pane::Write } else { Pane::Read }
    }

    /// The chosen widths, as the style of the columns.
    pub fn style(&self) -> String {
        let mut style = String::new();
        for (name, width) in ["--read:", "--write:"].into_iter().zip(self.widths) {
            if width > 0 {
                style += name;
                style += &width.to_string();
                style += "px;";
            }
        }
        style
    }
}

const WIDE: &str = "(min-width:1200px)";
const NARROW: &str = "(max-width:699.98px)";

fn query(media: &str) -> Option<web_sys::MediaQueryList> {
    web_sys::window()?.match_media(media).ok()?
}

fn room_now() -> Room {
    let is = |media| query(media).is_some_and(|query| query.matches());
    if is(WIDE) {
        Room::Wide
    } else if is(NARROW) {
        Room::Narrow
    } else {
        Room::Middle
    }
}

/// The layout; it follows the window.
#[hook]
pub fn use_layout() -> UseReducerHandle<Layout> {
    let layout = use_reducer_eq(Layout::recalled);
    let dispatch = layout.dispatcher();
    use_effect_with((), move |()| {
        let listeners: Vec<_> = [WIDE, NARROW]
            .into_iter()
            .filter_map(query)
            .map(|query| {
                let dispatch = dispatch.clone();
                EventListener::new(&query, "change", move |_| dispatch.dispatch(Change::Room(room_now())))
            })
            .collect();
        move || drop(listeners)
    });
    layout
}

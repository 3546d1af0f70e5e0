//! The browser's program: panes drawn with Yew, and the browser's services (editor, storage,
//! address). It shows what `view` says, in the words of `words`, and sends `Msg`s to the session.
//!
//! There is one session. A [`Handle`] to it goes down in a context and never changes; a component
//! subscribes to a slice of the session with [`use_view`] and renders again only when that slice
//! differs. One animation-frame driver moves time and notifies at most once a frame.
//!
//! Invariant: nothing here decides anything about the world; it asks the session.
//! Invariant: no word for people stands here; they are keys of the catalogues.
//! Invariant: everything works without storage, and nothing is fetched from another host.

mod app;
mod handle;
mod world;

pub use handle::{Handle, use_handle, use_view, use_words};

use drydock::session::Session;
use drydock::words::Lang;

/// Draws the page. Called once.
pub fn start() {
    let handle = Handle::new(Session::new(Lang::Ko));
    yew::Renderer::<app::App>::with_props(app::Props { handle }).render();
}

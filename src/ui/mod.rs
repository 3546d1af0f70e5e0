//! The browser's program: panes drawn with Yew, and the browser's services (editor, storage,
//! address). It shows what `view` says, in the words of `words`, and sends `Msg`s to the session.
//!
//! There is one session. A [`Handle`] to it goes down in a context and never changes; a component
//! subscribes to a slice of the session with [`use_view`] and renders again only when that slice
//! differs. One animation-frame driver moves time and notifies at most once a frame.
//!
//! Its JavaScript is in `js/`: `boot.js` stands in the page and runs before the first paint,
//! `editor.js` is CodeMirror and comes when it comes, `terminal.js` is xterm.js and comes when it is
//! first used, `doors.js` has what leads out of the tab: links, files, codes. `embed.js` stands in other people's
//! pages, `embedded.js` in ours when it stands there. `js/split/` parts a release in two: what the tour runs, and the rest, which follows.
//!
//! Invariant: nothing here decides anything about the world; it asks the session.
//! Invariant: no word for people stands here; they are keys of the catalogues.
//! Invariant: everything works without storage, and nothing is fetched from another host.

mod app;
mod bar;
mod browser;
mod course;
mod doors;
mod editor;
mod embed;
mod handle;
mod handout;
mod layout;
mod palette;
mod phone;
mod present;
mod prose;
mod read;
mod rest;
mod screen;
mod shape;
mod share;
mod terminal;
mod work;
mod world;
mod write;
mod xterm;

pub use handle::{Handle, use_handle, use_paced_view, use_slow_view, use_view, use_words};

use drydock::session::{Classroom, Lens, Msg, Session, StoryFault};
use drydock::words::Lang;
use wasm_bindgen::prelude::wasm_bindgen;

/// Draws the page. Called once.
pub fn start() {
    std::panic::set_hook(Box::new(|info| browser::survive(&info.to_string())));
    wasm_bindgen_futures::spawn_local(async {
        let lang = Lang::from_tag(&browser::lang()).unwrap_or_default();
        let (told, fault) = match browser::story() {
            Some(code) => match doors::open(lang, &code).await {
                Ok(session) => (Some(session), None),
                Err(fault) => (None, Some(fault)),
            },
            None => (None, None),
        };
        let session = match told {
            Some(session) => session,
            None => {
                let asked = work::kept_lesson().or_else(|| browser::address("lesson"));
                let lesson = asked.or_else(|| browser::recall("lesson"));
                open(lang, lesson.as_deref().unwrap_or(FIRST)).await
            }
        };
        draw(session, fault);
    });
}

/// The lesson that the program itself carries.
const FIRST: &str = "00-tour";

/// A session with its lesson. Without a network it is the first one.
async fn open(lang: Lang, lesson: &str) -> Session {
    if lesson == FIRST {
        return Session::new(lang);
    }
    match browser::fetch_lesson(lesson).await {
        Ok(packed) => Session::open_fetched(lang, lesson, &packed.as_string().unwrap_or_default()),
        Err(_) => Session::new(lang),
    }
}

/// What a teacher's link says in the address.
fn classroom() -> Classroom {
    let [course, auto, breaking] = ["course", "auto", "break"].map(|name| browser::address(name).unwrap_or_default());
    Classroom::read(&course, &auto, &breaking)
}

fn draw(mut session: Session, fault: Option<StoryFault>) {
    if let Some(kept) = browser::recall("progress") {
        session.remember(&kept);
    }
    let room = classroom();
    if room != Classroom::default() {
        session.teach(room);
    }
    let handle = Handle::new(session);
    if let Some(lens) = browser::address("lens").and_then(|lens| Lens::named(&lens)) {
        handle.send(Msg::SetLens(lens));
    }
    work::restore(&handle);
    let Some(root) = browser::place() else { return };
    yew::Renderer::<app::App>::with_root_and_props(root, app::Props { handle, fault }).render();
}

/// Tells a session apart from the page's own, and what its world hashes to after each line: for
/// holding this program against the native one. See `session::replay`.
#[wasm_bindgen(js_name = replayHash)]
pub fn replay_hash(script: &str) -> String {
    drydock::session::replay(script)
}

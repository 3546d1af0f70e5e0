//! Inside another page: the World alone, and a small bar. It takes neither scroll nor focus.

use super::phone::{Buttons, Clock};
use super::shape::{brand_mark, icon, icon_button};
use super::{use_handle, use_words, world::EmbedWorld};
use drydock::session::Msg;
use yew::prelude::*;

/// The embedded page.
#[component]
pub fn Embed() -> Html {
    let (words, handle) = (use_words(), use_handle());
    let restart = Callback::from(move |_| handle.send(Msg::Restart));
    html! {
        <div class="app embed">
            <main class="cols"><EmbedWorld /></main>
            <footer>
                <Buttons />{ icon_button("#i-restart", words.text("time-start-over"), restart) }<Clock />
                <span class="sp" />
                <a class="openin" href={full_address()} target="_blank" rel="noopener" aria-label={words.text("embed-open")}>{ brand_mark() }<span>{ words.text("embed-open") }</span>{ icon("#i-out") }</a>
            </footer>
        </div>
    }
}

/// This page's address without `embed`: the same lesson, lens and language, with everything around it.
fn full_address() -> String {
    let search = web_sys::window().and_then(|window| window.location().search().ok()).unwrap_or_default();
    let kept: Vec<&str> = search
        .trim_start_matches('?')
        .split('&')
        .filter(|it| !it.is_empty() && it.split('=').next() != Some("embed"))
        .collect();
    if kept.is_empty() { "./".to_owned() } else { ["./?", &kept.join("&")].concat() }
}

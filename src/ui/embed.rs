//! Inside another page: the World alone, and a small bar. It takes neither scroll nor focus.

use super::phone::{Buttons, Clock};
use super::shape::{brand_mark, icon, icon_button};
use super::{Handle, browser, read::CheckStrip, use_handle, use_view, use_words, world::EmbedWorld};
use drydock::session::Msg;
use drydock::view::read::{self, CheckState};
use yew::prelude::*;

/// The embedded page.
#[component]
pub fn Embed() -> Html {
    let (words, handle) = (use_words(), use_handle());
    {
        let handle = handle.clone();
        use_effect_with((), move |()| browser::tell("ready", &how_far(&handle)));
    }
    let restart = Callback::from(move |_| handle.send(Msg::Restart));
    html! {
        <div class="app embed">
            <main class="cols"><EmbedWorld /></main>
            if browser::address("steps").is_some() { <Steps /> }
            <footer>
                <Buttons />{ icon_button("#i-restart", words.text("time-start-over"), restart) }<Clock />
                <span class="sp" />
                <a class="openin" href={full_address()} target="_blank" rel="noopener" aria-label={words.text("embed-open")}>{ brand_mark() }<span>{ words.text("embed-open") }</span>{ icon("#i-out") }</a>
            </footer>
        </div>
    }
}

/// The shown step's goal, and a hand that does it: here nobody can write.
#[component]
fn Steps() -> Html {
    let (words, handle) = (use_words(), use_handle());
    let is_open = use_view(|session| read::step(session).is_some_and(|step| step.check.state != CheckState::Passed));
    let answer = move |_| handle.send(Msg::UseAnswer);
    html! {
        <div class="goal">
            <CheckStrip />
            if is_open { <button type="button" class="btn sm" onclick={answer}>{ words.text("hint-apply") }</button> }
        </div>
    }
}

/// How far the lesson is, for the page around this one: `{lesson, step, steps, finished}` as JSON.
pub fn how_far(handle: &Handle) -> String {
    handle.read(|session| {
        let Some(progress) = session.progress() else { return "{}".to_owned() };
        // A lesson's id is a number, hyphens and words: it needs no escapes.
        let id = progress.lesson.id.replace(|c: char| !c.is_ascii_alphanumeric() && c != '-', "");
        let (step, steps) = (progress.passed, progress.lesson.steps.len());
        let finished = progress.is_finished();
        format!("{{\"lesson\":\"{id}\",\"step\":{step},\"steps\":{steps},\"finished\":{finished}}}")
    })
}

/// This page's address without `embed`: the same lesson, lens, language and story, with everything around it.
fn full_address() -> String {
    let location = web_sys::window().map(|window| window.location());
    let part = |part: Option<Result<String, _>>| part.and_then(Result::ok).unwrap_or_default();
    let search = part(location.as_ref().map(web_sys::Location::search));
    let story = part(location.as_ref().map(web_sys::Location::hash));
    let kept: Vec<&str> = search
        .trim_start_matches('?')
        .split('&')
        .filter(|it| !it.is_empty() && it.split('=').next() != Some("embed"))
        .collect();
    [if kept.is_empty() { "./" } else { "./?" }, &kept.join("&"), &story].concat()
}

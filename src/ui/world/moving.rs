//! "Move house" beside the Map: what of the editor's manifests has to change on every other cluster.

use super::pane::Pane;
use crate::ui::{use_view, use_words};
use drydock::view::moving::{self, Change};
use drydock::words::say;
use std::rc::Rc;
use yew::prelude::*;

/// What the pane needs to know.
#[derive(Properties, PartialEq)]
pub struct Props {
    /// It is closed.
    pub on_close: Callback<()>,
}

/// The pane.
#[component]
pub fn Moving(props: &Props) -> Html {
    let words = use_words();
    let view = use_view(|session| moving::view(session).map(Rc::new));
    let Some(view) = view else { return Html::default() };
    let head = html! { <><p class="kind">{ words.text("move-title") }</p><h2>{ say!(words, "move-from", cluster = &view.from) }</h2></> };
    html! {
        <Pane label={words.text("move-title")} class="tracer moving" {head} on_close={props.on_close.clone()}>
            <div class="half thin" tabindex="0">
                { for view.to.iter().map(|(name, changes)| html! {
                    <section key={name.to_string()}>
                        <h3>{ say!(words, "move-to", cluster = name) }</h3>
                        if changes.is_empty() { <p>{ words.text("move-nothing") }</p> }
                        { for changes.iter().map(change) }
                    </section>
                }) }
            </div>
        </Pane>
    }
}

fn change(change: &Change) -> Html {
    html! {
        <div class="change">
            <p><b>{ &*change.object }</b>{ " " }<span class="m">{ change.path }</span></p>
            if !change.from.is_empty() { <del>{ &*change.from }</del> }
            if !change.to.is_empty() { <ins>{ &*change.to }</ins> }
        </div>
    }
}

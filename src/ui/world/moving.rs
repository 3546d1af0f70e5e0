//! "Move house" beside the Map: what of the editor's manifests has to change on every other cluster.

use super::icon_button;
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
    let close = {
        let on_close = props.on_close.clone();
        Callback::from(move |_: MouseEvent| on_close.emit(()))
    };
    let onkeydown = {
        let on_close = props.on_close.clone();
        Callback::from(move |event: KeyboardEvent| {
            if event.key() == "Escape" {
                on_close.emit(());
            }
        })
    };
    html! {
        <aside class="insp tracer moving" aria-label={words.text("move-title")} {onkeydown}>
            <div class="title">
                <div class="name"><p class="kind">{ words.text("move-title") }</p><h2>{ say!(words, "move-from", cluster = &view.from) }</h2></div>
                <div class="acts">{ icon_button("#i-close", words.text("close"), close, "ib") }</div>
            </div>
            <div class="half thin">
                { for view.to.iter().map(|(name, changes)| html! {
                    <section key={name.to_string()}>
                        <h3>{ say!(words, "move-to", cluster = name) }</h3>
                        if changes.is_empty() { <p>{ words.text("move-nothing") }</p> }
                        { for changes.iter().map(change) }
                    </section>
                }) }
            </div>
        </aside>
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

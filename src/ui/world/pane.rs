//! The frame of what stands beside a lens: a name, what can be done, a cross. Escape closes it, and
//! the focus goes back to where it came from.

use super::icon_button;
use crate::ui::use_words;
use wasm_bindgen::JsCast;
use web_sys::HtmlElement;
use yew::prelude::*;

/// What a pane needs.
#[derive(Properties, PartialEq)]
pub struct PaneProps {
    /// What it is, for ears.
    pub label: AttrValue,
    /// Its own class.
    #[prop_or_default]
    pub class: Classes,
    /// Its head: a line that says what it is about, and its name.
    pub head: Html,
    /// What can be done with all of it, before the cross.
    #[prop_or_default]
    pub acts: Html,
    /// It is closed.
    pub on_close: Callback<()>,
    /// What is in it.
    pub children: Html,
}

/// The frame.
#[component]
pub fn Pane(props: &PaneProps) -> Html {
    let words = use_words();
    let frame = use_node_ref();
    let before = use_mut_ref(focused);
    let close = {
        let (frame, on_close) = (frame.clone(), props.on_close.clone());
        Callback::from(move |()| {
            let has_focus =
                focused().zip(frame.cast::<web_sys::Node>()).is_some_and(|(it, pane)| pane.contains(Some(&it)));
            if let Some(before) = before.borrow().as_ref().filter(|it| has_focus && it.is_connected()) {
                // What cannot take the focus any more leaves it to the page.
                let _ = before.focus();
            }
            on_close.emit(());
        })
    };
    let onkeydown = {
        let close = close.clone();
        Callback::from(move |event: KeyboardEvent| {
            if event.key() == "Escape" {
                close.emit(());
            }
        })
    };
    html! {
        <aside ref={frame} class={classes!("insp", props.class.clone())} aria-label={props.label.clone()} {onkeydown}>
            <div class="title">
                <div class="name">{ props.head.clone() }</div>
                <div class="acts">{ props.acts.clone() }{ icon_button("#i-close", words.text("close"), close.reform(|_| ()), "ib") }</div>
            </div>
            { props.children.clone() }
        </aside>
    }
}

/// What has the focus; SVG elements have it too.
fn focused() -> Option<HtmlElement> {
    web_sys::window()?.document()?.active_element().map(JsCast::unchecked_into)
}

/// What an inspector shows of a thing.
#[derive(Properties, PartialEq)]
pub struct FacetsProps {
    /// The words for its three parts: why, what is written, what happened.
    pub words: [&'static str; 3],
    /// What is written of it.
    pub written: Html,
    /// Why it is as it is.
    pub why: Html,
    /// What happened to it, or what it is tied to.
    pub events: Html,
}

/// Three parts of a thing beside each other, or, where there is no room, one of them.
#[component]
pub fn Facets(props: &FacetsProps) -> Html {
    let words = use_words();
    let shown = use_state_eq(|| "why");
    let [why, written, events] = props.words;
    let tab = |key: &'static str, word: &'static str| {
        let shown = shown.clone();
        html! { <button type="button" aria-pressed={(*shown == key).to_string()} onclick={move |_| shown.set(key)}>{ words.text(word) }</button> }
    };
    html! {
        <>
            <div class="seg parts" role="group" aria-label={words.text("inspector-parts")}>
                { tab("why", why) }{ tab("yaml", written) }{ tab("events", events) }
            </div>
            <div class="duo" data-shown={*shown}>
                <section class="half yaml thin" tabindex="0" aria-label={words.text(written)}><h3>{ words.text(written) }</h3>{ props.written.clone() }</section>
                <section class="half thin why" tabindex="0" aria-label={words.text(why)}>
                    <div class="part why">{ props.why.clone() }</div>
                    <div class="part events">{ props.events.clone() }</div>
                </section>
            </div>
        </>
    }
}

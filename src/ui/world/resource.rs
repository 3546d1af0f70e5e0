//! The inspector for a resource of the cloud: properties, what it is tied to, what happened, and the
//! commands that show and delete it.

use super::inspect::link;
use super::{icon, icon_button, mark};
use crate::ui::{Handle, use_handle, use_slow_view, use_words};
use drydock::session::Msg;
use drydock::view::resource::{self, Property, Related, ResourceView};
use drydock::words::{Words, say};
use std::rc::Rc;
use yew::prelude::*;

/// The pane for the chosen resource; nothing when none is.
#[component]
pub fn ResourceInspector() -> Html {
    let (words, handle) = (use_words(), use_handle());
    let view = use_slow_view(|session| resource::view(session).map(Rc::new));
    let shown = use_state_eq(|| "why");
    let Some(view) = view else { return Html::default() };
    let close = {
        let handle = handle.clone();
        Callback::from(move |_: MouseEvent| handle.send(Msg::Select(None)))
    };
    let onkeydown = {
        let handle = handle.clone();
        Callback::from(move |event: KeyboardEvent| {
            if event.key() == "Escape" {
                handle.send(Msg::Select(None));
            }
        })
    };
    let tab = |key: &'static str, word: &'static str| {
        let shown = shown.clone();
        html! { <button type="button" aria-pressed={(*shown == key).to_string()} onclick={move |_| shown.set(key)}>{ words.text(word) }</button> }
    };
    html! {
        <aside class="insp" aria-label={words.text("inspector")} {onkeydown}>
            { title(&view, &words, close, &handle) }
            { super::inspect::lines_to_type(&view.commands, &words, &handle) }
            <div class="seg parts" role="group" aria-label={words.text("inspector-parts")}>
                { tab("why", "inspector-why") }{ tab("yaml", "resource-properties") }{ tab("events", "resource-ties") }
            </div>
            <div class="duo" data-shown={*shown}>
                <section class="half yaml thin" tabindex="0" aria-label={words.text("resource-properties")}>
                    <h3>{ words.text("resource-properties") }</h3>
                    <div class="lines">{ for view.lines.iter().enumerate().map(property) }</div>
                </section>
                <section class="half thin why" tabindex="0" aria-label={words.text("inspector-why")}>
                    <div class="part why">
                        <h3>{ words.text("inspector-why-here") }</h3>
                        if view.past.is_empty() { <p class="pencil">{ words.text("why-none") }</p> }
                        <ol class="chainlist">{ for view.past.iter().map(|it| link(it, &words)) }</ol>
                        if !view.events.is_empty() {
                            <h4>{ words.text("stack-events") }</h4>
                            <ol class="events">{ for view.events.iter().map(|event| html! {
                                <li class={(event.stage.word() == "failed").then_some("warns")}>
                                    <span class="at">{ drydock::view::timeline::clock_text(event.at) }</span>
                                    <span><b class="m">{ &*event.id }</b>{ " " }<span class="m pencil">{ &*event.status }</span><span class="d">{ &*event.reason }</span></span>
                                </li>
                            }) }</ol>
                        }
                    </div>
                    <div class="part events">
                        { ties("resource-refers", &view.refers_to, &words, &handle) }
                        { ties("resource-referred", &view.referred_by, &words, &handle) }
                    </div>
                </section>
            </div>
        </aside>
    }
}

fn title(view: &ResourceView, words: &Words, close: Callback<MouseEvent>, handle: &Handle) -> Html {
    let place = if view.key.region.is_empty() { words.text("resource-global") } else { &*view.key.region };
    let about = say!(words, "resource-about", kind = resource::short_kind(&view.key), place = place);
    let end = view.commands.last().cloned().filter(|_| view.can_delete && view.exists);
    html! {
        <div class="title">
            <div class="name">
                <p class="kind">{ about }</p>
                <h2>{ &*view.name }</h2>
                <p class="kind with-mark">
                    if view.exists && !view.status.is_empty() { { mark(super::drawing::shapes::Plate::Pod(view.state), 26.0, 16.0) }<span class="m">{ &*view.status }</span> }
                    if !view.exists { <span>{ words.text("inspector-gone") }</span> }
                    if *view.name != *view.key.id { <span class="m">{ &*view.key.id }</span> }
                </p>
            </div>
            <div class="acts">
                if let Some(end) = end {
                    <button type="button" class="btn sm quiet" onclick={let handle = handle.clone(); move |_| handle.send(Msg::Command(end.clone()))}>{ icon("#i-delete") }{ words.text("action-delete") }</button>
                }
                { icon_button("#i-close", words.text("close"), close, "ib") }
            </div>
        </div>
    }
}

fn property((index, line): (usize, &Property)) -> Html {
    let pad = format!("padding-left:{}ch", line.depth * 2);
    html! {
        <div key={index} class="ln ctrl">
            <span class="n" aria-hidden="true">{ index + 1 }</span>
            <span class="c"><span style={pad}>
                if line.dash { <span class="p">{ "- " }</span> }
                if !line.key.is_empty() { <span class="k">{ &*line.key }</span><span class="p">{ ":" }</span>{ " " } }
                <span class="v">{ &*line.value }</span>
            </span></span>
        </div>
    }
}

fn ties(word: &'static str, related: &[Related], words: &Words, handle: &Handle) -> Html {
    if related.is_empty() {
        return Html::default();
    }
    html! {
        <>
            <h4>{ words.text(word) }</h4>
            <ul class="ties">{ for related.iter().map(|it| {
                let (handle, key) = (handle.clone(), it.key.clone());
                html! {
                    <li key={format!("{} {}", it.key.kind, it.key.id)}><span class="pencil">{ resource::short_kind(&it.key) }</span>{ " " }
                        <button type="button" class="lk m" onclick={move |_| handle.send(Msg::Choose(key.clone()))}>{ &*it.name }</button></li>
                }
            }) }</ul>
        </>
    }
}

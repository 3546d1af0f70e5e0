//! The inspector for a resource of the cloud: properties, what it is tied to, what happened, and the
//! commands that show and delete it.

use super::inspect::link;
use super::pane::{Facets, Pane};
use super::{icon, mark};
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
    let Some(view) = view else { return Html::default() };
    let on_close = {
        let handle = handle.clone();
        Callback::from(move |()| handle.send(Msg::Select(None)))
    };
    let why = html! {
        <>
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
        </>
    };
    let events = html! {
        <>
            { ties("resource-refers", &view.refers_to, &words, &handle) }
            { ties("resource-referred", &view.referred_by, &words, &handle) }
        </>
    };
    let written = html! { <div class="lines">{ for view.lines.iter().enumerate().map(property) }</div> };
    html! {
        <Pane label={words.text("inspector")} head={head(&view, &words)} acts={acts(&view, &words, &handle)} {on_close}>
            { super::inspect::lines_to_type(&view.commands, &words, &handle) }
            <Facets words={["inspector-why", "resource-properties", "resource-ties"]} {written} {why} {events} />
        </Pane>
    }
}

fn head(view: &ResourceView, words: &Words) -> Html {
    let place = if view.key.region.is_empty() { words.text("resource-global") } else { &*view.key.region };
    let about = say!(words, "resource-about", kind = resource::short_kind(&view.key), place = place);
    html! {
        <>
            <p class="kind">{ about }</p>
            <h2>{ &*view.name }</h2>
            <p class="kind with-mark">
                if view.exists && !view.status.is_empty() { { mark(super::drawing::shapes::Plate::Pod(view.state), 26.0, 16.0) }<span class="m">{ &*view.status }</span> }
                if !view.exists { <span>{ words.text("inspector-gone") }</span> }
                if *view.name != *view.key.id { <span class="m">{ &*view.key.id }</span> }
            </p>
        </>
    }
}

/// The command that deletes it, as a button.
fn acts(view: &ResourceView, words: &Words, handle: &Handle) -> Html {
    let end = view.commands.last().cloned().filter(|_| view.can_delete && view.exists);
    let Some(end) = end else { return Html::default() };
    let handle = handle.clone();
    html! {
        <button type="button" class="btn sm quiet" onclick={move |_| handle.send(Msg::Command(end.clone()))}>{ icon("#i-delete") }{ words.text("action-delete") }</button>
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

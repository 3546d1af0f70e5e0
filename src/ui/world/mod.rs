//! The World pane: lens bar, sheet, inspector, timeline.
//!
//! `drawing/` computes drawings as data from the views and the pane's size; `render` turns them
//! into SVG; `sheet`, `list`, `inspect` and `time` are the components that show them.
//!
//! Invariant: a drawing is computed, never measured from the page: only the pane's size is.
//! Invariant: what a pointer can do, the keyboard can do, and the list can do.

mod access;
mod create;
mod dots;
mod drawing;
mod inspect;
mod list;
mod money;
mod moving;
mod pane;
mod rbac;
mod render;
mod resource;
mod sheet;
mod size;
mod stack;
mod time;
mod trace;
mod traffic;
mod tree;

use super::shape::icon;
use super::{use_handle, use_slow_view, use_view, use_words};
use drawing::shapes::{self, Inscription, Plate};
use drawing::{Drawing, Shape};
use drydock::session::{Lens, Msg};
use drydock::view::inspector::ActionKind;
use drydock::view::{lenses, wish};
use drydock::words::Words;
use yew::prelude::*;

/// The third column.
#[component]
pub fn WorldPane() -> Html {
    let words = use_words();
    let lens = use_view(|session| session.lens);
    let is_selected = use_view(|session| session.selection.is_some());
    let is_chosen = use_view(|session| session.chosen.is_some());
    html! {
        <section class="world" aria-label={words.text("pane-world")}>
            <LensBar />
            <div class={classes!("world-body", (is_selected || is_chosen).then_some("split"))}>
                { lens_of(lens) }
                if is_selected { <inspect::Inspector /> } else if is_chosen { <resource::ResourceInspector /> }
                <super::palette::Same />
            </div>
            <time::Timeline />
            <News />
        </section>
    }
}

/// The World inside another page: the lens alone, and what is selected.
#[component]
pub fn EmbedWorld() -> Html {
    let words = use_words();
    let lens = use_view(|session| session.lens);
    let is_selected = use_view(|session| session.selection.is_some());
    html! {
        <section class="world" aria-label={words.text("pane-world")}>
            <div class={classes!("world-body", is_selected.then_some("split"))}>
                { lens_of(lens) }
                if is_selected { <inspect::Inspector /> }
            </div>
            <News />
        </section>
    }
}

fn lens_of(lens: Lens) -> Html {
    match lens {
        Lens::Map => html! { <Map key="map" /> },
        Lens::Loop => html! { <sheet::LoopSheet key="loop" /> },
        Lens::Tree => html! { <tree::TreeLens key="tree" /> },
        Lens::Traffic => html! { <traffic::TrafficLens key="traffic" /> },
        Lens::Access => html! { <access::AccessLens key="access" /> },
        Lens::List => html! { <list::ListLens key="list" /> },
    }
}

/// The Map: of what is hosted outside clusters where there is such a thing, else of the cluster.
#[component]
fn Map() -> Html {
    let is_hosting = use_view(|session| !session.world().hosting().is_empty());
    if is_hosting {
        html! { <sheet::HostingSheet /> }
    } else {
        html! { <sheet::MapSheet /> }
    }
}

#[component]
fn LensBar() -> Html {
    let (words, handle) = (use_words(), use_handle());
    let lens = use_view(|session| session.lens);
    let offered = use_slow_view(lenses::offered);
    let onkeydown = {
        let (handle, offered) = (handle.clone(), offered.clone());
        Callback::from(move |event: KeyboardEvent| {
            let at = offered.iter().position(|it| *it == lens).unwrap_or_default();
            let next = match &*event.key() {
                "ArrowRight" => at + 1,
                "ArrowLeft" => at + offered.len() - 1,
                _ => return,
            };
            let next = next % offered.len().max(1);
            let Some(chosen) = offered.get(next) else { return };
            event.prevent_default();
            handle.send(Msg::SetLens(*chosen));
            focus_tab(&event, next);
        })
    };
    html! {
        <div class="tabrow">
            <div class="tabs" role="tablist" aria-label={words.text("lens")} {onkeydown}>
            { for offered.into_iter().map(|it| {
                let (handle, chosen) = (handle.clone(), it == lens);
                html! {
                    <button type="button" role="tab" aria-selected={chosen.to_string()} tabindex={if chosen { "0" } else { "-1" }}
                        onclick={move |_| handle.send(Msg::SetLens(it))}>{ words.text(it.word()) }</button>
                }
            }) }
            </div>
            <div class="tail"><super::palette::BreakButton /></div>
        </div>
    }
}

/// Moves the focus along a row of tabs.
fn focus_tab(event: &KeyboardEvent, index: usize) {
    use wasm_bindgen::JsCast;
    // Events are heard at the page's root, so their `current_target` does not say which row.
    let target = event.target().and_then(|target| target.dyn_into::<web_sys::Element>().ok());
    let row = target.and_then(|target| target.closest("[role=tablist]").ok().flatten());
    let tab = row.and_then(|row| row.children().item(u32::try_from(index).unwrap_or_default()));
    if let Some(tab) = tab.and_then(|tab| tab.dyn_into::<web_sys::HtmlElement>().ok()) {
        let _ = tab.focus();
    }
}

/// Tells who cannot see it what has changed, politely and not often.
#[component]
fn News() -> Html {
    let words = use_words();
    let news = use_slow_view(wish::news);
    let before = use_mut_ref(|| None::<wish::News>);
    let said = use_mut_ref(String::new);
    let earlier = before.replace(Some(news.clone()));
    if let Some(earlier) = earlier {
        let lines: Vec<String> = news.since(&earlier).iter().map(|line| line.say(&words)).collect();
        if !lines.is_empty() {
            said.replace(lines.join(". "));
        }
    }
    html! { <p class="sr" role="status" aria-live="polite">{ said.borrow().clone() }</p> }
}

fn icon_button(name: &'static str, label: &'static str, onclick: Callback<MouseEvent>, class: &'static str) -> Html {
    html! { <button type="button" {class} aria-label={label} title={label} {onclick}>{ icon(name) }</button> }
}

fn action_icon(kind: ActionKind) -> &'static str {
    match kind {
        ActionKind::Edit => "#i-edit",
        ActionKind::Delete => "#i-delete",
        ActionKind::Break => "#i-break",
        ActionKind::Mend => "#i-play",
    }
}

/// Shapes without anything to choose.
fn raw(shapes: &[Shape]) -> Html {
    let drawing = Drawing { shapes: shapes.to_vec(), ..Drawing::default() };
    render::shapes(&drawing, "", render::Reach::Titles)
}

/// A plate of a state, as a mark in a line of text.
fn mark(plate: Plate, w: f32, h: f32) -> Html {
    let shapes = shapes::plate(plate, w, h, Inscription::default());
    html! {
        <svg class="mark" width={w.to_string()} height={h.to_string()} aria-hidden="true"><g class={plate.class()}>{ raw(&shapes) }</g></svg>
    }
}

/// What is hosted outside clusters, small.
#[component]
fn MiniHosting() -> Html {
    let words = use_words();
    let node = use_node_ref();
    let (width, _) = size::use_size(node.clone());
    let view = use_view(|session| drydock::view::hosting::view(session));
    let drawing = drawing::hosting::mini(&view, &words, width.max(120.0));
    let label = drawing::hosting::told(&view, &words).join(". ");
    html! {
        <div ref={node} class="mini-sheet">
            <svg width={drawing.width.to_string()} height={drawing.height.to_string()} role="img" aria-label={label}>{ render::shapes(&drawing, "mini", render::Reach::Titles) }</svg>
        </div>
    }
}

/// What the World is about, small.
#[component]
pub fn MiniWorld() -> Html {
    let is_hosting = use_view(|session| !session.world().hosting().is_empty());
    if is_hosting {
        html! { <MiniHosting /> }
    } else {
        html! { <MiniWish /> }
    }
}

/// One wish, small: its plates with their dimension, for a dock at the edge of a small screen.
#[component]
fn MiniWish() -> Html {
    let words = use_words();
    let node = use_node_ref();
    let (width, _) = size::use_size(node.clone());
    let row = use_slow_view(|session| drydock::view::control_loop::focus(session, &wish::rows(session)));
    let Some(row) = row else { return html! { <div ref={node} class="mini-sheet" /> } };
    let drawing = drawing::map::mini(&row, &words, width.max(120.0));
    let label = mini_label(&row, &words);
    html! {
        <div ref={node} class="mini-sheet">
            <svg width={drawing.width.to_string()} height={drawing.height.to_string()} role="img" aria-label={label}>{ render::shapes(&drawing, "mini", render::Reach::Titles) }</svg>
        </div>
    }
}

fn mini_label(row: &wish::WishRow, words: &Words) -> String {
    format!("{}: {}", row.key.name, drawing::map::gap_label(row, words))
}

//! The List lens: everything in one table. What the other lenses can do, this can do.

use super::icon;
use crate::ui::{use_handle, use_slow_view, use_view, use_words};
use drydock::session::Msg;
use drydock::view::inspector::{self, ActionKind};
use drydock::view::list::{self, Id, ListRow, Part, Place, State};
use drydock::view::resource;
use drydock::view::{breaking, control_loop};
use drydock::words::{Words, say};
use std::rc::Rc;
use wasm_bindgen::JsCast;
use web_sys::{Element, HtmlElement, HtmlInputElement};
use yew::prelude::*;

/// More rows than this are asked for by filtering: a table of thousands helps nobody.
const ROWS_MAX: usize = 400;

/// The table.
#[component]
pub fn ListLens() -> Html {
    let words = use_words();
    let view = use_slow_view(|session| Rc::new(list::view(session)));
    let selected = use_view(|session| (session.selection.clone(), session.chosen.clone()));
    let touched = use_view(|session| session.touched().to_vec());
    // What is broken changes what can be done.
    let broken = use_view(|session| session.world().broken().iter().map(|broken| broken.entry.0).collect::<Vec<_>>());
    // Ages are told to the second.
    let seconds = use_view(|session| session.world().now().as_secs());
    let filter = use_state_eq(String::new);
    let parts = use_state_eq(|| vec![Part::Cluster, Part::Cloud]);
    let oninput = {
        let filter = filter.clone();
        Callback::from(move |event: InputEvent| {
            if let Some(field) = event.target_dyn_into::<HtmlInputElement>() {
                filter.set(field.value());
            }
        })
    };
    let in_parts: Vec<&ListRow> = view.rows.iter().filter(|row| parts.contains(&list::part(row))).collect();
    let fitting: Vec<&ListRow> = in_parts.iter().copied().filter(|row| list::fits(row, &filter)).collect();
    let heads = ["list-kind", "list-name", "list-namespace", "list-state", "list-place", "list-age"];
    let is_selected = |id: &Id| match id {
        Id::Object(key) => selected.0.as_ref() == Some(key),
        Id::Resource(key) => selected.1.as_deref() == Some(key),
    };
    let is_touched = |id: &Id| matches!(id, Id::Object(key) if touched.contains(key));
    let count = say!(words, "list-count", shown = fitting.len().min(ROWS_MAX), all = in_parts.len());
    html! {
        <div class="stage list thin">
            <div class="ls-bar" role="search" aria-label={words.text("list-filter")}>
                <input type="search" aria-label={words.text("list-filter")} placeholder={words.text("list-filter-hint")} value={(*filter).clone()} {oninput} />
                <span class="ls-parts" role="group" aria-label={words.text("list-parts-shown")}>
                    { for Part::ALL.into_iter().filter(|part| view.rows.iter().any(|row| list::part(row) == *part)).map(|part| chip(part, &parts, &words)) }
                </span>
                <span class="pencil" role="status">{ count }</span>
            </div>
            <table onkeydown={Callback::from(walk)} aria-label={words.text("lens-list")}>
                <thead><tr>{ for heads.iter().map(|key| html! { <th scope="col">{ words.text(key) }</th> }) }<th scope="col"><span class="sr">{ words.text("list-actions") }</span></th></tr></thead>
                <tbody>{ for fitting.iter().take(ROWS_MAX).map(|row| html! {
                    <Row key={key_of(&row.id)} row={(*row).clone()} is_selected={is_selected(&row.id)} is_touched={is_touched(&row.id)} broken={broken.clone()} age={age(row, seconds)} />
                }) }</tbody>
            </table>
            if fitting.is_empty() { <p class="ls-none pencil">{ words.text("list-none") }</p> }
            if fitting.len() > ROWS_MAX { <p class="ls-none pencil">{ words.text("list-more") }</p> }
            if parts.contains(&Part::Cluster) && filter.is_empty() { <Parts /> }
        </div>
    }
}

fn key_of(id: &Id) -> String {
    match id {
        Id::Object(key) => key.to_string(),
        Id::Resource(key) => [&*key.kind, " ", &key.region, " ", &key.id].concat(),
    }
}

fn age(row: &ListRow, now: u64) -> Option<i64> {
    let created = row.created?;
    Some(i64::try_from(now.saturating_sub(created.as_secs()) * 1000).unwrap_or(i64::MAX))
}

/// A part of the table, to show or to leave out.
fn chip(part: Part, parts: &UseStateHandle<Vec<Part>>, words: &Words) -> Html {
    let is_on = parts.contains(&part);
    let parts = parts.clone();
    let onclick = move |_: MouseEvent| {
        let mut next: Vec<Part> = (*parts).clone();
        match next.iter().position(|it| *it == part) {
            Some(at) => drop(next.remove(at)),
            None => next.push(part),
        }
        parts.set(next);
    };
    html! { <label><input type="checkbox" checked={is_on} {onclick} />{ words.text(part.word()) }</label> }
}

/// Arrows go from name to name.
fn walk(event: KeyboardEvent) {
    let step = match &*event.key() {
        "ArrowDown" => 1,
        "ArrowUp" => -1,
        _ => return,
    };
    let target = event.target().and_then(|target| target.dyn_into::<Element>().ok());
    let mut row = target.and_then(|target| target.closest("tr").ok().flatten());
    row = row.and_then(|row| if step > 0 { row.next_element_sibling() } else { row.previous_element_sibling() });
    let name = row.and_then(|row| row.query_selector("th button").ok().flatten());
    if let Some(name) = name.and_then(|name| name.dyn_into::<HtmlElement>().ok()) {
        event.prevent_default();
        let _ = name.focus();
    }
}

#[derive(Properties, PartialEq)]
struct RowProps {
    row: ListRow,
    is_selected: bool,
    is_touched: bool,
    broken: Vec<u64>,
    age: Option<i64>,
}

/// One row; drawn again when what it says has changed.
#[component]
fn Row(props: &RowProps) -> Html {
    let (words, handle) = (use_words(), use_handle());
    let RowProps { row, is_selected, is_touched, age, .. } = props;
    let (is_selected, is_touched) = (*is_selected, *is_touched);
    let choose = {
        let (handle, id) = (handle.clone(), row.id.clone());
        Callback::from(move |_: MouseEvent| {
            handle.send(match &id {
                _ if is_selected => Msg::Select(None),
                Id::Object(key) => Msg::Select(Some(key.clone())),
                Id::Resource(key) => Msg::Choose(key.clone()),
            });
        })
    };
    let onkeydown = {
        let (handle, id) = (handle.clone(), row.id.clone());
        Callback::from(move |event: KeyboardEvent| {
            if let ("Delete", Id::Object(key)) = (&*event.key(), &id) {
                handle.send(Msg::Delete(key.clone()));
            }
        })
    };
    let acts = match &row.id {
        Id::Object(key) => object_acts(key, &words, &handle),
        Id::Resource(key) => resource_acts(key, &row.name, &words, &handle),
    };
    html! {
        <tr class={classes!(is_selected.then_some("on"), is_touched.then_some("touched"))}>
            <td class="kind">{ &*row.kind }</td>
            <th scope="row"><button type="button" class="lk" aria-pressed={is_selected.to_string()} onclick={choose} {onkeydown} title={row.name.to_string()}>{ &*row.name }</button></th>
            <td class="space" title={row.space.to_string()}>{ &*row.space }</td>
            <td>{ state(&row.state, &words) }</td>
            <td>{ place(&row.place, &words) }</td>
            <td class="age">{ age.map(|age| words.duration(age)) }</td>
            <td class="acts">{ acts }</td>
        </tr>
    }
}

/// Delete, break, mend: as buttons with the object's name for ears.
fn object_acts(key: &drydock::view::Key, words: &Words, handle: &crate::ui::Handle) -> Html {
    let actions = handle.read(|session| inspector::actions(session, key));
    let offered = actions.into_iter().filter(|action| action.kind != ActionKind::Edit);
    offered
        .map(|action| {
            let label = format!("{}, {}", action.label.say(words), key.name);
            act(super::action_icon(action.kind), label, action.msg, handle)
        })
        .collect()
}

/// The same for a resource of the cloud: by the command that a person would type.
fn resource_acts(key: &drydock::view::ResourceKey, name: &str, words: &Words, handle: &crate::ui::Handle) -> Html {
    let lines = handle.read(|session| {
        session.world().cloud().get(key).map(|value| resource::commands(key, value)).unwrap_or_default()
    });
    match &lines[..] {
        [_, end] => {
            let label = format!("{}, {name}", words.text("action-delete"));
            act("#i-delete", label, Msg::Command(end.clone()), handle)
        }
        _ => Html::default(),
    }
}

fn act(name: &'static str, label: String, msg: Msg, handle: &crate::ui::Handle) -> Html {
    let handle = handle.clone();
    html! {
        <button type="button" class="ib" aria-label={label.clone()} title={label} onclick={move |_| handle.send(msg.clone())}>{ icon(name) }</button>
    }
}

/// The parts of the cluster that can be stopped.
#[component]
fn Parts() -> Html {
    let (words, handle) = (use_words(), use_handle());
    let mut parts = use_slow_view(control_loop::parts);
    parts.extend(use_slow_view(breaking::beside));
    html! {
        <table>
            <caption>{ words.text("list-parts") }</caption>
            <tbody>{ for parts.into_iter().map(|(name, stopped, switch)| {
                let switch = switch.map(|switch| {
                    let handle = handle.clone();
                    html! { <button type="button" class="btn sm" onclick={move |_| handle.send(switch.msg.clone())}>{ switch.label.say(&words) }</button> }
                });
                let word = match (name.starts_with("credential/"), stopped) {
                    (true, true) => "list-expired",
                    (true, false) => "list-valid",
                    (false, true) => "state-stopped",
                    (false, false) => "list-running",
                };
                html! {
                    <tr key={name.clone()}>
                        <th scope="row" class="m">{ name }</th>
                        <td class={stopped.then_some("red")}>{ words.text(word) }</td>
                        <td class="acts">{ switch }</td>
                    </tr>
                }
            }) }</tbody>
        </table>
    }
}

fn state(state: &State, words: &Words) -> Html {
    match state {
        State::Pod(state, status) => html! {
            <span class="with-mark">{ super::mark(super::drawing::shapes::Plate::Pod(*state), 26.0, 16.0) }<span>{ words.text(state.word()) }{ " " }<span class="pencil m">{ &**status }</span></span></span>
        },
        State::Node(state) => html! { { words.text(state.word()) } },
        State::Ready(ready, want) => {
            html! { { words.say("ready-of", &[("ready", (*ready).into()), ("want", (*want).into())]) } }
        }
        State::Plain => Html::default(),
    }
}

fn place(place: &Place, words: &Words) -> Html {
    match place {
        Place::Node(node) if node.is_empty() => html! { <span class="blue">{ words.text("map-no-place") }</span> },
        Place::Node(name) | Place::Name(name) => html! { <span class="m">{ &**name }</span> },
        Place::Wish(say) => html! { { say.say(words) } },
    }
}

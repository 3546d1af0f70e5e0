//! The List lens: every object in a table. What the other lenses can do, this can do.

use super::icon;
use crate::ui::{use_handle, use_view, use_words};
use drydock::session::Msg;
use drydock::view::control_loop;
use drydock::view::inspector::{self, ActionKind};
use drydock::view::list::{self, ListRow, Place, State};
use drydock::words::Words;
use std::rc::Rc;
use yew::prelude::*;

/// The table.
#[component]
pub fn ListLens() -> Html {
    let (words, handle) = (use_words(), use_handle());
    let view = use_view(|session| Rc::new(list::view(session)));
    let selected = use_view(|session| session.selection.clone());
    // Ages are told to the second.
    let seconds = use_view(|session| session.world().now().as_secs());
    let heads = ["list-kind", "list-name", "list-namespace", "list-state", "list-place", "list-age"];
    let row = |row: &ListRow| {
        let is_selected = selected.as_ref() == Some(&row.key);
        let choose = {
            let (handle, key) = (handle.clone(), row.key.clone());
            Callback::from(move |_: MouseEvent| handle.send(Msg::Select((!is_selected).then(|| key.clone()))))
        };
        let age = i64::try_from(seconds.saturating_sub(row.created.as_secs()) * 1000).unwrap_or(i64::MAX);
        html! {
            <tr key={row.key.to_string()} class={is_selected.then_some("on")}>
                <td class="kind">{ row.key.resource.kind() }</td>
                <th scope="row"><button type="button" class="lk" aria-pressed={is_selected.to_string()} onclick={choose}>{ &*row.key.name }</button></th>
                <td class="space">{ &*row.key.namespace }</td>
                <td>{ state(&row.state, &words) }</td>
                <td>{ place(&row.place, &words) }</td>
                <td class="age">{ words.duration(age) }</td>
                <td class="acts"><RowActions of={row.key.clone()} /></td>
            </tr>
        }
    };
    html! {
        <div class="stage list thin">
            <table>
                <thead><tr>{ for heads.iter().map(|key| html! { <th scope="col">{ words.text(key) }</th> }) }<th scope="col"><span class="sr">{ words.text("list-actions") }</span></th></tr></thead>
                <tbody>{ for view.rows.iter().map(row) }</tbody>
            </table>
            <Parts />
        </div>
    }
}

#[derive(Properties, PartialEq)]
struct RowProps {
    of: drydock::view::Key,
}

/// Delete, break, mend: as buttons with the object's name for ears.
#[component]
fn RowActions(props: &RowProps) -> Html {
    let (words, handle) = (use_words(), use_handle());
    let actions = handle.read(|session| inspector::actions(session, &props.of));
    actions
        .into_iter()
        .filter(|action| action.kind != ActionKind::Edit)
        .map(|action| {
            let label = format!("{}, {}", action.label.say(&words), props.of.name);
            let handle = handle.clone();
            let name = super::action_icon(action.kind);
            html! {
                <button type="button" class="ib" aria-label={label.clone()} title={label} onclick={move |_| handle.send(action.msg.clone())}>{ icon(name) }</button>
            }
        })
        .collect()
}

/// The parts of the cluster that can be stopped.
#[component]
fn Parts() -> Html {
    let (words, handle) = (use_words(), use_handle());
    let parts = use_view(control_loop::parts);
    html! {
        <table>
            <caption>{ words.text("list-parts") }</caption>
            <tbody>{ for parts.into_iter().map(|(name, stopped, switch)| {
                let handle = handle.clone();
                html! {
                    <tr key={name.clone()}>
                        <th scope="row" class="m">{ name }</th>
                        <td class={stopped.then_some("red")}>{ words.text(if stopped { "state-stopped" } else { "list-running" }) }</td>
                        <td class="acts"><button type="button" class="btn sm" onclick={move |_| handle.send(switch.msg.clone())}>{ switch.label.say(&words) }</button></td>
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

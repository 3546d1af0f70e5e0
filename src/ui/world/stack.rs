//! Stacks in the Tree lens, wave by wave. A dashed card is a wish, a solid one is there.

use crate::ui::shape::{Plate, plate_mark};
use crate::ui::{Handle, use_handle, use_slow_view, use_words};
use drydock::session::Msg;
use drydock::view::stack::{self, EventView, ResourceView, StackView, Stage};
use drydock::view::timeline::short_clock;
use drydock::words::{Words, say};
use std::rc::Rc;
use yew::prelude::*;

/// The stacks.
#[component]
pub fn Stacks() -> Html {
    let (words, handle) = (use_words(), use_handle());
    let view = use_slow_view(|session| Rc::new(stack::view(session)));
    let deploy = {
        let handle = handle.clone();
        Callback::from(move |_: MouseEvent| handle.send(Msg::Apply))
    };
    html! {
        <>
            if view.stacks.is_empty() { <p class="quiet">{ words.text("stack-none") }</p> }
            { for view.stacks.iter().map(|stack| sheet(stack, &words, (&deploy, &handle))) }
        </>
    }
}

/// The button that deletes a stack, as a command of the terminal.
fn away(stack: &StackView, words: &Words, handle: &Handle) -> Html {
    let (handle, line) = (handle.clone(), format!("aws cloudformation delete-stack --stack-name {}", stack.name));
    let onclick = Callback::from(move |_: MouseEvent| {
        handle.send(Msg::Command(line.as_str().into()));
        handle.send(Msg::Play(true));
    });
    html! { <button type="button" class="go away" {onclick}>{ words.text("stack-delete") }</button> }
}

/// A reason without what the service says of the request behind it.
fn plain(reason: &str) -> &str {
    reason.split(" (Service: ").next().unwrap_or(reason)
}

fn sheet(stack: &StackView, words: &Words, (deploy, handle): (&Callback<MouseEvent>, &Handle)) -> Html {
    let is_changed = stack.waves.iter().flatten().any(|it| it.change.is_some());
    let offers = stack.stage == Stage::Wished || is_changed;
    html! {
        <section key={stack.name.to_string()} class={classes!("stack", stack.stage.word())} aria-label={stack.name.to_string()}>
            <header>
                <h3>{ mark(stack.stage) }{ &*stack.name }</h3>
                <code>{ if stack.status.is_empty() { words.text("stack-only-wished").into() } else { stack.status.to_string() } }</code>
                if stack.is_husk { { away(stack, words, handle) } }
                else if offers {
                    <button type="button" class="go" onclick={deploy.clone()}>
                        { words.text(if stack.stage == Stage::Wished { "stack-deploy" } else { "stack-update" }) }<kbd>{ "Ctrl+Enter" }</kbd>
                    </button>
                }
            </header>
            if let Some((id, reason)) = &stack.failure {
                <p class="reason"><b>{ say!(words, "stack-first-failure", id = id) }</b>{ " " }<q>{ plain(reason) }</q></p>
            } else if !stack.reason.is_empty() && stack.stage == Stage::Failed { <p class="reason">{ &*stack.reason }</p> }
            if stack.is_husk { <p class="advice">{ words.text("stack-husk") }</p> }
            <ol class="waves" aria-label={words.text("stack-waves")}>
                { for stack.waves.iter().map(|wave| html! {
                    <li><ul>{ for wave.iter().map(|resource| card(resource, words)) }</ul></li>
                }) }
            </ol>
            if !stack.outputs.is_empty() {
                <dl class="outputs">
                    { for stack.outputs.iter().map(|(name, value)| html! { <><dt>{ &**name }</dt><dd><code>{ &**value }</code></dd></> }) }
                </dl>
            }
            if !stack.events.is_empty() {
                <details open={true}>
                    <summary>{ words.text("stack-events") }</summary>
                    <table><tbody>{ for stack.events.iter().map(line) }</tbody></table>
                </details>
            }
        </section>
    }
}

fn card(resource: &ResourceView, words: &Words) -> Html {
    let change = resource.change.as_ref();
    html! {
        <li key={resource.id.to_string()} class={classes!("res", resource.stage.word(), change.map(|it| it.word), resource.is_inert.then_some("inert"))}>
            <b>{ mark(resource.stage) }{ &*resource.id }</b>
            <small>{ &*resource.kind }</small>
            if !resource.physical.is_empty() { <code>{ &*resource.physical }</code> }
            if let Some(change) = change {
                <em>{ words.text(change_key(change.word)) }
                    if !change.properties.is_empty() { { format!(": {}", change.properties) } }</em>
            } else if resource.stage != Stage::There {
                <em>{ words.text(stage_key(resource.stage)) }</em>
            }
            if resource.is_inert { <em>{ words.text("stack-inert") }</em> }
            if resource.stage == Stage::Failed && !resource.reason.is_empty() { <q title={resource.reason.to_string()}>{ plain(&resource.reason) }</q> }
        </li>
    }
}

fn line(event: &EventView) -> Html {
    html! {
        <tr class={event.stage.word()}>
            <td class="age">{ short_clock(event.at) }</td>
            <td class="id">{ &*event.id }</td>
            <td class="status"><code>{ &*event.status }</code></td>
            <td class="why">{ &*event.reason }</td>
        </tr>
    }
}

/// How something stands, as a shape.
fn mark(stage: Stage) -> Html {
    plate_mark(match stage {
        Stage::There => Plate::Ready,
        Stage::Failed => Plate::Failing,
        Stage::Wished => Plate::Wished,
        Stage::Gone => {
            return html! { <svg class="mk gone" viewBox="0 0 18 14" aria-hidden="true"><path d="M.5 .5h17v13h-17ZM.5 13.5l17 -13" /></svg> };
        }
        Stage::Moving | Stage::Going => Plate::Starting,
    })
}

/// The name of a stage's message.
const fn stage_key(stage: Stage) -> &'static str {
    match stage {
        Stage::Wished => "stack-wished",
        Stage::Moving => "stack-moving",
        Stage::There => "stack-there",
        Stage::Failed => "stack-failed",
        Stage::Going => "stack-going",
        Stage::Gone => "stack-gone",
    }
}

/// The name of a change's message.
fn change_key(word: &str) -> &'static str {
    match word {
        "add" => "stack-change-add",
        "remove" => "stack-change-remove",
        "replace" => "stack-change-replace",
        "may-replace" => "stack-change-may-replace",
        _ => "stack-change-modify",
    }
}

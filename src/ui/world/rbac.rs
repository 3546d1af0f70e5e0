//! What the API server refused by RBAC, in the Access lens: who, what for, and every rule that was tried.

use crate::ui::{Handle, use_handle, use_slow_view, use_words};
use drydock::session::Msg;
use drydock::view::Key;
use drydock::view::rbac::{self, Refusal, RulePart, Tried};
use drydock::words::{Words, say};
use yew::prelude::*;

/// The refusals; nothing where there are none.
#[component]
pub fn Refused() -> Html {
    let (words, handle) = (use_words(), use_handle());
    let refusals = use_slow_view(rbac::view);
    if refusals.is_empty() {
        return Html::default();
    }
    html! {
        <section class="rb" aria-label={words.text("rbac-title")}>
            <h3>{ words.text("rbac-title") }</h3>
            <ol>{ for refusals.iter().enumerate().map(|(index, it)| refusal(index, it, &words, &handle)) }</ol>
        </section>
    }
}

fn refusal(index: usize, refusal: &Refusal, words: &Words, handle: &Handle) -> Html {
    let place = match &*refusal.namespace {
        "" => words.text("rbac-cluster").to_owned(),
        namespace => say!(words, "rbac-namespace", namespace = namespace),
    };
    html! {
        <li key={format!("{} {index}", refusal.at.as_millis())}>
            <details open={index == 0}>
                <summary><span class="m at">{ drydock::view::timeline::clock_text(refusal.at) }</span>{ " " }
                    <b>{ &*refusal.who }</b>{ " " }<code>{ &*refusal.what }</code>{ ", " }{ place }
                </summary>
                if refusal.is_allowed_now { <p class="blue">{ words.text("rbac-now") }</p> }
                else if refusal.tried.is_empty() { <p class="pencil">{ words.text("rbac-nobody") }</p> }
                else {
                    <p class="pencil">{ words.text("rbac-tried") }</p>
                    <table><tbody>{ for refusal.tried.iter().enumerate().map(|(index, it)| tried(index, it, words, handle)) }</tbody></table>
                }
            </details>
        </li>
    }
}

fn tried(index: usize, tried: &Tried, words: &Words, handle: &Handle) -> Html {
    let name = |key: &Key| {
        let (handle, chosen) = (handle.clone(), key.clone());
        html! { <button type="button" class="lk" onclick={move |_| handle.send(Msg::Select(Some(chosen.clone())))}>{ key.resource.kind() }{ " " }{ &*key.name }</button> }
    };
    html! {
        <tr key={index}>
            <th scope="row">{ name(&tried.role) }<span class="pencil">{ words.text("rbac-by") }{ " " }{ name(&tried.binding) }</span></th>
            { for tried.parts.iter().map(|it| part(it, words)) }
        </tr>
    }
}

fn part(part: &RulePart, words: &Words) -> Html {
    let label = words.text(if part.fits { "rbac-fits" } else { "rbac-misses" });
    html! {
        // What merely does not match is pencil: no rule denies.
        <td class={(!part.fits).then_some("pencil")}>
            { super::inspect::verdict_mark(part.fits.then_some(true), label) }
            <span>{ words.text(part.word) }<code>{ &*part.says }</code></span>
        </td>
    }
}

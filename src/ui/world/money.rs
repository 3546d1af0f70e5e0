//! The bill beside the Map: what costs what, and where each price is to be found.

use super::pane::Pane;
use crate::ui::{use_view, use_words};
use drydock::view::money;
use drydock::words::say;
use std::rc::Rc;
use yew::prelude::*;

/// What the bill needs to know.
#[derive(Properties, PartialEq)]
pub struct Props {
    /// It is closed.
    pub on_close: Callback<()>,
}

/// The pane.
#[component]
pub fn Bill(props: &Props) -> Html {
    let words = use_words();
    let bill = use_view(|session| money::view(session).map(Rc::new));
    let Some(bill) = bill else { return Html::default() };
    let head = html! { <><p class="kind">{ words.text("bill-title") }</p><h2>{ say!(words, "bill-total", dollars = &bill.total) }</h2></> };
    html! {
        <Pane label={words.text("bill-title")} class="tracer bill" {head} on_close={props.on_close.clone()}>
            <div class="half thin" tabindex="0">
                <table>
                    <thead><tr><th scope="col">{ words.text("bill-what") }</th><th scope="col" class="n">{ words.text("bill-count") }</th><th scope="col" class="n">{ words.text("bill-hour") }</th></tr></thead>
                    <tbody>
                        { for bill.lines.iter().map(|line| html! {
                            <tr key={format!("{}{}", line.what.key, line.kind)}>
                                <th scope="row">{ line.what.say(&words) }{ " " }<span class="m">{ &*line.kind }</span><small>{ line.source }</small></th>
                                <td class="n">{ line.count }</td><td class="n">{ &*line.hour }</td>
                            </tr>
                        }) }
                    </tbody>
                    <tfoot><tr><th scope="row">{ words.text("bill-sum") }</th><td></td><td class="n">{ &*bill.hour }</td></tr></tfoot>
                </table>
                <p class="note">{ words.text("bill-note") }</p>
            </div>
        </Pane>
    }
}

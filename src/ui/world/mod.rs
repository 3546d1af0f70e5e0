//! The World pane: lens bar, drawing, timeline.

use super::use_words;
use yew::prelude::*;

/// The third column.
#[component]
pub fn WorldPane() -> Html {
    let words = use_words();
    html! { <section class="world" aria-label={words.text("pane-world")}></section> }
}

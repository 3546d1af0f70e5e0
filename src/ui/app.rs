//! The page: bar and three panes.

use super::{Handle, use_words, world::WorldPane};
use yew::prelude::*;

/// What the page is drawn for.
#[derive(Properties, PartialEq)]
pub struct Props {
    /// The one session.
    pub handle: Handle,
}

/// Everything on the page.
#[component]
pub fn App(props: &Props) -> Html {
    let handle = props.handle.clone();
    use_effect_with((), move |()| {
        let driver = handle.drive();
        move || drop(driver)
    });
    html! { <ContextProvider<Handle> context={props.handle.clone()}><Panes /></ContextProvider<Handle>> }
}

#[component]
fn Panes() -> Html {
    let words = use_words();
    html! {
        <main class="cols">
            <section class="read" aria-label={words.text("pane-read")}></section>
            <section class="write" aria-label={words.text("pane-write")}></section>
            <WorldPane />
        </main>
    }
}

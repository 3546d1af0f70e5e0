//! A lesson on paper: every step with what it says, what it waits for and the commands that check it.
//! It stands in the page only while it is printed.

use super::prose::Prose;
use super::{use_handle, use_words};
use drydock::view::read;
use gloo::events::EventListener;
use wasm_bindgen::prelude::*;
use yew::prelude::*;

#[wasm_bindgen]
extern "C" {
    #[wasm_bindgen(js_namespace = window)]
    fn print();
}

/// What the page hears when a handout is wanted.
const WANTED: &str = "drydock-handout";

/// Prints the open lesson.
pub fn print_lesson() {
    if let Some(window) = web_sys::window()
        && let Ok(event) = web_sys::Event::new(WANTED)
    {
        // Nobody hears it where no lesson can be printed.
        let _ = window.dispatch_event(&event);
    }
}

/// The handout; nothing until it is wanted, and nothing when it has been printed.
#[component]
pub fn Handout() -> Html {
    let (words, handle) = (use_words(), use_handle());
    let is_wanted = use_state_eq(|| false);
    {
        let setter = is_wanted.setter();
        use_effect_with((), move |()| {
            let window = web_sys::window();
            let listeners: Vec<_> = window
                .iter()
                .flat_map(|window| {
                    let (wanted, done) = (setter.clone(), setter.clone());
                    [
                        EventListener::new(window, WANTED, move |_| wanted.set(true)),
                        EventListener::new(window, "afterprint", move |_| done.set(false)),
                    ]
                })
                .collect();
            move || drop(listeners)
        });
    }
    use_effect_with(*is_wanted, |is_wanted| {
        if *is_wanted {
            // The handout must have been drawn: this effect runs after it was.
            gloo::timers::callback::Timeout::new(50, print).forget();
        }
    });
    if !*is_wanted {
        return Html::default();
    }
    let Some((head, steps)) = handle.read(|session| Some((read::head(session)?, read::whole(session)))) else {
        return Html::default();
    };
    html! {
        <article class="handout">
            <header><b>{ words.text("app-name") }</b><span>{ &*head.part_title }{ " · " }{ &*head.number }</span></header>
            <h1>{ &*head.title }</h1>
            { for steps.iter().enumerate().map(|(at, step)| html! {
                <section class="prose">
                    if let Some(opening) = &step.opening { <Prose prose={opening.clone()} /> }
                    <h2>{ at + 1 }{ ". " }{ &*step.title }</h2>
                    <Prose prose={step.body.clone()} />
                    if let Some(question) = &step.question {
                        <ul class="choices">{ for question.choices.iter().map(|(_, text)| html! { <li>{ &**text }</li> }) }</ul>
                    }
                    <p class="goal"><i aria-hidden="true" />{ &*step.check.goal }</p>
                    { for step.check.commands.iter().map(|line| html! { <code class="line">{ &**line }</code> }) }
                </section>
            }) }
        </article>
    }
}

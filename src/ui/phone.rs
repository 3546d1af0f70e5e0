//! What a small screen has instead of columns: tabs, and the World docked small.

use super::layout::Pane;
use super::shape::icon_button;
use super::world::MiniWorld;
use super::write::tab_keys;
use super::{use_handle, use_slow_view, use_view, use_words};
use drydock::session::Msg;
use drydock::view::dock;
use drydock::words::Words;
use yew::prelude::*;

/// Tabs for panes.
pub fn pane_tabs(class: &'static str, panes: &[Pane], shown: Pane, on_show: &Callback<Pane>, words: &Words) -> Html {
    html! {
        <div key="tabs" {class} role="tablist" onkeydown={tab_keys()}>
            { for panes.iter().map(|pane| {
                let (pane, chosen) = (*pane, *pane == shown);
                html! {
                    <button type="button" role="tab" aria-selected={chosen.to_string()} tabindex={if chosen { "0" } else { "-1" }} onclick={on_show.reform(move |_| pane)}>
                        { words.text(pane.word()) }if pane == Pane::World { <GapDot /> }
                    </button>
                }
            }) }
        </div>
    }
}

#[derive(Properties, PartialEq)]
pub struct TabsProps {
    pub shown: Pane,
    pub on_show: Callback<Pane>,
}

/// The tabs at the bottom.
#[component]
pub fn Tabs(props: &TabsProps) -> Html {
    let words = use_words();
    pane_tabs("btabs", &Pane::ALL, props.shown, &props.on_show, &words)
}

/// A dashed mark while wish and world differ.
#[component]
fn GapDot() -> Html {
    let words = use_words();
    let differs = use_slow_view(|session| dock::small(session).iter().any(|row| row.gap() != 0));
    html! { if differs { <span class="gapdot" role="img" aria-label={words.text("difference")} /> } }
}

/// The World, docked: one wish with its plates, and the clock.
#[component]
pub fn Dock() -> Html {
    let words = use_words();
    html! {
        <section class="dock" aria-label={words.text("pane-world")}>
            <MiniWorld />
            <div class="playing"><Clock /><span class="sp" /><Buttons /></div>
        </section>
    }
}

/// The buttons that let time run and take one step.
#[component]
pub fn Buttons() -> Html {
    let (words, handle) = (use_words(), use_handle());
    let playing = use_view(|session| session.playing);
    let step = {
        let handle = handle.clone();
        Callback::from(move |_| handle.send(Msg::Step))
    };
    let (shape, label) = if playing { ("#i-pause", "time-pause") } else { ("#i-play", "time-play") };
    let play = Callback::from(move |_| handle.send(Msg::Play(!playing)));
    html! { <>{ icon_button(shape, words.text(label), play) }{ icon_button("#i-step", words.text("time-step"), step) }</> }
}

/// The simulated time, and whether it stands still.
#[component]
pub fn Clock() -> Html {
    let words = use_words();
    let (now, playing) = use_view(|session| (dock::clock(session), session.playing));
    html! { <span class="clock">{ now }if !playing { <small>{ words.text("time-paused") }</small> }</span> }
}

//! The timeline: controls, clock, and the tape that can be dragged.

use super::drawing::axis::{self, Tape};
use super::render::{self, Reach};
use super::size::use_size;
use super::{icon, icon_button};
use crate::ui::{use_handle, use_paced_view, use_view, use_words};
use drydock::session::{Msg, SPEEDS, Speed};
use drydock::view::timeline::{self, Moment, TimelineView};
use drydock::words::{Words, say};
use gloo::events::{EventListener, EventListenerOptions};
use std::rc::Rc;
use wasm_bindgen::JsCast;
use web_sys::HtmlElement;
use yew::prelude::*;

/// Everything below the sheet.
#[component]
pub fn Timeline() -> Html {
    let words = use_words();
    use_shortcuts();
    html! {
        <section class="time" aria-label={words.text("time")}>
            <Controls />
            <Axis />
        </section>
    }
}

/// Space, comma and full stop, wherever nothing else wants them.
#[hook]
fn use_shortcuts() {
    let handle = use_handle();
    use_effect_with((), move |()| {
        let document = web_sys::window().and_then(|window| window.document());
        let options = EventListenerOptions::enable_prevent_default();
        let listener = document.map(|document| {
            EventListener::new_with_options(&document, "keydown", options, move |event| {
                let Some(event) = event.dyn_ref::<KeyboardEvent>() else { return };
                if event.default_prevented()
                    || event.ctrl_key()
                    || event.meta_key()
                    || event.alt_key()
                    || is_taken(event)
                {
                    return;
                }
                let msg = match &*event.key() {
                    " " => Msg::Play(!handle.read(|session| session.playing)),
                    "," => Msg::StepBack,
                    "." => Msg::Step,
                    _ => return,
                };
                event.prevent_default();
                handle.send(msg);
            })
        });
        move || drop(listener)
    });
}

/// Whether what has the focus takes keys for itself.
fn is_taken(event: &KeyboardEvent) -> bool {
    let target = event.target().and_then(|target| target.dyn_into::<web_sys::Element>().ok());
    let takes = "input,textarea,select,button,a[href],summary,[contenteditable=true],[role=option],[role=tab],.cm-editor,.terminal";
    target.is_some_and(|element| element.closest(takes).ok().flatten().is_some())
}

#[component]
fn Controls() -> Html {
    let (words, handle) = (use_words(), use_handle());
    let (playing, speed, settling) = use_view(|session| (session.playing, session.speed, session.is_settling()));
    let send = |msg: Msg| {
        let handle = handle.clone();
        Callback::from(move |_: MouseEvent| handle.send(msg.clone()))
    };
    let (play_icon, play) = if playing { ("#i-pause", "time-pause") } else { ("#i-play", "time-play") };
    let next = SPEEDS.iter().position(|it| *it == speed).map_or(0, |index| (index + 1) % SPEEDS.len());
    let name = |speed: Speed| format!("{}×", timeline::speed_text(speed));
    html! {
        <header>
            { icon_button("#i-restart", words.text("time-start-over"), send(Msg::Restart), "ib again") }
            { icon_button("#i-step-back", words.text("time-step-back"), send(Msg::StepBack), "ib") }
            { icon_button(play_icon, words.text(play), send(Msg::Play(!playing)), "ib main") }
            { icon_button("#i-step", words.text("time-step"), send(Msg::Step), "ib") }
            <Clock />
            <span class="sp" />
            <span class="seg" role="group" aria-label={words.text("time-speed")}>
                { for SPEEDS.iter().map(|it| html! {
                    <button type="button" class="m" aria-pressed={(*it == speed).to_string()} onclick={send(Msg::SetSpeed(*it))}>{ name(*it) }</button>
                }) }
            </span>
            <button type="button" class="btn quiet sm m turn" aria-label={format!("{}: {}", words.text("time-speed"), name(speed))}
                onclick={send(Msg::SetSpeed(SPEEDS[next]))}>{ name(speed) }</button>
            <button type="button" class="btn quiet sm settle" aria-label={words.text("time-until-settled")} aria-pressed={settling.to_string()} onclick={send(Msg::RunUntilSettled)}>
                { icon("#i-settle") }<span>{ words.text("time-until-settled") }</span>
            </button>
        </header>
    }
}

/// The time of the world, and whether it stands still, or lags.
#[component]
pub fn Clock() -> Html {
    let words = use_words();
    let clock = use_view(timeline::clock);
    let (behind, settling) = use_view(|session| (session.is_behind(), session.is_settling()));
    let note = match (clock.playing || settling, behind) {
        (false, _) => words.text("time-paused"),
        (true, true) => words.text("time-behind"),
        _ => "",
    };
    html! { <span class="clock">{ clock.text() }<small>{ note }</small></span> }
}

/// What a drag holds on to: the tape as it was when it began.
struct Hold {
    shift: f32,
    view: Rc<TimelineView>,
}

#[component]
fn Axis() -> Html {
    let (words, handle) = (use_words(), use_handle());
    let node = use_node_ref();
    let (width, _) = use_size(node.clone());
    let view = use_paced_view(|session| Rc::new(timeline::view(session)), 50);
    let hold = use_mut_ref(|| None::<Hold>);
    let now = handle.read(|session| session.world().now());
    let held = hold.borrow().as_ref().map(|hold| hold.shift);
    let tape = if width < 1.0 { Tape::default() } else { axis::draw(&view, now, &words, width, held) };
    let end = view.end.max(now);
    let pointed = {
        let (handle, hold) = (handle.clone(), hold.clone());
        move |event: &PointerEvent| {
            let hold = hold.borrow();
            let (Some(hold), Some(element)) = (hold.as_ref(), element_of(event)) else { return };
            let x = event.client_x() as f32 - element.get_bounding_client_rect().left() as f32 - hold.shift;
            let latest = hold.view.end.max(handle.read(|session| session.history().frontier()));
            let at = hold.view.axis.at(x as i32 - 8, latest);
            if handle.read(|session| session.world().now()) != at {
                handle.send(Msg::RewindTo(at));
            }
        }
    };
    let onpointerdown = {
        let (hold, view, pointed, shift) = (hold.clone(), view.clone(), pointed.clone(), tape.shift);
        Callback::from(move |event: PointerEvent| {
            if event.button() != 0 {
                return;
            }
            if let Some(element) = element_of(&event) {
                // Without capture the drag only ends at the edge.
                let _ = element.set_pointer_capture(event.pointer_id());
            }
            hold.replace(Some(Hold { shift, view: view.clone() }));
            pointed(&event);
        })
    };
    let onpointermove = Callback::from(move |event: PointerEvent| {
        if event.buttons() & 1 == 1 {
            pointed(&event);
        }
    });
    let release = {
        let (hold, handle) = (hold, handle.clone());
        Callback::from(move |_: PointerEvent| {
            if hold.take().is_some() {
                // The tape goes back to where the playhead stands in its middle.
                handle.send(Msg::Play(false));
            }
        })
    };
    html! {
        <div class="axis" ref={node} role="slider" tabindex="0" aria-label={words.text("time-position")} aria-description={words.text("keys-timeline")}
            aria-valuemin="0" aria-valuemax={end.as_millis().to_string()} aria-valuenow={now.as_millis().to_string()} aria-valuetext={spoken(now, &view, &words)}
            {onpointerdown} {onpointermove} onpointerup={release.clone()} onpointercancel={release} onkeydown={keys(&handle, end)}>
            <svg width={tape.drawing.width.to_string()} height={axis::HEIGHT.to_string()} aria-hidden="true">
                { render::shapes(&tape.drawing, "time", Reach::Titles) }
            </svg>
        </div>
    }
}

/// The tape. Events are heard at the page's root, so their `current_target` does not say.
fn element_of(event: &PointerEvent) -> Option<HtmlElement> {
    let target: web_sys::Element = event.target()?.dyn_into().ok()?;
    target.closest(".axis").ok()??.dyn_into().ok()
}

/// The playhead, and what comes next, for who cannot see it.
fn spoken(now: Moment, view: &TimelineView, words: &Words) -> String {
    let clock = timeline::clock_text(now);
    match view.due.first() {
        Some(due) => {
            let what = due.what.say(words);
            [&clock, ", ", &say!(words, "time-next-in", ms = due.delay.as_millis(), what = what)].concat()
        }
        None => [&clock, ", ", words.text("time-nothing-due")].concat(),
    }
}

fn keys(handle: &crate::ui::Handle, end: Moment) -> Callback<KeyboardEvent> {
    let handle = handle.clone();
    Callback::from(move |event: KeyboardEvent| {
        let msg = match &*event.key() {
            "ArrowLeft" | "ArrowDown" => Msg::StepBack,
            "ArrowRight" | "ArrowUp" => Msg::Step,
            "Home" => Msg::RewindTo(Moment::default()),
            "End" => Msg::RewindTo(end),
            _ => return,
        };
        event.prevent_default();
        handle.send(msg);
    })
}

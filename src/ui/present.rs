//! A lesson for a room full of people: large type, one key forward and back, a spotlight, a picture
//! that can be frozen or covered, and a code by which the room follows on its own screens.

use super::prose::Prose;
use super::screen::{Screen, use_screens};
use super::world::EmbedWorld;
use super::{Handle, doors, phone::Clock, read as reading, use_handle, use_view, use_words};
use drydock::session::{Lens, Msg};
use drydock::view::lenses;
use drydock::view::read::{self, CheckState};
use gloo::events::{EventListener, EventListenerOptions, EventListenerPhase};
use std::cell::RefCell;
use std::rc::Rc;
use wasm_bindgen::JsCast;
use web_sys::HtmlElement;
use yew::prelude::*;

/// How far a key moves the spotlight, in pixels.
const SPOT_STEP: i32 = 60;

/// How far a key scrolls a long step, in pixels.
const SCROLL_STEP: i32 = 160;

/// What the keys switch.
#[derive(Clone, Copy, PartialEq, Eq, Default)]
struct Shown {
    spot: bool,
    frozen: bool,
    blank: bool,
}

/// What a key or a button asks for.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Ask {
    Back,
    Forward,
    Play,
    Step,
    Lens,
    Spot,
    Freeze,
    Blank,
    Leave,
    Aim(i32, i32),
    Scroll(i32),
}

/// The keys in the order in which the foot of the page names them: what they are called, what they
/// ask for, the word for it.
const KEYS: [(&str, Ask, &str); 9] = [
    ("←", Ask::Back, "present-back"),
    ("→", Ask::Forward, "present-forward"),
    ("Space", Ask::Play, "present-play"),
    (".", Ask::Step, "present-step"),
    ("L", Ask::Lens, "present-lens"),
    ("S", Ask::Spot, "present-spot"),
    ("F", Ask::Freeze, "present-freeze"),
    ("B", Ask::Blank, "present-blank"),
    ("Esc", Ask::Leave, "present-leave"),
];

fn asked(event: &KeyboardEvent) -> Option<Ask> {
    let target = event.target().and_then(|target| target.dyn_into::<web_sys::Element>().ok());
    let is_written =
        target.is_some_and(|it| it.closest("input, select, textarea, [contenteditable=true]").ok().flatten().is_some());
    if is_written || event.ctrl_key() || event.meta_key() || event.alt_key() {
        return None;
    }
    Some(match (&*event.key(), event.shift_key()) {
        ("ArrowLeft", true) => Ask::Aim(-SPOT_STEP, 0),
        ("ArrowRight", true) => Ask::Aim(SPOT_STEP, 0),
        ("ArrowUp", true) => Ask::Aim(0, -SPOT_STEP),
        ("ArrowDown", true) => Ask::Aim(0, SPOT_STEP),
        ("ArrowUp", _) => Ask::Scroll(-SCROLL_STEP),
        ("ArrowDown", _) => Ask::Scroll(SCROLL_STEP),
        // What a remote control in the hand sends.
        ("ArrowRight" | "PageDown", _) => Ask::Forward,
        ("ArrowLeft" | "PageUp", _) => Ask::Back,
        (" ", _) => Ask::Play,
        (".", _) => Ask::Step,
        ("l" | "L", _) => Ask::Lens,
        ("s" | "S", _) => Ask::Spot,
        ("f" | "F", _) => Ask::Freeze,
        ("b" | "B", _) => Ask::Blank,
        ("Escape", _) => Ask::Leave,
        _ => return None,
    })
}

/// One key forward: the step's answer is done, then time runs until the world has settled, then
/// comes the next step; after the last one, the next lesson.
fn forward(handle: &Handle, answered: &RefCell<Option<Rc<str>>>) {
    if let Some(next) = handle.read(read::ending) {
        if let Some((id, _)) = next {
            handle.send(Msg::OpenLesson(id));
        }
        return;
    }
    let Some((id, state)) = handle.read(|session| read::step(session).map(|step| (step.id, step.check.state))) else {
        return;
    };
    if state == CheckState::Passed {
        handle.send(Msg::NextStep);
    } else if answered.borrow().as_ref() == Some(&id) {
        handle.send(Msg::RunUntilSettled);
    } else {
        handle.send(Msg::Play(true));
        handle.send(Msg::UseAnswer);
        answered.replace(Some(id));
    }
}

fn back(handle: &Handle) {
    let shown = handle.read(|session| read::head(session).map_or(0, |head| head.shown));
    handle.send(Msg::GoToStep(shown.saturating_sub(1)));
}

fn next_lens(handle: &Handle) {
    let (now, offered) = handle.read(|session| (session.lens, lenses::offered(session)));
    let at = offered.iter().position(|it| *it == now).unwrap_or_default();
    let next: Option<&Lens> = offered.get((at + 1) % offered.len().max(1));
    if let Some(next) = next {
        handle.send(Msg::SetLens(*next));
    }
}

/// Moves the spotlight's middle, in pixels of the window.
fn aim(spot: &NodeRef, at: impl FnOnce((i32, i32)) -> (i32, i32)) {
    let Some(spot) = spot.cast::<HtmlElement>() else { return };
    let read = |name: &str| {
        let text = spot.style().get_property_value(name).unwrap_or_default();
        text.trim_end_matches("px").parse::<i32>().ok()
    };
    let before = (
        read("--x").unwrap_or_else(|| spot.client_width() * 2 / 3),
        read("--y").unwrap_or_else(|| spot.client_height() / 2),
    );
    let (x, y) = at(before);
    for (name, value) in [("--x", x), ("--y", y)] {
        // A browser that refuses a number keeps the light where it was.
        let _ = spot.style().set_property(name, &format!("{value}px"));
    }
}

/// The screen.
#[component]
pub fn Present() -> Html {
    let (words, handle, screens) = (use_words(), use_handle(), use_screens());
    let shown = use_state_eq(Shown::default);
    let answered = use_mut_ref(|| None::<Rc<str>>);
    let (spot, slide) = (use_node_ref(), use_node_ref());
    let act = {
        let (shown, handle, screens) = (shown.clone(), handle.clone(), screens.clone());
        let (answered, spot, slide) = (answered.clone(), spot.clone(), slide.clone());
        Callback::from(move |ask: Ask| {
            let now = *shown;
            if now.blank && ask != Ask::Leave {
                shown.set(Shown { blank: false, ..now });
                return;
            }
            match ask {
                Ask::Forward => forward(&handle, &answered),
                Ask::Back => back(&handle),
                Ask::Play => handle.send(Msg::Play(!handle.read(|session| session.playing))),
                Ask::Step => handle.send(Msg::Step),
                Ask::Lens => next_lens(&handle),
                Ask::Spot => shown.set(Shown { spot: !now.spot, ..now }),
                Ask::Freeze => {
                    handle.freeze(!now.frozen);
                    shown.set(Shown { frozen: !now.frozen, ..now });
                }
                Ask::Blank => shown.set(Shown { blank: true, ..now }),
                Ask::Aim(x, y) => aim(&spot, |at| (at.0 + x, at.1 + y)),
                Ask::Scroll(by) => {
                    if let Some(slide) = slide.cast::<web_sys::Element>() {
                        slide.set_scroll_top(slide.scroll_top() + by);
                    }
                }
                Ask::Leave => screens.go.emit(Screen::Work),
            }
        })
    };
    {
        // The newest of what a key does, for listeners that are put there once.
        let newest = use_mut_ref(|| act.clone());
        newest.replace(act.clone());
        let (spot, handle) = (spot.clone(), handle.clone());
        use_effect_with((), move |()| {
            let document = web_sys::window().and_then(|window| window.document());
            let listeners = document.map(|document| {
                let options = EventListenerOptions { phase: EventListenerPhase::Capture, passive: false };
                let keys = EventListener::new_with_options(&document, "keydown", options, move |event| {
                    let Some(event) = event.dyn_ref::<KeyboardEvent>() else { return };
                    // A button that has the focus is pressed by these, as everywhere.
                    let on_button = event
                        .target()
                        .and_then(|it| it.dyn_into::<web_sys::Element>().ok())
                        .is_some_and(|it| it.tag_name() == "BUTTON");
                    if on_button && matches!(&*event.key(), " " | "Enter") {
                        return;
                    }
                    if let Some(ask) = asked(event) {
                        event.prevent_default();
                        event.stop_propagation();
                        let act = newest.borrow().clone();
                        act.emit(ask);
                    }
                });
                let pointer = EventListener::new(&document, "pointermove", move |event| {
                    if let Some(event) = event.dyn_ref::<web_sys::PointerEvent>() {
                        aim(&spot, |_| (event.client_x(), event.client_y()));
                    }
                });
                (keys, pointer)
            });
            move || {
                handle.freeze(false);
                drop(listeners);
            }
        });
    }
    let is_on = |ask: Ask| match ask {
        Ask::Spot => Some(shown.spot),
        Ask::Freeze => Some(shown.frozen),
        Ask::Blank => Some(shown.blank),
        _ => None,
    };
    html! {
        <div class="present">
            <main class="present-cols">
                <section ref={slide} class="present-read thin" tabindex="0" aria-label={words.text("pane-read")}><Slide /><Follow /></section>
                <div class="present-world"><div class="scaled"><EmbedWorld /></div></div>
            </main>
            <footer class="present-keys">
                { for KEYS.map(|(key, ask, word)| {
                    let pressed = is_on(ask);
                    html! {
                        <button type="button" aria-pressed={pressed.map(|it| it.to_string())} onclick={act.reform(move |_: MouseEvent| ask)}>
                            <kbd aria-hidden="true">{ key }</kbd>{ words.text(word) }
                        </button>
                    }
                }) }
                <span class="sp" />
                if shown.frozen { <b class="blue">{ words.text("present-frozen") }</b> }
                <Clock />
            </footer>
            if shown.spot { <div ref={spot} class="spot" aria-hidden="true" /> }
            if shown.blank { <button type="button" class="blank" aria-label={words.text("present-uncover")} onclick={act.reform(|_: MouseEvent| Ask::Blank)} /> }
        </div>
    }
}

/// The step, large.
#[component]
fn Slide() -> Html {
    let words = use_words();
    let (head, step, ending) = (use_view(read::head), use_view(read::step), use_view(read::ending));
    let Some(head) = head else { return html! { <p class="ink2">{ words.text("nothing-here") }</p> } };
    let passed = step.as_ref().is_some_and(|step| step.check.state == CheckState::Passed);
    html! { <>
        <div class="eyebrow"><p class="no">{ reading::number(&head, &words) }{ " · " }{ &*head.title }</p>{ reading::steps(&head, &words, None) }</div>
        if ending.is_some() {
            <h1>{ words.text("lesson-finished") }</h1>
            if let Some(Some((_, title))) = ending { <p class="body">{ words.say("lesson-next-lesson", &[("lesson", (&title).into())]) }</p> }
        } else if let Some(step) = step {
            <h1>{ &*step.title }</h1>
            <div class="body prose">
                <Prose prose={step.body.clone()} />
                if let Some(question) = &step.question {
                    <ul class="choices">{ for question.choices.iter().map(|(id, text)| html! { <li class={(question.chosen.as_ref() == Some(id)).then_some("chosen")}>{ &**text }</li> }) }</ul>
                }
                if let Some(done) = &step.done { <div class="after"><Prose prose={done.clone()} /></div> }
            </div>
            <p class={classes!("goal", passed.then_some("met"))}><i aria-hidden="true" />{ reading::goal(&step.check, &words) }</p>
        }
    </> }
}

/// How the room follows on its own screens: the same lesson, from the same seed.
#[component]
fn Follow() -> Html {
    let words = use_words();
    let lesson = use_view(|session| session.progress().map(|progress| progress.lesson.id.clone()));
    let lang = words.lang().tag();
    let room = use_view(|session| session.classroom().write());
    let code = use_state_eq(|| None::<(String, (u32, String))>);
    {
        let code = code.setter();
        use_effect_with((lesson, room), move |(lesson, room)| {
            let room = if room.is_empty() { String::new() } else { format!("&{room}") };
            let search = format!("lesson={}&lang={lang}{room}", lesson.as_deref().unwrap_or_default());
            wasm_bindgen_futures::spawn_local(async move {
                let address = doors::address(&search).await;
                let drawn = doors::code(&address).await;
                code.set(drawn.map(|drawn| (address, drawn)));
            });
        });
    }
    let Some((address, (size, path))) = (*code).clone() else { return Html::default() };
    let short = address.split("//").nth(1).unwrap_or_default().replace("&lang=", "\u{200b}&lang=");
    html! {
        <aside class="follow">
            <svg viewBox={format!("0 0 {size} {size}")} role="img" aria-label={words.text("present-code")}><rect width={size.to_string()} height={size.to_string()} fill="#fff" /><path d={path} fill="#000" /></svg>
            <p><span>{ words.text("present-follow") }</span><b class="m">{ short }</b><span>{ words.text("present-same") }</span></p>
        </aside>
    }
}

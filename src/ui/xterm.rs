//! xterm.js in the drawer: told what was said, telling what is typed.

use super::{Handle, browser, use_handle, use_words};
use drydock::session::{Msg, Session};
use drydock::view::write::{self, Keyboard, LineKind, Mark, Typed};
use js_sys::{Array, Object, Reflect};
use std::cell::{Cell, RefCell};
use std::rc::Rc;
use wasm_bindgen::prelude::*;
use yew::prelude::*;

#[wasm_bindgen]
extern "C" {
    /// The module `js/terminal.js`.
    type Module;
    #[wasm_bindgen(method)]
    fn create(this: &Module, parent: &web_sys::Element, label: &str, program: &JsValue) -> Screen;

    /// What its `create` returns.
    #[derive(Clone)]
    type Screen;
    #[wasm_bindgen(method)]
    fn write(this: &Screen, kind: &str, text: &str, begins: bool, ends: bool, term: &str);
    #[wasm_bindgen(method)]
    fn reset(this: &Screen);
    #[wasm_bindgen(method)]
    fn want(this: &Screen, mode: &str, prompt: &str);
    #[wasm_bindgen(method)]
    fn begin(this: &Screen, line: &str);
    #[wasm_bindgen(method, js_name = setLabel)]
    fn set_label(this: &Screen, label: &str);
    #[wasm_bindgen(method)]
    fn focus(this: &Screen);
    #[wasm_bindgen(method)]
    fn destroy(this: &Screen);
}

/// A function that `terminal.js` calls: a text and two numbers in, an answer out.
type Hearing = Closure<dyn Fn(String, u32, u32) -> JsValue>;

/// A running xterm.js, and what it calls.
struct Running {
    screen: Screen,
    _program: Vec<Hearing>,
}

impl Drop for Running {
    fn drop(&mut self) {
        self.screen.destroy();
    }
}

/// How the terminal begins.
#[derive(Properties, PartialEq)]
pub struct Props {
    /// What was typed before it was there.
    pub typed: AttrValue,
    /// Called when xterm.js is there, or with `false` when it never comes.
    pub ready: Callback<bool>,
}

/// The place of xterm.js. It is empty until the script has come.
#[component]
pub fn Xterm(props: &Props) -> Html {
    let (words, handle) = (use_words(), use_handle());
    let place = use_node_ref();
    let running = use_mut_ref(|| None::<Running>);
    let ready = use_state(|| false);
    {
        let (handle, place, running, ready) = (handle.clone(), place.clone(), running.clone(), ready.clone());
        let (told, typed) = (props.ready.clone(), props.typed.clone());
        use_effect_with((), move |()| {
            let alive = Rc::new(());
            let watch = Rc::downgrade(&alive);
            wasm_bindgen_futures::spawn_local(async move {
                let module = browser::load_terminal().await;
                let Some(parent) = place.cast::<web_sys::Element>().filter(|_| watch.upgrade().is_some()) else {
                    return;
                };
                let Ok(module) = module else { return told.emit(false) };
                let started = start(module.unchecked_ref(), &parent, &handle);
                started.screen.begin(&typed);
                running.replace(Some(started));
                ready.set(true);
                told.emit(true);
            });
            move || drop(alive)
        });
    }
    {
        let running = running.clone();
        use_effect_with((*ready, words.clone()), move |(ready, words)| {
            let screen = running.borrow().as_ref().filter(|_| *ready).map(|running| running.screen.clone());
            if let Some(screen) = &screen {
                screen.set_label(words.text("terminal-line"));
            }
            move || drop(screen)
        });
    }
    {
        let (handle, running) = (handle.clone(), running.clone());
        use_effect_with(*ready, move |ready| {
            let hearing = ready.then(|| keep_showing(&handle, &running));
            // Only what is shown can take the focus.
            if let Some(running) = running.borrow().as_ref().filter(|_| *ready) {
                running.screen.focus();
            }
            move || drop(hearing)
        });
    }
    html! { <div class="xt" ref={place} role="group" aria-label={words.text("terminal")} hidden={!*ready} /> }
}

/// Puts xterm.js into `parent` and lets it tell `handle` what is typed.
fn start(module: &Module, parent: &web_sys::Element, handle: &Handle) -> Running {
    let hear = |hear: fn(&Handle, String, u32, u32) -> JsValue| -> Hearing {
        let handle = handle.clone();
        Closure::new(move |text, one, other| hear(&handle, text, one, other))
    };
    let program: Vec<(&str, Hearing)> = vec![
        (
            "enter",
            hear(|handle, line, _, _| {
                let asks = handle.read(|session| write::unread(session, Mark::default()).keyboard != Keyboard::Line);
                handle.send(if asks { Msg::Typed(Typed::Text(line.into())) } else { Msg::Command(line.into()) });
                JsValue::UNDEFINED
            }),
        ),
        (
            "key",
            hear(|handle, key, _, _| {
                handle.send(Msg::Typed(Typed::Text(key.into())));
                JsValue::UNDEFINED
            }),
        ),
        (
            "end",
            hear(|handle, _, _, _| {
                handle.send(Msg::Typed(Typed::End));
                JsValue::UNDEFINED
            }),
        ),
        (
            "interrupt",
            hear(|handle, _, _, _| {
                handle.send(Msg::Interrupt);
                JsValue::UNDEFINED
            }),
        ),
        ("complete", hear(|handle, line, cursor, _| handle.read(|session| offers(session, &line, cursor)))),
        ("isComplete", hear(|_, line, _, _| write::is_whole(&line).into())),
        (
            "history",
            hear(|handle, _, _, _| {
                let lines = handle.read(write::typed_lines);
                lines.iter().map(|line| JsValue::from_str(line)).collect::<Array>().into()
            }),
        ),
        (
            "screen",
            hear(|handle, _, columns, rows| {
                handle.send(Msg::Screen { columns, rows });
                JsValue::UNDEFINED
            }),
        ),
        (
            "follow",
            hear(|handle, uri, _, _| {
                handle.follow(&uri);
                JsValue::UNDEFINED
            }),
        ),
    ];
    let object = Object::new();
    for (name, closure) in &program {
        // Setting a field of a plain object cannot fail.
        let _ = Reflect::set(&object, &(*name).into(), closure.as_ref());
    }
    let label = handle.words();
    let screen = module.create(parent, label.text("terminal-line"), &object);
    Running { screen, _program: program.into_iter().map(|(_, closure)| closure).collect() }
}

fn offers(session: &Session, line: &str, cursor: u32) -> JsValue {
    let found = write::offers(session, line, cursor as usize);
    let object = Object::new();
    let from = u32::try_from(found.from).unwrap_or_default();
    // Setting a field of a plain object cannot fail.
    let _ = Reflect::set(&object, &"from".into(), &from.into());
    let offers: Array = found.offers.iter().map(|offer| JsValue::from_str(offer)).collect();
    let _ = Reflect::set(&object, &"offers".into(), &offers);
    object.into()
}

/// Writes what is said, now and whenever there is more.
fn keep_showing(handle: &Handle, running: &Rc<RefCell<Option<Running>>>) -> super::handle::Subscription {
    let screen = running.borrow().as_ref().map(|running| running.screen.clone());
    let read = Cell::new(Mark::default());
    let refresh = move |session: &Session| {
        let Some(screen) = &screen else { return };
        let unread = write::unread(session, read.get());
        read.set(unread.mark);
        if unread.anew {
            screen.reset();
        }
        for piece in &unread.pieces {
            let kind = match piece.kind {
                LineKind::Typed => "typed",
                LineKind::Output => "output",
                LineKind::Complaint => "complaint",
                LineKind::Advice => "advice",
            };
            screen.write(kind, &piece.text, piece.begins, piece.ends, piece.term);
        }
        match &unread.keyboard {
            Keyboard::Line => screen.want("line", ""),
            Keyboard::Ask(prompt) => screen.want("ask", prompt),
            Keyboard::Key => screen.want("key", ""),
            Keyboard::Busy => screen.want("busy", ""),
        }
    };
    handle.read(&refresh);
    handle.on_change(refresh)
}

//! The editor's place: a plain text field until CodeMirror is there (and if it never comes), then
//! CodeMirror, told what to show and telling what is typed.

use super::{Handle, browser, use_handle, use_words};
use drydock::session::{Effect, Msg};
use drydock::view::notes::{self, Ink, Notes, Place, Severity};
use drydock::view::write;
use drydock::words::Words;
use js_sys::{Array, Object, Reflect};
use std::cell::RefCell;
use std::rc::Rc;
use wasm_bindgen::prelude::*;
use web_sys::HtmlTextAreaElement;
use yew::prelude::*;

#[wasm_bindgen]
extern "C" {
    /// The module `js/editor.js`.
    type Module;
    #[wasm_bindgen(method)]
    fn create(this: &Module, parent: &web_sys::Element, label: &str, program: &JsValue) -> Editor;

    /// What its `create` returns.
    #[derive(Clone)]
    type Editor;
    #[wasm_bindgen(method)]
    fn open(this: &Editor, file: &str, text: &str);
    #[wasm_bindgen(method, js_name = setText)]
    fn set_text(this: &Editor, file: &str, text: &str);
    #[wasm_bindgen(method)]
    fn show(this: &Editor, file: &str, source: &JsValue);
    #[wasm_bindgen(method)]
    fn reveal(this: &Editor, file: &str, line: u32);
    #[wasm_bindgen(method, js_name = setLabel)]
    fn set_label(this: &Editor, label: &str);
    #[wasm_bindgen(method)]
    fn destroy(this: &Editor);
}

/// A function that `editor.js` calls: two texts and a number in, an answer out.
type Hearing = Closure<dyn Fn(String, String, u32) -> JsValue>;

/// A running CodeMirror, and what it calls.
struct Running {
    editor: Editor,
    _program: [Hearing; 5],
}

impl Drop for Running {
    fn drop(&mut self) {
        self.editor.destroy();
    }
}

/// How the editor shows its file.
#[derive(Properties, PartialEq)]
pub struct Props {
    /// Whether it shows the whole object around what is written.
    pub whole: bool,
}

/// The editor, or what stands in for it.
#[component]
pub fn EditorHost(props: &Props) -> Html {
    let (words, handle) = (use_words(), use_handle());
    let place = use_node_ref();
    let running = use_mut_ref(|| None::<Running>);
    let ready = use_state(|| false);
    {
        let (handle, place, running, ready) = (handle.clone(), place.clone(), running.clone(), ready.clone());
        use_effect_with((), move |()| {
            let alive = Rc::new(());
            let watch = Rc::downgrade(&alive);
            wasm_bindgen_futures::spawn_local(async move {
                // Without it the text field stays, and everything else works.
                let Ok(module) = browser::load_editor().await else { return };
                let Some(parent) = place.cast::<web_sys::Element>() else { return };
                if watch.upgrade().is_some() {
                    running.replace(Some(start(module.unchecked_ref(), &parent, &handle)));
                    ready.set(true);
                }
            });
            move || drop(alive)
        });
    }
    {
        let (handle, running) = (handle.clone(), running.clone());
        use_effect_with((*ready, props.whole, words.clone()), move |(ready, whole, words)| {
            let hearing = ready.then(|| keep_showing(&handle, &running, words, *whole));
            move || drop(hearing)
        });
    }
    html! {
        <div id="editor" class="editor" role="tabpanel" aria-label={words.text("editor")}>
            <div class="cm" ref={place} hidden={!*ready} />
            if !*ready { <Stand /> }
        </div>
    }
}

/// The plain text field.
#[component]
fn Stand() -> Html {
    let (words, handle) = (use_words(), use_handle());
    let text = super::use_view(write::text);
    let oninput = Callback::from(move |event: InputEvent| {
        let Some(field) = event.target_dyn_into::<HtmlTextAreaElement>() else { return };
        let file = handle.read(|session| session.active.clone());
        let typed = field.value();
        let before = field.selection_start().ok().flatten().unwrap_or(0) as usize;
        // The field counts UTF-16, a line break is one unit in each count.
        let cursor_line = typed.encode_utf16().take(before).filter(|unit| *unit == u16::from(b'\n')).count();
        let cursor_line = u32::try_from(cursor_line).unwrap_or(u32::MAX);
        handle.send(Msg::Edit { file, text: typed.into(), cursor_line });
    });
    html! { <textarea class="m" aria-label={words.text("editor")} value={text.to_string()} {oninput} spellcheck="false" autocapitalize="off" autocomplete="off" /> }
}

/// Puts CodeMirror into `parent` and lets it tell `handle` what is typed.
fn start(module: &Module, parent: &web_sys::Element, handle: &Handle) -> Running {
    let hear = |hear: fn(&Handle, String, String, u32) -> JsValue| {
        let handle = handle.clone();
        Closure::new(move |file, text, line| hear(&handle, file, text, line))
    };
    let changed = hear(|handle, file, text, cursor_line| {
        handle.send(Msg::Edit { file: file.into(), text: text.into(), cursor_line });
        JsValue::UNDEFINED
    });
    let moved = hear(|handle, _, _, line| {
        handle.send(Msg::CursorMoved { line });
        JsValue::UNDEFINED
    });
    let apply = hear(|handle, _, _, line| {
        handle.send(Msg::CursorMoved { line });
        handle.send(Msg::Apply);
        JsValue::UNDEFINED
    });
    let complete = hear(|handle, text, column, line| completions(handle, &text, line, column.parse().unwrap_or(0)));
    let explain = hear(|handle, text, column, line| {
        let (handle, column) = (handle.clone(), column.parse().unwrap_or(0));
        wasm_bindgen_futures::future_to_promise(async move { Ok(explained(&handle, &text, line, column).await) }).into()
    });
    let program = [changed, moved, apply, complete, explain];
    let object = Object::new();
    for (name, closure) in ["changed", "moved", "apply", "complete", "explain"].into_iter().zip(&program) {
        put(&object, name, closure.as_ref());
    }
    let words = handle.words();
    let editor = module.create(parent, words.text("editor"), &object);
    Running { editor, _program: program }
}

fn completions(handle: &Handle, text: &str, line: u32, column: u32) -> JsValue {
    let offer = |it: &write::Completion| {
        let offer = object(&[("label", &*it.label), ("detail", &*it.detail), ("apply", &*it.text)]);
        put(&offer, "from", &it.from.into());
        offer
    };
    let found = handle.read(|session| write::complete(session, text, line, column));
    found.iter().map(offer).collect::<Array>().into()
}

/// What the field at a place is, for `editor.js`; the descriptions are fetched when they are first wanted.
async fn explained(handle: &Handle, text: &str, line: u32, column: u32) -> JsValue {
    let known = handle.read(drydock::session::Session::descriptions);
    let descriptions = match known {
        Some(known) => known,
        None => {
            let fetched: Rc<str> = browser::load_descriptions().await.as_string().unwrap_or_default().into();
            handle.send(Msg::Descriptions(fetched.clone()));
            fetched
        }
    };
    let Some(found) = write::explain(&descriptions, text, line, column) else { return JsValue::NULL };
    let words = handle.words();
    let mut about = vec![found.takes.to_string()];
    if found.is_required {
        about.push(words.text("hover-required").to_owned());
    }
    if !found.default.is_empty() {
        about.push(words.say("hover-default", &[("value", (&found.default).into())]));
    }
    if !found.values.is_empty() {
        about.push(words.say("hover-values", &[("values", (&found.values).into())]));
    }
    let doc = object(&[("name", &*found.name), ("about", &about.join(" · ")), ("text", &*found.text)]);
    put(&doc, "line", &found.at.0.into());
    put(&doc, "column", &found.at.1.into());
    doc.into()
}

/// Shows the session's text and notes in the editor, now and whenever they change.
fn keep_showing(
    handle: &Handle,
    running: &Rc<RefCell<Option<Running>>>,
    words: &Words,
    whole: bool,
) -> [super::handle::Subscription; 2] {
    let shown = RefCell::new((Rc::<str>::from(""), None, None::<Notes>));
    let editor = running.borrow().as_ref().map(|running| running.editor.clone());
    let refresh = {
        let (editor, words) = (editor.clone(), words.clone());
        move |session: &drydock::session::Session| {
            let Some(editor) = &editor else { return };
            let (file, key, notes) = &mut *shown.borrow_mut();
            if *file != session.active {
                *file = session.active.clone();
                (*key, *notes) = (None, None);
                editor.open(file, &write::text(session));
            }
            let known = Some(notes::notes_key(session));
            if *key == known {
                return;
            }
            *key = known;
            let now = if whole { notes::whole(session) } else { notes::notes(session) };
            if notes.as_ref() != Some(&now) {
                editor.show(file, &source(&now, &words));
                *notes = Some(now);
            }
        }
    };
    if let Some(editor) = &editor {
        editor.set_label(words.text("editor"));
    }
    handle.read(&refresh);
    let on_effect = move |effect: &Effect| {
        let Some(editor) = &editor else { return };
        match effect {
            Effect::ShowText { file, text } => editor.set_text(file, text),
            Effect::Reveal { file, line } => editor.reveal(file, *line),
            Effect::StepPassed { .. }
            | Effect::FetchLesson(_)
            | Effect::Save
            | Effect::LookUp(_)
            | Effect::Palette(_)
            | Effect::Share
            | Effect::LoadDescriptions => {}
        }
    };
    [handle.on_change(refresh), handle.on_effect(on_effect)]
}

/// Notes as `editor.js` wants them.
fn source(notes: &Notes, words: &Words) -> JsValue {
    let problems = notes.problems.iter().map(|problem| {
        let severity = match problem.severity {
            Severity::Error => "error",
            Severity::Warning => "warning",
            Severity::Note => "note",
        };
        let message = words.say(&problem.key, &problem.args);
        let it = object(&[("severity", severity), ("message", &message)]);
        put(&it, "from", &place(problem.from));
        put(&it, "to", &place(problem.to));
        if let Some(fix) = &problem.fix {
            let label = words.say("editor-fix", &[("fix", (&fix.text).into())]);
            let fixed = object(&[("label", &label), ("text", &*fix.text)]);
            put(&fixed, "from", &place(fix.from));
            put(&fixed, "to", &place(fix.to));
            put(&it, "fix", &fixed);
        }
        it
    });
    let asides = notes.asides.iter().map(|aside| {
        let key = if aside.is_foreign { "world-differs" } else { "world-has" };
        let text = words.say(key, &[("value", (&aside.world).into())]);
        let it = object(&[("text", &text), ("label", words.text("wish"))]);
        put(&it, "line", &aside.line.into());
        it
    });
    let all = Object::new();
    put(&all, "problems", &problems.collect::<Array>());
    put(&all, "asides", &asides.collect::<Array>());
    let ghosts = notes.ghosts.iter().map(|ghost| {
        let ink = if ghost.ink == Ink::Default { "default" } else { "ctrl" };
        let it = object(&[("ink", ink), ("text", &*ghost.text)]);
        put(&it, "line", &ghost.line.into());
        it
    });
    put(&all, "ghosts", &ghosts.collect::<Array>());
    all.into()
}

fn place((line, column): Place) -> JsValue {
    Array::of2(&line.into(), &column.into()).into()
}

fn object(fields: &[(&str, &str)]) -> Object {
    let object = Object::new();
    for (name, value) in fields {
        put(&object, name, &JsValue::from_str(value));
    }
    object
}

fn put(object: &Object, name: &str, value: &JsValue) {
    // Setting a field of a plain object cannot fail.
    let _ = Reflect::set(object, &name.into(), value);
}

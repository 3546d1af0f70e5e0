//! The Write pane: file tabs, the editor, the three inks, the terminal.

use super::editor::EditorHost;
use super::shape::{Plate, plate_mark};
use super::{read::CheckStrip, terminal::Terminal, use_handle, use_view, use_words};
use drydock::session::{Msg, Session};
use drydock::view::write::{self, Applied};
use drydock::words::Words;
use yew::prelude::*;

/// How the pane is drawn.
#[derive(Properties, PartialEq)]
pub struct Props {
    /// Whether room is scarce.
    pub small: bool,
}

/// The second column.
#[component]
pub fn WritePane(props: &Props) -> Html {
    let (words, handle) = (use_words(), use_handle());
    let view = use_view(write::write);
    let whole = use_state(|| false);
    let open = |name: &std::rc::Rc<str>| {
        let (handle, name) = (handle.clone(), name.clone());
        Callback::from(move |_| handle.send(Msg::OpenFile(name.clone())))
    };
    let onkeydown = tab_keys();
    html! { <>
        <div class="tabrow files">
            <div role="tablist" aria-label={words.text("editor-files")} {onkeydown}>
                { for view.files.iter().map(|name| {
                    let chosen = *name == view.active;
                    html! {
                        <button key={&**name} type="button" role="tab" class="m" aria-selected={chosen.to_string()} tabindex={if chosen { "0" } else { "-1" }}
                            aria-controls="editor" onclick={open(name)}>{ &**name }</button>
                    }
                }) }
            </div>
            { applied(view.applied, &words, &handle) }
        </div>
        <EditorHost whole={*whole} />
        <Inks auto_apply={view.auto_apply} whole={whole.clone()} />
        <Terminal closed={props.small} />
        if props.small { <CheckStrip /> }
    </> }
}

/// Arrow keys move along a row of tabs, as people who cannot see expect.
pub fn tab_keys() -> Callback<KeyboardEvent> {
    Callback::from(|event: KeyboardEvent| {
        let Some(tab) = event.target_dyn_into::<web_sys::Element>() else { return };
        let next = match event.key().as_str() {
            "ArrowRight" | "ArrowDown" => tab.next_element_sibling(),
            "ArrowLeft" | "ArrowUp" => tab.previous_element_sibling(),
            _ => return,
        };
        event.prevent_default();
        if let Some(next) = next.and_then(|next| wasm_bindgen::JsCast::dyn_into::<web_sys::HtmlElement>(next).ok()) {
            // A tab that cannot take the focus stays unchosen.
            let _ = next.focus();
            next.click();
        }
    })
}

/// Whether what is written has reached the cluster.
fn applied(applied: Applied, words: &Words, handle: &super::Handle) -> Html {
    let button = |key: &'static str| {
        let handle = handle.clone();
        let onclick = Callback::from(move |_| handle.send(Msg::Apply));
        html! { <button type="button" class="lk" {onclick} title="Ctrl+Enter">{ words.text(key) }</button> }
    };
    let now = || button("editor-apply-now");
    let with_keys = |key| html! { <>{ button(key) }{ " " }<kbd>{ "Ctrl+Enter" }</kbd></> };
    let (shape, said) = match applied {
        Applied::Yes => (Plate::Ready, html! { words.text("editor-applied") }),
        Applied::Typing => (Plate::Starting, html! { words.text("editor-unfinished") }),
        Applied::Waiting => (Plate::Wished, html! { <>{ words.text("editor-waiting") }{ " " }{ now() }</> }),
        Applied::ByHand => (Plate::Wished, now()),
        Applied::Kept => (Plate::Ready, html! { words.text("editor-kept") }),
        Applied::Script(true) => (Plate::Wished, with_keys("editor-run-line")),
        Applied::Script(false) => (Plate::Ready, html! { words.text("editor-script-end") }),
        Applied::RolledBack => (Plate::Failing, html! { words.text("stack-rolled-back") }),
        Applied::Template(false) => (Plate::Wished, with_keys("stack-deploy")),
        Applied::Template(true) => (Plate::Wished, with_keys("stack-update")),
        Applied::Refused(count) => (Plate::Failing, html! { words.say("editor-problems", &[("count", count.into())]) }),
    };
    // Ears are told when there is something to mend, and not at every key.
    let heard = matches!(applied, Applied::Refused(_)).then(|| said.clone());
    html! {
        <p class="tail state">
            { plate_mark(shape) }<span aria-hidden={heard.is_some().then_some("true")}>{ said }</span>
            <span class="sr" role="status">{ heard }</span>
        </p>
    }
}

#[derive(Properties, PartialEq)]
struct InksProps {
    auto_apply: bool,
    whole: UseStateHandle<bool>,
}

/// Two switches: the whole object around what is written (then which ink is whose), and whether
/// what is written is applied by itself.
#[component]
fn Inks(props: &InksProps) -> Html {
    let (words, handle) = (use_words(), use_handle());
    let (auto_apply, whole) = (props.auto_apply, props.whole.clone());
    let show = {
        let whole = whole.clone();
        Callback::from(move |_| whole.set(!*whole))
    };
    let apply = Callback::from(move |_| handle.send(Msg::SetAutoApply(!auto_apply)));
    let ink = |class: &'static str, key| html! { <span class={classes!("ink", class)}>{ words.text(key) }</span> };
    html! {
        <div class="inks">
            if *whole { <p>{ ink("yours", "ink-yours") }{ ink("default", "ink-default") }{ ink("ctrl", "ink-controller") }</p> }
            { switch(words.text("whole-object"), *whole, show) }
            { switch(words.text("editor-auto"), auto_apply, apply) }
        </div>
    }
}

/// Something that is on or off.
fn switch(label: &'static str, is_on: bool, onclick: Callback<MouseEvent>) -> Html {
    html! { <button type="button" class="switch" role="switch" aria-checked={is_on.to_string()} {onclick}>{ label }<i /></button> }
}

/// What the rail of the folded pane says.
pub fn rail(session: &Session) -> super::app::RailText {
    super::app::RailText::Name(session.active.clone())
}

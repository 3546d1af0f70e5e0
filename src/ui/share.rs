//! What is handed on: a link to this moment, the same for another page, the lesson on paper. And
//! what is said when somebody else's link cannot be opened.

use super::shape::{icon, icon_button};
use super::{doors, use_handle, use_words};
use drydock::session::StoryFault;
use web_sys::{HtmlInputElement, HtmlTextAreaElement};
use yew::prelude::*;

/// How the popover is drawn.
#[derive(Properties, PartialEq)]
pub struct Props {
    /// Closes it.
    pub close: Callback<()>,
}

/// What has come of making the link.
#[derive(Clone, PartialEq)]
enum Made {
    Waiting,
    Link { link: doors::Link, copied: bool },
    Fault(StoryFault),
}

/// The popover. It makes the link and copies it at once.
#[component]
pub fn Share(props: &Props) -> Html {
    let (words, handle) = (use_words(), use_handle());
    let made = use_state_eq(|| Made::Waiting);
    let field = use_node_ref();
    {
        let (made, field, handle) = (made.setter(), field.clone(), handle.clone());
        use_effect_with((), move |()| {
            wasm_bindgen_futures::spawn_local(async move {
                let result = match doors::link(&handle).await {
                    Ok(link) => {
                        let copied = doors::copy(&link.address).await;
                        Made::Link { link, copied }
                    }
                    Err(fault) => Made::Fault(fault),
                };
                made.set(result);
                if let Some(field) = field.cast::<HtmlInputElement>() {
                    // A field without the focus can still be copied from.
                    let _ = field.focus();
                    field.select();
                }
            });
        });
    }
    let lesson =
        handle.read(|session| session.progress().map(|progress| progress.lesson.id.to_string())).unwrap_or_default();
    let (lens, lang) = handle.read(|session| (session.lens.name(), session.lang.tag()));
    let (address, said, code) = match &*made {
        Made::Waiting => (String::new(), words.text("loading"), ""),
        Made::Link { link, copied } => (
            link.address.clone(),
            words.text(if *copied { "share-copied" } else { "share-copy-yourself" }),
            &*link.code,
        ),
        Made::Fault(fault) => (String::new(), words.text(fault.word()), ""),
    };
    let home = address.split(['#', '?']).next().unwrap_or_default();
    let home = &home[..home.rfind('/').map_or(0, |at| at + 1)];
    let embed = format!(
        "<script async src=\"{home}embed.js\"></script>\n<dry-dock lesson=\"{lesson}\" lens=\"{lens}\" lang=\"{lang}\" story=\"{code}\"></dry-dock>"
    );
    let again = copies(address.clone(), made.clone());
    let print = {
        let close = props.close.clone();
        Callback::from(move |_: MouseEvent| {
            close.emit(());
            super::handout::print_lesson();
        })
    };
    html! {
        <div class="float share" role="dialog" aria-label={words.text("nav-share")}>
            <div class="head"><h2>{ words.text("share-title") }</h2><span class="sp" />{ icon_button("#i-close", words.text("close"), props.close.reform(|_| ())) }</div>
            <p class="ink2">{ words.text("share-what") }</p>
            if !matches!(*made, Made::Fault(_)) {
                <div class="row">
                    <input ref={field} class="m" readonly=true value={address.clone()} aria-label={words.text("share-title")} onfocus={select_all} />
                    <button type="button" class="btn" disabled={address.is_empty()} onclick={again}>{ words.text("copy") }</button>
                </div>
            }
            <p class="said" role="status">{ said }</p>
            if !code.is_empty() {
                <details>
                    <summary>{ words.text("share-embed") }</summary>
                    <p class="ink2">{ words.text("share-embed-what") }</p>
                    <textarea class="m thin" readonly=true rows="4" value={embed.clone()} aria-label={words.text("share-embed")} />
                    <CopyText text={embed} />
                </details>
            }
            <hr />
            <button type="button" class="item" onclick={print}>{ icon("#i-print") }{ words.text("share-print") }</button>
        </div>
    }
}

fn select_all(event: FocusEvent) {
    if let Some(field) = event.target_dyn_into::<HtmlInputElement>() {
        field.select();
    } else if let Some(field) = event.target_dyn_into::<HtmlTextAreaElement>() {
        field.select();
    }
}

fn copies(address: String, made: UseStateHandle<Made>) -> Callback<MouseEvent> {
    Callback::from(move |_| {
        let (address, made) = (address.clone(), made.clone());
        wasm_bindgen_futures::spawn_local(async move {
            let copied = doors::copy(&address).await;
            if let Made::Link { link, .. } = &*made {
                made.set(Made::Link { link: link.clone(), copied });
            }
        });
    })
}

/// What is copied.
#[derive(Properties, PartialEq)]
pub struct CopyProps {
    /// The text.
    pub text: String,
}

/// A button that copies a text, and says so.
#[component]
pub fn CopyText(props: &CopyProps) -> Html {
    let words = use_words();
    let copied = use_state_eq(String::new);
    let is_copied = !props.text.is_empty() && *copied == props.text;
    let onclick = {
        let (text, copied) = (props.text.clone(), copied.clone());
        Callback::from(move |_| {
            let (text, copied) = (text.clone(), copied.clone());
            wasm_bindgen_futures::spawn_local(async move {
                if doors::copy(&text).await {
                    copied.set(text);
                }
            });
        })
    };
    html! { <button type="button" class="btn" {onclick}><span role="status">{ words.text(if is_copied { "copied" } else { "copy" }) }</span></button> }
}

/// Why somebody's link was not opened.
#[derive(Properties, PartialEq)]
pub struct NoticeProps {
    /// What is wrong with it.
    pub fault: StoryFault,
}

/// Says, once, that a link could not be opened and that nothing was done.
#[component]
pub fn Notice(props: &NoticeProps) -> Html {
    let words = use_words();
    let is_open = use_state(|| true);
    if !*is_open {
        return Html::default();
    }
    let close = Callback::from(move |_: MouseEvent| is_open.set(false));
    html! {
        <div class="survived" role="alert">
            <b>{ words.text("story-refused") }</b>
            <p class="ink2">{ words.text(props.fault.word()) }</p>
            <button type="button" class="btn solid" onclick={close}>{ words.text("story-go-on") }</button>
        </div>
    }
}

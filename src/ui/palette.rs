//! The command palette: Ctrl+K (⌘K) or its button, a few letters, Enter.
//!
//! It is the browser's own modal dialog, so that everything below is out of reach while it is open,
//! and the focus goes back by itself. Inside is a combobox: the focus stays in the field, and the
//! chosen entry is its active descendant.

use super::screen::{Screen, Screens, use_screens};
use super::shape::{icon, icon_button};
use super::{Handle, browser, use_handle, use_view, use_words};
use drydock::session::{Effect, Msg, Scope};
use drydock::view::breaking;
use drydock::view::palette::{self, Act, Entry, Group, PageAct};
use drydock::words::{Words, say};
use gloo::events::{EventListener, EventListenerOptions};
use std::rc::Rc;
use wasm_bindgen::JsCast;
use web_sys::{HtmlDialogElement, HtmlInputElement};
use yew::prelude::*;

/// Opens the palette when it is asked for.
#[component]
pub fn Palette() -> Html {
    let handle = use_handle();
    let open = use_state_eq(|| None::<Scope>);
    {
        let open = open.setter();
        use_effect_with((), move |()| {
            let asking = handle.clone();
            let options = EventListenerOptions { passive: false, ..EventListenerOptions::run_in_capture_phase() };
            let key = web_sys::window().map(|window| {
                EventListener::new_with_options(&window, "keydown", options, move |event| {
                    if event.dyn_ref::<KeyboardEvent>().is_some_and(is_the_key) {
                        event.prevent_default();
                        event.stop_propagation();
                        asking.send(Msg::Palette(Scope::Everything));
                    }
                })
            });
            let heard = handle.on_effect(move |effect| {
                if let Effect::Palette(scope) = effect {
                    open.set(Some(*scope));
                }
            });
            move || drop((key, heard))
        });
    }
    let close = {
        let open = open.setter();
        Callback::from(move |()| open.set(None))
    };
    match *open {
        Some(scope) => html! { <Sheet key={format!("{scope:?}")} {scope} {close} /> },
        None => Html::default(),
    }
}

/// Ctrl+K, or ⌘K; on a terminal's line Ctrl+K stays what shells have it for.
fn is_the_key(event: &KeyboardEvent) -> bool {
    let is_k = event.key().eq_ignore_ascii_case("k") || event.code() == "KeyK";
    if !is_k || event.alt_key() || event.shift_key() || event.ctrl_key() == event.meta_key() {
        return false;
    }
    let target = event.target().and_then(|target| target.dyn_into::<web_sys::Element>().ok());
    let is_shell = target.is_some_and(|it| it.closest(".xterm").ok().flatten().is_some());
    event.meta_key() || !is_shell
}

#[derive(Properties, PartialEq)]
struct Props {
    scope: Scope,
    close: Callback<()>,
}

const LIST: &str = "palette-list";

#[component]
fn Sheet(props: &Props) -> Html {
    let (words, handle, screens) = (use_words(), use_handle(), use_screens());
    let (dialog, field, list) = (use_node_ref(), use_node_ref(), use_node_ref());
    let query = use_state_eq(String::new);
    let chosen = use_state_eq(|| 0_usize);
    let scope = props.scope;
    // What can be done is what could be done when it was opened: a list that changes under the hand is no list.
    let entries = use_memo(words.clone(), |words| {
        let other = Words::new(words.lang().other());
        handle.read(|session| palette::entries(session, scope, words, &other))
    });
    let found = use_memo((entries, (*query).clone()), move |(entries, query)| palette::found(entries, scope, query));
    let at = (*chosen).min(found.len().saturating_sub(1));
    {
        let (dialog, field) = (dialog.clone(), field.clone());
        use_effect_with((), move |()| {
            if let Some(dialog) = dialog.cast::<HtmlDialogElement>() {
                // A browser without modal dialogs still has the list.
                let _ = dialog.show_modal();
            }
            if let Some(field) = field.cast::<web_sys::HtmlElement>() {
                let _ = field.focus();
            }
        });
    }
    {
        let list = list.clone();
        use_effect_with((at, found.len()), move |(at, _)| {
            let row =
                list.cast::<web_sys::Element>().and_then(|list| list.query_selector(&format!("#palette-{at}")).ok()?);
            if let Some((row, list)) =
                row.and_then(|it| it.dyn_into::<web_sys::HtmlElement>().ok()).zip(list.cast::<web_sys::Element>())
            {
                keep_in_sight(&list, &row);
            }
        });
    }
    let close = {
        let (dialog, close) = (dialog.clone(), props.close.clone());
        Callback::from(move |()| {
            if let Some(dialog) = dialog.cast::<HtmlDialogElement>() {
                // Closing gives the focus back to where it was.
                dialog.close();
            }
            close.emit(());
        })
    };
    let act = {
        let (handle, close, found, screens) = (handle, close.clone(), found.clone(), screens.clone());
        Callback::from(move |index: usize| {
            let Some(entry) = found.get(index) else { return };
            close.emit(());
            carry_out(&handle, &screens, &entry.act);
        })
    };
    let oninput = {
        let (query, chosen) = (query.clone(), chosen.clone());
        Callback::from(move |event: InputEvent| {
            query.set(event.target_dyn_into::<HtmlInputElement>().map(|field| field.value()).unwrap_or_default());
            chosen.set(0);
        })
    };
    let onkeydown = {
        let (act, chosen, count) = (act.clone(), chosen.clone(), found.len());
        Callback::from(move |event: KeyboardEvent| {
            // What an input method is still composing is not a command yet.
            if event.is_composing() {
                return;
            }
            let last = count.saturating_sub(1);
            let next = match &*event.key() {
                "ArrowDown" => {
                    if at >= last {
                        0
                    } else {
                        at + 1
                    }
                }
                "ArrowUp" => {
                    if at == 0 {
                        last
                    } else {
                        at - 1
                    }
                }
                "PageDown" => (at + 8).min(last),
                "PageUp" => at.saturating_sub(8),
                "Enter" => {
                    event.prevent_default();
                    act.emit(at);
                    return;
                }
                _ => return,
            };
            event.prevent_default();
            chosen.set(next);
        })
    };
    let onclose = props.close.reform(|_: Event| ());
    // A press beside the sheet is one on the dialog itself.
    let onpointerdown = {
        let close = close.clone();
        Callback::from(move |event: PointerEvent| {
            let target = event.target().and_then(|target| target.dyn_into::<web_sys::Element>().ok());
            if target.is_some_and(|it| it.tag_name().eq_ignore_ascii_case("dialog")) {
                close.emit(());
            }
        })
    };
    let (name, hint) = match scope {
        Scope::Everything => ("palette", "palette-find"),
        Scope::Breaking => ("palette-breaking", "palette-breaking-find"),
    };
    let active = (!found.is_empty()).then(|| format!("palette-{at}"));
    let mut before = None;
    html! {
        <dialog ref={dialog} class="palette" aria-label={words.text(name)} {onclose} {onpointerdown}>
            <div class="in">
                <div class="find">
                    { icon("#i-find") }
                    <input ref={field} type="text" role="combobox" aria-expanded="true" aria-controls={LIST} aria-autocomplete="list"
                        aria-activedescendant={active} aria-label={words.text(hint)} placeholder={words.text(hint)}
                        autocomplete="off" autocapitalize="off" spellcheck="false" value={(*query).clone()} {oninput} {onkeydown} />
                    { icon_button("#i-close", words.text("close"), close.reform(|_| ())) }
                </div>
                <div ref={list} id={LIST} class="rows thin" role="listbox" aria-label={words.text(name)}>
                    { for found.iter().enumerate().map(|(index, entry)| {
                        let is_first = before != Some(entry.group);
                        before = Some(entry.group);
                        row(entry, index, index == at, is_first, &words, &act)
                    }) }
                </div>
                if found.is_empty() { <p class="none">{ say!(words, "palette-none", query = query.trim()) }</p> }
                <p class="keys" aria-hidden="true">
                    <kbd>{ "↑" }</kbd><kbd>{ "↓" }</kbd>{ words.text("palette-keys-choose") }
                    <kbd>{ "Enter" }</kbd>{ words.text("palette-keys-do") }
                    <kbd>{ "Esc" }</kbd>{ words.text("palette-keys-close") }
                </p>
                <p class="sr" role="status">{ if query.is_empty() { String::new() } else { say!(words, "palette-count", count = found.len()) } }</p>
            </div>
        </dialog>
    }
}

fn row(entry: &Entry, index: usize, is_chosen: bool, is_first: bool, words: &Words, act: &Callback<usize>) -> Html {
    let is_command = matches!(entry.group, Group::Break | Group::Mend);
    let sign = match entry.group {
        Group::Break => "#i-break",
        Group::Mend => "#i-restart",
        _ => "",
    };
    // The press chooses; the focus stays in the field.
    let onpointerdown = Callback::from(|event: PointerEvent| event.prevent_default());
    html! {
        <div id={format!("palette-{index}")} class={classes!("row", is_chosen.then_some("on"))} role="option"
            aria-selected={is_chosen.to_string()} {onpointerdown} onclick={act.reform(move |_| index)}>
            <span class={classes!("group", (!is_first).then_some("again"))}>{ words.text(entry.group.word()) }</span>
            <span class="what">if !sign.is_empty() { { icon(sign) } }{ &*entry.label }</span>
            <span class={classes!("note", is_command.then_some("m"))}>{ &*entry.note }</span>
        </div>
    }
}

fn carry_out(handle: &Handle, screens: &Screens, act: &Act) {
    match act {
        Act::Send(msg) => handle.send(msg.clone()),
        Act::Page(PageAct::Theme) => {
            browser::set_theme(if browser::theme() == "dark" { "light" } else { "dark" });
        }
        Act::Page(PageAct::Fullscreen) => browser::toggle_fullscreen(),
        Act::Page(PageAct::Course) => screens.go.emit(Screen::Course),
        Act::Page(PageAct::Present) => screens.go.emit(Screen::Present),
        Act::Page(PageAct::Print) => super::handout::print_lesson(),
    }
}

/// Scrolls a list just so far that a row of it is seen.
fn keep_in_sight(list: &web_sys::Element, row: &web_sys::HtmlElement) {
    let (top, bottom) = (row.offset_top(), row.offset_top() + row.offset_height());
    let (seen, room) = (list.scroll_top(), list.client_height());
    if top < seen {
        list.set_scroll_top((top - 8).max(0));
    } else if bottom > seen + room {
        list.set_scroll_top(bottom - room + 8);
    }
}

/// The button that opens it; its key stands beside it.
#[component]
pub fn Opener() -> Html {
    let (words, handle) = (use_words(), use_handle());
    let onclick = move |_| handle.send(Msg::Palette(Scope::Everything));
    let key = if browser::is_mac() { "⌘K" } else { "Ctrl K" };
    html! {
        <button type="button" class="btn quiet sm opener" aria-haspopup="dialog" aria-keyshortcuts="Control+K Meta+K" {onclick}>
            { icon("#i-find") }{ words.text("palette-open") }<kbd aria-hidden="true">{ key }</kbd>
        </button>
    }
}

/// What is broken on purpose, as a button that leads to what mends it; and the way to break more.
#[component]
pub fn BreakButton() -> Html {
    let (words, handle) = (use_words(), use_handle());
    let count = use_view(|session| session.world().broken().len());
    let can = use_view(breaking::has_any);
    if !can {
        return Html::default();
    }
    let onclick = move |_| handle.send(Msg::Palette(Scope::Breaking));
    let label =
        if count == 0 { words.text("break-menu").to_owned() } else { say!(words, "broken-count", count = count) };
    html! {
        <button type="button" class={classes!("btn", "quiet", "sm", "breaker", (count > 0).then_some("hot"))} aria-haspopup="dialog" {onclick}>
            { icon("#i-break") }<span>{ label }</span>
        </button>
    }
}

/// What a click did, as the command that does the same.
#[component]
pub fn Same() -> Html {
    let (words, handle) = (use_words(), use_handle());
    let same = use_view(|session| session.same.clone());
    let copied = use_state_eq(|| None::<Rc<str>>);
    let Some(same) = same else { return Html::default() };
    let copy = {
        let (same, copied) = (same.clone(), copied.clone());
        Callback::from(move |_: MouseEvent| {
            browser::copy(&same);
            copied.set(Some(same.clone()));
        })
    };
    let hide = Callback::from(move |_: MouseEvent| handle.send(Msg::HideSame));
    let label = words.text(if copied.as_ref() == Some(&same) { "same-copied" } else { "command-copy" });
    html! {
        <div class="same" role="group" aria-label={words.text("same-as")}>
            <span class="pencil">{ words.text("same-as") }</span><code>{ "$ " }{ &*same }</code>
            <button type="button" class="lk" onclick={copy} aria-label={say!(words, "command-copy-this", command = &*same)}>{ label }</button>
            { icon_button("#i-close", words.text("close"), hide) }
        </div>
    }
}

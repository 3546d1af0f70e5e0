//! The terminal drawer: what was said, and a line to type on.

use super::shape::icon_button;
use super::{browser, use_handle, use_view, use_words};
use drydock::session::Msg;
use drydock::view::write::{LineKind, terminal};
use web_sys::HtmlInputElement;
use yew::prelude::*;

/// A window lower than this begins with the drawer closed.
const ROOM_PX: i32 = 760;

/// How the drawer begins.
#[derive(Properties, PartialEq)]
pub struct Props {
    /// Whether it begins closed.
    pub closed: bool,
}

/// The drawer below the editor.
#[component]
pub fn Terminal(props: &Props) -> Html {
    let words = use_words();
    // On a short screen the editor needs the room.
    let is_open = use_state(|| !props.closed && browser::height() >= ROOM_PX);
    let toggle = {
        let is_open = is_open.clone();
        Callback::from(move |_| is_open.set(!*is_open))
    };
    let (shape, label) = if *is_open { ("#i-down", "pane-fold") } else { ("#i-up", "pane-unfold") };
    html! {
        <section class={classes!("terminal", is_open.then_some("open"))} aria-label={words.text("terminal")}>
            <header>
                <b>{ words.text("terminal") }</b><span class="sp" />
                { icon_button(shape, words.text(label), toggle) }
            </header>
            if *is_open { <Screen /> }
        </section>
    }
}

/// Past lines, and the one that is being typed. Arrow up and down walk through what was typed.
#[component]
fn Screen() -> Html {
    let (words, handle) = (use_words(), use_handle());
    let view = use_view(terminal);
    let (screen, field) = (use_node_ref(), use_node_ref());
    let typed = use_mut_ref(|| (Vec::<String>::new(), 0_usize));
    {
        let screen = screen.clone();
        use_effect_with(view.clone(), move |_| {
            if let Some(screen) = screen.cast::<web_sys::Element>() {
                screen.set_scroll_top(screen.scroll_height());
            }
        });
    }
    let onkeydown = Callback::from(move |event: KeyboardEvent| {
        let Some(field) = event.target_dyn_into::<HtmlInputElement>() else { return };
        let (past, at) = &mut *typed.borrow_mut();
        match event.key().as_str() {
            // A key that ends a composition is not yet the end of the line.
            "Enter" if !event.is_composing() => {
                let line = field.value();
                field.set_value("");
                if !line.trim().is_empty() && past.last() != Some(&line) {
                    past.push(line.clone());
                }
                *at = past.len();
                handle.send(Msg::Command(line.into()));
            }
            "c" if event.ctrl_key() && field.selection_start() == field.selection_end() => {
                field.set_value("");
                handle.send(Msg::Interrupt);
            }
            "ArrowUp" | "ArrowDown" => {
                *at = if event.key() == "ArrowUp" { at.saturating_sub(1) } else { (*at + 1).min(past.len()) };
                field.set_value(past.get(*at).map_or("", String::as_str));
            }
            _ => return,
        }
        event.prevent_default();
    });
    let onclick = {
        let field = field.clone();
        Callback::from(move |_| {
            let selects =
                web_sys::window().and_then(|it| it.get_selection().ok()?).is_some_and(|it| !it.is_collapsed());
            if let (false, Some(field)) = (selects, field.cast::<web_sys::HtmlElement>()) {
                // Losing a focus is no loss.
                let _ = field.focus();
            }
        })
    };
    html! {
        <div class="tty thin" ref={screen} {onclick}>
            // Empty, it has no height, and a focus that nobody sees helps nobody.
            <div role="log" aria-label={words.text("terminal")} tabindex={(!view.lines.is_empty()).then_some("0")}>
                { for view.lines.iter().map(|line| match line.kind {
                    LineKind::Typed => html! { <div class="typed"><span class="pr">{ "$ " }</span>{ &*line.text }</div> },
                    LineKind::Output => html! { <div>{ &*line.text }</div> },
                    LineKind::Complaint => html! { <div class="complaint">{ &*line.text }</div> },
                }) }
            </div>
            <label class={classes!(view.is_busy.then_some("busy"))}><span class="pr" aria-hidden="true">{ "$ " }</span>
                <input ref={field} aria-label={words.text("terminal-line")} {onkeydown} spellcheck="false" autocapitalize="off" autocomplete="off" enterkeyhint="go" />
            </label>
        </div>
    }
}

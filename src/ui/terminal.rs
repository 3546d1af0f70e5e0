//! The terminal drawer: a plain log and a field to type in, and xterm.js in their place once
//! somebody types (or the drawer is opened), where there is a keyboard to type with.

use super::shape::icon_button;
use super::xterm::Xterm;
use super::{browser, use_handle, use_view, use_words};
use drydock::session::{Msg, Session};
use drydock::view::write::{self, LineKind, terminal};
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

/// What stands in the drawer.
#[derive(Clone, PartialEq)]
enum Stage {
    /// The plain field; xterm.js was not asked for, or did not come.
    Plain,
    /// xterm.js is on its way, with what was typed so far; the plain field stays until it is there.
    Coming(AttrValue),
    /// xterm.js.
    Full,
}

/// The drawer below the editor.
#[component]
pub fn Terminal(props: &Props) -> Html {
    let (words, handle) = (use_words(), use_handle());
    // On a short screen the editor needs the room.
    let is_open = use_state(|| !props.closed && browser::height() >= ROOM_PX);
    let stage = use_state(|| Stage::Plain);
    let explains = use_view(|session: &Session| session.explains);
    // A keyboard on the glass composes as it likes: a field of the page takes that better.
    let can_wake = !browser::is_touched();
    let wake = {
        let stage = stage.clone();
        Callback::from(move |typed: AttrValue| {
            if can_wake && *stage == Stage::Plain {
                stage.set(Stage::Coming(typed));
            }
        })
    };
    let ready = {
        let stage = stage.clone();
        Callback::from(move |is_there| stage.set(if is_there { Stage::Full } else { Stage::Plain }))
    };
    let toggle = {
        let (is_open, wake) = (is_open.clone(), wake.clone());
        Callback::from(move |_| {
            if !*is_open {
                wake.emit(AttrValue::default());
            }
            is_open.set(!*is_open);
        })
    };
    let explain = Callback::from(move |_| {
        browser::remember("explain", if explains { "no" } else { "yes" });
        handle.send(Msg::SetExplains(!explains));
    });
    {
        let handle = use_handle();
        use_effect_with((), move |()| {
            if browser::recall("explain").as_deref() == Some("no") {
                handle.send(Msg::SetExplains(false));
            }
        });
    }
    let (shape, label) = if *is_open { ("#i-down", "pane-fold") } else { ("#i-up", "pane-unfold") };
    html! {
        <section class={classes!("terminal", is_open.then_some("open"))} aria-label={words.text("terminal")}>
            <header>
                <b>{ words.text("terminal") }</b><span class="sp" />
                if *is_open {
                    <button type="button" class="switch" role="switch" aria-checked={explains.to_string()} onclick={explain}>{ words.text("terminal-explain") }<i /></button>
                }
                { icon_button(shape, words.text(label), toggle) }
            </header>
            if *is_open {
                <SmallBrowser />
                if *stage != Stage::Full { <Screen {wake} /> }
                if *stage != Stage::Plain {
                    <Xterm typed={match &*stage { Stage::Coming(typed) => typed.clone(), _ => AttrValue::default() }} {ready} />
                }
            }
        </section>
    }
}

/// Shows what is behind a forwarded port: as text, for a page of somewhere else runs nothing here.
#[component]
fn SmallBrowser() -> Html {
    let (words, handle) = (use_words(), use_handle());
    let view = use_view(write::browser);
    let field = use_node_ref();
    let Some(view) = view else { return Html::default() };
    let onsubmit = {
        let field = field.clone();
        Callback::from(move |event: SubmitEvent| {
            event.prevent_default();
            let path = field.cast::<HtmlInputElement>().map(|field| field.value()).unwrap_or_default();
            handle.send(Msg::Visit(path.into()));
        })
    };
    html! {
        <div class="visit" role="group" aria-label={words.text("forward-browser")}>
            <form {onsubmit}>
                <label><span class="m">{ format!("http://{}/", view.address) }</span>
                    <input ref={field} class="m" aria-label={words.text("forward-path")} spellcheck="false" autocapitalize="off" autocomplete="off" /></label>
                <button type="submit" class="btn sm">{ words.text("forward-open") }</button>
            </form>
            if let Some(page) = &view.page {
                <div class="page thin" role="status">
                    <b>{ if page.status == 0 { words.text("forward-nothing").to_owned() } else { page.status.to_string() } }{ " " }{ &*page.path }</b>
                    <pre>{ &*page.body }</pre>
                </div>
            }
        </div>
    }
}

#[derive(Properties, PartialEq)]
struct ScreenProps {
    /// Somebody begins to type.
    wake: Callback<AttrValue>,
}

/// Past lines, and the one that is being typed. Arrow up and down walk through what was typed, Tab
/// completes.
#[component]
fn Screen(props: &ScreenProps) -> Html {
    let (words, handle) = (use_words(), use_handle());
    let view = use_view(terminal);
    let (screen, field) = (use_node_ref(), use_node_ref());
    let at = use_mut_ref(|| 0_usize);
    let offers = use_state(Vec::<String>::new);
    {
        let screen = screen.clone();
        use_effect_with((view.clone(), offers.len()), move |_| {
            if let Some(screen) = screen.cast::<web_sys::Element>() {
                screen.set_scroll_top(screen.scroll_height());
            }
        });
    }
    let press = {
        let (handle, field, offers) = (handle.clone(), field.clone(), offers.clone());
        Callback::from(move |key: String| {
            let Some(field) = field.cast::<HtmlInputElement>() else { return };
            let past = handle.read(write::typed_lines);
            let mut at = at.borrow_mut();
            match key.as_str() {
                "Enter" => {
                    let line = field.value();
                    field.set_value("");
                    offers.set(Vec::new());
                    let asks = view_asks(&handle);
                    handle.send(if asks {
                        Msg::Typed(write::Typed::Text(line.into()))
                    } else {
                        Msg::Command(line.into())
                    });
                    *at = usize::MAX;
                }
                "^C" => {
                    field.set_value("");
                    offers.set(Vec::new());
                    handle.send(Msg::Interrupt);
                }
                "ArrowUp" | "ArrowDown" => {
                    let now = (*at).min(past.len());
                    *at = if key == "ArrowUp" { now.saturating_sub(1) } else { (now + 1).min(past.len()) };
                    field.set_value(past.get(*at).map_or("", |line| line));
                }
                "Tab" => offers.set(complete(&handle, &field)),
                // A sign of the row of keys, or an offer.
                sign => {
                    let line = field.value();
                    field.set_value(&match sign.strip_prefix('\u{1}') {
                        Some(offer) => replaced(&handle, &line, offer),
                        None => line + sign,
                    });
                    offers.set(Vec::new());
                }
            }
            // Losing a focus is no loss.
            let _ = field.focus();
        })
    };
    let onkeydown = {
        let press = press.clone();
        Callback::from(move |event: KeyboardEvent| {
            let Some(field) = event.target_dyn_into::<HtmlInputElement>() else { return };
            let key = match event.key().as_str() {
                // A key that ends a composition is not yet the end of the line.
                "Enter" if !event.is_composing() => "Enter",
                "c" if event.ctrl_key() && field.selection_start() == field.selection_end() => "^C",
                "ArrowUp" => "ArrowUp",
                "ArrowDown" => "ArrowDown",
                // On an empty line Tab goes on through the page.
                "Tab" if !event.shift_key() && !field.value().is_empty() => "Tab",
                _ => return,
            };
            event.prevent_default();
            press.emit(key.to_owned());
        })
    };
    let onfocus = {
        let wake = props.wake.clone();
        Callback::from(move |event: FocusEvent| {
            let field = event.target_dyn_into::<HtmlInputElement>();
            wake.emit(field.map(|field| field.value()).unwrap_or_default().into());
        })
    };
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
    let key = |label: &str, key: String| {
        let press = press.clone();
        html! { <button type="button" class="m" onclick={move |_| press.emit(key.clone())}>{ label }</button> }
    };
    let look_up = |term: &'static str| {
        let handle = handle.clone();
        move |event: MouseEvent| {
            event.stop_propagation();
            handle.send(Msg::LookUp(term.into()));
        }
    };
    html! { <>
        <div class="tty thin" ref={screen} {onclick}>
            // Empty, it has no height, and a focus that nobody sees helps nobody.
            <div role="log" aria-label={words.text("terminal")} tabindex={(!view.lines.is_empty()).then_some("0")}>
                { for view.lines.iter().map(|line| match line.kind {
                    LineKind::Typed => html! { <div class="typed"><span class="pr">{ "$ " }</span>{ &*line.text }</div> },
                    LineKind::Output => html! { <div>{ &*line.text }</div> },
                    LineKind::Complaint => html! { <div class="complaint">{ &*line.text }</div> },
                    LineKind::Advice if line.term.is_empty() => html! { <div class="advice">{ &*line.text }</div> },
                    LineKind::Advice => html! { <div class="advice"><button type="button" class="lk" onclick={look_up(line.term)}>{ &*line.text }</button></div> },
                }) }
            </div>
            <label class={classes!(view.is_busy.then_some("busy"))}><span class="pr" aria-hidden="true">{ "$ " }</span>
                <input ref={field} aria-label={words.text("terminal-line")} {onkeydown} {onfocus} spellcheck="false" autocapitalize="off" autocomplete="off" enterkeyhint="go" />
            </label>
        </div>
        if browser::is_touched() {
            <div class="keyrow thin" role="group" aria-label={words.text(if offers.is_empty() { "terminal-keys" } else { "terminal-offers" })}>
                if offers.is_empty() {
                    { for [("Tab", "Tab"), ("↑", "ArrowUp"), ("^C", "^C"), ("-", "-"), ("/", "/"), ("|", "|"), ("=", "=")].map(|(label, name)| key(label, name.to_owned())) }
                } else {
                    { for offers.iter().map(|offer| key(offer, format!("\u{1}{offer}"))) }
                }
            </div>
        } else if !offers.is_empty() {
            <div class="keyrow thin" role="group" aria-label={words.text("terminal-offers")}>
                { for offers.iter().map(|offer| key(offer, format!("\u{1}{offer}"))) }
            </div>
        }
    </> }
}

fn view_asks(handle: &super::Handle) -> bool {
    handle.read(|session| write::unread(session, write::Mark::default()).keyboard != write::Keyboard::Line)
}

/// Completes the line as far as all offers agree; returns what there is to choose from.
fn complete(handle: &super::Handle, field: &HtmlInputElement) -> Vec<String> {
    let line = field.value();
    let found = handle.read(|session| write::offers(session, &line, line.encode_utf16().count()));
    let Some((first, rest)) = found.offers.split_first() else { return Vec::new() };
    let common = rest.iter().fold(first.as_str(), |common, offer| {
        let same = common.char_indices().zip(offer.chars()).find(|((_, one), other)| one != other);
        &common[..same.map_or(common.len().min(offer.len()), |((at, _), _)| at)]
    });
    let ends = if rest.is_empty() && !common.ends_with(['/', '=', ',']) { " " } else { "" };
    let kept: String = String::from_utf16_lossy(&line.encode_utf16().take(found.from).collect::<Vec<_>>());
    field.set_value(&format!("{kept}{common}{ends}"));
    if rest.is_empty() { Vec::new() } else { found.offers }
}

/// The line with an offer in the place of its last word.
fn replaced(handle: &super::Handle, line: &str, offer: &str) -> String {
    let found = handle.read(|session| write::offers(session, line, line.encode_utf16().count()));
    let kept: String = String::from_utf16_lossy(&line.encode_utf16().take(found.from).collect::<Vec<_>>());
    let ends = if offer.ends_with(['/', '=', ',']) { "" } else { " " };
    format!("{kept}{offer}{ends}")
}

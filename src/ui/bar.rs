//! The bar across the page: the house, where one is, and what is everywhere.

use super::layout::Room;
use super::read::steps;
use super::screen::{Screen, use_screens};
use super::shape::{Plate, brand_mark, icon, icon_button, plate_mark};
use super::share::Share;
use super::{browser, use_handle, use_view, use_words};
use drydock::session::{Effect, Msg};
use drydock::view::read::{self, StepMark};
use gloo::events::EventListener;
use wasm_bindgen::JsCast;
use web_sys::HtmlInputElement;
use yew::prelude::*;

/// How the bar is drawn.
#[derive(Properties, PartialEq)]
pub struct Props {
    /// How much room there is.
    pub room: Room,
}

/// What hangs open below the bar.
#[derive(Clone, Copy, PartialEq)]
enum Open {
    Nothing,
    Course,
    Glossary,
    Share,
}

/// The bar.
#[component]
pub fn Bar(props: &Props) -> Html {
    let words = use_words();
    let head = use_view(read::head);
    let open = use_state(|| Open::Nothing);
    let node = use_node_ref();
    use_closing(node.clone(), open.clone());
    let looked_up = use_state(AttrValue::default);
    {
        let (handle, open, looked_up) = (use_handle(), open.setter(), looked_up.setter());
        use_effect_with((), move |()| {
            let hearing = handle.on_effect(move |effect| match effect {
                Effect::LookUp(term) => {
                    looked_up.set(term.to_string().into());
                    open.set(Open::Glossary);
                }
                Effect::Share => open.set(Open::Share),
                _ => {}
            });
            move || drop(hearing)
        });
    }
    let toggle = |which: Open| {
        let open = open.clone();
        let looked_up = looked_up.clone();
        Callback::from(move |_: MouseEvent| {
            looked_up.set(AttrValue::default());
            open.set(if *open == which { Open::Nothing } else { which });
        })
    };
    let close = {
        let open = open.clone();
        Callback::from(move |()| open.set(Open::Nothing))
    };
    let title = head.as_ref().map_or("", |head| &*head.title);
    let is_narrow = props.room == Room::Narrow;
    let screens = use_screens();
    let on_map = screens.now == Screen::Course;
    html! {
        <header class="bar" ref={node}>
            if is_narrow {
                <span class="brand">{ brand_mark() }</span>
                <h1>{ if on_map { words.text("nav-course") } else { title } }</h1><span class="sp" />
                if let (Some(head), false) = (&head, on_map) { { steps(head, &words, None) } }
                { icon_button("#i-menu", words.text("nav-menu"), toggle(Open::Course)) }
            } else {
                <a class="brand" href="./">{ brand_mark() }{ words.text("app-name") }</a>
                <nav class="crumb" aria-label={words.text("nav-where")}>
                    <button type="button" aria-haspopup="dialog" aria-expanded={(*open == Open::Course).to_string()} onclick={toggle(Open::Course)}>
                        if on_map { <span>{ words.text("nav-course") }</span><i aria-hidden="true">{ "/" }</i> }
                        else if let Some(head) = &head { if head.part > 0 { <span>{ &*head.part_title }</span><i aria-hidden="true">{ "/" }</i> } }
                        <b>{ title }</b>{ icon("#i-down") }
                    </button>
                </nav>
                <span class="sp" />
                <super::palette::Opener />
                <button type="button" class="btn quiet sm" aria-haspopup="dialog" aria-expanded={(*open == Open::Glossary).to_string()} onclick={toggle(Open::Glossary)}>{ words.text("nav-glossary") }</button>
                <Language />
                <Theme />
                { icon_button("#i-present", words.text("nav-present"), screens.to(Screen::Present)) }
                <button type="button" class="ib" aria-label={words.text("nav-share")} title={words.text("nav-share")} aria-haspopup="dialog" aria-expanded={(*open == Open::Share).to_string()} onclick={toggle(Open::Share)}>{ icon("#i-share") }</button>
                { icon_button("#i-full", words.text("nav-fullscreen"), Callback::from(|_| browser::toggle_fullscreen())) }
            }
            if *open == Open::Course {
                <CourseMenu {close} extras={is_narrow} glossary={toggle(Open::Glossary)} share={toggle(Open::Share)} />
            } else if *open == Open::Glossary {
                <Glossary {close} term={(*looked_up).clone()} />
            } else if *open == Open::Share {
                <Share {close} />
            }
        </header>
    }
}

/// Escape closes what is open and gives the focus back; so does a press elsewhere.
#[hook]
fn use_closing(node: NodeRef, open: UseStateHandle<Open>) {
    let is_open = *open != Open::Nothing;
    use_effect_with(is_open, move |is_open| {
        let listeners = is_open.then(|| web_sys::window()?.document()).flatten().map(|document| {
            let (inside, opened) = (node.clone(), open.clone());
            let pressed = EventListener::new(&document, "pointerdown", move |event| {
                let target = event.target().and_then(|it| it.dyn_into::<web_sys::Node>().ok());
                let is_inside = inside.cast::<web_sys::Node>().is_some_and(|bar| bar.contains(target.as_ref()));
                if !is_inside {
                    opened.set(Open::Nothing);
                }
            });
            let key = EventListener::new(&document, "keydown", move |event| {
                let is_escape = event.dyn_ref::<web_sys::KeyboardEvent>().is_some_and(|event| event.key() == "Escape");
                if is_escape {
                    open.set(Open::Nothing);
                    let opener = node
                        .cast::<web_sys::Element>()
                        .and_then(|bar| bar.query_selector("[aria-expanded=true]").ok()?);
                    if let Some(opener) = opener.and_then(|it| it.dyn_into::<web_sys::HtmlElement>().ok()) {
                        // The focus is then where the browser puts it.
                        let _ = opener.focus();
                    }
                }
            });
            (pressed, key)
        });
        move || drop(listeners)
    });
}

/// The switch to the other language, in that language.
#[component]
fn Language() -> Html {
    let (words, handle) = (use_words(), use_handle());
    let other = words.lang().other();
    let onclick = move |_| handle.send(Msg::SetLang(other));
    html! { <button type="button" class="btn quiet sm" lang={other.tag()} {onclick}>{ words.text("nav-language") }</button> }
}

/// The switch between paper and blueprint.
#[component]
fn Theme() -> Html {
    let words = use_words();
    let theme = use_state(browser::theme);
    let (label, other) = if *theme == "dark" { ("nav-theme-light", "light") } else { ("nav-theme-dark", "dark") };
    let onclick = Callback::from(move |_| {
        browser::set_theme(other);
        theme.set(other.to_owned());
    });
    icon_button("#i-theme", words.text(label), onclick)
}

#[derive(Properties, PartialEq)]
struct MenuProps {
    close: Callback<()>,
    extras: bool,
    glossary: Callback<MouseEvent>,
    share: Callback<MouseEvent>,
}

/// Every lesson; on a narrow screen also what the bar has no room for.
#[component]
fn CourseMenu(props: &MenuProps) -> Html {
    let (words, handle, screens) = (use_words(), use_handle(), use_screens());
    let to_map = {
        let (go, close) = (screens.go.clone(), props.close.clone());
        move |_| {
            go.emit(Screen::Course);
            close.emit(());
        }
    };
    let go = screens.go;
    let parts = use_view(read::course);
    let menu = use_node_ref();
    {
        let menu = menu.clone();
        use_effect_with((), move |()| {
            let Some(menu) = menu.cast::<web_sys::HtmlElement>() else { return };
            // The lesson that is open comes into sight, and under the hand; the page itself does not scroll.
            let here = menu.query_selector("[aria-current] button").ok().flatten();
            if let Some(here) = here.and_then(|it| it.dyn_into::<web_sys::HtmlElement>().ok()) {
                menu.set_scroll_top(here.offset_top() - menu.client_height() / 3);
                // A menu without the focus can still be pressed.
                let _ = here.focus();
            }
        });
    }
    html! {
        <div ref={menu} class="float course thin" role="dialog" aria-label={words.text("nav-course")}>
            if props.extras {
                <div class="extras">
                    <super::palette::Opener />
                    <button type="button" class="btn quiet sm" onclick={&props.glossary}>{ words.text("nav-glossary") }</button>
                    <Language /><span class="sp" /><Theme />
                    <button type="button" class="ib" aria-label={words.text("nav-share")} onclick={&props.share}>{ icon("#i-share") }</button>
                </div>
            }
            <button type="button" class="item map" onclick={to_map}>{ brand_mark() }<b>{ words.text("course-map") }</b></button>
            { for parts.iter().map(|(title, lessons)| html! { <>
                if !title.is_empty() { <h2>{ &**title }</h2> }
                <ol>{ for lessons.iter().map(|lesson| {
                    let shape = match lesson.mark {
                        StepMark::Done => Plate::Ready,
                        StepMark::Now => Plate::Starting,
                        StepMark::ToDo => Plate::Wished,
                    };
                    let (id, handle, close, go) = (lesson.id.clone(), handle.clone(), props.close.clone(), go.clone());
                    let onclick = move |_| {
                        handle.send(Msg::OpenLesson(id.clone()));
                        go.emit(Screen::Work);
                        close.emit(());
                    };
                    html! {
                        <li key={&*lesson.id} aria-current={(lesson.mark == StepMark::Now).then_some("true")}><button type="button" class="item" disabled={!lesson.is_built} title={(!lesson.is_built).then(|| words.text("course-planned"))} {onclick}>
                            { plate_mark(shape) }<span class="n">{ &*lesson.number }</span><span>{ &*lesson.title }</span>
                        </button></li>
                    }
                }) }</ol>
            </> }) }
        </div>
    }
}

#[derive(Properties, PartialEq)]
struct GlossaryProps {
    close: Callback<()>,
    /// The term that is looked up; empty for all.
    term: AttrValue,
}

/// Every term, and a field that finds one.
#[component]
fn Glossary(props: &GlossaryProps) -> Html {
    let words = use_words();
    let terms = use_view(read::glossary);
    let query = use_state(String::new);
    {
        // A term is looked up by its name in the learner's language.
        let (query, terms) = (query.clone(), terms.clone());
        use_effect_with(props.term.clone(), move |term| {
            if let Some(found) = terms.iter().find(|known| *known.id == **term) {
                query.set(found.name.to_string());
            }
        });
    }
    let field = use_node_ref();
    {
        let field = field.clone();
        use_effect_with((), move |()| {
            if let Some(field) = field.cast::<web_sys::HtmlElement>() {
                // A field without the focus is still a field.
                let _ = field.focus();
            }
        });
    }
    let oninput = {
        let query = query.clone();
        Callback::from(move |event: InputEvent| {
            query.set(event.target_dyn_into::<HtmlInputElement>().map(|field| field.value()).unwrap_or_default());
        })
    };
    let wanted = query.trim().to_lowercase();
    let has = |text: &str| text.to_lowercase().contains(&wanted);
    let found: Vec<_> =
        terms.iter().filter(|term| has(&term.name) || has(&term.other_name) || has(&term.means)).collect();
    html! {
        <div class="float glossary thin" role="dialog" aria-label={words.text("glossary")}>
            <div class="find">
                <input ref={field} type="search" placeholder={words.text("glossary-search")} aria-label={words.text("glossary-search")} value={(*query).clone()} {oninput} />
                { icon_button("#i-close", words.text("close"), props.close.reform(|_| ())) }
            </div>
            if found.is_empty() && !wanted.is_empty() { <p class="ink2">{ words.say("glossary-none", &[("query", query.trim().into())]) }</p> }
            <dl>{ for found.iter().map(|term| html! { <div key={&*term.id}>
                <dt>{ &*term.name }{ " " }<i lang={words.lang().other().tag()}>{ &*term.other_name }</i></dt><dd>{ &*term.means }</dd>
            </div> }) }</dl>
        </div>
    }
}

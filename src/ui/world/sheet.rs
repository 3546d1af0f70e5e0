//! A lens that is a drawing: measured, drawn, chosen from by pointer and keyboard.

use super::drawing::{self, Drawing};
use super::render::{self, Reach};
use super::size::use_size;
use crate::ui::{use_handle, use_paced_view, use_slow_view, use_view, use_words};
use drydock::session::Msg;
use drydock::view::inspector::ActionView;
use drydock::view::map::Title;
use drydock::view::{Key, breaking, cloud, control_loop, hosting, map, money, tracer};
use drydock::words::say;
use std::rc::Rc;
use yew::prelude::*;

/// What can stand beside the Map.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Beside {
    Trace,
    Create,
    Bill,
    Move,
}

/// The Map lens.
#[component]
pub fn MapSheet() -> Html {
    let (words, handle) = (use_words(), use_handle());
    let stage = use_node_ref();
    let (width, height) = use_size(stage.clone());
    let view = use_slow_view(|session| Rc::new(map::view(session)));
    let cloud = use_slow_view(|session| cloud::view(session).map(Rc::new));
    let trace = use_slow_view(|session| tracer::view(session).map(Rc::new));
    let selected = use_view(|session| session.selection.clone());
    let bill = use_view(|session| money::view(session).map(|bill| (bill.hour, bill.total)));
    let moves = use_view(|session| session.world().sites().count() > 1);
    let beside = use_state_eq(|| None::<Beside>);
    let drawing = use_memo(
        (view.clone(), (cloud.clone(), trace.clone()), selected, words.clone(), (width, height)),
        |(view, (cloud, trace), selected, words, size)| {
            if size.0 < 1.0 {
                return Drawing::default();
            }
            let around = cloud.as_deref().map(|cloud| (cloud, trace.as_deref()));
            drawing::map::draw(view, around, words, selected.as_ref(), *size)
        },
    );
    let label = match &cloud {
        Some(cloud) => say!(words, "cloud-label", region = &cloud.region),
        None => say!(words, "map-label", cluster = &view.title.cluster),
    };
    // What of the drawing has a menu open: its index and name.
    let opened = use_state_eq(|| None::<(usize, Rc<str>)>);
    let on_part = {
        let (drawing, beside, trace) = (drawing.clone(), beside.clone(), trace.clone());
        let (handle, opened) = (handle.clone(), opened.clone());
        Callback::from(move |index: usize| {
            let Some((_, id)) = drawing.named.iter().find(|(pick, _)| *pick == index) else { return };
            // A zone, or a member of a control plane: it can be broken.
            if id.contains('/') {
                let is_same = opened.as_ref().is_some_and(|(_, name)| name == id);
                opened.set((!is_same).then(|| (index, id.clone())));
                return;
            }
            opened.set(None);
            beside.set(Some(Beside::Trace));
            handle.send(Msg::Trace(Some(Rc::new(super::trace::towards(trace.as_deref(), id)))));
        })
    };
    let on_close = {
        let beside = beside.clone();
        Callback::from(move |()| beside.set(None))
    };
    // A lesson may follow a packet by itself.
    let beside_now = beside.or_else(|| trace.is_some().then_some(Beside::Trace));
    let open = |what: Beside, name: Html| {
        let (beside, handle) = (beside.clone(), handle.clone());
        let is_open = beside_now == Some(what);
        let onclick = move |_: MouseEvent| {
            // A question that stands keeps the tracer open.
            if beside_now == Some(Beside::Trace) {
                handle.send(Msg::Trace(None));
            }
            beside.set((!is_open).then_some(what));
        };
        html! { <button type="button" class="btn quiet sm" aria-expanded={is_open.to_string()} {onclick}>{ name }</button> }
    };
    let close_menu = {
        let opened = opened.clone();
        Callback::from(move |()| opened.set(None))
    };
    let menu = opened.as_ref().and_then(|(index, name)| {
        let view = handle.read(|session| breaking::by_name(session, name))?;
        let pick = drawing.picks.get(*index)?;
        let x = pick.x.clamp(8.0, (width - 260.0).max(8.0));
        Some((view, format!("left:{x}px;top:{}px", pick.y + 16.0)))
    });
    html! {
        <>
            <div class="map">
            if cloud.is_some() {
                <div class="map-acts" role="group" aria-label={words.text("map-acts")}>
                    if let Some((hour, total)) = &bill {
                        { open(Beside::Bill, html! { <span class="m">{ say!(words, "bill-open", hour = hour, total = total) }</span> }) }
                    }
                    <span class="sp" />
                    if moves { { open(Beside::Move, html! { { words.text("move-open") } }) } }
                    { open(Beside::Create, html! { { words.text("create-open") } }) }
                    { open(Beside::Trace, html! { <>{ super::icon("#i-out") }{ words.text("trace") }</> }) }
                </div>
            }
            <Stage {stage} {drawing} {label} scope="map" title={view.title.clone()} name={words.text("lens-map")} {on_part} on_close={close_menu.clone()}>
                if let Some((view, style)) = menu {
                    <div class="float part" {style}>
                        <button type="button" class="item" onclick={move |_| { handle.send(view.msg.clone()); close_menu.emit(()); }}>
                            { super::icon(super::action_icon(view.kind)) }{ view.label.say(&words) }
                        </button>
                    </div>
                }
            </Stage>
            </div>
            if cloud.is_some() {
                { match beside_now {
                    Some(Beside::Trace) => html! { <super::trace::Tracer {on_close} /> },
                    Some(Beside::Create) => html! { <super::create::Create {on_close} /> },
                    Some(Beside::Bill) => html! { <super::money::Bill {on_close} /> },
                    Some(Beside::Move) => html! { <super::moving::Moving {on_close} /> },
                    None => Html::default(),
                } }
            }
        </>
    }
}

/// What is hosted outside clusters, in the Map's place.
#[component]
pub fn HostingSheet() -> Html {
    let words = use_words();
    let stage = use_node_ref();
    let (width, height) = use_size(stage.clone());
    let view = use_paced_view(|session| Rc::new(hosting::view(session)), 50);
    let mut title = use_view(map::title);
    if let Some(name) = view.name() {
        title.cluster = name;
    }
    let view_told = view.clone();
    let drawing = use_memo((view, words.clone(), (width, height)), |(view, words, size)| {
        if size.0 < 1.0 { Drawing::default() } else { drawing::hosting::draw(view, words, size.0, size.1) }
    });
    let told = use_memo((view_told, words.clone()), |(view, words)| drawing::hosting::told(view, words));
    let label = words.text("hosting-label").to_owned();
    html! {
        <Stage {stage} {drawing} {label} scope="hosting" {title} name={words.text("lens-map")}>
            <ul class="sr">{ for told.iter().map(|line| html! { <li>{ line }</li> }) }</ul>
        </Stage>
    }
}

/// The Loop lens.
#[component]
pub fn LoopSheet() -> Html {
    let (words, handle) = (use_words(), use_handle());
    let stage = use_node_ref();
    let (width, height) = use_size(stage.clone());
    let view = use_paced_view(|session| Rc::new(control_loop::view(session)), 50);
    let selected = use_view(|session| session.selection.clone());
    let opened = use_state_eq(|| None::<usize>);
    let drawing =
        use_memo((view.clone(), selected, words.clone(), (width, height)), |(view, selected, words, size)| {
            if size.0 < 1.0 {
                Drawing::default()
            } else {
                drawing::ring::draw(view, words, selected.as_ref(), size.0, size.1)
            }
        });
    let label = say!(words, "loop-label", cluster = &view.title.cluster);
    let on_part = {
        let opened = opened.clone();
        Callback::from(move |index| opened.set((*opened != Some(index)).then_some(index)))
    };
    // The picks are the stations, and after them the members of what there are several of.
    let switch: Option<ActionView> = opened.and_then(|index| match index.checked_sub(view.stations.len()) {
        None => view.stations.get(index).and_then(|it| it.switch.clone()),
        Some(member) => view.members.get(member).and_then(|it| it.switch.clone()),
    });
    let place = opened.and_then(|index| drawing.picks.get(index)).map(|pick| {
        let x = pick.x.clamp(8.0, (width - 220.0).max(8.0));
        format!("left:{x}px;top:{}px", pick.y + 44.0)
    });
    let close = {
        let opened = opened.clone();
        Callback::from(move |()| opened.set(None))
    };
    html! {
        <Stage {stage} {drawing} {label} scope="loop" title={view.title.clone()} name={words.text("lens-loop")} {on_part} on_close={close.clone()}>
            if let (Some(switch), Some(style)) = (switch, place) {
                <div class="float part" {style}>
                    <button type="button" class="item" onclick={move |_| { handle.send(switch.msg.clone()); close.emit(()); }}>
                        { super::icon("#i-break") }{ switch.label.say(&words) }
                    </button>
                </div>
            }
        </Stage>
    }
}

/// What a drawing on its stage needs.
#[derive(Properties, PartialEq)]
pub struct StageProps {
    /// The stage, which its owner measures.
    pub stage: NodeRef,
    /// What is drawn.
    pub drawing: Rc<Drawing>,
    /// What it is, for who cannot see it.
    pub label: String,
    /// Tells its ids from those of other drawings.
    pub scope: &'static str,
    /// What the title block says.
    pub title: Title,
    /// The lens' name.
    pub name: &'static str,
    /// Its own class.
    #[prop_or_default]
    pub class: Classes,
    /// A thing was chosen that is no object.
    #[prop_or_default]
    pub on_part: Callback<usize>,
    /// What floats on it is to be closed.
    #[prop_or_default]
    pub on_close: Callback<()>,
    /// What stands on the stage beside the drawing.
    #[prop_or_default]
    pub children: Html,
}

/// A drawing that can be chosen from by pointer and keyboard.
#[component]
pub fn Stage(props: &StageProps) -> Html {
    let (words, handle) = (use_words(), use_handle());
    let touched = use_view(|session| session.touched().to_vec());
    let svg = use_node_ref();
    let choose = {
        let (handle, drawing, on_part) = (handle.clone(), props.drawing.clone(), props.on_part.clone());
        move |index: usize| match drawing.picks.get(index).and_then(|pick| pick.key.clone()) {
            Some(key) => handle.send(Msg::Select(Some(key))),
            None => on_part.emit(index),
        }
    };
    let onclick = {
        let (choose, on_close) = (choose.clone(), props.on_close.clone());
        Callback::from(move |event: MouseEvent| match render::picked(&event) {
            Some(index) => choose(index),
            None => on_close.emit(()),
        })
    };
    let onkeydown = {
        let (drawing, svg, on_close) = (props.drawing.clone(), svg.clone(), props.on_close.clone());
        Callback::from(move |event: KeyboardEvent| {
            let key = event.key();
            let Some(index) = render::picked(&event) else { return };
            let chosen: Option<Key> = drawing.picks.get(index).and_then(|pick| pick.key.clone());
            match (&*key, chosen) {
                ("Enter" | " ", _) => choose(index),
                ("Delete" | "Backspace", Some(chosen)) => handle.send(Msg::Delete(chosen)),
                ("Escape", _) => {
                    on_close.emit(());
                    handle.send(Msg::Select(None));
                }
                ("Home", _) => render::focus(&svg, 0),
                (arrow, _) => match render::neighbour(&drawing.picks, index, arrow) {
                    Some(next) => render::focus(&svg, next),
                    None if arrow.starts_with("Arrow") => {}
                    None => return,
                },
            }
            event.prevent_default();
            event.stop_propagation();
        })
    };
    let Drawing { width, height, .. } = *props.drawing;
    // What was selected elsewhere, or before the inspector took its room, comes into sight.
    let selected =
        props.drawing.picks.iter().rev().find(|pick| pick.selected).map(|pick| (pick.x as i32, pick.y as i32));
    use_effect_with((props.stage.clone(), selected, height as i32), |(stage, selected, _)| {
        if let (Some(stage), Some((_, y))) = (stage.cast::<web_sys::Element>(), selected) {
            let (top, room) = (stage.scroll_top(), stage.client_height());
            if *y < top + 40 || *y > top + room - 60 {
                stage.set_scroll_top((y - room / 2).max(0));
            }
        }
    });
    html! {
        <div class={classes!("stage", props.class.clone())} ref={props.stage.clone()}>
            <svg ref={svg} width={width.to_string()} height={height.to_string()} role="listbox" aria-label={props.label.clone()}
                aria-description={words.text("keys-map")} {onclick} {onkeydown}>
                { render::shapes_with(&props.drawing, props.scope, Reach::Options, &touched) }
            </svg>
            if width >= drawing::sheet::BORDER_FROM {
                <dl class="titleblock" style={format!("top:{}px", height - 16.0)}>
                    <div><dt>{ words.text("sheet") }</dt><dd>{ props.name }{ ", " }{ &*props.title.cluster }</dd></div>
                    <div><dt>{ words.text("sheet-revision") }</dt><dd>{ props.title.revision }</dd></div>
                    <div><dt>{ words.text("sheet-seed") }</dt><dd>{ props.title.seed }</dd></div>
                </dl>
            }
            { props.children.clone() }
        </div>
    }
}

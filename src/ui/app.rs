//! The page: the bar, the three panes and what parts them; a live region for ears.

use super::browser;
use super::course::CourseScreen;
use super::handout::Handout;
use super::layout::{Change, Layout, Pane, Room, use_layout};
use super::present::Present;
use super::screen::{Screen, Screens, use_screens};
use super::shape::{icon, icon_button};
use super::share::Notice;
use super::{
    Handle, bar::Bar, embed, embed::Embed, palette, phone, read, use_handle, use_view, use_words, work,
    world::WorldPane, write,
};
use drydock::session::{Effect, Msg, Session, StoryFault};
use yew::prelude::*;

/// What the page is drawn for.
#[derive(Properties, PartialEq)]
pub struct Props {
    /// The one session.
    pub handle: Handle,
    /// Why somebody's link was not opened.
    pub fault: Option<StoryFault>,
}

/// Everything on the page.
#[component]
pub fn App(props: &Props) -> Html {
    let handle = props.handle.clone();
    use_effect_with((), move |()| {
        let running = (handle.drive(), work::keep_keeping(&handle));
        move || drop(running)
    });
    let screen = use_state_eq(|| {
        let is = |name| browser::address(name).is_some();
        if is("present") {
            Screen::Present
        } else if is("map") {
            Screen::Course
        } else {
            Screen::Work
        }
    });
    let screens = Screens { now: *screen, go: Callback::from(move |next| screen.set(next)) };
    html! {
        <ContextProvider<Handle> context={props.handle.clone()}>
            <ContextProvider<Screens> context={screens}>
                if browser::is_embed() { <Embed /> } else { <Whole /> }
                if let Some(fault) = props.fault { <Notice {fault} /> }
                <Announcer />
            </ContextProvider<Screens>>
        </ContextProvider<Handle>>
    }
}

/// The page that stands alone: its screens. The work goes on behind the others.
#[component]
fn Whole() -> Html {
    let layout = use_layout();
    let screens = use_screens();
    let room = layout.room;
    html! { <>
        <Page {layout} hidden={screens.now != Screen::Work} />
        if screens.now == Screen::Course { <CourseScreen {room} /> }
        if screens.now == Screen::Present { <Present /> }
        <Handout />
    </> }
}

/// Tells a screen reader what happened, and the browser which language it is in.
#[component]
fn Announcer() -> Html {
    let said = use_state(AttrValue::default);
    let handle = use_handle();
    let lang = use_view(|session| session.lang);
    let title = use_view(read::page_title);
    let step = use_view(read::step_title);
    {
        let said = said.clone();
        use_effect_with(step, move |step| said.set(step.as_deref().unwrap_or_default().to_owned().into()));
    }
    use_effect_with(lang, |lang| browser::set_lang(lang.tag()));
    use_effect_with(title, |title| browser::set_title(title));
    {
        let said = said.clone();
        use_effect_with((), move |()| {
            let keeper = handle.clone();
            let heard = handle.on_effect(move |effect| match effect {
                Effect::StepPassed { .. } => {
                    said.set(read::passed(&keeper).into());
                    if browser::is_embed() {
                        browser::tell("progress", &embed::how_far(&keeper));
                    }
                }
                Effect::FetchLesson(id) => fetch_lesson(keeper.clone(), id.clone(), said.clone()),
                Effect::Save => browser::remember("progress", &keeper.read(Session::to_keep)),
                Effect::ShowText { .. }
                | Effect::Reveal { .. }
                | Effect::LookUp(_)
                | Effect::Palette(_)
                | Effect::Share => {}
                Effect::LoadDescriptions => {
                    let handle = keeper.clone();
                    wasm_bindgen_futures::spawn_local(async move {
                        let text = browser::load_descriptions().await.as_string().unwrap_or_default();
                        handle.send(Msg::Descriptions(text.into()));
                    });
                }
            });
            move || drop(heard)
        });
    }
    html! { <div class="sr" role="status" aria-live="polite">{ &*said }</div> }
}

/// Fetches a lesson's file and hands it to the session. Without a network the page stays where it is and says so.
fn fetch_lesson(handle: Handle, id: std::rc::Rc<str>, said: UseStateHandle<AttrValue>) {
    wasm_bindgen_futures::spawn_local(async move {
        match browser::fetch_lesson(&id).await.ok().and_then(|text| text.as_string()) {
            Some(text) => handle.send(Msg::LessonArrived { id, text: text.into() }),
            None => said.set(handle.words().text("lesson-not-here").to_owned().into()),
        }
    });
}

#[derive(Properties, PartialEq)]
struct PageProps {
    layout: UseReducerHandle<Layout>,
    hidden: bool,
}

/// A lesson, to work at.
#[component]
fn Page(props: &PageProps) -> Html {
    let words = use_words();
    let layout = props.layout.clone();
    let room = layout.room;
    let class = match room {
        Room::Wide => "app",
        Room::Middle => "app middle",
        Room::Narrow => "app narrow",
    };
    let on_show = {
        let dispatch = layout.dispatcher();
        Callback::from(move |pane| dispatch.dispatch(Change::Show(pane)))
    };
    let unfold = |pane: Pane| {
        let dispatch = layout.dispatcher();
        Callback::from(move |_| dispatch.dispatch(Change::Fold(pane, false)))
    };
    html! {
        <div {class} hidden={props.hidden}>
            <a class="skip" href="#reading">{ words.text("nav-skip") }</a>
            <Bar {room} />
            <main class={cols_class(&layout)} style={layout.style()}>
                if room == Room::Middle {
                    { phone::pane_tabs("ptabs", &[Pane::Read, Pane::Write], layout.beside_world(), &on_show, &words) }
                }
                <section key="read" id="reading" class="read" tabindex="-1" aria-label={words.text("pane-read")} hidden={!layout.shows(Pane::Read) || layout.is_folded(Pane::Read)}>
                    <read::ReadPane />
                </section>
                if layout.is_folded(Pane::Read) {
                    <Rail key="rail-read" pane={Pane::Read} onclick={unfold(Pane::Read)} />
                }
                if room != Room::Narrow {
                    <Divider key="divider-read" pane={Pane::Read} layout={layout.clone()} />
                }
                <section key="write" class="write" aria-label={words.text("pane-write")} hidden={!layout.shows(Pane::Write) || layout.is_folded(Pane::Write)}>
                    <write::WritePane small={room != Room::Wide} />
                </section>
                if layout.is_folded(Pane::Write) {
                    <Rail key="rail-write" pane={Pane::Write} onclick={unfold(Pane::Write)} />
                }
                if room == Room::Wide {
                    <Divider key="divider-write" pane={Pane::Write} layout={layout.clone()} />
                }
                if layout.shows(Pane::World) {
                    <WorldPane key="world" />
                }
            </main>
            <palette::Palette />
            if room == Room::Narrow {
                if layout.shown != Pane::World { <phone::Dock /> }
                <phone::Tabs shown={layout.shown} {on_show} />
            }
        </div>
    }
}

fn cols_class(layout: &Layout) -> Classes {
    classes!(
        "cols",
        layout.is_folded(Pane::Read).then_some("no-read"),
        layout.is_folded(Pane::Write).then_some("no-write"),
    )
}

/// What a rail says beside its pane's name.
#[derive(Clone, PartialEq)]
pub enum RailText {
    /// This step of so many.
    Step(usize, usize),
    /// A name, as it is.
    Name(std::rc::Rc<str>),
    /// Nothing.
    Nothing,
}

#[derive(Properties, PartialEq)]
struct RailProps {
    pane: Pane,
    onclick: Callback<MouseEvent>,
}

/// What is left of a folded pane: its name, and the way back.
#[component]
fn Rail(props: &RailProps) -> Html {
    let words = use_words();
    let more = use_view(match props.pane {
        Pane::Read => read::rail,
        _ => write::rail,
    });
    let name = words.text(props.pane.word());
    let more = match more {
        RailText::Step(step, all) => {
            [", ", &words.say("lesson-steps", &[("step", step.into()), ("all", all.into())])].concat()
        }
        RailText::Name(name) => [", ", &*name].concat(),
        RailText::Nothing => String::new(),
    };
    html! {
        <button type="button" class="rail" onclick={&props.onclick} aria-label={format!("{}: {name}", words.text("pane-unfold"))} title={words.text("pane-unfold")}>
            { icon("#i-next") }
            <span class="vt"><b>{ name }</b>{ more }</span>
        </button>
    }
}

#[derive(Properties, PartialEq)]
struct DividerProps {
    pane: Pane,
    layout: UseReducerHandle<Layout>,
}

/// Parts a pane from the next one: drag it, or use the arrow keys; Enter folds, Backspace undoes.
#[component]
fn Divider(props: &DividerProps) -> Html {
    let words = use_words();
    let node = use_node_ref();
    let held = use_mut_ref(|| None::<i32>);
    let pane = props.pane;
    // On a middle screen one divider parts whichever pane is shown from the World.
    let sized = if props.layout.room == Room::Middle { Pane::Write } else { pane };
    if props.layout.is_folded(pane) {
        return html! { <div class="divider still" /> };
    }
    let dispatch = props.layout.dispatcher();
    let width = {
        let node = node.clone();
        move || pane_edges(&node).map_or(0, |(left, right)| right - left)
    };
    let onpointerdown = {
        let (node, held) = (node.clone(), held.clone());
        Callback::from(move |event: PointerEvent| {
            let (Some(element), Some((left, _))) = (node.cast::<web_sys::Element>(), pane_edges(&node)) else { return };
            // Without capture the drag ends at the divider's edge; nothing worse.
            let _ = element.set_pointer_capture(event.pointer_id());
            held.replace(Some(left));
            event.prevent_default();
        })
    };
    let onpointermove = {
        let (held, dispatch) = (held.clone(), dispatch.clone());
        Callback::from(move |event: PointerEvent| {
            if let Some(left) = *held.borrow() {
                dispatch.dispatch(Change::Width(sized, (event.client_x() - left).max(1)));
            }
        })
    };
    let let_go = Callback::from(move |_: PointerEvent| {
        held.replace(None);
    });
    let onkeydown = {
        let (dispatch, width) = (dispatch.clone(), width.clone());
        let can_fold = props.layout.room == Room::Wide;
        Callback::from(move |event: KeyboardEvent| {
            let (least, most) = sized.widths();
            let change = match event.key().as_str() {
                "ArrowLeft" => Change::Width(sized, width() - 16),
                "ArrowRight" => Change::Width(sized, width() + 16),
                "Home" => Change::Width(sized, least),
                "End" => Change::Width(sized, most),
                "Backspace" => Change::Width(sized, 0),
                "Enter" if can_fold => Change::Fold(pane, true),
                _ => return,
            };
            event.prevent_default();
            dispatch.dispatch(change);
        })
    };
    let ondblclick = {
        let dispatch = dispatch.clone();
        Callback::from(move |_| dispatch.dispatch(Change::Width(sized, 0)))
    };
    let fold = Callback::from(move |_| dispatch.dispatch(Change::Fold(pane, true)));
    let (least, most) = sized.widths();
    let name = words.text(pane.word());
    html! {
        <div class="divider">
            <div ref={node} class="grip" role="separator" tabindex="0" aria-orientation="vertical"
                aria-label={words.say("pane-resize", &[("pane", name.into())])}
                aria-valuenow={width().to_string()} aria-valuemin={least.to_string()} aria-valuemax={most.to_string()}
                {onpointerdown} {onpointermove} onpointerup={let_go.clone()} onpointercancel={let_go} {onkeydown} {ondblclick} />
            if props.layout.room == Room::Wide {
                <div class="fold">{ icon_button("#i-back", words.text("pane-fold"), fold) }</div>
            }
        </div>
    }
}

/// The left and right edge of the pane before a divider.
fn pane_edges(grip: &NodeRef) -> Option<(i32, i32)> {
    let mut pane = grip.cast::<web_sys::Element>()?.parent_element()?.previous_element_sibling()?;
    while pane.client_width() == 0 {
        pane = pane.previous_element_sibling()?;
    }
    let left = pane.get_bounding_client_rect().left();
    #[expect(clippy::cast_possible_truncation, reason = "a place on a screen, in whole pixels")]
    let left = left as i32;
    Some((left, left + pane.client_width()))
}

//! The map of the course: the ship that is assembled from lessons, every lesson by name, where to go
//! on, what is kept and handed on.

mod ship;
mod teacher;

use super::bar::Bar;
use super::layout::Room;
use super::screen::{Screen, use_screens};
use super::shape::{Plate, icon, plate_mark};
use super::{doors, use_handle, use_view, use_words};
use drydock::session::{Msg, Session};
use drydock::view::course::{self, CourseView, Lesson, Part};
use drydock::view::read::StepMark;
use drydock::words::Words;
use std::rc::Rc;
use yew::prelude::*;

/// A part with more lessons than this stands in two columns.
const COLUMN_MAX: usize = 7;

/// How the screen is drawn.
#[derive(Properties, PartialEq)]
pub struct Props {
    /// How much room there is.
    pub room: Room,
}

/// The screen.
#[component]
pub fn CourseScreen(props: &Props) -> Html {
    let (words, handle, screens) = (use_words(), use_handle(), use_screens());
    let view = use_view(course::view);
    // The lesson under the pointer or the focus: the map shows what it builds on.
    let near = use_state_eq(|| None::<Rc<str>>);
    let open = {
        let (handle, go) = (handle.clone(), screens.go.clone());
        Callback::from(move |id: Rc<str>| {
            let is_open = handle.read(|session| session.progress().is_some_and(|progress| progress.lesson.id == id));
            if !is_open {
                handle.send(Msg::OpenLesson(id));
            }
            go.emit(Screen::Work);
        })
    };
    let on_near = {
        let near = near.clone();
        Callback::from(move |id| near.set(id))
    };
    let is_whole = view.parts.len() > 1;
    html! {
        <div class={classes!("app", "course-screen", (props.room == Room::Narrow).then_some("narrow"))}>
            <Bar room={props.room} />
            <main class="course-cols thin">
                <section class="course-read" aria-label={words.text("nav-course")}>
                    <h1>{ words.text("course-title") }</h1>
                    if is_whole { <p class="q">{ words.text("course-quote") }</p><p class="intro">{ words.text("course-intro") }</p> }
                    else { <p class="intro">{ words.text("course-chosen") }</p> }
                    { count(&view, &words) }
                    { onward(&view, &words, &open) }
                    <span class="sp" />
                    <Kept />
                    if is_whole { <teacher::Teacher /> }
                </section>
                <div class="course-map">
                    <ship::Ship view={view.clone()} near={(*near).clone()} on_open={open.clone()} on_near={on_near.clone()} />
                    { needs(&view, near.as_ref(), &words) }
                    <nav class="course-parts" aria-label={words.text("course-all")}>
                        { for columns(&view.parts).into_iter().map(|parts| html! {
                            <div class={classes!("column", parts.iter().any(|part| part.lessons.len() > COLUMN_MAX).then_some("wide"))}>
                                { for parts.into_iter().map(|part| part_list(part, &words, &open, &on_near)) }
                            </div>
                        }) }
                    </nav>
                </div>
            </main>
        </div>
    }
}

/// The tour stands above the first part; every other part has a column of its own.
fn columns(parts: &[Part]) -> Vec<Vec<&Part>> {
    let mut columns: Vec<Vec<&Part>> = Vec::new();
    for part in parts {
        match columns.last_mut() {
            Some(column) if part.number == 1 => column.push(part),
            _ => columns.push(vec![part]),
        }
    }
    columns
}

fn count(view: &CourseView, words: &Words) -> Html {
    let label = words.say("course-done-label", &[("done", view.done.into()), ("all", view.all.into())]);
    html! {
        <p class="count" role="img" aria-label={label}>
            <b>{ view.done }</b><span>{ words.say("course-of", &[("all", view.all.into())]) }</span>
        </p>
    }
}

fn onward(view: &CourseView, words: &Words, open: &Callback<Rc<str>>) -> Html {
    let Some(next) = &view.next else {
        return html! { <p class="ink2">{ words.text("course-through") }</p> };
    };
    let key = if next.has_begun { "course-continue" } else { "course-start" };
    let id = next.id.clone();
    html! {
        <div class="onward">
            <button type="button" class="btn solid" onclick={open.reform(move |_| id.clone())}>{ words.say(key, &[("lesson", (&next.title).into())]) }{ icon("#i-next") }</button>
            if let Some((step, all, minutes)) = next.step {
                <p class="meta ink2">{ words.say("course-left", &[("step", step.into()), ("all", all.into()), ("minutes", minutes.into())]) }</p>
            }
        </div>
    }
}

/// What the lesson under the hand builds on. The line keeps its place, so that nothing moves.
fn needs(view: &CourseView, near: Option<&Rc<str>>, words: &Words) -> Html {
    let lesson =
        near.and_then(|id| view.parts.iter().flat_map(|part| &part.lessons).find(|lesson| lesson.entry.id == *id));
    html! {
        <p class="needs" role="status">
            if let Some(lesson) = lesson {
                <b>{ &*lesson.entry.number }{ " " }{ &*lesson.entry.title }</b>
                if !lesson.entry.is_built { <span>{ words.text("course-planned") }</span> }
                if lesson.needs.is_empty() { <span>{ words.text("course-needs-nothing") }</span> }
                else { <span>{ words.say("course-needs", &[("lessons", needs_named(lesson).into())]) }</span> }
            } else {
                <span>{ words.text("course-any") }</span>
            }
        </p>
    }
}

fn needs_named(lesson: &Lesson) -> String {
    let named: Vec<String> = lesson.needs.iter().map(|(number, title)| format!("{number} {title}")).collect();
    named.join(" · ")
}

fn part_list(part: &Part, words: &Words, open: &Callback<Rc<str>>, on_near: &Callback<Option<Rc<str>>>) -> Html {
    let done = words.say("course-part-done", &[("done", part.done.into()), ("all", part.lessons.len().into())]);
    html! {
        <section class="course-part">
            if !part.title.is_empty() {
                <h2><span>if part.number > 0 { { words.say("part-number", &[("part", part.number.into())]) }{ " " } }{ &*part.title }</span><small>{ done }</small></h2>
            }
            <ol>{ for part.lessons.iter().map(|lesson| row(lesson, words, open, on_near)) }</ol>
        </section>
    }
}

fn row(lesson: &Lesson, words: &Words, open: &Callback<Rc<str>>, on_near: &Callback<Option<Rc<str>>>) -> Html {
    let entry = &lesson.entry;
    let shape = plate_of(lesson);
    let state = words.text(match entry.mark {
        _ if lesson.is_done => "state-done",
        StepMark::Now => "course-here",
        StepMark::ToDo if entry.is_built => "course-to-do",
        StepMark::ToDo | StepMark::Done => "course-planned",
    });
    let id = entry.id.clone();
    let near = |id: Option<Rc<str>>| on_near.reform(move |()| id.clone());
    let (enter, leave) = (near(Some(id.clone())), near(None));
    let class = match entry.mark {
        _ if !entry.is_built => "planned",
        StepMark::Now => "now",
        _ => "",
    };
    let needs = if lesson.needs.is_empty() {
        String::new()
    } else {
        words.say("course-needs", &[("lessons", needs_named(lesson).into())])
    };
    html! {
        <li key={&*entry.id} {class} aria-current={(entry.mark == StepMark::Now).then_some("true")}>
            <button type="button" aria-disabled={(!entry.is_built).to_string()} aria-description={needs}
                onclick={if entry.is_built { open.reform(move |_| id.clone()) } else { Callback::noop() }}
                onpointerenter={enter.reform(|_| ())} onpointerleave={leave.reform(|_| ())} onfocus={enter.reform(|_| ())} onblur={leave.reform(|_| ())}>
                { plate_mark(shape) }<span class="n">{ &*entry.number }</span><span class="t">{ &*entry.title }</span><span class="sr">{ ", " }{ state }</span>
            </button>
        </li>
    }
}

/// How a lesson is drawn.
fn plate_of(lesson: &Lesson) -> Plate {
    match lesson.entry.mark {
        _ if lesson.is_done => Plate::Ready,
        StepMark::Now => Plate::Starting,
        StepMark::Done | StepMark::ToDo => Plate::Wished,
    }
}

/// What was done, out of the browser and into it.
#[component]
fn Kept() -> Html {
    let (words, handle) = (use_words(), use_handle());
    let said = use_state_eq(|| "");
    let out = {
        let handle = handle.clone();
        Callback::from(move |_: MouseEvent| {
            let text = handle.read(Session::to_export);
            wasm_bindgen_futures::spawn_local(async move { doors::download("drydock-progress.json", &text).await });
        })
    };
    let bring = {
        let said = said.setter();
        Callback::from(move |_: MouseEvent| {
            let (handle, said) = (handle.clone(), said.clone());
            wasm_bindgen_futures::spawn_local(async move {
                let Some(text) = doors::pick().await else { return };
                let before = handle.read(Session::to_keep);
                handle.send(Msg::Import(text.into()));
                let after = handle.read(Session::to_keep);
                said.set(if before == after { "course-imported-nothing" } else { "course-imported" });
            });
        })
    };
    html! {
        <div class="kept">
            <button type="button" class="item" onclick={out}>{ icon("#i-out") }{ words.text("course-export") }</button>
            <button type="button" class="item" onclick={bring}>{ icon("#i-list") }{ words.text("course-import") }</button>
            <p class="meta ink2" role="status">if !said.is_empty() { { words.text(*said) } }</p>
        </div>
    }
}

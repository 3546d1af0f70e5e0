//! The packet tracer beside the Map: from, to, the hops between, and the one line that helps.

use super::pane::Pane;
use crate::ui::{use_handle, use_view, use_words};
use drydock::session::{Msg, Question};
use drydock::view::tracer::{self, End, HopView, LAPTOP, TraceView};
use drydock::words::{Words, say};
use std::rc::Rc;
use wasm_bindgen::JsCast;
use web_sys::{HtmlInputElement, HtmlSelectElement};
use yew::prelude::*;

/// The question that a click on a thing asks: what was asked before, but to there.
pub fn towards(before: Option<&TraceView>, id: &Rc<str>) -> Question {
    let to = id.clone();
    match before {
        Some(trace) if trace.question.from != *id => Question { to, ..(*trace.question).clone() },
        _ => Question { from: LAPTOP.into(), to, protocol: "tcp".into(), port: 80 },
    }
}

/// What the tracer needs to know.
#[derive(Properties, PartialEq)]
pub struct Props {
    /// It is closed.
    pub on_close: Callback<()>,
}

/// The pane.
#[component]
pub fn Tracer(props: &Props) -> Html {
    let (words, handle) = (use_words(), use_handle());
    let ends = use_view(|session| Rc::new(tracer::ends(session)));
    let trace = use_view(|session| tracer::view(session).map(Rc::new));
    let asked = use_view(|session| session.question.clone());
    // Once answered, with ids in the place of names, as the fields have them.
    let known = trace.as_ref().map(|trace| trace.question.clone());
    let question = known.or_else(|| asked.clone()).unwrap_or_else(|| {
        let to = ends.iter().find(|end| end.kind == "cloud-instance" || end.kind == "cloud-balancer");
        let to = to.map_or_else(|| Rc::from(""), |end| end.id.clone());
        Rc::new(Question { from: LAPTOP.into(), to, protocol: "tcp".into(), port: 80 })
    });
    let ask = {
        let handle = handle.clone();
        Callback::from(move |question: Question| handle.send(Msg::Trace(Some(Rc::new(question)))))
    };
    // Once a question stands its answer matters; the form is there again when it is asked for.
    let is_changing = use_state_eq(|| false);
    let is_open = trace.is_none() || *is_changing;
    let change = {
        let (ask, is_changing) = (ask.clone(), is_changing.setter());
        Callback::from(move |question: Question| {
            is_changing.set(true);
            ask.emit(question);
        })
    };
    let done = {
        let (question, is_changing) = (question.clone(), is_changing.setter());
        Callback::from(move |event: MouseEvent| {
            is_changing.set(false);
            ask.emit((*question).clone());
            to_summary(&event);
        })
    };
    let turn = Callback::from(move |event: MouseEvent| {
        event.prevent_default();
        is_changing.set(!is_open);
    });
    let on_close = {
        let (handle, on_close) = (handle.clone(), props.on_close.clone());
        Callback::from(move |()| {
            handle.send(Msg::Trace(None));
            on_close.emit(());
        })
    };
    let heading = match &trace {
        Some(trace) => verdict(trace, &words),
        None => words.text("trace-title").to_owned(),
    };
    let is_stopped = trace.as_ref().is_some_and(|trace| !trace.answers);
    let head = html! { <><p class="kind">{ words.text("trace-title") }</p><h2 class={is_stopped.then_some("red")} aria-live="polite">{ heading }</h2></> };
    html! {
        <Pane label={words.text("trace-title")} class="tracer" {head} {on_close}>
            <div class="half thin">
                <details class="asks" open={is_open}>
                    <summary onclick={turn}>{ asks(&ends, &question, &words) }</summary>
                    { form(&ends, &question, &change, done, &words) }
                </details>
                if let Some(trace) = &trace {
                    <ol class="hops">{ for trace.hops.iter().enumerate().map(|(index, it)| hop(index, it, &words)) }</ol>
                    if let Some(silent) = &trace.silent { <p class="silent">{ silent.say(&words) }</p> }
                    if let Some(command) = &trace.cure { { cure(command, &handle, &words) } }
                    if !trace.past.is_empty() {
                        <h4>{ words.text("why-chain") }</h4>
                        <ol class="chainlist">{ for trace.past.iter().map(|it| super::inspect::link(it, &words)) }</ol>
                    }
                } else {
                    <p class="silent">{ words.text("trace-choose") }</p>
                }
            </div>
        </Pane>
    }
}

/// What became of it, in one line.
fn verdict(trace: &TraceView, words: &Words) -> String {
    match trace.hops.iter().position(|hop| !hop.passed) {
        Some(at) => say!(words, "trace-blocked", hop = i64::try_from(at + 1).unwrap_or_default()),
        None if trace.answers => words.text("trace-arrives").to_owned(),
        None => words.text("trace-silent").to_owned(),
    }
}

/// The question in one line.
fn asks(ends: &[End], question: &Question, words: &Words) -> Html {
    let name = |id: &Rc<str>| {
        let known = ends.iter().find(|end| end.id == *id);
        known.map_or_else(|| id.to_string(), |end| format!("{} {}", words.text(end.kind), end.name))
    };
    if question.to.is_empty() {
        return html! { { words.text("trace-question") } };
    }
    let door = if &*question.protocol == "icmp" {
        "icmp".to_owned()
    } else {
        format!("{} {}", question.protocol, question.port)
    };
    html! { <>{ name(&question.from) }{ " → " }{ name(&question.to) }{ " " }<span class="m">{ door }</span></> }
}

/// Lets the line above a form have the focus that the form had.
fn to_summary(event: &MouseEvent) {
    let form = event.target_dyn_into::<web_sys::Element>().and_then(|it| it.closest("details").ok().flatten());
    let summary = form.and_then(|form| form.query_selector("summary").ok().flatten());
    if let Some(summary) = summary.and_then(|it| it.dyn_into::<web_sys::HtmlElement>().ok()) {
        // The focus is then where the browser puts it.
        let _ = summary.focus();
    }
}

fn form(
    ends: &[End],
    question: &Rc<Question>,
    ask: &Callback<Question>,
    done: Callback<MouseEvent>,
    words: &Words,
) -> Html {
    let chosen = |event: &Event| event.target_dyn_into::<HtmlSelectElement>().map(|field| Rc::from(field.value()));
    let change = |set: fn(&mut Question, Rc<str>)| {
        let (question, ask) = (question.clone(), ask.clone());
        Callback::from(move |event: Event| {
            if let Some(value) = chosen(&event) {
                let mut next = (*question).clone();
                set(&mut next, value);
                ask.emit(next);
            }
        })
    };
    let onport = {
        let (question, ask) = (question.clone(), ask.clone());
        Callback::from(move |event: Event| {
            let field = event.target_dyn_into::<HtmlInputElement>();
            if let Some(port) = field.and_then(|field| field.value().parse().ok()) {
                ask.emit(Question { port, ..(*question).clone() });
            }
        })
    };
    let option = |end: &End, value: &Rc<str>| {
        let said = format!("{} {}", words.text(end.kind), end.name);
        html! { <option value={end.id.to_string()} selected={end.id == *value}>{ said }</option> }
    };
    html! {
        <div class="where">
            <label><span>{ words.text("trace-from") }</span>
                <select onchange={change(|question, value| question.from = value)}>{ for ends.iter().filter(|end| end.sends).map(|end| option(end, &question.from)) }</select></label>
            <label><span>{ words.text("trace-to") }</span>
                <select onchange={change(|question, value| question.to = value)}>{ for ends.iter().map(|end| option(end, &question.to)) }</select></label>
            <label class="short"><span>{ words.text("trace-protocol") }</span>
                <select onchange={change(|question, value| question.protocol = value)}>
                    { for ["tcp", "udp", "icmp"].map(|it| html! { <option value={it} selected={*question.protocol == *it}>{ it }</option> }) }
                </select></label>
            <label class="short"><span>{ words.text("trace-port") }</span>
                <input type="number" min="0" max="65535" value={question.port.to_string()} onchange={onport} /></label>
            <button type="button" class="btn sm" onclick={done}>{ words.text("trace-ask") }</button>
        </div>
    }
}

fn hop(index: usize, hop: &HopView, words: &Words) -> Html {
    let title = words.say(&hop_word(hop), &[]);
    let state = if hop.passed { "trace-passed" } else { "trace-stopped" };
    let name =
        if hop.name.is_empty() { hop.component.clone() } else { format!("{} {}", hop.name, hop.component).into() };
    html! {
        <li key={index} class={classes!((!hop.passed).then_some("stop"), hop.is_answer.then_some("back"))}>
            <span class="no" aria-hidden="true">{ if hop.passed { (index + 1).to_string() } else { "✕".to_owned() } }</span>
            <div><b>{ title }</b>{ " " }<span class="m">{ &*name }</span>
                if let Some(detail) = &hop.detail { <p>{ detail.say(words) }</p> }
            </div>
            <span class="state">{ if hop.is_answer { format!("{}, {}", words.text("trace-answer"), words.text(state)) } else { words.text(state).to_owned() } }</span>
        </li>
    }
}

fn hop_word(hop: &HopView) -> String {
    format!("hop-{}", hop.kind.as_str())
}

fn cure(command: &Rc<str>, handle: &crate::ui::Handle, words: &Words) -> Html {
    let (handle, line) = (handle.clone(), command.clone());
    html! {
        <div class="cure">
            <p>{ words.text("trace-cure") }</p>
            <code>{ &**command }</code>
            <button type="button" class="btn" onclick={move |_| handle.send(Msg::Command(line.clone()))}>{ words.text("trace-do") }</button>
        </div>
    }
}

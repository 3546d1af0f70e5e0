//! The inspector: YAML in three inks, Why, Events, actions.

use super::drawing::axis::glyph;
use super::pane::{Facets, Pane};
use super::{action_icon, icon, raw};
use crate::ui::{browser, use_handle, use_slow_view, use_view, use_words};
use drydock::session::Msg;
use drydock::view::breaking::BrokenView;
use drydock::view::cure::Cure;
use drydock::view::inspector::{self, ActionKind, EventView, InspectorView};
use drydock::view::timeline::{Moment, clock_text};
use drydock::view::why::{Condition, Link, NodeVerdict, QuotaRow, Verdict, Wait, WhyView};
use drydock::view::yaml::{Ink, Line};
use drydock::words::{Words, say};
use std::rc::Rc;
use yew::prelude::*;

/// The pane for what is selected; nothing when nothing is.
#[component]
pub fn Inspector() -> Html {
    let (words, handle) = (use_words(), use_handle());
    let view = use_slow_view(|session| inspector::view(session).map(Rc::new));
    let now = use_view(|session| session.world().now().as_secs());
    let Some(view) = view else { return Html::default() };
    let on_close = {
        let handle = handle.clone();
        Callback::from(move |()| handle.send(Msg::Select(None)))
    };
    let written = html! {
        <>
            <div class="lines">{ for view.lines.iter().enumerate().map(|(index, it)| line(index, it, view.why.decides, &words)) }</div>
            <p class="inks">{ for [("you", "ink-yours"), ("default", "ink-default"), ("ctrl", "ink-controller")].map(|(class, word)| html! { <span {class}>{ words.text(word) }</span> }) }</p>
        </>
    };
    let why = why(&view.why, &view, &words, &handle);
    let events = html! { <><h3>{ words.text("inspector-events") }</h3>{ events(&view.events, now, &words) }</> };
    html! {
        <Pane label={words.text("inspector")} head={head(&view, now, &words)} acts={acts(&view, &words, &handle)} {on_close}>
            { commands(&view, &words, &handle) }
            <Facets words={["inspector-why", "inspector-yaml", "inspector-events"]} {written} {why} {events} />
        </Pane>
    }
}

fn head(view: &InspectorView, now: u64, words: &Words) -> Html {
    let kind = view.key.resource.kind();
    let about = if view.key.namespace.is_empty() {
        say!(words, "inspector-about-cluster", kind = kind)
    } else {
        say!(words, "inspector-about", kind = kind, namespace = &view.key.namespace)
    };
    let state = view.state.as_ref().map(|state| state.say(words));
    let age = now.saturating_sub(view.created.as_secs()) * 1000;
    let mut said = vec![about];
    if view.exists {
        said.extend(state);
        said.push(say!(words, "inspector-age", ms = age));
    } else {
        said.push(words.text("inspector-gone").to_owned());
    }
    html! { <><p class="kind">{ said.join(", ") }</p><h2>{ &*view.key.name }</h2></> }
}

fn acts(view: &InspectorView, words: &Words, handle: &crate::ui::Handle) -> Html {
    let offered = view.actions.iter().filter(|action| !browser::is_embed() || action.kind != ActionKind::Edit);
    let button = |action: &inspector::ActionView| {
        let (handle, msg) = (handle.clone(), action.msg.clone());
        html! {
            <button type="button" class="btn sm quiet" onclick={move |_| handle.send(msg.clone())}>
                { icon(action_icon(action.kind)) }{ action.label.say(words) }
            </button>
        }
    };
    offered.map(button).collect()
}

/// What a person would type instead of clicking.
fn commands(view: &InspectorView, words: &Words, handle: &crate::ui::Handle) -> Html {
    if view.exists { lines_to_type(&view.commands, words, handle) } else { Html::default() }
}

/// Commands, one line each, to copy or to run.
pub(super) fn lines_to_type(commands: &[Rc<str>], words: &Words, handle: &crate::ui::Handle) -> Html {
    if commands.is_empty() {
        return Html::default();
    }
    let row = |command: &Rc<str>| {
        let copy = {
            let command = command.clone();
            Callback::from(move |_: MouseEvent| crate::ui::browser::copy(&command))
        };
        let run = {
            let (handle, command) = (handle.clone(), command.clone());
            Callback::from(move |_: MouseEvent| handle.send(Msg::Command(command.clone())))
        };
        html! {
            <li>
                <code>{ &**command }</code>
                <button type="button" class="lk" onclick={copy} aria-label={say!(words, "command-copy-this", command = &**command)}>{ words.text("command-copy") }</button>
                <button type="button" class="lk" onclick={run} aria-label={say!(words, "command-run-this", command = &**command)}>{ words.text("command-run") }</button>
            </li>
        }
    };
    html! {
        <details class="cmds">
            <summary>{ words.text("commands-same") }</summary>
            <ul>{ for commands.iter().map(row) }</ul>
        </details>
    }
}

fn line(index: usize, line: &Line, decides: Option<&str>, words: &Words) -> Html {
    let class = match line.ink {
        Ink::You => "ln",
        Ink::Default => "ln default",
        Ink::Controller => "ln ctrl",
    };
    // Only the line that decided is red, not its whole block.
    let decides = decides.is_some_and(|part| line.path.contains(part) && line.key.as_ref() == "cpu");
    let pad = format!("padding-left:{}ch", line.depth * 2);
    html! {
        <div key={index} class={classes!(class, decides.then_some("hot"))}>
            <span class="n" aria-hidden="true">{ index + 1 }</span>
            <span class="c"><span style={pad}>
                if line.dash { <span class="p">{ "- " }</span> }
                if !line.key.is_empty() { <span class="k">{ &*line.key }</span><span class="p">{ ":" }</span>{ " " } }
                <span class="v">{ &*line.value }</span>
            </span></span>
            if decides { <span class="aside red">{ words.text("inspector-decides") }</span> }
        </div>
    }
}

fn why(why: &WhyView, view: &InspectorView, words: &Words, handle: &crate::ui::Handle) -> Html {
    let question = match &view.state {
        Some(state) => say!(words, "inspector-why-state", state = state.say(words)),
        None => words.text("inspector-why-here").to_owned(),
    };
    html! {
        <>
            <h3>{ question }</h3>
            { broken(&why.broken, words, handle) }
            if let Some(answer) = &why.answer { <p class="answer">{ answer.say(words) }</p> }
            if !why.verdicts.is_empty() { { verdicts(&why.verdicts, words) } }
            if !why.quotas.is_empty() { { quotas(&why.quotas, words, handle) } }
            if let Some(it) = &why.cure { { cure(it, words, handle) } }
            if why.chain.is_empty() { <p class="pencil">{ words.text("why-none") }</p> } else {
                <h4>{ words.text("why-chain") }</h4>
                <ol class="chainlist">{ for why.chain.iter().map(|it| link(it, words)) }{ for why.waits.iter().map(|it| wait(it, words)) }</ol>
            }
            if !why.conditions.is_empty() {
                <h4>{ words.text("inspector-conditions") }</h4>
                <ul class="conditions">{ for why.conditions.iter().map(condition) }</ul>
            }
            if let Some(message) = &why.message {
                <h4>{ words.text("inspector-describe") }</h4><p class="msg">{ &**message }</p>
            }
        </>
    }
}

/// The one line that would help: dashed, because it is only a wish until somebody makes it.
fn cure(cure: &Cure, words: &Words, handle: &crate::ui::Handle) -> Html {
    let (handle, msg) = (handle.clone(), cure.msg.clone());
    html! {
        <div class="cure">
            <p><b>{ cure.title.say(words) }</b></p>
            <p class="ink">{ cure.detail.say(words) }</p>
            if !cure.field.is_empty() {
                <p class="m">{ &*cure.field }{ ": " }<del>{ &*cure.from }</del>{ " " }<ins>{ &*cure.to }</ins></p>
            } else if !cure.to.is_empty() {
                <code>{ &*cure.to }</code>
            }
            <button type="button" class="btn blue" onclick={move |_| handle.send(msg.clone())}>{ cure.label.say(words) }</button>
        </div>
    }
}

/// What the quotas of the namespace leave for one more Pod.
fn quotas(rows: &[QuotaRow], words: &Words, handle: &crate::ui::Handle) -> Html {
    let heads = ["quota-name", "quota-used", "quota-hard", "quota-asks"];
    html! {
        <>
            <p class="pencil">{ words.text("quota-stops") }</p>
            <table class="verdict">
                <thead><tr><th><span class="sr">{ words.text("quota-verdict") }</span></th>{ for heads.map(|head| html! { <th scope="col">{ words.text(head) }</th> }) }</tr></thead>
                <tbody>{ for rows.iter().map(|row| {
                    let (handle, key) = (handle.clone(), row.quota.clone());
                    let label = words.text(if row.stops { "scheduler-stops" } else { "scheduler-passes" });
                    html! {
                        <tr key={format!("{} {}", row.quota, row.name)}>
                            <td class="c">{ verdict_mark(Some(!row.stops), label) }</td>
                            <th scope="row"><button type="button" class="lk" onclick={move |_| handle.send(Msg::Select(Some(key.clone())))}>{ &*row.quota.name }</button>{ " " }<span class="m">{ &*row.name }</span></th>
                            <td>{ &*row.used }</td><td>{ &*row.hard }</td><td class={row.stops.then_some("red")}>{ "+ " }{ &*row.asks }</td>
                        </tr>
                    }
                }) }</tbody>
            </table>
        </>
    }
}

/// What was broken on purpose and is behind it, with what mends it.
fn broken(broken: &[BrokenView], words: &Words, handle: &crate::ui::Handle) -> Html {
    if broken.is_empty() {
        return Html::default();
    }
    let row = |view: &BrokenView| {
        let mend = view.mend.clone().map(|mend| {
            let handle = handle.clone();
            html! { <button type="button" class="btn sm" onclick={move |_| handle.send(mend.msg.clone())}>{ mend.label.say(words) }</button> }
        });
        html! { <li key={format!("{} {:?}", view.name, view.at)}><span>{ view.said.say(words) }</span>{ mend }</li> }
    };
    html! { <ul class="broken">{ for broken.iter().map(row) }</ul> }
}

pub(super) fn link(link: &Link, words: &Words) -> Html {
    html! {
        <li key={link.id}>
            <span class="at">{ clock_text(link.at) }</span>
            <svg width="16" height="16" viewBox="-8 -8 16 16" aria-hidden="true">{ raw(&glyph(link.kind)) }</svg>
            <span><b>{ link.who.say(words) }</b>{ ": " }{ link.what.say(words) }
                if let Some(why) = &link.why { <span class="d">{ why.say(words) }</span> }
            </span>
        </li>
    }
}

fn wait(wait: &Wait, words: &Words) -> Html {
    let at = wait.until.map(clock_text).unwrap_or_else(|| words.text("inspector-now").to_owned());
    html! {
        <li key={format!("{at} {:?}", wait.what)} class="wait">
            <span class="at">{ at }</span>
            <svg width="16" height="16" viewBox="-8 -8 16 16" aria-hidden="true"><path class="due" d="M-4.5 -4.5h9v9h-9Z" /></svg>
            <span class="ink2">{ wait.what.say(words) }</span>
        </li>
    }
}

fn condition(condition: &Condition) -> Html {
    html! {
        <li key={condition.name.to_string()}>
            { verdict_mark(if condition.holds { Some(true) } else { None }, "") }
            <span><b class="m">{ &*condition.name }</b>{ " " }<span class="m pencil">{ &*condition.reason }</span><span class="d">{ &*condition.message }</span></span>
        </li>
    }
}

/// What every filter said about every node. Filters that stopped nobody and are not told apart by
/// anything share the space of one dash.
fn verdicts(verdicts: &[NodeVerdict], words: &Words) -> Html {
    let columns: Vec<&'static str> =
        verdicts.first().map(|it| it.filters.iter().map(|(name, _)| *name).collect()).unwrap_or_default();
    let stops =
        |column: usize| verdicts.iter().any(|it| matches!(it.filters.get(column), Some((_, Verdict::Stops { .. }))));
    let shown: Vec<usize> = (0..columns.len()).filter(|column| stops(*column) || columns.len() <= 4).collect();
    let shown = if shown.is_empty() { (0..columns.len()).collect() } else { shown };
    html! {
        <>
            <p class="pencil">{ say!(words, "scheduler-none-fits", nodes = verdicts.len()) }</p>
            <table class="verdict">
                <thead><tr><th scope="col">{ words.text("scheduler-nodes") }</th>{ for shown.iter().map(|column| html! { <th scope="col" class="c m">{ columns[*column] }</th> }) }<th></th></tr></thead>
                <tbody>{ for verdicts.iter().map(|it| verdict(it, &shown, words)) }</tbody>
            </table>
        </>
    }
}

fn verdict(verdict: &NodeVerdict, shown: &[usize], words: &Words) -> Html {
    let stopped = verdict.filters.iter().find_map(|(_, said)| match said {
        Verdict::Stops { message, detail } => Some((message.clone(), detail.clone())),
        _ => None,
    });
    let cell = |column: &usize| {
        let (holds, label) = match verdict.filters.get(*column).map(|(_, said)| said) {
            Some(Verdict::Passes) => (Some(true), "scheduler-passes"),
            Some(Verdict::Stops { .. }) => (Some(false), "scheduler-stops"),
            _ => (None, "scheduler-not-asked"),
        };
        html! { <td class="c">{ verdict_mark(holds, words.text(label)) }</td> }
    };
    html! {
        <tr key={verdict.node.to_string()}>
            <th scope="row">{ &*verdict.node }</th>{ for shown.iter().map(cell) }
            <td>if let Some((message, detail)) = stopped { <span class="red">{ message }</span><span class="d m">{ detail }</span> }</td>
        </tr>
    }
}

/// Passes: solid with a check. Stops: solid with a cross. Not asked: a dash.
pub(super) fn verdict_mark(holds: Option<bool>, label: &'static str) -> Html {
    let (ground, class, d) = match holds {
        Some(true) => ("inkf", "ok", "M5 6l4 4 7.5-11"),
        Some(false) => ("redf", "no", "M5.5 3.5l7 7m0-7l-7 7"),
        None => ("none", "un", "M5 7h8"),
    };
    html! {
        <svg class="vm" width="18" height="14" viewBox="0 0 18 14" role="img" aria-label={label}>
            <path class={ground} d="M0 0h18v14H0z" /><path {class} {d} />
        </svg>
    }
}

fn events(events: &[EventView], now: u64, words: &Words) -> Html {
    if events.is_empty() {
        return html! { <p class="pencil">{ words.text("inspector-no-events") }</p> };
    }
    let ago = |at: Moment| words.duration(i64::try_from(now.saturating_sub(at.as_secs()) * 1000).unwrap_or(i64::MAX));
    html! {
        <ol class="events">{ for events.iter().rev().enumerate().map(|(index, event)| html! {
            <li key={index} class={event.warns.then_some("warns")}>
                <span class="at">{ ago(event.last) }</span>
                <span><b class="m">{ &*event.reason }</b>{ " " }<span class="pencil">{ &*event.source }</span>
                    if event.count > 1 { { " " }<span class="pencil">{ say!(words, "inspector-times", count = event.count) }</span> }
                    <span class="d">{ &*event.message }</span></span>
            </li>
        }) }</ol>
    }
}

//! "Create cluster" beside the Map: a form as the console has it, which shows and runs a command.

use super::pane::Pane;
use crate::ui::{use_handle, use_view, use_words};
use drydock::session::Msg;
use drydock::view::create::{self, Chosen, CreateView, Endpoint};
use drydock::words::Words;
use std::rc::Rc;
use web_sys::{HtmlInputElement, HtmlSelectElement};
use yew::prelude::*;

/// What the form needs to know.
#[derive(Properties, PartialEq)]
pub struct Props {
    /// It is closed.
    pub on_close: Callback<()>,
}

/// The pane.
#[component]
pub fn Create(props: &Props) -> Html {
    let (words, handle) = (use_words(), use_handle());
    let offered = use_view(|session| create::view(session).map(Rc::new));
    let chosen = use_state_eq(|| None::<Chosen>);
    let Some(offered) = offered else { return Html::default() };
    let now = (*chosen).clone().unwrap_or_else(|| offered.first());
    let change = {
        let chosen = chosen.clone();
        Callback::from(move |next: Chosen| chosen.set(Some(next)))
    };
    let command = now.command();
    let run = {
        let (command, on_close) = (Rc::<str>::from(command.as_str()), props.on_close.clone());
        Callback::from(move |_: MouseEvent| {
            handle.send(Msg::Command(command.clone()));
            on_close.emit(());
        })
    };
    let lacks = now.lacks();
    let head = html! { <><p class="kind">{ "Amazon EKS" }</p><h2>{ words.text("create-title") }</h2></> };
    html! {
        <Pane label={words.text("create-title")} class="tracer create" {head} on_close={props.on_close.clone()}>
            <div class="half thin">
                { form(&offered, &now, &change, &words) }
                <div class="cure">
                    <p>{ words.text("create-runs") }</p>
                    <code>{ command }</code>
                    if let Some(lacks) = lacks { <p class="lacks">{ words.text(lacks) }</p> }
                    <button type="button" class="btn" disabled={lacks.is_some()} onclick={run}>{ words.text("create-run") }</button>
                </div>
            </div>
        </Pane>
    }
}

fn form(offered: &Rc<CreateView>, now: &Chosen, change: &Callback<Chosen>, words: &Words) -> Html {
    let select = |set: fn(&CreateView, &mut Chosen, Rc<str>)| {
        let (now, change, offered) = (now.clone(), change.clone(), offered.clone());
        Callback::from(move |event: Event| {
            if let Some(field) = event.target_dyn_into::<HtmlSelectElement>() {
                let mut next = now.clone();
                set(&offered, &mut next, field.value().into());
                change.emit(next);
            }
        })
    };
    let onname = {
        let (now, change) = (now.clone(), change.clone());
        Callback::from(move |event: InputEvent| {
            if let Some(field) = event.target_dyn_into::<HtmlInputElement>() {
                change.emit(Chosen { name: field.value().trim().into(), ..now.clone() });
            }
        })
    };
    let subnet = |id: &Rc<str>| {
        let (now, change, id) = (now.clone(), change.clone(), id.clone());
        Callback::from(move |_: Event| {
            let mut next = now.clone();
            if next.subnets.contains(&id) {
                next.subnets.retain(|known| *known != id);
            } else {
                next.subnets.push(id.clone());
            }
            change.emit(next);
        })
    };
    let endpoint = |it: Endpoint| {
        let (now, change) = (now.clone(), change.clone());
        Callback::from(move |_: Event| change.emit(Chosen { endpoint: it, ..now.clone() }))
    };
    let own = offered.subnets.iter().filter(|it| it.vpc == now.vpc);
    html! {
        <div class="where">
            <label><span>{ words.text("create-name") }</span><input type="text" value={now.name.to_string()} oninput={onname} autocomplete="off" spellcheck="false" /></label>
            <label><span>{ words.text("create-role") }</span>
                <select onchange={select(|_, next, value| next.role = value)}>
                    if offered.roles.is_empty() { <option value="">{ words.text("create-no-role") }</option> }
                    { for offered.roles.iter().map(|it| html! { <option value={it.id.to_string()} selected={it.id == now.role}>{ &*it.name }</option> }) }
                </select></label>
            <label><span>{ words.text("create-version") }</span>
                <select onchange={select(|_, next, value| next.version = value)}>
                    <option value="" selected={now.version.is_empty()}>{ words.text("create-default") }</option>
                    { for offered.versions.iter().map(|it| html! { <option value={*it} selected={*now.version == **it}>{ *it }</option> }) }
                </select></label>
            <label><span>{ "VPC" }</span>
                <select onchange={select(|offered, next, value| { next.subnets = offered.one_in_each_zone(&value); next.vpc = value; })}>
                    { for offered.vpcs.iter().map(|it| html! { <option value={it.id.to_string()} selected={it.id == now.vpc}>{ &*it.name }</option> }) }
                </select></label>
            <fieldset>
                <legend>{ words.text("create-subnets") }</legend>
                { for own.map(|it| html! {
                    <label class="tick"><input type="checkbox" checked={now.subnets.contains(&it.id)} onchange={subnet(&it.id)} /><span>{ &*it.zone }</span><span class="m">{ &*it.cidr }</span></label>
                }) }
                if offered.zones(now) < 2 { <p class="lacks">{ words.text("create-two-zones") }</p> }
            </fieldset>
            <fieldset>
                <legend>{ words.text("create-endpoint") }</legend>
                { for Endpoint::ALL.map(|it| html! {
                    <label class="tick"><input type="radio" name="endpoint" checked={now.endpoint == it} onchange={endpoint(it)} /><span>{ words.text(it.word()) }</span></label>
                }) }
            </fieldset>
        </div>
    }
}

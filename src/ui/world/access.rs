//! The Access lens: who, which policies, what; a form to ask IAM; and what was refused, with Why.

use crate::ui::{use_handle, use_slow_view, use_words};
use drydock::view::access::{self, Answer, Ask, Card, Fit, Gate, Refusal, Row, Standing, Who};
use drydock::words::Words;
use std::rc::Rc;
use yew::prelude::*;

/// The lens.
#[component]
pub fn AccessLens() -> Html {
    let (words, handle) = (use_words(), use_handle());
    let view = use_slow_view(|session| Rc::new(access::view(session)));
    let asked = use_state_eq(|| None::<Ask>);
    let ask = (*asked).clone().unwrap_or_else(|| view.first.clone());
    let answer = handle.read(|session| access::answer(session, &ask));
    let choose = {
        let asked = asked.clone();
        Callback::from(move |ask: Ask| asked.set(Some(ask)))
    };
    if view.who.is_empty() {
        return html! {
            <div class="stage access thin" role="region" aria-label={words.text("access-label")}><super::rbac::Refused /></div>
        };
    }
    html! {
        <div class="stage access thin" role="region" aria-label={words.text("access-label")}>
            if let Some(answer) = &answer {
                { head(answer, &ask, &words) }
                { flow(answer, &words) }
                { order(&answer.gates, &words) }
                if let Some(cure) = &answer.cure {
                    <div class="ac-cure"><h3>{ words.text("access-cure") }</h3><p>{ cure.say(&words) }</p></div>
                }
            } else {
                <p class="ac-none">{ words.text("access-nobody") }</p>
            }
            <super::rbac::Refused />
            <div class="ac-foot">
                <Form key={format!("{} {} {}", ask.who, ask.action, ask.resource)} who={view.who.clone()} resources={view.resources.clone()} ask={ask.clone()} on_ask={choose.clone()} />
                { refusals(&view.refusals, &ask, &choose, &words) }
            </div>
        </div>
    }
}

fn head(answer: &Answer, ask: &Ask, words: &Words) -> Html {
    html! { <header><h2>{ answer.title.say(words) }</h2><p class="m">{ &*ask.action }{ " · " }{ &*ask.resource }</p></header> }
}

fn flow(answer: &Answer, words: &Words) -> Html {
    let outcome = if answer.is_allowed { "allowed" } else { "denied" };
    html! {
        <div class={classes!("ac-flow", outcome)}>
            <div class="ac-who">
                <h3>{ words.text("access-who") }</h3>
                { for answer.who.iter().enumerate().map(|(number, who)| plate(who, number + 1 == answer.who.len(), words)) }
            </div>
            <div class="ac-policies">
                <h3>{ words.text("access-policies") }</h3>
                if answer.cards.is_empty() { <p class="ac-none">{ words.text("access-no-statements") }</p> }
                <ol>{ for answer.cards.iter().map(|card| statement(card, words)) }</ol>
                if answer.more > 0 {
                    <p class="pencil more">{ words.say("access-more", &[("more", i64::from(answer.more).into())]) }</p>
                }
            </div>
            <div class="ac-what">
                <h3>{ words.text("access-what") }</h3>
                <div class="ac-line">
                    <span class="ac-gate">{ mark(if answer.is_allowed { Fit::Fits } else { Fit::Stops }, words) }</span>
                    <p class="ac-plate thing"><b>{ &answer.what.0 }</b><span class="m">{ &answer.what.1 }</span></p>
                </div>
                <p class="ac-said" role="status"><b>{ words.text(answer.verdict.0) }</b><span>{ answer.verdict.1.say(words) }</span></p>
            </div>
        </div>
    }
}

fn plate(who: &Who, is_last: bool, words: &Words) -> Html {
    html! {
        <>
            <p class={classes!("ac-plate", is_last.then_some("acts"))}><b>{ &*who.name }</b><span>{ words.text(who.sort) }</span></p>
            if !is_last { <p class="ac-assumes">{ words.text("access-assumes") }</p> }
        </>
    }
}

fn statement(card: &Card, words: &Words) -> Html {
    let standing = match card.standing {
        Standing::Decides => "decides",
        Standing::Matches => "matches",
        Standing::NoMatch => "misses",
    };
    let effect = if card.allows { "Allow" } else { "Deny" };
    html! {
        <li class={classes!("ac-card", standing, card.allows.then_some("allow"))}>
            <p class="ac-top"><b>{ effect }</b><span class="t">{ card.title.say(words) }<span class="pencil">{ " · " }{ words.text(card.source) }</span></span><span class="s">{ words.text(card.standing.word()) }</span></p>
            { for card.rows.iter().map(|row| element(row, words)) }
        </li>
    }
}

fn element(row: &Row, words: &Words) -> Html {
    let dim = (row.fit != Fit::Fits).then_some("dim");
    html! {
        <div class={classes!("ac-row", dim)}>
            <span class="k">{ &*row.element }</span>
            <span class="m v">{ &row.text }if let Some(seen) = &row.seen { <span class="seen">{ seen.say(words) }</span> }</span>
            { mark(row.fit, words) }
        </div>
    }
}

/// Passes: solid with a check. Stops it: a cross. Not asked: a dash.
fn mark(fit: Fit, words: &Words) -> Html {
    let (ground, class, d, label) = match fit {
        Fit::Fits => ("inkf", "ok", "M5 6l4 4 7.5-11", "access-fits"),
        Fit::Stops => ("none", "un", "M5.5 3.5l7 7m0-7l-7 7", "access-stops"),
        Fit::NotAsked => ("none", "un", "M5 7h8", "access-not-asked"),
    };
    html! {
        <svg class="vm" width="18" height="14" viewBox="0 0 18 14" role="img" aria-label={words.text(label)}>
            <path class={ground} d="M0 0h18v14H0z" /><path {class} {d} />
        </svg>
    }
}

fn order(gates: &[Gate], words: &Words) -> Html {
    let one = |gate: &Gate| {
        let class = match gate.fit {
            Fit::Fits => "passed",
            Fit::Stops => "stopped",
            Fit::NotAsked => "rest",
        };
        html! { <li {class}><b>{ words.text(gate.word) }</b><span>{ words.text(gate.said) }</span></li> }
    };
    html! { <div class="ac-order"><h3>{ words.text("access-order") }</h3><ol>{ for gates.iter().map(one) }</ol></div> }
}

fn refusals(refusals: &[Refusal], ask: &Ask, choose: &Callback<Ask>, words: &Words) -> Html {
    let one = |refusal: &Refusal| {
        let (choose, its) = (choose.clone(), refusal.ask.clone());
        let is_shown = refusal.ask == *ask;
        let who = refusal.ask.who.rsplit(':').next().unwrap_or_default().to_owned();
        html! {
            <li key={refusal.id.to_string()}>
                <span class="m at">{ drydock::view::timeline::clock_text(refusal.at) }</span>
                <span class="w"><b>{ who }</b>{ " " }{ refusal.why.say(words) }</span>
                <button type="button" class="lk strong" aria-pressed={is_shown.to_string()} onclick={move |_| choose.emit(its.clone())}>{ words.text("access-why") }</button>
            </li>
        }
    };
    html! {
        <section class="ac-refusals">
            <h3>{ words.text("access-refusals") }</h3>
            if refusals.is_empty() { <p class="pencil">{ words.text("access-no-refusals") }</p> }
            <ol>{ for refusals.iter().map(one) }</ol>
        </section>
    }
}

#[derive(Properties, PartialEq)]
struct FormProps {
    who: Vec<Who>,
    resources: Vec<Rc<str>>,
    ask: Ask,
    on_ask: Callback<Ask>,
}

/// Actions that people ask about first; any other may be typed.
const ACTIONS: [&str; 12] = [
    "s3:GetObject",
    "s3:PutObject",
    "s3:DeleteObject",
    "s3:ListBucket",
    "ec2:RunInstances",
    "ec2:DescribeInstances",
    "eks:CreateCluster",
    "eks:DescribeCluster",
    "iam:CreateUser",
    "iam:PassRole",
    "sts:AssumeRole",
    "cloudformation:CreateStack",
];

/// Who, action, resource, condition keys.
#[component]
fn Form(props: &FormProps) -> Html {
    let words = use_words();
    let (who, action, resource, context) = (use_node_ref(), use_node_ref(), use_node_ref(), use_node_ref());
    let onsubmit = {
        let (who, action, resource, context) = (who.clone(), action.clone(), resource.clone(), context.clone());
        let on_ask = props.on_ask.clone();
        Callback::from(move |event: SubmitEvent| {
            event.prevent_default();
            let typed = |node: &NodeRef| -> Rc<str> {
                node.cast::<web_sys::HtmlInputElement>().map(|input| input.value()).unwrap_or_default().trim().into()
            };
            let chosen = who.cast::<web_sys::HtmlSelectElement>().map(|select| select.value()).unwrap_or_default();
            on_ask.emit(Ask {
                who: chosen.into(),
                action: typed(&action),
                resource: typed(&resource),
                context: typed(&context),
            });
        })
    };
    let ask = &props.ask;
    let is_listed = props.who.iter().any(|who| who.arn == ask.who);
    let option = |who: &Who| {
        html! { <option value={who.arn.to_string()} selected={who.arn == ask.who}>{ &*who.name }{ ", " }{ words.text(who.sort) }</option> }
    };
    html! {
        <form class="ac-form" {onsubmit}>
            <h3>{ words.text("access-try") }</h3>
            <label><span>{ words.text("access-form-who") }</span>
                <select ref={who}>
                    if !is_listed { <option value={ask.who.to_string()} selected=true>{ ask.who.rsplit(':').next().unwrap_or_default().to_owned() }</option> }
                    { for props.who.iter().map(option) }
                </select>
            </label>
            <label><span>{ words.text("access-form-action") }</span>
                <input ref={action} class="m" list="ac-actions" value={ask.action.to_string()} spellcheck="false" autocapitalize="off" autocomplete="off" required=true />
            </label>
            <label class="wide"><span>{ words.text("access-form-resource") }</span>
                <input ref={resource} class="m" list="ac-resources" value={ask.resource.to_string()} spellcheck="false" autocapitalize="off" autocomplete="off" required=true />
            </label>
            <label class="wide"><span>{ words.text("access-form-context") }</span>
                <input ref={context} class="m" value={ask.context.to_string()} placeholder={words.text("access-form-context-hint")} spellcheck="false" autocapitalize="off" autocomplete="off" />
            </label>
            <button type="submit" class="btn blue">{ words.text("access-ask") }</button>
            <datalist id="ac-actions">{ for ACTIONS.iter().map(|it| html! { <option value={*it} /> }) }</datalist>
            <datalist id="ac-resources">{ for props.resources.iter().map(|it| html! { <option value={it.to_string()} /> }) }</datalist>
        </form>
    }
}

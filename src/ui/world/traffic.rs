//! The Traffic lens: the drawing with its dots, and for each client what it says in numbers: a chart,
//! what was lost and why, and the same as a table.

use super::dots::Dots;
use super::drawing::traffic::{self as drawn, Flow};
use super::sheet::Stage;
use super::size::use_size;
use crate::ui::{use_handle, use_slow_view, use_view, use_words};
use drydock::session::Msg;
use drydock::view::timeline::{Moment, clock_text};
use drydock::view::traffic::{self, ClientView, Column, LossRow, RATES, Target, TrafficView, WINDOWS};
use drydock::words::{Words, say};
use std::cell::RefCell;
use std::rc::Rc;
use web_sys::HtmlSelectElement;
use yew::prelude::*;

/// What stands above the bars, where they stand, the line of the latency, what stands above it, and what
/// stands under both.
const TOP: f32 = 18.0;
const BARS: f32 = TOP + 96.0;
const LATENCY: f32 = 32.0;
const GAP: f32 = 24.0;
const FOOT: f32 = 20.0;
/// Room for the numbers at the left.
const SCALE: f32 = 44.0;
/// Where chart and losses stand beside each other.
const TWO_COLUMNS: f32 = 860.0;

/// The lens.
#[component]
pub fn TrafficLens() -> Html {
    let (words, has_clients) = (use_words(), use_view(|session| session.world().cluster().clients().next().is_some()));
    let targets = use_slow_view(|session| Rc::new(traffic::view(session).targets));
    if has_clients {
        return html! { <Flowing /> };
    }
    html! {
        <div class="stage traffic thin">
            <div class="tf-none">
                <h2>{ words.text("traffic-none") }</h2>
                if targets.is_empty() {
                    <p>{ words.text("traffic-no-service") }</p>
                } else {
                    <p>{ words.text("traffic-none-yet") }</p>
                    <Start targets={(*targets).clone()} />
                }
            </div>
        </div>
    }
}

/// What is drawn while somebody sends.
#[component]
fn Flowing() -> Html {
    let (words, handle) = (use_words(), use_handle());
    let stage = use_node_ref();
    let (width, _) = use_size(stage.clone());
    let canvas = use_node_ref();
    let view = use_slow_view(|session| Rc::new(traffic::view(session)));
    let selected = use_view(|session| session.selection.clone());
    let window = use_state_eq(|| 0_usize);
    let flow = use_memo((view.clone(), selected, words.clone(), width), |(view, selected, words, width)| {
        if *width < 1.0 { Flow::default() } else { drawn::draw(view, words, selected.as_ref(), *width) }
    });
    let dots = use_memo((), {
        let canvas = canvas.clone();
        move |()| RefCell::new(Dots::new(canvas))
    });
    dots.borrow_mut().set(&flow);
    {
        let (dots, handle) = (dots.clone(), handle.clone());
        use_effect_with((), move |()| {
            let subscription = handle.on_change(move |session| dots.borrow_mut().paint(session));
            move || drop(subscription)
        });
    }
    let drawing = use_memo(flow.clone(), |flow| flow.drawing.clone());
    let size = format!("width:{}px;height:{}px", drawing.width, drawing.height);
    let room = (width - if width < 480.0 { 32.0 } else { 80.0 }).max(200.0);
    let chart_width = if room >= TWO_COLUMNS { (room - 32.0) * 0.56 } else { room };
    html! {
        <Stage {stage} {drawing} class="traffic thin" label={say!(words, "traffic-label", cluster = &view.title.cluster)} scope="traffic" title={view.title.clone()} name={words.text("lens-traffic")}>
            <canvas class="dots" ref={canvas} style={size} aria-hidden="true" />
            <div class="tf-clients">
                { for view.clients.iter().map(|it| client(it, &view, &window, chart_width, &words, &handle)) }
                if !view.targets.is_empty() {
                    <section class="tf-more"><h3>{ words.text("traffic-another") }</h3><Start targets={view.targets.clone()} /></section>
                }
            </div>
        </Stage>
    }
}

fn client(
    client: &ClientView,
    view: &TrafficView,
    window: &UseStateHandle<usize>,
    width: f32,
    words: &Words,
    handle: &crate::ui::Handle,
) -> Html {
    let send = |msg: Msg| {
        let handle = handle.clone();
        Callback::from(move |_: MouseEvent| handle.send(msg.clone()))
    };
    let columns = &client.columns[**window];
    let said = summary(columns, **window, words);
    let id = format!("traffic-{}", client.name);
    html! {
        <section key={client.name.to_string()} class="tf-client" aria-labelledby={id.clone()}>
            <header>
                <h3 {id}>{ &*client.name }<code>{ &*client.target }</code></h3>
                { rates(client.per_second, words, &|rate| send(traffic::at_rate(&client.plan, rate))) }
                <button type="button" class="btn sm" onclick={send(client.cease.clone())}>{ words.text("mend-traffic") }</button>
            </header>
            <div class="tf-parts">
                <div class="tf-chart">
                    <div class="tf-head">
                        <p>{ said.clone() }</p>
                        <span class="seg" role="group" aria-label={words.text("traffic-window")}>
                            { for ["traffic-minute", "traffic-quarter"].into_iter().enumerate().map(|(index, word)| {
                                let window = window.clone();
                                html! { <button type="button" aria-pressed={(*window == index).to_string()} onclick={move |_| window.set(index)}>{ words.text(word) }</button> }
                            }) }
                        </span>
                    </div>
                    { chart(columns, &view.deeds, WINDOWS[**window], said, width, words) }
                    <details>
                        <summary>{ words.text("traffic-as-table") }</summary>
                        { table(columns, words) }
                    </details>
                </div>
                <div class="tf-losses">
                    <h4>{ words.text("traffic-losses") }</h4>
                    if client.losses.is_empty() { <p class="pencil">{ words.text("traffic-no-losses") }</p> } else {
                        <ol class="losses">{ for client.losses.iter().map(|it| loss(it, words, handle)) }</ol>
                    }
                </div>
            </div>
        </section>
    }
}

fn rates(chosen: u64, words: &Words, choose: &dyn Fn(u64) -> Callback<MouseEvent>) -> Html {
    html! {
        <span class="seg tf-rates" role="group" aria-label={words.text("traffic-rates")}>
            { for RATES.into_iter().map(|rate| html! {
                <button type="button" aria-pressed={(rate == chosen).to_string()} onclick={choose(rate)}
                    aria-label={say!(words, "traffic-per-second", count = rate)}>{ say!(words, "traffic-rate", count = rate) }</button>
            }) }
        </span>
    }
}

/// What a window of time came to, in a sentence.
fn summary(columns: &[Column], window: usize, words: &Words) -> String {
    let answered: u64 = columns.iter().map(|column| column.answered).sum();
    let lost: u64 = columns.iter().map(|column| column.lost).sum();
    let all = columns.iter().map(|column| column.latency_micros * column.answered).sum::<u64>();
    let mean = all.checked_div(answered).unwrap_or_default();
    let key = if window == 0 { "traffic-summary-minute" } else { "traffic-summary-quarter" };
    say!(words, key, answered = answered, lost = lost, time = span(mean, words))
}

/// A short time: whole microseconds, or milliseconds with a decimal.
fn span(micros: u64, words: &Words) -> String {
    match micros {
        0 => "–".to_owned(),
        1..1000 => say!(words, "traffic-micros", count = micros),
        _ => say!(words, "traffic-millis", large = micros / 1000, small = micros % 1000 / 100),
    }
}

#[expect(clippy::cast_precision_loss, reason = "counts on a screen")]
fn chart(columns: &[Column], deeds: &[u64], each: u64, label: String, width: f32, words: &Words) -> Html {
    let width = width.max(160.0);
    let step = (width - SCALE) / traffic::COLUMNS as f32;
    let shift = traffic::COLUMNS as usize - columns.len().min(traffic::COLUMNS as usize);
    let left = |index: usize| SCALE + step * (index + shift) as f32;
    let highest = columns.iter().map(|it| it.answered + it.lost).max().unwrap_or_default().max(1);
    let slowest = columns.iter().map(|it| it.latency_micros).max().unwrap_or_default().max(1);
    let bar = (step - 1.0).max(1.0);
    let (mut answered, mut lost, mut crosses, mut line) = (String::new(), String::new(), String::new(), String::new());
    let mut is_down = false;
    for (index, column) in columns.iter().enumerate() {
        let x = left(index);
        let tall = |count: u64| (BARS - TOP) * count as f32 / highest as f32;
        let (up, more) = (tall(column.answered), tall(column.lost));
        if column.answered > 0 {
            answered += &format!("M{x:.1} {BARS}v-{up:.1}h{bar:.1}v{up:.1}z");
            let y = BARS + GAP + LATENCY * (1.0 - column.latency_micros as f32 / slowest as f32);
            line += &format!("{}{:.1} {y:.1}", if is_down { "L" } else { "M" }, x + bar / 2.0);
        }
        is_down = column.answered > 0;
        if column.lost > 0 {
            let top = BARS - up;
            // However few they are, they can be seen.
            let more = more.max(3.0);
            lost += &format!("M{x:.1} {top:.1}v-{more:.1}h{bar:.1}v{more:.1}z");
            let (size, middle) = (bar.min(6.0), x + bar / 2.0);
            if more > 8.0 {
                let y = top - more / 2.0;
                let half = size / 2.0 - 0.5;
                crosses += &format!(
                    "M{:.1} {:.1}l{h:.1} {h:.1}m0 -{h:.1}l-{h:.1} {h:.1}",
                    middle - half,
                    y - half,
                    h = half * 2.0
                );
            }
        }
    }
    let foot = BARS + GAP + LATENCY + FOOT;
    let begin = columns.first().map_or(0, |column| column.from);
    let marks = deeds.iter().filter(|second| **second >= begin).map(|second| {
        let index = usize::try_from((second - begin) / each).unwrap_or_default();
        let x = left(index) + bar / 2.0;
        html! { <path class="bluef" d={format!("M{x:.1} {:.1}l5 5l-5 5l-5 -5z", foot - FOOT + 4.0)} /> }
    });
    let per_column = if each == 1 { "traffic-each-second" } else { "traffic-each-quarter" };
    html! {
        <svg class="tf-svg" width={width.to_string()} height={foot.to_string()} role="img" aria-label={label}>
            <path class="hair" d={format!("M{SCALE} {}H{width}M{SCALE} {}H{width}M{SCALE} {}H{width}", TOP - 0.5, BARS + GAP - 0.5, BARS + GAP + LATENCY + 0.5)} />
            <text class="n11 tp end" x={(SCALE - 6.0).to_string()} y={(TOP + 8.0).to_string()}>{ say!(words, "traffic-count", count = highest) }</text>
            <text class="n11 tp end" x={(SCALE - 6.0).to_string()} y={BARS.to_string()}>{ "0" }</text>
            <text class="n11 tp" x={SCALE.to_string()} y="11">{ words.text(per_column) }</text>
            <path class="inkf" d={answered} /><path class="lostf" d={lost} /><path class="lostx" d={crosses} />
            <path class="ln1" d={format!("M{SCALE} {BARS}H{width}")} />
            <text class="n11 tp end" x={(SCALE - 6.0).to_string()} y={(BARS + GAP + 8.0).to_string()}>{ if slowest > 1 { span(slowest, words) } else { String::new() } }</text>
            <path class="ln15" d={line} />
            <text class="n11 tp" x={SCALE.to_string()} y={(BARS + GAP - 5.0).to_string()}>{ words.text("traffic-latency") }</text>
            { for marks }
            <text class="n11 tp" x={SCALE.to_string()} y={(foot - 4.0).to_string()}>{ words.text(if each == 1 { "traffic-a-minute-ago" } else { "traffic-a-quarter-ago" }) }</text>
            <text class="n11 tp end" x={width.to_string()} y={(foot - 4.0).to_string()}>{ words.text("inspector-now") }</text>
        </svg>
    }
}

fn table(columns: &[Column], words: &Words) -> Html {
    let heads = ["traffic-when", "traffic-answered", "traffic-lost", "traffic-latency"];
    let row = |column: &Column| {
        html! {
            <tr key={column.from.to_string()}>
                <th scope="row">{ format!("{}:{:02}", column.from / 60, column.from % 60) }</th>
                <td>{ say!(words, "traffic-count", count = column.answered) }</td>
                <td class={(column.lost > 0).then_some("red")}>{ say!(words, "traffic-count", count = column.lost) }</td>
                <td>{ span(column.latency_micros, words) }</td>
            </tr>
        }
    };
    html! {
        <table>
            <thead><tr>{ for heads.map(|head| html! { <th scope="col">{ words.text(head) }</th> }) }</tr></thead>
            <tbody>{ for columns.iter().rev().filter(|it| it.answered + it.lost > 0).map(row) }</tbody>
        </table>
    }
}

fn loss(loss: &LossRow, words: &Words, handle: &crate::ui::Handle) -> Html {
    let place = |(key, count): &(drydock::view::Key, u64)| {
        let (handle, chosen) = (handle.clone(), key.clone());
        html! {
            <li key={key.to_string()}>
                <button type="button" class="lk" onclick={move |_| handle.send(Msg::Select(Some(chosen.clone())))}>{ key.resource.kind() }{ " " }{ &*key.name }</button>
                <span class="at">{ say!(words, "traffic-count", count = *count) }</span>
            </li>
        }
    };
    let clock = |at: Moment| clock_text(at).rsplit_once('.').map_or_else(String::new, |(whole, _)| whole.to_owned());
    let (from, to) = (clock(loss.from), clock(loss.to));
    let when = if from == to { from } else { [&from, "–", &to].concat() };
    html! {
        <li key={loss.why.key.to_string()}>
            <svg class="vm" width="18" height="14" viewBox="0 0 18 14" aria-hidden="true"><path class="redf" d="M0 0h18v14H0z" /><path class="no" d="M5.5 3.5l7 7m0-7l-7 7" /></svg>
            <div>
                <p><b>{ say!(words, "traffic-lost-count", count = loss.count) }</b>{ " " }<span class="at">{ when }</span></p>
                <p class="d">{ loss.why.say(words) }</p>
                if !loss.places.is_empty() { <ul class="places">{ for loss.places.iter().map(place) }</ul> }
            </div>
        </li>
    }
}

#[derive(Properties, PartialEq)]
struct StartProps {
    targets: Vec<Target>,
}

/// A wish for requests: to which Service, how many.
#[component]
fn Start(props: &StartProps) -> Html {
    let (words, handle) = (use_words(), use_handle());
    let name = use_state_eq(|| Rc::<str>::from(""));
    let rate = use_state_eq(|| 100_u64);
    let target = props.targets.iter().find(|it| it.plan.name == *name).or_else(|| props.targets.first());
    let Some(target) = target.cloned() else { return Html::default() };
    let onchange = {
        let name = name.clone();
        Callback::from(move |event: Event| {
            if let Some(field) = event.target_dyn_into::<HtmlSelectElement>() {
                name.set(field.value().into());
            }
        })
    };
    let go = {
        let (plan, rate) = (target.plan.clone(), *rate);
        Callback::from(move |_: MouseEvent| handle.send(traffic::at_rate(&plan, rate)))
    };
    let choose = |it: u64| {
        let rate = rate.clone();
        Callback::from(move |_: MouseEvent| rate.set(it))
    };
    html! {
        <div class="tf-start">
            <label><span>{ words.text("traffic-to") }</span>
                <select {onchange}>
                    { for props.targets.iter().map(|it| html! {
                        <option value={it.plan.name.to_string()} selected={it.plan.name == target.plan.name}>
                            { say!(words, "traffic-target", name = &it.name, door = words.text(it.door.word())) }
                        </option>
                    }) }
                </select>
            </label>
            { rates(*rate, &words, &choose) }
            <button type="button" class="btn wish" onclick={go}>{ say!(words, "break-traffic", count = *rate) }</button>
        </div>
    }
}

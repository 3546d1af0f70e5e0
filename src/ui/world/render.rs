//! Turns a drawing into SVG, and tells which of its things was chosen.

use super::drawing::{Drawing, Group, Pick, Place, Shape};
use drydock::view::Key;
use wasm_bindgen::JsCast;
use web_sys::{Element, HtmlElement};
use yew::prelude::*;

/// How the things of a drawing can be reached.
#[derive(Clone, Copy, PartialEq)]
pub enum Reach {
    /// They are options of a list.
    Options,
    /// They only have titles.
    Titles,
}

/// Draws every shape.
pub fn shapes(drawing: &Drawing, scope: &str, reach: Reach) -> Html {
    shapes_with(drawing, scope, reach, &[])
}

/// The same, with what the last command was about marked.
pub fn shapes_with(drawing: &Drawing, scope: &str, reach: Reach, touched: &[Key]) -> Html {
    let stop = tab_stop(&drawing.picks);
    let pen = Pen { picks: &drawing.picks, scope, reach, stop, touched };
    drawing.shapes.iter().enumerate().map(|(index, shape)| pen.shape(index, shape)).collect()
}

/// The one thing that the tab key reaches: what is selected, or the first.
fn tab_stop(picks: &[Pick]) -> Option<usize> {
    let selected = picks.iter().position(|pick| pick.stop && pick.selected);
    selected.or_else(|| picks.iter().position(|pick| pick.stop))
}

struct Pen<'a> {
    picks: &'a [Pick],
    scope: &'a str,
    reach: Reach,
    stop: Option<usize>,
    touched: &'a [Key],
}

impl Pen<'_> {
    fn shape(&self, index: usize, shape: &Shape) -> Html {
        match shape {
            Shape::Path { class, d } => html! { <path key={index} class={*class} d={d.clone()} /> },
            Shape::Circle { class, x, y, r } => {
                html! { <circle key={index} class={*class} cx={x.to_string()} cy={y.to_string()} r={r.to_string()} /> }
            }
            Shape::Text { class, x, y, runs } => {
                html! { <text key={index} class={*class} x={x.to_string()} y={y.to_string()}>{ for runs.iter().map(run) }</text> }
            }
            Shape::Along { class, d, middle, text } => {
                let id = format!("way-{}-{index}", self.scope);
                html! {
                    <g key={index}>
                        <path id={id.clone()} class="way" d={d.clone()} />
                        <text class={*class}><@{"textPath"} href={format!("#{id}")} startOffset={format!("{middle}%")} text-anchor="middle">{ *text }</@></text>
                    </g>
                }
            }
            Shape::Group(group) => self.group(group),
        }
    }

    fn group(&self, group: &Group) -> Html {
        let style = match group.place {
            Place::Here => None,
            Place::At(x, y) => Some(format!("transform:translate({x}px,{y}px)")),
            Place::Turn { x, y, from, to } => {
                Some(format!("--x:{x}px;--y:{y}px;--from:{from}deg;transform:translate({x}px,{y}px) rotate({to}deg)"))
            }
        };
        let inside: Html = group.shapes.iter().enumerate().map(|(index, shape)| self.shape(index, shape)).collect();
        let pick = group.pick.and_then(|index| self.picks.get(index).map(|pick| (index, pick)));
        let Some((index, pick)) = pick else {
            return html! { <g key={group.key.clone()} class={group.class} {style}>{ inside }</g> };
        };
        let title = html! { <title>{ pick.label.clone() }</title> };
        if self.reach == Reach::Titles {
            return html! { <g key={group.key.clone()} class={group.class} {style}>{ title }{ inside }</g> };
        }
        let is_touched = pick.key.as_ref().is_some_and(|key| self.touched.contains(key));
        let class = classes!(group.class, is_touched.then_some("touched"));
        let tab = pick.stop.then_some(if self.stop == Some(index) { "0" } else { "-1" });
        html! {
            <g key={group.key.clone()} {class} {style} data-pick={index.to_string()} tabindex={tab}
                role={if pick.stop { Some("option") } else { None }} aria-hidden={if pick.stop { None } else { Some("true") }}
                aria-selected={pick.stop.then(|| pick.selected.to_string())} aria-label={pick.stop.then(|| pick.label.clone())}>
                { title }{ inside }
            </g>
        }
    }
}

fn run((class, text): &(&'static str, String)) -> Html {
    match *class {
        "" => html! { { text.clone() } },
        class => {
            // What follows a bold run stands a little apart.
            let dx = class.ends_with("after").then_some("6");
            html! { <tspan {class} {dx}>{ text.clone() }</tspan> }
        }
    }
}

/// The thing in which an event happened, as its index.
pub fn picked(event: &Event) -> Option<usize> {
    let target: Element = event.target()?.dyn_into().ok()?;
    let group = target.closest("[data-pick]").ok()??;
    group.get_attribute("data-pick")?.parse().ok()
}

/// The thing that an arrow key leads to from `from`: the nearest in that direction.
pub fn neighbour(picks: &[Pick], from: usize, key: &str) -> Option<usize> {
    let here = picks.get(from)?;
    let score = |pick: &Pick| {
        let (dx, dy) = (pick.x - here.x, pick.y - here.y);
        let (along, across) = match key {
            "ArrowRight" => (dx, dy),
            "ArrowLeft" => (-dx, dy),
            "ArrowDown" => (dy, dx),
            "ArrowUp" => (-dy, dx),
            _ => return None,
        };
        (along > 2.0).then_some(along + 2.5 * across.abs())
    };
    let stops = picks.iter().enumerate().filter(|(index, pick)| pick.stop && *index != from);
    let scored = stops.filter_map(|(index, pick)| Some((index, score(pick)?)));
    scored.min_by(|one, other| one.1.total_cmp(&other.1)).map(|(index, _)| index)
}

/// Moves the focus to a thing.
pub fn focus(root: &NodeRef, index: usize) {
    let found = root.cast::<Element>().and_then(|root| root.query_selector(&format!("[data-pick=\"{index}\"]")).ok());
    if let Some(element) = found.flatten() {
        // SVG elements focus like HTML ones; the binding only knows the latter.
        let _ = element.unchecked_ref::<HtmlElement>().focus();
    }
}

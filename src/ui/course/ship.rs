//! The ship in its dock: a block for each lesson, standing on what it builds on. Numbers here are
//! proportions of a sheet of 980 by 420; the page scales it.

use super::plate_of;
use crate::ui::shape::Plate;
use crate::ui::use_words;
use drydock::view::course::{CourseView, Lesson};
use std::rc::Rc;
use yew::prelude::*;

const WIDTH: f32 = 980.0;
const HEIGHT: f32 = 400.0;
/// Room between blocks.
const GAP: f32 = 5.0;

/// A row of blocks: its top and bottom, and where it begins and ends at both.
struct Row {
    top: f32,
    bottom: f32,
    left: (f32, f32),
    right: (f32, f32),
}

/// The hull, the deck, the house upon it, the bridge; and a block that stands by, for the tour.
const HULL: Row = Row { top: 252.0, bottom: 331.0, left: (95.0, 133.0), right: (843.0, 815.0) };
const TOUR: Row = Row { top: 269.0, bottom: 331.0, left: (849.0, 826.0), right: (905.0, 895.0) };
const DECK: Row = Row { top: 171.0, bottom: 247.0, left: (48.0, 77.0), right: (932.0, 880.0) };
const HOUSE: Row = Row { top: 105.0, bottom: 166.0, left: (91.0, 91.0), right: (503.0, 503.0) };
const BRIDGE: Row = Row { top: 47.0, bottom: 100.0, left: (160.0, 160.0), right: (295.0, 295.0) };

/// A block: its corners, clockwise from the upper left.
struct Block<'a> {
    lesson: &'a Lesson,
    corners: [(f32, f32); 4],
}

impl Block<'_> {
    fn path(&self) -> String {
        let [a, b, c, d] = self.corners;
        format!("M{} {}L{} {}L{} {}L{} {}z", a.0, a.1, b.0, b.1, c.0, c.1, d.0, d.1)
    }

    fn centre(&self) -> (f32, f32) {
        let sum = self.corners.iter().fold((0.0, 0.0), |sum, corner| (sum.0 + corner.0, sum.1 + corner.1));
        (sum.0 / 4.0, sum.1 / 4.0)
    }

    /// The lower half, for what has begun.
    fn lower(&self) -> String {
        let [a, b, c, d] = self.corners;
        let half = |from: (f32, f32), to: (f32, f32)| (f32::midpoint(from.0, to.0), f32::midpoint(from.1, to.1));
        let (left, right) = (half(a, d), half(b, c));
        format!("M{} {}L{} {}L{} {}L{} {}z", left.0, left.1, right.0, right.1, c.0, c.1, d.0, d.1)
    }
}

fn blocks<'a>(row: &Row, lessons: &[&'a Lesson]) -> Vec<Block<'a>> {
    let count = lessons.len().max(1) as f32;
    // Inner edges stand upright; only bow and stern lean.
    let (from, to) = (row.left.0.max(row.left.1), row.right.0.min(row.right.1));
    let width = (to - from) / count;
    let edge = |at: usize| from + width * at as f32;
    let last = lessons.len().saturating_sub(1);
    lessons
        .iter()
        .enumerate()
        .map(|(at, lesson)| {
            let (left, right) = (edge(at) + GAP / 2.0, edge(at + 1) - GAP / 2.0);
            let left = if at == 0 { row.left } else { (left, left) };
            let right = if at == last { row.right } else { (right, right) };
            let corners = [(left.0, row.top), (right.0, row.top), (right.1, row.bottom), (left.1, row.bottom)];
            Block { lesson, corners }
        })
        .collect()
}

fn assembled(view: &CourseView) -> Vec<Block<'_>> {
    let of = |parts: &[usize]| -> Vec<&Lesson> {
        view.parts.iter().filter(|part| parts.contains(&part.number)).flat_map(|part| &part.lessons).collect()
    };
    if view.parts.len() < 2 {
        return blocks(&HULL, &of(&[0]));
    }
    let top = of(&[4, 5, 6]);
    let (bridge, house) =
        top.split_last().map_or((&[][..], &[][..]), |(last, rest)| (std::slice::from_ref(last), rest));
    let rows =
        [(HULL, of(&[1, 2])), (TOUR, of(&[0])), (DECK, of(&[3])), (HOUSE, house.to_vec()), (BRIDGE, bridge.to_vec())];
    rows.iter().filter(|(_, lessons)| !lessons.is_empty()).flat_map(|(row, lessons)| blocks(row, lessons)).collect()
}

/// What the ship is drawn from.
#[derive(Properties, PartialEq)]
pub struct Props {
    /// The course.
    pub view: CourseView,
    /// The lesson under the pointer or the focus.
    pub near: Option<Rc<str>>,
    /// Opens a lesson.
    pub on_open: Callback<Rc<str>>,
    /// Another lesson is under the pointer, or none.
    pub on_near: Callback<Option<Rc<str>>>,
}

/// The ship. For ears it is one sentence; the list beside it has every lesson.
#[component]
pub fn Ship(props: &Props) -> Html {
    let words = use_words();
    let view = &props.view;
    let blocks = assembled(view);
    let near = blocks.iter().find(|block| Some(&block.lesson.entry.id) == props.near.as_ref());
    let is_needed = |block: &Block<'_>| {
        near.is_some_and(|near| near.lesson.needs.iter().any(|(number, _)| *number == block.lesson.entry.number))
    };
    let label = words.say("course-done-label", &[("done", view.done.into()), ("all", view.all.into())]);
    let keels = blocks
        .iter()
        .filter(|block| block.corners[2].1 > 300.0 && block.corners[0].1 < 260.0)
        .map(|block| block.centre().0);
    html! {
        <div class="ship">
            <svg viewBox={format!("0 0 {WIDTH} {HEIGHT}")} role="img" aria-label={label}>
                <rect class="gridded" width="980" height="400" />
                <rect class="edge" x=".5" y=".5" width="979" height="399" />
                <path class="dock-wall" d="M4 196h20v52h24v94H932v-94h24v-52h20v165H4z" />
                { for keels.map(|x| html! { <rect class="keel" x={(x - 12.0).to_string()} y="333" width="24" height="9" /> }) }
                { for blocks.iter().map(|block| drawn(block, props, is_needed(block))) }
                if let Some(near) = near { { for blocks.iter().filter(|block| is_needed(block)).map(|block| leans(near, block)) } }
                if view.parts.len() > 1 { { labels(view, &words) } }
            </svg>
        </div>
    }
}

fn drawn(block: &Block<'_>, props: &Props, is_needed: bool) -> Html {
    let entry = &block.lesson.entry;
    let state = match plate_of(block.lesson) {
        Plate::Ready => "ready",
        Plate::Starting => "starting",
        _ if entry.is_built => "wished",
        _ => "planned",
    };
    let is_near = props.near.as_ref() == Some(&entry.id);
    let class = classes!("plate", "block", state, is_near.then_some("near"), is_needed.then_some("needed"));
    let id = entry.id.clone();
    let onclick = if entry.is_built { props.on_open.reform(move |_: MouseEvent| id.clone()) } else { Callback::noop() };
    let near = |id: Option<Rc<str>>| props.on_near.reform(move |_: PointerEvent| id.clone());
    let (x, y) = block.centre();
    let corner = block.corners[1];
    html! {
        <g {class} {onclick} onpointerenter={near(Some(entry.id.clone()))} onpointerleave={near(None)}>
            <path class="body" d={block.path()} />
            if state == "starting" { <path d={block.lower()} fill="url(#hatch)" /><path class="outline" d={block.path()} /> }
            <text class="mid" x={x.to_string()} y={if state == "starting" { block.corners[0].1 + 26.0 } else { y + 5.0 }.to_string()}>{ &*entry.number }</text>
            if state == "ready" { <path class="cut" d={format!("M{} {}l4 5 9-14", corner.0 - 20.0, corner.1 + 6.0)} /> }
        </g>
    }
}

/// A line from a lesson's lower edge to the upper edge of what it builds on; beside each other they are
/// joined above.
fn leans(from: &Block<'_>, to: &Block<'_>) -> Html {
    let top = |block: &Block<'_>| (block.centre().0, block.corners[0].1);
    let (x2, y2) = top(to);
    let is_beside = (from.corners[0].1 - y2).abs() < 30.0;
    let (x1, y1) = if is_beside { top(from) } else { (from.centre().0, from.corners[2].1) };
    let bend = if is_beside { y1 - 30.0 } else { f32::midpoint(y1, y2) };
    html! { <>
        <path class="leans" d={format!("M{x1} {y1}C{x1} {bend} {x2} {bend} {x2} {y2}")} />
        <rect class="leans-on" x={(x2 - 4.0).to_string()} y={(y2 - 4.0).to_string()} width="8" height="8" />
    </> }
}

fn labels(view: &CourseView, words: &drydock::words::Words) -> Html {
    let named = |number: usize| {
        view.parts
            .iter()
            .find(|part| part.number == number)
            .map(|part| format!("{} {}", words.say("part-number", &[("part", number.into())]), part.title))
    };
    let last = view.parts.last().and_then(|part| part.lessons.last()).map(|lesson| lesson.entry.title.clone());
    html! { <g class="names">
        <path d="M305 74h52" /><text class="tb s" x="366" y="79">{ last.as_deref().unwrap_or_default() }</text>
        <path d="M512 136h52" /><text x="573" y="141">{ named(4) }</text>
        <path d="M840 171l24-22h20" /><text class="end" x="964" y="140">{ named(3) }</text>
        <text class="mid" x="470" y="388">{ named(1) }{ " · " }{ named(2) }</text>
    </g> }
}

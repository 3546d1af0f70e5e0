//! The Traffic lens: a client, the places that its requests pass, and the Pods in which they end.
//! The Service is a manifold: what comes in on one side leaves by as many lanes as there are Pods.
//!
//! Beside the drawing come the lanes, for whoever lets dots run on them.

use super::shapes::{self, Inscription, Plate};
use super::sheet::{self, BORDER_FROM};
use super::{Drawing, Pick, Place, fitted, number, path, text};
use drydock::view::Key;
use drydock::view::traffic::{Arrival, ClientView, Stop, StopKind, TrafficView};
use drydock::words::{Words, say};
use std::rc::Rc;

/// Narrower panes are drawn from top to bottom.
const ACROSS_FROM: f32 = 600.0;
/// A plate, and the row that it stands in.
const PLATE: (f32, f32) = (64.0, 28.0);
const ROW: f32 = 40.0;
/// A plate with what came to it, and the lane before it.
const CELL: f32 = 146.0;
/// A single column is not longer than this.
const COLUMN_MAX: usize = 8;
/// The width of a client, and of a place on the way.
const CLIENT: f32 = 150.0;
const STOP: f32 = 118.0;
/// At most so many dots set out in a second.
const DOTS_PER_SECOND: u64 = 40;
/// What one dot can stand for.
const LADDER: [u64; 12] = [1, 2, 5, 10, 25, 50, 100, 250, 500, 1000, 2500, 10_000];

/// A way from a client to where its requests end.
#[derive(Clone, PartialEq, Debug)]
pub struct Lane {
    /// Whose: dots of one client set out one after the other.
    pub client: usize,
    /// Where it ends, as a name that stays.
    pub end: String,
    /// The way.
    pub points: Rc<[(f32, f32)]>,
    /// How many requests a second come to its end and are answered.
    pub answered: u64,
    /// How many are lost there.
    pub lost: u64,
}

/// The drawing with its lanes.
#[derive(Clone, PartialEq, Debug, Default)]
pub struct Flow {
    /// What stands still.
    pub drawing: Drawing,
    /// Where dots run.
    pub lanes: Vec<Lane>,
    /// How many requests a dot is.
    pub per_dot: u64,
}

/// Draws the sheet for a pane of `width`. It is as tall as it needs.
#[must_use]
pub fn draw(view: &TrafficView, words: &Words, selected: Option<&Key>, width: f32) -> Flow {
    let mut flow = Flow { per_dot: per_dot(view), ..Flow::default() };
    flow.drawing.width = width;
    let margin = sheet::margin(width);
    let mut pen = Pen { flow: &mut flow, words, selected, margin, width };
    let mut y = if width < BORDER_FROM { 16.0 } else { 44.0 };
    for (index, client) in view.clients.iter().enumerate() {
        y = if width < ACROSS_FROM { pen.down(index, client, y) } else { pen.across(index, client, y) };
        y += 28.0;
    }
    y = pen.legend(y);
    flow.drawing.height = y + if width < BORDER_FROM { 8.0 } else { 28.0 };
    sheet::border(&mut flow.drawing);
    flow
}

/// How many requests a dot is: as few as keep the dots countable.
fn per_dot(view: &TrafficView) -> u64 {
    let all: u64 = view.clients.iter().map(|client| client.per_second).sum();
    LADDER.into_iter().find(|each| all <= each * DOTS_PER_SECOND).unwrap_or(10_000)
}

struct Pen<'a> {
    flow: &'a mut Flow,
    words: &'a Words,
    selected: Option<&'a Key>,
    margin: f32,
    width: f32,
}

impl Pen<'_> {
    /// A client's band from left to right. Returns where it ends.
    fn across(&mut self, index: usize, client: &ClientView, top: f32) -> f32 {
        let last = client.stops.len().saturating_sub(1);
        let before = CLIENT + STOP * number(last);
        let manifold = self.margin + before + 64.0;
        let room = self.width - self.margin - manifold;
        let columns = if client.pods.len() <= COLUMN_MAX { 1 } else { ((room / CELL) as usize).max(1) };
        let rows = client.pods.len().div_ceil(columns).max(1);
        let rows_top = top + 40.0;
        let foot = rows_top + ROW * number(rows);
        // The way in meets the manifold in its middle, where a screen still shows both.
        let mid = (rows_top + (foot - rows_top).min(4.0 * ROW) / 2.0 - 6.0).round().max(rows_top + 14.0);
        let (x, words) = (self.margin, self.words);
        self.flow.drawing.text("s n15", x, mid - 10.0, fitted(&client.name, 15.0, CLIENT));
        self.flow.drawing.text("t2", x, mid + 18.0, rate(words, client.per_second));
        self.flow.drawing.text("t2", x, mid + 36.0, fitted(&client.from.say(words), 12.0, CLIENT));
        self.flow.drawing.path("shelf", format!("M{x} {mid}H{}", x + CLIENT));
        let mut way = vec![(x + CLIENT, mid)];
        for (at, stop) in client.stops.iter().enumerate().take(last) {
            let x = self.margin + CLIENT + STOP * number(at) + STOP * 0.5;
            way.push((x, mid));
            self.gate(stop, (x, mid - 20.0, mid + 20.0), STOP - 16.0);
        }
        let has_manifold = client.stops.get(last).is_some_and(|stop| stop.kind == StopKind::Service);
        if let Some(stop) = client.stops.get(last) {
            let ends = if has_manifold { (rows_top - 12.0, foot) } else { (mid - 20.0, mid + 20.0) };
            self.gate(stop, (manifold, ends.0, ends.1), STOP - 16.0);
        }
        way.push((manifold, mid));
        self.way(&way, client);
        self.lose(index, client, &way);
        let one_column = columns == 1;
        let left = manifold + 40.0;
        for (at, pod) in client.pods.iter().enumerate() {
            let (column, row) = (at / rows, at % rows);
            let y = rows_top + ROW * number(row);
            let x = left + CELL * number(column);
            let mut lane = way.clone();
            if one_column {
                let y = y + PLATE.1 / 2.0;
                lane.extend([(manifold, y), (x, y)]);
                self.flow.drawing.path("lnl", format!("M{manifold} {y}H{x}"));
            } else {
                let y = y - 6.0;
                lane.extend([(manifold, y), (x + 12.0, y), (x + 12.0, y + 6.0)]);
                self.flow.drawing.path("lnl", format!("M{manifold} {y}H{}v6", x + 12.0));
            }
            self.pod(pod, (x, y));
            self.flow.lanes.push(Lane {
                client: index,
                end: pod.key.to_string(),
                points: lane.into(),
                answered: pod.answered,
                lost: pod.lost,
            });
        }
        if client.pods.is_empty() {
            self.nobody(client, (manifold, left, rows_top));
            self.elsewhere(index, client, &way);
        }
        foot.max(mid + 44.0)
    }

    /// A client's band from top to bottom, for narrow panes.
    fn down(&mut self, index: usize, client: &ClientView, top: f32) -> f32 {
        let spine = self.margin + 10.0;
        let (label, room) = (spine + 24.0, self.width - self.margin - spine - 24.0);
        let words = self.words;
        let said = format!("{}, {}", rate(words, client.per_second), client.from.say(words));
        self.flow.drawing.text("s n15", label, top + 14.0, fitted(&client.name, 15.0, room));
        self.flow.drawing.text("t2", label, top + 32.0, fitted(&said, 12.0, room));
        let mut y = top + 10.0;
        self.flow.drawing.path("port", format!("M{} {}h12v6h-12Z", spine - 6.0, y - 3.0));
        let mut way = vec![(spine, y)];
        y += 22.0;
        if client.stops.is_empty() {
            // What goes nowhere still goes a little way, past the client's name.
            y += 34.0;
            way.push((spine, y));
        }
        let last = client.stops.len().saturating_sub(1);
        for (at, stop) in client.stops.iter().enumerate() {
            y += 34.0;
            way.push((spine, y));
            let wide = at == last && stop.kind == StopKind::Service;
            let right = if wide { self.width - self.margin } else { spine + 14.0 };
            self.bar(stop, (spine - 10.0, right, y), (label, room));
        }
        self.way(&way, client);
        self.lose(index, client, &way);
        let cell = CELL.min((self.width - 2.0 * self.margin) / 2.0);
        let columns = (((self.width - 2.0 * self.margin) / cell) as usize).max(1);
        let rows_top = y + 22.0;
        for (at, pod) in client.pods.iter().enumerate() {
            let (column, row) = (at % columns, at / columns);
            let trunk = spine + cell * number(column);
            let at_y = rows_top + ROW * number(row);
            let middle = at_y + PLATE.1 / 2.0;
            let x = trunk + 16.0;
            let mut lane = way.clone();
            lane.extend([(trunk, y), (trunk, middle), (x, middle)]);
            let from = if row == 0 { y } else { middle - ROW };
            self.flow.drawing.path("lnl", format!("M{trunk} {from}V{middle}H{x}"));
            self.pod(pod, (x, at_y));
            self.flow.lanes.push(Lane {
                client: index,
                end: pod.key.to_string(),
                points: lane.into(),
                answered: pod.answered,
                lost: pod.lost,
            });
        }
        if client.pods.is_empty() {
            self.nobody(client, (spine, spine + 16.0, rows_top));
            self.elsewhere(index, client, &way);
        }
        rows_top + ROW * number(client.pods.len().div_ceil(columns).max(1))
    }

    /// The line that all requests of a client take. Behind the place where they are lost it is only wished for.
    fn way(&mut self, way: &[(f32, f32)], client: &ClientView) {
        let stopped = (client.lost_on_way > 0).then(|| client.lost_at.map_or(0, |at| at + 1));
        for (at, pair) in way.windows(2).enumerate() {
            let [(x0, y0), (x1, y1)] = [pair[0], pair[1]];
            let class = if stopped.is_some_and(|stopped| at >= stopped) { "wishline" } else { "lnl" };
            self.flow.drawing.path(class, format!("M{x0} {y0}L{x1} {y1}"));
        }
    }

    /// Where requests are lost before they come to a Pod: the red cross, and the lane that ends there.
    fn lose(&mut self, index: usize, client: &ClientView, way: &[(f32, f32)]) {
        if client.lost_on_way == 0 {
            return;
        }
        let end = client.lost_at.map_or(0, |at| at + 1).min(way.len() - 1);
        let (x, y) = way[end];
        let mut points = way[..=end].to_vec();
        if end == 0 {
            // At the client itself: a short way, so that it is seen to go nowhere.
            let (next, down) = way.get(1).map_or((x + 40.0, y), |(next, down)| (*next, *down));
            points.push((x + (next - x) * 0.4, y + (down - y) * 0.4));
        }
        let (x, y) = points.last().copied().unwrap_or((x, y));
        self.flow.drawing.path("redf", format!("M{} {}h16v16h-16Z", x - 8.0, y - 8.0));
        self.flow.drawing.path("xcut", format!("M{} {}l7 7m0 -7l-7 7", x - 3.5, y - 3.5));
        let lane =
            Lane { client: index, end: "lost".into(), points: points.into(), answered: 0, lost: client.lost_on_way };
        self.flow.lanes.push(lane);
    }

    /// What is answered by something that is no Pod ends where the way ends.
    fn elsewhere(&mut self, index: usize, client: &ClientView, way: &[(f32, f32)]) {
        if client.elsewhere > 0 {
            let lane =
                Lane { client: index, end: "else".into(), points: way.into(), answered: client.elsewhere, lost: 0 };
            self.flow.lanes.push(lane);
        }
    }

    /// An empty outline, where a Pod would stand.
    fn nobody(&mut self, client: &ClientView, (from, x, y): (f32, f32, f32)) {
        if !client.stops.iter().any(|stop| stop.kind == StopKind::Service) {
            return;
        }
        let middle = y + PLATE.1 / 2.0;
        self.flow.drawing.path("wishline", format!("M{from} {middle}H{x}"));
        let shapes = shapes::plate(Plate::Wished, PLATE.0, PLATE.1, Inscription::default());
        self.flow.drawing.group("nobody".to_owned(), Plate::Wished.class(), Place::At(x, y), None, shapes);
        self.flow.drawing.text("tb", x + PLATE.0 + 12.0, middle + 4.0, self.words.text("traffic-nobody"));
    }

    /// A place on the way, upright: its name above, what it is below.
    fn gate(&mut self, stop: &Stop, (x, top, foot): (f32, f32, f32), room: f32) {
        let name = fitted(&stop.name, 12.0, room);
        let shapes = vec![
            path("hit", format!("M{} {}h{room}V{}h-{room}Z", x - room / 2.0, top - 22.0, foot + 20.0)),
            path("gate", format!("M{x} {top}V{foot}")),
            text("mid s halo", x, top - 8.0, name),
            text("mid n11 t2 halo", x, foot + 14.0, self.words.text(stop.kind.word())),
        ];
        self.stop(stop, shapes, (x, (top + foot) / 2.0));
    }

    /// A place on the way, lying: its name beside it.
    fn bar(&mut self, stop: &Stop, (left, right, y): (f32, f32, f32), (label, room): (f32, f32)) {
        let said = format!("{} {}", self.words.text(stop.kind.word()), stop.name);
        let shapes = vec![
            path("hit", format!("M{left} {}h{}v24H{left}Z", y - 20.0, right.max(label + 60.0) - left)),
            path("gate", format!("M{left} {y}H{right}")),
            text("s halo", label, y - 6.0, fitted(&said, 12.0, room)),
        ];
        self.stop(stop, shapes, (label, y));
    }

    fn stop(&mut self, stop: &Stop, shapes: Vec<super::Shape>, (x, y): (f32, f32)) {
        let label = format!("{} {}", self.words.text(stop.kind.word()), stop.name);
        let selected = self.is_selected(stop.key.as_ref());
        let pick = stop
            .key
            .clone()
            .map(|key| self.flow.drawing.pick(Pick { key: Some(key), label, selected, stop: true, x, y }));
        let class = if selected { "stop on" } else { "stop" };
        let key = format!("{:?} {} {x} {y}", stop.kind, stop.name);
        self.flow.drawing.group(key, class, Place::Here, pick, shapes);
    }

    fn pod(&mut self, pod: &Arrival, (x, y): (f32, f32)) {
        let words = self.words;
        let selected = self.is_selected(Some(&pod.key));
        let plate = Plate::Pod(pod.state);
        let said = Inscription { name: &pod.short, selected, ..Inscription::default() };
        let mut shapes = vec![path("hit", format!("M-2 -2H{}V{}H-2Z", CELL - 24.0, PLATE.1 + 2.0))];
        shapes.extend(shapes::plate(plate, PLATE.0, PLATE.1, said));
        let label = say!(
            words,
            "traffic-pod-label",
            name = &*pod.key.name,
            state = words.text(pod.state.word()),
            answered = pod.answered,
            lost = pod.lost
        );
        let (px, py) = (x + PLATE.0 / 2.0, y + PLATE.1 / 2.0);
        let pick =
            self.flow.drawing.pick(Pick { key: Some(pod.key.clone()), label, selected, stop: true, x: px, y: py });
        self.flow.drawing.group(format!("pod {}", pod.key), plate.class(), Place::At(x, y), Some(pick), shapes);
        let (right, top) = (x + PLATE.0 + 8.0, y);
        let is_idle = pod.answered == 0 && pod.lost == 0;
        let baseline = if pod.lost > 0 { top + 11.0 } else { top + 18.0 };
        let class = if is_idle { "n11 tp" } else { "n11 m" };
        if pod.answered > 0 || pod.lost == 0 {
            self.flow.drawing.text(class, right, baseline, short_rate(words, pod.answered));
        }
        if pod.lost > 0 {
            let y = if pod.answered > 0 { top + 25.0 } else { top + 18.0 };
            self.flow.drawing.path("lostx", format!("M{right} {}l7 7m0 -7l-7 7", y - 7.0));
            self.flow.drawing.text("n11 m tr", right + 11.0, y, short_rate(words, pod.lost));
        }
    }

    fn is_selected(&self, key: Option<&Key>) -> bool {
        key.is_some() && self.selected == key
    }

    fn legend(&mut self, y: f32) -> f32 {
        let words = self.words;
        let said = say!(words, "traffic-dot", count = self.flow.per_dot);
        let drawing = &mut self.flow.drawing;
        let x = self.margin;
        let right = x + 16.0 + super::text_width(&said, 11.0) + 24.0;
        drawing.shapes.push(super::Shape::Circle { class: "inkf", x: x + 4.0, y: y - 4.0, r: 2.75 });
        drawing.text("n11 t2", x + 16.0, y, said);
        let lost = say!(words, "traffic-lost-dot", count = self.flow.per_dot);
        let fits = right + super::text_width(&lost, 11.0) + 16.0 < self.width - self.margin;
        let (x, y) = if fits { (right, y) } else { (x, y + 20.0) };
        drawing.path("lostx", format!("M{x} {}l7 7m0 -7l-7 7", y - 7.5));
        drawing.text("n11 t2", x + 14.0, y, lost);
        y
    }
}

fn rate(words: &Words, count: u64) -> String {
    say!(words, "traffic-per-second", count = count)
}

fn short_rate(words: &Words, count: u64) -> String {
    say!(words, "traffic-rate", count = count)
}

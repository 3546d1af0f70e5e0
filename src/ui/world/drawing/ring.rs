//! The Loop lens: kube-apiserver is the ring, everyone else touches it at a port.

mod callout;
mod flight;
mod grid;
mod legend;
mod middle;

use callout::place_callouts;
use legend::legend;

use super::sheet::{self, BORDER_FROM};
use super::{Drawing, Pick, Place, Shape, fitted, number, path, text, text_width};
use drydock::view::Key;
use drydock::view::control_loop::{LoopView, MemberView, Place as Part, Station};
use drydock::words::{Arg, Words};

/// Half the band of the ring.
const BAND: f32 = 14.0;

/// A callout's place.
#[derive(Clone, Copy)]
struct Callout {
    /// The angle of its port, in degrees; 0 is right, 90 is down.
    angle: f32,
    /// The shelf's end at the ring, and its far end.
    near: f32,
    far: f32,
    /// The shelf's height.
    y: f32,
    side: Side,
}

#[derive(Clone, Copy, PartialEq)]
enum Side {
    Top,
    Right,
    Bottom,
    Left,
}

/// The ring's place.
#[derive(Clone, Copy)]
struct Ring {
    x: f32,
    y: f32,
    r: f32,
}

/// A pane that is lower than this has no room for the key below the ring.
const LEGEND_FROM: f32 = 480.0;
/// The room below the ring: for the scheduler alone, and for the key as well.
const BELOW_LOW: f32 = 104.0;
const BELOW: f32 = 150.0;

/// Draws the sheet for a pane of `width` by `height`.
#[must_use]
pub fn draw(view: &LoopView, words: &Words, selected: Option<&Key>, width: f32, height: f32) -> Drawing {
    let mut drawing = Drawing { width, height, ..Drawing::default() };
    let stacked = width < 600.0;
    let ring = if stacked { narrow_ring(width) } else { wide_ring(view, width, height) };
    if !stacked {
        // A pane that is too low for the ring scrolls.
        let below = if height < LEGEND_FROM { BELOW_LOW } else { BELOW };
        drawing.height = height.max(ring.y + ring.r + BAND + below);
    }
    let callouts = if stacked { Vec::new() } else { place_callouts(view, ring, width) };
    let mut scene = Scene { drawing: &mut drawing, words, selected, ring };
    if stacked {
        scene.stack(view);
    } else {
        for (station, callout) in view.stations.iter().zip(&callouts) {
            scene.callout(station, *callout);
        }
    }
    let angles: Vec<f32> =
        if stacked { stacked_angles(view.stations.len()) } else { callouts.iter().map(|it| it.angle).collect() };
    scene.ring(view, &angles, stacked);
    scene.members(view, &callouts);
    let mut lines = [0_usize; 2];
    for flight in &view.flights {
        let at = if flight.is_write { flight.from } else { flight.to };
        let is_left = angles.get(at).is_some_and(|angle| angle.to_radians().cos() < -0.1);
        let line = &mut lines[usize::from(is_left)];
        scene.flight(flight, &angles, &callouts, (if is_left { -1.0 } else { 1.0 }, *line));
        *line += 1;
    }
    if let Some(row) = &view.row {
        scene.middle(row);
    } else {
        let said = words.text("map-no-wish");
        scene.drawing.text("mid t2", ring.x, ring.y, said);
    }
    if !stacked && height >= LEGEND_FROM {
        legend(&mut drawing, words);
    }
    sheet::border(&mut drawing);
    drawing
}

fn wide_ring(view: &LoopView, width: f32, height: f32) -> Ring {
    let bordered = if width < BORDER_FROM { 0.0 } else { 24.0 };
    // Room for etcd above, the scheduler and the key below, the callouts' words at both sides.
    let (above, below) = (92.0 + bordered, if height < LEGEND_FROM { BELOW_LOW } else { BELOW });
    let side = if width < 700.0 { 206.0 } else { 214.0 };
    let r = ((width - 2.0 * side) / 2.0).min((height - above - below) / 2.0 - BAND).clamp(92.0, 250.0);
    let lines = view.stations.iter().filter(|station| matches!(station.place, Part::Kubelet(_))).count();
    let least = number(lines) * 40.0;
    let y = above + (height - above - below).max(2.0 * (r + BAND)) / 2.0;
    Ring { x: (width / 2.0).round(), y: y.max(least / 2.0 + 60.0).round(), r: r.round() }
}

fn narrow_ring(width: f32) -> Ring {
    let r = ((width - 60.0) / 2.0 - BAND).clamp(100.0, 170.0).round();
    Ring { x: (width / 2.0).round(), y: r + BAND + 44.0, r }
}

/// Where stations touch the ring when their callouts are listed below it: etcd above, the rest
/// evenly around.
fn stacked_angles(count: usize) -> Vec<f32> {
    (0..count).map(|index| -90.0 + 360.0 * number(index) / number(count.max(1))).collect()
}

struct Scene<'a> {
    drawing: &'a mut Drawing,
    words: &'a Words,
    selected: Option<&'a Key>,
    ring: Ring,
}

impl Scene<'_> {
    fn at(&self, angle: f32, r: f32) -> (f32, f32) {
        let turn = angle.to_radians();
        (self.ring.x + r * turn.cos(), self.ring.y + r * turn.sin())
    }

    fn station_pick(&mut self, station: &Station, x: f32, y: f32) -> usize {
        let said: Vec<String> = station.lines.iter().map(|line| line.say(self.words)).collect();
        let selected = station.key.is_some() && self.selected == station.key.as_ref();
        let label = format!("{}, {}", station.name.say(self.words), said.join(", "));
        self.drawing.pick(Pick { key: station.key.clone(), label, selected, stop: true, x, y })
    }

    fn callout(&mut self, station: &Station, it: Callout) {
        let (px, py) = self.at(it.angle, self.ring.r + BAND);
        let shelf = match (station.closes, station.stopped) {
            (_, true) => "shelf off",
            (true, _) => "shelf on",
            _ => "shelf",
        };
        let (x, anchor) = match it.side {
            Side::Right => (it.near + 8.0, ""),
            Side::Left => (it.near - 8.0, "end"),
            _ => (self.ring.x, "mid"),
        };
        let leader = if matches!(it.side, Side::Top | Side::Bottom) {
            format!("M{px} {py}V{}M{} {}H{}", it.y, it.near, it.y, it.far)
        } else {
            format!("M{px} {py}L{} {}H{}", it.near, it.y, it.far)
        };
        let room = if matches!(it.side, Side::Top | Side::Bottom) { 220.0 } else { (it.far - it.near).abs() - 2.0 };
        let mut shapes = Vec::new();
        let frame = match it.side {
            Side::Right => format!("M{} {}h{}v72h-{}Z", it.near, it.y - 24.0, room + 12.0, room + 12.0),
            Side::Left => format!("M{} {}h{}v72h-{}Z", it.far - 4.0, it.y - 24.0, room + 12.0, room + 12.0),
            Side::Top => format!("M{} {}h120v26h-120Z", self.ring.x - 60.0, it.y - 24.0),
            Side::Bottom => format!("M{} {}h160v46h-160Z", self.ring.x - 80.0, it.y + 2.0),
        };
        let pick = self.station_pick(station, x, it.y);
        let selected = station.key.is_some() && self.selected == station.key.as_ref();
        shapes.push(path(if selected { "hit sel" } else { "hit" }, frame));
        shapes.push(path(shelf, leader));
        let below = it.side == Side::Bottom;
        let name = self.name(station, room);
        shapes.push(text(name_class(station, anchor), x, if below { it.y + 18.0 } else { it.y - 8.0 }, name));
        let first = if below { 35.0 } else { 17.0 };
        for (index, line) in station.lines.iter().take(2).enumerate() {
            let said = line.say(self.words);
            if it.side == Side::Top {
                let room = it.far - it.near;
                shapes.push(text("n11 m t2", it.near + room + 8.0, it.y + 5.0, said));
            } else {
                let said = fitted(&said, 12.0, room + 6.0);
                shapes.push(text(line_class(station, anchor), x, it.y + first + 16.0 * number(index), said));
            }
        }
        self.drawing.group(format!("station {pick}"), "pick", Place::Here, Some(pick), shapes);
    }

    /// A station's name; where it does not fit, without the word for what it is.
    fn name(&self, station: &Station, room: f32) -> String {
        let name = station.name.say(self.words);
        match station.name.args.first() {
            Some((_, Arg::Text(who))) if text_width(&name, 13.6) > room => fitted(who, 13.0, room),
            _ => fitted(&name, 13.0, room),
        }
    }

    /// The callouts as a list below the ring, for panes that have no room beside it.
    fn stack(&mut self, view: &LoopView) {
        let mut y = self.ring.y + self.ring.r + BAND + 40.0;
        let (left, right) = (16.0, self.drawing.width - 16.0);
        for (index, station) in view.stations.iter().enumerate() {
            let pick = self.station_pick(station, left, y);
            let lines: Vec<String> = station.lines.iter().map(|line| line.say(self.words)).collect();
            let class = match (station.closes, station.stopped) {
                (_, true) => "shelf off",
                (true, _) => "shelf on",
                _ => "hair",
            };
            let name = station.name.say(self.words);
            let room = right - left - 34.0 - text_width(&name, 13.0);
            let selected = station.key.is_some() && self.selected == station.key.as_ref();
            let frame = format!("M{left} {}H{right}V{}H{left}Z", y - 22.0, y + 14.0);
            let shapes = vec![
                path(if selected { "hit sel" } else { "hit" }, frame),
                path("inkf", format!("M{left} {}h14v14h-14Z", y - 12.0)),
                text("ti m ref mid", left + 7.0, y - 2.0, (index + 1).to_string()),
                text(name_class(station, ""), left + 22.0, y, name),
                text(line_class(station, "end"), right, y, fitted(&lines.join(", "), 12.0, room)),
                path(class, format!("M{left} {}H{right}", y + 14.0)),
            ];
            self.drawing.group(format!("station {pick}"), "pick", Place::Here, Some(pick), shapes);
            y += 36.0;
        }
        self.drawing.height = self.drawing.height.max(y);
    }

    fn ring(&mut self, view: &LoopView, angles: &[f32], numbered: bool) {
        let Ring { x, y, r } = self.ring;
        // A ring that answers nobody is drawn as what stands still is.
        let pen = if view.outage.is_some() { "ring off" } else { "ring" };
        self.drawing.shapes.push(Shape::Circle { class: "ringband", x, y, r });
        self.drawing.shapes.push(Shape::Circle { class: pen, x, y, r: r + BAND });
        self.drawing.shapes.push(Shape::Circle { class: pen, x, y, r: r - BAND });
        for (index, (station, angle)) in view.stations.iter().zip(angles).enumerate() {
            let (px, py) = self.at(*angle, r + BAND);
            let class = match (station.closes, station.stopped) {
                (_, true) => "port off",
                (true, _) => "port on",
                _ => "port",
            };
            let plug = vec![path(class, "M-4 -7H4V7H-4Z".to_owned())];
            self.drawing.group(
                format!("port {index}"),
                "",
                Place::Turn { x: px, y: py, from: *angle, to: *angle },
                None,
                plug,
            );
            if numbered {
                let (nx, ny) = self.at(*angle, r + BAND + 16.0);
                self.drawing.text("ref mid", nx, ny + 3.0, (index + 1).to_string());
            }
        }
        let arc = |radius: f32, from: f32, to: f32, sweep: u8| {
            let ((x0, y0), (x1, y1)) = (self.at(from, radius), self.at(to, radius));
            format!("M{x0} {y0}A{radius} {radius} 0 0 {sweep} {x1} {y1}")
        };
        let name = arc(r - 4.5, -98.0 - (104.0 / (r - 4.5)).to_degrees().max(60.0), -98.0, 1);
        let doors = arc(r + 4.0, 135.0, 45.0, 0);
        self.drawing.shapes.push(Shape::Along { class: "m n11", d: name, middle: 46.0, text: "kube-apiserver" });
        let shape = Shape::Along { class: "tp m n11", d: doors, middle: 50.0, text: "authn  authz  admission" };
        self.drawing.shapes.push(shape);
    }

    /// Where there are several API servers they are gates in the band, and etcd's members stand beside
    /// its name. In a narrow pane both stand in rows below the list.
    fn members(&mut self, view: &LoopView, callouts: &[Callout]) {
        let of = |name: &'static str| view.members.iter().filter(move |member| member.part.name() == name);
        let top = callouts.iter().find(|it| it.side == Side::Top).copied();
        if view.members.is_empty() {
            return;
        }
        match top {
            Some(etcd) => {
                let step = (26.0 / self.ring.r).to_degrees();
                for (index, member) in of("kube-apiserver").enumerate() {
                    let (x, y) = self.at(-78.0 + step * (number(index) + 0.5), self.ring.r);
                    self.member(member, x, y);
                }
                let count = of("etcd").count();
                for (index, member) in of("etcd").enumerate() {
                    let x = etcd.near - 8.0 - 26.0 * number(count - index) + 13.0;
                    self.member(member, x, etcd.y - 10.0);
                }
            }
            None => {
                let mut y = self.drawing.height + 12.0;
                for part in ["kube-apiserver", "etcd"] {
                    self.drawing.text("s n13", 38.0, y, part);
                    for (index, member) in of(part).enumerate() {
                        self.member(member, 168.0 + 40.0 * number(index), y - 5.0);
                    }
                    y += 40.0;
                }
                self.drawing.height = y;
            }
        }
        if let Some(outage) = &view.outage {
            let said = outage.say(self.words);
            // In a narrow pane there is room above the ring.
            if top.is_some() {
                self.drawing.text("s n13 tr", sheet::margin(self.drawing.width), 52.0, said);
            } else {
                self.drawing.text(
                    "s n13 tr mid halo",
                    self.ring.x,
                    17.0,
                    fitted(&said, 13.0, self.drawing.width - 32.0),
                );
            }
        }
    }

    fn member(&mut self, member: &MemberView, x: f32, y: f32) {
        let state = self.words.text(if member.stopped { "state-stopped" } else { "list-running" });
        let label = format!("{}, {state}", member.name);
        let pick = self.drawing.pick(Pick { key: None, label, selected: false, stop: true, x, y: y - 12.0 });
        let class = if member.stopped { "member off" } else { "member" };
        let mut shapes = vec![path("hit", "M-13 -16H13V16H-13Z".to_owned()), path(class, "M-8 -7H8V7H-8Z".to_owned())];
        shapes.push(if member.stopped {
            path("member-x", "M-3.5 -3.5L3.5 3.5M3.5 -3.5L-3.5 3.5".to_owned())
        } else {
            text("m n11 mid", 0.0, 4.0, member.number.to_string())
        });
        self.drawing.group(format!("member {}", member.name), "pick", Place::At(x, y), Some(pick), shapes);
    }
}

fn name_class(station: &Station, anchor: &str) -> &'static str {
    match (station.stopped, station.closes, anchor) {
        (true, _, "end") => "s n13 tr end",
        (true, _, "mid") => "s n13 tr mid",
        (true, ..) => "s n13 tr",
        (_, true, "end") => "s n13 tb end",
        (_, true, "mid") => "s n13 tb mid",
        (_, true, _) => "s n13 tb",
        (.., "end") => "s n13 end",
        (.., "mid") => "s n13 mid",
        _ => "s n13",
    }
}

fn line_class(station: &Station, anchor: &str) -> &'static str {
    match (station.stopped, anchor) {
        (true, "end") => "tr end",
        (true, "mid") => "tr mid",
        (true, _) => "tr",
        (_, "end") => "t2 end",
        (_, "mid") => "t2 mid",
        _ => "t2",
    }
}

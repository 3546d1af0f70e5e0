//! The Loop lens: kube-apiserver is the ring, everyone else touches it at a port.

mod grid;
mod legend;

use grid::Grid;
use legend::legend;

use super::shapes::{self, Inscription, Pen, Plate, dimension};
use super::sheet::{self, BORDER_FROM};
use super::{Drawing, Pick, Place, Shape, fitted, number, path, text, text_width};
use drydock::view::Key;
use drydock::view::control_loop::{Flight, LoopView, MemberView, Place as Part, Station};
use drydock::view::wish::{PodState, WishRow};
use drydock::words::{Arg, Words, say};

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

/// Draws the sheet for a pane of `width` by `height`.
#[must_use]
pub fn draw(view: &LoopView, words: &Words, selected: Option<&Key>, width: f32, height: f32) -> Drawing {
    let mut drawing = Drawing { width, height, ..Drawing::default() };
    let stacked = width < 600.0;
    let ring = if stacked { narrow_ring(width) } else { wide_ring(view, width, height) };
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
    let (above, below) = (92.0 + bordered, if height < LEGEND_FROM { 104.0 } else { 150.0 });
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

fn place_callouts(view: &LoopView, ring: Ring, width: f32) -> Vec<Callout> {
    let on = |side: Side| view.stations.iter().filter(|station| side_of(&station.place) == side).count();
    let (rights, lefts) = (on(Side::Right), on(Side::Left));
    let (mut right, mut left) = (0, 0);
    let edge = if width < BORDER_FROM { 16.0 } else { 39.0 };
    let outer = ring.r + BAND;
    let place = |station: &Station| match side_of(&station.place) {
        Side::Top => Callout {
            angle: -90.0,
            near: ring.x - 60.0,
            far: ring.x + 60.0,
            y: ring.y - outer - 46.0_f32.max(outer * 0.28).min(78.0),
            side: Side::Top,
        },
        Side::Bottom => Callout {
            angle: 90.0,
            near: ring.x - 80.0,
            far: ring.x + 80.0,
            y: ring.y + outer + 24.0,
            side: Side::Bottom,
        },
        Side::Right => {
            right += 1;
            let angle = spread(right - 1, rights);
            let y = ring.y + height_of(angle, outer) - 12.0;
            let near = (ring.x + outer + 10.0).max(ring.x + outer * angle.to_radians().cos() + 14.0);
            Callout { angle, near, far: (near + 190.0).min(width - edge + 11.0), y: y.round(), side: Side::Right }
        }
        Side::Left => {
            left += 1;
            let angle = 180.0 - spread(left - 1, lefts);
            let y = ring.y + height_of(spread(left - 1, lefts), outer) - 12.0;
            let near = (ring.x - outer - 10.0).min(ring.x + outer * angle.to_radians().cos() - 14.0);
            Callout { angle, near, far: (near - 190.0).max(edge - 11.0), y: y.round(), side: Side::Left }
        }
    };
    view.stations.iter().map(place).collect()
}

/// The angle of the `index`-th of `count` ports on one side.
fn spread(index: usize, count: usize) -> f32 {
    let reach = match count {
        0..=1 => 0.0,
        2 => 28.0,
        3 => 34.0,
        4 => 42.0,
        _ => 52.0,
    };
    if count < 2 { 0.0 } else { -reach + 2.0 * reach * number(index) / number(count - 1) }
}

/// How far from the middle the callout of an angle stands: a little further out than its port.
fn height_of(angle: f32, outer: f32) -> f32 {
    outer * angle.to_radians().sin() * 1.18
}

fn side_of(place: &Part) -> Side {
    match place {
        Part::Etcd => Side::Top,
        Part::Controller(_) => Side::Right,
        Part::Scheduler => Side::Bottom,
        Part::Kubelet(_) => Side::Left,
    }
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
            // In a narrow pane there is room between ring and list.
            if top.is_some() {
                self.drawing.text("s n13 tr", sheet::margin(self.drawing.width), 52.0, said);
            } else {
                let y = self.ring.y + self.ring.r + BAND + 14.0;
                self.drawing.text("s n13 tr mid halo", self.ring.x, y, fitted(&said, 13.0, self.drawing.width - 32.0));
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

    /// A watch event or a write on its way, with a trail of three dashes, and what it says.
    fn flight(&mut self, flight: &Flight, angles: &[f32], callouts: &[Callout], (side, line): (f32, usize)) {
        let (Some(from), Some(to)) = (angles.get(flight.from), angles.get(flight.to)) else { return };
        let turn = shortest(to - from);
        let share = number(usize::try_from(flight.progress).unwrap_or_default()) / 1000.0;
        // It stops short of the port, so that port and dot are both seen.
        let reach = turn - turn.signum() * 7.0;
        let end = from + reach * share;
        let r = self.ring.r;
        let back = -turn.signum();
        let arc = |near: f32, far: f32| {
            let (a, b) = ((back * near).to_radians(), (back * far).to_radians());
            let sweep = u8::from(back > 0.0);
            format!("M{} {}A{r} {r} 0 0 {sweep} {} {}", r * a.cos(), r * a.sin(), r * b.cos(), r * b.sin())
        };
        let degree = |length: f32| (length / r).to_degrees();
        let mut shapes: Vec<Shape> = [("trail t1", 8.0, 30.0), ("trail t2", 34.0, 58.0), ("trail t3", 62.0, 84.0)]
            .into_iter()
            .filter(|(_, near, _)| degree(*near) < (reach * share).abs() + 8.0)
            .map(|(class, near, far)| path(class, arc(degree(near), degree(far))))
            .collect();
        shapes.push(if flight.is_write {
            path("bluef", format!("M{} -6h12v12h-12Z", r - 6.0))
        } else {
            Shape::Circle { class: "event", x: r, y: 0.0, r: 6.0 }
        });
        let place = Place::Turn { x: self.ring.x, y: self.ring.y, from: *from, to: end };
        self.drawing.group(format!("flight {}", flight.id), "flight", place, None, shapes);
        self.flight_label(flight, side, callouts, line);
    }

    /// What travels is said above the ring, on the side on which it travels.
    fn flight_label(&mut self, flight: &Flight, side: f32, callouts: &[Callout], line: usize) {
        if callouts.is_empty() || line > 1 {
            return;
        }
        let outer = self.ring.r + BAND;
        let label = fitted(&flight.label, 11.0, 180.0);
        // Above the ring, and above the name of the first callout on this side.
        let is_here = |it: &&Callout| it.side == if side < 0.0 { Side::Left } else { Side::Right };
        let first = callouts.iter().filter(is_here).map(|it| it.y - 28.0).fold(f32::MAX, f32::min);
        let above = (self.ring.y - outer * 0.94 - 8.0).min(first);
        let class = if side < 0.0 { "m n11 tb end halo" } else { "m n11 tb halo" };
        let (x, y) = (self.ring.x + side * (outer * 0.36 + 6.0), above - 14.0 * number(line));
        self.drawing.group(
            format!("label {}", flight.id),
            "flight-label",
            Place::At(x, y),
            None,
            vec![text(class, 0.0, 0.0, label)],
        );
    }

    /// Wish and world side by side, and the number that is the difference.
    fn middle(&mut self, row: &WishRow) {
        let words = self.words;
        let inner = self.ring.r - BAND;
        let width = (inner * 1.3).min(230.0);
        let (want, have, gap) = (row.want.max(0), row.have(), row.gap());
        let count = usize::try_from(want.max(have)).unwrap_or_default().clamp(1, 120);
        let grid = Grid::of(count, width, inner * 0.42);
        let used = number(grid.per_line) * (grid.w + grid.gap) - grid.gap;
        let x = (self.ring.x - used / 2.0).round();
        let line = |items: usize| number(items.div_ceil(grid.per_line).max(1)) * (grid.h + grid.gap) - grid.gap;
        let wishes = usize::try_from(want).unwrap_or_default().min(count);
        let worlds = usize::try_from(have).unwrap_or_default().min(count);
        let tall = 30.0 + line(wishes) + 28.0 + line(worlds) + if gap == 0 { 40.0 } else { 96.0 };
        if tall > inner * 1.84 {
            self.compact(row, count, inner);
            return;
        }
        let top = (self.ring.y - tall / 2.0).max(self.ring.y - inner * 0.82).round();
        if inner >= 92.0 {
            self.drawing.text("mid s n13", self.ring.x, top - 2.0, fitted(&row.key.name, 13.0, width * 0.6));
        }
        let wish_y = top + 20.0;
        self.drawing.text("tb s", x, wish_y, words.text("wish"));
        self.drawing.text("tb s end n13", x + used, wish_y, want.to_string());
        for index in 0..wishes {
            let (px, py) = grid.place(index, x, wish_y + 8.0);
            let met = index < worlds;
            let plate = shapes::plate(Plate::Wished, grid.w, grid.h, Inscription::default());
            let class = if met { "plate wished held" } else { "plate wished" };
            self.drawing.group(format!("wish {index}"), class, Place::At(px, py), None, plate);
        }
        let world_y = wish_y + 8.0 + line(wishes) + 28.0;
        let in_line = worlds.min(grid.per_line);
        self.drawing.text("s", x, world_y, words.text("world"));
        let end = if in_line == 0 { x + used } else { (grid.place(in_line - 1, x, 0.0).0 + grid.w).max(x + 60.0) };
        self.drawing.text("s end n13", end, world_y, have.to_string());
        let pods = row.pods.iter().filter(|pod| is_there(pod.state));
        for (index, pod) in pods.take(worlds).enumerate() {
            let (px, py) = grid.place(index, x, world_y + 8.0);
            let plate = Plate::Pod(pod.state);
            let shapes = shapes::plate(plate, grid.w, grid.h, Inscription::default());
            self.drawing.group(format!("world {index}"), plate.class(), Place::At(px, py), None, shapes);
        }
        let bottom = world_y + 8.0 + line(worlds);
        let (words_end, words_bottom) = if inner < 92.0 { (x, bottom) } else { self.states(row, x, bottom + 22.0) };
        if gap != 0 {
            self.gap(gap, worlds, wishes, &grid, x, world_y + 8.0, (bottom, words_end, words_bottom));
        }
    }

    /// The same where there is little room: one row of plates for both, and the number.
    fn compact(&mut self, row: &WishRow, count: usize, inner: f32) {
        let words = self.words;
        let gap = row.gap();
        let (width, budget) = (inner * 1.3, if gap == 0 { inner * 1.0 } else { inner * 0.56 });
        let grid = Grid::within(count, width, budget);
        let used = number(grid.per_line) * (grid.w + grid.gap) - grid.gap;
        let (x, top) = ((self.ring.x - used / 2.0).round(), (self.ring.y - inner * 0.66).round());
        let half = width / 2.0;
        self.drawing.text("tb s", self.ring.x - half, top, say!(words, "wish-count", want = row.want));
        self.drawing.text("s end", self.ring.x + half, top, say!(words, "world-count", have = row.have()));
        let there: Vec<PodState> = row.pods.iter().map(|pod| pod.state).filter(|state| is_there(*state)).collect();
        for index in 0..count {
            let plate = there.get(index).map_or(Plate::Wished, |state| Plate::Pod(*state));
            let (px, py) = grid.place(index, x, top + 10.0);
            let shapes = shapes::plate(plate, grid.w, grid.h, Inscription::default());
            self.drawing.group(format!("world {index}"), plate.class(), Place::At(px, py), None, shapes);
        }
        if gap != 0 {
            let base = (self.ring.y + inner * 0.56).round();
            self.drawing.text("gapnum mid small", self.ring.x, base, gap.to_string().replace('-', "−"));
            self.drawing.text("tb s mid", self.ring.x, base + 19.0, words.text("difference"));
        }
    }

    /// How many are in which state. Returns how far the words reach to the right and down.
    fn states(&mut self, row: &WishRow, x: f32, y: f32) -> (f32, f32) {
        let order = [
            PodState::Ready,
            PodState::Starting,
            PodState::Pending,
            PodState::Failing,
            PodState::Leaving,
            PodState::Unknown,
        ];
        let (mut line, mut end) = (0.0, x);
        for state in order {
            let count = row.pods.iter().filter(|pod| pod.state == state).count();
            if count > 0 && line < 3.0 {
                let said = say!(self.words, "count-of", count = count, state = self.words.text(state.word()));
                let class = if state == PodState::Failing { "tr" } else { "t2" };
                end = end.max(x + text_width(&said, 12.0));
                self.drawing.text(class, x, y + 17.0 * line, said);
                line += 1.0;
            }
        }
        (end, y + 17.0 * (line - 1.0))
    }

    /// The dimension of what is missing (or too much), and its number in the largest type.
    #[expect(clippy::too_many_arguments, reason = "the places of two rows of plates")]
    fn gap(&mut self, gap: i64, worlds: usize, wishes: usize, grid: &Grid, x: f32, y: f32, free: (f32, f32, f32)) {
        let (bottom, words_end, words_bottom) = free;
        let last = wishes.max(worlds);
        let from = worlds.min(wishes) % grid.per_line;
        let lines = last.div_ceil(grid.per_line);
        let to = if lines > 1 { grid.per_line } else { last };
        let x0 = grid.place(from, x, 0.0).0;
        let x1 = grid.place(to.max(from + 1) - 1, x, 0.0).0 + grid.w;
        if lines <= 1 && gap > 0 {
            let level = y + grid.h / 2.0;
            let mut shapes = dimension(Pen::Blue, x0, x1, level, 8.0, "");
            shapes.truncate(3);
            self.drawing.path("lnb1", format!("M{x0} {}V{level}M{x1} {}V{level}", y - 30.0, y - 30.0));
            self.drawing.shapes.extend(shapes);
        }
        let inner = self.ring.r - BAND;
        let (class, size) = if inner >= 130.0 { ("gapnum mid", 84.0) } else { ("gapnum mid small", 72.0) };
        let middle = f32::midpoint(x0, x1).clamp(self.ring.x + inner * 0.22, self.ring.x + inner * 0.42);
        // The number stands beside the words, or, where they are long, below them.
        let half = size * 0.3 * number(gap.to_string().len());
        let base = size * 0.86 + if words_end > middle - half { words_bottom.max(bottom) } else { bottom };
        self.drawing.text(class, middle, base, gap.to_string().replace('-', "−"));
        self.drawing.text("tb s mid", middle, base + 20.0, self.words.text("difference"));
    }
}

/// Whether a Pod counts as being in the world.
fn is_there(state: PodState) -> bool {
    !matches!(state, PodState::Pending | PodState::Leaving | PodState::Done)
}

/// The shorter way round, in degrees.
fn shortest(turn: f32) -> f32 {
    let turn = turn.rem_euclid(360.0);
    if turn > 180.0 { turn - 360.0 } else { turn }
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

//! The cloud on the Map lens: boxes in boxes, things in subnets, nodes as docks where they are
//! instances, and the way of a traced packet.

use super::docks;
use super::shapes::{self, Inscription, Plate};
use super::{Drawing, Pick, Place, fitted, number, path, text, text_width};
use drydock::view::Key;
use drydock::view::cloud::{CloudView, CloudZone, SubnetView, Thing, VpcView};
use drydock::view::map::{MapView, ZoneView};
use drydock::view::tracer::{HopKind, LAPTOP, OUTSIDE, TraceView};
use drydock::view::wish::PodState;
use drydock::words::{Words, say};
use std::collections::BTreeMap;
use std::rc::Rc;

const PAD: f32 = 12.0;
const CARD_H: f32 = 28.0;
const CARD_W: f32 = 132.0;
const CAPTION: f32 = 30.0;
const GAP: f32 = 10.0;

/// What is drawn, and for whom.
pub struct Sheet<'a> {
    /// The cloud.
    pub cloud: &'a CloudView,
    /// The cluster's nodes.
    pub map: &'a MapView,
    /// The words.
    pub words: &'a Words,
    /// What is selected.
    pub selected: Option<&'a Key>,
    /// The traced packet.
    pub trace: Option<&'a TraceView>,
}

struct Scene<'a, 'd> {
    sheet: &'a Sheet<'a>,
    drawing: &'d mut Drawing,
    /// How many boxes lie at the back.
    frames: usize,
    /// Where a way passes each thing, by its id.
    anchors: BTreeMap<Rc<str>, (f32, f32)>,
}

/// Draws the cloud; returns its lower edge.
pub fn draw(drawing: &mut Drawing, sheet: &Sheet<'_>, left: f32, top: f32, width: f32) -> f32 {
    let mut scene = Scene { sheet, drawing, frames: 0, anchors: BTreeMap::new() };
    let mut y = top + 8.0;
    let is_traced = sheet.trace.is_some();
    if is_traced {
        y = scene.outside(left, y);
    }
    let words = sheet.words;
    let (region_top, mut inner) = (y + 8.0, y + 34.0);
    inner = super::plane::draw(scene.drawing, sheet.cloud, words, left + PAD, inner, width - 2.0 * PAD);
    if sheet.cloud.vpcs.is_empty() {
        scene.drawing.text("t2", left + 2.0 * PAD, inner + 16.0, words.text("cloud-empty"));
        inner += 40.0;
    }
    for vpc in &sheet.cloud.vpcs {
        inner = scene.vpc(vpc, left + PAD, inner, width - 2.0 * PAD) + 18.0;
    }
    let bottom = inner;
    scene.frame("lnl", left, region_top, width, bottom - region_top);
    scene.label(left + 14.0, region_top + 4.0, words.text("cloud-region"), &sheet.cloud.region);
    let hour = say!(words, "cloud-hour", dollars = &sheet.cloud.hour);
    let room = text_width(&hour, 11.0) + 12.0;
    if room + 220.0 < width {
        scene
            .drawing
            .path("sheetf", format!("M{} {}h{room}v14h-{room}Z", left + width - room - 12.0, region_top - 7.0));
        scene.drawing.text("n11 t2 end", left + width - 18.0, region_top + 4.0, hour);
    }
    if let Some(trace) = sheet.trace {
        scene.way(trace);
    }
    bottom
}

impl Scene<'_, '_> {
    fn frame(&mut self, class: &'static str, x: f32, y: f32, w: f32, h: f32) {
        // Boxes lie behind what is in them.
        let d = format!("M{} {}h{w}v{h}h-{w}Z", x.round() + 0.5, y.round() + 0.5);
        self.drawing.shapes.insert(0, path(class, d));
        self.frames += 1;
    }

    /// A name on a line, with a value beside it.
    fn label(&mut self, x: f32, y: f32, name: &str, value: &str) {
        let (strong, plain) = (text_width(name, 12.0), text_width(value, 11.0) * 1.08);
        let room = strong + plain + 20.0;
        self.drawing.path("sheetf", format!("M{} {}h{room}v16h-{room}Z", x - 6.0, y - 12.0));
        self.drawing.text("s", x, y, name);
        self.drawing.text("n11 t2 m", x + strong + 8.0, y, value);
    }

    /// What is outside: the laptop, the rest of the internet.
    fn outside(&mut self, left: f32, y: f32) -> f32 {
        // One end of the way at most is out there; which, the question says.
        let asked = self.sheet.trace.map(|trace| &trace.question);
        let is_laptop = asked.is_none_or(|asked| &*asked.from == LAPTOP);
        let address = match asked {
            Some(asked) if !is_laptop && asked.to.parse::<std::net::Ipv4Addr>().is_ok() => &*asked.to,
            Some(asked) if asked.from.parse::<std::net::Ipv4Addr>().is_ok() => &*asked.from,
            _ if is_laptop => LAPTOP,
            _ => OUTSIDE,
        };
        let name = self.sheet.words.text(if is_laptop { "cloud-laptop" } else { "cloud-outside" });
        let w = text_width(name, 13.0).max(110.0) + 20.0;
        self.drawing.path("ln1", format!("M{} {}h{w}v34h-{w}Z", left.round() + 0.5, y.round() + 0.5));
        self.drawing.text("s", left + 10.0, y + 15.0, name);
        self.drawing.text("n11 t2 m", left + 10.0, y + 28.0, address.to_owned());
        let at = (left + w, y + 17.0);
        for end in [LAPTOP, address] {
            self.anchors.insert(end.into(), at);
        }
        y + 44.0
    }

    fn vpc(&mut self, vpc: &VpcView, x: f32, y: f32, w: f32) -> f32 {
        let words = self.sheet.words;
        let count = vpc.zones.len().max(1);
        let columns = if w < 440.0 { 1 } else { count.min(3) };
        let zone_w = (w - 2.0 * PAD - GAP * number(columns - 1)) / number(columns);
        let mut lowest = y + 10.0;
        for row in vpc.zones.chunks(columns) {
            let top = lowest + 20.0;
            let place = |column: usize| x + PAD + number(column) * (zone_w + GAP);
            lowest = self.subnets(row, top + 20.0, zone_w - 16.0, &|column| place(column) + 8.0);
            for (column, zone) in row.iter().enumerate() {
                self.zone((&vpc.id, zone), place(column), top);
            }
            for (column, zone) in row.iter().enumerate() {
                self.frame(if zone.is_down { "chain down" } else { "chain" }, place(column), top, zone_w, lowest - top);
            }
        }
        let bottom = lowest + PAD;
        self.frame("ln15", x, y, w, bottom - y);
        let name = if vpc.name.is_empty() { words.text("cloud-vpc").to_owned() } else { format!("VPC {}", vpc.name) };
        let name = fitted(&name, 12.0, w * 0.4);
        self.label(x + 14.0, y + 4.0, &name, &fitted(&vpc.cidrs, 11.0, w * 0.3));
        if !vpc.gateway.is_empty() {
            self.gateway(vpc, x + w * 0.62, y);
        }
        self.anchors.entry(vpc.id.clone()).or_insert((x + w * 0.62, y));
        bottom
    }

    fn gateway(&mut self, vpc: &VpcView, x: f32, y: f32) {
        self.drawing.path("sheetf", format!("M{} {}h28v16h-28Z", x - 14.0, y - 8.0));
        self.drawing.path("ln2", format!("M{} {}v22M{} {}v22", x - 14.0, y - 11.0, x + 14.0, y - 11.0));
        let words = self.sheet.words.text("cloud-gateway");
        self.drawing.text("n11 t2 halo-s", x + 22.0, y - 5.0, words);
        self.anchors.insert(vpc.gateway.clone(), (x, y));
    }

    /// The subnets of zones that stand side by side, in rows as deep as the deepest of each.
    fn subnets(&mut self, zones: &[CloudZone], y: f32, w: f32, place: &dyn Fn(usize) -> f32) -> f32 {
        let rows = zones.iter().map(|zone| zone.subnets.len()).max().unwrap_or_default();
        let mut at = y;
        for nth in 0..rows {
            let row = || zones.iter().enumerate().filter_map(|(column, zone)| Some((column, zone.subnets.get(nth)?)));
            let mut bottom = at;
            for (column, subnet) in row() {
                bottom = bottom.max(self.subnet(subnet, place(column), at, w));
            }
            for (column, subnet) in row() {
                self.frame(if subnet.is_public { "net public" } else { "net" }, place(column), at, w, bottom - at);
            }
            at = bottom + 10.0;
        }
        at
    }

    fn zone(&mut self, (vpc, zone): (&str, &CloudZone), x: f32, y: f32) {
        let words = self.sheet.words;
        let name = if zone.is_down { say!(words, "cloud-zone-down", zone = &zone.name) } else { zone.name.to_string() };
        let room = text_width(&name, 11.0) + 16.0;
        self.drawing.path("sheetf", format!("M{} {}h{room}v14h-{room}Z", x + 10.0, y - 7.0));
        let pen = if zone.is_down { "n11 s tr m" } else { "n11 t2 m" };
        let said = text(pen, 0.0, 0.0, name.clone());
        docks::zone_name(self.drawing, (vpc, &zone.name), &name, (x + 16.0, y + 4.0), room, said);
    }

    fn subnet(&mut self, subnet: &SubnetView, x: f32, y: f32, w: f32) -> f32 {
        let words = self.sheet.words;
        let kind = words.text(if subnet.is_public { "cloud-public" } else { "cloud-private" });
        let name = if subnet.name.is_empty() { kind } else { &subnet.name };
        let block = text_width(&subnet.cidr, 11.0) * 1.08;
        let has_room = text_width(name, 11.5) + block + 26.0 <= w;
        let name = fitted(name, 12.0, w - 20.0);
        self.drawing.text("n11 s", x + 10.0, y + 16.0, name.clone());
        let free = say!(words, "cloud-free", free = subnet.free);
        // Where both do not fit on a line, the block takes the place of the number, unless that is none.
        if has_room {
            self.drawing.text("n11 t2 m", x + 16.0 + text_width(&name, 11.5), y + 16.0, &*subnet.cidr);
        }
        if has_room || subnet.free == 0 {
            self.drawing.text(if subnet.free == 0 { "n11 tr" } else { "n11 tp" }, x + 10.0, y + 31.0, free);
        } else {
            self.drawing.text("n11 t2 m", x + 10.0, y + 31.0, &*subnet.cidr);
        }
        let bottom = self.things(subnet, x + 10.0, y + 40.0, w - 20.0);
        // At the right, where no name stands.
        self.anchors.insert(subnet.id.clone(), (x + w - 22.0, y));
        bottom
    }

    /// The things of a subnet: cards in rows, then the nodes as docks.
    fn things(&mut self, subnet: &SubnetView, x: f32, y: f32, w: f32) -> f32 {
        let (nodes, cards): (Vec<&Thing>, Vec<&Thing>) = subnet.things.iter().partition(|it| self.node(it).is_some());
        let per_line = (((w + GAP) / (CARD_W + GAP)).floor() as usize).max(1);
        let card_w = ((w - GAP * number(per_line - 1)) / number(per_line)).clamp(90.0, 170.0);
        let line_h = CARD_H + CAPTION;
        for (index, thing) in cards.iter().enumerate() {
            let cx = x + number(index % per_line) * (card_w + GAP);
            self.card(thing, cx, y + number(index / per_line) * line_h, card_w);
        }
        let mut bottom = y + number(cards.len().div_ceil(per_line)) * line_h;
        if !nodes.is_empty() {
            bottom = self.docks(&nodes, x, bottom, w);
        }
        bottom.max(y + 8.0)
    }

    fn node(&self, thing: &Thing) -> Option<drydock::view::map::NodeView> {
        let mut nodes = self.sheet.map.zones.iter().flat_map(|zone| &zone.nodes);
        nodes.find(|node| !thing.node.is_empty() && node.key.name == thing.node).cloned()
    }

    fn docks(&mut self, things: &[&Thing], x: f32, y: f32, w: f32) -> f32 {
        let nodes: Vec<_> = things.iter().filter_map(|thing| self.node(thing)).collect();
        let zones = vec![ZoneView { name: "".into(), out_since: None, nodes }];
        let view = MapView { title: self.sheet.map.title.clone(), rows: Vec::new(), zones };
        let frame = docks::Frame { left: x, top: y, width: w, spare: 0.0 };
        let drawn = docks::draw(self.drawing, &view, self.sheet.words, self.sheet.selected, &frame);
        for (index, thing) in things.iter().enumerate() {
            let step = w / number(things.len());
            self.anchors.insert(thing.id.clone(), (x + step * (number(index) + 0.5), y + 14.0));
        }
        drawn.bottom + 6.0
    }

    fn card(&mut self, thing: &Thing, x: f32, y: f32, w: f32) {
        let words = self.sheet.words;
        let kind = words.text(thing.kind.word());
        let label = say!(words, "cloud-thing", kind = kind, name = &thing.name, status = &thing.status);
        let is_end = self.sheet.trace.is_some_and(|it| it.question.from == thing.id || it.question.to == thing.id);
        let pick = self.drawing.pick(Pick {
            key: None,
            label,
            selected: is_end,
            stop: true,
            x: x + w / 2.0,
            y: y + CARD_H / 2.0,
        });
        self.drawing.named.push((pick, thing.id.clone()));
        let plate = Plate::Pod(thing.state);
        let name = fitted(&thing.name, 11.0, w - 34.0);
        let mut shapes =
            shapes::plate(plate, w, CARD_H, Inscription { name: "", selected: is_end, ..Inscription::default() });
        let pen = match thing.state {
            PodState::Ready => "n11 s ti",
            PodState::Failing => "n11 s tr halo-s",
            _ => "n11 s halo-s",
        };
        shapes.push(text(pen, 8.0, 18.0, name));
        let caption = match thing.kind {
            drydock::view::cloud::ThingKind::Instance => thing.address.to_string(),
            _ => kind.to_owned(),
        };
        self.drawing.text("n11 t2 m", x, y + CARD_H + 13.0, fitted(&caption, 11.0, w));
        self.drawing.text("n11 tp m", x, y + CARD_H + 25.0, fitted(&thing.public, 11.0, w));
        self.drawing.group(format!("thing {}", thing.id), plate.class(), Place::At(x, y), Some(pick), shapes);
        self.anchors.insert(thing.id.clone(), (x + w, y + CARD_H / 2.0));
    }

    // ---- the way of a packet

    /// Where a hop happens on the sheet.
    fn place(&self, trace: &TraceView, index: usize) -> Option<(f32, f32)> {
        let hop = trace.hops.get(index)?;
        let at = |id: &Rc<str>| self.anchors.get(id).copied();
        match hop.kind {
            HopKind::SgEgress => at(&trace.question.from),
            HopKind::NaclEgress | HopKind::NaclIngress | HopKind::Route | HopKind::ReturnRoute => at(&hop.subnet),
            HopKind::SgIngress => {
                let host = trace.hops.iter().skip(index).find(|it| it.kind == HopKind::Host);
                host.and_then(|host| at(&host.component)).or_else(|| at(&trace.question.to))
            }
            HopKind::Internet => at(&trace.question.to).or_else(|| at(&LAPTOP.into())),
            HopKind::NoHost => at(&hop.subnet),
            HopKind::NoPublicIp => at(&hop.component),
            _ => at(&hop.component),
        }
    }

    fn way(&mut self, trace: &TraceView) {
        let mut here = self.anchors.get(&trace.question.from).copied();
        let mut used: BTreeMap<(i32, i32), u16> = BTreeMap::new();
        let mut marks = Vec::new();
        let mut way = String::new();
        for (index, hop) in trace.hops.iter().enumerate() {
            if hop.is_answer && hop.passed || hop.kind == HopKind::Host {
                continue;
            }
            let Some((x, y)) = self.place(trace, index) else { continue };
            if let Some((fx, fy)) = here.filter(|from| *from != (x, y)) {
                way.push_str(&format!("M{fx} {fy}H{x}V{y}"));
            }
            here = Some((x, y));
            let seen = used.entry((x as i32, y as i32)).or_default();
            marks.push((index + 1, x - 19.0 * f32::from(*seen), y, hop.passed));
            *seen += 1;
        }
        let stopped = trace.hops.last().is_some_and(|hop| !hop.passed);
        // Above the boxes, below what stands in them.
        self.drawing.shapes.insert(self.frames, path("ln2", way));
        let target = self.anchors.get(&trace.question.to).copied();
        if let (true, Some((x, y)), Some((tx, ty))) = (stopped, here, target) {
            self.drawing.shapes.insert(self.frames, path("wishline", format!("M{x} {y}H{tx}V{ty}")));
        }
        for (nth, x, y, passed) in marks {
            let (left, up) = (x.round() - 8.0, y.round() - 8.0);
            self.drawing.path(if passed { "inkf" } else { "redf" }, format!("M{left} {up}h16v16h-16Z"));
            if passed {
                self.drawing.text("n11 s mid ti", left + 8.0, up + 12.0, nth.to_string());
            } else {
                self.drawing.path("xcut", format!("M{} {}l8 8m0 -8l-8 8", left + 4.0, up + 4.0));
            }
        }
    }
}

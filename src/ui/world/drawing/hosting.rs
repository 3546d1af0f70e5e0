//! What is hosted outside clusters: the layer stack with its waterline, the meters and the traffic
//! of a service; a host's memory as a wall of machines; an image's layers on the nodes.

use super::shapes::{self, Inscription, Plate};
use super::sheet::{self, BORDER_FROM};
use super::{Drawing, Place, fitted, number, text_width};
use drydock::view::hosting::{ChartView, ColumnView, HostView, HostingView, ImageView, ServiceView, UnitState};
use drydock::view::wish::PodState;
use drydock::words::{Words, say};

/// The height of one layer.
const LAYER: f32 = 28.0;
/// The height of one meter.
const METER: f32 = 32.0;
/// The height of the traffic's drawing.
const CHART: f32 = 180.0;

/// Draws the sheet for a pane of `width` by `height`.
#[must_use]
pub fn draw(view: &HostingView, words: &Words, width: f32, height: f32) -> Drawing {
    let mut drawing = Drawing { width, height, ..Drawing::default() };
    let margin = sheet::margin(width);
    let inner = (width - 2.0 * margin).min(1000.0);
    let left = ((width - inner) / 2.0).round();
    let mut pen = Pen { drawing: &mut drawing, words, left, inner };
    let mut y = if width < BORDER_FROM { 34.0 } else { 58.0 };
    for service in &view.services {
        y = pen.service(service, y) + 40.0;
    }
    for host in &view.hosts {
        y = pen.host(host, y) + 40.0;
    }
    for image in &view.images {
        y = pen.image(image, y) + 40.0;
    }
    drawing.height = drawing.height.max(y + if width < BORDER_FROM { 16.0 } else { 40.0 });
    sheet::border(&mut drawing);
    drawing
}

struct Pen<'a> {
    drawing: &'a mut Drawing,
    words: &'a Words,
    left: f32,
    inner: f32,
}

fn rect(x: f32, y: f32, w: f32, h: f32) -> String {
    format!("M{x} {y}h{w}v{h}h{}Z", -w)
}

impl Pen<'_> {
    fn is_narrow(&self) -> bool {
        self.inner < 520.0
    }

    fn word(&self, key: &str) -> String {
        self.words.say(key, &[])
    }

    // ----- services -----

    fn service(&mut self, service: &ServiceView, top: f32) -> f32 {
        let label = if self.is_narrow() { 74.0 } else { 102.0 };
        let count = number(service.columns.len().max(1));
        let gap = if self.is_narrow() { 6.0 } else { 14.0 };
        let w = (self.inner - label - gap * (count - 1.0)) / count;
        let stack = top + 44.0;
        let height = LAYER * number(service.layers.len());
        for (index, layer) in service.layers.iter().enumerate() {
            let y = stack + LAYER * number(index);
            let name = fitted(&self.word(&format!("layer-{layer}")), 13.0, label - 8.0);
            let class = if service.columns.iter().any(|it| it.patches.iter().any(|patch| patch.layer == index)) {
                "s"
            } else {
                "t2"
            };
            self.drawing.text(class, self.left, y + 19.0, name);
            self.drawing.path("hair", format!("M{} {}h{}", self.left, y + LAYER, label - 12.0));
        }
        let mut line = String::new();
        for (index, column) in service.columns.iter().enumerate() {
            let x = self.left + label + (w + gap) * number(index);
            let level = stack + LAYER * number(column.mine);
            let (from, to) = (x - gap / 2.0, x + w + gap / 2.0);
            let from = if index == 0 { x - 10.0 } else { from };
            line.push_str(&format!("{}{from} {level}H{to}", if index == 0 { "M" } else { "L" }));
            self.column(service, column, x, top, w, stack, height);
        }
        self.drawing.path("waterline", line);
        let said = self.word("hosting-waterline");
        self.drawing.text("s n11 tb", self.left, stack + height + 18.0, said);
        let meters = stack + height + 34.0;
        self.meters(service, label, w, gap, meters);
        let bottom = meters + 3.0 * METER + 8.0;
        self.chart(&service.chart, label, bottom + 30.0)
    }

    #[expect(clippy::too_many_arguments, reason = "a column's frame is all of these")]
    fn column(
        &mut self,
        service: &ServiceView,
        column: &ColumnView,
        x: f32,
        top: f32,
        w: f32,
        stack: f32,
        height: f32,
    ) {
        let head = self.word(&format!("model-{}", column.model));
        self.drawing.text(if column.is_wished { "s n15" } else { "n15" }, x, top, fitted(&head, 15.0, w + 8.0));
        if !self.is_narrow() {
            let about = fitted(&self.word(&format!("model-{}-about", column.model)), 11.0, w);
            self.drawing.text("n11 t2", x, top + 19.0, about);
        }
        let mine = LAYER * number(column.mine);
        self.drawing.path("mine", rect(x, stack, w, mine));
        self.drawing.path("theirs", rect(x, stack + mine, w, height - mine));
        for index in 1..service.layers.len() {
            let y = stack + LAYER * number(index);
            self.drawing.path(if index < column.mine { "lnmine" } else { "hair" }, format!("M{x} {y}h{w}"));
        }
        self.drawing.path(if column.is_wished { "ln2" } else { "lnl" }, rect(x, stack, w, height));
        let me = self.word("hosting-me");
        self.drawing.text("s n11 tb", x + 8.0, stack + 18.0, me);
        if column.mine < service.layers.len() {
            let provider = self.word("hosting-provider");
            let y = stack + height - 10.0;
            self.drawing.text("n11 halo", x + 8.0, y, fitted(&provider, 11.0, w - 12.0));
        }
        for patch in &column.patches {
            let y = stack + LAYER * number(patch.layer);
            if patch.is_mine {
                let hours = say!(self.words, "hosting-exposed", ms = patch.minutes * 60_000);
                let class = if patch.is_closed { "s n11 end t2 halo" } else { "s n11 end tr halo" };
                let room = if self.is_narrow() { 4.0 } else { 26.0 };
                self.drawing.text(class, x + w - room, y + 18.0, hours);
                if !self.is_narrow() && !patch.is_closed {
                    let (cx, cy) = (x + w - 14.0, y + 14.0);
                    self.drawing.path("redf", format!("M{cx} {}l7 12h-14Z", cy - 7.0));
                }
            }
            if patch.is_closed {
                let shapes = shapes::plate(Plate::Pod(PodState::Ready), 16.0, 11.0, Inscription::default());
                let key = format!("patch {} {}", column.model, patch.layer);
                let at = if patch.is_mine && self.is_narrow() { x + 4.0 } else { x + w - 22.0 };
                self.drawing.group(key, Plate::Pod(PodState::Ready).class(), Place::At(at, y + 9.0), None, shapes);
            }
        }
        if column.is_wished {
            // The keel blocks on which what is wished for stands.
            let y = stack + height;
            self.drawing.path("inkf", rect(x + 10.0, y, 8.0, 5.0) + &rect(x + w - 18.0, y, 8.0, 5.0));
            self.drawing.path("ln2", format!("M{} {}h{}", x - 6.0, y + 6.0, w + 12.0));
        }
    }

    fn meters(&mut self, service: &ServiceView, label: f32, w: f32, gap: f32, top: f32) {
        self.drawing.path("hair", format!("M{} {top}h{}", self.left, self.inner));
        for (row, key) in ["hosting-cost", "hosting-lost", "hosting-upkeep"].into_iter().enumerate() {
            let y = top + METER * number(row);
            let name = fitted(&self.word(key), 13.0, label - 6.0);
            self.drawing.text("t2", self.left, y + 21.0, name);
            self.drawing.path("hair", format!("M{} {}h{}", self.left, y + METER, self.inner));
            for (index, column) in service.columns.iter().enumerate() {
                let x = self.left + label + (w + gap) * number(index);
                match column.figures {
                    None => self.drawing.path("wishline", rect(x, y + 9.0, (w * 0.34).clamp(20.0, 44.0), 14.0)),
                    Some((cost, lost, upkeep)) => {
                        let value = match row {
                            0 => say!(self.words, "hosting-dollars", dollars = cost),
                            1 => say!(self.words, "hosting-count", count = lost),
                            _ => say!(self.words, "hosting-hours", ms = upkeep * 60_000),
                        };
                        let class = if column.is_wished { "s n15" } else { "t2" };
                        self.drawing.text(class, x, y + 22.0, fitted(&value, 15.0, w));
                    }
                }
            }
        }
    }

    fn chart(&mut self, chart: &ChartView, label: f32, top: f32) -> f32 {
        let (x0, x1) = (self.left + label.min(66.0), self.left + self.inner);
        let (head, unit) = (self.word("hosting-traffic"), self.word("hosting-per-second"));
        self.drawing.text("s", self.left, top, head);
        self.drawing.text("n11 t2", self.left, top + 17.0, unit);
        let (upper, lower) = (top + 30.0, top + 30.0 + CHART);
        let minutes = (chart.span.1 - chart.span.0).max(1) as f32;
        let x = |minute: i64| x0 + (x1 - x0) * (minute - chart.span.0) as f32 / minutes;
        let y = |rps: i64| lower - (lower - upper) * rps as f32 / chart.top.max(1) as f32;
        for part in 1..=4 {
            let value = chart.top * part / 4;
            self.drawing.path("hair", format!("M{x0} {}H{x1}", y(value)));
            self.drawing.text("n11 m tp end", x0 - 6.0, y(value) + 4.0, value.to_string());
        }
        // What came and found no room, and what stood idle, minute by minute.
        let (mut lost, mut idle) = (String::new(), String::new());
        for pair in chart.past.windows(2) {
            let [one, two] = pair else { continue };
            let (a, b) = (x(one.minute), x(two.minute));
            if one.demand > one.capacity {
                lost.push_str(&format!("M{a} {}V{}H{b}V{}Z", y(one.capacity), y(one.demand), y(one.capacity)));
            } else {
                idle.push_str(&format!("M{a} {}V{}H{b}V{}Z", y(one.demand), y(one.capacity), y(one.demand)));
            }
        }
        self.drawing.path("idlef", idle);
        self.drawing.path("lostf", lost.clone());
        let way = |samples: &[drydock::view::hosting::Sample], of: fn(&drydock::view::hosting::Sample) -> i64| {
            let points = samples.iter().enumerate().map(|(index, sample)| {
                format!("{}{:.1} {:.1}", if index == 0 { "M" } else { "L" }, x(sample.minute), y(of(sample)))
            });
            points.collect::<String>()
        };
        self.drawing.path("ln15", way(&chart.past, |sample| sample.capacity));
        self.drawing.path("wishline", way(&chart.ahead, |sample| sample.capacity));
        self.drawing.path("demand", way(&chart.past, |sample| sample.demand));
        self.drawing.path("demand ahead", way(&chart.ahead, |sample| sample.demand));
        self.drawing.path("bought", format!("M{x0} {}H{x1}", y(chart.bought)));
        let said = self.word("hosting-bought");
        self.drawing.text("n11 tp halo", x0 + 6.0, y(chart.bought) - 5.0, said);
        if !lost.is_empty() {
            let said = self.word("hosting-lost");
            self.drawing.text("s n11 tr halo end", x(chart.now) - 8.0, upper + 10.0, said);
        }
        let now = x(chart.now);
        self.drawing.path("ln2", format!("M{now} {}V{lower}", upper - 12.0));
        self.drawing.path("inkf", format!("M{} {}h12v6l-6 6-6-6Z", now - 6.0, upper - 20.0));
        self.drawing.path("ln1", format!("M{x0} {lower}H{x1}"));
        let step = if self.is_narrow() { 60 } else { 30 };
        for minute in chart.span.0..chart.span.1 {
            let clock = (chart.clock + minute - chart.span.0).rem_euclid(1440);
            if clock % step == 0 {
                self.drawing.path("ln1", format!("M{} {lower}v5", x(minute)));
                let label = format!("{:02}:{:02}", clock / 60, clock % 60);
                self.drawing.text("n11 m tp mid", x(minute), lower + 19.0, label);
            }
        }
        lower + 24.0
    }

    // ----- hosts -----

    fn host(&mut self, host: &HostView, top: f32) -> f32 {
        let (all, used, systems) = host.memory;
        self.drawing.text("s n15", self.left, top, host.name.to_string());
        let said = say!(
            self.words,
            "host-said",
            used = used,
            all = all,
            systems = systems,
            kernels = host.kernels,
            running = i64::try_from(host.units.iter().filter(|it| it.state == UnitState::Running).count())
                .unwrap_or_default()
        );
        self.drawing.text("t2", self.left, top + 20.0, fitted(&said, 13.0, self.inner));
        // Memory as one bar: systems hatched, programs solid, the rest free.
        let (y, h) = (top + 34.0, 20.0);
        let scale = |mebibytes: i64| self.inner * (mebibytes.clamp(0, all) as f32) / (all.max(1) as f32);
        let (a, b) = (scale(systems), scale(used));
        self.drawing.path("theirs", rect(self.left, y, a, h));
        self.drawing.path("mine", rect(self.left + a, y, (b - a).max(0.0), h));
        self.drawing.path("ln15", rect(self.left, y, self.inner, h));
        let columns = (self.inner / 150.0).floor().max(2.0);
        let w = (self.inner - 10.0 * (columns - 1.0)) / columns;
        let start = y + h + 18.0;
        let mut bottom = start;
        for (index, unit) in host.units.iter().enumerate() {
            let (row, column) = ((number(index) / columns).floor(), number(index) % columns);
            let (x, y) = (self.left + (w + 10.0) * column, start + 58.0 * row);
            bottom = y + 48.0;
            let frame = match unit.state {
                UnitState::Running => "ln15",
                UnitState::NoRoom => "wishline",
                UnitState::Starting => "lnp",
                UnitState::OutOfMemory | UnitState::Panicked => "lnr",
            };
            if unit.is_vm {
                // A guest operating system at the bottom of every virtual machine.
                self.drawing.path("theirs", rect(x, y + 32.0, w, 14.0));
            }
            self.drawing.path(frame, rect(x, y, w, 46.0));
            self.drawing.text("s n11", x + 6.0, y + 14.0, fitted(&unit.name, 11.0, w - 12.0));
            let state = match unit.state {
                UnitState::Running => {
                    say!(self.words, "host-unit-runs", mebibytes = unit.memory.0, ms = unit.answer_ms)
                }
                other => self.word(&format!("host-unit-{}", other.word().to_ascii_lowercase())),
            };
            let class = if frame == "lnr" || unit.answer_ms > 40 { "n11 tr" } else { "n11 t2" };
            self.drawing.text(class, x + 6.0, y + 28.0, fitted(&state, 11.0, w - 12.0));
            if unit.is_throttled || unit.restarts > 0 {
                let key = if unit.restarts > 0 { "host-unit-restarts" } else { "host-unit-throttled" };
                let note = say!(self.words, key, count = unit.restarts);
                self.drawing.text("n11 tp halo", x + 6.0, y + 42.0, fitted(&note, 11.0, w - 12.0));
            }
        }
        bottom
    }

    // ----- images -----

    fn image(&mut self, image: &ImageView, top: f32) -> f32 {
        self.drawing.text("s n15", self.left, top, image.name.to_string());
        let places = 2 + image.nodes.len();
        let label = (self.inner * 0.42).min(360.0);
        let w = ((self.inner - label) / number(places)).min(120.0);
        let mut heads = vec![self.word("image-build"), self.word("image-registry")];
        heads.extend(image.nodes.iter().map(|(node, ..)| node.to_string()));
        for (index, head) in heads.iter().enumerate() {
            let x = self.left + label + w * number(index);
            self.drawing.text("n11 t2", x, top + 24.0, fitted(head, 11.0, w - 6.0));
        }
        let mut y = top + 34.0;
        for layer in &image.layers {
            let name = fitted(&layer.instruction, 13.0, label - 70.0);
            self.drawing.text("m n11", self.left, y + 17.0, name);
            let size = say!(self.words, "image-size", mebibytes = layer.size);
            self.drawing.text("n11 tp end", self.left + label - 12.0, y + 17.0, size);
            let mut cells = vec![(layer.built, layer.is_cached), (layer.pushed, false)];
            cells.extend(layer.on_nodes.iter().map(|there| (*there, false)));
            for (index, (there, is_cached)) in cells.into_iter().enumerate() {
                let x = self.left + label + w * number(index);
                let class = match (there, is_cached) {
                    (true, true) => "theirs",
                    (true, false) => "inkf",
                    (false, _) => "wishline",
                };
                self.drawing.path(class, rect(x, y + 4.0, (w - 8.0).min(64.0), 16.0));
                if is_cached && there {
                    self.drawing.path("lnl", rect(x, y + 4.0, (w - 8.0).min(64.0), 16.0));
                }
            }
            y += 26.0;
        }
        for (index, (_, fetched, seconds, is_ready)) in image.nodes.iter().enumerate() {
            let x = self.left + label + w * number(index + 2);
            let key = if *is_ready { "image-fetched" } else { "image-fetching" };
            let said = say!(self.words, key, mebibytes = *fetched, seconds = *seconds);
            self.drawing.text("n11 t2", x, y + 16.0, fitted(&said, 11.0, w - 4.0));
        }
        let key = self.word("image-key");
        if text_width(&key, 11.0) < self.inner {
            self.drawing.text("n11 tp", self.left, y + 16.0, key);
        }
        y + 22.0
    }
}

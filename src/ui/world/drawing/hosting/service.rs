//! A service: who runs each layer under each model, what each model costs, and the traffic.

use super::super::shapes::{self, Inscription, Plate};
use super::super::{Place, fitted, number, text_width};
use super::{Pen, rect};
use drydock::view::hosting::{ChartView, ColumnView, Meters, PatchView, Sample, ServiceView};
use drydock::view::wish::PodState;
use drydock::words::{Words, say};

/// The rows of the table below the stacks.
const METERS: [&str; 4] = ["hosting-cost", "hosting-lost", "hosting-upkeep", "hosting-idle"];
/// What stands between the stacks, the table and the chart, and around them.
const BETWEEN: f32 = 32.0 + 32.0 + 30.0 + 14.0 + 24.0 + 40.0;

/// How tall things are: what the pane has room for, within reason.
#[derive(Clone, Copy)]
struct Heights {
    layer: f32,
    meter: f32,
    chart: f32,
}

impl Heights {
    fn of(pane: f32, top: f32, layers: f32) -> Self {
        let room = pane - top - BETWEEN - 20.0;
        // A chart is about five layers tall, a row of the table a little taller than a layer.
        let layer = (room / (layers + 5.0 + 1.08 * number(METERS.len()))).clamp(23.0, 30.0).floor();
        Self { layer, meter: (layer * 1.08).round(), chart: layer * 5.0 }
    }
}

/// The grid that stacks and table share.
#[derive(Clone, Copy)]
struct Grid {
    label: f32,
    w: f32,
    gap: f32,
}

/// One column of the stacks.
#[derive(Clone, Copy)]
struct Stack {
    x: f32,
    w: f32,
    top: f32,
    layer: f32,
    count: usize,
}

impl Stack {
    fn height(&self) -> f32 {
        self.layer * number(self.count)
    }
}

fn meter(words: &Words, meters: &Meters, row: usize) -> String {
    match row {
        0 => say!(words, "hosting-dollars", dollars = meters.cost_per_month),
        1 => say!(words, "hosting-count", count = meters.lost),
        2 => say!(words, "hosting-hours", hours = (meters.upkeep_per_week + 30) / 60),
        _ => say!(words, "hosting-percent", percent = meters.idle_percent),
    }
}

/// What the drawing says, model by model.
pub(super) fn told(service: &ServiceView, words: &Words) -> Vec<String> {
    let tried = service.columns.iter().filter_map(|column| Some((column, column.figures?)));
    tried
        .map(|(column, meters)| {
            let values = METERS.iter().enumerate();
            let values = values.map(|(row, key)| format!("{} {}", words.say(key, &[]), meter(words, &meters, row)));
            let mine = i64::try_from(column.mine).unwrap_or_default();
            let head = words.say(&format!("model-{}", column.model), &[]);
            let layers = say!(words, "hosting-mine", count = mine);
            format!("{}: {head}, {layers}, {}", service.name, values.collect::<Vec<_>>().join(", "))
        })
        .collect()
}

impl Pen<'_> {
    pub(super) fn service(&mut self, service: &ServiceView, top: f32) -> f32 {
        let layers = number(service.layers.len());
        let heights = Heights::of(self.height, top, layers);
        let names = service.layers.iter().map(|layer| self.word(&format!("layer-{layer}")));
        let names: Vec<String> = names.chain(METERS.iter().map(|key| self.word(key))).collect();
        let widest = names.iter().map(|name| text_width(name, 13.0)).fold(0.0, f32::max);
        let narrow = self.is_narrow();
        let label = (widest + 16.0).ceil().clamp(60.0, if narrow { 86.0 } else { 136.0 });
        let count = number(service.columns.len().max(1));
        let gap = if narrow { 5.0 } else { 14.0 };
        let grid = Grid { label, gap, w: (self.inner - label - gap * (count - 1.0)) / count };
        let stack = top + if narrow { 12.0 } else { 32.0 };
        let patched =
            |index: usize| service.columns.iter().any(|it| it.patches.iter().any(|patch| patch.layer == index));
        for (index, name) in names.iter().take(service.layers.len()).enumerate() {
            let y = stack + heights.layer * number(index);
            let class = if patched(index) { "s" } else { "t2" };
            self.drawing.text(class, self.left, y + heights.layer - 10.0, fitted(name, 13.0, label - 6.0));
            self.drawing.path("hair", format!("M{} {}h{}", self.left, y + heights.layer, label - 12.0));
        }
        let mut line = String::new();
        for (index, column) in service.columns.iter().enumerate() {
            let x = self.left + label + (grid.w + gap) * number(index);
            let frame = Stack { x, w: grid.w, top: stack, layer: heights.layer, count: service.layers.len() };
            let level = stack + heights.layer * number(column.mine);
            let from = if index == 0 { x - 10.0 } else { x - gap / 2.0 };
            line.push_str(&format!("{}{from} {level}H{}", if index == 0 { "M" } else { "L" }, x + grid.w + gap / 2.0));
            self.column(column, frame);
        }
        self.drawing.path("waterline", line);
        let foot = stack + heights.layer * layers;
        let said = self.word("hosting-waterline");
        self.drawing.text("s n11 tb", self.left, foot + 18.0, said);
        let meters = foot + 32.0;
        self.meters(service, grid, heights.meter, meters);
        let bottom = meters + heights.meter * number(METERS.len());
        self.chart(&service.chart, label, bottom + 30.0, heights.chart)
    }

    fn column(&mut self, column: &ColumnView, stack: Stack) {
        let Stack { x, w, top, layer, count } = stack;
        let height = stack.height();
        let narrow = self.is_narrow();
        let head = self.word(&format!("model-{}{}", column.model, if narrow { "-short" } else { "" }));
        let size = if narrow { 13.0 } else { 15.0 };
        let class = match (narrow, column.is_wished) {
            (true, true) => "s",
            (true, false) => "t2",
            (false, true) => "s n15",
            (false, false) => "n15",
        };
        let y = if narrow { top - 8.0 } else { top - 32.0 };
        self.drawing.text(class, x, y, fitted(&head, size, w + 4.0));
        if !narrow {
            let about = fitted(&self.word(&format!("model-{}-about", column.model)), 11.0, w);
            self.drawing.text("n11 t2", x, top - 13.0, about);
        }
        let mine = layer * number(column.mine);
        self.drawing.path("mine", rect(x, top, w, mine));
        self.drawing.path("theirs", rect(x, top + mine, w, height - mine));
        for index in 1..count {
            let y = top + layer * number(index);
            self.drawing.path(if index < column.mine { "lnmine" } else { "lntheirs" }, format!("M{x} {y}h{w}"));
        }
        self.drawing
            .path(if column.is_wished { "ln25" } else { "lnl" }, rect(x + 0.5, top + 0.5, w - 1.0, height - 1.0));
        let me = self.word("hosting-me");
        self.drawing.text("s tb", x + 9.0, top + layer - 9.0, fitted(&me, 13.0, w - 10.0));
        if column.mine < count {
            let provider = fitted(&self.word("hosting-provider"), if narrow { 11.0 } else { 13.0 }, w - 14.0);
            let size = if narrow { 11.0 } else { 13.0 };
            let wide = text_width(&provider, size) + 10.0;
            self.drawing.path("sheetf", rect(x + 6.0, top + height - 22.0, wide, 17.0));
            self.drawing.text(if narrow { "n11 t2" } else { "t2" }, x + 10.0, top + height - 9.0, provider);
        }
        for patch in &column.patches {
            self.patch(column, patch, stack);
        }
        if column.is_wished {
            // The keel blocks on which what is wished for stands.
            let y = top + height;
            self.drawing.path("inkf", rect(x + 10.0, y, 8.0, 5.0) + &rect(x + w - 18.0, y, 8.0, 5.0));
            self.drawing.path("ln2", format!("M{} {}h{}", x - 6.0, y + 6.0, w + 12.0));
        }
    }

    /// A patch in its layer: how long the hole has been open for whose job it is, and a mark.
    fn patch(&mut self, column: &ColumnView, patch: &PatchView, stack: Stack) {
        let (x, w) = (stack.x, stack.w);
        let y = stack.top + stack.layer * number(patch.layer) + stack.layer / 2.0;
        let right = x + w - if self.is_narrow() { 4.0 } else { 10.0 };
        if patch.is_mine && !patch.is_closed {
            self.drawing.path("redf", format!("M{} {}l8 14h-16Z", right - 8.0, y - 7.5));
            self.drawing.path("xcut", format!("M{} {}v4.5m0 2v1.6", right - 8.0, y - 2.6));
        } else {
            let state = if patch.is_closed { PodState::Ready } else { PodState::Starting };
            let shapes = shapes::plate(Plate::Pod(state), 17.0, 12.0, Inscription::default());
            let key = format!("patch {} {}", column.model, patch.layer);
            self.drawing.group(key, Plate::Pod(state).class(), Place::At(right - 17.0, y - 6.0), None, shapes);
        }
        if patch.is_mine {
            let spent = say!(self.words, "hosting-exposed", ms = patch.minutes * 60_000);
            let class = if patch.is_closed { "n11 end t2 halo" } else { "s n11 end tr" };
            let room = w - 26.0 - if self.is_narrow() { 0.0 } else { 12.0 };
            if text_width(&spent, 11.0) <= room {
                self.drawing.text(class, right - 22.0, y + 4.0, spent);
            }
        }
    }

    fn meters(&mut self, service: &ServiceView, grid: Grid, height: f32, top: f32) {
        let narrow = self.is_narrow();
        self.drawing.path("hair", format!("M{} {top}h{}", self.left, self.inner));
        for (row, key) in METERS.into_iter().enumerate() {
            let y = top + height * number(row);
            let name = fitted(&self.word(key), 13.0, grid.label - 6.0);
            self.drawing.text("t2", self.left, y + height / 2.0 + 5.0, name);
            self.drawing.path("hair", format!("M{} {}h{}", self.left, y + height, self.inner));
            for (index, column) in service.columns.iter().enumerate() {
                let x = self.left + grid.label + (grid.w + grid.gap) * number(index);
                let Some(meters) = &column.figures else {
                    let wide = (grid.w * 0.34).clamp(20.0, 44.0);
                    self.drawing.path("wishline", rect(x, y + height / 2.0 - 7.0, wide, 14.0));
                    continue;
                };
                let value = meter(self.words, meters, row);
                let (class, size) = match (column.is_wished, narrow) {
                    (true, false) if height >= 28.0 => ("s n18", 18.0),
                    (true, false) => ("s n15", 15.0),
                    (true, true) => ("s", 13.0),
                    (false, false) => ("n15 t2", 15.0),
                    (false, true) => ("t2", 13.0),
                };
                self.drawing.text(class, x, y + height / 2.0 + 5.5, fitted(&value, size, grid.w));
            }
        }
    }

    fn chart(&mut self, chart: &ChartView, label: f32, top: f32, height: f32) -> f32 {
        let narrow = self.is_narrow();
        let x0 = self.left + if narrow { 38.0 } else { label };
        let x1 = self.left + self.inner;
        let (head, unit) = (self.word("hosting-traffic"), self.word("hosting-per-second"));
        self.drawing.text("s", self.left, top, head);
        self.drawing.text("n11 t2", self.left, top + 17.0, fitted(&unit, 11.0, label + 40.0));
        let upper = top + if narrow { 34.0 } else { 14.0 };
        let lower = upper + height;
        let scale = Scale { chart, x: (x0, x1), y: (lower, upper) };
        let minutes = (chart.span.1 - chart.span.0) as f32;
        for part in 0..=4 {
            let value = chart.top * part / 4;
            let y = scale.y(value);
            if part > 0 {
                self.drawing.path("hair", format!("M{x0} {y}H{x1}"));
                let clear = part < 4 || narrow || text_width(&unit, 11.0) < label - 44.0;
                if clear {
                    self.drawing.text("n11 m tp end", x0 - 8.0, y + 4.0, value.to_string());
                }
            }
        }
        let (lost, idle) = areas(&chart.past, scale);
        self.drawing.path("idlef", idle);
        self.drawing.path("lostf", lost.clone());
        self.drawing.path("lostp", lost.clone());
        self.drawing.path("ln15", steps(&chart.past, scale));
        self.drawing.path("wishline", steps(&chart.ahead, scale));
        self.drawing.path("demand", way(&chart.past, scale));
        self.drawing.path("demand ahead", way(chart.past.last().into_iter().chain(&chart.ahead), scale));
        let bought = scale.y(chart.bought);
        let is_bought = chart.model == "on-premises";
        if !is_bought {
            let said = self.word("hosting-bought");
            self.drawing.path("bought", format!("M{x0} {bought}H{x1}"));
            // The playhead does not cross its words.
            let (end, now) = (x1 - 4.0, scale.x(chart.now));
            let is_crossed = now < end + 6.0 && now > end - text_width(&said, 11.0) - 6.0;
            self.drawing.text("n11 tp halo end", if is_crossed { now - 8.0 } else { end }, bought - 6.0, said);
        }
        self.ahead(chart, scale);
        let now = scale.x(chart.now);
        self.drawing.path("ln25", format!("M{now} {}V{lower}", upper - 12.0));
        self.drawing.path("inkf", format!("M{} {}h12v6l-6 6-6-6Z", now - 6.0, upper - 18.0));
        if !lost.is_empty() {
            self.lost(chart, scale);
        }
        self.drawing.path("ln1", format!("M{x0} {lower}H{x1}"));
        // A label takes about forty pixels.
        let room = (x1 - x0) / 44.0;
        let every = [30, 60, 120].into_iter().find(|every| minutes / *every as f32 <= room).unwrap_or(120);
        for minute in chart.span.0..=chart.span.1 {
            let clock = (chart.clock + minute - chart.span.0).rem_euclid(1440);
            if clock % every == 0 {
                self.drawing.path("ln1", format!("M{} {lower}v5", scale.x(minute)));
                let label = format!("{:02}:{:02}", clock / 60, clock % 60);
                let x = scale.x(minute);
                let (class, x) = if x > x1 - 8.0 { ("n11 m tp end", x1) } else { ("n11 m tp mid", x) };
                self.drawing.text(class, x, lower + 19.0, label);
            }
        }
        lower + 24.0
    }

    /// The wished model's name, what it has lost, and its traffic.
    pub(super) fn small_service(&mut self, service: &ServiceView) {
        let Some(column) = service.columns.iter().find(|column| column.is_wished) else { return };
        let name = self.word(&format!("model-{}", column.model));
        self.drawing.text("s", self.left, 24.0, name);
        if let Some(meters) = &column.figures {
            let lost = [self.word("hosting-lost"), meter(self.words, meters, 1)].join(" ");
            let class = if meters.lost > 0 { "s end tr" } else { "end t2" };
            self.drawing.text(class, self.left + self.inner, 24.0, lost);
        }
        let chart = &service.chart;
        let scale = Scale { chart, x: (self.left, self.left + self.inner), y: (80.0, 34.0) };
        let (lost, idle) = areas(&chart.past, scale);
        self.drawing.path("idlef", idle);
        self.drawing.path("lostf", lost.clone());
        self.drawing.path("lostp", lost);
        self.drawing.path("ln15", steps(&chart.past, scale));
        self.drawing.path("wishline", steps(&chart.ahead, scale));
        self.drawing.path("demand", way(&chart.past, scale));
        self.drawing.path("demand ahead", way(chart.past.last().into_iter().chain(&chart.ahead), scale));
        let now = scale.x(chart.now);
        self.drawing.path("ln25", format!("M{now} 30V80"));
        self.drawing.path("ln1", format!("M{} 80h{}", self.left, self.inner));
    }

    /// What was lost, at the widest gap, and why nothing came in time.
    fn lost(&mut self, chart: &ChartView, scale: Scale<'_>) {
        let Some(worst) = chart.worst else { return };
        let title = self.word("hosting-lost");
        let why = match chart.model {
            "on-premises" if chart.ordered > 0 => say!(
                self.words,
                "hosting-late-weeks",
                count = chart.ordered,
                weeks = chart.late_minutes / (7 * 24 * 60)
            ),
            "iaas" => say!(self.words, "hosting-late-minutes", minutes = chart.late_minutes),
            _ => String::new(),
        };
        let (x, y) = (scale.x(worst.minute), scale.y(i64::midpoint(worst.demand, worst.capacity)));
        let wide = text_width(&why, 11.0).max(text_width(&title, 13.0));
        let left = (x - 54.0 - wide).max(scale.x.0 + 4.0);
        let turn = (left + wide).min(x - 10.0);
        let line = (y - 40.0).max(scale.y.1 + 16.0);
        self.drawing.path("lnr1", format!("M{x} {y}L{turn} {line}H{left}"));
        self.drawing.text("s tr halo", left, line - 6.0, title);
        self.drawing.text("n11 t2 halo", left, line + 15.0, why);
    }

    /// The name of the capacity's line, where it is still a wish.
    fn ahead(&mut self, chart: &ChartView, scale: Scale<'_>) {
        let said = self.word("hosting-capacity");
        let at = chart.now + (chart.span.1 - chart.now) / 3;
        let Some(sample) = chart.ahead.iter().find(|sample| sample.minute == at) else { return };
        let (x, y) = (scale.x(at), scale.y(sample.capacity));
        if x + 24.0 + text_width(&said, 13.0) > scale.x.1 {
            return;
        }
        let up = (y - 26.0).max(scale.y.1 + 4.0);
        if up + 8.0 < y {
            self.drawing.path("ln1", format!("M{x} {y}V{up}h10"));
            self.drawing.text("t2 halo", x + 14.0, up + 4.0, said);
        }
    }
}

/// From minutes and requests to places on the sheet.
#[derive(Clone, Copy)]
struct Scale<'a> {
    chart: &'a ChartView,
    x: (f32, f32),
    y: (f32, f32),
}

impl Scale<'_> {
    fn x(&self, minute: i64) -> f32 {
        let (from, to) = self.chart.span;
        let share = (minute - from) as f32 / (to - from).max(1) as f32;
        ((self.x.0 + (self.x.1 - self.x.0) * share) * 10.0).round() / 10.0
    }

    fn y(&self, rps: i64) -> f32 {
        let share = rps as f32 / self.chart.top.max(1) as f32;
        ((self.y.0 - (self.y.0 - self.y.1) * share) * 10.0).round() / 10.0
    }
}

/// What came and found no room, and what stood idle, minute by minute.
fn areas(samples: &[Sample], scale: Scale<'_>) -> (String, String) {
    let (mut lost, mut idle) = (String::new(), String::new());
    for pair in samples.windows(2) {
        let [one, two] = pair else { continue };
        let (a, b, cap) = (scale.x(one.minute), scale.x(two.minute), scale.y(one.capacity));
        let area = format!("M{a} {cap}V{}L{b} {}V{cap}Z", scale.y(one.demand), scale.y(two.demand));
        if one.demand > one.capacity { lost.push_str(&area) } else { idle.push_str(&area) }
    }
    (lost, idle)
}

/// The demand's line.
fn way<'s>(samples: impl IntoIterator<Item = &'s Sample>, scale: Scale<'_>) -> String {
    let points = samples.into_iter().enumerate().map(|(index, sample)| {
        format!("{}{} {}", if index == 0 { "M" } else { "L" }, scale.x(sample.minute), scale.y(sample.demand))
    });
    points.collect()
}

/// The capacity's line: it changes from one minute to the next.
fn steps(samples: &[Sample], scale: Scale<'_>) -> String {
    let points = samples.iter().enumerate().map(|(index, sample)| {
        let (x, y) = (scale.x(sample.minute), scale.y(sample.capacity));
        if index == 0 {
            format!("M{x} {y}H{}", scale.x(sample.minute + 1))
        } else {
            format!("V{y}H{}", scale.x(sample.minute + 1))
        }
    });
    points.collect()
}

//! Nodes as docks in section, in their zones.

use super::shapes::{self, Inscription, Plate};
use super::sheet::BORDER_FROM;
use super::{Drawing, Pick, Place, Shape, fitted, number, path, text, text_width};
use drydock::view::Key;
use drydock::view::map::{MapView, NodeState, NodeView, ZoneView};
use drydock::view::timeline::{Moment, short_clock};
use drydock::view::wish::PodView;
use drydock::words::{Words, say};

/// Where the docks may stand.
pub struct Frame {
    /// The left edge.
    pub left: f32,
    /// The upper edge.
    pub top: f32,
    /// The width.
    pub width: f32,
    /// How much height there is to spend.
    pub spare: f32,
}

/// Where everything came to stand.
#[derive(Default)]
pub struct Docks {
    /// The top middle of each Pod's plate.
    pub places: Vec<(Key, f32, f32)>,
    /// The lower edge of the lowest zone.
    pub bottom: f32,
    /// A free place beside the last dock: left, top, width, height.
    pub hole: Option<(f32, f32, f32, f32)>,
}

const ZONE_PAD: f32 = 8.0;
const ZONE_GAP: f32 = 8.0;
const DOCK_GAP: f32 = 8.0;
/// Space above the walls (the zone's name stands there), and below them (the node's name).
const HEAD: f32 = 40.0;
const FOOT: f32 = 48.0;
const WIDTH_MIN: f32 = 150.0;
const WIDTH_MAX: f32 = 320.0;

/// A zone's place on the grid of docks.
struct Cell<'a> {
    zone: &'a ZoneView,
    row: usize,
    column: usize,
    columns: usize,
    lines: usize,
}

/// Draws every zone.
pub fn draw(drawing: &mut Drawing, view: &MapView, words: &Words, selected: Option<&Key>, frame: &Frame) -> Docks {
    let (cells, columns, rows) = flow(&view.zones, frame.width);
    let zones_in_row = cells.iter().filter(|cell| cell.row == 0).count().max(1);
    let walls = number(zones_in_row) * 2.0 * ZONE_PAD + number(zones_in_row - 1) * ZONE_GAP;
    let gaps = number(columns.saturating_sub(zones_in_row)) * DOCK_GAP;
    let width = ((frame.width - walls - gaps) / number(columns.max(1))).clamp(120.0, WIDTH_MAX).floor();
    let lines: usize = (0..rows)
        .map(|row| cells.iter().filter(|cell| cell.row == row).map(|cell| cell.lines).max().unwrap_or(1))
        .sum();
    let head = if drawing.width < BORDER_FROM { 16.0 } else { HEAD };
    let per_line = frame.spare / number(lines.max(1)) - head - FOOT - ZONE_GAP;
    let tallest = if lines > 1 { 160.0 } else { 216.0 };
    let height = per_line.clamp(110.0, tallest).round();
    let mut pane = Pane { drawing, words, selected, width, height, head, docks: Docks::default() };
    let mut y = frame.top;
    for row in 0..rows {
        let mut x = frame.left;
        let in_row: Vec<&Cell<'_>> = cells.iter().filter(|cell| cell.row == row).collect();
        let tall = in_row.iter().map(|cell| cell.lines).max().unwrap_or(1);
        for cell in in_row {
            let right = pane.zone(cell, x, y, tall);
            pane.docks.hole = Some((right + 16.0, y + head, frame.left + frame.width - right - 16.0, pane.line()));
            x = right + ZONE_GAP;
        }
        y += number(tall) * pane.line() + ZONE_GAP;
    }
    let mut docks = pane.docks;
    docks.bottom = y - ZONE_GAP;
    docks.hole = docks.hole.filter(|(_, _, width, _)| *width >= 100.0);
    docks
}

/// Zones beside each other as long as they fit; a zone that is wider than the pane breaks inside.
fn flow(zones: &[ZoneView], width: f32) -> (Vec<Cell<'_>>, usize, usize) {
    let total: usize = zones.iter().map(|zone| zone.nodes.len().max(1)).sum();
    let room = |columns: usize, zones: usize| {
        let walls = number(zones) * 2.0 * ZONE_PAD + number(zones.saturating_sub(1)) * ZONE_GAP;
        (width - walls - number(columns.saturating_sub(zones)) * DOCK_GAP) / number(columns.max(1))
    };
    if room(total, zones.len()) >= WIDTH_MIN {
        let mut column = 0;
        let cells = zones.iter().map(|zone| {
            let columns = zone.nodes.len().max(1);
            column += columns;
            Cell { zone, row: 0, column: column - columns, columns, lines: 1 }
        });
        return (cells.collect(), total.max(1), 1);
    }
    let least = if width < BORDER_FROM { 120.0 } else { WIDTH_MIN };
    let columns = (1..=total.max(1)).rev().find(|count| room(*count, 1) >= least).unwrap_or(1);
    let (mut cells, mut row, mut column) = (Vec::new(), 0, 0);
    for zone in zones {
        let nodes = zone.nodes.len().max(1);
        let wide = nodes.min(columns);
        if column > 0 {
            (row, column) = (row + 1, 0);
        }
        cells.push(Cell { zone, row, column, columns: wide, lines: nodes.div_ceil(wide) });
        column += wide;
    }
    (cells, columns, row + 1)
}

/// A zone's name, and since when it is out.
#[must_use]
pub fn zone_label(zone: &str, out_since: Option<Moment>, words: &Words) -> String {
    match out_since {
        Some(at) => say!(words, "map-zone-out", zone = zone, time = short_clock(at)),
        None => zone.to_owned(),
    }
}

/// A zone's name as something to choose: it can go out and come back. One zone may have its name in
/// several networks; `of` tells them apart.
pub fn zone_name(
    drawing: &mut Drawing,
    (of, zone): (&str, &std::rc::Rc<str>),
    label: &str,
    (x, y): (f32, f32),
    room: f32,
    said: Shape,
) {
    let pick =
        drawing.pick(Pick { key: None, label: label.to_owned(), selected: false, stop: true, x: x + room / 2.0, y });
    drawing.named.push((pick, format!("zone/{zone}").into()));
    let shapes = vec![path("hit", format!("M-6 -14h{room}v20h-{room}Z")), said];
    drawing.group(format!("zone {of} {zone}"), "pick", Place::At(x, y), Some(pick), shapes);
}

struct Pane<'a> {
    drawing: &'a mut Drawing,
    words: &'a Words,
    selected: Option<&'a Key>,
    width: f32,
    height: f32,
    head: f32,
    docks: Docks,
}

impl Pane<'_> {
    /// The height of one line of docks with everything around it.
    fn line(&self) -> f32 {
        self.head + self.height + FOOT
    }

    /// Draws a zone with its docks; returns its right edge.
    fn zone(&mut self, cell: &Cell<'_>, x: f32, y: f32, tall: usize) -> f32 {
        let wide = number(cell.columns) * self.width + number(cell.columns - 1) * DOCK_GAP + 2.0 * ZONE_PAD;
        let high = number(tall) * self.line();
        if !cell.zone.name.is_empty() {
            let is_out = cell.zone.out_since.is_some();
            let pen = if is_out { "chain down" } else { "chain" };
            self.drawing.path(pen, format!("M{} {}h{wide}v{high}h-{wide}Z", x + 0.5, y + 0.5));
            let said = zone_label(&cell.zone.name, cell.zone.out_since, self.words);
            let name = fitted(&said, 11.0, wide - 24.0);
            let room = text_width(&name, 12.0) + 14.0;
            if self.head < HEAD {
                self.drawing.path("sheetf", format!("M{} {}h{room}v14h-{room}Z", x + 8.0, y - 7.0));
                let pen = if is_out { "n11 s tr m" } else { "n11 t2 m" };
                zone_name(
                    self.drawing,
                    ("", &cell.zone.name),
                    &said,
                    (x + 14.0, y + 4.0),
                    room,
                    text(pen, 0.0, 0.0, name),
                );
            } else {
                let pen = if is_out { "n11 s tr m end halo" } else { "n11 t2 m end halo" };
                let place = (x + wide - 8.0 - room + 8.0, y + 20.0);
                zone_name(self.drawing, ("", &cell.zone.name), &said, place, room, text(pen, room - 8.0, 0.0, name));
            }
        }
        debug_assert!(cell.column < usize::MAX, "a zone has a place on its row");
        for (index, node) in cell.zone.nodes.iter().enumerate() {
            let (column, line) = (index % cell.columns, index / cell.columns);
            let dx = x + ZONE_PAD + number(column) * (self.width + DOCK_GAP);
            self.dock(node, dx, y + self.head + number(line) * self.line());
        }
        x + wide
    }

    fn dock(&mut self, node: &NodeView, x: f32, y: f32) {
        let (w, h) = (self.width, self.height);
        let words = self.words;
        let selected = self.selected == Some(&node.key);
        let alive = matches!(node.state, NodeState::Ready);
        let pick = self.drawing.pick(Pick {
            key: Some(node.key.clone()),
            label: format!("Node {}, {}, Pod {}", node.key.name, words.text(node.state.word()), node.pods.len()),
            selected,
            stop: true,
            x: x + w / 2.0,
            y: y + h,
        });
        let mut shapes = vec![
            path(if selected { "hit sel" } else { "hit" }, format!("M-4 -6H{}V{}H-4Z", w + 4.0, h + 38.0)),
            path("wall", shapes::walls(w, h)),
        ];
        shapes.extend(self.caption(node, w, h));
        let class = match node.state {
            NodeState::Ready => "dock pick",
            NodeState::NotReady => "dock raw pick",
            NodeState::Stopped | NodeState::Silent => "dock dead pick",
        };
        self.drawing.group(format!("node {}", node.key.name), class, Place::At(x, y), Some(pick), shapes);
        let mut head = 6.0;
        let note = if !alive {
            Some(("mid s tr", words.text(node.state.word())))
        } else if !node.schedulable {
            Some(("mid n11 t2", "SchedulingDisabled"))
        } else {
            None
        };
        if let Some((class, said)) = note {
            self.drawing.text(class, x + w / 2.0, y + 22.0, said);
            head = 32.0;
        }
        // A narrow pane has no room for what the cluster runs for itself; the list has it.
        if !node.system.is_empty() && self.head >= HEAD {
            head = self.system(node, x, y + head, w) - y;
        }
        self.pods(node, x, y, head);
    }

    /// The node's name, and how much of its CPU is asked for.
    fn caption(&self, node: &NodeView, w: f32, h: f32) -> Vec<Shape> {
        // Cores with as many decimals as it takes, at most two.
        let core = |milli: i64| {
            let text = format!("{}.{:02}", milli / 1000, milli % 1000 / 10);
            text.trim_end_matches('0').trim_end_matches('.').to_owned()
        };
        let (asked, all) = (node.cpu_requested, node.cpu_allocatable);
        let cpu = format!("{} / {}", core(asked), core(all));
        let room = text_width(&cpu, 11.0) + 34.0;
        let share = if all > 0 { (asked * 1000 / all).clamp(0, 1000) } else { 0 };
        let heavy = w * number(usize::try_from(share).unwrap_or_default()) / 1000.0;
        let said =
            Shape::Text { class: "n11 t2 end", x: w, y: h + 19.0, runs: vec![("", "cpu ".to_owned()), ("m", cpu)] };
        let mut shapes = vec![text("s", 0.0, h + 19.0, fitted(&node.key.name, 13.0, w - room)), said];
        shapes.push(path("hair", format!("M0 {}H{w}", h + 29.0)));
        if heavy > 0.0 {
            shapes.push(path("ln2", format!("M0 {}H{heavy}", h + 29.0)));
        }
        shapes
    }

    /// The Pods of kube-system as small plates; returns where they end.
    fn system(&mut self, node: &NodeView, x: f32, y: f32, w: f32) -> f32 {
        let right = x + w - 18.0;
        self.drawing.text("n11 tp end", right, y + 12.0, "kube-system");
        let fits = ((w - 30.0) / 34.0).floor().max(1.0) as usize;
        for (index, pod) in node.system.iter().take(fits).enumerate() {
            let px = right - 28.0 - 34.0 * number(index);
            self.plate(pod, px, y + 20.0, 28.0, 16.0);
        }
        y + 44.0
    }

    /// The Pods, standing on keel blocks, row upon row from the floor.
    fn pods(&mut self, node: &NodeView, x: f32, y: f32, head: f32) {
        let floor = y + self.height - 12.0;
        let room = self.height - 12.0 - head;
        let inner = self.width - 30.0 - 4.0;
        let (w, h, gap) = size(node.pods.len(), inner, room);
        let keel = if h >= 24.0 { 5.0 } else { 3.0 };
        let per_line = ((inner + gap) / (w + gap)).floor().max(1.0) as usize;
        let fits = per_line * ((room / (h + keel + 1.0)).floor().max(1.0) as usize);
        let mut feet = String::new();
        for (index, pod) in node.pods.iter().take(fits).enumerate() {
            let (column, line) = (index % per_line, index / per_line);
            let px = x + 17.0 + number(column) * (w + gap);
            let py = floor - (number(line) + 1.0) * (h + keel) - number(line);
            feet.push_str(&shapes::keel(px, py + h, w));
            self.plate(pod, px, py, w, h);
        }
        if !feet.is_empty() {
            self.drawing.path("keel", feet);
        }
        if let Some(more) = node.pods.len().checked_sub(fits).filter(|more| *more > 0) {
            self.drawing.text("n11 t2 end", x + self.width - 18.0, y + 14.0, format!("+{more}"));
        }
    }

    fn plate(&mut self, pod: &PodView, x: f32, y: f32, w: f32, h: f32) {
        let plate = Plate::Pod(pod.state);
        let selected = self.selected == Some(&pod.key);
        let state = self.words.text(pod.state.word());
        let pick = self.drawing.pick(Pick {
            key: Some(pod.key.clone()),
            label: format!("Pod {}, {state}, {}", pod.key.name, pod.status),
            selected,
            stop: true,
            x: x + w / 2.0,
            y: y + h / 2.0,
        });
        let said = Inscription { name: &pod.short, containers: pod.containers, selected };
        let shapes = shapes::plate(plate, w, h, said);
        self.docks.places.push((pod.key.clone(), x + w / 2.0 - if w > 40.0 { 18.0 } else { 0.0 }, y));
        self.drawing.group(format!("pod {}", pod.key), plate.class(), Place::At(x, y), Some(pick), shapes);
    }
}

/// The largest plate with which all Pods fit into a dock: beside each other with their names as
/// long as that goes, then row upon row.
fn size(count: usize, width: f32, height: f32) -> (f32, f32, f32) {
    let per_line = |w: f32, gap: f32| ((width + gap) / (w + gap)).floor();
    let beside = [(64.0, 40.0, 8.0), (56.0, 40.0, 6.0), (48.0, 40.0, 4.0)];
    if let Some(size) = beside.into_iter().find(|(w, h, gap)| per_line(*w, *gap) >= number(count) && *h + 6.0 <= height)
    {
        return size;
    }
    let stacked = [(64.0, 40.0, 8.0), (48.0, 26.0, 5.0), (34.0, 20.0, 5.0), (28.0, 17.0, 4.0), (22.0, 13.0, 4.0)];
    let fits = |(w, h, gap): &(f32, f32, f32)| {
        let keel = if *h >= 24.0 { 6.0 } else { 4.0 };
        let lines = (height / (h + keel)).floor().max(1.0);
        (per_line(*w, *gap) * lines) as usize >= count
    };
    stacked.into_iter().find(fits).unwrap_or((14.0, 10.0, 3.0))
}

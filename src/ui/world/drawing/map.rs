//! The Map lens: the wishes above, the docks in their zones below.

use super::docks::{self, Docks};
use super::shapes::{self, Inscription, Pen, Plate, dimension};
use super::sheet::{self, BORDER_FROM};
use super::{Drawing, Group, Pick, Place, Shape, cloud, fitted, number, path, text};
use drydock::view::cloud::CloudView;
use drydock::view::map::MapView;
use drydock::view::tracer::TraceView;
use drydock::view::wish::{PodState, PodView, WishRow};
use drydock::view::{Key, said::Say};
use drydock::words::{Words, say};

/// Drawings do not grow wider than this; the sheet does.
const WIDTH_MAX: f32 = 1180.0;
/// More Pods than this in one row, and lines to their nodes would be a thicket.
const CONNECTED_MAX: usize = 8;
/// The height of the title block, with air.
const TITLE_BLOCK: f32 = 64.0;

/// Where a row's plate stands, and for which Pod.
struct Foot {
    pod: Key,
    bound: bool,
    x: f32,
    y: f32,
}

/// Draws the sheet for a pane of a width and a height: the wishes, the cloud where there is one, the
/// docks that stand nowhere in it.
#[must_use]
pub fn draw(
    view: &MapView,
    around: Option<(&CloudView, Option<&TraceView>)>,
    words: &Words,
    selected: Option<&Key>,
    (width, height): (f32, f32),
) -> Drawing {
    let mut drawing = Drawing { width, height, ..Drawing::default() };
    let margin = sheet::margin(width);
    let inner = (width - 2.0 * margin).min(WIDTH_MAX);
    let left = ((width - inner) / 2.0).round();
    let mut scene = Scene { drawing: &mut drawing, words, selected, left, inner, feet: Vec::new(), bracket: 0.0 };
    let mut y = if width < BORDER_FROM {
        34.0
    } else if height < 560.0 {
        58.0
    } else {
        66.0
    };
    if view.rows.is_empty() && around.is_none() {
        scene.drawing.text("t2", left, y, words.text("map-no-wish"));
        y += 30.0;
    }
    for row in &view.rows {
        y = scene.row(row, &view.zones, y);
    }
    let (feet, bracket) = (std::mem::take(&mut scene.feet), scene.bracket);
    // Between the wishes and the docks stands the cloud: no line goes through it.
    let feet = if around.is_some() { Vec::new() } else { connected(feet, view, selected, width) };
    let ways = Ways { feet, bracket };
    let mut docks_y = y + ways.room();
    let mut left_over = view.clone();
    if let Some((cloud, trace)) = around {
        let sheet = cloud::Sheet { cloud, map: view, words, selected, trace };
        docks_y = cloud::draw(&mut drawing, &sheet, left, y, inner) + 26.0;
        let placed = cloud.nodes();
        left_over.zones.iter_mut().for_each(|zone| zone.nodes.retain(|node| !placed.contains(&node.key.name)));
        left_over.zones.retain(|zone| !zone.nodes.is_empty());
    }
    let view = &left_over;
    let (under_key, key_height) = key_room(words, width, inner);
    let spare = height - docks_y - key_height - if under_key { 30.0 } else { 0.0 };
    let docks =
        docks::draw(&mut drawing, view, words, selected, &docks::Frame { left, top: docks_y, width: inner, spare });
    ways.draw(&mut drawing, &docks, selected);
    finish(&mut drawing, words, &docks, left, inner);
    drawing
}

/// One wish alone: plates and dimensions.
#[must_use]
pub fn mini(row: &WishRow, words: &Words, width: f32) -> Drawing {
    let mut drawing = Drawing { width, height: 92.0, ..Drawing::default() };
    let (left, inner) = (20.0, width - 40.0);
    let mut scene = Scene { drawing: &mut drawing, words, selected: None, left, inner, feet: Vec::new(), bracket: 0.0 };
    let slots = slots(row, &[]);
    let grid = Grid::of(slots.len(), inner);
    scene.dimensions(row, &slots, &grid, left, 44.0);
    for (index, slot) in slots.iter().enumerate() {
        let (x, y) = grid.place(index, left, 44.0);
        scene.slot(row, index, slot, &grid, x, y);
    }
    drawing.height = grid.bottom(slots.len(), 44.0) + 16.0;
    drawing
}

/// How much height the key and the title block take at the foot of the sheet.
fn key_room(words: &Words, width: f32, inner: f32) -> (bool, f32) {
    if width < BORDER_FROM {
        return (true, 40.0);
    }
    let (_, height) = sheet::key(words, 0.0, 0.0, inner);
    (true, height + TITLE_BLOCK)
}

/// Puts the key below the docks (or into the hole beside the last one) and draws the border.
fn finish(drawing: &mut Drawing, words: &Words, docks: &Docks, left: f32, inner: f32) {
    let foot = if drawing.width < BORDER_FROM { 16.0 } else { TITLE_BLOCK + 20.0 };
    match docks.hole {
        Some((x, y, width, room)) if drawing.width < BORDER_FROM && room > 130.0 => {
            let (shapes, _) = sheet::key(words, x, y + 16.0, width.min(120.0));
            drawing.shapes.extend(shapes);
            drawing.height = drawing.height.max(docks.bottom + foot);
        }
        _ => {
            // A low pane has the key beside the title block instead of above it.
            let is_low = drawing.width >= BORDER_FROM && drawing.height < docks.bottom + foot + 44.0;
            let (foot, room) = if is_low { (26.0, inner - 190.0) } else { (foot, inner) };
            let (_, height) = sheet::key(words, 0.0, 0.0, room);
            let lowest = docks.bottom + if is_low { 16.0 } else { 28.0 };
            let y = lowest.max(drawing.height - foot - height).min(lowest + 24.0);
            drawing.shapes.extend(sheet::key(words, left, y, room).0);
            drawing.height = drawing.height.max(y + height + foot);
        }
    }
    sheet::border(drawing);
}

/// The Pods that get a line to their node: all of a single row that is not too full, else only
/// what is selected.
fn connected(feet: Vec<Foot>, view: &MapView, selected: Option<&Key>, width: f32) -> Vec<Foot> {
    if width < 560.0 {
        return Vec::new();
    }
    let all = feet.len() <= CONNECTED_MAX && view.rows.len() == 1;
    feet.into_iter().filter(|foot| foot.bound && (all || selected == Some(&foot.pod))).collect()
}

struct Scene<'a> {
    drawing: &'a mut Drawing,
    words: &'a Words,
    selected: Option<&'a Key>,
    left: f32,
    inner: f32,
    feet: Vec<Foot>,
    /// The lower edge of the words below what has no place; 0 without them.
    bracket: f32,
}

/// One slot of a row.
enum Slot<'a> {
    Pod(&'a PodView),
    Wished,
}

impl Scene<'_> {
    /// Draws one wish and returns where the next begins.
    fn row(&mut self, row: &WishRow, zones: &[drydock::view::map::ZoneView], top: f32) -> f32 {
        let narrow = self.inner < 480.0;
        let slots = slots(row, zones);
        let label = if narrow { 0.0 } else { 150.0_f32.min(self.inner * 0.3) };
        let (x, width) = (self.left + label + if narrow { 0.0 } else { 14.0 }, self.inner - label - 14.0);
        let width = if narrow { self.inner } else { width };
        let grid = Grid::of(slots.len(), width);
        let y = if narrow { top + 42.0 } else { top + 18.0 };
        self.label(row, top, narrow);
        self.dimensions(row, &slots, &grid, x, y);
        for (index, slot) in slots.iter().enumerate() {
            let (px, py) = grid.place(index, x, y);
            self.slot(row, index, slot, &grid, px, py);
        }
        let bottom = grid.bottom(slots.len(), y);
        let missing = slots.iter().filter(|slot| matches!(slot, Slot::Wished)).count();
        let bracketed = missing > 0 && grid.lines(slots.len()) == 1;
        if bracketed {
            self.no_place_yet(slots.len() - missing, missing, &grid, x, bottom);
        }
        let text_bottom = if narrow { top } else { top + 44.0 };
        (bottom + if bracketed { 46.0 } else { 18.0 }).max(text_bottom + 24.0) + if narrow { 4.0 } else { 14.0 }
    }

    fn label(&mut self, row: &WishRow, top: f32, narrow: bool) {
        let words = self.words;
        let (x, name) = (self.left, fitted(&row.key.name, 15.0, if narrow { self.inner - 90.0 } else { 140.0 }));
        let wish = Say::new("wish-count").with("want", row.want);
        let kind = row.key.resource.kind();
        let selected = self.selected == Some(&row.key);
        let pick = self.drawing.pick(Pick {
            key: Some(row.key.clone()),
            label: format!("{kind} {}, {}", row.key.name, gap_label(row, words)),
            selected,
            stop: true,
            x: x + 60.0,
            y: top,
        });
        let mut shapes = vec![text("s n15", 0.0, 0.0, name)];
        let frame = if narrow {
            shapes.push(counted("tb end n13", self.inner, 0.0, wish.say(words), row.want));
            format!("M-6 -18H{}V8H-6Z", self.inner + 6.0)
        } else {
            shapes.push(text("t2", 0.0, 19.0, kind));
            shapes.push(counted("tb", 0.0, 38.0, wish.say(words), row.want));
            "M-8 -20H136V48H-8Z".to_owned()
        };
        shapes.insert(0, path(if selected { "hit sel" } else { "hit" }, frame));
        self.drawing.group(format!("row {}", row.key), "pick", Place::At(x, top), Some(pick), shapes);
    }

    fn slot(&mut self, row: &WishRow, index: usize, slot: &Slot<'_>, grid: &Grid, x: f32, y: f32) {
        let (plate, name, pick) = match slot {
            Slot::Wished => (Plate::Wished, "", None),
            Slot::Pod(pod) => {
                self.feet.push(Foot {
                    pod: pod.key.clone(),
                    bound: !pod.node.is_empty(),
                    x: x + grid.w / 2.0,
                    y: y + grid.h,
                });
                // One name, one place: only a Pod without a node has its home on the row.
                let homeless = pod.node.is_empty();
                let pick = self.drawing.pick(Pick {
                    key: Some(pod.key.clone()),
                    label: format!("Pod {}, {}", pod.key.name, self.words.text(pod.state.word())),
                    selected: self.selected == Some(&pod.key),
                    stop: homeless,
                    x: x + grid.w / 2.0,
                    y: y + grid.h / 2.0,
                });
                (Plate::Pod(pod.state), if homeless { &*pod.short } else { "" }, Some(pick))
            }
        };
        let selected = matches!(slot, Slot::Pod(pod) if self.selected == Some(&pod.key));
        let shapes = shapes::plate(plate, grid.w, grid.h, Inscription { name, selected, ..Inscription::default() });
        let class = plate.class();
        let key = format!("slot {} {index}", row.key);
        self.drawing.group(key, class, Place::At(x, y), pick, shapes);
    }

    fn dimensions(&mut self, row: &WishRow, slots: &[Slot<'_>], grid: &Grid, x: f32, y: f32) {
        let there =
            slots.iter().filter(|slot| matches!(slot, Slot::Pod(pod) if pod.state != PodState::Pending)).count();
        let span = |from: usize, to: usize, top: f32| {
            let (start, end) = (grid.place(from, x, top).0, grid.place(to.max(from + 1) - 1, x, top).0 + grid.w);
            (start, end)
        };
        let in_line = |count: usize| count.min(grid.per_line);
        let words = self.words;
        if there > 0 {
            let (x0, x1) = span(0, in_line(there), y);
            let said = say!(words, "world-count", have = row.have());
            let said = if super::text_width(&said, 12.0) > x1 - x0 + 8.0 { row.have().to_string() } else { said };
            self.drawing.shapes.extend(dimension(Pen::Ink, x0, x1, y - 20.0, 14.0, &said));
        }
        let gap = row.gap();
        if gap == 0 || slots.is_empty() {
            return;
        }
        let said = say!(words, "difference-count", gap = gap);
        let shorter =
            |room: f32| if super::text_width(&said, 12.0) > room + 8.0 { gap.to_string() } else { said.clone() };
        if gap < 0 {
            // Too many: the surplus is the end of what is there.
            let surplus = usize::try_from(-gap).unwrap_or_default().min(there);
            let last_line = (there - 1) / grid.per_line * grid.per_line;
            let from = (there - surplus).max(last_line) - last_line;
            let (x0, x1) = span(from, there - last_line, y);
            let foot = grid.bottom(there, y) + 24.0;
            self.drawing.shapes.extend(dimension_below(x0, x1, foot, &shorter(x1 - x0)));
        } else if grid.lines(slots.len()) == 1 {
            let (x0, x1) = span(there, slots.len(), y);
            self.drawing.shapes.extend(dimension(Pen::Blue, x0, x1, y - 20.0, 14.0, &shorter(x1 - x0)));
        } else {
            let last_line = (slots.len() - 1) / grid.per_line * grid.per_line;
            let (x0, x1) = span(there.max(last_line) - last_line, slots.len() - last_line, y);
            let foot = grid.bottom(slots.len(), y) + 24.0;
            self.drawing.shapes.extend(dimension_below(x0, x1, foot, &shorter(x1 - x0)));
        }
    }

    /// A bracket under what is only wished for: it has no place yet.
    fn no_place_yet(&mut self, from: usize, count: usize, grid: &Grid, x: f32, bottom: f32) {
        let first = grid.place(from, x, 0.0).0 + grid.w / 2.0;
        let last = grid.place(from + count - 1, x, 0.0).0 + grid.w / 2.0;
        let way = if count == 1 { format!("M{first} {bottom}v16") } else { format!("M{first} {bottom}v16H{last}v-16") };
        self.drawing.path("wishline thin", way);
        let said = self.words.text("map-no-place");
        let half = super::text_width(said, 12.0) / 2.0;
        let middle = f32::midpoint(first, last).min(self.left + self.inner - half);
        self.drawing.text("mid tb halo", middle, bottom + 36.0, said);
        self.bracket = bottom + 42.0;
    }
}

/// A text with its number in the strong weight.
fn counted(class: &'static str, x: f32, y: f32, said: String, number: i64) -> Shape {
    let number = number.to_string();
    let runs = match said.split_once(&number) {
        Some((before, after)) => vec![("", before.to_owned()), ("s", number), ("", after.to_owned())],
        None => vec![("", said)],
    };
    Shape::Text { class, x, y, runs }
}

/// A blue dimension whose feet go up.
fn dimension_below(x0: f32, x1: f32, y: f32, said: &str) -> Vec<Shape> {
    let mut shapes = dimension(Pen::Blue, x0, x1, y - 10.0, -12.0, "");
    shapes.truncate(3);
    shapes.push(text("mid s tb halo", f32::midpoint(x0, x1), y + 8.0, said));
    shapes
}

/// What a row says to who cannot see it.
#[must_use]
pub fn gap_label(row: &WishRow, words: &Words) -> String {
    let (want, have, gap) = (row.want, row.have(), row.gap());
    if gap == 0 {
        say!(words, "met-label", want = want, have = have)
    } else {
        say!(words, "gap-label", want = want, have = have, gap = gap)
    }
}

/// The slots of a row: the Pods in the order of their nodes, so that lines do not cross, then what
/// is missing. Who leaves has left the row already.
fn slots<'a>(row: &'a WishRow, zones: &[drydock::view::map::ZoneView]) -> Vec<Slot<'a>> {
    let nodes: Vec<&str> = zones.iter().flat_map(|zone| zone.nodes.iter().map(|node| &*node.key.name)).collect();
    let mut pods: Vec<&PodView> =
        row.pods.iter().filter(|pod| !matches!(pod.state, PodState::Leaving | PodState::Done)).collect();
    // A Pod without a node comes after those that have one: it is part of the gap.
    pods.sort_by_key(|pod| nodes.iter().position(|node| *node == &*pod.node).unwrap_or(usize::MAX));
    let missing = usize::try_from(row.want - row.written()).unwrap_or_default().min(SLOTS_MAX);
    let slots = pods.into_iter().map(Slot::Pod);
    slots.chain((0..missing).map(|_| Slot::Wished)).take(SLOTS_MAX).collect()
}

/// A wish for a thousand Pods is a number, not a thousand plates.
const SLOTS_MAX: usize = 300;

/// How plates stand beside each other.
struct Grid {
    w: f32,
    h: f32,
    gap: f32,
    per_line: usize,
}

impl Grid {
    /// Plates as large as fit on one line; small ones on several.
    fn of(count: usize, width: f32) -> Self {
        let fits = |w: f32, gap: f32| ((width + gap) / (w + gap)).floor().max(1.0) as usize;
        for (least, h, gap) in [(48.0, 28.0, 12.0), (36.0, 24.0, 8.0), (26.0, 18.0, 6.0)] {
            if fits(least, gap) >= count {
                let w = ((width + gap) / number(count.max(1)) - gap).floor().min(64.0);
                return Self { w, h, gap, per_line: count.max(1) };
            }
        }
        let (w, h, gap) = if count > 60 { (16.0, 11.0, 4.0) } else { (24.0, 15.0, 6.0) };
        Self { w, h, gap, per_line: fits(w, gap) }
    }

    fn place(&self, index: usize, x: f32, y: f32) -> (f32, f32) {
        let (column, line) = (index % self.per_line, index / self.per_line);
        (x + number(column) * (self.w + self.gap), y + number(line) * (self.h + self.gap))
    }

    fn lines(&self, count: usize) -> usize {
        count.div_ceil(self.per_line).max(1)
    }

    fn bottom(&self, count: usize, y: f32) -> f32 {
        y + number(self.lines(count)) * (self.h + self.gap) - self.gap
    }
}

/// Thin lines from the row's plates to where the Pods are.
struct Ways {
    feet: Vec<Foot>,
    bracket: f32,
}

/// The height between two lanes.
const LANE: f32 = 13.0;

impl Ways {
    /// How much room the lanes need between rows and docks.
    fn room(&self) -> f32 {
        30.0 + LANE * number(self.feet.len())
    }

    /// Lines that go left use the upper lanes first, lines that go right the lower ones and pass
    /// below the words about what has no place, so that nothing crosses.
    fn draw(self, drawing: &mut Drawing, docks: &Docks, selected: Option<&Key>) {
        let lowest = self.feet.iter().map(|foot| foot.y).fold(0.0, f32::max);
        let place = |foot: &Foot| docks.places.iter().find(|(key, ..)| *key == foot.pod).map(|(_, x, y)| (*x, *y));
        let ways: Vec<(&Foot, f32, f32)> =
            self.feet.iter().filter_map(|foot| place(foot).map(|(x, y)| (foot, x, y))).collect();
        let rights = ways.iter().filter(|(foot, x, _)| *x >= foot.x).count();
        let (mut left, mut right) = (0, rights);
        let mut lines = Vec::new();
        for (foot, x, y) in &ways {
            let level = if *x < foot.x {
                left += 1;
                lowest + LANE * number(left)
            } else {
                right -= 1;
                lowest.max(self.bracket) + LANE * number(right + 1)
            };
            let chosen = selected == Some(&foot.pod);
            let shapes = vec![
                path(if chosen { "lnb" } else { "ln1" }, format!("M{} {}V{level}H{x}V{y}", foot.x, foot.y)),
                Shape::Circle { class: if chosen { "bluef" } else { "inkf" }, x: *x, y: *y, r: 2.5 },
            ];
            let key = format!("line {}", foot.pod);
            lines.push(Shape::Group(Group { key, class: "line", place: Place::Here, pick: None, shapes }));
        }
        drawing.shapes.splice(0..0, lines);
    }
}

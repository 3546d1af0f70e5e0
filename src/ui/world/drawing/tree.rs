//! The Tree lens: owners at the left, Services at the right, and between them the Pods in which both
//! end. A port at a Pod's edge says whether requests come to it.

use super::shapes::{self, Inscription, Pen, Plate, dimension};
use super::sheet::{self, BORDER_FROM};
use super::{Drawing, Pick, Place, Shape, fitted, number, path, text};
use drydock::view::Key;
use drydock::view::tree::{Branch, Leaf, Port, ServiceView, TreeView};
use drydock::words::{Words, say};

/// Narrower panes show owners, Pods and Services below each other.
const ACROSS_FROM: f32 = 600.0;
/// The width of the owners, and of the Services.
const LEFT: f32 = 190.0;
const RIGHT: f32 = 164.0;
/// A plate, and the cell that it stands in.
const PLATE: (f32, f32) = (52.0, 22.0);
const CELL: (f32, f32) = (62.0, 30.0);
/// A name with the line below it.
const LABEL: f32 = 40.0;
const INDENT: f32 = 16.0;
/// Room for a dimension above plates.
const ABOVE: f32 = 24.0;

/// Where the Pods of one owner stand.
struct Block {
    pods: Vec<Key>,
    ready: Vec<Key>,
    right: f32,
    mid: f32,
    foot: f32,
}

struct Sheet<'a> {
    drawing: &'a mut Drawing,
    words: &'a Words,
    selected: Option<&'a Key>,
    /// Where Pods begin, and how many stand beside each other.
    pods_at: f32,
    columns: usize,
    blocks: Vec<Block>,
    is_across: bool,
}

/// Draws the sheet for a pane of `width` by `height`.
#[must_use]
pub fn draw(view: &TreeView, words: &Words, selected: Option<&Key>, width: f32, height: f32) -> Drawing {
    let mut drawing = Drawing { width, ..Drawing::default() };
    let margin = sheet::margin(width);
    let is_across = width >= ACROSS_FROM;
    let pods_at = if is_across { margin + LEFT } else { margin + 2.0 * INDENT };
    let room = width - margin - pods_at - if is_across && !view.services.is_empty() { RIGHT + 40.0 } else { 0.0 };
    let columns = ((room / CELL.0) as usize).max(1);
    let mut sheet = Sheet { drawing: &mut drawing, words, selected, pods_at, columns, blocks: Vec::new(), is_across };
    let top = if width < BORDER_FROM { 20.0 } else { 48.0 };
    let mut y = top;
    for branch in &view.branches {
        y = sheet.branch(branch, margin, y) + 12.0;
    }
    if !view.loose.is_empty() {
        sheet.drawing.text("t2", margin, y + 14.0, words.text("tree-loose"));
        let from = if is_across { y } else { y + 24.0 };
        let end = sheet.block(&view.loose, 0, from);
        y = end.max(y + LABEL) + 12.0;
    }
    let mut at = if is_across { top } else { y };
    for (index, service) in view.services.iter().enumerate() {
        at = if is_across {
            sheet.service(service, (width - margin - RIGHT, at), index)
        } else {
            sheet.service_below(service, (margin, at), width - 2.0 * margin)
        };
    }
    y = y.max(at) + 8.0;
    if !view.services.is_empty() {
        y = sheet.legend(margin, y, width - margin);
    }
    drawing.height = (y + if width < BORDER_FROM { 8.0 } else { 32.0 }).max(height);
    sheet::border(&mut drawing);
    drawing
}

impl Sheet<'_> {
    /// An owner with everything below it. Returns where it ends.
    fn branch(&mut self, branch: &Branch, x: f32, y: f32) -> f32 {
        let has_block = !branch.pods.is_empty() || branch.missing > 0;
        self.owner(branch, x, y, has_block && self.is_across);
        let mut foot = y + LABEL;
        if has_block {
            let above = if branch.missing > 0 { ABOVE - 8.0 } else { 0.0 };
            let from = if self.is_across { y - 2.0 + above } else { y + LABEL + above };
            foot = foot.max(self.block(&branch.pods, branch.missing, from) + 4.0);
        }
        for child in &branch.children {
            let elbow = format!("M{} {}V{}H{}", x + 5.0, y + 26.0, foot + 10.0, x + INDENT - 3.0);
            self.drawing.shapes.insert(0, path("lnl", elbow));
            foot = self.branch(child, x + INDENT, foot);
        }
        if branch.hidden > 0 {
            let said = say!(self.words, "tree-hidden", count = branch.hidden);
            self.drawing.text("n11 tp", x + INDENT, foot + 10.0, said);
            foot += 20.0;
        }
        foot
    }

    fn owner(&mut self, branch: &Branch, x: f32, y: f32, has_shelf: bool) {
        let words = self.words;
        let is_child = x > sheet::margin(self.drawing.width);
        let kind = branch.key.resource.kind();
        let counts = match branch.want {
            Some(want) if branch.key.resource.kind() == "Job" => {
                say!(words, "tree-completions", want = want)
            }
            Some(want) if is_child && want == branch.have => say!(words, "tree-pods", count = want),
            Some(want) if is_child => say!(words, "tree-of", want = want, have = branch.have),
            Some(want) => say!(words, "gap-short", want = want, have = branch.have),
            None => String::new(),
        };
        let label = [kind, " ", &branch.key.name, ", ", &counts].concat();
        let room = if self.is_across { self.pods_at - x - 14.0 } else { 260.0 };
        let (name_class, kind_class) = if branch.is_wished { ("s tb", "n11 tb") } else { ("s", "n11 t2") };
        let mut said = kind.to_owned();
        if !branch.revision.is_empty() {
            said = [&said, " ", &say!(words, "tree-revision", revision = &branch.revision)].concat();
        }
        if !counts.is_empty() {
            said = [&said, ", ", &counts].concat();
        }
        let selected = self.is_selected(&branch.key);
        let key = format!("owner {}", branch.key);
        let pick = self.pick(&branch.key, label, (x + 40.0, y + 12.0));
        let mut shapes = vec![
            path(if selected { "hit sel" } else { "hit" }, format!("M-4 -2H{room}V{}H-4Z", LABEL - 6.0)),
            text(name_class, 0.0, 12.0, fitted(&branch.key.name, 12.5, room)),
            text(kind_class, 0.0, 28.0, fitted(&said, 11.0, room)),
        ];
        if has_shelf {
            let taken = super::text_width(&branch.key.name, 12.5).min(room) + 8.0;
            if taken < room {
                shapes.push(path("hair", format!("M{taken} 8.5H{}", room + 6.0)));
            }
        }
        self.drawing.group(key, "owner", Place::At(x, y), Some(pick), shapes);
    }

    /// The Pods of one owner and what is missing of them. Returns where it ends.
    fn block(&mut self, pods: &[Leaf], missing: i64, y: f32) -> f32 {
        let x = self.pods_at;
        let wished = usize::try_from(missing).unwrap_or(0).min(60);
        let place =
            |index: usize, columns: usize| (x + CELL.0 * number(index % columns), y + CELL.1 * number(index / columns));
        for (index, leaf) in pods.iter().enumerate() {
            self.leaf(leaf, place(index, self.columns));
        }
        for index in pods.len()..pods.len() + wished {
            let (px, py) = place(index, self.columns);
            let shapes = shapes::plate(Plate::Wished, PLATE.0, PLATE.1, Inscription::default());
            self.drawing.group(format!("wish {px} {py}"), Plate::Wished.class(), Place::At(px, py), None, shapes);
        }
        let all = pods.len() + wished;
        if wished > 0 {
            // Over the first row of wishes, as far as it goes.
            let first = place(pods.len(), self.columns);
            let last_in_row = (pods.len() / self.columns + 1) * self.columns - 1;
            let last = place((all - 1).min(last_in_row), self.columns);
            if pods.len() < self.columns {
                let said = wished.to_string();
                let shapes = dimension(Pen::Blue, first.0, last.0 + PLATE.0, first.1 - 7.0, 4.0, &said);
                self.drawing.shapes.extend(shapes);
            }
        }
        let rows = all.div_ceil(self.columns).max(1);
        let keys = |wanted: &dyn Fn(Port) -> bool| -> Vec<Key> {
            pods.iter().filter(|leaf| wanted(leaf.port)).map(|leaf| leaf.pod.key.clone()).collect()
        };
        let right = x + CELL.0 * number(pods.len().clamp(1, self.columns)) - CELL.0 + PLATE.0;
        self.blocks.push(Block {
            pods: keys(&|port| port != Port::Closed),
            ready: keys(&|port| port == Port::Open),
            right,
            mid: y + PLATE.1 / 2.0,
            foot: y + PLATE.1 / 2.0 + CELL.1 * number(pods.len().div_ceil(self.columns).max(1) - 1),
        });
        y + CELL.1 * number(rows)
    }

    fn leaf(&mut self, leaf: &Leaf, (x, y): (f32, f32)) {
        let words = self.words;
        let pod = &leaf.pod;
        let selected = self.is_selected(&pod.key);
        let plate = Plate::Pod(pod.state);
        let said = Inscription { name: &pod.short, selected, ..Inscription::default() };
        let mut shapes = shapes::plate(plate, PLATE.0, PLATE.1, said);
        let (class, word) = match leaf.port {
            Port::Open => ("tport", "tree-open"),
            Port::Waiting => ("tport waits", "tree-waiting"),
            Port::Closed => ("", "tree-closed"),
        };
        if leaf.port != Port::Closed {
            shapes.push(path(class, format!("M{} 7.5h6v7h-6Z", PLATE.0 - 1.0)));
        }
        let label =
            format!("Pod {}, {}, {} {}", pod.key.name, words.text(pod.state.word()), pod.status, words.text(word));
        let pick = self.pick(&pod.key, label, (x + PLATE.0 / 2.0, y + PLATE.1 / 2.0));
        self.drawing.group(format!("pod {}", pod.key), plate.class(), Place::At(x, y), Some(pick), shapes);
    }

    /// A Service at the right, beside the Pods that it selects. Returns where it ends.
    fn service(&mut self, service: &ServiceView, (x, least): (f32, f32), index: usize) -> f32 {
        let touches = |block: &&Block| block.pods.iter().any(|pod| service.selected.contains(pod));
        let beside = self.blocks.iter().find(touches).map_or(least, |block| block.mid - PLATE.1 / 2.0);
        let mut y = least.max(beside);
        let top = y;
        let room = RIGHT;
        for ingress in &service.ingresses {
            self.name(ingress, "n11 t2", (x, y), room, ingress.resource.kind().to_owned());
            self.drawing.shapes.insert(0, path("lnl", format!("M{} {}V{}", x + 5.0, y + 28.0, y + LABEL - 2.0)));
            y += LABEL;
        }
        let said = if service.selected.is_empty() { self.words.text("tree-selects-none") } else { "" };
        let kind = service.key.resource.kind().to_owned();
        let kind = if said.is_empty() { kind } else { [&kind, ", ", said].concat() };
        self.name(&service.key, if said.is_empty() { "n11 t2" } else { "n11 tb" }, (x, y), room, kind);
        let service_y = y;
        y += LABEL;
        for slice in &service.slices {
            let elbow = format!("M{} {}V{}H{}", x + 5.0, service_y + 28.0, y + 8.0, x + INDENT - 3.0);
            self.drawing.shapes.insert(0, path("lnl", elbow));
            let said = say!(self.words, "tree-slice", ready = slice.ready, all = slice.pods.len());
            self.name(&slice.key, "n11 t2", (x + INDENT, y), room - INDENT, said);
            y += LABEL;
        }
        let bus = x - 16.0 - 6.0 * number(index % 4);
        let from = top + 8.0 + LABEL * number(service.ingresses.len());
        for block in &self.blocks {
            let mine = |pods: &[Key]| pods.iter().any(|pod| service.selected.contains(pod));
            if !mine(&block.pods) {
                continue;
            }
            let class = if mine(&block.ready) { "lnl" } else { "wishline thin" };
            // A bracket along all rows, so that every Pod is seen to belong.
            let edge = block.right + 7.0;
            let mut way = format!("M{} {from}H{bus}V{}H{}", x - 4.0, block.mid, edge + 8.0);
            let mut row = block.mid;
            while row <= block.foot + 1.0 {
                way += &format!("M{edge} {row}H{}", edge + 8.0);
                row += CELL.1;
            }
            way += &format!("M{} {}V{}", edge + 8.0, block.mid, block.foot);
            self.drawing.shapes.insert(0, path(class, way));
        }
        if service.selected.is_empty() {
            self.drawing.shapes.insert(0, path("wishline thin", format!("M{} {from}H{}", x - 4.0, x - 36.0)));
        }
        y + 8.0
    }

    /// A Service in a narrow pane: below everything, in words.
    fn service_below(&mut self, service: &ServiceView, (x, y): (f32, f32), room: f32) -> f32 {
        let mut y = y;
        let ready: usize = service.slices.iter().map(|slice| slice.ready).sum();
        let said = match service.selected.len() {
            0 => self.words.text("tree-selects-none").to_owned(),
            all => say!(self.words, "tree-slice", ready = ready, all = all),
        };
        let kind = [service.key.resource.kind(), ", ", &said].concat();
        self.name(&service.key, "n11 t2", (x, y), room, kind);
        y += LABEL;
        for slice in &service.slices {
            let elbow = format!("M{} {}V{}H{}", x + 5.0, y - LABEL + 28.0, y + 8.0, x + INDENT - 3.0);
            self.drawing.shapes.insert(0, path("lnl", elbow));
            let said = say!(self.words, "tree-slice", ready = slice.ready, all = slice.pods.len());
            self.name(&slice.key, "n11 t2", (x + INDENT, y), room - INDENT, said);
            y += LABEL;
        }
        y
    }

    /// An object by its name, with a line below it.
    fn name(&mut self, key: &Key, class: &'static str, (x, y): (f32, f32), room: f32, said: String) {
        let selected = self.is_selected(key);
        let label = [key.resource.kind(), " ", &key.name, ", ", &said].concat();
        let pick = self.pick(key, label, (x + 30.0, y + 12.0));
        let shapes: Vec<Shape> = vec![
            path(if selected { "hit sel" } else { "hit" }, format!("M-4 -2H{room}V{}H-4Z", LABEL - 6.0)),
            text("s", 0.0, 12.0, fitted(&key.name, 12.5, room)),
            text(class, 0.0, 28.0, fitted(&said, 11.0, room)),
        ];
        self.drawing.group(format!("name {key}"), "owner", Place::At(x, y), Some(pick), shapes);
    }

    fn pick(&mut self, key: &Key, label: String, (x, y): (f32, f32)) -> usize {
        let selected = self.is_selected(key);
        self.drawing.pick(Pick { key: Some(key.clone()), label, selected, stop: true, x, y })
    }

    fn is_selected(&self, key: &Key) -> bool {
        self.selected == Some(key)
    }

    fn legend(&mut self, x: f32, y: f32, right: f32) -> f32 {
        let (mut at, mut y) = (x, y + 8.0);
        for (class, word) in [("tport", "tree-open"), ("tport waits", "tree-waiting")] {
            let said = self.words.text(word);
            let room = 14.0 + super::text_width(said, 11.0);
            if at > x && at + room > right {
                (at, y) = (x, y + 20.0);
            }
            self.drawing.path(class, format!("M{at} {}h6v7h-6Z", y - 7.5));
            self.drawing.text("n11 t2", at + 14.0, y, said);
            at += room + 24.0;
        }
        y
    }
}

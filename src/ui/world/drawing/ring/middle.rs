//! The middle of the ring: wish and world side by side, and the number that is the difference.

use super::super::shapes::{self, Inscription, Pen, Plate, dimension};
use super::super::{Place, fitted, number, text_width};
use super::grid::Grid;
use super::{BAND, Scene};
use drydock::view::wish::{PodState, WishRow};
use drydock::words::say;

impl Scene<'_> {
    /// Wish and world side by side, and the number that is the difference.
    pub(super) fn middle(&mut self, row: &WishRow) {
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

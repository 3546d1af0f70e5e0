//! How plates stand in the middle of the ring.

use super::super::number;

/// Plates in the middle of the ring.
pub(super) struct Grid {
    /// The width of a plate.
    pub w: f32,
    /// Its height.
    pub h: f32,
    /// What is between two.
    pub gap: f32,
    /// How many stand in a line.
    pub per_line: usize,
}

impl Grid {
    /// The largest plates that stand in one line, or small ones in several.
    pub fn of(count: usize, width: f32, height: f32) -> Self {
        for (w, h, gap) in [(34.0, 24.0, 7.0), (26.0, 18.0, 6.0), (20.0, 14.0, 5.0), (16.0, 11.0, 4.0)] {
            let per_line = ((width + gap) / (w + gap)).floor().max(1.0);
            let lines = (number(count) / per_line).ceil();
            if lines <= 1.0 || (w <= 20.0 && lines * (h + gap) <= height / 1.6) {
                return Self { w, h, gap, per_line: (per_line as usize).min(count) };
            }
        }
        let (w, h, gap) = (11.0, 8.0, 3.0);
        Self { w, h, gap, per_line: ((width + gap) / (w + gap)).floor().max(1.0) as usize }
    }

    /// The largest plates that fit into a width and a height.
    pub fn within(count: usize, width: f32, height: f32) -> Self {
        let sizes = [(34.0, 24.0, 7.0), (26.0, 18.0, 6.0), (20.0, 14.0, 5.0), (16.0, 11.0, 4.0), (11.0, 8.0, 3.0)];
        let per_line = |w: f32, gap: f32| ((width + gap) / (w + gap)).floor().max(1.0);
        let fits = |(w, h, gap): &(f32, f32, f32)| (number(count) / per_line(*w, *gap)).ceil() * (h + gap) <= height;
        let (w, h, gap) = sizes.into_iter().find(fits).unwrap_or((8.0, 6.0, 2.0));
        Self { w, h, gap, per_line: (per_line(w, gap) as usize).min(count) }
    }

    /// Where the plate with this index stands.
    pub fn place(&self, index: usize, x: f32, y: f32) -> (f32, f32) {
        let (column, line) = (index % self.per_line, index / self.per_line);
        (x + number(column) * (self.w + self.gap), y + number(line) * (self.h + self.gap))
    }
}

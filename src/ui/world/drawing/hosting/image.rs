//! An image: its layers as they are stacked, and where each of them lies.

use super::super::{fitted, number, text_width};
use super::{Pen, rect};
use drydock::view::hosting::{ImageView, Lies};
use drydock::words::{Words, say};

/// The height of a layer.
const LAYER: f32 = 32.0;

/// What the drawing says.
pub(super) fn told(image: &ImageView, words: &Words) -> Vec<String> {
    let (made, seconds, pushed) = image.build;
    let size = say!(words, "image-size", mebibytes = image.size);
    let built = say!(words, "image-made", count = made, seconds = seconds);
    let pushed = say!(words, "image-size", mebibytes = pushed);
    let whole = format!(
        "{}, {size}. {}: {built}. {}: {pushed}",
        image.name,
        words.say("image-build", &[]),
        words.say("image-registry", &[])
    );
    let nodes = image.nodes.iter().map(|(node, fetched, seconds, _)| {
        format!("{node}: {}", say!(words, "image-fetched", mebibytes = *fetched, seconds = *seconds))
    });
    std::iter::once(whole).chain(nodes).collect()
}

impl Pen<'_> {
    /// The layers of the last build, the lowest at the left: found, built, still to be built.
    pub(super) fn small_image(&mut self, image: &ImageView) {
        let (made, seconds, _) = image.build;
        let said = say!(self.words, "image-made", count = made, seconds = seconds);
        self.drawing.text("s m", self.left, 24.0, fitted(&image.name, 13.0, self.inner / 2.0));
        self.drawing.text("n11 t2 end", self.left + self.inner, 24.0, said);
        let w = self.inner / number(image.layers.len().max(1));
        for (index, layer) in image.layers.iter().rev().enumerate() {
            let at = (self.left + w * number(index), 40.0, w - 6.0, 28.0);
            self.lies(layer.places.first().copied().unwrap_or(Lies::NotYet), at);
        }
    }

    fn lies(&mut self, lies: Lies, (x, y, w, h): (f32, f32, f32, f32)) {
        match lies {
            Lies::Already => {
                self.drawing.path("theirs", rect(x, y, w, h));
                self.drawing.path("lnl", rect(x, y, w, h));
            }
            Lies::Anew => self.drawing.path("inkf", rect(x, y, w, h)),
            Lies::NotYet => self.drawing.path("wishline", rect(x + 0.75, y + 0.75, w - 1.5, h - 1.5)),
        }
    }

    pub(super) fn image(&mut self, image: &ImageView, top: f32) -> f32 {
        let narrow = self.is_narrow();
        self.drawing.text("s n15", self.left, top, fitted(&image.name, 15.0, self.inner / 2.0));
        let size = say!(self.words, "image-size", mebibytes = image.size);
        self.drawing.text("n11 t2", self.left, top + 18.0, size);
        let places = number(2 + image.nodes.len());
        let gap = if narrow { 4.0 } else { 12.0 };
        let label = if narrow { (self.inner * 0.4).min(150.0) } else { (self.inner * 0.4).min(320.0) };
        let w = ((self.inner - label - gap * places) / places).min(96.0);
        let left = self.left;
        let x_of = |index: usize| left + label + gap + (w + gap) * number(index);
        let mut heads = vec![self.word("image-build"), self.word("image-registry")];
        heads.extend(image.nodes.iter().map(|(node, ..)| node.to_string()));
        for (index, head) in heads.iter().enumerate() {
            let class = if index < 2 { "n11 t2" } else { "n11 m t2" };
            self.drawing.text(class, x_of(index), top + 18.0, fitted(head, 11.0, w + gap - 2.0));
        }
        let stack = top + 34.0;
        for (row, layer) in image.layers.iter().enumerate() {
            let y = stack + LAYER * number(row);
            // A slab of the stack, with its line and what it adds.
            self.drawing.path("paperf", rect(self.left, y, label, LAYER));
            self.drawing.path("ln1", rect(self.left + 0.5, y, label - 1.0, LAYER));
            let size = say!(self.words, "image-size", mebibytes = layer.size);
            let room = label - 20.0 - if narrow { 0.0 } else { text_width(&size, 11.0) + 8.0 };
            self.drawing.text("m n11", self.left + 8.0, y + LAYER / 2.0 + 4.0, fitted(&layer.instruction, 11.5, room));
            if !narrow {
                let class = if layer.size == 0 { "n11 tp end" } else { "n11 s end" };
                self.drawing.text(class, self.left + label - 8.0, y + LAYER / 2.0 + 4.0, size);
            }
            for (index, lies) in layer.places.iter().enumerate() {
                self.lies(*lies, (x_of(index), y + 7.0, w, LAYER - 14.0));
            }
        }
        let foot = stack + LAYER * number(image.layers.len());
        // The keel blocks on which the stack stands.
        self.drawing
            .path("inkf", rect(self.left + 12.0, foot, 8.0, 5.0) + &rect(self.left + label - 20.0, foot, 8.0, 5.0));
        self.drawing.path("ln2", format!("M{} {}h{label}", self.left, foot + 6.0));
        let (made, seconds, pushed) = image.build;
        let mut sums = vec![
            (say!(self.words, "image-made-short", count = made), say!(self.words, "image-took", seconds = seconds)),
            (say!(self.words, "image-size", mebibytes = pushed), String::new()),
        ];
        sums.extend(image.nodes.iter().map(|(_, fetched, seconds, is_ready)| {
            let took = if *is_ready {
                say!(self.words, "image-took", seconds = *seconds)
            } else {
                self.word("image-under-way")
            };
            (say!(self.words, "image-size", mebibytes = *fetched), took)
        }));
        let y = foot + 26.0;
        self.drawing.text("t2", self.left, y + 2.0, fitted(&self.word("image-this-time"), 13.0, label));
        for (index, (first, second)) in sums.iter().enumerate() {
            let x = x_of(index);
            let size = if narrow { 11.0 } else { 13.0 };
            let class = if narrow { "s n11" } else { "s" };
            self.drawing.text(class, x, y, fitted(first, size, w + gap - 2.0));
            self.drawing.text("n11 t2", x, y + 17.0, fitted(second, 11.0, w + gap - 2.0));
        }
        self.image_key(y + 44.0) + 20.0
    }

    /// What the three kinds of cells mean. Returns where it ends.
    fn image_key(&mut self, top: f32) -> f32 {
        let (mut x, mut y) = (self.left, top);
        for (lies, key) in
            [(Lies::Already, "image-key-already"), (Lies::Anew, "image-key-anew"), (Lies::NotYet, "image-key-not-yet")]
        {
            let said = self.word(key);
            let wide = 34.0 + text_width(&said, 11.0) + 20.0;
            if x > self.left && x + wide > self.left + self.inner {
                (x, y) = (self.left, y + 24.0);
            }
            self.lies(lies, (x, y - 11.0, 26.0, 14.0));
            self.drawing.text("n11 t2", x + 34.0, y, said);
            x += wide;
        }
        y
    }
}

//! An image: its layers, and where each of them lies.

use super::super::{fitted, number, text_width};
use super::{Pen, rect};
use drydock::view::hosting::ImageView;
use drydock::words::say;

impl Pen<'_> {
    /// The layers of the last build, the lowest at the left: found, built, still to be built.
    pub(super) fn small_image(&mut self, image: &ImageView) {
        self.drawing.text("s m", self.left, 24.0, fitted(&image.name, 13.0, self.inner));
        let w = self.inner / number(image.layers.len().max(1));
        for (index, layer) in image.layers.iter().rev().enumerate() {
            let class = match (layer.built, layer.is_cached) {
                (true, true) => "theirs",
                (true, false) => "inkf",
                (false, _) => "wishline",
            };
            let at = rect(self.left + w * number(index), 40.0, w - 6.0, 24.0);
            self.drawing.path(class, at.clone());
            if layer.built {
                self.drawing.path("ln1", at);
            }
        }
    }

    pub(super) fn image(&mut self, image: &ImageView, top: f32) -> f32 {
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

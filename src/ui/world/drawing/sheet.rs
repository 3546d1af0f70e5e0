//! The sheet: drafting border with grid references and ticks, and the key to the shapes.

use super::shapes::{self, Inscription, Plate};
use super::{Drawing, Place, Shape, number, text, text_width};
use drydock::view::wish::PodState;
use drydock::words::Words;

/// Panes narrower than this have no border: the room is needed.
pub const BORDER_FROM: f32 = 480.0;

/// How far the drawing stands from the pane's edges.
#[must_use]
pub fn margin(width: f32) -> f32 {
    if width < BORDER_FROM { 16.0 } else { 40.0 }
}

/// The border with its references. It is as tall as the drawing.
pub fn border(drawing: &mut Drawing) {
    let (w, h) = (drawing.width, drawing.height);
    drawing.shapes.insert(0, super::path("gridded", format!("M16 16H{}V{}H16Z", w - 16.0, h - 16.0)));
    if w < BORDER_FROM {
        drawing.shapes.remove(0);
        drawing.shapes.insert(0, super::path("gridded", format!("M0 0H{w}V{h}H0Z")));
        return;
    }
    let (right, foot) = (w - 16.0, h - 16.0);
    let mut lines = format!("M16.5 16.5H{}V{}H16.5Z", right - 0.5, foot - 0.5);
    let mut marks = Vec::new();
    let columns = ((w - 32.0) / 100.0).round().max(2.0) as usize;
    let step = (w - 32.0) / number(columns);
    for index in 0..columns {
        let x = 16.0 + step * number(index);
        marks.push(text("ref mid", x + step / 2.0, 12.0, (index + 1).to_string()));
        if index > 0 {
            lines.push_str(&format!("M{x} 10v6M{x} {foot}v6"));
        }
    }
    let rows = ((h - 32.0) / 155.0).round().clamp(2.0, 26.0) as usize;
    let step = (h - 32.0) / number(rows);
    for (index, letter) in ('A'..='Z').take(rows).enumerate() {
        let y = 16.0 + step * number(index);
        marks.push(text("ref mid", 8.0, y + step / 2.0 + 3.0, letter.to_string()));
        if index > 0 {
            lines.push_str(&format!("M10 {y}h6M{right} {y}h6"));
        }
    }
    drawing.shapes.splice(1..1, std::iter::once(super::path("lnl", lines)).chain(marks));
}

/// The plates of the key, in the order in which people meet them.
const KEY: [Plate; 5] = [
    Plate::Pod(PodState::Ready),
    Plate::Pod(PodState::Starting),
    Plate::Pod(PodState::Failing),
    Plate::Wished,
    Plate::Pod(PodState::Leaving),
];

/// The key to the shapes, flowing within `width`. Returns the groups and the height they take.
#[must_use]
pub fn key(words: &Words, x: f32, y: f32, width: f32) -> (Vec<Shape>, f32) {
    let (mut at, mut line, mut shapes) = (0.0_f32, 0.0_f32, Vec::new());
    for plate in KEY {
        let word = words.text(plate.word());
        let room = 34.0 + text_width(word, 11.0);
        if at > 0.0 && at + room > width {
            (at, line) = (0.0, line + 26.0);
        }
        let mut parts = vec![Shape::Group(super::Group {
            key: "plate".to_owned(),
            class: plate.class(),
            place: Place::Here,
            pick: None,
            shapes: shapes::plate(plate, 26.0, 16.0, Inscription::default()),
        })];
        parts.push(text("n11 t2", 34.0, 12.0, word));
        shapes.push(Shape::Group(super::Group {
            key: format!("key {}", plate.class()),
            class: "key",
            place: Place::At(x + at, y + line),
            pick: None,
            shapes: parts,
        }));
        at += room + 26.0;
    }
    (shapes, line + 16.0)
}

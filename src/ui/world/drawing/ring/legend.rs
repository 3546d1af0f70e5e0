//! What the shapes of the Loop lens mean.

use super::super::{Drawing, Group, Place, Shape, path, sheet, text, text_width};
use drydock::words::Words;

/// What a circle and a square mean.
pub(super) fn legend(drawing: &mut Drawing, words: &Words) {
    let y = drawing.height - 38.0;
    let mut x = sheet::margin(drawing.width);
    let circle = Shape::Circle { class: "event", x: 6.0, y: -4.0, r: 5.0 };
    let square = path("bluef", "M1 -9h10v10h-10Z".to_owned());
    let door = path("inkf", "M2 -10h8v13h-8Z".to_owned());
    for (shape, key) in [(circle, "loop-event"), (square, "loop-write"), (door, "loop-door")] {
        let said = words.text(key);
        let shapes = vec![shape, text("n11 t2", 20.0, 0.0, said)];
        let group = Group { key: key.to_owned(), class: "key", place: Place::At(x, y), pick: None, shapes };
        drawing.shapes.push(Shape::Group(group));
        x += 20.0 + text_width(said, 11.0) + 26.0;
    }
}

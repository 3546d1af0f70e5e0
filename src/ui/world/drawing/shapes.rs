//! The vocabulary: plates, docks, dimension lines. Every shape survives greyscale and 14 × 10 px.

use super::{Shape, path, text};
use drydock::view::wish::{Containers, PodState};

/// What a plate shows: a Pod's state, or a wish that is not met.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Plate {
    /// A Pod in a state.
    Pod(PodState),
    /// A wish without a Pod.
    Wished,
}

impl Plate {
    /// The class that sets its pens.
    #[must_use]
    pub fn class(self) -> &'static str {
        match self {
            Self::Pod(PodState::Ready) => "plate ready",
            Self::Pod(PodState::Starting) => "plate starting",
            Self::Pod(PodState::Failing) => "plate failing",
            Self::Pod(PodState::Leaving) => "plate leaving",
            Self::Pod(PodState::Done) => "plate done",
            Self::Pod(PodState::Unknown) => "plate unknown",
            Self::Pod(PodState::Pending) | Self::Wished => "plate wished",
        }
    }

    /// The key of its name.
    #[must_use]
    pub fn word(self) -> &'static str {
        match self {
            Self::Pod(state) => state.word(),
            Self::Wished => "state-wished",
        }
    }
}

/// What is written on a plate.
#[derive(Clone, Copy, Default, Debug)]
pub struct Inscription<'a> {
    /// The name; empty for none.
    pub name: &'a str,
    /// The containers that are drawn.
    pub containers: Containers,
    /// Whether a selection is drawn around it.
    pub selected: bool,
}

/// A plate of a size, with its upper left corner at the origin.
#[must_use]
pub fn plate(plate: Plate, w: f32, h: f32, said: Inscription<'_>) -> Vec<Shape> {
    let scale = (h / 40.0).clamp(0.6, 1.0);
    let mut shapes = Vec::new();
    let inset = format!("M.75 .75H{}V{}H.75Z", w - 0.75, h - 0.75);
    match plate {
        Plate::Pod(PodState::Ready) => {
            shapes.push(path("body", format!("M0 0H{w}V{h}H0Z")));
            shapes.push(path(if scale > 0.9 { "cut big" } else { "cut" }, check(w, scale)));
        }
        Plate::Pod(PodState::Starting) => {
            let half = (h / 2.0).round();
            shapes.push(path("body", inset));
            shapes.push(path("hatched", format!("M.75 {half}H{}V{}H.75Z", w - 0.75, h - 0.75)));
            shapes.push(path("ln1", format!("M0 {half}H{w}")));
        }
        Plate::Pod(PodState::Failing) => {
            let (dx, dy) = if h < 24.0 { (2.5, 3.0) } else { (5.0, 7.0) };
            let middle = if said.name.is_empty() { w * 0.36 } else { w / 2.0 };
            let notch = format!(
                "M.75 .75H{}l{dx} {dy} {dx} -{dy}H{}V{}H{}l-{dx} -{dy} -{dx} {dy}H.75Z",
                middle - dx,
                w - 0.75,
                h - 0.75,
                middle + dx
            );
            shapes.push(path("body", notch));
            let size = if h < 24.0 { 6.0 } else { 8.0 };
            let (x, y) = (w - size - if h < 24.0 { 3.5 } else { 6.0 }, (h * 0.15).clamp(3.0, 6.0));
            shapes.push(path("x", format!("M{x} {y}l{size} {size}m0 -{size}l-{size} {size}")));
        }
        Plate::Pod(PodState::Leaving) => {
            shapes.push(path("body", format!("M.5 .5H{}V{}H.5Z", w - 0.5, h - 0.5)));
            let over = if h < 24.0 { 3.0 } else { 5.0 };
            shapes.push(path("x", format!("M-{over} {}L{} -3", h + 3.0, w + over)));
        }
        Plate::Pod(PodState::Done) => {
            shapes.push(path("body", inset));
            shapes.push(path("cut", check(w, scale)));
        }
        Plate::Pod(PodState::Unknown) => {
            shapes.push(path("body", inset));
            shapes.push(path("x", format!("M{} {}h{}", w / 2.0 - w * 0.15, h * 0.72, w * 0.3)));
        }
        Plate::Pod(PodState::Pending) | Plate::Wished => shapes.push(path("body", inset)),
    }
    inscribe(&mut shapes, plate, w, h, said);
    shapes
}

/// The check that is cut through the upper right corner.
fn check(w: f32, scale: f32) -> String {
    let part = |length: f32| length * scale;
    format!("M{} {}l{} {} {} {}", w - part(16.0), part(7.0), part(4.0), part(5.0), part(8.5), part(-14.0))
}

fn inscribe(shapes: &mut Vec<Shape>, plate: Plate, w: f32, h: f32, said: Inscription<'_>) {
    if !said.name.is_empty() && w >= 40.0 && h >= 20.0 {
        // Mono letters of 11 px are 6.6 px wide; a suffix of five always fits.
        let is_crossed = matches!(plate, Plate::Pod(PodState::Ready | PodState::Failing)) && h >= 36.0;
        let room = (w - 12.0 - if is_crossed { 6.0 } else { 0.0 }) / 6.6;
        let letters = (room as usize).max(5);
        let mut name: String = said.name.chars().take(letters).collect();
        if said.name.chars().count() > letters {
            name.pop();
            name.push('…');
        }
        let y = if h < 36.0 { h / 2.0 + 4.0 } else { 17.0 };
        shapes.push(text(
            "m n11",
            7.0,
            if matches!(plate, Plate::Pod(PodState::Starting)) && h >= 36.0 { 15.0 } else { y },
            name,
        ));
        if matches!(plate, Plate::Pod(PodState::Starting)) && h < 36.0 {
            // A name must not lie on the hatch.
            if let Some(Shape::Text { class, .. }) = shapes.last_mut() {
                *class = "m n11 halo-s";
            }
        }
    }
    if h >= 36.0 && !matches!(plate, Plate::Wished | Plate::Pod(PodState::Pending | PodState::Leaving)) {
        containers(shapes, said.containers, w, h - 12.5);
    }
    if said.selected {
        shapes.push(path("sel", format!("M-5 -5H{}V{}H-5Z", w + 5.0, h + 5.0)));
    }
}

/// What is in a Pod, from the left: rhombs that must end first, the containers that it is there for
/// (dashed while they wait), and boxes with a bar for the helpers beside them.
fn containers(shapes: &mut Vec<Shape>, inside: Containers, w: f32, y: f32) {
    let (mut x, end) = (7.5, w - 3.0);
    let main = if inside.first > 0 { "ctr later" } else { "ctr" };
    let mut draw = |class: &'static str, width: f32, d: &dyn Fn(f32) -> String| {
        if x + width <= end {
            shapes.push(path(class, d(x)));
            x += width + 4.0;
        }
    };
    for _ in 0..inside.first.min(2) {
        draw("ctr first", 8.0, &|x| format!("M{x} {}l4 -4 4 4 -4 4Z", y + 3.0));
    }
    for _ in 0..inside.main.min(3) {
        draw(main, 14.0, &|x| format!("M{x} {y}h14v6h-14Z"));
    }
    for _ in 0..inside.sidecars.min(2) {
        draw("ctr", 9.0, &|x| format!("M{x} {y}h9v6h-9Zm3 0v6"));
    }
}

/// The walls of a dock in section, stepped, with its upper left corner at the origin.
#[must_use]
pub fn walls(w: f32, h: f32) -> String {
    let step = (h / 2.0).round();
    let floor = h - 12.0;
    format!("M0 0H8V{step}H15V{floor}H{}V{step}H{}V0H{w}V{h}H0Z", w - 15.0, w - 8.0)
}

/// The two keel blocks under a plate.
#[must_use]
pub fn keel(x: f32, y: f32, w: f32) -> String {
    if w < 30.0 {
        return format!("M{} {y}h4v4h-4zM{} {y}h4v4h-4z", x + 2.0, x + w - 6.0);
    }
    format!("M{} {y}h8v5h-8zM{} {y}h8v5h-8z", x + 6.0, x + w - 14.0)
}

/// Which pen a dimension is drawn with.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Pen {
    /// The world.
    Ink,
    /// The wish.
    Blue,
}

/// A dimension line from `x0` to `x1` with slanted ticks and its number above. `reach` is how far
/// its feet go down.
#[must_use]
pub fn dimension(pen: Pen, x0: f32, x1: f32, y: f32, reach: f32, said: &str) -> Vec<Shape> {
    let (thin, thick, label) = match pen {
        Pen::Ink => ("ln1", "ln15", "mid s halo"),
        Pen::Blue => ("lnb1", "lnb", "mid s tb halo"),
    };
    let tick = |x: f32| path(thick, format!("M{} {}L{} {}", x - 4.0, y + 4.0, x + 4.0, y - 4.0));
    vec![
        path(
            thin,
            format!("M{} {y}H{}M{x0} {}V{}M{x1} {}V{}", x0 - 6.0, x1 + 6.0, y - 4.0, y + reach, y - 4.0, y + reach),
        ),
        tick(x0),
        tick(x1),
        text(label, f32::midpoint(x0, x1), y - 7.0, said),
    ]
}

//! What travels on the ring: a watch event or a write, with its trail and what it says.

use super::super::{Place, Shape, fitted, number, path, text};
use super::{BAND, Callout, Scene, Side};
use drydock::view::control_loop::Flight;

impl Scene<'_> {
    /// A watch event or a write on its way, with a trail of three dashes, and what it says.
    pub(super) fn flight(&mut self, flight: &Flight, angles: &[f32], callouts: &[Callout], (side, line): (f32, usize)) {
        let (Some(from), Some(to)) = (angles.get(flight.from), angles.get(flight.to)) else { return };
        let turn = shortest(to - from);
        let share = number(usize::try_from(flight.progress).unwrap_or_default()) / 1000.0;
        // It stops short of the port, so that port and dot are both seen.
        let reach = turn - turn.signum() * 7.0;
        let end = from + reach * share;
        let r = self.ring.r;
        let back = -turn.signum();
        let arc = |near: f32, far: f32| {
            let (a, b) = ((back * near).to_radians(), (back * far).to_radians());
            let sweep = u8::from(back > 0.0);
            format!("M{} {}A{r} {r} 0 0 {sweep} {} {}", r * a.cos(), r * a.sin(), r * b.cos(), r * b.sin())
        };
        let degree = |length: f32| (length / r).to_degrees();
        let mut shapes: Vec<Shape> = [("trail t1", 8.0, 30.0), ("trail t2", 34.0, 58.0), ("trail t3", 62.0, 84.0)]
            .into_iter()
            .filter(|(_, near, _)| degree(*near) < (reach * share).abs() + 8.0)
            .map(|(class, near, far)| path(class, arc(degree(near), degree(far))))
            .collect();
        shapes.push(if flight.is_write {
            path("bluef", format!("M{} -6h12v12h-12Z", r - 6.0))
        } else {
            Shape::Circle { class: "event", x: r, y: 0.0, r: 6.0 }
        });
        let place = Place::Turn { x: self.ring.x, y: self.ring.y, from: *from, to: end };
        self.drawing.group(format!("flight {}", flight.id), "flight", place, None, shapes);
        self.flight_label(flight, side, callouts, line);
    }

    /// What travels is said above the ring, on the side on which it travels.
    fn flight_label(&mut self, flight: &Flight, side: f32, callouts: &[Callout], line: usize) {
        if callouts.is_empty() || line > 1 {
            return;
        }
        let outer = self.ring.r + BAND;
        let label = fitted(&flight.label, 11.0, 180.0);
        // Above the ring, and above the name of the first callout on this side.
        let is_here = |it: &&Callout| it.side == if side < 0.0 { Side::Left } else { Side::Right };
        let first = callouts.iter().filter(is_here).map(|it| it.y - 28.0).fold(f32::MAX, f32::min);
        let above = (self.ring.y - outer * 0.94 - 8.0).min(first);
        let class = if side < 0.0 { "m n11 tb end halo" } else { "m n11 tb halo" };
        let (x, y) = (self.ring.x + side * (outer * 0.36 + 6.0), above - 14.0 * number(line));
        self.drawing.group(
            format!("label {}", flight.id),
            "flight-label",
            Place::At(x, y),
            None,
            vec![text(class, 0.0, 0.0, label)],
        );
    }
}

/// The shorter way round, in degrees.
fn shortest(turn: f32) -> f32 {
    let turn = turn.rem_euclid(360.0);
    if turn > 180.0 { turn - 360.0 } else { turn }
}

//! Where the callouts stand: etcd above, the controllers at the right, the scheduler below, the
//! kubelets at the left.

use super::super::number;
use super::{BAND, BORDER_FROM, Callout, Ring, Side};
use drydock::view::control_loop::{LoopView, Place as Part, Station};

/// The callouts of a view's stations, in their order.
pub(super) fn place_callouts(view: &LoopView, ring: Ring, width: f32) -> Vec<Callout> {
    let on = |side: Side| view.stations.iter().filter(|station| side_of(&station.place) == side).count();
    let (rights, lefts) = (on(Side::Right), on(Side::Left));
    let (mut right, mut left) = (0, 0);
    let edge = if width < BORDER_FROM { 16.0 } else { 39.0 };
    let outer = ring.r + BAND;
    let place = |station: &Station| match side_of(&station.place) {
        Side::Top => Callout {
            angle: -90.0,
            near: ring.x - 60.0,
            far: ring.x + 60.0,
            y: ring.y - outer - 46.0_f32.max(outer * 0.28).min(78.0),
            side: Side::Top,
        },
        Side::Bottom => Callout {
            angle: 90.0,
            near: ring.x - 80.0,
            far: ring.x + 80.0,
            y: ring.y + outer + 24.0,
            side: Side::Bottom,
        },
        Side::Right => {
            right += 1;
            let angle = spread(right - 1, rights);
            let y = ring.y + height_of(angle, outer) - 12.0;
            let near = (ring.x + outer + 10.0).max(ring.x + outer * angle.to_radians().cos() + 14.0);
            Callout { angle, near, far: (near + 190.0).min(width - edge + 11.0), y: y.round(), side: Side::Right }
        }
        Side::Left => {
            left += 1;
            let angle = 180.0 - spread(left - 1, lefts);
            let y = ring.y + height_of(spread(left - 1, lefts), outer) - 12.0;
            let near = (ring.x - outer - 10.0).min(ring.x + outer * angle.to_radians().cos() - 14.0);
            Callout { angle, near, far: (near - 190.0).max(edge - 11.0), y: y.round(), side: Side::Left }
        }
    };
    view.stations.iter().map(place).collect()
}

/// The angle of the `index`-th of `count` ports on one side.
fn spread(index: usize, count: usize) -> f32 {
    let reach = match count {
        0..=1 => 0.0,
        2 => 28.0,
        3 => 34.0,
        4 => 42.0,
        _ => 52.0,
    };
    if count < 2 { 0.0 } else { -reach + 2.0 * reach * number(index) / number(count - 1) }
}

/// How far from the middle the callout of an angle stands: a little further out than its port.
fn height_of(angle: f32, outer: f32) -> f32 {
    outer * angle.to_radians().sin() * 1.18
}

pub(super) fn side_of(place: &Part) -> Side {
    match place {
        Part::Etcd => Side::Top,
        Part::Controller(_) => Side::Right,
        Part::Scheduler => Side::Bottom,
        Part::Kubelet(_) => Side::Left,
    }
}

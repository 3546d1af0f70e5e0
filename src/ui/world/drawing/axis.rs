//! The timeline: three lanes of marks, the playhead, and what is due.

use super::{Drawing, Pick, Place, Shape, fitted, number, path, text_width};
use drydock::view::timeline::{
    Axis, DueView, Lane, MARK, Mark, MarkKind, Moment, SIDE_BY_SIDE, TimelineView, due_length,
};
use drydock::words::{Words, say};

/// The lane's height above the foot of the drawing.
const LANE: f32 = 24.0;
const FIRST: f32 = 36.0;
/// Where the lanes' names end.
const LEFT: f32 = 64.0;

/// The height of the drawing.
pub const HEIGHT: f32 = 116.0;

/// A drawn timeline, and how places on it become moments.
#[derive(Clone, PartialEq, Debug, Default)]
pub struct Tape {
    /// The drawing.
    pub drawing: Drawing,
    /// What must be taken from a place on screen to get a place on the axis.
    pub shift: f32,
    /// Where the playhead stands.
    pub playhead: f32,
}

/// Draws the timeline for a width. `held` keeps the tape where it is while somebody drags on it.
#[must_use]
pub fn draw(view: &TimelineView, now: Moment, words: &Words, width: f32, held: Option<f32>) -> Tape {
    let left = if width < 480.0 { 52.0 } else { LEFT };
    let anchor = (left + (width - left) * 0.5).round();
    let at = number_of(view.head);
    // The playhead runs until the middle; then the tape runs.
    let shift = held.unwrap_or_else(|| (left + 14.0).min(anchor - at - 8.0));
    let playhead = (at + shift + 8.0).round();
    let mut tape = Tape { drawing: Drawing { width, height: HEIGHT, ..Drawing::default() }, shift, playhead };
    let mut scene = Scene { tape: &mut tape, axis: &view.axis, words, left, width };
    scene.lanes();
    scene.ticks(view, now);
    scene.marks(view, &view.past, "mark");
    scene.marks(view, &view.future, "mark old");
    scene.due(view);
    scene.head(view);
    tape
}

/// A length of the axis on screen.
fn number_of(units: i32) -> f32 {
    #[expect(clippy::cast_precision_loss, reason = "a place on a screen")]
    let x = units as f32;
    x
}

struct Scene<'a> {
    tape: &'a mut Tape,
    axis: &'a Axis,
    words: &'a Words,
    left: f32,
    width: f32,
}

fn lane_y(lane: Lane) -> f32 {
    FIRST + LANE * number(lane as usize)
}

impl Scene<'_> {
    fn x(&self, at: Moment) -> f32 {
        number_of(self.axis.x(at)) + self.tape.shift
    }

    fn lanes(&mut self) {
        let (left, head, right) = (self.left, self.tape.playhead, self.width - 12.0);
        for (lane, key) in [(Lane::You, "lane-you"), (Lane::Loops, "lane-loops"), (Lane::World, "lane-world")] {
            let y = lane_y(lane);
            self.tape.drawing.text("n11 t2", 16.0, y + 4.0, self.words.text(key));
            self.tape.drawing.path("tm-past", format!("M{left} {y}H{head}"));
            self.tape.drawing.path("tm-next", format!("M{head} {y}H{right}"));
        }
    }

    /// Times above the axis, as far apart as they can be read, and the breaks.
    fn ticks(&mut self, view: &TimelineView, now: Moment) {
        let skips = self.axis.skips(now);
        let you: Vec<_> = view.past.iter().filter(|mark| mark.lane == Lane::You).map(|mark| mark.at).collect();
        let (mut taken, mut told) = (vec![self.tape.playhead], Vec::new());
        // What the learner did is worth a time first; then whatever has room.
        for (yours, least) in [(true, 44.0), (false, 90.0)] {
            let stops = self.axis.stops().iter().rev().filter(|stop| you.contains(&stop.at) == yours);
            for stop in stops {
                let x = self.x(stop.at);
                let is_near = taken.iter().any(|other: &f32| (other - x).abs() < least);
                let said = view.clock(stop.at);
                if x < self.left || x > self.tape.playhead - 30.0 || is_near || told.contains(&said) {
                    continue;
                }
                taken.push(x);
                told.push(said.clone());
                self.tape.drawing.path("hair", format!("M{x} 20V104"));
                self.tape.drawing.text("n11 tp m mid", x, 14.0, said);
            }
        }
        let mut free = self.left;
        for skip in skips {
            let x = number_of(skip.x) + self.tape.shift;
            if x < self.left + 8.0 || x > self.width {
                continue;
            }
            let mut slashes = String::new();
            for lane in [Lane::You, Lane::Loops, Lane::World] {
                let y = lane_y(lane);
                slashes.push_str(&format!("M{} {}l4 -10M{} {}l4 -10", x - 7.0, y + 5.0, x + 3.0, y + 5.0));
            }
            self.tape.drawing.path("paperf", format!("M{} 20h10v80h-10Z", x - 5.0));
            self.tape.drawing.path("ln1", slashes);
            let said = say!(self.words, "time-skipped", ms = skip.length.as_millis());
            let half = text_width(&said, 11.0) / 2.0;
            if x - half > free {
                // The playhead does not cross out what is said.
                let head = self.tape.playhead;
                let x = if x < head { x.min(head - half - 6.0) } else { x.max(head + half + 6.0) };
                free = x + half + 8.0;
                self.tape.drawing.text("n11 tp mid", x, 111.0, said);
            }
        }
    }

    fn marks(&mut self, view: &TimelineView, marks: &[Mark], class: &'static str) {
        let mut beside = (None, [0_usize; 3]);
        for mark in marks {
            if beside.0 != Some(mark.at) {
                beside = (Some(mark.at), [0; 3]);
            }
            let count = &mut beside.1[mark.lane as usize];
            let x = self.x(mark.at) + number_of(MARK) * number((*count).min(SIDE_BY_SIDE - 1));
            *count += 1;
            if *count > SIDE_BY_SIDE || x < self.left + 2.0 || x > self.width - 8.0 {
                continue;
            }
            let key = format!("mark {}", mark.id);
            let label = format!("{}, {}: {}", view.clock(mark.at), mark.who.say(self.words), mark.what.say(self.words));
            let y = lane_y(mark.lane);
            let pick = self.tape.drawing.pick(Pick { key: None, label, selected: false, stop: false, x, y });
            self.tape.drawing.group(key, class, Place::At(x, y), Some(pick), glyph(mark.kind));
        }
    }

    /// What is due, dashed, as far ahead as the logarithm of its delay; the next of each lane in words.
    fn due(&mut self, view: &TimelineView) {
        let mut labelled = [false; 3];
        let mut seen: Vec<(Lane, i32)> = Vec::new();
        for due in &view.due {
            let ahead = due_length(due.delay);
            let x = self.tape.playhead + number_of(ahead);
            if x > self.width - 16.0 || seen.contains(&(due.lane, ahead)) {
                continue;
            }
            seen.push((due.lane, ahead));
            let shape = if due.looks {
                Shape::Circle { class: "due", x: 0.0, y: 0.0, r: 4.5 }
            } else {
                path("due", "M-4.5 -4.5h9v9h-9Z".to_owned())
            };
            let key = format!("due {:?} {}", due.lane, seen.len());
            self.tape.drawing.group(key, "", Place::At(x, lane_y(due.lane)), None, vec![shape]);
            let label = &mut labelled[due.lane as usize];
            if !*label {
                *label = true;
                self.due_label(due, x);
            }
        }
    }

    fn due_label(&mut self, due: &DueView, x: f32) {
        let wait = match i64::try_from(due.delay.as_millis()).unwrap_or(i64::MAX) {
            0 => self.words.text("time-now").to_owned(),
            delay => self.words.duration(delay),
        };
        let room = self.width - x - 24.0 - text_width(&wait, 11.0);
        if room < 40.0 {
            self.tape.drawing.text("n11 s tb halo-p", x + 11.0, lane_y(due.lane) - 5.0, wait);
            return;
        }
        let what = fitted(&due.what.say(self.words), 11.0, room);
        let runs = vec![("tb s", wait), ("t2 after", what)];
        self.tape.drawing.shapes.push(Shape::Text {
            class: "n11 halo-p",
            x: x + 11.0,
            y: lane_y(due.lane) - 5.0,
            runs,
        });
    }

    fn head(&mut self, view: &TimelineView) {
        let x = self.tape.playhead;
        let shapes = vec![path("ph", "M0 8V106".to_owned()), path("inkf", "M-6 2h12v6l-6 6 -6 -6z".to_owned())];
        self.tape.drawing.group("playhead".to_owned(), "playhead", Place::At(x, 0.0), None, shapes);
        let key = if view.due.is_empty() { "time-nothing-due" } else { "time-next" };
        self.tape.drawing.text("n11 s tb", x + 11.0, 14.0, self.words.text(key));
    }
}

/// A mark's shape.
#[must_use]
pub fn glyph(kind: MarkKind) -> Vec<Shape> {
    let part = |class: &'static str, d: &str| path(class, d.to_owned());
    match kind {
        MarkKind::You => vec![part("bluef", "M0 -6L6 0L0 6L-6 0Z")],
        MarkKind::Break => vec![part("bluef", "M2 -7.5L-5 1H-.8L-2 7.5L5 -1H.8Z")],
        MarkKind::Write => vec![part("inkf", "M-4.5 -4.5h9v9h-9Z")],
        MarkKind::Note => vec![part("inkf", "M-2.5 -2.5h5v5h-5Z")],
        MarkKind::Start => {
            vec![part("mk-open", "M-4.5 -4.5h9v9h-9Z"), part("inkf", "M-4.5 0h9v4.5h-9Z")]
        }
        MarkKind::Ready => vec![part("inkf", "M-5 -5h10v10h-10Z"), part("mk-cut", "M-3 -.5l2.5 3L5 -6")],
        MarkKind::Fail => vec![part("mk-fail", "M-4.5 -4.5L4.5 4.5M4.5 -4.5L-4.5 4.5")],
        MarkKind::Delete => vec![part("mk-gone", "M-4 -4h8v8h-8Z"), part("mk-strike", "M-6 6L6 -6")],
        MarkKind::Probe => vec![Shape::Circle { class: "mk-open", x: 0.0, y: 0.0, r: 4.5 }],
    }
}

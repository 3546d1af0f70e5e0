//! Dots that run along lanes: one canvas over a drawing, painted from the view model and never
//! through Yew. A request that is lost ends in a red cross where it was lost.
//!
//! Time stands still for the dots when it does for the world; they never run faster than one second
//! in a second, or nobody could follow. Who wants less motion gets dots that stand on their lanes.

use super::drawing::traffic::{Flow, Lane};
use drydock::session::Session;
use std::collections::BTreeMap;
use std::rc::Rc;
use wasm_bindgen::JsCast;
use web_sys::{CanvasRenderingContext2d, HtmlCanvasElement};
use yew::NodeRef;

/// The longest way takes a dot this long, in seconds.
const TRAVEL: f32 = 1.4;
/// At least so fast, in pixels a second.
const SPEED_MIN: f32 = 180.0;
/// How long a cross stays, in seconds.
const CROSS: f32 = 0.9;
/// At most so many dots and crosses are on the way.
const DOTS_MAX: usize = 400;
/// A pause of the browser is no reason for a burst, in seconds.
const FRAME_MAX: f32 = 0.1;
const RADIUS: f32 = 2.75;

struct Dot {
    points: Rc<[(f32, f32)]>,
    gone: f32,
    is_lost: bool,
}

struct Cross {
    at: (f32, f32),
    age: f32,
}

#[derive(Clone, Copy, Default)]
struct Turn {
    /// Whose turn it is among a client's lanes: grows by its share, falls by one with each dot.
    credit: f32,
    /// The same for the dots of this lane that are lost.
    lost: f32,
    /// How long ago the last one was lost, in seconds.
    since_lost: f32,
}

/// Everything on the canvas.
#[derive(Default)]
pub struct Dots {
    canvas: NodeRef,
    flow: Rc<Flow>,
    dots: Vec<Dot>,
    crosses: Vec<Cross>,
    turns: BTreeMap<(usize, String), Turn>,
    /// Dots that each client still owes.
    owed: Vec<f32>,
    last: f64,
    colours: Option<[String; 2]>,
    theme: String,
    is_dirty: bool,
}

impl Dots {
    /// Dots for a canvas.
    pub fn new(canvas: NodeRef) -> Self {
        Self { canvas, ..Self::default() }
    }

    /// The drawing has changed, or what runs on it.
    pub fn set(&mut self, flow: &Rc<Flow>) {
        if Rc::ptr_eq(&self.flow, flow) {
            return;
        }
        let is_other_size = (self.flow.drawing.width - flow.drawing.width).abs() > 0.5;
        self.flow = flow.clone();
        self.is_dirty = true;
        if is_other_size {
            self.dots.clear();
            self.crosses.clear();
        }
        let known =
            |(client, end): &(usize, String)| flow.lanes.iter().any(|lane| lane.client == *client && lane.end == *end);
        self.turns.retain(|key, _| known(key));
    }

    /// Lets the dots run on, and paints them.
    pub fn paint(&mut self, session: &Session) {
        let Some(window) = web_sys::window() else { return };
        let now = window.performance().map_or(0.0, |clock| clock.now());
        #[expect(clippy::cast_possible_truncation, reason = "a frame is short")]
        let elapsed = (((now - self.last) / 1000.0) as f32).clamp(0.0, FRAME_MAX);
        self.last = now;
        self.see_theme();
        let is_still =
            window.match_media("(prefers-reduced-motion: reduce)").ok().flatten().is_some_and(|query| query.matches());
        let runs = session.playing || session.is_settling();
        if is_still {
            self.dots.clear();
            self.crosses.clear();
        } else if runs {
            #[expect(clippy::cast_precision_loss, reason = "at most four")]
            let pace = session.speed.quarters().min(4) as f32 / 4.0;
            self.go_on(elapsed * pace);
            self.is_dirty = true;
        }
        if std::mem::take(&mut self.is_dirty) {
            self.draw(is_still);
        }
    }

    fn see_theme(&mut self) {
        let theme = crate::ui::browser::theme();
        if self.colours.is_none() || theme != self.theme {
            self.colours = self.canvas.cast::<web_sys::Element>().map(|canvas| {
                ["--ink", "--red"].map(|name| crate::ui::browser::style_of(&canvas, name).trim().to_owned())
            });
            self.theme = theme;
            self.is_dirty = true;
        }
    }

    fn go_on(&mut self, elapsed: f32) {
        let flow = self.flow.clone();
        let longest = flow.lanes.iter().map(|lane| length(&lane.points)).fold(0.0, f32::max);
        let step = (longest / TRAVEL).max(SPEED_MIN) * elapsed;
        for cross in &mut self.crosses {
            cross.age += elapsed;
        }
        self.crosses.retain(|cross| cross.age < CROSS);
        let mut ended = Vec::new();
        self.dots.retain_mut(|dot| {
            dot.gone += step;
            let runs = dot.gone < length(&dot.points);
            if !runs && dot.is_lost {
                ended.extend(dot.points.last().copied());
            }
            runs
        });
        for (x, y) in ended {
            // Crosses at one place stand beside each other.
            let nth = (self.crosses.len() % 3) as f32;
            self.crosses.push(Cross { at: (x - 8.0 - 9.0 * nth, y), age: 0.0 });
        }
        let clients = flow.lanes.iter().map(|lane| lane.client + 1).max().unwrap_or_default();
        self.owed.resize(clients, 0.0);
        for client in 0..clients {
            self.send(client, &flow, elapsed);
        }
    }

    #[expect(clippy::cast_precision_loss, reason = "rates are small")]
    fn send(&mut self, client: usize, flow: &Flow, elapsed: f32) {
        let lanes: Vec<&Lane> = flow.lanes.iter().filter(|lane| lane.client == client).collect();
        let all = lanes.iter().map(|lane| lane.answered + lane.lost).sum::<u64>() as f32;
        if all <= 0.0 {
            self.owed[client] = 0.0;
            return;
        }
        for lane in &lanes {
            let turn = self.turns.entry((client, lane.end.clone())).or_default();
            turn.since_lost += elapsed;
            // A loss is seen, however rare it is among the answers.
            if lane.lost > 0 && turn.since_lost > 1.0 {
                *turn = Turn { since_lost: 0.0, lost: 0.0, ..*turn };
                push(&mut self.dots, lane, true);
            }
        }
        self.owed[client] += all / flow.per_dot.max(1) as f32 * elapsed;
        while self.owed[client] >= 1.0 {
            self.owed[client] -= 1.0;
            let mut best: Option<(f32, &Lane)> = None;
            for lane in &lanes {
                let turn = self.turns.entry((client, lane.end.clone())).or_default();
                turn.credit += (lane.answered + lane.lost) as f32 / all;
                if best.is_none_or(|(credit, _)| turn.credit > credit) {
                    best = Some((turn.credit, lane));
                }
            }
            let Some((_, lane)) = best else { return };
            let turn = self.turns.entry((client, lane.end.clone())).or_default();
            turn.credit -= 1.0;
            turn.lost += lane.lost as f32 / (lane.answered + lane.lost).max(1) as f32;
            let is_lost = turn.lost >= 1.0;
            if is_lost {
                turn.lost -= 1.0;
                turn.since_lost = 0.0;
            }
            push(&mut self.dots, lane, is_lost);
        }
    }

    fn draw(&self, is_still: bool) {
        let Some(canvas) = self.canvas.cast::<HtmlCanvasElement>() else { return };
        let Some([ink, red]) = &self.colours else { return };
        let ratio = web_sys::window().map_or(1.0, |window| window.device_pixel_ratio());
        let (width, height) = (f64::from(self.flow.drawing.width), f64::from(self.flow.drawing.height));
        #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "the size of a pane")]
        let size = ((width * ratio).round() as u32, (height * ratio).round() as u32);
        if (canvas.width(), canvas.height()) != size {
            canvas.set_width(size.0);
            canvas.set_height(size.1);
        }
        let context = canvas.get_context("2d").ok().flatten();
        let Some(pen) = context.and_then(|it| it.dyn_into::<CanvasRenderingContext2d>().ok()) else { return };
        // None of these calls can fail with finite numbers.
        let _ = pen.set_transform(ratio, 0.0, 0.0, ratio, 0.0, 0.0);
        pen.clear_rect(0.0, 0.0, width, height);
        pen.set_fill_style_str(ink);
        pen.set_stroke_style_str(red);
        pen.set_line_width(1.8);
        if is_still {
            for lane in &self.flow.lanes {
                stand(&pen, lane, self.flow.per_dot);
            }
            return;
        }
        for dot in &self.dots {
            spot(&pen, at(&dot.points, dot.gone));
        }
        for cross in &self.crosses {
            pen.set_global_alpha(f64::from(1.0 - (cross.age / CROSS).powi(3)));
            strike(&pen, cross.at);
        }
        pen.set_global_alpha(1.0);
    }
}

fn push(dots: &mut Vec<Dot>, lane: &Lane, is_lost: bool) {
    if dots.len() < DOTS_MAX {
        dots.push(Dot { points: lane.points.clone(), gone: 0.0, is_lost });
    }
}

/// Dots that stand on a lane, as many as would be on their way.
#[expect(clippy::cast_precision_loss, reason = "rates are small")]
fn stand(pen: &CanvasRenderingContext2d, lane: &Lane, per_dot: u64) {
    let all = length(&lane.points);
    let count = ((lane.answered as f32 / per_dot.max(1) as f32 * TRAVEL).ceil() as u32).min(12);
    for index in 0..count {
        spot(pen, at(&lane.points, all * (index as f32 + 0.5) / count as f32));
    }
    if lane.lost > 0 {
        let (x, y) = at(&lane.points, all);
        strike(pen, (x - 8.0, y));
    }
}

fn spot(pen: &CanvasRenderingContext2d, (x, y): (f32, f32)) {
    pen.begin_path();
    let _ = pen.arc(f64::from(x), f64::from(y), f64::from(RADIUS), 0.0, std::f64::consts::TAU);
    pen.fill();
}

fn strike(pen: &CanvasRenderingContext2d, (x, y): (f32, f32)) {
    let (x, y) = (f64::from(x), f64::from(y));
    pen.begin_path();
    pen.move_to(x - 3.5, y - 3.5);
    pen.line_to(x + 3.5, y + 3.5);
    pen.move_to(x + 3.5, y - 3.5);
    pen.line_to(x - 3.5, y + 3.5);
    pen.stroke();
}

fn pieces(points: &[(f32, f32)]) -> impl Iterator<Item = ((f32, f32), (f32, f32), f32)> {
    points.windows(2).map(|pair| (pair[0], pair[1], (pair[1].0 - pair[0].0).hypot(pair[1].1 - pair[0].1)))
}

fn length(points: &[(f32, f32)]) -> f32 {
    pieces(points).map(|(_, _, length)| length).sum()
}

/// The place that far along a way.
fn at(points: &[(f32, f32)], gone: f32) -> (f32, f32) {
    let mut left = gone;
    for ((x0, y0), (x1, y1), long) in pieces(points) {
        if left <= long && long > 0.0 {
            let part = left / long;
            return (x0 + (x1 - x0) * part, y0 + (y1 - y0) * part);
        }
        left -= long;
    }
    points.last().copied().unwrap_or_default()
}

//! The timeline: what happened, where the playhead stands, what is due.
//!
//! The axis is not linear: a mark takes the room it needs, a wait takes the logarithm of its
//! length, and a long one is a break that says how much was skipped. Lengths are in tenths of a
//! mark's width.

use super::breaking;
use super::said::{self, Say};
use crate::kube::api::{Key, Resource};
use crate::kube::kubelet::container::{Container, State};
use crate::kube::kubelet::pod::PodWorker;
use crate::kube::{Due, kubelet, scheduler};
use crate::session::{Session, Speed};
use crate::sim::{Entry, EntryId, SimTime, Verb, millis};
use crate::words::Arg;
use std::rc::Rc;

/// A moment of the world.
pub use crate::sim::SimTime as Moment;

/// Whose doing it was.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub enum Lane {
    /// The learner's.
    You,
    /// A control loop's.
    Loops,
    /// The machines'.
    World,
}

/// What a mark looks like.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum MarkKind {
    /// ◆ somebody asked for it.
    You,
    /// A bolt: somebody broke it on purpose.
    Break,
    /// ■ a wish or an object was written.
    Write,
    /// A smaller ■: only what is known was written.
    Note,
    /// Half filled: something starts.
    Start,
    /// Notched: something is ready.
    Ready,
    /// × something failed.
    Fail,
    /// Struck: something goes.
    Delete,
    /// ○ something is looked at.
    Probe,
}

/// One mark of the past.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Mark {
    /// The journal entry's number.
    pub id: u64,
    /// When.
    pub at: SimTime,
    /// Whose.
    pub lane: Lane,
    /// Of what kind.
    pub kind: MarkKind,
    /// Who did it.
    pub who: Say,
    /// What they did.
    pub what: Say,
}

/// Something that is due.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct DueView {
    /// In how long: exact while time stands still, rounded to what can be read while it runs.
    pub delay: SimTime,
    /// Whose.
    pub lane: Lane,
    /// Whether it is only a look.
    pub looks: bool,
    /// What will happen.
    pub what: Say,
}

/// Everything below the sheet.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct TimelineView {
    /// The marks before the playhead, oldest first; the latest [`MARKS_MAX`] of them.
    pub past: Vec<Mark>,
    /// The marks after the playhead that a rewind has kept.
    pub future: Vec<Mark>,
    /// What is due, soonest first.
    pub due: Vec<DueView>,
    /// Whether nothing but heartbeats is due.
    pub settled: bool,
    /// How far the story has been told: the latest moment that can be gone to.
    pub end: SimTime,
    /// Whether the playhead stands before the end of what has been told.
    pub in_past: bool,
    /// Where moments lie.
    pub axis: Axis,
    /// Where the playhead stands on the axis.
    pub head: i32,
    /// The time of day at the world's beginning, in milliseconds, where the world lives by it.
    pub begins: Option<u64>,
}

impl TimelineView {
    /// A moment as the axis names it: `2:04` of the world, or `12:37` of the day.
    #[must_use]
    pub fn clock(&self, at: SimTime) -> String {
        match self.begins {
            Some(begins) => day_clock((begins + at.as_millis()) % DAY_MS).0,
            None => short_clock(at),
        }
    }
}

/// The milliseconds of a day.
const DAY_MS: u64 = 24 * 60 * 60_000;

/// A time of day to the minute, and its seconds.
fn day_clock(ms: u64) -> (String, u64) {
    let seconds = ms / 1000;
    (format!("{:02}:{:02}", seconds / 3600, seconds / 60 % 60), seconds % 60)
}

/// What changes with every frame: the clock.
#[derive(Clone, Copy, PartialEq, Debug)]
pub struct ClockView {
    /// The playhead.
    pub now: SimTime,
    /// The time of day in milliseconds, where the world lives by it.
    pub of_day: Option<u64>,
    /// Whether time runs.
    pub playing: bool,
    /// How fast.
    pub speed: Speed,
}

/// How many marks of the past are drawn.
pub const MARKS_MAX: usize = 240;
/// How many due things are drawn.
const DUE_MAX: usize = 12;
/// How many journal entries are looked at for marks.
const ENTRIES_MAX: usize = 1200;

/// The clock of a session.
#[must_use]
pub fn clock(session: &Session) -> ClockView {
    let world = session.world();
    ClockView { now: world.now(), of_day: world.time_of_day(), playing: session.playing, speed: session.speed }
}

impl ClockView {
    /// As the clock shows it: how long the world has run, `2:04.310`, or the time of day, `12:37:05`.
    #[must_use]
    pub fn text(&self) -> String {
        match self.of_day {
            Some(ms) => {
                let (minute, seconds) = day_clock(ms);
                format!("{minute}:{seconds:02}")
            }
            None => clock_text(self.now),
        }
    }
}

/// The timeline of a session. It stays the same while only time passes.
#[must_use]
pub fn view(session: &Session) -> TimelineView {
    let world = session.world();
    let mut past: Vec<Mark> = world.journal().iter().rev().take(ENTRIES_MAX).filter_map(mark).take(MARKS_MAX).collect();
    past.reverse();
    let future = ahead(session);
    let axis = Axis::of(past.iter().chain(&future));
    let now = world.now();
    TimelineView {
        head: axis.x(now),
        axis,
        past,
        future,
        due: world
            .agenda()
            .filter(|(_, due)| !due.is_background())
            .take(DUE_MAX)
            .map(|(at, due)| {
                let (lane, looks, what) = due_words(session, due);
                DueView { delay: rounded(at.since(now), session.playing), lane, looks, what }
            })
            .collect(),
        settled: world.is_settled(),
        // While the story is being told its end is the playhead, which is the clock's to say.
        end: if session.history().is_in_past() { session.history().frontier() } else { SimTime::ZERO },
        in_past: session.history().is_in_past(),
        begins: world.time_of_day().map(|ms| (ms + DAY_MS - now.as_millis() % DAY_MS) % DAY_MS),
    }
}

/// A delay that does not flicker while time runs.
fn rounded(delay: SimTime, runs: bool) -> SimTime {
    let step = match delay.as_millis() {
        _ if !runs => 1,
        0..1_000 => 50,
        1_000..10_000 => 200,
        _ => 1_000,
    };
    millis(delay.as_millis().div_ceil(step) * step)
}

/// The marks after the playhead: the story as it was told before going back, or, after a branch,
/// what would have happened.
fn ahead(session: &Session) -> Vec<Mark> {
    let history = session.history();
    let now = session.world().now();
    let told = history.told().map(|told| {
        let from = EntryId(session.world().journal().len());
        told.journal().since(from).filter_map(mark).take(MARKS_MAX).collect::<Vec<_>>()
    });
    told.unwrap_or_else(|| {
        let ghost = history.ghost().iter().filter(|entry| entry.at > now);
        ghost.filter_map(|entry| mark(entry)).take(MARKS_MAX).collect()
    })
}

/// The mark of a journal entry; none for what would only be noise.
#[must_use]
pub fn mark(entry: &Entry) -> Option<Mark> {
    let code = entry.why.as_ref().map_or("", |why| why.code);
    let is_start = entry.at == SimTime::ZERO && &*entry.actor == "bootstrap";
    if is_start || code == "heartbeat" {
        return None;
    }
    let lane = match &*entry.actor {
        "you" => Lane::You,
        actor if actor.starts_with("kubelet/") => Lane::World,
        _ => Lane::Loops,
    };
    let kind = match (lane, entry.verb, code) {
        (_, Verb::Refuse, _) => MarkKind::Fail,
        (Lane::You, Verb::Break, _) if !breaking::is_mended(entry) => MarkKind::Break,
        (Lane::You, ..) => MarkKind::You,
        (.., "no-node-fits" | "node-silent" | "image-pull-failed" | "probe-failed" | "back-off") => MarkKind::Fail,
        (.., "container-ended") if is_bad_end(entry) => MarkKind::Fail,
        (_, Verb::Delete | Verb::Remove, _) | (.., "ended" | "container-ended") => MarkKind::Delete,
        (.., "probe-passed" | "node-back") => MarkKind::Ready,
        (Lane::World, _, "container-creating" | "container-started") => MarkKind::Start,
        (Lane::World, Verb::UpdateStatus | Verb::Update, _) => MarkKind::Note,
        (_, Verb::UpdateStatus | Verb::Decide, _) => MarkKind::Note,
        _ => MarkKind::Write,
    };
    let (who, what) = said::deed(entry);
    Some(Mark { id: entry.id.0, at: entry.at, lane, kind, who, what })
}

fn is_bad_end(entry: &Entry) -> bool {
    let args = entry.why.as_ref().map(|why| why.args.as_slice()).unwrap_or_default();
    args.iter().any(|(name, arg)| *name == "code" && *arg != crate::sim::Arg::Number(0))
}

/// What is due, in words.
#[must_use]
pub fn due_words(session: &Session, due: &Due) -> (Lane, bool, Say) {
    match due {
        Due::Reconcile { controller, key } => {
            let who = controller.name().trim_end_matches("-controller");
            (Lane::Loops, false, Say::new("due-controller").with("who", who).with("name", &key.name))
        }
        Due::Scheduler(work) => (Lane::Loops, false, scheduler_words(session, work)),
        Due::Kubelet { node, work } => {
            let (looks, what) = kubelet_words(session, node, work);
            (Lane::World, looks, what)
        }
        Due::Election(part) => (Lane::Loops, true, Say::new("due-election").with("what", part.name())),
        Due::Recovered => (Lane::Loops, false, Say::new("due-recovered")),
        Due::Traffic => (Lane::World, true, Say::new("due-traffic")),
        Due::Program { pod } => (Lane::World, true, Say::new("due-program").with("what", suffix(pod))),
    }
}

fn scheduler_words(session: &Session, work: &scheduler::Work) -> Say {
    let queue = session.world().cluster().scheduler().queue();
    match (work, queue.active().next()) {
        (scheduler::Work::ScheduleOne, Some(pod)) => Say::new("due-scheduler").with("what", suffix(pod)),
        (scheduler::Work::ScheduleOne, None) => Say::new("due-scheduler-looks"),
        (scheduler::Work::BackoffOver, _) => Say::new("due-scheduler-again"),
        (scheduler::Work::Flush, _) => Say::new("due-scheduler-flush"),
    }
}

fn kubelet_words(session: &Session, node: &str, work: &kubelet::Work) -> (bool, Say) {
    match work {
        kubelet::Work::Register => (false, Say::new("due-register").with("node", node)),
        kubelet::Work::PostStatus => (true, Say::new("due-report").with("node", node)),
        kubelet::Work::Heartbeat => (true, Say::new("due-heartbeat").with("node", node)),
        kubelet::Work::Pod(key) | kubelet::Work::Watch(key) => {
            let kubelet = session.world().cluster().kubelet(node);
            let worker = kubelet.and_then(|kubelet| kubelet.pods().find(|worker| worker.key == *key));
            worker.map_or((false, Say::new("due-other").with("what", suffix(key))), |worker| pod_words(worker, key))
        }
    }
}

/// What comes next for a Pod on its node: the first of what its containers wait for.
fn pod_words(worker: &PodWorker, key: &Key) -> (bool, Say) {
    let about = |message: &str| Say::new(message).with("what", suffix(key));
    if worker.ending.is_some() {
        return (false, about("due-stop"));
    }
    if !worker.has_network {
        return (false, about("due-network"));
    }
    let next = |container: &Container| container.due().or(worker.next_probe(container));
    let Some(container) = worker.containers.iter().filter(|it| next(it).is_some()).min_by_key(|it| next(it)) else {
        return (false, about("due-other"));
    };
    match &container.state {
        State::Pulling { .. } => (false, Say::new("due-pull").with("what", &container.image)),
        State::Refused { .. } => (false, about("due-restart")),
        State::PullFailed { .. } | State::PullBackOff { .. } => {
            (false, Say::new("due-pull-again").with("what", &container.image))
        }
        State::Creating { .. } => (false, about("due-start")),
        State::Ended { .. } | State::CrashLoop { .. } => (false, about("due-restart")),
        State::Running(_) => {
            let probe = container.probes.iter().min_by_key(|probe| probe.next).map(|probe| probe.kind.code());
            match (container.due(), probe) {
                (None, Some(probe)) => (true, about("due-probe").with("probe", probe)),
                _ => (false, about("due-end")),
            }
        }
        State::Pending => (false, about("due-other")),
    }
}

/// What tells a Pod from its siblings.
fn suffix(key: &Key) -> &str {
    key.name.rsplit_once('-').map_or(&*key.name, |(_, suffix)| suffix)
}

/// Whether a kubelet's work is about the object with this key.
#[must_use]
pub fn concerns(node: &str, work: &kubelet::Work, key: &Key) -> bool {
    match work {
        kubelet::Work::Pod(pod) | kubelet::Work::Watch(pod) => pod == key,
        _ => key.resource == Resource::NODES && &*key.name == node,
    }
}

/// A moment that has a fixed place on the axis.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Stop {
    /// The moment.
    pub at: SimTime,
    /// Its place.
    pub x: i32,
    /// How much room its marks take to the right of it.
    pub room: i32,
}

/// A wait that is not drawn to its length.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Skip {
    /// Its middle.
    pub x: i32,
    /// How long it is.
    pub length: SimTime,
}

/// Where moments lie.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct Axis {
    stops: Vec<Stop>,
}

/// One mark's width and the space after it.
pub const MARK: i32 = 11;
/// Waits longer than this are breaks.
const SKIP_FROM: SimTime = millis(12_000);
/// The room of a break.
const SKIP_ROOM: i32 = 52;
/// How many marks of one lane and moment stand beside each other.
pub const SIDE_BY_SIDE: usize = 4;

impl Axis {
    /// The axis for these marks (in order of time), from the beginning of the world on.
    #[must_use]
    pub fn of<'a>(marks: impl IntoIterator<Item = &'a Mark>) -> Self {
        let mut stops = vec![Stop { at: SimTime::ZERO, x: 0, room: 0 }];
        let mut in_lane = [0_usize; 3];
        for mark in marks {
            let last = stops[stops.len() - 1];
            if mark.at > last.at {
                in_lane = [0; 3];
                let x = last.x + last.room + wait_length(mark.at.since(last.at));
                stops.push(Stop { at: mark.at, x, room: 0 });
            }
            let count = &mut in_lane[mark.lane as usize];
            *count = (*count + 1).min(SIDE_BY_SIDE);
            let widest = in_lane.iter().copied().max().unwrap_or_default();
            if let (Some(stop), Ok(widest)) = (stops.last_mut(), i32::try_from(widest)) {
                stop.room = (widest - 1).max(0) * MARK;
            }
        }
        Self { stops }
    }

    /// The place of a moment.
    #[must_use]
    pub fn x(&self, at: SimTime) -> i32 {
        let after = self.stops.partition_point(|stop| stop.at <= at);
        let Some(before) = after.checked_sub(1).and_then(|index| self.stops.get(index)) else { return 0 };
        if before.at == at {
            return before.x;
        }
        let from = before.x + before.room;
        let passed = at.since(before.at);
        match self.stops.get(after) {
            // Within a drawn wait the clock runs evenly; behind the last mark as the wait grows.
            Some(next) => {
                let share = i64::from(next.x - from) * as_i64(passed) / as_i64(next.at.since(before.at)).max(1);
                from + i32::try_from(share).unwrap_or_default()
            }
            None => from + wait_length(passed),
        }
    }

    /// The moment at a place: what a click there means. Never later than `latest`.
    #[must_use]
    pub fn at(&self, x: i32, latest: SimTime) -> SimTime {
        let after = self.stops.partition_point(|stop| stop.x <= x);
        let Some(before) = after.checked_sub(1).and_then(|index| self.stops.get(index)) else { return SimTime::ZERO };
        let from = before.x + before.room;
        if x <= from {
            return before.at.min(latest);
        }
        let next = self.stops.get(after).copied().unwrap_or(Stop { at: latest, x: self.x(latest), room: 0 });
        let share = as_i64(next.at.since(before.at)) * i64::from(x - from) / i64::from((next.x - from).max(1));
        (before.at + millis(share.unsigned_abs())).min(latest)
    }

    /// The waits up to `now` that are drawn as breaks.
    #[must_use]
    pub fn skips(&self, now: SimTime) -> Vec<Skip> {
        let end = Stop { at: now, x: self.x(now), room: 0 };
        let ends = self.stops.iter().skip(1).filter(|stop| stop.at < now).chain(std::iter::once(&end));
        let pairs = self.stops.iter().zip(ends).filter(|(from, to)| from.at < to.at);
        pairs
            .filter(|(from, to)| to.at.since(from.at) > SKIP_FROM)
            .map(|(from, to)| Skip { x: i32::midpoint(from.x + from.room, to.x), length: to.at.since(from.at) })
            .collect()
    }

    /// The moments that have marks.
    #[must_use]
    pub fn stops(&self) -> &[Stop] {
        &self.stops
    }
}

/// How far ahead of the playhead something is drawn that is due after `delay`.
#[must_use]
pub fn due_length(delay: SimTime) -> i32 {
    16 + 10 * log2(delay) / 16
}

/// How long a wait is drawn.
fn wait_length(wait: SimTime) -> i32 {
    if wait > SKIP_FROM { SKIP_ROOM } else { MARK + (3 * log2(wait) / 16).min(SKIP_ROOM - MARK) }
}

/// The binary logarithm of a time in steps of 4 ms, times 16, evenly between the powers of two.
fn log2(time: SimTime) -> i32 {
    let steps = time.as_millis() / 4 + 1;
    let power = steps.ilog2();
    let rest = ((steps - (1 << power)) * 16) >> power;
    i32::try_from(u64::from(power) * 16 + rest).unwrap_or(i32::MAX)
}

fn as_i64(time: SimTime) -> i64 {
    i64::try_from(time.as_millis()).unwrap_or(i64::MAX)
}

/// `2:04.310`: minutes, seconds and thousandths of the world's time.
#[must_use]
pub fn clock_text(now: SimTime) -> String {
    format!("{}.{:03}", short_clock(now), now.as_millis() % 1000)
}

/// `2:04`.
#[must_use]
pub fn short_clock(now: SimTime) -> String {
    let seconds = now.as_secs();
    match seconds / 3600 {
        0 => format!("{}:{:02}", seconds / 60, seconds % 60),
        hours => format!("{hours}:{:02}:{:02}", seconds / 60 % 60, seconds % 60),
    }
}

/// A speed as its button shows it.
#[must_use]
pub fn speed_text(speed: Speed) -> Rc<str> {
    match speed {
        Speed::Quarter => "¼".into(),
        Speed::Times(times) => times.to_string().into(),
    }
}

/// How long until something is due, as an argument of a message.
#[must_use]
pub fn delay(now: SimTime, at: SimTime) -> Arg {
    Arg::from(at.since(now).as_millis())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn marks(times: &[(u64, Lane)]) -> Vec<Mark> {
        let mark = |(id, (at, lane)): (u64, &(u64, Lane))| Mark {
            id,
            at: millis(*at),
            lane: *lane,
            kind: MarkKind::Write,
            who: Say::new("actor-you"),
            what: Say::new("actor-you"),
        };
        (0..).zip(times).map(mark).collect()
    }

    #[test]
    fn the_axis_keeps_order_and_gives_every_mark_room() {
        let marks =
            marks(&[(0, Lane::You), (20, Lane::Loops), (20, Lane::Loops), (21, Lane::World), (121_000, Lane::You)]);
        let axis = Axis::of(&marks);
        let xs: Vec<i32> = [0, 20, 21, 121_000].map(|at| axis.x(millis(at))).into();
        assert!(xs.windows(2).all(|pair| pair[1] - pair[0] >= MARK), "{xs:?}");
        assert!(xs[2] - xs[1] >= 2 * MARK, "two marks of one lane and moment stand beside each other: {xs:?}");
        assert!(xs[3] < 200, "two idle minutes are a break, not a desert: {xs:?}");
        let skips = axis.skips(millis(121_000));
        assert_eq!(skips.iter().map(|skip| skip.length).collect::<Vec<_>>(), [millis(120_979)]);
    }

    #[test]
    fn a_place_means_the_moment_that_is_drawn_there() {
        let marks = marks(&[(5, Lane::You), (905, Lane::Loops), (60_000, Lane::World)]);
        let axis = Axis::of(&marks);
        for at in [0, 5, 905, 60_000] {
            assert_eq!(axis.at(axis.x(millis(at)), millis(99_000)), millis(at), "at {at}");
        }
        assert_eq!(axis.at(10_000, millis(61_000)), millis(61_000));
        assert_eq!(axis.at(-5, millis(61_000)), SimTime::ZERO);
        let middle = axis.at(i32::midpoint(axis.x(millis(905)), axis.x(millis(60_000))), millis(61_000));
        assert!(middle > millis(905) && middle < millis(60_000), "{middle}");
    }

    #[test]
    fn time_that_passes_moves_the_playhead_forwards() {
        let axis = Axis::of(&marks(&[(5, Lane::You)]));
        let xs: Vec<i32> = [5, 6, 50, 500, 5_000, 11_000, 13_000, 900_000].map(|at| axis.x(millis(at))).into();
        assert!(xs.windows(2).all(|pair| pair[0] <= pair[1]), "{xs:?}");
    }

    #[test]
    fn clocks_are_read_aloud() {
        assert_eq!(clock_text(millis(124_310)), "2:04.310");
        assert_eq!(short_clock(millis(3_723_000)), "1:02:03");
        assert_eq!(&*speed_text(Speed::Quarter), "¼");
    }
}

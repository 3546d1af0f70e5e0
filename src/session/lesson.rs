//! The lesson that is being played: which step, what has passed, what was asked and answered.

use super::history::History;
use super::terminal::Guest;
use crate::course::{Lesson, Step};
use crate::document::Value;
use crate::shell::{Shell, State};
use crate::tree;
use crate::world::{Component, Part, SimTime, World, secs};
use std::collections::BTreeMap;
use std::rc::Rc;

/// How often, in real time, a step's check is looked at while the world moves.
const CHECK_EVERY_MS: u32 = 250;

/// How far a lesson is.
#[derive(Clone, PartialEq, Debug)]
pub struct Progress {
    /// The lesson.
    pub lesson: Rc<Lesson>,
    /// The step that is shown, from 0.
    pub shown: usize,
    /// How many steps have passed.
    pub passed: usize,
    /// How many rungs of the shown step's hint ladder are open.
    pub hints: usize,
    /// What the shown step's goal says in numbers: name and value.
    pub values: Vec<(Rc<str>, String)>,
    /// The learner's predictions, by question.
    pub predictions: BTreeMap<Rc<str>, Rc<str>>,
    since_check_ms: u32,
    checked_at: Option<(u64, u64, bool, u64)>,
}

impl Progress {
    /// A lesson at its beginning.
    #[must_use]
    pub fn new(lesson: Lesson) -> Self {
        Self {
            lesson: Rc::new(lesson),
            shown: 0,
            passed: 0,
            hints: 0,
            values: Vec::new(),
            predictions: BTreeMap::new(),
            since_check_ms: CHECK_EVERY_MS,
            checked_at: None,
        }
    }

    /// The step that is shown.
    #[must_use]
    pub fn step(&self) -> Option<&Step> {
        self.lesson.steps.get(self.shown)
    }

    /// Whether the shown step has passed.
    #[must_use]
    pub fn is_passed(&self) -> bool {
        self.shown < self.passed
    }

    /// Whether every step has passed.
    #[must_use]
    pub fn is_finished(&self) -> bool {
        self.passed >= self.lesson.steps.len()
    }

    pub(super) fn show(&mut self, step: usize) {
        if step <= self.passed && step <= self.lesson.steps.len() {
            self.shown = step;
            self.hints = 0;
            self.values.clear();
            self.checked_at = None;
        }
    }

    /// Something happened that the world does not know of: the check is looked at anew.
    pub(super) fn recheck(&mut self) {
        self.checked_at = None;
    }

    /// Runs the shown step's check if it is time to. Returns whether the step has just passed.
    pub(super) fn check(&mut self, elapsed_ms: u32, clicks: u64, shell: &Shell, history: &mut History) -> bool {
        self.since_check_ms = self.since_check_ms.saturating_add(elapsed_ms);
        let settled = history.is_quiet();
        // A service's meters run with its clock, without a line in the journal.
        let minute = history.world().time_of_day().map_or(0, |_| history.world().now().as_secs() / 60);
        let moment = (history.world().journal().len(), clicks, settled, minute);
        if self.since_check_ms < CHECK_EVERY_MS || self.checked_at == Some(moment) {
            return false;
        }
        self.since_check_ms = 0;
        self.checked_at = Some(moment);
        let Some(step) = self.lesson.steps.get(self.shown).cloned() else { return false };
        self.values = step
            .values
            .iter()
            // What cannot be asked yet has no value: a complaint is no number to show.
            .map(|(name, command)| match run(shell, history, command) {
                (0, out) => (name.clone(), out.trim().to_owned()),
                _ => (name.clone(), String::new()),
            })
            .collect();
        // Only a quiet world is judged: on the way, what is known of it may be old.
        if !settled || self.is_passed() || step.check.is_empty() {
            return false;
        }
        let passed = step.check.iter().all(|line| run(shell, history, line).0 == 0);
        if passed {
            self.passed = self.shown + 1;
        }
        passed
    }
}

/// How long a command of a check may take: a request to a program in a Pod takes some milliseconds.
const CHECK_TIME: SimTime = secs(2);

/// Runs a command that only reads. Returns its exit code and what it printed. What takes a moment
/// takes it on a copy of the world.
fn run(shell: &Shell, history: &mut History, line: &str) -> (u8, String) {
    let mut running = shell.start(line);
    let mut guest = Guest { history, deeds: &mut Deeds::default(), touched: None, is_trial: true, may_harm: true };
    let mut state = running.poll(&mut guest);
    if matches!(state, State::Waiting { until: Some(_) }) {
        let mut copy = history.clone();
        let limit = copy.world().now() + CHECK_TIME;
        while let State::Waiting { until: Some(until) } = state
            && until <= limit
        {
            copy.advance(until, u32::MAX);
            let mut guest = Guest {
                history: &mut copy,
                deeds: &mut Deeds::default(),
                touched: None,
                is_trial: true,
                may_harm: true,
            };
            state = running.poll(&mut guest);
        }
    }
    let text: String = running.take_output().into_iter().map(|(_, text)| text).collect();
    match state {
        State::Done { exit } => (exit, text),
        State::Waiting { .. } => (124, text),
    }
}

/// What the learner did that no real tool knows: what `drydock session` tells.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct Deeds {
    /// How many objects of each kind were deleted by hand.
    pub deleted: BTreeMap<Rc<str>, i64>,
    /// How often time was turned back.
    pub rewound: i64,
    /// How many single steps were taken.
    pub stepped: i64,
    /// How many packets were sent into the cloud's network.
    pub traced: i64,
    /// How often something was broken.
    pub broken: i64,
    /// Which lenses were looked through.
    pub lenses: BTreeMap<Rc<str>, i64>,
    /// How many objects of each kind were selected.
    pub selected: BTreeMap<Rc<str>, i64>,
    /// Clients that sent already when the counting began: since when, what they had been answered,
    /// what they had lost.
    pub sent_before: BTreeMap<Rc<str>, (SimTime, u64, u64)>,
}

impl Deeds {
    /// Nothing done yet, in this world.
    #[must_use]
    pub fn begin(world: &World) -> Self {
        let clients = world.cluster().clients();
        let sent_before = clients.map(|it| (it.plan.name.clone(), (it.since, it.answered, it.lost))).collect();
        Self { sent_before, ..Self::default() }
    }

    /// What clients were answered and have lost since the counting began, by name.
    fn traffic(&self, world: &World) -> Value {
        world.cluster().clients().fold(Value::map(), |tree, it| {
            // A client that has begun anew counts from its own beginning.
            let before = self.sent_before.get(&it.plan.name).filter(|(since, ..)| *since == it.since);
            let (answered, lost) = before.map(|(_, answered, lost)| (*answered, *lost)).unwrap_or_default();
            let since = |all: u64, before: u64| i64::try_from(all.saturating_sub(before)).unwrap_or(i64::MAX);
            let counts = tree!({ "answered": (since(it.answered, answered)), "lost": (since(it.lost, lost)) });
            tree.with(&[&it.plan.name], counts)
        })
    }

    /// The tree that `drydock session -o jsonpath=…` reads. `stopped` is of the world: it goes
    /// back in time with it.
    #[must_use]
    pub fn to_value(&self, progress: Option<&Progress>, world: &World) -> Value {
        let counts = |counts: &BTreeMap<Rc<str>, i64>| {
            counts.iter().fold(Value::map(), |tree, (name, count)| tree.with(&[name], *count))
        };
        let predicted = progress.map(|progress| {
            progress.predictions.iter().fold(Value::map(), |tree, (question, answer)| tree.with(&[question], answer))
        });
        tree!({
            "deleted": (counts(&self.deleted)),
            "rewound": self.rewound,
            "stepped": self.stepped,
            "broken": self.broken,
            "traced": self.traced,
            "lenses": (counts(&self.lenses)),
            "selected": (counts(&self.selected)),
            "predicted": predicted,
            "traffic": (self.traffic(world)),
            "stopped": (Value::list(stopped(world).into_iter().map(Value::from))),
            "planes": (planes(world)),
            "zonesOut": (Value::list(world.zones_out().into_iter().map(Value::Text))),
            "faults": (Value::list(world.broken().iter().map(|broken| Value::from(broken.what.name())))),
        })
    }

    /// A number that grows with every deed.
    #[must_use]
    pub fn count(&self) -> u64 {
        let sum = |counts: &BTreeMap<Rc<str>, i64>| counts.values().sum::<i64>();
        let counted = [self.rewound, self.stepped, self.broken, self.traced];
        let all = [sum(&self.deleted), counted.iter().sum(), sum(&self.lenses), sum(&self.selected)];
        all.iter().sum::<i64>().unsigned_abs()
    }
}

/// The control planes, as no tool shows those of EKS: whether each answers, whether its API servers
/// have a known flaw, and its members.
fn planes(world: &World) -> Value {
    world.sites().fold(Value::map(), |tree, (_, site)| {
        let members = world.members(site).into_iter().map(|member| {
            tree!({
                "name": member.name, "part": member.part, "zone": member.zone, "runs": member.runs,
                "replaced": member.replaced,
            })
        });
        let members = Value::list(members.collect::<Vec<_>>());
        let plane = tree!({ "answers": !site.is_out(), "flawed": site.is_flawed(), "members": members });
        tree.with(&[&site.name], plane)
    })
}

/// The components that stand still, by the names that lessons give them.
fn stopped(world: &World) -> Vec<String> {
    let cluster = world.cluster();
    let mut components = vec![
        ("kube-controller-manager".to_owned(), Component::ControllerManager),
        ("kube-scheduler".to_owned(), Component::Scheduler),
    ];
    components
        .extend(cluster.kubelets().map(|(node, _)| (format!("kubelet/{node}"), Component::Kubelet(node.clone()))));
    components
        .extend(cluster.kubelets().map(|(node, _)| (format!("machine/{node}"), Component::Machine(node.clone()))));
    let members = (0..cluster.members()).flat_map(|number| Part::ALL.map(|part| Component::Member(part, number)));
    components.extend(members.map(|member| (member.name(), member)));
    components.retain(|(_, component)| cluster.stopped_since(component).is_some());
    components.into_iter().map(|(name, _)| name).collect()
}

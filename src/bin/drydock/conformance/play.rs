//! Plays the steps of a recording in a world like the one that was recorded.

use super::super::drive::run_line_watched;
use super::cases::{Body, Case, Recording};
use super::compare::{played_facts, recorded_facts};
use super::names::{Names, pair, tokens, translate};
use drydock::document::Value;
use drydock::kube::api::{Key, Request, Resource, User, Verb, meta};
use drydock::shell::{Setting, Shell, Stream};
use drydock::sim::ChangeKind;
use drydock::world::{Action, Break, Component, NodeSpec, Preset, SimTime, World, millis, secs};
use std::collections::{BTreeMap, BTreeSet};
use std::rc::Rc;

/// Writes this soon after a command belong to the command's step: the recorder's clock was a real
/// one and a step took about that long, while here a command takes no time.
const GRACE: SimTime = millis(250);

/// How long kubectl takes until it asks: a process starts and reads its configuration.
const KUBECTL_STARTS: SimTime = millis(100);

/// How long a change takes to be answered, with what the controllers do meanwhile: less than a
/// loop takes to hear of it and write.
const ROUND_TRIP: SimTime = millis(2);

/// `settle` and `until` give up after this much virtual time.
const WAIT_MAX: SimTime = secs(1800);

/// One write to the store.
pub struct Write {
    /// The step, from 1, to which it belongs.
    pub step: usize,
    /// Added, modified or deleted.
    pub kind: ChangeKind,
    /// The object afterwards.
    pub object: Value,
}

/// What a command answered.
pub struct Answered {
    /// The exit code.
    pub exit: i64,
    /// Standard output.
    pub stdout: String,
    /// Standard error.
    pub stderr: String,
}

/// A played recording.
pub struct Played {
    /// One for each step; nothing for steps that are not commands.
    pub answers: Vec<Option<Answered>>,
    /// Every write after the beginning.
    pub writes: Vec<Write>,
    /// What is stored at the end and was not at the beginning; and the Nodes.
    pub last: Vec<Value>,
    /// The random names.
    pub names: Names,
    /// Which of our names recorded arguments were taken to mean.
    pub meant: BTreeMap<String, String>,
}

struct Player<'a> {
    recording: &'a Recording,
    answers: Vec<Option<Answered>>,
    meant: BTreeMap<String, String>,
    world: World,
    shell: Shell,
    recorder: Recorder,
}

/// What is taken down while the world goes on.
struct Recorder {
    writes: Vec<Write>,
    revision: u64,
    step: usize,
    /// Until then, writes belong to the last command's step.
    grace: Option<(usize, SimTime)>,
    names: Names,
}

/// Plays a case.
pub fn play(case: &Case) -> Result<Played, String> {
    let Body::Kubernetes(recording) = &case.body else { return Err("not a recording".to_owned()) };
    let mut player = Player::new(recording);
    let built_in = player.objects();
    if ["validation", "defaulting"].contains(&&*case.family) && !case.name.starts_with("quota-") {
        for component in [Component::ControllerManager, Component::Scheduler] {
            let _ = player.world.act(&Action::Break(Break::Stop(component)));
        }
    }
    for (index, step) in recording.case.items_at(&["steps"]).iter().enumerate() {
        player.recorder.step = index + 1;
        let answered = player.step(step)?;
        player.answers.push(answered);
    }
    let last = player.last(&built_in);
    let Player { answers, meant, recorder: Recorder { writes, names, .. }, .. } = player;
    Ok(Played { answers, writes, last, names, meant })
}

impl Recorder {
    /// Takes down what has been written since the last call.
    fn observe(&mut self, world: &World) {
        let etcd = world.cluster().etcd();
        let step = match self.grace {
            Some((step, until)) if world.now() < until => step,
            _ => self.step,
        };
        if let Ok(changes) = etcd.changes_since(self.revision) {
            for change in changes {
                self.names.learn(&change.value.value);
                self.writes.push(Write { step, kind: change.kind, object: change.value.value.clone() });
            }
        }
        self.revision = etcd.revision();
    }
}

impl<'a> Player<'a> {
    fn new(recording: &'a Recording) -> Self {
        let mut world = World::new(&Preset::recorded(), 7);
        let until = world.now() + secs(60);
        while !world.advance_to(until) {}
        forget_events(&mut world);
        let shell = Shell::new(Setting { files: recording.files.clone(), ..Setting::default() });
        let revision = world.cluster().etcd().revision();
        let recorder = Recorder { writes: Vec::new(), revision, step: 0, grace: None, names: Names::default() };
        Self { recording, answers: Vec::new(), meant: BTreeMap::new(), world, shell, recorder }
    }

    fn objects(&self) -> BTreeSet<Key> {
        self.world.cluster().etcd().iter().map(|(key, _)| key.clone()).collect()
    }

    fn last(&self, built_in: &BTreeSet<Key>) -> Vec<Value> {
        let stored = self.world.cluster().etcd().iter();
        let counts = |key: &Key| !built_in.contains(key) || key.resource == Resource::NODES;
        stored.filter(|(key, _)| counts(key)).map(|(_, object)| object.value.clone()).collect()
    }

    fn step(&mut self, step: &Value) -> Result<Option<Answered>, String> {
        let kind = step.str_at(&["do"]);
        match kind {
            "kubectl" => return self.kubectl(step).map(Some),
            "settle" => self.settle(seconds(step, "quiet_s")),
            "sleep" => self.advance(seconds(step, "seconds")),
            "until" => self.until(step),
            "node-stop-heartbeat" | "node-forget" => self.act(&Action::Break(Break::Stop(kubelet(step))))?,
            "node-resume-heartbeat" => self.act(&Action::Break(Break::Start(kubelet(step))))?,
            "node-join" => self.act(&Action::Join(node_spec(step)))?,
            other => return Err(format!("step {}: unknown kind of step `{other}`", self.recorder.step)),
        }
        if !matches!(kind, "settle" | "sleep" | "until") {
            self.recorder.grace = Some((self.recorder.step, self.world.now() + GRACE));
        }
        Ok(None)
    }

    fn act(&mut self, action: &Action) -> Result<(), String> {
        let answer = self.world.act(action).map(drop).map_err(|error| error.message);
        self.recorder.observe(&self.world);
        answer
    }

    fn kubectl(&mut self, step: &Value) -> Result<Answered, String> {
        self.advance(KUBECTL_STARTS);
        self.recorder.grace = None;
        let mut line = "kubectl".to_owned();
        for arg in step.items_at(&["args"]) {
            let arg = self.fill_in(arg.as_str().unwrap_or_default())?;
            line.push_str(" '");
            line.push_str(&arg.replace('\'', "'\\''"));
            line.push('\'');
        }
        let stdin = step.str_at(&["stdin"]);
        if !stdin.is_empty() {
            line.push_str(&format!(" <<'END-OF-INPUT'\n{stdin}\nEND-OF-INPUT\n"));
        }
        let recorder = &mut self.recorder;
        let ended =
            run_line_watched(&self.shell, &mut self.world, &line, ROUND_TRIP, &mut |world| recorder.observe(world));
        self.recorder.observe(&self.world);
        self.recorder.grace = Some((self.recorder.step, self.world.now() + GRACE));
        let text = |stream: Stream| {
            ended.printed.iter().filter(|(it, _)| *it == stream).map(|(_, text)| text.as_str()).collect::<String>()
        };
        Ok(Answered { exit: i64::from(ended.exit), stdout: text(Stream::Out), stderr: text(Stream::Err) })
    }

    /// A recorded argument with our own names: those of objects that have fared alike so far.
    fn fill_in(&mut self, text: &str) -> Result<String, String> {
        if tokens(text).is_empty() {
            return Ok(text.to_owned());
        }
        let seen = self.answers.len();
        let recorded = recorded_facts(self.recording, seen);
        let played = played_facts(&self.recorder.writes, &self.answers, &self.recorder.names, seen);
        let pairs = pair(&recorded, &played, &self.meant);
        let filled = self.recorder.names.fill_in(text, &pairs)?;
        for token in tokens(text) {
            let drawn = self.recorder.names.mask(&filled);
            let ours = pairs.get(&token).cloned().or_else(|| tokens(&drawn).into_iter().next());
            self.meant.extend(ours.map(|ours| (token, ours)));
        }
        Ok(filled)
    }

    fn advance(&mut self, length: SimTime) {
        let until = self.world.now() + length;
        while self.world.next_due().is_some_and(|due| due <= until) {
            self.world.step();
            self.recorder.observe(&self.world);
        }
        self.world.advance_to(until);
    }

    /// Lets the world go on until no object that the recorder watched has changed for `quiet`.
    fn settle(&mut self, quiet: SimTime) {
        let limit = self.world.now() + WAIT_MAX;
        let mut last = self.world.now();
        loop {
            let due = self.world.next_due();
            let over = last + quiet;
            match due {
                Some(due) if due <= over && due <= limit => {
                    let seen = self.recorder.writes.len();
                    self.world.step();
                    self.recorder.observe(&self.world);
                    if self.recorder.writes[seen..].iter().any(|write| is_watched(meta::kind(&write.object))) {
                        last = self.world.now();
                    }
                }
                _ => {
                    self.world.advance_to(over.min(limit));
                    return;
                }
            }
        }
    }

    fn until(&mut self, step: &Value) {
        let limit = self.world.now() + WAIT_MAX;
        while !self.holds(step) && self.world.next_due().is_some_and(|due| due <= limit) {
            self.world.step();
            self.recorder.observe(&self.world);
        }
    }

    fn holds(&self, step: &Value) -> bool {
        let Some((kind, name)) = step.str_at(&["object"]).split_once('/') else { return true };
        let Some(resource) = Resource::all().find(|resource| resource.kind() == kind) else { return true };
        let name = self.recorder.names.unmask(&translate(name, &self.meant));
        let object = self.world.get(&Key::new(resource, "default", name.as_str()));
        let (field, wanted) = (step.str_at(&["field"]), step.get("equals").cloned().unwrap_or_default());
        if field == "gone" {
            return object.is_none();
        }
        object.is_some_and(|object| at_path(object, field) == wanted)
    }
}

/// The value at a path; in a list of conditions a word of the path is a condition's type and the
/// value its status.
fn at_path(object: &Value, path: &str) -> Value {
    let mut value = object.clone();
    for word in path.split('.') {
        value = match &value {
            Value::List(items) => match word.parse::<usize>() {
                Ok(index) => items.get(index).cloned().unwrap_or_default(),
                Err(_) => items
                    .iter()
                    .find(|item| item.str_at(&["type"]) == word)
                    .map(|condition| condition.str_at(&["status"]).into())
                    .unwrap_or_default(),
            },
            other => other.get(word).cloned().unwrap_or_default(),
        };
    }
    value
}

fn seconds(step: &Value, field: &str) -> SimTime {
    let text = step.get(field).map(ToString::to_string).unwrap_or_default();
    let (whole, part) = text.split_once('.').unwrap_or((&text, ""));
    let thousandths = format!("{part:0<3}")[..3].parse::<u64>().unwrap_or_default();
    millis(whole.parse::<u64>().unwrap_or_default() * 1000 + thousandths)
}

fn kubelet(step: &Value) -> Component {
    Component::Kubelet(step.str_at(&["node"]).into())
}

fn node_spec(step: &Value) -> NodeSpec {
    let labels = step.str_at(&["labels"]).split(',').filter_map(|pair| pair.split_once('='));
    NodeSpec {
        name: step.str_at(&["node"]).into(),
        zone: step.str_at(&["zone"]).into(),
        cpu: "4".into(),
        memory: "8Gi".into(),
        pods: 110,
        labels: labels.map(|(key, value)| (key.into(), value.into())).collect(),
    }
}

/// Every recording began without Events.
fn forget_events(world: &mut World) {
    let events: Vec<Key> = world
        .cluster()
        .etcd()
        .iter()
        .filter(|(key, _)| key.resource == Resource::EVENTS)
        .map(|(key, _)| key.clone())
        .collect();
    for key in events {
        let request = Rc::new(Request::new(User::admin(), Verb::Delete, &key));
        let _ = world.act(&Action::Request { actor: "recorder".into(), request });
    }
}

/// The kinds that the recorder watched.
pub fn is_watched(kind: &str) -> bool {
    kind == "Event" || DIGESTED.contains(&kind)
}

/// The kinds that are in traces and among the last objects.
pub const DIGESTED: &[&str] = &[
    "Pod",
    "Service",
    "PersistentVolumeClaim",
    "PersistentVolume",
    "ResourceQuota",
    "Node",
    "Namespace",
    "Deployment",
    "ReplicaSet",
    "StatefulSet",
    "DaemonSet",
    "ControllerRevision",
    "Job",
    "CronJob",
    "EndpointSlice",
    "HorizontalPodAutoscaler",
    "PodDisruptionBudget",
    "ConfigMap",
    "ServiceAccount",
];

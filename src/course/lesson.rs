//! A lesson: its mechanics (`lesson.yaml` and files) and its text in one language.

use super::prose::{self, Block, Section};
use super::reader::{Fault, Reader};
use crate::document::Value;
use crate::world::{NodeSpec, Preset, Question, clock_minute};
use std::rc::Rc;

/// How long a step may take in the world when it does not say, in seconds.
const LIMIT_DEFAULT: i64 = 120;
/// Files that a lesson may bring.
const FILES_MAX: usize = 200;

/// Reads a file of the lesson by its path inside the lesson's folder.
pub type Files<'a> = &'a [(&'a str, &'a str)];

/// How a lesson's time begins.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Time {
    /// Seconds of the world that have passed: until the time of day that the lesson names.
    pub begins_s: u64,
    /// How many times as fast as real time it runs.
    pub speed: u32,
    /// Whether it waits for the learner to start it.
    pub is_paused: bool,
}

impl Default for Time {
    fn default() -> Self {
        Self { begins_s: 0, speed: 1, is_paused: false }
    }
}

/// A file in the editor.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct File {
    /// Its name, as on its tab.
    pub name: Rc<str>,
    /// What is in it.
    pub text: Rc<str>,
}

/// What a lesson does, in no language.
#[derive(Clone, PartialEq, Debug)]
pub struct Lesson {
    /// The folder's name, for example `10-desired-state`.
    pub id: Rc<str>,
    /// How long a person takes.
    pub minutes: i64,
    /// The seed of its world.
    pub seed: u64,
    /// The name of the world that it begins in: `demo`, `empty` and the others of [`Preset::named`].
    pub world: Rc<str>,
    /// Its nodes; the world's own where it says nothing.
    pub nodes: Vec<NodeSpec>,
    /// How many machines its control plane stands on; the world's own where it says nothing.
    pub control_planes: Option<u32>,
    /// What the editor opens with, in the order of its tabs. Applied before the lesson begins,
    /// and the world settles, so that it begins at rest.
    pub files: Vec<File>,
    /// Whether what is written is applied by itself.
    pub auto_apply: bool,
    /// How its time begins.
    pub time: Time,
    /// Command lines that make the world what it is when the lesson begins, before any file.
    pub setup: Vec<String>,
    /// Its steps.
    pub steps: Vec<Step>,
}

/// One step of a lesson.
#[derive(Clone, PartialEq, Debug)]
pub struct Step {
    /// Its id, which is the heading's in both texts.
    pub id: Rc<str>,
    /// Command lines that all exit 0 when, and only when, the step is done.
    pub check: Vec<String>,
    /// Named command lines whose output fills `{name}` in the check's text.
    pub values: Vec<(Rc<str>, String)>,
    /// How long the world may take to answer, in its own seconds.
    pub limit_s: u64,
    /// A question to be answered before the world answers it.
    pub predict: Option<Predict>,
    /// Where to look.
    pub focus: Focus,
    /// One way to do it.
    pub solution: Act,
    /// What comes near and must not pass, each from the step's start.
    pub not_yet: Vec<NearMiss>,
    /// Command lines that the lesson runs when the step is passed.
    pub on_pass: Vec<String>,
    /// Whether time stands still when the step is passed, so that what it led to can be read.
    pub pauses: bool,
}

/// A question about what the world will do. Any answer will do; the world tells which is right.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Predict {
    /// The name under which the answer is kept.
    pub id: Rc<str>,
    /// The answers' ids, whose texts stand under `### choice ID`.
    pub choices: Vec<Rc<str>>,
    /// The one that the world will give.
    pub answer: Rc<str>,
}

/// Where a step looks.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct Focus {
    /// A lens: `map`, `loop`, `tree`, `traffic`, `access`, `list`; empty to stay.
    pub lens: Rc<str>,
    /// An object, `Deployment/web`; empty for none.
    pub object: Rc<str>,
    /// A file's tab; empty to stay.
    pub file: Rc<str>,
    /// A line of that file, from 1; 0 for none.
    pub line: i64,
    /// A packet that is followed on the map: `laptop web:80`; empty to stay.
    pub trace: Rc<str>,
}

/// Something done: files and places in them changed, then command lines run.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct Act {
    /// Files as they are after it.
    pub files: Vec<File>,
    /// Places changed.
    pub edits: Vec<Edit>,
    /// Command lines, in order.
    pub commands: Vec<String>,
}

impl Act {
    /// Whether nothing is done.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.files.is_empty() && self.edits.is_empty() && self.commands.is_empty()
    }
}

/// What comes near.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct NearMiss {
    /// Why it is not enough, for the person who reads the lesson's mechanics.
    pub because: String,
    /// What is done.
    pub act: Act,
}

/// A place in a file changed.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Edit {
    /// The file.
    pub file: Rc<str>,
    /// What stands there once, and goes.
    pub from: String,
    /// What comes instead.
    pub to: String,
}

impl Lesson {
    /// Reads a lesson from its `lesson.yaml` and its files (`files/…`, `solution/…`).
    #[must_use]
    pub fn read(id: &str, value: &Value, files: Files<'_>) -> (Self, Vec<Fault>) {
        let mut top = Reader::new(value, format!("{id}/lesson.yaml"));
        top.only(&[
            "minutes",
            "seed",
            "world",
            "nodes",
            "control_planes",
            "files",
            "auto_apply",
            "time",
            "setup",
            "steps",
        ]);
        let world = value.get("world").and_then(Value::as_str).unwrap_or("demo");
        if Preset::named(world).is_none() {
            top.fault(format!("there is no world `{world}`"));
        }
        let control_planes = match top.number("control_planes", 0) {
            0 => None,
            count @ 1..=7 => u32::try_from(count).ok(),
            count => {
                top.fault(format!("a control plane has 1 to 7 members, not {count}"));
                None
            }
        };
        let names = top.texts("files");
        let mut opened = Vec::new();
        for name in names {
            match find(files, "files", &name) {
                Some(file) => opened.push(file),
                None => top.fault(format!("there is no file files/{name}")),
            }
        }
        if files.len() > FILES_MAX {
            top.fault(format!("more than {FILES_MAX} files"));
        }
        let lesson = Self {
            id: id.into(),
            minutes: top.number("minutes", 5),
            seed: top.number("seed", 1).unsigned_abs(),
            world: world.into(),
            nodes: top.each("nodes", read_node),
            control_planes,
            files: opened,
            auto_apply: value.get("auto_apply").and_then(Value::as_bool).unwrap_or(true),
            time: top.inside("time", read_time).unwrap_or_default(),
            setup: top.texts("setup"),
            steps: top.each("steps", |step| read_step(step, files)),
        };
        (lesson, top.faults)
    }

    /// The world it begins in.
    #[must_use]
    pub fn preset(&self) -> Preset {
        let preset = Preset::named(&self.world).unwrap_or_else(Preset::demo);
        let nodes = if self.nodes.is_empty() { preset.nodes } else { self.nodes.clone() };
        Preset { nodes, control_planes: self.control_planes.unwrap_or(preset.control_planes), ..preset }
    }

    /// The step with this id.
    #[must_use]
    pub fn step(&self, id: &str) -> Option<&Step> {
        self.steps.iter().find(|step| &*step.id == id)
    }
}

/// A long number with its digits in groups, as both languages write them; anything else as it is.
fn grouped(value: &str) -> String {
    let is_long = value.len() > 4 && value.bytes().all(|byte| byte.is_ascii_digit()) && !value.starts_with('0');
    if !is_long {
        return value.to_owned();
    }
    let groups = value.as_bytes().rchunks(3).rev().map(String::from_utf8_lossy);
    groups.collect::<Vec<_>>().join(",")
}

fn find(files: Files<'_>, folder: &str, name: &str) -> Option<File> {
    let text = files.iter().find(|(path, _)| path.strip_prefix(folder) == Some(&*format!("/{name}")))?.1;
    Some(File { name: name.into(), text: text.into() })
}

fn read_node(node: &mut Reader<'_>) -> NodeSpec {
    node.only(&["name", "zone", "cpu", "memory", "pods"]);
    let mut text = |key: &str| Rc::from(node.required(key));
    let (name, zone, cpu, memory) = (text("name"), text("zone"), text("cpu"), text("memory"));
    NodeSpec { name, zone, cpu, memory, pods: node.number("pods", 110), labels: Vec::new() }
}

fn read_time(time: &mut Reader<'_>) -> Time {
    time.only(&["begins", "speed", "paused"]);
    let clock = time.text("begins");
    let minute = clock.split_once(':').and_then(|(hours, minutes)| {
        let (hours, minutes) = (hours.parse::<i64>().ok()?, minutes.parse::<i64>().ok()?);
        ((0..24).contains(&hours) && (0..60).contains(&minutes)).then_some(hours * 60 + minutes)
    });
    if minute.is_none() && !clock.is_empty() {
        time.fault(format!("`begins` wants a time of day such as '11:30', not `{clock}`"));
    }
    let speed = time.number("speed", 1);
    if ![1, 10, 100, 1000].contains(&speed) {
        time.fault("`speed` is 1, 10, 100 or 1000");
    }
    let passed = minute.map_or(0, |minute| (minute - clock_minute(0)).rem_euclid(24 * 60));
    Time {
        begins_s: passed.unsigned_abs() * 60,
        speed: u32::try_from(speed).unwrap_or(1),
        is_paused: time.yes("paused"),
    }
}

fn read_step(step: &mut Reader<'_>, files: Files<'_>) -> Step {
    step.only(&["id", "check", "values", "limit", "predict", "focus", "solution", "not_yet", "on_pass", "pause"]);
    let id = step.required("id");
    let folder = format!("solution/{id}");
    let mut solution = step.inside("solution", read_act).unwrap_or_default();
    solution.files = files
        .iter()
        .filter_map(|(path, text)| Some((path.strip_prefix(&folder)?.strip_prefix('/')?, text)))
        .map(|(name, text)| File { name: name.into(), text: (*text).into() })
        .collect();
    Step {
        check: step.texts("check"),
        values: step
            .inside("values", |values| {
                let names: Vec<Rc<str>> = values.value.entries().map(|(name, _)| name.clone()).collect();
                names.into_iter().map(|name| (name.clone(), values.required(&name))).collect()
            })
            .unwrap_or_default(),
        limit_s: step.number("limit", LIMIT_DEFAULT).unsigned_abs(),
        predict: step.inside("predict", read_predict),
        focus: step.inside("focus", read_focus).unwrap_or_default(),
        not_yet: step.each("not_yet", |miss| {
            let because = miss.required("because");
            NearMiss { because, act: read_act(miss) }
        }),
        on_pass: step.texts("on_pass"),
        pauses: step.yes("pause"),
        solution,
        id: id.into(),
    }
}

fn read_predict(predict: &mut Reader<'_>) -> Predict {
    predict.only(&["id", "choices", "answer"]);
    let choices: Vec<Rc<str>> = predict.texts("choices").into_iter().map(Rc::from).collect();
    let answer = Rc::from(predict.required("answer"));
    if !choices.contains(&answer) {
        predict.fault("`answer` is none of the choices");
    }
    Predict { id: predict.required("id").into(), choices, answer }
}

fn read_focus(focus: &mut Reader<'_>) -> Focus {
    focus.only(&["lens", "object", "file", "line", "trace"]);
    let lens = focus.text("lens");
    if !["", "map", "loop", "tree", "traffic", "access", "list"].contains(&lens.as_str()) {
        focus.fault(format!("there is no lens `{lens}`"));
    }
    let trace = focus.text("trace");
    let packet: Vec<&str> = trace.split_whitespace().collect();
    if !trace.is_empty() && Question::parse(&packet).is_none() {
        focus.fault(format!("`{trace}` is no packet: FROM TO[:PORT] [PROTOCOL]"));
    }
    Focus {
        trace: trace.as_str().into(),
        lens: lens.into(),
        object: focus.text("object").into(),
        file: focus.text("file").into(),
        line: focus.number("line", 0),
    }
}

fn read_act(act: &mut Reader<'_>) -> Act {
    act.only(&["because", "edit", "commands"]);
    let edits = act.each("edit", |edit| {
        edit.only(&["file", "from", "to"]);
        Edit { file: edit.required("file").into(), from: edit.required("from"), to: edit.text("to") }
    });
    Act { files: Vec::new(), edits, commands: act.texts("commands") }
}

/// What a lesson says in one language.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct Text {
    /// Its title.
    pub title: Rc<str>,
    /// What comes before the first step.
    pub opening: Vec<Block>,
    /// Its steps, in the order of the text.
    pub steps: Vec<StepText>,
}

/// What a step says in one language.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct StepText {
    /// The step's id.
    pub id: Rc<str>,
    /// Its heading; the button that leads here says the same.
    pub title: Rc<str>,
    /// What it says.
    pub body: Vec<Block>,
    /// What the check waits for, in one sentence; `{name}` stands for a value of the step.
    pub goal: Rc<str>,
    /// A quieter second sentence; empty for none.
    pub goal_more: Rc<str>,
    /// The ladder: nudge, place, answer.
    pub hints: Vec<Vec<Block>>,
    /// The answers of its question: id and text.
    pub choices: Vec<(Rc<str>, Rc<str>)>,
    /// What is said when it is done.
    pub done: Vec<Block>,
}

impl Text {
    /// Puts the sections of a text in their places. Sections of unknown parts are left out;
    /// [`super::lint`] names them.
    #[must_use]
    pub fn of(sections: &[Section]) -> Self {
        let mut text = Self::default();
        for section in sections {
            if section.step.is_empty() {
                if section.part.is_empty() {
                    text.title = section.title.clone();
                    text.opening = section.blocks.clone();
                }
            } else if section.part.is_empty() {
                let (id, title) = (section.step.clone(), section.title.clone());
                text.steps.push(StepText { id, title, body: section.blocks.clone(), ..StepText::default() });
            } else if let Some(step) = text.steps.last_mut() {
                step.take(section);
            }
        }
        text
    }

    /// The step with this id.
    #[must_use]
    pub fn step(&self, id: &str) -> Option<&StepText> {
        self.steps.iter().find(|step| &*step.id == id)
    }
}

impl StepText {
    fn take(&mut self, section: &Section) {
        let blocks = &section.blocks;
        match section.part.split_once(' ') {
            None if &*section.part == "check" => {
                let mut lines = blocks.iter().map(|block| Rc::from(prose::plain_blocks(std::slice::from_ref(block))));
                self.goal = lines.next().unwrap_or_default();
                self.goal_more = lines.next().unwrap_or_default();
            }
            None if &*section.part == "done" => self.done.clone_from(blocks),
            Some(("hint", _)) => self.hints.push(blocks.clone()),
            Some(("choice", id)) => self.choices.push((id.into(), prose::plain_blocks(blocks).into())),
            _ => {}
        }
    }

    /// The goal and its second sentence, with `{name}` filled from `values`. What a command left
    /// empty counts as 0: `kubectl` prints nothing for a field that is zero.
    #[must_use]
    pub fn goal_with(&self, values: &[(Rc<str>, String)]) -> (String, String) {
        let fill = |text: &str| {
            values.iter().fold(text.to_owned(), |text, (name, value)| {
                let value = value.trim();
                let shown = if value.is_empty() { "0".to_owned() } else { grouped(value) };
                text.replace(&format!("{{{name}}}"), &shown)
            })
        };
        (fill(&self.goal), fill(&self.goal_more))
    }
}

//! A desk: an editor's files, a shell and a world, without a screen. `drydock check` and the tests
//! play lessons on it.
//!
//! Files are applied with `kubectl apply`, as a person at a real cluster would apply them, so a
//! lesson that passes here does not lean on anything that only the browser's editor does.

use super::lesson::Lesson;
use super::play::{Ran, Stage};
use super::progress::Facts;
use crate::shell::{Door, Setting, Shell, State, Stream, WatchEvent};
use crate::world::api::{Resource, Verb};
use crate::world::{Action, Answer, ApiError, Break, Component, Request, SimTime, World, millis, secs};
use std::rc::Rc;

/// How long the world may take to come to rest before a lesson begins.
const BEGIN_LIMIT: SimTime = secs(300);
/// How long a command may wait for the world.
const COMMAND_LIMIT: SimTime = secs(600);
/// Moments kept to go back to.
const PAST_MAX: usize = 2_000;
/// What a shell says when a command took too long (as `timeout` does).
const EXIT_TOO_LONG: i32 = 124;

/// See the top of this file. A clone is a snapshot.
#[derive(Clone)]
pub struct Desk {
    world: World,
    /// The world at earlier moments, oldest first.
    past: Vec<World>,
    setting: Setting,
    facts: Facts,
}

/// The way from the shell into the world, on which the learner's deletions are counted.
struct CountingDoor<'d> {
    world: &'d mut World,
    facts: &'d mut Facts,
}

impl Door for CountingDoor<'_> {
    fn now(&self) -> SimTime {
        Door::now(self.world)
    }

    fn revision(&self) -> u64 {
        Door::revision(self.world)
    }

    fn ask(&mut self, request: Rc<Request>) -> Answer {
        let (is_delete, kind) = (request.verb == Verb::Delete, request.key().resource.kind());
        let answer = self.world.ask(request);
        if is_delete && answer.is_ok() {
            self.facts.delete(kind);
        }
        answer
    }

    fn watch(&self, resource: Resource, since: u64) -> Result<Vec<WatchEvent>, ApiError> {
        self.world.watch(resource, since)
    }
}

impl Desk {
    /// The desk as a lesson begins: its world, its files applied, everything at rest.
    #[must_use]
    pub fn begin(lesson: &Lesson) -> Self {
        let mut desk = Self {
            world: World::new(&lesson.preset(), lesson.seed),
            past: Vec::new(),
            setting: Setting::default(),
            facts: Facts::default(),
        };
        // Nodes register first, as they would have done long ago.
        desk.world.settle(BEGIN_LIMIT);
        for file in &lesson.files {
            desk.write(&file.name, &file.text);
        }
        let until = desk.world.now() + BEGIN_LIMIT;
        desk.world.settle(until);
        desk
    }

    /// The world.
    #[must_use]
    pub fn world(&self) -> &World {
        &self.world
    }

    fn remember(&mut self) {
        if self.past.len() == PAST_MAX {
            self.past.remove(0);
        }
        self.past.push(self.world.clone());
    }

    /// Goes back by `span`, at most to the first moment that is remembered.
    fn rewind(&mut self, span: SimTime) {
        let target = millis(self.world.now().as_millis().saturating_sub(span.as_millis()));
        while self.past.len() > 1 && self.past.last().is_some_and(|world| world.now() > target) {
            self.past.pop();
        }
        if let Some(world) = self.past.pop() {
            self.world = world;
            self.world.advance_to(target.max(self.world.now()));
        }
        self.facts.rewind();
    }

    /// What a hand does on the screen, as a command line. `None` when the line is none of these.
    fn hand(&mut self, line: &str) -> Option<Ran> {
        let words: Vec<&str> = line.split_whitespace().collect();
        let done = match *words.as_slice() {
            ["drydock", "predict", question, answer] => {
                self.facts.predict(question, answer);
                true
            }
            ["drydock", "rewind", span] => read_span(span).map(|span| self.rewind(span)).is_some(),
            ["drydock", "advance", span] => {
                read_span(span).map(|span| self.world.advance_to(self.world.now() + span)).is_some()
            }
            ["drydock", verb @ ("stop" | "start"), name] => {
                read_component(name).is_some_and(|component| self.set_running(name, component, verb == "start"))
            }
            _ => return None,
        };
        let err = if done { String::new() } else { format!("cannot do `{line}`") };
        Some(Ran { code: i32::from(!done) * 2, out: String::new(), err })
    }

    /// Stops a component, or starts it. Returns whether the world let it happen.
    fn set_running(&mut self, name: &str, component: Component, runs: bool) -> bool {
        let change = if runs { Break::Start(component) } else { Break::Stop(component) };
        let done = self.world.act(&Action::Break(change)).is_ok();
        if done {
            self.facts.set_running(name, runs);
        }
        done
    }
}

impl Stage for Desk {
    fn begin_step(&mut self, _step: &str) {
        self.facts.begin_step();
    }

    fn file(&self, name: &str) -> Option<String> {
        self.setting.files.get(name).cloned()
    }

    fn write(&mut self, name: &str, text: &str) {
        self.setting.files.insert(name.to_owned(), text.to_owned());
        // What cannot be applied changes nothing: the last good wish stands.
        self.run(&format!("kubectl apply -f {name}"));
    }

    fn run(&mut self, line: &str) -> Ran {
        self.remember();
        if let Some(ran) = self.hand(line) {
            return ran;
        }
        self.setting.session = self.facts.to_value();
        let shell = Shell::new(self.setting.clone());
        let mut running = shell.start(line);
        let deadline = self.world.now() + COMMAND_LIMIT;
        let code = loop {
            let mut door = CountingDoor { world: &mut self.world, facts: &mut self.facts };
            match running.poll(&mut door) {
                State::Done { exit } => break i32::from(exit),
                State::Waiting { .. } if self.world.now() >= deadline => break EXIT_TOO_LONG,
                State::Waiting { until } => {
                    let next = self.world.next_due().unwrap_or(deadline);
                    let until = until.unwrap_or(deadline).min(next).min(deadline);
                    self.world.advance_to(until.max(self.world.now()));
                }
            }
        };
        let mut ran = Ran { code, ..Ran::default() };
        for (stream, text) in running.take_output() {
            match stream {
                Stream::Out => ran.out += &text,
                Stream::Err => ran.err += &text,
            }
        }
        self.setting = shell.setting().clone();
        ran
    }

    fn now_ms(&self) -> u64 {
        self.world.now().as_millis()
    }

    fn settle(&mut self, until_ms: u64) -> bool {
        self.remember();
        self.world.settle(millis(until_ms))
    }

    fn advance(&mut self, until_ms: u64) {
        self.remember();
        self.world.advance_to(millis(until_ms));
    }
}

fn read_span(text: &str) -> Option<SimTime> {
    text.strip_suffix('s')?.parse().ok().map(secs)
}

fn read_component(name: &str) -> Option<Component> {
    match name {
        "kube-controller-manager" => Some(Component::ControllerManager),
        "kube-scheduler" => Some(Component::Scheduler),
        _ => name.strip_prefix("kubelet/").map(|node| Component::Kubelet(node.into())),
    }
}

//! A command and a world: virtual time passes while the command waits, and only then.

use drydock::document::Value;
use drydock::shell::{Door, Running, Shell, State, Stream, WatchEvent};
use drydock::world::api::{ApiError, Request, Resource};
use drydock::world::{Action, Answer, Call, CloudAnswer, HostingKind, Question, SimTime, Target, Traced, World, secs};
use std::rc::Rc;

/// A command that waits longer than this, in virtual time, is stopped as by Ctrl+C.
pub const COMMAND_TIME_MAX: SimTime = secs(2 * 3600);

/// What a command printed, and how it ended.
pub struct Ended {
    /// Standard output and standard error, in the order of writing.
    pub printed: Vec<(Stream, String)>,
    /// The exit code; 130 for a command that had to be stopped.
    pub exit: u8,
}

/// Runs a line to its end.
pub fn run_line(shell: &Shell, world: &mut World, line: &str) -> Ended {
    drive(shell, line, world, SimTime::ZERO, &mut |_| {})
}

/// Lets time pass while commands go on in the background; what they print.
pub fn pass(shell: &Shell, world: &mut World, until: SimTime) -> Vec<(Stream, String)> {
    while world.now() < until {
        let wanted = shell.tend(world);
        let next = [wanted, world.next_due().filter(|_| wanted.is_some() || shell.has_jobs()), Some(until)];
        let next = next.into_iter().flatten().min().unwrap_or(until).max(world.now());
        if world.next_due().is_some_and(|due| due <= next) {
            world.step();
        } else {
            world.advance_to(next);
        }
    }
    shell.tend(world);
    shell.take_output()
}

/// Runs a line to its end against a server that answers every change after `round_trip`, and shows
/// the world after every event.
pub fn run_line_watched(
    shell: &Shell,
    world: &mut World,
    line: &str,
    round_trip: SimTime,
    watch: &mut dyn FnMut(&World),
) -> Ended {
    drive(shell, line, world, round_trip, watch)
}

fn drive(shell: &Shell, line: &str, world: &mut World, round_trip: SimTime, watch: &mut dyn FnMut(&World)) -> Ended {
    let mut running: Running = shell.start(line);
    let mut printed = Vec::new();
    let limit = world.now() + COMMAND_TIME_MAX;
    let exit = loop {
        let until = match running.poll(&mut Slow { world, round_trip, watch }) {
            State::Done { exit } => break exit,
            State::Waiting { until } => until,
        };
        printed.extend(running.take_output());
        let wanted = shell.tend(&mut Slow { world, round_trip, watch });
        printed.extend(shell.take_output());
        watch(world);
        let due = world.next_due();
        let next = [until, wanted, due].into_iter().flatten().min();
        match next {
            Some(next) if next <= limit => {
                if due.is_some_and(|due| due <= next) {
                    world.step();
                } else {
                    world.advance_to(next);
                }
            }
            // Nothing will ever happen, or not soon enough.
            _ => break 130,
        }
    };
    printed.extend(running.take_output());
    shell.tend(&mut Slow { world, round_trip, watch });
    printed.extend(shell.take_output());
    Ended { printed, exit }
}

/// A server that is some way off: what changes something takes a moment to be answered.
struct Slow<'a> {
    world: &'a mut World,
    round_trip: SimTime,
    watch: &'a mut dyn FnMut(&World),
}

impl Door for Slow<'_> {
    fn now(&self) -> SimTime {
        self.world.now()
    }

    fn revision(&self) -> u64 {
        Door::revision(&*self.world)
    }

    fn ask(&mut self, request: Rc<Request>) -> Answer {
        let mutates = request.mutates();
        let answer = self.world.ask(request);
        if mutates {
            (self.watch)(self.world);
            let until = self.world.now() + self.round_trip;
            while self.world.next_due().is_some_and(|due| due <= until) {
                self.world.step();
                (self.watch)(self.world);
            }
            self.world.advance_to(until);
        }
        answer
    }

    fn call(&mut self, call: Rc<Call>) -> CloudAnswer {
        self.world.call(&"you".into(), &call)
    }

    fn ask_as(&mut self, target: &Rc<Target>, request: Rc<Request>) -> Answer {
        Door::ask_as(self.world, target, request)
    }

    fn act(&mut self, action: Rc<Action>) -> Answer {
        Door::act(self.world, action)
    }

    fn hosted(&self, kind: HostingKind, name: &str) -> Vec<Value> {
        self.world.hosted(kind, name)
    }

    fn trace(&mut self, question: &Question) -> Result<Traced, Rc<str>> {
        self.world.trace(question)
    }

    fn broken(&self) -> Vec<String> {
        Door::broken(&*self.world)
    }

    fn custom(&self) -> drydock::world::api::custom::Registry {
        Door::custom(&*self.world)
    }

    fn watch(&self, resource: Resource, since: u64) -> Result<Vec<WatchEvent>, ApiError> {
        Door::watch(&*self.world, resource, since)
    }
}

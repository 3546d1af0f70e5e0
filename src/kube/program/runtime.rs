//! The container runtimes of a cluster: every container that was started, with what runs in it.

use super::files::{Disks, Files};
use super::log::Log;
use super::machine::{Ended, Process, SLICE};
use super::thread::{STEPS_AT_ONCE_MAX, State, Target, Thread};
use super::{Ahead, Facts, Id, Network, Outside, image, server, syntax};
use crate::document::InOrder as _;
use crate::sim::{SimTime, secs};
use rpds::RedBlackTreeMap;
use std::rc::Rc;

/// How many operations of one Pod are run when it is caught up; a program that does more is taken
/// for one that never rests.
pub const CATCH_UP_STEPS_MAX: u32 = 40_000;
/// How many operations a copy runs ahead.
const AHEAD_STEPS_MAX: u32 = 3000;
/// What a container without a limit can use of its node, in thousandths of a CPU.
const CPU_UNLIMITED: u64 = 2000;
/// A request's way there and back.
const HOP_MICROS: u64 = 1200;
/// How long a request waits in a queue that is full.
const OVERLOADED_MICROS: u64 = 1_000_000;
/// How many shells people may have open in one container.
const SESSIONS_MAX: usize = 16;

/// When something happens in a Pod that others could notice.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum Next {
    /// A program ends.
    Ends {
        /// Which.
        container: Rc<str>,
        /// How.
        ended: Ended,
    },
    /// A program calls somebody, or was followed far enough: it must be looked at again.
    Look {
        /// When.
        at: SimTime,
    },
    /// Nothing, until somebody does something to it.
    Nothing,
}

/// Every container of a cluster.
#[derive(Clone, Default)]
pub struct Runtime {
    processes: RedBlackTreeMap<Id, Rc<Process>>,
    previous: RedBlackTreeMap<Id, Rc<Process>>,
    plans: RedBlackTreeMap<Rc<str>, Next>,
    /// The volumes.
    pub disks: Disks,
    /// Which Pod has which address.
    pub addresses: RedBlackTreeMap<Rc<str>, Rc<str>>,
    /// How many requests have been made so far.
    pub requests: u64,
    last_session: i64,
}

/// What a command in a container came to.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct Executed {
    /// Standard output.
    pub stdout: String,
    /// Standard error.
    pub stderr: String,
    /// The exit code.
    pub code: i64,
    /// How long it took.
    pub took: SimTime,
    /// Whether it goes on in the background: a server, an endless loop.
    pub runs_on: bool,
    /// An open shell that takes further lines.
    pub session: Option<i64>,
}

/// The way to others out of one Pod: made for each step, since it borrows every process.
pub trait Wiring {
    /// The network as the processes of this moment make it.
    fn wire<'a>(&'a self, runtime: &'a mut Runtime) -> Box<dyn Network + 'a>;
}

/// Nobody can be called.
pub struct Cut;

impl Wiring for Cut {
    fn wire<'a>(&'a self, _: &'a mut Runtime) -> Box<dyn Network + 'a> {
        Box::new(Ahead)
    }
}

impl Runtime {
    /// A container's program, running or ended.
    #[must_use]
    pub fn get(&self, id: &Id) -> Option<&Rc<Process>> {
        self.processes.get(id)
    }

    /// Every container's program.
    pub fn iter(&self) -> impl Iterator<Item = (&Id, &Rc<Process>)> {
        self.processes.iter()
    }

    /// The programs of a Pod.
    pub fn of_pod(&self, pod: &str) -> impl Iterator<Item = (&Id, &Rc<Process>)> {
        let pod: Rc<str> = pod.into();
        let first = Id { pod: pod.clone(), container: "".into() };
        self.processes.range(first..).take_while(move |(id, _)| id.pod == pod)
    }

    /// The log of a container's run: the present one, or the one before.
    #[must_use]
    pub fn log(&self, id: &Id, previous: bool) -> Option<&Log> {
        let runs = if previous { &self.previous } else { &self.processes };
        runs.get(id).map(|process| &process.log)
    }

    /// Starts a container. The run before it, if any, stays readable.
    ///
    /// # Errors
    /// The program that is not there.
    pub fn start(&mut self, facts: Facts, at: SimTime, seed: u64) -> Result<(), Rc<str>> {
        let id = facts.id.clone();
        if let Some(before) = self.processes.get(&id) {
            self.previous.insert_mut(id.clone(), before.clone());
        }
        let mut outside = Outside { disks: &mut self.disks, network: &mut Ahead, seed };
        let process = Process::start(Rc::new(facts), at, &mut outside);
        if let Some(missing) = server::is_runnable(&process) {
            return Err(missing);
        }
        self.plans.remove_mut(&id.pod);
        self.processes.insert_mut(id, Rc::new(process));
        Ok(())
    }

    /// A Pod is gone, with its containers and the volumes that live as long as it does.
    pub fn forget(&mut self, pod: &str) {
        let gone: Vec<Id> =
            self.processes.keys().chain(self.previous.keys()).filter(|id| &*id.pod == pod).cloned().collect();
        for id in gone {
            self.processes.remove_mut(&id);
            self.previous.remove_mut(&id);
        }
        self.plans.remove_mut(pod);
        let disks: Vec<Rc<str>> = self
            .disks
            .keys()
            .filter(|disk| {
                disk.split('/').nth(1) == Some(pod) && !disk.starts_with("pv/") && !disk.starts_with("host/")
            })
            .cloned()
            .collect();
        for disk in disks {
            self.disks.remove_mut(&disk);
        }
        self.release(pod);
    }

    /// Sets what a volume holds.
    pub fn set_disk(&mut self, disk: &str, files: Files) {
        if self.disks.get(disk) != Some(&files) {
            self.disks.insert_mut(disk.into(), files);
        }
    }

    fn set(&mut self, id: &Id, process: Process) {
        self.processes.insert_mut(id.clone(), Rc::new(process));
    }

    /// Lets a process act, with the world around it.
    fn with<T>(
        &mut self,
        id: &Id,
        wiring: &dyn Wiring,
        seed: u64,
        act: impl FnOnce(&mut Process, &mut Outside<'_>) -> T,
    ) -> Option<T> {
        let before = self.processes.get(id)?.clone();
        let mut process = (*before).clone();
        let mut disks = std::mem::take(&mut self.disks);
        let result = {
            let mut network = wiring.wire(self);
            let mut outside = Outside { disks: &mut disks, network: &mut *network, seed };
            act(&mut process, &mut outside)
        };
        self.disks = disks;
        if let Some(meanwhile) = self.processes.get(id).filter(|now| !Rc::ptr_eq(now, &before)) {
            process.adopt(&before, meanwhile);
        }
        self.set(id, process);
        Some(result)
    }

    /// Runs what is due in a Pod up to `now`, in the order of time over all its containers.
    pub fn catch_up(&mut self, pod: &str, now: SimTime, wiring: &dyn Wiring, seed: u64) {
        let mut left = CATCH_UP_STEPS_MAX;
        loop {
            let mut due: Vec<(SimTime, Id)> = Vec::new();
            for (id, process) in self.of_pod(pod) {
                due.extend(process.wake().filter(|at| *at <= now).map(|at| (at, id.clone())));
            }
            due.order();
            let Some((_, id)) = due.first().cloned() else { return };
            // It may run alone until another container's turn comes.
            let until = due.get(1).map_or(now, |(other, _)| (*other).min(now));
            let steps = self.with(&id, wiring, seed, |process, outside| {
                let mut steps = 0;
                while steps < left && process.step(until, outside) {
                    steps += 1;
                }
                steps
            });
            let steps = steps.unwrap_or_default();
            left = left.saturating_sub(steps.max(1));
            if left == 0 {
                self.exhaust(pod, now);
                return;
            }
        }
    }

    /// What does more than can be followed is taken for something that never rests.
    fn exhaust(&mut self, pod: &str, now: SimTime) {
        let ids: Vec<Id> = self.of_pod(pod).map(|(id, _)| id.clone()).collect();
        for id in ids {
            let Some(mut process) = self.processes.get(&id).map(|process| (**process).clone()) else { continue };
            for thread in process.threads.iter_mut().filter(|thread| thread.is_ready() && thread.at <= now) {
                thread.at = now + secs(1);
            }
            self.set(&id, process);
        }
    }

    /// When something happens in a Pod that others could notice, as known now.
    pub fn next(&mut self, pod: &str, now: SimTime, seed: u64) -> Next {
        let ended = self.of_pod(pod).find(|(_, process)| process.ended.is_some_and(|ended| ended.at > now));
        if let Some((id, process)) = ended
            && let Some(ended) = process.ended
        {
            return Next::Ends { container: id.container.clone(), ended };
        }
        match self.plans.get(pod) {
            Some(Next::Look { at }) if *at <= now => {}
            Some(plan) => return plan.clone(),
            None => {}
        }
        let plan = self.ahead(pod, seed);
        self.plans.insert_mut(pod.into(), plan.clone());
        plan
    }

    /// Forgets what was planned: something was done to the Pod.
    pub fn replan(&mut self, pod: &str) {
        self.plans.remove_mut(pod);
    }

    fn ahead(&self, pod: &str, seed: u64) -> Next {
        let mut disks = self.disks.clone();
        let mut copies: Vec<(Id, Process)> = self
            .of_pod(pod)
            .filter(|(_, process)| process.ended.is_none())
            .map(|(id, process)| (id.clone(), (**process).clone()))
            .collect();
        let mut steps = 0;
        loop {
            let wakes = copies.iter().enumerate().filter_map(|(index, (_, process))| Some((process.wake()?, index)));
            let Some((at, index)) = wakes.min() else { return Next::Nothing };
            let Some((id, process)) = copies.get_mut(index) else { return Next::Nothing };
            let before = process.servers().count();
            process.step(at, &mut Outside { disks: &mut disks, network: &mut Ahead, seed });
            if process.servers().count() != before {
                // Whoever calls must find it listening.
                return Next::Look { at };
            }
            if let Some(ended) = process.ended {
                return Next::Ends { container: id.container.clone(), ended };
            }
            if let Some(at) = process.wants_network() {
                return Next::Look { at };
            }
            steps += 1;
            if steps > AHEAD_STEPS_MAX {
                return Next::Look { at };
            }
        }
    }

    /// Sends a signal to a container's first process.
    pub fn signal(&mut self, id: &Id, name: &str, at: SimTime) {
        if let Some(mut process) = self.processes.get(id).map(|process| (**process).clone()) {
            process.signal(name, at);
            self.set(id, process);
            self.replan(&id.pod);
        }
    }

    /// Kills a container.
    pub fn kill(&mut self, id: &Id, at: SimTime, code: i64) {
        if let Some(mut process) = self.processes.get(id).map(|process| (**process).clone()) {
            process.kill(at, code);
            self.set(id, process);
            self.replan(&id.pod);
        }
    }

    /// The machine below a Pod loses power: nothing runs, and its address is given back.
    pub fn power_off(&mut self, pod: &str, at: SimTime) {
        let ids: Vec<Id> = self.of_pod(pod).map(|(id, _)| id.clone()).collect();
        for id in ids {
            self.kill(&id, at, 255);
        }
        self.release(pod);
    }

    fn release(&mut self, pod: &str) {
        let addresses: Vec<Rc<str>> =
            self.addresses.iter().filter(|(_, owner)| &***owner == pod).map(|(address, _)| address.clone()).collect();
        for address in addresses {
            self.addresses.remove_mut(&address);
        }
    }

    /// Answers a request in a container of a Pod; nothing if nobody listens there.
    pub fn serve(
        &mut self,
        pod: &str,
        port: i64,
        request: &super::http::Request,
        at: SimTime,
        wiring: &dyn Wiring,
        seed: u64,
    ) -> Option<super::http::Response> {
        let id = self.listener(pod, port, at)?;
        self.with(&id, wiring, seed, |process, outside| process.serve(port, request, at, outside))?
    }

    /// Many requests at once in `tick`: how many are answered with the CPU that there is, and in how
    /// many microseconds each.
    pub fn carry(&mut self, pod: &str, port: i64, at: SimTime, count: u64, tick: SimTime) -> (u64, u64) {
        let Some(id) = self.listener(pod, port, at) else { return (0, 0) };
        let Some(mut process) = self.processes.get(&id).map(|process| (**process).clone()) else { return (0, 0) };
        let cost = process.servers().find(|server| server.listens(port, at)).map_or(1, |server| server.cost_micros());
        let capacity = capacity(&process, tick).max(cost);
        process.demand = process.demand.at(at);
        let answered = process.demand.ask(count * cost, capacity) / cost;
        let micros = waited(&process, cost, capacity);
        process.sample(at);
        process.cpu_used_micros += answered * cost;
        self.set(&id, process);
        (answered, micros)
    }

    /// How much longer than alone a single request takes there because others ask, too; it counts
    /// itself among them.
    pub fn queue(&mut self, pod: &str, port: i64, at: SimTime) -> SimTime {
        let Some(id) = self.listener(pod, port, at) else { return SimTime::ZERO };
        let Some(mut process) = self.processes.get(&id).map(|process| (**process).clone()) else {
            return SimTime::ZERO;
        };
        let cost = process.servers().find(|server| server.listens(port, at)).map_or(1, |server| server.cost_micros());
        let capacity = capacity(&process, SLICE).max(cost);
        process.demand = process.demand.at(at);
        process.demand.ask(cost, capacity);
        let micros = waited(&process, cost, capacity);
        self.set(&id, process);
        crate::sim::millis(micros.saturating_sub(HOP_MICROS + cost) / 1000)
    }

    /// Notes what a Pod's containers have used so far.
    pub fn sample(&mut self, pod: &str, now: SimTime) {
        let ids: Vec<Id> = self.of_pod(pod).map(|(id, _)| id.clone()).collect();
        for id in ids {
            let Some(mut process) = self.processes.get(&id).map(|process| (**process).clone()) else { continue };
            process.sample(now);
            self.set(&id, process);
        }
    }

    /// The container of a Pod that listens on a port.
    #[must_use]
    pub fn listener(&self, pod: &str, port: i64, at: SimTime) -> Option<Id> {
        self.of_pod(pod).find(|(_, process)| process.listens(port, at)).map(|(id, _)| id.clone())
    }

    /// Lets a container that shares its processes with others of its Pod see theirs.
    fn look_around(&mut self, id: &Id) {
        let Some(process) = self.processes.get(id) else { return };
        let Some(target) = process.facts.sees.clone() else { return };
        let others =
            self.of_pod(&id.pod).filter(|(other, _)| *other != id && (target.is_empty() || other.container == target));
        let seen: Vec<(i64, Rc<str>)> = (0_i64..)
            .zip(others)
            .flat_map(|(nth, (_, other))| {
                // The one that was joined keeps its numbers; others come behind.
                other.command_lines().into_iter().map(move |(pid, command)| (pid + nth * 20, command))
            })
            .collect();
        let mut process = (**process).clone();
        process.neighbours = seen;
        self.set(id, process);
    }

    /// Runs a command in a container, or a line in a shell that is open there.
    ///
    /// # Errors
    /// The program that is not there.
    pub fn exec(
        &mut self,
        id: &Id,
        command: &Command,
        now: SimTime,
        wiring: &dyn Wiring,
        seed: u64,
    ) -> Result<Executed, Rc<str>> {
        let Some(process) = self.processes.get(id) else { return Ok(Executed::default()) };
        if let Command::Run { words, .. } = command
            && let Some(first) = words.first()
            && !image::has_program(&process.facts, first)
        {
            return Err(first.clone());
        }
        self.look_around(id);
        let number = self.last_session + 1;
        let executed = self.with(id, wiring, seed, |process, outside| run_in(process, command, number, now, outside));
        let executed = executed.unwrap_or_default();
        if executed.session.is_some() {
            self.last_session = number;
        }
        self.replan(&id.pod);
        Ok(executed)
    }
}

/// The CPU that a program has in `tick`, in microseconds.
fn capacity(process: &Process, tick: SimTime) -> u64 {
    let thousandths = process.facts.cpu_limit.and_then(|limit| u64::try_from(limit).ok()).unwrap_or(CPU_UNLIMITED);
    thousandths * tick.as_millis()
}

/// How long a request takes where so many ask, in microseconds.
fn waited(process: &Process, cost: u64, capacity: u64) -> u64 {
    if process.demand.is_over(capacity) {
        return OVERLOADED_MICROS;
    }
    (HOP_MICROS + cost) * 1000 / (1000 - process.demand.busy(capacity))
}

/// What is to be run in a container.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum Command {
    /// A program with its arguments.
    Run {
        /// The words.
        words: Vec<Rc<str>>,
        /// Standard input.
        stdin: Rc<str>,
        /// Whether a terminal is attached, so that a bare shell stays open.
        is_terminal: bool,
    },
    /// A line for a shell that is open.
    Line {
        /// The shell's number.
        session: i64,
        /// The line.
        text: Rc<str>,
    },
}

fn run_in(process: &mut Process, command: &Command, number: i64, now: SimTime, outside: &mut Outside<'_>) -> Executed {
    let mut opened = None;
    let mut thread = match command {
        Command::Run { words, stdin, is_terminal } => {
            let first = words.first().and_then(|word| word.rsplit('/').next()).unwrap_or_default();
            let is_shell = matches!(first, "sh" | "bash" | "ash") && words.len() == 1;
            let mut thread = Thread::new(100 + number, now, &process.facts, syntax::of_words(words));
            thread.stdin = stdin.clone();
            if is_shell && *is_terminal && stdin.is_empty() {
                process.sessions.insert_mut(number, thread);
                if process.sessions.size() > SESSIONS_MAX
                    && let Some(oldest) = process.sessions.keys().next().copied()
                {
                    process.sessions.remove_mut(&oldest);
                }
                return Executed { session: Some(number), ..Executed::default() };
            }
            thread
        }
        Command::Line { session, text } => {
            let Some(mut thread) = process.sessions.get(session).cloned() else {
                return Executed { code: 1, stderr: "session closed\n".to_owned(), ..Executed::default() };
            };
            opened = Some(*session);
            thread.at = now;
            match syntax::compile(text) {
                Ok(code) => thread.enter(code),
                Err(problem) => {
                    let stderr = format!("sh: {problem}\n");
                    return Executed { code: 2, stderr, session: opened, ..Executed::default() };
                }
            }
            thread
        }
    };
    (thread.out, thread.err) = (Target::Buffer(0), Target::Buffer(1));
    let mut ended = None;
    let (signals, buffers) = process.scoped(&mut thread, outside, |thread, scope| {
        let mut steps = 0;
        // A line ends when its code does; only `exit` ends the shell.
        while thread.is_ready()
            && !thread.wants_network
            && steps < STEPS_AT_ONCE_MAX
            && (opened.is_none() || thread.has_code())
        {
            thread.step(scope);
            steps += 1;
        }
        ended = if let State::Done(code) = thread.state { Some(code) } else { None };
    });
    let mut buffers = buffers.into_iter();
    let (stdout, stderr) = (buffers.next().unwrap_or_default(), buffers.next().unwrap_or_default());
    let runs_on = ended.is_none() && (opened.is_none() || thread.has_code() || !thread.is_ready());
    let took = thread.at.since(now);
    let code = ended.unwrap_or(thread.status);
    let mut session = None;
    if let Some(number) = opened {
        process.sessions.remove_mut(&number);
        if ended.is_none() {
            session = Some(number);
            let mut kept = thread.clone();
            kept.state = State::Ready;
            process.sessions.insert_mut(number, kept);
        }
    }
    if runs_on {
        (thread.out, thread.err) = (Target::Null, Target::Null);
        process.threads.push(thread);
    }
    process.after(signals);
    Executed { stdout, stderr, code, took, runs_on, session }
}

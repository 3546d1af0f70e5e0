//! One container's processes: threads of script, each with its own time.

use super::files::Files;
use super::image;
use super::log::{Log, Stream};
use super::scope::Scope;
use super::server::Server;
use super::syntax;
use super::thread::{State, Thread};
use super::{Facts, Outside};
use crate::sim::{SimTime, millis, secs};
use rpds::RedBlackTreeMap;
use std::rc::Rc;

/// From a container's start to the first thing its program does.
const START: SimTime = millis(60);
/// How often what has been used is noted.
const SAMPLE_PERIOD: SimTime = secs(15);

/// How long requests are counted together.
pub(super) const SLICE: SimTime = millis(100);

/// The CPU that requests ask of a program, in microseconds: of everybody's, so that who sends many
/// slows those down who send few.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub(super) struct Demand {
    /// Which slice of time.
    slice: u64,
    /// Asked for in it so far.
    asked: u64,
    /// Given in it so far.
    given: u64,
    /// Asked for in the slice before.
    before: u64,
}

impl Demand {
    /// The demand at a moment.
    pub(super) fn at(self, at: SimTime) -> Self {
        let slice = at.as_millis() / SLICE.as_millis();
        match slice.checked_sub(self.slice) {
            Some(0) | None => self,
            Some(1) => Self { slice, asked: 0, given: 0, before: self.asked },
            Some(_) => Self { slice, ..Self::default() },
        }
    }

    /// Asks for more; how much of it can be given out of `capacity` a slice. Where everybody together
    /// asks for more than there is, each gets its part.
    pub(super) fn ask(&mut self, micros: u64, capacity: u64) -> u64 {
        self.asked += micros;
        let fair = if self.before > capacity { micros * capacity / self.before } else { micros };
        let given = fair.min(capacity.saturating_sub(self.given));
        self.given += given;
        given
    }

    /// How busy it is, in thousandths, at most 990.
    pub(super) fn busy(&self, capacity: u64) -> u64 {
        (self.asked.max(self.before) * 1000 / capacity.max(1)).min(990)
    }

    /// Whether more is asked for than there is.
    pub(super) fn is_over(&self, capacity: u64) -> bool {
        self.asked.max(self.before) > capacity
    }
}

/// How a container's program ended.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Ended {
    /// When.
    pub at: SimTime,
    /// With what code.
    pub code: i64,
    /// Whether the kernel killed it for its use of memory.
    pub is_oom: bool,
}

/// One container's program.
#[derive(Clone, Debug)]
pub struct Process {
    /// What it was started with.
    pub facts: Rc<Facts>,
    /// Since when it runs.
    pub since: SimTime,
    /// Its threads; the first is process 1.
    pub threads: Vec<Thread>,
    /// Its own files.
    pub layer: Files,
    /// What it has written.
    pub log: Log,
    /// How it ended, if it has.
    pub ended: Option<Ended>,
    /// CPU microseconds used by short work.
    pub cpu_used_micros: u64,
    /// What had been used at the last two measurements, and when that was.
    samples: [(SimTime, u64); 2],
    /// Shells that people opened in it, by number.
    pub sessions: RedBlackTreeMap<i64, Thread>,
    /// What it was asked to do lately.
    pub(super) demand: Demand,
    /// The processes of other containers that it sees, as they were when somebody last looked.
    pub(super) neighbours: Vec<(i64, Rc<str>)>,
    next_pid: i64,
    /// A signal that came before its program had begun.
    early_signal: Option<Rc<str>>,
}

impl Process {
    /// A container starts.
    #[must_use]
    pub fn start(facts: Rc<Facts>, at: SimTime, outside: &mut Outside<'_>) -> Self {
        let (words, announces) = image::entry(&facts);
        let code = syntax::of_words(&words);
        let mut main = Thread::new(1, at + START, &facts, code);
        main.positional = words.clone().into();
        let mut process = Self {
            facts,
            since: at,
            threads: vec![main],
            layer: Files::default(),
            log: Log::default(),
            ended: None,
            cpu_used_micros: 0,
            samples: [(at, 0); 2],
            sessions: RedBlackTreeMap::new(),
            demand: Demand::default(),
            neighbours: Vec::new(),
            next_pid: 1,
            early_signal: None,
        };
        if let Some(text) = announces {
            process.log.write(at + START, Stream::Err, &text);
        }
        // Servers listen as soon as they have started.
        process.catch_up(at, outside, 1);
        process
    }

    /// Whether its first process is a shell that waits for what is typed.
    #[must_use]
    pub fn waits_for_input(&self) -> bool {
        self.facts.holds_stdin && self.threads.first().is_some_and(|main| main.state == State::Blocked)
    }

    /// Takes over what has been done in the same container while this was away: it called itself.
    pub(super) fn adopt(&mut self, before: &Self, meanwhile: &Self) {
        if self.layer == before.layer {
            self.layer = meanwhile.layer.clone();
        }
        if self.log.next() == before.log.next() {
            self.log = meanwhile.log.clone();
        }
        self.cpu_used_micros += meanwhile.cpu_used_micros.saturating_sub(before.cpu_used_micros);
        self.demand = meanwhile.demand;
        self.ended = self.ended.or(meanwhile.ended);
    }

    /// What its processes were started with, the first one first.
    pub(super) fn command_lines(&self) -> Vec<(i64, Rc<str>)> {
        let alive = self.threads.iter().filter(|thread| !thread.is_done() && self.ended.is_none());
        alive.map(|thread| (thread.pid, thread.positional.join(" ").into())).collect()
    }

    /// When it next does something by itself.
    #[must_use]
    pub fn wake(&self) -> Option<SimTime> {
        if self.ended.is_some() {
            return None;
        }
        self.threads.iter().filter(|thread| thread.is_ready() && !thread.wants_network).map(|thread| thread.at).min()
    }

    /// Whether it stands still because a copy that runs ahead cannot call anybody.
    #[must_use]
    pub fn wants_network(&self) -> Option<SimTime> {
        self.threads.iter().filter(|thread| thread.wants_network).map(|thread| thread.at).min()
    }

    /// Runs the operation that comes first. Returns whether there was one up to `now`.
    pub fn step(&mut self, now: SimTime, outside: &mut Outside<'_>) -> bool {
        let Some(at) = self.wake().filter(|at| *at <= now) else { return false };
        let Some(index) =
            self.threads.iter().position(|thread| thread.is_ready() && !thread.wants_network && thread.at == at)
        else {
            return false;
        };
        self.with_thread(index, outside, |thread, scope| thread.step(scope));
        if let Some(name) = self.early_signal.take() {
            self.signal(&name, at);
        }
        true
    }

    /// Runs what is due up to `now`, at most so many operations. Returns whether that was enough.
    pub fn catch_up(&mut self, now: SimTime, outside: &mut Outside<'_>, steps: u32) -> bool {
        for _ in 0..steps {
            if !self.step(now, outside) {
                return true;
            }
        }
        self.wake().is_none_or(|at| at > now)
    }

    fn with_thread(
        &mut self,
        index: usize,
        outside: &mut Outside<'_>,
        act: impl FnOnce(&mut Thread, &mut Scope<'_, '_>),
    ) {
        let Some(mut thread) = self.threads.get(index).cloned() else { return };
        let (signals, _) = self.scoped(&mut thread, outside, act);
        if let Some(place) = self.threads.get_mut(index) {
            *place = thread;
        }
        self.after(signals);
    }

    /// Lets a thread act in this container's surroundings.
    pub(super) fn scoped(
        &mut self,
        thread: &mut Thread,
        outside: &mut Outside<'_>,
        act: impl FnOnce(&mut Thread, &mut Scope<'_, '_>),
    ) -> (Vec<(i64, Rc<str>, SimTime)>, Vec<String>) {
        let others = self
            .threads
            .iter()
            .map(|other| (other.pid, !other.is_done(), other.positional.first().cloned().unwrap_or_default()))
            .collect();
        let facts = self.facts.clone();
        let mut scope = Scope {
            facts: &facts,
            layer: &mut self.layer,
            log: &mut self.log,
            outside,
            buffers: vec![String::new(), String::new()],
            spawned: Vec::new(),
            signals: Vec::new(),
            others,
            neighbours: &self.neighbours,
            cpu_used: 0,
            depth: 0,
            next_pid: self.next_pid,
        };
        act(thread, &mut scope);
        let (spawned, signals, buffers, cpu_used) = (scope.spawned, scope.signals, scope.buffers, scope.cpu_used);
        self.next_pid = scope.next_pid;
        self.cpu_used_micros += cpu_used * 1000;
        self.threads.extend(spawned);
        (signals, buffers)
    }

    /// Sends signals, wakes who waits, and sees whether the program has ended.
    pub(super) fn after(&mut self, signals: Vec<(i64, Rc<str>, SimTime)>) {
        for (pid, name, at) in signals {
            // A program that has not begun yet hears of it when it has.
            if at < self.since + START && self.ended.is_none() && matches!(pid, 1 | -1) {
                self.early_signal = Some(name.clone());
            }
            let has_begun = at >= self.since + START;
            for thread in self.threads.iter_mut().filter(|thread| thread.pid != 1 || has_begun) {
                if thread.pid == pid || pid == -1 {
                    thread.signal(&name, at);
                }
            }
        }
        let running_children: Vec<i64> =
            self.threads.iter().skip(1).filter(|thread| !thread.is_done()).map(|thread| thread.pid).collect();
        let last = self.threads.iter().skip(1).filter(|thread| thread.is_done()).map(|thread| thread.at).max();
        if let Some(main) = self.threads.first_mut() {
            if main.state == State::Waiting && running_children.is_empty() {
                main.state = State::Ready;
                main.at = main.at.max(last.unwrap_or_default());
            }
            if let State::Done(code) = main.state
                && self.ended.is_none()
            {
                self.ended = Some(Ended { at: main.at, code, is_oom: false });
            }
        }
        self.threads.retain(|thread| thread.pid == 1 || !thread.is_done());
        self.check_memory();
    }

    /// The kernel kills what uses more memory than its limit.
    fn check_memory(&mut self) {
        let Some(limit) = self.facts.memory_limit else { return };
        if self.ended.is_none() && self.memory() > limit {
            let at = self.threads.iter().filter(|thread| thread.memory > 0).map(|thread| thread.at).max();
            self.kill(at.unwrap_or(self.since), 137);
            if let Some(ended) = &mut self.ended {
                ended.is_oom = true;
            }
        }
    }

    /// It is killed.
    pub fn kill(&mut self, at: SimTime, code: i64) {
        if self.ended.is_none() {
            self.ended = Some(Ended { at, code, is_oom: false });
        }
    }

    /// A signal to process 1 from outside, such as SIGTERM from its kubelet.
    pub fn signal(&mut self, name: &str, at: SimTime) {
        if at < self.since + START && self.ended.is_none() {
            self.early_signal = Some(name.into());
            return;
        }
        if let Some(main) = self.threads.first_mut() {
            main.signal(name, at);
        }
        self.after(Vec::new());
    }

    /// The servers that listen at `now`, by port.
    pub fn servers(&self) -> impl Iterator<Item = &Rc<Server>> {
        let running = self.threads.iter().filter(|_| self.ended.is_none());
        running.filter_map(|thread| if let State::Serving(server) = &thread.state { Some(server) } else { None })
    }

    /// Memory in use, in bytes: what each program needs, what it took, and files in memory.
    #[must_use]
    pub fn memory(&self) -> i64 {
        let of = |thread: &Thread| match &thread.state {
            State::Serving(server) => server.memory() + thread.memory,
            _ => 700 * 1024 + thread.memory,
        };
        self.threads.iter().map(of).sum::<i64>()
    }

    /// Notes what has been used so far, once in a period.
    pub fn sample(&mut self, now: SimTime) {
        if now.since(self.samples[1].0) >= SAMPLE_PERIOD {
            self.samples = [self.samples[1], (now, self.cpu_used_micros)];
        }
    }

    /// CPU in use at a moment, in thousandths: what it uses all the time, and its short work on the
    /// average of the last one or two periods.
    #[must_use]
    pub fn cpu_milli(&self, now: SimTime) -> i64 {
        let (since, before) = self.samples[0];
        let lived = now.since(since).as_millis().max(1000);
        let short = i64::try_from(self.cpu_used_micros.saturating_sub(before) / lived).unwrap_or(i64::MAX);
        let all = self.steady_cpu() + short.max(1);
        self.facts.cpu_limit.map_or(all, |limit| all.min(limit))
    }

    /// CPU in use all the time, in thousandths, up to the limit.
    #[must_use]
    pub fn steady_cpu(&self) -> i64 {
        let of = |thread: &Thread| if thread.state == State::Busy { 1000 } else { thread.cpu };
        let wanted: i64 = self.threads.iter().map(of).sum();
        self.facts.cpu_limit.map_or(wanted, |limit| wanted.min(limit))
    }
}

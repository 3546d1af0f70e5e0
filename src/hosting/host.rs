//! One machine, packed with virtual machines, with containers, or with both.
//!
//! A virtual machine brings a kernel and an operating system of its own: memory that it sets aside
//! and the time of a boot. A container is a process of the host's kernel inside a cgroup: it takes
//! what it uses, starts at once, and shares what nobody has limited.
//!
//! Invariant: CPU is shared as the kernel's fair scheduler shares it: by weight, up to each
//! one's cap, and what one leaves goes to the others. Memory is not shared: what does not fit ends
//! somebody.

use super::read::{Refusal, bytes, choice, cpu, list, number};
use super::{Due, Told};
use crate::document::{InOrder as _, Value};
use crate::sim::{Reason, SimTime, millis, secs};
use crate::tree;
use std::rc::Rc;

/// What the host's own operating system takes. Assumption: a server without a desktop.
const HOST_OS_BYTES: i64 = 512 << 20;
/// What a guest operating system takes before the program starts. Assumption: a small server image.
const GUEST_OS_BYTES: i64 = 512 << 20;
/// What the runtime keeps beside each container (its shim). Assumption: about what containerd's takes.
const SHIM_BYTES: i64 = 12 << 20;
/// From power to a login prompt. Assumption: a cloud image on a fast disk.
const BOOT: SimTime = secs(35);
/// From `run` to the first instruction, the image being there. Assumption.
const CONTAINER_START: SimTime = millis(600);
/// What an answer takes when nobody is in the way. Assumption.
const ANSWER_MS: i64 = 20;
/// How long a runnable task waits for its turn on a machine without a free core.
// Source: Linux, Documentation/scheduler/sched-design-CFS: latency 6 ms times (1 + log2 of the cores).
const TURN_MS: i64 = 24;
/// How many machines or containers one host holds at most.
const UNITS_MAX: i64 = 400;

/// What a unit is.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum UnitKind {
    /// A virtual machine.
    Vm,
    /// A container.
    Container,
}

/// How a unit is.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum UnitState {
    /// There is no room.
    NoRoom,
    /// It boots, or is being started.
    Starting,
    /// It runs.
    Running,
    /// Its memory ended it; it waits to be started again.
    OutOfMemory,
    /// A kernel panic took it down; it waits for the reboot.
    Panicked,
}

impl UnitState {
    /// Its word, as a status says it.
    #[must_use]
    pub const fn word(self) -> &'static str {
        match self {
            Self::NoRoom => "NoRoom",
            Self::Starting => "Starting",
            Self::Running => "Running",
            Self::OutOfMemory => "OOMKilled",
            Self::Panicked => "Panicked",
        }
    }
}

/// What is wished for.
#[derive(Clone, PartialEq, Debug)]
struct Wish {
    name: Rc<str>,
    /// The name of its entry in the document, which may ask for several.
    group: Rc<str>,
    kind: UnitKind,
    /// Thousandths of a core: what the program would use.
    load_cpu: i64,
    load_bytes: i64,
    /// A virtual machine's size; a container's limits. None: no limit.
    cap_cpu: Option<i64>,
    cap_bytes: Option<i64>,
    /// Its weight when cores are short.
    weight: i64,
    panics: bool,
}

/// A virtual machine or container.
#[derive(Clone, PartialEq, Debug)]
pub struct Unit {
    wish: Wish,
    /// How it is.
    pub state: UnitState,
    /// Thousandths of a core that it gets.
    pub cpu: i64,
    /// How long an answer takes.
    pub answer_ms: i64,
    /// How often it has been started again.
    pub restarts: i64,
    /// The one moment at which its start counts.
    due: SimTime,
    has_panicked: bool,
}

/// One machine.
#[derive(Clone)]
pub struct Host {
    spec: Value,
    cpu: i64,
    bytes: i64,
    units: Vec<Unit>,
}

impl Host {
    pub(super) fn apply(
        before: Option<Self>,
        name: &Rc<str>,
        spec: &Value,
        now: SimTime,
        told: &mut Told,
    ) -> Result<Self, Refusal> {
        let wishes = wishes(spec)?;
        let mut old = before.map(|host| host.units).unwrap_or_default();
        let mut host = Self {
            spec: spec.clone(),
            cpu: cpu(spec, "spec", "cpu", 8000)?,
            bytes: bytes(spec, "spec", "memory", 32 << 30)?,
            units: Vec::new(),
        };
        for wish in wishes {
            let known = old.iter().position(|unit| unit.wish == wish && unit.state != UnitState::NoRoom);
            let unit = known.map(|at| old.swap_remove(at)).unwrap_or_else(|| Unit::new(wish));
            let fits = unit.state != UnitState::NoRoom || host.has_room(&unit.wish);
            host.units.push(unit);
            if fits && let Some(last) = host.units.last_mut().filter(|unit| unit.state == UnitState::NoRoom) {
                last.start(name, now, now, told);
            }
        }
        let homeless = host.units.iter().filter(|unit| unit.state == UnitState::NoRoom).count();
        if homeless > 0 {
            told.tell(Reason::new("host-no-room").with("count", i64::try_from(homeless).unwrap_or_default()));
        }
        host.share_out();
        Ok(host)
    }

    pub(super) fn spec(&self) -> &Value {
        &self.spec
    }

    /// Its virtual machines and containers, in the order of the document.
    pub fn units(&self) -> impl Iterator<Item = &Unit> {
        self.units.iter()
    }

    /// Memory in bytes.
    #[must_use]
    pub fn memory(&self) -> i64 {
        self.bytes
    }

    /// What is taken of it.
    #[must_use]
    pub fn memory_used(&self) -> i64 {
        HOST_OS_BYTES + self.units.iter().map(Unit::held).sum::<i64>()
    }

    /// What operating systems take of it: the host's and every guest's.
    #[must_use]
    pub fn memory_of_systems(&self) -> i64 {
        HOST_OS_BYTES + self.units.iter().map(Unit::held_by_system).sum::<i64>()
    }

    /// Thousandths of a core.
    #[must_use]
    pub fn cores(&self) -> i64 {
        self.cpu
    }

    /// A virtual machine takes its memory when it starts, and it must be free. A container starts
    /// with what its runtime needs; the rest it takes when it runs.
    fn has_room(&self, wish: &Wish) -> bool {
        let asks = match wish.kind {
            UnitKind::Vm => wish.cap_bytes.unwrap_or_default(),
            UnitKind::Container => SHIM_BYTES,
        };
        self.memory_used() + asks <= self.bytes
    }

    pub(super) fn started(&mut self, name: &Rc<str>, which: &str, now: SimTime, told: &mut Told) {
        let Some(at) = self.units.iter().position(|unit| *unit.wish.name == *which && unit.due == now) else { return };
        let Some(unit) = self.units.get_mut(at) else { return };
        let (wish, restarts) = (unit.wish.clone(), unit.restarts);
        if matches!(unit.state, UnitState::OutOfMemory | UnitState::Panicked) {
            unit.restarts += 1;
            unit.start(name, now, now, told);
            return;
        }
        unit.state = UnitState::Running;
        if restarts == 0 {
            let code = if wish.kind == UnitKind::Vm { "host-vm-up" } else { "host-container-up" };
            told.tell(Reason::new(code).with("name", &*wish.name));
        }
        if wish.panics && !unit.has_panicked {
            self.panic(name, at, now, told);
        } else {
            self.end_who_is_too_big(name, at, now, told);
        }
        let is_back = self.units.get(at).is_some_and(|unit| unit.restarts > 0 && unit.state == UnitState::Running);
        if is_back {
            told.tell(Reason::new("host-back").with("name", &*wish.name));
        }
        self.share_out();
    }

    /// A kernel panic: a guest's takes the guest, the host's takes every container.
    fn panic(&mut self, name: &Rc<str>, at: usize, now: SimTime, told: &mut Told) {
        let Some(source) = self.units.get_mut(at) else { return };
        source.has_panicked = true;
        let is_vm = source.wish.kind == UnitKind::Vm;
        let code = if is_vm { "host-guest-panic" } else { "host-panic" };
        told.tell(Reason::new(code).with("name", &*source.wish.name));
        for (index, unit) in self.units.iter_mut().enumerate() {
            let hit = if is_vm { index == at } else { true };
            if hit && unit.state != UnitState::NoRoom {
                unit.end(UnitState::Panicked, name, now + BOOT, false, told);
            }
        }
    }

    /// Whoever is over its own limit ends; while the host is full, the biggest container ends.
    // Source: Linux, Documentation/admin-guide/cgroup-v2 (memory.max), mm/oom_kill.c oom_badness.
    fn end_who_is_too_big(&mut self, name: &Rc<str>, at: usize, now: SimTime, told: &mut Told) {
        if let Some(unit) = self.units.get_mut(at)
            && unit.wish.cap_bytes.is_some_and(|cap| unit.wanted_bytes() > cap)
        {
            unit.killed(name, "host-over-limit", now, told);
        }
        while self.memory_used() > self.bytes {
            let containers = self.units.iter_mut().filter(|unit| unit.wish.kind == UnitKind::Container);
            let biggest = containers.filter(|unit| unit.state == UnitState::Running).max_by_key(|unit| unit.held());
            let Some(unit) = biggest else { return };
            unit.killed(name, "host-out-of-memory", now, told);
        }
    }

    /// Gives each its part of the cores.
    // Models Linux kernel/sched/fair.c: shares by cpu.weight, cut at cpu.max.
    fn share_out(&mut self) {
        let wants: Vec<(i64, i64)> = self
            .units
            .iter()
            .map(|unit| match unit.state {
                UnitState::Running => {
                    (unit.wish.cap_cpu.map_or(unit.wish.load_cpu, |cap| cap.min(unit.wish.load_cpu)), unit.wish.weight)
                }
                _ => (0, 0),
            })
            .collect();
        let is_full = wants.iter().map(|(want, _)| want).sum::<i64>() > self.cpu;
        let given = fair_shares(self.cpu, &wants);
        for (unit, cpu) in self.units.iter_mut().zip(given) {
            unit.cpu = cpu;
            let slower = ANSWER_MS * unit.wish.load_cpu / cpu.max(1);
            let waits = if is_full { TURN_MS } else { 0 };
            unit.answer_ms = if unit.state == UnitState::Running { slower.max(ANSWER_MS) + waits } else { 0 };
        }
    }

    pub(super) fn status(&self) -> Value {
        let count = |state: UnitState| {
            let units = self.units.iter().filter(|unit| unit.state == state).count();
            i64::try_from(units).unwrap_or_default()
        };
        let slowest = self.units.iter().map(|unit| unit.answer_ms).max().unwrap_or_default();
        tree!({
            "running": (count(UnitState::Running)),
            "noRoom": (count(UnitState::NoRoom)),
            "memoryUsedMi": self.memory_used() >> 20,
            "memoryOfSystemsMi": self.memory_of_systems() >> 20,
            "memoryFreeMi": (self.bytes - self.memory_used()).max(0) >> 20,
            "kernels": 1 + i64::try_from(self.units.iter().filter(|unit| unit.has_kernel()).count()).unwrap_or_default(),
            "slowestAnswerMs": slowest,
            "units": (Value::list(self.units.iter().map(Unit::status))),
        })
    }
}

impl Unit {
    fn new(wish: Wish) -> Self {
        let due = SimTime(u64::MAX);
        Self { wish, state: UnitState::NoRoom, cpu: 0, answer_ms: 0, restarts: 0, due, has_panicked: false }
    }

    /// Its name.
    #[must_use]
    pub fn name(&self) -> &Rc<str> {
        &self.wish.name
    }

    /// The name of its entry in the document.
    #[must_use]
    pub fn group(&self) -> &Rc<str> {
        &self.wish.group
    }

    /// What it is.
    #[must_use]
    pub fn kind(&self) -> UnitKind {
        self.wish.kind
    }

    /// How long it takes from being asked for to its first instruction.
    #[must_use]
    pub fn starts_in(&self) -> SimTime {
        if self.wish.kind == UnitKind::Vm { BOOT } else { CONTAINER_START }
    }

    /// Thousandths of a core that its program would use.
    #[must_use]
    pub fn wanted_cpu(&self) -> i64 {
        self.wish.load_cpu
    }

    /// Whether its own limit holds it back.
    #[must_use]
    pub fn is_throttled(&self) -> bool {
        self.wish.cap_cpu.is_some_and(|cap| cap < self.wish.load_cpu)
    }

    fn has_kernel(&self) -> bool {
        self.wish.kind == UnitKind::Vm && self.state != UnitState::NoRoom
    }

    fn wanted_bytes(&self) -> i64 {
        let system = if self.wish.kind == UnitKind::Vm { GUEST_OS_BYTES } else { 0 };
        self.wish.load_bytes + system
    }

    /// What it takes of the host's memory.
    #[must_use]
    pub fn held(&self) -> i64 {
        match (self.wish.kind, self.state) {
            (_, UnitState::NoRoom) => 0,
            // A virtual machine's memory is set aside, whether its guest uses it or not.
            (UnitKind::Vm, _) => self.wish.cap_bytes.unwrap_or_default(),
            (UnitKind::Container, UnitState::Running) => SHIM_BYTES + self.wish.load_bytes,
            (UnitKind::Container, _) => SHIM_BYTES,
        }
    }

    /// What of it is for an operating system or runtime.
    #[must_use]
    pub fn held_by_system(&self) -> i64 {
        let system = if self.wish.kind == UnitKind::Vm { GUEST_OS_BYTES } else { SHIM_BYTES };
        self.held().min(system)
    }

    fn start(&mut self, host: &Rc<str>, now: SimTime, at: SimTime, told: &mut Told) {
        let takes = self.starts_in();
        self.state = UnitState::Starting;
        self.due = at.max(now) + takes;
        told.wake.push((self.due, self.wake(host, false)));
    }

    fn wake(&self, host: &Rc<str>, again: bool) -> Due {
        let again = again || self.restarts > 2;
        Due::Started { host: host.clone(), unit: self.wish.name.clone(), again }
    }

    fn end(&mut self, state: UnitState, host: &Rc<str>, at: SimTime, again: bool, told: &mut Told) {
        self.state = state;
        self.due = at;
        told.wake.push((at, self.wake(host, again)));
    }

    /// Ended for its memory; started again after a pause that doubles.
    // Source: Docker manual, "Start containers automatically": from 100 ms up to one minute.
    fn killed(&mut self, host: &Rc<str>, code: &'static str, now: SimTime, told: &mut Told) {
        if self.restarts < 3 {
            let held = self.wanted_bytes() >> 20;
            told.tell(Reason::new(code).with("name", &*self.wish.name).with("mebibytes", held));
        }
        let pause = (100_u64 << self.restarts.clamp(0, 10)).min(60_000);
        self.end(UnitState::OutOfMemory, host, now + millis(pause), false, told);
    }

    fn status(&self) -> Value {
        tree!({
            "name": &self.wish.name,
            "kind": if self.wish.kind == UnitKind::Vm { "vm" } else { "container" },
            "state": self.state.word(),
            "memoryMi": self.held() >> 20,
            "systemMi": self.held_by_system() >> 20,
            "cpuMilli": self.cpu,
            "throttled": self.is_throttled(),
            "answerMs": self.answer_ms,
            "restarts": self.restarts,
            "startMs": i64::try_from(self.starts_in().as_millis()).unwrap_or_default(),
        })
    }
}

/// Shares `supply` out by weight; nobody gets more than it wants, and what one leaves goes on.
fn fair_shares(supply: i64, wants: &[(i64, i64)]) -> Vec<i64> {
    let mut given = vec![0; wants.len()];
    let mut left = supply;
    let mut open: Vec<usize> = (0..wants.len()).filter(|at| wants.get(*at).is_some_and(|want| want.0 > 0)).collect();
    // Whoever wants least for its weight is satisfied first.
    open.order_by(|one, other| {
        let of = |at: &usize| wants.get(*at).copied().unwrap_or((0, 1));
        let ((a, v), (b, w)) = (of(one), of(other));
        (a * w.max(1)).cmp(&(b * v.max(1))).then(one.cmp(other))
    });
    let mut weights: i64 = open.iter().filter_map(|at| wants.get(*at)).map(|want| want.1.max(1)).sum();
    for at in open {
        let (want, weight) = wants.get(at).copied().unwrap_or((0, 1));
        let share = (left * weight.max(1) / weights.max(1)).min(want);
        if let Some(it) = given.get_mut(at) {
            *it = share;
        }
        left -= share;
        weights -= weight.max(1);
    }
    given
}

fn wishes(spec: &Value) -> Result<Vec<Wish>, Refusal> {
    let mut wishes: Vec<Wish> = Vec::new();
    for (field, kind) in [("vms", UnitKind::Vm), ("containers", UnitKind::Container)] {
        for (index, item) in list(spec, field)?.iter().enumerate() {
            let path = format!("spec.{field}[{index}]");
            let name = item.str_at(&["name"]);
            if name.is_empty() {
                return Err(Refusal::new(&format!("{path}.name"), "Required value"));
            }
            let count = number(item, &path, "count", (1, UNITS_MAX), 1)?;
            let wish = wish(item, &path, kind)?;
            for number in 1..=count {
                let name = if count == 1 { name.to_owned() } else { format!("{name}-{number}") };
                if wishes.iter().any(|known| *known.name == *name) {
                    let value = Value::text(name);
                    return Err(Refusal::new(
                        &format!("{path}.name"),
                        format!("Duplicate value: \"{}\"", value.as_str().unwrap_or_default()),
                    ));
                }
                wishes.push(Wish { name: name.into(), ..wish.clone() });
            }
            if wishes.len() as i64 > UNITS_MAX {
                return Err(Refusal::new(
                    &format!("spec.{field}"),
                    format!("Too many: must have at most {UNITS_MAX} items"),
                ));
            }
        }
    }
    Ok(wishes)
}

fn wish(item: &Value, path: &str, kind: UnitKind) -> Result<Wish, Refusal> {
    let empty = Value::Null;
    let part = |name: &str| item.get(name).unwrap_or(&empty).clone();
    let (load, limits, requests) = (part("load"), part("limits"), part("requests"));
    let load_cpu = cpu(&load, &format!("{path}.load"), "cpu", 100)?;
    let load_bytes = bytes(&load, &format!("{path}.load"), "memory", 128 << 20)?;
    let (cap_cpu, cap_bytes, weight) = match kind {
        UnitKind::Vm => {
            let cores = cpu(item, path, "cpu", 1000)?;
            let memory = bytes(item, path, "memory", load_bytes + GUEST_OS_BYTES)?;
            (Some(cores), Some(memory), cores)
        }
        UnitKind::Container => {
            let cap = |field| limits.get(field).is_some();
            let limit_cpu = cpu(&limits, &format!("{path}.limits"), "cpu", 0)?;
            let limit_bytes = bytes(&limits, &format!("{path}.limits"), "memory", 0)?;
            let weight = cpu(&requests, &format!("{path}.requests"), "cpu", 1000)?;
            (cap("cpu").then_some(limit_cpu), cap("memory").then_some(limit_bytes), weight)
        }
    };
    let panics = choice(item, "fault", &[("none", false), ("kernel-panic", true)], false)?;
    let group = item.str_at(&["name"]).into();
    Ok(Wish { name: "".into(), group, kind, load_cpu, load_bytes, cap_cpu, cap_bytes, weight, panics })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::document::parse;

    /// Plays a host until nothing but repeats is due.
    fn played(spec: &str) -> Value {
        let spec = parse(spec).documents[0].root.to_value();
        let name: Rc<str> = "h".into();
        let mut told = Told::default();
        let mut host = Host::apply(None, &name, &spec, SimTime::ZERO, &mut told).expect("it can be");
        let mut due: Vec<_> = std::mem::take(&mut told.wake);
        for _ in 0..400 {
            due.sort_by_key(|(at, _)| *at);
            if due.is_empty() || due[0].0 > secs(300) {
                break;
            }
            let (at, Due::Started { unit, .. }) = due.remove(0) else { break };
            host.started(&name, &unit, at, &mut told);
            due.append(&mut told.wake);
        }
        host.status()
    }

    /// The value at a path; a number is the place in a list.
    fn look<'v>(value: &'v Value, path: &[&str]) -> &'v Value {
        path.iter().fold(value, |value, step| match step.parse::<usize>() {
            Ok(index) => &value.items()[index],
            Err(_) => value.get(step).unwrap_or(&Value::Null),
        })
    }

    fn int(value: &Value, path: &[&str]) -> i64 {
        look(value, path).as_int().unwrap_or(-1)
    }

    #[test]
    fn containers_pack_denser_because_they_share_the_kernel() {
        let vms = played("memory: 8Gi\nvms: [{name: web, count: 20, load: {memory: 256Mi}}]\n");
        let containers = played("memory: 8Gi\ncontainers: [{name: web, count: 20, load: {memory: 256Mi}}]\n");
        assert_eq!((int(&vms, &["running"]), int(&vms, &["noRoom"])), (10, 10));
        assert_eq!(int(&containers, &["running"]), 20);
        assert_eq!((int(&vms, &["kernels"]), int(&containers, &["kernels"])), (11, 1));
        assert!(int(&vms, &["memoryOfSystemsMi"]) > 5 * int(&containers, &["memoryOfSystemsMi"]));
    }

    #[test]
    fn a_noisy_neighbour_slows_the_others_until_it_has_a_limit() {
        let text = |limits: &str| {
            format!(
                "cpu: \"4\"\ncontainers:\n- {{name: shop, count: 6, load: {{cpu: 500m}}}}\n- {{name: report, load: {{cpu: \"8\"}}{limits}}}\n"
            )
        };
        let loud = played(&text(""));
        let kept = played(&text(", limits: {cpu: 500m}"));
        let shop = |it: &Value| int(it, &["units", "0", "answerMs"]);
        assert!(shop(&loud) > 2 * shop(&kept), "{loud}\n{kept}");
        assert!(look(&kept, &["units", "6", "throttled"]) == &Value::Bool(true));
    }

    #[test]
    fn memory_without_a_limit_ends_the_biggest_and_with_one_the_guilty() {
        let text = |limits: &str| {
            format!(
                "memory: 16Gi\ncontainers:\n- {{name: db, load: {{memory: 9Gi}}}}\n- {{name: leak, load: {{memory: 8Gi}}{limits}}}\n"
            )
        };
        let state = |it: &Value, at: &str| look(it, &["units", at, "state"]).as_str().unwrap().to_owned();
        let open = played(&text(""));
        assert!(int(&open, &["units", "0", "restarts"]) > 0, "{open}");
        let kept = played(&text(", limits: {memory: 1Gi}"));
        assert_eq!(int(&kept, &["units", "0", "restarts"]), 0);
        assert_eq!(state(&kept, "0"), "Running");
        assert!(int(&kept, &["units", "1", "restarts"]) > 2);
    }

    #[test]
    fn a_panic_stays_in_a_guest_and_takes_every_container() {
        let guests = played("vms: [{name: a, fault: kernel-panic}, {name: b}]\n");
        assert_eq!((int(&guests, &["units", "0", "restarts"]), int(&guests, &["units", "1", "restarts"])), (1, 0));
        let containers = played("containers: [{name: a}, {name: b, fault: kernel-panic}]\n");
        assert_eq!(int(&containers, &["units", "0", "restarts"]), 1, "{containers}");
        assert_eq!(int(&containers, &["running"]), 2);
    }

    #[test]
    fn shares_are_fair() {
        assert_eq!(fair_shares(4000, &[(500, 1000), (8000, 1000), (500, 1000)]), [500, 3000, 500]);
        assert_eq!(fair_shares(1000, &[(4000, 3000), (4000, 1000)]), [750, 250]);
    }
}

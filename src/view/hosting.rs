//! What is hosted outside clusters, as the Map shows it: the layers of a service and who runs
//! them, what it costs and loses; the machines of a host; the layers of an image.

use crate::hosting::host::{Host, Unit, UnitKind};
use crate::hosting::plan::{LAYERS, MODELS, Model};
use crate::hosting::service::Service;
use crate::hosting::traffic::clock_minute;
use crate::session::Session;
use std::rc::Rc;

pub use crate::hosting::host::UnitState;
pub use crate::hosting::service::{Meters, Sample};

/// The whole sheet.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct HostingView {
    /// The services, by name.
    pub services: Vec<ServiceView>,
    /// The hosts, by name.
    pub hosts: Vec<HostView>,
    /// The images, by name.
    pub images: Vec<ImageView>,
}

impl HostingView {
    /// What the sheet is about: the name of the first thing on it.
    #[must_use]
    pub fn name(&self) -> Option<Rc<str>> {
        let services = self.services.iter().map(|it| &it.name);
        services
            .chain(self.hosts.iter().map(|it| &it.name))
            .chain(self.images.iter().map(|it| &it.name))
            .next()
            .cloned()
    }

    /// Whether there is nothing to show.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.services.is_empty() && self.hosts.is_empty() && self.images.is_empty()
    }
}

/// One service.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct ServiceView {
    /// Its name.
    pub name: Rc<str>,
    /// The models side by side; one of them is wished for.
    pub columns: Vec<ColumnView>,
    /// The layers, from the top down: their words.
    pub layers: Vec<&'static str>,
    /// The traffic.
    pub chart: ChartView,
}

/// One model.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct ColumnView {
    /// Its word: `iaas`.
    pub model: &'static str,
    /// Whether it is the one that is wished for.
    pub is_wished: bool,
    /// How many layers, from the top, are one's own.
    pub mine: usize,
    /// What it costs in money, requests and work: where it has been tried.
    pub figures: Option<Meters>,
    /// The patches that have been published.
    pub patches: Vec<PatchView>,
}

/// A patch in a column.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct PatchView {
    /// The layer's place from the top.
    pub layer: usize,
    /// Minutes that the hole was open, or is.
    pub minutes: i64,
    /// Whether it is the owner's own job.
    pub is_mine: bool,
    /// Whether it is on.
    pub is_closed: bool,
}

/// Traffic and capacity over two hours, of which some lie ahead.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct ChartView {
    /// The first minute shown, and the first that is not, in minutes of the world.
    pub span: (i64, i64),
    /// The minute of the playhead.
    pub now: i64,
    /// The minute of the day of the first minute shown.
    pub clock: i64,
    /// What was.
    pub past: Vec<Sample>,
    /// What will be if nobody changes anything.
    pub ahead: Vec<Sample>,
    /// What bought servers could answer.
    pub bought: i64,
    /// The top of the scale, requests per second.
    pub top: i64,
    /// Where most was lost: the middle of that minute's gap.
    pub worst: Option<Sample>,
    /// The model that is wished for.
    pub model: &'static str,
    /// How many machines were asked for and are not here.
    pub ordered: i64,
    /// How many minutes pass between being short and having more.
    pub late_minutes: i64,
}

/// One host.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct HostView {
    /// Its name.
    pub name: Rc<str>,
    /// Memory in MiB: all, taken, taken by operating systems.
    pub memory: (i64, i64, i64),
    /// Thousandths of a core: all, given.
    pub cpu: (i64, i64),
    /// How many kernels run.
    pub kernels: i64,
    /// Its machines and containers.
    pub units: Vec<UnitView>,
    /// The same by the document's entries, in their order.
    pub groups: Vec<GroupView>,
}

/// The units of one entry of a host's document.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct GroupView {
    /// Its name.
    pub name: Rc<str>,
    /// Whether they are virtual machines.
    pub is_vm: bool,
    /// How many there are by state: running, starting, without room, ended for their memory, panicked.
    pub running: i64,
    /// See `running`.
    pub starting: i64,
    /// See `running`.
    pub no_room: i64,
    /// See `running`.
    pub out_of_memory: i64,
    /// See `running`.
    pub panicked: i64,
    /// Milliseconds from being asked for to the first instruction.
    pub starts_in_ms: i64,
    /// The slowest answer.
    pub answer_ms: i64,
    /// Thousandths of a core: what they would use, what they get.
    pub cpu: (i64, i64),
    /// Whether a limit holds them back.
    pub is_throttled: bool,
    /// How often any of them was started again, at most.
    pub restarts: i64,
}

impl GroupView {
    /// How many were asked for.
    #[must_use]
    pub fn count(&self) -> i64 {
        self.running + self.starting + self.no_room + self.out_of_memory + self.panicked
    }
}

/// One machine or container.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct UnitView {
    /// Its name.
    pub name: Rc<str>,
    /// The name of its entry in the document.
    pub group: Rc<str>,
    /// Whether it is a virtual machine.
    pub is_vm: bool,
    /// How it is.
    pub state: UnitState,
    /// MiB that it takes, and of them for a system.
    pub memory: (i64, i64),
    /// Thousandths of a core that it gets.
    pub cpu: i64,
}

/// One image.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct ImageView {
    /// Its name.
    pub name: Rc<str>,
    /// Its layers, the topmost first.
    pub layers: Vec<LayerView>,
    /// The nodes that fetch it: name, MiB fetched, seconds, whether it is there.
    pub nodes: Vec<(Rc<str>, i64, i64, bool)>,
    /// MiB of all layers.
    pub size: i64,
    /// How many layers the last build made, in how many seconds, and how many MiB it pushed.
    pub build: (i64, i64, i64),
}

/// Whether a layer is at a place.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Lies {
    /// It was there before the last build.
    Already,
    /// The last build has brought it.
    Anew,
    /// It is on its way.
    NotYet,
}

impl Lies {
    const fn of(is_there: bool, is_new: bool) -> Self {
        match (is_there, is_new) {
            (false, _) => Self::NotYet,
            (true, true) => Self::Anew,
            (true, false) => Self::Already,
        }
    }
}

/// One layer.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct LayerView {
    /// Its line.
    pub instruction: Rc<str>,
    /// MiB.
    pub size: i64,
    /// Where it lies: in the build's cache, in the registry, and on each node.
    pub places: Vec<Lies>,
}

/// Minutes that a chart shows at first.
const SPAN: i64 = 120;
/// It grows, and later turns its page, by so many minutes: in between only the playhead moves.
const PAGE: i64 = 30;
/// It grows up to so many minutes, so that a rush stays in sight while one thinks about it.
const SPAN_MAX: i64 = 330;
/// So many minutes are always ahead of the playhead.
const AHEAD_MIN: i64 = 15;

/// What is hosted in a session's world at the playhead.
#[must_use]
pub fn view(session: &Session) -> HostingView {
    let hosting = session.world().hosting();
    HostingView {
        services: hosting.services().map(|(name, service)| service_view(name, service)).collect(),
        hosts: hosting
            .hosts()
            .map(|(name, host)| HostView {
                name: name.clone(),
                memory: (host.memory() >> 20, host.memory_used() >> 20, host.memory_of_systems() >> 20),
                cpu: (host.cores(), host.units().map(|unit| unit.cpu).sum()),
                kernels: 1 + i64::try_from(host.units().filter(|unit| has_kernel(unit)).count()).unwrap_or_default(),
                units: host.units().map(unit_view).collect(),
                groups: groups(host),
            })
            .collect(),
        images: hosting
            .images()
            .map(|(name, image)| ImageView {
                name: name.clone(),
                layers: image
                    .layers()
                    .iter()
                    .rev()
                    .map(|layer| LayerView {
                        instruction: layer.instruction.clone(),
                        size: layer.size >> 20,
                        places: [
                            Lies::of(image.is_built(layer), !layer.is_cached),
                            Lies::of(image.is_pushed(layer), image.is_pushed_anew(layer)),
                        ]
                        .into_iter()
                        .chain(image.nodes().map(|(_, shelf)| Lies::of(shelf.has(layer), shelf.fetches(layer))))
                        .collect(),
                    })
                    .collect(),
                size: image.layers().iter().map(|layer| layer.size).sum::<i64>() >> 20,
                build: {
                    let (took, pushed) = image.last_build();
                    let made = image.layers().iter().filter(|layer| !layer.is_cached).count();
                    let seconds = i64::try_from(took.as_secs()).unwrap_or_default();
                    (i64::try_from(made).unwrap_or_default(), seconds, pushed >> 20)
                },
                nodes: image
                    .nodes()
                    .map(|(node, shelf)| {
                        let seconds = i64::try_from(shelf.took.as_millis().div_ceil(1000)).unwrap_or_default();
                        (node.clone(), shelf.fetched >> 20, seconds, shelf.is_ready)
                    })
                    .collect(),
            })
            .collect(),
    }
}

fn has_kernel(unit: &Unit) -> bool {
    unit.kind() == UnitKind::Vm && unit.state != UnitState::NoRoom
}

fn unit_view(unit: &Unit) -> UnitView {
    UnitView {
        name: unit.name().clone(),
        group: unit.group().clone(),
        is_vm: unit.kind() == UnitKind::Vm,
        state: unit.state,
        memory: (unit.held() >> 20, unit.held_by_system() >> 20),
        cpu: unit.cpu,
    }
}

fn groups(host: &Host) -> Vec<GroupView> {
    let mut groups: Vec<GroupView> = Vec::new();
    for unit in host.units() {
        let is_vm = unit.kind() == UnitKind::Vm;
        let known = groups.iter().position(|group| group.name == *unit.group() && group.is_vm == is_vm);
        let at = known.unwrap_or_else(|| {
            groups.push(GroupView {
                name: unit.group().clone(),
                is_vm,
                running: 0,
                starting: 0,
                no_room: 0,
                out_of_memory: 0,
                panicked: 0,
                starts_in_ms: i64::try_from(unit.starts_in().as_millis()).unwrap_or_default(),
                answer_ms: 0,
                cpu: (0, 0),
                is_throttled: false,
                restarts: 0,
            });
            groups.len() - 1
        });
        let Some(group) = groups.get_mut(at) else { continue };
        match unit.state {
            UnitState::Running => group.running += 1,
            UnitState::Starting => group.starting += 1,
            UnitState::NoRoom => group.no_room += 1,
            UnitState::OutOfMemory => group.out_of_memory += 1,
            UnitState::Panicked => group.panicked += 1,
        }
        group.answer_ms = group.answer_ms.max(unit.answer_ms);
        group.cpu = (group.cpu.0 + unit.wanted_cpu(), group.cpu.1 + unit.cpu);
        group.is_throttled |= unit.is_throttled();
        group.restarts = group.restarts.max(unit.restarts);
    }
    groups
}

fn service_view(name: &Rc<str>, service: &Service) -> ServiceView {
    let layers: Vec<&'static str> = LAYERS.iter().rev().map(|(layer, _)| *layer).collect();
    let columns = MODELS.iter().map(|(word, model)| ColumnView {
        model: word,
        is_wished: *model == service.model(),
        mine: LAYERS.len() - model.rented(),
        figures: service.meters(*model),
        patches: patches(service, *model, &layers),
    });
    ServiceView { name: name.clone(), columns: columns.collect(), layers: layers.clone(), chart: chart(service) }
}

fn patches(service: &Service, model: Model, layers: &[&str]) -> Vec<PatchView> {
    let published = service.published(model);
    published
        .into_iter()
        .filter_map(|(layer, minutes, is_mine, is_closed)| {
            let layer = layers.iter().position(|known| *known == &*layer)?;
            Some(PatchView { layer, minutes, is_mine, is_closed })
        })
        .collect()
}

fn chart(service: &Service) -> ChartView {
    let lane = service.lane(service.model());
    let last = lane.and_then(|lane| lane.samples().last().copied());
    let now = last.map_or(service.opened(), |sample| sample.minute + 1);
    let opened = service.opened();
    let first = opened - clock_minute(opened).rem_euclid(PAGE);
    let turned = (now - first - (SPAN - AHEAD_MIN)).max(0);
    let to = first + SPAN + (turned + PAGE - 1).div_euclid(PAGE) * PAGE;
    let from = first.max(to - SPAN_MAX);
    let past = lane.into_iter().flat_map(|lane| lane.samples()).filter(|sample| sample.minute >= from);
    let past: Vec<Sample> = past.copied().collect();
    let ahead = service.ahead(to - now);
    let highest = past.iter().chain(&ahead).map(|sample| sample.demand.max(sample.capacity)).max().unwrap_or(1);
    let step = [50, 100, 250, 500, 1000, 2500, 5000, 10_000, 50_000, 250_000, 1_000_000];
    let step = step.into_iter().find(|step| highest <= step * 4).unwrap_or(1_000_000);
    let gap = |sample: &Sample| sample.demand - sample.capacity;
    let worst = past.iter().copied().filter(|sample| gap(sample) > 0).max_by_key(gap);
    let (ordered, late_minutes) = service.ordered();
    ChartView {
        span: (from, to),
        now,
        clock: clock_minute(from),
        past,
        ahead,
        bought: service.bought_capacity(),
        top: (highest.max(service.bought_capacity()) + step - 1) / step * step,
        worst,
        model: service.model().word(),
        ordered,
        late_minutes,
    }
}

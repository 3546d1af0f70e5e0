//! What is hosted outside clusters, as the Map shows it: the layers of a service and who runs
//! them, what it costs and loses; the machines of a host; the layers of an image.

use crate::hosting::host::{Unit, UnitKind};
use crate::hosting::plan::{LAYERS, MODELS, Model};
use crate::hosting::service::Service;
use crate::hosting::traffic::clock_minute;
use crate::session::Session;
use std::rc::Rc;

pub use crate::hosting::host::UnitState;
pub use crate::hosting::service::Sample;

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
    /// What a month costs (dollars), requests lost, minutes of work: where it has been tried.
    pub figures: Option<(i64, i64, i64)>,
    /// Patches: the layer's place from the top, hours exposed so far, whether it is mine and open.
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

/// Traffic and capacity over an hour behind and an hour ahead.
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
}

/// One machine or container.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct UnitView {
    /// Its name.
    pub name: Rc<str>,
    /// Whether it is a virtual machine.
    pub is_vm: bool,
    /// How it is.
    pub state: UnitState,
    /// MiB that it takes, and of them for a system.
    pub memory: (i64, i64),
    /// How long an answer takes.
    pub answer_ms: i64,
    /// Whether its limit holds it back.
    pub is_throttled: bool,
    /// How often it was started again.
    pub restarts: i64,
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
}

/// One layer.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct LayerView {
    /// Its line.
    pub instruction: Rc<str>,
    /// MiB.
    pub size: i64,
    /// Whether the last build found it.
    pub is_cached: bool,
    /// Whether it is built, in the registry, and on each node.
    pub built: bool,
    /// See `built`.
    pub pushed: bool,
    /// See `built`.
    pub on_nodes: Vec<bool>,
}

/// Minutes shown behind the playhead, and ahead of it.
const BEHIND: i64 = 75;
const AHEAD: i64 = 55;

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
                        is_cached: layer.is_cached,
                        built: image.is_built(layer),
                        pushed: image.is_pushed(layer),
                        on_nodes: image.nodes().map(|(_, shelf)| shelf.has(layer)).collect(),
                    })
                    .collect(),
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
        is_vm: unit.kind() == UnitKind::Vm,
        state: unit.state,
        memory: (unit.held() >> 20, unit.held_by_system() >> 20),
        answer_ms: unit.answer_ms,
        is_throttled: unit.is_throttled(),
        restarts: unit.restarts,
    }
}

fn service_view(name: &Rc<str>, service: &Service) -> ServiceView {
    let layers: Vec<&'static str> = LAYERS.iter().rev().map(|(layer, _)| *layer).collect();
    let columns = MODELS.iter().map(|(word, model)| ColumnView {
        model: word,
        is_wished: *model == service.model(),
        mine: LAYERS.len() - model.rented(),
        figures: service.lane(*model).map(crate::hosting::service::Lane::meters),
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
    let from = now - BEHIND;
    let past = lane.into_iter().flat_map(|lane| lane.samples()).filter(|sample| sample.minute >= from);
    let past: Vec<Sample> = past.copied().collect();
    let ahead = service.ahead(AHEAD);
    let highest = past.iter().chain(&ahead).map(|sample| sample.demand.max(sample.capacity)).max().unwrap_or(1);
    let step = [50, 100, 250, 500, 1000, 2500, 5000, 10_000, 50_000, 250_000, 1_000_000];
    let step = step.into_iter().find(|step| highest <= step * 4).unwrap_or(1_000_000);
    ChartView {
        span: (from, now + AHEAD),
        now,
        clock: clock_minute(from),
        past,
        ahead,
        bought: service.bought_capacity(),
        top: (highest.max(service.bought_capacity()) + step - 1) / step * step,
    }
}

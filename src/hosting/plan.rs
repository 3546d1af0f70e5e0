//! What a `kind: Hosting` says, and what its words mean: models, layers, prices, lead times.

use super::read::{Refusal, choice, list, number, time_of_day, yes};
use super::traffic::{CURVES, Curve, DAY, clock_minute};
use crate::document::Value;
use std::rc::Rc;

/// Who sells what.
// Source: NIST SP 800-145, section 2, "Service Models".
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub enum Model {
    /// Everything is one's own.
    OnPremises,
    /// Rented machines.
    Iaas,
    /// Rented place to run a program.
    Paas,
    /// Rented program.
    Saas,
}

/// The words for them, in the order in which less and less is one's own.
pub const MODELS: [(&str, Model); 4] =
    [("on-premises", Model::OnPremises), ("iaas", Model::Iaas), ("paas", Model::Paas), ("saas", Model::Saas)];

/// The layers, from the ground up, with the minutes a week that running one takes. Assumption: the
/// minutes are guesses for a small company.
pub const LAYERS: [(&str, i64); 8] = [
    ("facility", 120),
    ("hardware", 240),
    ("network", 240),
    ("virtualisation", 180),
    ("os", 240),
    ("runtime", 120),
    ("application", 600),
    ("data", 300),
];

impl Model {
    /// Its word.
    #[must_use]
    pub fn word(self) -> &'static str {
        MODELS.iter().find(|(_, model)| *model == self).map_or("", |(word, _)| word)
    }

    /// How many layers from the ground up are the provider's.
    // Source: AWS, "Shared Responsibility Model"; NIST SP 800-145 on what the consumer manages.
    #[must_use]
    pub const fn rented(self) -> usize {
        match self {
            Self::OnPremises => 0,
            Self::Iaas => 4,
            Self::Paas => 6,
            Self::Saas => 7,
        }
    }

    /// Whether this layer is one's own.
    #[must_use]
    pub fn is_mine(self, layer: &str) -> bool {
        LAYERS.iter().position(|(name, _)| *name == layer).is_some_and(|at| at >= self.rented())
    }

    /// How many minutes pass between being short of capacity and having it.
    #[must_use]
    pub const fn late_minutes(self) -> i64 {
        match self {
            Self::Iaas => ALARM_MINUTES + self.lead_minutes(),
            _ => self.lead_minutes(),
        }
    }

    /// How many minutes pass between asking for capacity and having it.
    // Sources: Auto Scaling's default instance warm-up is 300 s, and an instance is in service after a few
    // minutes (Amazon EC2 Auto Scaling User Guide, "Set the default instance warmup"); servers that are bought
    // take weeks: six here (assumption).
    #[must_use]
    pub const fn lead_minutes(self) -> i64 {
        match self {
            Self::OnPremises => 42 * DAY,
            Self::Iaas => 4,
            Self::Paas | Self::Saas => 0,
        }
    }
}

/// What one instance of a type manages and costs.
struct Type {
    name: &'static str,
    /// Requests per second. Assumption: one program, four times the work on four times the cores.
    rps: i64,
    /// Millionths of a dollar per hour. Source: Amazon EC2 on-demand pricing, Linux, us-east-1, 2026.
    price: i64,
}

const TYPES: [Type; 5] = [
    Type { name: "t3.medium", rps: 60, price: 41_600 },
    Type { name: "c5.large", rps: 130, price: 85_000 },
    Type { name: "m5.large", rps: 120, price: 96_000 },
    Type { name: "m5.xlarge", rps: 240, price: 192_000 },
    Type { name: "m5.2xlarge", rps: 480, price: 384_000 },
];

/// What a bought server of the same size costs an hour, in per cent of the rented one: written off
/// over three years, with its share of room, power and spare parts. Assumption.
pub(super) const BOUGHT_PER_CENT: i64 = 180;
/// One request of 128 MB for 100 ms, in billionths of a dollar. Source: AWS Lambda pricing, x86: 0.20 USD
/// per million requests and 0.0000166667 USD per GB-second.
pub(super) const PAAS_NANO_PER_REQUEST: i64 = 408;
/// A rented program for forty people at 15 USD a month, per hour in millionths. Assumption.
pub(super) const SAAS_PRICE: i64 = 40 * 15 * 1_000_000 / 730;
/// Hours of a month, as AWS bills it.
pub const MONTH_HOURS: i64 = 730;
/// A target-tracking policy's usual goal, in per cent of capacity.
pub(super) const TARGET_PER_CENT: i64 = 70;
/// How many minutes above the goal before more instances are asked for.
// Source: Amazon EC2 Auto Scaling User Guide, "Target tracking": the high alarm needs three one-minute points.
pub(super) const ALARM_MINUTES: i64 = 3;
/// How many minutes below the goal before an instance goes.
// Source: Amazon EC2 Auto Scaling User Guide, "Target tracking": the low alarm needs 15 minutes.
pub(super) const CALM_MINUTES: i64 = 15;
/// How long a person works on a patch, until it is on: one server after the other. Assumption.
pub(super) const PATCH_WORK_MINUTES: i64 = 60;
/// When a provider's patch is on. Assumption: providers say "on an ongoing basis".
pub(super) const PROVIDER_PATCH_MINUTES: i64 = 25;
/// What an incident does: to the owner of the layer, and to the customer of a provider: minutes
/// and per cent of the capacity lost. Assumption: orders of magnitude.
pub(super) fn blow(layer: &str, mine: bool) -> (i64, i64) {
    match (layer, mine) {
        ("facility", true) => (120, 100),
        ("facility" | "hardware", false) => (3, 50),
        ("hardware", true) => (240, 50),
        ("network", true) => (60, 100),
        ("virtualisation", true) => (90, 50),
        ("os" | "runtime", true) => (45, 50),
        ("application", true) => (30, 100),
        ("data", true) => (180, 100),
        (_, true) => (60, 50),
        (_, false) => (5, 30),
    }
}

#[derive(Clone, PartialEq, Debug)]
pub(super) struct Patch {
    pub(super) layer: Rc<str>,
    /// Minutes of the world.
    pub(super) found: i64,
    /// From when on its owner works on it, if they have said so.
    pub(super) begun: Option<i64>,
}

#[derive(Clone, PartialEq, Debug)]
pub(super) struct Incident {
    pub(super) layer: Rc<str>,
    pub(super) at: i64,
}

/// What the document says.
#[derive(Clone, PartialEq, Debug)]
pub(super) struct Plan {
    pub(super) model: Model,
    pub(super) curve: Curve,
    pub(super) peak: i64,
    pub(super) start: i64,
    pub(super) max: i64,
    pub(super) bought: i64,
    pub(super) instance: &'static str,
    pub(super) rps: i64,
    pub(super) price: i64,
    pub(super) patches: Vec<Patch>,
    pub(super) incidents: Vec<Incident>,
    pub(super) seed: u64,
    /// The minute of the world in which the service opened.
    pub(super) opened: i64,
}

impl Plan {
    /// Reads a document that arrives at the minute `now`; `before` is what it said until then.
    pub(super) fn read(
        spec: &Value,
        seed: u64,
        (opened, now): (i64, i64),
        before: Option<&Self>,
    ) -> Result<Self, Refusal> {
        let empty = Value::Null;
        let instances = spec.get("instances").unwrap_or(&empty);
        let start = number(instances, "spec.instances", "start", (1, 1000), 2)?;
        let max = number(instances, "spec.instances", "max", (start, 1000), start.max(8))?;
        let known = TYPES.iter().map(|it| it.name).collect::<Vec<_>>().join(", ");
        let word = instances.get("type").and_then(Value::as_str).unwrap_or("m5.large");
        let instance = TYPES.iter().find(|it| it.name == word).ok_or_else(|| {
            Refusal::invalid("spec.instances.type", &Value::text(word), &format!("there are {known}"))
        })?;
        let read_patch = |(index, item): (usize, &Value)| {
            let path = format!("spec.patches[{index}]");
            let found = at_minute(item, &path, "found", opened)?
                .ok_or_else(|| Refusal::new(&format!("{path}.found"), "Required value"))?;
            let layer = layer(item, &path)?;
            // Work that has begun goes on from when it began; nobody can begin it in the past.
            let known = before.and_then(|plan| plan.patches.get(index));
            let known = known.filter(|patch| patch.layer == layer && patch.found == found);
            let begun = known.and_then(|patch| patch.begun).unwrap_or_else(|| now.max(found));
            let begun = yes(item, &path, "apply")?.then_some(begun);
            Ok(Patch { layer, found, begun })
        };
        let read_incident = |(index, item): (usize, &Value)| {
            let path = format!("spec.incidents[{index}]");
            let at = at_minute(item, &path, "at", opened)?
                .ok_or_else(|| Refusal::new(&format!("{path}.at"), "Required value"))?;
            Ok(Incident { layer: layer(item, &path)?, at })
        };
        Ok(Self {
            model: choice(spec, "model", &MODELS, Model::OnPremises)?,
            curve: choice(spec, "traffic", &CURVES, Curve::LunchRush)?,
            peak: number(spec, "spec", "peak", (1, 1_000_000), 850)?,
            start,
            max,
            bought: number(instances, "spec.instances", "bought", (1, 1000), (start + max) / 2)?,
            instance: instance.name,
            rps: instance.rps,
            price: instance.price,
            patches: list(spec, "patches")?.iter().enumerate().map(read_patch).collect::<Result<_, _>>()?,
            incidents: list(spec, "incidents")?.iter().enumerate().map(read_incident).collect::<Result<_, _>>()?,
            seed,
            opened,
        })
    }
}

/// A time of the day as a minute of the world: the first such moment after the service opened.
fn at_minute(item: &Value, path: &str, field: &str, opened: i64) -> Result<Option<i64>, Refusal> {
    let clock = time_of_day(item, path, field)?;
    Ok(clock.map(|clock| opened + (clock - clock_minute(opened)).rem_euclid(DAY)))
}

fn layer(item: &Value, path: &str) -> Result<Rc<str>, Refusal> {
    let known: Vec<&str> = LAYERS.iter().map(|(name, _)| *name).collect();
    let name = item.str_at(&["layer"]);
    if known.contains(&name) {
        return Ok(name.into());
    }
    let field = format!("{path}.layer");
    match item.get("layer") {
        Some(value) => Err(Refusal::invalid(&field, value, &format!("there are {}", known.join(", ")))),
        None => Err(Refusal::new(&field, "Required value")),
    }
}

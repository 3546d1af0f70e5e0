//! One model's life, minute by minute: what it can answer, what it asks for, what it costs.

use super::Told;
use super::plan::{
    ALARM_MINUTES, BOUGHT_PER_CENT, CALM_MINUTES, LAYERS, MONTH_HOURS, Model, PAAS_NANO_PER_REQUEST,
    PATCH_WORK_MINUTES, PROVIDER_PATCH_MINUTES, Patch, Plan, SAAS_PRICE, TARGET_PER_CENT, blow,
};
use super::traffic::{DAY, demand};
use crate::document::Value;
use crate::sim::Reason;
use crate::tree;
use rpds::Vector;

/// How many past minutes are kept for the chart.
const SAMPLES_MAX: usize = 1440;

/// One minute of a lane, for a chart: requests per second.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Sample {
    /// Which minute of the world.
    pub minute: i64,
    /// What came.
    pub demand: i64,
    /// What could be answered.
    pub capacity: i64,
}

/// One model's life.
#[derive(Clone)]
pub struct Lane {
    pub(super) model: Model,
    /// The next minute to live through.
    pub(super) next: i64,
    ready: i64,
    /// What was ordered: the minute of arrival, how many.
    pub(super) ordered: Vec<(i64, i64)>,
    calm: i64,
    /// For how many minutes it has been short.
    short: i64,
    /// Millionths of a dollar.
    cost: i64,
    served: i64,
    pub(super) lost: i64,
    is_losing: bool,
    /// Thousandths of a minute.
    upkeep: i64,
    pub(super) samples: Vector<Sample>,
    /// What a whole day of it comes to.
    pub(super) day: Day,
}

/// A model's first day from beginning to end, night included: what its meters are reckoned from.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub(super) struct Day {
    /// Dollars for a month of such days.
    pub(super) cost_per_month: i64,
    /// Per cent of the capacity that nobody asked for.
    pub(super) idle_percent: i64,
}

pub(super) fn who(model: Model, layer: &str) -> &'static str {
    if model.is_mine(layer) { "you" } else { "provider" }
}

/// When a patch is on, if it ever is.
pub(super) fn closed_at(model: Model, patch: &Patch) -> Option<i64> {
    if model.is_mine(&patch.layer) {
        patch.begun.map(|begun| begun + PATCH_WORK_MINUTES)
    } else {
        Some(patch.found + PROVIDER_PATCH_MINUTES)
    }
}

/// Minutes of one's own work in a week.
pub(super) fn upkeep_per_week(model: Model, plan: &Plan) -> i64 {
    let layers: i64 = LAYERS.iter().skip(model.rented()).map(|(_, weekly)| weekly).sum();
    let patches = plan.patches.iter().filter(|patch| patch.begun.is_some() && model.is_mine(&patch.layer));
    layers + PATCH_WORK_MINUTES * i64::try_from(patches.count()).unwrap_or_default()
}

impl Lane {
    pub(super) fn new(model: Model, plan: &Plan) -> Self {
        let mut lane = Self::unlived(model, plan);
        lane.day = Day::of(lane.clone(), plan);
        lane
    }

    fn unlived(model: Model, plan: &Plan) -> Self {
        let ready = match model {
            Model::OnPremises => plan.bought,
            Model::Iaas => plan.start,
            Model::Paas | Model::Saas => 0,
        };
        Self {
            model,
            next: plan.opened,
            ready,
            ordered: Vec::new(),
            calm: 0,
            short: 0,
            cost: 0,
            served: 0,
            lost: 0,
            is_losing: false,
            upkeep: 0,
            samples: Vector::new(),
            day: Day::default(),
        }
    }

    /// The minutes lived through, the latest [`SAMPLES_MAX`] at least.
    pub fn samples(&self) -> impl Iterator<Item = &Sample> {
        self.samples.iter()
    }

    /// What was asked for and is not here yet.
    pub(super) fn coming(&self) -> i64 {
        self.ordered.iter().map(|(_, count)| count).sum()
    }

    /// Requests that nobody answered.
    #[must_use]
    pub fn lost(&self) -> i64 {
        self.lost
    }

    pub(super) fn live(&mut self, plan: &Plan, told: &mut Told) {
        let minute = self.next;
        self.next += 1;
        self.arrive(minute, told);
        let demand = demand(plan.curve, plan.peak, plan.seed, minute);
        let capacity = self.capacity(plan, demand) * (100 - self.outage(plan, minute, told)) / 100;
        let (came, room) = (demand * 60, capacity * 60);
        let lost = (came - room).max(0);
        self.served += came - lost;
        self.lost += lost;
        if (lost > 0) != self.is_losing {
            self.is_losing = lost > 0;
            let code = if lost > 0 { "hosting-losing" } else { "hosting-keeping-up" };
            told.tell(Reason::new(code).with("demand", demand).with("capacity", capacity));
        }
        self.scale(plan, demand, minute, told);
        self.pay(plan, came - lost);
        self.work(plan, minute, told);
        self.samples.push_back_mut(Sample { minute, demand, capacity });
        if self.samples.len() >= 2 * SAMPLES_MAX {
            self.samples = self.samples.iter().skip(SAMPLES_MAX).copied().collect();
        }
    }

    fn arrive(&mut self, minute: i64, told: &mut Told) {
        let here: i64 = self.ordered.iter().filter(|(at, _)| *at <= minute).map(|(_, count)| count).sum();
        if here > 0 {
            self.ordered.retain(|(at, _)| *at > minute);
            self.ready += here;
            told.tell(Reason::new("hosting-arrived").with("count", here).with("ready", self.ready));
        }
    }

    /// What can be answered, requests per second, when nothing is broken.
    fn capacity(&self, plan: &Plan, demand: i64) -> i64 {
        match self.model {
            Model::OnPremises | Model::Iaas => self.ready * plan.rps,
            // A rented place to run starts another copy for a request that finds none.
            Model::Paas | Model::Saas => demand + demand / 10 + 1,
        }
    }

    /// Per cent of the capacity that is out.
    fn outage(&mut self, plan: &Plan, minute: i64, told: &mut Told) -> i64 {
        let mut out = 0;
        for incident in &plan.incidents {
            let is_mine = self.model.is_mine(&incident.layer);
            let (length, share) = blow(&incident.layer, is_mine);
            if minute == incident.at {
                self.upkeep += if is_mine { length * 1000 } else { 0 };
                let reason = Reason::new("hosting-incident")
                    .with("layer", &*incident.layer)
                    .with("who", who(self.model, &incident.layer))
                    .with("minutes", length);
                told.tell(reason);
            }
            if (incident.at..incident.at + length).contains(&minute) {
                out = out.max(share);
            }
        }
        out
    }

    /// Asks for what is missing; lets go of what is too much, where that can be.
    fn scale(&mut self, plan: &Plan, demand: i64, minute: i64, told: &mut Told) {
        if matches!(self.model, Model::Paas | Model::Saas) {
            return;
        }
        let want = (demand * 100 + plan.rps * TARGET_PER_CENT - 1) / (plan.rps * TARGET_PER_CENT);
        let want = want.clamp(plan.start, plan.max);
        let missing = want - self.ready - self.coming();
        self.short = if missing > 0 { self.short + 1 } else { 0 };
        if missing > 0 {
            self.calm = 0;
            // Who buys does not wait for an alarm, and still comes too late.
            if self.model == Model::Iaas && self.short < ALARM_MINUTES {
                return;
            }
            self.ordered.push((minute + self.model.lead_minutes(), missing));
            let reason = Reason::new("hosting-ordered")
                .with("count", missing)
                .with("model", self.model.word())
                .with("minutes", self.model.lead_minutes());
            told.tell(reason);
            return;
        }
        self.calm = if want < self.ready { self.calm + 1 } else { 0 };
        if self.model == Model::Iaas && self.calm >= CALM_MINUTES {
            self.calm = 0;
            self.ready -= 1;
            told.tell(Reason::new("hosting-let-go").with("ready", self.ready));
        }
    }

    fn pay(&mut self, plan: &Plan, served: i64) {
        self.cost += match self.model {
            Model::OnPremises => self.ready * plan.price * BOUGHT_PER_CENT / 100 / 60,
            // An instance is paid for from its start, before it answers.
            Model::Iaas => (self.ready + self.coming()) * plan.price / 60,
            Model::Paas => served * PAAS_NANO_PER_REQUEST / 1000,
            Model::Saas => SAAS_PRICE / 60,
        };
    }

    /// A person's work in this minute: what each layer of one's own takes, and patches.
    fn work(&mut self, plan: &Plan, minute: i64, told: &mut Told) {
        let mine = LAYERS.iter().skip(self.model.rented());
        self.upkeep += mine.map(|(_, weekly)| weekly * 1000 / (7 * DAY)).sum::<i64>();
        for patch in &plan.patches {
            let who = who(self.model, &patch.layer);
            let tell = |code| Reason::new(code).with("layer", &*patch.layer).with("who", who);
            if minute == patch.found {
                told.tell(tell("hosting-patch-found"));
            }
            if closed_at(self.model, patch) == Some(minute) {
                self.upkeep += if who == "you" { PATCH_WORK_MINUTES * 1000 } else { 0 };
                told.tell(tell("hosting-patch-applied"));
            }
        }
    }

    /// What it costs, in what it has lived and in a day of it.
    pub(super) fn figures(&self, upkeep_per_week: i64) -> Value {
        let asked = self.served + self.lost;
        tree!({
            "instances": self.ready,
            "costPerMonth": self.day.cost_per_month,
            "costMicroDollars": self.cost,
            "requestsServed": self.served,
            "requestsLost": self.lost,
            "lostPerMille": if asked > 0 { self.lost * 1000 / asked } else { 0 },
            "upkeepMinutes": self.upkeep / 1000,
            "upkeepMinutesPerWeek": upkeep_per_week,
            "idlePercent": self.day.idle_percent,
        })
    }
}

impl Day {
    fn of(mut lane: Lane, plan: &Plan) -> Self {
        (0..DAY).for_each(|_| lane.live(plan, &mut Told::default()));
        let (asked, room) = lane
            .samples
            .iter()
            .fold((0, 0), |(asked, room), sample| (asked + sample.demand.min(sample.capacity), room + sample.capacity));
        Self {
            cost_per_month: lane.cost / DAY * MONTH_HOURS * 60 / 1_000_000,
            idle_percent: 100 - asked * 100 / room.max(1),
        }
    }
}

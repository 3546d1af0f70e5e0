//! A program on its way to its users, and who runs each layer below it.
//!
//! Every model that the learner has tried is a [`Lane`]: the same traffic from the same moment,
//! each with its own servers, bill and work, so that they can be compared.
//!
//! Invariant: a lane is a function of the plan and the minute; trying a model late gives what it
//! would have given from the start.

use super::plan::{
    BOUGHT_PER_CENT, CALM_MINUTES, LAYERS, MONTH_HOURS, Model, PAAS_NANO_PER_REQUEST, PATCH_WORK_MINUTES,
    PROVIDER_PATCH_MINUTES, Patch, Plan, SAAS_PRICE, TARGET_PER_CENT, blow,
};
use super::read::Refusal;
use super::traffic::{DAY, clock_minute, demand, minute_at};
use super::{Due, Told};
use crate::document::Value;
use crate::sim::{Reason, SimTime, secs};
use crate::tree;
use rpds::{RedBlackTreeMap, Vector};
use std::rc::Rc;

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
    model: Model,
    /// The minute in which it began.
    opened: i64,
    /// The next minute to live through.
    next: i64,
    ready: i64,
    /// What was ordered: the minute of arrival, how many.
    ordered: Vec<(i64, i64)>,
    calm: i64,
    /// Millionths of a dollar.
    cost: i64,
    served: i64,
    lost: i64,
    is_losing: bool,
    /// Thousandths of a minute.
    upkeep: i64,
    /// What could have been answered in all.
    offered: i64,
    samples: Vector<Sample>,
}

/// A service, its wish and the models that were tried.
#[derive(Clone)]
pub struct Service {
    spec: Value,
    plan: Plan,
    lanes: RedBlackTreeMap<Model, Lane>,
    /// The one moment at which a minute counts: those of an earlier service do not.
    due: SimTime,
}

impl Service {
    pub(super) fn apply(
        before: Option<Self>,
        name: &Rc<str>,
        spec: &Value,
        seed: u64,
        now: SimTime,
        told: &mut Told,
    ) -> Result<Self, Refusal> {
        let opened = before.as_ref().map_or(minute_at(now), |it| it.plan.opened);
        let plan = Plan::read(spec, seed, opened)?;
        let due = before.as_ref().map_or_else(|| next_minute(now), |it| it.due);
        if before.is_none() {
            told.wake.push((due, Due::Minute(name.clone())));
        }
        let (old, mut lanes) = before.map_or((None, RedBlackTreeMap::new()), |it| (Some(it.plan), it.lanes));
        let tried: Vec<Model> = lanes.keys().copied().chain([plan.model]).collect();
        // Another plan: every lane lives its minutes again. Another model alone only adds one.
        if old.is_none_or(|old| Plan { model: plan.model, ..old } != plan) {
            lanes = RedBlackTreeMap::new();
        }
        for model in tried {
            if !lanes.contains_key(&model) {
                lanes.insert_mut(model, Lane::new(model, &plan));
            }
        }
        let mut service = Self { spec: spec.clone(), plan, lanes, due };
        service.catch_up(minute_at(now), &mut Told::default());
        Ok(service)
    }

    /// Who acts for the model that is wished for.
    pub(super) fn actor(&self) -> &'static str {
        match self.plan.model {
            Model::OnPremises => "supplier",
            Model::Iaas => "auto-scaling",
            Model::Paas | Model::Saas => "provider",
        }
    }

    pub(super) fn minute(&mut self, name: &Rc<str>, now: SimTime, told: &mut Told) {
        if now != self.due {
            return;
        }
        self.catch_up(minute_at(now), told);
        self.due = next_minute(now);
        told.wake.push((self.due, Due::Minute(name.clone())));
    }

    fn catch_up(&mut self, until: i64, told: &mut Told) {
        let tried: Vec<Model> = self.lanes.keys().copied().collect();
        for model in tried {
            let mut unheard = Told::default();
            let heard = if model == self.plan.model { &mut *told } else { &mut unheard };
            if let Some(lane) = self.lanes.get_mut(&model) {
                while lane.next < until {
                    lane.live(&self.plan, heard);
                }
            }
        }
    }

    pub(super) fn spec(&self) -> &Value {
        &self.spec
    }

    /// The model that is wished for.
    #[must_use]
    pub fn model(&self) -> Model {
        self.plan.model
    }

    /// The lane of a model, if it has been tried.
    #[must_use]
    pub fn lane(&self, model: Model) -> Option<&Lane> {
        self.lanes.get(&model)
    }

    /// What a model's next `minutes` will be if nobody changes anything.
    #[must_use]
    pub fn ahead(&self, minutes: i64) -> Vec<Sample> {
        let Some(mut lane) = self.lanes.get(&self.plan.model).cloned() else { return Vec::new() };
        let from = lane.next;
        (0..minutes).for_each(|_| lane.live(&self.plan, &mut Told::default()));
        lane.samples.iter().filter(|sample| sample.minute >= from).copied().collect()
    }

    /// What bought servers can answer, requests per second.
    #[must_use]
    pub fn bought_capacity(&self) -> i64 {
        self.plan.bought * self.plan.rps
    }

    /// The patches published so far, as a model sees them: layer, minutes open, whether it is one's
    /// own job, whether it is on.
    #[must_use]
    pub fn published(&self, model: Model) -> Vec<(Rc<str>, i64, bool, bool)> {
        let now = self.lanes.values().map(|lane| lane.next).max().unwrap_or(self.plan.opened);
        let published = self.plan.patches.iter().filter(|patch| patch.found <= now);
        published
            .map(|patch| {
                let end = closed_at(model, patch);
                let minutes = end.map_or(now, |end| end.min(now)) - patch.found;
                (patch.layer.clone(), minutes, model.is_mine(&patch.layer), end.is_some_and(|end| end <= now))
            })
            .collect()
    }

    /// The minute of the world in which the service opened.
    #[must_use]
    pub fn opened(&self) -> i64 {
        self.plan.opened
    }

    /// What is known of it.
    pub(super) fn status(&self, now: SimTime) -> Value {
        let Some(lane) = self.lanes.get(&self.plan.model) else { return Value::Null };
        let minute = minute_at(now);
        let clock = clock_minute(minute);
        let last = lane.samples.last();
        let layers = LAYERS.iter().rev().map(|(name, _)| tree!({ "name": *name, "who": who(self.plan.model, name) }));
        let mine = LAYERS.iter().filter(|(name, _)| self.plan.model.is_mine(name)).count();
        let models = self.lanes.values().map(|lane| lane.figures().with(&["model"], lane.model.word()));
        let mut status = lane.figures();
        for (field, value) in [
            ("clock", Value::text(format!("{:02}:{:02}", clock / 60, clock % 60))),
            ("model", Value::text(self.plan.model.word())),
            ("capacity", Value::Int(last.map_or(0, |it| it.capacity))),
            ("demand", Value::Int(last.map_or(0, |it| it.demand))),
            ("ordered", Value::Int(lane.ordered.iter().map(|(_, count)| count).sum())),
            ("mine", Value::Int(i64::try_from(mine).unwrap_or_default())),
            ("layers", Value::list(layers)),
            ("models", Value::list(models)),
            ("patches", Value::list(self.patches(self.plan.model, minute))),
        ] {
            status.set(&[field], value);
        }
        status
    }

    /// The patches that have been published, as a model sees them.
    fn patches(&self, model: Model, minute: i64) -> Vec<Value> {
        let published = self.plan.patches.iter().filter(|patch| patch.found <= minute);
        published
            .map(|patch| {
                let end = closed_at(model, patch);
                tree!({
                    "layer": &patch.layer,
                    "who": who(model, &patch.layer),
                    "state": if end.is_some_and(|end| end <= minute) { "applied" } else { "open" },
                    "exposedMinutes": end.map_or(minute, |end| end.min(minute)) - patch.found,
                })
            })
            .collect()
    }
}

fn who(model: Model, layer: &str) -> &'static str {
    if model.is_mine(layer) { "you" } else { "provider" }
}

/// When a patch is on, if it ever is.
fn closed_at(model: Model, patch: &Patch) -> Option<i64> {
    if model.is_mine(&patch.layer) { patch.applied } else { Some(patch.found + PROVIDER_PATCH_MINUTES) }
}

fn next_minute(now: SimTime) -> SimTime {
    secs((now.as_secs() / 60 + 1) * 60)
}

impl Lane {
    fn new(model: Model, plan: &Plan) -> Self {
        let ready = match model {
            Model::OnPremises => plan.bought,
            Model::Iaas => plan.start,
            Model::Paas | Model::Saas => 0,
        };
        Self {
            model,
            opened: plan.opened,
            next: plan.opened,
            ready,
            ordered: Vec::new(),
            calm: 0,
            cost: 0,
            served: 0,
            lost: 0,
            is_losing: false,
            upkeep: 0,
            offered: 0,
            samples: Vector::new(),
        }
    }

    /// The minutes lived through, the latest [`SAMPLES_MAX`] at least.
    pub fn samples(&self) -> impl Iterator<Item = &Sample> {
        self.samples.iter()
    }

    /// What a month costs at this rate (dollars), requests lost, minutes of work.
    #[must_use]
    pub fn meters(&self) -> (i64, i64, i64) {
        (self.cost_per_month(), self.lost, self.upkeep / 1000)
    }

    /// What a month costs at this rate, in dollars.
    fn cost_per_month(&self) -> i64 {
        self.cost / (self.next - self.opened).max(1) * MONTH_HOURS * 60 / 1_000_000
    }

    /// Requests that nobody answered.
    #[must_use]
    pub fn lost(&self) -> i64 {
        self.lost
    }

    fn live(&mut self, plan: &Plan, told: &mut Told) {
        let minute = self.next;
        self.next += 1;
        self.arrive(minute, told);
        let demand = demand(plan.curve, plan.peak, plan.seed, minute);
        let capacity = self.capacity(plan, demand) * (100 - self.outage(plan, minute, told)) / 100;
        let (came, room) = (demand * 60, capacity * 60);
        let lost = (came - room).max(0);
        self.served += came - lost;
        self.lost += lost;
        self.offered += room;
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
        let coming: i64 = self.ordered.iter().map(|(_, count)| count).sum();
        let missing = want - self.ready - coming;
        if missing > 0 {
            self.calm = 0;
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
            Model::Iaas => (self.ready + self.ordered.iter().map(|(_, count)| count).sum::<i64>()) * plan.price / 60,
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

    /// The meters: what a month costs at this rate (dollars), what was lost, what work it took.
    fn figures(&self) -> Value {
        let month = self.cost_per_month();
        let asked = self.served + self.lost;
        let idle = (self.offered - self.served).max(0).checked_mul(100).map_or(0, |it| it / self.offered.max(1));
        tree!({
            "instances": self.ready,
            "costPerMonth": month,
            "costMicroDollars": self.cost,
            "requestsServed": self.served,
            "requestsLost": self.lost,
            "lostPerMille": if asked > 0 { self.lost * 1000 / asked } else { 0 },
            "upkeepMinutes": self.upkeep / 1000,
            "idlePercent": idle,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::document::parse;

    fn service(spec: &str) -> Service {
        let spec = parse(spec).documents[0].root.to_value();
        Service::apply(None, &"shop".into(), &spec, 7, SimTime::ZERO, &mut Told::default()).expect("it can be")
    }

    fn at(service: &mut Service, clock: &str) -> Value {
        let (hour, minute) = clock.split_once(':').unwrap();
        let minutes = hour.parse::<u64>().unwrap() * 60 + minute.parse::<u64>().unwrap() - 9 * 60;
        service.catch_up(i64::try_from(minutes).unwrap(), &mut Told::default());
        service.status(secs(minutes * 60))
    }

    const SPEC: &str = "traffic: lunch-rush\ninstances: {start: 2, max: 8}\npatches: [{layer: os, found: \"09:10\", applied: \"12:10\"}]\n";

    #[test]
    fn rented_machines_come_minutes_late_and_bought_ones_weeks() {
        let mut rented = service(&format!("model: iaas\n{SPEC}"));
        let mut bought = service(&format!("model: on-premises\n{SPEC}"));
        assert_eq!(at(&mut rented, "11:30").int_at(&["requestsLost"]), Some(0));
        let (rented, bought) = (at(&mut rented, "13:00"), at(&mut bought, "13:00"));
        let lost = |it: &Value| it.int_at(&["requestsLost"]).unwrap();
        assert!(0 < lost(&rented) && lost(&rented) < lost(&bought), "{rented} {bought}");
        assert!(rented.int_at(&["instances"]) > bought.int_at(&["instances"]));
        assert!(bought.int_at(&["ordered"]) > Some(0));
        assert!(rented.int_at(&["costPerMonth"]) < bought.int_at(&["costPerMonth"]), "{rented} {bought}");
    }

    #[test]
    fn a_patch_is_the_owners_job() {
        let mut all = service(&format!("model: iaas\n{SPEC}"));
        let seen = at(&mut all, "12:30");
        assert_eq!(seen.items_at(&["patches"])[0].int_at(&["exposedMinutes"]), Some(180));
        assert_eq!(seen.int_at(&["mine"]), Some(4));
        let mut paas = service(&format!("model: paas\n{SPEC}"));
        let seen = at(&mut paas, "12:30");
        assert_eq!(seen.items_at(&["patches"])[0].str_at(&["who"]), "provider");
        assert_eq!(seen.int_at(&["requestsLost"]), Some(0));
    }

    #[test]
    fn a_model_tried_late_has_lived_the_same_day() {
        let spec = |model: &str| parse(&format!("model: {model}\n{SPEC}")).documents[0].root.to_value();
        let mut early = service(&format!("model: iaas\n{SPEC}"));
        at(&mut early, "12:40");
        let mut late = service(&format!("model: on-premises\n{SPEC}"));
        at(&mut late, "12:00");
        let now = secs(180 * 60);
        let mut late = Service::apply(Some(late), &"shop".into(), &spec("iaas"), 7, now, &mut Told::default()).unwrap();
        let (early, late) = (at(&mut early, "12:40"), at(&mut late, "12:40"));
        assert_eq!(early.get("requestsLost"), late.get("requestsLost"));
        assert_eq!(late.items_at(&["models"]).len(), 2);
    }

    #[test]
    fn an_incident_hits_its_owner_harder() {
        let with = |model: &str| {
            let spec = format!(
                "model: {model}\ntraffic: steady\ninstances: {{start: 8}}\nincidents: [{{layer: hardware, at: \"10:00\"}}]\n"
            );
            let mut service = service(&spec);
            at(&mut service, "16:00").int_at(&["requestsLost"]).unwrap()
        };
        assert!(with("on-premises") > 10 * with("iaas"), "{} {}", with("on-premises"), with("iaas"));
    }

    #[test]
    fn what_cannot_be_is_said_at_its_field() {
        let spec = parse("model: xaas").documents[0].root.to_value();
        let refused = Service::apply(None, &"s".into(), &spec, 7, SimTime::ZERO, &mut Told::default());
        let said = refused.err().unwrap().to_string();
        assert!(
            said.starts_with("spec.model: Unsupported value: \"xaas\": supported values: \"on-premises\""),
            "{said}"
        );
    }
}

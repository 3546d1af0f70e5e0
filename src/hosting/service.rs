//! A program on its way to its users, and who runs each layer below it.
//!
//! Every model that the learner has tried is a [`Lane`]: the same traffic from the same moment,
//! each with its own servers, bill and work, so that they can be compared.
//!
//! Invariant: a lane is a function of the plan and the minute; trying a model late gives what it
//! would have given from the start.

use super::lane::{Lane, closed_at, upkeep_per_week, who};
use super::plan::{LAYERS, Model, Plan};
use super::read::Refusal;
use super::traffic::{clock_minute, minute_at};
use super::{Due, Told};
use crate::document::Value;
use crate::sim::{SimTime, secs};
use crate::tree;
use rpds::RedBlackTreeMap;
use std::rc::Rc;

pub use super::lane::Sample;

/// What a model costs in money, requests and work.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Meters {
    /// Dollars for a month.
    pub cost_per_month: i64,
    /// Requests lost so far.
    pub lost: i64,
    /// Minutes of one's own work in a week: what the layers ask for, and the patches.
    pub upkeep_per_week: i64,
    /// Per cent of a day's capacity that nobody asked for.
    pub idle_percent: i64,
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
        let plan = Plan::read(spec, seed, (opened, minute_at(now)), before.as_ref().map(|it| &it.plan))?;
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

    /// What the wished model has asked for that is not here yet: how many, and how many minutes
    /// pass between being short and having more.
    #[must_use]
    pub fn ordered(&self) -> (i64, i64) {
        let ordered = self.lanes.get(&self.plan.model).map_or(0, Lane::coming);
        (ordered, self.plan.model.late_minutes())
    }

    /// What a model that has been tried costs.
    #[must_use]
    pub fn meters(&self, model: Model) -> Option<Meters> {
        let lane = self.lanes.get(&model)?;
        Some(Meters {
            cost_per_month: lane.day.cost_per_month,
            lost: lane.lost,
            upkeep_per_week: upkeep_per_week(model, &self.plan),
            idle_percent: lane.day.idle_percent,
        })
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
        let figures = |lane: &Lane| lane.figures(upkeep_per_week(lane.model, &self.plan));
        let models = self.lanes.values().map(|lane| figures(lane).with(&["model"], lane.model.word()));
        let mut status = figures(lane);
        for (field, value) in [
            ("clock", Value::text(format!("{:02}:{:02}", clock / 60, clock % 60))),
            ("model", Value::text(self.plan.model.word())),
            ("capacity", Value::Int(last.map_or(0, |it| it.capacity))),
            ("demand", Value::Int(last.map_or(0, |it| it.demand))),
            ("ordered", Value::Int(lane.coming())),
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
                    "state": match end {
                        Some(end) if end <= minute => "applied",
                        Some(_) if model.is_mine(&patch.layer) => "applying",
                        _ => "open",
                    },
                    "exposedMinutes": end.map_or(minute, |end| end.min(minute)) - patch.found,
                })
            })
            .collect()
    }
}

fn next_minute(now: SimTime) -> SimTime {
    secs((now.as_secs() / 60 + 1) * 60)
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

    const SPEC: &str = "traffic: lunch-rush\ninstances: {start: 2, max: 8}\npatches: [{layer: os, found: \"09:10\"}]\n";

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
        assert_eq!(seen.items_at(&["patches"])[0].int_at(&["exposedMinutes"]), Some(200));
        assert_eq!(seen.int_at(&["mine"]), Some(4));
        let mut paas = service(&format!("model: paas\n{SPEC}"));
        let seen = at(&mut paas, "12:30");
        assert_eq!(seen.items_at(&["patches"])[0].str_at(&["who"]), "provider");
        assert_eq!(seen.int_at(&["requestsLost"]), Some(0));
    }

    #[test]
    fn a_patch_is_on_an_hour_after_its_owner_begins_and_never_before() {
        let mut service = service(&format!("model: iaas\n{SPEC}"));
        at(&mut service, "10:00");
        let spec = format!("model: iaas\n{}", SPEC.replace("\"09:10\"", "\"09:10\", apply: true"));
        let spec = parse(&spec).documents[0].root.to_value();
        let apply = |before: Service, minutes: u64| {
            Service::apply(Some(before), &"shop".into(), &spec, 7, secs(minutes * 60), &mut Told::default()).unwrap()
        };
        let mut begun = apply(service, 60);
        assert_eq!(at(&mut begun, "10:30").items_at(&["patches"])[0].str_at(&["state"]), "applying");
        // Saying it again does not begin it again.
        let mut done = apply(begun, 100);
        let seen = at(&mut done, "12:00");
        assert_eq!(seen.items_at(&["patches"])[0].str_at(&["state"]), "applied");
        assert_eq!(seen.items_at(&["patches"])[0].int_at(&["exposedMinutes"]), Some(50 + 60));
    }

    #[test]
    fn a_day_is_reckoned_with_its_night() {
        let idle =
            |model: &str| service(&format!("model: {model}\n{SPEC}")).status(SimTime::ZERO).int_at(&["idlePercent"]);
        assert!(idle("on-premises") > idle("iaas") && idle("iaas") > idle("paas"));
        assert!(idle("paas") <= Some(10) && idle("on-premises") > Some(70), "{:?}", idle("on-premises"));
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

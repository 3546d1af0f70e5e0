//! Carrying out what a loop decided: requests in order, Events, and the time that takes.

use super::{Cluster, Turn};
use crate::document::Value;
use crate::kube::api::{self, ApiError, Key, Request, Resource, User, meta};
use crate::kube::controller::Controller;
use crate::kube::why::Why;
use crate::kube::{EventRecord, Outcome, Planned, When, events};
use crate::sim::{SimTime, Verb, millis};

impl Cluster {
    /// A controller writes for a while, one request after the other, and looks at the same key
    /// again only afterwards, as a work queue has it.
    // Models client-go/util/workqueue: a key that is being processed is handed out when it is done.
    pub(super) fn occupy(&mut self, now: SimTime, item: &(Controller, Key), writes: usize) {
        self.busy.remove_mut(item);
        if writes > 1 {
            let each = self.settings().write_latency.as_millis();
            let writes = u64::try_from(writes).unwrap_or_default();
            self.busy.insert_mut(item.clone(), now + millis(each * writes));
        }
    }

    /// From when on a controller can look at a key.
    pub(super) fn free_at(&self, now: SimTime, item: &(Controller, Key)) -> SimTime {
        self.busy.get(item).copied().unwrap_or(now)
    }

    /// Turns an outcome into requests and Events, in order, until one is refused.
    pub(super) fn carry_out(&mut self, turn: &mut Turn<'_>, user: &User, outcome: Outcome) -> Result<(), ApiError> {
        for (key, why) in outcome.decisions {
            self.record(turn, &key, Verb::Decide, Some(why.reason()), None, 0);
        }
        let mut pods = Pods::default();
        let mut result = Ok(());
        for planned in outcome.changes {
            if !pods.lets(&planned) {
                continue;
            }
            if let Err(refusal) = self.carry_out_one(turn, user, planned, &mut pods) {
                result = Err(refusal);
                break;
            }
        }
        turn.why = None;
        for record in &outcome.events {
            self.announce(turn, user, record);
        }
        result.and(pods.refusal.map_or(Ok(()), Err))
    }

    fn carry_out_one(
        &mut self,
        turn: &mut Turn<'_>,
        user: &User,
        mut planned: Planned,
        pods: &mut Pods,
    ) -> Result<(), ApiError> {
        if let (When::PodRefused, Some(refusal)) = (planned.when, &pods.refusal) {
            say_why(&mut planned.request.body, &refusal.message);
        }
        turn.why = Some(planned.why.reason());
        match self.handle(turn, &planned.request) {
            Ok(reply) => {
                if let Some(mut record) = planned.announce {
                    record.message = record.message.replace("{}", meta::name(&reply.into_object()));
                    self.announce(turn, user, &record);
                }
                Ok(())
            }
            // What is known can still be written without the Pod.
            Err(refusal) if is_pod_creation(&planned.request) => {
                self.note_refused_pod(turn, planned.announce.as_ref(), &refusal);
                self.announce_refused(turn, user, planned.announce, &refusal);
                pods.note(refusal);
                Ok(())
            }
            Err(refusal) => Err(refusal),
        }
    }

    /// Puts on record, for the owner of a Pod that was not made, why it was not; once as long as nothing else happens.
    fn note_refused_pod(&mut self, turn: &mut Turn<'_>, record: Option<&EventRecord>, refusal: &ApiError) {
        let Some(owner) = record.and_then(|record| meta::key(&record.about)) else { return };
        let why = Why::PodRefused { message: refusal.message.clone() }.reason();
        let last = self.last_entry(&owner).and_then(|id| turn.journal.get(id));
        // The words name the Pod, which has another name each time.
        if last.is_none_or(|entry| entry.why.as_ref().is_none_or(|known| known.code != why.code)) {
            self.record(turn, &owner, Verb::Decide, Some(why), None, 0);
        }
    }

    /// Tells people of a Pod that was not made.
    // Models pkg/controller/controller_utils.go RealPodControl.createPods
    fn announce_refused(&mut self, turn: &mut Turn<'_>, user: &User, record: Option<EventRecord>, refusal: &ApiError) {
        // A StatefulSet has words of its own for this.
        let Some(record) = record.filter(|record| meta::kind(&record.about) != "StatefulSet") else { return };
        let (reason, message) = ("FailedCreate".to_owned(), format!("Error creating: {}", refusal.message));
        self.announce(turn, user, &EventRecord { kind: "Warning", reason, message, ..record });
    }

    fn announce(&mut self, turn: &mut Turn<'_>, user: &User, record: &EventRecord) {
        let request = events::request(&self.snapshot(turn.now), user, &turn.actor, record);
        let Some(request) = request else { return };
        // A cluster that cannot store Events goes on without them, as the real one does.
        if let Ok(reply) = self.handle(turn, &request)
            && request.verb == api::Verb::Create
            && let Some(key) = meta::key(&reply.into_object())
        {
            self.told.enqueue_mut(key);
            self.forget_events(turn);
        }
    }

    /// Lets go of Events that are too old, or too many. Those that were told again since wait for
    /// another turn.
    fn forget_events(&mut self, turn: &mut Turn<'_>) {
        while let Some(oldest) = self.told.peek().cloned() {
            let is_due = self.told.len() > events::EVENTS_MAX;
            let event = self.get(&oldest).cloned();
            let created = event.as_ref().map_or(SimTime::ZERO, |event| meta::created_at(event));
            if !is_due && created + events::EVENT_TTL > turn.now {
                return;
            }
            self.told.dequeue_mut();
            match event {
                Some(event) if !is_due && events::is_fresh(&event, turn.now) => {
                    self.told.enqueue_mut(oldest);
                    return;
                }
                Some(_) => self.expire(turn, &oldest),
                None => {}
            }
        }
    }
}

/// How far one outcome's Pods have come. They are asked for in batches of 1, 2, 4, …; after a
/// refusal the rest of the batch is still tried, and no further one.
// Models pkg/controller/controller_utils.go slowStartBatch
#[derive(Default)]
struct Pods {
    asked: u32,
    /// The batch in which one was refused.
    refused_in: Option<u32>,
    refusal: Option<ApiError>,
}

impl Pods {
    /// Whether a request is made.
    fn lets(&mut self, planned: &Planned) -> bool {
        if is_pod_creation(&planned.request) {
            self.asked += 1;
            return self.refused_in.is_none_or(|batch| self.asked.ilog2() <= batch);
        }
        match planned.when {
            When::Always => true,
            When::PodsMade => self.refusal.is_none(),
            When::PodRefused => self.refusal.is_some(),
        }
    }

    fn note(&mut self, refusal: ApiError) {
        self.refused_in.get_or_insert(self.asked.max(1).ilog2());
        self.refusal.get_or_insert(refusal);
    }
}

/// Fills the refusal into the condition that waits for it.
fn say_why(body: &mut Value, refusal: &str) {
    if body.items_at(&["status", "conditions"]).is_empty() {
        return;
    }
    for condition in body.at_mut(&["status", "conditions"]).items_mut() {
        if condition.str_at(&["message"]) == "{}" {
            condition.set(&["message"], refusal);
        }
    }
}

/// Whether a request makes a Pod, which quotas and limits may refuse at any time.
fn is_pod_creation(request: &Request) -> bool {
    request.verb == api::Verb::Create && request.resource == Resource::PODS && request.subresource.is_empty()
}

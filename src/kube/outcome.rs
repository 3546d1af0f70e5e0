//! What a loop wants to happen: requests with a reason each, Events to tell people, and when to
//! be woken again. The cluster carries it out.

use crate::document::Value;
use crate::kube::api::{Key, Request};
use crate::kube::controller::podautoscaler::Scaling;
use crate::kube::why::Why;
use crate::sim::SimTime;

/// One request and its reason.
#[derive(Clone, Debug)]
pub struct Planned {
    /// The request.
    pub request: Request,
    /// Why.
    pub why: Why,
    /// What to tell people once it has happened; `{}` in the message becomes the object's name,
    /// which may have been generated.
    pub announce: Option<EventRecord>,
    /// Under which condition it is made.
    pub when: When,
}

/// Under which condition a request is made.
#[derive(Clone, Copy, PartialEq, Eq, Default, Debug)]
pub enum When {
    /// In any case.
    #[default]
    Always,
    /// If every Pod asked for before it was made.
    PodsMade,
    /// If a Pod asked for before it was refused; a condition's message `{}` becomes the refusal.
    PodRefused,
}

/// An Event to be recorded about an object (`v1.Event`), in upstream's own words.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct EventRecord {
    /// The object it is about.
    pub about: Value,
    /// A part of it, for example `spec.containers{web}`.
    pub field_path: String,
    /// `Normal` or `Warning`.
    pub kind: &'static str,
    /// The reason word, for example `ScalingReplicaSet`.
    pub reason: String,
    /// The message.
    pub message: String,
}

/// What one pass of a loop decided.
#[derive(Clone, Debug, Default)]
pub struct Outcome {
    /// What to do, in order. After a refusal the rest is dropped and the loop tries again later;
    /// after that of a new Pod only the other new Pods are.
    pub changes: Vec<Planned>,
    /// What to tell people.
    pub events: Vec<EventRecord>,
    /// Look again after this long, even if nothing changes.
    pub requeue_after: Option<SimTime>,
    /// What an autoscaler remembers from now on.
    pub scaling: Option<(Key, Scaling)>,
    /// A decision worth remembering that changes nothing: about what, and why.
    pub decisions: Vec<(Key, Why)>,
}

impl Outcome {
    /// Nothing to do.
    #[must_use]
    pub fn settled() -> Self {
        Self::default()
    }

    /// Adds a request.
    pub fn request(&mut self, request: Request, why: Why) {
        self.request_when(When::Always, request, why);
    }

    /// Adds a request that is made under a condition.
    pub fn request_when(&mut self, when: When, request: Request, why: Why) {
        self.changes.push(Planned { request, why, announce: None, when });
    }

    /// Announces the last request about `about` once it has happened; `{}` in `message` becomes
    /// the name of the object it made.
    pub fn announce_created(&mut self, about: &Value, reason: &str, message: &str) {
        if let Some(last) = self.changes.last_mut() {
            last.announce = Some(EventRecord {
                about: about.clone(),
                field_path: String::new(),
                kind: "Normal",
                reason: reason.to_owned(),
                message: message.to_owned(),
            });
        }
    }

    /// Adds an Event about `about`.
    pub fn event(&mut self, about: &Value, kind: &'static str, reason: &str, message: impl Into<String>) {
        self.event_at(about, "", kind, reason, message);
    }

    /// Adds an Event about a part of `about`.
    pub fn event_at(
        &mut self,
        about: &Value,
        field_path: &str,
        kind: &'static str,
        reason: &str,
        message: impl Into<String>,
    ) {
        self.events.push(EventRecord {
            about: about.clone(),
            field_path: field_path.to_owned(),
            kind,
            reason: reason.to_owned(),
            message: message.into(),
        });
    }

    /// Asks to be woken after `delay`; the earlier of two wishes wins.
    pub fn requeue_in(&mut self, delay: SimTime) {
        self.requeue_after = Some(self.requeue_after.map_or(delay, |earlier| earlier.min(delay)));
    }
}

//! What an operation may touch: the resources, the clock, the dice, the history, and the door to
//! the other services.

use crate::aws::api::{Answer, Call, Caller, Error, Principal};
use crate::aws::cloud::{Cloud, Due, ResourceKey};
use crate::aws::door;
use crate::document::Value;
use crate::sim::{Dice, Entry, EntryId, Reason, SimTime, Subject, Turn, Verb, content_digest};
use std::rc::Rc;

/// What is known before an operation may begin: who asks, where, of what.
pub struct Scope<'a> {
    /// The cloud as it is.
    pub cloud: &'a Cloud,
    /// Who asks.
    pub caller: &'a Principal,
    /// Where.
    pub region: &'a str,
    /// The service asked.
    pub service: &'a str,
}

impl Scope<'_> {
    /// The ARN of a resource in the caller's account and the request's region.
    #[must_use]
    pub fn arn(&self, service: &str, resource: &str) -> Rc<str> {
        format!("arn:aws:{service}:{}:{}:{resource}", self.region, self.caller.account).into()
    }
}

/// An operation at work.
pub struct Context<'c, 't> {
    /// The cloud.
    pub cloud: &'c mut Cloud,
    /// When, by whom, because of what.
    pub turn: &'c mut Turn<'t>,
    /// Who asks.
    pub caller: Principal,
    /// How the request was signed: calls to other services are signed the same way.
    pub signed: Caller,
    /// Where.
    pub region: Rc<str>,
}

impl Context<'_, '_> {
    /// The moment.
    #[must_use]
    pub fn now(&self) -> SimTime {
        self.turn.now
    }

    /// The moment as AWS writes it.
    #[must_use]
    pub fn now_text(&self) -> Rc<str> {
        format!("{}+00:00", self.turn.now.rfc3339().trim_end_matches('Z')).into()
    }

    /// The place of a resource in the caller's account and the request's region.
    #[must_use]
    pub fn key(&self, kind: &str, id: &str) -> ResourceKey {
        ResourceKey {
            account: self.caller.account.clone(),
            region: self.region.clone(),
            kind: kind.into(),
            id: id.into(),
        }
    }

    /// The place of a resource that no region has.
    #[must_use]
    pub fn global_key(&self, kind: &str, id: &str) -> ResourceKey {
        ResourceKey { region: "".into(), ..self.key(kind, id) }
    }

    /// A resource of the caller's in this region.
    #[must_use]
    pub fn get(&self, kind: &str, id: &str) -> Option<&Value> {
        self.cloud.resources.get(&self.key(kind, id))
    }

    /// The resources of a kind in the caller's account and this region, in the order of their ids.
    #[must_use]
    pub fn list(&self, kind: &str) -> Vec<(ResourceKey, Value)> {
        self.cloud
            .of_kind(&self.caller.account, &self.region, kind)
            .map(|(key, value)| (key.clone(), value.clone()))
            .collect()
    }

    /// The ARN of a resource in the caller's account and this region.
    #[must_use]
    pub fn arn(&self, service: &str, resource: &str) -> Rc<str> {
        format!("arn:aws:{service}:{}:{}:{resource}", self.region, self.caller.account).into()
    }

    /// Writes a resource. The history says `Create` when it is new and otherwise `verb`.
    pub fn put(&mut self, key: ResourceKey, value: Value, verb: Verb) -> EntryId {
        let verb = if self.cloud.resources.get(&key).is_none() { Verb::Create } else { verb };
        let change = self.cloud.resources.put(key.clone(), value);
        let digest = content_digest(change.revision, |hasher| change.value.fingerprint(hasher));
        self.record(verb, &key, Some(change.revision), digest)
    }

    /// Rewrites part of a resource if it is there.
    pub fn update(&mut self, key: &ResourceKey, verb: Verb, change: impl FnOnce(&mut Value)) {
        if let Some(value) = self.cloud.resources.get(key) {
            let mut changed = value.clone();
            change(&mut changed);
            if changed != *value {
                self.put(key.clone(), changed, verb);
            }
        }
    }

    /// Removes a resource. Returns what it was.
    pub fn remove(&mut self, key: &ResourceKey) -> Option<Value> {
        let last = self.cloud.resources.get(key)?.clone();
        let revision = self.cloud.resources.delete(key, last.clone()).map(|change| change.revision);
        self.record(Verb::Remove, key, revision, 0);
        Some(last)
    }

    /// Writes a line of history that changes no resource: a decision, a refusal.
    pub fn note(&mut self, verb: Verb, key: &ResourceKey, why: Reason) -> EntryId {
        let outer = self.turn.why.replace(why);
        let id = self.record(verb, key, None, 0);
        self.turn.why = outer;
        id
    }

    fn record(&mut self, verb: Verb, key: &ResourceKey, revision: Option<u64>, content: u64) -> EntryId {
        let entry = Entry {
            id: EntryId(0),
            at: self.turn.now,
            actor: self.turn.actor.clone(),
            verb,
            subject: Subject { kind: key.kind.clone(), namespace: key.region.clone(), name: key.id.clone() },
            cause: self.turn.cause,
            why: self.turn.why.clone(),
            revision,
        };
        let id = self.turn.journal.record(entry, content);
        if verb == Verb::Create && self.turn.cause.is_none() {
            self.turn.cause = Some(id);
        }
        id
    }

    /// Lets something of a service's happen `after` this long.
    pub fn schedule(&mut self, after: SimTime, service: &'static str, what: &'static str, key: &ResourceKey) {
        self.put_due(after, service, what, key, false);
    }

    /// The same for what comes round for ever.
    pub fn schedule_background(
        &mut self,
        after: SimTime,
        service: &'static str,
        what: &'static str,
        key: &ResourceKey,
    ) {
        self.put_due(after, service, what, key, true);
    }

    fn put_due(
        &mut self,
        after: SimTime,
        service: &'static str,
        what: &'static str,
        key: &ResourceKey,
        is_background: bool,
    ) {
        let due = Due { service, what, key: key.clone(), is_background, cause: self.turn.cause };
        self.cloud.agenda.schedule(self.turn.now + after, due);
    }

    /// A new physical id: `prefix` and 17 hexadecimal digits, as EC2 gives them.
    pub fn new_id(&mut self, prefix: &str) -> Rc<str> {
        let digits = self.dice(prefix).uuid().replace('-', "");
        format!("{prefix}0{}", digits.get(..16).unwrap_or_default()).into()
    }

    /// A stream of chance of its own, for one new thing.
    pub fn dice(&mut self, label: &str) -> Dice {
        self.cloud.ids += 1;
        Dice::new(self.cloud.settings.seed, &["aws", label], self.cloud.ids)
    }

    /// Calls an operation of this or another service as the caller did: through the door.
    ///
    /// # Errors
    /// The refusal of IAM or of the service.
    pub fn call(&mut self, service: &str, action: &str, params: Value) -> Answer {
        self.call_as(self.signed.clone(), service, action, params)
    }

    /// The same as somebody else, for example under a stack's role.
    ///
    /// # Errors
    /// The refusal of IAM or of the service.
    pub fn call_as(&mut self, caller: Caller, service: &str, action: &str, params: Value) -> Answer {
        let call = Call { caller, region: self.region.clone(), service: service.into(), action: action.into(), params };
        door::handle(self.cloud, self.turn, &call)
    }
}

/// A parameter that must be there.
///
/// # Errors
/// `MissingParameter`, as the EC2 API words it.
pub fn required<'a>(params: &'a Value, name: &str) -> Result<&'a str, Error> {
    match params.str_at(&[name]) {
        "" => Err(Error::new("MissingParameter", format!("The request must contain the parameter {name}"))),
        text => Ok(text),
    }
}

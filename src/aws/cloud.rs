//! The cloud's state: every resource of every account, what is due, and the way time passes.

use crate::aws::api::{Answer, Call, Caller, Principal, PrincipalKind};
use crate::aws::context::Context;
use crate::aws::{door, service};
use crate::document::Value;
use crate::sim::{Agenda, Journal, Reason, SimTime, Store, Turn};
use rpds::RedBlackTreeSet;
use std::rc::Rc;

/// The access key that the learner's command line begins with.
pub const FIRST_ACCESS_KEY: &str = "AKIADRYD0CK0EXAMPLE0";

/// The place of a resource.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub struct ResourceKey {
    /// The account that owns it.
    pub account: Rc<str>,
    /// Its region; empty for what is global, such as a role.
    pub region: Rc<str>,
    /// What it is, as CloudFormation names its type: `AWS::EC2::VPC`.
    pub kind: Rc<str>,
    /// Its physical id: `vpc-0a1b…`, a role's name.
    pub id: Rc<str>,
}

/// How a cloud begins.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Settings {
    /// The seed of every id.
    pub seed: u64,
    /// The learner's account.
    pub account: Rc<str>,
    /// The region in which the learner works.
    pub region: Rc<str>,
}

impl Settings {
    /// An account in Seoul. Its number is the one that AWS's documentation keeps for examples.
    #[must_use]
    pub fn new(seed: u64) -> Self {
        Self { seed, account: "111122223333".into(), region: "ap-northeast-2".into() }
    }
}

/// Something of a service's that is due.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Due {
    /// The service, by its name in the CLI.
    pub service: &'static str,
    /// What is to happen, in the service's own word: `available`, `next-resource`.
    pub what: &'static str,
    /// To which resource.
    pub key: ResourceKey,
    /// Whether it comes round for ever (a health check): it keeps no world from being settled.
    pub is_background: bool,
    /// The journal's entry that made it due.
    pub cause: Option<crate::sim::EntryId>,
}

/// The clouds' accounts with all their resources. A clone is a snapshot.
#[derive(Clone)]
pub struct Cloud {
    pub(super) settings: Settings,
    pub(super) resources: Store<ResourceKey, Value>,
    pub(super) agenda: Agenda<Due>,
    /// How many ids have been given: each is drawn with dice of its own.
    pub(super) ids: u64,
    /// Access keys whose session has run out before its time.
    pub(super) expired: RedBlackTreeSet<Rc<str>>,
}

impl Cloud {
    /// A cloud in which nothing has been made yet but what AWS brings along.
    #[must_use]
    pub fn new(settings: Settings, now: SimTime, journal: &mut Journal) -> Self {
        let mut cloud = Self {
            settings,
            resources: Store::default(),
            agenda: Agenda::default(),
            ids: 0,
            expired: RedBlackTreeSet::new(),
        };
        let mut turn = Turn { now, journal, actor: "aws".into(), cause: None, why: Some(Reason::new("bootstrap")) };
        for service in service::SERVICES {
            (service.found)(&mut cloud.context(&mut turn, service.name));
        }
        cloud
    }

    /// How it began.
    #[must_use]
    pub fn settings(&self) -> &Settings {
        &self.settings
    }

    /// A request, through the door.
    ///
    /// # Errors
    /// The refusal of IAM or of the service, in AWS's words.
    pub fn handle(&mut self, turn: &mut Turn<'_>, call: &Call) -> Answer {
        door::handle(self, turn, call)
    }

    /// A resource.
    #[must_use]
    pub fn get(&self, key: &ResourceKey) -> Option<&Value> {
        self.resources.get(key)
    }

    /// What an access key opened runs out, or works again.
    pub fn set_expired(&mut self, access_key_id: &Rc<str>, is_expired: bool) {
        if is_expired {
            self.expired.insert_mut(access_key_id.clone());
        } else {
            self.expired.remove_mut(access_key_id);
        }
    }

    /// Every resource, in the order of account, region, kind and id.
    pub fn iter(&self) -> impl Iterator<Item = (&ResourceKey, &Value)> {
        self.resources.iter()
    }

    /// The resources of a kind in an account's region, in the order of their ids.
    pub fn of_kind<'a>(
        &'a self,
        account: &str,
        region: &str,
        kind: &'a str,
    ) -> impl Iterator<Item = (&'a ResourceKey, &'a Value)> + use<'a> {
        let first = ResourceKey { account: account.into(), region: region.into(), kind: kind.into(), id: "".into() };
        let (account, region) = (first.account.clone(), first.region.clone());
        self.resources
            .iter_from(&first)
            .take_while(move |(key, _)| key.account == account && key.region == region && *key.kind == *kind)
    }

    /// The store, for whoever follows its changes.
    #[must_use]
    pub fn store(&self) -> &Store<ResourceKey, Value> {
        &self.resources
    }

    /// What is due, soonest first.
    pub fn agenda(&self) -> impl Iterator<Item = (SimTime, &Due)> {
        self.agenda.iter()
    }

    /// When the next thing is due.
    #[must_use]
    pub fn next_due(&self) -> Option<SimTime> {
        self.agenda.peek().map(|(at, _)| at)
    }

    /// Takes what is due next.
    #[inline(never)] // Seldom needed at first: a unit of its own for `src/ui/js/split`.
    pub fn step(&mut self, journal: &mut Journal) -> Option<(SimTime, Due)> {
        let (at, due) = self.agenda.pop()?;
        let name = due.service;
        let mut turn = Turn { now: at, journal, actor: name.into(), cause: due.cause, why: None };
        if let Some(service) = service::named(name) {
            let mut context = self.context(&mut turn, name);
            context.caller.account = due.key.account.clone();
            if !due.key.region.is_empty() {
                context.region = due.key.region.clone();
            }
            (service.on_due)(&mut context, &due);
        }
        Some((at, due))
    }

    /// A context in which a service acts for itself.
    pub(super) fn context<'c, 't>(&'c mut self, turn: &'c mut Turn<'t>, service: &str) -> Context<'c, 't> {
        let name: Rc<str> = format!("{service}.amazonaws.com").into();
        let account = self.settings.account.clone();
        let caller = Principal {
            kind: PrincipalKind::Service,
            account: account.clone(),
            arn: name.clone(),
            id: name.clone(),
            entity: None,
            access_key_id: None,
        };
        let signed = Caller::Service { name, account, role: None };
        let region = self.settings.region.clone();
        Context { cloud: self, turn, caller, signed, region }
    }
}

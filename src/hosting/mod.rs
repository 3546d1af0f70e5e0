//! Where software runs before there is a cluster: service models (on-premises, IaaS, PaaS, SaaS),
//! one host with virtual machines and containers, and images made of layers.
//!
//! `service` plays a day of traffic against each model that was tried (`lane` is one model's life) and keeps what it
//! cost; `plan` has what the document's words mean, `traffic` the curves. `host` packs one machine and shares it out;
//! `image` builds, pushes and pulls layers.
//! `read` reads the documents (`kind: Hosting`, `Host`, `Image`; their fields are in
//! `kinds.json`, from which the editor's schema is made).
//!
//! Invariant: nothing here knows a cluster or a cloud. Figures that no price list or manual gives
//! are assumptions; each stands in one table with that word beside it.
//! Invariant: counts are integers: money in millionths of a dollar, work in thousandths of a
//! minute, CPU in thousandths of a core.

pub mod host;
pub mod image;
pub mod lane;
pub mod plan;
mod read;
pub mod service;
pub mod traffic;

pub use read::{Refusal, id};

use crate::document::{Map, Value};
use crate::sim::{Agenda, Entry, EntryId, Journal, Reason, SimTime, Subject, Turn, Verb, content_digest, millis};
use crate::tree;
use host::Host;
use image::Image;
use rpds::RedBlackTreeMap;
use service::Service;
use std::rc::Rc;

/// The `apiVersion` of the three kinds.
pub const API_VERSION: &str = "drydock.dev/v1";

/// The three kinds.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub enum Kind {
    /// A program on its way to its users, and who runs what below it.
    Hosting,
    /// One machine, packed.
    Host,
    /// An image, layer by layer.
    Image,
}

impl Kind {
    /// All of them.
    pub const ALL: [Self; 3] = [Self::Hosting, Self::Host, Self::Image];

    /// Its name.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Hosting => "Hosting",
            Self::Host => "Host",
            Self::Image => "Image",
        }
    }

    /// The kind with this name; commands may write it small or as a plural.
    #[must_use]
    pub fn of(name: &str) -> Option<Self> {
        let name = name.to_ascii_lowercase();
        Self::ALL.into_iter().find(|kind| {
            let known = kind.name().to_ascii_lowercase();
            name == known || name.strip_suffix('s') == Some(&known)
        })
    }

    /// The kind of a document, if it is one of these.
    #[must_use]
    pub fn of_document(api_version: &str, kind: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|it| api_version == API_VERSION && it.name() == kind)
    }
}

/// Which object.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub struct Id {
    /// Its kind.
    pub kind: Kind,
    /// Its name.
    pub name: Rc<str>,
}

/// What is due.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum Due {
    /// A service lives through the next minute.
    Minute(Rc<str>),
    /// A machine or container of a host is up, or is started again.
    Started {
        /// The host.
        host: Rc<str>,
        /// Which, by name.
        unit: Rc<str>,
        /// Whether it only fails again and again.
        again: bool,
    },
    /// An image's next step is done.
    Image(Rc<str>),
}

impl Due {
    /// Whether this only keeps watch.
    #[must_use]
    pub fn is_background(&self) -> bool {
        matches!(self, Self::Minute(_) | Self::Started { again: true, .. })
    }
}

/// What a step of an object did: lines for the history, and when to come back.
#[derive(Default)]
struct Told {
    news: Vec<Reason>,
    wake: Vec<(SimTime, Due)>,
}

impl Told {
    fn tell(&mut self, reason: Reason) {
        self.news.push(reason);
    }
}

/// Everything that is hosted in a world. A clone is a snapshot.
#[derive(Clone)]
pub struct Hosting {
    seed: u64,
    services: RedBlackTreeMap<Rc<str>, Service>,
    hosts: RedBlackTreeMap<Rc<str>, Host>,
    images: RedBlackTreeMap<Rc<str>, Image>,
    agenda: Agenda<Due>,
    last_entry: RedBlackTreeMap<Id, EntryId>,
    revision: u64,
}

impl Hosting {
    /// Nothing is hosted yet.
    #[must_use]
    pub fn new(seed: u64) -> Self {
        Self {
            seed,
            services: RedBlackTreeMap::new(),
            hosts: RedBlackTreeMap::new(),
            images: RedBlackTreeMap::new(),
            agenda: Agenda::default(),
            last_entry: RedBlackTreeMap::new(),
            revision: 0,
        }
    }

    /// Grows with every change that the history tells of.
    #[must_use]
    pub fn revision(&self) -> u64 {
        self.revision
    }

    /// Whether nothing is hosted.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.services.is_empty() && self.hosts.is_empty() && self.images.is_empty()
    }

    /// The services, by name.
    pub fn services(&self) -> impl Iterator<Item = (&Rc<str>, &Service)> {
        self.services.iter()
    }

    /// The hosts, by name.
    pub fn hosts(&self) -> impl Iterator<Item = (&Rc<str>, &Host)> {
        self.hosts.iter()
    }

    /// The images, by name.
    pub fn images(&self) -> impl Iterator<Item = (&Rc<str>, &Image)> {
        self.images.iter()
    }

    /// What is due, soonest first.
    pub fn agenda(&self) -> impl Iterator<Item = (SimTime, &Due)> {
        self.agenda.iter()
    }

    /// When the next event is due.
    #[must_use]
    pub fn next_due(&self) -> Option<SimTime> {
        self.agenda.peek().map(|(at, _)| at)
    }

    /// The last journal entry about an object.
    #[must_use]
    pub fn last_entry(&self, id: &Id) -> Option<EntryId> {
        self.last_entry.get(id).copied()
    }

    /// The object, with its status as of `now`.
    #[must_use]
    pub fn get(&self, id: &Id, now: SimTime) -> Option<Value> {
        let (spec, status) = match id.kind {
            Kind::Hosting => self.services.get(&id.name).map(|it| (it.spec(), it.status(now)))?,
            Kind::Host => self.hosts.get(&id.name).map(|it| (it.spec(), it.status()))?,
            Kind::Image => self.images.get(&id.name).map(|it| (it.spec(), it.status()))?,
        };
        Some(tree!({
            "apiVersion": API_VERSION,
            "kind": id.kind.name(),
            "metadata": { "name": &id.name },
            "spec": spec,
            "status": status,
        }))
    }

    /// The objects of a kind, by name.
    #[must_use]
    pub fn list(&self, kind: Kind, now: SimTime) -> Vec<Value> {
        let names: Vec<Rc<str>> = match kind {
            Kind::Hosting => self.services.keys().cloned().collect(),
            Kind::Host => self.hosts.keys().cloned().collect(),
            Kind::Image => self.images.keys().cloned().collect(),
        };
        names.into_iter().filter_map(|name| self.get(&Id { kind, name }, now)).collect()
    }

    /// Takes a document as the wish for its object.
    ///
    /// # Errors
    /// The first field that cannot be.
    pub fn apply(&mut self, turn: &mut Turn<'_>, document: &Value) -> Result<Id, Refusal> {
        let id = read::id(document)?;
        let spec = document.get("spec").cloned().unwrap_or_else(|| Value::Map(Rc::new(Map::new())));
        let mut told = Told::default();
        let is_new = self.get(&id, turn.now).is_none();
        match id.kind {
            Kind::Hosting => {
                let before = self.services.get(&id.name).cloned();
                let service = Service::apply(before, &id.name, &spec, self.seed, turn.now, &mut told)?;
                self.services.insert_mut(id.name.clone(), service);
            }
            Kind::Host => {
                let before = self.hosts.get(&id.name).cloned();
                self.hosts.insert_mut(id.name.clone(), Host::apply(before, &id.name, &spec, turn.now, &mut told)?);
            }
            Kind::Image => {
                let before = self.images.get(&id.name).cloned();
                self.images.insert_mut(id.name.clone(), Image::apply(before, &id.name, &spec, turn.now, &mut told)?);
            }
        }
        let verb = if is_new { Verb::Create } else { Verb::Update };
        self.record(turn, &id, verb, Some(Reason::new("asked")), &spec);
        self.carry_out(turn, &id, told);
        Ok(id)
    }

    /// The object goes. Returns whether it was there.
    pub fn delete(&mut self, turn: &mut Turn<'_>, id: &Id) -> bool {
        let gone = match id.kind {
            Kind::Hosting => self.services.remove_mut(&id.name),
            Kind::Host => self.hosts.remove_mut(&id.name),
            Kind::Image => self.images.remove_mut(&id.name),
        };
        if gone {
            self.record(turn, id, Verb::Remove, Some(Reason::new("asked")), &Value::Null);
        }
        gone
    }

    /// Takes the next due event.
    #[inline(never)] // Seldom needed at first: a unit of its own for `src/ui/js/split`.
    pub fn step(&mut self, journal: &mut Journal) -> Option<(SimTime, Due)> {
        let (now, due) = self.agenda.pop()?;
        let mut told = Told::default();
        let id = match &due {
            Due::Minute(name) => {
                let Some(mut service) = self.services.get(name).cloned() else { return Some((now, due)) };
                service.minute(name, now, &mut told);
                self.services.insert_mut(name.clone(), service);
                Id { kind: Kind::Hosting, name: name.clone() }
            }
            Due::Started { host: name, unit, .. } => {
                let Some(mut host) = self.hosts.get(name).cloned() else { return Some((now, due)) };
                host.started(name, unit, now, &mut told);
                self.hosts.insert_mut(name.clone(), host);
                Id { kind: Kind::Host, name: name.clone() }
            }
            Due::Image(name) => {
                let Some(mut image) = self.images.get(name).cloned() else { return Some((now, due)) };
                image.go_on(name, now, &mut told);
                self.images.insert_mut(name.clone(), image);
                Id { kind: Kind::Image, name: name.clone() }
            }
        };
        let actor = match id.kind {
            Kind::Hosting => self.services.get(&id.name).map_or("service", Service::actor),
            Kind::Host => "kernel",
            Kind::Image => "builder",
        };
        let mut turn = Turn { now, journal, actor: actor.into(), cause: None, why: None };
        self.carry_out(&mut turn, &id, told);
        Some((now, due))
    }

    fn carry_out(&mut self, turn: &mut Turn<'_>, id: &Id, told: Told) {
        for reason in told.news {
            self.record(turn, id, Verb::UpdateStatus, Some(reason), &Value::Null);
        }
        for (at, due) in told.wake {
            self.agenda.schedule(at.max(turn.now + millis(1)), due);
        }
    }

    fn record(&mut self, turn: &mut Turn<'_>, id: &Id, verb: Verb, why: Option<Reason>, content: &Value) {
        let entry = Entry {
            id: EntryId(0),
            at: turn.now,
            actor: turn.actor.clone(),
            verb,
            subject: Subject { kind: id.kind.name().into(), namespace: "".into(), name: id.name.clone() },
            cause: self.last_entry.get(id).copied(),
            why,
            revision: None,
        };
        let entry = turn.journal.record(entry, content_digest(self.revision, |hasher| content.fingerprint(hasher)));
        self.revision += 1;
        self.last_entry.insert_mut(id.clone(), entry);
    }
}

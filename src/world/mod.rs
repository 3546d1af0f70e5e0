//! The composition: one world with its clusters, its cloud and what is hosted without either,
//! driven by [`Action`]s and moved through time by [`World::step`].
//!
//! `bridge` ties the cloud to its clusters. `breaking` has what can be broken on purpose, `outage` and
//! `patch` what befalls zones and control planes; `by_hand` launches the machines of one that somebody
//! made; `meter` tells what the cloud has cost. `packet` asks the cloud's network what would become of
//! a packet. `site` has the clusters, each behind the address of its API server, and which of them the
//! learner looks at. `preset` has worlds to begin with. `paper` tells what a text of the editor is, and
//! what is wrong with one that is no manifest.
//!
//! Invariant: only `step` and `advance_to` move time, and only `act` lets anything in from outside.
//! Invariant: a world is a value. Cloning it is a snapshot; the same seed, preset and inputs give
//! the same journal hash.

mod breaking;
mod bridge;
mod by_hand;
mod meter;
mod outage;
pub mod packet;
mod paper;
mod patch;
mod preset;
mod site;

// The names in which the rooms above speak of a world; they reach no further down.
pub use crate::aws::FIRST_ACCESS_KEY;
pub use crate::aws::ResourceKey;
pub use crate::aws::api::{Answer as CloudAnswer, Call, Caller, Error as CloudError};
pub use crate::hosting::Kind as HostingKind;
pub use crate::hosting::traffic::clock_minute;
pub use crate::kube::api::{self, ApiError, Key, Reply, Request, User};
pub use crate::kube::fields;
pub use crate::kube::login::Look;
pub use crate::kube::network::outside::Outbound;
pub use crate::kube::network::rules::of_chain as rules_of_chain;
pub use crate::kube::network::traffic::Plan;
pub use crate::kube::program::http::{Request as HttpRequest, reason as http_reason, split_url};
pub use crate::kube::{Component, Part};
pub use crate::sim::stable_hash;
pub use crate::sim::{Actor, ChangeKind, Entry, EntryId, SimTime, millis, secs};
pub use breaking::{Break, Broken, Credential, SPIKE_PER_SECOND, way_to};
pub use bridge::{Bridge, Joining, NoCredentials, Outside};
pub use packet::{Question, Traced};
pub use paper::Paper;
pub use preset::{NodeSpec, Preset};
pub use site::{Member, Origin, Site, Target};

use crate::aws::{self, Cloud};
use crate::document::Value;
use crate::hosting::{self, Hosting};
use crate::kube::{Cluster, Due, Turn};
use crate::sim::limits::EVENTS_PER_RUN_MAX;
use crate::sim::{Journal, Reason};
use crate::tree;
use rpds::RedBlackTreeMap;
use std::rc::Rc;

/// Something done to the world from outside. Actions are the only inputs: replaying them at the
/// same moments replays the world.
#[derive(Clone, PartialEq, Debug)]
pub enum Action {
    /// A request of a person's client.
    Request {
        /// Who did it, as the history names them: `you`.
        actor: Actor,
        /// The request.
        request: Rc<Request>,
    },
    /// The same to a cluster that is named, with a client's credential.
    RequestTo {
        /// Who did it, as the history names them: `you`.
        actor: Actor,
        /// To which API server, as whom.
        target: Rc<Target>,
        /// The request.
        request: Rc<Request>,
    },
    /// The learner's client, and with it what is looked at, turns to the cluster at this address.
    Focus(Rc<str>),
    /// A document of what is hosted: a wish for its object, or that it goes.
    Hosting {
        /// The document.
        document: Rc<Value>,
        /// Whether its object goes.
        is_gone: bool,
    },
    /// A request of a person's client to the cloud.
    Aws {
        /// Who did it, as the history names them: `you`.
        actor: Actor,
        /// The request.
        call: Rc<Call>,
    },
    /// Something breaks, or is mended.
    Break(Break),
    /// A request from outside to what is looked at; it asks no API server.
    Fetch(Rc<Outbound>),
    /// A look at a node from inside, which changes nothing.
    OnNode {
        /// Its name or address.
        node: Rc<str>,
        /// What is looked at.
        look: Look,
    },
    /// A machine joins the cluster; its kubelet registers the node.
    Join(NodeSpec),
    /// The programs of a Pod look for credentials of the cloud; the answer says which they find.
    Identify {
        /// The API server of its cluster; empty for the one that is looked at.
        server: Rc<str>,
        /// The Pod.
        pod: Key,
    },
}

/// What an action was answered with.
pub type Answer = Result<Reply, ApiError>;

/// What a step did.
#[derive(Clone, Debug)]
pub enum Happened {
    /// Something in the cluster that was due.
    Kube(Due),
    /// Something in the cloud that was due.
    Aws(aws::Due),
    /// Something that is hosted was due.
    Hosting(hosting::Due),
    /// Something between the cloud and a cluster was due.
    Bridge(bridge::Due),
}

/// A whole simulated world.
#[derive(Clone)]
pub struct World {
    now: SimTime,
    journal: Journal,
    /// The clusters, by the address of their API server.
    sites: RedBlackTreeMap<Rc<str>, Site>,
    /// Which of them is looked at; there may be none there.
    focus: Rc<str>,
    /// What is looked at where there is no cluster.
    nowhere: Site,
    cloud: Cloud,
    hosting: Hosting,
    bridge: Bridge,
    meter: meter::Meter,
    /// What is broken on purpose: of which cluster (or of none), and its name.
    broken: RedBlackTreeMap<(Rc<str>, Rc<str>), Broken>,
    steps: u64,
}

impl World {
    /// A world as `preset` describes it, at its first moment.
    #[must_use]
    pub fn new(preset: &Preset, seed: u64) -> Self {
        Self::in_account(preset, seed, aws::Settings::new(seed))
    }

    /// The same with a cloud of other settings: another account, another region.
    #[must_use]
    pub fn in_account(preset: &Preset, seed: u64, settings: aws::Settings) -> Self {
        let now = SimTime::ZERO;
        let mut journal = Journal::default();
        let cloud = Cloud::new(settings, now, &mut journal);
        let mut world = Self {
            now,
            journal,
            sites: RedBlackTreeMap::new(),
            focus: site::LOCAL_SERVER.into(),
            nowhere: Site::new("", Origin::Local, Cluster::new(preset.settings(seed))),
            cloud,
            hosting: Hosting::new(seed),
            bridge: Bridge::default(),
            meter: meter::Meter::default(),
            broken: RedBlackTreeMap::new(),
            steps: 0,
        };
        preset.build(&mut world, seed);
        world
    }

    /// The moment.
    #[must_use]
    pub fn now(&self) -> SimTime {
        self.now
    }

    /// How many events have been taken from the agenda since the beginning.
    #[must_use]
    pub fn steps(&self) -> u64 {
        self.steps
    }

    /// The history.
    #[must_use]
    pub fn journal(&self) -> &Journal {
        &self.journal
    }

    /// What is hosted outside clusters and clouds.
    #[must_use]
    pub fn hosting(&self) -> &Hosting {
        &self.hosting
    }

    /// The time of day in Seoul, in milliseconds since midnight, where services are hosted: they
    /// live by the clock, and nothing else does.
    #[must_use]
    pub fn time_of_day(&self) -> Option<u64> {
        self.hosting.services().next()?;
        let midnight = u64::try_from(clock_minute(0)).unwrap_or_default() * 60_000;
        Some((midnight + self.now.as_millis()) % (24 * 60 * 60_000))
    }

    /// The cloud.
    #[must_use]
    pub fn cloud(&self) -> &Cloud {
        &self.cloud
    }

    /// The objects of a kind that are hosted; all of them, or the one with this name.
    #[must_use]
    pub fn hosted(&self, kind: HostingKind, name: &str) -> Vec<Value> {
        let mut objects = self.hosting.list(kind, self.now);
        objects.retain(|object| name.is_empty() || object.str_at(&["metadata", "name"]) == name);
        objects
    }

    /// An object of the cluster.
    #[must_use]
    pub fn get(&self, key: &Key) -> Option<&Value> {
        self.cluster().get(key).map(|object| &object.value)
    }

    /// What is due, soonest first.
    pub fn agenda(&self) -> impl Iterator<Item = (SimTime, &Due)> {
        self.cluster().agenda()
    }

    /// When the next event is due.
    #[must_use]
    pub fn next_due(&self) -> Option<SimTime> {
        let clusters = self.sites.values().filter_map(|site| site.cluster.next_due());
        let bridge = self.bridge.agenda.peek().map(|(at, _)| at);
        clusters.chain(self.cloud.next_due()).chain(self.hosting.next_due()).chain(bridge).min()
    }

    /// Whether nothing is due but heartbeats and periodic checks.
    #[must_use]
    pub fn is_settled(&self) -> bool {
        self.sites.values().all(|site| site.cluster.agenda().all(|(_, due)| due.is_background()))
            && self.cloud.agenda().all(|(_, due)| due.is_background)
            && self.hosting.agenda().all(|(_, due)| due.is_background())
            && self.bridge.agenda.iter().all(|(_, due)| self.bridge.is_background(due))
    }

    /// Lets an action in, now.
    ///
    /// # Errors
    /// The API server's refusal.
    pub fn act(&mut self, action: &Action) -> Answer {
        let answer = self.take(action);
        self.follow_clusters();
        answer
    }

    fn take(&mut self, action: &Action) -> Answer {
        match action {
            Action::Request { actor, request } => {
                let server = self.focus.clone();
                self.ask(&server, actor, request)
            }
            Action::RequestTo { actor, target, request } => self.ask_as(target, actor, request),
            Action::Focus(server) => {
                self.focus = server.clone();
                Ok(Reply::Done)
            }
            Action::Hosting { document, is_gone } => self.host(document, *is_gone),
            Action::Aws { actor, call } => {
                // Its own answer is for whoever asks through `call`; a replay needs only the deed.
                let _ = self.call(actor, call);
                Ok(Reply::Done)
            }
            Action::Fetch(asked) => {
                let now = self.now;
                // The way through a load balancer of the cloud is the cloud's.
                if self.reaches(&asked.host, asked.port) == Some(false) {
                    return Ok(answered(tree!({ "failure": "TimedOut" })));
                }
                let Some(site) = self.site_mut() else { return Err(site::refused("localhost:8080")) };
                Ok(answered(site.cluster.fetch(now, asked)))
            }
            Action::OnNode { node, look } => {
                let now = self.now;
                let seen = self.site_mut().and_then(|site| site.cluster.on_node(now, node, look));
                let missing = || ApiError::new(api::Reason::NotFound, "Name or service not known");
                seen.map(answered).ok_or_else(missing)
            }
            Action::Identify { server, pod } => self.identify(server, pod),
            Action::Break(what) => self.set_broken(what),
            Action::Join(node) => {
                let now = self.now;
                let Some(site) = self.site_mut() else { return Err(site::refused("localhost:8080")) };
                let index = i64::try_from(site.cluster.kubelets().count()).unwrap_or_default();
                site.cluster.add_machine(now, preset::machine(node, index));
                Ok(Reply::Done)
            }
        }
    }

    /// A request to the cloud, here and now.
    ///
    /// # Errors
    /// The refusal of IAM or of the service, in AWS's words.
    pub fn call(&mut self, actor: &Actor, call: &Call) -> aws::Answer {
        let why = Some(Reason::new("asked"));
        let mut turn = Turn { now: self.now, journal: &mut self.journal, actor: actor.clone(), cause: None, why };
        let answer = self.cloud.handle(&mut turn, call);
        self.follow_cloud();
        answer
    }

    /// Takes the next event from the agenda; the clock jumps to it.
    pub fn step(&mut self) -> Option<Happened> {
        // What is due at one moment comes in this order: clusters by address, the cloud, what is between
        // them, what is hosted.
        let site = self.sites.iter().filter_map(|(server, site)| Some((site.cluster.next_due()?, server.clone())));
        let site = site.min_by_key(|(at, _)| *at);
        let (cluster, cloud, hosting) =
            (site.as_ref().map(|(at, _)| *at), self.cloud.next_due(), self.hosting.next_due());
        let bridge = self.bridge.agenda.peek().map(|(at, _)| at);
        let next = [cluster, cloud, bridge, hosting].into_iter().flatten().min()?;
        let (at, happened) = match site {
            Some((at, server)) if at == next => {
                let site = self.sites.get_mut(&server)?;
                let (at, due) = site.cluster.step(&mut self.journal)?;
                (at, Happened::Kube(due))
            }
            _ if cloud == Some(next) => {
                let (at, due) = self.cloud.step(&mut self.journal)?;
                self.now = self.now.max(at);
                self.follow_cloud();
                (at, Happened::Aws(due))
            }
            _ if bridge == Some(next) => {
                let (at, due) = self.step_bridge()?;
                self.follow_cloud();
                (at, Happened::Bridge(due))
            }
            _ => {
                let (at, due) = self.hosting.step(&mut self.journal)?;
                (at, Happened::Hosting(due))
            }
        };
        self.now = self.now.max(at);
        self.follow_clusters();
        self.steps += 1;
        Some(happened)
    }

    /// Sets the clock to `until` if nothing is due before.
    pub fn wait_until(&mut self, until: SimTime) {
        if self.next_due().is_none_or(|due| due >= until) {
            self.now = self.now.max(until);
        }
    }

    /// Takes every event that is due up to `until`, then sets the clock there. Returns whether it
    /// got there; if not, a named limit stopped it and the clock stands at the last event taken.
    pub fn advance_to(&mut self, until: SimTime) -> bool {
        for _ in 0..EVENTS_PER_RUN_MAX {
            if self.next_due().is_none_or(|due| due > until) {
                self.now = self.now.max(until);
                return true;
            }
            self.step();
        }
        false
    }

    /// Takes events until the world has settled, at most up to `limit`. Returns whether it has.
    pub fn settle(&mut self, limit: SimTime) -> bool {
        for _ in 0..EVENTS_PER_RUN_MAX {
            if self.is_settled() || self.next_due().is_none_or(|due| due > limit) {
                break;
            }
            self.step();
        }
        self.is_settled()
    }

    /// Takes a document of what is hosted.
    fn host(&mut self, document: &Value, is_gone: bool) -> Answer {
        let why = Some(Reason::new("asked"));
        let mut turn = Turn { now: self.now, journal: &mut self.journal, actor: "you".into(), cause: None, why };
        let refused = |refusal: hosting::Refusal| site::invalid(document, refusal.field, &refusal.message);
        if is_gone {
            let id = hosting::id(document).map_err(refused)?;
            self.hosting.delete(&mut turn, &id);
        } else {
            self.hosting.apply(&mut turn, document).map_err(refused)?;
        }
        Ok(Reply::Done)
    }
}

/// What was seen, as a reply.
fn answered(object: Value) -> Reply {
    Reply::Object { object, created: false, warnings: Vec::new() }
}

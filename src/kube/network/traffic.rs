//! Traffic: clients that send so many requests a second, counted together and not one by one.
//!
//! A client's requests of a tenth of a second take the paths that single ones would: names,
//! Services, policies, and the endpoints that kube-proxy has been told of, each its share. What
//! kube-proxy knows lags behind what is stored, and that is where a rollout loses requests.
//!
//! Invariant: what was sent is what was answered plus what was lost, and every loss has a reason.

use super::path::{self, End, From, Hop, Net};
use super::{Endpoint, resolve};
use crate::document::Value;
use crate::kube::Snapshot;
use crate::kube::api::{Key, Resource, meta};
use crate::kube::program::Runtime;
use crate::sim::{Reason, SimTime, millis, secs};
use std::collections::VecDeque;
use std::rc::Rc;

/// How often clients are counted.
pub const TICK: SimTime = millis(100);
/// From a change of the endpoints to the moment at which every node's kube-proxy follows it.
// Source: KubeProxyConfiguration v1alpha1, iptables.minSyncPeriod: 1 s; half of it on average.
const PROXY_LAG: SimTime = millis(500);
/// How many seconds are remembered.
pub const HISTORY_MAX: usize = 900;
/// How many losses are remembered.
pub const LOSSES_MAX: usize = 200;
/// What a client is told to do.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Plan {
    /// Its name.
    pub name: Rc<str>,
    /// The Pod that it runs in (`default/client`), or the node (`node/node-a`); empty for outside the cluster.
    pub from: Rc<str>,
    /// Host name or address.
    pub host: Rc<str>,
    /// Port.
    pub port: i64,
    /// Path.
    pub path: Rc<str>,
    /// How many requests in a second.
    pub per_second: u64,
}

/// What happened in one second.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub struct Second {
    /// Which, counted from the beginning of the world.
    pub second: u64,
    /// Answered.
    pub answered: u64,
    /// Lost.
    pub lost: u64,
    /// The mean time to an answer, in microseconds.
    pub latency_micros: u64,
}

/// Requests that were lost for one reason, in one stretch.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Loss {
    /// From when.
    pub from: SimTime,
    /// To when.
    pub to: SimTime,
    /// How many.
    pub count: u64,
    /// The Pod (or policy, or Service) at which they were lost.
    pub about: Option<Key>,
    /// Why.
    pub why: Reason,
}

/// What one place did with the requests of one tick.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Leg {
    /// The Pod; or where the path stopped before it came to one.
    pub at: Option<Key>,
    /// Answered there.
    pub answered: u64,
    /// Lost there.
    pub lost: u64,
}

/// How many ticks' legs are remembered: a second's.
pub const LEGS_MAX: usize = 10;

/// One client with its counts.
#[derive(Clone, Debug)]
pub struct Client {
    /// What it does.
    pub plan: Plan,
    /// Since when.
    pub since: SimTime,
    /// The last seconds.
    pub seconds: Rc<VecDeque<Second>>,
    /// The last losses.
    pub losses: Rc<Vec<Loss>>,
    /// All that was answered.
    pub answered: u64,
    /// All that was lost.
    pub lost: u64,
    /// Which endpoints its requests went to last, with how many each.
    pub shares: Vec<(Key, u64)>,
    /// The places that a request passed on its way, in the last tick.
    pub way: Rc<[Hop]>,
    /// Where the requests of the last ticks ended, oldest tick first.
    pub legs: Rc<VecDeque<Vec<Leg>>>,
    in_force: Vec<Endpoint>,
    coming: Vec<(SimTime, Vec<Endpoint>)>,
    /// Thousandths of a request that are still owed.
    owed: u64,
}

/// What one tick of a client came to.
#[derive(Default)]
struct Tally {
    answered: u64,
    latency_micros: u64,
    lost: Vec<(u64, Option<Key>, Reason)>,
    legs: Vec<Leg>,
}

impl Tally {
    /// Nothing of a tick came through: it ended at one place.
    fn lose(&mut self, count: u64, about: Option<Key>, why: Reason) {
        self.legs.push(Leg { at: about.clone(), answered: 0, lost: count });
        self.lost.push((count, about, why));
    }
}

impl Client {
    /// A client that begins.
    #[must_use]
    pub fn new(plan: Plan, now: SimTime) -> Self {
        Self {
            plan,
            since: now,
            seconds: Rc::default(),
            losses: Rc::default(),
            answered: 0,
            lost: 0,
            shares: Vec::new(),
            way: Rc::default(),
            legs: Rc::default(),
            in_force: Vec::new(),
            coming: Vec::new(),
            owed: 0,
        }
    }

    /// The same client with another plan.
    #[must_use]
    pub fn with_plan(self, plan: Plan) -> Self {
        Self { plan, ..self }
    }

    /// Counts one tick. Returns the losses that have just begun.
    pub fn tick(&mut self, seen: &Snapshot<'_>, runtime: &mut Runtime) -> Vec<Loss> {
        self.owed += self.plan.per_second * TICK.as_millis();
        let count = self.owed / 1000;
        self.owed %= 1000;
        let mut tally = Tally::default();
        if count > 0 {
            self.send(seen, runtime, count, &mut tally);
        }
        self.book(seen.now, tally)
    }

    fn send(&mut self, seen: &Snapshot<'_>, runtime: &mut Runtime, count: u64, tally: &mut Tally) {
        let node = self.plan.from.strip_prefix("node/");
        let (namespace, name) = self.plan.from.split_once('/').unwrap_or(("default", &*self.plan.from));
        let key = Key::new(Resource::PODS, namespace, name);
        let pod = seen.get(&key).filter(|_| !self.plan.from.is_empty());
        let facts = pod.and_then(|pod| runtime.of_pod(meta::uid(pod)).next().map(|(_, process)| process.facts.clone()));
        if !self.plan.from.is_empty() && node.is_none() && facts.is_none() {
            return;
        }
        let from = From {
            pod: facts.as_ref().map(|_| &key),
            address: facts.as_ref().map_or_else(|| "203.0.113.10".into(), |facts| facts.address.clone()),
            node: facts.as_ref().map(|facts| facts.node.clone()).or(node.map(Rc::from)).unwrap_or_default(),
            resolver: facts.as_ref().map(|facts| &*facts.resolver).unwrap_or_default(),
            nth: 0,
            host: &self.plan.host,
            path: &self.plan.path,
        };
        let traced = path::trace(Net { seen, runtime }, &from, &self.plan.host, self.plan.port);
        if *self.way != *traced.hops {
            self.way = traced.hops.as_slice().into();
        }
        let service =
            traced.hops.iter().filter_map(|hop| hop.about.as_ref()).find(|key| key.resource == Resource::SERVICES);
        let last = traced.hops.last();
        // What stops a path before an endpoint is chosen stops every request.
        let code = last.map(|hop| hop.note.code).unwrap_or_default();
        if let (End::Status(_), Some(last)) = (&traced.end, last) {
            tally.lose(count, last.about.clone(), last.note.clone());
            return;
        }
        let is_early = !matches!(
            code,
            "path-no-endpoint" | "path-not-listening" | "path-not-running" | "path-gone" | "path-nobody"
        );
        if let (End::Stopped(_), Some(last), true) = (&traced.end, last, is_early) {
            tally.lose(count, last.about.clone(), last.note.clone());
            return;
        }
        self.follow(seen, service, &traced.end);
        if self.in_force.is_empty() {
            match (&traced.end, last) {
                (End::Stopped(_), Some(last)) => tally.lose(count, last.about.clone(), last.note.clone()),
                _ => {
                    tally.legs.push(Leg { at: None, answered: count, lost: 0 });
                    tally.answered += count;
                    tally.latency_micros = 20_000;
                }
            }
            return;
        }
        self.share(seen, runtime, count, tally);
    }

    /// Keeps the endpoints that kube-proxy knows, half a second behind those that are stored.
    fn follow(&mut self, seen: &Snapshot<'_>, service: Option<&Key>, end: &End) {
        let current: Vec<Endpoint> = match (service.and_then(|key| seen.get(key)), end) {
            (Some(service), _) => {
                let port = self.plan.port;
                let rules = resolve(seen, service);
                let rule = rules.into_iter().find(|rule| rule.port == port || rule.node_port == Some(port));
                rule.map(|rule| rule.endpoints).unwrap_or_default()
            }
            (None, End::Pod { key, address, port, .. }) => {
                vec![Endpoint {
                    address: address.clone(),
                    port: *port,
                    pod: key.clone(),
                    node: "".into(),
                    zone: "".into(),
                }]
            }
            _ => Vec::new(),
        };
        let latest = self.coming.last().map_or(&self.in_force, |(_, endpoints)| endpoints);
        if *latest != current {
            let is_first = self.in_force.is_empty() && self.coming.is_empty();
            let at = if is_first { seen.now } else { seen.now + PROXY_LAG };
            self.coming.push((at, current));
        }
        while self.coming.first().is_some_and(|(at, _)| *at <= seen.now) {
            self.in_force = self.coming.remove(0).1;
        }
    }

    /// Each endpoint gets its share, and answers it or not.
    fn share(&mut self, seen: &Snapshot<'_>, runtime: &mut Runtime, count: u64, tally: &mut Tally) {
        let endpoints = self.in_force.clone();
        let of = endpoints.len() as u64;
        let turn = seen.now.as_millis() / TICK.as_millis();
        self.shares.clear();
        for (index, endpoint) in (0_u64..).zip(&endpoints) {
            // What does not divide goes round.
            let extra = u64::from((index + turn) % of < count % of);
            let share = count / of + extra;
            if share == 0 {
                continue;
            }
            self.shares.push((endpoint.pod.clone(), share));
            match reached(seen, runtime, endpoint) {
                Ok(uid) => {
                    let (answered, micros) = runtime.carry(&uid, endpoint.port, seen.now, share, TICK);
                    tally.answered += answered;
                    tally.latency_micros += micros * answered;
                    let at = Some(endpoint.pod.clone());
                    tally.legs.push(Leg { at, answered, lost: share - answered });
                    if answered < share {
                        let why = Reason::new("traffic-overloaded").with("pod", &*endpoint.pod.name);
                        tally.lost.push((share - answered, Some(endpoint.pod.clone()), why));
                    }
                }
                Err(why) => tally.lose(share, Some(endpoint.pod.clone()), why),
            }
        }
    }

    fn book(&mut self, now: SimTime, tally: Tally) -> Vec<Loss> {
        let lost: u64 = tally.lost.iter().map(|(count, ..)| *count).sum();
        self.answered += tally.answered;
        self.lost += lost;
        let legs = Rc::make_mut(&mut self.legs);
        legs.push_back(tally.legs);
        if legs.len() > LEGS_MAX {
            legs.pop_front();
        }
        let seconds = Rc::make_mut(&mut self.seconds);
        let second = now.as_secs();
        if seconds.back().is_none_or(|last| last.second != second) {
            seconds.push_back(Second { second, ..Second::default() });
            if seconds.len() > HISTORY_MAX {
                seconds.pop_front();
            }
        }
        if let Some(last) = seconds.back_mut() {
            let before = last.latency_micros * last.answered;
            last.answered += tally.answered;
            last.lost += lost;
            last.latency_micros = (before + tally.latency_micros).checked_div(last.answered).unwrap_or_default();
        }
        let mut begun = Vec::new();
        for (count, about, why) in tally.lost {
            let losses = Rc::make_mut(&mut self.losses);
            let same = losses
                .iter_mut()
                .rev()
                .find(|loss| loss.about == about && loss.why.code == why.code && now.since(loss.to) <= secs(1));
            if let Some(loss) = same {
                loss.to = now;
                loss.count += count;
                continue;
            }
            let loss = Loss { from: now, to: now, count, about, why };
            begun.push(loss.clone());
            losses.push(loss);
            if losses.len() > LOSSES_MAX {
                losses.remove(0);
            }
        }
        begun
    }
}

/// The Pod behind an endpoint, if somebody listens there; else why the request is lost.
fn reached(seen: &Snapshot<'_>, runtime: &Runtime, endpoint: &Endpoint) -> Result<Rc<str>, Reason> {
    let name = &*endpoint.pod.name;
    let Some(uid) = runtime.addresses.get(&endpoint.address) else {
        return Err(Reason::new("traffic-gone").with("pod", name));
    };
    if runtime.listener(uid, endpoint.port, seen.now).is_some() {
        return Ok(uid.clone());
    }
    let is_leaving = seen.get(&endpoint.pod).is_none_or(|pod| meta::is_deleting(pod) || meta::uid(pod) != &**uid);
    let running = runtime.of_pod(uid).filter(|(_, process)| process.ended.is_none_or(|ended| ended.at > seen.now));
    let young = running.map(|(_, process)| process.since).max().is_some_and(|since| seen.now.since(since) < secs(20));
    Err(if is_leaving {
        Reason::new("traffic-stopping").with("pod", name)
    } else if young {
        Reason::new("traffic-starting").with("pod", name)
    } else {
        Reason::new("traffic-not-listening").with("pod", name).with("port", endpoint.port)
    })
}

/// What a plan reads from a tree: `name`, `from`, `to` (a URL), `perSecond`.
#[must_use]
pub fn plan_of(tree: &Value) -> Option<Plan> {
    let (_, host, port, path) = crate::kube::program::http::split_url(tree.str_at(&["to"]));
    Some(Plan {
        name: tree.at(&["name"])?.as_shared()?,
        from: tree.str_at(&["from"]).into(),
        host: host.into(),
        port,
        path: path.into(),
        per_second: u64::try_from(tree.int_at(&["perSecond"]).unwrap_or(10)).ok()?,
    })
}

//! What runs in the cluster's containers, and the paths between them.

use super::{Cluster, Due, Turn};
use crate::kube::Snapshot;
use crate::kube::api::{ApiError, Key, Request, Resource, meta};
use crate::kube::controller::podautoscaler;
use crate::kube::kubelet;
use crate::kube::network::traffic::{self, Client, Plan};
use crate::kube::network::{Wires, path};
use crate::kube::program::{Next, Runtime};
use crate::sim::{Journal, SimTime, Verb, millis};
use std::rc::Rc;

/// How often at most a Pod's programs are looked at; what they do in between happens together.
const LOOK_PERIOD_LEAST: SimTime = millis(20);

impl Cluster {
    /// Refuses what the one who asks may not do.
    pub(in crate::kube) fn authorize(&self, now: SimTime, request: &Request) -> Result<(), ApiError> {
        self.api.authorize(now, request)
    }

    /// The path of a request from a Pod (`name` or `namespace/name`), or from outside the cluster.
    #[must_use]
    pub fn trace(&self, now: SimTime, from: &str, host: &str, port: i64, path: &str) -> path::Trace {
        let seen = self.snapshot(now);
        let (namespace, name) = from.split_once('/').unwrap_or(("default", from));
        let key = Key::new(Resource::PODS, namespace, name);
        let pod = self.get(&key);
        let uid = pod.map(|pod| meta::uid(pod).to_owned()).unwrap_or_default();
        let process = self.runtime.of_pod(&uid).next().map(|(_, process)| process.facts.clone());
        let from = path::From {
            pod: pod.map(|_| &key),
            address: process.as_ref().map_or("203.0.113.10".into(), |facts| facts.address.clone()),
            node: process.as_ref().map(|facts| facts.node.clone()).unwrap_or_default(),
            resolver: process.as_ref().map(|facts| &*facts.resolver).unwrap_or_default(),
            nth: 0,
            host: "",
            path,
        };
        path::trace(path::Net { seen: &seen, runtime: &self.runtime }, &from, host, port)
    }

    /// What runs in the cluster's containers.
    #[must_use]
    pub fn runtime(&self) -> &Runtime {
        &self.runtime
    }

    /// Lets something happen in the containers, with the network around them.
    pub(in crate::kube) fn with_runtime<T>(
        &mut self,
        now: SimTime,
        act: impl FnOnce(&mut Runtime, &Snapshot<'_>) -> T,
    ) -> T {
        let mut runtime = std::mem::take(&mut self.runtime);
        let result = act(&mut runtime, &self.snapshot(now));
        self.runtime = runtime;
        result
    }

    /// A Pod's programs go on. Whoever ended is told to its kubelet.
    pub(super) fn run_program(&mut self, now: SimTime, pod: &Key) {
        if self.looks.get(pod).is_none_or(|at| *at != now) {
            return;
        }
        self.looks.remove_mut(pod);
        let Some(object) = self.get(pod).cloned() else { return };
        let uid = meta::uid(&object);
        let seed = self.settings().seed;
        let ends = self.with_runtime(now, |runtime, seen| {
            let running =
                |runtime: &Runtime| runtime.of_pod(uid).filter(|(_, process)| process.ended.is_none()).count();
            let before = running(runtime);
            runtime.catch_up(uid, now, &Wires { seen }, seed);
            running(runtime) < before || matches!(runtime.next(uid, now, seed), Next::Ends { .. })
        });
        if ends {
            let node: Rc<str> = object.str_at(&["spec", "nodeName"]).into();
            self.wake_kubelet(now, &node, vec![(millis(0), kubelet::Work::Pod(pod.clone()))]);
        }
        self.look_later(now, pod);
    }

    /// Sees to it that a Pod's programs are looked at when they next do something.
    pub(in crate::kube) fn look_later(&mut self, now: SimTime, pod: &Key) {
        let Some(object) = self.get(pod).cloned() else { return };
        let seed = self.settings().seed;
        let next = self.runtime.next(meta::uid(&object), now, seed);
        let Next::Look { at } = next else { return };
        let at = at.max(now + LOOK_PERIOD_LEAST);
        if self.looks.get(pod).is_some_and(|known| *known <= at && *known > now) {
            return;
        }
        self.looks.insert_mut(pod.clone(), at);
        self.agenda.schedule(at, Due::Program { pod: pod.clone() });
    }

    /// What the Pods of an autoscaler's target use is measured.
    pub(super) fn measure(&mut self, now: SimTime, scaler: &Key) {
        if self.get(scaler).is_none() {
            self.scalings.remove_mut(scaler);
        }
        let uids: Vec<Rc<str>> =
            podautoscaler::pods_of(scaler, &self.snapshot(now)).iter().map(|pod| meta::uid(pod).into()).collect();
        let seed = self.settings().seed;
        for uid in uids {
            self.with_runtime(now, |runtime, seen| {
                runtime.catch_up(&uid, now, &Wires { seen }, seed);
                runtime.sample(&uid, now);
            });
        }
    }

    /// The clients that send requests.
    pub fn clients(&self) -> impl Iterator<Item = &Client> {
        self.clients.values()
    }

    /// A client begins to send, or sends otherwise than before.
    pub fn send(&mut self, now: SimTime, plan: Plan) {
        // A client that has just ceased may have left its tick behind: one beat is enough for all.
        if !self.agenda.iter().any(|(_, due)| matches!(due, Due::Traffic)) {
            self.agenda.schedule(now + traffic::TICK, Due::Traffic);
        }
        let client = match self.clients.get(&plan.name) {
            Some(known) => known.clone().with_plan(plan),
            None => Client::new(plan, now),
        };
        self.clients.insert_mut(client.plan.name.clone(), client);
    }

    /// A client sends no more.
    pub fn cease(&mut self, name: &str) {
        self.clients.remove_mut(name);
    }

    /// Counts one tick of every client; losses that begin are written into the history.
    pub(super) fn count_traffic(&mut self, now: SimTime, journal: &mut Journal) {
        let names: Vec<Rc<str>> = self.clients.keys().cloned().collect();
        for name in names {
            let Some(mut client) = self.clients.get(&name).cloned() else { continue };
            let begun = self.with_runtime(now, |runtime, seen| client.tick(seen, runtime));
            self.clients.insert_mut(name.clone(), client);
            for loss in begun {
                let Some(about) = loss.about else { continue };
                let cause = self.last_entry(&about);
                let mut turn = Turn { now, journal, actor: format!("client/{name}").into(), cause, why: None };
                self.record(&mut turn, &about, Verb::Decide, Some(loss.why), None, loss.count);
            }
        }
        if !self.clients.is_empty() {
            self.agenda.schedule(now + traffic::TICK, Due::Traffic);
        }
    }
}

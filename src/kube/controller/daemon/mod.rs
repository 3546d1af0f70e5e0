//! The daemonset controller: one Pod on each node that wants one.
// Models pkg/controller/daemon/daemon_controller.go

mod status;
mod update;
mod util;

use crate::kube::api::{Key, Object, Request, Resource, Verb, meta};
use crate::kube::controller::history::{self, Revisions, Style};
use crate::kube::controller::{Controller, claim};
use crate::kube::why::Why;
use crate::kube::{Outcome, Snapshot};
use crate::sim::{Change, SimTime, secs};
use std::collections::BTreeMap;
use std::rc::Rc;

const STYLE: Style = Style { controller: Controller::DaemonSet, hash_label: HASH };
const HASH: &str = "controller-revision-hash";

/// How many Pods one pass makes or deletes at most.
// Models BurstReplicas
const BURST: usize = 250;

/// Which keys a change makes it look at. Any node may begin or cease to want a Pod.
#[must_use]
pub fn interested(change: &Change<Key, Rc<Object>>, seen: &Snapshot<'_>) -> Vec<Key> {
    match change.key.resource {
        Resource::DAEMON_SETS => vec![change.key.clone()],
        Resource::PODS | Resource::CONTROLLER_REVISIONS => claim::owners_of(change, seen, Resource::DAEMON_SETS),
        Resource::NODES => seen.list(Resource::DAEMON_SETS, "").filter_map(|set| meta::key(set)).collect(),
        _ => Vec::new(),
    }
}

/// One pass over one DaemonSet.
// Models syncDaemonSet
#[must_use]
pub fn reconcile(key: &Key, seen: &Snapshot<'_>) -> Outcome {
    let mut outcome = Outcome::settled();
    let Some(set) = seen.get(key).filter(|set| !meta::is_deleting(set)) else { return outcome };
    let revisions = history::sync(set, &STYLE, seen, &mut outcome);
    let pods = claim::claim(set, Resource::PODS, Controller::DaemonSet, seen, &mut outcome);
    let mut pass = Pass {
        set,
        seen,
        hash: meta::label(&revisions.update, HASH).unwrap_or_default().to_owned(),
        min_ready: secs(set.int_at(&["spec", "minReadySeconds"]).unwrap_or_default().unsigned_abs()),
        by_node: util::by_node(&pods),
        wishes: util::wishes(set, seen),
        outcome,
    };
    if !pass.manage() && set.str_at(&["spec", "updateStrategy", "type"]) != "OnDelete" {
        pass.roll();
    }
    pass.update_status();
    pass.clean_up(&revisions, &pods);
    pass.outcome
}

/// Everything one pass works with.
struct Pass<'a> {
    set: &'a Rc<Object>,
    seen: &'a Snapshot<'a>,
    /// The hash of the current template.
    hash: String,
    min_ready: SimTime,
    /// The Pods by node, without those that have ended and are being deleted.
    by_node: BTreeMap<String, Vec<Rc<Object>>>,
    wishes: Vec<(String, util::Wish)>,
    outcome: Outcome,
}

impl Pass<'_> {
    /// Makes what is missing and deletes what is too much. Returns whether there was any.
    // Models manage, podsShouldBeOnNode
    fn manage(&mut self) -> bool {
        let mut wanting = Vec::new();
        let mut doomed: Vec<(Rc<Object>, Why)> = Vec::new();
        for (node, wish) in &self.wishes {
            let pods = self.by_node.get(node).map(Vec::as_slice).unwrap_or_default();
            if wish.run && pods.is_empty() {
                wanting.push(node.clone());
            } else if wish.stay {
                doomed.extend(self.surplus(node, pods));
            } else {
                let why = Why::NodeUnwanted { node: node.clone() };
                doomed.extend(pods.iter().filter(|pod| !meta::is_deleting(pod)).map(|pod| (pod.clone(), why.clone())));
            }
        }
        let acted = !wanting.is_empty() || !doomed.is_empty();
        for node in wanting.into_iter().take(BURST) {
            self.create(&node);
        }
        for (pod, why) in doomed.into_iter().take(BURST) {
            self.announce_end(&pod);
            self.delete(&pod, why);
        }
        acted
    }

    /// What is too much on a node that may keep a Pod: what has ended, and all but the oldest.
    fn surplus(&self, node: &str, pods: &[Rc<Object>]) -> Vec<(Rc<Object>, Why)> {
        let (mut doomed, mut running) = (Vec::new(), Vec::new());
        for pod in pods.iter().filter(|pod| !meta::is_deleting(pod)) {
            if matches!(pod.str_at(&["status", "phase"]), "Failed" | "Succeeded") {
                doomed.push((pod.clone(), Why::PodEnded { node: node.to_owned() }));
            } else {
                running.push(pod.clone());
            }
        }
        let is_old = |pod: &Rc<Object>| meta::label(pod, HASH) != Some(&self.hash);
        // With a surge, an old Pod stays beside its successor until that is available.
        let keeps_both = update::max_surge(self.set, self.wishes.len()) > 0
            && running.len() == 2
            && running.iter().filter(|pod| is_old(pod)).count() == 1;
        if running.len() > 1 && !keeps_both {
            let have = running.len() as i64;
            util::oldest_first(&mut running);
            doomed.extend(running.into_iter().skip(1).map(|pod| (pod, Why::TooMany { want: 1, have })));
        }
        doomed
    }

    fn announce_end(&mut self, pod: &Rc<Object>) {
        let (node, name) = (pod.str_at(&["spec", "nodeName"]), meta::name(pod));
        match pod.str_at(&["status", "phase"]) {
            "Failed" => {
                let message = format!(
                    "Found failed daemon pod {}/{name} on node {node}, will try to kill it",
                    meta::namespace(pod)
                );
                self.outcome.event(self.set, "Warning", "FailedDaemonPod", message);
            }
            "Succeeded" => {
                let message = format!(
                    "Found succeeded daemon pod {}/{name} on node {node}, will try to delete it",
                    meta::namespace(pod)
                );
                self.outcome.event(self.set, "Normal", "SucceededDaemonPod", message);
            }
            _ => {}
        }
    }

    fn create(&mut self, node: &str) {
        let pod = util::pod_for(self.set, node, &self.hash);
        let request = Request::create(Controller::DaemonSet.user(), Resource::PODS, meta::namespace(self.set), pod);
        self.outcome.request(request, Why::NodeWants { node: node.to_owned() });
        self.outcome.announce_created(self.set, "SuccessfulCreate", "Created pod: {}");
    }

    fn delete(&mut self, pod: &Rc<Object>, why: Why) {
        let key = Key::new(Resource::PODS, meta::namespace(pod), meta::name(pod));
        self.outcome.request(Request::new(Controller::DaemonSet.user(), Verb::Delete, &key), why);
        let message = format!("Deleted pod: {}", meta::name(pod));
        self.outcome.event(self.set, "Normal", "SuccessfulDelete", message);
    }

    fn clean_up(&mut self, revisions: &Revisions, pods: &[Rc<Object>]) {
        let is_live = |revision: &crate::document::Value| {
            let hash = meta::label(revision, HASH);
            pods.iter().any(|pod| meta::label(pod, HASH) == hash)
        };
        history::truncate(self.set, &STYLE, revisions, is_live, &mut self.outcome);
    }
}

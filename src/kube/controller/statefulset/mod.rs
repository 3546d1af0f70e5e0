//! The statefulset controller: Pods with names that stay, made in order and updated from the end.
// Models pkg/controller/statefulset/stateful_set_control.go

mod pod;
mod status;

use crate::document::InOrder as _;
use crate::document::Value;
use crate::kube::api::{Key, Object, Request, Resource, Verb, intstr, meta};
use crate::kube::controller::history::{self, Revisions, Style};
use crate::kube::controller::{Controller, claim, pods};
use crate::kube::why::Why;
use crate::kube::{Outcome, Snapshot};
use crate::sim::{Change, SimTime, secs};
use std::rc::Rc;

const STYLE: Style = Style { controller: Controller::StatefulSet, hash_label: "controller.kubernetes.io/hash" };
const REVISION: &str = "controller-revision-hash";

/// Which keys a change makes it look at.
#[must_use]
pub fn interested(change: &Change<Key, Rc<Object>>, seen: &Snapshot<'_>) -> Vec<Key> {
    match change.key.resource {
        Resource::STATEFUL_SETS => vec![change.key.clone()],
        Resource::PODS | Resource::CONTROLLER_REVISIONS => claim::owners_of(change, seen, Resource::STATEFUL_SETS),
        _ => Vec::new(),
    }
}

/// One pass over one StatefulSet.
// Models UpdateStatefulSet
#[must_use]
pub fn reconcile(key: &Key, seen: &Snapshot<'_>) -> Outcome {
    let mut outcome = Outcome::settled();
    let Some(set) = seen.get(key) else { return outcome };
    let revisions = history::sync(set, &STYLE, seen, &mut outcome);
    let owned = claim::claim(set, Resource::PODS, Controller::StatefulSet, seen, &mut outcome);
    let update = revisions.update.clone();
    let named = set.str_at(&["status", "currentRevision"]);
    let current = revisions.all.iter().find(|revision| meta::name(revision) == named);
    let current = current.map_or_else(|| update.clone(), |revision| revision.value.clone());
    let mut pass = Pass {
        set,
        seen,
        min_ready: secs(set.int_at(&["spec", "minReadySeconds"]).unwrap_or_default().unsigned_abs()),
        in_order: set.str_at(&["spec", "podManagementPolicy"]) != "Parallel",
        start: set.int_at(&["spec", "ordinals", "start"]).unwrap_or_default(),
        wanted: set.int_at(&["spec", "replicas"]).unwrap_or(1),
        current,
        update,
        pods: owned,
        outcome,
    };
    if !meta::is_deleting(set) {
        pass.run();
    }
    pass.update_status();
    pass.clean_up(&revisions);
    pass.outcome
}

/// Everything one pass works with.
struct Pass<'a> {
    set: &'a Rc<Object>,
    seen: &'a Snapshot<'a>,
    min_ready: SimTime,
    /// One at a time (`OrderedReady`).
    in_order: bool,
    /// The first ordinal.
    start: i64,
    /// How many Pods are wanted.
    wanted: i64,
    /// The revision that is being left.
    current: Value,
    /// The revision that is wanted.
    update: Value,
    pods: Vec<Rc<Object>>,
    outcome: Outcome,
}

/// Whether a pass goes on to the next Pod.
#[derive(PartialEq, Eq)]
enum Next {
    Go,
    Wait,
}

impl Pass<'_> {
    // Models updateStatefulSet
    fn run(&mut self) {
        let ordinals = self.start..self.start + self.wanted;
        for ordinal in ordinals.clone() {
            let pod = self.pods.iter().find(|pod| pod::ordinal_of(self.set, pod) == Some(ordinal)).cloned();
            if self.process(ordinal, pod) == Next::Wait {
                return;
            }
        }
        let mut condemned: Vec<(i64, Rc<Object>)> = self
            .pods
            .iter()
            .filter_map(|pod| Some((pod::ordinal_of(self.set, pod)?, pod.clone())))
            .filter(|(ordinal, _)| !ordinals.contains(ordinal))
            .collect();
        condemned.order_by_key(|(ordinal, _)| -ordinal);
        for (ordinal, pod) in &condemned {
            self.keep_owners(*ordinal, pod, true);
        }
        let sick = condemned.iter().find(|(_, pod)| !is_healthy(pod)).map(|(_, pod)| meta::uid(pod).to_owned());
        let have = self.pods.len() as i64;
        for (_, pod) in condemned {
            if meta::is_deleting(&pod) {
                if self.in_order {
                    return;
                }
                continue;
            }
            let is_sick = sick.as_deref() == Some(meta::uid(&pod));
            if self.in_order && !self.is_available(&pod) && !is_sick {
                return;
            }
            self.delete(&pod, Why::TooMany { want: self.wanted, have });
            if self.in_order {
                return;
            }
        }
        if self.set.str_at(&["spec", "updateStrategy", "type"]) != "OnDelete" && self.outcome.changes.is_empty() {
            self.roll();
        }
    }

    // Models processReplica
    fn process(&mut self, ordinal: i64, pod: Option<Rc<Object>>) -> Next {
        let wait = if self.in_order { Next::Wait } else { Next::Go };
        let Some(pod) = pod else {
            self.create(ordinal);
            return wait;
        };
        if pods::has_ended(&pod) {
            if !meta::is_deleting(&pod) {
                self.recreate(&pod);
            }
            return Next::Wait;
        }
        if pod.str_at(&["status", "phase"]) == "Pending" {
            self.create_claims(ordinal, meta::name(&pod));
        }
        if meta::is_deleting(&pod) || !self.is_available(&pod) {
            return wait;
        }
        self.keep_owners(ordinal, &pod, false);
        Next::Go
    }

    fn recreate(&mut self, pod: &Rc<Object>) {
        let place = format!("{}/{}", meta::namespace(self.set), meta::name(self.set));
        let name = meta::name(pod);
        if pod.str_at(&["status", "phase"]) == "Failed" {
            let message = format!("StatefulSet {place} is recreating failed Pod {name}");
            self.outcome.event(self.set, "Warning", "RecreatingFailedPod", message);
        } else {
            let message = format!("StatefulSet {place} is recreating terminated Pod {name}");
            self.outcome.event(self.set, "Normal", "RecreatingTerminatedPod", message);
        }
        self.delete(pod, Why::PodEnded { node: pod.str_at(&["spec", "nodeName"]).to_owned() });
    }

    /// Deletes Pods of another revision, from the highest ordinal on, not more than may be missing.
    fn roll(&mut self) {
        let rolling = self.set.at(&["spec", "updateStrategy", "rollingUpdate"]).unwrap_or(&Value::Null);
        let partition = rolling.int_at(&["partition"]).unwrap_or_default();
        let most = rolling
            .get("maxUnavailable")
            .and_then(|value| intstr::scaled(value, self.wanted, intstr::Rounding::Up))
            .unwrap_or(1)
            .max(1);
        let mut missing = 0;
        let wanted = meta::name(&self.update).to_owned();
        for ordinal in (self.start + partition..self.start + self.wanted).rev() {
            let pod = self.pods.iter().find(|pod| pod::ordinal_of(self.set, pod) == Some(ordinal)).cloned();
            let Some(pod) = pod else { return };
            if meta::label(&pod, REVISION) != Some(&wanted) && !meta::is_deleting(&pod) {
                self.delete(&pod, Why::OldTemplate);
                missing += 1;
            } else if !is_healthy(&pod) || !self.is_available(&pod) {
                missing += 1;
            }
            if missing >= most {
                return;
            }
        }
    }

    fn create(&mut self, ordinal: i64) {
        let name = format!("{}-{ordinal}", meta::name(self.set));
        self.create_claims(ordinal, &name);
        let revision = if self.is_left_behind(ordinal) { &self.current } else { &self.update };
        let body = pod::pod_for(&history::applied(self.set, revision), ordinal, meta::name(revision));
        let request = Request::create(Controller::StatefulSet.user(), Resource::PODS, meta::namespace(self.set), body);
        self.outcome.request(request, Why::NextOrdinal { ordinal });
        let message = format!("Create Pod {{}} in StatefulSet {} successful", meta::name(self.set));
        self.outcome.announce_created(self.set, "SuccessfulCreate", &message);
    }

    /// Whether a Pod with this ordinal is still made from the old template.
    // Models newVersionedStatefulSetPod
    fn is_left_behind(&self, ordinal: i64) -> bool {
        let partition = self.set.int_at(&["spec", "updateStrategy", "rollingUpdate", "partition"]);
        let kept = partition.or_else(|| self.set.int_at(&["status", "currentReplicas"])).unwrap_or_default();
        self.set.str_at(&["spec", "updateStrategy", "type"]) == "RollingUpdate" && ordinal < self.start + kept
    }

    // Models createPersistentVolumeClaims
    fn create_claims(&mut self, ordinal: i64, pod: &str) {
        for template in self.set.items_at(&["spec", "volumeClaimTemplates"]) {
            let body = pod::claim_for(self.set, template, ordinal);
            let name = meta::name(&body).to_owned();
            let key = Key::new(Resource::PERSISTENT_VOLUME_CLAIMS, meta::namespace(self.set), name.as_str());
            if self.seen.get(&key).is_some() {
                continue;
            }
            let request = Request::create(Controller::StatefulSet.user(), key.resource, &key.namespace, body);
            self.outcome.request(request, Why::ClaimFor { pod: pod.to_owned() });
            let message = format!("Create Claim {name} Pod {pod} in StatefulSet {} success", meta::name(self.set));
            self.outcome.announce_created(self.set, "SuccessfulCreate", &message);
        }
    }

    /// A Pod's claims belong to whoever takes them along.
    // Models UpdatePodClaimForRetentionPolicy
    fn keep_owners(&mut self, ordinal: i64, pod: &Rc<Object>, is_scaled_away: bool) {
        for template in self.set.items_at(&["spec", "volumeClaimTemplates"]) {
            let name = meta::name(&pod::claim_for(self.set, template, ordinal)).to_owned();
            let key = Key::new(Resource::PERSISTENT_VOLUME_CLAIMS, meta::namespace(self.set), name.as_str());
            let Some(claim) = self.seen.get(&key).filter(|claim| !meta::is_deleting(claim)) else { continue };
            let Some(owners) = pod::owners_to_be(self.set, pod, claim, is_scaled_away) else { continue };
            let mut body = claim.value.clone();
            if owners.is_empty() {
                body.remove(&["metadata", "ownerReferences"]);
            } else {
                body.set(&["metadata", "ownerReferences"], owners);
            }
            let request = Request::new(Controller::StatefulSet.user(), Verb::Update, &key).with_body(body);
            self.outcome.request(request, Why::ClaimFor { pod: meta::name(pod).to_owned() });
        }
    }

    fn delete(&mut self, pod: &Rc<Object>, why: Why) {
        let key = Key::new(Resource::PODS, meta::namespace(pod), meta::name(pod));
        self.outcome.request(Request::new(Controller::StatefulSet.user(), Verb::Delete, &key), why);
        let message = format!("Delete Pod {} in StatefulSet {} successful", meta::name(pod), meta::name(self.set));
        self.outcome.event(self.set, "Normal", "SuccessfulDelete", message);
    }

    fn is_available(&mut self, pod: &Object) -> bool {
        if !is_running_and_ready(pod) {
            return false;
        }
        match pods::available_at(pod, self.min_ready) {
            Some(at) if at > self.seen.now => {
                self.outcome.requeue_in(at - self.seen.now);
                false
            }
            at => at.is_some(),
        }
    }

    fn clean_up(&mut self, revisions: &Revisions) {
        let (pods, current) = (&self.pods, &self.current);
        let is_live = |revision: &Value| {
            let name = meta::name(revision);
            name == meta::name(current) || pods.iter().any(|pod| meta::label(pod, REVISION) == Some(name))
        };
        history::truncate(self.set, &STYLE, revisions, is_live, &mut self.outcome);
    }
}

fn is_running_and_ready(pod: &Value) -> bool {
    pod.str_at(&["status", "phase"]) == "Running" && pods::is_ready(pod)
}

fn is_healthy(pod: &Value) -> bool {
    is_running_and_ready(pod) && !meta::is_deleting(pod)
}

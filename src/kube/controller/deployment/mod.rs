//! The deployment controller: a Deployment becomes ReplicaSets, one for each template it has had,
//! and pods move from the old ones to the new one within the bounds of its strategy.
// Models pkg/controller/deployment

mod rolling;
mod scale;
mod status;
mod util;

use crate::document::InOrder as _;
use crate::document::Value;
use crate::kube::api::{Key, Object, Request, Resource, Verb, meta};
use crate::kube::controller::{Controller, claim};
use crate::kube::why::Why;
use crate::kube::{Outcome, Snapshot};
use crate::sim::Change;
use std::rc::Rc;
use util::{REVISION, Sets};

/// Which keys a change makes it look at: the Deployment itself, the owner of a ReplicaSet, or
/// every Deployment that would select an ownerless one.
#[must_use]
pub fn interested(change: &Change<Key, Rc<Object>>, seen: &Snapshot<'_>) -> Vec<Key> {
    match change.key.resource {
        Resource::DEPLOYMENTS => vec![change.key.clone()],
        Resource::REPLICA_SETS => claim::owners_of(change, seen, Resource::DEPLOYMENTS),
        Resource::PODS if meta::is_deleting(&change.value) || is_gone(change) => {
            // `Recreate` waits for the last old Pod to go.
            let Some(set) = meta::controller_key(&change.value) else { return Vec::new() };
            seen.get(&set).and_then(|set| meta::controller_key(set)).into_iter().collect()
        }
        _ => Vec::new(),
    }
}

fn is_gone(change: &Change<Key, Rc<Object>>) -> bool {
    change.kind == crate::sim::ChangeKind::Deleted
}

/// One pass over one Deployment.
// Models pkg/controller/deployment/deployment_controller.go syncDeployment
#[must_use]
pub fn reconcile(key: &Key, seen: &Snapshot<'_>) -> Outcome {
    let Some(deployment) = seen.get(key) else { return Outcome::settled() };
    let mut outcome = Outcome::settled();
    let owned = claim::claim(deployment, Resource::REPLICA_SETS, Controller::Deployment, seen, &mut outcome);
    if !outcome.changes.is_empty() {
        return outcome;
    }
    let mut pass = Pass { deployment, seen, outcome, sets: Sets::new(deployment, owned) };
    pass.run();
    pass.outcome
}

/// Everything one pass works with.
struct Pass<'a> {
    deployment: &'a Rc<Object>,
    seen: &'a Snapshot<'a>,
    sets: Sets,
    outcome: Outcome,
}

impl Pass<'_> {
    fn run(&mut self) {
        if meta::is_deleting(self.deployment) {
            return self.sync_status();
        }
        if self.check_paused_condition() {
            return;
        }
        let paused = self.deployment.is_true_at(&["spec", "paused"]);
        if paused || self.is_scaling() {
            if !self.sync_revision(!paused) {
                self.scale();
                if paused {
                    self.clean_up();
                }
                if !self.acted() {
                    self.sync_status();
                }
            }
            return;
        }
        if self.deployment.str_at(&["spec", "strategy", "type"]) == "Recreate" {
            self.recreate();
        } else {
            self.roll();
        }
    }

    /// Whether this pass has already asked for something: the next pass sees the result.
    fn acted(&self) -> bool {
        !self.outcome.changes.is_empty()
    }

    // Models pkg/controller/deployment/recreate.go rolloutRecreate
    fn recreate(&mut self) {
        if self.sync_revision(false) {
            return;
        }
        let active: Vec<Value> = self.sets.old.iter().filter(|set| util::replicas(set) > 0).cloned().collect();
        if !active.is_empty() {
            for set in active {
                self.scale_set(&set, 0);
            }
            return self.sync_rollout_status();
        }
        if self.old_pods_run() {
            return self.sync_rollout_status();
        }
        if self.sets.new.is_none() && self.sync_revision(true) {
            return;
        }
        self.scale_up_new();
        if !self.acted() && self.is_complete() {
            self.clean_up();
        }
        self.sync_rollout_status();
    }

    fn old_pods_run(&self) -> bool {
        let namespace = meta::namespace(self.deployment);
        let new = self.sets.new.as_ref().map(|set| meta::uid(set).to_owned()).unwrap_or_default();
        self.sets
            .all()
            .map(meta::uid)
            .filter(|uid| *uid != new)
            .flat_map(|uid| self.seen.controlled_by(Resource::PODS, namespace, uid))
            .any(|pod| !matches!(pod.str_at(&["status", "phase"]), "Failed" | "Succeeded"))
    }

    fn scale_up_new(&mut self) {
        if let Some(new) = self.sets.new.clone()
            && util::replicas(&new) != util::replicas(self.deployment)
        {
            self.scale_set(&new, util::replicas(self.deployment));
        }
    }

    /// Makes sure the new ReplicaSet has the highest revision and, if `create`, that it exists.
    /// Returns whether the pass must wait for what it asked.
    // Models pkg/controller/deployment/sync.go getNewReplicaSet
    fn sync_revision(&mut self, create: bool) -> bool {
        let highest = self.sets.old.iter().map(util::revision).max().unwrap_or_default();
        let revision = highest + 1;
        if let Some(new) = self.sets.new.clone() {
            return self.refresh_new_set(&new, revision);
        }
        if !create {
            return false;
        }
        let hash = util::template_hash(self.deployment);
        let set = util::new_replica_set(self.deployment, &hash, revision, self.new_set_size());
        let name = meta::name(&set).to_owned();
        let count = util::replicas(&set);
        let request = Request::create(
            Controller::Deployment.user(),
            Resource::REPLICA_SETS,
            meta::namespace(self.deployment),
            set.clone(),
        );
        self.outcome.request(request, Why::NewTemplate { revision });
        if count > 0 {
            let message = format!("Scaled up replica set {name} from 0 to {count}");
            self.outcome.event(&self.deployment.value, "Normal", "ScalingReplicaSet", message);
        }
        let mut wanted = self.deployment.value.clone();
        wanted.set(&["metadata", "annotations", REVISION], revision.to_string());
        if status::has_deadline(&wanted) {
            let message = format!("Created new replica set \"{name}\"");
            status::put_condition(&mut wanted, "Progressing", "True", "NewReplicaSetCreated", &message, self.seen.now);
        }
        self.update_deployment_status(wanted);
        true
    }

    fn refresh_new_set(&mut self, new: &Value, revision: i64) -> bool {
        let mut wanted = new.clone();
        let known = util::revision(new);
        let revision = revision.max(known);
        util::annotate_new_set(&mut wanted, self.deployment, revision);
        if wanted != *new {
            self.update(&wanted, Resource::REPLICA_SETS, Why::NewTemplate { revision });
        }
        let mut deployment = self.deployment.value.clone();
        deployment.set(&["metadata", "annotations", REVISION], revision.to_string());
        let found = meta::condition(&deployment, "Progressing").is_none() && status::has_deadline(&deployment);
        if found {
            let message = format!("Found new replica set \"{}\"", meta::name(new));
            status::put_condition(
                &mut deployment,
                "Progressing",
                "True",
                "FoundNewReplicaSet",
                &message,
                self.seen.now,
            );
        }
        if deployment != self.deployment.value {
            self.update_deployment_status(deployment);
        }
        self.acted()
    }

    /// How large the new ReplicaSet begins.
    fn new_set_size(&self) -> i64 {
        if self.deployment.str_at(&["spec", "strategy", "type"]) == "Recreate" {
            return util::replicas(self.deployment);
        }
        let wanted = util::replicas(self.deployment);
        let total: i64 = self.sets.old.iter().map(util::replicas).sum();
        let room = wanted + util::max_surge(self.deployment) - total;
        room.clamp(0, wanted)
    }

    /// Deletes the oldest ReplicaSets beyond the history limit.
    // Models pkg/controller/deployment/sync.go cleanupDeployment
    fn clean_up(&mut self) {
        let Some(limit) = self.deployment.int_at(&["spec", "revisionHistoryLimit"]) else { return };
        let mut idle: Vec<&Value> = self.sets.old.iter().filter(|set| !meta::is_deleting(set)).collect();
        idle.order_by_key(|set| util::revision(set));
        let surplus = idle.len().saturating_sub(usize::try_from(limit).unwrap_or_default());
        let victims: Vec<Key> = idle
            .into_iter()
            .take(surplus)
            .filter(|set| {
                util::replicas(set) == 0
                    && util::is_observed(set)
                    && set.int_at(&["status", "replicas"]).unwrap_or_default() == 0
            })
            .filter_map(meta::key)
            .collect();
        for key in victims {
            let request = Request::new(Controller::Deployment.user(), Verb::Delete, &key);
            self.outcome.request(request, Why::TooMany { want: limit, have: limit + 1 });
        }
    }

    /// Gives a ReplicaSet another size, and says so.
    // Models pkg/controller/deployment/sync.go scaleReplicaSet
    fn scale_set(&mut self, set: &Value, to: i64) {
        let from = util::replicas(set);
        let mut wanted = set.clone();
        wanted.set(&["spec", "replicas"], to);
        util::annotate_size(&mut wanted, self.deployment);
        if wanted == *set {
            return;
        }
        let why = if to > from { Why::RolloutUp { from, to } } else { Why::RolloutDown { from, to } };
        self.update(&wanted, Resource::REPLICA_SETS, why);
        if from != to {
            let way = if to > from { "up" } else { "down" };
            let message = format!("Scaled {way} replica set {} from {from} to {to}", meta::name(set));
            self.outcome.event(&self.deployment.value, "Normal", "ScalingReplicaSet", message);
        }
        self.sets.resize(meta::uid(set), to);
    }

    fn update(&mut self, object: &Value, resource: Resource, why: Why) {
        let key = Key::new(resource, meta::namespace(object), meta::name(object));
        let request = Request::new(Controller::Deployment.user(), Verb::Update, &key).with_body(object.clone());
        self.outcome.request(request, why);
    }

    fn update_deployment_status(&mut self, mut deployment: Value) {
        // A ReplicaSet written in this pass may have raised the revision of nothing but itself.
        deployment.set(&["metadata", "resourceVersion"], meta::resource_version(self.deployment));
        let key = Key::new(Resource::DEPLOYMENTS, meta::namespace(&deployment), meta::name(&deployment));
        let request =
            Request::new(Controller::Deployment.user(), Verb::Update, &key).on("status").with_body(deployment);
        self.outcome.request(request, Why::Observed);
    }

    // Models pkg/controller/deployment/progress.go checkPausedConditions
    fn check_paused_condition(&mut self) -> bool {
        if !status::has_deadline(self.deployment) {
            return false;
        }
        let reason = meta::condition(self.deployment, "Progressing")
            .map(|condition| condition.str_at(&["reason"]).to_owned())
            .unwrap_or_default();
        if reason == "ProgressDeadlineExceeded" {
            return false;
        }
        let (wanted, message) = match (self.deployment.is_true_at(&["spec", "paused"]), &*reason) {
            (true, reason) if reason != "DeploymentPaused" => ("DeploymentPaused", "Deployment is paused"),
            (false, "DeploymentPaused") => ("DeploymentResumed", "Deployment is resumed"),
            _ => return false,
        };
        let mut deployment = self.deployment.value.clone();
        status::put_condition(&mut deployment, "Progressing", "Unknown", wanted, message, self.seen.now);
        self.update_deployment_status(deployment);
        true
    }
}

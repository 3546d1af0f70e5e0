//! What is known of a Deployment: its counters and conditions.
// Models pkg/controller/deployment/sync.go calculateStatus, progress.go syncRolloutStatus

use super::{Pass, util};
use crate::document::Value;
use crate::kube::api::meta;
use crate::sim::{SimTime, secs};
use crate::tree;

/// Whether the Deployment has a deadline for progress (it has unless it is switched off).
pub(super) fn has_deadline(deployment: &Value) -> bool {
    deployment.int_at(&["spec", "progressDeadlineSeconds"]).is_some_and(|seconds| seconds != i64::from(i32::MAX))
}

/// Puts a condition into a Deployment's status. The transition time stays while the status does.
// Models SetDeploymentCondition
pub(super) fn put_condition(
    deployment: &mut Value,
    kind: &str,
    status: &str,
    reason: &str,
    message: &str,
    now: SimTime,
) {
    let known = meta::condition(deployment, kind).cloned();
    if let Some(known) = &known
        && known.str_at(&["status"]) == status
        && known.str_at(&["reason"]) == reason
        && known.str_at(&["message"]) == message
    {
        return;
    }
    let now = now.rfc3339();
    let since = known
        .filter(|known| known.str_at(&["status"]) == status)
        .map_or_else(|| now.clone(), |known| known.str_at(&["lastTransitionTime"]).to_owned());
    let conditions = deployment.at_mut(&["status", "conditions"]).items_mut();
    conditions.retain(|condition| condition.str_at(&["type"]) != kind);
    conditions.push(tree!({
        "type": kind,
        "status": status,
        "lastUpdateTime": now,
        "lastTransitionTime": since,
        "reason": reason,
        "message": message,
    }));
}

fn drop_condition(deployment: &mut Value, kind: &str) {
    if meta::condition(deployment, kind).is_some() {
        deployment
            .at_mut(&["status", "conditions"])
            .items_mut()
            .retain(|condition| condition.str_at(&["type"]) != kind);
    }
}

impl Pass<'_> {
    /// The status that follows from the ReplicaSets, before the Progressing condition.
    // Models calculateStatus
    pub(super) fn status_now(&self) -> Value {
        let available = self.sets.sum("availableReplicas");
        let updated = self.sets.new.as_ref().and_then(|new| new.int_at(&["status", "replicas"])).unwrap_or_default();
        let mut next = self.deployment.value.clone();
        let conditions = next.at(&["status", "conditions"]).cloned();
        let mut status = tree!({ "observedGeneration": meta::generation(self.deployment) });
        for (counter, count) in [
            ("replicas", self.sets.sum("replicas")),
            ("updatedReplicas", updated),
            ("readyReplicas", self.sets.sum("readyReplicas")),
            ("availableReplicas", available),
            ("unavailableReplicas", (self.sets.wished() - available).max(0)),
        ] {
            if count > 0 {
                status.set(&[counter], count);
            }
        }
        if self.sets.all().all(|set| set.int_at(&["status", "terminatingReplicas"]).is_some())
            && self.sets.all().next().is_some()
        {
            status.set(&["terminatingReplicas"], self.sets.sum("terminatingReplicas"));
        }
        if let Some(count) = next.int_at(&["status", "collisionCount"]) {
            status.set(&["collisionCount"], count);
        }
        status.set(&["conditions"], conditions);
        next.set(&["status"], status);
        let enough = available >= util::replicas(self.deployment) - util::max_unavailable(self.deployment);
        let (word, reason, message) = if enough {
            ("True", "MinimumReplicasAvailable", "Deployment has minimum availability.")
        } else {
            ("False", "MinimumReplicasUnavailable", "Deployment does not have minimum availability.")
        };
        put_condition(&mut next, "Available", word, reason, message, self.seen.now);
        next.remove(&["status"]).unwrap_or_default()
    }

    /// Counters and availability, nothing about progress.
    pub(super) fn sync_status(&mut self) {
        let status = self.status_now();
        self.write_status(status);
    }

    // Models syncRolloutStatus
    pub(super) fn sync_rollout_status(&mut self) {
        let status = self.status_now();
        let mut next = self.deployment.value.clone().with(&["status"], status);
        if !has_deadline(self.deployment) {
            drop_condition(&mut next, "Progressing");
        }
        let known = meta::condition(self.deployment, "Progressing").cloned();
        let count = |field: &str| next.int_at(&["status", field]).unwrap_or_default();
        let done = count("replicas") == count("updatedReplicas")
            && known.as_ref().is_some_and(|known| known.str_at(&["reason"]) == "NewReplicaSetAvailable");
        if has_deadline(self.deployment) && !done {
            self.note_progress(&mut next, known.as_ref());
        }
        if let Some(failure) = self.replica_failure() {
            put_condition(&mut next, "ReplicaFailure", "True", &failure.0, &failure.1, self.seen.now);
        } else {
            drop_condition(&mut next, "ReplicaFailure");
        }
        let status = next.remove(&["status"]).unwrap_or_default();
        self.write_status(status);
    }

    fn replica_failure(&self) -> Option<(String, String)> {
        let failing = |set: &Value| {
            let condition = meta::condition(set, "ReplicaFailure")?;
            let text = |field| condition.str_at(&[field]).to_owned();
            Some((text("reason"), text("message")))
        };
        self.sets.new.iter().chain(&self.sets.old).find_map(failing)
    }

    fn note_progress(&mut self, next: &mut Value, known: Option<&Value>) {
        let now = self.seen.now;
        let name = match &self.sets.new {
            Some(new) => format!("ReplicaSet {:?}", meta::name(new)),
            None => format!("Deployment {:?}", meta::name(self.deployment)),
        };
        let put = |next: &mut Value, status: &str, reason: &str, message: String| {
            put_condition(next, "Progressing", status, reason, &message, now);
        };
        if is_complete_status(self.deployment, next) {
            put(next, "True", "NewReplicaSetAvailable", format!("{name} has successfully progressed."));
        } else if has_progressed(self.deployment, next) {
            drop_and_keep_transition(next, known);
            put(next, "True", "ReplicaSetUpdated", format!("{name} is progressing."));
        } else {
            match self.deadline(known) {
                Some(at) if at <= now => {
                    put(next, "False", "ProgressDeadlineExceeded", format!("{name} has timed out progressing."));
                }
                Some(at) => self.outcome.requeue_in(at - now),
                None => {}
            }
        }
    }

    /// When the deadline for progress is over.
    // Models DeploymentTimedOut
    fn deadline(&self, known: Option<&Value>) -> Option<SimTime> {
        let known = known?;
        let reason = known.str_at(&["reason"]);
        if matches!(reason, "NewReplicaSetAvailable" | "DeploymentPaused") {
            return None;
        }
        if reason == "ProgressDeadlineExceeded" {
            return Some(SimTime::ZERO);
        }
        let seconds = self.deployment.int_at(&["spec", "progressDeadlineSeconds"])?;
        let since = SimTime::parse_rfc3339(known.str_at(&["lastUpdateTime"]))?;
        Some(since + secs(seconds.unsigned_abs()))
    }

    fn write_status(&mut self, status: Value) {
        if self.deployment.at(&["status"]) == Some(&status) {
            return;
        }
        let next = self.deployment.value.clone().with(&["status"], status);
        self.update_deployment_status(next);
    }
}

// Models DeploymentComplete
fn is_complete_status(deployment: &Value, next: &Value) -> bool {
    let wanted = util::replicas(deployment);
    let is = |counter: &str| next.int_at(&["status", counter]).unwrap_or_default() == wanted;
    is("updatedReplicas") && is("replicas") && is("availableReplicas")
}

/// Whether anything moved in the right direction since the last status.
// Models DeploymentProgressing
fn has_progressed(before: &Value, next: &Value) -> bool {
    let count = |object: &Value, counter: &str| object.int_at(&["status", counter]).unwrap_or_default();
    let old = |object: &Value| count(object, "replicas") - count(object, "updatedReplicas");
    count(next, "updatedReplicas") > count(before, "updatedReplicas")
        || old(next) < old(before)
        || count(next, "readyReplicas") > count(before, "readyReplicas")
        || count(next, "availableReplicas") > count(before, "availableReplicas")
}

/// Progress renews the condition even when its words stay the same.
fn drop_and_keep_transition(next: &mut Value, known: Option<&Value>) {
    if known.is_some_and(|known| known.str_at(&["status"]) == "True") {
        let conditions = next.at_mut(&["status", "conditions"]).items_mut();
        for condition in conditions {
            if condition.str_at(&["type"]) == "Progressing" {
                condition.set(&["message"], "");
            }
        }
    }
}

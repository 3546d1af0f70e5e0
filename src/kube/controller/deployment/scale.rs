//! Scaling: another size for the whole Deployment, shared out in proportion during a rollout.
// Models pkg/controller/deployment/sync.go scale, isScalingEvent

use super::{Pass, util};
use crate::document::InOrder as _;
use crate::document::Value;
use crate::kube::api::meta;

impl Pass<'_> {
    /// Whether the Deployment's size is not the one its active ReplicaSets were sized for.
    pub(super) fn is_scaling(&self) -> bool {
        let wanted = util::replicas(self.deployment);
        self.sets
            .all()
            .filter(|set| util::replicas(set) > 0)
            .any(|set| util::desired_annotation(set).is_some_and(|desired| desired != wanted))
    }

    pub(super) fn scale(&mut self) {
        let wanted = util::replicas(self.deployment);
        if let Some(active) = self.active_or_latest() {
            if util::replicas(&active) != wanted || util::desired_annotation(&active) != Some(wanted) {
                self.scale_set(&active, wanted);
            }
            return;
        }
        if self.is_saturated() {
            for set in self.sets.old.clone().iter().filter(|set| util::replicas(set) > 0) {
                self.scale_set(set, 0);
            }
            return;
        }
        if self.deployment.str_at(&["spec", "strategy", "type"]) != "Recreate" {
            self.scale_in_proportion();
        }
    }

    // Models FindActiveOrLatest
    fn active_or_latest(&self) -> Option<Value> {
        let active: Vec<&Value> = self.sets.all().filter(|set| util::replicas(set) > 0).collect();
        match active.as_slice() {
            [] => self.sets.new.clone().or_else(|| self.sets.old.last().cloned()),
            [one] => Some((*one).clone()),
            _ => None,
        }
    }

    // Models IsSaturated
    fn is_saturated(&self) -> bool {
        let wanted = util::replicas(self.deployment);
        self.sets.new.as_ref().is_some_and(|new| {
            util::replicas(new) == wanted
                && util::desired_annotation(new) == Some(wanted)
                && util::available(new) == wanted
        })
    }

    fn scale_in_proportion(&mut self) {
        let wanted = util::replicas(self.deployment);
        let allowed = if wanted > 0 { wanted + util::max_surge(self.deployment) } else { 0 };
        let mut sets: Vec<Value> = self.sets.all().filter(|set| util::replicas(set) > 0).cloned().collect();
        let to_add = allowed - sets.iter().map(util::replicas).sum::<i64>();
        // Growing favours the newest, shrinking the oldest; larger sets come first.
        let age = |set: &Value| set.str_at(&["metadata", "creationTimestamp"]).to_owned();
        sets.order_by(|one, other| {
            util::replicas(other)
                .cmp(&util::replicas(one))
                .then_with(|| if to_add > 0 { age(other).cmp(&age(one)) } else { age(one).cmp(&age(other)) })
        });
        let mut added = 0;
        let mut sizes: Vec<i64> = Vec::new();
        for set in &sets {
            let share = self.proportion(set, to_add, added);
            added += share;
            sizes.push(util::replicas(set) + share);
        }
        if let Some(first) = sizes.first_mut() {
            *first = (*first + to_add - added).max(0);
        }
        for (set, size) in sets.iter().zip(sizes) {
            self.scale_set(set, size);
        }
    }

    // Models GetReplicaSetProportion, getReplicaSetFraction
    fn proportion(&self, set: &Value, to_add: i64, added: i64) -> i64 {
        if to_add == added {
            return 0;
        }
        let size = util::replicas(set);
        let wanted = util::replicas(self.deployment);
        let total = wanted + util::max_surge(self.deployment);
        let before = util::maximum_annotation(set)
            .filter(|maximum| *maximum > 0)
            .unwrap_or_else(|| self.deployment.int_at(&["status", "replicas"]).unwrap_or(1).max(1));
        let grown = if wanted == 0 { 0 } else { (2 * size * total + before) / (2 * before) };
        let share = grown - size;
        let left = to_add - added;
        if to_add > 0 { share.min(left) } else { share.max(left) }
    }

    pub(super) fn is_complete(&self) -> bool {
        let status = self.status_now();
        let wanted = util::replicas(self.deployment);
        let is = |counter: &str| status.int_at(&[counter]).unwrap_or_default() == wanted;
        is("updatedReplicas")
            && is("replicas")
            && is("availableReplicas")
            && status.int_at(&["observedGeneration"]).unwrap_or_default() >= meta::generation(self.deployment)
    }
}

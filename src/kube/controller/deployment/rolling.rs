//! Rolling updates: the new ReplicaSet up, the old ones down, never beyond the bounds.
// Models pkg/controller/deployment/rolling.go

use super::{Pass, util};
use crate::document::Value;

impl Pass<'_> {
    // Models rolloutRolling
    pub(super) fn roll(&mut self) {
        if self.sync_revision(true) {
            return;
        }
        self.grow_new();
        if !self.acted() {
            self.shrink_old();
        }
        if !self.acted() && self.is_complete() {
            self.clean_up();
        }
        self.sync_rollout_status();
    }

    // Models reconcileNewReplicaSet, NewRSNewReplicas
    fn grow_new(&mut self) {
        let Some(new) = self.sets.new.clone() else { return };
        let wanted = util::replicas(self.deployment);
        let have = util::replicas(&new);
        let size = if have >= wanted {
            wanted
        } else {
            let room = wanted + util::max_surge(self.deployment) - self.sets.wished();
            have + room.max(0).min(wanted - have)
        };
        if size != have {
            self.scale_set(&new, size);
        }
    }

    // Models reconcileOldReplicaSets
    fn shrink_old(&mut self) {
        let old: i64 = self.sets.old.iter().map(util::replicas).sum();
        if old == 0 {
            return;
        }
        let least = util::replicas(self.deployment) - util::max_unavailable(self.deployment);
        let new_unavailable = self.sets.new.as_ref().map_or(0, |new| util::replicas(new) - util::available(new));
        let spare = self.sets.wished() - least - new_unavailable;
        if spare <= 0 {
            return;
        }
        if self.drop_unhealthy(spare) {
            self.drop_healthy(least);
        }
    }

    /// Old Pods that are not available go first: nobody is served by them. Returns whether the counts
    /// of the old sets make sense: one that has not reported its last scaling yet may count more
    /// available Pods than it is to have.
    // Models cleanupUnhealthyReplicas
    fn drop_unhealthy(&mut self, spare: i64) -> bool {
        let mut left = spare;
        for set in self.sets.old.clone() {
            let (have, available) = (util::replicas(&set), util::available(&set));
            if left <= 0 {
                break;
            }
            if have == 0 || have == available {
                continue;
            }
            if have < available {
                return false;
            }
            let drop = left.min(have - available);
            self.scale_set(&set, have - drop);
            left -= drop;
        }
        true
    }

    // Models scaleDownOldReplicaSetsForRollingUpdate
    fn drop_healthy(&mut self, least: i64) {
        let mut left = self.sets.sum("availableReplicas") - least;
        let old: Vec<Value> = self.sets.old.clone();
        for set in old {
            let have = util::replicas(&set);
            if left <= 0 {
                break;
            }
            if have == 0 {
                continue;
            }
            let drop = left.min(have);
            self.scale_set(&set, have - drop);
            left -= drop;
        }
    }
}

//! Rolling update: old Pods go, a few at a time, and new ones take their places.
// Models pkg/controller/daemon/update.go rollingUpdate

use crate::document::Value;
use crate::kube::api::{Object, intstr, meta};
use crate::kube::controller::daemon::{HASH, Pass};
use crate::kube::controller::pods;
use crate::kube::why::Why;
use std::rc::Rc;

/// How many nodes may have two Pods for a while.
// Models SurgeCount
pub(super) fn max_surge(set: &Value, nodes: usize) -> i64 {
    bound(set, "maxSurge", nodes as i64)
}

fn bound(set: &Value, field: &str, desired: i64) -> i64 {
    set.at(&["spec", "updateStrategy", "rollingUpdate", field])
        .and_then(|value| intstr::scaled(value, desired, intstr::Rounding::Up))
        .unwrap_or_default()
}

impl Pass<'_> {
    pub(super) fn roll(&mut self) {
        let desired = self.wishes.iter().filter(|(_, wish)| wish.run).count() as i64;
        let surge = bound(self.set, "maxSurge", desired);
        if surge > 0 {
            return self.roll_with_surge(surge);
        }
        let allowed = bound(self.set, "maxUnavailable", desired).max(1);
        let (mut unavailable, mut broken, mut candidates) = (0, Vec::new(), Vec::new());
        for (_, pods) in self.wished_pods() {
            match self.split(&pods) {
                (Some(new), None) => unavailable += i64::from(!self.is_available(&new)),
                (None, Some(old)) if !self.is_available(&old) => {
                    unavailable += 1;
                    broken.push(old);
                }
                (None, Some(old)) => candidates.push(old),
                _ => unavailable += 1,
            }
        }
        let room = usize::try_from(allowed - unavailable).unwrap_or_default();
        candidates.truncate(room);
        for pod in broken.into_iter().chain(candidates) {
            self.delete(&pod, Why::OldTemplate);
        }
    }

    /// With a surge the new Pod comes first, and the old one goes when the new one is available.
    fn roll_with_surge(&mut self, surge: i64) {
        let (mut surging, mut wanting, mut doomed) = (0, Vec::new(), Vec::new());
        for (node, pods) in self.wished_pods() {
            match self.split(&pods) {
                (None, Some(old)) if self.is_available(&old) => wanting.push(node),
                (None, Some(old)) => doomed.push(old),
                (Some(new), Some(old)) => {
                    if self.is_available(&new) {
                        doomed.push(old);
                    } else {
                        surging += 1;
                    }
                }
                _ => {}
            }
        }
        wanting.truncate(usize::try_from(surge - surging).unwrap_or_default());
        for node in wanting {
            self.create(&node);
        }
        for pod in doomed {
            self.delete(&pod, Why::OldTemplate);
        }
    }

    fn wished_pods(&self) -> Vec<(String, Vec<Rc<Object>>)> {
        self.by_node.iter().map(|(node, pods)| (node.clone(), pods.clone())).collect()
    }

    /// The new and the old Pod among a node's Pods that are not being deleted.
    // Models findUpdatedPodsOnNode
    fn split(&self, pods: &[Rc<Object>]) -> (Option<Rc<Object>>, Option<Rc<Object>>) {
        let mut alive = pods.iter().filter(|pod| !meta::is_deleting(pod));
        let is_new = |pod: &&Rc<Object>| meta::label(pod, HASH) == Some(&self.hash);
        let new = alive.clone().find(is_new).cloned();
        (new, alive.find(|pod| !is_new(pod)).cloned())
    }

    pub(super) fn is_available(&mut self, pod: &Object) -> bool {
        match pods::available_at(pod, self.min_ready) {
            Some(at) if at <= self.seen.now => true,
            Some(at) => {
                self.outcome.requeue_in(at - self.seen.now);
                false
            }
            None => false,
        }
    }
}

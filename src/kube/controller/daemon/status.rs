//! The counters in a DaemonSet's status.
// Models updateDaemonSetStatus, storeDaemonSetStatus

use crate::kube::api::{Key, Request, Resource, Verb, meta};
use crate::kube::controller::daemon::{HASH, Pass, util};
use crate::kube::controller::{Controller, pods};
use crate::kube::why::Why;
use crate::tree;

impl Pass<'_> {
    pub(super) fn update_status(&mut self) {
        let (mut desired, mut current, mut misplaced) = (0_i64, 0_i64, 0_i64);
        let (mut ready, mut available, mut updated) = (0_i64, 0_i64, 0_i64);
        for (node, wish) in self.wishes.clone() {
            let mut pods = self.by_node.get(&node).cloned().unwrap_or_default();
            if !wish.run {
                misplaced += i64::from(!pods.is_empty());
                continue;
            }
            desired += 1;
            util::oldest_first(&mut pods);
            let Some(pod) = pods.first() else { continue };
            current += 1;
            ready += i64::from(pods::is_ready(pod));
            available += i64::from(pods::is_ready(pod) && self.is_available(pod));
            updated += i64::from(meta::label(pod, HASH) == Some(&self.hash));
        }
        let mut status = tree!({
            "currentNumberScheduled": current,
            "numberMisscheduled": misplaced,
            "desiredNumberScheduled": desired,
            "numberReady": ready,
        });
        for (counter, count) in [
            ("observedGeneration", meta::generation(self.set)),
            ("updatedNumberScheduled", updated),
            ("numberAvailable", available),
            ("numberUnavailable", desired - available),
        ] {
            if count > 0 {
                status.set(&[counter], count);
            }
        }
        for kept in ["collisionCount", "conditions"] {
            if let Some(value) = self.set.at(&["status", kept]) {
                status.set(&[kept], value);
            }
        }
        if self.set.at(&["status"]) == Some(&status) {
            return;
        }
        let key = Key::new(Resource::DAEMON_SETS, meta::namespace(self.set), meta::name(self.set));
        let mut body = self.set.value.clone().with(&["status"], status);
        body.remove(&["metadata", "resourceVersion"]);
        let request = Request::new(Controller::DaemonSet.user(), Verb::Update, &key).on("status").with_body(body);
        self.outcome.request(request, Why::Observed);
    }
}

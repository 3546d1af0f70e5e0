//! The counters and revisions in a StatefulSet's status.
// Models updateStatus, completeRollingUpdate

use crate::kube::api::{Key, Object, Request, Resource, Verb, meta};
use crate::kube::controller::Controller;
use crate::kube::controller::statefulset::{Pass, REVISION, is_running_and_ready};
use crate::kube::why::Why;
use crate::tree;
use std::rc::Rc;

impl Pass<'_> {
    pub(super) fn update_status(&mut self) {
        let pods = self.pods.clone();
        let update = meta::name(&self.update).to_owned();
        let mut revision = meta::name(&self.current).to_owned();
        let count = |test: &dyn Fn(&Rc<Object>) -> bool| pods.iter().filter(|pod| test(pod)).count() as i64;
        let of = |name: &str| count(&|pod| !meta::is_deleting(pod) && meta::label(pod, REVISION) == Some(name));
        let (updated, mut current) = (of(&update), of(&revision));
        let ready = count(&|pod| is_running_and_ready(pod));
        let available = pods.iter().filter(|pod| self.is_available(pod)).count() as i64;
        let is_rolling = self.set.str_at(&["spec", "updateStrategy", "type"]) == "RollingUpdate";
        if is_rolling && updated == self.wanted && ready == self.wanted && pods.len() as i64 == self.wanted {
            current = updated;
            revision.clone_from(&update);
        }
        let mut status = tree!({
            "replicas": pods.len() as i64,
            "availableReplicas": available,
            "collisionCount": self.set.int_at(&["status", "collisionCount"]).unwrap_or_default(),
            "currentRevision": revision,
            "updateRevision": update,
        });
        for (counter, count) in [
            ("observedGeneration", meta::generation(self.set)),
            ("readyReplicas", ready),
            ("currentReplicas", current),
            ("updatedReplicas", updated),
        ] {
            if count > 0 {
                status.set(&[counter], count);
            }
        }
        if self.set.at(&["status"]) == Some(&status) {
            return;
        }
        let key = Key::new(Resource::STATEFUL_SETS, meta::namespace(self.set), meta::name(self.set));
        let mut body = self.set.value.clone().with(&["status"], status);
        body.remove(&["metadata", "resourceVersion"]);
        let request = Request::new(Controller::StatefulSet.user(), Verb::Update, &key).on("status").with_body(body);
        self.outcome.request(request, Why::Observed);
    }
}

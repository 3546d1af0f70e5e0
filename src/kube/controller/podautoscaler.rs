//! The horizontal pod autoscaler. No cluster here measures what Pods use, so it keeps its target
//! within its bounds, and says that it cannot do more.
// Models pkg/controller/podautoscaler/horizontal.go reconcileAutoscaler

use crate::document::Value;
use crate::kube::api::{Key, Object, Request, Resource, Verb, meta};
use crate::kube::controller::Controller;
use crate::kube::why::Why;
use crate::kube::{Outcome, Snapshot};
use crate::sim::Change;
use crate::tree;
use std::rc::Rc;

const NO_METRICS: &str = "unable to fetch metrics from resource metrics API: the server could not find the requested \
                          resource (get pods.metrics.k8s.io)";

/// Which keys a change makes it look at: the autoscaler, and those of a workload.
#[must_use]
pub fn interested(change: &Change<Key, Rc<Object>>, seen: &Snapshot<'_>) -> Vec<Key> {
    match change.key.resource {
        Resource::HORIZONTAL_POD_AUTOSCALERS => vec![change.key.clone()],
        Resource::DEPLOYMENTS
        | Resource::REPLICA_SETS
        | Resource::STATEFUL_SETS
        | Resource::REPLICATION_CONTROLLERS => seen
            .list(Resource::HORIZONTAL_POD_AUTOSCALERS, &change.key.namespace)
            .filter(|scaler| target_of(scaler).as_ref() == Some(&change.key))
            .filter_map(|scaler| meta::key(scaler))
            .collect(),
        _ => Vec::new(),
    }
}

fn target_of(scaler: &Value) -> Option<Key> {
    let target = scaler.at(&["spec", "scaleTargetRef"])?;
    let resource = Resource::of(target.str_at(&["apiVersion"]), target.str_at(&["kind"]))?;
    Some(Key::new(resource, meta::namespace(scaler), target.str_at(&["name"])))
}

/// One pass over one autoscaler.
#[must_use]
pub fn reconcile(key: &Key, seen: &Snapshot<'_>) -> Outcome {
    let Some(scaler) = seen.get(key).filter(|scaler| !meta::is_deleting(scaler)) else { return Outcome::settled() };
    let status = scaler.at(&["status"]).cloned().unwrap_or_else(|| tree!({}));
    let mut pass = Pass { scaler, seen, status, outcome: Outcome::settled() };
    pass.run();
    pass.update_status(key);
    pass.outcome
}

struct Pass<'a> {
    scaler: &'a Rc<Object>,
    seen: &'a Snapshot<'a>,
    status: Value,
    outcome: Outcome,
}

impl Pass<'_> {
    fn run(&mut self) {
        let Some(target) = target_of(self.scaler) else { return };
        let Some(workload) = self.seen.get(&target).cloned() else {
            let problem = format!("{} \"{}\" not found", target.resource.qualified(), target.name);
            let message = format!("the HPA controller was unable to get the target's current scale: {problem}");
            if self.put("AbleToScale", "False", "FailedGetScale", &message) {
                self.outcome.event(self.scaler, "Warning", "FailedGetScale", problem);
            }
            return;
        };
        let message = "the HPA controller was able to get the target's current scale";
        let rescaled = meta::condition(self.scaler, "AbleToScale")
            .is_some_and(|known| known.str_at(&["reason"]) == "SucceededRescale");
        if !rescaled {
            self.put("AbleToScale", "True", "SucceededGetScale", message);
        }
        let wished = workload.int_at(&["spec", "replicas"]).unwrap_or(1);
        let current = workload.int_at(&["status", "replicas"]).unwrap_or_default();
        self.status.set(&["currentReplicas"], current);
        let known = self.status.int_at(&["desiredReplicas"]).unwrap_or_default();
        self.status.set(&["desiredReplicas"], known);
        let least = self.scaler.int_at(&["spec", "minReplicas"]).unwrap_or(1);
        let most = self.scaler.int_at(&["spec", "maxReplicas"]).unwrap_or(least);
        if wished == 0 && least != 0 {
            let message = "scaling is disabled since the replica count of the target is zero";
            self.put("ScalingActive", "False", "ScalingDisabled", message);
        } else if wished > most {
            self.rescale(&target, wished, most, "Current number of replicas above Spec.MaxReplicas");
        } else if wished < least {
            self.rescale(&target, wished, least, "Current number of replicas below Spec.MinReplicas");
        } else {
            self.fail_to_measure();
        }
    }

    fn rescale(&mut self, target: &Key, from: i64, to: i64, reason: &str) {
        let body = tree!({
            "apiVersion": "autoscaling/v1",
            "kind": "Scale",
            "metadata": { "name": &*target.name, "namespace": &*target.namespace },
            "spec": { "replicas": to },
        });
        let user = Controller::HorizontalPodAutoscaler.user();
        let request = Request::new(user, Verb::Update, target).on("scale");
        let why = if to > from { Why::TooFew { want: to, have: from } } else { Why::TooMany { want: to, have: from } };
        self.outcome.request(request.with_body(body), why);
        self.outcome.event(self.scaler, "Normal", "SuccessfulRescale", format!("New size: {to}; reason: {reason}"));
        let message = format!("the HPA controller was able to update the target scale to {to}");
        self.put("AbleToScale", "True", "SucceededRescale", &message);
        self.status.set(&["desiredReplicas"], to);
        self.status.set(&["lastScaleTime"], self.seen.now.rfc3339());
    }

    // Models computeReplicasForMetrics
    fn fail_to_measure(&mut self) {
        let metrics = self.scaler.items_at(&["spec", "metrics"]).to_vec();
        let Some(first) = metrics.first() else { return };
        let name = match first.str_at(&["resource", "name"]) {
            "" => "cpu",
            name => name,
        };
        let kind = first.str_at(&["resource", "target", "type"]);
        let what = if kind == "Utilization" { "utilization" } else { "usage" };
        let problem = format!("failed to get {name} {what}: unable to get metrics for resource {name}: {NO_METRICS}");
        let message = format!("the HPA was unable to compute the replica count: {problem}");
        if self.put("ScalingActive", "False", "FailedGetResourceMetric", &message) {
            self.outcome.event(self.scaler, "Warning", "FailedGetResourceMetric", problem.as_str());
            let count = metrics.len();
            let message = format!(
                "invalid metrics ({count} invalid out of {count}), first error is: failed to get {name} resource \
                 metric value: {problem}"
            );
            self.outcome.event(self.scaler, "Warning", "FailedComputeMetricsReplicas", message);
        }
    }

    /// Puts a condition; returns whether that changed anything.
    fn put(&mut self, kind: &str, status: &str, reason: &str, message: &str) -> bool {
        let now = self.seen.now.rfc3339();
        let list = self.status.at_mut(&["conditions"]).items_mut();
        let known = list.iter_mut().find(|listed| listed.str_at(&["type"]) == kind);
        let since = known.as_ref().filter(|listed| listed.str_at(&["status"]) == status);
        let since = since.map_or(now, |listed| listed.str_at(&["lastTransitionTime"]).to_owned());
        let condition = tree!({
            "type": kind,
            "status": status,
            "lastTransitionTime": since,
            "reason": reason,
            "message": message,
        });
        match known {
            Some(listed) if *listed == condition => return false,
            Some(listed) => *listed = condition,
            None => list.push(condition),
        }
        true
    }

    fn update_status(&mut self, key: &Key) {
        if self.scaler.at(&["status"]) == Some(&self.status) {
            return;
        }
        let mut body = self.scaler.value.clone().with(&["status"], self.status.clone());
        body.remove(&["metadata", "resourceVersion"]);
        let user = Controller::HorizontalPodAutoscaler.user();
        self.outcome.request(Request::new(user, Verb::Update, key).on("status").with_body(body), Why::Observed);
    }
}

//! The horizontal pod autoscaler: it keeps its target within its bounds, and where something
//! measures what Pods use, looks every 15 seconds how many replicas that asks for. `replicas` counts
//! them, `behavior` says how fast it may go.
//!
//! The recordings' cluster measures nothing: there it says that it cannot do more.
// Models pkg/controller/podautoscaler/horizontal.go reconcileAutoscaler

mod behavior;
mod replicas;

pub use behavior::Scaling;

use crate::document::Value;
use crate::kube::api::{Key, Object, Quantity, Request, Resource, Verb, meta};
use crate::kube::controller::Controller;
use crate::kube::controller::claim;
use crate::kube::why::Why;
use crate::kube::{Measures, Outcome, Snapshot};
use crate::sim::{Change, ChangeKind, SimTime, secs};
use crate::tree;
use replicas::{Aim, Measured};
use std::rc::Rc;

/// How often it looks at what Pods use.
// Source: --horizontal-pod-autoscaler-sync-period.
pub const SYNC_PERIOD: SimTime = secs(15);

const NO_METRICS: &str = "unable to fetch metrics from resource metrics API: the server could not find the requested \
                          resource (get pods.metrics.k8s.io)";

/// Which keys a change makes it look at, a sync period later: a queued autoscaler stays where it is.
// Models HorizontalController.enqueueHPA
#[must_use]
pub fn interested(change: &Change<Key, Rc<Object>>) -> Vec<Key> {
    let concerns = change.key.resource == Resource::HORIZONTAL_POD_AUTOSCALERS && change.kind != ChangeKind::Deleted;
    if concerns { vec![change.key.clone()] } else { Vec::new() }
}

fn target_of(scaler: &Value) -> Option<Key> {
    let target = scaler.at(&["spec", "scaleTargetRef"])?;
    let resource = Resource::of(target.str_at(&["apiVersion"]), target.str_at(&["kind"]))?;
    Some(Key::new(resource, meta::namespace(scaler), target.str_at(&["name"])))
}

/// One look by the clock at one autoscaler, and at what its target's Pods use where something measures that.
#[must_use]
pub fn reconcile(key: &Key, seen: &Snapshot<'_>) -> Outcome {
    let Some(scaler) = seen.get(key).filter(|scaler| !meta::is_deleting(scaler)) else { return Outcome::settled() };
    let status = scaler.at(&["status"]).cloned().unwrap_or_else(|| tree!({}));
    let mut pass = Pass { scaler, seen, status, outcome: Outcome::settled() };
    pass.run(seen.measures.as_ref());
    pass.update_status(key);
    pass.outcome.requeue_in(SYNC_PERIOD);
    pass.outcome
}

/// The Pods that an autoscaler's target has, in key order.
#[must_use]
pub fn pods_of<'a>(key: &Key, seen: &Snapshot<'a>) -> Vec<&'a Rc<Object>> {
    let target = seen.get(key).and_then(|scaler| target_of(scaler)).and_then(|target| seen.get(&target));
    let Some(target) = target else { return Vec::new() };
    let selector = claim::selector_of(target);
    seen.list(Resource::PODS, &key.namespace).filter(|pod| selector.matches(meta::labels(pod))).collect()
}

struct Pass<'a> {
    scaler: &'a Rc<Object>,
    seen: &'a Snapshot<'a>,
    status: Value,
    outcome: Outcome,
}

impl Pass<'_> {
    fn run(&mut self, measures: Option<&Measures<'_>>) {
        let Some(target) = target_of(self.scaler) else { return };
        let Some(workload) = self.seen.get(&target).cloned() else {
            let problem = format!("{} \"{}\" not found", target.resource.qualified(), target.name);
            let message = format!("the HPA controller was unable to get the target's current scale: {problem}");
            self.put("AbleToScale", "False", "FailedGetScale", &message);
            self.outcome.event(self.scaler, "Warning", "FailedGetScale", problem);
            return;
        };
        let message = "the HPA controller was able to get the target's current scale";
        let known = meta::condition(self.scaler, "AbleToScale");
        let rescaled = known.is_some_and(|known| known.str_at(&["reason"]) == "SucceededRescale");
        // Where something measures, the look by the clock says what comes next.
        let is_said = known.is_some_and(|known| known.str_at(&["status"]) == "True") && self.seen.measures.is_some();
        if !rescaled && !is_said {
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
        } else if let Some(measures) = measures {
            self.follow(&target, wished, measures);
        } else if self.seen.measures.is_none() {
            self.fail_to_measure();
        }
    }

    /// Goes where the metrics want it, as fast as it may.
    // Models reconcileAutoscaler
    fn follow(&mut self, target: &Key, wished: i64, measures: &Measures<'_>) {
        let key = Key::new(Resource::HORIZONTAL_POD_AUTOSCALERS, target.namespace.clone(), meta::name(self.scaler));
        let now = self.seen.now;
        let Some((wanted, metric)) = self.measure(&key, wished, measures) else { return };
        let mut memory = measures.scalings.get(&key).cloned().unwrap_or_default();
        memory.forget(now);
        if memory.recommendations.is_empty() {
            // Models recordInitialRecommendation.
            memory.recommendations.push((now, wished));
        }
        memory.recommendations.push((now, wanted));
        let (stable, stabilized) = behavior::stabilized(self.scaler, &memory, now, wished, wanted);
        match stabilized {
            Some((reason, message)) => self.put("AbleToScale", "True", reason, message),
            None => self.put("AbleToScale", "True", "ReadyForNewScale", "recommended size matches current size"),
        };
        let (next, held) = behavior::limited(self.scaler, &memory, now, wished, stable);
        match held {
            Some((reason, message)) => self.put("ScalingLimited", "True", reason, message),
            None => {
                let message = "the desired count is within the acceptable range";
                self.put("ScalingLimited", "False", "DesiredWithinRange", message)
            }
        };
        self.status.set(&["desiredReplicas"], next);
        if next != wished {
            memory.changes.push((now, next - wished));
            let reason =
                if next > wished { format!("{metric} above target") } else { "All metrics below target".to_owned() };
            self.rescale(target, wished, next, &reason);
        }
        self.outcome.scaling = Some((key, memory));
    }

    /// What the metrics ask for: the most of them, with the name of the one that does.
    // Models computeReplicasForMetrics
    fn measure(&mut self, key: &Key, current: i64, measures: &Measures<'_>) -> Option<(i64, String)> {
        let pods = pods_of(key, self.seen);
        let metrics = self.scaler.items_at(&["spec", "metrics"]).to_vec();
        let mut best: Option<(i64, String)> = None;
        let mut measured = Vec::new();
        let mut problem: Option<String> = None;
        for metric in &metrics {
            let name = metric.str_at(&["resource", "name"]);
            let (aim, what) = match aim_of(metric) {
                Some(Aim::Utilization(hundredths)) => {
                    (Aim::Utilization(hundredths), format!("{name} resource utilization (percentage of request)"))
                }
                Some(aim) => (aim, format!("{name} resource")),
                None => {
                    problem.get_or_insert_with(|| {
                        format!("metrics of type {} are not measured here", metric.str_at(&["type"]))
                    });
                    continue;
                }
            };
            match replicas::of_pods(&pods, name, aim, current, (self.seen.now, measures)) {
                Ok(found) => {
                    measured.push(current_metric(name, &found));
                    if best.as_ref().is_none_or(|(most, _)| found.replicas > *most) {
                        best = Some((found.replicas, what));
                    }
                }
                Err(words) => {
                    let kind = if matches!(aim, Aim::Utilization(_)) { "utilization" } else { "usage" };
                    problem.get_or_insert(format!("failed to get {name} {kind}: {words}"));
                }
            }
        }
        if !measured.is_empty() {
            self.status.set(&["currentMetrics"], Value::list(measured));
        }
        // What is not known keeps it from going down.
        let best = best.filter(|(most, _)| problem.is_none() || *most >= current);
        match (&best, problem) {
            (Some((_, what)), _) => {
                let message = format!("the HPA was able to successfully calculate a replica count from {what}");
                self.put("ScalingActive", "True", "ValidMetricFound", &message);
            }
            (None, Some(problem)) => {
                let message = format!("the HPA was unable to compute the replica count: {problem}");
                self.put("ScalingActive", "False", "FailedGetResourceMetric", &message);
                self.outcome.event(self.scaler, "Warning", "FailedGetResourceMetric", problem.as_str());
            }
            (None, None) => {}
        }
        best
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
        self.put("ScalingActive", "False", "FailedGetResourceMetric", &message);
        self.outcome.event(self.scaler, "Warning", "FailedGetResourceMetric", problem.as_str());
        let count = metrics.len();
        let message = format!(
            "invalid metrics ({count} invalid out of {count}), first error is: failed to get {name} resource metric \
             value: {problem}"
        );
        self.outcome.event(self.scaler, "Warning", "FailedComputeMetricsReplicas", message);
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

    /// Writes what has changed.
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

/// What a metric is aimed at, if it is one that can be measured here.
fn aim_of(metric: &Value) -> Option<Aim> {
    let target = metric.at(&["resource", "target"])?;
    if !matches!(metric.str_at(&["resource", "name"]), "cpu" | "memory") {
        return None;
    }
    match target.int_at(&["averageUtilization"]) {
        Some(hundredths) => Some(Aim::Utilization(hundredths)),
        None => {
            let amount = Quantity::of(target.at(&["averageValue"])?).milli();
            Some(Aim::Average(i64::try_from(amount).unwrap_or(i64::MAX)))
        }
    }
}

/// `status.currentMetrics[]`.
fn current_metric(name: &str, measured: &Measured) -> Value {
    let average = match name {
        "memory" => (measured.average / 1000).to_string(),
        _ => format!("{}m", measured.average),
    };
    let mut current = tree!({ "averageValue": average });
    if let Some(hundredths) = measured.utilization {
        current.set(&["averageUtilization"], hundredths);
    }
    tree!({ "type": "Resource", "resource": { "name": name, "current": (current) } })
}

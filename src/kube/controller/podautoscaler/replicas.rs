//! How many replicas a measurement asks for.
// Models pkg/controller/podautoscaler/replica_calculator.go

use crate::document::Value;
use crate::kube::Measures;
use crate::kube::api::{Object, Quantity, meta};
use crate::sim::{SimTime, secs};
use std::rc::Rc;

/// A ratio within a tenth of one changes nothing.
// Source: --horizontal-pod-autoscaler-tolerance.
const TOLERANCE_DIVISOR: i64 = 10;
/// What a Pod uses while it starts counts for little.
// Source: --horizontal-pod-autoscaler-cpu-initialization-period, …-initial-readiness-delay.
const CPU_INITIALIZATION: SimTime = secs(300);
const READINESS_DELAY: SimTime = secs(30);
/// How long one measurement takes.
const WINDOW: SimTime = secs(15);

/// What a metric is aimed at.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) enum Aim {
    /// So many hundredths of what the Pods ask for.
    Utilization(i64),
    /// So much for each Pod, in thousandths.
    Average(i64),
}

/// What was measured, and how many replicas that asks for.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) struct Measured {
    pub replicas: i64,
    pub utilization: Option<i64>,
    /// For each Pod, in thousandths.
    pub average: i64,
}

/// The Pods of a workload in groups.
#[derive(Default)]
struct Groups<'a> {
    /// Those that count, with what they use.
    ready: Vec<(&'a Rc<Object>, i64)>,
    /// Those that were measured too early, or are not ready.
    unready: Vec<&'a Rc<Object>>,
    /// Those of which nothing is known.
    missing: Vec<&'a Rc<Object>>,
}

/// Looks at the Pods of a workload; `now` replicas are there.
///
/// # Errors
/// Upstream's words, where nothing can be said.
// Models GetResourceReplicas, GetRawResourceReplicas, calcPlainMetricReplicas
pub(super) fn of_pods(
    pods: &[&Rc<Object>],
    resource: &str,
    aim: Aim,
    now: i64,
    (moment, measures): (SimTime, &Measures<'_>),
) -> Result<Measured, String> {
    let groups = grouped(pods, resource, moment, measures);
    if groups.ready.is_empty() && groups.unready.is_empty() {
        return Err(format!(
            "unable to get metrics for resource {resource}: no metrics returned from resource metrics API"
        ));
    }
    if groups.ready.is_empty() {
        return Err("did not receive metrics for targeted pods (pods might be unready)".to_owned());
    }
    let asked = |pod: &Rc<Object>| -> Result<i64, String> {
        match aim {
            Aim::Utilization(_) => request_of(pod, resource),
            Aim::Average(_) => Ok(0),
        }
    };
    let used: i64 = groups.ready.iter().map(|(_, used)| used).sum();
    let count = groups.ready.len() as i64;
    let mut requests = 0;
    for (pod, _) in &groups.ready {
        requests += asked(pod)?;
    }
    let ratio = |used: i64, requests: i64, count: i64| match aim {
        Aim::Utilization(target) => (used * 100 / requests.max(1), target.max(1)),
        Aim::Average(target) => (used / count.max(1), target.max(1)),
    };
    let (have, target) = ratio(used, requests, count);
    let measured = |replicas: i64| Measured {
        replicas,
        utilization: matches!(aim, Aim::Utilization(_)).then_some(have),
        average: used / count,
    };
    let counts_unready = !groups.unready.is_empty() && have > target;
    if !counts_unready && groups.missing.is_empty() {
        return Ok(measured(if is_close(have, target) { now } else { ceil(have * count, target) }));
    }
    // Careful both ways: what is not known counts as idle when more are wanted, and as on target
    // when fewer are.
    let (mut total, mut all, mut asked_for) = (used, count, requests);
    let mut add = |pod: &Rc<Object>, counts_as_target: bool| -> Result<(), String> {
        let request = asked(pod)?;
        asked_for += request;
        all += 1;
        total += match aim {
            _ if !counts_as_target => 0,
            Aim::Utilization(target) => request * target / 100,
            Aim::Average(target) => target,
        };
        Ok(())
    };
    for pod in &groups.missing {
        add(pod, have < target)?;
    }
    if counts_unready {
        for pod in &groups.unready {
            add(pod, false)?;
        }
    }
    let (anew, target) = ratio(total, asked_for, all);
    let turned = (have < target && anew > target) || (have > target && anew < target);
    if is_close(anew, target) || turned {
        return Ok(measured(now));
    }
    let replicas = ceil(anew * all, target);
    let against = (anew < target && replicas > now) || (anew > target && replicas < now);
    Ok(measured(if against { now } else { replicas }))
}

fn is_close(have: i64, target: i64) -> bool {
    (have - target).abs() * TOLERANCE_DIVISOR <= target
}

fn ceil(number: i64, by: i64) -> i64 {
    (number + by - 1) / by
}

// Models groupPods
fn grouped<'a>(pods: &[&'a Rc<Object>], resource: &str, now: SimTime, measures: &Measures<'_>) -> Groups<'a> {
    let mut groups = Groups::default();
    for pod in pods.iter().copied() {
        let phase = pod.str_at(&["status", "phase"]);
        if meta::is_deleting(pod) || phase == "Failed" || phase == "Succeeded" {
            continue;
        }
        if phase == "Pending" {
            groups.unready.push(pod);
            continue;
        }
        let Some(used) = usage_of(pod, resource, now, measures) else {
            groups.missing.push(pod);
            continue;
        };
        if resource == "cpu" && is_early(pod, now) {
            groups.unready.push(pod);
        } else {
            groups.ready.push((pod, used));
        }
    }
    groups
}

/// Whether what a Pod uses says nothing yet about its work.
fn is_early(pod: &Value, now: SimTime) -> bool {
    let started = SimTime::parse_rfc3339(pod.str_at(&["status", "startTime"]));
    let (Some(condition), Some(started)) = (meta::condition(pod, "Ready"), started) else { return true };
    let is_ready = condition.str_at(&["status"]) == "True";
    let turned = SimTime::parse_rfc3339(condition.str_at(&["lastTransitionTime"])).unwrap_or(started);
    if started + CPU_INITIALIZATION > now {
        return !is_ready || now < turned + WINDOW;
    }
    !is_ready && started + READINESS_DELAY > turned
}

/// What the containers of a Pod use: CPU in thousandths, memory in bytes times a thousand.
fn usage_of(pod: &Value, resource: &str, now: SimTime, measures: &Measures<'_>) -> Option<i64> {
    let running = measures.runtime.of_pod(meta::uid(pod)).filter(|(_, process)| process.ended.is_none());
    let mut used: Option<i64> = None;
    for (_, process) in running {
        let one = match resource {
            "cpu" => process.cpu_milli(now),
            "memory" => process.memory().saturating_mul(1000),
            _ => return None,
        };
        used = Some(used.unwrap_or_default() + one);
    }
    used
}

/// What the containers of a Pod ask for, in thousandths.
// Models calculatePodRequests
fn request_of(pod: &Value, resource: &str) -> Result<i64, String> {
    let mut sum = 0;
    let sidecars = pod.items_at(&["spec", "initContainers"]).iter();
    let sidecars = sidecars.filter(|container| container.str_at(&["restartPolicy"]) == "Always");
    for container in pod.items_at(&["spec", "containers"]).iter().chain(sidecars) {
        let Some(request) = container.at(&["resources", "requests", resource]) else {
            let name = container.str_at(&["name"]);
            return Err(format!("missing request for {resource} in container {name} of Pod {}", meta::name(pod)));
        };
        sum += i64::try_from(Quantity::of(request).milli()).unwrap_or(i64::MAX);
    }
    Ok(sum)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_tenth_more_or_less_is_on_target() {
        for (have, target, close) in [(50, 50, true), (55, 50, true), (56, 50, false), (45, 50, true), (44, 50, false)]
        {
            assert_eq!(is_close(have, target), close, "{have} of {target}");
        }
        assert_eq!((ceil(90 * 2, 50), ceil(100, 50)), (4, 2));
    }
}

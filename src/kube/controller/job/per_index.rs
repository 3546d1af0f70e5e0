//! Jobs whose numbers may fail so often each: `backoffLimitPerIndex`.
//!
//! How often a number has failed is written into the annotations of its newest Pod; so a failed Pod
//! stays until another has taken its place.
// Models pkg/controller/job/indexed_job_utils.go, backoff_utils.go

use super::policy::{self, Verdict};
use super::{BACKOFF, BACKOFF_MAX, indexed};
use crate::document::Value;
use crate::kube::api::{Object, meta};
use crate::kube::controller::pods;
use crate::sim::SimTime;
use std::collections::{BTreeMap, BTreeSet};
use std::rc::Rc;

const FAILURES: &str = "batch.kubernetes.io/job-index-failure-count";
const IGNORED: &str = "batch.kubernetes.io/job-index-ignored-failure-count";

/// How often each number may fail before it is given up.
pub(super) fn limit(job: &Value) -> Option<i64> {
    if indexed::is_indexed(job) { job.int_at(&["spec", "backoffLimitPerIndex"]) } else { None }
}

fn count(pod: &Value, annotation: &str) -> i64 {
    meta::annotation(pod, annotation).and_then(|text| text.parse().ok()).unwrap_or_default()
}

/// The numbers that are given up because of these Pods.
// Models isIndexFailed
pub(super) fn given_up(job: &Value, pods: &[Rc<Object>]) -> BTreeSet<i64> {
    let Some(limit) = limit(job) else { return BTreeSet::new() };
    let gives_up = |pod: &&Rc<Object>| {
        policy::has_failed(job, pod)
            && (policy::fails_index(job, pod) || !policy::is_ignored(job, pod) && count(pod, FAILURES) >= limit)
    };
    pods.iter().filter(gives_up).filter_map(|pod| indexed::index_of(pod)).collect()
}

/// Whether the Job is over because of numbers that are given up.
// Models syncJob
pub(super) fn verdict(job: &Value, failed: usize, succeeded: usize) -> Option<Verdict> {
    let number = |count: usize| i64::try_from(count).unwrap_or(i64::MAX);
    if job.int_at(&["spec", "maxFailedIndexes"]).is_some_and(|most| number(failed) > most) {
        let message = "Job has exceeded the specified maximal number of failed indexes";
        return Some(Verdict::failure("MaxFailedIndexesExceeded", message));
    }
    let all = job.int_at(&["spec", "completions"]).unwrap_or_default();
    (failed > 0 && number(failed + succeeded) >= all)
        .then(|| Verdict::failure("FailedIndexes", "Job has failed indexes"))
}

/// The failed Pods that must stay until another has taken their place, by number.
// Models getPodsWithDelayedDeletionPerIndex
pub(super) fn delayed(job: &Value, all: &[Rc<Object>], settled: &BTreeSet<i64>) -> BTreeMap<i64, Rc<Object>> {
    let mut delayed: BTreeMap<i64, Rc<Object>> = BTreeMap::new();
    if limit(job).is_none() {
        return delayed;
    }
    let active: BTreeSet<i64> =
        all.iter().filter(|pod| pods::is_active(pod)).filter_map(|pod| indexed::index_of(pod)).collect();
    let failures = |pod: &Value| count(pod, FAILURES) + count(pod, IGNORED);
    for pod in all.iter().filter(|pod| super::is_tracked(pod) && policy::has_failed(job, pod)) {
        let Some(index) = indexed::index_of(pod) else { continue };
        if settled.contains(&index) || active.contains(&index) {
            continue;
        }
        if delayed.get(&index).is_none_or(|known| failures(known) <= failures(pod)) {
            delayed.insert(index, pod.clone());
        }
    }
    delayed
}

/// How long the next Pod of a number waits after this one failed.
// Models getRemainingTimePerIndex
pub(super) fn remaining(pod: &Value, now: SimTime) -> SimTime {
    let failures = count(pod, FAILURES) + count(pod, IGNORED) + 1;
    let delay = (1..failures.min(8)).fold(BACKOFF, |delay, _| delay + delay).min(BACKOFF_MAX);
    (policy::finished_at(pod) + delay).since(now)
}

/// Writes how often the number has failed into its next Pod.
// Models getNewIndexFailureCounts
pub(super) fn annotate(job: &Value, pod: &mut Value, replaced: Option<&Value>) {
    let (mut failures, mut ignored) = (0, 0);
    if let Some(before) = replaced {
        (failures, ignored) = (count(before, FAILURES), count(before, IGNORED));
        if policy::is_ignored(job, before) {
            ignored += 1;
        } else {
            failures += 1;
        }
    }
    pod.set(&["metadata", "annotations", FAILURES], failures.to_string());
    if ignored > 0 {
        pod.set(&["metadata", "annotations", IGNORED], ignored.to_string());
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::tree;

    fn failed(index: i64, failures: i64) -> Rc<Object> {
        let value = tree!({
            "metadata": {
                "annotations": { "batch.kubernetes.io/job-completion-index": (index.to_string()) },
                "finalizers": ["batch.kubernetes.io/job-tracking"],
            },
            "status": { "phase": "Failed" },
        });
        Rc::new(Object {
            value: value.with(&["metadata", "annotations", FAILURES], failures.to_string()),
            ..Object::default()
        })
    }

    #[test]
    fn a_number_is_given_up_when_it_has_failed_too_often() {
        let job = tree!({ "spec": { "completionMode": "Indexed", "completions": 3, "backoffLimitPerIndex": 1 } });
        let pods = [failed(0, 0), failed(1, 1)];
        assert_eq!(given_up(&job, &pods), [1].into());
        assert_eq!(delayed(&job, &pods, &[1].into()).keys().copied().collect::<Vec<_>>(), [0]);
        assert!(verdict(&job, 1, 1).is_none());
        assert_eq!(verdict(&job, 1, 2).map(|verdict| verdict.reason), Some("FailedIndexes".to_owned()));
        let strict = job.with(&["spec", "maxFailedIndexes"], 0);
        assert_eq!(verdict(&strict, 1, 0).map(|verdict| verdict.reason), Some("MaxFailedIndexesExceeded".to_owned()));
        let mut next = Value::map();
        annotate(&strict, &mut next, Some(&pods[1]));
        assert_eq!(meta::annotation(&next, FAILURES), Some("2"));
    }
}

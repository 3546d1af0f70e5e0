//! Jobs whose Pods have numbers.
// Models pkg/controller/job/indexed_job_utils.go

use crate::document::Value;
use crate::kube::api::{Object, meta};
use std::collections::BTreeSet;
use std::rc::Rc;

/// The label and annotation with a Pod's number.
pub(super) const INDEX: &str = "batch.kubernetes.io/job-completion-index";

pub(super) fn is_indexed(job: &Value) -> bool {
    job.str_at(&["spec", "completionMode"]) == "Indexed"
}

/// The Pod's number.
pub(super) fn index_of(pod: &Value) -> Option<i64> {
    meta::annotation(pod, INDEX)?.parse().ok()
}

/// `0-2,5` as a set.
// Models succeededIndexesFromString
pub(super) fn parse(text: &str) -> BTreeSet<i64> {
    let range = |part: &str| {
        let (first, last) = part.split_once('-').unwrap_or((part, part));
        Some(first.parse::<i64>().ok()?..=last.parse::<i64>().ok()?)
    };
    text.split(',').filter_map(range).flatten().collect()
}

/// A set as `0-2,5`; two neighbours stand by themselves.
// Models orderedIntervals.String
pub(super) fn print(indexes: &BTreeSet<i64>) -> String {
    let mut runs: Vec<(i64, i64)> = Vec::new();
    for &index in indexes {
        match runs.last_mut() {
            Some((_, last)) if *last + 1 == index => *last = index,
            _ => runs.push((index, index)),
        }
    }
    let text = |(first, last): &(i64, i64)| match last - first {
        0 => first.to_string(),
        1 => format!("{first},{last}"),
        _ => format!("{first}-{last}"),
    };
    runs.iter().map(text).collect::<Vec<_>>().join(",")
}

/// The numbers that are done or being done.
pub(super) fn taken(active: &[Rc<Object>], done: &BTreeSet<i64>) -> BTreeSet<i64> {
    active.iter().filter_map(|pod| index_of(pod)).chain(done.iter().copied()).collect()
}

/// The first numbers that nobody has.
// Models firstPendingIndexes
pub(super) fn pending(job: &Value, taken: &BTreeSet<i64>, count: i64) -> Vec<i64> {
    let completions = job.int_at(&["spec", "completions"]).unwrap_or_default();
    let count = usize::try_from(count).unwrap_or_default();
    (0..completions).filter(|index| !taken.contains(index)).take(count).collect()
}

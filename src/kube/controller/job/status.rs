//! The status that one pass drafts.
// Models trackJobStatusAndRemoveFinalizers, flushUncountedAndRemoveFinalizers

use crate::document::Value;
use crate::kube::api::{Object, meta};
use crate::kube::controller::job::{indexed, is_tracked, per_index, policy};
use crate::kube::controller::pods;
use crate::sim::SimTime;
use crate::tree;
use std::collections::BTreeSet;
use std::rc::Rc;

const UNCOUNTED: &str = "uncountedTerminatedPods";

/// A status in the making.
pub(super) struct Draft {
    value: Value,
    /// Pods that are to be counted without a number: their failure is ignored.
    ignored: BTreeSet<String>,
    /// Pods that this pass asked for.
    expected: i64,
    terminating: i64,
    is_indexed: bool,
}

impl Draft {
    pub fn new(job: &Value) -> Self {
        Self {
            value: job.at(&["status"]).cloned().unwrap_or_else(|| tree!({})),
            ignored: BTreeSet::new(),
            expected: 0,
            terminating: 0,
            is_indexed: indexed::is_indexed(job),
        }
    }

    pub fn has_start(&self) -> bool {
        self.value.get("startTime").is_some()
    }

    pub fn start(&self) -> Option<SimTime> {
        SimTime::parse_rfc3339(self.value.str_at(&["startTime"]))
    }

    pub fn set_start(&mut self, now: SimTime) {
        self.value.set(&["startTime"], now.rfc3339());
    }

    pub fn clear_start(&mut self) {
        self.value.remove(&["startTime"]);
    }

    pub fn set_completion(&mut self, now: SimTime) {
        self.value.set(&["completionTime"], now.rfc3339());
    }

    pub fn failed(&self) -> i64 {
        self.value.int_at(&["failed"]).unwrap_or_default()
    }

    /// How many have succeeded, with those that are not numbers yet.
    pub fn succeeded(&self) -> i64 {
        self.value.int_at(&["succeeded"]).unwrap_or_default() + self.uncounted("succeeded").len() as i64
    }

    pub fn uncounted(&self, list: &str) -> Vec<String> {
        let uids = self.value.items_at(&[UNCOUNTED, list]);
        uids.iter().filter_map(Value::as_str).map(str::to_owned).collect()
    }

    fn set_uncounted(&mut self, list: &str, uids: Vec<String>) {
        if uids.is_empty() {
            self.value.remove(&[UNCOUNTED, list]);
        } else {
            let uids: Vec<Value> = uids.into_iter().map(Value::from).collect();
            self.value.set(&[UNCOUNTED, list], uids);
        }
        if self.value.get(UNCOUNTED).is_none() {
            self.value.set(&[UNCOUNTED], tree!({}));
        }
    }

    /// Noted Pods that are tracked no more become numbers.
    pub fn count_settled(&mut self, pods: &[Rc<Object>]) {
        for list in ["succeeded", "failed"] {
            let (left, settled): (Vec<_>, Vec<_>) = self
                .uncounted(list)
                .into_iter()
                .partition(|uid| pods.iter().any(|pod| meta::uid(pod) == uid && is_tracked(pod)));
            if !settled.is_empty() {
                let count = self.value.int_at(&[list]).unwrap_or_default() + settled.len() as i64;
                self.value.set(&[list], count);
            }
            self.set_uncounted(list, left);
        }
    }

    /// Notes the uids of Pods that have ended, or the indexes that are done.
    pub fn note_ended(&mut self, job: &Value, pods: &[Rc<Object>], verdict: Option<&policy::Verdict>) {
        let is_over = verdict.is_some_and(|verdict| !verdict.is_success());
        let mut done = self.completed_indexes();
        for pod in pods.iter().filter(|pod| is_tracked(pod)) {
            match policy::counts_as(job, pod, is_over) {
                Some("succeeded") if self.is_indexed => {
                    done.extend(indexed::index_of(pod));
                    self.ignored.insert(meta::uid(pod).to_owned());
                }
                Some(_) if policy::is_ignored(job, pod) => {
                    self.ignored.insert(meta::uid(pod).to_owned());
                }
                Some(list) => self.note(list, meta::uid(pod)),
                None => {}
            }
        }
        if self.is_indexed {
            let text = indexed::print(&done);
            if text.is_empty() {
                self.value.remove(&["completedIndexes"]);
            } else {
                self.value.set(&["completedIndexes"], text);
                self.value.set(&["succeeded"], done.len() as i64);
            }
        }
    }

    /// Notes the numbers that are given up, where they have a limit of their own.
    // Models calculateFailedIndexes
    pub fn note_failed_indexes(&mut self, job: &Value, pods: &[Rc<Object>]) {
        if per_index::limit(job).is_some() {
            let mut failed = self.failed_indexes();
            failed.extend(per_index::given_up(job, pods));
            self.value.set(&["failedIndexes"], indexed::print(&failed));
        }
    }

    pub fn failed_indexes(&self) -> BTreeSet<i64> {
        indexed::parse(self.value.str_at(&["failedIndexes"]))
    }

    /// Notes active Pods that go because the Job has failed.
    pub fn note_failed(&mut self, _job: &Value, pods: &[Rc<Object>]) {
        for pod in pods.iter().filter(|pod| is_tracked(pod)) {
            self.note("failed", meta::uid(pod));
        }
    }

    /// Lets go of active Pods that go because the Job has succeeded without them.
    pub fn let_go(&mut self, pods: &[Rc<Object>]) {
        self.ignored.extend(pods.iter().filter(|pod| is_tracked(pod)).map(|pod| meta::uid(pod).to_owned()));
    }

    fn note(&mut self, list: &str, uid: &str) {
        let mut uids = self.uncounted(list);
        if !uids.iter().any(|known| known == uid) && !self.uncounted("failed").iter().any(|known| known == uid) {
            uids.push(uid.to_owned());
            self.set_uncounted(list, uids);
        }
    }

    /// Whether the Pod is noted, so that it may be let go.
    pub fn has_noted(&self, uid: &str) -> bool {
        self.ignored.contains(uid)
            || ["succeeded", "failed"].iter().any(|list| self.uncounted(list).iter().any(|known| known == uid))
    }

    fn completed_indexes(&self) -> BTreeSet<i64> {
        indexed::parse(self.value.str_at(&["completedIndexes"]))
    }

    pub fn succeeded_indexes(&self, pods: &[Rc<Object>]) -> BTreeSet<i64> {
        let mut done = self.completed_indexes();
        let ended = pods.iter().filter(|pod| pod.str_at(&["status", "phase"]) == "Succeeded");
        done.extend(ended.filter_map(|pod| indexed::index_of(pod)));
        done
    }

    pub fn set_counts(&mut self, active: &[Rc<Object>], terminating: i64) {
        let ready = active.iter().filter(|pod| pods::is_ready(pod)).count() as i64;
        let count = active.len() as i64 + self.expected;
        if count > 0 {
            self.value.set(&["active"], count);
        } else {
            self.value.remove(&["active"]);
        }
        self.value.set(&["ready"], ready);
        self.value.set(&["terminating"], terminating);
        self.terminating = terminating;
    }

    /// So many Pods have just been asked for.
    pub fn expect(&mut self, count: i64) {
        self.expected = count;
    }

    pub fn is_all_counted(&self) -> bool {
        self.terminating == 0
            && self.value.int_at(&["active"]).unwrap_or_default() == 0
            && self.uncounted("succeeded").is_empty()
            && self.uncounted("failed").is_empty()
            && self.ignored.is_empty()
    }

    /// Puts a condition; returns whether that changed anything.
    pub fn put_condition(&mut self, kind: &str, status: &str, reason: &str, message: &str, now: SimTime) -> bool {
        let list = self.value.at_mut(&["conditions"]).items_mut();
        let known = list.iter_mut().find(|listed| listed.str_at(&["type"]) == kind);
        if known.as_ref().is_some_and(|listed| listed.str_at(&["status"]) == status) {
            return false;
        }
        let condition = tree!({
            "type": kind,
            "status": status,
            "lastProbeTime": now.rfc3339(),
            "lastTransitionTime": now.rfc3339(),
            "reason": reason,
            "message": message,
        });
        match known {
            Some(listed) => *listed = condition,
            None => list.push(condition),
        }
        true
    }

    /// The status, if it is another than the Job's.
    pub fn changed(&self, job: &Value) -> Option<Value> {
        (job.at(&["status"]) != Some(&self.value)).then(|| self.value.clone())
    }
}

//! The job controller: Pods that end, until enough of them have ended well.
//!
//! A Pod is counted once: its uid is written into `status.uncountedTerminatedPods`, then its
//! finalizer goes, and then it becomes a number.
// Models pkg/controller/job/job_controller.go

mod indexed;
mod per_index;
mod pod;
mod policy;
mod status;

use crate::document::InOrder as _;
use crate::document::Value;
use crate::kube::api::{Key, Object, PatchType, Request, Resource, Verb, meta};
use crate::kube::controller::{Controller, claim, pods};
use crate::kube::why::Why;
use crate::kube::{Outcome, Snapshot};
use crate::sim::{Change, SimTime, secs};
use crate::tree;
use std::cmp::Reverse;
use std::collections::{BTreeMap, BTreeSet};
use std::rc::Rc;

const TRACKING: &str = "batch.kubernetes.io/job-tracking";

/// The wait after a failure, doubled with each further one.
// Models DefaultJobPodFailureBackOff, MaxJobPodFailureBackOff
const BACKOFF: SimTime = secs(10);
const BACKOFF_MAX: SimTime = secs(600);

/// Which keys a change makes it look at; a Job that is gone is looked at for what it left behind.
#[must_use]
pub fn interested(change: &Change<Key, Rc<Object>>, seen: &Snapshot<'_>) -> Vec<Key> {
    match change.key.resource {
        Resource::JOBS => vec![change.key.clone()],
        Resource::PODS => match meta::controller_key(&change.value) {
            Some(key) if key.resource == Resource::JOBS => vec![key],
            Some(_) => Vec::new(),
            None => claim::owners_of(change, seen, Resource::JOBS),
        },
        _ => Vec::new(),
    }
}

/// One pass over one Job.
// Models syncJob
#[must_use]
pub fn reconcile(key: &Key, seen: &Snapshot<'_>) -> Outcome {
    let mut outcome = Outcome::settled();
    let Some(job) = seen.get(key) else {
        release_orphans(key, seen, &mut outcome);
        return outcome;
    };
    let owned = claim::claim(job, Resource::PODS, Controller::Job, seen, &mut outcome);
    if is_finished(job) {
        for pod in owned.iter().filter(|pod| is_tracked(pod)) {
            outcome.request(untrack(pod), Why::Counted);
        }
        return outcome;
    }
    let (status, delayed) = (status::Draft::new(job), BTreeMap::new());
    let mut pass = Pass { job, seen, pods: owned, status, delayed, outcome };
    pass.run();
    pass.outcome
}

/// Everything one pass works with.
struct Pass<'a> {
    job: &'a Rc<Object>,
    seen: &'a Snapshot<'a>,
    pods: Vec<Rc<Object>>,
    status: status::Draft,
    /// Failed Pods that stay until another has taken their place, by number.
    delayed: BTreeMap<i64, Rc<Object>>,
    outcome: Outcome,
}

impl Pass<'_> {
    fn run(&mut self) {
        let suspended = self.job.is_true_at(&["spec", "suspend"]);
        if !self.status.has_start() && !suspended {
            self.status.set_start(self.seen.now);
        }
        self.status.count_settled(&self.pods);
        self.status.note_failed_indexes(self.job, &self.pods);
        let verdict = self.verdict();
        if verdict.is_none() {
            self.delayed = per_index::delayed(self.job, &self.pods, &self.settled_indexes());
        }
        let stays = |pod: &&Rc<Object>| self.delayed.values().any(|kept| meta::uid(kept) == meta::uid(pod));
        let counted: Vec<Rc<Object>> = self.pods.iter().filter(|pod| !stays(pod)).cloned().collect();
        self.status.note_ended(self.job, &counted, verdict.as_ref());
        let mut active: Vec<Rc<Object>> = self.pods.iter().filter(|pod| pods::is_active(pod)).cloned().collect();
        let terminating = self.pods.iter().filter(|pod| pods::is_terminating(pod)).count() as i64;
        let doomed = match &verdict {
            Some(verdict) => {
                let reason = verdict.reason.clone();
                std::mem::take(&mut active)
                    .into_iter()
                    .map(|pod| (pod, Why::JobOver { reason: reason.clone() }))
                    .collect()
            }
            None if meta::is_deleting(self.job) => Vec::new(),
            None => self.manage(suspended, &mut active, terminating),
        };
        let ended = doomed.len() as i64;
        let is_failing = verdict.as_ref().is_some_and(|verdict| !verdict.is_success());
        let is_early = verdict.as_ref().is_some_and(policy::Verdict::is_success);
        let verdict = verdict.or_else(|| self.success());
        self.status.set_counts(&active, terminating + ended);
        let victims: Vec<Rc<Object>> = doomed.iter().map(|(pod, _)| pod.clone()).collect();
        if is_failing {
            self.status.note_failed(self.job, &victims);
        } else if is_early {
            self.status.let_go(&victims);
        }
        self.delete(doomed, is_failing || verdict.is_some());
        if verdict.is_none() {
            self.note_suspension(suspended);
        }
        self.finish(verdict);
    }

    /// Whether the Job has failed, or has succeeded by its own policy.
    fn verdict(&mut self) -> Option<policy::Verdict> {
        if let Some(known) = policy::known(self.job) {
            return Some(known);
        }
        let failed = self.status.failed() + self.fresh_failures();
        let limit = self.job.int_at(&["spec", "backoffLimit"]).unwrap_or(6);
        if let Some(verdict) = policy::failed_by_policy(self.job, &self.pods) {
            return Some(verdict);
        }
        if failed > limit || policy::restarts_exceed(self.job, &self.pods, limit) {
            let message = "Job has reached the specified backoff limit";
            return Some(policy::Verdict::failure("BackoffLimitExceeded", message));
        }
        if let Some(verdict) = self.past_deadline() {
            return Some(verdict);
        }
        let done = self.status.succeeded_indexes(&self.pods);
        per_index::verdict(self.job, self.status.failed_indexes().len(), done.len())
            .or_else(|| policy::succeeded_by_policy(self.job, &done))
    }

    /// The numbers that need no Pod any more.
    fn settled_indexes(&self) -> BTreeSet<i64> {
        let mut settled = self.status.succeeded_indexes(&self.pods);
        settled.extend(self.status.failed_indexes());
        settled
    }

    // Models pastActiveDeadline
    fn past_deadline(&mut self) -> Option<policy::Verdict> {
        let deadline = self.job.int_at(&["spec", "activeDeadlineSeconds"])?;
        if self.job.is_true_at(&["spec", "suspend"]) {
            return None;
        }
        let due = self.status.start()? + secs(deadline.unsigned_abs());
        if due > self.seen.now {
            self.outcome.requeue_in(due - self.seen.now);
            return None;
        }
        Some(policy::Verdict::failure("DeadlineExceeded", "Job was active longer than specified deadline"))
    }

    fn fresh_failures(&self) -> i64 {
        self.pods.iter().filter(|pod| is_tracked(pod) && policy::has_failed(self.job, pod)).count() as i64
            + self.status.uncounted("failed").iter().filter(|uid| !self.is_there(uid)).count() as i64
    }

    fn is_there(&self, uid: &str) -> bool {
        self.pods.iter().any(|pod| meta::uid(pod) == uid && is_tracked(pod))
    }

    fn success(&self) -> Option<policy::Verdict> {
        let succeeded = self.status.succeeded();
        let done = match self.job.int_at(&["spec", "completions"]) {
            Some(completions) => succeeded >= completions,
            None => succeeded > 0 && !self.pods.iter().any(|pod| pods::is_active(pod)),
        };
        done.then(|| policy::Verdict::success("CompletionsReached", "Reached expected number of succeeded pods"))
    }

    /// Makes what is missing; returns what is too much.
    // Models manageJob
    fn manage(&mut self, suspended: bool, active: &mut Vec<Rc<Object>>, terminating: i64) -> Vec<(Rc<Object>, Why)> {
        if suspended {
            let why = Why::JobOver { reason: "JobSuspended".to_owned() };
            return std::mem::take(active).into_iter().map(|pod| (pod, why.clone())).collect();
        }
        let parallelism = self.job.int_at(&["spec", "parallelism"]).unwrap_or(1);
        let have = active.len() as i64;
        let succeeded = self.status.succeeded();
        let want = match self.job.int_at(&["spec", "completions"]) {
            Some(completions) => (completions - succeeded).clamp(0, parallelism),
            None if succeeded > 0 => have,
            None => parallelism,
        };
        if have > want {
            active.order_by_key(|pod| {
                (pods::is_ready(pod), Reverse(pod.str_at(&["metadata", "creationTimestamp"]).to_owned()))
            });
            let surplus = usize::try_from(have - want).unwrap_or_default();
            return active.drain(..surplus).map(|pod| (pod, Why::TooMany { want, have })).collect();
        }
        let waits_for_end = self.job.str_at(&["spec", "podReplacementPolicy"]) == "Failed";
        let missing = want - have - if waits_for_end { terminating } else { 0 };
        if missing > 0 && (per_index::limit(self.job).is_some() || !self.rests()) {
            self.create(missing, want, have, active);
        }
        Vec::new()
    }

    /// After failures the next Pod waits.
    // Models backoff_utils.go getRemainingTime
    fn rests(&mut self) -> bool {
        let mut ends: Vec<(SimTime, bool)> = self
            .pods
            .iter()
            .filter(|pod| pods::has_ended(pod))
            .map(|pod| (policy::finished_at(pod), pod.str_at(&["status", "phase"]) == "Failed"))
            .collect();
        ends.order_by_key(|(at, _)| Reverse(*at));
        let failures = ends.iter().take_while(|(_, failed)| *failed).count();
        let Some((last, _)) = ends.first().filter(|_| failures > 0) else { return false };
        let delay = (1..failures.min(8)).fold(BACKOFF, |delay, _| delay + delay).min(BACKOFF_MAX);
        let due = *last + delay;
        if due > self.seen.now {
            self.outcome.requeue_in(due - self.seen.now);
        }
        due > self.seen.now
    }

    /// The numbers whose next Pod need not wait; the others are looked at again in time.
    // Models getPodCreationInfoForIndependentIndexes
    fn rested(&mut self, indexes: Vec<i64>) -> Vec<i64> {
        let now = self.seen.now;
        let wait = |index: &i64| self.delayed.get(index).map_or(SimTime::ZERO, |pod| per_index::remaining(pod, now));
        let (ready, waiting): (Vec<i64>, Vec<i64>) =
            indexes.into_iter().partition(|index| wait(index) == SimTime::ZERO);
        if let Some(soonest) = waiting.iter().map(wait).min() {
            self.outcome.requeue_in(soonest);
        }
        ready
    }

    fn create(&mut self, missing: i64, want: i64, have: i64, active: &mut Vec<Rc<Object>>) {
        let indexes = indexed::is_indexed(self.job).then(|| {
            let taken = indexed::taken(active, &self.settled_indexes());
            let pending = indexed::pending(self.job, &taken, missing);
            self.rested(pending)
        });
        let count = indexes.as_ref().map_or(missing, |indexes| indexes.len() as i64);
        for number in 0..count {
            let index = indexes.as_ref().and_then(|indexes| indexes.get(usize::try_from(number).ok()?)).copied();
            let mut body = pod::pod_for(self.job, index);
            if per_index::limit(self.job).is_some() {
                let replaced = index.and_then(|index| self.delayed.get(&index));
                per_index::annotate(self.job, &mut body, replaced.map(|pod| &pod.value));
            }
            let request = Request::create(Controller::Job.user(), Resource::PODS, meta::namespace(self.job), body);
            self.outcome.request(request, Why::TooFew { want, have });
            self.outcome.announce_created(self.job, "SuccessfulCreate", "Created pod: {}");
        }
        self.status.expect(count);
    }

    /// Deletes Pods. Those of a Job that goes on are let go first, so that they are not counted.
    // Models deleteActivePods, deleteJobPods
    fn delete(&mut self, doomed: Vec<(Rc<Object>, Why)>, is_over: bool) {
        for (pod, why) in doomed {
            if !is_over && is_tracked(&pod) {
                self.outcome.request(untrack(&pod), why.clone());
            }
            let key = Key::new(Resource::PODS, meta::namespace(&pod), meta::name(&pod));
            self.outcome.request(Request::new(Controller::Job.user(), Verb::Delete, &key), why);
            let message = format!("Deleted pod: {}", meta::name(&pod));
            self.outcome.event(self.job, "Normal", "SuccessfulDelete", message);
        }
    }

    fn note_suspension(&mut self, suspended: bool) {
        let now = self.seen.now;
        if suspended {
            if self.status.put_condition("Suspended", "True", "JobSuspended", "Job suspended", now) {
                self.status.clear_start();
                self.outcome.event(self.job, "Normal", "Suspended", "Job suspended");
            }
        } else if meta::condition(self.job, "Suspended").is_some()
            && self.status.put_condition("Suspended", "False", "JobResumed", "Job resumed", now)
        {
            self.status.set_start(now);
            self.outcome.event(self.job, "Normal", "Resumed", "Job resumed");
        }
    }

    /// Writes the status; the last condition comes when everything is counted and every Pod ended.
    // Models trackJobStatusAndRemoveFinalizers, enactJobFinished
    fn finish(&mut self, verdict: Option<policy::Verdict>) {
        if let Some(verdict) = verdict {
            let now = self.seen.now;
            self.status.put_condition(verdict.target(), "True", &verdict.reason, &verdict.message, now);
            if self.status.is_all_counted() {
                self.status.put_condition(verdict.end(), "True", &verdict.reason, &verdict.message, now);
                if verdict.is_success() {
                    self.status.set_completion(now);
                    self.outcome.event(self.job, "Normal", "Completed", "Job completed");
                } else {
                    let message = verdict.message.clone();
                    self.outcome.event(self.job, "Warning", &verdict.reason, message);
                }
            }
        }
        if let Some(status) = self.status.changed(self.job) {
            let key = Key::new(Resource::JOBS, meta::namespace(self.job), meta::name(self.job));
            let mut body = self.job.value.clone().with(&["status"], status);
            body.remove(&["metadata", "resourceVersion"]);
            let request = Request::new(Controller::Job.user(), Verb::Update, &key).on("status").with_body(body);
            self.outcome.request(request, Why::Observed);
        }
        for pod in self.pods.clone() {
            if is_tracked(&pod) && (self.status.has_noted(meta::uid(&pod)) || meta::is_deleting(self.job)) {
                self.outcome.request(untrack(&pod), Why::Counted);
            }
        }
    }
}

/// What a Job that is gone left behind must not be held by it.
// Models syncOrphanPod
fn release_orphans(key: &Key, seen: &Snapshot<'_>, outcome: &mut Outcome) {
    for pod in seen.list(Resource::PODS, &key.namespace) {
        if is_tracked(pod) && meta::controller_key(pod).as_ref() == Some(key) {
            outcome.request(untrack(pod), Why::OwnerGone);
        }
    }
}

fn is_tracked(pod: &Value) -> bool {
    pod.items_at(&["metadata", "finalizers"]).iter().any(|known| known.as_str() == Some(TRACKING))
}

fn untrack(pod: &Value) -> Request {
    let mut left = pod.items_at(&["metadata", "finalizers"]).to_vec();
    left.retain(|known| known.as_str() != Some(TRACKING));
    let key = Key::new(Resource::PODS, meta::namespace(pod), meta::name(pod));
    let body = tree!({ "metadata": { "uid": meta::uid(pod), "finalizers": left } });
    Request::new(Controller::Job.user(), Verb::Patch(PatchType::Merge), &key).with_body(body)
}

/// Whether the Job is over for good.
// Models IsJobFinished
#[must_use]
pub fn is_finished(job: &Value) -> bool {
    meta::is_condition_true(job, "Complete") || meta::is_condition_true(job, "Failed")
}

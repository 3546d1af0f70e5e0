//! The cronjob controller: a Job each time that a schedule names.
// Models pkg/controller/cronjob/cronjob_controllerv2.go

mod schedule;

use crate::document::InOrder as _;
use crate::document::Value;
use crate::kube::api::{Key, Object, Propagation, Request, Resource, Verb, meta};
use crate::kube::controller::{Controller, job};
use crate::kube::why::Why;
use crate::kube::{Outcome, Snapshot};
use crate::sim::{Change, SimTime, millis, secs};
use crate::tree;
use schedule::Schedule;
use std::rc::Rc;

/// The controller wakes a little after the moment, so as not to be early.
// Models nextScheduleDelta
const DELTA: SimTime = millis(100);

/// The annotation by which a Job is known to be the schedule's and not a person's.
const SCHEDULED_AT: &str = "batch.kubernetes.io/cronjob-scheduled-timestamp";

/// Which keys a change makes it look at.
#[must_use]
pub fn interested(change: &Change<Key, Rc<Object>>, _seen: &Snapshot<'_>) -> Vec<Key> {
    match change.key.resource {
        Resource::CRON_JOBS => vec![change.key.clone()],
        Resource::JOBS => {
            meta::controller_key(&change.value).filter(|key| key.resource == Resource::CRON_JOBS).into_iter().collect()
        }
        _ => Vec::new(),
    }
}

/// One pass over one CronJob.
// Models sync
#[must_use]
pub fn reconcile(key: &Key, seen: &Snapshot<'_>) -> Outcome {
    let Some(cron) = seen.get(key) else { return Outcome::settled() };
    let jobs: Vec<Rc<Object>> =
        seen.controlled_by(Resource::JOBS, &key.namespace, meta::uid(cron)).into_iter().cloned().collect();
    let status = cron.at(&["status"]).cloned().unwrap_or_else(|| tree!({}));
    let mut pass = Pass { cron, key, seen, jobs, status, outcome: Outcome::settled() };
    pass.clean_up();
    pass.note_jobs();
    if !meta::is_deleting(cron) && !cron.is_true_at(&["spec", "suspend"]) {
        pass.schedule();
    }
    pass.update_status();
    pass.outcome
}

struct Pass<'a> {
    cron: &'a Rc<Object>,
    key: &'a Key,
    seen: &'a Snapshot<'a>,
    jobs: Vec<Rc<Object>>,
    status: Value,
    outcome: Outcome,
}

impl Pass<'_> {
    /// Deletes the oldest ended Jobs beyond the limits.
    // Models cleanupFinishedJobs
    fn clean_up(&mut self) {
        for (condition, field) in [("Complete", "successfulJobsHistoryLimit"), ("Failed", "failedJobsHistoryLimit")] {
            let Some(limit) = self.cron.int_at(&["spec", field]) else { continue };
            let mut ended: Vec<Rc<Object>> =
                self.jobs.iter().filter(|job| meta::is_condition_true(job, condition)).cloned().collect();
            ended.order_by_key(|job| (job.str_at(&["status", "startTime"]).to_owned(), meta::name(job).to_owned()));
            let have = ended.len() as i64;
            let surplus = usize::try_from(have - limit).unwrap_or_default();
            for job in ended.into_iter().take(surplus) {
                self.delete(&job, Why::TooMany { want: limit, have });
            }
        }
    }

    /// Brings the list of active Jobs up to date.
    fn note_jobs(&mut self) {
        let mut active = Vec::new();
        for listed in self.status.items_at(&["active"]).to_vec() {
            let uid = listed.str_at(&["uid"]);
            match self.jobs.iter().find(|job| meta::uid(job) == uid).cloned() {
                Some(job) if job::is_finished(&job) => self.note_end(&job),
                Some(_) => active.push(listed),
                None => {
                    let message = format!("Active job went missing: {}", listed.str_at(&["name"]));
                    self.outcome.event(self.cron, "Normal", "MissingJob", message);
                }
            }
        }
        for job in self.jobs.clone() {
            let is_listed = active.iter().any(|listed| listed.str_at(&["uid"]) == meta::uid(&job));
            if is_listed || job::is_finished(&job) || meta::is_deleting(&job) {
                continue;
            }
            if meta::annotation(&job, SCHEDULED_AT).is_none() {
                let message = format!("Saw a job that the controller did not create or forgot: {}", meta::name(&job));
                self.outcome.event(self.cron, "Warning", "UnexpectedJob", message);
                continue;
            }
            active.push(tree!({
                "kind": "Job",
                "namespace": meta::namespace(&job),
                "name": meta::name(&job),
                "uid": meta::uid(&job),
                "apiVersion": "batch/v1",
                "resourceVersion": meta::resource_version(&job),
            }));
            self.note_start(&job);
        }
        self.set_active(active);
    }

    fn note_start(&mut self, job: &Value) {
        let at = meta::annotation(job, SCHEDULED_AT).unwrap_or_default();
        if SimTime::parse_rfc3339(at) > SimTime::parse_rfc3339(self.status.str_at(&["lastScheduleTime"])) {
            self.status.set(&["lastScheduleTime"], at);
        }
    }

    fn note_end(&mut self, job: &Value) {
        let is_complete = meta::is_condition_true(job, "Complete");
        let condition = if is_complete { "Complete" } else { "Failed" };
        let message = format!("Saw completed job: {}, condition: {condition}", meta::name(job));
        self.outcome.event(self.cron, "Normal", "SawCompletedJob", message);
        let at = job.str_at(&["status", "completionTime"]);
        if is_complete
            && SimTime::parse_rfc3339(at) > SimTime::parse_rfc3339(self.status.str_at(&["lastSuccessfulTime"]))
        {
            self.status.set(&["lastSuccessfulTime"], at);
        }
    }

    fn set_active(&mut self, active: Vec<Value>) {
        if active.is_empty() {
            self.status.remove(&["active"]);
        } else {
            self.status.set(&["active"], active);
        }
    }

    // Models syncCronJob
    fn schedule(&mut self) {
        let zone = self.cron.str_at(&["spec", "timeZone"]);
        let text = self.cron.str_at(&["spec", "schedule"]);
        let Some(schedule) = Schedule::parse(text, zone) else {
            let message = format!("unparseable schedule: {text}");
            return self.outcome.event(self.cron, "Warning", "UnparseableSchedule", message);
        };
        let now = self.seen.now;
        if let Some(next) = schedule.next(now) {
            self.outcome.requeue_in(next + DELTA - now);
        }
        let Some(due) = self.missed(&schedule) else { return };
        let deadline = self.cron.int_at(&["spec", "startingDeadlineSeconds"]);
        if deadline.is_some_and(|seconds| due + secs(seconds.unsigned_abs()) < now) {
            let message = format!("Missed scheduled time to start a job: {}", due.rfc3339());
            return self.outcome.event(self.cron, "Warning", "MissSchedule", message);
        }
        let name = format!("{}-{}", meta::name(self.cron), due.unix_seconds() / 60);
        if self.jobs.iter().any(|job| meta::name(job) == name) {
            return;
        }
        let active = self.status.items_at(&["active"]).to_vec();
        match self.cron.str_at(&["spec", "concurrencyPolicy"]) {
            "Forbid" if !active.is_empty() => {
                let message = "Not starting job because prior execution is running and concurrency policy is Forbid";
                return self.outcome.event(self.cron, "Normal", "JobAlreadyActive", message);
            }
            "Replace" => {
                for listed in &active {
                    let job = self.jobs.iter().find(|job| meta::uid(job) == listed.str_at(&["uid"])).cloned();
                    if let Some(job) = job {
                        self.delete(&job, Why::Replaced);
                    }
                }
                self.set_active(Vec::new());
            }
            _ => {}
        }
        self.create(&name, due);
    }

    /// The latest moment that has come since the last run.
    // Models mostRecentScheduleTime
    fn missed(&self, schedule: &Schedule) -> Option<SimTime> {
        let last = SimTime::parse_rfc3339(self.status.str_at(&["lastScheduleTime"]));
        let mut from = last.unwrap_or_else(|| meta::created_at(self.cron));
        if let Some(seconds) = self.cron.int_at(&["spec", "startingDeadlineSeconds"]) {
            from = from.max(self.seen.now - secs(seconds.unsigned_abs()));
        }
        let mut latest = None;
        while let Some(at) = schedule.next(latest.unwrap_or(from)).filter(|at| *at <= self.seen.now) {
            latest = Some(at);
        }
        latest
    }

    // Models getJobFromTemplate2
    fn create(&mut self, name: &str, due: SimTime) {
        let template = self.cron.at(&["spec", "jobTemplate"]).unwrap_or(&Value::Null);
        let mut metadata = tree!({
            "name": name,
            "namespace": &*self.key.namespace,
            "ownerReferences": [(meta::controller_ref(self.cron))],
        });
        for field in ["labels", "annotations"] {
            if let Some(value) = template.at(&["metadata", field]) {
                metadata.set(&[field], value);
            }
        }
        metadata.set(&["annotations", SCHEDULED_AT], due.rfc3339());
        let body = tree!({
            "apiVersion": "batch/v1",
            "kind": "Job",
            "metadata": metadata,
            "spec": template.at(&["spec"]).cloned(),
        });
        let request = Request::create(Controller::CronJob.user(), Resource::JOBS, &self.key.namespace, body);
        self.outcome.request(request, Why::ScheduleDue { at: due.rfc3339() });
        self.outcome.announce_created(self.cron, "SuccessfulCreate", "Created job {}");
    }

    fn delete(&mut self, job: &Rc<Object>, why: Why) {
        let key = Key::new(Resource::JOBS, meta::namespace(job), meta::name(job));
        let mut request = Request::new(Controller::CronJob.user(), Verb::Delete, &key);
        request.options.propagation = Some(Propagation::Background);
        self.outcome.request(request, why);
        self.outcome.event(self.cron, "Normal", "SuccessfulDelete", format!("Deleted job {}", meta::name(job)));
        self.jobs.retain(|known| meta::uid(known) != meta::uid(job));
    }

    fn update_status(&mut self) {
        if self.cron.at(&["status"]).unwrap_or(&tree!({})) == &self.status {
            return;
        }
        let mut body = self.cron.value.clone().with(&["status"], self.status.clone());
        body.remove(&["metadata", "resourceVersion"]);
        let request = Request::new(Controller::CronJob.user(), Verb::Update, self.key).on("status").with_body(body);
        self.outcome.request(request, Why::Observed);
    }
}

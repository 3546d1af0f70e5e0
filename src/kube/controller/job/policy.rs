//! When a Job is over.
// Models pkg/controller/job/pod_failure_policy.go, pastBackoffLimitOnFailure

use crate::document::Value;
use crate::kube::api::{Object, meta};
use crate::kube::controller::job::{indexed, is_tracked};
use crate::kube::controller::pods;
use crate::sim::SimTime;
use std::collections::BTreeSet;
use std::rc::Rc;

/// How a Job ends, and why.
pub(super) struct Verdict {
    is_success: bool,
    pub reason: String,
    pub message: String,
}

impl Verdict {
    pub fn failure(reason: &str, message: &str) -> Self {
        Self { is_success: false, reason: reason.to_owned(), message: message.to_owned() }
    }

    pub fn success(reason: &str, message: &str) -> Self {
        Self { is_success: true, ..Self::failure(reason, message) }
    }

    pub const fn is_success(&self) -> bool {
        self.is_success
    }

    /// The condition while Pods still end.
    pub const fn target(&self) -> &'static str {
        if self.is_success { "SuccessCriteriaMet" } else { "FailureTarget" }
    }

    /// The condition at the end.
    pub const fn end(&self) -> &'static str {
        if self.is_success { "Complete" } else { "Failed" }
    }
}

/// The verdict that is already written.
pub(super) fn known(job: &Value) -> Option<Verdict> {
    let of = |kind| meta::condition(job, kind).filter(|condition| condition.str_at(&["status"]) == "True");
    let text = |condition: &Value, field| condition.str_at(&[field]).to_owned();
    let verdict = |condition: &Value, is_success| Verdict {
        is_success,
        reason: text(condition, "reason"),
        message: text(condition, "message"),
    };
    of("FailureTarget")
        .map(|condition| verdict(condition, false))
        .or_else(|| of("SuccessCriteriaMet").map(|condition| verdict(condition, true)))
}

/// Whether a Pod counts as failed: so does one that is being deleted, unless the Job waits for it.
// Models isPodFailed
pub(super) fn has_failed(job: &Value, pod: &Value) -> bool {
    match pod.str_at(&["status", "phase"]) {
        "Failed" => true,
        "Succeeded" => false,
        _ => meta::is_deleting(pod) && job.str_at(&["spec", "podReplacementPolicy"]) != "Failed",
    }
}

/// With `OnFailure` a Pod's restarts count.
// Models pastBackoffLimitOnFailure
pub(super) fn restarts_exceed(job: &Value, pods: &[Rc<Object>], limit: i64) -> bool {
    if job.str_at(&["spec", "template", "spec", "restartPolicy"]) != "OnFailure" {
        return false;
    }
    let restarts: i64 = pods
        .iter()
        .filter(|pod| matches!(pod.str_at(&["status", "phase"]), "Running" | "Pending"))
        .flat_map(|pod| {
            ["initContainerStatuses", "containerStatuses"].into_iter().flat_map(|list| pod.items_at(&["status", list]))
        })
        .map(|status| status.int_at(&["restartCount"]).unwrap_or_default())
        .sum();
    if limit == 0 { restarts > 0 } else { restarts >= limit }
}

/// A rule of `podFailurePolicy` that ends the Job.
pub(super) fn failed_by_policy(job: &Value, pods: &[Rc<Object>]) -> Option<Verdict> {
    let ended = pods.iter().filter(|pod| is_tracked(pod) && pod.str_at(&["status", "phase"]) == "Failed");
    let (action, message) = ended.filter_map(|pod| matched(job, pod)).find(|(action, _)| *action == "FailJob")?;
    debug_assert_eq!(action, "FailJob");
    Some(Verdict::failure("PodFailurePolicy", &message))
}

/// Whether a rule says that the failure of this Pod does not count.
pub(super) fn is_ignored(job: &Value, pod: &Value) -> bool {
    pod.str_at(&["status", "phase"]) == "Failed" && matched(job, pod).is_some_and(|(action, _)| action == "Ignore")
}

/// Whether a rule says that the failure of this Pod ends its number.
pub(super) fn fails_index(job: &Value, pod: &Value) -> bool {
    matched(job, pod).is_some_and(|(action, _)| action == "FailIndex")
}

/// The first rule that a failed Pod matches, and how upstream says so.
// Models matchPodFailurePolicy
fn matched<'a>(job: &'a Value, pod: &Value) -> Option<(&'a str, String)> {
    let place = format!("{}/{}", meta::namespace(pod), meta::name(pod));
    job.items_at(&["spec", "podFailurePolicy", "rules"]).iter().enumerate().find_map(|(index, rule)| {
        let action = rule.str_at(&["action"]);
        if let Some(codes) = rule.at(&["onExitCodes"]) {
            let (container, code) = matched_exit(codes, pod)?;
            let message = format!(
                "Container {container} for pod {place} failed with exit code {code} matching {action} rule at index {index}"
            );
            return Some((action, message));
        }
        let condition = rule.items_at(&["onPodConditions"]).iter().find(|pattern| {
            meta::condition(pod, pattern.str_at(&["type"]))
                .is_some_and(|condition| condition.str_at(&["status"]) == pattern.str_at(&["status"]))
        })?;
        let kind = condition.str_at(&["type"]);
        Some((action, format!("Pod {place} has condition {kind} matching {action} rule at index {index}")))
    })
}

/// The first rule of `successPolicy` that the finished indexes meet.
// Models pkg/controller/job/success_policy.go matchSuccessPolicy
pub(super) fn succeeded_by_policy(job: &Value, done: &BTreeSet<i64>) -> Option<Verdict> {
    let meets = |rule: &Value| {
        let named = rule.at(&["succeededIndexes"]).and_then(Value::as_str).map(indexed::parse);
        let have = named.as_ref().map_or(done.len(), |named| named.intersection(done).count());
        match (rule.int_at(&["succeededCount"]), named) {
            (Some(count), _) => i64::try_from(have).is_ok_and(|have| have >= count),
            (None, Some(named)) => have == named.len(),
            (None, None) => false,
        }
    };
    let index = job.items_at(&["spec", "successPolicy", "rules"]).iter().position(meets)?;
    Some(Verdict::success("SuccessPolicy", &format!("Matched rules at index {index}")))
}

fn matched_exit(codes: &Value, pod: &Value) -> Option<(String, i64)> {
    let wanted = codes.str_at(&["containerName"]);
    let lists = ["containerStatuses", "initContainerStatuses"];
    lists.into_iter().flat_map(|list| pod.items_at(&["status", list])).find_map(|status| {
        let name = status.str_at(&["name"]);
        let code = status.int_at(&["state", "terminated", "exitCode"]).filter(|code| *code != 0)?;
        let listed = codes.items_at(&["values"]).iter().any(|value| value.as_int() == Some(code));
        let matches = if codes.str_at(&["operator"]) == "NotIn" { !listed } else { listed };
        (matches && (wanted.is_empty() || wanted == name)).then(|| (name.to_owned(), code))
    })
}

/// When a Pod's last container ended.
// Models getFinishedTime
pub(super) fn finished_at(pod: &Value) -> SimTime {
    pod.items_at(&["status", "containerStatuses"])
        .iter()
        .filter_map(|status| SimTime::parse_rfc3339(status.str_at(&["state", "terminated", "finishedAt"])))
        .max()
        .or_else(|| SimTime::parse_rfc3339(meta::condition(pod, "Ready")?.str_at(&["lastTransitionTime"])))
        .unwrap_or_else(|| meta::created_at(pod))
}

/// Whether a Pod may be counted now, and as what.
pub(super) fn counts_as(job: &Value, pod: &Value, is_over: bool) -> Option<&'static str> {
    if pod.str_at(&["status", "phase"]) == "Succeeded" {
        return Some("succeeded");
    }
    let fits = !indexed::is_indexed(job) || indexed::index_of(pod).is_some();
    (fits && (has_failed(job, pod) || is_over && !pods::is_active(pod))).then_some("failed")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::tree;

    #[test]
    fn a_success_policy_counts_the_indexes_it_names() {
        let job = |rule: Value| tree!({ "spec": { "successPolicy": { "rules": [(rule)] } } });
        let met = |rule: Value, done: &[i64]| succeeded_by_policy(&job(rule), &done.iter().copied().collect());
        let leaders = || tree!({ "succeededIndexes": "0,2-3" });
        assert!(met(leaders(), &[0, 1, 2]).is_none());
        let verdict = met(leaders(), &[0, 2, 3]).expect("every named index is done");
        assert_eq!((verdict.is_success(), &*verdict.message), (true, "Matched rules at index 0"));
        assert!(met(leaders().with(&["succeededCount"], 1), &[3]).is_some());
        assert!(met(leaders().with(&["succeededCount"], 1), &[1]).is_none());
        assert!(met(tree!({ "succeededCount": 2 }), &[1]).is_none());
        assert!(met(tree!({ "succeededCount": 2 }), &[1, 4]).is_some());
    }
}

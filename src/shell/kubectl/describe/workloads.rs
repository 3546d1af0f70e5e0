//! Workloads.
// Models k8s.io/kubectl/pkg/describe/describe.go

use crate::document::InOrder as _;
use crate::document::Value;
use crate::world::SimTime;
use crate::world::api::{Resource, labels::Selector, meta};

use super::super::{Kubectl, human, table};
use super::{Failure, Page, pod, spoken};

type HasEvents = Result<bool, Failure>;

fn number(object: &Value, path: &[&str]) -> i64 {
    object.int_at(path).unwrap_or_default()
}

fn template(page: &mut Page, object: &Value) {
    pod::template(page, object.at(&["spec", "template"]).unwrap_or(&Value::Null));
}

fn selector(object: &Value) -> String {
    table::selector(object.at(&["spec", "selector"]))
}

/// `2 Running / 0 Waiting / 0 Succeeded / 0 Failed`.
// Models getPodStatusForController
async fn pods_status(kubectl: &Kubectl, object: &Value) -> Result<String, Failure> {
    let selector = Selector::from_label_selector(object.at(&["spec", "selector"]).unwrap_or(&Value::Null));
    pods_selected(kubectl, object, &selector).await
}

async fn pods_selected(kubectl: &Kubectl, object: &Value, selector: &Selector) -> Result<String, Failure> {
    let pods = kubectl.client.list(Resource::PODS, meta::namespace(object)).await?;
    let (mut running, mut waiting, mut succeeded, mut failed) = (0, 0, 0, 0);
    for pod in pods {
        if !selector.matches(meta::labels(&pod)) || meta::controller_uid(&pod) != meta::uid(object) {
            continue;
        }
        match pod.str_at(&["status", "phase"]) {
            "Running" => running += 1,
            "Pending" => waiting += 1,
            "Succeeded" => succeeded += 1,
            "Failed" => failed += 1,
            _ => {}
        }
    }
    Ok(format!("{running} Running / {waiting} Waiting / {succeeded} Succeeded / {failed} Failed"))
}

// Models describeDeployment
pub(super) async fn deployment(kubectl: &Kubectl, page: &mut Page, deployment: &Value) -> HasEvents {
    page.field(0, "Name", meta::name(deployment));
    page.field(0, "Namespace", meta::namespace(deployment));
    page.field(0, "CreationTimestamp", &spoken(deployment.str_at(&["metadata", "creationTimestamp"])));
    page.labels(deployment);
    page.annotations("", deployment);
    page.field(0, "Selector", &selector(deployment));
    let status = |field: &str| number(deployment, &["status", field]);
    page.field(
        0,
        "Replicas",
        &format!(
            "{} desired | {} updated | {} total | {} available | {} unavailable",
            number(deployment, &["spec", "replicas"]),
            status("updatedReplicas"),
            status("replicas"),
            status("availableReplicas"),
            status("unavailableReplicas")
        ),
    );
    page.field(0, "StrategyType", deployment.str_at(&["spec", "strategy", "type"]));
    page.field(0, "MinReadySeconds", &number(deployment, &["spec", "minReadySeconds"]).to_string());
    if let Some(rolling) = deployment.at(&["spec", "strategy", "rollingUpdate"]) {
        page.field(
            0,
            "RollingUpdateStrategy",
            &format!(
                "{} max unavailable, {} max surge",
                table::number_or_text(rolling.get("maxUnavailable"), ""),
                table::number_or_text(rolling.get("maxSurge"), "")
            ),
        );
    }
    template(page, deployment);
    conditions(page, deployment);
    replica_sets(kubectl, page, deployment).await?;
    Ok(true)
}

/// `OldReplicaSets` and `NewReplicaSet`.
async fn replica_sets(kubectl: &Kubectl, page: &mut Page, deployment: &Value) -> Result<(), Failure> {
    let sets = kubectl.client.list(Resource::REPLICA_SETS, meta::namespace(deployment)).await?;
    let mut sets: Vec<Value> =
        sets.into_iter().filter(|set| meta::controller_uid(set) == meta::uid(deployment)).collect();
    sets.order_by_key(|set| set.str_at(&["metadata", "creationTimestamp"]).to_owned());
    let wanted = deployment.at(&["spec", "template"]);
    let is_new = |set: &Value| {
        let mut template = set.at(&["spec", "template"]).cloned().unwrap_or_default();
        template.remove(&["metadata", "labels", "pod-template-hash"]);
        Some(&template) == wanted
    };
    let (new, old): (Vec<Value>, Vec<Value>) = sets.into_iter().partition(is_new);
    let shown = |sets: &[Value]| {
        let texts: Vec<String> = sets
            .iter()
            .map(|set| {
                let (have, wanted) = (number(set, &["status", "replicas"]), number(set, &["spec", "replicas"]));
                format!("{} ({have}/{wanted} replicas created)", meta::name(set))
            })
            .collect();
        table::or_none(&texts.join(", "))
    };
    page.field(0, "OldReplicaSets", &shown(&old));
    page.field(0, "NewReplicaSet", &shown(new.get(..1).unwrap_or_default()));
    Ok(())
}

// Models describeReplicaSet
pub(super) async fn replica_set(kubectl: &Kubectl, page: &mut Page, set: &Value) -> HasEvents {
    page.field(0, "Name", meta::name(set));
    page.field(0, "Namespace", meta::namespace(set));
    page.field(0, "Selector", &selector(set));
    page.labels(set);
    page.annotations("", set);
    if let Some(owner) = meta::controller_of(set) {
        page.field(0, "Controlled By", &format!("{}/{}", owner.str_at(&["kind"]), owner.str_at(&["name"])));
    }
    let (have, wanted) = (number(set, &["status", "replicas"]), number(set, &["spec", "replicas"]));
    page.field(0, "Replicas", &format!("{have} current / {wanted} desired"));
    let pods = pods_status(kubectl, set).await?;
    page.line(0, &format!("Pods Status:\t{pods}"));
    template(page, set);
    conditions(page, set);
    Ok(true)
}

// Models describeReplicationController
pub(super) async fn replication_controller(kubectl: &Kubectl, page: &mut Page, controller: &Value) -> HasEvents {
    page.field(0, "Name", meta::name(controller));
    page.field(0, "Namespace", meta::namespace(controller));
    page.field(0, "Selector", &table::labels(controller.at(&["spec", "selector"])));
    page.labels(controller);
    page.annotations("", controller);
    let (have, wanted) = (number(controller, &["status", "replicas"]), number(controller, &["spec", "replicas"]));
    page.field(0, "Replicas", &format!("{have} current / {wanted} desired"));
    let selector = Selector::from_map(controller.at(&["spec", "selector"]).unwrap_or(&Value::Null));
    page.field(0, "Pods Status", &pods_selected(kubectl, controller, &selector).await?);
    template(page, controller);
    conditions(page, controller);
    Ok(true)
}

fn conditions(page: &mut Page, object: &Value) {
    let conditions = object.items_at(&["status", "conditions"]);
    if conditions.is_empty() {
        return;
    }
    page.line(0, "Conditions:\n  Type\tStatus\tReason\n  ----\t------\t------");
    for condition in conditions {
        let part = |field: &str| condition.str_at(&[field]);
        page.line(1, &format!("{} \t{}\t{}", part("type"), part("status"), part("reason")));
    }
}

// Models describeStatefulSet
pub(super) async fn stateful_set(kubectl: &Kubectl, page: &mut Page, set: &Value) -> HasEvents {
    page.field(0, "Name", meta::name(set));
    page.field(0, "Namespace", meta::namespace(set));
    page.field(0, "CreationTimestamp", &spoken(set.str_at(&["metadata", "creationTimestamp"])));
    page.field(0, "Selector", &selector(set));
    page.labels(set);
    page.annotations("", set);
    let (have, wanted) = (number(set, &["status", "replicas"]), number(set, &["spec", "replicas"]));
    page.field(0, "Replicas", &format!("{wanted} desired | {have} total"));
    page.field(0, "Update Strategy", set.str_at(&["spec", "updateStrategy", "type"]));
    if let Some(rolling) = set.at(&["spec", "updateStrategy", "rollingUpdate"])
        && let Some(partition) = rolling.int_at(&["partition"])
    {
        page.field(1, "Partition", &partition.to_string());
        if let Some(most) = rolling.get("maxUnavailable") {
            page.field(1, "MaxUnavailable", &table::number_or_text(Some(most), ""));
        }
    }
    let pods = pods_status(kubectl, set).await?;
    page.line(0, &format!("Pods Status:\t{pods}"));
    template(page, set);
    claims(page, set.items_at(&["spec", "volumeClaimTemplates"]));
    Ok(true)
}

// Models describeVolumeClaimTemplates
fn claims(page: &mut Page, templates: &[Value]) {
    if templates.is_empty() {
        page.line(0, "Volume Claims:\t<none>");
        return;
    }
    page.line(0, "Volume Claims:");
    for claim in templates {
        page.field(1, "Name", meta::name(claim));
        page.field(1, "StorageClass", claim.str_at(&["spec", "storageClassName"]));
        page.pairs("  ", "Labels", claim.at(&["metadata", "labels"]), &[]);
        page.annotations("  ", claim);
        page.field(
            1,
            "Capacity",
            &table::number_or_text(claim.at(&["spec", "resources", "requests", "storage"]), "<default>"),
        );
        let modes: Vec<&str> = claim.items_at(&["spec", "accessModes"]).iter().filter_map(Value::as_str).collect();
        page.field(1, "Access Modes", &format!("[{}]", modes.join(" ")));
    }
}

// Models describeDaemonSet
pub(super) async fn daemon_set(kubectl: &Kubectl, page: &mut Page, set: &Value) -> HasEvents {
    page.field(0, "Name", meta::name(set));
    page.field(0, "Namespace", meta::namespace(set));
    page.field(0, "Selector", &selector(set));
    page.field(0, "Node-Selector", &table::labels(set.at(&["spec", "template", "spec", "nodeSelector"])));
    page.labels(set);
    page.annotations("", set);
    for (title, field) in [
        ("Desired Number of Nodes Scheduled", "desiredNumberScheduled"),
        ("Current Number of Nodes Scheduled", "currentNumberScheduled"),
        ("Number of Nodes Scheduled with Up-to-date Pods", "updatedNumberScheduled"),
        ("Number of Nodes Scheduled with Available Pods", "numberAvailable"),
        ("Number of Nodes Misscheduled", "numberMisscheduled"),
    ] {
        page.line(0, &format!("{title}: {}", number(set, &["status", field])));
    }
    let pods = pods_status(kubectl, set).await?;
    page.line(0, &format!("Pods Status:\t{pods}"));
    template(page, set);
    Ok(true)
}

// Models describeJob
pub(super) fn job(page: &mut Page, job: &Value) -> bool {
    page.field(0, "Name", meta::name(job));
    page.field(0, "Namespace", meta::namespace(job));
    if job.at(&["spec", "selector"]).is_some() {
        page.field(0, "Selector", &selector(job));
    }
    page.labels(job);
    page.annotations("", job);
    if let Some(owner) = meta::controller_of(job) {
        page.field(0, "Controlled By", &format!("{}/{}", owner.str_at(&["kind"]), owner.str_at(&["name"])));
    }
    let spec = |field: &str| job.int_at(&["spec", field]).map(|number| number.to_string());
    if let Some(parallelism) = spec("parallelism") {
        page.field(0, "Parallelism", &parallelism);
    }
    page.field(0, "Completions", &spec("completions").unwrap_or("<unset>".to_owned()));
    page.field(0, "Completion Mode", job.str_at(&["spec", "completionMode"]));
    page.field(0, "Suspend", &job.is_true_at(&["spec", "suspend"]).to_string());
    page.field(0, "Backoff Limit", &spec("backoffLimit").unwrap_or_default());
    if let Some(seconds) = spec("ttlSecondsAfterFinished") {
        page.field(0, "TTL Seconds After Finished", &seconds);
    }
    let (start, end) = (job.str_at(&["status", "startTime"]), job.str_at(&["status", "completionTime"]));
    if !start.is_empty() {
        page.field(0, "Start Time", &spoken(start));
    }
    if !end.is_empty() {
        page.field(0, "Completed At", &spoken(end));
    }
    if let (Some(start), Some(end)) = (SimTime::parse_rfc3339(start), SimTime::parse_rfc3339(end)) {
        page.field(0, "Duration", &human(end.since(start)));
    }
    if let Some(seconds) = spec("activeDeadlineSeconds") {
        page.field(0, "Active Deadline Seconds", &format!("{seconds}s"));
    }
    let status = |field: &str| number(job, &["status", field]);
    page.line(
        0,
        &format!(
            "Pods Statuses:\t{} Active ({} Ready) / {} Succeeded / {} Failed",
            status("active"),
            status("ready"),
            status("succeeded"),
            status("failed")
        ),
    );
    if job.str_at(&["spec", "completionMode"]) == "Indexed" {
        page.field(0, "Completed Indexes", &table::or_none(job.str_at(&["status", "completedIndexes"])));
    }
    template(page, job);
    true
}

// Models describeCronJob
pub(super) fn cron_job(page: &mut Page, job: &Value) -> bool {
    page.head(job);
    page.field(0, "Schedule", job.str_at(&["spec", "schedule"]));
    page.field(0, "Concurrency Policy", job.str_at(&["spec", "concurrencyPolicy"]));
    page.field(0, "Suspend", if job.is_true_at(&["spec", "suspend"]) { "True" } else { "False" });
    let unset = |path: &[&str]| table::number_or_text(job.at(path), "<unset>");
    page.field(0, "Time Zone", &unset(&["spec", "timeZone"]));
    page.field(0, "Successful Job History Limit", &unset(&["spec", "successfulJobsHistoryLimit"]));
    page.field(0, "Failed Job History Limit", &unset(&["spec", "failedJobsHistoryLimit"]));
    let deadline = job.int_at(&["spec", "startingDeadlineSeconds"]);
    page.field(0, "Starting Deadline Seconds", &deadline.map_or("<unset>".to_owned(), |seconds| format!("{seconds}s")));
    let inner = job.at(&["spec", "jobTemplate", "spec"]).unwrap_or(&Value::Null);
    let chosen = inner.get("selector").map_or("<unset>".to_owned(), |selector| table::selector(Some(selector)));
    page.field(0, "Selector", &chosen);
    page.field(0, "Parallelism", &unset(&["spec", "jobTemplate", "spec", "parallelism"]));
    page.field(0, "Completions", &unset(&["spec", "jobTemplate", "spec", "completions"]));
    if let Some(seconds) = inner.int_at(&["activeDeadlineSeconds"]) {
        page.field(0, "Active Deadline Seconds", &format!("{seconds}s"));
    }
    pod::template(page, inner.get("template").unwrap_or(&Value::Null));
    page.field(0, "Last Schedule Time", &spoken(job.str_at(&["status", "lastScheduleTime"])));
    let active: Vec<&str> = job.items_at(&["status", "active"]).iter().map(|job| job.str_at(&["name"])).collect();
    page.field(0, "Active Jobs", &table::or_none(&active.join(", ")));
    true
}

//! Workloads and what scales them.
// Models k8s.io/kubernetes/pkg/printers/internalversion/printers.go

use crate::document::Value;
use crate::world::SimTime;
use crate::world::api::meta;

use super::super::duration::{human, since};
use super::{containers, count, labels, or_none, selector};

type Row = (Vec<String>, Vec<String>);

fn template(object: &Value) -> [String; 2] {
    containers(object.at(&["spec", "template"]))
}

// Models printReplicaSet and printReplicationController
pub(super) fn replica_set(set: &Value) -> Row {
    let [names, images] = template(set);
    let chosen = set.at(&["spec", "selector"]);
    let is_plain = chosen.is_some_and(|it| it.get("matchLabels").is_none() && it.get("matchExpressions").is_none());
    (
        vec![
            count(set, &["spec", "replicas"]),
            count(set, &["status", "replicas"]),
            count(set, &["status", "readyReplicas"]),
        ],
        vec![names, images, if is_plain { labels(chosen) } else { selector(chosen) }],
    )
}

// Models printDeployment
pub(super) fn deployment(deployment: &Value) -> Row {
    let [names, images] = template(deployment);
    (
        vec![
            format!("{}/{}", count(deployment, &["status", "readyReplicas"]), count(deployment, &["spec", "replicas"])),
            count(deployment, &["status", "updatedReplicas"]),
            count(deployment, &["status", "availableReplicas"]),
        ],
        vec![names, images, selector(deployment.at(&["spec", "selector"]))],
    )
}

// Models printStatefulSet
pub(super) fn stateful_set(set: &Value) -> Row {
    (
        vec![format!("{}/{}", count(set, &["status", "readyReplicas"]), count(set, &["spec", "replicas"]))],
        template(set).into(),
    )
}

// Models printDaemonSet
pub(super) fn daemon_set(set: &Value) -> Row {
    let [names, images] = template(set);
    (
        vec![
            count(set, &["status", "desiredNumberScheduled"]),
            count(set, &["status", "currentNumberScheduled"]),
            count(set, &["status", "numberReady"]),
            count(set, &["status", "updatedNumberScheduled"]),
            count(set, &["status", "numberAvailable"]),
            labels(set.at(&["spec", "template", "spec", "nodeSelector"])),
        ],
        vec![names, images, selector(set.at(&["spec", "selector"]))],
    )
}

// Models printJob
pub(super) fn job(job: &Value, now: SimTime) -> Row {
    let [names, images] = template(job);
    let succeeded = count(job, &["status", "succeeded"]);
    let completions = match (job.int_at(&["spec", "completions"]), job.int_at(&["spec", "parallelism"])) {
        (Some(wanted), _) => format!("{succeeded}/{wanted}"),
        (None, Some(parallelism)) if parallelism > 1 => format!("{succeeded}/1 of {parallelism}"),
        _ => format!("{succeeded}/1"),
    };
    let started = SimTime::parse_rfc3339(job.str_at(&["status", "startTime"]));
    let ended = SimTime::parse_rfc3339(job.str_at(&["status", "completionTime"]));
    let duration = started.map(|started| human(ended.unwrap_or(now).since(started))).unwrap_or_default();
    let is = |condition: &str| meta::is_condition_true(job, condition);
    let status = if is("Complete") {
        "Complete"
    } else if is("Failed") {
        "Failed"
    } else if meta::is_deleting(job) {
        "Terminating"
    } else if is("Suspended") {
        "Suspended"
    } else if is("FailureTarget") {
        "FailureTarget"
    } else if is("SuccessCriteriaMet") {
        "SuccessCriteriaMet"
    } else {
        "Running"
    };
    (vec![status.to_owned(), completions, duration], vec![names, images, selector(job.at(&["spec", "selector"]))])
}

// Models printCronJob
pub(super) fn cron_job(job: &Value, now: SimTime) -> Row {
    let [names, images] = containers(job.at(&["spec", "jobTemplate", "spec", "template"]));
    let last = match job.str_at(&["status", "lastScheduleTime"]) {
        "" => "<none>".to_owned(),
        moment => since(moment, now),
    };
    let suspended = if job.is_true_at(&["spec", "suspend"]) { "True" } else { "False" };
    (
        vec![
            job.str_at(&["spec", "schedule"]).to_owned(),
            or_none(job.str_at(&["spec", "timeZone"])),
            suspended.to_owned(),
            job.items_at(&["status", "active"]).len().to_string(),
            last,
        ],
        vec![names, images, selector(job.at(&["spec", "jobTemplate", "spec", "selector"]))],
    )
}

// Models printControllerRevision
pub(super) fn controller_revision(revision: &Value) -> Row {
    let owner = match meta::controller_of(revision) {
        Some(owner) => {
            let kind = owner.str_at(&["kind"]).to_ascii_lowercase();
            match owner.str_at(&["apiVersion"]).rsplit_once('/') {
                Some((group, _)) => format!("{kind}.{group}/{}", owner.str_at(&["name"])),
                None => format!("{kind}/{}", owner.str_at(&["name"])),
            }
        }
        None => "<none>".to_owned(),
    };
    (vec![owner, count(revision, &["revision"])], vec![])
}

// Models printHorizontalPodAutoscaler and formatHPAMetrics
pub(super) fn autoscaler(autoscaler: &Value) -> Row {
    let target = autoscaler.at(&["spec", "scaleTargetRef"]);
    let field = |name: &str| target.map(|target| target.str_at(&[name])).unwrap_or_default();
    let current = autoscaler.items_at(&["status", "currentMetrics"]);
    let metrics: Vec<String> = autoscaler
        .items_at(&["spec", "metrics"])
        .iter()
        .enumerate()
        .map(|(index, metric)| metric_text(metric, current.get(index)))
        .collect();
    let shown = match metrics.len() {
        0 => "<none>".to_owned(),
        1 | 2 => metrics.join(", "),
        many => format!("{} + {} more...", metrics[..2].join(", "), many - 2),
    };
    let least = autoscaler.int_at(&["spec", "minReplicas"]).map_or("<unset>".to_owned(), |least| least.to_string());
    (
        vec![
            format!("{}/{}", field("kind"), field("name")),
            shown,
            least,
            count(autoscaler, &["spec", "maxReplicas"]),
            count(autoscaler, &["status", "currentReplicas"]),
        ],
        vec![],
    )
}

/// `cpu: 12%/60%`.
fn metric_text(metric: &Value, current: Option<&Value>) -> String {
    let (part, prefix) = match metric.str_at(&["type"]) {
        "Resource" => ("resource", format!("{}: ", metric.str_at(&["resource", "name"]))),
        "ContainerResource" => ("containerResource", format!("{}: ", metric.str_at(&["containerResource", "name"]))),
        "Pods" => ("pods", String::new()),
        "Object" => ("object", String::new()),
        "External" => ("external", String::new()),
        _ => return "<unknown type>".to_owned(),
    };
    let measured = |field: &str| current.and_then(|current| current.at(&[part, "current", field]));
    let text = |value: &Value| super::number_or_text(Some(value), "");
    if let Some(wanted) = metric.at(&[part, "target", "averageUtilization"]) {
        let have = measured("averageUtilization").map_or("<unknown>".to_owned(), |have| format!("{}%", text(have)));
        return format!("{prefix}{have}/{}%", text(wanted));
    }
    for (field, suffix) in
        [("averageValue", if part == "resource" || part == "pods" { "" } else { " (avg)" }), ("value", "")]
    {
        if let Some(wanted) = metric.at(&[part, "target", field]) {
            let have = measured(field).map_or("<unknown>".to_owned(), text);
            return format!("{prefix}{have}/{}{suffix}", text(wanted));
        }
    }
    format!("{prefix}<unknown>/<auto>")
}

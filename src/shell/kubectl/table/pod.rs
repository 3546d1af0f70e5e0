//! Pods.
// Models k8s.io/kubernetes/pkg/printers/internalversion/printers.go printPod

use crate::document::Value;
use crate::world::SimTime;
use crate::world::api::meta;

use super::super::duration::since;
use super::or_none;

/// What the columns READY, STATUS and RESTARTS say.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct PodStatus {
    /// Ready containers.
    pub ready: u32,
    /// All containers that count.
    pub total: u32,
    /// `Running`, `CrashLoopBackOff`, `Init:0/1`, `Terminating` …
    pub reason: String,
    /// How often containers were started again.
    pub restarts: i64,
    /// When one was last started again, as the API writes it.
    pub last_restart: Option<String>,
}

/// Whether an init container is a sidecar.
fn is_sidecar(pod: &Value, name: &str) -> bool {
    pod.items_at(&["spec", "initContainers"])
        .iter()
        .any(|container| container.str_at(&["name"]) == name && container.str_at(&["restartPolicy"]) == "Always")
}

struct Restarts {
    count: i64,
    last: Option<String>,
}

impl Restarts {
    fn add(&mut self, container: &Value) {
        self.count += container.int_at(&["restartCount"]).unwrap_or_default();
        if let Some(finished) = container.at(&["lastState", "terminated", "finishedAt"]).and_then(Value::as_str)
            && self.last.as_deref().is_none_or(|last| last < finished)
        {
            self.last = Some(finished.to_owned());
        }
    }
}

/// The reason of a terminated container, or its signal or exit code.
fn ended(terminated: &Value) -> String {
    match (terminated.str_at(&["reason"]), terminated.int_at(&["signal"]).unwrap_or_default()) {
        ("", 0) => format!("ExitCode:{}", terminated.int_at(&["exitCode"]).unwrap_or_default()),
        ("", signal) => format!("Signal:{signal}"),
        (reason, _) => reason.to_owned(),
    }
}

/// The columns READY, STATUS and RESTARTS of a Pod.
#[must_use]
pub fn status(pod: &Value) -> PodStatus {
    let phase = pod.str_at(&["status", "phase"]);
    let mut reason = match pod.str_at(&["status", "reason"]) {
        "" => phase.to_owned(),
        reason => reason.to_owned(),
    };
    if meta::condition(pod, "PodScheduled").is_some_and(|it| it.str_at(&["reason"]) == "SchedulingGated") {
        reason = "SchedulingGated".to_owned();
    }
    let inits = pod.items_at(&["spec", "initContainers"]);
    let sidecars = inits.iter().filter(|container| container.str_at(&["restartPolicy"]) == "Always").count() as u32;
    let mut total = pod.items_at(&["spec", "containers"]).len() as u32 + sidecars;
    let mut ready = 0;
    let (mut all, mut of_sidecars) = (Restarts { count: 0, last: None }, Restarts { count: 0, last: None });
    let mut initializing = false;
    for (index, container) in pod.items_at(&["status", "initContainerStatuses"]).iter().enumerate() {
        all.add(container);
        let sidecar = is_sidecar(pod, container.str_at(&["name"]));
        if sidecar {
            of_sidecars.add(container);
        }
        let state = |name: &str| container.at(&["state", name]);
        if let Some(terminated) = state("terminated") {
            if terminated.int_at(&["exitCode"]).unwrap_or_default() == 0 {
                continue;
            }
            reason = format!("Init:{}", ended(terminated));
            initializing = true;
        } else if sidecar && container.is_true_at(&["started"]) {
            if container.is_true_at(&["ready"]) {
                ready += 1;
            }
            continue;
        } else {
            let waiting = state("waiting").map(|waiting| waiting.str_at(&["reason"])).unwrap_or_default();
            reason = match waiting {
                "" | "PodInitializing" => format!("Init:{index}/{}", inits.len()),
                waiting => format!("Init:{waiting}"),
            };
            initializing = true;
        }
        break;
    }
    let mut restarts = all;
    if !initializing || meta::is_condition_true(pod, "Initialized") {
        restarts = of_sidecars;
        let mut has_running = false;
        for container in pod.items_at(&["status", "containerStatuses"]).iter().rev() {
            restarts.add(container);
            let waiting = container.str_at(&["state", "waiting", "reason"]);
            if !waiting.is_empty() {
                reason = waiting.to_owned();
            } else if let Some(terminated) = container.at(&["state", "terminated"]) {
                reason = ended(terminated);
            } else if container.is_true_at(&["ready"]) && container.at(&["state", "running"]).is_some() {
                has_running = true;
                ready += 1;
            }
        }
        if reason == "Completed" && has_running {
            reason = if meta::is_condition_true(pod, "Ready") { "Running" } else { "NotReady" }.to_owned();
        }
    }
    if meta::is_deleting(pod) {
        if pod.str_at(&["status", "reason"]) == "NodeLost" {
            reason = "Unknown".to_owned();
        } else if phase != "Succeeded" && phase != "Failed" {
            reason = "Terminating".to_owned();
        }
    }
    if total == 0 {
        total = pod.items_at(&["status", "containerStatuses"]).len() as u32;
    }
    PodStatus { ready, total, reason, restarts: restarts.count, last_restart: restarts.last }
}

pub(super) fn row(pod: &Value, now: SimTime) -> (Vec<String>, Vec<String>) {
    let status = status(pod);
    let restarts = match &status.last_restart {
        Some(moment) if status.restarts != 0 => format!("{} ({} ago)", status.restarts, since(moment, now)),
        _ => status.restarts.to_string(),
    };
    let gates = pod.items_at(&["spec", "readinessGates"]);
    let passed = gates.iter().filter(|gate| meta::is_condition_true(pod, gate.str_at(&["conditionType"]))).count();
    let gates = if gates.is_empty() { "<none>".to_owned() } else { format!("{passed}/{}", gates.len()) };
    let address = pod.items_at(&["status", "podIPs"]).first().map(|it| it.str_at(&["ip"]));
    let address = address.filter(|it| !it.is_empty()).unwrap_or(pod.str_at(&["status", "podIP"]));
    (
        vec![format!("{}/{}", status.ready, status.total), status.reason, restarts],
        vec![
            or_none(address),
            or_none(pod.str_at(&["spec", "nodeName"])),
            or_none(pod.str_at(&["status", "nominatedNodeName"])),
            gates,
        ],
    )
}

//! What a kubelet reports about a Pod.
// Models pkg/kubelet/kubelet_pods.go generateAPIPodStatus, getPhase; status/generate.go

use crate::document::InOrder as _;
use crate::document::Value;
use crate::kube::api::meta;
use crate::kube::conditions::{self, Condition};
use crate::kube::kubelet::Machine;
use crate::kube::kubelet::container::{Container, End, Role, Shown, State};
use crate::kube::kubelet::image;
use crate::kube::kubelet::pod::{PodWorker, go_duration};
use crate::kube::kubelet::preset::{Identity, Preset};
use crate::sim::{SimTime, stable_hash};
use crate::tree;

/// The whole `status` of a Pod; conditions of others are kept.
#[must_use]
pub fn of(worker: &PodWorker, current: &Value, machine: &Machine, preset: &Preset, now: SimTime) -> Value {
    let phase = phase(worker);
    let mut status = current.at(&["status"]).cloned().unwrap_or_default();
    status.set(&["observedGeneration"], meta::generation(current).max(1));
    status.set(&["phase"], phase);
    if let Some(message) = &worker.evicted {
        status.set(&["reason"], "Evicted");
        status.set(&["message"], message);
    }
    status.set(&["hostIP"], &machine.address);
    status.set(&["hostIPs"], Value::list([tree!({ "ip": &machine.address })]));
    status.set(&["startTime"], worker.start.rfc3339());
    if !worker.address.is_empty() {
        status.set(&["podIP"], &worker.address);
        status.set(&["podIPs"], Value::list([tree!({ "ip": &worker.address })]));
    }
    let statuses = |list: &'static str| {
        let chosen = worker.containers.iter().filter(move |container| container.role.list() == list);
        Value::list(chosen.map(|container| container_status(worker, container, preset)))
    };
    let init = statuses("initContainers");
    if !init.is_empty() {
        status.set(&["initContainerStatuses"], init);
    }
    status.set(&["containerStatuses"], statuses("containers"));
    let ephemeral = statuses("ephemeralContainers");
    if !ephemeral.is_empty() {
        status.set(&["ephemeralContainerStatuses"], ephemeral);
    }
    let mut reported = current.clone().with(&["status"], status.clone());
    let wanted = reports(worker, phase);
    let wanted: Vec<Condition<'_>> = wanted
        .iter()
        .map(|report| {
            Condition::new(report.kind, report.status).because(report.reason, &report.message).of_generation(current)
        })
        .collect();
    if let Some(changed) = conditions::changed_status(&reported, now, &wanted) {
        reported.set(&["status"], changed);
    }
    let mut status = reported.remove(&["status"]).unwrap_or_default();
    in_usual_order(status.at_mut(&["conditions"]).items_mut());
    status
}

/// The order in which a kubelet lists its conditions; those of others come last.
fn in_usual_order(conditions: &mut [Value]) {
    const ORDER: [&str; 5] = ["PodReadyToStartContainers", "Initialized", "Ready", "ContainersReady", "PodScheduled"];
    conditions.order_by_key(|condition| {
        let kind = condition.str_at(&["type"]);
        ORDER.iter().position(|known| *known == kind).unwrap_or(ORDER.len())
    });
}

/// `status.phase`.
// Models kubelet_pods.go getPhase
fn phase(worker: &PodWorker) -> &'static str {
    if worker.evicted.is_some() {
        return "Failed";
    }
    let apps = || worker.containers.iter().filter(|container| container.role == Role::App);
    let init_failed = worker.containers.iter().any(|container| {
        container.role == Role::Init && matches!(&container.state, State::Ended { end, next: None } if end.code != 0)
    });
    if init_failed {
        return "Failed";
    }
    let is_ending = worker.ending.is_some();
    let has_run = |container: &Container| container.last.is_some() || container.end().is_some();
    let waiting = apps().any(|container| !container.is_running() && !has_run(container));
    if !is_ending && waiting {
        return "Pending";
    }
    if apps().any(Container::is_running) {
        return "Running";
    }
    if is_ending && waiting {
        return "Pending";
    }
    let codes: Vec<i64> = apps().filter_map(|container| container.end().map(|end| end.code)).collect();
    let sidecar_runs =
        worker.containers.iter().any(|container| container.role == Role::Sidecar && container.is_running());
    let all_ended = worker.has_ended() && !sidecar_runs;
    let all_succeeded = codes.len() == apps().count() && codes.iter().all(|code| *code == 0);
    match worker.restart_policy() {
        _ if !all_ended => "Running",
        _ if all_succeeded => "Succeeded",
        "Always" if !is_ending => "Running",
        _ => "Failed",
    }
}

/// One condition to be reported.
struct Report {
    kind: &'static str,
    status: &'static str,
    reason: &'static str,
    message: String,
}

fn report(kind: &'static str, holds: Holds, reason: &'static str, message: String) -> Report {
    Report { kind, status: if holds == Holds::Yes { "True" } else { "False" }, reason, message }
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Holds {
    Yes,
    No,
}

impl From<bool> for Holds {
    fn from(yes: bool) -> Self {
        if yes { Self::Yes } else { Self::No }
    }
}

/// The five conditions in the order in which a kubelet lists them.
// Models status/generate.go
fn reports(worker: &PodWorker, phase: &str) -> Vec<Report> {
    let has_ended = matches!(phase, "Succeeded" | "Failed");
    let names = |missing: &dyn Fn(&&Container) -> bool| -> Vec<&str> {
        worker.containers.iter().filter(missing).map(|container| &*container.name).collect()
    };
    let uninitialized = names(&|container| {
        container.role.is_init()
            && match container.role {
                Role::Sidecar => !container.is_started() && !has_ended,
                _ => !container.is_ready(),
            }
    });
    let unready = names(&|container| {
        matches!(container.role, Role::App | Role::Sidecar)
            && !container.is_ready()
            && !(has_ended && container.role == Role::Sidecar)
    });
    let initialized = if phase == "Succeeded" {
        report("Initialized", Holds::Yes, "PodCompleted", String::new())
    } else if uninitialized.is_empty() {
        report("Initialized", Holds::Yes, "", String::new())
    } else {
        let message = format!("containers with incomplete status: [{}]", uninitialized.join(" "));
        report("Initialized", Holds::No, "ContainersNotInitialized", message)
    };
    let ready = |kind: &'static str| match phase {
        "Succeeded" => report(kind, Holds::No, "PodCompleted", String::new()),
        "Failed" => report(kind, Holds::No, "PodFailed", String::new()),
        _ if unready.is_empty() => report(kind, Holds::Yes, "", String::new()),
        _ => {
            let message = format!("containers with unready status: [{}]", unready.join(" "));
            report(kind, Holds::No, "ContainersNotReady", message)
        }
    };
    let has_network = Holds::from(worker.has_network && !has_ended);
    vec![
        report("PodReadyToStartContainers", has_network, "", String::new()),
        initialized,
        ready("Ready"),
        ready("ContainersReady"),
        report("PodScheduled", Holds::Yes, "", String::new()),
    ]
}

fn container_status(worker: &PodWorker, container: &Container, preset: &Preset) -> Value {
    let image = match preset.identity {
        Identity::Containerd if container.was_created => image::full_name(&container.image),
        _ => container.image.to_string(),
    };
    let image_id = match preset.identity {
        _ if !container.was_created => String::new(),
        Identity::Containerd => image::digest_name(&container.image),
        Identity::Recorded => format!("fake-image://{}", container.image),
    };
    let mut status = tree!({
        "name": &container.name,
        "state": state(worker, container, preset),
        "lastState": last_state(worker, container, preset),
        "ready": container.is_ready(),
        "restartCount": container.restarts,
        "image": image,
        "imageID": image_id,
        "started": container.is_started(),
    });
    if container.was_created {
        status.set(&["containerID"], container_id(worker, container, container.restarts, preset));
    }
    status
}

fn container_id(worker: &PodWorker, container: &Container, run: i64, preset: &Preset) -> String {
    match preset.identity {
        Identity::Recorded => format!("fake://{}-{}-{run}", worker.uid, container.name),
        Identity::Containerd => {
            let run = run.to_string();
            let part = |seed: u64| stable_hash(seed, &["container", &worker.uid, &container.name, &run]);
            format!("containerd://{:016x}{:016x}{:016x}{:016x}", part(0), part(1), part(2), part(3))
        }
    }
}

fn state(worker: &PodWorker, container: &Container, preset: &Preset) -> Value {
    let waiting = |reason: &str, message: String| {
        let mut waiting = tree!({ "reason": reason });
        if !message.is_empty() {
            waiting.set(&["message"], message);
        }
        tree!({ "waiting": waiting })
    };
    match &container.state {
        State::Running(run) => tree!({ "running": { "startedAt": run.since.rfc3339() } }),
        State::Ended { end, .. } => terminated(worker, container, end, preset),
        State::PullFailed { reason, message, .. } => waiting(reason, message.to_string()),
        State::Refused { reason, message, .. } => waiting(reason, message.to_string()),
        State::PullBackOff { message, .. } => waiting("ImagePullBackOff", back_off_message(container, message)),
        State::CrashLoop { delay, .. } => waiting("CrashLoopBackOff", crash_message(worker, container, *delay)),
        // While it is being started again, the last report stands.
        State::Creating { .. } | State::Pulling { .. } if container.shown.is_some() || container.last.is_some() => {
            match (&container.shown, &container.last) {
                (Some(Shown::Crash(delay)), _) => waiting("CrashLoopBackOff", crash_message(worker, container, *delay)),
                (Some(Shown::Pull(message)), _) => waiting("ImagePullBackOff", back_off_message(container, message)),
                (None, last) => last.as_ref().map(|end| terminated(worker, container, end, preset)).unwrap_or_default(),
            }
        }
        _ => {
            let has_init = worker.containers.iter().any(|other| other.role.is_init());
            waiting(if has_init { "PodInitializing" } else { "ContainerCreating" }, String::new())
        }
    }
}

fn back_off_message(container: &Container, message: &str) -> String {
    format!("Back-off pulling image \"{}\": ErrImagePull: {message}", container.image)
}

fn crash_message(worker: &PodWorker, container: &Container, delay: SimTime) -> String {
    format!(
        "back-off {} restarting failed container={} pod={}_{}({})",
        go_duration(delay),
        container.name,
        worker.key.name,
        worker.key.namespace,
        worker.uid
    )
}

fn last_state(worker: &PodWorker, container: &Container, preset: &Preset) -> Value {
    match (&container.last, &container.state) {
        (Some(_), State::Creating { .. } | State::Pulling { .. }) if container.shown.is_none() => Value::map(),
        (Some(last), _) => terminated(worker, container, last, preset),
        (None, _) => Value::map(),
    }
}

fn terminated(worker: &PodWorker, container: &Container, end: &End, preset: &Preset) -> Value {
    let mut terminated = tree!({
        "exitCode": end.code,
        "reason": end.reason,
    });
    if !end.message.is_empty() {
        terminated.set(&["message"], &end.message);
    }
    if let Some(started) = end.started {
        terminated.set(&["startedAt"], started.rfc3339());
        terminated.set(&["finishedAt"], end.finished.rfc3339());
        terminated.set(&["containerID"], container_id(worker, container, end.run, preset));
    }
    tree!({ "terminated": terminated })
}

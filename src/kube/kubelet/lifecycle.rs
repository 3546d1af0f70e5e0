//! What happens to one container of a Pod: pulled, created, started, asked, stopped, started again.
// Models pkg/kubelet/kuberuntime/kuberuntime_manager.go SyncPod, kuberuntime_container.go

use crate::kube::kubelet::container::{Backoff, Container, End, Role, Run, Shown, State, Stopping};
use crate::kube::kubelet::image::Pull;
use crate::kube::kubelet::pod::{Node, PodWorker, Told, go_duration};
use crate::kube::kubelet::probe::{Kind, Probes, Subject, Turn};
use crate::kube::kubelet::program::Program;
use crate::kube::why::Why;
use crate::sim::{SimTime, secs};
use std::rc::Rc;

impl PodWorker {
    /// Makes sure that the image is there, then creates the container.
    // Models pkg/kubelet/images/image_manager.go EnsureImageExists
    pub(super) fn begin(&mut self, container: &mut Container, node: &mut Node<'_>, told: &mut Vec<Told>) {
        let spec = self.spec_of(container);
        container.image = spec.str_at(&["image"]).into();
        let image = container.image.clone();
        let policy = spec.str_at(&["imagePullPolicy"]);
        let is_there = node.images.has(&image, node.preset, node.now);
        if is_there && (policy != "Always" || node.preset.registry == SimTime::ZERO) {
            let message = format!("Container image \"{image}\" {}", node.preset.already_present());
            told.push(about(container, "Normal", "Pulled", message));
            let after_init = if self.follows_init(container) { node.preset.next_init } else { SimTime::ZERO };
            container.state = State::Creating { until: node.now + after_init + node.preset.create };
        } else if policy == "Never" {
            let message = format!("Container image \"{image}\" is not present with pull policy of Never");
            told.push(about(container, "Warning", "ErrImageNeverPull", message.clone()));
            told.push(about(container, "Warning", "Failed", "Error: ErrImageNeverPull".to_owned()));
            self.why = Why::ImagePullFailed { image: image.to_string() };
            container.state =
                State::PullFailed { reason: "ErrImageNeverPull", message: message.into(), until: SimTime(u64::MAX) };
        } else {
            told.push(about(container, "Normal", "Pulling", format!("Pulling image \"{image}\"")));
            let pull = node.images.pull(&image, node.preset, node.seed, node.now);
            container.state = State::Pulling { pull: Rc::new(pull) };
        }
    }

    /// Does what is due for one container. Returns whether anything was.
    pub(super) fn step(&mut self, container: &mut Container, node: &mut Node<'_>, told: &mut Vec<Told>) -> bool {
        let now = node.now;
        let is_due = container.due().is_some_and(|due| due <= now);
        match container.state.clone() {
            State::Running(run) => {
                if is_due && let Some((at, code)) = run.end {
                    self.end(container, &run, at, code, node);
                    return true;
                }
                self.ask(container, &run, node, told)
            }
            _ if !is_due => false,
            State::Pulling { pull } => {
                self.pulled(container, &pull, node, told);
                true
            }
            State::PullFailed { message, until, .. } => {
                let delay = container.pull.map(|backoff| backoff.delay()).unwrap_or_default();
                told.push(about(
                    container,
                    "Normal",
                    "BackOff",
                    format!("Back-off pulling image \"{}\"", container.image),
                ));
                told.push(about(container, "Warning", "Failed", "Error: ImagePullBackOff".to_owned()));
                self.why = Why::BackOff { seconds: seconds(delay) };
                container.shown = Some(Shown::Pull(message.clone()));
                container.state = State::PullBackOff { message, until: until + delay };
                true
            }
            State::PullBackOff { .. } => {
                self.begin(container, node, told);
                true
            }
            State::Creating { until } => {
                self.started(container, until, node, told);
                true
            }
            State::Ended { end, .. } => {
                self.again(container, &end, node, told);
                true
            }
            State::CrashLoop { until, .. } => {
                container.crash = Some(Backoff::next(container.crash, until));
                self.begin(container, node, told);
                true
            }
            State::Pending => false,
        }
    }

    fn pulled(&mut self, container: &mut Container, pull: &Pull, node: &Node<'_>, told: &mut Vec<Told>) {
        let image = container.image.clone();
        if let Some(error) = &pull.error {
            told.push(about(container, "Warning", "Failed", format!("Failed to pull image \"{image}\": {error}")));
            told.push(about(container, "Warning", "Failed", "Error: ErrImagePull".to_owned()));
            container.pull = Some(Backoff::next(container.pull, pull.end));
            self.why = Why::ImagePullFailed { image: image.to_string() };
            container.state = State::PullFailed {
                reason: "ErrImagePull",
                message: error.as_str().into(),
                until: pull.end + node.preset.pull_error_shown,
            };
            return;
        }
        let took = go_duration(pull.end.since(pull.start));
        let waited = go_duration(pull.end.since(pull.asked));
        let message = format!(
            "Successfully pulled image \"{image}\" in {took} ({waited} including waiting). Image size: {} bytes.",
            pull.size_bytes
        );
        told.push(about(container, "Normal", "Pulled", message));
        container.pull = None;
        if matches!(container.shown, Some(Shown::Pull(_))) {
            container.shown = None;
        }
        container.state = State::Creating { until: pull.end + node.preset.create };
    }

    fn started(&mut self, container: &mut Container, at: SimTime, node: &mut Node<'_>, told: &mut Vec<Told>) {
        let spec = self.spec_of(container);
        let program = Program::of(&spec, node.preset);
        let end = match program.end {
            Some((after, code)) => Some((at + after, code)),
            // Without a known end the stand-in lets init containers finish.
            None if container.role == Role::Init && node.preset.init_always_ends() => {
                Some((at + node.preset.command, 0))
            }
            None => None,
        };
        told.push(about(container, "Normal", "Created", "Container created".to_owned()));
        told.push(about(container, "Normal", "Started", "Container started".to_owned()));
        if container.was_created {
            container.restarts += 1;
        }
        container.was_created = true;
        container.shown = None;
        container.probes = Probes::start(&spec, node.preset.probes, at);
        container.state = State::Running(Run { since: at, program: Rc::new(program), end, stopping: None });
        self.why = Why::ContainerStarted;
    }

    /// A container's program has ended: will it start again, and when is that looked at?
    // Models pkg/kubelet/container/helpers.go ShouldContainerBeRestarted
    fn end(&mut self, container: &mut Container, run: &Run, at: SimTime, code: i64, node: &Node<'_>) {
        let reason = if code == 0 { "Completed" } else { "Error" };
        let end = End { code, reason, message: "", started: Some(run.since), finished: at, run: container.restarts };
        let restarts = match (container.role, run.stopping) {
            (_, Some(Stopping::PodEnds)) => false,
            (_, Some(Stopping::Replaced)) => container.role != Role::Init && self.restart_policy() != "Never",
            (Role::Sidecar, None) => true,
            (Role::Init, None) => code != 0 && self.restart_policy() != "Never",
            (Role::App, None) => match self.restart_policy() {
                "Never" => false,
                "OnFailure" => code != 0,
                _ => true,
            },
        };
        let next = (restarts && self.ending.is_none()).then_some(at + node.preset.restart);
        self.why = Why::ContainerEnded { code };
        container.state = State::Ended { end, next };
    }

    /// A container that has ended starts again, or waits first.
    // Models kuberuntime_manager.go doBackOff
    fn again(&mut self, container: &mut Container, end: &End, node: &mut Node<'_>, told: &mut Vec<Told>) {
        container.last = Some(end.clone());
        let Some(delay) = Backoff::wait(container.crash, end.finished, node.now) else {
            container.crash = Some(Backoff::next(container.crash, node.now));
            self.begin(container, node, told);
            return;
        };
        let pod = format!("{}_{}({})", self.key.name, self.key.namespace, self.uid);
        let message = format!("Back-off restarting failed container {} in pod {pod}", container.name);
        told.push(about(container, "Warning", "BackOff", message));
        self.why = Why::BackOff { seconds: seconds(delay) };
        container.shown = Some(Shown::Crash(delay));
        container.state = State::CrashLoop { until: end.finished + delay, delay };
    }

    /// Tells a container to stop. What has not started yet never will.
    // Models kuberuntime_container.go killContainer
    pub(super) fn stop(&mut self, container: &mut Container, node: &Node<'_>, told: &mut Vec<Told>) -> bool {
        match &mut container.state {
            State::Running(run) if run.stopping.is_none() => {
                // Sidecars are told when the others have ended.
                let others_run = container.role == Role::Sidecar
                    && self.containers.iter().any(|other| other.role != Role::Sidecar && other.is_running());
                if others_run {
                    return false;
                }
                let deadline = self.ending.map_or(node.now + secs(30), |ending| ending.deadline);
                terminate(run, Stopping::PodEnds, deadline, node);
                told.push(about(container, "Normal", "Killing", format!("Stopping container {}", container.name)));
                true
            }
            State::Running(_) | State::Ended { next: None, .. } => false,
            _ if self.ending.is_some() => false,
            State::Ended { next, .. } => {
                *next = None;
                true
            }
            _ => {
                container.state = State::Ended {
                    end: End {
                        code: 137,
                        reason: "ContainerStatusUnknown",
                        message: "The container could not be located when the pod was terminated",
                        started: None,
                        finished: node.now,
                        run: container.restarts,
                    },
                    next: None,
                };
                true
            }
        }
    }

    /// Asks the probes that are due, and replaces a container that failed or has a new image.
    fn ask(&mut self, container: &mut Container, run: &Run, node: &Node<'_>, told: &mut Vec<Told>) -> bool {
        if run.stopping.is_some() || self.ending.is_some() {
            return false;
        }
        let spec = self.spec_of(container);
        if container.role != Role::Init && spec.str_at(&["image"]) != &*container.image && node.preset.replaces_images()
        {
            let message = format!("Container {} definition changed, will be restarted", container.name);
            told.push(about(container, "Normal", "Killing", message));
            self.replace(container, node);
            return true;
        }
        let subject = Subject { container: &spec, program: &run.program, since: run.since, address: &self.address };
        let answers = container.probes.ask(node.now, node.preset.probes, &subject);
        let mut kill = None;
        for answer in answers {
            if let Some(failure) = &answer.failure {
                let message = format!("{} probe failed: {failure}", answer.kind.word());
                told.push(about(container, "Warning", "Unhealthy", message));
            }
            match answer.turned {
                Some(Turn::Passes) => self.why = Why::ProbePassed { probe: answer.kind.code() },
                Some(Turn::Fails) => {
                    self.why = Why::ProbeFailed { probe: answer.kind.code() };
                    if answer.kind != Kind::Readiness {
                        kill = Some(answer.kind.code());
                    }
                }
                None => {}
            }
        }
        let Some(probe) = kill else { return false };
        let message = format!("Container {} failed {probe} probe, will be restarted", container.name);
        told.push(about(container, "Normal", "Killing", message));
        self.replace(container, node);
        true
    }

    fn replace(&self, container: &mut Container, node: &Node<'_>) {
        let grace = self.object.int_at(&["spec", "terminationGracePeriodSeconds"]).unwrap_or(30);
        let deadline = node.now + secs(u64::try_from(grace).unwrap_or_default());
        if let State::Running(run) = &mut container.state {
            terminate(run, Stopping::Replaced, deadline, node);
        }
    }
}

/// SIGTERM now, SIGKILL at the deadline.
fn terminate(run: &mut Run, why: Stopping, deadline: SimTime, node: &Node<'_>) {
    let stopped = match run.program.on_term {
        Some(code) => (node.now + node.preset.stop, code),
        None => (deadline, 137),
    };
    let stopped = if stopped.0 > deadline { (deadline, 137) } else { stopped };
    run.end = Some(match run.end {
        Some(own) if own.0 <= stopped.0 => own,
        _ => stopped,
    });
    run.stopping = Some(why);
}

fn about(container: &Container, kind: &'static str, reason: &'static str, message: String) -> Told {
    Told { field_path: container.field_path(), kind, reason, message }
}

fn seconds(time: SimTime) -> i64 {
    i64::try_from(time.as_secs()).unwrap_or(i64::MAX)
}

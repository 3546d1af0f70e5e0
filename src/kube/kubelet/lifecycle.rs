//! What happens to one container of a Pod: pulled, created, started, asked, stopped, started again.
// Models pkg/kubelet/kuberuntime/kuberuntime_manager.go SyncPod, kuberuntime_container.go

use crate::kube::kubelet::container::{Backoff, Container, End, Role, Run, Shown, State, Stopping};
use crate::kube::kubelet::environment::Making;
use crate::kube::kubelet::image::Pull;
use crate::kube::kubelet::pod::{Node, PodWorker, Told, go_duration};
use crate::kube::kubelet::preset::Programs;
use crate::kube::kubelet::probe::{Kind, Probes, Subject, Turn};
use crate::kube::kubelet::recorded;
use crate::kube::program::Next;
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
            State::Running(mut run) => {
                self.follow(container, &mut run, node);
                container.state = State::Running(run.clone());
                if let Some((at, code)) = run.end.filter(|(at, _)| *at <= now) {
                    self.end(container, &run, at, code, node);
                    return true;
                }
                if run.stopping.is_some() {
                    return self.urge(container, &mut run, node);
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
            State::PullBackOff { .. } | State::Refused { .. } => {
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
        let mut run = Run::since(at);
        if node.preset.programs == Programs::Recorded {
            let init = (container.role == Role::Init).then_some((node.preset.command, 0));
            // Without a known end the stand-in lets init containers finish.
            run.end = recorded::end_of(&spec, node.preset).or(init).map(|(after, code)| (at + after, code));
        } else {
            match self.make(container, at, node) {
                Ok(()) => {}
                Err(Refusal::Config(message)) => {
                    told.push(about(container, "Warning", "Failed", format!("Error: {message}")));
                    self.why = Why::ConfigMissing { message: message.clone() };
                    container.state = State::Refused {
                        reason: "CreateContainerConfigError",
                        message: message.into(),
                        until: node.now + CONFIG_RETRY,
                    };
                    return;
                }
                Err(Refusal::Start(program)) => return self.start_failed(container, at, &program, node, told),
            }
        }
        told.push(about(container, "Normal", "Created", "Container created".to_owned()));
        told.push(about(container, "Normal", "Started", "Container started".to_owned()));
        if container.was_created {
            container.restarts += 1;
        }
        container.was_created = true;
        container.shown = None;
        self.why = Why::ContainerStarted;
        let mut ready_at = at;
        if node.preset.programs == Programs::Simulated {
            match self.hook(container, "postStart", node) {
                Ok(took) => ready_at = at + took,
                Err(_) => {
                    told.push(about(container, "Warning", "FailedPostStartHook", "PostStartHook failed".to_owned()));
                    let message = format!("FailedPostStartHook: Container {} is killed", container.name);
                    told.push(about(container, "Normal", "Killing", message));
                    node.runtime.kill(&self.id_of(container), at, 137);
                }
            }
        }
        container.probes = Probes::start(&spec, node.preset.probes, ready_at);
        self.follow(container, &mut run, node);
        container.state = State::Running(run);
    }

    /// Gives the runtime what the container is made of, and lets it start.
    fn make(&self, container: &Container, at: SimTime, node: &mut Node<'_>) -> Result<(), Refusal> {
        let spec = self.spec_of(container);
        let making =
            Making { seen: node.seen, pod: &self.object, spec: &spec, machine: node.machine, address: &self.address };
        let facts = making.facts().map_err(Refusal::Config)?;
        node.runtime.start(facts, at, node.seed).map_err(Refusal::Start)
    }

    /// The program is not in the image.
    fn start_failed(
        &mut self,
        container: &mut Container,
        at: SimTime,
        program: &str,
        node: &Node<'_>,
        told: &mut Vec<Told>,
    ) {
        let message = format!(
            "failed to create containerd task: failed to create shim task: OCI runtime create failed: runc create \
             failed: unable to start container process: error during container init: exec: \"{program}\": \
             executable file not found in $PATH"
        );
        told.push(about(container, "Normal", "Created", "Container created".to_owned()));
        told.push(about(container, "Warning", "Failed", format!("Error: {message}")));
        if container.was_created {
            container.restarts += 1;
        }
        container.was_created = true;
        container.shown = None;
        let run = Run::since(at);
        self.end(container, &run, at, 128, node);
        if let State::Ended { end, .. } = &mut container.state {
            (end.reason, end.message) = ("StartError", message.into());
        }
    }

    /// Keeps up with what runs in the container.
    fn follow(&self, container: &Container, run: &mut Run, node: &mut Node<'_>) {
        if node.preset.programs == Programs::Recorded {
            return;
        }
        node.runtime.catch_up(&self.uid, node.now, node.wiring, node.seed);
        let Some(process) = node.runtime.get(&self.id_of(container)) else { return };
        let ended = match process.ended {
            Some(ended) => Some(ended),
            None => match node.runtime.next(&self.uid, node.now, node.seed) {
                Next::Ends { container: name, ended } if name == container.name => Some(ended),
                _ => None,
            },
        };
        run.end = ended.map(|ended| (ended.at.max(run.since), ended.code));
        run.is_oom = ended.is_some_and(|ended| ended.is_oom);
    }

    /// A container that was told to stop: SIGTERM after its preStop hook, SIGKILL at the deadline.
    // Models kuberuntime_container.go killContainer
    fn urge(&self, container: &mut Container, run: &mut Run, node: &mut Node<'_>) -> bool {
        let id = self.id_of(container);
        if run.deadline <= node.now {
            node.runtime.kill(&id, run.deadline, 137);
            run.end = Some((run.deadline, 137));
        } else if run.term_at.is_some_and(|at| at <= node.now) {
            run.term_at = None;
            node.runtime.signal(&id, "TERM", node.now);
            self.follow(container, run, node);
        } else {
            return false;
        }
        container.state = State::Running(run.clone());
        true
    }

    /// A container's program has ended: will it start again, and when is that looked at?
    // Models pkg/kubelet/container/helpers.go ShouldContainerBeRestarted
    fn end(&mut self, container: &mut Container, run: &Run, at: SimTime, code: i64, node: &Node<'_>) {
        let reason = match code {
            0 => "Completed",
            _ if run.is_oom => "OOMKilled",
            _ => "Error",
        };
        let message = self.last_words(container, code, node);
        let end = End { code, reason, message, started: Some(run.since), finished: at, run: container.restarts };
        let restarts = match (container.role, run.stopping) {
            (_, Some(Stopping::PodEnds)) | (Role::Ephemeral, _) => false,
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
        self.why = if run.is_oom { Why::OutOfMemory } else { Why::ContainerEnded { code } };
        container.state = State::Ended { end, next };
    }

    /// What a container left where its termination message is looked for; of one that failed without
    /// a word, the end of its log if it asks for that.
    // Models kuberuntime_container.go getTerminationMessage, with its 4096 bytes, 2048 bytes and 80 lines
    fn last_words(&self, container: &Container, code: i64, node: &Node<'_>) -> Rc<str> {
        let spec = self.spec_of(container);
        let path = match spec.str_at(&["terminationMessagePath"]) {
            "" => "/dev/termination-log",
            path => path,
        };
        let Some(process) = node.runtime.get(&self.id_of(container)) else { return "".into() };
        let written = process.layer.get(path).map(|text| tail(text, 4096)).unwrap_or_default();
        let falls_back = spec.str_at(&["terminationMessagePolicy"]) == "FallbackToLogsOnError";
        if !written.is_empty() || code == 0 || !falls_back {
            return written.into();
        }
        let lines: Vec<&str> = process.log.since(0).map(|(_, line)| &*line.text).collect();
        let lines = lines.get(lines.len().saturating_sub(80)..).unwrap_or_default();
        tail(&lines.iter().map(|line| format!("{line}\n")).collect::<String>(), 2048).into()
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
    pub(super) fn stop(&mut self, container: &mut Container, node: &mut Node<'_>, told: &mut Vec<Told>) -> bool {
        match &container.state {
            State::Running(run) if run.stopping.is_none() => {
                // Sidecars are told when the others have ended.
                let others_run = container.role == Role::Sidecar
                    && self.containers.iter().any(|other| other.role != Role::Sidecar && other.is_running());
                if others_run {
                    return false;
                }
                let grace = self.ending.map_or(secs(30), |ending| ending.deadline.since(node.now));
                told.push(about(container, "Normal", "Killing", format!("Stopping container {}", container.name)));
                self.terminate(container, Stopping::PodEnds, grace, node, told);
                true
            }
            State::Running(_) | State::Ended { next: None, .. } => false,
            _ if self.ending.is_some() => false,
            State::Ended { end, .. } => {
                container.state = State::Ended { end: end.clone(), next: None };
                true
            }
            _ => {
                container.state = State::Ended {
                    end: End {
                        code: 137,
                        reason: "ContainerStatusUnknown",
                        message: "The container could not be located when the pod was terminated".into(),
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
    fn ask(&mut self, container: &mut Container, run: &Run, node: &mut Node<'_>, told: &mut Vec<Told>) -> bool {
        if run.stopping.is_some() || self.ending.is_some() {
            return false;
        }
        let spec = self.spec_of(container);
        if container.role != Role::Init && spec.str_at(&["image"]) != &*container.image && node.preset.replaces_images()
        {
            let message = format!("Container {} definition changed, will be restarted", container.name);
            told.push(about(container, "Normal", "Killing", message));
            self.replace(container, node, told);
            return true;
        }
        let id = self.id_of(container);
        let (now, rules) = (node.now, node.preset.probes);
        let mut subject = Subject { container: &spec, id: &id, address: &self.address, node: &mut *node };
        let answers = container.probes.ask(now, rules, &mut subject);
        let mut kill = None;
        for answer in answers {
            if let Some(failure) = &answer.failure {
                told.push(about(container, "Warning", "Unhealthy", failure.clone()));
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
        self.replace(container, node, told);
        true
    }

    fn replace(&self, container: &mut Container, node: &mut Node<'_>, told: &mut Vec<Told>) {
        let grace = self.object.int_at(&["spec", "terminationGracePeriodSeconds"]).unwrap_or(30);
        self.terminate(container, Stopping::Replaced, secs(u64::try_from(grace).unwrap_or_default()), node, told);
    }

    /// The preStop hook now, SIGTERM after it, SIGKILL at the end of the grace period.
    // Models kuberuntime_container.go killContainer, executePreStopHook
    fn terminate(
        &self,
        container: &mut Container,
        why: Stopping,
        grace: SimTime,
        node: &mut Node<'_>,
        told: &mut Vec<Told>,
    ) {
        let now = node.now;
        if node.preset.programs == Programs::Recorded {
            if let State::Running(run) = &mut container.state {
                let deadline = now + grace;
                let stopped =
                    if now + node.preset.stop > deadline { (deadline, 137) } else { (now + node.preset.stop, 0) };
                run.end = Some(run.end.filter(|own| own.0 <= stopped.0).unwrap_or(stopped));
                run.stopping = Some(why);
            }
            return;
        }
        let mut took = SimTime::ZERO;
        if grace > SimTime::ZERO {
            took = match self.hook(container, "preStop", node) {
                Ok(took) => took,
                Err(took) => {
                    told.push(about(container, "Warning", "FailedPreStopHook", "PreStopHook failed".to_owned()));
                    took
                }
            };
        }
        let took = took.min(grace);
        let rest = if grace == SimTime::ZERO { SimTime::ZERO } else { (grace - took).max(GRACE_LEAST) };
        if let State::Running(run) = &mut container.state {
            run.stopping = Some(why);
            run.term_at = (grace > SimTime::ZERO).then_some(now + took);
            run.deadline = now + took + rest;
        }
    }
}

/// Why a container could not be made.
enum Refusal {
    /// Something that its environment needs is missing.
    Config(String),
    /// Its program is not in the image.
    Start(std::rc::Rc<str>),
}

/// How long a container that could not be made waits before it is tried again.
// Models pkg/kubelet/pod_workers.go backOffPeriod: 10 s and a jitter
const CONFIG_RETRY: SimTime = secs(12);

/// What a program gets after a preStop hook that took the whole grace period.
// Source: minimumGracePeriodInSeconds of kuberuntime_manager.go.
const GRACE_LEAST: SimTime = secs(2);

/// The end of a text, at most so many bytes.
fn tail(text: &str, bytes: usize) -> String {
    let from = (text.len().saturating_sub(bytes)..=text.len()).find(|at| text.is_char_boundary(*at));
    text.get(from.unwrap_or_default()..).unwrap_or_default().to_owned()
}

fn about(container: &Container, kind: &'static str, reason: &'static str, message: String) -> Told {
    Told { field_path: container.field_path(), kind, reason, message }
}

fn seconds(time: SimTime) -> i64 {
    i64::try_from(time.as_secs()).unwrap_or(i64::MAX)
}

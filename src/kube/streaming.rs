//! What the API server passes on to a node's kubelet: logs, commands in containers, connections to
//! their ports.
//!
//! A request on a subresource of a Pod, with its options as the body:
//! - `log` (get; `v1.PodLogOptions`): `container`, `previous`, `tailLines`, `sinceSeconds`,
//!   `sinceTime`, `timestamps`, `limitBytes`, and for following `cursor`, the `next` of the answer
//!   before. Answer: `text`, `next`, `ended` (nothing more will come).
//! - `exec` (create; `v1.PodExecOptions`): `container`, `command` (words), `stdin` (text), `tty`; or
//!   `session` and `line` for a shell that is open. Answer: `stdout`, `stderr`, `exitCode`,
//!   `elapsedMilliseconds` (how long it took: a client waits that long before it shows more),
//!   `runsOn` (it goes on in the background, as a server does), and `session` where a bare shell
//!   with `tty` stays open; a line's answer without `session` means that the shell has ended.
//! - `attach` (create): `container`, `cursor`; the same answer as `log`, from now on. `closes` says that
//!   whoever was attached goes, `exits` that the shell was told to end.
//! - `portforward` (create): `port`, and for a request through it `method`, `path`, `host`, `body`.
//!   Answer: `status`, `headers`, `body`.
//! - `proxy` (create): the same, under its own permission.
// Models pkg/registry/core/pod/rest, pkg/kubelet/server/server.go

use crate::document::Value;
use crate::kube::api::{ApiError, Object, Reason, Reply, Request, Resource, meta};
use crate::kube::kubelet;
use crate::kube::network::Wires;
use crate::kube::program::runtime::{Command, Executed};
use crate::kube::program::{Id, http, log};
use crate::kube::{Cluster, Component, Turn};
use crate::sim::{SimTime, millis};
use crate::tree;
use std::rc::Rc;

type Answer = Result<Reply, ApiError>;

impl Cluster {
    /// Answers what is passed on to a kubelet; nothing if the request is none of that.
    pub(in crate::kube) fn handle_streaming(&mut self, turn: &Turn<'_>, request: &Request) -> Option<Answer> {
        if request.resource != Resource::PODS {
            return None;
        }
        let answer = match request.subresource {
            "log" => Self::log,
            "exec" => Self::exec,
            "attach" => Self::attach,
            "portforward" | "proxy" => Self::forward,
            _ => return None,
        };
        Some(self.passed_on(turn.now, request).and_then(|pod| answer(self, turn.now, request, &pod)))
    }

    /// The Pod, if the one who asks may, and its kubelet answers.
    fn passed_on(&mut self, now: SimTime, request: &Request) -> Result<Rc<Object>, ApiError> {
        self.authorize(now, request)?;
        let key = request.key();
        let pod = self.get(&key).cloned().ok_or_else(|| ApiError::not_found(key.resource, &key.name))?;
        let node: Rc<str> = pod.str_at(&["spec", "nodeName"]).into();
        if node.is_empty() {
            let message = format!("pod {} does not have a host assigned", key.name);
            return Err(ApiError::new(Reason::BadRequest, message));
        }
        let address = self.kubelet(&node).map(|kubelet| kubelet.machine().address.clone()).unwrap_or_default();
        let fault = if self.stopped_since(&Component::Machine(node.clone())).is_some() {
            "i/o timeout"
        } else if self.stopped_since(&Component::Kubelet(node.clone())).is_some() {
            "connect: connection refused"
        } else {
            return Ok(pod);
        };
        let dial = format!("dial tcp {address}:10250: {fault}");
        Err(ApiError::new(
            Reason::InternalError,
            match request.subresource {
                "log" => {
                    let container = container_name(request, &pod).unwrap_or_default();
                    format!(
                        "Get \"https://{address}:10250/containerLogs/{}/{}/{container}\": {dial}",
                        key.namespace, key.name
                    )
                }
                _ => format!("error dialing backend: {dial}"),
            },
        ))
    }

    /// What has been done up to now.
    fn catch_up(&mut self, now: SimTime, pod: &Object) {
        let seed = self.settings().seed;
        self.with_runtime(now, |runtime, seen| runtime.catch_up(meta::uid(pod), now, &Wires { seen }, seed));
    }

    fn log(&mut self, now: SimTime, request: &Request, pod: &Rc<Object>) -> Answer {
        let container = container_name(request, pod)?;
        self.catch_up(now, pod);
        let id = Id { pod: meta::uid(pod).into(), container: container.as_str().into() };
        let options = &request.body;
        let previous = options.is_true_at(&["previous"]);
        let Some(log) = self.runtime().log(&id, previous) else {
            let name = meta::name(pod);
            let message = if previous {
                format!("previous terminated container \"{container}\" in pod \"{name}\" not found")
            } else {
                let reason = waiting_reason(pod, &container);
                format!("container \"{container}\" in pod \"{name}\" is waiting to start: {reason}")
            };
            return Err(ApiError::new(Reason::BadRequest, message));
        };
        let has_ended = previous || self.runtime().get(&id).is_none_or(|process| process.ended.is_some());
        let text = chosen(log, options, now);
        done(tree!({ "text": text, "next": (i64::try_from(log.next()).unwrap_or(i64::MAX)), "ended": has_ended }))
    }

    fn attach(&mut self, now: SimTime, request: &Request, pod: &Rc<Object>) -> Answer {
        let mut request = request.clone();
        if request.body.is_true_at(&["closes"]) {
            self.hang_up(now, &request, pod)?;
        }
        if request.body.at(&["cursor"]).is_none() {
            request.body.set(&["tailLines"], 0_i64);
        }
        self.log(now, &request, pod)
    }

    /// Whoever was attached has gone: with `stdinOnce` that closes standard input for good, and a
    /// shell that reads it ends.
    fn hang_up(&mut self, now: SimTime, request: &Request, pod: &Rc<Object>) -> Result<(), ApiError> {
        let container = container_name(request, pod)?;
        let lists = ["containers", "ephemeralContainers"];
        let spec =
            lists.iter().flat_map(|list| pod.items_at(&["spec", list])).find(|it| *it.str_at(&["name"]) == *container);
        let is_once = spec.is_some_and(|spec| spec.is_true_at(&["stdinOnce"])) || request.body.is_true_at(&["exits"]);
        let id = Id { pod: meta::uid(pod).into(), container: container.as_str().into() };
        if is_once && self.runtime().get(&id).is_some_and(|process| process.waits_for_input()) {
            self.with_runtime(now, |runtime, _| runtime.kill(&id, now, 0));
            let key = request.key();
            let node: Rc<str> = pod.str_at(&["spec", "nodeName"]).into();
            self.wake_kubelet(now, &node, vec![(millis(0), kubelet::Work::Watch(key.clone()))]);
            self.look_later(now, &key);
        }
        Ok(())
    }

    fn exec(&mut self, now: SimTime, request: &Request, pod: &Rc<Object>) -> Answer {
        let container = container_name(request, pod)?;
        let id = Id { pod: meta::uid(pod).into(), container: container.as_str().into() };
        self.catch_up(now, pod);
        if self.runtime().get(&id).is_none_or(|process| process.ended.is_some()) {
            let phase = pod.str_at(&["status", "phase"]);
            if matches!(phase, "Succeeded" | "Failed") {
                let message = format!("cannot exec into a container in a completed pod; current phase is {phase}");
                return Err(ApiError::new(Reason::BadRequest, message));
            }
            let message = format!("unable to upgrade connection: container not found (\"{container}\")");
            return Err(ApiError::new(Reason::InternalError, message));
        }
        let seed = self.settings().seed;
        let command = command_of(&request.body);
        let executed = self.with_runtime(now, |runtime, seen| runtime.exec(&id, &command, now, &Wires { seen }, seed));
        // What was run may have changed what happens next in the Pod.
        let key = request.key();
        let node: Rc<str> = pod.str_at(&["spec", "nodeName"]).into();
        self.wake_kubelet(now, &node, vec![(millis(0), kubelet::Work::Watch(key.clone()))]);
        self.look_later(now, &key);
        match executed {
            Ok(executed) => done(executed_tree(&executed)),
            Err(program) => Err(ApiError::new(
                Reason::InternalError,
                format!(
                    "Internal error occurred: error executing command in container: failed to exec in container: failed \
                     to start exec: OCI runtime exec failed: exec failed: unable to start container process: exec: \
                     \"{program}\": executable file not found in $PATH"
                ),
            )),
        }
    }

    /// A connection to a port of the Pod, and a request through it.
    fn forward(&mut self, now: SimTime, request: &Request, pod: &Rc<Object>) -> Answer {
        if pod.str_at(&["status", "phase"]) != "Running" {
            let message = format!(
                "unable to forward port because pod is not running. Current status={}",
                pod.str_at(&["status", "phase"])
            );
            return Err(ApiError::new(Reason::BadRequest, message));
        }
        let options = &request.body;
        let Some(port) = options.int_at(&["port"]) else { return done(Value::map()) };
        self.catch_up(now, pod);
        let uid = meta::uid(pod);
        let Some(path) = options.at(&["path"]).and_then(Value::as_str) else { return done(Value::map()) };
        let host = match options.str_at(&["host"]) {
            "" => "localhost",
            host => host,
        };
        let mut asked = http::Request::get(host, path);
        asked.client = "127.0.0.1".into();
        asked.body = options.str_at(&["body"]).into();
        if !options.str_at(&["method"]).is_empty() {
            asked.method = options.str_at(&["method"]).into();
        }
        let seed = self.settings().seed;
        let response =
            self.with_runtime(now, |runtime, seen| runtime.serve(uid, port, &asked, now, &Wires { seen }, seed));
        match response {
            Some(response) => done(response_tree(&response)),
            None => Err(ApiError::new(
                Reason::InternalError,
                format!(
                    "error forwarding port {port} to pod {uid}, uid : failed to execute portforward in network namespace: \
                     failed to connect to localhost:{port} inside namespace: dial tcp4 127.0.0.1:{port}: connect: connection refused"
                ),
            )),
        }
    }
}

fn done(object: Value) -> Answer {
    Ok(Reply::Object { object, created: false, warnings: Vec::new() })
}

/// A response as the answer to a client.
#[must_use]
pub(in crate::kube) fn response_tree(response: &http::Response) -> Value {
    let headers = response.headers.iter().map(|(name, value)| tree!({ "name": name, "value": value }));
    tree!({ "status": response.status, "headers": (Value::list(headers)), "body": &response.body })
}

fn executed_tree(executed: &Executed) -> Value {
    let mut answer = tree!({
        "stdout": executed.stdout.as_str(),
        "stderr": executed.stderr.as_str(),
        "exitCode": executed.code,
        "elapsedMilliseconds": (i64::try_from(executed.took.as_millis()).unwrap_or(i64::MAX)),
        "runsOn": executed.runs_on,
    });
    if let Some(session) = executed.session {
        answer.set(&["session"], session);
    }
    answer
}

fn command_of(options: &Value) -> Command {
    if let Some(session) = options.int_at(&["session"]) {
        return Command::Line { session, text: options.str_at(&["line"]).into() };
    }
    Command::Run {
        words: options.items_at(&["command"]).iter().filter_map(Value::as_shared).collect(),
        stdin: options.str_at(&["stdin"]).into(),
        is_terminal: options.is_true_at(&["tty"]),
    }
}

/// The container that is meant.
// Models pkg/registry/core/pod/strategy.go LogLocation, podHasContainerWithName
fn container_name(request: &Request, pod: &Object) -> Result<String, ApiError> {
    let names =
        |list: &str| -> Vec<&str> { pod.items_at(&["spec", list]).iter().map(|spec| spec.str_at(&["name"])).collect() };
    let (apps, init, added) = (names("containers"), names("initContainers"), names("ephemeralContainers"));
    let name = meta::name(pod);
    match request.body.str_at(&["container"]) {
        "" => match apps.as_slice() {
            [one] => Ok((*one).to_owned()),
            _ => {
                let mut message =
                    format!("a container name must be specified for pod {name}, choose one of: [{}]", apps.join(" "));
                if !init.is_empty() {
                    message.push_str(&format!(" or one of the init containers: [{}]", init.join(" ")));
                }
                Err(ApiError::new(Reason::BadRequest, message))
            }
        },
        wanted if [&apps, &init, &added].iter().any(|names| names.contains(&wanted)) => Ok(wanted.to_owned()),
        wanted => {
            let message = format!("container {wanted} is not valid for pod {name}");
            Err(ApiError::new(Reason::BadRequest, message))
        }
    }
}

fn waiting_reason(pod: &Object, container: &str) -> String {
    let lists = ["containerStatuses", "initContainerStatuses", "ephemeralContainerStatuses"];
    let mut statuses = lists.iter().flat_map(|list| pod.items_at(&["status", list]));
    let status = statuses.find(|status| status.str_at(&["name"]) == container);
    match status.map(|status| status.str_at(&["state", "waiting", "reason"])).unwrap_or_default() {
        "" => "ContainerCreating".to_owned(),
        reason => reason.to_owned(),
    }
}

/// The lines that the options ask for.
fn chosen(log: &log::Log, options: &Value, now: SimTime) -> String {
    let first = options.int_at(&["cursor"]).and_then(|cursor| u64::try_from(cursor).ok()).unwrap_or_default();
    let since = match options.int_at(&["sinceSeconds"]).and_then(|seconds| u64::try_from(seconds).ok()) {
        Some(seconds) => now.since(millis(seconds.saturating_mul(1000))),
        None => SimTime::parse_rfc3339(options.str_at(&["sinceTime"])).unwrap_or_default(),
    };
    let lines: Vec<&log::Line> = log.since(first).map(|(_, line)| line).filter(|line| line.at >= since).collect();
    let tail = options.int_at(&["tailLines"]).and_then(|count| usize::try_from(count).ok()).unwrap_or(usize::MAX);
    let stamps = options.is_true_at(&["timestamps"]);
    let mut text = String::new();
    for line in lines.iter().skip(lines.len().saturating_sub(tail)) {
        if stamps {
            let moment = line.at.rfc3339_micro();
            text.push_str(&format!("{}000Z ", moment.trim_end_matches('Z')));
        }
        text.push_str(&line.text);
        text.push('\n');
    }
    if first == 0 && tail == usize::MAX && !stamps {
        text.push_str(log.open());
    }
    if let Some(limit) = options.int_at(&["limitBytes"]).and_then(|limit| usize::try_from(limit).ok()) {
        let cut = (0..=limit.min(text.len())).rev().find(|at| text.is_char_boundary(*at)).unwrap_or_default();
        text.truncate(cut);
    }
    text
}

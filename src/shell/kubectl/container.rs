//! What is done inside containers: `logs`, `exec`, `attach`, `port-forward`; and `top`.
// Models k8s.io/kubectl/pkg/cmd/{logs,exec,attach,portforward,top}

use crate::document::InOrder as _;
use crate::document::Value;
use crate::shell::client::{Client, Forward, Sign, Wants};
use crate::tree;
use crate::world::api::labels::Selector;
use crate::world::api::{ApiError, Key, Reason, Request, Resource, Verb, meta};
use crate::world::{SimTime, millis};

use super::builder::{self, Info};
use super::failure::Failure;
use super::{Done, Kubectl, run};

/// How often something that goes on is asked for more.
const FOLLOW_EVERY: SimTime = millis(250);

/// The containers of a Pod, in the order in which kubectl names them.
fn containers<'a>(pod: &'a Value, lists: &[&str]) -> Vec<&'a str> {
    lists.iter().flat_map(|list| pod.items_at(&["spec", list])).map(|container| container.str_at(&["name"])).collect()
}

/// The container that `-c` names has to be one of the Pod's; without it the annotated or the first.
// Models podcmd.FindOrDefaultContainerByName
fn container(kubectl: &Kubectl, pod: &Value) -> Result<String, Failure> {
    let wanted = kubectl.args.text("container");
    let all = containers(pod, &["containers", "initContainers", "ephemeralContainers"]);
    if !wanted.is_empty() {
        if all.contains(&wanted) {
            return Ok(wanted.to_owned());
        }
        return Err(Failure::Plain(format!(
            "container {wanted} is not valid for pod {} out of: {}",
            meta::name(pod),
            all.join(", ")
        )));
    }
    let annotated = meta::annotation(pod, "kubectl.kubernetes.io/default-container");
    if let Some(name) = annotated.filter(|name| all.contains(name)) {
        return Ok(name.to_owned());
    }
    let apps = containers(pod, &["containers"]);
    let first = apps.first().copied().unwrap_or_default();
    if all.len() > 1 && !kubectl.args.is_on("quiet") {
        let mut named: Vec<String> = apps.iter().map(|name| (*name).to_owned()).collect();
        named.extend(containers(pod, &["ephemeralContainers"]).iter().map(|name| format!("{name} (ephem)")));
        named.extend(containers(pod, &["initContainers"]).iter().map(|name| format!("{name} (init)")));
        kubectl.client.warnln(&format!("Defaulted container \"{first}\" out of: {}", named.join(", ")));
    }
    Ok(first.to_owned())
}

/// The Pods that an object stands for: itself, or those that its selector chooses, the best first.
// Models polymorphichelpers.AttachablePodForObject and podutils.ByLogging
async fn pods_of(kubectl: &Kubectl, info: &Info) -> Result<Vec<Value>, Failure> {
    if info.resource == Resource::PODS {
        return Ok(vec![info.object.clone()]);
    }
    let chosen = match info.resource {
        Resource::SERVICES | Resource::REPLICATION_CONTROLLERS => {
            let pairs = info.object.at(&["spec", "selector"]).into_iter().flat_map(Value::entries);
            let pairs: Vec<String> =
                pairs.map(|(key, value)| format!("{key}={}", value.as_str().unwrap_or_default())).collect();
            pairs.join(",")
        }
        _ => super::table::selector(info.object.at(&["spec", "selector"])),
    };
    if chosen.is_empty() || chosen == "<none>" {
        return Err(Failure::Plain(format!("cannot attach to {}: selector of it is empty", info.resource.kind())));
    }
    let selector = Selector::parse(&chosen).map_err(Failure::Plain)?;
    let mut pods = kubectl.client.list(Resource::PODS, &info.namespace).await?;
    pods.retain(|pod| selector.matches(meta::labels(pod)));
    pods.order_by_key(|pod| {
        (
            pod.str_at(&["spec", "nodeName"]).is_empty(),
            pod.str_at(&["status", "phase"]) != "Running",
            !meta::is_condition_true(pod, "Ready"),
        )
    });
    if pods.is_empty() {
        return Err(Failure::plain("timed out waiting for the condition"));
    }
    Ok(pods)
}

/// The one Pod that a command works in; tells of the others.
async fn pod_of(kubectl: &Kubectl, word: &[String]) -> Result<Value, Failure> {
    let info = run::one(kubectl, word, Resource::PODS).await?;
    let pods = pods_of(kubectl, &info).await?;
    if pods.len() > 1 && !kubectl.args.is_on("quiet") && kubectl.verb == "logs" {
        let first = pods.first().map(meta::name).unwrap_or_default();
        kubectl.client.warnln(&format!("Found {} pods, using pod/{first}", pods.len()));
    }
    pods.into_iter().next().ok_or_else(|| Failure::plain("no resources found"))
}

async fn ask(
    client: &Client,
    verb: Verb,
    pod: &Value,
    subresource: &'static str,
    body: Value,
) -> Result<Value, ApiError> {
    let key = Key::new(Resource::PODS, meta::namespace(pod), meta::name(pod));
    let request = Request::new(client.user.clone(), verb, &key).on(subresource).with_body(body);
    Ok(client.request(request).await?.into_object())
}

// ----- logs -----

pub(super) async fn logs(kubectl: &Kubectl) -> Done {
    let args = &kubectl.args;
    let selector = args.text("selector");
    if args.words.is_empty() && selector.is_empty() {
        return Err(Failure::plain(
            "expected 'logs [-f] [-p] (POD | TYPE/NAME) [-c CONTAINER]'.\nPOD or TYPE/NAME is a required argument for \
             the logs command\nSee 'kubectl logs -h' for help and examples",
        ));
    }
    if !args.words.is_empty() && !selector.is_empty() {
        return Err(Failure::plain("only a selector (-l) or a POD name is allowed"));
    }
    if args.value("since").is_some() && args.value("since-time").is_some() {
        return Err(Failure::plain("at most one of `sinceTime` or `sinceSeconds` may be specified"));
    }
    let pods = if selector.is_empty() {
        let words = match args.words.as_slice() {
            [pod, _container] if !pod.contains('/') => std::slice::from_ref(pod),
            words => words,
        };
        if args.is_on("all-pods") {
            let info = named(kubectl, words).await?;
            pods_of(kubectl, &info).await?
        } else {
            match pod_of(kubectl, words).await {
                Ok(pod) => vec![pod],
                Err(failure) => return Err(not_found(kubectl, failure)),
            }
        }
    } else {
        let pods = builder::list(kubectl, Resource::PODS).await?;
        if pods.is_empty() {
            kubectl.client.warnln(&format!("No resources found in {} namespace.", kubectl.namespace));
        }
        pods
    };
    let mut sources = Vec::new();
    for pod in pods {
        if args.is_on("all-containers") {
            let names = containers(&pod, &["initContainers", "containers", "ephemeralContainers"]);
            sources.extend(names.iter().map(|name| Source::new(kubectl, &pod, name)));
        } else {
            let name = match args.words.get(1).filter(|_| selector.is_empty() && args.text("container").is_empty()) {
                Some(name) if !name.contains('/') => name.clone(),
                _ => container(kubectl, &pod)?,
            };
            sources.push(Source::new(kubectl, &pod, &name));
        }
    }
    let most = usize::try_from(args.integer("max-log-requests").unwrap_or(5)).unwrap_or(5);
    if args.is_on("follow") && sources.len() > most {
        return Err(Failure::Plain(format!(
            "you are attempting to follow {} log streams, but maximum allowed concurrency is {most}, use --max-log-requests \
             to increase the limit",
            sources.len()
        )));
    }
    follow(kubectl, &mut sources).await
}

async fn named(kubectl: &Kubectl, words: &[String]) -> Result<Info, Failure> {
    run::one(kubectl, words, Resource::PODS).await.map_err(|failure| not_found(kubectl, failure))
}

/// `logs` says of what is not there in which namespace it looked.
fn not_found(kubectl: &Kubectl, failure: Failure) -> Failure {
    match failure {
        Failure::Api { error, .. } if error.reason == Reason::NotFound => Failure::Plain(format!(
            "error from server (NotFound): {} in namespace \"{}\"",
            error.message, kubectl.namespace
        )),
        other => other,
    }
}

/// One container whose output is read.
struct Source {
    pod: Value,
    options: Value,
    prefix: String,
    has_ended: bool,
}

impl Source {
    fn new(kubectl: &Kubectl, pod: &Value, container: &str) -> Self {
        let args = &kubectl.args;
        let mut options = tree!({ "container": container });
        for (flag, field) in [("previous", "previous"), ("timestamps", "timestamps")] {
            if args.is_on(flag) {
                options.set(&[field], true);
            }
        }
        let tail = args.integer("tail").or((!args.text("selector").is_empty()).then_some(10)).filter(|tail| *tail >= 0);
        let since = args.duration("since").flatten().map(|since| i64::try_from(since.as_secs()).unwrap_or(i64::MAX));
        for (field, number) in
            [("tailLines", tail), ("sinceSeconds", since), ("limitBytes", args.integer("limit-bytes"))]
        {
            if let Some(number) = number {
                options.set(&[field], number);
            }
        }
        if !args.text("since-time").is_empty() {
            options.set(&["sinceTime"], args.text("since-time"));
        }
        let prefix =
            if args.is_on("prefix") { format!("[pod/{}/{container}] ", meta::name(pod)) } else { String::new() };
        Self { pod: pod.clone(), options, prefix, has_ended: false }
    }

    /// Prints what is new.
    async fn read(&mut self, client: &Client, subresource: &'static str) -> Result<(), ApiError> {
        let verb = if subresource == "log" { Verb::Get } else { Verb::Create };
        let answer = ask(client, verb, &self.pod, subresource, self.options.clone()).await?;
        let text = answer.str_at(&["text"]);
        if self.prefix.is_empty() {
            client.print(text);
        } else {
            text.lines().for_each(|line| client.println(&format!("{}{line}", self.prefix)));
        }
        for only_first in ["tailLines", "sinceSeconds", "sinceTime"] {
            self.options.remove(&[only_first]);
        }
        self.options.set(&["cursor"], answer.int_at(&["next"]).unwrap_or_default());
        self.has_ended = answer.is_true_at(&["ended"]);
        Ok(())
    }
}

async fn follow(kubectl: &Kubectl, sources: &mut [Source]) -> Done {
    let client = &kubectl.client;
    for source in sources.iter_mut() {
        match source.read(client, "log").await {
            Ok(()) => {}
            Err(error) if kubectl.args.is_on("ignore-errors") => {
                client.warnln(&error.message);
                source.has_ended = true;
            }
            Err(error) => return Err(error.into()),
        }
    }
    while kubectl.args.is_on("follow") && sources.iter().any(|source| !source.has_ended) {
        client.sleep(FOLLOW_EVERY).await;
        for source in sources.iter_mut().filter(|source| !source.has_ended) {
            if source.read(client, "log").await.is_err() {
                source.has_ended = true;
            }
        }
    }
    Ok(())
}

// ----- exec and attach -----

pub(super) async fn exec(kubectl: &Kubectl) -> Done {
    let args = &kubectl.args;
    if args.before_dashes.is_none() && args.words.len() > 1 {
        return Err(Failure::plain(
            "exec [POD] [COMMAND] is not supported anymore. Use exec [POD] -- [COMMAND] instead\nSee 'kubectl exec -h' for \
             help and examples",
        ));
    }
    let before = args.before_dashes.unwrap_or(args.words.len());
    let (target, command) = args.words.split_at(before);
    if target.is_empty() {
        return Err(Failure::plain("pod, type/name or --filename must be specified"));
    }
    if command.is_empty() {
        return Err(Failure::plain("you must specify at least one command for the container"));
    }
    let pod = pod_of(kubectl, &target[..1]).await?;
    let name = container(kubectl, &pod)?;
    let client = &kubectl.client;
    let is_terminal = args.is_on("tty") && args.is_on("stdin");
    let stdin = if args.is_on("stdin") { &*client.stdin } else { "" };
    let body = tree!({
        "container": name.as_str(),
        "command": (Value::list(command.iter().map(Value::from))),
        "stdin": stdin,
        "tty": is_terminal,
    });
    let refused = |error: ApiError| match error.reason {
        // What comes back over the stream is no refusal of the server's.
        Reason::InternalError if !error.message.starts_with("error dialing") => Failure::Plain(error.message),
        _ => error.into(),
    };
    // The AWS CLI is not one of the programs that run there: it is this shell's, with the Pod's credentials.
    if let ("aws", true) = (command.first().map_or("", String::as_str), has_aws(&pod, &name)) {
        let body = body.with(&["command"], Value::list([Value::from("true")]));
        ask(client, Verb::Create, &pod, "exec", body).await.map_err(refused)?;
        let key = Key::new(Resource::PODS, meta::namespace(&pod), meta::name(&pod));
        let exit = crate::shell::aws::main_in_pod(client, &key, command.get(1..).unwrap_or_default()).await;
        return done_with(client, i64::from(exit));
    }
    let mut answer = ask(client, Verb::Create, &pod, "exec", body).await.map_err(refused)?;
    let mut exit = answered(client, &answer).await;
    while let Some(session) = answer.int_at(&["session"]) {
        let prompt =
            format!("{} ", if answer.str_at(&["prompt"]).is_empty() { "#" } else { answer.str_at(&["prompt"]) });
        let line = match client.read(Wants::Line(prompt.as_str().into())).await {
            Some(line) => line,
            None => break,
        };
        let body = tree!({ "container": name.as_str(), "session": session, "line": (Value::Text(line)) });
        answer = ask(client, Verb::Create, &pod, "exec", body).await?;
        exit = answered(client, &answer).await;
    }
    done_with(client, exit)
}

/// How `exec` ends when its command has.
fn done_with(client: &Client, exit: i64) -> Done {
    if exit == 0 {
        return Ok(());
    }
    client.warnln(&format!("command terminated with exit code {exit}"));
    Err(Failure::Exit(u8::try_from(exit).unwrap_or(1)))
}

/// Whether a container's image brings the AWS CLI.
fn has_aws(pod: &Value, container: &str) -> bool {
    let found = pod.items_at(&["spec", "containers"]).iter().find(|it| it.str_at(&["name"]) == container);
    found.is_some_and(|it| it.str_at(&["image"]).contains("aws-cli"))
}

/// Prints what a program said, after the time that it took. Returns its exit code.
async fn answered(client: &Client, answer: &Value) -> i64 {
    let took = answer.int_at(&["elapsedMilliseconds"]).and_then(|took| u64::try_from(took).ok()).unwrap_or_default();
    if took > 0 {
        client.sleep(millis(took)).await;
    }
    client.print(answer.str_at(&["stdout"]));
    client.warn(answer.str_at(&["stderr"]));
    if answer.is_true_at(&["runsOn"]) {
        // It does not end by itself; Ctrl+C does.
        loop {
            client.sleep(SimTime(3_600_000)).await;
        }
    }
    answer.int_at(&["exitCode"]).unwrap_or_default()
}

pub(super) async fn attach(kubectl: &Kubectl) -> Done {
    if kubectl.args.words.is_empty() {
        return Err(Failure::plain("at least 1 argument is required for attach"));
    }
    let pod = pod_of(kubectl, &kubectl.args.words[..1]).await?;
    let phase = pod.str_at(&["status", "phase"]);
    if matches!(phase, "Succeeded" | "Failed") {
        return Err(Failure::Plain(format!("cannot attach a container in a completed pod; current phase is {phase}")));
    }
    let name = container(kubectl, &pod)?;
    let mut source = Source { options: tree!({ "container": name }), pod, prefix: String::new(), has_ended: false };
    kubectl.client.warnln("If you don't see a command prompt, try pressing enter.");
    loop {
        source.read(&kubectl.client, "attach").await?;
        if source.has_ended {
            return Ok(());
        }
        kubectl.client.sleep(FOLLOW_EVERY).await;
    }
}

/// What a Pod that was just made says, until it ends; where it is a shell that waits for somebody,
/// what is typed.
pub(super) async fn shown(kubectl: &Kubectl, pod: &Value) -> Done {
    let name = containers(pod, &["containers"]).first().copied().unwrap_or_default().to_owned();
    watched(kubectl, pod, &name).await
}

/// The same for one container.
pub(super) async fn watched(kubectl: &Kubectl, pod: &Value, name: &str) -> Done {
    let client = &kubectl.client;
    let lists = ["containers", "initContainers", "ephemeralContainers"];
    let mut specs = lists.iter().flat_map(|list| pod.items_at(&["spec", list]));
    let spec = specs.find(|spec| spec.str_at(&["name"]) == name).cloned().unwrap_or_default();
    let words: Vec<&str> =
        ["command", "args"].iter().flat_map(|field| spec.items_at(&[field])).filter_map(Value::as_str).collect();
    let is_shell = matches!(words.as_slice(), [] | ["sh" | "bash" | "/bin/sh" | "/bin/bash"]);
    let waits = spec.is_true_at(&["stdin"]) && spec.is_true_at(&["tty"]) && is_shell;
    if waits && pod.str_at(&["status", "phase"]) == "Running" {
        client.warnln("If you don't see a command prompt, try pressing enter.");
        let shell = words.first().copied().unwrap_or("sh");
        let body = tree!({ "container": name, "command": [shell], "tty": true });
        let mut answer = ask(client, Verb::Create, pod, "exec", body).await?;
        let mut exit = answered(client, &answer).await;
        while let Some(session) = answer.int_at(&["session"]) {
            let Some(line) = client.read(Wants::Line("# ".into())).await else { break };
            let body = tree!({ "container": name, "session": session, "line": (Value::Text(line)) });
            answer = ask(client, Verb::Create, pod, "exec", body).await?;
            exit = answered(client, &answer).await;
        }
        // A shell that was told to end ends; with `stdinOnce` one that is left does, too.
        let exits = answer.int_at(&["session"]).is_none();
        ask(client, Verb::Create, pod, "attach", tree!({ "container": name, "closes": true, "exits": exits })).await?;
        return if exit == 0 { Ok(()) } else { Err(Failure::Exit(u8::try_from(exit).unwrap_or(1))) };
    }
    let mut source =
        Source { options: tree!({ "container": name }), pod: pod.clone(), prefix: String::new(), has_ended: false };
    loop {
        source.read(client, "log").await?;
        if source.has_ended {
            break;
        }
        client.sleep(FOLLOW_EVERY).await;
    }
    // Its end is written a moment after it has ended.
    for _ in 0..40 {
        let key = Key::new(Resource::PODS, meta::namespace(pod), meta::name(pod));
        let now = client.get(&key).await?;
        let lists = ["containerStatuses", "initContainerStatuses", "ephemeralContainerStatuses"];
        let ended = lists
            .iter()
            .flat_map(|list| now.items_at(&["status", list]))
            .find(|it| it.str_at(&["name"]) == name)
            .and_then(|it| it.at(&["state", "terminated"]))
            .cloned();
        match ended {
            Some(ended) if ended.int_at(&["exitCode"]).unwrap_or_default() != 0 => {
                let exit = ended.int_at(&["exitCode"]).unwrap_or(1);
                client.warnln(&format!(
                    "pod {}/{} terminated ({})",
                    meta::namespace(pod),
                    meta::name(pod),
                    ended.str_at(&["reason"])
                ));
                return Err(Failure::Exit(u8::try_from(exit).unwrap_or(1)));
            }
            Some(_) => return Ok(()),
            None => client.sleep(FOLLOW_EVERY).await,
        }
    }
    Ok(())
}

// ----- port-forward -----

pub(super) async fn port_forward(kubectl: &Kubectl) -> Done {
    let words = &kubectl.args.words;
    if words.len() < 2 {
        return Err(Failure::plain(
            "TYPE/NAME and list of ports are required for port-forward\nSee 'kubectl port-forward -h' for help and examples",
        ));
    }
    let info = run::one(kubectl, &words[..1], Resource::PODS).await?;
    let pod = pods_of(kubectl, &info).await?.into_iter().next().unwrap_or_default();
    let phase = pod.str_at(&["status", "phase"]);
    if phase != "Running" {
        return Err(Failure::Plain(format!(
            "unable to forward port because pod is not running. Current status={phase}"
        )));
    }
    let mut forwards = Vec::new();
    for word in &words[1..] {
        let (local, remote) = word.split_once(':').unwrap_or((word, word));
        let local = if local.is_empty() { "0" } else { local };
        let Ok(local) = local.parse::<u16>() else {
            return Err(Failure::Plain(format!(
                "Error parsing local port '{local}': strconv.ParseUint: parsing \"{local}\": invalid syntax"
            )));
        };
        let remote = if info.resource == Resource::SERVICES {
            target_port(&info.object, &pod, remote)?
        } else {
            port(&pod, remote)?
        };
        // Port 0 lets the system choose; here it is always the same one.
        let local = if local == 0 { 40_000 + remote % 20_000 } else { local };
        let key = Key::new(Resource::PODS, meta::namespace(&pod), meta::name(&pod));
        forwards.push(Forward { pod: key, local, remote });
    }
    let client = &kubectl.client;
    for forward in &forwards {
        client.println(&format!("Forwarding from 127.0.0.1:{} -> {}", forward.local, forward.remote));
        client.println(&format!("Forwarding from [::1]:{} -> {}", forward.local, forward.remote));
    }
    client.change_setting(|setting| setting.forwards.extend(forwards.iter().cloned()));
    let _guard = Forwarding { client: client.clone(), forwards: forwards.clone() };
    client.sign(Sign::Browse(forwards.first().cloned()));
    loop {
        let seen = client.revision();
        client.changed(seen, None).await;
        let uid = match forwards.first() {
            Some(forward) => client.get(&forward.pod).await.map(|pod| meta::uid(&pod).to_owned()).unwrap_or_default(),
            None => String::new(),
        };
        if uid != meta::uid(&pod) {
            return Err(Failure::plain("lost connection to pod"));
        }
    }
}

/// Ports that lead to Pods for as long as this lives.
struct Forwarding {
    client: Client,
    forwards: Vec<Forward>,
}

impl Drop for Forwarding {
    fn drop(&mut self) {
        self.client.change_setting(|setting| setting.forwards.retain(|known| !self.forwards.contains(known)));
        self.client.sign(Sign::Browse(None));
    }
}

/// A port of a Pod, by number or by name.
fn port(pod: &Value, word: &str) -> Result<u16, Failure> {
    if let Ok(number) = word.parse() {
        return Ok(number);
    }
    let ports = pod.items_at(&["spec", "containers"]).iter().flat_map(|container| container.items_at(&["ports"]));
    let found =
        ports.into_iter().find(|port| port.str_at(&["name"]) == word).and_then(|port| port.int_at(&["containerPort"]));
    found
        .and_then(|port| u16::try_from(port).ok())
        .ok_or_else(|| Failure::Plain(format!("Pod '{}' does not have a named port '{word}'", meta::name(pod))))
}

/// Where a Service's port leads to.
// Models translateServicePortToTargetPort
fn target_port(service: &Value, pod: &Value, word: &str) -> Result<u16, Failure> {
    let number = word.parse::<i64>().ok();
    let ports = service.items_at(&["spec", "ports"]);
    let found = ports.iter().find(|port| match number {
        Some(number) => port.int_at(&["port"]) == Some(number),
        None => port.str_at(&["name"]) == word,
    });
    let Some(found) = found else {
        return Err(Failure::Plain(format!("Service {} does not have a service port {word}", meta::name(service))));
    };
    match found.get("targetPort") {
        Some(Value::Text(name)) => port(pod, name),
        Some(target) => port(pod, &target.to_string()),
        None => port(pod, word),
    }
}

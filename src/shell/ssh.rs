//! `ssh NODE`: a node from inside, as far as a look at its Pods goes: processes, what the container
//! runtime knows (`crictl`), and the log files.
//!
//! Invariant: what is seen comes from the API server, Pod by Pod; the node itself is not read.
// Models ssh(1), ps(1), cri-tools cmd/crictl, and the folders of the kubelet and containerd

use crate::document::Value;
use crate::tree;
use crate::world::SimTime;
use crate::world::api::{Key, Request, Resource, Verb, meta};
use crate::world::secs;

use super::client::{Client, Wants};
use super::kubectl::tabwriter;

/// How long an answer from a machine that is off is waited for.
const TIMEOUT: SimTime = secs(60);

pub(super) async fn ssh(client: &Client, args: &[String]) -> u8 {
    let words: Vec<&str> = args.iter().map(String::as_str).skip_while(|arg| arg.starts_with('-')).collect();
    let Some((target, command)) = words.split_first() else {
        return super::kubectl::usage(client, "usage: ssh [user@]node [command]");
    };
    let host = target.rsplit('@').next().unwrap_or(target);
    let nodes = client.list(Resource::NODES, "").await.unwrap_or_default();
    let has = |node: &&Value| {
        meta::name(node) == host
            || node.items_at(&["status", "addresses"]).iter().any(|address| address.str_at(&["address"]) == host)
    };
    let Some(node) = nodes.iter().find(has) else {
        client.warnln(&format!("ssh: Could not resolve hostname {host}: Name or service not known"));
        return 255;
    };
    let node = meta::name(node).to_owned();
    if is_off(client, &node).await {
        client.sleep(TIMEOUT).await;
        client.warnln(&format!("ssh: connect to host {host} port 22: Connection timed out"));
        return 255;
    }
    if !command.is_empty() {
        return run(client, &node, &command.join(" ")).await.unwrap_or_default();
    }
    let mut exit = 0;
    while let Some(line) = client.read(Wants::Line(format!("root@{node}:~# ").as_str().into())).await {
        match run(client, &node, &line).await {
            Some(code) => exit = code,
            None => break,
        }
    }
    client.println(&format!("Connection to {host} closed."));
    exit
}

/// A kubelet that is asked tells a machine that is off from one whose kubelet is stopped.
async fn is_off(client: &Client, node: &str) -> bool {
    let pods = pods_on(client, node).await;
    match pods.first() {
        Some(pod) => log(client, pod, "").await.is_err_and(|fault| fault.contains("i/o timeout")),
        // Without a Pod to ask about there is only the node's own word.
        None => client
            .get(&Key::new(Resource::NODES, "", node))
            .await
            .is_ok_and(|node| !meta::is_condition_true(&node, "Ready")),
    }
}

async fn pods_on(client: &Client, node: &str) -> Vec<Value> {
    let mut pods = client.list(Resource::PODS, "").await.unwrap_or_default();
    pods.retain(|pod| pod.str_at(&["spec", "nodeName"]) == node);
    pods
}

async fn log(client: &Client, pod: &Value, container: &str) -> Result<String, String> {
    let key = Key::new(Resource::PODS, meta::namespace(pod), meta::name(pod));
    let first = pod.items_at(&["spec", "containers"]).first().map(|container| container.str_at(&["name"]));
    let container = if container.is_empty() { first.unwrap_or_default() } else { container };
    let body = tree!({ "container": container });
    let request = Request::new(client.user.clone(), Verb::Get, &key).on("log").with_body(body);
    let answer = client.request(request).await.map_err(|error| error.message)?;
    Ok(answer.into_object().str_at(&["text"]).to_owned())
}

/// One container that a node has, or had.
struct Process<'a> {
    pod: &'a Value,
    name: &'a str,
    image: &'a str,
    id: String,
    attempt: i64,
    started: &'a str,
    state: &'static str,
    command: String,
}

fn processes(pods: &[Value]) -> Vec<Process<'_>> {
    let mut found = Vec::new();
    for pod in pods {
        for (list, statuses) in [("initContainers", "initContainerStatuses"), ("containers", "containerStatuses")] {
            for status in pod.items_at(&["status", statuses]) {
                let name = status.str_at(&["name"]);
                let spec = pod.items_at(&["spec", list]).iter().find(|spec| spec.str_at(&["name"]) == name);
                let running = status.at(&["state", "running"]);
                let ended = status.at(&["state", "terminated"]);
                let (state, moment) = match (running, ended) {
                    (Some(running), _) => ("Running", running.str_at(&["startedAt"])),
                    (_, Some(ended)) => ("Exited", ended.str_at(&["startedAt"])),
                    _ => continue,
                };
                let words = ["command", "args"]
                    .iter()
                    .flat_map(|field| spec.map(|it| it.items_at(&[field])).unwrap_or_default());
                let words: Vec<&str> = words.filter_map(Value::as_str).collect();
                let image = status.str_at(&["image"]);
                let own = image.rsplit('/').next().unwrap_or(image).split([':', '@']).next().unwrap_or_default();
                let id = status.str_at(&["containerID"]).rsplit('/').next().unwrap_or_default();
                found.push(Process {
                    pod,
                    name,
                    image,
                    id: id.chars().take(13).collect(),
                    attempt: status.int_at(&["restartCount"]).unwrap_or_default(),
                    started: moment,
                    state,
                    command: if words.is_empty() { own.to_owned() } else { words.join(" ") },
                });
            }
        }
    }
    found
}

/// The first thirteen letters of a sandbox's id: those of the Pod's uid, as there is no other.
fn sandbox(pod: &Value) -> String {
    meta::uid(pod).chars().filter(char::is_ascii_hexdigit).take(13).collect()
}

/// `About a minute ago`.
// Models github.com/docker/go-units HumanDuration
fn ago(moment: &str, now: SimTime) -> String {
    let seconds = SimTime::parse_rfc3339(moment).map_or(0, |then| now.since(then).as_secs());
    let said = match seconds {
        0 => "Less than a second".to_owned(),
        1 => "1 second".to_owned(),
        2..=59 => format!("{seconds} seconds"),
        60..=119 => "About a minute".to_owned(),
        120..=3599 => format!("{} minutes", seconds / 60),
        3600..=7199 => "About an hour".to_owned(),
        7200..=172_799 => format!("{} hours", seconds / 3600),
        _ => format!("{} days", seconds / 86_400),
    };
    format!("{said} ago")
}

/// Runs one line on a node; none when it ends the session.
async fn run(client: &Client, node: &str, line: &str) -> Option<u8> {
    let words: Vec<&str> = line.split_whitespace().filter(|word| *word != "sudo").collect();
    let pods = pods_on(client, node).await;
    let found = processes(&pods);
    match words.as_slice() {
        [] => {}
        ["exit" | "logout", ..] => return None,
        ["ps", ..] => ps(client, &found),
        ["crictl", rest @ ..] => return Some(crictl(client, node, rest, &pods, &found).await),
        ["hostname"] => client.println(node),
        ["whoami"] => client.println("root"),
        ["uname", ..] => client.println(&format!("Linux {node} 6.12.0 x86_64 GNU/Linux")),
        ["systemctl", "status", "kubelet", ..] => {
            let ready = client.get(&Key::new(Resource::NODES, "", node)).await;
            let runs = ready.is_ok_and(|node| meta::is_condition_true(&node, "Ready"));
            client.println("● kubelet.service - kubelet: The Kubernetes Node Agent");
            client.println(if runs { "     Active: active (running)" } else { "     Active: inactive (dead)" });
        }
        ["ls", rest @ ..] => {
            let path = rest.iter().find(|word| !word.starts_with('-')).copied().unwrap_or("/root");
            return Some(ls(client, path.trim_end_matches('/'), &found));
        }
        ["cat" | "tail" | "head" | "less", rest @ ..] => {
            let path = rest.iter().rev().find(|word| !word.starts_with('-')).copied().unwrap_or_default();
            return Some(cat(client, path, &found).await);
        }
        [unknown, ..] => {
            client.warnln(&format!("bash: {unknown}: command not found"));
            let words = client.setting().words.clone();
            client.warnln(words.text("shell-node-help"));
            return Some(127);
        }
    }
    Some(0)
}

fn ps(client: &Client, found: &[Process<'_>]) {
    client.println("    PID COMMAND");
    for (pid, command) in [
        (1, "/sbin/init"),
        (612, "/usr/bin/containerd"),
        (688, "/usr/bin/kubelet --config=/var/lib/kubelet/config.yaml"),
    ] {
        client.println(&format!("{pid:>7} {command}"));
    }
    let mut pid = 1200;
    let mut last = "";
    for process in found.iter().filter(|process| process.state == "Running") {
        if last != meta::uid(process.pod) {
            last = meta::uid(process.pod);
            client.println(&format!(
                "{pid:>7} /usr/bin/containerd-shim-runc-v2 -namespace k8s.io -id {}",
                sandbox(process.pod)
            ));
            client.println(&format!("{:>7} /pause", pid + 22));
            pid += 40;
        }
        client.println(&format!("{pid:>7} {}", process.command));
        pid += 17;
    }
}

async fn crictl(client: &Client, node: &str, words: &[&str], pods: &[Value], found: &[Process<'_>]) -> u8 {
    let now = client.now();
    match words {
        ["ps", rest @ ..] => {
            let all = rest.iter().any(|flag| *flag == "-a" || *flag == "--all");
            let mut text = "CONTAINER\tIMAGE\tCREATED\tSTATE\tNAME\tATTEMPT\tPOD ID\tPOD\tNAMESPACE\n".to_owned();
            for it in found.iter().filter(|process| all || process.state == "Running") {
                let (pod, created) = (meta::name(it.pod), ago(it.started, now));
                let Process { id, image, state, name, attempt, .. } = it;
                let space = meta::namespace(it.pod);
                text.push_str(&format!(
                    "{id}\t{image}\t{created}\t{state}\t{name}\t{attempt}\t{}\t{pod}\t{space}\n",
                    sandbox(it.pod)
                ));
            }
            client.print(&tabwriter::align(&text, 20, 3));
        }
        ["pods", ..] => {
            let mut text = "POD ID\tCREATED\tSTATE\tNAME\tNAMESPACE\tATTEMPT\tRUNTIME\n".to_owned();
            for pod in pods {
                let ended = matches!(pod.str_at(&["status", "phase"]), "Succeeded" | "Failed");
                let created = ago(pod.str_at(&["status", "startTime"]), now);
                let state = if ended { "NotReady" } else { "Ready" };
                text.push_str(&format!(
                    "{}\t{created}\t{state}\t{}\t{}\t0\t(default)\n",
                    sandbox(pod),
                    meta::name(pod),
                    meta::namespace(pod)
                ));
            }
            client.print(&tabwriter::align(&text, 20, 3));
        }
        ["images", ..] | ["image", ..] => {
            let node = client.get(&Key::new(Resource::NODES, "", node)).await.unwrap_or_default();
            let mut text = "IMAGE\tTAG\tSIZE\n".to_owned();
            for image in node.items_at(&["status", "images"]) {
                let name = image
                    .items_at(&["names"])
                    .iter()
                    .filter_map(Value::as_str)
                    .find(|name| !name.contains('@'))
                    .unwrap_or_default();
                let (name, tag) = name.rsplit_once(':').unwrap_or((name, "latest"));
                let bytes = image.int_at(&["sizeBytes"]).unwrap_or_default();
                text.push_str(&format!("{name}\t{tag}\t{}.{}MB\n", bytes / 1_000_000, bytes / 100_000 % 10));
            }
            client.print(&tabwriter::align(&text, 20, 3));
        }
        ["logs", rest @ ..] => {
            let wanted = rest.iter().rev().find(|word| !word.starts_with('-')).copied().unwrap_or_default();
            let Some(it) = found.iter().find(|it| !wanted.is_empty() && it.id.starts_with(wanted)) else {
                client.warnln(&format!("E: rpc error: code = NotFound desc = an error occurred when try to find container \"{wanted}\": not found"));
                return 1;
            };
            client.print(&log(client, it.pod, it.name).await.unwrap_or_default());
        }
        _ => return super::kubectl::usage(client, "USAGE:\n   crictl ps [-a] | pods | images | logs CONTAINER"),
    }
    0
}

/// `/var/log/pods/NAMESPACE_NAME_UID`, `…/CONTAINER`, `…/ATTEMPT.log`.
fn folder(it: &Process<'_>) -> String {
    format!("/var/log/pods/{}_{}_{}/{}", meta::namespace(it.pod), meta::name(it.pod), meta::uid(it.pod), it.name)
}

/// `/var/log/containers/NAME_NAMESPACE_CONTAINER-ID.log`, which links to the former.
fn link(it: &Process<'_>) -> String {
    format!("/var/log/containers/{}_{}_{}-{}.log", meta::name(it.pod), meta::namespace(it.pod), it.name, it.id)
}

fn ls(client: &Client, path: &str, found: &[Process<'_>]) -> u8 {
    let files = found.iter().flat_map(|it| [format!("{}/{}.log", folder(it), it.attempt), link(it)]);
    let prefix = format!("{path}/");
    let mut entries: Vec<String> = files
        .filter_map(|file| file.strip_prefix(&prefix).map(|rest| rest.split('/').next().unwrap_or_default().to_owned()))
        .collect();
    entries.dedup();
    if entries.is_empty() && path != "/root" {
        client.warnln(&format!("ls: cannot access '{path}': No such file or directory"));
        return 2;
    }
    entries.iter().for_each(|entry| client.println(entry));
    0
}

/// A log file holds lines as the container runtime writes them.
async fn cat(client: &Client, path: &str, found: &[Process<'_>]) -> u8 {
    let hit = found.iter().find(|it| format!("{}/{}.log", folder(it), it.attempt) == path || link(it) == path);
    let Some(it) = hit else {
        client.warnln(&format!("cat: {path}: No such file or directory"));
        return 1;
    };
    let key = Key::new(Resource::PODS, meta::namespace(it.pod), meta::name(it.pod));
    let body = tree!({ "container": it.name, "timestamps": true });
    let request = Request::new(client.user.clone(), Verb::Get, &key).on("log").with_body(body);
    let answer = client.request(request).await.map(|reply| reply.into_object()).unwrap_or_default();
    for line in answer.str_at(&["text"]).lines() {
        let (moment, said) = line.split_once(' ').unwrap_or((line, ""));
        client.println(&format!("{moment} stdout F {said}"));
    }
    0
}

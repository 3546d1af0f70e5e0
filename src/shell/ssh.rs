//! `ssh NODE`: a node from inside, as far as a look goes: processes, what the container runtime
//! knows (`crictl`), the log files, and kube-proxy's rules in the kernel (`iptables-save`).
//!
//! Invariant: nothing that is seen here asks the API server, and nothing is changed.
// Models ssh(1), ps(1), cri-tools cmd/crictl, and the folders of the kubelet and containerd

use crate::document::Value;
use crate::world::api::{Reply, meta};
use crate::world::packet::{Ending, LAPTOP};
use crate::world::{Action, Look, Question, SimTime, rules_of_chain, secs};

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
    let words: Vec<&str> = command.iter().copied().filter(|word| *word != "sudo").collect();
    if words.first() == Some(&"kubeadm") {
        return super::kubeadm::over_ssh(client, host, &words).await;
    }
    let Some(machine) = machine(client, host).await else {
        if let Some(exit) = to_instance(client, target, host).await {
            return exit;
        }
        client.warnln(&format!("ssh: Could not resolve hostname {host}: Name or service not known"));
        return 255;
    };
    let node = machine.str_at(&["name"]).to_owned();
    if !machine.is_true_at(&["isOn"]) {
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

/// A machine of the cloud that is no node: as far as the door. Nobody here holds its private key.
async fn to_instance(client: &Client, target: &str, host: &str) -> Option<u8> {
    let is_address = host.parse::<std::net::Ipv4Addr>().is_ok();
    let packet = Question { from: LAPTOP.into(), to: host.into(), protocol: "tcp".into(), port: 22 };
    let ending = client.trace(packet).await.ok().filter(|_| is_address)?.ending;
    client.warnln(&match ending {
        Ending::Answered(_) => format!("{target}: Permission denied (publickey,gssapi-keyex,gssapi-with-mic)."),
        Ending::Refused(_) | Ending::NoTarget(_) => format!("ssh: connect to host {host} port 22: Connection refused"),
        Ending::Stopped | Ending::NotRunning(_) => {
            client.sleep(TIMEOUT).await;
            format!("ssh: connect to host {host} port 22: Connection timed out")
        }
    });
    Some(255)
}

/// What a look at a node shows; none where there is no such node.
async fn look(client: &Client, node: &str, look: Look) -> Option<Value> {
    let answer = client.act(Action::OnNode { node: node.into(), look }).await;
    answer.ok().map(Reply::into_object)
}

async fn machine(client: &Client, node: &str) -> Option<Value> {
    look(client, node, Look::Machine).await
}

/// The lines of a container's log file, each behind its moment.
async fn log(client: &Client, node: &str, it: &Process<'_>) -> String {
    let wanted = Look::Log { pod: meta::uid(it.pod).into(), container: it.name.into() };
    let seen = look(client, node, wanted).await.unwrap_or_default();
    seen.str_at(&["text"]).to_owned()
}

/// What kube-proxy has written into the kernel.
async fn rules(client: &Client, node: &str, table: &str) -> String {
    let seen = look(client, node, Look::Rules(table.into())).await.unwrap_or_default();
    seen.str_at(&["text"]).to_owned()
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
    let machine = machine(client, node).await.unwrap_or_default();
    let pods = machine.items_at(&["pods"]);
    let found = processes(pods);
    match words.as_slice() {
        [] => {}
        ["exit" | "logout", ..] => return None,
        ["ps", ..] => ps(client, &found),
        ["crictl", rest @ ..] => return Some(crictl(client, &machine, rest, &found).await),
        ["iptables-save" | "iptables-legacy-save" | "iptables-nft-save", rest @ ..] => {
            let table = option(rest, 't', "--table").unwrap_or_default();
            client.print(&rules(client, node, table).await);
        }
        ["iptables", rest @ ..] => return Some(iptables(client, node, rest).await),
        ["hostname"] => client.println(node),
        ["whoami"] => client.println("root"),
        ["uname", ..] => client.println(&format!("Linux {node} 6.12.0 x86_64 GNU/Linux")),
        ["systemctl", "status", "kubelet", ..] => {
            let runs = machine.is_true_at(&["kubeletRuns"]);
            client.println("● kubelet.service - kubelet: The Kubernetes Node Agent");
            client.println(if runs { "     Active: active (running)" } else { "     Active: inactive (dead)" });
        }
        ["ls", rest @ ..] => {
            let path = rest.iter().find(|word| !word.starts_with('-')).copied().unwrap_or("/root");
            return Some(ls(client, path.trim_end_matches('/'), &found));
        }
        ["cat" | "tail" | "head" | "less", rest @ ..] => {
            let path = rest.iter().rev().find(|word| !word.starts_with('-')).copied().unwrap_or_default();
            return Some(cat(client, node, path, &found).await);
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

async fn crictl(client: &Client, machine: &Value, words: &[&str], found: &[Process<'_>]) -> u8 {
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
            for pod in machine.items_at(&["pods"]) {
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
            let mut text = "IMAGE\tTAG\tSIZE\n".to_owned();
            for image in machine.items_at(&["images"]) {
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
            for line in log(client, machine.str_at(&["name"]), it).await.lines() {
                client.println(line.split_once(' ').map_or("", |(_, said)| said));
            }
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
async fn cat(client: &Client, node: &str, path: &str, found: &[Process<'_>]) -> u8 {
    let hit = found.iter().find(|it| format!("{}/{}.log", folder(it), it.attempt) == path || link(it) == path);
    let Some(it) = hit else {
        client.warnln(&format!("cat: {path}: No such file or directory"));
        return 1;
    };
    for line in log(client, node, it).await.lines() {
        let (moment, said) = line.split_once(' ').unwrap_or((line, ""));
        client.println(&format!("{moment} stdout F {said}"));
    }
    0
}

/// The value of an option, whether it is written short or long.
fn option<'a>(words: &[&'a str], short: char, long: &str) -> Option<&'a str> {
    let at = words.iter().position(|word| *word == long || word.strip_prefix('-') == Some(&*short.to_string()))?;
    words.get(at + 1).copied()
}

/// `iptables -t nat -S [CHAIN]`, and `-L`, which is answered in the same words.
async fn iptables(client: &Client, node: &str, words: &[&str]) -> u8 {
    let table = option(words, 't', "--table").unwrap_or("filter");
    let listed = ["-S", "--list-rules", "-L", "--list"];
    let Some(at) = words.iter().position(|word| listed.contains(word)) else {
        return super::kubectl::usage(client, "usage: iptables -t TABLE -S [CHAIN]");
    };
    let chain = words.get(at + 1).filter(|word| !word.starts_with('-')).copied().unwrap_or_default();
    match rules_of_chain(&rules(client, node, table).await, chain) {
        Some(text) => {
            client.print(&text);
            0
        }
        None => {
            client.warnln("iptables: No chain/target/match by that name.");
            1
        }
    }
}

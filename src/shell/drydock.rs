//! `drydock`: what no real tool knows. `drydock session` tells what the session knows of itself,
//! `drydock get|apply|delete` reach what is hosted outside clusters (`kind: Hosting`, `Host`,
//! `Image`), `drydock send|cease` are a client that sends many requests, `drydock break|mend` what can be
//! broken on purpose, `drydock trace` follows a packet through the cloud's network.

use super::breaking;
use super::client::Client;
use super::kubectl;
use crate::document::{Value, parse};
use crate::tree;
use crate::world::{Action, Break, HostingKind, Plan, split_url};
use std::rc::Rc;

const USAGE: &str = "usage: drydock session [-o json|yaml|jsonpath=...]\n       drydock get Hosting|Host|Image [NAME] [-o \
                     json|yaml|jsonpath=...]\n       drydock apply -f FILE\n       drydock delete Hosting|Host|Image NAME\n       drydock send URL [--per-second N] [--from POD|node/NODE] \
                     [--name NAME]\n       drydock cease NAME\n       drydock break|mend THING\n       drydock trace FROM TO[:PORT] [tcp|udp|icmp]";

pub(super) async fn main(client: &Client, args: &[String]) -> u8 {
    let words: Vec<&str> = args.iter().map(String::as_str).collect();
    match words.as_slice() {
        ["session", rest @ ..] => match format(rest) {
            Some(format) => {
                let session = client.setting().session.clone();
                kubectl::print_value(client, &session, format)
            }
            None => kubectl::usage(client, USAGE),
        },
        ["get", kind, rest @ ..] => get(client, kind, rest).await,
        ["apply", "-f" | "--filename", file] => apply(client, file).await,
        ["trace", rest @ ..] => super::trace::main(client, rest).await,
        ["delete", kind, name] => delete(client, kind, name).await,
        ["send", rest @ ..] => send(client, rest).await,
        ["cease", name] => cease(client, name).await,
        ["break" | "stop", rest @ ..] => breaking::set(client, rest, false).await,
        ["mend" | "start", rest @ ..] => breaking::set(client, rest, true).await,
        _ => kubectl::usage(client, USAGE),
    }
}

/// The output format of a command's last words.
fn format<'a>(rest: &[&'a str]) -> Option<&'a str> {
    match rest {
        [] => Some("yaml"),
        ["-o" | "--output", format] => Some(format),
        [one] => one.strip_prefix("--output=").or_else(|| one.strip_prefix("-o=")).or_else(|| one.strip_prefix("-o")),
        _ => None,
    }
}

/// The kind and name that two words, or `kind/name`, mean.
fn kind_of(client: &Client, word: &str) -> Option<HostingKind> {
    let kind = HostingKind::of(word);
    if kind.is_none() {
        client.warnln(&format!(
            "error: the simulation doesn't have a kind \"{word}\"; there are Hosting, Host and Image"
        ));
    }
    kind
}

async fn get(client: &Client, word: &str, rest: &[&str]) -> u8 {
    let (word, named) = word.split_once('/').unwrap_or((word, ""));
    let (name, rest) = match rest {
        [first, more @ ..] if named.is_empty() && !first.starts_with('-') => (*first, more),
        _ => (named, rest),
    };
    let Some(kind) = kind_of(client, word) else { return 1 };
    let objects = client.hosted(kind, name).await;
    let Some(format) = format(rest) else { return kubectl::usage(client, USAGE) };
    match (name.is_empty(), objects.first()) {
        (false, None) => {
            client.warnln(&format!("Error: {} \"{name}\" not found", kind.name()));
            1
        }
        (false, Some(object)) => kubectl::print_value(client, object, format),
        (true, _) => {
            let list = tree!({ "apiVersion": "v1", "kind": "List", "items": objects });
            kubectl::print_value(client, &list, format)
        }
    }
}

async fn apply(client: &Client, file: &str) -> u8 {
    let text = match file {
        "-" => Some(client.stdin.to_string()),
        name => client.setting().files.get(name.trim_start_matches("./")).cloned(),
    };
    let Some(text) = text else {
        client.warnln(&format!("error: the path \"{file}\" does not exist"));
        return 1;
    };
    let parsed = parse(&text);
    if let Some(problem) = parsed.first_error() {
        client.warnln(&format!("error: {file}: {problem}"));
        return 1;
    }
    let mut exit = 0;
    for document in &parsed.documents {
        let document = document.root.to_value();
        let (kind, name) = (document.str_at(&["kind"]).to_owned(), document.str_at(&["metadata", "name"]).to_owned());
        match client.act(Action::Hosting { document: Rc::new(document), is_gone: false }).await {
            Ok(_) => client.println(&format!("{}/{name} applied", kind.to_ascii_lowercase())),
            Err(refusal) => {
                client.warnln(&format!("error: {}", refusal.message));
                exit = 1;
            }
        }
    }
    exit
}

async fn delete(client: &Client, word: &str, name: &str) -> u8 {
    let Some(kind) = kind_of(client, word) else { return 1 };
    if client.hosted(kind, name).await.is_empty() {
        client.warnln(&format!("Error: {} \"{name}\" not found", kind.name()));
        return 1;
    }
    let document: Value = tree!({ "apiVersion": "drydock.dev/v1", "kind": kind.name(), "metadata": { "name": name } });
    match client.act(Action::Hosting { document: Rc::new(document), is_gone: true }).await {
        Ok(_) => {
            client.println(&format!("{} \"{name}\" deleted", kind.name().to_ascii_lowercase()));
            0
        }
        Err(refusal) => {
            client.warnln(&format!("error: {}", refusal.message));
            1
        }
    }
}

/// How many requests a second are sent where nobody says.
const PER_SECOND: u64 = 100;
/// More than this is more than any lesson needs, and than a page counts in time.
const PER_SECOND_MAX: u64 = 100_000;

/// A client begins to send requests: to a Service's name from a Pod, or to an address from outside.
async fn send(client: &Client, words: &[&str]) -> u8 {
    let (mut target, mut name, mut from, mut per_second) = (None, None, "", PER_SECOND);
    let mut rest = words.iter().copied();
    while let Some(word) = rest.next() {
        match word {
            "--name" => name = rest.next(),
            "--from" => from = rest.next().unwrap_or_default(),
            "--per-second" => match rest.next().and_then(|count| count.parse().ok()) {
                Some(count) if (1..=PER_SECOND_MAX).contains(&count) => per_second = count,
                _ => return kubectl::usage(client, USAGE),
            },
            flag if flag.starts_with('-') || target.is_some() => return kubectl::usage(client, USAGE),
            url => target = Some(url),
        }
    }
    let Some(target) = target else { return kubectl::usage(client, USAGE) };
    let (_, host, port, path) = split_url(target);
    let plan = Plan {
        name: name.unwrap_or(host).into(),
        from: from.into(),
        host: host.into(),
        port,
        path: path.into(),
        per_second,
    };
    let name = plan.name.clone();
    match client.act(Action::Break(Break::Send(plan))).await {
        Ok(_) => {
            client.println(&format!("client/{name} sends {per_second} requests per second to {target}"));
            0
        }
        Err(refusal) => {
            client.warnln(&format!("error: {}", refusal.message));
            1
        }
    }
}

async fn cease(client: &Client, name: &str) -> u8 {
    // A client that was never there has nothing to stop.
    let _ = client.act(Action::Break(Break::Cease(name.into()))).await;
    client.println(&format!("client/{name} stopped"));
    0
}

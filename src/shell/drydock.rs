//! `drydock`: what no real tool knows. `drydock session` tells what the session knows of itself,
//! `drydock get|apply|delete` reach what is hosted outside clusters (`kind: Hosting`, `Host`,
//! `Image`).

use super::client::Client;
use super::kubectl;
use crate::document::{Value, parse};
use crate::tree;
use crate::world::{Action, HostingKind};
use std::rc::Rc;

const USAGE: &str = "usage: drydock session [-o json|yaml|jsonpath=...]\n       drydock get Hosting|Host|Image [NAME] [-o \
                     json|yaml|jsonpath=...]\n       drydock apply -f FILE\n       drydock delete Hosting|Host|Image NAME";

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
        ["delete", kind, name] => delete(client, kind, name).await,
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

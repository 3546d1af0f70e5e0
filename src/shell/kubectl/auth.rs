//! `kubectl auth`: what may I do, and who am I.
// Models k8s.io/kubectl/pkg/cmd/auth

use crate::document::Value;
use crate::tree;
use crate::world::api::{Request, Resource};

use super::failure::Failure;
use super::tabwriter::align;
use super::{Done, Kubectl, rules};

/// The verbs of the API; others are asked about with a warning.
const VERBS: [&str; 15] = [
    "*",
    "get",
    "list",
    "watch",
    "create",
    "update",
    "patch",
    "delete",
    "deletecollection",
    "use",
    "bind",
    "impersonate",
    "escalate",
    "approve",
    "sign",
];

pub(super) async fn run(kubectl: &Kubectl) -> Done {
    match kubectl.args.words.first().map(String::as_str) {
        Some("can-i") if kubectl.args.is_on("list") => list(kubectl).await,
        Some("can-i") => can_i(kubectl).await,
        Some("whoami") => {
            whoami(kubectl);
            Ok(())
        }
        _ => Err(Failure::plain("you must specify a sub-command: can-i or whoami")),
    }
}

async fn ask(kubectl: &Kubectl, resource: Resource, spec: Value) -> Result<Value, Failure> {
    let body = tree!({ "apiVersion": (resource.api_version()), "kind": (resource.kind()), "spec": (spec) });
    let request = Request::create(kubectl.client.user.clone(), resource, "", body);
    Ok(kubectl.client.request(request).await?.into_object())
}

// Models CanIOptions.Complete, RunAccessCheck
async fn can_i(kubectl: &Kubectl) -> Done {
    let words: Vec<&str> = kubectl.args.words.iter().skip(1).map(String::as_str).collect();
    let (verb, what) = match words.as_slice() {
        [verb, what] => (*verb, *what),
        _ => {
            return Err(Failure::plain(
                "you must specify two arguments: verb resource or verb resource/resourceName.\nSee 'kubectl auth can-i -h' \
                 for help and examples",
            ));
        }
    };
    let quiet = kubectl.args.is_on("quiet");
    let warn = |text: String| {
        if !quiet {
            kubectl.client.warn(&format!("Warning: {text}\n\n"));
        }
    };
    let spec = if what.starts_with('/') {
        tree!({ "nonResourceAttributes": { "verb": verb, "path": what } })
    } else {
        let (kind, name) = what.split_once('/').unwrap_or((what, ""));
        let resource = if kind == "*" { None } else { kubectl.custom.named(kind) };
        let all = kubectl.args.is_on("all-namespaces");
        let mut about = tree!({
            "verb": verb,
            "resource": (resource.map_or(kind, |resource| resource.info().plural)),
            "group": (resource.map_or("", |resource| resource.info().group)),
            "namespace": (if all { "" } else { &*kubectl.namespace }),
            "subresource": (kubectl.args.text("subresource")),
            "name": name,
        });
        match resource {
            // Every group is meant where every resource is.
            None if kind == "*" => about.set(&["group"], "*"),
            None => warn(format!("the server doesn't have a resource type '{kind}'")),
            Some(resource) if !resource.info().namespaced && !all => {
                let group = match resource.info().group {
                    "" => String::new(),
                    group => format!(" in group '{group}'"),
                };
                warn(format!("resource '{}' is not namespace scoped{group}", resource.info().plural));
            }
            Some(_) => {}
        }
        tree!({ "resourceAttributes": (about) })
    };
    if !VERBS.contains(&verb) {
        warn(format!("verb '{verb}' is not a known verb"));
    }
    let answer = ask(kubectl, Resource::SELF_SUBJECT_ACCESS_REVIEWS, spec).await?;
    let allowed = answer.is_true_at(&["status", "allowed"]);
    if !quiet {
        let mut text = if allowed { "yes" } else { "no" }.to_owned();
        let reason = answer.str_at(&["status", "reason"]);
        if !allowed && !reason.is_empty() {
            text = format!("{text} - {reason}");
        }
        kubectl.client.println(&text);
    }
    if allowed { Ok(()) } else { Err(Failure::Exit(1)) }
}

// Models CanIOptions.RunAccessList
async fn list(kubectl: &Kubectl) -> Done {
    let spec = tree!({ "namespace": (kubectl.namespace.as_str()) });
    let answer = ask(kubectl, Resource::SELF_SUBJECT_RULES_REVIEWS, spec).await?;
    let mut lines = rules::compact(answer.items_at(&["status", "resourceRules"]));
    for rule in answer.items_at(&["status", "nonResourceRules"]) {
        for path in rules::texts(rule, "nonResourceURLs") {
            lines.push(rules::line("", "", "", &path, &rules::texts(rule, "verbs")));
        }
    }
    rules::order(&mut lines);
    let mut table = String::new();
    if !kubectl.args.is_on("no-headers") {
        table.push_str("Resources\tNon-Resource URLs\tResource Names\tVerbs\n");
    }
    lines.iter().for_each(|line| table.push_str(&line.text));
    kubectl.client.print(&align(&table, 10, 3));
    Ok(())
}

// Models WhoAmI
fn whoami(kubectl: &Kubectl) {
    let user = &kubectl.client.user;
    let groups: Vec<&str> = user.groups.iter().map(|group| &**group).collect();
    let table = format!("ATTRIBUTE\tVALUE\nUsername\t{}\nGroups\t[{}]\n", user.name, groups.join(" "));
    kubectl.client.print(&align(&table, 6, 3));
}

//! `kubectl create serviceaccount | role | clusterrole | rolebinding | clusterrolebinding | token`.
// Models k8s.io/kubectl/pkg/cmd/create/{create_serviceaccount,create_role,create_rolebinding,create_token}.go

use crate::document::Value;
use crate::tree;
use crate::world::api::Resource;

use super::super::failure::Failure;
use super::super::flags::Args;
use super::super::{Done, Kubectl, builder};
use super::{made, one_name, pairs, texts};
use std::collections::BTreeMap;

pub(super) async fn service_account(kubectl: &Kubectl) -> Done {
    let name = one_name(kubectl)?;
    let object = tree!({ "apiVersion": "v1", "kind": "ServiceAccount", "metadata": { "name": name } });
    made(kubectl, Resource::SERVICE_ACCOUNTS, object, Some("serviceaccount:")).await
}

const ACCESS: &str = "rbac.authorization.k8s.io";

/// The verbs that are about resources.
const RESOURCE_VERBS: [&str; 14] = [
    "*",
    "get",
    "delete",
    "list",
    "create",
    "update",
    "patch",
    "watch",
    "proxy",
    "deletecollection",
    "use",
    "bind",
    "escalate",
    "impersonate",
];

/// The verbs that are about addresses.
const ADDRESS_VERBS: [&str; 8] = ["*", "get", "post", "put", "delete", "patch", "head", "options"];

/// What a verb may be about, where it is not everything.
// Models create.specialVerbs
fn special(verb: &str) -> Option<&'static [(&'static str, &'static str)]> {
    const ROLES: &[(&str, &str)] = &[(ACCESS, "roles"), (ACCESS, "clusterroles")];
    Some(match verb {
        "use" => &[("policy", "podsecuritypolicies"), ("extensions", "podsecuritypolicies")],
        "bind" | "escalate" => ROLES,
        "impersonate" => {
            &[("", "users"), ("", "serviceaccounts"), ("", "groups"), ("authentication.k8s.io", "userextras")]
        }
        _ => return None,
    })
}

/// What `--resource` names: groups in order, each with its resources.
// Models CreateRoleOptions.Complete, validateResource and generateResourcePolicyRules
fn resources_of(kubectl: &Kubectl, args: &Args, verbs: &[&str]) -> Result<BTreeMap<String, Vec<String>>, Failure> {
    let mut by_group: BTreeMap<String, Vec<String>> = BTreeMap::new();
    let words: Vec<&str> = args.list("resource").collect();
    let words = words.iter().find(|word| **word == "*").map_or(&words[..], std::slice::from_ref);
    for word in words {
        let (kind, subresource) = word.split_once('/').map_or((*word, ""), |(kind, part)| (kind, part));
        let (named, named_group) = kind.split_once('.').unwrap_or((kind, ""));
        if named.is_empty() {
            return Err(Failure::plain("resource must be specified if apiGroup/subresource specified"));
        }
        let known = kubectl.custom.named(kind).map(|found| (found.info().group, found.info().plural));
        let (group, plural) = known.unwrap_or((named_group, named));
        let mut is_special = false;
        for verb in verbs {
            if let Some(allowed) = special(verb).filter(|_| named != "*") {
                is_special = allowed.contains(&(group, plural));
                if !is_special {
                    return Err(Failure::Plain(format!("can not perform '{verb}' on '{plural}' in group '{group}'")));
                }
            }
        }
        if named != "*" && known.is_none() && !is_special {
            builder::resource_named(kubectl, kind)?;
        }
        let plural = if subresource.is_empty() { plural.to_owned() } else { format!("{plural}/{subresource}") };
        let resources = by_group.entry(group.to_owned()).or_default();
        if !resources.contains(&plural) {
            resources.push(plural);
        }
    }
    Ok(by_group)
}

/// The texts of a flag, each once.
fn once<'a>(texts: impl Iterator<Item = &'a str>) -> Vec<&'a str> {
    let mut seen = Vec::new();
    for text in texts {
        if !seen.contains(&text) {
            seen.push(text);
        }
    }
    seen
}

/// What is wrong with verbs and addresses of a role.
// Models CreateClusterRoleOptions.Validate
fn check_addresses(verbs: &[&str], urls: &[&str]) -> Result<(), Failure> {
    if urls.is_empty() {
        return Ok(());
    }
    if let Some(verb) = verbs.iter().find(|verb| !ADDRESS_VERBS.contains(verb)) {
        return Err(Failure::Plain(format!("invalid verb: '{verb}' for nonResourceURL")));
    }
    for url in urls.iter().filter(|url| **url != "*") {
        if !url.starts_with('/') {
            return Err(Failure::plain("nonResourceURL should start with /"));
        }
        if url.trim_end_matches('*').contains('*') || url.ends_with("**") {
            return Err(Failure::plain("nonResourceURL only supports wildcard matches when '*' is at the end"));
        }
    }
    Ok(())
}

// Models CreateRoleOptions and CreateClusterRoleOptions
pub(super) async fn role(kubectl: &Kubectl, resource: Resource) -> Done {
    let args = &kubectl.args;
    let name = one_name(kubectl)?;
    let mut verbs = once(args.list("verb"));
    if verbs.contains(&"*") {
        verbs = vec!["*"];
    }
    let urls = once(args.list("non-resource-url"));
    let aggregated = pairs(args.list("aggregation-rule"));
    if !aggregated.is_empty() {
        return aggregate(kubectl, &name, aggregated).await;
    }
    if verbs.is_empty() {
        return Err(Failure::plain("at least one verb must be specified"));
    }
    let warn = || {
        for verb in verbs.iter().filter(|verb| !RESOURCE_VERBS.contains(verb)) {
            kubectl.client.warnln(&format!("Warning: '{verb}' is not a standard resource verb"));
        }
    };
    let is_cluster_role = resource == Resource::CLUSTER_ROLES;
    match args.list("resource").next() {
        None if is_cluster_role && urls.is_empty() => {
            return Err(Failure::plain("one of resource or nonResourceURL must be specified"));
        }
        None if is_cluster_role => {}
        None => {
            warn();
            return Err(Failure::plain("at least one resource must be specified"));
        }
        Some(_) => warn(),
    }
    let by_group = resources_of(kubectl, args, &verbs)?;
    check_addresses(&verbs, &urls)?;
    let mut rules: Vec<Value> = by_group
        .iter()
        .map(|(group, resources)| {
            let mut rule = tree!({
                "apiGroups": texts(std::iter::once(group.as_str())),
                "resources": texts(resources.iter().map(String::as_str)),
                "verbs": texts(verbs.iter().copied()),
            });
            let names = once(args.values("resource-name"));
            if !names.is_empty() {
                rule.set(&["resourceNames"], texts(names.into_iter()));
            }
            rule
        })
        .collect();
    if !urls.is_empty() {
        rules.push(tree!({ "nonResourceURLs": texts(urls.into_iter()), "verbs": texts(verbs.into_iter()) }));
    }
    let object = tree!({
        "apiVersion": format!("{ACCESS}/v1"),
        "kind": resource.kind(),
        "metadata": { "name": name },
        "rules": rules,
    });
    made(kubectl, resource, object, None).await
}

/// A ClusterRole that gathers others.
async fn aggregate(kubectl: &Kubectl, name: &str, labels: Value) -> Done {
    if ["verb", "resource", "resource-name", "non-resource-url"].iter().any(|flag| kubectl.args.value(flag).is_some()) {
        return Err(Failure::plain(
            "aggregation rule must be specified without nonResourceURLs, verbs, resources or resourceNames",
        ));
    }
    let object = tree!({
        "aggregationRule": { "clusterRoleSelectors": Value::list([tree!({ "matchLabels": labels })]) },
        "apiVersion": format!("{ACCESS}/v1"),
        "kind": "ClusterRole",
        "metadata": { "name": name },
        "rules": null,
    });
    made(kubectl, Resource::CLUSTER_ROLES, object, None).await
}

// Models RoleBindingOptions.createRoleBinding
pub(super) async fn role_binding(kubectl: &Kubectl, resource: Resource) -> Done {
    let args = &kubectl.args;
    if resource == Resource::CLUSTER_ROLE_BINDINGS {
        args.require("clusterrole")?;
    }
    let name = one_name(kubectl)?;
    let (kind, role) = match (args.value("role"), args.value("clusterrole")) {
        (Some(role), None) => ("Role", role),
        (None, Some(role)) => ("ClusterRole", role),
        _ => return Err(Failure::plain("exactly one of clusterrole or role must be specified")),
    };
    let mut subjects: Vec<Value> = Vec::new();
    for (flag, kind) in [("user", "User"), ("group", "Group")] {
        subjects.extend(args.values(flag).map(|name| tree!({ "kind": kind, "apiGroup": ACCESS, "name": name })));
    }
    for account in args.values("serviceaccount") {
        let Some((namespace, name)) =
            account.split_once(':').filter(|(namespace, name)| !namespace.is_empty() && !name.is_empty())
        else {
            return Err(Failure::plain("serviceaccount must be <namespace>:<name>"));
        };
        subjects.push(tree!({ "kind": "ServiceAccount", "name": name, "namespace": namespace }));
    }
    let mut object = tree!({
        "apiVersion": format!("{ACCESS}/v1"),
        "kind": resource.kind(),
        "metadata": { "name": name },
        "roleRef": { "apiGroup": ACCESS, "kind": kind, "name": role },
    });
    if !subjects.is_empty() {
        object.set(&["subjects"], Value::list(subjects));
    }
    made(kubectl, resource, object, Some(&format!("{}:", resource.info().singular))).await
}

/// Tokens are not made here, but what is wrong with the account is said.
pub(super) async fn token(kubectl: &Kubectl) -> Done {
    let name = one_name(kubectl)?;
    match kubectl.client.get(&kubectl.key(Resource::SERVICE_ACCOUNTS, &name)).await {
        Ok(_) => Err(Failure::plain("failed to create token: tokens are not made here yet")),
        Err(error) => Err(Failure::Plain(format!("failed to create token: {}", error.message))),
    }
}

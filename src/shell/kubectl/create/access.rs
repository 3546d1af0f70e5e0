//! `kubectl create serviceaccount | role | clusterrole | rolebinding | clusterrolebinding | token`.
// Models k8s.io/kubectl/pkg/cmd/create/{create_serviceaccount,create_role,create_rolebinding,create_token}.go

use crate::document::Value;
use crate::tree;
use crate::world::api::Resource;

use super::super::failure::Failure;
use super::super::{Done, Kubectl, builder};
use super::{made, one_name, texts};

pub(super) async fn service_account(kubectl: &Kubectl) -> Done {
    let name = one_name(kubectl)?;
    let object = tree!({ "apiVersion": "v1", "kind": "ServiceAccount", "metadata": { "name": name } });
    made(kubectl, Resource::SERVICE_ACCOUNTS, object, Some("serviceaccount")).await
}

const ACCESS: &str = "rbac.authorization.k8s.io";

// Models generateResourcePolicyRules
pub(super) async fn role(kubectl: &Kubectl, resource: Resource) -> Done {
    let args = &kubectl.args;
    let name = one_name(kubectl)?;
    let called = resource.info().singular;
    let verbs: Vec<&str> = args.list("verb").collect();
    if verbs.is_empty() {
        return Err(Failure::plain("at least one verb must be specified"));
    }
    let urls: Vec<&str> = args.list("non-resource-url").collect();
    if args.value("resource").is_none() && urls.is_empty() {
        return Err(Failure::plain("at least one resource must be specified"));
    }
    let mut by_group: Vec<(String, Vec<String>)> = Vec::new();
    for word in args.list("resource") {
        let (kind, subresource) = word.split_once('/').map_or((word, ""), |(kind, part)| (kind, part));
        let (group, plural) = if kind == "*" {
            (String::new(), "*".to_owned())
        } else {
            let found = builder::resource_named(kind)?;
            (found.info().group.to_owned(), found.info().plural.to_owned())
        };
        let plural = if subresource.is_empty() { plural } else { format!("{plural}/{subresource}") };
        match by_group.iter_mut().find(|(known, _)| *known == group) {
            Some((_, resources)) => resources.push(plural),
            None => by_group.push((group, vec![plural])),
        }
    }
    let mut rules: Vec<Value> = by_group
        .iter()
        .map(|(group, resources)| {
            let mut rule = tree!({
                "apiGroups": texts(std::iter::once(group.as_str())),
                "resources": texts(resources.iter().map(String::as_str)),
                "verbs": texts(verbs.iter().copied()),
            });
            let names: Vec<&str> = args.list("resource-name").collect();
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
    made(kubectl, resource, object, Some(called)).await
}

// Models RoleBindingOptions.createRoleBinding
pub(super) async fn role_binding(kubectl: &Kubectl, resource: Resource) -> Done {
    let args = &kubectl.args;
    let name = one_name(kubectl)?;
    let (kind, role) = match (args.value("role"), args.value("clusterrole")) {
        (None, None) if resource == Resource::CLUSTER_ROLE_BINDINGS => {
            return Err(Failure::plain("required flag(s) \"clusterrole\" not set"));
        }
        (Some(role), None) => ("Role", role),
        (None, Some(role)) => ("ClusterRole", role),
        _ => return Err(Failure::plain("exactly one of clusterrole or role must be specified")),
    };
    let mut subjects: Vec<Value> = Vec::new();
    for (flag, kind) in [("user", "User"), ("group", "Group")] {
        subjects.extend(args.list(flag).map(|name| tree!({ "kind": kind, "apiGroup": ACCESS, "name": name })));
    }
    for account in args.list("serviceaccount") {
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
    made(kubectl, resource, object, Some(resource.info().singular)).await
}

/// Tokens are not made here, but what is wrong with the account is said.
pub(super) async fn token(kubectl: &Kubectl) -> Done {
    let name = one_name(kubectl)?;
    match kubectl.client.get(&kubectl.key(Resource::SERVICE_ACCOUNTS, &name)).await {
        Ok(_) => Err(Failure::plain("failed to create token: tokens are not made here yet")),
        Err(error) => Err(Failure::Plain(format!("failed to create token: {}", error.message))),
    }
}

//! Who an IAM principal is to a cluster that EKS made.
// Models sigs.k8s.io/aws-iam-authenticator pkg/server, pkg/mapper/configmap

use crate::aws::api::Call;
use crate::aws::eks::{Admission, admission};
use crate::aws::{Cloud, ResourceKey};
use crate::document::{Value, parse};
use crate::kube::api::{ApiError, Key, Reason as ApiReason, Resource, User};
use crate::kube::{Cluster, Turn};
use std::rc::Rc;

/// The user behind a token that this access key signed.
pub(super) fn user(
    cloud: &mut Cloud,
    turn: &mut Turn<'_>,
    cluster: &Cluster,
    key: &ResourceKey,
    access_key_id: &str,
) -> Result<User, ApiError> {
    let unauthorized = || ApiError::new(ApiReason::Unauthorized, "Unauthorized");
    let call = Call::new(access_key_id, &key.region, "sts", "GetCallerIdentity", Value::map());
    let caller = cloud.handle(turn, &call).map_err(|_| unauthorized())?;
    let arn = caller.str_at(&["Arn"]);
    match admission(cloud, key, arn) {
        Admission::Creator => Ok(User::new("kubernetes-admin", &["system:masters", "system:authenticated"])),
        Admission::Entry { username, groups, policies } => {
            let mut all: Vec<String> = groups.iter().map(ToString::to_string).collect();
            for (policy, namespaces) in policies {
                match (&*policy, namespaces.as_slice()) {
                    ("AmazonEKSClusterAdminPolicy", []) => all.push("system:masters".to_owned()),
                    (policy, _) => all.push(group_of(policy, !namespaces.is_empty())),
                }
            }
            all.push("system:authenticated".to_owned());
            let all: Vec<&str> = all.iter().map(String::as_str).collect();
            Ok(User::new(&username, &all))
        }
        Admission::Ask { reads_config_map: false } => Err(unauthorized()),
        Admission::Ask { reads_config_map: true } => mapped(cluster, arn).ok_or_else(unauthorized),
    }
}

/// The group that stands for an access policy: bindings for it are the bridge's.
pub(super) fn group_of(policy: &str, in_namespaces: bool) -> String {
    format!("eks-access-policy:{policy}{}", if in_namespaces { ":namespaced" } else { "" })
}

/// The rows of `aws-auth`.
fn rows(cluster: &Cluster, field: &str) -> Vec<Value> {
    let key = Key::new(Resource::CONFIG_MAPS, "kube-system", "aws-auth");
    let text = cluster.get(&key).map(|it| it.value.str_at(&["data", field]).to_owned()).unwrap_or_default();
    parse(&text).documents.first().map(|document| document.root.to_value().items().to_vec()).unwrap_or_default()
}

/// The user that `aws-auth` makes of a principal.
fn mapped(cluster: &Cluster, arn: &str) -> Option<User> {
    let session = arn.strip_prefix("arn:aws:sts::").and_then(|rest| rest.split_once(":assumed-role/"));
    let (row, session) = match session {
        Some((account, rest)) => {
            let (role, session) = rest.split_once('/').unwrap_or((rest, ""));
            let role = format!("arn:aws:iam::{account}:role/{role}");
            (rows(cluster, "mapRoles").into_iter().find(|row| row.str_at(&["rolearn"]) == role)?, session)
        }
        None => (rows(cluster, "mapUsers").into_iter().find(|row| row.str_at(&["userarn"]) == arn)?, ""),
    };
    let name = match row.str_at(&["username"]) {
        "" => arn.to_owned(),
        name => name.replace("{{SessionName}}", session),
    };
    let mut groups: Vec<&str> = row.items_at(&["groups"]).iter().filter_map(Value::as_str).collect();
    groups.push("system:authenticated");
    Some(User::new(&name, &groups))
}

/// What `aws-auth` makes of nodes under a role: whether they get in, and why not.
pub(super) fn node_row(cluster: &Cluster, role: &str) -> Result<(), &'static str> {
    // The map's rows have no path: `role/team/node` is `role/node` there.
    let row = rows(cluster, "mapRoles").into_iter().find(|row| row.str_at(&["rolearn"]) == role);
    let Some(row) = row else { return Err("no-row") };
    let groups: Vec<Rc<str>> = row.items_at(&["groups"]).iter().filter_map(Value::as_shared).collect();
    let has = |wanted: &str| groups.iter().any(|group| **group == *wanted);
    if !has("system:bootstrappers") || !has("system:nodes") {
        return Err("groups");
    }
    if !row.str_at(&["username"]).starts_with("system:node:") {
        return Err("username");
    }
    Ok(())
}

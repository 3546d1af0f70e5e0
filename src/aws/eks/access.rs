//! Who an IAM principal is inside a cluster: access entries, and the policies tied to them.
// Source: Amazon EKS User Guide, "Grant IAM users access to Kubernetes with EKS access entries".

use super::{ACCESS_ENTRY, cluster_named, in_use, invalid, not_found, refused, shown, texts};
use crate::aws::api::{Answer, Error, Principal, PrincipalKind};
use crate::aws::cloud::{Cloud, ResourceKey};
use crate::aws::context::Context;
use crate::document::Value;
use crate::sim::Verb;
use crate::tree;
use std::rc::Rc;

/// The policies that can be tied to an entry.
// Source: Amazon EKS User Guide, "Review access policy permissions".
const POLICIES: [&str; 6] = [
    "AmazonEKSAdminPolicy",
    "AmazonEKSClusterAdminPolicy",
    "AmazonEKSAdminViewPolicy",
    "AmazonEKSEditPolicy",
    "AmazonEKSViewPolicy",
    "AmazonEKSSecretReaderPolicy",
];
const POLICY_ARN: &str = "arn:aws:eks::aws:cluster-access-policy/";

/// What AWS says about a principal's way into a cluster.
#[derive(Clone, PartialEq, Debug)]
pub enum Admission {
    /// It has an entry.
    Entry {
        /// The name under which Kubernetes knows it.
        username: Rc<str>,
        /// Its groups.
        groups: Vec<Rc<str>>,
        /// Tied policies: name, and the namespaces they hold in (none: all).
        policies: Vec<(Rc<str>, Vec<Rc<str>>)>,
    },
    /// It made the cluster, which keeps a place for it that no list shows.
    Creator,
    /// It has none; the ConfigMap `aws-auth` may say more, where the cluster reads it.
    Ask {
        /// Whether the cluster reads the ConfigMap.
        reads_config_map: bool,
    },
}

/// The principal that entries are about: a role, not its session.
pub(super) fn principal_of(caller: &Principal) -> Rc<str> {
    role_of(&caller.arn)
}

/// `arn:aws:sts::1:assumed-role/admin/me` is the role `arn:aws:iam::1:role/admin`.
fn role_of(arn: &str) -> Rc<str> {
    let session = arn.strip_prefix("arn:aws:sts::").and_then(|rest| rest.split_once(":assumed-role/"));
    match session {
        Some((account, rest)) => {
            let role = rest.rsplit_once('/').map_or(rest, |(role, _)| role);
            format!("arn:aws:iam::{account}:role/{role}").into()
        }
        None => arn.into(),
    }
}

/// How a principal gets into a cluster.
#[must_use]
pub fn admission(cloud: &Cloud, cluster: &ResourceKey, arn: &str) -> Admission {
    let Some(value) = cloud.get(cluster) else { return Admission::Ask { reads_config_map: false } };
    let mode = value.str_at(&["accessConfig", "authenticationMode"]);
    let principal = role_of(arn);
    if mode != "CONFIG_MAP"
        && let Some(entry) = entry(cloud, cluster, &principal)
    {
        let session = arn.rsplit('/').next().unwrap_or_default();
        let username = entry.str_at(&["username"]).replace("{{SessionName}}", session);
        return Admission::Entry {
            username: username.into(),
            groups: texts(entry, &["kubernetesGroups"]),
            policies: entry
                .items_at(&["_policies"])
                .iter()
                .map(|policy| {
                    let name = policy.str_at(&["policyArn"]).rsplit('/').next().unwrap_or_default().into();
                    (name, texts(policy, &["accessScope", "namespaces"]))
                })
                .collect(),
        };
    }
    let is_creator = value.str_at(&["_creator"]) == &*principal;
    if mode == "CONFIG_MAP"
        && is_creator
        && value.is_true_at(&["accessConfig", "bootstrapClusterCreatorAdminPermissions"])
    {
        return Admission::Creator;
    }
    Admission::Ask { reads_config_map: mode != "API" }
}

/// Whether an entry lets nodes under this role in; none when only the ConfigMap can.
#[must_use]
pub fn node_admission(cloud: &Cloud, cluster: &ResourceKey, role: &str) -> Option<bool> {
    let mode = cloud.get(cluster)?.str_at(&["accessConfig", "authenticationMode"]);
    let known = mode != "CONFIG_MAP"
        && entry(cloud, cluster, role).is_some_and(|it| matches!(it.str_at(&["type"]), "EC2_LINUX" | "EC2"));
    if known { Some(true) } else { (mode == "API").then_some(false) }
}

fn entry<'c>(cloud: &'c Cloud, cluster: &ResourceKey, principal: &str) -> Option<&'c Value> {
    let id = format!("{}|{principal}", cluster.id).into();
    cloud.get(&ResourceKey { kind: ACCESS_ENTRY.into(), id, ..cluster.clone() })
}

pub(super) fn create(context: &mut Context<'_, '_>, params: &Value) -> Answer {
    let (cluster, principal) = (params.str_at(&["clusterName"]), params.str_at(&["principalArn"]));
    let value = cluster_named(context, cluster)?;
    if value.str_at(&["accessConfig", "authenticationMode"]) == "CONFIG_MAP" {
        return Err(refused(
            "The cluster's authentication mode must be set to one of [API, API_AND_CONFIG_MAP] to perform this operation.",
        ));
    }
    check_principal(context, principal)?;
    let kind = params.get("type").and_then(Value::as_str).unwrap_or("STANDARD");
    if !["STANDARD", "EC2_LINUX", "EC2_WINDOWS", "FARGATE_LINUX", "HYBRID_LINUX", "EC2"].contains(&kind) {
        return Err(invalid(format!("Invalid access entry type: {kind}")));
    }
    let groups = texts(params, &["kubernetesGroups"]);
    if groups.iter().any(|group| group.starts_with("system:")) {
        return Err(invalid("The kubernetes group name cannot start with system:"));
    }
    if kind != "STANDARD" && !groups.is_empty() {
        return Err(invalid(format!("Kubernetes groups cannot be set for access entries of type {kind}")));
    }
    let id = format!("{cluster}|{principal}");
    if context.get(ACCESS_ENTRY, &id).is_some() {
        return Err(in_use("The specified access entry resource is already in use on this cluster."));
    }
    let entry = put_entry(context, cluster, principal, kind, params);
    Ok(tree!({ "accessEntry": (shown(&entry)) }))
}

fn check_principal(context: &Context<'_, '_>, arn: &str) -> Result<(), Error> {
    let is_iam = arn.starts_with("arn:aws:iam::")
        && (arn.contains(":role/") || arn.contains(":user/") || arn.ends_with(":root"));
    let name = arn.rsplit('/').next().unwrap_or_default();
    let kind = if arn.contains(":role/") { "AWS::IAM::Role" } else { "AWS::IAM::User" };
    let there = arn.ends_with(":root") || context.cloud.get(&context.global_key(kind, name)).is_some();
    if is_iam && there {
        return Ok(());
    }
    Err(invalid("The specified principalArn is invalid: invalid principal."))
}

/// Writes an entry; nodes' entries have the groups of nodes.
pub(super) fn put_entry(
    context: &mut Context<'_, '_>,
    cluster: &str,
    principal: &str,
    kind: &str,
    params: &Value,
) -> Value {
    let mut groups = texts(params, &["kubernetesGroups"]);
    let is_node = kind == "EC2_LINUX";
    if is_node {
        groups = vec!["system:nodes".into()];
    }
    let role = principal.split(":role/").nth(1).map(|name| (principal.split(':').nth(4).unwrap_or_default(), name));
    let default = match (is_node, role) {
        (true, _) => "system:node:{{EC2PrivateDNSName}}".to_owned(),
        (false, Some((account, name))) => format!("arn:aws:sts::{account}:assumed-role/{name}/{{{{SessionName}}}}"),
        (false, None) => principal.to_owned(),
    };
    let part = principal.rsplit(':').next().unwrap_or_default();
    let unique = context.dice("access-entry").uuid();
    let account = context.caller.account.clone();
    let value = tree!({
        "clusterName": cluster,
        "principalArn": principal,
        "kubernetesGroups": (Value::list(groups.iter().map(Value::from))),
        "accessEntryArn": (context.arn("eks", &format!("access-entry/{cluster}/{}/{account}/{}/{unique}", part.split('/').next().unwrap_or_default(), part.split('/').next_back().unwrap_or_default()))),
        "createdAt": (context.now_text()),
        "modifiedAt": (context.now_text()),
        "tags": (params.get("tags").cloned().unwrap_or_else(Value::map)),
        "username": (params.get("username").and_then(Value::as_str).map_or(default, str::to_owned)),
        "type": kind,
        "_policies": [],
    });
    let key = context.key(ACCESS_ENTRY, &format!("{cluster}|{principal}"));
    context.put(key, value.clone(), Verb::Create);
    value
}

/// The maker of a cluster is its administrator.
pub(super) fn admit_creator(context: &mut Context<'_, '_>, cluster: &str) {
    if context.caller.kind == PrincipalKind::Service {
        return;
    }
    let principal = principal_of(&context.caller);
    put_entry(context, cluster, &principal, "STANDARD", &Value::Null);
    tie(context, cluster, &principal, "AmazonEKSClusterAdminPolicy", tree!({ "type": "cluster", "namespaces": [] }));
}

fn tie(context: &mut Context<'_, '_>, cluster: &str, principal: &str, policy: &str, scope: Value) -> Value {
    let now = context.now_text();
    let tied = tree!({ "policyArn": (format!("{POLICY_ARN}{policy}")), "accessScope": scope, "associatedAt": &now, "modifiedAt": &now });
    let key = context.key(ACCESS_ENTRY, &format!("{cluster}|{principal}"));
    let arn = tied.str_at(&["policyArn"]).to_owned();
    let kept = tied.clone();
    context.update(&key, Verb::Update, |it| {
        let policies = it.at_mut(&["_policies"]).items_mut();
        policies.retain(|known| known.str_at(&["policyArn"]) != arn);
        policies.push(kept);
    });
    tied
}

fn named(context: &Context<'_, '_>, params: &Value) -> Result<(ResourceKey, Value), Error> {
    let (cluster, principal) = (params.str_at(&["clusterName"]), params.str_at(&["principalArn"]));
    cluster_named(context, cluster)?;
    let key = context.key(ACCESS_ENTRY, &format!("{cluster}|{principal}"));
    let value = context.cloud.get(&key).cloned();
    let text = "The specified principalArn could not be found. You can view your available access entries with 'list-access-entries'.";
    Ok((key, value.ok_or_else(|| not_found(text))?))
}

pub(super) fn describe(context: &mut Context<'_, '_>, params: &Value) -> Answer {
    let (_, value) = named(context, params)?;
    Ok(tree!({ "accessEntry": (shown(&value)) }))
}

pub(super) fn list(context: &mut Context<'_, '_>, params: &Value) -> Answer {
    let cluster = params.str_at(&["clusterName"]);
    cluster_named(context, cluster)?;
    let policy = params.str_at(&["associatedPolicyArn"]);
    let entries = context.list(ACCESS_ENTRY).into_iter().map(|(_, value)| value).filter(|value| {
        value.str_at(&["clusterName"]) == cluster
            && (policy.is_empty()
                || value.items_at(&["_policies"]).iter().any(|it| it.str_at(&["policyArn"]) == policy))
    });
    let arns: Vec<Value> = entries.map(|value| Value::from(value.str_at(&["principalArn"]))).collect();
    Ok(tree!({ "accessEntries": arns }))
}

pub(super) fn delete(context: &mut Context<'_, '_>, params: &Value) -> Answer {
    let (key, _) = named(context, params)?;
    context.remove(&key);
    Ok(Value::map())
}

pub(super) fn update(context: &mut Context<'_, '_>, params: &Value) -> Answer {
    let (key, _) = named(context, params)?;
    let now = context.now_text();
    context.update(&key, Verb::Update, |it| {
        for field in ["kubernetesGroups", "username"] {
            if let Some(value) = params.get(field) {
                it.set(&[field], value);
            }
        }
        it.set(&["modifiedAt"], now);
    });
    describe(context, params)
}

pub(super) fn associate(context: &mut Context<'_, '_>, params: &Value) -> Answer {
    let (_, entry) = named(context, params)?;
    let arn = params.str_at(&["policyArn"]);
    let known = arn.strip_prefix(POLICY_ARN).filter(|name| POLICIES.contains(name));
    let policy = known.ok_or_else(|| invalid("The policyArn parameter format is not valid"))?;
    if entry.str_at(&["type"]) != "STANDARD" {
        return Err(refused(format!(
            "Access policies cannot be associated with an access entry of type {}",
            entry.str_at(&["type"])
        )));
    }
    let mut scope = params.get("accessScope").cloned().unwrap_or_default();
    if scope.str_at(&["type"]) == "namespace" && scope.items_at(&["namespaces"]).is_empty() {
        return Err(invalid("The accessScope must have at least one namespace when its type is namespace."));
    }
    if scope.get("namespaces").is_none() {
        scope.set(&["namespaces"], Value::list([]));
    }
    let (cluster, principal) = (params.str_at(&["clusterName"]), params.str_at(&["principalArn"]));
    let tied = tie(context, cluster, principal, policy, scope);
    Ok(tree!({ "clusterName": cluster, "principalArn": principal, "associatedAccessPolicy": tied }))
}

pub(super) fn disassociate(context: &mut Context<'_, '_>, params: &Value) -> Answer {
    let (key, _) = named(context, params)?;
    let arn = params.str_at(&["policyArn"]);
    context.update(&key, Verb::Update, |it| {
        it.at_mut(&["_policies"]).items_mut().retain(|known| known.str_at(&["policyArn"]) != arn);
    });
    Ok(Value::map())
}

pub(super) fn list_associated(context: &mut Context<'_, '_>, params: &Value) -> Answer {
    let (_, entry) = named(context, params)?;
    let policies = Value::list(entry.items_at(&["_policies"]).to_vec());
    Ok(tree!({
        "clusterName": (params.str_at(&["clusterName"])),
        "principalArn": (params.str_at(&["principalArn"])),
        "associatedAccessPolicies": policies,
    }))
}

pub(super) fn list_policies(_context: &mut Context<'_, '_>, _params: &Value) -> Answer {
    let rows = POLICIES.map(|name| tree!({ "name": name, "arn": (format!("{POLICY_ARN}{name}")) }));
    Ok(tree!({ "accessPolicies": (Value::list(rows)) }))
}

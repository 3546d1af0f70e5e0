//! Add-ons: software of the cluster that EKS installs and keeps.
// Source: Amazon EKS User Guide, "Amazon EKS add-ons".

use super::{ADDON, check, cluster_named, in_use, invalid, not_found, refused, shown};
use crate::aws::api::Answer;
use crate::aws::cloud::ResourceKey;
use crate::aws::context::Context;
use crate::document::Value;
use crate::sim::{SimTime, Verb, secs};
use crate::tree;

/// How long an add-on takes. Assumption.
const INSTALLING: SimTime = secs(45);

/// Name, version.
const KNOWN: [(&str, &str); 9] = [
    ("vpc-cni", "v1.20.4-eksbuild.2"),
    ("coredns", "v1.12.4-eksbuild.1"),
    ("kube-proxy", "v1.35.0-eksbuild.2"),
    ("aws-ebs-csi-driver", "v1.53.0-eksbuild.1"),
    ("aws-efs-csi-driver", "v2.1.15-eksbuild.1"),
    ("eks-pod-identity-agent", "v1.3.10-eksbuild.1"),
    ("metrics-server", "v0.8.0-eksbuild.5"),
    ("snapshot-controller", "v8.3.0-eksbuild.1"),
    ("amazon-cloudwatch-observability", "v4.5.0-eksbuild.1"),
];

fn id(params: &Value) -> String {
    format!("{}|{}", params.str_at(&["clusterName"]), params.str_at(&["addonName"]))
}

pub(super) fn create(context: &mut Context<'_, '_>, params: &Value) -> Answer {
    let (cluster, name) = (params.str_at(&["clusterName"]), params.str_at(&["addonName"]));
    let value = cluster_named(context, cluster)?;
    if value.str_at(&["status"]) != "ACTIVE" {
        return Err(refused(format!("Cluster '{cluster}' is not in ACTIVE status")));
    }
    let Some((_, default)) = KNOWN.iter().find(|(known, _)| *known == name) else {
        let version = value.str_at(&["version"]);
        return Err(invalid(format!("Addon {name} specified is not supported in {version} kubernetes version")));
    };
    if context.get(ADDON, &id(params)).is_some() {
        return Err(in_use("Addon already exists."));
    }
    let role = params.str_at(&["serviceAccountRoleArn"]);
    if !role.is_empty() && check::role(context, role).is_none() {
        return Err(invalid(format!(
            "Role with arn: {role}, could not be assumed because it does not exist or the trusted entity is not correct"
        )));
    }
    let unique = context.dice("addon").uuid();
    let mut addon = tree!({
        "addonName": name,
        "clusterName": cluster,
        "status": "CREATING",
        "addonVersion": (params.get("addonVersion").and_then(Value::as_str).unwrap_or(default)),
        "health": { "issues": [] },
        "addonArn": (context.arn("eks", &format!("addon/{cluster}/{name}/{unique}"))),
        "createdAt": (context.now_text()),
        "modifiedAt": (context.now_text()),
        "tags": (params.get("tags").cloned().unwrap_or_else(Value::map)),
    });
    for field in ["serviceAccountRoleArn", "configurationValues", "podIdentityAssociations"] {
        if let Some(value) = params.get(field) {
            addon.set(&[field], value);
        }
    }
    let key = context.key(ADDON, &id(params));
    context.put(key.clone(), addon.clone(), Verb::Create);
    context.schedule(INSTALLING, "eks", "addon", &key);
    Ok(tree!({ "addon": (shown(&addon)) }))
}

pub(super) fn activate(context: &mut Context<'_, '_>, key: &ResourceKey) {
    let now = context.now_text();
    context.update(key, Verb::UpdateStatus, |it| {
        it.set(&["status"], "ACTIVE");
        it.set(&["modifiedAt"], now);
    });
}

pub(super) fn describe(context: &mut Context<'_, '_>, params: &Value) -> Answer {
    let (cluster, name) = (params.str_at(&["clusterName"]), params.str_at(&["addonName"]));
    cluster_named(context, cluster)?;
    let addon = context.get(ADDON, &id(params)).cloned();
    let addon = addon.ok_or_else(|| not_found(format!("No addon: {name} found in cluster: {cluster}")))?;
    Ok(tree!({ "addon": (shown(&addon)) }))
}

pub(super) fn list(context: &mut Context<'_, '_>, params: &Value) -> Answer {
    let cluster = params.str_at(&["clusterName"]);
    cluster_named(context, cluster)?;
    let addons = context.list(ADDON).into_iter().filter(|(_, it)| it.str_at(&["clusterName"]) == cluster);
    let names: Vec<Value> = addons.map(|(_, it)| Value::from(it.str_at(&["addonName"]))).collect();
    Ok(tree!({ "addons": names }))
}

/// Another version, role or configuration of an add-on.
pub(super) fn update(context: &mut Context<'_, '_>, params: &Value) -> Answer {
    describe(context, params)?;
    let role = params.str_at(&["serviceAccountRoleArn"]);
    if !role.is_empty() && check::role(context, role).is_none() {
        return Err(invalid(format!(
            "Role with arn: {role}, could not be assumed because it does not exist or the trusted entity is not correct"
        )));
    }
    let key = context.key(ADDON, &id(params));
    let mut rows = Vec::new();
    for (field, kind) in [
        ("addonVersion", "AddonVersion"),
        ("serviceAccountRoleArn", "ServiceAccountRoleArn"),
        ("configurationValues", "ConfigurationValues"),
    ] {
        let Some(value) = params.get(field) else { continue };
        rows.push(tree!({ "type": kind, "value": value }));
        context.update(&key, Verb::Update, |it| it.set(&[field], value));
    }
    context.update(&key, Verb::UpdateStatus, |it| it.set(&["status"], "UPDATING"));
    context.schedule(INSTALLING, "eks", "addon", &key);
    let update = tree!({
        "id": (context.dice("update").uuid()),
        "status": "InProgress",
        "type": "AddonUpdate",
        "params": (Value::list(rows)),
        "createdAt": (context.now_text()),
        "errors": [],
    });
    Ok(tree!({ "update": update }))
}

pub(super) fn delete(context: &mut Context<'_, '_>, params: &Value) -> Answer {
    let answer = describe(context, params)?;
    let key = context.key(ADDON, &id(params));
    context.remove(&key);
    let mut answer = answer;
    answer.set(&["addon", "status"], "DELETING");
    Ok(answer)
}

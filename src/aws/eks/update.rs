//! Changes under way: endpoint access, logging, authentication mode, and the next minor version.
// Source: Amazon EKS User Guide, "Update existing cluster to new Kubernetes version".

use super::{CLUSTER, NODEGROUP, UPDATE, cluster, cluster_named, in_use, invalid, not_found, refused, shown, version};
use crate::aws::api::{Answer, Error};
use crate::aws::cloud::ResourceKey;
use crate::aws::context::Context;
use crate::document::Value;
use crate::sim::{Reason, SimTime, Verb, secs};
use crate::tree;

/// How long a version takes: every member is replaced, one after the other. Assumption: the guide
/// says several minutes.
const VERSION_TAKES: SimTime = secs(480);
const CONFIG_TAKES: SimTime = secs(120);
/// How many minors a kubelet may be older. Source: Kubernetes version skew policy.
const SKEW_MAX: i64 = 3;

/// Notes a change and makes the cluster UPDATING.
pub(super) fn begin(
    context: &mut Context<'_, '_>,
    name: &str,
    kind: &str,
    params: &[(&str, String)],
    takes: SimTime,
    becomes: Value,
) -> Value {
    let id = context.dice("update").uuid();
    let rows = params.iter().map(|(kind, value)| tree!({ "type": *kind, "value": value.as_str() }));
    let update = tree!({
        "id": id.as_str(),
        "status": "InProgress",
        "type": kind,
        "params": (Value::list(rows)),
        "createdAt": (context.now_text()),
        "errors": [],
        "_cluster": name,
        "_becomes": becomes,
    });
    let key = context.key(UPDATE, &format!("{name}|{id}"));
    context.put(key.clone(), update.clone(), Verb::Create);
    let cluster = context.key(CLUSTER, name);
    context.update(&cluster, Verb::UpdateStatus, |it| it.set(&["status"], "UPDATING"));
    context.schedule(takes, "eks", "updated", &key);
    tree!({ "update": (shown(&update)) })
}

/// Notes that a group of nodes goes to another version.
pub(super) fn begin_group(context: &mut Context<'_, '_>, group: &ResourceKey, wanted: &str) -> Value {
    let id = context.dice("update").uuid();
    let (cluster, name) = group.id.split_once('/').unwrap_or((&group.id, ""));
    let update = tree!({
        "id": id.as_str(),
        "status": "InProgress",
        "type": "VersionUpdate",
        "params": [{ "type": "Version", "value": wanted }],
        "createdAt": (context.now_text()),
        "errors": [],
        "_cluster": cluster,
        "_nodegroup": name,
        "_version": wanted,
    });
    let key = context.key(UPDATE, &format!("{cluster}|{id}"));
    context.put(key.clone(), update.clone(), Verb::Create);
    context.update(group, Verb::UpdateStatus, |it| it.set(&["status"], "UPDATING"));
    tree!({ "update": (shown(&update)) })
}

/// The update of a group of nodes has ended: well, or with a code, a message and the node it was about.
pub(super) fn end_group(context: &mut Context<'_, '_>, group: &ResourceKey, failure: Option<(&str, &str, &str)>) {
    let (cluster, name) = group.id.split_once('/').unwrap_or((&group.id, ""));
    let is_its = |it: &Value| {
        it.str_at(&["_cluster"]) == cluster
            && it.str_at(&["_nodegroup"]) == name
            && it.str_at(&["status"]) == "InProgress"
    };
    let under_way: Vec<ResourceKey> =
        context.list(UPDATE).into_iter().filter(|(_, it)| is_its(it)).map(|(key, _)| key).collect();
    for key in under_way {
        context.update(&key, Verb::UpdateStatus, |it| {
            it.set(&["status"], if failure.is_some() { "Failed" } else { "Successful" });
            if let Some((code, message, node)) = failure {
                let row = tree!({ "errorCode": code, "errorMessage": message, "resourceIds": [node] });
                it.set(&["errors"], Value::list([row]));
            }
        });
    }
}

/// A change is done: what it said becomes true.
pub(super) fn finish(context: &mut Context<'_, '_>, key: &ResourceKey) {
    let Some(update) = context.cloud.get(key).cloned() else { return };
    let name = update.str_at(&["_cluster"]).to_owned();
    context.turn.why = Some(Reason::new("eks-updated").with("type", update.str_at(&["type"])));
    let cluster = context.key(CLUSTER, &name);
    context.update(&cluster, Verb::UpdateStatus, |it| {
        for (path, value) in update.get("_becomes").into_iter().flat_map(Value::entries) {
            let path: Vec<&str> = path.split('.').collect();
            it.set(&path, value);
        }
        it.set(&["status"], "ACTIVE");
    });
    context.update(key, Verb::UpdateStatus, |it| it.set(&["status"], "Successful"));
}

fn ready(context: &Context<'_, '_>, name: &str) -> Result<Value, Error> {
    let value = cluster_named(context, name)?;
    match value.str_at(&["status"]) {
        "ACTIVE" => Ok(value),
        "UPDATING" => Err(in_use("Cannot perform operation because cluster has an update in progress")),
        status => Err(refused(format!("Cluster is not in ACTIVE status, but {status}"))),
    }
}

pub(super) fn config(context: &mut Context<'_, '_>, params: &Value) -> Answer {
    let name = params.str_at(&["name"]);
    let value = ready(context, name)?;
    if let Some(mode) = params.at(&["accessConfig", "authenticationMode"]).and_then(Value::as_str) {
        let before = value.str_at(&["accessConfig", "authenticationMode"]);
        let rank = |mode: &str| ["CONFIG_MAP", "API_AND_CONFIG_MAP", "API"].iter().position(|it| *it == mode);
        // One way only: from the ConfigMap to entries.
        if rank(mode).is_none() || rank(mode) < rank(before) || (before == "CONFIG_MAP" && mode == "API") {
            return Err(invalid(format!("Unsupported authentication mode update from {before} to {mode}")));
        }
        if mode == before {
            return Err(invalid(format!("Unsupported authentication mode update from {before} to {mode}")));
        }
        let becomes = tree!({ "accessConfig.authenticationMode": mode });
        let said = [("AuthenticationMode", format!("\"{mode}\""))];
        return Ok(begin(context, name, "AccessConfigUpdate", &said, CONFIG_TAKES, becomes));
    }
    if let Some(logging) = params.get("logging") {
        let becomes = tree!({ "logging": logging });
        return Ok(begin(
            context,
            name,
            "LoggingUpdate",
            &[("ClusterLogging", logging.to_string())],
            CONFIG_TAKES,
            becomes,
        ));
    }
    let (public, private) = cluster::endpoints(params, &value)?;
    let cidrs = match params.at(&["resourcesVpcConfig", "publicAccessCidrs"]) {
        Some(_) => cluster::public_cidrs(params),
        None => value.at(&["resourcesVpcConfig", "publicAccessCidrs"]).cloned().unwrap_or_default(),
    };
    let becomes = tree!({
        "resourcesVpcConfig.endpointPublicAccess": public,
        "resourcesVpcConfig.endpointPrivateAccess": private,
        "resourcesVpcConfig.publicAccessCidrs": &cidrs,
    });
    let said = |path: &str| value.at(&["resourcesVpcConfig", path]).cloned().unwrap_or_default();
    let is_same = said("endpointPublicAccess") == Value::Bool(public)
        && said("endpointPrivateAccess") == Value::Bool(private)
        && said("publicAccessCidrs") == cidrs;
    if is_same {
        return Err(invalid("Cluster is already at the desired configuration"));
    }
    let rows = [
        ("EndpointPublicAccess", public.to_string()),
        ("EndpointPrivateAccess", private.to_string()),
        ("PublicAccessCidrs", cidrs.to_string()),
    ];
    Ok(begin(context, name, "EndpointAccessUpdate", &rows, CONFIG_TAKES, becomes))
}

pub(super) fn version(context: &mut Context<'_, '_>, params: &Value) -> Answer {
    let (name, wanted) = (params.str_at(&["name"]), params.str_at(&["version"]));
    let value = ready(context, name)?;
    let before = value.str_at(&["version"]);
    let (Some(to), Some(from)) = (version::find(wanted), version::find(before)) else {
        return Err(invalid("unsupported Kubernetes version"));
    };
    if to.minor == from.minor {
        return Err(invalid(format!("Cluster is already at Kubernetes version {wanted}")));
    }
    if to.minor != from.minor + 1 {
        return Err(invalid(format!("Unsupported Kubernetes minor version update from {before} to {wanted}")));
    }
    let late = context.list(NODEGROUP).into_iter().find(|(key, group)| {
        let minor = version::find(group.str_at(&["version"])).map_or(0, |it| it.minor);
        key.id.split('/').next() == Some(name) && to.minor - minor > SKEW_MAX
    });
    if let Some((_, group)) = late {
        let group = group.str_at(&["nodegroupName"]);
        return Err(refused(format!(
            "Nodegroups {group} must be updated to match cluster version {before} before updating cluster version"
        )));
    }
    let said = [("Version", wanted.to_owned()), ("PlatformVersion", "eks.9".to_owned())];
    Ok(begin(context, name, "VersionUpdate", &said, VERSION_TAKES, tree!({ "version": wanted })))
}

pub(super) fn describe(context: &mut Context<'_, '_>, params: &Value) -> Answer {
    let (name, id) = (params.str_at(&["name"]), params.str_at(&["updateId"]));
    cluster_named(context, name)?;
    let update = context.get(UPDATE, &format!("{name}|{id}")).cloned();
    let update = update.ok_or_else(|| not_found(format!("No update found for ID: {id}")))?;
    Ok(tree!({ "update": (shown(&update)) }))
}

pub(super) fn list(context: &mut Context<'_, '_>, params: &Value) -> Answer {
    let name = params.str_at(&["name"]);
    cluster_named(context, name)?;
    let group = params.str_at(&["nodegroupName"]);
    let rows = context
        .list(UPDATE)
        .into_iter()
        .filter(|(_, it)| it.str_at(&["_cluster"]) == name && it.str_at(&["_nodegroup"]) == group);
    let ids: Vec<Value> = rows.map(|(_, it)| Value::from(it.str_at(&["id"]))).collect();
    Ok(tree!({ "updateIds": ids }))
}

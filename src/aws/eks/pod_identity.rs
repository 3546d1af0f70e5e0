//! Pod Identity: which role the Pods of a service account take on.
// Source: Amazon EKS User Guide, "Learn how EKS Pod Identity grants Pods access to AWS services".

use super::{POD_IDENTITY, check, cluster_named, in_use, invalid, not_found, shown};
use crate::aws::api::{Answer, Call, Caller, Error, Need};
use crate::aws::cloud::{Cloud, ResourceKey};
use crate::aws::context::Context;
use crate::aws::iam::{access, identity};
use crate::aws::sts;
use crate::document::Value;
use crate::sim::{Turn, Verb};
use crate::tree;
use std::rc::Rc;

pub(super) fn create(context: &mut Context<'_, '_>, params: &Value) -> Answer {
    let text = |field: &str| params.str_at(&[field]).to_owned();
    let (cluster, namespace, account, role) =
        (text("clusterName"), text("namespace"), text("serviceAccount"), text("roleArn"));
    cluster_named(context, &cluster)?;
    let trusted = check::role(context, &role)
        .is_some_and(|it| check::trusts(&it, "pods.eks.amazonaws.com", &["sts:AssumeRole", "sts:TagSession"]));
    if !trusted {
        return Err(invalid(format!(
            "Trust policy of role {role} is invalid: it must allow pods.eks.amazonaws.com to perform sts:AssumeRole and sts:TagSession"
        )));
    }
    let is_same = |it: &Value| {
        it.str_at(&["clusterName"]) == cluster
            && it.str_at(&["namespace"]) == namespace
            && it.str_at(&["serviceAccount"]) == account
    };
    if let Some((_, known)) = context.list(POD_IDENTITY).into_iter().find(|(_, it)| is_same(it)) {
        return Err(in_use(format!("Association already exists: {}", known.str_at(&["associationId"]))));
    }
    let id = format!("a-{}", context.dice("association").uuid().replace('-', "").get(..17).unwrap_or_default());
    let value = tree!({
        "clusterName": cluster.as_str(),
        "namespace": namespace,
        "serviceAccount": account,
        "roleArn": role,
        "associationArn": (context.arn("eks", &format!("podidentityassociation/{cluster}/{id}"))),
        "associationId": id.as_str(),
        "tags": (params.get("tags").cloned().unwrap_or_else(Value::map)),
        "createdAt": (context.now_text()),
        "modifiedAt": (context.now_text()),
        "disableSessionTags": (params.is_true_at(&["disableSessionTags"])),
    });
    let key = context.key(POD_IDENTITY, &id);
    context.put(key, value.clone(), Verb::Create);
    Ok(tree!({ "association": (shown(&value)) }))
}

fn named(context: &Context<'_, '_>, params: &Value) -> Result<(ResourceKey, Value), Error> {
    let (cluster, id) = (params.str_at(&["clusterName"]), params.str_at(&["associationId"]));
    cluster_named(context, cluster)?;
    let key = context.key(POD_IDENTITY, id);
    let found = context.cloud.get(&key).filter(|it| it.str_at(&["clusterName"]) == cluster).cloned();
    Ok((key, found.ok_or_else(|| not_found(format!("Association not found: {id}")))?))
}

pub(super) fn describe(context: &mut Context<'_, '_>, params: &Value) -> Answer {
    let (_, value) = named(context, params)?;
    Ok(tree!({ "association": (shown(&value)) }))
}

pub(super) fn list(context: &mut Context<'_, '_>, params: &Value) -> Answer {
    let cluster = params.str_at(&["clusterName"]);
    cluster_named(context, cluster)?;
    let fits = |it: &Value, field: &str| params.get(field).is_none_or(|wanted| it.get(field) == Some(wanted));
    let rows = context.list(POD_IDENTITY).into_iter().map(|(_, it)| it);
    let rows = rows.filter(|it| fits(it, "clusterName") && fits(it, "namespace") && fits(it, "serviceAccount"));
    let rows: Vec<Value> = rows
        .map(|it| {
            let mut row = Value::map();
            for field in ["clusterName", "namespace", "serviceAccount", "associationArn", "associationId"] {
                row.set(&[field], it.get(field).cloned().unwrap_or_default());
            }
            row
        })
        .collect();
    Ok(tree!({ "associations": rows }))
}

/// Another role for the same service account.
pub(super) fn update(context: &mut Context<'_, '_>, params: &Value) -> Answer {
    let (key, _) = named(context, params)?;
    if let Some(role) = params.get("roleArn").and_then(Value::as_str) {
        let trusted = check::role(context, role)
            .is_some_and(|it| check::trusts(&it, "pods.eks.amazonaws.com", &["sts:AssumeRole", "sts:TagSession"]));
        if !trusted {
            return Err(invalid(format!(
                "Trust policy of role {role} is invalid: it must allow pods.eks.amazonaws.com to perform sts:AssumeRole and sts:TagSession"
            )));
        }
    }
    let now = context.now_text();
    context.update(&key, Verb::Update, |it| {
        for field in ["roleArn", "disableSessionTags"] {
            if let Some(value) = params.get(field) {
                it.set(&[field], value);
            }
        }
        it.set(&["modifiedAt"], now);
    });
    describe(context, params)
}

pub(super) fn delete(context: &mut Context<'_, '_>, params: &Value) -> Answer {
    let (key, value) = named(context, params)?;
    context.remove(&key);
    Ok(tree!({ "association": (shown(&value)) }))
}

/// The agent on a node asks for credentials of a Pod: namespace, service account, name.
// Source: EKS Auth API Reference, AssumeRoleForPodIdentity; Amazon EKS User Guide, "Grant Pods access to AWS
// resources based on tags".
///
/// # Errors
/// The refusal of IAM, of EKS or of STS.
pub fn assume_for_pod(
    cloud: &mut Cloud,
    turn: &mut Turn<'_>,
    cluster: &ResourceKey,
    node_role: Option<Rc<str>>,
    [namespace, account, pod]: [&str; 3],
) -> Answer {
    let mut context = cloud.context(turn, "eks");
    context.region = cluster.region.clone();
    let need = Need::new("eks-auth:AssumeRoleForPodIdentity", context.arn("eks", &format!("cluster/{}", cluster.id)));
    let signed =
        Caller::Service { name: "ec2.amazonaws.com".into(), account: cluster.account.clone(), role: node_role };
    let call = Call {
        caller: signed,
        region: cluster.region.clone(),
        service: "eks-auth".into(),
        action: "AssumeRoleForPodIdentity".into(),
        params: Value::Null,
    };
    let caller = identity::authenticate(context.cloud, &call, context.turn.now)?;
    access::authorize(context.cloud, &caller, ("eks-auth", &cluster.region), context.turn.now, &need)
        .map_err(|refused| refused.0)?;
    let is_its = |it: &Value| {
        it.str_at(&["clusterName"]) == &*cluster.id
            && it.str_at(&["namespace"]) == namespace
            && it.str_at(&["serviceAccount"]) == account
    };
    let Some((_, found)) = context.list(POD_IDENTITY).into_iter().find(|(_, it)| is_its(it)) else {
        return Err(not_found("No Pod Identity association found for this service account"));
    };
    let value = cluster_named(&context, &cluster.id)?;
    let tags = [
        ("eks-cluster-arn", value.str_at(&["arn"])),
        ("eks-cluster-name", &*cluster.id),
        ("kubernetes-namespace", namespace),
        ("kubernetes-service-account", account),
        ("kubernetes-pod-name", pod),
    ];
    let tags = tags.map(|(key, value)| tree!({ "Key": key, "Value": value }));
    let tags = if found.is_true_at(&["disableSessionTags"]) { Vec::new() } else { tags.to_vec() };
    let unique = context.dice("pod-session").uuid();
    let name: String = format!("eks-{}-{pod}-{unique}", cluster.id).chars().take(64).collect();
    let params = tree!({ "RoleArn": (found.str_at(&["roleArn"])), "RoleSessionName": name, "Tags": tags });
    sts::assume_as_service(&mut context, "pods.eks.amazonaws.com", &params)
}

/// The metadata service of an instance hands out credentials of its role.
///
/// # Errors
/// The refusal of STS.
pub fn assume_for_instance(cloud: &mut Cloud, turn: &mut Turn<'_>, instance: &ResourceKey, params: &Value) -> Answer {
    let mut context = cloud.context(turn, "ec2");
    context.region = instance.region.clone();
    sts::assume_as_service(&mut context, "ec2.amazonaws.com", params)
}

//! Roles: who may take them on is in their trust policy. Service-linked roles belong to a service.

use super::entity::{self, ROLE, check_unused, find};
use super::{nothing, path, shown};
use crate::aws::api::{Answer, Error};
use crate::aws::context::Context;
use crate::aws::iam::document;
use crate::aws::iam::identity::unique_id;
use crate::aws::iam::validate::Kind;
use crate::document::Value;
use crate::sim::Verb;
use crate::tree;

/// How many characters a trust policy may have (IAM quotas).
const TRUST_SIZE_MAX: usize = 2048;
/// The longest session unless a role says more, and the shortest that a role may say.
const HOUR: i64 = 3600;

pub fn create(context: &mut Context<'_, '_>, params: &Value) -> Answer {
    if path(params).starts_with("/aws-service-role/") {
        let message = "Invalid path for a role: the prefix /aws-service-role/ is reserved.";
        return Err(Error::new("InvalidInput", message));
    }
    let trust = trust(params, "AssumeRolePolicyDocument")?;
    let duration = duration(params)?;
    let (key, mut made) = entity::new(context, params, &ROLE)?;
    made.set(&["AssumeRolePolicyDocument"], trust);
    if let Some(description) = params.at(&["Description"]) {
        made.set(&["Description"], description);
    }
    // The answer to CreateRole tells the duration only when it was given; GetRole always does.
    let mut told = shown(&made);
    if let Some(seconds) = duration {
        told.set(&["MaxSessionDuration"], seconds);
    }
    made.set(&["MaxSessionDuration"], duration.unwrap_or(HOUR));
    made.set(&["RoleLastUsed"], Value::map());
    context.put(key, made, Verb::Create);
    Ok(tree!({ "Role": told }))
}

fn trust(params: &Value, name: &str) -> Result<Value, Error> {
    let trust = document::read(params, name, Kind::Trust)?;
    if document::size(params, name) > TRUST_SIZE_MAX {
        return Err(Error::new("LimitExceeded", format!("Cannot exceed quota for ACLSizePerRole: {TRUST_SIZE_MAX}")));
    }
    Ok(trust)
}

fn duration(params: &Value) -> Result<Option<i64>, Error> {
    let Some(seconds) = params.int_at(&["MaxSessionDuration"]) else { return Ok(None) };
    let bound = match seconds {
        ..HOUR => format!("greater than or equal to {HOUR}"),
        43_201.. => "less than or equal to 43200".to_owned(),
        _ => return Ok(Some(seconds)),
    };
    Err(Error::new(
        "ValidationError",
        format!(
            "1 validation error detected: Value '{seconds}' at 'maxSessionDuration' failed to satisfy constraint: \
             Member must have value {bound}"
        ),
    ))
}

/// Only AWS changes a service-linked role.
pub fn check_modifiable(role: &Value) -> Result<(), Error> {
    if !role.str_at(&["Path"]).starts_with("/aws-service-role/") {
        return Ok(());
    }
    let name = role.str_at(&["RoleName"]);
    let message =
        format!("Cannot perform the operation on the protected role '{name}' - this role is only modifiable by AWS");
    Err(Error::new("UnmodifiableEntity", message))
}

pub fn update(context: &mut Context<'_, '_>, params: &Value) -> Answer {
    let (key, mut role) = find(context, params, &ROLE)?;
    check_modifiable(&role)?;
    if let Some(seconds) = duration(params)? {
        role.set(&["MaxSessionDuration"], seconds);
    }
    if let Some(description) = params.at(&["Description"]) {
        role.set(&["Description"], description);
    }
    context.put(key, role, Verb::Update);
    Ok(nothing())
}

pub fn update_description(context: &mut Context<'_, '_>, params: &Value) -> Answer {
    update(context, params)?;
    entity::get(context, params, &ROLE)
}

pub fn update_trust(context: &mut Context<'_, '_>, params: &Value) -> Answer {
    let (key, mut role) = find(context, params, &ROLE)?;
    check_modifiable(&role)?;
    role.set(&["AssumeRolePolicyDocument"], trust(params, "PolicyDocument")?);
    context.put(key, role, Verb::Update);
    Ok(nothing())
}

pub fn delete(context: &mut Context<'_, '_>, params: &Value) -> Answer {
    let (key, role) = find(context, params, &ROLE)?;
    check_modifiable(&role)?;
    if super::profile::with_role(context, &key.id).next().is_some() {
        let message = "Cannot delete entity, must remove roles from instance profile first.";
        return Err(Error::new("DeleteConflict", message));
    }
    check_unused(&role)?;
    context.remove(&key);
    Ok(nothing())
}

/// A service with a role of its own: principal, the role's name, its policy.
// Source: IAM User Guide, "AWS services that work with IAM"; each service's "Using service-linked roles".
const LINKED: &[(&str, &str, &str)] = &[
    ("eks.amazonaws.com", "AWSServiceRoleForAmazonEKS", "AmazonEKSServiceRolePolicy"),
    ("eks-nodegroup.amazonaws.com", "AWSServiceRoleForAmazonEKSNodegroup", "AWSServiceRoleForAmazonEKSNodegroup"),
    ("autoscaling.amazonaws.com", "AWSServiceRoleForAutoScaling", "AutoScalingServiceRolePolicy"),
    (
        "elasticloadbalancing.amazonaws.com",
        "AWSServiceRoleForElasticLoadBalancing",
        "AWSElasticLoadBalancingServiceRolePolicy",
    ),
];

/// A trust policy that names one service.
#[must_use]
pub fn trust_of(service: &str) -> Value {
    tree!({
        "Version": "2012-10-17",
        "Statement": [{ "Effect": "Allow", "Principal": { "Service": service }, "Action": "sts:AssumeRole" }],
    })
}

pub fn create_service_linked(context: &mut Context<'_, '_>, params: &Value) -> Answer {
    let service = params.str_at(&["AWSServiceName"]).to_owned();
    let Some((_, name, _)) = LINKED.iter().find(|(principal, ..)| *principal == service) else {
        let message = format!("Unknown service principal: {service}");
        return Err(Error::new("InvalidInput", message));
    };
    if entity::named(context, name, &ROLE).is_ok() {
        let message =
            format!("Service role name {name} has been taken in this account, please try a different suffix.");
        return Err(Error::new("InvalidInput", message));
    }
    let role = service_linked_role(context, &service).unwrap_or_default();
    Ok(tree!({ "Role": (shown(&role)) }))
}

/// The role of a service in the caller's account: made when the service first needs it. Nothing
/// for a service that has none.
pub fn service_linked_role(context: &mut Context<'_, '_>, service: &str) -> Option<Value> {
    let (_, name, policy) = LINKED.iter().find(|(principal, ..)| *principal == service)?;
    if let Ok((_, role)) = entity::named(context, name, &ROLE) {
        return Some(role);
    }
    let key = super::place(context, ROLE.kind, name);
    let path = format!("/aws-service-role/{service}/");
    let role = tree!({
        "Path": (path.as_str()),
        "RoleName": (*name),
        "RoleId": (unique_id(ROLE.id_prefix, 17, &mut context.dice(ROLE.kind))),
        "Arn": (super::arn(&key.account, "role", &path, name)),
        "CreateDate": (context.now_text()),
        "AssumeRolePolicyDocument": (trust_of(service)),
        "MaxSessionDuration": HOUR,
        "RoleLastUsed": {},
        "_AttachedPolicies": [(format!("arn:aws:iam::aws:policy/aws-service-role/{policy}"))],
    });
    context.put(key, role.clone(), Verb::Create);
    Some(role)
}

pub fn delete_service_linked(context: &mut Context<'_, '_>, params: &Value) -> Answer {
    let (key, role) = find(context, params, &ROLE)?;
    if check_modifiable(&role).is_ok() {
        return Err(Error::new("InvalidInput", format!("{} is not a service-linked role.", key.id)));
    }
    context.remove(&key);
    let service = role.str_at(&["Path"]).trim_matches('/').to_owned();
    let task = context.dice("deletion-task").uuid();
    Ok(tree!({ "DeletionTaskId": (format!("task/{service}/{}/{task}", key.id)) }))
}

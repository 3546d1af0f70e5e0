//! Managed policies on users, groups and roles.

use super::entity::{GROUP, ROLE, Sort, USER, find};
use super::{no_such, nothing, page};
use crate::aws::api::{Answer, Error};
use crate::aws::context::Context;
use crate::aws::iam::access;
use crate::document::{Map, Value};
use crate::sim::Verb;
use crate::tree;

/// How many managed policies one can have (IAM quotas).
const POLICIES_MAX: usize = 10;

pub fn attach(context: &mut Context<'_, '_>, params: &Value, sort: &Sort) -> Answer {
    let (key, mut entity) = find(context, params, sort)?;
    let arn = params.str_at(&["PolicyArn"]);
    super::role::check_modifiable(&entity)?;
    check_arn(arn)?;
    if access::managed_document(context.cloud, arn).is_none() {
        return Err(no_such(format!("Policy {arn} does not exist or is not attachable.")));
    }
    let attached = entity.at_mut(&["_AttachedPolicies"]).items_mut();
    if attached.iter().any(|other| other.as_str() == Some(arn)) {
        return Ok(nothing());
    }
    if attached.len() >= POLICIES_MAX {
        let message = format!("Cannot exceed quota for PoliciesPer{}: {POLICIES_MAX}", sort.title);
        return Err(Error::new("LimitExceeded", message));
    }
    attached.push(arn.into());
    context.put(key, entity, Verb::Update);
    Ok(nothing())
}

fn check_arn(arn: &str) -> Result<(), Error> {
    if arn.starts_with("arn:") {
        return Ok(());
    }
    Err(Error::new("InvalidInput", format!("ARN {arn} is not valid.")))
}

pub fn detach(context: &mut Context<'_, '_>, params: &Value, sort: &Sort) -> Answer {
    let (key, mut entity) = find(context, params, sort)?;
    super::role::check_modifiable(&entity)?;
    let arn = params.str_at(&["PolicyArn"]);
    check_arn(arn)?;
    let attached = entity.at_mut(&["_AttachedPolicies"]).items_mut();
    let before = attached.len();
    attached.retain(|other| other.as_str() != Some(arn));
    if attached.len() == before {
        return Err(no_such(format!("Policy {arn} was not found.")));
    }
    context.put(key, entity, Verb::Update);
    Ok(nothing())
}

pub fn list(context: &mut Context<'_, '_>, params: &Value, sort: &Sort) -> Answer {
    let (_, entity) = find(context, params, sort)?;
    let shown = |arn: &Value| {
        let name = arn.as_str().unwrap_or_default().rsplit('/').next().unwrap_or_default();
        tree!({ "PolicyName": name, "PolicyArn": arn })
    };
    Ok(page("AttachedPolicies", entity.items_at(&["_AttachedPolicies"]).iter().map(shown).collect()))
}

/// Whether a policy is attached, and whether it is a boundary.
#[must_use]
pub fn uses(context: &Context<'_, '_>, arn: &str) -> (i64, i64) {
    let (mut attached, mut bounds) = (0, 0);
    for sort in [&USER, &GROUP, &ROLE] {
        for (_, entity) in context.cloud.of_kind(&context.caller.account, "", sort.kind) {
            attached += i64::from(is_attached(entity, arn));
            let boundary = entity.str_at(&["PermissionsBoundary", "PermissionsBoundaryArn"]);
            bounds += i64::from(boundary == arn);
        }
    }
    (attached, bounds)
}

fn is_attached(entity: &Value, arn: &str) -> bool {
    entity.items_at(&["_AttachedPolicies"]).iter().any(|other| other.as_str() == Some(arn))
}

pub fn entities(context: &mut Context<'_, '_>, params: &Value) -> Answer {
    let arn = params.str_at(&["PolicyArn"]);
    let mut answer = tree!({ "IsTruncated": false });
    for sort in [&GROUP, &USER, &ROLE] {
        let all = context.cloud.of_kind(&context.caller.account, "", sort.kind);
        let items = all.filter(|(_, entity)| is_attached(entity, arn)).map(|(_, entity)| {
            let fields = entity.entries().filter(|(key, _)| ***key == *sort.param || ***key == *sort.id_field);
            Value::from(fields.map(|(key, value)| (key.clone(), value.clone())).collect::<Map>())
        });
        let items: Vec<Value> = items.collect();
        answer.set(&[&format!("Policy{}", sort.many)], items);
    }
    Ok(answer)
}

//! Policies that live in one user, group or role.

use super::entity::{Sort, find};
use super::{check_name, no_such, nothing, page};
use crate::aws::api::{Answer, Error};
use crate::aws::context::Context;
use crate::aws::iam::document;
use crate::aws::iam::validate::Kind;
use crate::document::Value;
use crate::sim::Verb;
use crate::tree;

pub fn put(context: &mut Context<'_, '_>, params: &Value, sort: &Sort) -> Answer {
    let (key, mut entity) = find(context, params, sort)?;
    super::role::check_modifiable(&entity)?;
    let name = params.str_at(&["PolicyName"]);
    check_name("policyName", name, 128)?;
    let document = document::read(params, "PolicyDocument", Kind::Identity)?;
    let policies = entity.at_mut(&["_Policies"]).map_mut();
    policies.insert(name.into(), document);
    let size: usize = policies.values().map(|document| document.to_string().len()).sum();
    if size > sort.inline_max {
        let message =
            format!("Maximum policy size of {} bytes exceeded for {} {}", sort.inline_max, sort.path_word, key.id);
        return Err(Error::new("LimitExceeded", message));
    }
    context.put(key, entity, Verb::Update);
    Ok(nothing())
}

fn missing(sort: &Sort, name: &str) -> Error {
    no_such(format!("The {} policy with name {name} cannot be found.", sort.path_word))
}

pub fn get(context: &mut Context<'_, '_>, params: &Value, sort: &Sort) -> Answer {
    let (key, entity) = find(context, params, sort)?;
    let name = params.str_at(&["PolicyName"]);
    let document = entity.at(&["_Policies", name]).ok_or_else(|| missing(sort, name))?;
    Ok(tree!({ "PolicyName": name, "PolicyDocument": document }).with(&[sort.param], key.id))
}

pub fn delete(context: &mut Context<'_, '_>, params: &Value, sort: &Sort) -> Answer {
    let (key, mut entity) = find(context, params, sort)?;
    super::role::check_modifiable(&entity)?;
    let name = params.str_at(&["PolicyName"]);
    entity.remove(&["_Policies", name]).ok_or_else(|| missing(sort, name))?;
    context.put(key, entity, Verb::Update);
    Ok(nothing())
}

pub fn list(context: &mut Context<'_, '_>, params: &Value, sort: &Sort) -> Answer {
    let (_, entity) = find(context, params, sort)?;
    let names = entity.at(&["_Policies"]).into_iter().flat_map(Value::entries).map(|(name, _)| name.into());
    Ok(page("PolicyNames", names.collect()))
}

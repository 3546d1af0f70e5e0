//! Access keys of users.

use super::entity::{USER, find, named};
use super::{no_such, nothing, only, page};
use crate::aws::api::{Answer, Error};
use crate::aws::cloud::ResourceKey;
use crate::aws::context::Context;
use crate::aws::iam::identity::{ACCESS_KEY, credential_key, secret, unique_id};
use crate::document::Value;
use crate::sim::Verb;
use crate::tree;

/// How many keys a user can have (IAM quotas).
const KEYS_MAX: usize = 2;

/// The keys of a user.
pub fn of_user<'c>(
    context: &'c Context<'_, '_>,
    account: &'c str,
    user: &'c str,
) -> impl Iterator<Item = (&'c ResourceKey, &'c Value)> {
    let all = context.cloud.of_kind("", "", ACCESS_KEY);
    all.filter(move |(_, key)| key.str_at(&["_Account"]) == account && key.str_at(&["UserName"]) == user)
}

/// The user named, or the caller.
fn user(context: &Context<'_, '_>, params: &Value) -> Result<ResourceKey, Error> {
    if !params.str_at(&["UserName"]).is_empty() {
        return find(context, params, &USER).map(|(key, _)| key);
    }
    match context.caller.entity.clone().filter(|key| &*key.kind == USER.kind) {
        Some(key) => named(context, &key.id, &USER).map(|(key, _)| key),
        None => Err(Error::new("ValidationError", "Must specify userName when calling with non-User credentials")),
    }
}

pub fn create(context: &mut Context<'_, '_>, params: &Value) -> Answer {
    let user = user(context, params)?;
    if of_user(context, &user.account, &user.id).count() >= KEYS_MAX {
        return Err(Error::new("LimitExceeded", format!("Cannot exceed quota for AccessKeysPerUser: {KEYS_MAX}")));
    }
    let mut dice = context.dice(ACCESS_KEY);
    let (id, secret) = (unique_id("AKIA", 16, &mut dice), secret(40, &mut dice));
    let made = tree!({
        "UserName": (user.id.clone()),
        "AccessKeyId": (id.as_str()),
        "Status": "Active",
        "CreateDate": (context.now_text()),
        "_Account": (user.account.clone()),
    });
    context.put(credential_key(ACCESS_KEY, &id), made.clone(), Verb::Create);
    let fields = ["UserName", "AccessKeyId", "Status", "CreateDate"];
    Ok(tree!({ "AccessKey": (only(&made, &fields).with(&["SecretAccessKey"], secret)) }))
}

pub fn list(context: &mut Context<'_, '_>, params: &Value) -> Answer {
    let user = user(context, params)?;
    let fields = ["UserName", "AccessKeyId", "Status", "CreateDate"];
    let items = of_user(context, &user.account, &user.id).map(|(_, key)| only(key, &fields)).collect();
    Ok(page("AccessKeyMetadata", items))
}

fn key(context: &Context<'_, '_>, params: &Value) -> Result<ResourceKey, Error> {
    let user = user(context, params)?;
    let id = params.str_at(&["AccessKeyId"]);
    let found = of_user(context, &user.account, &user.id).find(|(key, _)| *key.id == *id);
    let found = found.map(|(key, _)| key.clone());
    found.ok_or_else(|| no_such(format!("The Access Key with id {id} cannot be found.")))
}

pub fn update(context: &mut Context<'_, '_>, params: &Value) -> Answer {
    let key = key(context, params)?;
    let status = params.str_at(&["Status"]);
    if !["Active", "Inactive"].contains(&status) {
        let message = format!(
            "1 validation error detected: Value '{status}' at 'status' failed to satisfy constraint: Member must \
             satisfy enum value set: [Active, Inactive]"
        );
        return Err(Error::new("ValidationError", message));
    }
    context.update(&key, Verb::Update, |key| key.set(&["Status"], status));
    Ok(nothing())
}

pub fn delete(context: &mut Context<'_, '_>, params: &Value) -> Answer {
    let key = key(context, params)?;
    context.remove(&key);
    Ok(nothing())
}

//! Instance profiles: how an EC2 instance carries a role.

use super::entity::{self, ROLE, find};
use super::{check_name, no_such, nothing, page, path, place, shown};
use crate::aws::api::{Answer, Error, Need};
use crate::aws::cloud::ResourceKey;
use crate::aws::context::{Context, Scope};
use crate::aws::iam::identity::unique_id;
use crate::document::Value;
use crate::sim::Verb;
use crate::tree;

const KIND: &str = "AWS::IAM::InstanceProfile";

fn named(context: &Context<'_, '_>, params: &Value) -> Result<(ResourceKey, Value), Error> {
    let name = params.str_at(&["InstanceProfileName"]);
    let key = place(context, KIND, name);
    match context.cloud.get(&key) {
        Some(profile) => Ok((key, profile.clone())),
        None => Err(no_such(format!("Instance Profile {name} cannot be found."))),
    }
}

/// The profile with its role in full.
fn described(context: &Context<'_, '_>, profile: &Value) -> Value {
    let names = profile.items_at(&["_Roles"]).iter().filter_map(Value::as_str);
    let roles = names.filter_map(|name| entity::named(context, name, &ROLE).ok()).map(|(_, role)| {
        let mut role = shown(&role);
        for field in ["MaxSessionDuration", "RoleLastUsed", "Tags", "Description", "PermissionsBoundary"] {
            role.remove(&[field]);
        }
        role
    });
    let roles = roles.collect::<Vec<_>>();
    shown(profile).with(&["Roles"], roles)
}

pub fn create(context: &mut Context<'_, '_>, params: &Value) -> Answer {
    let name = params.str_at(&["InstanceProfileName"]);
    check_name("instanceProfileName", name, 128)?;
    let key = place(context, KIND, name);
    if context.cloud.get(&key).is_some() {
        let message = format!("Instance Profile {name} already exists.");
        return Err(Error::new("EntityAlreadyExists", message));
    }
    let mut made = tree!({
        "Path": (path(params)),
        "InstanceProfileName": name,
        "InstanceProfileId": (unique_id("AIPA", 17, &mut context.dice(KIND))),
        "Arn": (super::arn(&key.account, "instance-profile", path(params), name)),
        "CreateDate": (context.now_text()),
    });
    if let Some(tags) = params.at(&["Tags"]) {
        made.set(&["Tags"], tags);
    }
    context.put(key, made.clone(), Verb::Create);
    Ok(tree!({ "InstanceProfile": (described(context, &made)) }))
}

pub fn get(context: &mut Context<'_, '_>, params: &Value) -> Answer {
    let (_, profile) = named(context, params)?;
    Ok(tree!({ "InstanceProfile": (described(context, &profile)) }))
}

pub fn list(context: &mut Context<'_, '_>, _: &Value) -> Answer {
    let all = context.cloud.of_kind(&context.caller.account, "", KIND);
    let items = all.map(|(_, profile)| described(context, profile)).collect();
    Ok(page("InstanceProfiles", items))
}

/// The profiles that carry a role.
pub fn with_role<'c>(context: &'c Context<'_, '_>, role: &'c str) -> impl Iterator<Item = &'c Value> {
    let all = context.cloud.of_kind(&context.caller.account, "", KIND).map(|(_, profile)| profile);
    all.filter(move |profile| profile.items_at(&["_Roles"]).iter().any(|name| name.as_str() == Some(role)))
}

pub fn of_role(context: &mut Context<'_, '_>, params: &Value) -> Answer {
    let (key, _) = find(context, params, &ROLE)?;
    let items = with_role(context, &key.id).map(|profile| described(context, profile)).collect();
    Ok(page("InstanceProfiles", items))
}

pub fn delete(context: &mut Context<'_, '_>, params: &Value) -> Answer {
    let (key, profile) = named(context, params)?;
    if !profile.items_at(&["_Roles"]).is_empty() {
        let message = "Cannot delete entity, must remove roles from instance profile first.";
        return Err(Error::new("DeleteConflict", message));
    }
    context.remove(&key);
    Ok(nothing())
}

/// Who gives a role to instances passes it on.
pub fn needs_to_add(scope: &Scope<'_>, params: &Value) -> Vec<Need> {
    let mut needs = super::on_profile(scope, params);
    let passed = tree!({ "iam:PassedToService": "ec2.amazonaws.com" });
    let resource = super::arn_of(scope, params, &ROLE).into();
    needs.push(Need { action: "iam:PassRole".into(), resource, context: passed });
    needs
}

pub fn add_role(context: &mut Context<'_, '_>, params: &Value) -> Answer {
    let (key, mut profile) = named(context, params)?;
    let (role, _) = find(context, params, &ROLE)?;
    let roles = profile.at_mut(&["_Roles"]).items_mut();
    if !roles.is_empty() {
        let message = "Cannot exceed quota for InstanceSessionsPerInstanceProfile: 1";
        return Err(Error::new("LimitExceeded", message));
    }
    roles.push(role.id.into());
    context.put(key, profile, Verb::Update);
    Ok(nothing())
}

pub fn remove_role(context: &mut Context<'_, '_>, params: &Value) -> Answer {
    let (key, mut profile) = named(context, params)?;
    let role = params.str_at(&["RoleName"]);
    let roles = profile.at_mut(&["_Roles"]).items_mut();
    let before = roles.len();
    roles.retain(|name| name.as_str() != Some(role));
    if roles.len() == before {
        return Err(no_such(format!("The role with name {role} cannot be found.")));
    }
    context.put(key, profile, Verb::Update);
    Ok(nothing())
}

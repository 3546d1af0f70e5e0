//! Groups, and who is in them. A user knows its groups; a group finds its users.

use super::entity::{self, GROUP, USER, check_unused, find};
use super::{nothing, page, shown};
use crate::aws::api::{Answer, Error};
use crate::aws::context::Context;
use crate::document::Value;
use crate::sim::Verb;
use crate::tree;

/// How many groups a user can be in (IAM quotas).
const GROUPS_PER_USER_MAX: usize = 10;

pub fn create(context: &mut Context<'_, '_>, params: &Value) -> Answer {
    let (key, made) = entity::new(context, params, &GROUP)?;
    context.put(key, made.clone(), Verb::Create);
    Ok(tree!({ "Group": (shown(&made)) }))
}

/// The users of a group.
fn users(context: &Context<'_, '_>, group: &str) -> Vec<Value> {
    let is_in = |user: &Value| user.items_at(&["_Groups"]).iter().any(|name| name.as_str() == Some(group));
    let all = context.cloud.of_kind(&context.caller.account, "", USER.kind);
    all.filter(|(_, user)| is_in(user)).map(|(_, user)| shown(user)).collect()
}

pub fn get(context: &mut Context<'_, '_>, params: &Value) -> Answer {
    let (key, group) = find(context, params, &GROUP)?;
    Ok(page("Users", users(context, &key.id)).with(&["Group"], shown(&group)))
}

pub fn delete(context: &mut Context<'_, '_>, params: &Value) -> Answer {
    let (key, group) = find(context, params, &GROUP)?;
    if !users(context, &key.id).is_empty() {
        return Err(Error::new("DeleteConflict", "Cannot delete entity, must remove users from group first."));
    }
    check_unused(&group)?;
    context.remove(&key);
    Ok(nothing())
}

pub fn add_user(context: &mut Context<'_, '_>, params: &Value) -> Answer {
    let (group, _) = find(context, params, &GROUP)?;
    let (key, mut user) = find(context, params, &USER)?;
    let groups = user.at_mut(&["_Groups"]).items_mut();
    if groups.iter().any(|name| name.as_str() == Some(&group.id)) {
        return Ok(nothing());
    }
    if groups.len() >= GROUPS_PER_USER_MAX {
        let message = format!("Cannot exceed quota for GroupsPerUser: {GROUPS_PER_USER_MAX}");
        return Err(Error::new("LimitExceeded", message));
    }
    groups.push(group.id.into());
    context.put(key, user, Verb::Update);
    Ok(nothing())
}

pub fn remove_user(context: &mut Context<'_, '_>, params: &Value) -> Answer {
    let (group, _) = find(context, params, &GROUP)?;
    let (key, mut user) = find(context, params, &USER)?;
    let groups = user.at_mut(&["_Groups"]).items_mut();
    let before = groups.len();
    groups.retain(|name| name.as_str() != Some(&group.id));
    if groups.len() == before {
        let message = format!("User {} is not in group {}", key.id, group.id);
        return Err(super::no_such(message));
    }
    context.put(key, user, Verb::Update);
    Ok(nothing())
}

pub fn of_user(context: &mut Context<'_, '_>, params: &Value) -> Answer {
    let (_, user) = find(context, params, &USER)?;
    let names = user.items_at(&["_Groups"]).iter().filter_map(Value::as_str);
    let groups = names.filter_map(|name| entity::named(context, name, &GROUP).ok()).map(|(_, group)| shown(&group));
    let groups = groups.collect();
    Ok(page("Groups", groups))
}

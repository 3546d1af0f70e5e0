//! The account as a whole: its alias and how much there is of everything.

use super::entity::{GROUP, ROLE, USER};
use super::{no_such, nothing, page, place};
use crate::aws::api::{Answer, Error};
use crate::aws::context::Context;
use crate::document::Value;
use crate::sim::Verb;
use crate::tree;

const ALIAS: &str = "AWS::IAM::AccountAlias";

pub fn create_alias(context: &mut Context<'_, '_>, params: &Value) -> Answer {
    let alias = params.str_at(&["AccountAlias"]);
    let is_fine = alias.len() >= 3
        && alias.len() <= 63
        && alias.bytes().all(|byte| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'-')
        && !alias.starts_with('-')
        && !alias.ends_with('-');
    if !is_fine {
        let message = format!(
            "1 validation error detected: Value '{alias}' at 'accountAlias' failed to satisfy constraint: Member must \
             satisfy regular expression pattern: ^[a-z0-9]([a-z0-9]|-(?!-)){{1,61}}[a-z0-9]$"
        );
        return Err(Error::new("ValidationError", message));
    }
    let key = place(context, ALIAS, "alias");
    context.put(key, tree!({ "AccountAlias": alias }), Verb::Update);
    Ok(nothing())
}

pub fn list_aliases(context: &mut Context<'_, '_>, _: &Value) -> Answer {
    let alias = context.cloud.get(&place(context, ALIAS, "alias")).and_then(|it| it.at(&["AccountAlias"])).cloned();
    Ok(page("AccountAliases", alias.into_iter().collect()))
}

pub fn delete_alias(context: &mut Context<'_, '_>, params: &Value) -> Answer {
    let alias = params.str_at(&["AccountAlias"]);
    let key = place(context, ALIAS, "alias");
    if context.cloud.get(&key).is_none_or(|it| it.str_at(&["AccountAlias"]) != alias) {
        return Err(no_such(format!("The account alias {alias} cannot be found.")));
    }
    context.remove(&key);
    Ok(nothing())
}

pub fn summary(context: &mut Context<'_, '_>, _: &Value) -> Answer {
    let account = context.caller.account.clone();
    let count = |kind: &str| context.cloud.of_kind(&account, "", kind).count() as i64;
    Ok(tree!({ "SummaryMap": {
        "Users": (count(USER.kind)),
        "Groups": (count(GROUP.kind)),
        "Roles": (count(ROLE.kind)),
        "Policies": (count("AWS::IAM::ManagedPolicy")),
        "InstanceProfiles": (count("AWS::IAM::InstanceProfile")),
        "Providers": (count("AWS::IAM::OIDCProvider")),
        "UsersQuota": 5000,
        "GroupsQuota": 300,
        "RolesQuota": 1000,
        "PoliciesQuota": 1500,
        "InstanceProfilesQuota": 1000,
        "AccessKeysPerUserQuota": 2,
        "GroupsPerUserQuota": 10,
        "VersionsPerPolicyQuota": 5,
        "PolicySizeQuota": 6144,
        "AssumeRolePolicySizeQuota": 2048,
    } }))
}

//! The operations of IAM's API, on users, groups, roles and what is attached to them.
//!
//! Users, groups and roles have much in common: [`entity::Sort`] says in what they differ, and
//! one function serves the three.
//!
//! Invariant: an operation checks everything before it changes anything.
// Source: AWS Identity and Access Management API Reference, each operation's "Errors".

mod account;
mod attach;
mod entity;
mod group;
mod inline;
mod key;
mod managed_policy;
mod profile;
mod provider;
mod role;
mod simulate;

use self::entity::{GROUP, ROLE, USER};
use super::identity::global;
use crate::aws::api::{Error, Need};
use crate::aws::cloud::ResourceKey;
use crate::aws::context::{Context, Scope};
use crate::aws::service::{Operation, Service};
use crate::document::{Map, Value};
use crate::tree;

pub use role::{service_linked_role, trust_of};

/// The service.
pub const SERVICE: Service = Service::new("iam", "iam", OPERATIONS);

const OPERATIONS: &[Operation] = &[
    Operation::new("CreateUser", entity::create_user).needing(on_user),
    Operation::new("GetUser", entity::get_user).needing(on_own_user),
    Operation::new("ListUsers", |c, p| entity::list(c, p, &USER)),
    Operation::new("UpdateUser", entity::update_user).needing(on_user),
    Operation::new("DeleteUser", entity::delete_user).needing(on_user),
    Operation::new("TagUser", |c, p| entity::tag(c, p, &USER)).needing(on_user),
    Operation::new("UntagUser", |c, p| entity::untag(c, p, &USER)).needing(on_user),
    Operation::new("ListUserTags", |c, p| entity::list_tags(c, p, &USER)).needing(on_user),
    Operation::new("CreateGroup", group::create).needing(on_group),
    Operation::new("GetGroup", group::get).needing(on_group),
    Operation::new("ListGroups", |c, p| entity::list(c, p, &GROUP)),
    Operation::new("DeleteGroup", group::delete).needing(on_group),
    Operation::new("AddUserToGroup", group::add_user).needing(on_group),
    Operation::new("RemoveUserFromGroup", group::remove_user).needing(on_group),
    Operation::new("ListGroupsForUser", group::of_user).needing(on_user),
    Operation::new("CreateRole", role::create).needing(on_role),
    Operation::new("GetRole", |c, p| entity::get(c, p, &ROLE)).needing(on_role),
    Operation::new("ListRoles", |c, p| entity::list(c, p, &ROLE)),
    Operation::new("UpdateRole", role::update).needing(on_role),
    Operation::new("UpdateRoleDescription", role::update_description).needing(on_role),
    Operation::new("UpdateAssumeRolePolicy", role::update_trust).needing(on_role),
    Operation::new("DeleteRole", role::delete).needing(on_role),
    Operation::new("TagRole", |c, p| entity::tag(c, p, &ROLE)).needing(on_role),
    Operation::new("UntagRole", |c, p| entity::untag(c, p, &ROLE)).needing(on_role),
    Operation::new("ListRoleTags", |c, p| entity::list_tags(c, p, &ROLE)).needing(on_role),
    Operation::new("CreateServiceLinkedRole", role::create_service_linked),
    Operation::new("DeleteServiceLinkedRole", role::delete_service_linked).needing(on_role),
    Operation::new("PutUserPermissionsBoundary", |c, p| entity::put_boundary(c, p, &USER)).needing(on_user),
    Operation::new("DeleteUserPermissionsBoundary", |c, p| entity::delete_boundary(c, p, &USER)).needing(on_user),
    Operation::new("PutRolePermissionsBoundary", |c, p| entity::put_boundary(c, p, &ROLE)).needing(on_role),
    Operation::new("DeleteRolePermissionsBoundary", |c, p| entity::delete_boundary(c, p, &ROLE)).needing(on_role),
    Operation::new("CreatePolicy", managed_policy::create).needing(on_new_policy),
    Operation::new("GetPolicy", managed_policy::get).needing(on_policy),
    Operation::new("ListPolicies", managed_policy::list),
    Operation::new("DeletePolicy", managed_policy::delete).needing(on_policy),
    Operation::new("CreatePolicyVersion", managed_policy::create_version).needing(on_policy),
    Operation::new("GetPolicyVersion", managed_policy::get_version).needing(on_policy),
    Operation::new("ListPolicyVersions", managed_policy::list_versions).needing(on_policy),
    Operation::new("SetDefaultPolicyVersion", managed_policy::set_default).needing(on_policy),
    Operation::new("DeletePolicyVersion", managed_policy::delete_version).needing(on_policy),
    Operation::new("ListEntitiesForPolicy", attach::entities).needing(on_policy),
    Operation::new("AttachUserPolicy", |c, p| attach::attach(c, p, &USER)).needing(on_user),
    Operation::new("AttachGroupPolicy", |c, p| attach::attach(c, p, &GROUP)).needing(on_group),
    Operation::new("AttachRolePolicy", |c, p| attach::attach(c, p, &ROLE)).needing(on_role),
    Operation::new("DetachUserPolicy", |c, p| attach::detach(c, p, &USER)).needing(on_user),
    Operation::new("DetachGroupPolicy", |c, p| attach::detach(c, p, &GROUP)).needing(on_group),
    Operation::new("DetachRolePolicy", |c, p| attach::detach(c, p, &ROLE)).needing(on_role),
    Operation::new("ListAttachedUserPolicies", |c, p| attach::list(c, p, &USER)).needing(on_user),
    Operation::new("ListAttachedGroupPolicies", |c, p| attach::list(c, p, &GROUP)).needing(on_group),
    Operation::new("ListAttachedRolePolicies", |c, p| attach::list(c, p, &ROLE)).needing(on_role),
    Operation::new("PutUserPolicy", |c, p| inline::put(c, p, &USER)).needing(on_user),
    Operation::new("PutGroupPolicy", |c, p| inline::put(c, p, &GROUP)).needing(on_group),
    Operation::new("PutRolePolicy", |c, p| inline::put(c, p, &ROLE)).needing(on_role),
    Operation::new("GetUserPolicy", |c, p| inline::get(c, p, &USER)).needing(on_user),
    Operation::new("GetGroupPolicy", |c, p| inline::get(c, p, &GROUP)).needing(on_group),
    Operation::new("GetRolePolicy", |c, p| inline::get(c, p, &ROLE)).needing(on_role),
    Operation::new("DeleteUserPolicy", |c, p| inline::delete(c, p, &USER)).needing(on_user),
    Operation::new("DeleteGroupPolicy", |c, p| inline::delete(c, p, &GROUP)).needing(on_group),
    Operation::new("DeleteRolePolicy", |c, p| inline::delete(c, p, &ROLE)).needing(on_role),
    Operation::new("ListUserPolicies", |c, p| inline::list(c, p, &USER)).needing(on_user),
    Operation::new("ListGroupPolicies", |c, p| inline::list(c, p, &GROUP)).needing(on_group),
    Operation::new("ListRolePolicies", |c, p| inline::list(c, p, &ROLE)).needing(on_role),
    Operation::new("CreateInstanceProfile", profile::create).needing(on_profile),
    Operation::new("GetInstanceProfile", profile::get).needing(on_profile),
    Operation::new("ListInstanceProfiles", profile::list),
    Operation::new("ListInstanceProfilesForRole", profile::of_role).needing(on_role),
    Operation::new("DeleteInstanceProfile", profile::delete).needing(on_profile),
    Operation::new("AddRoleToInstanceProfile", profile::add_role).needing(profile::needs_to_add),
    Operation::new("RemoveRoleFromInstanceProfile", profile::remove_role).needing(on_profile),
    Operation::new("CreateOpenIDConnectProvider", provider::create),
    Operation::new("GetOpenIDConnectProvider", provider::get).needing(provider::on),
    Operation::new("ListOpenIDConnectProviders", provider::list),
    Operation::new("UpdateOpenIDConnectProviderThumbprint", provider::update_thumbprints).needing(provider::on),
    Operation::new("DeleteOpenIDConnectProvider", provider::delete).needing(provider::on),
    Operation::new("CreateAccessKey", key::create).needing(on_own_user),
    Operation::new("ListAccessKeys", key::list).needing(on_own_user),
    Operation::new("UpdateAccessKey", key::update).needing(on_own_user),
    Operation::new("DeleteAccessKey", key::delete).needing(on_own_user),
    Operation::new("CreateAccountAlias", account::create_alias),
    Operation::new("ListAccountAliases", account::list_aliases),
    Operation::new("DeleteAccountAlias", account::delete_alias),
    Operation::new("GetAccountSummary", account::summary),
    Operation::new("SimulatePrincipalPolicy", simulate::principal).needing(simulate::on),
    Operation::new("SimulateCustomPolicy", simulate::custom),
];

/// The action of the operation itself, on an ARN: the door fills in the action's name.
fn on(arn: String, context: Value) -> Vec<Need> {
    vec![Need { action: "".into(), resource: arn.into(), context }]
}

/// Condition keys that the parameters bring (Service Authorization Reference, IAM).
fn keys(params: &Value) -> Value {
    let mut keys = Map::new();
    let mut set = |key: &str, value: Value| {
        if !value.is_null() {
            keys.insert(key.into(), value);
        }
    };
    set("iam:PolicyARN", params.at(&["PolicyArn"]).into());
    set("iam:PermissionsBoundary", params.at(&["PermissionsBoundary"]).into());
    set("iam:AWSServiceName", params.at(&["AWSServiceName"]).into());
    let tags = params.items_at(&["Tags"]);
    for tag in tags {
        set(&format!("aws:RequestTag/{}", tag.str_at(&["Key"])), tag.str_at(&["Value"]).into());
    }
    if !tags.is_empty() {
        set("aws:TagKeys", Value::list(tags.iter().map(|tag| Value::from(tag.str_at(&["Key"])))));
    }
    keys.into()
}

/// The ARN of a user, group or role that is there, or would be.
fn arn_of(scope: &Scope<'_>, params: &Value, sort: &entity::Sort) -> String {
    let name = params.str_at(&[sort.param]);
    let there = scope.cloud.get(&global(&scope.caller.account, sort.kind, name));
    there.map_or_else(
        || arn(&scope.caller.account, sort.path_word, path(params), name),
        |entity| entity.str_at(&["Arn"]).to_owned(),
    )
}

fn on_user(scope: &Scope<'_>, params: &Value) -> Vec<Need> {
    on(arn_of(scope, params, &USER), keys(params))
}

/// Operations that mean the caller when no user is named.
fn on_own_user(scope: &Scope<'_>, params: &Value) -> Vec<Need> {
    match params.str_at(&["UserName"]) {
        "" => on(scope.caller.arn.to_string(), keys(params)),
        _ => on_user(scope, params),
    }
}

fn on_group(scope: &Scope<'_>, params: &Value) -> Vec<Need> {
    on(arn_of(scope, params, &GROUP), keys(params))
}

fn on_role(scope: &Scope<'_>, params: &Value) -> Vec<Need> {
    on(arn_of(scope, params, &ROLE), keys(params))
}

fn on_profile(scope: &Scope<'_>, params: &Value) -> Vec<Need> {
    let name = params.str_at(&["InstanceProfileName"]);
    on(arn(&scope.caller.account, "instance-profile", path(params), name), keys(params))
}

fn on_policy(_: &Scope<'_>, params: &Value) -> Vec<Need> {
    on(params.str_at(&["PolicyArn"]).to_owned(), keys(params))
}

fn on_new_policy(scope: &Scope<'_>, params: &Value) -> Vec<Need> {
    on(arn(&scope.caller.account, "policy", path(params), params.str_at(&["PolicyName"])), keys(params))
}

/// `arn:aws:iam::ACCOUNT:WORD/PATH/NAME`
fn arn(account: &str, word: &str, path: &str, name: &str) -> String {
    format!("arn:aws:iam::{account}:{word}{path}{name}")
}

fn path(params: &Value) -> &str {
    match params.str_at(&["Path"]) {
        "" => "/",
        path => path,
    }
}

/// The place of something of the caller's account.
fn place(context: &Context<'_, '_>, kind: &str, id: &str) -> ResourceKey {
    global(&context.caller.account, kind, id)
}

/// The value as answers show it: without the fields that are ours.
fn shown(value: &Value) -> Value {
    let fields = value.entries().filter(|(key, _)| !key.starts_with('_'));
    fields.map(|(key, value)| (key.clone(), value.clone())).collect::<Map>().into()
}

/// Only with the fields named.
fn only(value: &Value, fields: &[&str]) -> Value {
    let kept = value.entries().filter(|(key, _)| fields.contains(&&***key));
    kept.map(|(key, value)| (key.clone(), value.clone())).collect::<Map>().into()
}

fn nothing() -> Value {
    Value::map()
}

fn no_such(message: String) -> Error {
    Error::new("NoSuchEntity", message)
}

/// A list under its name, whole.
fn page(name: &str, items: Vec<Value>) -> Value {
    tree!({ "IsTruncated": false }).with(&[name], items)
}

/// Checks a name (IAM identifiers, "Friendly names and paths").
fn check_name(field: &str, name: &str, longest: usize) -> Result<(), Error> {
    let is_fine = |letter: char| letter.is_ascii_alphanumeric() || "+=,.@_-".contains(letter);
    if name.is_empty() || name.len() > longest {
        let what = if name.is_empty() { "greater than or equal to 1" } else { "less than or equal to" };
        let bound = if name.is_empty() { String::new() } else { format!(" {longest}") };
        return Err(Error::new(
            "ValidationError",
            format!(
                "1 validation error detected: Value at '{field}' failed to satisfy constraint: Member must have \
                 length {what}{bound}"
            ),
        ));
    }
    if !name.chars().all(is_fine) {
        return Err(Error::new(
            "ValidationError",
            format!(
                "The specified value for {field} is invalid. It must contain only alphanumeric characters and/or the \
                 following: +=,.@_-"
            ),
        ));
    }
    Ok(())
}

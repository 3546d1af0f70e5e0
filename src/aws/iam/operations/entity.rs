//! What users, groups and roles have in common.

use super::{check_name, no_such, nothing, only, page, path, place, shown};
use crate::aws::api::{Answer, Error};
use crate::aws::cloud::ResourceKey;
use crate::aws::context::Context;
use crate::aws::iam::access;
use crate::aws::iam::identity::unique_id;
use crate::document::Value;
use crate::sim::Verb;
use crate::tree;

/// In what users, groups and roles differ.
pub struct Sort {
    /// The type in CloudFormation.
    pub kind: &'static str,
    /// The parameter that names it.
    pub param: &'static str,
    /// The field of its unique id.
    pub id_field: &'static str,
    /// What unique ids begin with.
    pub id_prefix: &'static str,
    /// In ARNs, and in sentences.
    pub path_word: &'static str,
    /// At the beginning of a sentence.
    pub title: &'static str,
    /// What answers call one, and many.
    pub one: &'static str,
    /// Many.
    pub many: &'static str,
    /// The parameter's name in messages.
    pub member: &'static str,
    /// The longest name.
    pub longest: usize,
    /// How many characters its inline policies may have together.
    pub inline_max: usize,
}

/// Users.
pub const USER: Sort = Sort {
    kind: "AWS::IAM::User",
    param: "UserName",
    id_field: "UserId",
    id_prefix: "AIDA",
    path_word: "user",
    title: "User",
    one: "User",
    many: "Users",
    member: "userName",
    longest: 64,
    inline_max: 2048,
};

/// Groups.
pub const GROUP: Sort = Sort {
    kind: "AWS::IAM::Group",
    param: "GroupName",
    id_field: "GroupId",
    id_prefix: "AGPA",
    path_word: "group",
    title: "Group",
    one: "Group",
    many: "Groups",
    member: "groupName",
    longest: 128,
    inline_max: 5120,
};

/// Roles.
pub const ROLE: Sort = Sort {
    kind: "AWS::IAM::Role",
    param: "RoleName",
    id_field: "RoleId",
    id_prefix: "AROA",
    path_word: "role",
    title: "Role",
    one: "Role",
    many: "Roles",
    member: "roleName",
    longest: 64,
    inline_max: 10240,
};

/// The one that is named, if it is there.
pub fn find(context: &Context<'_, '_>, params: &Value, sort: &Sort) -> Result<(ResourceKey, Value), Error> {
    let name = params.str_at(&[sort.param]);
    named(context, name, sort)
}

/// The one with that name, if it is there.
pub fn named(context: &Context<'_, '_>, name: &str, sort: &Sort) -> Result<(ResourceKey, Value), Error> {
    let key = place(context, sort.kind, name);
    match context.cloud.get(&key) {
        Some(entity) => Ok((key, entity.clone())),
        None => Err(no_such(format!("The {} with name {name} cannot be found.", sort.path_word))),
    }
}

/// The beginnings of a new one: checked, described, not yet stored.
pub fn new(context: &mut Context<'_, '_>, params: &Value, sort: &Sort) -> Result<(ResourceKey, Value), Error> {
    let name = params.str_at(&[sort.param]).to_owned();
    check_name(sort.member, &name, sort.longest)?;
    let key = place(context, sort.kind, &name);
    let same = |other: &str| other.eq_ignore_ascii_case(&name);
    if context.cloud.of_kind(&key.account, "", sort.kind).any(|(other, _)| same(&other.id)) {
        return Err(Error::new("EntityAlreadyExists", format!("{} with name {name} already exists.", sort.title)));
    }
    if let Some(boundary) = params.at(&["PermissionsBoundary"]).and_then(Value::as_str) {
        check_boundary(context, boundary)?;
    }
    let id = unique_id(sort.id_prefix, 17, &mut context.dice(sort.kind));
    let mut made = tree!({
        "Path": (path(params)),
        "Arn": (super::arn(&key.account, sort.path_word, path(params), &name)),
        "CreateDate": (context.now_text()),
    });
    made.set(&[sort.param], name);
    made.set(&[sort.id_field], id);
    if !params.items_at(&["Tags"]).is_empty() {
        made.set(&["Tags"], params.at(&["Tags"]));
    }
    if let Some(boundary) = params.at(&["PermissionsBoundary"]) {
        made.set(&["PermissionsBoundary", "PermissionsBoundaryType"], "Policy");
        made.set(&["PermissionsBoundary", "PermissionsBoundaryArn"], boundary);
    }
    Ok((key, made))
}

pub fn create_user(context: &mut Context<'_, '_>, params: &Value) -> Answer {
    let (key, made) = new(context, params, &USER)?;
    context.put(key, made.clone(), Verb::Create);
    Ok(tree!({ "User": (shown(&made)) }))
}

/// `GetUser` without a name means the caller.
pub fn get_user(context: &mut Context<'_, '_>, params: &Value) -> Answer {
    if !params.str_at(&["UserName"]).is_empty() {
        return get(context, params, &USER);
    }
    let who = &context.caller;
    match who.entity.as_ref().filter(|key| &*key.kind == USER.kind).and_then(|key| context.cloud.get(key)) {
        Some(user) => Ok(tree!({ "User": (shown(user)) })),
        None if who.arn.ends_with(":root") => {
            let (account, arn) = (who.account.clone(), who.arn.clone());
            Ok(tree!({ "User": { "UserId": account, "Arn": arn, "CreateDate": (created()) } }))
        }
        None => Err(Error::new("ValidationError", "Must specify userName when calling with non-User credentials")),
    }
}

/// When the account was opened: the moment the world began.
fn created() -> String {
    format!("{}+00:00", crate::sim::SimTime::ZERO.rfc3339().trim_end_matches('Z'))
}

pub fn get(context: &mut Context<'_, '_>, params: &Value, sort: &Sort) -> Answer {
    let (_, entity) = find(context, params, sort)?;
    Ok(Value::map().with(&[sort.one], shown(&entity)))
}

pub fn list(context: &mut Context<'_, '_>, params: &Value, sort: &Sort) -> Answer {
    let prefix = params.str_at(&["PathPrefix"]);
    let all = context.cloud.of_kind(&context.caller.account, "", sort.kind);
    // Lists leave tags, boundaries and last use out (ListRoles, "Important").
    let fields = [
        "Path",
        sort.param,
        sort.id_field,
        "Arn",
        "CreateDate",
        "AssumeRolePolicyDocument",
        "MaxSessionDuration",
        "Description",
    ];
    let items =
        all.filter(|(_, entity)| entity.str_at(&["Path"]).starts_with(prefix)).map(|(_, entity)| only(entity, &fields));
    let items = items.collect();
    Ok(page(sort.many, items))
}

/// Gives a user another name or path: its ARN changes, its unique id does not.
pub fn update_user(context: &mut Context<'_, '_>, params: &Value) -> Answer {
    let (key, mut user) = find(context, params, &USER)?;
    let name = match params.str_at(&["NewUserName"]) {
        "" => key.id.to_string(),
        name => name.to_owned(),
    };
    check_name("newUserName", &name, USER.longest)?;
    let new_key = place(context, USER.kind, &name);
    if new_key != key && context.cloud.get(&new_key).is_some() {
        return Err(Error::new("EntityAlreadyExists", format!("User with name {name} already exists.")));
    }
    if let Some(path) = params.at(&["NewPath"]) {
        user.set(&["Path"], path);
    }
    user.set(&["Arn"], super::arn(&key.account, "user", user.str_at(&["Path"]), &name));
    user.set(&["UserName"], name.as_str());
    let keys = super::key::of_user(context, &key.account, &key.id).map(|(key, _)| key.clone()).collect::<Vec<_>>();
    if new_key != key {
        context.remove(&key);
    }
    context.put(new_key, user, Verb::Update);
    for key in keys {
        context.update(&key, Verb::Update, |key| key.set(&["UserName"], name.as_str()));
    }
    Ok(nothing())
}

/// What must be taken off first.
pub fn check_unused(entity: &Value) -> Result<(), Error> {
    let conflict = |what: &str| Err(Error::new("DeleteConflict", format!("Cannot delete entity, must {what} first.")));
    if !entity.items_at(&["_AttachedPolicies"]).is_empty() {
        return conflict("detach all policies");
    }
    if entity.at(&["_Policies"]).is_some_and(|policies| !policies.is_empty()) {
        return conflict("delete policies");
    }
    Ok(())
}

pub fn delete_user(context: &mut Context<'_, '_>, params: &Value) -> Answer {
    let (key, user) = find(context, params, &USER)?;
    let conflict = |what: &str| Err(Error::new("DeleteConflict", format!("Cannot delete entity, must {what} first.")));
    if super::key::of_user(context, &key.account, &key.id).next().is_some() {
        return conflict("delete access keys");
    }
    check_unused(&user)?;
    if !user.items_at(&["_Groups"]).is_empty() {
        return conflict("remove users from group");
    }
    context.remove(&key);
    Ok(nothing())
}

/// A boundary is a managed policy.
fn check_boundary(context: &Context<'_, '_>, arn: &str) -> Result<(), Error> {
    match access::managed_document(context.cloud, arn) {
        Some(_) => Ok(()),
        None => Err(no_such(format!("Scope ARN: {arn} does not exist or is not attachable."))),
    }
}

pub fn put_boundary(context: &mut Context<'_, '_>, params: &Value, sort: &Sort) -> Answer {
    let (key, mut entity) = find(context, params, sort)?;
    super::role::check_modifiable(&entity)?;
    let arn = params.str_at(&["PermissionsBoundary"]);
    check_boundary(context, arn)?;
    entity.set(&["PermissionsBoundary", "PermissionsBoundaryType"], "Policy");
    entity.set(&["PermissionsBoundary", "PermissionsBoundaryArn"], arn);
    context.put(key, entity, Verb::Update);
    Ok(nothing())
}

pub fn delete_boundary(context: &mut Context<'_, '_>, params: &Value, sort: &Sort) -> Answer {
    let (key, mut entity) = find(context, params, sort)?;
    entity.remove(&["PermissionsBoundary"]);
    context.put(key, entity, Verb::Update);
    Ok(nothing())
}

pub fn tag(context: &mut Context<'_, '_>, params: &Value, sort: &Sort) -> Answer {
    let (key, mut entity) = find(context, params, sort)?;
    let given = params.items_at(&["Tags"]);
    let tags = entity.at_mut(&["Tags"]).items_mut();
    for tag in given {
        tags.retain(|old| old.str_at(&["Key"]) != tag.str_at(&["Key"]));
        tags.push(tag.clone());
    }
    context.put(key, entity, Verb::Update);
    Ok(nothing())
}

pub fn untag(context: &mut Context<'_, '_>, params: &Value, sort: &Sort) -> Answer {
    let (key, mut entity) = find(context, params, sort)?;
    let gone = params.items_at(&["TagKeys"]);
    let tags = entity.at_mut(&["Tags"]).items_mut();
    tags.retain(|tag| !gone.iter().any(|name| name.as_str() == Some(tag.str_at(&["Key"]))));
    if tags.is_empty() {
        entity.remove(&["Tags"]);
    }
    context.put(key, entity, Verb::Update);
    Ok(nothing())
}

pub fn list_tags(context: &mut Context<'_, '_>, params: &Value, sort: &Sort) -> Answer {
    let (_, entity) = find(context, params, sort)?;
    Ok(page("Tags", entity.items_at(&["Tags"]).to_vec()))
}

//! The organization, its accounts and its organizational units.

use super::{ACCOUNT, ORGANIZATION, ROOT, UNIT, all, draw, list_of, place, root, shown};
use crate::aws::api::{Answer, Error};
use crate::aws::cloud::Due;
use crate::aws::context::Context;
use crate::aws::iam::identity::{global, unique_id};
use crate::document::Value;
use crate::sim::{Verb, secs};
use crate::tree;

/// How long AWS takes to make an account: a minute, as people see it.
const ACCOUNT_TAKES_S: u64 = 60;

pub fn create_organization(context: &mut Context<'_, '_>, params: &Value) -> Answer {
    let account = context.caller.account.clone();
    if super::id(context.cloud).is_some() {
        let message = "The provided account is already a member of an organization.";
        return Err(Error::new("AlreadyInOrganizationException", message));
    }
    let id = format!("o-{}", draw(context, ORGANIZATION, 10));
    let root_id = format!("r-{}", draw(context, ROOT, 4));
    let prefix = format!("arn:aws:organizations::{account}");
    let made = tree!({
        "Id": (id.as_str()),
        "Arn": (format!("{prefix}:organization/{id}")),
        "FeatureSet": (if params.str_at(&["FeatureSet"]) == "CONSOLIDATED_BILLING" { "CONSOLIDATED_BILLING" } else { "ALL" }),
        "MasterAccountArn": (format!("{prefix}:account/{id}/{account}")),
        "MasterAccountId": (account.clone()),
        "MasterAccountEmail": "you@example.com",
        "AvailablePolicyTypes": [],
    });
    context.put(place(context, ORGANIZATION, &id), made.clone(), Verb::Create);
    let root = tree!({
        "Id": (root_id.as_str()), "Arn": (format!("{prefix}:root/{id}/{root_id}")), "Name": "Root", "PolicyTypes": []
    });
    context.put(place(context, ROOT, &root_id), root, Verb::Create);
    put_account(context, &account, "management", "you@example.com", &root_id, "INVITED");
    Ok(tree!({ "Organization": made }))
}

fn put_account(context: &mut Context<'_, '_>, id: &str, name: &str, email: &str, parent: &str, method: &str) {
    let organization = super::id(context.cloud).unwrap_or_else(|| "".into());
    let management = context.cloud.settings().account.clone();
    let made = tree!({
        "Id": id,
        "Arn": (format!("arn:aws:organizations::{management}:account/{organization}/{id}")),
        "Email": email,
        "Name": name,
        "Status": "ACTIVE",
        "State": "ACTIVE",
        "JoinedMethod": method,
        "JoinedTimestamp": (context.now_text()),
        "_Parent": parent,
    });
    context.put(place(context, ACCOUNT, id), made, Verb::Create);
    super::policies::attach_full_access(context, id);
}

pub fn describe_organization(context: &mut Context<'_, '_>, _: &Value) -> Answer {
    let found = all(context.cloud, ORGANIZATION).next().map(|(_, organization)| shown(organization));
    match found {
        Some(organization) => Ok(tree!({ "Organization": organization })),
        None => root(context).map(|_| Value::map()),
    }
}

pub fn list_roots(context: &mut Context<'_, '_>, _: &Value) -> Answer {
    let (_, root) = root(context)?;
    list_of("Roots", vec![shown(&root)])
}

const STATUS: &str = "AWS::Organizations::CreateAccountStatus";

pub fn create_account(context: &mut Context<'_, '_>, params: &Value) -> Answer {
    root(context)?;
    let id = format!("car-{}", draw(context, STATUS, 32));
    let mut dice = context.dice(ACCOUNT);
    let number: String =
        (0..12).map(|place| char::from(b'0' + (dice.below(if place == 0 { 9 } else { 10 }) as u8))).collect();
    let number = if number.starts_with('0') { format!("9{}", number.get(1..).unwrap_or_default()) } else { number };
    let status = tree!({
        "Id": (id.as_str()),
        "AccountName": (params.str_at(&["AccountName"])),
        "State": "IN_PROGRESS",
        "RequestedTimestamp": (context.now_text()),
        "_AccountId": number,
        "_Email": (params.str_at(&["Email"])),
        "_RoleName": (match params.str_at(&["RoleName"]) { "" => "OrganizationAccountAccessRole", name => name }),
    });
    let key = place(context, STATUS, &id);
    context.put(key.clone(), status.clone(), Verb::Create);
    context.schedule(secs(ACCOUNT_TAKES_S), "organizations", "account", &key);
    Ok(tree!({ "CreateAccountStatus": (shown(&status)) }))
}

/// The account is there, with the role by which the management account gets in.
pub fn account_made(context: &mut Context<'_, '_>, due: &Due) {
    let Some(status) = context.cloud.get(&due.key).cloned() else { return };
    let Ok((root, _)) = root(context) else { return };
    let (id, name) = (status.str_at(&["_AccountId"]), status.str_at(&["_RoleName"]));
    put_account(context, id, status.str_at(&["AccountName"]), status.str_at(&["_Email"]), &root.id, "CREATED");
    let management = context.cloud.settings().account.clone();
    let role = tree!({
        "Path": "/",
        "RoleName": name,
        "RoleId": (unique_id("AROA", 17, &mut context.dice("AWS::IAM::Role"))),
        "Arn": (format!("arn:aws:iam::{id}:role/{name}")),
        "CreateDate": (context.now_text()),
        "AssumeRolePolicyDocument": {
            "Version": "2012-10-17",
            "Statement": [{
                "Effect": "Allow",
                "Principal": { "AWS": (format!("arn:aws:iam::{management}:root")) },
                "Action": "sts:AssumeRole",
            }],
        },
        "MaxSessionDuration": 3600,
        "RoleLastUsed": {},
        "_AttachedPolicies": ["arn:aws:iam::aws:policy/AdministratorAccess"],
    });
    context.put(global(id, "AWS::IAM::Role", name), role, Verb::Create);
    let now = context.now_text();
    let account = id.to_owned();
    context.update(&due.key, Verb::UpdateStatus, |status| {
        status.set(&["State"], "SUCCEEDED");
        status.set(&["CompletedTimestamp"], now);
        status.set(&["AccountId"], account);
    });
}

pub fn create_status(context: &mut Context<'_, '_>, params: &Value) -> Answer {
    let id = params.str_at(&["CreateAccountRequestId"]);
    match context.cloud.get(&place(context, STATUS, id)) {
        Some(status) => Ok(tree!({ "CreateAccountStatus": (shown(status)) })),
        None => Err(Error::new(
            "CreateAccountStatusNotFoundException",
            "We can't find an create account request with the CreateAccountRequestId that you specified.",
        )),
    }
}

fn account(context: &Context<'_, '_>, params: &Value, name: &str) -> Result<(crate::aws::ResourceKey, Value), Error> {
    let key = place(context, ACCOUNT, params.str_at(&[name]));
    let found = context.cloud.get(&key).cloned();
    found
        .map(|account| (key, account))
        .ok_or_else(|| Error::new("AccountNotFoundException", "You specified an account that doesn't exist."))
}

pub fn describe_account(context: &mut Context<'_, '_>, params: &Value) -> Answer {
    root(context)?;
    Ok(tree!({ "Account": (shown(&account(context, params, "AccountId")?.1)) }))
}

pub fn list_accounts(context: &mut Context<'_, '_>, _: &Value) -> Answer {
    root(context)?;
    list_of("Accounts", all(context.cloud, ACCOUNT).map(|(_, account)| shown(account)).collect())
}

fn parent_type(id: &str) -> &'static str {
    if id.starts_with("r-") { "ROOT" } else { "ORGANIZATIONAL_UNIT" }
}

pub fn list_parents(context: &mut Context<'_, '_>, params: &Value) -> Answer {
    root(context)?;
    let id = params.str_at(&["ChildId"]);
    let mut children = all(context.cloud, ACCOUNT).chain(all(context.cloud, UNIT));
    let Some((_, child)) = children.find(|(key, _)| *key.id == *id) else {
        let message = "We can't find an organizational unit (OU) or AWS account with the ChildId that you specified.";
        return Err(Error::new("ChildNotFoundException", message));
    };
    let parent = child.str_at(&["_Parent"]);
    list_of("Parents", vec![tree!({ "Id": parent, "Type": (parent_type(parent)) })])
}

fn check_parent(context: &Context<'_, '_>, id: &str) -> Result<(), Error> {
    root(context)?;
    if all(context.cloud, ROOT).chain(all(context.cloud, UNIT)).any(|(key, _)| *key.id == *id) {
        return Ok(());
    }
    let message = "We can't find a root or OU with the ParentId that you specified.";
    Err(Error::new("ParentNotFoundException", message))
}

pub fn list_for_parent(context: &mut Context<'_, '_>, params: &Value) -> Answer {
    let parent = params.str_at(&["ParentId"]);
    check_parent(context, parent)?;
    let children = all(context.cloud, ACCOUNT).filter(|(_, account)| account.str_at(&["_Parent"]) == parent);
    list_of("Accounts", children.map(|(_, account)| shown(account)).collect())
}

pub fn list_children(context: &mut Context<'_, '_>, params: &Value) -> Answer {
    let (parent, sort) = (params.str_at(&["ParentId"]), params.str_at(&["ChildType"]));
    check_parent(context, parent)?;
    let kind = if sort == "ACCOUNT" { ACCOUNT } else { UNIT };
    let children = all(context.cloud, kind).filter(|(_, child)| child.str_at(&["_Parent"]) == parent);
    list_of("Children", children.map(|(key, _)| tree!({ "Id": (key.id.clone()), "Type": sort })).collect())
}

pub fn move_account(context: &mut Context<'_, '_>, params: &Value) -> Answer {
    let (key, mut account) = account(context, params, "AccountId")?;
    let destination = params.str_at(&["DestinationParentId"]);
    check_parent(context, destination).map_err(|_| {
        let message = "We can't find the destination container (a root or OU) with the ParentId that you specified.";
        Error::new("DestinationParentNotFoundException", message)
    })?;
    if account.str_at(&["_Parent"]) != params.str_at(&["SourceParentId"]) {
        let message = "We can't find a source root or OU with the ParentId that you specified.";
        return Err(Error::new("SourceParentNotFoundException", message));
    }
    account.set(&["_Parent"], destination);
    context.put(key, account, Verb::Update);
    Ok(Value::map())
}

pub fn create_unit(context: &mut Context<'_, '_>, params: &Value) -> Answer {
    let (parent, name) = (params.str_at(&["ParentId"]), params.str_at(&["Name"]));
    check_parent(context, parent)?;
    let is_twin = |unit: &Value| unit.str_at(&["_Parent"]) == parent && unit.str_at(&["Name"]) == name;
    if all(context.cloud, UNIT).any(|(_, unit)| is_twin(unit)) {
        let message = "An OU with the same name already exists.";
        return Err(Error::new("DuplicateOrganizationalUnitException", message));
    }
    let (root, _) = root(context)?;
    let (organization, management) = (super::id(context.cloud).unwrap_or_else(|| "".into()), root.account.clone());
    let id = format!("ou-{}-{}", root.id.trim_start_matches("r-"), draw(context, UNIT, 8));
    let made = tree!({
        "Id": (id.as_str()),
        "Arn": (format!("arn:aws:organizations::{management}:ou/{organization}/{id}")),
        "Name": name,
        "_Parent": parent,
    });
    context.put(place(context, UNIT, &id), made.clone(), Verb::Create);
    super::policies::attach_full_access(context, &id);
    Ok(tree!({ "OrganizationalUnit": (shown(&made)) }))
}

pub fn list_units(context: &mut Context<'_, '_>, params: &Value) -> Answer {
    let parent = params.str_at(&["ParentId"]);
    check_parent(context, parent)?;
    let units = all(context.cloud, UNIT).filter(|(_, unit)| unit.str_at(&["_Parent"]) == parent);
    list_of("OrganizationalUnits", units.map(|(_, unit)| shown(unit)).collect())
}

pub fn delete_unit(context: &mut Context<'_, '_>, params: &Value) -> Answer {
    root(context)?;
    let id = params.str_at(&["OrganizationalUnitId"]);
    let key = place(context, UNIT, id);
    let is_child = |child: &Value| child.str_at(&["_Parent"]) == id;
    if all(context.cloud, ACCOUNT).chain(all(context.cloud, UNIT)).any(|(_, child)| is_child(child)) {
        let message = "The specified OU is not empty. Move all accounts to another root or to other OUs, remove all \
                       child OUs, and try the operation again.";
        return Err(Error::new("OrganizationalUnitNotEmptyException", message));
    }
    match context.remove(&key) {
        Some(_) => Ok(Value::map()),
        None => Err(Error::new(
            "OrganizationalUnitNotFoundException",
            "We can't find an OU with the OrganizationalUnitId that you specified.",
        )),
    }
}

//! AWS Organizations: accounts in a tree, and the policies that bound what they can do at all.
//!
//! Everything of it belongs to the management account, which its own policies do not bind.
// Source: AWS Organizations API Reference; Organizations User Guide, "SCP evaluation".

mod accounts;
mod policies;

use crate::aws::api::{Answer, Error};
use crate::aws::cloud::{Cloud, Due, ResourceKey};
use crate::aws::context::Context;
use crate::aws::iam::evaluate::{Level, Named};
use crate::aws::iam::identity::global;
use crate::aws::service::{Operation, Service};
use crate::document::{Map, Value};
use std::rc::Rc;

/// The type of a service control policy.
pub const SCP: &str = "SERVICE_CONTROL_POLICY";
/// The type of a resource control policy.
pub const RCP: &str = "RESOURCE_CONTROL_POLICY";

const ORGANIZATION: &str = "AWS::Organizations::Organization";
const ROOT: &str = "AWS::Organizations::Root";
const UNIT: &str = "AWS::Organizations::OrganizationalUnit";
const ACCOUNT: &str = "AWS::Organizations::Account";
const POLICY: &str = "AWS::Organizations::Policy";

/// The service.
pub const SERVICE: Service = Service { on_due, ..Service::new("organizations", "organizations", OPERATIONS) };

const OPERATIONS: &[Operation] = &[
    Operation::new("CreateOrganization", accounts::create_organization),
    Operation::new("DescribeOrganization", accounts::describe_organization),
    Operation::new("ListRoots", accounts::list_roots),
    Operation::new("CreateAccount", accounts::create_account),
    Operation::new("DescribeCreateAccountStatus", accounts::create_status),
    Operation::new("DescribeAccount", accounts::describe_account),
    Operation::new("ListAccounts", accounts::list_accounts),
    Operation::new("ListParents", accounts::list_parents),
    Operation::new("ListAccountsForParent", accounts::list_for_parent),
    Operation::new("ListChildren", accounts::list_children),
    Operation::new("MoveAccount", accounts::move_account),
    Operation::new("CreateOrganizationalUnit", accounts::create_unit),
    Operation::new("ListOrganizationalUnitsForParent", accounts::list_units),
    Operation::new("DeleteOrganizationalUnit", accounts::delete_unit),
    Operation::new("EnablePolicyType", policies::enable_type),
    Operation::new("DisablePolicyType", policies::disable_type),
    Operation::new("CreatePolicy", policies::create),
    Operation::new("UpdatePolicy", policies::update),
    Operation::new("DescribePolicy", policies::describe),
    Operation::new("DeletePolicy", policies::delete),
    Operation::new("ListPolicies", policies::list),
    Operation::new("AttachPolicy", policies::attach),
    Operation::new("DetachPolicy", policies::detach),
    Operation::new("ListPoliciesForTarget", policies::for_target),
    Operation::new("ListTargetsForPolicy", policies::targets),
];

fn on_due(context: &mut Context<'_, '_>, due: &Due) {
    accounts::account_made(context, due);
}

/// Everything of a kind in the organization.
fn all<'c>(cloud: &'c Cloud, kind: &'c str) -> impl Iterator<Item = (&'c ResourceKey, &'c Value)> + use<'c> {
    cloud.of_kind(&cloud.settings().account, "", kind)
}

fn place(context: &Context<'_, '_>, kind: &str, id: &str) -> ResourceKey {
    global(&context.cloud.settings().account, kind, id)
}

/// The organization's id, if there is one.
#[must_use]
pub fn id(cloud: &Cloud) -> Option<Rc<str>> {
    all(cloud, ORGANIZATION).next().map(|(key, _)| key.id.clone())
}

/// The policies of a type that bind an account, from the root down. None for the management
/// account, and where the type is not enabled.
#[must_use]
pub fn levels(cloud: &Cloud, account: &str, sort: &str) -> Vec<Level> {
    if *account == *cloud.settings().account {
        return Vec::new();
    }
    let is_enabled = |root: &Value| root.items_at(&["PolicyTypes"]).iter().any(|it| it.str_at(&["Type"]) == sort);
    if !all(cloud, ROOT).any(|(_, root)| is_enabled(root)) {
        return Vec::new();
    }
    let mut levels = Vec::new();
    let mut next = all(cloud, ACCOUNT).find(|(key, _)| *key.id == *account);
    while let Some((key, holder)) = next {
        levels.push(Level { name: name_of(key, holder), policies: attached(cloud, &key.id, sort) });
        let parent = holder.str_at(&["_Parent"]).to_owned();
        let kind = if parent.starts_with("r-") { ROOT } else { UNIT };
        next = all(cloud, kind).find(|(key, _)| *key.id == *parent);
    }
    levels.reverse();
    levels
}

fn name_of(key: &ResourceKey, holder: &Value) -> Rc<str> {
    match &*key.kind {
        ROOT => "Root".into(),
        _ => holder.str_at(&["Name"]).into(),
    }
}

fn attached(cloud: &Cloud, target: &str, sort: &str) -> Vec<Named> {
    let is_on = |policy: &Value| policy.items_at(&["_Targets"]).iter().any(|id| id.as_str() == Some(target));
    let of_type = |policy: &Value| policy.str_at(&["PolicySummary", "Type"]) == sort;
    let found = all(cloud, POLICY).filter(|(_, policy)| of_type(policy) && is_on(policy));
    found
        .map(|(_, policy)| Named {
            name: policy.str_at(&["PolicySummary", "Name"]).into(),
            document: policy.at(&["_Document"]).cloned().unwrap_or_default(),
        })
        .collect()
}

/// The root of the organization, which must be there, asked by its management account.
fn root(context: &Context<'_, '_>) -> Result<(ResourceKey, Value), Error> {
    if context.caller.account != context.cloud.settings().account {
        let message = "You don't have permissions to access this resource.";
        return Err(Error::new("AccessDeniedException", message));
    }
    let found = all(context.cloud, ROOT).next().map(|(key, root)| (key.clone(), root.clone()));
    found.ok_or_else(|| {
        Error::new("AWSOrganizationsNotInUseException", "Your account is not a member of an organization.")
    })
}

fn shown(value: &Value) -> Value {
    let fields = value.entries().filter(|(key, _)| !key.starts_with('_'));
    fields.map(|(key, value)| (key.clone(), value.clone())).collect::<Map>().into()
}

/// Letters and digits as Organizations draws them.
fn draw(context: &mut Context<'_, '_>, label: &str, length: u32) -> String {
    let mut dice = context.dice(label);
    (0..length).map(|_| char::from(crate::aws::iam::identity::letter(dice.below(32)).to_ascii_lowercase())).collect()
}

fn list_of(name: &str, items: Vec<Value>) -> Answer {
    Ok(Value::map().with(&[name], items))
}

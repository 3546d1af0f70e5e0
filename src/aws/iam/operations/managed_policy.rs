//! Managed policies of the account, with their versions.

use super::{check_name, no_such, nothing, only, page, path, place, shown};
use crate::aws::api::{Answer, Error};
use crate::aws::cloud::ResourceKey;
use crate::aws::context::Context;
use crate::aws::iam::arn::Arn;
use crate::aws::iam::identity::{global, unique_id};
use crate::aws::iam::validate::Kind;
use crate::aws::iam::{document, managed};
use crate::document::Value;
use crate::sim::Verb;
use crate::tree;

const KIND: &str = "AWS::IAM::ManagedPolicy";
/// How many versions are kept (IAM quotas).
const VERSIONS_MAX: usize = 5;
/// How many characters a managed policy may have (IAM quotas).
const SIZE_MAX: usize = 6144;

fn read(params: &Value) -> Result<Value, Error> {
    let document = document::read(params, "PolicyDocument", Kind::Identity)?;
    if document::size(params, "PolicyDocument") > SIZE_MAX {
        return Err(Error::new("LimitExceeded", format!("Cannot exceed quota for PolicySize: {SIZE_MAX}")));
    }
    Ok(document)
}

pub fn create(context: &mut Context<'_, '_>, params: &Value) -> Answer {
    let name = params.str_at(&["PolicyName"]);
    check_name("policyName", name, 128)?;
    let document = read(params)?;
    let arn = super::arn(&context.caller.account, "policy", path(params), name);
    let key = place(context, KIND, &arn);
    let is_twin = |policy: &Value| policy.str_at(&["PolicyName"]).eq_ignore_ascii_case(name);
    if context.cloud.of_kind(&key.account, "", KIND).any(|(_, policy)| is_twin(policy)) {
        let message = format!("A policy called {name} already exists. Duplicate names are not allowed.");
        return Err(Error::new("EntityAlreadyExists", message));
    }
    let now = context.now_text();
    let mut made = tree!({
        "PolicyName": name,
        "PolicyId": (unique_id("ANPA", 17, &mut context.dice(KIND))),
        "Arn": (arn.as_str()),
        "Path": (path(params)),
        "DefaultVersionId": "v1",
        "IsAttachable": true,
        "CreateDate": (now.clone()),
        "UpdateDate": (now.clone()),
        "_Versions": [{ "Document": document, "VersionId": "v1", "CreateDate": now }],
        "_LastVersion": 1,
    });
    for field in ["Description", "Tags"] {
        if let Some(given) = params.at(&[field]) {
            made.set(&[field], given);
        }
    }
    context.put(key, made.clone(), Verb::Create);
    // The answer to CreatePolicy leaves the description out.
    let mut told = described(context, &made);
    told.remove(&["Description"]);
    Ok(tree!({ "Policy": told }))
}

fn described(context: &Context<'_, '_>, policy: &Value) -> Value {
    let (attached, bounds) = super::attach::uses(context, policy.str_at(&["Arn"]));
    shown(policy).with(&["AttachmentCount"], attached).with(&["PermissionsBoundaryUsageCount"], bounds)
}

fn not_found(arn: &str) -> Error {
    no_such(format!("Policy {arn} was not found."))
}

/// A policy of the account; AWS's own cannot be changed.
fn own(context: &Context<'_, '_>, params: &Value) -> Result<(ResourceKey, Value), Error> {
    let arn = params.str_at(&["PolicyArn"]);
    let Some(parsed) = Arn::parse(arn) else {
        return Err(Error::new("InvalidInput", format!("ARN {arn} is not valid.")));
    };
    if managed::find(arn).is_some() {
        let message = "Policy is outside your own account.";
        return Err(Error::new("AccessDenied", message));
    }
    let key = global(parsed.account, KIND, arn);
    context.cloud.get(&key).cloned().map(|policy| (key, policy)).ok_or_else(|| not_found(arn))
}

pub fn get(context: &mut Context<'_, '_>, params: &Value) -> Answer {
    let arn = params.str_at(&["PolicyArn"]);
    let policy = match managed::find(arn) {
        Some(policy) => policy.description(),
        None => own(context, params)?.1,
    };
    let tags = policy.at(&["Tags"]).cloned().unwrap_or_else(|| Value::list([]));
    Ok(tree!({ "Policy": (described(context, &policy).with(&["Tags"], tags)) }))
}

pub fn list(context: &mut Context<'_, '_>, params: &Value) -> Answer {
    let scope = params.str_at(&["Scope"]);
    let local = context.cloud.of_kind(&context.caller.account, "", KIND).map(|(_, policy)| policy.clone());
    let mut all: Vec<Value> = if scope == "AWS" { Vec::new() } else { local.collect() };
    if scope != "Local" {
        all.extend(managed::all().map(|policy| policy.description()));
    }
    let mut items: Vec<Value> = all.iter().map(|policy| described(context, policy)).collect();
    if params.is_true_at(&["OnlyAttached"]) {
        items.retain(|policy| policy.int_at(&["AttachmentCount"]) != Some(0));
    }
    items.retain(|policy| policy.str_at(&["Path"]).starts_with(params.str_at(&["PathPrefix"])));
    items.iter_mut().for_each(|policy| drop((policy.remove(&["Description"]), policy.remove(&["Tags"]))));
    Ok(page("Policies", items))
}

pub fn delete(context: &mut Context<'_, '_>, params: &Value) -> Answer {
    let (key, policy) = own(context, params)?;
    if super::attach::uses(context, &key.id) != (0, 0) {
        return Err(Error::new("DeleteConflict", "Cannot delete a policy attached to entities."));
    }
    if policy.items_at(&["_Versions"]).len() > 1 {
        let message = "This policy has more than one version. Before you delete a policy, you must delete the \
                       policy's versions. The default version is deleted with the policy.";
        return Err(Error::new("DeleteConflict", message));
    }
    context.remove(&key);
    Ok(nothing())
}

/// A version as answers show it.
fn version(policy: &Value, version: &Value, has_document: bool) -> Value {
    let fields: &[&str] =
        if has_document { &["Document", "VersionId", "CreateDate"] } else { &["VersionId", "CreateDate"] };
    let is_default = policy.str_at(&["DefaultVersionId"]) == version.str_at(&["VersionId"]);
    only(version, fields).with(&["IsDefaultVersion"], is_default)
}

pub fn create_version(context: &mut Context<'_, '_>, params: &Value) -> Answer {
    let (key, mut policy) = own(context, params)?;
    let document = read(params)?;
    if policy.items_at(&["_Versions"]).len() >= VERSIONS_MAX {
        let message = "A managed policy can have up to 5 versions. Before you create a new version, you must delete \
                       an existing version.";
        return Err(Error::new("LimitExceeded", message));
    }
    let number = policy.int_at(&["_LastVersion"]).unwrap_or_default() + 1;
    let (id, now) = (format!("v{number}"), context.now_text());
    let made = tree!({ "Document": document, "VersionId": (id.as_str()), "CreateDate": (now.clone()) });
    policy.at_mut(&["_Versions"]).items_mut().insert(0, made.clone());
    policy.set(&["_LastVersion"], number);
    policy.set(&["UpdateDate"], now);
    if params.is_true_at(&["SetAsDefault"]) {
        policy.set(&["DefaultVersionId"], id);
    }
    let told = version(&policy, &made, false);
    context.put(key, policy, Verb::Update);
    Ok(tree!({ "PolicyVersion": told }))
}

fn find_version<'p>(policy: &'p Value, params: &Value) -> Result<&'p Value, Error> {
    let id = params.str_at(&["VersionId"]);
    policy.items_at(&["_Versions"]).iter().find(|version| version.str_at(&["VersionId"]) == id).ok_or_else(|| {
        let arn = policy.str_at(&["Arn"]);
        no_such(format!("Policy {arn} version {id} does not exist or is not attachable."))
    })
}

pub fn get_version(context: &mut Context<'_, '_>, params: &Value) -> Answer {
    let policy = versions_of(context, params)?;
    let found = find_version(&policy, params)?;
    Ok(tree!({ "PolicyVersion": (version(&policy, found, true)) }))
}

/// The policy with its versions; of AWS's own the present one is known.
fn versions_of(context: &Context<'_, '_>, params: &Value) -> Result<Value, Error> {
    let Some(policy) = managed::find(params.str_at(&["PolicyArn"])) else { return Ok(own(context, params)?.1) };
    let description = policy.description();
    let date = description.at(&["UpdateDate"]).cloned();
    let version = tree!({ "Document": (policy.document()), "VersionId": (policy.version), "CreateDate": date });
    Ok(description.with(&["_Versions"], vec![version]))
}

pub fn list_versions(context: &mut Context<'_, '_>, params: &Value) -> Answer {
    let policy = versions_of(context, params)?;
    Ok(page("Versions", policy.items_at(&["_Versions"]).iter().map(|it| version(&policy, it, false)).collect()))
}

pub fn set_default(context: &mut Context<'_, '_>, params: &Value) -> Answer {
    let (key, mut policy) = own(context, params)?;
    let id = find_version(&policy, params)?.str_at(&["VersionId"]).to_owned();
    policy.set(&["DefaultVersionId"], id);
    context.put(key, policy, Verb::Update);
    Ok(nothing())
}

pub fn delete_version(context: &mut Context<'_, '_>, params: &Value) -> Answer {
    let (key, mut policy) = own(context, params)?;
    let id = find_version(&policy, params)?.str_at(&["VersionId"]).to_owned();
    if policy.str_at(&["DefaultVersionId"]) == id {
        return Err(Error::new("DeleteConflict", "Cannot delete the default version of a policy."));
    }
    policy.at_mut(&["_Versions"]).items_mut().retain(|version| version.str_at(&["VersionId"]) != id);
    context.put(key, policy, Verb::Update);
    Ok(nothing())
}

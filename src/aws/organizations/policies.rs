//! Service control policies and resource control policies, and where they are attached.

use super::{ACCOUNT, POLICY, RCP, ROOT, SCP, UNIT, all, draw, list_of, place, root, shown};
use crate::aws::api::{Answer, Error};
use crate::aws::cloud::ResourceKey;
use crate::aws::context::Context;
use crate::aws::iam::document;
use crate::aws::iam::validate::Kind;
use crate::document::Value;
use crate::sim::Verb;
use crate::tree;

/// The policy that allows everything, which AWS attaches everywhere.
const FULL_ACCESS: &str = "p-FullAWSAccess";

/// Attaches it to something new, where service control policies are in use.
pub fn attach_full_access(context: &mut Context<'_, '_>, target: &str) {
    let key = place(context, POLICY, FULL_ACCESS);
    context.update(&key, Verb::Update, |policy| policy.at_mut(&["_Targets"]).items_mut().push(target.into()));
}

fn known_type(params: &Value, name: &str) -> Result<&'static str, Error> {
    match params.str_at(&[name]) {
        SCP => Ok(SCP),
        RCP => Ok(RCP),
        _ => Err(Error::new("InvalidInputException", "You specified an invalid value.")),
    }
}

pub fn enable_type(context: &mut Context<'_, '_>, params: &Value) -> Answer {
    let (key, mut root) = root(context)?;
    let sort = known_type(params, "PolicyType")?;
    let types = root.at_mut(&["PolicyTypes"]).items_mut();
    if types.iter().any(|it| it.str_at(&["Type"]) == sort) {
        let message = "The specified policy type is already enabled.";
        return Err(Error::new("PolicyTypeAlreadyEnabledException", message));
    }
    types.push(tree!({ "Type": sort, "Status": "ENABLED" }));
    let told = shown(&root);
    context.put(key, root, Verb::Update);
    if sort == SCP {
        let targets = [ROOT, UNIT, ACCOUNT].into_iter().flat_map(|kind| all(context.cloud, kind));
        let targets: Vec<Value> = targets.map(|(key, _)| key.id.clone().into()).collect();
        let policy = tree!({
            "PolicySummary": {
                "Id": FULL_ACCESS,
                "Arn": (format!("arn:aws:organizations::aws:policy/service_control_policy/{FULL_ACCESS}")),
                "Name": "FullAWSAccess",
                "Description": "Allows access to every operation",
                "Type": SCP,
                "AwsManaged": true,
            },
            "Content": "{\n  \"Version\": \"2012-10-17\",\n  \"Statement\": [\n    {\n      \"Effect\": \"Allow\",\n      \"Action\": \"*\",\n      \"Resource\": \"*\"\n    }\n  ]\n}",
            "_Document": {
                "Version": "2012-10-17", "Statement": [{ "Effect": "Allow", "Action": "*", "Resource": "*" }]
            },
            "_Targets": targets,
        });
        context.put(place(context, POLICY, FULL_ACCESS), policy, Verb::Create);
    }
    Ok(tree!({ "Root": told }))
}

pub fn disable_type(context: &mut Context<'_, '_>, params: &Value) -> Answer {
    let (key, mut root) = root(context)?;
    let sort = known_type(params, "PolicyType")?;
    let types = root.at_mut(&["PolicyTypes"]).items_mut();
    let before = types.len();
    types.retain(|it| it.str_at(&["Type"]) != sort);
    if types.len() == before {
        return Err(not_enabled());
    }
    let told = shown(&root);
    context.put(key, root, Verb::Update);
    let attached: Vec<ResourceKey> = all(context.cloud, POLICY)
        .filter(|(_, policy)| policy.str_at(&["PolicySummary", "Type"]) == sort)
        .map(|(key, _)| key.clone())
        .collect();
    for key in attached {
        context.update(&key, Verb::Update, |policy| policy.set(&["_Targets"], Value::list([])));
    }
    Ok(tree!({ "Root": told }))
}

fn not_enabled() -> Error {
    let message = "This operation can be performed only for enabled policy types.";
    Error::new("PolicyTypeNotEnabledException", message)
}

fn content(params: &Value, sort: &str) -> Result<Value, Error> {
    let kind = if sort == SCP { Kind::Scp } else { Kind::Rcp };
    document::read(params, "Content", kind).map_err(|_| {
        let message = "The provided policy document does not meet the requirements of the specified policy type.";
        Error::new("MalformedPolicyDocumentException", message)
    })
}

pub fn create(context: &mut Context<'_, '_>, params: &Value) -> Answer {
    let (root, _) = root(context)?;
    let sort = known_type(params, "Type")?;
    let document = content(params, sort)?;
    let name = params.str_at(&["Name"]);
    if all(context.cloud, POLICY).any(|(_, policy)| policy.str_at(&["PolicySummary", "Name"]) == name) {
        let message = "A policy with the same name already exists.";
        return Err(Error::new("DuplicatePolicyException", message));
    }
    let id = format!("p-{}", draw(context, POLICY, 8));
    let organization = super::id(context.cloud).unwrap_or_else(|| "".into());
    let word = sort.to_lowercase();
    let made = tree!({
        "PolicySummary": {
            "Id": (id.as_str()),
            "Arn": (format!("arn:aws:organizations::{}:policy/{organization}/{word}/{id}", root.account)),
            "Name": name,
            "Description": (params.str_at(&["Description"])),
            "Type": sort,
            "AwsManaged": false,
        },
        "Content": (params.str_at(&["Content"])),
        "_Document": document,
        "_Targets": [],
    });
    context.put(place(context, POLICY, &id), made.clone(), Verb::Create);
    Ok(tree!({ "Policy": (shown(&made)) }))
}

fn named(context: &Context<'_, '_>, params: &Value) -> Result<(ResourceKey, Value), Error> {
    root(context)?;
    let key = place(context, POLICY, params.str_at(&["PolicyId"]));
    let found = context.cloud.get(&key).cloned();
    let missing = || Error::new("PolicyNotFoundException", "You specified a policy that doesn't exist.");
    found.map(|policy| (key, policy)).ok_or_else(missing)
}

/// AWS's own policy stays as it is.
fn own(context: &Context<'_, '_>, params: &Value) -> Result<(ResourceKey, Value), Error> {
    let (key, policy) = named(context, params)?;
    if policy.is_true_at(&["PolicySummary", "AwsManaged"]) {
        return Err(Error::new("PolicyChangesInProgressException", "You can't modify an AWS managed policy."));
    }
    Ok((key, policy))
}

pub fn update(context: &mut Context<'_, '_>, params: &Value) -> Answer {
    let (key, mut policy) = own(context, params)?;
    if params.at(&["Content"]).is_some() {
        let sort = policy.str_at(&["PolicySummary", "Type"]).to_owned();
        policy.set(&["_Document"], content(params, &sort)?);
        policy.set(&["Content"], params.str_at(&["Content"]));
    }
    for field in ["Name", "Description"] {
        if let Some(given) = params.at(&[field]) {
            policy.set(&["PolicySummary", field], given);
        }
    }
    let told = shown(&policy);
    context.put(key, policy, Verb::Update);
    Ok(tree!({ "Policy": told }))
}

pub fn describe(context: &mut Context<'_, '_>, params: &Value) -> Answer {
    Ok(tree!({ "Policy": (shown(&named(context, params)?.1)) }))
}

pub fn delete(context: &mut Context<'_, '_>, params: &Value) -> Answer {
    let (key, policy) = own(context, params)?;
    if !policy.items_at(&["_Targets"]).is_empty() {
        let message = "The policy is attached to one or more entities. You must detach it from all roots, OUs, and \
                       accounts before performing this operation.";
        return Err(Error::new("PolicyInUseException", message));
    }
    context.remove(&key);
    Ok(Value::map())
}

pub fn list(context: &mut Context<'_, '_>, params: &Value) -> Answer {
    root(context)?;
    let sort = known_type(params, "Filter")?;
    let found = all(context.cloud, POLICY).filter(|(_, policy)| policy.str_at(&["PolicySummary", "Type"]) == sort);
    list_of("Policies", found.filter_map(|(_, policy)| policy.at(&["PolicySummary"]).cloned()).collect())
}

fn target(context: &Context<'_, '_>, params: &Value) -> Result<Value, Error> {
    let id = params.str_at(&["TargetId"]);
    let mut targets = [ROOT, UNIT, ACCOUNT].into_iter().flat_map(|kind| all(context.cloud, kind));
    let found = targets.find(|(key, _)| *key.id == *id).map(|(_, target)| target.clone());
    found.ok_or_else(|| Error::new("TargetNotFoundException", "You specified a target that doesn't exist."))
}

pub fn attach(context: &mut Context<'_, '_>, params: &Value) -> Answer {
    let (key, mut policy) = named(context, params)?;
    target(context, params)?;
    let (_, root) = root(context)?;
    let sort = policy.str_at(&["PolicySummary", "Type"]);
    if !root.items_at(&["PolicyTypes"]).iter().any(|it| it.str_at(&["Type"]) == sort) {
        return Err(not_enabled());
    }
    let id = params.str_at(&["TargetId"]);
    let targets = policy.at_mut(&["_Targets"]).items_mut();
    if targets.iter().any(|other| other.as_str() == Some(id)) {
        let message = "The selected policy is already attached to the specified target.";
        return Err(Error::new("DuplicatePolicyAttachmentException", message));
    }
    targets.push(id.into());
    context.put(key, policy, Verb::Update);
    Ok(Value::map())
}

pub fn detach(context: &mut Context<'_, '_>, params: &Value) -> Answer {
    let (key, mut policy) = named(context, params)?;
    target(context, params)?;
    let id = params.str_at(&["TargetId"]);
    let sort = policy.str_at(&["PolicySummary", "Type"]).to_owned();
    let is_on = |policy: &Value| policy.items_at(&["_Targets"]).iter().any(|other| other.as_str() == Some(id));
    if !is_on(&policy) {
        let message = "The policy isn't attached to the specified target in the specified root.";
        return Err(Error::new("PolicyNotAttachedException", message));
    }
    let of_type = |policy: &Value| policy.str_at(&["PolicySummary", "Type"]) == sort && is_on(policy);
    if sort == SCP && all(context.cloud, POLICY).filter(|(_, policy)| of_type(policy)).count() == 1 {
        let message = "You cannot remove the last policy attached to the specified target. You must have at least \
                       one attached at all times.";
        return Err(Error::new("ConstraintViolationException", message));
    }
    policy.at_mut(&["_Targets"]).items_mut().retain(|other| other.as_str() != Some(id));
    context.put(key, policy, Verb::Update);
    Ok(Value::map())
}

pub fn for_target(context: &mut Context<'_, '_>, params: &Value) -> Answer {
    root(context)?;
    target(context, params)?;
    let (id, sort) = (params.str_at(&["TargetId"]), known_type(params, "Filter")?);
    let is_on = |policy: &Value| policy.items_at(&["_Targets"]).iter().any(|other| other.as_str() == Some(id));
    let found = all(context.cloud, POLICY)
        .filter(|(_, policy)| policy.str_at(&["PolicySummary", "Type"]) == sort && is_on(policy));
    list_of("Policies", found.filter_map(|(_, policy)| policy.at(&["PolicySummary"]).cloned()).collect())
}

pub fn targets(context: &mut Context<'_, '_>, params: &Value) -> Answer {
    let (_, policy) = named(context, params)?;
    let describe = |id: &Value| {
        let holder = Value::map().with(&["TargetId"], id);
        let target = target(context, &holder).unwrap_or_default();
        let sort = match id.as_str().unwrap_or_default() {
            id if id.starts_with("r-") => "ROOT",
            id if id.starts_with("ou-") => "ORGANIZATIONAL_UNIT",
            _ => "ACCOUNT",
        };
        let (arn, name) = (target.str_at(&["Arn"]), target.str_at(&["Name"]));
        tree!({ "TargetId": id, "Arn": arn, "Name": name, "Type": sort })
    };
    list_of("Targets", policy.items_at(&["_Targets"]).iter().map(describe).collect())
}

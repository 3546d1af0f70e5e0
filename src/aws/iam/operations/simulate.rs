//! The policy simulator: decisions without doing anything.

use super::on as need;
use crate::aws::api::{Answer, Error, Need, Principal, PrincipalKind};
use crate::aws::context::{Context, Scope};
use crate::aws::iam::access::{self, Question};
use crate::aws::iam::arn::Arn;
use crate::aws::iam::document;
use crate::aws::iam::evaluate::{Decision, Named, Outcome, Policies, Source, decide};
use crate::aws::iam::identity::global;
use crate::aws::iam::validate::Kind;
use crate::document::{Map, Value};
use crate::tree;

pub fn on(_: &Scope<'_>, params: &Value) -> Vec<Need> {
    need(params.str_at(&["PolicySourceArn"]).to_owned(), Value::map())
}

pub fn principal(context: &mut Context<'_, '_>, params: &Value) -> Answer {
    let arn = params.str_at(&["PolicySourceArn"]);
    let who = principal_of(context, arn)?;
    let extra = documents(params, "PolicyInputList")?;
    evaluate(context, params, &who, |policies| policies.identity.extend(extra.iter().cloned()))
}

pub fn custom(context: &mut Context<'_, '_>, params: &Value) -> Answer {
    let given = documents(params, "PolicyInputList")?;
    let who = Principal { entity: None, kind: PrincipalKind::User, ..context.caller.clone() };
    evaluate(context, params, &who, |policies| {
        *policies = Policies { identity: given.clone(), resource: policies.resource.take(), ..Policies::default() };
    })
}

/// The user, group or role with this ARN as the one who asks.
fn principal_of(context: &Context<'_, '_>, arn: &str) -> Result<Principal, Error> {
    let invalid = || {
        Error::new("InvalidInput", format!("Invalid Entity Arn: {arn} does not clearly define entity type and name."))
    };
    let parsed = Arn::parse(arn).ok_or_else(invalid)?;
    let name = parsed.resource.rsplit('/').next().unwrap_or_default();
    let (kind, sort, id) = match parsed.resource.split('/').next() {
        Some("user") => ("AWS::IAM::User", PrincipalKind::User, "UserId"),
        Some("group") => ("AWS::IAM::Group", PrincipalKind::User, "GroupId"),
        Some("role") => ("AWS::IAM::Role", PrincipalKind::AssumedRole, "RoleId"),
        _ => return Err(invalid()),
    };
    let key = global(parsed.account, kind, name);
    let entity = context.cloud.get(&key).ok_or_else(|| super::no_such(format!("{arn} does not exist")))?;
    Ok(Principal {
        kind: sort,
        account: key.account.clone(),
        arn: arn.into(),
        id: entity.str_at(&[id]).into(),
        entity: Some(key),
        access_key_id: None,
    })
}

fn documents(params: &Value, name: &str) -> Result<Vec<Named>, Error> {
    let read = |(number, text): (usize, &Value)| {
        let holder = Value::map().with(&[name], text);
        let document = document::read(&holder, name, Kind::Identity)
            .map_err(|fault| Error::new("InvalidInput", format!("The policy input is invalid: {}", fault.message)))?;
        Ok(Named { name: format!("{name}.{}", number + 1).into(), document })
    };
    params.items_at(&[name]).iter().enumerate().map(read).collect()
}

fn evaluate(context: &Context<'_, '_>, params: &Value, who: &Principal, change: impl Fn(&mut Policies)) -> Answer {
    let mut keys = Map::new();
    for entry in params.items_at(&["ContextEntries"]) {
        let values = entry.items_at(&["ContextKeyValues"]);
        let value = if entry.str_at(&["ContextKeyType"]).ends_with("List") {
            Value::list(values.iter().cloned())
        } else {
            values.first().cloned().unwrap_or_default()
        };
        keys.insert(entry.str_at(&["ContextKeyName"]).into(), value);
    }
    let any = [Value::from("*")];
    let resources = match params.items_at(&["ResourceArns"]) {
        [] => any.as_slice(),
        given => given,
    };
    let boundary = documents(params, "PermissionsBoundaryPolicyInputList")?.into_iter().next();
    let mut results = Vec::new();
    for action in params.items_at(&["ActionNames"]).iter().filter_map(Value::as_shared) {
        if !action.contains(':') {
            let message = format!("The input actions are not valid: [{action}]");
            return Err(Error::new("InvalidInput", message));
        }
        for resource in resources.iter().filter_map(Value::as_shared) {
            let need = Need { action: action.clone(), resource, context: keys.clone().into() };
            let Question { request, mut policies } =
                access::question(context.cloud, who, &context.region, context.now(), &need);
            if let Some(document) = document_of(params, "ResourcePolicy")? {
                policies.resource = Some(Named { name: "ResourcePolicy".into(), document });
            } else if !request.resource.contains(":role/") {
                policies.resource = None;
            }
            if boundary.is_some() {
                policies.boundary.clone_from(&boundary);
            }
            change(&mut policies);
            results.push(result(&need, &decide(&request, &policies), &policies));
        }
    }
    Ok(tree!({ "EvaluationResults": results, "IsTruncated": false }))
}

fn document_of(params: &Value, name: &str) -> Result<Option<Value>, Error> {
    params.at(&[name]).map(|_| document::read(params, name, Kind::Resource)).transpose()
}

fn result(need: &Need, decision: &Decision, policies: &Policies) -> Value {
    let decided = match decision.outcome {
        Outcome::Allowed => "allowed",
        Outcome::ImplicitlyDenied => "implicitDeny",
        Outcome::ExplicitlyDenied => "explicitDeny",
    };
    let matched = decision.statements.iter().filter(|judged| judged.matched()).map(|judged| {
        let sort = match judged.source {
            Source::Scp => "Service Control Policy",
            Source::Rcp => "Resource Control Policy",
            Source::Resource => "Resource Policy",
            Source::Boundary => "Permissions Boundary Policy",
            Source::Identity | Source::Session => "IAM Policy",
        };
        tree!({ "SourcePolicyId": (judged.policy.rsplit('/').next()), "SourcePolicyType": sort })
    });
    let matched: Vec<Value> = matched.collect();
    let mut told = tree!({
        "EvalActionName": (need.action.clone()),
        "EvalResourceName": (need.resource.clone()),
        "EvalDecision": decided,
        "MatchedStatements": matched,
        "MissingContextValues": [],
    });
    let allows = |source: Source| {
        decision.statements.iter().any(|judged| judged.source == source && judged.matched())
            && decision.deciding().is_none_or(|judged| judged.source != source || decision.is_allowed())
    };
    if policies.boundary.is_some() {
        told.set(&["PermissionsBoundaryDecisionDetail", "AllowedByPermissionsBoundary"], allows(Source::Boundary));
    }
    if !policies.scps.is_empty() {
        told.set(&["OrganizationsDecisionDetail", "AllowedByOrganizations"], allows(Source::Scp));
    }
    told
}

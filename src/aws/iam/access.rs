//! From a principal of the cloud to a decision: which policies have a say, what is known of the
//! request, and in which words AWS refuses it.

use super::arn::Arn;
use super::context::Context;
use super::evaluate::{Decider, Decision, Named, Outcome, Policies, Source, decide};
use super::identity::{self, global};
use super::managed;
use super::principal::{Caller, Kind};
use super::statement::Request;
use crate::aws::api::{Error, Need, Principal, PrincipalKind};
use crate::aws::cloud::{Cloud, ResourceKey};
use crate::aws::organizations;
use crate::document::Value;
use crate::sim::{Reason, SimTime};
use std::rc::Rc;

/// Where requests come from, unless something else is known (an address for documentation).
pub const CLIENT_ADDRESS: &str = "203.0.113.25";

/// Everything that goes into one decision.
#[derive(Clone, Debug)]
pub struct Question {
    /// What is asked.
    pub request: Request,
    /// Who has a say.
    pub policies: Policies,
}

/// What a principal asks when it needs something.
#[must_use]
pub fn question(cloud: &Cloud, who: &Principal, region: &str, now: SimTime, need: &Need) -> Question {
    let account = owner(cloud, &need.resource, &who.account);
    let context = context_of(cloud, who, region, now, need, &account);
    let caller = caller(cloud, who);
    let mut policies = policies_of(cloud, who);
    policies.resource = resource_policy(cloud, &need.resource);
    if account != who.account || caller.kind != Kind::Root {
        policies.rcps = organizations::levels(cloud, &account, organizations::RCP);
    }
    let request = Request { caller, action: need.action.clone(), resource: need.resource.clone(), account, context };
    Question { request, policies }
}

/// The principal with this ARN: a user, a role (as a session of it), an open session, the account.
#[must_use]
pub fn principal_named(cloud: &Cloud, arn: &str) -> Option<Principal> {
    let parsed = Arn::parse(arn)?;
    let last = parsed.resource.rsplit('/').next()?;
    if let Some((role, _)) = parsed.assumed_role() {
        let is_it = |record: &Value| record.str_at(&["Arn"]) == arn;
        let open = cloud.of_kind("", "", identity::CREDENTIALS).filter(|(_, record)| is_it(record));
        let newest = open.max_by_key(|(_, record)| record.int_at(&["_ExpiresAt"]));
        let entity = global(parsed.account, "AWS::IAM::Role", role);
        let role_id = cloud.get(&entity)?.str_at(&["RoleId"]).to_owned();
        return Some(Principal {
            kind: PrincipalKind::AssumedRole,
            account: parsed.account.into(),
            arn: arn.into(),
            id: format!("{role_id}:{last}").into(),
            entity: Some(entity),
            access_key_id: newest.map(|(key, _)| key.id.clone()),
        });
    }
    if parsed.resource == "root" {
        return Some(Principal { access_key_id: None, ..identity::root(&parsed.account.into(), &"".into()) });
    }
    let (kind, sort, id, arn) = match parsed.resource.split('/').next()? {
        "user" => ("AWS::IAM::User", PrincipalKind::User, "UserId", arn.to_owned()),
        "role" => {
            let session = format!("arn:aws:sts::{}:assumed-role/{last}/{last}", parsed.account);
            ("AWS::IAM::Role", PrincipalKind::AssumedRole, "RoleId", session)
        }
        _ => return None,
    };
    let key = global(parsed.account, kind, last);
    let id = cloud.get(&key)?.str_at(&[id]).into();
    Some(Principal {
        kind: sort,
        account: key.account.clone(),
        arn: arn.into(),
        id,
        entity: Some(key),
        access_key_id: None,
    })
}

/// What would be answered to somebody who asks for an action on a resource, and to which question.
/// Nothing when there is no such principal.
#[must_use]
pub fn ask(cloud: &Cloud, arn: &str, region: &str, now: SimTime, need: &Need) -> Option<(Question, Decision)> {
    let who = principal_named(cloud, arn)?;
    let asked = question(cloud, &who, region, now, need);
    let decision = decide(&asked.request, &asked.policies);
    Some((asked, decision))
}

/// Whether IAM allows what a principal needs.
///
/// # Errors
/// The refusal in AWS's words, and the decision with its request for whoever wants to know why.
pub fn authorize(
    cloud: &Cloud,
    who: &Principal,
    (service, region): (&str, &str),
    now: SimTime,
    need: &Need,
) -> Result<(), Box<(Error, Reason)>> {
    if matches!(who.kind, PrincipalKind::Service | PrincipalKind::Anonymous) {
        return Ok(());
    }
    let Question { request, policies } = question(cloud, who, region, now, need);
    let decision = decide(&request, &policies);
    if decision.is_allowed() {
        return Ok(());
    }
    Err(Box::new((refusal(service, &request, &decision), reason(&request, &decision))))
}

/// The caller as policies see it.
fn caller(cloud: &Cloud, who: &Principal) -> Caller {
    let role = who.entity.as_ref().and_then(|key| cloud.get(key)).map(|entity| entity.str_at(&["Arn"]));
    Caller::of(&who.arn, role)
}

/// The policies of a principal: its own, its groups', its boundary, its session's, its organization's.
#[must_use]
pub fn policies_of(cloud: &Cloud, who: &Principal) -> Policies {
    let mut policies = Policies::default();
    if let Some((key, entity)) = who.entity.as_ref().and_then(|key| Some((key, cloud.get(key)?))) {
        policies = entity_policies(cloud, key, entity);
    }
    if let Some(id) = &who.access_key_id {
        let session = cloud.get(&identity::credential_key(identity::CREDENTIALS, id));
        let given = session.map(|session| session.items_at(&["_Policies"])).unwrap_or_default();
        if !given.is_empty() {
            let read = |item: &Value| Named {
                name: item.str_at(&["name"]).into(),
                document: item.at(&["document"]).cloned().unwrap_or_default(),
            };
            policies.session = Some(given.iter().map(read).collect());
        }
    }
    policies.scps = organizations::levels(cloud, &who.account, organizations::SCP);
    policies
}

/// The identity policies and the boundary of a user or role.
#[must_use]
pub fn entity_policies(cloud: &Cloud, key: &ResourceKey, entity: &Value) -> Policies {
    let mut identity = own_policies(cloud, entity);
    for group in entity.items_at(&["_Groups"]) {
        let group = global(&key.account, "AWS::IAM::Group", group.as_str().unwrap_or_default());
        identity.extend(cloud.get(&group).map(|group| own_policies(cloud, group)).unwrap_or_default());
    }
    let boundary = entity.str_at(&["PermissionsBoundary", "PermissionsBoundaryArn"]);
    let boundary = managed_document(cloud, boundary).map(|document| Named { name: boundary.into(), document });
    Policies { identity, boundary, ..Policies::default() }
}

fn own_policies(cloud: &Cloud, entity: &Value) -> Vec<Named> {
    let attached = entity.items_at(&["_AttachedPolicies"]).iter().filter_map(Value::as_shared);
    let attached = attached.filter_map(|arn| Some(Named { document: managed_document(cloud, &arn)?, name: arn }));
    let inline = entity.at(&["_Policies"]).into_iter().flat_map(Value::entries);
    let inline = inline.map(|(name, document)| Named { name: name.clone(), document: document.clone() });
    attached.chain(inline).collect()
}

/// The document of a managed policy's default version.
#[must_use]
pub fn managed_document(cloud: &Cloud, arn: &str) -> Option<Value> {
    if let Some(policy) = managed::find(arn) {
        return Some(policy.document());
    }
    let policy = cloud.get(&global(Arn::parse(arn)?.account, "AWS::IAM::ManagedPolicy", arn))?;
    let default = policy.str_at(&["DefaultVersionId"]);
    let version = policy.items_at(&["_Versions"]).iter().find(|it| it.str_at(&["VersionId"]) == default)?;
    version.at(&["Document"]).cloned()
}

/// Who owns a resource: its ARN's account; a bucket's is not in its ARN.
fn owner(cloud: &Cloud, resource: &str, otherwise: &Rc<str>) -> Rc<str> {
    match Arn::parse(resource) {
        Some(arn) if arn.account.len() == 12 => arn.account.into(),
        Some(arn) if arn.service == "s3" => {
            bucket(cloud, arn.resource).map_or_else(|| otherwise.clone(), |(key, _)| key.account.clone())
        }
        _ => otherwise.clone(),
    }
}

/// The bucket of `bucket/key`.
fn bucket<'c>(cloud: &'c Cloud, resource: &str) -> Option<(&'c ResourceKey, &'c Value)> {
    let name = resource.split('/').next().unwrap_or_default();
    cloud.iter().find(|(key, _)| &*key.kind == "AWS::S3::Bucket" && &*key.id == name)
}

/// The policy that stands on the resource itself: a role's trust policy, a bucket's, a key's. Any
/// resource may have one in its field `_Policy`.
#[must_use]
pub fn resource_policy(cloud: &Cloud, resource: &str) -> Option<Named> {
    let arn = Arn::parse(resource)?;
    let (document, name) = if let Some(name) = arn.role_name() {
        let role = cloud.get(&global(arn.account, "AWS::IAM::Role", name))?;
        (role.at(&["AssumeRolePolicyDocument"])?, name)
    } else if arn.service == "s3" {
        let (key, bucket) = bucket(cloud, arn.resource)?;
        (bucket.at(&["_Policy"])?, &*key.id)
    } else if arn.service == "kms" {
        let id = arn.resource.rsplit('/').next()?;
        let is_it = |key: &ResourceKey| &*key.kind == "AWS::KMS::Key" && &*key.account == arn.account && &*key.id == id;
        let (key, found) = cloud.iter().find(|(key, _)| is_it(key))?;
        (found.at(&["_Policy"])?, &*key.id)
    } else {
        return None;
    };
    Some(Named { name: name.into(), document: document.clone() })
}

/// The condition keys that every request has (IAM User Guide, "AWS global condition context keys").
fn context_of(cloud: &Cloud, who: &Principal, region: &str, now: SimTime, need: &Need, owner: &str) -> Context {
    let mut context = Context::of(&need.context);
    let mut set = |key: &str, value: &str| context.set_default(key, value);
    let entity = who.entity.as_ref().and_then(|key| cloud.get(key));
    let (sort, arn) = match who.kind {
        PrincipalKind::Root => ("Account", &*who.arn),
        PrincipalKind::User => ("User", &*who.arn),
        PrincipalKind::AssumedRole => ("AssumedRole", entity.map_or(&*who.arn, |role| role.str_at(&["Arn"]))),
        PrincipalKind::Service => ("Service", &*who.arn),
        PrincipalKind::Anonymous => ("Anonymous", ""),
    };
    set("aws:PrincipalType", sort);
    set("aws:PrincipalArn", arn);
    set("aws:PrincipalAccount", &who.account);
    set("aws:userid", &who.id);
    if who.kind == PrincipalKind::User {
        set("aws:username", who.entity.as_ref().map_or("", |key| &key.id));
    }
    set("aws:RequestedRegion", if region.is_empty() { "us-east-1" } else { region });
    set("aws:CurrentTime", &now.rfc3339());
    set("aws:EpochTime", &now.unix_seconds().to_string());
    set("aws:SecureTransport", "true");
    set("aws:SourceIp", CLIENT_ADDRESS);
    set("aws:ResourceAccount", owner);
    set("aws:ViaAWSService", "false");
    set("aws:PrincipalIsAWSService", if who.kind == PrincipalKind::Service { "true" } else { "false" });
    if let Some(organization) = organizations::id(cloud) {
        set("aws:PrincipalOrgID", &organization);
    }
    let session =
        who.access_key_id.as_ref().and_then(|id| cloud.get(&identity::credential_key(identity::CREDENTIALS, id)));
    // A session's tags come before those of its role (IAM User Guide, "Pass session tags").
    for tagged in session.into_iter().chain(entity) {
        for (key, value) in identity::tags(tagged) {
            set(&format!("aws:PrincipalTag/{key}"), value);
        }
    }
    if let Some(issued) = session.and_then(|session| session.get("_IssuedAt")).and_then(Value::as_str) {
        set("aws:TokenIssueTime", issued);
        set("aws:MultiFactorAuthPresent", "false");
    }
    context
}

/// The refusal as the service words it.
#[must_use]
pub fn refusal(service: &str, request: &Request, decision: &Decision) -> Error {
    let because = because(request, decision);
    let (who, action, resource) = (&request.caller.arn, &request.action, &request.resource);
    match service {
        "ec2" => Error::new(
            "UnauthorizedOperation",
            format!(
                "You are not authorized to perform this operation. User: {who} is not authorized to perform: {action} \
                 on resource: {resource} {because}. Encoded authorization failure message: {}",
                encoded(request, decision)
            ),
        ),
        "s3api" => Error::new(
            "AccessDenied",
            format!("User: {who} is not authorized to perform: {action} on resource: \"{resource}\" {because}"),
        ),
        _ => {
            let is_query = matches!(service, "iam" | "sts" | "cloudformation" | "autoscaling" | "elbv2");
            let code = if is_query { "AccessDenied" } else { "AccessDeniedException" };
            Error::new(
                code,
                format!("User: {who} is not authorized to perform: {action} on resource: {resource} {because}"),
            )
        }
    }
}

/// The second half of the sentence (IAM User Guide, "Troubleshoot access denied error messages").
fn because(request: &Request, decision: &Decision) -> String {
    let is_trust =
        request.action.starts_with("sts:") && Arn::parse(&request.resource).is_some_and(|it| it.role_name().is_some());
    let sort = |source: Source| match source {
        Source::Scp => "service control policy",
        Source::Rcp => "resource control policy",
        Source::Resource if is_trust => "role trust policy",
        Source::Resource => "resource-based policy",
        Source::Identity => "identity-based policy",
        Source::Boundary => "permissions boundary",
        Source::Session => "session policy",
    };
    if let Some(judged) = decision.deciding() {
        let article = if judged.source == Source::Identity { "an" } else { "a" };
        let arn = if judged.policy.starts_with("arn:") { format!(": {}", judged.policy) } else { String::new() };
        return format!("with an explicit deny in {article} {}{arn}", sort(judged.source));
    }
    let source = if let Decider::Nothing(source, _) = &decision.decider { *source } else { Source::Identity };
    format!("because no {} allows the {} action", sort(source), request.action)
}

/// What `sts decode-authorization-message` can read again.
fn encoded(request: &Request, decision: &Decision) -> String {
    let told = crate::tree!({
        "allowed": false,
        "explicitDeny": (decision.outcome == Outcome::ExplicitlyDenied),
        "matchedStatements": { "items": (Value::list(decision.deciding().map(|it| it.statement.clone()))) },
        "failures": { "items": [] },
        "context": {
            "principal": { "id": (request.context.get("aws:userid")), "arn": (request.caller.arn.clone()) },
            "action": (request.action.clone()),
            "resource": (request.resource.clone()),
            "conditions": { "items": [] },
        },
    });
    crate::document::base64::encode(told.to_string().as_bytes()).replace('+', "-").replace('/', "_")
}

/// The refusal as the history keeps it: enough to ask the question again.
#[must_use]
pub fn reason(request: &Request, decision: &Decision) -> Reason {
    let code = match decision.outcome {
        Outcome::ExplicitlyDenied => "iam-explicit-deny",
        _ => "iam-nothing-allows",
    };
    let reason = Reason::new(code)
        .with("who", request.caller.arn.clone())
        .with("action", request.action.clone())
        .with("resource", request.resource.clone());
    match (&decision.decider, decision.deciding()) {
        (_, Some(judged)) => reason
            .with("source", judged.source.as_str())
            .with("policy", judged.policy.clone())
            .with("statement", i64::from(judged.index) + 1)
            .with("sid", judged.sid().unwrap_or_default()),
        (Decider::Nothing(source, level), None) => {
            reason.with("source", source.as_str()).with("level", level.clone().unwrap_or_default())
        }
        _ => reason,
    }
}

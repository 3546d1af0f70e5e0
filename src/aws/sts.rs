//! The Security Token Service: credentials that expire, for whoever may take on a role.
//!
//! Invariant: a session is a resource with a moment at which it ends; nothing refreshes it.
// Source: AWS Security Token Service API Reference.

use crate::aws::api::{Answer, Error, Need, PrincipalKind};
use crate::aws::cloud::{Due, ResourceKey};
use crate::aws::context::{Context, Scope};
use crate::aws::iam::arn::Arn;
use crate::aws::iam::identity::{ACCESS_KEY, CREDENTIALS, credential_key, global, secret, unique_id};
use crate::aws::iam::validate::Kind;
use crate::aws::iam::{self, access, document, evaluate, principal};
use crate::aws::service::{Operation, Service};
use crate::document::{Map, Value, base64};
use crate::sim::{SimTime, Verb, secs};
use crate::tree;
use std::rc::Rc;

/// The service.
pub const SERVICE: Service = Service { on_due, ..Service::new("sts", "sts", OPERATIONS) };

const OPERATIONS: &[Operation] = &[
    Operation::new("GetCallerIdentity", caller_identity).needing(|_, _| Vec::new()),
    Operation::new("AssumeRole", assume_role).needing(needs_to_assume),
    Operation::new("AssumeRoleWithWebIdentity", assume_with_web_identity).needing(|_, _| Vec::new()),
    Operation::new("GetSessionToken", session_token).needing(|_, _| Vec::new()),
    Operation::new("GetAccessKeyInfo", access_key_info),
    Operation::new("DecodeAuthorizationMessage", decode_message),
];

const HOUR: i64 = 3600;
const SHORTEST: i64 = 900;

fn caller_identity(context: &mut Context<'_, '_>, _: &Value) -> Answer {
    let who = &context.caller;
    Ok(tree!({ "UserId": (who.id.clone()), "Account": (who.account.clone()), "Arn": (who.arn.clone()) }))
}

/// What condition keys see of the request.
fn keys(params: &Value) -> Value {
    let mut keys = Map::new();
    for (key, name) in [
        ("sts:RoleSessionName", "RoleSessionName"),
        ("sts:ExternalId", "ExternalId"),
        ("sts:SourceIdentity", "SourceIdentity"),
    ] {
        if let Some(value) = params.at(&[name]) {
            keys.insert(key.into(), value.clone());
        }
    }
    let tags = params.items_at(&["Tags"]);
    for tag in tags {
        keys.insert(format!("aws:RequestTag/{}", tag.str_at(&["Key"])).into(), tag.str_at(&["Value"]).into());
    }
    if !tags.is_empty() {
        keys.insert("aws:TagKeys".into(), Value::list(tags.iter().map(|tag| Value::from(tag.str_at(&["Key"])))));
    }
    keys.into()
}

fn needs_to_assume(scope: &Scope<'_>, params: &Value) -> Vec<Need> {
    if scope.caller.kind == PrincipalKind::Root {
        return Vec::new();
    }
    let need = |action: &str| Need {
        action: action.into(),
        resource: params.str_at(&["RoleArn"]).into(),
        context: keys(params),
    };
    let mut needs = vec![need("sts:AssumeRole")];
    if !params.items_at(&["Tags"]).is_empty() {
        needs.push(need("sts:TagSession"));
    }
    needs
}

fn assume_role(context: &mut Context<'_, '_>, params: &Value) -> Answer {
    if context.caller.kind == PrincipalKind::Root {
        return Err(Error::new("AccessDenied", "Roles may not be assumed by root accounts."));
    }
    let (key, role) = role(context, params)?;
    let is_chained = context.caller.kind == PrincipalKind::AssumedRole;
    let seconds = duration(params, &role, is_chained)?;
    let answer = open(context, &key, &role, params, seconds)?;
    if let Some(identity) = params.at(&["SourceIdentity"]) {
        return Ok(answer.with(&["SourceIdentity"], identity));
    }
    Ok(answer)
}

fn role(context: &Context<'_, '_>, params: &Value) -> Result<(ResourceKey, Value), Error> {
    let arn = params.str_at(&["RoleArn"]);
    let parsed = Arn::parse(arn).and_then(|arn| Some((arn.account, arn.role_name()?)));
    let Some((account, name)) = parsed else {
        return Err(Error::new("ValidationError", format!("{arn} is invalid")));
    };
    let key = global(account, "AWS::IAM::Role", name);
    match context.cloud.get(&key) {
        Some(role) => Ok((key, role.clone())),
        None => Err(Error::new(
            "AccessDenied",
            format!("User: {} is not authorized to perform: sts:AssumeRole on resource: {arn}", context.caller.arn),
        )),
    }
}

fn duration(params: &Value, role: &Value, is_chained: bool) -> Result<i64, Error> {
    let Some(seconds) = params.int_at(&["DurationSeconds"]) else { return Ok(HOUR) };
    let invalid = |message: String| Err(Error::new("ValidationError", message));
    if seconds < SHORTEST {
        return invalid(format!(
            "1 validation error detected: Value '{seconds}' at 'durationSeconds' failed to satisfy constraint: Member \
             must have value greater than or equal to {SHORTEST}"
        ));
    }
    if is_chained && seconds > HOUR {
        let message =
            "The requested DurationSeconds exceeds the 1 hour session limit for roles assumed by role chaining";
        return invalid(message.to_owned());
    }
    if seconds > role.int_at(&["MaxSessionDuration"]).unwrap_or(HOUR) {
        let message = "The requested DurationSeconds exceeds the MaxSessionDuration set for this role.";
        return invalid(message.to_owned());
    }
    Ok(seconds)
}

/// Session policies of the request: a document of its own, and managed ones.
fn session_policies(context: &Context<'_, '_>, params: &Value) -> Result<Vec<Value>, Error> {
    let mut given = Vec::new();
    if params.at(&["Policy"]).is_some() {
        let document = document::read(params, "Policy", Kind::Session)?;
        given.push(tree!({ "name": "SessionPolicy", "document": document }));
    }
    for arn in params.items_at(&["PolicyArns"]).iter().map(|item| item.str_at(&["arn"])) {
        match access::managed_document(context.cloud, arn) {
            Some(document) => given.push(tree!({ "name": arn, "document": document })),
            None => return Err(Error::new("MalformedPolicyDocument", format!("Policy arn {arn} does not exist."))),
        }
    }
    Ok(given)
}

/// Opens a session of a role: the credentials and who one then is.
fn open(context: &mut Context<'_, '_>, key: &ResourceKey, role: &Value, params: &Value, seconds: i64) -> Answer {
    let name = params.str_at(&["RoleSessionName"]);
    let is_fine = |letter: char| letter.is_ascii_alphanumeric() || "_+=,.@-".contains(letter);
    if name.len() < 2 || name.len() > 64 || !name.chars().all(is_fine) {
        let message = format!(
            "1 validation error detected: Value '{name}' at 'roleSessionName' failed to satisfy constraint: Member \
             must satisfy regular expression pattern: [\\w+=,.@-]*"
        );
        return Err(Error::new("ValidationError", message));
    }
    let policies = session_policies(context, params)?;
    let id = format!("{}:{name}", role.str_at(&["RoleId"]));
    let arn = format!("arn:aws:sts::{}:assumed-role/{}/{name}", key.account, key.id);
    let has_policies = !policies.is_empty();
    let record = tree!({
        "Arn": (arn.as_str()),
        "AssumedRoleId": (id.as_str()),
        "_Policies": policies,
        "Tags": (Value::list(params.items_at(&["Tags"]).iter().cloned())),
    });
    let credentials = issue(context, key, record, seconds);
    let mut answer = tree!({ "Credentials": credentials, "AssumedRoleUser": { "AssumedRoleId": id, "Arn": arn } });
    if has_policies {
        // How full the packed policies are: 2,048 characters are a hundred percent.
        let size = i64::try_from(document::size(params, "Policy")).unwrap_or_default();
        answer.set(&["PackedPolicySize"], (size * 100 / 2048).max(1));
    }
    Ok(answer)
}

/// Stores new credentials and describes them.
fn issue(context: &mut Context<'_, '_>, of: &ResourceKey, record: Value, seconds: i64) -> Value {
    let mut dice = context.dice(CREDENTIALS);
    let (id, secret_key, token) = (unique_id("ASIA", 16, &mut dice), secret(40, &mut dice), secret(180, &mut dice));
    let life = secs(seconds.unsigned_abs());
    let ends = context.now() + life;
    let expiration = aws_time(ends);
    let mut record = record;
    record.set(&["_Kind"], of.kind.clone());
    record.set(&["_Entity"], of.id.clone());
    record.set(&["_Account"], of.account.clone());
    record.set(&["_IssuedAt"], context.now().rfc3339());
    record.set(&["_ExpiresAt"], ends.as_millis() as i64);
    record.set(&["AccessKeyId"], id.as_str());
    record.set(&["Expiration"], expiration.clone());
    record.set(&["Status"], "Active");
    let place = credential_key(CREDENTIALS, &id);
    context.put(place.clone(), record, Verb::Create);
    context.schedule_background(life, "sts", "expire", &place);
    tree!({
        "AccessKeyId": id,
        "SecretAccessKey": secret_key,
        "SessionToken": (format!("IQoJb3JpZ2luX2Vj{token}==")),
        "Expiration": expiration,
    })
}

fn aws_time(at: SimTime) -> Rc<str> {
    format!("{}+00:00", at.rfc3339().trim_end_matches('Z')).into()
}

/// Credentials end: what was refused from now on has a moment in the history.
fn on_due(context: &mut Context<'_, '_>, due: &Due) {
    let now = context.now().as_millis() as i64;
    context.update(&due.key, Verb::UpdateStatus, |record| {
        if record.int_at(&["_ExpiresAt"]).is_some_and(|at| at <= now) {
            record.set(&["Status"], "Expired");
        }
    });
}

/// A session for a service of AWS that takes on a role in its own name: an instance with its
/// profile, a Pod with its identity. The role's trust policy decides, for tags too.
///
/// # Errors
/// `AccessDenied`, and what `AssumeRole` refuses.
pub fn assume_as_service(context: &mut Context<'_, '_>, service: &str, params: &Value) -> Answer {
    let (key, role) = role(context, params)?;
    let mut actions = vec!["sts:AssumeRole"];
    if !params.items_at(&["Tags"]).is_empty() {
        actions.push("sts:TagSession");
    }
    for action in actions {
        let caller = iam::Caller::of(service, None);
        trusts(context, caller, action, &key, &role, keys(params))?;
    }
    let seconds = duration(params, &role, false)?;
    open(context, &key, &role, params, seconds)
}

/// Whether the role's trust policy lets a caller from outside IAM in.
fn trusts(
    context: &mut Context<'_, '_>,
    caller: iam::Caller,
    action: &str,
    key: &ResourceKey,
    role: &Value,
    keys: Value,
) -> Result<(), Error> {
    let resource: Rc<str> = role.str_at(&["Arn"]).into();
    let request = iam::Request {
        caller,
        action: action.into(),
        resource: resource.clone(),
        account: key.account.clone(),
        context: iam::Context::of(&keys),
    };
    let policies =
        evaluate::Policies { resource: access::resource_policy(context.cloud, &resource), ..Default::default() };
    let decision = iam::decide(&request, &policies);
    if decision.is_allowed() {
        return Ok(());
    }
    let why = access::reason(&request, &decision);
    context.note(Verb::Refuse, key, why);
    if request.caller.kind == principal::Kind::WebIdentity {
        return Err(Error::new("AccessDenied", format!("Not authorized to perform {action}")));
    }
    Err(access::refusal("sts", &request, &decision))
}

fn assume_with_web_identity(context: &mut Context<'_, '_>, params: &Value) -> Answer {
    let invalid = |message: &str| Error::new("InvalidIdentityToken", message);
    let claims = claims(params.str_at(&["WebIdentityToken"])).ok_or_else(|| {
        invalid("The ID Token provided is not a valid JWT. (You may see this error if you sent an Access Token)")
    })?;
    let issuer = claims.str_at(&["iss"]);
    let host = issuer.trim_start_matches("https://").trim_end_matches('/').to_owned();
    let (key, role) = role(context, params)
        .map_err(|_| Error::new("AccessDenied", "Not authorized to perform sts:AssumeRoleWithWebIdentity"))?;
    let provider_arn = format!("arn:aws:iam::{}:oidc-provider/{host}", key.account);
    let provider = context.cloud.get(&global(&key.account, "AWS::IAM::OIDCProvider", &provider_arn));
    let Some(provider) = provider else {
        let message = format!("No OpenIDConnect provider found in your account for {issuer}");
        return Err(invalid(&message));
    };
    let audience = match claims.at(&["aud"]) {
        Some(Value::List(items)) => items.first().and_then(Value::as_shared),
        Some(one) => one.as_shared(),
        None => None,
    };
    let audience = audience.unwrap_or_else(|| "".into());
    if !provider.items_at(&["ClientIDList"]).iter().any(|id| id.as_str() == Some(&audience)) {
        return Err(invalid("Incorrect token audience"));
    }
    if claims.int_at(&["exp"]).is_some_and(|at| at <= context.now().unix_seconds() as i64) {
        let message = format!(
            "Token expired: current date/time {} must be before the expiration date/time",
            context.now().rfc3339()
        );
        return Err(Error::new("ExpiredTokenException", message));
    }
    let subject = claims.str_at(&["sub"]).to_owned();
    let keys = Value::map()
        .with(&[&format!("{host}:sub")], subject.as_str())
        .with(&[&format!("{host}:aud")], audience.clone())
        .with(&["sts:RoleSessionName"], params.str_at(&["RoleSessionName"]));
    let caller = iam::Caller::of(&provider_arn, None);
    trusts(context, caller, "sts:AssumeRoleWithWebIdentity", &key, &role, keys)?;
    let seconds = duration(params, &role, false)?;
    let answer = open(context, &key, &role, params, seconds)?;
    Ok(answer
        .with(&["SubjectFromWebIdentityToken"], subject)
        .with(&["Provider"], provider_arn)
        .with(&["Audience"], audience))
}

/// What a token (a JWT) claims. Who signed it is known from its issuer: nobody forges here.
fn claims(token: &str) -> Option<Value> {
    let body = token.split('.').nth(1)?.replace('-', "+").replace('_', "/");
    let padded = format!("{body}{}", "=".repeat((4 - body.len() % 4) % 4));
    document::from_json(&String::from_utf8(base64::decode(&padded).ok()?).ok()?)
}

/// A token of the form that a cluster's issuer gives a service account.
#[must_use]
pub fn web_identity_token(issuer: &str, subject: &str, audience: &str, expires: SimTime) -> String {
    let part = |value: &Value| {
        base64::encode(value.to_string().as_bytes())
            .replace('+', "-")
            .replace('/', "_")
            .trim_end_matches('=')
            .to_owned()
    };
    let header = tree!({ "alg": "RS256", "kid": "drydock" });
    let claims = tree!({
        "iss": issuer, "sub": subject, "aud": [audience], "exp": (expires.unix_seconds() as i64)
    });
    let signature = part(&Value::from(format!("{:x}", crate::sim::stable_hash(3, &[issuer, subject, audience]))));
    format!("{}.{}.{signature}", part(&header), part(&claims))
}

fn session_token(context: &mut Context<'_, '_>, params: &Value) -> Answer {
    let who = context.caller.clone();
    if who.kind == PrincipalKind::AssumedRole {
        return Err(Error::new("AccessDenied", "Cannot call GetSessionToken with session credentials"));
    }
    let key = who.entity.clone().unwrap_or_else(|| global(&who.account, "AWS::IAM::Root", "root"));
    let seconds = params.int_at(&["DurationSeconds"]).unwrap_or(12 * HOUR).clamp(SHORTEST, 36 * HOUR);
    let record = tree!({ "Arn": (who.arn.clone()), "UserId": (who.id.clone()) });
    Ok(tree!({ "Credentials": (issue(context, &key, record, seconds)) }))
}

fn access_key_info(context: &mut Context<'_, '_>, params: &Value) -> Answer {
    let id = params.str_at(&["AccessKeyId"]);
    let of = |kind: &str| context.cloud.get(&credential_key(kind, id)).map(|key| key.str_at(&["_Account"]).to_owned());
    let account = of(ACCESS_KEY).or_else(|| of(CREDENTIALS));
    Ok(tree!({ "Account": (account.unwrap_or_else(|| context.cloud.settings().account.to_string())) }))
}

fn decode_message(_: &mut Context<'_, '_>, params: &Value) -> Answer {
    let text = params.str_at(&["EncodedMessage"]).replace('-', "+").replace('_', "/");
    let decoded = base64::decode(&text).ok().and_then(|bytes| String::from_utf8(bytes).ok());
    match decoded.filter(|text| text.starts_with('{')) {
        Some(message) => Ok(tree!({ "DecodedMessage": message })),
        None => Err(Error::new("InvalidAuthorizationMessageException", "Message is not valid")),
    }
}

//! Whose signature it is: access keys, sessions, services under a role.

use super::arn::Arn;
use crate::aws::api::{Call, Caller, Error, Principal, PrincipalKind};
use crate::aws::cloud::{Cloud, FIRST_ACCESS_KEY, ResourceKey};
use crate::document::Value;
use crate::sim::{Dice, SimTime};
use std::rc::Rc;

/// Long-term keys and temporary credentials are found by their id alone: no account owns the index.
pub const ACCESS_KEY: &str = "AWS::IAM::AccessKey";
/// Credentials that expire.
pub const CREDENTIALS: &str = "AWS::STS::Credentials";

/// The place of a key or of temporary credentials.
#[must_use]
pub fn credential_key(kind: &str, id: &str) -> ResourceKey {
    ResourceKey { account: "".into(), region: "".into(), kind: kind.into(), id: id.into() }
}

/// A resource of IAM, which no region has.
#[must_use]
pub fn global(account: &str, kind: &str, id: &str) -> ResourceKey {
    ResourceKey { account: account.into(), region: "".into(), kind: kind.into(), id: id.into() }
}

/// Makes sure of who signed the request.
///
/// # Errors
/// A key that does not exist, is switched off, or has expired: in the words of the service asked.
pub fn authenticate(cloud: &Cloud, call: &Call, now: SimTime) -> Result<Principal, Error> {
    match &call.caller {
        Caller::Keys { access_key_id } => {
            signed_with(cloud, access_key_id, now).map_err(|fault| fault.told_by(&call.service))
        }
        Caller::Service { name, account, role } => Ok(service(cloud, name, account, role.as_deref())),
        Caller::Anonymous if &*call.action == "AssumeRoleWithWebIdentity" => Ok(nobody(&cloud.settings().account)),
        Caller::Anonymous => Err(Error::new("MissingAuthenticationToken", "Request is missing Authentication Token")),
    }
}

/// What is wrong with a key.
#[derive(Clone, Copy)]
enum Fault {
    Unknown,
    Expired,
}

impl Fault {
    /// Services of different age word it differently (Common Errors of each API).
    fn told_by(self, service: &str) -> Error {
        let (code, message) = match (self, service) {
            (Self::Unknown, "ec2") => ("AuthFailure", "AWS was not able to validate the provided access credentials"),
            (Self::Unknown, "s3api") => {
                ("InvalidAccessKeyId", "The AWS Access Key Id you provided does not exist in our records.")
            }
            (Self::Unknown, "iam" | "sts" | "cloudformation" | "autoscaling" | "elbv2") => {
                ("InvalidClientTokenId", "The security token included in the request is invalid.")
            }
            (Self::Unknown, _) => {
                ("UnrecognizedClientException", "The security token included in the request is invalid.")
            }
            (Self::Expired, "ec2") => ("RequestExpired", "Request has expired."),
            (Self::Expired, "s3api") => ("ExpiredToken", "The provided token has expired."),
            (Self::Expired, "iam" | "sts" | "cloudformation" | "autoscaling" | "elbv2") => {
                ("ExpiredToken", "The security token included in the request is expired")
            }
            (Self::Expired, _) => ("ExpiredTokenException", "The security token included in the request is expired"),
        };
        Error::new(code, message)
    }
}

fn signed_with(cloud: &Cloud, id: &Rc<str>, now: SimTime) -> Result<Principal, Fault> {
    if cloud.expired.contains(id) {
        return Err(Fault::Expired);
    }
    if &**id == FIRST_ACCESS_KEY {
        return Ok(root(&cloud.settings().account, id));
    }
    if let Some(key) = cloud.get(&credential_key(ACCESS_KEY, id)) {
        let user = global(key.str_at(&["_Account"]), "AWS::IAM::User", key.str_at(&["UserName"]));
        if key.str_at(&["Status"]) != "Active" {
            return Err(Fault::Unknown);
        }
        let description = cloud.get(&user).ok_or(Fault::Unknown)?;
        return Ok(Principal {
            kind: PrincipalKind::User,
            account: user.account.clone(),
            arn: description.str_at(&["Arn"]).into(),
            id: description.str_at(&["UserId"]).into(),
            entity: Some(user),
            access_key_id: Some(id.clone()),
        });
    }
    let session = cloud.get(&credential_key(CREDENTIALS, id)).ok_or(Fault::Unknown)?;
    if session.int_at(&["_ExpiresAt"]).is_none_or(|at| at <= now.as_millis() as i64) {
        return Err(Fault::Expired);
    }
    let entity = global(session.str_at(&["_Account"]), session.str_at(&["_Kind"]), session.str_at(&["_Entity"]));
    let is_role = &*entity.kind == "AWS::IAM::Role";
    Ok(Principal {
        kind: match &*entity.kind {
            "AWS::IAM::Role" => PrincipalKind::AssumedRole,
            "AWS::IAM::User" => PrincipalKind::User,
            _ => PrincipalKind::Root,
        },
        account: entity.account.clone(),
        arn: session.str_at(&["Arn"]).into(),
        id: session.str_at(&[if is_role { "AssumedRoleId" } else { "UserId" }]).into(),
        entity: Some(entity),
        access_key_id: Some(id.clone()),
    })
}

/// The account itself.
#[must_use]
pub fn root(account: &Rc<str>, access_key_id: &Rc<str>) -> Principal {
    Principal {
        kind: PrincipalKind::Root,
        account: account.clone(),
        arn: format!("arn:aws:iam::{account}:root").into(),
        id: account.clone(),
        entity: None,
        access_key_id: Some(access_key_id.clone()),
    }
}

fn nobody(account: &Rc<str>) -> Principal {
    let kind = PrincipalKind::Anonymous;
    Principal { kind, account: account.clone(), arn: "".into(), id: "".into(), entity: None, access_key_id: None }
}

/// A service in its own name, or as a session of the role that it acts under.
fn service(cloud: &Cloud, name: &Rc<str>, account: &Rc<str>, role: Option<&str>) -> Principal {
    let own = Principal {
        kind: PrincipalKind::Service,
        account: account.clone(),
        arn: name.clone(),
        id: name.clone(),
        entity: None,
        access_key_id: None,
    };
    let Some((arn, role_name)) = role.and_then(|role| Arn::parse(role).zip(Arn::parse(role)?.role_name())) else {
        return own;
    };
    let entity = global(arn.account, "AWS::IAM::Role", role_name);
    let id = cloud.get(&entity).map(|role| role.str_at(&["RoleId"]).to_owned()).unwrap_or_default();
    let is_linked = arn.resource.starts_with("role/aws-service-role/");
    if id.is_empty() && is_linked {
        return own;
    }
    let session = session_name(name);
    Principal {
        kind: PrincipalKind::AssumedRole,
        account: entity.account.clone(),
        arn: format!("arn:aws:sts::{}:assumed-role/{role_name}/{session}", entity.account).into(),
        id: format!("{id}:{session}").into(),
        entity: Some(entity),
        access_key_id: None,
    }
}

/// What a service calls its sessions, as CloudTrail shows them.
fn session_name(service: &str) -> &str {
    match service.split('.').next().unwrap_or_default() {
        "cloudformation" => "AWSCloudFormation",
        "autoscaling" => "AutoScaling",
        "eks" => "AmazonEKS",
        "eks-nodegroup" => "EKS",
        "elasticloadbalancing" => "ElasticLoadBalancing",
        other => other,
    }
}

/// A letter or digit of the ids that IAM gives: five bits of `number`.
#[must_use]
pub fn letter(number: u64) -> u8 {
    const LETTERS: &[u8; 32] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZ234567";
    LETTERS.get((number % 32) as usize).copied().unwrap_or(b'A')
}

/// A new unique id: `AIDA` and 17 letters (IAM identifiers, "Unique identifiers").
#[must_use]
pub fn unique_id(prefix: &str, letters: u32, dice: &mut Dice) -> String {
    let drawn = (0..letters).map(|_| char::from(letter(dice.below(32))));
    prefix.chars().chain(drawn).collect()
}

/// A text of a secret's kind.
#[must_use]
pub fn secret(letters: u32, dice: &mut Dice) -> String {
    const LETTERS: &[u8; 64] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    (0..letters).map(|_| LETTERS.get(dice.below(64) as usize).copied().map_or('A', char::from)).collect()
}

/// The tags of a resource as pairs.
pub fn tags(resource: &Value) -> impl Iterator<Item = (&str, &str)> {
    resource.items_at(&["Tags"]).iter().map(|tag| (tag.str_at(&["Key"]), tag.str_at(&["Value"])))
}

//! Who asks, and whether a `Principal` element means them.

use super::arn::Arn;
use crate::document::Value;
use std::rc::Rc;

/// What sort of principal asks.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Kind {
    /// The account itself.
    Root,
    /// An IAM user.
    User,
    /// A session of a role.
    Session,
    /// A service of AWS, such as `ec2.amazonaws.com`.
    Service,
    /// Somebody whom an identity provider knows; the ARN is the provider's.
    WebIdentity,
    /// Nobody that AWS knows.
    Anonymous,
}

/// Who asks.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Caller {
    /// What sort of principal.
    pub kind: Kind,
    /// Its ARN; the name of a service.
    pub arn: Rc<str>,
    /// The account it belongs to; empty for services.
    pub account: Rc<str>,
    /// For a session: the ARN of its role, with the role's path.
    pub role: Option<Rc<str>>,
    /// Whether it is a role that a service made for itself: service control policies leave it be.
    pub service_linked: bool,
}

impl Caller {
    /// The caller with this ARN or service name. `role` is the ARN of a session's role, where it
    /// is known: a session's own ARN does not tell the role's path.
    #[must_use]
    pub fn of(arn: &str, role: Option<&str>) -> Self {
        let parsed = Arn::parse(arn);
        let kind = match parsed {
            None => Kind::Service,
            Some(arn) if arn.service == "sts" && arn.resource.starts_with("assumed-role/") => Kind::Session,
            Some(arn) if arn.resource == "root" => Kind::Root,
            Some(arn) if arn.resource.starts_with("oidc-provider/") => Kind::WebIdentity,
            Some(_) => Kind::User,
        };
        let account = parsed.map(|arn| arn.account).unwrap_or_default();
        let role = role
            .filter(|_| kind == Kind::Session)
            .map(Rc::from)
            .or_else(|| parsed.and_then(|arn| arn.assumed_role()).map(|(name, _)| role_arn(account, name)));
        let service_linked = role.as_ref().is_some_and(|role| role.contains(":role/aws-service-role/"));
        Self { kind, arn: arn.into(), account: account.into(), role, service_linked }
    }

    /// Whether the ARN of a role in a policy means this session's role.
    fn is_session_of(&self, arn: &str) -> bool {
        self.role.as_deref() == Some(arn)
    }
}

fn role_arn(account: &str, name: &str) -> Rc<str> {
    format!("arn:aws:iam::{account}:role/{name}").into()
}

/// How closely a `Principal` element means the caller: a closer one overrides more.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub enum Grant {
    /// The caller's account, which hands the question on to its own policies.
    Account,
    /// The role of the session that asks: its boundary and session policy still count.
    Role,
    /// The very caller, or everybody.
    Direct,
}

/// Whether the `Principal` element means the caller (IAM JSON policy elements: Principal).
#[must_use]
pub fn grant(principal: &Value, caller: &Caller) -> Option<Grant> {
    if principal.as_str() == Some("*") {
        return Some(Grant::Direct);
    }
    principal
        .entries()
        .flat_map(|(kind, names)| texts(names).map(move |name| (kind, name)))
        .filter_map(|(kind, name)| names_caller(kind, name, caller))
        .max()
}

fn names_caller(kind: &str, name: &str, caller: &Caller) -> Option<Grant> {
    let direct = |is: bool| is.then_some(Grant::Direct);
    match kind {
        "AWS" if name == "*" => Some(Grant::Direct),
        "AWS" if matches!(caller.kind, Kind::Service | Kind::WebIdentity | Kind::Anonymous) => None,
        "AWS" if is_account(name, &caller.account) => {
            Some(if caller.kind == Kind::Root { Grant::Direct } else { Grant::Account })
        }
        "AWS" if caller.is_session_of(name) => Some(Grant::Role),
        "AWS" => direct(*name == *caller.arn),
        "Service" => direct(caller.kind == Kind::Service && *name == *caller.arn),
        "Federated" => direct(caller.kind == Kind::WebIdentity && *name == *caller.arn),
        _ => None,
    }
}

/// Whether a `NotPrincipal` element leaves the caller out. For a session all three of its
/// identities must be named: account, role and session; for a user the account and the user (IAM
/// JSON policy elements: `NotPrincipal`).
#[must_use]
pub fn is_exempt(not_principal: &Value, caller: &Caller) -> bool {
    if not_principal.as_str() == Some("*") {
        return true;
    }
    let of = |wanted: &'static str| not_principal.get(wanted).into_iter().flat_map(texts);
    match caller.kind {
        Kind::Service => of("Service").any(|name| *name == *caller.arn),
        Kind::WebIdentity => of("Federated").any(|name| *name == *caller.arn),
        _ if of("AWS").any(|name| name == "*") => true,
        Kind::Anonymous => false,
        _ => {
            let account = of("AWS").any(|name| is_account(name, &caller.account));
            let itself = caller.kind == Kind::Root || of("AWS").any(|name| *name == *caller.arn);
            let role = caller.kind != Kind::Session || of("AWS").any(|name| caller.is_session_of(name));
            account && itself && role
        }
    }
}

/// Whether `name` is the account: its number or its root's ARN.
fn is_account(name: &str, account: &str) -> bool {
    !account.is_empty()
        && (name == account || Arn::parse(name).is_some_and(|arn| arn.account == account && arn.resource == "root"))
}

/// One text, or a list of texts.
fn texts(value: &Value) -> impl Iterator<Item = &str> {
    let list = if let Value::List(items) = value { items.as_slice() } else { std::slice::from_ref(value) };
    list.iter().filter_map(Value::as_str)
}

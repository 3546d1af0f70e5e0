//! The decision: which statements speak of a request, and what follows from them.
//!
//! Follows the IAM User Guide, "Policy evaluation logic": within one account, across accounts,
//! and where a resource's own policy names the caller so closely that boundaries do not count.

use super::arn::Arn;
use super::principal::{Grant, Kind};
use super::statement::{self, Miss, Request};
use crate::document::Value;
use std::rc::Rc;

/// Where a policy is attached, which says what it can do.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub enum Source {
    /// A service control policy of the caller's organization.
    Scp,
    /// A resource control policy of the resource's organization.
    Rcp,
    /// The resource's own policy; for a role its trust policy.
    Resource,
    /// A policy of the user, its groups or the role.
    Identity,
    /// The permissions boundary of the user or role.
    Boundary,
    /// A policy given when the session began.
    Session,
}

impl Source {
    /// One word, as simulators and recordings write it.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Scp => "scp",
            Self::Rcp => "rcp",
            Self::Resource => "resource",
            Self::Identity => "identity",
            Self::Boundary => "boundary",
            Self::Session => "session",
        }
    }
}

/// A policy document with the name it goes by.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Named {
    /// The name, or the ARN of a managed policy.
    pub name: Rc<str>,
    /// The document.
    pub document: Value,
}

/// The policies attached at one level of an organization.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Level {
    /// The level: root, an organizational unit, the account.
    pub name: Rc<str>,
    /// The policies.
    pub policies: Vec<Named>,
}

/// Every policy that has a say in a request.
#[derive(Clone, Default, PartialEq, Eq, Debug)]
pub struct Policies {
    /// Of the user and its groups, or of the role.
    pub identity: Vec<Named>,
    /// The permissions boundary; `None` where there is none.
    pub boundary: Option<Named>,
    /// The session policies; `None` where the session has none.
    pub session: Option<Vec<Named>>,
    /// The resource's own policy.
    pub resource: Option<Named>,
    /// Service control policies from the root of the caller's organization down.
    pub scps: Vec<Level>,
    /// Resource control policies from the root of the resource's organization down. That
    /// `RCPFullAWSAccess` is attached everywhere is understood.
    pub rcps: Vec<Level>,
}

/// What came out.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Outcome {
    /// It may be done.
    Allowed,
    /// Nothing allows it.
    ImplicitlyDenied,
    /// A statement forbids it.
    ExplicitlyDenied,
}

/// What a statement would have.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Effect {
    /// `Allow`
    Allow,
    /// `Deny`
    Deny,
}

/// One statement, judged.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Judged {
    /// Where its policy is attached.
    pub source: Source,
    /// At which level of the organization.
    pub level: Option<Rc<str>>,
    /// Its policy's name.
    pub policy: Rc<str>,
    /// Its place in the policy, from 0.
    pub index: u32,
    /// Allow or deny.
    pub effect: Effect,
    /// The statement itself.
    pub statement: Value,
    /// How closely it means the caller, or why it does not speak of the request.
    pub verdict: Result<Grant, Miss>,
}

impl Judged {
    /// Whether it speaks of the request.
    #[must_use]
    pub fn matched(&self) -> bool {
        self.verdict.is_ok()
    }

    /// Its `Sid`.
    #[must_use]
    pub fn sid(&self) -> Option<&str> {
        self.statement.get("Sid").and_then(Value::as_str)
    }
}

/// What decided.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum Decider {
    /// The statement with this place in [`Decision::statements`].
    Statement(u32),
    /// That no policy of this sort allows it; the level of the organization, where it has one.
    Nothing(Source, Option<Rc<str>>),
    /// The account's root user needs no statement.
    Root,
}

/// The whole answer.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Decision {
    /// What came out.
    pub outcome: Outcome,
    /// What decided.
    pub decider: Decider,
    /// Every statement of every policy, in the order they are asked.
    pub statements: Vec<Judged>,
}

impl Decision {
    /// Whether it may be done.
    #[must_use]
    pub fn is_allowed(&self) -> bool {
        self.outcome == Outcome::Allowed
    }

    /// The statement that decided, if one did.
    #[must_use]
    pub fn deciding(&self) -> Option<&Judged> {
        match self.decider {
            Decider::Statement(place) => self.statements.get(place as usize),
            _ => None,
        }
    }
}

/// Decides a request.
#[must_use]
pub fn decide(request: &Request, policies: &Policies) -> Decision {
    let statements = judge_all(request, policies);
    let denies = |judged: &Judged| judged.effect == Effect::Deny && judged.matched();
    if let Some(place) = statements.iter().position(denies) {
        let decider = Decider::Statement(place as u32);
        return Decision { outcome: Outcome::ExplicitlyDenied, decider, statements };
    }
    let (outcome, decider) = match who_allows(request, policies, &statements) {
        Ok(decider) => (Outcome::Allowed, decider),
        Err(decider) => (Outcome::ImplicitlyDenied, decider),
    };
    Decision { outcome, decider, statements }
}

fn judge_all(request: &Request, policies: &Policies) -> Vec<Judged> {
    let mut judged = Vec::new();
    if !is_beyond_scps(request) {
        for level in &policies.scps {
            level.policies.iter().for_each(|policy| judge(request, Source::Scp, Some(level), policy, &mut judged));
        }
    }
    if !request.caller.service_linked {
        for level in &policies.rcps {
            level.policies.iter().for_each(|policy| judge(request, Source::Rcp, Some(level), policy, &mut judged));
        }
    }
    policies.resource.iter().for_each(|policy| judge(request, Source::Resource, None, policy, &mut judged));
    policies.identity.iter().for_each(|policy| judge(request, Source::Identity, None, policy, &mut judged));
    policies.boundary.iter().for_each(|policy| judge(request, Source::Boundary, None, policy, &mut judged));
    policies.session.iter().flatten().for_each(|policy| judge(request, Source::Session, None, policy, &mut judged));
    judged
}

/// Service control policies bind users and roles of an account, not services, service-linked
/// roles or people from outside (Organizations User Guide, "Service control policies").
fn is_beyond_scps(request: &Request) -> bool {
    request.caller.service_linked || matches!(request.caller.kind, Kind::Service | Kind::WebIdentity | Kind::Anonymous)
}

fn judge(request: &Request, source: Source, level: Option<&Level>, policy: &Named, judged: &mut Vec<Judged>) {
    let variables = policy.document.str_at(&["Version"]) == "2012-10-17";
    let one;
    let statements = match policy.document.get("Statement") {
        Some(Value::List(items)) => items.as_slice(),
        Some(statement) => {
            one = [statement.clone()];
            &one
        }
        None => &[],
    };
    for (index, statement) in statements.iter().enumerate() {
        judged.push(Judged {
            source,
            level: level.map(|level| level.name.clone()),
            policy: policy.name.clone(),
            index: index as u32,
            effect: if statement.str_at(&["Effect"]) == "Allow" { Effect::Allow } else { Effect::Deny },
            statement: statement.clone(),
            verdict: statement::fits(statement, request, variables),
        });
    }
}

/// Nothing denies: is everything that must allow allowing? The decider either way.
fn who_allows(request: &Request, policies: &Policies, judged: &[Judged]) -> Result<Decider, Decider> {
    let allow = |source: Source, at_least: Grant| {
        let place = judged.iter().position(|judged| {
            judged.source == source
                && judged.effect == Effect::Allow
                && judged.verdict.as_ref().is_ok_and(|grant| *grant >= at_least)
        });
        place.map(|place| Decider::Statement(place as u32)).ok_or(Decider::Nothing(source, None))
    };
    if !is_beyond_scps(request) {
        every_level_allows(&policies.scps, judged)?;
    }
    let caller = &request.caller;
    if matches!(caller.kind, Kind::Service | Kind::WebIdentity | Kind::Anonymous) {
        return allow(Source::Resource, Grant::Direct);
    }
    let abroad = *caller.account != *request.account;
    let by_resource = allow(Source::Resource, Grant::Account);
    if abroad || answers_for_itself(request) {
        by_resource.clone()?;
    }
    let root = caller.kind == Kind::Root;
    if root && !abroad {
        return Ok(if answers_for_itself(request) { by_resource? } else { Decider::Root });
    }
    let directly = allow(Source::Resource, Grant::Direct);
    if let (false, Ok(decider)) = (abroad, &directly) {
        return Ok(decider.clone());
    }
    let by_role = allow(Source::Resource, Grant::Role);
    let granted = match (abroad, by_role) {
        (false, Ok(decider)) => decider,
        _ if root => Decider::Root,
        _ => allow(Source::Identity, Grant::Account)?,
    };
    if policies.boundary.is_some() {
        allow(Source::Boundary, Grant::Account)?;
    }
    if policies.session.is_some() {
        allow(Source::Session, Grant::Account)?;
    }
    Ok(granted)
}

fn every_level_allows(levels: &[Level], judged: &[Judged]) -> Result<(), Decider> {
    for level in levels {
        let allows = judged.iter().any(|judged| {
            judged.source == Source::Scp
                && judged.level.as_ref() == Some(&level.name)
                && judged.effect == Effect::Allow
                && judged.matched()
        });
        if !allows {
            return Err(Decider::Nothing(Source::Scp, Some(level.name.clone())));
        }
    }
    Ok(())
}

/// A role and a KMS key are only open to whom their own policy names, even within the account
/// (IAM User Guide, "Evaluating policies for requests within a single account").
fn answers_for_itself(request: &Request) -> bool {
    let Some(arn) = Arn::parse(&request.resource) else { return false };
    let service = request.action.split(':').next().unwrap_or_default();
    (arn.service == "kms" && arn.resource.starts_with("key/") && service.eq_ignore_ascii_case("kms"))
        || (arn.role_name().is_some() && service.eq_ignore_ascii_case("sts"))
}

//! Whether one statement speaks of a request, and where it stopped doing so.

use super::condition::{self, Failed};
use super::context::Context;
use super::pattern::{Case, Pattern, Unresolved};
use super::principal::{self, Caller, Grant};
use crate::document::Value;
use std::rc::Rc;

/// What is asked.
#[derive(Clone, Debug)]
pub struct Request {
    /// Who asks.
    pub caller: Caller,
    /// `s3:GetObject`.
    pub action: Rc<str>,
    /// An ARN, or `*` for an action without resource types.
    pub resource: Rc<str>,
    /// The account that owns the resource.
    pub account: Rc<str>,
    /// What else is known.
    pub context: Context,
}

/// The element of a statement that did not fit the request, the first in this order.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum Miss {
    /// `Principal` or `NotPrincipal` means somebody else.
    Principal,
    /// `Action` or `NotAction` means other actions.
    Action,
    /// `Resource` or `NotResource` means other resources; the key of a policy variable without a
    /// value, when that is why.
    Resource(Option<Rc<str>>),
    /// A condition does not hold.
    Condition(Box<Failed>),
}

/// Whether the statement speaks of the request, and how closely its principal means the caller
/// (`Direct` where there is no principal). `variables`: whether the policy's version knows them.
///
/// # Errors
/// [`Miss`]: the first element that does not fit.
pub fn fits(statement: &Value, request: &Request, variables: bool) -> Result<Grant, Miss> {
    let grant = principal_fits(statement, &request.caller).ok_or(Miss::Principal)?;
    if !action_fits(statement, &request.action) {
        return Err(Miss::Action);
    }
    match resource_fits(statement, request, variables) {
        Ok(true) => {}
        Ok(false) => return Err(Miss::Resource(None)),
        Err(missing) => return Err(Miss::Resource(Some(missing.key.into()))),
    }
    if let Some(block) = statement.get("Condition") {
        condition::all_hold(block, &request.context, variables).map_err(Miss::Condition)?
    }
    Ok(grant)
}

fn principal_fits(statement: &Value, caller: &Caller) -> Option<Grant> {
    match (statement.get("Principal"), statement.get("NotPrincipal")) {
        (Some(principal), _) => principal::grant(principal, caller),
        (None, Some(other)) => (!principal::is_exempt(other, caller)).then_some(Grant::Direct),
        (None, None) => Some(Grant::Direct),
    }
}

/// Whether the statement's `Action` or `NotAction` means this action. Actions have no case.
#[must_use]
pub fn action_fits(statement: &Value, action: &str) -> bool {
    let means = |names: &Value| texts(names).any(|name| Pattern::plain(name).fits(action, Case::Ignore));
    match (statement.get("Action"), statement.get("NotAction")) {
        (Some(names), _) => means(names),
        (None, Some(names)) => !means(names),
        (None, None) => false,
    }
}

/// A statement without a resource, in a trust policy, is about the role it stands on.
fn resource_fits(statement: &Value, request: &Request, variables: bool) -> Result<bool, Unresolved> {
    match (statement.get("Resource"), statement.get("NotResource")) {
        (Some(names), _) => any_resource(names, request, variables),
        (None, Some(names)) => any_resource(names, request, variables).map(|means| !means),
        (None, None) => Ok(true),
    }
}

/// A resource that cannot be read because of a variable is not it; another in the list may be.
fn any_resource(names: &Value, request: &Request, variables: bool) -> Result<bool, Unresolved> {
    let mut unresolved = None;
    for name in texts(names) {
        let pattern = if variables { Pattern::expand(name, &request.context) } else { Ok(Pattern::plain(name)) };
        match pattern {
            Ok(pattern) if pattern.fits_arn(&request.resource) => return Ok(true),
            Ok(_) => {}
            Err(missing) => unresolved = Some(missing),
        }
    }
    unresolved.map_or(Ok(false), Err)
}

fn texts(value: &Value) -> impl Iterator<Item = &str> {
    let list = if let Value::List(items) = value { items.as_slice() } else { std::slice::from_ref(value) };
    list.iter().filter_map(Value::as_str)
}

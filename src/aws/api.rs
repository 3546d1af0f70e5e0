//! The words of a request to AWS and of its answer.

use crate::aws::ResourceKey;
use crate::document::Value;
use std::fmt;
use std::rc::Rc;

/// Who signs a request.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum Caller {
    /// Somebody with an access key. Whose it is, and whether it still holds, the door finds out.
    Keys {
        /// `AKIA…` of a user, `ASIA…` of a session.
        access_key_id: Rc<str>,
    },
    /// A service of AWS in its own name, for example `autoscaling.amazonaws.com`, acting under a
    /// role of the account (a service-linked role, a stack's role) when there is one.
    Service {
        /// The service's principal.
        name: Rc<str>,
        /// The account in which it acts.
        account: Rc<str>,
        /// The ARN of the role.
        role: Option<Rc<str>>,
    },
    /// Nobody: no credentials are configured.
    Anonymous,
}

/// One request: an operation of a service, as the SDKs name both.
#[derive(Clone, PartialEq, Debug)]
pub struct Call {
    /// Who signs it.
    pub caller: Caller,
    /// Where, for example `ap-northeast-2`.
    pub region: Rc<str>,
    /// The service's name in the CLI: `ec2`, `iam`, `cloudformation`.
    pub service: Rc<str>,
    /// The operation's name in the API: `CreateVpc`.
    pub action: Rc<str>,
    /// The parameters, with the API's member names: `{ "CidrBlock": "10.0.0.0/16" }`.
    pub params: Value,
}

impl Call {
    /// A request of somebody with keys.
    #[must_use]
    pub fn new(access_key_id: &str, region: &str, service: &str, action: &str, params: Value) -> Self {
        Self {
            caller: Caller::Keys { access_key_id: access_key_id.into() },
            region: region.into(),
            service: service.into(),
            action: action.into(),
            params,
        }
    }

    /// Whether it may change the cloud. What only reads is no part of a story.
    #[must_use]
    pub fn mutates(&self) -> bool {
        const READS: &[&str] =
            &["Describe", "List", "Get", "Head", "Simulate", "Validate", "Estimate", "Search", "Check"];
        // Source: a session's credentials are made by these, whatever their name begins with.
        const MAKES: &[&str] = &["GetSessionToken", "GetFederationToken"];
        MAKES.contains(&&*self.action) || !READS.iter().any(|read| self.action.starts_with(read))
    }
}

/// What a request is answered with: the tree that the CLI prints as JSON, or a refusal.
pub type Answer = Result<Value, Error>;

/// A refusal in AWS's own words.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Error {
    /// Its code: `InvalidVpcID.NotFound`.
    pub code: Rc<str>,
    /// Its message, verbatim.
    pub message: Rc<str>,
}

impl Error {
    /// A refusal.
    #[must_use]
    pub fn new(code: &str, message: impl Into<Rc<str>>) -> Self {
        Self { code: code.into(), message: message.into() }
    }

    /// As the AWS CLI prints it.
    // Models botocore ClientError.MSG_TEMPLATE
    #[must_use]
    pub fn line(&self, action: &str) -> String {
        format!("An error occurred ({}) when calling the {action} operation: {}", self.code, self.message)
    }
}

impl fmt::Display for Error {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(out, "{}: {}", self.code, self.message)
    }
}

/// What kind of identity stands behind a request.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum PrincipalKind {
    /// The account itself.
    Root,
    /// An IAM user.
    User,
    /// A role's session.
    AssumedRole,
    /// A service of AWS.
    Service,
    /// Nobody yet: an operation that asks for no credentials, such as AssumeRoleWithWebIdentity.
    Anonymous,
}

/// An identity that the door has made sure of.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Principal {
    /// What it is.
    pub kind: PrincipalKind,
    /// Its account.
    pub account: Rc<str>,
    /// Its ARN, as `sts get-caller-identity` tells it.
    pub arn: Rc<str>,
    /// Its unique id: `AIDA…`, `AROA…:session`, the account for root.
    pub id: Rc<str>,
    /// The user or role whose policies speak for it.
    pub entity: Option<ResourceKey>,
    /// The access key that signed, if one did.
    pub access_key_id: Option<Rc<str>>,
}

/// What an operation must be allowed to do: an action on a resource.
#[derive(Clone, PartialEq, Debug)]
pub struct Need {
    /// `ec2:CreateVpc`.
    pub action: Rc<str>,
    /// An ARN, or `*` where the action knows no resources.
    pub resource: Rc<str>,
    /// Further condition keys of the request, for example `iam:PassedToService`.
    pub context: Value,
}

impl Need {
    /// An action on a resource, without further condition keys.
    #[must_use]
    pub fn new(action: impl Into<Rc<str>>, resource: impl Into<Rc<str>>) -> Self {
        Self { action: action.into(), resource: resource.into(), context: Value::map() }
    }
}

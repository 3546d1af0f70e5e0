//! Who may do what: the authorizers that a request passes before anything looks at its body.
//!
//! `rbac` decides by the roles and bindings that are stored and names the rule that decided;
//! `escalation` keeps people from granting what they do not have; `bootstrap` is what a cluster
//! starts with. Members of `system:masters` pass before any rule is read. Nodes pass by the rules
//! of the ClusterRole `system:node` without a binding; unlike upstream's Node authorizer, ours does
//! not ask whether a Pod of that node mentions the Secret or volume that the node reads.
//!
//! Invariant: a decision is a function of who asks, what for, and what is stored.
//! Invariant: there is no rule that denies; what no rule allows is refused.

pub mod bootstrap;
pub mod escalation;
pub mod rbac;

use crate::document::{Value, shared};
use crate::kube::Snapshot;
use crate::kube::api::{ApiError, Key, Reason, Request, User, Verb};
use std::rc::Rc;

/// What is asked for, as authorizers see it.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct Attributes {
    /// `get`, `list`, `create` …
    pub verb: Rc<str>,
    /// The API group; empty for the core group.
    pub group: Rc<str>,
    /// The resource's plural name.
    pub resource: Rc<str>,
    /// The subresource, or nothing.
    pub subresource: Rc<str>,
    /// The namespace; empty for all of them, or where there is none.
    pub namespace: Rc<str>,
    /// The object's name, or nothing.
    pub name: Rc<str>,
    /// In place of a resource: a path such as `/healthz`.
    pub path: Rc<str>,
}

/// A rule that applies to someone, and the way in which it came to them.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Grant {
    /// The binding.
    pub binding: Key,
    /// The role it refers to.
    pub role: Key,
    /// Which of the role's rules.
    pub rule: i64,
    /// The subject of the binding that is the asker, for example `User "mina"`.
    pub subject: Rc<str>,
}

/// What was decided, and why.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum Decision {
    /// A member of `system:masters` may do everything.
    Master,
    /// A node does what nodes do.
    Node,
    /// This rule allows it.
    Allowed(Grant),
    /// No rule allows it.
    Denied {
        /// The bindings that apply to the asker here, each with its role.
        considered: Vec<(Key, Key)>,
        /// Roles that bindings refer to and that do not exist, in upstream's words.
        missing: Vec<String>,
    },
}

impl Attributes {
    /// What a request asks for.
    // Models k8s.io/apiserver/pkg/endpoints/request RequestInfo
    #[must_use]
    pub fn of(request: &Request) -> Self {
        let info = request.resource.info();
        let verb = match request.verb {
            Verb::Get => "get",
            Verb::List => "list",
            Verb::Create => "create",
            Verb::Update => "update",
            Verb::Patch(_) => "patch",
            Verb::Delete => "delete",
            Verb::DeleteCollection => "deletecollection",
        };
        Self {
            verb: shared(verb),
            group: shared(info.group),
            resource: shared(info.plural),
            subresource: shared(request.subresource),
            namespace: request.namespace.clone(),
            name: request.name.clone(),
            path: shared(""),
        }
    }

    /// `pods`, or `pods/log`.
    #[must_use]
    pub fn full_resource(&self) -> String {
        if self.subresource.is_empty() {
            self.resource.to_string()
        } else {
            format!("{}/{}", self.resource, self.subresource)
        }
    }
}

impl Decision {
    /// Whether the request may go on.
    #[must_use]
    pub fn is_allowed(&self) -> bool {
        !matches!(self, Self::Denied { .. })
    }

    /// The reason, as an access review shows it.
    // Models plugin/pkg/auth/authorizer/rbac RBACAuthorizer.Authorize
    #[must_use]
    pub fn reason(&self) -> String {
        match self {
            Self::Master | Self::Node => String::new(),
            Self::Allowed(grant) => {
                let place = match &*grant.binding.namespace {
                    "" => format!("{:?}", &*grant.binding.name),
                    namespace => format!("\"{}/{namespace}\"", grant.binding.name),
                };
                format!(
                    "RBAC: allowed by {} {place} of {} {:?} to {}",
                    grant.binding.resource.kind(),
                    grant.role.resource.kind(),
                    &*grant.role.name,
                    grant.subject
                )
            }
            Self::Denied { missing, .. } => match missing.as_slice() {
                [] => String::new(),
                [one] => format!("RBAC: {one}"),
                several => format!("RBAC: [{}]", several.join(", ")),
            },
        }
    }
}

/// Decides a request of `user`.
// Models k8s.io/apiserver/pkg/authorization/union with --authorization-mode=Node,RBAC
#[must_use]
pub fn decide(seen: &Snapshot<'_>, node_rules: &[Value], user: &User, asked: &Attributes) -> Decision {
    let is_in = |group: &str| user.groups.iter().any(|known| &**known == group);
    if is_in("system:masters") {
        return Decision::Master;
    }
    if is_in("system:nodes")
        && user.name.starts_with("system:node:")
        && node_rules.iter().any(|rule| rbac::allows(rule, asked))
    {
        return Decision::Node;
    }
    rbac::decide(seen, user, asked)
}

/// The refusal of what was denied.
// Models k8s.io/apiserver/pkg/endpoints/handlers/responsewriters ForbiddenMessage
#[must_use]
pub fn forbidden(request: &Request, asked: &Attributes, decision: &Decision) -> ApiError {
    let place = match &*asked.namespace {
        "" => "at the cluster scope".to_owned(),
        namespace => format!("in the namespace {namespace:?}"),
    };
    let subject = match &*asked.name {
        "" => request.resource.qualified(),
        name => format!("{} {name:?}", request.resource.qualified()),
    };
    let mut message = format!(
        "{subject} is forbidden: User {:?} cannot {} resource {:?} in API group {:?} {place}",
        &*request.user.name,
        asked.verb,
        asked.full_resource(),
        &*asked.group,
    );
    let reason = decision.reason();
    if !reason.is_empty() {
        message = format!("{message}: {reason}");
    }
    ApiError::new(Reason::Forbidden, message)
}

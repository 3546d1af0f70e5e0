//! What a service offers the door.

use crate::aws::api::{Answer, Need};
use crate::aws::cloud::Due;
use crate::aws::context::{Context, Scope};
use crate::document::Value;

/// One operation of a service.
#[derive(Clone, Copy)]
pub struct Operation {
    /// Its name in the API: `CreateVpc`.
    pub name: &'static str,
    /// What IAM must allow, from the request and what is there. None: the action
    /// `<service>:<name>` on `*`.
    // Source: Service Authorization Reference, "Actions, resources, and condition keys".
    pub needs: Option<fn(&Scope<'_>, &Value) -> Vec<Need>>,
    /// Carries it out. It changes nothing before it has checked everything.
    pub run: fn(&mut Context<'_, '_>, &Value) -> Answer,
}

impl Operation {
    /// An operation that IAM knows by the service's prefix and its own name, on every resource.
    #[must_use]
    pub const fn new(name: &'static str, run: fn(&mut Context<'_, '_>, &Value) -> Answer) -> Self {
        Self { name, needs: None, run }
    }

    /// The same with what it needs to be allowed.
    #[must_use]
    pub const fn needing(self, needs: fn(&Scope<'_>, &Value) -> Vec<Need>) -> Self {
        Self { needs: Some(needs), ..self }
    }
}

/// A service of AWS.
#[derive(Clone, Copy)]
pub struct Service {
    /// Its name in the CLI and in [`crate::aws::api::Call::service`].
    pub name: &'static str,
    /// Its prefix in IAM actions.
    pub prefix: &'static str,
    /// What it can do.
    pub operations: &'static [Operation],
    /// What happens when something of this service's is due.
    pub on_due: fn(&mut Context<'_, '_>, &Due),
    /// What is there before anybody asks, for example AWS managed policies.
    pub found: fn(&mut Context<'_, '_>),
}

impl Service {
    /// A service for which nothing is ever due and of which nothing is there at the beginning.
    #[must_use]
    pub const fn new(name: &'static str, prefix: &'static str, operations: &'static [Operation]) -> Self {
        Self { name, prefix, operations, on_due: |_, _| {}, found: |_| {} }
    }
}

/// Every service, in the order in which what is due at one moment is not sorted: by name.
#[rustfmt::skip]
pub const SERVICES: &[Service] = &[
    crate::aws::autoscaling::SERVICE,
    crate::aws::cloudformation::SERVICE,
    crate::aws::ec2::SERVICE,
    crate::aws::eks::SERVICE,
    crate::aws::elb::CLASSIC,
    crate::aws::elb::SERVICE,
    crate::aws::iam::SERVICE,
    crate::aws::organizations::SERVICE,
    crate::aws::s3::SERVICE,
    crate::aws::ssm::SERVICE,
    crate::aws::sts::SERVICE,
];

/// The service with this name.
#[must_use]
pub fn named(name: &str) -> Option<&'static Service> {
    SERVICES.iter().find(|service| service.name == name)
}

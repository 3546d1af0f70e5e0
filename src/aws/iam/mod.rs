//! Identity and Access Management: who may do what, and why not.
//!
//! The engine reads policy documents as they are written and decides one request at a time:
//! [`evaluate::decide`]. It tells of every statement whether it speaks of the request, and of one
//! that does not, which element stopped it. [`validate`] says what AWS would refuse in a
//! document, in AWS's words, and where.
//!
//! `operations` is the service's API over the cloud's resources; `identity` makes sure of who
//! signed a request; [`access`] gathers the policies that have a say in it, for the door and for
//! whoever asks why.
//!
//! Invariant: a decision is a function of the request and the policies. No clock, no store: what
//! time it is comes as the condition key `aws:CurrentTime`.
//! Invariant: one deny that speaks of the request decides; order and number of allows do not.

pub mod access;
pub mod address;
pub mod arn;
pub mod condition;
pub mod context;
pub mod document;
pub mod evaluate;
pub mod identity;
pub mod managed;
mod operations;
pub mod pattern;
pub mod principal;
#[cfg(test)]
mod properties;
pub mod quantity;
pub mod statement;
pub mod validate;

pub use arn::Arn;
pub use context::Context;
pub use evaluate::{Decider, Decision, Effect, Judged, Level, Named, Outcome, Policies, Source, decide};
pub use operations::{SERVICE, service_linked_role, trust_of};
pub use principal::{Caller, Grant};
pub use statement::{Miss, Request};

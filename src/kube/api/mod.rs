//! What the API knows about its kinds, without any storage or time: resources, identities and
//! requests, defaulting, validation, quantities, selectors, patches, field ownership.
//!
//! Invariant: functions here are pure; the same object always gets the same defaults and the
//! same messages, which are upstream's own.

pub mod custom;
pub mod defaulting;
mod difflib;
mod error;
pub mod goprint;
pub mod intstr;
mod key;
pub mod labels;
pub mod managed_fields;
pub mod names;
mod object;
pub mod patch;
pub mod pod_resources;
pub mod qos;
pub mod quantity;
mod request;
mod resource;
pub mod validation;

pub use error::{ApiError, FieldError, FieldErrorKind, Reason};
pub use key::Key;
pub use object::{Object, meta};
pub use quantity::Quantity;
pub use request::{Options, PatchType, Preconditions, Propagation, Reply, Request, User, Verb};
pub use resource::{Resource, ResourceInfo};

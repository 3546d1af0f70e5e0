//! The cloud: accounts, identities, networks, machines, templates, and what AWS knows of EKS.
//!
//! `api` has the words of a request: [`api::Call`] in, [`api::Answer`] out, in the shapes and with
//! the names of AWS's own APIs. `cloud` keeps every resource of every account as the tree that its
//! service describes it with. `door` is the one way in: authentication, IAM, then the operation.
//! Each service is a folder or file of its own, named as AWS names it, that offers its
//! `OPERATIONS`; `context` is what an operation may touch.
//!
//! Invariant: everything goes through the door with an identity, a service's own calls too. A
//! denial is therefore real, and every change has an author and a cause.
//! Invariant: nothing here knows Kubernetes. Of a cluster, AWS knows what EKS describes; the
//! `world` makes it.
//! Invariant: amounts of money and time are integers; no order depends on a hash.

pub mod api;
pub mod autoscaling;
mod cloud;
pub mod cloudformation;
mod context;
mod door;
pub mod ec2;
pub mod eks;
pub mod elb;
pub mod iam;
pub mod organizations;
pub mod pricing;
pub mod s3;
pub mod service;
pub mod ssm;
pub mod sts;
pub mod vpc;

pub use api::Answer;
pub use cloud::{Cloud, Due, FIRST_ACCESS_KEY, ResourceKey, Settings};
pub use context::{Context, Scope, required};

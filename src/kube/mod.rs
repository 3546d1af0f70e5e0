//! Kubernetes, laid out and named as upstream.
//!
//! `api/` knows kinds: resources, defaulting, validation, quantities, selectors, patches.
//! `apiserver/` is the one door: every read and write is a [`api::Request`] with an identity, and
//! goes through authorization, defaulting, validation, admission and storage. `etcd` keeps objects.
//! `controller/`, `scheduler/` and `kubelet/` are the loops: each sees a [`Snapshot`] and answers
//! with an [`Outcome`], which [`Cluster`] carries out as requests. `network/` is what Services
//! become on a node: addresses, names, policies, the path of a request. `program/` is what runs in
//! containers, `streaming` the way into them (logs, exec, ports), `metrics` what they use, `login`
//! what is seen on a node itself. `fields` says which fields of objects all of this acts upon.
//!
//! Invariant: a loop decides and does not do. It never touches the store; what it wants goes
//! through the API server under its own identity, so every change has an author and a cause.
//! Invariant: reasons are data ([`why::Why`]), never sentences for people.
//! Invariant: nothing here knows AWS, a screen or a language.

pub mod api;
pub mod apiserver;
pub mod authorization;
mod cluster;
mod conditions;
pub mod controller;
mod etcd;
mod events;
pub mod fields;
pub mod kubelet;
pub mod login;
mod metrics;
pub mod network;
mod outcome;
pub mod program;
pub mod quota;
pub mod scheduler;
pub mod settings;
mod streaming;
pub mod why;

pub use crate::sim::Turn;
pub use cluster::{Cluster, Component, Due, Leader, Part, Queued, Ran};
pub use etcd::{Etcd, Measures, Snapshot};
pub use outcome::{EventRecord, Outcome, Planned, When};

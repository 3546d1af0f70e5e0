//! CloudFormation: templates, and the stacks that are made of them.
//!
//! The engine is pure: `template` reads, `parameters`, `evaluate` and `resolve` work out, `graph`
//! orders, `changes` compares, `validate` says what AWS refuses beforehand, `lint` what is wrong
//! and where. `facts` is what is known of resource types.
//!
//! A stack is worked on in phases of tasks (`engine`): each task is one resource (`work`), made by
//! the lines of its type in a table (`handlers`, `handlers.txt`; `convert` from properties to
//! parameters). `operations`, `changeset`, `query` and `drift` answer the API; `stack` is how a
//! stack is kept.
//!
//! Invariant: the engine knows neither time nor other services; what only the world knows is asked
//! through `Facts` and `Lookup`.
//! Invariant: a resource is made, changed and deleted only through the door, as the caller or the
//! stack's role. A type that is not simulated is named in the stack's events and stands there inert.

pub mod changes;
mod changeset;
pub mod cidr;
mod convert;
mod drift;
mod dynamic;
mod engine;
pub mod evaluate;
pub mod facts;
pub mod foreach;
pub mod graph;
pub mod handlers;
pub mod lint;
pub mod masks;
mod operations;
pub mod parameters;
mod pattern;
mod phases;
mod query;
pub mod resolve;
pub mod signals;
pub mod stack;
pub mod template;
pub mod validate;
mod work;
mod zones;

pub use operations::SERVICE;

//! CloudFormation: templates, and the stacks that are made of them.
//!
//! The engine is pure: `template` reads, `parameters`, `evaluate` and `resolve` work out, `graph`
//! orders, `changes` compares, `validate` says what AWS refuses beforehand, `lint` what is wrong
//! and where. `facts` is what is known of resource types.
//!
//! Invariant: the engine knows neither time nor other services; what only the world knows is asked
//! through `Facts` and `Lookup`.
//! Invariant: a resource is made, changed and deleted only through the door, as the caller or the
//! stack's role. A type that is not simulated is named in the stack's events and stands there inert.

pub mod changes;
pub mod cidr;
pub mod evaluate;
pub mod facts;
pub mod graph;
pub mod lint;
pub mod masks;
pub mod parameters;
mod pattern;
pub mod resolve;
pub mod template;
pub mod validate;
mod zones;

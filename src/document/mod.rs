//! Documents: YAML and JSON in and out, as trees.
//!
//! A [`Value`] is what the API server stores and every loop reads: a tree with cheap sharing
//! (`Rc` per node, copied on write) and sorted keys, as Kubernetes itself prints objects. A
//! [`yaml::Document`] is what a person wrote: the same tree with a place (line, column) for every
//! node, in the order of the file. The schema engine ([`schema`]) decodes, defaults, merges and
//! completes; it knows types and fields, never rules of one kind.
//!
//! Invariant: nothing here knows Kubernetes objects beyond their schema, a clock, or a screen.
//! Invariant: no floats. A number that is not an integer is kept as the decimal text that Go
//! would print, so that equality and hashing stay exact.

pub mod base64;
pub mod gojson;
mod in_order;
pub mod jsonpath;
mod map;
pub mod number;
pub mod output;
pub mod problem;
pub mod regex;
pub mod schema;
mod serde;
mod value;
pub mod yaml;

pub use in_order::InOrder;
pub use map::{Map, shared};
pub use problem::{Fix, Position, Problem, Severity, Span};
pub use serde::{Mismatch, from_value};
pub use value::{Value, is_same, put, write_json_string};
pub use yaml::{Document, Node, Parsed, parse};

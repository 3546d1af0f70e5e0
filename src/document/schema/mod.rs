//! The schema of Kubernetes kinds: which fields a type has, and what they take.
//!
//! The table is made at build time (`generate.rs`) from the crate `k8s-openapi` and our own
//! `gaps.txt`. [`Type`] and [`Field`] are numbers into it, as cheap as an integer. Decoding
//! ([`decode`]), the editor's marks ([`check`]) and completion ([`complete`]) all read the same
//! rows; so do patches and server-side apply, which need the merge keys.
//!
//! Invariant: rules of one kind (names, ranges, what goes together) do not live here.

mod added;
mod check;
mod complete;
mod decode;
mod internal;
mod nearest;
mod quantity;
mod table;

pub use added::{add, words_of};
pub use check::{check, check_document};
pub use complete::{Completion, CompletionKind, Custom, complete};
pub use decode::{DecodeError, decode, decode_beside, decode_leniently, served, served_beside, strict_error};
pub use internal::{internal_json, internal_part_pretty, internal_pretty};
pub use nearest::nearest;
pub use quantity::quantity_error;
pub use table::{Field, ListKind, Patch, Shape, Type, kinds, root};

mod describe;
pub use describe::description;
#[cfg(not(target_arch = "wasm32"))]
pub use describe::descriptions;

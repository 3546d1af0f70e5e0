//! Plain structs that a screen needs, one file per lens or pane: what to draw, never how.
//!
//! A view is computed from the session (and the rooms below it) and compared with the last one; a
//! component renders again only when its view differs. Words are keys and arguments of the
//! catalogues or names of the world, so that a view is the same in every language where it can be.
//!
//! Invariant: no markup, no pixels, no browser. Invariant: a view owns its data; it borrows nothing.

pub mod access;
pub mod breaking;
pub mod cloud;
pub mod control_loop;
pub mod course;
pub mod create;
pub mod cure;
pub mod dock;
pub mod fuzzy;
pub mod hosting;
pub mod inspector;
pub mod lenses;
pub mod list;
pub mod map;
pub mod money;
pub mod moving;
pub mod notes;
pub mod palette;
pub mod plane;
pub mod policy;
pub mod rbac;
pub mod read;
pub mod resource;
pub mod said;
pub mod stack;
pub mod timeline;
pub mod tracer;
pub mod traffic;
pub mod tree;
pub mod why;
pub mod wish;
pub mod write;
pub mod yaml;

/// The name of a thing that can be selected.
pub use crate::kube::api::Key;
/// The name of a resource of the cloud.
pub use crate::world::ResourceKey;

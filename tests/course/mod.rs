//! The course: that the built-in lessons keep the rules, that the rules can be broken, and that
//! the player tells a good lesson from a bad one.

mod played;
mod progress;
mod rules;
mod text;

use drydock::course::Folder;
use std::path::{Path, PathBuf};

fn lessons() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("lessons")
}

/// The lesson folders of the project.
fn folders() -> Vec<Folder> {
    Folder::open_all(&lessons()).expect("our lessons can be read")
}

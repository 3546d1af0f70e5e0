//! The course: that the built-in lessons keep the rules, that the rules can be broken, and that
//! the player tells a good lesson from a bad one.

mod played;
mod rules;
mod text;

use drydock::course::Folder;
use std::fs;
use std::path::{Path, PathBuf};

fn lessons() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("lessons")
}

/// The lesson folders of the project.
fn folders() -> Vec<Folder> {
    let mut paths: Vec<PathBuf> =
        fs::read_dir(lessons()).expect("lessons can be listed").map(|entry| entry.expect("listed").path()).collect();
    paths.retain(|path| path.is_dir());
    paths.sort();
    paths.iter().map(|path| folder(path)).collect()
}

fn folder(path: &Path) -> Folder {
    fn walk(at: &Path, top: &Path, folder: &mut Folder) {
        for entry in fs::read_dir(at).expect("a folder can be listed") {
            let path = entry.expect("listed").path();
            if path.is_dir() {
                walk(&path, top, folder);
            } else {
                let name = path.strip_prefix(top).expect("below the top").to_string_lossy().into_owned();
                folder.files.insert(name, fs::read_to_string(&path).expect("lessons are text"));
            }
        }
    }
    let mut folder = Folder { id: path.file_name().unwrap_or_default().to_string_lossy().into(), ..Folder::default() };
    walk(path, path, &mut folder);
    folder
}

//! Build time: turns `lessons/` into what the program carries.
//!
//! Included by `build.rs`. Mechanics stay YAML, which the program reads anyway; the prose of both
//! languages is read here, so that the browser needs no Markdown reader. What a lesson gets wrong
//! is `drydock check`'s to say; here only what cannot be read at all ends the build.
//!
//! A lesson weighs about 5 KB (brotli, both languages). The browser's program carries only the
//! first one; the native program carries all, and writes the others as files for the browser,
//! which fetches one when it is opened.

#[path = "markdown.rs"]
mod markdown;
#[path = "prose.rs"]
#[expect(dead_code, reason = "the build only writes prose; the program reads it")]
mod prose;

use std::fs;
use std::path::{Path, PathBuf};

/// Compiles `lessons` and writes `course.rs` and the prose into `out`.
///
/// # Errors
/// What cannot be read, one line each.
pub fn compile(lessons: &Path, out: &Path) -> Result<(), String> {
    println!("cargo::rerun-if-changed={}", lessons.display());
    let mut code = String::new();
    for name in ["course", "glossary"] {
        code +=
            &format!("const {}: &str = {};\n", name.to_uppercase(), include(&lessons.join(format!("{name}.yaml")))?);
    }
    let folders = folders(lessons)?;
    let ids: Vec<String> = folders.iter().map(|folder| name(folder)).collect();
    code += &format!("const IDS: &[&str] = &{ids:?};\n");
    let first = folders.first().map(|folder| lesson(folder, out)).transpose()?;
    code +=
        &format!("#[cfg(target_arch = \"wasm32\")]\nconst LESSONS: &[Embedded] = &[{}];\n", first.unwrap_or_default());
    code += "#[cfg(not(target_arch = \"wasm32\"))]\nconst LESSONS: &[Embedded] = &[\n";
    for folder in folders {
        code += &lesson(&folder, out)?;
    }
    code += "];\n";
    write(&out.join("course.rs"), &code)
}

/// Lesson folders, in the order of their names: those with a `lesson.yaml`.
fn folders(lessons: &Path) -> Result<Vec<PathBuf>, String> {
    let mut folders: Vec<PathBuf> = list(lessons)?;
    folders.retain(|path| path.join("lesson.yaml").is_file());
    Ok(folders)
}

fn list(folder: &Path) -> Result<Vec<PathBuf>, String> {
    let entries = fs::read_dir(folder).map_err(|error| format!("{}: {error}", folder.display()))?;
    let mut paths: Vec<PathBuf> = entries.filter_map(|entry| Some(entry.ok()?.path())).collect();
    paths.sort();
    Ok(paths)
}

fn lesson(folder: &Path, out: &Path) -> Result<String, String> {
    let id = name(folder);
    let mut code = format!("Embedded {{ id: {id:?}, lesson: {}, ", include(&folder.join("lesson.yaml"))?);
    for language in ["en", "ko"] {
        let source = folder.join(format!("{language}.md"));
        let text = fs::read_to_string(&source).map_err(|error| format!("{}: {error}", source.display()))?;
        let target = out.join(format!("{id}.{language}.prose"));
        write(&target, &prose::encode(&markdown::read(&text).0))?;
        code += &format!("{language}: {}, ", include(&target)?);
    }
    let mut files = Vec::new();
    for inside in ["files", "solution"] {
        collect(&folder.join(inside), inside, &mut files)?;
    }
    code += "files: &[";
    for (name, path) in files {
        code += &format!("({name:?}, {}), ", include(&path)?);
    }
    Ok(code + "] },\n")
}

/// Every file below `folder`, named from the lesson's folder.
fn collect(folder: &Path, prefix: &str, files: &mut Vec<(String, PathBuf)>) -> Result<(), String> {
    if !folder.is_dir() {
        return Ok(());
    }
    for path in list(folder)? {
        let name = format!("{prefix}/{}", name(&path));
        if path.is_dir() {
            collect(&path, &name, files)?;
        } else {
            files.push((name, path));
        }
    }
    Ok(())
}

fn name(path: &Path) -> String {
    path.file_name().unwrap_or_default().to_string_lossy().into_owned()
}

/// An `include_str!` of a file, by its full path.
fn include(path: &Path) -> Result<String, String> {
    let full = path.canonicalize().map_err(|error| format!("{}: {error}", path.display()))?;
    Ok(format!("include_str!({full:?})"))
}

fn write(path: &Path, text: &str) -> Result<(), String> {
    fs::write(path, text).map_err(|error| format!("{}: {error}", path.display()))
}

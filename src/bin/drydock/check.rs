//! `drydock check DIR`: holds lessons against the rules and plays every one through.

use drydock::course::{Course, Fault, Folder, Glossary, Outline, Played, parse, play};
use drydock::session::Session;
use drydock::words::Lang;
use std::fs;
use std::path::Path;

/// Runs the command. `DIR` holds lessons (`course.yaml` and folders), or is one lesson's folder.
pub fn main(args: &[String]) -> u8 {
    let [dir] = args else {
        eprintln!("usage: drydock check DIR");
        return 2;
    };
    match check(Path::new(dir)) {
        Ok(0) => 0,
        Ok(_) => 1,
        Err(what) => {
            eprintln!("drydock check: {what}");
            2
        }
    }
}

/// Checks everything below `dir` and prints what it finds. Returns how many faults there are.
fn check(dir: &Path) -> Result<usize, String> {
    let is_one = dir.join("lesson.yaml").is_file();
    let folders = if is_one { Folder::open(dir).map(|folder| vec![folder]) } else { Folder::open_all(dir) };
    let folders = folders.map_err(|error| format!("{}: {error}", dir.display()))?;
    if folders.is_empty() {
        return Err(format!("{}: there is no lesson", dir.display()));
    }
    // A lesson on its own is held against the course it stands in, or else against ours.
    let around = if is_one { dir.parent().unwrap_or(dir) } else { dir };
    let built_in = Course::built_in();
    let (outline, mut faults) =
        read(around, "course.yaml", Outline::read)?.unwrap_or((built_in.outline.clone(), Vec::new()));
    let (glossary, more) =
        read(around, "glossary.yaml", Glossary::read)?.unwrap_or((built_in.glossary().clone(), Vec::new()));
    faults.extend(more);
    faults.iter().for_each(|fault| println!("{fault}"));
    let mut count = faults.len();
    for folder in &folders {
        match lesson(folder, &outline, &glossary) {
            Ok(played) => println!("{}: {}", folder.id, times(&played)),
            Err(faults) => {
                faults.iter().for_each(|fault| println!("{fault}"));
                count += faults.len();
            }
        }
    }
    println!("{} lessons, {count} faults", folders.len());
    Ok(count)
}

/// Lints and plays one lesson. It is played even if it breaks a rule, so that one run shows all.
fn lesson(folder: &Folder, outline: &Outline, glossary: &Glossary) -> Result<Vec<Played>, Vec<Fault>> {
    let mut faults = folder.lint(outline, glossary);
    let played = match folder.lesson() {
        // What happens is the same in every language: only the prose differs, and that is linted.
        Ok((lesson, _)) => play(&lesson, &mut Session::with_lesson(Lang::Ko, lesson.clone())),
        Err(_) => Ok(Vec::new()),
    };
    match played {
        Ok(played) if faults.is_empty() => Ok(played),
        Ok(_) => Err(faults),
        Err(more) => {
            faults.extend(more);
            Err(faults)
        }
    }
}

/// Reads a YAML file beside the lessons, where there is one.
fn read<T>(
    dir: &Path,
    name: &str,
    read: impl Fn(&drydock::document::Value) -> (T, Vec<Fault>),
) -> Result<Option<(T, Vec<Fault>)>, String> {
    let path = dir.join(name);
    if !path.is_file() {
        return Ok(None);
    }
    let text = fs::read_to_string(&path).map_err(|error| format!("{}: {error}", path.display()))?;
    let value = parse(&text).map_err(|what| format!("{}: {what}", path.display()))?;
    Ok(Some(read(&value)))
}

/// How long the world took for each step.
fn times(played: &[Played]) -> String {
    let step = |step: &Played| format!("{} {}.{} s", step.step, step.took_ms / 1000, step.took_ms % 1000 / 100);
    played.iter().map(step).collect::<Vec<_>>().join(", ")
}

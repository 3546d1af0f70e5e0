//! Holds the promises that no compiler holds: who may import whom, how a room opens, how long a
//! file may grow, what lies at the top of the tree.
//!
//! Each check returns what is wrong as lines, so that the checks themselves are tested below on
//! text that breaks them.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::{Path, PathBuf};

/// Each room and the rooms that it may import. The table of `src/lib.rs`, for people, says the same.
const ROOMS: &[(&str, &[&str])] = &[
    ("document", &[]),
    ("words", &[]),
    ("sim", &[]),
    ("kube", &["sim", "document"]),
    ("aws", &["sim", "document"]),
    ("hosting", &["sim", "document"]),
    ("world", &["kube", "aws", "hosting", "sim", "document", "words"]),
    ("shell", &["world", "document", "words"]),
    ("course", &["shell", "world", "document", "words"]),
    ("session", &["course", "shell", "world", "document", "words"]),
    ("view", &["session", "course", "shell", "world", "kube", "aws", "hosting", "sim", "document", "words"]),
    ("ui", &["session", "view", "words"]),
];

/// What may lie at the top beside dotfiles. Growth happens inside a room.
const TOP: &[&str] = &[
    "Cargo.lock",
    "Cargo.toml",
    "LICENSE-APACHE",
    "LICENSE-MIT",
    "README.md",
    "Trunk.toml",
    "build.rs",
    "dev",
    "index.html",
    "lessons",
    "src",
    "styles",
    "tests",
];

/// What a build leaves there; git does not keep it.
const TOP_MADE: &[&str] = &["dist", "target"];

/// Longer than this and a file wants to be two.
const LINES_MAX: usize = 600;

/// Crates that know a browser; only the `ui` room and the program in `main.rs` may.
const BROWSER_CRATES: &[&str] = &["web_sys", "js_sys", "wasm_bindgen", "gloo", "yew"];

fn top() -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR"))
}

/// Files below `folder` with one of the `endings`, in order, as paths from the top of the tree.
fn files(folder: &str, endings: &[&str]) -> Vec<PathBuf> {
    fn walk(at: &Path, found: &mut Vec<PathBuf>) {
        let Ok(entries) = fs::read_dir(at) else { return };
        for path in entries.map(|entry| entry.expect("a folder can be listed").path()) {
            let name = path.file_name().unwrap_or_default().to_string_lossy().into_owned();
            if path.is_dir() && !["node_modules", "dist", "out"].contains(&name.as_str()) {
                walk(&path, found);
            } else if path.is_file() {
                found.push(path);
            }
        }
    }
    let mut found = Vec::new();
    walk(&top().join(folder), &mut found);
    found.retain(|path| path.extension().is_some_and(|ending| endings.iter().any(|it| ending == *it)));
    found.sort();
    found.into_iter().map(|path| path.strip_prefix(top()).expect("below the top").to_path_buf()).collect()
}

fn text_of(path: &Path) -> String {
    fs::read_to_string(top().join(path)).expect("source files are text")
}

/// The room a source file belongs to, or none for the few files that compose the crate.
fn room_of(path: &Path) -> Option<String> {
    let mut parts = path.strip_prefix("src").ok()?.components();
    let first = parts.next()?.as_os_str().to_string_lossy().into_owned();
    let name = first.strip_suffix(".rs").unwrap_or(&first).to_string();
    ROOMS.iter().any(|(room, _)| *room == name).then_some(name)
}

/// The text without comments and without what stands in quotes, so that words about code are not taken for code.
fn code_of(text: &str) -> String {
    let mut code = String::new();
    let mut rest = text;
    while let Some(at) = rest.find(['/', '"', '\'', 'r']) {
        let (before, tail) = rest.split_at(at);
        code.push_str(before);
        let raw = tail.strip_prefix('r').and_then(|after| {
            let hashes = after.len() - after.trim_start_matches('#').len();
            let opened = after[hashes..].starts_with('"');
            let fresh = !code.ends_with(|c: char| c.is_alphanumeric() || c == '_');
            (opened && fresh).then_some((after, hashes))
        });
        if tail.starts_with("//") {
            rest = tail.find('\n').map_or("", |end| &tail[end..]);
        } else if tail.starts_with("/*") {
            rest = tail.find("*/").map_or("", |end| &tail[end + 2..]);
        } else if let Some((after, hashes)) = raw {
            let close = format!("\"{}", "#".repeat(hashes));
            let inside = &after[hashes + 1..];
            rest = inside.find(&close).map_or("", |end| &inside[end + close.len()..]);
        } else if let Some(inside) = tail.strip_prefix('"') {
            rest = after_quote(inside);
        } else if tail.starts_with("'\"'") || tail.starts_with("'/'") {
            rest = &tail[3..];
        } else if tail.starts_with("'\\''") || tail.starts_with("'\\\"'") {
            rest = &tail[4..];
        } else {
            let one = tail.chars().next().map_or(0, char::len_utf8);
            code.push_str(&tail[..one]);
            rest = &tail[one..];
        }
    }
    code.push_str(rest);
    code
}

/// What follows the quote that closes a string whose opening quote was just read.
fn after_quote(inside: &str) -> &str {
    let mut escaped = false;
    for (at, c) in inside.char_indices() {
        match c {
            _ if escaped => escaped = false,
            '\\' => escaped = true,
            '"' => return &inside[at + 1..],
            _ => {}
        }
    }
    ""
}

/// The first names after `crate::`, `drydock::` (and inside `{…}` directly after them) in `code`.
fn imported(code: &str) -> BTreeSet<String> {
    let mut names = BTreeSet::new();
    for root in ["crate::", "drydock::"] {
        for (at, _) in code.match_indices(root) {
            let joined = code[..at].ends_with(|c: char| c.is_alphanumeric() || c == '_' || c == ':' || c == '$');
            if joined {
                continue;
            }
            let after = code[at + root.len()..].trim_start();
            if let Some(group) = after.strip_prefix('{') {
                names.extend(group_heads(group));
            } else {
                names.extend(word(after));
            }
        }
    }
    names
}

/// The heads of a `use` group whose opening brace was just read: `a::b, c::{d, e}}` gives `a` and `c`.
fn group_heads(group: &str) -> Vec<String> {
    let (mut depth, mut heads, mut fresh) = (0, Vec::new(), true);
    for (at, c) in group.char_indices() {
        match c {
            '{' => depth += 1,
            '}' if depth == 0 => break,
            '}' => depth -= 1,
            ',' if depth == 0 => fresh = true,
            c if fresh && !c.is_whitespace() => {
                heads.extend(word(&group[at..]));
                fresh = false;
            }
            _ => {}
        }
    }
    heads
}

fn word(text: &str) -> Option<String> {
    let end = text.find(|c: char| !c.is_alphanumeric() && c != '_').unwrap_or(text.len());
    (end > 0).then(|| text[..end].to_string())
}

fn wrong_imports(room: &str, code: &str) -> Vec<String> {
    let rooms: BTreeMap<&str, &[&str]> = ROOMS.iter().copied().collect();
    let allowed = rooms.get(room).copied().unwrap_or_default();
    imported(code)
        .into_iter()
        .filter(|name| name != room && rooms.contains_key(name.as_str()) && !allowed.contains(&name.as_str()))
        .map(|name| format!("`{room}` may not import `{name}`"))
        .collect()
}

fn browser_crates_in(code: &str) -> Vec<String> {
    let uses = |name: &&&str| {
        code.match_indices(**name).any(|(at, _)| {
            let before = code[..at].chars().next_back();
            let after = code[at + name.len()..].chars().next();
            !before.is_some_and(|c| c.is_alphanumeric() || c == '_')
                && !after.is_some_and(|c| c.is_alphanumeric() || c == '_')
        })
    };
    BROWSER_CRATES.iter().filter(uses).map(|name| format!("the library knows no `{name}`")).collect()
}

fn unfinished_in(code: &str) -> Vec<String> {
    // Spelled in two halves so that this file does not find itself.
    let marks = [concat!("todo", "!("), concat!("unimplemented", "!("), concat!("#[", "ignore")];
    marks.iter().filter(|mark| code.contains(**mark)).map(|mark| format!("`{mark}` is unfinished work")).collect()
}

/// Fails with every line of what is wrong, so that one run shows all of it.
fn clean(wrong: &[String]) {
    assert!(wrong.is_empty(), "\n{}\n", wrong.join("\n"));
}

fn everywhere(folder: &str, endings: &[&str], check: impl Fn(&Path, &str) -> Vec<String>) {
    let wrong = files(folder, endings)
        .into_iter()
        .flat_map(|path| {
            let found = check(&path, &text_of(&path));
            found.into_iter().map(move |line| format!("{}: {line}", path.display())).collect::<Vec<_>>()
        })
        .collect::<Vec<_>>();
    clean(&wrong);
}

#[test]
fn rooms_import_only_what_the_table_allows() {
    everywhere("src", &["rs"], |path, text| {
        room_of(path).map(|room| wrong_imports(&room, &code_of(text))).unwrap_or_default()
    });
}

#[test]
fn the_library_knows_no_browser() {
    everywhere("src", &["rs"], |path, text| match room_of(path) {
        Some(room) if room != "ui" => browser_crates_in(&code_of(text)),
        _ => Vec::new(),
    });
}

#[test]
fn every_room_opens_with_what_lives_there() {
    everywhere("src", &["rs"], |path, text| {
        let opens = path.ends_with("mod.rs") || path.parent() == Some(Path::new("src"));
        if opens && !text.starts_with("//!") { vec!["opens without `//!`".to_string()] } else { Vec::new() }
    });
}

#[test]
fn every_folder_of_source_is_a_room() {
    let known: BTreeSet<&str> = ROOMS.iter().map(|(room, _)| *room).chain(["lib", "main", "bin"]).collect();
    let wrong = fs::read_dir(top().join("src"))
        .expect("src can be listed")
        .map(|entry| entry.expect("src can be listed").file_name().to_string_lossy().into_owned())
        .filter(|name| !known.contains(name.strip_suffix(".rs").unwrap_or(name)))
        .map(|name| format!("src/{name} is in no row of the room table"))
        .collect::<Vec<_>>();
    clean(&wrong);
}

#[test]
fn no_file_is_longer_than_a_person_reads() {
    for folder in ["src", "tests", "styles"] {
        everywhere(folder, &["rs", "css", "js", "mjs"], |_, text| {
            let lines = text.lines().count();
            if lines > LINES_MAX { vec![format!("{lines} lines, more than {LINES_MAX}")] } else { Vec::new() }
        });
    }
}

#[test]
fn nothing_is_left_unfinished() {
    for folder in ["src", "tests"] {
        everywhere(folder, &["rs"], |_, text| unfinished_in(&code_of(text)));
    }
}

#[test]
fn the_top_of_the_tree_stays_small() {
    let wrong = fs::read_dir(top())
        .expect("the top can be listed")
        .map(|entry| entry.expect("the top can be listed").file_name().to_string_lossy().into_owned())
        .filter(|name| !name.starts_with('.') && !TOP.contains(&name.as_str()) && !TOP_MADE.contains(&name.as_str()))
        .map(|name| format!("{name} lies at the top; a decision, or a mistake"))
        .collect::<Vec<_>>();
    clean(&wrong);
}

#[test]
fn a_wrong_import_is_seen_however_it_is_written() {
    for (room, code) in [
        ("kube", "use crate::aws::iam;"),
        ("aws", "use crate::kube;"),
        ("kube", "fn f() { crate::world::step() }"),
        ("sim", "use crate::{document::Value, time};"),
        ("sim", "use crate::{\n    sim::{Agenda, Dice},\n    words,\n};"),
        ("ui", "use drydock::kube::Key;"),
        ("document", "pub use crate::sim;"),
    ] {
        assert_eq!(wrong_imports(room, &code_of(code)).len(), 1, "{room}: {code}");
    }
}

#[test]
fn a_right_import_and_words_about_one_are_not_wrong() {
    for (room, code) in [
        ("kube", "use crate::sim::Store; use crate::kube::api;"),
        ("kube", "//! unlike crate::aws, nothing here pays\nuse crate::document::tree;"),
        ("kube", "let text = \"crate::aws\"; let raw = r#\"crate::world \" \"#;"),
        ("kube", "let quote = '\"'; use crate::sim; let close = '\"';"),
        ("sim", "$crate::document::Value"),
        ("view", "use crate::{session, kube::api, world};"),
    ] {
        assert_eq!(wrong_imports(room, &code_of(code)), Vec::<String>::new(), "{room}: {code}");
    }
}

#[test]
fn a_browser_crate_or_unfinished_work_is_seen() {
    assert_eq!(browser_crates_in(&code_of("use web_sys::Window; // yew")).len(), 1);
    assert_eq!(browser_crates_in(&code_of("let gloomy = yewish;")).len(), 0);
    assert_eq!(unfinished_in(&code_of(concat!("todo", "!()"))).len(), 1);
    assert_eq!(unfinished_in(&code_of(concat!("// todo", "!()"))).len(), 0);
}

//! At build time: which fields of objects the simulation reads, found in its own source.
//!
//! A loop reads a field by its name as text: `pod.str_at(&["spec", "nodeName"])`. So the names in
//! the source of everything that acts (controllers, scheduler, kubelets, network, programs,
//! authorization, admission) are the fields that are acted upon. Names of fields in trees that the
//! code writes (`"name": value`) are left out, and so are tests.
//!
//! Where the API server's own rules are all that a field is for (`immutable`), the rule says so in
//! a comment: `// Simulates: immutable`.

use std::collections::BTreeSet;
use std::fmt::Write as _;
use std::fs;
use std::path::{Path, PathBuf};

/// Who acts, below `src/`.
const ACTORS: [&str; 15] = [
    "kube/apiserver",
    "kube/authorization",
    "kube/controller",
    "kube/kubelet",
    "kube/network",
    "kube/program",
    "kube/scheduler",
    "kube/quota.rs",
    "kube/streaming.rs",
    "kube/metrics.rs",
    "kube/api/custom",
    "kube/api/labels.rs",
    "kube/api/pod_resources.rs",
    "kube/api/qos.rs",
    "world/bridge",
];

/// Where a comment may say what a rule simulates.
const RULES: [&str; 2] = ["kube/api/validation", "kube/api/defaulting"];

/// Writes `reads.txt`: a line per file, its paths separated by spaces, steps by dots.
pub fn scan(source: &Path, out: &Path) -> Result<(), String> {
    let mut text = String::new();
    for actor in ACTORS.iter().chain(&RULES) {
        let top = source.join(actor);
        println!("cargo::rerun-if-changed={}", top.display());
        for file in files(&top) {
            let code = fs::read_to_string(&file).map_err(|error| format!("{}: {error}", file.display()))?;
            let paths = if RULES.contains(actor) { marked(&code) } else { reads(&code) };
            if !paths.is_empty() {
                let paths: Vec<String> = paths.into_iter().collect();
                // Writing to a String cannot fail.
                let _ = writeln!(text, "{}", paths.join(" "));
            }
        }
    }
    fs::write(out.join("reads.txt"), text).map_err(|error| format!("reads.txt: {error}"))
}

fn files(at: &Path) -> Vec<PathBuf> {
    let Ok(entries) = fs::read_dir(at) else { return vec![at.to_owned()] };
    let mut entries: Vec<PathBuf> = entries.filter_map(Result::ok).map(|entry| entry.path()).collect();
    entries.sort();
    let below = entries.iter().flat_map(|entry| files(entry));
    below.filter(|file| file.extension().is_some_and(|ending| ending == "rs")).collect()
}

/// What comments say.
fn marked(code: &str) -> BTreeSet<String> {
    let said = code.lines().filter_map(|line| line.trim().strip_prefix("// Simulates: "));
    said.flat_map(|words| words.split(", ")).map(|word| word.trim_end_matches('.').to_owned()).collect()
}

/// The paths that stand in a file: texts next to each other in brackets, and texts by themselves.
fn reads(code: &str) -> BTreeSet<String> {
    let code = code.split("#[cfg(test)]").next().unwrap_or_default();
    let mut found = marked(code);
    let mut path: Vec<&str> = Vec::new();
    let mut rest = code;
    while let Some(at) = rest.find(['"', '/', '\'']) {
        let (before, here) = rest.split_at(at);
        // Texts of one path are parted by a comma and nothing else.
        if before.trim() != "," {
            close(&mut path, &mut found);
        }
        if here.starts_with("//") {
            rest = here.split_once('\n').map_or("", |(_, after)| after);
            continue;
        }
        if let Some(after) = here.strip_prefix('/') {
            rest = after;
            continue;
        }
        if let Some(after) = here.strip_prefix('\'') {
            // A character; a lifetime has no closing quote near.
            let end = if after.starts_with('\\') {
                after[2..].find('\'').map(|at| at + 2)
            } else {
                after.char_indices().nth(1).map(|(at, _)| at)
            };
            rest = match end.filter(|end| after[*end..].starts_with('\'')) {
                Some(end) => &after[end + 1..],
                None => after,
            };
            continue;
        }
        let raw = before.ends_with('#');
        let end = if raw { here[1..].find("\"#").map(|at| at + 1) } else { closing(here) };
        let Some(end) = end else { break };
        let text = &here[1..end];
        rest = &here[end + 1..];
        let is_written = rest.trim_start().starts_with(':') && !rest.trim_start().starts_with("::");
        let is_name = !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_alphanumeric());
        if is_name && !is_written && text.starts_with(|first: char| first.is_ascii_lowercase()) {
            path.push(text);
        } else {
            close(&mut path, &mut found);
        }
    }
    close(&mut path, &mut found);
    found
}

fn closing(text: &str) -> Option<usize> {
    let mut escaped = false;
    for (at, byte) in text.bytes().enumerate().skip(1) {
        match byte {
            _ if escaped => escaped = false,
            b'\\' => escaped = true,
            b'"' => return Some(at),
            _ => {}
        }
    }
    None
}

fn close(path: &mut Vec<&str>, found: &mut BTreeSet<String>) {
    if !path.is_empty() {
        found.insert(path.join("."));
        path.clear();
    }
}

//! `drydock conformance DIR`: what the real thing said, compared with what we say.
//!
//! It runs every case found under DIR, prints one line per failure with the first difference, a
//! count per family, and `N passed, N failed` as its last line.
//!
//! `kubernetes/` plays recordings of a real control plane; `aws` knows the families of the cloud.
//! Names that were drawn at random are matched by what happened to their objects (`names`).
//!
//! Invariant: nothing is read but DIR, and no case is known by its name.

mod aws;
mod cases;
mod cloudformation;
mod compare;
mod digest;
mod fits;
mod iam;
mod names;
mod play;
mod reachability;
mod selftest;

use cases::Case;
use std::collections::BTreeMap;
use std::path::Path;

/// What became of one case.
pub struct Verdict {
    /// The family.
    pub family: String,
    /// The case's name.
    pub name: String,
    /// The first difference, if there is one.
    pub difference: Option<String>,
}

/// Runs the subcommand; returns the exit code.
pub fn main(args: &[String]) -> u8 {
    let (mut folder, mut only, mut tries_itself, mut lists) = (None, None, false, false);
    let mut rest = args.iter();
    while let Some(arg) = rest.next() {
        match arg.as_str() {
            "--self-test" => tries_itself = true,
            "--list" => lists = true,
            "--only" => only = rest.next().cloned(),
            path => folder = Some(path.to_owned()),
        }
    }
    let Some(folder) = folder else {
        eprintln!("drydock conformance: which folder?");
        return 2;
    };
    let found = match cases::find(Path::new(&folder)) {
        Ok(found) => found,
        Err(complaint) => {
            eprintln!("drydock conformance: {complaint}");
            return 2;
        }
    };
    let chosen: Vec<Case> = found
        .into_iter()
        .filter(|case| only.as_deref().is_none_or(|word| format!("{}/{}", case.family, case.name).contains(word)))
        .collect();
    if tries_itself {
        return selftest::run(&chosen);
    }
    report(&chosen.iter().filter_map(judge).collect::<Vec<_>>(), lists);
    0
}

/// Plays and compares every case below a folder.
///
/// # Errors
/// The folder cannot be read.
pub fn verdicts(folder: &Path) -> Result<Vec<Verdict>, String> {
    Ok(cases::find(folder)?.iter().filter_map(judge).collect())
}

/// Plays and compares one case; nothing for a case that says of itself that it does not count.
pub fn judge(case: &Case) -> Option<Verdict> {
    let difference = match &case.body {
        cases::Body::Kubernetes { .. } => play::play(case).and_then(|played| compare::compare(case, &played)).err(),
        cases::Body::Aws(data) => {
            if !aws::counts(&case.family, data) {
                return None;
            }
            aws::check(&case.family, data).err()
        }
    };
    Some(Verdict { family: case.family.clone(), name: case.name.clone(), difference })
}

fn report(verdicts: &[Verdict], lists: bool) {
    let mut families: BTreeMap<&str, (u32, u32)> = BTreeMap::new();
    for verdict in verdicts {
        let (passed, failed) = families.entry(&verdict.family).or_default();
        match &verdict.difference {
            None => {
                *passed += 1;
                if lists {
                    println!("ok {}/{}", verdict.family, verdict.name);
                }
            }
            Some(difference) => {
                *failed += 1;
                println!("FAIL {}/{}: {}", verdict.family, verdict.name, one_line(difference));
            }
        }
    }
    let (mut passed, mut failed) = (0, 0);
    for (family, counts) in families {
        println!("{family}: {} passed, {} failed", counts.0, counts.1);
        passed += counts.0;
        failed += counts.1;
    }
    println!("{passed} passed, {failed} failed");
}

/// A failure is one line, however long the difference.
fn one_line(text: &str) -> String {
    const LONGEST: usize = 600;
    let flat = text.replace('\n', "⏎");
    match flat.char_indices().nth(LONGEST) {
        Some((end, _)) => format!("{}…", &flat[..end]),
        None => flat,
    }
}

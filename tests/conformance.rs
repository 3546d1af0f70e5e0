//! The recordings of a real control plane, played by the native program. What does not come out
//! as recorded is listed with its reason in `known-gaps.yaml`, exactly.

use drydock::document::parse;
use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::Path;
use std::process::Command;

const GAPS: &str = "tests/known-gaps.yaml";

/// Runs `drydock conformance` over our copy of the recordings; returns what it printed.
fn conformance(args: &[&str]) -> (String, bool) {
    let output = Command::new(env!("CARGO_BIN_EXE_drydock"))
        .arg("conformance")
        .args(args)
        .arg("tests/golden")
        .current_dir(env!("CARGO_MANIFEST_DIR"))
        .output()
        .expect("the native program runs");
    (String::from_utf8_lossy(&output.stdout).into_owned(), output.status.success())
}

/// The gaps and their reasons.
fn gaps() -> BTreeMap<String, String> {
    let text = fs::read_to_string(Path::new(env!("CARGO_MANIFEST_DIR")).join(GAPS)).expect("the list of gaps is there");
    let parsed = parse(&text);
    assert!(parsed.first_error().is_none(), "{GAPS}: {:?}", parsed.first_error());
    let root = parsed.documents.first().map(|document| document.root.to_value()).unwrap_or_default();
    root.entries().map(|(case, why)| (case.to_string(), why.as_str().unwrap_or_default().to_owned())).collect()
}

#[test]
fn recordings_come_out_as_recorded_but_for_the_known_gaps() {
    let (printed, ended_well) = conformance(&["--list"]);
    assert!(ended_well, "{printed}");
    println!("{printed}");
    let passed: BTreeSet<&str> = printed.lines().filter_map(|line| line.strip_prefix("ok ")).collect();
    let failed: BTreeMap<&str, &str> = printed
        .lines()
        .filter_map(|line| line.strip_prefix("FAIL "))
        .filter_map(|line| line.split_once(": "))
        .collect();
    let last = format!("{} passed, {} failed", passed.len(), failed.len());
    assert_eq!(printed.lines().last(), Some(last.as_str()));
    let gaps = gaps();
    if std::env::var_os("UPDATE").is_some() {
        strike_off(&passed);
        return;
    }
    let mut faults = Vec::new();
    for (case, difference) in &failed {
        if !gaps.contains_key(*case) {
            faults.push(format!("{case} fails and is no known gap: {difference}"));
        }
    }
    for (case, reason) in &gaps {
        if passed.contains(case.as_str()) {
            faults.push(format!("{case} passes: strike it off {GAPS}"));
        } else if !failed.contains_key(case.as_str()) {
            faults.push(format!("{case} is in {GAPS} but is no case"));
        }
        if reason.is_empty() {
            faults.push(format!("{case} is in {GAPS} without a reason"));
        }
    }
    assert!(faults.is_empty(), "{}", faults.join("\n"));
}

/// Takes the cases that pass off the list.
fn strike_off(passed: &BTreeSet<&str>) {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join(GAPS);
    let text = fs::read_to_string(&path).expect("the list of gaps is there");
    let is_closed = |line: &&str| line.split_once(": ").is_some_and(|(case, _)| passed.contains(case));
    let kept: String = text.lines().filter(|line| !is_closed(line)).map(|line| format!("{line}\n")).collect();
    fs::write(path, kept).expect("the list of gaps can be written");
}

#[test]
fn an_altered_expectation_is_noticed() {
    let (printed, ended_well) = conformance(&["--self-test"]);
    assert!(ended_well, "{printed}");
    for family in ["behaviour", "defaulting", "kubectl", "validation"] {
        let noticed = printed.lines().filter(|line| line.starts_with(&format!("self-test {family}/"))).count();
        assert!(noticed >= 3, "nothing of {family} was altered: {printed}");
    }
    for family in ["cloudformation", "iam", "iam-validate", "reachability"] {
        assert!(printed.contains(&format!("self-test {family}/")), "nothing of {family} was altered: {printed}");
    }
}

//! EKS and the other places where clusters stand, by transcripts: `eks/cases/*.txt`, each a mistake
//! that people make, or a way that works. `# base:` says what is there before (`network.sh`,
//! `cluster.sh`, `workers.sh`), `# world:` the world. To change one, change its `$` lines and run with
//! `UPDATE=1`; then read the difference.

use crate::shell::script_of;
use std::fs;
use std::io::Write as _;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

/// What stands between the base's part of a transcript and the case's.
const MARK: &str = "# the case";

fn folder() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/eks")
}

/// The value of a comment `# name: value`.
fn setting<'t>(text: &'t str, name: &str) -> Option<&'t str> {
    text.lines().find_map(|line| line.strip_prefix("# ")?.strip_prefix(name)?.strip_prefix(": "))
}

/// The script of what is there before the case.
fn base(name: &str) -> String {
    let files: &[&str] = match name {
        "none" => &[],
        "network" => &["network.sh"],
        "cluster" => &["network.sh", "cluster.sh"],
        "workers" => &["network.sh", "cluster.sh", "workers.sh"],
        other => panic!("there is no base `{other}`"),
    };
    files.iter().map(|file| fs::read_to_string(folder().join(file)).expect("the base is there")).collect()
}

fn run(script: &str, world: &str) -> String {
    let file = std::env::temp_dir().join(format!("drydock-eks-{}-{world}.yaml", std::process::id()));
    fs::write(&file, format!("preset: {world}\n")).expect("a file can be written");
    let mut program = Command::new(env!("CARGO_BIN_EXE_drydock"))
        .args(["run", "--world"])
        .arg(&file)
        .arg("-")
        .current_dir(folder())
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()
        .expect("the native program runs");
    let mut stdin = program.stdin.take().expect("it reads");
    stdin.write_all(script.as_bytes()).expect("it reads the script");
    drop(stdin);
    let output = program.wait_with_output().expect("it ends");
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stdout));
    String::from_utf8_lossy(&output.stdout).into_owned()
}

#[test]
fn cases_end_as_they_do_in_life() {
    let mut faults = Vec::new();
    let mut paths: Vec<PathBuf> = fs::read_dir(folder().join("cases"))
        .expect("the folder is there")
        .flatten()
        .map(|entry| entry.path())
        .collect();
    paths.sort();
    assert!(paths.len() >= 25, "only {} cases were found", paths.len());
    for path in paths {
        let wanted = fs::read_to_string(&path).expect("a case is text");
        let world = setting(&wanted, "world").unwrap_or("empty");
        let before = base(setting(&wanted, "base").expect("a case says what is there before"));
        let told = run(&format!("{before}{MARK}\n{}", script_of(&wanted)), world);
        let got = told.split_once(&format!("{MARK}\n")).map(|(_, case)| case).expect("the case was played");
        if std::env::var_os("UPDATE").is_some() {
            fs::write(&path, got).expect("a case can be written");
        } else if got != wanted {
            let line = got.lines().zip(wanted.lines()).find(|(got, wanted)| got != wanted);
            faults.push(format!("{}: {line:?}", path.display()));
        }
    }
    assert!(faults.is_empty(), "{}", faults.join("\n"));
}

//! The shell, by transcripts: `shell/*.txt` are what a person would see. To change one, change its
//! `$` lines and run with `UPDATE=1`; then read the difference.

use drydock::shell::is_complete;
use std::fs;
use std::io::Write as _;
use std::path::Path;
use std::process::{Command, Stdio};

/// The script of a transcript: its comments and its commands.
pub fn script_of(transcript: &str) -> String {
    let mut script = String::new();
    let mut lines = transcript.lines();
    while let Some(line) = lines.next() {
        if let Some(command) = line.strip_prefix("$ ") {
            let mut text = command.to_owned();
            while !is_complete(&text)
                && let Some(more) = lines.next()
            {
                text.push('\n');
                text.push_str(more);
            }
            script.push_str(&text);
            script.push('\n');
        } else if line.starts_with('#') {
            script.push_str(line);
            script.push('\n');
        }
    }
    script
}

fn run(script: &str, folder: &Path) -> String {
    let mut program = Command::new(env!("CARGO_BIN_EXE_drydock"))
        .args(["run", "--hash", "-"])
        .current_dir(folder)
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()
        .expect("the native program runs");
    let mut stdin = program.stdin.take().expect("it reads");
    stdin.write_all(script.as_bytes()).expect("it reads the script");
    drop(stdin);
    let output = program.wait_with_output().expect("it ends");
    let text = String::from_utf8_lossy(&output.stdout).into_owned();
    // The hash changes with everything; that it is the same every time is tested apart.
    let cut = text.rfind("hash ").unwrap_or(text.len());
    assert_eq!(text.get(cut..cut + 5), Some("hash "), "{text}");
    text[..cut].to_owned()
}

#[test]
fn transcripts_stay_as_they_are() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/shell");
    let mut faults = Vec::new();
    let mut met = 0;
    for entry in fs::read_dir(&folder).expect("the folder is there").flatten() {
        let path = entry.path();
        if path.extension().is_none_or(|ending| ending != "txt") {
            continue;
        }
        met += 1;
        let wanted = fs::read_to_string(&path).expect("a transcript is text");
        let got = run(&script_of(&wanted), &folder.join("files"));
        if std::env::var_os("UPDATE").is_some() {
            fs::write(&path, got).expect("a transcript can be written");
        } else if let Some((wanted, got)) = wanted.lines().zip(got.lines()).find(|(wanted, got)| wanted != got) {
            faults.push(format!("{}: `{wanted}` stands there, now `{got}`", path.display()));
        } else if wanted.lines().count() != got.lines().count() {
            faults.push(format!("{}: the ends differ", path.display()));
        }
    }
    assert!(met >= 3, "only {met} transcripts were found");
    assert!(faults.is_empty(), "{}\nUPDATE=1 writes them anew", faults.join("\n"));
}

#[test]
fn the_same_script_gives_the_same_history() {
    let script = "kubectl create deployment web --image=nginx:1.27 --replicas=3\nadvance 20s\n";
    let hash = || {
        let mut program = Command::new(env!("CARGO_BIN_EXE_drydock"))
            .args(["run", "--seed", "7", "--hash", "-"])
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()
            .expect("the native program runs");
        program.stdin.take().expect("it reads").write_all(script.as_bytes()).expect("it reads the script");
        let output = program.wait_with_output().expect("it ends");
        String::from_utf8_lossy(&output.stdout).into_owned()
    };
    assert_eq!(hash(), hash());
}

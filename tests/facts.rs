//! What the README says of the program is what the program says of itself.

use std::path::Path;
use std::process::Command;

#[test]
fn the_readme_tells_the_facts_of_today() {
    let top = Path::new(env!("CARGO_MANIFEST_DIR"));
    let readme = std::fs::read_to_string(top.join("README.md")).expect("there is a README");
    let copy = std::env::temp_dir().join(format!("drydock-readme-{}.md", std::process::id()));
    std::fs::write(&copy, &readme).expect("a file can be written");
    let output = Command::new(env!("CARGO_BIN_EXE_drydock"))
        .arg("facts")
        .arg(&copy)
        .current_dir(top)
        .output()
        .expect("the native program runs");
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    let told = std::fs::read_to_string(&copy).expect("it is still there");
    std::fs::remove_file(&copy).expect("it can be removed");
    for (line, (old, new)) in readme.lines().zip(told.lines()).enumerate() {
        assert_eq!(old, new, "README.md, line {}: run `cargo run -- facts README.md`", line + 1);
    }
    assert_eq!(readme.lines().count(), told.lines().count(), "run `cargo run -- facts README.md`");
}

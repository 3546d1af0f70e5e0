//! The catalogues' compiler names every fault by file and message.

#[path = "../../src/words/compile.rs"]
mod compile;

use std::fs;
use std::path::Path;

/// Compiles one English and one Korean file; what is wrong with them, or the empty string.
fn faults(name: &str, en: &str, ko: &str) -> String {
    let root = Path::new(env!("CARGO_TARGET_TMPDIR")).join("words").join(name);
    for (language, text) in [("en", en), ("ko", ko)] {
        fs::create_dir_all(root.join(language)).expect("the test's folder can be made");
        fs::write(root.join(language).join("ui.ftl"), text).expect("the test's file can be written");
    }
    compile::compile(&root, &root).err().unwrap_or_default()
}

#[test]
fn faults_are_named() {
    let same = |text: &str| (text.to_owned(), text.to_owned());
    let cases = [
        ("missing", ("a = A\nb = B".into(), "a = 가".into()), "src/words/en/ui.ftl: `b` is missing in `ko`"),
        (
            "argument",
            ("a = { $n }".into(), "a = { $m }".into()),
            "src/words/en/ui.ftl: `a` uses $n; in `ko` it does not",
        ),
        ("twice", same("a = A\na = B"), "`a` is already in src/words/en/ui.ftl"),
        ("nowhere", same("a = { b }"), "`a`: refers to `b`, which does not exist"),
        ("circle", same("a = { b }\nb = { a }"), "refers to itself"),
        ("function", same("a = { TIME($n) }"), "there is no function TIME()"),
        ("number", same("a = { NUMBER(\"x\") }"), "NUMBER() takes one argument"),
        ("josa-en", ("a = { $n }{ JOSA($n, \"이/가\") }".into(), "a = { $n }".into()), "JOSA() is for Korean"),
        ("josa-pair", ("a = { $n }".into(), "a = { $n }{ JOSA($n, \"이\") }".into()), "JOSA() wants two forms"),
        ("attribute", same("a = A\n    .title = B"), "attributes are not used here"),
        ("syntax", same("a = A\n\nb = { $n"), "src/words/en/ui.ftl:3: "),
    ];
    for (name, (en, ko), wanted) in cases {
        let faults = faults(name, &en, &ko);
        assert!(faults.contains(wanted), "{name}: `{faults}` does not say `{wanted}`");
    }
}

#[test]
fn good_catalogues_compile() {
    assert_eq!(
        faults(
            "good",
            "a = { $n ->\n    [one] x\n   *[other] { -t }{ b }\n}\n-t = T\nb = { \"{\" }",
            "a = { $n }\nb = 나"
        ),
        ""
    );
}

//! The rules of `drydock check`, kept by our lessons and broken on purpose.

use super::folders;
use drydock::course::{Course, Folder, Glossary, Outline, parse};
use drydock::words::Lang;
use std::fs;

fn read(name: &str) -> drydock::document::Value {
    let text = fs::read_to_string(super::lessons().join(name)).expect("the file is there");
    parse(&text).expect("the file is YAML")
}

#[test]
fn our_lessons_keep_the_rules() {
    let (outline, mut faults) = Outline::read(&read("course.yaml"));
    let (glossary, more) = Glossary::read(&read("glossary.yaml"));
    faults.extend(more);
    let folders = folders();
    assert!(folders.len() >= 2, "the tour and the first lesson are built");
    for folder in &folders {
        faults.extend(folder.lint(&outline, &glossary));
    }
    let lines: Vec<String> = faults.iter().map(ToString::to_string).collect();
    assert!(lines.is_empty(), "\n{}", lines.join("\n"));
}

#[test]
fn the_outline_is_the_curriculum() {
    let course = Course::built_in();
    let counts: Vec<usize> = course.outline.parts.iter().map(|part| part.lessons.len()).collect();
    assert_eq!(counts, [1, 5, 4, 12, 7]);
    for (index, (_, lesson)) in course.outline.lessons().enumerate() {
        assert_eq!(lesson.number(), format!("{index:02}"));
    }
    assert_eq!(course.outline.after("00-tour").map(|lesson| &*lesson.id), Some("01-service-models"));
    assert!(course.outline.after("28-launch-day").is_none());
}

/// What the program brings is what the folders say.
#[test]
fn built_in_lessons_are_their_folders() {
    let course = Course::built_in();
    for folder in folders() {
        assert_eq!(course.lesson(&folder.id), folder.lesson().ok().map(|(lesson, _)| lesson), "{}", folder.id);
        for lang in Lang::ALL {
            assert_eq!(course.text(&folder.id, lang), folder.text(lang), "{} {}", folder.id, lang.tag());
        }
    }
    assert!(!course.has("11-api-objects") || folders().iter().any(|folder| folder.id == "11-api-objects"));
}

/// The voice: see lessons/README.md.
#[test]
fn our_lessons_keep_the_voice() {
    // What stands in backticks is code.
    let shouts = |text: &str| text.split('`').step_by(2).any(|said| said.contains('!'));
    for folder in folders() {
        for (name, forbidden) in [
            ("ko.md", ["오류", "습니다", "하시오", "잘못", "그냥 "]),
            ("en.md", ["Oops", "simply", "obviously", "error", "wrong with you"]),
        ] {
            let text = &folder.files[name];
            assert!(!shouts(text), "{}/{name} shouts", folder.id);
            for word in forbidden {
                assert!(!text.contains(word), "{}/{name} says `{word}`", folder.id);
            }
        }
    }
}

/// Whoever reads a term's name in one language can find it in the other, and one sentence says it.
#[test]
fn the_glossary_explains_in_one_sentence() {
    let course = Course::built_in();
    let mut used = std::collections::BTreeSet::new();
    for folder in folders() {
        for lang in Lang::ALL {
            let (sections, _) = folder.sections(lang).expect("the text is there");
            for section in &sections {
                used.extend(drydock::course::prose::links(&section.blocks).into_iter().map(|link| link.written()));
            }
        }
    }
    assert!(used.contains("term:control-loop"));
    for (id, term) in course.glossary().in_order(Lang::Ko) {
        for lang in Lang::ALL {
            let means = term.means.get(lang);
            let stop = if lang == Lang::Ko { "요." } else { "." };
            assert!(means.ends_with(stop), "{id}: `{means}` is no sentence");
            assert_eq!(means.matches(". ").count(), 0, "{id}: `{means}` is more than one sentence");
        }
    }
}

/// A small lesson that keeps the rules.
fn good() -> Folder {
    let step = |id: &str| {
        format!(
            "  - id: {id}\n    check: test a = a\n    values: {{got: kubectl get pods}}\n    solution: {{commands: x}}\n    \
             not_yet: [{{because: almost, commands: z}}]\n"
        )
    };
    let lesson = format!("files: [a.yaml]\nsteps:\n{}{}{}", step("one"), step("two"), step("three"));
    let text = |title: &str| {
        let step = |id: &str| {
            format!(
                "## Do {{#{id}}}\n\nA [loop](term:control-loop).\n\n### check\n\n{{got}} of it\n\n### hint 1\n\na\n\n\
                 ### hint 2\n\nb\n\n### hint 3\n\nc\n\n### done\n\nd\n\n"
            )
        };
        format!("# {title}\n\nHello.\n\n{}{}{}", step("one"), step("two"), step("three"))
    };
    let files = [
        ("lesson.yaml", lesson),
        ("ko.md", text("둘러보기")),
        ("en.md", text("Tour")),
        ("files/a.yaml", "a: 1\n".to_owned()),
    ];
    Folder { id: "00-tour".into(), files: files.map(|(name, text)| (name.to_owned(), text)).into() }
}

fn faults(folder: &Folder) -> String {
    let course = Course::built_in();
    let faults = folder.lint(&course.outline, course.glossary());
    faults.iter().map(ToString::to_string).collect::<Vec<_>>().join("\n")
}

#[test]
fn each_broken_rule_is_named() {
    assert_eq!(faults(&good()), "");
    let cases = [
        ("lesson.yaml", "limit", "  - id: one\n", "  - id: one\n    limt: 3\n", "unknown field `limt`"),
        ("lesson.yaml", "id", "id: two", "id: one", "00-tour/lesson.yaml: one: is there twice"),
        ("lesson.yaml", "check", "    check: test a = a\n    values: {got", "    values: {got", "one: has no check"),
        ("lesson.yaml", "solution", "    solution: {commands: x}\n", "", "one: has no solution"),
        ("lesson.yaml", "near", "    not_yet: [{because: almost, commands: z}]\n", "", "one: has no near-miss"),
        ("lesson.yaml", "file", "[a.yaml]", "[b.yaml]", "there is no file files/b.yaml"),
        ("lesson.yaml", "yaml", "steps:", "steps: [", "00-tour/lesson.yaml: "),
        ("lesson.yaml", "lens", "  - id: one\n", "  - id: one\n    focus: {lens: moon}\n", "there is no lens `moon`"),
        ("en.md", "step", "{#two}", "{#four}", "00-tour/en.md:29: `four`: lesson.yaml has no such step"),
        ("en.md", "missing", "## Do {#two}", "## Do", "the step `two` has no heading {#two}"),
        ("ko.md", "title", "# 둘러보기", "# 구경하기", "is called `구경하기`; in course.yaml `둘러보기`"),
        ("ko.md", "term", "term:control-loop", "term:controll-loop", "the glossary has no term `controll-loop`"),
        ("ko.md", "lesson", "term:control-loop", "lesson:99-moon", "the course has no lesson `99-moon`"),
        ("ko.md", "hint", "### hint 2\n\nb\n\n", "", "`one` lacks `### hint 2`"),
        ("ko.md", "part", "### done", "### end", "`one` has no use for `### end`"),
        ("ko.md", "empty", "### hint 1\n\na\n\n", "### hint 1\n\n", "`one`: nothing stands under `### hint 1`"),
        ("ko.md", "value", "{got} of it", "{m} of it", "`one` has no value `m`"),
        ("ko.md", "html", "Hello.", "Hello <script>x</script>.", "00-tour/ko.md:3: may not contain HTML"),
        (
            "ko.md",
            "link",
            "term:control-loop",
            "javascript:alert(1)",
            "may not contain a link to `javascript:alert(1)`",
        ),
        ("ko.md", "image", "Hello.", "![x](https://x.example/x.png)", "may not contain an image"),
    ];
    for (file, name, from, to, wanted) in cases {
        let mut folder = good();
        let text = folder.files.get_mut(file).expect("the file is there");
        assert!(text.contains(from), "{name}: `{from}` is not in {file}");
        *text = text.replacen(from, to, 1);
        let said = faults(&folder);
        assert!(said.contains(wanted), "{name}: does not say `{wanted}` but\n{said}");
    }
    let mut folder = good();
    folder.files.remove("ko.md");
    assert!(faults(&folder).contains("00-tour/ko.md: is missing"));
}

//! The editor's marks, over every recorded manifest that a real API server refused: one stands on the
//! line of each field that the server's words name.

use drydock::document::yaml::Entry;
use drydock::document::{Node, Value, parse};
use drydock::session::{File, Msg, Session};
use drydock::words::Lang;
use std::fs;
use std::path::{Path, PathBuf};

const FAMILIES: [&str; 2] = ["validation", "defaulting"];

/// What stands behind the path of a field in a refusal.
const FAULTS: [&str; 10] = [
    ": Invalid value",
    ": Required value",
    ": Duplicate value",
    ": Unsupported value",
    ": Forbidden",
    ": Too long",
    ": Too many",
    ": Not found",
    ": Internal error",
    ": invalid value",
];

fn cases() -> Vec<PathBuf> {
    let golden = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/golden/kubernetes");
    let mut found: Vec<PathBuf> = FAMILIES
        .iter()
        .flat_map(|family| fs::read_dir(golden.join(family)).expect("the recordings are there").flatten())
        .map(|entry| entry.path())
        .collect();
    found.sort();
    found
}

fn value_of(text: &str) -> Value {
    parse(text).documents.first().map(|document| document.root.to_value()).unwrap_or_default()
}

/// The paths of the fields that a refusal names, as steps.
fn named(refusal: &str) -> Vec<Vec<String>> {
    let first = refusal.lines().next().unwrap_or_default();
    let mut paths = Vec::new();
    for fault in FAULTS {
        for (at, _) in first.match_indices(fault) {
            let word = last_word(&first[..at]);
            // Several are told between brackets.
            paths.push(steps(word.strip_prefix('[').unwrap_or(word)));
        }
    }
    for (at, begin) in first.match_indices("unknown field \"") {
        let path = first[at + begin.len()..].split('"').next().unwrap_or_default();
        paths.push(steps(path));
    }
    let go = "Go struct field ";
    for (at, _) in first.match_indices(go) {
        let path = first[at + go.len()..].split(' ').next().unwrap_or_default();
        paths.push(steps(path.split_once('.').map_or("", |(_, path)| path)));
    }
    paths.retain(|path| !path.is_empty());
    paths
}

/// The last word; what stands between brackets is one, spaces and all.
fn last_word(text: &str) -> &str {
    let mut depth = 0;
    let start = text.char_indices().rev().find(|(_, sign)| {
        depth += match sign {
            ']' => 1,
            '[' => -1,
            _ => 0,
        };
        depth <= 0 && *sign == ' '
    });
    start.map_or(text, |(at, _)| &text[at + 1..])
}

/// `spec.ports[0].name` and `data[a.b]` as steps: what stands between brackets is one.
fn steps(path: &str) -> Vec<String> {
    let mut found = vec![String::new()];
    let mut is_inside = false;
    for sign in path.chars() {
        match sign {
            '.' if !is_inside => found.push(String::new()),
            '[' => {
                is_inside = true;
                found.push(String::new());
            }
            ']' => is_inside = false,
            other => found.last_mut().expect("there is one").push(other),
        }
    }
    found.retain(|step| !step.is_empty());
    // A real API server says `metadata` of what stands in a Node's `spec`.
    if let [first, second, ..] = found.as_mut_slice()
        && (first.as_str(), second.as_str()) == ("metadata", "taints")
    {
        *first = "spec".into();
    }
    found
}

/// The lines on which a mark for a field may stand: its key's or its value's, or, where nothing is
/// there, those of what should hold it. Go's messages about types say no places in lists: any item may
/// be meant then.
fn lines(root: &Node, path: &[String]) -> Vec<u32> {
    let is_index = |step: &String| step.bytes().all(|byte| byte.is_ascii_digit());
    let list = (0..path.len())
        .find(|at| root.at(&path[..*at]).is_some_and(|node| !node.items().is_empty()) && !is_index(&path[*at]));
    if let Some(at) = list {
        let count = root.at(&path[..at]).map_or(0, |node| node.items().len());
        let of = |index: usize| [&path[..at], &[index.to_string()], &path[at..]].concat();
        return (0..count).flat_map(|index| lines(root, &of(index))).collect();
    }
    let deepest = (0..=path.len()).rev().find(|length| root.at(&path[..*length]).is_some()).unwrap_or_default();
    let Some(node) = root.at(&path[..deepest]) else { return Vec::new() };
    let mut lines = vec![node.head().start.line];
    // Of a map whose keys are anybody's, Go names the map: the mark may stand on what is wrong in it.
    if deepest == path.len() {
        lines.extend(lines_inside(node));
    }
    if let Some((last, parents)) = path[..deepest].split_last()
        && let Some(entry) = root.at(parents).and_then(|holder| holder.entry(last))
    {
        lines.push(entry.key_span.start.line);
    }
    lines
}

fn lines_inside(node: &Node) -> Vec<u32> {
    let of = |entry: &Entry| [vec![entry.key_span.start.line], lines_inside(&entry.value)].concat();
    node.entries().iter().flat_map(of).collect()
}

/// Plays a case in the editor: every manifest that was applied is typed and applied. Says what is wrong
/// with the marks of those that were refused, and how many fields were looked for.
fn play(folder: &Path) -> (Vec<String>, usize) {
    let case = value_of(&fs::read_to_string(folder.join("case.json")).expect("a case can be read"));
    let mut session = Session::open(Lang::En, "");
    session.update(Msg::SetAutoApply(false));
    let (mut wrong, mut met) = (Vec::new(), 0);
    for step in case.items_at(&["steps"]) {
        let args: Vec<&str> = step.items_at(&["args"]).iter().filter_map(Value::as_str).collect();
        let file = args.iter().position(|arg| *arg == "-f").and_then(|at| args.get(at + 1));
        let (Some(file), Some("apply" | "create" | "replace")) = (file, args.first().copied()) else { continue };
        let Ok(text) = fs::read_to_string(folder.join(file)) else { continue };
        session.files = vec![File::new("manifest.yaml", "")];
        session.update(Msg::OpenFile("manifest.yaml".into()));
        session.update(Msg::Edit { file: "manifest.yaml".into(), text: text.as_str().into(), cursor_line: 0 });
        session.update(Msg::Apply);
        let parsed = parse(&text);
        let ([document], Some(1)) = (parsed.documents.as_slice(), step.int_at(&["exit"])) else { continue };
        let problems = &session.files[0].problems;
        for path in named(step.str_at(&["stderr"])) {
            met += 1;
            let wanted = lines(&document.root, &path);
            let fits = problems.iter().any(|it| it.is_error() && wanted.contains(&it.span.start.line));
            if !fits {
                let marks: Vec<String> = problems.iter().map(ToString::to_string).collect();
                let name = folder.file_name().unwrap_or_default().to_string_lossy();
                wrong.push(format!("{name}: no mark of {path:?} on lines {wanted:?}: {marks:#?}"));
            }
        }
    }
    (wrong, met)
}

#[test]
fn marks_stand_on_the_lines_of_the_fields_that_a_refusal_names() {
    let (mut wrong, mut met) = (Vec::new(), 0);
    for case in cases() {
        let (faults, count) = play(&case);
        wrong.extend(faults);
        met += count;
    }
    assert!(met > 100, "only {met} fields were named");
    assert!(wrong.is_empty(), "{} of {met}\n\n{}", wrong.len(), wrong.join("\n"));
}

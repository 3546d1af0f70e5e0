//! Words: what the formatter says, and that every word the program asks for exists.

mod catalogues;

use drydock::words::{Arg, Lang, Words, say};
use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

fn both() -> [Words; 2] {
    [Words::new(Lang::En), Words::new(Lang::Ko)]
}

#[test]
fn plural_number_and_reference() {
    let [en, ko] = both();
    assert_eq!(say!(en, "editor-problems", count = 1), "applied once 1 place is mended");
    assert_eq!(say!(en, "editor-problems", count = 1200), "applied once 1,200 places are mended");
    assert_eq!(say!(ko, "editor-problems", count = 1200), "1,200곳을 고치면 적용돼요");
    assert_eq!(en.text("app-name"), "Drydock");
    assert_eq!(say!(en, "why-endpoints-changed", ready = 1), "Now 1 Pod can take requests.");
    assert_eq!(say!(en, "why-endpoints-changed", ready = 0), "Now 0 Pods can take requests.");
    assert_eq!(say!(en, "why-container-ended", code = 0), "Its container has done its work.");
    assert_eq!(say!(en, "why-container-ended", code = 137), "Its container ended with code 137.");
    assert_eq!(say!(ko, "why-probe-passed", probe = "startup"), "시작 검사를 통과했어요.");
}

#[test]
fn durations_have_at_most_two_units() {
    let [en, ko] = both();
    let said = |words: &Words| {
        [20, 2_500, 40_000, 124_310, 3_600_000, 7_380_000, 86_400_000, 180_000_000].map(|ms| words.duration(ms))
    };
    assert_eq!(said(&en), ["20 ms", "2.5 s", "40 s", "2 min 4 s", "1 h", "2 h 3 min", "1 day", "2 d 2 h"]);
    assert_eq!(said(&ko), ["20ms", "2.5초", "40초", "2분 4초", "1시간", "2시간 3분", "1일", "2일 2시간"]);
    assert_eq!(say!(ko, "time-skipped", ms = 120_000), "2분 건너뜀");
}

#[test]
fn particles_follow_the_word() {
    let ko = Words::new(Lang::Ko);
    assert_eq!(say!(ko, "editor-fix", fix = "64Mi"), "64Mi로 바꾸기");
    assert_eq!(say!(ko, "due-start", what = "web"), "web이 시작함");
    assert_eq!(say!(ko, "due-start", what = "node-a"), "node-a가 시작함");
}

#[test]
fn what_is_missing_is_seen() {
    for words in both() {
        assert_eq!(words.text("no-such-key"), "no-such-key");
        assert_eq!(words.why("no-such-code", &[]), "no-such-code");
        assert!(words.say("world-has", &[]).contains("$value"));
    }
    assert_eq!(
        Words::new(Lang::En).why("too-few", &[("want", 5.into()), ("have", 3.into())]),
        "Too few: 5 wanted, 3 there."
    );
}

#[test]
fn languages_are_found_by_tag() {
    assert_eq!(Lang::from_tag("ko-KR"), Some(Lang::Ko));
    assert_eq!(Lang::from_tag("EN"), Some(Lang::En));
    assert_eq!(Lang::from_tag("de"), None);
}

/// Every message, said with numbers and with words: nothing of the encoding is left over, and no
/// argument is lost on the way.
#[test]
fn every_message_can_be_said() {
    for words in both() {
        for key in words.keys() {
            let names = words.arguments(key);
            for sample in [Arg::from(0), Arg::from(1), Arg::from(2), Arg::from("web")] {
                let args: Vec<_> = names.iter().map(|name| (*name, sample.clone())).collect();
                let said = words.say(key, &args);
                assert!(!said.trim().is_empty(), "{key} says nothing in {words:?}");
                let lost = names.iter().find(|name| said.contains(&format!("${name}")));
                assert_eq!(lost, None, "{key} says `{said}` in {words:?}");
                assert!(!said.chars().any(|c| c.is_control() && c != '\n'), "{key} leaves {said:?} in {words:?}");
            }
        }
    }
}

/// The voice: nobody is shouted at or blamed. (`visual language`: no exclamation marks, no 오류.)
#[test]
fn nobody_is_shouted_at() {
    for words in both() {
        for key in words.keys() {
            let said = words.say(key, &[]);
            for forbidden in ["!", "오류", "잘못", "Error", "Oops", "invalid"] {
                assert!(!said.contains(forbidden), "{key} says {forbidden}: {said}");
            }
        }
    }
}

/// One place in the sources that asks for a message.
struct Asked {
    place: String,
    key: String,
    /// The argument names, where they can be read off the source.
    names: Option<BTreeSet<String>>,
    takes_arguments: bool,
}

#[test]
fn every_key_in_the_sources_exists_with_its_arguments() {
    let words = Words::new(Lang::En);
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("src");
    let mut faults = Vec::new();
    let asked: Vec<Asked> = sources(&root).iter().flat_map(|file| asked_in(file)).collect();
    for Asked { place, key, names, takes_arguments } in &asked {
        if !words.knows(key) {
            faults.push(format!("{place}: no message `{key}`"));
            continue;
        }
        let used: BTreeSet<String> = words.arguments(key).iter().map(ToString::to_string).collect();
        if !takes_arguments && !used.is_empty() {
            faults.push(format!("{place}: `{key}` wants {used:?}"));
        }
        if let Some(names) = names.as_ref().filter(|names| **names != used) {
            faults.push(format!("{place}: `{key}` wants {used:?}, is given {names:?}"));
        }
    }
    assert!(faults.is_empty(), "{}", faults.join("\n"));
}

/// The simulation gives reasons as codes with arguments; each has its words.
#[test]
fn every_reason_has_words() {
    let words = Words::new(Lang::En);
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("src");
    let mut seen = 0;
    let mut faults = Vec::new();
    for file in ["kube", "world", "aws", "hosting"].iter().flat_map(|room| sources(&root.join(room))) {
        let text = std::fs::read_to_string(&file).unwrap_or_default();
        let is_list = file.ends_with("why.rs");
        for (code, names) in reasons(&text, is_list) {
            seen += 1;
            let used: BTreeSet<String> =
                words.arguments(&format!("why-{code}")).iter().map(ToString::to_string).collect();
            if !words.knows(&format!("why-{code}")) {
                faults.push(format!("{}: no message `why-{code}` for {names:?}", file.display()));
            } else if !used.is_subset(&names) {
                faults.push(format!("{}: `why-{code}` wants {used:?}, is given {names:?}", file.display()));
            }
        }
    }
    assert!(faults.is_empty(), "{}", faults.join("\n"));
    assert!(seen > 20, "only {seen} reasons were found; has their spelling changed?");
}

/// A problem in a text is a code with arguments; each has its words.
#[test]
fn every_problem_has_words() {
    let words = Words::new(Lang::En);
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("src");
    let mut seen = BTreeSet::new();
    for file in sources(&root) {
        let text = std::fs::read_to_string(&file).unwrap_or_default();
        for opener in ["Problem::error(\"", "Problem::warning(\""] {
            seen.extend(text.split(opener).skip(1).filter_map(|part| part.split('"').next()).map(str::to_owned));
        }
    }
    let missing: Vec<_> = seen.iter().filter(|code| !words.knows(&format!("document-{code}"))).collect();
    assert!(missing.is_empty(), "no words for {missing:?}");
    assert!(seen.len() > 20, "only {} problems were found; has their spelling changed?", seen.len());
}

/// `Reason::new("code").with("name", …)`; in the list of reasons just `new("code")`.
fn reasons(text: &str, is_list: bool) -> Vec<(String, BTreeSet<String>)> {
    let opener = if is_list { "new(\"" } else { "Reason::new(\"" };
    let mut parts = text.split(opener);
    parts.next();
    parts
        .filter_map(|part| part.split_once("\")"))
        .map(|(code, rest)| {
            let chain = rest.split([';', '}']).next().unwrap_or_default().split("\n            Self::").next();
            (code.to_owned(), names_with(chain.unwrap_or_default()))
        })
        .collect()
}

/// The names in `.with("a", …).with("b", …)`.
fn names_with(chain: &str) -> BTreeSet<String> {
    chain.split(".with(\"").skip(1).filter_map(|part| part.split('"').next()).map(str::to_owned).collect()
}

#[test]
fn the_scan_sees_what_it_should() {
    let text = r#"
        words.text("lens-map"); self.words.say("world-has", &[("value", v.into())]);
        say!(words, "gap-label", want = deployment.replicas(), have = 3, gap = 2);
        say!(w, "x-y", a = f(b == c), d = 1)
        words.say(
            "split-line",
            &args,
        );
        other.text("Not a key"); node.say("0")
    "#;
    let seen: Vec<_> = scan("x.rs", text).into_iter().map(|asked| (asked.key, asked.names)).collect();
    let names = |list: &[&str]| Some(list.iter().map(ToString::to_string).collect::<BTreeSet<_>>());
    let key = |text: &str| text.to_owned();
    assert_eq!(
        seen,
        [
            (key("lens-map"), None),
            (key("world-has"), names(&["value"])),
            (key("gap-label"), names(&["want", "have", "gap"])),
            (key("x-y"), names(&["a", "d"])),
            (key("split-line"), None),
        ]
    );
}

fn sources(folder: &Path) -> Vec<PathBuf> {
    let mut found = Vec::new();
    for entry in std::fs::read_dir(folder).into_iter().flatten().flatten() {
        let path = entry.path();
        if path.is_dir() {
            found.extend(sources(&path));
        } else if path.extension().is_some_and(|extension| extension == "rs") {
            found.push(path);
        }
    }
    found.sort();
    found
}

fn asked_in(file: &Path) -> Vec<Asked> {
    scan(&file.display().to_string(), &std::fs::read_to_string(file).unwrap_or_default())
}

/// Finds `.text("key")`, `.say("key", …)` and `say!(words, "key", …)`. Keys that are put together
/// at run time are not seen; `Words::try_say` is for those.
fn scan(place: &str, text: &str) -> Vec<Asked> {
    let text: String = text.lines().filter(|line| !line.trim_start().starts_with("//")).collect::<Vec<_>>().join("\n");
    let mut found = Vec::new();
    for (at, _) in text.match_indices(".text(").chain(text.match_indices(".say(")).chain(text.match_indices("say!(")) {
        let is_text = text[at..].starts_with(".text(");
        let is_macro = text[at..].starts_with("say!(");
        let Some(inside) = text[at..].split_once('(').map(|(_, rest)| within(rest)) else { continue };
        let first = if is_macro { inside.split_once(',').map_or("", |(_, rest)| rest) } else { inside };
        let Some(literal) = first.trim_start().strip_prefix('"') else { continue };
        let Some((key, rest)) = literal.split_once('"') else { continue };
        let is_key = key.starts_with(|c: char| c.is_ascii_lowercase())
            && key.chars().all(|c| c.is_ascii_alphanumeric() || c == '-');
        // A tree's or node's `.text("…")` is no message; messages are asked of `words`.
        let asked_of_words = is_macro || text[..at].trim_end().ends_with("words") || text[..at].ends_with("words()");
        if !is_key || !asked_of_words {
            continue;
        }
        let names = match (is_text, is_macro) {
            (true, _) => None,
            (_, true) => Some(macro_names(rest)),
            _ => rest.contains("&[").then(|| tuple_names(rest)),
        };
        found.push((at, Asked { place: place.to_owned(), key: key.to_owned(), names, takes_arguments: !is_text }));
    }
    found.sort_by_key(|(at, _)| *at);
    found.into_iter().map(|(_, asked)| asked).collect()
}

/// The text up to the bracket that closes what is already open.
fn within(rest: &str) -> &str {
    let (mut depth, mut quoted) = (1_i32, false);
    for (at, character) in rest.char_indices() {
        match character {
            '"' => quoted = !quoted,
            '(' | '[' | '{' if !quoted => depth += 1,
            ')' | ']' | '}' if !quoted => depth -= 1,
            _ => {}
        }
        if depth == 0 {
            return &rest[..at];
        }
    }
    rest
}

/// The names in `, a = …, b = …`, at the outermost level.
fn macro_names(rest: &str) -> BTreeSet<String> {
    let (mut depth, mut part, mut parts) = (0_i32, String::new(), Vec::new());
    for character in rest.chars() {
        match character {
            '(' | '[' | '{' => depth += 1,
            ')' | ']' | '}' => depth -= 1,
            _ => {}
        }
        if character == ',' && depth == 0 {
            parts.push(std::mem::take(&mut part));
        } else {
            part.push(character);
        }
    }
    parts.push(part);
    parts.iter().filter_map(|part| part.split_once('=')).map(|(name, _)| name.trim().to_owned()).collect()
}

/// The names in `&[("a", …), ("b", …)]`.
fn tuple_names(rest: &str) -> BTreeSet<String> {
    rest.split("(\"").skip(1).filter_map(|part| part.split('"').next()).map(str::to_owned).collect()
}

//! The document room, held against cases that are data: `document/*.txt`.

use drydock::document::{Parsed, Value, output, yaml};

/// One character for each that would not show in a case file.
fn unmask(text: &str) -> String {
    let masks =
        [('⏎', '\n'), ('⇥', '\t'), ('␍', '\r'), ('␀', '\0'), ('␇', '\u{7}'), ('␡', '\u{7f}'), ('␈', '\u{feff}')];
    masks.iter().fold(text.to_owned(), |text, (mask, character)| text.replace(*mask, &character.to_string()))
}

/// What the parser says, without the name of the file.
fn said(parsed: &Parsed) -> Option<String> {
    let problem = parsed.first_error()?;
    let message = problem.go_message("F").unwrap_or_else(|| format!("(nothing for {problem})"));
    Some(message.trim_start_matches("error parsing F: ").to_owned())
}

#[test]
fn scalars_mean_what_kubectl_reads() {
    let cases = include_str!("document/scalars.txt");
    let mut wrong = Vec::new();
    let mut count = 0;
    for line in cases.lines().filter(|line| !line.starts_with("# ")) {
        let (written, wanted) = line.split_once("  ⇒  ").expect("a case has an arrow");
        let text = format!("apiVersion: v1\nkind: X\nmetadata:\n  name: a\nv: {}\n", unmask(written));
        let parsed = yaml::parse(&text);
        let got = match said(&parsed) {
            Some(message) => format!("error: {message}"),
            None => parsed.documents[0].root.get("v").map(|node| node.to_value().to_string()).unwrap_or_default(),
        };
        let wanted = match wanted.strip_prefix("error") {
            Some(_) => wanted.to_owned(),
            None => yaml::parse(&format!("v: {wanted}")).documents[0].root.get("v").unwrap().to_value().to_string(),
        };
        count += 1;
        if got != wanted {
            wrong.push(format!("{written:?}: wanted {wanted}, got {got}"));
        }
    }
    assert!(count > 120, "only {count} cases");
    assert!(wrong.is_empty(), "{} of {count}:\n{}", wrong.len(), wrong.join("\n"));
}

/// An object as the cases write it: kind and name (or metadata) in one, and the rest.
fn digest(value: &Value) -> String {
    let mut rest = value.clone();
    let kind = value.str_at(&["kind"]).to_owned();
    rest.map_mut().remove("apiVersion");
    rest.map_mut().remove("kind");
    let metadata = rest.map_mut().remove("metadata");
    match metadata {
        Some(metadata)
            if metadata.as_map().is_some_and(|map| map.len() == 1) && !metadata.str_at(&["name"]).is_empty() =>
        {
            rest.set(&[&kind], metadata.str_at(&["name"]));
        }
        Some(metadata) => rest.set(&[&kind], metadata),
        None => rest.set(&[&kind], Value::map()),
    }
    rest.to_string()
}

#[test]
fn structures_are_read_as_kubectl_reads_them() {
    let mut wrong = Vec::new();
    let cases: Vec<&str> = include_str!("document/structures.txt").split("\n\n[").skip(1).collect();
    for case in &cases {
        let (name, rest) = case.split_once("]\n").expect("a case has a name");
        let (text, wanted) = rest.split_once("\n⇒ ").unwrap_or((rest, ""));
        let wanted: Vec<&str> = wanted.trim_end().split("\n⇒ ").collect();
        let parsed = yaml::parse(&unmask(text.trim_end_matches('\n')));
        let mut got = Vec::new();
        for item in parsed.in_order() {
            match item {
                Ok(document) => got.push(digest(&document.root.to_value())),
                Err(_) => {
                    got.push(format!("error: {}", said(&parsed).unwrap()));
                    break;
                }
            }
        }
        let later = wanted.iter().any(|line| line.starts_with("later:"));
        let mut wanted: Vec<String> = wanted
            .iter()
            .filter(|line| !line.starts_with("later:"))
            .map(|line| if line.starts_with('{') { Value::to_string(&parse_one(line)) } else { (*line).to_owned() })
            .collect();
        if later {
            // Read without complaint, though something later refuses what was read.
            got.retain(|line| line.starts_with("error") || wanted.contains(line));
        }
        if text.contains("kind: List") || text.contains("ConfigMapList") {
            // Taking lists apart is kubectl's business.
            got.clear();
            wanted.clear();
        }
        if got != wanted {
            wrong.push(format!("{name}:\n  wanted {wanted:?}\n  got    {got:?}"));
        }
    }
    assert!(cases.len() > 140, "only {} cases", cases.len());
    assert!(wrong.is_empty(), "{} of {}:\n{}", wrong.len(), cases.len(), wrong.join("\n"));
}

fn parse_one(text: &str) -> Value {
    yaml::parse(text).documents.first().map(|document| document.root.to_value()).unwrap_or_default()
}

/// Strings, and how kubectl writes them.
#[test]
fn strings_are_quoted_as_kubectl_quotes_them() {
    let written = include_str!("document/strings.yaml");
    let value = parse_one(written);
    assert!(value.at(&["metadata", "annotations"]).and_then(Value::as_map).is_some_and(|map| map.len() > 50));
    assert_eq!(output::to_yaml(&value), written);
    let other: Value = serde_yaml::from_str(written).expect("another YAML parser reads it");
    assert_eq!(other.at(&["metadata", "annotations", "x"]), value.at(&["metadata", "annotations", "x"]));
}

#[test]
fn bodies_are_decoded_as_the_server_decodes_them() {
    use drydock::document::schema;
    let mut wrong = Vec::new();
    let cases: Vec<&str> = include_str!("document/decode.txt").split("\n\n[").skip(1).collect();
    for case in &cases {
        let (name, rest) = case.split_once("]\n").expect("a case has a name");
        let (text, wanted) = rest.split_once("\n⇒ ").expect("a case has an answer");
        let value = parse_one(text);
        let ty = schema::root(value.str_at(&["apiVersion"]), value.str_at(&["kind"])).expect("a known kind");
        let got = match schema::decode(&value, ty) {
            Ok(mut decoded) => {
                decoded.map_mut().remove("apiVersion");
                decoded.map_mut().remove("kind");
                decoded.to_string()
            }
            Err(error) => {
                let document = &yaml::parse(text).documents[0];
                assert!(error.paths.iter().all(|path| document.root.at(path).is_some()), "{name}: {:?}", error.paths);
                error.to_string()
            }
        };
        if got != wanted.trim_end() {
            wrong.push(format!("{name}:\n  wanted {}\n  got    {got}", wanted.trim_end()));
        }
    }
    assert!(cases.len() > 25, "only {} cases", cases.len());
    assert!(wrong.is_empty(), "{} of {}:\n{}", wrong.len(), cases.len(), wrong.join("\n"));
}

//! The descriptions of types and fields: in the native program only, because they weigh more than
//! everything else. The build of the page asks the native program for them as a file.

use std::collections::BTreeMap;
use std::sync::OnceLock;

use super::super::output::json_string;
use super::Type;

static TEXT: &str = include_str!(concat!(env!("OUT_DIR"), "/descriptions.txt"));

type Texts = BTreeMap<(&'static str, &'static str), String>;

fn texts() -> &'static Texts {
    static TEXTS: OnceLock<Texts> = OnceLock::new();
    TEXTS.get_or_init(|| {
        let mut texts = Texts::new();
        let mut name = "";
        for line in TEXT.lines() {
            let (key, text) = line.split_once(' ').unwrap_or((line, ""));
            let text = unescape(text);
            match key.strip_prefix('=') {
                Some(new) => {
                    name = new;
                    texts.insert((name, ""), text);
                }
                None => {
                    texts.insert((name, key), text);
                }
            }
        }
        texts
    })
}

fn unescape(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    let mut characters = text.chars();
    while let Some(character) = characters.next() {
        match (character, character == '\\') {
            (_, true) => out.push(if characters.next() == Some('n') { '\n' } else { '\\' }),
            (other, false) => out.push(other),
        }
    }
    out
}

/// What upstream says of a type (`field` empty) or of one of its fields.
#[must_use]
pub fn description(ty: Type, field: &str) -> Option<&'static str> {
    let fields = texts().range((ty.name(), "")..).take_while(|((name, _), _)| *name == ty.name());
    let (_, text) = fields.into_iter().find(|((_, found), _)| *found == field)?;
    Some(text.as_str()).filter(|text| !text.is_empty())
}

/// All of them as JSON for the browser: type, then field (`""` for the type itself), then text.
#[must_use]
pub fn descriptions_json() -> String {
    let mut out = String::from("{");
    let mut last = None;
    for ((name, field), text) in texts().iter().filter(|(_, text)| !text.is_empty()) {
        if last == Some(*name) {
            out.push(',');
        } else {
            out.push_str(if last.is_some() { "},\n" } else { "" });
            out.push_str(&json_string(name));
            out.push_str(":{");
            last = Some(*name);
        }
        out.push_str(&format!("{}:{}", json_string(field), json_string(text)));
    }
    out.push_str(if last.is_some() { "}}" } else { "}" });
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn fields_have_descriptions() {
        let pod = super::super::root("v1", "Pod").expect("Pods are known");
        let container = pod.step("spec").and_then(|spec| spec.step("containers")).and_then(|list| list.step("0"));
        let text = container.and_then(|container| description(container, "image"));
        assert!(text.is_some_and(|text| text.contains("image")), "{text:?}");
        let all: serde_json::Value = serde_json::from_str(&descriptions_json()).expect("it is JSON");
        assert_eq!(all["core.v1.Container"]["image"].as_str(), text);
    }
}

//! The descriptions of types and fields: compiled into the native program only, because they weigh
//! more than everything else. The browser fetches the same text when somebody first asks.

use super::Type;

#[cfg(not(target_arch = "wasm32"))]
static TEXT: &str = include_str!(concat!(env!("OUT_DIR"), "/descriptions.txt"));

/// The text of all descriptions, as the build writes it: a line `=TYPE TEXT` for each type, and a
/// line `FIELD TEXT` for each of its fields below.
#[cfg(not(target_arch = "wasm32"))]
#[must_use]
pub fn descriptions() -> &'static str {
    TEXT
}

/// What `text` says of a type (`field` empty) or of one of its fields.
#[must_use]
pub fn description(text: &str, ty: Type, field: &str) -> Option<String> {
    let mut lines = text.lines().skip_while(|line| {
        line.strip_prefix('=').and_then(|line| line.strip_prefix(ty.name())).is_none_or(|rest| !rest.starts_with(' '))
    });
    let said = |line: &str| line.split_once(' ').map(|(_, text)| unescape(text)).filter(|text| !text.is_empty());
    let of_type = lines.next()?;
    if field.is_empty() {
        return said(of_type);
    }
    let mut of_fields = lines.take_while(|line| !line.starts_with('='));
    said(of_fields.find(|line| line.split_once(' ').is_some_and(|(name, _)| name == field))?)
}

fn unescape(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    let mut characters = text.chars();
    while let Some(character) = characters.next() {
        match character {
            '\\' => out.push(if characters.next() == Some('n') { '\n' } else { '\\' }),
            other => out.push(other),
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn fields_have_descriptions() {
        let pod = super::super::root("v1", "Pod").expect("Pods are known");
        let container = pod.step("spec").and_then(|spec| spec.step("containers")).and_then(|list| list.step("0"));
        let container = container.expect("a Pod has containers");
        let text = description(descriptions(), container, "image");
        assert!(text.as_ref().is_some_and(|text| text.contains("image")), "{text:?}");
        assert!(description(descriptions(), container, "").is_some_and(|text| text.contains("container")));
        assert_eq!(description(descriptions(), container, "nonsense"), None);
    }
}

//! Trees out, as kubectl prints them.

mod emit;
mod order;

use std::fmt::Write as _;

use super::Value;
use super::value::write_json_string;

/// YAML as `kubectl -o yaml` prints it, ending with a line break.
///
/// Written here and not by the serde_yaml family because that one differs from every recording
/// that has a string to quote: it writes `'yes'` where kubectl writes `"yes"`, never folds lines,
/// and keeps characters that kubectl escapes. None of this can be set from outside.
#[must_use]
pub fn to_yaml(value: &Value) -> String {
    emit::to_yaml(value)
}

/// JSON as `kubectl -o json` prints it: four spaces, ending with a line break.
#[must_use]
pub fn to_json_pretty(value: &Value) -> String {
    let mut out = String::new();
    pretty(value, 0, &mut out);
    out.push('\n');
    out
}

/// JSON on one line as Go's encoder writes it: like [`Value`]'s `Display`, with `<`, `>` and `&`
/// escaped.
#[must_use]
pub fn to_json(value: &Value) -> String {
    let mut out = String::new();
    // Nothing is written after a string's text, so escaping the whole is escaping its strings.
    let _ = write!(out, "{value}");
    escape_html(&out)
}

/// A string as JSON, with the escapes of Go's encoder.
#[must_use]
pub fn json_string(text: &str) -> String {
    let mut out = String::new();
    let _ = write_json_string(text, &mut out);
    escape_html(&out)
}

// Models encoding/json encode.go appendString with escapeHTML
fn escape_html(json: &str) -> String {
    if !json.contains(['<', '>', '&']) {
        return json.to_owned();
    }
    json.replace('<', "\\u003c").replace('>', "\\u003e").replace('&', "\\u0026")
}

fn pretty(value: &Value, depth: usize, out: &mut String) {
    match value {
        Value::List(items) if !items.is_empty() => {
            out.push('[');
            for (index, item) in items.iter().enumerate() {
                line(index, depth + 1, out);
                pretty(item, depth + 1, out);
            }
            close(']', depth, out);
        }
        Value::Map(map) if !map.is_empty() => {
            out.push('{');
            for (index, (key, item)) in map.iter().enumerate() {
                line(index, depth + 1, out);
                out.push_str(&json_string(key));
                out.push_str(": ");
                pretty(item, depth + 1, out);
            }
            close('}', depth, out);
        }
        other => out.push_str(&to_json(other)),
    }
}

fn line(index: usize, depth: usize, out: &mut String) {
    out.push_str(if index == 0 { "\n" } else { ",\n" });
    (0..depth).for_each(|_| out.push_str("    "));
}

fn close(bracket: char, depth: usize, out: &mut String) {
    out.push('\n');
    (0..depth).for_each(|_| out.push_str("    "));
    out.push(bracket);
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::tree;

    #[test]
    fn as_kubectl_prints() {
        let value = tree!({
            "kind": "Pod",
            "list": [ { "b": 1, "a": [ [ "x" ], [] ] }, "text", {} ],
            "f10": "<&>", "f2": null, "yes": true,
        });
        let yaml = "f2: null\nf10: <&>\nkind: Pod\nlist:\n- a:\n  - - x\n  - []\n  b: 1\n- text\n- {}\n\"yes\": true\n";
        assert_eq!(to_yaml(&value), yaml);
        let json = to_json_pretty(&value);
        assert!(json.starts_with("{\n    \"f10\": \"\\u003c\\u0026\\u003e\",\n    \"f2\": null,"), "{json}");
        assert!(json.contains(
            "\"a\": [\n                [\n                    \"x\"\n                ],\n                []\n"
        ));
        assert!(json.ends_with("}\n"));
    }

    #[test]
    fn long_keys_and_numbers() {
        let long = "k".repeat(130);
        let mut value =
            tree!({ "half": crate::document::number::float("0.5"), "big": crate::document::number::float("1e30") });
        value.set(&[&long], "v");
        assert_eq!(to_yaml(&value), format!("big: 1e+30\nhalf: 0.5\n? {long}\n: v\n"));
    }
}

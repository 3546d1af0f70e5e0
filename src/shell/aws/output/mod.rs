//! The four formats of an answer.
// Models awscli/formatter.py

mod table;
mod text;

use super::failure::Failure;
use crate::document::Value;
use crate::document::output::{json_string, to_yaml};

/// In which order an answer shows the members of its structures: as the API's model lists them.
pub(super) struct KeyOrder<'a> {
    model: &'a str,
    query: Option<&'a str>,
}

impl<'a> KeyOrder<'a> {
    /// By a service's table, and by the words of a query that names members itself.
    pub(super) fn new(model: &'a str, query: Option<&'a str>) -> Self {
        Self { model, query: query.filter(|query| query.contains('{')) }
    }

    fn rank(&self, key: &str) -> usize {
        if let Some(at) = self.query.and_then(|query| query.find(&format!("{key}:"))) {
            return at;
        }
        let known = self.model.split_ascii_whitespace().position(|word| word == key);
        known.map_or(usize::MAX, |at| at + 100_000)
    }

    /// The members of a structure in their order.
    fn entries<'v>(&self, value: &'v Value) -> Vec<(&'v str, &'v Value)> {
        let mut entries: Vec<(usize, &str, &Value)> =
            value.entries().map(|(key, value)| (self.rank(key), &**key, value)).collect();
        entries.sort_by_key(|(rank, ..)| *rank);
        entries.into_iter().map(|(_, key, value)| (key, value)).collect()
    }
}

/// An answer in a format.
///
/// # Errors
/// The format is not known.
pub(super) fn print(format: &str, operation: &str, answer: &Value, order: &KeyOrder<'_>) -> Result<String, Failure> {
    let is_empty = matches!(answer, Value::Map(map) if map.is_empty());
    Ok(match format {
        "off" => String::new(),
        _ if is_empty => String::new(),
        "json" => {
            let mut out = String::new();
            json(answer, order, 0, &mut out);
            out.push('\n');
            out
        }
        "yaml" => to_yaml(answer),
        "yaml-stream" => to_yaml(&Value::list([answer.clone()])),
        "text" => text::print(answer),
        "table" => table::print(operation, answer),
        other => return Err(Failure::general(&format!("Unknown output type: {other}"))),
    })
}

fn json(value: &Value, order: &KeyOrder<'_>, depth: usize, out: &mut String) {
    let (open, close, length) = match value {
        Value::Map(map) => ('{', '}', map.len()),
        Value::List(items) => ('[', ']', items.len()),
        Value::Text(text) => return out.push_str(&json_string(text)),
        other => return out.push_str(&other.to_string()),
    };
    out.push(open);
    let line = |index: usize, out: &mut String| {
        out.push_str(if index == 0 { "\n" } else { ",\n" });
        out.extend(std::iter::repeat_n(' ', 4 * (depth + 1)));
    };
    if let Value::Map(_) = value {
        for (index, (key, value)) in order.entries(value).into_iter().enumerate() {
            line(index, out);
            out.push_str(&json_string(key));
            out.push_str(": ");
            json(value, order, depth + 1, out);
        }
    }
    for (index, item) in value.items().iter().enumerate() {
        line(index, out);
        json(item, order, depth + 1, out);
    }
    if length > 0 {
        out.push('\n');
        out.extend(std::iter::repeat_n(' ', 4 * depth));
    }
    out.push(close);
}

/// A value in a cell of text or table output.
fn cell(value: &Value) -> String {
    match value {
        Value::Null => "None".to_owned(),
        Value::Bool(true) => "True".to_owned(),
        Value::Bool(false) => "False".to_owned(),
        Value::Text(text) => text.to_string(),
        other => other.to_string(),
    }
}

fn is_scalar(value: &Value) -> bool {
    !matches!(value, Value::Map(_) | Value::List(_))
}

//! The columns of custom kinds: those that their definition asks for.
// Models apiextensions-apiserver/pkg/registry/customresource/tableconvertor

use crate::document::Value;
use crate::shell::kubectl::duration::since;
use crate::shell::kubectl::printer;
use crate::world::SimTime;
use crate::world::api::custom::Version;
use crate::world::api::meta;

/// What a version without columns of its own shows.
const AGE: (&str, &str) = ("Age", ".metadata.creationTimestamp");

/// The columns, each with whether only `-o wide` shows it.
pub(in crate::shell::kubectl) fn columns(version: &Version) -> Vec<(String, bool)> {
    let mut columns = vec![("Name".to_owned(), false)];
    let own = version.columns().iter();
    columns.extend(own.map(|column| {
        (column.str_at(&["name"]).to_owned(), column.int_at(&["priority"]).is_some_and(|priority| priority > 0))
    }));
    if version.columns().is_empty() {
        columns.push((AGE.0.to_owned(), false));
    }
    columns
}

/// The cells of an object, one for each column.
pub(in crate::shell::kubectl) fn cells(version: &Version, object: &Value, now: SimTime) -> Vec<String> {
    let mut cells = vec![meta::name(object).to_owned()];
    let own = version.columns().iter();
    cells.extend(own.map(|column| cell(column.str_at(&["type"]), column.str_at(&["jsonPath"]), object, now)));
    if version.columns().is_empty() {
        cells.push(cell("date", AGE.1, object, now));
    }
    cells
}

// Models tableconvertor.go cellForJSONValue
fn cell(kind: &str, path: &str, object: &Value, now: SimTime) -> String {
    let found = printer::find(path, object).unwrap_or_default();
    let Some(value) = found.first() else { return String::new() };
    match (kind, value) {
        ("date", Value::Text(text)) => since(text, now),
        ("string", value) => printer::plain_text(value),
        ("boolean", Value::Bool(_)) | ("integer" | "number", Value::Int(_) | Value::Decimal(_)) => value.to_string(),
        _ => String::new(),
    }
}

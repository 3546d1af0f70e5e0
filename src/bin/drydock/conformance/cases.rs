//! Cases on disk.

use drydock::document::{Value, parse};
use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

/// One case.
#[derive(Clone)]
pub struct Case {
    /// Its family: the folder above it.
    pub family: String,
    /// Its name.
    pub name: String,
    /// What is in it.
    pub body: Body,
}

/// What is in a case.
#[derive(Clone)]
pub enum Body {
    /// A recording of kubectl and a cluster.
    Kubernetes(Box<Recording>),
    /// One line of a family of the cloud.
    Aws(Value),
}

/// A folder with `case.json`.
#[derive(Clone, Default)]
pub struct Recording {
    /// `case.json`.
    pub case: Value,
    /// The input files.
    pub files: BTreeMap<String, String>,
    /// `trace.jsonl`.
    pub trace: Vec<Value>,
    /// `final.yaml`.
    pub last: Vec<Value>,
    /// `events.jsonl`.
    pub events: Vec<Value>,
}

/// Every case under a folder, in order.
pub fn find(folder: &Path) -> Result<Vec<Case>, String> {
    if !folder.is_dir() {
        return Err(format!("{} is not a folder", folder.display()));
    }
    let mut cases = Vec::new();
    walk(folder, &mut cases)?;
    Ok(cases)
}

fn walk(folder: &Path, cases: &mut Vec<Case>) -> Result<(), String> {
    let name = |path: &Path| path.file_name().unwrap_or_default().to_string_lossy().into_owned();
    if folder.join("case.json").is_file() {
        let family = folder.parent().map(name).unwrap_or_default();
        let recording = recording(folder)?;
        cases.push(Case { family, name: name(folder), body: Body::Kubernetes(Box::new(recording)) });
        return Ok(());
    }
    let lines = folder.join("cases.jsonl");
    if lines.is_file() {
        for data in json_lines(&read(&lines)?)? {
            let id = data.str_at(&["id"]).to_owned();
            cases.push(Case { family: name(folder), name: id, body: Body::Aws(data) });
        }
    }
    let mut below: Vec<PathBuf> = std::fs::read_dir(folder)
        .map_err(|error| format!("{}: {error}", folder.display()))?
        .flatten()
        .map(|entry| entry.path())
        .filter(|path| path.is_dir())
        .collect();
    below.sort();
    below.iter().try_for_each(|path| walk(path, cases))
}

fn read(path: &Path) -> Result<String, String> {
    std::fs::read_to_string(path).map_err(|error| format!("{}: {error}", path.display()))
}

fn recording(folder: &Path) -> Result<Recording, String> {
    let mut recording = Recording::default();
    let entries = std::fs::read_dir(folder).map_err(|error| format!("{}: {error}", folder.display()))?;
    for entry in entries.flatten() {
        let (path, name) = (entry.path(), entry.file_name().to_string_lossy().into_owned());
        let text = read(&path)?;
        match name.as_str() {
            "case.json" => recording.case = json(&text)?,
            "trace.jsonl" => recording.trace = json_lines(&text)?,
            "events.jsonl" => recording.events = json_lines(&text)?,
            "final.yaml" => {
                recording.last = parse(&text).documents.iter().map(|document| document.root.to_value()).collect();
            }
            _ => {
                recording.files.insert(name, text);
            }
        }
    }
    Ok(recording)
}

fn json_lines(text: &str) -> Result<Vec<Value>, String> {
    text.lines().filter(|line| !line.trim().is_empty()).map(json).collect()
}

fn json(text: &str) -> Result<Value, String> {
    serde_json::from_str(text).map(|read: serde_json::Value| tree(&read)).map_err(|error| error.to_string())
}

/// The same tree as one of ours.
fn tree(read: &serde_json::Value) -> Value {
    use serde_json::Value as Json;
    match read {
        Json::Null => Value::Null,
        Json::Bool(yes) => Value::Bool(*yes),
        Json::Number(number) => match number.as_i64() {
            Some(number) => Value::Int(number),
            None => Value::Decimal(number.to_string().into()),
        },
        Json::String(text) => Value::text(text.as_str()),
        Json::Array(items) => Value::list(items.iter().map(tree)),
        Json::Object(fields) => {
            let map: drydock::document::Map =
                fields.iter().map(|(key, value)| (key.as_str().into(), tree(value))).collect();
            map.into()
        }
    }
}

//! The editor's marks: what a document gets wrong, at the exact place, with the nearest valid
//! name. The same rows as [`decode`](super::decode), but everything at once.

use super::super::problem::{Problem, Span};
use super::super::yaml::{Content, Document, Entry, Node, Scalar, Style};
use super::super::{Value, base64};
use super::{Field, Shape, Type, kinds, nearest, quantity_error, root};

/// Checks a whole document: finds its kind, then every field. `known` says whether the cluster has
/// a kind (apiVersion, kind) that is not in the schema; such documents are not looked into.
#[must_use]
pub fn check_document(document: &Document, known: &dyn Fn(&str, &str) -> bool) -> Vec<Problem> {
    let node = &document.root;
    let Content::Map(_) = node.content else {
        return vec![Problem::error("not-an-object", node.head())];
    };
    let top = Span::at(node.head().start);
    let (Some(version), Some(kind)) = (node.entry("apiVersion"), node.entry("kind")) else {
        let missing = [("apiVersion", "missing-api-version"), ("kind", "missing-kind")];
        return missing
            .iter()
            .filter(|(key, _)| node.entry(key).is_none())
            .map(|(_, code)| Problem::error(code, top))
            .collect();
    };
    match (version.value.as_str(), kind.value.as_str()) {
        (Some(api), Some(name)) => match root(api, name) {
            Some(ty) => check(node, ty),
            None if known(api, name) || (api, name) == ("v1", "List") => Vec::new(),
            None => vec![unknown_kind(api, name, version, kind)],
        },
        _ => [version, kind]
            .iter()
            .filter(|entry| entry.value.as_str().is_none())
            .map(|entry| wrong_type(&entry.key, "string", &entry.value))
            .collect(),
    }
}

fn unknown_kind(api: &str, name: &str, version: &Entry, kind: &Entry) -> Problem {
    let other = kinds().find(|(_, known, _)| *known == name);
    if let Some((right, _, _)) = other {
        return Problem::error("wrong-api-version", version.value.span)
            .with("kind", name)
            .with("version", api)
            .with("nearest", right)
            .fixed_by(right);
    }
    let problem = |code| Problem::error(code, kind.value.span).with("kind", name).with("version", api);
    match nearest(name, kinds().map(|(_, known, _)| known)) {
        Some(near) => problem("unknown-kind-near").with("nearest", near).fixed_by(near),
        None => problem("unknown-kind"),
    }
}

/// Checks a tree against a type. Problems come in the order of the file.
#[must_use]
pub fn check(node: &Node, ty: Type) -> Vec<Problem> {
    let mut checker = Checker { problems: Vec::new(), written: true };
    checker.node(node, ty, "", None, node.head());
    checker.problems
}

struct Checker {
    problems: Vec<Problem>,
    /// Whether people write this part: nobody has to fill in a status.
    written: bool,
}

impl Checker {
    /// `name` is what the value is called: the field, or the key of a map. `holder` is where to
    /// mark something that is not there.
    fn node(&mut self, node: &Node, ty: Type, name: &str, field: Option<Field>, holder: Span) {
        if node.is_null() {
            return;
        }
        match (ty.shape(), &node.content) {
            (Shape::Any, _) => {}
            (Shape::ObjectOrAny(object), Content::Map(_)) => self.node(node, object, name, field, holder),
            (Shape::ObjectOrAny(_), _) => {}
            (Shape::Object, Content::Map(entries)) => self.object(entries, ty, holder),
            (Shape::Map(inner), Content::Map(entries)) => {
                for entry in entries {
                    self.node(&entry.value, inner, &entry.key, None, entry.key_span);
                }
            }
            (Shape::List(inner), Content::List(items)) => {
                for item in items {
                    self.node(item, inner, name, field, item.head());
                }
            }
            (_, Content::Scalar(scalar)) if !matches!(ty.shape(), Shape::Object | Shape::Map(_) | Shape::List(_)) => {
                self.scalar(node, scalar, ty, name, field);
            }
            _ => self.problems.push(wrong_type(name, ty.word(), node)),
        }
    }

    fn object(&mut self, entries: &[Entry], ty: Type, holder: Span) {
        for entry in entries {
            let Some(field) = ty.field(&entry.key) else {
                self.problems.push(unknown_field(entry, entries, ty));
                continue;
            };
            let written = self.written;
            self.written &= field.name() != "status";
            self.node(&entry.value, field.ty(), field.name(), Some(field), entry.key_span);
            self.written = written;
        }
        if !self.written {
            return;
        }
        for field in ty.fields().filter(|field| field.is_required()) {
            if !entries.iter().any(|entry| &*entry.key == field.name()) {
                let problem = Problem::error("missing-field", holder);
                self.problems.push(problem.with("field", field.name()).with("type", ty.go_struct()));
            }
        }
    }

    fn scalar(&mut self, node: &Node, scalar: &Scalar, ty: Type, name: &str, field: Option<Field>) {
        let value = &scalar.value;
        let fits = match (ty.shape(), value) {
            (Shape::Quantity, _) => return self.quantity(node, scalar, name),
            (Shape::Bytes, Value::Text(text)) => {
                if base64::decode(text).is_err() {
                    self.problems.push(Problem::error("bad-base64", node.span).with("field", name));
                }
                true
            }
            (Shape::Int32 | Shape::IntOrString, Value::Int(number)) => i32::try_from(*number).is_ok(),
            (Shape::Int64 | Shape::Double, Value::Int(_)) | (Shape::Double, Value::Decimal(_)) => true,
            (Shape::Boolean, Value::Bool(_)) => true,
            (Shape::String | Shape::Time | Shape::MicroTime | Shape::IntOrString, Value::Text(_)) => true,
            _ => false,
        };
        if !fits {
            self.problems.push(wrong_type(name, ty.word(), node));
            return;
        }
        let allowed = field.map(Field::values).unwrap_or_default();
        if let Some(text) = value.as_str().filter(|text| !allowed.is_empty() && !allowed.contains(text)) {
            self.problems.push(unknown_value(node, text, name, allowed));
        }
    }

    fn quantity(&mut self, node: &Node, scalar: &Scalar, name: &str) {
        let text = match &scalar.value {
            Value::Text(text) => text.trim().to_owned(),
            other => other.to_string(),
        };
        if quantity_error(&text).is_some() {
            self.problems.push(Problem::error("bad-quantity", node.span).with("value", text));
            return;
        }
        let resource = name.rsplit('.').next().unwrap_or(name);
        let bytes = matches!(resource, "memory" | "storage" | "ephemeral-storage" | "sizeLimit");
        if bytes && let Some(problem) = small_memory(node, &text) {
            self.problems.push(problem);
        }
        if matches!(resource, "cpu") && text.parse::<u32>().is_ok_and(|cores| cores >= 100) {
            let near = format!("{text}m");
            let problem = Problem::warning("large-cpu", node.span).with("value", text);
            self.problems.push(problem.with("nearest", near.clone()).fixed_by(near));
        }
    }
}

/// Less than a kibibyte of memory: a `Mi` was meant.
fn small_memory(node: &Node, text: &str) -> Option<Problem> {
    let bytes = match text.strip_suffix('m') {
        Some(thousandths) => {
            let number: u64 = thousandths.parse().ok()?;
            let (whole, part) = (number / 1000, number % 1000);
            if part == 0 { whole.to_string() } else { format!("{whole}.{part:03}").trim_end_matches('0').to_owned() }
        }
        None => text.parse::<u64>().ok()?.to_string(),
    };
    let whole: u64 = bytes.split('.').next().unwrap_or_default().parse().ok()?;
    if whole >= 1024 || bytes == "0" {
        return None;
    }
    let near = format!("{}Mi", text.trim_end_matches('m'));
    let problem = Problem::warning("small-memory", node.span).with("value", text).with("bytes", bytes);
    Some(problem.with("nearest", near.clone()).fixed_by(near))
}

fn unknown_field(entry: &Entry, beside: &[Entry], ty: Type) -> Problem {
    let absent = ty.fields().map(Field::name).filter(|name| !beside.iter().any(|other| *other.key == **name));
    let near = nearest(&entry.key, absent);
    let code = if near.is_some() { "unknown-field-near" } else { "unknown-field" };
    let problem = Problem::error(code, entry.key_span).with("field", &*entry.key).with("type", ty.go_struct());
    match near {
        Some(near) => problem.with("nearest", near).fixed_by(near),
        None => problem,
    }
}

fn unknown_value(node: &Node, text: &str, name: &str, allowed: &[&str]) -> Problem {
    let near = nearest(text, allowed.iter().copied());
    let code = if near.is_some() { "unknown-value-near" } else { "unknown-value" };
    let shown: Vec<&str> = allowed.iter().copied().filter(|value| !value.is_empty()).collect();
    let problem =
        Problem::error(code, node.span).with("field", name).with("value", text).with("allowed", shown.join(", "));
    match near {
        Some(near) => problem.with("nearest", near).fixed_by(near),
        None => problem,
    }
}

fn wrong_type(name: &str, expected: &'static str, node: &Node) -> Problem {
    let found = match &node.content {
        Content::Scalar(scalar) => scalar.value.json_type(),
        Content::List(_) => "array",
        Content::Map(_) => "object",
    };
    let problem =
        Problem::error("wrong-type", node.head()).with("field", name).with("expected", expected).with("found", found);
    let Some(scalar) = node.scalar() else { return problem };
    match (expected, scalar.style) {
        ("string", Style::Plain) => problem.fixed_by(format!("\"{}\"", scalar.text)),
        ("integer", Style::Quoted) if scalar.text.parse::<i64>().is_ok() => problem.fixed_by(&*scalar.text),
        ("boolean", Style::Quoted) if matches!(&*scalar.text, "true" | "false") => problem.fixed_by(&*scalar.text),
        _ => problem,
    }
}

#[cfg(test)]
mod tests {
    use super::super::super::yaml;
    use super::*;

    fn marks(text: &str) -> Vec<String> {
        let parsed = yaml::parse(text);
        parsed
            .documents
            .iter()
            .flat_map(|document| check_document(document, &|_, _| false))
            .map(|p| p.to_string())
            .collect()
    }

    #[test]
    fn marks_stand_on_the_offending_words() {
        let deployment = "apiVersion: apps/v1\nkind: Deployment\nmetadata: {name: a}\nspec:\n  replcas: 3\n  paused: \"true\"\n  \
                          selector: {}\n  template:\n    spec:\n      containers:\n      - image: nginx\n        \
                          imagePullPolicy: always\n        resources:\n          requests: {memory: 64m, cpu: lots}\n";
        assert_eq!(
            marks(deployment),
            [
                "error 5:3 unknown-field-near field=replcas type=DeploymentSpec nearest=replicas",
                "error 6:11 wrong-type field=paused expected=boolean found=string",
                "error 12:26 unknown-value-near field=imagePullPolicy value=always allowed=Always, IfNotPresent, Never nearest=Always",
                "warning 14:30 small-memory value=64m bytes=0.064 nearest=64Mi",
                "error 14:40 bad-quantity value=lots",
                "error 11:9 missing-field field=name type=Container",
            ]
        );
        assert_eq!(
            marks("apiVersion: v1\nkind: Deployment\n"),
            ["error 1:13 wrong-api-version kind=Deployment version=v1 nearest=apps/v1"]
        );
        assert_eq!(
            marks("apiVersion: v1\nkind: Pood\n"),
            ["error 2:7 unknown-kind-near kind=Pood version=v1 nearest=Pod"]
        );
        assert_eq!(
            marks("apiVersion: v1\nkind: ConfigMap\ndata: {a: yes, b: 1}\n"),
            [
                "error 3:11 wrong-type field=a expected=string found=bool",
                "error 3:19 wrong-type field=b expected=string found=number",
            ]
        );
    }

    #[test]
    fn a_fix_mends() {
        let text = "apiVersion: v1\nkind: ConfigMap\ndata: {a: yes}\n";
        let parsed = yaml::parse(text);
        let fix = check_document(&parsed.documents[0], &|_, _| false).remove(0).fix.expect("there is one");
        let (from, to) = (fix.span.start.offset as usize, fix.span.end.offset as usize);
        let mended = format!("{}{}{}", &text[..from], fix.text, &text[to..]);
        assert_eq!(marks(&mended), Vec::<String>::new());
    }
}

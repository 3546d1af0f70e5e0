//! How the API server prints its own structs inside a few messages: Go names, Go order, every
//! unset field. The names and the order come from `internal.txt`; what an unset field prints
//! follows from the schema (a pointer prints `null`, a number `0`).

use super::super::Value;
use super::super::output::json_string;
use super::{Field, Shape, Type};

static TEXT: &str = include_str!("internal.txt");

/// The struct at `value` as the server prints it on one line:
/// `{"Type":"BlueGreen","RollingUpdate":null}`. `around` is the struct that holds it (a Pod's
/// security context also prints fields of the Pod's spec).
#[must_use]
pub fn internal_json(value: &Value, ty: Type, around: Option<&Value>) -> String {
    let mut out = String::new();
    print(value, ty, around, &mut Printer { out: &mut out, pretty: false, depth: 0 });
    out
}

/// The same over many lines, one space per level: what the server makes its diffs of.
#[must_use]
pub fn internal_pretty(value: &Value, ty: Type, around: Option<&Value>) -> String {
    let mut out = String::new();
    print(value, ty, around, &mut Printer { out: &mut out, pretty: true, depth: 0 });
    out
}

/// The part of a struct that the server keeps as a struct of its own (a PersistentVolume's
/// source), many lines.
#[must_use]
pub fn internal_part_pretty(value: &Value, name: &str, ty: Type) -> String {
    let mut out = String::new();
    let mut printer = Printer { out: &mut out, pretty: true, depth: 0 };
    match line(name) {
        Some(words) => fields(value, ty, None, words, &mut printer),
        None => plain(value, &mut printer),
    }
    out
}

struct Printer<'o> {
    out: &'o mut String,
    pretty: bool,
    depth: usize,
}

impl Printer<'_> {
    fn open(&mut self, bracket: char) {
        self.out.push(bracket);
        self.depth += 1;
    }

    fn next(&mut self, first: bool) {
        if !first {
            self.out.push(',');
        }
        self.new_line();
    }

    fn key(&mut self, name: &str) {
        self.out.push_str(&json_string(name));
        self.out.push_str(if self.pretty { ": " } else { ":" });
    }

    fn close(&mut self, bracket: char, empty: bool) {
        self.depth -= 1;
        if !empty {
            self.new_line();
        }
        self.out.push(bracket);
    }

    fn new_line(&mut self) {
        if self.pretty {
            self.out.push('\n');
            (0..self.depth).for_each(|_| self.out.push(' '));
        }
    }
}

/// The words of a type's line.
fn line(name: &str) -> Option<&'static str> {
    TEXT.lines().filter(|line| !line.starts_with('#')).find_map(|line| {
        let (head, words) = line.split_once(' ')?;
        (head.split('<').next() == Some(name)).then_some(words)
    })
}

fn print(value: &Value, ty: Type, around: Option<&Value>, printer: &mut Printer<'_>) {
    match (ty.shape(), value) {
        (_, Value::Null) => printer.out.push_str("null"),
        (Shape::Object, _) => match line(ty.name()) {
            Some(words) => fields(value, ty, around, words, printer),
            None => plain(value, printer),
        },
        (Shape::List(inner), Value::List(items)) => {
            printer.open('[');
            for (index, item) in items.iter().enumerate() {
                printer.next(index == 0);
                print(item, inner, None, printer);
            }
            printer.close(']', items.is_empty());
        }
        (Shape::Map(inner), Value::Map(map)) => {
            printer.open('{');
            for (index, (key, item)) in map.iter().enumerate() {
                printer.next(index == 0);
                printer.key(key);
                print(item, inner, None, printer);
            }
            printer.close('}', map.is_empty());
        }
        _ => plain(value, printer),
    }
}

/// A tree with its JSON names.
fn plain(value: &Value, printer: &mut Printer<'_>) {
    match value {
        Value::Text(text) => printer.out.push_str(&json_string(text)),
        Value::List(items) => {
            printer.open('[');
            for (index, item) in items.iter().enumerate() {
                printer.next(index == 0);
                plain(item, printer);
            }
            printer.close(']', items.is_empty());
        }
        Value::Map(map) => {
            printer.open('{');
            for (index, (key, item)) in map.iter().enumerate() {
                printer.next(index == 0);
                printer.key(key);
                plain(item, printer);
            }
            printer.close('}', map.is_empty());
        }
        other => printer.out.push_str(&other.to_string()),
    }
}

fn fields(value: &Value, ty: Type, around: Option<&Value>, words: &str, printer: &mut Printer<'_>) {
    printer.open('{');
    let mut first = true;
    for word in words.split(' ') {
        if word == "@" {
            metadata(value, &mut first, printer);
            continue;
        }
        let (name, zero) = word.strip_suffix('!').map_or((word, false), |name| (name, true));
        let (name, json) = name.split_once('=').map_or((name, None), |(name, json)| (name, Some(json)));
        printer.next(first);
        first = false;
        printer.key(name);
        if let Some(json) = json.and_then(|json| json.strip_prefix('^')) {
            outer(around.and_then(|around| around.get(json)), json, printer);
            continue;
        }
        let field = match json {
            Some(json) => ty.field(json),
            None => ty.fields().find(|field| field.name().eq_ignore_ascii_case(name)),
        };
        match field.map(|field| (field, value.get(field.name()))) {
            Some((field, Some(item))) => print(item, field.ty(), Some(value), printer),
            Some((_, None)) if zero => printer.out.push('0'),
            Some((field, None)) => unset(field, printer),
            None => printer.out.push_str("null"),
        }
    }
    printer.close('}', first);
}

/// A field of the Pod's spec that the server keeps in the security context: the older ones are no
/// pointers.
fn outer(value: Option<&Value>, json: &str, printer: &mut Printer<'_>) {
    match value {
        Some(value) => plain(value, printer),
        None if json.starts_with("hostUsers") || json.starts_with("share") => printer.out.push_str("null"),
        None => printer.out.push_str("false"),
    }
}

fn unset(field: Field, printer: &mut Printer<'_>) {
    let struct_inside = field.is_always_served() || field.is_required();
    match field.ty().shape() {
        Shape::Object if struct_inside => print(&Value::map(), field.ty(), None, printer),
        _ if field.is_pointer() => printer.out.push_str("null"),
        Shape::String => printer.out.push_str("\"\""),
        Shape::Int32 | Shape::Int64 => printer.out.push('0'),
        Shape::Boolean => printer.out.push_str("false"),
        _ => printer.out.push_str("null"),
    }
}

/// Metadata is embedded with its JSON names, and without what is not set.
fn metadata(value: &Value, first: &mut bool, printer: &mut Printer<'_>) {
    const ORDER: [&str; 15] = [
        "name",
        "generateName",
        "namespace",
        "selfLink",
        "uid",
        "resourceVersion",
        "generation",
        "creationTimestamp",
        "deletionTimestamp",
        "deletionGracePeriodSeconds",
        "labels",
        "annotations",
        "ownerReferences",
        "finalizers",
        "managedFields",
    ];
    for name in ORDER {
        if let Some(item) = value.at(&["metadata", name]) {
            printer.next(*first);
            *first = false;
            printer.key(name);
            plain(item, printer);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::tree;

    fn of(kind: (&str, &str), path: &[&str]) -> Type {
        let root = super::super::root(kind.0, kind.1).expect("a known kind");
        path.iter().try_fold(root, |ty, step| ty.step(step)).expect("a known field")
    }

    #[test]
    fn structs_print_as_the_server_prints_them() {
        let strategy = of(("apps/v1", "Deployment"), &["spec", "strategy"]);
        let said = internal_json(&tree!({ "type": "BlueGreen" }), strategy, None);
        assert_eq!(said, r#"{"Type":"BlueGreen","RollingUpdate":null}"#);
        let port = of(("v1", "Service"), &["spec", "ports", "0"]);
        let said = internal_json(&tree!({ "protocol": "TCP", "port": 80 }), port, None);
        assert_eq!(said, r#"{"Name":"","Protocol":"TCP","AppProtocol":null,"Port":80,"TargetPort":0,"NodePort":0}"#);
        let template = of(("batch/v1", "Job"), &["spec", "template"]);
        let value =
            tree!({ "metadata": { "labels": { "a": "b" } }, "spec": { "hostNetwork": true, "securityContext": {} } });
        let said = internal_json(&value, template, None);
        assert!(said.starts_with(r#"{"labels":{"a":"b"},"Spec":{"Volumes":null,"#), "{said}");
        assert!(
            said.contains(
                r#""SecurityContext":{"HostNetwork":true,"HostPID":false,"HostIPC":false,"ShareProcessNamespace":null,"#
            ),
            "{said}"
        );
    }

    #[test]
    fn lines_for_a_diff() {
        let spec = of(("v1", "PersistentVolume"), &["spec"]);
        let value = tree!({ "hostPath": { "path": "/srv", "type": "" } });
        let said = internal_part_pretty(&value, "core.v1.PersistentVolumeSource", spec);
        let wanted = "{\n \"GCEPersistentDisk\": null,\n \"AWSElasticBlockStore\": null,\n \"HostPath\": {\n  \"Path\": \"/srv\",\n  \"Type\": \"\"\n },\n \"Glusterfs\": null,";
        assert!(said.starts_with(wanted), "{said}");
    }
}

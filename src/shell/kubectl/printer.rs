//! The formats of `-o`.
// Models k8s.io/cli-runtime/pkg/printers and genericclioptions/print_flags.go

use crate::document::Value;
use crate::document::jsonpath::{self, JsonPath};
use crate::document::output::{to_json_pretty, to_yaml};
use crate::world::api::{Resource, meta};

use super::failure::Failure;
use super::template;

/// A format of `-o`.
pub(in crate::shell) enum Printer {
    Yaml,
    Json,
    Name,
    JsonPath(String),
    JsonPathAsJson(String),
    Template(String),
    Columns(Vec<(String, String)>),
}

const ALLOWED: &str = "custom-columns,custom-columns-file,go-template,go-template-file,json,jsonpath,\
                       jsonpath-as-json,jsonpath-file,kyaml,name,template,templatefile,wide,yaml";

/// `deployment.apps/web`.
// Models printers.NamePrinter
pub(in crate::shell) fn name_of(object: &Value) -> String {
    let version = object.str_at(&["apiVersion"]);
    let kind = meta::kind(object).to_ascii_lowercase();
    let name = meta::name(object);
    match version.rsplit_once('/') {
        Some((group, _)) => format!("{kind}.{group}/{name}"),
        None => format!("{kind}/{name}"),
    }
}

/// `deployment.apps`.
pub(in crate::shell) fn singular(resource: Resource) -> String {
    let info = resource.info();
    let kind = info.kind.to_ascii_lowercase();
    if info.group.is_empty() { kind } else { format!("{kind}.{}", info.group) }
}

/// Several objects as the list that kubectl prints.
pub(in crate::shell) fn list_of(items: Vec<Value>) -> Value {
    crate::tree!({
        "apiVersion": "v1",
        "kind": "List",
        "items": items,
        "metadata": { "resourceVersion": "" },
    })
}

impl Printer {
    /// The printer of a format.
    pub fn of(format: &str) -> Result<Self, Failure> {
        let (kind, rest) = match format.find(['=', '{']) {
            Some(at) if format[at..].starts_with('=') => (&format[..at], &format[at + 1..]),
            _ => (format, ""),
        };
        match kind {
            "yaml" => Ok(Self::Yaml),
            "json" => Ok(Self::Json),
            "name" => Ok(Self::Name),
            "jsonpath" if rest.is_empty() => Err(Failure::plain("template format specified but no template given")),
            "jsonpath" => Ok(Self::JsonPath(rest.to_owned())),
            "jsonpath-as-json" if rest.is_empty() => {
                Err(Failure::plain("template format specified but no template given"))
            }
            "jsonpath-as-json" => Ok(Self::JsonPathAsJson(rest.to_owned())),
            "custom-columns" if rest.is_empty() => {
                Err(Failure::plain("custom-columns format specified but no custom columns given"))
            }
            "custom-columns" => Ok(Self::Columns(columns_of(rest)?)),
            "go-template" | "template" if rest.is_empty() => {
                Err(Failure::plain("template format specified but no template given"))
            }
            "go-template" | "template" => Ok(Self::Template(rest.to_owned())),
            _ => Err(Failure::Plain(format!(
                "unable to match a printer suitable for the output format \"{format}\", allowed formats are: {ALLOWED}"
            ))),
        }
    }

    /// One object.
    pub fn print_object(&self, object: &Value) -> Result<String, Failure> {
        match self {
            Self::Name => Ok(format!("{}\n", name_of(object))),
            Self::Columns(columns) => print_columns(columns, std::slice::from_ref(object), true),
            _ => self.print_tree(object),
        }
    }

    /// Any tree.
    pub fn print_tree(&self, tree: &Value) -> Result<String, Failure> {
        match self {
            Self::Yaml => Ok(to_yaml(tree)),
            Self::Json => Ok(to_json_pretty(tree)),
            Self::Name => Ok(name_of(tree)),
            Self::JsonPath(template) => render(template, tree),
            Self::JsonPathAsJson(template) => render_as_json(template, tree),
            Self::Template(text) => template::render(text, tree).map_err(Failure::Plain),
            Self::Columns(columns) => print_columns(columns, std::slice::from_ref(tree), true),
        }
    }
}

/// Evaluates a jsonpath template.
pub(in crate::shell) fn render(template: &str, tree: &Value) -> Result<String, Failure> {
    parsed(template)?.print(tree).map_err(|fault| not_executed(template, tree, &fault))
}

fn parsed(template: &str) -> Result<JsonPath, Failure> {
    let wrong = |fault: String| Failure::Plain(format!("error parsing jsonpath {template}, {fault}"));
    Ok(JsonPath::parse(template).map_err(wrong)?.allow_missing(true))
}

/// What each part finds as a list in JSON.
// Models jsonpath.JSONPath with EnableJSONOutput
fn render_as_json(template: &str, tree: &Value) -> Result<String, Failure> {
    let parts = parsed(template)?.find(tree).map_err(|fault| not_executed(template, tree, &fault))?;
    Ok(parts.into_iter().map(|found| to_json_pretty(&Value::list(found))).collect())
}

// Models printers.JSONPathPrinter.PrintObj
fn not_executed(template: &str, tree: &Value, fault: &str) -> Failure {
    Failure::Plain(format!(
        "error executing jsonpath \"{template}\": Error executing template: {fault}. Printing more information for \
         debugging the template:\n\ttemplate was:\n\t\t{template}\n\tobject given to jsonpath engine was:\n\t\t{}\n\n\n",
        go_syntax(tree)
    ))
}

/// A tree as Go's `%#v` prints it.
fn go_syntax(value: &Value) -> String {
    let joined = |parts: Vec<String>| parts.join(", ");
    match value {
        Value::Null => "interface {}(nil)".to_owned(),
        Value::List(items) => format!("[]interface {{}}{{{}}}", joined(items.iter().map(go_syntax).collect())),
        Value::Map(map) => {
            let of = |(key, value): (&std::rc::Rc<str>, &Value)| format!("{:?}:{}", &**key, go_syntax(value));
            format!("map[string]interface {{}}{{{}}}", joined(map.iter().map(of).collect()))
        }
        Value::Text(text) => format!("{:?}", &**text),
        other => other.to_string(),
    }
}

// Models get/customcolumn.go NewCustomColumnsPrinterFromSpec
fn columns_of(specification: &str) -> Result<Vec<(String, String)>, Failure> {
    specification
        .split(',')
        .map(|part| match part.split_once(':') {
            Some((header, path)) if !path.is_empty() => Ok((header.to_owned(), path.to_owned())),
            _ => Err(Failure::Plain(format!(
                "unexpected custom-columns spec: {part}, expected <header>:<json-path-expr>"
            ))),
        })
        .collect()
}

/// What a path such as `metadata.name`, `.metadata.name` or `{.metadata.name}` finds.
pub(in crate::shell) fn find(path: &str, tree: &Value) -> Result<Vec<Value>, Failure> {
    let relaxed = jsonpath::relaxed(path).map_err(Failure::Plain)?;
    let parsed = JsonPath::parse(&relaxed).map_err(Failure::Plain)?.allow_missing(true);
    Ok(parsed.find(tree).map_err(Failure::Plain)?.concat())
}

/// `-o custom-columns`.
pub(in crate::shell) fn print_columns(
    columns: &[(String, String)],
    objects: &[Value],
    headers: bool,
) -> Result<String, Failure> {
    let mut text = String::new();
    if headers {
        let names: Vec<&str> = columns.iter().map(|(header, _)| header.as_str()).collect();
        text.push_str(&names.join("\t"));
        text.push('\n');
    }
    for object in objects {
        let mut cells = Vec::new();
        for (_, path) in columns {
            let found = find(path, object)?;
            let values: Vec<String> = found.iter().map(plain_text).collect();
            cells.push(if values.is_empty() { "<none>".to_owned() } else { values.join(",") });
        }
        text.push_str(&cells.join("\t"));
        text.push('\n');
    }
    Ok(super::tabwriter::align(&text, 6, 3))
}

/// A value as Go's `%v` prints it.
pub(in crate::shell) fn plain_text(value: &Value) -> String {
    match value {
        Value::Text(text) => text.to_string(),
        Value::Null => "<none>".to_owned(),
        Value::List(items) => {
            let items: Vec<String> = items.iter().map(plain_text).collect();
            format!("[{}]", items.join(" "))
        }
        Value::Map(map) => {
            let fields: Vec<String> = map.iter().map(|(key, value)| format!("{key}:{}", plain_text(value))).collect();
            format!("map[{}]", fields.join(" "))
        }
        other => other.to_string(),
    }
}

//! JSONPath as kubectl speaks it: templates of text and `{…}`, ranges, filters, its own way of
//! printing, and its own words when something is wrong.

// Models k8s.io/client-go/util/jsonpath

mod eval;
mod parse;

use super::Value;
use super::output::to_json;
use parse::Node;

/// A parsed template.
#[derive(Clone, Debug, PartialEq)]
pub struct JsonPath {
    nodes: Vec<Node>,
    allow_missing: bool,
}

impl JsonPath {
    /// Reads a template such as `{.items[*].metadata.name}`.
    ///
    /// # Errors
    /// kubectl's words, without `error parsing jsonpath TEMPLATE, `.
    pub fn parse(template: &str) -> Result<Self, String> {
        Ok(Self { nodes: parse::template(template)?, allow_missing: true })
    }

    /// Whether a field that is not there is nothing (as in `kubectl get`) or an error.
    #[must_use]
    pub fn allow_missing(mut self, allow: bool) -> Self {
        self.allow_missing = allow;
        self
    }

    /// What each part of the template finds, in order.
    ///
    /// # Errors
    /// kubectl's words, such as `array index out of bounds: index 3, length 2`.
    pub fn find(&self, root: &Value) -> Result<Vec<Vec<Value>>, String> {
        eval::Evaluation::new(self.allow_missing).results(root, &self.nodes)
    }

    /// What `kubectl get -o jsonpath=…` prints: strings bare, lists and maps as JSON, results of
    /// one part with a space between them, no line break at the end.
    ///
    /// # Errors
    /// As [`find`](Self::find).
    pub fn print(&self, root: &Value) -> Result<String, String> {
        let parts = self.find(root)?;
        Ok(parts.iter().map(|results| results.iter().map(text).collect::<Vec<_>>().join(" ")).collect())
    }
}

/// One result as kubectl prints it.
#[must_use]
pub fn text(value: &Value) -> String {
    match value {
        Value::Text(text) => text.to_string(),
        Value::Null => "null".to_owned(),
        Value::List(_) | Value::Map(_) => to_json(value),
        other => other.to_string(),
    }
}

/// The template for a path in one of the short forms that `--sort-by`, `custom-columns` and
/// `kubectl wait` take: `x.y`, `.x.y`, `{x.y}` or `{.x.y}`.
///
/// # Errors
/// kubectl's words.
// Models k8s.io/kubectl/pkg/cmd/get/customcolumn.go RelaxedJSONPathExpression
pub fn relaxed(path: &str) -> Result<String, String> {
    if path.is_empty() {
        return Ok(String::new());
    }
    let braced = path.strip_prefix('{').and_then(|path| path.strip_suffix('}'));
    let bare = braced.unwrap_or(path);
    let field = bare.strip_prefix('.').filter(|rest| !rest.is_empty()).unwrap_or(bare);
    if field.is_empty() || field.contains(['{', '}']) {
        return Err("unexpected path string, expected a 'name1.name2' or '.name1.name2' or '{name1.name2}' or \
                    '{.name1.name2}'"
            .to_owned());
    }
    Ok(format!("{{.{field}}}"))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::tree;

    fn pods() -> Value {
        tree!({
            "kind": "List",
            "items": [
                { "metadata": { "name": "a", "labels": { "app.io/x": "one" } }, "spec": { "n": 1 },
                  "status": { "conditions": [ { "type": "Ready", "status": "True" } ] } },
                { "metadata": { "name": "b" }, "spec": { "n": 2, "on": true },
                  "status": { "conditions": [ { "type": "Ready", "status": "False" }, { "type": "X" } ] } },
            ],
        })
    }

    fn print(template: &str) -> Result<String, String> {
        JsonPath::parse(template)?.print(&pods())
    }

    #[test]
    fn templates_print_as_kubectl_prints() {
        let cases = [
            ("{.items[*].metadata.name}", "a b"),
            ("{.items[0].metadata.name}", "a"),
            ("{.items[-1].metadata.name}", "b"),
            ("{.items[0:1].metadata.name}", "a"),
            ("{.items[:].metadata.name}", "a b"),
            ("{.items[0,1].metadata.name}", "a b"),
            ("{.items[*]['metadata.name', 'spec.n']}", "a b 1 2"),
            ("{.items[0].metadata.labels.app\\.io/x}", "one"),
            ("{.items[0].metadata.labels['app\\.io/x']}", "one"),
            ("{.items[0].metadata}", "{\"labels\":{\"app.io/x\":\"one\"},\"name\":\"a\"}"),
            ("{..name}", "a b"),
            ("{.nothing}", ""),
            ("plain .kind", "plain .kind"),
            ("kind={.kind};", "kind=List;"),
            ("{range .items[*]}{.metadata.name}{\"\\t\"}{.spec.n}{\"\\n\"}{end}", "a\t1\nb\t2\n"),
            (
                "{range .items[*]}{.metadata.name}:{range .status.conditions[*]}{.type},{end}{' '}{end}!",
                "a:Ready, b:Ready,X, !",
            ),
            ("{range .none[*]}x{end}y", "y"),
            ("{.items[?(@.metadata.name==\"b\")].spec.n}", "2"),
            ("{.items[?(@.spec.n>1)].metadata.name}", "b"),
            ("{.items[?(@.spec.n != 1)].metadata.name}", "b"),
            ("{.items[?(@.spec.on==true)].metadata.name}", "b"),
            ("{.items[?(@.spec.on)].metadata.name}", "b"),
            ("{.items[*].status.conditions[?(@.type==\"Ready\")].status}", "True False"),
            ("{$.kind}", "List"),
        ];
        for (template, wanted) in cases {
            assert_eq!(print(template).as_deref(), Ok(wanted), "{template}");
        }
    }

    #[test]
    fn faults_are_named_as_kubectl_names_them() {
        let cases = [
            ("{.items[5].x}", "array index out of bounds: index 5, length 2"),
            ("{.items", "unclosed action"),
            ("{.items[0}", "unterminated array"),
            ("{.items[x]}", "invalid array index x"),
            ("{.kind[0]}", "string is not array or slice"),
            ("{range .items[*]}{.x}{end}{end}", "not in range, nothing to end"),
            ("{items}", "unrecognized identifier items"),
            ("{....x}", "invalid multiple recursive descent"),
            ("{.items[?(@.x=~1)]}", "unrecognized character in action: U+007E '~'"),
            ("{.items[?(@.spec.n=1)]}", "unrecognized filter operator ="),
            ("{.items[?(@.spec.n=='1')]}", "incompatible types for comparison"),
            ("{\"x}", "unterminated quoted string"),
            ("{&}", "unrecognized character in action: U+0026 '&'"),
        ];
        for (template, wanted) in cases {
            assert_eq!(print(template), Err(wanted.to_owned()), "{template}");
        }
        let strict = JsonPath::parse("{.nothing}").map(|path| path.allow_missing(false).print(&pods()));
        assert_eq!(strict, Ok(Err("nothing is not found".to_owned())));
    }

    #[test]
    fn short_forms() {
        for path in ["x.y", ".x.y", "{x.y}", "{.x.y}"] {
            assert_eq!(relaxed(path).as_deref(), Ok("{.x.y}"));
        }
        assert!(relaxed("{.x}{.y}").is_err());
    }
}

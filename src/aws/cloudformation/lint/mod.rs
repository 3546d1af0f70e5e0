//! What is wrong with a template, and where: the rules of cfn-lint that AWS itself would refuse a
//! template or a resource for, and the warnings that go with them, by cfn-lint's ids.
//!
//! Invariant: a rule speaks only of what it is sure of. A property of a type that is not in the
//! table is let pass.

mod arguments;
mod functions;
mod networks;
mod policies;
mod properties;
mod resources;
mod scenarios;
mod structure;
mod usage;

use crate::aws::cloudformation::foreach;
use crate::aws::cloudformation::template::{Path, Template, Unreadable};
use crate::document::{InOrder as _, Node, Position, Span, Value};

/// One finding.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Finding {
    /// cfn-lint's id of the rule: `E3002`.
    pub rule: &'static str,
    /// What cfn-lint says.
    pub message: String,
    /// What it is about.
    pub path: Path,
    /// Where that stands.
    pub span: Span,
    /// The nearest valid word, where there is one.
    pub nearest: Option<String>,
}

impl Finding {
    /// Whether AWS would refuse the template, or fail to make the resource.
    #[must_use]
    pub fn is_error(&self) -> bool {
        self.rule.starts_with('E')
    }
}

/// Everything that is wrong with a text, in its order.
#[must_use]
pub fn text(text: &str, region: &str) -> Vec<Finding> {
    match Template::read(text) {
        Ok(read) => {
            let own = read.clone();
            template(&foreach::expanded(read, &|name| foreach::defaults(&own, name)), region)
        }
        Err(unreadable) => unreadable_text(text, &unreadable),
    }
}

/// Everything that is wrong with a template, in its order.
#[must_use]
pub fn template(template: &Template, region: &str) -> Vec<Finding> {
    let mut lint = Lint { template, region, findings: Vec::new() };
    structure::check(&mut lint);
    functions::check(&mut lint);
    properties::check(&mut lint);
    usage::check(&mut lint);
    networks::check(&mut lint);
    policies::check(&mut lint);
    let mut findings = lint.findings;
    findings.order_by(|one, other| {
        let place = |finding: &Finding| (finding.span.start, finding.rule);
        place(one).cmp(&place(other))
    });
    findings.dedup_by(|one, other| (one.rule, &one.message, one.span) == (other.rule, &other.message, other.span));
    findings
}

/// What the YAML reader found, as cfn-lint's E0000.
fn unreadable_text(text: &str, unreadable: &Unreadable) -> Vec<Finding> {
    let finding =
        |span: Span, message: String| Finding { rule: "E0000", message, path: Path::default(), span, nearest: None };
    let mut findings = Vec::new();
    for problem in &unreadable.problems {
        let key = problem.arg("key").unwrap_or_default();
        if problem.code == "duplicate-key" {
            // Both places are named, the first one too.
            let line: u32 = problem.arg("line").and_then(|line| line.parse().ok()).unwrap_or_default();
            let mut first = problem.span;
            first.start.line = line;
            first.end.line = line;
            let offset: usize = text.split_inclusive('\n').take(line.saturating_sub(1) as usize).map(str::len).sum();
            let inside = text.get(offset..).and_then(|rest| rest.find(key)).unwrap_or_default();
            first.start.offset = (offset + inside) as u32;
            first.end.offset = first.start.offset + key.len() as u32;
            for span in [first, problem.span] {
                findings.push(finding(span, format!("Duplicate found '{key}' (line {})", span.start.line)));
            }
            continue;
        }
        let (message, at_end) = match problem.code {
            "tab" | "character" => ("found character that cannot start any token", false),
            "unclosed-bracket" => ("did not find expected ',' or '}'", true),
            "unclosed-quote" => ("found unexpected end of stream", true),
            "indentation" => ("did not find expected key", false),
            "unexpected-colon" => ("mapping values are not allowed in this context", false),
            "missing-colon" => ("could not find expected ':'", false),
            "not-an-object" => ("Template needs to be an object.", false),
            "unknown-alias" => ("found undefined alias", false),
            _ => ("did not find expected node content", false),
        };
        let below = (problem.code == "missing-colon").then(|| colon_below(text, problem.span.start.line)).flatten();
        let (message, span) = match below {
            Some(place) => ("mapping values are not allowed in this context", Span::at(place)),
            None if at_end => (message, Span::at(end_of(text))),
            None => (message, problem.span),
        };
        findings.push(finding(span, message.to_owned()));
    }
    findings
}

/// A template being looked at.
struct Lint<'t> {
    template: &'t Template,
    region: &'t str,
    findings: Vec<Finding>,
}

impl Lint<'_> {
    fn add(&mut self, rule: &'static str, path: &Path, message: impl Into<String>) {
        self.add_near(rule, path, message, None);
    }

    fn add_near(&mut self, rule: &'static str, path: &Path, message: impl Into<String>, nearest: Option<String>) {
        let span = self.template.place(path);
        self.findings.push(Finding { rule, message: message.into(), path: path.clone(), span, nearest });
    }
}

/// A value as Python prints it, which cfn-lint's messages do.
fn repr(node: &Node) -> String {
    repr_value(&node.to_value())
}

fn repr_value(value: &Value) -> String {
    match value {
        Value::Null => "None".to_owned(),
        Value::Bool(true) => "True".to_owned(),
        Value::Bool(false) => "False".to_owned(),
        Value::Int(number) => number.to_string(),
        Value::Decimal(text) => text.to_string(),
        Value::Text(text) if text.contains('\'') && !text.contains('"') => format!("\"{text}\""),
        Value::Text(text) => format!("'{}'", text.replace('\'', "\\'").replace('\n', "\\n")),
        Value::List(items) => format!("[{}]", items.iter().map(repr_value).collect::<Vec<String>>().join(", ")),
        Value::Map(map) => {
            let entries: Vec<String> =
                map.iter().map(|(key, value)| format!("'{key}': {}", repr_value(value))).collect();
            format!("{{{}}}", entries.join(", "))
        }
    }
}

fn repr_words(words: &[&str]) -> String {
    let quoted: Vec<String> = words.iter().map(|word| format!("'{word}'")).collect();
    format!("[{}]", quoted.join(", "))
}

fn unexpected(name: &str, nearest: Option<&str>) -> String {
    match nearest {
        Some(near) => {
            format!("Additional properties are not allowed ('{name}' was unexpected. Did you mean '{near}'?)")
        }
        None => format!("Additional properties are not allowed ('{name}' was unexpected)"),
    }
}

/// The place behind the last line.
fn end_of(text: &str) -> Position {
    Position { offset: text.len() as u32, line: text.lines().count() as u32 + 1, column: 1 }
}

/// A key without its colon goes on as text in the lines below that stand further in: the colon there
/// is what nobody expects.
fn colon_below(text: &str, line: u32) -> Option<Position> {
    let indent = |line: &str| line.len() - line.trim_start().len();
    let mut lines = text.lines().enumerate().skip(line.saturating_sub(1) as usize);
    let own = indent(lines.next()?.1);
    let (index, below) = lines.find(|(_, line)| !line.trim().is_empty())?;
    let column = below.find(':').filter(|_| indent(below) > own)?;
    let offset: usize = text.split_inclusive('\n').take(index).map(str::len).sum();
    Some(Position { offset: (offset + column) as u32, line: index as u32 + 1, column: column as u32 + 1 })
}

//! A template as somebody wrote it: the tree with its places, its short forms written out.

use crate::document::yaml::{Content, Entry, Scalar, Style};
use crate::document::{Node, Position, Problem, Span, Value, parse};
use std::rc::Rc;

/// The sections that a template may have.
// Source: CloudFormation User Guide, "Template sections".
pub(super) const SECTIONS: &[&str] = &[
    "AWSTemplateFormatVersion",
    "Conditions",
    "Description",
    "Mappings",
    "Metadata",
    "Outputs",
    "Parameters",
    "Resources",
    "Rules",
    "Transform",
];

/// Parameters that CloudFormation brings along.
// Source: CloudFormation User Guide, "Get AWS values using pseudo parameters".
pub const PSEUDO: &[&str] = &[
    "AWS::AccountId",
    "AWS::NoValue",
    "AWS::NotificationARNs",
    "AWS::Partition",
    "AWS::Region",
    "AWS::StackId",
    "AWS::StackName",
    "AWS::URLSuffix",
];

/// Text that is no template at all.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Unreadable {
    /// What the reader found.
    pub problems: Vec<Problem>,
    /// What CloudFormation says.
    pub message: String,
}

/// A template, in the order of the file.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Template {
    /// Its tree: every short form (`!Ref x`) is written out (`{Ref: x}`). A key that nobody
    /// wrote has an empty place.
    pub root: Node,
}

impl Template {
    /// Reads YAML or JSON.
    ///
    /// # Errors
    /// When the text is no well-formed mapping.
    pub fn read(text: &str) -> Result<Self, Unreadable> {
        let parsed = parse(text);
        let word = if text.trim_start().starts_with('{') { "JSON" } else { "YAML" };
        if let Some(problem) = parsed.first_error() {
            let at = problem.span.start;
            let message =
                format!("Template format error: {word} not well-formed. (line {}, column {})", at.line, at.column);
            return Err(Unreadable { problems: vec![problem.clone()], message });
        }
        let start = Position { offset: 0, line: 1, column: 1 };
        if let Some(second) = parsed.documents.get(1) {
            let problems = vec![Problem::error("text-ignored", Span::at(start))];
            let at = second.root.span.start;
            let message =
                format!("Template format error: {word} not well-formed. (line {}, column {})", at.line, at.column);
            return Err(Unreadable { problems, message });
        }
        let Some(document) = parsed.documents.into_iter().next() else {
            let root = Node { content: Content::Map(Vec::new()), span: Span::at(start), tag: None };
            return Ok(Self { root });
        };
        if !matches!(document.root.content, Content::Map(_)) {
            let problems = vec![Problem::error("not-an-object", Span::at(start))];
            let message = "Template format error: unsupported structure.".to_owned();
            return Err(Unreadable { problems, message });
        }
        let twice: Vec<Problem> = parsed.errors.into_iter().filter(|it| it.code == "duplicate-key").collect();
        if let Some(first) = twice.first() {
            let key = first.arg("key").unwrap_or_default();
            let message = format!("Template format error: YAML not well-formed. Duplicate key: {key}");
            return Err(Unreadable { problems: twice, message });
        }
        Ok(Self { root: written_out(document.root) })
    }

    /// A section's entries, in the order of the file.
    #[must_use]
    pub fn section(&self, name: &str) -> &[Entry] {
        self.root.get(name).map(Node::entries).unwrap_or_default()
    }

    /// One entry of a section.
    #[must_use]
    pub fn item(&self, section: &str, id: &str) -> Option<&Node> {
        self.root.get(section)?.get(id)
    }

    /// The type of a resource.
    #[must_use]
    pub fn type_of(&self, id: &str) -> Option<&str> {
        self.item("Resources", id)?.get("Type")?.as_str()
    }

    /// The condition on which a resource or an output is made.
    #[must_use]
    pub fn condition_of(&self, section: &str, id: &str) -> Option<&str> {
        self.item(section, id)?.get("Condition")?.as_str()
    }

    /// The transforms that the template asks for.
    #[must_use]
    pub fn transforms(&self) -> Vec<&str> {
        match self.root.get("Transform") {
            None => Vec::new(),
            Some(node) if node.items().is_empty() => {
                node.as_str().or_else(|| node.get("Name").and_then(Node::as_str)).into_iter().collect()
            }
            Some(node) => node
                .items()
                .iter()
                .filter_map(|item| item.as_str().or_else(|| item.get("Name").and_then(Node::as_str)))
                .collect(),
        }
    }

    /// Whether functions of `AWS::LanguageExtensions` may be used.
    #[must_use]
    pub fn has_language_extensions(&self) -> bool {
        self.transforms().contains(&"AWS::LanguageExtensions")
    }

    /// The place of the deepest step of `path` that somebody wrote: a key, or an element of a list.
    // Models cfn-lint match.py, the start of what a path names.
    #[must_use]
    pub fn place(&self, path: &Path) -> Span {
        let mut node = &self.root;
        let mut span = Span { start: Position { offset: 0, line: 1, column: 1 }, end: Position::default() };
        span.end = span.start;
        for step in &path.0 {
            let next = match &node.content {
                Content::Map(entries) => {
                    entries.iter().find(|entry| *entry.key == **step).map(|entry| (&entry.value, entry.key_span))
                }
                Content::List(items) => {
                    step.parse::<usize>().ok().and_then(|index| items.get(index)).map(|item| (item, item.head()))
                }
                Content::Scalar(_) => None,
            };
            let Some((child, place)) = next else { break };
            if place.start.offset < place.end.offset {
                span = place;
            }
            node = child;
        }
        span
    }
}

/// The way from the root to a node.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Default)]
pub struct Path(pub Vec<Rc<str>>);

impl Path {
    /// The path with these steps.
    #[must_use]
    pub fn of(steps: &[&str]) -> Self {
        Self(steps.iter().map(|step| Rc::from(*step)).collect())
    }

    /// One step further.
    #[must_use]
    pub fn then(&self, step: &str) -> Self {
        let mut steps = self.0.clone();
        steps.push(step.into());
        Self(steps)
    }

    /// The step with that index.
    #[must_use]
    pub fn step(&self, index: usize) -> Option<&str> {
        self.0.get(index).map(|step| &**step)
    }
}

/// The function that a node calls, with its argument: a mapping of one key, `Ref` or `Fn::…`.
#[must_use]
pub fn function(node: &Node) -> Option<(&str, &Node)> {
    match node.entries() {
        [entry] if is_function(&entry.key) => Some((&entry.key, &entry.value)),
        _ => None,
    }
}

fn is_function(key: &str) -> bool {
    key == "Ref" || key.starts_with("Fn::")
}

/// The names in a text of `Fn::Sub`: `${Name}`, `${Name.Attribute}`. `${!Literal}` is none.
#[must_use]
pub fn placeholders(text: &str) -> Vec<&str> {
    let mut names = Vec::new();
    let mut rest = text;
    while let Some((_, behind)) = rest.split_once("${") {
        let Some((name, after)) = behind.split_once('}') else { break };
        if !name.starts_with('!') && !name.is_empty() {
            names.push(name.trim());
        }
        rest = after;
    }
    names
}

/// A node that stands where `span` does.
pub(super) fn text_node(text: &str, span: Span) -> Node {
    let text: Rc<str> = text.into();
    let scalar = Scalar { value: Value::Text(text.clone()), text, style: Style::Quoted };
    Node { content: Content::Scalar(scalar), span, tag: None }
}

/// Writes the short forms out, everywhere.
fn written_out(mut node: Node) -> Node {
    node.content = match node.content {
        Content::List(items) => Content::List(items.into_iter().map(written_out).collect()),
        Content::Map(entries) => Content::Map(
            entries
                .into_iter()
                .map(|mut entry| {
                    entry.value = written_out(entry.value);
                    if &*entry.key == "Fn::GetAtt" {
                        entry.value = parted(entry.value);
                    }
                    entry
                })
                .collect(),
        ),
        Content::Scalar(scalar) => Content::Scalar(scalar),
    };
    let Some(name) = node.tag.as_deref().and_then(|tag| tag.strip_prefix('!')).map(str::to_owned) else { return node };
    let key: Rc<str> = match name.as_str() {
        "Ref" | "Condition" => name.into(),
        other => format!("Fn::{other}").into(),
    };
    let span = node.span;
    let mut inner = Node { tag: None, ..node };
    if let Content::Scalar(scalar) = &mut inner.content {
        // The reader takes a tagged scalar for text; a number stays what it looks like.
        scalar.value = match scalar.style {
            Style::Plain => crate::document::yaml::resolve_plain(&scalar.text)
                .filter(|value| !value.is_null())
                .unwrap_or_else(|| Value::Text(scalar.text.clone())),
            _ => Value::Text(scalar.text.clone()),
        };
    }
    if &*key == "Fn::GetAtt" {
        inner = parted(inner);
    }
    let entry = Entry { key, key_span: Span::at(span.start), value: inner, merged: false };
    Node { content: Content::Map(vec![entry]), span, tag: None }
}

/// `A.B.C` as `[A, B.C]`.
fn parted(node: Node) -> Node {
    let Some(text) = node.as_str() else { return node };
    let Some((id, attribute)) = text.split_once('.') else {
        let only = text_node(text, Span::at(node.span.start));
        return Node { content: Content::List(vec![only]), ..node };
    };
    let nowhere = Span::at(node.span.start);
    let parts = vec![text_node(id, nowhere), text_node(attribute, nowhere)];
    Node { content: Content::List(parts), span: nowhere, tag: None }
}

//! The tree of one document, in the order of the file, with a place for everything.

use std::rc::Rc;

use super::super::problem::{Position, Span};
use super::super::{Map, Value};
use super::Style;

/// One document of a text.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Document {
    /// Its content.
    pub root: Node,
    /// Where its text begins: after the separator.
    pub start: Position,
    /// Where its text ends: before the next separator.
    pub end: Position,
}

/// A scalar, a list or a mapping.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Node {
    /// What it holds.
    pub content: Content,
    /// Where it stands. For an alias: the place of the alias (its children keep their own).
    pub span: Span,
    /// Its tag as resolved: `!Ref`, or `tag:yaml.org,2002:str` for `!!str`.
    pub tag: Option<Rc<str>>,
}

/// What a node holds.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Content {
    /// A scalar.
    Scalar(Scalar),
    /// A sequence.
    List(Vec<Node>),
    /// A mapping: the entries that count, in the order of the file.
    Map(Vec<Entry>),
}

/// A scalar: what it means to kubectl, and the text that was written.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Scalar {
    /// What it means.
    pub value: Value,
    /// Its text without quotes and escapes.
    pub text: Rc<str>,
    /// How it was written.
    pub style: Style,
}

/// One entry of a mapping.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Entry {
    /// The key, printed as text.
    pub key: Rc<str>,
    /// Where the key stands.
    pub key_span: Span,
    /// The value.
    pub value: Node,
    /// Whether it came from a merge key (`<<`).
    pub merged: bool,
}

/// One step of a path through a tree.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Step {
    /// The value of that key.
    Key(Rc<str>),
    /// The element with that index.
    Index(u32),
}

impl Node {
    /// The tree without its places.
    #[must_use]
    pub fn to_value(&self) -> Value {
        match &self.content {
            Content::Scalar(scalar) => scalar.value.clone(),
            Content::List(items) => Value::list(items.iter().map(Self::to_value)),
            Content::Map(entries) => {
                entries.iter().map(|entry| (entry.key.clone(), entry.value.to_value())).collect::<Map>().into()
            }
        }
    }

    /// The entries of a mapping; none for anything else.
    #[must_use]
    pub fn entries(&self) -> &[Entry] {
        match &self.content {
            Content::Map(entries) => entries,
            _ => &[],
        }
    }

    /// The elements of a list; none for anything else.
    #[must_use]
    pub fn items(&self) -> &[Node] {
        match &self.content {
            Content::List(items) => items,
            _ => &[],
        }
    }

    /// The scalar, if this is one.
    #[must_use]
    pub fn scalar(&self) -> Option<&Scalar> {
        match &self.content {
            Content::Scalar(scalar) => Some(scalar),
            _ => None,
        }
    }

    /// The string, if this is a scalar that means one.
    #[must_use]
    pub fn as_str(&self) -> Option<&str> {
        self.scalar()?.value.as_str()
    }

    /// Whether this is a scalar that means `null`.
    #[must_use]
    pub fn is_null(&self) -> bool {
        self.scalar().is_some_and(|scalar| scalar.value.is_null())
    }

    /// The entry of that key.
    #[must_use]
    pub fn entry(&self, key: &str) -> Option<&Entry> {
        self.entries().iter().find(|entry| &*entry.key == key)
    }

    /// The value of that key.
    #[must_use]
    pub fn get(&self, key: &str) -> Option<&Node> {
        self.entry(key).map(|entry| &entry.value)
    }

    /// The node at `path`; a step into a list is its index in decimal.
    #[must_use]
    pub fn at<S: AsRef<str>>(&self, path: &[S]) -> Option<&Node> {
        path.iter().try_fold(self, |node, step| node.child(step.as_ref()))
    }

    fn child(&self, step: &str) -> Option<&Node> {
        match &self.content {
            Content::List(items) => items.get(step.parse::<usize>().ok()?),
            Content::Map(_) => self.get(step),
            Content::Scalar(_) => None,
        }
    }

    /// The deepest place on `path` that exists: the key of the last step found, or the value
    /// itself for a list element. For marking what a rule complains about, even if it is missing.
    #[must_use]
    pub fn nearest<S: AsRef<str>>(&self, path: &[S]) -> Span {
        let mut node = self;
        let mut span = match self.entries().first() {
            Some(entry) => entry.key_span,
            None => self.span,
        };
        for (index, step) in path.iter().enumerate() {
            let Some(next) = node.child(step.as_ref()) else { break };
            let last = index + 1 == path.len();
            span = match node.entry(step.as_ref()) {
                Some(entry) if !last || next.scalar().is_none() || next.is_null() => entry.key_span,
                _ => next.head(),
            };
            node = next;
        }
        span
    }

    /// Its span, cut to the first line for what has several: the first key of a mapping.
    #[must_use]
    pub fn head(&self) -> Span {
        match &self.content {
            Content::Map(entries) => entries.first().map_or(self.span, |entry| entry.key_span),
            Content::List(items) if self.span.start.line != self.span.end.line => {
                items.first().map_or(self.span, Self::head)
            }
            _ => self.span,
        }
    }

    /// The path of the innermost node at the byte `offset`; the second value says whether the
    /// place lies on the key of the last step rather than on its value.
    #[must_use]
    pub fn path_at(&self, offset: u32) -> Option<(Vec<Step>, bool)> {
        let mut path = Vec::new();
        let on_key = self.walk_to(offset, &mut path)?;
        Some((path, on_key))
    }

    fn walk_to(&self, offset: u32, path: &mut Vec<Step>) -> Option<bool> {
        match &self.content {
            Content::Scalar(_) => self.span.touches(offset).then_some(false),
            Content::List(items) => {
                for (index, item) in items.iter().enumerate() {
                    path.push(Step::Index(index as u32));
                    if let Some(found) = item.walk_to(offset, path) {
                        return Some(found);
                    }
                    path.pop();
                }
                self.span.touches(offset).then_some(false)
            }
            Content::Map(entries) => {
                for entry in entries.iter().filter(|entry| !entry.merged) {
                    path.push(Step::Key(entry.key.clone()));
                    if entry.key_span.touches(offset) {
                        return Some(true);
                    }
                    if let Some(found) = entry.value.walk_to(offset, path) {
                        return Some(found);
                    }
                    path.pop();
                }
                self.span.touches(offset).then_some(false)
            }
        }
    }

    /// How many nodes the tree has.
    pub(super) fn weight(&self) -> usize {
        1 + match &self.content {
            Content::Scalar(_) => 0,
            Content::List(items) => items.iter().map(Self::weight).sum(),
            Content::Map(entries) => entries.iter().map(|entry| entry.value.weight()).sum(),
        }
    }
}

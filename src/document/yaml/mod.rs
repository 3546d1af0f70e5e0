//! YAML (and JSON) in, as kubectl reads them, with a place for everything.
//!
//! [`parse`] splits a text into documents, reads each with a YAML parser into a tree of
//! [`Node`]s in the order of the file, and resolves scalars, anchors and merge keys as kubectl
//! does. A broken document does not hide the others.
//!
//! Invariant: no text takes long. The limits have names and meet the reader as problems.

mod go;
mod json;
mod read;
mod scalar;
mod split;
mod tree;

pub use scalar::{Style, resolve_plain};
pub(super) use split::advance;
pub use tree::{Content, Document, Entry, Node, Scalar, Step};

use super::problem::{Position, Problem, Span};

/// Bytes of text that are read; an object in a real cluster may not be larger either (etcd
/// refuses requests above 1.5 MiB).
pub const MAX_TEXT: usize = 1_536 * 1024;
/// Collections inside one another.
pub const MAX_DEPTH: usize = 100;
/// Nodes that anchors and aliases may add to a document.
pub const MAX_ALIASED_NODES: usize = 50_000;

/// Warnings kept for one document; a person reads no more.
pub const MAX_WARNINGS: usize = 100;

/// What a text holds.
#[derive(Clone, Debug, Default)]
pub struct Parsed {
    /// The documents that could be read, in order, without those that are empty or `null`.
    pub documents: Vec<Document>,
    /// What is wrong, in order; warnings besides documents that could be read.
    pub errors: Vec<Problem>,
}

impl Parsed {
    /// Documents and errors (no warnings) in the order of the text. kubectl stops at the first
    /// error.
    pub fn in_order(&self) -> impl Iterator<Item = Result<&Document, &Problem>> {
        let mut documents = self.documents.iter().peekable();
        let mut errors = self.errors.iter().filter(|problem| problem.is_error()).peekable();
        std::iter::from_fn(move || match (documents.peek(), errors.peek()) {
            (Some(document), Some(problem)) if document.start > problem.span.start => errors.next().map(Err),
            (Some(_), _) => documents.next().map(Ok),
            (None, _) => errors.next().map(Err),
        })
    }

    /// The first error, if there is one.
    #[must_use]
    pub fn first_error(&self) -> Option<&Problem> {
        self.errors.iter().find(|problem| problem.is_error())
    }
}

/// Reads `text`.
#[must_use]
pub fn parse(text: &str) -> Parsed {
    let mut parsed = Parsed::default();
    if text.len() > MAX_TEXT {
        let start = Position { offset: 0, line: 1, column: 1 };
        parsed.errors.push(
            Problem::error("text-too-long", Span::at(start))
                .with("limit", MAX_TEXT.to_string())
                .with("size", text.len().to_string()),
        );
        return parsed;
    }
    for piece in split::pieces(text) {
        match piece {
            split::Piece::Document { text: part, start, json } => read::document(part, start, json, &mut parsed),
            split::Piece::Broken(problem) => parsed.errors.push(problem),
        }
    }
    parsed
}

#[cfg(test)]
mod tests {
    use super::*;

    fn codes(text: &str) -> Vec<String> {
        parse(text).errors.iter().map(ToString::to_string).collect()
    }

    #[test]
    fn problems_stand_where_they_are() {
        assert_eq!(codes("a: 1\nb: {x: \"y\"\n"), ["error 2:4 unclosed-bracket open={"]);
        let unclosed = "spec:\n  replicas: [3\n  selector:\n    matchLabels: {a: b}\n  template: {}\n";
        assert_eq!(codes(unclosed), ["error 2:13 unclosed-bracket open=["]);
        assert_eq!(codes("a: [1\n  2, b c: d\n"), ["error 1:4 unclosed-bracket open=["]);
        assert_eq!(codes("a:\n\tb: 1\n"), ["error 2:1 tab"]);
        assert_eq!(codes("a: b: c\n"), ["error 1:5 unexpected-colon"]);
        assert_eq!(codes("a: 1\nbc\nd: 2\n"), ["error 2:1 missing-colon"]);
        assert_eq!(codes("a: 1\na: 2\n"), ["warning 2:1 duplicate-key key=a line=1"]);
        assert_eq!(codes("é: [*x]\n"), ["error 1:5 unknown-alias name=x"]);
        assert_eq!(codes(" a: 1\nb: 2\n"), ["warning 2:1 text-ignored"]);
    }

    #[test]
    fn a_broken_document_does_not_hide_the_others() {
        let parsed = parse("a: 1\n---\nb: [\n---\nc: 3\n");
        assert_eq!(parsed.documents.len(), 2);
        assert_eq!(parsed.errors[0].span.start.line, 3);
        assert_eq!(parsed.documents[1].root.get("c").map(|node| node.span.start.line), Some(5));
    }

    #[test]
    fn limits_have_names_and_are_quick() {
        let long = "a: b\n".repeat(1_000_000);
        assert_eq!(codes(&long), ["error 1:1 text-too-long limit=1572864 size=5000000"]);
        let deep = "[".repeat(100_000);
        assert_eq!(codes(&deep), ["error 1:101 too-deep limit=100"]);
        let mut bomb = String::from("a0: &a0 [x,x,x,x,x,x,x,x,x]\n");
        for level in 1..9 {
            let alias = format!("*a{}", level - 1);
            bomb += &format!("a{level}: &a{level} [{}]\n", [alias.as_str(); 9].join(","));
        }
        let problem = parse(&bomb).errors.remove(0);
        assert_eq!((problem.code, problem.span.start.line), ("too-many-aliases", 5));
        let said = problem.go_message("f").unwrap_or_default();
        assert!(said.ends_with("document contains excessive aliasing"), "{said}");
    }

    #[test]
    fn places_and_paths() {
        let text = "spec:\n  containers:\n  - name: web\n    image: nginx\n";
        let parsed = parse(text);
        let root = &parsed.documents[0].root;
        let image = root.at(&["spec", "containers", "0", "image"]).expect("it is there");
        assert_eq!(image.span.slice(text), "nginx");
        assert_eq!((image.span.start.line, image.span.start.column), (4, 12));
        let (path, on_key) = root.path_at(image.span.start.offset - 3).expect("a key");
        assert_eq!(path.last(), Some(&Step::Key("image".into())));
        assert!(on_key && path.contains(&Step::Index(0)));
        let gone = root.nearest(&["spec", "containers", "0", "ports", "0"]);
        assert_eq!(gone.slice(text), "name");
    }
}

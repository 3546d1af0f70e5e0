//! What is wrong in a text, and where. A problem carries a code and data, never a sentence: the
//! sentence is the Fluent message `document-CODE` with the same arguments.
//!
//! | code | arguments | severity | where |
//! |---|---|---|---|
//! | `text-too-long` | `limit`, `size` (bytes) | error | start of the text |
//! | `too-deep` | `limit` | error | the collection that is one too deep |
//! | `too-many-aliases` | `limit` | error | the alias |
//! | `control-character` | `code` | error | the character |
//! | `separator` | `text` | error | what follows `---` |
//! | `tab` | | error | the tab |
//! | `unclosed-quote` | | error | the opening quote |
//! | `unclosed-bracket` | `open` | error | the opening bracket |
//! | `flow-separator` | `close` | error | where a comma or the closing bracket belongs |
//! | `unexpected-colon` | | error | the colon |
//! | `missing-colon` | | error | the key |
//! | `unexpected-dash` | | error | the dash |
//! | `unexpected-text` | | error | what follows the closing quote |
//! | `indentation` | | error | the first character of the line |
//! | `unknown-escape` | | error | the escape |
//! | `character` | `character` | error | the character |
//! | `unknown-alias` | `name` | error | the alias |
//! | `endless-alias` | `name` | error | the alias |
//! | `merge-needs-mapping` | | error | the value of `<<` |
//! | `key-not-text` | | error | the key |
//! | `tag-mismatch` | `text`, `tag` | error | the scalar |
//! | `not-a-number` | `text` | error | the scalar |
//! | `directive` | | error | the directive |
//! | `json-truncated` | | error | end of the text |
//! | `syntax` | | error | anything else the parser refuses |
//! | `duplicate-key` | `key`, `line` (of the first) | warning | the second key |
//! | `text-ignored` | | warning | text after the end of the first node |
//! | `unknown-field` | `field`, `type` | error | the key |
//! | `unknown-field-near` | `field`, `type`, `nearest` | error | the key |
//! | `wrong-type` | `field`, `expected`, `found` | error | the value |
//! | `unknown-value` | `field`, `value`, `allowed` | error | the value |
//! | `unknown-value-near` | `field`, `value`, `allowed`, `nearest` | error | the value |
//! | `missing-field` | `field`, `type` | error | the key of the mapping that lacks it |
//! | `missing-kind`, `missing-api-version` | | error | start of the document |
//! | `unknown-kind` | `kind`, `version` | error | the value of `kind` |
//! | `unknown-kind-near` | `kind`, `version`, `nearest` | error | the value of `kind` |
//! | `wrong-api-version` | `kind`, `version`, `nearest` | error | the value of `apiVersion` |
//! | `not-an-object` | | error | the root |
//! | `bad-quantity` | `value` | error | the value |
//! | `bad-base64` | `field` | error | the value |
//! | `small-memory` | `value`, `bytes`, `nearest` | warning | the value |
//! | `large-cpu` | `value`, `nearest` | warning | the value |
//! | `only-stored` | `field` | note | the key |

use std::fmt::Write as _;

/// A place in a text.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub struct Position {
    /// Bytes before it.
    pub offset: u32,
    /// Its line, from 1.
    pub line: u32,
    /// Its column in characters, from 1.
    pub column: u32,
}

/// A range of a text: `start` belongs to it, `end` does not.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub struct Span {
    /// Its first character.
    pub start: Position,
    /// The character after its last.
    pub end: Position,
}

impl Span {
    /// The empty range at `place`.
    #[must_use]
    pub fn at(place: Position) -> Self {
        Self { start: place, end: place }
    }

    /// Whether the byte `offset` lies inside, or right behind the last character.
    #[must_use]
    pub fn touches(&self, offset: u32) -> bool {
        self.start.offset <= offset && offset <= self.end.offset
    }

    /// The text it covers.
    #[must_use]
    pub fn slice<'t>(&self, text: &'t str) -> &'t str {
        text.get(self.start.offset as usize..self.end.offset as usize).unwrap_or_default()
    }
}

/// How bad it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Severity {
    /// The document cannot be used.
    Error,
    /// Kubernetes accepts it silently, a person should look twice.
    Warning,
    /// Nothing is wrong; something is worth knowing.
    Note,
}

/// A change of the text that would mend it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Fix {
    /// What goes away.
    pub span: Span,
    /// What comes instead.
    pub text: String,
}

/// Something wrong at a place.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Problem {
    /// Error, warning or note.
    pub severity: Severity,
    /// The message's name without its prefix `document-`.
    pub code: &'static str,
    /// The message's arguments.
    pub args: Vec<(&'static str, String)>,
    /// Where.
    pub span: Span,
    /// The nearest thing that would be right.
    pub fix: Option<Fix>,
    /// What kubectl prints after `error parsing FILE: `; only for texts it cannot read.
    go: Option<String>,
}

impl Problem {
    /// An error at `span`.
    #[must_use]
    pub fn error(code: &'static str, span: Span) -> Self {
        Self { severity: Severity::Error, code, args: Vec::new(), span, fix: None, go: None }
    }

    /// A warning at `span`.
    #[must_use]
    pub fn warning(code: &'static str, span: Span) -> Self {
        Self { severity: Severity::Warning, ..Self::error(code, span) }
    }

    /// A note at `span`.
    #[must_use]
    pub fn note(code: &'static str, span: Span) -> Self {
        Self { severity: Severity::Note, ..Self::error(code, span) }
    }

    /// The same with an argument.
    #[must_use]
    pub fn with(mut self, name: &'static str, value: impl Into<String>) -> Self {
        self.args.push((name, value.into()));
        self
    }

    /// The same with a fix that replaces what the problem covers.
    #[must_use]
    pub fn fixed_by(mut self, text: impl Into<String>) -> Self {
        self.fix = Some(Fix { span: self.span, text: text.into() });
        self
    }

    /// The same with what kubectl's parser says.
    #[must_use]
    pub(super) fn saying(mut self, go: impl Into<String>) -> Self {
        self.go = Some(go.into());
        self
    }

    /// The same refusal told in another way, at another place.
    #[must_use]
    pub(super) fn told_as(self, code: &'static str, span: Span) -> Self {
        Self { code, span, args: Vec::new(), fix: None, ..self }
    }

    /// Whether it is an error.
    #[must_use]
    pub fn is_error(&self) -> bool {
        self.severity == Severity::Error
    }

    /// The argument of that name.
    #[must_use]
    pub fn arg(&self, name: &str) -> Option<&str> {
        self.args.iter().find(|(key, _)| *key == name).map(|(_, value)| value.as_str())
    }

    /// What kubectl prints, without its leading `error: `, when it reads this text from `file`
    /// (`STDIN` for standard input).
    #[must_use]
    pub fn go_message(&self, file: &str) -> Option<String> {
        self.go.as_ref().map(|go| format!("error parsing {file}: {go}"))
    }
}

/// For a log or a test: `error 3:7 unknown-field field=replcas`.
impl std::fmt::Display for Problem {
    fn fmt(&self, out: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let word = match self.severity {
            Severity::Error => "error",
            Severity::Warning => "warning",
            Severity::Note => "note",
        };
        write!(out, "{word} {}:{} {}", self.span.start.line, self.span.start.column, self.code)?;
        let mut args = String::new();
        for (name, value) in &self.args {
            write!(args, " {name}={value}")?;
        }
        out.write_str(&args)
    }
}

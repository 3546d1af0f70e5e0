//! How a command ends badly, and how kubectl says so.
// Models k8s.io/kubectl/pkg/cmd/util/helpers.go

use crate::shell::client::Client;
use crate::world::api::{ApiError, Reason};

/// Why a command failed.
#[derive(Clone, Debug)]
pub enum Failure {
    /// The server refused; with what was being done, as `AddSourceToErr` says it.
    Api {
        /// The refusal.
        error: ApiError,
        /// What stands before the message, for example `error when creating "web.yaml": `.
        doing: String,
    },
    /// Said after `error: `.
    Plain(String),
    /// Several.
    Many(Vec<Failure>),
    /// Everything has been said.
    Exit(u8),
}

impl From<ApiError> for Failure {
    fn from(error: ApiError) -> Self {
        Self::Api { error, doing: String::new() }
    }
}

impl Failure {
    /// A failure that is said after `error: `.
    pub fn plain(text: impl Into<String>) -> Self {
        Self::Plain(text.into())
    }

    /// A refusal with what was being done to what.
    // Models AddSourceToErr
    #[must_use]
    pub fn while_doing(error: ApiError, verb: &str, source: &str) -> Self {
        let doing = if source.is_empty() { String::new() } else { format!("error when {verb} \"{source}\": ") };
        Self::Api { error, doing }
    }

    /// All of them as one; success where there are none.
    ///
    /// # Errors
    /// When there is at least one.
    pub fn of_all(mut failures: Vec<Failure>) -> Result<(), Failure> {
        match failures.len() {
            0 => Ok(()),
            1 => Err(failures.remove(0)),
            _ => Err(Self::Many(failures)),
        }
    }

    /// Whether the server says that the object is not there.
    #[must_use]
    pub fn is_not_found(&self) -> bool {
        matches!(self, Self::Api { error, .. } if error.reason == Reason::NotFound)
    }

    /// What Go's `err.Error()` would be.
    #[must_use]
    pub fn message(&self) -> String {
        match self {
            Self::Api { error, doing } => format!("{doing}{}", error.message),
            Self::Plain(text) => text.clone(),
            Self::Many(failures) => {
                let texts: Vec<String> = failures.iter().map(Self::message).collect();
                format!("[{}]", texts.join(", "))
            }
            Self::Exit(_) => String::new(),
        }
    }

    /// Prints it, and says what the exit code is.
    // Models checkErr
    pub fn print(&self, client: &Client) -> u8 {
        let text = match self {
            Self::Exit(code) => return *code,
            Self::Many(failures) => {
                for failure in failures {
                    client.warn(&with_newline(failure.standard_message()));
                }
                return 1;
            }
            Self::Api { error, .. } if error.reason == Reason::Invalid => invalid_message(error),
            other => other.standard_message(),
        };
        client.warn(&with_newline(text));
        1
    }

    // Models StandardErrorMessage
    fn standard_message(&self) -> String {
        match self {
            // Nobody answered: kubectl says what went wrong on the way there, as it is.
            Self::Api { error, .. } if error.reason == Reason::Unreachable => error.message.clone(),
            Self::Api { error, .. } if error.reason == Reason::Unauthorized => {
                format!("error: You must be logged in to the server ({})", error.message)
            }
            Self::Api { error, .. } => format!("Error from server ({}): {}", error.reason.as_str(), self.message()),
            other => {
                let text = other.message();
                if text.starts_with("error: ") { text } else { format!("error: {text}") }
            }
        }
    }
}

fn with_newline(mut text: String) -> String {
    if !text.ends_with('\n') {
        text.push('\n');
    }
    text
}

/// `The Pod "web" is invalid: …`: kind and name are those of the refusal's details, which its
/// message begins with.
fn invalid_message(error: &ApiError) -> String {
    let mut causes: Vec<String> = Vec::new();
    for cause in &error.causes {
        let text = cause.to_string();
        if !causes.contains(&text) {
            causes.push(text);
        }
    }
    let subject = error.message.split_once(" is invalid").and_then(|(subject, _)| subject.split_once(" \""));
    let head = match subject {
        Some((kind, name)) => {
            let kind = kind.split('.').next().unwrap_or_default();
            format!("The {kind} \"{name} is invalid")
        }
        None => "The request is invalid".to_owned(),
    };
    // Models MultilineError, which ends every list with a line break of its own.
    match causes.as_slice() {
        [] if subject.is_none() => format!("{head}: {}", error.message),
        [] => head,
        [one] => format!("{head}: {one}\n"),
        several => format!("{head}: \n* {}\n", several.join("\n* ")),
    }
}

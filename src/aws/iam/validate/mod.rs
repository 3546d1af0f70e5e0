//! What AWS would refuse in a policy document, in AWS's words, and where.
//!
//! AWS looks for one sort of fault through the whole document before it looks for the next, and
//! tells the first ([`message`]). A learner sees all of them, each at its place ([`faults`]).
//!
//! Sources: IAM User Guide, "Grammar of the IAM JSON policy language" and the pages of its
//! elements; Organizations User Guide, "SCP syntax" and "RCP syntax"; the messages of
//! `MalformedPolicyDocument` as public reports quote them.

mod condition;
mod elements;
mod principal;
mod statement;

use crate::document::{Node, Span, Value};
use std::rc::Rc;

/// What a policy is for: it decides which elements it has.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Kind {
    /// Attached to a user, group or role; also a permissions boundary.
    Identity,
    /// A role's trust policy.
    Trust,
    /// Attached to another resource.
    Resource,
    /// A service control policy.
    Scp,
    /// A resource control policy.
    Rcp,
    /// Given with `AssumeRole`.
    Session,
    /// Of a VPC endpoint.
    Endpoint,
}

/// The order in which AWS looks for faults.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub enum Stage {
    /// The grammar.
    Syntax,
    /// The language's version.
    Version,
    /// Values that have a form: dates, the spelling of an effect.
    Legacy,
    /// Statement ids.
    Sid,
    /// That there are actions.
    Actions,
    /// The form of resources.
    Resources,
    /// The form of actions and condition keys.
    Vendors,
    /// That there are resources.
    NoResources,
    /// What this kind of policy must and may not have.
    Kind,
}

/// One thing that is wrong.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Fault {
    /// Where: keys, and places in lists from 0.
    pub path: Vec<Rc<str>>,
    /// Whether the last key itself is wrong, rather than its value.
    pub on_key: bool,
    /// Names our sentence about it.
    pub code: &'static str,
    /// The word that is wrong, or what is missing.
    pub word: Rc<str>,
    /// The nearest word that would be right.
    pub nearest: Option<&'static str>,
    /// When AWS would find it.
    pub stage: Stage,
    /// What AWS says.
    pub message: Rc<str>,
}

impl Fault {
    /// Where it stands in the text that the document was read from.
    #[must_use]
    pub fn span(&self, root: &Node) -> Span {
        let at_key = || {
            let (last, parents) = self.path.split_last()?;
            Some(root.at(parents)?.entry(last)?.key_span)
        };
        self.on_key.then(at_key).flatten().unwrap_or_else(|| root.nearest(&self.path))
    }

    /// The path as validators write it: `Statement[0].Action[1]`.
    #[must_use]
    pub fn place(&self) -> String {
        let mut place = String::new();
        for (number, step) in self.path.iter().enumerate() {
            if step.bytes().all(|byte| byte.is_ascii_digit()) {
                place.push('[');
                place.push_str(step);
                place.push(']');
                continue;
            }
            if number > 0 {
                place.push('.');
            }
            if self.on_key && number + 1 == self.path.len() {
                place.push('#');
            }
            place.push_str(step);
        }
        place
    }
}

/// Everything that is wrong with the document, first what AWS would tell.
#[must_use]
pub fn faults(document: &Value, kind: Kind) -> Vec<Fault> {
    let mut checker = Checker { kind, path: Vec::new(), found: Vec::new() };
    checker.document(document);
    checker.found.sort_by_key(|fault| fault.stage);
    checker.found
}

/// What AWS answers to the document, if it refuses it.
///
/// # Errors
/// The message of `MalformedPolicyDocument`.
pub fn message(document: &Value, kind: Kind) -> Result<(), Rc<str>> {
    faults(document, kind).into_iter().next().map_or(Ok(()), |fault| Err(fault.message))
}

/// The walk through a document.
pub(super) struct Checker {
    kind: Kind,
    path: Vec<Rc<str>>,
    found: Vec<Fault>,
}

const SYNTAX: &str = "Syntax errors in policy.";

impl Checker {
    /// Does `work` one step deeper.
    fn within(&mut self, step: &str, work: impl FnOnce(&mut Self)) {
        self.path.push(step.into());
        work(self);
        self.path.pop();
    }

    /// Notes a fault at the place where the walk stands.
    fn fault(&mut self, stage: Stage, code: &'static str, word: &str, message: &str) {
        self.found.push(Fault {
            path: self.path.clone(),
            on_key: false,
            code,
            word: word.into(),
            nearest: None,
            stage,
            message: message.into(),
        });
    }

    /// Notes an error of grammar.
    fn syntax(&mut self, code: &'static str, word: &str) {
        self.fault(Stage::Syntax, code, word, SYNTAX);
    }

    /// Notes that a key itself is wrong.
    fn key(&mut self, stage: Stage, code: &'static str, key: &str, nearest: Option<&'static str>, message: &str) {
        let mut path = self.path.clone();
        path.push(key.into());
        let (word, message) = (Rc::from(key), Rc::from(message));
        self.found.push(Fault { path, on_key: true, code, word, nearest, stage, message });
    }

    /// Refuses keys that the grammar does not know.
    fn only_keys(&mut self, value: &Value, known: &[&'static str]) {
        for (key, _) in value.entries() {
            if !known.contains(&&**key) {
                let nearest = crate::document::schema::nearest(key, known.iter().copied());
                self.key(Stage::Syntax, "unknown-element", key, nearest, SYNTAX);
            }
        }
    }

    fn document(&mut self, document: &Value) {
        let Some(fields) = document.as_map() else { return self.syntax("not-an-object", document.json_type()) };
        self.only_keys(document, &["Version", "Id", "Statement"]);
        self.version(fields.get("Version"));
        if let Some(id) = fields.get("Id").filter(|id| id.as_str().is_none()) {
            self.within("Id", |checker| checker.syntax("not-a-string", id.json_type()));
        }
        match fields.get("Statement") {
            None => self.syntax("missing-element", "Statement"),
            Some(Value::List(statements)) if !statements.is_empty() => {
                for (index, statement) in statements.iter().enumerate() {
                    self.within("Statement", |checker| {
                        checker.within(&index.to_string(), |checker| checker.statement(statement));
                    });
                }
                self.sids_differ(statements);
            }
            Some(statement @ Value::Map(_)) => {
                self.within("Statement", |checker| checker.statement(statement));
            }
            Some(other) => self.within("Statement", |checker| checker.syntax("not-a-statement", other.json_type())),
        }
    }

    fn version(&mut self, version: Option<&Value>) {
        const OLD: &str = "Policy document must be version 2012-10-17 or greater.";
        // Trust policies and policies of other services may be of the older language.
        let is_new_only = matches!(self.kind, Kind::Identity | Kind::Session | Kind::Rcp);
        match version.map(|version| (version, version.as_str())) {
            None if is_new_only => self.fault(Stage::Version, "old-version", "", OLD),
            None | Some((_, Some("2012-10-17"))) => {}
            Some((_, Some("2008-10-17"))) if is_new_only => {
                self.within("Version", |checker| checker.fault(Stage::Version, "old-version", "2008-10-17", OLD));
            }
            Some((_, Some("2008-10-17"))) => {}
            Some((_, Some(other))) => self.within("Version", |checker| checker.syntax("unknown-version", other)),
            Some((other, None)) => {
                self.within("Version", |checker| checker.syntax("not-a-string", other.json_type()));
            }
        }
    }

    fn sids_differ(&mut self, statements: &[Value]) {
        const TWICE: &str = "Statement IDs (SID) in a single policy must be unique.";
        for (index, statement) in statements.iter().enumerate() {
            let Some(sid) = statement.get("Sid").and_then(Value::as_str).filter(|sid| !sid.is_empty()) else {
                continue;
            };
            if statements.iter().take(index).any(|earlier| earlier.str_at(&["Sid"]) == sid) {
                let path = ["Statement", &index.to_string(), "Sid"].map(Rc::from).to_vec();
                let (word, message) = (Rc::from(sid), Rc::from(TWICE));
                let stage = Stage::Sid;
                self.found.push(Fault { path, on_key: false, code: "sid-twice", word, nearest: None, stage, message });
            }
        }
    }
}

#[cfg(test)]
mod tests;

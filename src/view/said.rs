//! What is said in a view, before it is said in a language; and the words that every pane shares.

use crate::sim::{self, Entry, Reason};
use crate::words::{Arg, Words};
use std::rc::Rc;

/// A message of the catalogues with its arguments.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Say {
    /// The message's key.
    pub key: Rc<str>,
    /// What fills it.
    pub args: Vec<(&'static str, Arg)>,
}

impl Say {
    /// A message without arguments.
    #[must_use]
    pub fn new(key: &str) -> Self {
        Self { key: key.into(), args: Vec::new() }
    }

    /// The same with one more argument.
    #[must_use]
    pub fn with(mut self, name: &'static str, value: impl Into<Arg>) -> Self {
        self.args.push((name, value.into()));
        self
    }

    /// The message in a language.
    #[must_use]
    pub fn say(&self, words: &Words) -> String {
        words.say(&self.key, &self.args)
    }
}

/// Why something was done, as a message: `why-CODE`.
#[must_use]
pub fn because(reason: &Reason) -> Say {
    let args = reason.args.iter().map(|(name, arg)| {
        let arg = match arg {
            sim::Arg::Number(number) => Arg::Number(*number),
            sim::Arg::Text(text) => Arg::Text(text.clone()),
        };
        (*name, arg)
    });
    Say { key: ["why-", reason.code].concat().into(), args: args.collect() }
}

/// Who did something, as people read it: `deployment controller`, `kubelet node-a`, `you`.
#[must_use]
pub fn actor(name: &str) -> Say {
    if name == "you" {
        return Say::new("actor-you");
    }
    if let Some(who) = name.strip_suffix("-controller") {
        return Say::new("actor-controller").with("who", who);
    }
    match name.split_once('/') {
        Some(("kubelet", node)) => Say::new("actor-kubelet").with("node", node),
        _ => Say::new("actor-other").with("who", name),
    }
}

/// Who did what, as one sentence: `replicaset controller: made Pod web-1`.
#[must_use]
pub fn deed(entry: &Entry) -> (Say, Say) {
    let verb = if super::breaking::is_mended(entry) { "mend" } else { entry.verb.as_str() };
    let verb = ["deed-", verb].concat();
    let what = Say::new(&verb).with("kind", &entry.subject.kind).with("name", &entry.subject.name);
    (actor(&entry.actor), what)
}

//! What changed, by whom, because of what.

use crate::sim::SimTime;
use crate::sim::limits::JOURNAL_ENTRIES_MAX;
use rpds::Vector;
use siphasher::sip::SipHasher13;
use std::hash::Hasher;
use std::rc::Rc;

/// The place of an entry in the journal.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub struct EntryId(pub u64);

/// Who did something: `you`, `deployment-controller`, `kubelet/node-a`.
pub type Actor = Rc<str>;

/// What was done.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Verb {
    /// An object came to be.
    Create,
    /// An object's wish or description changed.
    Update,
    /// What is known of an object changed.
    UpdateStatus,
    /// An object was asked to go (it may still be there, ending).
    Delete,
    /// An object is gone.
    Remove,
    /// A decision that changed nothing yet, for example "no node fits".
    Decide,
    /// Somebody broke something on purpose.
    Break,
    /// A person's request was refused.
    Refuse,
}

impl Verb {
    /// A stable word, for messages' keys and hashes.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Create => "create",
            Self::Update => "update",
            Self::UpdateStatus => "update-status",
            Self::Delete => "delete",
            Self::Remove => "remove",
            Self::Decide => "decide",
            Self::Break => "break",
            Self::Refuse => "refuse",
        }
    }
}

/// What an entry is about.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub struct Subject {
    /// The kind, for example `Pod`.
    pub kind: Rc<str>,
    /// The namespace; empty for what has none.
    pub namespace: Rc<str>,
    /// The name.
    pub name: Rc<str>,
}

/// One value inside a reason.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum Arg {
    /// A number.
    Number(i64),
    /// A name, an address, a message of the real thing: never a sentence of ours.
    Text(Rc<str>),
}

impl From<i64> for Arg {
    fn from(number: i64) -> Self {
        Self::Number(number)
    }
}
impl From<&str> for Arg {
    fn from(text: &str) -> Self {
        Self::Text(text.into())
    }
}
impl From<String> for Arg {
    fn from(text: String) -> Self {
        Self::Text(text.into())
    }
}
impl From<Rc<str>> for Arg {
    fn from(text: Rc<str>) -> Self {
        Self::Text(text)
    }
}

/// Why something was done, as data. Views put it into the learner's words: `code` names the
/// message, `args` fill it.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Reason {
    /// Names the message, for example `too-few`.
    pub code: &'static str,
    /// What fills it, in a fixed order.
    pub args: Vec<(&'static str, Arg)>,
}

impl Reason {
    /// A reason without arguments.
    #[must_use]
    pub const fn new(code: &'static str) -> Self {
        Self { code, args: Vec::new() }
    }

    /// The same with one more argument.
    #[must_use]
    pub fn with(mut self, name: &'static str, value: impl Into<Arg>) -> Self {
        self.args.push((name, value.into()));
        self
    }
}

/// One line of the history.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Entry {
    /// Its place in the journal.
    pub id: EntryId,
    /// When it happened.
    pub at: SimTime,
    /// Who did it.
    pub actor: Actor,
    /// What was done.
    pub verb: Verb,
    /// To what.
    pub subject: Subject,
    /// The entry without which this one would not be.
    pub cause: Option<EntryId>,
    /// Why, as the actor saw it.
    pub why: Option<Reason>,
    /// The store's revision after it, where it changed the store.
    pub revision: Option<u64>,
}

/// The history of one world, with a running hash: two worlds with the same hash have lived the
/// same life.
#[derive(Clone)]
pub struct Journal {
    entries: Vector<Rc<Entry>>,
    /// How many older ones are forgotten.
    forgotten: u64,
    hash: u64,
}

impl Default for Journal {
    fn default() -> Self {
        Self { entries: Vector::new(), forgotten: 0, hash: 0 }
    }
}

impl Journal {
    /// Writes an entry; `content` is a hash of what the subject became. Returns its id.
    pub fn record(&mut self, mut entry: Entry, content: u64) -> EntryId {
        entry.id = EntryId(self.len());
        self.hash = chain(self.hash, &entry, content);
        let id = entry.id;
        self.entries.push_back_mut(Rc::new(entry));
        if self.entries.len() >= 2 * JOURNAL_ENTRIES_MAX {
            self.entries = self.entries.iter().skip(JOURNAL_ENTRIES_MAX).cloned().collect();
            self.forgotten += JOURNAL_ENTRIES_MAX as u64;
        }
        id
    }

    fn index(&self, id: EntryId) -> Option<usize> {
        id.0.checked_sub(self.forgotten).map(|index| index as usize)
    }

    /// The entry with this id, unless it is forgotten.
    #[must_use]
    pub fn get(&self, id: EntryId) -> Option<&Entry> {
        self.entries.get(self.index(id)?).map(Rc::as_ref)
    }

    /// All entries, oldest first.
    pub fn iter(&self) -> impl DoubleEndedIterator<Item = &Entry> {
        self.entries.iter().map(Rc::as_ref)
    }

    /// The entries from `id` on, oldest first.
    pub fn since(&self, id: EntryId) -> impl Iterator<Item = &Entry> {
        (self.index(id).unwrap_or_default()..self.entries.len())
            .filter_map(|index| self.entries.get(index).map(Rc::as_ref))
    }

    /// How many entries have been written, forgotten ones included.
    #[must_use]
    pub fn len(&self) -> u64 {
        self.forgotten + self.entries.len() as u64
    }

    /// Whether nothing has happened yet.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// The hash of the whole history.
    #[must_use]
    pub fn hash(&self) -> u64 {
        self.hash
    }

    /// The chain of causes that ends with `id`, first cause first.
    #[must_use]
    pub fn chain(&self, id: EntryId) -> Vec<&Entry> {
        let mut chain: Vec<&Entry> =
            std::iter::successors(self.get(id), |entry| entry.cause.and_then(|cause| self.get(cause))).collect();
        chain.reverse();
        chain
    }
}

fn chain(previous: u64, entry: &Entry, content: u64) -> u64 {
    let mut hasher = SipHasher13::new_with_keys(previous, content);
    let mut text = |part: &str| {
        hasher.write(&(part.len() as u64).to_le_bytes());
        hasher.write(part.as_bytes());
    };
    text(&entry.actor);
    text(entry.verb.as_str());
    text(&entry.subject.kind);
    text(&entry.subject.namespace);
    text(&entry.subject.name);
    if let Some(why) = &entry.why {
        text(why.code);
        for (name, arg) in &why.args {
            text(name);
            match arg {
                Arg::Text(part) => text(part),
                Arg::Number(number) => text(&number.to_string()),
            }
        }
    }
    hasher.write(&entry.at.as_millis().to_le_bytes());
    hasher.write(&entry.cause.map_or(u64::MAX, |cause| cause.0).to_le_bytes());
    hasher.write(&entry.revision.unwrap_or(u64::MAX).to_le_bytes());
    hasher.finish()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn entry(name: &str, cause: Option<EntryId>) -> Entry {
        Entry {
            id: EntryId(0),
            at: SimTime(1),
            actor: "you".into(),
            verb: Verb::Create,
            subject: Subject { kind: "Pod".into(), namespace: "default".into(), name: name.into() },
            cause,
            why: Some(Reason::new("too-few").with("want", 5).with("have", 3)),
            revision: Some(1),
        }
    }

    #[test]
    fn the_oldest_entries_are_forgotten_and_the_others_keep_their_numbers() {
        let mut journal = Journal::default();
        let all = 2 * JOURNAL_ENTRIES_MAX as u64 + 10;
        let mut last = None;
        for _ in 0..all {
            last = Some(journal.record(entry("a", last), 1));
        }
        assert_eq!((journal.len(), last), (all, Some(EntryId(all - 1))));
        assert!(journal.get(EntryId(5)).is_none());
        assert_eq!(journal.get(EntryId(all - 3)).map(|entry| entry.id), Some(EntryId(all - 3)));
        assert_eq!(journal.since(EntryId(all - 2)).count(), 2);
        assert!(journal.chain(EntryId(all - 1)).len() <= 2 * JOURNAL_ENTRIES_MAX);
    }

    #[test]
    fn causes_chain_and_the_hash_sees_every_part() {
        let mut one = Journal::default();
        let first = one.record(entry("a", None), 1);
        let second = one.record(entry("b", Some(first)), 1);
        let names: Vec<_> = one.chain(second).iter().map(|entry| entry.subject.name.to_string()).collect();
        assert_eq!(names, ["a", "b"]);
        let mut other = Journal::default();
        other.record(entry("a", None), 1);
        other.record(entry("b", Some(first)), 2);
        assert_ne!(one.hash(), other.hash());
    }
}

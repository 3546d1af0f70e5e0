//! Reading a course's YAML: a tree walked by name, with every fault listed by place.

use crate::document::Value;

/// Something wrong in a course's files: where, and what, for the person who writes lessons.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub struct Fault {
    /// The file, and the place in it.
    pub place: String,
    /// What is wrong.
    pub what: String,
}

impl Fault {
    /// A fault at `place`.
    #[must_use]
    pub fn new(place: impl Into<String>, what: impl Into<String>) -> Self {
        Self { place: place.into(), what: what.into() }
    }
}

impl std::fmt::Display for Fault {
    fn fmt(&self, out: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(out, "{}: {}", self.place, self.what)
    }
}

/// A tree being read, which knows where it stands and collects what is wrong.
pub(super) struct Reader<'a> {
    pub(super) value: &'a Value,
    pub(super) place: String,
    pub(super) faults: Vec<Fault>,
}

impl<'a> Reader<'a> {
    pub(super) fn new(value: &'a Value, place: impl Into<String>) -> Self {
        Self { value, place: place.into(), faults: Vec::new() }
    }

    pub(super) fn fault(&mut self, what: impl Into<String>) {
        self.faults.push(Fault::new(self.place.clone(), what));
    }

    /// Complains about fields that nobody reads, so that a typo is not silently ignored.
    pub(super) fn only(&mut self, known: &[&str]) {
        if self.value.as_map().is_none() {
            self.fault("is not a mapping");
        }
        let strangers: Vec<_> =
            self.value.entries().map(|(key, _)| key).filter(|key| !known.contains(&&***key)).collect();
        for key in strangers {
            self.fault(format!("unknown field `{key}`; known: {}", known.join(", ")));
        }
    }

    /// Reads what stands at `key` with `read`, at its own place.
    pub(super) fn inside<T>(&mut self, key: &str, read: impl FnOnce(&mut Reader<'a>) -> T) -> Option<T> {
        let mut inner = Reader::new(self.value.get(key)?, format!("{}: {key}", self.place));
        let read = read(&mut inner);
        self.faults.append(&mut inner.faults);
        Some(read)
    }

    /// Reads every item of the sequence at `key` with `read`, each at its own place.
    pub(super) fn each<T>(&mut self, key: &str, mut read: impl FnMut(&mut Reader<'a>) -> T) -> Vec<T> {
        let items = self.value.items_at(&[key]);
        let mut all = Vec::new();
        for (index, item) in items.iter().enumerate() {
            let named = item.str_at(&["id"]);
            let which = if named.is_empty() { (index + 1).to_string() } else { named.to_owned() };
            let mut inner = Reader::new(item, format!("{}: {key} {which}", self.place));
            all.push(read(&mut inner));
            self.faults.append(&mut inner.faults);
        }
        all
    }

    /// The text at `key`, or the empty text.
    pub(super) fn text(&mut self, key: &str) -> String {
        match self.value.get(key) {
            None => String::new(),
            Some(Value::Text(text)) => text.to_string(),
            Some(Value::Int(number)) => number.to_string(),
            Some(other) => {
                self.fault(format!("`{key}` wants a text, not {other}"));
                String::new()
            }
        }
    }

    /// The text at `key`, which must be there.
    pub(super) fn required(&mut self, key: &str) -> String {
        let text = self.text(key);
        if text.is_empty() {
            self.fault(format!("`{key}` is missing"));
        }
        text
    }

    /// The number at `key`, which must be positive, or `default`.
    pub(super) fn number(&mut self, key: &str, default: i64) -> i64 {
        match self.value.get(key) {
            None => default,
            Some(Value::Int(number)) if *number >= 0 => *number,
            Some(other) => {
                self.fault(format!("`{key}` wants a number of at least 0, not {other}"));
                default
            }
        }
    }

    /// Whether `true` stands at `key`.
    pub(super) fn yes(&mut self, key: &str) -> bool {
        match self.value.get(key) {
            None => false,
            Some(Value::Bool(yes)) => *yes,
            Some(other) => {
                self.fault(format!("`{key}` wants true or false, not {other}"));
                false
            }
        }
    }

    /// The texts at `key`: one text, or a sequence of texts.
    pub(super) fn texts(&mut self, key: &str) -> Vec<String> {
        match self.value.get(key) {
            None => Vec::new(),
            Some(Value::Text(text)) => vec![text.to_string()],
            Some(Value::List(items)) if items.iter().all(|item| item.as_str().is_some()) => {
                items.iter().filter_map(Value::as_str).map(str::to_owned).collect()
            }
            Some(_) => {
                self.fault(format!("`{key}` wants a text or a list of texts"));
                Vec::new()
            }
        }
    }
}

//! Names that were drawn at random: `web-5d96f995b8-x2x8q`.
//!
//! A recording calls the drawn parts `<s1>`, `<h1>`, `<t1>` in the order in which it met them. Our
//! world draws others, in an order of its own. So both sides' tokens are matched by what happened
//! to the objects that bear them, and the recording's are then translated into ours.

use drydock::document::Value;
use drydock::kube::api::meta;
use std::collections::{BTreeMap, BTreeSet};

/// How many letters the API server draws for `generateName`; a StatefulSet's Pod has a prefix too, and draws none.
const DRAWN: usize = 5;

/// The drawn parts of one world's names.
#[derive(Default)]
pub struct Names {
    /// What was drawn, with what we call it: `x2x8q` → `<s1>`.
    drawn: BTreeMap<String, String>,
    counts: BTreeMap<char, usize>,
}

impl Names {
    fn add(&mut self, class: char, drawn: &str) {
        if drawn.is_empty() || self.drawn.contains_key(drawn) {
            return;
        }
        let count = self.counts.entry(class).or_default();
        *count += 1;
        self.drawn.insert(drawn.to_owned(), format!("<{class}{count}>"));
    }

    /// Takes note of what is drawn in an object's name.
    pub fn learn(&mut self, object: &Value) {
        let name = meta::name(object);
        for label in ["pod-template-hash", "controller-revision-hash"] {
            if let Some(value) = meta::label(object, label) {
                self.add('h', value.rsplit('-').next().unwrap_or(value));
            }
        }
        let suffix = name.rsplit('-').next().unwrap_or_default().to_owned();
        match meta::kind(object) {
            "ControllerRevision" => self.add('h', &suffix),
            "Job" if meta::controller_of(object).is_some_and(|owner| owner.str_at(&["kind"]) == "CronJob") => {
                self.add('t', &suffix);
            }
            "Event" => return,
            _ => {}
        }
        let prefix = object.str_at(&["metadata", "generateName"]);
        if !prefix.is_empty()
            && let Some(drawn) = name.strip_prefix(prefix)
            && drawn.len() == DRAWN
        {
            self.add('s', drawn);
        }
    }

    /// The text with every drawn part replaced by what we call it.
    pub fn mask(&self, text: &str) -> String {
        let mut out = String::new();
        let mut word = String::new();
        for character in text.chars().chain(['\0']) {
            if character.is_ascii_alphanumeric() {
                word.push(character);
                continue;
            }
            match self.drawn.get(&word) {
                Some(called) => out.push_str(called),
                None => out.push_str(&word),
            }
            word.clear();
            if character != '\0' {
                out.push(character);
            }
        }
        out
    }

    /// A recorded argument with our own names, where `pairs` says which of our tokens each is.
    pub fn fill_in(&mut self, text: &str, pairs: &BTreeMap<String, String>) -> Result<String, String> {
        for token in tokens(text) {
            if token.starts_with("<t") && !pairs.contains_key(&token) {
                // A part that the person chose: any will do, the same every time.
                self.add('t', &format!("2946123{}", number(&token)));
            } else if !pairs.contains_key(&token) {
                return Err(format!("no object of ours can be the one called {text}"));
            }
        }
        Ok(self.unmask(&translate(text, pairs)))
    }

    /// The text with what was drawn in place of what we call it.
    pub fn unmask(&self, called: &str) -> String {
        let mut text = called.to_owned();
        for (drawn, called) in &self.drawn {
            text = text.replace(called, drawn);
        }
        text
    }
}

/// Every `<s1>`, `<h2>`, `<t1>` of a text.
pub fn tokens(text: &str) -> BTreeSet<String> {
    let mut found = BTreeSet::new();
    let mut rest = text;
    while let Some(at) = rest.find('<') {
        rest = &rest[at..];
        if let Some(end) = rest.find('>') {
            let token = &rest[..=end];
            let is_token = ["<s", "<h", "<t"].iter().any(|class| token.starts_with(class))
                && token.len() > 3
                && token[2..token.len() - 1].chars().all(|c| c.is_ascii_digit());
            if is_token {
                found.insert(token.to_owned());
            }
        }
        rest = &rest[1..];
    }
    found
}

/// Replaces tokens as `to` says.
pub fn translate(text: &str, to: &BTreeMap<String, String>) -> String {
    if !text.contains('<') {
        return text.to_owned();
    }
    let mut out = String::new();
    let mut rest = text;
    while let Some(at) = rest.find('<') {
        out.push_str(&rest[..at]);
        rest = &rest[at..];
        let end = rest.find('>').map_or(1, |end| end + 1);
        let token = &rest[..end];
        match to.get(token) {
            Some(ours) => {
                out.push_str(ours);
                rest = &rest[end..];
            }
            None => {
                out.push('<');
                rest = &rest[1..];
            }
        }
    }
    out.push_str(rest);
    out
}

/// The same in every text of a tree, keys included.
pub fn translate_tree(tree: &Value, change: &dyn Fn(&str) -> String) -> Value {
    match tree {
        Value::Text(text) => Value::text(change(text)),
        Value::List(items) => Value::list(items.iter().map(|item| translate_tree(item, change))),
        Value::Map(map) => map
            .iter()
            .map(|(key, value)| (change(key).into(), translate_tree(value, change)))
            .collect::<drydock::document::Map>()
            .into(),
        other => other.clone(),
    }
}

/// Which of our tokens each recorded token is: those about which the same facts are told. `facts`
/// are texts in which the tokens stand.
pub fn pair(recorded: &[String], ours: &[String], known: &BTreeMap<String, String>) -> BTreeMap<String, String> {
    let (theirs, own) = (told(recorded), told(ours));
    let mut scores: Vec<(usize, &String, &String)> = Vec::new();
    for (their, facts) in &theirs {
        for (mine, told) in own.iter().filter(|(mine, _)| mine[..2] == their[..2]) {
            let common = facts.iter().map(|(fact, count)| *count.min(told.get(fact).unwrap_or(&0))).sum();
            scores.push((common, their, mine));
        }
    }
    // The most in common first; among equals, the order in which they were met.
    scores.sort_by_key(|(common, their, mine)| (usize::MAX - common, number(their), number(mine)));
    let mut pairs = known.clone();
    let mut taken: BTreeSet<&String> = known.values().collect();
    for (_, their, mine) in scores {
        if !pairs.contains_key(their) && !taken.contains(mine) {
            pairs.insert(their.clone(), mine.clone());
            taken.insert(mine);
        }
    }
    pairs
}

fn number(token: &str) -> usize {
    token.trim_matches(|c: char| !c.is_ascii_digit()).parse().unwrap_or_default()
}

/// For each token, how often each fact is told about it, other tokens kept apart only by class.
fn told(facts: &[String]) -> BTreeMap<String, BTreeMap<String, usize>> {
    let mut told: BTreeMap<String, BTreeMap<String, usize>> = BTreeMap::new();
    for fact in facts {
        let all = tokens(fact);
        for token in &all {
            let blurred: BTreeMap<String, String> = all
                .iter()
                .map(|other| {
                    let blurred = if other == token { "<self>".to_owned() } else { format!("{}>", &other[..2]) };
                    (other.clone(), blurred)
                })
                .collect();
            *told.entry(token.clone()).or_default().entry(translate(fact, &blurred)).or_default() += 1;
        }
    }
    told
}

/// The text without telling apart what was drawn for objects of one kind (`<s1>`, `<s2>`).
pub fn anonymous(text: &str) -> String {
    let drawn: BTreeMap<String, String> = tokens(text)
        .into_iter()
        .filter(|token| token.starts_with("<s"))
        .map(|token| (token, "<s>".to_owned()))
        .collect();
    translate(text, &drawn)
}

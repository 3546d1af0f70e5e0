//! An object as YAML in three inks: what a person wrote, what was defaulted, what controllers wrote.
//!
//! The ink comes from the ownership of fields. A Pod is written by its controller as a whole, so
//! its inks are those of the template that it was made from.

use crate::document::Value;
use crate::kube::Snapshot;
use crate::kube::api::managed_fields::{FieldSet, Manager, Step};
use crate::kube::api::{Key, Object, Resource, meta};
use std::rc::Rc;

/// Who wrote a line.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub enum Ink {
    /// A person.
    You,
    /// The API server filled it in.
    Default,
    /// A controller, a kubelet, or the API server about its own bookkeeping.
    Controller,
}

/// One line.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Line {
    /// How far it is indented, in steps of two.
    pub depth: u32,
    /// Whether it opens an item of a list.
    pub dash: bool,
    /// The field; empty for a plain item.
    pub key: Rc<str>,
    /// The value; empty where it follows on the next lines.
    pub value: Rc<str>,
    /// Who wrote it.
    pub ink: Ink,
    /// The path of the field, for what points at it: `spec.containers.0.resources`.
    pub path: Rc<str>,
}

/// The lines of an object.
#[derive(Default)]
struct Writer {
    lines: Vec<Line>,
}

/// Who owns what is being written.
#[derive(Clone)]
struct Owners<'a> {
    yours: Vec<&'a FieldSet>,
    /// The template from which the object was made: what is in it and is not yours was defaulted.
    template: Template<'a>,
    theirs: Vec<&'a FieldSet>,
    /// Whether a person wrote any of the object.
    has_author: bool,
}

#[derive(Clone, Copy)]
enum Template<'a> {
    /// The object was not made from one.
    None,
    /// The part of it that belongs here, if there is one.
    Of(Option<&'a Value>),
}

/// The lines of the object with this key. `written` is the wish for an object as a person wrote
/// it, where that is known: an object without any owner of fields shows its inks by it.
#[must_use]
pub fn lines(seen: &Snapshot<'_>, key: &Key, written: &dyn Fn(&Key) -> Option<Value>) -> Vec<Line> {
    let Some(object) = seen.get(key) else { return Vec::new() };
    let wish = wish_of(seen, object);
    let yours_of = |object: &'_ Rc<Object>| -> Vec<FieldSet> {
        let managers = object.managers.0.iter().filter(|manager| is_yours(manager));
        let mut sets: Vec<FieldSet> = managers.map(|manager| manager.fields.clone()).collect();
        if object.managers.0.is_empty() {
            sets.extend(meta::key(object).and_then(|key| written(&key)).map(|wish| fields_of(&wish)));
        }
        sets
    };
    let own = yours_of(object);
    let theirs: Vec<&FieldSet> =
        object.managers.0.iter().filter(|manager| !is_yours(manager)).map(|manager| &manager.fields).collect();
    let root = wish.as_ref().map(yours_of).unwrap_or_default();
    let below = |path: &[&str]| -> Vec<&FieldSet> {
        path.iter().fold(root.iter().collect(), |sets, step| below(&sets, &Step::Field((*step).into()), None))
    };
    let made_from = wish.as_ref().and_then(|wish| wish.at(&["spec", "template"]));
    let owners = match (&wish, key.resource) {
        (Some(_), Resource::PODS) => Owners {
            yours: below(&["spec", "template"]),
            template: Template::Of(made_from),
            theirs: Vec::new(),
            has_author: true,
        },
        _ => Owners { yours: own.iter().collect(), template: Template::None, theirs, has_author: !own.is_empty() },
    };
    let mut writer = Writer::default();
    for (field, value) in object.value.entries() {
        let mut part = owners.field(field);
        let is_set = matches!(key.resource, Resource::REPLICA_SETS) && wish.is_some();
        if is_set && &**field == "spec" {
            part.theirs = Vec::new();
        }
        writer.field(field, value, 0, false, "", &part);
        if is_set && &**field == "spec" {
            recolour_template(&mut writer, value, &below(&["spec", "template"]), made_from);
        }
    }
    writer.lines
}

/// Writes a ReplicaSet's template again, in the inks of its Deployment's.
fn recolour_template(writer: &mut Writer, spec: &Value, yours: &[&FieldSet], made_from: Option<&Value>) {
    let Some(template) = spec.get("template") else { return };
    let Some(start) = writer.lines.iter().position(|line| &*line.path == "spec.template") else { return };
    for line in &mut writer.lines {
        line.ink = Ink::Controller;
    }
    let owners =
        Owners { yours: yours.to_vec(), template: Template::Of(made_from), theirs: Vec::new(), has_author: true };
    let mut again = Writer::default();
    again.field("template", template, 1, false, "spec", &owners);
    let end = (start + again.lines.len()).min(writer.lines.len());
    writer.lines.splice(start..end, again.lines);
}

/// The object whose author wrote the wish behind this one: the last owner of the chain.
#[must_use]
pub fn wish_of(seen: &Snapshot<'_>, object: &Rc<Object>) -> Option<Rc<Object>> {
    let owner = |object: &Rc<Object>| meta::controller_key(object).and_then(|key| seen.get(&key).cloned());
    let first = owner(object)?;
    std::iter::successors(Some(first), |object| owner(object)).take(8).last()
}

/// The fields that a written object names, as if its author owned them.
fn fields_of(wish: &Value) -> FieldSet {
    fn collect(value: &Value, path: &mut Vec<Step>, set: &mut FieldSet) {
        if value.items().is_empty() && value.as_map().is_none_or(|map| map.is_empty()) {
            set.insert(path);
        }
        for (key, value) in value.entries() {
            path.push(Step::Field(key.clone()));
            collect(value, path, set);
            path.pop();
        }
        for item in value.items() {
            // An item is known by its name, or else by all the plain values that are written.
            let mut keys = Value::map();
            let is_plain = |value: &Value| value.as_map().is_none() && value.items().is_empty();
            match item.get("name") {
                Some(name) => keys.set(&["name"], name.clone()),
                None => item.entries().filter(|(_, value)| is_plain(value)).for_each(|(key, value)| {
                    keys.set(&[key], value.clone());
                }),
            }
            path.push(if item.as_map().is_some() { Step::Item(keys) } else { Step::Element(item.clone()) });
            collect(item, path, set);
            path.pop();
        }
    }
    let mut set = FieldSet::default();
    collect(wish, &mut Vec::new(), &mut set);
    set
}

/// Whether a field manager is a person's client.
fn is_yours(manager: &Manager) -> bool {
    !manager.name.starts_with("kube") || manager.name.starts_with("kubectl")
}

impl<'a> Owners<'a> {
    fn field(&self, field: &str) -> Self {
        let template = match self.template {
            Template::None => Template::None,
            Template::Of(value) => Template::Of(value.and_then(|value| value.get(field))),
        };
        let step = Step::Field(field.into());
        Self {
            yours: below(&self.yours, &step, None),
            theirs: below(&self.theirs, &step, None),
            template,
            has_author: self.has_author,
        }
    }

    fn item(&self, index: usize, item: &Value) -> Self {
        let template = match self.template {
            Template::None => Template::None,
            Template::Of(list) => Template::Of(list.and_then(|list| twin(list.items(), index, item))),
        };
        let step = Step::Element(item.clone());
        let find = |sets: &[&'a FieldSet]| below(sets, &step, Some(item));
        Self { yours: find(&self.yours), theirs: find(&self.theirs), template, has_author: self.has_author }
    }

    /// The ink of a value that has nothing below it.
    fn ink(&self, path: &str) -> Ink {
        let owned = |sets: &[&FieldSet]| sets.iter().any(|set| set.is_member());
        if owned(&self.yours) {
            return Ink::You;
        }
        match self.template {
            Template::Of(value) => {
                let is_there = value.is_some() && !is_bookkeeping(path);
                if is_there { Ink::Default } else { Ink::Controller }
            }
            Template::None
                if owned(&self.theirs) || is_bookkeeping(path) || self.yours.is_empty() && !self.has_author =>
            {
                Ink::Controller
            }
            Template::None => Ink::Default,
        }
    }
}

/// The item of a list that `item` was made from: the one of the same name, else of the same place.
fn twin<'a>(list: &'a [Value], index: usize, item: &Value) -> Option<&'a Value> {
    match item.str_at(&["name"]) {
        "" => list.get(index),
        name => list.iter().find(|other| other.str_at(&["name"]) == name),
    }
}

/// What only the API server and the loops ever write.
fn is_bookkeeping(path: &str) -> bool {
    let heads = ["status", "metadata.uid", "metadata.resourceVersion", "metadata.generation", "metadata.generateName"];
    let dates = ["metadata.creationTimestamp", "metadata.deletion", "metadata.ownerReferences", "metadata.finalizers"];
    heads.iter().chain(&dates).any(|head| path.starts_with(head))
}

/// The sets below a step. A member without anything below it owns all that is below.
fn below<'a>(sets: &[&'a FieldSet], step: &Step, item: Option<&Value>) -> Vec<&'a FieldSet> {
    sets.iter()
        .filter_map(|set| {
            if set.is_member() && set.children().next().is_none() {
                return Some(*set);
            }
            let found = set.children().find(|(known, _)| match (known, item) {
                (Step::Item(keys), Some(item)) => keys.entries().all(|(key, value)| item.get(key) == Some(value)),
                (known, _) => *known == step,
            });
            found.map(|(_, set)| set)
        })
        .collect()
}

impl Writer {
    /// Writes `key: value` and what is below it. Returns the strongest ink of it.
    fn field(&mut self, key: &str, value: &Value, depth: u32, dash: bool, above: &str, owners: &Owners<'_>) -> Ink {
        let path = if above.is_empty() { key.to_owned() } else { format!("{above}.{key}") };
        let is_leaf = value.items().is_empty() && value.as_map().is_none_or(|map| map.is_empty());
        if is_leaf {
            let ink = self.identity(&path, owners).unwrap_or_else(|| owners.ink(&path));
            self.push(depth, dash, key, &scalar(value), ink, &path);
            return ink;
        }
        let at = self.lines.len();
        self.push(depth, dash, key, "", Ink::Default, &path);
        let inner = if dash { depth + 1 } else { depth };
        let ink = if value.as_map().is_some() {
            self.map(value, inner + 1, &path, owners)
        } else {
            self.list(value, inner, &path, owners)
        };
        if let Some(line) = self.lines.get_mut(at) {
            line.ink = ink;
        }
        ink
    }

    fn map(&mut self, value: &Value, depth: u32, path: &str, owners: &Owners<'_>) -> Ink {
        let inks = value.entries().map(|(key, value)| self.field(key, value, depth, false, path, &owners.field(key)));
        strongest(inks.collect())
    }

    fn list(&mut self, value: &Value, depth: u32, path: &str, owners: &Owners<'_>) -> Ink {
        let mut inks = Vec::new();
        for (index, item) in value.items().iter().enumerate() {
            let (path, owners) = (format!("{path}.{index}"), owners.item(index, item));
            if item.as_map().is_none_or(|map| map.is_empty()) {
                let ink = owners.ink(&path);
                self.push(depth, true, "", &scalar(item), ink, &path);
                inks.push(ink);
                continue;
            }
            for (at, (key, value)) in item.entries().enumerate() {
                let dash = at == 0;
                let depth = if dash { depth } else { depth + 1 };
                inks.push(self.field(key, value, depth, dash, &path, &owners.field(key)));
            }
        }
        strongest(inks)
    }

    /// The lines that say which object it is belong to whoever made it.
    fn identity(&self, path: &str, owners: &Owners<'_>) -> Option<Ink> {
        let is_identity = matches!(path, "apiVersion" | "kind" | "metadata.name" | "metadata.namespace");
        let made_by_hand = owners.has_author && matches!(owners.template, Template::None);
        is_identity.then_some(if made_by_hand { Ink::You } else { Ink::Controller })
    }

    fn push(&mut self, depth: u32, dash: bool, key: &str, value: &str, ink: Ink, path: &str) {
        let line = Line { depth, dash, key: key.into(), value: value.into(), ink, path: path.into() };
        self.lines.push(line);
    }
}

fn strongest(inks: Vec<Ink>) -> Ink {
    let has = |ink: Ink| inks.contains(&ink);
    if has(Ink::You) {
        Ink::You
    } else if has(Ink::Controller) {
        Ink::Controller
    } else {
        Ink::Default
    }
}

/// A value on one line, as YAML.
fn scalar(value: &Value) -> String {
    match value {
        Value::Null => "null".to_owned(),
        Value::Text(text) if needs_quotes(text) => {
            let mut out = String::new();
            let written = crate::document::write_json_string(text, &mut out);
            debug_assert!(written.is_ok(), "a String takes every text");
            out
        }
        Value::Text(text) => text.to_string(),
        Value::List(_) => "[]".to_owned(),
        Value::Map(_) => "{}".to_owned(),
        other => other.to_string(),
    }
}

/// Whether a text would be read as something else without quotes.
fn needs_quotes(text: &str) -> bool {
    let looks_like_more = text.parse::<f64>().is_ok()
        || matches!(
            text,
            "" | "true" | "false" | "null" | "~" | "yes" | "no" | "on" | "off" | "y" | "n" | "True" | "False"
        );
    let opens = text.starts_with(|c: char| "-?:,[]{}#&*!|>'\"%@` ".contains(c));
    looks_like_more || opens || text.ends_with(' ') || text.contains(": ") || text.contains(" #") || text.contains('\n')
}

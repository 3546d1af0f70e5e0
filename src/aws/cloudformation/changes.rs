//! What an update would change: the old template's outcome against the new one's.

use crate::aws::cloudformation::facts;
use crate::aws::cloudformation::template::{Path, Template};
use crate::aws::cloudformation::{evaluate::scalar_text, graph};
use crate::document::Value;
use std::collections::{BTreeMap, BTreeSet};
use std::rc::Rc;

/// A resource as a template with its parameters comes to.
#[derive(Clone, Debug, PartialEq, Eq, Default)]
pub struct Resolved {
    /// Its type.
    pub kind: Rc<str>,
    /// Its properties.
    pub properties: Value,
}

/// What happens to a resource.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Action {
    /// It is made.
    Add,
    /// It goes away.
    Remove,
    /// It is changed, or replaced.
    Modify,
}

impl Action {
    /// As a change set names it.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Add => "Add",
            Self::Remove => "Remove",
            Self::Modify => "Modify",
        }
    }
}

/// Whether another resource takes its place.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Replacement {
    /// It stays the same one.
    Never,
    /// That depends on what it is at the moment.
    Conditional,
    /// It is replaced.
    Always,
}

/// One change.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Change {
    /// Which resource.
    pub id: Rc<str>,
    /// Its type.
    pub kind: Rc<str>,
    /// What happens.
    pub action: Action,
    /// The properties that differ.
    pub properties: Vec<Rc<str>>,
    /// Whether it is replaced.
    pub replacement: Replacement,
    /// Those of the properties that replace it.
    pub create_only: Vec<Rc<str>>,
    /// Whether what it names is replaced, and it differs by that.
    pub is_cascade: bool,
}

/// The resources that are made.
pub type Resources = BTreeMap<Rc<str>, Resolved>;

/// Compares; in the order of the names.
#[must_use]
pub fn between(old: &Resources, new: &Resources, template: &Template) -> Vec<Change> {
    let mut changes: BTreeMap<Rc<str>, Change> = BTreeMap::new();
    for (id, before) in old {
        let change = match new.get(id) {
            None => Some(plain(id, before, Action::Remove)),
            Some(after) => differing(id, before, after),
        };
        changes.extend(change.map(|change| (id.clone(), change)));
    }
    let added = new.iter().filter(|(id, _)| !old.contains_key(*id));
    changes.extend(added.map(|(id, after)| (id.clone(), plain(id, after, Action::Add))));
    cascade(&mut changes, old, new, template);
    changes.into_values().collect()
}

fn plain(id: &Rc<str>, resolved: &Resolved, action: Action) -> Change {
    Change {
        id: id.clone(),
        kind: resolved.kind.clone(),
        action,
        properties: Vec::new(),
        replacement: Replacement::Never,
        create_only: Vec::new(),
        is_cascade: false,
    }
}

fn differing(id: &Rc<str>, before: &Resolved, after: &Resolved) -> Option<Change> {
    let names: BTreeSet<&Rc<str>> =
        before.properties.entries().chain(after.properties.entries()).map(|(name, _)| name).collect();
    let differs = |path: &[&str]| normalized(before.properties.at(path)) != normalized(after.properties.at(path));
    let properties: Vec<Rc<str>> = names.into_iter().filter(|name| differs(&[name])).cloned().collect();
    if properties.is_empty() {
        return None;
    }
    let mut change = Change { properties, ..plain(id, after, Action::Modify) };
    let effects: Vec<(Rc<str>, Replacement)> =
        change.properties.iter().map(|name| (name.clone(), effect(&after.kind, name, &differs))).collect();
    for (name, replacement) in effects {
        change.replacement = change.replacement.max(replacement);
        if replacement == Replacement::Always {
            change.create_only.push(name);
        }
    }
    Some(change)
}

/// What a change of a property does to the resource.
fn effect(kind: &str, name: &str, differs: &dyn Fn(&[&str]) -> bool) -> Replacement {
    let Some(shape) = facts::of(kind) else { return Replacement::Never };
    let inner = shape.inner_that_replace().filter_map(|path| path.split_once('/'));
    let inside = inner.into_iter().any(|(property, field)| property == name && differs(&[property, field]));
    match shape.property(name) {
        _ if inside => Replacement::Always,
        Some(property) if property.replaces() => Replacement::Always,
        Some(property) if property.may_replace() => Replacement::Conditional,
        _ => Replacement::Never,
    }
}

/// What names a replaced resource differs too, in every property that names it.
fn cascade(changes: &mut BTreeMap<Rc<str>, Change>, old: &Resources, new: &Resources, template: &Template) {
    loop {
        let replaced: BTreeSet<Rc<str>> = changes
            .values()
            .filter(|change| change.action == Action::Modify && change.replacement == Replacement::Always)
            .map(|change| change.id.clone())
            .collect();
        let mut is_new = false;
        for (id, resolved) in new.iter().filter(|(id, _)| old.contains_key(*id)) {
            for name in naming(template, id, &replaced) {
                let change = changes.entry(id.clone()).or_insert_with(|| plain(id, resolved, Action::Modify));
                if change.properties.contains(&name) {
                    continue;
                }
                is_new = true;
                change.is_cascade = true;
                let effect = effect(&resolved.kind, &name, &|_| true);
                if effect == Replacement::Always && change.replacement != Replacement::Always {
                    change.create_only.push(name.clone());
                }
                change.replacement = change.replacement.max(effect);
                change.properties.push(name);
                change.properties.sort();
            }
        }
        if !is_new {
            return;
        }
    }
}

/// The properties of a resource that name one of `replaced`.
fn naming(template: &Template, id: &str, replaced: &BTreeSet<Rc<str>>) -> Vec<Rc<str>> {
    let Some(properties) = template.item("Resources", id).and_then(|node| node.get("Properties")) else {
        return Vec::new();
    };
    properties
        .entries()
        .iter()
        .filter(|entry| {
            let path = Path::default();
            graph::mentions(&entry.value, &path).iter().any(|mention| {
                replaced.contains(&mention.name) && !(mention.attribute.is_some() && is_given(template, mention))
            })
        })
        .map(|entry| entry.key.clone())
        .collect()
}

/// Whether the attribute is one that the template itself gives: it is then compared as it is.
fn is_given(template: &Template, mention: &graph::Mention) -> bool {
    let Some(attribute) = mention.attribute.as_deref() else { return false };
    template
        .item("Resources", &mention.name)
        .and_then(|node| node.get("Properties"))
        .is_some_and(|properties| properties.get(attribute).is_some())
}

/// A value without the difference between `true` and `"true"`, `1` and `"1"`.
#[must_use]
pub fn normalized(value: Option<&Value>) -> Value {
    match value {
        None => Value::Null,
        Some(Value::List(items)) => Value::list(items.iter().map(|item| normalized(Some(item)))),
        Some(Value::Map(map)) => {
            map.iter().map(|(key, item)| (key.clone(), normalized(Some(item)))).collect::<crate::document::Map>().into()
        }
        Some(Value::Null) => Value::Null,
        Some(scalar) => scalar_text(scalar).into(),
    }
}

//! Who owns which field: `metadata.managedFields`, as sets of paths.
//!
//! `tree` reads sets out of objects and compares objects, `apply` is server-side apply, `wire`
//! is how all of it looks in JSON and in messages, `ownership` puts off the work until it is asked for.
//!
//! Invariant: sets never hold what no one can own: identity and what the server keeps itself.
// Models sigs.k8s.io/structured-merge-diff fieldpath.Set

mod apply;
mod ownership;
mod tree;
mod wire;

pub use apply::{Conflict, apply, conflict_message, update};
pub use ownership::{Ownership, Write};
pub use wire::to_value;

use crate::document::Value;
use std::rc::Rc;

/// One step of a path below an object.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub enum Step {
    /// A field of a mapping: `f:replicas`.
    Field(Rc<str>),
    /// An item of a list whose items have keys: `k:{"name":"web"}`.
    Item(Value),
    /// An item of a set: `v:"a"`.
    Element(Value),
}

/// A set of paths, as a tree: a node may itself be a member, and may have members below it.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct FieldSet {
    member: bool,
    below: Below,
}

/// Sets by step, in order; shared until they change, as most versions of an object have the same.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
struct Below(Rc<Vec<(Step, FieldSet)>>);

impl Below {
    fn place(&self, step: &Step) -> Result<usize, usize> {
        self.0.binary_search_by(|(known, _)| known.cmp(step))
    }

    fn get(&self, step: &Step) -> Option<&FieldSet> {
        self.place(step).ok().and_then(|index| self.0.get(index)).map(|(_, set)| set)
    }

    /// The set below a step, made if it is not there, changed.
    fn change(&mut self, step: &Step, change: impl FnOnce(&mut FieldSet)) {
        let place = self.place(step);
        let sets = Rc::make_mut(&mut self.0);
        let index = place.unwrap_or_else(|index| {
            sets.insert(index, (step.clone(), FieldSet::default()));
            index
        });
        if let Some((_, set)) = sets.get_mut(index) {
            change(set);
        }
    }

    fn insert(&mut self, step: Step, set: FieldSet) {
        self.change(&step, |slot| *slot = set);
    }

    fn remove(&mut self, step: &Step) {
        if let Ok(index) = self.place(step) {
            Rc::make_mut(&mut self.0).remove(index);
        }
    }

    fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    fn iter(&self) -> impl Iterator<Item = (&Step, &FieldSet)> {
        self.0.iter().map(|(step, set)| (step, set))
    }
}

impl FieldSet {
    /// Adds `path`.
    pub fn insert(&mut self, path: &[Step]) {
        match path.split_first() {
            None => self.member = true,
            Some((step, rest)) => self.below.change(step, |set| set.insert(rest)),
        }
    }

    /// Whether `path` itself is a member.
    #[must_use]
    pub fn contains(&self, path: &[Step]) -> bool {
        match path.split_first() {
            None => self.member,
            Some((step, rest)) => self.below.get(step).is_some_and(|set| set.contains(rest)),
        }
    }

    /// Whether nothing is in it.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        !self.member && self.below.iter().all(|(_, set)| set.is_empty())
    }

    /// Everything that is in either.
    #[must_use]
    pub fn union(&self, other: &Self) -> Self {
        if self.is_empty() {
            return other.clone();
        }
        let mut both = self.clone();
        both.member |= other.member;
        for (step, set) in other.below.iter() {
            both.below.change(step, |own| *own = own.union(set));
        }
        both
    }

    /// Everything that is in this one and not in `other`.
    #[must_use]
    pub fn difference(&self, other: &Self) -> Self {
        if other.is_empty() {
            return self.clone();
        }
        self.combine(other, |own, others| own && !others)
    }

    /// Everything that is in both.
    #[must_use]
    pub fn intersection(&self, other: &Self) -> Self {
        self.combine(other, |own, others| own && others)
    }

    fn combine(&self, other: &Self, keep: fn(bool, bool) -> bool) -> Self {
        let below: Vec<(Step, Self)> = self
            .below
            .iter()
            .map(|(step, set)| match other.below.get(step) {
                // What is kept beside nothing is kept whole.
                None if keep(true, false) => (step.clone(), set.clone()),
                None => (step.clone(), Self::default()),
                Some(others) => (step.clone(), set.combine(others, keep)),
            })
            .filter(|(_, set)| !set.is_empty())
            .collect();
        Self { member: keep(self.member, other.member), below: Below(Rc::new(below)) }
    }

    /// The steps directly below, with what is below them.
    pub fn children(&self) -> impl Iterator<Item = (&Step, &FieldSet)> {
        self.below.iter()
    }

    /// Whether the root of this set is itself a member.
    #[must_use]
    pub fn is_member(&self) -> bool {
        self.member
    }

    /// Whether `path` or anything below it is a member.
    #[must_use]
    pub fn reaches(&self, path: &[Step]) -> bool {
        match path.split_first() {
            None => !self.is_empty(),
            Some((step, rest)) => self.below.get(step).is_some_and(|set| set.reaches(rest)),
        }
    }

    /// The set below one step.
    #[must_use]
    pub fn child(&self, step: &Step) -> Option<&FieldSet> {
        self.below.get(step)
    }

    /// Every member path.
    #[must_use]
    pub fn paths(&self) -> Vec<Vec<Step>> {
        let mut found = Vec::new();
        self.collect(&mut Vec::new(), &mut found);
        found
    }

    fn collect(&self, prefix: &mut Vec<Step>, found: &mut Vec<Vec<Step>>) {
        if self.member {
            found.push(prefix.clone());
        }
        for (step, set) in self.below.iter() {
            prefix.push(step.clone());
            set.collect(prefix, found);
            prefix.pop();
        }
    }
}

/// What one manager owns.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Manager {
    /// The field manager's name.
    pub name: Rc<str>,
    /// Whether it applies (server-side apply) or updates.
    pub applies: bool,
    /// The subresource through which it wrote; empty for the object itself.
    pub subresource: Rc<str>,
    /// When it last changed what it owns, RFC 3339.
    pub time: Rc<str>,
    /// Its fields.
    pub fields: FieldSet,
}

/// All managers of one object, in the order in which they first wrote.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct Managers(pub Vec<Manager>);

impl Managers {
    /// Who owns `path`, or something below it: whoever applied it, otherwise whoever wrote it last.
    /// Nobody owns what was defaulted.
    #[must_use]
    pub fn owner_of(&self, path: &[Step]) -> Option<&Manager> {
        let owners = || self.0.iter().filter(|manager| manager.fields.reaches(path));
        owners()
            .rev()
            .find(|manager| manager.applies)
            .or_else(|| owners().max_by(|one, other| one.time.cmp(&other.time)))
    }

    /// Everything that anyone owns.
    fn all_fields(&self) -> FieldSet {
        self.0.iter().fold(FieldSet::default(), |all, manager| all.union(&manager.fields))
    }
}

/// Who owns `path`; see [`Managers::owner_of`].
#[must_use]
pub fn owner_of<'a>(managers: &'a Managers, path: &[Step]) -> Option<&'a Manager> {
    managers.owner_of(path)
}

impl Manager {
    /// Whether a person wrote through it: a client's name, not a component's.
    #[must_use]
    pub fn is_person(&self) -> bool {
        let component = self.name.starts_with("kube-") || matches!(&*self.name, "kubelet" | "cloud-controller-manager");
        !component
    }
}

#[cfg(test)]
mod tests;

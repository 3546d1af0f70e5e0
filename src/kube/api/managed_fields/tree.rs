//! Sets of fields, read out of objects.
// Models sigs.k8s.io/structured-merge-diff typed.ToFieldSet, typed.Compare

use super::{FieldSet, Step};
use crate::document::Value;
use crate::document::schema::{Field, ListKind, Shape, Type};
use std::rc::Rc;

/// How the value at a place is owned.
pub(super) enum Kind {
    /// As a whole.
    Leaf,
    /// Field by field.
    Map,
    /// Item by item, told apart by these keys.
    ListMap(&'static [&'static str]),
    /// Item by item, told apart by value.
    Set,
}

/// A place in the schema; without a type, maps are owned field by field and lists as a whole.
#[derive(Clone, Copy, Default)]
pub(super) struct Place {
    pub ty: Option<Type>,
    field: Option<Field>,
}

impl Place {
    pub fn root(ty: Option<Type>) -> Self {
        Self { ty, field: None }
    }

    fn object(self) -> Option<Type> {
        let ty = self.ty?;
        match ty.shape() {
            Shape::ObjectOrAny(object) => Some(object),
            _ => Some(ty),
        }
    }

    /// The place that a step leads to.
    pub fn step(self, step: &Step) -> Self {
        let object = self.object();
        match step {
            Step::Field(name) => {
                let field = object.and_then(|ty| ty.field(name));
                let ty = field.map(Field::ty).or_else(|| object.and_then(Type::element));
                Self { ty, field }
            }
            _ => Self { ty: object.and_then(Type::element), field: None },
        }
    }

    /// Whether `name` is a field of a struct here, not an entry of a map.
    pub fn is_struct_field(self, step: &Step) -> bool {
        matches!(step, Step::Field(name) if self.object().is_some_and(|ty| ty.field(name).is_some()))
    }

    pub fn kind(self, value: &Value) -> Kind {
        let atomic = self.field.is_some_and(Field::is_atomic) || self.object().is_some_and(Type::is_atomic);
        match value {
            _ if atomic => Kind::Leaf,
            Value::Map(_) => Kind::Map,
            Value::List(_) => match self.field.map(Field::list_kind) {
                Some(ListKind::Map(keys)) => Kind::ListMap(keys),
                Some(ListKind::Set) => Kind::Set,
                _ => Kind::Leaf,
            },
            _ => Kind::Leaf,
        }
    }

    /// The children of a value with their steps, in order.
    pub fn children(self, value: &Value) -> Vec<(Step, &Value)> {
        match (self.kind(value), value) {
            (Kind::Map, Value::Map(map)) => map.iter().map(|(key, value)| (Step::Field(key.clone()), value)).collect(),
            (Kind::ListMap(keys), Value::List(items)) => {
                items.iter().map(|item| (Step::Item(self.item_key(item, keys)), item)).collect()
            }
            (Kind::Set, Value::List(items)) => items.iter().map(|item| (Step::Element(item.clone()), item)).collect(),
            _ => Vec::new(),
        }
    }

    /// What tells an item apart; a key that is not written has its default.
    fn item_key(self, item: &Value, keys: &[&str]) -> Value {
        let element = self.object().and_then(Type::element);
        let mut key = Value::map();
        for name in keys {
            let default = || element.and_then(|ty| ty.field(name)).and_then(Field::default).map(Value::from);
            if let Some(value) = item.get(name).cloned().or_else(default) {
                key.set(&[name], value);
            }
        }
        key
    }
}

/// Identity, and what the server keeps itself: never owned.
// Models k8s.io/apimachinery/pkg/util/managedfields/internal stripMeta
const NOT_OWNED: [&[&str]; 12] = [
    &["apiVersion"],
    &["kind"],
    &["metadata", "name"],
    &["metadata", "namespace"],
    &["metadata", "creationTimestamp"],
    &["metadata", "deletionTimestamp"],
    &["metadata", "deletionGracePeriodSeconds"],
    &["metadata", "selfLink"],
    &["metadata", "uid"],
    &["metadata", "generation"],
    &["metadata", "managedFields"],
    &["metadata", "resourceVersion"],
];

/// The object without what is never owned.
pub(super) fn ownable(object: &Value) -> Value {
    let mut rest = object.clone();
    for path in NOT_OWNED {
        rest.remove(path);
    }
    rest
}

impl FieldSet {
    /// The fields of an object. Without a type (a custom resource), lists are owned as a whole.
    #[must_use]
    pub fn of(object: &Value, ty: Option<Type>) -> Self {
        let mut set = read(&ownable(object), Place::root(ty));
        set.member = false;
        set.without_empty_metadata()
    }

    fn without_empty_metadata(mut self) -> Self {
        let metadata = Step::Field("metadata".into());
        if self.below.get(&metadata).is_some_and(|set| set.below.is_empty()) {
            self.below.remove(&metadata);
        }
        self
    }
}

fn read(value: &Value, place: Place) -> FieldSet {
    let leaf = FieldSet { member: true, ..FieldSet::default() };
    if matches!(place.kind(value), Kind::Leaf) || value.is_empty() {
        return leaf;
    }
    let mut set = FieldSet::default();
    for (step, child) in place.children(value) {
        let mut below = read(child, place.step(&step));
        // Items, and entries that are no fields of a struct, are members themselves.
        let is_entry = !matches!(step, Step::Field(_)) || !place.is_struct_field(&step) && place.ty.is_some();
        below.member |= is_entry || child.is_null();
        set.below.insert(step, below);
    }
    set
}

/// What differs between two objects.
#[derive(Default)]
pub(super) struct Comparison {
    pub added: FieldSet,
    pub modified: FieldSet,
    pub removed: FieldSet,
}

/// Compares what can be owned.
pub(super) fn compare(old: &Value, new: &Value, ty: Option<Type>) -> Comparison {
    let mut found = Comparison::default();
    walk(Some(&ownable(old)), Some(&ownable(new)), Place::root(ty), &mut Vec::new(), &mut found);
    found
}

fn walk(old: Option<&Value>, new: Option<&Value>, place: Place, path: &mut Vec<Step>, found: &mut Comparison) {
    if old == new {
        return;
    }
    match (old, new) {
        (None, Some(_)) => found.added.insert(path),
        (Some(_), None) => found.removed.insert(path),
        _ => {}
    }
    let null = Value::Null;
    let is_leaf = |value: Option<&Value>| value.is_some_and(|value| matches!(place.kind(value), Kind::Leaf));
    // Null takes the shape of the other side.
    let holds = |value: Option<&Value>| value.is_some_and(|value| !value.is_null());
    if (is_leaf(old) && holds(old)) || (is_leaf(new) && holds(new)) {
        if old.is_some() && new.is_some() {
            found.modified.insert(path);
        }
        return;
    }
    let (before, after) = (place.children(old.unwrap_or(&null)), place.children(new.unwrap_or(&null)));
    let find = |list: &[(Step, &Value)], step: &Step| list.iter().position(|(other, _)| other == step);
    for (step, value) in &before {
        let other = find(&after, step).map(|at| after[at].1);
        descend(Some(value), other, step, place, path, found);
    }
    for (step, value) in after.iter().filter(|(step, _)| find(&before, step).is_none()) {
        descend(None, Some(value), step, place, path, found);
    }
}

fn descend(
    old: Option<&Value>,
    new: Option<&Value>,
    step: &Step,
    place: Place,
    path: &mut Vec<Step>,
    found: &mut Comparison,
) {
    path.push(step.clone());
    walk(old, new, place.step(step), path, found);
    path.pop();
}

/// The step that leads to the field `name`.
pub(super) fn field(name: &str) -> Step {
    Step::Field(Rc::from(name))
}

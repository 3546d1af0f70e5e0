//! What `kubectl apply` sends: the change from what is there to what is written, and the removal
//! of what was written before and is no longer.
// Models k8s.io/apimachinery/pkg/util/strategicpatch CreateThreeWayMergePatch, diffMaps

use super::Place;
use super::strategic::{DELETE_FROM, DIRECTIVE, ELEMENT_ORDER, Merge, RETAIN_KEYS};
use crate::document::Value;
use crate::document::schema::Type;

/// The patch that makes `current` what `modified` says, and takes away what only `original` (the
/// last applied configuration) says. Without a type, a plain merge patch.
#[must_use]
pub fn three_way(original: &Value, modified: &Value, current: &Value, ty: Option<Type>) -> Value {
    let place = Place::root(ty);
    let changes = Diff { deletions: false }.map(current, modified, place);
    let deletions = Diff { deletions: true }.map(original, modified, place);
    // Merging two patches of our own making meets no unknown directive.
    Merge { for_server: false }.map(&deletions, &changes, place).unwrap_or(changes)
}

/// Either what is new or different, or what is gone.
#[derive(Clone, Copy)]
struct Diff {
    deletions: bool,
}

impl Diff {
    fn map(self, before: &Value, after: &Value, place: Place) -> Value {
        let mut patch = Value::map();
        for (key, new) in after.entries().filter(|(_, new)| !new.is_null()) {
            match before.get(key) {
                None if self.deletions => {}
                None => patch.set(&[key], new),
                Some(old) => self.field(key, old, new, place.child(key), &mut patch),
            }
        }
        if self.deletions {
            for (key, _) in before.entries() {
                if after.get(key).is_none() {
                    patch.set(&[key], Value::Null);
                }
            }
        }
        let lost = before.entries().any(|(key, old)| !old.is_null() && after.get(key).is_none());
        if place.strategy.retain_keys && after.as_map().is_some() && (!patch.is_empty() || lost) {
            let keys = after.entries().filter(|(_, new)| !new.is_null()).map(|(key, _)| Value::from(key));
            patch.set(&[RETAIN_KEYS], Value::list(keys));
        }
        patch
    }

    fn field(self, key: &str, old: &Value, new: &Value, place: Place, patch: &mut Value) {
        match (old, new) {
            (Value::Map(_), Value::Map(_)) if place.strategy.replace && !self.deletions => {
                patch.set(&[key], new);
            }
            (Value::Map(_), Value::Map(_)) => {
                let below = self.map(old, new, place);
                if !below.is_empty() {
                    patch.set(&[key], below);
                }
            }
            (Value::List(_), Value::List(_)) if place.strategy.merge => {
                self.list(key, old.items(), new.items(), place, patch);
            }
            _ if !self.deletions && old != new => patch.set(&[key], new),
            _ => {}
        }
    }

    // Models k8s.io/apimachinery/pkg/util/strategicpatch diffLists
    fn list(self, key: &str, old: &[Value], new: &[Value], place: Place, patch: &mut Value) {
        let maps = old.iter().chain(new).any(|item| item.as_map().is_some());
        let Some(merge_key) = place.merge_key.filter(|_| maps) else {
            return self.scalars(key, old, new, patch);
        };
        if old.is_empty() {
            if !self.deletions && !new.is_empty() {
                patch.set(&[key], Value::list(new.iter().cloned()));
            }
            return;
        }
        let find = |list: &[Value], item: &Value| {
            list.iter().find(|other| other.get(merge_key) == item.get(merge_key)).cloned()
        };
        // An element's keys are retained where the list says so.
        let element = Place { strategy: place.strategy, ..place.element() };
        let mut changes: Vec<Value> = Vec::new();
        for item in new {
            match find(old, item) {
                Some(before) => {
                    let mut change = self.map(&before, item, element);
                    if !change.is_empty() {
                        change.set(&[merge_key], item.get(merge_key));
                        changes.push(change);
                    }
                }
                None if self.deletions => {}
                None => changes.push(item.clone()),
            }
        }
        if self.deletions {
            for item in old.iter().filter(|item| find(new, item).is_none()) {
                changes
                    .push(Value::from([(merge_key, Value::from(item.get(merge_key))), (DIRECTIVE, "delete".into())]));
            }
        }
        let reordered = !self.deletions && !same_order(old, new, merge_key);
        if !changes.is_empty() || reordered {
            let order = new.iter().map(|item| Value::from([(merge_key, Value::from(item.get(merge_key)))]));
            patch.set(&[&format!("{ELEMENT_ORDER}{key}")], Value::list(order));
        }
        if !changes.is_empty() {
            patch.set(&[key], Value::list(changes));
        }
    }

    fn scalars(self, key: &str, old: &[Value], new: &[Value], patch: &mut Value) {
        let missing = |from: &[Value], list: &[Value]| {
            from.iter().filter(|item| !list.contains(item)).cloned().collect::<Vec<Value>>()
        };
        let added = if self.deletions { Vec::new() } else { missing(new, old) };
        let gone = if self.deletions { missing(old, new) } else { Vec::new() };
        if (!self.deletions && old != new) || !gone.is_empty() {
            patch.set(&[&format!("{ELEMENT_ORDER}{key}")], Value::list(new.iter().cloned()));
        }
        if !added.is_empty() {
            patch.set(&[key], Value::list(added));
        }
        if !gone.is_empty() {
            patch.set(&[&format!("{DELETE_FROM}{key}")], Value::list(gone));
        }
    }
}

/// Whether the elements of `new` that were there before stand as they stood.
// Models k8s.io/apimachinery/pkg/util/strategicpatch isOrderSame
fn same_order(old: &[Value], new: &[Value], merge_key: &str) -> bool {
    old.len() == new.len() && old.iter().zip(new).all(|(old, new)| old.get(merge_key) == new.get(merge_key))
}

//! Kubernetes' own patch, which merges lists by key and has directives besides values.
// Models k8s.io/apimachinery/pkg/util/strategicpatch StrategicMergePatch

use super::Place;
use crate::document::InOrder as _;
use crate::document::Value;
use crate::document::schema::Type;
use std::rc::Rc;

pub(super) const DIRECTIVE: &str = "$patch";
pub(super) const RETAIN_KEYS: &str = "$retainKeys";
pub(super) const DELETE_FROM: &str = "$deleteFromPrimitiveList/";
pub(super) const ELEMENT_ORDER: &str = "$setElementOrder/";

/// Merges `patch` into `target`. Without a type (a custom resource) no list merges by key.
///
/// # Errors
/// What is wrong with the patch, in upstream's words.
pub fn strategic(target: &Value, patch: &Value, ty: Option<Type>) -> Result<Value, String> {
    if patch.as_map().is_none() {
        return Err("json: cannot unmarshal non-object into Go value of type map[string]interface {}".to_owned());
    }
    Merge { for_server: true }.map(target, patch, Place::root(ty))
}

/// Merging into an object drops the directives; merging two patches keeps them.
#[derive(Clone, Copy)]
pub(super) struct Merge {
    pub for_server: bool,
}

impl Merge {
    // Models k8s.io/apimachinery/pkg/util/strategicpatch mergeMap
    pub fn map(self, target: &Value, patch: &Value, place: Place) -> Result<Value, String> {
        match patch.str_at(&[DIRECTIVE]) {
            "" => {}
            "replace" => {
                let mut bare = patch.clone();
                bare.remove_key(DIRECTIVE);
                return Ok(bare);
            }
            "delete" => return Ok(Value::map()),
            "merge" if self.for_server => {}
            other => return Err(format!("unknown patch type found: {other}")),
        }
        let mut merged = if target.as_map().is_some() { target.clone() } else { Value::map() };
        if self.for_server {
            retain_keys(&mut merged, patch);
        }
        let mut patch = patch.clone();
        self.ordered_lists(&mut merged, &mut patch, place)?;
        for (key, change) in patch.entries() {
            if self.for_server && (&**key == RETAIN_KEYS || &**key == DIRECTIVE) {
                continue;
            }
            if let Some(name) = key.strip_prefix(DELETE_FROM).filter(|_| self.for_server) {
                if let Some(held) = merged.get(name) {
                    let kept = held.items().iter().filter(|item| !change.items().contains(item)).cloned();
                    let kept = Value::list(kept);
                    merged.set(&[name], kept);
                }
                continue;
            }
            if change.is_null() {
                merged.remove_key(key);
                if !self.for_server {
                    merged.map_mut().insert(key.clone(), Value::Null);
                }
                continue;
            }
            let new = match merged.get(key) {
                Some(held) => self.value(held, change, place.child(key))?,
                None if self.for_server => bare(change),
                None => change.clone(),
            };
            merged.map_mut().insert(key.clone(), new);
        }
        Ok(merged)
    }

    fn value(self, held: &Value, change: &Value, place: Place) -> Result<Value, String> {
        match (held, change) {
            (Value::Map(_), Value::Map(_)) if !place.strategy.replace => self.map(held, change, place),
            (Value::List(_), Value::List(_)) if place.strategy.merge => self.list(held.items(), change.items(), place),
            _ if self.for_server => Ok(bare(change)),
            _ => Ok(change.clone()),
        }
    }

    /// Lists whose order the patch states: merged, then put into that order.
    // Models k8s.io/apimachinery/pkg/util/strategicpatch mergePatchIntoOriginal
    fn ordered_lists(self, merged: &mut Value, patch: &mut Value, place: Place) -> Result<(), String> {
        let orders: Vec<(Rc<str>, Value)> = patch
            .entries()
            .filter(|(key, _)| key.starts_with(ELEMENT_ORDER))
            .map(|(key, order)| (key.clone(), order.clone()))
            .collect();
        for (key, order) in orders {
            patch.remove_key(&key);
            if !self.for_server {
                merged.map_mut().insert(key, order);
                continue;
            }
            let name = key.trim_start_matches(ELEMENT_ORDER);
            let list = place.child(name);
            let held = merged.get(name).cloned();
            let deleted = patch.get(&format!("{DELETE_FROM}{name}")).cloned().unwrap_or_default();
            let change = patch.get(name).cloned();
            patch.remove_key(name);
            patch.remove_key(&format!("{DELETE_FROM}{name}"));
            let before = held.clone().unwrap_or_default();
            let items = match (held, change) {
                (None, None) => continue,
                (Some(held), None) => held,
                (None, Some(change)) => bare(&change),
                (Some(held), Some(change)) => self.list(held.items(), change.items(), list)?,
            };
            let kept: Vec<Value> =
                items.items().iter().filter(|item| !deleted.items().contains(item)).cloned().collect();
            let ordered = in_order(kept, order.items(), before.items(), list.merge_key);
            merged.set(&[name], Value::list(ordered));
        }
        Ok(())
    }

    // Models k8s.io/apimachinery/pkg/util/strategicpatch mergeSlice
    fn list(self, held: &[Value], change: &[Value], place: Place) -> Result<Value, String> {
        let maps = held.iter().chain(change).any(|item| item.as_map().is_some());
        let key = place.merge_key.filter(|_| maps);
        let mut merged: Vec<Value> = held.to_vec();
        if self.for_server && change.iter().any(|item| item.str_at(&[DIRECTIVE]) == "replace") {
            let kept = change.iter().filter(|item| item.get(DIRECTIVE).is_none()).cloned();
            return Ok(Value::list(kept));
        }
        for item in change {
            let place_of = |merged: &[Value]| merged.iter().position(|other| same(other, item, key));
            match (self.for_server && item.str_at(&[DIRECTIVE]) == "delete", place_of(&merged)) {
                (true, Some(_)) => merged.retain(|other| !same(other, item, key)),
                (true, None) => {}
                (false, Some(at)) if key.is_some() => merged[at] = self.map(&merged[at], item, place.element())?,
                (false, Some(_)) => {}
                (false, None) if self.for_server => merged.push(bare(item)),
                (false, None) => merged.push(item.clone()),
            }
        }
        Ok(Value::list(in_order(merged, change, held, key)))
    }
}

/// Whether two elements are the same one: by their key, or by value.
fn same(one: &Value, other: &Value, key: Option<&str>) -> bool {
    match key {
        Some(key) => one.get(key).is_some() && one.get(key) == other.get(key),
        None => one == other,
    }
}

/// Takes away keys that the patch says are not to be kept.
fn retain_keys(merged: &mut Value, patch: &Value) {
    let Some(kept) = patch.get(RETAIN_KEYS) else { return };
    let gone: Vec<Rc<str>> = merged
        .entries()
        .map(|(key, _)| key.clone())
        .filter(|key| !kept.items().iter().any(|one| one.as_str() == Some(key)))
        .collect();
    for key in gone {
        merged.remove_key(&key);
    }
}

/// A patch's value without directives and nulls.
fn bare(value: &Value) -> Value {
    match value {
        Value::Map(map) => {
            let kept = map.iter().filter(|(key, value)| !key.starts_with('$') && !value.is_null());
            kept.map(|(key, value)| (key.clone(), bare(value))).collect::<crate::document::Map>().into()
        }
        Value::List(items) => {
            let deleted = |item: &&Value| item.str_at(&[DIRECTIVE]) != "delete";
            Value::list(items.iter().filter(deleted).map(bare))
        }
        other => other.clone(),
    }
}

/// Elements that the patch names stand in its order, the others in that of the object.
// Models k8s.io/apimachinery/pkg/util/strategicpatch normalizeElementOrder
fn in_order(items: Vec<Value>, patch: &[Value], server: &[Value], key: Option<&str>) -> Vec<Value> {
    let place = |list: &[Value], item: &Value| list.iter().position(|other| same(other, item, key));
    let (mut named, mut others): (Vec<Value>, Vec<Value>) =
        items.into_iter().partition(|item| place(patch, item).is_some());
    named.order_by_key(|item| place(patch, item));
    others.order_by_key(|item| place(server, item).unwrap_or(usize::MAX));
    let mut sorted = Vec::new();
    let (mut named, mut others) = (named.into_iter().peekable(), others.into_iter().peekable());
    loop {
        let first_is_other = match (others.peek(), named.peek()) {
            (Some(other), Some(one)) => {
                matches!((place(server, other), place(server, one)), (Some(left), Some(right)) if left < right)
            }
            (Some(_), None) => true,
            (None, Some(_)) => false,
            (None, None) => return sorted,
        };
        sorted.extend(if first_is_other { others.next() } else { named.next() });
    }
}

//! Server-side apply, and what other writes do to ownership.
// Models sigs.k8s.io/structured-merge-diff merge.Updater

use super::tree::{Kind, Place, compare, field};
use super::{FieldSet, Manager, Managers, Step, wire};
use crate::document::InOrder as _;
use crate::document::Value;
use crate::document::schema::{self, Type};
use std::fmt::Write;
use std::rc::Rc;

/// A field that somebody else owns and that an apply would change.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Conflict {
    /// Who owns it, as messages name them: `"kubectl" using apps/v1`.
    pub manager: String,
    /// The field, as messages name it: `.spec.replicas`.
    pub path: String,
}

/// The message of a refused apply.
// Models k8s.io/apimachinery/pkg/util/managedfields/internal getConflictMessage
#[must_use]
pub fn conflict_message(conflicts: &[Conflict]) -> String {
    if let [one] = conflicts {
        return format!("Apply failed with 1 conflict: conflict with {}: {}", one.manager, one.path);
    }
    let mut message = format!("Apply failed with {} conflicts: ", conflicts.len());
    let mut last = "";
    for (index, conflict) in conflicts.iter().enumerate() {
        if index > 0 {
            message.push('\n');
        }
        if conflict.manager != last {
            let _ = writeln!(message, "conflicts with {}:", conflict.manager);
            last = &conflict.manager;
        }
        let _ = write!(message, "- {}", conflict.path);
    }
    message
}

/// Server-side apply: `config` merged into `live`, without what `manager` applied before and no
/// longer does. Defaults are the caller's, before and after.
///
/// # Errors
/// The fields that others own with another value, unless `force`.
pub fn apply(
    live: (&Value, &Managers),
    config: &Value,
    manager: &str,
    force: bool,
    now: &str,
    ty: impl Into<Option<Type>>,
) -> Result<(Value, Managers), Vec<Conflict>> {
    let ty = ty.into();
    let (live, managers) = live;
    let mut managers = managers.clone();
    let at = managers.0.iter().position(|one| one.applies && &*one.name == manager && one.subresource.is_empty());
    let before = at.map(|at| managers.0[at].fields.clone()).unwrap_or_default();
    let fields = FieldSet::of(config, ty);
    let changed = fields != before;
    match at {
        Some(at) => managers.0[at].fields = fields,
        None => managers.0.push(Manager {
            name: manager.into(),
            applies: true,
            subresource: Rc::from(""),
            time: now.into(),
            fields,
        }),
    }
    let mut merged = merge(Some(live), config, Place::root(ty));
    prune(&mut merged, &before, Some(&managers.all_fields()), Place::root(ty));
    let own = at.unwrap_or(managers.0.len() - 1);
    let changes = compare(live, &merged, ty);
    take_over(&mut managers, own, &changes.added.union(&changes.modified), &changes.removed, force, config)?;
    if changed {
        managers.0[own].time = now.into();
    }
    managers.0.retain(|one| !one.fields.is_empty());
    Ok((merged, managers))
}

/// Everything in `config` over everything in `live`.
// Models sigs.k8s.io/structured-merge-diff typed.Merge
fn merge(live: Option<&Value>, config: &Value, place: Place) -> Value {
    let Some(live) = live.filter(|live| !live.is_null()) else { return config.clone() };
    match place.kind(config) {
        Kind::Leaf => config.clone(),
        Kind::Map => {
            let mut merged = live.clone();
            for (key, value) in config.entries() {
                let below = merge(live.get(key), value, place.step(&Step::Field(key.clone())));
                merged.set(&[key], below);
            }
            merged
        }
        Kind::ListMap(_) | Kind::Set => merge_list(live, config, place),
    }
}

/// Items in the order of the config; those that only the object has keep their neighbours.
fn merge_list(live: &Value, config: &Value, place: Place) -> Value {
    let (had, wanted) = (place.children(live), place.children(config));
    let listed = |list: &[(Step, &Value)], step: &Step| list.iter().position(|(other, _)| other == step);
    let mut merged: Vec<Value> = Vec::new();
    let mut rest = had.iter().peekable();
    for (step, item) in &wanted {
        let before = listed(&had, step);
        // Items of the object that stand before this one in it come first.
        if let Some(place_of) = before {
            while let Some((other, value)) = rest.peek() {
                if listed(&had, other) >= Some(place_of) {
                    break;
                }
                if listed(&wanted, other).is_none() {
                    merged.push((*value).clone());
                }
                rest.next();
            }
        }
        merged.push(merge(before.map(|at| had[at].1), item, place.step(step)));
    }
    merged.extend(rest.filter(|(other, _)| listed(&wanted, other).is_none()).map(|(_, value)| (*value).clone()));
    Value::list(merged)
}

/// Takes away what was owned before and is owned by nobody now.
// Models sigs.k8s.io/structured-merge-diff merge.Updater.prune
fn prune(value: &mut Value, before: &FieldSet, owned: Option<&FieldSet>, place: Place) {
    for (step, was) in before.children() {
        let owned_below = owned.and_then(|owned| owned.child(step)).filter(|set| !set.is_empty());
        let named = place.is_struct_field(step);
        if owned_below.is_none() && (was.is_member() || named) {
            remove(value, step, place);
        } else {
            change(value, step, place, |child| prune(child, was, owned_below, place.step(step)));
        }
    }
}

fn position(value: &Value, step: &Step, place: Place) -> Option<usize> {
    place.children(value).iter().position(|(other, _)| other == step)
}

fn remove(value: &mut Value, step: &Step, place: Place) {
    match step {
        Step::Field(name) => drop(value.remove(&[name])),
        _ => {
            if let Some(at) = position(value, step, place) {
                value.items_mut().remove(at);
            }
        }
    }
}

/// Changes what `step` leads to; what becomes empty by it goes.
fn change(value: &mut Value, step: &Step, place: Place, with: impl FnOnce(&mut Value)) {
    let slot = match step {
        Step::Field(name) if value.get(name).is_some() => value.at_mut(&[name]),
        Step::Field(_) => return,
        _ => match position(value, step, place) {
            Some(at) => &mut value.items_mut()[at],
            None => return,
        },
    };
    let was_empty = slot.is_empty();
    with(slot);
    if !was_empty && slot.is_empty() && matches!(step, Step::Field(_)) {
        remove(value, step, place);
    }
}

/// Takes changed fields from everybody but `own`.
// Models sigs.k8s.io/structured-merge-diff merge.Updater.update
fn take_over(
    managers: &mut Managers,
    own: usize,
    written: &FieldSet,
    removed: &FieldSet,
    force: bool,
    object: &Value,
) -> Result<(), Vec<Conflict>> {
    if !force {
        let mut conflicts = Vec::new();
        for (_, other) in managers.0.iter().enumerate().filter(|(index, _)| *index != own) {
            let manager = wire::shown_manager(other, object.str_at(&["apiVersion"]));
            let taken = other.fields.intersection(written);
            let paths = taken.paths();
            conflicts
                .extend(paths.iter().map(|path| Conflict { manager: manager.clone(), path: wire::shown_path(path) }));
        }
        if !conflicts.is_empty() {
            conflicts.order_by(|one, other| (&one.manager, &one.path).cmp(&(&other.manager, &other.path)));
            return Err(conflicts);
        }
    }
    for (_, other) in managers.0.iter_mut().enumerate().filter(|(index, _)| *index != own) {
        other.fields = other.fields.difference(written).difference(removed);
    }
    Ok(())
}

/// Who owns what after `manager` wrote `new` over `old` (null: created it): whoever writes a field
/// owns it.
#[must_use]
pub fn update(
    old: (&Value, &Managers),
    new: &Value,
    manager: &str,
    subresource: &str,
    now: &str,
    ty: impl Into<Option<Type>>,
) -> Managers {
    let ty = ty.into();
    let (old, managers) = old;
    let mut managers = managers.clone();
    // A new object is compared with what Go serves when nothing is set.
    let nothing = ty.map(|ty| schema::served(&Value::map(), ty)).unwrap_or_else(Value::map);
    let changes = compare(if old.is_null() { &nothing } else { old }, new, ty);
    let written = changes.added.union(&changes.modified);
    let at =
        managers.0.iter().position(|one| !one.applies && &*one.name == manager && &*one.subresource == subresource);
    if at.is_none() && written.is_empty() && changes.removed.is_empty() {
        return managers;
    }
    let own = at.unwrap_or_else(|| {
        managers.0.push(Manager {
            name: manager.into(),
            applies: false,
            subresource: subresource.into(),
            time: now.into(),
            fields: FieldSet::default(),
        });
        managers.0.len() - 1
    });
    // Forced: there is nobody to ask.
    let _ = take_over(&mut managers, own, &written, &changes.removed, true, new);
    let fields = managers.0[own].fields.difference(&changes.removed).union(&written);
    if fields != managers.0[own].fields || !written.is_empty() {
        managers.0[own].time = now.into();
    }
    managers.0[own].fields = without_server_fields(fields);
    managers.0.retain(|one| !one.fields.is_empty());
    managers
}

/// The root and an untouched `metadata` are nobody's.
fn without_server_fields(mut fields: FieldSet) -> FieldSet {
    fields.member = false;
    if fields.child(&field("metadata")).is_some_and(FieldSet::is_empty) {
        fields.below.remove(&field("metadata"));
    }
    fields
}

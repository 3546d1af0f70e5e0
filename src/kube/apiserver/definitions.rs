//! What the server does for CustomResourceDefinitions: it accepts their names, serves them, and takes their
//! objects away with them. Upstream's controllers for this run inside the server and need no time to speak of.
// Models apiextensions-apiserver/pkg/controller/{status,establish,finalizer}

use super::create::set_condition;
use super::update::may_go;
use super::{ApiServer, Written};
use crate::document::{Value, shared};
use crate::kube::api::managed_fields::{Ownership, Write};
use crate::kube::api::{Key, Object, Request, Resource, User, Verb, meta};
use crate::sim::{self, SimTime};
use crate::tree;
use std::rc::Rc;

/// Keeps a definition until its objects are gone.
const CLEANUP: &str = "customresourcecleanup.apiextensions.k8s.io";

/// What is told of a definition from the moment it is to be deleted.
// Models registry/customresourcedefinition/etcd.go Delete
pub(super) fn begin_end(definition: &mut Value, now: SimTime) {
    let finalizers = definition.at_mut(&["metadata", "finalizers"]).items_mut();
    if !finalizers.iter().any(|known| known.as_str() == Some(CLEANUP)) {
        finalizers.push(CLEANUP.into());
    }
    let message = "CustomResourceDefinition marked for deletion; CustomResource deletion will be initiated soon";
    set_condition(definition, condition("Terminating", true, "InstanceDeletionPending", message, now));
}

fn condition(kind: &str, is_true: bool, reason: &str, message: &str, now: SimTime) -> Value {
    tree!({
        "type": kind,
        "status": if is_true { "True" } else { "False" },
        "lastTransitionTime": now.rfc3339(),
        "reason": reason,
        "message": message,
    })
}

impl ApiServer {
    /// Brings every definition to where it should be, after one was written or an object of one went.
    pub(super) fn tend_definitions(&mut self, now: SimTime, written: &mut Vec<Written>) {
        let resource = Resource::CUSTOM_RESOURCE_DEFINITIONS;
        let all: Vec<(Key, Rc<Object>)> = {
            let seen = self.snapshot(now);
            seen.list(resource, "").map(|object| (Key::new(resource, "", meta::name(object)), object.clone())).collect()
        };
        for (key, object) in all {
            if meta::is_deleting(&object) {
                self.end_definition(now, &key, &object, written);
            } else {
                self.accept_names(now, &key, written);
            }
        }
    }

    /// Accepts the names that no other definition of the group has, and serves the kind then.
    // Models naming_controller.go calculateNamesAndConditions, establishing_controller.go
    fn accept_names(&mut self, now: SimTime, key: &Key, written: &mut Vec<Written>) {
        let Some(object) = self.etcd.get(key).cloned() else { return };
        let mut value = object.value.clone();
        let (accepted, conflict) = self.names_of(now, key, &value);
        value.set(&["status", "acceptedNames"], accepted);
        let told = match &conflict {
            None => condition("NamesAccepted", true, "NoConflicts", "no conflicts found", now),
            Some((reason, message)) => condition("NamesAccepted", false, reason, message, now),
        };
        change_condition(&mut value, told);
        store_version(&mut value);
        if !meta::is_condition_true(&value, "Established") {
            let message = "the initial names have been accepted";
            let told = match conflict {
                None => condition("Established", false, "Installing", message, now),
                Some(_) => condition("Established", false, "NotAccepted", "not all names are accepted", now),
            };
            change_condition(&mut value, told);
        }
        self.put_status(now, key, &object, value, written);
        let Some(object) = self.etcd.get(key).cloned() else { return };
        let accepted = meta::is_condition_true(&object, "NamesAccepted");
        if accepted && !meta::is_condition_true(&object, "Established") {
            let mut value = object.value.clone();
            let message = "the initial names have been accepted";
            change_condition(&mut value, condition("Established", true, "InitialNamesAccepted", message, now));
            self.put_status(now, key, &object, value, written);
        }
    }

    /// The names that a definition gets, and the first that it does not get.
    fn names_of(&self, now: SimTime, key: &Key, value: &Value) -> (Value, Option<(String, String)>) {
        let group = value.str_at(&["spec", "group"]);
        let seen = self.snapshot(now);
        let others: Vec<&Value> = seen
            .list(key.resource, "")
            .filter(|other| meta::name(other) != &*key.name && other.str_at(&["spec", "group"]) == group)
            .filter_map(|other| other.at(&["status", "acceptedNames"]))
            .collect();
        // Plural, singular and short names share one space, kinds and list kinds another.
        let names = |fields: &[&str], name: &str| {
            others.iter().any(|other| {
                fields.iter().any(|field| {
                    other.str_at(&[field]) == name
                        || other.items_at(&[field]).iter().any(|it| it.as_str() == Some(name))
                })
            })
        };
        let (resources, kinds) = (&["plural", "singular", "shortNames"][..], &["kind", "listKind"][..]);
        let wanted = value.at(&["spec", "names"]).cloned().unwrap_or_default();
        let had = value.at(&["status", "acceptedNames"]).cloned().unwrap_or_default();
        let mut accepted = wanted.clone();
        let mut conflict = None;
        for (field, reason, fields) in [
            ("plural", "PluralConflict", resources),
            ("singular", "SingularConflict", resources),
            ("shortNames", "ShortNamesConflict", resources),
            ("kind", "KindConflict", kinds),
            ("listKind", "ListKindConflict", kinds),
        ] {
            let Some(asked) = wanted.get(field) else { continue };
            let texts = asked.as_str().into_iter().chain(asked.items().iter().filter_map(Value::as_str));
            let taken: Vec<String> =
                texts.filter(|name| names(fields, name)).map(|name| format!("\"{name}\" is already in use")).collect();
            if !taken.is_empty() {
                let message = if taken.len() == 1 { taken.concat() } else { format!("[{}]", taken.join(", ")) };
                conflict.get_or_insert((reason.to_owned(), message));
                match had.get(field) {
                    Some(kept) => accepted.set(&[field], kept.clone()),
                    None => drop(accepted.remove(&[field])),
                }
            }
        }
        (accepted, conflict)
    }

    /// Takes the objects of a definition away, then the definition.
    // Models crd_finalizer.go
    fn end_definition(&mut self, now: SimTime, key: &Key, object: &Rc<Object>, written: &mut Vec<Written>) {
        let is_kept = |object: &Value| {
            object.items_at(&["metadata", "finalizers"]).iter().any(|known| known.as_str() == Some(CLEANUP))
        };
        if !is_kept(object) {
            return;
        }
        let served = self.etcd.custom().iter().find(|it| *it.resource.qualified() == *key.name).map(|it| it.resource);
        let keys = |api: &Self| -> Vec<Key> {
            let Some(resource) = served else { return Vec::new() };
            let first = Key { resource, namespace: "".into(), name: "".into() };
            let below = api.etcd.iter_from(&first).take_while(|(key, _)| key.resource == resource);
            below.map(|(key, _)| key.clone()).collect()
        };
        for key in keys(self) {
            let deletion = Request::new(User::admin(), Verb::Delete, &key);
            if let Ok((_, more)) = self.delete(now, &deletion) {
                written.extend(more);
            }
        }
        let mut value = object.value.clone();
        if !keys(self).is_empty() {
            let message = "CustomResource deletion is in progress";
            change_condition(&mut value, condition("Terminating", true, "InstanceDeletionInProgress", message, now));
            return self.put_status(now, key, object, value, written);
        }
        change_condition(
            &mut value,
            condition("Terminating", false, "InstanceDeletionCompleted", "removed all instances", now),
        );
        value.at_mut(&["metadata", "finalizers"]).items_mut().retain(|known| known.as_str() != Some(CLEANUP));
        if value.items_at(&["metadata", "finalizers"]).is_empty() {
            value.remove(&["metadata", "finalizers"]);
        }
        if may_go(&value) {
            let last = Rc::new(Object { value, managers: object.managers.clone() });
            written.extend(self.remove(key, &last));
        } else {
            self.put_status(now, key, object, value, written);
        }
    }

    fn put_status(&mut self, now: SimTime, key: &Key, old: &Object, new: Value, written: &mut Vec<Written>) {
        if new == old.value {
            return;
        }
        let managers = match super::schema_of(key.resource) {
            Some(ty) => Ownership::after(Write {
                old: (old.value.clone(), old.managers.clone()),
                new: new.clone(),
                manager: shared("kube-apiserver"),
                subresource: "status",
                now,
                ty,
            }),
            None => old.managers.clone(),
        };
        written.push(self.put(key.clone(), new, managers, sim::Verb::UpdateStatus));
    }
}

/// Tells a condition, unless it is told already.
fn change_condition(object: &mut Value, told: Value) {
    let words = |condition: &Value| ["status", "reason", "message"].map(|field| condition.str_at(&[field]).to_owned());
    let known = meta::condition(object, told.str_at(&["type"]));
    if known.is_none_or(|known| words(known) != words(&told)) {
        set_condition(object, told);
    }
}

/// Remembers that objects may be stored in the version that is the storage version now.
// Models registry/customresourcedefinition/strategy.go PrepareForUpdate
fn store_version(object: &mut Value) {
    let versions = object.items_at(&["spec", "versions"]).iter();
    let stored = versions.filter(|version| version.is_true_at(&["storage"])).find_map(|it| it.get("name").cloned());
    let Some(stored) = stored else { return };
    if !object.items_at(&["status", "storedVersions"]).contains(&stored) {
        object.at_mut(&["status", "storedVersions"]).items_mut().push(stored);
    }
}

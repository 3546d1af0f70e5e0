//! Replacing and patching, server-side apply among it.
// Models k8s.io/apiserver/pkg/registry/generic/registry Store.Update, endpoints/handlers patch.go

use super::create::manager_name;
use super::{ApiServer, Handled, admission, decode_as, schema_of, serve};
use crate::document::{Map, Value, is_same, shared};
use crate::kube::api::managed_fields::{self, Managers, Ownership, Write};
use crate::kube::api::{
    ApiError, Key, Object, PatchType, Reason, Reply, Request, Resource, Verb, defaulting, meta, patch, validation,
};
use crate::kube::authorization::escalation;
use crate::sim::{self, SimTime};
use std::rc::Rc;

/// What a client that read an older version is told.
const MODIFIED: &str = "the object has been modified; please apply your changes to the latest version and try again";

impl ApiServer {
    pub(super) fn update(&mut self, now: SimTime, request: &Request) -> Handled {
        let key = request.key();
        if request.verb == Verb::Patch(PatchType::Apply) && self.etcd.get(&key).is_none() {
            return self.create_by_apply(now, request);
        }
        let old = self.stored(&key)?;
        let mut unknown = request.options.lenient.then(Vec::new);
        let (new, applied) = self.wanted(now, request, &old, &mut unknown)?;
        let (mut reply, written) = self.store_update(now, request, &old, new, applied)?;
        if let Reply::Object { warnings, .. } = &mut reply {
            warnings.splice(0..0, unknown.into_iter().flatten());
        }
        Ok((reply, written))
    }

    /// Server-side apply of what does not exist yet is a creation.
    fn create_by_apply(&mut self, now: SimTime, request: &Request) -> Handled {
        let creation = Request { verb: Verb::Create, name: "".into(), ..request.clone() };
        self.authorize(now, &creation)?;
        let root = schema_of(request.resource);
        let (reply, mut written) = self.create(now, &creation)?;
        if let (Some(root), Some(written)) = (root, written.last_mut()) {
            let live = written.object();
            let mut config = request.body.clone();
            defaulting::to_stored(request.resource, &mut config);
            let empty = Managers::default();
            let applied = managed_fields::apply(
                (&Value::map(), &empty),
                &config,
                &request.options.field_manager,
                true,
                &now.rfc3339(),
                root,
            );
            if let Ok((_, managers)) = applied {
                let object = Rc::new(Object { value: live, managers: managers.into() });
                self.etcd.amend(&written.change.key, object.clone());
                written.change.value = object;
            }
        }
        Ok((reply, written))
    }

    /// The object that the request wants, before defaulting; with the managers that a server-side
    /// apply computed.
    fn wanted(
        &self,
        now: SimTime,
        request: &Request,
        old: &Object,
        unknown: &mut Option<Vec<String>>,
    ) -> Result<(Value, Option<Managers>), ApiError> {
        let resource = request.resource;
        let bad = |message: String| ApiError::new(Reason::BadRequest, message);
        let root = schema_of(resource);
        // A patch is of what the client reads, which may be another version than what is stored.
        let mut shown = old.value.clone();
        defaulting::from_stored(resource, &mut shown, &request.version);
        let wanted = match request.verb {
            Verb::Patch(PatchType::Json) => patch::json_patch(&shown, &request.body).map_err(|_| unfit_patch())?,
            Verb::Patch(PatchType::Merge) => patch::merge_patch(&shown, &request.body),
            Verb::Patch(PatchType::Strategic) => patch::strategic(&shown, &request.body, root).map_err(bad)?,
            Verb::Patch(PatchType::Apply) => {
                // Types are checked on the whole; ownership counts what was written, as it was written.
                decode_as(resource, &request.body, None, unknown)?;
                let mut config = request.body.clone();
                defaulting::to_stored(resource, &mut config);
                let Some(root) = root else { return Ok((config, None)) };
                let manager = &request.options.field_manager;
                let live = (&old.value, &*old.managers);
                let force = request.options.force;
                return match managed_fields::apply(live, &config, manager, force, &now.rfc3339(), root) {
                    Ok((merged, managers)) => {
                        let decoded = decode_as(resource, &merged, Some(&old.value), &mut unknown.clone())?;
                        Ok((decoded, Some(managers)))
                    }
                    Err(conflicts) => Err(apply_conflict(&conflicts)),
                };
            }
            _ => request.body.clone(),
        };
        let mut wanted = decode_as(resource, &wanted, Some(&old.value), unknown)?;
        defaulting::to_stored(resource, &mut wanted);
        Ok((wanted, None))
    }

    /// Everything between the wanted object and storage.
    fn store_update(
        &mut self,
        now: SimTime,
        request: &Request,
        old: &Rc<Object>,
        mut new: Value,
        applied: Option<Managers>,
    ) -> Handled {
        let resource = request.resource;
        let key = request.key();
        check_identity(resource, &key, &new, old)?;
        keep_system_metadata(&mut new, old);
        if differs_in_wish(&new, &old.value) {
            defaulting::default_object(resource, &mut new);
        } else {
            // What is filled in depends on nothing else, and was filled in before.
            defaulting::canonicalize(resource, &mut new, &["status"]);
        }
        admission::mutate_update(self, now, &mut new, old, resource)?;
        escalation::check(&self.snapshot(now), request, &new, Some(&old.value))?;
        defaulting::prepare_for_update(resource, &mut new, &old.value, request.subresource);
        serve(resource, &mut new, Some(&old.value));
        self.keep_allocated(&mut new, resource, &old.value);
        let unfit = Self::settle_families(&mut new, resource, Some(&old.value));
        if !unfit.is_empty() {
            return Err(ApiError::invalid(resource, &key.name, unfit));
        }
        let not_given = self.allocate(&mut new, resource, Some(&old.value));
        let mut causes = validation::validate_update(resource, &new, &old.value, request.subresource);
        if causes.is_empty() {
            causes = not_given;
        }
        if !causes.is_empty() {
            return Err(ApiError::invalid(resource, &key.name, causes));
        }
        let admitted = if request.subresource.is_empty() {
            admission::validate(&self.snapshot(now), resource, &new, Some(&old.value))?
        } else {
            admission::Admitted::default()
        };
        // Models the status strategies' WarningsOnUpdate: what is only reported is not warned of.
        let mut warnings = validation::lifecycle_warnings(resource);
        if request.subresource.is_empty() {
            warnings = self.only_stored(request, Some(&old.value));
            warnings.extend(validation::warnings(resource, &new, false));
        }
        warnings.extend(admitted.warnings);
        let reply = |mut object: Value| {
            defaulting::from_stored(resource, &mut object, &request.version);
            Reply::Object { object, created: false, warnings }
        };
        if meta::resource_version(&new) != meta::resource_version(old) {
            new.set(&["metadata", "resourceVersion"], meta::resource_version(old));
        }
        let is_same_ownership = applied.as_ref().is_none_or(|managers| same_ownership(managers, &old.managers));
        let is_changed = new != old.value;
        if request.options.dry_run || !is_changed && is_same_ownership {
            return Ok((reply(new), Vec::new()));
        }
        let goes = may_go(&new);
        let mut all = if goes { Vec::new() } else { self.charge(admitted.charges) };
        if is_changed && !goes {
            // What is remembered for ownership is what is stored, and shares its memory.
            self.write_revision(&mut new);
        }
        let managers = match (applied, schema_of(resource)) {
            (Some(managers), _) => Ownership::from(managers),
            (None, Some(ty)) if is_changed => Ownership::after(Write {
                old: (old.value.clone(), old.managers.clone()),
                new: new.clone(),
                manager: shared(manager_name(request)),
                subresource: request.subresource,
                now,
                ty,
            }),
            _ => old.managers.clone(),
        };
        let verb = if request.subresource == "status" { sim::Verb::UpdateStatus } else { sim::Verb::Update };
        if goes {
            let last = Rc::new(Object { value: new.clone(), managers });
            let written = self.remove(&key, &last).into_iter().collect();
            return Ok((reply(new), written));
        }
        let written = self.put(key, new, managers, verb);
        let object = written.object();
        all.push(written);
        Ok((reply(object), all))
    }

    /// Stores a change that the server itself makes to an object (a deletion mark, a finalizer).
    pub(super) fn mark(&mut self, key: &Key, old: &Object, value: Value, verb: sim::Verb) -> super::Written {
        self.put(key.clone(), value, old.managers.clone(), verb)
    }
}

/// Whether a deleted object waits for nothing any more.
pub(super) fn may_go(object: &Value) -> bool {
    meta::is_deleting(object)
        && object.items_at(&["metadata", "finalizers"]).is_empty()
        && object.items_at(&["spec", "finalizers"]).is_empty()
        && object.int_at(&["metadata", "deletionGracePeriodSeconds"]).unwrap_or_default() == 0
}

pub(super) fn check_identity(resource: Resource, key: &Key, new: &Value, old: &Object) -> Result<(), ApiError> {
    let said = meta::name(new);
    if !said.is_empty() && said != &*key.name {
        let message = format!("the name of the object ({said}) does not match the name on the URL ({})", key.name);
        return Err(ApiError::new(Reason::BadRequest, message));
    }
    let uid = meta::uid(new);
    if !uid.is_empty() && uid != meta::uid(old) {
        let detail = format!("Precondition failed: UID in precondition: {uid}, UID in object meta: {}", meta::uid(old));
        return Err(ApiError::conflict(resource, &key.name, &detail));
    }
    let version = meta::resource_version(new);
    if !version.is_empty() && version != meta::resource_version(old) {
        return Err(ApiError::conflict(resource, &key.name, MODIFIED));
    }
    Ok(())
}

/// Whether two versions of an object differ in more than their status and what is kept about them.
fn differs_in_wish(new: &Value, old: &Value) -> bool {
    let (Some(one), Some(other)) = (new.as_map(), old.as_map()) else { return true };
    let wish = |map: &'_ Map| -> Vec<(Rc<str>, Value)> {
        let keys = map.iter().filter(|(key, _)| !matches!(&***key, "status" | "metadata"));
        keys.map(|(key, value)| (key.clone(), value.clone())).collect()
    };
    let (one, other) = (wish(one), wish(other));
    one.len() != other.len()
        || one.iter().zip(&other).any(|((key, value), (name, was))| key != name || !is_same(value, was))
        || meta::labels(new) != meta::labels(old)
        || new.at(&["metadata", "annotations"]) != old.at(&["metadata", "annotations"])
}

/// What only the system writes stays as it was.
// Models k8s.io/apiserver/pkg/registry/rest BeforeUpdate
pub(super) fn keep_system_metadata(new: &mut Value, old: &Value) {
    for field in [
        "name",
        "namespace",
        "uid",
        "creationTimestamp",
        "deletionTimestamp",
        "deletionGracePeriodSeconds",
        "generation",
        "generateName",
    ] {
        let path = ["metadata", field];
        match old.at(&path) {
            Some(kept) if new.at(&path) == Some(kept) => {}
            Some(kept) => new.set(&path, kept),
            None => drop(new.remove(&path)),
        }
    }
    new.remove(&["metadata", "managedFields"]);
    for field in ["apiVersion", "kind"] {
        if new.str_at(&[field]) != old.str_at(&[field]) {
            new.set(&[field], old.str_at(&[field]));
        }
    }
}

/// Whether two lists of managers differ in nothing but times.
pub(super) fn same_ownership(new: &Managers, old: &Managers) -> bool {
    new.0.len() == old.0.len()
        && new.0.iter().zip(&old.0).all(|(new, old)| {
            new.name == old.name
                && new.applies == old.applies
                && new.subresource == old.subresource
                && new.fields == old.fields
        })
}

pub(super) fn apply_conflict(conflicts: &[managed_fields::Conflict]) -> ApiError {
    ApiError::new(Reason::Conflict, managed_fields::conflict_message(conflicts))
}

/// What a JSON patch that does not fit the object is answered with: its own words stay with the server.
// Models apiserver/pkg/endpoints/handlers/patch.go jsonPatcher.applyPatchToCurrentObject
pub(super) fn unfit_patch() -> ApiError {
    ApiError::new(Reason::Invalid, "the server rejected our request due to an error in our request")
}

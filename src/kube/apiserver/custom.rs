//! Requests about what CustomResourceDefinitions add. Such objects are pruned, defaulted and checked by
//! their schema, and live in one version while they are read and written in several.
// Models apiextensions-apiserver/pkg/apiserver/customresource_handler.go

use super::create::{manager_name, place_in_namespace};
use super::scale::scale_with;
use super::update::{apply_conflict, check_identity, keep_system_metadata, may_go, same_ownership, unfit_patch};
use super::{ApiServer, Handled, admission};
use crate::document::{Value, schema, shared};
use crate::kube::api::custom::{Definition, Version, defaulted, pruned};
use crate::kube::api::labels::Selector;
use crate::kube::api::managed_fields::{self, Managers, Ownership, Write};
use crate::kube::api::{
    ApiError, Key, Object, PatchType, Reason, Reply, Request, Resource, Verb, meta, patch, validation,
};
use crate::sim::{self, SimTime};
use crate::tree;
use std::rc::Rc;

/// What a path that nothing is behind is answered with.
fn nothing_here() -> ApiError {
    ApiError::new(Reason::NotFound, "the server could not find the requested resource")
}

/// A request about a custom kind, with what serves it.
struct Custom<'a> {
    now: SimTime,
    request: &'a Request,
    definition: &'a Definition,
    version: &'a Version,
}

impl ApiServer {
    pub(super) fn handle_custom(&mut self, now: SimTime, request: &Request) -> Handled {
        let definition = self.etcd.custom().of(request.resource).cloned().ok_or_else(nothing_here)?;
        let asked = match (&*request.version, request.verb) {
            ("", Verb::Create | Verb::Update | Verb::Patch(PatchType::Apply)) if request.subresource != "scale" => {
                request.body.str_at(&["apiVersion"])
            }
            (version, _) => version,
        };
        let asked = asked.rsplit('/').next().unwrap_or_default();
        let version = definition.version(asked).ok_or_else(nothing_here)?;
        let has_part = match request.subresource {
            "" => true,
            "status" => version.has_status(),
            "scale" => version.scale().is_some(),
            _ => false,
        };
        if !has_part {
            return Err(nothing_here());
        }
        let custom = Custom { now, request, definition: &definition, version };
        let (mut reply, mut written) = self.answer_custom(&custom)?;
        let warning = version.warning(definition.resource.info().group, definition.resource.kind());
        match &mut reply {
            Reply::Object { object, warnings, .. } => {
                warnings.extend(warning);
                if request.subresource != "scale" {
                    *object = custom.shown(object);
                }
            }
            Reply::List { items, warnings, .. } => {
                warnings.extend(warning);
                items.iter_mut().for_each(|item| *item = custom.shown(item));
            }
            Reply::Done => {}
        }
        if definition.is_terminating && !written.is_empty() {
            self.tend_definitions(now, &mut written);
        }
        Ok((reply, written))
    }

    fn answer_custom(&mut self, custom: &Custom<'_>) -> Handled {
        let Custom { now, request, .. } = *custom;
        match (request.verb, request.subresource) {
            (Verb::Get, part) => {
                let object = self.stored(&request.key())?.value.clone();
                let object = if part == "scale" { custom.scale_of(&object) } else { object };
                Ok((Reply::Object { object, created: false, warnings: Vec::new() }, Vec::new()))
            }
            (Verb::List, _) => Ok((self.list(request)?, Vec::new())),
            (Verb::Create, _) => self.create_custom(custom),
            (Verb::Update | Verb::Patch(_), "scale") => self.scale_custom(custom),
            (Verb::Update | Verb::Patch(_), _) => self.update_custom(custom),
            (Verb::Delete, _) => self.delete(now, request),
            (Verb::DeleteCollection, _) => self.delete_collection(now, request),
        }
    }

    fn create_custom(&mut self, custom: &Custom<'_>) -> Handled {
        let Custom { now, request, definition, version } = *custom;
        let resource = request.resource;
        if definition.is_terminating {
            let message = "create not allowed while custom resource definition is terminating";
            return Err(ApiError::new(Reason::MethodNotAllowed, message));
        }
        let mut warnings = Vec::new();
        let mut object = custom.decoded(&request.body, &mut warnings)?;
        place_in_namespace(&mut object, request)?;
        self.name_and_mark(now, resource, &mut object);
        if version.has_status() {
            object.remove(&["status"]);
        }
        object = defaulted(&object, version.schema());
        object.set(&["metadata", "generation"], 1);
        let key = Key::new(resource, request.namespace.clone(), meta::name(&object));
        admission::check_namespace(&self.snapshot(now), &key)?;
        let causes = validation::validate_custom(resource, version, &object, None);
        if !causes.is_empty() {
            return Err(ApiError::invalid(resource, meta::name(&object), causes));
        }
        if self.etcd.get(&key).is_some() {
            return Err(ApiError::already_exists(resource, &key.name));
        }
        let admitted = admission::validate(&self.snapshot(now), resource, &object, None)?;
        warnings.extend(admitted.warnings);
        custom.store(&mut object);
        if request.options.dry_run {
            return Ok((Reply::Object { object, created: true, warnings }, Vec::new()));
        }
        let managers = if request.verb == Verb::Patch(PatchType::Apply) {
            let nothing = Object::default();
            custom.applied(&nothing)?.1.into()
        } else {
            custom.ownership(&Object::default(), &object)
        };
        let mut all = self.charge(admitted.charges);
        let written = self.put(key, object, managers, sim::Verb::Create);
        let object = written.object();
        all.push(written);
        Ok((Reply::Object { object, created: true, warnings }, all))
    }

    fn update_custom(&mut self, custom: &Custom<'_>) -> Handled {
        let Custom { now, request, version, .. } = *custom;
        let (resource, key) = (request.resource, request.key());
        let is_apply = request.verb == Verb::Patch(PatchType::Apply);
        if is_apply && self.etcd.get(&key).is_none() {
            self.authorize(now, &Request { verb: Verb::Create, name: "".into(), ..request.clone() })?;
            return self.create_custom(custom);
        }
        let old = self.stored(&key)?;
        let shown = custom.shown(&old.value);
        let mut applied = None;
        let wanted = match request.verb {
            Verb::Patch(PatchType::Json) => patch::json_patch(&shown, &request.body).map_err(|_| unfit_patch())?,
            Verb::Patch(PatchType::Merge) => patch::merge_patch(&shown, &request.body),
            Verb::Patch(PatchType::Strategic) => return Err(unknown_format()),
            Verb::Patch(PatchType::Apply) => {
                let (merged, managers) = custom.applied(&Object { value: shown, managers: old.managers.clone() })?;
                applied = Some(managers);
                merged
            }
            _ => request.body.clone(),
        };
        let mut warnings = Vec::new();
        let mut new = custom.decoded(&wanted, &mut warnings)?;
        check_identity(resource, &key, &new, &old)?;
        keep_system_metadata(&mut new, &old.value);
        new = defaulted(&new, version.schema());
        custom.keep_parts(&mut new, &old.value);
        let causes = validation::validate_custom(resource, version, &new, Some(&old.value));
        if !causes.is_empty() {
            return Err(ApiError::invalid(resource, &key.name, causes));
        }
        custom.store(&mut new);
        new.set(&["metadata", "resourceVersion"], meta::resource_version(&old));
        let managers = match applied {
            Some(managers) => Ownership::from(managers),
            None if new != old.value => custom.ownership(&old, &new),
            None => old.managers.clone(),
        };
        let is_same = new == old.value && (managers.is_same(&old.managers) || same_ownership(&managers, &old.managers));
        let reply = |object: Value| Reply::Object { object, created: false, warnings };
        if is_same || request.options.dry_run {
            return Ok((reply(new), Vec::new()));
        }
        if may_go(&new) {
            let last = Rc::new(Object { value: new.clone(), managers });
            let written = self.remove(&key, &last).into_iter().collect();
            return Ok((reply(new), written));
        }
        let verb = if request.subresource == "status" { sim::Verb::UpdateStatus } else { sim::Verb::Update };
        let written = self.put(key, new, managers, verb);
        Ok((reply(written.object()), vec![written]))
    }

    /// Writes the number of replicas to where the definition says it stands.
    fn scale_custom(&mut self, custom: &Custom<'_>) -> Handled {
        let request = custom.request;
        let old = self.stored(&request.key())?;
        let scale = custom.scale_of(&old.value);
        let wanted = match request.verb {
            Verb::Patch(PatchType::Json) => patch::json_patch(&scale, &request.body).map_err(|_| unfit_patch())?,
            Verb::Patch(_) => patch::merge_patch(&scale, &request.body),
            _ => request.body.clone(),
        };
        let mut object = custom.shown(&old.value);
        let path = custom.scale_path("specReplicasPath");
        let steps: Vec<&str> = path.split('.').collect();
        object.set(&steps, wanted.int_at(&["spec", "replicas"]).unwrap_or_default());
        match wanted.at(&["metadata", "resourceVersion"]) {
            Some(version) => object.set(&["metadata", "resourceVersion"], version),
            None => drop(object.remove(&["metadata", "resourceVersion"])),
        }
        let update = Request { verb: Verb::Update, subresource: "", body: object, ..request.clone() };
        let (_, written) = self.update_custom(&Custom { request: &update, ..*custom })?;
        let object = custom.scale_of(&self.stored(&request.key())?.value);
        Ok((Reply::Object { object, created: false, warnings: Vec::new() }, written))
    }
}

/// Strategic merge patches need Go types, which custom kinds do not have.
// Models apimachinery negotiation NewUnsupportedMediaTypeError
fn unknown_format() -> ApiError {
    let message = "the body of the request was in an unknown format - accepted media types include: \
                   application/json-patch+json, application/merge-patch+json, application/apply-patch+yaml";
    ApiError::new(Reason::UnsupportedMediaType, message)
}

impl Custom<'_> {
    /// An object in the version that is asked for: the other name of the version, and what its schema
    /// keeps and fills in.
    fn shown(&self, object: &Value) -> Value {
        let mut shown = object.clone();
        shown.set(&["apiVersion"], self.definition.api_version(&self.version.name));
        defaulted(&pruned(&shown, self.version.schema(), &mut Vec::new()), self.version.schema())
    }

    /// Makes an object one of the version that is stored.
    fn store(&self, object: &mut Value) {
        object.set(&["apiVersion"], self.definition.api_version(&self.definition.storage));
        if let Some(stored) = self.definition.stored().filter(|stored| stored.name != self.version.name) {
            *object = pruned(object, stored.schema(), &mut Vec::new());
        }
    }

    /// The body with types of its metadata checked and without the fields that its schema does not name.
    // Models schemaCoercingDecoder.Decode
    fn decoded(&self, body: &Value, warnings: &mut Vec<String>) -> Result<Value, ApiError> {
        let (kind, version) = (self.definition.resource.kind(), &self.version.name);
        let bad = |message: String| ApiError::new(Reason::BadRequest, message);
        let (said, expected) = (body.str_at(&["apiVersion"]), self.definition.api_version(version));
        if said != expected {
            return Err(bad(format!(
                "the API version in the data ({said}) does not match the expected API version ({expected})"
            )));
        }
        if meta::kind(body) != kind {
            return Err(bad(format!(
                "kind in the data ({}) does not match the expected kind ({kind})",
                meta::kind(body)
            )));
        }
        let mut unknown = Vec::new();
        let mut decoded = body.clone();
        let unfit =
            |message: String| bad(format!("{kind} in version \"{version}\" cannot be handled as a {kind}: {message}"));
        if let (Some(ty), Some(metadata)) = (Resource::CONFIG_MAPS.schema(), body.get("metadata")) {
            let metadata = tree!({ "metadata": (metadata.clone()) });
            let checked = schema::decode_beside(&metadata, None, ty, &mut unknown);
            let checked = checked.map_err(|error| unfit(error.to_string()))?;
            decoded.set(&["metadata"], checked.at(&["metadata"]).cloned().unwrap_or_else(Value::map));
        }
        let mut paths = Vec::new();
        decoded = pruned(&decoded, self.version.schema(), &mut paths);
        unknown.extend(paths.into_iter().map(|path| (format!("unknown field \"{path}\""), Vec::new())));
        if self.request.options.lenient {
            warnings.extend(unknown.into_iter().map(|(message, _)| message));
        } else if !unknown.is_empty() {
            return Err(unfit(schema::strict_error(unknown).to_string()));
        }
        Ok(decoded)
    }

    /// Keeps what a request to this part of the object may not change, and counts changes of the rest.
    // Models customresource/strategy.go and status_strategy.go PrepareForUpdate
    fn keep_parts(&self, new: &mut Value, old: &Value) {
        let without = |object: &Value| {
            let mut rest = object.clone();
            rest.remove(&["metadata"]);
            rest.remove(&["apiVersion"]);
            if self.version.has_status() {
                rest.remove(&["status"]);
            }
            rest
        };
        if self.request.subresource == "status" {
            let mut kept = old.clone();
            kept.set(&["apiVersion"], new.str_at(&["apiVersion"]));
            match new.get("status") {
                Some(status) => kept.set(&["status"], status.clone()),
                None => drop(kept.remove(&["status"])),
            }
            *new = kept;
            return;
        }
        if self.version.has_status() {
            match old.get("status") {
                Some(status) => new.set(&["status"], status.clone()),
                None => drop(new.remove(&["status"])),
            }
        }
        let generation = meta::generation(old) + i64::from(without(new) != without(old));
        new.set(&["metadata", "generation"], generation);
    }

    /// Server-side apply of the request's body to an object.
    fn applied(&self, live: &Object) -> Result<(Value, Managers), ApiError> {
        let Request { body, options, .. } = self.request;
        self.decoded(body, &mut Vec::new())?;
        let (value, ty) = ((&live.value, &*live.managers), self.version.ty());
        managed_fields::apply(value, body, &options.field_manager, options.force, &self.now.rfc3339(), ty)
            .map_err(|conflicts| apply_conflict(&conflicts))
    }

    fn ownership(&self, old: &Object, new: &Value) -> Ownership {
        Ownership::after(Write {
            old: (old.value.clone(), old.managers.clone()),
            new: new.clone(),
            manager: shared(manager_name(self.request)),
            subresource: self.request.subresource,
            now: self.now,
            ty: self.version.ty(),
        })
    }

    /// A path of `subresources.scale`, without its leading dot.
    fn scale_path(&self, field: &str) -> &str {
        self.version.scale().map_or("", |scale| scale.str_at(&[field])).trim_start_matches('.')
    }

    // Models scaleFromCustomResource
    fn scale_of(&self, object: &Value) -> Value {
        let at = |field: &str| {
            let steps: Vec<&str> = self.scale_path(field).split('.').collect();
            object.at(&steps).cloned().unwrap_or_default()
        };
        let number = |field: &str| at(field).as_int().unwrap_or_default();
        let selector = match at("labelSelectorPath") {
            Value::Text(text) => text.to_string(),
            value if value.as_map().is_some() => Selector::from_label_selector(&value).to_string(),
            _ => String::new(),
        };
        let mut scale = scale_with(object, number("specReplicasPath"), number("statusReplicasPath"));
        if !selector.is_empty() {
            scale.set(&["status", "selector"], selector);
        }
        scale
    }
}

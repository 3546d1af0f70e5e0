//! Creation, and the two creations that are really updates: binding and eviction.
// Models k8s.io/apiserver/pkg/registry/generic/registry Store.Create

use super::{ApiServer, Handled, Written, admission, decode_as, schema_of, serve};
use crate::document::{Value, shared};
use crate::kube::api::managed_fields::{Ownership, Write};
use crate::kube::api::{ApiError, Key, Reason, Reply, Request, Resource, defaulting, meta, validation};
use crate::kube::authorization::escalation;
use crate::sim::{self, SimTime};
use crate::tree;

/// The longest name that `generateName` makes: 63 less the five random characters.
// Models k8s.io/apiserver/pkg/storage/names maxGeneratedNameLength
const GENERATED_BASE_MAX: usize = 58;

impl ApiServer {
    pub(super) fn create(&mut self, now: SimTime, request: &Request) -> Handled {
        let resource = request.resource;
        let version = request.body.at(&["apiVersion"]).and_then(Value::as_shared).unwrap_or_default();
        let mut unknown = request.options.lenient.then(Vec::new);
        let as_stored = request.options.as_stored;
        let mut object =
            if as_stored { request.body.clone() } else { decode_as(resource, &request.body, None, &mut unknown)? };
        defaulting::to_stored(resource, &mut object);
        place_in_namespace(&mut object, request)?;
        self.name_and_mark(now, resource, &mut object);
        debug_assert!(!as_stored || is_stored_form(resource, &object), "{object}");
        if !as_stored {
            defaulting::default_object(resource, &mut object);
        }
        let key = Key::new(resource, request.namespace.clone(), meta::name(&object));
        admission::check_namespace(&self.snapshot(now), &key)?;
        admission::mutate_create(self, now, &mut object, resource)?;
        escalation::check(&self.snapshot(now), request, &object, None)?;
        defaulting::prepare_for_create(resource, &mut object);
        if !as_stored {
            serve(resource, &mut object, None);
        }
        // What a Service is given is settled before it is looked at as a whole.
        let mut causes = Self::settle_families(&mut object, resource, None);
        if causes.is_empty() {
            causes = self.allocate(&mut object, resource, None);
        }
        if causes.is_empty() {
            causes = validation::validate_create(resource, &object);
        }
        if !causes.is_empty() {
            return Err(ApiError::invalid(resource, meta::name(&object), causes));
        }
        if self.etcd.get(&key).is_some() {
            return Err(ApiError::already_exists(resource, &key.name));
        }
        let admitted = admission::validate(&self.snapshot(now), resource, &object, None)?;
        let mut warnings = unknown.unwrap_or_default();
        warnings.extend(self.only_stored(request, None));
        warnings.extend(validation::warnings(resource, &object, true));
        warnings.extend(admitted.warnings);
        if request.options.dry_run {
            defaulting::from_stored(resource, &mut object, &version);
            return Ok((Reply::Object { object, created: true, warnings }, Vec::new()));
        }
        let mut all = self.charge(admitted.charges);
        self.write_revision(&mut object);
        let managers = self.first_managers(now, request, &object);
        let written = self.put(key, object, managers, sim::Verb::Create);
        let mut object = written.object();
        defaulting::from_stored(resource, &mut object, &version);
        all.push(written);
        Ok((Reply::Object { object, created: true, warnings }, all))
    }

    /// Writes what a request uses into the quotas' status, before the object itself is written.
    pub(super) fn charge(&mut self, charges: Vec<admission::Charge>) -> Vec<Written> {
        let mut written = Vec::new();
        for admission::Charge { key, used } in charges {
            if let Some(quota) = self.etcd.get(&key).cloned() {
                let value = quota.value.clone().with(&["status", "used"], used);
                written.push(self.put(key, value, quota.managers.clone(), sim::Verb::UpdateStatus));
            }
        }
        written
    }

    /// Gives a new object its name, uid and time of birth.
    // Models k8s.io/apiserver/pkg/registry/rest BeforeCreate
    pub(super) fn name_and_mark(&mut self, now: SimTime, resource: Resource, object: &mut Value) {
        let prefix = object.str_at(&["metadata", "generateName"]).to_owned();
        let namespace = meta::namespace(object).to_owned();
        if meta::name(object).is_empty() && !prefix.is_empty() {
            let base: String = prefix.chars().take(GENERATED_BASE_MAX).collect();
            let purpose = format!("name/{}/{namespace}/{prefix}", resource.kind());
            loop {
                let name = format!("{base}{}", self.dice(&purpose).name_suffix(5));
                let key = Key::new(resource, namespace.as_str(), name.as_str());
                if self.etcd.get(&key).is_none() {
                    object.set(&["metadata", "name"], name);
                    break;
                }
            }
        }
        let purpose = format!("uid/{}/{namespace}/{}", resource.kind(), meta::name(object));
        let uid = self.dice(&purpose).uuid();
        for field in ["resourceVersion", "deletionTimestamp", "deletionGracePeriodSeconds", "managedFields", "selfLink"]
        {
            object.remove(&["metadata", field]);
        }
        object.set(&["metadata", "uid"], uid);
        object.set(&["metadata", "creationTimestamp"], now.rfc3339());
    }

    fn first_managers(&self, now: SimTime, request: &Request, object: &Value) -> Ownership {
        let Some(ty) = schema_of(request.resource) else { return Ownership::default() };
        Ownership::after(Write {
            old: (Value::Null, Ownership::default()),
            new: object.clone(),
            manager: shared(manager_name(request)),
            subresource: request.subresource,
            now,
            ty,
        })
    }

    /// `pods/binding`: a Pod gets its node.
    // Models pkg/registry/core/pod/storage BindingREST.assignPod
    pub(super) fn bind(&mut self, now: SimTime, request: &Request) -> Handled {
        let key = request.key();
        let pod = self.stored(&key)?;
        let node = request.body.str_at(&["target", "name"]);
        let refuse = |detail: String| Err(ApiError::conflict(Resource::PODS, &key.name, &detail));
        if meta::is_deleting(&pod) {
            return refuse(format!("pod {} is being deleted, cannot be assigned to a host", key.name));
        }
        let bound = pod.str_at(&["spec", "nodeName"]);
        if !bound.is_empty() {
            return refuse(format!("pod {} is already assigned to node {bound:?}", key.name));
        }
        let mut value = pod.value.clone();
        value.set(&["spec", "nodeName"], node);
        // Models ClearingNominatedNodeNameAfterBinding.
        value.remove(&["status", "nominatedNodeName"]);
        admission::label_topology(&self.snapshot(now), &mut value, node);
        set_condition(
            &mut value,
            tree!({
                "type": "PodScheduled",
                "status": "True",
                "lastProbeTime": null,
                "lastTransitionTime": now.rfc3339(),
                "observedGeneration": meta::generation(&pod),
            }),
        );
        let written = self.put(key, value, pod.managers.clone(), sim::Verb::Update);
        Ok((Reply::Done, vec![written]))
    }

    /// `pods/eviction`: a deletion that a disruption budget may refuse.
    // Models pkg/registry/core/pod/storage EvictionREST.Create
    pub(super) fn evict(&mut self, now: SimTime, request: &Request) -> Handled {
        let mut deletion = Request { subresource: "", verb: crate::kube::api::Verb::Delete, ..request.clone() };
        deletion.options.grace_period_seconds = request.body.int_at(&["deleteOptions", "gracePeriodSeconds"]);
        deletion.body = Value::Null;
        let mut written = self.spend_budget(now, &deletion)?;
        written.extend(self.delete(now, &deletion)?.1);
        Ok((Reply::Done, written))
    }
}

/// Whether decoding and filling in would change nothing.
fn is_stored_form(resource: Resource, object: &Value) -> bool {
    let Ok(mut decoded) = decode_as(resource, object, None, &mut None) else { return false };
    defaulting::default_object(resource, &mut decoded);
    serve(resource, &mut decoded, None);
    decoded == *object
}

/// Puts a condition into `status.conditions`, in place of one of the same type.
pub(super) fn set_condition(object: &mut Value, condition: Value) {
    let kind = condition.str_at(&["type"]).to_owned();
    let conditions = object.at_mut(&["status", "conditions"]).items_mut();
    match conditions.iter_mut().find(|known| known.str_at(&["type"]) == kind) {
        Some(known) => *known = condition,
        None => conditions.push(condition),
    }
}

/// The body's namespace must be the request's; an unsaid one is filled in.
pub(super) fn place_in_namespace(object: &mut Value, request: &Request) -> Result<(), ApiError> {
    if !request.resource.info().namespaced {
        object.remove(&["metadata", "namespace"]);
        return Ok(());
    }
    let said = meta::namespace(object);
    if !said.is_empty() && said != &*request.namespace {
        let message = "the namespace of the provided object does not match the namespace sent on the request";
        return Err(ApiError::new(Reason::BadRequest, message));
    }
    if said.is_empty() {
        object.set(&["metadata", "namespace"], &request.namespace);
    }
    Ok(())
}

/// Under which name this request's fields are owned: the one it says, or its user's.
pub(super) fn manager_name(request: &Request) -> &str {
    if !request.options.field_manager.is_empty() {
        return &request.options.field_manager;
    }
    let user = &*request.user.name;
    if user.starts_with("system:node:") {
        "kubelet"
    } else if user.starts_with("system:serviceaccount:kube-system:") {
        "kube-controller-manager"
    } else {
        user.trim_start_matches("system:")
    }
}

impl Written {
    /// The object after the write.
    pub(super) fn object(&self) -> Value {
        self.change.value.value.clone()
    }
}

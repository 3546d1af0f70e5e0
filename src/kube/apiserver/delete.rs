//! Deletion: with grace for Pods, with finalizers for what others must clean up first.
// Models k8s.io/apiserver/pkg/registry/generic/registry Store.Delete, registry/rest BeforeDelete

use super::update::may_go;
use super::{ApiServer, Handled, Written};
use crate::document::Value;
use crate::kube::api::{ApiError, Key, Object, Propagation, Reason, Reply, Request, Resource, meta};
use crate::sim::{self, SimTime, secs};
use std::rc::Rc;

const FOREGROUND: &str = "foregroundDeletion";
const ORPHAN: &str = "orphan";

impl ApiServer {
    pub(super) fn delete(&mut self, now: SimTime, request: &Request) -> Handled {
        let key = request.key();
        let object = self.stored(&key)?;
        check_preconditions(&key, &object, request)?;
        if key.resource == Resource::NAMESPACES && is_immortal(&key.name) {
            return Err(ApiError::forbidden(key.resource, &key.name, "this namespace may not be deleted"));
        }
        let reply = |object: &Value| Reply::Object { object: object.clone(), created: false, warnings: Vec::new() };
        if request.options.dry_run {
            return Ok((reply(&object), Vec::new()));
        }
        let mut marked = object.value.clone();
        add_finalizers(&mut marked, request.options.propagation);
        if key.resource == Resource::CUSTOM_RESOURCE_DEFINITIONS && !meta::is_deleting(&marked) {
            super::definitions::begin_end(&mut marked, now);
        }
        let grace = grace_period(key.resource, &marked, request.options.grace_period_seconds);
        if !shorten_life(&mut marked, now, grace) && marked == object.value {
            return Ok((reply(&object), Vec::new()));
        }
        if key.resource == Resource::NAMESPACES {
            marked.set(&["status", "phase"], "Terminating");
        }
        if may_go(&marked) {
            let last = Rc::new(Object { value: marked, managers: object.managers.clone() });
            let written: Vec<Written> = self.remove(&key, &last).into_iter().collect();
            return Ok((reply(&last), written));
        }
        let written = self.mark(&key, &object, marked, sim::Verb::Delete);
        Ok((reply(&written.object()), vec![written]))
    }

    pub(super) fn delete_collection(&mut self, now: SimTime, request: &Request) -> Handled {
        let mut written = Vec::new();
        for (key, _) in self.select(request)? {
            let one = Request { name: key.name.clone(), namespace: key.namespace.clone(), ..request.clone() };
            written.extend(self.delete(now, &one)?.1);
        }
        Ok((Reply::Done, written))
    }
}

/// The namespaces without which a cluster cannot be.
// Models plugin/pkg/admission/namespace/lifecycle immortalNamespaces
fn is_immortal(namespace: &str) -> bool {
    matches!(namespace, "default" | "kube-system" | "kube-public")
}

fn check_preconditions(key: &Key, object: &Object, request: &Request) -> Result<(), ApiError> {
    let wanted = &request.options.preconditions;
    for (name, wanted, have) in [
        ("UID", &wanted.uid, meta::uid(object)),
        ("ResourceVersion", &wanted.resource_version, meta::resource_version(object)),
    ] {
        if let Some(wanted) = wanted
            && &**wanted != have
        {
            let detail =
                format!("Precondition failed: {name} in precondition: {wanted}, {name} in object meta: {have}");
            return Err(ApiError { reason: Reason::Conflict, ..ApiError::conflict(key.resource, &key.name, &detail) });
        }
    }
    Ok(())
}

fn add_finalizers(object: &mut Value, propagation: Option<Propagation>) {
    let wanted = match propagation {
        Some(Propagation::Foreground) => FOREGROUND,
        Some(Propagation::Orphan) => ORPHAN,
        _ => return,
    };
    let finalizers = object.at_mut(&["metadata", "finalizers"]).items_mut();
    finalizers.retain(|known| !matches!(known.as_str(), Some(FOREGROUND | ORPHAN)));
    finalizers.push(wanted.into());
}

/// How many seconds an object gets to end. Only Pods that run somewhere get any.
// Models pkg/registry/core/pod/strategy CheckGracefulDelete
fn grace_period(resource: Resource, object: &Value, asked: Option<i64>) -> i64 {
    if resource != Resource::PODS {
        return 0;
    }
    let ended = matches!(object.str_at(&["status", "phase"]), "Succeeded" | "Failed");
    if ended || object.str_at(&["spec", "nodeName"]).is_empty() {
        return 0;
    }
    let own = object.int_at(&["spec", "terminationGracePeriodSeconds"]).unwrap_or(30);
    asked.unwrap_or(own).max(0)
}

/// Marks for deletion, or brings an earlier mark's end nearer. Returns whether anything changed.
fn shorten_life(object: &mut Value, now: SimTime, grace: i64) -> bool {
    let had = object.int_at(&["metadata", "deletionGracePeriodSeconds"]);
    if meta::is_deleting(object) && had.is_some_and(|had| had <= grace) {
        return false;
    }
    let end = now + secs(u64::try_from(grace).unwrap_or_default());
    object.set(&["metadata", "deletionTimestamp"], end.rfc3339());
    object.set(&["metadata", "deletionGracePeriodSeconds"], grace);
    let generation = meta::generation(object);
    if generation > 0 && had.is_none() {
        object.set(&["metadata", "generation"], generation + 1);
    }
    true
}

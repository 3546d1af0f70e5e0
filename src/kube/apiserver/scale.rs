//! The `scale` subresource: how many, without the rest of the object.
// Models pkg/registry/apps/deployment/storage ScaleREST

use super::update::unfit_patch;
use super::{ApiServer, Handled};
use crate::document::Value;
use crate::kube::api::labels::Selector;
use crate::kube::api::{ApiError, Key, PatchType, Reply, Request, Verb, meta, patch};
use crate::sim::SimTime;
use crate::tree;

impl ApiServer {
    pub(super) fn get_scale(&self, request: &Request) -> Result<Reply, ApiError> {
        let object = self.stored(&request.key())?;
        Ok(Reply::Object { object: scale_of(&object), created: false, warnings: Vec::new() })
    }

    pub(super) fn update_scale(&mut self, now: SimTime, request: &Request) -> Handled {
        let key: Key = request.key();
        let old = self.stored(&key)?;
        let scale = scale_of(&old);
        let wanted = match request.verb {
            Verb::Patch(PatchType::Json) => patch::json_patch(&scale, &request.body).map_err(|_| unfit_patch())?,
            Verb::Patch(_) => patch::merge_patch(&scale, &request.body),
            _ => request.body.clone(),
        };
        let mut object = old.value.clone();
        object.set(&["spec", "replicas"], wanted.int_at(&["spec", "replicas"]).unwrap_or_default());
        match wanted.at(&["metadata", "resourceVersion"]) {
            Some(version) => object.set(&["metadata", "resourceVersion"], version),
            None => drop(object.remove(&["metadata", "resourceVersion"])),
        }
        let update = Request { verb: Verb::Update, subresource: "", body: object, ..request.clone() };
        let (_, written) = self.update(now, &update)?;
        let object = scale_of(&*self.stored(&key)?);
        Ok((Reply::Object { object, created: false, warnings: Vec::new() }, written))
    }
}

fn scale_of(object: &Value) -> Value {
    let selector = object.at(&["spec", "selector"]).unwrap_or(&Value::Null);
    let selector = match selector.get("matchLabels").or(selector.get("matchExpressions")) {
        Some(_) => Selector::from_label_selector(selector),
        None => Selector::from_map(selector),
    };
    let replicas = |part: &str| object.int_at(&[part, "replicas"]).unwrap_or_default();
    let mut scale = scale_with(object, replicas("spec"), replicas("status"));
    scale.set(&["status", "selector"], selector.to_string());
    scale
}

/// The Scale of an object, without its selector.
pub(super) fn scale_with(object: &Value, wanted: i64, current: i64) -> Value {
    tree!({
        "apiVersion": "autoscaling/v1",
        "kind": "Scale",
        "metadata": {
            "name": meta::name(object),
            "namespace": meta::namespace(object),
            "uid": meta::uid(object),
            "resourceVersion": meta::resource_version(object),
            "creationTimestamp": object.str_at(&["metadata", "creationTimestamp"]),
        },
        "spec": { "replicas": wanted },
        "status": { "replicas": current },
    })
}

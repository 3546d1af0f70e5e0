//! DefaultStorageClass: a claim that names no class gets the default one.
// Models plugin/pkg/admission/storage/storageclass/setdefault and pkg/volume/util GetDefaultClass

use crate::document::Value;
use crate::kube::Snapshot;
use crate::kube::api::{Resource, meta};
use std::cmp::Reverse;

/// An empty name is a choice too: only a claim that says nothing is given a class.
pub(super) fn fill_in(seen: &Snapshot<'_>, claim: &mut Value) {
    let chosen = meta::annotation(claim, "volume.beta.kubernetes.io/storage-class").is_some()
        || claim.at(&["spec", "storageClassName"]).is_some();
    if chosen {
        return;
    }
    let is_default = |class: &Value| {
        ["storageclass.kubernetes.io/is-default-class", "storageclass.beta.kubernetes.io/is-default-class"]
            .iter()
            .any(|key| meta::annotation(class, key) == Some("true"))
    };
    // Of several defaults the youngest counts; among those the first by name.
    let class = seen
        .list(Resource::STORAGE_CLASSES, "")
        .filter(|class| is_default(class))
        .min_by_key(|class| (Reverse(meta::created_at(class)), meta::name(class).to_owned()));
    if let Some(class) = class {
        claim.set(&["spec", "storageClassName"], meta::name(class));
    }
}

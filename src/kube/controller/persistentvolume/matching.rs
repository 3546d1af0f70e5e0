//! Which volume fits a claim.
// Models k8s.io/component-helpers/storage/volume FindMatchingVolume

use crate::document::Value;
use crate::kube::Snapshot;
use crate::kube::api::labels::Selector;
use crate::kube::api::quantity::Quantity;
use crate::kube::api::{Key, Object, Resource, meta};
use crate::kube::scheduler::plugins::node_affinity;
use std::rc::Rc;

/// The smallest free volume that fits the claim, on `node` if one is given.
#[must_use]
pub fn best_for<'a>(claim: &Value, node: Option<&Value>, seen: &Snapshot<'a>) -> Option<&'a Rc<Object>> {
    seen.list(Resource::PERSISTENT_VOLUMES, "")
        .filter(|volume| volume.at(&["spec", "claimRef"]).is_none() && !meta::is_deleting(volume))
        .filter(|volume| fits(volume, claim) && node.is_none_or(|node| reaches(volume, node)))
        .min_by_key(|volume| capacity_of(volume))
}

/// The volume that is reserved for the claim already, by a person or by the scheduler.
pub(super) fn reserved_for<'a>(claim: &Value, seen: &Snapshot<'a>) -> Option<&'a Rc<Object>> {
    let named = |volume: &Value| {
        let known = volume.at(&["spec", "claimRef"]);
        known.is_some_and(|known| {
            known.str_at(&["name"]) == meta::name(claim) && known.str_at(&["namespace"]) == meta::namespace(claim)
        })
    };
    seen.list(Resource::PERSISTENT_VOLUMES, "").find(|volume| named(volume) && is_free_for(volume, claim))
}

/// Whether nobody else has the volume.
pub(super) fn is_free_for(volume: &Value, claim: &Value) -> bool {
    let Some(known) = volume.at(&["spec", "claimRef"]) else { return fits(volume, claim) };
    let uid = known.str_at(&["uid"]);
    known.str_at(&["name"]) == meta::name(claim)
        && known.str_at(&["namespace"]) == meta::namespace(claim)
        && (uid.is_empty() || uid == meta::uid(claim))
}

/// Whether the claim's class binds only when a Pod needs it.
// Models IsDelayBindingMode
#[must_use]
pub fn waits_for_consumer(claim: &Value, seen: &Snapshot<'_>) -> bool {
    let class = Key::new(Resource::STORAGE_CLASSES, "", claim.str_at(&["spec", "storageClassName"]));
    seen.get(&class).is_some_and(|class| class.str_at(&["volumeBindingMode"]) == "WaitForFirstConsumer")
}

/// Who makes volumes for the claim, if somebody does.
#[must_use]
pub fn provisioner<'a>(claim: &Value, seen: &Snapshot<'a>) -> Option<&'a str> {
    let class = Key::new(Resource::STORAGE_CLASSES, "", claim.str_at(&["spec", "storageClassName"]));
    let named = seen.get(&class)?.value.str_at(&["provisioner"]);
    let maker = migrated(named);
    (!maker.is_empty() && maker != "kubernetes.io/no-provisioner").then_some(maker)
}

/// The driver that has taken over from a plugin of Kubernetes' own tree.
// Models k8s.io/csi-translation-lib/plugins/aws_ebs.go
pub(super) fn migrated(provisioner: &str) -> &str {
    if provisioner == "kubernetes.io/aws-ebs" { "ebs.csi.aws.com" } else { provisioner }
}

/// Whether the volume can be used on the node.
#[must_use]
pub fn reaches(volume: &Value, node: &Value) -> bool {
    volume
        .at(&["spec", "nodeAffinity", "required", "nodeSelectorTerms"])
        .is_none_or(|terms| terms.items().iter().any(|term| node_affinity::term_matches(term, node)))
}

fn fits(volume: &Value, claim: &Value) -> bool {
    let modes = volume.items_at(&["spec", "accessModes"]);
    let mode = |object: &Value| match object.str_at(&["spec", "volumeMode"]) {
        "" => "Filesystem".to_owned(),
        mode => mode.to_owned(),
    };
    claim.items_at(&["spec", "accessModes"]).iter().all(|wanted| modes.contains(wanted))
        && volume.str_at(&["spec", "storageClassName"]) == claim.str_at(&["spec", "storageClassName"])
        && mode(volume) == mode(claim)
        && capacity_of(volume) >= amount(claim.at(&["spec", "resources", "requests", "storage"]))
        && claim
            .at(&["spec", "selector"])
            .is_none_or(|selector| Selector::from_label_selector(selector).matches(meta::labels(volume)))
}

fn capacity_of(volume: &Value) -> i128 {
    amount(volume.at(&["spec", "capacity", "storage"]))
}

fn amount(quantity: Option<&Value>) -> i128 {
    quantity.map(|quantity| Quantity::of(quantity).milli()).unwrap_or_default()
}

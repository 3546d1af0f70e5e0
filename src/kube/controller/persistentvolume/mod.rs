//! The persistent volume binder: claims get volumes.
// Models pkg/controller/volume/persistentvolume/pv_controller.go

mod matching;

use crate::document::Value;
use crate::kube::api::{Key, Object, Request, Resource, Verb, meta};
use crate::kube::controller::Controller;
use crate::kube::why::Why;
use crate::kube::{Outcome, Snapshot};
use crate::sim::{Change, ChangeKind, SimTime, secs};
use crate::tree;
use std::rc::Rc;

pub use matching::{best_for, provisioner, reaches, waits_for_consumer};

/// Written by the scheduler: for which node a volume is to be made.
pub const SELECTED_NODE: &str = "volume.kubernetes.io/selected-node";
/// Written by whoever made a volume.
const PROVISIONED_BY: &str = "pv.kubernetes.io/provisioned-by";
/// Written by the binder: who is to make the volume.
pub const PROVISIONER: &str = "volume.kubernetes.io/storage-provisioner";

const COMPLETED: &str = "pv.kubernetes.io/bind-completed";
const BY_CONTROLLER: &str = "pv.kubernetes.io/bound-by-controller";

/// How often claims without a volume are looked at again.
// Source: --pvclaimbinder-sync-period.
pub const SYNC_PERIOD: SimTime = secs(15);

/// Which keys a change makes it look at: the object itself, and its partner.
#[must_use]
pub fn interested(change: &Change<Key, Rc<Object>>, _seen: &Snapshot<'_>) -> Vec<Key> {
    let mut keys = vec![change.key.clone()];
    match change.key.resource {
        Resource::PERSISTENT_VOLUMES => keys.extend(claim_key(&change.value)),
        Resource::PERSISTENT_VOLUME_CLAIMS => {
            let volume = change.value.str_at(&["spec", "volumeName"]);
            if !volume.is_empty() {
                keys.push(Key::new(Resource::PERSISTENT_VOLUMES, "", volume));
            }
        }
        _ => keys.clear(),
    }
    keys
}

/// A volume that has become available is noticed by waiting claims with the next resync only.
// Models resync
#[must_use]
pub fn resync(change: &Change<Key, Rc<Object>>, seen: &Snapshot<'_>) -> Vec<Key> {
    let concerns = matches!(change.key.resource, Resource::PERSISTENT_VOLUMES | Resource::STORAGE_CLASSES)
        && change.kind != ChangeKind::Deleted;
    if !concerns {
        return Vec::new();
    }
    seen.list(Resource::PERSISTENT_VOLUME_CLAIMS, "")
        .filter(|claim| meta::annotation(claim, COMPLETED).is_none())
        .filter_map(|claim| meta::key(claim))
        .collect()
}

/// Looks at one volume or one claim.
#[must_use]
pub fn reconcile(key: &Key, seen: &Snapshot<'_>) -> Outcome {
    let mut outcome = Outcome::settled();
    let Some(object) = seen.get(key) else { return outcome };
    if key.resource == Resource::PERSISTENT_VOLUMES {
        sync_volume(object, seen, &mut outcome);
    } else if meta::annotation(object, COMPLETED).is_some() {
        sync_bound_claim(object, seen, &mut outcome);
    } else if !meta::is_deleting(object) {
        sync_unbound_claim(object, seen, &mut outcome);
    }
    outcome
}

/// The claim that a volume is meant for.
fn claim_key(volume: &Value) -> Option<Key> {
    let claim = volume.at(&["spec", "claimRef"])?;
    Some(Key::new(Resource::PERSISTENT_VOLUME_CLAIMS, claim.str_at(&["namespace"]), claim.str_at(&["name"])))
}

// Models syncVolume
fn sync_volume(volume: &Rc<Object>, seen: &Snapshot<'_>, outcome: &mut Outcome) {
    let uid = volume.str_at(&["spec", "claimRef", "uid"]);
    let Some(key) = claim_key(volume).filter(|_| !uid.is_empty()) else {
        return set_phase(volume, "Available", Why::Observed, seen, outcome);
    };
    let claim = seen.get(&key).filter(|claim| meta::uid(claim) == uid);
    match claim {
        None => reclaim(volume, seen, outcome),
        Some(claim) if claim.str_at(&["spec", "volumeName"]) == meta::name(volume) => {
            set_phase(volume, "Bound", Why::Observed, seen, outcome);
        }
        Some(_) => {}
    }
}

/// What becomes of a volume whose claim is gone.
// Models reclaimVolume, deleteVolumeOperation and doDeleteVolume
fn reclaim(volume: &Rc<Object>, seen: &Snapshot<'_>, outcome: &mut Outcome) {
    if !matches!(volume.str_at(&["status", "phase"]), "Released" | "Failed") {
        return set_phase(volume, "Released", Why::OwnerGone, seen, outcome);
    }
    let is_ours = volume.str_at(&["spec", "persistentVolumeReclaimPolicy"]) == "Delete"
        && !meta::is_deleting(volume)
        && meta::annotation(volume, PROVISIONED_BY).is_none_or(|name| name.starts_with("kubernetes.io/"));
    let path = volume.str_at(&["spec", "hostPath", "path"]);
    let is_known = ["hostPath", "local", "nfs"].iter().any(|source| volume.at(&["spec", source]).is_some());
    if !is_ours || !is_known {
        // Whoever made it deletes it.
        return;
    }
    if path.strip_prefix("/tmp/").is_some_and(|rest| !rest.is_empty()) {
        if let Some(key) = meta::key(volume) {
            let request = Request::new(Controller::PersistentVolume.user(), Verb::Delete, &key);
            outcome.request(request, Why::OwnerGone);
        }
        return;
    }
    let message = if path.is_empty() {
        let name = meta::name(volume);
        format!("error getting deleter volume plugin for volume \"{name}\": no deletable volume plugin matched")
    } else {
        format!("host_path deleter only supports /tmp/.+ but received provided {path}")
    };
    if volume.str_at(&["status", "phase"]) != "Failed" {
        let failed = volume.value.clone().with(&["status", "message"], message.as_str());
        set_phase(&failed, "Failed", Why::OwnerGone, seen, outcome);
        outcome.event(volume, "Warning", "VolumeFailedDelete", message);
    }
}

fn set_phase(volume: &Value, phase: &str, why: Why, seen: &Snapshot<'_>, outcome: &mut Outcome) {
    let known = volume.str_at(&["status", "phase"]);
    if known == phase || phase == "Available" && known == "Released" {
        return;
    }
    let mut status = volume.at(&["status"]).cloned().unwrap_or_default();
    status.set(&["phase"], phase);
    status.set(&["lastPhaseTransitionTime"], seen.now.rfc3339());
    update(&volume.clone().with(&["status"], status), "status", why, outcome);
}

// Models syncBoundClaim
fn sync_bound_claim(claim: &Rc<Object>, seen: &Snapshot<'_>, outcome: &mut Outcome) {
    let volume = seen.get(&Key::new(Resource::PERSISTENT_VOLUMES, "", claim.str_at(&["spec", "volumeName"])));
    match volume {
        Some(volume) if volume.str_at(&["spec", "claimRef", "uid"]) == meta::uid(claim) => {
            set_bound(claim, volume, outcome);
        }
        _ if claim.str_at(&["status", "phase"]) != "Lost" => {
            let message = "Bound claim has lost its PersistentVolume. Data on the volume is lost!";
            outcome.event(claim, "Warning", "ClaimLost", message);
            update(&claim.value.clone().with(&["status", "phase"], "Lost"), "status", Why::NoVolumeFits, outcome);
        }
        _ => {}
    }
}

// Models syncUnboundClaim
fn sync_unbound_claim(claim: &Rc<Object>, seen: &Snapshot<'_>, outcome: &mut Outcome) {
    let named = claim.str_at(&["spec", "volumeName"]);
    let volume = if named.is_empty() {
        // A claim that waits for its consumer is bound by the scheduler, which reserves the volume.
        let waits = matching::waits_for_consumer(claim, seen);
        let reserved = matching::reserved_for(claim, seen);
        if waits { reserved } else { reserved.or_else(|| best_for(claim, None, seen)) }
    } else {
        seen.get(&Key::new(Resource::PERSISTENT_VOLUMES, "", named))
            .filter(|volume| matching::is_free_for(volume, claim))
    };
    match volume {
        Some(volume) => bind(claim, volume, seen, outcome),
        None if named.is_empty() => explain(claim, seen, outcome),
        None => {}
    }
}

/// Why there is no volume yet.
// Models provisionClaim, provisionClaimOperation
fn explain(claim: &Rc<Object>, seen: &Snapshot<'_>, outcome: &mut Outcome) {
    let class = claim.str_at(&["spec", "storageClassName"]);
    if class.is_empty() {
        let message = "no persistent volumes available for this claim and no storage class is set";
        return outcome.event(claim, "Normal", "FailedBinding", message);
    }
    let Some(found) = seen.get(&Key::new(Resource::STORAGE_CLASSES, "", class)) else {
        let message = format!("storageclass.storage.k8s.io \"{class}\" not found");
        return outcome.event(claim, "Warning", "ProvisioningFailed", message);
    };
    if matching::waits_for_consumer(claim, seen) && meta::annotation(claim, SELECTED_NODE).is_none() {
        let message = "waiting for first consumer to be created before binding";
        return outcome.event(claim, "Normal", "WaitForFirstConsumer", message);
    }
    let named = found.str_at(&["provisioner"]);
    let provisioner = matching::migrated(named);
    if provisioner.starts_with("kubernetes.io/") {
        let message = format!("no volume plugin matched name: {provisioner}");
        return outcome.event(claim, "Warning", "ProvisioningFailed", message);
    }
    let message = format!(
        "Waiting for a volume to be created either by the external provisioner '{provisioner}' or manually by the \
         system administrator. If volume creation is delayed, please verify that the provisioner is running and \
         correctly registered."
    );
    outcome.event(claim, "Normal", "ExternalProvisioning", message);
    // Models provisionClaimOperationExternal setClaimProvisioner
    if meta::annotation(claim, PROVISIONER) != Some(provisioner) {
        let mut body = claim.value.clone();
        for name in [PROVISIONER, "volume.beta.kubernetes.io/storage-provisioner"] {
            body.set(&["metadata", "annotations", name], provisioner);
        }
        update(&body, "", Why::Observed, outcome);
    }
}

/// Binds the two to each other: the volume first, then the claim.
// Models bind
fn bind(claim: &Rc<Object>, volume: &Rc<Object>, seen: &Snapshot<'_>, outcome: &mut Outcome) {
    let why = || Why::VolumeFits { volume: meta::name(volume).to_owned() };
    let reserved = reservation(volume, claim);
    if reserved != volume.value {
        update(&reserved, "", why(), outcome);
    }
    set_phase(&reserved, "Bound", why(), seen, outcome);
    let mut bound = claim.value.clone();
    if claim.str_at(&["spec", "volumeName"]).is_empty() {
        bound.set(&["spec", "volumeName"], meta::name(volume));
        bound.set(&["metadata", "annotations", BY_CONTROLLER], "yes");
    }
    bound.set(&["metadata", "annotations", COMPLETED], "yes");
    update(&bound, "", why(), outcome);
    set_bound(&bound, volume, outcome);
}

/// The volume, reserved for the claim.
// Models GetBindVolumeToClaim
#[must_use]
pub fn reservation(volume: &Value, claim: &Value) -> Value {
    let mut reserved = volume.clone();
    if volume.str_at(&["spec", "claimRef", "uid"]) == meta::uid(claim) {
        return reserved;
    }
    if volume.at(&["spec", "claimRef"]).is_none() {
        reserved.set(&["metadata", "annotations", BY_CONTROLLER], "yes");
    }
    reserved.set(
        &["spec", "claimRef"],
        tree!({
            "kind": "PersistentVolumeClaim",
            "namespace": meta::namespace(claim),
            "name": meta::name(claim),
            "uid": meta::uid(claim),
            "apiVersion": "v1",
            "resourceVersion": meta::resource_version(claim),
        }),
    );
    reserved
}

fn set_bound(claim: &Value, volume: &Value, outcome: &mut Outcome) {
    let mut status = claim.at(&["status"]).cloned().unwrap_or_default();
    status.set(&["phase"], "Bound");
    for (field, value) in
        [("accessModes", volume.at(&["spec", "accessModes"])), ("capacity", volume.at(&["spec", "capacity"]))]
    {
        if let Some(value) = value {
            status.set(&[field], value);
        }
    }
    if claim.at(&["status"]) != Some(&status) {
        let why = Why::VolumeFits { volume: meta::name(volume).to_owned() };
        update(&claim.clone().with(&["status"], status), "status", why, outcome);
    }
}

fn update(object: &Value, subresource: &'static str, why: Why, outcome: &mut Outcome) {
    let Some(key) = meta::key(object) else { return };
    let mut body = object.clone();
    body.remove(&["metadata", "resourceVersion"]);
    let request = Request::new(Controller::PersistentVolume.user(), Verb::Update, &key).on(subresource).with_body(body);
    outcome.request(request, why);
}

//! Claims must have their volumes before a Pod that uses them gets a node, unless their class says
//! that the volume is chosen with the node.
// Models pkg/scheduler/framework/plugins/volumebinding

use crate::document::Value;
use crate::kube::api::{Key, Object, Resource, meta};
use crate::kube::controller::persistentvolume;
use crate::kube::scheduler::node_info::NodeInfo;
use crate::kube::scheduler::plugins::{Cycle, Stop};
use std::rc::Rc;

const BOUND: &str = "pv.kubernetes.io/bind-completed";

/// What makes the Pod fit no node at all.
// Models PreFilter
#[must_use]
pub fn pre_filter(cycle: &Cycle<'_>) -> Option<String> {
    for (name, claim) in claims(cycle) {
        let Some(claim) = claim else { return Some(format!("persistentvolumeclaim \"{name}\" not found")) };
        if meta::is_deleting(claim) {
            return Some(format!("persistentvolumeclaim \"{name}\" is being deleted"));
        }
        if claim.str_at(&["status", "phase"]) == "Lost" {
            return Some(format!(
                "persistentvolumeclaim \"{name}\" bound to non-existent persistentvolume {:?}",
                claim.str_at(&["spec", "volumeName"])
            ));
        }
        if !is_bound(claim) && !persistentvolume::waits_for_consumer(claim, &cycle.seen) {
            return Some("pod has unbound immediate PersistentVolumeClaims".to_owned());
        }
    }
    None
}

/// Stops at nodes that a volume does not reach, or on which no volume is free.
pub fn filter(cycle: &Cycle<'_>, info: &NodeInfo) -> Option<Stop> {
    if let Some(reason) = pre_filter(cycle) {
        return Some(Stop::unresolvable(&reason));
    }
    for (_, claim) in claims(cycle) {
        let claim = claim?;
        if is_bound(claim) {
            let key = Key::new(Resource::PERSISTENT_VOLUMES, "", claim.str_at(&["spec", "volumeName"]));
            let reaches = cycle.seen.get(&key).is_none_or(|volume| persistentvolume::reaches(volume, &info.node));
            if !reaches {
                return Some(Stop::unresolvable("node(s) didn't match PersistentVolume's node affinity"));
            }
        } else if persistentvolume::best_for(claim, Some(&info.node.value), &cycle.seen).is_none()
            && persistentvolume::provisioner(claim, &cycle.seen).is_none()
        {
            return Some(Stop::unresolvable("node(s) didn't find available persistent volumes to bind"));
        }
    }
    None
}

/// The volumes that are reserved for the Pod's claims when it gets this node; until they are bound
/// the Pod waits.
// Models PreBind
#[must_use]
pub fn reservations(cycle: &Cycle<'_>, node: &str) -> Vec<Value> {
    let Some(node) = cycle.seen.get(&Key::new(Resource::NODES, "", node)) else { return Vec::new() };
    claims(cycle)
        .filter_map(|(_, claim)| claim.filter(|claim| !is_bound(claim)))
        .filter_map(|claim| {
            let volume = persistentvolume::best_for(claim, Some(&node.value), &cycle.seen)?;
            Some(persistentvolume::reservation(volume, claim))
        })
        .collect()
}

/// The Pod's claims for which somebody else has to make a volume when it gets this node, each with
/// the node written on it; until the volumes are there the Pod waits.
// Models PreBind, AssumePodVolumes: AnnSelectedNode
#[must_use]
pub fn to_provision(cycle: &Cycle<'_>, node: &str) -> Vec<(Value, bool)> {
    let Some(found) = cycle.seen.get(&Key::new(Resource::NODES, "", node)) else { return Vec::new() };
    claims(cycle)
        .filter_map(|(_, claim)| claim.filter(|claim| !is_bound(claim)))
        .filter(|claim| {
            persistentvolume::best_for(claim, Some(&found.value), &cycle.seen).is_none()
                && persistentvolume::provisioner(claim, &cycle.seen).is_some()
        })
        .map(|claim| {
            let is_known = meta::annotation(claim, persistentvolume::SELECTED_NODE) == Some(node);
            let mut claim = claim.value.clone();
            claim.set(&["metadata", "annotations", persistentvolume::SELECTED_NODE], node);
            (claim, is_known)
        })
        .collect()
}

fn is_bound(claim: &Value) -> bool {
    meta::annotation(claim, BOUND).is_some()
}

fn claims<'c>(cycle: &'c Cycle<'_>) -> impl Iterator<Item = (&'c str, Option<&'c Rc<Object>>)> {
    cycle.pod.items_at(&["spec", "volumes"]).iter().filter_map(|volume| {
        let name = volume.at(&["persistentVolumeClaim"])?.str_at(&["claimName"]);
        let key = Key::new(Resource::PERSISTENT_VOLUME_CLAIMS, meta::namespace(cycle.pod), name);
        Some((name, cycle.seen.get(&key)))
    })
}

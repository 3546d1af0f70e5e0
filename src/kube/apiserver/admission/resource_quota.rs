//! ResourceQuota: refuses what would go beyond a namespace's quotas, and charges what does not.
// Models k8s.io/apiserver/pkg/admission/plugin/resourcequota/controller.go CheckRequest

use crate::document::Value;
use crate::kube::Snapshot;
use crate::kube::api::pod_resources::{self, ResourceList};
use crate::kube::api::{ApiError, Key, Quantity, Resource, meta};
use crate::kube::quota;

/// A quota whose `status.used` must be written before the object is.
pub(in crate::kube::apiserver) struct Charge {
    pub key: Key,
    pub used: Value,
}

/// Checks an object against every quota of its namespace; `old` is what it was before, if it was.
pub(super) fn check(
    seen: &Snapshot<'_>,
    resource: Resource,
    object: &Value,
    old: Option<&Value>,
) -> Result<Vec<Charge>, ApiError> {
    let mut charges = Vec::new();
    // Of changes only those count that can take up more.
    if old.is_some() && !matches!(resource, Resource::SERVICES | Resource::PERSISTENT_VOLUME_CLAIMS) {
        return Ok(charges);
    }
    let refuse = |detail: String| Err(ApiError::forbidden(resource, meta::name(object), &detail));
    let mut delta: Option<ResourceList> = None;
    for limited in seen.list(Resource::RESOURCE_QUOTAS, meta::namespace(object)) {
        let name = meta::name(limited);
        let hard = pod_resources::list_of(limited.at(&["status", "hard"]));
        if !quota::matches(limited, &hard, resource, object) {
            continue;
        }
        if let Some(unsaid) = quota::unsaid(resource, object, &hard) {
            return refuse(format!("failed quota: {name}: {unsaid}"));
        }
        let used = pod_resources::list_of(limited.at(&["status", "used"]));
        let restricted = || hard.keys().filter(|name| quota::counts(resource, name));
        if restricted().any(|name| !used.contains_key(name)) {
            let names: Vec<&str> = restricted().map(|name| &**name).collect();
            return refuse(format!("status unknown for quota: {name}, resources: {}", names.join(",")));
        }
        let delta = delta.get_or_insert_with(|| difference(seen, resource, object, old));
        let wanted: ResourceList = delta
            .iter()
            .filter(|(name, _)| hard.contains_key(*name))
            .map(|(name, more)| (name.clone(), *more))
            .collect();
        if wanted.is_empty() {
            continue;
        }
        let mut next = used.clone();
        pod_resources::add(&mut next, &wanted);
        let exceeded: Vec<&str> =
            wanted.keys().filter(|name| next.get(*name) > hard.get(*name)).map(|name| &**name).collect();
        if !exceeded.is_empty() {
            return refuse(format!(
                "exceeded quota: {name}, requested: {}, used: {}, limited: {}",
                said(&wanted, &exceeded),
                said(&used, &exceeded),
                said(&hard, &exceeded)
            ));
        }
        let key = Key::new(Resource::RESOURCE_QUOTAS, meta::namespace(limited), name);
        charges.push(Charge { key, used: quota::to_value(&next) });
    }
    Ok(charges)
}

/// What the object uses beyond what it used before; what does not change is left out.
fn difference(seen: &Snapshot<'_>, resource: Resource, object: &Value, old: Option<&Value>) -> ResourceList {
    let mut delta = quota::usage(resource, object, seen.now);
    let before = old.map(|old| quota::usage(resource, old, seen.now)).unwrap_or_default();
    for (name, amount) in &before {
        let now = delta.get(name).copied().unwrap_or_default();
        delta.insert(name.clone(), now.minus(*amount));
    }
    delta.retain(|_, amount| !amount.is_zero());
    delta
}

// Models prettyPrint
fn said(list: &ResourceList, names: &[&str]) -> String {
    let amount = |name: &str| list.get(name).copied().unwrap_or(Quantity::ZERO);
    names.iter().map(|name| format!("{name}={}", amount(name))).collect::<Vec<_>>().join(",")
}

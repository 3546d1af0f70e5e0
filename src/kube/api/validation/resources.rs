//! The rules of amounts: requests, limits, capacities, quotas.
// Models pkg/apis/core/validation validateResourceRequirements, ValidateResourceQuantityValue

use super::check::{At, Check, Path};
use super::pod::Pod;
use crate::kube::api::{Quantity, names};

/// The rule of a resource's name at a place.
pub type NameRule = fn(&mut Check, &str, &Path);

const STANDARD_CONTAINER: [&str; 3] = ["cpu", "memory", "ephemeral-storage"];
const STANDARD: [&str; 23] = [
    "cpu",
    "memory",
    "ephemeral-storage",
    "requests.cpu",
    "requests.memory",
    "requests.ephemeral-storage",
    "limits.cpu",
    "limits.memory",
    "limits.ephemeral-storage",
    "pods",
    "resourcequotas",
    "services",
    "replicationcontrollers",
    "secrets",
    "configmaps",
    "persistentvolumeclaims",
    "storage",
    "requests.storage",
    "services.nodeports",
    "services.loadbalancers",
    "resourceclaims",
    "hugepages-2Mi",
    "hugepages-1Gi",
];
/// What is counted in whole things.
const INTEGERS: [&str; 9] = [
    "pods",
    "services",
    "replicationcontrollers",
    "resourcequotas",
    "secrets",
    "configmaps",
    "persistentvolumeclaims",
    "services.nodeports",
    "services.loadbalancers",
];

fn huge_pages(name: &str) -> bool {
    name.starts_with("hugepages-") || name.starts_with("requests.hugepages-")
}

/// `kubernetes.io/…` or no prefix at all.
fn native(name: &str) -> bool {
    !name.contains('/') || name.contains("kubernetes.io/")
}

/// Only these may be promised more often than they are there.
// Models pkg/apis/core/helper IsOvercommitAllowed
pub fn overcommit(name: &str) -> bool {
    native(name) && !huge_pages(name)
}

// Models pkg/apis/core/validation validateResourceName
pub fn any_name(check: &mut Check, name: &str, path: &Path) {
    let problems = names::qualified_name(name);
    if !problems.is_empty() {
        return check.problems(path, name, problems);
    }
    if !name.contains('/') && !STANDARD.contains(&name) && !huge_pages(name) {
        check.invalid(path, name, "must be a standard resource type or fully qualified");
    }
}

// Models pkg/apis/core/validation validateContainerResourceName
pub fn container_name(check: &mut Check, name: &str, path: &Path) {
    any_name(check, name, path);
    if !name.contains('/') {
        if !STANDARD_CONTAINER.contains(&name) && !name.starts_with("hugepages-") {
            check.invalid(path, name, "must be a standard resource for containers");
        }
    } else if !native(name) && (name.starts_with("requests.") || !names::qualified_name(name).is_empty()) {
        check.invalid(path, name, "doesn't follow extended resource name standard");
    }
}

// Models pkg/apis/core/validation ValidateResourceQuotaResourceName
pub fn quota_name(check: &mut Check, name: &str, path: &Path) {
    any_name(check, name, path);
    if !name.contains('/') && !is_for_quota(name) {
        check.invalid(path, name, "must be a standard resource for quota");
    }
}

// Models pkg/apis/core/helper IsStandardQuotaResourceName
pub fn is_for_quota(name: &str) -> bool {
    STANDARD.contains(&name) && name != "storage" || huge_pages(name)
}

fn pod_level_name(check: &mut Check, name: &str, path: &Path) {
    let before = check.errors.len();
    any_name(check, name, path);
    if check.errors.len() == before && !matches!(name, "cpu" | "memory") && !name.starts_with("hugepages-") {
        check.unsupported(path, name, &["cpu", "memory"]);
    }
}

/// One amount.
pub fn amount(check: &mut Check, name: &str, at: &At<'_>) {
    let quantity = Quantity::of(at.value);
    let shown = quantity.to_string();
    if quantity.is_negative() {
        check.invalid(&at.path, shown.as_str(), "must be greater than or equal to 0");
    }
    let counted = INTEGERS.contains(&name) || name.contains('/') && !native(name);
    if counted && quantity.milli() % 1000 != 0 {
        check.invalid(&at.path, shown.as_str(), "must be an integer");
    }
}

/// A map of amounts.
pub fn list(check: &mut Check, at: &At<'_>, field: &str, rule: NameRule) {
    let owner = At { value: at.value, path: at.path.clone() };
    let map = if field.is_empty() { owner } else { owner.child(field) };
    for (key, value) in map.value.entries() {
        let at = At { value, path: map.path.key(key) };
        rule(check, key, &at.path);
        amount(check, key, &at);
        if key.starts_with("hugepages-") {
            huge_page_amount(check, key, &at);
        }
    }
}

fn huge_page_amount(check: &mut Check, name: &str, at: &At<'_>) {
    let (page, quantity) = (name.strip_prefix("hugepages-").unwrap_or_default(), Quantity::of(at.value));
    let size = Quantity::parse(page).map(|page| page.value()).unwrap_or_default();
    if size <= 0 || quantity.value() % size != 0 {
        let detail = format!("{quantity} is not positive integer multiple of {name}");
        check.invalid(&at.path, quantity.to_string().as_str(), detail);
    }
}

/// `resources` of a container or a Pod.
pub fn requirements(check: &mut Check, pod: &Pod<'_>, at: &At<'_>, rule: NameRule) {
    list(check, at, "limits", rule);
    let (requests, limits) = (at.child("requests"), at.child("limits"));
    for (name, request) in at.entries("requests") {
        rule(check, name, &request.path);
        amount(check, name, &request);
        let asked = Quantity::of(request.value);
        match limits.value.get(name).map(Quantity::of) {
            Some(limit) if asked != limit && !overcommit(name) => {
                let detail = format!("must be equal to {name} limit of {limit}");
                check.invalid(&requests.path, asked.to_string().as_str(), detail);
            }
            Some(limit) if asked > limit => {
                let detail = format!("must be less than or equal to {name} limit of {limit}");
                check.invalid(&requests.path, asked.to_string().as_str(), detail);
            }
            None if !overcommit(name) => {
                check.required(&limits.path, "Limit must be set for non overcommitable resources");
            }
            _ => {}
        }
        if name.starts_with("hugepages-") {
            huge_page_amount(check, name, &request);
        }
    }
    let any = |test: fn(&str) -> bool| at.entries("limits").chain(at.entries("requests")).any(|(name, _)| test(name));
    if any(|name| name.starts_with("hugepages-")) && !any(|name| matches!(name, "cpu" | "memory")) {
        check.forbidden(&at.path, "HugePages require cpu or memory");
    }
    for claim in at.each("claims") {
        let name = claim.str("name");
        if name.is_empty() {
            check.required(&claim.path, "");
        } else if !pod.has_claim(name) {
            let names: Vec<&str> = pod.spec.list("resourceClaims").iter().map(|one| one.str_at(&["name"])).collect();
            let rest = if names.is_empty() { " which is empty".to_owned() } else { format!(": {}", names.join(", ")) };
            let detail = format!("must be one of the names in pod.spec.resourceClaims{rest}");
            check.not_found_because(&claim.path, name, &detail);
        }
    }
}

/// `spec.resources` of a Pod, against what its containers ask for.
// Models pkg/apis/core/validation validatePodResources
pub fn pod_level(check: &mut Check, pod: &Pod<'_>) {
    let at = pod.spec.child("resources");
    if !at.is_set() {
        return;
    }
    if at.child("claims").is_set() {
        check.forbidden(&at.path.child("claims"), "claims cannot be set for Resources at pod-level");
    }
    requirements(check, pod, &at, pod_level_name);
    for name in ["cpu", "memory"] {
        let sum = pod.spec.list("containers").iter().fold(Quantity::ZERO, |sum, one| {
            sum + one.at(&["resources", "requests", name]).map(Quantity::of).unwrap_or_default()
        });
        let own = at.value.at(&["requests", name]).map(Quantity::of).unwrap_or_default();
        if sum > own {
            let detail = format!("must be greater than or equal to aggregate container requests of {sum}");
            check.invalid(&at.path.child("requests").key(name), own.to_string().as_str(), detail);
        }
    }
    for (index, one) in pod.spec.list("containers").iter().enumerate() {
        for (name, own) in at.entries("limits") {
            let own = Quantity::of(own.value);
            let Some(limit) = one.at(&["resources", "limits", name]).map(Quantity::of).filter(|limit| *limit > own)
            else {
                continue;
            };
            let path = at.path.child("containers").index(index).key(name).child("limits");
            let detail = format!("must be less than or equal to pod limits of {own}");
            check.invalid(&path, limit.to_string().as_str(), detail);
        }
    }
}

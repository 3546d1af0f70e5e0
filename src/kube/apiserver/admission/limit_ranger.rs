//! LimitRanger: what a namespace's LimitRanges fill in, and what they refuse.
// Models plugin/pkg/admission/limitranger/admission.go

use crate::document::InOrder as _;
use crate::document::Value;
use crate::kube::Snapshot;
use crate::kube::api::{ApiError, Quantity, Resource, meta, pod_resources};

const ANNOTATION: &str = "kubernetes.io/limit-ranger";

fn limits<'a>(range: &'a Value, kind: &'a str) -> impl Iterator<Item = &'a Value> {
    range.items_at(&["spec", "limits"]).iter().filter(move |limit| limit.str_at(&["type"]) == kind)
}

/// Gives every container of a Pod what it does not say itself.
// Models mergePodResourceRequirements, defaultContainerResourceRequirements
pub(super) fn fill_in(seen: &Snapshot<'_>, pod: &mut Value) {
    let namespace = meta::namespace(pod).to_owned();
    for range in seen.list(Resource::LIMIT_RANGES, &namespace) {
        let mut told: Vec<String> = Vec::new();
        for (list, word) in [("containers", "container"), ("initContainers", "init container")] {
            if pod.items_at(&["spec", list]).is_empty() {
                continue;
            }
            for container in pod.at_mut(&["spec", list]).items_mut() {
                let name = container.str_at(&["name"]).to_owned();
                for (what, from, to) in [("request", "defaultRequest", "requests"), ("limit", "default", "limits")] {
                    let set = fill_container(range, container, from, to);
                    if !set.is_empty() {
                        told.push(format!("{} {what} for {word} {name}", set.join(", ")));
                    }
                }
            }
        }
        if !told.is_empty() {
            let text = format!("LimitRanger plugin set: {}", told.join("; "));
            pod.set(&["metadata", "annotations", ANNOTATION], text);
        }
    }
}

/// Returns the names of what was filled in, sorted.
fn fill_container(range: &Value, container: &mut Value, from: &str, to: &str) -> Vec<String> {
    let mut set = Vec::new();
    for limit in limits(range, "Container") {
        for (name, amount) in limit.at(&[from]).into_iter().flat_map(Value::entries) {
            if container.at(&["resources", to, name]).is_none() {
                container.set(&["resources", to, name], amount);
                set.push(name.to_string());
            }
        }
    }
    set.order();
    set
}

/// Refuses a Pod or a claim that asks for less or more than a LimitRange of its namespace allows.
// Models PodValidateLimitFunc, PersistentVolumeClaimValidateLimitFunc
pub(super) fn check(seen: &Snapshot<'_>, object: &Value, resource: Resource) -> Result<(), ApiError> {
    for range in seen.list(Resource::LIMIT_RANGES, meta::namespace(object)) {
        let mut errors: Vec<String> = Vec::new();
        if resource == Resource::PERSISTENT_VOLUME_CLAIMS {
            let asked = pod_resources::list_of(object.at(&["spec", "resources", "requests"]));
            let none = pod_resources::ResourceList::new();
            for limit in limits(range, "PersistentVolumeClaim") {
                let amounts = Amounts { kind: "PersistentVolumeClaim", requests: &asked, limits: &none };
                errors.extend(each(limit, "min", |name, bound| amounts.min(name, bound)));
                errors.extend(each(limit, "max", |name, bound| amounts.max_request(name, bound)));
            }
        } else {
            for limit in range.items_at(&["spec", "limits"]) {
                errors.extend(check_pod(limit, object));
            }
        }
        let mut said: Vec<String> = Vec::new();
        for error in errors {
            if !said.contains(&error) {
                said.push(error);
            }
        }
        match said.as_slice() {
            [] => {}
            [one] => return Err(ApiError::forbidden(resource, meta::name(object), one)),
            several => {
                let detail = format!("[{}]", several.join(", "));
                return Err(ApiError::forbidden(resource, meta::name(object), &detail));
            }
        }
    }
    Ok(())
}

fn check_pod(limit: &Value, pod: &Value) -> Vec<String> {
    let mut errors = Vec::new();
    let mut check = |kind: &str, requests: &pod_resources::ResourceList, limits: &pod_resources::ResourceList| {
        let amounts = Amounts { kind, requests, limits };
        errors.extend(each(limit, "min", |name, bound| amounts.min(name, bound)));
        errors.extend(each(limit, "max", |name, bound| amounts.max(name, bound)));
        errors.extend(each(limit, "maxLimitRequestRatio", |name, bound| amounts.ratio(name, bound)));
    };
    match limit.str_at(&["type"]) {
        kind @ "Container" => {
            for list in ["containers", "initContainers"] {
                for container in pod.items_at(&["spec", list]) {
                    let amounts = |kind: &str| pod_resources::list_of(container.at(&["resources", kind]));
                    check(kind, &amounts("requests"), &amounts("limits"));
                }
            }
        }
        kind @ "Pod" => {
            let spec = pod.at(&["spec"]).unwrap_or(&Value::Null);
            check(kind, &pod_resources::of_pod(spec, "requests"), &pod_resources::of_pod(spec, "limits"));
        }
        _ => {}
    }
    errors
}

fn each(limit: &Value, field: &str, check: impl Fn(&str, Quantity) -> Option<String>) -> Vec<String> {
    let bounds = limit.at(&[field]).into_iter().flat_map(Value::entries);
    bounds.filter_map(|(name, bound)| check(name, Quantity::of(bound))).collect()
}

struct Amounts<'a> {
    /// `Container`, `Pod` or `PersistentVolumeClaim`.
    kind: &'a str,
    requests: &'a pod_resources::ResourceList,
    limits: &'a pod_resources::ResourceList,
}

impl Amounts<'_> {
    // Models minConstraint
    fn min(&self, name: &str, bound: Quantity) -> Option<String> {
        let head = format!("minimum {name} usage per {} is {bound}", self.kind);
        match (self.requests.get(name), self.limits.get(name)) {
            (None, _) => Some(format!("{head}.  No request is specified")),
            (Some(request), _) if *request < bound => Some(format!("{head}, but request is {request}")),
            (_, Some(limit)) if *limit < bound => Some(format!("{head}, but limit is {limit}")),
            _ => None,
        }
    }

    // Models maxConstraint
    fn max(&self, name: &str, bound: Quantity) -> Option<String> {
        let head = format!("maximum {name} usage per {} is {bound}", self.kind);
        match (self.requests.get(name), self.limits.get(name)) {
            (_, None) => Some(format!("{head}.  No limit is specified")),
            (_, Some(limit)) if *limit > bound => Some(format!("{head}, but limit is {limit}")),
            (Some(request), _) if *request > bound => Some(format!("{head}, but request is {request}")),
            _ => None,
        }
    }

    // Models maxRequestConstraint
    fn max_request(&self, name: &str, bound: Quantity) -> Option<String> {
        let head = format!("maximum {name} usage per {} is {bound}", self.kind);
        match self.requests.get(name) {
            None => Some(format!("{head}.  No request is specified")),
            Some(request) if *request > bound => Some(format!("{head}, but request is {request}")),
            _ => None,
        }
    }

    // Models limitRequestRatioConstraint
    fn ratio(&self, name: &str, bound: Quantity) -> Option<String> {
        let head = format!("{name} max limit to request ratio per {} is {bound}", self.kind);
        let some = |amount: Option<&Quantity>| amount.copied().filter(|amount| !amount.is_zero());
        let Some(request) = some(self.requests.get(name)) else {
            return Some(format!("{head}, but no request is specified or request is 0"));
        };
        let Some(limit) = some(self.limits.get(name)) else {
            return Some(format!("{head}, but no limit is specified or limit is 0"));
        };
        let (limit, request) = (limit.milli(), request.milli());
        // Millionths, rounded to the nearest, as Go prints a float with `%f`.
        let ratio = (limit * 2_000_000 / request + 1) / 2;
        (limit * 1000 > bound.milli() * request)
            .then(|| format!("{head}, but provided ratio is {}.{:06}", ratio / 1_000_000, ratio % 1_000_000))
    }
}

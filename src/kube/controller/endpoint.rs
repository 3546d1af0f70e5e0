//! The endpoints controller: a Service's selector becomes one Endpoints object, the form that
//! EndpointSlices have replaced and old clients still read.
// Models pkg/controller/endpoint/endpoints_controller.go, pkg/api/v1/endpoints/util.go

use crate::document::InOrder as _;
use crate::document::Value;
use crate::kube::api::labels::Selector;
use crate::kube::api::{Key, Object, Request, Resource, Verb, meta};
use crate::kube::controller::Controller;
use crate::kube::controller::endpointslice::{HEADLESS, TRIGGER_TIME, selects, target_port};
use crate::kube::controller::pods::{has_ended, is_ready};
use crate::kube::why::Why;
use crate::kube::{Outcome, Snapshot};
use crate::sim::Change;
use crate::tree;
use std::collections::BTreeMap;
use std::rc::Rc;

const MANAGED_BY: &str = "endpoints.kubernetes.io/managed-by";
const OVER_CAPACITY: &str = "endpoints.kubernetes.io/over-capacity";
/// More addresses are left out.
// Models maxCapacity
const ADDRESSES_MAX: usize = 1000;

/// Which keys a change makes it look at.
#[must_use]
pub fn interested(change: &Change<Key, Rc<Object>>, seen: &Snapshot<'_>) -> Vec<Key> {
    let namespace = change.key.namespace.clone();
    match change.key.resource {
        Resource::SERVICES => vec![change.key.clone()],
        Resource::ENDPOINTS => vec![Key::new(Resource::SERVICES, namespace, change.key.name.clone())],
        Resource::PODS => seen
            .list(Resource::SERVICES, &namespace)
            .filter(|service| selects(service, &change.value) || lists(service, &change.value, seen))
            .filter_map(|service| meta::key(service))
            .collect(),
        _ => Vec::new(),
    }
}

/// Whether the Service's Endpoints have an address of this Pod, which it may not select any more.
fn lists(service: &Value, pod: &Value, seen: &Snapshot<'_>) -> bool {
    let key = Key::new(Resource::ENDPOINTS, meta::namespace(service), meta::name(service));
    let Some(endpoints) = seen.get(&key) else { return false };
    let address = pod.str_at(&["status", "podIP"]);
    let lists = ["addresses", "notReadyAddresses"];
    let mut known = endpoints.items_at(&["subsets"]).iter().flat_map(|set| lists.map(|list| set.items_at(&[list])));
    !address.is_empty() && known.any(|list| list.iter().any(|one| one.str_at(&["ip"]) == address))
}

/// One pass over one Service.
// Models syncService
#[must_use]
pub fn reconcile(key: &Key, seen: &Snapshot<'_>) -> Outcome {
    let mut outcome = Outcome::settled();
    let own = Key { resource: Resource::ENDPOINTS, ..key.clone() };
    let existing = seen.get(&own);
    let Some(service) = seen.get(key) else {
        if existing.is_some_and(|endpoints| meta::label(endpoints, MANAGED_BY).is_some()) {
            outcome.request(Request::new(Controller::Endpoint.user(), Verb::Delete, &own), Why::OwnerGone);
        }
        return outcome;
    };
    let has_selector = service.at(&["spec", "selector"]).is_some_and(|selector| !selector.is_empty());
    if !has_selector || service.str_at(&["spec", "type"]) == "ExternalName" || meta::is_deleting(service) {
        return outcome;
    }
    let (subsets, ready, is_cut) = subsets(service, seen);
    let is_same = existing.is_some_and(|endpoints| {
        endpoints.at(&["subsets"]).unwrap_or(&Value::Null) == &subsets && *meta::labels(endpoints) == labels(service)
    });
    if is_same {
        return outcome;
    }
    let why = Why::EndpointsChanged { ready };
    let mut body = existing.map_or_else(
        || {
            tree!({
                "apiVersion": "v1",
                "kind": "Endpoints",
                "metadata": { "name": &key.name, "namespace": &key.namespace },
            })
        },
        |endpoints| endpoints.value.clone(),
    );
    body.set(&["subsets"], subsets);
    body.set(&["metadata", "labels"], labels(service));
    body.set(&["metadata", "annotations", TRIGGER_TIME], seen.now.rfc3339());
    if is_cut {
        body.set(&["metadata", "annotations", OVER_CAPACITY], "truncated");
    } else {
        body.remove(&["metadata", "annotations", OVER_CAPACITY]);
    }
    let user = Controller::Endpoint.user();
    let request = match existing {
        Some(_) => Request::new(user, Verb::Update, &own).with_body(body),
        None => Request::create(user, Resource::ENDPOINTS, &key.namespace, body),
    };
    outcome.request(request.managed_by("kube-controller-manager"), why);
    outcome
}

/// The Service's own labels, and those that say whose work this is.
fn labels(service: &Value) -> Value {
    let mut labels = match meta::labels(service) {
        Value::Map(labels) => Value::Map(labels.clone()),
        _ => Value::map(),
    };
    labels.remove(&[HEADLESS]);
    if service.str_at(&["spec", "clusterIP"]) == "None" {
        labels.set(&[HEADLESS], "");
    }
    labels.set(&[MANAGED_BY], "endpoint-controller");
    labels
}

/// Addresses that share the same ports, how many of them are ready, and whether some were left out.
// Models addEndpointSubset, RepackSubsets
fn subsets(service: &Value, seen: &Snapshot<'_>) -> (Value, i64, bool) {
    let selector = Selector::from_map(service.at(&["spec", "selector"]).unwrap_or(&Value::Null));
    let is_published = service.is_true_at(&["spec", "publishNotReadyAddresses"]);
    // Ports → ready addresses and others.
    let mut by_ports: BTreeMap<Value, (Vec<Value>, Vec<Value>)> = BTreeMap::new();
    let (mut ready, mut count) = (0, 0);
    for pod in seen.list(Resource::PODS, meta::namespace(service)) {
        let is_out = has_ended(pod) || meta::is_deleting(pod) && !is_published;
        if is_out || pod.str_at(&["status", "podIP"]).is_empty() || !selector.matches(meta::labels(pod)) {
            continue;
        }
        count += 1;
        if count > ADDRESSES_MAX {
            continue;
        }
        let lists = by_ports.entry(ports(service, pod)).or_default();
        if is_published || is_ready(pod) {
            ready += 1;
            lists.0.push(address(service, pod));
        } else {
            lists.1.push(address(service, pod));
        }
    }
    if by_ports.is_empty() {
        return (Value::Null, 0, false);
    }
    let sets = by_ports.into_iter().map(|(ports, lists)| {
        let mut set = Value::map();
        for (field, mut addresses) in [("addresses", lists.0), ("notReadyAddresses", lists.1)] {
            if !addresses.is_empty() {
                addresses.order_by_key(|address| address.str_at(&["ip"]).to_owned());
                set.set(&[field], addresses);
            }
        }
        if !ports.is_empty() {
            set.set(&["ports"], ports);
        }
        set
    });
    (Value::list(sets), ready, count > ADDRESSES_MAX)
}

/// The Service's ports as this Pod has them.
// Models endpointPortFromServicePort
fn ports(service: &Value, pod: &Value) -> Value {
    let ports = service.items_at(&["spec", "ports"]).iter().filter_map(|port| {
        let mut resolved = tree!({ "port": target_port(port, pod)?, "protocol": port.str_at(&["protocol"]) });
        for field in ["name", "appProtocol"] {
            if let Some(value) = port.at(&[field]) {
                resolved.set(&[field], value);
            }
        }
        Some(resolved)
    });
    Value::list(ports)
}

// Models podToEndpointAddressForService
fn address(service: &Value, pod: &Value) -> Value {
    let mut address = tree!({
        "ip": pod.str_at(&["status", "podIP"]),
        "nodeName": pod.str_at(&["spec", "nodeName"]),
        "targetRef": {
            "kind": "Pod",
            "namespace": meta::namespace(pod),
            "name": meta::name(pod),
            "uid": meta::uid(pod),
        },
    });
    let hostname = pod.str_at(&["spec", "hostname"]);
    if !hostname.is_empty() && pod.str_at(&["spec", "subdomain"]) == meta::name(service) {
        address.set(&["hostname"], hostname);
    }
    address
}

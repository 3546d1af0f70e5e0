//! The EndpointSlice controller: a Service's selector becomes a list of addresses.
// Models pkg/controller/endpointslice, k8s.io/endpointslice reconciler.go and utils.go

use crate::document::Value;
use crate::kube::api::labels::Selector;
use crate::kube::api::{Key, Object, Options, Preconditions, Request, Resource, Verb, meta};
use crate::kube::controller::Controller;
use crate::kube::controller::pods::{has_ended, is_ready};
use crate::kube::why::Why;
use crate::kube::{Outcome, Snapshot};
use crate::sim::Change;
use crate::tree;
use std::collections::BTreeMap;
use std::rc::Rc;

/// The label that names a slice's Service.
pub const SERVICE_NAME: &str = "kubernetes.io/service-name";
const MANAGED_BY: &str = "endpointslice.kubernetes.io/managed-by";
const MANAGER: &str = "endpointslice-controller.k8s.io";
/// The label of what belongs to a Service without an address of its own.
pub(super) const HEADLESS: &str = "service.kubernetes.io/headless";
/// The annotation with the moment of the change that led to a write.
pub(super) const TRIGGER_TIME: &str = "endpoints.kubernetes.io/last-change-trigger-time";
/// `--max-endpoints-per-slice`.
const ENDPOINTS_MAX: usize = 100;

/// Which keys a change makes it look at: the Services whose addresses it may change.
#[must_use]
pub fn interested(change: &Change<Key, Rc<Object>>, seen: &Snapshot<'_>) -> Vec<Key> {
    let namespace = change.key.namespace.clone();
    match change.key.resource {
        Resource::SERVICES => vec![change.key.clone()],
        Resource::ENDPOINT_SLICES => meta::label(&change.value, SERVICE_NAME)
            .map(|service| vec![Key::new(Resource::SERVICES, namespace, service)])
            .unwrap_or_default(),
        Resource::PODS => seen
            .list(Resource::SERVICES, &namespace)
            .filter(|service| selects(service, &change.value) || lists(service, &change.key.name, seen))
            .filter_map(|service| meta::key(service))
            .collect(),
        _ => Vec::new(),
    }
}

/// Whether a Service selects a Pod.
pub(super) fn selects(service: &Value, pod: &Value) -> bool {
    let selector = service.at(&["spec", "selector"]).filter(|selector| !selector.is_empty());
    selector.is_some_and(|selector| Selector::from_map(selector).matches(meta::labels(pod)))
}

/// Whether the Service's slices have an address of this Pod, which it may not select any more.
fn lists(service: &Value, pod: &str, seen: &Snapshot<'_>) -> bool {
    slices_of(service, seen).any(|slice| {
        let endpoints = slice.items_at(&["endpoints"]).iter();
        endpoints.into_iter().any(|endpoint| endpoint.str_at(&["targetRef", "name"]) == pod)
    })
}

/// The slices of a Service.
pub fn slices_of<'a>(service: &Value, seen: &Snapshot<'a>) -> impl Iterator<Item = &'a Rc<Object>> + use<'a> {
    let name = meta::name(service).to_owned();
    seen.list(Resource::ENDPOINT_SLICES, meta::namespace(service))
        .filter(move |slice| meta::label(slice, SERVICE_NAME) == Some(&*name))
}

/// Looks at one Service.
// Models syncService, reconciler.go reconcileByAddressType
#[must_use]
pub fn reconcile(key: &Key, seen: &Snapshot<'_>) -> Outcome {
    let mut outcome = Outcome::settled();
    let Some(service) = seen.get(key).filter(|service| !meta::is_deleting(service)) else { return outcome };
    let has_selector = service.at(&["spec", "selector"]).is_some_and(|selector| !selector.is_empty());
    if !has_selector || service.str_at(&["spec", "type"]) == "ExternalName" {
        return outcome;
    }
    let mut existing: Vec<&Rc<Object>> = slices_of(service, seen)
        .filter(|slice| meta::label(slice, MANAGED_BY) == Some(MANAGER) && !meta::is_deleting(slice))
        .collect();
    let wanted = wanted_slices(service, seen);
    let why = Why::EndpointsChanged { ready: ready_count(&wanted) };
    for (ports, endpoints) in wanted {
        // A slice is kept for the same ports; one that stands empty takes any.
        let same = |slice: &&Rc<Object>| slice.at(&["ports"]).cloned().unwrap_or_default() == ports;
        let place = existing.iter().position(same).or_else(|| existing.iter().position(|slice| is_idle(slice)));
        let place = place.or(if existing.is_empty() { None } else { Some(0) });
        match place.map(|index| existing.remove(index)) {
            Some(slice) => update(&mut outcome, service, slice, ports, endpoints, &why, seen),
            None => create(&mut outcome, service, ports, endpoints, &why, seen),
        }
    }
    for slice in existing {
        delete(&mut outcome, slice, &why);
    }
    outcome
}

fn is_idle(slice: &Value) -> bool {
    slice.items_at(&["endpoints"]).is_empty()
}

fn ready_count(wanted: &[(Value, Value)]) -> i64 {
    let endpoints = wanted.iter().flat_map(|(_, endpoints)| endpoints.items());
    let ready = endpoints.filter(|endpoint| endpoint.is_true_at(&["conditions", "ready"])).count();
    i64::try_from(ready).unwrap_or(i64::MAX)
}

/// Ports and endpoints of each slice there should be; one empty slice where there are none.
fn wanted_slices(service: &Value, seen: &Snapshot<'_>) -> Vec<(Value, Value)> {
    let selector = Selector::from_map(service.at(&["spec", "selector"]).unwrap_or(&Value::Null));
    let mut by_ports: BTreeMap<Value, Vec<Value>> = BTreeMap::new();
    for pod in seen.list(Resource::PODS, meta::namespace(service)) {
        let has_address = !pod.str_at(&["status", "podIP"]).is_empty();
        if has_ended(pod) || !has_address || !selector.matches(meta::labels(pod)) {
            continue;
        }
        by_ports.entry(ports_for(service, pod)).or_default().push(endpoint(service, pod, seen));
    }
    if by_ports.is_empty() {
        return vec![(Value::Null, Value::Null)];
    }
    by_ports
        .into_iter()
        .flat_map(|(ports, endpoints)| {
            let parts: Vec<Value> =
                endpoints.chunks(ENDPOINTS_MAX).map(|part| Value::list(part.iter().cloned())).collect();
            parts.into_iter().map(move |part| (ports.clone(), part))
        })
        .collect()
}

/// The Service's ports as this Pod has them.
// Models utils.go getEndpointPorts
fn ports_for(service: &Value, pod: &Value) -> Value {
    let ports = service.items_at(&["spec", "ports"]).iter().filter_map(|port| {
        let mut resolved = tree!({
            "name": port.str_at(&["name"]),
            "protocol": protocol(port),
            "port": target_port(port, pod)?,
        });
        if let Some(application) = port.at(&["appProtocol"]) {
            resolved.set(&["appProtocol"], application);
        }
        Some(resolved)
    });
    Value::list(ports)
}

fn protocol(port: &Value) -> &str {
    match port.str_at(&["protocol"]) {
        "" => "TCP",
        protocol => protocol,
    }
}

/// The number of a target port: itself, or that of the container port with its name.
// Models pkg/api/v1/pod FindPort
#[must_use]
pub fn target_port(port: &Value, pod: &Value) -> Option<i64> {
    match port.at(&["targetPort"]) {
        Some(Value::Int(number)) => Some(*number),
        Some(Value::Text(name)) => {
            let sidecars = pod.items_at(&["spec", "initContainers"]).iter();
            let sidecars = sidecars.filter(|container| container.str_at(&["restartPolicy"]) == "Always");
            let containers = pod.items_at(&["spec", "containers"]).iter().chain(sidecars);
            containers
                .flat_map(|container| container.items_at(&["ports"]))
                .find(|candidate| candidate.str_at(&["name"]) == &**name && protocol(candidate) == protocol(port))
                .and_then(|found| found.int_at(&["containerPort"]))
        }
        _ => port.int_at(&["port"]),
    }
}

// Models utils.go podToEndpoint
fn endpoint(service: &Value, pod: &Value, seen: &Snapshot<'_>) -> Value {
    let is_serving = is_ready(pod);
    let is_terminating = meta::is_deleting(pod);
    let is_published = service.is_true_at(&["spec", "publishNotReadyAddresses"]);
    let node = pod.str_at(&["spec", "nodeName"]);
    let mut endpoint = tree!({
        "addresses": [(pod.str_at(&["status", "podIP"]))],
        "conditions": {
            "ready": is_published || (is_serving && !is_terminating),
            "serving": is_serving,
            "terminating": is_terminating,
        },
        "targetRef": {
            "kind": "Pod",
            "namespace": meta::namespace(pod),
            "name": meta::name(pod),
            "uid": meta::uid(pod),
        },
        "nodeName": node,
    });
    let hostname = pod.str_at(&["spec", "hostname"]);
    if !hostname.is_empty() && pod.str_at(&["spec", "subdomain"]) == meta::name(service) {
        endpoint.set(&["hostname"], hostname);
    }
    let node = seen.get(&Key::new(Resource::NODES, "", node));
    if let Some(zone) = node.and_then(|node| meta::label(node, "topology.kubernetes.io/zone")) {
        endpoint.set(&["zone"], zone);
    }
    endpoint
}

/// The Service's own labels, and those that say whose slice it is.
// Models utils.go setEndpointSliceLabels
fn labels(service: &Value) -> Value {
    let mut labels = match meta::labels(service) {
        Value::Map(labels) => Value::Map(labels.clone()),
        _ => Value::map(),
    };
    labels.remove(&[HEADLESS]);
    labels.set(&[SERVICE_NAME], meta::name(service));
    labels.set(&[MANAGED_BY], MANAGER);
    if service.str_at(&["spec", "clusterIP"]) == "None" {
        labels.set(&[HEADLESS], "");
    }
    labels
}

fn create(outcome: &mut Outcome, service: &Value, ports: Value, endpoints: Value, why: &Why, seen: &Snapshot<'_>) {
    let namespace = meta::namespace(service);
    let slice = tree!({
        "apiVersion": "discovery.k8s.io/v1",
        "kind": "EndpointSlice",
        "metadata": {
            "generateName": format!("{}-", meta::name(service)),
            "namespace": namespace,
            "labels": labels(service),
            "annotations": { "endpoints.kubernetes.io/last-change-trigger-time": seen.now.rfc3339() },
            "ownerReferences": [(meta::controller_ref(service))],
        },
        "addressType": "IPv4",
        "endpoints": endpoints,
        "ports": ports,
    });
    let request = Request::create(Controller::EndpointSlice.user(), Resource::ENDPOINT_SLICES, namespace, slice);
    outcome.request(request.managed_by("kube-controller-manager"), why.clone());
}

fn update(
    outcome: &mut Outcome,
    service: &Value,
    slice: &Object,
    ports: Value,
    endpoints: Value,
    why: &Why,
    seen: &Snapshot<'_>,
) {
    let labels = labels(service);
    let is_same = |field: &str, wanted: &Value| slice.at(&[field]).unwrap_or(&Value::Null) == wanted;
    let Some(key) = meta::key(slice) else { return };
    if is_same("endpoints", &endpoints) && is_same("ports", &ports) && *meta::labels(slice) == labels {
        return;
    }
    let mut body = slice.value.clone().with(&["endpoints"], endpoints).with(&["ports"], ports);
    body.set(&["metadata", "labels"], labels);
    body.set(&["metadata", "annotations", TRIGGER_TIME], seen.now.rfc3339());
    let request = Request::new(Controller::EndpointSlice.user(), Verb::Update, &key).with_body(body);
    outcome.request(request.managed_by("kube-controller-manager"), why.clone());
}

fn delete(outcome: &mut Outcome, slice: &Object, why: &Why) {
    let Some(key) = meta::key(slice) else { return };
    let mut request = Request::new(Controller::EndpointSlice.user(), Verb::Delete, &key);
    let preconditions = Preconditions { uid: Some(meta::uid(slice).into()), resource_version: None };
    request.options = Options { preconditions, ..Options::default() };
    outcome.request(request, why.clone());
}

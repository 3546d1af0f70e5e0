//! Nodes, Services, endpoints, Events.
// Models k8s.io/kubernetes/pkg/printers/internalversion/printers.go

use crate::document::InOrder as _;
use crate::document::Value;
use crate::world::SimTime;

use super::super::duration::since;
use super::{labels, or_none};

type Row = (Vec<String>, Vec<String>);

// Models printNode
pub(super) fn node(node: &Value) -> Row {
    let mut states: Vec<String> = Vec::new();
    let ready = node.items_at(&["status", "conditions"]).iter().find(|it| it.str_at(&["type"]) == "Ready");
    states.push(
        match ready.map(|it| it.str_at(&["status"])) {
            Some("True") => "Ready",
            Some(_) => "NotReady",
            None => "Unknown",
        }
        .to_owned(),
    );
    if node.is_true_at(&["spec", "unschedulable"]) {
        states.push("SchedulingDisabled".to_owned());
    }
    let mut roles: Vec<String> = Vec::new();
    if let Some(map) = node.at(&["metadata", "labels"]) {
        for (key, value) in map.entries() {
            if let Some(role) = key.strip_prefix("node-role.kubernetes.io/").filter(|role| !role.is_empty()) {
                roles.push(role.to_owned());
            } else if &**key == "kubernetes.io/role" {
                roles.extend(value.as_str().map(str::to_owned));
            }
        }
    }
    roles.order();
    let address = |kind: &str| {
        let found = node.items_at(&["status", "addresses"]).iter().find(|it| it.str_at(&["type"]) == kind);
        or_none(found.map(|it| it.str_at(&["address"])).unwrap_or_default())
    };
    let system = |field: &str| match node.str_at(&["status", "nodeInfo", field]) {
        "" => "<unknown>".to_owned(),
        text => text.to_owned(),
    };
    (
        vec![states.join(","), or_none(&roles.join(","))],
        vec![
            node.str_at(&["status", "nodeInfo", "kubeletVersion"]).to_owned(),
            address("InternalIP"),
            address("ExternalIP"),
            system("osImage"),
            system("kernelVersion"),
            system("containerRuntimeVersion"),
        ],
    )
}

// Models printService
pub(super) fn service(service: &Value) -> Row {
    let kind = service.str_at(&["spec", "type"]);
    (
        vec![
            kind.to_owned(),
            or_none(service.str_at(&["spec", "clusterIP"])),
            external_address(service, kind),
            or_none(&ports(service.items_at(&["spec", "ports"]))),
        ],
        vec![labels(service.at(&["spec", "selector"]))],
    )
}

// Models getServiceExternalIP
fn external_address(service: &Value, kind: &str) -> String {
    let mut addresses: Vec<&str> =
        service.items_at(&["spec", "externalIPs"]).iter().filter_map(Value::as_str).collect();
    match kind {
        "ExternalName" => service.str_at(&["spec", "externalName"]).to_owned(),
        "LoadBalancer" => {
            for ingress in service.items_at(&["status", "loadBalancer", "ingress"]) {
                let found = [ingress.str_at(&["ip"]), ingress.str_at(&["hostname"])];
                addresses.extend(found.into_iter().find(|text| !text.is_empty()));
            }
            if addresses.is_empty() { "<pending>".to_owned() } else { addresses.join(",") }
        }
        _ => or_none(&addresses.join(",")),
    }
}

/// `80:30080/TCP,443/TCP`.
// Models makePortString
pub(super) fn ports(ports: &[Value]) -> String {
    ports
        .iter()
        .map(|port| {
            let number = port.int_at(&["port"]).unwrap_or_default();
            let protocol = port.str_at(&["protocol"]);
            match port.int_at(&["nodePort"]).unwrap_or_default() {
                0 => format!("{number}/{protocol}"),
                node_port => format!("{number}:{node_port}/{protocol}"),
            }
        })
        .collect::<Vec<_>>()
        .join(",")
}

// Models formatEndpoints
pub(super) fn endpoints(endpoints: &Value) -> Row {
    let mut found = Vec::new();
    for subset in endpoints.items_at(&["subsets"]) {
        let ports = subset.items_at(&["ports"]);
        for address in subset.items_at(&["addresses"]) {
            let ip = address.str_at(&["ip"]);
            if ports.is_empty() {
                found.push(ip.to_owned());
            }
            for port in ports {
                found.push(format!("{ip}:{}", port.int_at(&["port"]).unwrap_or_default()));
            }
        }
    }
    (vec![first_of(&found, 3)], vec![])
}

/// The first few of a list, and how many more there are.
fn first_of(found: &[String], most: usize) -> String {
    if found.len() > most {
        return format!("{} + {} more...", found[..most].join(","), found.len() - most);
    }
    or_none(&found.join(","))
}

// Models printEndpointSlice, formatDiscoveryPorts and formatDiscoveryEndpoints
pub(super) fn endpoint_slice(slice: &Value) -> Row {
    let ports: Vec<String> = slice
        .items_at(&["ports"])
        .iter()
        .map(|port| match (port.int_at(&["port"]), port.str_at(&["name"])) {
            (Some(number), _) => number.to_string(),
            (None, "") => "*".to_owned(),
            (None, name) => name.to_owned(),
        })
        .collect();
    let ports = if ports.is_empty() { "<unset>".to_owned() } else { first_of(&ports, 3) };
    let addresses: Vec<String> = slice
        .items_at(&["endpoints"])
        .iter()
        .flat_map(|endpoint| endpoint.items_at(&["addresses"]))
        .filter_map(|address| address.as_str().map(str::to_owned))
        .collect();
    let addresses = if addresses.is_empty() { "<unset>".to_owned() } else { first_of(&addresses, 3) };
    (vec![slice.str_at(&["addressType"]).to_owned(), ports, addresses], vec![])
}

// Models printEvent
pub(super) fn event(event: &Value, now: SimTime) -> Vec<String> {
    let first = match event.str_at(&["firstTimestamp"]) {
        "" => event.str_at(&["eventTime"]),
        first => first,
    };
    let (mut last, mut times) = (event.str_at(&["lastTimestamp"]), event.int_at(&["count"]).unwrap_or_default());
    if let Some(series) = event.get("series") {
        last = series.str_at(&["lastObservedTime"]);
        times = series.int_at(&["count"]).unwrap_or_default();
    } else if times == 0 {
        times = 1;
    }
    if last.is_empty() {
        last = first;
    }
    let kind = event.str_at(&["involvedObject", "kind"]).to_ascii_lowercase();
    let name = event.str_at(&["involvedObject", "name"]);
    let object = if name.is_empty() { kind } else { format!("{kind}/{name}") };
    vec![
        since(last, now),
        event.str_at(&["type"]).to_owned(),
        event.str_at(&["reason"]).to_owned(),
        object,
        event.str_at(&["involvedObject", "fieldPath"]).to_owned(),
        source(event),
        event.str_at(&["message"]).trim().to_owned(),
        since(first, now),
        times.to_string(),
        event.str_at(&["metadata", "name"]).to_owned(),
    ]
}

/// `kubelet, node-a`.
// Models formatEventSource
pub(in crate::shell::kubectl) fn source(event: &Value) -> String {
    let component = match event.str_at(&["source", "component"]) {
        "" => event.str_at(&["reportingComponent"]),
        component => component,
    };
    let host = match event.str_at(&["source", "host"]) {
        "" => event.str_at(&["reportingInstance"]),
        host => host,
    };
    if host.is_empty() { component.to_owned() } else { format!("{component}, {host}") }
}

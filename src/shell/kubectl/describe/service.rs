//! Services and what leads to them.
// Models k8s.io/kubectl/pkg/describe/describe.go

use crate::document::Value;
use crate::world::api::{Key, Resource, meta};

use super::super::{Kubectl, table};
use super::{Failure, Page};

/// The EndpointSlices of a Service.
async fn slices(kubectl: &Kubectl, namespace: &str, service: &str) -> Result<Vec<Value>, Failure> {
    let mut slices = kubectl.client.list(Resource::ENDPOINT_SLICES, namespace).await?;
    slices.retain(|slice| meta::label(slice, "kubernetes.io/service-name") == Some(service));
    Ok(slices)
}

/// `10.244.1.2:8080,10.244.2.3:8080 + 1 more...`.
// Models formatEndpointSlices
fn ready_addresses(slices: &[Value], port_name: &str) -> String {
    let mut found = Vec::new();
    for slice in slices {
        let ports = slice.items_at(&["ports"]);
        for port in ports.iter().filter(|port| port.str_at(&["name"]) == port_name) {
            for endpoint in slice.items_at(&["endpoints"]) {
                let ready = endpoint.at(&["conditions", "ready"]).and_then(Value::as_bool).unwrap_or(true);
                for address in endpoint.items_at(&["addresses"]).iter().filter_map(Value::as_str).filter(|_| ready) {
                    found.push(format!("{address}:{}", port.int_at(&["port"]).unwrap_or_default()));
                }
            }
        }
    }
    const SHOWN: usize = 3;
    if found.len() > SHOWN {
        return format!("{} + {} more...", found[..SHOWN].join(","), found.len() - SHOWN);
    }
    found.join(",")
}

fn texts(object: &Value, path: &[&str]) -> String {
    object.items_at(path).iter().filter_map(Value::as_str).collect::<Vec<_>>().join(",")
}

// Models describeService
pub(super) async fn service(kubectl: &Kubectl, page: &mut Page, service: &Value) -> Result<bool, Failure> {
    let slices = slices(kubectl, meta::namespace(service), meta::name(service)).await?;
    page.head(service);
    page.field(0, "Selector", &table::labels(service.at(&["spec", "selector"])));
    page.field(0, "Type", service.str_at(&["spec", "type"]));
    if !service.str_at(&["spec", "ipFamilyPolicy"]).is_empty() {
        page.field(0, "IP Family Policy", service.str_at(&["spec", "ipFamilyPolicy"]));
    }
    if !service.items_at(&["spec", "ipFamilies"]).is_empty() {
        page.field(0, "IP Families", &texts(service, &["spec", "ipFamilies"]));
    } else {
        page.line(0, "IP Families:\t<none>");
    }
    page.field(0, "IP", service.str_at(&["spec", "clusterIP"]));
    let addresses = texts(service, &["spec", "clusterIPs"]);
    page.field(0, "IPs", &table::or_none(&addresses));
    if !service.items_at(&["spec", "externalIPs"]).is_empty() {
        page.field(0, "External IPs", &texts(service, &["spec", "externalIPs"]));
    }
    for (title, field) in [("Desired LoadBalancer IP", "loadBalancerIP"), ("External Name", "externalName")] {
        if !service.str_at(&["spec", field]).is_empty() {
            page.field(0, title, service.str_at(&["spec", field]));
        }
    }
    let ingress: Vec<String> = service
        .items_at(&["status", "loadBalancer", "ingress"])
        .iter()
        .map(|it| if it.str_at(&["ip"]).is_empty() { it.str_at(&["hostname"]) } else { it.str_at(&["ip"]) }.to_owned())
        .collect();
    if !ingress.is_empty() {
        page.field(0, "LoadBalancer Ingress", &ingress.join(", "));
    }
    for port in service.items_at(&["spec", "ports"]) {
        let name = port.str_at(&["name"]);
        let protocol = port.str_at(&["protocol"]);
        let shown = if name.is_empty() { "<unset>" } else { name };
        page.line(0, &format!("Port:\t{shown}\t{}/{protocol}", port.int_at(&["port"]).unwrap_or_default()));
        page.field(0, "TargetPort", &format!("{}/{protocol}", table::number_or_text(port.get("targetPort"), "")));
        if let Some(node_port) = port.int_at(&["nodePort"]).filter(|number| *number != 0) {
            page.line(0, &format!("NodePort:\t{shown}\t{node_port}/{protocol}"));
        }
        page.field(0, "Endpoints", &ready_addresses(&slices, name));
    }
    page.field(0, "Session Affinity", service.str_at(&["spec", "sessionAffinity"]));
    for (title, field) in
        [("External Traffic Policy", "externalTrafficPolicy"), ("Internal Traffic Policy", "internalTrafficPolicy")]
    {
        if !service.str_at(&["spec", field]).is_empty() {
            page.field(0, title, service.str_at(&["spec", field]));
        }
    }
    if let Some(number) = service.int_at(&["spec", "healthCheckNodePort"]).filter(|number| *number != 0) {
        page.field(0, "HealthCheck NodePort", &number.to_string());
    }
    if !service.items_at(&["spec", "loadBalancerSourceRanges"]).is_empty() {
        page.field(0, "LoadBalancer Source Ranges", &texts(service, &["spec", "loadBalancerSourceRanges"]));
    }
    Ok(true)
}

/// `web:80 (10.244.1.2:8080)`.
// Models IngressDescriber.describeBackendV1 and backendStringer
async fn backend(kubectl: &Kubectl, namespace: &str, backend: &Value) -> Result<String, Failure> {
    let Some(service) = backend.get("service") else {
        let part = |field: &str| backend.str_at(&["resource", field]);
        return Ok(format!("APIGroup: {}, Kind: {}, Name: {}", part("apiGroup"), part("kind"), part("name")));
    };
    let name = service.str_at(&["name"]);
    let port = match service.str_at(&["port", "name"]) {
        "" => service.int_at(&["port", "number"]).unwrap_or_default().to_string(),
        name => name.to_owned(),
    };
    let shown = format!("{name}:{port}");
    let found = match kubectl.client.get(&Key::new(Resource::SERVICES, namespace, name)).await {
        Ok(found) => found,
        Err(error) => return Ok(format!("{shown} (<error: {}>)", error.message)),
    };
    let port_name = found
        .items_at(&["spec", "ports"])
        .iter()
        .find(|it| it.str_at(&["name"]) == port || it.int_at(&["port"]).map(|it| it.to_string()) == Some(port.clone()))
        .map(|it| it.str_at(&["name"]))
        .unwrap_or_default();
    Ok(format!("{shown} ({})", ready_addresses(&slices(kubectl, namespace, name).await?, port_name)))
}

// Models IngressDescriber.describeIngressV1
pub(super) async fn ingress(kubectl: &Kubectl, page: &mut Page, ingress: &Value) -> Result<bool, Failure> {
    let namespace = meta::namespace(ingress);
    page.field(0, "Name", meta::name(ingress));
    page.labels(ingress);
    page.field(0, "Namespace", namespace);
    let addresses: Vec<&str> = ingress
        .items_at(&["status", "loadBalancer", "ingress"])
        .iter()
        .map(|it| if it.str_at(&["ip"]).is_empty() { it.str_at(&["hostname"]) } else { it.str_at(&["ip"]) })
        .collect();
    page.field(0, "Address", &addresses.join(","));
    page.field(0, "Ingress Class", &table::or_none(ingress.str_at(&["spec", "ingressClassName"])));
    let default = match ingress.at(&["spec", "defaultBackend"]) {
        Some(default) => backend(kubectl, namespace, default).await?,
        None => "<default>".to_owned(),
    };
    page.field(0, "Default backend", &default);
    let secrets = ingress.items_at(&["spec", "tls"]);
    if !secrets.is_empty() {
        page.line(0, "TLS:");
        for tls in secrets {
            let (secret, hosts) = (tls.str_at(&["secretName"]), texts(tls, &["hosts"]));
            page.line(
                1,
                &if secret.is_empty() { format!("SNI routes {hosts}") } else { format!("{secret} terminates {hosts}") },
            );
        }
    }
    page.line(0, "Rules:\n  Host\tPath\tBackends");
    page.line(1, "----\t----\t--------");
    let mut rules = 0;
    for rule in ingress.items_at(&["spec", "rules"]) {
        let Some(http) = rule.get("http") else { continue };
        rules += 1;
        let host = rule.str_at(&["host"]);
        page.line(1, &format!("{}\t", if host.is_empty() { "*" } else { host }));
        for path in http.items_at(&["paths"]) {
            let backend = backend(kubectl, namespace, path.get("backend").unwrap_or(&Value::Null)).await?;
            page.line(1, &format!("\t{} \t{backend}", path.str_at(&["path"])));
        }
    }
    if rules == 0 {
        page.line(1, &format!("*\t*\t{default}"));
    }
    page.annotations("", ingress);
    Ok(true)
}

// Models EndpointSliceDescriber
pub(super) fn endpoint_slice(page: &mut Page, slice: &Value) -> bool {
    page.head(slice);
    page.field(0, "AddressType", slice.str_at(&["addressType"]));
    let ports = slice.items_at(&["ports"]);
    if ports.is_empty() {
        page.line(0, "Ports: <unset>");
    } else {
        page.line(0, "Ports:\n  Name\tPort\tProtocol\n  ----\t----\t--------");
        for port in ports {
            let name = port.str_at(&["name"]);
            let name = if name.is_empty() { "<unset>" } else { name };
            let number = port.int_at(&["port"]).map_or("<unset>".to_owned(), |number| number.to_string());
            page.line(1, &format!("{name}\t{number}\t{}", port.str_at(&["protocol"])));
        }
    }
    let endpoints = slice.items_at(&["endpoints"]);
    page.line(0, if endpoints.is_empty() { "Endpoints: <none>" } else { "Endpoints:" });
    for endpoint in endpoints {
        page.line(1, &format!("- Addresses:\t{}", texts(endpoint, &["addresses"])));
        page.line(2, "Conditions:");
        let ready = endpoint.at(&["conditions", "ready"]).map_or("<unset>".to_owned(), ToString::to_string);
        page.field(3, "Ready", &ready);
        page.field(2, "Hostname", &or_unset(endpoint.str_at(&["hostname"])));
        if let Some(target) = endpoint.get("targetRef") {
            page.field(2, "TargetRef", &format!("{}/{}", target.str_at(&["kind"]), target.str_at(&["name"])));
        }
        page.field(2, "NodeName", &or_unset(endpoint.str_at(&["nodeName"])));
        page.field(2, "Zone", &or_unset(endpoint.str_at(&["zone"])));
    }
    true
}

// Models describeEndpoints
pub(super) fn endpoints(page: &mut Page, endpoints: &Value) -> bool {
    page.head(endpoints);
    page.line(0, "Subsets:");
    for subset in endpoints.items_at(&["subsets"]) {
        for (title, field) in [("Addresses", "addresses"), ("NotReadyAddresses", "notReadyAddresses")] {
            let list: Vec<&str> = subset.items_at(&[field]).iter().map(|address| address.str_at(&["ip"])).collect();
            page.field(1, title, &table::or_none(&list.join(",")));
        }
        let ports = subset.items_at(&["ports"]);
        if !ports.is_empty() {
            page.line(1, "Ports:");
            page.line(2, "Name\tPort\tProtocol");
            page.line(2, "----\t----\t--------");
        }
        for port in ports {
            let number = port.int_at(&["port"]).unwrap_or_default();
            page.line(2, &format!("{}\t{number}\t{}", or_unset(port.str_at(&["name"])), port.str_at(&["protocol"])));
        }
        page.line(0, "");
    }
    true
}

// Models describeIngressClassV1
pub(super) fn ingress_class(page: &mut Page, class: &Value) -> bool {
    page.field(0, "Name", meta::name(class));
    page.labels(class);
    page.annotations("", class);
    page.field(0, "Controller", class.str_at(&["spec", "controller"]));
    if let Some(parameters) = class.at(&["spec", "parameters"]) {
        page.line(0, "Parameters:");
        for (title, field) in [("APIGroup", "apiGroup"), ("Kind", "kind"), ("Name", "name")] {
            if parameters.get(field).is_some() {
                page.field(1, title, parameters.str_at(&[field]));
            }
        }
    }
    true
}

fn or_unset(text: &str) -> String {
    if text.is_empty() { "<unset>".to_owned() } else { text.to_owned() }
}

//! `kubectl create service | ingress`.
// Models k8s.io/kubectl/pkg/cmd/create/{create_service,create_ingress}.go

use crate::document::Value;
use crate::tree;
use crate::world::api::Resource;

use super::super::failure::Failure;
use super::super::{Done, Kubectl};
use super::{made, one_name, unknown};

pub(super) async fn service(kubectl: &Kubectl) -> Done {
    let args = &kubectl.args;
    let word = args.words.get(1).map(String::as_str).unwrap_or_default();
    let kind = match word {
        "clusterip" => "ClusterIP",
        "nodeport" => "NodePort",
        "loadbalancer" => "LoadBalancer",
        "externalname" => "ExternalName",
        _ => {
            return Err(unknown(kubectl, 1));
        }
    };
    let name = one_name(kubectl)?;
    if kind == "ExternalName" {
        args.require("external-name")?;
    }
    let ports: Vec<Value> = args.list("tcp").map(|text| port(kubectl, text)).collect::<Result<_, _>>()?;
    let headless = args.text("clusterip") == "None";
    if ports.is_empty() && kind != "ExternalName" && !headless {
        return Err(Failure::plain("at least one tcp port specifier must be provided"));
    }
    if kind == "ExternalName" && !is_subdomain(args.text("external-name")) {
        return Err(Failure::Plain(format!("invalid service external name {}", args.text("external-name"))));
    }
    let labels = tree!({ "app": name.as_str() });
    let mut object = tree!({
        "apiVersion": "v1",
        "kind": "Service",
        "metadata": { "name": name, "labels": labels.clone() },
        "spec": { "type": kind, "selector": labels },
        "status": { "loadBalancer": {} },
    });
    if !ports.is_empty() {
        object.set(&["spec", "ports"], Value::list(ports));
    }
    for (flag, field) in [("clusterip", "clusterIP"), ("external-name", "externalName")] {
        if !args.text(flag).is_empty() {
            object.set(&["spec", field], args.text(flag));
        }
    }
    made(kubectl, Resource::SERVICES, object, Some(&format!("{kind} service:"))).await
}

// Models validation.IsDNS1123Subdomain
fn is_subdomain(text: &str) -> bool {
    let is_plain = |byte: u8| byte.is_ascii_lowercase() || byte.is_ascii_digit();
    let is_label = |label: &str| {
        let bytes = label.as_bytes();
        bytes.iter().all(|byte| is_plain(*byte) || *byte == b'-')
            && bytes.first().is_some_and(|byte| is_plain(*byte))
            && bytes.last().is_some_and(|byte| is_plain(*byte))
    };
    text.len() <= 253 && text.split('.').all(is_label)
}

/// `80:8080` or `80`.
// Models parsePorts
fn port(kubectl: &Kubectl, text: &str) -> Result<Value, Failure> {
    let number = |text: &str| {
        text.parse::<i64>().map_err(|_| Failure::Plain(format!("strconv.Atoi: parsing \"{text}\": invalid syntax")))
    };
    let (outside, inside) = text.split_once(':').unwrap_or((text, text));
    let target = inside.parse::<i64>().map_or_else(|_| Value::from(inside), Value::Int);
    let mut port = tree!({
        "name": text.replace(':', "-"),
        "port": number(outside)?,
        "protocol": "TCP",
        "targetPort": target,
    });
    if let Some(node_port) = kubectl.args.integer("node-port").filter(|number| *number != 0) {
        port.set(&["nodePort"], node_port);
    }
    Ok(port)
}

/// One `--rule`: `host/path*=service:port[,tls[=secret]]`.
struct Rule<'a> {
    host: &'a str,
    path: &'a str,
    kind: &'static str,
    backend: Value,
    /// The secret's name; empty for none.
    tls: Option<&'a str>,
}

fn backend(text: &str) -> Option<Value> {
    let (service, port) = text.split_once(':')?;
    let port = match port.parse::<i64>() {
        Ok(number) => tree!({ "number": number }),
        Err(_) => tree!({ "name": port }),
    };
    Some(tree!({ "service": { "name": service, "port": port } }))
}

fn rule(text: &str) -> Option<Rule<'_>> {
    let (place, rest) = text.split_once('=')?;
    let (target, tls) = match rest.split_once(',') {
        Some((target, tls)) => (target, Some(tls.strip_prefix("tls")?.trim_start_matches('='))),
        None => (rest, None),
    };
    let (host, path) = place.split_once('/').map_or((place, ""), |(host, _)| (host, &place[host.len()..]));
    let (path, kind) = match path.strip_suffix('*') {
        Some(path) => (path, "Prefix"),
        None => (path, "Exact"),
    };
    let path = if path.is_empty() { "/" } else { path };
    Some(Rule { host, path, kind, backend: backend(target)?, tls })
}

pub(super) async fn ingress(kubectl: &Kubectl) -> Done {
    let args = &kubectl.args;
    let name = one_name(kubectl)?;
    if args.value("rule").is_none() && args.text("default-backend").is_empty() {
        return Err(Failure::plain(
            "not enough information provided: every ingress has to either specify a default-backend (which catches all traffic) or a list of rules (which catch specific paths)",
        ));
    }
    let mut object = tree!({
        "apiVersion": "networking.k8s.io/v1",
        "kind": "Ingress",
        "metadata": { "name": name },
        "spec": {},
        "status": { "loadBalancer": {} },
    });
    for (key, value) in args.values("annotation").filter_map(|pair| pair.split_once('=')) {
        object.set(&["metadata", "annotations", key], value);
    }
    if !args.text("class").is_empty() {
        object.set(&["spec", "ingressClassName"], args.text("class"));
    }
    if let Some(default) = backend(args.text("default-backend")) {
        object.set(&["spec", "defaultBackend"], default);
    }
    let (mut rules, mut secrets): (Vec<Value>, Vec<Value>) = (Vec::new(), Vec::new());
    for text in args.values("rule") {
        let Some(rule) = rule(text) else {
            return Err(Failure::Plain(format!(
                "rule {text} is invalid and should be in format host/path=svcname:svcport[,tls[=secret]]"
            )));
        };
        let path = tree!({ "path": rule.path, "pathType": rule.kind, "backend": rule.backend });
        match rules.iter_mut().find(|known| known.str_at(&["host"]) == rule.host) {
            Some(known) => known.at_mut(&["http", "paths"]).items_mut().push(path),
            None => {
                let mut new = tree!({ "http": { "paths": [path] } });
                if !rule.host.is_empty() {
                    new.set(&["host"], rule.host);
                }
                rules.push(new);
            }
        }
        if let Some(secret) = rule.tls {
            let mut tls = tree!({ "hosts": Value::list([rule.host.into()]) });
            if !secret.is_empty() {
                tls.set(&["secretName"], secret);
            }
            secrets.push(tls);
        }
    }
    for (field, list) in [("rules", rules), ("tls", secrets)] {
        if !list.is_empty() {
            object.set(&["spec", field], Value::list(list));
        }
    }
    made(kubectl, Resource::INGRESSES, object, Some("ingress:")).await
}

//! The rules of Ingresses, their classes, and network policies.
// Models pkg/apis/networking/validation

use super::affinity::label_selector;
use super::check::{At, Check, Path};
use super::probe;
use crate::document::Value;
use crate::kube::api::{meta, names};
use std::net::IpAddr;

/// An Ingress, its metadata apart.
pub fn ingress(check: &mut Check, object: &Value, is_new: bool) {
    let spec = At::of(object, "spec");
    let (rules, default) = (spec.child("rules"), spec.child("defaultBackend"));
    if rules.value.items().is_empty() && !default.is_set() {
        let shown = if rules.is_set() { "[]" } else { "null" };
        check.invalid(&spec.path, shown.to_owned(), "either `defaultBackend` or `rules` must be specified");
    }
    if default.is_set() {
        backend(check, &default);
    }
    for rule in rules.items() {
        host(check, &rule.child("host"));
        let http = rule.child("http");
        if http.is_set() {
            if http.list("paths").is_empty() {
                check.required(&http.path.child("paths"), "");
            }
            http.each("paths").for_each(|path| ingress_path(check, &path));
        }
    }
    for tls in spec.each("tls") {
        for host in tls.each("hosts") {
            let wild = host.text().contains('*');
            check.named(&host, if wild { names::wildcard_subdomain } else { names::dns1123_subdomain });
        }
        check.named_if_set(&tls.child("secretName"), names::dns1123_subdomain);
    }
    let class = spec.child("ingressClassName");
    if class.is_set() {
        check.named(&class, names::dns1123_subdomain);
    }
    let annotation = meta::annotation(object, "kubernetes.io/ingress.class");
    if let Some(text) = annotation.filter(|text| is_new && class.is_set() && *text != class.text()) {
        let path = Path::of("annotations").child("kubernetes.io/ingress.class");
        check.invalid(&path, text, "must match `ingressClassName` when both are specified");
    }
}

fn host(check: &mut Check, host: &At<'_>) {
    let text = host.text();
    if text.is_empty() {
        return;
    }
    if text.parse::<IpAddr>().is_ok() {
        check.invalid(&host.path, text, "must be a DNS name, not an IP address");
    }
    let wild = text.contains('*');
    check.named(host, if wild { names::wildcard_subdomain } else { names::dns1123_subdomain });
}

// Models pkg/apis/networking/validation validateHTTPIngressPath
fn ingress_path(check: &mut Check, at: &At<'_>) {
    let kind = at.child("pathType");
    if !kind.is_set() {
        return check.required(&kind.path, "pathType must be specified");
    }
    let path = at.child("path");
    let text = path.text();
    match kind.text() {
        "Exact" | "Prefix" => {
            if !text.starts_with('/') {
                check.invalid(&path.path, text, "must be an absolute path");
            }
            for part in ["//", "/./", "/../", "%2f", "%2F"] {
                if text.contains(part) {
                    check.invalid(&path.path, text, format!("must not contain '{part}'"));
                }
            }
            for end in ["/..", "/."] {
                if text.ends_with(end) {
                    check.invalid(&path.path, text, format!("cannot end with '{end}'"));
                }
            }
        }
        "ImplementationSpecific" => {
            if !text.is_empty() && !text.starts_with('/') {
                check.invalid(&path.path, text, "must be an absolute path");
            }
        }
        other => check.unsupported(&kind.path, other, &["Exact", "ImplementationSpecific", "Prefix"]),
    }
    backend(check, &at.child("backend"));
}

// Models pkg/apis/networking/validation validateIngressBackend
fn backend(check: &mut Check, at: &At<'_>) {
    let (resource, service) = (at.child("resource"), at.child("service"));
    match (resource.is_set(), service.is_set()) {
        (true, true) => return check.invalid(&at.path, "", "cannot set both resource and service backends"),
        (true, false) => return reference(check, &resource),
        (false, false) => return check.invalid(&at.path, "", "resource or service backend is required"),
        (false, true) => {}
    }
    check.need_name(&service.child("name"), names::dns1123_label);
    let port = service.child("port");
    let (name, number) = (port.child("name"), port.child("number"));
    let value = number.int().unwrap_or_default();
    match (name.text().is_empty(), value) {
        (true, 0) => check.required(&at.path, "port name or number is required"),
        (false, 0) => check.named(&name, names::port_name),
        (true, value) => check.number(&number, value, names::port_number(value)),
        (false, _) => check.invalid(&at.path, "", "cannot set both port name & port number"),
    }
}

fn reference(check: &mut Check, at: &At<'_>) {
    let group = at.child("apiGroup");
    if group.is_set() {
        check.named(&group, names::dns1123_subdomain);
    }
    check.need_name(&at.child("kind"), names::path_segment);
    check.need_name(&at.child("name"), names::path_segment);
}

/// An IngressClass, its metadata apart.
pub fn ingress_class(check: &mut Check, object: &Value) {
    let spec = At::of(object, "spec");
    let controller = spec.child("controller");
    if controller.text().len() > 250 {
        check.too_long(&controller.path, 250);
    }
    domain_prefixed_path(check, &controller);
    let parameters = spec.child("parameters");
    if !parameters.is_set() {
        return;
    }
    reference(check, &parameters);
    let namespace = parameters.child("namespace");
    match parameters.str("scope") {
        "Namespace" if !namespace.is_set() => {
            check.required(&namespace.path, "`parameters.scope` is set to 'Namespace'");
        }
        "Namespace" => check.named(&namespace, names::dns1123_label),
        "Cluster" if namespace.is_set() => {
            check.forbidden(&namespace.path, "`parameters.scope` is set to 'Cluster'");
        }
        "Cluster" => {}
        other => check.unsupported(&parameters.path.child("scope"), other, &["Cluster", "Namespace"]),
    }
}

// Models k8s.io/apimachinery/pkg/util/validation IsDomainPrefixedPath
pub fn domain_prefixed_path(check: &mut Check, at: &At<'_>) {
    if !check.need(at) {
        return;
    }
    match at.text().split_once('/') {
        Some((domain, path)) if !domain.is_empty() && !path.is_empty() => {
            check.problems(&at.path, domain, names::dns1123_subdomain(domain));
        }
        _ => {
            let detail = "must be a domain-prefixed path (such as \"acme.io/foo\")";
            check.invalid(&at.path, at.text(), detail);
        }
    }
}

/// A NetworkPolicy, its metadata apart.
pub fn network_policy(check: &mut Check, object: &Value) {
    let spec = At::of(object, "spec");
    label_selector(check, &spec.child("podSelector"));
    for (list, peers) in [("ingress", "from"), ("egress", "to")] {
        for rule in spec.each(list) {
            rule.each("ports").for_each(|port| policy_port(check, &port));
            rule.each(peers).for_each(|one| peer(check, &one));
        }
    }
    let types = spec.child("policyTypes");
    if types.value.items().len() > 2 {
        return check.invalid(&types.path, types.value, "may not specify more than two policyTypes");
    }
    for kind in types.items() {
        check.one_of_if_set(&kind, &["Ingress", "Egress"]);
    }
}

// Models pkg/apis/networking/validation ValidateNetworkPolicyPort
fn policy_port(check: &mut Check, at: &At<'_>) {
    check.one_of_if_set(&at.child("protocol"), &["TCP", "UDP", "SCTP"]);
    let (port, end) = (at.child("port"), at.child("endPort"));
    match (port.value, end.int()) {
        (Value::Int(first), Some(last)) => {
            probe::port(check, &port);
            if last < *first {
                check.invalid(&end.path, last, "must be greater than or equal to `port`");
            }
            check.number(&end, last, names::port_number(last));
        }
        (Value::Null, Some(last)) => {
            check.invalid(&end.path, last, "may not be specified when `port` is not specified")
        }
        (Value::Null, None) => {}
        (_, Some(last)) => {
            check.invalid(&end.path, last, "may not be specified when `port` is non-numeric");
            probe::port(check, &port);
        }
        _ => probe::port(check, &port),
    }
}

// Models pkg/apis/networking/validation ValidateNetworkPolicyPeer
fn peer(check: &mut Check, at: &At<'_>) {
    let mut count = 0;
    for field in ["podSelector", "namespaceSelector"] {
        let selector = at.child(field);
        if selector.is_set() {
            count += 1;
            label_selector(check, &selector);
        }
    }
    let block = at.child("ipBlock");
    if block.is_set() {
        count += 1;
        ip_block(check, &block);
    }
    if count == 0 {
        check.required(&at.path, "must specify a peer");
    } else if count > 1 && block.is_set() {
        check.forbidden(&at.path, "may not specify both ipBlock and another peer");
    }
}

fn ip_block(check: &mut Check, block: &At<'_>) {
    let cidr = block.child("cidr");
    if !check.need(&cidr) {
        return;
    }
    let Some((base, length)) = check.cidr(&cidr) else { return };
    for except in block.each("except") {
        let Some((inner, inner_length)) = check.cidr(&except) else { continue };
        if inner_length <= length || !within(base, length, inner) {
            check.invalid(&except.path, except.text(), "must be a strict subset of `cidr`");
        }
    }
}

fn within(base: IpAddr, length: u8, inner: IpAddr) -> bool {
    let bits = |address: IpAddr| match address {
        IpAddr::V4(address) => u128::from(u32::from(address)) << 96,
        IpAddr::V6(address) => u128::from(address),
    };
    let mask = if length == 0 { 0 } else { u128::MAX << (128 - u32::from(length)) };
    base.is_ipv4() == inner.is_ipv4() && bits(base) & mask == bits(inner) & mask
}

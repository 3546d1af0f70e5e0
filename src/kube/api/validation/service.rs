//! The rules of Services and of the endpoints behind them.
// Models pkg/apis/core/validation ValidateService, pkg/apis/discovery/validation

use super::check::{At, Check, Path};
use super::container::PROTOCOLS;
use super::{goprint, meta, probe};
use crate::document::Value;
use crate::kube::api::names;
use crate::tree;
use std::net::IpAddr;

const TYPES: [&str; 4] = ["ClusterIP", "ExternalName", "LoadBalancer", "NodePort"];
const FAMILIES: [&str; 2] = ["IPv4", "IPv6"];

fn headless(spec: &Value) -> bool {
    spec.items_at(&["clusterIPs"]).first().and_then(Value::as_str) == Some("None")
}

/// A Service, its metadata apart.
pub fn service(check: &mut Check, object: &Value) {
    let spec = At::of(object, "spec");
    let kind = spec.str("type");
    let headless = headless(spec.value);
    let ports = spec.child("ports");
    if ports.value.items().is_empty() && !headless && kind != "ExternalName" {
        check.required(&ports.path, "");
    }
    match kind {
        "LoadBalancer" | "NodePort" if headless => {
            let detail = format!("may not be set to 'None' for {kind} services");
            check.invalid(&spec.path.child("clusterIPs").index(0), "None", detail);
        }
        "ExternalName" => external_name(check, &spec),
        _ => {}
    }
    let several = ports.value.items().len() > 1;
    let mut seen: Vec<&str> = Vec::new();
    for port in ports.clone().items() {
        service_port(check, &port, several, &mut seen);
    }
    meta::labels(check, spec.child("selector").value, &spec.path.child("selector"));
    affinity(check, &spec);
    cluster_ips(check, &spec);
    for ip in spec.each("externalIPs") {
        let before = check.errors.len();
        check.ip(&ip);
        if check.errors.len() == before {
            non_special_ip(check, &ip);
        }
    }
    check.one_of(&spec.path.child("type"), kind, &TYPES);
    port_numbers(check, &spec, &ports);
    load_balancer(check, object, &spec);
    traffic(check, &spec);
}

fn external_name(check: &mut Check, spec: &At<'_>) {
    for field in ["clusterIPs", "ipFamilies", "ipFamilyPolicy"] {
        let at = spec.child(field);
        if !at.value.is_empty() {
            check.forbidden(&at.path, "may not be set for ExternalName services");
        }
    }
    let name = spec.child("externalName");
    let text = name.text().strip_suffix('.').unwrap_or(name.text());
    if text.is_empty() {
        check.required(&name.path, "");
    } else {
        check.problems(&name.path, text, names::dns1123_subdomain(text));
    }
}

// Models pkg/apis/core/validation validateServicePort
fn service_port<'a>(check: &mut Check, port: &At<'a>, need_name: bool, seen: &mut Vec<&'a str>) {
    let name = port.child("name");
    if need_name && name.text().is_empty() {
        check.required(&name.path, "");
    } else if !name.text().is_empty() {
        check.named(&name, names::dns1123_label);
        if seen.contains(&name.text()) {
            check.duplicate(&name.path, name.text());
        } else {
            seen.push(name.text());
        }
    }
    let number = port.child("port");
    let value = number.int().unwrap_or_default();
    check.number(&number, value, names::port_number(value));
    check.one_of(&port.path.child("protocol"), port.str("protocol"), &PROTOCOLS);
    probe::port(check, &port.child("targetPort"));
    check.named_if_set(&port.child("appProtocol"), names::qualified_name);
}

fn affinity(check: &mut Check, spec: &At<'_>) {
    let kind = spec.str("sessionAffinity");
    check.one_of(&spec.path.child("sessionAffinity"), kind, &["ClientIP", "None"]);
    let config = spec.child("sessionAffinityConfig");
    if kind == "ClientIP" {
        let timeout = config.child("clientIP").child("timeoutSeconds");
        if let Some(seconds) = timeout.int().filter(|seconds| !(1..=86_400).contains(seconds)) {
            check.invalid(&timeout.path, seconds, "must be greater than 0 and less than 86400");
        }
    } else if kind == "None" && config.is_set() {
        check.forbidden(&config.path, "must not be set when session affinity is None");
    }
}

// Models pkg/apis/core/validation ValidateServiceClusterIPsRelatedFields
pub fn cluster_ips(check: &mut Check, spec: &At<'_>) {
    if spec.str("type") == "ExternalName" {
        return;
    }
    let (ip, ips) = (spec.str("clusterIP"), spec.child("clusterIPs"));
    let first = ips.value.items().first().and_then(Value::as_str);
    match (ip.is_empty(), first) {
        (false, None) => check.required(&ips.path, ""),
        (false, Some(first)) if first != ip => {
            check.invalid(&ips.path, ips.value, "first value must match `clusterIP`");
        }
        (true, Some(_)) => check.invalid(&ips.path, ips.value, "must be empty when `clusterIP` is not specified"),
        _ => {}
    }
    let mut seen: Vec<&str> = Vec::new();
    for family in spec.each("ipFamilies") {
        check.one_of_if_set(&family, &FAMILIES);
        if seen.contains(&family.text()) {
            check.duplicate(&family.path, family.text());
        }
        seen.push(family.text());
    }
    check.one_of_if_set(&spec.child("ipFamilyPolicy"), &["PreferDualStack", "RequireDualStack", "SingleStack"]);
    let before = check.errors.len();
    for (index, one) in ips.clone().items().enumerate() {
        if index == 0 && one.text() == "None" {
            if ips.value.items().len() > 1 {
                check.invalid(&ips.path, ips.value, "'None' must be the first and only value");
            }
            continue;
        }
        check.ip(&one);
    }
    let broken = check.errors.len() > before;
    if ips.value.items().len() > 2 {
        check.invalid(&ips.path, ips.value, "may only hold up to 2 values");
    }
    if broken || first == Some("None") {
        return;
    }
    let sixes = ips.value.items().iter().filter(|one| one.as_str().is_some_and(|text| text.contains(':'))).count();
    if ips.value.items().len() > 1 && (sixes == 0 || sixes == ips.value.items().len()) {
        check.invalid(&ips.path, ips.value, "may specify no more than one IP for each IP family");
    }
    for (one, family) in ips.items().zip(spec.list("ipFamilies").iter().filter_map(Value::as_str)) {
        let is_six = one.text().contains(':');
        if is_six != (family == "IPv6") {
            let index = usize::from(one.value != &spec.list("clusterIPs")[0]);
            let detail = format!("expected an {family} value as indicated by `ipFamilies[{index}]`");
            check.invalid(&one.path, one.text(), detail);
        }
    }
}

/// No two ports may be the same, by number or by node port.
fn port_numbers(check: &mut Check, spec: &At<'_>, ports: &At<'_>) {
    if spec.str("type") == "ClusterIP" {
        for port in ports.clone().items() {
            if port.child("nodePort").int().unwrap_or_default() != 0 {
                check.forbidden(&port.path.child("nodePort"), "may not be used when `type` is 'ClusterIP'");
            }
        }
    }
    for field in ["nodePort", "port"] {
        let mut seen: Vec<(&str, i64)> = Vec::new();
        for port in ports.clone().items() {
            let number = port.child(field).int().unwrap_or_default();
            if field == "nodePort" && number == 0 {
                continue;
            }
            let key = (port.str("protocol"), number);
            if seen.contains(&key) {
                if field == "nodePort" {
                    check.duplicate(&port.path.child("nodePort"), number);
                } else {
                    let bare = tree!({ "protocol": (key.0), "port": (key.1) });
                    check.duplicate(&port.path, goprint::json(&bare, "ServicePort"));
                }
            }
            seen.push(key);
        }
    }
}

fn load_balancer(check: &mut Check, object: &Value, spec: &At<'_>) {
    let is_balancer = spec.str("type") == "LoadBalancer";
    let only = "may only be used when `type` is 'LoadBalancer'";
    let ranges = spec.child("loadBalancerSourceRanges");
    if !ranges.value.is_empty() {
        let path = spec.path.child("LoadBalancerSourceRanges");
        if !is_balancer {
            check.forbidden(&path, only);
        }
        for range in (At { value: ranges.value, path }).items() {
            check.cidr(&range);
        }
    } else if let Some(text) =
        crate::kube::api::meta::annotation(object, "service.beta.kubernetes.io/load-balancer-source-ranges")
    {
        let path = Path::of("metadata.annotations").key("service.beta.kubernetes.io/load-balancer-source-ranges");
        if !is_balancer {
            check.forbidden(&path, only);
        }
        for range in text.split(',').filter(|range| !range.trim().is_empty()) {
            let value = Value::text(range.trim());
            check.cidr(&At { value: &value, path: path.clone() });
        }
    }
    if spec.child("allocateLoadBalancerNodePorts").is_set() && !is_balancer {
        check.forbidden(&spec.path.child("allocateLoadBalancerNodePorts"), only);
    }
    let class = spec.child("loadBalancerClass");
    if class.is_set() {
        if !is_balancer {
            check.forbidden(&class.path, only);
        } else {
            check.named(&class, names::qualified_name);
        }
    }
}

fn traffic(check: &mut Check, spec: &At<'_>) {
    let kind = spec.str("type");
    let policies = ["Cluster", "Local"];
    let external = spec.child("externalTrafficPolicy");
    let reachable =
        matches!(kind, "NodePort" | "LoadBalancer") || kind == "ClusterIP" && !spec.list("externalIPs").is_empty();
    if !reachable {
        if !external.text().is_empty() {
            check.invalid(&external.path, external.text(), "may only be set for externally-accessible services");
        }
    } else {
        check.one_of(&external.path, external.text(), &policies);
    }
    let health = spec.child("healthCheckNodePort");
    let local = kind == "LoadBalancer" && external.text() == "Local";
    let number = health.int().unwrap_or_default();
    if local && number == 0 {
        check.required(&health.path, "");
    }
    if number != 0 {
        if local {
            check.number(&health, number, names::port_number(number));
        } else {
            let detail = "may only be set when `type` is 'LoadBalancer' and `externalTrafficPolicy` is 'Local'";
            check.invalid(&health.path, number, detail);
        }
    }
    check.one_of_if_set(&spec.child("internalTrafficPolicy"), &policies);
    let distribution = spec.child("trafficDistribution");
    check.one_of_if_set(&distribution, &["PreferClose", "PreferSameNode", "PreferSameZone"]);
}

/// What may not change.
// Models pkg/apis/core/validation ValidateServiceUpdate
pub fn service_update(check: &mut Check, new: &Value, old: &Value) {
    let (now, was) = (At::of(new, "spec"), At::of(old, "spec"));
    families_update(check, &now, &was);
    let both = |kind: &str| now.str("type") == kind && was.str("type") == kind;
    let class = now.child("loadBalancerClass");
    if both("LoadBalancer") && Some(class.value) != was.value.get("loadBalancerClass").or(Some(&Value::Null)) {
        check.invalid(&class.path, class.value, "may not change once set");
    }
    let local = |spec: &At<'_>| spec.str("externalTrafficPolicy") == "Local";
    let health = now.child("healthCheckNodePort");
    if both("LoadBalancer") && local(&now) && local(&was) && health.int() != was.child("healthCheckNodePort").int() {
        check.forbidden(&health.path, "field is immutable");
    }
}

// Models pkg/apis/core/validation validateUpgradeDowngradeClusterIPs, validateUpgradeDowngradeIPFamilies
fn families_update(check: &mut Check, now: &At<'_>, was: &At<'_>) {
    if now.str("type") == "ExternalName" || was.str("type") == "ExternalName" {
        return;
    }
    if headless(now.value) && headless(was.value) {
        return;
    }
    for (field, unset) in
        [("clusterIPs", "primary clusterIP can not be unset"), ("ipFamilies", "primary ipFamily can not be unset")]
    {
        if field == "ipFamilies" && headless(now.value) != headless(was.value) {
            continue;
        }
        let (new, old) = (now.child(field), was.list(field));
        let items = new.value.items();
        if old.len() == items.len() {
            for (index, _) in old.iter().zip(items).enumerate().filter(|(_, (old, new))| old != new) {
                // Upstream names the first family, whichever has changed.
                let index = if field == "clusterIPs" { index } else { 0 };
                check.invalid(&new.path.index(index), new.value, "may not change once set");
            }
        } else if !old.is_empty() && items.is_empty() {
            let shown = if new.is_set() { "[]" } else { "null" };
            check.invalid(&new.path.index(0), shown.to_owned(), unset);
        } else if !old.is_empty() && items.first() != old.first() {
            check.invalid(&new.path.index(0), new.value, "may not change once set");
        }
    }
}

// Models pkg/apis/core/validation ValidateNonSpecialIP
fn non_special_ip(check: &mut Check, at: &At<'_>) {
    let text = at.text();
    let Ok(ip) = text.parse::<IpAddr>() else {
        return check.invalid(&at.path, text, "must be a valid IP address");
    };
    if ip.is_unspecified() {
        check.invalid(&at.path, text, format!("may not be unspecified ({text})"));
    }
    if ip.is_loopback() {
        check.invalid(&at.path, text, "may not be in the loopback range (127.0.0.0/8, ::1/128)");
    }
    let link_local = match ip {
        IpAddr::V4(ip) => ip.is_link_local(),
        IpAddr::V6(ip) => ip.segments()[0] & 0xffc0 == 0xfe80,
    };
    if link_local {
        check.invalid(&at.path, text, "may not be in the link-local range (169.254.0.0/16, fe80::/10)");
    }
    if matches!(ip, IpAddr::V4(ip) if ip.octets()[..3] == [224, 0, 0]) {
        let detail = "may not be in the link-local multicast range (224.0.0.0/24, ff02::/10)";
        check.invalid(&at.path, text, detail);
    }
}

/// Endpoints, their metadata apart.
pub fn endpoints(check: &mut Check, object: &Value) {
    for subset in At::of(object, "subsets").items() {
        if subset.list("addresses").is_empty() && subset.list("notReadyAddresses").is_empty() {
            check.required(&subset.path, "must specify `addresses` or `notReadyAddresses`");
        }
        for address in subset.each("addresses").chain(subset.each("notReadyAddresses")) {
            check.ip(&address.child("ip"));
            check.named_if_set(&address.child("hostname"), names::dns1123_label);
            check.named_if_set(&address.child("nodeName"), names::dns1123_subdomain);
            non_special_ip(check, &address.child("ip"));
        }
        let several = subset.list("ports").len() > 1;
        for port in subset.each("ports") {
            let name = port.child("name");
            if several || !name.text().is_empty() {
                check.need_name(&name, names::dns1123_label);
            }
            let number = port.child("port");
            let value = number.int().unwrap_or_default();
            check.number(&number, value, names::port_number(value));
            check.one_of(&port.path.child("protocol"), port.str("protocol"), &PROTOCOLS);
        }
    }
}

/// An EndpointSlice, its metadata apart.
// Models pkg/apis/discovery/validation ValidateEndpointSlice
pub fn endpoint_slice(check: &mut Check, object: &Value) {
    // Simulates: addressType
    let kind = At::of(object, "addressType");
    let kinds = ["FQDN", "IPv4", "IPv6"];
    check.one_of(&kind.path, kind.text(), &kinds);
    let list = At::of(object, "endpoints");
    if list.value.items().len() > 1000 {
        check.too_many(&list.path, list.value.items().len(), 1000);
    }
    for endpoint in list.items() {
        let addresses = endpoint.child("addresses");
        if addresses.value.items().is_empty() {
            check.required(&addresses.path, "must contain at least 1 address");
        } else if addresses.value.items().len() > 100 {
            check.too_many(&addresses.path, addresses.value.items().len(), 100);
        }
        for address in addresses.items() {
            let ip = address.text().parse::<IpAddr>();
            match kind.text() {
                "IPv4" if !ip.as_ref().is_ok_and(IpAddr::is_ipv4) => {
                    check.invalid(&address.path, address.text(), "must be a valid IPv4 address");
                }
                "IPv6" if !ip.as_ref().is_ok_and(IpAddr::is_ipv6) => {
                    check.invalid(&address.path, address.text(), "must be a valid IPv6 address");
                }
                "IPv4" | "IPv6" => non_special_ip(check, &address),
                _ => check.named(&address, names::dns1123_subdomain),
            }
        }
        check.named_if_set(&endpoint.child("nodeName"), names::dns1123_subdomain);
        check.named_if_set(&endpoint.child("hostname"), names::dns1123_label);
    }
    slice_ports(check, object);
}

fn slice_ports(check: &mut Check, object: &Value) {
    let mut seen: Vec<&str> = Vec::new();
    for port in At::of(object, "ports").items() {
        let name = port.child("name");
        check.named_if_set(&name, names::dns1123_label);
        if seen.contains(&name.text()) {
            check.duplicate(&name.path, name.text());
        }
        seen.push(name.text());
        check.one_of(&port.path.child("protocol"), port.str("protocol"), &PROTOCOLS);
        let number = port.child("port");
        if let Some(value) = number.int() {
            check.number(&number, value, names::port_number(value));
        }
        check.named_if_set(&port.child("appProtocol"), names::qualified_name);
    }
}

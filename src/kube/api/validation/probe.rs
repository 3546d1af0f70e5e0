//! The rules of probes and lifecycle handlers.
// Models pkg/apis/core/validation validateProbe, validateHandler

use super::check::{At, Check};
use crate::document::Value;
use crate::kube::api::names;

/// `lifecycle` and the three probes of a container that may have them.
pub fn lifecycle_and_probes(check: &mut Check, container: &At<'_>, grace: Option<i64>) {
    let lifecycle = container.child("lifecycle");
    for hook in ["postStart", "preStop"] {
        let hook = lifecycle.child(hook);
        if hook.is_set() {
            handler(check, &hook, &["exec", "httpGet", "tcpSocket", "sleep"], grace);
        }
    }
    for kind in ["livenessProbe", "readinessProbe", "startupProbe"] {
        let at = container.child(kind);
        if !at.is_set() {
            continue;
        }
        probe(check, &at, grace);
        if kind == "readinessProbe" {
            let period = at.child("terminationGracePeriodSeconds");
            if let Some(seconds) = period.int() {
                check.invalid(&period.path, seconds, "must not be set for readinessProbes");
            }
        } else if let Some(count) = at.child("successThreshold").int().filter(|count| *count != 1) {
            check.invalid(&at.path.child("successThreshold"), count, "must be 1");
        }
    }
}

fn probe(check: &mut Check, at: &At<'_>, grace: Option<i64>) {
    handler(check, at, &["exec", "httpGet", "tcpSocket", "grpc"], grace);
    let fields = ["initialDelaySeconds", "timeoutSeconds", "periodSeconds", "successThreshold", "failureThreshold"];
    check.non_negatives(at, &fields);
    let period = at.child("terminationGracePeriodSeconds");
    if let Some(seconds) = period.int().filter(|seconds| *seconds <= 0) {
        check.invalid(&period.path, seconds, "must be greater than 0");
    }
}

fn handler(check: &mut Check, at: &At<'_>, kinds: &[&str], grace: Option<i64>) {
    let mut found = false;
    for kind in kinds {
        let one = at.child(kind);
        if !one.is_set() {
            continue;
        }
        if found {
            check.forbidden(&one.path, "may not specify more than 1 handler type");
            continue;
        }
        found = true;
        match *kind {
            "exec" if one.list("command").is_empty() => check.required(&one.path.child("command"), ""),
            "exec" => {}
            "httpGet" => http_get(check, &one),
            "sleep" => sleep(check, &one, grace),
            _ => port(check, &one.child("port")),
        }
    }
    if !found {
        check.required(&at.path, "must specify a handler type");
    }
}

fn http_get(check: &mut Check, at: &At<'_>) {
    check.need(&at.child("path"));
    port(check, &at.child("port"));
    let scheme = at.child("scheme");
    if !matches!(scheme.text(), "HTTP" | "HTTPS") {
        check.unsupported(&scheme.path, scheme.text(), &["HTTP", "HTTPS"]);
    }
    for header in at.each("httpHeaders") {
        let name = header.str("name");
        check.problems(&at.path.child("httpHeaders"), name, names::http_header(name));
    }
}

fn sleep(check: &mut Check, at: &At<'_>, grace: Option<i64>) {
    let seconds = at.child("seconds").int().unwrap_or_default();
    if let Some(grace) = grace.filter(|grace| seconds < 0 || seconds > *grace) {
        let detail = format!("must be non-negative and less than terminationGracePeriodSeconds ({grace})");
        check.invalid(&at.path, seconds, detail);
    }
}

/// A port by number or name.
// Models pkg/apis/core/validation ValidatePortNumOrName
pub fn port(check: &mut Check, at: &At<'_>) {
    match at.value {
        Value::Text(name) => check.problems(&at.path, name, names::port_name(name)),
        value => {
            let number = value.as_int().unwrap_or_default();
            check.number(at, number, names::port_number(number));
        }
    }
}

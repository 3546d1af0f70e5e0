//! Ingress: which Service a request goes to by its host and path.
// Source: "Ingress" (Path types, Hostname wildcards, Multiple matches).

use crate::document::Value;
use crate::kube::Snapshot;
use crate::kube::api::{Key, Resource, meta};

/// The rule that fits a request.
#[derive(Clone, PartialEq, Debug)]
pub struct Fit {
    /// The Ingress.
    pub ingress: Key,
    /// The Service.
    pub service: Key,
    /// Its port: a number or a name.
    pub port: Value,
}

/// Whether an Ingress has a rule for a host by its name.
#[must_use]
pub fn knows(seen: &Snapshot<'_>, host: &str) -> bool {
    let mut rules = seen.list(Resource::INGRESSES, "").flat_map(|ingress| ingress.items_at(&["spec", "rules"]));
    rules.any(|rule| !rule.str_at(&["host"]).is_empty() && fits_host(rule.str_at(&["host"]), host))
}

/// Whether a name is that of a load balancer which an Ingress has been given.
#[must_use]
pub fn is_balanced(seen: &Snapshot<'_>, name: &str) -> bool {
    let given = |ingress: &Value| {
        let mut shown = ingress.items_at(&["status", "loadBalancer", "ingress"]).iter();
        shown.any(|it| it.str_at(&["hostname"]) == name)
    };
    !name.is_empty() && seen.list(Resource::INGRESSES, "").any(|ingress| given(ingress))
}

/// The backend for a host and a path: the exact path before the longest prefix; without any, a
/// default backend.
#[must_use]
pub fn find(seen: &Snapshot<'_>, host: &str, path: &str) -> Option<Fit> {
    let mut best: Option<(bool, usize, Fit)> = None;
    let mut default = None;
    let path = path.split('?').next().unwrap_or(path);
    for ingress in seen.list(Resource::INGRESSES, "") {
        let fit = |backend: &Value| {
            let service = backend.at(&["service"])?;
            let port = service.at(&["port", "number"]).or_else(|| service.at(&["port", "name"]))?.clone();
            let key = Key::new(Resource::SERVICES, meta::namespace(ingress), service.str_at(&["name"]));
            Some(Fit { ingress: meta::key(ingress)?, service: key, port })
        };
        if let Some(backend) = ingress.at(&["spec", "defaultBackend"])
            && default.is_none()
        {
            default = fit(backend);
        }
        for rule in ingress.items_at(&["spec", "rules"]).iter().filter(|rule| fits_host(rule.str_at(&["host"]), host)) {
            for candidate in rule.items_at(&["http", "paths"]) {
                let wanted = candidate.str_at(&["path"]);
                let is_exact = candidate.str_at(&["pathType"]) == "Exact";
                if !fits_path(wanted, path, is_exact) {
                    continue;
                }
                let rank = (is_exact, wanted.len());
                if best.as_ref().is_none_or(|(exact, length, _)| (*exact, *length) < rank)
                    && let Some(fit) = candidate.at(&["backend"]).and_then(fit)
                {
                    best = Some((rank.0, rank.1, fit));
                }
            }
        }
    }
    best.map(|(_, _, fit)| fit).or(default)
}

fn fits_host(wanted: &str, host: &str) -> bool {
    match wanted.strip_prefix("*.") {
        Some(rest) => host.split_once('.').is_some_and(|(first, after)| !first.is_empty() && after == rest),
        None => wanted.is_empty() || wanted == host,
    }
}

/// A prefix is compared element by element.
fn fits_path(wanted: &str, path: &str, is_exact: bool) -> bool {
    if is_exact {
        return wanted == path;
    }
    let wanted = wanted.trim_end_matches('/');
    path.strip_prefix(wanted).is_some_and(|rest| rest.is_empty() || rest.starts_with('/'))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn paths_fit_as_the_documentation_tabulates() {
        for (wanted, path, is_exact, fits) in [
            ("/", "/any", false, true),
            ("/foo", "/foo", true, true),
            ("/foo", "/foo/", true, false),
            ("/foo", "/foo/", false, true),
            ("/foo/", "/foo", false, true),
            ("/aaa/bb", "/aaa/bbb", false, false),
            ("/aaa/bbb", "/aaa/bbb/ccc", false, true),
            ("/aaa/bbb", "/aaa/bbbxyz", false, false),
        ] {
            assert_eq!(fits_path(wanted, path, is_exact), fits, "{wanted} {path}");
        }
        assert!(fits_host("*.foo.com", "bar.foo.com"));
        assert!(!fits_host("*.foo.com", "baz.bar.foo.com"));
        assert!(!fits_host("*.foo.com", "foo.com"));
    }
}

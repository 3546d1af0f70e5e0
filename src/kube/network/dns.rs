//! Names: what the cluster's DNS answers, and how a Pod's resolver asks.
// Source: "DNS for Services and Pods"; the Kubernetes DNS-Based Service Discovery specification 1.1.0.

use super::endpoints_of;
use crate::document::Value;
use crate::kube::Snapshot;
use crate::kube::api::{Key, Resource};
use std::rc::Rc;

/// What a resolver is told in `/etc/resolv.conf`.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct Resolver {
    /// Where it asks.
    pub servers: Vec<Rc<str>>,
    /// What it appends, in order.
    pub searches: Vec<Rc<str>>,
    /// With fewer dots than this a name is tried with the search list first.
    pub ndots: usize,
}

impl Resolver {
    /// Reads `/etc/resolv.conf`.
    #[must_use]
    pub fn parse(text: &str) -> Self {
        let mut resolver = Self { ndots: 1, ..Self::default() };
        for line in text.lines() {
            let mut words = line.split_whitespace();
            match words.next() {
                Some("nameserver") => resolver.servers.extend(words.next().map(Rc::from)),
                Some("search") => resolver.searches = words.map(Rc::from).collect(),
                Some("options") => {
                    let ndots = words.find_map(|word| word.strip_prefix("ndots:")?.parse().ok());
                    resolver.ndots = ndots.unwrap_or(resolver.ndots);
                }
                _ => {}
            }
        }
        resolver
    }

    /// The names that are asked for, in order.
    #[must_use]
    pub fn candidates(&self, name: &str) -> Vec<String> {
        if let Some(full) = name.strip_suffix('.') {
            return vec![full.to_owned()];
        }
        let searched = self.searches.iter().map(|search| format!("{name}.{search}"));
        if name.matches('.').count() >= self.ndots {
            std::iter::once(name.to_owned()).chain(searched).collect()
        } else {
            searched.chain(std::iter::once(name.to_owned())).collect()
        }
    }
}

/// What stands behind a name.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Record {
    /// The full name that was found.
    pub name: String,
    /// Its addresses.
    pub addresses: Vec<Rc<str>>,
    /// The Service whose name it is, if it is one.
    pub service: Option<Key>,
}

/// How often an `ExternalName` may point at another.
const ALIASES_MAX: u32 = 8;

/// Looks a name up as a Pod's resolver does.
#[must_use]
pub fn lookup(seen: &Snapshot<'_>, resolver: &Resolver, name: &str) -> Option<Record> {
    resolver.candidates(name).iter().find_map(|full| record(seen, full, 0))
}

fn record(seen: &Snapshot<'_>, name: &str, aliases: u32) -> Option<Record> {
    if aliases > ALIASES_MAX {
        return None;
    }
    let lower = name.to_ascii_lowercase();
    let answer = |addresses: Vec<Rc<str>>, service: Option<Key>| {
        (!addresses.is_empty()).then(|| Record { name: name.to_owned(), addresses, service })
    };
    if let Some(pod) = lower.strip_suffix(".pod.cluster.local") {
        let (address, _) = pod.split_once('.')?;
        return answer(vec![address.replace('-', ".").into()], None);
    }
    let Some(rest) = lower.strip_suffix(".svc.cluster.local") else {
        if lower.ends_with(".cluster.local") {
            return None;
        }
        return answer(outside(&lower)?, None);
    };
    let labels: Vec<&str> = rest.split('.').collect();
    let (host, service, namespace) = match labels.as_slice() {
        [service, namespace] => ("", *service, *namespace),
        [host, service, namespace] => (*host, *service, *namespace),
        _ => return None,
    };
    let key = Key::new(Resource::SERVICES, namespace, service);
    let object = seen.get(&key)?;
    if object.str_at(&["spec", "type"]) == "ExternalName" {
        let target = record(seen, object.str_at(&["spec", "externalName"]), aliases + 1)?;
        return Some(Record { name: target.name, ..target });
    }
    let cluster_ip = object.str_at(&["spec", "clusterIP"]);
    if host.is_empty() && cluster_ip != "None" {
        return answer(vec![cluster_ip.into()], Some(key));
    }
    // A headless Service: the Pods themselves; with a host name, the one that has it.
    let mut addresses: Vec<Rc<str>> = Vec::new();
    endpoints_of(seen, object, |endpoint, _| {
        let is_meant = host.is_empty() || endpoint.str_at(&["hostname"]) == host;
        if is_meant
            && endpoint.is_true_at(&["conditions", "ready"])
            && let Some(address) = endpoint.items_at(&["addresses"]).first().and_then(Value::as_shared)
            && !addresses.contains(&address)
        {
            addresses.push(address);
        }
    });
    answer(addresses, Some(key))
}

/// Names that end like this are taken to be somewhere in the world outside.
const WORLD: [&str; 16] =
    ["com", "net", "org", "io", "dev", "kr", "de", "uk", "jp", "app", "edu", "gov", "me", "info", "cloud", "ai"];

/// A stand-in for the world outside: a name that could exist gets an address of TEST-NET-2.
fn outside(name: &str) -> Option<Vec<Rc<str>>> {
    let (before, last) = name.rsplit_once('.')?;
    let exists = WORLD.contains(&last) && !before.is_empty() && !before.contains("does-not-exist");
    exists.then(|| vec![format!("198.51.100.{}", 1 + crate::sim::stable_hash(0, &["outside", name]) % 250).into()])
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_with_few_dots_are_searched_first() {
        let resolver =
            Resolver::parse("search a.svc.cluster.local svc.cluster.local\nnameserver 10.96.0.10\noptions ndots:5\n");
        assert_eq!(resolver.candidates("web"), ["web.a.svc.cluster.local", "web.svc.cluster.local", "web"]);
        assert_eq!(resolver.candidates("web.b."), ["web.b"]);
        let plain = Resolver::parse("nameserver 1.1.1.1\n");
        assert_eq!(plain.candidates("example.com"), ["example.com"]);
    }
}

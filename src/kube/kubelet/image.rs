//! Images: which exist, how large they are, what they run, and pulling them.
// Models pkg/kubelet/images/image_manager.go

use crate::kube::kubelet::preset::{Images, Preset};
use crate::sim::{Dice, SimTime, millis, stable_hash};
use rpds::RedBlackTreeMap;
use std::rc::Rc;

/// What is known of a well-known image.
#[derive(Debug)]
pub struct Known {
    /// The repository, without the default registry and `library/`.
    pub name: &'static str,
    /// Compressed size in megabytes, about.
    pub megabytes: u64,
    /// Versions that exist: `(major, first minor, last minor)`.
    pub versions: &'static [(u64, u64, u64)],
    /// Ports that its program listens on.
    pub ports: &'static [i64],
    /// What runs when no command is given.
    pub entry: Entry,
}

/// What an image runs when no command is given.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Entry {
    /// A server that knows these paths; empty for any.
    Server(&'static [&'static str]),
    /// A server that exits with 1 unless one of these variables is set.
    ServerNeeding(&'static [&'static str]),
    /// A shell; without a terminal it ends at once.
    Shell,
    /// It prints something and ends.
    Once,
    /// It waits for ever.
    Pause,
}

const ANY: Entry = Entry::Server(&[]);
const STATIC: Entry = Entry::Server(&["/", "/index.html"]);

#[rustfmt::skip]
static KNOWN: &[Known] = &[
    known("nginx", 72, &[(1, 7, 29)], &[80], STATIC),
    known("httpd", 58, &[(2, 2, 4)], &[80], STATIC),
    known("caddy", 20, &[(2, 0, 11)], &[80], STATIC),
    known("traefik", 55, &[(2, 0, 11), (3, 0, 6)], &[80], ANY),
    known("haproxy", 45, &[(2, 0, 9), (3, 0, 3)], &[80], ANY),
    known("redis", 45, &[(5, 0, 0), (6, 0, 2), (7, 0, 4), (8, 0, 4)], &[6379], ANY),
    known("memcached", 32, &[(1, 5, 6)], &[11211], ANY),
    known("rabbitmq", 90, &[(3, 7, 13), (4, 0, 2)], &[5672, 15672], ANY),
    known("mongo", 290, &[(4, 0, 4), (5, 0, 0), (6, 0, 0), (7, 0, 0), (8, 0, 2)], &[27017], ANY),
    known("postgres", 155, &[(11, 0, 22), (12, 0, 22), (13, 0, 23), (14, 0, 20), (15, 0, 15), (16, 0, 11), (17, 0, 7), (18, 0, 1)], &[5432], Entry::ServerNeeding(&["POSTGRES_PASSWORD", "POSTGRES_HOST_AUTH_METHOD"])),
    known("mysql", 220, &[(5, 5, 7), (8, 0, 4), (9, 0, 5)], &[3306], Entry::ServerNeeding(&["MYSQL_ROOT_PASSWORD", "MYSQL_ALLOW_EMPTY_PASSWORD", "MYSQL_RANDOM_ROOT_PASSWORD"])),
    known("mariadb", 120, &[(10, 3, 11), (11, 0, 8), (12, 0, 1)], &[3306], Entry::ServerNeeding(&["MARIADB_ROOT_PASSWORD", "MYSQL_ROOT_PASSWORD", "MARIADB_ALLOW_EMPTY_ROOT_PASSWORD"])),
    known("wordpress", 260, &[(5, 0, 9), (6, 0, 9)], &[80], ANY),
    known("busybox", 2, &[(1, 24, 37)], &[], Entry::Shell),
    known("alpine", 4, &[(3, 5, 23)], &[], Entry::Shell),
    known("debian", 49, &[(10, 0, 13), (11, 0, 11), (12, 0, 12), (13, 0, 2)], &[], Entry::Shell),
    known("ubuntu", 30, &[(18, 4, 4), (20, 4, 4), (22, 4, 4), (24, 4, 10), (25, 4, 10)], &[], Entry::Shell),
    known("python", 350, &[(2, 7, 7), (3, 6, 14)], &[], Entry::Shell),
    known("node", 380, &[(14, 0, 21), (16, 0, 20), (18, 0, 20), (20, 0, 20), (22, 0, 21), (24, 0, 12), (25, 0, 2)], &[], Entry::Shell),
    known("golang", 290, &[(1, 16, 25)], &[], Entry::Shell),
    known("perl", 330, &[(5, 8, 42)], &[], Entry::Shell),
    known("registry.k8s.io/nginx-slim", 72, &[(0, 8, 27)], &[80], STATIC),
    known("registry.k8s.io/etcd", 60, &[(3, 2, 6)], &[2379], ANY),
    known("gcr.io/google-samples/kubernetes-bootcamp", 70, &[(1, 0, 0), (2, 0, 0)], &[8080], ANY),
    known("williamyeh/hey", 3, &[], &[], Entry::Once),
    known("williamyeh/wrk", 5, &[], &[], Entry::Once),
    known("fortio/fortio", 9, &[(1, 0, 73)], &[8080], ANY),
    known("jordi/ab", 6, &[], &[], Entry::Once),
    known("hello-world", 1, &[], &[], Entry::Once),
    known("nginxdemos/hello", 18, &[(0, 1, 4)], &[80], ANY),
    known("traefik/whoami", 3, &[(1, 6, 11)], &[80], ANY),
    known("hashicorp/http-echo", 4, &[(0, 2, 2), (1, 0, 0)], &[5678], ANY),
    known("curlimages/curl", 10, &[(7, 60, 88), (8, 0, 17)], &[], Entry::Once),
    known("nginxinc/nginx-unprivileged", 72, &[(1, 16, 29)], &[8080], STATIC),
    known("registry.k8s.io/pause", 1, &[(3, 1, 10)], &[], Entry::Pause),
    known("registry.k8s.io/echoserver", 40, &[(1, 4, 10)], &[8080], ANY),
    known("registry.k8s.io/e2e-test-images/agnhost", 55, &[(2, 12, 57)], &[], Entry::Pause),
    known("registry.k8s.io/e2e-test-images/busybox", 2, &[(1, 28, 37)], &[], Entry::Shell),
    known("registry.k8s.io/busybox", 2, &[(1, 24, 27)], &[], Entry::Shell),
    known("registry.k8s.io/hpa-example", 180, &[], &[80], ANY),
    known("polinux/stress", 4, &[(1, 0, 4)], &[], Entry::Once),
    known("kicbase/echo-server", 5, &[(1, 0, 0)], &[8080], ANY),
    known("ealen/echo-server", 40, &[(0, 5, 9)], &[80], ANY),
    known("mendhak/http-https-echo", 50, &[], &[8080], ANY),
    known("gcr.io/google-samples/hello-app", 12, &[(1, 0, 0), (2, 0, 0)], &[8080], ANY),
];

const fn known(
    name: &'static str,
    megabytes: u64,
    versions: &'static [(u64, u64, u64)],
    ports: &'static [i64],
    entry: Entry,
) -> Known {
    Known { name, megabytes, versions, ports, entry }
}

/// Tags and suffixes that are not versions but that most repositories have.
const WORDS: &[&str] = &[
    "latest",
    "stable",
    "mainline",
    "alpine",
    "slim",
    "bookworm",
    "trixie",
    "bullseye",
    "perl",
    "otel",
    "glibc",
    "musl",
    "uclibc",
    "lts",
    "noble",
    "jammy",
    "focal",
    "plain-text",
    "edge",
];

/// What is known of the image, if it is a well-known one.
#[must_use]
pub fn well_known(image: &str) -> Option<&'static Known> {
    let (repository, _) = split(image);
    let short = repository.strip_prefix("docker.io/").unwrap_or(repository);
    let short = short.strip_prefix("library/").unwrap_or(short);
    KNOWN.iter().find(|known| known.name == short)
}

/// Repository and tag (or digest).
fn split(image: &str) -> (&str, &str) {
    if let Some((repository, digest)) = image.split_once('@') {
        return (repository, digest);
    }
    match image.rsplit_once(':') {
        Some((repository, tag)) if !tag.contains('/') => (repository, tag),
        _ => (image, "latest"),
    }
}

/// The image as a runtime names it: registry, repository and tag.
#[must_use]
pub fn full_name(image: &str) -> String {
    let (repository, tag) = split(image);
    let first = repository.split('/').next().unwrap_or_default();
    let has_registry = repository.contains('/') && (first.contains('.') || first.contains(':') || first == "localhost");
    let separator = if image.contains('@') { '@' } else { ':' };
    if has_registry {
        format!("{repository}{separator}{tag}")
    } else if repository.contains('/') {
        format!("docker.io/{repository}{separator}{tag}")
    } else {
        format!("docker.io/library/{repository}{separator}{tag}")
    }
}

/// The repository with a digest of its content, as a runtime reports it.
#[must_use]
pub fn digest_name(image: &str) -> String {
    let full = full_name(image);
    if full.contains('@') {
        return full;
    }
    let repository = full.rsplit_once(':').map_or(full.as_str(), |(repository, _)| repository);
    let hex: String = (0_u64..4).map(|part| format!("{:016x}", stable_hash(part, &["image", &full]))).collect();
    format!("{repository}@sha256:{hex}")
}

/// Whether a registry would have this image. Of well-known images only the tags that were ever
/// published exist; of any other, every tag does, unless its name says that it does not exist.
fn exists(image: &str) -> bool {
    let (repository, tag) = split(image);
    if repository.contains("does-not-exist") || tag.contains("does-not-exist") {
        return false;
    }
    well_known(image).is_none_or(|known| image.contains('@') || has_tag(known, tag))
}

fn has_tag(known: &Known, tag: &str) -> bool {
    let mut parts = tag.trim_start_matches('v').split('-');
    let first = parts.next().unwrap_or_default();
    let rest_is_known = parts.all(|part| {
        WORDS.contains(&part)
            || WORDS
                .iter()
                .any(|word| part.strip_prefix(word).is_some_and(|rest| rest.starts_with(|c: char| c.is_ascii_digit())))
            || part.chars().all(|c| c.is_ascii_digit())
    });
    rest_is_known && (WORDS.contains(&first) || has_version(known, first))
}

fn has_version(known: &Known, version: &str) -> bool {
    let numbers: Option<Vec<u64>> = version.split('.').map(|number| number.parse().ok()).collect();
    match numbers.as_deref() {
        Some([major]) => known.versions.iter().any(|(known, ..)| known == major),
        Some([major, minor, ..]) => {
            known.versions.iter().any(|(known, first, last)| known == major && (first..=last).contains(&minor))
        }
        _ => false,
    }
}

/// How many bytes the image has. Tags of one repository differ a little; small variants are small.
#[must_use]
pub fn size_bytes(image: &str) -> u64 {
    let (_, tag) = split(image);
    let megabytes = well_known(image).map_or_else(|| 30 + stable_hash(1, &[image]) % 90, |known| known.megabytes);
    let megabytes = if tag.contains("alpine") || tag.contains("slim") { megabytes.div_ceil(3) } else { megabytes };
    megabytes * 1_000_000 + stable_hash(2, &[image]) % 900_000
}

/// A pull under way.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Pull {
    /// When it was asked for.
    pub asked: SimTime,
    /// When its turn came: a node pulls one image at a time.
    pub start: SimTime,
    /// When it ends.
    pub end: SimTime,
    /// How many bytes.
    pub size_bytes: u64,
    /// Why it will fail, if it will.
    pub error: Option<String>,
}

/// The images of one node.
#[derive(Clone, Default)]
pub struct ImageStore {
    /// By full name: size, and since when it is there.
    held: RedBlackTreeMap<Rc<str>, (u64, SimTime)>,
    /// By full name.
    pulls: RedBlackTreeMap<Rc<str>, Pull>,
    busy_until: SimTime,
}

impl ImageStore {
    /// The images held, by full name, with their sizes.
    pub fn held(&self) -> impl Iterator<Item = (&Rc<str>, u64)> {
        self.held.iter().map(|(name, (size, _))| (name, *size))
    }

    /// How many images are held.
    #[must_use]
    pub fn count(&self) -> u64 {
        self.held.size() as u64
    }

    /// The pulls under way at `now`, by full name.
    pub fn pulls(&self, now: SimTime) -> impl Iterator<Item = (&Rc<str>, &Pull)> {
        self.pulls.iter().filter(move |(_, pull)| pull.end > now)
    }

    /// Whether the image is there.
    #[must_use]
    pub fn has(&self, image: &str, preset: &Preset, now: SimTime) -> bool {
        match preset.images {
            Images::Present => exists(image),
            Images::Pulled => self.held.get(full_name(image).as_str()).is_some_and(|(_, since)| *since <= now),
        }
    }

    /// Begins to pull. Pulls of one node go one after the other; what is there already is only
    /// compared with the registry.
    // Models pkg/kubelet/images/puller.go serialImagePuller
    pub fn pull(&mut self, image: &str, preset: &Preset, seed: u64, now: SimTime) -> Pull {
        let name: Rc<str> = full_name(image).into();
        if let Some(same) = self.pulls.get(&name).filter(|same| same.end > now && same.error.is_none()) {
            // By the time its turn comes the content is there: only its names are compared.
            let compare = millis(20 + Dice::new(seed, &["compare", image], now.as_millis()).below(40));
            return Pull { asked: now, start: same.end, end: same.end + compare, ..same.clone() };
        }
        let start = now.max(self.busy_until);
        let error = (!exists(image)).then(|| error_of(image, preset));
        let is_new = error.is_none() && !self.held.contains_key(&name) && preset.images == Images::Pulled;
        let size_bytes = size_bytes(image);
        let registry = if preset.registry == SimTime::ZERO {
            SimTime::ZERO
        } else {
            preset.registry + millis(Dice::new(seed, &["pull", image], now.as_millis()).below(200))
        };
        let transfer = if is_new { millis(size_bytes / preset.bytes_per_milli) } else { SimTime::ZERO };
        let pull = Pull { asked: now, start, end: start + registry + transfer, size_bytes, error };
        self.busy_until = pull.end;
        if is_new {
            self.held.insert_mut(name.clone(), (size_bytes, pull.end));
        }
        self.pulls.insert_mut(name, pull.clone());
        pull
    }

    /// The machine loses power: what was under way is lost.
    pub fn power_off(&mut self, now: SimTime) {
        self.pulls = RedBlackTreeMap::new();
        self.busy_until = now;
        let lost: Vec<_> =
            self.held.iter().filter(|(_, (_, since))| *since > now).map(|(name, _)| name.clone()).collect();
        for name in lost {
            self.held.remove_mut(&name);
        }
    }
}

/// What the runtime says when the registry does not have the image.
fn error_of(image: &str, preset: &Preset) -> String {
    if preset.images == Images::Present {
        return "image not found".to_owned();
    }
    let full = full_name(image);
    if well_known(image).is_some() {
        return format!(
            "rpc error: code = NotFound desc = failed to pull and unpack image \"{full}\": \
             failed to resolve reference \"{full}\": {full}: not found"
        );
    }
    format!(
        "failed to pull and unpack image \"{full}\": failed to resolve reference \"{full}\": pull access denied, \
         repository does not exist or may require authorization: server message: insufficient_scope: authorization failed"
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn registries_have_what_was_published() {
        for image in [
            "nginx",
            "nginx:1.27",
            "nginx:1.27.3-alpine",
            "nginx:stable-alpine3.20",
            "redis:7",
            "busybox:1.36",
            "ubuntu:24.04",
            "docker.io/library/nginx:1.25",
            "ghcr.io/someone/app:v9",
            "someone/app:9.99",
            "nginx@sha256:00",
            "postgres:16-bookworm",
            "python:3.12-slim",
            "hello-world",
        ] {
            assert!(exists(image), "{image}");
        }
        for image in
            ["nginx:9.99", "nginx:1.99", "nginx:lates", "does-not-exist:1", "web:does-not-exist", "redis:seven"]
        {
            assert!(!exists(image), "{image}");
        }
    }

    #[test]
    fn names_are_completed_as_a_runtime_does() {
        assert_eq!(full_name("nginx"), "docker.io/library/nginx:latest");
        assert_eq!(full_name("someone/app:1"), "docker.io/someone/app:1");
        assert_eq!(full_name("localhost:5000/app"), "localhost:5000/app:latest");
        assert_eq!(full_name("registry.k8s.io/pause:3.10"), "registry.k8s.io/pause:3.10");
    }
}

//! What an image brings: the program that runs when no command is given, the programs that can be
//! run in it, and the files that programs and people look at.

use super::Facts;
use crate::kube::kubelet::image::{self, Entry};
use std::rc::Rc;

/// What kind of user land an image has.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
enum Land {
    /// Busybox, alone or in Alpine.
    Busybox,
    /// Debian's small set of tools.
    Debian,
    /// Nothing but the program itself.
    Bare,
    /// Nobody knows: whatever is asked for is taken to be there.
    Unknown,
}

/// Repositories without a shell.
const BARE: [&str; 9] = [
    "hashicorp/http-echo",
    "traefik/whoami",
    "registry.k8s.io/pause",
    "hello-world",
    "williamyeh/hey",
    "fortio/fortio",
    "registry.k8s.io/etcd",
    "gcr.io/google-samples/hello-app",
    "registry.k8s.io/hpa-example-bare",
];

/// Repositories built on Busybox or Alpine.
const BUSYBOX: [&str; 9] = [
    "registry.k8s.io/busybox",
    "busybox",
    "alpine",
    "curlimages/curl",
    "traefik",
    "caddy",
    "nginxdemos/hello",
    "registry.k8s.io/e2e-test-images/agnhost",
    "registry.k8s.io/e2e-test-images/busybox",
];

fn repository(image: &str) -> &str {
    let cut = image.split('@').next().unwrap_or(image);
    let cut = match cut.rsplit_once(':') {
        Some((repository, tag)) if !tag.contains('/') => repository,
        _ => cut,
    };
    let cut = cut.strip_prefix("docker.io/").unwrap_or(cut);
    cut.strip_prefix("library/").unwrap_or(cut)
}

fn land(image: &str) -> Land {
    let repository = repository(image);
    if BARE.contains(&repository) {
        Land::Bare
    } else if BUSYBOX.contains(&repository) || (image.contains("alpine") && image::well_known(image).is_some()) {
        Land::Busybox
    } else if image::well_known(image).is_some() {
        Land::Debian
    } else {
        Land::Unknown
    }
}

/// Where programs of an image begin.
#[must_use]
pub(super) fn directory(image: &str) -> &'static str {
    match repository(image) {
        "httpd" => "/usr/local/apache2",
        "redis" => "/data",
        _ => "/",
    }
}

/// What is run, and what is to be said about it first.
#[must_use]
pub(super) fn entry(facts: &Facts) -> (Vec<Rc<str>>, Option<String>) {
    let known = image::well_known(&facts.image);
    let mut words: Vec<Rc<str>> = facts.command.clone();
    if !words.is_empty() {
        words.extend(facts.args.iter().cloned());
        return (words, None);
    }
    let text = |words: &[&str]| words.iter().map(|word| Rc::from(*word)).collect::<Vec<Rc<str>>>();
    let Some(known) = known else {
        let said = format!(
            "drydock: the image \"{}\" is not known here: it runs as a server on the ports that the container declares\n",
            facts.image
        );
        let mut words = text(&["/entrypoint"]);
        words.extend(facts.args.iter().cloned());
        return (words, Some(said));
    };
    let program = program(known.name);
    // Arguments take the place of what a shell image runs, and follow what any other image runs.
    let replaces = matches!(known.entry, Entry::Shell)
        || facts.args.first().is_some_and(|first| !first.starts_with('-') && runs_arguments(known.name));
    if replaces && !facts.args.is_empty() {
        return (facts.args.clone(), None);
    }
    let mut words = text(program);
    if matches!(known.entry, Entry::Shell) && facts.args.is_empty() && words.is_empty() {
        words = text(&["sh"]);
    }
    words.extend(facts.args.iter().cloned());
    (words, None)
}

/// Whether an image's own entry point runs its arguments as a command when they are one.
fn runs_arguments(name: &str) -> bool {
    matches!(
        name,
        "nginx"
            | "redis"
            | "postgres"
            | "mysql"
            | "mariadb"
            | "mongo"
            | "memcached"
            | "rabbitmq"
            | "httpd"
            | "curlimages/curl"
            | "wordpress"
    )
}

/// The program of a well-known image.
fn program(name: &str) -> &'static [&'static str] {
    match name {
        "nginx" | "nginxinc/nginx-unprivileged" | "nginxdemos/hello" | "registry.k8s.io/nginx-slim" => {
            &["nginx", "-g", "daemon off;"]
        }
        "httpd" => &["httpd-foreground"],
        "redis" => &["redis-server"],
        "postgres" => &["postgres"],
        "mysql" | "mariadb" => &["mysqld"],
        "mongo" => &["mongod"],
        "memcached" => &["memcached"],
        "rabbitmq" => &["rabbitmq-server"],
        "hashicorp/http-echo" => &["http-echo"],
        "traefik/whoami" => &["whoami"],
        "registry.k8s.io/pause" => &["pause"],
        "registry.k8s.io/e2e-test-images/agnhost" => &["agnhost"],
        "gcr.io/google-samples/hello-app" => &["hello-app"],
        "registry.k8s.io/echoserver" | "kicbase/echo-server" | "mendhak/http-https-echo" => &["echoserver"],
        "ealen/echo-server" => &["echo-server"],
        "registry.k8s.io/hpa-example" => &["apache2-foreground"],
        "curlimages/curl" => &["curl"],
        "hello-world" => &["hello"],
        "polinux/stress" => &["stress"],
        "busybox"
        | "alpine"
        | "debian"
        | "ubuntu"
        | "registry.k8s.io/e2e-test-images/busybox"
        | "registry.k8s.io/busybox" => &["sh"],
        "perl" => &["perl"],
        "williamyeh/hey" => &["hey"],
        "williamyeh/wrk" => &["wrk"],
        "jordi/ab" => &["ab"],
        "fortio/fortio" => &["fortio"],
        "gcr.io/google-samples/kubernetes-bootcamp" => &["kubernetes-bootcamp"],
        "registry.k8s.io/etcd" => &["etcd"],
        "python" => &["python3"],
        "node" => &["node"],
        "golang" => &["bash"],
        _ => &["server"],
    }
}

const ALWAYS: &[&str] = &[
    "sh",
    "bash",
    "ash",
    "dash",
    "sleep",
    "echo",
    "printf",
    "cat",
    "ls",
    "env",
    "printenv",
    "date",
    "hostname",
    "test",
    "[",
    "touch",
    "rm",
    "rmdir",
    "mkdir",
    "cp",
    "mv",
    "ln",
    "head",
    "tail",
    "grep",
    "egrep",
    "wc",
    "sort",
    "uniq",
    "cut",
    "tr",
    "sed",
    "tee",
    "seq",
    "expr",
    "basename",
    "dirname",
    "id",
    "whoami",
    "uname",
    "chmod",
    "chown",
    "kill",
    "pwd",
    "true",
    "false",
    "timeout",
    "nohup",
    "yes",
    "dd",
    "md5sum",
    "sha256sum",
    "base64",
    "find",
    "df",
    "du",
    "stat",
    "sync",
    "xargs",
    "[[",
    "getent",
    "nice",
    "sudo",
    "su-exec",
    "gosu",
    "tini",
    "dumb-init",
    "mount",
    "umount",
    "unlink",
    "mkfifo",
    "chgrp",
];
const OF_BUSYBOX: &[&str] =
    &["wget", "nslookup", "nc", "ping", "ps", "httpd", "watch", "telnet", "uptime", "free", "top", "vi"];

/// Whether this is the program that the image itself runs.
#[must_use]
pub(super) fn is_entry(facts: &Facts, name: &str) -> bool {
    image::well_known(&facts.image).is_some_and(|known| program(known.name).first() == Some(&name))
}

/// Whether a program can be run in this container.
#[must_use]
pub(super) fn has_program(facts: &Facts, word: &str) -> bool {
    let name = word.rsplit('/').next().unwrap_or(word);
    let (own, _) = entry(facts);
    let is_own = own.first().is_some_and(|first| first.rsplit('/').next() == Some(name)) && facts.command.is_empty();
    let known = image::well_known(&facts.image).map(|known| known.name).unwrap_or_default();
    let extra: &[&str] = match known {
        "nginx" | "nginxinc/nginx-unprivileged" | "registry.k8s.io/nginx-slim" => &["curl", "nginx"],
        "gcr.io/google-samples/kubernetes-bootcamp" => &["curl", "node"],
        "perl" => &["perl"],
        "fortio/fortio" => &["fortio"],
        "registry.k8s.io/etcd" => &["etcd", "etcdctl"],
        "curlimages/curl" | "registry.k8s.io/e2e-test-images/agnhost" => &["curl", "dig", "agnhost"],
        "redis" => &["redis-cli", "redis-server"],
        "postgres" => &["pg_isready", "psql", "postgres"],
        "mysql" | "mariadb" => &["mysqladmin", "mysql", "mariadb", "mysqld"],
        "python" => &["python", "python3", "pip"],
        "node" => &["node", "npm"],
        "polinux/stress" => &["stress"],
        "mongo" => &["mongosh", "mongod"],
        "golang" => &["go"],
        "httpd" => &["httpd", "httpd-foreground", "apachectl", "ab"],
        _ => &[],
    };
    is_own
        || extra.contains(&name)
        || match land(&facts.image) {
            Land::Unknown => true,
            Land::Bare => false,
            Land::Debian => ALWAYS.contains(&name),
            Land::Busybox => (ALWAYS.contains(&name) && name != "bash") || OF_BUSYBOX.contains(&name),
        }
}

/// A file that the image or the kubelet brings. For a path that ends with a slash, the names of
/// what is in the directory.
#[must_use]
pub(super) fn file(facts: &Facts, path: &str) -> Option<String> {
    Some(match path {
        "/etc/hostname" => format!("{}\n", facts.hostname),
        "/etc/hosts" => hosts(facts),
        "/etc/resolv.conf" => facts.resolver.to_string(),
        "/etc/os-release" => {
            let name = match land(&facts.image) {
                Land::Busybox => "Alpine Linux",
                _ => "Debian GNU/Linux",
            };
            format!("NAME=\"{name}\"\nPRETTY_NAME=\"{name}\"\n")
        }
        "/etc/passwd" => "root:x:0:0:root:/root:/bin/sh\n".to_owned(),
        "/proc/1/environ" => facts.env.iter().map(|(name, value)| format!("{name}={value}\n")).collect(),
        "/etc/" => "hostname hosts os-release passwd resolv.conf".to_owned(),
        "/usr/share/nginx/" if is_nginx(facts) => "html/".to_owned(),
        "/usr/share/nginx/html/" if is_nginx(facts) => "50x.html index.html".to_owned(),
        "/usr/share/nginx/html/index.html" if is_nginx(facts) => NGINX_WELCOME.to_owned(),
        "/usr/share/nginx/html/50x.html" if is_nginx(facts) => {
            "<html><body><h1>An error occurred.</h1></body></html>\n".to_owned()
        }
        "/etc/nginx/" if is_nginx(facts) => "conf.d/ nginx.conf".to_owned(),
        "/etc/nginx/conf.d/" if is_nginx(facts) => "default.conf".to_owned(),
        "/etc/nginx/nginx.conf" if is_nginx(facts) => NGINX_CONF.to_owned(),
        "/etc/nginx/conf.d/default.conf" if is_nginx(facts) => {
            let port = if facts.image.contains("unprivileged") { 8080 } else { 80 };
            format!(
                "server {{\n    listen {port};\n    location / {{\n        root /usr/share/nginx/html;\n        index index.html index.htm;\n    }}\n}}\n"
            )
        }
        "/var/log/nginx/" if is_nginx(facts) => "access.log error.log".to_owned(),
        "/var/cache/nginx/" | "/var/lib/nginx/" if is_nginx(facts) => String::new(),
        "/usr/local/apache2/" | "/usr/local/apache2/htdocs/" if repository(&facts.image) == "httpd" => {
            if path.ends_with("htdocs/") { "index.html".to_owned() } else { "htdocs/ logs/ conf/".to_owned() }
        }
        "/usr/local/apache2/htdocs/index.html" if repository(&facts.image) == "httpd" => {
            "<html><body><h1>It works!</h1></body></html>\n".to_owned()
        }
        "/data/" if repository(&facts.image) == "redis" => String::new(),
        "/var/www/" | "/var/www/html/" | "/app/" | "/data/" if land(&facts.image) == Land::Unknown => String::new(),
        "/var/lib/postgresql/" | "/var/lib/postgresql/data/" if repository(&facts.image) == "postgres" => String::new(),
        "/var/lib/mysql/" if matches!(repository(&facts.image), "mysql" | "mariadb") => String::new(),
        _ => return None,
    })
}

fn is_nginx(facts: &Facts) -> bool {
    repository(&facts.image).contains("nginx") || facts.image.contains("nginx")
}

fn hosts(facts: &Facts) -> String {
    format!(
        "# Kubernetes-managed hosts file.\n127.0.0.1\tlocalhost\n::1\tlocalhost ip6-localhost ip6-loopback\n{}\t{}\n",
        facts.address, facts.hostname
    )
}

const NGINX_CONF: &str = "user nginx;\nworker_processes auto;\nevents {\n    worker_connections 1024;\n}\nhttp {\n    include /etc/nginx/conf.d/*.conf;\n}\n";

// Source: the page that nginx serves when it has just been installed.
const NGINX_WELCOME: &str = "<!DOCTYPE html>\n<html>\n<head>\n<title>Welcome to nginx!</title>\n</head>\n<body>\n<h1>Welcome to nginx!</h1>\n</body>\n</html>\n";

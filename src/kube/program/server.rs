//! Programs that answer requests.

use super::files::absolute;
use super::http::{Request, Response, split_url};
use super::machine::Process;
use super::scope::Scope;
use super::thread::Thread;
use super::{Answer, Call, Called, Failure, Outside, image};
use crate::sim::{SimTime, millis, secs};
use std::rc::Rc;

/// From SIGTERM to the end of a program that heeds it.
pub(super) const STOP: SimTime = millis(280);

/// What answers.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
enum Kind {
    /// nginx, by its configuration.
    Nginx,
    /// Files of a directory: httpd, Busybox's httpd, `python -m http.server`.
    Static,
    /// Always the same text.
    Text,
    /// Who was asked, and how: echo servers.
    Echo,
    /// agnhost's `netexec`, `test-webserver`, `serve-hostname`.
    Netexec,
    /// agnhost's `liveness`: well for ten seconds, then no more.
    Liveness,
    /// Each request costs much CPU.
    Costly,
    /// Redis.
    Redis,
    /// Something that does not speak HTTP: a database, `nc -l`, a gRPC service.
    Raw,
    /// It listens nowhere.
    Silent,
    /// Nobody knows what it is.
    Generic,
}

/// A location of nginx's configuration.
#[derive(Clone, PartialEq, Eq, Debug)]
struct Location {
    prefix: Rc<str>,
    root: Rc<str>,
    returns: Option<(i64, Rc<str>)>,
    passes: Option<Rc<str>>,
}

/// A program that answers requests.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Server {
    kind: Kind,
    /// The program's name.
    pub name: Rc<str>,
    /// Where it listens.
    pub ports: Vec<i64>,
    text: Rc<str>,
    root: Rc<str>,
    locations: Vec<Location>,
    since: SimTime,
    ready: SimTime,
    memory: i64,
    heeds_term: bool,
}

/// What starting a server came to.
pub(super) enum Begun {
    /// It listens.
    Serves(Server),
    /// It has ended at once.
    Ends(i64),
}

impl Server {
    /// Whether it listens on a port at a moment.
    #[must_use]
    pub fn listens(&self, port: i64, at: SimTime) -> bool {
        self.ready <= at && self.ports.contains(&port)
    }

    /// When it begins to listen.
    #[must_use]
    pub fn ready_at(&self) -> SimTime {
        self.ready
    }

    /// CPU that one request costs, in microseconds.
    #[must_use]
    pub fn cost_micros(&self) -> u64 {
        match self.kind {
            Kind::Nginx | Kind::Static => 60,
            Kind::Text | Kind::Echo | Kind::Netexec | Kind::Raw | Kind::Redis => 150,
            Kind::Costly => 160_000,
            Kind::Liveness | Kind::Silent | Kind::Generic => 800,
        }
    }

    /// Memory that it needs, in bytes.
    #[must_use]
    pub fn memory(&self) -> i64 {
        self.memory
    }

    /// Whether it ends on a signal.
    pub(super) fn heeds(&self, signal: &str) -> bool {
        self.heeds_term && matches!(signal, "TERM" | "INT" | "QUIT" | "KILL")
    }

    pub(super) fn exit_code(&self, _signal: &str) -> i64 {
        0
    }
}

/// A row of the table of programs: name, what it is, its ports, the milliseconds until it listens,
/// its memory in MiB.
type Row = (&'static str, Kind, &'static [i64], u64, i64);

#[rustfmt::skip]
const PROGRAMS: &[Row] = &[
    ("nginx", Kind::Nginx, &[80], 40, 6),
    ("httpd", Kind::Static, &[80], 60, 8),
    ("httpd-foreground", Kind::Static, &[80], 60, 8),
    ("apache2-foreground", Kind::Costly, &[80], 60, 10),
    ("redis-server", Kind::Redis, &[6379], 120, 9),
    ("postgres", Kind::Raw, &[5432], 1800, 42),
    ("mysqld", Kind::Raw, &[3306], 6000, 380),
    ("mongod", Kind::Raw, &[27017], 1500, 90),
    ("memcached", Kind::Raw, &[11211], 40, 4),
    ("rabbitmq-server", Kind::Raw, &[5672, 15672], 8000, 120),
    ("http-echo", Kind::Text, &[5678], 30, 4),
    ("whoami", Kind::Echo, &[80], 30, 4),
    ("echoserver", Kind::Echo, &[8080], 60, 8),
    ("echo-server", Kind::Echo, &[80], 200, 30),
    ("hello-app", Kind::Text, &[8080], 40, 6),
    ("kubernetes-bootcamp", Kind::Text, &[8080], 300, 28),
    ("etcd", Kind::Raw, &[2379, 2380], 400, 30),
    ("fortio", Kind::Echo, &[8080, 8079, 8078], 60, 8),
    ("pause", Kind::Silent, &[], 0, 1),
];

fn after<'a>(args: &[&'a str], names: &[&str]) -> Option<&'a str> {
    args.iter().enumerate().find_map(|(index, word)| {
        let (flag, value) = word.split_once('=').map_or((*word, None), |(flag, value)| (flag, Some(value)));
        names.contains(&flag).then(|| value.or(args.get(index + 1).copied())).flatten()
    })
}

fn port_in(text: &str) -> Option<i64> {
    text.rsplit(':').next().and_then(|number| number.parse().ok())
}

/// Starts a program that stays.
pub(super) fn start(thread: &mut Thread, scope: &mut Scope<'_, '_>, words: &[Rc<str>]) -> Begun {
    let all: Vec<&str> = words.iter().map(|word| &**word).collect();
    let name = all.first().and_then(|first| first.rsplit('/').next()).unwrap_or_default();
    let args = all.get(1..).unwrap_or_default();
    let mut server = Server {
        kind: Kind::Generic,
        name: name.into(),
        ports: Vec::new(),
        text: "".into(),
        root: "/".into(),
        locations: Vec::new(),
        since: thread.at,
        ready: thread.at + millis(250),
        memory: 24 << 20,
        heeds_term: true,
    };
    if let Some((_, kind, ports, delay, memory)) = PROGRAMS.iter().find(|row| row.0 == name) {
        server.kind = *kind;
        server.ports = ports.to_vec();
        server.ready = thread.at + millis(*delay);
        server.memory = memory << 20;
    } else {
        server.ports = scope.facts.declared_ports.clone();
    }
    let given = after(args, &["-listen", "--listen", "--port", "-port", "--http-port", "-p"]).and_then(port_in);
    match name {
        "nginx" => return nginx(thread, scope, args, server),
        "httpd" if scope.facts.image.contains("busybox") || args.contains(&"-f") => {
            server.root = absolute(&thread.cwd, after(args, &["-h"]).unwrap_or(".")).into();
        }
        "httpd" | "httpd-foreground" => server.root = "/usr/local/apache2/htdocs".into(),
        "http-echo" => {
            let text = after(args, &["-text", "--text"]).map(str::to_owned);
            let text = text.or_else(|| scope.facts.variable("ECHO_TEXT").map(ToString::to_string)).unwrap_or_default();
            server.text = format!("{text}\n").into();
            let port = server.ports.first().copied().unwrap_or_default();
            thread.complain(
                scope,
                &format!("{} [INFO] server is listening on :{}\n", thread.at.rfc3339(), given.unwrap_or(port)),
            );
        }
        "hello-app" => {
            let version = scope.facts.image.rsplit(':').next().filter(|tag| !tag.contains('/')).unwrap_or("1.0");
            let host = &scope.facts.hostname;
            server.text = format!("Hello, world!\nVersion: {version}.0\nHostname: {host}\n").into();
        }
        "kubernetes-bootcamp" => {
            let version = scope.facts.image.rsplit_once(':').map_or("v1", |(_, tag)| tag).trim_start_matches('v');
            let host = &scope.facts.hostname;
            server.text = format!("Hello Kubernetes bootcamp! | Running on: {host} | v={version}\n").into();
        }
        "redis-server" => {
            let file = args.first().filter(|word| !word.starts_with('-')).map(|name| absolute(&thread.cwd, name));
            let own = file.and_then(|path| scope.files(|files| files.read(&path)).ok()).unwrap_or_default();
            let flags = args
                .iter()
                .zip(args.iter().skip(1))
                .filter_map(|(flag, value)| Some((flag.strip_prefix("--")?, value)));
            let given: String = flags.map(|(name, value)| format!("{name} {value}\n")).collect();
            server.text = format!("{own}\n{given}").into();
        }
        "postgres" | "mysqld" => {
            if let Some(code) = refuses(thread, scope, name) {
                return Begun::Ends(code);
            }
        }
        "agnhost" => return agnhost(thread, scope, args, server),
        "python" | "python3" if args.contains(&"http.server") => {
            server.kind = Kind::Static;
            server.root = thread.cwd.clone();
            server.ports = vec![args.iter().rev().find_map(|word| word.parse().ok()).unwrap_or(8000)];
            server.heeds_term = thread.pid != 1;
        }
        "nc" | "ncat" => {
            server.kind = Kind::Raw;
            server.ports = args.iter().filter_map(|word| port_in(word)).collect();
            server.ready = thread.at;
            server.heeds_term = thread.pid != 1;
        }
        "python" | "python3" | "node" if args.is_empty() => return Begun::Ends(0),
        "hello" => {
            thread.print(
                scope,
                "\nHello from Docker!\nThis message shows that your installation appears to be working correctly.\n\n",
            );
            return Begun::Ends(0);
        }
        _ => {}
    }
    if let Some(port) = given {
        server.ports = vec![port];
    }
    if name == "whoami" || server.kind == Kind::Generic {
        server.ports.extend(scope.facts.variable("PORT").and_then(|port| port.parse::<i64>().ok()));
    }
    Begun::Serves(server)
}

/// A database that was not told a password does not start.
fn refuses(thread: &Thread, scope: &mut Scope<'_, '_>, name: &str) -> Option<i64> {
    let (variables, said): (&[&str], &str) = if name == "postgres" {
        (
            &["POSTGRES_PASSWORD", "POSTGRES_HOST_AUTH_METHOD", "POSTGRES_PASSWORD_FILE"],
            "Error: Database is uninitialized and superuser password is not specified.\n       You must specify POSTGRES_PASSWORD to a non-empty value for the\n       superuser. For example, \"-e POSTGRES_PASSWORD=password\" on \"docker run\".\n",
        )
    } else {
        (
            &[
                "MYSQL_ROOT_PASSWORD",
                "MYSQL_ALLOW_EMPTY_PASSWORD",
                "MYSQL_RANDOM_ROOT_PASSWORD",
                "MARIADB_ROOT_PASSWORD",
                "MARIADB_ALLOW_EMPTY_ROOT_PASSWORD",
            ],
            "[ERROR] [Entrypoint]: Database is uninitialized and password option is not specified\n    You need to specify one of the following as an environment variable:\n    - MYSQL_ROOT_PASSWORD\n    - MYSQL_ALLOW_EMPTY_PASSWORD\n    - MYSQL_RANDOM_ROOT_PASSWORD\n",
        )
    };
    let is_set = |name: &&str| thread.vars.get(*name).is_some_and(|value| !value.is_empty());
    if variables.iter().any(is_set) {
        return None;
    }
    thread.complain(scope, said);
    Some(1)
}

// Source: the README of test/images/agnhost in the Kubernetes repository.
fn agnhost(thread: &mut Thread, scope: &mut Scope<'_, '_>, args: &[&str], mut server: Server) -> Begun {
    let flag = |name: &str| after(args, &[name]).and_then(port_in);
    let (kind, ports) = match args.first().copied().unwrap_or("pause") {
        "netexec" => (Kind::Netexec, vec![flag("--http-port").unwrap_or(8080)]),
        "serve-hostname" => (Kind::Netexec, vec![flag("--port").unwrap_or(9376)]),
        "test-webserver" => (Kind::Text, vec![80]),
        "liveness" => (Kind::Liveness, vec![8080]),
        "grpc-health-checking" => (Kind::Raw, vec![flag("--port").unwrap_or(5000), 8080]),
        "connect" => {
            let target = args.get(1).copied().unwrap_or_default();
            let (host, port) = target.rsplit_once(':').unwrap_or((target, "80"));
            let call = Call::Connect { host: host.into(), port: port.parse().unwrap_or(80) };
            return match scope.outside.network.call(scope.facts, thread.at, &call, scope.outside.disks) {
                Called::Unknown => {
                    thread.wants_network = true;
                    Begun::Ends(0)
                }
                Called::Answered { .. } => Begun::Ends(0),
                Called::Failed { failure, .. } => {
                    let said = match failure {
                        Failure::UnknownName => "DNS",
                        Failure::Refused => "REFUSED",
                        _ => "TIMEOUT",
                    };
                    thread.complain(scope, &format!("{said}\n"));
                    Begun::Ends(1)
                }
            };
        }
        _ => (Kind::Silent, Vec::new()),
    };
    server.kind = kind;
    server.ports = ports;
    server.memory = 10 << 20;
    Begun::Serves(server)
}

/// The words of a configuration, and the signs that end and enclose its directives.
fn tokens_of(text: &str) -> Vec<&str> {
    const SIGNS: [char; 3] = ['{', '}', ';'];
    let pieces = text.split_whitespace().flat_map(|word| word.split_inclusive(SIGNS));
    let parted = pieces.flat_map(|piece| match piece.strip_suffix(SIGNS) {
        Some(word) => [word, &piece[word.len()..]],
        None => [piece, ""],
    });
    parted.filter(|token| !token.is_empty()).collect()
}

fn nginx(thread: &mut Thread, scope: &mut Scope<'_, '_>, args: &[&str], mut server: Server) -> Begun {
    if let Some(signal) = after(args, &["-s"]) {
        let name = if signal == "quit" { "QUIT" } else { "TERM" };
        if signal != "reload" {
            scope.signals.push((1, name.into(), thread.at));
        }
        return Begun::Ends(0);
    }
    let mut text = scope.files(|files| files.read("/etc/nginx/nginx.conf")).unwrap_or_default().to_string();
    for name in scope.files(|files| files.list("/etc/nginx/conf.d")) {
        if name.ends_with(".conf") {
            text.push_str(&scope.files(|files| files.read(&format!("/etc/nginx/conf.d/{name}"))).unwrap_or_default());
        }
    }
    let tokens = tokens_of(&text);
    let open = tokens.iter().filter(|token| **token == "{").count();
    let closed = tokens.iter().filter(|token| **token == "}").count();
    if open != closed {
        thread.complain(
            scope,
            "nginx: [emerg] unexpected end of file, expecting \"}\" in /etc/nginx/conf.d/default.conf:1\n",
        );
        return Begun::Ends(1);
    }
    if args.contains(&"-t") {
        thread.complain(scope, "nginx: the configuration file /etc/nginx/nginx.conf syntax is ok\nnginx: configuration file /etc/nginx/nginx.conf test is successful\n");
        return Begun::Ends(0);
    }
    let (ports, locations) = configured(&tokens);
    server.ports = ports;
    server.locations = locations;
    for said in ["using the \"epoll\" event method", "nginx/1.29.3", "start worker processes"] {
        let at = thread.at.rfc3339().replace(['T', 'Z'], " ").replace('-', "/");
        thread.complain(scope, &format!("{}[notice] 1#1: {said}\n", at));
    }
    Begun::Serves(server)
}

/// Ports and locations of a configuration, as far as examples go.
fn configured(tokens: &[&str]) -> (Vec<i64>, Vec<Location>) {
    let (mut ports, mut locations) = (Vec::new(), Vec::new());
    let mut root: Rc<str> = "/usr/share/nginx/html".into();
    let mut inside: Option<(Location, u32)> = None;
    let mut depth = 0;
    for (index, token) in tokens.iter().enumerate() {
        let next = |ahead: usize| tokens.get(index + ahead).copied().unwrap_or_default();
        match *token {
            "{" => depth += 1,
            "}" => {
                depth -= 1;
                if inside.as_ref().is_some_and(|(_, at)| *at == depth)
                    && let Some((location, _)) = inside.take()
                {
                    locations.push(location);
                }
            }
            "listen" => ports.extend(port_in(next(1)).filter(|port| !ports.contains(port))),
            "root" => {
                root = next(1).into();
                if let Some((location, _)) = &mut inside {
                    location.root = root.clone();
                }
            }
            "location" => {
                let prefix = if matches!(next(1), "=" | "^~" | "~") { next(2) } else { next(1) };
                let location = Location { prefix: prefix.into(), root: root.clone(), returns: None, passes: None };
                inside = Some((location, depth));
            }
            "return" => {
                let status = next(1).parse().unwrap_or(200);
                let words = tokens.get(index + 2..).unwrap_or_default().iter().take_while(|token| **token != ";");
                let body = words.copied().collect::<Vec<_>>().join(" ");
                let body = body.trim_matches(['"', '\'']).replace("\\n", "\n");
                match &mut inside {
                    Some((location, _)) => location.returns = Some((status, body.into())),
                    None => locations.push(Location {
                        prefix: "/".into(),
                        root: root.clone(),
                        returns: Some((status, body.into())),
                        passes: None,
                    }),
                }
            }
            "proxy_pass" => {
                if let Some((location, _)) = &mut inside {
                    location.passes = Some(next(1).into());
                }
            }
            _ => {}
        }
    }
    if ports.is_empty() {
        ports.push(80);
    }
    (ports, locations)
}

impl Process {
    /// Whether something listens on a port.
    #[must_use]
    pub fn listens(&self, port: i64, at: SimTime) -> bool {
        self.servers().any(|server| server.listens(port, at))
    }

    /// Answers a request to a port; nothing if nobody listens there.
    pub fn serve(&mut self, port: i64, request: &Request, at: SimTime, outside: &mut Outside<'_>) -> Option<Response> {
        let server = self.servers().find(|server| server.listens(port, at))?.clone();
        let mut thread = self.threads.first()?.clone();
        thread.at = at;
        let mut response = None;
        let (signals, _) = self.scoped(&mut thread, outside, |thread, scope| {
            response = Some(respond(&server, thread, scope, request, at));
        });
        let (status, kind) = (response.as_ref().map_or(0, |response| response.status), server.kind);
        self.cpu_used_micros += server.cost_micros();
        if matches!(kind, Kind::Nginx | Kind::Static) {
            let bytes = response.as_ref().map_or(0, |response| response.body.len());
            let line = format!(
                "{} - - [{}] \"{} {} HTTP/1.1\" {status} {bytes} \"-\" \"{}\" \"-\"\n",
                request.client,
                at.rfc3339(),
                request.method,
                request.path,
                request.agent
            );
            self.log.write(at, super::log::Stream::Out, &line);
        }
        if kind == Kind::Netexec && request.bare_path() == "/shutdown" {
            self.kill(at, 0);
        }
        self.after(signals);
        response
    }
}

fn respond(
    server: &Server,
    thread: &mut Thread,
    scope: &mut Scope<'_, '_>,
    request: &Request,
    at: SimTime,
) -> Response {
    let plain = |status: i64, text: String| Response::new(status, "", "text/plain; charset=utf-8", text);
    let path = request.bare_path();
    match server.kind {
        Kind::Nginx => by_configuration(server, thread, scope, request),
        Kind::Static => file_at(scope, &server.root, path, &server.name),
        Kind::Text => plain(200, server.text.to_string()),
        Kind::Echo => plain(200, echoed(scope, request)),
        Kind::Netexec => match path {
            "/echo" => plain(200, request.parameter("msg").unwrap_or_default().to_owned()),
            "/clientip" => plain(200, format!("{}:40000", request.client)),
            "/hostname" | "/hostName" => plain(200, scope.facts.hostname.to_string()),
            "/healthz" | "/readyz" | "/shutdown" => plain(200, String::new()),
            "/" if server.ports.contains(&9376) => plain(200, scope.facts.hostname.to_string()),
            "/" => plain(200, format!("NOW: {}", at.rfc3339())),
            _ => plain(404, "404 page not found\n".to_owned()),
        },
        // Source: test/images/agnhost/liveness/server.go.
        Kind::Liveness if path == "/healthz" => {
            let lived = at.since(server.since);
            if lived > secs(10) {
                plain(500, format!("error: {}.{:03}", lived.as_secs(), lived.as_millis() % 1000))
            } else {
                plain(200, "ok".to_owned())
            }
        }
        Kind::Liveness => plain(200, lived_text(server, at)),
        Kind::Costly => plain(200, "OK!".to_owned()),
        Kind::Generic if path == "/" && !server.root.is_empty() => {
            plain(200, format!("{} at {}\n", scope.facts.image, scope.facts.hostname))
        }
        Kind::Generic => plain(200, "ok\n".to_owned()),
        Kind::Redis if &*request.method == super::redis::METHOD => {
            plain(200, super::redis::answer(scope, &server.text, &request.body))
        }
        Kind::Redis | Kind::Raw | Kind::Silent => plain(400, String::new()),
    }
}

fn lived_text(server: &Server, at: SimTime) -> String {
    format!("{}s", at.since(server.since).as_secs())
}

fn echoed(scope: &Scope<'_, '_>, request: &Request) -> String {
    let mut text = format!(
        "Hostname: {}\nIP: {}\nRemoteAddr: {}:40000\n{} {} HTTP/1.1\nHost: {}\nUser-Agent: {}\n",
        scope.facts.hostname,
        scope.facts.address,
        request.client,
        request.method,
        request.path,
        request.host,
        request.agent
    );
    for (name, value) in &request.headers {
        text.push_str(&format!("{name}: {value}\n"));
    }
    text
}

fn page(status: i64, server: &str) -> Response {
    let reason = super::http::reason(status);
    let body = format!(
        "<html>\r\n<head><title>{status} {reason}</title></head>\r\n<body>\r\n<center><h1>{status} {reason}</h1></center>\r\n<hr><center>{server}</center>\r\n</body>\r\n</html>\r\n"
    );
    Response::new(status, server, "text/html", body)
}

fn file_at(scope: &mut Scope<'_, '_>, root: &str, path: &str, name: &str) -> Response {
    let server = if name == "nginx" { "nginx/1.29.3" } else { name };
    let full = absolute(root, path.trim_start_matches('/'));
    let found = scope.files(|files| {
        if !files.is_directory(&full) {
            return files.read(&full).map_err(|_| 404);
        }
        let index = format!("{}/index.html", full.trim_end_matches('/'));
        files.read(&index).map_err(|_| if name == "nginx" { 403 } else { 404 })
    });
    match found {
        Ok(text) => Response::new(200, server, "text/html", text),
        Err(status) => page(status, server),
    }
}

fn by_configuration(server: &Server, thread: &mut Thread, scope: &mut Scope<'_, '_>, request: &Request) -> Response {
    let path = request.bare_path();
    let fits = server.locations.iter().filter(|location| path.starts_with(&*location.prefix));
    let Some(location) = fits.max_by_key(|location| location.prefix.len()) else {
        return file_at(scope, "/usr/share/nginx/html", path, "nginx");
    };
    if let Some((status, body)) = &location.returns {
        if *status >= 300 && body.is_empty() {
            return page(*status, "nginx/1.29.3");
        }
        return Response::new(*status, "nginx/1.29.3", "text/plain", body.clone());
    }
    let Some(target) = &location.passes else { return file_at(scope, &location.root, path, "nginx") };
    let (_, host, port, base) = split_url(target);
    let has_base = target.split_once("://").is_some_and(|(_, rest)| rest.contains('/'));
    let rest = path.strip_prefix(&*location.prefix).unwrap_or(path);
    let passed = if has_base {
        format!("{}/{}", base.trim_end_matches('/'), rest.trim_start_matches('/'))
    } else {
        request.path.to_string()
    };
    let mut onward =
        Request { path: passed.into(), host: host.into(), client: scope.facts.address.clone(), ..request.clone() };
    onward.headers.push(("X-Forwarded-For".into(), request.client.clone()));
    let call = Call::Http { host: host.into(), port, request: Rc::new(onward) };
    match scope.outside.network.call(scope.facts, thread.at, &call, scope.outside.disks) {
        Called::Answered { answer: Answer::Http(response), .. } => response,
        Called::Failed { failure: Failure::TimedOut, .. } => page(504, "nginx/1.29.3"),
        _ => page(502, "nginx/1.29.3"),
    }
}

/// Whether the program of a container can be run at all.
pub(super) fn is_runnable(process: &Process) -> Option<Rc<str>> {
    let (words, _) = image::entry(&process.facts);
    words.first().filter(|first| !image::has_program(&process.facts, first)).cloned()
}

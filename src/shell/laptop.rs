//! The learner's own machine on the network: `curl wget nslookup dig ping`, and `ssh` to a node.
//!
//! From here the cluster's inside cannot be reached, only what it shows outside: a forwarded port,
//! a node's address with a node port, a load balancer, a host name of an Ingress. Which Pod answers
//! is what kube-proxy would choose among the ready ones; the request reaches it through the API
//! server, as every request of a command does.
// Models curl(1), wget(1), nslookup(1), dig(1), ping(8) as far as tutorials use them

use crate::document::Value;
use crate::tree;
use crate::world::api::{Key, Request, Resource, Verb, meta};
use crate::world::secs;

use super::client::Client;

/// Which of the commands a name is; none where it is another.
pub(super) async fn run(client: &Client, name: &str, args: &[String]) -> Option<u8> {
    Some(match name {
        "curl" => curl(client, args).await,
        "wget" => wget(client, args).await,
        "nslookup" | "dig" | "host" => lookup(client, name, args).await,
        "ping" => ping(client, args).await,
        _ => return None,
    })
}

/// An address of the web, taken apart.
struct Url {
    host: String,
    port: i64,
    path: String,
}

fn url(text: &str) -> Url {
    let (scheme, rest) = text.split_once("://").unwrap_or(("http", text));
    let (authority, path) = rest.find(['/', '?']).map_or((rest, ""), |at| rest.split_at(at));
    let authority = authority.rsplit('@').next().unwrap_or(authority);
    let default = if scheme == "https" { 443 } else { 80 };
    let (host, port) = match authority.rsplit_once(':') {
        Some((host, port)) => (host, port.parse().unwrap_or(default)),
        None => (authority, default),
    };
    let path = if path.starts_with('/') { path.to_owned() } else { format!("/{path}") };
    Url { host: host.to_owned(), port, path }
}

/// Where a connection from here ends.
enum End {
    /// At a port of a Pod.
    Pod(Key, i64),
    /// Nobody has a name like this.
    NoName,
    /// The machine is there and refuses.
    Refused,
    /// Nothing comes back.
    Silent,
    /// The API server itself.
    Server,
}

/// The address under which the API server is reached from here.
const SERVER: (&str, i64) = ("127.0.0.1", 6443);

async fn reach(client: &Client, to: &Url, named: &str) -> End {
    let is_here = ["localhost", "127.0.0.1", "::1", "[::1]"].contains(&to.host.as_str());
    if is_here {
        let forwards = client.setting().forwards.clone();
        if let Some(forward) = forwards.iter().find(|forward| i64::from(forward.local) == to.port) {
            return End::Pod(forward.pod.clone(), i64::from(forward.remote));
        }
        return if to.port == SERVER.1 { End::Server } else { End::Refused };
    }
    let nodes = client.list(Resource::NODES, "").await.unwrap_or_default();
    let services = client.list(Resource::SERVICES, "").await.unwrap_or_default();
    let is_node =
        nodes.iter().any(|node| addresses(node).any(|address| address == to.host) || meta::name(node) == to.host);
    let leads = |service: &&Value| {
        let mut balancers = service.items_at(&["status", "loadBalancer", "ingress"]).iter();
        balancers.any(|one| one.str_at(&["ip"]) == to.host || one.str_at(&["hostname"]) == to.host)
    };
    for service in &services {
        for port in service.items_at(&["spec", "ports"]) {
            let by_node = is_node && port.int_at(&["nodePort"]) == Some(to.port);
            let by_balancer = leads(&service) && port.int_at(&["port"]) == Some(to.port);
            if by_node || by_balancer {
                return behind(client, service, port).await;
            }
        }
    }
    if is_node {
        return End::Refused;
    }
    let ingresses = client.list(Resource::INGRESSES, "").await.unwrap_or_default();
    for ingress in &ingresses {
        for rule in ingress.items_at(&["spec", "rules"]) {
            if rule.str_at(&["host"]) != named {
                continue;
            }
            let paths = rule.items_at(&["http", "paths"]);
            let fits = |path: &&Value| to.path.starts_with(path.str_at(&["path"]));
            let chosen = paths.iter().filter(fits).max_by_key(|path| path.str_at(&["path"]).len());
            let backend = chosen.and_then(|path| path.at(&["backend", "service"]));
            let service = services.iter().find(|service| {
                meta::namespace(service) == meta::namespace(ingress)
                    && backend.is_some_and(|backend| backend.str_at(&["name"]) == meta::name(service))
            });
            let Some(service) = service else { continue };
            let wanted = backend.and_then(|backend| backend.int_at(&["port", "number"]));
            let port = service
                .items_at(&["spec", "ports"])
                .iter()
                .find(|port| wanted.is_none() || port.int_at(&["port"]) == wanted);
            if let Some(port) = port {
                return behind(client, service, port).await;
            }
        }
    }
    let is_number = to.host.split('.').count() == 4 && to.host.chars().all(|c| c.is_ascii_digit() || c == '.');
    if is_number { End::Silent } else { End::NoName }
}

fn addresses(node: &Value) -> impl Iterator<Item = &str> {
    node.items_at(&["status", "addresses"]).iter().map(|address| address.str_at(&["address"]))
}

/// A ready Pod behind a Service's port.
async fn behind(client: &Client, service: &Value, port: &Value) -> End {
    let slices = client.list(Resource::ENDPOINT_SLICES, meta::namespace(service)).await.unwrap_or_default();
    let mut ready = Vec::new();
    for slice in &slices {
        if meta::label(slice, "kubernetes.io/service-name") != Some(meta::name(service)) {
            continue;
        }
        let ports = slice.items_at(&["ports"]);
        let found = ports.iter().find(|one| one.str_at(&["name"]) == port.str_at(&["name"]));
        let Some(target) = found.and_then(|one| one.int_at(&["port"])) else { continue };
        for endpoint in slice.items_at(&["endpoints"]) {
            if endpoint.is_true_at(&["conditions", "ready"]) && endpoint.str_at(&["targetRef", "kind"]) == "Pod" {
                let key = Key::new(Resource::PODS, meta::namespace(service), endpoint.str_at(&["targetRef", "name"]));
                ready.push((key, target));
            }
        }
    }
    // kube-proxy chooses at random; here in turn, so that a replay is the same.
    let count = ready.len();
    if count == 0 {
        return End::Refused;
    }
    let mut turn = 0;
    client.change_setting(|setting| {
        turn = setting.turns;
        setting.turns = setting.turns.wrapping_add(1);
    });
    match ready.into_iter().nth(turn as usize % count) {
        Some((key, port)) => End::Pod(key, port),
        None => End::Refused,
    }
}

/// What a web server answered.
struct Response {
    status: i64,
    headers: Vec<(String, String)>,
    body: String,
}

/// What is asked of a web server.
struct Asked<'a> {
    method: &'a str,
    host: &'a str,
    body: &'a str,
}

async fn fetch(client: &Client, to: &Url, asked: &Asked<'_>) -> Result<Response, End> {
    let (pod, port) = match reach(client, to, asked.host).await {
        End::Pod(pod, port) => (pod, port),
        other => return Err(other),
    };
    let body = tree!({
        "port": port,
        "path": to.path.as_str(),
        "method": asked.method,
        "host": asked.host,
        "body": asked.body,
    });
    let request = Request::new(client.user.clone(), Verb::Create, &pod).on("proxy").with_body(body);
    let answer = client.request(request).await.map_err(|_| End::Refused)?.into_object();
    let header = |header: &Value| (header.str_at(&["name"]).to_owned(), header.str_at(&["value"]).to_owned());
    Ok(Response {
        status: answer.int_at(&["status"]).unwrap_or_default(),
        headers: answer.items_at(&["headers"]).iter().map(header).collect(),
        body: answer.str_at(&["body"]).to_owned(),
    })
}

fn reason(status: i64) -> &'static str {
    match status {
        200 => "OK",
        201 => "Created",
        301 => "Moved Permanently",
        302 => "Found",
        400 => "Bad Request",
        401 => "Unauthorized",
        403 => "Forbidden",
        404 => "Not Found",
        500 => "Internal Server Error",
        502 => "Bad Gateway",
        503 => "Service Unavailable",
        504 => "Gateway Timeout",
        _ => "",
    }
}

async fn curl(client: &Client, args: &[String]) -> u8 {
    let (mut silent, mut shows_errors, mut head, mut include, mut fails) = (false, false, false, false, false);
    let (mut method, mut body, mut output, mut write_out) = (None, String::new(), None, None);
    let (mut host, mut most, mut target) = (None, 300_u64, None);
    let mut rest = args.iter();
    while let Some(arg) = rest.next() {
        let mut value = || rest.next().cloned().unwrap_or_default();
        match arg.as_str() {
            "-X" | "--request" => method = Some(value()),
            "-d" | "--data" | "--data-raw" => body = value(),
            "-o" | "--output" => output = Some(value()),
            "-w" | "--write-out" => write_out = Some(value()),
            "-H" | "--header" => {
                let header = value();
                if let Some(name) = header.strip_prefix("Host:").or_else(|| header.strip_prefix("host:")) {
                    host = Some(name.trim().to_owned());
                }
            }
            "-m" | "--max-time" | "--connect-timeout" => most = value().parse().unwrap_or(most),
            "--resolve" | "-u" | "--user" | "-A" | "--cacert" | "--cert" | "--key" | "--retry" => drop(value()),
            "--silent" => silent = true,
            "--head" => head = true,
            "--fail" => fails = true,
            "--include" => include = true,
            long if long.starts_with("--") => {}
            short if short.len() > 1 && short.starts_with('-') => {
                for letter in short.chars().skip(1) {
                    match letter {
                        's' => silent = true,
                        'S' => shows_errors = true,
                        'I' => head = true,
                        'i' => include = true,
                        'f' => fails = true,
                        'o' => output = Some(value()),
                        _ => {}
                    }
                }
            }
            other => target = Some(other.to_owned()),
        }
    }
    let complain = |text: String| {
        if !silent || shows_errors {
            client.warnln(&text);
        }
    };
    let Some(target) = target else {
        client.warnln("curl: (2) no URL specified\ncurl: try 'curl --help' or 'curl --manual' for more information");
        return 2;
    };
    let to = url(&target);
    let method = method.unwrap_or_else(|| {
        if head {
            "HEAD"
        } else if body.is_empty() {
            "GET"
        } else {
            "POST"
        }
        .to_owned()
    });
    let named = host.unwrap_or_else(|| to.host.clone());
    let response = match fetch(client, &to, &Asked { method: &method, host: &named, body: &body }).await {
        Ok(response) => response,
        Err(End::Server) => {
            complain("curl: (60) SSL certificate problem: unable to get local issuer certificate".to_owned());
            return 60;
        }
        Err(End::NoName) => {
            complain(format!("curl: (6) Could not resolve host: {}", to.host));
            return 6;
        }
        Err(End::Silent) => {
            client.sleep(secs(most.min(135))).await;
            complain(format!(
                "curl: (28) Failed to connect to {} port {} after {} ms: Timeout was reached",
                to.host,
                to.port,
                most.min(135) * 1000
            ));
            return 28;
        }
        Err(_) => {
            complain(format!(
                "curl: (7) Failed to connect to {} port {} after 0 ms: Couldn't connect to server",
                to.host, to.port
            ));
            return 7;
        }
    };
    if fails && response.status >= 400 {
        complain(format!("curl: (22) The requested URL returned error: {}", response.status));
        return 22;
    }
    if head || include {
        client.println(&format!("HTTP/1.1 {} {}", response.status, reason(response.status)));
        response.headers.iter().for_each(|(name, value)| client.println(&format!("{name}: {value}")));
        client.println("");
    }
    if !head {
        match output.as_deref() {
            None | Some("-") => client.print(&response.body),
            Some("/dev/null") => {}
            Some(file) => client.write_file(file, response.body.clone()),
        }
    }
    if let Some(format) = write_out {
        let text = format.replace("%{http_code}", &response.status.to_string()).replace("\\n", "\n");
        client.print(&text);
    }
    0
}

async fn wget(client: &Client, args: &[String]) -> u8 {
    let (mut quiet, mut output, mut target, mut seconds) = (false, None, None, 900_u64);
    let mut rest = args.iter();
    while let Some(arg) = rest.next() {
        match arg.as_str() {
            "-q" | "--quiet" => quiet = true,
            "-O" => output = rest.next().cloned(),
            "-T" => seconds = rest.next().and_then(|text| text.parse().ok()).unwrap_or(seconds),
            "-qO-" | "-qO" | "-O-" => {
                quiet |= arg.starts_with("-q");
                output = if arg.ends_with('-') { Some("-".to_owned()) } else { rest.next().cloned() };
            }
            timeout if timeout.starts_with("--timeout=") => seconds = timeout[10..].parse().unwrap_or(seconds),
            flag if flag.starts_with('-') => {}
            other => target = Some(other.to_owned()),
        }
    }
    let Some(target) = target else {
        client.warnln("wget: missing URL\nUsage: wget [OPTION]... [URL]...");
        return 1;
    };
    let to = url(&target);
    let fault = match fetch(client, &to, &Asked { method: "GET", host: &to.host, body: "" }).await {
        Ok(response) if response.status < 400 => {
            match output.as_deref() {
                Some("-") => client.print(&response.body),
                Some(file) => client.write_file(file, response.body.clone()),
                None => {
                    let last = to.path.rsplit('/').next().filter(|name| !name.is_empty()).unwrap_or("index.html");
                    client.write_file(last, response.body.clone());
                    if !quiet {
                        client.warnln(&format!("'{last}' saved [{}]", response.body.len()));
                    }
                }
            }
            return 0;
        }
        Ok(response) => format!("ERROR {}: {}.", response.status, reason(response.status)),
        Err(End::NoName) => format!("wget: unable to resolve host address '{}'", to.host),
        Err(End::Silent) => {
            client.sleep(secs(seconds.min(135))).await;
            format!("Connecting to {}:{}... failed: Connection timed out.", to.host, to.port)
        }
        Err(_) => format!("Connecting to {}:{}... failed: Connection refused.", to.host, to.port),
    };
    if !quiet {
        client.warnln(&fault);
    }
    4
}

/// The addresses that a name has out here: those of nodes and of load balancers.
async fn resolve(client: &Client, name: &str) -> Vec<String> {
    let mut found = Vec::new();
    for node in client.list(Resource::NODES, "").await.unwrap_or_default() {
        if meta::name(&node) == name {
            found.extend(addresses(&node).filter(|address| address.contains('.')).take(1).map(str::to_owned));
        }
    }
    for service in client.list(Resource::SERVICES, "").await.unwrap_or_default() {
        for one in service.items_at(&["status", "loadBalancer", "ingress"]) {
            if one.str_at(&["hostname"]) == name && !one.str_at(&["ip"]).is_empty() {
                found.push(one.str_at(&["ip"]).to_owned());
            }
        }
    }
    if name == "localhost" {
        found.push("127.0.0.1".to_owned());
    }
    found
}

async fn lookup(client: &Client, command: &str, args: &[String]) -> u8 {
    let short = args.iter().any(|arg| arg == "+short");
    let Some(name) = args.iter().find(|arg| !arg.starts_with(['-', '+', '@'])) else {
        return super::kubectl::usage(client, &format!("usage: {command} NAME"));
    };
    let found = resolve(client, name).await;
    match (command, found.is_empty()) {
        ("dig", _) if short => found.iter().for_each(|address| client.println(address)),
        ("dig", is_empty) => {
            let status = if is_empty { "NXDOMAIN" } else { "NOERROR" };
            client.println(&format!(
                "\n; <<>> DiG 9.18 <<>> {name}\n;; Got answer:\n;; ->>HEADER<<- opcode: QUERY, status: {status}\n\n;; QUESTION \
                 SECTION:\n;{name}.\t\t\tIN\tA\n"
            ));
            if !is_empty {
                client.println(";; ANSWER SECTION:");
                found.iter().for_each(|address| client.println(&format!("{name}.\t\t60\tIN\tA\t{address}")));
            }
        }
        (_, true) => {
            client.println(&format!(
                "Server:\t\t192.0.2.53\nAddress:\t192.0.2.53#53\n\n** server can't find {name}: NXDOMAIN\n"
            ));
            return 1;
        }
        _ => {
            client.println("Server:\t\t192.0.2.53\nAddress:\t192.0.2.53#53\n\nNon-authoritative answer:");
            found.iter().for_each(|address| client.println(&format!("Name:\t{name}\nAddress: {address}")));
            client.println("");
        }
    }
    0
}

/// A node answers while its machine runs; what is inside the cluster does not.
async fn ping(client: &Client, args: &[String]) -> u8 {
    let (mut count, mut target) = (None::<u64>, None);
    let mut rest = args.iter();
    while let Some(arg) = rest.next() {
        match arg.as_str() {
            "-c" => count = rest.next().and_then(|text| text.parse().ok()),
            "-W" | "-i" | "-w" => drop(rest.next()),
            flag if flag.starts_with('-') => {}
            other => target = Some(other.to_owned()),
        }
    }
    let Some(target) = target else {
        return super::kubectl::usage(client, "ping: usage error: Destination address required");
    };
    let is_number = target.chars().all(|c| c.is_ascii_digit() || c == '.');
    let address = if is_number { Some(target.clone()) } else { resolve(client, &target).await.into_iter().next() };
    let Some(address) = address else {
        client.warnln(&format!("ping: {target}: Name or service not known"));
        return 2;
    };
    client.println(&format!("PING {target} ({address}) 56(84) bytes of data."));
    let (mut sent, mut received) = (0_u64, 0_u64);
    while count.is_none_or(|count| sent < count) {
        sent += 1;
        let nodes = client.list(Resource::NODES, "").await.unwrap_or_default();
        let node = nodes.iter().find(|node| addresses(node).any(|known| known == address));
        if address == "127.0.0.1" || node.is_some_and(|node| meta::is_condition_true(node, "Ready")) {
            received += 1;
            client.println(&format!("64 bytes from {address}: icmp_seq={sent} ttl=64 time=0.4 ms"));
        }
        client.sleep(secs(1)).await;
    }
    let lost = (sent - received) * 100 / sent.max(1);
    client.println(&format!(
        "\n--- {target} ping statistics ---\n{sent} packets transmitted, {received} received, {lost}% packet loss"
    ));
    u8::from(received == 0)
}

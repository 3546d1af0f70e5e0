//! The learner's own machine on the network: `curl wget nslookup dig ping`, and `ssh` to a node.
//!
//! From here the cluster's inside cannot be reached, only what it shows outside: a forwarded port,
//! a node's address with a node port, a load balancer, a host name of an Ingress; and machines of the
//! cloud, as far as its network lets a packet through. A request takes the network's way and asks no
//! API server, but for a forwarded port.
// Models curl(1), wget(1), nslookup(1), dig(1), ping(8) as far as tutorials use them

use crate::document::Value;
use crate::tree;
use crate::world::api::{Reply, Request, Resource, Verb, meta};
use crate::world::packet::{Ending, HopKind, LAPTOP};
use crate::world::{Action, HttpRequest, Outbound, Question, http_reason, secs, split_url};
use std::rc::Rc;

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
    let (_, host, port, path) = split_url(text);
    Url { host: host.to_owned(), port, path }
}

/// Why there is no answer.
enum Fault {
    /// Nobody has a name like this.
    NoName,
    /// The machine is there and refuses.
    Refused,
    /// Nothing comes back.
    Silent,
    /// It is the API server, which speaks to nobody without a certificate.
    Server,
}

/// Amazon's own answer to "what is my address?".
const MY_ADDRESS: &str = "checkip.amazonaws.com";

/// The port at which the API server is reached from here.
const SERVER_PORT: i64 = 6443;

fn addresses(node: &Value) -> impl Iterator<Item = &str> {
    node.items_at(&["status", "addresses"]).iter().map(|address| address.str_at(&["address"]))
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

async fn fetch(client: &Client, to: &Url, asked: &Asked<'_>) -> Result<Response, Fault> {
    let is_here = ["localhost", "127.0.0.1", "::1", "[::1]"].contains(&to.host.as_str());
    if !is_here
        && !is_in_cluster(client, &to.host).await
        && let Some(found) = in_the_cloud(client, to).await
    {
        return found;
    }
    let answer =
        if is_here { through_forward(client, to, asked).await? } else { over_network(client, to, asked).await? };
    match answer.str_at(&["failure"]) {
        "" => {}
        "UnknownName" => return Err(Fault::NoName),
        "Refused" => return Err(Fault::Refused),
        _ => return Err(Fault::Silent),
    }
    let header = |header: &Value| (header.str_at(&["name"]).to_owned(), header.str_at(&["value"]).to_owned());
    Ok(Response {
        status: answer.int_at(&["status"]).unwrap_or_default(),
        headers: answer.items_at(&["headers"]).iter().map(header).collect(),
        body: answer.str_at(&["body"]).to_owned(),
    })
}

/// Through a port that `kubectl port-forward` has opened here: the API server passes it on.
async fn through_forward(client: &Client, to: &Url, asked: &Asked<'_>) -> Result<Value, Fault> {
    let forwards = client.setting().forwards.clone();
    let Some(forward) = forwards.iter().find(|forward| i64::from(forward.local) == to.port) else {
        return Err(if to.port == SERVER_PORT { Fault::Server } else { Fault::Refused });
    };
    let body = tree!({
        "port": (i64::from(forward.remote)),
        "path": to.path.as_str(),
        "method": asked.method,
        "host": asked.host,
        "body": asked.body,
    });
    let request = Request::new(client.user.clone(), Verb::Create, &forward.pod).on("proxy").with_body(body);
    client.request(request).await.map(Reply::into_object).map_err(|_| Fault::Refused)
}

/// The web server of a machine in the cloud, outside any cluster. None: nobody there is called that.
async fn in_the_cloud(client: &Client, to: &Url) -> Option<Result<Response, Fault>> {
    let page = |body: String| {
        let headers = vec![("Content-Type".to_owned(), "text/html".to_owned())];
        Some(Ok(Response { status: 200, headers, body }))
    };
    if to.host == MY_ADDRESS {
        return page(format!("{LAPTOP}\n"));
    }
    let port = u16::try_from(to.port).ok()?;
    let packet = Question { from: LAPTOP.into(), to: to.host.as_str().into(), protocol: "tcp".into(), port };
    let traced = client.trace(packet).await.ok()?;
    // Somebody else's address: the rest of the internet answers for itself.
    if traced.hops.last().is_none_or(|hop| matches!(hop.kind, HopKind::NoHost | HopKind::Internet)) {
        return None;
    }
    match traced.ending {
        Ending::Answered(body) if !body.is_empty() => page(body.to_string()),
        Ending::Stopped | Ending::NotRunning(_) => Some(Err(Fault::Silent)),
        // It answers, and not as a web server does.
        Ending::Answered(_) | Ending::Refused(_) | Ending::NoTarget(_) => Some(Err(Fault::Refused)),
    }
}

/// Whether an address, or a load balancer's name, belongs to a cluster's network.
async fn is_in_cluster(client: &Client, host: &str) -> bool {
    let nodes = client.list(Resource::NODES, "").await.unwrap_or_default();
    let mut balanced = client.list(Resource::SERVICES, "").await.unwrap_or_default();
    balanced.extend(client.list(Resource::INGRESSES, "").await.unwrap_or_default());
    let leads = |object: &Value| {
        let mut balancers = object.items_at(&["status", "loadBalancer", "ingress"]).iter();
        balancers.any(|one| one.str_at(&["ip"]) == host || one.str_at(&["hostname"]) == host)
    };
    nodes.iter().any(|node| addresses(node).any(|address| address == host)) || balanced.iter().any(leads)
}

/// Over the network, past every API server.
async fn over_network(client: &Client, to: &Url, asked: &Asked<'_>) -> Result<Value, Fault> {
    let mut turn = 0;
    client.change_setting(|setting| {
        turn = setting.turns;
        setting.turns = setting.turns.wrapping_add(1);
    });
    let mut request = HttpRequest::get(asked.host, &to.path);
    request.method = asked.method.into();
    request.body = asked.body.into();
    let outbound = Outbound { host: to.host.as_str().into(), port: to.port, nth: u64::from(turn), request };
    client.act(Action::Fetch(Rc::new(outbound))).await.map(Reply::into_object).map_err(|_| Fault::NoName)
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
        Err(Fault::Server) => {
            complain("curl: (60) SSL certificate problem: unable to get local issuer certificate".to_owned());
            return 60;
        }
        Err(Fault::NoName) => {
            complain(format!("curl: (6) Could not resolve host: {}", to.host));
            return 6;
        }
        Err(Fault::Silent) => {
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
        client.println(&format!("HTTP/1.1 {} {}", response.status, http_reason(response.status)));
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
        Ok(response) => format!("ERROR {}: {}.", response.status, http_reason(response.status)),
        Err(Fault::NoName) => format!("wget: unable to resolve host address '{}'", to.host),
        Err(Fault::Silent) => {
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

//! Commands that call others: `wget`, `curl`, `nslookup`, `nc`.

use crate::kube::program::http::{self, Request, Response};
use crate::kube::program::scope::Scope;
use crate::kube::program::thread::Thread;
use crate::kube::program::{Answer, Call, Called, Failure};
use crate::sim::secs;
use std::rc::Rc;

/// Runs the command if it is one of these; its status.
#[inline(never)] // Seldom needed at first: a unit of its own for `src/ui/js/split`.
pub(super) fn run(thread: &mut Thread, scope: &mut Scope<'_, '_>, name: &str, args: &[&str]) -> Option<i64> {
    Some(match name {
        "wget" => wget(thread, scope, args),
        "curl" => curl(thread, scope, args),
        "nslookup" | "host" => nslookup(thread, scope, args),
        "dig" => dig(thread, scope, args),
        "getent" => getent(thread, scope, args),
        "ping" => ping(thread, scope, args),
        "nc" | "telnet" | "ncat" if !args.iter().any(|word| word.starts_with('-') && word.contains('l')) => {
            connect(thread, scope, args)
        }
        _ => return super::database::run(thread, scope, name, args),
    })
}

pub(super) fn call(thread: &mut Thread, scope: &mut Scope<'_, '_>, call: &Call) -> Option<Result<Answer, Failure>> {
    let called = scope.outside.network.call(scope.facts, thread.at, call, scope.outside.disks);
    match called {
        Called::Unknown => {
            thread.wants_network = true;
            None
        }
        Called::Answered { took, answer } => {
            thread.at = thread.at + took;
            Some(Ok(answer))
        }
        Called::Failed { took, failure } => {
            thread.at = thread.at + took;
            Some(Err(failure))
        }
    }
}

/// The value of the first flag of these, whether attached or apart.
pub(super) fn value<'a>(args: &[&'a str], flags: &[&str]) -> Option<&'a str> {
    args.iter().enumerate().find_map(|(index, word)| {
        if flags.contains(word) {
            return args.get(index + 1).copied();
        }
        flags.iter().find_map(|flag| {
            let rest = word.strip_prefix(flag)?;
            let is_long = flag.starts_with("--");
            if is_long { rest.strip_prefix('=') } else { Some(rest).filter(|rest| !rest.is_empty() && flag.len() == 2) }
        })
    })
}

/// Words that are neither flags nor the values of these flags.
fn plain<'a>(args: &[&'a str], with_value: &[&str]) -> Vec<&'a str> {
    let mut words = Vec::new();
    let mut skip = false;
    for word in args {
        if std::mem::take(&mut skip) {
            continue;
        }
        if word.starts_with('-') && word.len() > 1 {
            // A cluster such as `-sSo` takes the next word for its last letter.
            let last = word.chars().last().map(|c| format!("-{c}")).unwrap_or_default();
            let is_cluster = !word.starts_with("--") && word.len() > 2;
            skip =
                with_value.contains(word) || (is_cluster && with_value.contains(&last.as_str()) && !word.contains('='));
        } else {
            words.push(*word);
        }
    }
    words
}

fn has(args: &[&str], letter: char) -> bool {
    args.iter().any(|word| word.starts_with('-') && !word.starts_with("--") && word.contains(letter))
}

fn fetch(
    thread: &mut Thread,
    scope: &mut Scope<'_, '_>,
    url: &str,
    change: impl FnOnce(&mut Request),
) -> Option<Result<Response, Failure>> {
    let (_, host, port, path) = http::split_url(url);
    let mut request = Request::get(host, &path);
    let is_own = host == "localhost" || host.starts_with("127.");
    request.client = if is_own { "127.0.0.1".into() } else { scope.facts.address.clone() };
    change(&mut request);
    let call_it = Call::Http { host: host.into(), port, request: Rc::new(request) };
    Some(match call(thread, scope, &call_it)? {
        Ok(Answer::Http(response)) => Ok(response),
        Ok(_) => Err(Failure::Refused),
        Err(failure) => Err(failure),
    })
}

/// Busybox's `wget`.
fn wget(thread: &mut Thread, scope: &mut Scope<'_, '_>, args: &[&str]) -> i64 {
    let with_value = ["-O", "-T", "-o", "-U", "-P", "--timeout", "--tries", "-t", "--header", "--post-data"];
    let Some(url) = plain(args, &with_value).first().copied() else { return 1 };
    let (_, host, port, path) = http::split_url(url);
    let is_quiet = has(args, 'q') || args.contains(&"--quiet");
    let begun = thread.at;
    let fetched = fetch(thread, scope, url, |request| {
        request.agent = "Wget".into();
        if let Some(body) = value(args, &["--post-data"]) {
            request.method = "POST".into();
            request.body = body.into();
        }
    });
    let Some(fetched) = fetched else { return 0 };
    let limit = value(args, &["-T", "--timeout"]).and_then(super::duration);
    if let Some(limit) = limit.filter(|limit| thread.at > begun + *limit) {
        thread.at = begun + limit;
        thread.complain(scope, "wget: download timed out\n");
        return 1;
    }
    let response = match fetched {
        Ok(response) => response,
        Err(failure) => {
            let host = address(thread, scope, host);
            let said = match failure {
                Failure::UnknownName => format!("wget: bad address '{host}'\n"),
                Failure::Refused => format!("wget: can't connect to remote host ({host}): Connection refused\n"),
                Failure::TimedOut => format!("wget: can't connect to remote host ({host}): Operation timed out\n"),
                Failure::Unreachable => format!("wget: can't connect to remote host ({host}): Host is unreachable\n"),
            };
            thread.complain(scope, &said);
            return 1;
        }
    };
    if !is_quiet {
        thread.complain(scope, &format!("Connecting to {host}:{port} ({host}:{port})\n"));
    }
    if response.status >= 400 {
        thread.complain(
            scope,
            &format!("wget: server returned error: HTTP/1.1 {} {}\n", response.status, response.reason()),
        );
        return 1;
    }
    if args.contains(&"--spider") {
        return 0;
    }
    let last = path.split('?').next().and_then(|path| path.rsplit('/').next()).filter(|last| !last.is_empty());
    let attached = args.iter().find_map(|word| (has(&[*word], 'O') && word.ends_with('-')).then_some("-"));
    let file = attached.or(value(args, &["-O"])).or_else(|| {
        args.iter()
            .position(|word| word.starts_with('-') && word.ends_with('O'))
            .and_then(|at| args.get(at + 1).copied())
    });
    save(thread, scope, file.unwrap_or(last.unwrap_or("index.html")), &response.body)
}

/// The address of a host, as it was found when the call was made; the name itself where there is none.
fn address(thread: &mut Thread, scope: &mut Scope<'_, '_>, host: &str) -> String {
    let at = thread.at;
    let found = call(thread, scope, &Call::Resolve(host.into()));
    thread.at = at;
    match found {
        Some(Ok(Answer::Addresses(_, addresses))) => addresses.first().map_or(host.to_owned(), ToString::to_string),
        _ => host.to_owned(),
    }
}

fn save(thread: &Thread, scope: &mut Scope<'_, '_>, file: &str, text: &str) -> i64 {
    if file == "-" || file == "/dev/stdout" {
        thread.print(scope, text);
        return 0;
    }
    let path = crate::kube::program::files::absolute(&thread.cwd, file);
    if path == "/dev/null" {
        return 0;
    }
    i64::from(scope.files(|files| files.write(&path, text, false)).is_err())
}

/// `curl`.
fn curl(thread: &mut Thread, scope: &mut Scope<'_, '_>, args: &[&str]) -> i64 {
    let with_value = [
        "-o",
        "-X",
        "-d",
        "-H",
        "-m",
        "-w",
        "-u",
        "-A",
        "--max-time",
        "--connect-timeout",
        "--data",
        "--header",
        "--request",
        "--output",
        "--write-out",
        "--retry",
        "--retry-delay",
        "--resolve",
        "--cacert",
        "--user",
    ];
    let urls = plain(args, &with_value);
    let Some(url) = urls.first().copied() else {
        thread.complain(scope, "curl: try 'curl --help' or 'curl --manual' for more information\n");
        return 2;
    };
    let (_, host, port, _) = http::split_url(url);
    let begun = thread.at;
    let headers: Vec<(Rc<str>, Rc<str>)> = args
        .iter()
        .zip(args.iter().skip(1))
        .filter(|(flag, _)| matches!(**flag, "-H" | "--header"))
        .filter_map(|(_, header)| header.split_once(':'))
        .map(|(name, text)| (name.trim().into(), text.trim().into()))
        .collect();
    let fetched = fetch(thread, scope, url, |request| {
        if let Some((_, host)) = headers.iter().find(|(name, _)| name.eq_ignore_ascii_case("host")) {
            request.host = host.clone();
        }
        request.headers = headers;
        let body = value(args, &["-d", "--data"]);
        request.body = body.unwrap_or_default().into();
        let method = if has(args, 'I') {
            "HEAD"
        } else if body.is_some() {
            "POST"
        } else {
            "GET"
        };
        request.method = value(args, &["-X", "--request"]).unwrap_or(method).into();
    });
    let Some(mut fetched) = fetched else { return 0 };
    let limits = [value(args, &["-m", "--max-time"]), value(args, &["--connect-timeout"])];
    let limit = limits.into_iter().flatten().filter_map(super::duration).min();
    if let Some(limit) = limit.filter(|limit| thread.at > begun + *limit) {
        thread.at = begun + limit;
        fetched = Err(Failure::TimedOut);
    }
    let is_silent = has(args, 's') || args.contains(&"--silent");
    let speaks = !is_silent || has(args, 'S') || args.contains(&"--show-error");
    let took = thread.at.since(begun);
    match fetched {
        Err(failure) => {
            let (code, said) = match failure {
                Failure::UnknownName => (6, format!("Could not resolve host: {host}")),
                Failure::Refused => (
                    7,
                    format!(
                        "Failed to connect to {host} port {port} after {} ms: Could not connect to server",
                        took.as_millis()
                    ),
                ),
                Failure::TimedOut if took < secs(120) => {
                    (28, format!("Connection timed out after {} milliseconds", took.as_millis()))
                }
                Failure::TimedOut => (
                    28,
                    format!(
                        "Failed to connect to {host} port {port} after {} ms: Could not connect to server",
                        took.as_millis()
                    ),
                ),
                Failure::Unreachable => (
                    7,
                    format!("Failed to connect to {host} port {port} after {} ms: No route to host", took.as_millis()),
                ),
            };
            if speaks {
                thread.complain(scope, &format!("curl: ({code}) {said}\n"));
            }
            if let Some(format) = value(args, &["-w", "--write-out"]) {
                let text = written_out(format, 0, took.as_millis());
                thread.print(scope, &text);
            }
            code
        }
        Ok(response) => {
            if response.status >= 400 && (has(args, 'f') || args.contains(&"--fail")) {
                if speaks {
                    thread.complain(
                        scope,
                        &format!("curl: (22) The requested URL returned error: {}\n", response.status),
                    );
                }
                return 22;
            }
            let mut text = String::new();
            if has(args, 'i') || has(args, 'I') {
                text.push_str(&format!("HTTP/1.1 {} {}\r\n", response.status, response.reason()));
                for (name, value) in &response.headers {
                    text.push_str(&format!("{name}: {value}\r\n"));
                }
                text.push_str("\r\n");
            }
            if !has(args, 'I') {
                text.push_str(&response.body);
            }
            let file = value(args, &["-o", "--output"]).unwrap_or("-");
            let status = save(thread, scope, file, &text);
            if let Some(format) = value(args, &["-w", "--write-out"]) {
                let text = written_out(format, response.status, took.as_millis());
                thread.print(scope, &text);
            }
            status
        }
    }
}

fn written_out(format: &str, status: i64, took: u64) -> String {
    let seconds = format!("{}.{:03}000", took / 1000, took % 1000);
    format
        .replace("%{http_code}", &format!("{status:03}"))
        .replace("%{response_code}", &format!("{status:03}"))
        .replace("%{time_total}", &seconds)
        .replace("\\n", "\n")
}

/// Busybox's `nslookup`.
fn nslookup(thread: &mut Thread, scope: &mut Scope<'_, '_>, args: &[&str]) -> i64 {
    let Some(name) = args.iter().find(|word| !word.starts_with('-')) else { return 1 };
    let Some(found) = call(thread, scope, &Call::Resolve((*name).into())) else { return 0 };
    let server = server_of(scope);
    if is_old_busybox(&scope.facts.image) {
        return old_nslookup(thread, scope, name, &server, found);
    }
    let head = format!("Server:\t\t{server}\nAddress:\t{server}:53\n\n");
    match found {
        Ok(Answer::Addresses(full, addresses)) => {
            let lines: String =
                addresses.iter().map(|address| format!("Name:\t{full}\nAddress: {address}\n")).collect();
            thread.print(scope, &format!("{head}{lines}\n"));
            0
        }
        Err(Failure::TimedOut | Failure::Unreachable | Failure::Refused) => {
            thread.print(scope, ";; connection timed out; no servers could be reached\n\n");
            1
        }
        _ => {
            thread.print(scope, &format!("{head}** server can't find {name}: NXDOMAIN\n\n"));
            1
        }
    }
}

/// Whether an image has the `nslookup` that Busybox had up to 1.28.
fn is_old_busybox(image: &str) -> bool {
    let tag = image.rsplit_once(':').filter(|(repository, _)| repository.ends_with("busybox")).map(|(_, tag)| tag);
    let minor = tag.and_then(|tag| tag.strip_prefix("1.")?.split('.').next()?.parse::<u32>().ok());
    minor.is_some_and(|minor| minor <= 28)
}

// Source: "Debugging DNS Resolution", whose answers are that version's.
fn old_nslookup(
    thread: &Thread,
    scope: &mut Scope<'_, '_>,
    name: &str,
    server: &str,
    found: Result<Answer, Failure>,
) -> i64 {
    let head = format!("Server:    {server}\nAddress 1: {server} kube-dns.kube-system.svc.cluster.local\n\n");
    let Ok(Answer::Addresses(full, addresses)) = found else {
        thread.print(scope, &head);
        thread.complain(scope, &format!("nslookup: can't resolve '{name}'\n"));
        return 1;
    };
    let line = |(nth, address): (usize, &Rc<str>)| format!("Address {}: {address} {full}\n", nth + 1);
    let lines: String = addresses.iter().enumerate().map(line).collect();
    thread.print(scope, &format!("{head}Name:      {name}\n{lines}"));
    0
}

fn server_of(scope: &Scope<'_, '_>) -> String {
    let line = scope.facts.resolver.lines().find_map(|line| line.strip_prefix("nameserver "));
    line.unwrap_or("127.0.0.1").to_owned()
}

fn dig(thread: &mut Thread, scope: &mut Scope<'_, '_>, args: &[&str]) -> i64 {
    let Some(name) = args.iter().find(|word| !word.starts_with(['-', '+', '@'])) else { return 1 };
    // `dig` asks for the name as it stands, without the search list.
    let asked = format!("{}.", name.trim_end_matches('.'));
    let Some(found) = call(thread, scope, &Call::Resolve(asked.as_str().into())) else { return 0 };
    let is_short = args.contains(&"+short");
    if let Ok(Answer::Addresses(_, addresses)) = found {
        for address in addresses {
            let line = if is_short { format!("{address}\n") } else { format!("{asked}\t30\tIN\tA\t{address}\n") };
            thread.print(scope, &line);
        }
    } else if !is_short {
        thread.print(scope, ";; ->>HEADER<<- opcode: QUERY, status: NXDOMAIN\n");
    }
    0
}

fn getent(thread: &mut Thread, scope: &mut Scope<'_, '_>, args: &[&str]) -> i64 {
    let Some(name) = args.get(1) else { return 1 };
    match call(thread, scope, &Call::Resolve((*name).into())) {
        None => 0,
        Some(Ok(Answer::Addresses(full, addresses))) => {
            for address in addresses {
                thread.print(scope, &format!("{address:<15} {full}\n"));
            }
            0
        }
        Some(_) => 2,
    }
}

fn ping(thread: &mut Thread, scope: &mut Scope<'_, '_>, args: &[&str]) -> i64 {
    let names = plain(args, &["-c", "-W", "-w", "-i"]);
    let Some(name) = names.first() else { return 1 };
    let count = value(args, &["-c"]).and_then(|text| text.parse::<u64>().ok()).unwrap_or(3).clamp(1, 20);
    let Some(found) = call(thread, scope, &Call::Connect { host: (*name).into(), port: 0 }) else { return 0 };
    match found {
        Ok(Answer::Connected(address)) => {
            let mut text = format!("PING {name} ({address}): 56 data bytes\n");
            for nth in 0..count {
                text.push_str(&format!("64 bytes from {address}: seq={nth} ttl=62 time=0.4 ms\n"));
            }
            text.push_str(&format!("\n--- {name} ping statistics ---\n{count} packets transmitted, {count} packets received, 0% packet loss\n"));
            thread.at = thread.at + secs(count - 1);
            thread.print(scope, &text);
            0
        }
        Err(Failure::UnknownName) => {
            thread.complain(scope, &format!("ping: bad address '{name}'\n"));
            1
        }
        _ => {
            let text = format!(
                "PING {name} ({name}): 56 data bytes\n\n--- {name} ping statistics ---\n{count} packets transmitted, 0 packets received, 100% packet loss\n"
            );
            thread.print(scope, &text);
            1
        }
    }
}

/// `nc -zv host port`.
fn connect(thread: &mut Thread, scope: &mut Scope<'_, '_>, args: &[&str]) -> i64 {
    let words = plain(args, &["-w", "-p", "-s"]);
    let (Some(host), Some(port)) = (words.first(), words.get(1).and_then(|port| port.parse::<i64>().ok())) else {
        thread.complain(scope, "BusyBox v1.37.0 multi-call binary.\n\nUsage: nc [OPTIONS] HOST PORT\n");
        return 1;
    };
    let begun = thread.at;
    let Some(mut found) = call(thread, scope, &Call::Connect { host: (*host).into(), port }) else { return 0 };
    if let Some(limit) = value(args, &["-w"]).and_then(super::duration).filter(|limit| thread.at > begun + *limit) {
        thread.at = begun + limit;
        found = Err(Failure::TimedOut);
    }
    let speaks = has(args, 'v');
    match found {
        Ok(Answer::Connected(address)) => {
            if speaks {
                thread.complain(scope, &format!("{host} ({address}:{port}) open\n"));
            }
            0
        }
        Err(failure) => {
            let said = match failure {
                Failure::UnknownName => format!("nc: bad address '{host}'\n"),
                Failure::Refused => format!("nc: {host} ({host}:{port}): Connection refused\n"),
                Failure::TimedOut => format!("nc: {host} ({host}:{port}): Operation timed out\n"),
                Failure::Unreachable => format!("nc: {host} ({host}:{port}): Host is unreachable\n"),
            };
            thread.complain(scope, &said);
            1
        }
        Ok(_) => 1,
    }
}

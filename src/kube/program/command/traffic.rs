//! Load generators: `hey`, `fortio load`, `wrk`, `ab`. Requests of a tenth of a second are counted
//! together, as many as so many workers get through at the speed of the answers before.
// Source: the usages and reports of hey 0.1.4, fortio 1.6, wrk 4.2, ApacheBench 2.3.

use crate::document::InOrder as _;
use crate::kube::program::http::{self, Request};
use crate::kube::program::scope::Scope;
use crate::kube::program::syntax;
use crate::kube::program::thread::Thread;
use crate::kube::program::{Answer, Call, Called, Failure};
use crate::sim::{SimTime, millis};
use std::rc::Rc;

/// How long requests are counted together.
const SLICE: SimTime = millis(100);
/// Into how many shares a slice's requests are divided, each of which takes its own path.
const SHARES: u64 = 8;
/// What an answer is taken to need before there has been one, in microseconds.
const FIRST_MICROS: u64 = 2_000;

/// A load under way.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Load {
    tool: Rc<str>,
    url: Rc<str>,
    workers: u64,
    /// How many requests in all, if that ends it.
    wanted: Option<u64>,
    /// Until when, if that ends it.
    until: Option<SimTime>,
    /// How many requests a second at most; 0 for as many as there can be.
    per_second: u64,
    since: SimTime,
    sent: u64,
    /// Thousandths of a request that are still owed, where they come at a rate.
    owed: u64,
    micros: u64,
    fastest: u64,
    slowest: u64,
    last: u64,
    bytes: u64,
    /// How many answers of each status.
    answers: Vec<(i64, u64)>,
    /// How many got none.
    lost: Vec<(Failure, u64)>,
}

/// Starts a load if the command is one of these; its status.
#[inline(never)] // Seldom needed at first: a unit of its own for `src/ui/js/split`.
pub(super) fn run(thread: &mut Thread, scope: &mut Scope<'_, '_>, name: &str, args: &[&str]) -> Option<i64> {
    if !matches!(name, "hey" | "fortio" | "wrk" | "ab") {
        return None;
    }
    let Some(load) = plan(name, args, thread.at) else {
        let usage = match name {
            "hey" => "Usage: hey [options...] <url>\n",
            "wrk" => "Usage: wrk <options> <url>\n",
            "ab" => "ab: wrong number of arguments\nUsage: ab [options] [http[s]://]hostname[:port]/path\n",
            _ => "Usage:\n  fortio load [flags] url\n",
        };
        thread.complain(scope, usage);
        return Some(1);
    };
    let head = match name {
        "wrk" => format!(
            "Running {}s test @ {}\n  2 threads and {} connections\n",
            load.until.map_or(0, |until| until.since(load.since).as_secs()),
            load.url,
            load.workers
        ),
        "ab" => format!("Benchmarking {} (be patient).....", http::split_url(&load.url).1),
        "fortio" => format!("Starting at {} qps with {} thread(s)\n", load.per_second, load.workers),
        _ => String::new(),
    };
    thread.print(scope, &head);
    thread.load = Some(Rc::new(load));
    match syntax::compile("while :load; do :; done") {
        Ok(code) => thread.call(code, None),
        Err(problem) => thread.complain(scope, &format!("{problem}\n")),
    }
    Some(0)
}

fn plan(name: &str, args: &[&str], now: SimTime) -> Option<Load> {
    let args = if name == "fortio" { args.strip_prefix(&["load"])? } else { args };
    let value = |flags: &[&str]| {
        args.iter().enumerate().find_map(|(index, word)| {
            flags.iter().find_map(|flag| match word.strip_prefix(flag)? {
                "" => args.get(index + 1).copied(),
                rest if flag.len() == 2 => Some(rest.trim_start_matches('=')),
                rest => rest.strip_prefix('='),
            })
        })
    };
    let number = |flags: &[&str]| value(flags).and_then(|text| text.parse::<u64>().ok());
    let length = |flags: &[&str]| value(flags).and_then(super::duration);
    let url = args.last().filter(|word| !word.starts_with('-') && args.len() % 2 == 1 || word.contains("://"))?;
    let (workers, wanted, length, rate) = match name {
        "hey" => {
            let workers = number(&["-c"]).unwrap_or(50);
            let length = length(&["-z"]);
            let wanted = length.is_none().then(|| number(&["-n"]).unwrap_or(200));
            (workers, wanted, length, number(&["-q"]).unwrap_or(0) * workers)
        }
        "wrk" => (number(&["-c"]).unwrap_or(10), None, Some(length(&["-d"]).unwrap_or(millis(10_000))), 0),
        "ab" => {
            let length = length(&["-t"]);
            let wanted = number(&["-n"]).or_else(|| length.is_none().then_some(1));
            (number(&["-c"]).unwrap_or(1), wanted, length, 0)
        }
        _ => {
            let wanted = number(&["-n"]);
            let length = length(&["-t"]).or_else(|| wanted.is_none().then_some(millis(5_000)));
            let rate = if value(&["-qps"]) == Some("max") { 0 } else { number(&["-qps"]).unwrap_or(8) };
            (number(&["-c"]).unwrap_or(4), wanted, length, rate)
        }
    };
    Some(Load {
        tool: name.into(),
        url: (*url).into(),
        workers: workers.max(1),
        wanted,
        until: length.map(|length| now + length),
        per_second: rate,
        since: now,
        sent: 0,
        owed: 0,
        micros: 0,
        fastest: u64::MAX,
        slowest: 0,
        last: FIRST_MICROS,
        bytes: 0,
        answers: Vec::new(),
        lost: Vec::new(),
    })
}

/// One slice of the load under way; 1 when it is over.
pub(super) fn slice(thread: &mut Thread, scope: &mut Scope<'_, '_>) -> i64 {
    let Some(mut load) = thread.load.as_deref().cloned() else { return 1 };
    let slice = load.until.map_or(SLICE, |until| until.since(thread.at).min(SLICE));
    let most = (load.workers * slice.as_millis() * 1000 / load.last.max(1)).max(1);
    load.owed += load.per_second * slice.as_millis();
    let paced = if load.per_second == 0 { most } else { most.min(load.owed / 1000) };
    let count = load.wanted.map_or(paced, |wanted| paced.min(wanted - load.sent));
    load.owed = load.owed.saturating_sub(count * 1000).min(load.per_second * 1000);
    let (_, host, port, path) = http::split_url(&load.url);
    let shares = count.min(SHARES).max(1);
    let mut micros = 0;
    for share in 0..shares {
        let part = count / shares + u64::from(share < count % shares);
        if part == 0 {
            continue;
        }
        let mut request = Request::get(host, &path);
        request.agent = load.tool.clone();
        request.client = scope.facts.address.clone();
        let call = Call::Load { host: host.into(), port, request: Rc::new(request), count: part };
        match scope.outside.network.call(scope.facts, thread.at, &call, scope.outside.disks) {
            Called::Unknown => {
                thread.wants_network = true;
                return 0;
            }
            Called::Answered { answer: Answer::Carried { status, answered, micros: each, bytes }, .. } => {
                micros += each * answered;
                load.fastest = load.fastest.min(each);
                load.slowest = load.slowest.max(each);
                load.bytes += bytes * answered;
                add(&mut load.answers, status, answered);
                add(&mut load.lost, Failure::TimedOut, part - answered);
            }
            Called::Answered { took, .. } => {
                micros += took.as_millis() * 1000 * part;
                add(&mut load.answers, 200, part);
            }
            Called::Failed { took, failure } => {
                micros += took.min(SLICE).as_millis() * 1000 * part;
                add(&mut load.lost, failure, part);
            }
        }
    }
    load.sent += count;
    load.micros += micros;
    if let Some(mean) = micros.checked_div(count) {
        load.last = mean.max(100);
    }
    // What is left of the last requests takes no whole slice.
    let is_last = load.wanted.is_some_and(|wanted| load.sent >= wanted);
    let took = if is_last { millis((count * load.last / load.workers / 1000).max(1)).min(slice) } else { slice };
    thread.at = thread.at + took.max(millis(1));
    let is_over = is_last || load.until.is_some_and(|until| thread.at >= until);
    if is_over {
        let report = report(&load, thread.at);
        thread.print(scope, &report);
        thread.load = None;
        return 1;
    }
    thread.load = Some(Rc::new(load));
    0
}

fn add<T: Copy + Ord>(counts: &mut Vec<(T, u64)>, of: T, count: u64) {
    match counts.iter_mut().find(|(known, _)| *known == of) {
        Some((_, sum)) => *sum += count,
        None if count > 0 => {
            counts.push((of, count));
            counts.order();
        }
        None => {}
    }
}

/// Thousandths with their point: `1234` is `1.23` with two digits.
fn point(thousandths: u64, digits: u32) -> String {
    let scale = 10_u64.pow(3_u32.saturating_sub(digits));
    let rounded = thousandths / scale;
    let unit = 10_u64.pow(digits);
    format!("{}.{:0width$}", rounded / unit, rounded % unit, width = digits as usize)
}

fn report(load: &Load, now: SimTime) -> String {
    let answered: u64 = load.answers.iter().map(|(_, count)| *count).sum();
    let lost: u64 = load.lost.iter().map(|(_, count)| *count).sum();
    let took = now.since(load.since).as_millis().max(1);
    let mean = load.micros.checked_div(load.sent).unwrap_or_default();
    let fastest = if load.fastest == u64::MAX { 0 } else { load.fastest };
    let rate = point(load.sent * 1_000_000 / took, 2);
    let seconds = |micros: u64| format!("{}.{:04}", micros / 1_000_000, micros % 1_000_000 / 100);
    let failed: u64 = load.answers.iter().filter(|(status, _)| *status >= 400).map(|(_, count)| *count).sum();
    match &*load.tool {
        "wrk" => {
            let mut text = format!(
                "  Thread Stats   Avg      Max\n    Latency   {:>7}ms {:>7}ms\n  {answered} requests in {}s, {} read\n",
                point(mean, 2),
                point(load.slowest, 2),
                point(took, 2),
                size(load.bytes)
            );
            if lost > 0 {
                text.push_str(&format!("  Socket errors: connect {lost}, read 0, write 0, timeout 0\n"));
            }
            if failed > 0 {
                text.push_str(&format!("  Non-2xx or 3xx responses: {failed}\n"));
            }
            text + &format!("Requests/sec: {rate:>9}\nTransfer/sec: {:>9}\n", size(load.bytes * 1000 / took))
        }
        "ab" => {
            let mut text = format!(
                "..done\n\n\nConcurrency Level:      {}\nTime taken for tests:   {} seconds\nComplete requests:      {answered}\nFailed requests:        {lost}\n",
                load.workers,
                point(took, 3)
            );
            if failed > 0 {
                text.push_str(&format!("Non-2xx responses:      {failed}\n"));
            }
            text + &format!(
                "Total transferred:      {} bytes\nRequests per second:    {rate} [#/sec] (mean)\nTime per request:       {} [ms] (mean)\n",
                load.bytes,
                point(mean, 3)
            )
        }
        "fortio" => {
            let mut text = String::new();
            for (status, count) in &load.answers {
                let percent = point(count * 100_000 / load.sent.max(1), 1);
                text.push_str(&format!("Code {status:>3} : {count} ({percent} %)\n"));
            }
            if lost > 0 {
                let percent = point(lost * 100_000 / load.sent.max(1), 1);
                text.push_str(&format!("Code  -1 : {lost} ({percent} %)\n"));
            }
            text + &format!(
                "All done {} calls (plus 0 warmup) {} ms avg, {} qps\n",
                load.sent,
                point(mean, 3),
                point(load.sent * 1_000_000 / took, 1)
            )
        }
        _ => {
            let mut text = format!(
                "\nSummary:\n  Total:\t{} secs\n  Slowest:\t{} secs\n  Fastest:\t{} secs\n  Average:\t{} secs\n  Requests/sec:\t{rate}\n\n",
                seconds(took * 1000),
                seconds(load.slowest),
                seconds(fastest),
                seconds(mean)
            );
            text.push_str("Status code distribution:\n");
            for (status, count) in &load.answers {
                text.push_str(&format!("  [{status}]\t{count} responses\n"));
            }
            if lost > 0 {
                text.push_str("\nError distribution:\n");
            }
            for (failure, count) in &load.lost {
                let host = http::split_url(&load.url).1;
                let said = match failure {
                    Failure::UnknownName => format!("dial tcp: lookup {host}: no such host"),
                    Failure::Refused => "dial tcp: connect: connection refused".to_owned(),
                    Failure::TimedOut => "net/http: request canceled (Client.Timeout exceeded)".to_owned(),
                    Failure::Unreachable => "dial tcp: connect: no route to host".to_owned(),
                };
                text.push_str(&format!("  [{count}]\tGet \"{}\": {said}\n", load.url));
            }
            text
        }
    }
}

fn size(bytes: u64) -> String {
    match bytes {
        0..=1023 => format!("{bytes}B"),
        1024..=1_048_575 => format!("{}KB", point(bytes * 1000 / 1024, 2)),
        _ => format!("{}MB", point(bytes / 1024 * 1000 / 1024, 2)),
    }
}

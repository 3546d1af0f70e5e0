//! `aws SERVICE wait NAME`: asks again and again until the answer is the one waited for.
//!
//! A waiter's line in the table: `wait NAME OPERATION SECONDS ATTEMPTS ACCEPTOR…`, where an
//! acceptor is `RESULT:MATCH:EXPECTED[:QUERY]` with result `ok`, `retry` or `fail` and match `path`
//! (the query gives that value), `all` (each item of a list that is not empty), `any` (one item),
//! `error` (the service answers with that code) or `status` (the code of HTTP).
// Models botocore waiter.Waiter; Source: the waiters of the AWS APIs.

use super::super::client::Client;
use super::failure::Failure;
use super::model::Service;
use super::options::{self, Global};
use super::{query, request};
use crate::document::Value;
use crate::world::secs;

#[derive(Clone, Copy)]
struct Acceptor<'a> {
    result: &'a str,
    kind: &'a str,
    expected: &'a str,
    query: &'a str,
}

/// Runs `aws SERVICE wait ARGS`.
pub(super) async fn run(client: &Client, global: &Global, service: &Service, args: &[String]) -> Result<(), Failure> {
    let Some((name, rest)) = args.split_first() else {
        return Err(Failure::usage("the following arguments are required: waiter_state"));
    };
    let Some(line) = service.waiter(name) else {
        let known: Vec<&str> = service.waiters().map(|(name, _)| name).collect();
        return Err(super::invalid_choice("waiter_state", name, &known));
    };
    let words: Vec<&str> = line.split(' ').collect();
    let [operation, seconds, attempts, acceptors @ ..] = words.as_slice() else {
        return Err(Failure::general("a waiter without an operation"));
    };
    let Some(operation) = service.operation(&super::model::command_name(operation)) else {
        return Err(Failure::general("a waiter for an operation that is not there"));
    };
    let acceptors: Vec<Acceptor<'_>> = acceptors.iter().filter_map(|text| acceptor(text)).collect();
    let params = options::read(client, service, &operation, rest)?;
    let title: String = name.split('-').map(capital).collect();
    let attempts: u32 = attempts.parse().unwrap_or(40);
    for attempt in 0..attempts {
        if attempt > 0 {
            client.sleep(secs(seconds.parse().unwrap_or(30))).await;
        }
        let answer = request(client, global, service.name, operation.name, params.clone()).await;
        match judge(&acceptors, &answer) {
            Some(met) if met.result == "ok" => return Ok(()),
            Some(met) if met.result == "fail" => return Err(terminal(&title, met)),
            Some(_) => {}
            None => drop(answer?),
        }
    }
    Err(Failure::general(&format!("Waiter {title} failed: Max attempts exceeded")))
}

fn acceptor(text: &str) -> Option<Acceptor<'_>> {
    let mut parts = text.splitn(4, ':');
    Some(Acceptor {
        result: parts.next()?,
        kind: parts.next()?,
        expected: parts.next()?,
        query: parts.next().unwrap_or_default(),
    })
}

fn judge<'a>(acceptors: &[Acceptor<'a>], answer: &Result<Value, Failure>) -> Option<Acceptor<'a>> {
    acceptors.iter().copied().find(|acceptor| match (acceptor.kind, answer) {
        ("error", Err(failure)) => failure.text.contains(&format!("({})", acceptor.expected)),
        ("status", Ok(_)) => acceptor.expected == "200",
        ("status", Err(failure)) => failure.text.contains(&format!("({})", acceptor.expected)),
        ("error", Ok(_)) | (_, Err(_)) => false,
        (kind, Ok(answer)) => {
            let found = query::search(acceptor.query, answer).unwrap_or_default();
            let is =
                |value: &Value| value.as_str().map_or_else(|| value.to_string(), str::to_owned) == acceptor.expected;
            match kind {
                "path" => is(&found),
                "all" => !found.items().is_empty() && found.items().iter().all(is),
                _ => found.items().iter().any(is),
            }
        }
    })
}

fn terminal(title: &str, met: Acceptor<'_>) -> Failure {
    let how = match met.kind {
        "error" => format!("Matched expected service error code: {}", met.expected),
        "path" => format!("For expression \"{}\" we matched expected path: \"{}\"", met.query, met.expected),
        "all" => format!("For expression \"{}\" all members matched expected path: \"{}\"", met.query, met.expected),
        _ => format!("For expression \"{}\" we matched expected path: \"{}\" at least once", met.query, met.expected),
    };
    Failure::general(&format!("Waiter {title} failed: Waiter encountered a terminal failure state: {how}"))
}

fn capital(word: &str) -> String {
    let mut letters = word.chars();
    letters.next().map(|first| first.to_ascii_uppercase()).into_iter().chain(letters).collect()
}

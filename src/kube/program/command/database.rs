//! Clients of databases: `redis-cli`, `psql`, `mysql` and what asks whether they are there.

use super::network::{call, value};
use crate::kube::program::http::Request;
use crate::kube::program::scope::Scope;
use crate::kube::program::thread::Thread;
use crate::kube::program::{Answer, Call, Failure, redis};
use std::rc::Rc;

/// Runs the command if it is one of these; its status.
pub(super) fn run(thread: &mut Thread, scope: &mut Scope<'_, '_>, name: &str, args: &[&str]) -> Option<i64> {
    Some(match name {
        "redis-cli" => redis_cli(thread, scope, args),
        "pg_isready" | "psql" => client(thread, scope, name, args, 5432),
        "mysqladmin" | "mysql" | "mariadb" | "mysqlshow" => client(thread, scope, name, args, 3306),
        _ => return None,
    })
}

/// `redis-cli [-h HOST] [-p PORT] COMMAND…`: what the server keeps is kept there.
fn redis_cli(thread: &mut Thread, scope: &mut Scope<'_, '_>, args: &[&str]) -> i64 {
    let host = value(args, &["-h"]).unwrap_or("127.0.0.1");
    let port = value(args, &["-p"]).and_then(|port| port.parse().ok()).unwrap_or(6379);
    let mut words = args.iter().copied();
    let mut command: Vec<&str> = Vec::new();
    while let Some(word) = words.next() {
        match word {
            "-h" | "-p" | "-a" | "-n" | "--user" | "--pass" => drop(words.next()),
            word if word.starts_with('-') && command.is_empty() => {}
            word => command.push(word),
        }
    }
    if command.is_empty() {
        command.extend(thread.stdin.lines().next().unwrap_or("PING").split_whitespace().collect::<Vec<_>>());
    }
    let mut request = Request::get(host, "/");
    request.method = redis::METHOD.into();
    request.body = command.join("\u{1f}").into();
    let asked = Call::Http { host: host.into(), port, request: Rc::new(request) };
    match call(thread, scope, &asked) {
        None => 0,
        Some(Ok(Answer::Http(response))) => {
            let text = response.body.to_string();
            thread.print(scope, &text);
            0
        }
        Some(failure) => {
            let why = match failure {
                Err(Failure::UnknownName) => "Name or service not known",
                Err(Failure::TimedOut) => "Connection timed out",
                Err(Failure::Unreachable) => "No route to host",
                _ => "Connection refused",
            };
            thread.complain(scope, &format!("Could not connect to Redis at {host}:{port}: {why}\n"));
            1
        }
    }
}

fn client(thread: &mut Thread, scope: &mut Scope<'_, '_>, name: &str, args: &[&str], usual: i64) -> i64 {
    let host = value(args, &["-h", "--host"]).unwrap_or("localhost");
    let flag = if usual == 5432 { "-p" } else { "-P" };
    let port = value(args, &[flag, "--port"]).and_then(|port| port.parse().ok()).unwrap_or(usual);
    let Some(found) = call(thread, scope, &Call::Connect { host: host.into(), port }) else { return 0 };
    match (name, found) {
        ("pg_isready", Ok(_)) => thread.print(scope, &format!("{host}:{port} - accepting connections\n")),
        ("pg_isready", Err(_)) => {
            thread.print(scope, &format!("{host}:{port} - no response\n"));
            return 2;
        }
        ("psql", Err(_)) => {
            let said = format!(
                "psql: error: connection to server at \"{host}\", port {port} failed: Connection refused\n\tIs the server running on that host and accepting TCP/IP connections?\n"
            );
            thread.complain(scope, &said);
            return 2;
        }
        ("mysqladmin", Ok(_)) => thread.print(scope, "mysqld is alive\n"),
        ("mysqladmin", Err(_)) => {
            thread.complain(scope, &format!("mysqladmin: connect to server at '{host}' failed\n"));
            return 1;
        }
        (_, Err(Failure::UnknownName)) => {
            thread.complain(scope, &format!("ERROR 2005 (HY000): Unknown MySQL server host '{host}' (-2)\n"));
            return 1;
        }
        (_, Err(_)) => {
            thread.complain(
                scope,
                &format!("ERROR 2003 (HY000): Can't connect to MySQL server on '{host}:{port}' (111)\n"),
            );
            return 1;
        }
        // The connection stands; statements are not understood here, and say so.
        (_, Ok(_)) => {
            let statement = value(args, &["-e", "--execute", "-c", "--command"]);
            if let Some(statement) = statement {
                thread.complain(
                    scope,
                    &format!("drydock: connected to {host}:{port}; SQL is not simulated: {statement}\n"),
                );
            }
        }
    }
    0
}

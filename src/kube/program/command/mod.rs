//! The usual commands. `text` prints and compares, `files` works on files, `network` calls others,
//! `database` asks databases, `traffic` sends many requests, `load` uses CPU and memory, `perl`
//! reckons; here is what belongs to the shell itself.

mod database;
mod files;
mod load;
mod network;
mod perl;
mod text;
mod traffic;

pub use traffic::Load;

use super::scope::Scope;
use super::server;
use super::syntax;
use super::thread::{State, Thread};
use crate::sim::{SimTime, millis};
use std::rc::Rc;

/// How long a small program runs.
const PROGRAM: SimTime = millis(2);

/// Runs a command; the thread's status, state and moment say what came of it.
pub(super) fn run(thread: &mut Thread, scope: &mut Scope<'_, '_>, words: &[Rc<str>]) {
    let Some((first, rest)) = words.split_first() else { return };
    if let Some(code) = thread.function(first) {
        thread.call(code, Some(words.to_vec().into()));
        return;
    }
    let args: Vec<&str> = rest.iter().map(|word| &**word).collect();
    let name = first.rsplit('/').next().unwrap_or(first);
    if built_in(thread, scope, name, &args, rest) {
        return;
    }
    if !super::image::has_program(scope.facts, first) {
        thread.complain(scope, &format!("sh: {first}: not found\n"));
        thread.status = 127;
        return;
    }
    let status = text::run(thread, scope, name, &args)
        .or_else(|| files::run(thread, scope, name, &args))
        .or_else(|| network::run(thread, scope, name, &args))
        .or_else(|| load::run(thread, scope, name, &args))
        .or_else(|| traffic::run(thread, scope, name, &args))
        .or_else(|| perl::run(thread, scope, name, &args));
    if let Some(status) = status {
        thread.status = status;
        if !matches!(name, "echo" | "printf" | "test" | "[" | "true" | "false" | "pwd") {
            thread.at = thread.at + PROGRAM;
            scope.cpu_used += 1;
        }
        return;
    }
    match name {
        "sh" | "bash" | "ash" | "dash" | "/bin/sh" => shell(thread, scope, rest),
        "sleep" => sleep(thread, scope, &args),
        "timeout" | "nice" | "nohup" | "sudo" | "su-exec" | "gosu" | "tini" | "dumb-init" | "xargs" | "watch"
        | "env" => {
            prefixed(thread, scope, name, rest);
        }
        _ => serve(thread, scope, words),
    }
}

/// A program that stays: it answers requests until it is told to stop.
#[inline(never)] // Seldom needed at first: a unit of its own for `src/ui/js/split`.
fn serve(thread: &mut Thread, scope: &mut Scope<'_, '_>, words: &[Rc<str>]) {
    match server::start(thread, scope, words) {
        server::Begun::Serves(server) => thread.state = State::Serving(Rc::new(server)),
        server::Begun::Ends(code) => {
            thread.at = thread.at + PROGRAM;
            thread.status = code;
        }
    }
}

/// What the shell does itself. Returns whether it did.
fn built_in(thread: &mut Thread, scope: &mut Scope<'_, '_>, name: &str, args: &[&str], rest: &[Rc<str>]) -> bool {
    let first = args.first().copied().unwrap_or_default();
    let mut status = 0;
    match name {
        ":" | "true" => {}
        "false" => status = 1,
        "exit" => {
            let code = first.parse().unwrap_or(thread.status);
            thread.status = code;
            thread.exit(code);
            return true;
        }
        "return" => {
            thread.status = first.parse().unwrap_or(thread.status);
            thread.leave();
            return true;
        }
        "set" => match first {
            flags if flags.starts_with('-') && flags.contains('e') => thread.exits_on_error = true,
            flags if flags.starts_with('+') && flags.contains('e') => thread.exits_on_error = false,
            "--" => {
                let zero = thread.positional.first().cloned().unwrap_or_default();
                thread.positional = std::iter::once(zero).chain(rest.iter().skip(1).cloned()).collect();
            }
            _ => {}
        },
        "export" | "local" | "readonly" | "declare" => {
            for word in args {
                if let Some((name, value)) = word.split_once('=') {
                    thread.vars.insert_mut(name.into(), value.into());
                }
            }
        }
        "unset" => {
            for name in args {
                thread.vars.remove_mut(*name);
            }
        }
        "shift" => {
            let zero = thread.positional.first().cloned();
            let by = first.parse().unwrap_or(1);
            thread.positional = zero.into_iter().chain(thread.positional.iter().skip(1 + by).cloned()).collect();
        }
        "cd" => {
            let path = super::files::absolute(&thread.cwd, if first.is_empty() { "/root" } else { first });
            if scope.files(|files| files.is_directory(&path)) {
                thread.cwd = path.into();
            } else {
                thread.complain(scope, &format!("sh: cd: can't cd to {first}: No such file or directory\n"));
                status = 2;
            }
        }
        "trap" => trap(thread, args),
        "wait" => {
            if scope.others.iter().any(|(pid, runs, _)| *pid != thread.pid && *pid != 1 && *runs)
                || !scope.spawned.is_empty()
            {
                thread.state = State::Waiting;
            }
        }
        "kill" => status = kill(scope, thread, args),
        "exec" => {
            if !rest.is_empty() {
                thread.is_shell = false;
                run(thread, scope, rest);
                if thread.state == State::Ready && !thread.wants_network {
                    let code = thread.status;
                    thread.finish(code);
                }
                return true;
            }
        }
        "eval" | "." | "source" => {
            let text = if name == "eval" {
                args.join(" ")
            } else {
                let path = super::files::absolute(&thread.cwd, first);
                scope.files(|files| files.read(&path)).map(|text| text.to_string()).unwrap_or_default()
            };
            match syntax::compile(&text) {
                Ok(code) => {
                    thread.status = 0;
                    thread.call(code, None);
                    return true;
                }
                Err(problem) => {
                    thread.complain(scope, &format!("sh: {problem}\n"));
                    status = 2;
                }
            }
        }
        "read" => status = read(thread, args),
        "type" | "command" | "which" => {
            if name == "command" && !first.starts_with('-') {
                run(thread, scope, rest);
                return true;
            }
            let asked = args.iter().find(|word| !word.starts_with('-')).copied().unwrap_or_default();
            if super::image::has_program(scope.facts, asked) {
                thread.print(scope, &format!("/usr/bin/{asked}\n"));
            } else {
                status = 127;
            }
        }
        ":load" => status = traffic::slice(thread, scope),
        "umask" | "ulimit" | "hash" | "alias" => {}
        _ => return false,
    }
    thread.status = status;
    true
}

fn trap(thread: &mut Thread, args: &[&str]) {
    let Some((handler, signals)) = args.split_first() else { return };
    for signal in signals {
        let name: Rc<str> = match *signal {
            "0" => "EXIT".into(),
            "1" => "HUP".into(),
            "2" => "INT".into(),
            "3" => "QUIT".into(),
            "15" => "TERM".into(),
            other => other.trim_start_matches("SIG").to_uppercase().into(),
        };
        if *handler == "-" {
            thread.traps.remove_mut(&name);
        } else {
            thread.traps.insert_mut(name, (*handler).into());
        }
    }
}

fn kill(scope: &mut Scope<'_, '_>, thread: &Thread, args: &[&str]) -> i64 {
    let mut name: Rc<str> = "TERM".into();
    let mut status = 0;
    let mut words = args.iter();
    while let Some(word) = words.next() {
        let signal = match *word {
            "-s" => words.next().copied(),
            word => word.strip_prefix('-'),
        };
        match signal {
            Some("0") => name = "0".into(),
            Some("9") => name = "KILL".into(),
            Some("15") => name = "TERM".into(),
            Some("1") => name = "HUP".into(),
            Some("2") => name = "INT".into(),
            Some("3") => name = "QUIT".into(),
            Some(other) => name = other.trim_start_matches("SIG").into(),
            None => {
                let pid: i64 = word.parse().unwrap_or_default();
                let is_there = scope.others.iter().any(|(other, runs, _)| *other == pid && *runs);
                if !is_there {
                    thread.complain(scope, &format!("sh: can't kill pid {pid}: No such process\n"));
                    status = 1;
                } else if &*name != "0" {
                    scope.signals.push((pid, name.clone(), thread.at));
                }
            }
        }
    }
    status
}

/// `read line`: the next line of what was given as input.
fn read(thread: &mut Thread, args: &[&str]) -> i64 {
    let names: Vec<&&str> = args.iter().filter(|word| !word.starts_with('-')).collect();
    if thread.stdin.is_empty() {
        for name in names {
            thread.vars.insert_mut((**name).into(), "".into());
        }
        return 1;
    }
    let (line, rest) = thread.stdin.split_once('\n').unwrap_or((&thread.stdin, ""));
    let (line, rest) = (line.to_owned(), rest.to_owned());
    let mut left = line.trim();
    for (index, name) in names.iter().enumerate() {
        let (word, after) = if index + 1 == names.len() {
            (left, "")
        } else {
            left.split_once(char::is_whitespace).unwrap_or((left, ""))
        };
        thread.vars.insert_mut((**name).into(), word.into());
        left = after.trim_start();
    }
    thread.stdin = rest.into();
    0
}

/// `sh -c 'script' name arguments`, `sh file`, or `sh` with a script as its input.
#[inline(never)] // Seldom needed at first: a unit of its own for `src/ui/js/split`.
fn shell(thread: &mut Thread, scope: &mut Scope<'_, '_>, rest: &[Rc<str>]) {
    let mut words = rest.iter();
    let mut script: Option<(Rc<str>, Vec<Rc<str>>)> = None;
    while let Some(word) = words.next() {
        if word.starts_with('-') || word.starts_with('+') {
            if word.starts_with('-') && word.contains('e') && !word.starts_with("--") {
                thread.exits_on_error = true;
            }
            if word.contains('c') && !word.starts_with("--") {
                let text = words.next().cloned().unwrap_or_default();
                let mut positional: Vec<Rc<str>> = words.cloned().collect();
                if positional.is_empty() {
                    positional.push("sh".into());
                }
                script = Some((text, positional));
                break;
            }
            continue;
        }
        let path = super::files::absolute(&thread.cwd, word);
        match scope.files(|files| files.read(&path)) {
            Ok(text) => script = Some((text, std::iter::once(word.clone()).chain(words.cloned()).collect())),
            Err(fault) => {
                thread.complain(scope, &format!("sh: can't open '{word}': {}\n", fault.text()));
                thread.status = 2;
                return;
            }
        }
        break;
    }
    if script.is_none() && thread.stdin.is_empty() && thread.pid == 1 && scope.facts.holds_stdin {
        thread.state = State::Blocked;
        return;
    }
    let (text, positional) = script.unwrap_or_else(|| (std::mem::take(&mut thread.stdin), vec!["sh".into()]));
    match syntax::compile(&text) {
        Ok(code) => {
            // A shell with one plain command is replaced by it.
            thread.is_shell = !matches!(&*code, [syntax::Op::Simple(_)]);
            thread.status = 0;
            thread.call(code, Some(positional.into()));
        }
        Err(problem) => {
            thread.complain(scope, &format!("sh: {problem}\n"));
            thread.status = 2;
        }
    }
}

fn sleep(thread: &mut Thread, scope: &mut Scope<'_, '_>, args: &[&str]) {
    thread.status = 0;
    let mut length = SimTime::ZERO;
    for word in args {
        if matches!(*word, "infinity" | "inf") {
            thread.state = State::Blocked;
            return;
        }
        match duration(word) {
            Some(part) => length = length + part,
            None => {
                thread.complain(scope, &format!("sleep: invalid number '{word}'\n"));
                thread.status = 1;
                return;
            }
        }
    }
    if args.is_empty() {
        thread.complain(scope, "sleep: missing operand\n");
        thread.status = 1;
    }
    thread.at = thread.at + length;
}

/// `30`, `0.5`, `2m`.
pub(super) fn duration(text: &str) -> Option<SimTime> {
    let (number, unit) = match text.find(|c: char| c.is_ascii_alphabetic()) {
        Some(at) => text.split_at(at),
        None => (text, "s"),
    };
    let (whole, part) = number.split_once('.').unwrap_or((number, ""));
    let whole: u64 = if whole.is_empty() { 0 } else { whole.parse().ok()? };
    let part: u64 = if part.is_empty() { 0 } else { format!("{part:0<3}").get(..3)?.parse().ok()? };
    let all = whole * 1000 + part;
    Some(millis(match unit {
        "ms" => whole,
        "m" => all * 60,
        "h" => all * 3600,
        "d" => all * 86_400,
        _ => all,
    }))
}

/// `timeout 5 command`, `nohup command`, `env A=b command`.
#[inline(never)] // Seldom needed at first: a unit of its own for `src/ui/js/split`.
fn prefixed(thread: &mut Thread, scope: &mut Scope<'_, '_>, name: &str, rest: &[Rc<str>]) {
    let mut words = rest;
    let mut limit = None;
    while let Some((first, after)) = words.split_first() {
        match name {
            _ if first.starts_with('-') => {}
            "timeout" if limit.is_none() => limit = duration(first),
            "su-exec" | "gosu" if words.len() == rest.len() => {}
            "env" if first.contains('=') => {
                if let Some((name, value)) = first.split_once('=') {
                    thread.vars.insert_mut(name.into(), value.into());
                }
            }
            _ => break,
        }
        words = after;
    }
    let mut all: Vec<Rc<str>> = words.to_vec();
    if name == "xargs" {
        all.extend(thread.stdin.split_whitespace().map(Rc::from));
    }
    let begun = thread.at;
    run(thread, scope, &all);
    if let Some(limit) = limit.filter(|limit| thread.at > begun + *limit || !thread.is_ready())
        && !thread.is_done()
        && !thread.wants_network
    {
        thread.state = State::Ready;
        thread.at = begun + limit;
        thread.status = 143;
    }
}

//! The small commands, and what is said about a command that is not there.

use crate::words::say;
use crate::world::millis;

use super::client::{Client, Sign, Wants};
use super::execute::Flow;
use super::{aws, files, jobs, kubectl, laptop, pager, ssh, stream, text};
use std::pin::Pin;

/// Every command that the shell knows, for completion and for slips of the finger.
pub(super) const COMMANDS: &[&str] = &[
    "[", "alias", "aws", "break", "cat", "cd", "clear", "continue", "cp", "curl", "cut", "date", "dig", "drydock",
    "echo", "eksctl", "env", "exit", "export", "false", "fg", "grep", "head", "help", "history", "jobs", "kill",
    "kubectl", "less", "ls", "mkdir", "mv", "nslookup", "ping", "printf", "pwd", "read", "rm", "sed", "seq", "sleep",
    "sort", "ssh", "tail", "tee", "test", "touch", "tr", "true", "type", "uniq", "unset", "vi", "wait", "watch", "wc",
    "wget", "which", "whoami", "xargs",
];

/// What does here what a tool does that is not here.
const INSTEAD: &[(&str, &str)] = &[
    ("k9s", "kubectl get pods -w"),
    ("kubectx", "kubectl config get-contexts"),
    ("kubens", "kubectl config set-context --current --namespace=NAME"),
    ("stern", "kubectl logs -f -l KEY=VALUE --prefix"),
    ("jq", "kubectl get pods -o jsonpath='{.items[*].metadata.name}'"),
    ("yq", "kubectl get pods -o yaml | grep image:"),
    ("awk", "kubectl get pods -o custom-columns=NAME:.metadata.name,NODE:.spec.nodeName"),
    ("python", "kubectl get pods -o jsonpath='{.items[*].metadata.name}'"),
    ("python3", "kubectl get pods -o jsonpath='{.items[*].metadata.name}'"),
    ("helm", "kubectl apply -f FILE"),
    ("kustomize", "kubectl apply -f FILE"),
    ("minikube", "kubectl get nodes"),
    ("kind", "kubectl get nodes"),
    ("kubeadm", "kubectl get nodes"),
    ("kubelet", "kubectl describe node NAME"),
    ("crictl", "ssh NODE crictl ps"),
    ("etcdctl", "kubectl get events"),
    ("journalctl", "kubectl get events"),
    ("systemctl", "ssh NODE systemctl status kubelet"),
    ("docker", "ssh NODE crictl ps"),
    ("podman", "ssh NODE crictl ps"),
    ("git", "ls"),
];

/// Runs one command. Returns its exit code.
pub(super) async fn run(client: &Client, args: &[String]) -> u8 {
    let Some((command, args)) = args.split_first() else { return 0 };
    let whole = match &client.pipe {
        Some(pipe) if stream::reads_input(client, command, args) => {
            if let Some(exit) = stream::run(client, pipe, command, args).await {
                return exit;
            }
            Some(client.reading(&pipe.rest(client).await))
        }
        _ => None,
    };
    let client = whole.as_ref().unwrap_or(client);
    if let Some(exit) = text::run(client, command, args).or_else(|| files::run(client, command, args)) {
        return exit;
    }
    // Each by itself, in a box: whoever only ever asks kubectl need not fetch the others first.
    let running: Pin<Box<dyn Future<Output = u8> + '_>> = match command.as_str() {
        "kubectl" | "k" => Box::pin(kubectl::main(client, args)),
        "curl" | "wget" | "nslookup" | "dig" | "host" | "ping" => {
            Box::pin(async move { laptop::run(client, command, args).await.unwrap_or_default() })
        }
        "ssh" => Box::pin(ssh::ssh(client, args)),
        "aws" => Box::pin(aws::main(client, args)),
        "drydock" => Box::pin(super::drydock::main(client, args)),
        "eksctl" => Box::pin(super::eksctl::main(client, args)),
        "less" | "more" => Box::pin(pager::less(client, args)),
        "watch" => Box::pin(pager::watch(client, args)),
        "sleep" => Box::pin(sleep(client, args)),
        "xargs" => Box::pin(xargs(client, args)),
        "wait" => Box::pin(jobs::wait(client, args)),
        "fg" => Box::pin(jobs::fg(client, args)),
        "read" => Box::pin(read(client, args)),
        _ => return at_once(client, command, args),
    };
    running.await
}

/// Runs a command that waits for nothing.
fn at_once(client: &Client, command: &str, args: &[String]) -> u8 {
    match command {
        "true" | ":" => 0,
        "false" => 1,
        "clear" | "reset" => {
            client.sign(Sign::Clear);
            0
        }
        "echo" => echo(client, args),
        "printf" => printf(client, args),
        "test" => test(client, "test", args),
        "[" => match args.split_last() {
            Some((last, inside)) if last == "]" => test(client, "[", inside),
            _ => {
                client.warnln("sh: [: missing `]'");
                2
            }
        },
        "history" => history(client, args),
        "env" | "printenv" | "export" | "unset" | "alias" => variables(client, command, args),
        "which" | "type" => which(client, args),
        "date" => {
            client.println(&client.now().rfc3339());
            0
        }
        "whoami" | "hostname" => {
            client.println(if command == "whoami" { "you" } else { "laptop" });
            0
        }
        "seq" => seq(client, args),
        "exit" | "logout" => {
            client.flow.set(Some(Flow::Exit));
            args.first().and_then(|code| code.parse().ok()).unwrap_or_default()
        }
        "break" | "continue" => {
            client.flow.set(Some(if command == "break" { Flow::Break } else { Flow::Continue }));
            0
        }
        "jobs" => jobs::list(client),
        "kill" => jobs::kill(client, args),
        "bg" | "disown" | "nohup" | "set" | "shopt" | "trap" | "ulimit" => 0,
        "[[" => match args.split_last() {
            Some((last, inside)) if last == "]]" => test(client, "[[", inside),
            _ => {
                client.warnln("sh: [[: missing `]]'");
                2
            }
        },
        "help" => {
            let words = client.setting().words.clone();
            client.println(words.text("shell-help"));
            0
        }
        unknown => not_found(client, unknown),
    }
}

fn not_found(client: &Client, command: &str) -> u8 {
    client.warnln(&format!("sh: {command}: command not found"));
    let words = client.setting().words.clone();
    let instead = INSTEAD.iter().find(|(name, _)| *name == command);
    let advice = match (instead, nearest(command, COMMANDS)) {
        (Some((_, instead)), _) => say!(words, "shell-instead", command = *instead),
        // Whoever forgets the first word begins with a verb.
        (None, _) if kubectl::has_verb(command) => {
            say!(words, "shell-did-you-mean", command = format!("kubectl {command}"))
        }
        (None, Some(nearest)) => say!(words, "shell-did-you-mean", command = nearest),
        (None, None) => words.text("shell-see-help").to_owned(),
    };
    client.warnln(&advice);
    127
}

/// `read NAME…`: the next line of what is piped in, or what is typed.
async fn read(client: &Client, args: &[String]) -> u8 {
    let names: Vec<&String> = args.iter().filter(|arg| !arg.starts_with('-')).collect();
    let line = match &client.pipe {
        Some(pipe) => pipe.line(client).await,
        None if !client.stdin.is_empty() => client.stdin.lines().next().map(str::to_owned),
        None => client.read(Wants::Line("".into())).await.map(|line| line.to_string()),
    };
    let Some(line) = line else { return 1 };
    let mut left = line.trim();
    client.change_setting(|setting| {
        for (index, name) in names.iter().enumerate() {
            let is_last = index + 1 == names.len();
            let (word, rest) = if is_last { (left, "") } else { left.split_once([' ', '\t']).unwrap_or((left, "")) };
            setting.variables.insert((*name).clone(), word.to_owned());
            left = rest.trim_start();
        }
    });
    0
}

async fn sleep(client: &Client, args: &[String]) -> u8 {
    let mut total = 0_u64;
    for arg in args {
        let (number, unit) = arg.split_at(arg.find(|c: char| !c.is_ascii_digit() && c != '.').unwrap_or(arg.len()));
        let scale = match unit {
            "" | "s" => 1000,
            "m" => 60_000,
            "h" => 3_600_000,
            _ => 0,
        };
        let (whole, part) = number.split_once('.').unwrap_or((number, ""));
        let thousandths = format!("{part:0<3}").get(..3).and_then(|digits| digits.parse::<u64>().ok());
        match (if whole.is_empty() { Ok(0) } else { whole.parse::<u64>() }, thousandths) {
            (Ok(whole), Some(part)) if scale > 0 => total += whole.saturating_mul(scale) + part * scale / 1000,
            _ => return kubectl::usage(client, &format!("sleep: invalid time interval '{arg}'")),
        }
    }
    if args.is_empty() {
        return kubectl::usage(client, "sleep: missing operand");
    }
    client.sleep(millis(total)).await;
    0
}

/// `xargs [-n N] [-I SIGN] COMMAND`: what is read becomes arguments.
async fn xargs(client: &Client, args: &[String]) -> u8 {
    let (mut at_once, mut sign, mut args) = (usize::MAX, None, args);
    loop {
        match args {
            [flag, value, rest @ ..] if flag == "-n" => {
                at_once = value.parse().unwrap_or(usize::MAX).max(1);
                args = rest;
            }
            [flag, value, rest @ ..] if flag == "-I" => {
                sign = Some(value.clone());
                args = rest;
            }
            [flag, rest @ ..] if flag.len() > 2 && flag.starts_with("-I") => {
                sign = Some(flag[2..].to_owned());
                args = rest;
            }
            [flag, rest @ ..] if flag.starts_with("-n") => {
                at_once = flag[2..].parse().unwrap_or(usize::MAX).max(1);
                args = rest;
            }
            [flag, rest @ ..] if ["-r", "-t", "-0"].contains(&flag.as_str()) => args = rest,
            _ => break,
        }
    }
    let command: Vec<String> = if args.is_empty() { vec!["echo".to_owned()] } else { args.to_vec() };
    let stdin = client.stdin.clone();
    let reader = client.reading("");
    let mut lines: Vec<Vec<String>> = Vec::new();
    if let Some(sign) = &sign {
        let filled = |line: &str| command.iter().map(|word| word.replace(sign.as_str(), line.trim())).collect();
        lines.extend(stdin.lines().filter(|line| !line.trim().is_empty()).map(filled));
    } else {
        let words: Vec<String> = stdin.split_whitespace().map(str::to_owned).collect();
        lines.extend(words.chunks(at_once.min(words.len().max(1))).map(|some| [&command[..], some].concat()));
    }
    let mut exit = 0;
    for line in lines {
        let one = Box::pin(run(&reader, &line)).await;
        exit = if one == 0 { exit } else { 123 };
    }
    exit
}

fn history(client: &Client, args: &[String]) -> u8 {
    if args.first().is_some_and(|arg| arg == "-c") {
        client.change_setting(|setting| setting.history.clear());
        return 0;
    }
    let lines = client.setting().history.clone();
    let wanted = args.first().and_then(|count| count.parse::<usize>().ok()).unwrap_or(usize::MAX);
    for (index, line) in lines.iter().enumerate().skip(lines.len().saturating_sub(wanted)) {
        client.println(&format!("{:>5}  {line}", index + 1));
    }
    0
}

/// `env`, `export`, `unset`, `alias`. All variables are exported; `k` is the one alias.
fn variables(client: &Client, command: &str, args: &[String]) -> u8 {
    if command == "alias" {
        if args.is_empty() {
            client.println("alias k='kubectl'");
        }
        return 0;
    }
    if args.is_empty() || command == "printenv" {
        let known = client.setting().variables.clone();
        match args.first() {
            None => known.iter().for_each(|(name, value)| client.println(&format!("{name}={value}"))),
            Some(name) => match known.get(name) {
                Some(value) => client.println(value),
                None => return 1,
            },
        }
    }
    for arg in args.iter().filter(|_| command != "printenv") {
        client.change_setting(|setting| match arg.split_once('=') {
            Some((name, value)) if command != "unset" => {
                setting.variables.insert(name.to_owned(), value.to_owned());
            }
            _ if command == "unset" => drop(setting.variables.remove(arg)),
            _ => {}
        });
    }
    0
}

fn which(client: &Client, args: &[String]) -> u8 {
    let mut exit = 0;
    for name in args {
        if COMMANDS.contains(&name.as_str()) {
            client.println(&format!("/usr/bin/{name}"));
        } else {
            exit = 1;
        }
    }
    exit
}

fn seq(client: &Client, args: &[String]) -> u8 {
    let numbers: Vec<i64> = args.iter().filter_map(|arg| arg.parse().ok()).collect();
    let (first, step, last) = match *numbers.as_slice() {
        [last] => (1, 1, last),
        [first, last] => (first, 1, last),
        [first, step, last] if step != 0 => (first, step, last),
        _ => return kubectl::usage(client, "seq: missing operand"),
    };
    let mut number = first;
    for _ in 0..100_000 {
        if step > 0 && number > last || step < 0 && number < last {
            break;
        }
        client.println(&number.to_string());
        number = number.saturating_add(step);
    }
    0
}

/// `printf FORMAT ARGS…`: `%s`, `%d` and the usual escapes.
fn printf(client: &Client, args: &[String]) -> u8 {
    let Some((format, args)) = args.split_first() else {
        return kubectl::usage(client, "printf: usage: printf format [arguments]");
    };
    let mut rest = args.iter();
    loop {
        let (mut signs, mut used) = (format.chars(), false);
        while let Some(sign) = signs.next() {
            let text = match sign {
                '\\' => match signs.next() {
                    Some('n') => "\n".to_owned(),
                    Some('t') => "\t".to_owned(),
                    Some(other) => other.to_string(),
                    None => String::new(),
                },
                '%' => match signs.find(|c| !c.is_ascii_digit() && *c != '-') {
                    Some('%') | None => "%".to_owned(),
                    Some(_) => {
                        used = true;
                        rest.next().cloned().unwrap_or_default()
                    }
                },
                other => other.to_string(),
            };
            client.print(&text);
        }
        if !used || rest.len() == 0 {
            return 0;
        }
    }
}

/// The candidate that differs least from `word`, if any is near.
pub(super) fn nearest<'a>(word: &str, candidates: &[&'a str]) -> Option<&'a str> {
    candidates
        .iter()
        .filter(|candidate| candidate.len() > 1)
        .map(|candidate| (distance(word, candidate), *candidate))
        .min()
        .filter(|(distance, candidate)| *distance <= 2 && *distance < candidate.len())
        .map(|(_, candidate)| candidate)
}

/// Levenshtein's distance.
fn distance(from: &str, to: &str) -> usize {
    let to: Vec<char> = to.chars().collect();
    let mut row: Vec<usize> = (0..=to.len()).collect();
    for (line, have) in from.chars().enumerate() {
        let mut diagonal = line;
        let mut left = line + 1;
        for (cell, want) in row.iter_mut().skip(1).zip(&to) {
            let value = (diagonal + usize::from(have != *want)).min(left + 1).min(*cell + 1);
            diagonal = std::mem::replace(cell, value);
            left = value;
        }
        if let Some(first) = row.first_mut() {
            *first = line + 1;
        }
    }
    row.last().copied().unwrap_or_default()
}

fn echo(client: &Client, args: &[String]) -> u8 {
    let (mut newline, mut escapes, mut args) = ("\n", false, args);
    while let Some((first, rest)) = args.split_first() {
        match first.as_str() {
            "-n" => newline = "",
            "-e" => escapes = true,
            "-ne" | "-en" => (newline, escapes) = ("", true),
            _ => break,
        }
        args = rest;
    }
    let text = args.join(" ");
    let text = if escapes { text.replace("\\n", "\n").replace("\\t", "\t") } else { text };
    client.print(&format!("{text}{newline}"));
    0
}

/// `test`: 0 for true, 1 for false, 2 for what it cannot read.
// Models POSIX.1 XCU test
fn test(client: &Client, name: &str, args: &[String]) -> u8 {
    let words: Vec<&str> = args.iter().map(String::as_str).collect();
    match evaluate(client, &words) {
        Ok(holds) => u8::from(!holds),
        Err(complaint) => {
            client.warnln(&format!("sh: {name}: {complaint}"));
            2
        }
    }
}

fn evaluate(client: &Client, words: &[&str]) -> Result<bool, String> {
    if let Some(at) = words.iter().position(|word| *word == "-o") {
        return Ok(evaluate(client, &words[..at])? || evaluate(client, &words[at + 1..])?);
    }
    if let Some(at) = words.iter().position(|word| *word == "-a") {
        return Ok(evaluate(client, &words[..at])? && evaluate(client, &words[at + 1..])?);
    }
    match words {
        [] => Ok(false),
        ["!", rest @ ..] => Ok(!evaluate(client, rest)?),
        [word] => Ok(!word.is_empty()),
        ["-n", word] => Ok(!word.is_empty()),
        ["-z", word] => Ok(word.is_empty()),
        ["-f" | "-e", file] => Ok(client.setting().files.contains_key(*file)),
        [operator, _] => Err(format!("{operator}: unary operator expected")),
        [left, "=" | "==", right] => Ok(left == right),
        [left, "!=", right] => Ok(left != right),
        [left, operator, right] => {
            let number =
                |word: &str| word.trim().parse::<i64>().map_err(|_| format!("{word}: integer expression expected"));
            let ordering = |check: fn(&i64, &i64) -> bool| Ok(check(&number(left)?, &number(right)?));
            match *operator {
                "-eq" => ordering(i64::eq),
                "-ne" => ordering(i64::ne),
                "-lt" => ordering(i64::lt),
                "-le" => ordering(i64::le),
                "-gt" => ordering(i64::gt),
                "-ge" => ordering(i64::ge),
                other => Err(format!("{other}: binary operator expected")),
            }
        }
        _ => Err("too many arguments".to_owned()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_slip_of_the_finger_is_understood() {
        assert_eq!(nearest("kubctl", COMMANDS), Some("kubectl"));
        assert_eq!(nearest("ech", COMMANDS), Some("echo"));
        assert_eq!(nearest("terraform", COMMANDS), None);
    }
}

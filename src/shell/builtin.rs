//! The small commands, and what is said about a command that is not there.

use crate::words::say;

use super::client::Client;
use super::{aws, kubectl};

/// Every command that the shell knows.
const COMMANDS: &[&str] =
    &["[", "aws", "cat", "clear", "drydock", "echo", "false", "help", "kubectl", "ls", "test", "true"];

/// Runs one command. Returns its exit code.
pub(super) async fn run(client: &Client, args: &[String]) -> u8 {
    let Some((command, args)) = args.split_first() else { return 0 };
    match command.as_str() {
        "kubectl" | "k" => kubectl::main(client, args).await,
        "aws" => Box::pin(aws::main(client, args)).await,
        "true" | ":" | "clear" => 0,
        "false" => 1,
        "echo" => echo(client, args),
        "cat" => cat(client, args),
        "ls" => ls(client),
        "test" => test(client, "test", args),
        "[" => match args.split_last() {
            Some((last, inside)) if last == "]" => test(client, "[", inside),
            _ => {
                client.warnln("sh: [: missing `]'");
                2
            }
        },
        "drydock" => super::drydock::main(client, args).await,
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
    let nearest = nearest(command, COMMANDS);
    let advice = match nearest {
        Some(nearest) => say!(words, "shell-did-you-mean", command = nearest),
        None => words.text("shell-see-help").to_owned(),
    };
    client.warnln(&advice);
    127
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
    let (newline, args) = match args.split_first() {
        Some((first, rest)) if first == "-n" => ("", rest),
        _ => ("\n", args),
    };
    client.print(&format!("{}{newline}", args.join(" ")));
    0
}

fn cat(client: &Client, args: &[String]) -> u8 {
    if args.is_empty() {
        client.print(&client.stdin);
    }
    let mut exit = 0;
    for name in args {
        let text = match name.as_str() {
            "-" => Some(client.stdin.to_string()),
            name => client.setting().files.get(name.trim_start_matches("./")).cloned(),
        };
        match text {
            Some(text) => client.print(&text),
            None => {
                client.warnln(&format!("cat: {name}: No such file or directory"));
                exit = 1;
            }
        }
    }
    exit
}

fn ls(client: &Client) -> u8 {
    let names: Vec<String> = client.setting().files.keys().cloned().collect();
    for name in names {
        client.println(&name);
    }
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

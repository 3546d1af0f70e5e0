//! Commands behind a pipe whose other end goes on: `kubectl get pods -w | grep web`.

use super::client::Client;
use super::pipe::Pipe;
use super::text;

/// Whether a command reads its standard input. One that does not leaves it to the commands behind it.
pub(super) fn reads_input(client: &Client, command: &str, args: &[String]) -> bool {
    let has_file = || {
        let setting = client.setting();
        args.iter().rev().any(|arg| setting.files.contains_key(arg.trim_start_matches("./")))
    };
    match command {
        "grep" | "egrep" | "fgrep" | "wc" | "head" | "tail" | "sort" | "uniq" | "cut" | "sed" | "less" | "more" => {
            !has_file()
        }
        "tr" | "tee" | "xargs" => true,
        "cat" => args.iter().all(|arg| arg.starts_with('-')),
        _ => args.iter().any(|arg| {
            let is_flag = arg.starts_with('-') && !arg.starts_with("--");
            arg == "-" || arg == "--stdin" || arg == "-f-" || (is_flag && arg.len() <= 3 && arg.contains('i'))
        }),
    }
}

/// Runs a tool on the lines of a pipe as they come, if it is one that needs no more than a line at
/// a time; its exit code.
#[inline(never)] // Seldom needed at first: a unit of its own for `src/ui/js/split`.
pub(super) async fn run(client: &Client, pipe: &Pipe, command: &str, args: &[String]) -> Option<u8> {
    match command {
        "head" => return head(client, pipe, args).await,
        "grep" | "egrep" | "fgrep" => {
            let letters: String =
                args.iter().filter(|arg| arg.starts_with('-') && !arg.starts_with("--")).map(String::as_str).collect();
            if letters.contains(|c: char| c.is_ascii_digit() || "cnABCmlL".contains(c)) {
                return None;
            }
        }
        "sed" => {
            // Addresses by number count lines, and `$` waits for the last.
            let script = args.iter().find(|arg| !arg.starts_with('-')).map(String::as_str).unwrap_or_default();
            if !script.starts_with(['s', '/']) || script.contains(";$") || args.iter().any(|arg| arg == "-i") {
                return None;
            }
        }
        "cut" | "tr" | "cat" => {}
        _ => return None,
    }
    let is_quiet = args.iter().any(|arg| arg == "-q");
    let is_grep = command.ends_with("grep");
    let mut exit = u8::from(is_grep);
    while let Some(lines) = pipe.lines(client).await {
        let one = text::run(&client.reading(&lines), command, args)
            .or_else(|| super::files::run(&client.reading(&lines), command, args))
            .unwrap_or_default();
        exit = if is_grep { if one == 1 { exit } else { one } } else { one };
        if one > 1 || (is_grep && is_quiet && one == 0) {
            break;
        }
    }
    Some(exit)
}

/// `head -n N`: it ends when it has its lines.
async fn head(client: &Client, pipe: &Pipe, args: &[String]) -> Option<u8> {
    let count = match args {
        [] => 10,
        [flag] => flag.strip_prefix("-n").or(flag.strip_prefix('-'))?.parse::<usize>().ok()?,
        [flag, count] if flag == "-n" => count.parse::<usize>().ok()?,
        _ => return None,
    };
    for _ in 0..count {
        let Some(line) = pipe.line(client).await else { break };
        client.print(&line);
    }
    Some(0)
}

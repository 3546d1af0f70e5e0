//! What takes the screen for a while: `less`, which shows a page at a time, and `watch`, which
//! shows a command's output again and again.

use super::client::{Client, Sign, Wants};
use super::execute;
use crate::world::millis;

/// `less` and `more`: as many lines as the screen has, then a key.
pub(super) async fn less(client: &Client, args: &[String]) -> u8 {
    let mut text = client.stdin.to_string();
    for name in args.iter().filter(|arg| !arg.starts_with('-')) {
        match client.file(name) {
            Some(file) => text.push_str(&file),
            None => {
                client.warnln(&format!("{name}: No such file or directory"));
                return 1;
            }
        }
    }
    let rows = client.setting().screen.filter(|_| client.is_screen()).map(|(_, rows)| rows.max(4) as usize - 1);
    let Some(rows) = rows else {
        client.print(&text);
        return 0;
    };
    let lines: Vec<&str> = text.split_inclusive('\n').collect();
    let mut shown = 0;
    let mut step = rows;
    while shown < lines.len() {
        let next = (shown + step).min(lines.len());
        client.print(&lines.get(shown..next).unwrap_or_default().concat());
        shown = next;
        if shown >= lines.len() {
            break;
        }
        step = match client.read(Wants::Key).await.as_deref() {
            None | Some("q" | "Q") => break,
            Some("\r" | "\n" | "j" | "\u{1b}[B") => 1,
            Some("d") => rows.div_ceil(2),
            Some("G" | ">") => lines.len(),
            Some(_) => rows,
        };
    }
    0
}

/// `watch [-n SECONDS] COMMAND`: until Ctrl+C.
// Models procps watch
pub(super) async fn watch(client: &Client, args: &[String]) -> u8 {
    let (mut seconds, mut args) = ("2.0".to_owned(), args);
    while let Some((first, rest)) = args.split_first() {
        match first.as_str() {
            "-n" | "--interval" => {
                let Some((value, rest)) = rest.split_first() else {
                    return super::kubectl::usage(client, "watch: option requires an argument -- 'n'");
                };
                value.clone_into(&mut seconds);
                args = rest;
            }
            "-t" | "-d" | "-x" => args = rest,
            other if other.starts_with("-n") => {
                other[2..].clone_into(&mut seconds);
                args = rest;
            }
            _ => break,
        }
    }
    if args.is_empty() {
        return super::kubectl::usage(client, "Usage:\n watch [options] command");
    }
    let (whole, part) = seconds.split_once('.').unwrap_or((&seconds, ""));
    let thousandths = format!("{part:0<3}").get(..3).and_then(|digits| digits.parse::<u64>().ok()).unwrap_or_default();
    let Ok(whole) = whole.parse::<u64>() else {
        return super::kubectl::usage(client, &format!("watch: failed to parse argument: '{seconds}'"));
    };
    let interval = (whole * 1000 + thousandths).max(100);
    let line = args.join(" ");
    loop {
        let (writer, kept) = client.errors_to_output().captured();
        let command = line.clone();
        execute::run_line(&writer, &command).await;
        if client.is_screen() {
            client.sign(Sign::Clear);
        }
        let head = format!("Every {}.{}s: {line}", interval / 1000, interval % 1000 / 100);
        client.print(&format!("{head}    {}\n\n{}", client.now().rfc3339(), kept.take()));
        client.sleep(millis(interval)).await;
    }
}

//! Commands that work on files, and filters over what they are given.

use crate::document::InOrder as _;
use crate::kube::program::files::absolute;
use crate::kube::program::scope::Scope;
use crate::kube::program::thread::{State, Thread};
use std::rc::Rc;

/// Runs the command if it is one of these; its status.
#[inline(never)] // Seldom needed at first: a unit of its own for `src/ui/js/split`.
pub(super) fn run(thread: &mut Thread, scope: &mut Scope<'_, '_>, name: &str, args: &[&str]) -> Option<i64> {
    let names: Vec<&str> = args.iter().filter(|word| !word.starts_with('-') || **word == "-").copied().collect();
    let flags: String =
        args.iter().filter(|word| word.starts_with('-')).flat_map(|word| word.chars().skip(1)).collect();
    Some(match name {
        "cat" => cat(thread, scope, &names),
        "touch" => each(thread, scope, "touch", &names, |files, path| files.write(path, "", true)),
        "mkdir" => {
            each(thread, scope, "mkdir: can't create directory", &names, |files, path| files.make_directory(path))
        }
        "rm" | "rmdir" | "unlink" => remove(thread, scope, &names, &flags),
        "cp" | "mv" | "ln" => copy(thread, scope, name, &names),
        "ls" => list(thread, scope, &names, &flags),
        "tee" => tee(thread, scope, &names, &flags),
        "head" => ends(thread, scope, args, |lines, count| lines.into_iter().take(count).collect()),
        "tail" if flags.contains('f') || flags.contains('F') => return tail(thread, scope, &names),
        "tail" => ends(thread, scope, args, |lines, count| {
            let skip = lines.len().saturating_sub(count);
            lines.into_iter().skip(skip).collect()
        }),
        "grep" | "egrep" | "fgrep" => grep(thread, scope, &names, &flags),
        "wc" => filter(thread, scope, &names, |text| match flags.as_str() {
            "l" => format!("{}\n", text.matches('\n').count()),
            "w" => format!("{}\n", text.split_whitespace().count()),
            "c" => format!("{}\n", text.len()),
            _ => {
                format!("{:>9} {:>9} {:>9}\n", text.matches('\n').count(), text.split_whitespace().count(), text.len())
            }
        }),
        "sort" => filter(thread, scope, &names, |text| {
            let mut lines: Vec<&str> = text.lines().collect();
            lines.order();
            if flags.contains('r') {
                lines.reverse();
            }
            lines.into_iter().map(|line| format!("{line}\n")).collect()
        }),
        "uniq" => filter(thread, scope, &names, |text| {
            let mut lines: Vec<&str> = text.lines().collect();
            lines.dedup();
            lines.into_iter().map(|line| format!("{line}\n")).collect()
        }),
        "cut" => cut(thread, scope, args),
        "tr" => tr(thread, scope, args),
        "sed" => sed(thread, scope, args),
        "chmod" | "chown" | "chgrp" | "sync" | "mount" | "umount" | "mkfifo" => 0,
        "df" => {
            thread.print(scope, "Filesystem           1K-blocks      Used Available Use% Mounted on\noverlay              104857600  10485760  94371840  10% /\n");
            0
        }
        "du" | "stat" | "find" => find(thread, scope, &names),
        _ => return None,
    })
}

fn path_of(thread: &Thread, name: &str) -> String {
    absolute(&thread.cwd, name)
}

type View<'a> = crate::kube::program::files::View<'a>;
type Fault = crate::kube::program::files::Fault;

fn each(
    thread: &Thread,
    scope: &mut Scope<'_, '_>,
    what: &str,
    names: &[&str],
    act: fn(&mut View<'_>, &str) -> Result<(), Fault>,
) -> i64 {
    let mut status = 0;
    for name in names {
        let path = path_of(thread, name);
        if let Err(fault) = scope.files(|files| act(files, &path)) {
            thread.complain(scope, &format!("{what}: {name}: {}\n", fault.text()));
            status = 1;
        }
    }
    status
}

/// What is read: the files named, or standard input.
fn input(thread: &Thread, scope: &mut Scope<'_, '_>, who: &str, names: &[&str]) -> (String, i64) {
    if names.is_empty() {
        return (thread.stdin.to_string(), 0);
    }
    let mut text = String::new();
    let mut status = 0;
    for name in names {
        if *name == "-" {
            text.push_str(&thread.stdin);
            continue;
        }
        let path = path_of(thread, name);
        match scope.files(|files| files.read(&path)) {
            Ok(found) => text.push_str(&found),
            Err(_) if path.starts_with("/dev/") => {}
            Err(fault @ Fault::IsDirectory) => {
                thread.complain(scope, &format!("{who}: read error: {}\n", fault.text()));
                status = 1;
            }
            Err(fault) => {
                thread.complain(scope, &format!("{who}: can't open '{name}': {}\n", fault.text()));
                status = 1;
            }
        }
    }
    (text, status)
}

fn cat(thread: &Thread, scope: &mut Scope<'_, '_>, names: &[&str]) -> i64 {
    let (text, status) = input(thread, scope, "cat", names);
    thread.print(scope, &text);
    status
}

fn filter(thread: &Thread, scope: &mut Scope<'_, '_>, names: &[&str], change: impl Fn(&str) -> String) -> i64 {
    let (text, status) = input(thread, scope, "sh", names);
    thread.print(scope, &change(&text));
    status
}

fn remove(thread: &Thread, scope: &mut Scope<'_, '_>, names: &[&str], flags: &str) -> i64 {
    let mut status = 0;
    for name in names {
        let path = path_of(thread, name);
        let removed = scope.files(|files| if files.exists(&path) { files.remove(&path) } else { Err(Fault::Missing) });
        match removed {
            Err(Fault::Missing) if flags.contains('f') => {}
            Err(fault) => {
                thread.complain(scope, &format!("rm: can't remove '{name}': {}\n", fault.text()));
                status = 1;
            }
            Ok(()) => {}
        }
    }
    status
}

fn copy(thread: &Thread, scope: &mut Scope<'_, '_>, command: &str, names: &[&str]) -> i64 {
    let Some((target, sources)) = names.split_last() else { return 1 };
    let mut status = 0;
    for source in sources {
        let from = path_of(thread, source);
        let to = path_of(thread, target);
        let done = scope.files(|files| {
            let to = match (files.is_directory(&to), from.rsplit('/').next()) {
                (true, Some(last)) if !files.is_directory(&from) => format!("{}/{last}", to.trim_end_matches('/')),
                _ => to,
            };
            if files.is_directory(&from) {
                files.make_directory(&to)?;
                for file in files.all_below(&from) {
                    let rest = file.strip_prefix(&from).unwrap_or_default().to_owned();
                    if let Ok(text) = files.read(&file) {
                        files.write(&format!("{to}{rest}"), &text, false)?;
                    }
                }
            } else {
                let text = files.read(&from)?;
                files.write(&to, &text, false)?;
            }
            if command == "mv" { files.remove(&from) } else { Ok(()) }
        });
        if let Err(fault) = done {
            thread.complain(scope, &format!("{command}: can't stat '{source}': {}\n", fault.text()));
            status = 1;
        }
    }
    status
}

fn list(thread: &Thread, scope: &mut Scope<'_, '_>, names: &[&str], flags: &str) -> i64 {
    let names: &[&str] = if names.is_empty() { &["."] } else { names };
    let mut text = String::new();
    let mut status = 0;
    for name in names {
        let path = path_of(thread, name);
        let found = scope.files(|files| {
            if !files.exists(&path) {
                return None;
            }
            let entries = if files.is_directory(&path) { files.list(&path) } else { vec![(*name).to_owned()] };
            let entries: Vec<(String, bool, usize)> = entries
                .into_iter()
                .filter(|entry| flags.contains(['a', 'A']) || !entry.starts_with('.'))
                .map(|entry| {
                    let full = absolute(&path, &entry);
                    let size = files.read(&full).map_or(4096, |text| text.len());
                    let is_directory = files.is_directory(&full);
                    (entry, is_directory, size)
                })
                .collect();
            Some(entries)
        });
        let Some(entries) = found else {
            thread.complain(scope, &format!("ls: {name}: No such file or directory\n"));
            status = 1;
            continue;
        };
        if names.len() > 1 {
            text.push_str(&format!("{name}:\n"));
        }
        for (entry, is_directory, size) in entries {
            if flags.contains('l') {
                let mode = if is_directory { "drwxr-xr-x" } else { "-rw-r--r--" };
                let named = |id: i64| if id == 0 { "root".to_owned() } else { id.to_string() };
                let full = absolute(&path, &entry);
                let is_mounted = scope.facts.mounts.iter().any(|mount| full.starts_with(&*mount.path));
                let facts = scope.facts;
                let group = if is_mounted && facts.volume_group != 0 { facts.volume_group } else { facts.group };
                let (user, group) = (named(facts.user), named(group));
                text.push_str(&format!("{mode}    1 {user:<8} {group:<8} {size:>9} Jan  5 00:00 {entry}\n"));
            } else {
                text.push_str(&format!("{entry}\n"));
            }
        }
    }
    thread.print(scope, &text);
    status
}

fn tee(thread: &Thread, scope: &mut Scope<'_, '_>, names: &[&str], flags: &str) -> i64 {
    let text = thread.stdin.clone();
    for name in names {
        let path = path_of(thread, name);
        let append = flags.contains('a');
        // A file that cannot be written leaves the text on standard output all the same.
        let _ = scope.files(|files| files.write(&path, &text, append));
    }
    thread.print(scope, &text);
    0
}

fn ends(thread: &Thread, scope: &mut Scope<'_, '_>, args: &[&str], choose: fn(Vec<&str>, usize) -> Vec<&str>) -> i64 {
    let mut count = 10;
    let mut names = Vec::new();
    let mut words = args.iter();
    while let Some(word) = words.next() {
        match *word {
            "-n" => {
                count = words.next().and_then(|number| number.trim_start_matches(['-', '+']).parse().ok()).unwrap_or(10)
            }
            "-c" => drop(words.next()),
            word if word.starts_with("-n") => count = word.trim_start_matches("-n").parse().unwrap_or(10),
            word if word.starts_with('-') => count = word.trim_start_matches('-').parse().unwrap_or(10),
            name => names.push(name),
        }
    }
    let (text, status) = input(thread, scope, "head", &names);
    let chosen: String = choose(text.lines().collect(), count).into_iter().map(|line| format!("{line}\n")).collect();
    thread.print(scope, &chosen);
    status
}

/// `tail -f`: what is there now, then what is added.
fn tail(thread: &mut Thread, scope: &mut Scope<'_, '_>, names: &[&str]) -> Option<i64> {
    let Some(name) = names.iter().find(|name| name.parse::<i64>().is_err()) else {
        thread.state = State::Blocked;
        return Some(0);
    };
    let path = path_of(thread, name);
    if path == "/dev/null" {
        thread.state = State::Blocked;
        return Some(0);
    }
    let text: Rc<str> = scope.files(|files| files.read(&path)).unwrap_or_default();
    let lines: Vec<&str> = text.lines().collect();
    let shown: String = lines.iter().skip(lines.len().saturating_sub(10)).map(|line| format!("{line}\n")).collect();
    thread.print(scope, &shown);
    thread.state = State::Following(path.into(), text.len());
    Some(0)
}

fn grep(thread: &Thread, scope: &mut Scope<'_, '_>, names: &[&str], flags: &str) -> i64 {
    let Some((pattern, names)) = names.split_first() else { return 2 };
    let (text, _) = input(thread, scope, "grep", names);
    let lower = |text: &str| if flags.contains('i') { text.to_lowercase() } else { text.to_owned() };
    let alternatives: Vec<String> = pattern.split('|').map(|part| lower(&part.replace('\\', ""))).collect();
    let fits = |line: &str| {
        let line = lower(line);
        alternatives.iter().any(|part| {
            let (start, end) = (part.starts_with('^'), part.ends_with('$'));
            let core = part.trim_start_matches('^').trim_end_matches('$').replace(".*", "*");
            let glob = format!("{}{core}{}", if start { "" } else { "*" }, if end { "" } else { "*" });
            crate::kube::program::expand::matches(&glob, &line)
        })
    };
    let found: Vec<&str> = text.lines().filter(|line| fits(line) != flags.contains('v')).collect();
    if flags.contains('c') {
        thread.print(scope, &format!("{}\n", found.len()));
    } else if !flags.contains('q') {
        let lines: String = found.iter().map(|line| format!("{line}\n")).collect();
        thread.print(scope, &lines);
    }
    i64::from(found.is_empty())
}

fn cut(thread: &Thread, scope: &mut Scope<'_, '_>, args: &[&str]) -> i64 {
    let after = |flag: &str| {
        args.iter().enumerate().find_map(|(index, word)| match word.strip_prefix(flag)? {
            "" => args.get(index + 1).copied(),
            rest => Some(rest),
        })
    };
    let delimiter = after("-d").unwrap_or("\t").to_owned();
    let field = after("-f").and_then(|field| field.parse::<usize>().ok()).unwrap_or(1);
    filter(thread, scope, &[], |text| {
        text.lines()
            .map(|line| format!("{}\n", line.split(delimiter.as_str()).nth(field - 1).unwrap_or(line)))
            .collect()
    })
}

fn tr(thread: &Thread, scope: &mut Scope<'_, '_>, args: &[&str]) -> i64 {
    let first = args.first().copied().unwrap_or_default().replace("\\n", "\n");
    let second = args.get(1).copied().unwrap_or_default().replace("\\n", "\n");
    filter(thread, scope, &[], |text| {
        if first == "-d" {
            return text.chars().filter(|c| !second.contains(*c)).collect();
        }
        if first.contains("a-z") || first.contains("[:lower:]") {
            return text.to_uppercase();
        }
        if first.contains("A-Z") || first.contains("[:upper:]") {
            return text.to_lowercase();
        }
        let last = second.chars().last();
        text.chars()
            .map(|c| {
                first.chars().position(|from| from == c).and_then(|at| second.chars().nth(at).or(last)).unwrap_or(c)
            })
            .collect()
    })
}

/// `sed s/from/to/g [file]`, with `-i`.
fn sed(thread: &Thread, scope: &mut Scope<'_, '_>, args: &[&str]) -> i64 {
    let words: Vec<&str> = args.iter().filter(|word| !word.starts_with('-')).copied().collect();
    let Some((script, names)) = words.split_first() else { return 1 };
    let Some(separator) = script.strip_prefix('s').and_then(|rest| rest.chars().next()) else { return 0 };
    let mut parts = script.split(separator).skip(1);
    let (from, to) = (parts.next().unwrap_or_default(), parts.next().unwrap_or_default());
    let is_global = parts.next().is_some_and(|flags| flags.contains('g'));
    let (text, status) = input(thread, scope, "sed", names);
    let change = |line: &str| if is_global { line.replace(from, to) } else { line.replacen(from, to, 1) };
    let changed: String = text.lines().map(|line| format!("{}\n", change(line))).collect();
    match names.first() {
        Some(name) if args.contains(&"-i") => {
            let path = path_of(thread, name);
            i64::from(scope.files(|files| files.write(&path, &changed, false)).is_err())
        }
        _ => {
            thread.print(scope, &changed);
            status
        }
    }
}

fn find(thread: &Thread, scope: &mut Scope<'_, '_>, names: &[&str]) -> i64 {
    let name = names.first().copied().unwrap_or(".");
    let path = path_of(thread, name);
    let mut all = scope.files(|files| files.all_below(&path));
    all.order();
    let text: String = std::iter::once(path).chain(all).map(|file| format!("{file}\n")).collect();
    thread.print(scope, &text);
    0
}

//! Commands that print, compare and filter text.

use crate::document::InOrder as _;
use crate::kube::program::scope::Scope;
use crate::kube::program::thread::Thread;
use crate::sim::SimTime;

/// Runs the command if it is one of these; its status.
#[inline(never)] // Seldom needed at first: a unit of its own for `src/ui/js/split`.
pub(super) fn run(thread: &mut Thread, scope: &mut Scope<'_, '_>, name: &str, args: &[&str]) -> Option<i64> {
    let first = args.first().copied().unwrap_or_default();
    Some(match name {
        "echo" => echo(thread, scope, args),
        "printf" => {
            let text = printf(args);
            print(thread, scope, &text)
        }
        "pwd" => {
            let text = format!("{}\n", thread.cwd);
            print(thread, scope, &text)
        }
        "printenv" if !first.is_empty() => {
            let values: Vec<_> = args.iter().filter_map(|name| thread.vars.get(*name).cloned()).collect();
            values.iter().for_each(|value| thread.print(scope, &format!("{value}\n")));
            i64::from(values.len() < args.len())
        }
        "env" | "printenv" if args.is_empty() => {
            let text: String = thread.vars.iter().map(|(name, value)| format!("{name}={value}\n")).collect();
            print(thread, scope, &text)
        }
        "hostname" => {
            let text = if args.contains(&"-i") { scope.facts.address.clone() } else { scope.facts.hostname.clone() };
            print(thread, scope, &format!("{text}\n"))
        }
        "date" => {
            let text = date(thread.at, args.iter().find_map(|word| word.strip_prefix('+')));
            print(thread, scope, &format!("{text}\n"))
        }
        // The image traefik/whoami has a server of this name.
        "whoami" if !super::super::image::is_entry(scope.facts, name) => {
            print(thread, scope, if scope.facts.user == 0 { "root\n" } else { "whoami: unknown uid\n" })
        }
        "id" => {
            let (user, group) = (scope.facts.user, scope.facts.group);
            let named = |id: i64| if id == 0 { "0(root)".to_owned() } else { id.to_string() };
            let mut groups = scope.facts.groups.clone();
            if !groups.contains(&group) {
                groups.push(group);
            }
            groups.order();
            let groups: Vec<String> = groups.into_iter().map(named).collect();
            let text = match first {
                "-u" => format!("{user}\n"),
                "-g" => format!("{group}\n"),
                "-G" => format!("{}\n", groups.join(" ").replace("(root)", "")),
                _ => format!("uid={} gid={} groups={}\n", named(user), named(group), groups.join(",")),
            };
            print(thread, scope, &text)
        }
        "uname" => {
            let host = scope.facts.hostname.clone();
            let text = match first {
                "-a" => format!("Linux {host} 6.1.0 #1 SMP x86_64 GNU/Linux\n"),
                "-n" => format!("{host}\n"),
                "-r" => "6.1.0\n".to_owned(),
                "-m" => "x86_64\n".to_owned(),
                _ => "Linux\n".to_owned(),
            };
            print(thread, scope, &text)
        }
        "test" | "[" | "[[" => i64::from(!test(thread, scope, args)),
        "expr" => expr(thread, scope, args),
        "seq" => seq(thread, scope, args),
        "basename" => {
            let text = first.trim_end_matches('/').rsplit('/').next().unwrap_or(first);
            let suffix = args.get(1).copied().unwrap_or_default();
            print(thread, scope, &format!("{}\n", text.strip_suffix(suffix).unwrap_or(text)))
        }
        "dirname" => {
            let text = first.rsplit_once('/').map_or(".", |(folder, _)| if folder.is_empty() { "/" } else { folder });
            print(thread, scope, &format!("{text}\n"))
        }
        "ps" => processes(thread, scope),
        "uptime" => {
            let seconds = thread.at.as_secs();
            print(
                thread,
                scope,
                &format!(
                    " {:02}:{:02}:{:02} up {} min,  load average: 0.00, 0.00, 0.00\n",
                    seconds / 3600 % 24,
                    seconds / 60 % 60,
                    seconds % 60,
                    seconds / 60
                ),
            )
        }
        "base64" => {
            let text = thread.stdin.clone();
            let text = if args.contains(&"-d") || args.contains(&"--decode") {
                let bytes = crate::document::base64::decode(text.trim()).unwrap_or_default();
                String::from_utf8_lossy(&bytes).into_owned()
            } else {
                format!("{}\n", crate::document::base64::encode(text.as_bytes()))
            };
            print(thread, scope, &text)
        }
        _ => return None,
    })
}

fn print(thread: &Thread, scope: &mut Scope<'_, '_>, text: &str) -> i64 {
    thread.print(scope, text);
    0
}

fn echo(thread: &Thread, scope: &mut Scope<'_, '_>, args: &[&str]) -> i64 {
    let mut words = args;
    let (mut newline, mut escapes) = ("\n", false);
    while let Some((first, rest)) = words.split_first() {
        match *first {
            "-n" => newline = "",
            "-e" => escapes = true,
            "-ne" | "-en" => (newline, escapes) = ("", true),
            _ => break,
        }
        words = rest;
    }
    let text = words.join(" ");
    let text = if escapes { unescaped(&text) } else { text };
    print(thread, scope, &format!("{text}{newline}"))
}

fn unescaped(text: &str) -> String {
    let mut out = String::new();
    let mut chars = text.chars();
    while let Some(c) = chars.next() {
        if c != '\\' {
            out.push(c);
            continue;
        }
        match chars.next() {
            Some('n') => out.push('\n'),
            Some('t') => out.push('\t'),
            Some('r') => out.push('\r'),
            Some('\\') => out.push('\\'),
            Some('0') => out.push('\0'),
            Some(other) => {
                out.push('\\');
                out.push(other);
            }
            None => out.push('\\'),
        }
    }
    out
}

fn printf(args: &[&str]) -> String {
    let Some((format, mut rest)) = args.split_first() else { return String::new() };
    let mut out = String::new();
    loop {
        let mut chars = format.chars().peekable();
        let before = rest.len();
        while let Some(c) = chars.next() {
            if c != '%' {
                out.push(c);
                continue;
            }
            let mut width = String::new();
            while chars.peek().is_some_and(|c| c.is_ascii_digit() || matches!(c, '-' | '.')) {
                width.extend(chars.next());
            }
            match chars.next() {
                Some('%') => out.push('%'),
                Some('s' | 'd' | 'i' | 'f' | 'u' | 'c' | 'b' | 'q') => {
                    let (value, after) = rest.split_first().map_or(("", rest), |(first, after)| (*first, after));
                    rest = after;
                    let size = width.trim_matches('-').parse::<usize>().unwrap_or_default();
                    let padding = " ".repeat(size.saturating_sub(value.chars().count()));
                    let padding = if width.starts_with('0') { padding.replace(' ', "0") } else { padding };
                    if width.starts_with('-') {
                        out.push_str(value);
                        out.push_str(&padding);
                    } else {
                        out.push_str(&padding);
                        out.push_str(value);
                    }
                }
                _ => {}
            }
        }
        if rest.is_empty() || rest.len() == before {
            return unescaped(&out);
        }
    }
}

/// `date`, as busybox prints it in UTC, or by a format.
fn date(at: SimTime, format: Option<&str>) -> String {
    const DAYS: [&str; 7] = ["Thu", "Fri", "Sat", "Sun", "Mon", "Tue", "Wed"];
    const MONTHS: [&str; 12] = ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"];
    let moment = at.rfc3339();
    let part = |from: usize, to: usize| moment.get(from..to).unwrap_or_default();
    let day = usize::try_from(at.unix_seconds() / 86_400 % 7).unwrap_or_default();
    let month = part(5, 7).parse::<usize>().unwrap_or(1);
    let day = DAYS.get(day).copied().unwrap_or_default();
    let month = MONTHS.get(month - 1).copied().unwrap_or_default();
    let Some(format) = format else {
        let number = part(8, 10).trim_start_matches('0');
        return format!("{day} {month} {number:>2} {} UTC {}", part(11, 19), part(0, 4));
    };
    let mut out = String::new();
    let mut chars = format.chars();
    while let Some(c) = chars.next() {
        if c != '%' {
            out.push(c);
            continue;
        }
        match chars.next() {
            Some('Y') => out.push_str(part(0, 4)),
            Some('m') => out.push_str(part(5, 7)),
            Some('d') => out.push_str(part(8, 10)),
            Some('H') => out.push_str(part(11, 13)),
            Some('M') => out.push_str(part(14, 16)),
            Some('S') => out.push_str(part(17, 19)),
            Some('F') => out.push_str(part(0, 10)),
            Some('T') => out.push_str(part(11, 19)),
            Some('a') => out.push_str(day),
            Some('b') => out.push_str(month),
            Some('s') => out.push_str(&at.unix_seconds().to_string()),
            Some('Z') => out.push_str("UTC"),
            Some('N') => out.push_str(&format!("{:03}000000", at.as_millis() % 1000)),
            Some(other) => out.push(other),
            None => out.push('%'),
        }
    }
    out
}

/// `test`, `[`.
// Models POSIX.1 XCU test
fn test(thread: &Thread, scope: &mut Scope<'_, '_>, args: &[&str]) -> bool {
    let args = match args {
        [rest @ .., "]" | "]]"] => rest,
        args => args,
    };
    holds(thread, scope, args)
}

fn holds(thread: &Thread, scope: &mut Scope<'_, '_>, words: &[&str]) -> bool {
    for (operator, both) in [("-o", false), ("||", false), ("-a", true), ("&&", true)] {
        if let Some(at) = words.iter().position(|word| *word == operator).filter(|at| *at > 0) {
            let (left, right) = words.split_at(at);
            let left = holds(thread, scope, left);
            let right = holds(thread, scope, right.get(1..).unwrap_or_default());
            return if both { left && right } else { left || right };
        }
    }
    let number = |word: &str| word.trim().parse::<i64>().unwrap_or_default();
    match words {
        ["!", rest @ ..] => !holds(thread, scope, rest),
        [word] => !word.is_empty(),
        ["-n", word] => !word.is_empty(),
        ["-z", word] => word.is_empty(),
        [operator @ ("-f" | "-e" | "-r" | "-w" | "-x" | "-s" | "-d" | "-L"), path] => {
            let path = super::super::files::absolute(&thread.cwd, path);
            scope.files(|files| match *operator {
                "-d" => files.is_directory(&path),
                "-f" => files.read(&path).is_ok(),
                "-s" => files.read(&path).is_ok_and(|text| !text.is_empty()),
                "-x" => path.contains("/bin/") || files.exists(&path),
                _ => files.exists(&path),
            })
        }
        [left, "=" | "==", right] => {
            left == right || (right.contains('*') && super::super::expand::matches(right, left))
        }
        [left, "!=", right] => left != right,
        [left, "-eq", right] => number(left) == number(right),
        [left, "-ne", right] => number(left) != number(right),
        [left, "-lt", right] => number(left) < number(right),
        [left, "-le", right] => number(left) <= number(right),
        [left, "-gt", right] => number(left) > number(right),
        [left, "-ge", right] => number(left) >= number(right),
        _ => false,
    }
}

fn expr(thread: &Thread, scope: &mut Scope<'_, '_>, args: &[&str]) -> i64 {
    let number = |word: &str| word.parse::<i64>().unwrap_or_default();
    let value = match args {
        [left, operator, right] => {
            let (a, b) = (number(left), number(right));
            match *operator {
                "+" => a.wrapping_add(b),
                "-" => a.wrapping_sub(b),
                "*" => a.wrapping_mul(b),
                "/" => a.checked_div(b).unwrap_or_default(),
                "%" => a.checked_rem(b).unwrap_or_default(),
                "<" => i64::from(a < b),
                ">" => i64::from(a > b),
                "<=" => i64::from(a <= b),
                ">=" => i64::from(a >= b),
                "=" => i64::from(left == right),
                _ => i64::from(left != right),
            }
        }
        [one] => number(one),
        _ => 0,
    };
    thread.print(scope, &format!("{value}\n"));
    i64::from(value == 0)
}

/// How many numbers `seq` prints at most.
const SEQ_MAX: i64 = 2000;

fn seq(thread: &Thread, scope: &mut Scope<'_, '_>, args: &[&str]) -> i64 {
    let numbers: Vec<i64> = args.iter().filter_map(|word| word.parse().ok()).collect();
    let (first, step, last) = match numbers.as_slice() {
        [last] => (1, 1, *last),
        [first, last] => (*first, 1, *last),
        [first, step, last] => (*first, *step, *last),
        _ => return 1,
    };
    let mut text = String::new();
    let mut number = first;
    for _ in 0..SEQ_MAX {
        if step == 0 || (step > 0 && number > last) || (step < 0 && number < last) {
            break;
        }
        text.push_str(&format!("{number}\n"));
        number += step;
    }
    print(thread, scope, &text)
}

fn processes(thread: &Thread, scope: &mut Scope<'_, '_>) -> i64 {
    let mut text = "PID   USER     TIME  COMMAND\n".to_owned();
    let user = if scope.facts.user == 0 { "root".to_owned() } else { scope.facts.user.to_string() };
    for (pid, what) in scope.neighbours {
        text.push_str(&format!("{pid:>5} root      0:00 {what}\n"));
    }
    // Behind those of the container that it has joined.
    let behind = scope.neighbours.iter().map(|(pid, _)| pid / 20 * 20 + 20).max().unwrap_or(0);
    for (pid, runs, what) in scope.others.clone() {
        if runs {
            let what = if pid == 1 { command_line(scope) } else { what.to_string() };
            let pid = pid + behind;
            text.push_str(&format!("{pid:>5} {user:<8}  0:00 {what}\n"));
        }
    }
    if thread.pid != 1 {
        text.push_str(&format!("{:>5} {user:<8}  0:00 ps\n", thread.pid));
    }
    print(thread, scope, &text)
}

fn command_line(scope: &Scope<'_, '_>) -> String {
    let (words, _) = super::super::image::entry(scope.facts);
    words.iter().map(|word| &**word).collect::<Vec<_>>().join(" ")
}

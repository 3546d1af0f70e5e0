//! The small tools behind a pipe: `grep wc head tail sort uniq cut tr sed tee`.
// Models POSIX.1 XCU and GNU's ways, the part that tutorials use.

use crate::document::InOrder as _;

use super::client::Client;
use crate::document::regex::Regex;

/// Which of the tools a name is; none where it is another command.
#[inline(never)] // Seldom needed at first: a unit of its own for `src/ui/js/split`.
pub(super) fn run(client: &Client, name: &str, args: &[String]) -> Option<u8> {
    let tool: fn(&Client, &[String]) -> Result<u8, String> = match name {
        "grep" | "egrep" | "fgrep" => {
            let implied = match name {
                "egrep" => Some("-E"),
                "fgrep" => Some("-F"),
                _ => None,
            };
            // Nothing here is buffered, and nothing coloured.
            let is_plain =
                |arg: &&String| !["--line-buffered", "--color", "--colour"].iter().any(|it| arg.starts_with(it));
            let own = args.iter().filter(is_plain).cloned();
            let args: Vec<String> = implied.into_iter().map(str::to_owned).chain(own).collect();
            return Some(said(client, "grep", grep(client, &args)));
        }
        "wc" => wc,
        "head" => |client, args| ends(client, args, true),
        "tail" => |client, args| ends(client, args, false),
        "sort" => sort,
        "uniq" => uniq,
        "cut" => cut,
        "tr" => tr,
        "sed" => super::sed::sed,
        "tee" => tee,
        _ => return None,
    };
    Some(said(client, name, tool(client, args)))
}

fn said(client: &Client, name: &str, done: Result<u8, String>) -> u8 {
    done.unwrap_or_else(|fault| {
        client.warnln(&format!("{name}: {fault}"));
        if name == "grep" { 2 } else { 1 }
    })
}

/// Flags and the rest. `with_value` names the letters that take one.
pub(super) fn read(
    args: &[String],
    with_value: &str,
    known: &str,
) -> Result<(Vec<(char, String)>, Vec<String>), String> {
    let (mut flags, mut words) = (Vec::new(), Vec::new());
    let mut rest = args.iter();
    while let Some(arg) = rest.next() {
        if arg == "--" {
            words.extend(rest.cloned());
            break;
        }
        if arg.len() < 2 || !arg.starts_with('-') {
            words.push(arg.clone());
            continue;
        }
        if arg.starts_with("--") {
            return Err(format!("unrecognized option '{arg}'"));
        }
        let mut letters = arg[1..].chars();
        while let Some(letter) = letters.next() {
            if with_value.contains(letter) {
                let attached = letters.as_str();
                let value = if attached.is_empty() { rest.next().cloned() } else { Some(attached.to_owned()) };
                flags.push((letter, value.ok_or(format!("option requires an argument -- '{letter}'"))?));
                break;
            }
            if letter.is_ascii_digit() && with_value.contains('n') {
                flags.push(('n', format!("{letter}{}", letters.as_str())));
                break;
            }
            if !known.contains(letter) {
                return Err(format!("invalid option -- '{letter}'"));
            }
            flags.push((letter, String::new()));
        }
    }
    Ok((flags, words))
}

pub(super) fn has(flags: &[(char, String)], letter: char) -> bool {
    flags.iter().any(|(flag, _)| *flag == letter)
}

pub(super) fn value(flags: &[(char, String)], letter: char) -> Option<&str> {
    flags.iter().rev().find(|(flag, _)| *flag == letter).map(|(_, value)| value.as_str())
}

/// What the named files say; standard input where none is named.
pub(super) fn texts(client: &Client, names: &[String]) -> Result<Vec<(String, String)>, String> {
    if names.is_empty() {
        return Ok(vec![(String::new(), client.stdin.to_string())]);
    }
    let text = |name: &String| match name.as_str() {
        "-" => Ok((String::new(), client.stdin.to_string())),
        name => {
            let text = client.file(name).ok_or(format!("{name}: No such file or directory"))?;
            Ok((name.to_owned(), text))
        }
    };
    names.iter().map(text).collect()
}

fn whole(client: &Client, names: &[String]) -> Result<String, String> {
    Ok(texts(client, names)?.into_iter().map(|(_, text)| text).collect())
}

fn grep(client: &Client, args: &[String]) -> Result<u8, String> {
    let (flags, mut words) = read(args, "eABCm", "ivncoqEFwlrHhs")?;
    let expression = match value(&flags, 'e') {
        Some(expression) => expression.to_owned(),
        None if words.is_empty() => return Err("usage: grep [-ivncoqEFw] [-A N] [-B N] PATTERN [FILE]...".to_owned()),
        None => words.remove(0),
    };
    let ignores_case = has(&flags, 'i');
    let expressions: Vec<&str> = expression.split('\n').collect();
    let read_one = |text: &str| {
        if has(&flags, 'F') {
            Ok(Regex::fixed(text, ignores_case))
        } else {
            Regex::new(text, has(&flags, 'E'), ignores_case)
        }
    };
    let regexes: Vec<Regex> = expressions.into_iter().map(read_one).collect::<Result<_, _>>()?;
    let number = |letter| value(&flags, letter).and_then(|text| text.parse::<usize>().ok());
    let around = number('C').unwrap_or(0);
    let (after, before) = (number('A').unwrap_or(around), number('B').unwrap_or(around));
    let most = number('m').unwrap_or(usize::MAX);
    let texts = texts(client, &words)?;
    let several = texts.len() > 1 && !has(&flags, 'h') || has(&flags, 'H');
    let mut any = false;
    for (name, text) in &texts {
        let lines: Vec<&str> = text.lines().collect();
        let is_hit =
            |line: &str| regexes.iter().any(|regex| is_found(regex, line, has(&flags, 'w'))) != has(&flags, 'v');
        let hits: Vec<usize> =
            lines.iter().enumerate().filter(|(_, line)| is_hit(line)).map(|(at, _)| at).take(most).collect();
        any |= !hits.is_empty();
        if has(&flags, 'q') {
            continue;
        }
        let head = if several { format!("{name}:") } else { String::new() };
        if has(&flags, 'c') {
            client.println(&format!("{head}{}", hits.len()));
        } else if has(&flags, 'l') {
            if !hits.is_empty() {
                client.println(name);
            }
        } else if has(&flags, 'o') {
            for at in &hits {
                print_parts(client, &head, &regexes, lines.get(*at).copied().unwrap_or_default());
            }
        } else {
            let mut last = None;
            for at in 0..lines.len() {
                let near = hits.iter().any(|hit| (hit.saturating_sub(before)..=hit + after).contains(&at));
                if !near {
                    continue;
                }
                if last.is_some_and(|last| last + 1 < at) && after + before > 0 {
                    client.println("--");
                }
                last = Some(at);
                let number = if has(&flags, 'n') { format!("{}:", at + 1) } else { String::new() };
                client.println(&format!("{head}{number}{}", lines.get(at).copied().unwrap_or_default()));
            }
        }
    }
    Ok(u8::from(!any))
}

/// Whether a line holds a match; with `-w` one that is a whole word.
fn is_found(regex: &Regex, line: &str, whole_word: bool) -> bool {
    let chars: Vec<char> = line.chars().collect();
    let is_word = |at: Option<usize>| at.and_then(|at| chars.get(at)).is_some_and(|c| c.is_alphanumeric() || *c == '_');
    let mut from = 0;
    while let Some(found) = regex.find(&chars, from) {
        let Some((start, end)) = found.first().copied().flatten() else { return false };
        if !whole_word || !is_word(start.checked_sub(1)) && !is_word(Some(end)) {
            return true;
        }
        from = start + 1;
    }
    false
}

fn print_parts(client: &Client, head: &str, regexes: &[Regex], line: &str) {
    let chars: Vec<char> = line.chars().collect();
    for regex in regexes {
        let mut from = 0;
        while let Some((start, end)) = regex.find(&chars, from).and_then(|found| found.first().copied().flatten()) {
            if end > start {
                client.println(&format!(
                    "{head}{}",
                    chars.get(start..end).unwrap_or_default().iter().collect::<String>()
                ));
            }
            from = end.max(start + 1);
        }
    }
}

fn wc(client: &Client, args: &[String]) -> Result<u8, String> {
    let (flags, words) = read(args, "", "lwcm")?;
    let texts = texts(client, &words)?;
    let shown = |letter| flags.is_empty() && letter != 'm' || has(&flags, letter);
    let count = |text: &str| {
        [
            ('l', text.matches('\n').count()),
            ('w', text.split_whitespace().count()),
            ('m', text.chars().count()),
            ('c', text.len()),
        ]
        .into_iter()
        .filter(|(letter, _)| shown(*letter))
        .map(|(_, count)| count)
        .collect::<Vec<_>>()
    };
    let mut sums: Vec<usize> = Vec::new();
    let is_lonely = words.is_empty() && flags.len() == 1;
    let print = |counts: &[usize], name: &str| {
        let width = if is_lonely { 0 } else { 7 };
        let counts: Vec<String> = counts.iter().map(|count| format!("{count:>width$}")).collect();
        client.println(format!("{} {name}", counts.join(" ")).trim_end());
    };
    for (name, text) in &texts {
        let counts = count(text);
        sums.resize(counts.len(), 0);
        sums.iter_mut().zip(&counts).for_each(|(sum, count)| *sum += count);
        print(&counts, name);
    }
    if texts.len() > 1 {
        print(&sums, "total");
    }
    Ok(0)
}

/// `head` and `tail`.
fn ends(client: &Client, args: &[String], head: bool) -> Result<u8, String> {
    let (flags, words) = read(args, "nc", "fqv")?;
    let wanted = value(&flags, 'n').unwrap_or("10");
    let invalid = || format!("invalid number of lines: '{wanted}'");
    let count: usize = wanted.trim_start_matches(['+', '-']).parse().map_err(|_| invalid())?;
    let texts = texts(client, &words)?;
    for (name, text) in &texts {
        if texts.len() > 1 {
            client.println(&format!("==> {name} <=="));
        }
        if let Some(bytes) = value(&flags, 'c').and_then(|bytes| bytes.parse::<usize>().ok()) {
            let length = text.chars().count();
            let skipped = if head { 0 } else { length.saturating_sub(bytes) };
            client.print(&text.chars().skip(skipped).take(bytes).collect::<String>());
            continue;
        }
        let lines: Vec<&str> = text.split_inclusive('\n').collect();
        let all = lines.len();
        let (from, to) = match (head, wanted.chars().next()) {
            (true, Some('-')) => (0, all.saturating_sub(count)),
            (true, _) => (0, count.min(all)),
            (false, Some('+')) => (count.saturating_sub(1).min(all), all),
            (false, _) => (all.saturating_sub(count), all),
        };
        client.print(&lines.get(from..to).unwrap_or_default().concat());
    }
    Ok(0)
}

fn sort(client: &Client, args: &[String]) -> Result<u8, String> {
    let (flags, words) = read(args, "kt", "rnuhbfV")?;
    let text = whole(client, &words)?;
    let mut lines: Vec<&str> = text.lines().collect();
    let column = value(&flags, 'k').and_then(|key| key.split([',', '.', 'n', 'r']).next()?.parse::<usize>().ok());
    let is_number = has(&flags, 'n') || has(&flags, 'h') || value(&flags, 'k').is_some_and(|key| key.ends_with('n'));
    let key = |line: &str| -> String {
        match (column, value(&flags, 't')) {
            (None, _) => line.to_owned(),
            (Some(column), Some(sign)) => {
                line.split(sign).skip(column.saturating_sub(1)).collect::<Vec<_>>().join(sign)
            }
            (Some(column), None) => {
                line.split_whitespace().skip(column.saturating_sub(1)).collect::<Vec<_>>().join(" ")
            }
        }
    };
    lines.order_by(|left, right| {
        let (left, right) = (key(left), key(right));
        if is_number {
            leading_number(&left).cmp(&leading_number(&right)).then(left.cmp(&right))
        } else {
            left.cmp(&right)
        }
    });
    if has(&flags, 'r') {
        lines.reverse();
    }
    if has(&flags, 'u') {
        lines.dedup();
    }
    lines.iter().for_each(|line| client.println(line));
    Ok(0)
}

/// The number at the front in thousandths, with units such as `Mi` counted.
fn leading_number(text: &str) -> i64 {
    let text = text.trim_start();
    let negative = text.starts_with('-');
    let digits = text.trim_start_matches('-');
    let end = digits.find(|c: char| !c.is_ascii_digit()).unwrap_or(digits.len());
    let whole: i64 = digits[..end].parse().unwrap_or_default();
    let unit = match digits[end..].chars().next() {
        Some('K' | 'k') => 1 << 10,
        Some('M') => 1 << 20,
        Some('G') => 1 << 30,
        _ => 1,
    };
    let number = whole.saturating_mul(unit).saturating_mul(1000);
    if negative { -number } else { number }
}

fn uniq(client: &Client, args: &[String]) -> Result<u8, String> {
    let (flags, words) = read(args, "", "cdu")?;
    let text = whole(client, &words)?;
    let lines: Vec<&str> = text.lines().collect();
    for run in lines.chunk_by(|left, right| left == right) {
        let Some(line) = run.first() else { continue };
        if has(&flags, 'd') && run.len() < 2 || has(&flags, 'u') && run.len() > 1 {
            continue;
        }
        client.println(&if has(&flags, 'c') { format!("{:>7} {line}", run.len()) } else { (*line).to_owned() });
    }
    Ok(0)
}

/// `1`, `2-4`, `3-`, `-2`, with commas.
fn chosen(list: &str, count: usize) -> Result<Vec<usize>, String> {
    let mut places = Vec::new();
    for part in list.split(',') {
        let (first, last) = part.split_once('-').unwrap_or((part, part));
        let number = |text: &str, absent: usize| {
            if text.is_empty() {
                Ok(absent)
            } else {
                text.parse::<usize>().map_err(|_| format!("invalid field value '{part}'"))
            }
        };
        let (first, last) = (number(first, 1)?, number(last, count)?);
        if first == 0 {
            return Err("fields are numbered from 1".to_owned());
        }
        places.extend((first..=last.min(count)).map(|place| place - 1));
    }
    places.order();
    places.dedup();
    Ok(places)
}

fn cut(client: &Client, args: &[String]) -> Result<u8, String> {
    let (flags, words) = read(args, "dfc", "s")?;
    let text = whole(client, &words)?;
    for line in text.lines() {
        if let Some(list) = value(&flags, 'c') {
            let chars: Vec<char> = line.chars().collect();
            let cut: String = chosen(list, chars.len())?.into_iter().filter_map(|at| chars.get(at)).collect();
            client.println(&cut);
            continue;
        }
        let list = value(&flags, 'f').ok_or("you must specify a list of bytes, characters, or fields")?;
        let sign = value(&flags, 'd').unwrap_or("\t");
        if !line.contains(sign) {
            if !has(&flags, 's') {
                client.println(line);
            }
            continue;
        }
        let fields: Vec<&str> = line.split(sign).collect();
        let cut: Vec<&str> = chosen(list, fields.len())?.into_iter().filter_map(|at| fields.get(at).copied()).collect();
        client.println(&cut.join(sign));
    }
    Ok(0)
}

/// The characters of `a-z\n`.
fn characters(set: &str) -> Vec<char> {
    let set = set.replace("\\n", "\n").replace("\\t", "\t").replace("[:upper:]", "A-Z").replace("[:lower:]", "a-z");
    let set = set.replace("[:digit:]", "0-9").replace("[:space:]", " \t\n");
    let signs: Vec<char> = set.chars().collect();
    let (mut found, mut at) = (Vec::new(), 0);
    while let Some(first) = signs.get(at) {
        match (signs.get(at + 1), signs.get(at + 2)) {
            (Some('-'), Some(last)) => {
                found.extend(*first..=*last);
                at += 3;
            }
            _ => {
                found.push(*first);
                at += 1;
            }
        }
    }
    found
}

fn tr(client: &Client, args: &[String]) -> Result<u8, String> {
    let (flags, words) = read(args, "", "ds")?;
    let from = characters(words.first().ok_or("missing operand")?);
    let to = words.get(1).map(|set| characters(set));
    if to.is_none() && flags.is_empty() {
        return Err(format!("missing operand after '{}'", words.concat()));
    }
    let mut out = String::new();
    for character in client.stdin.chars() {
        let place = from.iter().position(|c| *c == character);
        let written = match (place, &to) {
            (Some(_), _) if has(&flags, 'd') => continue,
            (Some(at), Some(to)) => to.get(at).or(to.last()).copied().unwrap_or(character),
            _ => character,
        };
        let repeats = has(&flags, 's') && place.is_some() && out.ends_with(written);
        if !repeats {
            out.push(written);
        }
    }
    client.print(&out);
    Ok(0)
}

fn tee(client: &Client, args: &[String]) -> Result<u8, String> {
    let (flags, words) = read(args, "", "a")?;
    for name in &words {
        let before = if has(&flags, 'a') { client.file(name).unwrap_or_default() } else { String::new() };
        client.write_file(name, before + &client.stdin);
    }
    client.print(&client.stdin);
    Ok(0)
}

//! `sed`: lines edited on their way.
// Models POSIX.1 XCU sed, the part that tutorials use.

use super::client::Client;
use super::text::{has, read, texts, value};
use crate::document::regex::Regex;

/// One command of `sed`: on which lines, and what.
struct Edit {
    lines: Option<(usize, usize)>,
    found: Option<Regex>,
    what: char,
    regex: Option<Regex>,
    by: String,
    everywhere: bool,
}

pub(super) fn sed(client: &Client, args: &[String]) -> Result<u8, String> {
    let (flags, mut words) = read(args, "e", "nrEi")?;
    let script = match value(&flags, 'e') {
        Some(script) => script.to_owned(),
        None if words.is_empty() => return Err("usage: sed [-n] [-E] [-i] SCRIPT [FILE]...".to_owned()),
        None => words.remove(0),
    };
    let extended = has(&flags, 'E') || has(&flags, 'r');
    let edits = Script { rest: &script, extended }.edits()?;
    for (name, text) in texts(client, &words)? {
        let lines: Vec<&str> = text.lines().collect();
        let mut out = String::new();
        for (index, line) in lines.iter().enumerate() {
            edit_line(line, index + 1, index + 1 == lines.len(), &edits, has(&flags, 'n'), &mut out);
        }
        if has(&flags, 'i') && !name.is_empty() {
            client.write_file(&name, out);
        } else {
            client.print(&out);
        }
    }
    Ok(0)
}

fn edit_line(line: &str, number: usize, is_last: bool, edits: &[Edit], quiet: bool, out: &mut String) {
    let mut line = line.to_owned();
    let mut is_gone = false;
    for edit in edits {
        let here = edit.lines.is_none_or(|(first, last)| (first..=last).contains(&number) || first == 0 && is_last)
            && edit.found.as_ref().is_none_or(|found| found.is_in(&line));
        match edit.what {
            _ if !here => {}
            'd' => is_gone = true,
            'p' => out.push_str(&format!("{line}\n")),
            _ => {
                if let Some(regex) = &edit.regex {
                    line = replaced(regex, &line, &edit.by, edit.everywhere);
                }
            }
        }
    }
    if !is_gone && !quiet {
        out.push_str(&format!("{line}\n"));
    }
}

/// Reads the commands of a script: addresses, `s/…/…/`, `d`, `p`.
struct Script<'a> {
    rest: &'a str,
    extended: bool,
}

impl Script<'_> {
    /// The text up to a sign that no backslash stands before; a sign behind one stands for itself.
    fn until(&mut self, sign: char) -> Option<String> {
        let mut text = String::new();
        let mut signs = self.rest.char_indices();
        let mut in_class = false;
        while let Some((at, next)) = signs.next() {
            match next {
                '\\' => match signs.next()?.1 {
                    escaped if escaped == sign => text.push(escaped),
                    escaped => text.extend(['\\', escaped]),
                },
                '[' if !in_class => {
                    in_class = true;
                    text.push(next);
                }
                ']' if in_class => {
                    in_class = false;
                    text.push(next);
                }
                _ if next == sign && !in_class => {
                    self.rest = self.rest.get(at + next.len_utf8()..).unwrap_or_default();
                    return Some(text);
                }
                _ => text.push(next),
            }
        }
        None
    }

    fn next(&mut self) -> Option<char> {
        let next = self.rest.chars().next()?;
        self.rest = self.rest.get(next.len_utf8()..).unwrap_or_default();
        Some(next)
    }

    fn edits(&mut self) -> Result<Vec<Edit>, String> {
        let mut edits = Vec::new();
        loop {
            self.rest = self.rest.trim_start_matches([' ', '\t', ';', '\n']);
            if self.rest.is_empty() {
                return Ok(edits);
            }
            edits.push(self.edit()?);
        }
    }

    fn edit(&mut self) -> Result<Edit, String> {
        let mut edit = Edit { lines: None, found: None, what: ' ', regex: None, by: String::new(), everywhere: false };
        if self.rest.starts_with('/') {
            self.next();
            let expression = self.until('/').ok_or("-e expression #1: unterminated address regex")?;
            edit.found = Some(Regex::new(&expression, self.extended, false)?);
        } else {
            let end = self.rest.find(|c: char| !c.is_ascii_digit() && c != ',' && c != '$').unwrap_or(self.rest.len());
            if let Some(lines) = self.rest.get(..end).filter(|lines| !lines.is_empty()) {
                let (first, last) = lines.split_once(',').unwrap_or((lines, lines));
                let line = |text: &str| if text == "$" { usize::MAX } else { text.parse().unwrap_or_default() };
                edit.lines = Some((if first == "$" { 0 } else { line(first) }, line(last)));
                self.rest = self.rest.get(end..).unwrap_or_default();
            }
        }
        self.rest = self.rest.trim_start();
        edit.what = self.next().ok_or("-e expression #1: missing command")?;
        match edit.what {
            'd' | 'p' => Ok(edit),
            's' => {
                let unterminated = || "-e expression #1: unterminated `s' command".to_owned();
                let sign = self.next().ok_or_else(unterminated)?;
                let expression = self.until(sign).ok_or_else(unterminated)?;
                edit.by = self.until(sign).ok_or_else(unterminated)?;
                let length = self.rest.find([';', '\n', ' ', '}']).unwrap_or(self.rest.len());
                let how = self.rest.get(..length).unwrap_or_default();
                edit.regex = Some(Regex::new(&expression, self.extended, how.contains(['i', 'I']))?);
                edit.everywhere = how.contains('g');
                self.rest = self.rest.get(length..).unwrap_or_default();
                Ok(edit)
            }
            other => Err(format!("-e expression #1: unknown command: `{other}'")),
        }
    }
}

fn replaced(regex: &Regex, line: &str, by: &str, everywhere: bool) -> String {
    let chars: Vec<char> = line.chars().collect();
    let (mut out, mut from) = (String::new(), 0);
    let part = |bounds: Option<(usize, usize)>| {
        bounds.and_then(|(start, end)| chars.get(start..end)).unwrap_or_default().iter().collect::<String>()
    };
    while let Some(groups) = regex.find(&chars, from) {
        let Some((start, end)) = groups.first().copied().flatten() else { break };
        out.push_str(&part(Some((from, start))));
        let mut signs = by.chars();
        while let Some(sign) = signs.next() {
            match sign {
                '&' => out.push_str(&part(Some((start, end)))),
                '\\' => match signs.next() {
                    Some(digit) if digit.is_ascii_digit() => {
                        let index = digit.to_digit(10).unwrap_or_default() as usize;
                        out.push_str(&part(groups.get(index).copied().flatten()));
                    }
                    Some('n') => out.push('\n'),
                    Some(other) => out.push(other),
                    None => {}
                },
                other => out.push(other),
            }
        }
        from = end;
        if end == start {
            out.extend(chars.get(end));
            from = end + 1;
        }
        if !everywhere || from > chars.len() {
            break;
        }
    }
    out + &part(Some((from.min(chars.len()), chars.len())))
}

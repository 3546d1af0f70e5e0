//! Fills a compiled message with its arguments. The encoding is described in `compile.rs`.

use super::{Arg, Lang, Words, josa};

/// Reads one compiled pattern and writes what it says.
pub(super) struct Formatter<'a> {
    pub(super) words: &'a Words,
    pub(super) args: &'a [(&'a str, Arg)],
}

/// What opens something other than text. Control characters never occur in a message's text.
fn is_opener(character: char) -> bool {
    matches!(character, '\u{1}'..='\u{8}')
}

/// Splits at the next `\x02`, the end of every name.
fn name(rest: &str) -> (&str, &str) {
    rest.split_once('\u{2}').unwrap_or((rest, ""))
}

impl Formatter<'_> {
    /// Writes the pattern up to what it does not own (the next variant, the selector's end) and
    /// returns that rest. With no `out` it only walks past it.
    pub(super) fn pattern<'p>(&self, mut rest: &'p str, mut out: Option<&mut String>) -> &'p str {
        loop {
            let text_end = rest.find(is_opener).unwrap_or(rest.len());
            let (text, after) = rest.split_at(text_end);
            if let Some(out) = out.as_deref_mut() {
                out.push_str(text);
            }
            let mut chars = after.chars();
            let opener = chars.next();
            let Some(opener) = opener.filter(|opener| !matches!(opener, '\u{7}' | '\u{8}')) else { return after };
            let (name, mut after) = name(chars.as_str());
            match (opener, out.as_deref_mut()) {
                ('\u{5}', out) => {
                    let (pair, next) = self::name(after);
                    after = next;
                    if let Some(out) = out {
                        out.push_str(josa::particle(&self.shown(name), pair));
                    }
                }
                ('\u{6}', out) => after = self.select(name, after, out),
                ('\u{3}', Some(out)) => out.push_str(&self.grouped(name)),
                ('\u{4}', Some(out)) => out.push_str(&self.duration(name)),
                (_, Some(out)) => out.push_str(&self.shown(name)),
                (_, None) => {}
            }
            rest = after;
        }
    }

    /// Writes the first variant that matches, or the default, and walks past the others.
    fn select<'p>(&self, name: &str, variants: &'p str, out: Option<&mut String>) -> &'p str {
        let arg = self.arg(name);
        let (mut rest, mut chosen) = (variants, None);
        while let Some(variant) = rest.strip_prefix('\u{7}') {
            let (key, pattern) = self::name(variant);
            let (key, is_default) = key.strip_prefix('*').map_or((key, false), |key| (key, true));
            if arg.is_some_and(|arg| self.matches(arg, key)) {
                chosen = chosen.filter(|(_, certain)| *certain).or(Some((pattern, true)));
            } else if is_default {
                chosen = chosen.or(Some((pattern, false)));
            }
            rest = self.pattern(pattern, None);
        }
        if let (Some((pattern, _)), Some(out)) = (chosen, out) {
            self.pattern(pattern, Some(out));
        }
        rest.strip_prefix('\u{8}').unwrap_or(rest)
    }

    /// A number matches its own digits or its plural category, a text only itself.
    fn matches(&self, arg: &Arg, key: &str) -> bool {
        match arg {
            Arg::Text(text) => &**text == key,
            Arg::Number(number) => key.parse() == Ok(*number) || key == plural(self.words.lang(), *number),
        }
    }

    fn arg(&self, name: &str) -> Option<&Arg> {
        self.args.iter().find(|(given, _)| *given == name).map(|(_, arg)| arg)
    }

    /// The argument as it is. One that was not given shows its name, so that the gap is seen.
    fn shown(&self, name: &str) -> String {
        match self.arg(name) {
            Some(Arg::Text(text)) => text.to_string(),
            Some(Arg::Number(number)) => number.to_string(),
            None => ["$", name].concat(),
        }
    }

    fn grouped(&self, name: &str) -> String {
        match self.arg(name) {
            Some(Arg::Number(number)) => grouped(*number),
            _ => self.shown(name),
        }
    }

    fn duration(&self, name: &str) -> String {
        match self.arg(name) {
            Some(Arg::Number(number)) => self.words.duration(*number),
            _ => self.shown(name),
        }
    }
}

/// CLDR's plural category of an integer. Korean has one form for all.
fn plural(lang: Lang, number: i64) -> &'static str {
    match (lang, number) {
        (Lang::En, 1) => "one",
        _ => "other",
    }
}

/// Digits in groups of three, as both languages write them.
pub(super) fn grouped(number: i64) -> String {
    let digits = number.unsigned_abs().to_string();
    let mut out = String::from(if number < 0 { "-" } else { "" });
    for (index, digit) in digits.chars().enumerate() {
        if index > 0 && (digits.len() - index).is_multiple_of(3) {
            out.push(',');
        }
        out.push(digit);
    }
    out
}

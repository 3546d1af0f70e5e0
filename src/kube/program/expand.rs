//! Expanding words: variables, commands, arithmetic, splitting, patterns.
// Models POSIX.1 XCU 2.6, Word Expansions

use super::scope::Scope;
use super::syntax::{Part, Quoted, Word};
use super::thread::Thread;
use std::rc::Rc;

/// Marks a character of a pattern that stands for itself.
const LITERAL: char = '\u{1}';

impl Thread {
    /// The fields that words become; nothing if a copy that runs ahead cannot know.
    pub(super) fn expand_all(&mut self, scope: &mut Scope<'_, '_>, words: &[Word]) -> Option<Vec<Rc<str>>> {
        let mut fields = Vec::new();
        for word in words {
            self.fields(scope, word, &mut fields)?;
        }
        Some(fields)
    }

    /// The text that a word becomes, unsplit.
    pub(super) fn expand_text(&mut self, scope: &mut Scope<'_, '_>, word: &Word) -> Option<String> {
        let mut text = String::new();
        for part in &word.0 {
            text.push_str(&self.part(scope, part)?.0);
        }
        Some(tilde(text, word))
    }

    /// The same as a pattern, in which quoted characters stand for themselves.
    pub(super) fn expand_pattern(&mut self, scope: &mut Scope<'_, '_>, word: &Word) -> Option<String> {
        let mut pattern = String::new();
        for part in &word.0 {
            let (text, quoted) = self.part(scope, part)?;
            for c in text.chars() {
                if quoted == Quoted::Yes && matches!(c, '*' | '?' | '[') {
                    pattern.push(LITERAL);
                }
                pattern.push(c);
            }
        }
        Some(pattern)
    }

    fn fields(&mut self, scope: &mut Scope<'_, '_>, word: &Word, fields: &mut Vec<Rc<str>>) -> Option<()> {
        let mut current = String::new();
        let mut is_field = false;
        let mut has_pattern = false;
        for part in &word.0 {
            if let Part::Variable { name, quoted: Quoted::Yes, operator: "", .. } = part
                && &**name == "@"
            {
                let all: Vec<Rc<str>> = self.positional.iter().skip(1).cloned().collect();
                for (index, argument) in all.iter().enumerate() {
                    if index > 0 {
                        fields.push(std::mem::take(&mut current).into());
                    }
                    current.push_str(argument);
                    is_field = true;
                }
                continue;
            }
            let (text, quoted) = self.part(scope, part)?;
            if quoted == Quoted::Yes || matches!(part, Part::Text(..)) {
                has_pattern |= quoted == Quoted::No && text.contains(['*', '?']);
                is_field |= quoted == Quoted::Yes || !text.is_empty();
                current.push_str(&text);
                continue;
            }
            // Unquoted: blanks part fields.
            if text.starts_with(char::is_whitespace) && is_field {
                fields.push(std::mem::take(&mut current).into());
                is_field = false;
            }
            let mut pieces = text.split_whitespace().peekable();
            while let Some(piece) = pieces.next() {
                current.push_str(piece);
                is_field = true;
                if pieces.peek().is_some() || text.ends_with(char::is_whitespace) {
                    fields.push(std::mem::take(&mut current).into());
                    is_field = false;
                }
            }
        }
        if is_field {
            let text = tilde(current, word);
            let found = if has_pattern { self.files_like(scope, &text) } else { Vec::new() };
            if found.is_empty() {
                fields.push(text.into());
            }
            fields.extend(found);
        }
        Some(())
    }

    fn files_like(&self, scope: &mut Scope<'_, '_>, pattern: &str) -> Vec<Rc<str>> {
        let (folder, last) = pattern.rsplit_once('/').unwrap_or(("", pattern));
        let path =
            super::files::absolute(&self.cwd, if pattern.starts_with('/') && folder.is_empty() { "/" } else { folder });
        let prefix = if pattern.contains('/') { format!("{folder}/") } else { String::new() };
        let names = scope.files(|files| files.list(&path));
        let fits = names.iter().filter(|name| !name.starts_with('.') && matches(last, name));
        fits.map(|name| format!("{prefix}{name}").into()).collect()
    }

    fn part(&mut self, scope: &mut Scope<'_, '_>, part: &Part) -> Option<(String, Quoted)> {
        match part {
            Part::Text(text, quoted) => Some((text.to_string(), *quoted)),
            Part::Variable { name, operator, word, quoted } => {
                Some((self.variable(scope, name, operator, word)?, *quoted))
            }
            Part::Command(code, quoted) => {
                let child = self.fork(self.pid, code.clone());
                let text = self.collect(scope, child, Some(()))?;
                Some((text.trim_end_matches('\n').to_owned(), *quoted))
            }
            Part::Arithmetic(word) => {
                let text = self.expand_text(scope, word)?;
                Some((self.arithmetic(&text).to_string(), Quoted::No))
            }
        }
    }

    /// The value of a variable or a special parameter, if it is set.
    pub(super) fn value(&self, scope: &Scope<'_, '_>, name: &str) -> Option<String> {
        match name {
            "?" => return Some(self.status.to_string()),
            "#" => return Some((self.positional.len() - 1).to_string()),
            "$" => return Some(self.pid.to_string()),
            "!" => return Some(self.last_background.to_string()),
            "-" => return Some(String::new()),
            "@" | "*" => {
                let all: Vec<&str> = self.positional.iter().skip(1).map(|word| &**word).collect();
                return Some(all.join(" "));
            }
            "RANDOM" => {
                let mut dice = crate::sim::Dice::new(
                    scope.outside.seed,
                    &["random", &scope.facts.id.pod, &scope.facts.id.container],
                    self.at.as_millis() + scope.cpu_used,
                );
                return Some(dice.below(32_768).to_string());
            }
            "SECONDS" => return Some(self.at.as_secs().to_string()),
            "PWD" => return Some(self.cwd.to_string()),
            _ => {}
        }
        if let Ok(index) = name.parse::<usize>() {
            return self.positional.get(index).map(ToString::to_string);
        }
        self.vars.get(name).map(ToString::to_string)
    }

    fn variable(&mut self, scope: &mut Scope<'_, '_>, name: &str, operator: &str, word: &Word) -> Option<String> {
        let value = self.value(scope, name);
        let is_given = value.as_ref().is_some_and(|value| !value.is_empty());
        Some(match operator {
            "" => value.unwrap_or_default(),
            "length" => value.unwrap_or_default().chars().count().to_string(),
            ":-" | "-" if is_given || (operator == "-" && value.is_some()) => value.unwrap_or_default(),
            ":-" | "-" => self.expand_text(scope, word)?,
            ":=" | "=" if is_given => value.unwrap_or_default(),
            ":=" | "=" => {
                let text = self.expand_text(scope, word)?;
                self.vars.insert_mut(name.into(), text.as_str().into());
                text
            }
            ":+" | "+" => {
                if is_given {
                    self.expand_text(scope, word)?
                } else {
                    String::new()
                }
            }
            ":?" if is_given => value.unwrap_or_default(),
            ":?" => {
                let text = self.expand_text(scope, word)?;
                self.complain(
                    scope,
                    &format!("sh: {name}: {}\n", if text.is_empty() { "parameter not set" } else { &text }),
                );
                self.exit(2);
                String::new()
            }
            cut => {
                let pattern = self.expand_pattern(scope, word)?;
                trimmed(value.unwrap_or_default(), cut, &pattern)
            }
        })
    }

    fn arithmetic(&mut self, text: &str) -> i64 {
        // An assignment inside: `x=x+1`, `x+=1`, `x++`.
        let text = text.trim();
        if let Some(name) = text.strip_suffix("++").or_else(|| text.strip_prefix("++")) {
            let name = name.trim();
            let value = self.number(name);
            self.vars.insert_mut(name.into(), (value + 1).to_string().into());
            return if text.ends_with("++") { value } else { value + 1 };
        }
        if let Some((left, right)) = text.split_once('=')
            && !right.starts_with('=')
            && !left.ends_with(['=', '!', '<', '>'])
        {
            let name = left.trim_end_matches(['+', '-', '*', '/', '%']).trim();
            if !name.is_empty() && name.chars().all(|c| c.is_ascii_alphanumeric() || c == '_') {
                let operator = left.get(left.trim_end_matches(['+', '-', '*', '/', '%']).len()..).unwrap_or_default();
                let right = self.arithmetic(right);
                let value = if operator.is_empty() { right } else { apply(operator, self.number(name), right) };
                self.vars.insert_mut(name.into(), value.to_string().into());
                return value;
            }
        }
        let tokens = tokens(text);
        let mut at = 0;
        self.binary(&tokens, &mut at, 0)
    }

    fn number(&self, name: &str) -> i64 {
        self.vars.get(name).and_then(|value| value.trim().parse().ok()).unwrap_or_default()
    }

    fn binary(&self, tokens: &[String], at: &mut usize, level: usize) -> i64 {
        const LEVELS: [&[&str]; 6] =
            [&["||"], &["&&"], &["==", "!="], &["<", ">", "<=", ">="], &["+", "-"], &["*", "/", "%"]];
        let Some(operators) = LEVELS.get(level) else { return self.unary(tokens, at) };
        let mut value = self.binary(tokens, at, level + 1);
        while let Some(operator) = tokens.get(*at).filter(|token| operators.contains(&token.as_str())) {
            *at += 1;
            let right = self.binary(tokens, at, level + 1);
            value = apply(operator, value, right);
        }
        value
    }

    fn unary(&self, tokens: &[String], at: &mut usize) -> i64 {
        let Some(token) = tokens.get(*at) else { return 0 };
        *at += 1;
        match token.as_str() {
            "-" => -self.unary(tokens, at),
            "+" => self.unary(tokens, at),
            "!" => i64::from(self.unary(tokens, at) == 0),
            "(" => {
                let value = self.binary(tokens, at, 0);
                *at += 1;
                value
            }
            name => name.parse().unwrap_or_else(|_| self.number(name)),
        }
    }
}

fn apply(operator: &str, left: i64, right: i64) -> i64 {
    match operator {
        "+" => left.wrapping_add(right),
        "-" => left.wrapping_sub(right),
        "*" => left.wrapping_mul(right),
        "/" => left.checked_div(right).unwrap_or_default(),
        "%" => left.checked_rem(right).unwrap_or_default(),
        "==" => i64::from(left == right),
        "!=" => i64::from(left != right),
        "<" => i64::from(left < right),
        ">" => i64::from(left > right),
        "<=" => i64::from(left <= right),
        ">=" => i64::from(left >= right),
        "&&" => i64::from(left != 0 && right != 0),
        "||" => i64::from(left != 0 || right != 0),
        _ => 0,
    }
}

fn tokens(text: &str) -> Vec<String> {
    let mut tokens: Vec<String> = Vec::new();
    let chars: Vec<char> = text.chars().collect();
    let mut at = 0;
    while let Some(&c) = chars.get(at) {
        at += 1;
        if c.is_whitespace() || c == '$' {
            continue;
        }
        let mut token = c.to_string();
        if c.is_ascii_alphanumeric() || c == '_' {
            while let Some(next) = chars.get(at).filter(|next| next.is_ascii_alphanumeric() || **next == '_') {
                token.push(*next);
                at += 1;
            }
        } else if let Some(next) = chars.get(at)
            && matches!((c, next), ('=' | '!' | '<' | '>', '=') | ('&', '&') | ('|', '|'))
        {
            token.push(*next);
            at += 1;
        }
        tokens.push(token);
    }
    tokens
}

fn tilde(text: String, word: &Word) -> String {
    let is_tilde = matches!(word.0.first(), Some(Part::Text(first, Quoted::No)) if first.starts_with('~'));
    match text.strip_prefix('~') {
        Some(rest) if is_tilde => format!("/root{rest}"),
        _ => text,
    }
}

/// `${name%pattern}` and its three sisters.
fn trimmed(value: String, cut: &str, pattern: &str) -> String {
    let places: Vec<usize> = value.char_indices().map(|(at, _)| at).chain([value.len()]).collect();
    let prefix = |at: &&usize| matches(pattern, value.get(..**at).unwrap_or_default());
    let suffix = |at: &&usize| matches(pattern, value.get(**at..).unwrap_or_default());
    let kept = match cut {
        "#" => places.iter().find(prefix).map(|at| value.get(*at..)),
        "##" => places.iter().rev().find(prefix).map(|at| value.get(*at..)),
        "%" => places.iter().rev().find(suffix).map(|at| value.get(..*at)),
        _ => places.iter().find(suffix).map(|at| value.get(..*at)),
    };
    kept.flatten().map_or_else(|| value.clone(), str::to_owned)
}

/// Whether a text fits a pattern of `*`, `?` and `[…]`.
#[must_use]
pub(super) fn matches(pattern: &str, text: &str) -> bool {
    let pattern: Vec<char> = pattern.chars().collect();
    let text: Vec<char> = text.chars().collect();
    fits(&pattern, &text)
}

fn fits(pattern: &[char], text: &[char]) -> bool {
    match pattern {
        [] => text.is_empty(),
        [LITERAL, c, rest @ ..] => text.split_first().is_some_and(|(first, after)| first == c && fits(rest, after)),
        ['*', rest @ ..] => (0..=text.len()).any(|skip| fits(rest, text.get(skip..).unwrap_or_default())),
        ['?', rest @ ..] => text.split_first().is_some_and(|(_, after)| fits(rest, after)),
        ['[', rest @ ..] if rest.contains(&']') => {
            let end = rest.iter().position(|c| *c == ']').unwrap_or_default();
            let (set, after) = rest.split_at(end);
            let Some((first, remaining)) = text.split_first() else { return false };
            let (negated, set) = match set {
                ['!' | '^', set @ ..] => (true, set),
                set => (false, set),
            };
            let within = set.iter().enumerate().any(|(index, c)| {
                c == first
                    || (*c == '-'
                        && index > 0
                        && set
                            .get(index - 1)
                            .zip(set.get(index + 1))
                            .is_some_and(|(low, high)| low <= first && first <= high))
            });
            within != negated && fits(after.get(1..).unwrap_or_default(), remaining)
        }
        [c, rest @ ..] => text.split_first().is_some_and(|(first, after)| first == c && fits(rest, after)),
    }
}

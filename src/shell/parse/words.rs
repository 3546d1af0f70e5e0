//! Single words of a command line: quotes, `$variables`, `$(commands)`, `*`, `{a,b}`.

use super::{Fault, Part, Reader, Word};

/// More words than this `{1..n}` does not become.
const BRACES_MAX: i64 = 9_999;

impl<'a> Reader<'a> {
    /// A reader in the middle of a text.
    pub(in crate::shell) fn at(text: &'a str, at: usize) -> Self {
        Self { text, at, pending: Vec::new() }
    }

    /// Where it stands.
    pub(in crate::shell) fn place(&self) -> usize {
        self.at
    }

    pub(super) fn word(&mut self) -> Result<Word, Fault> {
        let mut word = Word::new();
        while let Some(character) = self.rest().chars().next() {
            match character {
                ' ' | '\t' | '\r' | '\n' | ';' | '&' | '|' | '<' | '>' | '(' | ')' => break,
                '\'' => {
                    self.at += 1;
                    let inside = self.rest().find('\'').ok_or(Fault::Unfinished)?;
                    push_text(&mut word, &self.rest()[..inside]);
                    self.at += inside + 1;
                }
                '"' => {
                    self.at += 1;
                    self.double_quoted(&mut word)?;
                }
                '\\' => {
                    self.at += 1;
                    match self.next() {
                        None => return Err(Fault::Unfinished),
                        Some('\n') => {}
                        Some(escaped) => push_text(&mut word, escaped.encode_utf8(&mut [0; 4])),
                    }
                }
                '$' => self.dollar(&mut word, false)?,
                '`' => self.backquoted(&mut word, false)?,
                '{' => self.braces(&mut word),
                '*' | '?' => {
                    word.push(Part::Glob(character));
                    self.at += 1;
                }
                other => {
                    push_text(&mut word, other.encode_utf8(&mut [0; 4]));
                    self.at += other.len_utf8();
                }
            }
        }
        if word.is_empty() {
            return Err(Fault::Unexpected(self.rest().chars().next().map_or("newline".to_owned(), String::from)));
        }
        Ok(word)
    }

    fn double_quoted(&mut self, word: &mut Word) -> Result<(), Fault> {
        push_text(word, "");
        loop {
            match self.rest().chars().next().ok_or(Fault::Unfinished)? {
                '"' => {
                    self.at += 1;
                    return Ok(());
                }
                '\\' => {
                    self.at += 1;
                    match self.next().ok_or(Fault::Unfinished)? {
                        '\n' => {}
                        escaped @ ('"' | '\\' | '$' | '`') => push_text(word, escaped.encode_utf8(&mut [0; 4])),
                        other => {
                            push_text(word, "\\");
                            push_text(word, other.encode_utf8(&mut [0; 4]));
                        }
                    }
                }
                '$' => self.dollar(word, true)?,
                '`' => self.backquoted(word, true)?,
                other => {
                    push_text(word, other.encode_utf8(&mut [0; 4]));
                    self.at += other.len_utf8();
                }
            }
        }
    }

    pub(in crate::shell) fn dollar(&mut self, word: &mut Word, quoted: bool) -> Result<(), Fault> {
        self.at += 1;
        if self.rest().starts_with("((") {
            self.at += 2;
            let inside = self.until_closed()?;
            if self.next() != Some(')') {
                return Err(Fault::Unexpected("((".to_owned()));
            }
            word.push(Part::Arithmetic(inside));
            return Ok(());
        }
        if self.rest().starts_with('(') {
            self.at += 1;
            let line = self.until_closed()?;
            word.push(Part::Command { line, quoted });
            return Ok(());
        }
        let braced = self.rest().starts_with('{');
        let rest = &self.rest()[usize::from(braced)..];
        let length = match rest.chars().next() {
            Some('?' | '!' | '$' | '#' | '@') => 1,
            Some(first) if first.is_ascii_alphabetic() || first == '_' => {
                rest.find(|c: char| !c.is_ascii_alphanumeric() && c != '_').unwrap_or(rest.len())
            }
            _ => 0,
        };
        if length == 0 {
            push_text(word, "$");
            return Ok(());
        }
        let name = rest[..length].to_owned();
        self.at += length + usize::from(braced);
        let mut otherwise = None;
        if braced && self.rest().starts_with(":-") {
            let end = self.rest().find('}').ok_or(Fault::Unfinished)?;
            otherwise = Some(self.rest()[2..end].to_owned());
            self.at += end;
        }
        if braced && self.next() != Some('}') {
            return Err(Fault::Unexpected("${".to_owned()));
        }
        word.push(Part::Variable { name, otherwise, quoted });
        Ok(())
    }

    /// `` `line` ``.
    pub(in crate::shell) fn backquoted(&mut self, word: &mut Word, quoted: bool) -> Result<(), Fault> {
        self.at += 1;
        let end = self.rest().find('`').ok_or(Fault::Unfinished)?;
        word.push(Part::Command { line: self.rest()[..end].to_owned(), quoted });
        self.at += end + 1;
        Ok(())
    }

    /// `{a,b}` and `{1..3}`; any other brace stands for itself.
    fn braces(&mut self, word: &mut Word) {
        let inside = self.rest().find('}').map(|end| &self.rest()[1..end]);
        let plain = inside.filter(|inside| !inside.contains([' ', '\t', '\n', '{', '"', '\'', '$', ';', '|', '&']));
        let words = plain.and_then(|inside| match inside.split_once("..") {
            Some((first, last)) => {
                let (first, last) = (first.parse::<i64>().ok()?, last.parse::<i64>().ok()?);
                let count = (last - first).abs().min(BRACES_MAX);
                Some((0..=count).map(|step| (first + step * (last - first).signum()).to_string()).collect())
            }
            None if inside.contains(',') => Some(inside.split(',').map(str::to_owned).collect::<Vec<String>>()),
            None => None,
        });
        match (words, plain) {
            (Some(words), Some(inside)) => {
                word.push(Part::Braces(words));
                self.at += inside.len() + 2;
            }
            _ => {
                push_text(word, "{");
                self.at += 1;
            }
        }
    }

    /// The text up to the parenthesis that closes the open one, quotes respected.
    fn until_closed(&mut self) -> Result<String, Fault> {
        let mut inside = String::new();
        let mut depth = 0_u32;
        let mut quote = None;
        loop {
            let character = self.next().ok_or(Fault::Unfinished)?;
            match (quote, character) {
                (None, ')') if depth == 0 => return Ok(inside),
                (None, ')') => depth -= 1,
                (None, '(') => depth += 1,
                (None, '\'' | '"') => quote = Some(character),
                (Some(open), _) if open == character => quote = None,
                (None | Some('"'), '\\') => {
                    inside.push('\\');
                    inside.push(self.next().ok_or(Fault::Unfinished)?);
                    continue;
                }
                _ => {}
            }
            inside.push(character);
        }
    }
}

fn push_text(word: &mut Word, text: &str) {
    match word.last_mut() {
        Some(Part::Text(written)) => written.push_str(text),
        _ => word.push(Part::Text(text.to_owned())),
    }
}

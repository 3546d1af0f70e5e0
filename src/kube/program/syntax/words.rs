//! Reading words: quotes, variables, `$(…)`, redirections, here-documents.

use super::{Code, Op, Part, Quoted, Reader, Redirect, Simple, Word, variable};
use std::rc::Rc;

impl Reader {
    /// The next word, if one stands here.
    pub(super) fn word(&mut self) -> Result<Option<Word>, String> {
        let mut parts = Vec::new();
        let mut text = String::new();
        let start = self.at;
        while let Some(c) = self.peek() {
            match c {
                ' ' | '\t' | '\r' | '\n' | ';' | '&' | '|' | '(' | ')' | '<' | '>' => break,
                '\\' => {
                    self.at += 1;
                    if let Some(next) = self.peek() {
                        self.at += 1;
                        if next != '\n' {
                            flush(&mut parts, &mut text, Quoted::No);
                            parts.push(Part::Text(next.to_string().into(), Quoted::Yes));
                        }
                    }
                }
                '\'' => {
                    self.at += 1;
                    flush(&mut parts, &mut text, Quoted::No);
                    let inside = self.until('\'')?;
                    parts.push(Part::Text(inside.into(), Quoted::Yes));
                }
                '"' => {
                    self.at += 1;
                    flush(&mut parts, &mut text, Quoted::No);
                    self.double_quoted(&mut parts, Some('"'))?;
                }
                '$' | '`' => {
                    flush(&mut parts, &mut text, Quoted::No);
                    match self.dollar(Quoted::No)? {
                        Some(part) => parts.push(part),
                        None => text.push('$'),
                    }
                }
                other => {
                    self.at += 1;
                    text.push(other);
                }
            }
        }
        if self.at == start {
            return Ok(None);
        }
        flush(&mut parts, &mut text, Quoted::No);
        Ok(Some(Word(parts)))
    }

    fn until(&mut self, end: char) -> Result<String, String> {
        let mut text = String::new();
        while let Some(c) = self.peek() {
            self.at += 1;
            if c == end {
                return Ok(text);
            }
            text.push(c);
        }
        Err("syntax error: unterminated quoted string".to_owned())
    }

    /// What stands in double quotes (or in a here-document, which has no end of its own).
    fn double_quoted(&mut self, parts: &mut Vec<Part>, end: Option<char>) -> Result<(), String> {
        let mut text = String::new();
        loop {
            let Some(c) = self.peek() else {
                if end.is_some() {
                    return Err("syntax error: unterminated quoted string".to_owned());
                }
                break;
            };
            match c {
                c if Some(c) == end => {
                    self.at += 1;
                    break;
                }
                '\\' if matches!(self.peek_at(1), Some('$' | '`' | '"' | '\\' | '\n')) => {
                    if let Some(next) = self.peek_at(1).filter(|next| *next != '\n') {
                        text.push(next);
                    }
                    self.at += 2;
                }
                '$' | '`' => {
                    flush(parts, &mut text, Quoted::Yes);
                    match self.dollar(Quoted::Yes)? {
                        Some(part) => parts.push(part),
                        None => text.push('$'),
                    }
                }
                other => {
                    self.at += 1;
                    text.push(other);
                }
            }
        }
        // Empty quotes are a word all the same.
        parts.push(Part::Text(text.into(), Quoted::Yes));
        Ok(())
    }

    /// What follows a `$` or a backquote; nothing if the dollar stands for itself.
    fn dollar(&mut self, quoted: Quoted) -> Result<Option<Part>, String> {
        if self.take("`") {
            let inside = self.until('`')?;
            return Ok(Some(Part::Command(self.nested(&inside.replace("\\`", "`"))?, quoted)));
        }
        self.at += 1;
        if self.starts("((") {
            self.at += 2;
            let inside = self.balanced()?;
            self.take(")");
            return Ok(Some(Part::Arithmetic(Rc::new(self.text_word(&inside)?))));
        }
        if self.take("(") {
            let inside = self.balanced()?;
            return Ok(Some(Part::Command(self.nested(&inside)?, quoted)));
        }
        if self.take("{") {
            return self.braces(quoted).map(Some);
        }
        let name: String = match self.peek() {
            Some(c) if c.is_ascii_digit() || matches!(c, '@' | '*' | '#' | '?' | '$' | '!' | '-') => c.to_string(),
            _ => self.name(),
        };
        if name.is_empty() {
            return Ok(None);
        }
        if !name.starts_with(|c: char| c.is_ascii_alphabetic() || c == '_') {
            self.at += 1;
        }
        Ok(Some(variable(&name, quoted)))
    }

    /// A name, taken.
    fn name(&mut self) -> String {
        let rest = self.chars.iter().skip(self.at);
        let name: String = rest.take_while(|c| c.is_ascii_alphanumeric() || **c == '_').collect();
        self.at += name.len();
        name
    }

    fn braces(&mut self, quoted: Quoted) -> Result<Part, String> {
        if self.peek() == Some('#') && self.peek_at(1) != Some('}') {
            self.at += 1;
            let name = self.name();
            self.take("}");
            return Ok(Part::Variable { name: name.into(), operator: "length", word: Rc::default(), quoted });
        }
        let mut name = self.name();
        if name.is_empty()
            && let Some(c) = self.peek()
        {
            self.at += 1;
            name.push(c);
        }
        const OPERATORS: [&str; 11] = [":-", ":=", ":+", ":?", "##", "%%", "#", "%", "-", "=", "+"];
        let operator = OPERATORS.into_iter().find(|operator| self.starts(operator)).unwrap_or_default();
        self.take(operator);
        let mut inside = String::new();
        let mut depth = 1;
        while let Some(c) = self.peek() {
            self.at += 1;
            match c {
                '{' => depth += 1,
                '}' => depth -= 1,
                _ => {}
            }
            if depth == 0 {
                let word = Rc::new(self.text_word(&inside)?);
                return Ok(Part::Variable { name: name.into(), operator, word, quoted });
            }
            inside.push(c);
        }
        Err("syntax error: missing '}'".to_owned())
    }

    /// What stands before the closing parenthesis that belongs to one already taken.
    fn balanced(&mut self) -> Result<String, String> {
        let mut text = String::new();
        let mut depth = 1;
        let mut quote: Option<char> = None;
        while let Some(c) = self.peek() {
            self.at += 1;
            match (quote, c) {
                (_, '\\') => {
                    text.push(c);
                    if let Some(next) = self.peek() {
                        self.at += 1;
                        text.push(next);
                    }
                    continue;
                }
                (Some(open), c) if c == open => quote = None,
                (None, '\'' | '"') => quote = Some(c),
                (None, '(') => depth += 1,
                (None, ')') => depth -= 1,
                _ => {}
            }
            if depth == 0 {
                return Ok(text);
            }
            text.push(c);
        }
        Err("syntax error: unexpected end of file (expecting \")\")".to_owned())
    }

    fn inner(&self, text: &str) -> Self {
        let chars = text.chars().collect();
        Self { chars, at: 0, here: Vec::new(), loops: Vec::new(), depth: self.depth + 1 }
    }

    fn nested(&self, text: &str) -> Result<Code, String> {
        let mut ops = Vec::new();
        self.inner(text).list(&mut ops, &[])?;
        Ok(ops.into())
    }

    /// A text in which variables and commands are expanded, and nothing else.
    fn text_word(&self, text: &str) -> Result<Word, String> {
        let mut parts = Vec::new();
        self.inner(text).double_quoted(&mut parts, None)?;
        Ok(Word(parts))
    }

    pub(super) fn redirect(&mut self) -> Result<Option<Redirect>, String> {
        let (number, skip) = match (self.peek(), self.peek_at(1)) {
            (Some(c @ '0'..='2'), Some('<' | '>')) => (c.to_digit(10), 1),
            (Some('&'), Some('>')) => (Some(3), 1),
            (Some('<' | '>'), _) => (None, 0),
            _ => return Ok(None),
        };
        self.at += skip;
        if self.take("<<<") {
            self.blanks();
            let mut word = self.word()?.unwrap_or_default();
            word.0.push(Part::Text("\n".into(), Quoted::Yes));
            return Ok(Some(Redirect::Here(word)));
        }
        if self.take("<<") {
            let strips = self.take("-");
            self.blanks();
            let word = self.word()?.unwrap_or_default();
            let is_plain = word.0.iter().any(|part| matches!(part, Part::Text(_, Quoted::Yes)));
            let delimiter: String =
                word.0.iter().map(|part| if let Part::Text(text, _) = part { &**text } else { "" }).collect();
            self.here.push((delimiter, is_plain, strips));
            return Ok(Some(Redirect::Here(Word::default())));
        }
        if self.take("<") {
            self.blanks();
            return Ok(Some(Redirect::In(self.word()?.unwrap_or_default())));
        }
        let append = self.take(">>");
        if !append {
            self.at += 1;
        }
        let from = u8::try_from(number.unwrap_or(1)).unwrap_or(1);
        if self.take("&") {
            let to = if self.peek() == Some('2') { 2 } else { 1 };
            self.at += 1;
            return Ok(Some(Redirect::Join { from, to }));
        }
        self.blanks();
        Ok(Some(Redirect::Out { from, file: self.word()?.unwrap_or_default(), append }))
    }

    /// Reads the here-documents that were announced on the line that ends here.
    pub(super) fn here_documents(&mut self, ops: &mut [Op]) -> Result<(), String> {
        if self.here.is_empty() {
            return Ok(());
        }
        self.blanks();
        if self.peek() != Some('\n') {
            return Ok(());
        }
        self.at += 1;
        let mut bodies = Vec::new();
        for (delimiter, is_plain, strips) in std::mem::take(&mut self.here) {
            let mut text = String::new();
            while self.peek().is_some() {
                let line: String = self.chars.iter().skip(self.at).take_while(|c| **c != '\n').collect();
                self.at += line.chars().count() + 1;
                let line = if strips { line.trim_start_matches('\t') } else { &line };
                if line.trim_end() == delimiter {
                    break;
                }
                text.push_str(line);
                text.push('\n');
            }
            let word = if is_plain { Word(vec![Part::Text(text.into(), Quoted::Yes)]) } else { self.text_word(&text)? };
            bodies.push(word);
        }
        self.at = self.at.min(self.chars.len()).saturating_sub(1);
        bodies.reverse();
        fill(ops, &mut bodies);
        Ok(())
    }
}

/// Puts here-documents into the last commands that wait for one, in order.
fn fill(ops: &mut [Op], bodies: &mut Vec<Word>) {
    for op in ops {
        match op {
            Op::Simple(simple) if waits(simple) => {
                let mut filled = (**simple).clone();
                for redirect in &mut filled.redirects {
                    if *redirect == Redirect::Here(Word::default())
                        && let Some(body) = bodies.pop()
                    {
                        *redirect = Redirect::Here(body);
                    }
                }
                *simple = Rc::new(filled);
            }
            Op::Pipe(parts) => {
                *parts = parts
                    .iter()
                    .map(|part| {
                        let mut inside = part.to_vec();
                        fill(&mut inside, bodies);
                        Code::from(inside)
                    })
                    .collect();
            }
            _ => {}
        }
    }
}

fn waits(simple: &Simple) -> bool {
    simple.redirects.contains(&Redirect::Here(Word::default()))
}

fn flush(parts: &mut Vec<Part>, text: &mut String, quoted: Quoted) {
    if !text.is_empty() {
        parts.push(Part::Text(std::mem::take(text).into(), quoted));
    }
}

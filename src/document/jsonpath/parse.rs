//! From a template to nodes.

// Models k8s.io/client-go/util/jsonpath/parser.go

/// A part of a template.
#[derive(Clone, Debug, PartialEq)]
pub(super) enum Node {
    /// Text to print.
    Text(String),
    /// What stands between braces: steps, one after the other.
    List(Vec<Node>),
    /// A key.
    Field(String),
    /// Everything inside.
    Wildcard,
    /// Everything, however deep.
    Recursive,
    /// A part of a list.
    Slice(Slice),
    /// Several answers.
    Union(Vec<Vec<Node>>),
    /// The elements that pass.
    Filter(Vec<Node>, Vec<Node>, String),
    /// `range` or `end`.
    Identifier(String),
    /// A number or a boolean.
    Literal(crate::document::Value),
}

/// `[from:to:step]`.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Slice {
    pub from: Option<i64>,
    pub to: Option<i64>,
    /// `to` was not written: one element is meant.
    pub derived: bool,
    pub step: Option<i64>,
}

type Parsed<T> = Result<T, String>;

/// Reads a whole template: text, and actions in braces.
pub(super) fn template(text: &str) -> Parsed<Vec<Node>> {
    let mut nodes = Vec::new();
    let mut rest = text;
    while !rest.is_empty() {
        let (before, action) = match rest.split_once('{') {
            Some((before, action)) => (before, Some(action)),
            None => (rest, None),
        };
        if !before.is_empty() {
            nodes.push(Node::Text(before.to_owned()));
        }
        let Some(action) = action else { break };
        let mut parser = Parser { rest: action, nodes: Vec::new() };
        parser.action()?;
        nodes.push(Node::List(parser.nodes));
        rest = parser.rest;
    }
    Ok(nodes)
}

/// Reads what would stand between braces.
fn action(text: &str) -> Parsed<Vec<Node>> {
    let braced = format!("{text}}}");
    let mut parser = Parser { rest: &braced, nodes: Vec::new() };
    parser.action()?;
    Ok(parser.nodes)
}

struct Parser<'t> {
    rest: &'t str,
    nodes: Vec<Node>,
}

impl<'t> Parser<'t> {
    /// Up to the closing brace.
    fn action(&mut self) -> Parsed<()> {
        loop {
            if let Some(rest) = self.rest.strip_prefix('}') {
                self.rest = rest;
                return Ok(());
            }
            if let Some(rest) = self.rest.strip_prefix("[?(") {
                self.rest = rest;
                self.filter()?;
                continue;
            }
            if let Some(rest) = self.rest.strip_prefix("..") {
                if self.nodes.last() == Some(&Node::Recursive) {
                    return Err("invalid multiple recursive descent".to_owned());
                }
                self.rest = rest;
                self.nodes.push(Node::Recursive);
                if rest.starts_with(is_word) {
                    self.field();
                }
                continue;
            }
            let Some(character) = self.rest.chars().next().filter(|c| !matches!(c, '\n' | '\r')) else {
                return Err("unclosed action".to_owned());
            };
            match character {
                ' ' | '@' | '$' => self.skip(1),
                '[' => self.array()?,
                '"' | '\'' => self.quote(character)?,
                '.' => {
                    self.skip(1);
                    self.field();
                }
                '+' | '-' | '0'..='9' => self.number()?,
                word if is_word(word) => {
                    let end = self.rest.find(|c| !is_word(c)).unwrap_or(self.rest.len());
                    let word = self.take(end);
                    self.nodes.push(match word {
                        "true" | "True" | "TRUE" => Node::Literal(true.into()),
                        "false" | "False" | "FALSE" => Node::Literal(false.into()),
                        other => Node::Identifier(other.to_owned()),
                    });
                }
                other => {
                    return Err(format!("unrecognized character in action: U+{:04X} '{other}'", u32::from(other)));
                }
            }
        }
    }

    fn skip(&mut self, bytes: usize) {
        self.rest = &self.rest[bytes..];
    }

    fn take(&mut self, bytes: usize) -> &'t str {
        let (taken, rest) = self.rest.split_at(bytes);
        self.rest = rest;
        taken
    }

    fn field(&mut self) {
        let mut end = self.rest.len();
        let mut escaped = false;
        for (at, character) in self.rest.char_indices() {
            if escaped {
                escaped = false;
            } else if character == '\\' {
                escaped = true;
            } else if is_terminator(character) {
                end = at;
                break;
            }
        }
        let name = self.take(end);
        self.nodes.push(if name == "*" { Node::Wildcard } else { Node::Field(name.replace('\\', "")) });
    }

    fn number(&mut self) -> Parsed<()> {
        let sign = usize::from(self.rest.starts_with(['+', '-']));
        let digits = |c: char| c.is_ascii_digit() || c == '.';
        let end = sign + self.rest[sign..].find(|c| !digits(c)).unwrap_or(self.rest.len() - sign);
        let text = self.take(end);
        let value = match text.parse::<i64>() {
            Ok(integer) => Some(integer.into()),
            Err(_) => crate::document::number::float(text),
        };
        self.nodes.push(Node::Literal(value.ok_or_else(|| format!("cannot parse number {text}"))?));
        Ok(())
    }

    fn quote(&mut self, quote: char) -> Parsed<()> {
        let text = &self.rest[1..];
        let mut before = quote;
        for (at, character) in text.char_indices() {
            match character {
                '\n' | '\r' => break,
                end if end == quote && before != '\\' => {
                    let inside = &text[..at];
                    let node = unquote(inside)
                        .ok_or_else(|| format!("unquote string {quote}{inside}{quote} error invalid syntax"))?;
                    self.nodes.push(Node::Text(node));
                    self.skip(at + 2);
                    return Ok(());
                }
                other => before = other,
            }
        }
        Err("unterminated quoted string".to_owned())
    }

    fn array(&mut self) -> Parsed<()> {
        let end = self.rest.find([']', '\n', '\r']).filter(|at| self.rest[*at..].starts_with(']'));
        let Some(end) = end else { return Err("unterminated array".to_owned()) };
        let text = &self.take(end + 1)[1..end];
        let text = if text == "*" { ":" } else { text };
        if text.contains(',') {
            let parts = text.split(',').map(|part| action(&format!("[{}]", part.trim_matches(' '))));
            self.nodes.push(Node::Union(parts.collect::<Parsed<_>>()?));
            return Ok(());
        }
        let key = text.strip_prefix('\'').and_then(|text| text.strip_suffix('\''));
        if let Some(key) = key.filter(|key| !key.contains('\'')) {
            self.nodes.extend(action(&format!(".{key}"))?);
            return Ok(());
        }
        self.nodes.push(Node::Slice(slice(text)?));
        Ok(())
    }

    fn filter(&mut self) -> Parsed<()> {
        let mut quote = None;
        let mut closed = false;
        let mut before = ' ';
        let mut end = None;
        for (at, character) in self.rest.char_indices() {
            match character {
                '\n' | '\r' => break,
                '"' | '\'' => match quote {
                    None => quote = Some(character),
                    Some(open) if open == character && before != '\\' => closed = true,
                    Some(_) => {}
                },
                ')' if quote.is_some() == closed => {
                    end = Some(at);
                    break;
                }
                _ => {}
            }
            before = character;
        }
        let Some(end) = end else { return Err("unterminated filter".to_owned()) };
        let text = self.take(end);
        let Some(rest) = self.rest.strip_prefix(")]") else {
            return Err("unclosed array expect ]".to_owned());
        };
        self.rest = rest;
        let is_operator = |c: char| matches!(c, '!' | '<' | '>' | '=');
        let start = text.find(is_operator).filter(|start| *start > 0);
        let Some(start) = start else {
            self.nodes.push(Node::Filter(action(text)?, Vec::new(), "exists".to_owned()));
            return Ok(());
        };
        let length = text[start..].find(|c| !is_operator(c)).unwrap_or(text.len() - start);
        let (left, operator, right) = (&text[..start], &text[start..start + length], &text[start + length..]);
        self.nodes.push(Node::Filter(action(left)?, action(right)?, operator.to_owned()));
        Ok(())
    }
}

fn slice(text: &str) -> Parsed<Slice> {
    let wrong = || format!("invalid array index {text}");
    let parts: Vec<&str> = text.split(':').collect();
    let number = |part: &str| -> Parsed<Option<i64>> {
        let digits = part.strip_prefix('-').unwrap_or(part);
        if !digits.bytes().all(|byte| byte.is_ascii_digit()) {
            return Err(wrong());
        }
        match part {
            "" => Ok(None),
            part => part.parse().map(Some).map_err(|_| format!("array index {part} is not a number")),
        }
    };
    match parts.as_slice() {
        [one] => {
            let from = number(one)?;
            Ok(Slice { from, to: Some(from.unwrap_or_default() + 1), derived: true, step: None })
        }
        [from, to] => Ok(Slice { from: number(from)?, to: number(to)?, derived: false, step: None }),
        [from, to, step] => Ok(Slice { from: number(from)?, to: number(to)?, derived: false, step: number(step)? }),
        _ => Err(wrong()),
    }
}

/// The text inside quotes of either kind.
fn unquote(text: &str) -> Option<String> {
    let mut out = String::new();
    let mut characters = text.chars();
    while let Some(character) = characters.next() {
        if character != '\\' {
            out.push(character);
            continue;
        }
        let code = |characters: &mut std::str::Chars, digits: usize| {
            let digits: String = characters.take(digits).collect();
            char::from_u32(u32::from_str_radix(&digits, 16).ok()?)
        };
        out.push(match characters.next()? {
            'a' => '\u{7}',
            'b' => '\u{8}',
            'f' => '\u{c}',
            'n' => '\n',
            'r' => '\r',
            't' => '\t',
            'v' => '\u{b}',
            same @ ('\\' | '\'' | '"') => same,
            'x' => code(&mut characters, 2)?,
            'u' => code(&mut characters, 4)?,
            'U' => code(&mut characters, 8)?,
            _ => return None,
        });
    }
    Some(out)
}

fn is_word(character: char) -> bool {
    character == '_' || character.is_alphanumeric()
}

fn is_terminator(character: char) -> bool {
    matches!(character, '.' | ',' | '[' | ']' | '$' | '@' | '{' | '}' | ' ' | '\t' | '\n' | '\r')
}

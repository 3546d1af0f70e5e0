//! Reading a selector's text.
// Models k8s.io/apimachinery/pkg/labels Lexer and Parser

use super::super::names;
use super::{Operator, Requirement};
use std::rc::Rc;

/// The operators of one and two signs.
const SIGNS: [&str; 11] = ["=", "==", "!=", "!", "<", ">", "(", ")", ",", "in", "notin"];

/// A selector's words: signs, and what stands between them.
fn tokens(text: &str) -> Vec<String> {
    let is_sign = |letter: char| "=!(),><".contains(letter);
    let mut tokens: Vec<String> = Vec::new();
    let mut letters = text.chars().peekable();
    while let Some(letter) = letters.next() {
        if letter.is_whitespace() {
            continue;
        }
        let mut token = String::from(letter);
        let signs = is_sign(letter);
        while let Some(next) = letters.peek().copied() {
            let goes_on = if signs {
                SIGNS.contains(&format!("{token}{next}").as_str())
            } else {
                !is_sign(next) && !next.is_whitespace()
            };
            if !goes_on {
                break;
            }
            token.push(next);
            letters.next();
        }
        tokens.push(token);
    }
    tokens
}

struct Parser {
    tokens: Vec<String>,
    at: usize,
}

/// The requirements of a text.
pub(super) fn selector(text: &str) -> Result<Vec<Requirement>, String> {
    let mut parser = Parser { tokens: tokens(text), at: 0 };
    let mut requirements = Vec::new();
    loop {
        let token = parser.peek();
        if token.is_empty() {
            return Ok(requirements);
        }
        if !is_identifier(&token) && token != "!" {
            return Err(format!("found '{token}', expected: !, identifier, or 'end of string'"));
        }
        let requirement = parser.requirement().map_err(|fault| format!("unable to parse requirement: {fault}"))?;
        requirements.push(requirement);
        match parser.next().as_str() {
            "" => return Ok(requirements),
            "," => {
                let next = parser.peek();
                if !is_identifier(&next) && next != "!" {
                    return Err(format!("found '{next}', expected: identifier after ','"));
                }
            }
            other => return Err(format!("found '{other}', expected: ',' or 'end of string'")),
        }
    }
}

/// Whether a word is neither a sign nor the end; `in` and `notin` count as words where one is wanted.
fn is_identifier(token: &str) -> bool {
    !token.is_empty() && (matches!(token, "in" | "notin") || !SIGNS.contains(&token))
}

impl Parser {
    /// The next word; empty at the end.
    fn peek(&self) -> String {
        self.tokens.get(self.at).cloned().unwrap_or_default()
    }

    fn next(&mut self) -> String {
        let token = self.peek();
        self.at += 1;
        token
    }

    fn requirement(&mut self) -> Result<Requirement, String> {
        let is_negated = self.peek() == "!";
        if is_negated {
            self.next();
        }
        let key = self.next();
        if !is_identifier(&key) {
            return Err(format!("found '{key}', expected: identifier"));
        }
        let problems = names::qualified_name(&key);
        if !problems.is_empty() {
            return Err(format!("key: Invalid value: {key:?}: {}", problems.join("; ")));
        }
        let next = self.peek();
        if is_negated || next.is_empty() || next == "," {
            let operator = if is_negated { Operator::DoesNotExist } else { Operator::Exists };
            return requirement(&key, operator, Vec::new());
        }
        let word = self.next();
        let operator = match word.as_str() {
            "in" | "=" | "==" => Operator::In,
            "notin" | "!=" => Operator::NotIn,
            ">" => Operator::GreaterThan,
            "<" => Operator::LessThan,
            _ => return Err(format!("found '{word}', expected: in, notin, =, ==, !=, gt, lt")),
        };
        let values = if matches!(word.as_str(), "in" | "notin") { self.values()? } else { vec![self.exact_value()?] };
        requirement(&key, operator, values)
    }

    // Models parseValues and parseIdentifiersList
    fn values(&mut self) -> Result<Vec<String>, String> {
        let open = self.next();
        if open != "(" {
            return Err(format!("found '{open}' expected: '('"));
        }
        match self.peek().as_str() {
            ")" => {
                self.next();
                return Ok(vec![String::new()]);
            }
            other if other != "," && !is_identifier(other) => {
                return Err(format!("found '{other}', expected: ',', ')' or identifier"));
            }
            _ => {}
        }
        let mut values = Vec::new();
        loop {
            let token = self.next();
            if is_identifier(&token) {
                values.push(token);
                match self.peek().as_str() {
                    "," => continue,
                    ")" => break,
                    other => return Err(format!("found '{other}', expected: ',' or ')'")),
                }
            }
            if token != "," {
                return Err(format!("found '{token}', expected: ',', or identifier"));
            }
            if values.is_empty() {
                values.push(String::new());
            }
            match self.peek().as_str() {
                ")" => {
                    values.push(String::new());
                    break;
                }
                "," => {
                    self.next();
                    values.push(String::new());
                }
                _ => {}
            }
        }
        self.next();
        values.dedup();
        Ok(values)
    }

    // Models parseExactValue
    fn exact_value(&mut self) -> Result<String, String> {
        let next = self.peek();
        if next.is_empty() || next == "," {
            return Ok(String::new());
        }
        self.next();
        if is_identifier(&next) { Ok(next) } else { Err(format!("found '{next}', expected: identifier")) }
    }
}

// Models NewRequirement
fn requirement(key: &str, operator: Operator, values: Vec<String>) -> Result<Requirement, String> {
    for (index, value) in values.iter().enumerate() {
        let is_ordered = matches!(operator, Operator::GreaterThan | Operator::LessThan);
        if is_ordered && value.parse::<i64>().is_err() {
            return Err(format!(
                "values[{index}]: Invalid value: {value:?}: for 'Gt', 'Lt' operators, the value must be an integer"
            ));
        }
        let problems = names::label_value(value);
        if !problems.is_empty() {
            return Err(format!("values[{index}][{key}]: Invalid value: {value:?}: {}", problems.join("; ")));
        }
    }
    let values = values.iter().map(|value| Rc::from(value.as_str())).collect();
    Ok(Requirement { key: key.into(), operator, values })
}

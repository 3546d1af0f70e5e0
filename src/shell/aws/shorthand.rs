//! The CLI's shorthand: `Key=env,Value=prod`, `Values=a,b`, `A={B=c},D=[e,f]`.
// Models awscli/shorthand.py ShorthandParser

use super::model::{Member, Shape};
use crate::document::Value;

/// Reads one word of shorthand for a structure, a map or a list of them.
///
/// # Errors
/// What was expected, in the CLI's words.
pub(super) fn read(text: &str, shape: &Shape) -> Result<Value, String> {
    let mut reader = Reader { text, at: 0 };
    let raw = reader.parameters(None)?;
    Ok(typed(raw, shape))
}

/// Gives texts the types that the shape wants.
pub(super) fn typed(value: Value, shape: &Shape) -> Value {
    match (shape, value) {
        (Shape::Integer, Value::Text(text)) => text.parse::<i64>().map_or(Value::Text(text), Value::Int),
        (Shape::Boolean, Value::Text(text)) => match &*text.to_ascii_lowercase() {
            "true" => Value::Bool(true),
            "false" => Value::Bool(false),
            _ => Value::Text(text),
        },
        (Shape::List(of), Value::List(items)) => Value::list(items.iter().map(|item| typed(item.clone(), of))),
        (Shape::List(of), one @ (Value::Text(_) | Value::Map(_))) => Value::list([typed(one, of)]),
        (Shape::Struct(members), Value::Map(map)) => {
            let mut made = Value::map();
            for (name, value) in map.iter() {
                let member = members.iter().find(|member| member.name == &**name);
                let value = match member {
                    Some(member) => typed(value.clone(), &member.shape),
                    None => value.clone(),
                };
                made.set(&[name], value);
            }
            made
        }
        (Shape::Map(of), Value::Map(map)) => {
            let mut made = Value::map();
            for (name, value) in map.iter() {
                made.set(&[name], typed(value.clone(), of));
            }
            made
        }
        (_, value) => value,
    }
}

/// Whether a shape can be written in shorthand.
pub(super) fn applies(shape: &Shape) -> bool {
    matches!(shape, Shape::Struct(_) | Shape::Map(_))
}

/// The one member of a structure that has only one: `--enable-dns-support true` is `Value=true`.
pub(super) fn only_member(members: &[Member]) -> Option<&Member> {
    match members {
        [only] => Some(only),
        _ => None,
    }
}

struct Reader<'a> {
    text: &'a str,
    at: usize,
}

impl Reader<'_> {
    fn rest(&self) -> &str {
        self.text.get(self.at..).unwrap_or_default()
    }

    fn peek(&self) -> Option<char> {
        self.rest().chars().next()
    }

    fn take(&mut self, wanted: char) -> Result<(), String> {
        match self.peek() {
            Some(found) if found == wanted => {
                self.at += found.len_utf8();
                Ok(())
            }
            found => {
                let found = found.map_or("EOF".to_owned(), |found| found.to_string());
                Err(format!(
                    "Expected: '{wanted}', received: '{found}' for input:\n{}\n{}^",
                    self.text,
                    " ".repeat(self.at)
                ))
            }
        }
    }

    fn parameters(&mut self, end: Option<char>) -> Result<Value, String> {
        let mut made = Value::map();
        while self.peek().is_some() && self.peek() != end {
            let key = self.while_not("=,{}[] \t");
            self.take('=')?;
            let value = self.value(end)?;
            made.set(&[&key], value);
            if self.peek() == Some(',') {
                self.at += 1;
                while self.peek() == Some(' ') {
                    self.at += 1;
                }
            } else {
                break;
            }
        }
        match (self.peek(), end) {
            (None, None) => Ok(made),
            (found, end) if found == end => Ok(made),
            _ => self.take(end.unwrap_or(',')).map(|()| made),
        }
    }

    /// A value, which may be a list without brackets: `Values=a,b,Name=c`.
    fn value(&mut self, end: Option<char>) -> Result<Value, String> {
        match self.peek() {
            Some('{') => self.structure(),
            Some('[') => self.list(),
            _ => {
                let first = self.word(end)?;
                let mut items = vec![first];
                while self.peek() == Some(',') && !self.key_follows() {
                    self.at += 1;
                    if self.peek().is_none() || self.peek() == end {
                        break;
                    }
                    items.push(self.word(end)?);
                }
                Ok(if items.len() == 1 { items.remove(0) } else { Value::list(items) })
            }
        }
    }

    /// Whether what follows the comma is `key=`.
    fn key_follows(&self) -> bool {
        let rest = self.rest().get(1..).unwrap_or_default().trim_start();
        let key = rest.find(['=', ',', '}', ']', '"', '\'']);
        key.is_some_and(|at| at > 0 && rest.get(at..).is_some_and(|rest| rest.starts_with('=')))
    }

    fn structure(&mut self) -> Result<Value, String> {
        self.take('{')?;
        let made = self.parameters(Some('}'))?;
        self.take('}')?;
        Ok(made)
    }

    fn list(&mut self) -> Result<Value, String> {
        self.take('[')?;
        let mut items = Vec::new();
        while self.peek() != Some(']') {
            let item = match self.peek() {
                Some('{') => self.structure()?,
                Some('[') => self.list()?,
                _ => self.word(Some(']'))?,
            };
            items.push(item);
            if self.peek() != Some(',') {
                break;
            }
            self.at += 1;
        }
        self.take(']')?;
        Ok(Value::list(items))
    }

    fn word(&mut self, end: Option<char>) -> Result<Value, String> {
        match self.peek() {
            Some(quote @ ('"' | '\'')) => {
                self.at += 1;
                let mut text = String::new();
                loop {
                    match self.peek() {
                        None => return self.take(quote).map(|()| Value::Null),
                        Some('\\') => {
                            self.at += 1;
                            text.extend(self.peek());
                            self.at += self.peek().map_or(0, char::len_utf8);
                        }
                        Some(letter) => {
                            self.at += letter.len_utf8();
                            if letter == quote {
                                return Ok(Value::text(text));
                            }
                            text.push(letter);
                        }
                    }
                }
            }
            _ => {
                let stop: String = end.into_iter().chain([',', '\\']).collect();
                let mut text = self.while_not(&stop);
                // A backslash lets a comma belong to the value.
                while self.peek() == Some('\\') {
                    self.at += 1;
                    text.extend(self.peek());
                    self.at += self.peek().map_or(0, char::len_utf8);
                    text += &self.while_not(&stop);
                }
                Ok(Value::text(text.trim_end()))
            }
        }
    }

    fn while_not(&mut self, stop: &str) -> String {
        let rest = self.rest();
        let length = rest.find(|letter| stop.contains(letter)).unwrap_or(rest.len());
        let word = rest.get(..length).unwrap_or_default().to_owned();
        self.at += length;
        word
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::tree;

    fn read_any(text: &str) -> Result<Value, String> {
        read(text, &Shape::Text)
    }

    #[test]
    fn shorthand_is_read_as_the_user_guide_writes_it() {
        assert_eq!(read_any("Key=env,Value=prod"), Ok(tree!({ "Key": "env", "Value": "prod" })));
        assert_eq!(read_any("Name=tag:Name,Values=a,b"), Ok(tree!({ "Name": "tag:Name", "Values": ["a", "b"] })));
        assert_eq!(
            read_any("ResourceType=vpc,Tags=[{Key=Name,Value=my vpc}]"),
            Ok(tree!({ "ResourceType": "vpc", "Tags": [{ "Key": "Name", "Value": "my vpc" }] }))
        );
        assert_eq!(
            read_any("subnetIds=subnet-1,subnet-2,endpointPublicAccess=true"),
            Ok(tree!({ "subnetIds": ["subnet-1", "subnet-2"], "endpointPublicAccess": "true" }))
        );
        assert_eq!(read_any("A=x\\,y,B=2"), Ok(tree!({ "A": "x,y", "B": "2" })));
        assert_eq!(read_any("A='x,y',B=2"), Ok(tree!({ "A": "x,y", "B": "2" })));
        assert!(read_any("Key").is_err());
    }

    #[test]
    fn a_list_takes_one_value_too() {
        let shape =
            Shape::Struct(vec![Member { name: "Values", required: false, shape: Shape::List(Box::new(Shape::Text)) }]);
        assert_eq!(read("Values=a", &shape), Ok(tree!({ "Values": ["a"] })));
    }
}

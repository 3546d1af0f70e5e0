//! Policy documents as requests carry them: JSON in a text.

use super::validate::{self, Kind};
use crate::aws::api::Error;
use crate::document::{Value, parse};

/// The document in a parameter, checked as AWS checks it. A template may give it as a tree.
///
/// # Errors
/// `MalformedPolicyDocument`
pub fn read(params: &Value, name: &str, kind: Kind) -> Result<Value, Error> {
    let malformed = |message: &str| Error::new("MalformedPolicyDocument", message);
    let document = match params.at(&[name]) {
        Some(Value::Text(text)) => {
            let fault = "This policy contains invalid Json";
            from_json(text)
                .ok_or_else(|| malformed(if kind == Kind::Trust { fault } else { "Syntax errors in policy." }))?
        }
        Some(tree) => tree.clone(),
        None => Value::Null,
    };
    validate::message(&document, kind).map_err(|message| malformed(&message))?;
    Ok(document)
}

/// The tree of a JSON text, if it is one.
#[must_use]
pub fn from_json(text: &str) -> Option<Value> {
    let mut reader = Reader { rest: text };
    reader.value(0)?;
    reader.space();
    if !reader.rest.is_empty() {
        return None;
    }
    // Every JSON text is a YAML text: one reader makes the trees.
    parse(text).documents.first().map(|document| document.root.to_value())
}

/// As many characters as quotas count: white space is free (IAM quotas, "character limits").
#[must_use]
pub fn size(params: &Value, name: &str) -> usize {
    match params.at(&[name]) {
        Some(Value::Text(text)) => text.chars().filter(|letter| !letter.is_whitespace()).count(),
        Some(tree) => tree.to_string().len(),
        None => 0,
    }
}

/// JSON is stricter than the YAML reader: no bare words, no comma before a closing bracket.
struct Reader<'a> {
    rest: &'a str,
}

impl Reader<'_> {
    const DEPTH_MAX: u32 = 64;

    fn space(&mut self) {
        self.rest = self.rest.trim_start_matches([' ', '\t', '\r', '\n']);
    }

    fn take(&mut self, token: &str) -> Option<()> {
        self.space();
        self.rest = self.rest.strip_prefix(token)?;
        Some(())
    }

    fn value(&mut self, depth: u32) -> Option<()> {
        if depth > Self::DEPTH_MAX {
            return None;
        }
        self.space();
        match self.rest.chars().next()? {
            '{' => self.sequence(depth, "{", "}", |reader, depth| {
                reader.space();
                reader.string()?;
                reader.take(":")?;
                reader.value(depth)
            }),
            '[' => self.sequence(depth, "[", "]", Self::value),
            '"' => self.string(),
            _ => self.word(),
        }
    }

    fn sequence(&mut self, depth: u32, open: &str, close: &str, item: fn(&mut Self, u32) -> Option<()>) -> Option<()> {
        self.take(open)?;
        if self.take(close).is_some() {
            return Some(());
        }
        loop {
            item(self, depth + 1)?;
            if self.take(",").is_none() {
                return self.take(close);
            }
        }
    }

    fn string(&mut self) -> Option<()> {
        let inside = self.rest.strip_prefix('"')?;
        let mut escaped = false;
        for (at, letter) in inside.char_indices() {
            match letter {
                _ if escaped => escaped = false,
                '\\' => escaped = true,
                '"' => {
                    self.rest = inside.get(at + 1..)?;
                    return Some(());
                }
                control if control < ' ' => return None,
                _ => {}
            }
        }
        None
    }

    fn word(&mut self) -> Option<()> {
        let end = self.rest.find(|letter: char| !letter.is_ascii_alphanumeric() && !"+-.".contains(letter));
        let (word, rest) = self.rest.split_at_checked(end.unwrap_or(self.rest.len()))?;
        self.rest = rest;
        let is_number = word.starts_with(|letter: char| letter == '-' || letter.is_ascii_digit())
            && word.bytes().all(|byte| byte.is_ascii_digit() || b"+-.eE".contains(&byte));
        (is_number || ["true", "false", "null"].contains(&word)).then_some(())
    }
}

#[cfg(test)]
mod tests {
    use super::from_json;

    #[test]
    fn only_json_is_json() {
        for (text, is_json) in [
            (r#"{"a": [1, -2.5, true, null, "x\"y"]}"#, true),
            (" [ ] ", true),
            (r#"{"a": 1,}"#, false),
            (r"{a: 1}", false),
            (r#"{"a": yes}"#, false),
            (r#"{"a": "b"} x"#, false),
            ("", false),
        ] {
            assert_eq!(from_json(text).is_some(), is_json, "{text}");
        }
    }
}

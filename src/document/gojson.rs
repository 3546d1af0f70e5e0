//! What Go's decoder says about broken JSON: in texts that kubectl sends as they are, and in secrets.
// Models encoding/json/scanner.go

/// Go's complaint about `text`, if it is not JSON.
#[must_use]
pub fn fault(text: &str) -> Option<String> {
    let mut scanner = Scanner { rest: text };
    match scanner.value() {
        Err(fault) => Some(fault),
        Ok(()) => {
            scanner.skip();
            scanner.rest.chars().next().map(|c| invalid(c, "after top-level value"))
        }
    }
}

struct Scanner<'a> {
    rest: &'a str,
}

fn invalid(character: char, place: &str) -> String {
    let shown = match character {
        '\'' => "'\\''".to_owned(),
        '"' => "'\"'".to_owned(),
        other => format!("'{}'", other.escape_default()),
    };
    format!("invalid character {shown} {place}")
}

impl Scanner<'_> {
    fn skip(&mut self) {
        self.rest = self.rest.trim_start_matches([' ', '\t', '\r', '\n']);
    }

    fn next(&mut self) -> Result<char, String> {
        self.skip();
        self.rest.chars().next().ok_or_else(|| "unexpected end of JSON input".to_owned())
    }

    fn take(&mut self, character: char) {
        self.rest = &self.rest[character.len_utf8()..];
    }

    fn value(&mut self) -> Result<(), String> {
        match self.next()? {
            '{' => self.collection('}', true),
            '[' => self.collection(']', false),
            '"' => self.string(),
            first @ ('-' | '0'..='9') => {
                self.take(first);
                let end = self.rest.find(|c: char| !c.is_ascii_digit() && !".eE+-".contains(c));
                self.rest = &self.rest[end.unwrap_or(self.rest.len())..];
                Ok(())
            }
            first => match ["true", "false", "null"].into_iter().find(|word| word.starts_with(first)) {
                Some(word) => self.literal(word),
                None => Err(invalid(first, "looking for beginning of value")),
            },
        }
    }

    fn literal(&mut self, word: &str) -> Result<(), String> {
        for expected in word.chars() {
            let got = self.rest.chars().next().ok_or("unexpected end of JSON input")?;
            if got != expected {
                return Err(invalid(got, &format!("in literal {word} (expecting '{expected}')")));
            }
            self.take(got);
        }
        Ok(())
    }

    fn string(&mut self) -> Result<(), String> {
        self.take('"');
        loop {
            let character = self.rest.chars().next().ok_or("unexpected end of JSON input")?;
            self.take(character);
            match character {
                '"' => return Ok(()),
                '\\' => {
                    let escaped = self.rest.chars().next().ok_or("unexpected end of JSON input")?;
                    if !"\"\\/bfnrtu".contains(escaped) {
                        return Err(invalid(escaped, "in string escape code"));
                    }
                    self.take(escaped);
                }
                control if (control as u32) < 0x20 => return Err(invalid(control, "in string literal")),
                _ => {}
            }
        }
    }

    fn collection(&mut self, close: char, keyed: bool) -> Result<(), String> {
        let first = self.next()?;
        self.take(first);
        if self.next()? == close {
            self.take(close);
            return Ok(());
        }
        loop {
            if keyed {
                match self.next()? {
                    '"' => self.string()?,
                    other => return Err(invalid(other, "looking for beginning of object key string")),
                }
                match self.next()? {
                    ':' => self.take(':'),
                    other => return Err(invalid(other, "after object key")),
                }
            }
            self.value()?;
            match self.next()? {
                ',' => self.take(','),
                end if end == close => {
                    self.take(close);
                    return Ok(());
                }
                other if keyed => return Err(invalid(other, "after object key:value pair")),
                other => return Err(invalid(other, "after array element")),
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::fault;

    #[test]
    fn complaints_are_gos() {
        assert_eq!(fault(r#"{"a": [1, true, "x"]}"#), None);
        assert_eq!(fault("{bad").as_deref(), Some("invalid character 'b' looking for beginning of object key string"));
        assert_eq!(fault("{").as_deref(), Some("unexpected end of JSON input"));
        assert_eq!(fault("nope").as_deref(), Some("invalid character 'o' in literal null (expecting 'u')"));
        assert_eq!(fault("[1 2]").as_deref(), Some("invalid character '2' after array element"));
    }
}

//! Is this text a JSON object, and where does it end? The tree itself is read by the YAML parser,
//! of which JSON is a subset.

use super::MAX_DEPTH;

/// The answer.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum End {
    /// A whole object of that many bytes.
    At(usize),
    /// A beginning of one, and nothing more.
    Truncated,
    /// Something else.
    NotJson,
}

/// Looks at the object that `text` begins with.
pub(super) fn object_end(text: &str) -> End {
    let mut scan = Scan { bytes: text.as_bytes(), at: 0 };
    match scan.value(0) {
        Ok(()) => End::At(scan.at),
        Err(end) => end,
    }
}

struct Scan<'t> {
    bytes: &'t [u8],
    at: usize,
}

impl Scan<'_> {
    fn peek(&mut self) -> Result<u8, End> {
        while self.bytes.get(self.at).is_some_and(u8::is_ascii_whitespace) {
            self.at += 1;
        }
        self.bytes.get(self.at).copied().ok_or(End::Truncated)
    }

    fn take(&mut self, wanted: u8) -> Result<(), End> {
        if self.peek()? != wanted {
            return Err(End::NotJson);
        }
        self.at += 1;
        Ok(())
    }

    fn value(&mut self, depth: usize) -> Result<(), End> {
        if depth > MAX_DEPTH {
            return Err(End::NotJson);
        }
        match self.peek()? {
            b'{' => self.members(b'}', |scan| {
                scan.string()?;
                scan.take(b':')?;
                scan.value(depth + 1)
            }),
            b'[' => self.members(b']', |scan| scan.value(depth + 1)),
            b'"' => self.string(),
            b'-' | b'0'..=b'9' => self.number(),
            _ => self.word(),
        }
    }

    fn members(&mut self, close: u8, mut member: impl FnMut(&mut Self) -> Result<(), End>) -> Result<(), End> {
        self.at += 1;
        if self.peek()? == close {
            self.at += 1;
            return Ok(());
        }
        loop {
            member(self)?;
            if self.peek()? == close {
                self.at += 1;
                return Ok(());
            }
            self.take(b',')?;
        }
    }

    fn string(&mut self) -> Result<(), End> {
        self.take(b'"')?;
        loop {
            match self.bytes.get(self.at).ok_or(End::Truncated)? {
                b'"' => break,
                b'\\' => self.at += 2,
                0..0x20 => return Err(End::NotJson),
                _ => self.at += 1,
            }
        }
        self.at += 1;
        Ok(())
    }

    fn number(&mut self) -> Result<(), End> {
        let start = self.at;
        while self.bytes.get(self.at).is_some_and(|b| b"+-.eE0123456789".contains(b)) {
            self.at += 1;
        }
        let digits = self.bytes[start..self.at].strip_prefix(b"-").unwrap_or(&self.bytes[start..self.at]);
        let leading_zero = digits.len() > 1 && digits[0] == b'0' && digits[1].is_ascii_digit();
        let plain = digits.first().is_some_and(u8::is_ascii_digit) && digits.last().is_some_and(u8::is_ascii_digit);
        if plain && !leading_zero { Ok(()) } else { Err(End::NotJson) }
    }

    fn word(&mut self) -> Result<(), End> {
        for word in ["true", "false", "null"] {
            let rest = &self.bytes[self.at..];
            if rest.starts_with(word.as_bytes()) {
                self.at += word.len();
                return Ok(());
            }
            if word.as_bytes().starts_with(rest) {
                return Err(End::Truncated);
            }
        }
        Err(End::NotJson)
    }
}

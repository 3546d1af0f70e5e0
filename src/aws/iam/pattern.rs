//! Words with `*` and `?`, after policy variables have been put in.

use super::context::Context;
use std::borrow::Cow;
use std::ops::Range;

/// Whether letters of either case are the same.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Case {
    /// `a` is not `A`: resources, condition values.
    Exact,
    /// `a` is `A`: actions, condition keys.
    Ignore,
}

/// A policy variable that the request has no value for.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Unresolved {
    /// The key between the braces.
    pub key: String,
}

/// A word of a policy. What a variable put in is quoted: its `*` and `?` are letters.
#[derive(Debug)]
pub struct Pattern<'a> {
    text: Cow<'a, str>,
    quoted: Vec<Range<usize>>,
}

/// One place of a pattern.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Unit {
    Byte(u8),
    AnyOne,
    AnyRun,
}

impl<'a> Pattern<'a> {
    /// A pattern without variables.
    #[must_use]
    pub fn plain(text: &'a str) -> Self {
        Self { text: Cow::Borrowed(text), quoted: Vec::new() }
    }

    /// The pattern with its variables put in. `${*}`, `${?}` and `${$}` stand for the letters
    /// themselves; `${key, 'text'}` has a default (IAM User Guide, "IAM policy elements:
    /// Variables and tags").
    ///
    /// # Errors
    /// [`Unresolved`] when a variable has neither one value nor a default.
    pub fn expand(text: &'a str, context: &Context) -> Result<Self, Unresolved> {
        if !text.contains("${") {
            return Ok(Self::plain(text));
        }
        let (mut out, mut quoted, mut rest) = (String::new(), Vec::new(), text);
        while let Some((before, after)) = rest.split_once("${") {
            let Some((inside, tail)) = after.split_once('}') else { break };
            out.push_str(before);
            let start = out.len();
            out.push_str(&value_of(inside, context)?);
            quoted.push(start..out.len());
            rest = tail;
        }
        out.push_str(rest);
        Ok(Self { text: Cow::Owned(out), quoted })
    }

    /// The pattern's text.
    #[must_use]
    pub fn text(&self) -> &str {
        &self.text
    }

    /// Whether it is a bare `*`.
    #[must_use]
    pub fn is_any(&self) -> bool {
        self.text == "*" && self.quoted.is_empty()
    }

    /// Whether `text` is exactly the pattern's text, its `*` and `?` taken as letters.
    #[must_use]
    pub fn equals(&self, text: &str, case: Case) -> bool {
        match case {
            Case::Exact => self.text == text,
            Case::Ignore => self.text.to_lowercase() == text.to_lowercase(),
        }
    }

    /// Whether `text` fits the pattern.
    #[must_use]
    pub fn fits(&self, text: &str, case: Case) -> bool {
        self.fits_part(0..self.text.len(), text.as_bytes(), case)
    }

    /// Whether the ARN fits: each of the six parts between colons by itself. Parts that the
    /// pattern leaves out may be anything (IAM JSON policy elements: Resource).
    #[must_use]
    pub fn fits_arn(&self, arn: &str) -> bool {
        if self.is_any() {
            return true;
        }
        let mut parts = arn.splitn(6, ':');
        let mut start = 0;
        for number in 0..6 {
            let Some(part) = parts.next() else { return false };
            if start > self.text.len() {
                continue;
            }
            let rest = self.text.get(start..).unwrap_or_default();
            let length = if number == 5 { rest.len() } else { rest.find(':').unwrap_or(rest.len()) };
            if !self.fits_part(start..start + length, part.as_bytes(), Case::Exact) {
                return false;
            }
            start += length + 1;
        }
        true
    }

    fn unit(&self, at: usize, byte: u8) -> Unit {
        if !matches!(byte, b'*' | b'?') || self.quoted.iter().any(|range| range.contains(&at)) {
            return Unit::Byte(byte);
        }
        if byte == b'*' { Unit::AnyRun } else { Unit::AnyOne }
    }

    /// The usual walk with one point to come back to: the last `*`.
    fn fits_part(&self, range: Range<usize>, text: &[u8], case: Case) -> bool {
        let bytes = self.text.as_bytes();
        let unit = |at: usize| match bytes.get(at) {
            Some(byte) if at < range.end => Some(self.unit(at, *byte)),
            _ => None,
        };
        let (mut at, mut read) = (range.start, 0);
        let mut back: Option<(usize, usize)> = None;
        while let Some(letter) = text.get(read) {
            match unit(at) {
                Some(Unit::AnyRun) => {
                    back = Some((at, read));
                    at += 1;
                    continue;
                }
                Some(Unit::AnyOne) => {
                    at += 1;
                    read += width(*letter);
                    continue;
                }
                Some(Unit::Byte(byte)) if same(byte, *letter, case) => {
                    at += 1;
                    read += 1;
                    continue;
                }
                _ => {}
            }
            let Some((star, from)) = back else { return false };
            back = Some((star, from + 1));
            at = star + 1;
            read = from + 1;
        }
        while unit(at) == Some(Unit::AnyRun) {
            at += 1;
        }
        at >= range.end
    }
}

fn same(one: u8, other: u8, case: Case) -> bool {
    one == other || (case == Case::Ignore && one.eq_ignore_ascii_case(&other))
}

/// How many bytes the character has that begins with this byte.
fn width(first: u8) -> usize {
    match first {
        0xF0.. => 4,
        0xE0.. => 3,
        0xC0.. => 2,
        _ => 1,
    }
}

/// What stands for `${inside}`.
fn value_of(inside: &str, context: &Context) -> Result<String, Unresolved> {
    if matches!(inside, "*" | "?" | "$") {
        return Ok(inside.to_owned());
    }
    let (key, default) = match inside.split_once(',') {
        Some((key, text)) => (key.trim(), text.trim().strip_prefix('\'').and_then(|text| text.strip_suffix('\''))),
        None => (inside.trim(), None),
    };
    match (context.get(key).and_then(crate::document::Value::as_str), default) {
        (Some(value), _) => Ok(value.to_owned()),
        (None, Some(default)) => Ok(default.to_owned()),
        (None, None) => Err(Unresolved { key: key.to_owned() }),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn wildcards_fit_as_documented() {
        for (pattern, text, fits) in [
            ("s3:Get*", "s3:getobject", true),
            ("s3:*Object", "s3:GetObject", true),
            ("s3:G?tObject", "s3:GetObject", true),
            ("s3:GetObject?", "s3:GetObject", false),
            ("*", "", true),
            ("a*b*c", "aXXbYYbZc", true),
            ("a?c", "a한c", true),
        ] {
            assert_eq!(Pattern::plain(pattern).fits(text, Case::Ignore), fits, "{pattern} {text}");
        }
    }

    #[test]
    fn an_arn_is_compared_part_by_part() {
        for (pattern, fits) in [
            ("arn:aws:ec2:*:111122223333:instance/*", true),
            ("arn:aws:ec2:*:instance/*", false),
            ("arn:aws:ec2", true),
            ("arn:aws:ec2:eu-west-1", true),
            ("arn:aws:ec2:us-east-1", false),
            ("arn:aws:ec2:eu-west-1:111122223333:*/i-*", true),
            ("*", true),
        ] {
            let arn = "arn:aws:ec2:eu-west-1:111122223333:instance/i-1";
            assert_eq!(Pattern::plain(pattern).fits_arn(arn), fits, "{pattern}");
        }
        assert!(!Pattern::plain("arn:aws:s3:::*").fits_arn("*"), "an action without resource types needs `*`");
    }

    #[test]
    fn what_a_variable_brings_is_not_a_wildcard() {
        let context = Context::from([("aws:username", "*")]);
        let pattern = Pattern::expand("home/${AWS:UserName}/?", &context).expect("it has a value");
        assert!(pattern.fits("home/*/x", Case::Exact));
        assert!(!pattern.fits("home/anna/x", Case::Exact));
        let default = Pattern::expand("${aws:PrincipalTag/team, 'shared'}", &context).expect("it has a default");
        assert!(default.fits("shared", Case::Exact));
        assert_eq!(Pattern::expand("${nope}", &context).expect_err("neither").key, "nope");
    }
}

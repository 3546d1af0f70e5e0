//! Reads the types in the tables.

/// A parameter, or a member of a structure.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(in super::super) struct Member {
    /// Its name in the API.
    pub name: &'static str,
    /// Whether a request without it is not sent.
    pub required: bool,
    /// What it is.
    pub shape: Shape,
}

/// What a parameter is.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(in super::super) enum Shape {
    /// A text.
    Text,
    /// An integer.
    Integer,
    /// A boolean.
    Boolean,
    /// A number with a fraction.
    Decimal,
    /// Bytes, given as text or `fileb://`.
    Blob,
    /// A list.
    List(Box<Shape>),
    /// A structure.
    Struct(Vec<Member>),
    /// A map from text.
    Map(Box<Shape>),
}

/// The parameters of an operation. What cannot be read is left out (a test reads every table).
pub(super) fn members(text: &'static str) -> Vec<Member> {
    members_checked(text).unwrap_or_default()
}

pub(super) fn members_checked(text: &'static str) -> Result<Vec<Member>, String> {
    let mut reader = Reader { rest: text };
    let members = reader.members(None)?;
    if reader.rest.is_empty() { Ok(members) } else { Err(reader.rest.to_owned()) }
}

struct Reader {
    rest: &'static str,
}

impl Reader {
    fn members(&mut self, end: Option<char>) -> Result<Vec<Member>, String> {
        let mut members = Vec::new();
        loop {
            self.rest = self.rest.trim_start_matches(' ');
            if self.rest.is_empty() || end.is_some_and(|end| self.rest.starts_with(end)) {
                return Ok(members);
            }
            let (name, rest) = self.rest.split_once(':').ok_or(self.rest)?;
            self.rest = rest;
            let shape = self.shape()?;
            members.push(Member { name: name.trim_end_matches('!'), required: name.ends_with('!'), shape });
        }
    }

    fn shape(&mut self) -> Result<Shape, String> {
        let first = self.rest.chars().next().ok_or("a type is missing")?;
        self.rest = &self.rest[first.len_utf8()..];
        let shape = match first {
            's' => Shape::Text,
            'i' => Shape::Integer,
            'b' => Shape::Boolean,
            'd' => Shape::Decimal,
            'B' => Shape::Blob,
            '[' => Shape::List(Box::new(self.closed(']')?)),
            '<' => Shape::Map(Box::new(self.closed('>')?)),
            '{' => {
                let members = self.members(Some('}'))?;
                self.close('}')?;
                Shape::Struct(members)
            }
            other => return Err(format!("unknown type {other}")),
        };
        Ok(shape)
    }

    fn closed(&mut self, end: char) -> Result<Shape, String> {
        let shape = self.shape()?;
        self.close(end)?;
        Ok(shape)
    }

    fn close(&mut self, end: char) -> Result<(), String> {
        self.rest = self.rest.strip_prefix(end).ok_or_else(|| format!("{end} expected at {}", self.rest))?;
        Ok(())
    }
}

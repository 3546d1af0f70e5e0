//! Patterns as parameters are checked with: regular expressions of the Java kind.
//!
//! Own code and no library: what templates use is small (classes, groups, repetition, looking
//! ahead, which small engines refuse), and a library would weigh more than all the rest of a
//! template's reading. It backtracks, within a limit.

const STEPS_MAX: u32 = 20_000;

/// Whether `text` as a whole matches. A pattern that cannot be read matches nothing.
// Source: CloudFormation User Guide, "Parameters", AllowedPattern: Java's syntax, anchored.
#[must_use]
pub fn matches_whole(pattern: &str, text: &str) -> bool {
    let mut reader = Reader { text: pattern.chars().collect(), at: 0 };
    let Some(pattern) = reader.choice() else { return false };
    if reader.at < reader.text.len() {
        return false;
    }
    let text: Vec<char> = text.chars().collect();
    let mut search = Search { text: &text, steps: 0 };
    search.choice(&pattern, 0, &mut |search, at| at == search.text.len())
}

#[derive(Debug)]
enum Item {
    Any,
    Char(char),
    Class { ranges: Vec<(char, char)>, is_negated: bool },
    Start,
    End,
    Boundary(bool),
    Group(Vec<Vec<Piece>>),
    Ahead { choice: Vec<Vec<Piece>>, is_negated: bool },
}

#[derive(Debug)]
struct Piece {
    item: Item,
    least: u32,
    most: u32,
    is_lazy: bool,
}

struct Reader {
    text: Vec<char>,
    at: usize,
}

impl Reader {
    fn peek(&self) -> Option<char> {
        self.text.get(self.at).copied()
    }

    fn next(&mut self) -> Option<char> {
        let next = self.peek()?;
        self.at += 1;
        Some(next)
    }

    fn takes(&mut self, wanted: char) -> bool {
        let found = self.peek() == Some(wanted);
        self.at += usize::from(found);
        found
    }

    fn choice(&mut self) -> Option<Vec<Vec<Piece>>> {
        let mut branches = vec![self.branch()?];
        while self.takes('|') {
            branches.push(self.branch()?);
        }
        Some(branches)
    }

    fn branch(&mut self) -> Option<Vec<Piece>> {
        let mut pieces = Vec::new();
        while self.peek().is_some_and(|next| next != '|' && next != ')') {
            let item = self.item()?;
            let (least, most) = self.count()?;
            let is_lazy = self.takes('?');
            // Possessive: taken as greedy.
            let _ = !is_lazy && self.takes('+');
            pieces.push(Piece { item, least, most, is_lazy });
        }
        Some(pieces)
    }

    fn count(&mut self) -> Option<(u32, u32)> {
        Some(match self.peek() {
            Some('*') => (self.next().map(|_| 0)?, u32::MAX),
            Some('+') => (self.next().map(|_| 1)?, u32::MAX),
            Some('?') => (self.next().map(|_| 0)?, 1),
            Some('{') => {
                let close = self.text.iter().skip(self.at).position(|it| *it == '}')? + self.at;
                let inside: String = self.text.get(self.at + 1..close)?.iter().collect();
                self.at = close + 1;
                match inside.split_once(',') {
                    None => (inside.parse().ok()?, inside.parse().ok()?),
                    Some((least, "")) => (least.parse().ok()?, u32::MAX),
                    Some((least, most)) => (least.parse().ok()?, most.parse().ok()?),
                }
            }
            _ => (1, 1),
        })
    }

    fn item(&mut self) -> Option<Item> {
        Some(match self.next()? {
            '.' => Item::Any,
            '^' => Item::Start,
            '$' => Item::End,
            '[' => self.class()?,
            '(' => self.group()?,
            '\\' => match self.next()? {
                'b' => Item::Boundary(true),
                'B' => Item::Boundary(false),
                'A' => Item::Start,
                'z' | 'Z' => Item::End,
                other => match named_class(other) {
                    Some((ranges, is_negated)) => Item::Class { ranges, is_negated },
                    None => Item::Char(escaped(other)),
                },
            },
            '*' | '+' | '?' => return None,
            other => Item::Char(other),
        })
    }

    fn group(&mut self) -> Option<Item> {
        let mut ahead = None;
        if self.takes('?') {
            match self.next()? {
                ':' => {}
                '=' => ahead = Some(false),
                '!' => ahead = Some(true),
                '<' if self.peek().is_some_and(|it| it != '=' && it != '!') => while self.next()? != '>' {},
                _ => return None,
            }
        }
        let choice = self.choice()?;
        if !self.takes(')') {
            return None;
        }
        Some(match ahead {
            None => Item::Group(choice),
            Some(is_negated) => Item::Ahead { choice, is_negated },
        })
    }

    fn class(&mut self) -> Option<Item> {
        let is_negated = self.takes('^');
        let mut ranges = Vec::new();
        let mut is_first = true;
        loop {
            let from = match self.next()? {
                ']' if !is_first => return Some(Item::Class { ranges, is_negated }),
                '\\' => {
                    let escape = self.next()?;
                    if let Some((more, negated)) = named_class(escape) {
                        if negated {
                            return None;
                        }
                        ranges.extend(more);
                        is_first = false;
                        continue;
                    }
                    escaped(escape)
                }
                other => other,
            };
            is_first = false;
            let is_range = self.peek() == Some('-') && self.text.get(self.at + 1).is_some_and(|it| *it != ']');
            if !is_range {
                ranges.push((from, from));
                continue;
            }
            self.at += 1;
            let to = match self.next()? {
                '\\' => escaped(self.next()?),
                other => other,
            };
            ranges.push((from, to));
        }
    }
}

fn escaped(letter: char) -> char {
    match letter {
        'n' => '\n',
        't' => '\t',
        'r' => '\r',
        'f' => '\u{c}',
        other => other,
    }
}

fn named_class(letter: char) -> Option<(Vec<(char, char)>, bool)> {
    let ranges = match letter.to_ascii_lowercase() {
        'd' => vec![('0', '9')],
        'w' => vec![('a', 'z'), ('A', 'Z'), ('0', '9'), ('_', '_')],
        's' => vec![(' ', ' '), ('\t', '\r')],
        _ => return None,
    };
    Some((ranges, letter.is_ascii_uppercase()))
}

struct Search<'t> {
    text: &'t [char],
    steps: u32,
}

type Then<'f> = &'f mut dyn FnMut(&mut Search<'_>, usize) -> bool;

impl Search<'_> {
    fn choice(&mut self, branches: &[Vec<Piece>], at: usize, then: Then<'_>) -> bool {
        branches.iter().any(|branch| self.branch(branch, at, then))
    }

    fn branch(&mut self, pieces: &[Piece], at: usize, then: Then<'_>) -> bool {
        match pieces.split_first() {
            None => then(self, at),
            Some((piece, rest)) => {
                self.times(piece, 0, at, &mut |search: &mut Search<'_>, at| search.branch(rest, at, then))
            }
        }
    }

    fn times(&mut self, piece: &Piece, done: u32, at: usize, then: Then<'_>) -> bool {
        self.steps += 1;
        if self.steps > STEPS_MAX {
            return false;
        }
        if done >= piece.least && piece.is_lazy && then(self, at) {
            return true;
        }
        let goes_on = done < piece.most
            && self.item(&piece.item, at, &mut |search, next| {
                // What takes nothing need not be taken again.
                (next > at || done < piece.least) && search.times(piece, done + 1, next, then)
            });
        goes_on || (done >= piece.least && !piece.is_lazy && then(self, at))
    }

    fn item(&mut self, item: &Item, at: usize, then: Then<'_>) -> bool {
        let here = self.text.get(at).copied();
        let is_word = |place: Option<&char>| place.is_some_and(|it| it.is_ascii_alphanumeric() || *it == '_');
        match item {
            Item::Any => here.is_some_and(|it| it != '\n') && then(self, at + 1),
            Item::Char(wanted) => here == Some(*wanted) && then(self, at + 1),
            Item::Class { ranges, is_negated } => {
                let found = here.is_some_and(|it| ranges.iter().any(|(from, to)| (*from..=*to).contains(&it)));
                here.is_some() && found != *is_negated && then(self, at + 1)
            }
            Item::Start => at == 0 && then(self, at),
            Item::End => at == self.text.len() && then(self, at),
            Item::Boundary(wanted) => {
                let before = at.checked_sub(1).and_then(|place| self.text.get(place));
                (is_word(before) != is_word(self.text.get(at))) == *wanted && then(self, at)
            }
            Item::Group(choice) => self.choice(choice, at, then),
            Item::Ahead { choice, is_negated } => {
                let found = self.choice(choice, at, &mut |_, _| true);
                found != *is_negated && then(self, at)
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::matches_whole;

    #[test]
    fn patterns_of_templates() {
        for (pattern, yes, no) in [
            ("[a-z][a-z0-9-]*", "shop-1", "Shop"),
            (
                r"^(([0-9]|[1-9][0-9]|1[0-9]{2}|2[0-4][0-9]|25[0-5])\.){3}([0-9]{1,3})(\/(1[6-9]|2[0-8]))$",
                "10.0.0.0/16",
                "10.0.0.0/8",
            ),
            (r"(\d{1,3})\.(\d{1,3})\.(\d{1,3})\.(\d{1,3})/(\d{1,2})", "10.0.0.0/16", "10.0.0/16"),
            ("^(?!-)[A-Za-z0-9-]+$", "a-b", "-a"),
            (".+", "x", ""),
            ("^$|arn:aws:iam::[0-9]{12}:role/.*", "", "role"),
            ("(a|ab)(c|bcd)d*", "abcd", "abd"),
            (r"\w+@[\w.]+", "a@b.c", "a b"),
        ] {
            assert!(matches_whole(pattern, yes), "{pattern} {yes}");
            assert!(!matches_whole(pattern, no), "{pattern} {no}");
        }
        assert!(!matches_whole("(a*)*b", &"a".repeat(60)), "and it ends");
        assert!(!matches_whole("[", "["));
    }
}

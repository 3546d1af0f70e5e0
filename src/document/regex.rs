//! Regular expressions, for `grep`, `sed` and the patterns of schemas.
// Models POSIX.1 XBD 9 Regular Expressions, with the extended grammar's signs behind `\` in the basic one.

/// More steps than this, and a text is said not to match: no expression stops the page.
const STEPS_MAX: u32 = 200_000;

enum Node {
    One(char),
    Any,
    Class { negated: bool, ranges: Vec<(char, char)> },
    Start,
    End,
    Edge,
    Group(usize, Vec<Vec<Node>>),
    Repeat { node: Box<Node>, least: usize, most: usize },
}

/// An expression that has been read.
pub struct Regex {
    ways: Vec<Vec<Node>>,
    ignores_case: bool,
    groups: usize,
}

struct Reader<'a> {
    rest: std::iter::Peekable<std::str::Chars<'a>>,
    extended: bool,
    /// Whether `\\` means something between brackets, and `(?:` groups without counting.
    go: bool,
    groups: usize,
}

impl Regex {
    /// Reads an expression; `extended` is what `grep -E` speaks.
    ///
    /// # Errors
    /// What is wrong with it, as grep says it.
    pub fn new(text: &str, extended: bool, ignores_case: bool) -> Result<Self, String> {
        let folded = if ignores_case { text.to_lowercase() } else { text.to_owned() };
        let mut reader = Reader { rest: folded.chars().peekable(), extended, go: false, groups: 0 };
        let ways = reader.ways(false)?;
        Ok(Self { ways, ignores_case, groups: reader.groups })
    }

    /// Reads an expression as Go does: the common part of RE2's syntax.
    ///
    /// # Errors
    /// What is wrong with it.
    // Models github.com/google/re2 doc/syntax.txt
    pub fn go(text: &str) -> Result<Self, String> {
        let mut reader = Reader { rest: text.chars().peekable(), extended: true, go: true, groups: 0 };
        let ways = reader.ways(false)?;
        Ok(Self { ways, ignores_case: false, groups: reader.groups })
    }

    /// An expression that stands for itself.
    pub fn fixed(text: &str, ignores_case: bool) -> Self {
        let folded = if ignores_case { text.to_lowercase() } else { text.to_owned() };
        Self { ways: vec![folded.chars().map(Node::One).collect()], ignores_case, groups: 0 }
    }

    /// The first place at or after `from` where it matches: its bounds and those of its groups, in
    /// characters.
    pub fn find(&self, text: &[char], from: usize) -> Option<Vec<Option<(usize, usize)>>> {
        let folded: Vec<char>;
        let text = if self.ignores_case {
            folded = text.iter().map(|c| c.to_lowercase().next().unwrap_or(*c)).collect();
            &folded
        } else {
            text
        };
        let mut walk = Walk { text, groups: vec![None; self.groups + 1], steps: 0 };
        (from..=text.len()).find_map(|start| {
            let mut end = None;
            let matched = self.ways.iter().any(|way| {
                walk.all(way, start, &mut |_, at| {
                    end = Some(at);
                    true
                })
            });
            if !matched {
                return None;
            }
            let mut groups = walk.groups.clone();
            if let (Some(whole), Some(end)) = (groups.first_mut(), end) {
                *whole = Some((start, end));
            }
            Some(groups)
        })
    }

    /// Whether it matches anywhere.
    pub fn is_in(&self, text: &str) -> bool {
        self.find(&text.chars().collect::<Vec<_>>(), 0).is_some()
    }
}

impl Reader<'_> {
    /// Alternatives up to the end, or up to the parenthesis that closes a group.
    fn ways(&mut self, inside: bool) -> Result<Vec<Vec<Node>>, String> {
        let mut ways = vec![Vec::new()];
        loop {
            let Some((sign, is_special)) = self.next() else {
                return if inside { Err("Unmatched ( or \\(".to_owned()) } else { Ok(ways) };
            };
            let Some(way) = ways.last_mut() else { return Ok(ways) };
            let node = match (sign, is_special) {
                ('|', true) => {
                    ways.push(Vec::new());
                    continue;
                }
                (')', true) if inside => return Ok(ways),
                ('(', true) if self.go && self.is_uncounted() => Node::Group(usize::MAX, self.ways(true)?),
                ('(', true) => {
                    self.groups += 1;
                    let index = self.groups;
                    Node::Group(index, self.ways(true)?)
                }
                ('*' | '+' | '?', true) => {
                    match way.pop() {
                        Some(node) => way.push(repeat(node, sign)),
                        None => way.push(Node::One(sign)),
                    }
                    continue;
                }
                ('{', true) => {
                    let node = way.pop();
                    match (node, self.times()) {
                        (Some(node), Some((least, most))) => {
                            way.push(Node::Repeat { node: Box::new(node), least, most });
                        }
                        (node, _) => {
                            way.extend(node);
                            way.push(Node::One('{'));
                        }
                    }
                    continue;
                }
                ('.', true) => Node::Any,
                ('^', true) => Node::Start,
                ('$', true) => Node::End,
                ('[', true) => self.class()?,
                ('b' | '<' | '>', true) => Node::Edge,
                ('d' | 'D' | 'w' | 'W' | 's' | 'S', true) => {
                    Node::Class { negated: sign.is_ascii_uppercase(), ranges: named(sign).to_vec() }
                }
                (other, _) => Node::One(other),
            };
            way.push(node);
        }
    }

    /// The next sign, and whether it means more than itself.
    fn next(&mut self) -> Option<(char, bool)> {
        let sign = self.rest.next()?;
        if sign != '\\' {
            let extended_only = matches!(sign, '|' | '(' | ')' | '+' | '?' | '{');
            return Some((sign, matches!(sign, '.' | '*' | '^' | '$' | '[') || extended_only && self.extended));
        }
        let escaped = self.rest.next()?;
        let extended_only = matches!(escaped, '|' | '(' | ')' | '+' | '?' | '{');
        let class = matches!(escaped, 'b' | '<' | '>' | 'w' | 'W' | 's' | 'S' | 'd' | 'D');
        Some((escaped, class || extended_only && !self.extended))
    }

    /// Takes the rest of `(?:`.
    fn is_uncounted(&mut self) -> bool {
        let mut ahead = self.rest.clone();
        let found = ahead.next() == Some('?') && ahead.next() == Some(':');
        if found {
            self.rest = ahead;
        }
        found
    }

    /// `3}`, `3,}` or `3,5}`, if that is what comes.
    fn times(&mut self) -> Option<(usize, usize)> {
        let mut ahead = self.rest.clone();
        let inside: String = ahead.by_ref().take_while(|sign| *sign != '}').collect();
        let inside = inside.trim_end_matches('\\');
        let (least, most) = inside.split_once(',').unwrap_or((inside, inside));
        let least = least.parse().ok()?;
        let most = if most.is_empty() { usize::MAX } else { most.parse().ok()? };
        self.rest = ahead;
        Some((least, most))
    }

    fn class(&mut self) -> Result<Node, String> {
        let negated = self.rest.next_if_eq(&'^').is_some();
        let mut ranges = Vec::new();
        while let Some(first) = self.rest.next() {
            if first == ']' && !ranges.is_empty() {
                return Ok(Node::Class { negated, ranges });
            }
            if first == '[' && self.rest.peek() == Some(&':') {
                let name: String = self.rest.by_ref().skip(1).take_while(|c| *c != ':').collect();
                self.rest.next();
                ranges.extend_from_slice(match name.as_str() {
                    "digit" => &[('0', '9')],
                    "alpha" => &[('a', 'z'), ('A', 'Z')],
                    "alnum" => &[('a', 'z'), ('A', 'Z'), ('0', '9')],
                    "upper" => &[('A', 'Z')],
                    "lower" => &[('a', 'z')],
                    "space" | "blank" => &[(' ', ' '), ('\t', '\t')],
                    _ => return Err("Invalid character class name".to_owned()),
                });
                continue;
            }
            if first == '\\' && self.go {
                match self.rest.next() {
                    Some(sign @ ('d' | 'w' | 's')) => ranges.extend_from_slice(named(sign)),
                    Some('t') => ranges.push(('\t', '\t')),
                    Some(other) => ranges.push((other, other)),
                    None => {}
                }
                continue;
            }
            let mut last = first;
            let mut ahead = self.rest.clone();
            if ahead.next() == Some('-')
                && let Some(end) = ahead.next().filter(|end| *end != ']')
            {
                last = end;
                self.rest = ahead;
            }
            ranges.push((first, last));
        }
        Err("Unmatched [, [^, [:, [., or [=".to_owned())
    }
}

/// The characters of `\d`, `\w` and `\s`.
fn named(sign: char) -> &'static [(char, char)] {
    match sign.to_ascii_lowercase() {
        'd' => &[('0', '9')],
        'w' => &[('a', 'z'), ('A', 'Z'), ('0', '9'), ('_', '_')],
        _ => &[(' ', ' '), ('\t', '\r')],
    }
}

fn repeat(node: Node, sign: char) -> Node {
    let (least, most) = match sign {
        '*' => (0, usize::MAX),
        '+' => (1, usize::MAX),
        _ => (0, 1),
    };
    Node::Repeat { node: Box::new(node), least, most }
}

struct Walk<'a> {
    text: &'a [char],
    groups: Vec<Option<(usize, usize)>>,
    steps: u32,
}

type Then<'t, 'a> = &'t mut dyn FnMut(&mut Walk<'a>, usize) -> bool;

impl<'a> Walk<'a> {
    /// Whether the nodes match from `at`, and what follows agrees.
    fn all(&mut self, nodes: &[Node], at: usize, then: Then<'_, 'a>) -> bool {
        self.steps += 1;
        if self.steps > STEPS_MAX {
            return false;
        }
        let Some((node, rest)) = nodes.split_first() else { return then(self, at) };
        self.one(node, at, &mut |walk, at| walk.all(rest, at, &mut *then))
    }

    fn one(&mut self, node: &Node, at: usize, then: Then<'_, 'a>) -> bool {
        let here = self.text.get(at).copied();
        match node {
            Node::One(wanted) => here == Some(*wanted) && then(self, at + 1),
            Node::Any => here.is_some() && then(self, at + 1),
            Node::Class { negated, ranges } => {
                let fits = |c: char| ranges.iter().any(|(first, last)| (*first..=*last).contains(&c)) != *negated;
                here.is_some_and(fits) && then(self, at + 1)
            }
            Node::Start => at == 0 && then(self, at),
            Node::End => here.is_none() && then(self, at),
            Node::Edge => {
                let is_word = |c: Option<&char>| c.is_some_and(|c| c.is_alphanumeric() || *c == '_');
                let before = at.checked_sub(1).and_then(|at| self.text.get(at));
                is_word(before) != is_word(here.as_ref()) && then(self, at)
            }
            Node::Group(index, ways) => ways.iter().any(|way| {
                let before = self.groups.get(*index).copied().flatten();
                let matched = self.all(way, at, &mut |walk, end| {
                    if let Some(group) = walk.groups.get_mut(*index) {
                        *group = Some((at, end));
                    }
                    then(walk, end)
                });
                if !matched && let Some(group) = self.groups.get_mut(*index) {
                    *group = before;
                }
                matched
            }),
            Node::Repeat { node, least, most } => self.repeated(node, *least, *most, at, then),
        }
    }

    /// As often as it goes; then less often.
    fn repeated(&mut self, node: &Node, least: usize, most: usize, at: usize, then: Then<'_, 'a>) -> bool {
        self.steps += 1;
        if self.steps > STEPS_MAX {
            return false;
        }
        let more = most > 0
            && self.one(node, at, &mut |walk, next| {
                next > at && walk.repeated(node, least.saturating_sub(1), most.saturating_sub(1), next, &mut *then)
            });
        more || least == 0 && then(self, at)
    }
}

#[cfg(test)]
mod tests {
    use super::Regex;

    #[test]
    fn expressions_match_as_grep_matches() {
        for (expression, extended, text, wanted) in [
            ("web", false, "my-web-1", true),
            ("^web", false, "my-web", false),
            ("w.b$", false, "my-web", true),
            ("a\\|b", false, "b", true),
            ("a|b", true, "b", true),
            ("a|b", false, "b", false),
            ("[0-9]+", true, "pod-12", true),
            ("[^a-z]", false, "abc", false),
            ("(ab)+c", true, "xababc", true),
            ("Running|Pending", true, "0/1 Pending", true),
            ("\\bweb\\b", false, "web-1", true),
            ("(x+x+)+y", true, "xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx", false),
        ] {
            let regex = Regex::new(expression, extended, false).expect("it can be read");
            assert_eq!(regex.is_in(text), wanted, "{expression} in {text}");
        }
        for (expression, text, wanted) in [
            (r"^(\d+|\*)(/\d+)?(\s+(\d+|\*)(/\d+)?){4}$", "* * * * */5", true),
            (r"^(\d+|\*)(/\d+)?(\s+(\d+|\*)(/\d+)?){4}$", "* * * *", false),
            (r"^(?:a|b){2,3}$", "abab", false),
            (r"^(?:a|b){2,3}$", "aba", true),
            (r"^[\w.-]+$", "web-1.x", true),
        ] {
            let regex = Regex::go(expression).expect("it can be read");
            assert_eq!(regex.is_in(text), wanted, "{expression} in {text}");
        }
        assert!(Regex::new("[", false, false).is_err());
        assert!(Regex::new("READY", false, true).is_ok_and(|regex| regex.is_in("ready")));
    }
}

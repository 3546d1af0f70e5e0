//! The grammar of a command line: `;`, `&`, `&&`, `||`, pipes, `for`, `while`, `if`, groups,
//! redirections and here-documents. `words` reads single words.
// Models POSIX.1 XCU 2 Shell Command Language, the part that tutorials use.

mod words;

use std::cell::RefCell;
use std::rc::Rc;

/// A piece of a word.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(super) enum Part {
    /// Text as it stands.
    Text(String),
    /// `$name`, `$?`, `${name:-other}`; split into words where it is not quoted.
    Variable { name: String, otherwise: Option<String>, quoted: bool },
    /// `*` or `?` that is not quoted: it stands for names of files.
    Glob(char),
    /// `$(line)`; split into words where it is not quoted.
    Command { line: String, quoted: bool },
    /// `$((expression))`.
    Arithmetic(String),
    /// `{a,b}` and `{1..3}`: a word for each.
    Braces(Vec<String>),
}

/// One word before expansion. A quoted empty word is one empty part.
pub(super) type Word = Vec<Part>;

#[derive(Clone, PartialEq, Eq, Debug)]
pub(super) enum Redirection {
    From(Word),
    Into { file: Word, append: bool, errors: bool },
    Here { text: Rc<RefCell<String>>, expand: bool },
    HereWord(Word),
    ErrorsAway,
    ErrorsToOutput,
    OutputToErrors,
}

/// What runs: a command's words, or a compound of other lists.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(super) enum What {
    Simple(Vec<Word>),
    For { name: String, words: Vec<Word>, body: List },
    While { until: bool, test: List, body: List },
    If { branches: Vec<(List, List)>, otherwise: List },
    Group { body: List, is_subshell: bool },
}

#[derive(Clone, PartialEq, Eq, Debug)]
pub(super) struct Command {
    pub what: What,
    pub redirections: Vec<Redirection>,
}

#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) enum Joint {
    Always,
    And,
    Or,
}

#[derive(Clone, PartialEq, Eq, Debug)]
pub(super) struct Pipeline {
    pub joint: Joint,
    pub commands: Vec<Command>,
    pub negated: bool,
}

/// Pipelines joined by `&&` and `||`.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(super) struct Chain {
    pub pipelines: Vec<Pipeline>,
    /// Ended by `&`: nobody waits for it.
    pub is_background: bool,
    /// As it was written.
    pub text: String,
}

pub(super) type List = Vec<Chain>;

#[derive(Clone, PartialEq, Eq, Debug)]
pub(super) enum Fault {
    /// The text goes on: a quote, a substitution or a here-document is open.
    Unfinished,
    /// This does not belong here.
    Unexpected(String),
}

/// Whether a text is a whole line, or one that goes on (open quote, open here-document, open loop,
/// `\` or `&&` at the end).
#[must_use]
pub fn is_complete(text: &str) -> bool {
    !text.trim_end_matches([' ', '\t']).ends_with('\\') && parse(text) != Err(Fault::Unfinished)
}

/// Reads a text.
pub(super) fn parse(text: &str) -> Result<List, Fault> {
    let mut reader = Reader { text, at: 0, pending: Vec::new() };
    let list = reader.list(&[])?;
    if let Some(sign) = reader.rest().chars().next() {
        return Err(Fault::Unexpected(sign.to_string()));
    }
    if reader.pending.is_empty() { Ok(list) } else { Err(Fault::Unfinished) }
}

/// A here-document whose text begins on the next line.
struct Pending {
    end: String,
    text: Rc<RefCell<String>>,
    /// `<<-`: tabs at the beginnings of its lines do not count.
    strips: bool,
}

pub(super) struct Reader<'a> {
    text: &'a str,
    at: usize,
    pending: Vec<Pending>,
}

/// Words that mean something where a command begins.
const RESERVED: [&str; 10] = ["then", "else", "elif", "fi", "do", "done", "}", "in", "esac", "case"];

impl<'a> Reader<'a> {
    fn rest(&self) -> &'a str {
        self.text.get(self.at..).unwrap_or_default()
    }

    fn next(&mut self) -> Option<char> {
        let character = self.rest().chars().next()?;
        self.at += character.len_utf8();
        Some(character)
    }

    fn skip_blanks(&mut self) {
        loop {
            let rest = self.rest();
            let blanks = rest.len() - rest.trim_start_matches([' ', '\t', '\r']).len();
            let continued = rest[blanks..].starts_with("\\\n");
            self.at += blanks + if continued { 2 } else { 0 };
            if !continued {
                break;
            }
        }
        if self.rest().starts_with('#') {
            self.at += self.rest().find('\n').unwrap_or(self.rest().len());
        }
    }

    /// Blanks, comments and ends of lines, with the here-documents that begin behind them.
    fn skip_lines(&mut self) -> Result<(), Fault> {
        loop {
            self.skip_blanks();
            if !self.rest().starts_with('\n') {
                return Ok(());
            }
            self.at += 1;
            self.here_documents()?;
        }
    }

    /// The reserved word that stands here.
    fn reserved(&self, word: &str) -> bool {
        self.rest().strip_prefix(word).is_some_and(|rest| {
            rest.is_empty() || rest.starts_with([' ', '\t', '\r', '\n', ';', '&', '|', ')', '(', '<', '>'])
        })
    }

    fn take(&mut self, word: &str) -> bool {
        let is_there = self.reserved(word);
        self.at += if is_there { word.len() } else { 0 };
        is_there
    }

    /// The reserved word must stand here.
    fn expect(&mut self, word: &str) -> Result<(), Fault> {
        self.skip_lines()?;
        if self.take(word) { Ok(()) } else { Err(self.unexpected()) }
    }

    fn unexpected(&self) -> Fault {
        let rest = self.rest();
        if rest.is_empty() {
            return Fault::Unfinished;
        }
        let sign = ["&&", "||", ";;", ">>", "<<"].into_iter().find(|sign| rest.starts_with(sign));
        let word = rest.split([' ', '\t', '\n', ';', '&', '|', '(', ')', '<', '>']).next().unwrap_or_default();
        Fault::Unexpected(match (sign, word) {
            (Some(sign), _) => sign.to_owned(),
            (None, "") if rest.starts_with('\n') => "newline".to_owned(),
            (None, "") => rest.chars().take(1).collect(),
            (None, word) => word.to_owned(),
        })
    }

    /// Commands up to one of these words, which is left where it stands; to the end of the text
    /// where none is given.
    fn list(&mut self, ends: &[&str]) -> Result<List, Fault> {
        let mut list = List::new();
        loop {
            self.skip_lines()?;
            if self.rest().is_empty() {
                return if ends.is_empty() { Ok(list) } else { Err(Fault::Unfinished) };
            }
            let is_end = |end: &&str| if *end == ")" { self.rest().starts_with(')') } else { self.reserved(end) };
            if ends.iter().any(is_end) {
                return if list.is_empty() { Err(self.unexpected()) } else { Ok(list) };
            }
            let start = self.at;
            let pipelines = self.chain()?;
            let text = self.text.get(start..self.at).unwrap_or_default().trim_end().to_owned();
            self.skip_blanks();
            let rest = self.rest();
            let is_background = rest.starts_with('&');
            list.push(Chain { pipelines, is_background, text });
            if rest.starts_with(";;") {
                return Err(self.unexpected());
            }
            if is_background || rest.starts_with(';') {
                self.at += 1;
            } else if !rest.is_empty() && !rest.starts_with(['\n', ')']) && !ends.iter().any(|end| self.reserved(end)) {
                return Err(self.unexpected());
            } else if rest.starts_with(')') && !ends.contains(&")") {
                return Err(self.unexpected());
            }
        }
    }

    fn chain(&mut self) -> Result<Vec<Pipeline>, Fault> {
        let mut joint = Joint::Always;
        let mut chain = Vec::new();
        loop {
            chain.push(self.pipeline(joint)?);
            self.skip_blanks();
            joint = match self.rest() {
                rest if rest.starts_with("&&") => Joint::And,
                rest if rest.starts_with("||") => Joint::Or,
                _ => return Ok(chain),
            };
            self.at += 2;
            self.skip_lines()?;
        }
    }

    fn pipeline(&mut self, joint: Joint) -> Result<Pipeline, Fault> {
        let mut negated = false;
        while self.take("!") {
            negated = !negated;
            self.skip_blanks();
        }
        let mut commands = vec![self.command()?];
        loop {
            self.skip_blanks();
            let rest = self.rest();
            if !rest.starts_with('|') || rest.starts_with("||") {
                return Ok(Pipeline { joint, commands, negated });
            }
            self.at += 1;
            if self.rest().starts_with('&') {
                self.at += 1;
                if let Some(last) = commands.last_mut() {
                    last.redirections.push(Redirection::ErrorsToOutput);
                }
            }
            self.skip_lines()?;
            commands.push(self.command()?);
        }
    }

    fn command(&mut self) -> Result<Command, Fault> {
        self.skip_blanks();
        let compound = if self.rest().starts_with('(') {
            self.at += 1;
            let body = self.list(&[")"])?;
            self.at += 1;
            Some(What::Group { body, is_subshell: true })
        } else if self.take("{") {
            let body = self.list(&["}"])?;
            self.at += 1;
            Some(What::Group { body, is_subshell: false })
        } else if self.take("for") {
            Some(self.for_loop()?)
        } else if self.reserved("while") || self.reserved("until") {
            let until = self.take("until") || !self.take("while");
            let test = self.list(&["do"])?;
            Some(What::While { until, test, body: self.body()? })
        } else if self.take("if") {
            Some(self.branches()?)
        } else {
            None
        };
        let mut redirections = Vec::new();
        if let Some(what) = compound {
            loop {
                self.skip_blanks();
                match self.redirection()? {
                    Some(redirection) => redirections.push(redirection),
                    None => return Ok(Command { what, redirections }),
                }
            }
        }
        if RESERVED.iter().any(|word| *word != "in" && self.reserved(word)) {
            return Err(self.unexpected());
        }
        let mut words = Vec::new();
        loop {
            self.skip_blanks();
            let rest = self.rest();
            if let Some(redirection) = self.redirection()? {
                redirections.push(redirection);
            } else if rest.is_empty() || rest.starts_with([';', '&', '|', '\n', '(', ')', '<', '>']) {
                break;
            } else {
                words.push(self.word()?);
            }
        }
        let is_call = self.rest().starts_with('(') && !words.is_empty();
        if is_call || (words.is_empty() && redirections.is_empty()) {
            return Err(self.unexpected());
        }
        Ok(Command { what: What::Simple(words), redirections })
    }

    /// `do … done`.
    fn body(&mut self) -> Result<List, Fault> {
        self.expect("do")?;
        let body = self.list(&["done"])?;
        self.expect("done")?;
        Ok(body)
    }

    fn for_loop(&mut self) -> Result<What, Fault> {
        self.skip_blanks();
        let length = self.rest().find(|c: char| !c.is_ascii_alphanumeric() && c != '_').unwrap_or(self.rest().len());
        if length == 0 {
            return Err(self.unexpected());
        }
        let name = self.rest()[..length].to_owned();
        self.at += length;
        self.expect("in")?;
        let mut words = Vec::new();
        loop {
            self.skip_blanks();
            let rest = self.rest();
            if rest.is_empty() {
                return Err(Fault::Unfinished);
            }
            if rest.starts_with([';', '\n']) {
                self.at += usize::from(rest.starts_with(';'));
                break;
            }
            words.push(self.word()?);
        }
        Ok(What::For { name, words, body: self.body()? })
    }

    fn branches(&mut self) -> Result<What, Fault> {
        let mut branches = Vec::new();
        loop {
            let test = self.list(&["then"])?;
            self.expect("then")?;
            let body = self.list(&["elif", "else", "fi"])?;
            branches.push((test, body));
            if self.take("elif") {
                continue;
            }
            let otherwise = if self.take("else") { self.list(&["fi"])? } else { List::new() };
            self.expect("fi")?;
            return Ok(What::If { branches, otherwise });
        }
    }

    fn redirection(&mut self) -> Result<Option<Redirection>, Fault> {
        for (sign, redirection) in [
            ("2>/dev/null", Redirection::ErrorsAway),
            ("2> /dev/null", Redirection::ErrorsAway),
            ("2>&1", Redirection::ErrorsToOutput),
            (">&2", Redirection::OutputToErrors),
            ("1>&2", Redirection::OutputToErrors),
        ] {
            if self.rest().starts_with(sign) {
                self.at += sign.len();
                return Ok(Some(redirection));
            }
        }
        for (sign, append, errors) in [
            ("&>>", true, true),
            ("&>", false, true),
            ("1>>", true, false),
            ("1>", false, false),
            (">>", true, false),
            (">", false, false),
        ] {
            if self.rest().starts_with(sign) {
                self.at += sign.len();
                self.skip_blanks();
                return Ok(Some(Redirection::Into { file: self.word()?, append, errors }));
            }
        }
        if self.rest().starts_with("<<<") {
            self.at += 3;
            self.skip_blanks();
            return Ok(Some(Redirection::HereWord(self.word()?)));
        }
        if self.rest().starts_with("<<") {
            self.at += 2;
            let strips = self.rest().starts_with('-');
            self.at += usize::from(strips);
            self.skip_blanks();
            let expand = !self.rest().starts_with(['\'', '"', '\\']);
            let word = self.word()?;
            let end: String = word
                .into_iter()
                .map(|part| match part {
                    Part::Text(text) | Part::Arithmetic(text) => text,
                    Part::Glob(sign) => sign.to_string(),
                    Part::Variable { name, .. } => name,
                    Part::Command { line, .. } => line,
                    Part::Braces(words) => words.join(","),
                })
                .collect();
            let text = Rc::new(RefCell::new(String::new()));
            self.pending.push(Pending { end, text: text.clone(), strips });
            return Ok(Some(Redirection::Here { text, expand }));
        }
        if self.rest().starts_with('<') {
            self.at += 1;
            self.skip_blanks();
            return Ok(Some(Redirection::From(self.word()?)));
        }
        Ok(None)
    }

    /// Reads the here-documents that begin on this line into their redirections.
    fn here_documents(&mut self) -> Result<(), Fault> {
        for Pending { end, text, strips } in std::mem::take(&mut self.pending) {
            loop {
                let rest = self.rest();
                if rest.is_empty() {
                    return Err(Fault::Unfinished);
                }
                let one = rest.split_inclusive('\n').next().unwrap_or_default();
                self.at += one.len();
                let line = if strips { one.trim_start_matches('\t') } else { one };
                // A page's text often comes with its indentation: the end counts behind tabs, too.
                if one.trim_end_matches(['\n', '\r']).trim_start_matches('\t') == end {
                    break;
                }
                text.borrow_mut().push_str(line);
            }
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_line_goes_on_while_something_is_open() {
        for (text, complete) in [
            ("kubectl get pods", true),
            ("echo 'a", false),
            ("echo \"$(kubectl get\"", false),
            ("kubectl apply -f - <<EOF\nkind: Pod\n", false),
            ("kubectl apply -f - <<EOF\nkind: Pod\nEOF\n", true),
            ("echo a \\", false),
            ("echo a && ", false),
            ("echo a |", false),
            ("for i in 1 2; do echo $i", false),
            ("for i in 1 2; do echo $i; done", true),
            ("while true\ndo sleep 1", false),
            ("if true; then echo a; else echo b; fi", true),
            ("(echo a; echo b", false),
            ("sleep 5 &", true),
            ("sleep 5 & echo b", true),
            ("done", true),
        ] {
            assert_eq!(is_complete(text), complete, "{text}");
        }
    }
}

//! Reading `sh`: a script becomes a flat list of operations that a process can stop at and go on.
// Models POSIX.1 XCU chapter 2, Shell Command Language

mod ops;
mod words;

use std::rc::Rc;

pub use ops::{Code, Op, Part, Quoted, Redirect, Simple, Word};

/// Compiles a script. What it cannot read it reports as `sh` would.
///
/// # Errors
/// The message without `sh: `.
pub fn compile(text: &str) -> Result<Code, String> {
    let mut reader = Reader { chars: text.chars().collect(), at: 0, here: Vec::new(), loops: Vec::new(), depth: 0 };
    let mut ops = Vec::new();
    reader.list(&mut ops, &[])?;
    match reader.peek() {
        None => Ok(ops.into()),
        Some(found) => Err(format!("syntax error: unexpected \"{found}\"")),
    }
}

/// The operations of a command whose words are known already.
#[must_use]
pub fn of_words(words: &[Rc<str>]) -> Code {
    let words = words.iter().map(|word| Word(vec![Part::Text(word.clone(), Quoted::Yes)])).collect();
    vec![Op::Simple(Rc::new(Simple { words, ..Simple::default() }))].into()
}

/// How deep `$(…)` and groups may stand in each other.
const DEPTH_MAX: u32 = 40;

struct Reader {
    chars: Vec<char>,
    at: usize,
    /// Here-documents whose text follows after the line: delimiter, whether it is taken as it is,
    /// whether leading tabs go, and where the word belongs.
    here: Vec<(String, bool, bool)>,
    /// For each loop around: jumps of `break` to be set, where `continue` goes, whether it is a `for`.
    loops: Vec<(Vec<usize>, u32, bool)>,
    depth: u32,
}

const RESERVED: [&str; 15] =
    ["if", "then", "else", "elif", "fi", "do", "done", "case", "esac", "while", "until", "for", "{", "}", "in"];

impl Reader {
    fn peek(&self) -> Option<char> {
        self.chars.get(self.at).copied()
    }

    fn peek_at(&self, ahead: usize) -> Option<char> {
        self.chars.get(self.at + ahead).copied()
    }

    fn starts(&self, text: &str) -> bool {
        text.chars().enumerate().all(|(index, c)| self.peek_at(index) == Some(c))
    }

    fn take(&mut self, text: &str) -> bool {
        let found = self.starts(text);
        if found {
            self.at += text.chars().count();
        }
        found
    }

    /// Blanks, line continuations and comments.
    fn blanks(&mut self) {
        loop {
            match self.peek() {
                Some(' ' | '\t' | '\r') => self.at += 1,
                Some('\\') if self.peek_at(1) == Some('\n') => self.at += 2,
                Some('#') => {
                    while self.peek().is_some_and(|c| c != '\n') {
                        self.at += 1;
                    }
                }
                _ => return,
            }
        }
    }

    fn lines(&mut self) {
        loop {
            self.blanks();
            match self.peek() {
                Some('\n' | ';') if !self.starts(";;") => self.at += 1,
                _ => return,
            }
        }
    }

    /// The reserved word or plain word that stands here, without taking it.
    fn upcoming(&self) -> String {
        let rest = self.chars.iter().skip(self.at);
        rest.take_while(|c| c.is_ascii_alphanumeric() || matches!(c, '{' | '}' | '!' | '_' | '-' | '.' | '/')).collect()
    }

    fn expect(&mut self, word: &str) -> Result<(), String> {
        self.lines();
        if self.upcoming() == word {
            self.at += word.len();
            return Ok(());
        }
        Err(self.unexpected(word))
    }

    fn unexpected(&self, wanted: &str) -> String {
        let found = match self.peek() {
            None => "end of file".to_owned(),
            Some('\n') => "newline".to_owned(),
            Some(_) => format!("\"{}\"", self.upcoming()),
        };
        format!("syntax error: unexpected {found} (expecting \"{wanted}\")")
    }

    /// Commands until one of `stops` (or a closing parenthesis, `;;`, or the end).
    fn list(&mut self, ops: &mut Vec<Op>, stops: &[&str]) -> Result<(), String> {
        loop {
            self.lines();
            match self.peek() {
                None | Some(')') => return Ok(()),
                _ if self.starts(";;") || stops.contains(&self.upcoming().as_str()) => return Ok(()),
                _ => {}
            }
            let start = ops.len();
            self.and_or(ops)?;
            self.blanks();
            if self.peek() == Some('&') && self.peek_at(1) != Some('&') {
                self.at += 1;
                let code: Vec<Op> = ops.drain(start..).map(|op| shifted(op, start)).collect();
                ops.push(Op::Spawn(code.into()));
            }
            self.here_documents(ops)?;
        }
    }

    fn and_or(&mut self, ops: &mut Vec<Op>) -> Result<(), String> {
        self.pipeline(ops)?;
        loop {
            self.blanks();
            let is_and = self.starts("&&");
            if !is_and && !self.starts("||") {
                return Ok(());
            }
            self.at += 2;
            self.lines();
            let jump = ops.len();
            ops.push(Op::Ok);
            self.pipeline(ops)?;
            let after = address(ops.len());
            if let Some(place) = ops.get_mut(jump) {
                *place = if is_and { Op::JumpFail(after) } else { Op::JumpOk(after) };
            }
        }
    }

    fn pipeline(&mut self, ops: &mut Vec<Op>) -> Result<(), String> {
        self.blanks();
        let negated = self.upcoming() == "!";
        if negated {
            self.at += 1;
        }
        let start = ops.len();
        self.command(ops)?;
        let mut parts: Vec<Code> = Vec::new();
        loop {
            self.blanks();
            if self.peek() != Some('|') || self.peek_at(1) == Some('|') {
                break;
            }
            self.at += 1;
            self.lines();
            if parts.is_empty() {
                parts.push(ops.drain(start..).map(|op| shifted(op, start)).collect());
            }
            let mut part = Vec::new();
            self.command(&mut part)?;
            parts.push(part.into());
        }
        if !parts.is_empty() {
            ops.push(Op::Pipe(parts.into()));
        }
        if negated {
            ops.push(Op::Not);
        }
        Ok(())
    }

    fn command(&mut self, ops: &mut Vec<Op>) -> Result<(), String> {
        self.blanks();
        self.depth += 1;
        if self.depth > DEPTH_MAX {
            return Err("syntax error: too deep".to_owned());
        }
        let done = match self.upcoming().as_str() {
            "if" => self.compound(ops, |reader, inside| reader.conditional(inside)),
            "while" => self.compound(ops, |reader, inside| reader.looping(inside, true)),
            "until" => self.compound(ops, |reader, inside| reader.looping(inside, false)),
            "for" => self.compound(ops, |reader, inside| reader.through(inside)),
            "case" => self.compound(ops, |reader, inside| reader.choice(inside)),
            "{" => self.compound(ops, |reader, inside| {
                reader.at += 1;
                reader.list(inside, &["}"])?;
                reader.expect("}")
            }),
            _ if self.peek() == Some('(') => {
                self.at += 1;
                let mut inside = Vec::new();
                let loops = std::mem::take(&mut self.loops);
                self.list(&mut inside, &[])?;
                self.loops = loops;
                if !self.take(")") {
                    return Err(self.unexpected(")"));
                }
                let redirects = self.redirects()?;
                ops.push(Op::Group { code: inside.into(), is_subshell: true, redirects: redirects.into() });
                Ok(())
            }
            word if RESERVED.contains(&word) => Err(format!("syntax error: unexpected \"{word}\"")),
            _ => self.simple(ops),
        };
        self.depth -= 1;
        done
    }

    /// A compound command; with redirections after it, it gets a frame of its own.
    fn compound(
        &mut self,
        ops: &mut Vec<Op>,
        read: fn(&mut Self, &mut Vec<Op>) -> Result<(), String>,
    ) -> Result<(), String> {
        let start = ops.len();
        read(self, ops)?;
        let redirects = self.redirects()?;
        if !redirects.is_empty() {
            let code: Vec<Op> = ops.drain(start..).map(|op| shifted(op, start)).collect();
            ops.push(Op::Group { code: code.into(), is_subshell: false, redirects: redirects.into() });
        }
        Ok(())
    }

    fn redirects(&mut self) -> Result<Vec<Redirect>, String> {
        let mut all = Vec::new();
        loop {
            self.blanks();
            match self.redirect()? {
                Some(redirect) => all.push(redirect),
                None => return Ok(all),
            }
        }
    }

    fn conditional(&mut self, ops: &mut Vec<Op>) -> Result<(), String> {
        self.at += 2;
        let mut ends = Vec::new();
        loop {
            ops.push(Op::Guard(true));
            self.list(ops, &["then"])?;
            ops.push(Op::Guard(false));
            self.expect("then")?;
            let skip = ops.len();
            ops.push(Op::Ok);
            self.list(ops, &["elif", "else", "fi"])?;
            ends.push(ops.len());
            ops.push(Op::Ok);
            let next = address(ops.len());
            set(ops, skip, Op::JumpFail(next));
            if self.upcoming() == "elif" {
                self.at += 4;
                continue;
            }
            ops.push(Op::Ok);
            if self.upcoming() == "else" {
                self.at += 4;
                self.list(ops, &["fi"])?;
            }
            self.expect("fi")?;
            break;
        }
        let after = address(ops.len());
        for end in ends {
            set(ops, end, Op::Jump(after));
        }
        Ok(())
    }

    fn looping(&mut self, ops: &mut Vec<Op>, while_ok: bool) -> Result<(), String> {
        self.at += 5;
        let top = address(ops.len());
        ops.push(Op::Guard(true));
        self.list(ops, &["do"])?;
        ops.push(Op::Guard(false));
        self.expect("do")?;
        let leave = ops.len();
        ops.push(Op::Ok);
        self.loops.push((vec![leave], top, false));
        self.list(ops, &["done"])?;
        self.expect("done")?;
        ops.push(Op::Jump(top));
        let after = address(ops.len());
        let (breaks, ..) = self.loops.pop().unwrap_or_default();
        for (index, place) in breaks.into_iter().enumerate() {
            set(
                ops,
                place,
                match (index, while_ok) {
                    (0, true) => Op::JumpFail(after),
                    (0, false) => Op::JumpOk(after),
                    _ => Op::Jump(after),
                },
            );
        }
        ops.push(Op::Ok);
        Ok(())
    }

    fn through(&mut self, ops: &mut Vec<Op>) -> Result<(), String> {
        self.at += 3;
        self.blanks();
        let name = self.upcoming();
        self.at += name.len();
        self.lines();
        let mut words = Vec::new();
        if self.upcoming() == "in" {
            self.at += 2;
            self.blanks();
            while let Some(word) = self.word()? {
                words.push(word);
                self.blanks();
            }
        } else {
            words.push(Word(vec![variable("@", Quoted::Yes)]));
        }
        self.expect("do")?;
        ops.push(Op::ForStart(words.into()));
        let top = address(ops.len());
        let next = ops.len();
        ops.push(Op::Ok);
        self.loops.push((Vec::new(), top, true));
        self.list(ops, &["done"])?;
        self.expect("done")?;
        ops.push(Op::Jump(top));
        let after = address(ops.len());
        set(ops, next, Op::ForNext(name.into(), after));
        let (breaks, ..) = self.loops.pop().unwrap_or_default();
        for place in breaks {
            set(ops, place, Op::Jump(after));
        }
        ops.push(Op::ForEnd);
        Ok(())
    }

    fn choice(&mut self, ops: &mut Vec<Op>) -> Result<(), String> {
        self.at += 4;
        self.blanks();
        let word = Rc::new(self.word()?.unwrap_or_default());
        self.expect("in")?;
        let mut ends = Vec::new();
        loop {
            self.lines();
            if self.upcoming() == "esac" {
                self.at += 4;
                break;
            }
            self.take("(");
            let mut patterns = Vec::new();
            while let Some(pattern) = self.word()? {
                patterns.push(pattern);
                self.blanks();
                if !self.take("|") {
                    break;
                }
                self.blanks();
            }
            self.blanks();
            if !self.take(")") {
                return Err(self.unexpected(")"));
            }
            let test = ops.len();
            ops.push(Op::Ok);
            self.list(ops, &["esac"])?;
            ends.push(ops.len());
            ops.push(Op::Ok);
            let next = address(ops.len());
            set(ops, test, Op::CaseElse(word.clone(), patterns.into(), next));
            self.take(";;");
        }
        let after = address(ops.len());
        for end in ends {
            set(ops, end, Op::Jump(after));
        }
        Ok(())
    }

    fn simple(&mut self, ops: &mut Vec<Op>) -> Result<(), String> {
        let mut simple = Simple::default();
        loop {
            self.blanks();
            if let Some(redirect) = self.redirect()? {
                simple.redirects.push(redirect);
                continue;
            }
            if simple.words.is_empty()
                && let Some(name) = self.assignment()
            {
                let value = self.word()?.unwrap_or_default();
                simple.assignments.push((name.into(), value));
                continue;
            }
            let Some(word) = self.word()? else { break };
            if simple.words.is_empty() && self.starts("()") {
                return self.function(ops, &word);
            }
            simple.words.push(word);
        }
        match plain(&simple).as_deref() {
            Some("break") if !self.loops.is_empty() => {
                let place = ops.len();
                ops.push(Op::Ok);
                if let Some((breaks, ..)) = self.loops.last_mut() {
                    breaks.push(place);
                }
            }
            Some("continue") if !self.loops.is_empty() => {
                let top = self.loops.last().map(|(_, top, _)| *top).unwrap_or_default();
                ops.push(Op::Jump(top));
            }
            _ if simple == Simple::default() => {
                let found = self.peek().map(String::from).unwrap_or_default();
                return Err(format!("syntax error: unexpected \"{found}\""));
            }
            _ => ops.push(Op::Simple(Rc::new(simple))),
        }
        Ok(())
    }

    fn function(&mut self, ops: &mut Vec<Op>, name: &Word) -> Result<(), String> {
        self.at += 2;
        self.lines();
        let loops = std::mem::take(&mut self.loops);
        let mut body = Vec::new();
        self.command(&mut body)?;
        self.loops = loops;
        let Some(Part::Text(name, _)) = name.0.first() else {
            return Err("syntax error: bad function name".to_owned());
        };
        ops.push(Op::Define(name.clone(), body.into()));
        Ok(())
    }

    /// `name=`, taken, if that is what stands here.
    fn assignment(&mut self) -> Option<String> {
        let name: String =
            self.chars.iter().skip(self.at).take_while(|c| c.is_ascii_alphanumeric() || **c == '_').collect();
        let is_name = name.starts_with(|c: char| c.is_ascii_alphabetic() || c == '_');
        (is_name && self.peek_at(name.len()) == Some('=')).then(|| {
            self.at += name.len() + 1;
            name
        })
    }
}

/// The one plain word of a command, with its first argument left out.
fn plain(simple: &Simple) -> Option<Rc<str>> {
    match simple.words.first()?.0.as_slice() {
        [Part::Text(text, Quoted::No)] if simple.assignments.is_empty() => Some(text.clone()),
        _ => None,
    }
}

pub(super) fn variable(name: &str, quoted: Quoted) -> Part {
    Part::Variable { name: name.into(), operator: "", word: Rc::default(), quoted }
}

fn address(index: usize) -> u32 {
    u32::try_from(index).unwrap_or(u32::MAX)
}

fn set(ops: &mut [Op], place: usize, op: Op) {
    if let Some(found) = ops.get_mut(place) {
        *found = op;
    }
}

/// The operation where everything stands `by` places further to the front.
fn shifted(op: Op, by: usize) -> Op {
    let by = address(by);
    match op {
        Op::Jump(to) => Op::Jump(to.saturating_sub(by)),
        Op::JumpOk(to) => Op::JumpOk(to.saturating_sub(by)),
        Op::JumpFail(to) => Op::JumpFail(to.saturating_sub(by)),
        Op::ForNext(name, to) => Op::ForNext(name, to.saturating_sub(by)),
        Op::CaseElse(word, patterns, to) => Op::CaseElse(word, patterns, to.saturating_sub(by)),
        other => other,
    }
}

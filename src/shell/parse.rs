//! The grammar of a command line: `;`, `&&`, `||`, pipes, quotes, `$variables`, `$(commands)`, `*`,
//! redirections and here-documents.
// Models POSIX.1 XCU 2 Shell Command Language, the part that tutorials use.

use std::future::Future;
use std::pin::Pin;

use super::client::Client;
use super::{builtin, glob};

/// Deeper than this, `$(…)` inside `$(…)` is refused.
const SUBSTITUTION_DEPTH_MAX: u32 = 8;

/// A piece of a word.
#[derive(Clone, PartialEq, Eq, Debug)]
enum Part {
    /// Text as it stands.
    Text(String),
    /// `$name`, `$?`; split into words where it is not quoted.
    Variable { name: String, quoted: bool },
    /// `*` or `?` that is not quoted: it stands for names of files.
    Glob(char),
    /// `$(line)`; split into words where it is not quoted.
    Command { line: String, quoted: bool },
}

/// One word before expansion. A quoted empty word is one empty part.
type Word = Vec<Part>;

#[derive(Clone, PartialEq, Eq, Debug)]
enum Redirection {
    From(Word),
    Into { file: Word, append: bool },
    Here { text: String, expand: bool },
    ErrorsAway,
    ErrorsToOutput,
}

#[derive(Clone, PartialEq, Eq, Debug, Default)]
struct Simple {
    words: Vec<Word>,
    redirections: Vec<Redirection>,
}

#[derive(Clone, Copy, PartialEq, Eq, Debug)]
enum Joint {
    Always,
    And,
    Or,
}

#[derive(Clone, PartialEq, Eq, Debug)]
struct Pipeline {
    joint: Joint,
    commands: Vec<Simple>,
    negated: bool,
}

#[derive(Clone, PartialEq, Eq, Debug)]
enum Fault {
    /// The text goes on: a quote, a substitution or a here-document is open.
    Unfinished,
    /// This does not belong here.
    Unexpected(String),
}

/// Whether a text is a whole line, or one that goes on (open quote, open here-document, `\` at the
/// end).
#[must_use]
pub fn is_complete(text: &str) -> bool {
    !text.trim_end_matches([' ', '\t']).ends_with('\\') && parse(text) != Err(Fault::Unfinished)
}

struct Reader<'a> {
    text: &'a str,
    at: usize,
    /// Here-documents whose text begins on the next line.
    pending: Vec<(usize, usize, usize, String, bool)>,
}

fn parse(text: &str) -> Result<Vec<Pipeline>, Fault> {
    let mut reader = Reader { text, at: 0, pending: Vec::new() };
    let mut line: Vec<Pipeline> = Vec::new();
    let mut joint = Joint::Always;
    let mut commands: Vec<Simple> = Vec::new();
    let mut simple = Simple::default();
    let mut negated = false;
    loop {
        reader.skip_blanks();
        let rest = reader.rest();
        let end = [("&&", Joint::And), ("||", Joint::Or), (";", Joint::Always), ("\n", Joint::Always)]
            .into_iter()
            .find(|(sign, _)| rest.starts_with(sign));
        if rest.is_empty() || end.is_some() {
            let empty = simple == Simple::default();
            if empty && (!commands.is_empty() || end.is_some_and(|(sign, _)| sign != "\n")) {
                let sign = end.map_or("newline", |(sign, _)| if sign == "\n" { "newline" } else { sign });
                return Err(Fault::Unexpected(sign.to_owned()));
            }
            if !empty {
                commands.push(std::mem::take(&mut simple));
                line.push(Pipeline { joint, commands: std::mem::take(&mut commands), negated });
                negated = false;
            }
            let Some((sign, next)) = end else { break };
            reader.at += sign.len();
            if sign == "\n" {
                reader.here_documents(&mut line)?;
            }
            if !empty || sign != "\n" {
                joint = next;
            }
            continue;
        }
        if rest.starts_with('#') {
            reader.at += rest.find('\n').unwrap_or(rest.len());
        } else if rest.starts_with('|') {
            if simple == Simple::default() {
                return Err(Fault::Unexpected("|".to_owned()));
            }
            reader.at += 1;
            commands.push(std::mem::take(&mut simple));
        } else if rest.starts_with("! ") && simple == Simple::default() && commands.is_empty() {
            negated = !negated;
            reader.at += 1;
        } else if let Some(redirection) = reader.redirection(line.len(), commands.len(), simple.redirections.len())? {
            simple.redirections.push(redirection);
        } else if rest.starts_with(['(', ')', '&', '<', '>']) {
            return Err(Fault::Unexpected(rest.chars().take(1).collect()));
        } else {
            simple.words.push(reader.word()?);
        }
    }
    if !reader.pending.is_empty() || line.is_empty() && joint != Joint::Always {
        return Err(Fault::Unfinished);
    }
    Ok(line)
}

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
                return;
            }
        }
    }

    fn redirection(&mut self, pipeline: usize, command: usize, place: usize) -> Result<Option<Redirection>, Fault> {
        for (sign, redirection) in [
            ("2>/dev/null", Redirection::ErrorsAway),
            ("2> /dev/null", Redirection::ErrorsAway),
            ("2>&1", Redirection::ErrorsToOutput),
        ] {
            if self.rest().starts_with(sign) {
                self.at += sign.len();
                return Ok(Some(redirection));
            }
        }
        for (sign, append) in [(">>", true), (">", false)] {
            if self.rest().starts_with(sign) {
                self.at += sign.len();
                self.skip_blanks();
                return Ok(Some(Redirection::Into { file: self.word()?, append }));
            }
        }
        if self.rest().starts_with("<<") {
            self.at += 2;
            if self.rest().starts_with('-') {
                self.at += 1;
            }
            self.skip_blanks();
            let expand = !self.rest().starts_with(['\'', '"']);
            let end: String = self
                .word()?
                .into_iter()
                .map(|part| match part {
                    Part::Text(text) => text,
                    Part::Glob(sign) => sign.to_string(),
                    Part::Variable { name, .. } => name,
                    Part::Command { line, .. } => line,
                })
                .collect();
            self.pending.push((pipeline, command, place, end, expand));
            return Ok(Some(Redirection::Here { text: String::new(), expand }));
        }
        if self.rest().starts_with('<') {
            self.at += 1;
            self.skip_blanks();
            return Ok(Some(Redirection::From(self.word()?)));
        }
        Ok(None)
    }

    /// Reads the here-documents that begin on this line into their commands.
    fn here_documents(&mut self, line: &mut [Pipeline]) -> Result<(), Fault> {
        for (pipeline, command, place, end, expand) in std::mem::take(&mut self.pending) {
            let mut text = String::new();
            loop {
                let rest = self.rest();
                if rest.is_empty() {
                    return Err(Fault::Unfinished);
                }
                let one = rest.split_inclusive('\n').next().unwrap_or_default().to_owned();
                self.at += one.len();
                if one.trim_end_matches(['\n', '\r']).trim_start_matches('\t') == end {
                    break;
                }
                text.push_str(&one);
            }
            let slot = line
                .get_mut(pipeline)
                .and_then(|pipeline| pipeline.commands.get_mut(command))
                .and_then(|command| command.redirections.get_mut(place));
            if let Some(slot) = slot {
                *slot = Redirection::Here { text, expand };
            }
        }
        Ok(())
    }

    fn word(&mut self) -> Result<Word, Fault> {
        let mut word = Word::new();
        while let Some(character) = self.rest().chars().next() {
            match character {
                ' ' | '\t' | '\r' | '\n' | ';' | '&' | '|' | '<' | '>' | '(' | ')' => break,
                '\'' => {
                    self.at += 1;
                    let inside = self.rest().find('\'').ok_or(Fault::Unfinished)?;
                    push_text(&mut word, &self.rest()[..inside]);
                    self.at += inside + 1;
                }
                '"' => {
                    self.at += 1;
                    self.double_quoted(&mut word)?;
                }
                '\\' => {
                    self.at += 1;
                    match self.next() {
                        None => return Err(Fault::Unfinished),
                        Some('\n') => {}
                        Some(escaped) => push_text(&mut word, escaped.encode_utf8(&mut [0; 4])),
                    }
                }
                '$' => self.dollar(&mut word, false)?,
                '*' | '?' => {
                    word.push(Part::Glob(character));
                    self.at += 1;
                }
                other => {
                    push_text(&mut word, other.encode_utf8(&mut [0; 4]));
                    self.at += other.len_utf8();
                }
            }
        }
        if word.is_empty() {
            return Err(Fault::Unexpected(self.rest().chars().next().map_or("newline".to_owned(), String::from)));
        }
        Ok(word)
    }

    fn double_quoted(&mut self, word: &mut Word) -> Result<(), Fault> {
        push_text(word, "");
        loop {
            match self.rest().chars().next().ok_or(Fault::Unfinished)? {
                '"' => {
                    self.at += 1;
                    return Ok(());
                }
                '\\' => {
                    self.at += 1;
                    match self.next().ok_or(Fault::Unfinished)? {
                        '\n' => {}
                        escaped @ ('"' | '\\' | '$' | '`') => push_text(word, escaped.encode_utf8(&mut [0; 4])),
                        other => {
                            push_text(word, "\\");
                            push_text(word, other.encode_utf8(&mut [0; 4]));
                        }
                    }
                }
                '$' => self.dollar(word, true)?,
                other => {
                    push_text(word, other.encode_utf8(&mut [0; 4]));
                    self.at += other.len_utf8();
                }
            }
        }
    }

    fn dollar(&mut self, word: &mut Word, quoted: bool) -> Result<(), Fault> {
        self.at += 1;
        if self.rest().starts_with('(') {
            self.at += 1;
            let line = self.until_closed()?;
            word.push(Part::Command { line, quoted });
            return Ok(());
        }
        let braced = self.rest().starts_with('{');
        let rest = &self.rest()[usize::from(braced)..];
        let length = match rest.chars().next() {
            Some('?') => 1,
            Some(first) if first.is_ascii_alphabetic() || first == '_' => {
                rest.find(|c: char| !c.is_ascii_alphanumeric() && c != '_').unwrap_or(rest.len())
            }
            _ => 0,
        };
        if length == 0 {
            push_text(word, "$");
            return Ok(());
        }
        let name = rest[..length].to_owned();
        self.at += length + usize::from(braced);
        if braced && self.next() != Some('}') {
            return Err(Fault::Unexpected("${".to_owned()));
        }
        word.push(Part::Variable { name, quoted });
        Ok(())
    }

    /// The text up to the parenthesis that closes the open one, quotes respected.
    fn until_closed(&mut self) -> Result<String, Fault> {
        let mut inside = String::new();
        let mut depth = 0_u32;
        let mut quote = None;
        loop {
            let character = self.next().ok_or(Fault::Unfinished)?;
            match (quote, character) {
                (None, ')') if depth == 0 => return Ok(inside),
                (None, ')') => depth -= 1,
                (None, '(') => depth += 1,
                (None, '\'' | '"') => quote = Some(character),
                (Some(open), _) if open == character => quote = None,
                (None | Some('"'), '\\') => {
                    inside.push('\\');
                    inside.push(self.next().ok_or(Fault::Unfinished)?);
                    continue;
                }
                _ => {}
            }
            inside.push(character);
        }
    }
}

fn push_text(word: &mut Word, text: &str) {
    match word.last_mut() {
        Some(Part::Text(written)) => written.push_str(text),
        _ => word.push(Part::Text(text.to_owned())),
    }
}

/// Runs a line; returns the exit code of the last command that ran.
pub(super) async fn run_line(client: &Client, line: &str) -> u8 {
    run_nested(client, line, 0).await
}

fn run_nested<'a>(client: &'a Client, line: &'a str, depth: u32) -> Pin<Box<dyn Future<Output = u8> + 'a>> {
    Box::pin(async move {
        let pipelines = match parse(line) {
            Ok(pipelines) => pipelines,
            Err(fault) => {
                let near = match fault {
                    Fault::Unfinished => "newline".to_owned(),
                    Fault::Unexpected(near) => near,
                };
                client.warnln(&format!("sh: syntax error near unexpected token `{near}'"));
                return 2;
            }
        };
        let mut exit = 0;
        for pipeline in pipelines {
            let runs = match pipeline.joint {
                Joint::Always => true,
                Joint::And => exit == 0,
                Joint::Or => exit != 0,
            };
            if runs {
                exit = run_pipeline(client, &pipeline.commands, depth).await;
                if pipeline.negated {
                    exit = u8::from(exit == 0);
                }
                client.change_setting(|setting| setting.exit = exit);
            }
        }
        exit
    })
}

/// Each command of a pipe reads what the one before it has printed.
async fn run_pipeline(client: &Client, commands: &[Simple], depth: u32) -> u8 {
    let mut stdin = client.stdin.to_string();
    let mut exit = 0;
    for (index, command) in commands.iter().enumerate() {
        let reader = client.reading(&stdin);
        if index + 1 == commands.len() {
            exit = run_simple(&reader, command, depth).await;
        } else {
            let (writer, kept) = reader.captured();
            run_simple(&writer, command, depth).await;
            stdin = kept.take();
        }
    }
    exit
}

async fn run_simple(client: &Client, command: &Simple, depth: u32) -> u8 {
    let mut args = Vec::new();
    for word in &command.words {
        match expand(client, word, depth).await {
            Ok(words) => args.extend(words),
            Err(exit) => return exit,
        }
    }
    let mut client = client.clone();
    let mut target = None;
    for redirection in &command.redirections {
        match redirection {
            Redirection::Here { text, expand: false } => client = client.reading(text),
            Redirection::Here { text, expand: true } => {
                let text = expand_here(&client, text);
                client = client.reading(&text);
            }
            Redirection::From(word) => {
                let Ok(names) = expand(&client, word, depth).await else { return 1 };
                let name = names.concat();
                let text = client.file(&name);
                let Some(text) = text else {
                    client.warnln(&format!("sh: {name}: No such file or directory"));
                    return 1;
                };
                client = client.reading(&text);
            }
            Redirection::Into { file, append } => {
                let Ok(names) = expand(&client, file, depth).await else { return 1 };
                target = Some((names.concat(), *append));
            }
            Redirection::ErrorsAway => client = client.quiet(),
            Redirection::ErrorsToOutput => client = client.errors_to_output(),
        }
    }
    let assignments = args.iter().take_while(|word| assignment(word).is_some()).count();
    if assignments == args.len() {
        for (name, value) in args.iter().filter_map(|word| assignment(word)) {
            client.change_setting(|setting| {
                setting.variables.insert(name.to_owned(), value.to_owned());
            });
        }
        return 0;
    }
    let args = &args[assignments..];
    let Some((file, append)) = target else { return builtin::run(&client, args).await };
    let (writer, kept) = client.captured();
    let exit = builtin::run(&writer, args).await;
    if file != "/dev/null" {
        let before = if append { client.file(&file).unwrap_or_default() } else { String::new() };
        client.write_file(&file, before + &kept.take());
    }
    exit
}

fn assignment(word: &str) -> Option<(&str, &str)> {
    let (name, value) = word.split_once('=')?;
    let is_name = name.chars().all(|c| c.is_ascii_alphanumeric() || c == '_')
        && name.chars().next().is_some_and(|first| !first.is_ascii_digit());
    is_name.then_some((name, value))
}

fn expand_here(client: &Client, text: &str) -> String {
    let mut expanded = String::new();
    let mut rest = text;
    while let Some(at) = rest.find('$') {
        expanded.push_str(&rest[..at]);
        let mut reader = Reader { text: rest, at, pending: Vec::new() };
        let mut word = Word::new();
        match reader.dollar(&mut word, true) {
            Ok(()) if !matches!(word.first(), Some(Part::Command { .. })) => {}
            _ => {
                word = vec![Part::Text("$".to_owned())];
                reader.at = at + 1;
            }
        }
        for part in word {
            match part {
                Part::Variable { name, .. } => expanded.push_str(&variable(client, &name)),
                Part::Text(text) => expanded.push_str(&text),
                Part::Glob(sign) => expanded.push(sign),
                Part::Command { .. } => {}
            }
        }
        rest = &rest[reader.at..];
    }
    expanded.push_str(rest);
    expanded
}

fn variable(client: &Client, name: &str) -> String {
    let setting = client.setting();
    if name == "?" { setting.exit.to_string() } else { setting.variables.get(name).cloned().unwrap_or_default() }
}

/// The words that a word becomes.
async fn expand(client: &Client, word: &Word, depth: u32) -> Result<Vec<String>, u8> {
    // Each with the places of the signs in it that stand for names of files.
    let mut words: Vec<(String, Vec<usize>)> = Vec::new();
    let mut open: Option<(String, Vec<usize>)> = None;
    for part in word {
        let (text, splits) = match part {
            Part::Text(text) => (text.clone(), false),
            Part::Glob(sign) => {
                let (text, marks) = open.get_or_insert_default();
                marks.push(text.len());
                text.push(*sign);
                continue;
            }
            Part::Variable { name, quoted } => (variable(client, name), !quoted),
            Part::Command { line, quoted } => {
                if depth >= SUBSTITUTION_DEPTH_MAX {
                    client.warnln("sh: too many command substitutions inside one another");
                    return Err(2);
                }
                let (writer, kept) = client.captured();
                run_nested(&writer, line, depth + 1).await;
                let text = kept.take();
                (text.trim_end_matches('\n').to_owned(), !quoted)
            }
        };
        if !splits {
            open.get_or_insert_default().0.push_str(&text);
            continue;
        }
        let mut pieces = text.split([' ', '\t', '\n']).filter(|piece| !piece.is_empty()).peekable();
        if text.starts_with([' ', '\t', '\n']) {
            words.extend(open.take());
        }
        while let Some(piece) = pieces.next() {
            open.get_or_insert_default().0.push_str(piece);
            if pieces.peek().is_some() || text.ends_with([' ', '\t', '\n']) {
                words.extend(open.take());
            }
        }
    }
    words.extend(open);
    let setting = client.setting();
    Ok(words.into_iter().flat_map(|(word, marks)| glob::expand(word, &marks, setting.files.keys())).collect())
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
            ("echo a && ", true),
        ] {
            assert_eq!(is_complete(text), complete, "{text}");
        }
    }
}

//! Running what `parse` has read: lists, pipes whose stages go on side by side, loops, expansion.

use std::future::Future;
use std::pin::Pin;

use super::client::Client;
use super::parse::{Chain, Command, Fault, Joint, List, Part, Pipeline, Reader, Redirection, What, Word, parse};
use super::pipe::{Pipe, Task, together};
use super::{arithmetic, builtin, glob, jobs};
use crate::world::millis;

/// Deeper than this, `$(…)` inside `$(…)` is refused.
const SUBSTITUTION_DEPTH_MAX: u32 = 8;

/// What a command did to the lists around it.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) enum Flow {
    /// The loop is over.
    Break,
    /// The loop's next round begins.
    Continue,
    /// The whole line is over.
    Exit,
}

type Running<'a> = Pin<Box<dyn Future<Output = u8> + 'a>>;

/// Runs a line; returns the exit code of the last command that ran.
pub(super) async fn run_line(client: &Client, line: &str) -> u8 {
    run_nested(client, line, 0).await
}

async fn run_nested(client: &Client, line: &str, depth: u32) -> u8 {
    match parse(line) {
        Ok(list) => run_list(client, &list, depth).await,
        Err(fault) => {
            let near = match fault {
                Fault::Unfinished => "newline".to_owned(),
                Fault::Unexpected(near) => near,
            };
            client.warnln(&format!("sh: syntax error near unexpected token `{near}'"));
            2
        }
    }
}

fn run_list<'a>(client: &'a Client, list: &'a List, depth: u32) -> Running<'a> {
    Box::pin(async move {
        let mut exit = 0;
        for chain in list {
            if chain.is_background {
                in_background(client, chain, depth);
                exit = 0;
            } else {
                exit = run_chain(client, chain, depth).await;
            }
            if client.flow.get().is_some() {
                break;
            }
        }
        exit
    })
}

async fn run_chain(client: &Client, chain: &Chain, depth: u32) -> u8 {
    let mut exit = 0;
    for pipeline in &chain.pipelines {
        let runs = match pipeline.joint {
            Joint::Always => true,
            Joint::And => exit == 0,
            Joint::Or => exit != 0,
        };
        if runs {
            exit = run_pipeline(client, pipeline, depth).await;
            client.change_setting(|setting| setting.exit = exit);
        }
        if client.flow.get().is_some() {
            break;
        }
    }
    exit
}

/// `command &`: a line of its own, which whoever drives this one drives, too.
fn in_background(client: &Client, chain: &Chain, depth: u32) {
    let chain = Chain { is_background: false, ..chain.clone() };
    let text = chain.text.clone();
    let begun = jobs::start(client, &text, |client| Box::pin(async move { run_chain(&client, &chain, depth).await }));
    client.warnln(&begun);
}

/// The commands of a pipe go on side by side: each reads what the one before it prints.
async fn run_pipeline(client: &Client, pipeline: &Pipeline, depth: u32) -> u8 {
    let exit = match pipeline.commands.as_slice() {
        [only] => run_command(client, only, depth).await,
        commands => {
            let mut tasks = Vec::new();
            let mut from: Option<Pipe> = None;
            for (index, command) in commands.iter().enumerate() {
                let (mut stage, mail) = client.apart();
                if let Some(pipe) = from.take() {
                    stage.pipe = Some(pipe);
                }
                let into = (index + 1 < commands.len()).then(Pipe::default);
                if let Some(into) = &into {
                    stage = stage.writing(into);
                }
                from.clone_from(&into);
                let future = Box::pin(async move { run_command(&stage, command, depth).await });
                tasks.push(Task::new(future, mail, into));
            }
            together(client, tasks).await
        }
    };
    if pipeline.negated { u8::from(exit == 0) } else { exit }
}

/// Where standard output goes.
enum Target {
    File { name: String, append: bool },
    Errors,
}

async fn run_command(client: &Client, command: &Command, depth: u32) -> u8 {
    let mut args = Vec::new();
    if let What::Simple(words) = &command.what {
        for word in words {
            match expand(client, word, depth).await {
                Ok(words) => args.extend(words),
                Err(exit) => return exit,
            }
        }
    }
    let mut client = client.clone();
    let mut target = None;
    for redirection in &command.redirections {
        match redirect(&client, redirection, depth).await {
            Ok((redirected, into)) => {
                client = redirected;
                target = into.or(target);
            }
            Err(exit) => return exit,
        }
    }
    let Some(target) = target else { return run_what(&client, &command.what, &args, depth).await };
    let (writer, kept) = client.captured();
    let exit = run_what(&writer, &command.what, &args, depth).await;
    let text = kept.take();
    match target {
        Target::Errors => client.warn(&text),
        Target::File { name, .. } if name == "/dev/null" => {}
        Target::File { name, append } => {
            let before = if append { client.file(&name).unwrap_or_default() } else { String::new() };
            client.write_file(&name, before + &text);
        }
    }
    exit
}

async fn redirect(client: &Client, redirection: &Redirection, depth: u32) -> Result<(Client, Option<Target>), u8> {
    let client = match redirection {
        Redirection::Here { text, expand: false } => client.reading(&text.borrow()),
        Redirection::Here { text, expand: true } => {
            let text = text.borrow().clone();
            client.reading(&expand_here(client, &text, depth).await?)
        }
        Redirection::HereWord(word) => client.reading(&(expand(client, word, depth).await?.join(" ") + "\n")),
        Redirection::From(word) => {
            let name = expand(client, word, depth).await?.concat();
            let Some(text) = client.file(&name) else {
                client.warnln(&format!("sh: {name}: No such file or directory"));
                return Err(1);
            };
            client.reading(&text)
        }
        Redirection::Into { file, append, errors } => {
            let name = expand(client, file, depth).await?.concat();
            let client = if *errors { client.errors_to_output() } else { client.clone() };
            return Ok((client, Some(Target::File { name, append: *append })));
        }
        Redirection::OutputToErrors => return Ok((client.clone(), Some(Target::Errors))),
        Redirection::ErrorsAway => client.quiet(),
        Redirection::ErrorsToOutput => client.errors_to_output(),
    };
    Ok((client, None))
}

async fn run_what(client: &Client, what: &What, args: &[String], depth: u32) -> u8 {
    match what {
        What::Simple(_) => run_simple(client, args).await,
        What::Group { body, is_subshell: false } => run_list(&client.with_input_kept(), body, depth).await,
        What::Group { body, is_subshell: true } => {
            let variables = client.setting().variables.clone();
            let inner = client.with_input_kept().with_own_flow();
            let exit = run_list(&inner, body, depth).await;
            client.change_setting(|setting| setting.variables = variables);
            exit
        }
        What::For { name, words, body } => for_each(&client.with_input_kept(), name, words, body, depth).await,
        What::While { until, test, body } => {
            let client = client.with_input_kept();
            let mut exit = 0;
            loop {
                let holds = (run_list(&client, test, depth).await == 0) != *until;
                if !holds || client.flow.get().is_some() {
                    return exit;
                }
                exit = run_list(&client, body, depth).await;
                if is_over(&client) {
                    return exit;
                }
                // Even a round that does nothing takes a moment.
                client.sleep(millis(1)).await;
            }
        }
        What::If { branches, otherwise } => {
            let client = client.with_input_kept();
            for (test, body) in branches {
                if run_list(&client, test, depth).await == 0 {
                    return run_list(&client, body, depth).await;
                }
            }
            run_list(&client, otherwise, depth).await
        }
    }
}

async fn for_each(client: &Client, name: &str, words: &[Word], body: &List, depth: u32) -> u8 {
    let mut values = Vec::new();
    for word in words {
        match expand(client, word, depth).await {
            Ok(words) => values.extend(words),
            Err(exit) => return exit,
        }
    }
    let mut exit = 0;
    for value in values {
        client.change_setting(|setting| {
            setting.variables.insert(name.to_owned(), value);
        });
        exit = run_list(client, body, depth).await;
        if is_over(client) {
            break;
        }
    }
    exit
}

/// Whether a loop's body has asked for the loop to be over.
fn is_over(client: &Client) -> bool {
    match client.flow.get() {
        None => false,
        Some(Flow::Continue) => {
            client.flow.set(None);
            false
        }
        Some(Flow::Break) => {
            client.flow.set(None);
            true
        }
        Some(Flow::Exit) => true,
    }
}

async fn run_simple(client: &Client, args: &[String]) -> u8 {
    let assignments = args.iter().take_while(|word| assignment(word).is_some()).count();
    if assignments == args.len() {
        for (name, value) in args.iter().filter_map(|word| assignment(word)) {
            client.change_setting(|setting| {
                setting.variables.insert(name.to_owned(), value.to_owned());
            });
        }
        return 0;
    }
    builtin::run(client, &args[assignments..]).await
}

fn assignment(word: &str) -> Option<(&str, &str)> {
    let (name, value) = word.split_once('=')?;
    let is_name = name.chars().all(|c| c.is_ascii_alphanumeric() || c == '_')
        && name.chars().next().is_some_and(|first| !first.is_ascii_digit());
    is_name.then_some((name, value))
}

/// A here-document's text: `$` and `` ` `` mean something unless a backslash stands before them.
async fn expand_here(client: &Client, text: &str, depth: u32) -> Result<String, u8> {
    let mut expanded = String::new();
    let mut rest = text;
    while let Some(at) = rest.find(['$', '`', '\\']) {
        expanded.push_str(&rest[..at]);
        let sign = &rest[at..];
        if sign.starts_with('\\') {
            let next = sign[1..].chars().next();
            match next {
                Some('\n') => {}
                Some(next @ ('$' | '`' | '\\')) => expanded.push(next),
                _ => {
                    expanded.push('\\');
                    rest = &sign[1..];
                    continue;
                }
            }
            rest = &sign[2..];
            continue;
        }
        let mut reader = Reader::at(rest, at);
        let mut word = Word::new();
        let read =
            if sign.starts_with('$') { reader.dollar(&mut word, true) } else { reader.backquoted(&mut word, true) };
        if read.is_ok() {
            expanded.push_str(&expand(client, &word, depth).await?.concat());
            rest = &rest[reader.place()..];
        } else {
            expanded.push_str(&sign[..1]);
            rest = &sign[1..];
        }
    }
    expanded.push_str(rest);
    Ok(expanded)
}

fn variable(client: &Client, name: &str) -> String {
    let setting = client.setting();
    match name {
        "?" => setting.exit.to_string(),
        "$" => jobs::SHELL_PID.to_string(),
        "!" => jobs::last_pid(client).map(|pid| pid.to_string()).unwrap_or_default(),
        "#" => "0".to_owned(),
        name => setting.variables.get(name).cloned().unwrap_or_default(),
    }
}

/// The words that a word becomes.
fn expand<'a>(
    client: &'a Client,
    word: &'a Word,
    depth: u32,
) -> Pin<Box<dyn Future<Output = Result<Vec<String>, u8>> + 'a>> {
    Box::pin(async move {
        let braces = word.iter().position(|part| matches!(part, Part::Braces(_)));
        let Some(at) = braces else { return expand_one(client, word, depth).await };
        let Some(Part::Braces(choices)) = word.get(at) else { return Ok(Vec::new()) };
        let mut words = Vec::new();
        for choice in choices {
            let mut one = word.clone();
            if let Some(part) = one.get_mut(at) {
                *part = Part::Text(choice.clone());
            }
            words.extend(expand(client, &one, depth).await?);
        }
        Ok(words)
    })
}

async fn expand_one(client: &Client, word: &Word, depth: u32) -> Result<Vec<String>, u8> {
    // Each with the places of the signs in it that stand for names of files.
    let mut words: Vec<(String, Vec<usize>)> = Vec::new();
    let mut open: Option<(String, Vec<usize>)> = None;
    for part in word {
        let (text, splits) = match part {
            Part::Text(text) => (text.clone(), false),
            Part::Braces(words) => (words.concat(), false),
            Part::Glob(sign) => {
                let (text, marks) = open.get_or_insert_default();
                marks.push(text.len());
                text.push(*sign);
                continue;
            }
            Part::Variable { name, otherwise, quoted } => {
                let value = variable(client, name);
                let value = if value.is_empty() { otherwise.clone().unwrap_or_default() } else { value };
                (value, !quoted)
            }
            Part::Arithmetic(text) => match arithmetic::evaluate(text, &|name| variable(client, name)) {
                Ok(number) => (number.to_string(), false),
                Err(complaint) => {
                    client.warnln(&format!("sh: {}: {complaint}", text.trim()));
                    return Err(1);
                }
            },
            Part::Command { line, quoted } => {
                if depth >= SUBSTITUTION_DEPTH_MAX {
                    client.warnln("sh: too many command substitutions inside one another");
                    return Err(2);
                }
                let (writer, kept) = client.captured();
                run_nested(&writer.with_own_flow(), line, depth + 1).await;
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

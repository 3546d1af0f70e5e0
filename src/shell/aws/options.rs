//! Reads a command line against an operation's parameters.
// Models awscli/clidriver.py ServiceOperation and awscli/argprocess.py

use super::super::client::Client;
use super::ec2;
use super::failure::Failure;
use super::model::{Member, Operation, Service, Shape, command_name};
use super::paging::Part;
use super::query::{parse_json, to_value};
use super::shorthand;
use crate::document::Value;

/// The options that every command takes.
#[derive(Clone, Default)]
pub(super) struct Global {
    /// `--region`.
    pub region: Option<String>,
    /// `--output`.
    pub output: Option<String>,
    /// `--query`.
    pub query: Option<String>,
    /// `--max-items` and `--starting-token`.
    pub part: Part,
    /// `--no-sign-request`.
    pub no_sign: bool,
}

/// Global options with a value that changes nothing here.
const IGNORED_WITH_VALUE: &[&str] = &[
    "--profile",
    "--color",
    "--endpoint-url",
    "--cli-read-timeout",
    "--cli-connect-timeout",
    "--ca-bundle",
    "--cli-binary-format",
    "--page-size",
];
/// The same without a value.
const IGNORED: &[&str] =
    &["--no-cli-pager", "--no-paginate", "--debug", "--no-verify-ssl", "--cli-auto-prompt", "--no-cli-auto-prompt"];

/// Takes the global options out. Returns them and the other words.
pub(super) fn global(_client: &Client, args: &[String]) -> Result<(Global, Vec<String>), Failure> {
    let mut global = Global::default();
    let mut words = Vec::new();
    let mut args = args.iter().flat_map(|arg| split_equals(arg));
    while let Some(arg) = args.next() {
        let mut value = || args.next().ok_or_else(|| Failure::usage(&format!("argument {arg}: expected one argument")));
        match arg.as_str() {
            "--region" => global.region = Some(value()?),
            "--query" => global.query = Some(value()?),
            "--no-sign-request" => global.no_sign = true,
            "--max-items" => global.part.set_most(&value()?)?,
            "--starting-token" => global.part.set_start(&value()?)?,
            "--output" => {
                let format = value()?;
                let known = ["json", "text", "table", "yaml", "yaml-stream", "off"];
                if !known.contains(&format.as_str()) {
                    let known = known.join(", ");
                    return Err(Failure::usage(&format!(
                        "argument --output: Found invalid choice '{format}', valid choices are: {known}"
                    )));
                }
                global.output = Some(format);
            }
            ignored if IGNORED_WITH_VALUE.contains(&ignored) => drop(value()?),
            ignored if IGNORED.contains(&ignored) => {}
            _ => words.push(arg),
        }
    }
    Ok((global, words))
}

/// `--name=value` as two words. A value may begin with dashes only this way.
fn split_equals(arg: &str) -> Vec<String> {
    match arg.split_once('=') {
        Some((name, value)) if name.starts_with("--") && !name.contains([' ', ',']) => {
            vec![name.to_owned(), value.to_owned()]
        }
        _ => vec![arg.to_owned()],
    }
}

/// One option with the words that follow it.
struct Given<'a> {
    name: &'a str,
    values: Vec<&'a str>,
}

/// Reads an operation's parameters from the words after its name.
pub(super) fn read(
    client: &Client,
    _service: &Service,
    operation: &Operation,
    args: &[String],
) -> Result<Value, Failure> {
    let (added, args) = ec2::take(operation.name, args)?;
    let args = renamed(operation.name, &args);
    let (given, stray) = group(&args, operation);
    let mut params = Value::map();
    let mut unknown: Vec<String> = stray.iter().map(|word| (*word).to_owned()).collect();
    for Given { name, values } in &given {
        match *name {
            "--cli-input-json" | "--cli-input-yaml" => params = input(client, name, values)?,
            _ => match member_of(operation, name) {
                Some((member, no)) => {
                    let value = read_member(client, member, name, no, values)?;
                    params.set(&[member.name], value);
                }
                None => {
                    unknown.push((*name).to_owned());
                    unknown.extend(values.iter().map(|value| (*value).to_owned()));
                }
            },
        }
    }
    complain_of_missing(operation, &params)?;
    if !unknown.is_empty() {
        return Err(Failure::usage(&format!("Unknown options: {}", unknown.join(", "))));
    }
    let mut problems = Vec::new();
    validate(&operation.members, &params, "", &mut problems);
    if problems.is_empty() {
        return added.finish(operation.name, params);
    }
    Err(Failure::parameter(&format!("Parameter validation failed:\n{}", problems.join("\n"))))
}

/// Options that the CLI calls otherwise than the API does.
// Models awscli/customizations/argrename.py
fn renamed(operation: &str, args: &[String]) -> Vec<String> {
    const VERSIONED: [&str; 4] = ["CreateCluster", "UpdateClusterVersion", "CreateNodegroup", "UpdateNodegroupVersion"];
    let of = |arg: &String| match arg.as_str() {
        "--ingress" if operation.ends_with("NetworkAclEntry") => "--no-egress".to_owned(),
        _ if VERSIONED.contains(&operation) => arg.replacen("--kubernetes-version", "--version", 1),
        _ => arg.clone(),
    };
    args.iter().map(of).collect()
}

fn complain_of_missing(operation: &Operation, params: &Value) -> Result<(), Failure> {
    let missing: Vec<String> = operation
        .members
        .iter()
        .filter(|member| member.required && params.get(member.name).is_none())
        .map(|member| format!("--{}", command_name(member.name)))
        .collect();
    if missing.is_empty() {
        return Ok(());
    }
    Err(Failure::usage(&format!("the following arguments are required: {}", missing.join(", "))))
}

/// Options with their values; words before the first option, and words too many, stand apart.
fn group<'a>(args: &'a [String], operation: &Operation) -> (Vec<Given<'a>>, Vec<&'a str>) {
    let mut given: Vec<Given<'a>> = Vec::new();
    let mut stray = Vec::new();
    for arg in args {
        if arg.starts_with("--") {
            given.push(Given { name: arg, values: Vec::new() });
        } else if let Some(last) = given.last_mut().filter(|last| takes_more(operation, last)) {
            last.values.push(arg);
        } else {
            stray.push(arg.as_str());
        }
    }
    (given, stray)
}

fn takes_more(operation: &Operation, given: &Given<'_>) -> bool {
    match member_of(operation, given.name) {
        Some((_, true)) => false,
        Some((member, _)) => match &member.shape {
            Shape::List(_) | Shape::Map(_) => true,
            Shape::Boolean => false,
            _ => given.values.is_empty(),
        },
        None => given.values.is_empty(),
    }
}

/// The parameter that an option names, and whether it is its `--no-` form.
fn member_of<'o>(operation: &'o Operation, option: &str) -> Option<(&'o Member, bool)> {
    let name = option.trim_start_matches("--");
    let find = |name: &str| operation.members.iter().find(|member| command_name(member.name) == name);
    if let Some(member) = find(name) {
        return Some((member, false));
    }
    let member = find(name.strip_prefix("no-")?)?;
    is_switch(&member.shape).then_some((member, true))
}

/// Booleans, and structures that hold only one.
fn is_switch(shape: &Shape) -> bool {
    match shape {
        Shape::Boolean => true,
        Shape::Struct(members) => shorthand::only_member(members).is_some_and(|only| only.shape == Shape::Boolean),
        _ => false,
    }
}

fn input(client: &Client, name: &str, values: &[&str]) -> Result<Value, Failure> {
    let Some(text) = values.first() else {
        return Err(Failure::usage(&format!("argument {name}: expected one argument")));
    };
    let text = file(client, name, text)?;
    to_value(&text).ok_or_else(|| Failure::parameter(&format!("Invalid JSON: {text}")))
}

/// What an option's value says, with `file://` opened.
pub(super) fn file(client: &Client, option: &str, text: &str) -> Result<String, Failure> {
    let Some(path) = text.strip_prefix("file://").or_else(|| text.strip_prefix("fileb://")) else {
        return Ok(text.to_owned());
    };
    let found = client.setting().files.get(path.trim_start_matches("./")).cloned();
    found.ok_or_else(|| {
        Failure::parameter(&format!(
            "Error parsing parameter '{option}': Unable to load paramfile {text}: [Errno 2] No such file or directory: '{path}'"
        ))
    })
}

fn read_member(client: &Client, member: &Member, option: &str, no: bool, values: &[&str]) -> Result<Value, Failure> {
    if is_switch(&member.shape) && values.is_empty() {
        let value = Value::Bool(!no);
        return Ok(match &member.shape {
            Shape::Struct(members) => {
                let only = shorthand::only_member(members).map_or("Value", |only| only.name);
                Value::map().with(&[only], value)
            }
            _ => value,
        });
    }
    let mut words = Vec::new();
    for value in values {
        words.push(file(client, option, value)?);
    }
    let read = match (&member.shape, words.as_slice()) {
        (Shape::List(_) | Shape::Map(_), []) | (_, [_, ..]) => read_words(&member.shape, &words),
        _ => return Err(Failure::usage(&format!("argument {option}: expected one argument"))),
    };
    read.map_err(|problem| Failure::parameter(&format!("Error parsing parameter '{option}': {problem}")))
}

fn read_words(shape: &Shape, words: &[String]) -> Result<Value, String> {
    let first = words.first().map_or("", String::as_str).trim_start();
    let is_json = first.starts_with(['{', '[']) && !matches!(shape, Shape::Text | Shape::Blob);
    if is_json && words.len() == 1 && !matches!((shape, first.chars().next()), (Shape::List(_), Some('{'))) {
        let value = parse_json(first).ok_or_else(|| format!("Invalid JSON: {first}"))?;
        return Ok(shorthand::typed(value, shape));
    }
    match shape {
        Shape::List(of) => {
            let items = words.iter().map(|word| read_item(of, word)).collect::<Result<Vec<_>, _>>()?;
            Ok(Value::list(items))
        }
        Shape::Map(_) => {
            let mut made = Value::map();
            for word in words {
                for (key, value) in shorthand::read(word, shape)?.entries() {
                    made.set(&[key], value.clone());
                }
            }
            Ok(made)
        }
        _ => read_item(shape, words.first().map_or("", String::as_str)),
    }
}

fn read_item(shape: &Shape, word: &str) -> Result<Value, String> {
    match shape {
        Shape::Integer => {
            word.parse().map(Value::Int).map_err(|_| format!("invalid literal for int() with base 10: '{word}'"))
        }
        Shape::Boolean => match word {
            "true" | "True" => Ok(Value::Bool(true)),
            "false" | "False" => Ok(Value::Bool(false)),
            _ => Ok(Value::text(word)),
        },
        Shape::Decimal => Ok(parse_json(word).unwrap_or_else(|| Value::text(word))),
        _ if word.trim_start().starts_with(['{', '[']) && !matches!(shape, Shape::Text | Shape::Blob) => {
            let value = parse_json(word).ok_or_else(|| format!("Invalid JSON: {word}"))?;
            Ok(shorthand::typed(value, shape))
        }
        _ if shorthand::applies(shape) => shorthand::read(word, shape),
        _ => Ok(Value::text(word)),
    }
}

/// What is wrong with a request before it is sent.
// Models botocore validate.ParamValidator
fn validate(members: &[Member], value: &Value, path: &str, problems: &mut Vec<String>) {
    for member in members {
        let place = if path.is_empty() { member.name.to_owned() } else { format!("{path}.{}", member.name) };
        match value.get(member.name) {
            None if member.required => {
                let place = if path.is_empty() { "input" } else { path };
                problems.push(format!("Missing required parameter in {place}: \"{}\"", member.name));
            }
            None => {}
            Some(value) => validate_shape(&member.shape, value, &place, problems),
        }
    }
    let known: Vec<&str> = members.iter().map(|member| member.name).collect();
    for (name, _) in value.entries().filter(|(name, _)| !known.contains(&&***name)) {
        let place = if path.is_empty() { "input" } else { path };
        problems.push(format!("Unknown parameter in {place}: \"{name}\", must be one of: {}", known.join(", ")));
    }
}

fn validate_shape(shape: &Shape, value: &Value, place: &str, problems: &mut Vec<String>) {
    let wanted = match (shape, value) {
        (Shape::Struct(members), Value::Map(_)) => return validate(members, value, place, problems),
        (Shape::List(of), Value::List(items)) => {
            for (index, item) in items.iter().enumerate() {
                validate_shape(of, item, &format!("{place}[{index}]"), problems);
            }
            return;
        }
        (Shape::Map(of), Value::Map(_)) => {
            for (key, item) in value.entries() {
                validate_shape(of, item, &format!("{place}.{key}"), problems);
            }
            return;
        }
        (Shape::Text | Shape::Blob, Value::Text(_))
        | (Shape::Integer, Value::Int(_))
        | (Shape::Boolean, Value::Bool(_))
        | (Shape::Decimal, Value::Int(_) | Value::Decimal(_)) => return,
        (Shape::Text, _) => "<class 'str'>",
        (Shape::Blob, _) => "<class 'bytes'>, <class 'bytearray'>, file-like object",
        (Shape::Integer, _) => "<class 'int'>",
        (Shape::Boolean, _) => "<class 'bool'>",
        (Shape::Decimal, _) => "<class 'float'>, <class 'decimal.Decimal'>, <class 'int'>",
        (Shape::List(_), _) => "<class 'list'>, <class 'tuple'>",
        (Shape::Struct(_) | Shape::Map(_), _) => "<class 'dict'>",
    };
    let class = match value {
        Value::Null => "NoneType",
        Value::Bool(_) => "bool",
        Value::Int(_) => "int",
        Value::Decimal(_) => "float",
        Value::Text(_) => "str",
        Value::List(_) => "list",
        Value::Map(_) => "dict",
    };
    let shown = value.as_str().map_or_else(|| value.to_string(), str::to_owned);
    problems.push(format!(
        "Invalid type for parameter {place}, value: {shown}, type: <class '{class}'>, valid types: {wanted}"
    ));
}

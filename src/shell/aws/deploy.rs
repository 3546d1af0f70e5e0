//! `aws cloudformation deploy`: a change set is made, looked at and carried out, and waited for.
// Models awscli/customizations/cloudformation/deploy.py, deployer.py

use super::super::client::Client;
use super::failure::Failure;
use super::options::file;
use super::{Global, package, request};
use crate::document::{Value, parse};
use crate::tree;
use crate::world::secs;

/// Runs it; none for the service's own operations.
pub(super) async fn run(client: &Client, global: &Global, args: &[String]) -> Option<Result<(), Failure>> {
    let (verb, rest) = args.split_first()?;
    if verb == "package" {
        return Some(package::run(client, global, rest).await);
    }
    if verb != "deploy" {
        return None;
    }
    Some(match Options::read(rest) {
        Ok(options) => deploy(client, global, &options).await,
        Err(failure) => Err(failure),
    })
}

/// The command line of `deploy`.
#[derive(Default)]
struct Options {
    template_file: String,
    stack_name: String,
    role_arn: String,
    overrides: Vec<String>,
    capabilities: Vec<String>,
    tags: Vec<String>,
    only_prepares: bool,
    fails_on_empty: bool,
    disables_rollback: bool,
}

impl Options {
    fn read(args: &[String]) -> Result<Self, Failure> {
        let mut options = Self::default();
        let words = args.iter().flat_map(|word| match word.split_once('=') {
            Some((name, value)) if name.starts_with("--") => vec![name.to_owned(), value.to_owned()],
            _ => vec![word.clone()],
        });
        let mut name = String::new();
        for word in words {
            if word.starts_with("--") {
                match word.as_str() {
                    "--no-execute-changeset" => options.only_prepares = true,
                    "--fail-on-empty-changeset" => options.fails_on_empty = true,
                    "--disable-rollback" => options.disables_rollback = true,
                    "--no-fail-on-empty-changeset" | "--no-disable-rollback" | "--force-upload" => {}
                    "--template-file"
                    | "--template"
                    | "--stack-name"
                    | "--role-arn"
                    | "--parameter-overrides"
                    | "--capabilities"
                    | "--tags"
                    | "--s3-bucket"
                    | "--s3-prefix"
                    | "--kms-key-id"
                    | "--notification-arns" => {}
                    unknown => return Err(Failure::usage(&format!("Unknown options: {unknown}"))),
                }
                name = word;
                continue;
            }
            match name.as_str() {
                "--template-file" | "--template" => options.template_file = word,
                "--stack-name" => options.stack_name = word,
                "--role-arn" => options.role_arn = word,
                "--parameter-overrides" => options.overrides.push(word),
                "--capabilities" => options.capabilities.push(word),
                "--tags" => options.tags.push(word),
                "--s3-bucket" | "--s3-prefix" | "--kms-key-id" | "--notification-arns" => {}
                _ => return Err(Failure::usage(&format!("Unknown options: {word}"))),
            }
        }
        let given = [("--template-file", &options.template_file), ("--stack-name", &options.stack_name)];
        let missing: Vec<&str> = given.iter().filter(|(_, value)| value.is_empty()).map(|(name, _)| *name).collect();
        if !missing.is_empty() {
            return Err(Failure::usage(&format!("the following arguments are required: {}", missing.join(", "))));
        }
        Ok(options)
    }

    /// `Key=Value`, or a JSON text of either form that the CLI takes.
    fn pairs(client: &Client, option: &str, words: &[String]) -> Result<Vec<(String, String)>, Failure> {
        let mut pairs = Vec::new();
        for word in words {
            let text = file(client, option, word)?;
            if text.trim_start().starts_with(['[', '{']) {
                let read = parse(&text).documents.first().map(|document| document.root.to_value()).unwrap_or_default();
                pairs.extend(from_json(&read));
                continue;
            }
            let Some((key, value)) = text.split_once('=') else {
                let message = format!("['{text}'] value passed to {option} must be of format Key=Value");
                return Err(Failure::general(&message));
            };
            pairs.push((key.to_owned(), value.to_owned()));
        }
        Ok(pairs)
    }
}

fn from_json(read: &Value) -> Vec<(String, String)> {
    let text = |value: &Value| value.as_str().map_or_else(|| value.to_string(), str::to_owned);
    let own = read.get("Parameters").unwrap_or(read);
    let map = own.entries().map(|(key, value)| (key.to_string(), text(value)));
    let list = read.items().iter().map(|item| match item.get("ParameterKey") {
        Some(key) => (text(key), item.get("ParameterValue").map(text).unwrap_or_default()),
        None => {
            let word = text(item);
            word.split_once('=').map(|(key, value)| (key.to_owned(), value.to_owned())).unwrap_or_default()
        }
    });
    map.chain(list).collect()
}

async fn deploy(client: &Client, global: &Global, options: &Options) -> Result<(), Failure> {
    let path = options.template_file.trim_start_matches("file://").trim_start_matches("./");
    let Some(template) = client.setting().files.get(path).cloned() else {
        return Err(Failure::general(&format!("Invalid template path {}", options.template_file)));
    };
    let name = options.stack_name.as_str();
    let told = request(client, global, "cloudformation", "DescribeStacks", tree!({ "StackName": name })).await;
    let old = told.ok().and_then(|told| told.items_at(&["Stacks"]).first().cloned());
    let is_new = old.as_ref().is_none_or(|stack| stack.str_at(&["StackStatus"]) == "REVIEW_IN_PROGRESS");
    let set = format!("awscli-cloudformation-package-deploy-{}", client.now().unix_seconds());
    let mut params = tree!({
        "StackName": name, "ChangeSetName": set.as_str(), "TemplateBody": &*template,
        "ChangeSetType": (if is_new { "CREATE" } else { "UPDATE" }),
        "Description": "Created by AWS CLI",
        "Parameters": (parameters(client, options, &template, old.as_ref().filter(|_| !is_new))?),
        "Capabilities": (Value::list(options.capabilities.iter().map(Value::from))),
    });
    if !options.role_arn.is_empty() {
        params.set(&["RoleARN"], options.role_arn.as_str());
    }
    let tags = Options::pairs(client, "--tags", &options.tags)?;
    if !tags.is_empty() {
        let tags = tags.into_iter().map(|(key, value)| tree!({ "Key": key, "Value": value }));
        params.set(&["Tags"], Value::list(tags));
    }
    let made = request(client, global, "cloudformation", "CreateChangeSet", params).await?;
    let id = made.get("Id").cloned().unwrap_or_default();
    client.print("\nWaiting for changeset to be created..\n");
    let seen = request(client, global, "cloudformation", "DescribeChangeSet", tree!({ "ChangeSetName": (id.clone()) }))
        .await?;
    if seen.str_at(&["Status"]) == "FAILED" {
        let message = format!("\nNo changes to deploy. Stack {name} is up to date");
        if options.fails_on_empty {
            return Err(Failure::general(&message));
        }
        client.println(&message);
        return Ok(());
    }
    if options.only_prepares {
        client.println("Changeset created successfully. Run the following command to review changes:");
        client.println(&format!(
            "aws cloudformation describe-change-set --change-set-name {}",
            id.as_str().unwrap_or_default()
        ));
        return Ok(());
    }
    let carried = tree!({ "ChangeSetName": (id), "StackName": name, "DisableRollback": (options.disables_rollback) });
    request(client, global, "cloudformation", "ExecuteChangeSet", carried).await?;
    client.println("Waiting for stack create/update to complete");
    wait(client, global, name).await
}

/// What is given, and for the rest what the stack has already.
fn parameters(client: &Client, options: &Options, template: &str, old: Option<&Value>) -> Result<Value, Failure> {
    let given = Options::pairs(client, "--parameter-overrides", &options.overrides)?;
    let mut all: Vec<Value> = given
        .iter()
        .map(|(key, value)| tree!({ "ParameterKey": key.as_str(), "ParameterValue": value.as_str() }))
        .collect();
    let declared = parse(template).documents.first().map(|document| document.root.to_value()).unwrap_or_default();
    for known in old.map(|old| old.items_at(&["Parameters"])).unwrap_or_default() {
        let key = known.str_at(&["ParameterKey"]);
        let is_given = given.iter().any(|(name, _)| name == key);
        if !is_given && declared.at(&["Parameters", key]).is_some() {
            all.push(tree!({ "ParameterKey": key, "UsePreviousValue": true }));
        }
    }
    Ok(all.into())
}

async fn wait(client: &Client, global: &Global, name: &str) -> Result<(), Failure> {
    const ATTEMPTS: u32 = 120;
    for _ in 0..ATTEMPTS {
        let told = request(client, global, "cloudformation", "DescribeStacks", tree!({ "StackName": name })).await?;
        let status =
            told.items_at(&["Stacks"]).first().map(|it| it.str_at(&["StackStatus"]).to_owned()).unwrap_or_default();
        match status.as_str() {
            "CREATE_COMPLETE" | "UPDATE_COMPLETE" => {
                client.println(&format!("Successfully created/updated stack - {name}"));
                return Ok(());
            }
            _ if status.ends_with("IN_PROGRESS") => client.sleep(secs(30)).await,
            _ => break,
        }
    }
    Err(Failure::general(&format!(
        "Failed to create/update the stack. Run the following command\nto fetch the list of events leading up to the failure\naws cloudformation describe-stack-events --stack-name {name}"
    )))
}

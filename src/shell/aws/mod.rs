//! The AWS CLI: a command line becomes one request to the cloud, and its answer a text.
//!
//! `model` knows each service's operations and their parameters from the tables in `model/*.txt`,
//! `options` and `shorthand` read a command line against them, `paging` is `--max-items`, `query` is `--query`, `output/` the
//! four formats, `waiter` is `aws … wait`. What the CLI does beside its services' operations
//! (`configure`, `s3`, `cloudformation deploy`, `eks update-kubeconfig`) are files of their own,
//! called from [`custom`].
//!
//! Invariant: what it prints is the real tool's own English, and so are its exit codes.
// Source: AWS CLI User Guide, version 2: "Command line options", "Return codes".

mod configure;
mod deploy;
mod ec2;
mod eks;
mod failure;
mod model;
mod options;
mod output;
mod package;
mod paging;
mod query;
mod s3;
mod shorthand;
mod waiter;

use super::builtin::nearest;
use super::client::Client;
use crate::document::Value;
use crate::world::{Action, Call, Caller, CloudError, Key};
use failure::Failure;
use model::{Operation, Service};
use options::Global;

/// Runs `aws ARGS` as the programs of a Pod would, with the credentials that they find there.
/// Returns the exit code.
pub(super) async fn main_in_pod(client: &Client, pod: &Key, args: &[String]) -> u8 {
    let (server, region) = {
        let setting = client.setting();
        let target = setting.kubeconfig.target(&client.context, &setting.profile.access_key_id);
        (target.map(|target| target.server.clone()).unwrap_or_else(|| "".into()), setting.profile.region.clone())
    };
    let answer = client.act(Action::Identify { server, pod: pod.clone() }).await;
    let found = match answer {
        Ok(reply) => reply.into_object(),
        Err(error) => {
            client.warn(&Failure::configuration(&error.message).text);
            return 255;
        }
    };
    if !found.str_at(&["code"]).is_empty() {
        let error = CloudError::new(found.str_at(&["code"]), found.str_at(&["message"]));
        let failure = Failure::service(&error.line(found.str_at(&["action"])));
        client.warn(&failure.text);
        return failure.exit;
    }
    if found.is_true_at(&["noAgent"]) {
        // Models botocore/utils.py ContainerMetadataFetcher
        let text = "Error when retrieving credentials from container-role: Error retrieving metadata: Received error when \
                    attempting to retrieve container metadata: Could not connect to the endpoint URL: \
                    \"http://169.254.170.23/v1/credentials\"";
        client.warn(&Failure::general(text).text);
        return 255;
    }
    let own = client.setting().profile.clone();
    client.change_setting(|setting| {
        setting.profile.access_key_id = found.str_at(&["accessKeyId"]).to_owned();
        setting.profile.region = if region.is_empty() { "ap-northeast-2".to_owned() } else { region.clone() };
    });
    let exit = main(client, args).await;
    client.change_setting(|setting| setting.profile = own);
    exit
}

/// Runs `aws ARGS`. Returns the exit code.
pub(super) async fn main(client: &Client, args: &[String]) -> u8 {
    match run(client, args).await {
        Ok(()) => 0,
        Err(failure) => {
            client.warn(&failure.text);
            failure.exit
        }
    }
}

async fn run(client: &Client, args: &[String]) -> Result<(), Failure> {
    let (global, words) = options::global(client, args)?;
    let mut words = words.iter().map(String::as_str);
    let service = match words.next() {
        None => return Err(Failure::usage("the following arguments are required: command")),
        Some("help") => return help(client),
        Some("--version") => {
            client.println("aws-cli/2.31.0 Python/3.13.7 Linux/6.1.0 exe/x86_64.debian.12");
            return Ok(());
        }
        Some(service) => service,
    };
    let rest: Vec<String> = words.map(str::to_owned).collect();
    if service == "configure" {
        return configure::run(client, &rest);
    }
    if let Some(done) = Box::pin(custom(client, &global, service, &rest)).await {
        return done;
    }
    let Some(service) = model::service(service) else {
        return Err(invalid_choice("command", service, &model::names()));
    };
    let Some((name, rest)) = rest.split_first() else {
        return Err(Failure::usage("the following arguments are required: operation"));
    };
    if name == "wait" {
        return Box::pin(waiter::run(client, &global, service, rest)).await;
    }
    if name == "help" {
        return service_help(client, service);
    }
    let Some(operation) = service.operation(name) else {
        let known = service.command_names();
        return Err(invalid_choice("operation", name, &known.iter().map(String::as_str).collect::<Vec<_>>()));
    };
    let params = options::read(client, service, &operation, rest)?;
    let answer = call(client, &global, service, &operation, params).await?;
    print(client, &global, service, &operation, answer)
}

/// What the CLI does beside its services' operations. None: it is an ordinary operation.
async fn custom(client: &Client, global: &Global, service: &str, args: &[String]) -> Option<Result<(), Failure>> {
    match service {
        "cloudformation" => deploy::run(client, global, args).await,
        "eks" => eks::run(client, global, args).await,
        "s3" => s3::run(client, global, args).await,
        _ => None,
    }
}

/// Sends a request to the cloud.
async fn call(
    client: &Client,
    global: &Global,
    service: &Service,
    operation: &Operation,
    params: Value,
) -> Result<Value, Failure> {
    request(client, global, service.name, operation.name, params).await
}

/// Sends a request that need not be in the tables.
async fn request(
    client: &Client,
    global: &Global,
    service: &str,
    action: &str,
    params: Value,
) -> Result<Value, Failure> {
    let profile = client.setting().profile.clone();
    let region = global.region.clone().unwrap_or(profile.region);
    if region.is_empty() {
        let advice = "You must specify a region. You can also configure your region by running \"aws configure\".";
        return Err(Failure::configuration(advice));
    }
    let signs = !global.no_sign && !UNSIGNED.contains(&action);
    if signs && profile.access_key_id.is_empty() {
        let advice = "Unable to locate credentials. You can configure credentials by running \"aws configure\".";
        return Err(Failure::configuration(advice));
    }
    let mut call = Call::new(&profile.access_key_id, &region, service, action, params);
    if !signs {
        call.caller = Caller::Anonymous;
    }
    client.call(call).await.map_err(|error| Failure::service(&error.line(action)))
}

/// Operations that ask for no signature.
// Source: AWS STS API Reference, AssumeRoleWithWebIdentity.
const UNSIGNED: &[&str] = &["AssumeRoleWithWebIdentity", "AssumeRoleWithSAML"];

fn print(
    client: &Client,
    global: &Global,
    service: &Service,
    operation: &Operation,
    answer: Value,
) -> Result<(), Failure> {
    let mut answer = answer;
    // The CLI asks for every page and shows the sum: what speaks of pages is not shown.
    // Models botocore paginate.PageIterator.build_full_result
    if answer.get("IsTruncated") == Some(&Value::Bool(false)) {
        answer.remove(&["IsTruncated"]);
    }
    let answer = global.part.of(answer, service.name);
    let answer = match &global.query {
        Some(query) => query::search(query, &answer)?,
        None => answer,
    };
    let format = global.output.clone().unwrap_or_else(|| client.setting().profile.output.clone());
    let order = output::KeyOrder::new(service.order, global.query.as_deref());
    client.print(&output::print(&format, operation.name, &answer, &order)?);
    Ok(())
}

fn invalid_choice(argument: &str, given: &str, known: &[&str]) -> Failure {
    let mut text = format!("argument {argument}: Found invalid choice '{given}'");
    if let Some(near) = nearest(given, known) {
        text.push_str(&format!("\n\nMaybe you meant:\n\n  * {near}"));
    }
    Failure::usage(&text)
}

fn help(client: &Client) -> Result<(), Failure> {
    client.println("usage: aws [options] <command> <subcommand> [<subcommand> ...] [parameters]\n");
    for name in model::names() {
        client.println(&format!("       o {name}\n"));
    }
    Ok(())
}

fn service_help(client: &Client, service: &Service) -> Result<(), Failure> {
    for name in service.command_names() {
        client.println(&format!("       o {name}\n"));
    }
    Ok(())
}

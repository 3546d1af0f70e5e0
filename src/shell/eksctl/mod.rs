//! `eksctl`: clusters by one command, through CloudFormation stacks, as the real tool makes them.
//!
//! `config` is what is wished for, from flags or from a `ClusterConfig` file; `template` the stacks
//! that it becomes; `create` makes and waits, `delete` takes away, `get` shows.
//!
//! Invariant: everything goes through the cloud's API; eksctl knows nothing that AWS does not tell.
// Models eksctl-io/eksctl pkg/ctl, pkg/cfn/builder; wording from its format strings.

mod config;
mod create;
mod delete;
mod get;
mod template;

use super::client::Client;
use crate::document::Value;
use crate::tree;
use crate::world::Call;

/// A failure as eksctl says it; its exit code is 1.
type Failure = String;

/// Runs `eksctl ARGS`.
pub(super) async fn main(client: &Client, args: &[String]) -> u8 {
    let words: Vec<&str> = args.iter().map(String::as_str).collect();
    let done = match words.as_slice() {
        ["version"] => {
            client.println(VERSION);
            Ok(())
        }
        ["create", "cluster", rest @ ..] => create::cluster(client, rest).await,
        ["create", "nodegroup" | "ng", rest @ ..] => create::nodegroups(client, rest).await,
        ["delete", "cluster", rest @ ..] => delete::cluster(client, rest).await,
        ["delete", "nodegroup" | "ng", rest @ ..] => delete::nodegroup(client, rest).await,
        ["get", "cluster" | "clusters", rest @ ..] => get::clusters(client, rest).await,
        ["get", "nodegroup" | "nodegroups" | "ng", rest @ ..] => get::nodegroups(client, rest).await,
        ["get", "addon" | "addons", rest @ ..] => get::addons(client, rest).await,
        ["get", "accessentry" | "accessentries", rest @ ..] => get::access_entries(client, rest).await,
        ["utils", "write-kubeconfig", rest @ ..] => create::write_kubeconfig(client, rest).await,
        [] | ["help" | "--help" | "-h", ..] => {
            client.println(USAGE);
            Ok(())
        }
        [verb, ..] => Err(format!("unknown command \"{verb}\" for \"eksctl\"\nRun 'eksctl --help' for usage.")),
    };
    match done {
        Ok(()) => 0,
        Err(failure) => {
            if !failure.is_empty() {
                client.warnln(&format!("Error: {failure}"));
            }
            1
        }
    }
}

/// The release whose wording this is.
const VERSION: &str = "0.219.0";

const USAGE: &str = "The official CLI for Amazon EKS\n\nUsage: eksctl [command] [flags]\n\nCommands:\n  eksctl create \
                     cluster                Create a cluster\n  eksctl create nodegroup              Create a \
                     nodegroup\n  eksctl delete cluster                Delete a cluster\n  eksctl delete nodegroup  \
                                 Delete a nodegroup\n  eksctl get cluster                   Get cluster(s)\n  eksctl \
                     get nodegroup                 Get nodegroup(s)\n  eksctl utils write-kubeconfig        Write \
                     kubeconfig file for a given cluster\n  eksctl version                       Output the version \
                     of eksctl";

/// A line of the log: the moment, a mark, a text.
// Models pkg/utils/logger: kris-nova/logger with timestamps.
fn log(client: &Client, mark: &str, text: &str) {
    let now = client.now().rfc3339();
    let (day, time) = now.split_once('T').unwrap_or((&now, ""));
    client.println(&format!("{day} {} [{mark}]  {text}", time.trim_end_matches('Z')));
}

fn info(client: &Client, text: &str) {
    log(client, "ℹ", text);
}

/// Calls the cloud as the profile does.
async fn call(client: &Client, region: &str, service: &str, action: &str, params: Value) -> Result<Value, Failure> {
    let key = client.setting().profile.access_key_id.clone();
    if key.is_empty() {
        return Err(
            "checking AWS STS access – cannot get role ARN for current session: no EC2 IMDS role found".to_owned()
        );
    }
    let call = Call::new(&key, region, service, action, params);
    client.call(call).await.map_err(|error| {
        let service = match service {
            "cloudformation" => "CloudFormation",
            "eks" => "EKS",
            "ec2" => "EC2",
            other => other,
        };
        format!("operation error {service}: {action}, {}: {}", error.code, error.message)
    })
}

/// The region of a command: its flag, or the profile's.
fn region(client: &Client, flags: &Flags<'_>) -> String {
    flags.value("--region").or(flags.value("-r")).map_or_else(|| client.setting().profile.region.clone(), str::to_owned)
}

/// Words of a command line.
struct Flags<'a>(Vec<&'a str>);

impl<'a> Flags<'a> {
    /// Checks that nothing is unknown.
    fn read(words: &[&'a str], known: &[&str]) -> Result<Self, Failure> {
        for word in words.iter().filter(|word| word.starts_with("--")) {
            let name = word.split('=').next().unwrap_or_default();
            if !known.contains(&name) {
                return Err(format!("unknown flag: {name}"));
            }
        }
        Ok(Self(words.to_vec()))
    }

    fn value(&self, name: &str) -> Option<&'a str> {
        let joined = format!("{name}=");
        let at = self.0.iter().position(|word| *word == name);
        at.and_then(|at| self.0.get(at + 1).copied())
            .or_else(|| self.0.iter().find_map(|word| word.strip_prefix(joined.as_str())))
    }

    fn is_on(&self, name: &str) -> bool {
        self.0.iter().any(|word| *word == name || *word == format!("{name}=true"))
    }

    /// The first word that is no flag and no flag's value.
    fn word(&self) -> Option<&'a str> {
        let mut before = "";
        for word in &self.0 {
            if !word.starts_with('-') && (!before.starts_with('-') || before.contains('=')) {
                return Some(word);
            }
            before = word;
        }
        None
    }
}

/// The stacks of a cluster, in the order of their names.
async fn stacks(client: &Client, region: &str, cluster: &str) -> Result<Vec<Value>, Failure> {
    let answer = call(client, region, "cloudformation", "DescribeStacks", tree!({})).await?;
    let prefix = format!("eksctl-{cluster}-");
    let mut stacks: Vec<Value> = answer.items_at(&["Stacks"]).to_vec();
    stacks.retain(|stack| stack.str_at(&["StackName"]).starts_with(&prefix));
    Ok(stacks)
}

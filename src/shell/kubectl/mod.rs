//! kubectl: one file per verb, named as upstream; what they share beside them.
//!
//! Invariant: messages, exit codes and the split between the two streams are those of kubectl
//! v1.36. A verb that is not here is refused as an unknown command is, never half done.
// Models k8s.io/kubectl/pkg/cmd/cmd.go

mod builder;
mod duration;
mod failure;
mod flags;
mod printer;
pub mod table;
pub(super) mod tabwriter;

mod apply;
mod auth;
mod change;
mod config;
mod container;
mod create;
mod debug;
mod delete;
mod describe;
mod diff;
mod discovery;
mod edit;
mod events;
mod explain;
mod get;
mod label;
mod node;
mod patch;
mod prune;
mod replace;
mod rollout;
mod rules;
mod run;
mod scale;
mod set;
mod template;
mod top;
mod verbs;
mod wait;

pub use duration::{human, since};

use builder::Info;
use failure::Failure;
use flags::Args;
use verbs::VERBS;

use crate::document::Value;
use crate::world::api::custom::Registry;
use crate::world::api::{Key, Resource, User};

use super::builtin::nearest;
use super::client::Client;
use std::pin::Pin;

/// One invocation: who asks, what was typed, and in which namespace.
pub(in crate::shell) struct Kubectl {
    pub client: Client,
    pub args: Args,
    /// The namespace to look in.
    pub namespace: String,
    /// Whether that namespace was named on the command line.
    pub is_namespace_explicit: bool,
    /// The verb.
    pub verb: String,
    /// The command as messages name it: `kubectl create configmap`.
    pub path: String,
    /// What discovery says of custom kinds.
    pub custom: Registry,
}

type Done = Result<(), Failure>;

/// Whether kubectl has a verb of this name.
pub(super) fn has_verb(name: &str) -> bool {
    VERBS.iter().any(|verb| verb.name == name)
}

/// The kinds of Kubernetes that discovery names and that can be listed.
pub fn discovered_kinds() -> impl Iterator<Item = &'static str> {
    discovery::kinds()
}

/// The names of all verbs.
pub fn verbs() -> impl Iterator<Item = &'static str> {
    VERBS.iter().map(|verb| verb.name)
}

/// The flags of a verb (name, letter, whether a value follows); those of all where there is none.
pub(super) fn flags_of(verb: &str) -> Vec<(&'static str, Option<char>, bool)> {
    let specification = VERBS.iter().find(|known| known.name == verb).map_or("", |verb| verb.flags);
    flags::known(specification).collect()
}

/// Runs kubectl.
pub(super) async fn main(client: &Client, line: &[String]) -> u8 {
    match dispatch(client, line).await {
        Ok(()) => 0,
        Err(failure) => failure.print(client),
    }
}

async fn dispatch(client: &Client, line: &[String]) -> Done {
    // Global flags may stand before the verb.
    let before = leading_flags(line);
    let Some(name) = line.get(before).filter(|name| *name != "help" && *name != "options") else {
        return Err(usage_of_kubectl(client));
    };
    let Some(verb) = VERBS.iter().find(|verb| verb.name == name) else { return Err(unknown_command(name)) };
    let rest: Vec<String> = line[..before].iter().chain(&line[before + 1..]).cloned().collect();
    let (path, specification) = verbs::resolve(verb, &rest);
    let args = Args::read(&path, &specification, &rest)?;
    if args.is_on("help") {
        client.println(&format!("Usage:\n  kubectl {name} [options]\n\nOptions:"));
        for flag in verb.flags.split_whitespace() {
            let end = flag.find(['=', '#', '%', '?', '/']).unwrap_or(flag.len());
            client.println(&format!("    --{}", &flag[..end]));
        }
        return Ok(());
    }
    let mut client = client.clone();
    if let Some(user) = args.value("as") {
        client.user = impersonated(user, args.values("as-group").collect());
    }
    client.ignores_unknown = matches!(args.text("validate"), "false" | "ignore");
    if let Some(context) = args.value("context") {
        if client.setting().kubeconfig.entry(context).is_none() {
            // Models client-go tools/clientcmd ErrNoContext
            return Err(Failure::Plain(format!("context \"{context}\" does not exist")));
        }
        client.context = context.into();
    }
    let explicit = args.value("namespace").map(str::to_owned);
    let namespace = explicit.clone().unwrap_or_else(|| client.setting().namespace.clone());
    let custom = client.discover().await;
    let is_namespace_explicit = explicit.is_some();
    let kubectl = Kubectl { client, args, namespace, is_namespace_explicit, verb: name.clone(), path, custom };
    let doing = match verb.name {
        "apply" => later(apply::run(&kubectl)),
        "auth" => later(auth::run(&kubectl)),
        "create" => later(create::run(&kubectl)),
        "delete" => later(delete::run(&kubectl)),
        "get" => later(get::run(&kubectl)),
        "annotate" => later(label::run(&kubectl, label::What::Annotation)),
        "label" => later(label::run(&kubectl, label::What::Label)),
        "api-resources" => now(discovery::api_resources(&kubectl)),
        "api-versions" => now(discovery::api_versions(&kubectl)),
        "version" => now(discovery::version(&kubectl)),
        "cluster-info" => now(discovery::cluster_info(&kubectl)),
        "config" => later(config::run(&kubectl)),
        "autoscale" => later(run::autoscale(&kubectl)),
        "expose" => later(run::expose(&kubectl)),
        "run" => later(run::run(&kubectl)),
        "cordon" => later(node::cordon(&kubectl, true)),
        "uncordon" => later(node::cordon(&kubectl, false)),
        "drain" => later(node::drain(&kubectl)),
        "taint" => later(node::taint(&kubectl)),
        "describe" => later(describe::run(&kubectl)),
        "diff" => later(diff::run(&kubectl)),
        "explain" => later(explain::run(&kubectl)),
        "edit" => later(edit::run(&kubectl)),
        "debug" => later(debug::run(&kubectl)),
        "attach" => later(container::attach(&kubectl)),
        "cp" => now(Err(refuse(&kubectl, "kubectl-refuses-cp"))),
        "certificate" => now(Err(refuse(&kubectl, "kubectl-refuses-certificate"))),
        "completion" => now(Err(refuse(&kubectl, "kubectl-refuses-completion"))),
        "proxy" => now(Err(refuse(&kubectl, "kubectl-refuses-proxy"))),
        "kustomize" => {
            now(Err(apply::no_kustomization(&kubectl, kubectl.args.words.first().map_or(".", String::as_str))))
        }
        "plugin" => now(Err(Failure::plain("unable to find any kubectl plugins in your PATH"))),
        "events" => later(events::run(&kubectl)),
        "exec" => later(container::exec(&kubectl)),
        "logs" => later(container::logs(&kubectl)),
        "port-forward" => later(container::port_forward(&kubectl)),
        "top" => later(top::run(&kubectl)),
        "patch" => later(patch::run(&kubectl)),
        "replace" => later(replace::run(&kubectl)),
        "rollout" => later(rollout::run(&kubectl)),
        "scale" => later(scale::run(&kubectl)),
        "set" => later(set::run(&kubectl)),
        "wait" => later(wait::run(&kubectl)),
        _ => now(Err(unknown_command(name))),
    };
    doing.await
}

/// What a verb does, on its own: one future that held them all would have to be in the first half of the page's program
/// as a whole.
type Doing<'a> = Pin<Box<dyn Future<Output = Done> + 'a>>;

fn later<'a>(doing: impl Future<Output = Done> + 'a) -> Doing<'a> {
    Box::pin(doing)
}

fn now<'a>(done: Done) -> Doing<'a> {
    Box::pin(std::future::ready(done))
}

/// Who `--as` is. A service account is in the groups of service accounts unless groups are named.
// Models k8s.io/apiserver/pkg/endpoints/filters/impersonation.go
fn impersonated(name: &str, groups: Vec<&str>) -> User {
    let account = name.strip_prefix("system:serviceaccount:").and_then(|rest| rest.split_once(':'));
    let own = account.map(|(namespace, _)| format!("system:serviceaccounts:{namespace}"));
    let mut groups = groups;
    if let Some(own) = own.as_deref().filter(|_| groups.is_empty()) {
        groups.extend(["system:serviceaccounts", own]);
    }
    groups.push("system:authenticated");
    User::new(name, &groups)
}

/// How many words at the front are flags with their values.
fn leading_flags(line: &[String]) -> usize {
    let mut count = 0;
    while let Some(word) = line.get(count).filter(|word| word.starts_with('-')) {
        let takes_value = matches!(word.as_str(), "-n" | "--namespace" | "--context" | "--as" | "--kubeconfig" | "-s");
        count += if takes_value { 2 } else { 1 };
    }
    count.min(line.len())
}

fn usage_of_kubectl(client: &Client) -> Failure {
    client.println("kubectl controls the Kubernetes cluster manager.\n\nCommands:");
    for verb in VERBS {
        client.println(&format!("  {}", verb.name));
    }
    client.println("\nUsage:\n  kubectl [flags] [options]");
    Failure::Exit(0)
}

/// What is not here, said in the learner's language with what does much the same.
fn refuse(kubectl: &Kubectl, key: &'static str) -> Failure {
    Failure::plain(kubectl.client.setting().words.text(key))
}

// Models cobra legacyArgs and its suggestions
fn unknown_command(name: &str) -> Failure {
    let names: Vec<&str> = VERBS.iter().map(|verb| verb.name).collect();
    let hint = match nearest(name, &names) {
        Some(near) => format!("\n\nDid you mean this?\n\t{near}\n"),
        None => String::new(),
    };
    Failure::Plain(format!("unknown command \"{name}\" for \"kubectl\"{hint}"))
}

/// What is wrong with the words of a line, and where help is.
// Models cmdutil.UsageErrorf
fn usage_error(kubectl: &Kubectl, what: &str) -> Failure {
    Failure::Plain(format!("{what}\nSee '{} -h' for help and examples", kubectl.path))
}

/// Prints a usage line; the exit code of wrong usage.
pub(super) fn usage(client: &Client, line: &str) -> u8 {
    client.warnln(line);
    1
}

/// Columns parted by tabs, aligned as kubectl's tables are.
pub(super) fn align(text: &str) -> String {
    tabwriter::align(text, 6, 3)
}

/// Prints a tree in one of kubectl's formats.
pub(super) fn print_value(client: &Client, value: &Value, format: &str) -> u8 {
    let printed = printer::Printer::of(format).and_then(|printer| printer.print_tree(value));
    match printed {
        Ok(text) => {
            client.print(&text);
            0
        }
        Err(failure) => failure.print(client),
    }
}

/// How a change is only tried.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(in crate::shell) enum DryRun {
    None,
    Client,
    Server,
}

impl DryRun {
    /// What is printed behind a result.
    fn suffix(self) -> &'static str {
        match self {
            Self::None => "",
            Self::Client => " (dry run)",
            Self::Server => " (server dry run)",
        }
    }
}

impl Kubectl {
    /// `--dry-run`.
    // Models cmdutil.GetDryRunStrategy
    fn dry_run(&self) -> Result<DryRun, Failure> {
        match self.args.value("dry-run") {
            None | Some("none") => Ok(DryRun::None),
            Some("client") => Ok(DryRun::Client),
            Some("server") => Ok(DryRun::Server),
            Some("unchanged") => Err(Failure::plain(
                "--dry-run flag without a value was specified. A value must be set: \"none\", \"server\", or \"client\".",
            )),
            Some(other) => Err(Failure::plain(format!(
                "Invalid dry-run value ({other}). Must be \"none\", \"server\", or \"client\"."
            ))),
        }
    }

    /// The key of an object in the namespace that was asked for.
    fn key(&self, resource: Resource, name: &str) -> Key {
        Key::new(resource, self.namespace.as_str(), name)
    }

    /// Prints what happened to an object: `deployment.apps/web scaled`, or the object where `-o`
    /// asks for it.
    // Models genericclioptions PrintFlags with NamePrinter
    fn report(&self, object: &Value, operation: &str, dry_run: DryRun) -> Done {
        match self.args.value("output") {
            None => {
                self.client.println(&format!("{} {operation}{}", printer::name_of(object), dry_run.suffix()));
                Ok(())
            }
            Some("name") => {
                self.client.println(&printer::name_of(object));
                Ok(())
            }
            Some(format) => {
                self.client.print(&printer::Printer::of(format)?.print_object(object)?);
                Ok(())
            }
        }
    }

    /// The objects that `-f` or the words of the line name.
    async fn selected(&self) -> (Vec<Info>, Vec<Failure>) {
        builder::selected(self).await
    }
}

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
mod run;
mod scale;
mod set;
mod template;
mod top;
mod wait;

pub use duration::{human, since};

use builder::Info;
use failure::Failure;
use flags::Args;

use crate::document::Value;
use crate::world::api::{Key, Resource, User};

use super::builtin::nearest;
use super::client::Client;
use std::pin::Pin;

/// A verb: its name, its flags, and what is printed as its usage.
struct Verb {
    name: &'static str,
    flags: &'static str,
}

/// The verbs with the flags that each takes (see `flags`).
const VERBS: &[Verb] = &[
    Verb {
        name: "apply",
        flags: "filename/f= kustomize/k= recursive/R dry-run?unchanged output/o= server-side force-conflicts \
                field-manager= overwrite validate?strict show-managed-fields prune prune-allowlist= all selector/l=",
    },
    Verb { name: "auth", flags: "list no-headers quiet/q all-namespaces/A subresource= output/o=" },
    Verb {
        name: "create",
        flags: "filename/f= kustomize/k= recursive/R dry-run?unchanged output/o= field-manager= save-config \
                validate?strict show-managed-fields image= replicas/r# port# from-literal= from-file= \
                from-env-file= type= tcp= clusterip= node-port# external-name= schedule= restart= from= verb= \
                resource= resource-name= non-resource-url= role= clusterrole= user= group= serviceaccount= \
                selector= min-available= max-unavailable= value# global-default preemption-policy= description= rule= \
                default-backend= class= annotation= hard= scopes= docker-server= docker-username= \
                docker-password= docker-email= cert= key=",
    },
    Verb {
        name: "delete",
        flags: "filename/f= kustomize/k= recursive/R selector/l= all all-namespaces/A cascade?background force \
                grace-period# now ignore-not-found wait timeout% dry-run?unchanged output/o= field-selector=",
    },
    Verb {
        name: "get",
        flags: "filename/f= kustomize/k= recursive/R output/o= watch/w watch-only all-namespaces/A selector/l= \
                field-selector= show-labels sort-by= label-columns/L= no-headers ignore-not-found chunk-size# \
                show-kind show-managed-fields output-watch-events template=",
    },
    Verb {
        name: "annotate",
        flags: "filename/f= recursive/R selector/l= all all-namespaces/A overwrite list dry-run?unchanged \
                output/o= field-manager= field-selector= show-managed-fields",
    },
    Verb {
        name: "api-resources",
        flags: "output/o= namespaced api-group= verbs= categories= no-headers cached sort-by=",
    },
    Verb { name: "api-versions", flags: "" },
    Verb {
        name: "autoscale",
        flags: "filename/f= recursive/R min# max# cpu= cpu-percent= memory= name= dry-run?unchanged output/o= \
                field-manager=",
    },
    Verb { name: "cluster-info", flags: "" },
    Verb { name: "config", flags: "current output/o= no-headers" },
    Verb { name: "cordon", flags: "selector/l= dry-run?unchanged" },
    Verb { name: "attach", flags: "container/c= stdin/i tty/t quiet/q pod-running-timeout%" },
    Verb { name: "certificate", flags: "filename/f=" },
    Verb { name: "completion", flags: "" },
    Verb { name: "cp", flags: "container/c= no-preserve retries#" },
    Verb {
        name: "debug",
        flags: "image= container/c= stdin/i tty/t target= copy-to= profile= share-processes same-node replace attach \
                quiet/q env= set-image= arguments-only image-pull-policy=",
    },
    Verb { name: "describe", flags: "filename/f= recursive/R selector/l= all-namespaces/A show-events chunk-size#" },
    Verb {
        name: "diff",
        flags: "filename/f= kustomize/k= recursive/R server-side field-manager= concurrency# show-managed-fields",
    },
    Verb {
        name: "drain",
        flags: "selector/l= dry-run?unchanged force ignore-daemonsets delete-emptydir-data grace-period# \
                timeout% chunk-size#",
    },
    Verb {
        name: "edit",
        flags: "filename/f= recursive/R output/o= field-manager= save-config validate?strict windows-line-endings \
                output-patch subresource=",
    },
    Verb { name: "events", flags: "all-namespaces/A for= types= output/o= no-headers chunk-size#" },
    Verb { name: "exec", flags: "container/c= stdin/i tty/t quiet/q filename/f= pod-running-timeout%" },
    Verb { name: "explain", flags: "recursive api-version= output/o=" },
    Verb {
        name: "expose",
        flags: "filename/f= recursive/R port= target-port= protocol= name= type= selector= labels/l= \
                external-ip= cluster-ip= session-affinity= load-balancer-ip= dry-run?unchanged output/o= \
                field-manager=",
    },
    Verb {
        name: "label",
        flags: "filename/f= recursive/R selector/l= all all-namespaces/A overwrite list dry-run?unchanged \
                output/o= field-manager= field-selector= show-managed-fields",
    },
    Verb {
        name: "logs",
        flags: "follow/f previous/p container/c= tail# since% since-time= timestamps selector/l= all-containers \
                prefix limit-bytes# max-log-requests# ignore-errors all-pods",
    },
    Verb {
        name: "patch",
        flags: "filename/f= recursive/R patch/p= patch-file= type= subresource= dry-run?unchanged output/o= \
                field-manager= show-managed-fields",
    },
    Verb { name: "kustomize", flags: "output/o=" },
    Verb { name: "plugin", flags: "name-only" },
    Verb { name: "port-forward", flags: "address= pod-running-timeout%" },
    Verb { name: "proxy", flags: "port/p# address= www= api-prefix=" },
    Verb {
        name: "replace",
        flags: "filename/f= recursive/R force save-config dry-run?unchanged output/o= field-manager= \
                validate?strict",
    },
    Verb {
        name: "rollout",
        flags: "filename/f= recursive/R selector/l= revision# to-revision# watch/w timeout% dry-run?unchanged \
                output/o= field-manager=",
    },
    Verb {
        name: "run",
        flags: "image= port# labels/l= env= command restart= expose annotations= image-pull-policy= \
                dry-run?unchanged output/o= field-manager= quiet/q rm stdin/i tty/t attach leave-stdin-open \
                pod-running-timeout% privileged",
    },
    Verb {
        name: "scale",
        flags: "filename/f= recursive/R selector/l= all replicas# current-replicas# resource-version= \
                dry-run?unchanged output/o= timeout%",
    },
    Verb {
        name: "set",
        flags: "filename/f= recursive/R selector/l= all dry-run?unchanged output/o= field-manager= list \
                containers/c= limits= requests=",
    },
    Verb {
        name: "taint",
        flags: "selector/l= all overwrite dry-run?unchanged output/o= field-manager= validate?strict",
    },
    Verb {
        name: "top",
        flags: "selector/l= all-namespaces/A containers no-headers sort-by= sum show-capacity use-protocol-buffers",
    },
    Verb { name: "uncordon", flags: "selector/l= dry-run?unchanged" },
    Verb { name: "version", flags: "client output/o=" },
    Verb {
        name: "wait",
        flags: "for= timeout% selector/l= all all-namespaces/A filename/f= recursive/R field-selector= output/o=",
    },
];

/// One invocation: who asks, what was typed, and in which namespace.
pub(in crate::shell) struct Kubectl {
    pub client: Client,
    pub args: Args,
    /// The namespace to look in.
    pub namespace: String,
    /// Whether that namespace was named on the command line.
    pub is_namespace_explicit: bool,
    /// The verb, with its sub-command.
    pub verb: String,
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
    let args = Args::read(&format!("kubectl {name}"), verb.flags, &rest)?;
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
    let kubectl = Kubectl { client, args, namespace, is_namespace_explicit: explicit.is_some(), verb: name.clone() };
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

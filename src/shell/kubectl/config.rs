//! `kubectl config`: the contexts of the client's file, and which of them is current.
// Models k8s.io/kubectl/pkg/cmd/config

use super::failure::Failure;
use super::{Done, Kubectl, tabwriter};
use crate::shell::{Credential, Kubeconfig, KubeconfigEntry};
use crate::world::Action;

pub(super) async fn run(kubectl: &Kubectl) -> Done {
    let words: Vec<&str> = kubectl.args.words.iter().map(String::as_str).collect();
    let client = &kubectl.client;
    let config = client.setting().kubeconfig.clone();
    match words.as_slice() {
        ["current-context"] if config.current.is_empty() => return Err(Failure::plain("current-context is not set")),
        ["current-context"] => client.println(&config.current),
        ["get-contexts", rest @ ..] => return contexts(kubectl, &config, rest),
        ["get-clusters"] => list(kubectl, config.entries.iter().map(|entry| &*entry.cluster)),
        ["get-users"] => list(kubectl, config.entries.iter().map(|entry| &*entry.user)),
        ["use-context" | "use", name] => {
            let entry = find(&config, name)?;
            let server = entry.server.clone();
            client.change_setting(|setting| {
                setting.kubeconfig.current = (*name).into();
                setting.namespace = namespace_of(entry);
            });
            client.println(&format!("Switched to context \"{name}\"."));
            // Turning to a cluster is always possible; what it says to a request is another matter.
            let _ = client.act(Action::Focus(server)).await;
        }
        ["set-context", rest @ ..] => return set_context(kubectl, &config, rest),
        ["rename-context", from, to] => {
            find(&config, from)?;
            if config.entry(to).is_some() {
                return Err(Failure::Plain(format!(
                    "cannot rename the context \"{from}\", the context \"{to}\" already exists in {}",
                    crate::shell::KUBECONFIG_PATH
                )));
            }
            client.change_setting(|setting| {
                for entry in setting.kubeconfig.entries.iter_mut().filter(|entry| *entry.context == **from) {
                    entry.context = (*to).into();
                }
                if *setting.kubeconfig.current == **from {
                    setting.kubeconfig.current = (*to).into();
                }
            });
            client.println(&format!("Context \"{from}\" renamed to \"{to}\"."));
        }
        ["delete-context", name] => {
            if config.entry(name).is_none() {
                let path = crate::shell::KUBECONFIG_PATH;
                return Err(Failure::Plain(format!("cannot delete context {name}, not in {path}")));
            }
            client.change_setting(|setting| setting.kubeconfig.entries.retain(|entry| *entry.context != **name));
            client.println(&format!("deleted context {name} from {}", crate::shell::KUBECONFIG_PATH));
        }
        ["view"] => {
            let format = match kubectl.args.text("output") {
                "" => "yaml",
                format => format,
            };
            super::print_value(client, &view(&config, &client.setting().namespace), format);
        }
        [] => client.println(
            "Modify kubeconfig files using subcommands like \"kubectl config set current-context my-context\".\n\n\
             Available Commands:\n  current-context\n  delete-context\n  get-clusters\n  get-contexts\n  get-users\n  \
             rename-context\n  set-context\n  use-context\n  view",
        ),
        [other, ..] => return Err(Failure::Plain(format!("unknown command \"{other}\""))),
    }
    Ok(())
}

fn namespace_of(entry: &KubeconfigEntry) -> String {
    if entry.namespace.is_empty() { "default".to_owned() } else { entry.namespace.to_string() }
}

fn find<'c>(config: &'c Kubeconfig, name: &str) -> Result<&'c KubeconfigEntry, Failure> {
    config.entry(name).ok_or_else(|| Failure::Plain(format!("no context exists with the name: \"{name}\"")))
}

fn list<'n>(kubectl: &Kubectl, names: impl Iterator<Item = &'n str>) {
    kubectl.client.println("NAME");
    let mut said: Vec<&str> = Vec::new();
    for name in names {
        if !said.contains(&name) {
            kubectl.client.println(name);
            said.push(name);
        }
    }
}

/// The file with the namespace that the shell remembers for the current context.
fn view(config: &Kubeconfig, namespace: &str) -> crate::document::Value {
    let mut config = config.clone();
    let current = config.current.clone();
    for entry in config.entries.iter_mut().filter(|entry| entry.context == current) {
        let keeps = entry.credential == Credential::Certificate || namespace != "default";
        entry.namespace = if keeps { namespace.into() } else { "".into() };
    }
    config.to_value()
}

// Models GetContextsOptions.RunGetContexts
fn contexts(kubectl: &Kubectl, config: &Kubeconfig, names: &[&str]) -> Done {
    if let Some(unknown) = names.iter().find(|name| config.entry(name).is_none()) {
        return Err(Failure::Plain(format!("context {unknown} not found")));
    }
    let mut shown: Vec<&KubeconfigEntry> = config.entries.iter().collect();
    shown.retain(|entry| names.is_empty() || names.contains(&&*entry.context));
    shown.sort_by(|one, other| one.context.cmp(&other.context));
    if kubectl.args.text("output") == "name" {
        shown.iter().for_each(|entry| kubectl.client.println(&entry.context));
        return Ok(());
    }
    let mut text = String::new();
    if !kubectl.args.is_on("no-headers") {
        text.push_str("CURRENT\tNAME\tCLUSTER\tAUTHINFO\tNAMESPACE\n");
    }
    for entry in shown {
        let is_current = entry.context == config.current;
        let namespace = match (is_current, &entry.credential) {
            (true, _) => kubectl.client.setting().namespace.clone(),
            (false, _) => entry.namespace.to_string(),
        };
        let namespace = match &entry.credential {
            Credential::Aws { .. } if namespace == "default" => "",
            _ => &namespace,
        };
        let mark = if is_current { "*" } else { "" };
        text.push_str(&format!("{mark}\t{}\t{}\t{}\t{namespace}\n", entry.context, entry.cluster, entry.user));
    }
    kubectl.client.print(&tabwriter::align(&text, 6, 3));
    Ok(())
}

// Models SetContextOptions.run
fn set_context(kubectl: &Kubectl, config: &Kubeconfig, names: &[&str]) -> Done {
    let is_current = kubectl.args.is_on("current");
    let name = match names {
        [] if is_current => config.current.to_string(),
        [name] if !is_current => find(config, name)?.context.to_string(),
        _ => {
            return Err(Failure::plain("you must specify a non-empty context name or --current"));
        }
    };
    if kubectl.is_namespace_explicit {
        let namespace = kubectl.namespace.clone();
        kubectl.client.change_setting(|setting| {
            for entry in setting.kubeconfig.entries.iter_mut().filter(|entry| *entry.context == *name) {
                entry.namespace = namespace.as_str().into();
            }
            if *setting.kubeconfig.current == *name {
                setting.namespace = namespace;
            }
        });
    }
    kubectl.client.println(&format!("Context \"{name}\" modified."));
    Ok(())
}

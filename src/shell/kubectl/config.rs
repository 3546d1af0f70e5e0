//! `kubectl config`: one cluster, one user, one context whose namespace can be changed.
// Models k8s.io/kubectl/pkg/cmd/config

use super::failure::Failure;
use super::{Done, Kubectl, tabwriter};

/// The one context's name.
const CONTEXT: &str = "drydock";
const USER: &str = "admin";

pub(super) fn run(kubectl: &Kubectl) -> Done {
    let words: Vec<&str> = kubectl.args.words.iter().map(String::as_str).collect();
    let client = &kubectl.client;
    match words.as_slice() {
        ["current-context"] => client.println(CONTEXT),
        ["get-contexts", rest @ ..] => return contexts(kubectl, rest),
        ["get-clusters"] => client.println("NAME\ndrydock"),
        ["get-users"] => client.println("NAME\nadmin"),
        ["use-context" | "use", name] => {
            check(name)?;
            client.println(&format!("Switched to context \"{name}\"."));
        }
        ["set-context", rest @ ..] => return set_context(kubectl, rest),
        ["view"] => {
            let namespace = client.setting().namespace.clone();
            client.print(&format!(
                "apiVersion: v1\nclusters:\n- cluster:\n    certificate-authority-data: DATA+OMITTED\n    server: \
                 https://127.0.0.1:6443\n  name: {CONTEXT}\ncontexts:\n- context:\n    cluster: {CONTEXT}\n    \
                 namespace: {namespace}\n    user: {USER}\n  name: {CONTEXT}\ncurrent-context: {CONTEXT}\nkind: \
                 Config\nusers:\n- name: {USER}\n  user:\n    client-certificate-data: DATA+OMITTED\n    \
                 client-key-data: DATA+OMITTED\n"
            ));
        }
        [] => client.println(
            "Modify kubeconfig files using subcommands like \"kubectl config set current-context my-context\".\n\n\
             Available Commands:\n  current-context\n  get-clusters\n  get-contexts\n  get-users\n  set-context\n  \
             use-context\n  view",
        ),
        [other, ..] => return Err(Failure::Plain(format!("unknown command \"{other}\""))),
    }
    Ok(())
}

fn check(name: &str) -> Done {
    if name == CONTEXT { Ok(()) } else { Err(Failure::Plain(format!("no context exists with the name: \"{name}\""))) }
}

// Models GetContextsOptions.RunGetContexts
fn contexts(kubectl: &Kubectl, names: &[&str]) -> Done {
    if let Some(unknown) = names.iter().find(|name| **name != CONTEXT) {
        return Err(Failure::Plain(format!("context {unknown} not found")));
    }
    if kubectl.args.text("output") == "name" {
        kubectl.client.println(CONTEXT);
        return Ok(());
    }
    let namespace = kubectl.client.setting().namespace.clone();
    let header = if kubectl.args.is_on("no-headers") { "" } else { "CURRENT\tNAME\tCLUSTER\tAUTHINFO\tNAMESPACE\n" };
    let text = format!("{header}*\t{CONTEXT}\t{CONTEXT}\t{USER}\t{namespace}\n");
    kubectl.client.print(&tabwriter::align(&text, 6, 3));
    Ok(())
}

// Models SetContextOptions.run
fn set_context(kubectl: &Kubectl, names: &[&str]) -> Done {
    let is_current = kubectl.args.is_on("current");
    match names {
        [] if is_current => {}
        [name] if !is_current => check(name)?,
        _ => {
            return Err(Failure::plain("you must specify a non-empty context name or --current"));
        }
    }
    if kubectl.is_namespace_explicit {
        kubectl.client.change_setting(|setting| setting.namespace.clone_from(&kubectl.namespace));
    }
    kubectl.client.println(&format!("Context \"{CONTEXT}\" modified."));
    Ok(())
}

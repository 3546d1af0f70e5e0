//! What is done inside containers: `logs`, `exec`, `port-forward`, `attach`, `top`. The programs
//! of containers are not simulated yet, so these find their Pod and then say so.
// Models k8s.io/kubectl/pkg/cmd/{logs,exec,portforward,attach,top}

use crate::world::api::Reason;
use crate::world::api::Resource;

use super::builder::Info;
use super::failure::Failure;
use super::{Done, Kubectl, run};

/// The container that `-c` names has to be one of the Pod's.
fn check_container(kubectl: &Kubectl, info: &Info) -> Done {
    let wanted = kubectl.args.text("container");
    let names: Vec<&str> = ["containers", "initContainers", "ephemeralContainers"]
        .iter()
        .flat_map(|list| info.object.items_at(&["spec", list]))
        .map(|container| container.str_at(&["name"]))
        .collect();
    if wanted.is_empty() || names.contains(&wanted) {
        return Ok(());
    }
    Err(Failure::Plain(format!("container {wanted} is not valid for pod {} out of: {}", info.name, names.join(", "))))
}

fn not_yet(what: &str) -> Failure {
    Failure::Plain(format!("{what} is not simulated here yet"))
}

pub(super) async fn logs(kubectl: &Kubectl) -> Done {
    let words = &kubectl.args.words;
    if words.is_empty() && kubectl.args.text("selector").is_empty() {
        return Err(Failure::plain(
            "expected 'logs [-f] [-p] (POD | TYPE/NAME) [-c CONTAINER]'.\nPOD or TYPE/NAME is a required argument for \
             the logs command\nSee 'kubectl logs -h' for help and examples",
        ));
    }
    let info = match run::one(kubectl, words, Resource::PODS).await {
        Ok(info) => info,
        Err(Failure::Api { error, .. }) if error.reason == Reason::NotFound => {
            return Err(Failure::Plain(format!(
                "error from server (NotFound): {} in namespace \"{}\"",
                error.message, kubectl.namespace
            )));
        }
        Err(failure) => return Err(failure),
    };
    check_container(kubectl, &info)?;
    Err(not_yet("the output of containers"))
}

pub(super) async fn exec(kubectl: &Kubectl) -> Done {
    let args = &kubectl.args;
    let before = args.before_dashes.unwrap_or(args.words.len());
    let (target, command) = args.words.split_at(before);
    if target.is_empty() {
        return Err(Failure::plain("pod, type/name or --filename must be specified"));
    }
    if command.is_empty() {
        return Err(Failure::plain("you must specify at least one command for the container"));
    }
    let info = run::one(kubectl, &target[..1], Resource::PODS).await?;
    check_container(kubectl, &info)?;
    Err(not_yet("running a program inside a container"))
}

pub(super) async fn port_forward(kubectl: &Kubectl) -> Done {
    let words = &kubectl.args.words;
    if words.len() < 2 {
        return Err(Failure::plain(
            "TYPE/NAME and list of ports are required for port-forward\nSee 'kubectl port-forward -h' for help and examples",
        ));
    }
    run::one(kubectl, &words[..1], Resource::PODS).await?;
    Err(not_yet("forwarding ports"))
}

pub(super) async fn attach(kubectl: &Kubectl) -> Done {
    if kubectl.args.words.is_empty() {
        return Err(Failure::plain("at least 1 argument is required for attach"));
    }
    let info = run::one(kubectl, &kubectl.args.words[..1], Resource::PODS).await?;
    check_container(kubectl, &info)?;
    Err(not_yet("attaching to a program"))
}

/// There is no metrics server.
pub(super) fn top() -> Done {
    Err(Failure::plain("Metrics API not available"))
}

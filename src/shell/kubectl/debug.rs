//! `kubectl debug`: a Pod on a node to look at it, or a copy of a Pod.
// Models k8s.io/kubectl/pkg/cmd/debug/debug.go

use crate::document::Value;
use crate::tree;
use crate::world::api::{Request, Resource, meta};

use super::failure::Failure;
use super::{Done, Kubectl, refuse, run};

pub(super) async fn run(kubectl: &Kubectl) -> Done {
    let args = &kubectl.args;
    let before = args.before_dashes.unwrap_or(args.words.len());
    let (target, command) = args.words.split_at(before);
    let Some(first) = target.first() else {
        return Err(Failure::plain("NAME or TYPE/NAME is required for debug"));
    };
    let info = run::one(kubectl, std::slice::from_ref(first), Resource::PODS).await?;
    let pod = if info.resource == Resource::NODES {
        on_node(kubectl, &info.name, command)?
    } else if info.resource != Resource::PODS {
        return Err(Failure::Plain(format!("\"{first}\" not supported by debug")));
    } else if args.text("copy-to").is_empty() {
        return Err(refuse(kubectl, "kubectl-refuses-ephemeral"));
    } else {
        copy(kubectl, &info.object, command)?
    };
    let namespace = if info.resource == Resource::NODES { kubectl.namespace.clone() } else { info.namespace };
    let mut request = Request::create(kubectl.client.user.clone(), Resource::PODS, &namespace, pod);
    request.options.field_manager = "kubectl-debug".into();
    let made = kubectl.client.request(request).await?.into_object();
    if info.resource == Resource::NODES {
        kubectl.client.println(&format!(
            "Creating debugging pod {} with container debugger on node {}.",
            meta::name(&made),
            info.name
        ));
    }
    Ok(())
}

fn image(kubectl: &Kubectl) -> Result<&str, Failure> {
    match kubectl.args.text("image") {
        "" => Err(Failure::plain("you must specify --image, --set-image or command arguments.")),
        image => Ok(image),
    }
}

// Models DebugOptions.generateNodeDebugPod
fn on_node(kubectl: &Kubectl, node: &str, command: &[String]) -> Result<Value, Failure> {
    let mut container = tree!({
        "name": "debugger",
        "image": image(kubectl)?,
        "imagePullPolicy": "IfNotPresent",
        "stdin": kubectl.args.is_on("stdin"),
        "tty": kubectl.args.is_on("tty"),
        "terminationMessagePolicy": "File",
        "volumeMounts": [{ "mountPath": "/host", "name": "host-root" }],
    });
    if !command.is_empty() {
        container.set(&["args"], Value::list(command.iter().map(Value::from)));
    }
    Ok(tree!({
        "apiVersion": "v1",
        "kind": "Pod",
        "metadata": {
            "generateName": format!("node-debugger-{node}-"),
            "labels": { "app.kubernetes.io/managed-by": "kubectl-debug" },
        },
        "spec": {
            "containers": [container],
            "hostIPC": true,
            "hostNetwork": true,
            "hostPID": true,
            "nodeName": node,
            "restartPolicy": "Never",
            "tolerations": [{ "operator": "Exists" }],
            "volumes": [{ "name": "host-root", "hostPath": { "path": "/" } }],
        },
    }))
}

// Models DebugOptions.generatePodCopyWithDebugContainer
fn copy(kubectl: &Kubectl, pod: &Value, command: &[String]) -> Result<Value, Failure> {
    let args = &kubectl.args;
    let mut spec = pod.get("spec").cloned().unwrap_or_default();
    spec.remove(&["ephemeralContainers"]);
    if !args.is_on("same-node") {
        spec.remove(&["nodeName"]);
    }
    if args.is_on("share-processes") || args.value("share-processes").is_none() {
        spec.set(&["shareProcessNamespace"], true);
    }
    let names: Vec<String> =
        spec.items_at(&["containers"]).iter().map(|container| container.str_at(&["name"]).to_owned()).collect();
    let wanted = args.text("container");
    let containers = spec.at_mut(&["containers"]).items_mut();
    for pair in args.list("set-image") {
        let Some((name, image)) = pair.split_once('=') else {
            return Err(Failure::Plain(format!("invalid image specification: {pair}")));
        };
        for container in containers.iter_mut().filter(|it| name == "*" || it.str_at(&["name"]) == name) {
            container.set(&["image"], image);
        }
    }
    let existing = containers.iter_mut().find(|container| !wanted.is_empty() && container.str_at(&["name"]) == wanted);
    match existing {
        Some(container) => {
            if !args.text("image").is_empty() {
                container.set(&["image"], args.text("image"));
            }
            if !command.is_empty() {
                container.set(&["command"], Value::list(command.iter().map(Value::from)));
            }
        }
        None if args.text("set-image").is_empty() => {
            let name = if wanted.is_empty() { new_name(&names) } else { wanted.to_owned() };
            if wanted.is_empty() {
                kubectl.client.warnln(&format!("Defaulting debug container name to {name}."));
            }
            let mut container = tree!({
                "name": name,
                "image": image(kubectl)?,
                "imagePullPolicy": "IfNotPresent",
                "stdin": args.is_on("stdin"),
                "tty": args.is_on("tty"),
            });
            if !command.is_empty() {
                container.set(&["args"], Value::list(command.iter().map(Value::from)));
            }
            containers.push(container);
        }
        None => {}
    }
    Ok(tree!({
        "apiVersion": "v1",
        "kind": "Pod",
        "metadata": { "name": args.text("copy-to"), "namespace": meta::namespace(pod) },
        "spec": spec,
    }))
}

/// Upstream draws five letters; here the number of the containers does, so that a replay is the same.
fn new_name(taken: &[String]) -> String {
    (1..).map(|number| format!("debugger-{number}")).find(|name| !taken.contains(name)).unwrap_or_default()
}

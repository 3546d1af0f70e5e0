//! `kubectl debug`: a container added to a Pod, a Pod on a node to look at it, or a copy of a Pod.
// Models k8s.io/kubectl/pkg/cmd/debug/debug.go

use crate::document::Value;
use crate::tree;
use crate::world::api::{Key, PatchType, Request, Resource, Verb, meta};

use super::failure::Failure;
use super::{Done, Kubectl, container, run};

pub(super) async fn run(kubectl: &Kubectl) -> Done {
    let args = &kubectl.args;
    let before = args.before_dashes.unwrap_or(args.words.len());
    let (target, command) = args.words.split_at(before);
    let Some(first) = target.first() else {
        return Err(Failure::plain("NAME or TYPE/NAME is required for debug"));
    };
    let info = run::one(kubectl, std::slice::from_ref(first), Resource::PODS).await?;
    if info.resource == Resource::PODS && args.text("copy-to").is_empty() {
        return add(kubectl, &info.object, command).await;
    }
    let pod = if info.resource == Resource::NODES {
        on_node(kubectl, &info.name, command)?
    } else if info.resource != Resource::PODS {
        return Err(Failure::Plain(format!("\"{first}\" not supported by debug")));
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
    if !attaches(kubectl) {
        return Ok(());
    }
    let names: Vec<&str> = made.items_at(&["spec", "containers"]).iter().map(|it| it.str_at(&["name"])).collect();
    let wanted = args.text("container");
    let name = if names.contains(&wanted) { wanted } else { names.last().copied().unwrap_or_default() };
    watched(kubectl, &made, name).await
}

/// Whether the one who asked stays to look.
fn attaches(kubectl: &Kubectl) -> bool {
    kubectl.args.value("attach").map_or(kubectl.args.is_on("stdin"), |_| kubectl.args.is_on("attach"))
}

/// Waits for a container to begin, and shows what it says.
// Models DebugOptions.waitForContainer and handleAttachPod
async fn watched(kubectl: &Kubectl, pod: &Value, name: &str) -> Done {
    let client = &kubectl.client;
    let key = Key::new(Resource::PODS, meta::namespace(pod), meta::name(pod));
    loop {
        let seen = client.revision();
        let pod = client.get(&key).await?;
        let lists = ["containerStatuses", "ephemeralContainerStatuses", "initContainerStatuses"];
        let mut statuses = lists.iter().flat_map(|list| pod.items_at(&["status", list]));
        let status = statuses.find(|status| status.str_at(&["name"]) == name).cloned().unwrap_or_default();
        if status.at(&["state", "running"]).is_some() || status.at(&["state", "terminated"]).is_some() {
            return container::watched(kubectl, &pod, name).await;
        }
        client.changed(seen, None).await;
    }
}

/// Adds a container to a Pod that runs.
// Models DebugOptions.debugByEphemeralContainer, with the profile `general`
async fn add(kubectl: &Kubectl, pod: &Value, command: &[String]) -> Done {
    let (args, client) = (&kubectl.args, &kubectl.client);
    let target = args.text("target");
    if !target.is_empty() {
        client.warnln(&format!(
            "Targeting container \"{target}\". If you don't see processes from this container it may be because the \
             container runtime doesn't support this feature."
        ));
    }
    let lists = ["containers", "initContainers", "ephemeralContainers"];
    let taken: Vec<String> = lists
        .iter()
        .flat_map(|list| pod.items_at(&["spec", list]))
        .map(|container| container.str_at(&["name"]).to_owned())
        .collect();
    let name = match args.text("container") {
        "" => {
            let name = new_name(&taken);
            client.warnln(&format!("Defaulting debug container name to {name}."));
            name
        }
        name => name.to_owned(),
    };
    let policy = args.text("image-pull-policy");
    let mut container = tree!({
        "name": name.as_str(),
        "image": image(kubectl)?,
        "imagePullPolicy": if policy.is_empty() { "IfNotPresent" } else { policy },
        "terminationMessagePolicy": "File",
    });
    if !matches!(args.text("profile"), "legacy" | "baseline" | "restricted") {
        container.set(&["securityContext", "capabilities", "add"], Value::list([Value::from("SYS_PTRACE")]));
    }
    for flag in ["stdin", "tty"] {
        if args.is_on(flag) {
            container.set(&[flag], true);
        }
    }
    if !target.is_empty() {
        container.set(&["targetContainerName"], target);
    }
    if !command.is_empty() {
        let field = if args.is_on("arguments-only") { "args" } else { "command" };
        container.set(&[field], Value::list(command.iter().map(Value::from)));
    }
    let variables = args.values("env").filter_map(|pair| pair.split_once('='));
    let variables: Vec<Value> = variables.map(|(name, value)| tree!({ "name": name, "value": value })).collect();
    if !variables.is_empty() {
        container.set(&["env"], Value::list(variables));
    }
    let key = Key::new(Resource::PODS, meta::namespace(pod), meta::name(pod));
    let patch = tree!({ "spec": { "ephemeralContainers": [container] } });
    let mut request = Request::new(client.user.clone(), Verb::Patch(PatchType::Strategic), &key)
        .on("ephemeralcontainers")
        .with_body(patch);
    request.options.field_manager = "kubectl-debug".into();
    let made = client.request(request).await?.into_object();
    if attaches(kubectl) { watched(kubectl, &made, &name).await } else { Ok(()) }
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

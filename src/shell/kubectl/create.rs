//! `kubectl create`: from files, and the generators.
// Models k8s.io/kubectl/pkg/cmd/create

use crate::document::Value;
use crate::tree;
use crate::world::api::{ApiError, Request, Resource};

use super::apply::{no_kustomization, with_last_applied};
use super::failure::Failure;
use super::{Done, DryRun, Kubectl, builder};

pub(super) async fn run(kubectl: &Kubectl) -> Done {
    let args = &kubectl.args;
    if args.value("filename").is_some() {
        return from_files(kubectl).await;
    }
    let Some(kind) = args.words.first() else {
        return Err(match args.value("kustomize") {
            Some(folder) => no_kustomization(folder),
            None => Failure::Plain("must specify one of -f and -k".to_owned()),
        });
    };
    match kind.as_str() {
        "namespace" | "ns" => {
            let name = one_name(kubectl)?;
            let object = tree!({ "apiVersion": "v1", "kind": "Namespace", "metadata": { "name": name } });
            made(kubectl, Resource::NAMESPACES, object, None).await
        }
        "deployment" | "deploy" => deployment(kubectl).await,
        other => {
            Err(Failure::Plain(format!("Unexpected args: [{other}]\nSee 'kubectl create -h' for help and examples")))
        }
    }
}

async fn from_files(kubectl: &Kubectl) -> Done {
    let dry_run = kubectl.dry_run()?;
    let (infos, mut failures) = builder::from_files(kubectl);
    if infos.is_empty() && failures.is_empty() {
        return Err(Failure::plain("no objects passed to create"));
    }
    for info in infos {
        let object = if kubectl.args.is_on("save-config") { with_last_applied(&info.object) } else { info.object };
        match send(kubectl, info.resource, &info.namespace, object, dry_run).await {
            Ok(object) => kubectl.report(&object, "created", dry_run)?,
            Err(error) => failures.push(Failure::while_doing(error, "creating", &info.source)),
        }
    }
    Failure::of_all(failures)
}

/// Sends an object to be made; with a dry run of the client it comes back as it is.
async fn send(
    kubectl: &Kubectl,
    resource: Resource,
    namespace: &str,
    object: Value,
    dry_run: DryRun,
) -> Result<Value, ApiError> {
    if dry_run == DryRun::Client {
        return Ok(object);
    }
    let mut request = Request::create(kubectl.client.user.clone(), resource, namespace, object);
    let manager = kubectl.args.text("field-manager");
    request.options.field_manager = if manager.is_empty() { "kubectl-create" } else { manager }.into();
    request.options.dry_run = dry_run == DryRun::Server;
    request.options.strict = !matches!(kubectl.args.text("validate"), "false" | "ignore" | "warn");
    Ok(kubectl.client.request(request).await?.into_object())
}

/// Makes what a generator has written. `called` is how it calls itself when it fails.
async fn made(kubectl: &Kubectl, resource: Resource, mut object: Value, called: Option<&str>) -> Done {
    let dry_run = kubectl.dry_run()?;
    if resource.info().namespaced && (kubectl.is_namespace_explicit || dry_run != DryRun::Client) {
        object.set(&["metadata", "namespace"], kubectl.namespace.as_str());
    }
    if kubectl.args.is_on("save-config") {
        object = with_last_applied(&object);
    }
    match send(kubectl, resource, &kubectl.namespace, object, dry_run).await {
        Ok(object) => kubectl.report(&object, "created", dry_run),
        Err(error) => Err(match called {
            Some(called) => Failure::Plain(format!("failed to create {called}: {}", error.message)),
            None => error.into(),
        }),
    }
}

/// The one name behind the kind.
fn one_name(kubectl: &Kubectl) -> Result<String, Failure> {
    let words = &kubectl.args.words[1..];
    let words = &words[..kubectl.args.before_dashes.map_or(words.len(), |before| before.saturating_sub(1))];
    match words {
        [name] => Ok(name.clone()),
        other => Err(Failure::Plain(format!(
            "exactly one NAME is required, got {}\nSee 'kubectl create {} -h' for help and examples",
            other.len(),
            kubectl.args.words[0]
        ))),
    }
}

// Models create/create_deployment.go
async fn deployment(kubectl: &Kubectl) -> Done {
    let name = one_name(kubectl)?;
    let args = &kubectl.args;
    args.require("image")?;
    let images: Vec<&str> = args.list("image").collect();
    let command = args.before_dashes.map(|before| &args.words[before..]).unwrap_or_default();
    let mut containers = Vec::new();
    for image in images {
        let mut container = tree!({ "name": container_name(image), "image": image, "resources": {} });
        if !command.is_empty() {
            container.set(&["command"], Value::list(command.iter().map(Value::from)));
        }
        if let Some(port) = args.integer("port") {
            container.set(&["ports"], tree!([{ "containerPort": port }]));
        }
        containers.push(container);
    }
    let object = tree!({
        "apiVersion": "apps/v1",
        "kind": "Deployment",
        "metadata": { "name": name.as_str(), "labels": { "app": name.as_str() } },
        "spec": {
            "replicas": args.integer("replicas").unwrap_or(1),
            "selector": { "matchLabels": { "app": name.as_str() } },
            "strategy": {},
            "template": {
                "metadata": { "labels": { "app": name.as_str() } },
                "spec": { "containers": containers },
            },
        },
        "status": {},
    });
    made(kubectl, Resource::DEPLOYMENTS, object, Some("deployment")).await
}

/// `nginx` of `registry.example:5000/web/nginx:1.27`.
// Models CreateDeploymentOptions.buildPodSpec
fn container_name(image: &str) -> String {
    let name = image.rsplit('/').next().unwrap_or(image);
    let name = name.split([':', '@']).next().unwrap_or(name);
    name.to_lowercase().chars().filter(|c| c.is_ascii_alphanumeric() || *c == '-').collect()
}

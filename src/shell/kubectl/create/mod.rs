//! `kubectl create`: from files, and the generators.
// Models k8s.io/kubectl/pkg/cmd/create

mod access;
mod config;
mod network;
mod workload;

use crate::document::Value;
use crate::tree;
use crate::world::api::{ApiError, Request, Resource};

use super::apply::{no_kustomization, with_last_applied};
use super::failure::Failure;
use super::{Done, DryRun, Kubectl, builder, usage_error};

pub(super) async fn run(kubectl: &Kubectl) -> Done {
    let args = &kubectl.args;
    if args.value("filename").is_some() {
        return from_files(kubectl).await;
    }
    let Some(kind) = args.words.first() else {
        return Err(match args.value("kustomize") {
            Some(folder) => no_kustomization(kubectl, folder),
            None => Failure::Plain("must specify one of -f and -k".to_owned()),
        });
    };
    match kind.as_str() {
        "namespace" | "ns" => {
            let name = one_name(kubectl)?;
            let object = tree!({ "apiVersion": "v1", "kind": "Namespace", "metadata": { "name": name } });
            made(kubectl, Resource::NAMESPACES, object, None).await
        }
        "deployment" | "deploy" => workload::deployment(kubectl).await,
        "job" => workload::job(kubectl).await,
        "cronjob" | "cj" => workload::cron_job(kubectl).await,
        "configmap" | "cm" => config::config_map(kubectl).await,
        "secret" => config::secret(kubectl).await,
        "quota" | "resourcequota" => config::quota(kubectl).await,
        "priorityclass" | "pc" => config::priority_class(kubectl).await,
        "poddisruptionbudget" | "pdb" => config::disruption_budget(kubectl).await,
        "service" | "svc" => network::service(kubectl).await,
        "ingress" | "ing" => network::ingress(kubectl).await,
        "serviceaccount" | "sa" => access::service_account(kubectl).await,
        "role" => access::role(kubectl, Resource::ROLES).await,
        "clusterrole" => access::role(kubectl, Resource::CLUSTER_ROLES).await,
        "rolebinding" => access::role_binding(kubectl, Resource::ROLE_BINDINGS).await,
        "clusterrolebinding" => access::role_binding(kubectl, Resource::CLUSTER_ROLE_BINDINGS).await,
        "token" => access::token(kubectl).await,
        _ => {
            kubectl.client.warn("Error: must specify one of -f and -k\n\n");
            Err(unknown(kubectl, 0))
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
pub(super) async fn send(
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
    request.options.lenient = matches!(kubectl.args.text("validate"), "false" | "ignore" | "warn");
    Ok(kubectl.client.request(request).await?.into_object())
}

/// Makes what a generator has written. `called` is how it calls itself when it fails, with the colon that most put
/// behind it.
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
            Some(called) => Failure::Plain(format!("failed to create {called} {}", error.message)),
            None => error.into(),
        }),
    }
}

/// The words from this one on name no sub-command.
// Models cmdutil.DefaultSubCommandRun and RequireNoArguments
fn unknown(kubectl: &Kubectl, from: usize) -> Failure {
    let words = kubectl.args.words.get(from..).unwrap_or_default().join(" ");
    usage_error(kubectl, &format!("unknown command \"{words}\""))
}

/// The one name behind the kind.
fn one_name(kubectl: &Kubectl) -> Result<String, Failure> {
    let depth = usize::from(matches!(kubectl.args.words[0].as_str(), "secret" | "service" | "svc")) + 1;
    let before = kubectl.args.before_dashes.unwrap_or(kubectl.args.words.len());
    let words = kubectl.args.words.get(depth..before.max(depth)).unwrap_or_default();
    match words {
        [name] => Ok(name.clone()),
        other => Err(usage_error(kubectl, &format!("exactly one NAME is required, got {}", other.len()))),
    }
}

/// What stands behind `--`.
fn command(kubectl: &Kubectl) -> &[String] {
    let args = &kubectl.args;
    args.before_dashes.and_then(|before| args.words.get(before..)).unwrap_or_default()
}

/// `a=b` pairs of a flag as a tree of texts.
fn pairs<'a>(pairs: impl Iterator<Item = &'a str>) -> Value {
    pairs.filter_map(|pair| pair.split_once('=')).fold(Value::map(), |map, (key, value)| map.with(&[key], value))
}

/// The texts of a flag as a tree.
fn texts<'a>(texts: impl Iterator<Item = &'a str>) -> Value {
    Value::list(texts.map(Value::from))
}

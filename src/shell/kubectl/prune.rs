//! `kubectl apply --prune`: what was applied before and is in no file any more goes away.
// Models k8s.io/kubectl/pkg/cmd/apply/prune.go

use crate::world::api::{Propagation, Request, Resource, Verb, meta};

use super::apply::LAST_APPLIED;
use super::builder::Info;
use super::failure::Failure;
use super::{Done, DryRun, Kubectl, builder};

/// The kinds that are looked through unless `--prune-allowlist` names others, in upstream's order.
const PRUNED: &[&str] = &[
    "configmaps",
    "endpoints",
    "namespaces",
    "persistentvolumeclaims",
    "persistentvolumes",
    "pods",
    "replicationcontrollers",
    "secrets",
    "services",
    "jobs",
    "cronjobs",
    "ingresses",
    "daemonsets",
    "deployments",
    "replicasets",
    "statefulsets",
];

/// What has to hold before anything is applied.
pub(super) fn check(kubectl: &Kubectl) -> Done {
    let args = &kubectl.args;
    if !args.is_on("prune") || args.is_on("all") || !args.text("selector").is_empty() {
        return Ok(());
    }
    Err(Failure::plain(
        "all resources selected for prune without explicitly passing --all. To prune all resources, pass the --all \
         flag. If you did not mean to prune all resources, specify a label selector",
    ))
}

/// Deletes what was applied once, is selected, and is not among `applied`.
pub(super) async fn run(kubectl: &Kubectl, applied: &[Info], dry_run: DryRun) -> Done {
    if !kubectl.args.is_on("prune") {
        return Ok(());
    }
    let named: Vec<String> = kubectl
        .args
        .list("prune-allowlist")
        .map(|kind| kind.rsplit('/').next().unwrap_or(kind).to_lowercase())
        .collect();
    let kinds: Vec<Resource> = match named.is_empty() {
        true => PRUNED.iter().filter_map(|kind| Resource::named(kind)).collect(),
        false => named.iter().filter_map(|kind| kubectl.custom.named(kind)).collect(),
    };
    for resource in kinds {
        for object in builder::list(kubectl, resource).await? {
            let was_applied = meta::annotation(&object, LAST_APPLIED).is_some();
            let info = builder::info(resource, object.clone(), "");
            if !was_applied || applied.iter().any(|known| known.key() == info.key()) {
                continue;
            }
            if dry_run != DryRun::Client {
                let mut request = Request::new(kubectl.client.user.clone(), Verb::Delete, &info.key());
                request.options.propagation = Some(Propagation::Background);
                request.options.dry_run = dry_run == DryRun::Server;
                kubectl.client.request(request).await?;
            }
            kubectl.report(&object, "pruned", dry_run)?;
        }
    }
    Ok(())
}

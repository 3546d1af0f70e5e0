//! `kubectl rollout status | history | undo | pause | resume | restart`.
// Models k8s.io/kubectl/pkg/cmd/rollout and pkg/polymorphichelpers

use crate::document::InOrder as _;
use crate::document::Value;
use crate::world::SimTime;
use crate::world::api::{Reason, Resource, meta};

use super::apply::LAST_APPLIED;
use super::builder::{self, Info, Words};
use super::failure::Failure;
use super::{Done, DryRun, Kubectl, change, describe, printer, tabwriter, usage_error};

const REVISION: &str = "deployment.kubernetes.io/revision";
const CHANGE_CAUSE: &str = "kubernetes.io/change-cause";

pub(super) async fn run(kubectl: &Kubectl) -> Done {
    let Some((part, words)) = kubectl.args.words.split_first() else {
        kubectl.client.println(
            "Manage the rollout of one or many resources.\n\nAvailable Commands:\n  history\n  pause\n  restart\n  resume\n  status\n  undo",
        );
        return Ok(());
    };
    let part = part.as_str();
    if !["status", "history", "undo", "pause", "resume", "restart"].contains(&part) {
        return Err(usage_error(kubectl, &format!("unknown command \"{}\"", kubectl.args.words.join(" "))));
    }
    if words.is_empty() && kubectl.args.value("filename").is_none() {
        return Err(Failure::plain("required resource not specified"));
    }
    if let Some(revision) = kubectl.args.integer("revision").filter(|revision| *revision < 0) {
        return Err(Failure::Plain(format!("revision must be a positive integer: {revision}")));
    }
    let dry_run = kubectl.dry_run()?;
    let (infos, mut failures) = find(kubectl, words).await?;
    for info in infos {
        let done = match part {
            "status" => status(kubectl, &info).await,
            "history" => history(kubectl, &info).await,
            "undo" => undo(kubectl, &info, dry_run).await,
            "restart" => restart(kubectl, &info, dry_run).await,
            "pause" => pause(kubectl, &info, dry_run).await,
            _ => resume(kubectl, &info, dry_run).await,
        };
        failures.extend(done.err());
    }
    Failure::of_all(failures)
}

async fn find(kubectl: &Kubectl, words: &[String]) -> Result<(Vec<Info>, Vec<Failure>), Failure> {
    let (mut found, mut failures) = (Vec::new(), Vec::new());
    let names = if kubectl.args.value("filename").is_some() {
        let (infos, faults) = builder::from_files(kubectl);
        failures.extend(faults);
        infos.into_iter().map(|info| (info.resource, info.name)).collect()
    } else {
        match builder::read_words(kubectl, "rollout", words)? {
            Words::Names(names) => names,
            Words::Types(types) => {
                for resource in types {
                    let items = builder::list(kubectl, resource).await?;
                    found.extend(items.into_iter().map(|item| builder::info(resource, item, "")));
                }
                return Ok((found, failures));
            }
        }
    };
    for (resource, name) in names {
        match kubectl.client.get(&kubectl.key(resource, &name)).await {
            Ok(object) => found.push(builder::info(resource, object, "")),
            Err(error) => failures.push(error.into()),
        }
    }
    Ok((found, failures))
}

// ---- status

/// `rollout status`: says how far it is after each change, until it is done.
// Models rollout/rollout_status.go Run
async fn status(kubectl: &Kubectl, info: &Info) -> Done {
    let until = match kubectl.args.duration("timeout").flatten() {
        Some(limit) if limit > SimTime::ZERO => Some(kubectl.client.now() + limit),
        _ => None,
    };
    let watches = kubectl.args.is_on_by_default("watch");
    let mut object = info.object.clone();
    loop {
        let revision = kubectl.client.revision();
        let (text, is_done) = progress(kubectl, info.resource, &object)?;
        kubectl.client.print(&text);
        if is_done || !watches {
            return Ok(());
        }
        let seen = meta::resource_version(&object).to_owned();
        let mut known = revision;
        while meta::resource_version(&object) == seen {
            if until.is_some_and(|until| kubectl.client.now() >= until) {
                return Err(Failure::plain("timed out waiting for the condition"));
            }
            kubectl.client.changed(known, until).await;
            known = kubectl.client.revision();
            object = match kubectl.client.get(&info.key()).await {
                Ok(object) => object,
                Err(error) if error.reason == Reason::NotFound => {
                    return Err(Failure::plain("object has been deleted"));
                }
                Err(error) => return Err(error.into()),
            };
        }
    }
}

/// What is said about a rollout, and whether it is over.
// Models polymorphichelpers/rollout_status.go
fn progress(kubectl: &Kubectl, resource: Resource, object: &Value) -> Result<(String, bool), Failure> {
    let name = meta::name(object);
    if resource == Resource::DEPLOYMENTS
        && let Some(wanted) = kubectl.args.integer("revision").filter(|wanted| *wanted > 0)
    {
        let have: i64 = meta::annotation(object, REVISION).and_then(|text| text.parse().ok()).unwrap_or_default();
        if have != wanted {
            return Err(Failure::Plain(format!(
                "desired revision ({wanted}) is different from the running revision ({have})"
            )));
        }
    }
    let status = |field: &str| object.int_at(&["status", field]).unwrap_or_default();
    let observed = meta::generation(object) <= status("observedGeneration");
    match resource {
        Resource::DEPLOYMENTS => {
            if !observed {
                return Ok(("Waiting for deployment spec update to be observed...\n".to_owned(), false));
            }
            let progressing = meta::condition(object, "Progressing").map(|it| it.str_at(&["reason"]));
            if progressing == Some("ProgressDeadlineExceeded") {
                return Err(Failure::Plain(format!("deployment \"{name}\" exceeded its progress deadline")));
            }
            let wanted = object.int_at(&["spec", "replicas"]).unwrap_or(1);
            let (have, updated, available) =
                (status("replicas"), status("updatedReplicas"), status("availableReplicas"));
            let wait = format!("Waiting for deployment \"{name}\" rollout to finish:");
            Ok(if updated < wanted {
                (format!("{wait} {updated} out of {wanted} new replicas have been updated...\n"), false)
            } else if have > updated {
                (format!("{wait} {} old replicas are pending termination...\n", have - updated), false)
            } else if available < updated {
                (format!("{wait} {available} of {updated} updated replicas are available...\n"), false)
            } else {
                (format!("deployment \"{name}\" successfully rolled out\n"), true)
            })
        }
        Resource::DAEMON_SETS => daemon_set_progress(object, name, observed),
        Resource::STATEFUL_SETS => stateful_set_progress(object, observed),
        other => Err(Failure::Plain(format!("no status viewer has been implemented for {}", other.group_kind()))),
    }
}

fn daemon_set_progress(object: &Value, name: &str, observed: bool) -> Result<(String, bool), Failure> {
    if object.str_at(&["spec", "updateStrategy", "type"]) != "RollingUpdate" {
        return Err(Failure::plain("rollout status is only available for RollingUpdate strategy type"));
    }
    if !observed {
        return Ok(("Waiting for daemon set spec update to be observed...\n".to_owned(), false));
    }
    let status = |field: &str| object.int_at(&["status", field]).unwrap_or_default();
    let wanted = status("desiredNumberScheduled");
    let (updated, available) = (status("updatedNumberScheduled"), status("numberAvailable"));
    let wait = format!("Waiting for daemon set \"{name}\" rollout to finish:");
    Ok(if updated < wanted {
        (format!("{wait} {updated} out of {wanted} new pods have been updated...\n"), false)
    } else if available < wanted {
        (format!("{wait} {available} of {wanted} updated pods are available...\n"), false)
    } else {
        (format!("daemon set \"{name}\" successfully rolled out\n"), true)
    })
}

fn stateful_set_progress(object: &Value, observed: bool) -> Result<(String, bool), Failure> {
    if object.str_at(&["spec", "updateStrategy", "type"]) != "RollingUpdate" {
        return Err(Failure::plain("rollout status is only available for RollingUpdate strategy type"));
    }
    let status = |field: &str| object.int_at(&["status", field]).unwrap_or_default();
    if status("observedGeneration") == 0 || !observed {
        return Ok(("Waiting for statefulset spec update to be observed...\n".to_owned(), false));
    }
    let wanted = object.int_at(&["spec", "replicas"]).unwrap_or(1);
    let (ready, updated) = (status("readyReplicas"), status("updatedReplicas"));
    if ready < wanted {
        return Ok((format!("Waiting for {} pods to be ready...\n", wanted - ready), false));
    }
    if let Some(partition) = object.int_at(&["spec", "updateStrategy", "rollingUpdate", "partition"]) {
        if updated < wanted - partition {
            let text = format!(
                "Waiting for partitioned roll out to finish: {updated} out of {} new pods have been updated...\n",
                wanted - partition
            );
            return Ok((text, false));
        }
        return Ok((format!("partitioned roll out complete: {updated} new pods have been updated...\n"), true));
    }
    let (current, update) =
        (object.str_at(&["status", "currentRevision"]), object.str_at(&["status", "updateRevision"]));
    if update != current {
        let text =
            format!("waiting for statefulset rolling update to complete {updated} pods at revision {update}...\n");
        return Ok((text, false));
    }
    let have = status("currentReplicas");
    Ok((format!("statefulset rolling update complete {have} pods at revision {current}...\n"), true))
}

// ---- history and undo

/// One revision: its number and the object that keeps it.
struct Revision {
    number: i64,
    keeper: Value,
}

/// The revisions of a rollout, oldest first.
async fn revisions(kubectl: &Kubectl, info: &Info) -> Result<Vec<Revision>, Failure> {
    let keeper = match info.resource {
        Resource::DEPLOYMENTS => Resource::REPLICA_SETS,
        Resource::STATEFUL_SETS | Resource::DAEMON_SETS => Resource::CONTROLLER_REVISIONS,
        other => {
            return Err(Failure::Plain(format!(
                "no history viewer has been implemented for \"{}\"",
                other.group_kind()
            )));
        }
    };
    let mut revisions: Vec<Revision> = kubectl
        .client
        .list(keeper, &info.namespace)
        .await?
        .into_iter()
        .filter(|keeper| meta::controller_uid(keeper) == meta::uid(&info.object))
        .map(|keeper| {
            let number = match meta::annotation(&keeper, REVISION) {
                Some(text) => text.parse().unwrap_or_default(),
                None => keeper.int_at(&["revision"]).unwrap_or_default(),
            };
            Revision { number, keeper }
        })
        .filter(|revision| revision.number > 0)
        .collect();
    revisions.order_by_key(|revision| revision.number);
    Ok(revisions)
}

// Models polymorphichelpers/history.go
async fn history(kubectl: &Kubectl, info: &Info) -> Done {
    let revisions = revisions(kubectl, info).await?;
    let name = printer::name_of(&info.object);
    if let Some(wanted) = kubectl.args.integer("revision").filter(|wanted| *wanted > 0) {
        let Some(revision) = revisions.iter().find(|revision| revision.number == wanted) else {
            return Err(Failure::plain("unable to find the specified revision"));
        };
        let template = template_of(&revision.keeper);
        kubectl.client.println(&format!("{name} with revision #{wanted}\n{}", describe::pod_template(&template)));
        return Ok(());
    }
    if revisions.is_empty() {
        kubectl.client.println(&format!("{name} \nNo rollout history found."));
        return Ok(());
    }
    let mut table = "REVISION\tCHANGE-CAUSE\n".to_owned();
    for revision in &revisions {
        let cause = meta::annotation(&revision.keeper, CHANGE_CAUSE).unwrap_or("<none>");
        table.push_str(&format!("{}\t{cause}\n", revision.number));
    }
    kubectl.client.println(&format!("{name} \n{}", tabwriter::align(&table, 0, 2)));
    Ok(())
}

/// The Pod template that a revision keeps.
fn template_of(keeper: &Value) -> Value {
    let mut template =
        keeper.at(&["spec", "template"]).or(keeper.at(&["data", "spec", "template"])).cloned().unwrap_or_default();
    template.remove(&["metadata", "labels", "pod-template-hash"]);
    template.remove(&["$patch"]);
    template
}

// Models rollout/rollout_undo.go and polymorphichelpers/rollback.go
async fn undo(kubectl: &Kubectl, info: &Info, dry_run: DryRun) -> Done {
    let wanted = kubectl.args.integer("to-revision").unwrap_or_default();
    if !matches!(info.resource, Resource::DEPLOYMENTS | Resource::STATEFUL_SETS | Resource::DAEMON_SETS) {
        return Err(Failure::Plain(format!(
            "no rollbacker has been implemented for \"{}\"",
            info.resource.group_kind()
        )));
    }
    if meta::annotation(&info.object, LAST_APPLIED).is_some() {
        kubectl.client.warnln(&format!(
            "Warning: resource {}/{} was previously managed with 'kubectl apply'. Rolling back will not update the \
             {LAST_APPLIED} annotation, which may cause unexpected behavior on future 'kubectl apply' operations. \
             Consider using 'kubectl apply' with your previous configuration file instead.",
            info.resource.info().plural,
            info.name
        ));
    }
    let revisions = revisions(kubectl, info).await?;
    let target = match wanted {
        0 if revisions.len() < 2 && info.resource == Resource::DEPLOYMENTS => {
            return Err(Failure::Plain(format!("no rollout history found for deployment \"{}\"", info.name)));
        }
        0 if revisions.len() < 2 => return Err(Failure::plain("no last revision to roll back to")),
        0 => revisions.get(revisions.len() - 2),
        number => revisions.iter().find(|revision| revision.number == number),
    };
    let Some(target) = target else {
        return Err(Failure::Plain(format!("unable to find specified revision {wanted} in history")));
    };
    let template = template_of(&target.keeper);
    let mut object = info.object.clone();
    if dry_run == DryRun::Client {
        // What would come back, its columns not aligned.
        return kubectl.report(&object, &describe::raw_pod_template(&template), dry_run);
    }
    if object.is_true_at(&["spec", "paused"]) {
        return Err(Failure::plain(
            "you cannot rollback a paused deployment; resume it first with 'kubectl rollout resume' and try again",
        ));
    }
    if object.at(&["spec", "template"]) == Some(&template) {
        let skipped = format!("skipped rollback (current template already matches revision {wanted})");
        return kubectl.report(&object, &skipped, dry_run);
    }
    object.set(&["spec", "template"], template);
    if info.resource == Resource::DEPLOYMENTS {
        take_annotations_back(&mut object, &target.keeper);
    }
    let object = change::carry(kubectl, info, object, "kubectl-rollout", dry_run).await?;
    kubectl.report(&object, "rolled back", dry_run)
}

/// A Deployment gets its older ReplicaSet's annotations back, but for those that say how it is
/// carried out and what was applied last.
// Models deploymentutil annotationsToSkip
fn take_annotations_back(object: &mut Value, set: &Value) {
    const KEPT: [&str; 6] = [
        LAST_APPLIED,
        "deployment.kubernetes.io/revision",
        "deployment.kubernetes.io/revision-history",
        "deployment.kubernetes.io/desired-replicas",
        "deployment.kubernetes.io/max-replicas",
        "deprecated.deployment.rollback.to",
    ];
    let keys: Vec<String> = object
        .at(&["metadata", "annotations"])
        .into_iter()
        .flat_map(Value::entries)
        .map(|(key, _)| key.to_string())
        .filter(|key| !KEPT.contains(&key.as_str()))
        .collect();
    for key in keys {
        object.remove(&["metadata", "annotations", &key]);
    }
    for (key, value) in set.at(&["metadata", "annotations"]).into_iter().flat_map(Value::entries) {
        if !KEPT.contains(&&**key) {
            object.set(&["metadata", "annotations", key], value);
        }
    }
}

// ---- pause, resume, restart

// Models polymorphichelpers/objectrestarter.go
async fn restart(kubectl: &Kubectl, info: &Info, dry_run: DryRun) -> Done {
    if !matches!(info.resource, Resource::DEPLOYMENTS | Resource::STATEFUL_SETS | Resource::DAEMON_SETS) {
        return Err(Failure::Plain(format!(
            "{} \"{}\" restarting is not supported",
            info.resource.qualified(),
            info.name
        )));
    }
    if info.object.is_true_at(&["spec", "paused"]) {
        return Err(Failure::Plain(format!(
            "{} \"{}\" can't restart paused deployment (run rollout resume first)",
            info.resource.qualified(),
            info.name
        )));
    }
    let mut object = info.object.clone();
    let now = kubectl.client.now().rfc3339();
    let at = ["spec", "template", "metadata", "annotations", "kubectl.kubernetes.io/restartedAt"];
    if info.object.str_at(&at) == now {
        return Err(Failure::plain(
            "if restart has already been triggered within the past second, please wait before attempting to trigger another",
        ));
    }
    object.set(&at, now);
    let object = change::carry(kubectl, info, object, "kubectl-rollout", dry_run).await?;
    kubectl.report(&object, "restarted", dry_run)
}

// Models polymorphichelpers/objectpauser.go
async fn pause(kubectl: &Kubectl, info: &Info, dry_run: DryRun) -> Done {
    let name = format!("{} \"{}\"", info.resource.qualified(), info.name);
    if info.resource != Resource::DEPLOYMENTS {
        return Err(Failure::Plain(format!("{name} pausing is not supported")));
    }
    if info.object.is_true_at(&["spec", "paused"]) {
        return Err(Failure::Plain(format!("{name} is already paused")));
    }
    let object = info.object.clone().with(&["spec", "paused"], true);
    let object = change::carry(kubectl, info, object, "kubectl-rollout", dry_run).await?;
    kubectl.report(&object, "paused", dry_run)
}

// Models polymorphichelpers/objectresumer.go
async fn resume(kubectl: &Kubectl, info: &Info, dry_run: DryRun) -> Done {
    let name = format!("{} \"{}\"", info.resource.qualified(), info.name);
    if info.resource != Resource::DEPLOYMENTS {
        return Err(Failure::Plain(format!("{name} resuming is not supported")));
    }
    if !info.object.is_true_at(&["spec", "paused"]) {
        return Err(Failure::Plain(format!("{name} is not paused")));
    }
    let mut object = info.object.clone();
    object.remove(&["spec", "paused"]);
    let object = change::carry(kubectl, info, object, "kubectl-rollout", dry_run).await?;
    kubectl.report(&object, "resumed", dry_run)
}

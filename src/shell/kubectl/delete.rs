//! `kubectl delete`.
// Models k8s.io/kubectl/pkg/cmd/delete/delete.go

use crate::document::Value;
use crate::world::api::{Propagation, Reason, Reply, Request, Resource, Verb, meta};
use crate::world::{SimTime, secs};

use super::builder::{self, Info, Words};
use super::failure::Failure;
use super::{Done, DryRun, Kubectl, printer};

/// How long `--timeout=0` waits: a week.
const FOR_EVER: SimTime = secs(168 * 3600);

pub(super) async fn run(kubectl: &Kubectl) -> Done {
    let args = &kubectl.args;
    if args.words.is_empty() && args.value("filename").is_none() {
        return Err(Failure::plain(builder::NOTHING_NAMED));
    }
    let dry_run = kubectl.dry_run()?;
    if let Some(format) = args.value("output").filter(|format| *format != "name") {
        return Err(Failure::Plain(format!("unexpected -o output mode: {format}, expected 'name'")));
    }
    for selector in ["selector", "field-selector"] {
        if args.is_on("all") && !args.text(selector).is_empty() {
            return Err(Failure::Plain(format!("cannot set --all and --{selector} at the same time")));
        }
    }
    let (grace, is_forced) = grace_period(kubectl)?;
    let (infos, mut failures) = targets(kubectl).await;
    if args.is_on("ignore-not-found") || args.is_on("all") {
        failures.retain(|failure| !failure.is_not_found());
    }
    if is_forced {
        kubectl.client.warnln(
            "Warning: Immediate deletion does not wait for confirmation that the running resource has been terminated. \
             The resource may continue to run on the cluster indefinitely.",
        );
    }
    if kubectl.is_namespace_explicit && infos.iter().any(|info| !info.resource.info().namespaced) {
        kubectl.client.warnln("Warning: deleting cluster-scoped resources, not scoped to the provided namespace");
    }
    let mut deleted = Vec::new();
    for info in infos {
        match delete_one(kubectl, &info, grace, dry_run).await {
            Ok(uid) => deleted.push((info, uid)),
            Err(failure) if failure.is_not_found() && args.is_on("ignore-not-found") => {}
            Err(failure) => failures.push(failure),
        }
    }
    if deleted.is_empty() && failures.is_empty() {
        kubectl.client.println("No resources found");
    }
    let waits = args.is_on_by_default("wait") && dry_run == DryRun::None && grace != Some(0);
    if waits && failures.is_empty() {
        wait_until_gone(kubectl, &deleted).await?;
    }
    Failure::of_all(failures)
}

/// What is to be deleted. Objects that are named are not read first: who may delete need not be
/// allowed to read.
async fn targets(kubectl: &Kubectl) -> (Vec<Info>, Vec<Failure>) {
    let args = &kubectl.args;
    let selects = ["filename", "selector", "field-selector"].iter().any(|flag| args.value(flag).is_some());
    match builder::read_words(kubectl, &kubectl.verb, &args.words) {
        Ok(Words::Names(names)) if !selects => {
            let info = |(resource, name): (Resource, String)| {
                let key = kubectl.key(resource, &name);
                let (namespace, source) = (key.namespace.to_string(), String::new());
                Info { resource, namespace, name, object: Value::map(), source }
            };
            (names.into_iter().map(info).collect(), Vec::new())
        }
        _ => kubectl.selected().await,
    }
}

/// `--grace-period`, `--now`, `--force`: the seconds, and whether the deletion is forced.
// Models DeleteOptions.Complete and Validate
fn grace_period(kubectl: &Kubectl) -> Result<(Option<i64>, bool), Failure> {
    let args = &kubectl.args;
    let force = args.is_on("force");
    let mut grace = args.integer("grace-period").filter(|seconds| *seconds >= 0);
    if args.is_on("now") {
        if grace.is_some() {
            return Err(Failure::plain("--now and --grace-period cannot be specified together"));
        }
        grace = Some(1);
    }
    match grace {
        Some(0) if !force => Ok((Some(1), false)),
        Some(seconds) if seconds > 0 && force => {
            Err(Failure::plain("--force and --grace-period greater than 0 cannot be specified together"))
        }
        None if force => Ok((Some(0), true)),
        other => Ok((other, force)),
    }
}

pub(super) fn propagation(kubectl: &Kubectl) -> Result<Propagation, Failure> {
    match kubectl.args.value("cascade") {
        None | Some("background" | "true") => Ok(Propagation::Background),
        Some("orphan" | "false") => Ok(Propagation::Orphan),
        Some("foreground") => Ok(Propagation::Foreground),
        Some(other) => Err(Failure::Plain(format!(
            "invalid cascade value ({other}). Must be \"background\", \"foreground\", or \"orphan\""
        ))),
    }
}

/// Asks for the deletion of one object, and says so. Returns the uid that has to go.
pub(super) async fn delete_one(
    kubectl: &Kubectl,
    info: &Info,
    grace: Option<i64>,
    dry_run: DryRun,
) -> Result<String, Failure> {
    let mut uid = meta::uid(&info.object).to_owned();
    if dry_run == DryRun::Client {
        kubectl.client.get_in(&info.key(), info.version()).await?;
    } else {
        let mut request = Request::new(kubectl.client.user.clone(), Verb::Delete, &info.key());
        request.options.grace_period_seconds = grace;
        request.options.propagation = Some(propagation(kubectl)?);
        request.options.dry_run = dry_run == DryRun::Server;
        let reply = kubectl
            .client
            .request(request)
            .await
            .map_err(|error| Failure::while_doing(error, "deleting", &info.source));
        if let Reply::Object { object, .. } = reply?
            && !meta::uid(&object).is_empty()
        {
            uid = meta::uid(&object).to_owned();
        }
    }
    let kind = printer::singular(info.resource);
    if kubectl.args.text("output") == "name" {
        kubectl.client.println(&format!("{kind}/{}", info.name));
        return Ok(uid);
    }
    let operation = if grace == Some(0) { "force deleted" } else { "deleted" };
    let place =
        if info.resource.info().namespaced { format!(" from {} namespace", info.namespace) } else { String::new() };
    kubectl.client.println(&format!("{kind} \"{}\" {operation}{place}{}", info.name, dry_run.suffix()));
    Ok(uid)
}

/// Waits until every object is gone, or another one has its name.
// Models wait.IsDeleted
pub(super) async fn wait_until_gone(kubectl: &Kubectl, deleted: &[(Info, String)]) -> Done {
    let limit = match kubectl.args.duration("timeout") {
        Some(Some(limit)) if limit > SimTime::ZERO => limit,
        _ => FOR_EVER,
    };
    let until = kubectl.client.now() + limit;
    for (info, uid) in deleted {
        loop {
            let revision = kubectl.client.revision();
            match kubectl.client.get_in(&info.key(), info.version()).await {
                Ok(object) if meta::uid(&object) == uid => {}
                Ok(_) => break,
                Err(error) if error.reason == Reason::NotFound => break,
                Err(error) => return Err(error.into()),
            }
            if kubectl.client.now() >= until {
                return Err(timed_out(info));
            }
            kubectl.client.changed(revision, Some(until)).await;
        }
    }
    Ok(())
}

pub(super) fn timed_out(info: &Info) -> Failure {
    Failure::Plain(format!("timed out waiting for the condition on {}/{}", info.resource.info().plural, info.name))
}

/// Deletes what a file names and waits, for `replace --force`.
pub(super) async fn replace_forced(kubectl: &Kubectl, info: &Info) -> Done {
    match delete_one(kubectl, info, None, DryRun::None).await {
        Ok(uid) => wait_until_gone(kubectl, &[(info.clone(), uid)]).await,
        Err(failure) if failure.is_not_found() => Ok(()),
        Err(failure) => Err(failure),
    }
}

//! `kubectl replace`.
// Models k8s.io/kubectl/pkg/cmd/replace/replace.go

use crate::document::Value;
use crate::world::api::{ApiError, Request, Verb, meta};

use super::apply::{LAST_APPLIED, with_last_applied};
use super::builder::Info;
use super::failure::Failure;
use super::{Done, DryRun, Kubectl, builder, create, delete};

pub(super) async fn run(kubectl: &Kubectl) -> Done {
    if kubectl.args.value("filename").is_none() {
        return Err(Failure::plain("must specify --filename to replace"));
    }
    let dry_run = kubectl.dry_run()?;
    let (infos, mut failures) = builder::from_files(kubectl);
    if infos.is_empty() && failures.is_empty() {
        return Err(Failure::plain("no objects passed to replace"));
    }
    let force = kubectl.args.is_on("force");
    if force {
        for info in &infos {
            delete::replace_forced(kubectl, info).await?;
        }
    }
    for info in infos {
        let done = if force {
            create::send(kubectl, info.resource, &info.namespace, annotated(kubectl, &info), dry_run)
                .await
                .map_err(|error| Failure::while_doing(error, "creating", &info.source))
        } else {
            replace(kubectl, &info, dry_run)
                .await
                .map_err(|error| Failure::while_doing(error, "replacing", &info.source))
        };
        match done {
            Ok(object) => kubectl.report(&object, "replaced", dry_run)?,
            Err(failure) => failures.push(failure),
        }
    }
    Failure::of_all(failures)
}

/// The object with itself in its annotation where it is to be, or already was.
fn annotated(kubectl: &Kubectl, info: &Info) -> Value {
    let keeps = kubectl.args.is_on("save-config") || meta::annotation(&info.object, LAST_APPLIED).is_some();
    if keeps { with_last_applied(&info.object) } else { info.object.clone() }
}

// Models resource.Helper.Replace
async fn replace(kubectl: &Kubectl, info: &Info, dry_run: DryRun) -> Result<Value, ApiError> {
    let mut object = annotated(kubectl, info);
    if dry_run == DryRun::Client {
        return Ok(object);
    }
    if meta::resource_version(&object).is_empty() {
        let current = kubectl.client.get_in(&info.key(), info.version()).await?;
        object.set(&["metadata", "resourceVersion"], meta::resource_version(&current));
    }
    let mut request = Request::new(kubectl.client.user.clone(), Verb::Update, &info.key()).with_body(object);
    request.options.field_manager = "kubectl-replace".into();
    request.options.dry_run = dry_run == DryRun::Server;
    Ok(kubectl.client.request(request).await?.into_object())
}

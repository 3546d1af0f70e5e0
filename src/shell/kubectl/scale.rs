//! `kubectl scale`.
// Models k8s.io/kubectl/pkg/cmd/scale/scale.go and pkg/scale/scale.go

use crate::document::Value;
use crate::tree;
use crate::world::api::{PatchType, Request, Verb, meta};

use super::builder::Info;
use super::failure::Failure;
use super::{Done, DryRun, Kubectl};

pub(super) async fn run(kubectl: &Kubectl) -> Done {
    let args = &kubectl.args;
    args.require("replicas")?;
    let wanted = args.integer("replicas").unwrap_or(-1);
    if wanted < 0 {
        return Err(Failure::plain(
            "The --replicas=COUNT flag is required, and COUNT must be greater than or equal to 0",
        ));
    }
    let dry_run = kubectl.dry_run()?;
    let (mut infos, mut failures) = kubectl.selected().await;
    if infos.is_empty() && failures.is_empty() {
        return Err(Failure::plain("no objects passed to scale"));
    }
    let by_file = args.value("filename").is_some();
    for info in &mut infos {
        let done = if by_file { read(kubectl, info).await } else { Ok(()) };
        let done = match done {
            Ok(()) => scale(kubectl, info, wanted, dry_run).await,
            Err(failure) => Err(failure),
        };
        match done {
            Ok(()) => {
                let mut object = info.object.clone();
                object.set(&["spec", "replicas"], wanted);
                kubectl.report(&object, "scaled", dry_run)?;
            }
            Err(failure) => failures.push(failure),
        }
    }
    Failure::of_all(failures)
}

async fn read(kubectl: &Kubectl, info: &mut Info) -> Done {
    info.object = kubectl.client.get(&info.key()).await?;
    Ok(())
}

async fn scale(kubectl: &Kubectl, info: &Info, wanted: i64, dry_run: DryRun) -> Done {
    if !info.resource.is_custom() && !info.resource.info().subresources.contains(&"scale") {
        return Err(Failure::Plain("cannot scale ".to_owned() + &super::printer::singular(info.resource)));
    }
    let user = kubectl.client.user.clone();
    let scale = Request::new(user.clone(), Verb::Get, &info.key()).on("scale");
    let current = kubectl.args.integer("current-replicas").filter(|current| *current >= 0);
    let version = kubectl.args.text("resource-version");
    if current.is_some() || !version.is_empty() {
        let object = kubectl.client.request(scale).await?.into_object();
        let have = object.int_at(&["spec", "replicas"]).unwrap_or_default();
        if let Some(expected) = current.filter(|expected| *expected != have) {
            return Err(Failure::Plain(format!("Expected replicas to be {expected}, was {have}")));
        }
        if !version.is_empty() && version != meta::resource_version(&object) {
            return Err(Failure::Plain(format!(
                "Expected resource version to be {version}, was {}",
                meta::resource_version(&object)
            )));
        }
    }
    if dry_run == DryRun::Client {
        return Ok(());
    }
    let body: Value = tree!({ "spec": { "replicas": wanted } });
    let mut request = Request::new(user, Verb::Patch(PatchType::Merge), &info.key()).on("scale").with_body(body);
    request.options.field_manager = "kubectl-scale".into();
    request.options.dry_run = dry_run == DryRun::Server;
    kubectl.client.request(request).await?;
    Ok(())
}

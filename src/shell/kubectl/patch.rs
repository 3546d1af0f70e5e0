//! `kubectl patch`.
// Models k8s.io/kubectl/pkg/cmd/patch/patch.go

use crate::document::{Value, gojson, parse};
use crate::world::api::{ApiError, PatchType, Reason, Request, Verb};

use super::builder::Info;
use super::failure::Failure;
use super::{Done, DryRun, Kubectl, builder};

pub(super) async fn run(kubectl: &Kubectl) -> Done {
    let args = &kubectl.args;
    let dry_run = kubectl.dry_run()?;
    let kind = match args.text("type") {
        "" | "strategic" => PatchType::Strategic,
        "merge" => PatchType::Merge,
        "json" => PatchType::Json,
        other => {
            return Err(Failure::Plain(format!("--type must be one of [json merge strategic], not \"{other}\"")));
        }
    };
    let text = match (args.value("patch"), args.value("patch-file")) {
        (Some(text), _) => text.to_owned(),
        (None, Some(file)) => file_text(kubectl, file)?,
        (None, None) => {
            return Err(Failure::plain("must specify --patch or --patch-file containing the contents of the patch"));
        }
    };
    let body = read(&text);
    let (infos, mut failures) = match args.value("filename") {
        Some(_) => builder::from_files(kubectl),
        None => kubectl.selected().await,
    };
    if infos.is_empty() && failures.is_empty() {
        return Err(Failure::plain("no objects passed to patch"));
    }
    for info in infos {
        if let Err(failure) = patch(kubectl, &info, kind, &body, dry_run).await {
            failures.push(failure);
        }
    }
    Failure::of_all(failures)
}

fn file_text(kubectl: &Kubectl, file: &str) -> Result<String, Failure> {
    let text = kubectl.client.setting().files.get(file).cloned();
    text.ok_or_else(|| Failure::Plain(format!("unable to read patch file: open {file}: no such file or directory")))
}

/// The patch as a tree. What looks like JSON is sent as it is, so the server complains about it.
fn read(text: &str) -> Result<Value, ApiError> {
    if text.trim_start().starts_with('{')
        && let Some(fault) = gojson::fault(text)
    {
        return Err(ApiError::new(Reason::BadRequest, fault));
    }
    let parsed = parse(text);
    match parsed.first_error() {
        Some(problem) => {
            let message = problem.go_message("").unwrap_or_default();
            Err(ApiError::new(Reason::BadRequest, message.trim_start_matches("error parsing : ").to_owned()))
        }
        None => Ok(parsed.documents.first().map(|document| document.root.to_value()).unwrap_or_else(Value::map)),
    }
}

async fn patch(
    kubectl: &Kubectl,
    info: &Info,
    kind: PatchType,
    body: &Result<Value, ApiError>,
    dry_run: DryRun,
) -> Done {
    let body = body.clone()?;
    let subresource = match kubectl.args.text("subresource") {
        "" => "",
        "scale" => "scale",
        "status" => "status",
        other => {
            return Err(Failure::Plain(format!(
                "invalid subresource value: \"{other}\". Must be one of [status scale resize]"
            )));
        }
    };
    let mut request = Request::new(kubectl.client.user.clone(), Verb::Patch(kind), &info.key()).with_body(body);
    request.subresource = subresource;
    request.options.field_manager = "kubectl-patch".into();
    // A dry run of the client patches on its side; what comes out is what the server would say.
    request.options.dry_run = dry_run != DryRun::None;
    request.options.lenient = true;
    let before = if subresource.is_empty() {
        info.object.clone()
    } else {
        kubectl
            .client
            .request(Request::new(kubectl.client.user.clone(), Verb::Get, &info.key()).on(subresource))
            .await?
            .into_object()
    };
    let after = kubectl.client.request(request).await?.into_object();
    let message = if before == after { "patched (no change)" } else { "patched" };
    kubectl.report(&after, message, dry_run)
}

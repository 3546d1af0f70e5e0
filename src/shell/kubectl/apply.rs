//! `kubectl apply`.
// Models k8s.io/kubectl/pkg/cmd/apply/apply.go and patcher.go

use crate::document::Value;
use crate::document::output::to_json;
use crate::document::schema;
use crate::world::api::labels::Selector;
use crate::world::api::{ApiError, PatchType, Reason, Reply, Request, Resource, Verb, meta, patch};

use super::builder::{self, Info, gvk, gvr};
use super::failure::Failure;
use super::{Done, DryRun, Kubectl, printer, prune, refuse};

/// Where the last applied configuration is kept.
pub(super) const LAST_APPLIED: &str = "kubectl.kubernetes.io/last-applied-configuration";

/// How often a conflict is tried again.
const PATCH_RETRIES_MAX: u32 = 5;

pub(super) async fn run(kubectl: &Kubectl) -> Done {
    if kubectl.args.words.first().is_some_and(|word| word == "view-last-applied") {
        return view_last_applied(kubectl).await;
    }
    if kubectl.args.value("filename").is_none() {
        return Err(match kubectl.args.value("kustomize") {
            Some(folder) => no_kustomization(kubectl, folder),
            None => Failure::plain("must specify one of -f and -k"),
        });
    }
    if let Some(word) = kubectl.args.words.first() {
        return Err(Failure::Plain(format!(
            "Unexpected args: {}\nSee 'kubectl apply -h' for help and examples",
            format_args!("[{word}]")
        )));
    }
    let dry_run = kubectl.dry_run()?;
    let server_side = kubectl.args.is_on("server-side");
    if server_side && dry_run == DryRun::Client {
        return Err(Failure::plain(
            "--dry-run=client doesn't work with --server-side (did you mean --dry-run=server instead?)",
        ));
    }
    if kubectl.args.is_on("force-conflicts") && !server_side {
        return Err(Failure::plain("--force-conflicts only works with --server-side"));
    }
    prune::check(kubectl)?;
    let (mut infos, mut failures) = builder::from_files(kubectl);
    let selector = Selector::parse(kubectl.args.text("selector")).map_err(Failure::Plain)?;
    infos.retain(|info| selector.matches(meta::labels(&info.object)));
    if infos.is_empty() && failures.is_empty() {
        return Err(Failure::plain("no objects passed to apply"));
    }
    let mut applied = Vec::new();
    let mut refused = Vec::new();
    for info in &infos {
        let done = if server_side {
            apply_on_server(kubectl, info, dry_run).await
        } else {
            apply_one(kubectl, info, dry_run).await
        };
        match done {
            Ok(Some(object)) => applied.push(object),
            Ok(None) => {}
            Err(failure) => refused.push(failure),
        }
    }
    // What could not be read is said first, as it was found first.
    failures.extend(refused);
    print_applied(kubectl, applied)?;
    if failures.is_empty() {
        prune::run(kubectl, &infos, dry_run).await?;
    }
    Failure::of_all(failures)
}

pub(super) fn no_kustomization(kubectl: &Kubectl, folder: &str) -> Failure {
    let inside = format!("{}/kustomization.yaml", folder.trim_end_matches('/'));
    if kubectl.client.file(&inside).or_else(|| kubectl.client.file("kustomization.yaml")).is_some() {
        return refuse(kubectl, "kubectl-refuses-kustomize");
    }
    Failure::Plain(format!(
        "unable to find one of 'kustomization.yaml', 'kustomization.yml' or 'Kustomization' in directory '{folder}'"
    ))
}

/// With `-o yaml` the objects are printed at the end, several as a list.
fn print_applied(kubectl: &Kubectl, mut applied: Vec<Value>) -> Done {
    let Some(format) = kubectl.args.value("output").filter(|format| *format != "name") else { return Ok(()) };
    let printer = printer::Printer::of(format)?;
    let text = match applied.len() {
        0 => return Ok(()),
        1 => printer.print_object(&applied.remove(0))?,
        _ => printer.print_tree(&printer::list_of(applied))?,
    };
    kubectl.client.print(&text);
    Ok(())
}

/// Says what happened to one object; returns it where it is to be printed later.
fn said(kubectl: &Kubectl, object: Value, operation: &str, dry_run: DryRun) -> Result<Option<Value>, Failure> {
    match kubectl.args.value("output") {
        None | Some("name") => kubectl.report(&object, operation, dry_run).map(|()| None),
        Some(_) => Ok(Some(object)),
    }
}

/// The object as it is compared: with annotations, but not the one that keeps it.
pub(super) fn modified(object: &Value) -> Value {
    let mut plain = object.clone();
    if plain.at(&["metadata", "annotations"]).is_none() {
        plain.set(&["metadata", "annotations"], Value::map());
    }
    plain.remove(&["metadata", "annotations", LAST_APPLIED]);
    plain
}

/// The object as JSON with itself, as text, in its annotation.
// Models util.GetModifiedConfiguration
pub(super) fn with_last_applied(object: &Value) -> Value {
    let plain = modified(object);
    let text = format!("{}\n", to_json(&plain));
    plain.with(&["metadata", "annotations", LAST_APPLIED], text)
}

// Models ApplyOptions.applyOneObject
async fn apply_one(kubectl: &Kubectl, info: &Info, dry_run: DryRun) -> Result<Option<Value>, Failure> {
    check_name(kubectl, info)?;
    let modified = with_last_applied(&info.object);
    let mut current = match kubectl.client.get_in(&info.key(), info.version()).await {
        Ok(current) => current,
        Err(error) if error.reason == Reason::NotFound => return create(kubectl, info, modified, dry_run).await,
        Err(error) => return Err(retrieving(kubectl, error, info)),
    };
    if dry_run == DryRun::Client {
        // Nothing is compared: whatever is there counts as changed.
        return said(kubectl, current, "configured", dry_run);
    }
    if meta::annotation(&current, LAST_APPLIED).is_none() {
        kubectl.client.warnln(&format!(
            "Warning: resource {}/{} is missing the {LAST_APPLIED} annotation which is required by kubectl apply. \
             kubectl apply should only be used on resources created declaratively by either kubectl create \
             --save-config or kubectl apply. The missing annotation will be patched automatically.",
            info.resource.info().plural,
            info.name
        ));
    }
    for retry in 0..=PATCH_RETRIES_MAX {
        let changes = changes(&modified, &current, info.resource);
        if changes.is_empty() {
            return said(kubectl, current, "unchanged", dry_run);
        }
        if meta::is_deleting(&current) {
            kubectl.client.warnln(&format!(
                "Warning: Detected changes to resource {} which is currently being deleted.",
                info.name
            ));
        }
        match send_patch(kubectl, info, &changes, dry_run).await {
            Ok(object) => return said(kubectl, object, "configured", dry_run),
            Err(error) if error.reason == Reason::Conflict && retry < PATCH_RETRIES_MAX => {
                current = kubectl.client.get_in(&info.key(), info.version()).await?;
            }
            Err(error) => return Err(patching(kubectl, error, info, &changes)),
        }
    }
    unreachable!("the last try returns")
}

/// What an object without a name is answered with.
fn check_name(kubectl: &Kubectl, info: &Info) -> Result<(), Failure> {
    if !info.name.is_empty() {
        return Ok(());
    }
    match info.object.str_at(&["metadata", "generateName"]) {
        "" => Err(Failure::Plain(format!(
            "error when retrieving current configuration of:\n{}\nfrom server for: \"{}\": resource name may not be empty",
            described(kubectl, info),
            info.source
        ))),
        prefix => Err(Failure::Plain(format!("from {prefix}: cannot use generate name with apply"))),
    }
}

/// The type of a resource's objects.
pub(super) fn root(resource: Resource) -> Option<schema::Type> {
    schema::root(&resource.api_version(), resource.kind())
}

/// The patch that carries the live object to what the file says.
// Models Patcher.buildStrategicMergeFromBuiltins
pub(super) fn changes(modified: &Value, current: &Value, resource: Resource) -> Value {
    let original = meta::annotation(current, LAST_APPLIED)
        .and_then(|text| crate::document::parse(text).documents.first().map(|document| document.root.to_value()))
        .unwrap_or_else(Value::map);
    patch::three_way(&original, modified, current, root(resource))
}

/// How a change is sent: kinds that kubectl has no Go type of are merged as plain JSON.
// Models Patcher.buildMergePatch
pub(super) fn patch_type(resource: Resource) -> PatchType {
    if resource.is_custom() { PatchType::Merge } else { PatchType::Strategic }
}

async fn send_patch(kubectl: &Kubectl, info: &Info, changes: &Value, dry_run: DryRun) -> Result<Value, ApiError> {
    let request = Request::new(kubectl.client.user.clone(), Verb::Patch(patch_type(info.resource)), &info.key())
        .in_version(info.version())
        .with_body(changes.clone());
    Ok(kubectl.client.request(options(kubectl, request, dry_run, "kubectl-client-side-apply")).await?.into_object())
}

/// The query parameters of a change.
fn options(kubectl: &Kubectl, mut request: Request, dry_run: DryRun, manager: &str) -> Request {
    let named = kubectl.args.text("field-manager");
    request.options.field_manager = if named.is_empty() { manager } else { named }.into();
    request.options.dry_run = dry_run == DryRun::Server;
    request.options.lenient = matches!(kubectl.args.text("validate"), "false" | "ignore" | "warn");
    request
}

async fn create(kubectl: &Kubectl, info: &Info, modified: Value, dry_run: DryRun) -> Result<Option<Value>, Failure> {
    if dry_run == DryRun::Client {
        return said(kubectl, modified, "created", dry_run);
    }
    let request = Request::create(kubectl.client.user.clone(), info.resource, &info.namespace, modified);
    let request = options(kubectl, request, dry_run, "kubectl-client-side-apply");
    match kubectl.client.request(request).await {
        Ok(reply) => said(kubectl, reply.into_object(), "created", dry_run),
        Err(error) => Err(Failure::while_doing(error, "creating", &info.source)),
    }
}

/// `Resource: …, GroupVersionKind: …` and the name, as `resource.Info` prints itself.
// Models resource.Info.String
fn described(kubectl: &Kubectl, info: &Info) -> String {
    format!(
        "Resource: \"{}\", GroupVersionKind: \"{}\"\nName: \"{}\", Namespace: \"{}\"",
        gvr(kubectl, info.resource),
        gvk(kubectl, info.resource),
        info.name,
        info.namespace
    )
}

fn retrieving(kubectl: &Kubectl, error: ApiError, info: &Info) -> Failure {
    let what = format!("retrieving current configuration of:\n{}\nfrom server for:", described(kubectl, info));
    Failure::while_doing(error, &what, &info.source)
}

fn patching(kubectl: &Kubectl, error: ApiError, info: &Info, changes: &Value) -> Failure {
    let (patch, about, source) = (to_json(changes), described(kubectl, info), &info.source);
    let doing = format!(
        "error when applying patch:\n{patch}\nto:\n{about}\nfor: \"{source}\": error when patching \"{source}\": "
    );
    Failure::Api { error, doing }
}

const CONFLICTS: &str = "Please review the fields above--they currently have other managers. Here
are the ways you can resolve this warning:
* If you intend to manage all of these fields, please re-run the apply
  command with the `--force-conflicts` flag.
* If you do not intend to manage all of the fields, please edit your
  manifest to remove references to the fields that should keep their
  current managers.
* You may co-own fields by updating your manifest to match the existing
  value; in this case, you'll become the manager if the other manager(s)
  stop managing the field (remove it from their configuration).
See https://kubernetes.io/docs/reference/using-api/server-side-apply/#conflicts";

// Models applyOneObject with ServerSideApply
async fn apply_on_server(kubectl: &Kubectl, info: &Info, dry_run: DryRun) -> Result<Option<Value>, Failure> {
    check_name(kubectl, info)?;
    let request = Request::new(kubectl.client.user.clone(), Verb::Patch(PatchType::Apply), &info.key())
        .with_body(info.object.clone());
    let mut request = options(kubectl, request, dry_run, "kubectl");
    request.options.force = kubectl.args.is_on("force-conflicts");
    match kubectl.client.request(request).await {
        Ok(Reply::Object { object, .. }) => said(kubectl, object, "serverside-applied", dry_run),
        Ok(_) => Ok(None),
        Err(error) if error.reason == Reason::Conflict && error.message.starts_with("Apply failed") => {
            Err(Failure::Plain(format!("{}\n{CONFLICTS}", error.message)))
        }
        Err(error) => Err(error.into()),
    }
}

/// `kubectl apply view-last-applied`.
// Models apply/apply_view_last_applied.go
async fn view_last_applied(kubectl: &Kubectl) -> Done {
    let args = &kubectl.args;
    let mut infos = Vec::new();
    match builder::read_words(kubectl, "apply view-last-applied", &args.words[1..])? {
        builder::Words::Names(names) => {
            for (resource, name) in names {
                let object = kubectl.client.get(&kubectl.key(resource, &name)).await?;
                infos.push(builder::info(resource, object, ""));
            }
        }
        builder::Words::Types(_) => return Err(Failure::plain("no objects passed to view-last-applied")),
    }
    for info in infos {
        let Some(text) = meta::annotation(&info.object, LAST_APPLIED) else {
            return Err(Failure::Plain(format!(
                "no last-applied-configuration annotation found on resource: {}",
                info.name
            )));
        };
        let parsed = crate::document::parse(text);
        let tree = parsed.documents.first().map(|document| document.root.to_value()).unwrap_or_default();
        let format = if args.text("output").is_empty() { "yaml" } else { args.text("output") };
        kubectl.client.print(&printer::Printer::of(format)?.print_tree(&tree)?);
    }
    Ok(())
}

//! `kubectl edit`: the editor opens with the object, and what comes back is sent as a patch.
// Models k8s.io/kubectl/pkg/cmd/util/editor/editoptions.go

use crate::document::output::to_yaml;
use crate::document::{Value, parse, schema};
use crate::shell::client::{Sign, Wants};
use crate::shell::execute::run_line;
use crate::words::say;
use crate::world::api::{Request, Verb, meta, patch};

use super::builder::Info;
use super::failure::Failure;
use super::{Done, Kubectl, printer};

const HEAD: &str = "# Please edit the object below. Lines beginning with a '#' will be ignored,
# and an empty file will abort the edit. If an error occurs while saving this file will be
# reopened with the relevant failures.
#
";

pub(super) async fn run(kubectl: &Kubectl) -> Done {
    if kubectl.args.words.is_empty() && kubectl.args.value("filename").is_none() {
        return Err(Failure::plain("must specify one of -f or a resource"));
    }
    let (infos, failures) = kubectl.selected().await;
    Failure::of_all(failures)?;
    for info in infos {
        edit(kubectl, &info).await?;
    }
    Ok(())
}

async fn edit(kubectl: &Kubectl, info: &Info) -> Done {
    let client = &kubectl.client;
    let mut object = client.get(&info.key()).await?;
    object.at_mut(&["metadata"]).remove(&["managedFields"]);
    let original = to_yaml(&object);
    let (mut head, mut body) = (HEAD.to_owned(), original.clone());
    loop {
        let text = by_hand(kubectl, info, &format!("{head}{body}")).await;
        let kept: String = text.split_inclusive('\n').filter(|line| !line.starts_with('#')).collect();
        if kept.trim().is_empty() {
            client.warnln("Edit cancelled, saved file was empty.");
            return Ok(());
        }
        if kept == body {
            client.warnln("Edit cancelled, no changes made.");
            return if head == HEAD { Ok(()) } else { Err(Failure::Exit(1)) };
        }
        let failure = match send(kubectl, info, &object, &kept).await {
            Ok(None) => {
                client.warnln("Edit cancelled, no changes made.");
                return Ok(());
            }
            Ok(Some(after)) => {
                client.println(&format!("{} edited", printer::name_of(&after)));
                return Ok(());
            }
            Err(failure) => failure,
        };
        let reasons: String = failure.message().lines().map(|line| format!("# {line}\n")).collect();
        head = format!("{HEAD}{reasons}#\n");
        body = kept;
        failure.print(client);
    }
}

/// Lets the learner change a text: in the editor beside, or by the command that `KUBE_EDITOR` or
/// `EDITOR` names, which works where nobody types.
async fn by_hand(kubectl: &Kubectl, info: &Info, text: &str) -> String {
    let client = &kubectl.client;
    let name = format!("kubectl-edit-{}-{}.yaml", info.resource.kind().to_lowercase(), info.name);
    client.write_file(&name, text.to_owned());
    let editor = ["KUBE_EDITOR", "EDITOR"].iter().find_map(|name| client.setting().variables.get(*name).cloned());
    if let Some(editor) = editor {
        let line = format!("{editor} '{name}'");
        run_line(client, &line).await;
    } else if client.is_screen() {
        client.sign(Sign::Lend(name.as_str().into()));
        client.sign(Sign::Edit(name.as_str().into()));
        let words = client.setting().words.clone();
        client.warnln(&say!(words, "shell-edit-waits", file = name.as_str()));
        client.read(Wants::Line("".into())).await;
    }
    let text = client.file(&name).unwrap_or_default();
    client.change_setting(|setting| {
        setting.files.remove(&name);
        setting.written.retain(|written| *written != name);
    });
    client.sign(Sign::Close(name.as_str().into()));
    text
}

async fn send(kubectl: &Kubectl, info: &Info, before: &Value, text: &str) -> Result<Option<Value>, Failure> {
    let parsed = parse(text);
    if let Some(problem) = parsed.first_error() {
        return Err(Failure::Plain(problem.go_message("edited-file").unwrap_or_else(|| problem.to_string())));
    }
    let after = parsed.documents.first().map(|document| document.root.to_value()).unwrap_or_default();
    if meta::name(&after) != meta::name(before) {
        return Err(Failure::plain("At least one of apiVersion, kind and name was changed"));
    }
    let ty = schema::root(info.version(), info.resource.kind());
    let changes = patch::three_way(before, &after, before, ty);
    if changes.is_empty() {
        return Ok(None);
    }
    let mut request =
        Request::new(kubectl.client.user.clone(), Verb::Patch(super::apply::patch_type(info.resource)), &info.key())
            .in_version(info.version())
            .with_body(changes);
    request.options.field_manager = "kubectl-edit".into();
    Ok(Some(kubectl.client.request(request).await?.into_object()))
}

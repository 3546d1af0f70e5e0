//! `kubectl set subject`.
// Models k8s.io/kubectl/pkg/cmd/set/set_subject.go

use crate::document::{InOrder as _, Value};
use crate::tree;
use crate::world::api::Resource;

use super::super::failure::Failure;
use super::super::{Done, Kubectl, change};
use super::objects;

const GROUP: &str = "rbac.authorization.k8s.io";

pub(super) async fn set(kubectl: &Kubectl, words: &[String]) -> Done {
    let args = &kubectl.args;
    let (infos, mut failures) = objects(kubectl, words).await?;
    Failure::of_all(std::mem::take(&mut failures))?;
    if args.is_on("all") && !args.text("selector").is_empty() {
        return Err(Failure::plain("cannot set --all and --selector at the same time"));
    }
    let subjects = subjects(kubectl, infos.iter().any(|info| info.resource == Resource::CLUSTER_ROLE_BINDINGS))?;
    let dry_run = kubectl.dry_run()?;
    for info in infos {
        let name = format!("{}/{}", info.resource.qualified(), info.name);
        if ![Resource::ROLE_BINDINGS, Resource::CLUSTER_ROLE_BINDINGS].contains(&info.resource) {
            failures.push(Failure::Plain(format!(
                "error: {name} setting subjects is only supported for RoleBinding/ClusterRoleBinding\n"
            )));
            continue;
        }
        let mut list = info.object.items_at(&["subjects"]).to_vec();
        list.extend(subjects.iter().filter(|new| !info.object.items_at(&["subjects"]).contains(new)).cloned());
        if list.len() == info.object.items_at(&["subjects"]).len() {
            continue;
        }
        let object = info.object.clone().with(&["subjects"], Value::list(list));
        match change::carry(kubectl, &info, object, "kubectl-set", dry_run).await {
            Ok(object) => kubectl.report(&object, "subjects updated", dry_run)?,
            Err(error) => {
                failures.push(Failure::Plain(format!("failed to patch subjects to rolebinding: {}", error.message)));
            }
        }
    }
    Failure::of_all(failures)
}

/// What `--user`, `--group` and `--serviceaccount` name, in order and each once.
fn subjects(kubectl: &Kubectl, is_for_cluster: bool) -> Result<Vec<Value>, Failure> {
    let args = &kubectl.args;
    let ordered = |flag: &str| {
        let mut texts: Vec<String> = args.values(flag).map(str::to_owned).collect();
        texts.order();
        texts.dedup();
        texts
    };
    let mut subjects: Vec<Value> = Vec::new();
    for (flag, kind) in [("user", "User"), ("group", "Group")] {
        let of = |name: String| tree!({ "apiGroup": GROUP, "kind": kind, "name": name });
        subjects.extend(ordered(flag).into_iter().map(of));
    }
    for account in ordered("serviceaccount") {
        let parts: Vec<&str> = account.split(':').collect();
        match parts.as_slice() {
            ["", name] if is_for_cluster && !name.is_empty() => {
                return Err(Failure::plain("serviceaccount must be <namespace>:<name>, namespace must be specified"));
            }
            [namespace, name] if !name.is_empty() => {
                let namespace = if namespace.is_empty() { kubectl.namespace.as_str() } else { namespace };
                subjects.push(tree!({ "kind": "ServiceAccount", "name": *name, "namespace": namespace }));
            }
            _ => return Err(Failure::plain("serviceaccount must be <namespace>:<name>")),
        }
    }
    if subjects.is_empty() {
        return Err(Failure::plain("you must specify at least one value of user, group or serviceaccount"));
    }
    Ok(subjects)
}

//! `kubectl diff`.
// Models k8s.io/kubectl/pkg/cmd/diff/diff.go, and diff -u -N

use crate::document::Value;
use crate::document::output::to_yaml;
use crate::world::api::{PatchType, Reason, Request};

use super::builder::{self, Info};
use super::failure::Failure;
use super::{Done, DryRun, Kubectl, apply, change};

/// Where the two versions of each object would be written.
const FOLDERS: [&str; 2] = ["/tmp/LIVE-1", "/tmp/MERGED-2"];

/// Lines of context around a change.
const CONTEXT: usize = 3;

pub(super) async fn run(kubectl: &Kubectl) -> Done {
    if kubectl.args.value("filename").is_none() {
        return Err(match kubectl.args.value("kustomize") {
            Some(folder) => apply::no_kustomization(kubectl, folder),
            None => Failure::plain("must specify one of -f and -k"),
        });
    }
    let (infos, failures) = builder::from_files(kubectl);
    Failure::of_all(failures)?;
    let mut differs = false;
    for info in infos {
        let (live, merged) = versions(kubectl, &info).await?;
        let (old, new) = (text(live.as_ref()), text(merged.as_ref()));
        if old != new {
            differs = true;
            kubectl.client.print(&printed(kubectl, &info, &old, &new));
        }
    }
    if differs { Err(Failure::Exit(1)) } else { Ok(()) }
}

fn text(object: Option<&Value>) -> String {
    object.map(to_yaml).unwrap_or_default()
}

/// The live object, and what `apply` would make of it.
// Models InfoObject.Live and InfoObject.Merged
async fn versions(kubectl: &Kubectl, info: &Info) -> Result<(Option<Value>, Option<Value>), Failure> {
    let current = match kubectl.client.get_in(&info.key(), info.version()).await {
        Ok(current) => current,
        Err(error) if error.reason == Reason::NotFound => {
            let user = kubectl.client.user.clone();
            let mut request = Request::create(user, info.resource, &info.namespace, info.object.clone());
            request.options.dry_run = true;
            request.options.field_manager = "kubectl-client-side-apply".into();
            return Ok((None, Some(kubectl.client.request(request).await?.into_object())));
        }
        Err(error) => return Err(error.into()),
    };
    let manager = "kubectl-client-side-apply";
    let live = Info { object: current.clone(), ..info.clone() };
    let merged = if kubectl.args.is_on("server-side") {
        change::send(kubectl, &live, PatchType::Apply, info.object.clone(), "kubectl", DryRun::Server).await?
    } else {
        let changes = apply::changes(&apply::modified(&info.object), &current, info.resource);
        change::send(kubectl, &live, apply::patch_type(info.resource), changes, manager, DryRun::Server).await?
    };
    Ok((Some(current), Some(merged)))
}

fn printed(kubectl: &Kubectl, info: &Info, old: &str, new: &str) -> String {
    let about = info.resource.info();
    let group = if about.group.is_empty() { String::new() } else { format!("{}.", about.group) };
    let file = format!("{group}{}.{}.{}.{}", about.version, about.kind, info.namespace, info.name);
    let moment = kubectl.client.now().rfc3339();
    let time = format!("{}.000000000 +0000", moment.trim_end_matches('Z').replace('T', " "));
    let [live, merged] = FOLDERS.map(|folder| format!("{folder}/{file}"));
    format!("diff -u -N {live} {merged}\n--- {live}\t{time}\n+++ {merged}\t{time}\n{}", unified(old, new))
}

/// One line of an edit script: kept, taken away, added.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Edit<'a> {
    Keep(&'a str),
    Remove(&'a str),
    Add(&'a str),
}

/// The hunks of a unified diff.
#[must_use]
fn unified(old: &str, new: &str) -> String {
    let (old, new): (Vec<&str>, Vec<&str>) = (old.lines().collect(), new.lines().collect());
    let edits = script(&old, &new);
    let is_change = |edit: &Edit<'_>| !matches!(edit, Edit::Keep(_));
    let mut out = String::new();
    let mut at = 0;
    while let Some(first) = edits[at..].iter().position(is_change).map(|found| at + found) {
        let start = first.saturating_sub(CONTEXT).max(at);
        let mut last = first;
        while let Some(next) = edits[last + 1..].iter().position(is_change).map(|found| last + 1 + found) {
            if next - last > 2 * CONTEXT {
                break;
            }
            last = next;
        }
        let end = (last + 1 + CONTEXT).min(edits.len());
        hunk(&edits, start, end, &mut out);
        at = end;
    }
    out
}

fn hunk(edits: &[Edit<'_>], start: usize, end: usize, out: &mut String) {
    let count = |edits: &[Edit<'_>], added: bool| {
        edits
            .iter()
            .filter(|edit| match edit {
                Edit::Keep(_) => true,
                Edit::Add(_) => added,
                Edit::Remove(_) => !added,
            })
            .count()
    };
    let range = |added: bool| {
        let (before, inside) = (count(&edits[..start], added), count(&edits[start..end], added));
        let from = if inside == 0 { before } else { before + 1 };
        if inside == 1 { from.to_string() } else { format!("{from},{inside}") }
    };
    out.push_str(&format!("@@ -{} +{} @@\n", range(false), range(true)));
    for edit in &edits[start..end] {
        let (sign, line) = match edit {
            Edit::Keep(line) => (' ', line),
            Edit::Remove(line) => ('-', line),
            Edit::Add(line) => ('+', line),
        };
        out.push(sign);
        out.push_str(line);
        out.push('\n');
    }
}

/// A shortest edit script, removals before additions, by the longest common subsequence.
fn script<'a>(old: &[&'a str], new: &[&'a str]) -> Vec<Edit<'a>> {
    let width = new.len() + 1;
    let mut lengths = vec![0_u32; (old.len() + 1) * width];
    for (row, left) in old.iter().enumerate().rev() {
        for (column, right) in new.iter().enumerate().rev() {
            let place = row * width + column;
            lengths[place] = if left == right {
                lengths[place + width + 1] + 1
            } else {
                lengths[place + width].max(lengths[place + 1])
            };
        }
    }
    let (mut row, mut column) = (0, 0);
    let mut edits = Vec::new();
    while row < old.len() || column < new.len() {
        let place = row * width + column;
        if row < old.len() && column < new.len() && old[row] == new[column] {
            edits.push(Edit::Keep(old[row]));
            row += 1;
            column += 1;
        } else if row < old.len() && (column == new.len() || lengths[place + width] >= lengths[place + 1]) {
            edits.push(Edit::Remove(old[row]));
            row += 1;
        } else {
            edits.push(Edit::Add(new[column]));
            column += 1;
        }
    }
    edits
}

#[cfg(test)]
mod tests {
    use super::unified;

    #[test]
    fn hunks_count_as_diff_does() {
        assert_eq!(unified("a\nb\n", "a\nc\nb\n"), "@@ -1,2 +1,3 @@\n a\n+c\n b\n");
        assert_eq!(unified("", "a\n"), "@@ -0,0 +1 @@\n+a\n");
        assert_eq!(unified("same\n", "same\n"), "");
    }
}

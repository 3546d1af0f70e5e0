//! ControllerRevisions: the templates that a DaemonSet or StatefulSet has had, each under a number.
// Models pkg/controller/history/controller_history.go

use crate::document::InOrder as _;
use crate::document::Value;
use crate::kube::api::{Key, Object, Request, Resource, Verb, meta};
use crate::kube::controller::{Controller, claim};
use crate::kube::why::Why;
use crate::kube::{Outcome, Snapshot};
use crate::tree;
use siphasher::sip::SipHasher13;
use std::hash::Hasher;
use std::rc::Rc;

/// The revisions of one workload.
pub struct Revisions {
    /// The one with the current template; it may be asked for in the same pass.
    pub update: Value,
    /// All that are stored, oldest first.
    pub all: Vec<Rc<Object>>,
}

/// How a kind of workload names and labels its revisions.
pub struct Style {
    /// Who writes.
    pub controller: Controller,
    /// The label that holds the template's hash.
    pub hash_label: &'static str,
}

/// A short name for a template, of letters that are hard to misread.
// Models pkg/controller/controller_utils.go ComputeHash; the hash function is ours, the alphabet upstream's.
#[must_use]
pub fn template_hash(template: &Value, collisions: i64) -> String {
    let mut hasher = SipHasher13::new();
    template.digest(&mut hasher);
    hasher.write(&collisions.to_le_bytes());
    let digits = ((hasher.finish() >> 32) as u32).to_string();
    let alphabet = b"bcdfghjklmnpqrstvwxz2456789";
    digits.bytes().map(|digit| char::from(alphabet[usize::from(digit) % alphabet.len()])).collect()
}

/// Finds the revision of the current template, or asks for it; it always has the highest number.
// Models constructHistory, getStatefulSetRevisions
#[must_use]
pub fn sync(owner: &Rc<Object>, style: &Style, seen: &Snapshot<'_>, outcome: &mut Outcome) -> Revisions {
    let mut all = claim::claim(owner, Resource::CONTROLLER_REVISIONS, style.controller, seen, outcome);
    all.order_by(|one, other| number(one).cmp(&number(other)).then_with(|| meta::name(one).cmp(meta::name(other))));
    let data = data_of(owner);
    let highest = all.last().map_or(0, |last| number(last));
    let Some(known) = all.iter().rfind(|revision| revision.at(&["data"]) == Some(&data)) else {
        let update = new_revision(owner, style, data, highest + 1);
        let request = Request::create(
            style.controller.user(),
            Resource::CONTROLLER_REVISIONS,
            meta::namespace(owner),
            update.clone(),
        );
        outcome.request(request, Why::NewRevision { revision: highest + 1 });
        return Revisions { update, all };
    };
    let mut update = known.value.clone();
    if number(&update) < highest {
        update.set(&["revision"], highest + 1);
        let key = Key::new(Resource::CONTROLLER_REVISIONS, meta::namespace(&update), meta::name(&update));
        let request = Request::new(style.controller.user(), Verb::Update, &key).with_body(update.clone());
        outcome.request(request, Why::NewRevision { revision: highest + 1 });
    }
    Revisions { update, all }
}

/// Asks for the deletion of the oldest revisions beyond the limit that no Pod has.
// Models truncateHistory, cleanupHistory
pub fn truncate(
    owner: &Value,
    style: &Style,
    revisions: &Revisions,
    is_live: impl Fn(&Value) -> bool,
    outcome: &mut Outcome,
) {
    let limit = owner.int_at(&["spec", "revisionHistoryLimit"]).unwrap_or(10);
    let idle: Vec<&Rc<Object>> = revisions
        .all
        .iter()
        .filter(|revision| meta::name(revision) != meta::name(&revisions.update) && !is_live(revision))
        .collect();
    let have = idle.len() as i64;
    let surplus = usize::try_from(have - limit).unwrap_or_default();
    for key in idle.into_iter().take(surplus).filter_map(|revision| meta::key(revision)) {
        let request = Request::new(style.controller.user(), Verb::Delete, &key);
        outcome.request(request, Why::TooMany { want: limit, have });
    }
}

/// The revision's number.
#[must_use]
pub fn number(revision: &Value) -> i64 {
    revision.int_at(&["revision"]).unwrap_or_default()
}

/// The owner as it was at this revision.
// Models ApplyRevision
#[must_use]
pub fn applied(owner: &Value, revision: &Value) -> Value {
    let mut template = revision.at(&["data", "spec", "template"]).cloned().unwrap_or_default();
    template.remove(&["$patch"]);
    owner.clone().with(&["spec", "template"], template)
}

// Models getPatch
fn data_of(owner: &Value) -> Value {
    let mut template = owner.at(&["spec", "template"]).cloned().unwrap_or_default();
    template.set(&["$patch"], "replace");
    tree!({ "spec": { "template": template } })
}

// Models NewControllerRevision
fn new_revision(owner: &Value, style: &Style, data: Value, number: i64) -> Value {
    let template = owner.at(&["spec", "template"]).unwrap_or(&Value::Null);
    let hash = template_hash(template, owner.int_at(&["status", "collisionCount"]).unwrap_or_default());
    let mut labels = template.at(&["metadata", "labels"]).cloned().unwrap_or_else(|| tree!({}));
    labels.set(&[style.hash_label], hash.as_str());
    let mut metadata = tree!({
        "name": format!("{}-{hash}", meta::name(owner)),
        "namespace": meta::namespace(owner),
        "labels": labels,
        "ownerReferences": [(meta::controller_ref(owner))],
    });
    if let Some(annotations) = owner.at(&["metadata", "annotations"]) {
        metadata.set(&["annotations"], annotations);
    }
    tree!({
        "apiVersion": "apps/v1",
        "kind": "ControllerRevision",
        "metadata": metadata,
        "data": data,
        "revision": number,
    })
}

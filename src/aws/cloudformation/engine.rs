//! A stack at work: tasks that wait for one another, begin, settle, and end or fail; and what
//! follows when all of a phase are done.
//!
//! | phase | tasks | then | when one fails |
//! |---|---|---|---|
//! | `CREATE` | make | `CREATE_COMPLETE` | `ROLLBACK`, `DELETE` or standstill, as was asked |
//! | `ROLLBACK` | delete what was made | `ROLLBACK_COMPLETE` | `ROLLBACK_FAILED` |
//! | `UPDATE` | make, change, replace | `CLEANUP` | `UNDO` |
//! | `CLEANUP` | delete what is not needed any more | `UPDATE_COMPLETE` | as if done |
//! | `UNDO` | put back | `UNDO_CLEANUP` | `UPDATE_ROLLBACK_FAILED` |
//! | `UNDO_CLEANUP` | delete what the update made | `UPDATE_ROLLBACK_COMPLETE` | as if done |
//! | `DELETE` | delete | `DELETE_COMPLETE` | `DELETE_FAILED` |
//!
//! Invariant: a task's resource is touched only when everything it needs is done, and deleted only
//! when nothing that is left needs it.

use crate::aws::ResourceKey;
use crate::aws::cloudformation::changes::Replacement;
use crate::aws::cloudformation::facts;
use crate::aws::cloudformation::graph::Graph;
use crate::aws::cloudformation::handlers::{self, Progress};
use crate::aws::cloudformation::stack::{Stack, new_record};
use crate::aws::cloudformation::template::Template;
use crate::aws::cloudformation::{phases, work};
use crate::aws::context::Context;
use crate::document::{Map, Value};
use crate::sim::SimTime;
use std::rc::Rc;

/// How long a call takes before its answer is there.
const CALL_MS: i64 = 1000;
/// How long between two looks at what is not ready.
const POLL_MS: i64 = 5000;
/// How long CloudFormation waits before it begins, and between phases.
const PAUSE_MS: i64 = 2000;

/// What is to happen to a record.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Do {
    Make,
    Change,
    PutBack,
    Delete,
}

impl Do {
    fn word(self) -> &'static str {
        match self {
            Self::Make => "make",
            Self::Change => "change",
            Self::PutBack => "put-back",
            Self::Delete => "delete",
        }
    }

    /// The word with which its statuses begin.
    fn status(self) -> &'static str {
        match self {
            Self::Make => "CREATE",
            Self::Change | Self::PutBack => "UPDATE",
            Self::Delete => "DELETE",
        }
    }
}

/// A task that waits for others.
pub(super) fn task(what: Do, needs: &[Rc<str>]) -> Value {
    Value::from([
        ("do", Value::from(what.word())),
        ("state", "waiting".into()),
        ("needs", Value::list(needs.iter().map(Value::from))),
    ])
}

/// Begins a phase.
pub(super) fn begin(context: &mut Context<'_, '_>, stack: &mut Stack, phase: &str, tasks: Map) {
    stack.value.set(&["_work"], Value::from([("phase", Value::from(phase)), ("tasks", tasks.into())]));
    let due = context.now().as_millis() as i64 + PAUSE_MS;
    stack.value.set(&["_work", "due"], due);
    context.schedule(SimTime(PAUSE_MS as u64), "cloudformation", "work", &stack.key);
}

/// Something of a stack's is due.
pub(super) fn on_due(context: &mut Context<'_, '_>, key: &ResourceKey) {
    let Some(value) = context.cloud.get(key).cloned() else { return };
    let mut stack = Stack { key: key.clone(), value };
    let before = stack.value.clone();
    let now = context.now().as_millis() as i64;
    if stack.value.at(&["_work", "phase"]).is_none() || stack.value.int_at(&["_work", "due"]).unwrap_or_default() > now
    {
        return;
    }
    let mut began = context.turn.cause;
    if began.is_none() {
        began = stack.value.int_at(&["_cause"]).map(|id| crate::sim::EntryId(id as u64));
    }
    context.turn.cause = began;
    advance(context, &mut stack, now);
    if stack.value != before {
        stack.store(context);
    }
}

/// Moves every task that can be moved, and the phase when all are done.
fn advance(context: &mut Context<'_, '_>, stack: &mut Stack, now: i64) {
    let template = stack.template();
    let ids: Vec<Rc<str>> = tasks(stack).map(|(id, _)| id.clone()).collect();
    let mut moved = true;
    while moved {
        moved = false;
        for id in &ids {
            moved |= step(context, stack, template.as_ref(), id, now);
            if has_failed(stack) && stops_at_failure(stack) {
                return phases::fail(context, stack);
            }
        }
    }
    if tasks(stack).all(|(_, task)| matches!(task.str_at(&["state"]), "done" | "failed" | "blocked")) {
        return phases::finish(context, stack);
    }
    let next = tasks(stack).filter_map(|(_, task)| task.int_at(&["due"])).filter(|due| *due > now).min();
    // Tasks that wait for what failed never come: the phase ends without them.
    let Some(next) = next else { return phases::finish(context, stack) };
    stack.value.set(&["_work", "due"], next);
    context.schedule(SimTime((next - now) as u64), "cloudformation", "work", &stack.key);
}

pub(super) fn tasks(stack: &Stack) -> impl Iterator<Item = (&Rc<str>, &Value)> {
    stack.value.at(&["_work", "tasks"]).and_then(Value::as_map).into_iter().flatten()
}

pub(super) fn phase(stack: &Stack) -> &str {
    stack.value.str_at(&["_work", "phase"])
}

fn has_failed(stack: &Stack) -> bool {
    tasks(stack).any(|(_, task)| task.str_at(&["state"]) == "failed")
}

fn stops_at_failure(stack: &Stack) -> bool {
    matches!(phase(stack), "CREATE" | "UPDATE" | "UNDO")
}

/// The logical id of a task; an old copy of a resource is `Id@old`.
fn logical(id: &str) -> &str {
    id.split('@').next().unwrap_or_default()
}

/// One task, one step. Says whether something moved at once.
fn step(context: &mut Context<'_, '_>, stack: &mut Stack, template: Option<&Template>, id: &str, now: i64) -> bool {
    let Some(task) = stack.value.at(&["_work", "tasks", id]).cloned() else { return false };
    let is_due = task.int_at(&["due"]).unwrap_or_default() <= now;
    let what = task.str_at(&["do"]);
    match task.str_at(&["state"]) {
        "waiting" => {
            let is_done = |need: &Value| {
                let need = need.as_str().unwrap_or_default();
                let other = stack.value.at(&["_work", "tasks", need]);
                other.is_none_or(|other| other.str_at(&["state"]) == "done")
            };
            if !task.items_at(&["needs"]).iter().all(is_done) {
                return false;
            }
            match what {
                "delete" => start_delete(context, stack, id, &task, now),
                "change" => return start_change(context, stack, template, id, now),
                "put-back" => start_put_back(context, stack, id, now),
                _ => start_make(context, stack, template, id, now),
            }
            true
        }
        "calling" if is_due => {
            match what {
                "delete" => call_delete(context, stack, id, &task, now),
                "change" | "put-back" => call_change(context, stack, template, id, what, now),
                _ => call_make(context, stack, template, id, now),
            }
            true
        }
        "settling" if is_due => settle(context, stack, id, &task, now),
        _ => false,
    }
}

pub(super) fn set_state(stack: &mut Stack, id: &str, state: &str, due: Option<i64>) {
    let task = stack.value.at_mut(&["_work", "tasks", id]);
    task.set(&["state"], state);
    match due {
        Some(due) => task.set(&["due"], due),
        None => drop(task.remove(&["due"])),
    }
}

fn failed(context: &mut Context<'_, '_>, stack: &mut Stack, id: &str, reason: &str) {
    let what = stack.value.str_at(&["_work", "tasks", id, "do"]).to_owned();
    set_state(stack, id, "failed", None);
    let word = match what.as_str() {
        "make" => "CREATE_FAILED",
        "delete" => "DELETE_FAILED",
        _ => "UPDATE_FAILED",
    };
    stack.turn_resource(context, logical(id), word, Some(reason));
}

fn start_make(context: &mut Context<'_, '_>, stack: &mut Stack, template: Option<&Template>, id: &str, now: i64) {
    if stack.record(id).is_none() {
        let kind = template.and_then(|it| it.type_of(id)).unwrap_or_default();
        let resolved = super::changes::Resolved { kind: kind.into(), properties: Value::map() };
        stack.value.set(&["_resources", id], new_record(id, &resolved));
    }
    stack.value.set(&["_resources", id, "_began"], now);
    if let Some(template) = template {
        let needs = Graph::of(template, &|_| true).needs.get(id).cloned().unwrap_or_default();
        stack.value.set(&["_resources", id, "_needs"], Value::list(needs.into_iter().map(Value::Text)));
    }
    set_state(stack, id, "calling", Some(now + CALL_MS));
    stack.turn_resource(context, id, "CREATE_IN_PROGRESS", None);
}

fn call_make(context: &mut Context<'_, '_>, stack: &mut Stack, template: Option<&Template>, id: &str, now: i64) {
    let Some(template) = template else { return };
    match work::create(context, stack, template, id) {
        Err(reason) => failed(context, stack, id, &reason),
        Ok(()) => {
            set_state(stack, id, "settling", Some(now + settling_ms(stack, id)));
            let reason = if stack.value.is_true_at(&["_resources", id, "_inert"]) {
                let kind = stack.value.str_at(&["_resources", id, "ResourceType"]);
                format!("Resource creation Initiated (Drydock does not simulate {kind}: the resource stands inert)")
            } else {
                "Resource creation Initiated".to_owned()
            };
            let word = if phase(stack) == "UPDATE" && stack.value.is_true_at(&["_resources", id, "_replacing"]) {
                "UPDATE_IN_PROGRESS"
            } else {
                "CREATE_IN_PROGRESS"
            };
            stack.turn_resource(context, id, word, Some(&reason));
        }
    }
}

fn settling_ms(stack: &Stack, id: &str) -> i64 {
    let kind = stack.value.str_at(&["_resources", id, "ResourceType"]);
    handlers::of(kind).map_or(1, |handler| handler.seconds) * 1000
}

/// An update of a resource: what it is to become decides what happens.
fn start_change(
    context: &mut Context<'_, '_>,
    stack: &mut Stack,
    template: Option<&Template>,
    id: &str,
    now: i64,
) -> bool {
    let Some(template) = template else { return false };
    match work::effect(context, stack, template, id) {
        Err(refusal) => {
            stack.turn_resource(context, id, "UPDATE_IN_PROGRESS", None);
            failed(context, stack, id, &refusal.0);
        }
        Ok(None) => set_state(stack, id, "done", None),
        Ok(Some(Replacement::Always)) => {
            if let Some(name) = custom_name(stack, template, id) {
                stack.turn_resource(context, id, "UPDATE_IN_PROGRESS", None);
                let reason = format!(
                    "CloudFormation cannot update a stack when a custom-named resource requires replacing. \
                     Rename {name} and update the stack again."
                );
                failed(context, stack, id, &reason);
                return true;
            }
            let reason = "Requested update requires the creation of a new physical resource; hence creating one.";
            stack.turn_resource(context, id, "UPDATE_IN_PROGRESS", Some(reason));
            let old = stack.record(id).cloned().unwrap_or_default();
            stack.value.set(&["_old", id], old);
            let record = stack.value.at_mut(&["_resources", id]);
            for name in ["PhysicalResourceId", "_made", "_kept"] {
                record.remove(&[name]);
            }
            record.set(&["_replacing"], true);
            set_state(stack, id, "calling", Some(now + CALL_MS));
        }
        Ok(Some(_)) => {
            stack.turn_resource(context, id, "UPDATE_IN_PROGRESS", None);
            set_state(stack, id, "calling", Some(now + CALL_MS));
        }
    }
    true
}

/// The name that the template itself gives, and that a second resource could not have.
fn custom_name(stack: &Stack, template: &Template, id: &str) -> Option<String> {
    let shape = facts::of(template.type_of(id)?)?;
    let names: Vec<&str> = shape.identifier().collect();
    let [name] = names[..] else { return None };
    let given = template.item("Resources", id)?.get("Properties")?.get(name)?.as_str()?.to_owned();
    let old = stack.value.at(&["_resources", id, "_properties", name])?.as_str()?.to_owned();
    (given == old && shape.property(name).is_some_and(|property| !property.is_read_only())).then_some(given)
}

fn call_change(
    context: &mut Context<'_, '_>,
    stack: &mut Stack,
    template: Option<&Template>,
    id: &str,
    what: &str,
    now: i64,
) {
    let is_replacing = stack.value.is_true_at(&["_resources", id, "_replacing"]);
    if what == "change" && is_replacing {
        return call_make(context, stack, template, id, now);
    }
    let wanted = if what == "put-back" {
        Ok(stack.value.at(&["_before", "_resources", id, "_properties"]).cloned().unwrap_or_else(Value::map))
    } else {
        let Some(template) = template else { return };
        work::resolved(context, stack, template, id).map(|resolved| resolved.properties).map_err(|refusal| refusal.0)
    };
    if let (true, Some(template)) = (what == "change", template) {
        let needs = Graph::of(template, &|_| true).needs.get(id).cloned().unwrap_or_default();
        stack.value.set(&["_resources", id, "_needs"], Value::list(needs.into_iter().map(Value::Text)));
    }
    match wanted.and_then(|properties| work::update(context, stack, id, &properties)) {
        Err(reason) => failed(context, stack, id, &reason),
        Ok(()) => set_state(stack, id, "settling", Some(now + settling_ms(stack, id))),
    }
}

fn start_put_back(context: &mut Context<'_, '_>, stack: &mut Stack, id: &str, now: i64) {
    stack.turn_resource(context, id, "UPDATE_IN_PROGRESS", None);
    let before = stack.value.at(&["_before", "_resources", id]).cloned().unwrap_or_default();
    let new = stack.record(id).cloned().unwrap_or_default();
    let is_other = |name: &str| before.get(name) != new.get(name);
    if is_other("PhysicalResourceId") {
        // The old copy is still there: it takes its place again, the new one goes.
        if new.get("PhysicalResourceId").is_some() {
            stack.value.set(&["_old", id], new);
        } else {
            stack.value.remove(&["_old", id]);
        }
        stack.value.set(&["_resources", id], before);
        set_state(stack, id, "done", None);
        stack.turn_resource(context, id, "UPDATE_COMPLETE", None);
        return;
    }
    set_state(stack, id, "calling", Some(now + CALL_MS));
}

/// The record that a task deletes.
fn doomed(stack: &Stack, id: &str) -> Value {
    let old = id.strip_suffix("@old").and_then(|id| stack.value.at(&["_old", id]));
    old.or_else(|| stack.record(id)).cloned().unwrap_or_default()
}

/// Whether the template asks for a resource to be kept.
fn is_kept(stack: &Stack, id: &str, record: &Value) -> bool {
    let name = logical(id);
    if stack.value.items_at(&["_retain"]).iter().any(|it| it.as_str() == Some(name)) {
        return true;
    }
    let policy = if id.ends_with("@old") { "_replace_policy" } else { "_delete_policy" };
    let is_creation = matches!(phase(stack), "ROLLBACK" | "UNDO_CLEANUP");
    match record.str_at(&[policy]) {
        "Retain" => !(is_creation && id.ends_with("@old")),
        "RetainExceptOnCreate" => !is_creation,
        _ => false,
    }
}

fn start_delete(context: &mut Context<'_, '_>, stack: &mut Stack, id: &str, task: &Value, now: i64) {
    let record = doomed(stack, id);
    if record.str_at(&["PhysicalResourceId"]).is_empty() {
        set_state(stack, id, "done", None);
        if !id.ends_with("@old") {
            tell_doomed(context, stack, id, &record, "DELETE_COMPLETE", None);
        }
        return;
    }
    if is_kept(stack, id, &record) {
        set_state(stack, id, "done", None);
        tell_doomed(context, stack, id, &record, "DELETE_SKIPPED", None);
        return;
    }
    let _ = task;
    set_state(stack, id, "calling", Some(now + CALL_MS));
    tell_doomed(context, stack, id, &record, "DELETE_IN_PROGRESS", None);
}

fn tell_doomed(
    context: &mut Context<'_, '_>,
    stack: &mut Stack,
    id: &str,
    record: &Value,
    status: &str,
    reason: Option<&str>,
) {
    if id.ends_with("@old") {
        let (physical, kind) = (record.str_at(&["PhysicalResourceId"]), record.str_at(&["ResourceType"]));
        stack.tell(context, [logical(id), physical, kind, status], reason, &Value::Null);
    } else {
        stack.turn_resource(context, id, status, reason);
    }
}

fn call_delete(context: &mut Context<'_, '_>, stack: &mut Stack, id: &str, task: &Value, now: i64) {
    let record = doomed(stack, id);
    match work::delete(context, stack, &record) {
        Ok(()) => set_state(stack, id, "settling", Some(now + CALL_MS)),
        Err(reason) => {
            // What is still in use is asked for again, as CloudFormation does, before it gives up.
            const TRIES_MAX: i64 = 90;
            let tries = task.int_at(&["tries"]).unwrap_or_default() + 1;
            stack.value.set(&["_work", "tasks", id, "tries"], tries);
            let is_in_use = reason.contains("DependencyViolation") || reason.contains("ResourceInUse");
            if is_in_use && tries < TRIES_MAX {
                set_state(stack, id, "calling", Some(now + 4 * POLL_MS));
                return;
            }
            set_state(stack, id, "failed", None);
            tell_doomed(context, stack, id, &record, "DELETE_FAILED", Some(&reason));
        }
    }
}

/// Looks at what was begun; says whether it is over.
fn settle(context: &mut Context<'_, '_>, stack: &mut Stack, id: &str, task: &Value, now: i64) -> bool {
    if task.str_at(&["do"]) == "delete" {
        let record = doomed(stack, id);
        if !work::is_gone(context, stack, &record) {
            if let Some(reason) = work::is_stuck(context, stack, &record) {
                set_state(stack, id, "failed", None);
                tell_doomed(context, stack, id, &record, "DELETE_FAILED", Some(&reason));
                return true;
            }
            set_state(stack, id, "settling", Some(now + POLL_MS));
            return false;
        }
        set_state(stack, id, "done", None);
        tell_doomed(context, stack, id, &record, "DELETE_COMPLETE", None);
        return true;
    }
    match work::progress(context, stack, id) {
        Progress::Waiting => {
            set_state(stack, id, "settling", Some(now + POLL_MS));
            false
        }
        Progress::Failed(reason) => {
            failed(context, stack, id, &reason);
            true
        }
        Progress::Ready => {
            set_state(stack, id, "done", None);
            stack.value.remove(&["_resources", id, "_replacing"]);
            let word = if task.str_at(&["do"]) == "make" { Do::Make } else { Do::Change }.status();
            stack.turn_resource(context, id, &format!("{word}_COMPLETE"), None);
            true
        }
    }
}

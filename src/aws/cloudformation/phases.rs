//! The end of a phase: what follows when all its tasks are done, and what when one has failed.

use crate::aws::cloudformation::engine::{Do, begin, phase, set_state, task, tasks};
use crate::aws::cloudformation::stack::{Stack, importers, stamp};
use crate::aws::cloudformation::work;
use crate::aws::context::Context;
use crate::document::{Map, Value};
use crate::sim::Verb;
use std::rc::Rc;

/// Something failed, and the phase stops: what had begun is given up.
pub(super) fn fail(context: &mut Context<'_, '_>, stack: &mut Stack) {
    let of = |stack: &Stack, states: &[&str]| -> Vec<(Rc<str>, String)> {
        tasks(stack)
            .filter(|(_, task)| states.contains(&task.str_at(&["state"])))
            .map(|(id, task)| (id.clone(), task.str_at(&["do"]).to_owned()))
            .collect()
    };
    for (id, what) in of(stack, &["calling", "settling"]) {
        let (status, reason) = match what.as_str() {
            "make" => ("CREATE_FAILED", "Resource creation cancelled"),
            _ => ("UPDATE_FAILED", "Resource update cancelled"),
        };
        set_state(stack, &id, "blocked", None);
        stack.turn_resource(context, &id, status, Some(reason));
    }
    let mut made = Vec::new();
    let mut changed = Vec::new();
    for (id, what) in of(stack, &["failed", "blocked"]) {
        if what == "make" { made.push(id.to_string()) } else { changed.push(id.to_string()) }
    }
    let mut reason = String::new();
    for (names, word) in [(made, "create"), (changed, "update")] {
        if !names.is_empty() {
            reason += &format!("The following resource(s) failed to {word}: [{}]. ", names.join(", "));
        }
    }
    match phase(stack).to_owned().as_str() {
        "UNDO" => {
            stack.value.remove(&["_work"]);
            stack.turn(context, "UPDATE_ROLLBACK_FAILED", Some(reason.trim_end()));
        }
        "UPDATE" => undo(context, stack, &reason),
        _ => give_up(context, stack, &reason),
    }
}

fn give_up(context: &mut Context<'_, '_>, stack: &mut Stack, reason: &str) {
    match stack.value.str_at(&["_on_failure"]).to_owned().as_str() {
        "DO_NOTHING" => {
            stack.value.remove(&["_work"]);
            stack.turn(context, "CREATE_FAILED", Some(reason.trim_end()));
        }
        "DELETE" => {
            stack.turn(context, "DELETE_IN_PROGRESS", Some(&format!("{reason}Delete requested by user.")));
            delete_all(context, stack, "DELETE");
        }
        _ => {
            stack.turn(context, "ROLLBACK_IN_PROGRESS", Some(&format!("{reason}Rollback requested by user.")));
            delete_all(context, stack, "ROLLBACK");
        }
    }
}

/// Deletes everything, what is needed last.
pub(super) fn delete_all(context: &mut Context<'_, '_>, stack: &mut Stack, phase: &str) {
    let ids: Vec<Rc<str>> = stack
        .records()
        .filter(|(_, record)| !matches!(record.str_at(&["ResourceStatus"]), "DELETE_COMPLETE" | "DELETE_SKIPPED"))
        .map(|(id, _)| id.clone())
        .collect();
    let tasks = ids.iter().map(|id| (id.clone(), task(Do::Delete, &needing(stack, id, &ids)))).collect();
    begin(context, stack, phase, tasks);
}

/// Those of `among` that need `id`.
fn needing(stack: &Stack, id: &str, among: &[Rc<str>]) -> Vec<Rc<str>> {
    let needs = |other: &Rc<str>| {
        let needs = stack.value.items_at(&["_resources", other, "_needs"]);
        needs.iter().any(|need| need.as_str() == Some(id))
    };
    among.iter().filter(|other| &***other != id && needs(other)).cloned().collect()
}

/// Puts everything back that an update touched.
pub(super) fn undo(context: &mut Context<'_, '_>, stack: &mut Stack, reason: &str) {
    stack.turn(context, "UPDATE_ROLLBACK_IN_PROGRESS", Some(reason.trim_end()));
    put_back(context, stack, &[]);
}

/// Begins to put back; `skipped` are taken for put back.
pub(super) fn put_back(context: &mut Context<'_, '_>, stack: &mut Stack, skipped: &[&str]) {
    let before = stack.value.get("_before").cloned().unwrap_or_default();
    let touched: Vec<Rc<str>> = stack
        .records()
        .filter(|(id, record)| {
            let old = before.at(&["_resources", id]);
            let same = |name: &str| old.and_then(|old| old.get(name)) == record.get(name);
            let is_failed = record.str_at(&["ResourceStatus"]) == "UPDATE_FAILED";
            old.is_some() && (is_failed || !same("PhysicalResourceId") || !same("_properties"))
        })
        .map(|(id, _)| id.clone())
        .collect();
    let mut tasks = Map::new();
    for id in &touched {
        let needs: Vec<Rc<str>> =
            stack.value.items_at(&["_resources", id, "_needs"]).iter().filter_map(Value::as_shared).collect();
        let mut one = task(Do::PutBack, &needs);
        if skipped.contains(&&**id) {
            one.set(&["state"], "done");
            stack.turn_resource(context, id, "UPDATE_COMPLETE", None);
        }
        tasks.insert(id.clone(), one);
    }
    begin(context, stack, "UNDO", tasks);
}

/// A phase is over: what comes next.
pub(super) fn finish(context: &mut Context<'_, '_>, stack: &mut Stack) {
    let has_failed = tasks(stack).any(|(_, task)| task.str_at(&["state"]) != "done");
    let names: Vec<String> =
        tasks(stack).filter(|(_, task)| task.str_at(&["state"]) == "failed").map(|(id, _)| id.to_string()).collect();
    let phase = phase(stack).to_owned();
    stack.value.remove(&["_work"]);
    let undeleted = format!("The following resource(s) failed to delete: [{}]. ", names.join(", "));
    match phase.as_str() {
        "CREATE" => match tell_outputs(context, stack) {
            Ok(()) => end(context, stack, "CREATE_COMPLETE"),
            Err(reason) => give_up(context, stack, &reason),
        },
        "UPDATE" => match tell_outputs(context, stack) {
            Ok(()) => clean_up(context, stack, "UPDATE_COMPLETE_CLEANUP_IN_PROGRESS", "CLEANUP"),
            Err(reason) => undo(context, stack, &reason),
        },
        "CLEANUP" => {
            forget_old(stack);
            end(context, stack, "UPDATE_COMPLETE");
        }
        "UNDO" => {
            for name in [
                "_template",
                "_given",
                "_values",
                "Parameters",
                "Outputs",
                "_imports",
                "Tags",
                "Description",
                "Capabilities",
            ] {
                match stack.value.at(&["_before", name]).cloned() {
                    Some(old) => stack.value.set(&[name], old),
                    None => drop(stack.value.remove(&[name])),
                }
            }
            clean_up(context, stack, "UPDATE_ROLLBACK_COMPLETE_CLEANUP_IN_PROGRESS", "UNDO_CLEANUP");
        }
        "UNDO_CLEANUP" => {
            forget_old(stack);
            end(context, stack, "UPDATE_ROLLBACK_COMPLETE");
        }
        "ROLLBACK" if has_failed => stack.turn(context, "ROLLBACK_FAILED", Some(undeleted.trim_end())),
        "ROLLBACK" => end(context, stack, "ROLLBACK_COMPLETE"),
        "DELETE" if has_failed => stack.turn(context, "DELETE_FAILED", Some(undeleted.trim_end())),
        _ => {
            let at = stamp(context);
            stack.value.set(&["DeletionTime"], at);
            stack.value.remove(&["_imports"]);
            end(context, stack, "DELETE_COMPLETE");
        }
    }
}

fn end(context: &mut Context<'_, '_>, stack: &mut Stack, status: &str) {
    stack.turn(context, status, None);
}

/// What an update needs no more: removed resources, and the old copies of replaced ones.
fn clean_up(context: &mut Context<'_, '_>, stack: &mut Stack, status: &str, phase: &str) {
    stack.turn(context, status, None);
    let wanted = stack.value.at(&[if phase == "CLEANUP" { "_wanted" } else { "_before" }]).cloned().unwrap_or_default();
    let is_wanted = |id: &str| match phase {
        "CLEANUP" => wanted.items().iter().any(|it| it.as_str() == Some(id)),
        _ => wanted.at(&["_resources", id]).is_some(),
    };
    let mut ids: Vec<Rc<str>> = stack.records().map(|(id, _)| id.clone()).filter(|id| !is_wanted(id)).collect();
    ids.retain(|id| stack.value.str_at(&["_resources", id, "ResourceStatus"]) != "DELETE_COMPLETE");
    let old: Vec<Rc<str>> =
        stack.value.at(&["_old"]).and_then(Value::as_map).into_iter().flatten().map(|(id, _)| id.clone()).collect();
    let mut tasks = Map::new();
    for id in &ids {
        let mut needs = needing(stack, id, &ids);
        needs.extend(
            old.iter().filter(|other| old_needs(stack, other, id)).map(|other| Rc::from(format!("{other}@old"))),
        );
        tasks.insert(id.clone(), task(Do::Delete, &needs));
    }
    for id in &old {
        let others = old.iter().filter(|other| *other != id && old_needs(stack, other, id));
        let mut needs: Vec<Rc<str>> = others.map(|other| format!("{other}@old").into()).collect();
        needs.extend(needing(stack, id, &ids));
        tasks.insert(format!("{id}@old").into(), task(Do::Delete, &needs));
    }
    begin(context, stack, phase, tasks);
}

fn old_needs(stack: &Stack, id: &str, needed: &str) -> bool {
    stack.value.items_at(&["_old", id, "_needs"]).iter().any(|need| need.as_str() == Some(needed))
}

/// What was cleaned up is part of the stack no more.
fn forget_old(stack: &mut Stack) {
    for name in ["_old", "_before", "_wanted"] {
        stack.value.remove(&[name]);
    }
    let gone: Vec<Rc<str>> = stack
        .records()
        .filter(|(_, record)| {
            matches!(record.str_at(&["ResourceStatus"]), "DELETE_COMPLETE" | "DELETE_SKIPPED" | "DELETE_FAILED")
        })
        .map(|(id, _)| id.clone())
        .collect();
    for id in gone {
        stack.value.remove(&["_resources", &id]);
    }
}

/// Works the outputs out and tells them; an export that is taken, or missing while in use, fails.
fn tell_outputs(context: &mut Context<'_, '_>, stack: &mut Stack) -> Result<(), String> {
    let Some(template) = stack.template() else { return Ok(()) };
    let outputs = work::outputs(context, stack, &template).map_err(|refusal| refusal.0)?;
    let known = super::stack::exports(context);
    let mut told = Vec::new();
    let mut names: Vec<Rc<str>> = Vec::new();
    for (key, output) in outputs {
        let mut one = Value::from([("OutputKey", Value::from(&key)), ("OutputValue", output.value.clone())]);
        if let Some(description) = output.description {
            one.set(&["Description"], description);
        }
        if let Some(export) = output.export {
            let other = known.get(&export).filter(|(_, id)| *id != stack.key.id);
            if let Some((_, id)) = other {
                let name = id.split('/').nth(1).unwrap_or_default();
                return Err(format!("Export with name {export} is already exported by stack {name}. "));
            }
            one.set(&["ExportName"], &export);
            names.push(export);
        }
        told.push(one);
    }
    for old in stack.value.items_at(&["Outputs"]) {
        let Some(name) = old.get("ExportName").and_then(Value::as_shared) else { continue };
        let value = told.iter().find(|it| it.get("ExportName").and_then(Value::as_str) == Some(&*name));
        let users = importers(context, &name);
        if users.is_empty() {
            continue;
        }
        if !names.contains(&name) {
            return Err(format!("Export {name} cannot be deleted as it is in use by {}. ", users.join(", ")));
        }
        if value.and_then(|it| it.get("OutputValue")) != old.get("OutputValue") {
            return Err(format!("Export {name} cannot be updated as it is in use by {}. ", users.join(", ")));
        }
    }
    stack.value.set(&["Outputs"], Value::from(told));
    Ok(())
}

/// Notes the entry of the history that everything later is because of.
pub(super) fn remember_cause(context: &mut Context<'_, '_>, stack: &mut Stack) {
    let id = context.put(stack.key.clone(), stack.value.clone(), Verb::Update);
    stack.value.set(&["_cause"], id.0 as i64);
}

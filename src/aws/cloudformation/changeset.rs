//! Change sets: what an update would do, looked at before it is done.

use crate::aws::api::{Answer, Error};
use crate::aws::cloudformation::changes::{self, Action, Change, Replacement, Resolved, Resources};
use crate::aws::cloudformation::evaluate::Scope;
use crate::aws::cloudformation::operations::{self, Prepared, invalid, named, prepare};
use crate::aws::cloudformation::stack::{Stack, stamp};
use crate::aws::cloudformation::{facts, resolve, work};
use crate::aws::context::Context;
use crate::document::{Value, parse};
use std::rc::Rc;

/// What a prepared template would change of a stack as it stands.
pub(super) fn changes(context: &mut Context<'_, '_>, stack: &Stack, prepared: &Prepared) -> Result<Vec<Change>, Error> {
    let mut old = Resources::new();
    for (id, record) in stack.records() {
        if record.get("PhysicalResourceId").is_some() {
            let properties = record.get("_properties").cloned().unwrap_or_else(Value::map);
            old.insert(id.clone(), Resolved { kind: record.str_at(&["ResourceType"]).into(), properties });
        }
    }
    let mentions = operations::mentions_in(&prepared.template, "Resources");
    let live = work::live(context, stack, &mentions);
    let pseudo = stack.pseudo();
    let told = |refusal: super::evaluate::Refusal| invalid(refusal.0);
    let scope = Scope::new(&prepared.template, &prepared.values, &pseudo, &live).map_err(told)?;
    let new = match resolve::resources(&scope) {
        Ok(new) => new,
        // An import that nobody exports is found out when its resource is made.
        Err(refusal) if refusal.0.starts_with("No export named") => masked(prepared, stack).map_err(told)?,
        Err(refusal) => return Err(told(refusal)),
    };
    for (id, resolved) in &new {
        if old.get(id).is_some_and(|before| before.kind != resolved.kind) {
            return Err(invalid(format!(
                "Update of resource type is not permitted. The new template modifies resource type of the following resources: [{id}]"
            )));
        }
    }
    Ok(changes::between(&old, &new, &prepared.template))
}

fn masked(prepared: &Prepared, stack: &Stack) -> Result<Resources, super::evaluate::Refusal> {
    let pseudo = stack.pseudo();
    let masks = super::masks::Masks { template: &prepared.template, parameters: &prepared.values, pseudo: &pseudo };
    let scope = Scope::new(&prepared.template, &prepared.values, &pseudo, &masks)?;
    resolve::resources(&scope)
}

/// Whether the outputs alone would differ.
pub(super) fn differs_in_outputs(context: &mut Context<'_, '_>, stack: &Stack, prepared: &Prepared) -> bool {
    let mentions = operations::mentions_in(&prepared.template, "Outputs");
    let live = work::live(context, stack, &mentions);
    let pseudo = stack.pseudo();
    let Ok(scope) = Scope::new(&prepared.template, &prepared.values, &pseudo, &live) else { return true };
    let Ok(outputs) = resolve::outputs(&scope) else { return true };
    let told = stack.value.items_at(&["Outputs"]);
    told.len() != outputs.len()
        || told.iter().any(|one| {
            let Some(output) = outputs.get(one.str_at(&["OutputKey"])) else { return true };
            one.get("OutputValue") != Some(&output.value)
                || one.get("ExportName").and_then(Value::as_str) != output.export.as_deref()
                || one.get("Description").and_then(Value::as_str) != output.description.as_deref()
        })
}

/// What the stack's own policy forbids.
// Source: CloudFormation User Guide, "Prevent updates to stack resources": without a statement
// that allows, everything is denied once there is a policy.
pub(super) fn protected(stack: &Stack, changes: &[Change]) -> Option<String> {
    let text = stack.value.at(&["_policy"])?.as_str()?;
    let policy = parse(text).documents.first()?.root.to_value();
    for change in changes {
        let action = match (change.action, change.replacement) {
            (Action::Add, _) => continue,
            (Action::Remove, _) => "Update:Delete",
            (_, Replacement::Always) => "Update:Replace",
            _ => "Update:Modify",
        };
        let matches = |statement: &&Value| {
            let any = |name: &str, wanted: &[&str]| {
                let value = statement.get(name).cloned().unwrap_or_default();
                let texts: Vec<Value> = if value.items().is_empty() { vec![value] } else { value.items().to_vec() };
                texts.iter().filter_map(Value::as_str).any(|text| wanted.contains(&text))
            };
            let resource = format!("LogicalResourceId/{}", change.id);
            any("Action", &["Update:*", action]) && any("Resource", &["*", "LogicalResourceId/*", &resource])
        };
        let hits: Vec<&Value> = policy.items_at(&["Statement"]).iter().filter(matches).collect();
        let denied = hits.iter().any(|hit| hit.str_at(&["Effect"]) == "Deny");
        if denied || hits.is_empty() {
            return Some(format!(
                "Action denied by stack policy: Statement [#1] does not allow [{action}] for resource [LogicalResourceId/{}]",
                change.id
            ));
        }
    }
    None
}

/// A change as `describe-change-set` tells it.
fn shown(stack: &Stack, change: &Change) -> Value {
    let shape = facts::of(&change.kind);
    let details = change.properties.iter().map(|name| {
        let property = shape.and_then(|shape| shape.property(name));
        let recreation = match property {
            Some(property) if property.replaces() => "Always",
            Some(property) if property.may_replace() => "Conditionally",
            _ => "Never",
        };
        let attribute = if &**name == "Tags" { "Tags" } else { "Properties" };
        let mut target = Value::from([("Attribute", attribute), ("RequiresRecreation", recreation)]);
        if attribute == "Properties" {
            target.set(&["Name"], name);
        }
        let source = if change.is_cascade { "ResourceReference" } else { "DirectModification" };
        Value::from([
            ("Target", target),
            ("Evaluation", if change.is_cascade { "Dynamic" } else { "Static" }.into()),
            ("ChangeSource", source.into()),
        ])
    });
    let mut resource = Value::from([
        ("Action", Value::from(change.action.name())),
        ("LogicalResourceId", (&change.id).into()),
        ("ResourceType", (&change.kind).into()),
        ("Scope", Value::list([])),
        ("Details", Value::list(details)),
    ]);
    if let Some(physical) = stack.record(&change.id).and_then(|record| record.get("PhysicalResourceId")) {
        resource.set(&["PhysicalResourceId"], physical);
    }
    if change.action == Action::Modify {
        let is_tags = |name: &&Rc<str>| &***name == "Tags";
        let mut scope: Vec<Value> = Vec::new();
        if change.properties.iter().any(|name| !is_tags(&name)) {
            scope.push("Properties".into());
        }
        if change.properties.iter().any(|name| is_tags(&name)) {
            scope.push("Tags".into());
        }
        resource.set(&["Scope"], Value::from(scope));
        let replacement = match change.replacement {
            Replacement::Always => "True",
            Replacement::Conditional => "Conditional",
            Replacement::Never => "False",
        };
        resource.set(&["Replacement"], replacement);
    }
    Value::from([("Type", Value::from("Resource")), ("ResourceChange", resource)])
}

fn is_name(name: &str) -> bool {
    name.starts_with(|c: char| c.is_ascii_alphabetic())
        && name.bytes().all(|it| it.is_ascii_alphanumeric() || it == b'-')
}

pub(super) fn create(context: &mut Context<'_, '_>, params: &Value) -> Answer {
    let stack_name = params.str_at(&["StackName"]).to_owned();
    let name = params.str_at(&["ChangeSetName"]).to_owned();
    if !is_name(&name) {
        return Err(invalid(format!(
            "1 validation error detected: Value '{name}' at 'changeSetName' failed to satisfy constraint: Member must satisfy regular expression pattern: [a-zA-Z][-a-zA-Z0-9]*"
        )));
    }
    let found = Stack::find(context, &stack_name);
    let is_new = params.str_at(&["ChangeSetType"]) == "CREATE";
    let mut stack = match found {
        Some(stack) if is_new && stack.status() != "REVIEW_IN_PROGRESS" => {
            return Err(invalid(format!(
                "Stack [{stack_name}] already exists and cannot be created again with the changeSet [{name}]."
            )));
        }
        Some(stack) => stack,
        None if is_new => {
            let mut stack = operations::new_stack(context, params, "REVIEW_IN_PROGRESS")?;
            stack.turn(context, "REVIEW_IN_PROGRESS", Some("User Initiated"));
            stack
        }
        None => return Err(invalid(format!("Stack [{stack_name}] does not exist"))),
    };
    if !is_new {
        operations::updatable(&stack)?;
    }
    if stack.value.at(&["_change_sets", &name]).is_some() {
        return Err(Error::new("AlreadyExistsException", format!("ChangeSet {name} already exists")));
    }
    let old = (!is_new).then(|| stack.clone());
    let prepared = prepare(context, params, &stack_name, old.as_ref())?;
    let changes = changes(context, &stack, &prepared)?;
    let is_retagged = params.get("Tags").is_some_and(|tags| stack.value.get("Tags") != Some(tags));
    let does_something = !changes.is_empty() || is_retagged || is_new || differs_in_outputs(context, &stack, &prepared);
    let uuid = context.dice("cloudformation-changeset").uuid();
    let id = context.arn("cloudformation", &format!("changeSet/{name}/{uuid}"));
    let at = stamp(context);
    let shown: Vec<Value> = changes.iter().map(|change| shown(&stack, change)).collect();
    let mut set = Value::from([
        ("ChangeSetName", Value::from(name.as_str())),
        ("ChangeSetId", (&id).into()),
        ("StackId", (&stack.key.id).into()),
        ("StackName", stack_name.as_str().into()),
        ("CreationTime", at.into()),
        ("Status", "CREATE_COMPLETE".into()),
        ("ExecutionStatus", "AVAILABLE".into()),
        ("NotificationARNs", Value::list([])),
        ("RollbackConfiguration", Value::map()),
        ("Capabilities", params.get("Capabilities").cloned().unwrap_or_else(|| Value::list([]))),
        ("Changes", shown.into()),
        ("IncludeNestedStacks", false.into()),
        ("_params", params.clone()),
        ("_type", if is_new { "CREATE" } else { "UPDATE" }.into()),
    ]);
    if let Some(given) = params.get("Description") {
        set.set(&["Description"], given);
    }
    if let Some(given) = params.get("Parameters") {
        set.set(&["Parameters"], given);
    }
    if !does_something {
        let reason =
            "The submitted information didn't contain changes. Submit different information to create a change set.";
        set.set(&["Status"], "FAILED");
        set.set(&["ExecutionStatus"], "UNAVAILABLE");
        set.set(&["StatusReason"], reason);
    }
    stack.value.set(&["_change_sets", &name], set);
    stack.store(context);
    Ok(Value::from([("Id", &id), ("StackId", &stack.key.id)]))
}

/// The change set that a request names, by name or id.
fn find(context: &Context<'_, '_>, params: &Value) -> Result<(Stack, String), Error> {
    let wanted = params.str_at(&["ChangeSetName"]);
    let unknown = || Error::new("ChangeSetNotFound", format!("ChangeSet [{wanted}] does not exist"));
    let holds = |stack: &Stack| {
        let sets = stack.value.at(&["_change_sets"])?.as_map()?;
        let by_id = sets.iter().find(|(name, set)| ***name == *wanted || set.str_at(&["ChangeSetId"]) == wanted)?;
        Some(by_id.0.to_string())
    };
    if params.get("StackName").is_some() {
        let stack = named(context, params)?;
        let name = holds(&stack).ok_or_else(unknown)?;
        return Ok((stack, name));
    }
    for (key, value) in context.list(super::stack::STACK) {
        let stack = Stack { key, value };
        if let Some(name) = holds(&stack) {
            return Ok((stack, name));
        }
    }
    Err(unknown())
}

pub(super) fn describe(context: &mut Context<'_, '_>, params: &Value) -> Answer {
    let (stack, name) = find(context, params)?;
    let mut set = stack.value.at(&["_change_sets", &name]).cloned().unwrap_or_default();
    for hidden in ["_params", "_type"] {
        set.remove(&[hidden]);
    }
    Ok(set)
}

pub(super) fn list(context: &mut Context<'_, '_>, params: &Value) -> Answer {
    let stack = named(context, params)?;
    let sets = stack.value.at(&["_change_sets"]).and_then(Value::as_map).into_iter().flatten();
    let summaries = sets.map(|(_, set)| {
        let mut summary = Value::map();
        for name in [
            "StackId",
            "StackName",
            "ChangeSetId",
            "ChangeSetName",
            "ExecutionStatus",
            "Status",
            "StatusReason",
            "CreationTime",
            "Description",
        ] {
            if let Some(value) = set.get(name) {
                summary.set(&[name], value);
            }
        }
        summary
    });
    Ok(Value::from([("Summaries", Value::list(summaries))]))
}

pub(super) fn delete(context: &mut Context<'_, '_>, params: &Value) -> Answer {
    let (mut stack, name) = find(context, params)?;
    stack.value.remove(&["_change_sets", &name]);
    stack.store(context);
    Ok(Value::map())
}

pub(super) fn execute(context: &mut Context<'_, '_>, params: &Value) -> Answer {
    let (mut stack, name) = find(context, params)?;
    let set = stack.value.at(&["_change_sets", &name]).cloned().unwrap_or_default();
    if set.str_at(&["ExecutionStatus"]) != "AVAILABLE" {
        return Err(Error::new(
            "InvalidChangeSetStatus",
            format!(
                "ChangeSet [{}] cannot be executed in its current status of [{}]",
                set.str_at(&["ChangeSetId"]),
                set.str_at(&["Status"])
            ),
        ));
    }
    let given = set.get("_params").cloned().unwrap_or_default();
    let is_new = set.str_at(&["_type"]) == "CREATE";
    let old = (!is_new).then(|| stack.clone());
    let prepared = prepare(context, &given, stack.name(), old.as_ref())?;
    stack.value.remove(&["_change_sets"]);
    if params.is_true_at(&["DisableRollback"]) {
        stack.value.set(&["DisableRollback"], true);
        stack.value.set(&["_on_failure"], "DO_NOTHING");
    }
    if is_new {
        operations::start_create(context, &mut stack, &prepared, &given)?;
    } else {
        operations::updatable(&stack)?;
        operations::start_update(context, &mut stack, &prepared, &given)?;
    }
    Ok(Value::map())
}

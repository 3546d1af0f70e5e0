//! Drift: whether what a stack made is still what its template says.

use crate::aws::ResourceKey;
use crate::aws::api::Answer;
use crate::aws::cloudformation::changes::normalized;
use crate::aws::cloudformation::operations::{invalid, named};
use crate::aws::cloudformation::stack::{STACK, Stack, stamp};
use crate::aws::cloudformation::{convert, dynamic, facts, handlers, work};
use crate::aws::context::Context;
use crate::document::Value;
use crate::sim::secs;
use std::rc::Rc;

/// How long a detection takes.
const DETECTION_SECONDS: u64 = 8;

pub(super) fn detect(context: &mut Context<'_, '_>, params: &Value) -> Answer {
    let mut stack = named(context, params)?;
    let id = context.dice("cloudformation-drift").uuid();
    let at = stamp(context);
    stack.value.set(
        &["_detection"],
        Value::from([
            ("StackDriftDetectionId", Value::from(id.as_str())),
            ("DetectionStatus", "DETECTION_IN_PROGRESS".into()),
            ("Timestamp", at.into()),
        ]),
    );
    stack.store(context);
    context.schedule(secs(DETECTION_SECONDS), "cloudformation", "drift", &stack.key);
    Ok(Value::from([("StackDriftDetectionId", id)]))
}

/// The detection is through: every resource is compared.
pub(super) fn on_due(context: &mut Context<'_, '_>, key: &ResourceKey) {
    let Some(value) = context.cloud.get(key).cloned() else { return };
    let mut stack = Stack { key: key.clone(), value };
    if stack.value.str_at(&["_detection", "DetectionStatus"]) != "DETECTION_IN_PROGRESS" {
        return;
    }
    let ids: Vec<Rc<str>> = stack.records().map(|(id, _)| id.clone()).collect();
    let at = stamp(context);
    let mut drifted = 0;
    for id in ids {
        let record = stack.record(&id).cloned().unwrap_or_default();
        let Some(found) = compared(context, &stack, &record, &at) else { continue };
        let status = found.str_at(&["StackResourceDriftStatus"]).to_owned();
        drifted += i64::from(status != "IN_SYNC");
        stack.value.set(&["_resources", &id, "_drift"], status);
        stack.value.set(&["_resources", &id, "_differences"], found);
    }
    let status = if drifted > 0 { "DRIFTED" } else { "IN_SYNC" };
    stack.value.set(&["DriftInformation", "StackDriftStatus"], status);
    stack.value.set(&["DriftInformation", "LastCheckTimestamp"], at);
    stack.value.set(&["_detection", "DetectionStatus"], "DETECTION_COMPLETE");
    stack.value.set(&["_detection", "StackDriftStatus"], status);
    stack.value.set(&["_detection", "DriftedStackResourceCount"], drifted);
    stack.store(context);
}

/// A record against what its service says; nothing for types that cannot be compared.
fn compared(context: &mut Context<'_, '_>, stack: &Stack, record: &Value, at: &str) -> Option<Value> {
    let kind = record.str_at(&["ResourceType"]);
    handlers::of(kind)?;
    let expected = convert::typed(kind, record.get("_properties").unwrap_or(&Value::map()));
    let expected = dynamic::resolved(context, &expected);
    let mut found = Value::from([
        ("StackId", Value::from(&stack.key.id)),
        ("LogicalResourceId", record.str_at(&["LogicalResourceId"]).into()),
        ("PhysicalResourceId", record.str_at(&["PhysicalResourceId"]).into()),
        ("ResourceType", kind.into()),
        ("ExpectedProperties", expected.to_string().into()),
        ("Timestamp", at.into()),
    ]);
    let seen = match work::seen(context, stack, record)? {
        Err(error) if handlers::is_absence(&error) || &*error.code == "ResourceNotFound" => {
            found.set(&["StackResourceDriftStatus"], "DELETED");
            return Some(found);
        }
        Err(_) => return None,
        Ok(seen) => seen,
    };
    let mut actual = expected.clone();
    let mut differences = Vec::new();
    for (name, wanted) in expected.entries() {
        let Some(now) = observed(kind, name, &seen) else { continue };
        if same(wanted, &now) {
            continue;
        }
        actual.set(&[name], now.clone());
        differences.push(Value::from([
            ("PropertyPath", Value::from(format!("/{name}"))),
            ("ExpectedValue", wanted.to_string().into()),
            ("ActualValue", now.to_string().into()),
            ("DifferenceType", "NOT_EQUAL".into()),
        ]));
    }
    found.set(&["ActualProperties"], actual.to_string());
    let status = if differences.is_empty() { "IN_SYNC" } else { "MODIFIED" };
    found.set(&["PropertyDifferences"], Value::from(differences));
    found.set(&["StackResourceDriftStatus"], status);
    Some(found)
}

/// A property as the service tells it, where it tells it under the same name.
fn observed(kind: &str, name: &str, seen: &Value) -> Option<Value> {
    let property = facts::of(kind)?.property(name)?;
    if property.kind.contains('#') && name != "Tags" {
        return None;
    }
    let value = seen.get(name).cloned().or_else(|| {
        // EKS begins small.
        let mut letters = name.chars();
        let small: String = letters.next().map(|c| c.to_ascii_lowercase()).into_iter().chain(letters).collect();
        seen.get(&small).cloned()
    })?;
    if name != "Tags" {
        return Some(value);
    }
    // Tags of AWS's own are no drift.
    let own = value.items().iter().filter(|tag| !tag.str_at(&["Key"]).starts_with("aws:")).cloned();
    Some(Value::list(own))
}

fn same(wanted: &Value, now: &Value) -> bool {
    if let (Value::List(one), Value::List(other)) = (wanted, now) {
        let sorted = |list: &[Value]| {
            let mut list: Vec<Value> = list.iter().map(|it| normalized(Some(it))).collect();
            list.sort();
            list
        };
        return sorted(one) == sorted(other);
    }
    // A policy is told as text.
    if let (Value::Map(_), Some(text)) = (wanted, now.as_str()) {
        let told = crate::document::parse(text).documents.first().map(|document| document.root.to_value());
        return told.is_none_or(|told| normalized(Some(&told)) == normalized(Some(wanted)));
    }
    normalized(Some(wanted)) == normalized(Some(now))
}

pub(super) fn status(context: &mut Context<'_, '_>, params: &Value) -> Answer {
    let id = params.str_at(&["StackDriftDetectionId"]);
    let found =
        context.list(STACK).into_iter().find(|(_, stack)| stack.str_at(&["_detection", "StackDriftDetectionId"]) == id);
    let Some((key, stack)) = found else {
        return Err(invalid(format!("Drift detection id {id} does not exist")));
    };
    let mut answer = stack.get("_detection").cloned().unwrap_or_default();
    answer.set(&["StackId"], &key.id);
    Ok(answer)
}

pub(super) fn drifts(context: &mut Context<'_, '_>, params: &Value) -> Answer {
    let stack = named(context, params)?;
    let wanted: Vec<&str> =
        params.items_at(&["StackResourceDriftStatusFilters"]).iter().filter_map(Value::as_str).collect();
    let all = stack
        .records()
        .filter_map(|(_, record)| record.get("_differences").cloned())
        .filter(|it| wanted.is_empty() || wanted.contains(&it.str_at(&["StackResourceDriftStatus"])));
    Ok(Value::from([("StackResourceDrifts", Value::list(all))]))
}

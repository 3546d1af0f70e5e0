//! What CloudFormation tells of stacks and templates.

use crate::aws::api::{Answer, Error};
use crate::aws::cloudformation::operations::{all_exports, invalid, named};
use crate::aws::cloudformation::stack::{STACK, importers};
use crate::aws::cloudformation::template::Template;
use crate::aws::cloudformation::{evaluate::scalar_text, validate};
use crate::aws::context::Context;
use crate::document::{Map, Node, Value};

/// A tree without what is kept only for ourselves.
fn public(value: &Value) -> Value {
    let fields = value.entries().filter(|(name, _)| !name.starts_with('_'));
    fields.map(|(name, value)| (name.clone(), value.clone())).collect::<Map>().into()
}

pub(super) fn stacks(context: &mut Context<'_, '_>, params: &Value) -> Answer {
    if params.get("StackName").is_some() {
        let stack = named(context, params)?;
        return Ok(Value::from([("Stacks", Value::list([public(&stack.value)]))]));
    }
    let mut all: Vec<Value> = context
        .list(STACK)
        .into_iter()
        .map(|(_, stack)| stack)
        .filter(|stack| stack.str_at(&["StackStatus"]) != "DELETE_COMPLETE")
        .collect();
    newest_first(&mut all, "CreationTime");
    Ok(Value::from([("Stacks", Value::list(all.iter().map(public)))]))
}

fn newest_first(all: &mut [Value], field: &str) {
    use crate::document::InOrder as _;
    all.order_by(|one, other| other.str_at(&[field]).cmp(one.str_at(&[field])));
}

pub(super) fn list(context: &mut Context<'_, '_>, params: &Value) -> Answer {
    let wanted: Vec<&str> = params.items_at(&["StackStatusFilter"]).iter().filter_map(Value::as_str).collect();
    let mut all: Vec<Value> = context
        .list(STACK)
        .into_iter()
        .map(|(_, stack)| stack)
        .filter(|stack| wanted.is_empty() || wanted.contains(&stack.str_at(&["StackStatus"])))
        .collect();
    newest_first(&mut all, "CreationTime");
    let summaries = all.iter().map(|stack| {
        let mut summary = Value::map();
        for name in [
            "StackId",
            "StackName",
            "Description",
            "CreationTime",
            "LastUpdatedTime",
            "DeletionTime",
            "StackStatus",
            "StackStatusReason",
            "DriftInformation",
        ] {
            if let Some(value) = stack.get(name) {
                let name = if name == "Description" { "TemplateDescription" } else { name };
                summary.set(&[name], value);
            }
        }
        summary
    });
    Ok(Value::from([("StackSummaries", Value::list(summaries))]))
}

pub(super) fn events(context: &mut Context<'_, '_>, params: &Value) -> Answer {
    let stack = named(context, params)
        .map_err(|_| invalid(format!("Stack [{}] does not exist", params.str_at(&["StackName"]))))?;
    let events = stack.value.items_at(&["_events"]).iter().rev().cloned();
    Ok(Value::from([("StackEvents", Value::list(events))]))
}

fn shown(stack: &super::stack::Stack, record: &Value, with_stack: bool) -> Value {
    let mut shown = Value::map();
    if with_stack {
        shown.set(&["StackName"], stack.name());
        shown.set(&["StackId"], &stack.key.id);
    }
    for name in ["LogicalResourceId", "PhysicalResourceId", "ResourceType", "ResourceStatus", "ResourceStatusReason"] {
        if let Some(value) = record.get(name) {
            shown.set(&[name], value);
        }
    }
    if let Some(at) = record.get("Timestamp") {
        shown.set(&[if with_stack { "Timestamp" } else { "LastUpdatedTimestamp" }], at);
    }
    let drift = record.get("_drift").cloned().unwrap_or_else(|| "NOT_CHECKED".into());
    shown.set(&["DriftInformation", "StackResourceDriftStatus"], drift);
    shown
}

pub(super) fn resources(context: &mut Context<'_, '_>, params: &Value) -> Answer {
    if params.get("StackName").is_none() {
        let physical = params.str_at(&["PhysicalResourceId"]).to_owned();
        let found = context
            .list(STACK)
            .into_iter()
            .map(|(key, value)| super::stack::Stack { key, value })
            .find(|stack| stack.records().any(|(_, record)| record.str_at(&["PhysicalResourceId"]) == physical));
        let Some(stack) = found else { return Err(invalid(format!("Stack for {physical} does not exist"))) };
        let all = stack.records().map(|(_, record)| shown(&stack, record, true));
        return Ok(Value::from([("StackResources", Value::list(all))]));
    }
    let stack = named(context, params)?;
    let wanted = params.get("LogicalResourceId").and_then(Value::as_str);
    let all = stack.records().filter(|(id, _)| wanted.is_none_or(|wanted| ***id == *wanted));
    Ok(Value::from([("StackResources", Value::list(all.map(|(_, record)| shown(&stack, record, true))))]))
}

pub(super) fn resource(context: &mut Context<'_, '_>, params: &Value) -> Answer {
    let stack = named(context, params)?;
    let id = params.str_at(&["LogicalResourceId"]);
    let Some(record) = stack.record(id) else {
        return Err(invalid(format!("Resource {id} does not exist for stack {}", stack.name())));
    };
    let mut detail = shown(&stack, record, true);
    if let Some(at) = detail.remove(&["Timestamp"]) {
        detail.set(&["LastUpdatedTimestamp"], at);
    }
    if let Some(metadata) =
        stack.template().and_then(|it| it.item("Resources", id)?.get("Metadata").map(Node::to_value))
    {
        detail.set(&["Metadata"], metadata.to_string());
    }
    Ok(Value::from([("StackResourceDetail", detail)]))
}

pub(super) fn list_resources(context: &mut Context<'_, '_>, params: &Value) -> Answer {
    let stack = named(context, params)?;
    let all = stack.records().map(|(_, record)| shown(&stack, record, false));
    Ok(Value::from([("StackResourceSummaries", Value::list(all))]))
}

pub(super) fn template(context: &mut Context<'_, '_>, params: &Value) -> Answer {
    let stack = named(context, params)?;
    let text = stack.value.str_at(&["_template"]);
    // The CLI shows a template in JSON as a document, one in YAML as text.
    let body = match Template::read(text) {
        Ok(template) if text.trim_start().starts_with('{') => template.root.to_value(),
        _ => text.into(),
    };
    Ok(Value::from([("TemplateBody", body), ("StagesAvailable", Value::list(["Original".into(), "Processed".into()]))]))
}

pub(super) fn policy(context: &mut Context<'_, '_>, params: &Value) -> Answer {
    let stack = named(context, params)?;
    let mut answer = Value::map();
    if let Some(policy) = stack.value.get("_policy") {
        answer.set(&["StackPolicyBody"], policy);
    }
    Ok(answer)
}

/// The template at an address of S3, read as whoever asks.
// Source: CloudFormation API Reference, CreateStack, TemplateURL; Amazon S3 User Guide, "Methods for accessing a
// general purpose bucket".
pub(super) fn fetched(context: &mut Context<'_, '_>, url: &str) -> Result<String, Error> {
    let unsupported = || invalid("TemplateURL must be a supported URL.");
    let rest = url.strip_prefix("https://").ok_or_else(unsupported)?;
    let rest = rest.split(['?', '#']).next().unwrap_or(rest);
    let (host, path) = rest.split_once('/').ok_or_else(unsupported)?;
    let host = host.strip_suffix(".amazonaws.com").ok_or_else(unsupported)?;
    let (bucket, key) = match host.split_once(".s3") {
        Some((bucket, end)) if end.is_empty() || end.starts_with(['.', '-']) => (bucket, path),
        _ if host == "s3" || host.starts_with("s3.") || host.starts_with("s3-") => {
            path.split_once('/').ok_or_else(unsupported)?
        }
        _ => return Err(unsupported()),
    };
    let params = Value::from([("Bucket", bucket), ("Key", key)]);
    let object = context.call("s3api", "GetObject", params).map_err(|error| {
        let help = "For more information check http://docs.aws.amazon.com/AmazonS3/latest/API/ErrorResponses.html";
        invalid(format!("S3 error: {}\n{help}", error.message))
    })?;
    Ok(object.str_at(&["_Body"]).to_owned())
}

/// The template of a request that is about no stack yet.
fn given_template(context: &mut Context<'_, '_>, params: &Value) -> Result<Template, Error> {
    let text = match params.str_at(&["TemplateBody"]) {
        "" if params.get("StackName").is_some() => named(context, params)?.value.str_at(&["_template"]).to_owned(),
        "" if params.get("TemplateURL").is_some() => fetched(context, params.str_at(&["TemplateURL"]))?,
        "" => return Err(invalid("Either Template URL or Template Body must be specified.")),
        text => text.to_owned(),
    };
    let read = Template::read(&text).map_err(|unreadable| invalid(unreadable.message))?;
    let own = read.clone();
    let template = super::foreach::expanded(read, &|name| super::foreach::defaults(&own, name));
    validate::template(&template).map_err(|refusal| invalid(refusal.0))?;
    Ok(template)
}

fn capabilities(template: &Template, answer: &mut Value) {
    let (words, types) = validate::capabilities(template);
    if words.is_empty() {
        return;
    }
    answer.set(&["Capabilities"], Value::list(words.into_iter().map(Value::from)));
    if !types.is_empty() {
        let reason = format!("The following resource(s) require capabilities: [{}]", types.join(", "));
        answer.set(&["CapabilitiesReason"], reason);
    }
}

pub(super) fn validate(context: &mut Context<'_, '_>, params: &Value) -> Answer {
    let template = given_template(context, params)?;
    let declared = template.section("Parameters").iter().map(|entry| {
        let text = |name: &str| entry.value.get(name).and_then(Node::scalar).map(|scalar| scalar_text(&scalar.value));
        let mut one = Value::from([("ParameterKey", Value::from(&entry.key))]);
        if let Some(default) = text("Default") {
            one.set(&["DefaultValue"], default);
        }
        one.set(&["NoEcho"], text("NoEcho").as_deref() == Some("true"));
        if let Some(description) = text("Description") {
            one.set(&["Description"], description);
        }
        one
    });
    let mut answer = Value::from([("Parameters", Value::list(declared))]);
    if let Some(text) = template.root.get("Description").and_then(Node::as_str) {
        answer.set(&["Description"], text);
    }
    capabilities(&template, &mut answer);
    Ok(answer)
}

pub(super) fn summary(context: &mut Context<'_, '_>, params: &Value) -> Answer {
    let template = given_template(context, params)?;
    let declared = template.section("Parameters").iter().map(|entry| {
        let text = |name: &str| entry.value.get(name).and_then(Node::scalar).map(|scalar| scalar_text(&scalar.value));
        let mut one = Value::from([("ParameterKey", Value::from(&entry.key))]);
        for (field, name) in [("DefaultValue", "Default"), ("ParameterType", "Type"), ("Description", "Description")] {
            if let Some(value) = text(name) {
                one.set(&[field], value);
            }
        }
        one.set(&["NoEcho"], text("NoEcho").as_deref() == Some("true"));
        let allowed = entry.value.get("AllowedValues").map(Node::items).unwrap_or_default();
        let allowed = allowed.iter().filter_map(Node::scalar).map(|scalar| Value::from(scalar_text(&scalar.value)));
        let constraints: Vec<Value> = allowed.collect();
        one.set(&["ParameterConstraints"], Value::map());
        if !constraints.is_empty() {
            one.set(&["ParameterConstraints", "AllowedValues"], Value::from(constraints));
        }
        one
    });
    let mut types: Vec<Value> =
        template.section("Resources").iter().filter_map(|entry| entry.value.get("Type")).map(Node::to_value).collect();
    types.sort();
    types.dedup();
    let mut answer = Value::from([("Parameters", Value::list(declared)), ("ResourceTypes", types.into())]);
    if let Some(text) = template.root.get("Description").and_then(Node::as_str) {
        answer.set(&["Description"], text);
    }
    if let Some(version) = template.root.get("AWSTemplateFormatVersion").and_then(Node::scalar) {
        answer.set(&["Version"], version.text.clone());
    }
    capabilities(&template, &mut answer);
    Ok(answer)
}

pub(super) fn exports(context: &mut Context<'_, '_>, _: &Value) -> Answer {
    let all = all_exports(context).into_iter().map(|(name, (value, stack))| {
        Value::from([("ExportingStackId", Value::from(stack)), ("Name", name.into()), ("Value", value)])
    });
    Ok(Value::from([("Exports", Value::list(all))]))
}

pub(super) fn imports(context: &mut Context<'_, '_>, params: &Value) -> Answer {
    let name = params.str_at(&["ExportName"]);
    let users = importers(context, name);
    if users.is_empty() {
        return Err(invalid(format!("Export '{name}' is not imported by any stack.")));
    }
    Ok(Value::from([("Imports", Value::list(users.into_iter().map(Value::from)))]))
}

//! One resource at a time: made, changed, put back, deleted. What fails says why, in the words of
//! the service that refused.

use crate::aws::api::Error;
use crate::aws::cloudformation::changes::{self, Action, Replacement, Resolved, Resources};
use crate::aws::cloudformation::evaluate::{Refusal, Scope};
use crate::aws::cloudformation::graph::{self, Mention};
use crate::aws::cloudformation::handlers::{self, Progress, Work};
use crate::aws::cloudformation::resolve;
use crate::aws::cloudformation::stack::{Live, Stack, exports};
use crate::aws::cloudformation::template::{Path, Template};
use crate::aws::cloudformation::{convert, dynamic};
use crate::aws::context::Context;
use crate::document::Value;
use std::collections::BTreeMap;
use std::rc::Rc;

/// The types that CloudFormation itself makes.
const WAIT_HANDLE: &str = "AWS::CloudFormation::WaitConditionHandle";
pub(super) const WAIT_CONDITION: &str = "AWS::CloudFormation::WaitCondition";

/// Runs `act` with the handler of a record; nothing for what stands inert.
fn with_handler<T>(
    context: &mut Context<'_, '_>,
    stack: &Stack,
    record: &Value,
    act: impl FnOnce(&mut Work<'_, '_, '_>) -> T,
) -> Option<(T, Value, Value, String)> {
    let kind = record.str_at(&["ResourceType"]);
    let handler = handlers::of(kind)?;
    let logical = record.str_at(&["LogicalResourceId"]);
    let tags = stack.tags(logical);
    let properties = convert::typed(kind, record.get("_properties").unwrap_or(&Value::map()));
    let properties = dynamic::resolved(context, &properties);
    let mut work = Work {
        context,
        caller: stack.caller(),
        handler,
        logical,
        stack: stack.name(),
        tags: &tags,
        properties,
        kept: record.get("_kept").cloned().unwrap_or_else(Value::map),
        physical: record.str_at(&["PhysicalResourceId"]).to_owned(),
        capabilities: stack.value.get("Capabilities").cloned().unwrap_or_else(|| Value::list([])),
    };
    let done = act(&mut work);
    let (properties, kept, physical) = (work.properties, work.kept, work.physical);
    Some((done, properties, kept, physical))
}

/// What a service's refusal is told as.
// Source: stack events of CloudFormation, as AWS's troubleshooting pages quote them.
fn told(context: &mut Context<'_, '_>, service: &str, error: &Error) -> String {
    let name = match service {
        "ec2" => "AmazonEC2",
        "iam" => "AmazonIdentityManagement",
        "autoscaling" => "AmazonAutoScaling",
        "elbv2" => "AmazonElasticLoadBalancing",
        "s3api" => "AmazonS3",
        "cloudformation" => "AmazonCloudFormation",
        "ssm" => "AWSSimpleSystemsManagement",
        "eks" => "AmazonEKS",
        other => other,
    };
    let status = if error.code.contains("AccessDenied") || error.code.contains("Unauthorized") { 403 } else { 400 };
    let request = context.dice("cloudformation-request").uuid();
    format!(
        "{} (Service: {name}; Status Code: {status}; Error Code: {}; Request ID: {request}; Proxy: null)",
        error.message, error.code
    )
}

/// What stands for a resource that nobody makes.
fn inert_attribute(stack: &Stack, record: &Value, name: &str) -> Value {
    let physical = record.str_at(&["PhysicalResourceId"]);
    if let Some(given) = record.at(&["_properties", name]) {
        return given.clone();
    }
    let kind = record.str_at(&["ResourceType"]);
    if kind == WAIT_CONDITION && name == "Data" {
        return record.get("_data").cloned().unwrap_or_else(|| "{}".into());
    }
    if name.ends_with("Arn") || name.ends_with("ARN") {
        let service = kind.split("::").nth(1).unwrap_or_default().to_lowercase();
        let (region, account) = (&stack.key.region, &stack.key.account);
        return format!("arn:aws:{service}:{region}:{account}:{physical}").into();
    }
    if name == "Id" || name.ends_with("Id") || name.ends_with("Name") {
        physical.into()
    } else {
        format!("{physical}.{name}").into()
    }
}

/// What `Fn::GetAtt` gives of a record.
pub(super) fn attribute(
    context: &mut Context<'_, '_>,
    stack: &Stack,
    logical: &str,
    name: &str,
) -> Result<Value, Refusal> {
    let Some(record) = stack.record(logical).filter(|record| record.get("PhysicalResourceId").is_some()).cloned()
    else {
        return Ok(format!("<{logical}.{name}>").into());
    };
    match with_handler(context, stack, &record, |work| work.attribute(name)) {
        Some((Ok(value), ..)) => Ok(value),
        Some((Err(error), ..)) => Err(Refusal(error.message.to_string())),
        None => Ok(inert_attribute(stack, &record, name)),
    }
}

/// The facts for working out `mentions`.
pub(super) fn live(context: &mut Context<'_, '_>, stack: &Stack, mentions: &[Mention]) -> Live {
    let references = stack
        .records()
        .filter_map(|(id, record)| Some((id.clone(), record.get("PhysicalResourceId")?.clone())))
        .collect();
    let mut attributes = BTreeMap::new();
    for mention in mentions {
        let Some(name) = mention.attribute.clone() else { continue };
        if stack.record(&mention.name).is_some() && !attributes.contains_key(&(mention.name.clone(), name.clone())) {
            let value = attribute(context, stack, &mention.name, &name);
            attributes.insert((mention.name.clone(), name), value);
        }
    }
    let exports = exports(context).into_iter().map(|(name, (value, _))| (name, value)).collect();
    Live { references, attributes, exports, stack_id: stack.key.id.clone() }
}

/// One resource's properties, with what exists by now.
pub(super) fn resolved(
    context: &mut Context<'_, '_>,
    stack: &Stack,
    template: &Template,
    logical: &str,
) -> Result<Resolved, Refusal> {
    let mentions = graph::mentions_of_resource(template, logical);
    let live = live(context, stack, &mentions);
    let (parameters, pseudo) = (stack.parameters(), stack.pseudo());
    let scope = Scope::new(template, &parameters, &pseudo, &live)?;
    resolve::resource(&scope, logical)
}

/// The outputs, with what exists by now.
pub(super) fn outputs(
    context: &mut Context<'_, '_>,
    stack: &Stack,
    template: &Template,
) -> Result<BTreeMap<Rc<str>, resolve::Output>, Refusal> {
    let mentions = template.root.get("Outputs").map(|node| graph::mentions(node, &Path::default())).unwrap_or_default();
    let live = live(context, stack, &mentions);
    let (parameters, pseudo) = (stack.parameters(), stack.pseudo());
    let scope = Scope::new(template, &parameters, &pseudo, &live)?;
    resolve::outputs(&scope)
}

/// What came of a step.
pub(super) type Done = Result<(), String>;

/// Makes a resource; its record then has a physical id.
pub(super) fn create(context: &mut Context<'_, '_>, stack: &mut Stack, template: &Template, logical: &str) -> Done {
    let resolved = resolved(context, stack, template, logical).map_err(|refusal| refusal.0)?;
    let path = ["_resources", logical];
    stack.value.set(&["_resources", logical, "_properties"], resolved.properties.clone());
    if let Some(wait) = creation_policy(context, stack, template, logical) {
        stack.value.set(&["_resources", logical, "_wait"], wait);
    }
    if let Some(fault) = convert::faults(&resolved.kind, logical, &resolved.properties) {
        return Err(fault);
    }
    let record = stack.value.at(&path).cloned().unwrap_or_default();
    let made = with_handler(context, stack, &record, |work| work.create());
    let Some((done, properties, kept, physical)) = made else {
        inert(context, stack, logical);
        if &*resolved.kind == WAIT_CONDITION {
            super::signals::early(stack, logical);
        }
        return Ok(());
    };
    // What was made in part is known too, so that it goes again.
    if !physical.is_empty() {
        let record = stack.value.at_mut(&path);
        record.set(&["PhysicalResourceId"], physical);
        record.set(&["_made"], properties);
        record.set(&["_kept"], kept);
    }
    done.map_err(|error| {
        let service = handlers::of(&resolved.kind).map(|handler| handler.service).unwrap_or_default();
        told(context, service, &error)
    })
}

/// A resource that nobody makes stands there all the same, and says so.
fn inert(context: &mut Context<'_, '_>, stack: &mut Stack, logical: &str) {
    let kind = stack.value.str_at(&["_resources", logical, "ResourceType"]).to_owned();
    let chance = context.dice("cloudformation-name").name_suffix(12).to_uppercase();
    let name = stack.name().to_owned();
    let (region, id) = (stack.key.region.clone(), stack.key.id.clone());
    let physical = match kind.as_str() {
        WAIT_HANDLE => {
            format!("https://cloudformation-waitcondition-{region}.s3.{region}.amazonaws.com/{id}/{logical}")
        }
        WAIT_CONDITION => format!("{id}/{logical}"),
        _ => format!("{name}-{logical}-{chance}"),
    };
    let record = stack.value.at_mut(&["_resources", logical]);
    record.set(&["PhysicalResourceId"], physical);
    if !matches!(kind.as_str(), WAIT_HANDLE | WAIT_CONDITION) {
        record.set(&["_inert"], true);
    }
}

/// What an update does to a resource: nothing, a change, a replacement.
pub(super) fn effect(
    context: &mut Context<'_, '_>,
    stack: &Stack,
    template: &Template,
    logical: &str,
) -> Result<Option<Replacement>, Refusal> {
    let resolved = resolved(context, stack, template, logical)?;
    let record = stack.record(logical).cloned().unwrap_or_default();
    let old = Resolved {
        kind: record.str_at(&["ResourceType"]).into(),
        properties: record.get("_properties").cloned().unwrap_or_else(Value::map),
    };
    let (mut before, mut after) = (Resources::new(), Resources::new());
    before.insert(logical.into(), old);
    after.insert(logical.into(), resolved);
    let change = changes::between(&before, &after, template).into_iter().next();
    Ok(change.filter(|change| change.action == Action::Modify).map(|change| change.replacement))
}

/// Changes a resource as it stands to `properties`.
pub(super) fn update(context: &mut Context<'_, '_>, stack: &mut Stack, logical: &str, properties: &Value) -> Done {
    let path = ["_resources", logical];
    let mut record = stack.value.at(&path).cloned().unwrap_or_default();
    let kind = record.str_at(&["ResourceType"]).to_owned();
    if let Some(fault) = convert::faults(&kind, logical, properties) {
        return Err(fault);
    }
    let old = record.get("_made").or(record.get("_properties")).cloned().unwrap_or_default();
    let mut next = properties.clone();
    // Names that were made up stay.
    for (name, value) in old.entries() {
        let was_made_up = record.at(&["_properties", name]).is_none();
        if was_made_up && next.get(name).is_none() {
            next.set(&[name], value);
        }
    }
    record.set(&["_properties"], next);
    let done = with_handler(context, stack, &record, |work| work.update(&old));
    if let Some((done, made, ..)) = done {
        if let Err(error) = done {
            let service = handlers::of(&kind).map(|handler| handler.service).unwrap_or_default();
            return Err(told(context, service, &error));
        }
        stack.value.set(&["_resources", logical, "_made"], made);
    }
    stack.value.set(&["_resources", logical, "_properties"], properties);
    Ok(())
}

/// Deletes what a record stands for.
pub(super) fn delete(context: &mut Context<'_, '_>, stack: &Stack, record: &Value) -> Done {
    if record.str_at(&["PhysicalResourceId"]).is_empty() {
        return Ok(());
    }
    let record = as_made(record);
    match with_handler(context, stack, &record, |work| work.delete()) {
        Some((Err(error), ..)) => {
            let service = handlers::of(record.str_at(&["ResourceType"])).map(|it| it.service).unwrap_or_default();
            Err(told(context, service, &error))
        }
        _ => Ok(()),
    }
}

/// The record with the names that were made up among its properties.
fn as_made(record: &Value) -> Value {
    let mut record = record.clone();
    if let Some(made) = record.get("_made").cloned() {
        record.set(&["_properties"], made);
    }
    record
}

/// How many signals a resource waits for before it counts as made, and how long.
// Source: CloudFormation Template Reference, "CreationPolicy attribute".
fn creation_policy(context: &mut Context<'_, '_>, stack: &Stack, template: &Template, logical: &str) -> Option<Value> {
    let node = template.item("Resources", logical)?.get("CreationPolicy")?.get("ResourceSignal")?;
    let live = live(context, stack, &[]);
    let (parameters, pseudo) = (stack.parameters(), stack.pseudo());
    let scope = Scope::new(template, &parameters, &pseudo, &live).ok()?;
    scope.value(node).ok()
}

/// How far the making of a record is.
pub(super) fn progress(context: &mut Context<'_, '_>, stack: &Stack, logical: &str) -> Progress {
    let Some(record) = stack.record(logical).map(as_made) else { return Progress::Ready };
    if record.str_at(&["ResourceType"]) == WAIT_CONDITION {
        return signals(context, &record);
    }
    let made = with_handler(context, stack, &record, |work| work.progress()).map_or(Progress::Ready, |done| done.0);
    match (made, record.get("_wait")) {
        (Progress::Ready, Some(wait)) if record.str_at(&["ResourceStatus"]).starts_with("CREATE") => {
            resource_signals(context, &record, wait)
        }
        (made, _) => made,
    }
}

/// A resource with a creation policy waits for its signals, and not for ever.
// Source: AWS re:Post, "Failed to receive X resource signal(s)"; CloudFormation User Guide, "Troubleshooting".
fn resource_signals(context: &Context<'_, '_>, record: &Value, wait: &Value) -> Progress {
    let wanted = wait.at(&["Count"]).map(super::evaluate::scalar_text).and_then(|text| text.parse().ok()).unwrap_or(1);
    let got = record.items_at(&["_signals"]);
    let count = |status: &str| got.iter().filter(|signal| signal.str_at(&["Status"]) == status).count();
    let (fine, bad) = (count("SUCCESS"), count("FAILURE"));
    if fine >= wanted {
        return Progress::Ready;
    }
    if bad > 0 {
        return Progress::Failed(format!(
            "Received {bad} FAILURE signal(s) out of {wanted}.  Unable to satisfy 100% MinSuccessfulInstancesPercent requirement"
        ));
    }
    let limit = wait.at(&["Timeout"]).and_then(Value::as_str).and_then(duration_ms).unwrap_or(300_000);
    let began = record.int_at(&["_began"]).unwrap_or_default();
    if context.now().as_millis() as i64 - began >= limit {
        return Progress::Failed(format!(
            "Failed to receive {} resource signal(s) within the specified duration",
            wanted - fine
        ));
    }
    Progress::Waiting
}

/// `PT1H30M5S` in milliseconds.
fn duration_ms(text: &str) -> Option<i64> {
    let mut seconds = 0;
    let mut digits = String::new();
    for letter in text.strip_prefix("PT")?.chars() {
        if letter.is_ascii_digit() {
            digits.push(letter);
            continue;
        }
        let number: i64 = std::mem::take(&mut digits).parse().ok()?;
        seconds += match letter {
            'H' => number * 3600,
            'M' => number * 60,
            'S' => number,
            _ => return None,
        };
    }
    digits.is_empty().then_some(seconds * 1000)
}

/// A wait condition waits for its signals, and not for ever.
fn signals(context: &Context<'_, '_>, record: &Value) -> Progress {
    let number = |path: &[&str], otherwise: i64| {
        let text = record.at(path).map(super::evaluate::scalar_text).unwrap_or_default();
        text.parse::<i64>().unwrap_or(otherwise)
    };
    let wanted = number(&["_properties", "Count"], 1);
    let got = record.items_at(&["_signals"]);
    if let Some(bad) = got.iter().find(|signal| signal.str_at(&["Status"]) == "FAILURE") {
        return Progress::Failed(format!(
            "WaitCondition received failed message: '{}' for uniqueId: {}",
            bad.str_at(&["Reason"]),
            bad.str_at(&["UniqueId"])
        ));
    }
    let count = got.len() as i64;
    if count >= wanted {
        return Progress::Ready;
    }
    let began = record.int_at(&["_began"]).unwrap_or_default();
    let limit = number(&["_properties", "Timeout"], 300) * 1000;
    if context.now().as_millis() as i64 - began >= limit {
        return Progress::Failed(format!(
            "WaitCondition timed out. Received {count} conditions when expecting {wanted}"
        ));
    }
    Progress::Waiting
}

/// Whether what was deleted is gone.
pub(super) fn is_gone(context: &mut Context<'_, '_>, stack: &Stack, record: &Value) -> bool {
    let record = as_made(record);
    with_handler(context, stack, &record, |work| work.is_gone()).is_none_or(|done| done.0)
}

/// Why what is being deleted will never be gone.
pub(super) fn is_stuck(context: &mut Context<'_, '_>, stack: &Stack, record: &Value) -> Option<String> {
    let record = as_made(record);
    with_handler(context, stack, &record, |work| work.is_stuck())?.0
}

/// Whether somebody took a resource away behind the stack's back, and what it is now.
pub(super) fn seen(context: &mut Context<'_, '_>, stack: &Stack, record: &Value) -> Option<Result<Value, Error>> {
    let record = as_made(record);
    with_handler(context, stack, &record, |work| work.describe()).map(|done| done.0)
}

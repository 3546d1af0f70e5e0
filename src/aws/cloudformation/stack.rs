//! A stack as the cloud keeps it: what `describe-stacks` tells, and behind it the template, the
//! resources, the events and the work in hand.

use crate::aws::ResourceKey;
use crate::aws::api::Caller;
use crate::aws::cloudformation::changes::Resolved;
use crate::aws::cloudformation::evaluate::{Facts, Pseudo, Refusal};
use crate::aws::cloudformation::foreach;
use crate::aws::cloudformation::template::Template;
use crate::aws::context::Context;
use crate::document::{Map, Value};
use crate::sim::{Reason, Verb};
use std::collections::BTreeMap;
use std::rc::Rc;

/// The kind under which stacks are kept.
pub const STACK: &str = "AWS::CloudFormation::Stack";

/// Events that a stack remembers.
pub const EVENTS_MAX: usize = 2000;

/// A stack taken out of the cloud, to be put back.
#[derive(Clone, Debug)]
pub struct Stack {
    /// Where it is kept: under its id.
    pub key: ResourceKey,
    /// Its tree.
    pub value: Value,
}

impl Stack {
    /// The stack with this name or id; a deleted one only by its id.
    #[must_use]
    pub fn find(context: &Context<'_, '_>, name: &str) -> Option<Self> {
        context
            .list(STACK)
            .into_iter()
            .find(|(key, value)| {
                *key.id == *name
                    || (value.str_at(&["StackName"]) == name && value.str_at(&["StackStatus"]) != "DELETE_COMPLETE")
            })
            .map(|(key, value)| Self { key, value })
    }

    /// Puts it back.
    pub fn store(&self, context: &mut Context<'_, '_>) {
        context.put(self.key.clone(), self.value.clone(), Verb::UpdateStatus);
    }

    /// Its name.
    #[must_use]
    pub fn name(&self) -> &str {
        self.value.str_at(&["StackName"])
    }

    /// Its status.
    #[must_use]
    pub fn status(&self) -> &str {
        self.value.str_at(&["StackStatus"])
    }

    /// Its template.
    #[must_use]
    pub fn template(&self) -> Option<Template> {
        let read = Template::read(self.value.str_at(&["_template"])).ok()?;
        let values = self.parameters();
        Some(foreach::expanded(read, &|name| {
            let list = values.get(name)?.items();
            Some(list.iter().filter_map(Value::as_shared).collect())
        }))
    }

    /// The names that its template knows.
    #[must_use]
    pub fn pseudo(&self) -> Pseudo {
        Pseudo {
            account: self.key.account.clone(),
            region: self.key.region.clone(),
            stack_name: self.name().into(),
            notification_arns: self.value.items_at(&["NotificationARNs"]).to_vec(),
        }
    }

    /// The parameters as they were worked out.
    #[must_use]
    pub fn parameters(&self) -> BTreeMap<Rc<str>, Value> {
        let map = self.value.at(&["_values"]).and_then(Value::as_map);
        map.into_iter().flatten().map(|(key, value)| (key.clone(), value.clone())).collect()
    }

    /// Who makes its resources.
    #[must_use]
    pub fn caller(&self) -> Caller {
        let role = self.value.at(&["RoleARN"]).and_then(Value::as_shared);
        let key = self.value.str_at(&["_caller"]);
        if key.is_empty() || role.is_some() {
            return Caller::Service {
                name: "cloudformation.amazonaws.com".into(),
                account: self.key.account.clone(),
                role,
            };
        }
        Caller::Keys { access_key_id: key.into() }
    }

    /// A resource's record.
    #[must_use]
    pub fn record(&self, logical: &str) -> Option<&Value> {
        self.value.at(&["_resources", logical])
    }

    /// Every record, in the order of the logical ids.
    pub fn records(&self) -> impl Iterator<Item = (&Rc<str>, &Value)> {
        self.value.at(&["_resources"]).and_then(Value::as_map).into_iter().flatten()
    }

    /// The tags that a resource is given besides its own.
    #[must_use]
    pub fn tags(&self, logical: &str) -> Vec<(String, String)> {
        let mut tags: Vec<(String, String)> = self
            .value
            .items_at(&["Tags"])
            .iter()
            .map(|tag| (tag.str_at(&["Key"]).to_owned(), tag.str_at(&["Value"]).to_owned()))
            .collect();
        tags.extend([
            ("aws:cloudformation:stack-name".to_owned(), self.name().to_owned()),
            ("aws:cloudformation:logical-id".to_owned(), logical.to_owned()),
            ("aws:cloudformation:stack-id".to_owned(), self.key.id.to_string()),
        ]);
        tags
    }

    /// Sets the status, and tells it.
    pub fn turn(&mut self, context: &mut Context<'_, '_>, status: &str, reason: Option<&str>) {
        self.value.set(&["StackStatus"], status);
        match reason {
            Some(reason) => self.value.set(&["StackStatusReason"], reason),
            None => drop(self.value.remove(&["StackStatusReason"])),
        }
        let (name, id) = (self.name().to_owned(), self.key.id.to_string());
        self.tell(context, [&name, &id, STACK, status], reason, &Value::Null);
    }

    /// Tells an event: logical id, physical id, type, status.
    pub fn tell(
        &mut self,
        context: &mut Context<'_, '_>,
        [logical, physical, kind, status]: [&str; 4],
        reason: Option<&str>,
        properties: &Value,
    ) {
        let at = stamp(context);
        let event_id = if kind == STACK {
            context.dice("cloudformation-event").uuid()
        } else {
            format!("{logical}-{status}-{}", at.trim_end_matches("+00:00"))
        };
        let mut event = Value::from([
            ("StackId", Value::from(&self.key.id)),
            ("EventId", event_id.into()),
            ("StackName", self.name().into()),
            ("LogicalResourceId", logical.into()),
            ("PhysicalResourceId", physical.into()),
            ("ResourceType", kind.into()),
            ("Timestamp", at.into()),
            ("ResourceStatus", status.into()),
        ]);
        if let Some(reason) = reason {
            event.set(&["ResourceStatusReason"], reason);
        }
        if !properties.is_empty() {
            event.set(&["ResourceProperties"], properties.to_string());
        }
        let events = self.value.at_mut(&["_events"]).items_mut();
        if events.len() < EVENTS_MAX {
            events.push(event);
        }
        if status.ends_with("FAILED") || status.contains("ROLLBACK_IN_PROGRESS") {
            let why = Reason::new("cfn-failed")
                .with("resource", logical)
                .with("status", status)
                .with("message", reason.unwrap_or_default());
            context.note(Verb::Decide, &self.key, why);
        }
    }

    /// Sets a resource's status, and tells it.
    pub fn turn_resource(&mut self, context: &mut Context<'_, '_>, logical: &str, status: &str, reason: Option<&str>) {
        let at = stamp(context);
        let record = self.value.at_mut(&["_resources", logical]);
        record.set(&["ResourceStatus"], status);
        record.set(&["Timestamp"], at);
        match reason {
            Some(reason) => record.set(&["ResourceStatusReason"], reason),
            None => drop(record.remove(&["ResourceStatusReason"])),
        }
        let record = record.clone();
        let (physical, kind) = (record.str_at(&["PhysicalResourceId"]), record.str_at(&["ResourceType"]));
        let properties = record.get("_properties").cloned().unwrap_or_default();
        self.tell(context, [logical, physical, kind, status], reason, &properties);
    }
}

/// The moment with its milliseconds, as CloudFormation writes it.
pub(super) fn stamp(context: &Context<'_, '_>) -> String {
    format!("{}+00:00", context.now().rfc3339_micro().trim_end_matches('Z'))
}

/// What a stack's template can ask while the stack is worked on: what exists of it, what others
/// export.
pub struct Live {
    /// What `Ref` gives.
    pub references: BTreeMap<Rc<str>, Value>,
    /// What `Fn::GetAtt` gives, as far as it was asked for beforehand.
    pub attributes: BTreeMap<(Rc<str>, Rc<str>), Result<Value, Refusal>>,
    /// What other stacks export.
    pub exports: BTreeMap<Rc<str>, Value>,
    /// The stack's id.
    pub stack_id: Rc<str>,
}

impl Facts for Live {
    fn reference(&self, id: &str) -> Value {
        self.references.get(id).cloned().unwrap_or_else(|| format!("<{id}>").into())
    }

    fn attribute(&self, id: &str, name: &str) -> Result<Value, Refusal> {
        match self.attributes.get(&(id.into(), name.into())) {
            Some(known) => known.clone(),
            None => Ok(format!("<{id}.{name}>").into()),
        }
    }

    fn import(&self, name: &str) -> Result<Value, Refusal> {
        self.exports.get(name).cloned().ok_or_else(|| Refusal(format!("No export named {name} found")))
    }

    fn stack_id(&self) -> Value {
        (&self.stack_id).into()
    }
}

/// Every export of the account's stacks in this region: name to value and exporting stack.
#[must_use]
pub fn exports(context: &Context<'_, '_>) -> BTreeMap<Rc<str>, (Value, Rc<str>)> {
    let mut found = BTreeMap::new();
    for (key, stack) in context.list(STACK) {
        if stack.str_at(&["StackStatus"]) == "DELETE_COMPLETE" {
            continue;
        }
        for output in stack.items_at(&["Outputs"]) {
            if let Some(name) = output.get("ExportName").and_then(Value::as_shared) {
                found.insert(name, (output.get("OutputValue").cloned().unwrap_or_default(), key.id.clone()));
            }
        }
    }
    found
}

/// The stacks that import an export, by name.
#[must_use]
pub fn importers(context: &Context<'_, '_>, export: &str) -> Vec<String> {
    context
        .list(STACK)
        .into_iter()
        .filter(|(_, stack)| stack.str_at(&["StackStatus"]) != "DELETE_COMPLETE")
        .filter(|(_, stack)| stack.items_at(&["_imports"]).iter().any(|name| name.as_str() == Some(export)))
        .map(|(_, stack)| stack.str_at(&["StackName"]).to_owned())
        .collect()
}

/// A record of a resource that is to be.
#[must_use]
pub fn new_record(logical: &str, resolved: &Resolved) -> Value {
    Value::from([
        ("LogicalResourceId", Value::from(logical)),
        ("ResourceType", (&resolved.kind).into()),
        ("_properties", Value::from(Map::new())),
    ])
}

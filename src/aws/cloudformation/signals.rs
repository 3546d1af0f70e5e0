//! Signals: what a machine tells CloudFormation when it has set itself up.
// Source: CloudFormation User Guide, "cfn-signal", "Create wait conditions in a CloudFormation template".

use crate::aws::ResourceKey;
use crate::aws::cloud::Cloud;
use crate::aws::cloudformation::stack::Stack;
use crate::aws::cloudformation::work::WAIT_CONDITION;
use crate::aws::context::Context;
use crate::document::Value;
use crate::sim::Turn;
use crate::tree;
use std::rc::Rc;

/// A signal as a machine sends it.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Signal {
    /// The stack, and the resource in it; or the address of a wait condition's handle.
    pub to: To,
    /// Whether it tells of success.
    pub is_fine: bool,
    /// Who tells: the instance, unless it says otherwise.
    pub unique_id: Option<Rc<str>>,
    /// What it says besides.
    pub data: Rc<str>,
}

/// Where a signal goes.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum To {
    /// A resource of a stack.
    Resource(Rc<str>, Rc<str>),
    /// Whoever waits at this address.
    Handle(Rc<str>),
}

/// Notes a signal about a resource, and tells of it.
pub(super) fn note(context: &mut Context<'_, '_>, mut stack: Stack, id: &str, told: &Value) {
    let (unique, status) = (told.str_at(&["UniqueId"]).to_owned(), told.str_at(&["Status"]).to_owned());
    let signals = stack.value.at_mut(&["_resources", id, "_signals"]).items_mut();
    signals.retain(|signal| signal.str_at(&["UniqueId"]) != unique);
    signals.push(tree!({
        "UniqueId": unique.as_str(), "Status": status.as_str(), "Reason": told.get("Reason"), "Data": told.get("Data"),
    }));
    let data = signals
        .iter()
        .map(|it| (Rc::from(it.str_at(&["UniqueId"])), it.get("Data").cloned().unwrap_or_else(|| "".into())));
    let data: crate::document::Map = data.collect();
    stack.value.set(&["_resources", id, "_data"], Value::from(data).to_string());
    let now = stack.value.str_at(&["_resources", id, "ResourceStatus"]).to_owned();
    if now == "CREATE_IN_PROGRESS" {
        let reason = format!("Received {status} signal with UniqueId {unique}");
        stack.turn_resource(context, id, "CREATE_IN_PROGRESS", Some(&reason));
    }
    stack.store(context);
}

/// An instance has sent a signal. It is let in by what it is: its own account's.
pub fn sent(cloud: &mut Cloud, turn: &mut Turn<'_>, instance: &ResourceKey, signal: &Signal) {
    let mut context = cloud.context(turn, "cloudformation");
    context.region = instance.region.clone();
    let unique = signal.unique_id.clone().unwrap_or_else(|| instance.id.clone());
    let told = tree!({
        "UniqueId": &unique, "Status": if signal.is_fine { "SUCCESS" } else { "FAILURE" }, "Data": &signal.data,
    });
    match &signal.to {
        To::Resource(name, id) => {
            let Some(stack) = Stack::find(&context, name).filter(|stack| stack.record(id).is_some()) else { return };
            note(&mut context, stack, id, &told);
        }
        To::Handle(url) => {
            let stacks = context.list(crate::aws::cloudformation::stack::STACK);
            let Some((key, value)) = stacks.into_iter().find(|(key, _)| url.contains(&*key.id)) else { return };
            let mut stack = Stack { key, value };
            let waiting: Vec<Rc<str>> = stack
                .records()
                .filter(|(_, record)| {
                    record.str_at(&["ResourceType"]) == WAIT_CONDITION
                        && record.str_at(&["_properties", "Handle"]) == &**url
                })
                .map(|(id, _)| id.clone())
                .collect();
            if waiting.is_empty() {
                // The condition is not begun yet: what it waits for is there already.
                stack.value.at_mut(&["_early", url]).items_mut().push(told);
                return stack.store(&mut context);
            }
            for id in waiting {
                note(&mut context, stack.clone(), &id, &told);
            }
        }
    }
}

/// What has been told to a handle before the condition that waits at it was begun.
pub(super) fn early(stack: &mut Stack, id: &str) {
    let handle = stack.value.str_at(&["_resources", id, "_properties", "Handle"]).to_owned();
    let told = stack.value.items_at(&["_early", &handle]).to_vec();
    if !told.is_empty() {
        stack.value.set(&["_resources", id, "_signals"], Value::list(told));
    }
}

//! A template in the editor becomes a stack when the learner says so.

use super::history::History;
use super::writing::{File, REGION};
use crate::document::{Position, Problem, Span, Value};
use crate::tree;
use crate::world::{Call, FIRST_ACCESS_KEY};
use std::rc::Rc;

/// The kind under which the cloud keeps stacks.
const STACK: &str = "AWS::CloudFormation::Stack";

impl File {
    /// The name of the stack that the file is deployed as: the file's own, as stacks may be called.
    // Source: CloudFormation API Reference, CreateStack: letters, digits and hyphens, a letter first.
    #[must_use]
    pub fn stack_name(&self) -> String {
        let file = self.name.rsplit('/').next().unwrap_or_default();
        let stem = file.split('.').next().unwrap_or_default();
        let name: String = stem.chars().map(|c| if c.is_ascii_alphanumeric() { c } else { '-' }).collect();
        if name.starts_with(|c: char| c.is_ascii_alphabetic()) { name } else { format!("stack-{name}") }
    }

    /// Creates the stack, or updates it. What is refused stands at the top of the file.
    pub(super) fn deploy(&mut self, history: &mut History) {
        let name = self.stack_name();
        let cloud = history.world().cloud();
        let account = cloud.settings().account.clone();
        let exists = cloud.of_kind(&account, REGION, STACK).any(|(_, stack)| {
            stack.str_at(&["StackName"]) == name
                && !matches!(stack.str_at(&["StackStatus"]), "DELETE_COMPLETE" | "REVIEW_IN_PROGRESS")
        });
        // Whoever deploys from here has the resources before their eyes: that is the acknowledgement.
        let mut params = tree!({
            "StackName": name.as_str(), "TemplateBody": &*self.text,
            "Capabilities": ["CAPABILITY_NAMED_IAM", "CAPABILITY_AUTO_EXPAND"],
        });
        if exists {
            params.set(&["Parameters"], self.kept_parameters(history, &name));
        }
        let action = if exists { "UpdateStack" } else { "CreateStack" };
        let call = Call::new(FIRST_ACCESS_KEY, REGION, "cloudformation", action, params);
        history.note_text(self.name.clone(), self.text.clone());
        if let Err(error) = history.call(Rc::new(call))
            && !error.message.starts_with("No updates")
        {
            let start = Position { offset: 0, line: 1, column: 1 };
            self.problems.push(Problem::error("refused", Span::at(start)).with("message", error.message.to_string()));
        }
    }

    /// The parameters that the stack has been given and the template still declares.
    fn kept_parameters(&self, history: &History, name: &str) -> Value {
        let cloud = history.world().cloud();
        let account = cloud.settings().account.clone();
        let stack = cloud.of_kind(&account, REGION, STACK).find(|(_, stack)| {
            stack.str_at(&["StackName"]) == name && stack.str_at(&["StackStatus"]) != "DELETE_COMPLETE"
        });
        let given = stack.and_then(|(_, stack)| stack.get("_given").cloned()).unwrap_or_default();
        let kept = given
            .entries()
            .filter(|(key, _)| self.text.contains(&***key))
            .map(|(key, _)| tree!({ "ParameterKey": key, "UsePreviousValue": true }));
        Value::list(kept)
    }
}

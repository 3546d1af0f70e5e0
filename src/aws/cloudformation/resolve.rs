//! A template with its parameters, worked out: what will be made, and what it tells others.

use crate::aws::cloudformation::changes::{Resolved, Resources};
use crate::aws::cloudformation::evaluate::{Refusal, Scope, scalar_text};
use crate::aws::cloudformation::graph::Graph;
use crate::document::{Node, Value};
use std::collections::BTreeMap;
use std::rc::Rc;

/// One output.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Output {
    /// Its value, as text.
    pub value: Value,
    /// The name under which other stacks may import it.
    pub export: Option<Rc<str>>,
    /// What it is for.
    pub description: Option<Rc<str>>,
}

/// The resources that are made, with their properties.
///
/// # Errors
/// When a function cannot be worked out.
pub fn resources(scope: &Scope<'_>) -> Result<Resources, Refusal> {
    let mut made = Resources::new();
    for entry in scope.template.section("Resources") {
        if scope.is_active("Resources", &entry.key) {
            made.insert(entry.key.clone(), resource(scope, &entry.key)?);
        }
    }
    Ok(made)
}

/// One resource.
///
/// # Errors
/// When a function cannot be worked out.
pub fn resource(scope: &Scope<'_>, id: &str) -> Result<Resolved, Refusal> {
    let kind = scope.template.type_of(id).unwrap_or_default().into();
    let node = scope.template.item("Resources", id).and_then(|resource| resource.get("Properties"));
    let properties = match node {
        Some(node) => scope.evaluate(node)?.unwrap_or_else(Value::map),
        None => Value::map(),
    };
    Ok(Resolved { kind, properties })
}

/// The outputs, in the order of their names.
///
/// # Errors
/// When a function cannot be worked out.
pub fn outputs(scope: &Scope<'_>) -> Result<BTreeMap<Rc<str>, Output>, Refusal> {
    let mut outputs = BTreeMap::new();
    for entry in scope.template.section("Outputs") {
        if !scope.is_active("Outputs", &entry.key) {
            continue;
        }
        let Some(node) = entry.value.get("Value") else {
            return Err(Refusal::new(format!(
                "Template format error: Every Outputs member must contain a Value object: {}",
                entry.key
            )));
        };
        let value = match scope.value(node)? {
            Value::List(_) | Value::Map(_) => {
                return Err(Refusal::new(format!(
                    "Template format error: The Value field of every Outputs member must evaluate to a String: {}",
                    entry.key
                )));
            }
            scalar => scalar_text(&scalar).into(),
        };
        let name = entry.value.get("Export").and_then(|export| export.get("Name"));
        let export = name.map(|node| scope.value(node)).transpose()?.map(|name| scalar_text(&name).into());
        let description = entry.value.get("Description").and_then(Node::as_str).map(Rc::from);
        outputs.insert(entry.key.clone(), Output { value, export, description });
    }
    Ok(outputs)
}

/// The graph of what is made.
#[must_use]
pub fn graph(scope: &Scope<'_>) -> Graph {
    Graph::of(scope.template, &|id| scope.is_active("Resources", id))
}

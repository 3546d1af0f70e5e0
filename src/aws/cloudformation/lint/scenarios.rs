//! Which conditions can hold together.
//!
//! Every `Fn::Equals` of a value with a constant is a choice among the constants that the value is
//! compared with, and something else, or among the values that a parameter may have.

use crate::aws::cloudformation::evaluate::{named_condition, scalar_text};
use crate::aws::cloudformation::template::{Template, function};
use crate::document::{Node, Value};
use std::collections::BTreeMap;
use std::rc::Rc;

/// Conditions, and whether each holds.
pub(super) type Held = BTreeMap<Rc<str>, bool>;

/// Every way in which the conditions of a template can hold.
pub(super) struct Scenarios(Vec<Held>);

/// What a value can be: the constants, and at the end nothing of them where that is possible.
type Choices = BTreeMap<String, Vec<Option<String>>>;

impl Scenarios {
    /// Those of a template; none that are told where there are too many to look at. Whether a value is
    /// one thing or the other is only told apart when `are_told_apart`, or when a parameter lists what it
    /// may be.
    pub(super) fn of(template: &Template, are_told_apart: bool) -> Self {
        const MOST: usize = 4096;
        let mut choices = Choices::new();
        for entry in template.section("Conditions") {
            collect(template, &entry.value, are_told_apart, &mut choices);
        }
        let count =
            choices.values().try_fold(1_usize, |count, of| count.checked_mul(of.len()).filter(|it| *it <= MOST));
        let Some(count) = count else { return Self(Vec::new()) };
        let mut all: Vec<Held> = (0..count).map(|number| worked_out(template, &choices, number)).collect();
        all.dedup();
        Self(all)
    }

    /// Whether all of `held` can be so at once. What is not known is taken for possible.
    pub(super) fn can(&self, held: &Held) -> bool {
        self.0.is_empty()
            || self.0.iter().any(|one| held.iter().all(|(name, holds)| one.get(name).is_none_or(|it| it == holds)))
    }
}

/// The compared value as a text, and the constant: a pair of two that are not constants is a value
/// of its own, which is the constant `true` or not.
fn compared(argument: &Node) -> Option<(String, String)> {
    let [one, other] = argument.items() else { return None };
    let constant = |node: &Node| node.scalar().map(|scalar| scalar_text(&scalar.value));
    match (constant(one), constant(other)) {
        (Some(_), Some(_)) => None,
        (None, Some(text)) => Some((one.to_value().to_string(), text)),
        (Some(text), None) => Some((other.to_value().to_string(), text)),
        (None, None) => Some((Value::list([one.to_value(), other.to_value()]).to_string(), "true".to_owned())),
    }
}

fn collect(template: &Template, node: &Node, are_told_apart: bool, choices: &mut Choices) {
    let Some((name, argument)) = function(node) else { return };
    if name != "Fn::Equals" {
        return argument.items().iter().for_each(|item| collect(template, item, are_told_apart, choices));
    }
    let Some((value, constant)) = compared(argument) else { return };
    if !are_told_apart && possible(template, argument) == [None] {
        choices.insert(format!("{value} {constant}"), vec![Some(constant), None]);
        return;
    }
    let of = choices.entry(value).or_insert_with(|| possible(template, argument));
    if !of.contains(&Some(constant.clone())) && of.contains(&None) {
        of.insert(0, Some(constant));
    }
}

/// What the compared value can be: the allowed values of a parameter, or anything.
fn possible(template: &Template, argument: &Node) -> Vec<Option<String>> {
    let named = argument.items().iter().find_map(|item| match function(item) {
        Some(("Ref", name)) => template.item("Parameters", name.as_str()?)?.get("AllowedValues"),
        _ => None,
    });
    let allowed = named.map(Node::items).unwrap_or_default();
    let texts = allowed.iter().filter_map(Node::scalar).map(|scalar| Some(scalar_text(&scalar.value)));
    if allowed.is_empty() { vec![None] } else { texts.collect() }
}

fn worked_out(template: &Template, choices: &Choices, mut number: usize) -> Held {
    let mut chosen: BTreeMap<&str, Option<&str>> = BTreeMap::new();
    for (value, of) in choices {
        chosen.insert(value, of.get(number % of.len()).and_then(|it| it.as_deref()));
        number /= of.len();
    }
    let mut held = Held::new();
    for entry in template.section("Conditions") {
        const DEPTH_MAX: u8 = 20;
        if let Some(holds) = holds(template, &entry.value, &chosen, DEPTH_MAX) {
            held.insert(entry.key.clone(), holds);
        }
    }
    held
}

fn holds(template: &Template, node: &Node, chosen: &BTreeMap<&str, Option<&str>>, depth: u8) -> Option<bool> {
    let depth = depth.checked_sub(1)?;
    let inner = |node: &Node| holds(template, node, chosen, depth);
    if let Some(name) = named_condition(node) {
        return inner(template.item("Conditions", name)?);
    }
    let (name, argument) = function(node)?;
    match name {
        "Fn::Equals" => match compared(argument) {
            Some((value, constant)) => {
                let alone = format!("{value} {constant}");
                Some(*chosen.get(&*value).or_else(|| chosen.get(&*alone))? == Some(&*constant))
            }
            None => {
                let [one, other] = argument.items() else { return None };
                Some(scalar_text(&one.scalar()?.value) == scalar_text(&other.scalar()?.value))
            }
        },
        "Fn::Not" => inner(argument.items().first()?).map(|it| !it),
        "Fn::And" => argument.items().iter().map(inner).try_fold(true, |all, it| Some(all & it?)),
        "Fn::Or" => argument.items().iter().map(inner).try_fold(false, |any, it| Some(any | it?)),
        _ => None,
    }
}

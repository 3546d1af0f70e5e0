//! What is declared and not used, and what is used on conditions that need not hold.

use super::scenarios::{Held, Scenarios};
use super::{Lint, repr, repr_value};
use crate::aws::cloudformation::evaluate::{conditions_named_in, scalar_text};
use crate::aws::cloudformation::graph::{Means, Mention, depends_on, mentions, mentions_of_resource};
use crate::aws::cloudformation::template::{Path, function};
use crate::aws::cloudformation::validate::asked_by_if;
use crate::document::yaml::Content;
use crate::document::{Node, Value};

pub(super) fn check(lint: &mut Lint<'_>) {
    parameters(lint);
    mappings(lint);
    conditions(lint);
    secrets(lint);
    for entry in lint.template.section("Resources") {
        enforced_already(lint, &entry.key, &entry.value);
    }
    availability(lint);
}

fn parameters(lint: &mut Lint<'_>) {
    let template = lint.template;
    let named: Vec<Mention> = mentions(&template.root, &Path::default());
    for entry in template.section("Parameters") {
        if !named.iter().any(|mention| mention.name == entry.key) {
            lint.add("W2001", &Path::of(&["Parameters", &entry.key]), format!("Parameter {} not used.", entry.key));
        }
    }
}

fn mappings(lint: &mut Lint<'_>) {
    let template = lint.template;
    let mut named = Vec::new();
    let mut any = false;
    each_function(&template.root, &mut |name, argument| {
        if name == "Fn::FindInMap" {
            match argument.items().first().and_then(Node::as_str) {
                Some(map) => named.push(map.to_owned()),
                // Its name is worked out: it may be any of them.
                None => any = true,
            }
        }
    });
    for entry in template.section("Mappings") {
        if !any && !named.iter().any(|name| **name == *entry.key) {
            let message = format!("Mapping '{}' is defined but not used", entry.key);
            lint.add("W7001", &Path::of(&["Mappings", &entry.key]), message);
        }
    }
}

fn each_function(node: &Node, seen: &mut dyn FnMut(&str, &Node)) {
    if let Some((name, argument)) = function(node) {
        seen(name, argument);
    }
    match &node.content {
        Content::Scalar(_) => {}
        Content::List(items) => items.iter().for_each(|item| each_function(item, seen)),
        Content::Map(entries) => entries.iter().for_each(|entry| each_function(&entry.value, seen)),
    }
}

fn conditions(lint: &mut Lint<'_>) {
    let template = lint.template;
    let mut used: Vec<&str> = Vec::new();
    for section in ["Resources", "Outputs"] {
        for entry in template.section(section) {
            used.extend(entry.value.get("Condition").and_then(Node::as_str));
            used.extend(asked_by_if(&entry.value));
        }
    }
    for entry in template.section("Conditions") {
        used.extend(conditions_named_in(&entry.value));
    }
    for entry in template.section("Conditions") {
        let path = Path::of(&["Conditions", &entry.key]);
        if !used.contains(&&*entry.key) {
            lint.add("W8001", &path, format!("Condition {} not used", entry.key));
        }
        useless_equals(lint, &entry.value, &path);
    }
}

fn useless_equals(lint: &mut Lint<'_>, node: &Node, path: &Path) {
    if let Some(("Fn::Equals", argument)) = function(node)
        && let [one, other] = argument.items()
    {
        let path = path.then("Fn::Equals");
        let shown = repr(argument);
        if one.to_value() == other.to_value() {
            lint.add("W8003", &path, format!("{shown} will always return True or False"));
        } else if let (Some(one), Some(other)) = (one.scalar(), other.scalar()) {
            let always = scalar_text(&one.value) == scalar_text(&other.value);
            lint.add("W8003", &path, format!("{shown} will always return {}", repr_value(&Value::Bool(always))));
        }
    }
    match &node.content {
        Content::Scalar(_) => {}
        Content::List(items) => {
            items
                .iter()
                .enumerate()
                .for_each(|(index, item)| useless_equals(lint, item, &path.then(&index.to_string())));
        }
        Content::Map(entries) => {
            entries.iter().for_each(|entry| useless_equals(lint, &entry.value, &path.then(&entry.key)));
        }
    }
}

/// A parameter that is not to be shown, shown.
fn secrets(lint: &mut Lint<'_>) {
    let template = lint.template;
    let hidden = |name: &str| {
        template
            .item("Parameters", name)
            .and_then(|node| node.get("NoEcho"))
            .and_then(Node::scalar)
            .is_some_and(|scalar| scalar_text(&scalar.value) == "true")
    };
    for section in ["Outputs", "Metadata"] {
        let Some(node) = template.root.get(section) else { continue };
        for mention in mentions(node, &Path::of(&[section])) {
            if mention.means == Means::Ref && hidden(&mention.name) {
                let message = format!("Don't use 'NoEcho' parameter '{}' in '{section}'", mention.name);
                lint.add("W2010", &mention.path, message);
            }
        }
    }
}

/// `DependsOn` what is named anyway.
fn enforced_already(lint: &mut Lint<'_>, id: &str, resource: &Node) {
    let named = mentions_of_resource(lint.template, id);
    let is_list = resource.get("DependsOn").is_some_and(|node| node.as_str().is_none());
    for (index, needed) in depends_on(resource).into_iter().enumerate() {
        let by = named.iter().filter(|mention| *mention.name == *needed && mention.means != Means::DependsOn);
        for mention in by {
            let word = match mention.means {
                Means::GetAtt => "GetAtt",
                Means::Sub => "Sub",
                _ => "Ref",
            };
            // The function's own step is no part of the place that is told.
            let steps: Vec<&str> = mention.path.0.iter().map(|step| &**step).collect();
            let place = steps.split_last().map(|(_, rest)| rest.join("/")).unwrap_or_default();
            let mut path = Path::of(&["Resources", id, "DependsOn"]);
            if is_list {
                path = path.then(&index.to_string());
            }
            lint.add("W3005", &path, format!("'{needed}' dependency already enforced by a '{word}' at '{place}'"));
        }
    }
}

/// The ways in which conditions hold: for what may be missing, and for what is never reached.
struct Told {
    apart: Scenarios,
    alone: Scenarios,
}

/// Names of resources that need not be there when what names them is.
fn availability(lint: &mut Lint<'_>) {
    let template = lint.template;
    let told = Told { apart: Scenarios::of(template, true), alone: Scenarios::of(template, false) };
    for section in ["Resources", "Outputs"] {
        for entry in template.section(section) {
            let mut known = Held::new();
            if let Some(condition) = template.condition_of(section, &entry.key) {
                known.insert(condition.into(), true);
            }
            if section == "Resources" {
                needed_when(lint, &entry.key, &entry.value, &known, &told);
            }
            let keys: &[&str] = if section == "Resources" { &["Properties", "Metadata"] } else { &["Value", "Export"] };
            for key in keys {
                if let Some(node) = entry.value.get(key) {
                    named_when(lint, node, &Path::of(&[section, &entry.key, key]), &known, &told);
                }
            }
        }
    }
}

/// `DependsOn` something that need not be there.
// Models cfn-lint rules/resources/DependsOn.py
fn needed_when(lint: &mut Lint<'_>, id: &str, resource: &Node, known: &Held, told: &Told) {
    let is_list = resource.get("DependsOn").is_some_and(|node| node.as_str().is_none());
    for (index, needed) in depends_on(resource).into_iter().enumerate() {
        let Some(condition) = lint.template.condition_of("Resources", needed) else { continue };
        let mut missing = known.clone();
        if missing.insert(condition.into(), false) == Some(true) || !told.apart.can(&missing) {
            continue;
        }
        let mut path = Path::of(&["Resources", id, "DependsOn"]);
        if is_list {
            path = path.then(&index.to_string());
        }
        let message = format!("'{needed}' will not exist when condition '{condition}' is False");
        lint.add("E3005", &path, message);
    }
}

fn named_when(lint: &mut Lint<'_>, node: &Node, path: &Path, known: &Held, told: &Told) {
    if let Some(("Fn::If", argument)) = function(node)
        && let [condition, yes, no] = argument.items()
    {
        let name = condition.as_str().unwrap_or_default();
        for (place, branch, holds) in [("1", yes, true), ("2", no, false)] {
            let path = path.then("Fn::If").then(place);
            let mut inside = known.clone();
            if inside.insert(name.into(), holds).is_some_and(|before| before != holds) || !told.alone.can(&inside) {
                lint.add("W1028", &path, format!("['Fn::If', {place}] is not reachable"));
                continue;
            }
            named_when(lint, branch, &path, &inside, told);
        }
        return;
    }
    if let Some((name, _)) = function(node)
        && matches!(name, "Ref" | "Fn::GetAtt" | "Fn::Sub")
    {
        for mention in mentions(node, path).into_iter().filter(|mention| mention.path.0.len() == path.0.len() + 1) {
            missing_when(lint, &mention, path, known, told);
        }
    }
    match &node.content {
        Content::Scalar(_) => {}
        Content::List(items) => {
            items
                .iter()
                .enumerate()
                .for_each(|(index, item)| named_when(lint, item, &path.then(&index.to_string()), known, told));
        }
        Content::Map(entries) => {
            entries.iter().for_each(|entry| named_when(lint, &entry.value, &path.then(&entry.key), known, told));
        }
    }
}

fn missing_when(lint: &mut Lint<'_>, mention: &Mention, path: &Path, known: &Held, told: &Told) {
    let template = lint.template;
    let Some(condition) = template.condition_of("Resources", &mention.name) else { return };
    let mut missing = known.clone();
    if missing.insert(condition.into(), false) == Some(true) || !told.apart.can(&missing) {
        return;
    }
    let word = match mention.means {
        Means::GetAtt => "GetAtt",
        Means::Sub => "Sub",
        _ => "Ref",
    };
    let place: Vec<&str> = path.0.iter().map(|step| &**step).collect();

    let message = format!(
        "{word} to resource '{}' that may not be available when condition '{condition}' is False at {}",
        mention.name,
        place.join("/")
    );
    lint.add("W1001", path, message);
}

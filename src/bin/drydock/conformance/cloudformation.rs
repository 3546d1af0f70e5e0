//! CloudFormation: a case is a row of steps on one stack. Each step's template is looked at by
//! itself (findings, conditions, what it comes to, the graph, the changes), and then carried out
//! in a cloud.

use drydock::aws::cloudformation::changes::{self, Change, Replacement, Resources, normalized};
use drydock::aws::cloudformation::evaluate::{Pseudo, Scope, scalar_text};
use drydock::aws::cloudformation::masks::Masks;
use drydock::aws::cloudformation::template::Template;
use drydock::aws::cloudformation::{graph, lint, parameters, resolve};
use drydock::document::{Map, Value};
use std::collections::{BTreeMap, BTreeSet};
use std::rc::Rc;

/// Compares one case.
pub fn check(case: &Value) -> Result<(), String> {
    let mut before: Option<Resources> = None;
    let mut text = String::new();
    for (index, step) in case.items_at(&["steps"]).iter().enumerate() {
        let at = |difference: String| format!("step {index}: {difference}");
        if let Some(own) = step.get("template").and_then(Value::as_str).filter(|own| *own != "same") {
            text = own.to_owned();
        }
        if step.get("template").is_some() {
            looked_at(case, step, &text, &mut before).map_err(at)?;
        }
    }
    Ok(())
}

/// What the parameters of a step are, as text.
pub fn given(step: &Value) -> BTreeMap<Rc<str>, String> {
    let map = step.get("parameters").and_then(Value::as_map);
    map.into_iter().flatten().map(|(key, value)| (key.clone(), scalar_text(value))).collect()
}

/// The template by itself.
fn looked_at(case: &Value, step: &Value, text: &str, before: &mut Option<Resources>) -> Result<(), String> {
    let region = case.str_at(&["region"]);
    let found = lint::text(text, region);
    let found: Vec<String> = found.iter().map(|it| format!("{} at line {}", it.rule, it.span.start.line)).collect();
    let wanted = step
        .items_at(&["lint"])
        .iter()
        .map(|it| format!("{} at line {}", it.str_at(&["rule"]), it.int_at(&["line"]).unwrap_or_default()));
    differ("lint", &sorted(wanted), &sorted(found.into_iter()))?;
    let Ok(template) = Template::read(text) else { return Ok(()) };
    if let Some(wanted) = step.get("depends") {
        differ("depends", &tree_of_depends(wanted), &depends(&template))?;
    }
    let asked = ["conditions", "resolved", "outputs", "creation_levels", "changes"];
    if !asked.iter().any(|name| step.get(name).is_some()) {
        return Ok(());
    }
    let told = |refusal: drydock::aws::cloudformation::evaluate::Refusal| refusal.0;
    let parameters = parameters::values(&template, &given(step), &|_| None).map_err(told)?;
    let pseudo = Pseudo {
        account: case.str_at(&["account"]).into(),
        region: region.into(),
        stack_name: case.str_at(&["stack_name"]).into(),
        notification_arns: Vec::new(),
    };
    let masks = Masks { template: &template, parameters: &parameters, pseudo: &pseudo };
    let scope = Scope::new(&template, &parameters, &pseudo, &masks).map_err(told)?;
    if let Some(wanted) = step.get("conditions") {
        let found: Map = scope.conditions.iter().map(|(name, holds)| (name.clone(), Value::Bool(*holds))).collect();
        differ("conditions", wanted, &found.into())?;
    }
    if let Some(wanted) = step.as_map().and_then(|map| map.get("creation_levels")) {
        let levels = resolve::graph(&scope)
            .levels()
            .map(|levels| Value::list(levels.into_iter().map(|wave| Value::list(wave.into_iter().map(Value::Text)))));
        differ("creation levels", wanted, &levels.unwrap_or_default())?;
    }
    if step.get("resolved").is_none() {
        return Ok(());
    }
    let resources = resolve::resources(&scope).map_err(told)?;
    differ("resolved", &normalized(step.get("resolved")), &normalized(Some(&as_tree(&resources))))?;
    if let Some(wanted) = step.get("outputs") {
        let mut found = Map::new();
        for (name, output) in resolve::outputs(&scope).map_err(told)? {
            let mut value = Value::from([("value", output.value)]);
            if let Some(export) = output.export {
                value.set(&["export"], export);
            }
            found.insert(name, value);
        }
        differ("outputs", &normalized(Some(wanted)), &normalized(Some(&found.into())))?;
    }
    if let (Some(wanted), Some(old)) = (step.get("changes"), &*before) {
        let found: Vec<Value> = changes::between(old, &resources, &template).iter().map(change).collect();
        differ("changes", &by_id(wanted.items()), &by_id(&found))?;
    }
    *before = Some(resources);
    Ok(())
}

fn sorted(lines: impl Iterator<Item = String>) -> Value {
    let mut lines: Vec<String> = lines.collect();
    lines.sort();
    Value::list(lines.into_iter().map(Value::from))
}

fn tree_of_depends(wanted: &Value) -> Value {
    let sorted = |items: &Value| {
        let names: BTreeSet<&str> = items.items().iter().filter_map(Value::as_str).collect();
        Value::list(names.into_iter().map(Value::from))
    };
    wanted.entries().map(|(id, needs)| (id.clone(), sorted(needs))).collect::<Map>().into()
}

/// What each resource names: other resources, and whatever it asks for an attribute.
fn depends(template: &Template) -> Value {
    let mut named = Map::new();
    for entry in template.section("Resources") {
        let is_meant = |mention: &graph::Mention| {
            mention.attribute.is_some() || template.item("Resources", &mention.name).is_some()
        };
        let names: BTreeSet<Rc<str>> = graph::mentions_of_resource(template, &entry.key)
            .into_iter()
            .filter(is_meant)
            .map(|mention| mention.name)
            .collect();
        if !names.is_empty() {
            named.insert(entry.key.clone(), Value::list(names.into_iter().map(Value::Text)));
        }
    }
    named.into()
}

fn as_tree(resources: &Resources) -> Value {
    let each = resources.iter().map(|(id, resource)| {
        let tree = Value::from([("Type", Value::from(&resource.kind)), ("Properties", resource.properties.clone())]);
        (id.clone(), tree)
    });
    each.collect::<Map>().into()
}

fn change(change: &Change) -> Value {
    let names = |names: &[Rc<str>]| Value::list(names.iter().cloned().map(Value::Text));
    let mut tree = Value::from([
        ("logical_id", Value::from(&change.id)),
        ("type", (&change.kind).into()),
        ("action", change.action.name().into()),
    ]);
    if change.action == changes::Action::Modify {
        tree.set(&["properties"], names(&change.properties));
        tree.set(&["replacement"], change.replacement == Replacement::Always);
        tree.set(&["create_only"], names(&change.create_only));
        if change.is_cascade {
            tree.set(&["cascade"], true);
        }
    }
    tree
}

fn by_id(changes: &[Value]) -> Value {
    changes.iter().map(|it| (Rc::from(it.str_at(&["logical_id"])), it.clone())).collect::<Map>().into()
}

/// Tells the first place in which two trees differ.
fn differ(what: &str, wanted: &Value, found: &Value) -> Result<(), String> {
    if wanted == found {
        return Ok(());
    }
    let mut path = String::new();
    let (wanted, found) = narrowed(wanted, found, &mut path);
    Err(format!("{what}{path}: expected {wanted}, found {found}"))
}

fn narrowed<'v>(wanted: &'v Value, found: &'v Value, path: &mut String) -> (&'v Value, &'v Value) {
    const NOTHING: &Value = &Value::Null;
    match (wanted, found) {
        (Value::Map(one), Value::Map(other)) => {
            let key = one.keys().chain(other.keys()).find(|key| one.get(*key) != other.get(*key));
            let Some(key) = key else { return (wanted, found) };
            path.push_str(&format!(" {key}"));
            narrowed(one.get(key).unwrap_or(NOTHING), other.get(key).unwrap_or(NOTHING), path)
        }
        (Value::List(one), Value::List(other)) if one.len() == other.len() => {
            let Some(index) = one.iter().zip(other.iter()).position(|(one, other)| one != other) else {
                return (wanted, found);
            };
            path.push_str(&format!(" {index}"));
            narrowed(&one[index], &other[index], path)
        }
        _ => (wanted, found),
    }
}

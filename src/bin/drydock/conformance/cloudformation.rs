//! CloudFormation: a case is a row of steps on one stack. Each step's template is looked at by
//! itself (findings, conditions, what it comes to, the graph, the changes), and then carried out
//! in a cloud.

use drydock::aws::Settings;
use drydock::aws::cloudformation::changes::{self, Change, Replacement, Resources, normalized};
use drydock::aws::cloudformation::evaluate::{Pseudo, Scope, scalar_text};
use drydock::aws::cloudformation::masks::Masks;
use drydock::aws::cloudformation::template::Template;
use drydock::aws::cloudformation::{foreach, graph, lint, parameters, resolve};
use drydock::document::{Map, Value};
use drydock::world::{Call, CloudAnswer, FIRST_ACCESS_KEY, Preset, World};
use std::collections::{BTreeMap, BTreeSet};
use std::rc::Rc;

/// Compares one case.
pub fn check(case: &Value) -> Result<(), String> {
    let mut before: Option<Resources> = None;
    let mut text = String::new();
    let mut played = Played::new(case);
    for pre in case.items_at(&["pre"]) {
        let name = pre.str_at(&["stack"]);
        let params = Value::from([("StackName", name), ("TemplateBody", pre.str_at(&["template"]))]);
        let made = played.call("cloudformation", "CreateStack", params);
        made.map_err(|error| format!("the stack {name} beforehand: {error}"))?;
        played.settle(name)?;
        let status = played.status(name).unwrap_or_default().0;
        if status != "CREATE_COMPLETE" {
            return Err(format!("the stack {name} beforehand: {status}"));
        }
    }
    for (index, step) in case.items_at(&["steps"]).iter().enumerate() {
        let at = |difference: String| format!("step {index}: {difference}");
        if let Some(own) = step.get("template").and_then(Value::as_str).filter(|own| *own != "same") {
            text = own.to_owned();
        }
        if step.get("template").is_some() {
            looked_at(case, step, &text, &mut before).map_err(at)?;
        }
        if let Some(wanted) = step.get("aws") {
            played.found_roles(&text, case.str_at(&["account"]));
            let found = played.carry_out(case, step, &text).map_err(at)?;
            came_out(wanted, &found).map_err(at)?;
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
    let Ok(read) = Template::read(text) else { return Ok(()) };
    let given_lists = given(step);
    let own = read.clone();
    let template = foreach::expanded(read, &|name| {
        given_lists.get(name).map(|text| foreach::elements(text)).or_else(|| foreach::defaults(&own, name))
    });
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
            let key = one.keys().chain(other.keys()).find(|key| one.get(key) != other.get(key));
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

/// The world in which a case's steps are carried out: a cloud, and nodes that join its clusters.
struct Played {
    world: World,
    region: String,
}

/// What came of a step.
struct Outcome {
    /// In the recording's words.
    word: &'static str,
    /// The stack's status, if there is a stack.
    status: String,
    /// What was said.
    message: String,
    /// The stack's events.
    events: Vec<Value>,
}

impl Played {
    fn new(case: &Value) -> Self {
        const SEED: u64 = 7;
        let region = case.str_at(&["region"]);
        let settings =
            Settings { account: case.str_at(&["account"]).into(), region: region.into(), ..Settings::new(SEED) };
        Self { world: World::in_account(&Preset::empty(), SEED, settings), region: region.to_owned() }
    }

    fn call(&mut self, service: &str, action: &str, params: Value) -> CloudAnswer {
        self.world.call(&"you".into(), &Call::new(FIRST_ACCESS_KEY, &self.region, service, action, params))
    }

    /// The text with images that there are: those of the recordings exist only in their tool.
    fn with_images(&mut self, text: &str) -> String {
        let images = self.call("ec2", "DescribeImages", Value::map()).unwrap_or_default();
        let known: Vec<&str> = images.items_at(&["Images"]).iter().map(|image| image.str_at(&["ImageId"])).collect();
        let mut out = String::new();
        let mut rest = text;
        while let Some((before, behind)) = rest.split_once("ami-") {
            let digits: String = behind.chars().take_while(char::is_ascii_hexdigit).collect();
            let id = format!("ami-{digits}");
            let is_stand_in = digits.len() == 8 && !known.contains(&id.as_str());
            out.push_str(before);
            out.push_str(if is_stand_in { known.first().copied().unwrap_or(&id) } else { &id });
            rest = &behind[digits.len()..];
        }
        out + rest
    }

    /// The roles that a template names by their ARN: the recordings take them for there.
    fn found_roles(&mut self, text: &str, account: &str) {
        let account_there = text.replace("${AWS::AccountId}", account);
        let start = format!("arn:aws:iam::{account}:role/");
        for (at, _) in account_there.match_indices(&start) {
            let rest = &account_there[at + start.len()..];
            let name = rest.split(|c: char| !c.is_ascii_alphanumeric() && !"+=,.@_-".contains(c)).next();
            let trust = format!(
                r#"{{"Version":"2012-10-17","Statement":[{{"Effect":"Allow","Principal":{{"AWS":"{account}"}},"Action":"sts:AssumeRole"}}]}}"#
            );
            let params = [("RoleName", name.unwrap_or_default()), ("AssumeRolePolicyDocument", &trust)];
            // A second one of the name is refused, and needs not be.
            let _ = self.call("iam", "CreateRole", Value::from(params));
        }
    }

    fn status(&mut self, stack: &str) -> Option<(String, String)> {
        let told = self.call("cloudformation", "DescribeStacks", Value::from([("StackName", stack)])).ok()?;
        let stack = told.at(&["Stacks"])?.items().first()?;
        Some((stack.str_at(&["StackStatus"]).to_owned(), stack.str_at(&["StackStatusReason"]).to_owned()))
    }

    /// Lets time pass until the stack rests.
    fn settle(&mut self, stack: &str) -> Result<(), String> {
        const STEPS_MAX: u32 = 200_000;
        for _ in 0..STEPS_MAX {
            match self.status(stack) {
                Some((status, _)) if status.ends_with("IN_PROGRESS") && status != "REVIEW_IN_PROGRESS" => {}
                _ => return Ok(()),
            }
            if self.world.step().is_none() {
                return Err("nothing is due and the stack does not rest".to_owned());
            }
        }
        Err("the stack does not come to rest".to_owned())
    }

    fn carry_out(&mut self, case: &Value, step: &Value, text: &str) -> Result<Outcome, String> {
        let name = case.str_at(&["stack_name"]);
        let op = step.str_at(&["op"]);
        let mut params = Value::from([("StackName", Value::from(name))]);
        if !text.is_empty() && step.get("template").is_some() {
            params.set(&["TemplateBody"], self.with_images(text));
            let given = given(step)
                .into_iter()
                .map(|(key, text)| Value::from([("ParameterKey", Value::from(key)), ("ParameterValue", text.into())]));
            params.set(&["Parameters"], Value::list(given));
            let capabilities =
                step.get("capabilities").cloned().unwrap_or_else(|| Value::list(["CAPABILITY_NAMED_IAM".into()]));
            params.set(&["Capabilities"], capabilities);
        }
        let action = match op {
            "create" => "CreateStack",
            "update" => "UpdateStack",
            "delete" => "DeleteStack",
            "delete-pre" => {
                params.set(&["StackName"], step.str_at(&["stack"]));
                "DeleteStack"
            }
            "changeset" => {
                params.set(&["ChangeSetName"], "changes");
                let is_new = self.status(name).is_none();
                params.set(&["ChangeSetType"], if is_new { "CREATE" } else { "UPDATE" });
                "CreateChangeSet"
            }
            other => return Err(format!("unknown step `{other}`")),
        };
        let stack = params.str_at(&["StackName"]).to_owned();
        let before = self.status(&stack).is_some();
        let id = self.call("cloudformation", "DescribeStacks", Value::from([("StackName", stack.as_str())])).ok();
        let id = id.and_then(|told| Some(told.at(&["Stacks"])?.items().first()?.str_at(&["StackId"]).to_owned()));
        let answer = match self.call("cloudformation", action, params) {
            Err(error) => {
                let word = if before { "refused" } else { "rejected-before-create" };
                let message = error.message.to_string();
                return Ok(Outcome { word, status: String::new(), message, events: Vec::new() });
            }
            Ok(answer) => answer,
        };
        let id = answer.get("StackId").and_then(Value::as_str).map(str::to_owned).or(id).unwrap_or(stack);
        self.settle(&id)?;
        let (status, message) = self.status(&id).unwrap_or_default();
        let told = self.call("cloudformation", "DescribeStackEvents", Value::from([("StackName", id.as_str())]));
        let events = told.map(|told| told.items_at(&["StackEvents"]).to_vec()).unwrap_or_default();
        let word = match status.as_str() {
            _ if op == "changeset" => "change-set",
            "CREATE_COMPLETE" => "created",
            "UPDATE_COMPLETE" => "updated",
            "DELETE_COMPLETE" => "deleted",
            "UPDATE_ROLLBACK_COMPLETE" => "update-rolled-back",
            "ROLLBACK_COMPLETE" => "rolled-back",
            _ => "something else",
        };
        Ok(Outcome { word, status, message, events })
    }
}

/// What became of a step against what AWS does.
fn came_out(wanted: &Value, found: &Outcome) -> Result<(), String> {
    let said = || {
        let reasons = found.events.iter().filter_map(|event| event.get("ResourceStatusReason")?.as_str());
        let lines: Vec<&str> = reasons.chain([found.message.as_str()]).collect();
        lines.join(" | ")
    };
    let outcome = wanted.str_at(&["outcome"]);
    let is_it = match outcome {
        "lint-only" => true,
        "rejected-or-failed" => matches!(found.word, "rejected-before-create" | "rolled-back" | "refused"),
        "rejected-before-create" | "refused" => matches!(found.word, "rejected-before-create" | "refused"),
        other => other == found.word,
    };
    if !is_it {
        return Err(format!("outcome: expected {outcome}, found {} ({}): {}", found.word, found.status, said()));
    }
    let status = wanted.str_at(&["stack_status"]);
    if !status.is_empty() && status != found.status {
        return Err(format!("status: expected {status}, found {}: {}", found.status, said()));
    }
    let happened = |id: &str, status: &str| {
        let is =
            |event: &&Value| event.str_at(&["LogicalResourceId"]) == id && event.str_at(&["ResourceStatus"]) == status;
        found.events.iter().find(is)
    };
    if let Some(failed) = wanted.get("failed").and_then(Value::as_str)
        && !found.events.iter().any(|event| {
            event.str_at(&["LogicalResourceId"]) == failed && event.str_at(&["ResourceStatus"]).ends_with("_FAILED")
        })
    {
        return Err(format!("failed: expected {failed}: {}", said()));
    }
    for id in wanted.items_at(&["created_then_deleted"]).iter().filter_map(Value::as_str) {
        if happened(id, "CREATE_COMPLETE").is_none() || happened(id, "DELETE_COMPLETE").is_none() {
            return Err(format!("created_then_deleted: {id} was not"));
        }
    }
    for id in wanted.items_at(&["retained"]).iter().filter_map(Value::as_str) {
        if happened(id, "DELETE_SKIPPED").is_none() {
            return Err(format!("retained: {id} was not"));
        }
    }
    if wanted.str_at(&["source"]) != "documented" {
        return Ok(());
    }
    let said = said();
    let parts: Vec<&str> = wanted
        .get("message")
        .into_iter()
        .chain(wanted.items_at(&["message_contains"]))
        .filter_map(Value::as_str)
        .collect();
    match parts.into_iter().find(|part| !said.contains(part)) {
        Some(part) => Err(format!("message: expected `{part}`, found {said}")),
        None => Ok(()),
    }
}

//! What CloudFormation is asked for: the operations of its API.

use crate::aws::api::{Answer, Error, Need};
use crate::aws::cloudformation::engine::{self, Do, task};
use crate::aws::cloudformation::evaluate::{Pseudo, Refusal, Scope, scalar_text};
use crate::aws::cloudformation::graph::{self, Graph};
use crate::aws::cloudformation::stack::{Live, STACK, Stack, exports, importers, stamp};
use crate::aws::cloudformation::template::{Path, Template};
use crate::aws::cloudformation::{changeset, drift, foreach, parameters, phases, query, resolve, signals, validate};
use crate::aws::context::{Context, Scope as DoorScope};
use crate::aws::service::{Operation, Service};
use crate::document::{Map, Node, Value};
use std::collections::BTreeMap;
use std::rc::Rc;

/// CloudFormation, as the door knows it.
pub const SERVICE: Service = Service {
    name: "cloudformation",
    prefix: "cloudformation",
    operations: OPERATIONS,
    on_due: |context, due| match due.what {
        "work" => engine::on_due(context, &due.key),
        _ => drift::on_due(context, &due.key),
    },
    found: |_| {},
};

/// An operation on a stack, which IAM knows by its ARN.
macro_rules! on_stack {
    ($name:literal, $run:path) => {
        Operation::new($name, $run).needing(|scope, params| on_stack(scope, params, $name))
    };
}

const OPERATIONS: &[Operation] = &[
    on_stack!("CancelUpdateStack", cancel_update),
    on_stack!("ContinueUpdateRollback", continue_rollback),
    on_stack!("CreateChangeSet", changeset::create),
    on_stack!("CreateStack", create),
    on_stack!("DeleteChangeSet", changeset::delete),
    on_stack!("DeleteStack", delete),
    on_stack!("DescribeChangeSet", changeset::describe),
    Operation::new("DescribeStackDriftDetectionStatus", drift::status),
    on_stack!("DescribeStackEvents", query::events),
    on_stack!("DescribeStackResource", query::resource),
    on_stack!("DescribeStackResourceDrifts", drift::drifts),
    on_stack!("DescribeStackResources", query::resources),
    on_stack!("DescribeStacks", query::stacks),
    on_stack!("DetectStackDrift", drift::detect),
    on_stack!("ExecuteChangeSet", changeset::execute),
    on_stack!("GetStackPolicy", query::policy),
    on_stack!("GetTemplate", query::template),
    Operation::new("GetTemplateSummary", query::summary),
    on_stack!("ListChangeSets", changeset::list),
    Operation::new("ListExports", query::exports),
    Operation::new("ListImports", query::imports),
    on_stack!("ListStackResources", query::list_resources),
    Operation::new("ListStacks", query::list),
    on_stack!("RollbackStack", rollback),
    on_stack!("SetStackPolicy", set_policy),
    on_stack!("SignalResource", signal),
    on_stack!("UpdateStack", update),
    on_stack!("UpdateTerminationProtection", protect),
    Operation::new("ValidateTemplate", query::validate),
];

/// Which stack an operation is about, for IAM.
// Source: Service Authorization Reference, "AWS CloudFormation": stack/${StackName}/${Id}.
fn on_stack(scope: &DoorScope<'_>, params: &Value, action: &str) -> Vec<Need> {
    let action = format!("cloudformation:{action}");
    let arn = match params.str_at(&["StackName"]) {
        "" => "*".into(),
        name if name.starts_with("arn:") => name.into(),
        name => scope.arn("cloudformation", &format!("stack/{name}/*")),
    };
    vec![Need::new(action, arn)]
}

/// A refusal as CloudFormation's `ValidationError`.
pub(super) fn invalid(message: impl Into<Rc<str>>) -> Error {
    Error::new("ValidationError", message)
}

fn refused(refusal: Refusal) -> Error {
    invalid(refusal.0)
}

/// The stack that a request names.
pub(super) fn named(context: &Context<'_, '_>, params: &Value) -> Result<Stack, Error> {
    let name = params.str_at(&["StackName"]);
    Stack::find(context, name).ok_or_else(|| invalid(format!("Stack with id {name} does not exist")))
}

/// A template with what it is to be used with, worked out as far as that can be.
pub(super) struct Prepared {
    pub text: String,
    pub template: Template,
    pub given: BTreeMap<Rc<str>, String>,
    pub values: BTreeMap<Rc<str>, Value>,
}

/// Reads a request's template and parameters, and refuses what CloudFormation refuses.
pub(super) fn prepare(
    context: &mut Context<'_, '_>,
    params: &Value,
    stack_name: &str,
    old: Option<&Stack>,
) -> Result<Prepared, Error> {
    let text = match (params.str_at(&["TemplateBody"]), old) {
        ("", Some(old)) if params.is_true_at(&["UsePreviousTemplate"]) => old.value.str_at(&["_template"]).to_owned(),
        ("", _) if params.get("TemplateURL").is_some() => query::fetched(context, params.str_at(&["TemplateURL"]))?,
        ("", _) => return Err(invalid("Either Template URL or Template Body must be specified.")),
        (text, _) => text.to_owned(),
    };
    let read = Template::read(&text).map_err(|unreadable| invalid(unreadable.message))?;
    let own = read.clone();
    let template = foreach::expanded(read, &|name| {
        let mut rows = params.items_at(&["Parameters"]).iter();
        let row = rows.find(|row| row.str_at(&["ParameterKey"]) == name && row.get("ParameterValue").is_some());
        let before = || old?.value.at(&["_given", name])?.as_str().map(foreach::elements);
        row.map(|row| foreach::elements(row.str_at(&["ParameterValue"])))
            .or_else(before)
            .or_else(|| foreach::defaults(&own, name))
    });
    validate::template(&template).map_err(refused)?;
    let given = given(params, &template, old)?;
    let values = values(context, &template, &given)?;
    let capabilities: Vec<&str> = params.items_at(&["Capabilities"]).iter().filter_map(Value::as_str).collect();
    let pseudo = Pseudo {
        account: context.caller.account.clone(),
        region: context.region.clone(),
        stack_name: stack_name.into(),
        notification_arns: params.items_at(&["NotificationARNs"]).to_vec(),
    };
    let masks = super::masks::Masks { template: &template, parameters: &values, pseudo: &pseudo };
    let scope = Scope::new(&template, &values, &pseudo, &masks).map_err(refused)?;
    rules(&scope)?;
    resolve::resources(&scope).map_err(refused)?;
    resolve::outputs(&scope).map_err(refused)?;
    validate::acknowledged(&template, &capabilities)
        .map_err(|refusal| Error::new("InsufficientCapabilitiesException", refusal.0))?;
    Ok(Prepared { text, template, given, values })
}

fn given(params: &Value, template: &Template, old: Option<&Stack>) -> Result<BTreeMap<Rc<str>, String>, Error> {
    let mut given = BTreeMap::new();
    for one in params.items_at(&["Parameters"]) {
        let Some(key) = one.get("ParameterKey").and_then(Value::as_shared) else { continue };
        if one.is_true_at(&["UsePreviousValue"]) {
            let before = old.and_then(|old| old.value.at(&["_given", &key])?.as_str().map(str::to_owned));
            let is_declared = template.item("Parameters", &key).is_some();
            match before {
                Some(before) => drop(given.insert(key, before)),
                None if is_declared && old.is_none() => {
                    return Err(invalid(format!(
                        "Invalid input for parameter key {key}. Cannot specify usePreviousValue as true for a parameter key not in the previous template"
                    )));
                }
                None => {}
            }
            continue;
        }
        given.insert(key, one.get("ParameterValue").map(scalar_text).unwrap_or_default());
    }
    Ok(given)
}

/// The parameters' values; those that stand for a name of Systems Manager are looked up.
fn values(
    context: &mut Context<'_, '_>,
    template: &Template,
    given: &BTreeMap<Rc<str>, String>,
) -> Result<BTreeMap<Rc<str>, Value>, Error> {
    let mut found: BTreeMap<String, String> = BTreeMap::new();
    for entry in template.section("Parameters") {
        let kind = entry.value.get("Type").and_then(Node::as_str).unwrap_or_default();
        if !kind.starts_with("AWS::SSM::Parameter::Value<") {
            continue;
        }
        let default = entry.value.get("Default").and_then(Node::scalar).map(|scalar| scalar.text.to_string());
        let Some(name) = given.get(&entry.key).cloned().or(default) else { continue };
        if let Ok(answer) = context.call("ssm", "GetParameter", Value::from([("Name", Value::from(name.as_str()))])) {
            found.insert(name, answer.str_at(&["Parameter", "Value"]).to_owned());
        }
    }
    parameters::values(template, given, &|name| found.get(name).cloned()).map_err(refused)
}

/// The section `Rules`: what must hold of the parameters.
fn rules(scope: &Scope<'_>) -> Result<(), Error> {
    for entry in scope.template.section("Rules") {
        let applies = match entry.value.get("RuleCondition") {
            Some(node) => scope.holds(node).map_err(refused)?,
            None => true,
        };
        let assertions = entry.value.get("Assertions").map(Node::items).unwrap_or_default();
        for assertion in assertions.iter().filter(|_| applies) {
            let Some(node) = assertion.get("Assert") else { continue };
            if !scope.holds(node).map_err(refused)? {
                let said = assertion.get("AssertDescription").and_then(Node::as_str).unwrap_or("Assertion failed");
                return Err(invalid(format!("Template error: Rule {} failed: {said}", entry.key)));
            }
        }
    }
    Ok(())
}

/// Writes what a request brings into the stack.
pub(super) fn write(stack: &mut Stack, prepared: &Prepared, params: &Value) {
    let value = &mut stack.value;
    value.set(&["_template"], prepared.text.as_str());
    let given: Map = prepared.given.iter().map(|(key, text)| (key.clone(), Value::from(text.as_str()))).collect();
    value.set(&["_given"], Value::from(given));
    let values: Map = prepared.values.iter().map(|(key, it)| (key.clone(), it.clone())).collect();
    value.set(&["_values"], Value::from(values));
    value.set(&["Parameters"], shown_parameters(prepared));
    match prepared.template.root.get("Description").and_then(Node::as_str) {
        Some(text) => value.set(&["Description"], text),
        None => drop(value.remove(&["Description"])),
    }
    for name in ["Capabilities", "NotificationARNs", "RoleARN", "Tags", "TimeoutInMinutes"] {
        if let Some(given) = params.get(name) {
            value.set(&[name], given);
        }
    }
    let imports = imports(stack, prepared);
    stack.value.set(&["_imports"], imports);
}

fn shown_parameters(prepared: &Prepared) -> Value {
    let shown = prepared.template.section("Parameters").iter().map(|entry| {
        let text = prepared
            .given
            .get(&entry.key)
            .cloned()
            .or_else(|| entry.value.get("Default").and_then(Node::scalar).map(|scalar| scalar_text(&scalar.value)));
        let is_hidden =
            entry.value.get("NoEcho").and_then(Node::scalar).is_some_and(|it| scalar_text(&it.value) == "true");
        let text = if is_hidden { "****".to_owned() } else { text.unwrap_or_default() };
        let mut one = Value::from([("ParameterKey", Value::from(&entry.key)), ("ParameterValue", text.into())]);
        let kind = entry.value.get("Type").and_then(Node::as_str).unwrap_or_default();
        if kind.starts_with("AWS::SSM::Parameter::Value<")
            && let Some(value) = prepared.values.get(&entry.key)
        {
            one.set(&["ResolvedValue"], value.as_str().unwrap_or_default());
        }
        one
    });
    Value::list(shown)
}

/// The exports that the template asks for.
fn imports(stack: &Stack, prepared: &Prepared) -> Value {
    struct Asked(std::cell::RefCell<Vec<Value>>, Live);
    impl super::evaluate::Facts for Asked {
        fn reference(&self, id: &str) -> Value {
            self.1.reference(id)
        }
        fn attribute(&self, id: &str, name: &str) -> Result<Value, Refusal> {
            self.1.attribute(id, name)
        }
        fn import(&self, name: &str) -> Result<Value, Refusal> {
            self.0.borrow_mut().push(name.into());
            Ok(name.into())
        }
        fn stack_id(&self) -> Value {
            self.1.stack_id()
        }
    }
    let live = Live {
        references: BTreeMap::new(),
        attributes: BTreeMap::new(),
        exports: BTreeMap::new(),
        stack_id: stack.key.id.clone(),
    };
    let asked = Asked(std::cell::RefCell::default(), live);
    let pseudo = stack.pseudo();
    if let Ok(scope) = Scope::new(&prepared.template, &prepared.values, &pseudo, &asked) {
        let _ = resolve::resources(&scope);
        let _ = resolve::outputs(&scope);
    }
    let mut names = asked.0.into_inner();
    names.sort();
    names.dedup();
    names.into()
}

/// The resources that are made of a template, with what each needs.
pub(super) fn plan(stack: &Stack, template: &Template) -> Result<Graph, Refusal> {
    let (parameters, pseudo) = (stack.parameters(), stack.pseudo());
    let live = Live {
        references: BTreeMap::new(),
        attributes: BTreeMap::new(),
        exports: BTreeMap::new(),
        stack_id: stack.key.id.clone(),
    };
    let scope = Scope::new(template, &parameters, &pseudo, &live)?;
    Ok(resolve::graph(&scope))
}

/// Remembers on the records what becomes of a resource that goes away.
fn note_policies(stack: &mut Stack, template: &Template) {
    let ids: Vec<Rc<str>> = stack.records().map(|(id, _)| id.clone()).collect();
    for id in ids {
        let Some(resource) = template.item("Resources", &id) else { continue };
        for (name, kept) in [("DeletionPolicy", "_delete_policy"), ("UpdateReplacePolicy", "_replace_policy")] {
            match resource.get(name).and_then(Node::as_str) {
                Some(policy) => stack.value.set(&["_resources", &id, kept], policy),
                None => drop(stack.value.remove(&["_resources", &id, kept])),
            }
        }
    }
}

/// A new stack in the cloud's books; nothing of it is made yet.
pub(super) fn new_stack(context: &mut Context<'_, '_>, params: &Value, status: &str) -> Result<Stack, Error> {
    let name = params.str_at(&["StackName"]);
    let is_name = name.starts_with(|c: char| c.is_ascii_alphabetic())
        && name.len() <= 128
        && name.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'-');
    if !is_name {
        return Err(invalid(format!(
            "1 validation error detected: Value '{name}' at 'stackName' failed to satisfy constraint: Member must satisfy \
             regular expression pattern: [a-zA-Z][-a-zA-Z0-9]*"
        )));
    }
    let uuid = context.dice("cloudformation-stack").uuid();
    let id = context.arn("cloudformation", &format!("stack/{name}/{uuid}"));
    let caller = match &context.signed {
        crate::aws::api::Caller::Keys { access_key_id } => access_key_id.clone(),
        _ => "".into(),
    };
    let at = stamp(context);
    let value = Value::from([
        ("StackId", Value::from(&id)),
        ("StackName", name.into()),
        ("CreationTime", at.into()),
        ("RollbackConfiguration", Value::map()),
        ("StackStatus", status.into()),
        ("DisableRollback", params.is_true_at(&["DisableRollback"]).into()),
        ("NotificationARNs", Value::list([])),
        ("Tags", Value::list([])),
        ("EnableTerminationProtection", params.is_true_at(&["EnableTerminationProtection"]).into()),
        ("DriftInformation", Value::from([("StackDriftStatus", "NOT_CHECKED")])),
        ("_caller", (&caller).into()),
        ("_resources", Value::map()),
        ("_events", Value::list([])),
    ]);
    let mut stack = Stack { key: context.key(STACK, &id), value };
    let on_failure = match params.str_at(&["OnFailure"]) {
        "" if params.is_true_at(&["DisableRollback"]) => "DO_NOTHING",
        "" => "ROLLBACK",
        given => given,
    };
    stack.value.set(&["_on_failure"], on_failure);
    Ok(stack)
}

/// Begins to make a stack's resources.
pub(super) fn start_create(
    context: &mut Context<'_, '_>,
    stack: &mut Stack,
    prepared: &Prepared,
    params: &Value,
) -> Result<(), Error> {
    write(stack, prepared, params);
    let graph = plan(stack, &prepared.template).map_err(refused)?;
    phases::remember_cause(context, stack);
    stack.turn(context, "CREATE_IN_PROGRESS", Some("User Initiated"));
    let mut tasks = Map::new();
    for (id, needs) in &graph.needs {
        let kind = prepared.template.type_of(id).unwrap_or_default();
        let resolved = super::changes::Resolved { kind: kind.into(), properties: Value::map() };
        let _ = resolved;
        let needs: Vec<Rc<str>> = needs.iter().cloned().collect();
        tasks.insert(id.clone(), task(Do::Make, &needs));
    }
    engine::begin(context, stack, "CREATE", tasks);
    stack.store(context);
    Ok(())
}

/// Begins to change a stack's resources to what a template says.
pub(super) fn start_update(
    context: &mut Context<'_, '_>,
    stack: &mut Stack,
    prepared: &Prepared,
    params: &Value,
) -> Result<(), Error> {
    let mut before = Value::map();
    for name in [
        "_template",
        "_given",
        "_values",
        "_resources",
        "Parameters",
        "Outputs",
        "_imports",
        "Tags",
        "Description",
        "Capabilities",
    ] {
        if let Some(value) = stack.value.get(name) {
            before.set(&[name], value);
        }
    }
    if params.get("Tags").is_none() {
        stack.value.set(&["Tags"], Value::list([]));
    }
    write(stack, prepared, params);
    let graph = plan(stack, &prepared.template).map_err(refused)?;
    stack.value.set(&["_before"], before);
    stack.value.set(&["_wanted"], Value::list(graph.needs.keys().cloned().map(Value::Text)));
    let at = stamp(context);
    stack.value.set(&["LastUpdatedTime"], at);
    phases::remember_cause(context, stack);
    stack.turn(context, "UPDATE_IN_PROGRESS", Some("User Initiated"));
    let mut tasks = Map::new();
    for (id, needs) in &graph.needs {
        let needs: Vec<Rc<str>> = needs.iter().cloned().collect();
        let what = if stack.record(id).is_some() { Do::Change } else { Do::Make };
        tasks.insert(id.clone(), task(what, &needs));
    }
    note_policies(stack, &prepared.template);
    engine::begin(context, stack, "UPDATE", tasks);
    stack.store(context);
    Ok(())
}

fn create(context: &mut Context<'_, '_>, params: &Value) -> Answer {
    let name = params.str_at(&["StackName"]);
    if Stack::find(context, name).is_some() {
        return Err(Error::new("AlreadyExistsException", format!("Stack [{name}] already exists")));
    }
    let prepared = prepare(context, params, name, None)?;
    let mut stack = new_stack(context, params, "CREATE_IN_PROGRESS")?;
    start_create(context, &mut stack, &prepared, params)?;
    Ok(Value::from([("StackId", &stack.key.id)]))
}

/// Whether a stack may be updated as it stands.
pub(super) fn updatable(stack: &Stack) -> Result<(), Error> {
    let is_ready = matches!(
        stack.status(),
        "CREATE_COMPLETE" | "UPDATE_COMPLETE" | "UPDATE_ROLLBACK_COMPLETE" | "IMPORT_COMPLETE"
    );
    if is_ready {
        return Ok(());
    }
    Err(invalid(format!("Stack:{} is in {} state and can not be updated.", stack.key.id, stack.status())))
}

fn update(context: &mut Context<'_, '_>, params: &Value) -> Answer {
    let mut stack = named(context, params)?;
    updatable(&stack)?;
    let prepared = prepare(context, params, stack.name(), Some(&stack))?;
    let changes = changeset::changes(context, &stack, &prepared)?;
    let is_retagged = params.get("Tags").is_some_and(|tags| stack.value.get("Tags") != Some(tags));
    if changes.is_empty() && !is_retagged && !changeset::differs_in_outputs(context, &stack, &prepared) {
        return Err(invalid("No updates are to be performed."));
    }
    if let Some(refusal) = changeset::protected(&stack, &changes) {
        return Err(invalid(refusal));
    }
    start_update(context, &mut stack, &prepared, params)?;
    Ok(Value::from([("StackId", &stack.key.id)]))
}

fn delete(context: &mut Context<'_, '_>, params: &Value) -> Answer {
    let Some(mut stack) = Stack::find(context, params.str_at(&["StackName"])) else { return Ok(Value::map()) };
    if stack.status() == "DELETE_COMPLETE" || stack.status() == "DELETE_IN_PROGRESS" {
        return Ok(Value::map());
    }
    if stack.value.is_true_at(&["EnableTerminationProtection"]) {
        return Err(invalid(format!(
            "Stack [{}] cannot be deleted while TerminationProtection is enabled",
            stack.name()
        )));
    }
    for output in stack.value.items_at(&["Outputs"]) {
        let Some(export) = output.get("ExportName").and_then(Value::as_str) else { continue };
        let users = importers(context, export);
        if !users.is_empty() {
            return Err(invalid(format!(
                "Export {export} cannot be deleted as it is in use by {}",
                users.join(" and ")
            )));
        }
    }
    let retained = params.items_at(&["RetainResources"]);
    if !retained.is_empty() && stack.status() != "DELETE_FAILED" {
        return Err(invalid("Only when a stack is in the DELETE_FAILED state can you specify RetainResources."));
    }
    stack.value.set(&["_retain"], Value::list(retained.iter().cloned()));
    if let Some(role) = params.get("RoleARN").cloned() {
        stack.value.set(&["RoleARN"], role);
    }
    if let Some(template) = stack.template() {
        note_policies(&mut stack, &template);
    }
    phases::remember_cause(context, &mut stack);
    stack.turn(context, "DELETE_IN_PROGRESS", Some("User Initiated"));
    phases::delete_all(context, &mut stack, "DELETE");
    stack.store(context);
    Ok(Value::map())
}

fn continue_rollback(context: &mut Context<'_, '_>, params: &Value) -> Answer {
    let mut stack = named(context, params)?;
    if stack.status() != "UPDATE_ROLLBACK_FAILED" {
        return Err(invalid(format!(
            "Stack:{} is in {} state and can not continue update rollback.",
            stack.key.id,
            stack.status()
        )));
    }
    let skipped: Vec<&str> = params.items_at(&["ResourcesToSkip"]).iter().filter_map(Value::as_str).collect();
    stack.turn(context, "UPDATE_ROLLBACK_IN_PROGRESS", Some("User Initiated"));
    phases::put_back(context, &mut stack, &skipped);
    stack.store(context);
    Ok(Value::map())
}

fn cancel_update(context: &mut Context<'_, '_>, params: &Value) -> Answer {
    let mut stack = named(context, params)?;
    if stack.status() != "UPDATE_IN_PROGRESS" {
        return Err(invalid("CancelUpdateStack cannot be called from current stack status"));
    }
    phases::undo(context, &mut stack, "User Initiated");
    stack.store(context);
    Ok(Value::map())
}

fn rollback(context: &mut Context<'_, '_>, params: &Value) -> Answer {
    let mut stack = named(context, params)?;
    match stack.status() {
        "CREATE_FAILED" => {
            stack.turn(context, "ROLLBACK_IN_PROGRESS", Some("User Initiated"));
            phases::delete_all(context, &mut stack, "ROLLBACK");
        }
        "UPDATE_FAILED" => phases::undo(context, &mut stack, "User Initiated"),
        status => {
            return Err(invalid(format!("Stack:{} is in {status} state and can not be rolled back.", stack.key.id)));
        }
    }
    stack.store(context);
    Ok(Value::from([("StackId", &stack.key.id)]))
}

fn protect(context: &mut Context<'_, '_>, params: &Value) -> Answer {
    let mut stack = named(context, params)?;
    stack.value.set(&["EnableTerminationProtection"], params.is_true_at(&["EnableTerminationProtection"]));
    stack.store(context);
    Ok(Value::from([("StackId", &stack.key.id)]))
}

fn set_policy(context: &mut Context<'_, '_>, params: &Value) -> Answer {
    let mut stack = named(context, params)?;
    let text = params.str_at(&["StackPolicyBody"]);
    if Template::read(text).is_err() || text.is_empty() {
        return Err(invalid("Error validating stack policy: Invalid stack policy"));
    }
    stack.value.set(&["_policy"], text);
    stack.store(context);
    Ok(Value::map())
}

fn signal(context: &mut Context<'_, '_>, params: &Value) -> Answer {
    let stack = named(context, params)?;
    let id = params.str_at(&["LogicalResourceId"]).to_owned();
    if stack.record(&id).is_none() {
        return Err(invalid(format!("Resource {id} does not exist for stack {}", stack.name())));
    }
    signals::note(context, stack, &id, params);
    Ok(Value::map())
}

/// Everything that a template names in a section, for attributes to be asked for.
pub(super) fn mentions_in(template: &Template, section: &str) -> Vec<graph::Mention> {
    template.root.get(section).map(|node| graph::mentions(node, &Path::default())).unwrap_or_default()
}

/// The names of every export, for whoever lists them.
pub(super) fn all_exports(context: &Context<'_, '_>) -> BTreeMap<Rc<str>, (Value, Rc<str>)> {
    exports(context)
}

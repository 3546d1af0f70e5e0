//! Stacks: each resource as wish (what a template asks for) and world (what is there), in the
//! order in which one needs the other; what happened, and what the template in the editor would
//! change.

use crate::aws::cloudformation::changes::{self, Action, Replacement, Resources};
use crate::aws::cloudformation::evaluate::{Pseudo, Scope, scalar_text};
use crate::aws::cloudformation::graph::Graph;
use crate::aws::cloudformation::masks::Masks;
use crate::aws::cloudformation::stack::STACK;
use crate::aws::cloudformation::template::Template;
use crate::aws::cloudformation::{parameters, resolve};
use crate::document::{InOrder as _, Value};
use crate::session::Session;
use crate::world::{Paper, SimTime};
use std::collections::BTreeMap;
use std::rc::Rc;

/// Events of a stack that are shown.
const EVENTS_SHOWN: usize = 60;

/// How a resource stands.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Stage {
    /// Only the template has it.
    Wished,
    /// It is being made or changed.
    Moving,
    /// It is there.
    There,
    /// Making, changing or deleting it failed.
    Failed,
    /// It is being deleted.
    Going,
    /// It is gone.
    Gone,
}

impl Stage {
    /// The name of its class and of its message.
    #[must_use]
    pub const fn word(self) -> &'static str {
        match self {
            Self::Wished => "wished",
            Self::Moving => "moving",
            Self::There => "there",
            Self::Failed => "failed",
            Self::Going => "going",
            Self::Gone => "gone",
        }
    }

    fn of(status: &str) -> Self {
        match status {
            "" => Self::Wished,
            "DELETE_IN_PROGRESS" => Self::Going,
            "DELETE_COMPLETE" | "DELETE_SKIPPED" => Self::Gone,
            _ if status.ends_with("_FAILED") => Self::Failed,
            _ if status.ends_with("_IN_PROGRESS") => Self::Moving,
            _ => Self::There,
        }
    }
}

/// One resource.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct ResourceView {
    /// Its logical id.
    pub id: Rc<str>,
    /// Its type, without `AWS::`.
    pub kind: Rc<str>,
    /// Its physical id.
    pub physical: Rc<str>,
    /// How it stands.
    pub stage: Stage,
    /// CloudFormation's word for that.
    pub status: Rc<str>,
    /// Why, in CloudFormation's words.
    pub reason: Rc<str>,
    /// Whether nobody simulates it.
    pub is_inert: bool,
    /// What the template in the editor would do to it.
    pub change: Option<ChangeView>,
}

/// What an update would do to a resource.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct ChangeView {
    /// The name of its message: `add`, `modify`, `replace`, `may-replace`, `remove`.
    pub word: &'static str,
    /// The properties that differ.
    pub properties: Rc<str>,
}

/// One event.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct EventView {
    /// When, since the world began.
    pub at: SimTime,
    /// What it is about.
    pub id: Rc<str>,
    /// The status.
    pub status: Rc<str>,
    /// Why.
    pub reason: Rc<str>,
    /// How bad it is.
    pub stage: Stage,
}

/// One stack.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct StackView {
    /// Its name.
    pub name: Rc<str>,
    /// Its status; empty for what only a template in the editor wishes for.
    pub status: Rc<str>,
    /// How it stands.
    pub stage: Stage,
    /// Why.
    pub reason: Rc<str>,
    /// What failed first, where something has: its logical id, and why.
    pub failure: Option<(Rc<str>, Rc<str>)>,
    /// Whether all that can be done with it is to delete it.
    pub is_husk: bool,
    /// The resources, in the waves in which they can be made.
    pub waves: Vec<Vec<ResourceView>>,
    /// What happened, the newest first.
    pub events: Vec<EventView>,
    /// Name and value.
    pub outputs: Vec<(Rc<str>, Rc<str>)>,
}

/// The lens.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct StacksView {
    /// The stacks: those that are only wished for first, then the newest.
    pub stacks: Vec<StackView>,
}

/// Whether there is anything to show.
#[must_use]
pub fn has_any(session: &Session) -> bool {
    session.files.iter().any(|file| file.paper == Paper::Template) || stacks(session).next().is_some()
}

/// The stacks of the session's world, with what the open templates wish.
#[must_use]
pub fn view(session: &Session) -> StacksView {
    let wishes: BTreeMap<String, Template> = session
        .files
        .iter()
        .filter(|file| file.paper == Paper::Template && !file.problems.iter().any(crate::document::Problem::is_error))
        .filter_map(|file| Some((file.stack_name(), Template::read(&file.text).ok()?)))
        .collect();
    let mut views: Vec<(String, StackView)> = stacks(session)
        .map(|stack| {
            let wish = wishes.get(stack.str_at(&["StackName"]));
            (stack.str_at(&["CreationTime"]).to_owned(), stack_view(session, stack, wish))
        })
        .collect();
    views.order_by(|one, other| other.0.cmp(&one.0));
    let known: Vec<Rc<str>> = views.iter().map(|(_, view)| view.name.clone()).collect();
    let only_wished = wishes
        .iter()
        .filter(|(name, _)| !known.iter().any(|known| **known == ***name))
        .map(|(name, template)| wished(session, name, template));
    StacksView { stacks: only_wished.chain(views.into_iter().map(|(_, view)| view)).collect() }
}

fn stacks(session: &Session) -> impl Iterator<Item = &Value> {
    let cloud = session.world().cloud();
    let settings = cloud.settings();
    cloud
        .of_kind(&settings.account, &settings.region, STACK)
        .map(|(_, stack)| stack)
        .filter(|stack| stack.str_at(&["StackStatus"]) != "DELETE_COMPLETE")
}

/// The text of the template that a stack was last given.
#[must_use]
pub fn text_of<'a>(session: &'a Session, name: &str) -> Option<&'a str> {
    let found = stacks(session).find(|stack| stack.str_at(&["StackName"]) == name)?;
    found.get("_template")?.as_str()
}

/// Whether all that can be done with a stack is to delete it.
// Source: CloudFormation user guide, "Stack status codes".
fn is_dead(stack: &Value) -> bool {
    matches!(stack.str_at(&["StackStatus"]), "ROLLBACK_COMPLETE" | "ROLLBACK_FAILED" | "DELETE_FAILED")
}

/// The same of a stack by its name.
#[must_use]
pub fn is_husk(session: &Session, name: &str) -> bool {
    stacks(session).any(|stack| stack.str_at(&["StackName"]) == name && is_dead(stack))
}

/// What a template comes to before anything exists: its resources and their order.
fn planned(session: &Session, name: &str, template: &Template, given: &Value) -> Option<(Resources, Graph)> {
    let settings = session.world().cloud().settings();
    let given = given.entries().map(|(key, value)| (key.clone(), scalar_text(value)));
    let given: BTreeMap<Rc<str>, String> =
        given.filter(|(key, _)| template.item("Parameters", key).is_some()).collect();
    let values = parameters::values(template, &given, &|name| Some(format!("<{name}>"))).ok()?;
    let pseudo = Pseudo {
        account: settings.account.clone(),
        region: settings.region.clone(),
        stack_name: name.into(),
        notification_arns: Vec::new(),
    };
    let masks = Masks { template, parameters: &values, pseudo: &pseudo };
    let scope = Scope::new(template, &values, &pseudo, &masks).ok()?;
    Some((resolve::resources(&scope).ok()?, resolve::graph(&scope)))
}

fn wished(session: &Session, name: &str, template: &Template) -> StackView {
    // Parameters without a value are no reason to show nothing: every resource is in the graph.
    let graph = planned(session, name, template, &Value::Null).map(|(_, graph)| graph);
    let graph = graph.unwrap_or_else(|| Graph::of(template, &|_| true));
    let resource = |id: &Rc<str>| ResourceView {
        id: id.clone(),
        kind: short(template.type_of(id).unwrap_or_default()),
        physical: "".into(),
        stage: Stage::Wished,
        status: "".into(),
        reason: "".into(),
        is_inert: false,
        change: None,
    };
    let waves = graph.levels().unwrap_or_default();
    StackView {
        name: name.into(),
        status: "".into(),
        stage: Stage::Wished,
        reason: "".into(),
        failure: None,
        is_husk: false,
        waves: waves.iter().map(|wave| wave.iter().map(resource).collect()).collect(),
        events: Vec::new(),
        outputs: Vec::new(),
    }
}

fn short(kind: &str) -> Rc<str> {
    kind.strip_prefix("AWS::").unwrap_or(kind).into()
}

fn stack_view(session: &Session, stack: &Value, wish: Option<&Template>) -> StackView {
    let text = |field: &str| -> Rc<str> { stack.str_at(&[field]).into() };
    let own = Template::read(stack.str_at(&["_template"])).ok();
    let changes = wish.and_then(|wish| planned_changes(session, stack, own.as_ref()?, wish)).unwrap_or_default();
    let template = wish.filter(|_| !changes.is_empty()).or(own.as_ref());
    let given = stack.get("_given").cloned().unwrap_or_default();
    let graph = template.map(|template| {
        let planned = planned(session, stack.str_at(&["StackName"]), template, &given);
        planned.map_or_else(|| Graph::of(template, &|_| true), |(_, graph)| graph)
    });
    let records = stack.get("_resources").cloned().unwrap_or_default();
    let failures = failures(stack);
    let resource = |id: &Rc<str>| {
        let record = records.get(id);
        let text = |field: &str| -> Rc<str> { record.map(|it| it.str_at(&[field])).unwrap_or_default().into() };
        let kind = record.map(|it| it.str_at(&["ResourceType"])).unwrap_or_default();
        let kind = if kind.is_empty() { template.and_then(|it| it.type_of(id)).unwrap_or_default() } else { kind };
        let failure = failures.iter().find(|(failed, _)| failed == id).map(|(_, reason)| reason.clone());
        let stage = match Stage::of(&text("ResourceStatus")) {
            // That it is gone is the lesser news.
            Stage::Gone if failure.is_some() => Stage::Failed,
            stage => stage,
        };
        ResourceView {
            id: id.clone(),
            kind: short(kind),
            physical: text("PhysicalResourceId"),
            stage,
            status: text("ResourceStatus"),
            reason: failure.unwrap_or_else(|| text("ResourceStatusReason")),
            is_inert: record.is_some_and(|it| it.is_true_at(&["_inert"])),
            change: changes.get(id).cloned(),
        }
    };
    let mut waves: Vec<Vec<ResourceView>> = graph
        .and_then(|graph| graph.levels())
        .unwrap_or_default()
        .iter()
        .map(|wave| wave.iter().map(resource).collect())
        .collect();
    // What the template has no more, and is still there, comes last.
    let is_shown = |id: &str| waves.iter().flatten().any(|it: &ResourceView| *it.id == *id);
    let rest: Vec<ResourceView> =
        records.entries().filter(|(id, _)| !is_shown(id)).map(|(id, _)| resource(id)).collect();
    if !rest.is_empty() {
        waves.push(rest);
    }
    let outputs = stack.items_at(&["Outputs"]).iter();
    StackView {
        name: text("StackName"),
        status: text("StackStatus"),
        stage: stack_stage(stack.str_at(&["StackStatus"])),
        reason: text("StackStatusReason"),
        failure: failures.first().cloned(),
        is_husk: is_dead(stack),
        waves,
        events: events(stack),
        outputs: outputs.map(|it| (it.str_at(&["OutputKey"]).into(), it.str_at(&["OutputValue"]).into())).collect(),
    }
}

/// What happened to a stack, the newest first.
pub(super) fn events(stack: &Value) -> Vec<EventView> {
    stack.items_at(&["_events"]).iter().rev().take(EVENTS_SHOWN).map(event).collect()
}

/// What failed in the last operation on a stack, in order, and why. None where it went well.
fn failures(stack: &Value) -> Vec<(Rc<str>, Rc<str>)> {
    let mut failed: Vec<(Rc<str>, Rc<str>)> = Vec::new();
    if stack_stage(stack.str_at(&["StackStatus"])) != Stage::Failed {
        return failed;
    }
    for event in stack.items_at(&["_events"]) {
        let (id, reason) = (event.str_at(&["LogicalResourceId"]), event.str_at(&["ResourceStatusReason"]));
        if id == stack.str_at(&["StackName"]) {
            if reason == "User Initiated" {
                failed.clear();
            }
            continue;
        }
        // What was only called off did not fail by itself.
        let is_own = event.str_at(&["ResourceStatus"]).ends_with("_FAILED") && !reason.contains("cancelled");
        if is_own && !failed.iter().any(|(known, _)| **known == *id) {
            failed.push((id.into(), reason.into()));
        }
    }
    failed
}

fn stack_stage(status: &str) -> Stage {
    match status {
        "REVIEW_IN_PROGRESS" => Stage::Wished,
        "DELETE_IN_PROGRESS" => Stage::Going,
        _ if status.contains("ROLLBACK") || status.ends_with("FAILED") => Stage::Failed,
        other => Stage::of(other),
    }
}

fn event(event: &Value) -> EventView {
    let text = |field: &str| -> Rc<str> { event.str_at(&[field]).into() };
    EventView {
        at: SimTime::parse_rfc3339(event.str_at(&["Timestamp"])).unwrap_or_default(),
        id: text("LogicalResourceId"),
        status: text("ResourceStatus"),
        reason: text("ResourceStatusReason"),
        stage: if event.str_at(&["ResourceStatus"]).contains("ROLLBACK") {
            Stage::Failed
        } else {
            Stage::of(event.str_at(&["ResourceStatus"]))
        },
    }
}

fn planned_changes(
    session: &Session,
    stack: &Value,
    own: &Template,
    wish: &Template,
) -> Option<BTreeMap<Rc<str>, ChangeView>> {
    if own == wish {
        return None;
    }
    let name = stack.str_at(&["StackName"]);
    let given = stack.get("_given").cloned().unwrap_or_default();
    let (old, _): (Resources, _) = planned(session, name, own, &given)?;
    let (new, _) = planned(session, name, wish, &given)?;
    let changes = changes::between(&old, &new, wish).into_iter().map(|change| {
        let word = match (change.action, change.replacement) {
            (Action::Add, _) => "add",
            (Action::Remove, _) => "remove",
            (Action::Modify, Replacement::Always) => "replace",
            (Action::Modify, Replacement::Conditional) => "may-replace",
            (Action::Modify, Replacement::Never) => "modify",
        };
        let names: Vec<&str> = change.properties.iter().map(|name| &**name).collect();
        (change.id.clone(), ChangeView { word, properties: names.join(", ").into() })
    });
    Some(changes.collect())
}

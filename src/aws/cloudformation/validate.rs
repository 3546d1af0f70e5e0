//! What CloudFormation refuses before it makes anything, in its own words.
//!
//! The words are those that people meet and quote; AWS documents few of them.

use crate::aws::cloudformation::evaluate::{Refusal, conditions_named_in, named_condition};
use crate::aws::cloudformation::graph::{Graph, Means, Mention, depends_on, mentions};
use crate::aws::cloudformation::template::{PSEUDO, Path, SECTIONS, Template, function};
use crate::aws::cloudformation::{facts, parameters};
use crate::document::yaml::Content;
use crate::document::{Node, Value};
use std::collections::BTreeSet;

/// What a resource may say besides its properties.
// Source: CloudFormation Template Reference, "Resource attributes".
pub(super) const RESOURCE_KEYS: &[&str] = &[
    "Condition",
    "CreationPolicy",
    "DeletionPolicy",
    "DependsOn",
    "Metadata",
    "Properties",
    "Type",
    "UpdatePolicy",
    "UpdateReplacePolicy",
];

/// What may become of a resource that goes away.
pub(super) const POLICIES: &[&str] = &["Delete", "Retain", "RetainExceptOnCreate", "Snapshot"];

type Valid = Result<(), Refusal>;

/// Whether a template may be used.
///
/// # Errors
/// The first thing that CloudFormation refuses.
pub fn template(template: &Template) -> Valid {
    sections(template)?;
    if template.section("Resources").is_empty() {
        return refuse("Template format error: At least one Resources member must be defined.");
    }
    nulls(&template.root, &mut String::new())?;
    transforms(template)?;
    declared_parameters(template)?;
    names(template)?;
    resources(template)?;
    references(template)?;
    conditions(template)?;
    circles(template)
}

fn refuse(text: impl Into<String>) -> Valid {
    Err(Refusal::new(text))
}

fn sections(template: &Template) -> Valid {
    let unknown: Vec<&str> =
        template.root.entries().iter().map(|entry| &*entry.key).filter(|key| !SECTIONS.contains(key)).collect();
    if !unknown.is_empty() {
        return refuse(format!("Invalid template property or properties [{}]", unknown.join(", ")));
    }
    if let Some(version) = template.root.get("AWSTemplateFormatVersion") {
        let text = version.scalar().map(|scalar| &*scalar.text).unwrap_or_default();
        if text != "2010-09-09" {
            return refuse(format!("Template format error: Unrecognized template format version: {text}"));
        }
    }
    if template.root.get("Description").is_some_and(|node| node.scalar().is_none()) {
        return refuse("Template format error: Description must be a string.");
    }
    for name in ["Parameters", "Mappings", "Conditions", "Resources", "Outputs", "Rules", "Metadata"] {
        if template.root.get(name).is_some_and(|node| !matches!(node.content, Content::Map(_))) {
            return refuse(format!("Template format error: {name} must be an object."));
        }
    }
    Ok(())
}

fn nulls(node: &Node, path: &mut String) -> Valid {
    let length = path.len();
    match &node.content {
        Content::Scalar(scalar) if scalar.value == Value::Null => {
            return refuse(format!("Template format error: [{path}] 'null' values are not allowed in templates"));
        }
        Content::Scalar(_) => {}
        Content::List(items) => {
            for (index, item) in items.iter().enumerate() {
                path.push_str(&format!("/{index}"));
                nulls(item, path)?;
                path.truncate(length);
            }
        }
        Content::Map(entries) => {
            for entry in entries {
                path.push_str(&format!("/{}", entry.key));
                nulls(&entry.value, path)?;
                path.truncate(length);
            }
        }
    }
    Ok(())
}

/// Macros run on AWS's servers; of AWS's own only what needs no server is known here.
fn transforms(template: &Template) -> Valid {
    match template.transforms().iter().find(|name| **name != "AWS::LanguageExtensions") {
        Some(name) => refuse(format!("No transform named {name} found.")),
        None => Ok(()),
    }
}

fn declared_parameters(template: &Template) -> Valid {
    const KEYS: &[&str] = parameters::MEMBERS;
    for entry in template.section("Parameters") {
        let Some(kind) = entry.value.get("Type").and_then(Node::as_str) else {
            return refuse("Template format error: Every Parameters object must contain a Type member.");
        };
        if !parameters::is_kind(kind) {
            return refuse(format!("Template format error: Unrecognized parameter type: {kind}"));
        }
        if let Some(unknown) = entry.value.entries().iter().find(|it| !KEYS.contains(&&*it.key)) {
            return refuse(format!("Invalid template parameter property '{}'", unknown.key));
        }
        if let Some(default) = entry.value.get("Default").and_then(Node::scalar)
            && !kind.starts_with("AWS::SSM::Parameter::Value<")
        {
            let text = crate::aws::cloudformation::evaluate::scalar_text(&default.value);
            if kind == "Number" && parameters::thousandths(&text).is_none() {
                return refuse("Template format error: Every Default member must be a number.");
            }
        }
    }
    Ok(())
}

fn names(template: &Template) -> Valid {
    for (section, word) in [("Parameters", "Parameter"), ("Resources", "Resource"), ("Outputs", "Output")] {
        for entry in template.section(section) {
            let is_name = !entry.key.is_empty() && entry.key.bytes().all(|byte| byte.is_ascii_alphanumeric());
            if !is_name && !entry.key.starts_with("Fn::ForEach") {
                return refuse(format!("Template format error: {word} name {} is non alphanumeric.", entry.key));
            }
        }
    }
    Ok(())
}

fn resources(template: &Template) -> Valid {
    let mut unknown: Vec<&str> = Vec::new();
    for entry in template.section("Resources") {
        let id = &entry.key;
        if !matches!(entry.value.content, Content::Map(_)) {
            return refuse("Template format error: Every Resources member must be an object.");
        }
        let Some(kind) = entry.value.get("Type").and_then(Node::as_str) else {
            return refuse(format!(
                "Template format error: [/Resources/{id}] Every Resources object must contain a Type member."
            ));
        };
        if let Some(key) = entry.value.entries().iter().find(|it| !RESOURCE_KEYS.contains(&&*it.key)) {
            return refuse(format!("Invalid template resource property '{}'", key.key));
        }
        if !facts::exists(kind) && !unknown.contains(&kind) {
            unknown.push(kind);
        }
        for policy in ["DeletionPolicy", "UpdateReplacePolicy"] {
            let value = entry.value.get(policy).and_then(Node::as_str);
            if let Some(value) = value.filter(|value| !POLICIES.contains(value)) {
                return refuse(format!("Template format error: Unrecognized {policy} {value} for resource {id}"));
            }
        }
    }
    match unknown[..] {
        [] => Ok(()),
        _ => refuse(format!("Template format error: Unrecognized resource types: [{}]", unknown.join(", "))),
    }
}

fn references(template: &Template) -> Valid {
    let resources = template.section("Resources");
    let is_resource = |name: &str| template.item("Resources", name).is_some();
    let is_known =
        |name: &str| is_resource(name) || template.item("Parameters", name).is_some() || PSEUDO.contains(&name);
    let mut missing = BTreeSet::new();
    for entry in resources {
        missing.extend(depends_on(&entry.value).into_iter().filter(|name| !is_resource(name)));
    }
    let inside = |section: &str| -> Vec<Mention> {
        template
            .section(section)
            .iter()
            .flat_map(|entry| mentions(&entry.value, &Path::of(&[section, &entry.key])))
            .collect()
    };
    let in_resources = inside("Resources");
    let open = |mention: &&Mention| mention.attribute.is_none() && !is_known(&mention.name);
    missing.extend(in_resources.iter().filter(open).map(|mention| &*mention.name));
    unresolved(&missing, "Resources")?;
    let in_outputs = inside("Outputs");
    let missing: BTreeSet<&str> = in_outputs.iter().filter(open).map(|mention| &*mention.name).collect();
    unresolved(&missing, "Outputs")?;
    for mention in in_resources.iter().chain(&in_outputs) {
        attribute(template, mention)?;
    }
    let in_conditions = inside("Conditions");
    let foreign: BTreeSet<&str> = in_conditions
        .iter()
        .filter(|mention| is_resource(&mention.name) || !is_known(&mention.name))
        .map(|mention| &*mention.name)
        .collect();
    if !foreign.is_empty() {
        return refuse(
            "Template error: Every Condition member must be a string, and conditions can only reference parameters and mappings: "
                .to_owned()
                + &list(&foreign),
        );
    }
    Ok(())
}

fn list(names: &BTreeSet<&str>) -> String {
    format!("[{}]", names.iter().copied().collect::<Vec<&str>>().join(", "))
}

fn unresolved(missing: &BTreeSet<&str>, block: &str) -> Valid {
    if missing.is_empty() {
        return Ok(());
    }
    refuse(format!(
        "Template format error: Unresolved resource dependencies {} in the {block} block of the template",
        list(missing)
    ))
}

fn attribute(template: &Template, mention: &Mention) -> Valid {
    let Some(attribute) = &mention.attribute else { return Ok(()) };
    let id = &mention.name;
    let Some(kind) = template.type_of(id) else {
        return match mention.means {
            Means::Sub => refuse(format!(
                "Template error: instance of Fn::Sub references invalid resource attribute {id}.{attribute}"
            )),
            _ => refuse(format!("Template error: instance of Fn::GetAtt references undefined resource {id}")),
        };
    };
    match facts::of(kind) {
        Some(shape) if !shape.has_attribute(attribute) => {
            refuse(format!("Template error: resource {id} does not support attribute type {attribute} in Fn::GetAtt"))
        }
        _ => Ok(()),
    }
}

fn conditions(template: &Template) -> Valid {
    let is_known = |name: &str| template.item("Conditions", name).is_some();
    for entry in template.section("Conditions") {
        if let Some(name) = conditions_named_in(&entry.value).into_iter().find(|name| !is_known(name)) {
            return refuse(format!("Template error: unresolved condition dependency: {name}"));
        }
        if function(&entry.value).is_none() && named_condition(&entry.value).is_none() {
            return refuse("Template format error: Every Conditions member must be a condition function.");
        }
    }
    for section in ["Resources", "Outputs"] {
        for entry in template.section(section) {
            let named = entry.value.get("Condition").and_then(Node::as_str);
            if let Some(name) = named.filter(|name| !is_known(name)) {
                return refuse(format!(
                    "Template format error: Unresolved condition dependency {name} in the {section} block of the template"
                ));
            }
            if let Some(name) = asked_by_if(&entry.value).into_iter().find(|name| !is_known(name)) {
                return refuse(format!("Template error: unresolved condition dependency: {name}"));
            }
        }
    }
    Ok(())
}

/// The conditions that `Fn::If` names.
pub(super) fn asked_by_if(node: &Node) -> Vec<&str> {
    let mut found = Vec::new();
    if let Some(("Fn::If", argument)) = function(node) {
        found.extend(argument.items().first().unwrap_or(argument).as_str());
    }
    match &node.content {
        Content::Scalar(_) => {}
        Content::List(items) => found.extend(items.iter().flat_map(asked_by_if)),
        Content::Map(entries) => found.extend(entries.iter().flat_map(|entry| asked_by_if(&entry.value))),
    }
    found
}

fn circles(template: &Template) -> Valid {
    let circular = Graph::of(template, &|_| true).circular();
    if circular.is_empty() {
        return Ok(());
    }
    let names: Vec<&str> = circular.iter().map(|id| &**id).collect();
    refuse(format!("Circular dependency between resources: [{}]", names.join(", ")))
}

/// The types that make or change identities.
// Source: CloudFormation User Guide, "Acknowledging IAM resources in CloudFormation templates".
const IDENTITIES: &[(&str, &str)] = &[
    ("AWS::IAM::AccessKey", ""),
    ("AWS::IAM::Group", "GroupName"),
    ("AWS::IAM::InstanceProfile", "InstanceProfileName"),
    ("AWS::IAM::ManagedPolicy", "ManagedPolicyName"),
    ("AWS::IAM::Policy", ""),
    ("AWS::IAM::Role", "RoleName"),
    ("AWS::IAM::RolePolicy", ""),
    ("AWS::IAM::User", "UserName"),
    ("AWS::IAM::UserToGroupAddition", ""),
];

/// What must be acknowledged before the template may be used, and the types it is for.
#[must_use]
pub fn capabilities(template: &Template) -> (Vec<&'static str>, Vec<&str>) {
    let (mut needed, mut types) = (Vec::new(), Vec::new());
    for entry in template.section("Resources") {
        let kind = entry.value.get("Type").and_then(Node::as_str).unwrap_or_default();
        let Some((_, name)) = IDENTITIES.iter().find(|(known, _)| *known == kind) else { continue };
        let is_named =
            !name.is_empty() && entry.value.get("Properties").is_some_and(|properties| properties.get(name).is_some());
        let word = if is_named { "CAPABILITY_NAMED_IAM" } else { "CAPABILITY_IAM" };
        if is_named || needed.is_empty() {
            needed = vec![word];
        }
        if !types.contains(&kind) {
            types.push(kind);
        }
    }
    if !template.transforms().is_empty() {
        needed.push("CAPABILITY_AUTO_EXPAND");
    }
    (needed, types)
}

/// Whether what must be acknowledged is.
///
/// # Errors
/// What is lacking, as `InsufficientCapabilitiesException` says it.
pub fn acknowledged(template: &Template, given: &[&str]) -> Valid {
    let (needed, _) = capabilities(template);
    let lacking: Vec<&str> = needed
        .into_iter()
        .filter(|word| !given.contains(word) && !(*word == "CAPABILITY_IAM" && given.contains(&"CAPABILITY_NAMED_IAM")))
        .collect();
    if lacking.is_empty() {
        return Ok(());
    }
    refuse(format!("Requires capabilities : [{}]", lacking.join(", ")))
}

//! Sections, and what stands in them.

use super::{Lint, repr, repr_words, unexpected};
use crate::aws::cloudformation::evaluate::scalar_text;
use crate::aws::cloudformation::facts;
use crate::aws::cloudformation::graph::Graph;
use crate::aws::cloudformation::parameters::{self, Broken};
use crate::aws::cloudformation::template::{Path, SECTIONS};
use crate::aws::cloudformation::validate::RESOURCE_KEYS;
use crate::document::Node;
use crate::document::schema::nearest;
use crate::document::yaml::{Content, Entry};

pub(super) fn check(lint: &mut Lint<'_>) {
    let template = lint.template;
    sections(lint);
    for entry in template.section("Parameters") {
        parameter(lint, entry);
    }
    for entry in template.section("Mappings") {
        mapping(lint, entry);
    }
    for entry in template.section("Resources") {
        resource(lint, entry);
    }
    for entry in template.section("Outputs") {
        output(lint, entry);
    }
    for (from, to) in Graph::of(template, &|_| true).circles(template) {
        let message = format!("Circular Dependencies for resource {from}. Circular dependency with [{to}]");
        lint.add("E3004", &Path::of(&["Resources", &from]), message);
    }
}

fn sections(lint: &mut Lint<'_>) {
    let root = &lint.template.root;
    for entry in root.entries() {
        let path = Path::of(&[&entry.key]);
        if !SECTIONS.contains(&&*entry.key) {
            let near = nearest(&entry.key, SECTIONS.iter().copied());
            lint.add_near("E1001", &path, unexpected(&entry.key, near), near.map(str::to_owned));
        }
        let is_map = matches!(entry.value.content, Content::Map(_));
        match &*entry.key {
            "AWSTemplateFormatVersion" => {
                let text = entry.value.scalar().map(|scalar| &*scalar.text).unwrap_or_default();
                if text != "2010-09-09" {
                    lint.add("E1001", &path, format!("'{text}' is not one of ['2010-09-09']"));
                }
            }
            "Description" if entry.value.as_str().is_none() => {
                lint.add("E1004", &path, format!("{} is not of type 'string'", repr(&entry.value)));
            }
            "Resources" | "Parameters" | "Outputs" | "Mappings" | "Conditions" if !is_map => {
                lint.add("E1001", &path, format!("{} is not of type 'object'", repr(&entry.value)));
            }
            _ => {}
        }
    }
    if root.get("Resources").is_none() {
        lint.add("E1001", &Path::default(), "'Resources' is a required property");
    }
}

fn bad_name(lint: &mut Lint<'_>, rule: &'static str, path: &Path, name: &str) {
    let is_name = !name.is_empty() && name.bytes().all(|byte| byte.is_ascii_alphanumeric());
    if !is_name && !name.starts_with("Fn::") {
        lint.add(rule, path, format!("'{name}' does not match any of the regexes: '^[a-zA-Z0-9]+$'"));
    }
}

fn parameter(lint: &mut Lint<'_>, entry: &Entry) {
    const KEYS: &[&str] = parameters::MEMBERS;
    let path = Path::of(&["Parameters", &entry.key]);
    bad_name(lint, "E2001", &path, &entry.key);
    for key in entry.value.entries() {
        if !KEYS.contains(&&*key.key) {
            let near = nearest(&key.key, KEYS.iter().copied());
            lint.add_near("E2001", &path.then(&key.key), unexpected(&key.key, near), near.map(str::to_owned));
        }
    }
    let Some(kind) = entry.value.get("Type") else {
        lint.add("E2001", &path, "'Type' is a required property");
        return;
    };
    let kind = kind.as_str().unwrap_or_default();
    if !parameters::is_kind(kind) {
        let near = nearest(kind, parameters::KINDS.iter().copied());
        let message = format!("'{kind}' is not one of {}", repr_words(parameters::KINDS));
        lint.add_near("E2002", &path.then("Type"), message, near.map(str::to_owned));
        return;
    }
    let Some(default) = entry.value.get("Default").and_then(Node::scalar) else { return };
    if kind.starts_with("AWS::SSM::") {
        return;
    }
    let said = match parameters::broken(&entry.value, kind, &scalar_text(&default.value)) {
        None | Some(Broken::NotANumber) => return,
        Some(Broken::Low) => "Default should be greater than or equal to MinValue",
        Some(Broken::High) => "Default should be less than or equal to MaxValue",
        Some(Broken::Short) => "Default should have a length above or equal to MinLength",
        Some(Broken::Long) => "Default should have a length below or equal to MaxLength",
        Some(Broken::Pattern) => "Default should be allowed by AllowedPattern",
        Some(Broken::Values) => "Default should be a value within AllowedValues",
    };
    lint.add("E2015", &path.then("Default"), said);
}

fn mapping(lint: &mut Lint<'_>, entry: &Entry) {
    let path = Path::of(&["Mappings", &entry.key]);
    for top in entry.value.entries() {
        let path = path.then(&top.key);
        if !matches!(top.value.content, Content::Map(_)) {
            lint.add("E7001", &path, format!("{} is not of type 'object'", repr(&top.value)));
        }
        for second in top.value.entries().iter().filter(|second| matches!(second.value.content, Content::Map(_))) {
            let message =
                format!("{} is not of type 'string', 'boolean', 'integer', 'number', 'array'", repr(&second.value));
            lint.add("E7001", &path.then(&second.key), message);
        }
    }
}

fn resource(lint: &mut Lint<'_>, entry: &Entry) {
    let path = Path::of(&["Resources", &entry.key]);
    bad_name(lint, "E3001", &path, &entry.key);
    if !matches!(entry.value.content, Content::Map(_)) {
        lint.add("E3001", &path, format!("{} is not of type 'object'", repr(&entry.value)));
        return;
    }
    for key in entry.value.entries() {
        if !RESOURCE_KEYS.contains(&&*key.key) && !key.key.starts_with("Fn::") {
            let near = nearest(&key.key, RESOURCE_KEYS.iter().copied());
            lint.add_near("E3001", &path.then(&key.key), unexpected(&key.key, near), near.map(str::to_owned));
        }
    }
    match entry.value.get("Type") {
        None => lint.add("E3001", &path, "'Type' is a required property"),
        Some(kind) => {
            let Some(kind) = kind.as_str() else {
                lint.add("E3001", &path.then("Type"), format!("{} is not of type 'string'", repr(kind)));
                return;
            };
            if !facts::exists(kind) {
                let near = nearest(kind, facts::kinds()).map(str::to_owned);
                let message = format!("Resource type '{kind}' does not exist in '{}'", lint.region);
                lint.add_near("E3006", &path.then("Type"), message, near);
            }
        }
    }
    depends_on(lint, entry, &path);
    policies(lint, entry, &path);
    condition(lint, entry, &path, "E3015");
}

fn depends_on(lint: &mut Lint<'_>, entry: &Entry, path: &Path) {
    let Some(node) = entry.value.get("DependsOn") else { return };
    let path = path.then("DependsOn");
    if matches!(node.content, Content::Map(_)) {
        lint.add("E3001", &path, format!("{} is not of type 'string', 'array'", repr(node)));
        return;
    }
    let ids: Vec<&str> = lint.template.section("Resources").iter().map(|entry| &*entry.key).collect();
    let others: Vec<&str> = ids.iter().copied().filter(|id| **id != *entry.key).collect();
    let named: Vec<(Path, &str)> = match node.as_str() {
        Some(name) => vec![(path, name)],
        None => node
            .items()
            .iter()
            .enumerate()
            .filter_map(|(index, item)| Some((path.then(&index.to_string()), item.as_str()?)))
            .collect(),
    };
    for (path, name) in named {
        if !others.contains(&name) {
            let near = nearest(name, others.iter().copied()).map(str::to_owned);
            lint.add_near("E3005", &path, format!("'{name}' is not one of {}", repr_words(&others)), near);
        }
    }
}

fn policies(lint: &mut Lint<'_>, entry: &Entry, path: &Path) {
    // Source: CloudFormation Template Reference, "DeletionPolicy attribute", for snapshots.
    const WITH_SNAPSHOT: &[&str] = &[
        "AWS::DocDB::DBCluster",
        "AWS::EC2::Volume",
        "AWS::ElastiCache::CacheCluster",
        "AWS::ElastiCache::ReplicationGroup",
        "AWS::Neptune::DBCluster",
        "AWS::RDS::DBCluster",
        "AWS::RDS::DBInstance",
        "AWS::Redshift::Cluster",
    ];
    let kind = entry.value.get("Type").and_then(Node::as_str).unwrap_or_default();
    for (name, rule, own) in [
        ("DeletionPolicy", "E3035", &["Delete", "Retain", "RetainExceptOnCreate"][..]),
        ("UpdateReplacePolicy", "E3036", &["Delete", "Retain"]),
    ] {
        let mut allowed = own.to_vec();
        if WITH_SNAPSHOT.contains(&kind) {
            allowed.push("Snapshot");
        }
        let Some(value) = entry.value.get(name).and_then(Node::as_str) else { continue };
        if !allowed.contains(&value) {
            let near = nearest(value, allowed.iter().copied()).map(str::to_owned);
            lint.add_near(rule, &path.then(name), format!("'{value}' is not one of {}", repr_words(&allowed)), near);
        }
    }
    let policy = |name: &str| entry.value.get(name).and_then(Node::as_str);
    let protects = |name: &str| policy(name).is_some_and(|value| value != "Delete");
    let lacks = |one: &str, other: &str| protects(one) && policy(other).is_none();
    if lacks("DeletionPolicy", "UpdateReplacePolicy") || lacks("UpdateReplacePolicy", "DeletionPolicy") {
        let message = "Both 'UpdateReplacePolicy' and 'DeletionPolicy' are needed to protect resource from deletion";
        lint.add("W3011", path, message);
    }
}

fn condition(lint: &mut Lint<'_>, entry: &Entry, path: &Path, rule: &'static str) {
    let Some(name) = entry.value.get("Condition").and_then(Node::as_str) else { return };
    let known: Vec<&str> = lint.template.section("Conditions").iter().map(|entry| &*entry.key).collect();
    if !known.contains(&name) {
        let near = nearest(name, known.iter().copied()).map(str::to_owned);
        lint.add_near(rule, &path.then("Condition"), format!("'{name}' is not one of {}", repr_words(&known)), near);
    }
}

fn output(lint: &mut Lint<'_>, entry: &Entry) {
    const KEYS: &[&str] = &["Condition", "Description", "Export", "Value"];
    let path = Path::of(&["Outputs", &entry.key]);
    bad_name(lint, "E6001", &path, &entry.key);
    for key in entry.value.entries() {
        if !KEYS.contains(&&*key.key) {
            let near = nearest(&key.key, KEYS.iter().copied());
            lint.add_near("E6001", &path.then(&key.key), unexpected(&key.key, near), near.map(str::to_owned));
        }
    }
    match entry.value.get("Value") {
        None => lint.add("E6002", &path, "'Value' is a required property"),
        Some(value) if value.scalar().is_none() && crate::aws::cloudformation::template::function(value).is_none() => {
            lint.add("E6101", &path.then("Value"), format!("{} is not of type 'string'", repr(value)));
        }
        Some(_) => {}
    }
    condition(lint, entry, &path, "E6005");
    if let Some(export) = entry.value.get("Export") {
        let path = path.then("Export");
        if !matches!(export.content, Content::Map(_)) {
            lint.add("E6003", &path, format!("{} is not of type 'object'", repr(export)));
            return;
        }
        if export.get("Name").is_none() {
            lint.add("E6002", &path, "'Name' is a required property");
        }
        for key in export.entries().iter().filter(|entry| &*entry.key != "Name") {
            let near = nearest(&key.key, ["Name"]);
            lint.add_near("E6001", &path.then(&key.key), unexpected(&key.key, near), near.map(str::to_owned));
        }
    }
}

//! Sections, and what stands in them.

use super::arguments::returned;
use super::{Lint, repr, repr_words, unexpected};
use crate::aws::cloudformation::evaluate::{named_condition, scalar_text};
use crate::aws::cloudformation::facts;
use crate::aws::cloudformation::graph::Graph;
use crate::aws::cloudformation::parameters::{self, Broken};
use crate::aws::cloudformation::template::{Path, SECTIONS, function};
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
    for entry in template.section("Conditions") {
        let path = Path::of(&["Conditions", &entry.key]);
        bad_name(lint, "E8001", &path, &entry.key);
        boolean(lint, "E8001", &entry.value, &path);
    }
    for entry in template.section("Rules") {
        if entry.value.get("Assertions").is_none() {
            lint.add("E1700", &Path::of(&["Rules", &entry.key]), "'Assertions' is a required property");
        }
    }
    shown_parameters(lint);
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
            "Description" if entry.value.as_str().is_some_and(|text| text.len() > 1024) => {
                lint.add("E1003", &path, "expected maximum length: 1024");
            }
            "Description" if entry.value.as_str().is_none() => {
                lint.add("E1004", &path, format!("{} is not of type 'string'", repr(&entry.value)));
            }
            "Outputs" if !is_map => {
                lint.add("E6003", &path, format!("{} is not of type 'object'", repr(&entry.value)));
            }
            "Resources" | "Parameters" | "Mappings" | "Conditions" | "Rules" if !is_map => {
                lint.add("E1001", &path, format!("{} is not of type 'object'", repr(&entry.value)));
            }
            _ => {}
        }
    }
    if root.get("Resources").is_none() {
        lint.add("E1001", &Path::default(), "'Resources' is a required property");
    }
}

/// What holds or does not.
fn boolean(lint: &mut Lint<'_>, rule: &'static str, node: &Node, path: &Path) {
    let is_truth = node.scalar().is_some_and(|scalar| matches!(&*scalar_text(&scalar.value), "true" | "false"));
    if is_truth || named_condition(node).is_some() {
        return;
    }
    match function(node) {
        Some(("Fn::Not", argument)) => booleans(lint, "E8005", argument, &path.then("Fn::Not")),
        Some(("Fn::And", argument)) => booleans(lint, "E8004", argument, &path.then("Fn::And")),
        Some(("Fn::Or", argument)) => booleans(lint, "E8006", argument, &path.then("Fn::Or")),
        Some(("Fn::Equals", _)) => {}
        _ => lint.add(rule, path, format!("{} is not of type 'boolean'", repr(node))),
    }
}

fn booleans(lint: &mut Lint<'_>, rule: &'static str, argument: &Node, path: &Path) {
    for (index, item) in argument.items().iter().enumerate() {
        boolean(lint, rule, item, &path.then(&index.to_string()));
    }
}

/// What the console's form is to show.
// Models cfn-lint rules/metadata/InterfaceParameterExists.py
fn shown_parameters(lint: &mut Lint<'_>) {
    let root = &lint.template.root;
    let form = root.get("Metadata").and_then(|metadata| metadata.get("AWS::CloudFormation::Interface"));
    let Some(form) = form else { return };
    let path = Path::of(&["Metadata", "AWS::CloudFormation::Interface"]);
    let mut named: Vec<(Path, &str)> = Vec::new();
    for (number, group) in form.get("ParameterGroups").map(Node::items).unwrap_or_default().iter().enumerate() {
        let path = path.then("ParameterGroups").then(&number.to_string()).then("Parameters");
        for (index, item) in group.get("Parameters").map(Node::items).unwrap_or_default().iter().enumerate() {
            named.extend(item.as_str().map(|name| (path.then(&index.to_string()), name)));
        }
    }
    for label in form.get("ParameterLabels").map(Node::entries).unwrap_or_default() {
        named.push((path.then("ParameterLabels").then(&label.key), &label.key));
    }
    for (path, name) in named {
        if lint.template.item("Parameters", name).is_none() {
            lint.add("W4001", &path, format!("'{name}' is not one of the parameters"));
        }
    }
}

fn bad_name(lint: &mut Lint<'_>, rule: &'static str, path: &Path, name: &str) {
    let is_name = !name.is_empty() && name.bytes().all(|byte| byte.is_ascii_alphanumeric());
    if !is_name && !name.starts_with("Fn::") {
        lint.add(rule, path, format!("'{name}' does not match any of the regexes: '^[a-zA-Z0-9]+$'"));
    }
}

fn parameter(lint: &mut Lint<'_>, entry: &Entry) {
    let path = Path::of(&["Parameters", &entry.key]);
    bad_name(lint, "E2001", &path, &entry.key);
    if entry.key.len() > 255 {
        lint.add("E2011", &path, format!("'{}' is longer than 255", entry.key));
    }
    if lint.template.item("Resources", &entry.key).is_some() {
        let message = format!("Resources and Parameters must not share name: {}", entry.key);
        lint.add("E3007", &Path::of(&["Resources", &entry.key]), message);
    }
    members(lint, entry, &path);
    let Some(kind) = entry.value.get("Type") else {
        lint.add("E2001", &path, "'Type' is a required property");
        return;
    };
    let kind = kind.as_str().unwrap_or_default();
    if !parameters::is_kind(kind) {
        if kind.starts_with("AWS::SSM::Parameter::Value<") {
            let message = format!("'{kind}' is not an officially documented CloudFormation parameter type");
            lint.add("W2002", &path.then("Type"), message);
            return;
        }
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

/// What a parameter says of itself: known words, words for its type, values of their kinds.
// Models cfn-lint rules/parameters/Configuration.py
fn members(lint: &mut Lint<'_>, entry: &Entry, path: &Path) {
    const KEYS: &[&str] = parameters::MEMBERS;
    let is_number = entry.value.get("Type").and_then(Node::as_str) == Some("Number");
    for key in entry.value.entries() {
        let path = path.then(&key.key);
        let is_known = KEYS.contains(&&*key.key);
        let is_foreign = match &*key.key {
            "MinLength" | "MaxLength" => is_number,
            "MinValue" | "MaxValue" => !is_number && entry.value.get("Type").is_some(),
            _ => false,
        };
        if !is_known || is_foreign {
            lint.add("E2001", &path, format!("'{}' is not one of those of its type", key.key));
        }
        if !is_known {
            let near = nearest(&key.key, KEYS.iter().copied());
            lint.add_near("E2001", &path, unexpected(&key.key, near), near.map(str::to_owned));
        }
        let text = key.value.scalar().filter(|scalar| !scalar.value.is_null()).map(|scalar| scalar_text(&scalar.value));
        let text = text.as_deref();
        let wanted = match &*key.key {
            "Default" if text.is_none() => "string",
            "NoEcho" if !matches!(text, Some("true" | "false" | "True" | "False")) => "boolean",
            "AllowedValues" if !matches!(key.value.content, Content::List(_)) => "array",
            "MinLength" | "MaxLength" if text.is_none_or(|text| text.parse::<i64>().is_err()) => "integer",
            "MinValue" | "MaxValue" if text.is_none_or(|text| parameters::thousandths(text).is_none()) => "number",
            _ => continue,
        };
        lint.add("E2001", &path, format!("{} is not of type '{wanted}'", repr(&key.value)));
    }
}

fn mapping(lint: &mut Lint<'_>, entry: &Entry) {
    let path = Path::of(&["Mappings", &entry.key]);
    bad_name(lint, "E7001", &path, &entry.key);
    match &entry.value.content {
        Content::Map(entries) if entries.is_empty() => {
            lint.add("E7001", &path, "expected minimum property count: 1, found: 0");
        }
        Content::Map(_) => {}
        _ => lint.add("E7001", &path, format!("{} is not of type 'object'", repr(&entry.value))),
    }
    if function(&entry.value).is_some() {
        return;
    }
    for top in entry.value.entries() {
        let path = path.then(&top.key);
        if !top.key.bytes().all(|byte| byte.is_ascii_alphanumeric() || b".-".contains(&byte)) {
            let message = format!("'{}' does not match any of the regexes: '^[a-zA-Z0-9.-]+$'", top.key);
            lint.add("E7001", &path, message);
        }
        for second in top.value.entries() {
            bad_name(lint, "E7001", &path.then(&second.key), &second.key);
        }
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
    if entry.key.len() > 255 {
        lint.add("E3001", &path, format!("'{}' is longer than 255", entry.key));
    }
    if !matches!(entry.value.content, Content::Map(_)) {
        lint.add("E3001", &path, format!("{} is not of type 'object'", repr(&entry.value)));
        return;
    }
    let kind = entry.value.get("Type").and_then(Node::as_str).unwrap_or_default();
    let is_custom = kind.starts_with("Custom::") || kind == "AWS::CloudFormation::CustomResource";
    if is_custom
        && entry
            .value
            .get("Properties")
            .is_none_or(|node| function(node).is_none() && node.get("ServiceToken").is_none())
    {
        let path = if entry.value.get("Properties").is_some() { path.then("Properties") } else { path.clone() };
        lint.add("E3003", &path, "'ServiceToken' is a required property");
    }
    if entry.value.get("UpdatePolicy").is_some() && !UPDATED.contains(&kind) {
        lint.add("E3016", &path.then("UpdatePolicy"), format!("UpdatePolicy is nothing for {kind}"));
    }
    for key in entry.value.entries() {
        if &*key.key == "Version" {
            if !is_custom {
                lint.add("E3001", &path, "only a custom resource has a 'Version'");
            }
            continue;
        }
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

/// The types that an update policy is for.
// Source: CloudFormation Template Reference, "UpdatePolicy attribute".
const UPDATED: &[&str] = &[
    "AWS::AppStream::Fleet",
    "AWS::AutoScaling::AutoScalingGroup",
    "AWS::ElastiCache::ReplicationGroup",
    "AWS::Elasticsearch::Domain",
    "AWS::Lambda::Alias",
    "AWS::OpenSearchService::Domain",
];

fn depends_on(lint: &mut Lint<'_>, entry: &Entry, path: &Path) {
    let Some(node) = entry.value.get("DependsOn") else { return };
    let path = path.then("DependsOn");
    if matches!(node.content, Content::Map(_)) || (node.scalar().is_some() && node.as_str().is_none()) {
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
    // What a function gives may protect.
    let protects = |name: &str| entry.value.get(name).is_some() && policy(name) != Some("Delete");
    let lacks = |one: &str, other: &str| protects(one) && entry.value.get(other).is_none();
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
    if !matches!(entry.value.content, Content::Map(_)) {
        lint.add("E6003", &path, format!("{} is not of type 'object'", repr(&entry.value)));
        return;
    }
    match entry.value.get("Description") {
        Some(node) if node.scalar().is_none() => {
            lint.add("E6003", &path.then("Description"), format!("{} is not of type 'string'", repr(node)));
        }
        Some(node) if node.as_str().is_some_and(|text| text.len() > 1024) => {
            lint.add("E6011", &path.then("Description"), "expected maximum length: 1024");
        }
        _ => {}
    }
    for key in entry.value.entries() {
        if !KEYS.contains(&&*key.key) {
            let near = nearest(&key.key, KEYS.iter().copied());
            lint.add_near("E6001", &path.then(&key.key), unexpected(&key.key, near), near.map(str::to_owned));
        }
    }
    match entry.value.get("Value") {
        None => lint.add("E6002", &path, "'Value' is a required property"),
        Some(value) if value.is_null() => lint.add("E6002", &path, "'Value' is a required property"),
        Some(value) => told(lint, value, &path.then("Value")),
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
        if let Some(name) = export.get("Name").filter(|name| name.scalar().is_none() && function(name).is_none()) {
            lint.add("E6102", &path.then("Name"), format!("{} is not of type 'string'", repr(name)));
        }
        for key in export.entries().iter().filter(|entry| &*entry.key != "Name") {
            let near = nearest(&key.key, ["Name"]);
            lint.add_near("E6001", &path.then(&key.key), unexpected(&key.key, near), near.map(str::to_owned));
        }
    }
}

/// The value of an output: one text.
fn told(lint: &mut Lint<'_>, node: &Node, path: &Path) {
    match function(node) {
        Some(("Fn::If", argument)) => {
            for (index, branch) in argument.items().iter().enumerate().skip(1) {
                told(lint, branch, &path.then("Fn::If").then(&index.to_string()));
            }
        }
        Some((name, argument)) => {
            let known = lint.findings.len();
            returned(lint, "s", name, argument, node, path);
            lint.findings.iter_mut().skip(known).for_each(|finding| finding.rule = "E6101");
        }
        None if node.scalar().is_none() => {
            lint.add("E6101", path, format!("{} is not of type 'string'", repr(node)));
        }
        None => {}
    }
}

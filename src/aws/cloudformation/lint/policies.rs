//! Policies in a template: what IAM would call malformed.

use super::{Lint, repr, repr_words, unexpected};
use crate::aws::cloudformation::template::{Path, function};
use crate::document::Node;
use crate::document::yaml::Content;

/// What a policy is for decides what its statements may say.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Use {
    Identity,
    Trust,
    Resource,
}

pub(super) fn check(lint: &mut Lint<'_>) {
    for entry in lint.template.section("Resources") {
        let Some(kind) = lint.template.type_of(&entry.key) else { continue };
        let Some(properties) = entry.value.get("Properties") else { continue };
        let path = Path::of(&["Resources", &entry.key, "Properties"]);
        let mut document = |name: &str, holder: &Node, path: &Path, purpose: Use| {
            if let Some(node) = holder.get(name) {
                policy(lint, node, &path.then(name), purpose);
            }
        };
        match kind {
            "AWS::IAM::Policy"
            | "AWS::IAM::ManagedPolicy"
            | "AWS::IAM::RolePolicy"
            | "AWS::IAM::UserPolicy"
            | "AWS::IAM::GroupPolicy" => document("PolicyDocument", properties, &path, Use::Identity),
            "AWS::S3::BucketPolicy" => document("PolicyDocument", properties, &path, Use::Resource),
            "AWS::IAM::Role" | "AWS::IAM::User" | "AWS::IAM::Group" => {
                document("AssumeRolePolicyDocument", properties, &path, Use::Trust);
                let path = path.then("Policies");
                for (index, item) in properties.get("Policies").map(Node::items).unwrap_or_default().iter().enumerate()
                {
                    document("PolicyDocument", item, &path.then(&index.to_string()), Use::Identity);
                }
            }
            _ => {}
        }
    }
}

impl Use {
    fn rule(self) -> &'static str {
        match self {
            Self::Identity => "E3510",
            Self::Trust => "E3530",
            Self::Resource => "E3512",
        }
    }
}

fn policy(lint: &mut Lint<'_>, node: &Node, path: &Path, purpose: Use) {
    const KEYS: &[&str] = &["Version", "Id", "Statement"];
    if function(node).is_some() || !matches!(node.content, Content::Map(_)) {
        return;
    }
    for entry in node.entries() {
        if !KEYS.contains(&&*entry.key) {
            let message = unexpected(&entry.key, crate::document::schema::nearest(&entry.key, KEYS.iter().copied()));
            lint.add(purpose.rule(), &path.then(&entry.key), message);
        }
    }
    match node.get("Version").and_then(Node::scalar).map(|scalar| scalar.text.clone()) {
        Some(version) if !matches!(&*version, "2012-10-17" | "2008-10-17") => {
            let message = format!("'{version}' is not one of ['2008-10-17', '2012-10-17']");
            lint.add(purpose.rule(), &path.then("Version"), message);
        }
        Some(version) if &*version == "2008-10-17" => {
            lint.add("W2511", &path.then("Version"), "IAM Policy Version should be updated to '2012-10-17'");
        }
        _ => {}
    }
    let Some(statements) = node.get("Statement") else {
        lint.add(purpose.rule(), path, "'Statement' is a required property");
        return;
    };
    let path = path.then("Statement");
    if statements.scalar().is_some() {
        lint.add(purpose.rule(), &path, format!("{} is not of type 'object', 'array'", repr(statements)));
    }
    let sids: Vec<&str> = statements.items().iter().filter_map(|item| item.get("Sid")?.as_str()).collect();
    if sids.iter().enumerate().any(|(index, sid)| sids.iter().take(index).any(|earlier| earlier == sid)) {
        lint.add(purpose.rule(), &path, "array items are not unique for keys ['Sid']");
    }
    if function(statements).is_none() && matches!(statements.content, Content::Map(_)) {
        statement(lint, statements, &path, purpose);
    }
    for (index, item) in statements.items().iter().enumerate() {
        if function(item).is_none() {
            statement(lint, item, &path.then(&index.to_string()), purpose);
        }
    }
}

fn statement(lint: &mut Lint<'_>, node: &Node, path: &Path, purpose: Use) {
    let rule = purpose.rule();
    let has = |name: &str| node.get(name).is_some();
    match node.get("Effect") {
        None => lint.add(rule, path, "'Effect' is a required property"),
        Some(effect) => {
            let text = effect.as_str();
            if text.is_some_and(|text| !matches!(text, "Allow" | "Deny")) {
                lint.add(rule, &path.then("Effect"), format!("{} is not one of ['Allow', 'Deny']", repr(effect)));
            }
        }
    }
    let mut pairs = vec![["Action", "NotAction"]];
    match purpose {
        Use::Identity => pairs.push(["Resource", "NotResource"]),
        Use::Trust => pairs.push(["Principal", "NotPrincipal"]),
        Use::Resource => pairs.extend([["Principal", "NotPrincipal"], ["Resource", "NotResource"]]),
    }
    for pair in pairs {
        let message = format!("Only one of {} is a required property", repr_words(&pair));
        match (has(pair[0]), has(pair[1])) {
            (true, true) => pair.iter().for_each(|name| lint.add(rule, &path.then(name), message.clone())),
            (false, false) => lint.add(rule, path, message),
            _ => {}
        }
    }
    for entry in node.entries() {
        let is_known = match &*entry.key {
            "Sid" | "Effect" | "Action" | "NotAction" | "Condition" => true,
            "Principal" | "NotPrincipal" => purpose != Use::Identity,
            "Resource" | "NotResource" => purpose != Use::Trust,
            _ => false,
        };
        if !is_known {
            lint.add(rule, &path.then(&entry.key), unexpected(&entry.key, None));
        }
    }
    elements(lint, node, path, purpose);
    let Some(actions) = node.get("Action") else { return };
    let named = actions.as_str().into_iter().chain(actions.items().iter().filter_map(Node::as_str));
    for action in named {
        if action != "*" && !action.contains(':') {
            let message = format!("'{action}' is not a valid action. Must be of the form service:action or '*'");
            lint.add("W3037", &path.then("Action"), message);
            return;
        }
    }
}

/// The form of what stands in a statement.
fn elements(lint: &mut Lint<'_>, node: &Node, path: &Path, purpose: Use) {
    let rule = purpose.rule();
    if let Some(sid) = node.get("Sid").and_then(Node::as_str)
        && purpose == Use::Identity
        && !sid.bytes().all(|byte| byte.is_ascii_alphanumeric())
    {
        lint.add(rule, &path.then("Sid"), format!("'{sid}' does not match '^[A-Za-z0-9]+$'"));
    }
    for name in ["Action", "NotAction", "Resource", "NotResource"] {
        let Some(node) = node.get(name) else { continue };
        if matches!(&node.content, Content::List(items) if items.is_empty()) && name.ends_with("Action") {
            lint.add(rule, &path.then(name), "expected minimum item count: 1, found: 0");
        }
    }
    for name in ["Resource", "NotResource"] {
        let Some(node) = node.get(name).filter(|node| function(node).is_none()) else { continue };
        let path = path.then(name);
        if let Some(text) = node.as_str() {
            resource(lint, text, &path, purpose);
        }
        for (index, text) in node.items().iter().enumerate().filter_map(|(index, item)| Some((index, item.as_str()?))) {
            resource(lint, text, &path.then(&index.to_string()), purpose);
        }
    }
    if let Some(text) = node.get("Principal").and_then(Node::as_str).filter(|text| *text != "*") {
        lint.add(rule, &path.then("Principal"), format!("'*' was expected, not '{text}'"));
    }
    let Some(condition) = node.get("Condition").filter(|node| function(node).is_none()) else { return };
    let path = path.then("Condition");
    if !matches!(condition.content, Content::Map(_)) {
        lint.add(rule, &path, format!("{} is not of type 'object'", repr(condition)));
    }
    for entry in condition.entries().iter().filter(|entry| !entry.key.starts_with("Fn::")) {
        if crate::aws::iam::condition::Operator::parse(&entry.key).is_some() {
            continue;
        }
        lint.add(rule, &path.then(&entry.key), format!("'{}' does not match any of the regexes", entry.key));
    }
}

/// A resource is an ARN, or everything; what a bucket's policy is for is its own ARNs.
fn resource(lint: &mut Lint<'_>, text: &str, path: &Path, purpose: Use) {
    let is_arn = text.starts_with("arn:") && text.matches(':').count() >= 4;
    if is_arn || text.starts_with("{{resolve:") {
        return;
    }
    match (purpose, text) {
        (Use::Resource, _) => lint.add("E3514", path, format!("'{text}' does not match '^arn:aws'")),
        (_, "*") => {}
        _ => lint.add(purpose.rule(), path, format!("'{text}' does not match '^(arn:|\\*$)'")),
    }
}

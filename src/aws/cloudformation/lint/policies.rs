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
        if has(pair[0]) == has(pair[1]) {
            lint.add(rule, path, format!("Only one of {} is a required property", repr_words(&pair)));
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

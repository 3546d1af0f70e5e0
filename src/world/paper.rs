//! What a file of the editor is: manifests, which are applied, or a paper that commands read: an
//! IAM policy, a CloudFormation template, something else.

use crate::aws::cloudformation::lint;
use crate::aws::iam::validate::{self, Kind};
use crate::document::{Parsed, Problem, Value};

/// What a text is.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Paper {
    /// Objects of Kubernetes, or of what is hosted: they are applied.
    Manifests,
    /// An IAM policy, of this kind as far as the text tells.
    Policy(Kind),
    /// A CloudFormation template.
    Template,
    /// Anything else: a script, another tool's configuration.
    Other,
}

/// `apiVersion`s of files that other tools read, not the API server.
const OTHER_TOOLS: &[&str] = &["eksctl.io/", "kustomize.config.k8s.io/", "kubeadm.k8s.io/", "node.eks.aws/"];

/// Endings of files that nobody would apply.
const OTHER_ENDINGS: &[&str] = &[".sh", ".txt", ".md", ".env", ".conf", ".html"];

impl Paper {
    /// What the text of the file `name` is.
    #[must_use]
    pub fn of(name: &str, parsed: &Parsed) -> Self {
        if OTHER_ENDINGS.iter().any(|ending| name.ends_with(ending)) {
            return Self::Other;
        }
        let Some(root) = parsed.documents.first().map(|document| document.root.to_value()) else {
            return if name.ends_with(".json") { Self::Other } else { Self::Manifests };
        };
        let version = root.str_at(&["apiVersion"]);
        if OTHER_TOOLS.iter().any(|tool| version.starts_with(tool)) {
            return Self::Other;
        }
        if root.get("apiVersion").is_some() || root.get("kind").is_some() {
            return Self::Manifests;
        }
        if root.get("Statement").is_some() {
            return Self::Policy(policy_kind(name, &root));
        }
        if root.get("AWSTemplateFormatVersion").is_some() || has_aws_types(&root) {
            return Self::Template;
        }
        if name.ends_with(".json") { Self::Other } else { Self::Manifests }
    }

    /// What is wrong with it, as far as the text alone tells. Manifests are the schema's to check.
    #[must_use]
    pub fn check(self, text: &str, parsed: &Parsed, region: &str) -> Vec<Problem> {
        match self {
            Self::Manifests | Self::Other => Vec::new(),
            Self::Policy(kind) => parsed.documents.first().map(|document| policy(document, kind)).unwrap_or_default(),
            Self::Template => lint::text(text, region)
                .into_iter()
                .map(|finding| {
                    let problem = if finding.is_error() { Problem::error } else { Problem::warning };
                    problem("refused", finding.span).with("message", format!("{} {}", finding.rule, finding.message))
                })
                .collect(),
        }
    }
}

/// A trust policy has principals and no resources; its file is usually called so, too.
fn policy_kind(name: &str, root: &Value) -> Kind {
    let statements = root.get("Statement");
    let first = statements.and_then(|list| list.items().first()).or(statements);
    let has = |element: &str| first.is_some_and(|statement| statement.get(element).is_some());
    match (has("Principal") || has("NotPrincipal"), has("Resource") || has("NotResource")) {
        (true, true) => Kind::Resource,
        (true, false) => Kind::Trust,
        _ if name.contains("trust") => Kind::Trust,
        _ if name.contains("scp") => Kind::Scp,
        _ => Kind::Identity,
    }
}

fn has_aws_types(root: &Value) -> bool {
    let resources = root.get("Resources").into_iter().flat_map(Value::entries);
    resources.into_iter().any(|(_, resource)| resource.str_at(&["Type"]).starts_with("AWS::"))
}

fn policy(document: &crate::document::Document, kind: Kind) -> Vec<Problem> {
    validate::faults(&document.root.to_value(), kind)
        .iter()
        .map(|fault| {
            Problem::error(explained(fault.code), fault.span(&document.root))
                .with("word", fault.word.to_string())
                .with("message", fault.message.to_string())
        })
        .collect()
}

/// Under which name our sentence about a fault is kept, beside AWS's own.
fn explained(code: &str) -> &'static str {
    match code {
        "action-letters" => "policy-action-letters",
        "action-without-vendor" => "policy-action-without-vendor",
        "bare-wildcard" => "policy-bare-wildcard",
        "either-or" => "policy-either-or",
        "empty-list" => "policy-empty-list",
        "iam-path" => "policy-iam-path",
        "key-without-vendor" => "policy-key-without-vendor",
        "missing-element" => "policy-missing-element",
        "not-a-date" => "policy-not-a-date",
        "not-a-statement" => "policy-not-a-statement",
        "not-a-string" => "policy-not-a-string",
        "not-an-object" => "policy-not-an-object",
        "old-version" => "policy-old-version",
        "only-deny" => "policy-only-deny",
        "only-everybody" => "policy-only-everybody",
        "principal-form" => "policy-principal-form",
        "principal-name" => "policy-principal-name",
        "principal-sort" => "policy-principal-sort",
        "prohibited-element" => "policy-prohibited-element",
        "resource-form" => "policy-resource-form",
        "resource-region" => "policy-resource-region",
        "sid-letters" => "policy-sid-letters",
        "sid-twice" => "policy-sid-twice",
        "trust-action" => "policy-trust-action",
        "two-colons" => "policy-two-colons",
        "unknown-effect" => "policy-unknown-effect",
        "unknown-element" => "policy-unknown-element",
        "unknown-operator" => "policy-unknown-operator",
        "unknown-vendor" => "policy-unknown-vendor",
        "unknown-version" => "policy-unknown-version",
        _ => "refused",
    }
}

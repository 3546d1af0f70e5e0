//! What could be written into an IAM policy: actions that this world knows, condition operators and
//! keys, and the ARNs of what is there.
// Source: IAM User Guide, "IAM JSON policy elements reference", "AWS global condition context keys".

use super::write::Completion;
use crate::aws::iam::condition::Operator;
use crate::aws::service::SERVICES;
use crate::document::Value;
use crate::session::Session;
use std::rc::Rc;

/// Elements whose values are offered. A policy names the innermost one before the cursor.
const ELEMENTS: &[&str] = &[
    "Version",
    "Effect",
    "Action",
    "NotAction",
    "Resource",
    "NotResource",
    "Condition",
    "Principal",
    "NotPrincipal",
    "Service",
    "AWS",
    "Federated",
    "Sid",
    "Statement",
];

/// Condition keys that people use, with what each takes.
const KEYS: &[(&str, &str)] = &[
    ("aws:CurrentTime", "date"),
    ("aws:MultiFactorAuthPresent", "true, false"),
    ("aws:PrincipalAccount", "account"),
    ("aws:PrincipalArn", "ARN"),
    ("aws:PrincipalOrgID", "o-…"),
    ("aws:PrincipalTag/", "text"),
    ("aws:RequestTag/", "text"),
    ("aws:RequestedRegion", "region"),
    ("aws:ResourceAccount", "account"),
    ("aws:ResourceTag/", "text"),
    ("aws:SecureTransport", "true, false"),
    ("aws:SourceAccount", "account"),
    ("aws:SourceArn", "ARN"),
    ("aws:SourceIp", "10.0.0.0/8"),
    ("aws:SourceVpc", "vpc-…"),
    ("aws:SourceVpce", "vpce-…"),
    ("aws:TagKeys", "list"),
    ("aws:userid", "text"),
    ("aws:username", "text"),
    ("ec2:InstanceType", "text"),
    ("ec2:Region", "region"),
    ("iam:PassedToService", "service"),
    ("iam:PermissionsBoundary", "ARN"),
    ("s3:prefix", "text"),
    ("sts:ExternalId", "text"),
];

/// Services that take on roles.
const PRINCIPALS: &[&str] = &[
    "autoscaling.amazonaws.com",
    "cloudformation.amazonaws.com",
    "ec2.amazonaws.com",
    "ecs-tasks.amazonaws.com",
    "eks.amazonaws.com",
    "eks-fargate-pods.amazonaws.com",
    "lambda.amazonaws.com",
    "pods.eks.amazonaws.com",
];

/// Whether a text is a policy rather than an object of Kubernetes.
#[must_use]
pub fn is_one(text: &str) -> bool {
    text.contains("Statement")
        && !text.contains("apiVersion")
        && !text.contains("Resources:")
        && !text.contains("\"Resources\"")
}

/// What fits at the byte `offset` of a policy.
#[must_use]
pub fn complete(session: &Session, text: &str, offset: usize) -> Vec<Completion> {
    let before = text.get(..offset).unwrap_or_default();
    let is_part = |letter: char| letter.is_ascii_alphanumeric() || ":*./-_${}@".contains(letter);
    let start = before
        .rfind(|letter| !is_part(letter))
        .map_or(0, |at| at + before[at..].chars().next().map_or(1, char::len_utf8));
    let word = &before[start..];
    let line = before[..start].rsplit('\n').next().unwrap_or_default();
    let column = u32::try_from(line.chars().count()).unwrap_or_default();
    let offers = match innermost(&before[..start]).as_deref() {
        Some("Version") => vec![("2012-10-17".to_owned(), String::new())],
        Some("Effect") => ["Allow", "Deny"].map(|word| (word.to_owned(), String::new())).to_vec(),
        Some("Action" | "NotAction") => actions(word),
        Some("Resource" | "NotResource") => resources(session),
        Some("Service") => PRINCIPALS.iter().map(|name| ((*name).to_owned(), String::new())).collect(),
        Some("AWS" | "Principal" | "NotPrincipal") => principals(session),
        Some("Federated") => of_kind(session, &["AWS::IAM::OIDCProvider"]),
        Some("Condition") => Operator::names().map(|name| (name.to_owned(), String::new())).collect(),
        Some(name) if Operator::parse(name).is_some() => condition_keys(session),
        _ => Vec::new(),
    };
    let fits = |offer: &str| offer.to_ascii_lowercase().contains(&word.to_ascii_lowercase());
    offers
        .into_iter()
        .filter(|(label, _)| fits(label))
        .map(|(label, detail)| Completion {
            text: label.as_str().into(),
            label: label.into(),
            detail: detail.into(),
            from: column,
        })
        .collect()
}

/// The innermost key before the cursor that says what stands here. A key of a condition says
/// nothing: its values are anybody's.
fn innermost(before: &str) -> Option<String> {
    let mut rest = before;
    while let Some(colon) = rest.rfind(':') {
        let name = rest[..colon].trim_end().trim_end_matches(['"', '\'']);
        let from = name
            .rfind(|letter: char| !(letter.is_ascii_alphanumeric() || ":-/".contains(letter)))
            .map_or(0, |at| at + 1);
        let name = &name[from..];
        let is_key = rest[colon + 1..].starts_with([' ', '\n', '"', '[', '{']) || colon + 1 == rest.len();
        if is_key && (ELEMENTS.contains(&name) || Operator::parse(name).is_some()) {
            return Some(name.to_owned());
        }
        if is_key && name.contains(':') {
            return None;
        }
        rest = &rest[..colon];
    }
    None
}

/// Services first, then what each can do.
fn actions(word: &str) -> Vec<(String, String)> {
    let Some((prefix, _)) = word.split_once(':') else {
        let mut found = vec![("*".to_owned(), String::new())];
        for service in SERVICES {
            let one = (format!("{}:", service.prefix), service.operations.len().to_string());
            if !found.iter().any(|(known, _)| *known == one.0) {
                found.push(one);
            }
        }
        return found;
    };
    let of_it = SERVICES.iter().filter(|service| service.prefix == prefix);
    let mut names: Vec<String> =
        of_it.flat_map(|service| service.operations).map(|operation| format!("{prefix}:{}", operation.name)).collect();
    names.sort();
    names.dedup();
    let many = ["*", "Describe*", "Get*", "List*", "Create*", "Delete*"].into_iter().filter(|pattern| {
        let start = format!("{prefix}:{}", pattern.trim_end_matches('*'));
        names.iter().any(|name| name.starts_with(&start))
    });
    let many: Vec<String> = many.map(|pattern| format!("{prefix}:{pattern}")).collect();
    many.into_iter().chain(names).map(|name| (name, String::new())).collect()
}

/// The ARN of a resource, as its service tells it.
fn arn_of(kind: &str, id: &str, value: &Value) -> Option<Rc<str>> {
    let named = ["Arn", "arn", "_Arn", "AutoScalingGroupARN", "clusterArn", "nodegroupArn"];
    let own = named.iter().find_map(|name| value.get(name).and_then(Value::as_shared));
    own.filter(|arn| arn.starts_with("arn:")).or_else(|| match kind {
        "AWS::S3::Bucket" => Some(format!("arn:aws:s3:::{id}").into()),
        _ if id.starts_with("arn:") => Some(id.into()),
        _ => None,
    })
}

fn of_kind(session: &Session, kinds: &[&str]) -> Vec<(String, String)> {
    let world = session.world();
    let mut found = Vec::new();
    for (key, value) in world.cloud().iter() {
        if !kinds.is_empty() && !kinds.contains(&&*key.kind) {
            continue;
        }
        if let Some(arn) = arn_of(&key.kind, &key.id, value) {
            let kind = key.kind.rsplit("::").next().unwrap_or_default();
            found.push((arn.to_string(), kind.to_owned()));
            if &*key.kind == "AWS::S3::Bucket" {
                found.push((format!("{arn}/*"), "Object".to_owned()));
            }
        }
    }
    found.sort();
    found.dedup();
    found
}

fn resources(session: &Session) -> Vec<(String, String)> {
    let mut found = vec![("*".to_owned(), String::new())];
    found.extend(of_kind(session, &[]));
    found
}

fn principals(session: &Session) -> Vec<(String, String)> {
    let account = &session.world().cloud().settings().account;
    let mut found =
        vec![("*".to_owned(), String::new()), (format!("arn:aws:iam::{account}:root"), "Account".to_owned())];
    found.extend(of_kind(session, &["AWS::IAM::Role", "AWS::IAM::User"]));
    found
}

fn condition_keys(session: &Session) -> Vec<(String, String)> {
    let mut found: Vec<(String, String)> =
        KEYS.iter().map(|(key, takes)| ((*key).to_owned(), (*takes).to_owned())).collect();
    for (arn, _) in of_kind(session, &["AWS::IAM::OIDCProvider"]) {
        let host = arn.split_once("oidc-provider/").map_or("", |(_, host)| host);
        found.push((format!("{host}:aud"), "sts.amazonaws.com".to_owned()));
        found.push((format!("{host}:sub"), "system:serviceaccount:…".to_owned()));
    }
    found
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_innermost_element_says_what_stands_there() {
        for (text, element) in [
            (r#"{"Version": ""#, Some("Version")),
            (r#"{"Statement": [{"Effect": "Allow", "Action": ["s3:GetObject", ""#, Some("Action")),
            (r#"{"Statement": [{"Action": "s3:GetObject", "Resource": ""#, Some("Resource")),
            (r#"{"Condition": {""#, Some("Condition")),
            (r#"{"Condition": {"StringEquals": {""#, Some("StringEquals")),
            (r#"{"Condition": {"StringEquals": {"aws:username": ""#, None),
            ("Statement:\n- Effect: Allow\n  Action:\n  - ec2:RunInstances\n  - ", Some("Action")),
            ("Statement:\n- Principal:\n    Service: ", Some("Service")),
        ] {
            assert_eq!(innermost(text).as_deref(), element, "{text}");
        }
    }

    #[test]
    fn actions_are_those_that_the_world_knows() {
        let of = |word: &str| actions(word).into_iter().map(|(label, _)| label).collect::<Vec<String>>();
        assert!(of("").contains(&"eks:".to_owned()) && of("e").contains(&"ec2:".to_owned()));
        assert!(of("eks:").contains(&"eks:DescribeCluster".to_owned()));
        assert!(of("s3:").contains(&"s3:Get*".to_owned()));
        assert!(of("nothing:").is_empty());
    }
}

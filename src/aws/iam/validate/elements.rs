//! The form of actions and resources.

use super::super::arn::Arn;
use super::{Checker, Kind, Stage};
use crate::document::Value;

/// What a trust policy can speak of (Service Authorization Reference, AWS STS).
const TRUST_ACTIONS: &[&str] = &[
    "sts:AssumeRole",
    "sts:AssumeRoleWithSAML",
    "sts:AssumeRoleWithWebIdentity",
    "sts:DecodeAuthorizationMessage",
    "sts:GetAccessKeyInfo",
    "sts:GetCallerIdentity",
    "sts:GetFederationToken",
    "sts:GetServiceBearerToken",
    "sts:GetSessionToken",
    "sts:SetContext",
    "sts:SetSourceIdentity",
    "sts:TagSession",
];

/// What the last part of an IAM resource begins with.
const IAM_PATHS: &[&str] = &[
    "user/",
    "federated-user/",
    "role/",
    "group/",
    "instance-profile/",
    "mfa/",
    "server-certificate/",
    "policy/",
    "sms-mfa/",
    "saml-provider/",
    "oidc-provider/",
    "report/",
    "access-report/",
];

/// Resources of S3 that live in a region.
const S3_REGIONAL: &[&str] =
    &["accesspoint/", "access-grants/", "async-request/", "job/", "storage-lens/", "storage-lens-group/"];

const PARTITIONS: &[&str] =
    &["aws", "aws-cn", "aws-us-gov", "aws-iso", "aws-iso-b", "aws-iso-e", "aws-iso-f", "aws-eusc", "*"];

/// What AWS says of other actions in a trust policy.
pub(super) const ONLY_TRUST_ACTIONS: &str = "Trust Policy statement actions can only be sts:AssumeRole, sts:AssumeRoleWithSAML,  and sts:AssumeRoleWithWebIdentity";

impl Checker {
    pub(super) fn actions(&mut self, statement: &Value) {
        for element in ["Action", "NotAction"] {
            self.each_text(statement, element, Self::action);
        }
    }

    fn action(&mut self, action: &str) {
        if action == "*" {
            if self.kind == Kind::Rcp {
                let message = self.general_message();
                self.fault(Stage::Kind, "bare-wildcard", action, message);
            }
            return self.trust_action(action);
        }
        let mut parts = action.split(':');
        let (service, name) = (parts.next().unwrap_or_default(), parts.next());
        let Some(name) = name else {
            const MESSAGE: &str = "Actions/Conditions must be prefaced by a vendor, e.g., iam, sdb, ec2, etc.";
            return self.fault(Stage::Vendors, "action-without-vendor", action, MESSAGE);
        };
        if parts.next().is_some() {
            const MESSAGE: &str = "Actions/Condition can contain only one colon.";
            return self.fault(Stage::Vendors, "two-colons", action, MESSAGE);
        }
        let is_vendor = |byte: u8| byte.is_ascii_alphanumeric() || byte == b'-';
        if service.is_empty() || !service.bytes().all(is_vendor) {
            return self.fault(Stage::Vendors, "unknown-vendor", service, &format!("Vendor {service} is not valid"));
        }
        if !name.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"*?-, ".contains(&byte)) {
            return self.fault(Stage::Vendors, "action-letters", action, super::SYNTAX);
        }
        self.trust_action(action);
    }

    fn trust_action(&mut self, action: &str) {
        if self.kind == Kind::Trust && !TRUST_ACTIONS.iter().any(|known| known.eq_ignore_ascii_case(action)) {
            self.fault(Stage::Kind, "trust-action", action, ONLY_TRUST_ACTIONS);
        }
    }

    pub(super) fn resources(&mut self, statement: &Value) {
        for element in ["Resource", "NotResource"] {
            self.each_text(statement, element, Self::resource);
        }
    }

    fn resource(&mut self, resource: &str) {
        // API Gateway fills in what stands before this.
        if resource == "*" || (self.kind == Kind::Resource && resource.starts_with("execute-api:/")) {
            return;
        }
        if let Some((code, message)) = resource_fault(resource) {
            self.fault(Stage::Resources, code, resource, &message);
        }
    }

    fn each_text(&mut self, statement: &Value, element: &str, check: impl Fn(&mut Self, &str)) {
        self.within(element, |checker| match statement.get(element) {
            Some(Value::Text(text)) => check(checker, text),
            Some(Value::List(items)) => {
                for (index, item) in items.iter().enumerate() {
                    if let Some(text) = item.as_str() {
                        checker.within(&index.to_string(), |checker| check(checker, text));
                    }
                }
            }
            _ => {}
        });
    }
}

/// What AWS says of a resource that is no ARN it can read.
fn resource_fault(resource: &str) -> Option<(&'static str, String)> {
    let legacy = || Some(("resource-form", "The policy failed legacy parsing".to_owned()));
    let Some((head, rest)) = resource.split_once(':') else {
        return Some(("resource-form", format!("Resource {resource} must be in ARN format or \"*\".")));
    };
    let (partition, rest) = rest.split_once(':').map_or((rest, None), |(partition, rest)| (partition, Some(rest)));
    if !PARTITIONS.contains(&partition) {
        return Some(("resource-form", partition_message(partition, rest.unwrap_or_default())));
    }
    let Some(rest) = rest else { return vendor_fault() };
    if head != "arn" {
        return legacy();
    }
    let (service, rest) = rest.split_once(':').unwrap_or((rest, ""));
    if service.contains(['*', '?']) {
        return vendor_fault();
    }
    if service.is_empty() || (resource.contains("::") && resource.matches(':').count() < 5) {
        return legacy();
    }
    let (region, rest) = rest.split_once(':').map_or((rest, None), |(region, rest)| (region, Some(rest)));
    let path = rest.and_then(|rest| rest.split_once(':')).map(|(_, path)| path).unwrap_or_default();
    let has_region = !region.is_empty() || rest.is_none();
    match service {
        "s3" if has_region && !S3_REGIONAL.iter().any(|start| path.starts_with(start)) => {
            Some(("resource-region", format!("Resource {resource} can not contain region information.")))
        }
        "iam" if has_region => {
            Some(("resource-region", format!("IAM resource {resource} cannot contain region information.")))
        }
        "iam" if path != "*" && !IAM_PATHS.iter().any(|start| path.starts_with(start)) => Some((
            "iam-path",
            format!("IAM resource path must either be \"*\" or start with {}.", IAM_PATHS.join(", ")),
        )),
        _ => None,
    }
}

fn vendor_fault() -> Option<(&'static str, String)> {
    Some(("resource-form", "Resource vendor must be fully qualified and cannot contain regexes.".to_owned()))
}

/// AWS repeats the ARN with what is missing filled in.
fn partition_message(partition: &str, rest: &str) -> String {
    let mut parts = rest.splitn(4, ':');
    let first = parts.next().unwrap_or_default();
    let first = if first.is_empty() && !rest.contains(':') { "*" } else { first };
    let mut next = || parts.next().unwrap_or("*").to_owned();
    let (region, account, path) = (next(), next(), next());
    format!(
        "Partition \"{partition}\" is not valid for resource \"arn:{partition}:{first}:{region}:{account}:{path}\"."
    )
}

/// Whether a principal of the sort `AWS` can be read.
pub(super) fn is_aws_principal(name: &str) -> bool {
    let is_account = |text: &str| text.len() == 12 && text.bytes().all(|byte| byte.is_ascii_digit());
    // A principal that was deleted stays behind as its unique id.
    let is_unique_id = |text: &str| {
        text.len() >= 16
            && text.starts_with('A')
            && text.bytes().all(|byte| byte.is_ascii_uppercase() || byte.is_ascii_digit())
    };
    name == "*"
        || is_account(name)
        || is_unique_id(name)
        || Arn::parse(name).is_some_and(|arn| {
            matches!(arn.service, "iam" | "sts") && is_account(arn.account) && !arn.resource.contains(['*', '?'])
        })
}

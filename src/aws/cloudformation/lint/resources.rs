//! What single types want beyond the shape of their properties.
// Models cfn-lint rules/resources, data/schemas/extensions

use super::{Lint, repr};
use crate::aws::cloudformation::pattern;
use crate::aws::cloudformation::template::{Path, function};
use crate::document::Node;
use crate::document::yaml::Content;

/// The forms of names: the type's end, the property, the pattern of the whole text.
// Source: the patterns of the public resource provider schemas.
const FORMS: &[(&str, &str, &str)] = &[
    ("EKS::Cluster", "Name", "[0-9A-Za-z][A-Za-z0-9_-]*.*"),
    ("EKS::Cluster", "Version", ".*1\\.[0-9][0-9].*"),
    ("IAM::Role", "RoleName", "[A-Za-z0-9_+=,.@-]+"),
    ("IAM::Role", "Path", "/.*"),
    ("IAM::Role", "ManagedPolicyArns", POLICY_ARN),
    ("IAM::Group", "GroupName", "[A-Za-z0-9_+=,.@-]+"),
    ("IAM::Group", "ManagedPolicyArns", POLICY_ARN),
    ("IAM::User", "UserName", "[A-Za-z0-9_+=,.@-]+"),
    ("IAM::User", "ManagedPolicyArns", POLICY_ARN),
    ("IAM::Policy", "PolicyName", "[A-Za-z0-9_+=,.@-]+"),
    ("IAM::InstanceProfile", "InstanceProfileName", "[A-Za-z0-9_+=,.@-]*"),
    ("EC2::SecurityGroup", "GroupDescription", "[a-zA-Z0-9. _:/()#,@+=&;{}!$*-]*"),
    ("AutoScaling::AutoScalingGroup", "MinSize", "[0-9]+"),
    ("AutoScaling::AutoScalingGroup", "MaxSize", "[0-9]+"),
    ("AutoScaling::AutoScalingGroup", "DesiredCapacity", "[0-9]+"),
    ("Logs::LogGroup", "LogGroupName", "[._/#A-Za-z0-9-]{1,512}"),
    ("S3::Bucket", "BucketName", "([a-z0-9][a-z0-9.-]*[a-z0-9])?"),
];
const POLICY_ARN: &str = ".*arn:(aws[a-zA-Z-]*)?:iam::([0-9]{12}|aws):policy/[a-zA-Z_0-9+=,.@/-]+.*";

/// Lists in which nothing may stand twice.
const SETS: &[&str] =
    &["ManagedPolicyArns", "SecurityGroups", "Subnets", "RouteTableIds", "SubnetIds", "SecurityGroupIds", "Roles"];
const SETS_OF: &[&str] = &[
    "IAM::Role",
    "IAM::User",
    "IAM::Group",
    "EC2::VPCEndpoint",
    "ElasticLoadBalancingV2::LoadBalancer",
    "IAM::InstanceProfile",
];

/// Families of machines that can be had, and the sizes there are.
// Source: EC2 User Guide, "Instance types by Region", us-east-1 among the families of previous and current generation.
const FAMILIES: &str = "a1 c1 c3 c4 c5 c5a c5ad c5d c5n c6a c6g c6gd c6gn c6i c6id c6in c7a c7g c7gd c7gn c7i c7i-flex c8g c8gd \
    c8gn c8gb c8i c8i-flex cc2 cr1 d2 d3 d3en dl1 f1 f2 g2 g3 g3s g4ad g4dn g5 g5g g6 g6e g6f gr6 gr6f h1 hpc6a hpc6id \
    hpc7a hpc7g hs1 i2 i3 i3en i4g i4i i7i i7ie i8g i8ge im4gn inf1 inf2 is4gen m1 m2 m3 m4 m5 m5a m5ad m5d m5dn m5n m5zn m6a \
    m6g m6gd m6i m6id m6idn m6in m7a m7g m7gd m7i m7i-flex m8a m8g m8gd m8i m8i-flex mac1 mac2 mac2-m2 mac2-m2pro \
    p2 p3 p3dn p4d p4de p5 p5e p5en p6-b200 r3 r4 r5 r5a r5ad r5b r5d r5dn r5n r6a r6g r6gd r6i r6id r6idn r6in r7a \
    r7g r7gd r7i r7iz r8g r8gd r8gb r8gn r8i r8i-flex t1 t2 t3 t3a t4g trn1 trn1n trn2 u-12tb1 u-18tb1 u-24tb1 u-3tb1 \
    u-6tb1 u-9tb1 u7i-12tb u7i-6tb u7i-8tb u7in-16tb u7in-24tb u7in-32tb vt1 x1 x1e x2gd x2idn x2iedn x2iezn x8g z1d";

/// Whether there is such a type of machine.
fn is_machine(text: &str) -> bool {
    let Some((family, size)) = text.split_once('.') else { return false };
    let is_size = match size.strip_suffix("xlarge") {
        Some(count) => count.is_empty() || count.parse::<u8>().is_ok_and(|count| count > 1),
        None => matches!(size, "nano" | "micro" | "small" | "medium" | "large") || size.starts_with("metal"),
    };
    // The burstable families end at two times extra large.
    let is_burstable = family.starts_with('t') && !family.starts_with("trn");
    let is_too_large = is_burstable
        && (size.starts_with("metal")
            || size.len() > "2xlarge".len()
            || !matches!(size, "nano" | "micro" | "small" | "medium" | "large" | "xlarge" | "2xlarge"));
    is_size && !is_too_large && FAMILIES.split_whitespace().any(|known| known == family)
}

/// The form of a text that stands at `path`.
pub(super) fn form(lint: &mut Lint<'_>, text: &str, path: &Path) {
    let (Some("Resources"), Some(id), Some("Properties"), Some(name)) =
        (path.step(0), path.step(1), path.step(2), path.step(3))
    else {
        return;
    };
    let Some(kind) = lint.template.type_of(id).and_then(|kind| kind.strip_prefix("AWS::")) else { return };
    if text.contains("{{resolve:") {
        return;
    }
    let form = FORMS.iter().find(|(of, property, _)| *of == kind && *property == name);
    if let Some((_, _, form)) = form
        && !pattern::matches_whole(form, text)
    {
        lint.add("E3031", path, format!("'{text}' does not match '{form}'"));
    }
    let last = path.0.last().map(|step| &**step).unwrap_or_default();
    let is_machine_type = last == "InstanceType"
        && matches!(kind, "EC2::Instance" | "EC2::LaunchTemplate" | "AutoScaling::LaunchConfiguration");
    if is_machine_type && !is_machine(text) {
        lint.add("E3628", path, format!("'{text}' is not one of the instance types of {}", lint.region));
    }
    match (kind, name) {
        ("EC2::EIP", "Domain") if !matches!(text, "vpc" | "standard") => {
            let message = format!(
                "'{text}' is not a standard Domain value. Non-standard values are silently converted to 'vpc'."
            );
            lint.add("W3700", path, message);
        }
        ("S3::Bucket", "BucketName") if !pattern::matches_whole("[a-z0-9][a-z0-9.-]{1,61}[a-z0-9]", text) => {
            lint.add("E1161", path, format!("'{text}' is not a 'AWS::S3::Bucket.Name'"));
        }
        ("SSM::Parameter", "Name") if !pattern::matches_whole("[a-zA-Z0-9_./-]+", text) || reserved(text) => {
            lint.add("W3701", path, format!("'{text}' does not match the recommended pattern"));
        }
        _ => {}
    }
}

/// Names of parameters that begin with a word of AWS's own.
fn reserved(name: &str) -> bool {
    let first = name.trim_start_matches('/').to_ascii_lowercase();
    first.starts_with("aws") || first.starts_with("ssm")
}

/// The properties of a resource together.
pub(super) fn check(lint: &mut Lint<'_>, kind: &str, properties: &Node, path: &Path) {
    let Some(kind) = kind.strip_prefix("AWS::") else { return };
    let has = |name: &str| properties.get(name).is_some();
    if SETS_OF.contains(&kind) {
        for name in SETS.iter().filter(|name| has(name)) {
            let items = properties.get(name).map(Node::items).unwrap_or_default();
            let is_twice = items
                .iter()
                .enumerate()
                .any(|(index, item)| items.iter().take(index).any(|other| other.to_value() == item.to_value()));
            if is_twice {
                lint.add("E3037", &path.then(name), "array items are not unique");
            }
        }
    }
    if kind == "AutoScaling::LaunchConfiguration" {
        let message = "Resource type 'AWS::AutoScaling::LaunchConfiguration' is from a service in maintenance mode";
        lint.add("W3697", path, message);
    }
    match kind {
        "EC2::SecurityGroup" if has("SecurityGroupEgress") && !has("VpcId") => {
            lint.add("E3021", path, "'VpcId' is a dependency of 'SecurityGroupEgress'");
        }
        "EC2::VPC" if has("Ipv4IpamPoolId") && !has("Ipv4NetmaskLength") => {
            lint.add("E3021", path, "'Ipv4NetmaskLength' is a dependency of 'Ipv4IpamPoolId'");
        }
        "EC2::Instance" => instance(lint, properties, path),
        "ElasticLoadBalancingV2::LoadBalancer" => {
            let is_application = properties.get("Type").is_none_or(|kind| kind.as_str() == Some("application"));
            let subnets = properties.get("Subnets").filter(|node| matches!(node.content, Content::List(_)));
            if is_application && let Some(subnets) = subnets.filter(|subnets| subnets.items().len() < 2) {
                let found = subnets.items().len();
                lint.add("E3680", &path.then("Subnets"), format!("expected minimum item count: 2, found: {found}"));
            }
        }
        "ElasticLoadBalancingV2::Listener" => {
            let protocol = properties.get("Protocol").and_then(Node::as_str);
            if matches!(protocol, Some("HTTPS" | "TLS")) && !has("Certificates") {
                lint.add("E3676", path, "'Certificates' is a required property");
            }
        }
        "S3::Bucket" if has("AccessControl") => {
            let message = "'AccessControl' is a legacy property. Consider using 'AWS::S3::BucketPolicy' instead";
            lint.add("W3045", &path.then("AccessControl"), message);
            if !has("OwnershipControls") && properties.get("AccessControl").and_then(Node::as_str) != Some("Private") {
                let message =
                    "A bucket with 'AccessControl' set should also have at least one 'OwnershipControl' configured";
                lint.add("E3045", path, message);
            }
        }
        _ => {}
    }
}

fn instance(lint: &mut Lint<'_>, properties: &Node, path: &Path) {
    let has = |name: &str| properties.get(name).is_some();
    if !has("ImageId") && !has("LaunchTemplate") {
        lint.add("E3673", path, "'ImageId' is a required property");
    }
    if let Some(template) = properties.get("LaunchTemplate").filter(|node| function(node).is_none()) {
        let names = ["LaunchTemplateId", "LaunchTemplateName"].iter().filter(|name| template.get(name).is_some());
        if names.count() > 1 {
            let message = format!("{} is valid under each of both", repr(template));
            lint.add("E3018", &path.then("LaunchTemplate"), message);
        }
    }
    if has("NetworkInterfaces") && has("SubnetId") {
        for (one, other) in [("SubnetId", "NetworkInterfaces"), ("NetworkInterfaces", "SubnetId")] {
            lint.add("E3020", &path.then(one), format!("'{one}' should not be included with '{other}'"));
        }
    }
    let disks = properties.get("BlockDeviceMappings").map(Node::items).unwrap_or_default();
    for (index, disk) in disks.iter().enumerate() {
        let Some(ebs) = disk.get("Ebs") else { continue };
        let kind = ebs.get("VolumeType").and_then(Node::as_str).unwrap_or_default();
        if matches!(kind, "io1" | "io2") && ebs.get("Iops").is_none() {
            let place = path.then("BlockDeviceMappings").then(&index.to_string()).then("Ebs");
            let message = format!("'Iops' is a required property when 'VolumeType' has a value of '{kind}'");
            lint.add("E3671", &place, message);
        }
    }
}

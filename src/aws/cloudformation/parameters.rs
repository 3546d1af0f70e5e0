//! Parameters: what is declared, what is given, whether it may be.

use crate::aws::cloudformation::evaluate::{Refusal, scalar_text};
use crate::aws::cloudformation::pattern;
use crate::aws::cloudformation::template::Template;
use crate::document::{Node, Value};
use std::collections::BTreeMap;
use std::rc::Rc;

/// Looks a parameter of Systems Manager up; nothing where there is none of that name.
pub type Lookup<'a> = &'a dyn Fn(&str) -> Option<String>;

/// What the declaration of a parameter may say.
// Source: CloudFormation User Guide, "Parameters", Properties.
pub(super) const MEMBERS: &[&str] = &[
    "AllowedPattern",
    "AllowedValues",
    "ConstraintDescription",
    "Default",
    "Description",
    "MaxLength",
    "MaxValue",
    "MinLength",
    "MinValue",
    "NoEcho",
    "Type",
];

/// The types that a parameter may have.
// Source: CloudFormation User Guide, "Supplied parameter types".
pub(super) const KINDS: &[&str] = &[
    "AWS::EC2::AvailabilityZone::Name",
    "AWS::EC2::Image::Id",
    "AWS::EC2::Instance::Id",
    "AWS::EC2::KeyPair::KeyName",
    "AWS::EC2::SecurityGroup::GroupName",
    "AWS::EC2::SecurityGroup::Id",
    "AWS::EC2::Subnet::Id",
    "AWS::EC2::VPC::Id",
    "AWS::EC2::Volume::Id",
    "AWS::Route53::HostedZone::Id",
    "AWS::SSM::Parameter::Name",
    "CommaDelimitedList",
    "Number",
    "String",
];

/// Whether there is such a type.
#[must_use]
pub fn is_kind(kind: &str) -> bool {
    let inner = |start: &str| kind.strip_prefix(start).and_then(|rest| rest.strip_suffix('>'));
    if let Some(inner) = inner("AWS::SSM::Parameter::Value<") {
        return is_kind(inner) && !inner.starts_with("AWS::SSM::");
    }
    match inner("List<") {
        Some(inner) => matches!(inner, "Number" | "String") || (inner.starts_with("AWS::") && KINDS.contains(&inner)),
        None => KINDS.contains(&kind),
    }
}

/// Whether a value of this type is a list.
#[must_use]
pub fn is_list(kind: &str) -> bool {
    let inner = kind.strip_prefix("AWS::SSM::Parameter::Value<").unwrap_or(kind);
    inner.starts_with("CommaDelimitedList") || inner.starts_with("List<")
}

/// What the parameters come to.
///
/// # Errors
/// When one is missing, unknown, or may not have the value that it has.
pub fn values(
    template: &Template,
    given: &BTreeMap<Rc<str>, String>,
    lookup: Lookup<'_>,
) -> Result<BTreeMap<Rc<str>, Value>, Refusal> {
    let declared = template.section("Parameters");
    let unknown: Vec<&str> =
        given.keys().map(|key| &**key).filter(|key| !declared.iter().any(|entry| *entry.key == **key)).collect();
    if !unknown.is_empty() {
        return Err(Refusal::new(format!("Parameters: [{}] do not exist in the template", unknown.join(", "))));
    }
    let missing: Vec<&str> = declared
        .iter()
        .filter(|entry| !given.contains_key(&entry.key) && entry.value.get("Default").is_none())
        .map(|entry| &*entry.key)
        .collect();
    if !missing.is_empty() {
        return Err(Refusal::new(format!("Parameters: [{}] must have values", missing.join(", "))));
    }
    let mut values = BTreeMap::new();
    for entry in declared {
        let own = given.get(&entry.key).cloned();
        let text = own.unwrap_or_else(|| entry.value.get("Default").map(default_text).unwrap_or_default());
        let kind = entry.value.get("Type").and_then(Node::as_str).unwrap_or("String");
        let text = text_of_kind(&entry.key, kind, text, lookup)?;
        check(&entry.key, &entry.value, kind, &text)?;
        let value =
            if is_list(kind) { Value::list(text.split(',').map(|item| Value::from(item.trim()))) } else { text.into() };
        values.insert(entry.key.clone(), value);
    }
    Ok(values)
}

/// What stands behind a name of Systems Manager, or the text itself.
fn text_of_kind(name: &str, kind: &str, text: String, lookup: Lookup<'_>) -> Result<String, Refusal> {
    if !kind.starts_with("AWS::SSM::Parameter::Value<") {
        return Ok(text);
    }
    lookup(&text)
        .ok_or_else(|| {
            Refusal::new(format!("Unable to fetch parameters [{text}] from parameter store for this account."))
        })
        .map_err(
            |refusal| {
                if text.is_empty() { Refusal::new(format!("Parameters: [{name}] must have values")) } else { refusal }
            },
        )
}

fn default_text(node: &Node) -> String {
    node.scalar().map(|scalar| scalar_text(&scalar.value)).unwrap_or_default()
}

/// The number that a constraint gives, as thousandths: CloudFormation reckons with decimals.
pub(super) fn thousandths(text: &str) -> Option<i128> {
    let (sign, digits) = match text.trim().strip_prefix('-') {
        Some(rest) => (-1, rest),
        None => (1, text.trim().trim_start_matches('+')),
    };
    let (whole, fraction) = digits.split_once('.').unwrap_or((digits, ""));
    let is_number = |part: &str| part.bytes().all(|byte| byte.is_ascii_digit());
    if (whole.is_empty() && fraction.is_empty()) || !is_number(whole) || !is_number(fraction) {
        return None;
    }
    let fraction: String = fraction.chars().chain("000".chars()).take(3).collect();
    let whole: i128 = if whole.is_empty() { 0 } else { whole.parse().ok()? };
    Some(sign * (whole.checked_mul(1000)? + fraction.parse::<i128>().ok()?))
}

/// The rule that a value breaks.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Broken {
    NotANumber,
    Low,
    High,
    Short,
    Long,
    Pattern,
    Values,
}

/// The first rule that a value breaks, if any.
pub(super) fn broken(declared: &Node, kind: &str, text: &str) -> Option<Broken> {
    let constraint = |name: &str| declared.get(name).map(default_text);
    let number = |name: &str| constraint(name).and_then(|text| thousandths(&text));
    let items: Vec<&str> = if is_list(kind) { text.split(',').map(str::trim).collect() } else { vec![text] };
    if kind.contains("Number") {
        for item in &items {
            let Some(value) = thousandths(item) else { return Some(Broken::NotANumber) };
            if number("MinValue").is_some_and(|least| value < least) {
                return Some(Broken::Low);
            }
            if number("MaxValue").is_some_and(|most| value > most) {
                return Some(Broken::High);
            }
        }
    }
    if kind == "String" {
        let length = text.chars().count() as i128 * 1000;
        if number("MinLength").is_some_and(|least| length < least) {
            return Some(Broken::Short);
        }
        if number("MaxLength").is_some_and(|most| length > most) {
            return Some(Broken::Long);
        }
    }
    if let Some(wanted) = constraint("AllowedPattern")
        && !items.iter().all(|item| pattern::matches_whole(&wanted, item))
    {
        return Some(Broken::Pattern);
    }
    let allowed: Option<Vec<String>> =
        declared.get("AllowedValues").map(|list| list.items().iter().map(default_text).collect());
    if let Some(allowed) = allowed
        && !items.iter().all(|item| allowed.iter().any(|it| it == item))
    {
        return Some(Broken::Values);
    }
    None
}

fn check(name: &str, declared: &Node, kind: &str, text: &str) -> Result<(), Refusal> {
    let Some(rule) = broken(declared, kind, text) else { return Ok(()) };
    let constraint = |key: &str| declared.get(key).map(default_text).unwrap_or_default();
    let description = constraint("ConstraintDescription");
    let said = match rule {
        Broken::NotANumber => format!("Parameter '{name}' must be a number"),
        Broken::Low => format!("Parameter '{name}' must be a number not less than {}", constraint("MinValue")),
        Broken::High => format!("Parameter '{name}' must be a number not greater than {}", constraint("MaxValue")),
        _ if !description.is_empty() => {
            return Err(Refusal::new(format!("Parameter {name} failed to satisfy constraint: {description}")));
        }
        Broken::Short => format!("Parameter '{name}' must contain at least {} characters", constraint("MinLength")),
        Broken::Long => format!("Parameter '{name}' must contain at most {} characters", constraint("MaxLength")),
        Broken::Pattern => format!("Parameter '{name}' must match pattern {}", constraint("AllowedPattern")),
        Broken::Values => format!("Parameter '{name}' must be one of AllowedValues"),
    };
    Err(Refusal::new(said))
}

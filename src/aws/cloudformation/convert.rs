//! From a template's properties to an API's parameters.

use crate::aws::cloudformation::evaluate::scalar_text;
use crate::aws::cloudformation::facts::{self, Shape};
use crate::aws::cloudformation::handlers;
use crate::document::{Map, Value, parse};

/// The value at a path of keys and indices; the whole at the empty path.
#[must_use]
pub fn at(value: &Value, path: &str) -> Option<Value> {
    let mut here = value;
    for step in path.split('.').filter(|step| !step.is_empty()) {
        here = match here {
            Value::List(items) => items.get(step.parse::<usize>().ok()?)?,
            other => other.get(step)?,
        };
    }
    Some(here.clone())
}

/// A value that the table writes down.
#[must_use]
pub fn literal(text: &str) -> Value {
    match text {
        "true" => Value::Bool(true),
        "false" => Value::Bool(false),
        _ if text.starts_with(['[', '{']) => {
            parse(text).documents.first().map(|document| document.root.to_value()).unwrap_or_default()
        }
        _ => text.parse().map_or_else(|_| text.into(), Value::Int),
    }
}

/// Converts in a named way.
#[must_use]
pub fn by(way: &str, value: &Value) -> Value {
    match way {
        // A policy is a document here and a text there.
        "json" if value.as_str().is_none() => value.to_string().into(),
        "map" => handlers::tag_map(value),
        "pairs" => Value::list(value.entries().map(|(key, value)| {
            // A list is handed on as CloudFormation writes it: with commas.
            let text = if value.items().is_empty() { scalar_text(value) } else { scalar_text(&by("join", value)) };
            Value::from([("ParameterKey", Value::from(key)), ("ParameterValue", text.into())])
        })),
        "lower" => lower(value),
        "perm" => Value::list([permission(value)]),
        "join" => value.items().iter().map(scalar_text).collect::<Vec<String>>().join(",").into(),
        "int" => scalar_text(value).parse().map_or_else(|_| value.clone(), Value::Int),
        "text" => scalar_text(value).into(),
        "logging" => logging(value),
        "asgtags" => Value::list(value.items().iter().cloned()),
        _ => value.clone(),
    }
}

/// The same with keys that begin small, as EKS writes them.
fn lower(value: &Value) -> Value {
    match value {
        Value::List(items) => Value::list(items.iter().map(lower)),
        Value::Map(map) => map
            .iter()
            .map(|(key, item)| {
                let mut letters = key.chars();
                let first = letters.next().map(|c| c.to_ascii_lowercase());
                let small: String = first.into_iter().chain(letters).collect();
                // The labels of a selector are the learner's own words.
                let item = if &*small == "labels" { item.clone() } else { lower(item) };
                (small.into(), item)
            })
            .collect::<Map>()
            .into(),
        other => other.clone(),
    }
}

/// `ClusterLogging.EnabledTypes` as EKS takes it.
fn logging(value: &Value) -> Value {
    let types = value.items_at(&["ClusterLogging", "EnabledTypes"]);
    let types = Value::list(types.iter().filter_map(|it| it.get("Type").cloned()));
    Value::from([("clusterLogging", Value::list([Value::from([("types", types), ("enabled", true.into())])]))])
}

/// A rule of a security group as EC2 takes it.
fn permission(rule: &Value) -> Value {
    let mut out = Value::map();
    for name in ["IpProtocol", "FromPort", "ToPort"] {
        if let Some(value) = rule.get(name) {
            out.set(&[name], value);
        }
    }
    let parties = [
        ("CidrIp", "IpRanges", "CidrIp"),
        ("CidrIpv6", "Ipv6Ranges", "CidrIpv6"),
        ("SourceSecurityGroupId", "UserIdGroupPairs", "GroupId"),
        ("DestinationSecurityGroupId", "UserIdGroupPairs", "GroupId"),
        ("SourceSecurityGroupName", "UserIdGroupPairs", "GroupName"),
        ("SourcePrefixListId", "PrefixListIds", "PrefixListId"),
        ("DestinationPrefixListId", "PrefixListIds", "PrefixListId"),
    ];
    for (property, list, member) in parties {
        let Some(value) = rule.get(property) else { continue };
        let mut party = Value::from([(member, value.clone())]);
        if let Some(description) = rule.get("Description") {
            party.set(&["Description"], description);
        }
        out.at_mut(&[list]).items_mut().push(party);
    }
    out
}

/// Properties with scalars of the kinds that the type's facts say: a template may write `"5"`
/// where a number is meant.
#[must_use]
pub fn typed(kind: &str, properties: &Value) -> Value {
    facts::of(kind).map_or_else(|| properties.clone(), |shape| typed_map(shape, properties))
}

fn typed_map(shape: Shape<'_>, value: &Value) -> Value {
    let Some(map) = value.as_map() else { return value.clone() };
    map.iter()
        .map(|(key, item)| {
            let kind = shape.property(key).map(|property| property.kind);
            (key.clone(), kind.map_or_else(|| item.clone(), |kind| typed_value(shape, kind, item)))
        })
        .collect::<Map>()
        .into()
}

fn typed_value(shape: Shape<'_>, kind: &str, value: &Value) -> Value {
    if let Some(inner) = kind.strip_prefix('[') {
        return match value {
            Value::List(items) => Value::list(items.iter().map(|item| typed_value(shape, inner, item))),
            other => other.clone(),
        };
    }
    if let Some(name) = kind.strip_prefix('#') {
        return shape.shape(name).map_or_else(|| value.clone(), |inner| typed_map(inner, value));
    }
    let text = scalar_text(value);
    match (kind.as_bytes().first(), value) {
        (_, Value::List(_) | Value::Map(_) | Value::Null) | (Some(b'j') | None, _) => value.clone(),
        (Some(b'i' | b'n'), _) => text.parse().map_or_else(|_| value.clone(), Value::Int),
        (Some(b'b'), _) => match text.as_str() {
            "true" | "True" => true.into(),
            "false" | "False" => false.into(),
            _ => value.clone(),
        },
        _ => text.into(),
    }
}

/// What a type's handler finds wrong with properties before it calls anybody.
// Source: CloudFormation CLI User Guide, messages of the resource schema validation.
#[must_use]
pub fn faults(kind: &str, logical: &str, properties: &Value) -> Option<String> {
    let shape = facts::of(kind)?;
    let mut found = Vec::new();
    faults_in(shape, properties, "#", &mut found);
    (!found.is_empty())
        .then(|| format!("Properties validation failed for resource {logical} with message:\n[{}]", found.join(", ")))
}

fn faults_in(shape: Shape<'_>, value: &Value, path: &str, found: &mut Vec<String>) {
    let Some(map) = value.as_map() else { return };
    for property in shape.properties().filter(|property| property.is_required()) {
        if value.get(property.name).is_none() {
            found.push(format!("{path}: required key [{}] not found", property.name));
        }
    }
    for (key, item) in map {
        let Some(property) = shape.property(key) else {
            found.push(format!("{path}: extraneous key [{key}] is not permitted"));
            continue;
        };
        let path = format!("{path}/{key}");
        if let Some(allowed) = property.allowed() {
            let text = scalar_text(item);
            let is_known = allowed.iter().any(|known| known.eq_ignore_ascii_case(&text));
            if !is_known && !matches!(item, Value::List(_)) {
                found.push(format!("{path}: {text} is not a valid enum value"));
            }
        }
        let (inner, is_list) = match property.kind.strip_prefix('[') {
            Some(inner) => (inner, true),
            None => (property.kind, false),
        };
        let Some(name) = inner.strip_prefix('#') else { continue };
        let Some(inner) = shape.shape(name) else { continue };
        if is_list {
            for (index, item) in item.items().iter().enumerate() {
                faults_in(inner, item, &format!("{path}/{index}"), found);
            }
        } else {
            faults_in(inner, item, &path, found);
        }
    }
}

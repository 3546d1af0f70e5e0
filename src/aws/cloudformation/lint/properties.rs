//! Properties: known, required, of the right kind, within their bounds.

use super::arguments::{self, returned};
use super::{Lint, repr, repr_words, resources, unexpected};
use crate::aws::cloudformation::cidr::Block;
use crate::aws::cloudformation::evaluate::scalar_text;
use crate::aws::cloudformation::facts::{self, Property, Shape};
use crate::aws::cloudformation::parameters;
use crate::aws::cloudformation::template::{Path, function};
use crate::document::schema::nearest;
use crate::document::yaml::{Content, Scalar};
use crate::document::{Node, Value};

pub(super) fn check(lint: &mut Lint<'_>) {
    for entry in lint.template.section("Resources") {
        let Some(kind) = lint.template.type_of(&entry.key) else { continue };
        let Some(shape) = facts::of(kind) else { continue };
        let path = Path::of(&["Resources", &entry.key, "Properties"]);
        match entry.value.get("Properties") {
            Some(node) => mapping(lint, shape, node, &path),
            None => lacking(lint, shape, &[], &path),
        }
        if let Some(node) = entry.value.get("Properties").filter(|node| function(node).is_none()) {
            resources::check(lint, kind, node, &path);
        }
        zones(lint, kind, entry.value.get("Properties"), &path);
        ports(lint, kind, entry.value.get("Properties"), &path);
    }
}

/// A mapping of that shape; what a function gives is not looked into.
fn mapping(lint: &mut Lint<'_>, shape: Shape<'_>, node: &Node, path: &Path) {
    if branches(lint, node, path, &mut |lint, node, path| mapping(lint, shape, node, path)) {
        return;
    }
    if !matches!(node.content, Content::Map(_)) {
        lint.add("E3012", path, format!("{} is not of type 'object'", repr(node)));
        return;
    }
    let names: Vec<&str> = shape.properties().map(|property| property.name).collect();
    for entry in node.entries() {
        let place = path.then(&entry.key);
        match shape.property(&entry.key) {
            None if entry.key.starts_with("Fn::") => {}
            None => {
                let near = nearest(&entry.key, names.iter().copied());
                lint.add_near("E3002", &place, unexpected(&entry.key, near), near.map(str::to_owned));
            }
            Some(property) => value(lint, shape, property, property.kind, &entry.value, &place),
        }
    }
    let given: Vec<&str> =
        node.entries().iter().filter(|entry| !is_nothing(&entry.value)).map(|entry| &*entry.key).collect();
    let vanishing: Vec<&str> =
        node.entries().iter().filter(|entry| may_be_nothing(&entry.value)).map(|entry| &*entry.key).collect();
    if !given.iter().any(|key| key.starts_with("Fn::")) {
        lacking(lint, shape, &given, path);
        for name in vanishing {
            // The rest of the choice is what stands there when it is not.
            let others: Vec<&str> = given.iter().copied().filter(|it| *it != name).collect();
            let alone = shape.exactly_one().any(|it| it == name) && !shape.exactly_one().any(|it| others.contains(&it));
            if alone || shape.property(name).is_some_and(Property::is_required) {
                lacking(lint, shape, &others, path);
            }
        }
    }
}

/// `AWS::NoValue`, or nothing at all.
fn is_nothing(node: &Node) -> bool {
    node.is_null() || matches!(function(node), Some(("Ref", name)) if name.as_str() == Some("AWS::NoValue"))
}

/// Whether one branch of a choice is nothing.
fn may_be_nothing(node: &Node) -> bool {
    matches!(function(node), Some(("Fn::If", argument))
        if argument.items().iter().skip(1).any(|branch| is_nothing(branch) || may_be_nothing(branch)))
}

fn lacking(lint: &mut Lint<'_>, shape: Shape<'_>, given: &[&str], path: &Path) {
    for property in shape.properties().filter(|property| property.is_required()) {
        if !given.contains(&property.name) {
            lint.add("E3003", path, format!("'{}' is a required property", property.name));
        }
    }
    let one_of: Vec<&str> = shape.exactly_one().collect();
    let chosen: Vec<&str> = one_of.iter().copied().filter(|name| given.contains(name)).collect();
    let message = || format!("Only one of {} is a required property", repr_words(&one_of));
    match chosen.len() {
        1 => {}
        0 if one_of.is_empty() => {}
        0 => lint.add("E3014", path, message()),
        _ => chosen.iter().for_each(|name| lint.add("E3014", &path.then(name), message())),
    }
    let any: Vec<&str> = shape.any().collect();
    if !any.is_empty() && !any.iter().any(|name| given.contains(name)) {
        lint.add("E3017", path, format!("is not valid under any of {}", repr_words(&any)));
        any.iter().for_each(|name| lint.add("E3003", path, format!("'{name}' is a required property")));
    }
    let some_of: Vec<&str> = shape.at_least_one().collect();
    if !some_of.is_empty() && !some_of.iter().any(|name| given.contains(name)) {
        lint.add("E3058", path, format!("One of {} is a required property", repr_words(&some_of)));
    }
}

/// Looks into both branches of `Fn::If`; says whether the node is a function at all.
fn branches(lint: &mut Lint<'_>, node: &Node, path: &Path, look: &mut dyn FnMut(&mut Lint<'_>, &Node, &Path)) -> bool {
    match function(node) {
        Some(("Fn::If", argument)) => {
            for (index, branch) in argument.items().iter().enumerate().skip(1) {
                look(lint, branch, &path.then("Fn::If").then(&index.to_string()));
            }
            true
        }
        Some(_) => true,
        None => false,
    }
}

fn value<'k>(lint: &mut Lint<'_>, shape: Shape<'_>, property: Property<'k>, kind: &'k str, node: &Node, path: &Path) {
    if node.is_null() {
        return;
    }
    if let Some((name, argument)) = function(node) {
        if name != "Fn::If" {
            returned(lint, kind, name, argument, node, path);
            if name == "Ref"
                && arguments::gives(lint, name, argument) == arguments::Kind::Text
                && !kind.starts_with(['[', '#', 'j'])
            {
                default_of(lint, kind, argument, path);
            }
            return;
        }
        branches(lint, node, path, &mut |lint, node, path| value(lint, shape, property, kind, node, path));
        return;
    }
    if let Some(inner) = kind.strip_prefix('[') {
        if !matches!(node.content, Content::List(_)) {
            lint.add("E3012", path, format!("{} is not of type 'array'", repr(node)));
            return;
        }
        if property.name == "Tags" {
            tags(lint, node, path);
        }
        for (index, item) in node.items().iter().enumerate() {
            element(lint, shape, property, inner, item, &path.then(&index.to_string()));
        }
        return;
    }
    if let Some(name) = kind.strip_prefix('#') {
        if let Some(inner) = shape.shape(name) {
            mapping(lint, inner, node, path);
        }
        return;
    }
    if kind.starts_with('j') {
        return;
    }
    let word = match kind.as_bytes().first() {
        Some(b'i') => "integer",
        Some(b'n') => "number",
        Some(b'b') => "boolean",
        _ => "string",
    };
    match node.scalar() {
        Some(scalar) if fits(word, scalar) => scalar_rules(lint, property, kind, scalar, path),
        _ => lint.add("E3012", path, format!("{} is not of type '{word}'", repr(node))),
    }
}

/// An element of a list: a function there may give a list of its own.
fn element<'k>(lint: &mut Lint<'_>, shape: Shape<'_>, property: Property<'k>, kind: &'k str, node: &Node, path: &Path) {
    let inner = property.of_kind(kind);
    value(lint, shape, inner, kind, node, path);
}

fn fits(word: &str, scalar: &Scalar) -> bool {
    let text = scalar_text(&scalar.value);
    match word {
        "boolean" => matches!(&*text, "true" | "false" | "True" | "False"),
        "integer" => text.parse::<i64>().is_ok(),
        "number" => parameters::thousandths(&text).is_some(),
        _ => scalar.value != Value::Null,
    }
}

fn scalar_rules<'k>(lint: &mut Lint<'_>, property: Property<'k>, kind: &'k str, scalar: &Scalar, path: &Path) {
    let text = scalar_text(&scalar.value);
    let shown = super::repr_value(&scalar.value);
    let property = property.of_kind(kind);
    let in_any_case = kind.contains("{~");
    let is = |known: &str| if in_any_case { known.eq_ignore_ascii_case(&text) } else { known == text };
    if let Some(allowed) = property.allowed()
        && !allowed.iter().any(|known| is(known))
    {
        let near = nearest(&text, allowed.iter().copied()).map(str::to_owned);
        lint.add_near("E3030", path, format!("{shown} is not one of {}", repr_words(&allowed)), near);
        resources::form(lint, &text, path);
        return;
    }
    if let Some((least, most)) = property.bounds('<', '>') {
        let number = parameters::thousandths(&text).unwrap_or_default();
        let beyond = |bound: &str, is_low: bool| {
            parameters::thousandths(bound).is_some_and(|bound| if is_low { number < bound } else { number > bound })
        };
        if beyond(least, true) {
            lint.add("E3034", path, format!("{shown} is less than the minimum of {least}"));
        } else if beyond(most, false) {
            lint.add("E3034", path, format!("{shown} is greater than the maximum of {most}"));
        }
    }
    if let Some((least, most)) = property.bounds('(', ')') {
        let length = text.chars().count();
        if least.parse::<usize>().is_ok_and(|least| length < least) {
            lint.add("E3033", path, format!("{shown} is shorter than {least}"));
        } else if most.parse::<usize>().is_ok_and(|most| length > most) {
            lint.add("E3033", path, format!("{shown} is longer than {most}"));
        }
    }
    resources::form(lint, &text, path);
    format_rule(lint, kind, &text, path);
}

/// What has a form of its own.
// Models cfn-lint rules/formats
fn format_rule(lint: &mut Lint<'_>, kind: &str, text: &str, path: &Path) {
    let is_id = |start: &str| {
        let digits = text.strip_prefix(start).unwrap_or_default();
        matches!(digits.len(), 8 | 17) && digits.bytes().all(|byte| byte.is_ascii_alphanumeric())
    };
    let (rule, name, is_right) = match kind.as_bytes().first() {
        Some(b'c') => {
            let whole = if text.contains('/') { text.to_owned() } else { format!("{text}/32") };
            ("E3002", "ipv4-network", Block::parse(&whole).is_some_and(|block| block.width == 32))
        }
        Some(b'g') => ("E1150", "AWS::EC2::SecurityGroup.Id", is_id("sg-")),
        Some(b'v') => ("E1151", "AWS::EC2::VPC.Id", is_id("vpc-")),
        Some(b'm') => (
            "E1152",
            "AWS::EC2::Image.Id",
            is_id("ami-") || text.starts_with("{{resolve:") || text.starts_with("resolve:ssm:"),
        ),
        Some(b'u') => ("E1154", "AWS::EC2::Subnet.Id", is_id("subnet-")),
        Some(b'r') => (
            "E1156",
            "AWS::IAM::Role.Arn",
            text.starts_with("arn:aws") && text.contains(":iam::") && text.contains(":role/"),
        ),
        _ => return,
    };
    if !is_right && !text.starts_with("{{resolve:") {
        lint.add(rule, path, format!("'{text}' is not a '{name}'"));
    }
}

/// Tags: a key once, and none of AWS's own.
// Models cfn-lint rules/resources/properties/Tagging.py
fn tags(lint: &mut Lint<'_>, node: &Node, path: &Path) {
    let mut seen: Vec<&str> = Vec::new();
    for (index, item) in node.items().iter().enumerate() {
        if function(item).is_some() || !matches!(item.content, Content::Map(_)) {
            continue;
        }
        let place = path.then(&index.to_string());
        match item.get("Key") {
            None => lint.add("E3024", &place, "'Key' is a required property"),
            Some(key) => {
                let Some(key) = key.as_str() else { continue };
                if key.chars().count() > 128 {
                    lint.add("E3024", &place.then("Key"), format!("'{key}' is longer than 128"));
                }
                if key.starts_with("aws:") {
                    lint.add("E3024", &place.then("Key"), format!("'{key}' does not match '^(?!aws:).+$'"));
                }
                if seen.contains(&key) {
                    lint.add("E3024", path, "array items are not unique for keys ['Key']");
                }
                seen.push(key);
            }
        }
    }
}

/// Ports of a rule of a security group: needed for TCP and UDP, ignored for every protocol.
// Models cfn-lint rules/resources/ectwo/SecurityGroupProtocolsAndPorts{Inclusive,Exclusive}.py
fn ports(lint: &mut Lint<'_>, kind: &str, properties: Option<&Node>, path: &Path) {
    let Some(properties) = properties else { return };
    let mut rule = |node: &Node, path: &Path| {
        let protocol = node.get("IpProtocol").and_then(Node::scalar).map(|scalar| scalar.text.clone());
        let Some(protocol) = protocol else { return };
        let has = |name: &str| node.get(name).is_some();
        match &*protocol {
            "tcp" | "udp" | "6" | "17" | "icmp" | "icmpv6" | "1" | "58" => {
                if has("FromPort") && has("ToPort") {
                    return;
                }
                let message = format!(
                    "['FromPort', 'ToPort'] are required properties when using 'IpProtocol' value '{protocol}'"
                );
                lint.add("E3687", path, message);
            }
            _ if has("FromPort") || has("ToPort") => {
                let first = if has("FromPort") { "FromPort" } else { "ToPort" };
                let message = "['FromPort', 'ToPort'] are ignored when using 'IpProtocol' value";
                lint.add("W3687", &path.then(first), format!("{message} '{protocol}'"));
            }
            _ => {}
        }
    };
    match kind {
        "AWS::EC2::SecurityGroupIngress" | "AWS::EC2::SecurityGroupEgress" => rule(properties, path),
        "AWS::EC2::SecurityGroup" => {
            for name in ["SecurityGroupIngress", "SecurityGroupEgress"] {
                let items = properties.get(name).map(Node::items).unwrap_or_default();
                for (index, item) in items.iter().enumerate() {
                    rule(item, &path.then(name).then(&index.to_string()));
                }
            }
        }
        _ => {}
    }
}

/// A parameter's default, where it goes.
// Models cfn-lint rules/functions/RefResolved.py
fn default_of(lint: &mut Lint<'_>, kind: &str, argument: &Node, path: &Path) {
    let name = argument.as_str().unwrap_or_default();
    let declared = lint.template.item("Parameters", name);
    let Some(default) = declared.and_then(|node| node.get("Default")).and_then(Node::scalar) else { return };
    // Where a condition asks for the parameter, an empty default is what it asks about.
    if default.text.is_empty() && path.0.iter().any(|step| &**step == "Fn::If") {
        return;
    }
    if declared.and_then(|node| node.get("Type")).and_then(Node::as_str).is_some_and(|it| it.starts_with("AWS::SSM::"))
    {
        return;
    }
    let before = lint.findings.len();
    scalar_rules(lint, Property::bare(kind), kind, default, path);
    for finding in lint.findings.iter_mut().skip(before) {
        finding.rule = "W1030";
        finding.message = format!("{} when 'Ref' is resolved", finding.message);
    }
}

/// Zones that are written down.
fn zones(lint: &mut Lint<'_>, kind: &str, properties: Option<&Node>, path: &Path) {
    let name = match kind {
        "AWS::EC2::Subnet" | "AWS::EC2::Instance" | "AWS::EC2::Volume" | "AWS::RDS::DBInstance" => "AvailabilityZone",
        "AWS::AutoScaling::AutoScalingGroup" | "AWS::ElasticLoadBalancing::LoadBalancer" => "AvailabilityZones",
        _ => return,
    };
    let Some(node) = properties.and_then(|properties| properties.get(name)) else { return };
    let path = path.then(name);
    let mut zone = |path: &Path, zone: &str| {
        if zone != "all" {
            lint.add("W3010", path, format!("Avoid hardcoding availability zones '{zone}'"));
        }
    };
    if let Some(text) = node.as_str() {
        zone(&path, text);
    }
    for (index, item) in node.items().iter().enumerate() {
        if let Some(text) = item.as_str() {
            zone(&path.then(&index.to_string()), text);
        }
    }
}
